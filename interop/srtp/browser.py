#!/usr/bin/python3
"""The audio of a browser: ICE, DTLS and SRTP of aiortc, which is not ours.

A program of its own, because it needs the Python of Debian, where `python3-aiortc` is. Each line of standard input is a command in JSON;
each is answered by a line:

    {"do": "offer"}                        -> {"sdp": ...}
    {"do": "answer", "sdp": ...}           -> {"sdp": ...}      the answer to an offer
    {"do": "accept", "sdp": ...}           -> {}                an answer has come
    {"do": "heard", "tone": 440}           -> {"power": ..., "state": "connected", "packets": ...}
    {"do": "silence"}                      -> {}                from now on it says nothing
"""

import asyncio
import fractions
import json
import math
import sys

from aiortc import MediaStreamTrack, RTCPeerConnection, RTCRtpSender, RTCSessionDescription
from av import AudioFrame

RATE = 8000
FRAME = 160


class Tone(MediaStreamTrack):
    """What its user says."""

    kind = "audio"

    def __init__(self, tone):
        super().__init__()
        self.step, self.sent, self.began = 2 * math.pi * tone / RATE, 0, None

    async def recv(self):
        loop = asyncio.get_event_loop()
        self.began = self.began or loop.time()
        await asyncio.sleep(max(0, self.began + self.sent / RATE - loop.time()))
        samples = (int(6000 * math.sin(self.step * (self.sent + n))) for n in range(FRAME))
        frame = AudioFrame(format="s16", layout="mono", samples=FRAME)
        frame.planes[0].update(b"".join(sample.to_bytes(2, "little", signed=True) for sample in samples))
        frame.pts, frame.sample_rate, frame.time_base = self.sent, RATE, fractions.Fraction(1, RATE)
        self.sent += FRAME
        return frame


class Browser:
    """One call."""

    def __init__(self, tone):
        self.peer = RTCPeerConnection()
        self.heard = []
        transceiver = self.peer.addTransceiver(Tone(tone))
        codecs = RTCRtpSender.getCapabilities("audio").codecs
        transceiver.setCodecPreferences([codec for codec in codecs if codec.mimeType in ("audio/PCMU", "audio/PCMA")])
        self.peer.on("track", lambda track: asyncio.ensure_future(self.listen(track)))

    async def listen(self, track):
        while True:
            try:
                frame = await track.recv()
            except Exception:  # noqa: BLE001  the call is over
                return
            data = bytes(frame.planes[0])[: 2 * frame.samples]
            self.heard = (self.heard + [int.from_bytes(data[n:n + 2], "little", signed=True)
                                        for n in range(0, len(data), 2)])[-RATE // 2:]

    def power(self, tone):
        """How much of what was heard last is this tone: 1 for the tone alone at the loudness at which phones speak."""
        step = 2 * math.pi * tone / RATE
        real = sum(sample * math.cos(step * n) for n, sample in enumerate(self.heard))
        imaginary = sum(sample * math.sin(step * n) for n, sample in enumerate(self.heard))
        return 2 * math.hypot(real, imaginary) / max(1, len(self.heard)) / 6000

    async def carry_out(self, command):
        what = command["do"]
        if what == "offer":
            await self.peer.setLocalDescription(await self.peer.createOffer())
            return {"sdp": self.peer.localDescription.sdp}
        if what == "answer":
            await self.peer.setRemoteDescription(RTCSessionDescription(command["sdp"], "offer"))
            await self.peer.setLocalDescription(await self.peer.createAnswer())
            return {"sdp": self.peer.localDescription.sdp}
        if what == "accept":
            await self.peer.setRemoteDescription(RTCSessionDescription(command["sdp"], "answer"))
            return {}
        return {"power": self.power(command["tone"]), "state": self.peer.connectionState, "samples": len(self.heard)}


async def main():
    browser = Browser(float(sys.argv[1]))
    reader = asyncio.StreamReader()
    loop = asyncio.get_event_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        try:
            said = await browser.carry_out(json.loads(line))
        except Exception as error:  # noqa: BLE001
            said = {"error": f"{type(error).__name__} {error}"}
        print(json.dumps(said), flush=True)
    await browser.peer.close()


asyncio.run(main())
