"""The configuration changes while phones call: from terminals, by SIGHUP, and over a kill -9."""

import signal
import subprocess

from apps import SipApp, TcpApp, require
from cases import forwarding, pause
from office import scene
from phone import frame, sccp
from server import wait_for

LINE = ("ephone-dn 20 dual-line", "number 220", "name Grace", "cti watch")
PHONE = ("ephone 20", "mac-address 0200.0000.0220", "type 7961", "button 1:20")
RESET = 0x9F


def untouched(office, *phones):
    """These phones' call went on without a message about its state."""
    office.type("show clock")
    pause(office, 0.1)
    for phone in phones:
        require(not phone.history and phone.call("connected"), f"meanwhile {phone.history}: {phone.describe()}")


@scene("alone")
def live_adds_and_removes(office):
    """A line and a phone are added, called and removed while others talk."""
    alice, bob, carol = office.all(201, 202, 203)
    office.connect(alice, bob, "202")
    alice.history.clear()
    bob.history.clear()
    app = SipApp(office)
    app.refused(["operation/invalidDeviceID"],
                "MonitorStart", "<monitorObject><deviceObject>tel:220</deviceObject></monitorObject>")
    office.configure(*LINE, *PHONE)
    grace = office.phone(220)
    app.monitor("220")
    office.dial(carol, "220")
    office.until(lambda: grace.call("ringin"), "220 rings")
    office.info(grace, "ringin", calling="203", calling_name="Carol", called="220")
    office.press(grace, "Answer", "ringin")
    office.until(lambda: carol.call("connected"), "connected")
    app.forget()
    text = office.running()
    for line in (*LINE, *PHONE):
        require(line in text, f"show running-config lacks {line!r}")
    office.configure("no ephone-dn 20")
    untouched(office, alice, bob)
    require(grace.call("connected") and carol.call("connected"), "the call ended with its line")
    dave = office.phone(204)
    office.dial(dave, "220")
    office.until(lambda: dave.named and not dave.call("offhook"), "204 gets an answer")
    require(not dave.call("ringout") and not grace.call("ringin"), f"a removed line is called: {dave.describe()}")
    office.press(dave, "EndCall", next(iter(dave.named.values())))
    office.press(carol, "EndCall", "connected")
    office.see(grace)
    require("number 220" not in office.running(), "the line is still configured")
    office.configure("no ephone 20")
    office.until(lambda: grace.closed or grace.got(RESET), "the phone that was removed is told or cut off")
    untouched(office, alice, bob)


@scene("alone")
def live_errors(office):
    """A wrong line says where with a caret, and changes nothing."""
    before = office.running()
    for mode, line, mark, said in [
            ("ephone-dn 1", "preference 99", "99", "% Invalid input detected at '^' marker."),
            ("ephone-dn 1", "numbr 299", "r 299", "% Invalid input detected at '^' marker."),
            ("ephone 1", "button 1:x", None, "% "),
            ("ephone 1", "mac-address 12", None, "% "),
            ("telephony-service", "max-dn", None, "% Incomplete command."),
            ("telephony-service", "ma 5", None, "% Ambiguous command:  \"ma 5\"")]:
        code, output = office.type("configure terminal", mode, line, "end")
        require(code != 0, f"{line!r}: exit code 0")
        require(said in output, f"{line!r}: {output!r}")
        if mark:
            caret = next((text for text in output.splitlines() if text.strip() == "^"), None)
            require(caret is not None, f"{line!r}: no caret in {output!r}")
            typed = next((text for text in output.splitlines() if text.endswith(line)), line)
            begin = typed.index(line)
            allowed = range(begin, begin + len(line)) if mark == line else [typed.index(mark)]
            require(caret.index("^") in allowed or caret.index("^") - begin in allowed,
                    f"{line!r}: the caret is at {caret.index('^')}: {output!r}")
        require(office.running() == before, f"{line!r} changed the configuration")


@scene("alone")
def live_modes(office):
    """Abbreviations, no, default, do, exit, end, and a mode entered from another one."""
    said = office.configure("ephone-dn 2", "nam Robert", "pref 3", "ephone-dn 3", "name Caroline", "exit",
                            "ephone 4", "no button 1:4", "do show clock", "ephone-dn 2", "default preference")
    text = office.running()
    require("name Robert" in text and "name Caroline" in text, f"names: {text}")
    require("preference 3" not in text, "default left preference 3")
    require(":" in said, f"do show clock says {said!r}")
    code, output = office.type("configure terminal", "ephone-dn 9", "no number", "no ephone-dn 9", "end")
    require(code == 0, output)
    bob = office.phone(202)
    alice = office.phone(201)
    office.dial(bob, "201")
    office.until(lambda: alice.call("ringin"), "201 rings")
    office.info(alice, "ringin", calling="202", calling_name="Robert")


@scene("alone")
def live_buttons(office):
    """A phone whose buttons changed in a call is restarted after the call, and only this phone."""
    alice, bob, carol = office.all(201, 202, 203)
    office.connect(alice, bob, "202")
    office.configure(*LINE, "ephone 2", "button 1:2 2:20")
    alice.seen.clear()
    bob.seen.clear()
    pause(office, 2.5)
    require(not bob.got(RESET) and not bob.closed, "the phone is restarted in a call")
    office.press(alice, "EndCall", "connected")
    office.see(bob)
    office.until(lambda: bob.got(RESET), "202 is restarted", 8)
    require(not alice.got(RESET) and not carol.got(RESET), "other phones are restarted")
    bob.close()
    again = office.phone(202)
    office.dial(carol, "220")
    office.until(lambda: again.call("ringin"), "the new button rings")
    require(again.lines[again.call("ringin")] == 2, f"it rings on line {again.lines}")


@scene("alone")
def live_in_the_middle(office):
    """Lines and phones go away in the middle of a consultation and a conference: nothing is left over."""
    alice, bob, carol = office.all(201, 202, 203)
    app = TcpApp(office)
    for number in ("201", "202", "203"):
        app.monitor(number)
    app.make_call("201", "202")
    office.until(lambda: bob.call("ringin"), "202 rings")
    app.act("AnswerCall", "c1", "202")
    app.consult("c1", "201", "203")
    office.until(lambda: carol.call("ringin"), "203 rings")
    app.act("AnswerCall", "c2", "203")
    office.until(lambda: carol.call("connected"), "203 answers")
    office.configure("no ephone-dn 3")
    app.act("HoldCall", "c2", "203")
    app.act("RetrieveCall", "c2", "203")
    app.refused(["operation/invalidCallingDeviceID"], "MakeCall", f"<callingDevice>{app.number('203')}</callingDevice>"
                f"<calledDirectoryNumber>{app.number('204')}</calledDirectoryNumber>")
    app.join("TransferCall", ("c1", "201"), ("c2", "201"))
    office.until(lambda: bob.call("connected") and carol.call("connected") and not alice.named, "202 talks to 203")
    office.info(bob, "connected", called="203") if bob.infos[bob.call("connected")]["kind"] == 2 else None
    office.press(bob, "EndCall", "connected")
    for phone in (alice, bob, carol):
        office.until(lambda phone=phone: not phone.named, f"{phone.name[-3:]} is idle")
    office.dial(alice, "203")
    office.until(lambda: alice.call("congestion") or alice.call("invalid"), "203 is unknown now", 8)
    office.press(alice, "EndCall", "congestion" if alice.call("congestion") else "invalid")
    # The phone that made a conference is removed.
    dave = office.phone(204)
    office.connect(bob, alice, "201")
    office.press(alice, "Confrn", "connected")
    office.until(lambda: alice.call("offhook"), "dial tone")
    alice.type("204", alice.call("offhook"))
    office.until(lambda: dave.call("ringin"), "204 rings")
    office.press(dave, "Answer", "ringin")
    office.until(lambda: alice.call("connected"), "201 talks to 204")
    office.press(alice, "Confrn", "connected")
    for phone in (alice, bob, dave):
        office.see(phone, "connected")
    office.configure("no ephone 1")
    pause(office, 0.5)
    require(all(phone.call("connected") for phone in (bob, dave)), "the conference ended with the phone's entry")
    office.press(bob, "EndCall", "connected")
    office.press(dave, "EndCall", "connected")
    office.until(lambda: alice.closed or alice.got(RESET) or not alice.named, "201 goes")


@scene("alone")
def live_number_changes(office):
    """A number changes while its phone talks: the call goes on, and the new number is called."""
    alice, bob, carol = office.all(201, 202, 203)
    office.connect(alice, bob, "202")
    alice.history.clear()
    office.configure("ephone-dn 2", "number 292")
    require(alice.call("connected") and bob.call("connected"), "the call ended")
    untouched(office, alice)
    office.press(alice, "EndCall", "connected")
    office.see(bob)
    pause(office, 0.2)
    office.until(lambda: bob.got(RESET) or bob.closed, "202 is restarted", 8)
    bob.close()
    again = office.phone(202)
    office.dial(carol, "292")
    office.until(lambda: again.call("ringin"), "292 rings")
    office.press(carol, "EndCall", "ringout")
    office.see(carol)
    office.dial(carol, "202")
    office.until(lambda: carol.call("congestion") or carol.call("invalid"), "202 is unknown", 8)


@scene("alone")
def live_write_memory(office):
    """What was stored is there after a kill -9, what was not is gone."""
    office.configure(*LINE, *PHONE)
    code, said = office.type("write memory")
    require(code == 0 and "[OK]" in said, said)
    office.configure("ephone-dn 19", "number 221")
    before = office.running()
    require("number 221" in before, "the running configuration lacks what was typed")
    require("number 221" not in office.server.cli("show startup-config"), "what was typed is in the stored one")
    office.kill()
    office.begin(None)
    text = office.running()
    require("number 220" in text and "number 221" not in text, f"after the restart: {text}")
    alice, grace = office.all(201, 220)
    office.dial(alice, "220")
    office.until(lambda: grace.call("ringin"), "220 rings")


@scene("alone")
def live_sighup(office):
    """SIGHUP applies what is different; a broken file changes nothing and is named in the log."""
    alice, bob, carol = office.all(201, 202, 203)
    office.connect(alice, bob, "202")
    alice.history.clear()
    bob.history.clear()
    good = office.config.read_text()
    lines = good.replace("!\nend\n", "!\n" + "\n ".join(LINE) + "\n!\n" + "\n ".join(PHONE) + "\n!\nend\n")
    office.config.write_text(lines.replace(" name Carol\n", " name Charlotte\n"))
    office.server.process.send_signal(signal.SIGHUP)
    office.until(lambda: "number 220" in office.running(), "the new line is configured")
    grace = office.phone(220)
    office.dial(grace, "202")
    untouched(office, alice)
    office.press(grace, "EndCall", next(iter(grace.named.values())))
    office.until(lambda: carol.got(RESET), "203 is restarted for its new name", 8)
    require(not alice.got(RESET), "201 is restarted")
    broken = lines.replace(" button 1:4\n", " button 1:x\n").replace(" name Bob\n", " name Nobody\n")
    office.config.write_text(broken)
    wrong = next(number for number, line in enumerate(broken.splitlines(), 1) if "1:x" in line)
    before, log = office.running(), len((office.data / "server.log").read_text())
    office.server.process.send_signal(signal.SIGHUP)
    office.until(lambda: f"router.cfg:{wrong}" in (office.data / "server.log").read_text()[log:],
                 f"the log names line {wrong} of the file")
    require(office.running() == before, "a broken file changed the configuration")
    require(alice.call("connected") and bob.call("connected"), "the call ended")


@scene("alone")
def live_forwarding_survives(office):
    """Forwarding set by an application and at a phone is there after kill -9, for applications, phones and calls."""
    alice, bob, carol = office.all(201, 202, 203)
    office.phone(204)
    app = SipApp(office)
    app.expect("SetForwarding", "<device>tel:202</device><forwardingType>forwardImmediate</forwardingType>"
               "<activateForward>true</activateForward><forwardDN>tel:204</forwardDN>")
    office.press(carol, "CFwdAll")
    office.until(lambda: carol.named, "203 asks for a number")
    carol.type("204#", next(iter(carol.named)))
    office.until(lambda: forwarding(app, "203") == {"forwardImmediate": "204"}, "203 is forwarded")
    office.kill()
    office.begin(office.config)
    alice, bob, carol, dave = office.all(201, 202, 203, 204)
    app = SipApp(office)
    for number in ("202", "203"):
        require(forwarding(app, number) == {"forwardImmediate": "204"}, f"{number}: {forwarding(app, number)}")
    for phone in (bob, carol):
        office.until(lambda phone=phone: any("204" in prompt for prompt in phone.prompts.values()),
                     f"{phone.name[-3:]} shows the forwarding")
    office.dial(alice, "202")
    office.until(lambda: dave.call("ringin"), "204 rings")
    office.press(alice, "EndCall", "ringout")
    app.expect("SetForwarding", "<device>tel:202</device><forwardingType>forwardImmediate</forwardingType>"
               "<activateForward>false</activateForward>")
    office.kill()
    office.begin(office.config)
    office.phone(202)
    app = SipApp(office)
    require(forwarding(app, "202") == {}, f"a cancelled forwarding is back: {forwarding(app, '202')}")
    require(forwarding(app, "203") == {"forwardImmediate": "204"}, f"203: {forwarding(app, '203')}")


@scene("alone")
def live_cti_shutdown(office):
    """cti shutdown ends the sessions of both carriers and refuses new ones; no cti shutdown lets them in again."""
    alice, bob = office.all(201, 202)
    office.connect(alice, bob, "202")
    over_sip, over_tcp = SipApp(office), TcpApp(office)
    over_sip.monitor("201")
    over_tcp.monitor("201")
    office.configure("voice service voip", "cti shutdown")
    over_sip.wait(lambda: over_sip.dialog.ended)
    require(over_sip.dialog.ended, "no BYE")
    over_tcp.wait(lambda: over_tcp.link.closed)
    require(over_tcp.link.closed, "the session over TCP goes on")
    refused = False
    try:
        SipApp(office)
    except Exception:  # noqa: BLE001
        refused = True
    require(refused, "a new session was accepted")
    untouched_calls = alice.call("connected") and bob.call("connected")
    require(untouched_calls, "the call ended")
    office.configure("voice service voip", "no cti shutdown")
    again = SipApp(office)
    again.monitor("201")
    office.press(alice, "EndCall", "connected")
    again.expect_events({"201": ["ConnectionCleared c1/201 null normalClearing"]})


@scene("alone")
def live_terminals(office):
    """Two terminals at once, garbage and long lines: the server answers each, and calls go on."""
    alice, bob = office.all(201, 202)
    office.connect(alice, bob, "202")
    for line in ("x" * 5000, "\x1b[2J", "no no number", "do do show clock", "number " + "9" * 500, "ephone-dn 999999",
                 "ephone 0", "exit", "button 1:1 1:2 99:1"):
        office.type("configure terminal", "ephone-dn 1", line, "end")
    code, said = office.type("configure terminal", "ephone-dn 1", "name " + "y" * 300, "end")
    require(len(office.running()) < 100_000, f"{code} {said[:100]}")
    require(alice.call("connected") and bob.call("connected"), "the call ended")
    alice.send(frame(sccp.ON_HOOK))
    office.see(bob)


@scene("alone")
def live_debug(office):
    """An operator looks at CTI and at one phone while a call is made, at a terminal that stays open and in the log."""
    words = [office.binary, "cli", "--data", str(office.data)]
    terminal = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    lines = ("terminal monitor", "debug cti all", "debug callmonitor all", "debug ephone state mac-address 0200.0000.0201")
    terminal.stdin.write("\n".join(lines) + "\n")
    terminal.stdin.flush()
    wait_for("flags are set", 5, lambda: "Ephone:" in office.server.cli("show debugging"))
    office.all(201, 202)
    app = SipApp(office)
    app.monitor("201")
    app.make_call("201", "202")
    app.act("ClearConnection", "c1", "201")
    office.server.cli("undebug all")
    seen = terminal.communicate("exit\n", timeout=10)[0]
    log = (office.data / "server.log").read_text(errors="replace")
    for text in ("//CTI/CC:Fsm_Idle_MakeCall calling 201, called 202", "//CTI/PI:session 1 event DeliveredEvent",
                 "=== EVENT EV_ORIGINATED", "CMM_EV_CALL_CONN_ORIGINATED", "SetCallState line 1", "TsRingOut"):
        require(text in seen, f"the terminal is not shown {text!r}: {seen[-2000:]}")
        require(text in log, f"the log lacks {text!r}")
    require("ephone-2[" not in seen, "another phone is looked at too")


@scene("alone")
def live_ringing_line_removed(office):
    """A line is removed while it rings: it rings on, is answered by an application, and is gone after the call."""
    alice, carol = office.all(201, 203)
    app = TcpApp(office)
    app.monitor("203")
    office.dial(alice, "203")
    office.until(lambda: carol.call("ringin") and alice.call("ringout"), "203 rings")
    app.forget()
    call = app.snapshot("203")[0].split("/")[0]
    office.configure("no ephone-dn 3")
    app.expect_events({"203": ["OutOfService"]})
    require(carol.call("ringin") and carol.ringing, carol.describe())
    app.act("AnswerCall", call, "203")
    office.see(carol, "connected")
    office.see(alice, "connected")
    app.expect_events({"203": [f"Established {call}/203 connected newCall"]})
    office.press(alice, "EndCall", "connected")
    office.see(carol)
    office.until(lambda: carol.got(RESET), "203 is restarted without its button", 8)
