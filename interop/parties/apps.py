"""Applications of both carriers behind one face: requests, errors, and the events of each monitor as text."""

import importlib.util
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
for part in ("lib", "uacsta", "hostile"):
    sys.path.insert(0, os.path.join(HERE, "..", part))
from server import Failed  # noqa: E402
from session import Dialog, Style, Transport  # noqa: E402
from sipmsg import child, local_name, namespace, text_of, xml_root  # noqa: E402

_spec = importlib.util.spec_from_file_location("csta_tcp", os.path.join(HERE, "..", "csta-tcp", "client.py"))
csta_tcp = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(csta_tcp)

ED3, ED6 = csta_tcp.ED3, csta_tcp.ED6
LIMIT = 5
CONNECTION = {
    "ServiceInitiated": "initiatedConnection", "DigitsDialed": "dialingConnection", "Originated": "originatedConnection", "Delivered": "connection",
    "Established": "establishedConnection", "Held": "heldConnection", "Retrieved": "retrievedConnection",
    "ConnectionCleared": "droppedConnection", "Diverted": "connection", "Queued": "queuedConnection", "Failed": "failedConnection",
}


def require(condition, text):
    if not condition:
        raise Failed(text)


def bare(device):
    """A number without the scheme that somebody wrote before it."""
    return (device or "-").replace("tel:", "").split("@")[0].replace("sip:", "")


class App:
    """One session of an application; it names calls c1, c2, ... in the order in which it hears of them."""

    def __init__(self, edition):
        self.edition = edition
        self.calls, self.monitors, self.taken = {}, {}, {}
        self.bodies = []

    def number(self, device):
        """How this application spells a number."""
        return device

    def request(self, root, inner):
        raise NotImplementedError

    def roots(self):
        raise NotImplementedError

    # Requests

    def expect(self, root, inner=""):
        answer = self.request(root, inner)
        require(local_name(answer) == f"{root}Response", f"{root}: {error(answer)}")
        require(namespace(answer) == self.edition, f"{root}: answered in {namespace(answer)}")
        return answer

    def refused(self, why, root, inner=""):
        """A request that must be refused with category/value; a list gives several that will do."""
        allowed = [why] if isinstance(why, str) else why
        answer = error(self.request(root, inner))
        require(answer in allowed, f"{root}: {answer}, expected {' or '.join(allowed)}")

    def connection(self, element, call, device):
        return f"<{element}><callID>{self.call_id(call)}</callID><deviceID>{self.number(device)}</deviceID></{element}>"

    def call_id(self, name):
        return next((identifier for identifier, known in self.calls.items() if known == name), name)

    def name(self, identifier):
        if identifier not in self.calls:
            self.calls[identifier] = f"c{len(self.calls) + 1}"
        return self.calls[identifier]

    def shown(self, connection):
        """A ConnectionID as text."""
        if connection is None:
            return "-"
        return f"{self.name(text_of(connection, 'callID'))}/{bare(text_of(connection, 'deviceID'))}"

    def monitor(self, device, spelling=None):
        answer = self.expect(
            "MonitorStart",
            f"<monitorObject><deviceObject>{spelling or self.number(device)}</deviceObject></monitorObject>")
        reference = text_of(answer, "monitorCrossRefID")
        self.monitors[reference] = device
        self.taken[reference] = 0
        return reference

    def make_call(self, calling, called):
        answer = self.expect(
            "MakeCall", f"<callingDevice>{self.number(calling)}</callingDevice><calledDirectoryNumber>"
            f"{self.number(called)}</calledDirectoryNumber><autoOriginate>doNotPrompt</autoOriginate>")
        return self.shown(child(answer, "callingDevice"))

    def act(self, service, call, device):
        """A service on one connection."""
        element = {"AnswerCall": "callToBeAnswered", "HoldCall": "callToBeHeld", "RetrieveCall": "callToBeRetrieved",
                   "ClearConnection": "connectionToBeCleared"}[service]
        self.expect(service, self.connection(element, call, device))

    def consult(self, call, device, called):
        answer = self.expect("ConsultationCall", self.consultation(call, device, called))
        return self.shown(child(answer, "initiatedCall"))

    def consultation(self, call, device, called):
        return self.connection("existingCall", call, device) + f"<consultedDevice>{self.number(called)}</consultedDevice>"

    def pair(self, held, active):
        return self.connection("heldCall", *held) + self.connection("activeCall", *active)

    def join(self, service, held, active):
        """TransferCall or ConferenceCall; returns the connection and the list that the response gives."""
        answer = self.expect(service, self.pair(held, active))
        result = child(answer, "transferredCall" if service == "TransferCall" else "conferenceCall")
        return f"{self.shown(result)} {self.listed(child(answer, 'connections'))}"

    def snapshot(self, device):
        """SnapshotDevice as text, sorted: connection, endpoint, and the states of its own and the other parties."""
        answer = self.expect("SnapshotDevice", f"<snapshotObject>{self.number(device)}</snapshotObject>")
        data = child(answer, "crossRefIDorSnapshotData", "snapshotData")
        found = []
        for entry in [] if data is None else data:
            states = child(entry, "localCallState")
            words = [element.text.strip() for element in states.iter() if element.text and element.text.strip()]
            endpoint = child(entry, "endpointDevice")
            other = "" if endpoint is None else " " + subject(endpoint)
            found.append(f"{self.shown(child(entry, 'connectionIdentifier'))}{other} {' '.join(words)}")
        return sorted(found)

    def expect_snapshot(self, device, *expected):
        require(self.snapshot(device) == sorted(expected),
                f"snapshot of {device}: {self.snapshot(device)}, expected {sorted(expected)}")

    # Events

    def listed(self, connections):
        """A connection list: new connections with their old ones."""
        items = []
        for item in [] if connections is None else connections:
            old = child(item, "oldConnection")
            items.append(self.shown(child(item, "newConnection")) + (f"<{self.shown(old)}" if old is not None else ""))
        return "[" + " ".join(sorted(items)) + "]"

    def told(self, reference):
        """All events of a monitor."""
        return [root for root in self.roots() if text_of(root, "monitorCrossRefID") == reference]

    def line(self, root):
        """An event in a line: name, connection, local state and cause."""
        name = local_name(root).replace("Event", "")
        lcs, cause = text_of(root, "localConnectionInfo") or "-", text_of(root, "cause") or "-"
        if name in ("Transfered", "Conferenced"):
            members = child(root, "transferredConnections" if name == "Transfered" else "conferenceConnections")
            second = child(root, "secondaryOldCall")
            pair = self.shown(child(root, "primaryOldCall")) + (f" {self.shown(second)}" if second is not None else "")
            return f"{name} {pair} {self.listed(members)} {lcs} {cause}"
        if name in CONNECTION:
            return f"{name} {self.shown(child(root, CONNECTION[name]))} {lcs} {cause}"
        return name

    def settle(self):
        """Waits for the events on their way: on a stream they come before the answer to what is asked after them."""
        self.request("RequestSystemStatus", "")

    def expect_events(self, expected):
        """Each monitored device's new events must be exactly these, in this order."""
        references = {device: reference for reference, device in self.monitors.items()}

        def complete():
            return all(len(self.told(references[device])) - self.taken[references[device]] >= len(lines)
                       for device, lines in expected.items())
        self.wait(complete)
        self.settle()
        wrong = []
        for reference, device in self.monitors.items():
            roots = self.told(reference)
            lines = [self.line(root) for root in roots[self.taken[reference]:]]
            self.taken[reference] = len(roots)
            if lines != expected.get(device, []):
                wrong.append(f"\n      at {device}: {lines}\n      expected {expected.get(device, [])}")
        require(not wrong, "events" + "".join(wrong))

    def last(self, device, name):
        """The newest event of that name of a device's monitor."""
        reference = next(reference for reference, known in self.monitors.items() if known == device)
        return next(root for root in reversed(self.told(reference)) if local_name(root) == f"{name}Event")

    def forget(self):
        """Takes the events so far as they are."""
        self.settle()
        for reference in self.monitors:
            self.taken[reference] = len(self.told(reference))


def subject(element):
    """A device in an event: its number, or what stands for it."""
    identifier = text_of(element, "deviceIdentifier")
    return bare(identifier) if identifier else local_name(element[0]) if len(element) else bare(element.text)


def error(answer):
    """What an answer says, an error as category/value."""
    if local_name(answer) != "CSTAErrorCode":
        return local_name(answer)
    return "/".join([local_name(answer[0]), (answer[0].text or "").strip()])


class SipApp(App):
    """A session of uaCSTA."""

    def __init__(self, office, line="201", kind="tcp", edition=ED3):
        super().__init__(edition)
        self.transport = Transport(office.server.address("sip"), kind, LIMIT)
        self.dialog = Dialog(self.transport, line, Style(edition=edition)).open()
        office.opened.append(self)

    def number(self, device):
        return f"tel:{device}"

    def request(self, root, inner):
        return self.dialog.service(root, inner)

    def roots(self):
        return [xml_root(event.body) for event in self.dialog.events if b"monitorCrossRefID" in event.body]

    def wait(self, condition, seconds=LIMIT):
        return self.transport.wait(condition, seconds)

    def settle(self):
        super().settle()
        while self.transport.kind == "udp" and self.transport.poll(0.2):
            pass  # datagrams keep no order, and the next event waits for the answer to the one before

    def close(self):
        self.bodies = [message.body for message in self.transport.arrived if message.body]
        if not self.transport.closed and not self.dialog.ended:
            self.dialog.close()
        self.transport.close()

    def abandon(self):
        """Forgets the session: its server is gone."""
        self.transport.close()


class TcpApp(App):
    """A session of CSTA over TCP."""

    def __init__(self, office, edition=ED3):
        super().__init__(edition)
        self.link = csta_tcp.Connection(office.server.address("csta"), LIMIT, self.bodies)
        self.link.start(versions=(edition,))
        office.opened.append(self)

    def request(self, root, inner):
        return self.link.answer(self.link.request(root, inner))

    def roots(self):
        return [root for invoke, root in self.link.frames if invoke == csta_tcp.EVENT]

    def wait(self, condition, seconds=LIMIT):
        return self.link.wait(condition, seconds)

    def close(self):
        if not self.link.closed:
            self.link.stop()
        self.link.socket.close()

    def abandon(self):
        """Forgets the session: its server is gone."""
        self.link.socket.close()
