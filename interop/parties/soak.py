"""Random keys and requests: what an application learns from events is what snapshots say, and nothing is left over."""

import random

from apps import error, require, text_of
from cases import pause
from office import scene
from phone import frame, sccp
from sipmsg import child, local_name

WATCHED = ("201", "202", "203", "204")
NUMBERS = (*WATCHED, "205", "210", "801", "999")
KEYS = ("Answer", "EndCall", "Hold", "Resume", "Trnsfer", "Confrn", "Park", "NewCall")
SERVICES = ("AnswerCall", "ClearConnection", "HoldCall", "RetrieveCall", "ConsultationCall", "TransferCall",
            "ConferenceCall", "DeflectCall", "ParkCall")
FITTING = {
    "alerting": ("AnswerCall", "AnswerCall", "AnswerCall", "DeflectCall"),
    "connected": ("HoldCall", "ConsultationCall", "ConsultationCall", "ParkCall", "ClearConnection"),
    "hold": ("RetrieveCall", "ClearConnection"),
}
STEPS = 150


class Belief:
    """The connections of each watched device, as its monitor's events tell."""

    def __init__(self, app):
        self.app, self.seen = app, {reference: 0 for reference in app.monitors}
        self.states = {device: {} for device in app.monitors.values()}

    def learn(self):
        for reference, device in self.app.monitors.items():
            roots = self.app.told(reference)
            for root in roots[self.seen[reference]:]:
                self.take(self.states[device], root)
            self.seen[reference] = len(roots)

    def take(self, states, root):
        name, lcs = local_name(root).replace("Event", ""), text_of(root, "localConnectionInfo")
        if lcs is None:
            return
        if name in ("Transfered", "Conferenced"):
            for old in ("primaryOldCall", "secondaryOldCall"):
                states.pop(text_of(root, old, "callID"), None)
            members = child(root, "transferredConnections" if name == "Transfered" else "conferenceConnections")
            call = text_of(members[0], "newConnection", "callID")
        else:
            call = next(text_of(element, "callID") for element in root if child(element, "callID") is not None)
        if lcs == "null":
            states.pop(call, None)
        else:
            states[call] = lcs

    def check(self, step):
        """Events come before the answer to a snapshot, so both must agree; a timer may go off after it, once."""
        for device in WATCHED:
            found = self.snapshot(device)
            if found != self.states[device]:
                found = self.snapshot(device)
            require(found == self.states[device],
                    f"step {step}: {device}: the snapshot says {found}, events said {self.states[device]}")

    def snapshot(self, device):
        """The connections of a device by its snapshot, after which all events before it are known."""
        answer = self.app.expect("SnapshotDevice", f"<snapshotObject>{self.app.number(device)}</snapshotObject>")
        self.learn()
        data = child(answer, "crossRefIDorSnapshotData", "snapshotData")
        found, twice = {}, set()
        for entry in [] if data is None else data:
            state = next(e.text.strip() for e in child(entry, "localCallState").iter() if e.text and e.text.strip())
            call = text_of(entry, "connectionIdentifier", "callID")
            twice |= {call} & set(found)
            found[call] = state
        for call in twice:  # the device calls itself: local states of events mean one of its two connections
            self.states[device][call] = found[call]
        return found


def request_something(app, belief, chance):
    """A service on a random connection, sometimes on one that does not fit."""
    device = chance.choice(WATCHED)
    calls = list(belief.states[device])
    if not calls or chance.random() < 0.2:
        return app.request("MakeCall", f"<callingDevice>{app.number(device)}</callingDevice><calledDirectoryNumber>"
                           f"{app.number(chance.choice(NUMBERS))}</calledDirectoryNumber>"
                           "<autoOriginate>doNotPrompt</autoOriginate>")
    service, call, other = something_that_fits(belief.states[device], chance)
    if chance.random() < 0.3:
        service, call, other = chance.choice(SERVICES), chance.choice(calls), chance.choice(calls)
    to = app.number(chance.choice(NUMBERS))
    one = lambda element: app.connection(element, call, device)  # noqa: E731
    inner = {
        "AnswerCall": one("callToBeAnswered"), "ClearConnection": one("connectionToBeCleared"),
        "HoldCall": one("callToBeHeld"), "RetrieveCall": one("callToBeRetrieved"),
        "ConsultationCall": one("existingCall") + f"<consultedDevice>{to}</consultedDevice>",
        "TransferCall": app.pair((call, device), (other, device)),
        "ConferenceCall": app.pair((call, device), (other, device)),
        "DeflectCall": one("callToBeDiverted") + f"<newDestination>{to}</newDestination>",
        "ParkCall": one("parking"),
    }[service]
    return app.request(service, inner)


def something_that_fits(states, chance):
    """A service, its call, and a second one for those that join two."""
    calls = list(states)
    held = [call for call in calls if states[call] == "hold"]
    active = [call for call in calls if states[call] == "connected"]
    if held and active and chance.random() < 0.6:
        return chance.choice(["TransferCall", "ConferenceCall"]), chance.choice(held), chance.choice(active)
    call = chance.choice(calls)
    return chance.choice(FITTING.get(states[call], ("ClearConnection",))), call, call


def press_something(phone, chance):
    """A random key for a random call of a phone, a number, or the handset."""
    phone.poll(0)
    call = chance.choice([0, *phone.named])
    kind = chance.randrange(10)
    if kind < 2:
        phone.send(frame(sccp.OFF_HOOK))
    elif kind < 3:
        phone.send(frame(sccp.ON_HOOK))
    elif kind < 5:
        phone.type(chance.choice(NUMBERS), call)
    else:
        outlive = ("CFwdAll", "DND")  # the scene
        offered = [label for label in phone.offered(call) if label not in outlive]
        label = chance.choice(offered or KEYS)
        phone.soft_key(phone.event(label), phone.lines.get(call, 1), call)


def soak(office, seed, steps=STEPS):
    """Random steps; events and snapshots agree after each, and everybody is idle at the end."""
    chance = random.Random(seed)
    phones = office.all(201, 202, 203, 204, 205, 210, 211)
    app = office.app()
    for device in WATCHED:
        app.monitor(device)
    belief = Belief(app)
    errors = {}
    for step in range(steps):
        if chance.random() < 0.5:
            press_something(chance.choice(phones), chance)
        else:
            answer = request_something(app, belief, chance)
            errors[error(answer)] = errors.get(error(answer), 0) + 1
        belief.check(f"{seed}/{step}")
        for phone in phones:
            phone.poll(0)
    for _ in range(30):
        for phone in phones:
            for call in list(phone.named):
                phone.soft_key(phone.event("EndCall"), phone.lines.get(call, 1), call)
        pause(office, 0.05)
        if not any(phone.named for phone in phones):
            break
    office.until(lambda: not any(phone.named for phone in phones), "all phones idle", 10)
    for device in WATCHED:
        for call in list(belief.states[device]):
            app.request("ClearConnection", app.connection("connectionToBeCleared", call, device))
    belief.check("the end")
    require(not any(belief.states.values()), f"connections are left: {belief.states}")
    return errors


@scene("sip-ed3", "tcp-ed6")
def random_steps(office):
    """Random keys and requests: events and snapshots agree after each, and nothing is left over."""
    soak(office, 1 if office.kind == "sip-ed3" else 2)
