"""What real use broke once: numbers on several phones, phones that come back, requests and answers that come twice."""

import time

from apps import SipApp, require
from office import scene
from phone import frame, sccp
from session import Transport
from sipmsg import child, text_of

RECEPTION = (210, 211, 212)  # the phones of the number 210, in the order in which they are hunted
RESOURCES = "systemResourceAvailibility/"
STREAMS = ("sip-ed3", "tcp-ed6")


def reception(office):
    """Phones on all three lines of 210 and on 201, and a monitor of the number."""
    phones = office.all(*RECEPTION)
    alice = office.phone(201)
    app = office.app()
    app.monitor("210")
    return app, phones, alice


@scene(*STREAMS)
def number_service_state(office):
    """A number is out of service when the last of its phones has left, and back with the first."""
    app, phones, _ = reception(office)

    def leave(phone):
        phone.send(frame(sccp.UNREGISTER))
        require(phone.expect(0x118), "no UnregisterAck")
        phone.close()
    for phone in phones[:2]:
        leave(phone)
        app.expect_events({})
    leave(phones[2])
    app.expect_events({"210": ["OutOfService"]})
    app.refused([RESOURCES + "callingDeviceOutOfService", RESOURCES + "deviceOutOfService"], "MakeCall",
                f"<callingDevice>{app.number('210')}</callingDevice>"
                f"<calledDirectoryNumber>{app.number('201')}</calledDirectoryNumber>")
    office.phone(212)
    app.expect_events({"210": ["BackInService"]})
    office.phone(210)
    app.expect_events({})


@scene(*STREAMS)
def number_rolls_over(office):
    """A call that rolls on to the next phone is not over: Delivered once, and no ConnectionCleared."""
    app, (one, two, three), alice = reception(office)
    office.dial(alice, "210")
    office.until(lambda: one.call("ringin"), "the first phone rings")
    require(not two.named and not three.named, "other phones ring too")
    app.expect_events({"210": ["Delivered c1/210 alerting newCall"]})
    office.press(one, "EndCall", "ringin")
    office.until(lambda: two.call("ringin"), "the second phone rings")
    office.see(one)
    app.expect_events({})
    app.expect_snapshot("210", "c1/210 201 alerting connected")
    office.press(two, "EndCall", "ringin")
    office.until(lambda: three.call("ringin"), "the third phone rings")
    app.expect_events({})
    office.press(three, "Answer", "ringin")
    office.until(lambda: alice.call("connected"), "connected")
    app.expect_events({"210": ["Established c1/210 connected newCall"]})
    office.press(alice, "EndCall", "connected")
    office.see(three)
    app.expect_events({"210": ["ConnectionCleared c1/201 connected normalClearing",
                               "ConnectionCleared c1/210 null normalClearing"]})


@scene(*STREAMS)
def number_busy_rolls_over(office):
    """While the first phone talks the next call comes to the second; the number is busy when all three are."""
    app, (one, two, three), alice = reception(office)
    callers = office.all(202, 203, 204)
    office.connect(alice, one, "210")
    office.connect(callers[0], two, "210")
    office.connect(callers[1], three, "210")
    app.forget()
    office.dial(callers[2], "210")
    office.until(lambda: callers[2].call("busy"), "204 hears busy")
    require(len(app.snapshot("210")) == 3, f"snapshot: {app.snapshot('210')}")


@scene(*STREAMS)
def number_make_call(office):
    """MakeCall uses any free line of the number, until there is none."""
    app, phones, alice = reception(office)
    for used, callee in enumerate(office.all(202, 203, 204), 1):
        app.make_call("210", callee.name[-3:])
        office.until(lambda callee=callee: callee.call("ringin"), f"{callee.name[-3:]} rings")
        office.press(callee, "Answer", "ringin")
        office.until(lambda used=used: sum(bool(phone.call("connected")) for phone in phones) == used,
                     f"{used} phones are in use")
    app.refused(RESOURCES + "resourceBusy", "MakeCall", f"<callingDevice>{app.number('210')}</callingDevice>"
                f"<calledDirectoryNumber>{app.number('201')}</calledDirectoryNumber>")
    require(len(app.snapshot("210")) == 3, f"snapshot: {app.snapshot('210')}")
    app.act("ClearConnection", app.snapshot("210")[0].split("/")[0], "210")
    app.make_call("210", "201")
    office.until(lambda: alice.call("ringin"), "201 rings")


def forwarding(app, device):
    """What GetForwarding says: types that are active, with their destinations."""
    answer = app.expect("GetForwarding", f"<device>{app.number(device)}</device>")
    found = {}
    for item in child(answer, "forwardingList"):
        if text_of(item, "forwardStatus") == "true":
            found[text_of(item, "forwardingType") or "forwardImmediate"] = (text_of(item, "forwardDN") or "").replace("tel:", "")
    return found


@scene(*STREAMS)
def number_forwarding(office):
    """CFwdAll at the second phone forwards the number; SetForwarding false takes it back, on every phone."""
    app, (one, two, three), alice = reception(office)
    bob = office.phone(202)
    office.press(two, "CFwdAll")
    office.until(lambda: two.named, "the second phone asks for a number")
    two.type("202#", next(iter(two.named)))
    app.expect_events({"210": ["ServiceInitiated c1/210 initiated normal",
                               "ConnectionCleared c1/210 null normalClearing", "Forwarding"]})
    require(text_of(app.last("210", "Forwarding"), "forwardStatus") == "true", "the event says false")
    require(forwarding(app, "210") == {"forwardImmediate": "202"}, f"GetForwarding: {forwarding(app, '210')}")
    for phone in (one, two, three):
        office.until(lambda phone=phone: any("202" in prompt for prompt in [*phone.prompts.values(), *phone.notices]),
                     f"{phone.name[-3:]} shows the forwarding")
    office.dial(alice, "210")
    office.until(lambda: bob.call("ringin"), "202 rings")
    require(not (one.call("ringin") or two.call("ringin") or three.call("ringin")), "210 rings")
    office.press(alice, "EndCall", "ringout")
    office.see(bob)
    app.forget()
    app.expect("SetForwarding", f"<device>{app.number('210')}</device><forwardingType>forwardImmediate</forwardingType>"
               "<activateForward>false</activateForward>")
    app.expect_events({"210": ["Forwarding"]})
    require(text_of(app.last("210", "Forwarding"), "forwardStatus") == "false", "the event says true")
    require(forwarding(app, "210") == {}, f"GetForwarding: {forwarding(app, '210')}")
    office.dial(alice, "210")
    office.until(lambda: one.call("ringin"), "the first phone rings again")


@scene("sip-ed3", "tcp-ed3")
def spellings(office):
    """Each monitor, and each call, keeps the spelling of its own request."""
    office.all(201, 202)
    app = office.app()
    first = app.monitor("201", "tel:201")
    second = app.monitor("201", "201")
    third = app.monitor("202", "tel:202;phone-context=dialstring")

    def devices(reference):
        words = []
        for root in app.told(reference):
            words += [element.text for element in root.iter() if element.text and "201" in element.text
                      and element.tag.rpartition("}")[2] in ("deviceIdentifier", "deviceID")]
        return set(words)
    office.dial(office.phones[0], "202")
    office.until(lambda: office.phones[1].call("ringin"), "202 rings")
    app.settle()
    require(devices(first) == {"tel:201"}, f"the monitor of tel:201 names {devices(first)}")
    require(devices(second) == {"201"}, f"the monitor of 201 names {devices(second)}")
    named = {element.text for root in app.told(third) for element in root.iter() if element.text and "202" in element.text}
    require(named == {"tel:202;phone-context=dialstring"}, f"the monitor of 202 names {named}")
    for reference in (first, second):
        app.expect("MonitorStop", f"<monitorCrossRefID>{reference}</monitorCrossRefID>")
    office.press(office.phones[0], "EndCall", "ringout")
    office.see(office.phones[1])
    answer = app.expect("MakeCall", "<callingDevice>201</callingDevice><calledDirectoryNumber>tel:202"
                        "</calledDirectoryNumber><autoOriginate>doNotPrompt</autoOriginate>")
    require(text_of(answer, "callingDevice", "deviceID") == "201", "MakeCallResponse has another spelling")


def returns(office, end, forward=False):
    """202 rings, loses its connection, and is back in less than half a second: it rings on."""
    alice, bob, carol = office.all(201, 202, 203)
    if forward:
        app = SipApp(office)
        app.monitor("202")
        app.expect("SetForwarding", "<device>tel:202</device><forwardingType>forwardNoAns</forwardingType>"
                   "<activateForward>true</activateForward><forwardDN>tel:203</forwardDN>")
    office.dial(alice, "202")
    office.until(lambda: bob.call("ringin") and alice.call("ringout"), "202 rings")
    alice.history.clear()
    end(bob)
    pause(office, 0.3)
    again = office.phone(202)
    office.until(lambda: again.call("ringin"), "202 rings on")
    require(again.ringing, "the bell is off")
    require(not alice.history and not carol.named, f"meanwhile 201: {alice.history}, 203: {carol.named}")
    office.press(again, "Answer", "ringin")
    office.until(lambda: alice.call("connected") and again.call("connected"), "connected")
    if forward:
        app.forget()
        app.expect("SetForwarding", "<device>tel:202</device><forwardingType>forwardNoAns</forwardingType>"
                   "<activateForward>false</activateForward>")


def pause(office, seconds):
    """Lets this much time go by, which is what the scene is about."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        for phone in office.phones:
            phone.poll(min(left, 0.02))


@scene("v11", "v17")
def ringing_phone_returns_reset(office):
    """A ringing phone whose connection was reset is back after 0.3 s and rings on."""
    returns(office, lambda phone: phone.reset())


@scene("v17")
def ringing_phone_returns_closed(office):
    """The same when the connection was closed."""
    returns(office, lambda phone: phone.close())


@scene("v17")
def ringing_phone_returns_forwarded(office):
    """The same with forwarding on no answer: nothing is forwarded meanwhile."""
    returns(office, lambda phone: phone.reset(), forward=True)


@scene("v17")
def waiting_call_returns(office):
    """A phone that talks and has a call waiting is back after 0.3 s with both."""
    alice, bob, carol = office.all(201, 202, 203)
    office.connect(carol, bob, "202")
    office.dial(alice, "202")
    office.until(lambda: bob.call("ringin") or bob.call("callwaiting"), "a call waits at 202")
    office.until(lambda: alice.call("ringout"), "201 hears ringing")
    alice.history.clear()
    carol.history.clear()
    bob.reset()
    pause(office, 0.3)
    again = office.phone(202)
    office.until(lambda: again.call("connected") and (again.call("ringin") or again.call("callwaiting")), "both calls")
    require(not alice.history, f"201 meanwhile: {alice.history}")
    require("onhook" not in [state for _, _, state in carol.history], f"203 meanwhile: {carol.history}")


@scene("v11", "v17")
def one_line_on_two_buttons(office):
    """After the answer neither button rings, and after the end both are idle."""
    alice, twice = office.all(201, 213)
    office.dial(alice, "208")
    office.until(lambda: twice.call("ringin"), "208 rings")
    office.press(twice, "Answer", "ringin")
    office.until(lambda: alice.call("connected"), "connected")

    def shown():
        last = {}
        for line, call, state in twice.history:
            last[line, call] = state
        return set(last.values())
    office.until(lambda: "ringin" not in shown() and not twice.ringing, f"no button rings: {shown()}")
    office.press(alice, "EndCall", "connected")
    office.until(lambda: shown() == {"onhook"}, "both buttons idle")


@scene()
def late_answers(office):
    """An answer to an INFO that was answered already is ignored, at once and 6 s later."""
    alice, bob = office.all(201, 202)
    app = SipApp(office, kind="udp")
    app.monitor("201")
    office.dial(alice, "202")
    office.until(lambda: bob.call("ringin"), "202 rings")
    app.settle()
    for seconds in (0, 6):
        pause(office, seconds)
        for event in app.dialog.events:
            app.transport.send(event.reply(481, "Call/Transaction Does Not Exist").to_bytes())
        app.expect("RequestSystemStatus")
    require(not app.dialog.ended, "the session was ended")
    office.press(alice, "EndCall", "ringout")
    office.see(bob)
    app.settle()
    require("ConnectionClearedEvent" in app.dialog.event_names(), f"seen {app.dialog.event_names()}")


def sent_twice(office, again):
    """MakeCall comes a second time and is carried out once."""
    alice, bob = office.all(201, 202)
    app = SipApp(office, kind="udp")
    app.monitor("201")
    body = app.dialog.body("MakeCall", "<callingDevice>tel:201</callingDevice><calledDirectoryNumber>tel:202"
                           "</calledDirectoryNumber><autoOriginate>doNotPrompt</autoOriginate>")
    data = app.dialog.build("INFO", body)
    app.dialog.send(data)
    office.until(lambda: bob.call("ringin"), "202 rings")
    app.forget()
    before = list(bob.history)
    again(app, data)
    app.expect_events({})
    require(len(app.snapshot("201")) == 1, f"calls: {app.snapshot('201')}")
    require(bob.history == before, f"202 meanwhile: {bob.history}")


@scene()
def sent_again_from_another_port(office):
    """Over UDP the same INFO from another port is carried out once."""
    def again(_, data):
        with Transport(office.server.address("sip"), "udp", 5) as other:
            other.send(data)
            other.poll(0.5)
    sent_twice(office, again)


@scene()
def sent_again_with_another_branch(office):
    """The same CSeq with a new branch is carried out once."""
    def again(app, data):
        head, _, body = data.partition(b"\r\n\r\n")
        app.transport.send(head.replace(b"branch=z9hG4bK", b"branch=z9hG4bKnew", 1) + b"\r\n\r\n" + body)
    sent_twice(office, again)
