"""Scenes of features: transfers of every pair of protocols, holding twice, forwarding, pickup, lines of both protocols, pending requests."""

import re
import time

from apps import require
from scenes import learn, media, scene, trunk_scene
from races import monitored
from signalling import answers, connected, invite
from user_agent import Listening

SCCP_MEDIA = 20000


def is_sip(number):
    return number.startswith("3")


class Trio:
    """Three phones by number, SIP or SCCP, and what each does as its user would."""

    def __init__(self, office, *numbers):
        self.office, self.numbers = office, numbers
        self.phones = {number: office.sip(number) if is_sip(number) else office.phone(int(number)) for number in numbers}
        self.calls = {}

    def call(self, caller, called):
        """One calls another one, who answers."""
        office, phone, other = self.office, self.phones[caller], self.phones[called]
        made = taken = None
        if is_sip(caller):
            made = phone.call(called)
        elif phone.call("offhook"):
            phone.type(called, phone.call("offhook"))
        else:
            office.dial(phone, called)
        if is_sip(called):
            taken = office.call_in(other, "ringing")
            taken.answer()
            office.reach(taken, "connected")
        else:
            office.press(other, "Answer", "ringin")
            office.until(lambda: other.call("connected"), f"{called} talks")
        if made:
            office.reach(made, "connected")
        else:
            office.until(lambda: phone.call("connected"), f"{caller} talks")
        self.calls.setdefault(caller, []).append(made)
        self.calls.setdefault(called, []).append(taken)

    def hears(self, number, other):
        """Whether a phone sends to where the other one receives."""
        port = self.phones[other].media_port if is_sip(other) else SCCP_MEDIA
        if not is_sip(number):
            return bool(self.phones[number].media)
        call = self.calls[number][-1]
        return media(call.sdp)[1:] == (port, "sendrecv")

    def talk(self, one, other):
        self.office.until(lambda: self.hears(one, other) and self.hears(other, one), f"{one} and {other} hear each other "
                          f"({[media(call.sdp) for number in (one, other) for call in self.calls[number] if call]})")

    def idle(self, number):
        phone = self.phones[number]
        if is_sip(number):
            self.office.until(lambda: all(call.state == "ended" for call in self.calls[number]), f"{number} is idle")
        else:
            self.office.see(phone)

    def hang_up(self, number):
        if is_sip(number):
            self.calls[number][-1].bye()
        else:
            self.office.press(self.phones[number], "EndCall", "connected")

    def transfer(self, number, target):
        """Holds, calls another one who answers, and joins both."""
        phone, office = self.phones[number], self.office
        if is_sip(number):
            first = self.calls[number][-1]
            first.hold()
            office.until(lambda: answers(first, "INVITE") == [200], "held")
            self.call(number, target)
            first.refer(target, replaces=self.calls[number][-1])
            office.until(lambda: first.reports[-1:] == ["SIP/2.0 200 OK"], f"200 is reported {first.reports}")
        else:
            office.press(phone, "Trnsfer", "connected")
            office.until(lambda: phone.call("offhook"), f"{number} hears the dial tone")
            self.call(number, target)
            office.press(phone, "Trnsfer", "connected")


def transfer_of(*numbers):
    def play(office):
        trio = Trio(office, *numbers)
        transferor, transferee, target = numbers
        trio.call(transferee, transferor)
        trio.transfer(transferor, target)
        trio.idle(transferor)
        trio.talk(transferee, target)
        trio.hang_up(transferee)
        trio.idle(target)
    kinds = "".join("S" if is_sip(number) else "K" for number in numbers)
    play.__name__ = f"attended_{kinds}"
    play.__doc__ = f"Attended transfer by {numbers[0]} of {numbers[1]} to {numbers[2]}; both are heard afterwards."
    return scene(play)


for numbers in (("301", "302", "303"), ("301", "302", "202"), ("301", "202", "302"), ("301", "202", "201"),
                ("202", "301", "302"), ("202", "301", "201"), ("202", "201", "301")):
    transfer_of(*numbers)


@scene
def sccp_sends_on(office):
    """An SCCP phone transfers a SIP phone that rings at the target still."""
    trio = Trio(office, "202", "301", "302")
    trio.call("301", "202")
    bob, simon = trio.phones["202"], trio.phones["302"]
    office.press(bob, "Trnsfer", "connected")
    office.until(lambda: bob.call("offhook"), "202 hears the dial tone")
    bob.type("302", bob.call("offhook"))
    call = office.call_in(simon, "ringing")
    office.press(bob, "Trnsfer", "ringout")
    office.see(bob)
    call.answer()
    office.reach(call, "connected")
    trio.calls["302"] = [call]
    trio.talk("301", "302")
    names = lambda: [own.get("P-Asserted-Identity", "") for own in trio.calls["301"][0].requests]  # noqa: E731
    office.until(lambda: any("302" in name for name in names()), f"301 is told that it talks to 302: {names()}")
    call.bye()


@scene
def old_hold(office):
    """An address of zeros holds, and is never sent to; both hold at once; media comes back when neither does."""
    app = monitored(office, "301", "302")
    _, simon, call, other = connected(office)
    app.settle()
    learn(app)
    sdp = call.agent.sdp
    call.agent.sdp = lambda direction="sendrecv", version=1: sdp(direction, version).replace(b"c=IN IP4 127.0.0.1", b"c=IN IP4 0.0.0.0")
    call.hold("sendrecv")
    office.until(lambda: answers(call, "INVITE") == [200], "held")
    app.expect_events({"301": ["Held c1/301 hold normal"], "302": ["Held c1/301 connected normal"]})
    office.until(lambda: media(other.sdp)[1] != call.agent.media_port and media(other.sdp)[0] != "0.0.0.0",
                 f"302 hears music {media(other.sdp)}")
    call.agent.sdp = sdp
    other.hold()
    office.until(lambda: answers(other, "INVITE") == [200], "held by both")
    app.expect_events({"301": ["Held c1/302 hold normal"], "302": ["Held c1/302 hold normal"]}
                      if False else {"301": ["Held c1/302 hold normal"], "302": ["Held c1/302 hold normal"]})
    call.resume()
    office.until(lambda: answers(call, "INVITE") == [200], "resumed")
    require(media(call.sdp)[1] != simon.media_port, f"301 is sent to 302, which holds: {media(call.sdp)}")
    other.resume()
    office.until(lambda: answers(other, "INVITE") == [200], "resumed by both")
    office.until(lambda: media(call.sdp)[1:] == (simon.media_port, "sendrecv")
                 and media(other.sdp)[1:] == (call.agent.media_port, "sendrecv"),
                 f"both hear each other: {media(call.sdp)} {media(other.sdp)}")
    call.bye()


@scene
def recvonly(office):
    """A phone that only receives does not hold; one that rejects the audio does."""
    app = monitored(office, "301")
    _, _, call, _ = connected(office)
    app.settle()
    learn(app)
    call.offer("recvonly")
    office.until(lambda: answers(call, "INVITE") == [200], "answered")
    require(media(call.sdp)[2] in ("sendonly", "sendrecv"), media(call.sdp))
    app.expect_events({"301": []})
    port, call.agent.media_port = call.agent.media_port, 0
    call.offer("sendrecv")
    office.until(lambda: answers(call, "INVITE") == [200], "answered")
    require(re.search(rb"m=audio 0 ", call.sdp), call.sdp)
    app.expect_events({"301": ["Held c1/301 hold normal"]})
    call.agent.media_port = port
    call.resume()
    app.expect_events({"301": ["Retrieved c1/301 connected normal"]})
    call.bye()


@scene
def forwards_at_the_server(office):
    """Forwarding of busy, unanswered, all and unreachable: the new leg has Diversion with the reason."""
    app = office.app()
    sara, sofia = office.sip("301"), office.sip("303")

    def forward(kind, to="303"):
        on = "true" if to else "false"
        app.expect("SetForwarding", f"<device>302</device><activateForward>{on}</activateForward><forwardingType>{kind}"
                   f"</forwardingType>" + (f"<forwardDN>{to}</forwardDN>" if to else ""))

    def diverted(reason):
        call = sara.call("302")
        invited = office.call_in(sofia, "ringing").invite
        require(f"reason={reason}" in invited.get("Diversion", "") and "sip:302@" in invited.get("Diversion", ""),
                f"{reason}: {invited.get('Diversion')}")
        require("301" in invited.get("From"), invited.get("From"))
        call.cancel()
        office.reach(call, "failed")
        office.until(lambda: not sofia.in_state("ringing"), "303 is idle")
    forward("forwardImmediate")
    diverted("unconditional")
    forward("forwardImmediate", None)
    simon = office.sip("302")
    simon.manner = "busy"
    forward("forwardBusy")
    diverted("user-busy")
    forward("forwardBusy", None)
    simon.manner = "ring"
    app.expect("SetForwarding", "<device>302</device><activateForward>true</activateForward><forwardingType>forwardNoAns"
               "</forwardingType><forwardDN>303</forwardDN><ringDuration>3</ringDuration>")
    call = sara.call("302")
    office.until(lambda: sofia.in_state("ringing"), "303 rings when 302 did not answer", 8)
    invited = sofia.in_state("ringing").invite
    require("reason=no-answer" in invited.get("Diversion", ""), invited.get("Diversion"))
    call.cancel()
    office.reach(call, "failed")
    forward("forwardNoAns", None)


@scene
def picks_up_across(office):
    """PickUp of an SCCP phone takes a call that rings at a SIP phone, and *8 of a SIP phone one that rings at an SCCP phone."""
    sara, simon, (alice, bob) = office.sip("301"), office.sip("302"), office.all(201, 202)
    call = sara.call("302")
    rings = office.call_in(simon, "ringing")
    office.press(bob, "PickUp", None)
    bob.type("302", bob.call("offhook") or 0)
    office.reach(rings, "cancelled")
    require("cause=200" in rings.cancel_reason, rings.cancel_reason)
    office.reach(call, "connected")
    require(media(call.sdp)[1] == SCCP_MEDIA, media(call.sdp))
    call.bye()
    office.see(bob)
    office.dial(alice, "202")
    office.until(lambda: bob.call("ringin"), "202 rings")
    lamp = simon.subscribe("dialog", "202")
    office.until(lambda: lamp.notified() and "<state>early</state>" in lamp.notified()[-1][1], "302 is told")
    name, local, remote = (re.search(rf'{part}="([^"]+)"', lamp.notified()[-1][1]).group(1)
                           for part in ("call-id", "local-tag", "remote-tag"))
    picked = invite(simon, "202", [("Replaces", f"{name};to-tag={local};from-tag={remote};early-only")])
    office.reach(picked, "connected")
    office.see(bob)
    office.until(lambda: alice.call("connected") and alice.media, "201 talks")
    picked.bye()


@scene
def line_of_both(office):
    """A line of SIP and SCCP: what one answers is in use at the other; put aside, the other takes it; and the other way."""
    carol, sara, (desk,) = office.sip("203"), office.sip("301"), office.all(203)
    sara.manner = "answer"
    call = sara.call("203")
    rings = office.call_in(carol, "ringing")
    office.until(lambda: desk.call("ringin"), "the desk rings")
    rings.answer()
    office.reach(call, "connected")
    office.until(lambda: desk.call("inuse"), f"the desk shows the line in use: {desk.named}")
    rings.hold()
    office.until(lambda: answers(rings, "INVITE") == [200], "held")
    office.press(desk, "Resume", "hold")
    office.until(lambda: desk.call("connected") and desk.media, "the desk has the call")
    office.reach(rings, "ended")
    office.until(lambda: media(call.sdp)[1:] == (SCCP_MEDIA, "sendrecv"), f"301 hears the desk {media(call.sdp)}")
    call.bye()
    office.see(desk)


@scene
def acts_while_asked(office):
    """A phone that is asked to answer: its user declines, answers, or the caller leaves meanwhile: one response each."""
    app = monitored(office, "301", "302")
    sara, simon = office.sip("301"), office.sip("302", talk=True)
    answered = []
    simon.take_request, take = lambda message: answered.append(message) or simon.send(message.reply(200, "OK")) \
        if message.method == "NOTIFY" else take(message), simon.take_request

    def ask(then):
        call = sara.call("302")
        rings = office.call_in(simon, "ringing")
        office.reach(call, "ringback")
        app.settle()
        learn(app)
        name = app.snapshot("302")[0].split("/")[0]
        before = len(answered)
        invoke = app.link.request("AnswerCall", app.connection("callToBeAnswered", name, "302"))
        office.until(lambda: app.wait(lambda: len(answered) > before, 0.05), "302 is asked")
        then(call, rings)
        reply = app.link.answer(invoke)
        return call, rings, reply
    from apps import error
    call, rings, reply = ask(lambda call, rings: rings.answer())
    require(reply.tag.endswith("AnswerCallResponse"), error(reply))
    office.reach(call, "connected")
    call.bye()
    office.reach(rings, "ended")

    def declines(_, rings):
        rings.state = "refused"
        rings.respond(486, "Busy Here")
    call, rings, reply = ask(declines)
    require(error(reply).startswith(("operation/", "stateIncompatibility/")), error(reply))
    office.reach(call, "failed")
    call, rings, reply = ask(lambda call, rings: call.cancel())
    require(error(reply).startswith(("operation/", "stateIncompatibility/")), error(reply))
    office.reach(call, "failed")
    office.reach(rings, "cancelled")
    began = time.monotonic()
    call, rings, reply = ask(lambda call, rings: None)
    require(error(reply) == "operation/requestIncompatibleWithDevice" and time.monotonic() - began < 4.5, error(reply))
    require(rings.state == "ringing", "it rings no more")
    call.cancel()
    office.reach(call, "failed")


@scene
def prompted(office):
    """MakeCall, prompted and not: the phone is called with the wanted number; who does not answer is given up; 486 fails it."""
    app = monitored(office, "301")
    sara, (bob,) = office.sip("301"), office.all(202)
    app.settle()
    learn(app)
    for prompt in ("prompt", "doNotPrompt"):
        answer = app.request("MakeCall", "<callingDevice>301</callingDevice><calledDirectoryNumber>202</calledDirectoryNumber>"
                             f"<autoOriginate>{prompt}</autoOriginate>")
        if not answer.tag.endswith("MakeCallResponse"):
            from apps import error
            require(prompt == "prompt" and error(answer) == "operation/requestIncompatibleWithCallingDevice", error(answer))
            continue
        call = office.call_in(sara, "ringing")
        invited = call.invite
        automatic = "answer-after=0" in (invited.get("Call-Info") or "") and "alert-autoanswer" in (invited.get("Alert-Info") or "")
        require(automatic == (prompt == "doNotPrompt"), f"{prompt}: {invited.get('Call-Info')} {invited.get('Alert-Info')}")
        require("202" in invited.get("From"), invited.get("From"))
        require(not bob.call("ringin"), "202 rings before 301 has answered")
        call.answer()
        office.until(lambda: bob.call("ringin"), "202 rings")
        office.info(bob, "ringin", calling="301", called="202")
        office.press(bob, "Answer", "ringin")
        office.reach(call, "connected")
        office.until(lambda call=call: media(call.sdp)[1:] == (SCCP_MEDIA, "sendrecv"), f"301 hears 202 {media(call.sdp)}")
        call.bye()
        office.see(bob)
        learn(app)
    sara.manner = "busy"
    app.request("MakeCall", "<callingDevice>301</callingDevice><calledDirectoryNumber>202</calledDirectoryNumber>"
                "<autoOriginate>doNotPrompt</autoOriginate>")
    app.wait(lambda: "ConnectionCleared" in app.line(app.roots()[-1]))
    app.settle()
    names = [app.line(root).split()[0] for root in app.told(next(iter(app.monitors)))][-2:]
    require(names == ["ServiceInitiated", "ConnectionCleared"], names)


@scene
def digits_of_every_kind(office):
    """GenerateDigits to a phone that takes telephone events, and to one that takes INFO only; tone by tone in order."""
    app = office.app()
    app.monitor("301")
    sara, simon = office.sip("301"), office.sip("302")
    sara.speaks(440, 0)
    simon.speaks(620, 0, events=0)
    simon.manner = "answer"
    call = sara.call("302")
    office.reach(call, "connected")
    other = office.call_in(simon, "connected", "answered")
    app.wait(lambda: any(root.tag.endswith("EstablishedEvent") for root in app.roots()))
    learn(app)
    app.expect("GenerateDigits", app.connection("connectionToSendDigits", "c1", "301")
               + "<charactersToSend>1234567890*#</charactersToSend>")

    def received():
        told = [request.body for request in other.requests if request.method == "INFO"]
        return "".join(re.search(rb"Signal=(.)", body).group(1).decode() for body in told if b"Signal" in body)
    office.until(lambda: received() == "1234567890*#", f"digits {received()}", 10)
    call.bye()


@scene
def packet_times(office):
    """Offers with ptime 10, 30 and 60 are answered; what the server sends itself keeps to it or to 20."""
    sara, simon = office.sip("301"), office.sip("302")
    simon.manner = "answer"
    for ptime in (10, 30, 60):
        body = sara.sdp() + f"a=ptime:{ptime}\r\na=maxptime:{ptime}\r\n".encode()
        call = invite(sara, "302", body=body)
        office.reach(call, "connected")
        require(media(call.sdp)[2] == "sendrecv", call.sdp)
        call.bye()
        office.until(lambda: not simon.in_state("connected", "answered", "ringing"), "302 is idle")


@trunk_scene
def trunk_to_trunk(office):
    """Without allow-connections who comes in by a trunk does not leave by one."""
    friend, carrier = office.carrier(12), office.carrier(1)
    call = friend.call("0123456", caller="+49555123")
    office.reach(call, "failed")
    require(call.final.status == 403 and not carrier.calls, f"{call.final.start} {len(carrier.calls)}")


@trunk_scene
def bye_is_challenged(office):
    """A trunk wants a password for BYE and for a refresh too."""
    second, first, (alice,) = office.carrier(2), office.carrier(1), office.all(201)
    first.manner, second.manner = "unavailable", "challenge"
    office.dial(alice, "0123456")
    call = office.call_in(second, "ringing")
    call.answer()
    office.until(lambda: alice.call("connected") and alice.media, "201 talks")
    take = second.take_request

    def proves(message):
        if message.method == "BYE" and not second.proves(message, "Proxy-Authorization"):
            from user_agent import CHALLENGE
            return second.send(message.reply(407, "Proxy Authentication Required", [("Proxy-Authenticate", CHALLENGE)]))
        return take(message)
    second.take_request = proves
    office.press(alice, "EndCall", "connected")
    office.reach(call, "ended")


@scene
def numbers_of_events(office):
    """Telephone events with numbers of their own: the number of who receives counts, after a hold too, and with the server."""
    sara, simon = office.sip("301"), office.sip("302")
    one, other = sara.speaks(440, 0, 120), simon.speaks(620, 0, 96)
    simon.manner = "answer"
    call = sara.call("302")
    office.reach(call, "connected")
    called = office.call_in(simon, "connected", "answered")

    def number(own):
        return re.search(rb"a=rtpmap:(\d+) telephone-event", own.sdp).group(1)
    require(number(call) == b"96" and number(called) == b"120", f"{number(call)} {number(called)}")
    call.hold()
    office.until(lambda: media(called.sdp)[2] == "sendonly", "302 hears music")
    require(number(called) == b"96", f"the server changes the number of 302: {number(called)}")
    call.resume()
    office.until(lambda: media(called.sdp)[1:] == (one.port, "sendrecv"), "302 hears 301 again")
    office.until(lambda: number(call) == b"96" and number(called) == b"120", f"{number(call)} {number(called)}")
    call.bye()
    office.reach(called, "ended")
    require(other.port, "port")
    sara.sound.end()
    sara.speaks(440, 8, 120)
    call = sara.call("302")
    office.reach(call, "connected")
    office.until(lambda: other.power(440) > 0.5, "302 hears 301 by the server")
    require(number(call) == b"120", f"the server has another number than 301: {number(call)}")
    sara.sound.send_digits("42")
    office.until(lambda: other.received_digits() == "42", f"digits {other.received_digits()}")
    call.bye()


@scene
def commands_of_numbers(office):
    """pickup-group, call-forward b2bua unreachable, busy-trigger-per-button and auto-answer of SIP phones."""
    sara, sofia, (alice, bob) = office.sip("301"), office.sip("303"), office.all(201, 202)
    call = sara.call("305")
    invited = office.call_in(sofia, "ringing").invite
    require("reason=unavailable" in invited.get("Diversion", "") and "305" in invited.get("Diversion", ""),
            f"unreachable: {invited.get('Diversion')}")
    call.cancel()
    office.reach(call, "failed")
    sven = office.sip("305")
    call = sara.call("305")
    rings = office.call_in(sven, "ringing")
    office.press(bob, "GPickUp")
    office.reach(rings, "cancelled")
    office.reach(call, "connected")
    call.bye()
    office.see(bob)
    sven.manner = "answer"
    call = sara.call("305")
    office.reach(call, "connected")
    second = sofia.call("305")
    office.reach(second, "failed")
    require(second.final.status == 486, f"busy-trigger-per-button: {second.final.start}")
    call.bye()
    susi = office.sip("306")
    office.dial(alice, "306")
    invited = office.call_in(susi, "ringing").invite
    require("answer-after=0" in (invited.get("Call-Info") or ""), f"auto-answer: {invited.get('Call-Info')}")


@scene
def answers_by_itself(office):
    """SetAutoAnswer: a SIP phone is asked to answer at once; one that takes Event: talk does."""
    app = office.app()
    app.monitor("302")
    sara, simon = office.sip("301"), office.sip("302", talk=True)
    app.expect("SetAutoAnswer", "<device>302</device><autoAnswerOn>true</autoAnswerOn><numberOfRings>0</numberOfRings>")
    call = sara.call("302")
    office.reach(call, "connected")
    require("answer-after=0" in (simon.in_state("connected", "answered").invite.get("Call-Info") or ""), "Call-Info")
    app.expect("SetAutoAnswer", "<device>302</device><autoAnswerOn>false</autoAnswerOn>")
    call.bye()


@trunk_scene
def restrictions(office):
    """Class of restriction: who may not call a dial peer hears reorder tone; emergency calls are made all the same."""
    carrier, sara, (alice, bob) = office.carrier(1), office.sip("301"), office.all(201, 202)
    office.dial(bob, "91234")
    office.until(lambda: bob.call("congestion") or bob.call("invalid"), f"202 is refused {bob.named}")
    require(not carrier.calls, "the call leaves")
    office.press(bob, "EndCall", "congestion" if bob.call("congestion") else "invalid")
    call = sara.call("91234")
    other = office.call_in(carrier, "ringing")
    formats = re.search(rb"m=audio \d+ RTP/AVP ([\d ]+)", other.invite.body).group(1).split()
    require(formats[:1] == [b"8"] and b"0" not in formats, f"voice class codec: {formats}")
    call.cancel()
    office.reach(other, "cancelled")
    office.dial(bob, "112")
    other = office.call_in(carrier, "ringing")
    require("sip:112@" in other.invite.start, other.invite.start)
    office.press(bob, "EndCall", "ringout")
    office.reach(other, "cancelled")
    office.see(alice)


@trunk_scene
def diverted_calls(office):
    """Diversion and History-Info of a trunk are the last redirection device; calls that are forwarded out have both."""
    carrier, app, (alice, bob) = office.carrier(1), office.app(), office.all(201, 202)
    app.monitor("202")
    for header in (("Diversion", "<sip:+49777@carrier>;reason=no-answer;counter=1"),
                   ("History-Info", "<sip:+49777@carrier?Reason=SIP%3Bcause%3D408>;index=1, <sip:202@x;cause=408>;index=1.1;mp=1")):
        carrier.extra = [header]
        call = carrier.call("+4930202", caller="+49555123")
        office.until(lambda: bob.call("ringin"), "202 rings")
        app.settle()
        delivered = app.last("202", "Delivered")
        text = "".join(next(part for part in delivered if part.tag.endswith("lastRedirectionDevice")).itertext())
        require("0777" in text, f"{header[0]}: {text}")
        require("callForwardNoAnswer" in "".join(delivered.itertext()), "the cause")
        call.cancel()
        office.reach(call, "failed")
        office.see(bob)
        learn(app)
    carrier.extra = []
    app.expect("SetForwarding", "<device>202</device><activateForward>true</activateForward><forwardingType>forwardImmediate"
               "</forwardingType><forwardDN>0123456</forwardDN>")
    office.dial(alice, "202")
    other = office.call_in(carrier, "ringing")
    app.expect("SetForwarding", "<device>202</device><activateForward>false</activateForward><forwardingType>forwardImmediate"
               "</forwardingType>")
    require("+4930202@" in other.invite.get("Diversion", "") and "unconditional" in other.invite.get("Diversion"),
            other.invite.get("Diversion"))
    history = other.invite.get("History-Info", "")
    require("cause%3D302>;index=1," in history and "index=1.1;mp=1" in history, history)
    office.press(alice, "EndCall", "ringout")
    office.reach(other, "cancelled")


@trunk_scene
def trunk_over_tcp(office):
    """A dial peer over TCP: one connection for calls in both directions; opened again when it was closed; refused at once."""
    carrier, (alice,) = Listening(office.server.address("sip"), "carrier", ip="127.0.0.13", port=15064, transport="tcp"), office.all(201)
    office.agents.append(carrier)
    for turn in range(2):
        office.dial(alice, "61234")
        call = office.call_in(carrier, "ringing")
        require("SIP/2.0/TCP" in call.invite.get("Via") and "transport=tcp" in call.invite.get("Contact"), call.invite.get("Via"))
        call.answer()
        office.until(lambda: alice.call("connected") and alice.media, "201 talks")
        require(carrier.connections == turn + 1, f"{carrier.connections} connections")
        if turn == 0:
            call.bye()
        else:
            office.press(alice, "EndCall", "connected")
            office.reach(call, "ended")
        office.see(alice)
        incoming = carrier.call("201", caller="555")
        office.until(lambda: alice.call("ringin"), "201 rings")
        incoming.cancel()
        office.reach(incoming, "failed")
        office.see(alice)
        carrier.hang_up()
    carrier.close()
    office.dial(alice, "61234")
    office.until(lambda: alice.call("congestion") or alice.call("busy") or alice.call("invalid"), f"201 hears that it failed {alice.named}")


@trunk_scene
def trunk_over_tls(office):
    """A dial peer over TLS: the server encrypts, and wants a certificate that it trusts and that has the name."""
    carrier, (alice,) = Listening(office.server.address("sip"), "carrier", ip="127.0.0.14", port=15065, transport="tls",
                                  certificate=office.certificate), office.all(201)
    office.agents.append(carrier)
    office.dial(alice, "51234")
    call = office.call_in(carrier, "ringing")
    require("SIP/2.0/TLS" in call.invite.get("Via"), call.invite.get("Via"))
    call.answer()
    office.until(lambda: alice.call("connected") and alice.media, "201 talks")
    call.bye()
    office.see(alice)
    office.dial(alice, "52345")
    office.until(lambda: alice.call("congestion") or alice.call("busy") or alice.call("invalid"), f"the wrong name is refused {alice.named}")


@scene
def preferred_contacts(office):
    """Contacts with a lower q ring when those before them do not take the call."""
    sara, first, second = office.sip("301"), office.sip("302", register=False), office.sip("302", register=False)
    require(first.register(contact=first.contact() + ";q=0.9") == 200, "registration")
    require(second.register(contact=second.contact() + ";q=0.2") == 200, "registration")
    call = sara.call("302")
    rings = office.call_in(first, "ringing")
    office.reach(call, "ringback")
    require(not second.calls, "both ring at once")
    rings.state = "refused"
    rings.respond(480, "Temporarily Unavailable")
    other = office.call_in(second, "ringing")
    other.answer()
    office.reach(call, "connected")
    call.bye()
