"""A SIP phone of its own making: it registers, calls, rings, answers, holds and transfers as it is told.

Its thread answers what a phone answers by itself; the scene acts and waits. Nothing here is shared with the server.
"""

import hashlib
import os
import random
import re
import select
import socket
import ssl
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
sys.path.insert(0, HERE)
from sound import Sound  # noqa: E402
from sipmsg import Framer, Message, parse_datagram  # noqa: E402
from tls import TlsConnection  # noqa: E402
from websocket import Closed, WebSocket  # noqa: E402

# Takes every certificate: whose it is is looked at elsewhere.
TLS = ssl.create_default_context()
TLS.check_hostname, TLS.verify_mode = False, ssl.CERT_NONE

CHALLENGE = 'Digest realm="carrier.example", nonce="abc123", algorithm=MD5, qop="auth"'
ALLOW = "INVITE, ACK, BYE, CANCEL, OPTIONS, NOTIFY, REFER, UPDATE, INFO"


def token():
    return f"{random.getrandbits(48):012x}"


def digest(challenge, method, uri, user, password, count):
    """The value of Authorization."""
    fields = dict(re.findall(r'(\w+)="?([^",]+)"?', challenge.partition(" ")[2]))
    algorithm = fields.get("algorithm", "MD5")
    make = hashlib.sha256 if algorithm == "SHA-256" else hashlib.md5

    def hashed(text):
        return make(text.encode()).hexdigest()
    client, counted = token(), f"{count:08x}"
    first = hashed(f"{user}:{fields['realm']}:{password}")
    second = hashed(f"{method}:{uri}")
    response = hashed(f"{first}:{fields['nonce']}:{counted}:{client}:auth:{second}")
    return (f'Digest username="{user}", realm="{fields["realm"]}", nonce="{fields["nonce"]}", uri="{uri}", '
            f'algorithm={algorithm}, qop=auth, nc={counted}, cnonce="{client}", response="{response}"')


class Call:
    """One dialog of the phone, or the attempt at one."""

    def __init__(self, agent, call_id, outgoing):
        self.agent, self.call_id, self.outgoing = agent, call_id, outgoing
        self.local_tag, self.remote_tag = token(), None
        self.local, self.remote = None, None
        self.target, self.invite, self.branch = None, None, None
        self.cseq = 1
        self.statuses, self.requests, self.answers = [], [], []
        self.state = "new"
        self.version = 1
        self.sdp = None
        self.reports = []
        self.cancel_reason = None

    def request(self, method, headers=(), body=b"", cseq=None):
        """Sends a request in the dialog."""
        if cseq is None:
            self.cseq += 1
            cseq = self.cseq
        message = self.agent.message(method, self.target, self.local + f";tag={self.local_tag}",
                                     self.remote + (f";tag={self.remote_tag}" if self.remote_tag else ""),
                                     self.call_id, cseq, headers, body)
        self.agent.send(message)
        return message

    def description(self, direction="sendrecv"):
        self.version += 1
        return self.agent.sdp(direction, self.version)

    def offer(self, direction):
        """A re-INVITE."""
        self.answers.clear()
        self.request("INVITE", [("Contact", self.agent.contact()), ("Content-Type", "application/sdp")],
                     self.description(direction))

    def hold(self, direction="sendonly"):
        self.offer(direction)

    def resume(self):
        self.offer("sendrecv")

    def bye(self):
        self.state = "ended"
        self.request("BYE")

    def cancel(self):
        message = self.agent.message("CANCEL", self.agent.uri(self.dialled), self.local + f";tag={self.local_tag}",
                                     self.remote, self.call_id, 1, branch=self.branch)
        self.agent.send(message)

    def respond(self, status, reason, body=b"", headers=()):
        """Answers the INVITE of an incoming call."""
        own = [("Contact", self.agent.contact())] if status < 300 else []
        extra = own + [("Allow", ALLOW)] + list(headers)
        if self.agent.talk:
            extra.append(("Allow-Events", "talk, hold"))
        if body:
            extra.append(("Content-Type", "application/sdp"))
        self.agent.send(self.invite.reply(status, reason, extra, body, self.local_tag))

    def answer(self):
        self.state = "answered"
        self.respond(200, "OK", self.description())

    def acknowledge(self, response):
        """PRACK for a reliable provisional response."""
        self.target = re.findall(r"<([^>]+)>", response.get("Contact"))[0]
        self.remote_tag = re.findall(r";tag=([^;>]+)", response.get("To"))[0]
        self.request("PRACK", [("RAck", f"{response.get('RSeq')} 1 INVITE")])

    def refer(self, number, replaces=None):
        target = self.agent.uri(number)
        if replaces:
            value = f"{replaces.call_id};to-tag={replaces.remote_tag};from-tag={replaces.local_tag}"
            target += "?Replaces=" + value.replace(";", "%3B").replace("=", "%3D").replace("@", "%40")
        self.request("REFER", [("Refer-To", f"<{target}>"), ("Contact", self.agent.contact())])


class Subscription:
    """One subscription of the phone."""

    def __init__(self, agent, event, number):
        self.agent, self.event, self.number = agent, event, number
        self.call_id, self.tag, self.remote, self.cseq = f"{token()}@{agent.ip}", token(), None, 0

    def subscribe(self, expires):
        self.cseq += 1
        number = self.remote or f"<{self.agent.uri(self.number)}>"
        headers = [("Event", self.event), ("Contact", self.agent.contact()), ("Expires", str(expires))]
        own = f"<{self.agent.uri(self.agent.number)}>;tag={self.tag}"
        with self.agent.lock:
            target = self.agent.uri(self.number)
            self.agent.send(self.agent.message("SUBSCRIBE", target, own, number, self.call_id, self.cseq, headers))

    def messages(self):
        with self.agent.lock:
            return [message for message in self.agent.others if message.call_id == self.call_id]

    def status(self):
        """The last answer to a SUBSCRIBE."""
        answers = [message for message in self.messages() if message.is_response and message.cseq == self.cseq]
        if answers and answers[-1].status < 300:
            self.remote = answers[-1].get("To")
        return answers[-1].status if answers else None

    def notified(self):
        """State of the subscription and body of each NOTIFY."""
        return [(message.get("Subscription-State"), message.body.decode()) for message in self.messages()
                if not message.is_response]


class UserAgent:
    """One SIP phone."""

    def __init__(self, server, number, password=None, user=None, transport="udp", talk=False, ip="127.0.0.1",
                 port=0, tls=TLS):
        self.server, self.number, self.password = server, number, password
        self.user, self.transport, self.talk, self.ip = user or number, transport, talk, ip
        self.port, self.asked, self.tls = port, [], tls
        self.manner = "ring"  # or answer, busy, decline, silent
        self.calls, self.nonce_count, self.registered = {}, 0, []
        self.register_id, self.register_cseq = token(), 0
        self.others = []
        self.lock = threading.RLock()
        self.sound = None
        self.media_port = random.randrange(20000, 30000, 2)
        self.late, self.codecs, self.reliable = False, "0 8 101", False
        self.answers_late = None
        self.events, self.extra, self.knows_reliable = 101, [], False
        self.open()
        self.thread = threading.Thread(target=self.listen, daemon=True)
        self.thread.start()

    def open(self):
        self.closed, self.framer, self.web = False, Framer(), None
        self.host = f"{token()}.invalid" if self.transport in ("ws", "wss") else self.ip
        if self.transport in ("ws", "wss"):
            self.web = WebSocket(self.server, "/sip", subprotocol="sip", tls=self.tls if self.transport == "wss" else None)
            self.socket = self.web.socket
            return
        kind = socket.SOCK_DGRAM if self.transport == "udp" else socket.SOCK_STREAM
        self.socket = socket.socket(socket.AF_INET, kind)
        self.socket.bind((self.ip, self.port))
        self.socket.connect(self.server)
        self.port = self.socket.getsockname()[1]
        if self.transport == "tls":
            self.socket.settimeout(5)
            self.socket = TlsConnection(self.socket, self.tls, server_hostname=self.server[0])

    # Messages

    def uri(self, number):
        return f"sip:{number}@{self.server[0]}:{self.server[1]}"

    def contact(self):
        if self.web:
            return f"<sip:{self.number}@{self.host};transport=ws>"
        parameter = "" if self.transport == "udp" else f";transport={self.transport}"
        return f"<sip:{self.number}@{self.ip}:{self.port}{parameter}>"

    def message(self, method, uri, sender, receiver, call_id, cseq, headers=(), body=b"", branch=None):
        branch = branch or f"z9hG4bK{token()}"
        sent_by = self.host if self.web else f"{self.ip}:{self.port}"
        common = [("Via", f"SIP/2.0/{self.transport.upper()} {sent_by};branch={branch};rport"),
                  ("Max-Forwards", "70"), ("From", sender), ("To", receiver), ("Call-ID", call_id),
                  ("CSeq", f"{cseq} {method}"), ("User-Agent", "user_agent.py")]
        if method == "INVITE":
            common += [("Allow", ALLOW), ("Supported", "replaces, timer" + (", 100rel" if self.knows_reliable else ""))]
            if self.talk:
                common.append(("Allow-Events", "talk, hold"))
        return Message(f"{method} {uri} SIP/2.0", common + list(headers), body)

    def sdp(self, direction="sendrecv", version=1):
        lines = ["v=0", f"o=- 77 {version} IN IP4 {self.ip}", "s=-", f"c=IN IP4 {self.ip}", "t=0 0",
                 f"m=audio {self.media_port} RTP/AVP {self.codecs}"]
        if self.events:
            lines += [f"a=rtpmap:{self.events} telephone-event/8000", f"a=fmtp:{self.events} 0-15"]
        lines.append(f"a={direction}")
        return ("\r\n".join(lines) + "\r\n").encode()

    def send(self, message):
        try:
            if self.web:
                self.web.send(message.to_bytes().decode())
            else:
                self.socket.sendall(message.to_bytes())
        except OSError:
            self.closed = True

    def listen(self):
        while not self.closed:
            try:
                readable, _, _ = select.select([self.socket], [], [], 0.2)
                if readable:
                    self.read()
            except (Closed, ConnectionError):
                self.closed = True
            except (OSError, ValueError):
                continue

    def read(self):
        """Takes what has come."""
        if self.web:
            while True:
                self.take_all([parse_datagram(self.web.receive().encode())])
                if not self.web.has_more():
                    return
        data = self.socket.recv(65536)
        if self.transport == "udp":
            return self.take_all([parse_datagram(data)])
        while hasattr(self.socket, "pending") and self.socket.pending():
            data += self.socket.recv(65536)
        self.closed = not data
        return self.take_all([message for message, _ in self.framer.feed(data)])

    def take_all(self, messages):
        for message in messages:
            with self.lock:
                self.take(message)

    def wait(self, condition, seconds=5.0):
        end = time.monotonic() + seconds
        while True:
            with self.lock:
                if condition():
                    return True
            if time.monotonic() > end:
                return False
            time.sleep(0.01)

    # Registration

    def register(self, expires=120, password=None, contact=None, authorize=True):
        """The final status of a REGISTER, after a challenge if there is one."""
        before = len(self.registered)
        self.register_cseq += 1
        headers = [("Contact", contact or self.contact()), ("Expires", str(expires))]
        self.send(self.register_message(headers))
        if not self.wait(lambda: len(self.registered) > before):
            return 0
        last = self.registered[-1]
        if last.status != 401 or not authorize:
            return last.status
        return self.prove(last, headers, password)

    def register_message(self, headers):
        name = f"<{self.uri(self.number)}>"
        return self.message("REGISTER", f"sip:{self.server[0]}:{self.server[1]}", f"{name};tag={token()}", name,
                            self.register_id, self.register_cseq, headers)

    def prove(self, challenged, headers, password=None):
        before = len(self.registered)
        self.nonce_count += 1
        uri = f"sip:{self.server[0]}:{self.server[1]}"
        value = digest(challenged.get("WWW-Authenticate"), "REGISTER", uri, self.user,
                       self.password if password is None else password, 1)
        self.register_cseq += 1
        self.send(self.register_message(list(headers) + [("Authorization", value)]))
        if not self.wait(lambda: len(self.registered) > before):
            return 0
        return self.registered[-1].status

    # Subscriptions

    def subscribe(self, event, number, expires=600, again=None):
        """Subscribes, or does so once more with what this returned before."""
        subscription = again or Subscription(self, event, number)
        subscription.subscribe(expires)
        return subscription

    # Calls

    def call(self, number, caller=None):
        """Sends an INVITE, as a carrier for somebody else."""
        call = Call(self, f"{token()}@{self.ip}", True)
        with self.lock:
            self.calls[call.call_id] = call
            call.dialled = number
            call.local, call.remote = f"<{self.uri(caller or self.number)}>", f"<{self.uri(number)}>"
            call.branch = f"z9hG4bK{token()}"
            headers = [("Contact", self.contact())] + self.extra
            if self.reliable:
                headers.append(("Require", "100rel"))
            body = b"" if self.late else call.description()
            if body:
                headers.append(("Content-Type", "application/sdp"))
            call.invite = self.message("INVITE", self.uri(number), f"{call.local};tag={call.local_tag}", call.remote,
                                       call.call_id, 1, headers, body, call.branch)
            call.state = "calling"
            self.send(call.invite)
        return call

    def in_state(self, *states):
        with self.lock:
            return next((call for call in self.calls.values() if call.state in states), None)

    def take(self, message):
        if not message.is_response and message.method in ("REGISTER", "OPTIONS"):
            self.is_asked(message)
        elif message.method == "REGISTER":
            self.registered.append(message)
        elif message.is_response:
            self.take_response(message)
        else:
            self.take_request(message)

    def is_asked(self, message):
        """What a carrier answers: REGISTER after a challenge, and OPTIONS unless it is silent."""
        self.asked.append(message)
        if message.method == "REGISTER" and not self.proves(message, "Authorization"):
            return self.send(message.reply(401, "Unauthorized", [("WWW-Authenticate", CHALLENGE)], to_tag=token()))
        if self.manner != "silent":
            contact = [("Contact", message.get("Contact"))] if message.method == "REGISTER" else []
            self.send(message.reply(200, "OK", contact + [("Expires", "3600")], to_tag=token()))
        return None

    def proves(self, message, header):
        """Whether the request has the right answer to the challenge."""
        given = message.get(header, "")
        fields = dict(re.findall(r'(\w+)="?([^",]+)"?', given))
        if not fields.get("cnonce"):
            return False

        def hashed(text):
            return hashlib.md5(text.encode()).hexdigest()
        secret = hashed(f"{fields['username']}:carrier.example:{self.password}")
        request = hashed(f"{message.method}:{fields['uri']}")
        expected = hashed(f"{secret}:abc123:{fields['nc']}:{fields['cnonce']}:auth:{request}")
        return fields["response"] == expected and fields["uri"] == message.start.split()[1]

    def take_response(self, message):
        call = self.calls.get(message.call_id)
        if call is None:
            self.others.append(message)
            return
        if message.method != "INVITE":
            call.answers.append(message)
            return
        call.answers.append(message)
        initial = call.outgoing and message.cseq == 1
        if initial:
            call.statuses.append(message.status)
        if message.status < 200:
            if initial and message.status >= 180:
                call.state = "ringback"
                call.progress = message
                call.sdp = message.body or call.sdp
                if message.get("RSeq"):
                    call.acknowledge(message)
            return
        to_tag = (re.findall(r";tag=([^;>]+)", message.get("To", "")) or [None])[0]
        if message.status >= 300:
            ack = self.message("ACK", self.uri(call.dialled) if initial else call.target,
                               message.get("From"), message.get("To"), call.call_id, message.cseq,
                               branch=re.findall(r"branch=([^;]+)", message.get("Via"))[0])
            self.send(ack)
            if initial:
                call.state = "failed"
                call.final = message
            return
        if initial:
            call.remote_tag = to_tag
            call.state = "connected"
            call.final = message
        contact = re.findall(r"<([^>]+)>", message.get("Contact", ""))
        if contact:
            call.target = contact[0]
        call.sdp = message.body or call.sdp
        headers, body = [], b""
        if (initial and self.late) or (not initial and self.answers_late):
            headers = [("Content-Type", "application/sdp")]
            body = call.description("sendrecv" if initial else self.answers_late)
        call.request("ACK", headers, body, cseq=message.cseq)

    def take_request(self, message):
        call = self.calls.get(message.call_id)
        if message.method == "INVITE" and call is None:
            return self.rings(message)
        if message.method == "INVITE" and call.invite is not None and message.cseq == call.invite.cseq \
                and not call.outgoing:
            return None  # again
        if call is None:
            self.others.append(message)
            if b"<answercallreq>" in message.body:
                self.send(message.reply(202, "Accepted"))
                self.in_state("ringing").answer()
            elif message.method not in ("ACK", "CANCEL"):
                self.send(message.reply(481 if message.method == "BYE" else 200, "No call"))
            return None
        call.requests.append(message)
        if message.method == "ACK":
            call.sdp = message.body or call.sdp
            if call.state == "answered":
                call.state = "connected"
        elif message.method == "CANCEL":
            self.send(message.reply(200, "OK", to_tag=call.local_tag))
            if call.state == "ringing":
                call.cancel_reason = message.get("Reason", "")
                call.state = "cancelled"
                call.respond(487, "Request Terminated")
        elif message.method == "INVITE" and self.manner == "challenge" \
                and not self.proves(message, "Proxy-Authorization"):
            self.send(message.reply(407, "Proxy Authentication Required", [("Proxy-Authenticate", CHALLENGE)]))
        elif message.method == "INVITE":
            call.sdp = message.body or call.sdp
            offered = re.findall(rb"a=(sendrecv|sendonly|recvonly|inactive)", message.body) or [b"sendrecv"]
            direction = {b"sendrecv": "sendrecv", b"sendonly": "recvonly", b"recvonly": "sendonly",
                         b"inactive": "inactive"}[offered[0]]
            self.send(message.reply(200, "OK", [("Contact", self.contact()), ("Content-Type", "application/sdp")],
                                    call.description(direction), call.local_tag))
        elif message.method == "BYE":
            call.state = "ended"
            self.send(message.reply(200, "OK"))
        elif message.method == "NOTIFY":
            self.send(message.reply(200, "OK"))
            if message.get("Event", "").startswith("refer"):
                call.reports.append(message.body.decode().strip())
            elif message.get("Event") == "talk" and call.state == "ringing":
                call.answer()
            elif message.get("Event") == "talk":
                call.resume()
        else:
            self.send(message.reply(200, "OK"))
        return None

    def rings(self, message):
        call = Call(self, message.call_id, False)
        call.invite = message
        call.local = re.sub(r";tag=.*", "", message.get("To"))
        call.remote = re.sub(r";tag=.*", "", message.get("From"))
        call.remote_tag = re.findall(r";tag=([^;>]+)", message.get("From"))[0]
        call.target = re.findall(r"<([^>]+)>", message.get("Contact"))[0]
        call.sdp = message.body or None
        call.cseq = 100
        self.calls[call.call_id] = call
        if self.manner == "challenge" and not self.proves(message, "Proxy-Authorization"):
            call.respond(407, "Proxy Authentication Required", headers=[("Proxy-Authenticate", CHALLENGE)])
            del self.calls[call.call_id]
            return None
        if self.manner == "unavailable":
            call.state = "refused"
            return call.respond(503, "Service Unavailable")
        if self.manner == "silent":
            call.state = "silent"
            return None
        if self.manner == "busy":
            call.state = "refused"
            return call.respond(486, "Busy Here")
        if self.manner == "decline":
            call.state = "refused"
            return call.respond(603, "Decline")
        if self.manner.startswith("moved "):
            call.state = "refused"
            return call.respond(302, "Moved", headers=[("Contact", f"<{self.uri(self.manner.split()[1])}>")])
        if self.manner == "early":
            call.state = "ringing"
            return call.respond(183, "Session Progress", call.description())
        if self.manner.startswith("status "):
            call.state = "refused"
            return call.respond(int(self.manner.split()[1]), "No", headers=[("Retry-After", "2")])
        call.state = "ringing"
        reliable = [("Require", "100rel"), ("RSeq", "77")] if self.reliable else []
        call.respond(180, "Ringing", headers=reliable)
        if self.manner == "answer":
            call.answer()
        return None

    def speaks(self, tone, codec=0, events=101):
        """From now on it has real audio: a tone of its own, in one codec."""
        self.sound = Sound(self, tone, codec, events, self.ip)
        self.media_port = self.sound.port
        self.codecs = f"{codec} {events}" if events else str(codec)
        self.events = events
        return self.sound

    def close(self):
        if self.sound:
            self.sound.end()
        self.closed = True
        self.thread.join(2)
        self.socket.close()

    def describe(self):
        with self.lock:
            return f"SIP {self.number}: " + str(
                {call.call_id[:6]: (call.state, call.statuses, call.reports) for call in self.calls.values()})


class Listening(UserAgent):
    """A network behind a trunk that waits for the server to connect to it, over TCP or TLS."""

    def __init__(self, *arguments, certificate=None, **named):
        self.certificate, self.ready = certificate, None
        super().__init__(*arguments, **named)

    def open(self):
        self.closed, self.framer, self.web, self.host = False, Framer(), None, self.ip
        self.ready = socket.socket()
        self.ready.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.ready.bind((self.ip, self.port))
        self.ready.listen()
        self.ready.settimeout(0.2)
        self.socket, self.connections = None, 0

    def listen(self):
        while not self.closed:
            try:
                if self.socket is None:
                    self.accept()
                elif select.select([self.socket], [], [], 0.2)[0]:
                    self.read()
                    if self.closed:
                        # The server may connect again.
                        self.socket, self.closed, self.framer = None, False, Framer()
            except (AttributeError, OSError, ValueError):  # it may have been closed meanwhile
                continue

    def accept(self):
        connection = self.ready.accept()[0]
        if self.certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*self.certificate)
            connection.settimeout(5)
            connection = TlsConnection(connection, context, server_side=True)
        self.socket, self.connections = connection, self.connections + 1

    def hang_up(self):
        """Closes the connection, as a server does that starts again."""
        with self.lock:
            connection, self.socket, self.framer = self.socket, None, Framer()
            connection.shutdown(socket.SHUT_RDWR)
            connection.close()

    def close(self):
        self.closed = True
        self.thread.join(2)
        for one in (self.socket, self.ready):
            if one:
                one.close()
