"""Random acts of users and an application: after each, what applications are told of SIP phones is what the phones know."""

import os
import random
import time

from apps import error, require
from scenes import scene
from signalling import answers

NUMBERS = ("301", "302", "303")
LIVE = ("calling", "ringback", "ringing", "answered", "connected")


class Soak:
    """Three SIP phones, an SCCP phone and an application."""

    def __init__(self, office, seed):
        self.office, self.chance, self.app = office, random.Random(seed), office.app()
        self.sip = {number: office.sip(number, talk=True) for number in NUMBERS}
        self.bob = office.phone(202)
        for number in (*NUMBERS, "202"):
            self.app.monitor(number)
        self.done, self.referred = [], []

    def live(self, number):
        return [call for call in self.sip[number].calls.values() if call.state in LIVE]

    def calm(self):
        """Waits until nothing is under way."""
        end, last = time.monotonic() + 8, None
        while time.monotonic() < end:
            self.office.until(lambda: True, "polled")
            time.sleep(0.03)
            now = [(call.call_id, call.state, len(call.requests), len(call.answers)) for number in NUMBERS
                   for call in self.live(number)] + [sorted(self.bob.named.values())]
            if now == last and not any(call.state in ("calling", "answered") for number in NUMBERS for call in self.live(number)):
                return
            last = now
        raise AssertionError

    # What users do

    def dial(self, number):
        if len(self.live(number)) < 2:
            self.sip[number].call(self.chance.choice([other for other in (*NUMBERS, "202", "999") if other != number]))

    def answer(self, number):
        for call in self.live(number):
            if call.state == "ringing":
                return call.answer()

    def decline(self, number):
        for call in self.live(number):
            if call.state == "ringing":
                call.state = "refused"
                return call.respond(self.chance.choice((486, 603, 480)), "No")

    def hang_up(self, number):
        for call in self.live(number):
            if call.state == "connected":
                return call.bye()
            if call.state == "ringback":
                return call.cancel()

    def hold(self, number):
        for call in self.live(number):
            if call.state == "connected":
                call.hold(self.chance.choice(("sendonly", "inactive")))
                return self.office.until(lambda: answers(call, "INVITE"), "hold is answered")

    def resume(self, number):
        for call in self.live(number):
            if call.state == "connected":
                call.resume()
                return self.office.until(lambda: answers(call, "INVITE"), "resume is answered")

    def transfer(self, number):
        for call in self.live(number):
            if call.state == "connected" and call not in self.referred:
                self.referred.append(call)
                return call.refer(self.chance.choice([other for other in (*NUMBERS, "202", "999") if other != number]))

    def bob_acts(self, _):
        bob = self.bob
        for state in ("ringin", "connected", "hold", "ringout", "busy", "congestion"):
            if bob.call(state):
                keys = [key for key in bob.offered(bob.call(state)) if key in ("Answer", "EndCall", "Hold", "Resume")]
                if keys:
                    return bob.soft_key(bob.event(self.chance.choice(keys)), bob.lines.get(bob.call(state), 1), bob.call(state))

    # What the application does

    def service(self, number):
        lines = self.app.snapshot(number)
        if not lines:
            return None
        name = self.chance.choice(lines).split("/")[0]
        service = self.chance.choice(("AnswerCall", "HoldCall", "RetrieveCall", "ClearConnection", "DeflectCall"))
        element = {"AnswerCall": "callToBeAnswered", "HoldCall": "callToBeHeld", "RetrieveCall": "callToBeRetrieved",
                   "ClearConnection": "connectionToBeCleared", "DeflectCall": "callToBeDiverted"}[service]
        more = f"<newDestination>{self.chance.choice(NUMBERS)}</newDestination>" if service == "DeflectCall" else ""
        answer = self.app.request(service, self.app.connection(element, name, number) + more)
        return f"{service} {name}: {error(answer)}"

    def make(self, number):
        called = self.chance.choice([other for other in (*NUMBERS, "202") if other != number])
        return error(self.app.request("MakeCall", f"<callingDevice>{number}</callingDevice><calledDirectoryNumber>{called}"
                                      "</calledDirectoryNumber><autoOriginate>doNotPrompt</autoOriginate>"))

    def step(self):
        act = self.chance.choice((self.dial, self.dial, self.answer, self.answer, self.decline, self.hang_up, self.hold, self.resume,
                                  self.transfer, self.bob_acts, self.bob_acts, self.service, self.service, self.make))
        number = self.chance.choice(NUMBERS)
        self.done.append(f"{act.__name__} {number} {act(number) or ''}")

    def compare(self):
        """Each phone has as many calls as it is said to have, and they ring where they are said to."""
        def states(number):
            lines = self.app.snapshot(number)
            words = [next((word for word in line.split() if word in
                           ("alerting", "connected", "hold", "initiated", "fail", "queued")), "?") for line in lines]
            return sorted("alerting" if word == "alerting" else "own" for word in words), lines

        def right():
            wrong = []
            for number in NUMBERS:
                told, lines = states(number)
                live = self.live(number)
                rings = sum(call.state == "ringing" for call in live)
                # Who has transferred a call keeps its dialog until the target has answered.
                gone = sum(call in self.referred for call in live)
                own = len(live) - rings
                if told.count("alerting") != rings or not own - gone <= told.count("own") <= own:
                    wrong.append(f"{number}: told {lines}, the phone has {[call.state for call in self.live(number)]}")
            return wrong
        end = time.monotonic() + 4
        while right():
            if time.monotonic() > end:
                raise self.failed(right())
            self.office.until(lambda: True, "polled")
            time.sleep(0.1)

    def failed(self, wrong):
        from server import Failed
        return Failed("\n      ".join([*wrong, "after:", *self.done[-12:]]))


@scene
def random_acts(office):
    """Random acts of SIP and SCCP users and an application: snapshots and phones agree after each, and nothing is left."""
    soak = Soak(office, int(os.environ.get("SEED", "11")))
    for _ in range(int(os.environ.get("ACTS", "60"))):
        soak.step()
        try:
            soak.calm()
        except AssertionError:
            raise soak.failed(["it does not come to rest"]) from None
        soak.compare()
    for number in NUMBERS:
        for line in soak.app.snapshot(number):
            soak.app.request("ClearConnection", soak.app.connection("connectionToBeCleared", line.split("/")[0], number))
    office.until(lambda: not any(soak.live(number) for number in NUMBERS), "all phones are idle", 8)
    require(soak.done, "nothing was done")
