"""Transfer and conference by the keys of phones that press only what they are offered, with what their displays say."""

import xml.etree.ElementTree as xml

from apps import require
from office import scene
from phone import frame, sccp, words

ALL = ("v11", "v17", "v20")
USER_TO_DEVICE_V1, DEVICE_TO_USER_V1 = 0x13F, 0x41


def consulted(office, answered=True, key="Trnsfer"):
    """202 calls 201, who presses a key and dials 203."""
    alice, bob, carol = office.all(201, 202, 203)
    office.connect(bob, alice, "201")
    office.info(alice, "connected", calling="202", calling_name="Bob", called="201", kind=1)
    office.prompt(alice, "connected", "Connected")
    office.press(alice, key, "connected")
    office.until(lambda: alice.call("offhook"), "201 hears the dial tone")
    office.prompt(alice, "offhook", "Enter number")
    require(not bob.call("onhook") and bob.call("connected"), bob.describe())
    alice.type("203", alice.call("offhook"))
    office.until(lambda: carol.call("ringin"), "203 rings")
    office.until(lambda: alice.call("ringout"), "201 hears ringing")
    office.info(alice, "ringout", calling="201", called="203", called_name="Carol", kind=2)
    office.info(carol, "ringin", calling="201", calling_name="Alice", called="203", kind=1)
    office.prompt(carol, "ringin", "From 201")
    require(carol.ringing, "203's bell is off")
    if answered:
        office.press(carol, "Answer", "ringin")
        office.until(lambda: alice.call("connected"), "201 talks to 203")
        office.prompt(carol, "connected", "Connected")
    return alice, bob, carol


def joined(office, alice, bob, carol):
    """202 and 203 talk, each shows the other, and 201 is idle."""
    office.see(alice)
    office.see(bob, "connected")
    office.see(carol, "connected")
    office.info(bob, "connected", called="203", called_name="Carol", calling="202", kind=2)
    office.info(carol, "connected", calling="202", calling_name="Bob", called="203", kind=1)
    office.prompt(bob, "connected", "Connected")
    office.until(lambda: bob.media and carol.media and not alice.media, "media of 202 and 203 only")
    office.press(bob, "EndCall", "connected")
    for phone in (bob, carol):
        office.see(phone)


@scene(*ALL)
def keys_transfer(office):
    """Trnsfer, number, answer, Trnsfer: the others talk."""
    alice, bob, carol = consulted(office)
    office.press(alice, "Trnsfer", "connected")
    joined(office, alice, bob, carol)


@scene(*ALL)
def keys_transfer_first_call(office):
    """The second Trnsfer may name the held call, as some phones do."""
    alice, bob, carol = consulted(office)
    held = next(call for call, state in alice.named.items() if state in ("hold", "transfer"))
    alice.soft_key(alice.event("Trnsfer"), 1, held)
    joined(office, alice, bob, carol)


@scene(*ALL)
def keys_transfer_ringing(office):
    """The second Trnsfer while the third rings: 202 hears ringing, and 203 sees who calls."""
    alice, bob, carol = consulted(office, answered=False)
    office.press(alice, "Trnsfer", "ringout")
    office.see(alice)
    office.info(carol, "ringin", calling="202", calling_name="Bob", called="203")
    office.prompt(carol, "ringin", "From 202")
    require(carol.ringing, "203's bell is off after the transfer")
    office.until(lambda: bob.call("ringout") or bob.call("connected"), "202 waits")
    office.info(bob, "ringout" if bob.call("ringout") else "connected", called="203", called_name="Carol")
    office.press(carol, "Answer", "ringin")
    joined(office, alice, bob, carol)


@scene(*ALL)
def keys_transfer_by_hanging_up(office):
    """The handset put down completes the transfer that the key began."""
    alice, bob, carol = consulted(office)
    alice.send(frame(sccp.ON_HOOK))
    joined(office, alice, bob, carol)


@scene(*ALL)
def keys_transfer_blind(office):
    """On a line with one channel Trnsfer and a number send the call on."""
    erin, bob, carol = office.all(205, 202, 203)
    office.connect(bob, erin, "205")
    office.press(erin, "Trnsfer", "connected")
    office.until(lambda: "Enter number" in erin.prompts.values(), "205 is asked for a number")
    erin.type("203", next(iter(erin.named)))
    office.until(lambda: carol.call("ringin"), "203 rings")
    office.see(erin)
    office.info(carol, "ringin", calling="202", calling_name="Bob", called="203")
    office.press(carol, "Answer", "ringin")
    joined(office, erin, bob, carol)


@scene(*ALL)
def keys_transfer_given_up(office):
    """EndCall ends the consultation only: the first call is held, and Resume takes it back."""
    alice, bob, carol = consulted(office)
    office.press(alice, "EndCall", "connected")
    office.see(carol)
    office.see(alice, "hold")
    office.press(alice, "Resume", "hold")
    office.see(alice, "connected")
    office.see(bob, "connected")
    office.info(bob, "connected", called="201", called_name="Alice")


@scene(*ALL)
def keys_transfer_to_nobody(office):
    """A number that does not exist: the first call is kept."""
    alice, bob = office.all(201, 202)
    office.connect(bob, alice, "201")
    office.press(alice, "Trnsfer", "connected")
    office.until(lambda: alice.call("offhook"), "201 hears the dial tone")
    alice.type("999", alice.call("offhook"))
    office.until(lambda: alice.call("congestion") or alice.call("invalid"), "201 hears that it failed", 8)
    failed = "congestion" if alice.call("congestion") else "invalid"
    office.press(alice, "EndCall", failed)
    office.see(alice, "hold")
    office.press(alice, "Resume", "hold")
    office.see(alice, "connected")
    office.see(bob, "connected")


@scene(*ALL)
def keys_conference(office):
    """Confrn, number, answer, Confrn: three in one call; who leaves leaves the others; the maker ends it."""
    alice, bob, carol = consulted(office, key="Confrn")
    office.press(alice, "Confrn", "connected")
    for phone, others in ((alice, {"202", "203"}), (bob, {"201", "203"}), (carol, {"201", "202"})):
        office.see(phone, "connected")
        office.until(lambda phone=phone: phone.prompts.get(phone.call("connected"), "").startswith("Conference"),
                     f"{phone.name[-3:]} prompts that it is in a conference")
        prompt = phone.prompts[phone.call("connected")]
        require(set(prompt.replace(",", "").split()[1:]) == others, f"{phone.name[-3:]} shows {prompt!r}")
        info = phone.infos[phone.call("connected")]
        require("Conference" in (info["called_name"], info["calling_name"]), f"{phone.name[-3:]}: CallInfo is {info}")
    office.press(bob, "Hold", "connected")
    office.see(bob, "hold")
    office.see(carol, "connected")
    office.press(bob, "Resume", "hold")
    office.see(bob, "connected")
    office.press(carol, "EndCall", "connected")
    office.see(carol)
    office.info(bob, "connected", called="201", called_name="Alice")
    office.info(alice, "connected", calling="202", calling_name="Bob")
    office.press(bob, "EndCall", "connected")
    office.see(alice)


@scene("v17", "v20")
def keys_conference_list(office):
    """ConfList shows who is in the conference, at every phone; who made it removes a participant by choosing it."""
    alice, bob, carol = consulted(office, key="Confrn")
    office.press(alice, "Confrn", "connected")
    for phone in (alice, bob, carol):
        office.see(phone, "connected")

    def listed(phone):
        office.press(phone, "ConfList", "connected")
        pages = lambda: [body[40:].rstrip(b"\0").decode() for seen, body in phone.seen if seen == USER_TO_DEVICE_V1]  # noqa: E731
        before = len(pages())
        office.until(lambda: len(pages()) > before or pages(), f"{phone.name[-3:]} is shown the list")
        return xml.fromstring(pages()[-1])

    def names(menu):
        return [item.findtext("Name") for item in menu.findall("MenuItem")]
    shown = listed(bob)
    require(shown.tag == "CiscoIPPhoneMenu" and len(names(shown)) == 3, f"202 is shown {xml.tostring(shown)}")
    require("Remove" not in [key.findtext("Name") for key in shown.findall("SoftKeyItem")], "202 may remove others")
    shown = listed(alice)
    require("*Alice 201" in names(shown) and "Carol 203" in names(shown), f"201 is shown {names(shown)}")
    url = next(item.findtext("URL") for item in shown.findall("MenuItem") if item.findtext("Name") == "Carol 203")
    _, application, line, call, transaction, data = url.split(":", 5)
    data = data.encode()
    alice.send(frame(DEVICE_TO_USER_V1, words(int(application), int(line), int(call), int(transaction), len(data), 2, 0, 0, 0, 0)
                     + data.ljust(-(-len(data) // 4) * 4, b"\0")))
    office.see(carol)
    office.info(alice, "connected", calling="202", calling_name="Bob")


@scene(*ALL)
def keys_conference_full(office):
    """A fourth does not fit: a member is told so, and the maker's key drops who came last."""
    alice, bob, carol = consulted(office, key="Confrn")
    office.press(alice, "Confrn", "connected")
    for phone in (alice, bob, carol):
        office.see(phone, "connected")
    bob.soft_key(bob.event("Confrn"), 1, bob.call("connected"))
    office.until(lambda: "Can not complete conference" in [*bob.prompts.values(), *bob.notices],
                 "202 is told that the conference is full")
    for phone in (alice, bob, carol):
        office.see(phone, "connected")
    office.press(alice, "Confrn", "connected")
    office.see(carol)
    office.see(alice, "connected")
    office.see(bob, "connected")
    office.info(bob, "connected", called="201", called_name="Alice")
    office.until(lambda: bob.media and alice.media and not carol.media, "media of 201 and 202 only")


@scene(*ALL)
def keys_conference_ringing(office):
    """Confrn while the third rings: he joins when he answers."""
    alice, bob, carol = consulted(office, answered=False, key="Confrn")
    office.press(alice, "Confrn", "ringout")
    office.until(lambda: alice.call("connected") and bob.call("connected"), "201 and 202 talk")
    office.press(carol, "Answer", "ringin")
    for phone in (alice, bob, carol):
        office.see(phone, "connected")
    alice.send(frame(sccp.ON_HOOK))
    for phone in (alice, bob, carol):
        office.see(phone)


@scene("v11", "v17")
def keys_transfer_by_button(office):
    """A Transfer button instead of the soft key: Stimulus 4 in both places."""
    alice, bob, carol = office.all(201, 202, 203)
    office.connect(bob, alice, "201")
    alice.send(frame(sccp.STIMULUS, words(4, 1, 0)))
    office.until(lambda: alice.call("offhook"), "201 hears the dial tone")
    alice.type("203", alice.call("offhook"))
    office.until(lambda: carol.call("ringin"), "203 rings")
    office.press(carol, "Answer", "ringin")
    office.until(lambda: alice.call("connected"), "201 talks to 203")
    alice.send(frame(sccp.STIMULUS, words(4, 1, 0)))
    joined(office, alice, bob, carol)


@scene("v17")
def keys_transfer_ringing_by_hanging_up(office):
    """The handset put down while the third rings completes the transfer, too."""
    alice, bob, carol = consulted(office, answered=False)
    alice.send(frame(sccp.ON_HOOK))
    office.see(alice)
    office.info(carol, "ringin", calling="202", calling_name="Bob", called="203")
    office.press(carol, "Answer", "ringin")
    joined(office, alice, bob, carol)


@scene("tcp-ed3")
def keys_complete_what_an_application_began(office):
    """An application consults and the phone's key transfers; the phone consults and the application confers."""
    alice, bob, carol = office.all(201, 202, 203)
    app = office.app()
    for number in ("201", "202", "203"):
        app.monitor(number)
    office.connect(bob, alice, "201")
    app.forget()
    call = app.snapshot("201")[0].split("/")[0]
    app.consult(call, "201", "203")
    office.press(carol, "Answer", "ringin")
    office.press(alice, "Trnsfer", "connected")
    joined(office, alice, bob, carol)
    app.forget()
    office.connect(bob, alice, "201")
    office.press(alice, "Confrn", "connected")
    office.until(lambda: alice.call("offhook"), "201 hears the dial tone")
    alice.type("203", alice.call("offhook"))
    office.press(carol, "Answer", "ringin")
    office.until(lambda: alice.call("connected"), "201 talks to 203")
    lines = {entry.split()[2]: entry.split("/")[0] for entry in app.snapshot("201")}
    app.join("ConferenceCall", (lines["hold"], "201"), (lines["connected"], "201"))
    for phone in (alice, bob, carol):
        office.see(phone, "connected")
    office.press(alice, "EndCall", "connected")
    for phone in (bob, carol):
        office.see(phone)


@scene("tcp-ed3")
def keys_kind_of_consultation(office):
    """A phone that began a transfer offers no Confrn, and an application that confers it is refused or obeyed, not lost."""
    alice, bob, carol = office.all(201, 202, 203)
    app = office.app()
    app.monitor("201")
    office.connect(bob, alice, "201")
    office.press(alice, "Trnsfer", "connected")
    office.until(lambda: alice.call("offhook"), "201 hears the dial tone")
    alice.type("203", alice.call("offhook"))
    office.press(carol, "Answer", "ringin")
    office.until(lambda: alice.call("connected"), "201 talks to 203")
    lines = {entry.split()[2]: entry.split("/")[0] for entry in app.snapshot("201")}
    answer = app.request("ConferenceCall", app.pair((lines["hold"], "201"), (lines["connected"], "201")))
    if "ConferenceCallResponse" in answer.tag:
        office.see(alice, "connected")
        office.press(alice, "EndCall", "connected")
    else:
        office.press(alice, "Trnsfer", "connected")
        office.see(alice)
        office.see(bob, "connected")
        office.press(bob, "EndCall", "connected")
    for phone in (alice, bob, carol):
        office.see(phone)
