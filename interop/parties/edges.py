"""Calls at the edge of the rules: numbers on several phones, forwarding, phones and applications that vanish."""

from apps import require
from cases import pause
from csta import NO_SUCH_PAIR, STATE, consult, talk, watched
from keys import consulted
from office import scene
from phone import frame, sccp

STREAMS = ("sip-ed3", "tcp-ed6")
OPERATION, RESOURCES = "operation/", "systemResourceAvailibility/"


@scene(*STREAMS)
def consult_a_busy_number(office):
    """The consulted number is busy: the consultation fails, is cleared, and the first call is retrieved."""
    app, (alice, bob, carol, dave) = watched(office)
    erin = office.phone(205)
    office.connect(erin, dave, "204")
    talk(app)
    app.consult("c1", "201", "205")
    app.expect_events({
        "201": ["Held c1/201 hold consultation", "ServiceInitiated c2/201 initiated consultation",
                "Originated c2/201 connected consultation", "Failed c2/205 connected busy"],
        "202": ["Held c1/201 connected consultation"]})
    app.refused([STATE + "invalidConnectionState", STATE + "invalidActiveConnectionState"],
                "TransferCall", app.pair(("c1", "201"), ("c2", "201")))
    app.refused([STATE + "invalidConnectionState", STATE + "invalidActiveConnectionState"],
                "ConferenceCall", app.pair(("c1", "201"), ("c2", "201")))
    app.act("ClearConnection", "c2", "201")
    app.act("RetrieveCall", "c1", "201")
    app.expect_events({
        "201": ["ConnectionCleared c2/201 null normalClearing", "Retrieved c1/201 connected normal"],
        "202": ["Retrieved c1/201 connected normal"]})
    office.see(alice, "connected")
    office.see(bob, "connected")


@scene(*STREAMS)
def consult_a_forwarded_number(office):
    """The consulted number is forwarded: the transfer joins with whom it was forwarded to."""
    app, (alice, bob, carol, dave) = watched(office)
    app.expect("SetForwarding", f"<device>{app.number('203')}</device><forwardingType>forwardImmediate</forwardingType>"
               f"<activateForward>true</activateForward><forwardDN>{app.number('204')}</forwardDN>")
    app.forget()
    talk(app)
    app.consult("c1", "201", "203")
    app.expect_events({
        "201": ["Held c1/201 hold consultation", "ServiceInitiated c2/201 initiated consultation",
                "Originated c2/201 connected consultation", "Diverted c2/203 connected callForwardImmediate",
                "Delivered c2/204 connected callForwardImmediate"],
        "202": ["Held c1/201 connected consultation"],
        "203": ["Diverted c2/203 null callForwardImmediate"]})
    app.join("TransferCall", ("c1", "201"), ("c2", "201"))
    office.see(alice)
    office.info(dave, "ringin", calling="202", calling_name="Bob")
    office.press(dave, "Answer", "ringin")
    office.see(dave, "connected")
    office.see(bob, "connected")
    office.info(bob, "connected", called="204", called_name="Dave")
    app.expect("SetForwarding", f"<device>{app.number('203')}</device><forwardingType>forwardImmediate</forwardingType>"
               "<activateForward>false</activateForward>")
    app.expect_snapshot("202", "c1/202 204 connected connected")


@scene(*STREAMS)
def transfer_to_a_number_of_three_phones(office):
    """A call is transferred to 210 while its first phone rings, and rolls on to the second, which answers."""
    one, two, _ = office.all(210, 211, 212)
    app, (alice, bob, _, _) = watched(office, "201", "202", "210")
    talk(app)
    app.consult("c1", "201", "210")
    office.until(lambda: one.call("ringin"), "the first phone rings")
    app.join("TransferCall", ("c1", "201"), ("c2", "201"))
    office.see(alice)
    office.info(one, "ringin", calling="202", calling_name="Bob")
    app.forget()
    office.press(one, "EndCall", "ringin")
    office.until(lambda: two.call("ringin"), "the second phone rings")
    office.info(two, "ringin", calling="202", calling_name="Bob")
    app.expect_events({})
    office.press(two, "Answer", "ringin")
    office.see(two, "connected")
    app.expect_events({"202": ["Established c1/210 connected newCall"], "210": ["Established c1/210 connected newCall"]})
    office.see(bob, "connected")


@scene(*STREAMS)
def conference_while_ringing(office):
    """ConferenceCall while the third rings: she joins with the answer."""
    app, (alice, bob, carol, _) = watched(office)
    talk(app)
    consult(app, answered=False)
    answer = app.request("ConferenceCall", app.pair(("c1", "201"), ("c2", "201")))
    require("ConferenceCallResponse" in answer.tag, f"ConferenceCall: {answer.tag}")
    app.forget()
    app.expect_snapshot("203", *app.snapshot("203"))
    require(app.snapshot("203")[0].split()[2] == "alerting", f"203: {app.snapshot('203')}")
    app.act("AnswerCall", "c1", "203")
    app.expect_events({number: ["Established c1/203 connected newCall"] for number in ("201", "202", "203")})
    for phone in (alice, bob, carol):
        office.see(phone, "connected")
    app.act("HoldCall", "c1", "202")
    app.expect_events({"201": ["Held c1/202 connected normal"], "202": ["Held c1/202 hold normal"],
                       "203": ["Held c1/202 connected normal"]})
    app.act("ClearConnection", "c1", "201")
    for phone in (alice, bob, carol):
        office.see(phone)


@scene(*STREAMS)
def clear_call_of_three(office):
    """ClearCall, if it is offered, ends a conference for all; else it is refused and changes nothing."""
    app, phones = watched(office)
    talk(app)
    consult(app)
    app.join("ConferenceCall", ("c1", "201"), ("c2", "201"))
    answer = app.request("ClearCall", app.connection("callToBeCleared", "c1", "201"))
    if "ClearCallResponse" in answer.tag:
        for phone in phones:
            office.see(phone)
    else:
        for phone in phones[:3]:
            office.see(phone, "connected")


@scene(*STREAMS)
def deflect_refusals(office):
    """What cannot be deflected stays as it is, and a deflected call may be deflected again."""
    app, (alice, bob, carol, dave) = watched(office)
    app.make_call("201", "202")
    office.until(lambda: bob.call("ringin"), "202 rings")

    def to(number, device="202"):
        return app.connection("callToBeDiverted", "c1", device) + f"<newDestination>{app.number(number)}</newDestination>"
    app.refused([OPERATION + "invalidDestinationDeviceID", OPERATION + "invalidDestination", OPERATION + "invalidDeviceID",
                 OPERATION + "requestIncompatibleWithDestinationDevice"], "DeflectCall", to("999"))
    app.refused([OPERATION + "invalidDestinationDeviceID", OPERATION + "invalidDestination", OPERATION + "notDifferentDevices",
                 OPERATION + "requestIncompatibleWithDestinationDevice"], "DeflectCall", to("202"))
    app.expect_snapshot("202", "c1/202 201 alerting connected")
    office.see(bob, "ringin")
    app.forget()
    app.expect("DeflectCall", to("203"))
    app.forget()
    app.expect("DeflectCall", to("204", "203"))
    app.expect_events({"201": ["Diverted c1/203 connected redirected", "Delivered c1/204 connected redirected"],
                       "203": ["Diverted c1/203 null redirected"]})
    office.press(dave, "Answer", "ringin")
    office.see(dave, "connected")
    app.refused(STATE + "invalidConnectionState", "DeflectCall", to("203", "204"))
    app.refused(OPERATION + "invalidConnectionID", "DeflectCall", to("203", "202"))
    office.see(alice, "connected")


@scene(*STREAMS)
def joined_twice(office):
    """A second transfer of the same calls is refused, and nothing is done twice."""
    app, (alice, bob, carol, _) = watched(office)
    talk(app)
    consult(app)
    app.join("TransferCall", ("c1", "201"), ("c2", "201"))
    app.refused(NO_SUCH_PAIR,
                "TransferCall", app.pair(("c1", "201"), ("c2", "201")))
    app.refused(NO_SUCH_PAIR,
                "ConferenceCall", app.pair(("c1", "201"), ("c2", "201")))
    office.see(bob, "connected")
    office.see(carol, "connected")


@scene("v11", "v17")
def consulting_phone_vanishes(office):
    """The phone that consults loses its connection and is back with both calls, and can transfer."""
    alice, bob, carol = consulted(office)
    bob.history.clear()
    carol.history.clear()
    alice.reset()
    pause(office, 0.3)
    again = office.phone(201)
    office.until(lambda: again.call("connected") and (again.call("hold") or again.call("transfer")), "both calls are back")
    require("onhook" not in [entry[2] for entry in bob.history + carol.history], f"{bob.history} {carol.history}")
    office.press(again, "Trnsfer", "connected")
    office.see(again)
    office.see(bob, "connected")
    office.see(carol, "connected")


@scene("v17")
def conference_phone_vanishes(office):
    """A member of a conference loses its connection and is back in it."""
    alice, bob, carol = consulted(office, key="Confrn")
    office.press(alice, "Confrn", "connected")
    for phone in (alice, bob, carol):
        office.see(phone, "connected")
    for number, phone in (("202", bob), ("201", alice)):
        phone.reset()
        pause(office, 0.3)
        again = office.phone(int(number))
        office.until(lambda again=again: again.prompts.get(again.call("connected"), "").startswith("Conference"),
                     f"{number} is in the conference again")
    office.press(again, "EndCall", "connected")
    office.until(lambda: all(not phone.named for phone in office.phones if not phone.closed), "the conference ends")


@scene("v17")
def consulting_phone_unregisters(office):
    """The phone that consults unregisters: both calls end, and nobody is left alone in one."""
    alice, bob, carol = consulted(office)
    alice.send(frame(sccp.UNREGISTER))
    alice.expect(0x118)
    alice.close()
    for phone in (bob, carol):
        office.until(lambda phone=phone: not phone.named or phone.call("congestion"), f"{phone.name[-3:]} is released", 8)


@scene("v17")
def held_party_hangs_up(office):
    """The held party leaves during the consultation: the other call goes on, and Trnsfer does nothing bad."""
    alice, bob, carol = consulted(office)
    office.press(bob, "EndCall", "connected")
    office.see(alice, "connected")
    office.see(carol, "connected")
    alice.soft_key(alice.event("Trnsfer"), 1, alice.call("connected"))
    office.until(lambda: carol.call("connected"), "203 talks")
    office.until(lambda: alice.call("offhook") or alice.shows("connected"), "201 may begin another consultation")
    if alice.call("offhook"):
        office.press(alice, "EndCall", "offhook")
        office.press(alice, "EndCall", "hold")
    else:
        office.press(alice, "EndCall", "connected")
    office.see(carol)


@scene("v17")
def transfer_to_oneself(office):
    """Trnsfer and the own number, or the number of the held party: the first call is kept."""
    for number in ("201", "202"):
        alice, bob = office.all(201, 202)
        office.connect(bob, alice, "201")
        office.press(alice, "Trnsfer", "connected")
        office.until(lambda alice=alice: alice.call("offhook"), "dial tone")
        alice.type(number, alice.call("offhook"))
        office.until(lambda alice=alice: not alice.call("offhook"), "the number is dialled")
        pause(office, 0.2)
        for _ in range(4):
            shown = next((call for call, state in alice.named.items() if state != "hold"), None)
            if shown is None:
                break
            alice.soft_key(alice.event("EndCall"), 1, shown)
            pause(office, 0.1)
        office.until(lambda alice=alice: alice.shows("hold"), f"{number}: the first call is kept")
        office.press(alice, "Resume", "hold")
        office.see(alice, "connected")
        office.see(bob, "connected")
        office.press(bob, "EndCall", "connected")
        for phone in (alice, bob):
            office.see(phone)
            phone.send(frame(sccp.UNREGISTER))
            phone.expect(0x118)
            phone.close()


@scene(*STREAMS)
def keys_seen_by_monitors(office):
    """A transfer by keys gives applications the events that a transfer by application gives."""
    alice, bob, carol = office.all(201, 202, 203)
    app = office.app()
    for number in ("201", "202", "203"):
        app.monitor(number)
    office.connect(bob, alice, "201")
    app.expect_events({
        "202": ["ServiceInitiated c1/202 initiated normal", "DigitsDialed c1/202 initiated normal",
                "Originated c1/202 connected newCall",
                "Delivered c1/201 connected newCall", "Established c1/201 connected newCall"],
        "201": ["Delivered c1/201 alerting newCall", "Established c1/201 connected newCall"]})
    office.press(alice, "Trnsfer", "connected")
    office.until(lambda: alice.call("offhook"), "dial tone")
    alice.type("203", alice.call("offhook"))
    office.until(lambda: carol.call("ringin"), "203 rings")
    app.expect_events({
        "201": ["Held c1/201 hold consultation", "ServiceInitiated c2/201 initiated consultation",
                "DigitsDialed c2/201 initiated normal", "Originated c2/201 connected consultation",
                "Delivered c2/203 connected consultation"],
        "202": ["Held c1/201 connected consultation"],
        "203": ["Delivered c2/203 alerting consultation"]})
    office.press(carol, "Answer", "ringin")
    app.expect_events({"201": ["Established c2/203 connected consultation"],
                       "203": ["Established c2/203 connected consultation"]})
    office.press(alice, "Trnsfer", "connected")
    event = "Transfered c1/201 c2/201 [c1/202<c1/202 c1/203<c2/203]"
    app.expect_events({"201": [f"{event} null transfer"], "202": [f"{event} connected transfer"],
                       "203": [f"{event} connected transfer"]})


@scene(*STREAMS)
def two_applications(office):
    """Two applications watch the same call and name it alike; the one that leaves takes nothing with it."""
    app, (alice, bob, carol, _) = watched(office)
    other = office.app()
    for number in ("201", "203"):
        other.monitor(number)
    talk(app)
    consult(app)
    other.forget()
    names = {identifier: name for identifier, name in app.calls.items()}
    other.calls.update(names)
    app.join("TransferCall", ("c1", "201"), ("c2", "201"))
    event = "Transfered c1/201 c2/201 [c1/202<c1/202 c1/203<c2/203]"
    other.expect_events({"201": [f"{event} null transfer"], "203": [f"{event} connected transfer"]})
    app.close()
    office.opened.remove(app)
    other.act("HoldCall", "c1", "203")
    other.expect_events({"203": ["Held c1/203 hold normal"]})
    office.see(bob, "connected")
