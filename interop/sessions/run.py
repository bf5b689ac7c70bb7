#!/usr/bin/env python3
"""Sessions that outlive their connections, for clients of our own over TCP (XML) and WebSocket (JSON).

    run.py --binary target/debug/hookflash [--logs DIR] [--reconnects 500]

Ends with 0 when all is well. Everything it started has ended when it ends.
"""

import argparse
import base64
import hmac
import http.client
import http.server
import json
import os
import pathlib
import random
import re
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(HERE.parent / "lib"))
from server import PHONES, Failed, Phones, Server, wait_for  # noqa: E402
from websocket import Closed, Refused, Rpc  # noqa: E402
import doors  # noqa: E402

ED3 = "http://www.ecma-international.org/standards/ecma-323/csta/ed3"
SESSION = "http://www.ecma-international.org/standards/ecma-354/appl_session"
DEVICES = ("201", "202")

CONFIG = """\
hostname sessions
voice service voip
 no cti shutdown
telephony-service
 max-ephones 4
 max-dn 4
 ip source-address 127.0.0.1 port 0
cti-manager
 csta tcp port 0
 http port 0
{manager}ephone-dn 1 dual-line
 number 201
 cti watch
ephone-dn 2 dual-line
 number 202
 cti watch
ephone 1
 mac-address 0200.0000.0201
 type 7960
 button 1:1
ephone 2
 mac-address 0200.0000.0202
 type 7960
 button 1:2
end
"""


def expect(what, got, wanted):
    if got != wanted:
        raise Failed(f"{what}: {got!r}, not {wanted!r}")


def abort(connection):
    """Closes a connection in one of the ways in which connections break."""
    if random.random() < 0.5:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


class Watcher:
    """An application whose session outlives its connections. `seen` has number, name and device of each event."""

    def __init__(self):
        self.session = self.token = None
        self.seen, self.marked, self.gaps = [], 0, []

    def last(self):
        return self.seen[-1][0] if self.seen else 0

    def saw(self, number, name, device, replayed):
        expect(f"number of {name} after {self.last()}", number, self.last() + 1)
        self.seen.append((number, name, device))
        self.marked += replayed


class JsonWatcher(Watcher):
    """Over WebSocket."""

    def __init__(self, address):
        super().__init__()
        self.address = address
        self.connect()
        for device in DEVICES:
            self.client.call("MonitorStart", monitorObject={"deviceObject": device})
        self.take()

    def connect(self):
        self.client = Rpc(self.address)
        # Who is never cut says nothing all the time.
        params = {"applicationID": "watcher", "requestedSessionDuration": 3600}
        if self.session:
            params["resume"] = {"sessionID": self.session, "token": self.token, "lastSequence": self.last()}
        started = self.client.call("StartApplicationSession", **params)
        expect("resumed", started["resumed"], self.session is not None)
        self.session, self.token = started["sessionID"], started["token"]
        self.take()

    def take(self):
        """Looks at what has come."""
        for message in self.client.notifications:
            params = message["params"]
            if message["method"] == "SystemStatus":
                if params["systemStatus"] == "messagesLost":
                    self.gaps.append(params)
                    self.seen.append((params["gap"]["to"], "lost", None))
                continue
            device = next((value["deviceID"] for value in params.values()
                           if isinstance(value, dict) and "deviceID" in value), None)
            self.saw(params["seq"], message["method"], device, params.get("replayed", False))
        self.client.notifications.clear()

    def listen(self, seconds):
        """Takes what comes in this time."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            try:
                self.client.notifications.append(json.loads(self.client.receive(max(left, 0.001))))
            except TimeoutError:
                break
            self.take()

    def cut(self):
        abort(self.client.socket)


class XmlWatcher(Watcher):
    """Over TCP."""

    def __init__(self, address):
        super().__init__()
        self.address, self.invoke = address, 0
        self.connect()
        for device in DEVICES:
            self.request("MonitorStart", ED3, f"<monitorObject><deviceObject>{device}</deviceObject></monitorObject>")

    def connect(self):
        self.socket, self.buffer = socket.create_connection(self.address, timeout=10), b""
        resume = ""
        if self.session:
            resume = (f'<Login xmlns="urn:hookflash:csta:1"><resume><sessionID>{self.session}</sessionID>'
                      f"<token>{self.token}</token><lastSequence>{self.last()}</lastSequence></resume></Login>")
        answer = self.request(
            "StartApplicationSession", SESSION,
            f"<applicationInfo><applicationID>watcher</applicationID><applicationSpecificInfo>{resume}"
            "</applicationSpecificInfo></applicationInfo><requestedProtocolVersions>"
            f"<protocolVersion>{ED3}</protocolVersion></requestedProtocolVersions>"
            "<requestedSessionDuration>3600</requestedSessionDuration>")
        if "PosResponse" not in answer:
            raise Failed(answer)
        self.session = re.search("<sessionID>(.*?)</sessionID>", answer)[1]
        self.token = re.search("<hf:token>(.*?)</hf:token>", answer)[1]

    def request(self, root, namespace, content):
        self.invoke = self.invoke % 9998 + 1
        body = f'<{root} xmlns="{namespace}">{content}</{root}>'.encode()
        self.socket.sendall(struct.pack(">HH", 0, len(body) + 8) + b"%04d" % self.invoke + body)
        while True:
            invoke, document = self.receive(10)
            if invoke == self.invoke and "Response" in document:
                return document
            self.take(document)

    def receive(self, within):
        self.socket.settimeout(within)
        while len(self.buffer) < 8 or len(self.buffer) < struct.unpack(">H", self.buffer[2:4])[0]:
            piece = self.socket.recv(65536)
            if not piece:
                raise Closed()
            self.buffer += piece
        length = struct.unpack(">H", self.buffer[2:4])[0]
        frame, self.buffer = self.buffer[:length], self.buffer[length:]
        return int(frame[4:8]), frame[8:].decode()

    def take(self, document):
        name = re.search(r"<(\w+) xmlns", document)[1]
        if name == "SystemStatus":
            lost = re.search(r'<hf:Gap from="(\d+)" to="(\d+)"/>', document)
            self.gaps.append(document)
            self.seen.append((int(lost[2]), "lost", None))
            return
        mark, number = re.search(r"<hf:Sequence(.*?)>(\d+)</hf:Sequence>", document).groups()
        device = re.search("<deviceID>(.*?)</deviceID>", document)
        self.saw(int(number), name, device and device[1], "replayed" in mark)

    def listen(self, seconds):
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            try:
                self.take(self.receive(max(left, 0.001))[1])
            except TimeoutError:
                break

    def cut(self):
        abort(self.socket)


class Calls(threading.Thread):
    """Calls, one after the other, until it is told to stop."""

    def __init__(self, address):
        super().__init__()
        self.client, self.made, self.failure = Rpc(address), 0, None
        self.client.call("StartApplicationSession", applicationID="calls", requestedSessionDuration=600)
        self.stopped = threading.Event()

    def run(self):
        try:
            while not self.stopped.is_set():
                self.one()
        except (AssertionError, OSError, Closed) as failure:
            self.failure = failure

    def one(self):
        made = self.client.request("MakeCall", callingDevice="201", calledDirectoryNumber="202", autoOriginate="doNotPrompt")
        if made.get("error", {}).get("message") == "performanceLimitExceeded":
            return time.sleep(0.1)  # The machine is busy.
        caller = made["result"]["callingDevice"]
        called = {"callID": caller["callID"], "deviceID": "202"}
        for method, argument, connection in (("AnswerCall", "callToBeAnswered", called),
                                             ("HoldCall", "callToBeHeld", caller),
                                             ("RetrieveCall", "callToBeRetrieved", caller),
                                             ("ClearConnection", "connectionToBeCleared", caller)):
            self.client.call(method, **{argument: connection})
        self.client.notifications.clear()
        self.made += 1
        return None

    def finish(self):
        self.stopped.set()
        self.join(20)
        if self.failure:
            raise Failed(f"calls: {self.failure!r}")


def reconnect(watcher, count):
    """Breaks the connection of a watcher at random moments."""
    for _ in range(count):
        watcher.listen(random.random() * 0.01)
        watcher.cut()
        time.sleep(random.choice((0, 0, 0, random.random() * 0.02)))
        watcher.connect()


def every_event_once(server, reconnects):
    """An application that comes back again and again while calls go on sees every event exactly once"""
    web, tcp = server.address("http"), server.address("csta")
    witness, restless = JsonWatcher(web), [JsonWatcher(web), XmlWatcher(tcp)]
    calls = Calls(web)
    calls.start()
    failures = []

    def run(watcher):
        try:
            reconnect(watcher, reconnects)
        except (Failed, AssertionError, OSError, Closed, Refused) as failure:
            failures.append(failure)

    threads = [threading.Thread(target=run, args=(watcher,)) for watcher in restless]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        witness.listen(0.2)
    calls.finish()
    if failures:
        raise Failed(f"{failures[0]!r}")
    for watcher in (witness, *restless):
        watcher.listen(1)
    for watcher in restless:
        expect("gaps", watcher.gaps, [])
        same = [event[1:] for event in watcher.seen] == [event[1:] for event in witness.seen]
        expect(f"the same {len(watcher.seen)} events as who was never cut", same, True)
    expect("nothing was marked for who was never cut", witness.marked, 0)
    print(f"      {calls.made} calls, {len(witness.seen)} events, {2 * reconnects} new connections, "
          f"{sum(watcher.marked for watcher in restless)} events sent again")


def too_late(server, _):
    """What is not kept any more is said, with how the devices are now"""
    for watcher in (JsonWatcher(server.address("http")), XmlWatcher(server.address("csta"))):
        caller = Rpc(server.address("http"))
        caller.call("StartApplicationSession", applicationID="caller")
        watcher.cut()
        made = caller.call("MakeCall", callingDevice="201", calledDirectoryNumber="202", autoOriginate="doNotPrompt")
        call = made["callingDevice"]["callID"]
        caller.call("AnswerCall", callToBeAnswered={"callID": call, "deviceID": "202"})
        watcher.connect()
        watcher.listen(0.5)
        expect("gaps", len(watcher.gaps), 1)
        expect("events after the gap", len(watcher.seen) - 1, 2)
        lost = watcher.gaps[0]
        if isinstance(lost, dict):
            expect("devices", [(one["device"], [c["localConnectionInfo"] for c in one["connections"]])
                               for one in lost["snapshots"]], [("201", ["connected"]), ("202", ["connected"])])
        elif lost.count("<hf:Snapshot device=") != 2:
            raise Failed(lost)
        caller.call("ClearConnection", connectionToBeCleared={"callID": call, "deviceID": "201"})
        caller.close()


class Stream:
    """Server-sent events, as a browser takes them."""

    def __init__(self, address, last=None):
        self.connection = http.client.HTTPConnection(*address, timeout=10)
        self.connection.request("GET", "/api/v1/events", headers={"Last-Event-ID": last} if last else {})
        self.response = self.connection.getresponse()
        expect("stream", (self.response.status, self.response.headers.get_content_type()), (200, "text/event-stream"))

    def event(self):
        """Identifier, name and data of the next event."""
        fields = {}
        while True:
            line = self.response.readline().decode().rstrip("\n")
            if not line and "event" in fields:
                return fields["id"], fields["event"], json.loads(fields["data"])
            name, _, value = line.partition(": ")
            fields[name] = value

    def events(self, count):
        return [self.event() for _ in range(count)]

    def close(self):
        self.connection.sock.close()
        self.connection.close()


def server_sent_events(server, _):
    """A stream of events goes on where it broke, and says what it cannot send again"""
    address = server.address("http")
    stream = Stream(address)
    calls = Calls(address)
    calls.one()
    first = stream.events(4)
    expect("names", [name for _, name, _ in first[:2]], ["ServiceInitiatedEvent", "OriginatedEvent"])
    expect("numbers", [data["seq"] for *_, data in first], [1, 2, 3, 4])
    stream.close()
    calls.one()
    stream = Stream(address, last=first[1][0])
    expect("after the break", [data["seq"] for *_, data in stream.events(8)], list(range(3, 11)))
    expect("the same", [Stream(address, last=first[0][0]).event()[2]["seq"]], [2])
    unknown = Stream(address, last="77.1").event()
    expect("unknown", (unknown[1], unknown[2]["systemStatus"]), ("SystemStatus", "messagesLost"))
    calls.client.close()


class Receiver(http.server.BaseHTTPRequestHandler):
    """Takes webhooks, with the status that its server was told."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        if self.server.sleeps:
            time.sleep(self.server.sleeps)
        signed = f"{self.headers['webhook-id']}.{self.headers['webhook-timestamp']}.".encode() + body
        digest = base64.b64encode(hmac.new(self.server.key, signed, "sha256").digest()).decode()
        right = self.headers["webhook-signature"] == f"v1,{digest}"
        status = self.server.status
        self.server.taken.append((self.headers["webhook-id"], status, right, json.loads(body)))
        self.send_response(status)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def receiver(sleeps=0, status=204):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    server.taken, server.sleeps, server.status, server.key = [], sleeps, status, b""
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def api(address, method, path, body=None):
    connection = http.client.HTTPConnection(*address, timeout=10)
    connection.request(method, f"/api/v1{path}", json.dumps(body) if body else None)
    response = connection.getresponse()
    text = response.read()
    connection.close()
    return response.status, json.loads(text) if text else None


def webhooks(server, _):
    """Webhooks are signed, in order, tried again, and sent again by hand; one that sleeps delays nobody"""
    address = server.address("http")
    good, sleepy, broken = receiver(), receiver(sleeps=30), receiver(status=500)
    hooks = {}
    for name, own in (("good", good), ("sleepy", sleepy), ("broken", broken)):
        status, hook = api(address, "POST", "/webhooks", {"url": f"http://127.0.0.1:{own.server_port}/x"})
        expect("created", status, 201)
        own.key = base64.b64decode(hook["secret"].removeprefix("whsec_"))
        hooks[name] = hook["id"]
    calls = Calls(address)
    began = time.monotonic()
    for _ in range(5):
        calls.one()
    wait_for("the good one has all", 10, lambda: len(good.taken) >= 50)
    if time.monotonic() - began > 8:
        raise Failed("a receiver that sleeps delays another one")
    expect("signatures", {right for _, _, right, _ in good.taken}, {True})
    numbers = [body["data"]["seq"] for *_, body in good.taken]
    expect("in order", numbers, list(range(numbers[0], numbers[0] + len(numbers))))
    dead = lambda: [own for own in api(address, "GET", f"/webhooks/{hooks['broken']}/deliveries")[1]  # noqa: E731
                    if own["state"] == "dead"]
    wait_for("the broken one is given up", 20, lambda: len(dead()) >= 50)
    expect("attempts", {own["attempts"] for own in dead()}, {3})
    broken.status = 200
    one = dead()[0]["id"]
    expect("resend", api(address, "POST", f"/webhooks/{hooks['broken']}/deliveries/{one}/resend")[0], 202)
    wait_for("it is taken", 10, lambda: any(own[:2] == (one, 200) for own in broken.taken))
    for hook in hooks.values():
        expect("deleted", api(address, "DELETE", f"/webhooks/{hook}")[0], 204)
    calls.client.close()
    for own in (good, sleepy, broken):
        own.shutdown()


class Wire(threading.Thread):
    """A connection to the server that breaks when it is told to."""

    def __init__(self, target):
        super().__init__(daemon=True)
        self.target, self.pairs = target, []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = self.listener.getsockname()
        self.start()

    def run(self):
        while True:
            try:
                client = self.listener.accept()[0]
            except OSError:
                return
            server = socket.create_connection(self.target)
            self.pairs.append((client, server))
            for one, other in ((client, server), (server, client)):
                threading.Thread(target=self.copy, args=(one, other), daemon=True).start()

    @staticmethod
    def copy(source, sink):
        try:
            while piece := source.recv(65536):
                sink.sendall(piece)
        except OSError:
            pass
        for end in (source, sink):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def cut(self):
        for pair in self.pairs:
            for end in pair:
                try:
                    end.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass
        self.pairs.clear()

    def close(self):
        self.listener.close()
        self.cut()


def python_client(server, reconnects):
    """The Python client sees every event exactly once over connections that break"""
    sys.path.insert(0, str(ROOT / "clients/python"))
    from hookflash import Client, Event, Refused as ClientRefused
    wire, calls = Wire(server.address("http")), Calls(server.address("http"))
    with Client(f"http://{wire.address[0]}:{wire.address[1]}", "python", longest_pause=0.3) as client:
        client.monitor("202")
        try:
            client.call("MakeCall", callingDevice="999", calledDirectoryNumber="202")
            raise Failed("a call of nobody was made")
        except ClientRefused as refused:
            expect("refusal", (refused.category, refused.value), ("operation", "invalidCallingDeviceID"))
        seen = []
        for _ in range(max(reconnects // 50, 3)):
            calls.one()
            wire.cut()
            calls.one()
            seen += list(client.events(timeout=0.7))
        expect("only events", [one for one in seen if not isinstance(one, Event)], [])
        expect("numbers", [one.seq for one in seen], list(range(1, len(seen) + 1)))
        expect("some were missed first", any(one.replayed for one in seen), True)
    wire.close()
    calls.client.close()


def pops_up(server, command):
    """Runs a screen pop over a connection that breaks while somebody calls."""
    wire, calls = Wire(server.address("http")), Calls(server.address("http"))
    environment = dict(os.environ, PYTHONPATH=str(ROOT / "clients/python"))
    program = subprocess.Popen([*command, f"http://{wire.address[0]}:{wire.address[1]}", "202"],
                               stdout=subprocess.PIPE, text=True, env=environment)
    try:
        wait_for("it monitors", 10, lambda: re.search(r"screen-pop .* UP +202 ", server.cli("show cti session")))
        calls.one()
        expect("line", program.stdout.readline(), "201 calls 202\n")
        wire.cut()
        calls.one()
        expect("line after the break", program.stdout.readline(), "201 calls 202\n")
    finally:
        program.kill()
        program.wait()
        program.stdout.close()
        wire.close()
        calls.client.close()


def python_screen_pop(server, _):
    """The screen pop in Python shows who calls, also while its connection is broken"""
    pops_up(server, [sys.executable, ROOT / "clients/python/examples/screen_pop.py"])


def rust_screen_pop(server, _):
    """The screen pop in Rust shows who calls, also while its connection is broken"""
    pops_up(server, [pathlib.Path(server.binary).parent / "examples/screen_pop"])


def typescript_screen_pop(server, _):
    """The screen pop in TypeScript shows who calls, also while its connection is broken"""
    said = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout
    version = int(said.lstrip("v").split(".")[0])
    if version < 20:
        raise Failed(f"the TypeScript client needs Node.js 20 or newer, here is {said.strip()}")
    folder = pathlib.Path(tempfile.mkdtemp(prefix="hookflash-typescript-"))
    shutil.copytree(ROOT / "clients/typescript", folder, dirs_exist_ok=True)
    for command in (["npm", "install", "--no-audit", "--no-fund"], ["npx", "tsc"]):
        subprocess.run(command, cwd=folder, check=True, timeout=180, stdout=subprocess.DEVNULL)
    flags = ["--experimental-websocket"] if version < 22 else []
    nobody_there = ('import { Client, ConnectionLost } from "./dist/src/index.js";'
                    'Client.connect("http://127.0.0.1:1", () => {}).then(() => process.exit(3), (error) => '
                    "process.exit(error instanceof ConnectionLost ? 0 : 4));")
    done = subprocess.run(["node", *flags, "--input-type=module", "-e", nobody_there], cwd=folder, timeout=20, check=False)
    expect("what a client says where nobody listens", done.returncode, 0)
    pops_up(server, ["node", *flags, folder / "dist/examples/screen_pop.js"])
    shutil.rmtree(folder)


DOORS = """\
 csta tls port 0
voice register global
 mode cme
 source-address 127.0.0.1 port 0
sip-ua
 transport tcp tls
ephone-dn 3 dual-line
 number 203
 cti watch
ephone 3
 mac-address 0200.0000.0203
 type 7960
 button 1:3
"""


def every_door(server, _):
    """The same calls through every door: the same events, with the same identifiers, in the same order"""
    with Phones(server.binary, server.addresses["sccp"], ["SEP020000000203"], server.data):
        wait_for("phones registered", 20, lambda: server.cli("show ephone registered").count("REGISTERED in SCCP") == 3)
        count, events = doors.run(server, receiver())
    print(f"      {count} doors, {events} events at each")


def office(binary, logs, name, manager, checks, reconnects):
    data = logs / name
    data.mkdir(parents=True, exist_ok=True)
    config = data / "office.cfg"
    config.write_text(CONFIG.format(manager=manager))
    with (Server(binary, config, "127.0.0.1", data) as server,
          Phones(binary, server.addresses["sccp"], PHONES, data)):
        wait_for("phones registered", 20, lambda: server.cli(
            "show ephone registered").count("REGISTERED in SCCP") == 2)
        for check in checks:
            check(server, reconnects)
            print(f"PASS  sessions: {check.__doc__}")


def restart(binary, logs):
    """Sessions survive a server that is killed, with their monitors and events"""
    data = logs / "restart"
    data.mkdir(parents=True, exist_ok=True)
    config = data / "office.cfg"
    config.write_text(CONFIG.format(manager=""))
    registered = lambda server: wait_for("phones registered", 20, lambda: server.cli(  # noqa: E731
        "show ephone registered").count("REGISTERED in SCCP") == 2)
    server = Server(binary, config, "127.0.0.1", data)
    try:
        with Phones(binary, server.addresses["sccp"], PHONES, data):
            registered(server)
            watchers = [JsonWatcher(server.address("http")), XmlWatcher(server.address("csta"))]
            calls = Calls(server.address("http"))
            calls.one()
            for watcher in watchers:
                watcher.listen(1)
    finally:
        server.process.kill()
        server.process.wait()
    for watcher in watchers:
        watcher.known = watcher.seen
        watcher.seen = watcher.seen[:3]
        watcher.cut()
    text = config.read_text()
    for service, old in (("csta", "csta tcp port 0"), ("http", "http port 0")):
        text = text.replace(old, old[:-1] + str(server.address(service)[1]))
    config.write_text(text)
    with (Server(binary, config, "127.0.0.1", data) as server,
          Phones(binary, server.addresses["sccp"], PHONES, data)):
        registered(server)
        for watcher in watchers:
            watcher.connect()
            watcher.listen(0.5)
            expect("the same events", watcher.seen[:len(watcher.known)], watcher.known)
            later = {name for _, name, _ in watcher.seen[len(watcher.known):]}
            if not later <= {"OutOfServiceEvent", "BackInServiceEvent"}:
                raise Failed(f"events of calls that are gone: {later}")
            expect("gaps", watcher.gaps, [])
        Calls(server.address("http")).one()
        for watcher in watchers:
            before = len(watcher.seen)
            watcher.listen(1)
            if len(watcher.seen) < before + 8:
                raise Failed(f"only {len(watcher.seen) - before} events of the next call")
    print(f"PASS  sessions: {restart.__doc__}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", required=True, type=pathlib.Path)
    parser.add_argument("--logs", type=pathlib.Path)
    parser.add_argument("--reconnects", type=int, default=500)
    arguments = parser.parse_args()
    logs = arguments.logs or pathlib.Path(tempfile.mkdtemp(prefix="hookflash-sessions-"))
    binary = str(arguments.binary.resolve())
    try:
        office(binary, logs, "journal", "", [every_event_once], arguments.reconnects)
        office(binary, logs, "web", " webhook retry 1 1\n", [server_sent_events, webhooks], arguments.reconnects)
        office(binary, logs, "clients", "", [python_client, python_screen_pop, rust_screen_pop, typescript_screen_pop],
               arguments.reconnects)
        office(binary, logs, "doors", DOORS, [every_door], arguments.reconnects)
        restart(binary, logs)
        office(binary, logs, "small", " journal maximum 2\n", [too_late], arguments.reconnects)
    except (Failed, AssertionError, Refused, Closed, OSError, subprocess.SubprocessError) as failure:
        print(f"FAIL  sessions: {failure!r} (logs in {logs})")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
