"""A WebSocket client (RFC 6455), with nothing but the standard library."""

import base64
import hashlib
import json
import os
import socket
import struct
import time

from tls import TlsConnection

GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class Refused(Exception):
    """The server did not switch to WebSocket; `status` is what it said instead."""

    def __init__(self, status):
        super().__init__(f"status {status}")
        self.status = status


class Closed(Exception):
    """The other end closed; `code` is its code, if it gave one."""

    def __init__(self, code=None):
        super().__init__(f"closed with {code}")
        self.code = code


class WebSocket:
    """A connection whose messages are texts."""

    def __init__(self, address, path="/csta", authorization=None, subprotocol="csta.json.v1", tls=None, origin=None):
        self.socket, self.origin = socket.create_connection(address, timeout=10), origin
        if tls:
            self.socket = TlsConnection(self.socket, tls, server_hostname=address[0])
        self.buffer = b""
        self.subprotocol = self.upgrade(address, path, authorization, subprotocol)

    def upgrade(self, address, path, authorization, subprotocol):
        key = base64.b64encode(os.urandom(16)).decode()
        fields = [f"GET {path} HTTP/1.1", f"Host: {address[0]}:{address[1]}", "Upgrade: websocket",
                  "Connection: keep-alive, Upgrade", f"Sec-WebSocket-Key: {key}", "Sec-WebSocket-Version: 13"]
        if subprotocol:
            fields.append(f"Sec-WebSocket-Protocol: other, {subprotocol}")
        if self.origin:
            fields.append(f"Origin: {self.origin}")
        if authorization:
            fields.append(f"Authorization: {authorization}")
        self.socket.sendall("\r\n".join([*fields, "", ""]).encode())
        while b"\r\n\r\n" not in self.buffer:
            self.read_more()
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        status, *lines = head.decode().split("\r\n")
        if status.split()[1] != "101":
            raise Refused(int(status.split()[1]))
        answer = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        digest = base64.b64encode(hashlib.sha1((key + GUID).encode()).digest()).decode()
        assert answer["sec-websocket-accept"] == digest, answer
        return answer.get("sec-websocket-protocol")

    def read_more(self):
        piece = self.socket.recv(65536)
        if not piece:
            raise Closed()
        self.buffer += piece

    def take(self, count):
        while len(self.buffer) < count:
            self.read_more()
        piece, self.buffer = self.buffer[:count], self.buffer[count:]
        return piece

    def frame(self, opcode, payload, final=True):
        length, mask = len(payload), os.urandom(4)
        head = bytes([(0x80 if final else 0) | opcode])
        if length < 126:
            head += bytes([0x80 | length])
        elif length < 65536:
            head += bytes([0x80 | 126]) + struct.pack(">H", length)
        else:
            head += bytes([0x80 | 127]) + struct.pack(">Q", length)
        masked = bytes(byte ^ mask[place % 4] for place, byte in enumerate(payload))
        self.socket.sendall(head + mask + masked)

    def send(self, text):
        self.frame(1, text.encode())

    def send_in_pieces(self, text):
        middle = len(text) // 2
        self.frame(1, text[:middle].encode(), final=False)
        self.frame(0, text[middle:].encode())

    def next_frame(self, within=10):
        self.socket.settimeout(within)
        first, second = self.take(2)
        length = second & 0x7F
        if length == 126:
            length = struct.unpack(">H", self.take(2))[0]
        elif length == 127:
            length = struct.unpack(">Q", self.take(8))[0]
        return first & 0x0F, self.take(length)

    def receive(self, within=10):
        """The next text; pings are answered."""
        while True:
            opcode, payload = self.next_frame(within)
            if opcode == 1:
                return payload.decode()
            if opcode == 8:
                raise Closed(struct.unpack(">H", payload[:2])[0] if len(payload) >= 2 else None)
            if opcode == 9:
                self.frame(10, payload)

    def has_more(self):
        """Whether something came that was not read."""
        return bool(self.buffer) or (hasattr(self.socket, "pending") and self.socket.pending() > 0)

    def close(self):
        self.socket.close()


class Rpc(WebSocket):
    """JSON-RPC 2.0: requests with their answers, and notifications in the order in which they came."""

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.last, self.notifications = 0, []

    def request(self, method, **params):
        """The whole answer."""
        self.last += 1
        self.send(json.dumps({"jsonrpc": "2.0", "id": self.last, "method": method, "params": params}))
        return self.answer(self.last)

    def answer(self, number):
        while True:
            message = json.loads(self.receive())
            if "method" in message:
                self.notifications.append(message)
            else:
                assert message["jsonrpc"] == "2.0" and message["id"] == number, message
                return message

    def call(self, method, **params):
        """The result."""
        answer = self.request(method, **params)
        if "result" not in answer:
            raise AssertionError(f"{method}: {answer}")
        return answer["result"]

    def wait_for(self, wanted, within=10):
        """The first notification for which this holds."""
        deadline = time.monotonic() + within
        looked = 0
        while True:
            for message in self.notifications[looked:]:
                looked += 1
                if wanted(message):
                    return message
            left = deadline - time.monotonic()
            if left <= 0:
                raise AssertionError(f"not seen in {within} s: {self.notifications}")
            message = json.loads(self.receive(left))
            assert "method" in message, message
            self.notifications.append(message)
