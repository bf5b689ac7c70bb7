#!/usr/bin/env python3
"""CTI ports and route points, for clients of our own over WebSocket (JSON) and TCP (XML), with phones that speak.

    run.py --binary target/debug/hookflash [--logs DIR] [--only NAME]

An application answers a port and sends a tone, which is measured at the phone; it routes calls of a route point; it dies.
Ends with 0 when all is well. Everything it started has ended when it ends.
"""

import importlib.util
import json
import math
import os
import pathlib
import random
import select
import signal
import socket
import struct
import subprocess
import sys
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
for part in ("sip-phones", "parties", "hostile", "lib"):
    sys.path.append(str(HERE.parent / part))
import office as _office  # noqa: E402,F401  before another one of this name can be found
from audio import Audio, encode  # noqa: E402
from phone import Phone, frame  # noqa: E402
from sccp import ON_HOOK  # noqa: E402
from schema import invalid_bodies  # noqa: E402
from scenes import Scenes  # noqa: E402
from server import Failed  # noqa: E402
from user_agent import UserAgent  # noqa: E402
from websocket import Rpc  # noqa: E402

_spec = importlib.util.spec_from_file_location("csta_tcp", HERE.parent / "csta-tcp" / "client.py")
csta_tcp = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(csta_tcp)

ED3 = csta_tcp.ED3
HF = "urn:hookflash:csta:1"
CONFIG = """\
hostname devices
voice service voip
 no cti shutdown
 allow-connections sip to sip
 sip
  registrar server expires max 600 min 60
telephony-service
 max-ephones 4
 max-dn 40
 ip source-address 127.0.0.1 port 0
voice register global
 mode cme
 source-address 127.0.0.1 port 0
 max-dn 4
 max-pool 4
 authenticate register
voice register dn 1
 number 301
 cti watch
voice register pool 1
 id mac 0200.0000.0301
 number 1 dn 1
 username u301 password pw301
cti-manager
 csta tcp port 0
 http port 0
 new-call-accept-timer 2
 media-exchange-timer 2
device-pool HQ
application-user app
 password 0 secret
 group Standard CTI Enabled
 group Standard CTI Allow Control of All Devices
application-user router
 password 0 secret
 group Standard CTI Enabled
 group Standard CTI Allow Calling Number Modification
 controlled-device RP1
ephone-dn 1 dual-line
 number 201
ephone-dn 2 dual-line
 number 202
ephone-dn 3 dual-line
 number 203
ephone-dn 20
 number 220
ephone-dn 21
 number 221
ephone-dn 30
 number 300
 max-calls 5000
 busy-trigger 4500
 call-forward unregistered 202
 call-forward failure 203
ephone 1
 mac-address 0200.0000.0201
 type 7960
 button 1:1
ephone 2
 mac-address 0200.0000.0202
 type 7960
 button 1:2
ephone 3
 mac-address 0200.0000.0203
 type 7960
 button 1:3
cti-port 1
 name PORT1
 device-pool HQ
 button 1:20
cti-port 2
 name PORT2
 button 1:21
cti-route-point 1
 name RP1
 device-pool HQ
 button 1:30
end
"""
SCENES = Scenes()
test = SCENES.test


def require(condition, text):
    if not condition:
        raise Failed(text)


class Tone:
    """The media of an application: it receives what a phone says, and sends a tone."""

    def __init__(self, tone):
        self.tone, self.send_to, self.heard, self.ended = tone, None, 0, False
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.settimeout(0.02)
        self.rtp = "127.0.0.1:%d" % self.socket.getsockname()[1]
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        sequence, sent, began = random.randrange(65536), 0, None
        while not self.ended:
            try:
                self.heard += len(self.socket.recvfrom(2048)[0]) > 12
            except socket.timeout:
                pass
            if not self.send_to:
                began = None
                continue
            began = began or time.monotonic() - sent * 0.02
            while time.monotonic() >= began + sent * 0.02:
                samples = range(sent * 160, sent * 160 + 160)
                payload = bytes(encode(int(6000 * math.sin(2 * math.pi * self.tone * n / 8000))) for n in samples)
                head = struct.pack(">BBHII", 0x80, 0, (sequence + sent) & 0xFFFF, sent * 160, 4711)
                self.socket.sendto(head + payload, self.send_to)
                sent += 1

    def end(self):
        self.ended = True
        self.thread.join()
        self.socket.close()


def at(rtp):
    host, _, port = rtp.rpartition(":")
    return host.strip("[]"), int(port)


class Office:
    """The phones and applications of one test."""

    def __init__(self, server):
        self.server = server
        self.open, self.tones = [], []
        self.phones = {}

    def phone(self, number, tone=None):
        phone = Phone(self.server.address("sccp"), f"SEP020000000{number}")
        if tone:
            phone.audio = Audio(phone, tone)
            self.tones.append(phone.audio)
        require(phone.start(), f"{number} does not register")
        self.phones[number] = phone
        self.open.append(phone)
        return phone

    def app(self, user="app", duration=60):
        rpc = Rpc(self.server.address("http"))
        rpc.call("StartApplicationSession", applicationID="devices", userName=user, password="secret",
                 requestedSessionDuration=duration)
        self.open.append(rpc)
        return rpc

    def tone(self, tone):
        made = Tone(tone)
        self.tones.append(made)
        return made

    def until(self, condition, what, seconds=8):
        end = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > end:
                raise Failed(f"{what} not within {seconds} s; " + "; ".join(p.describe() for p in self.phones.values()))
            for phone in self.phones.values():
                phone.poll(0.01)

    def see(self, number, *states):
        phone = self.phones[number]
        self.until(lambda: phone.shows(*states), f"{number} shows {states}")

    def next(self, app, name, within=8, **members):
        """The next notification with this name and these members; phones go on meanwhile."""
        end = time.monotonic() + within

        def fits(message):
            params = message["params"]
            return message["method"] == name and all(params.get(key) == value for key, value in members.items())

        while True:
            for place, message in enumerate(app.notifications):
                if fits(message):
                    del app.notifications[:place + 1]
                    return message["params"]
            require(time.monotonic() < end, f"no {name} {members}, but {[m['method'] for m in app.notifications]}")
            for phone in self.phones.values():
                phone.poll(0.005)
            try:
                app.notifications.append(json.loads(app.receive(0.05)))
            except (TimeoutError, socket.timeout):
                pass

    def listen(self, *audios, seconds=1.5):
        for audio in audios:
            audio.heard.clear()
        self.until(lambda: all(len(audio.heard) > 8000 * seconds for audio in audios), "audio")

    def close(self):
        for tone in self.tones:
            tone.end()
        for opened in self.open:
            try:
                opened.close()
            except OSError:
                pass


def monitor(app, device):
    return app.call("MonitorStart", monitorObject={"deviceObject": device})["monitorCrossRefID"]


def refused(app, category, value, method, **params):
    answer = app.request(method, **params)
    require("error" in answer, f"{method} {params} was not refused: {answer}")
    data = answer["error"]["data"]
    got = (data["category"], data["value"])
    require(got == (category, value), f"{method} {params}: {got}")


def configure(server, *lines):
    commands = [part for line in ("configure terminal", *lines) for part in ("-c", line)]
    done = subprocess.run([server.binary, "cli", "--data", str(server.data), *commands],
                          capture_output=True, text=True, timeout=20, check=False)
    require(done.returncode == 0, f"{str(lines)[:200]}: {(done.stdout + done.stderr)[-400:]}")


@test
def tone_through_a_port(office):
    """An application answers a port call by call, is asked for its address, and its tone is heard at the phone."""
    app, alice = office.app(), office.phone(201, tone=440)
    media = office.tone(620)
    monitor(app, "PORT1")
    office.next(app, "OutOfServiceEvent")
    app.call("DeviceOpen", device="PORT1", media="dynamic", codecs=[{"name": "PCMU", "packetMs": 20}])
    office.next(app, "BackInServiceEvent", device="220")
    alice.dial("220")
    offered = office.next(app, "OfferedEvent")
    require(offered["localConnectionInfo"] == "alerting" and offered["callingDevice"] == "201", offered)
    connection = offered["offeredConnection"]
    app.call("AcceptCall", callToBeAccepted=connection)
    office.next(app, "DeliveredEvent")
    office.see(201, "ringout")
    app.call("AnswerCall", callToBeAnswered=connection)
    office.next(app, "EstablishedEvent")
    wanted = office.next(app, "MediaRequested", connection=connection, codec="PCMU", packetMs=20)
    refused(app, "stateIncompatibility", "invalidConnectionState", "HoldCall", callToBeHeld=connection)
    app.call("SetMediaAddress", connection=connection, rtp=media.rtp, mediaRequestID=wanted["mediaRequestID"])
    refused(app, "stateIncompatibility", "invalidObjectState", "SetMediaAddress", connection=connection, rtp=media.rtp)
    started = office.next(app, "MediaStarted", localRtp=media.rtp)
    require(started["remoteRtp"] == f"127.0.0.1:{alice.audio.port}", started)
    media.send_to = at(started["remoteRtp"])
    office.listen(alice.audio)
    require(alice.audio.power(620) > 0.8, f"201 hears {alice.audio.power(620):.2f} of the application")
    require(media.heard > 50, f"the application hears {media.heard} packets")
    app.call("HoldCall", callToBeHeld=connection)
    office.next(app, "MediaStopped", connection=connection)
    office.next(app, "HeldEvent")
    app.call("RetrieveCall", callToBeRetrieved=connection)
    office.next(app, "RetrievedEvent")
    wanted = office.next(app, "MediaRequested")
    app.call("SetMediaAddress", connection=connection, rtp=media.rtp)
    office.next(app, "MediaStarted")
    office.listen(alice.audio)
    require(alice.audio.power(620) > 0.8, "201 hears the application again")
    alice.send(frame(ON_HOOK))
    office.next(app, "MediaStopped")
    office.next(app, "ConnectionClearedEvent")
    require("PORT1" in office.server.cli("show cti device"), "show cti device")


@test
def fixed_address(office):
    """All calls of a port with a fixed address end there; a second application is refused."""
    app, other, alice = office.app(), office.app(), office.phone(201, tone=440)
    media = office.tone(620)
    monitor(app, "221")
    app.call("DeviceOpen", device="221", media="static", rtp=media.rtp, codecs=[{"name": "PCMU", "packetMs": 20}])
    refused(other, "systemResourceAvailibility", "resourceBusy", "DeviceOpen", device="PORT2", media="dynamic")
    refused(other, "stateIncompatibility", "invalidDeviceState", "DeviceClose", device="PORT2")
    refused(other, "operation", "invalidDeviceID", "DeviceOpen", device="NOWHERE", media="none")
    refused(other, "operation", "requestIncompatibleWithDevice", "DeviceOpen", device="201", media="none")
    refused(other, "operation", "invalidParameterValue", "DeviceOpen", device="RP1", media="static", rtp=media.rtp)
    called = app.call("MakeCall", callingDevice="221", calledDirectoryNumber="201", autoOriginate="doNotPrompt")
    office.see(201, "ringin")
    alice.soft_key(alice.event("Answer"), 1, alice.call("ringin"))
    started = office.next(app, "MediaStarted")
    media.send_to = at(started["remoteRtp"])
    office.listen(alice.audio)
    require(alice.audio.power(620) > 0.8, f"201 hears {alice.audio.power(620):.2f} of the application")
    # Through the server: at an address that can be sent to.
    app.call("GenerateTelephonyTones", connectionToSendTone=called["callingDevice"], toneToSend="beep")
    office.next(app, "MediaStopped")
    relayed = at(office.next(app, "MediaStarted")["remoteRtp"])
    require(relayed[0] not in ("0.0.0.0", "::") and relayed[1], f"audio is to be sent to {relayed}")
    media.send_to = relayed
    office.listen(alice.audio)
    require(alice.audio.power(620) > 0.7, f"201 hears {alice.audio.power(620):.2f} through the server")
    app.call("ClearConnection", connectionToBeCleared=called["callingDevice"])
    office.next(app, "MediaStopped")
    office.see(201)


@test
def sip_phone(office):
    """A SIP phone and the application send to each other, whoever has called; hold and retrieve ask anew."""
    app, media = office.app(), office.tone(620)
    sara = UserAgent(office.server.address("sip"), "301", user="u301", password="pw301")
    office.open.append(sara)
    status = sara.register()
    require(status == 200, f"301 does not register: {status}")
    spoken = sara.speaks(440, 0)
    monitor(app, "PORT1")
    app.call("DeviceOpen", device="PORT1", media="dynamic", codecs=[{"name": "PCMU", "packetMs": 20}])

    def talk(connection):
        app.call("SetMediaAddress", connection=connection, rtp=media.rtp)
        started = office.next(app, "MediaStarted", localRtp=media.rtp, connection=connection)
        require(started["remoteRtp"] == f"127.0.0.1:{spoken.port}", started)
        media.send_to, before = at(started["remoteRtp"]), media.heard
        office.until(lambda: spoken.power(620) > 0.6 and media.heard > before + 50, f"301 hears {spoken.power(620):.2f}")

    call = sara.call("220")
    connection = office.next(app, "OfferedEvent", callingDevice="301")["offeredConnection"]
    app.call("AcceptCall", callToBeAccepted=connection)
    office.next(app, "DeliveredEvent")
    office.until(lambda: 180 in call.statuses, "301 hears it ring")
    app.call("AnswerCall", callToBeAnswered=connection)
    office.next(app, "MediaRequested", connection=connection, codec="PCMU", packetMs=20)
    talk(connection)
    app.call("HoldCall", callToBeHeld=connection)
    office.next(app, "MediaStopped", connection=connection)
    office.next(app, "HeldEvent")
    app.call("RetrieveCall", callToBeRetrieved=connection)
    office.next(app, "MediaRequested")
    talk(connection)
    call.bye()
    office.next(app, "MediaStopped")
    office.next(app, "ConnectionClearedEvent")
    made = app.call("MakeCall", callingDevice="220", calledDirectoryNumber="301", autoOriginate="doNotPrompt")
    office.until(lambda: sara.in_state("ringing"), "301 rings")
    sara.in_state("ringing").answer()
    office.next(app, "MediaRequested")
    talk(made["callingDevice"])
    app.call("ClearConnection", connectionToBeCleared=made["callingDevice"])
    office.next(app, "MediaStopped")


@test
def no_address(office):
    """An address that is not given costs the call; the port goes on."""
    app, alice = office.app(), office.phone(201)
    monitor(app, "220")
    app.call("DeviceOpen", device="220", media="dynamic")
    for _ in range(2):
        alice.dial("220")
        connection = office.next(app, "OfferedEvent")["offeredConnection"]
        app.call("AnswerCall", callToBeAnswered=connection)
        office.next(app, "MediaRequested")
        office.next(app, "ConnectionClearedEvent", cause="resourcesNotAvailable")
        alice.send(frame(ON_HOOK))
        office.see(201)


@test
def routes(office):
    """An application says where calls of a route point go; wrong numbers are passed over; who calls can be changed."""
    app, router = office.app(), office.app("router")
    alice, bob = office.phone(201), office.phone(202)
    monitor(app, "RP1")
    registered = router.call("RouteRegister", routeingDevice="300")["routeRegisterReqID"]
    office.next(app, "BackInServiceEvent", device="300")
    alice.dial("300")
    request = office.next(router, "RouteRequest", routeRegisterReqID=registered)
    require(request["routeingDevice"] == "300" and request["callingDevice"] == "201", request)
    require(request["replyTimeout"] == 2000 and request["routedCall"]["deviceID"] == "300", request)
    reference = request["crossRefIdentifier"]
    require(router.call("RouteSelect", crossRefIdentifier=reference, routeSelected="999") == {}, "RouteSelect")
    office.next(router, "ReRoute", crossRefIdentifier=reference)
    router.call("RouteSelect", crossRefIdentifier=reference, routeSelected="998", alternateRoutes=["202"],
                routeUsedReq=True, routes=[{"destination": "998"}, {"destination": "202", "callingNumber": "5551234"}])
    require(office.next(router, "RouteUsed")["routeUsed"] == "202", "RouteUsed")
    require("errorValue" not in office.next(router, "RouteEnd", crossRefIdentifier=reference), "RouteEnd")
    office.next(app, "DivertedEvent", cause="redirected", newDestination="202")
    office.see(202, "ringin")
    office.until(lambda: any("5551234" in str(info.get("calling")) for info in bob.infos.values()), "the other caller")
    refused(router, "operation", "invalidRouteingCrossRefID", "RouteSelect", crossRefIdentifier=reference, routeSelected="202")
    office.next(router, "RouteEnd", errorValue={"operation": "invalidRouteingCrossRefID"})
    alice.send(frame(ON_HOOK))
    office.see(202)
    alice.dial("300")
    request = office.next(router, "RouteRequest")
    ended = office.next(router, "RouteEnd", within=4, crossRefIdentifier=request["crossRefIdentifier"])
    require(ended["errorValue"] == {"operation": "routeingTimerExpired"}, ended)
    office.see(202, "ringin")
    alice.send(frame(ON_HOOK))
    office.see(202)
    refused(router, "operation", "privilegeViolationSpecifiedDevice", "DeviceOpen", device="PORT1", media="none")
    router.call("RouteRegisterCancel", routeRegisterReqID=registered)
    office.next(app, "OutOfServiceEvent", device="300")


@test
def application_dies(office):
    """Calls that wait go where calls of failed applications go, at once; the point is out of service after that."""
    watcher, app = office.app(), office.app()
    alice, _ = office.phone(201), office.phone(203)
    bob = office.phone(202)
    monitor(watcher, "300")
    app.call("DeviceOpen", device="RP1", media="dynamic")
    alice.dial("300")
    office.next(watcher, "OfferedEvent")
    app.socket.close()
    diverted = office.next(watcher, "DivertedEvent", cause="callForward", newDestination="203")
    require(diverted["divertingDevice"] == "300", diverted)
    office.next(watcher, "OutOfServiceEvent", device="300")
    office.see(203, "ringin")
    bob.dial("300")
    office.next(watcher, "DivertedEvent", cause="callForwardNoAnswer", newDestination="202")


@test
def nobody_takes_a_call(office):
    """A call that no application takes in time is forwarded, and operators are told."""
    app, watcher = office.app(), office.app()
    monitor(watcher, "300")
    app.call("DeviceOpen", device="RP1", media="none")
    office.phone(201).dial("300")
    office.next(watcher, "OfferedEvent")
    office.next(watcher, "DivertedEvent", cause="callForwardNoAnswer", newDestination="202")
    alarm = office.server.cli("show alarms").strip().splitlines()[-1]
    fields = ("-4-CtiCallAcceptTimeout: %[TimerValue=2][DeviceName=RP1][CallingPartyNumber=201][CalledPartyNumber=300]",
              "[AppID=CTIManager]")
    require(all(field in alarm for field in fields), alarm)
    app.call("DeviceClose", device="RP1")


@test
def rights_are_taken(office):
    """Who loses a device while he has it is told so, and keeps his session until he may have none any more."""
    router = office.app("router")
    reference = monitor(router, "RP1")
    router.call("DeviceOpen", device="RP1", media="none")
    office.next(router, "BackInServiceEvent", device="300")
    configure(office.server, "application-user router", "no controlled-device RP1")
    office.next(router, "OutOfServiceEvent", device="300", reason="notPermitted")
    office.next(router, "MonitorStop", monitorCrossRefID=reference)
    refused(router, "operation", "privilegeViolationSpecifiedDevice", "DeviceOpen", device="RP1", media="none")
    configure(office.server, "application-user router", "no group Standard CTI Enabled")
    over = office.next(router, "ApplicationSessionTerminated")
    require("ctiNotEnabled" in str(over), over)


def login(connection):
    """Opens a session in XML."""
    login = f'<applicationInfo><applicationID>xml</applicationID><applicationSpecificInfo><Login xmlns="{HF}">' \
            "<userName>app</userName><password>secret</password></Login></applicationSpecificInfo></applicationInfo>" \
            f"<requestedProtocolVersions><protocolVersion>{ED3}</protocolVersion></requestedProtocolVersions>"
    start = f'<StartApplicationSession xmlns="{csta_tcp.SESSION}">{login}</StartApplicationSession>'
    connection.send(csta_tcp.frame("0001", start.encode()))


@test
def over_tcp_in_xml(office):
    """The same in XML: DeviceOpen in Escape, MediaRequested in a PrivateEvent, RouteSelect without an answer."""
    alice = office.phone(201)
    office.phone(202)
    bodies, taken = [], [0]
    connection = csta_tcp.Connection(office.server.address("csta"), 5, bodies)
    office.open.append(connection.socket)

    def ask(root, inner):
        connection.invoke += 1
        invoke = f"{connection.invoke:04d}"
        connection.send(csta_tcp.frame(invoke, f'<{root} xmlns="{ED3}">{inner}</{root}>'.encode()))
        return invoke

    def wait(root, within=5):
        end = time.monotonic() + within
        while time.monotonic() < end:
            for phone in office.phones.values():
                phone.poll(0.005)
            connection.poll(0.02)
            for place, body in enumerate(bodies[taken[0]:], taken[0]):
                if f"<{root} " in body.decode():
                    taken[0] = place + 1
                    return body.decode()
        raise Failed(f"no {root}: {bodies[taken[0]:]}")

    login(connection)
    wait("StartApplicationSessionPosResponse")
    connection.invoke = 1
    ask("MonitorStart", "<monitorObject><deviceObject>220</deviceObject></monitorObject>")
    wait("MonitorStartResponse")
    ask("Escape", f'<privateData><private><hf:DeviceOpen xmlns:hf="{HF}" device="220" media="dynamic">'
                  '<hf:codec name="PCMU" packetMs="20"/></hf:DeviceOpen></private></privateData>')
    wait("EscapeResponse")
    alice.dial("220")
    offered = wait("OfferedEvent")
    call = offered.split("<callID>")[1].split("<")[0]
    named = f"<callID>{call}</callID><deviceID>220</deviceID>"
    ask("AnswerCall", f"<callToBeAnswered>{named}</callToBeAnswered>")
    wait("EstablishedEvent")
    private = wait("PrivateEvent")
    require('<hf:MediaRequested ' in private and 'codec="PCMU"' in private, private)
    require(f"<hf:callID>{call}</hf:callID>" in private and "hf:Sequence" in private, private)
    ask("Escape", f'<privateData><private><hf:SetMediaAddress xmlns:hf="{HF}" rtp="127.0.0.1:9000"><hf:connection>'
                  f"<hf:callID>{call}</hf:callID><hf:deviceID>220</hf:deviceID></hf:connection></hf:SetMediaAddress>"
                  "</private></privateData>")
    wait("EscapeResponse")
    require('localRtp="127.0.0.1:9000"' in wait("PrivateEvent"), "MediaStarted")
    ask("ClearConnection", f"<connectionToBeCleared>{named}</connectionToBeCleared>")
    require("<hf:MediaStopped " in wait("PrivateEvent"), "MediaStopped")
    wait("ConnectionClearedEvent")
    alice.send(frame(ON_HOOK))
    office.see(201)
    ask("RouteRegister", "<routeingDevice>300</routeingDevice>")
    wait("RouteRegisterResponse")
    alice.dial("300")
    reference = wait("RouteRequest").split("<crossRefIdentifier>")[1].split("<")[0]
    ask("RouteSelect", f"<crossRefIdentifier>{reference}</crossRefIdentifier><routeSelected>202</routeSelected>"
                       "<routeUsedReq>true</routeUsedReq>")
    require("<deviceIdentifier>202</deviceIdentifier>" in wait("RouteUsed"), "RouteUsed")
    require("errorValue" not in wait("RouteEnd"), "RouteEnd")
    office.see(202, "ringin")
    wrong = invalid_bodies(bodies, str(HERE.parents[1] / "crates/wire/tests/data/ecma-323"))
    require(not wrong, f"not valid: {wrong}")


@test
def many_calls(office):
    """300 ports call a route point: their calls are one list in JSON, and come in parts in XML; all are answered and end."""
    ports = range(1000, 1300)
    lines = ["telephony-service", "max-dn 2000"]
    for port in ports:
        lines += [f"ephone-dn {port}", f"number {port}", f"cti-port {port}", f"name P{port}", f"button 1:{port}"]
    configure(office.server, *lines, "cti-manager", "new-call-accept-timer 60")
    app = office.app()
    monitor(app, "300")
    app.call("DeviceOpen", device="RP1", media="none")
    for port in ports:
        app.call("DeviceOpen", device=f"P{port}", media="none")
    for port in ports:
        end = time.monotonic() + 20
        while "error" in (answer := app.request("MakeCall", callingDevice=str(port), calledDirectoryNumber="300")):
            require(answer["error"]["data"]["value"] == "performanceLimitExceeded", answer)
            require(time.monotonic() < end, answer)
            time.sleep(0.05)
    calls = app.call("SnapshotDevice", snapshotObject="300")["crossRefIDorSnapshotData"]["snapshotData"]
    require(len(calls) == len(ports), f"{len(calls)} calls")
    bodies = []
    connection = csta_tcp.Connection(office.server.address("csta"), 5, bodies)
    office.open.append(connection.socket)
    login(connection)
    connection.send(csta_tcp.frame("0002", f'<SnapshotDevice xmlns="{ED3}"><snapshotObject>300</snapshotObject>'
                                           "</SnapshotDevice>".encode()))
    end = time.monotonic() + 10
    while not any(b"<lastSegment>true" in body for body in bodies):
        require(time.monotonic() < end, f"{len(bodies)} messages")
        connection.poll(0.05)
    response = next(body for body in bodies if b"<SnapshotDeviceResponse " in body).decode()
    reference = response.split("<serviceCrossRefID>")[1].split("<")[0]
    parts = [body.decode() for body in bodies if b"<SnapshotDeviceData " in body]
    require(all(f"<serviceCrossRefID>{reference}<" in part for part in parts), parts[0][:400])
    require([part.split("<segmentID>")[1].split("<")[0] for part in parts] == ["1", "2", "3", "4", "5"], len(parts))
    known = {part.split("<")[0] for body in parts for part in body.split("<callID>")[1:]}
    require(known == {call["connectionIdentifier"]["callID"] for call in calls}, f"{len(known)} calls in parts")
    wrong = invalid_bodies(bodies, str(HERE.parents[1] / "crates/wire/tests/data/ecma-323"))
    require(not wrong, f"not valid: {wrong}")
    for call in calls:
        app.call("AcceptCall", callToBeAccepted=call["connectionIdentifier"])
    for call in calls:
        app.call("ClearConnection", connectionToBeCleared=call["connectionIdentifier"])
    empty = app.call("SnapshotDevice", snapshotObject="300")["crossRefIDorSnapshotData"]
    require(empty == {"snapshotData": []}, empty)


@test
def killed_with_calls(office):
    """An application falls silent with hundreds of calls at its route point (KILLED_CALLS: how many): within two of its
    heartbeats all of them are at the point for failures, whose application gets each once; then all end, and nothing is left."""
    count = int(os.environ.get("KILLED_CALLS", "400"))
    lines = ["cti-manager", "heartbeat minimum 2", "new-call-accept-timer 120"]
    for tag, failure in ((31, 633), (32, None), (33, None)):
        lines += [f"ephone-dn {tag}", f"number {tag + 600}", "max-calls 10000", "busy-trigger 10000"]
        lines += [f"call-forward failure {failure}"] if failure else []
        lines += [f"cti-route-point {tag}", f"name P{tag}", f"button 1:{tag}"]
    configure(office.server, *lines)
    caller, victim, heir = office.app(), office.app(duration=4), office.app()
    monitor(heir, "633")
    caller.call("DeviceOpen", device="P32", media="none")
    victim.call("DeviceOpen", device="P31", media="none")
    heir.call("DeviceOpen", device="P33", media="none")
    heard = time.monotonic()
    for _ in range(count):
        end = time.monotonic() + 20
        while "error" in (answer := caller.request("MakeCall", callingDevice="632", calledDirectoryNumber="631")):
            require(answer["error"]["data"]["value"] == "performanceLimitExceeded", answer)
            require(time.monotonic() < end, answer)
            time.sleep(0.02)
        caller.notifications.clear()
        if time.monotonic() - heard > 1:
            victim.call("RequestSystemStatus")
            heard = time.monotonic()
    waiting = caller.call("SnapshotDevice", snapshotObject="631")["crossRefIDorSnapshotData"]["snapshotData"]
    require(len(waiting) == count, f"{len(waiting)} calls wait")
    # From here on the victim says nothing, and its connection stays open.
    silent, arrived = time.monotonic(), {}
    while len(arrived) < count:
        require(time.monotonic() - silent < 4 + 2 + count / 500, f"{len(arrived)} calls were forwarded")
        offered = office.next(heir, "OfferedEvent", within=10)
        call = offered["offeredConnection"]["callID"]
        require(call not in arrived, f"call {call} comes twice")
        require(offered["lastRedirectionDevice"] == "631", offered)
        arrived[call] = time.monotonic() - silent
    require({call["connectionIdentifier"]["callID"] for call in waiting} == arrived.keys(), "other calls were forwarded")
    require(min(arrived.values()) > 2, "the application was given up too early")
    print(f"      {count} calls: the first was forwarded {min(arrived.values()):.1f} s after the last sign of life but one, "
          f"the last {max(arrived.values()):.1f} s")
    empty = caller.call("SnapshotDevice", snapshotObject="631")["crossRefIDorSnapshotData"]
    require(empty == {"snapshotData": []}, empty)
    for call in arrived:
        caller.call("ClearConnection", connectionToBeCleared={"callID": call, "deviceID": "632"})
        caller.notifications.clear()
    for device in ("631", "632", "633"):
        left = caller.call("SnapshotDevice", snapshotObject=device)["crossRefIDorSnapshotData"]
        require(left == {"snapshotData": []}, f"{device}: {str(left)[:300]}")
    shown = office.server.cli("show cti call").splitlines()[2:]
    require(all(len(line.split()) == 1 for line in shown), f"calls are left: {shown[:20]}")


@test
def one_line_for_each_port(office):
    """As TAPI uses them, each port is one line: opened by a program of its own, called, answered, held, retrieved and dropped;
    the states of the line follow each other without a gap, and the line is free again."""
    names = ["PORT1", "PORT2"]
    apps = {name: office.app() for name in names}
    for name, number in zip(names, ("220", "221")):
        monitor(apps[name], number)
        apps[name].call("DeviceOpen", device=name, media="dynamic", profile="tapi",
                        codecs=[{"name": "PCMU", "packetMs": 20}])
    # Another program cannot have the line with another kind of media.
    data = office.app().request("DeviceOpen", device="PORT1", media="none", profile="tapi")
    require("result" in data or data["error"]["data"]["value"] == "resourceBusy", data)
    alice, first, second = office.phone(201), apps["PORT1"], apps["PORT2"]
    for _ in range(3):
        alice.dial("220")
        own = office.next(first, "OfferedEvent")["offeredConnection"]
        first.call("AcceptCall", callToBeAccepted=own)
        office.next(first, "DeliveredEvent")
        first.call("AnswerCall", callToBeAnswered=own)
        office.next(first, "EstablishedEvent")
        wanted = office.next(first, "MediaRequested")
        first.call("SetMediaAddress", connection=own, mediaRequestID=wanted["mediaRequestID"], rtp="127.0.0.1:40000")
        office.next(first, "MediaStarted")
        office.see(201, "connected")
        # A second call waits at the same line until the program refuses it; the first one goes on.
        made = second.call("MakeCall", callingDevice="221", calledDirectoryNumber="220")["callingDevice"]
        waiting = office.next(first, "OfferedEvent")["offeredConnection"]
        require(waiting["callID"] == made["callID"], waiting)
        first.call("ClearConnection", connectionToBeCleared=waiting)
        office.next(second, "ConnectionClearedEvent", droppedConnection=waiting)
        second.call("ClearConnection", connectionToBeCleared=made)
        second.notifications.clear()
        first.call("HoldCall", callToBeHeld=own)
        office.next(first, "MediaStopped")
        office.next(first, "HeldEvent")
        first.call("RetrieveCall", callToBeRetrieved=own)
        wanted = office.next(first, "MediaRequested")
        first.call("SetMediaAddress", connection=own, mediaRequestID=wanted["mediaRequestID"], rtp="127.0.0.1:40000")
        office.next(first, "MediaStarted")
        first.call("ClearConnection", connectionToBeCleared=own)
        office.next(first, "MediaStopped")
        office.next(first, "ConnectionClearedEvent", droppedConnection=own)
        alice.send(frame(ON_HOOK))
        office.see(201)
        empty = first.call("SnapshotDevice", snapshotObject="220")["crossRefIDorSnapshotData"]
        require(empty == {"snapshotData": []}, empty)
        first.notifications.clear()


class Program:
    """`hookflash csta` over WebSocket: what it prints, line by line."""

    def __init__(self, server, *words):
        host, port = server.address("http")
        command = [server.binary, "csta", "--server", f"{host}:{port}", "--web", "--user", "app", *words]
        environment = dict(os.environ, HOOKFLASH_PASSWORD="secret")
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment)
        self.text = ""

    def says(self, office, *words):
        """Waits until a line has all these words."""
        def found():
            while select.select([self.process.stdout], [], [], 0)[0]:
                piece = os.read(self.process.stdout.fileno(), 4096).decode()
                if not piece:
                    raise Failed(f"it ended: {self.text}")
                self.text += piece
            return any(all(word in line for word in words) for line in self.text.splitlines())
        try:
            office.until(found, f"{words}")
        except Failed as failure:
            raise Failed(f"{failure}; {self.text}") from None

    def close(self):
        """Ctrl-C: the session is stopped."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(10)
        self.process.stdout.close()


@test
def command_line(office):
    """`hookflash csta` opens a port and answers with its address, and routes the calls of a point."""
    server, alice, media = office.server, office.phone(201, tone=440), office.tone(620)
    port = Program(server, "open", "PORT1", "--media", "dynamic", "--rtp", media.rtp, "--answer")
    office.open.append(port)
    port.says(office, "BackInService")
    alice.dial("220")
    port.says(office, "Offered")
    port.says(office, "MediaStarted", media.rtp)
    office.until(lambda: media.heard > 20, "the application hears the caller")
    alice.send(frame(ON_HOOK))
    port.says(office, "MediaStopped")
    point = Program(server, "route", "RP1", "203")
    office.open.append(point)
    point.says(office, "RouteRegister")
    office.phone(203)
    alice.dial("300")
    office.see(203, "ringin")
    point.says(office, "RouteSelect")
    alice.send(frame(ON_HOOK))
    one = Program(server, "snapshot", "999")
    said = one.process.communicate(timeout=10)[0].decode()
    require(one.process.returncode == 1 and "there is no line 999" in said, said)


if __name__ == "__main__":
    SCENES.main(__doc__, "CTI DEVICES", CONFIG, Office)
