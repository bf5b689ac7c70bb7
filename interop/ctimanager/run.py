#!/usr/bin/env python3
"""What CTIManager promises, requirement by requirement, for clients of our own over WebSocket, TCP and HTTP.

    run.py --binary target/debug/hookflash [--logs DIR] [--only NAME]

Each function is named after the requirements that it checks. Ends with 0 when all is well. Everything it started has ended
when it ends.
"""

import base64
import http.client
import importlib.util
import json
import pathlib
import re
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.append(str(HERE.parent / "lib"))
_spec = importlib.util.spec_from_file_location("cti_devices", HERE.parent / "cti-devices" / "run.py")
devices = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(devices)
from scenes import Scenes  # noqa: E402
from server import Failed, Server  # noqa: E402
from websocket import Closed, Refused, Rpc  # noqa: E402

configure, monitor, refused, require = devices.configure, devices.monitor, devices.refused, devices.require
csta_tcp, frame, ON_HOOK = devices.csta_tcp, devices.frame, devices.ON_HOOK
ALL = "Standard CTI Allow Control of All Devices"
PCMU, PCMA = {"name": "PCMU", "packetMs": 20}, {"name": "PCMA", "packetMs": 20}

SIP = """\
voice register global
 mode cme
 source-address 127.0.0.1 port 0
"""
CONFIG = SIP + """\
hostname manager
voice service voip
 no cti shutdown
telephony-service
 max-ephones 4
 max-dn 60
 ip source-address 127.0.0.1 port 0
cti-manager
 csta tcp port 0
 http port 0
 new-call-accept-timer 3
 media-exchange-timer 2
device-pool HQ
application-user app
 password 0 secret
 group Standard CTI Enabled
 group Standard CTI Allow Control of All Devices
application-user watcher
 password 0 secret
 group Standard CTI Enabled
 group Standard CTI Allow Control of All Devices
 group Standard CTI Allow Call Park Monitoring
application-user lister
 password 0 secret
 group Standard CTI Enabled
 controlled-device SEP020000000201
 controlled-device number 230-232
application-user outsider
 password 0 secret
"""
for _tag, _number in enumerate((201, 202, 203), 1):
    CONFIG += f"ephone-dn {_tag} dual-line\n number {_number}\n name Name {_number}\n"
    CONFIG += f"ephone {_tag}\n mac-address 0200.0000.0{_number}\n type 7960\n button 1:{_tag}\n"
for _tag, _number in ((20, 220), (21, 221), (40, 230), (41, 231), (42, 232)):
    CONFIG += f"ephone-dn {_tag}\n number {_number}\n"
CONFIG += """\
ephone-dn 30
 number 300
 max-calls 3
 busy-trigger 2
 call-forward busy 203
 call-forward unregistered 202
 call-forward failure 203
ephone-dn 50
 number 801
 park-slot
cti-port 1
 name PORT1
 device-pool HQ
 button 1:20
cti-port 2
 name PORT2
 device-pool HQ
 button 1:21
cti-port 3
 name PORT3
 device-pool HQ
 button 1:40 2:41 3:42
cti-route-point 1
 name RP1
 device-pool HQ
 button 1:30
end
"""
SCENES = Scenes()
test = SCENES.test


def expect(what, got, wanted):
    require(got == wanted, f"{what}: {got!r}, not {wanted!r}")


def error_of(app, method, **params):
    """Category, value and reason of a refusal."""
    answer = app.request(method, **params)
    require("error" in answer, f"{method} {params} was not refused: {answer}")
    data = answer["error"]["data"]
    return data["category"], data["value"], data.get("reason")


def start(server, **params):
    """The answer to StartApplicationSession on a connection of its own, which is closed."""
    rpc = Rpc(server.address("http"))
    answer = rpc.request("StartApplicationSession", **params)
    rpc.close()
    return answer.get("result") or answer["error"]["data"]["value"]


def rest(server, method, path, user="app", body=None):
    """Status and JSON of an answer."""
    connection = http.client.HTTPConnection(*server.address("http"), timeout=8)
    login = base64.b64encode(f"{user}:secret".encode()).decode()
    connection.request(method, path, body and json.dumps(body), {"Authorization": f"Basic {login}"})
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    return answer.status, json.loads(text) if text else None


def counted(server, name):
    """How often an alarm was raised."""
    connection = http.client.HTTPConnection(*server.address("http"), timeout=8)
    connection.request("GET", "/metrics")
    text = connection.getresponse().read().decode()
    connection.close()
    return int(re.search(rf'hookflash_cti_alarms_total\{{name="{name}"\}} (\d+)', text).group(1))


def alarms(server, name):
    return [line for line in server.cli("show alarms").splitlines() if f"-{name}:" in line]


@test
def r1_who_calls(office):
    """The first event of a call at a device has the numbers and names of who calls, who was called and who diverted it."""
    app, alice = office.app(), office.phone(201)
    office.phone(202)
    monitor(app, "202")
    alice.dial("300")
    first = office.next(app, "DeliveredEvent")
    numbers = [first[name] for name in ("callingDevice", "calledDevice", "lastRedirectionDevice")]
    expect("numbers", numbers, ["201", "300", "300"])
    expect("names", first["names"], {"calling": "Name 201"})
    alice.send(frame(ON_HOOK))
    office.next(app, "ConnectionClearedEvent")
    alice.dial("202")
    expect("names", office.next(app, "DeliveredEvent")["names"], {"calling": "Name 201", "called": "Name 202"})


@test
def r51_r104_r106_why_calls_are_diverted(office):
    """CallForwardNoAnswer is the cause of several things: the reason tells which."""
    app, watcher, alice = office.app(), office.app("watcher"), office.phone(201)
    configure(office.server, "ephone-dn 30", "call-forward noan 203 timeout 3")
    configure(office.server, "cti-manager", "new-call-accept-timer 1")
    monitor(watcher, "300")

    def diverted(cause, reason, act=lambda: None):
        alice.dial("300")
        act()
        told = office.next(watcher, "DivertedEvent", cause=cause)
        expect(cause, told.get("reason"), reason)
        alice.send(frame(ON_HOOK))
        office.see(201)

    diverted("callForwardNoAnswer", "unregistered")
    app.call("DeviceOpen", device="RP1", media="none")
    diverted("callForwardNoAnswer", "notAccepted")
    accept = lambda: app.call(  # noqa: E731
        "AcceptCall", callToBeAccepted=office.next(watcher, "OfferedEvent")["offeredConnection"])
    diverted("callForwardNoAnswer", "noAnswer", accept)
    diverted("callForward", "forwardOnCtiFailure", app.close)


@test
def capabilities(office):
    """What the switch can do is told as a whole: lists of services and events, lengths, features."""
    caps = office.app().call("GetSwitchingFunctionCaps")
    require(caps["manufacturerName"].startswith("Hookflash "), caps)
    require("routeRequest" in caps["servEvtsList"]["routeingServList"], caps)
    require("delivered" in caps["servEvtsList"]["callControlEvtsList"], caps)
    expect("features", caps["swDomainFeatures"]["isForwardingAfter"], True)
    expect("versions", caps["privateDataVersionList"], [1])


@test
def r7_calls_outlive_cti(office):
    """Applications are told that CTI is shut down; calls and phones notice nothing."""
    app, alice, bob = office.app(), office.phone(201), office.phone(202)
    alice.dial("202")
    office.see(202, "ringin")
    bob.soft_key(bob.event("Answer"), 1, bob.call("ringin"))
    office.see(202, "connected")
    configure(office.server, "voice service voip", "cti shutdown")
    over = office.next(app, "ApplicationSessionTerminated")
    require("ctiShutDown" in str(over), over)
    office.see(201, "connected")
    alice.send(frame(ON_HOOK))
    office.see(202)


@test
def r9_r43_several_sessions(office):
    """Two sessions see one call by one identifier; who has not opened a port watches and clears its calls."""
    app, other, alice = office.app(), office.app("watcher"), office.phone(201)
    for one in (app, other):
        monitor(one, "220")
    app.call("DeviceOpen", device="PORT1", media="dynamic")
    alice.dial("220")
    connection = office.next(app, "OfferedEvent")["offeredConnection"]
    expect("the same call", office.next(other, "OfferedEvent")["offeredConnection"], connection)
    app.call("AnswerCall", callToBeAnswered=connection)
    office.next(other, "MediaRequested", connection=connection)
    other.call("ClearConnection", connectionToBeCleared=connection)
    office.next(app, "ConnectionClearedEvent")


@test
def r40_one_stream_for_a_port(office):
    """A port that answers a second call holds the first: its media has stopped before."""
    app, alice, bob = office.app(), office.phone(201), office.phone(202)
    monitor(app, "220")
    app.call("DeviceOpen", device="PORT1", media="static", rtp="127.0.0.1:9000", codecs=[PCMU])
    for phone in (alice, bob):
        phone.dial("220")
        connection = office.next(app, "OfferedEvent")["offeredConnection"]
        app.call("AnswerCall", callToBeAnswered=connection)
    office.next(app, "MediaStopped")
    office.next(app, "HeldEvent")
    office.next(app, "EstablishedEvent")
    office.next(app, "MediaStarted", connection=connection)


@test
def r46_r48_calls_at_a_route_point(office):
    """Two calls at once are accepted, answered, held, fetched back, given away and ended at a route point that speaks."""
    app, callers = office.app(), [office.phone(201), office.phone(202)]
    office.phone(203)
    monitor(app, "300")
    app.call("DeviceOpen", device="RP1", media="dynamic", codecs=[PCMU])
    connections = []
    for caller in callers:
        caller.dial("300")
        connections.append(office.next(app, "OfferedEvent")["offeredConnection"])

    def speak(connection, port):
        office.next(app, "MediaRequested", connection=connection)
        app.call("SetMediaAddress", connection=connection, rtp=f"127.0.0.1:{port}")
        office.next(app, "MediaStarted", connection=connection)

    for port, connection in zip((9100, 9102), connections):
        app.call("AcceptCall", callToBeAccepted=connection)
        app.call("AnswerCall", callToBeAnswered=connection)
        speak(connection, port)
    for connection in connections:
        app.call("HoldCall", callToBeHeld=connection)
        office.next(app, "HeldEvent")
    for port, connection in zip((9100, 9102), connections):
        app.call("RetrieveCall", callToBeRetrieved=connection)
        speak(connection, port)
    app.call("SingleStepTransferCall", activeCall=connections[0], transferredTo="203")
    office.next(app, "TransferedEvent")
    office.see(203, "ringin")
    app.call("ClearConnection", connectionToBeCleared=connections[1])
    office.next(app, "ConnectionClearedEvent")


@test
def r71_restricted_numbers(office):
    """A number of a port without `cti watch` is hidden from lists, not from who may control everything."""
    app, lister = office.app(), office.app("lister")
    configure(office.server, "ephone-dn 40", "no cti watch")
    monitor(app, "230")
    refused(lister, "operation", "privilegeViolationSpecifiedDevice", "MonitorStart", monitorObject={"deviceObject": "230"})
    refused(lister, "operation", "privilegeViolationSpecifiedDevice", "DeviceOpen", device="PORT3", media="none")


@test
def r102_heartbeats_of_the_server(office):
    """Who asked for heartbeats is sent something in each interval."""
    configure(office.server, "cti-manager", "heartbeat minimum 1 maximum 3600")
    rpc = Rpc(office.server.address("http"))
    office.open.append(rpc)
    rpc.call("StartApplicationSession", applicationID="x", userName="app", password="secret", heartbeatInterval=1)
    office.next(rpc, "SystemStatus", systemStatus="normal", within=2)


@test
def r13_r16_device_limits(office):
    """More devices than the limits raise an alarm once, work, and raise it again only after they were fewer."""
    server = office.server
    configure(server, "cti-manager", "maximum devices-per-provider 2", "maximum devices-per-node 3")
    app, other, watcher = office.app(), office.app(), office.app("watcher")
    app.call("DeviceOpen", device="PORT1", media="none")
    monitor(app, "220")
    monitor(other, "PORT1")
    monitor(app, "201")
    expect("alarms at the limit", counted(server, "MaxDevicesPerProviderExceeded"), 0)
    registered = other.call("RouteRegister", routeingDevice="300")["routeRegisterReqID"]
    expect("alarms above it", counted(server, "MaxDevicesPerProviderExceeded"), 1)
    app.call("DeviceOpen", device="PORT2", media="dynamic")
    expect("alarms further above it", counted(server, "MaxDevicesPerProviderExceeded"), 1)
    expect("alarms of the node", counted(server, "MaxDevicesPerNodeExceeded"), 1)
    line = alarms(server, "MaxDevicesPerProviderExceeded")[0]
    require(re.search(r"%UC_CTI-4-MaxDevicesPerProviderExceeded: %\[AppID=.+\]\[ClusterID=.+\]\[NodeID=manager\]: ", line), line)
    require(re.search(r"Devices of this node +4 of 3", server.cli("show cti-manager")), server.cli("show cti-manager"))
    app.call("DeviceClose", device="PORT2")
    other.call("RouteRegisterCancel", routeRegisterReqID=registered)
    require(re.search(r"Devices of this node +2 of 3", server.cli("show cti-manager")), "closing frees at once")
    watcher.call("DeviceOpen", device="PORT2", media="none")
    expect("another user", counted(server, "MaxDevicesPerProviderExceeded"), 1)
    other.call("DeviceOpen", device="RP1", media="none")
    expect("above it again", counted(server, "MaxDevicesPerProviderExceeded"), 2)
    other.socket.close()
    office.until(lambda: "3 of 3" in server.cli("show cti-manager"), "an application that is lost frees what it had open")


@test
def r17_connections(office):
    """A connection beyond the maximum is refused, and there is an alarm."""
    configure(office.server, "cti-manager", "maximum connections 2")
    first, _ = office.app(), office.app()
    login = {"applicationID": "third", "userName": "app", "password": "secret"}
    expect("the third", start(office.server, **login), "maxNumberSessions")
    expect("REST", rest(office.server, "GET", "/api/v1/devices")[0], 200)
    require(alarms(office.server, "CtiMaxConnectionReached"), "no alarm")
    first.call("StopApplicationSession")
    require("token" in start(office.server, **login), "there is room again")


@test
def r10_r18_r21_second_openers(office):
    """Who opens a device in another way than who has it already is refused, and told why; who does the same is not."""
    app, other, watcher = office.app(), office.app(), office.app("watcher")
    busy = ("systemResourceAvailibility", "resourceBusy")
    app.call("DeviceOpen", device="PORT1", media="static", rtp="127.0.0.1:9000", codecs=[PCMU])
    expect("static", error_of(other, "DeviceOpen", device="PORT1", media="static", rtp="127.0.0.1:9002", codecs=[PCMU]),
           (*busy, "mediaAlreadyTerminatedStatic"))
    app.call("DeviceClose", device="PORT1")
    other.call("DeviceOpen", device="PORT1", media="dynamic", codecs=[PCMU, PCMA])
    app.call("DeviceOpen", device="220", media="dynamic", codecs=[PCMA, PCMU])
    expect("dynamic", error_of(watcher, "DeviceOpen", device="PORT1", media="none"), (*busy, "mediaAlreadyTerminatedDynamic"))
    expect("other codecs", error_of(watcher, "DeviceOpen", device="PORT1", media="dynamic", codecs=[PCMU]),
           (*busy, "mediaCapabilityMismatch"))
    app.call("DeviceOpen", device="RP1", media="none")
    expect("none", error_of(other, "DeviceOpen", device="RP1", media="dynamic"), (*busy, "mediaAlreadyTerminatedNone"))
    codes = [re.search(r"\[ReasonCode=(\d+)\]", line).group(1) for line in alarms(office.server, "CtiDeviceOpenFailure")]
    expect("reasons of the alarms", codes, ["7", "8", "10", "11"])
    bodies = []
    connection = csta_tcp.Connection(office.server.address("csta"), 5, bodies)
    office.open.append(connection.socket)
    devices.login(connection)
    inner = f'<hf:DeviceOpen xmlns:hf="{devices.HF}" device="PORT1" media="none"/>'
    connection.send(csta_tcp.frame("0002", f'<Escape xmlns="{devices.ED3}"><privateData><private>{inner}</private>'
                                           "</privateData></Escape>".encode()))
    require(connection.wait(lambda: len(bodies) > 1), "no answer")
    require(b"<systemResourceAvailibility>resourceBusy<" in bodies[1], bodies[1])
    require(b"mediaAlreadyTerminatedDynamic" in bodies[1], bodies[1])


@test
def r23_r45_media_first(office):
    """Nothing is done to a call before its address is known, and a call at a point without media is not answered."""
    app, alice = office.app(), office.phone(201)
    monitor(app, "PORT1")
    app.call("DeviceOpen", device="PORT1", media="dynamic")
    app.call("DeviceOpen", device="RP1", media="none")
    alice.dial("220")
    connection = office.next(app, "OfferedEvent")["offeredConnection"]
    app.call("AnswerCall", callToBeAnswered=connection)
    office.next(app, "MediaRequested")
    expect("HoldCall", error_of(app, "HoldCall", callToBeHeld=connection),
           ("stateIncompatibility", "invalidConnectionState", "mediaPending"))
    app.call("ClearConnection", connectionToBeCleared=connection)
    alice.send(frame(ON_HOOK))
    office.see(201)
    monitor(app, "300")
    alice.dial("300")
    connection = office.next(app, "OfferedEvent")["offeredConnection"]
    expect("AnswerCall", error_of(app, "AnswerCall", callToBeAnswered=connection),
           ("stateIncompatibility", "invalidDeviceState", "noMediaTermination"))


@test
def r25_r38_r41_kinds_of_devices(office):
    """What is in the list of devices, and what a port of several lines is not."""
    app = office.app()
    app.call("GetSwitchingFunctionDevices")
    listed = {one["deviceID"]: one for one in office.next(app, "SwitchingFunctionDevices")["deviceList"]}
    kinds = {number: (listed[number]["deviceCategory"], listed[number]["deviceModelName"]) for number in ("201", "220", "300")}
    expect("kinds", kinds, {"201": ("station", "7960"), "220": ("station", "CTI Port"), "300": ("routeingDevice", "CTI Route Point")})
    require("801" not in listed, "park slots need their group")
    model = app.call("GetPhysicalDeviceInformation", device="PORT1")["deviceModelName"]
    expect("model", model, "CTI Port")
    refused(app, "operation", "requestIncompatibleWithDevice", "DeviceOpen", device="PORT3", media="dynamic", profile="tapi")
    app.call("DeviceOpen", device="PORT1", media="dynamic", profile="tapi")


@test
def r42_r53_busy_and_unopened(office):
    """Calls over the trigger are forwarded as busy; a port that nobody has open is out of order."""
    app, watcher, alice = office.app(), office.app("watcher"), office.phone(201)
    monitor(watcher, "201")
    alice.dial("220")
    office.next(watcher, "FailedEvent", cause="destOutOfOrder")
    alice.send(frame(ON_HOOK))
    office.see(201)
    refused(app, "systemResourceAvailibility", "callingDeviceOutOfService", "MakeCall", callingDevice="220",
            calledDirectoryNumber="201", autoOriginate="doNotPrompt")
    for device in ("RP1", "PORT1", "PORT2", "PORT3"):
        app.call("DeviceOpen", device=device, media="none")
    monitor(watcher, "300")
    for caller in ("220", "221", "230"):
        app.call("MakeCall", callingDevice=caller, calledDirectoryNumber="300", autoOriginate="doNotPrompt")
    office.next(watcher, "OfferedEvent", callingDevice="220")
    office.next(watcher, "OfferedEvent", callingDevice="221")
    office.next(watcher, "DivertedEvent", callingDevice="230", cause="callForwardBusy", newDestination="203")


@test
def r54_settings_of_points(office):
    """Forwarding and automatic answer of ports and points can be set; points do not refuse calls."""
    app = office.app()
    app.call("DeviceOpen", device="RP1", media="none")
    app.call("SetForwarding", device="300", activateForward=True, forwardDN="202", forwardingType="forwardImmediate")
    app.call("SetForwarding", device="300", activateForward=False, forwardingType="forwardImmediate")
    app.call("SetAutoAnswer", device="220", autoAnswerOn=True, numberOfRings=0)
    refused(app, "operation", "requestIncompatibleWithDevice", "SetDoNotDisturb", device="300", doNotDisturbOn=True)


@test
def r58_r60_r80_rights(office):
    """Foreign devices are refused before anything else about them is said; unknown ones are unknown; alarms name both."""
    lister, app = office.app("lister"), office.app()
    foreign = {"callID": "1", "deviceID": "202"}
    for method, params in {
        "MonitorStart": {"monitorObject": {"callObject": foreign}}, "SnapshotCall": {"snapshotObject": foreign},
        "ClearCall": {"callToBeCleared": foreign}, "AnswerCall": {"callToBeAnswered": foreign},
        "SnapshotDevice": {"snapshotObject": "202"}, "MakeCall": {"callingDevice": "202", "calledDirectoryNumber": "201"},
        "DeviceOpen": {"device": "PORT1", "media": "none"}, "RouteRegister": {"routeingDevice": "300"},
    }.items():
        refused(lister, "operation", "privilegeViolationSpecifiedDevice", method, **params)
    refused(app, "operation", "invalidDeviceID", "MonitorStart", monitorObject={"deviceObject": "NOWHERE"})
    fields = ("[DeviceName=PORT1]", "[LoginUserID=lister]")
    denied = alarms(office.server, "kCtiDeviceOpenFailAccessDenied")
    require(any(all(field in line for field in fields) for line in denied), denied)
    login = {"applicationID": "x", "userName": "outsider", "password": "secret"}
    expect("without the group", start(office.server, **login), "ctiNotEnabled")
    expect("wrong password", start(office.server, **{**login, "password": "other"}), "loginFailed")
    expect("unknown user", start(office.server, **{**login, "userName": "nobody"}), "loginFailed")
    expect("no login", start(office.server, applicationID="x"), "invalidApplicationInfo")
    try:
        Rpc(office.server.address("http"), authorization="Basic " + base64.b64encode(b"app:other").decode())
        raise Failed("a wrong password on the upgrade is taken")
    except Refused as error:
        expect("the upgrade", error.status, 401)
    expect("REST", rest(office.server, "GET", "/api/v1/devices/202", "lister")[0], 403)
    expect("REST by name", rest(office.server, "GET", "/api/v1/devices/PORT1")[1]["deviceID"], "220")


@test
def r61_r62_r79_parks(office):
    """Who is in the group of parked calls is told of every slot, also without a list; control of all devices is not enough."""
    app, watcher = office.app(), office.app("watcher")
    refused(app, "operation", "privilegeViolationSpecifiedDevice", "MonitorStart", monitorObject={"deviceObject": "801"})
    monitor(watcher, "801")
    alice, bob = office.phone(201), office.phone(202)
    alice.dial("202")
    office.see(202, "ringin")
    bob.soft_key(bob.event("Answer"), 1, bob.call("ringin"))
    office.see(202, "connected")
    call = app.call("SnapshotDevice", snapshotObject="202")["crossRefIDorSnapshotData"]["snapshotData"][0]
    app.call("ParkCall", parking=call["connectionIdentifier"], parkTo="801")
    office.next(watcher, "QueuedEvent", queue="801", cause="park")
    bob.dial("801")
    office.next(watcher, "DivertedEvent", divertingDevice="801", cause="callPickup")


@test
def r69_warnings_about_users(office):
    """Who controls everything without TLS, and who can do nothing, is named."""
    shown = office.server.cli("show cti user")
    app = shown.split("application-user app")[1].split("application-user")[0]
    require("Warning" in app and "Standard CTI Secure Connection" in app, shown)
    lister = shown.split("application-user lister")[1].split("application-user")[0]
    require("Warning" not in lister and "controlled-device number 230-232" in lister, shown)
    require("Standard CTI Enabled" in shown.split("application-user outsider")[1], shown)


@test
def r70_r74_rights_that_change(office):
    """Each group takes effect at once in a session that is open, and what is taken is freed."""
    app = office.app()
    user = "application-user app"
    reference = monitor(app, "201")
    monitor(app, "PORT1")
    app.call("DeviceOpen", device="PORT1", media="none")
    wanted = {"switchingFunctionCapsChanged": True, "switchingFunctionDevicesChanged": True}
    registration = app.call("SystemRegister", requestTypes=wanted)["sysStatRegisterID"]
    configure(office.server, user, f"no group {ALL}")
    office.next(app, "SwFunctionCapsChanged", sysStatRegisterID=registration)
    office.next(app, "SwFunctionDevicesChanged", sysStatRegisterID=registration)
    app.notifications.clear()
    configure(office.server, user, f"group {ALL}")
    reference = monitor(app, "201")
    configure(office.server, user, f"no group {ALL}")
    office.next(app, "MonitorStop", monitorCrossRefID=reference)
    refused(app, "operation", "privilegeViolationSpecifiedDevice", "SnapshotDevice", snapshotObject="201")
    require(re.search(r"Devices of this node +0 of", office.server.cli("show cti-manager")), office.server.cli("show cti-manager"))
    expect("the session stays", app.call("RequestSystemStatus"), {"systemStatus": "normal"})
    configure(office.server, user, f"group {ALL}")
    monitor(app, "201")
    refused(app, "operation", "privilegeViolationSpecifiedDevice", "MonitorStart", monitorObject={"deviceObject": "801"})
    configure(office.server, user, "group Standard CTI Allow Call Park Monitoring")
    reference = monitor(app, "801")
    configure(office.server, user, "no group Standard CTI Allow Call Park Monitoring")
    office.next(app, "MonitorStop", monitorCrossRefID=reference)
    configure(office.server, user, "no group Standard CTI Enabled")
    over = office.next(app, "ApplicationSessionTerminated")
    require("ctiNotEnabled" in str(over), over)
    try:
        while True:
            app.receive(5)
    except Closed:
        pass


@test
def direct_transfer_and_redirection(office):
    """Two calls of a line are transferred in any order and when both are held; a call that was answered is redirected."""
    app, alice = office.app(), office.phone(201)
    phones = {number: office.phone(number) for number in (202, 203)}

    def answered(number):
        office.see(number, "ringin")
        phone = phones[number]
        phone.soft_key(phone.event("Answer"), 1, phone.call("ringin"))
        office.see(number, "connected")

    made = app.call("MakeCall", callingDevice="201", calledDirectoryNumber="202", autoOriginate="doNotPrompt")
    answered(202)
    first = made["callingDevice"]
    second = app.call("ConsultationCall", existingCall=first, consultedDevice="203")["initiatedCall"]
    answered(203)
    app.call("HoldCall", callToBeHeld=second)
    app.call("TransferCall", heldCall=second, activeCall=first)
    office.see(201)
    office.see(202, "connected")
    office.see(203, "connected")
    app.call("ClearConnection", connectionToBeCleared={"deviceID": "202"})
    office.see(203)
    alice.dial("202")
    answered(202)
    app.call("DeflectCall", callToBeDiverted={"callID": snapshot(app, "202"), "deviceID": "202"}, newDestination="203")
    office.see(203, "ringin")
    office.see(202)


def snapshot(app, device):
    """The identifier of the one call of a device."""
    data = app.call("SnapshotDevice", snapshotObject=device)["crossRefIDorSnapshotData"]["snapshotData"]
    expect("calls", len(data), 1)
    return data[0]["connectionIdentifier"]["callID"]


@test
def r100_r101_heartbeats(office):
    """The interval is clamped; two of them without a message end the session, any message keeps it."""
    wished = {1: 10, 30: 30, 100000: 7200}
    login = {"applicationID": "x", "userName": "app", "password": "secret"}
    got = {wish: start(office.server, **login, requestedSessionDuration=wish)["actualSessionDuration"] for wish in wished}
    expect("durations", got, wished)
    configure(office.server, "cti-manager", "heartbeat minimum 1 maximum 3600")
    app = office.app(duration=2)
    for _ in range(3):
        office.until(lambda end=time.monotonic() + 1.5: time.monotonic() > end, "time")
        app.call("RequestSystemStatus")
    over = office.next(app, "ApplicationSessionTerminated")
    require("sessionTimerExpired" in str(over), over)
    require(alarms(office.server, "CtiProviderCloseHeartbeatTimeout"), "no alarm")


@test
def r49_routes_after_a_break(office):
    """An application that comes back is asked again, with the time that is left."""
    login = {"applicationID": "router", "userName": "app", "password": "secret", "sessionCleanupDelay": 30}
    first = Rpc(office.server.address("http"))
    session = first.call("StartApplicationSession", **login)
    first.call("RouteRegister", routeingDevice="300")
    office.phone(201).dial("300")
    request = office.next(first, "RouteRequest")
    expect("time to answer", request["replyTimeout"], 3000)
    office.until(lambda end=time.monotonic() + 1: time.monotonic() > end, "time")
    first.close()
    second = Rpc(office.server.address("http"))
    office.open.append(second)
    resume = {"sessionID": session["sessionID"], "token": session["token"], "lastSequence": 0}
    second.call("StartApplicationSession", **login, resume=resume)
    again = office.next(second, "RouteRequest", crossRefIdentifier=request["crossRefIdentifier"])
    require(500 < again["replyTimeout"] <= 2000, again)
    second.call("RouteSelect", crossRefIdentifier=request["crossRefIdentifier"], routeSelected="203", correlatorData="0a0b")
    office.next(second, "RouteEnd")


@test
def routeing_mode(office):
    """Calls that come while applications are not asked go where rejected ones go; the mode is read and set at points only."""
    app, watcher, alice = office.app(), office.app("watcher"), office.phone(201)
    monitor(watcher, "300")
    app.call("RouteRegister", routeingDevice="300")
    expect("at first", app.call("GetRouteingMode", device="300"), {"routeingMode": True})
    app.call("SetRouteingMode", device="300", routeingMode=False)
    expect("then", app.call("GetRouteingMode", device="RP1"), {"routeingMode": False})
    alice.dial("300")
    office.next(watcher, "DivertedEvent", newDestination="203")
    require(not any(one["method"] == "RouteRequest" for one in app.notifications), app.notifications)
    alice.send(frame(ON_HOOK))
    office.see(201)
    app.call("SetRouteingMode", device="300", routeingMode=True)
    alice.dial("300")
    office.next(app, "RouteRequest")
    refused(app, "operation", "requestIncompatibleWithDevice", "SetRouteingMode", device="201", routeingMode=False)


@test
def r108_the_last_that_can_take_a_call(office):
    """A call whose router dies waits for the application that has the point open; it is forwarded when that dies too."""
    router, opener, watcher, alice = office.app(), office.app(), office.app("watcher"), office.phone(201)
    office.phone(203)
    monitor(watcher, "300")
    opener.call("DeviceOpen", device="RP1", media="none")
    router.call("RouteRegister", routeingDevice="300")
    alice.dial("300")
    office.next(router, "RouteRequest")
    router.close()
    office.until(lambda: counted(office.server, "ApplicationConnectionDropped") == 1, "the router is gone")
    opener.close()
    offered = office.next(watcher, "OfferedEvent")
    require(offered["callingDevice"] == "201", offered)
    office.next(watcher, "DivertedEvent", cause="callForward", newDestination="203", reason="forwardOnCtiFailure")


@test
def r81_r83_dependency_records(office):
    """What uses an object is counted and listed; who removes it is told; records that are off are said to be."""
    server = office.server
    shown = server.cli("show dependency cti-route-point RP1")
    require(re.search(r"directory numbers +1\n", shown) and "300" not in shown, shown)
    shown = server.cli("show dependency cti-route-point RP1 detail")
    require("directory number 300 (ephone-dn 30)" in shown, shown)
    require("cti-port PORT1" in server.cli("show dependency device-pool HQ detail"), "the pool")
    commands = ["-c", "configure terminal", "-c", "no ephone-dn 30"]
    done = subprocess.run([server.binary, "cli", "--data", str(server.data), *commands], capture_output=True, text=True,
                          timeout=20, check=False)
    require("Warning" in done.stdout and "cti-route-point RP1" in done.stdout, done.stdout)
    configure(server, "no dependency-records")
    require("no dependency-records" in server.cli("show running-config"), "the configuration")
    require("dependency-records disabled" in server.cli("show dependency cti-route-point RP1"), "off")


@test
def r110_r111_checklist(office):
    """Each step that was left out is named, in the order in which they are done."""
    server, user = office.server, "application-user app"
    step = lambda device: server.cli(f"cti checklist app {device}").splitlines()[0]  # noqa: E731

    def missing(number, *change, undo, device="PORT1"):
        configure(server, *change)
        require(step(device).startswith(f"step {number}:"), f"{change}: {step(device)}")
        configure(server, *undo)

    app = office.app()
    app.call("DeviceOpen", device="PORT1", media="none")
    require(step("PORT1").startswith("all steps are done"), step("PORT1"))
    require(step("NOWHERE").startswith("step 2:"), step("NOWHERE"))
    missing(3, "cti-port 2", "no button 1", undo=("cti-port 2", "button 1:21"), device="PORT2")
    missing(4, "cti-port 2", "no device-pool HQ", undo=("cti-port 2", "device-pool HQ"), device="PORT2")
    missing(5, user, f"no group {ALL}", undo=(user, f"group {ALL}"))
    missing(6, user, "no group Standard CTI Enabled", undo=(user, "group Standard CTI Enabled"))
    require(step("PORT1").startswith("step 8:"), step("PORT1"))
    second = office.app()
    require(step("PORT1").startswith("step 9:"), step("PORT1"))
    second.call("DeviceOpen", device="PORT1", media="none")
    require(step("PORT1").startswith("all steps are done"), step("PORT1"))
    missing(7, "voice service voip", "cti shutdown", undo=("voice service voip", "no cti shutdown"))


@test
def r110_the_checklist_as_documented(office):
    """The nine steps of docs/cti-checklist.md, one after the other, with what the page says comes next."""
    page = (HERE.parents[1] / "docs/cti-checklist.md").read_text()
    blocks = re.findall(r"^```text\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    data = office.server.data / "steps"
    data.mkdir()
    start = (blocks[0] + blocks[1]).replace("2000", "0").replace("4721", "0").replace("8080", "0") + SIP
    (data / "office.cfg").write_text(start + "end\n")
    with Server(office.server.binary, data / "office.cfg", "127.0.0.1", data) as server:
        rpc = None
        for block in blocks[2:]:
            if not block.startswith("office#"):
                configure(server, *[line.strip() for line in block.splitlines()])
                continue
            wanted = block.splitlines()[1]
            if wanted.startswith("step 9"):
                rpc = Rpc(server.address("http"))
                office.open.append(rpc)
                rpc.call("StartApplicationSession", applicationID="ivr", userName="ivr", password="secret")
            elif wanted.startswith("all steps"):
                rpc.call("DeviceOpen", device="PORT1", media="none")
            expect("what comes next", server.cli("cti checklist ivr PORT1").strip(), wanted)


if __name__ == "__main__":
    SCENES.main(__doc__, "CTIMANAGER", CONFIG, devices.Office)
