#!/usr/bin/env python3
"""Messages and tones that applications play into calls and record from them, with phones that speak and measure what they hear.

    run.py --binary target/debug/hookflash [--logs DIR] [--only NAME]

A caller of a port whose media is at the server hears a message sample by sample, and what he says is recorded; messages end by
digits; phones in a conversation hear messages and tones and are recorded; names cannot leave the folder; all over JSON and XML.
Ends with 0 when all is well. Everything it started has ended when it ends.
"""

import importlib.util
import math
import pathlib
import struct
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
_spec = importlib.util.spec_from_file_location("cti_devices", HERE.parent / "cti-devices" / "run.py")
devices = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(devices)

from audio import decode, encode  # noqa: E402
from scenes import Scenes  # noqa: E402
from schema import invalid_bodies  # noqa: E402
from server import Failed  # noqa: E402

require, frame, monitor, refused = devices.require, devices.frame, devices.monitor, devices.refused
RATE = 8000
SCENES = Scenes()
test = SCENES.test


def chirp(seconds):
    """A tone that rises: it is like itself at one place only."""
    return [int(7000 * math.sin(2 * math.pi * (300 * n / RATE + 300 * (n / RATE) ** 2))) for n in range(int(RATE * seconds))]


def wav(samples):
    data = bytes(encode(sample) for sample in samples)
    head = struct.pack("<4sI4s4sIHHIIHH", b"RIFF", 38 + len(data), b"WAVE", b"fmt ", 18, 7, 1, RATE, RATE, 1, 8)
    return head + struct.pack("<H4sI", 0, b"data", len(data)) + data


def put(office, name, samples):
    folder = office.server.data / "messages"
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.wav").write_bytes(wav(samples))


def recorded(office, name):
    """The samples of a recording."""
    path = office.server.data / "messages" / f"{name}.wav"
    content = path.read_bytes()
    size, at = struct.unpack_from("<I", content, 54)[0], 58
    require(content[:4] == b"RIFF" and content[50:54] == b"data" and size == len(content) - at, content[:58])
    return [decode(byte) for byte in content[at:]]


def correlation(one, other):
    length = min(len(one), len(other))
    one, other = one[:length], other[:length]
    norm = math.sqrt(sum(sample * sample for sample in one) * sum(sample * sample for sample in other))
    return sum(first * second for first, second in zip(one, other)) / max(1.0, norm)


def likeness(heard, message, part=4000):
    """How like the message is to what was heard, where it is most alike: 1 for the same samples."""
    loud = next((place for place, sample in enumerate(heard) if abs(sample) > 1500), None)
    if loud is None:
        return 0.0
    coarse = range(max(0, loud - 400), loud + 400)
    return max(correlation(heard[place:place + part], message[:part]) for place in coarse)


def power(samples, hertz):
    """How much of these is this tone: 1 for the tone alone at the loudness at which phones speak."""
    step = 2 * math.pi * hertz / RATE
    real = sum(sample * math.cos(step * n) for n, sample in enumerate(samples))
    imaginary = sum(sample * math.sin(step * n) for n, sample in enumerate(samples))
    return 2 * math.hypot(real, imaginary) / max(1, len(samples)) / 6000


def answered_at_server(office, app):
    """A caller at PORT1, whose media is at the server; the connection of the port."""
    monitor(app, "PORT1")
    app.call("DeviceOpen", device="PORT1", media="auto")
    office.phones[201].dial("220")
    connection = office.next(app, "OfferedEvent")["offeredConnection"]
    app.call("AnswerCall", callToBeAnswered=connection)
    office.next(app, "EstablishedEvent")
    return connection


def talking(office):
    """201 and 202 talk; the connections of both."""
    alice, bob = office.phones[201], office.phones[202]
    alice.dial("202")
    office.see(202, "ringin")
    bob.soft_key(bob.event("Answer"), 1, bob.call("ringin"))
    office.see(201, "connected")
    office.see(202, "connected")


def wait(office, seconds):
    """Lets the phones go on."""
    end = time.monotonic() + seconds
    office.until(lambda: time.monotonic() > end, "time", seconds + 5)


@test
def caller_of_a_port(office):
    """A caller hears a message sample by sample and silence after it; what he says is recorded and can be played to him."""
    message = chirp(1.5)
    put(office, "welcome", message)
    app, alice = office.app(), office.phone(201, tone=440)
    connection = answered_at_server(office, app)
    app.call("PlayMessage", messageToBePlayed="welcome", overConnection=connection)
    alice.audio.heard.clear()
    played = office.next(app, "PlayEvent", message="welcome")
    require(played["length"] == 1500 and played["currentPosition"] == 0 and played["connection"] == connection, played)
    alice.audio.heard.clear()
    stopped = office.next(app, "StopEvent", message="welcome")
    require(stopped["cause"] == "endOfMessageDetected" and stopped["currentPosition"] == 1500, stopped)
    wait(office, 0.3)
    like = likeness(alice.audio.heard, [decode(encode(sample)) for sample in message])
    require(like > 0.95, f"what 201 hears is like the message by {like:.3f}")
    alice.audio.heard.clear()
    office.listen(alice.audio, seconds=0.5)
    require(max(map(abs, alice.audio.heard)) < 100, "there is something after the message")
    name = app.call("RecordMessage", callToBeRecorded=connection, maxDuration=1500)["resultingMessage"]
    office.next(app, "RecordEvent", message=name)
    stopped = office.next(app, "StopEvent", message=name)
    require(stopped["cause"] == "durationExceeded", stopped)
    wait(office, 0.3)
    samples = recorded(office, name)
    require(abs(len(samples) - 12000) < 800, f"{len(samples)} samples were recorded")
    heard = power(samples[4000:8000], 440)
    require(heard > 0.8, f"the recording has {heard:.2f} of 201")
    alice.audio.tone = 1000
    app.call("PlayMessage", messageToBePlayed=name, overConnection=connection)
    office.next(app, "PlayEvent")
    wait(office, 0.2)
    office.listen(alice.audio, seconds=0.7)
    require(alice.audio.power(440) > 0.8, f"201 hears {alice.audio.power(440):.2f} of itself")
    app.call("DeleteMessage", messageToBeDeleted=name)
    refused(app, "operation", "invalidMsgID", "DeleteMessage", messageToBeDeleted=name)
    refused(app, "operation", "invalidMsgID", "DeleteMessage", messageToBeDeleted="welcome")
    app.call("Stop", connection=connection)
    require(office.next(app, "StopEvent")["cause"] == "normal", "stopped by the application")


@test
def digits_end_a_message(office):
    """A digit ends a message that says so, in signalling and as tones, and is reported; suspended messages go on where they were."""
    put(office, "menu", chirp(6))
    app, alice = office.app(), office.phone(201, tone=440)
    connection = answered_at_server(office, app)
    end_by_digit = {"dTMFDigitDetected": True}
    app.call("PlayMessage", messageToBePlayed="menu", overConnection=connection, termination=end_by_digit)
    office.next(app, "PlayEvent")
    wait(office, 0.3)
    alice.type("4", alice.call("connected"))
    office.next(app, "DigitsGeneratedEvent", digitGeneratedList="4")
    stopped = office.next(app, "StopEvent")
    require(stopped["cause"] == "dTMFDigitDetected" and 200 < stopped["currentPosition"] < 3000, stopped)
    app.call("PlayMessage", messageToBePlayed="menu", overConnection=connection, termination=end_by_digit)
    office.next(app, "PlayEvent")
    # The tones of 5.
    alice.audio.tone, alice.audio.also = 770, 1336
    office.next(app, "DigitsGeneratedEvent", digitGeneratedList="5")
    require(office.next(app, "StopEvent")["cause"] == "dTMFDigitDetected", "tones end the message")
    alice.audio.tone, alice.audio.also = 440, None
    app.call("PlayMessage", messageToBePlayed="menu", overConnection=connection, duration=2000)
    office.next(app, "PlayEvent")
    wait(office, 0.5)
    app.call("Suspend", connection=connection, message="menu")
    at = office.next(app, "SuspendPlayEvent")["currentPosition"]
    wait(office, 0.3)
    alice.audio.heard.clear()
    office.listen(alice.audio, seconds=0.5)
    require(max(map(abs, alice.audio.heard)) < 100, "a message that waits is heard")
    app.call("Resume", connection=connection)
    require(office.next(app, "PlayEvent")["currentPosition"] == at, "it goes on elsewhere")
    stopped = office.next(app, "StopEvent")
    require((stopped["cause"], stopped["currentPosition"]) == ("durationExceeded", 2000), stopped)


@test
def phones_in_a_conversation(office):
    """A phone hears a message beside the other party, who does not; both are in a recording; a tone is heard by the other one."""
    put(office, "notice", [int(6000 * math.sin(2 * math.pi * 1300 * n / RATE)) for n in range(4 * RATE)])
    app, alice, bob = office.app(), office.phone(201, tone=440), office.phone(202, tone=620)
    monitor(app, "201")
    talking(office)
    app.call("PlayMessage", messageToBePlayed="notice", overConnection={"deviceID": "201"})
    office.next(app, "PlayEvent")
    wait(office, 0.2)
    office.listen(alice.audio, bob.audio, seconds=0.6)
    require(alice.audio.power(1300) > 0.7 and alice.audio.power(620) > 0.7, "201 hears the message and 202")
    require(bob.audio.power(1300) < 0.05 and bob.audio.power(440) > 0.7, "202 hears 201 alone")
    name = app.call("RecordMessage", callToBeRecorded={"deviceID": "201"})["resultingMessage"]
    office.next(app, "RecordEvent", message=name)
    wait(office, 1.2)
    app.call("Stop", connection={"deviceID": "201"}, messageToBeStopped=name)
    office.next(app, "StopEvent", message=name)
    wait(office, 0.3)
    samples = recorded(office, name)[-6000:-2000]
    both = [power(samples, hertz) for hertz in (440, 620, 1300)]
    require(both[0] > 0.7 and both[1] > 0.7 and both[2] < 0.05, f"the recording has {both}")
    app.call("Stop", connection={"deviceID": "201"})
    app.call("GenerateTelephonyTones", connectionToSendTone={"deviceID": "201"}, toneToSend="dial")
    office.next(app, "TelephonyTonesGeneratedEvent", toneGenerated="dial")
    wait(office, 0.3)
    office.listen(alice.audio, bob.audio, seconds=0.6)
    require(bob.audio.power(350) > 0.3, f"202 hears {bob.audio.power(350):.2f} of dial tone")
    require(alice.audio.power(350) < 0.05, "201 sends the tone and does not hear it")
    app.call("CancelTelephonyTones", connectionToStopTone={"deviceID": "201"})
    wait(office, 0.3)
    office.listen(bob.audio, seconds=0.6)
    require(bob.audio.power(350) < 0.05, "202 still hears the tone")
    refused(app, "stateIncompatibility", "invalidObjectState", "CancelTelephonyTones",
            connectionToStopTone={"deviceID": "201"})
    refused(app, "operation", "toneCharacterOutOfRange", "GenerateTelephonyTones",
            connectionToSendTone={"deviceID": "201"}, toneToSend="billing")
    alice.send(frame(devices.ON_HOOK))
    office.see(201)


@test
def names_and_rights(office):
    """Names do not leave the folder; who may not use a device plays nothing there and records nothing."""
    (office.server.data / "secret.wav").write_bytes(wav(chirp(1)))
    app, router, _ = office.app(), office.app("router"), office.phone(201, tone=440)
    connection = answered_at_server(office, app)
    for name in ("none", "../secret", "..%2fsecret", "/etc/passwd", "a" * 1000, "ä", ""):
        answer = app.request("PlayMessage", messageToBePlayed=name, overConnection=connection)
        require("error" in answer, f"{name[:20]} is played")
        value = answer["error"].get("data", {}).get("value")
        require(name == "" or value == "invalidMsgID", f"{name[:20]}: {answer}")
    for method, member in (("PlayMessage", "overConnection"), ("RecordMessage", "callToBeRecorded"), ("Stop", "connection"),
                           ("GenerateTelephonyTones", "connectionToSendTone")):
        params = {member: connection, "messageToBePlayed": "none", "toneToSend": "beep"}
        refused(router, "operation", "privilegeViolationSpecifiedDevice", method, **params)
    refused(app, "operation", "parameterNotSupported", "RecordMessage", callToBeRecorded=connection, samplingRate=16000)
    refused(app, "operation", "valueOutOfRange", "PlayMessage", messageToBePlayed="none", overConnection=connection, duration=-1)


@test
def over_tcp_in_xml(office):
    """The same in XML, valid in the schema."""
    put(office, "welcome", chirp(0.5))
    alice, bodies, taken = office.phone(201, tone=440), [], [0]
    connection = devices.csta_tcp.Connection(office.server.address("csta"), 5, bodies)
    office.open.append(connection.socket)

    def ask(root, inner):
        connection.invoke += 1
        body = f'<{root} xmlns="{devices.ED3}">{inner}</{root}>'
        connection.send(devices.csta_tcp.frame(f"{connection.invoke:04d}", body.encode()))

    def see(root, within=5):
        end = time.monotonic() + within
        while time.monotonic() < end:
            alice.poll(0.005)
            connection.poll(0.02)
            for place, body in enumerate(bodies[taken[0]:], taken[0]):
                if f"<{root} " in body.decode():
                    taken[0] = place + 1
                    return body.decode()
        raise Failed(f"no {root}: {bodies[taken[0]:]}")

    devices.login(connection)
    see("StartApplicationSessionPosResponse")
    connection.invoke = 1
    ask("MonitorStart", "<monitorObject><deviceObject>220</deviceObject></monitorObject>")
    see("MonitorStartResponse")
    ask("Escape", f'<privateData><private><hf:DeviceOpen xmlns:hf="{devices.HF}" device="220" media="auto"/></private>'
                  "</privateData>")
    see("EscapeResponse")
    alice.dial("220")
    call = see("OfferedEvent").split("<callID>")[1].split("<")[0]
    named = f"<callID>{call}</callID><deviceID>220</deviceID>"
    ask("AnswerCall", f"<callToBeAnswered>{named}</callToBeAnswered>")
    see("EstablishedEvent")
    ask("PlayMessage", f"<messageToBePlayed>welcome</messageToBePlayed><overConnection>{named}</overConnection>"
                       "<termination><dTMFDigitDetected>true</dTMFDigitDetected></termination>")
    see("PlayMessageResponse")
    require("<message>welcome</message><length>500</length>" in see("PlayEvent"), "PlayEvent")
    require("<cause>endOfMessageDetected</cause>" in see("StopEvent"), "StopEvent")
    ask("RecordMessage", f"<callToBeRecorded>{named}</callToBeRecorded>")
    name = see("RecordMessageResponse").split("<resultingMessage>")[1].split("<")[0]
    require(f"<message>{name}</message>" in see("RecordEvent"), "RecordEvent")
    ask("Suspend", f"<connection>{named}</connection>")
    see("SuspendResponse")
    see("SuspendRecordEvent")
    ask("Resume", f"<connection>{named}</connection>")
    see("ResumeResponse")
    see("RecordEvent")
    ask("GenerateTelephonyTones", f"<connectionToSendTone>{named}</connectionToSendTone><toneToSend>beep</toneToSend>"
                                  "<toneDuration>300</toneDuration>")
    see("GenerateTelephonyTonesResponse")
    require("<toneDuration>300</toneDuration>" in see("TelephonyTonesGeneratedEvent"), "TelephonyTonesGeneratedEvent")
    ask("ClearConnection", f"<connectionToBeCleared>{named}</connectionToBeCleared>")
    see("StopEvent")
    see("ConnectionClearedEvent")
    ask("DeleteMessage", f"<messageToBeDeleted>{name}</messageToBeDeleted>")
    see("DeleteMessageResponse")
    wrong = invalid_bodies(bodies, str(ROOT / "crates/wire/tests/data/ecma-323"))
    require(not wrong, f"not valid: {wrong}")


if __name__ == "__main__":
    SCENES.main(__doc__, "VOICE", devices.CONFIG, devices.Office)
