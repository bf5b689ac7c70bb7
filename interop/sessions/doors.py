"""The same calls through every door: each is asked for the services in turn, and all must tell the same events.

A door is how an application reaches the switch: uaCSTA over UDP, TCP and TLS, CSTA over TCP and TLS, JSON over WebSocket,
and REST with server-sent events and webhooks.
"""

import base64
import http.client
import importlib.util
import itertools
import json
import pathlib
import ssl
import sys
import threading
import time
import xml.etree.ElementTree as ElementTree

HERE = pathlib.Path(__file__).resolve().parent
for _part in ("lib", "uacsta"):
    sys.path.append(str(HERE.parent / _part))
from json_schema import faults, references, resolve  # noqa: E402
from server import Failed  # noqa: E402
from session import Dialog, Transport  # noqa: E402
from sipmsg import local_name, xml_root  # noqa: E402
from tls import TlsConnection  # noqa: E402
from websocket import Rpc  # noqa: E402

_spec = importlib.util.spec_from_file_location("csta_tcp", HERE.parent / "csta-tcp" / "client.py")
csta_tcp = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(csta_tcp)

DEVICES = ("201", "202", "203")
NUMBERED = ("callID", "globallyUniqueCallLinkageID")
UNTOLD = ("monitorCrossRefID", "Sequence", "seq")
WITHIN = 15
TLS = ssl.create_default_context()
TLS.check_hostname, TLS.verify_mode = False, ssl.CERT_NONE


def leaves(element):
    """The members of an event in XML that hold a value, as pairs of name and value: as they are in JSON, where a device is a
    text and an empty element is true."""
    for part in element:
        name = local_name(part)
        if len(part):
            yield from leaves(part)
        else:
            is_device = name == "deviceIdentifier" or (name == "deviceID" and len(element) == 1)
            yield local_name(element) if is_device else name, (part.text or "").strip() or "true"
        yield from part.attrib.items()


def members(name, value):
    """The same of an event in JSON."""
    if isinstance(value, dict):
        for inner, one in value.items():
            yield from members(inner, one)
    elif isinstance(value, list):
        for one in value:
            yield from members(name, one)
    else:
        yield name, str(value).lower() if isinstance(value, bool) else str(value)


def told(name, pairs):
    """An event, whichever way it came."""
    return name, tuple(sorted(pair for pair in pairs if pair[0] not in UNTOLD))


def xml_event(root):
    return told(local_name(root), leaves(root))


def json_event(name, params):
    return told(name, members(name, params))


def xml_of(params):
    """Parameters of a service, written as XML."""
    def one(name, value):
        return f"<{name}>{xml_of(value) if isinstance(value, dict) else value}</{name}>"
    return "".join(one(name, value) for name, value in params.items())


def call_of(answer):
    """The call that a response in XML names first."""
    return next(((part.text or "").strip() for part in answer.iter() if local_name(part) == "callID"), None)


class UaCsta:
    """uaCSTA over one transport."""

    def __init__(self, server, kind):
        self.name = f"uaCSTA over {kind.upper()}"
        target = server.address("sips" if kind == "tls" else "sip")
        self.transport = Transport(target, kind, WITHIN, tls=TLS if kind == "tls" else None)
        self.dialog = Dialog(self.transport, "201")
        self.dialog.invite(self.dialog.body("RequestSystemStatus"))
        for device in DEVICES:
            self.dialog.monitor(device)

    def serve(self, service, params):
        return call_of(self.dialog.expect(service, xml_of(params)))

    def events(self, count):
        self.transport.wait(lambda: len(self.dialog.events) >= count)
        return [xml_event(xml_root(event.body)) for event in self.dialog.events]

    def close(self):
        self.transport.close()


class Tcp:
    """CSTA over TCP or TLS."""

    def __init__(self, server, service):
        self.name = "CSTA over " + ("TLS" if service == "csta-tls" else "TCP")
        self.connection = csta_tcp.Connection(server.address(service), WITHIN, [])
        if service == "csta-tls":
            self.connection.socket = TlsConnection(self.connection.socket, TLS, server_hostname="127.0.0.1")
        self.connection.start()
        for device in DEVICES:
            self.serve("MonitorStart", {"monitorObject": {"deviceObject": device}})

    def serve(self, service, params):
        return call_of(self.connection.expect(service, xml_of(params)))

    def frames(self):
        return [root for invoke, root in self.connection.frames if invoke == csta_tcp.EVENT]

    def events(self, count):
        self.connection.wait(lambda: len(self.frames()) >= count)
        return [xml_event(root) for root in self.frames()]

    def close(self):
        self.connection.socket.close()


class Json:
    """JSON over WebSocket."""

    name = "JSON over WebSocket"

    def __init__(self, server):
        self.rpc = Noted(server.address("http"))
        self.rpc.call("StartApplicationSession", applicationID="doors")
        for device in DEVICES:
            self.rpc.call("MonitorStart", monitorObject={"deviceObject": device})

    def serve(self, service, params):
        return next((value for name, value in members("", self.rpc.call(service, **params)) if name == "callID"), None)

    def events(self, count):
        self.rpc.call("RequestSystemStatus")  # events come in order with answers
        if len(self.rpc.notifications) < count:
            self.rpc.wait_for(lambda _: len(self.rpc.notifications) >= count)
        return [json_event(one["method"], one["params"]) for one in self.rpc.notifications]

    def close(self):
        self.rpc.close()


class Rest:
    """REST for services, with events of a stream or of a webhook."""

    ACTIONS = {
        "AnswerCall": ("answer", "callToBeAnswered"), "HoldCall": ("hold", "callToBeHeld"),
        "RetrieveCall": ("retrieve", "callToBeRetrieved"), "ClearConnection": ("clear", "connectionToBeCleared"),
        "SingleStepTransferCall": ("transfer", "activeCall"),
    }

    def __init__(self, server):
        self.address, self.seen, self.more = server.address("http"), [], threading.Condition()

    def request(self, method, path, body=None):
        connection = http.client.HTTPConnection(*self.address, timeout=WITHIN)
        connection.request(method, f"/api/v1{path}", json.dumps(body) if body else None)
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        if answer.status // 100 != 2:
            raise Failed(f"{method} {path}: {answer.status} {text.decode()}")
        return json.loads(text) if text else {}

    def serve(self, service, params):
        if service == "MakeCall":
            answer = self.request("POST", "/calls", params)
        else:
            action, argument = self.ACTIONS[service]
            connection = params[argument]
            body = {name: value for name, value in params.items() if name != argument}
            path = f"/calls/{connection['callID']}/connections/{connection['deviceID']}/{action}"
            answer = self.request("POST", path, body)
        return next((value for name, value in members("", answer) if name == "callID"), None)

    def add(self, name, data):
        with self.more:
            self.seen.append(json_event(name, data))
            self.more.notify()

    def events(self, count):
        with self.more:
            self.more.wait_for(lambda: len(self.seen) >= count, WITHIN)
            return list(self.seen)


class Stream(Rest):
    """Server-sent events."""

    name = "server-sent events"

    def __init__(self, server):
        super().__init__(server)
        self.connection = http.client.HTTPConnection(*self.address, timeout=WITHIN)
        self.connection.request("GET", "/api/v1/events")
        self.response = self.connection.getresponse()
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        fields = {}
        try:
            while line := self.response.readline():
                name, _, value = line.decode().rstrip("\n").partition(": ")
                fields[name] = value
                if not name and "event" in fields:
                    self.add(fields["event"], json.loads(fields["data"]))
                    fields = {}
        except (OSError, ValueError, AttributeError):
            pass  # closed

    def close(self):
        self.connection.sock.close()


class Webhook(Rest):
    """Webhooks; `receiver` is a server that keeps what is posted in `taken`."""

    name = "webhook"

    def __init__(self, server, receiver):
        super().__init__(server)
        self.receiver = receiver
        made = self.request("POST", "/webhooks", {"url": f"http://127.0.0.1:{receiver.server_port}/doors"})
        self.id, receiver.key = made["id"], base64.b64decode(made["secret"].removeprefix("whsec_"))

    def events(self, count):
        end = time.monotonic() + WITHIN
        while len(self.receiver.taken) < count and time.monotonic() < end:
            time.sleep(0.02)
        if not all(right for _, _, right, _ in self.receiver.taken):
            raise Failed("a signature is wrong")
        return [json_event(body["event"] if "event" in body else body["type"], body["data"])
                for *_, body in self.receiver.taken]

    def close(self):
        self.request("DELETE", f"/webhooks/{self.id}")
        self.receiver.shutdown()


def at(call, device):
    return {"callID": call, "deviceID": device}


def common(door):
    """Calls that every door can ask for: answered, held, retrieved, passed on, and one that nobody answers."""
    call = door.serve("MakeCall", {"callingDevice": "201", "calledDirectoryNumber": "202", "autoOriginate": "doNotPrompt"})
    door.serve("AnswerCall", {"callToBeAnswered": at(call, "202")})
    door.serve("HoldCall", {"callToBeHeld": at(call, "201")})
    door.serve("RetrieveCall", {"callToBeRetrieved": at(call, "201")})
    call = door.serve("SingleStepTransferCall", {"activeCall": at(call, "201"), "transferredTo": "203"}) or call
    door.serve("AnswerCall", {"callToBeAnswered": at(call, "203")})
    door.serve("ClearConnection", {"connectionToBeCleared": at(call, "203")})
    call = door.serve("MakeCall", {"callingDevice": "202", "calledDirectoryNumber": "201", "autoOriginate": "doNotPrompt"})
    door.serve("ClearConnection", {"connectionToBeCleared": at(call, "202")})


def of_sessions(door):
    """Calls for doors with sessions: consultation, transfer and conference, with data of the application."""
    for joined in ("TransferCall", "ConferenceCall"):
        first = door.serve("MakeCall", {
            "callingDevice": "201", "calledDirectoryNumber": "202", "autoOriginate": "doNotPrompt", "correlatorData": {"string": "0a0b"}})
        door.serve("AnswerCall", {"callToBeAnswered": at(first, "202")})
        second = door.serve("ConsultationCall", {"existingCall": at(first, "201"), "consultedDevice": "203"})
        door.serve("AnswerCall", {"callToBeAnswered": at(second, "203")})
        call = door.serve(joined, {"heldCall": at(first, "201"), "activeCall": at(second, "201")})
        door.serve("ClearCall", {"callToBeCleared": at(call, "203")})


def renumbered(events):
    """Events with the calls numbered in the order in which they appear."""
    order = {}

    def one(name, value):
        return (name, str(order.setdefault((name, value), len(order)))) if name in NUMBERED else (name, value)

    return [(name, tuple(sorted(one(*pair) for pair in pairs))) for name, pairs in events]


def difference(one, other):
    """The first place where two lists differ."""
    for place, (left, right) in enumerate(itertools.zip_longest(one, other)):
        if left != right:
            left, right = left or ("nothing", ()), right or ("nothing", ())
            return (f"event {place + 1}: {left[0]} {sorted(set(left[1]) - set(right[1]))} and "
                    f"{right[0]} {sorted(set(right[1]) - set(left[1]))}")
    return None


def described(server, rpc):
    """Every message of a connection, answers included, is as /asyncapi.json says."""
    connection = http.client.HTTPConnection(*server.address("http"), timeout=WITHIN)
    connection.request("GET", "/asyncapi.json")
    document = json.loads(connection.getresponse().read())
    connection.close()
    for reference in references(document):
        resolve(document, reference)
    schemas = document["components"]["schemas"]
    for name, value in [(one["method"], one["params"]) for one in rpc.notifications] + rpc.answers:
        if wrong := faults(document, schemas[name], value, name):
            raise Failed(f"not as described: {wrong[0]}")
    for name, value in rpc.asked:
        if wrong := faults(document, document["components"]["messages"][name]["payload"], value, name):
            raise Failed(f"not as described: {wrong[0]}")


class Noted(Rpc):
    """Keeps its requests, and their results and refusals, each with the name of its schema."""

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.asked, self.answers = [], []

    def request(self, method, **params):
        answer = super().request(method, **params)
        self.asked.append((method, {"jsonrpc": "2.0", "id": self.last, "method": method, "params": params}))
        name = f"{method}Response" if "result" in answer else "Error"
        self.answers.append((name, answer.get("result", answer.get("error"))))
        return answer


def run(server, receiver):
    """Every door is asked for the calls, all doors watch; raises Failed where they tell different things."""
    doors = [Json(server), *(UaCsta(server, kind) for kind in ("udp", "tcp", "tls")), Tcp(server, "csta"),
             Tcp(server, "csta-tls"), Stream(server), Webhook(server, receiver)]
    try:
        told_to = {door.name: 0 for door in doors}
        stories = {}
        for door in doors:
            for story in (common,) if isinstance(door, Rest) else (common, of_sessions):
                story(door)
                count = len(doors[0].events(0))
                lists = {}
                for watcher in doors:
                    lists[watcher.name] = watcher.events(count)[told_to[watcher.name]:]
                    told_to[watcher.name] += len(lists[watcher.name])
                for name, events in lists.items():
                    if wrong := difference(lists[doors[0].name], events):
                        raise Failed(f"{story.__name__} through {door.name}: {doors[0].name} and {name} differ in {wrong}")
                events = renumbered(lists[doors[0].name])
                if wrong := difference(stories.setdefault(story, events), events):
                    raise Failed(f"{story.__name__} through {door.name} is not as through {doors[0].name}: {wrong}")
        for service, params in (("GetCSTAFeatures", {}), ("GetLogicalDeviceInformation", {"device": "201"}),
                                ("GetPhysicalDeviceInformation", {"device": "201"}), ("SnapshotDevice", {"snapshotObject": "201"}),
                                ("GetForwarding", {"device": "201"}), ("SnapshotDevice", {"snapshotObject": "999"})):
            doors[0].rpc.request(service, **params)
        described(server, doors[0].rpc)
        return len(doors), told_to[doors[0].name]
    finally:
        for door in doors:
            door.close()
