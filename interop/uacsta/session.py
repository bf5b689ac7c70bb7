"""A uaCSTA client of its own: transports, dialogs, CSTA bodies.

Written for fault tests: each dialog carries a `Style` which says in what way
it deviates from a well-behaved client. Everything blocks with a limit; one
thread serves all dialogs of a transport.
"""

import dataclasses
import itertools
import os
import re
import socket
import sys
import time
import uuid

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from sipmsg import (  # noqa: E402
    Framer, Message, SipError, child, local_name, namespace, parse_datagram, text_of, xml_root,
)
from tls import TlsConnection  # noqa: E402

ED3 = "http://www.ecma-international.org/standards/ecma-323/csta/ed3"
ED6 = "http://www.ecma-international.org/standards/ecma-323/csta/ed6"
RCC = "http://schemas.microsoft.com/Lcs/2005/04/RCCExtension"
NUMBERS = itertools.count(1)


class Failure(Exception):
    """The server did not do what it must."""


@dataclasses.dataclass
class Style:
    """How a client behaves; the default is by the book."""

    branch: bool = True            # a branch in each Via
    one_branch: bool = False       # the same branch in every Via
    answers: bool = True           # answers the INFOs it receives
    edition: str = ED3             # namespace of its bodies
    prefix: str = ""               # namespace prefix of its elements
    pretty: bool = False           # line breaks and blanks around everything
    compact: bool = False          # compact and lower-case header names
    content_type: str = "application/csta+xml"
    record_route: tuple = ()       # Record-Route of the proxies on the way
    timer: bool = True             # offers the session timer


class Transport:
    """A TCP or TLS connection or UDP socket to the server, with an inbox; `tls` is the context for TLS."""

    def __init__(self, target, kind, limit, receive_buffer=None, source="127.0.0.1", tls=None):
        self.target, self.kind, self.limit = target, kind, limit
        self.stream = kind != "udp"
        self.framer = Framer()
        self.arrived = []
        self.responses = []
        self.dialogs = {}
        self.strays = []
        self.closed = False
        self.one_by_one = False
        family = socket.SOCK_STREAM if self.stream else socket.SOCK_DGRAM
        self.socket = socket.socket(socket.AF_INET, family)
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(limit)
        self.socket.bind((source, 0))
        self.socket.connect(target)
        if self.stream:
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls:
            self.socket = TlsConnection(self.socket, tls, server_hostname=target[0])
        self.local = "%s:%d" % self.socket.getsockname()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()
        self.closed = True

    def send(self, data):
        """Sends one or more messages; bytes one by one when told so."""
        self.socket.settimeout(self.limit)
        try:
            if self.one_by_one and self.stream:
                for index in range(len(data)):
                    self.socket.sendall(data[index:index + 1])
            else:
                self.socket.sendall(data)
        except socket.timeout as error:
            raise Failure(f"sending: {error}") from error
        except OSError as error:
            self.closed = True
            raise Failure(f"sending: {error}") from error

    def poll(self, seconds):
        """Takes what arrives within that time; False when nothing did."""
        if self.closed:
            return False
        self.socket.settimeout(max(seconds, 0.001))
        try:
            data = self.socket.recv(65536)
        except socket.timeout:
            return False
        except OSError:
            self.closed = True
            return False
        if self.stream and not data:
            self.closed = True
            return False
        try:
            if self.stream:
                messages = [message for message, _ in self.framer.feed(data)]
            else:
                messages = [parse_datagram(data)]
        except SipError as error:
            raise Failure(f"the server sent no SIP: {error}") from error
        for message in messages:
            self._take(message)
        return True

    def _take(self, message):
        self.arrived.append(message)
        if message.is_response:
            self.responses.append(message)
            return
        dialog = self.dialogs.get(message.call_id)
        if dialog is None:
            self.strays.append(message)
        else:
            dialog.take_request(message)

    def wait(self, condition, seconds=None):
        """Polls until condition() is truthy and returns it, else None."""
        end = time.monotonic() + (self.limit if seconds is None else seconds)
        while True:
            found = condition()
            if found:
                return found
            left = end - time.monotonic()
            if left <= 0 or (self.closed and not condition()):
                return None
            self.poll(min(left, 0.2))

    def final_response(self, call_id, cseq, method, skip=0):
        """The final response to a request, waited for (None: it did not come)."""
        def found():
            matching = [m for m in self.responses if m.call_id == call_id and m.cseq == cseq
                        and m.method == method and m.status >= 200]
            return matching[skip] if len(matching) > skip else None
        return self.wait(found)


class Dialog:
    """One uaCSTA session: an INVITE dialog and the CSTA messages in it."""

    def __init__(self, transport, line, style=None):
        self.transport, self.line = transport, line
        self.style = style or Style()
        self.call_id = uuid.uuid4().hex
        self.tag = uuid.uuid4().hex[:8]
        self.remote_tag = None
        self.cseq = 0
        self.routes = []
        self.events = []
        self.ended = False
        host, port = transport.target
        self.remote_uri = f"sip:{line}@{host}:{port}"
        self.target = self.remote_uri
        transport.dialogs[self.call_id] = self

    # CSTA bodies

    def body(self, root, inner=""):
        """A CSTA message in this client's style; `inner` uses plain names."""
        style = self.style
        text = f"<{root}>{inner}</{root}>"
        if style.pretty:
            text = re.sub(r">([^<]+)<", r">\n    \1\n  <", text).replace("><", ">\n  <")
        if style.prefix:
            text = re.sub(r"<(/?)([A-Za-z][\w]*)(?=[ />])", rf"<\1{style.prefix}:\2", text)
        name = f"{style.prefix}:{root}" if style.prefix else root
        declaration = f"xmlns:{style.prefix}" if style.prefix else "xmlns"
        text = text.replace(f"<{name}>", f'<{name} {declaration}="{style.edition}">', 1)
        return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}'.encode()

    def status_body(self):
        """RequestSystemStatus with the line, as Microsoft's clients send it."""
        line = f'<lcs:line xmlns:lcs="{RCC}">tel:{self.line}</lcs:line>'
        return self.body("RequestSystemStatus",
                         f"<extensions><privateData><private>{line}</private></privateData></extensions>")

    # SIP

    def build(self, method, body=b"", cseq=None, content_type=None, headers=()):
        """A request of this dialog as bytes."""
        if cseq is None:
            self.cseq += 1
            cseq = self.cseq
        via = f"SIP/2.0/{self.transport.kind.upper()} {self.transport.local}"
        if self.style.branch:
            unique = "same" if self.style.one_branch else f"{next(NUMBERS)}x{self.tag}"
            via += f";branch=z9hG4bK{unique}"
        to = f"<{self.remote_uri}>" + (f";tag={self.remote_tag}" if self.remote_tag else "")
        lines = [("Via", via), ("Max-Forwards", "70")]
        lines += [("Route", route) for route in self.routes]
        if method == "INVITE" and not self.remote_tag:
            lines += [("Record-Route", route) for route in self.style.record_route]
        lines += [("From", f"<sip:application@hookflash.test>;tag={self.tag};epid=0123456789"),
                  ("To", to), ("Call-ID", self.call_id), ("CSeq", f"{cseq} {method}")]
        if method in ("INVITE", "UPDATE"):
            contact = f"<sip:application@{self.transport.local};transport={self.transport.kind}>"
            lines.append(("Contact", contact))
            if self.style.timer:
                lines.append(("Supported", "timer"))
        lines += list(headers)
        if body:
            lines += [("Content-Type", content_type or self.style.content_type),
                      ("Content-Disposition", "signal; handling=required")]
        if self.style.compact:
            short = {"Via": "v", "From": "f", "To": "t", "Call-ID": "i", "Contact": "m",
                     "Content-Type": "c", "Supported": "k"}
            lines = [(short.get(name, name.lower()), value) for name, value in lines]
        return Message(f"{method} {self.target} SIP/2.0", lines, body).to_bytes()

    def request(self, method, body=b"", cseq=None, **options):
        """Sends a request and returns its final response; Failure without one."""
        return self.send(self.build(method, body, cseq, **options))

    def send(self, data):
        """Sends a request of this dialog as it stands and returns its final response."""
        # A client whose CSeq restarts has had answers of that number before.
        head = data.split(b"\r\n\r\n")[0].decode()
        method, number = head.split(" ", 1)[0], int(re.search(r"(?i)cseq: (\d+)", head).group(1))
        skip = len([m for m in self.transport.responses if m.call_id == self.call_id
                    and m.cseq == number and m.method == method and m.status >= 200])
        self.transport.send(data)
        response = self.transport.final_response(self.call_id, number, method, skip)
        if response is None:
            raise Failure(f"no answer to {method} {number}")
        return response

    def move(self, transport):
        """Goes on over another connection."""
        self.transport = transport
        transport.dialogs[self.call_id] = self

    def invite(self, body=None, cseq=None, ack_cseq=None, **options):
        """INVITE (or re-INVITE) and its ACK; returns the final response."""
        response = self.request("INVITE", self.status_body() if body is None else body,
                                cseq, **options)
        if response.status // 100 == 2:
            self.learn(response)
        number = ack_cseq if ack_cseq is not None else response.cseq
        self.transport.send(self.build("ACK", cseq=number))
        return response

    def learn(self, response):
        """Takes what a 2xx to INVITE says about the dialog."""
        self.remote_tag = re.search(r"tag=([^;>\s]+)", response.get("To", "") + ";tag=").group(1)
        contact = re.search(r"<([^>]+)>|^(\S+)$", response.get("Contact", ""))
        if contact is None:
            raise Failure("200 to INVITE without a Contact")
        self.target = contact.group(1) or contact.group(2)
        recorded = [r.strip() for value in response.get_all("Record-Route")
                    for r in value.split(",")]
        self.routes = list(reversed(recorded))

    def take_request(self, request):
        """Keeps an event, answers it unless the style is silence."""
        if request.method == "INFO":
            if not any(known.cseq == request.cseq for known in self.events):
                self.events.append(request)
        elif request.method == "BYE":
            self.ended = True
        if self.style.answers and request.method != "ACK":
            self.transport.send(request.reply(200, "OK").to_bytes())

    # Services

    def open(self):
        """Sets the session up; Failure unless systemStatus is normal."""
        response = self.invite()
        if response.status != 200:
            raise Failure(f"INVITE: {response.start}")
        root = xml_root(response.body)
        if root is None or text_of(root, "systemStatus") != "normal":
            raise Failure(f"INVITE: systemStatus not normal: {response.body!r}")
        return self

    def service(self, root, inner="", cseq=None):
        """A service request; returns the root element of the answer."""
        response = self.request("INFO", self.body(root, inner), cseq)
        if response.status != 200:
            raise Failure(f"{root}: {response.start}")
        answer = xml_root(response.body)
        if answer is None:
            raise Failure(f"{root}: answer is not XML: {response.body!r}")
        return answer

    def expect(self, root, inner="", cseq=None):
        """A service request which must be answered with its response."""
        answer = self.service(root, inner, cseq)
        if local_name(answer) != f"{root}Response":
            detail = "".join(t.strip() for t in answer.itertext())
            raise Failure(f"{root}: answered with {local_name(answer)} {detail}")
        if namespace(answer) != self.style.edition:
            raise Failure(f"{root}: answered in namespace {namespace(answer)}")
        return answer

    def monitor(self, device=None):
        """MonitorStart on a device; returns the monitorCrossRefID."""
        device = device or f"tel:{self.line}"
        answer = self.expect(
            "MonitorStart", f"<monitorObject><deviceObject>{device}</deviceObject></monitorObject>")
        return text_of(answer, "monitorCrossRefID")

    def make_call(self, called):
        """MakeCall without prompt; returns callID and deviceID."""
        answer = self.expect(
            "MakeCall", f"<callingDevice>tel:{self.line}</callingDevice>"
            f"<calledDirectoryNumber>tel:{called}</calledDirectoryNumber>"
            "<autoOriginate>doNotPrompt</autoOriginate>")
        device = text_of(answer, "callingDevice", "deviceID")
        if device != f"tel:{self.line}":
            raise Failure(f"MakeCallResponse names the device {device!r}")
        return text_of(answer, "callingDevice", "callID"), device

    def clear(self, call):
        self.expect("ClearConnection", "<connectionToBeCleared>"
                    f"<callID>{call[0]}</callID><deviceID>{call[1]}</deviceID>"
                    "</connectionToBeCleared>")

    def connections(self):
        """SnapshotDevice; the (callID, deviceID) of each connection at the line."""
        answer = self.expect("SnapshotDevice", f"<snapshotObject>tel:{self.line}</snapshotObject>")
        data = child(answer, "crossRefIDorSnapshotData", "snapshotData")
        found = [child(entry, "connectionIdentifier") for entry in ([] if data is None else data)]
        return [(text_of(c, "callID"), text_of(c, "deviceID")) for c in found if c is not None]

    def clear_all(self):
        """Clears every connection at the line and waits until it is idle."""
        for connection in self.connections():
            self.clear(connection)
        self.idle()

    def event_names(self):
        roots = [xml_root(event.body) for event in self.events]
        return [local_name(root) if root is not None else "not XML" for root in roots]

    def wait_event(self, name, call=None, seconds=None):
        """Waits for an event (of that callID); returns its root element."""
        def found():
            for event in self.events:
                root = xml_root(event.body)
                if root is None or local_name(root) != name:
                    continue
                if call is None or call[0] in [t.strip() for t in root.itertext()]:
                    return (root,)
            return None
        seen = self.transport.wait(found, seconds)
        if seen is None:
            raise Failure(f"no {name} (seen: {', '.join(self.event_names()) or 'none'})")
        return seen[0]

    def idle(self):
        """Waits until no call is left at the line, so that tests stand alone."""
        end = time.monotonic() + self.transport.limit
        while self.connections():
            if time.monotonic() > end:
                raise Failure("calls are left at the line")
            time.sleep(0.1)

    def close(self):
        """BYE, which must be answered 200."""
        response = self.request("BYE")
        if response.status != 200:
            raise Failure(f"BYE: {response.start}")


def clear_line(target, line, limit):
    """Ends the calls at a line, in a session of its own; Failure if it cannot."""
    with Transport(target, "tcp", limit) as transport:
        dialog = Dialog(transport, line).open()
        dialog.clear_all()
        dialog.close()
