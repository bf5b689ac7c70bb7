#!/usr/bin/env python3
"""An independent client of CSTA XML over TCP: sessions of ECMA-354, calls, and what must be refused.

    client.py --csta 127.0.0.1:4721 --line 201 --peer 202 all
    client.py --list

Written from the framing of ECMA-323 (annex J) and from ECMA-354. Phones have to be registered on both lines, and must
be idle. Each test prints PASS or FAIL; exit code 0 when all pass, else 1.
"""

import argparse
import os
import socket
import struct
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from ladder import Checks  # noqa: E402
from schema import invalid_bodies  # noqa: E402
from sipmsg import child, local_name, namespace, text_of, xml_root  # noqa: E402

ED3 = "http://www.ecma-international.org/standards/ecma-323/csta/ed3"
ED6 = "http://www.ecma-international.org/standards/ecma-323/csta/ed6"
SESSION = "http://www.ecma-international.org/standards/ecma-354/appl_session"
AVAYA = "http://www.avaya.com/csta"
HEADER = 8
EVENT = "9999"
TESTS = {}


class Failure(Exception):
    """The server did not do what it must."""


def require(condition, text):
    if not condition:
        raise Failure(text)


def test(function):
    """Registers a test under its name."""
    TESTS[function.__name__.replace("_", "-")] = function
    return function


def frame(invoke, body, kind=0):
    """One message: a format, its length with these eight bytes, the invoke identifier, XML."""
    return struct.pack(">BBH4s", kind, 0, HEADER + len(body), invoke.encode()) + body


class Connection:
    """A connection to the server: frames in the order in which they came."""

    def __init__(self, target, limit, bodies):
        self.limit, self.bodies = limit, bodies
        self.socket = socket.create_connection(target, limit)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""
        self.frames = []
        self.closed = False
        self.invoke = 0
        self.session = None
        self.version = ED3

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def poll(self, seconds):
        """Takes what comes within that time."""
        self.socket.settimeout(max(seconds, 0.001))
        try:
            data = self.socket.recv(65536)
        except socket.timeout:
            return
        except OSError:
            data = b""
        self.closed = not data
        self.buffer += data
        while len(self.buffer) >= HEADER:
            kind, _, length, invoke = struct.unpack(">BBH4s", self.buffer[:HEADER])
            require(kind == 0, f"the server sent format {kind}")
            require(length >= HEADER, f"the server sent a frame of {length} bytes")
            require(invoke.isdigit(), f"the server sent the invoke identifier {invoke!r}")
            if len(self.buffer) < length:
                return
            body, self.buffer = self.buffer[HEADER:length], self.buffer[length:]
            root = xml_root(body)
            require(root is not None, f"the server sent no XML: {body!r}")
            self.bodies.append(body)
            self.frames.append((invoke.decode(), root))

    def wait(self, condition, seconds=None):
        """Polls until condition() is truthy, and returns that, or None when the time is over."""
        end = time.monotonic() + (self.limit if seconds is None else seconds)
        while True:
            found = condition()
            left = end - time.monotonic()
            if found or left <= 0 or self.closed:
                return found
            self.poll(left)

    def document(self, root, inner, space):
        return f'<?xml version="1.0" encoding="UTF-8"?><{root} xmlns="{space}">{inner}</{root}>'.encode()

    def request(self, root, inner="", space=None):
        """Sends a request; returns its invoke identifier."""
        self.invoke = self.invoke % 9998 + 1
        invoke = f"{self.invoke:04}"
        self.send(frame(invoke, self.document(root, inner, space or self.version)))
        return invoke

    def answer(self, invoke):
        """The answer to a request."""
        def found():
            return next((entry for entry in self.frames if entry[0] == invoke), None)
        entry = self.wait(found)
        require(entry, f"no answer to {invoke}")
        return entry[1]

    def expect(self, root, inner="", space=None):
        """A service that must be answered with its response."""
        answer = self.answer(self.request(root, inner, space))
        words = " ".join(text.strip() for text in answer.itertext())
        require(local_name(answer) == f"{root}Response", f"{root}: answered with {local_name(answer)} {words}")
        require(namespace(answer) == self.version, f"{root}: answered in {namespace(answer)}")
        return answer

    def ask_for_session(self, versions=(ED3,), duration=60, login=""):
        """StartApplicationSession; returns the answer."""
        wanted = "".join(f"<protocolVersion>{version}</protocolVersion>" for version in versions)
        specific = f"<applicationSpecificInfo>{login}</applicationSpecificInfo>" if login else ""
        return self.answer(self.request(
            "StartApplicationSession",
            f"<applicationInfo><applicationID>interop</applicationID>{specific}</applicationInfo>"
            f"<requestedProtocolVersions>{wanted}</requestedProtocolVersions>"
            f"<requestedSessionDuration>{duration}</requestedSessionDuration>", SESSION))

    def start(self, **arguments):
        """A session; returns its duration in seconds."""
        answer = self.ask_for_session(**arguments)
        require(local_name(answer) == "StartApplicationSessionPosResponse", f"refused: {local_name(answer)}")
        self.session = text_of(answer, "sessionID")
        self.version = text_of(answer, "actualProtocolVersion")
        return int(text_of(answer, "actualSessionDuration"))

    def about_session(self, root, inner, session=None):
        """A request of ECMA-354 about the session; returns the answer."""
        identifier = self.session if session is None else session
        return self.answer(self.request(root, f"<sessionID>{identifier}</sessionID>{inner}", SESSION))

    def stop(self):
        """Ends the session, after which the server closes the connection."""
        answer = self.about_session(
            "StopApplicationSession",
            "<sessionEndReason><definedEndReason>normal</definedEndReason></sessionEndReason>")
        require(local_name(answer) == "StopApplicationSessionPosResponse", f"stop: {local_name(answer)}")
        require(self.wait(lambda: self.closed) , "the connection stays open after the session")

    def monitor(self, device):
        answer = self.expect(
            "MonitorStart", f"<monitorObject><deviceObject>{device}</deviceObject></monitorObject>")
        return text_of(answer, "monitorCrossRefID")

    def events(self):
        """Monitor and name of each event so far."""
        return [(text_of(root, "monitorCrossRefID"), local_name(root).replace("Event", ""))
                for invoke, root in self.frames if invoke == EVENT]

    def wait_events(self, expected):
        """Waits until as many events came, which must be these."""
        self.wait(lambda: len(self.events()) >= len(expected))
        require(self.events() == expected, f"events {self.events()}, expected {expected}")

    def terminated(self, seconds):
        """Why the server ends the session."""
        def found():
            return next((root for _, root in self.frames
                         if local_name(root) == "ApplicationSessionTerminated"), None)
        root = self.wait(found, seconds)
        require(root is not None, "the session was not terminated")
        require(text_of(root, "sessionID") == self.session, "another session was terminated")
        return " ".join(text.strip() for text in child(root, "sessionTermReason").itertext()).strip()


def error_of(root):
    """What a negative answer says."""
    return " ".join(text.strip() for text in root.itertext() if text.strip())


@test
def session(connect, _):
    """a session starts, is reset and stopped"""
    with connect() as client:
        login = (f'<SessionLoginInfo xmlns="{AVAYA}"><userName>alice</userName>'
                 "<password>secret</password></SessionLoginInfo>")
        require(client.start(duration=61, login=login) == 60, "the duration is not two heartbeats")
        require(client.session, "the session has no identifier")
        reset = "<requestedSessionDuration>{}</requestedSessionDuration>"
        for asked, got in [(120, 120), (1, 10), (1_000_000, 7200)]:
            answer = client.about_session("ResetApplicationSessionTimer", reset.format(asked))
            require(local_name(answer) == "ResetApplicationSessionTimerPosResponse", local_name(answer))
            actual = int(text_of(answer, "actualSessionDuration"))
            require(actual == got, f"{asked} seconds became {actual}, not {got}")
        client.stop()


@test
def versions(connect, _):
    """the first version that is known is chosen, blanks around it do not matter"""
    with connect() as client:
        client.start(versions=("http://example.com/none", f" {ED6} ", ED3))
        require(client.version.strip() == ED6, f"{client.version!r} was chosen")
        client.version = ED6
        client.expect("GetCSTAFeatures")
        client.stop()


@test
def refusals(connect, _):
    """what is wrong about a session has the standard's error"""
    with connect() as client:
        answer = client.ask_for_session(versions=("http://example.com/none",))
        require(local_name(answer) == "StartApplicationSessionNegResponse", local_name(answer))
        require(error_of(answer) == "requestedProtocolVersionNotSupported", error_of(answer))
        answer = client.answer(client.request("StartApplicationSession", "", SESSION))
        require(local_name(answer) == "StartApplicationSessionNegResponse", local_name(answer))
        require(error_of(answer) == "invalidApplicationInfo", error_of(answer))
        answer = client.answer(client.request("GetCSTAFeatures"))
        require(local_name(answer) == "CSTAErrorCode", f"without session: {local_name(answer)}")
        client.start()
        reset = "<requestedSessionDuration>60</requestedSessionDuration>"
        answer = client.about_session("ResetApplicationSessionTimer", reset, session="other")
        require(local_name(answer) == "ResetApplicationSessionTimerNegResponse", local_name(answer))
        require(error_of(answer) == "invalidSessionID", error_of(answer))
        answer = client.about_session("StopApplicationSession", "<sessionEndReason><definedEndReason>normal"
                                      "</definedEndReason></sessionEndReason>", session="other")
        require(local_name(answer) == "StopApplicationSessionNegResponse", local_name(answer))
        answer = client.answer(client.request("Nonsense"))
        require(error_of(answer) == "serviceNotSupported", error_of(answer))
        client.stop()


@test
def call(connect, options):
    """two phones are connected, answered, held, retrieved and cleared, and both monitors see it"""
    with connect() as client:
        client.start()
        one, two = client.monitor(options.line), client.monitor(options.peer)
        made = client.expect(
            "MakeCall", f"<callingDevice>{options.line}</callingDevice>"
            f"<calledDirectoryNumber>{options.peer}</calledDirectoryNumber>"
            "<autoOriginate>doNotPrompt</autoOriginate>")
        number, device = text_of(made, "callingDevice", "callID"), text_of(made, "callingDevice", "deviceID")
        require(device == options.line, f"the response names {device!r}")

        def service(root, argument, at):
            client.expect(root, f"<{argument}><callID>{number}</callID><deviceID>{at}</deviceID></{argument}>")
        expected = [(one, "ServiceInitiated"), (one, "Originated"), (one, "Delivered"), (two, "Delivered")]
        client.wait_events(expected)
        position = {name: [local_name(root) for _, root in client.frames].index(name)
                    for name in ("MakeCallResponse", "ServiceInitiatedEvent")}
        require(position["MakeCallResponse"] < position["ServiceInitiatedEvent"], "an event came before the response")
        for root, argument, at, event in [
                ("AnswerCall", "callToBeAnswered", options.peer, "Established"),
                ("HoldCall", "callToBeHeld", options.line, "Held"),
                ("RetrieveCall", "callToBeRetrieved", options.line, "Retrieved")]:
            service(root, argument, at)
            expected += [(one, event), (two, event)]
            client.wait_events(expected)
        service("ClearConnection", "connectionToBeCleared", options.line)
        client.wait(lambda: client.events().count((two, "ConnectionCleared")) == 2)
        require(client.events()[len(expected):].count((one, "ConnectionCleared")) >= 1, "nobody is told of the end")
        for _, root in client.frames:
            require(namespace(root) in (ED3, SESSION), f"{local_name(root)} is in {namespace(root)}")
        client.stop()


@test
def pieces(connect, _):
    """frames in pieces, and many in one segment, are taken one by one"""
    with connect() as client:
        for byte in frame("0001", client.document(
                "StartApplicationSession",
                "<applicationInfo><applicationID>pieces</applicationID></applicationInfo>"
                f"<requestedProtocolVersions><protocolVersion>{ED3}</protocolVersion></requestedProtocolVersions>",
                SESSION)):
            client.send(bytes([byte]))
        answer = client.answer("0001")
        require(local_name(answer) == "StartApplicationSessionPosResponse", local_name(answer))
        status = client.document("RequestSystemStatus", "", ED3)
        client.send(b"".join(frame(f"{number:04}", status) for number in range(2, 52)))
        client.wait(lambda: len(client.frames) >= 51)
        require([invoke for invoke, _ in client.frames] == [f"{number:04}" for number in range(1, 52)],
                "answers are missing or in another order")


@test
def soap(connect, _):
    """a SOAP envelope and garbage end the connection, and nothing else"""
    with connect() as bystander:
        bystander.start()
        for wrong in (frame("0001", b"<x/>", kind=1), b"GET / HTTP/1.1\r\n\r\n", b"\0\0\0\1" b"0001"):
            with connect() as client:
                client.send(wrong)
                client.wait(lambda c=client: c.closed)
                require(client.closed, f"{wrong[:16]!r}: the connection stays open")
        bystander.expect("RequestSystemStatus")


@test
def expiry(connect, _):
    """a session that is silent for two heartbeats is terminated"""
    with connect() as client:
        duration = client.start(duration=10)
        require(duration == 10, f"the duration is {duration}")
        began = time.monotonic()
        reason = client.terminated(duration + 5)
        require(reason == "sessionTimerExpired", reason)
        require(time.monotonic() - began > duration - 1, "terminated too early")
        client.wait(lambda: client.closed)
        require(client.closed, "the connection stays open")


@test
def silence(connect, _):
    """who says nothing is not waited for"""
    with connect() as client:
        client.wait(lambda: client.closed, 15)
        require(client.closed, "the connection stays open")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--csta", help="Hookflash's CSTA address, HOST:PORT")
    parser.add_argument("--line", default="201", help="watched line with a registered phone")
    parser.add_argument("--peer", default="202", help="watched line to call, with a registered phone")
    parser.add_argument("--limit", type=float, default=5.0, help="limit of each wait, seconds")
    parser.add_argument("--schemas", help="directory of the schemas: validate every body the server sent "
                        "(needs xmllint)")
    parser.add_argument("--list", action="store_true", help="list the tests and end")
    parser.add_argument("tests", nargs="*", default=["all"], help="all, or names")
    options = parser.parse_args()
    if options.list:
        for name, function in TESTS.items():
            print(f"{name:<12}{function.__doc__}")
        return 0
    if not options.csta:
        parser.error("--csta is needed")
    host, _, port = options.csta.rpartition(":")
    if not host.startswith("127."):
        parser.error("loopback only")
    bodies = []

    def connect():
        return Connection((host, int(port)), options.limit, bodies)
    checks = Checks()
    names = TESTS if options.tests == ["all"] else options.tests
    for name in names:
        reason = ""
        try:
            TESTS[name](connect, options)
        except (Failure, OSError) as failure:
            reason = str(failure) or repr(failure)
        checks.check(not reason, f"{name:<12} {TESTS[name].__doc__}", reason)
    if options.schemas:
        wrong = invalid_bodies(bodies, options.schemas)
        checks.check(not wrong, f"all {len(bodies)} bodies of the server are schema-valid",
                     "; ".join(f"{name}: {reason}" for name, reason in wrong[:10]))
    return checks.exit_code()


if __name__ == "__main__":
    sys.exit(main())
