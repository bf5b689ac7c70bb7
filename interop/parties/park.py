"""Call park: by applications and by the Park key, fetched from other phones, called back, refused."""

from apps import SipApp, require
from csta import STATE, consult, talk, watched
from office import scene
from sipmsg import child, text_of

STREAMS = ("sip-ed3", "sip-ed6", "tcp-ed3", "tcp-ed6")
OPERATION, RESOURCES = "operation/", "systemResourceAvailibility/"


def parking(app, call, device, slot=None):
    to = f"<parkTo>{app.number(slot)}</parkTo>" if slot else ""
    return app.connection("parking", call, device) + to


@scene(*STREAMS)
def park_and_fetch(office):
    """ParkCall sends a call to a slot; who dials the slot has it."""
    app, (alice, bob, carol, _) = watched(office)
    app.monitor("801")
    talk(app)
    answer = app.expect("ParkCall", parking(app, "c1", "201", "801"))
    require(app.shown(child(answer, "parkedTo")) == "c1/801", f"parked to {app.shown(child(answer, 'parkedTo'))}")
    app.expect_events({
        "201": ["Diverted c1/201 null park"],
        "202": ["Diverted c1/201 connected park", "Queued c1/801 connected park"],
        "801": ["Queued c1/801 queued park"]})
    office.see(alice)
    app.expect_snapshot("201")
    app.expect_snapshot("202", "c1/202 801 connected queued")
    app.expect_snapshot("801", "c1/801 202 queued connected")
    office.dial(carol, "801")
    office.until(lambda: carol.call("connected"), "203 has the call")
    app.expect_events({
        "202": ["Diverted c1/801 connected callPickup", "Established c1/203 connected callPickup"],
        "203": ["ServiceInitiated c2/203 initiated normal", "DigitsDialed c2/203 initiated normal",
                "Originated c2/203 connected newCall",
                "ConnectionCleared c2/203 null callPickup", "Established c1/203 connected callPickup"],
        "801": ["Diverted c1/801 null callPickup"]})
    office.until(lambda: ("203", "Carol") in [(bob.infos[bob.call("connected")][side], bob.infos[bob.call("connected")][f"{side}_name"])
                                              for side in ("called", "calling")], "202 shows 203")
    office.until(lambda: "202" in (carol.infos[carol.call("connected")]["called"],
                                   carol.infos[carol.call("connected")]["calling"]), "203 shows 202")
    office.until(lambda: bob.media and carol.media and not alice.media, "media of 202 and 203 only")
    office.press(bob, "EndCall", "connected")
    office.see(carol)


@scene(*STREAMS)
def park_anywhere(office):
    """Without parkTo the switch chooses; a slot that is taken, or none, is resourceBusy."""
    app, (alice, bob, carol, dave) = watched(office)
    talk(app)
    answer = app.expect("ParkCall", parking(app, "c1", "201"))
    require(app.shown(child(answer, "parkedTo")) == "c1/801", f"parked to {app.shown(child(answer, 'parkedTo'))}")
    app.forget()
    office.connect(carol, alice, "201")
    app.settle()
    call = app.snapshot("201")[0].split("/")[0]
    app.refused(RESOURCES + "resourceBusy", "ParkCall", parking(app, call, "201", "801"))
    app.refused(RESOURCES + "resourceBusy", "ParkCall", parking(app, call, "201"))
    office.see(alice, "connected")
    office.see(carol, "connected")
    # Who waits may give up.
    office.press(bob, "EndCall", "connected")
    office.see(bob)
    app.expect_snapshot("801")


@scene(*STREAMS)
def park_refusals(office):
    """What is no slot, rings, is held, or has three parties is not parked, and nothing changes."""
    app, (alice, bob, carol, _) = watched(office)
    app.make_call("201", "202")
    office.until(lambda: bob.call("ringin"), "202 rings")
    app.refused(STATE + "invalidConnectionState", "ParkCall", parking(app, "c1", "201", "801"))
    app.refused(STATE + "invalidConnectionState", "ParkCall", parking(app, "c1", "202", "801"))
    app.act("AnswerCall", "c1", "202")
    for wrong in ("999", "203", "201"):
        app.refused([OPERATION + "invalidParkToDeviceID", OPERATION + "invalidDestinationDeviceID"],
                    "ParkCall", parking(app, "c1", "201", wrong))
    app.refused([OPERATION + "invalidConnectionID", OPERATION + "invalidCallID"], "ParkCall",
                parking(app, "c1", "203", "801"))
    app.refused([OPERATION + "invalidConnectionID", OPERATION + "invalidCallID"], "ParkCall",
                parking(app, "77", "201", "801"))
    app.expect_snapshot("201", "c1/201 202 connected connected")
    app.forget()
    consult(app)
    app.join("ConferenceCall", ("c1", "201"), ("c2", "201"))
    app.refused(STATE + "invalidConnectionState", "ParkCall", parking(app, "c1", "201", "801"))
    for phone in (alice, bob, carol):
        office.see(phone, "connected")


@scene("sip-ed3", "tcp-ed6")
def park_consulted_call(office):
    """The consulted call is parked: the first call stays on hold at the phone."""
    app, (alice, bob, carol, dave) = watched(office)
    talk(app)
    consult(app)
    app.expect("ParkCall", parking(app, "c2", "201", "801"))
    office.see(alice, "hold")
    app.expect_snapshot("201", "c1/201 202 hold connected")
    office.dial(dave, "801")
    office.until(lambda: dave.call("connected"), "204 has the consulted party")
    office.press(alice, "Resume", "hold")
    office.see(alice, "connected")
    office.see(bob, "connected")
    office.see(carol, "connected")


@scene("v11", "v17", "v20")
def park_key(office):
    """The Park key parks the call and shows the slot; anybody fetches it, also who parked it."""
    alice, bob, carol = office.all(201, 202, 203)
    for fetcher in (carol, alice):
        office.connect(bob, alice, "201")
        alice.notices.clear()
        office.press(alice, "Park", "connected")
        office.see(alice)
        office.until(lambda: any("801" in shown for shown in [*alice.notices, *alice.prompts.values()]),
                     "201 shows the slot")
        office.see(bob, "connected")
        office.dial(fetcher, "801")
        office.until(lambda fetcher=fetcher: fetcher.shows("connected"), "the call is fetched")
        office.press(bob, "EndCall", "connected")
        office.see(fetcher)
        office.see(bob)


@scene("v17")
def park_recall(office):
    """Nobody fetches the call: it comes back to the phone that parked it."""
    bob, dave = office.all(202, 204)
    app = SipApp(office, "204")
    app.monitor("204")
    office.connect(bob, dave, "204")
    app.forget()
    app.expect("ParkCall", parking(app, app.snapshot("204")[0].split("/")[0], "204"))
    office.see(dave)
    office.until(lambda: dave.call("ringin"), "204 rings again", 10)
    call = next(iter(app.calls.values()))
    app.expect_events({"204": [f"Diverted {call}/204 null park", f"Delivered {call}/204 alerting recall"]})
    office.info(dave, "ringin", calling="202", calling_name="Bob")
    office.press(dave, "Answer", "ringin")
    office.see(dave, "connected")
    office.see(bob, "connected")
    app.expect_events({"204": [f"Established {call}/204 connected newCall"]})
    require(text_of(app.last("204", "Established"), "localConnectionInfo") == "connected", "not connected")


@scene("v17")
def park_of_a_vanished_phone(office):
    """The phone that parked is gone when the call comes back: who waits is released or stays, and no call is left."""
    bob, dave, carol = office.all(202, 204, 203)
    office.connect(bob, dave, "204")
    office.press(dave, "Park", "connected")
    office.see(dave)
    dave.reset()
    office.until(lambda: not bob.named or bob.call("congestion") or bob.call("busy"), "202 is released", 15)
    office.dial(carol, "802")
    office.until(lambda: carol.named and not carol.call("offhook"), "203 gets an answer")
    require(not carol.call("connected"), "the slot still has a call")
