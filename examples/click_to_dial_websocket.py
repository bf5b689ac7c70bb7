#!/usr/bin/env python3
"""Click-to-dial over WebSocket: one number calls another, and what happens is printed.

    python3 examples/click_to_dial_websocket.py --server HOST:8080 [--login NAME:PASSWORD] [--hang-up EVENT] 201 202

CSTA as JSON-RPC 2.0 with nothing but Python's standard library. docs/applications.md shows the messages. The server needs
`http port 8080` under `cti-manager`. Ends when the call has ended; with --hang-up it clears the call at the first event of that name.
"""

import argparse
import base64
import json
import os
import socket
import struct
import sys


class Server:
    """CSTA over a WebSocket (RFC 6455)."""

    def __init__(self, address, login):
        host, _, port = address.rpartition(":")
        self.socket = socket.create_connection((host, int(port)), timeout=60)
        self.stream = self.socket.makefile("rb")
        key = base64.b64encode(os.urandom(16)).decode()
        lines = ["GET /csta HTTP/1.1", f"Host: {address}", "Upgrade: websocket", "Connection: Upgrade",
                 f"Sec-WebSocket-Key: {key}", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Protocol: csta.json.v1"]
        if login:
            lines.append("Authorization: Basic " + base64.b64encode(login.encode()).decode())
        self.socket.sendall("\r\n".join([*lines, "", ""]).encode())
        status = self.stream.readline().decode()
        if " 101 " not in status:
            sys.exit(f"no WebSocket: {status.strip()}")
        while self.stream.readline().strip():
            pass
        self.last, self.events = 0, []

    def frame(self, opcode, payload):
        mask, length = os.urandom(4), len(payload)
        head = struct.pack(">BB", 0x80 | opcode, 0x80 | length) if length < 126 else \
            struct.pack(">BBH", 0x80 | opcode, 0x80 | 126, length)
        self.socket.sendall(head + mask + bytes(byte ^ mask[place % 4] for place, byte in enumerate(payload)))

    def receive(self):
        """The next message; pings are answered."""
        while True:
            first, length = self.stream.read(2)
            if length == 126:
                length, = struct.unpack(">H", self.stream.read(2))
            elif length == 127:
                length, = struct.unpack(">Q", self.stream.read(8))
            payload, opcode = self.stream.read(length), first & 15
            if opcode == 1:
                return json.loads(payload)
            if opcode == 8:
                sys.exit("the server has closed the connection")
            if opcode == 9:
                self.frame(10, payload)

    def call(self, method, **params):
        """Asks for a service and returns its result; events that come meanwhile are kept."""
        self.last += 1
        request = {"jsonrpc": "2.0", "id": self.last, "method": method, "params": params}
        self.frame(1, json.dumps(request).encode())
        while "id" not in (message := self.receive()):
            self.events.append(message)
        if "error" in message:
            sys.exit(f"{method}: {message['error']['message']}")
        return message["result"]

    def next_event(self):
        return self.events.pop(0) if self.events else self.receive()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--server", default="127.0.0.1:8080")
    parser.add_argument("--login", help="name and password of an application-user or end-user")
    parser.add_argument("--hang-up", metavar="EVENT", help="clear the call at this event, such as EstablishedEvent")
    parser.add_argument("caller")
    parser.add_argument("called")
    arguments = parser.parse_args()
    server = Server(arguments.server, arguments.login)
    server.call("StartApplicationSession", applicationID="click-to-dial", requestedSessionDuration=600)
    server.call("MonitorStart", monitorObject={"deviceObject": arguments.caller})
    call = server.call("MakeCall", callingDevice=arguments.caller, calledDirectoryNumber=arguments.called,
                       autoOriginate="doNotPrompt")["callingDevice"]
    server.socket.settimeout(None)
    while True:
        event = server.next_event()
        params = event["params"]
        print(f"{event['method']:<24} {params.get('localConnectionInfo', ''):<10} {params.get('cause', '')}", flush=True)
        if event["method"] == "ConnectionClearedEvent" and params["droppedConnection"]["deviceID"] == arguments.caller:
            break
        if event["method"] == arguments.hang_up:
            server.call("ClearConnection", connectionToBeCleared=call)
    server.call("StopApplicationSession")


if __name__ == "__main__":
    main()
