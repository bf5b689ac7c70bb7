"""What users hear: RTP of phones that speak, in a conference that the server mixes, and music on hold."""

import math
import socket
import struct
import threading
import time

from apps import require
from keys import consulted
from office import scene
from phone import sccp, words

RATE, FRAME, SECONDS = 8000, 160, 1.5


def encode(sample):
    """G.711 mu-law (ITU-T G.711, table 2)."""
    sign, magnitude = (0x80, -sample) if sample < 0 else (0, sample)
    magnitude = min(magnitude, 32635) + 132
    segment = magnitude.bit_length() - 8
    return ~(sign | segment << 4 | magnitude >> segment + 3 & 0x0F) & 0xFF


def decode(byte):
    byte = ~byte & 0xFF
    magnitude = ((byte & 0x0F) << 3 | 0x84) << (byte >> 4 & 7)
    return 132 - magnitude if byte & 0x80 else magnitude - 132


class Audio:
    """The receiver and sender of a phone that speaks with a tone of its own."""

    def __init__(self, phone, tone):
        self.phone, self.tone, self.also = phone, tone, None
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.settimeout(0.2)
        self.port = self.socket.getsockname()[1]
        self.send_to, self.heard, self.sources, self.events = None, [], set(), []
        self.ended = False
        phone.address_of = self.address_of
        self.take, phone.take = phone.take, self.taken
        self.threads = [threading.Thread(target=target) for target in (self.speak, self.listen)]
        for thread in self.threads:
            thread.start()

    def address_of(self, party):
        loopback = bytes([127, 0, 0, 1])
        if self.phone.version < 17:
            return words(0) + loopback + words(self.port, party)
        return words(0, 0) + loopback.ljust(16, b"\0") + words(self.port, party)

    def taken(self, message_id, body):
        if message_id == sccp.START_MEDIA:
            at = 12 if self.phone.version >= 17 else 8
            port = struct.unpack_from("<I", body, at + (16 if self.phone.version >= 17 else 4))[0]
            self.send_to = (socket.inet_ntoa(body[at:at + 4]), port)
        elif message_id == sccp.STOP_MEDIA:
            self.send_to = None
        self.take(message_id, body)

    def speak(self):
        sent, due, sequence = 0, time.monotonic(), 0
        while not self.ended:
            steps = [2 * math.pi * tone / RATE for tone in (self.tone, self.also) if tone]
            payload = bytes(encode(int(sum(6000 * math.sin(step * (sent + n)) for step in steps))) for n in range(FRAME))
            if self.send_to:
                header = struct.pack(">BBHII", 0x80, 0, sequence & 0xFFFF, sent & 0xFFFFFFFF, self.tone)
                self.socket.sendto(header + payload, self.send_to)
            sent, sequence, due = sent + FRAME, sequence + 1, due + FRAME / RATE
            time.sleep(max(0, due - time.monotonic()))

    def listen(self):
        while not self.ended:
            try:
                packet, source = self.socket.recvfrom(2048)
            except (TimeoutError, OSError):
                continue
            if len(packet) >= 12 and packet[0] >> 6 == 2 and packet[1] & 0x7F == 0:
                self.sources.add(source)
                self.heard += [decode(byte) for byte in packet[12:]]

    def power(self, tone):
        """How much of what was heard is this tone: 1 for the tone alone at the loudness at which phones speak."""
        heard = self.heard[-RATE // 2:]
        step = 2 * math.pi * tone / RATE
        real = sum(sample * math.cos(step * n) for n, sample in enumerate(heard))
        imaginary = sum(sample * math.sin(step * n) for n, sample in enumerate(heard))
        return 2 * math.hypot(real, imaginary) / max(1, len(heard)) / 6000

    def end(self):
        self.ended = True
        for thread in self.threads:
            thread.join()
        self.socket.close()


def listening(office, phones, what):
    """Lets the phones speak for a while, and tells what each has heard."""
    for audio in phones:
        audio.heard.clear()
    end = time.monotonic() + 10
    office.until(lambda: all(len(audio.heard) > RATE * SECONDS for audio in phones) or time.monotonic() > end, what, 12)


@scene("v11", "v17")
def audio_conference(office):
    """In a conference of three each hears both others and not himself, for each version's form of addresses."""
    phones = []
    make = office.phone

    def speaking(number, version=None):
        phone = make(number, version)
        phones.append(Audio(phone, {201: 440, 202: 620, 203: 1000}[number]))
        return phone

    office.phone = speaking
    try:
        alice, bob, carol = consulted(office, key="Confrn")
        office.press(alice, "Confrn", "connected")
        office.until(lambda: all(audio.send_to for audio in phones), "all send to the mixer")
        require(len({audio.send_to for audio in phones}) == 3, "each has a port of its own at the mixer")
        listening(office, phones, "audio from the mixer")
        for audio in phones:
            require(len(audio.sources) >= 1, "audio from nowhere")
            for other in phones:
                power = audio.power(other.tone)
                right = power < 0.1 if other is audio else power > 0.6
                require(right, f"{audio.phone.name[-3:]} hears {power:.2f} of {other.phone.name[-3:]}")
        office.press(carol, "EndCall", "connected")
        direct = {audio.port for audio in phones[:2]}
        office.until(lambda: {audio.send_to and audio.send_to[1] for audio in phones[:2]} == direct,
                     "two send to each other again")
    finally:
        for audio in phones:
            audio.end()


@scene("v11", "v17")
def audio_hold(office):
    """Who is held hears music, and the other one again after it."""
    alice, bob = office.all(201, 202)
    heard = Audio(bob, 620), Audio(alice, 440)
    try:
        office.connect(alice, bob, "202")
        listening(office, heard, "both hear each other")
        require(heard[0].power(440) > 0.8, f"202 hears {heard[0].power(440):.2f} of 201")
        office.press(alice, "Hold", "connected")
        office.until(lambda: not heard[0].send_to and not heard[1].send_to, "both stop sending")
        listening(office, heard[:1], "music")
        loudness = sum(map(abs, heard[0].heard[-RATE:])) / RATE
        require(loudness > 50, f"202 hears silence ({loudness:.0f})")
        require(heard[0].power(440) < 0.2, "202 hears 201 who holds the call")
        office.press(alice, "Resume", "hold")
        listening(office, heard, "both hear each other again")
        require(heard[0].power(440) > 0.8, "202 hears 201 again")
    finally:
        for audio in heard:
            audio.end()
