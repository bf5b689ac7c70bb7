"""The scenes: registration, calls of every pair of protocols, holding, transfers, and applications."""

import re
import time

from apps import require
from user_agent import token

ALL = []
ADDRESS = []
# Scenes of the office with trunks.
TRUNKS = []


def scene(function):
    ALL.append(function)
    return function


def address_scene(function):
    """A scene at the address of this machine: baresip names it in its descriptions, wherever its signalling is."""
    ADDRESS.append(function)
    return function


def trunk_scene(function):
    TRUNKS.append(function)
    return function


def media(sdp):
    """Address, port and direction of the audio in a description."""
    text = (sdp or b"").decode()
    address = re.findall(r"c=IN IP4 (\S+)", text)[-1]
    port = int(re.findall(r"m=audio (\d+)", text)[0])
    direction = (re.findall(r"a=(sendrecv|sendonly|recvonly|inactive)", text) or ["sendrecv"])[-1]
    return address, port, direction


def learn(app):
    """Gives the calls of the events so far their names, and takes the events as they are."""
    app.settle()
    for reference in app.monitors:
        for root in app.told(reference):
            app.line(root)
    app.forget()


@scene
def digest(office):
    """REGISTER: a challenge; the right password; a wrong one and an unknown user look alike."""
    agent = office.sip("301", register=False)
    require(agent.register(authorize=False) == 401, "not challenged")
    challenge = agent.registered[-1].get("WWW-Authenticate")
    require('realm="interop.example"' in challenge and "algorithm=MD5" in challenge, f"challenge {challenge}")
    require(agent.register(password="wrong") == 401, "a wrong password is taken")
    require(agent.register() == 200, "the right password is not taken")
    require("expires=120" in agent.registered[-1].get("Contact"), agent.registered[-1].get("Contact"))
    stranger = office.sip("399", register=False, password="pw399")
    require(stranger.register() == 401, "an unknown user is not answered 401")
    other = office.sip("302", register=False, user="u301", password="pw301")
    require(other.register() == 403, "a user may register the number of another one")
    strong = office.sip("303", register=False)
    require(strong.register() == 200, "SHA-256 is not taken")
    first = [message for message in strong.registered if message.status == 401][0].get_all("WWW-Authenticate")
    require("SHA-256" in first[0] and "MD5" in first[1], f"offered {first}")
    require("pool" in office.server.cli("show voice register pool").lower(), "show voice register pool")


@scene
def registration(office):
    """Expiry: too short 423, removal, `*`, several contacts, a phone that starts again."""
    agent = office.sip("301")
    require(agent.register(expires=10) == 423, "too short")
    require(agent.registered[-1].get("Min-Expires") == "60", "Min-Expires")
    require(agent.register(expires=5000) == 200, "long")
    require("expires=600" in agent.registered[-1].get("Contact"), "max expires")
    twin = office.sip("301")
    require(len(twin.registered[-1].get_all("Contact")) == 2, f"contacts {twin.registered[-1].get_all('Contact')}")
    require(twin.register(expires=0) == 200, "removal")
    require(len(twin.registered[-1].get_all("Contact")) == 1, "one is left")
    agent.register_id, agent.register_cseq = token(), 0
    require(agent.register() == 200, "a phone that starts again is refused")
    require(agent.register(expires=0, contact="*") == 200, "*")
    require(not agent.registered[-1].get_all("Contact"), "contacts left")


@scene
def sip_calls_sccp(office):
    """A SIP phone calls an SCCP phone: 180, 200 with the address of the phone, BYE by either side."""
    sara, (bob,) = office.sip("301"), office.all(202)
    for last in ("sip", "sccp"):
        call = sara.call("202")
        office.until(lambda: bob.call("ringin"), "202 rings")
        office.info(bob, "ringin", calling="301", calling_name="Sara", called="202")
        office.reach(call, "ringback")
        office.press(bob, "Answer", "ringin")
        office.reach(call, "connected")
        require(media(call.sdp) == ("127.0.0.1", 20000, "sendrecv"), f"media {media(call.sdp)}")
        require("Bob" in call.final.get("P-Asserted-Identity", ""), "P-Asserted-Identity")
        office.until(lambda: bob.media, "202 transmits")
        if last == "sip":
            call.bye()
        else:
            office.press(bob, "EndCall", "connected")
            office.reach(call, "ended")
        office.see(bob)


@scene
def sccp_calls_sip(office):
    """An SCCP phone calls a SIP phone, which rings, answers, and learns where the caller receives."""
    sara, (bob,) = office.sip("301"), office.all(202)
    office.dial(bob, "301")
    call = office.call_in(sara, "ringing")
    require("202" in call.invite.get("From") and "Bob" in call.invite.get("From"), call.invite.get("From"))
    office.until(lambda: bob.call("ringout"), "202 hears ringback")
    call.answer()
    office.reach(call, "connected")
    require(media(call.sdp)[:2] == ("127.0.0.1", 20000), f"media {media(call.sdp)}")
    office.until(lambda: bob.call("connected") and bob.media, "202 talks")
    office.press(bob, "EndCall", "connected")
    office.reach(call, "ended")


@scene
def sip_calls_sip(office):
    """Two SIP phones talk to each other directly."""
    sara, simon = office.sip("301"), office.sip("302", transport="tcp")
    call = sara.call("302")
    other = office.call_in(simon, "ringing")
    require(media(other.sdp)[1] == sara.media_port, f"offered {media(other.sdp)}")
    office.reach(call, "ringback")
    other.answer()
    office.reach(call, "connected")
    office.reach(other, "connected")
    require(media(call.sdp)[1] == simon.media_port, f"answered {media(call.sdp)}")
    other.bye()
    office.reach(call, "ended")


@scene
def late_offer(office):
    """An INVITE without offer: the offer comes in the 200, the answer in the ACK."""
    sara, simon, (bob,) = office.sip("301"), office.sip("302"), office.all(202)
    sara.late, simon.manner = True, "answer"
    call = sara.call("302")
    office.reach(call, "connected")
    require(media(call.sdp)[1] == simon.media_port, f"offered {media(call.sdp)}")
    other = office.call_in(simon, "connected")
    office.until(lambda: other.sdp and media(other.sdp)[1] == sara.media_port, "302 learns the address of 301")
    call.bye()
    office.reach(other, "ended")
    call = sara.call("202")
    office.press(bob, "Answer", "ringin")
    office.reach(call, "connected")
    office.until(lambda: bob.media, "202 transmits")
    call.bye()


@scene
def refusals(office):
    """Busy, declined, unknown, not registered; a busy phone that forwards."""
    sara, simon, (bob,) = office.sip("301"), office.sip("302"), office.all(202)
    for manner, status in (("busy", 486), ("decline", 603)):
        simon.manner = manner
        call = sara.call("302")
        office.reach(call, "failed")
        require(call.statuses[-1] == status, f"{manner}: {call.statuses}")
    for number, status in (("999", 404), ("303", 480), ("abc", 404)):
        call = sara.call(number)
        office.reach(call, "failed")
        require(call.statuses[-1] == status, f"{number}: {call.statuses}")
    stefan = office.sip("304")
    stefan.manner = "busy"
    call = sara.call("304")
    office.until(lambda: bob.call("ringin"), "202 rings")
    office.reach(call, "ringback")
    office.press(bob, "Answer", "ringin")
    office.reach(call, "connected")
    call.bye()
    simon.manner = "moved 202"
    call = sara.call("302")
    office.until(lambda: bob.call("ringin"), "202 rings after 302")
    call.cancel()
    office.reach(call, "failed")
    office.dial(bob, "304")
    office.until(lambda: bob.call("busy"), "202 hears busy")


@scene
def cancels(office):
    """CANCEL before and while it rings; a caller who hangs up; who was too late has no missed call."""
    sara, simon, (bob,) = office.sip("301"), office.sip("302"), office.all(202)
    call = sara.call("202")
    office.reach(call, "ringback")
    call.cancel()
    office.reach(call, "failed")
    require(call.statuses[-1] == 487, call.statuses)
    office.see(bob)
    office.dial(bob, "302")
    other = office.call_in(simon, "ringing")
    office.press(bob, "EndCall", "ringout")
    office.reach(other, "cancelled")
    require("200" not in other.cancel_reason, other.cancel_reason)
    twin = office.sip("302")
    call = sara.call("302")
    first, second = office.call_in(simon, "ringing"), office.call_in(twin, "ringing")
    second.answer()
    office.reach(call, "connected")
    office.reach(first, "cancelled")
    require("cause=200" in first.cancel_reason, f"Reason {first.cancel_reason!r}")
    call.bye()
    office.reach(second, "ended")


@scene
def unreachable(office):
    """A contact that does not answer is given up; the other one is not held up by it."""
    sara, simon, twin = office.sip("301"), office.sip("302"), office.sip("302")
    simon.manner, twin.manner = "silent", "answer"
    call = sara.call("302")
    office.reach(call, "connected")
    call.bye()
    twin.register(0)
    call = sara.call("302")
    office.until(lambda: call.state == "failed", "given up", 10)
    require(call.statuses[-1] == 480, call.statuses)


@scene
def holding(office):
    """Every form of hold in both directions, and the media of the other party."""
    app = office.app()
    sara, simon, (bob,) = office.sip("301"), office.sip("302"), office.all(202)
    for number in ("301", "202"):
        app.monitor(number)
    call = sara.call("202")
    office.press(bob, "Answer", "ringin")
    office.reach(call, "connected")
    app.forget()
    for form in ("sendonly", "inactive"):
        call.hold(form)
        office.until(lambda: call.answers and call.answers[-1].status == 200, "hold is answered")
        office.until(lambda: not bob.media, "202 transmits no more")
        require(media(call.sdp)[2] in ("recvonly", "inactive"), f"answered {media(call.sdp)}")
        app.expect_events({"301": ["Held c1/301 hold normal"], "202": ["Held c1/301 connected normal"]})
        call.resume()
        office.until(lambda: call.answers and call.answers[-1].status == 200, "resume is answered")
        office.until(lambda: bob.media, "202 transmits again")
        require(media(call.sdp)[1:] == (20000, "sendrecv"), f"resumed {media(call.sdp)}")
        app.expect_events({"301": ["Retrieved c1/301 connected normal"], "202": ["Retrieved c1/301 connected normal"]})
    office.press(bob, "Hold", "connected")
    office.until(lambda: media(call.sdp)[2] in ("inactive", "sendonly"), "301 is told that nobody hears it")
    office.press(bob, "Resume", "hold")
    office.until(lambda: media(call.sdp)[2] == "sendrecv", "301 is told that it is heard")
    call.bye()
    call = sara.call("302")
    other = office.call_in(simon, "ringing")
    other.answer()
    office.reach(call, "connected")
    other.hold()
    office.until(lambda: media(call.sdp)[2] in ("inactive", "sendonly"), "301 is told that nobody hears it")
    other.resume()
    office.until(lambda: media(call.sdp)[1:] == (simon.media_port, "sendrecv"), "301 hears 302 again")
    call.bye()


@scene
def blind_transfer(office):
    """REFER: the other party goes to a number; the transferor hears how that goes."""
    sara, simon, (bob,) = office.sip("301"), office.sip("302"), office.all(202)
    app = office.app()
    for number in ("301", "302", "202"):
        app.monitor(number)
    call = sara.call("302")
    office.call_in(simon, "ringing").answer()
    office.reach(call, "connected")
    other = office.call_in(simon, "connected")
    app.forget()
    call.hold()
    office.until(lambda: call.answers and call.answers[-1].status == 200, "held")
    call.refer("202")
    office.until(lambda: bob.call("ringin"), "202 rings")
    office.until(lambda: "SIP/2.0 180 Ringing" in call.reports, "180 is reported")
    office.press(bob, "Answer", "ringin")
    office.until(lambda: call.reports[-1:] == ["SIP/2.0 200 OK"], "200 is reported")
    office.reach(call, "ended")
    office.until(lambda: media(other.sdp)[1] == 20000, "302 hears 202")
    office.info(bob, "connected", calling="302")
    app.settle()
    told = {device: [app.line(root).split()[0] for root in app.told(reference)][-1:]
            for reference, device in app.monitors.items()}
    require(told["301"] == ["Transfered"], f"events {told}")
    other.bye()
    office.see(bob)
    simon.manner = "answer"
    call = sara.call("302")
    office.reach(call, "connected")
    call.refer("999")
    office.until(lambda: call.reports and "404" in call.reports[-1], f"failure is reported {call.reports}")
    require(call.state == "connected", "the call is not kept")
    call.bye()


@scene
def attended_transfer(office):
    """REFER with Replaces joins both calls."""
    sara, simon, (bob,) = office.sip("301"), office.sip("302"), office.all(202)
    simon.manner = "answer"
    first = sara.call("302")
    office.reach(first, "connected")
    first.hold()
    office.until(lambda: first.answers and first.answers[-1].status == 200, "held")
    second = sara.call("202")
    office.press(bob, "Answer", "ringin")
    office.reach(second, "connected")
    first.refer("202", replaces=second)
    office.until(lambda: first.reports[-1:] == ["SIP/2.0 200 OK"], "200 is reported")
    office.reach(second, "ended")
    office.reach(first, "ended")
    other = office.call_in(simon, "connected")
    office.until(lambda: media(other.sdp)[1:] == (20000, "sendrecv"), "302 hears 202")
    office.until(lambda: any("202" in message.get("P-Asserted-Identity", "") for message in other.requests),
                 "302 is told that it talks to 202")
    office.info(bob, "connected", calling="302")
    other.bye()
    office.see(bob)


def story(app, caller, called, answer):
    """The events of a call that an application makes, has answered, holds and clears: the same for every protocol."""
    require(app.make_call(caller, called) == f"c1/{caller}", "MakeCall names another connection")
    answer("make")
    app.wait(lambda: any("Delivered" in app.line(root) for reference in app.monitors for root in app.told(reference)))
    app.expect_events({
        caller: [f"ServiceInitiated c1/{caller} initiated makeCall", f"Originated c1/{caller} connected newCall",
                 f"Delivered c1/{called} connected newCall"],
        called: [f"Delivered c1/{called} alerting newCall"]})
    app.act("AnswerCall", "c1", called)
    app.expect_events({caller: [f"Established c1/{called} connected newCall"],
                       called: [f"Established c1/{called} connected newCall"]})
    answer("talk")
    app.act("HoldCall", "c1", caller)
    app.expect_events({caller: [f"Held c1/{caller} hold normal"], called: [f"Held c1/{caller} connected normal"]})
    app.act("RetrieveCall", "c1", caller)
    app.expect_events({caller: [f"Retrieved c1/{caller} connected normal"],
                       called: [f"Retrieved c1/{caller} connected normal"]})
    app.act("ClearConnection", "c1", called)
    app.expect_events({
        caller: [f"ConnectionCleared c1/{called} connected normalClearing",
                 f"ConnectionCleared c1/{caller} null normalClearing"],
        called: [f"ConnectionCleared c1/{called} null normalClearing"]})


def phones_of(office, numbers):
    found = {}
    for number in numbers:
        if number.startswith("3"):
            found[number] = office.sip(number, talk=True)
        else:
            found[number] = office.phone(int(number))
    return found


def matrix(caller, called):
    def play(office):
        app = office.app()
        phones = phones_of(office, (caller, called))
        for number in (caller, called):
            app.monitor(number)

        def answer(step):
            if step == "make" and caller.startswith("3"):
                office.call_in(phones[caller], "connected")
            if step == "talk" and called.startswith("3"):
                office.call_in(phones[called], "connected")
        story(app, caller, called, answer)
        for number, phone in phones.items():
            if number.startswith("3"):
                office.until(lambda phone=phone: not phone.in_state("connected"), f"{number} is idle")
    kind = {"2": "sccp", "3": "sip"}
    play.__name__ = f"application_{kind[caller[0]]}_{kind[called[0]]}"
    play.__doc__ = f"MakeCall, AnswerCall, HoldCall, RetrieveCall, ClearConnection: {caller} to {called}."
    return scene(play)


for pair in (("201", "202"), ("201", "301"), ("301", "202"), ("301", "302")):
    matrix(*pair)


@scene
def cannot_answer(office):
    """AnswerCall on a phone that cannot be told is refused in time, and it rings on."""
    app = office.app()
    sara, (alice,) = office.sip("301"), office.all(201)
    for number in ("201", "301"):
        app.monitor(number)
    office.dial(alice, "301")
    call = office.call_in(sara, "ringing")
    app.wait(lambda: len(app.told(next(iter(app.monitors)))) >= 3)
    learn(app)
    began = time.monotonic()
    app.refused("operation/requestIncompatibleWithDevice", "AnswerCall",
                app.connection("callToBeAnswered", "c1", "301"))
    require(time.monotonic() - began < 4, "not in time")
    app.expect_events({})
    call.answer()
    office.reach(call, "connected")
    app.expect_events({"201": ["Established c1/301 connected newCall"], "301": ["Established c1/301 connected newCall"]})
    call.hold()
    app.expect_events({"201": ["Held c1/301 connected normal"], "301": ["Held c1/301 hold normal"]})
    app.refused("operation/requestIncompatibleWithDevice", "RetrieveCall",
                app.connection("callToBeRetrieved", "c1", "301"))
    app.expect_events({})
    call.bye()


@scene
def busy_events(office):
    """A SIP phone that answers 486: Failed (busy) and ConnectionCleared."""
    app = office.app()
    sara, simon = office.sip("301"), office.sip("302")
    simon.manner = "busy"
    for number in ("301", "302"):
        app.monitor(number)
    call = sara.call("302")
    office.reach(call, "failed")
    app.wait(lambda: len(app.told(next(iter(app.monitors)))) >= 4)
    app.settle()
    lines = {device: [app.line(root) for root in app.told(reference)] for reference, device in app.monitors.items()}
    require(lines["301"][:4] == ["ServiceInitiated c1/301 initiated normal", "DigitsDialed c1/301 initiated normal",
                                 "Originated c1/301 connected newCall", "Failed c1/302 connected busy"], lines)
    require(lines["301"][-1].startswith("ConnectionCleared c1/301 null"), lines)
    require([line.split()[0] for line in lines["302"]] == ["Failed", "ConnectionCleared"], lines)


@scene
def consultation(office):
    """ConsultationCall, TransferCall at a SIP phone by an application."""
    app = office.app()
    sara, (alice, bob) = office.sip("301", talk=True), office.all(201, 202)
    for number in ("301", "201", "202"):
        app.monitor(number)
    sara.manner = "answer"
    office.dial(alice, "301")
    office.call_in(sara, "connected")
    office.until(lambda: alice.call("connected"), "201 talks")
    learn(app)
    require(app.consult("c1", "301", "202") == "c2/301", "ConsultationCall names another connection")
    office.until(lambda: bob.call("ringin"), "202 rings")
    app.act("AnswerCall", "c2", "202")
    joined = app.join("TransferCall", ("c1", "301"), ("c2", "301"))
    require(joined.startswith("c1/202"), joined)
    office.until(lambda: not sara.in_state("connected", "answered"), "301 is idle")
    office.until(lambda: alice.media and bob.media, "201 and 202 talk")
    office.press(alice, "EndCall", "connected")
    office.see(bob)


@scene
def shared_number(office):
    """A number on a SIP and an SCCP phone is one device: both ring, the one that answers has it."""
    carol, (desk, bob) = office.sip("203"), office.all(203, 202)
    office.dial(bob, "203")
    call = office.call_in(carol, "ringing")
    office.until(lambda: desk.call("ringin"), "the desk rings")
    office.press(desk, "Answer", "ringin")
    office.reach(call, "cancelled")
    require("cause=200" in call.cancel_reason, call.cancel_reason)
    office.press(bob, "EndCall", "connected")
    office.see(desk)
    office.dial(bob, "203")
    office.until(lambda: len(carol.calls) == 2 and carol.in_state("ringing"), "203 rings again")
    carol.in_state("ringing").answer()
    office.until(lambda: not desk.call("ringin"), "the desk rings no more")
    office.until(lambda: bob.media, "202 talks")
    office.press(bob, "EndCall", "connected")


@scene
def service_state(office):
    """A SIP phone that registers or leaves brings its number in and out of service."""
    app = office.app()
    app.monitor("302")
    # Who begins to watch is told that it is not in service.
    app.expect_events({"302": ["OutOfService"]})
    simon = office.sip("302")
    app.expect_events({"302": ["BackInService"]})
    simon.register(0)
    app.expect_events({"302": ["OutOfService"]})


@scene
def reliable(office):
    """100rel in both directions: a phone that requires it, and one that uses it."""
    sara, simon, (bob,) = office.sip("301"), office.sip("302"), office.all(202)
    sara.reliable = simon.reliable = True
    call = sara.call("202")
    office.reach(call, "ringback")
    require("100rel" in call.progress.get("Require", ""), "180 is not reliable")
    office.until(lambda: any(answer.method == "PRACK" for answer in call.answers), "PRACK is answered")
    require([answer.status for answer in call.answers if answer.method == "PRACK"] == [200], "PRACK")
    office.press(bob, "Answer", "ringin")
    office.reach(call, "connected")
    call.bye()
    office.see(bob)
    office.dial(bob, "302")
    call = office.call_in(simon, "ringing")
    office.until(lambda: [request for request in call.requests if request.method == "PRACK"], "302 gets PRACK")
    rack = call.requests[0].get("RAck")
    require(rack.split()[0] == "77" and rack.split()[2] == "INVITE", f"RAck {rack}")
    office.until(lambda: bob.call("ringout"), "202 hears ringback")
    call.answer()
    office.reach(call, "connected")
    call.bye()
    office.see(bob)


@scene
def messages(office):
    """Message waiting: NOTIFY to who subscribed and to who did not; refused packages and times."""
    sara, simon, app = office.sip("301"), office.sip("302"), office.app()
    mailbox = sara.subscribe("message-summary", "301")
    office.until(mailbox.notified, "301 is notified")
    require(mailbox.status() == 200, f"SUBSCRIBE: {mailbox.status()}")
    state, body = mailbox.notified()[0]
    require(state.startswith("active;expires=") and "Messages-Waiting: no" in body, f"{state} {body}")

    def lamp(number, on):
        app.expect("SetMessageWaitingIndicator",
                   f"<device>{number}</device><messageWaitingOn>{on}</messageWaitingOn>")
    lamp("301", "true")
    office.until(lambda: "Messages-Waiting: yes" in mailbox.notified()[-1][1], "301 is told of messages")
    lamp("301", "false")
    office.until(lambda: "Messages-Waiting: no" in mailbox.notified()[-1][1], "301 is told of no messages")
    lamp("302", "true")
    office.until(lambda: any(b"Messages-Waiting: yes" in message.body for message in simon.others),
                 "302 is told without a subscription")
    lamp("302", "false")
    mailbox.subscribe(0)
    office.until(lambda: mailbox.notified()[-1][0].startswith("terminated"), "the subscription ends")
    for event, number, expires, expected in (("reg", "301", 600, 489), ("presence", "301", 600, 403), ("dialog", "399", 600, 404),
                                             ("dialog", "202", 5, 423)):
        wrong = sara.subscribe(event, number, expires)
        office.until(wrong.status, f"SUBSCRIBE {event} is answered")
        require(wrong.status() == expected, f"SUBSCRIBE {event} {number}: {wrong.status()}")


@scene
def busy_lamp(office):
    """Subscriptions for dialogs: what another number does, SCCP or SIP, and who it talks to."""
    sara, simon, (alice, bob) = office.sip("301"), office.sip("302"), office.all(201, 202)
    for number in ("202", "302"):
        lamp = sara.subscribe("dialog", number)
        office.until(lamp.notified, f"301 is told of {number}")
        require("<state>terminated</state>" in lamp.notified()[-1][1], lamp.notified()[-1][1])

        def shows(state, lamp=lamp):
            office.until(lambda: f"<state>{state}</state>" in lamp.notified()[-1][1], f"the lamp shows {state}")
            return lamp.notified()[-1][1]
        office.dial(alice, number)
        text = shows("early")
        require('direction="recipient"' in text and "sip:201@" in text, text)
        if number == "202":
            office.press(bob, "Answer", "ringin")
        else:
            office.call_in(simon, "ringing").answer()
        shows("confirmed")
        office.press(alice, "EndCall", "connected")
        text = shows("terminated")
        versions = [int(re.findall(r'version="(\d+)"', body)[0]) for _, body in lamp.notified()]
        require(versions == list(range(versions[0], versions[0] + len(versions))), f"versions {versions}")
        require(f'entity="sip:{number}@' in text and 'state="full"' in text, text)
        office.see(bob)


def baresip_calls(transport):
    def play(office):
        phone, (bob,) = office.baresip("301", transport), office.all(202)

        def heard(event, seconds=10):
            office.until(lambda: phone.told(event), f"baresip says {event}", seconds)
        phone.do("dial", "202")
        office.until(lambda: bob.call("ringin"), "202 rings")
        heard("CALL_RINGING")
        office.press(bob, "Answer", "ringin")
        heard("CALL_ESTABLISHED")
        office.until(lambda: bob.media, "202 transmits")
        phone.do("hold")
        office.until(lambda: not bob.media, "202 does not transmit to who holds it")
        phone.do("resume")
        office.until(lambda: bob.media, "202 transmits again")
        phone.do("hangup")
        office.see(bob)
        office.dial(bob, "301")
        heard("CALL_INCOMING")
        office.until(lambda: bob.call("ringout"), "202 hears ringback")
        phone.do("accept")
        heard("CALL_ESTABLISHED")
        office.until(lambda: bob.call("connected") and bob.media, "202 talks")
        office.press(bob, "Hold", "connected")
        office.press(bob, "Resume", "hold")
        office.until(lambda: bob.media, "202 talks again")
        office.press(bob, "EndCall", "connected")
        heard("CALL_CLOSED")
        office.dial(bob, "301")
        heard("CALL_INCOMING")
        office.press(bob, "EndCall", "ringout")
        heard("CALL_CLOSED")
    play.__name__ = f"baresip_{transport}"
    play.__doc__ = f"baresip over {transport.upper()}: registers, calls and is called, holds and is held."
    return play


for transport in ("udp", "tcp"):
    scene(baresip_calls(transport))


@trunk_scene
def registration_at_carrier(office):
    """The server registers at the carrier of sip-ua, with its password."""
    carrier = office.carrier(1)
    office.until(lambda: any(carrier.proves(message, "Authorization") for message in carrier.asked
                             if message.method == "REGISTER"), "the server registers", 40)
    last = carrier.asked[-1]
    require("sip:4930@127.0.0.9" in last.get("To") and last.get("Expires") == "3600", last.get("To"))
    require("4930" in office.server.cli("show sip-ua register status"), "show sip-ua register status")


@trunk_scene
def call_out(office):
    """A call leaves by a trunk: translated numbers, NetworkReached, 180, 200, hold, BYE."""
    carrier, (alice,) = office.carrier(1), office.all(201)
    app = office.app()
    app.monitor("201")
    office.dial(alice, "0123456")
    call = office.call_in(carrier, "ringing")
    require(call.invite.start == "INVITE sip:+49123456@127.0.0.9:15061 SIP/2.0", call.invite.start)
    require("<sip:+4930201@127.0.0.1" in call.invite.get("From"), call.invite.get("From"))
    office.until(lambda: alice.call("ringout"), "201 hears ringback")
    call.answer()
    office.until(lambda: alice.call("connected") and alice.media, "201 talks")
    office.info(alice, "connected", called="0123456")
    office.press(alice, "Hold", "connected")
    office.press(alice, "Resume", "hold")
    office.until(lambda: alice.media, "201 talks again")
    app.settle()
    reached = [root for root in app.roots() if root.tag.endswith("NetworkReachedEvent")]
    require(len(reached) == 1, f"{len(reached)} NetworkReached")
    text = "".join(reached[0].itertext())
    require("trunk:1" in text and "0123456" in text, text)
    call.bye()
    office.see(alice)
    learn(app)


@trunk_scene
def sip_phone_calls_out(office):
    """A SIP phone calls by a trunk: the other network receives where the phone does."""
    carrier, sara = office.carrier(1), office.sip("301")
    call = sara.call("0123456")
    other = office.call_in(carrier, "ringing")
    require(media(other.sdp)[1] == sara.media_port, f"offered {media(other.sdp)}")
    other.answer()
    office.reach(call, "connected")
    require(media(call.sdp)[1] == carrier.media_port, f"answered {media(call.sdp)}")
    call.bye()
    office.reach(other, "ended")


@trunk_scene
def cancelled_out(office):
    """The caller hangs up before anybody answers: CANCEL."""
    carrier, (alice,) = office.carrier(1), office.all(201)
    office.dial(alice, "0123456")
    call = office.call_in(carrier, "ringing")
    office.until(lambda: alice.call("ringout"), "201 hears ringback")
    office.press(alice, "EndCall", "ringout")
    office.reach(call, "cancelled")


@trunk_scene
def next_trunk(office):
    """503: the call goes on to the next dial peer, which wants a password; who is busy is busy."""
    carrier, second, (alice,) = office.carrier(1), office.carrier(2), office.all(201)
    carrier.manner, second.manner = "unavailable", "challenge"
    office.dial(alice, "0123456")
    call = office.call_in(second, "ringing")
    require(second.proves(call.invite, "Proxy-Authorization"), "no password")
    call.answer()
    office.until(lambda: alice.call("connected") and alice.media, "201 talks")
    call.bye()
    office.see(alice)
    carrier.manner = "busy"
    before = len(second.calls)
    office.dial(alice, "0123456")
    office.until(lambda: alice.call("busy"), "201 hears busy tone")
    require(len(second.calls) == before, "the next carrier is called for who is busy")
    office.press(alice, "EndCall", "busy")


@trunk_scene
def call_in(office):
    """A call comes in by a trunk: translated numbers, a name, refusals, and BYE by either side."""
    carrier, (bob,) = office.carrier(1), office.all(202)
    for last in ("carrier", "office"):
        call = carrier.call("+4930202", caller="+49555123")
        office.until(lambda: bob.call("ringin"), "202 rings")
        office.info(bob, "ringin", calling="0555123", called="202")
        office.reach(call, "ringback")
        office.press(bob, "Answer", "ringin")
        office.reach(call, "connected")
        office.until(lambda: bob.media, "202 transmits")
        if last == "carrier":
            call.bye()
        else:
            office.press(bob, "EndCall", "connected")
            office.reach(call, "ended")
        office.see(bob)
    for number, caller, status in (("+4930999", "+49555123", 404), ("+4930202", "666", 403),
                                   ("0123456", "+49555123", 403)):
        call = carrier.call(number, caller=caller)
        office.reach(call, "failed")
        require(call.final.status == status, f"{caller} calls {number}: {call.final.status}")


@trunk_scene
def strangers(office):
    """Who is not trusted has no answer; who is on the trusted list has one."""
    stranger, friend, (bob,) = office.carrier(66), office.carrier(12), office.all(202)
    unanswered = stranger.call("202")
    call = friend.call("202", caller="+49555123")
    office.until(lambda: bob.call("ringin"), "202 rings")
    office.reach(call, "ringback")
    call.cancel()
    office.reach(call, "failed")
    require(call.final.status == 487 and unanswered.state == "calling", f"{unanswered.statuses}")


@trunk_scene
def keepalive(office):
    """A dial peer that does not answer OPTIONS is out of service."""
    carrier, (alice,) = office.carrier(3), office.all(201)
    carrier.manner = "silent"
    office.until(lambda: "out of service" in office.server_log(), "dial peer 3 is found dead", 15)
    office.dial(alice, "7123")
    office.see(alice)
    require(not carrier.calls, "it is called nevertheless")


@trunk_scene
def fax(office):
    """An offer of fax only is refused with 488."""
    carrier, _ = office.carrier(1), office.all(202)
    carrier.sdp = lambda *_: (b"v=0\r\no=- 1 1 IN IP4 127.0.0.9\r\ns=-\r\nc=IN IP4 127.0.0.9\r\nt=0 0\r\n"
                              b"m=image 4000 udptl t38\r\n")
    call = carrier.call("+4930202", caller="+49555123")
    office.reach(call, "failed")
    require(call.final.status == 488, f"fax: {call.final.status}")
