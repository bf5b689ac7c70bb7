"""Scenes of what crosses: connections that are lost, nonces, phones behind NAT, CANCEL and 200, forks, offers at any moment."""

import random
import re
import time

from apps import require
from scenes import learn, media, scene, trunk_scene
from signalling import answers, connected, invite
from user_agent import digest, token


def monitored(office, *numbers):
    """An application that monitors these numbers and has forgotten what it was told so far."""
    app = office.app()
    for number in numbers:
        app.monitor(number)
    app.forget()
    return app


@scene
def lost_connection(office):
    """A connection that is lost takes the number out of service; a new one brings it back, and ends the old one."""
    app = monitored(office, "302")
    simon = office.sip("302", transport="tcp")
    app.expect_events({"302": ["BackInService"]})
    simon.socket.close()
    app.wait(lambda: len(app.told(next(iter(app.monitors)))) > app.taken[next(iter(app.monitors))], 8)
    app.expect_events({"302": ["OutOfService"]})
    instance = f';+sip.instance="<urn:uuid:{token()}>";reg-id=1'
    first, second = (office.sip("302", register=False, transport="tcp") for _ in range(2))
    require(first.register(contact=first.contact() + instance) == 200, "registration")
    app.expect_events({"302": ["BackInService"]})
    require(second.register(contact=second.contact() + instance) == 200, "registration by a new connection")
    require(len(second.registered[-1].get_all("Contact")) == 1, f"{second.registered[-1].get_all('Contact')}")
    office.until(lambda: first.closed, "the old connection is closed")
    second.manner = "answer"
    sara = office.sip("301")
    call = sara.call("302")
    office.reach(call, "connected")
    call.bye()
    learn(app)


def prove(agent, challenge, count, **changed):
    """The status of a REGISTER with an answer to this challenge."""
    before = len(agent.registered)
    agent.register_cseq += 1
    uri = f"sip:{agent.server[0]}:{agent.server[1]}"
    value = digest(challenge, "REGISTER", uri, agent.user, changed.get("password", agent.password), count)
    agent.send(agent.register_message([("Contact", agent.contact()), ("Expires", "120"), ("Authorization", value)]))
    agent.wait(lambda: len(agent.registered) > before, changed.get("seconds", 3))
    return agent.registered[-1].status if len(agent.registered) > before else 0


@scene
def nonces(office):
    """A nonce may be used again with a higher count; a replay and a foreign nonce are refused as stale, without penalty."""
    agent = office.sip("301", register=False)
    agent.register(authorize=False)
    challenge = agent.registered[-1].get("WWW-Authenticate")
    require([prove(agent, challenge, count) for count in (1, 2, 5, 4)] == [200] * 4, "counts that go up")
    require(prove(agent, challenge, 2) == 401, "a replay is taken")
    require("stale=true" in agent.registered[-1].get("WWW-Authenticate"), "a replay is no wrong password")
    foreign = challenge.replace(re.search(r'nonce="(.{6})', challenge).group(1), "0123ab")
    for _ in range(15):
        require(prove(agent, foreign, 1) == 401, "a foreign nonce is taken")
        require("stale=true" in agent.registered[-1].get("WWW-Authenticate"), "a foreign nonce is a wrong password")
    require(agent.register() == 200, "stale nonces are counted as failures")


@scene
def guesses(office):
    """After ten wrong passwords there is no answer to who guesses on; others at the same address register."""
    agent = office.sip("304", register=False)
    agent.register(authorize=False)
    statuses = []
    while len(statuses) < 14 and (not statuses or statuses[-1]):
        statuses.append(prove(agent, agent.registered[-1].get("WWW-Authenticate"), 1, password="wrong", seconds=1))
    require(statuses == [401] * 10 + [0], f"{statuses}")
    require(office.sip("302").registered[-1].status == 200, "another user is refused")
    shown = office.server.cli("show voice register pool attempted-registrations")
    require("304" in shown and "127.0.0.1" in shown, shown)
    office.server.cli("clear voice register attempted-registrations")
    require("304" not in office.server.cli("show voice register pool attempted-registrations"), "cleared")


@scene
def removal_of_all(office):
    """`*` goes with Expires 0 and nothing else; a REGISTER that comes late, or again, changes nothing."""
    agent = office.sip("301")
    require(agent.register(contact="*", expires=60) == 400, "* with Expires 60")
    agent.register_cseq -= 4
    require(agent.register(expires=0) == 500, "a lower CSeq is taken")
    agent.register_cseq += 10
    require(agent.register() == 200 and len(agent.registered[-1].get_all("Contact")) == 1, "it is registered still")


@scene
def behind_nat(office):
    """A phone with a private address in Via and Contact, and without rport, is answered and called where it is."""
    sara, simon = office.sip("301"), office.sip("302", register=False)
    plain, simon.host = simon.message, "10.9.8.7"

    def message(*arguments, **named):
        made = plain(*arguments, **named)
        made.set("Via", made.get("Via").replace(f"{simon.ip}:{simon.port}", "10.9.8.7:5060").replace(";rport", ""))
        return made
    simon.message, simon.contact = message, lambda: "<sip:302@10.9.8.7:5060>"
    require(simon.register() == 200, "registration")
    require(f"received={simon.ip}" in simon.registered[-1].get("Via"), simon.registered[-1].get("Via"))
    call = sara.call("302")
    other = office.call_in(simon, "ringing")
    other.answer()
    office.reach(call, "connected")
    call.bye()
    office.reach(other, "ended")
    other = simon.call("301")
    call = office.call_in(sara, "ringing")
    call.answer()
    office.reach(other, "connected")
    call.bye()
    office.reach(other, "ended")


@scene
def cancelled_at_any_moment(office):
    """Callers that cancel at random instants: every INVITE has its final response, and nothing is left."""
    sara, simon, (bob,) = office.sip("301"), office.sip("302"), office.all(202)
    chance = random.Random(7)
    for turn in range(80):
        simon.manner = "answer" if turn % 3 else "ring"
        call = sara.call("302" if turn % 2 else "202")
        end = time.monotonic() + chance.random() * 0.02
        while time.monotonic() < end:
            office.until(lambda: True, "polled")
        call.cancel()
        office.until(lambda call=call: call.state in ("failed", "connected"), "a final response", 3)
        if call.state == "connected":
            call.bye()
        else:
            require(call.final.status in (487, 480), call.final.start)
    office.see(bob)
    office.until(lambda: all(call.state in ("ended", "cancelled") for call in simon.calls.values()), "302 is idle")


@scene
def cancel_crosses_answer(office):
    """CANCEL and 200 cross: a late 200 is acknowledged and ended; a late CANCEL has no effect; BYE before ACK is taken."""
    app = monitored(office, "302")
    sara, simon = office.sip("301"), office.sip("302")
    app.expect_events({"302": ["BackInService"]})
    call = sara.call("302")
    other = office.call_in(simon, "ringing")
    office.reach(call, "ringback")
    take = simon.take_request

    def too_late(message):
        if message.method != "CANCEL":
            return take(message)
        other.answer()
        return simon.send(message.reply(200, "OK", to_tag=other.local_tag))
    simon.take_request = too_late
    call.cancel()
    office.reach(call, "failed")
    office.reach(other, "ended")
    require([request.method for request in other.requests if request.method in ("ACK", "BYE")] == ["ACK", "BYE"],
            [request.method for request in other.requests])
    app.settle()
    names = [app.line(root).split()[0] for root in app.told(next(iter(app.monitors)))]
    require(names.count("Established") == 0 and names.count("ConnectionCleared") <= 2, names)
    simon.take_request = take
    simon.manner = "answer"
    call = sara.call("302")
    office.reach(call, "connected")
    call.cancel()
    office.until(lambda: answers(call, "CANCEL"), "CANCEL is answered")
    require(answers(call, "CANCEL") in ([200], [481]) and call.state == "connected", answers(call, "CANCEL"))
    call.bye()
    office.until(lambda: answers(call, "BYE"), "BYE is answered")
    # BYE before the ACK of our 200.
    send = sara.send
    sara.send = lambda message: None if message.method == "ACK" and not message.is_response else send(message)
    call = sara.call("302")
    office.reach(call, "connected")
    call.bye()
    office.until(lambda: answers(call, "BYE"), "BYE is answered")
    require(answers(call, "BYE") == [200], answers(call, "BYE"))
    successes = len([answer for answer in call.answers if answer.method == "INVITE" and answer.status == 200])
    time.sleep(1.2)
    again = len([answer for answer in call.answers if answer.method == "INVITE" and answer.status == 200])
    require(again == successes, "200 is repeated after BYE")
    sara.send = send
    learn(app)


@trunk_scene
def forked(office):
    """Two branches of a trunk send early media; the answer of one of them counts, another answer is ended."""
    carrier, sara = office.carrier(1), office.sip("301")
    heard = sara.speaks(440, 0)
    spoken = carrier.speaks(620, 0)
    carrier.manner = "held back"
    rings = carrier.rings

    def take(message):
        if message.method != "INVITE":
            return rings(message)
        call = rings_only(message)
        for tag, port in (("one", 33330), ("two", carrier.media_port)):
            call.local_tag = tag
            sdp = call.description().replace(f"m=audio {carrier.media_port}".encode(), f"m=audio {port}".encode())
            call.respond(183, "Session Progress", sdp)
        return None

    def rings_only(message):
        manner, carrier.manner = carrier.manner, "silent"
        rings(message)
        carrier.manner = manner
        call = carrier.calls[message.call_id]
        call.state = "ringing"
        return call
    carrier.rings = take
    call = sara.call("0123456")
    other = office.call_in(carrier, "ringing")
    office.until(lambda: 183 in call.statuses or 180 in call.statuses, "301 is told of progress")
    other.local_tag = "two"
    other.answer()
    office.reach(call, "connected")
    office.until(lambda: [request for request in other.requests if request.method == "ACK"], "ACK")
    require(";tag=two" in [request for request in other.requests if request.method == "ACK"][0].get("To"), "ACK to who answered")
    office.until(lambda: heard.power(620) > 0.5 and spoken.power(440) > 0.5, "both hear each other", 6)
    other.requests.clear()
    other.local_tag = "one"
    other.respond(200, "OK", other.description())
    office.until(lambda: [request for request in other.requests if request.method == "BYE"], "the second answer is ended")
    ended = [(request.method, re.search(r";tag=(\w+)", request.get("To")).group(1)) for request in other.requests]
    require(ended[:2] == [("ACK", "one"), ("BYE", "one")], ended)
    require(call.state == "connected", "the call has ended")
    other.local_tag = "two"
    call.bye()
    office.until(lambda: ("BYE", "two") in [(request.method, re.search(r";tag=(\w+)", request.get("To")).group(1))
                                             for request in other.requests], "BYE to who answered")


@scene
def two_phones_speak_early(office):
    """Two phones of a number send early media; the caller is answered by the second, with one dialog."""
    sara, simon, twin = office.sip("301"), office.sip("302"), office.sip("302")
    simon.manner = twin.manner = "early"
    call = sara.call("302")
    first, second = office.call_in(simon, "ringing"), office.call_in(twin, "ringing")
    office.until(lambda: call.statuses and call.statuses[-1] in (180, 183), "progress")
    tags = {re.search(r";tag=([^;]+)", answer.get("To")).group(1) for answer in call.answers if answer.status > 100}
    second.answer()
    office.reach(call, "connected")
    tags.add(call.remote_tag)
    require(len(tags) == 1, f"{len(tags)} dialogs")
    office.reach(first, "cancelled")
    office.until(lambda: media(call.sdp)[1:] == (twin.media_port, "sendrecv"), f"301 hears who answered: {media(call.sdp)}")
    call.bye()


@scene
def offers_at_any_moment(office):
    """Offers before the answer, on top of another, and with an old CSeq; UPDATE before ACK; it ends with both heard."""
    sara, simon = office.sip("301"), office.sip("302")
    call = sara.call("302")
    other = office.call_in(simon, "ringing")
    office.reach(call, "ringback")
    call.remote_tag = re.search(r";tag=([^;>]+)", call.progress.get("To")).group(1)
    call.target = re.findall(r"<([^>]+)>", call.progress.get("Contact"))[0]
    body = [("Contact", sara.contact()), ("Content-Type", "application/sdp")]
    for method in ("INVITE", "UPDATE"):
        call.request(method, body, call.description())
        office.until(lambda method=method: [answer for answer in call.answers if answer.method == method
                                            and answer.cseq == call.cseq and answer.status >= 200], f"{method} is answered")
        last = [answer for answer in call.answers if answer.cseq == call.cseq and answer.status >= 200][-1]
        require(last.status in (491, 500), f"{method} before the answer: {last.status}")
        require(last.status == 491 or (last.get("Retry-After") or "x").isdigit(), "Retry-After")
    call.state = "ringback"
    other.answer()
    office.reach(call, "connected")
    call.answers.clear()
    call.request("INVITE", body, call.description(), cseq=2)
    office.until(lambda: answers(call, "INVITE"), "an old CSeq is answered")
    require(answers(call, "INVITE") == [500], f"an old CSeq: {answers(call, 'INVITE')}")
    chance = random.Random(3)
    for _ in range(12):
        side, peer = chance.choice(((call, other), (other, call)))
        for one in chance.choice(((side,), (side, peer), (peer, side))):
            one.request(chance.choice(("INVITE", "UPDATE")), [("Contact", one.agent.contact()), ("Content-Type", "application/sdp")],
                        one.description(chance.choice(("sendonly", "sendrecv", "inactive"))))
        end = time.monotonic() + chance.random() * 0.15
        while time.monotonic() < end:
            office.until(lambda: True, "polled")
    for one in (call, other):
        def calm(one=one):
            one.answers.clear()
            one.request("INVITE", [("Contact", one.agent.contact()), ("Content-Type", "application/sdp")], one.description())
            office.until(lambda: answers(one, "INVITE"), "an offer is answered")
            return answers(one, "INVITE") == [200]
        office.until(calm, "an offer is taken", 12)
    office.until(lambda: media(call.sdp)[1:] == (simon.media_port, "sendrecv"), f"301 hears 302: {media(call.sdp)}", 8)
    office.until(lambda: media(other.sdp)[1:] == (sara.media_port, "sendrecv"), f"302 hears 301: {media(other.sdp)}", 8)
    call.bye()
    office.reach(other, "ended")


@scene
def update_before_acknowledgement(office):
    """A caller that picks a codec with UPDATE right after the 200, before its ACK."""
    sara, simon = office.sip("301"), office.sip("302")
    simon.manner = "answer"
    send, held = sara.send, []
    sara.send = lambda message: held.append(message) if message.start.startswith("ACK") else send(message)
    call = sara.call("302")
    office.reach(call, "connected")
    call.request("UPDATE", [("Contact", sara.contact()), ("Content-Type", "application/sdp")], call.description())
    office.until(lambda: answers(call, "UPDATE"), "UPDATE is answered")
    require(answers(call, "UPDATE") == [200], answers(call, "UPDATE"))
    sara.send = send
    send(held[0])
    call.bye()


@scene
def offer_before_acknowledgement(office):
    """A re-INVITE that overtakes the ACK with the answer to the one before is refused; the late answer counts."""
    sara, _, call, other = connected(office)
    call.hold()
    office.until(lambda: answers(call, "INVITE") == [200] and media(other.sdp)[2] in ("inactive", "sendonly"),
                 "the hold is answered, and 302 told of it")
    send, held = sara.send, []
    sara.send = lambda message: held.append(message) if message.start.startswith("ACK") else send(message)
    sara.answers_late = "sendrecv"
    call.answers.clear()
    call.request("INVITE", [("Contact", sara.contact())])
    office.until(lambda: held, "an offer")
    call.answers.clear()
    call.request("INVITE", [("Contact", sara.contact())])
    office.until(lambda: 491 in answers(call, "INVITE"), "the second re-INVITE is refused")
    require(media(other.sdp)[2] in ("inactive", "sendonly"), media(other.sdp))
    sara.send = send
    for acknowledgement in held:
        send(acknowledgement)
    office.until(lambda: media(other.sdp)[2] == "sendrecv", "302 is in the conversation again")
    call.bye()


@scene
def merged(office):
    """The same INVITE by two ways is 482 the second time; a request in no dialog is 481; an unknown method 405 or 501."""
    sara, simon = office.sip("301"), office.sip("302")
    call = invite(sara, "302")
    office.call_in(simon, "ringing")
    office.until(lambda: call.statuses, "an answer")
    again = call.invite.copy()
    again.set("Via", re.sub(r"branch=[^;]+", f"branch=z9hG4bK{token()}", again.get("Via")))
    before = len(call.answers)
    sara.send(again)
    office.until(lambda: any(answer.status == 482 for answer in call.answers[before:]) or call.state == "failed", "482")
    require(any(answer.status == 482 for answer in call.answers[before:]), [answer.start for answer in call.answers])
    require(len(simon.calls) == 1, "302 rings twice")
    call.state = "ringback"
    call.cancel()
    office.reach(call, "failed")


@scene
def session_intervals(office):
    """Session-Expires: too small is 422 with Min-SE; what is agreed names a refresher, and is asked for at the other side."""
    sara, simon = office.sip("301"), office.sip("302")
    simon.manner = "answer"
    call = invite(sara, "302", [("Session-Expires", "60")])
    office.reach(call, "failed")
    require(call.final.status == 422 and call.final.get("Min-SE") == "90", f"{call.final.start} {call.final.get('Min-SE')}")
    call = invite(sara, "302", [("Session-Expires", "120"), ("Min-SE", "90")])
    office.reach(call, "connected")
    require(call.final.get("Session-Expires") == "120;refresher=uac", call.final.get("Session-Expires"))
    require("timer" in (call.final.get("Require") or ""), "Require: timer")
    other = office.call_in(simon, "connected", "answered")
    require((other.invite.get("Session-Expires") or "").split(";")[0] == "1800", other.invite.get("Session-Expires"))
    require("timer" in other.invite.get("Supported"), "Supported: timer")
    call.bye()
    office.reach(other, "ended")
    sara.extra = []
    call = invite(sara, "302", [("Session-Expires", "90;refresher=uas")])
    office.reach(call, "connected")
    require(call.final.get("Session-Expires") == "90;refresher=uas", call.final.get("Session-Expires"))
    call.bye()
