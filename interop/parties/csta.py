"""Consultation, transfer, conference and deflection by applications: the events of three monitors, and refusals."""

from apps import require, subject
from office import scene
from sipmsg import child

ALL = ("sip-ed3", "sip-ed6", "tcp-ed3", "tcp-ed6", "udp-ed3")
STATE, OPERATION, RESOURCES = "stateIncompatibility/", "operation/", "systemResourceAvailibility/"
# What names one of the two connections of a service, and is none.
NO_SUCH_PAIR = [OPERATION + f"invalid{which}ConnectionID" for which in ("", "Active", "Held")] + [OPERATION + "invalidCallID"]


def watched(office, *numbers):
    """Phones at 201 to 204 and an application that monitors the first three."""
    phones = office.all(201, 202, 203, 204)
    app = office.app()
    for number in numbers or ("201", "202", "203"):
        app.monitor(number)
    return app, phones


def talk(app):
    """201 calls 202, who answers."""
    require(app.make_call("201", "202") == "c1/201", "MakeCall names another connection")
    app.expect_events({
        "201": ["ServiceInitiated c1/201 initiated makeCall", "Originated c1/201 connected newCall",
                "Delivered c1/202 connected newCall"],
        "202": ["Delivered c1/202 alerting newCall"]})
    app.act("AnswerCall", "c1", "202")
    app.expect_events({"201": ["Established c1/202 connected newCall"], "202": ["Established c1/202 connected newCall"]})


def consult(app, answered=True):
    """201 holds 202 and calls 203, who may answer."""
    require(app.consult("c1", "201", "203") == "c2/201", "ConsultationCall names another connection")
    app.expect_events({
        "201": ["Held c1/201 hold consultation", "ServiceInitiated c2/201 initiated consultation",
                "Originated c2/201 connected consultation", "Delivered c2/203 connected consultation"],
        "202": ["Held c1/201 connected consultation"],
        "203": ["Delivered c2/203 alerting consultation"]})
    if answered:
        app.act("AnswerCall", "c2", "203")
        app.expect_events({"201": ["Established c2/203 connected consultation"],
                           "203": ["Established c2/203 connected consultation"]})


@scene(*ALL)
def consultation(office):
    """ConsultationCall: one call held, one begun; the consulted party leaves, and the first call is retrieved."""
    app, (_, bob, carol, _) = watched(office)
    talk(app)
    app.expect_snapshot("201", "c1/201 202 connected connected")
    consult(app)
    app.expect_snapshot("201", "c1/201 202 hold connected", "c2/201 203 connected connected")
    app.expect_snapshot("203", "c2/203 201 connected connected")
    office.info(carol, "connected", calling="201", calling_name="Alice", called="203")
    app.act("ClearConnection", "c2", "203")
    app.expect_events({
        "201": ["ConnectionCleared c2/203 connected normalClearing", "ConnectionCleared c2/201 null normalClearing"],
        "203": ["ConnectionCleared c2/203 null normalClearing"]})
    app.act("RetrieveCall", "c1", "201")
    app.expect_events({"201": ["Retrieved c1/201 connected normal"], "202": ["Retrieved c1/201 connected normal"]})
    app.expect_snapshot("201", "c1/201 202 connected connected")
    office.see(bob, "connected")


@scene(*ALL)
def transfer(office):
    """TransferCall of two answered calls: the held call lives on between the other two."""
    app, (alice, bob, carol, _) = watched(office)
    talk(app)
    consult(app)
    joined = app.join("TransferCall", ("c1", "201"), ("c2", "201"))
    members = "[c1/202<c1/202 c1/203<c2/203]"
    require(joined == f"c1/203 {members}", f"TransferCallResponse says {joined}")
    event = f"Transfered c1/201 c2/201 {members}"
    app.expect_events({"201": [f"{event} null transfer"], "202": [f"{event} connected transfer"],
                       "203": [f"{event} connected transfer"]})
    root = app.last("202", "Transfered")
    require(subject(child(root, "transferringDevice")) == "201", "another device transferred")
    require(subject(child(root, "transferredToDevice")) == "203", "transferred to another device")
    app.expect_snapshot("201")
    app.expect_snapshot("202", "c1/202 203 connected connected")
    app.expect_snapshot("203", "c1/203 202 connected connected")
    office.see(alice)
    office.see(carol, "connected")
    app.act("ClearConnection", "c1", "202")
    app.expect_events({
        "202": ["ConnectionCleared c1/202 null normalClearing"],
        "203": ["ConnectionCleared c1/202 connected normalClearing", "ConnectionCleared c1/203 null normalClearing"]})
    office.see(bob)
    office.see(carol)


@scene(*ALL)
def transfer_while_ringing(office):
    """TransferCall while the third rings: alerting goes on, and the answer is seen by the one who waits."""
    app, (alice, bob, carol, _) = watched(office)
    talk(app)
    consult(app, answered=False)
    app.join("TransferCall", ("c1", "201"), ("c2", "201"))
    event = "Transfered c1/201 c2/201 [c1/202<c1/202 c1/203<c2/203]"
    app.expect_events({"201": [f"{event} null transfer"], "202": [f"{event} connected transfer"],
                       "203": [f"{event} alerting transfer"]})
    app.expect_snapshot("201")
    app.expect_snapshot("202", "c1/202 203 connected alerting")
    app.expect_snapshot("203", "c1/203 202 alerting connected")
    office.see(alice)
    office.info(carol, "ringin", calling="202", calling_name="Bob")
    app.act("AnswerCall", "c1", "203")
    app.expect_events({"202": ["Established c1/203 connected newCall"], "203": ["Established c1/203 connected newCall"]})
    office.see(carol, "connected")
    office.see(bob, "connected")


@scene(*ALL)
def conference(office):
    """ConferenceCall of three: one call of three, a fourth is refused, members leave one by one."""
    app, (alice, bob, carol, _) = watched(office)
    talk(app)
    consult(app)
    joined = app.join("ConferenceCall", ("c1", "201"), ("c2", "201"))
    require(joined.startswith("c1/"), f"ConferenceCallResponse says {joined}")
    app.wait(lambda: len(app.told(list(app.monitors)[0])) > app.taken[list(app.monitors)[0]])
    members = app.listed(child(app.last("201", "Conferenced"), "conferenceConnections"))
    require([item.split("<")[0] for item in members.strip("[]").split()] == ["c1/201", "c1/202", "c1/203"],
            f"the conference is {members}")
    require("c1/203<c2/203" in members and "c1/202<c1/202" in members, f"old connections: {members}")
    require(joined.endswith(members), f"the response lists {joined}, the event {members}")
    event = f"Conferenced c1/201 c2/201 {members} connected conference"
    app.expect_events({"201": [event], "202": [event], "203": [event]})
    root = app.last("203", "Conferenced")
    require(subject(child(root, "conferencingDevice")) == "201", "another device conferenced")
    require(subject(child(root, "addedParty")) == "203", "another party was added")
    for number, phone in (("201", alice), ("202", bob), ("203", carol)):
        app_lines = app.snapshot(number)
        require(len(app_lines) == 1 and app_lines[0].startswith(f"c1/{number}") and app_lines[0].endswith("connected"),
                f"snapshot of {number}: {app_lines}")
        office.see(phone, "connected")
    require(app.consult("c1", "201", "204") == "c3/201", "a consultation from a conference is another call")
    office.until(lambda: office.phones[3].call("ringin"), "204 rings")
    app.forget()
    app.act("AnswerCall", "c3", "204")
    app.refused(RESOURCES + "conferenceMemberLimitExceeded", "ConferenceCall", app.pair(("c1", "201"), ("c3", "201")))
    app.expect_snapshot("204", "c3/204 201 connected connected")
    app.act("ClearConnection", "c3", "204")
    app.forget()
    app.act("RetrieveCall", "c1", "201")
    app.expect_events({number: ["Retrieved c1/201 connected normal"] for number in ("201", "202", "203")})
    app.act("ClearConnection", "c1", "203")
    app.expect_events({
        "201": ["ConnectionCleared c1/203 connected normalClearing"],
        "202": ["ConnectionCleared c1/203 connected normalClearing"],
        "203": ["ConnectionCleared c1/203 null normalClearing"]})
    app.expect_snapshot("201", "c1/201 202 connected connected")
    app.expect_snapshot("203")
    office.info(bob, "connected", calling="201", calling_name="Alice")


@scene(*ALL)
def deflect(office):
    """DeflectCall sends a ringing call elsewhere under its own identifier."""
    app, (alice, bob, carol, _) = watched(office)
    app.make_call("201", "202")
    office.until(lambda: bob.call("ringin"), "202 rings")
    app.forget()
    app.expect("DeflectCall", app.connection("callToBeDiverted", "c1", "202")
               + f"<newDestination>{app.number('203')}</newDestination>")
    app.expect_events({
        "201": ["Diverted c1/202 connected redirected", "Delivered c1/203 connected redirected"],
        "202": ["Diverted c1/202 null redirected"],
        "203": ["Delivered c1/203 alerting redirected"]})
    delivered = app.last("203", "Delivered")
    require(subject(child(delivered, "calledDevice")) == "202", "calledDevice is not the number dialled")
    redirected = child(delivered, "lastRedirectionDevice", "numberDialed")
    require(redirected is not None and "202" in redirected.text, "lastRedirectionDevice is not 202")
    app.expect_snapshot("201", "c1/201 203 connected alerting")
    app.expect_snapshot("202")
    app.expect_snapshot("203", "c1/203 201 alerting connected")
    office.see(bob)
    office.see(alice, "ringout")
    app.act("AnswerCall", "c1", "203")
    office.see(carol, "connected")
    app.expect_snapshot("203", "c1/203 201 connected connected")


@scene(*ALL)
def refusals(office):
    """What cannot be done has the standard's error, and changes nothing."""
    app, (alice, bob, carol, dave) = watched(office)
    erin = office.phone(205)
    app.make_call("201", "202")
    office.until(lambda: bob.call("ringin"), "202 rings")
    unknown = "<existingCall><callID>nonsense</callID><deviceID>" + app.number("201") + "</deviceID></existingCall>"
    called = "<consultedDevice>" + app.number("203") + "</consultedDevice>"
    # The first call still rings.
    app.refused(STATE + "invalidConnectionState", "ConsultationCall", app.consultation("c1", "201", "203"))
    app.refused(STATE + "invalidConnectionState", "ConsultationCall", app.consultation("c1", "202", "203"))
    app.refused([STATE + "invalidConnectionState"], "DeflectCall", app.connection(
        "callToBeDiverted", "c1", "201") + f"<newDestination>{app.number('203')}</newDestination>")
    app.refused([OPERATION + "invalidDestinationDeviceID", OPERATION + "invalidDeviceID"], "DeflectCall",
                app.connection("callToBeDiverted", "c1", "202") + f"<newDestination>{app.number('999')}</newDestination>")
    app.act("AnswerCall", "c1", "202")
    # Connections that there are not.
    app.refused([OPERATION + "invalidConnectionID", OPERATION + "invalidCallID"], "ConsultationCall", unknown + called)
    app.refused([OPERATION + "invalidConnectionID"], "ConsultationCall", app.consultation("c1", "203", "204"))
    app.refused(NO_SUCH_PAIR,
                "TransferCall", app.pair(("c1", "201"), ("77", "201")))
    app.refused(NO_SUCH_PAIR,
                "ConferenceCall", app.pair(("77", "201"), ("c1", "201")))
    # Numbers that there are not, or whose phone is not there.
    app.refused([OPERATION + "invalidCalledDeviceID", OPERATION + "invalidDestinationDeviceID",
                 OPERATION + "invalidDeviceID"], "ConsultationCall", app.consultation("c1", "201", "999"))
    app.expect_snapshot("201", "c1/201 202 connected connected")
    # One call is not two.
    app.refused([STATE + "invalidHeldConnectionState", STATE + "invalidConnectionState"], "TransferCall", app.pair(("c1", "201"), ("c1", "201")))
    app.consult("c1", "201", "203")
    app.refused([STATE + "invalidHeldConnectionState", STATE + "invalidActiveConnectionState",
                 STATE + "invalidConnectionState"], "TransferCall", app.pair(("c2", "201"), ("c1", "201")))
    app.refused([OPERATION + "notSameDevice", OPERATION + "invalidActiveConnectionID",
                 STATE + "invalidActiveConnectionState", STATE + "invalidConnectionState"], "TransferCall", app.pair(("c1", "201"), ("c2", "203")))
    app.refused([OPERATION + "notSameDevice", STATE + "invalidHeldConnectionState", STATE + "invalidConnectionState"],
                "TransferCall", app.pair(("c1", "202"), ("c2", "201")))
    app.refused([STATE + "invalidConnectionState"], "ConsultationCall", app.consultation("c1", "201", "204"))
    app.expect_snapshot("201", "c1/201 202 hold connected", "c2/201 203 connected alerting")
    # A line of one channel cannot consult.
    office.connect(erin, dave, "204")
    mine = app.snapshot("205")[0].split("/")[0]
    app.refused(RESOURCES + "resourceBusy", "ConsultationCall", app.consultation(mine, "205", "203"))
    app.expect_snapshot("205", f"{mine}/205 204 connected connected")
    office.see(erin, "connected")
    # A number that is not watched.
    app.refused([OPERATION + "privilegeViolationSpecifiedDevice", OPERATION + "privilegeViolationCallingDevice"],
                "MakeCall", f"<callingDevice>{app.number('207')}</callingDevice>"
                f"<calledDirectoryNumber>{app.number('201')}</calledDirectoryNumber>")
