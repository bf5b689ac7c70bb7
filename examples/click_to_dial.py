#!/usr/bin/env python3
"""Click-to-dial: one number calls another, and what happens is printed.

    hookflash sim --serve --calls-per-minute 0          # an office to try it in; then, in another terminal:
    python3 examples/click_to_dial.py 201 202

A CSTA session over SIP and TCP (uaCSTA, ECMA TR/87) with nothing but Python's standard library: INVITE opens the session,
each INFO carries one CSTA message, BYE ends the session. docs/applications.md shows the messages.
"""

import argparse
import socket
import sys
import uuid
import xml.etree.ElementTree as ElementTree

CSTA = "http://www.ecma-international.org/standards/ecma-323/csta/ed3"


def csta(service, arguments=""):
    """A CSTA message."""
    return f'<?xml version="1.0" encoding="UTF-8"?><{service} xmlns="{CSTA}">{arguments}</{service}>'


class Session:
    """A CSTA session in a SIP dialog."""

    def __init__(self, server, line):
        self.socket = socket.create_connection(server, timeout=60)
        self.stream = self.socket.makefile("rb")
        host, port = self.socket.getsockname()[:2]
        self.me, self.contact = f"sip:click-to-dial@{host}", f"sip:click-to-dial@{host}:{port};transport=tcp"
        self.peer = self.to = f"sip:{line}@{server[0]}"
        self.to = f"<{self.to}>"
        self.call_id, self.tag, self.cseq = str(uuid.uuid4()), uuid.uuid4().hex[:8], 0
        self.events = []
        start, headers, body = self.request("INVITE", csta("RequestSystemStatus"))
        if " 200 " not in start:
            sys.exit(f"the session is refused: {start}")
        self.to = headers["to"]  # With the tag of the server, which makes the dialog.
        self.peer = headers["contact"].split("<")[1].split(">")[0]
        self.send("ACK")
        print("session open, systemStatus", ElementTree.fromstring(body)[0].text)

    def send(self, method, body=""):
        """Writes a request in the dialog."""
        self.cseq += method != "ACK"
        lines = [
            f"{method} {self.peer} SIP/2.0",
            f"Via: SIP/2.0/TCP {self.contact.split('@')[1].split(';')[0]};branch=z9hG4bK{uuid.uuid4().hex}",
            "Max-Forwards: 70", f"From: <{self.me}>;tag={self.tag}", f"To: {self.to}",
            f"Call-ID: {self.call_id}", f"CSeq: {self.cseq} {method}", f"Contact: <{self.contact}>",
            *(["Content-Type: application/csta+xml", "Content-Disposition: signal;handling=required"] if body else []),
            f"Content-Length: {len(body.encode())}", "", body,
        ]
        self.socket.sendall("\r\n".join(lines).encode())

    def request(self, method, body=""):
        """Sends a request and waits for its final response; events that come meanwhile are kept."""
        self.send(method, body)
        while True:
            start, headers, answer = self.read()
            if start.startswith("SIP/2.0 ") and headers["cseq"] == f"{self.cseq} {method}" and start[8] != "1":
                return start, headers, answer

    def service(self, name, arguments):
        """Asks for a CSTA service, and returns its response."""
        start, _, body = self.request("INFO", csta(name, arguments))
        response = ElementTree.fromstring(body) if body else None
        if response is None or response.tag == f"{{{CSTA}}}CSTAErrorCode":
            reason = start if response is None else f"{response[0].tag.split('}')[1]}/{response[0].text}"
            sys.exit(f"{name} is refused: {reason}")
        return response

    def next_event(self):
        """The next event: its name, and its elements by name."""
        while not self.events:
            self.read()
        root = ElementTree.fromstring(self.events.pop(0))
        return root.tag.split("}")[1], {part.tag.split("}")[1]: part for part in root.iter()}

    def read(self):
        """Reads a message: start line, headers, body. A request of the server is answered and kept as an event."""
        start = self.stream.readline().decode().strip()
        if not start:
            sys.exit("the server closed the connection")
        headers = {}
        for line in iter(lambda: self.stream.readline().decode().strip(), ""):
            name, _, value = line.partition(":")
            headers[name.strip().lower()] = value.strip()
        body = self.stream.read(int(headers.get("content-length", 0))).decode()
        if not start.startswith("SIP/2.0 "):
            copied = "".join(f"{name}: {headers[name.lower()]}\r\n" for name in ("Via", "From", "To", "Call-ID", "CSeq"))
            self.socket.sendall(f"SIP/2.0 200 OK\r\n{copied}Content-Length: 0\r\n\r\n".encode())
            if start.startswith("BYE "):
                sys.exit("the server ended the session")
            if start.startswith("INFO "):
                self.events.append(body)
        return start, headers, body


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--server", default="127.0.0.1:5060", help="host and port of SIP (default: %(default)s)")
    parser.add_argument("calling", help="the number that calls")
    parser.add_argument("called", help="the number that is called")
    arguments = parser.parse_args()
    host, _, port = arguments.server.rpartition(":")

    session = Session((host, int(port)), arguments.calling)
    session.service("MonitorStart", f"<monitorObject><deviceObject>{arguments.calling}</deviceObject></monitorObject>")
    made = session.service("MakeCall", f"<callingDevice>{arguments.calling}</callingDevice>"
                           f"<calledDirectoryNumber>{arguments.called}</calledDirectoryNumber>"
                           "<autoOriginate>doNotPrompt</autoOriginate>")
    call = made.find(f".//{{{CSTA}}}callID").text
    while True:
        event, parts = session.next_event()
        state, cause = (parts[name].text if name in parts else "" for name in ("localConnectionInfo", "cause"))
        print(f"{event:<24} {state:<10} {cause}")
        if event == "EstablishedEvent":
            session.service("ClearConnection", "<connectionToBeCleared>"
                            f"<callID>{call}</callID><deviceID>{arguments.calling}</deviceID></connectionToBeCleared>")
        if event in ("ConnectionClearedEvent", "FailedEvent") and state in ("null", "fail"):
            break
    session.request("BYE")
    print("session closed")


if __name__ == "__main__":
    main()
