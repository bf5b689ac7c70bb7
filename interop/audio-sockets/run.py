#!/usr/bin/env python3
"""Audio of CTI ports and route points over WebSocket, with phones that speak and measure what they hear.

    run.py --binary target/debug/hookflash [--logs DIR] [--only NAME]

An application answers calls of an SCCP phone and of a SIP phone, sends a tone and hears theirs, in JSON as for Twilio and in
binary; digits go both ways; strangers are refused; senders that flood harm nobody.
Ends with 0 when all is well. Everything it started has ended when it ends.
"""

import base64
import importlib.util
import json
import math
import os
import pathlib
import socket
import subprocess
import sys
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
_spec = importlib.util.spec_from_file_location("cti_devices", HERE.parent / "cti-devices" / "run.py")
devices = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(devices)

from audio import decode, encode  # noqa: E402
from scenes import Scenes  # noqa: E402
from server import Failed  # noqa: E402
from sound import a_law, from_a_law  # noqa: E402
from user_agent import UserAgent  # noqa: E402
from websocket import Closed, Refused, WebSocket  # noqa: E402

require, frame, monitor, refused, configure = (
    devices.require, devices.frame, devices.monitor, devices.refused, devices.configure)
BINARY = "audio.hookflash.v1"
LOGIN = "Basic " + base64.b64encode(b"app:secret").decode()
SCENES = Scenes()
test = SCENES.test


def tone(hertz, seconds, law=encode):
    return bytes(law(int(6000 * math.sin(2 * math.pi * hertz * n / 8000))) for n in range(int(8000 * seconds)))


def power(samples, hertz):
    """How much of the last half second is this tone."""
    samples, step = samples[-4000:], 2 * math.pi * hertz / 8000
    real = sum(sample * math.cos(step * n) for n, sample in enumerate(samples))
    imaginary = sum(sample * math.sin(step * n) for n, sample in enumerate(samples))
    return 2 * math.hypot(real, imaginary) / max(1, len(samples)) / 6000


class Line(WebSocket):
    """The audio of a call: what came is kept, what is to be said is sent 20 ms by 20 ms."""

    def __init__(self, office, path, authorization=LOGIN, subprotocol=None, unpack=lambda data: [decode(b) for b in data]):
        super().__init__(office.server.address("http"), path, authorization, subprotocol)
        office.open.append(self)
        self.binary, self.unpack = self.subprotocol == BINARY, unpack
        self.heard, self.events, self.sizes, self.arrivals = [], [], set(), []
        self.ended, self.code, self.lock = False, None, threading.Lock()
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        try:
            while not self.ended:
                opcode, payload = self.next_frame(30)
                if opcode == 2:
                    self.take_audio(payload)
                elif opcode == 1:
                    event = json.loads(payload)
                    if event["event"] == "media":
                        self.take_audio(base64.b64decode(event["media"]["payload"]))
                    self.events.append(event)
                elif opcode == 9:
                    with self.lock:
                        self.frame(10, payload)
                elif opcode == 8:
                    self.code = int.from_bytes(payload[:2], "big")
                    return
        except (OSError, Closed, socket.timeout):
            self.code = self.code or 0

    def take_audio(self, payload):
        self.sizes.add(len(payload))
        self.arrivals.append(time.monotonic())
        self.heard += self.unpack(payload)

    def put(self, payload):
        """All at once."""
        with self.lock:
            if self.binary:
                self.frame(2, payload)
            else:
                media = {"payload": base64.b64encode(payload).decode()}
                self.frame(1, json.dumps({"event": "media", "streamSid": "x", "media": media}).encode())

    def speak(self, payload, size=160):
        """In real time."""
        def run():
            began = time.monotonic()
            for place in range(0, len(payload), size):
                time.sleep(max(0, began + place / (50 * size) - time.monotonic()))
                try:
                    self.put(payload[place:place + size])
                except OSError:
                    return
        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        return thread

    def say(self, **event):
        with self.lock:
            self.frame(1, json.dumps(event).encode())

    def named(self, name):
        return [event for event in list(self.events) if event["event"] == name]

    def close(self):
        self.ended = True
        self.socket.close()


def opened(office, app, device="PORT1", codecs=({"name": "PCMU", "packetMs": 20},)):
    app.call("DeviceOpen", device=device, media="ws", codecs=list(codecs))


def answered(office, app):
    """Answers the next call; its connection and the path of its audio."""
    connection = office.next(app, "OfferedEvent")["offeredConnection"]
    app.call("AcceptCall", callToBeAccepted=connection)
    office.next(app, "DeliveredEvent")
    app.call("AnswerCall", callToBeAnswered=connection)
    office.next(app, "EstablishedEvent")
    started = office.next(app, "MediaStarted", connection=connection)
    expected = f"/csta/audio/{connection['callID']}/{connection['deviceID']}"
    require(started["audio"] == expected, f"{started} instead of {expected}")
    return connection, started


@test
def skinny(office):
    """An SCCP phone and an application with Twilio's frames hear each other; digits, marks, interruption, hold."""
    app, alice = office.app(), office.phone(201, tone=440)
    monitor(app, "PORT1")
    opened(office, app)
    alice.dial("220")
    connection, started = answered(office, app)
    require(started["codec"] == "PCMU" and started["packetMs"] == 20 and "remoteRtp" not in started, started)
    line = Line(office, started["audio"])
    office.until(lambda: line.named("start"), "start")
    require([event["event"] for event in line.events[:2]] == ["connected", "start"], line.events[:2])
    start = line.named("start")[0]["start"]
    require(start["mediaFormat"] == {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1}, start)
    require(start["callSid"] == connection["callID"] and "resumed" not in start, start)
    speaking = line.speak(tone(620, 3))
    office.listen(alice.audio)
    require(alice.audio.power(620) > 0.8, f"201 hears {alice.audio.power(620):.2f} of the application")
    office.until(lambda: len(line.heard) > 8000, "audio of 201")
    require(power(line.heard, 440) > 0.8 and line.sizes == {160}, f"the application hears {power(line.heard, 440):.2f}")
    gaps = [after - before for before, after in zip(line.arrivals, line.arrivals[1:])]
    require(abs(sum(gaps) / len(gaps) - 0.02) < 0.002, f"one frame in {sum(gaps) / len(gaps) * 1000:.1f} ms")
    numbers = [int(event["sequenceNumber"]) for event in line.events[1:]]
    require(numbers == list(range(1, len(numbers) + 1)), numbers[:20])
    alice.type("7#", alice.call("connected"))
    office.until(lambda: [event["dtmf"]["digit"] for event in line.named("dtmf")] == ["7", "#"], "digits of 201")
    line.say(event="dtmf", dtmf={"digit": "5"})
    office.next(app, "DigitsGeneratedEvent", digitGeneratedList="5")
    # A whole sentence at once, with a mark behind it.
    office.until(lambda: not speaking.is_alive(), "the end of the tone")
    time.sleep(0.5)
    began = time.monotonic()
    line.put(tone(1000, 2))
    line.say(event="mark", mark={"name": "said"})
    office.until(lambda: line.named("mark"), "mark", 4)
    took = time.monotonic() - began
    require(1.8 < took < 2.6 and line.named("mark")[0]["mark"]["name"] == "said", f"the mark came after {took:.2f} s")
    line.put(tone(1000, 20))
    line.say(event="mark", mark={"name": "never said"})
    office.listen(alice.audio, seconds=0.7)
    require(alice.audio.power(1000) > 0.8, f"201 hears {alice.audio.power(1000):.2f} of the sentence")
    line.say(event="clear")
    office.until(lambda: len(line.named("mark")) == 2, "mark after clear", 1)
    office.listen(alice.audio, seconds=1)
    require(alice.audio.power(1000) < 0.05, "201 hears what was interrupted")
    # Hold: the socket stays.
    app.call("HoldCall", callToBeHeld=connection)
    office.next(app, "MediaStopped", connection=connection)
    office.next(app, "HeldEvent")
    time.sleep(0.3)
    count = len(line.heard)
    time.sleep(0.4)
    require(len(line.heard) == count and line.code is None, "audio while the call is held")
    app.call("RetrieveCall", callToBeRetrieved=connection)
    office.next(app, "RetrievedEvent")
    again = office.next(app, "MediaStarted")
    require(again["audio"] == started["audio"], again)
    line.heard.clear()
    line.speak(tone(620, 2))
    office.listen(alice.audio)
    require(alice.audio.power(620) > 0.8 and power(line.heard, 440) > 0.8, "both hear each other again")
    alice.send(frame(devices.ON_HOOK))
    office.next(app, "MediaStopped")
    office.next(app, "ConnectionClearedEvent")
    office.until(lambda: line.code is not None, "the socket is closed")
    require(line.code == 1000 and line.events[-1]["event"] == "stop", (line.code, line.events[-1]))


@test
def sip(office):
    """A SIP phone calls and is called; binary frames in A-law; digits as telephone events both ways."""
    app = office.app()
    sara = UserAgent(office.server.address("sip"), "301", user="u301", password="pw301")
    office.open.append(sara)
    require(sara.register() == 200, "301 does not register")
    spoken = sara.speaks(440, 0)
    monitor(app, "PORT1")
    opened(office, app, codecs=[{"name": "PCMA"}])

    def talk(connection, path):
        line = Line(office, path, subprotocol=BINARY, unpack=lambda data: [from_a_law(byte) for byte in data])
        require(line.binary, "the subprotocol is not taken")
        line.speak(tone(620, 4, a_law))
        office.until(lambda: spoken.power(620) > 0.6 and power(line.heard, 440) > 0.6,
                     f"301 hears {spoken.power(620):.2f}, the application {power(line.heard, 440):.2f}")
        require(line.sizes == {160} and not line.events, (line.sizes, line.events))
        spoken.send_digits("4")
        office.next(app, "DigitsGeneratedEvent", digitGeneratedList="4")
        app.call("GenerateDigits", connectionToSendDigits=connection, charactersToSend="9")
        office.until(lambda: spoken.received_digits().endswith("9"), f"301 receives {spoken.received_digits()}")
        return line

    call = sara.call("220")
    connection, started = answered(office, app)
    line = talk(connection, started["audio"])
    call.bye()
    office.next(app, "ConnectionClearedEvent")
    office.until(lambda: line.code == 1000, f"the socket ends with {line.code}")
    made = app.call("MakeCall", callingDevice="220", calledDirectoryNumber="301", autoOriginate="doNotPrompt")
    office.until(lambda: sara.in_state("ringing"), "301 rings")
    sara.in_state("ringing").answer()
    started = office.next(app, "MediaStarted", connection=made["callingDevice"])
    talk(made["callingDevice"], started["audio"])
    app.call("ClearConnection", connectionToBeCleared=made["callingDevice"])
    office.next(app, "MediaStopped")


@test
def linear_at_a_route_point(office):
    """Several calls of a route point at once, each with a socket, in linear samples."""
    app = office.app()
    phones = {number: office.phone(number, tone=hertz) for number, hertz in ((201, 440), (202, 520))}
    monitor(app, "RP1")
    opened(office, app, "RP1", [{"name": "L16"}])
    lines = {}

    def unpack(data):
        return [int.from_bytes(data[n:n + 2], "little", signed=True) for n in range(0, len(data), 2)]

    for number, phone in phones.items():
        phone.dial("300")
        _, started = answered(office, app)
        require(started["codec"] == "L16", started)
        lines[number] = Line(office, started["audio"], unpack=unpack)
        samples = [int(6000 * math.sin(2 * math.pi * (500 + number) * n / 8000)) for n in range(24000)]
        lines[number].speak(b"".join(sample.to_bytes(2, "little", signed=True) for sample in samples), 320)
    office.listen(*(phone.audio for phone in phones.values()))
    for number, phone in phones.items():
        require(phone.audio.power(500 + number) > 0.8, f"{number} hears {phone.audio.power(500 + number):.2f}")
        require(power(lines[number].heard, phone.audio.tone) > 0.8, f"the application hears {number}")
        other = 403 - number
        require(power(lines[number].heard, phones[other].audio.tone) < 0.05, f"{other} is heard in the call of {number}")
        encoding = lines[number].named("start")[0]["start"]["mediaFormat"]["encoding"]
        require(encoding == "audio/x-l16" and lines[number].sizes == {320}, encoding)


@test
def tones(office):
    """Digits that a phone sends as tones in its audio are told to the application, once each."""
    app, alice = office.app(), office.phone(201, tone=440)
    monitor(app, "PORT1")
    opened(office, app)
    alice.dial("220")
    _, started = answered(office, app)
    line = Line(office, started["audio"])
    office.until(lambda: len(line.heard) > 1600, "audio")
    for row, column, digit in ((770, 1336, "5"), (941, 1477, "#"), (770, 1336, "5")):
        alice.audio.tone, alice.audio.also = row, column
        office.next(app, "DigitsGeneratedEvent", digitGeneratedList=digit)
        alice.audio.tone, alice.audio.also = 440, None
        before = len(line.heard)
        office.until(lambda: len(line.heard) > before + 1600, "audio")
    office.until(lambda: [event["dtmf"]["digit"] for event in line.named("dtmf")] == ["5", "#", "5"],
                 f"{[event['dtmf'] for event in line.named('dtmf')]}")


@test
def music_of_the_server(office):
    """A caller whose call is answered with media=auto hears music, until the application passes him on."""
    app, other, alice, bob = office.app(), office.app(), office.phone(201, tone=440), office.phone(202, tone=620)
    monitor(app, "RP1")
    app.call("DeviceOpen", device="RP1", media="auto")
    other.call("DeviceOpen", device="RP1", media="auto")
    refused(other, "systemResourceAvailibility", "resourceBusy", "DeviceOpen", device="RP1", media="ws")
    alice.dial("300")
    connection = office.next(app, "OfferedEvent")["offeredConnection"]
    app.call("AnswerCall", callToBeAnswered=connection)
    office.next(app, "EstablishedEvent")
    office.listen(alice.audio)
    loudness = sum(map(abs, alice.audio.heard[-8000:])) / 8000
    require(loudness > 50, f"201 hears silence ({loudness:.0f})")
    app.call("SingleStepTransferCall", activeCall=connection, transferredTo="202")
    office.see(202, "ringin")
    bob.soft_key(bob.event("Answer"), 1, bob.call("ringin"))
    office.listen(alice.audio, bob.audio)
    require(alice.audio.power(620) > 0.8 and bob.audio.power(440) > 0.8, "both hear each other")


@test
def rights(office):
    """Who may have the audio, and what is refused; the later socket takes the place of the earlier one."""
    app, alice = office.app(), office.phone(201, tone=440)
    monitor(app, "PORT1")
    refused(app, "operation", "invalidParameterValue", "DeviceOpen", device="PORT1", media="ws", codecs=[{"name": "G729"}])
    refused(app, "operation", "invalidParameterValue", "DeviceOpen", device="PORT1", media="ws", rtp="127.0.0.1:9")
    refused(app, "operation", "invalidParameterValue", "DeviceOpen", device="PORT1", media="dynamic",
            codecs=[{"name": "L16"}])
    refused(app, "operation", "invalidParameterValue", "DeviceOpen", device="PORT1", media="ws",
            codecs=[{"name": "PCMU", "packetMs": 30}])
    opened(office, app)
    other = office.app()
    refused(other, "systemResourceAvailibility", "resourceBusy", "DeviceOpen", device="PORT1", media="ws")
    alice.dial("220")
    _, started = answered(office, app)
    path = started["audio"]
    router = "Basic " + base64.b64encode(b"router:secret").decode()
    wrong = "Basic " + base64.b64encode(b"app:wrong").decode()
    for authorization, asked, status in [
            (None, path, 401), (wrong, path, 401), ("Bearer no", path, 401), (router, path, 403),
            (LOGIN, path.replace("220", "201"), 404), (LOGIN, path.replace("220", "999"), 404),
            (LOGIN, "/csta/audio/1/220", 404), (LOGIN, "/csta/audio/x", 404), (LOGIN, path + "%zz", 404)]:
        try:
            Line(office, asked, authorization)
            raise Failed(f"{authorization} {asked} was not refused")
        except Refused as refusal:
            require(refusal.status == status, f"{authorization} {asked}: {refusal.status}, not {status}")
    first = Line(office, path)
    office.until(lambda: len(first.heard) > 1600, "audio")
    second = Line(office, path)
    office.until(lambda: first.code is not None, "the first socket is closed")
    office.until(lambda: len(second.heard) > 1600 and second.named("start"), "audio of the second")
    require(second.named("start")[0]["start"].get("resumed") is True, second.events[:2])
    second.socket.close()
    time.sleep(0.2)
    require(alice.shows("connected"), "the call goes on without a socket")
    for broken in ("{", '{"event":"media","media":{"payload":"?"}}', b"\0\0"):
        line = Line(office, path)
        with line.lock:
            line.frame(2 if isinstance(broken, bytes) else 1, broken if isinstance(broken, bytes) else broken.encode())
        office.until(lambda: line.code is not None, f"{broken} is refused")
        require(line.code == 1007, f"{broken}: {line.code}")
    last = Line(office, path)
    office.until(lambda: len(last.heard) > 1600, "audio of the last")
    configure(office.server, "application-user app", "no group Standard CTI Allow Control of All Devices")
    office.until(lambda: last.code is not None, "the socket of a user who has lost the device is closed")


@test
def bad_neighbours(office):
    """A flood costs little memory and disturbs nobody: others hear each other meanwhile."""
    app, alice, bob = office.app(), office.phone(201, tone=440), office.phone(202, tone=520)
    monitor(app, "RP1")
    opened(office, app, "RP1")
    alice.dial("300")
    _, started = answered(office, app)
    flood = Line(office, started["audio"], subprotocol=BINARY)
    bob.dial("300")
    _, started = answered(office, app)
    good = Line(office, started["audio"])
    pid = office.server.process.pid

    def resident():
        return int((pathlib.Path(f"/proc/{pid}/status").read_text().split("VmRSS:")[1]).split()[0]) / 1024

    before = resident()
    chunk = os.urandom(65536)
    sent = []

    def pour():
        try:
            while not flood.ended:
                flood.put(chunk)
                sent.append(len(chunk))
        except OSError:
            pass

    threading.Thread(target=pour, daemon=True).start()
    time.sleep(2)
    good.heard.clear()
    good.speak(tone(620, 2))
    office.listen(bob.audio)
    require(bob.audio.power(620) > 0.8 and power(good.heard, 520) > 0.8, f"202 hears {bob.audio.power(620):.2f}")
    grown = resident() - before
    require(sum(sent) > 1_000_000 and grown < 40, f"{sum(sent)} bytes cost {grown:.0f} MB")
    require(good.code is None and flood.code is None, "a socket was closed")
    # A reader that sleeps is given up, and its call goes on.
    flood.ended = True


@test
def example(office):
    """The program of docs/applications.md answers a call, and the caller hears himself."""
    alice = office.phone(201, tone=440)
    host, port = office.server.address("http")
    environment = dict(os.environ, PYTHONPATH=str(ROOT / "clients/python"))
    command = [sys.executable, ROOT / "clients/python/examples/answer_calls.py", f"http://{host}:{port}", "PORT1",
               "app", "secret"]
    program = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        require("PORT1" in program.stdout.readline(), "the program does not begin")
        alice.dial("220")
        office.see(201, "connected")
        office.listen(alice.audio, seconds=2.5)
        require(alice.audio.power(440) > 0.6, f"201 hears {alice.audio.power(440):.2f} of itself")
        alice.type("3", alice.call("connected"))
        require("3" in program.stdout.readline(), "the program does not see the digit")
        alice.send(frame(devices.ON_HOOK))
    finally:
        program.terminate()
        program.wait(10)


if __name__ == "__main__":
    SCENES.main(__doc__, "AUDIO SOCKETS", devices.CONFIG, devices.Office)
