"""Scenes of rules that phones rely on: offers that cross, refusals, identities, Replaces, keys that are kept the same."""

import re
import time

from apps import require
from scenes import learn, media, scene, trunk_scene
from user_agent import Call, token

FEATURES = "application/x-as-feature-event+xml"
FAX = (b"v=0\r\no=- 77 9 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=image 4000 udptl t38\r\n"
       b"a=T38FaxVersion:0\r\n")


def invite(agent, number, headers=(), body=None, sender=None, hops=70):
    """An INVITE with what a scene wants in it."""
    call = Call(agent, f"{token()}@{agent.ip}", True)
    with agent.lock:
        agent.calls[call.call_id] = call
        call.dialled, call.branch = number, f"z9hG4bK{token()}"
        call.local, call.remote = f"<{sender or agent.uri(agent.number)}>", f"<{agent.uri(number)}>"
        body = call.description() if body is None else body
        sent = [("Contact", agent.contact()), ("Content-Type", "application/sdp")] + list(headers)
        call.invite = agent.message("INVITE", agent.uri(number), f"{call.local};tag={call.local_tag}", call.remote,
                                    call.call_id, 1, sent, body, call.branch)
        call.state = "calling"
        agent.socket.send(call.invite.to_bytes().replace(b"Max-Forwards: 70", b"Max-Forwards: %d" % hops))
    return call


def connected(office, phones=None):
    """301 talks with 302: both phones and their calls."""
    sara, simon = phones or (office.sip("301"), office.sip("302"))
    simon.manner = "answer"
    call = sara.call("302")
    office.reach(call, "connected")
    return sara, simon, call, office.call_in(simon, "connected")


def answers(call, method):
    """The final answers to the requests of a method."""
    return [message.status for message in call.answers if message.method == method and message.status >= 200]


def outside(office, agent, method, headers=()):
    """The status of the answer to a request outside a dialog."""
    name = token()
    agent.send(agent.message(method, agent.uri("302"), f"<{agent.uri(agent.number)}>;tag=a", f"<{agent.uri('302')}>",
                             name, 5, [("Contact", agent.contact())] + list(headers)))
    office.until(lambda: any(message.call_id == name for message in agent.others), f"{method} is answered")
    return [message.status for message in agent.others if message.call_id == name][-1]


@scene
def what_is_announced(office):
    """Allow, Supported and Allow-Events in INVITE and 200; REFER outside a dialog is refused."""
    sara, _, call, other = connected(office)
    for message in (call.final, other.invite):
        for header, part in (("Allow", "REFER"), ("Allow", "UPDATE"), ("Supported", "replaces"),
                             ("Allow-Events", "as-feature-event")):
            require(part in (message.get(header) or ""), f"{header}: {message.get(header)}")
    call.bye()
    require(outside(office, sara, "REFER", [("Refer-To", f"<{sara.uri('303')}>")]) == 403, "REFER outside a dialog")


@scene
def odd_requests(office):
    """What nobody should send, or few send: REFER to two or for something else, packed bodies, NOTIFY of nobody, `id` of Event."""
    sara, _, call, other = connected(office)

    def refer(*targets):
        before = len(answers(call, "REFER"))
        call.request("REFER", [("Refer-To", target) for target in targets] + [("Contact", sara.contact())])
        office.until(lambda: len(answers(call, "REFER")) > before, "REFER is answered")
        return answers(call, "REFER")[-1]
    one, two = f"<{sara.uri('303')}>", f"<{sara.uri('304')}>"
    require(refer() == 400 and refer(one, two) == 400, f"{answers(call, 'REFER')}")
    require(refer(f"<{sara.uri('303')};method=BYE>") == 403, f"{answers(call, 'REFER')}")
    call.bye()
    office.reach(other, "ended")
    require(outside(office, sara, "NOTIFY", [("Event", "dialog"), ("Subscription-State", "active")]) == 481, "NOTIFY")
    packed = invite(sara, "302", [("Content-Encoding", "gzip")])
    office.reach(packed, "failed")
    refused = packed.final
    require(refused.status == 415 and refused.get("Accept-Encoding") and "sdp" in refused.get("Accept"), refused.start)
    lamp = sara.subscribe("dialog;id=7", "302")
    office.until(lambda: lamp.notified(), "the lamp is told")
    told = [message for message in lamp.messages() if not message.is_response]
    require(told[0].get("Event") == "dialog;id=7", told[0].get("Event"))
    require(lamp.status() == 200, "SUBSCRIBE")
    sara.subscribe("dialog;id=7", "302", 0, lamp)
    office.until(lambda: lamp.notified()[-1][0].startswith("terminated"), "the lamp is out")


@scene
def hops(office):
    """Max-Forwards goes down by one; at nothing left the call is refused."""
    sara, simon = office.sip("301"), office.sip("302")
    call = invite(sara, "302", hops=0)
    office.reach(call, "failed")
    require(call.statuses[-1] == 483, call.statuses)
    call = invite(sara, "302", hops=12)
    other = office.call_in(simon, "ringing")
    require(other.invite.get("Max-Forwards") == "11", other.invite.get("Max-Forwards"))
    call.cancel()
    office.reach(other, "cancelled")


@scene
def statuses(office):
    """What the called phone refuses with reaches the caller, with Reason; Retry-After does not."""
    sara, simon = office.sip("301"), office.sip("302")
    for said, told, reason in ((404, 404, 1), (410, 410, 22), (484, 484, 28), (480, 480, 18), (408, 480, 18), (486, 486, 17),
                               (600, 486, 17), (603, 603, 21), (403, 403, 21), (482, 480, 25), (500, 503, 41),
                               (503, 503, 34)):
        simon.manner = f"status {said}"
        call = sara.call("302")
        office.reach(call, "failed")
        final = call.final
        require(final.status == told and f"cause={reason}" in final.get("Reason", ""),
                f"{said}: {final.status} {final.get('Reason')}")
        require(not final.get("Retry-After"), f"{said}: Retry-After")


@scene
def crossing_offers(office):
    """491 to an offer that crosses ours, also in UPDATE; 491 to ours: it comes again."""
    _, simon, call, other = connected(office)
    pending, take = [], simon.take_request

    def hold_back(message):
        if message.method == "INVITE" and message.call_id == other.call_id and message.cseq != other.invite.cseq:
            other.requests.append(message)
            return pending.append(message)
        return take(message)
    simon.take_request = hold_back
    call.hold()
    office.until(lambda: pending, "302 gets an offer")
    for method in ("INVITE", "UPDATE"):
        other.answers.clear()
        other.request(method, [("Contact", simon.contact()), ("Content-Type", "application/sdp")], other.description())
        office.until(lambda method=method: answers(other, method), f"{method} is answered")
        require(answers(other, method) == [491], f"{method}: {answers(other, method)}")
    simon.take_request = take
    simon.send(pending[0].reply(491, "Request Pending", to_tag=other.local_tag))
    before = len(other.requests)
    office.until(lambda: any(request.method == "INVITE" for request in other.requests[before:]), "again", 6)
    call.bye()
    office.reach(other, "ended")


@scene
def updates(office):
    """UPDATE holds; a re-INVITE without offer is answered with one; fax is refused, and the call is as before."""
    sara, _, call, other = connected(office)
    call.answers.clear()
    call.request("INVITE", [("Contact", sara.contact())])
    office.until(lambda: answers(call, "INVITE"), "an offer")
    body = [message for message in call.answers if message.method == "INVITE"][-1].body
    require(len(re.search(rb"m=audio \d+ RTP/AVP ([\d ]+)", body).group(1).split()) >= 3, body)
    require(media(body)[2] == "sendrecv", body)
    call.answers.clear()
    call.request("INVITE", [("Contact", sara.contact()), ("Content-Type", "application/sdp")], FAX)
    office.until(lambda: answers(call, "INVITE"), "fax is answered")
    require(answers(call, "INVITE") == [488] and media(other.sdp)[2] == "sendrecv", f"fax: {answers(call, 'INVITE')}")
    require(call.answers[-1].get("Warning").startswith("305 "), "488 does not say why")
    call.request("UPDATE", [("Contact", sara.contact()), ("Content-Type", "application/sdp")],
                 call.description("sendonly"))
    office.until(lambda: answers(call, "UPDATE") == [200], "UPDATE is answered")
    office.until(lambda: media(other.sdp)[2] in ("inactive", "sendonly"), "302 is told of the hold")
    call.bye()


@scene
def offers_while_held(office):
    """A re-INVITE without offer of a phone that holds is answered with a full offer; the answer in the ACK says whether it resumes."""
    sara, _, call, other = connected(office)
    learned = media(call.sdp)[1]
    call.hold()
    office.until(lambda: answers(call, "INVITE") == [200] and media(other.sdp)[2] in ("inactive", "sendonly"),
                 "the hold is answered, and 302 told of it")
    for direction in ("sendonly", "sendrecv"):
        call.answers.clear()
        sara.answers_late = direction
        call.request("INVITE", [("Contact", sara.contact())])
        office.until(lambda: answers(call, "INVITE") == [200], "an offer")
        with sara.lock:  # Then its ACK has been sent.
            sara.answers_late = None
        offered = media([message for message in call.answers if message.method == "INVITE"][-1].body)
        require(offered[1:] == (learned, "sendrecv"), offered)
        if direction == "sendonly":
            require(media(other.sdp)[2] in ("inactive", "sendonly"), media(other.sdp))
    office.until(lambda: media(other.sdp)[2] == "sendrecv", "302 is in the conversation again")
    call.bye()


@scene
def other_media(office):
    """Video, fax and further audio are refused with port 0, in their places; one codec is answered."""
    sara, simon = office.sip("301"), office.sip("302")
    simon.manner = "answer"
    lines = ["v=0", "o=- 77 9 IN IP4 127.0.0.1", "s=-", "c=IN IP4 127.0.0.1", "t=0 0", "m=video 5000 RTP/AVP 96",
             "a=rtpmap:96 H264/90000", f"m=audio {sara.media_port} RTP/AVP 0 8 101",
             "a=rtpmap:101 telephone-event/8000", "m=audio 5004 RTP/AVP 0", "m=image 5006 udptl t38", ""]
    call = invite(sara, "302", body="\r\n".join(lines).encode())
    office.reach(call, "connected")
    streams = re.findall(r"m=(\w+) (\d+) \S+ ([\w ]+)", call.sdp.decode())
    require([kind for kind, _, _ in streams] == ["video", "audio", "audio", "image"], streams)
    require([port != "0" for _, port, _ in streams] == [False, True, False, False], streams)
    require(len(streams[1][2].split()) == 2, streams)
    call.bye()


@scene
def anonymous(office):
    """Privacy: id hides who calls, in From, P-Asserted-Identity and Remote-Party-ID."""
    sara, simon = office.sip("301"), office.sip("302")
    call = invite(sara, "302", [("Privacy", "id")])
    invited = office.call_in(simon, "ringing").invite
    shown = [invited.get(header) or "" for header in ("From", "P-Asserted-Identity", "Remote-Party-ID", "Contact")]
    require("anonymous.invalid" in shown[0] and not any("301" in text for text in shown), shown)
    call.cancel()


@scene
def moved(office):
    """A phone that answers 302 forwards the call, with Diversion; phones that forward in a circle end."""
    sara, simon, sofia, stefan = (office.sip(number) for number in ("301", "302", "303", "304"))
    simon.manner = "moved 303"
    call = sara.call("302")
    invited = office.call_in(sofia, "ringing").invite
    require("sip:302@" in invited.get("Diversion", "") and "reason=unconditional" in invited.get("Diversion"),
            invited.get("Diversion"))
    call.cancel()
    office.reach(call, "failed")
    sofia.manner, stefan.manner = "moved 304", "moved 302"
    call = sara.call("302")
    office.reach(call, "failed")
    require(len(simon.calls) <= 4 and call.statuses[-1] in (403, 480, 482, 486), f"{len(simon.calls)} {call.statuses}")


@scene
def takes_over(office):
    """INVITE with Replaces takes a call over; one that names no call is answered 481; two of them 400."""
    _, _, call, other = connected(office)
    sofia = office.sip("303")
    for headers, status in (([("Replaces", "none;to-tag=1;from-tag=2")], 481),
                            ([("Replaces", "a;to-tag=1;from-tag=2"), ("Replaces", "b;to-tag=1;from-tag=2")], 400)):
        wrong = invite(sofia, "302", headers)
        office.reach(wrong, "failed")
        require(wrong.statuses[-1] == status, wrong.statuses)
    named = f"{call.call_id};to-tag={call.remote_tag};from-tag={call.local_tag}"
    wrong = invite(sofia, "302", [("Replaces", named + ";early-only")])
    office.reach(wrong, "failed")
    require(wrong.statuses[-1] == 486, wrong.statuses)
    taken = invite(sofia, "302", [("Replaces", named)])
    office.reach(taken, "connected")
    office.reach(call, "ended")
    office.until(lambda: media(other.sdp)[1] == sofia.media_port, "302 hears 303")
    taken.bye()
    office.reach(other, "ended")


@scene
def picks_up(office):
    """A lamp's dialog in Replaces picks the call up; who rang first has not missed it."""
    sara, simon, sofia = office.sip("301"), office.sip("302"), office.sip("303")
    lamp = sofia.subscribe("dialog", "302")
    office.until(lamp.notified, "303 is told of 302")
    call = sara.call("302")
    rings = office.call_in(simon, "ringing")
    office.until(lambda: "<state>early</state>" in lamp.notified()[-1][1], "early")
    name, local, remote = (re.search(rf'{part}="([^"]+)"', lamp.notified()[-1][1]).group(1)
                           for part in ("call-id", "local-tag", "remote-tag"))
    picked = invite(sofia, "302", [("Replaces", f"{name};to-tag={local};from-tag={remote};early-only")])
    office.reach(picked, "connected")
    office.reach(rings, "cancelled")
    require("cause=200" in rings.cancel_reason, rings.cancel_reason)
    office.reach(call, "connected")
    picked.bye()
    office.reach(call, "ended")


@scene
def early_transfer(office):
    """REFER with Replaces of a call that rings still; a transferor who leaves at once; one whose target is busy."""
    sara, simon, call, other = connected(office)
    sofia, phones = office.sip("303"), (sara, simon)
    second = sara.call("303")
    rings = office.call_in(sofia, "ringing")
    office.reach(second, "ringback")
    second.remote_tag = re.findall(r";tag=([^;>]+)", second.progress.get("To"))[0]
    call.refer("303", replaces=second)
    office.until(lambda: call.reports, "reported")
    rings.answer()
    office.until(lambda: call.reports[-1:] == ["SIP/2.0 200 OK"], f"200 is reported: {call.reports}")
    office.until(lambda: media(other.sdp)[1] == sofia.media_port, "302 hears 303")
    other.bye()
    office.reach(rings, "ended")
    _, _, call, other = connected(office, phones)
    call.refer("303")
    call.bye()
    rings = office.call_in(sofia, "ringing")
    rings.answer()
    office.reach(rings, "connected")
    require(other.state == "connected", "the call ended with the transferor")
    require("302" in rings.invite.get("P-Asserted-Identity", ""), "303 is not told that 302 is sent to it")
    rings.bye()
    office.reach(other, "ended")
    sofia.manner = "busy"
    _, _, call, other = connected(office, phones)
    call.refer("303")
    office.until(lambda: any("486" in report for report in call.reports), f"{call.reports}")
    require(call.state == "connected", "the call is not kept")
    call.bye()
    office.reach(other, "ended")
    sofia.manner = "ring"
    _, _, call, other = connected(office, phones)
    call.refer("303")
    rings = office.call_in(sofia, "ringing")
    office.until(lambda: any("180" in report for report in call.reports), f"{call.reports}")
    rings.state = "refused"
    rings.respond(486, "Busy Here")
    office.until(lambda: "486" in call.reports[-1], f"{call.reports}")
    office.until(lambda: media(other.sdp)[1:] == (sara.media_port, "sendrecv"), "302 talks to 301 again")
    require(call.state == "connected" and not sara.in_state("ringing"), "the call is not kept")
    call.bye()
    office.reach(other, "ended")


@scene
def feature_keys(office):
    """as-feature-event: do not disturb and forwarding, changed by the phone and by an application."""
    app, sara, (bob,) = office.app(), office.sip("301"), office.all(202)
    app.monitor("301")
    keys = sara.subscribe("as-feature-event", "301")
    office.until(lambda: keys.status() == 200 and keys.notified(), "301 is told")
    first = keys.notified()[0][1]
    require(first.count("</ForwardingEvent>") == 3 and "<doNotDisturbOn>false" in first, first)

    def told(text, act):
        before = len(keys.notified())
        act()
        office.until(lambda: any(text in body for _, body in keys.notified()[before:]), f"told {text}")

    def ask(body):
        keys.cseq += 1
        headers = [("Event", "as-feature-event"), ("Contact", sara.contact()), ("Expires", "600"),
                   ("Content-Type", FEATURES)]
        text = f'<?xml version="1.0" encoding="ISO-8859-1"?>{body}'
        sara.send(sara.message("SUBSCRIBE", sara.uri("301"), f"<{sara.uri('301')}>;tag={keys.tag}", keys.remote,
                               keys.call_id, keys.cseq, headers, text.encode()))

    def disturb(on):
        ask(f"<SetDoNotDisturb><device/><doNotDisturbOn>{on}</doNotDisturbOn></SetDoNotDisturb>")

    def forward(on):
        ask(f"<SetForwarding><device/><activateForward>{on}</activateForward><forwardingType>forwardImmediate"
            "</forwardingType><forwardDN>202</forwardDN><ringCount/></SetForwarding>")
    told("<doNotDisturbOn>true", lambda: disturb("true"))
    told("<doNotDisturbOn>false", lambda: disturb("false"))
    told("<forwardTo>202</forwardTo>", lambda: forward("true"))

    def events():
        return [root.tag.split("}")[1] for root in app.roots()]
    app.wait(lambda: "ForwardingEvent" in events())
    require(events().count("DoNotDisturbEvent") == 2, events())
    simon = office.sip("302")
    call = simon.call("301")
    office.until(lambda: bob.call("ringin"), "the call is forwarded")
    call.cancel()
    told("<forwardStatus>false", lambda: app.expect(
        "SetForwarding", "<device>301</device><activateForward>false</activateForward>"
        "<forwardingType>forwardImmediate</forwardingType>"))
    for on in ("true", "false"):
        told(f"<doNotDisturbOn>{on}", lambda on=on: app.expect(
            "SetDoNotDisturb", f"<device>301</device><doNotDisturbOn>{on}</doNotDisturbOn>"))


@scene
def cisco_phone(office):
    """A Cisco phone is asked by REFER to make a call and to answer one; what it does is the call of the application."""
    app, (bob,) = office.app(), office.all(202)
    sara = office.sip("301", register=False)
    contact = sara.contact() + ';+u.sip!devicename.ccm.cisco.com="SEP020000000301";+u.sip!model.ccm.cisco.com="593"'
    require(sara.register(contact=contact) == 200, "registration")
    app.monitor("301")

    def asked(element):
        def found():
            with sara.lock:
                refers = [message for message in sara.others if not message.is_response and message.method == "REFER"]
            return [message for message in refers if element.encode() in message.body]
        office.until(found, f"301 gets {element}")
        return found()[-1]
    require(app.make_call("301", "202") == "c1/301", "MakeCall")
    request = asked("initiatecallreq")
    require(b"<dialstring>202</dialstring>" in request.body and b"<linenumber>1</linenumber>" in request.body, request.body)
    require(request.get("Refer-To").startswith("<cid:") and "norefersub" in request.get("Require"), request.get("Refer-To"))
    require(not sara.in_state("ringing"), "301 is called")
    call = sara.call("202")
    office.until(lambda: bob.call("ringin"), "202 rings")
    app.expect_events({"301": ["ServiceInitiated c1/301 initiated makeCall", "Originated c1/301 connected newCall",
                               "Delivered c1/202 connected newCall"]})
    office.press(bob, "Answer", "ringin")
    office.reach(call, "connected")
    app.expect_events({"301": ["Established c1/202 connected newCall"]})
    call.bye()
    office.see(bob)
    learn(app)
    office.dial(bob, "301")
    rings = office.call_in(sara, "ringing")
    app.wait(lambda: any(root.tag.endswith("DeliveredEvent") for root in app.roots()))
    learn(app)
    app.act("AnswerCall", "c2", "301")
    body = asked("answercallreq").body.decode()
    require(f"<callid>{rings.call_id}</callid><localtag>{rings.local_tag}</localtag>" in body, body)
    office.reach(rings, "connected")
    rings.bye()
    office.see(bob)


@trunk_scene
def challenged_offer(office):
    """A trunk wants a password also for an offer in a call; a number that is dialled stands for another one."""
    carrier, second, sara = office.carrier(1), office.carrier(2), office.sip("301")
    carrier.manner, second.manner = "unavailable", "challenge"
    call = sara.call("8123456")
    other = office.call_in(second, "ringing")
    require(other.invite.start.startswith("INVITE sip:+49123456@"), other.invite.start)
    other.answer()
    office.reach(call, "connected")
    call.hold()
    office.until(lambda: media(other.sdp)[2] in ("inactive", "sendonly"), "the trunk is told of the hold")
    call.resume()
    office.until(lambda: media(other.sdp)[2] == "sendrecv", "and of its end")
    call.bye()
    office.reach(other, "ended")


@trunk_scene
def rests(office):
    """A trunk that says 503 with Retry-After is left alone meanwhile."""
    carrier, second, (alice,) = office.carrier(1), office.carrier(2), office.all(201)
    carrier.manner = "status 503"
    for manner in ("status 503", "ring"):
        office.dial(alice, "0123456")
        call = office.call_in(second, "ringing")
        require(len(carrier.calls) == 1, f"called {len(carrier.calls)} times")
        carrier.manner = manner
        call.answer()
        office.until(lambda: alice.call("connected"), "201 talks")
        call.bye()
        office.see(alice)
    time.sleep(2)


@trunk_scene
def numbers_in_full(office):
    """Callers have their number in full at a trunk, and are shown by it as extensions; Reason says why a trunk refuses."""
    carrier, sara = office.carrier(1), office.sip("301")
    call = sara.call("91234")
    other = office.call_in(carrier, "ringing")
    for header in ("From", "P-Asserted-Identity", "Remote-Party-ID"):
        require("sip:4930555301@" in (other.invite.get(header) or ""), f"{header}: {other.invite.get(header)}")
    other.state = "refused"
    other.respond(500, "Server Internal Error", headers=[("Reason", "Q.850;cause=1")])
    office.reach(call, "failed")
    require(call.statuses[-1] == 404, call.statuses)
    call = invite(carrier, "301", sender="sip:4930555302@carrier.example")
    invited = office.call_in(sara, "ringing").invite
    require("sip:302@" in invited.get("From"), invited.get("From"))
    call.cancel()
