"""A bare SCCP phone: sends what it is told, keeps what it gets."""

import select
import socket
import struct
import time

KEEP_ALIVE, REGISTER, KEYPAD, STIMULUS, OFF_HOOK, ON_HOOK = 0x00, 0x01, 0x03, 0x05, 0x06, 0x07
TIME_DATE_REQ, CAPABILITIES_RES, ORC_ACK = 0x0D, 0x10, 0x22
SOFT_KEY, UNREGISTER = 0x26, 0x27
REGISTER_ACK, REGISTER_REJECT, RESET, KEEP_ALIVE_ACK = 0x81, 0x9D, 0x9F, 0x100
OPEN_RECEIVE, CLOSE_RECEIVE, START_MEDIA, STOP_MEDIA = 0x105, 0x106, 0x8A, 0x8B
CALL_STATE, DEFINE_TIME_DATE, CAPABILITIES_REQ = 0x111, 0x94, 0x9B
TOKEN_REQ, TOKEN_ACK, TOKEN_REJECT = 0x29, 0xA0, 0xA1
OFFHOOK, ONHOOK, RINGOUT, RINGIN, CONNECTED, BUSY, CONGESTION, HOLD = range(1, 9)
NEW_CALL, KEY_HOLD, END_CALL, RESUME, ANSWER, MEET_ME = 2, 3, 9, 10, 11, 16
G711 = 4


def frame(message_id, body=b"", version=0, length=None):
    """A message; `length` lies about its length."""
    size = 4 + len(body) if length is None else length
    return struct.pack("<III", size & 0xFFFFFFFF, version, message_id) + body


def words(*values):
    return struct.pack(f"<{len(values)}I", *values)


CAPABILITIES = frame(CAPABILITIES_RES, words(1, G711, 20, 0, 0))


def register_body(name, version=11, device_type=7):
    name = name if isinstance(name, bytes) else name.encode()
    return (name[:16].ljust(16, b"\0") + words(0, 1) + bytes([127, 0, 0, 1])
            + words(device_type, 5, 0) + bytes([version, 0, 0x60, 0x85]))


def readable(sock, seconds):
    """Whether there is something to read within that time; works for any file number, unlike select."""
    waiting = select.poll()
    waiting.register(sock, select.POLLIN)
    return bool(waiting.poll(seconds * 1000))


class Phone:
    """One connection to the SCCP port."""

    def __init__(self, target, receive_buffer=None, source=None):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        if source:
            self.socket.bind((source, 0))
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(5)
        self.socket.connect(target)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer, self.seen, self.closed = b"", [], False
        self.states = {}
        self.acknowledge = self.answers = True
        self.registered = False

    def fileno(self):
        return self.socket.fileno()

    def send(self, *frames):
        self.socket.settimeout(5)
        self.socket.sendall(b"".join(frames))

    def poll(self, seconds=0.0):
        """Takes what comes within that time; False if nothing came or it is closed."""
        if self.closed or not readable(self.socket, seconds):
            return False
        try:
            data = self.socket.recv(65536)
        except OSError:
            data = b""
        if not data:
            self.closed = True
            return False
        self.buffer += data
        while len(self.buffer) >= 12:
            length, _, message_id = struct.unpack_from("<III", self.buffer)
            if len(self.buffer) < length + 8:
                break
            self.take(message_id, self.buffer[12:length + 8])
            self.buffer = self.buffer[length + 8:]
        return True

    def take(self, message_id, body):
        self.seen.append((message_id, body))
        if message_id == CALL_STATE:
            state, _, reference = struct.unpack_from("<III", body)
            if state == ONHOOK:
                self.states.pop(reference, None)
            else:
                self.states[reference] = state
        if message_id == CAPABILITIES_REQ and self.registered and self.answers:
            self.send(CAPABILITIES)
        if message_id == OPEN_RECEIVE and self.acknowledge:
            party = struct.unpack_from("<I", body, 4)[0]
            self.send(frame(ORC_ACK, words(0) + bytes([127, 0, 0, 1]) + words(20000, party)))

    def wait(self, what, seconds=5.0):
        """Polls until what() holds; False if it never does."""
        end = time.monotonic() + seconds
        while not what():
            left = end - time.monotonic()
            if left <= 0 or self.closed:
                return bool(what())
            self.poll(min(left, 0.2))
        return True

    def got(self, message_id):
        return any(seen == message_id for seen, _ in self.seen)

    def expect(self, message_id, seconds=5.0):
        return self.wait(lambda: self.got(message_id), seconds)

    def expect_state(self, state, seconds=5.0):
        return self.wait(lambda: state in self.states.values(), seconds)

    def expect_idle(self, seconds=5.0):
        return self.wait(lambda: not self.states, seconds)

    def expect_closed(self, seconds=5.0):
        return self.wait(lambda: self.closed, seconds) and self.closed

    def register(self, name, version=11):
        self.send(frame(REGISTER, register_body(name, version)))
        if not self.expect(REGISTER_ACK):
            return False
        self.registered = True
        self.send(CAPABILITIES, frame(TIME_DATE_REQ))
        return self.expect(DEFINE_TIME_DATE)

    def soft_key(self, key, line=1, reference=0):
        self.send(frame(SOFT_KEY, words(key, line, reference)))

    def dial(self, number):
        self.send(frame(OFF_HOOK), *(frame(KEYPAD, words(int(digit), 1, 0)) for digit in number))

    def reset(self):
        """Ends the connection with a RST."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()
        self.closed = True

    def close(self):
        self.socket.close()
        self.closed = True
