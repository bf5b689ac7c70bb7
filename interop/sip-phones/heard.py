"""Scenes of audio: what is heard before anybody answers, between different codecs, and of digits."""

import socket
import struct

from apps import require
from scenes import address_scene, learn, media, scene, trunk_scene
from signalling import answers, connected


def both_speak(office, *codecs, events=101):
    """301 and 302 with a tone each: 301 has called 302, which has answered."""
    sara, simon = office.sip("301"), office.sip("302")
    sounds = sara.speaks(440, codecs[0]), simon.speaks(620, codecs[1], events)
    simon.manner = "answer"
    call = sara.call("302")
    office.reach(call, "connected")
    return call, office.call_in(simon, "connected", "answered"), sounds


def hear(office, one, other):
    office.until(lambda: one.power(other.tone) > 0.6 and other.power(one.tone) > 0.6,
                 f"both hear each other ({one.power(other.tone):.2f}, {other.power(one.tone):.2f})", 8)


def press(call, digit):
    call.request("INFO", [("Content-Type", "application/dtmf-relay")], f"Signal={digit}\r\nDuration=160\r\n".encode())


@scene
def same_codec(office):
    """Two phones with a common codec send to each other."""
    call, _, (one, other) = both_speak(office, 0, 0)
    hear(office, one, other)
    require(one.sources == {("127.0.0.1", other.port)} and one.types == {0}, f"{one.sources} {one.types}")
    call.bye()


@scene
def different_codecs(office):
    """A phone with A-law only hears one with mu-law only, through the server; telephone events too."""
    call, _, (one, other) = both_speak(office, 8, 0)
    hear(office, one, other)
    one.send_digits("159#")
    office.until(lambda: other.received_digits() == "159#", f"digits {other.received_digits()}")
    call.bye()


@scene
def offer_of_an_sccp_phone(office):
    """An SCCP phone that calls opens its channel first: the INVITE has an offer, and nothing follows."""
    sara, (bob,) = office.sip("301"), office.all(202)
    office.dial(bob, "301")
    call = office.call_in(sara, "ringing")
    require(call.invite.body and media(call.invite.body)[1] == 20000, call.invite.body)
    call.answer()
    office.reach(call, "connected")
    office.until(lambda: bob.media, "202 talks")
    require(not [request for request in call.requests if request.method == "INVITE"], "another offer")
    call.bye()
    office.see(bob)


@scene
def info_and_events(office):
    """Digits by INFO are telephone events of the other phone, with its payload type; each once, with three ends."""
    call, _, (one, other) = both_speak(office, 0, 0, events=96)
    for digit in "12#":
        press(call, digit)
    office.until(lambda: other.received_digits() == "12#", f"digits {other.received_digits()}", 8)
    office.until(lambda: len([event for event in other.events if event[3]]) == 9, "three ends of each")
    hear(office, one, other)
    call.bye()


@scene
def info_to_info(office):
    """A phone without telephone events gets digits by INFO."""
    call, called, _ = both_speak(office, 0, 0, events=0)
    press(call, "7")
    office.until(lambda: any(b"Signal=7" in request.body for request in called.requests if request.method == "INFO"),
                 "302 gets INFO")
    call.bye()


@scene
def digits_of_an_application(office):
    """GenerateDigits: the other phone receives telephone events."""
    app = office.app()
    sara, simon = office.sip("301"), office.sip("302")
    app.monitor("301")
    sara.speaks(440, 0)
    heard = simon.speaks(620, 0)
    simon.manner = "answer"
    call = sara.call("302")
    office.reach(call, "connected")
    app.wait(lambda: any(root.tag.endswith("EstablishedEvent") for root in app.roots()))
    learn(app)
    app.expect("GenerateDigits", app.connection("connectionToSendDigits", "c1", "301")
               + "<charactersToSend>42</charactersToSend>")
    office.until(lambda: heard.received_digits() == "42", f"digits {heard.received_digits()}", 8)
    call.bye()


@scene
def conference_of_both(office):
    """Two SIP phones in the conference of an SCCP phone hear each other, with a codec each."""
    sara, simon, (bob,) = office.sip("301"), office.sip("302"), office.all(202)
    one, other = sara.speaks(440, 0), simon.speaks(620, 8)
    sara.manner = simon.manner = "answer"
    office.dial(bob, "301")
    office.until(lambda: bob.call("connected"), "202 talks with 301")
    office.press(bob, "Confrn", "connected")
    bob.type("302", bob.call("offhook") or 0)
    office.until(lambda: bob.call("connected") and simon.in_state("connected"), "202 talks with 302")
    office.press(bob, "Confrn", "connected")
    hear(office, one, other)
    office.press(bob, "EndCall", "connected")


@trunk_scene
def before_the_answer(office):
    """183 of a trunk: an SCCP phone hears it, and no ringback of its own."""
    carrier, (alice,) = office.carrier(1), office.all(201)
    app = office.app()
    app.monitor("201")
    carrier.speaks(620, 0)
    carrier.manner = "early"
    office.dial(alice, "0123456")
    call = office.call_in(carrier, "ringing")
    require(call.invite.body, "no offer")
    office.until(lambda: alice.media, "201 has audio")
    app.settle()
    names = [root.tag.split("}")[1] for root in app.roots() if root.tag.endswith("Event")]
    require(names[-2:] == ["NetworkReachedEvent", "DeliveredEvent"], names)
    call.answer()
    office.until(lambda: alice.call("connected"), "201 talks")
    call.bye()
    office.see(alice)
    learn(app)


@trunk_scene
def early_media(office):
    """183 of a trunk: a SIP phone gets 183 with it, reliably if it knows that; then the 200 has no description."""
    carrier, sara = office.carrier(1), office.sip("301")
    spoken, heard = carrier.speaks(620, 0), sara.speaks(440, 0)
    carrier.manner = "early"
    for reliable in (False, True):
        sara.knows_reliable = reliable
        call = sara.call("0123456")
        other = office.call_in(carrier, "ringing")
        office.until(lambda call=call: 183 in call.statuses, "183")
        require(media(call.sdp)[1] == spoken.port, call.sdp)
        require(("100rel" in (call.progress.get("Require") or "")) == reliable, call.progress.get("Require"))
        heard.heard.clear()
        office.until(lambda: len(heard.heard) > 4000 and heard.power(620) > 0.6, "301 hears it")
        if reliable:
            office.until(lambda call=call: answers(call, "PRACK") == [200], "PRACK is answered")
        other.answer()
        office.reach(call, "connected")
        require(bool(call.final.body) != reliable, "the description of the 200")
        hear(office, heard, spoken)
        require(not [request for request in call.requests if request.method == "INVITE"], "another offer")
        call.bye()
        office.reach(other, "ended")


@scene
def held_and_heard(office):
    """Hold by the called phone: the caller hears music from the server, then the phone again."""
    _, _, call, other = connected(office)
    other.hold()
    office.until(lambda: media(call.sdp)[2] == "sendonly", f"301 hears music: {media(call.sdp)}")
    require(media(call.sdp)[1] not in (9, other.agent.media_port), media(call.sdp))
    other.resume()
    office.until(lambda: media(call.sdp)[1:] == (other.agent.media_port, "sendrecv"), "301 hears 302 again")
    call.bye()


def reports_at(sound):
    """The port for reports above that for audio."""
    receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    receiver.bind(("127.0.0.1", sound.port + 1))
    receiver.setblocking(False)
    return receiver


def report_of(receiver):
    """What the last report of somebody who sends says: packets sent, and of ours the missing ones and the jitter in samples."""
    said = None
    while True:
        try:
            packet = receiver.recv(2048)
        except BlockingIOError:
            return said
        count, kind = packet[0] & 0x1F, packet[1]
        if kind == 200 and count == 1 and b"hookflash" in packet:
            sent = struct.unpack_from(">I", packet, 20)[0]
            said = sent, struct.unpack_from(">I", packet, 32)[0] & 0xFFFFFF, struct.unpack_from(">I", packet, 40)[0]


@scene
def reports_and_silence(office):
    """Who is relayed gets reports of its audio; who sends nothing any more leaves its call after a while."""
    office.server.configure("gateway", "timer receive-rtp 10")
    call, there, (one, other) = both_speak(office, 8, 0)
    receiver = reports_at(one)
    try:
        hear(office, one, other)
        one.mute = True
        told = []
        office.until(lambda: told.append(report_of(receiver)) or any(told), "no report comes", 8)
        sent, lost, jitter = [report for report in told if report][-1]
        require(sent > 20 and lost < 20 and jitter < 800, f"{sent} sent, {lost} lost, jitter {jitter}")
        office.until(lambda: call.state == "ended" and there.state == "ended", f"{call.state}, {there.state}", 14)
    finally:
        receiver.close()
        office.server.configure("gateway", "no timer receive-rtp")


def baresips(office, one, other):
    """301 and 302 as baresip, with these codecs: 301 has called 302. Both hear each other."""
    sara = office.baresip("301", "udp", tone=440, codecs=one)
    simon = office.baresip("302", "udp", tone=620, codecs=other)
    sara.do("dial", "302")
    office.until(lambda: simon.told("CALL_INCOMING"), "302 rings")
    simon.do("accept")
    office.until(lambda: sara.told("CALL_ESTABLISHED"), "301 talks")
    office.until(lambda: sara.heard(620) > 0.6 and simon.heard(440) > 0.6,
                 f"both hear each other ({sara.heard(620):.2f}, {simon.heard(440):.2f})", 10)
    return sara


@address_scene
def opus_and_g711(office):
    """A baresip with Opus only and one with G.711 only hear each other, through the server."""
    sara = baresips(office, ("opus",), ("g711",))
    calls = office.server.cli("show call active voice compact")
    require("opus" in calls and "g711ulaw" in calls, calls)
    sara.do("hangup")


@address_scene
def opus_with_opus(office):
    """Two baresips with Opus only send to each other: the server has no part in it."""
    sara = baresips(office, ("opus",), ("opus",))
    calls = office.server.cli("show call active voice compact")
    require(calls.count("opus") == 2, calls)
    sara.do("hangup")
