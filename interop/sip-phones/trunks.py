"""Trunks with several servers, limits, and rules for calls that come in."""

import subprocess
import time

from apps import require
from scenes import trunk_scene
from user_agent import CHALLENGE


def configure(office, *lines):
    """Types lines of the configuration at the server."""
    words = [word for line in ("configure terminal", *lines, "end") for word in ("-c", line)]
    command = [office.server.binary, "cli", "--data", str(office.server.data), *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    require(done.returncode == 0, done.stdout + done.stderr)


@trunk_scene
def server_group(office):
    """A server that refuses is followed by the next one of its group, but for a status that ends it, and not for who is busy."""
    first, second, carrier, (alice,) = office.carrier(15), office.carrier(16), office.carrier(1), office.all(201)
    for manner, reached in (("status 500", second), ("status 404", carrier), ("ring", first)):
        first.manner = manner
        office.dial(alice, "53123")
        call = office.call_in(reached, "ringing")
        require("53123@127.0.0." in call.invite.start, call.invite.start)
        office.press(alice, "EndCall", "ringout")
        office.reach(call, "cancelled")
        office.see(alice)
    require(len(second.calls) == 1 and len(carrier.calls) == 1, f"{len(second.calls)} {len(carrier.calls)}")
    first.manner = "busy"
    office.dial(alice, "53123")
    office.until(lambda: alice.call("busy"), "201 hears busy tone")
    require(len(second.calls) == 1, "the next server is called for who is busy")
    office.press(alice, "EndCall", "busy")


@trunk_scene
def silent_server(office):
    """A server that does not answer is given up after the time of `retry invite`, and tried last from then on."""
    first, second, sara = office.carrier(15), office.carrier(16), office.sip("301")
    first.manner = "silent"
    began = time.monotonic()
    call = sara.call("53124")
    other = office.call_in(second, "ringing")
    took = time.monotonic() - began
    require(3 <= took < 5, f"given up after {took:.1f} s")
    call.cancel()
    office.reach(other, "cancelled")
    first.manner = "ring"
    call = sara.call("53125")
    other = office.call_in(second, "ringing")
    require(len(first.calls) <= 1, "the silent one is tried first again")
    call.cancel()
    office.reach(other, "cancelled")


@trunk_scene
def most_calls(office):
    """A dial peer that has as many calls as it may have is passed over."""
    sara, (bob,) = office.sip("301"), office.all(202)
    group, carrier = [office.carrier(15), office.carrier(16)], office.carrier(1)
    call = sara.call("53123")
    office.until(lambda: any(agent.in_state("ringing") for agent in group), "the first call rings")
    office.dial(bob, "53124")
    other = office.call_in(carrier, "ringing")
    office.press(bob, "EndCall", "ringout")
    office.reach(other, "cancelled")
    call.cancel()
    office.reach(call, "failed")


@trunk_scene
def rules_of_arrival(office):
    """The dial peer of a call that comes in is chosen by its From, or by the calling number."""
    friend, (alice, bob) = office.carrier(12), office.all(201, 202)
    # What the .T of another dial peer fits is decided by that: the called number comes before the calling one.
    for caller, called, phone in (("shop", "900", alice), ("0777123", "+900", bob)):
        call = friend.call(called, caller=caller)
        office.until(lambda phone=phone: phone.call("ringin"), f"{caller} rings")
        office.reach(call, "ringback")
        call.cancel()
        office.reach(call, "failed")
        office.see(phone)
    call = friend.call("+900", caller="0555123")
    office.reach(call, "failed")
    require(call.final.status == 404, f"others: {call.final.status}")


@trunk_scene
def through_a_proxy(office):
    """`outbound-proxy`, `asserted-id ppi` and the order of a `voice class codec`: in what is sent to the carrier."""
    carrier, sara = office.carrier(1), office.sip("301")
    sara.codecs = "0 8"
    ours = sara.call("55123")
    call = office.call_in(carrier, "ringing")
    invite = call.invite
    require("55123@127.0.0.77" in invite.start and "@127.0.0.77" in invite.get("To"), invite.start)
    require("301@" in (invite.get("P-Preferred-Identity") or ""), f"{invite.get('P-Preferred-Identity')}")
    require(not invite.get("P-Asserted-Identity") and not invite.get("Remote-Party-ID"), "it says more than it should")
    audio = next(line for line in invite.body.split(b"\r\n") if line.startswith(b"m=audio"))
    require(audio.split()[3:5] == [b"8", b"0"], f"{audio}")
    call.answer()
    office.reach(ours, "connected")
    ours.bye()
    office.reach(call, "ended")


@trunk_scene
def told_to_strangers(office):
    """`no silent-discard untrusted`: who is not trusted is refused, in the same way for every number."""
    configure(office, "voice service voip", "sip", "no silent-discard untrusted")
    try:
        stranger = office.carrier(66)
        answers = []
        for number in ("202", "999", "0123456"):
            call = stranger.call(number)
            office.reach(call, "failed")
            answers.append((call.final.start, call.final.get("Warning"), call.final.get("Reason")))
        require(len(set(answers)) == 1 and " 403 " in answers[0][0], f"{answers}")
    finally:
        configure(office, "voice service voip", "sip", "silent-discard untrusted")
    silent = office.carrier(67).call("202")
    time.sleep(0.5)
    require(silent.state == "calling", "it is answered")


@trunk_scene
def password_for_everything(office):
    """A trunk wants a password for INFO and PRACK too."""
    first, second, sara = office.carrier(1), office.carrier(2), office.sip("301")
    first.manner, second.manner, second.events = "unavailable", "challenge", None
    take, refused, proved = second.take_request, [], []

    def proves(message):
        if message.method not in ("INFO", "UPDATE", "PRACK"):
            return take(message)
        if not second.proves(message, "Proxy-Authorization"):
            refused.append(message.method)
            return second.send(message.reply(407, "Proxy Authentication Required", [("Proxy-Authenticate", CHALLENGE)]))
        proved.append(message.method)
        return take(message)
    second.take_request = proves
    ours = sara.call("0123456")
    call = office.call_in(second, "ringing")
    call.respond(183, "Session Progress", call.description(), [("Require", "100rel"), ("RSeq", "7")])
    office.until(lambda: "PRACK" in proved, f"PRACK with a password, {refused}")
    call.answer()
    office.reach(ours, "connected")
    ours.request("INFO", [("Content-Type", "application/dtmf-relay")], b"Signal=5\r\nDuration=160\r\n")
    office.until(lambda: "INFO" in proved, f"INFO with a password, {refused} {proved}")
    ours.bye()
    office.reach(call, "ended")


KPML = ('<?xml version="1.0"?><kpml-request xmlns="urn:ietf:params:xml:ns:kpml-request" version="1.0"><pattern '
        '{persist}><regex tag="k1">{regex}</regex></pattern></kpml-request>')


@trunk_scene
def keys_as_xml(office):
    """KPML: the server subscribes to keys of a trunk, and tells them to a phone that has subscribed; once, or each."""
    carrier, sara = office.carrier(1), office.sip("301")
    call = sara.call("54123")
    other = office.call_in(carrier, "ringing")
    other.respond(200, "OK", other.description(), [("Allow-Events", "kpml")])
    other.state = "answered"
    office.reach(call, "connected")
    asked = lambda: [request for request in other.requests if request.method == "SUBSCRIBE"]  # noqa: E731
    office.until(asked, "the server subscribes")
    require(asked()[0].get("Event") == "kpml" and b'persist="persist"' in asked()[0].body, asked()[0].body)

    def told():
        notified = [request for request in call.requests if request.method == "NOTIFY"]
        return [(request.get("Subscription-State").split(";")[0], request.body.decode()) for request in notified]

    def press(keys):
        body = (f'<?xml version="1.0"?><kpml-response xmlns="urn:ietf:params:xml:ns:kpml-response" version="1.0" code="200" '
                f'text="OK" digits="{keys}" tag="dtmf"/>')
        other.request("NOTIFY", [("Event", "kpml"), ("Subscription-State", "active;expires=7000"),
                                 ("Content-Type", "application/kpml-response+xml")], body.encode())

    def subscribe(regex, persist=""):
        before = len(told())
        call.request("SUBSCRIBE", [("Event", "kpml"), ("Contact", sara.contact()),
                                   ("Content-Type", "application/kpml-request+xml")],
                     KPML.format(regex=regex, persist=persist).encode())
        office.until(lambda: len(told()) > before, "301 has the first NOTIFY")
        return told()[-1]
    require(subscribe("x") == ("active", ""), f"{told()}")
    press("7")
    office.until(lambda: len(told()) == 2, "301 is told the key")
    require(told()[1][0] == "terminated" and 'digits="7" tag="k1"' in told()[1][1], f"{told()}")
    state, body = subscribe("x{4}")
    require(state == "terminated" and 'code="501"' in body, body)
    subscribe("[x*#]", 'persist="persist"')
    for key in "1#":
        press(key)
        office.until(lambda key=key: f'digits="{key}"' in told()[-1][1], f"301 is told {key}")
    require(told()[-1][0] == "active", f"{told()}")
    call.bye()
    office.reach(other, "ended")


@trunk_scene
def passed_on(office):
    """A call by a trunk is transferred: the other network hears who talks now, and is told so by number as it knows it."""
    carrier, (alice, bob) = office.carrier(1), office.all(201, 202)
    office.dial(alice, "0123456")
    call = office.call_in(carrier, "ringing")
    call.answer()
    office.until(lambda: alice.call("connected"), "201 talks")
    office.press(alice, "Trnsfer", "connected")
    office.until(lambda: alice.call("offhook"), "201 hears the dial tone")
    alice.type("202", alice.call("offhook"))
    office.until(lambda: bob.call("ringin"), "202 rings")
    office.press(bob, "Answer", "ringin")
    office.until(lambda: bob.call("connected"), "202 talks to 201")
    office.press(alice, "Trnsfer", "connected")
    told = lambda: [request.get("P-Asserted-Identity", "") for request in call.requests]  # noqa: E731
    office.until(lambda: any("sip:+4930202@" in identity for identity in told()), f"it is told of 202, {told()}")
    require(not any("sip:20" in identity for identity in told()), f"{told()}")
    office.press(bob, "EndCall", "connected")
    office.reach(call, "ended")
