"""Real audio of a SIP phone: a tone that it sends, and what it hears. G.711 (ITU-T G.711) and RFC 4733."""

import math
import re
import socket
import struct
import threading
import time

RATE, FRAME = 8000, 160


def mu_law(sample):
    sign, magnitude = (0x80, -sample) if sample < 0 else (0, sample)
    magnitude = min(magnitude, 32635) + 132
    segment = magnitude.bit_length() - 8
    return ~(sign | segment << 4 | magnitude >> segment + 3 & 0x0F) & 0xFF


def from_mu_law(byte):
    byte = ~byte & 0xFF
    magnitude = ((byte & 0x0F) << 3 | 0x84) << (byte >> 4 & 7)
    return 132 - magnitude if byte & 0x80 else magnitude - 132


def a_law(sample):
    sign, magnitude = (0x00, -sample - 1) if sample < 0 else (0x80, sample)
    magnitude = min(magnitude, 32767) >> 4
    segment = max(0, magnitude.bit_length() - 5 + (1 if magnitude >= 16 else 0))
    segment = 0 if magnitude < 16 else magnitude.bit_length() - 4
    mantissa = magnitude & 15 if segment == 0 else magnitude >> segment - 1 & 15
    return (sign | segment << 4 | mantissa) ^ 0x55


def from_a_law(byte):
    byte ^= 0x55
    segment, mantissa = byte >> 4 & 7, byte & 15
    magnitude = (mantissa << 4) + 8 if segment == 0 else ((mantissa << 4) + 0x108) << segment - 1
    return magnitude if byte & 0x80 else -magnitude


CODECS = {0: (mu_law, from_mu_law), 8: (a_law, from_a_law)}


def receiver(description):
    """Where a description says that its writer receives audio; None if nowhere."""
    text = (description or b"").decode()
    address, port = re.findall(r"c=IN IP4 (\S+)", text), re.findall(r"m=audio (\d+)", text)
    if not address or not port or "a=inactive" in text or port[0] == "9" or address[-1] == "0.0.0.0":
        return None
    return address[-1], int(port[0])


class Sound:
    """The receiver and sender of one phone."""

    def __init__(self, agent, tone, codec, events, ip):
        self.agent, self.tone, self.codec, self.events_type = agent, tone, codec, events
        self.socket = self.bind(ip)
        self.port = self.socket.getsockname()[1]
        self.heard, self.events, self.types, self.ended = [], [], set(), False
        self.sources, self.digits, self.sent_digits = set(), [], []
        self.mute = False
        self.threads = [threading.Thread(target=target, daemon=True) for target in (self.speak, self.listen)]
        for thread in self.threads:
            thread.start()

    @staticmethod
    def bind(ip):
        while True:
            one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            one.bind((ip, 0))
            if one.getsockname()[1] % 2 == 0:
                one.settimeout(0.2)
                return one
            one.close()

    def target(self):
        with self.agent.lock:
            for call in self.agent.calls.values():
                if call.state in ("connected", "answered") or call.state == "ringback" and call.sdp \
                        or call.state == "ringing" and self.agent.manner == "early":
                    return receiver(call.sdp)
        return None

    def speak(self):
        sent, sequence, due = 0, 0, time.monotonic()
        encode = CODECS.get(self.codec, CODECS[0])[0]
        step = 2 * math.pi * self.tone / RATE
        event_began = 0
        while not self.ended:
            target, packets = self.target(), []
            if self.sent_digits:
                event, packet = self.sent_digits[0], len(self.digits)
                event_began = sent if packet == 0 else event_began
                self.digits.append(packet)
                last = packet >= 5
                for _ in range(3 if last else 1):
                    body = struct.pack(">BBH", event, 0x8A if last else 10, FRAME * (packet + 1))
                    packets.append((self.events_type | (0x80 if packet == 0 else 0), event_began, body))
                if last:
                    self.sent_digits.pop(0)
                    self.digits.clear()
            else:
                body = bytes(encode(int(6000 * math.sin(step * (sent + n)))) for n in range(FRAME))
                packets.append((self.codec, sent, body))
            for kind, stamp, body in packets:
                if target and not self.mute:
                    header = struct.pack(">BBHII", 0x80, kind, sequence & 0xFFFF, stamp & 0xFFFFFFFF, self.tone)
                    try:
                        self.socket.sendto(header + body, target)
                    except OSError:
                        pass
                sequence += 1
            sent, due = sent + FRAME, due + FRAME / RATE
            time.sleep(max(0, due - time.monotonic()))

    def listen(self):
        while not self.ended:
            try:
                packet, source = self.socket.recvfrom(2048)
            except OSError:
                continue
            if len(packet) < 12 or packet[0] >> 6 != 2:
                continue
            kind = packet[1] & 0x7F
            self.sources.add(source)
            if kind == self.events_type:
                event, flags, duration = struct.unpack(">BBH", packet[12:16])
                stamp = struct.unpack(">I", packet[4:8])[0]
                self.events.append((event, stamp, duration, bool(flags & 0x80), bool(packet[1] & 0x80)))
            else:
                self.types.add(kind)
                if kind in CODECS:
                    self.heard += [CODECS[kind][1](byte) for byte in packet[12:]]

    def send_digits(self, digits):
        self.sent_digits += ["0123456789*#ABCD".index(digit) for digit in digits]

    def received_digits(self):
        """Each digit once: its packets have one timestamp."""
        seen = []
        for event, stamp, _, _, _ in self.events:
            if not seen or seen[-1] != (event, stamp):
                seen.append((event, stamp))
        return "".join("0123456789*#ABCD"[event] for event, _ in seen)

    def power(self, tone, seconds=0.5):
        """How much of what was heard last is this tone: 1 for the tone alone at the loudness at which phones speak."""
        heard = self.heard[-int(RATE * seconds):]
        step = 2 * math.pi * tone / RATE
        real = sum(sample * math.cos(step * n) for n, sample in enumerate(heard))
        imaginary = sum(sample * math.sin(step * n) for n, sample in enumerate(heard))
        return 2 * math.hypot(real, imaginary) / max(1, len(heard)) / 6000

    def end(self):
        self.ended = True
        for thread in self.threads:
            thread.join(1)
        self.socket.close()
