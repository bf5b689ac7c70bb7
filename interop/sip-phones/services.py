"""Scenes of services: each is told of SIP phones with the same events in the same order as of SCCP phones."""

import itertools
import re

from apps import require
from scenes import scene

ROLES = "ABC"
NUMBERS = {"K": ("201", "202", "204"), "S": ("301", "302", "303")}
# Protocols of the three phones, each compared with three SCCP phones.
KINDS = ("SSS", "SKS", "KSK", "SSK", "KKS")


class Cast:
    """Three phones of these protocols, and an application that monitors them."""

    def __init__(self, office, kinds):
        self.office, self.app, self.log, self.more, self.same = office, office.app(), [], (), {}
        self.numbers = {role: NUMBERS[kind][place] for place, (role, kind) in enumerate(zip(ROLES, kinds))}
        self.phones = {}
        for role, number in self.numbers.items():
            sip = number.startswith("3")
            self.phones[role] = office.sip(number, talk=True) if sip else office.phone(int(number))
        for number in self.numbers.values():
            self.app.monitor(number)
        self.app.forget()

    def named(self, text):
        for role, number in self.numbers.items():
            text = text.replace(number, role)
        return re.sub(r"\[([^]]*)\]", lambda list_: f"[{' '.join(sorted(list_.group(1).split()))}]", text)

    def note(self, count):
        """Notes what is told from here until so many events have come, and what follows at once."""
        app = self.app

        def news():
            return sum(len(app.told(reference)) - app.taken[reference] for reference in app.monitors)
        self.office.until(lambda: app.wait(lambda: news() >= count, 0.05) or news() >= count,
                          f"{count} events, not {news()}", 4)
        app.settle()
        lines = {}
        for reference, device in app.monitors.items():
            roots = app.told(reference)
            lines[self.named(device)] = [self.named(app.line(root)) for root in roots[app.taken[reference]:]]
            app.taken[reference] = len(roots)
        self.log.append({role: [self.same.get(line, line) for line in told if line not in self.more]
                         for role, told in lines.items()})

    def ask(self, count, service, *parts):
        self.app.expect(service, "".join(parts))
        self.note(count)

    def own(self, element, call, role):
        return self.app.connection(element, call, self.numbers[role])

    def device(self, element, role):
        return f"<{element}>{self.numbers.get(role, role)}</{element}>"

    def talk(self):
        """A calls B, who answers."""
        require(self.app.make_call(self.numbers["A"], self.numbers["B"]).startswith("c1/"), "MakeCall")
        self.note(4)
        self.ask(2, "AnswerCall", self.own("callToBeAnswered", "c1", "B"))

    def consult(self, answered=True):
        self.app.consult("c1", self.numbers["A"], self.numbers["C"])
        self.note(6)
        if answered:
            self.ask(2, "AnswerCall", self.own("callToBeAnswered", "c2", "C"))

    def end(self):
        """Notes the states, and ends what there is."""
        for role in ROLES:
            states = [self.named(line) for line in self.app.snapshot(self.numbers[role])]
            self.log.append({role: states})
        for role in ROLES:
            for line in self.app.snapshot(self.numbers[role]):
                self.app.expect("ClearConnection", self.own("connectionToBeCleared", line.split("/")[0], role))
        return self.log


def alternates(cast):
    """AlternateCall, ReconnectCall."""
    cast.talk()
    cast.consult()
    pair = cast.app.pair(("c1", cast.numbers["A"]), ("c2", cast.numbers["A"]))
    cast.ask(4, "AlternateCall", pair)
    cast.ask(4, "ReconnectCall", cast.own("activeCall", "c1", "A"), cast.own("heldCall", "c2", "A"))


def transfers(cast):
    """ConsultationCall, TransferCall."""
    cast.talk()
    cast.consult()
    cast.ask(3, "TransferCall", cast.app.pair(("c1", cast.numbers["A"]), ("c2", cast.numbers["A"])))
    cast.ask(3, "ClearConnection", cast.own("connectionToBeCleared", "c1", "B"))


def transfers_early(cast):
    """TransferCall while the third phone rings."""
    cast.talk()
    cast.consult(answered=False)
    cast.ask(3, "TransferCall", cast.app.pair(("c1", cast.numbers["A"]), ("c2", cast.numbers["A"])))
    cast.ask(2, "AnswerCall", cast.own("callToBeAnswered", "c1", "C"))


def transfers_in_one_step(cast):
    """SingleStepTransferCall."""
    cast.talk()
    cast.ask(3, "SingleStepTransferCall", cast.own("activeCall", "c1", "A"), cast.device("transferredTo", "C"))
    call = cast.app.snapshot(cast.numbers["C"])[0].split("/")[0]
    cast.ask(2, "AnswerCall", cast.own("callToBeAnswered", call, "C"))


def confers(cast):
    """ConferenceCall; one leaves."""
    cast.talk()
    cast.consult()
    cast.ask(3, "ConferenceCall", cast.app.pair(("c1", cast.numbers["A"]), ("c2", cast.numbers["A"])))
    cast.ask(3, "ClearConnection", cast.own("connectionToBeCleared", "c1", "C"))


def confers_in_one_step(cast):
    """SingleStepConferenceCall."""
    cast.talk()
    cast.ask(3, "SingleStepConferenceCall", cast.own("activeCall", "c1", "A"), cast.device("deviceToJoin", "C"))


def deflects(cast):
    """DeflectCall; the other phone answers."""
    cast.app.make_call(cast.numbers["A"], cast.numbers["B"])
    cast.note(4)
    cast.ask(4, "DeflectCall", cast.own("callToBeDiverted", "c1", "B"), cast.device("newDestination", "C"))
    cast.ask(2, "AnswerCall", cast.own("callToBeAnswered", "c1", "C"))


def picks_up(cast):
    """DirectedPickupCall; a SIP phone is called in place of the other one, which is Delivered too."""
    cast.app.make_call(cast.numbers["A"], cast.numbers["B"])
    cast.note(4)
    if cast.numbers["C"].startswith("3"):
        cast.more = ("Delivered c1/C connected callPickup", "Delivered c1/C alerting callPickup")
    cast.same = {"Diverted c1/B alerting callPickup": "Diverted c1/B connected callPickup"}
    cast.ask(6 if cast.more else 4, "DirectedPickupCall", cast.own("callToBePickedUp", "c1", "B"), cast.device("requestingDevice", "C"))


def holds(cast):
    """HoldCall and RetrieveCall at both ends, at once; ClearCall."""
    cast.talk()
    cast.ask(2, "HoldCall", cast.own("callToBeHeld", "c1", "A"))
    cast.ask(2, "HoldCall", cast.own("callToBeHeld", "c1", "B"))
    cast.ask(2, "RetrieveCall", cast.own("callToBeRetrieved", "c1", "A"))
    cast.ask(2, "RetrieveCall", cast.own("callToBeRetrieved", "c1", "B"))
    cast.ask(2, "ClearCall", cast.own("callToBeCleared", "c1", "A"))


def is_busy(cast):
    """MakeCall to a phone that declines as busy."""
    cast.app.expect("SetDoNotDisturb", f"<device>{cast.numbers['B']}</device><doNotDisturbOn>true</doNotDisturbOn>")
    cast.note(1)
    cast.app.make_call(cast.numbers["A"], cast.numbers["B"])
    cast.note(4)
    cast.app.expect("SetDoNotDisturb", f"<device>{cast.numbers['B']}</device><doNotDisturbOn>false</doNotDisturbOn>")
    cast.note(1)


def hangs_up_early(cast):
    """ClearConnection before anybody answers."""
    cast.app.make_call(cast.numbers["A"], cast.numbers["B"])
    cast.note(4)
    cast.ask(3, "ClearConnection", cast.own("connectionToBeCleared", "c1", "A"))


def parks(cast):
    """ParkCall, and the call comes back from the slot."""
    cast.talk()
    cast.ask(3, "ParkCall", cast.own("parking", "c1", "A"), cast.device("parkTo", "801"))


def ends(cast):
    """The two that talk hang up in turn."""
    cast.talk()
    cast.ask(3, "ClearConnection", cast.own("connectionToBeCleared", "c1", "A"))


STORIES = (alternates, transfers, transfers_early, transfers_in_one_step, confers, confers_in_one_step, deflects, picks_up,
           holds, is_busy, hangs_up_early, parks, ends)


def compared(story):
    def play(office):
        def run(kinds):
            cast = Cast(office, kinds)
            story(cast)
            log = cast.end()
            office.until(lambda: "no active GCID" in office.server.cli("show cti gcid"), f"{kinds}: calls gone", 6)
            for phone in cast.phones.values():
                if hasattr(phone, "calls") and hasattr(phone, "manner"):
                    phone.register(0)
                else:
                    office.phones.remove(phone)
                    phone.close()
            office.opened.remove(cast.app)
            cast.app.close()
            return log
        base = run("KKK")
        wrong = []
        for kinds in KINDS:
            log = run(kinds)
            for number, (own, other) in enumerate(itertools.zip_longest(base, log)):
                for role in sorted({*(own or {}), *(other or {})}):
                    if (own or {}).get(role) != (other or {}).get(role):
                        wrong.append(f"{kinds} step {number} at {role}: {(other or {}).get(role)}\n"
                                     f"          as SCCP: {(own or {}).get(role)}")
        require(not wrong, "\n      " + "\n      ".join(wrong))
    play.__name__ = f"same_events_{story.__name__}"
    play.__doc__ = f"As of SCCP phones: {story.__doc__}"
    return scene(play)


for one in STORIES:
    compared(one)
