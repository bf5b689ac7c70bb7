#!/usr/bin/env python3
"""CSTA in JSON over WebSocket, and REST, for a client of our own and curl.

    run.py --binary target/debug/hookflash [--logs DIR]

Ends with 0 when all is well. Everything it started has ended when it ends.
"""

import argparse
import base64
import json
import pathlib
import select
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "lib"))
from server import PHONES, Failed, Phones, Server, wait_for  # noqa: E402
from websocket import Closed, Refused, Rpc  # noqa: E402

CONFIG = """\
hostname json-door
voice service voip
 no cti shutdown
telephony-service
 max-ephones 4
 max-dn 4
 ip source-address 127.0.0.1 port 0
cti-manager
 csta tcp port 0
 http port {port}
ephone-dn 1 dual-line
 number 201
 name Alice
 cti watch
ephone-dn 2 dual-line
 number 202
 name Bob
 cti watch
ephone-dn 3 dual-line
 number 203
 name Carol
ephone 1
 mac-address 0200.0000.0201
 type 7960
 button 1:1
ephone 2
 mac-address 0200.0000.0202
 type 7960
 button 1:2
{users}end
"""

USERS = """\
application-user crm
 password 0 secret
 group Standard CTI Enabled
 group Standard CTI Allow Control of All Devices
end-user alice
 password 0 hidden
 group Standard CTI Enabled
 controlled-device number 201
end-user bob
 password 0 idle
"""


def basic(login):
    return "Basic " + base64.b64encode(login.encode()).decode()


def is_event(name, device=None):
    def wanted(message):
        params = message["params"]
        connections = [value for value in params.values() if isinstance(value, dict) and "deviceID" in value]
        return message["method"] == name and (device is None or any(c["deviceID"] == device for c in connections))
    return wanted


def expect(what, got, wanted):
    if got != wanted:
        raise Failed(f"{what}: {got!r}, not {wanted!r}")


def calls_over_websocket(address):
    """A whole call, with everything that its events say."""
    client = Rpc(address)
    expect("subprotocol", client.subprotocol, "csta.json.v1")
    early = client.request("MonitorStart", monitorObject={"deviceObject": "201"})
    expect("before a session", early["error"]["code"], -32000)
    started = client.call("StartApplicationSession", applicationID="story", heartbeatInterval=30)
    expect("duration", started["actualSessionDuration"], 60)
    for device in ("201", "202"):
        client.call("MonitorStart", monitorObject={"deviceObject": device})
    made = client.call("MakeCall", callingDevice="201", calledDirectoryNumber="202", autoOriginate="doNotPrompt")
    caller = made["callingDevice"]
    expect("MakeCall", made, {"callingDevice": {"callID": caller["callID"], "deviceID": "201"}})
    delivered = client.wait_for(is_event("DeliveredEvent", "202"))["params"]
    expect("calling device", (delivered["callingDevice"], delivered["calledDevice"]), ("201", "202"))
    called = {"callID": caller["callID"], "deviceID": "202"}
    client.call("AnswerCall", callToBeAnswered=called)
    client.wait_for(is_event("EstablishedEvent"))
    client.call("HoldCall", callToBeHeld=caller)
    client.wait_for(is_event("HeldEvent"))
    client.call("RetrieveCall", callToBeRetrieved=caller)
    client.wait_for(is_event("RetrievedEvent"))
    client.call("ClearConnection", connectionToBeCleared=caller)
    client.wait_for(is_event("ConnectionClearedEvent", "202"))
    numbers = [message["params"]["seq"] for message in client.notifications]
    expect("numbers of events", numbers, list(range(1, len(numbers) + 1)))
    refused = client.request("MakeCall", callingDevice="999", calledDirectoryNumber="202")["error"]
    expect("refusal", (refused["code"], refused["message"], refused["data"]["category"]),
           (-32000, "invalidCallingDeviceID", "operation"))
    expect("foreign device", client.request("MonitorStart", monitorObject={"deviceObject": "203"})["error"]["message"],
           "privilegeViolationSpecifiedDevice")
    client.send_in_pieces('{"jsonrpc":"2.0","id":"a","method":"RequestSystemStatus"}')
    expect("message in two frames", client.answer("a")["result"], {"systemStatus": "normal"})
    client.frame(9, b"hello")
    expect("pong", client.next_frame(), (10, b"hello"))
    client.call("StopApplicationSession", sessionID=started["sessionID"])
    try:
        client.receive()
        raise Failed("the connection stays open after its session")
    except Closed:
        pass


def example(address):
    """examples/click_to_dial_websocket.py makes a call and ends it."""
    command = [sys.executable, HERE.parent.parent / "examples/click_to_dial_websocket.py", "--server",
               f"{address[0]}:{address[1]}", "--hang-up", "DeliveredEvent", "201", "202"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    events = [line.split()[0] for line in done.stdout.splitlines()]
    expect(f"events of the example ({done.stderr})", events,
           ["ServiceInitiatedEvent", "OriginatedEvent", "DeliveredEvent", "ConnectionClearedEvent"])


def deaf(address):
    """An application that does not read is given up when its session is over."""
    client = Rpc(address)
    client.call("StartApplicationSession", applicationID="deaf", requestedSessionDuration=10)
    request = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "GetCSTAFeatures"})
    client.socket.settimeout(1)
    try:
        while True:
            client.send(request)
    except TimeoutError:
        pass  # Nothing is read any more: neither here nor there.
    poll = select.poll()
    poll.register(client.socket, select.POLLHUP)
    wait_for("the connection is given up", 30, lambda: any(
        events & (select.POLLHUP | select.POLLERR) for _, events in poll.poll(0)))
    expect("others are served", curl(address, "/readyz")[0], 200)


def nonsense(address):
    """What is no request is answered, and what is no message ends the connection alone."""
    client = Rpc(address)
    for text, code in (("{", -32700), ("[]", -32600), ('{"jsonrpc":"2.0","id":1,"method":"x"}', -32601),
                       ('{"jsonrpc":"2.0","id":1,"method":"MakeCall","params":[]}', -32602)):
        client.send(text)
        expect(text, json.loads(client.receive())["error"]["code"], code)
    client.send('{"jsonrpc":"2.0","id":1,"method":"MakeCall","params":{"x":"%s"}}' % ("x" * 70_000))
    expect("a message that is too long", closing_code(client), 1009)
    client = Rpc(address)
    client.frame(2, b"binary")
    expect("a binary message", closing_code(client), 1003)
    plain = curl(address, "/csta")
    expect("a request without upgrade", plain[0], 426)


def closing_code(client):
    try:
        client.receive()
    except Closed as closed:
        return closed.code
    return None


def curl(address, path, *options, login=None, body=None):
    """Status, content type and body of a response."""
    command = ["curl", "-sS", "--max-time", "10", "-o", "-", "-w", "\n%{http_code} %{content_type}", *options]
    if login:
        command += ["-u", login]
    if body is not None:
        command += ["-H", "Content-Type: application/json", "-d", json.dumps(body)]
    done = subprocess.run([*command, f"http://{address[0]}:{address[1]}{path}"], capture_output=True, text=True,
                          timeout=20, check=True)
    text, _, last = done.stdout.rpartition("\n")
    status, _, kind = last.partition(" ")
    return int(status), kind, text


def rest(address):
    """A call, from its beginning to its end, by curl."""
    get = lambda path: json.loads(curl(address, path)[2])  # noqa: E731
    expect("devices", [device["deviceID"] for device in get("/api/v1/devices")], ["201", "202"])
    status, _, text = curl(address, "/api/v1/calls", body={"callingDevice": "201", "calledDirectoryNumber": "202"})
    expect("POST /calls", status, 201)
    call = json.loads(text)["callingDevice"]["callID"]
    state = lambda device: [c["localConnectionInfo"] for c in get(f"/api/v1/devices/{device}")["connections"]]  # noqa: E731
    wait_for("202 rings", 10, lambda: state("202") == ["alerting"])
    for device, action, state_after in (("202", "answer", ["connected"]), ("201", "hold", ["hold"]),
                                        ("201", "retrieve", ["connected"])):
        status, _, text = curl(address, f"/api/v1/calls/{call}/connections/{device}/{action}", "-X", "POST")
        expect(f"{action}: {text}", status, 200)
        wait_for(f"{device} after {action}", 10, lambda: state(device) == state_after)
    expect("calls", [one["callID"] for one in get("/api/v1/calls")], [call])
    status, kind, text = curl(address, f"/api/v1/calls/{call}/connections/202/answer", "-X", "POST")
    problem = json.loads(text)
    expect("answer twice", (status, kind, problem["status"], problem["category"]),
           (409, "application/problem+json", 409, "stateIncompatibility"))
    expect("clear", curl(address, f"/api/v1/calls/{call}/connections/201/clear", "-X", "POST")[0], 200)
    wait_for("no call", 10, lambda: get("/api/v1/calls") == [])
    for path, options, status in (
        ("/api/v1/devices/999", [], 404), ("/api/v1/devices/203", [], 403), ("/api/v1/nothing", [], 404),
        ("/api/v1/devices", ["-X", "DELETE"], 405), ("/api/v1/calls", ["-d", "{"], 400), ("/api/v1/calls", ["-d", "{}"], 422),
        (f"/api/v1/calls/{call}/connections/201/hold", ["-X", "POST"], 404),
    ):
        answer = curl(address, path, *options)
        expect(f"{path} {options}: {answer[2]}", answer[:2], (status, "application/problem+json"))
    for path in ("/healthz", "/readyz"):
        expect(path, curl(address, path)[0], 200)
    described = get("/openapi.json")
    expect("openapi", described["openapi"][:2], "3.")
    if "hookflash_calls_total" not in curl(address, "/metrics")[2]:
        raise Failed("/metrics has no counter of calls")


def logins(address):
    """With users, a name and a password are needed, and a user controls what is his."""
    for login in ("crm:wrong", "nobody:secret", "crm:"):
        try:
            Rpc(address, authorization=basic(login))
            raise Failed(f"{login} has a WebSocket")
        except Refused as refused:
            expect(f"status for {login}", refused.status, 401)
    client = Rpc(address)
    refused = client.request("StartApplicationSession", applicationID="x", userName="crm", password="wrong")["error"]
    expect("wrong password", refused["data"], {"category": "session", "value": "loginFailed"})
    client.call("StartApplicationSession", applicationID="x", userName="crm", password="secret")
    implicit = Rpc(address, authorization=basic("alice:hidden"))
    implicit.call("MonitorStart", monitorObject={"deviceObject": "201"})
    expect("foreign device", implicit.request("MonitorStart", monitorObject={"deviceObject": "202"})["error"]["message"],
           "privilegeViolationSpecifiedDevice")
    expect("REST without login", curl(address, "/api/v1/devices")[0], 401)
    expect("REST, wrong password", curl(address, "/api/v1/devices", login="alice:x")[0], 401)
    expect("REST, no CTI", curl(address, "/api/v1/devices", login="bob:idle")[0], 403)
    devices = json.loads(curl(address, "/api/v1/devices", login="alice:hidden")[2])
    expect("devices of alice", [device["deviceID"] for device in devices], ["201"])
    everything = json.loads(curl(address, "/api/v1/devices", login="crm:secret")[2])
    expect("devices of crm", [device["deviceID"] for device in everything], ["201", "202", "203"])
    body = {"callingDevice": "202", "calledDirectoryNumber": "201"}
    expect("a call of another", curl(address, "/api/v1/calls", login="alice:hidden", body=body)[0], 403)
    expect("health needs no login", curl(address, "/healthz")[0], 200)


def office(binary, logs, name, users, checks):
    data = logs / name
    data.mkdir(parents=True, exist_ok=True)
    config = data / "office.cfg"
    config.write_text(CONFIG.format(port=0, users=users))
    with (Server(binary, config, "127.0.0.1", data) as server,
          Phones(binary, server.addresses["sccp"], PHONES, data)):
        if "http" not in server.addresses:
            raise Failed(f"no http= on the ready line: {server.addresses}")
        wait_for("phones registered", 20, lambda: server.cli(
            "show ephone registered").count("REGISTERED in SCCP") == 2)
        for check in checks:
            check(server.address("http"))
            print(f"PASS  json-door: {check.__doc__.splitlines()[0]}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", required=True, type=pathlib.Path)
    parser.add_argument("--logs", type=pathlib.Path)
    arguments = parser.parse_args()
    logs = arguments.logs or pathlib.Path(tempfile.mkdtemp(prefix="hookflash-json-door-"))
    binary = str(arguments.binary.resolve())
    try:
        office(binary, logs, "open", "", [calls_over_websocket, example, nonsense, deaf, rest])
        office(binary, logs, "users", USERS, [logins])
    except (Failed, AssertionError, Refused, Closed, OSError, subprocess.SubprocessError) as failure:
        print(f"FAIL  json-door: {failure!r} (logs in {logs})")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
