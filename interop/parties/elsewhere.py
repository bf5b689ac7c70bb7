"""Numbers for which the switch acts, and users who are elsewhere: paging, meet-me conferences, single number reach."""

from apps import require
from office import scene


@scene("tcp-ed3")
def paging(office):
    """A page is heard at the idle phones of the paging number, with their microphones off, and ends with its caller."""
    alice, bob, carol, dave = office.all(201, 202, 203, 204)
    app = office.app()
    app.monitor("820")
    office.connect(dave, bob, "202")
    app.forget()
    office.dial(alice, "820")
    office.until(lambda: carol.call("connected"), "203 plays the page")
    require(carol.media or not carol.ringing, carol.describe())
    require(dave.shows("connected"), "204 is in a call and is left alone")
    app.expect_events({"820": ["Established c1/820 connected newCall"]})
    office.press(alice, "EndCall", "connected")
    office.see(carol)
    app.expect_events({"820": ["ConnectionCleared c1/201 connected normalClearing",
                               "ConnectionCleared c1/820 null normalClearing"]})
    office.press(dave, "EndCall", "connected")
    office.see(bob)


@scene("tcp-ed3")
def meet_me(office):
    """The MeetMe key opens a conference; before it others hear busy tone, behind it they are in."""
    alice, bob, carol = office.all(201, 202, 203)
    app = office.app()
    app.monitor("830")
    office.dial(bob, "830")
    office.until(lambda: bob.call("busy"), "202 hears busy tone")
    office.press(bob, "EndCall", "busy")
    office.see(bob)
    app.forget()
    office.press(alice, "NewCall")
    office.press(alice, "MeetMe", "offhook")
    alice.type("830", alice.call("offhook") or 0)
    office.until(lambda: alice.call("connected"), "201 has opened the conference")
    for phone in (bob, carol):
        office.dial(phone, "830")
        office.until(lambda phone=phone: phone.call("connected"), f"{phone.name[-3:]} is in")
    for phone in (alice, bob, carol):
        office.press(phone, "EndCall", "connected")
        office.see(phone)
    app.settle()
    lines = [app.line(root).split()[0] for root in app.told(list(app.monitors)[0])]
    require(lines.count("Conferenced") == 2, f"830 saw {lines}")


@scene("tcp-ed3")
def single_number_reach(office):
    """A call rings at the desk and elsewhere; answered elsewhere, it is one connection of the office number, and Resume takes it back."""
    alice, dave, grace = office.all(201, 204, 209)
    app = office.app()
    app.monitor("209")
    office.dial(alice, "209")
    office.until(lambda: grace.call("ringin") and dave.call("ringin"), "both ring")
    office.press(dave, "Answer", "ringin")
    office.until(lambda: alice.call("connected") and dave.call("connected"), "talks elsewhere")
    office.until(lambda: grace.call("hold"), "the desk shows the call on hold")
    app.expect_events({"209": ["Delivered c1/209 alerting newCall", "Established c1/209 connected newCall"]})
    office.press(grace, "Resume", "hold")
    office.until(lambda: grace.call("connected"), "209 has taken it back")
    office.see(dave)
    require(alice.call("connected"), alice.describe())
    office.press(alice, "EndCall", "connected")
    office.see(grace)
