"""As much of WebSocket (RFC 6455) as the client needs, with the standard library alone."""

from __future__ import annotations

import base64
import hashlib
import os
import socket
import ssl
import struct
import time
from typing import Optional, Tuple
from urllib.parse import urlsplit

GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
SUBPROTOCOL = "csta.json.v1"


class Closed(Exception):
    """The connection is over."""


class WebSocket:
    """A connection whose messages are texts."""

    def __init__(self, url: str, timeout: float = 10.0, *, subprotocol: Optional[str] = SUBPROTOCOL,
                 authorization: Optional[str] = None):
        self._fields = f"Sec-WebSocket-Protocol: {subprotocol}\r\n" if subprotocol else ""
        if authorization:
            self._fields += f"Authorization: {authorization}\r\n"
        parts = urlsplit(url)
        host, secure = parts.hostname or "localhost", parts.scheme == "wss"
        self._socket = socket.create_connection((host, parts.port or (443 if secure else 80)), timeout)
        if secure:
            self._socket = ssl.create_default_context().wrap_socket(self._socket, server_hostname=host)
        self._buffer = b""
        try:
            self._upgrade(parts.netloc.rpartition("@")[2], parts.path)
        except BaseException:
            self._socket.close()
            raise

    def _upgrade(self, host: str, path: str) -> None:
        key = base64.b64encode(os.urandom(16)).decode()
        head = (f"GET {path} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n{self._fields}\r\n")
        self._socket.sendall(head.encode())
        while b"\r\n\r\n" not in self._buffer:
            self._more()
        answer, self._buffer = self._buffer.split(b"\r\n\r\n", 1)
        status, *lines = answer.decode("latin-1").split("\r\n")
        fields = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        accept = base64.b64encode(hashlib.sha1((key + GUID).encode()).digest()).decode()
        if status.split()[1] != "101" or fields.get("sec-websocket-accept") != accept:
            raise ConnectionError(status)

    def _more(self) -> None:
        piece = self._socket.recv(65536)
        if not piece:
            raise Closed()
        self._buffer += piece

    def send(self, text: str) -> None:
        """Sends a message."""
        self._frame(1, text.encode())

    def _frame(self, opcode: int, payload: bytes) -> None:
        length, mask = len(payload), os.urandom(4)
        if length < 126:
            head = struct.pack(">BB", 0x80 | opcode, 0x80 | length)
        elif length < 65536:
            head = struct.pack(">BBH", 0x80 | opcode, 0x80 | 126, length)
        else:
            head = struct.pack(">BBQ", 0x80 | opcode, 0x80 | 127, length)
        masked = bytes(byte ^ mask[place % 4] for place, byte in enumerate(payload))
        self._socket.settimeout(10)
        self._socket.sendall(head + mask + masked)

    def receive(self, timeout: float) -> Optional[str]:
        """The next message; None if none comes in this time. Pings are answered."""
        end, parts = time.monotonic() + timeout, b""
        while True:
            frame = self._next(end)
            if frame is None:
                return None
            final, opcode, payload = frame
            if opcode == 8:
                raise Closed()
            if opcode == 9:
                self._frame(10, payload)
            elif opcode in (0, 1):
                parts += payload
                if final:
                    return parts.decode()

    def _next(self, end: float) -> Optional[Tuple[bool, int, bytes]]:
        """The next frame; what has come of one stays until the rest is there."""
        while True:
            frame = self._parse()
            if frame:
                return frame
            left = end - time.monotonic()
            if left <= 0:
                return None
            self._socket.settimeout(left)
            try:
                self._more()
            except (socket.timeout, ssl.SSLWantReadError):
                return None

    def _parse(self) -> Optional[Tuple[bool, int, bytes]]:
        data = self._buffer
        if len(data) < 2:
            return None
        length, place = data[1] & 0x7F, 2
        if length == 126:
            length, place = int.from_bytes(data[2:4], "big"), 4
        elif length == 127:
            length, place = int.from_bytes(data[2:10], "big"), 10
        if len(data) < place or len(data) < place + length:
            return None
        self._buffer = data[place + length:]
        return bool(data[0] & 0x80), data[0] & 0x0F, data[place:place + length]

    def close(self) -> None:
        """Closes the connection."""
        try:
            self._frame(8, struct.pack(">H", 1000))
        except OSError:
            pass
        self._socket.close()
