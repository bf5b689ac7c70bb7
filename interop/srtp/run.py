#!/usr/bin/env python3
"""SRTP with baresip, whose implementation is not ours, and phones in clear beside it.

    run.py --binary target/debug/hookflash [--logs DIR] [--only NAME]

Phones with and without encryption talk to each other, each hears the other's tone; offers that the configuration does not want
are refused; no key is in any log or recording. Ends with 0 when all is well. Everything it started has ended when it ends.
"""

import base64
import importlib.util
import json
import os
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
_spec = importlib.util.spec_from_file_location("cti_devices", HERE.parent / "cti-devices" / "run.py")
devices = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(devices)

import baresip  # noqa: E402
from scenes import Scenes  # noqa: E402
from server import Failed  # noqa: E402
from user_agent import TLS, UserAgent  # noqa: E402
from web_phone import WebPhone  # noqa: E402
from websocket import Rpc  # noqa: E402

require, frame = devices.require, devices.frame
KEY = "PS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaVBR"
CONFIG = devices.CONFIG.replace(" max-dn 4\n max-pool 4\n", " max-dn 9\n max-pool 9\n").replace(
    "cti-manager\n", """voice register dn 2
 number 302
voice register dn 3
 number 303
voice register dn 4
 number 304
voice register pool 2
 id mac 0200.0000.0302
 number 1 dn 2
 username 302 password pw302
 srtp
voice register pool 3
 id mac 0200.0000.0303
 number 1 dn 3
 username 303 password pw303
 srtp
voice register pool 4
 id mac 0200.0000.0304
 number 1 dn 4
 username 304 password pw304
 srtp fallback
application-user safe
 password 0 secret
 group Standard CTI Enabled
 group Standard CTI Allow Control of All Devices
 group Standard CTI Secure Connection
 group Standard CTI Allow Reception of SRTP Key Material
cti-manager
 cluster-security
 https port 0
""")
SCENES = Scenes()
test = SCENES.test


class Secured(baresip.Baresip):
    """A baresip that encrypts its audio."""

    def __init__(self, office, number, tone, encryption="srtp-mand"):
        before = self.registered(office)
        super().__init__(office.server.address("sip"), number, number, f"pw{number}", tone=tone, encryption=encryption)
        office.open.append(self)
        office.until(lambda: self.registered(office) > before, f"baresip {number} registers", 10)

    @staticmethod
    def registered(office):
        return office.server.cli("show voice register pool").count("user agent baresip")


def established(office, *phones):
    for phone in phones:
        office.until(lambda: phone.told("CALL_ESTABLISHED"), f"{phone.number}: established", 10)


@test
def skinny(office):
    """An SCCP phone and an encrypted SIP phone call each other; hold and resume."""
    alice = office.phone(201, tone=440)
    sara = Secured(office, "302", 620)

    def talk():
        office.listen(alice.audio)
        office.until(lambda: alice.audio.power(620) > 0.7, f"201 hears {alice.audio.power(620):.2f} of 302")
        office.until(lambda: sara.heard(440) > 0.7, f"302 hears {sara.heard(440):.2f} of 201")

    alice.dial("302")
    office.until(lambda: sara.told("CALL_INCOMING"), "302 rings", 10)
    sara.do("accept")
    established(office, sara)
    talk()
    sara.do("hold")
    office.until(lambda: alice.audio.power(620) < 0.1, "201 hears who holds the call")
    sara.do("resume")
    talk()
    alice.send(frame(devices.ON_HOOK))
    office.until(lambda: sara.told("CALL_CLOSED"), "closed")
    sara.do("dial", "201")
    office.see(201, "ringin")
    alice.soft_key(alice.event("Answer"), 1, alice.call("ringin"))
    established(office, sara)
    talk()
    sara.do("hangup")
    office.see(201)


def web_phone(office, number, tone):
    phone = WebPhone(office.server.address("ws"), number, tone, f"pw{number}")
    office.open.append(phone)
    require(phone.register() == 200, f"{number} does not register")
    return phone


@test
def browser(office):
    """A browser (DTLS, ICE) and an SCCP phone call each other and hear each other; held, the browser hears music, at the same place."""
    alice = office.phone(201, tone=440)
    web = web_phone(office, "302", 620)

    def talk():
        office.listen(alice.audio)
        office.until(lambda: alice.audio.power(620) > 0.7 and web.power(440) > 0.7,
                     f"201 hears {alice.audio.power(620):.2f} of 302, 302 {web.power(440):.2f} of 201", 15)

    call = web.call("201")
    office.see(201, "ringin")
    alice.soft_key(alice.event("Answer"), 1, alice.call("ringin"))
    office.until(lambda: call.state == "connected", f"302 is {call.state}", 10)
    talk()
    place = re.findall(rb"m=audio (\d+) UDP/TLS/RTP/SAVPF", call.sdp)
    alice.soft_key(alice.event("Hold"), 1, alice.call("connected"))
    office.until(lambda: web.power(440) < 0.2, "302 hears who holds the call", 10)
    alice.soft_key(alice.event("Resume"), 1, alice.call("hold"))
    talk()
    require(re.findall(rb"m=audio (\d+) UDP/TLS/RTP/SAVPF", call.sdp) == place, f"the place has changed: {call.sdp}")
    call.bye()
    office.see(201)
    web.close()
    office.open.remove(web)
    web = web_phone(office, "302", 620)
    alice.dial("302")
    office.until(lambda: web.in_state("ringing"), "302 rings")
    require(not web.in_state("ringing").invite.body, "an offer that no browser takes")
    web.in_state("ringing").answer()
    office.until(lambda: web.in_state("connected"), "302 has no answer", 10)
    talk()


@test
def both_encrypted(office):
    """Two encrypted phones have other keys, and hear each other; so do one and a phone in clear."""
    one, other = Secured(office, "302", 440), Secured(office, "303", 620)
    one.do("dial", "303")
    office.until(lambda: other.told("CALL_INCOMING"), "303 rings", 10)
    other.do("accept")
    established(office, one, other)
    office.until(lambda: one.heard(620) > 0.7 and other.heard(440) > 0.7,
                 f"302 hears {one.heard(620):.2f}, 303 {other.heard(440):.2f}", 10)
    one.do("hangup")
    office.until(lambda: other.told("CALL_CLOSED"), "closed")
    plain = UserAgent(office.server.address("sip"), "301", user="u301", password="pw301")
    office.open.append(plain)
    require(plain.register() == 200, "301 does not register")
    sound = plain.speaks(1000, 0)
    one.do("dial", "301")
    office.until(lambda: plain.in_state("ringing"), "301 rings")
    plain.in_state("ringing").answer()
    established(office, one)
    office.until(lambda: one.heard(1000) > 0.7 and sound.power(440) > 0.7,
                 f"302 hears {one.heard(1000):.2f}, 301 {sound.power(440):.2f}", 10)
    one.do("hangup")
    office.until(lambda: not plain.in_state("answered", "connected"), "over")
    plain.call("302")
    office.until(lambda: one.told("CALL_INCOMING"), "302 rings", 10)
    one.do("accept")
    established(office, one)
    office.until(lambda: one.heard(1000) > 0.7 and sound.power(440) > 0.7,
                 f"302 hears {one.heard(1000):.2f}, 301 {sound.power(440):.2f}", 10)


@test
def fallback(office):
    """A phone with `srtp fallback` is encrypted if it can be, and heard if it cannot."""
    alice = office.phone(201, tone=440)
    able = Secured(office, "304", 620, "srtp")
    able.do("dial", "201")
    office.see(201, "ringin")
    alice.soft_key(alice.event("Answer"), 1, alice.call("ringin"))
    established(office, able)
    office.until(lambda: alice.audio.power(620) > 0.7 and able.heard(440) > 0.7, "both hear each other", 10)
    log = (pathlib.Path(able.home.name) / "log").read_text(errors="replace")
    require("SRTP is Enabled" in log or "srtp" in log.lower(), f"baresip does not encrypt: {log[-600:]}")
    able.do("hangup")
    office.see(201)
    able.close()
    office.open.remove(able)
    plain = UserAgent(office.server.address("sip"), "304", password="pw304")
    office.open.append(plain)
    require(plain.register() == 200, "304 does not register")
    sound = plain.speaks(1000, 0)
    plain.call("201")
    office.see(201, "ringin")
    alice.soft_key(alice.event("Answer"), 1, alice.call("ringin"))
    office.until(lambda: alice.audio.power(1000) > 0.7 and sound.power(440) > 0.7, "both hear each other in clear", 10)


@test
def refusals(office):
    """488 for who wants encryption that is not configured, and for who does not have it where it is."""
    office.phone(201)
    clear = UserAgent(office.server.address("sip"), "301", user="u301", password="pw301")
    must = UserAgent(office.server.address("sip"), "302", password="pw302")
    for agent in (clear, must):
        office.open.append(agent)
        require(agent.register() == 200, f"{agent.number} does not register")
    plain_sdp = clear.sdp

    def secure_sdp(direction="sendrecv", version=1, key=KEY):
        crypto = f"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{key}\r\na=sendrecv".encode()
        return plain_sdp(direction, version).replace(b"RTP/AVP", b"RTP/SAVP").replace(b"a=sendrecv", crypto)

    def status(agent):
        call = agent.call("201")
        office.until(lambda: call.statuses and call.statuses[-1] >= 180, f"an answer to {agent.number}")
        return call.statuses[-1]

    require(status(must) == 488, "audio in clear where it must be encrypted")
    clear.sdp = secure_sdp
    require(status(clear) == 488, "RTP/SAVP where nothing is encrypted")
    for wrong in ("AAAA", KEY + "|1:4", ""):
        must.sdp = lambda *arguments, wrong=wrong, **options: secure_sdp(*arguments, **options, key=wrong)
        require(status(must) == 488, f"a key {wrong!r}")
    must.sdp = lambda *arguments, **options: secure_sdp(*arguments, **options)
    call = must.call("201")
    office.until(lambda: 180 in call.statuses, "a good offer rings")
    call.cancel()


@test
def nowhere_else(office):
    """After a call with keys none of them is in the log at its most detailed, in the recording or in any other file."""
    alice = office.phone(201, tone=440)
    sara = Secured(office, "302", 620)
    sara.do("dial", "201")
    office.see(201, "ringin")
    alice.soft_key(alice.event("Answer"), 1, alice.call("ringin"))
    established(office, sara)
    office.until(lambda: alice.audio.power(620) > 0.7, "201 hears 302", 10)
    sara.do("hangup")
    office.see(201)
    office.server.cli("show running-config")
    kept = [path for path in office.server.data.rglob("*") if path.is_file()]
    require(any(path.name == "recording" for path in kept), "there is no recording")
    for path in kept:
        found = re.findall(rb"inline:(?!A{40})[A-Za-z0-9+/]{8}", path.read_bytes())
        require(not found, f"{path.name} has keys: {found[:2]}")


@test
def keys_for_applications(office):
    """Keys are told over TLS to who is in the groups, and to nobody else; they are those of the description."""
    alice = office.phone(201, tone=440)
    agent = UserAgent(office.server.address("sip"), "302", password="pw302")
    office.open.append(agent)
    require(agent.register() == 200, "302 does not register")
    plain_sdp = agent.sdp

    def secure_sdp(direction="sendrecv", version=1):
        crypto = f"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{KEY}\r\na=sendrecv".encode()
        return plain_sdp(direction, version).replace(b"RTP/AVP", b"RTP/SAVP").replace(b"a=sendrecv", crypto)

    agent.sdp = secure_sdp
    call = agent.call("201")
    office.see(201, "ringin")
    alice.soft_key(alice.event("Answer"), 1, alice.call("ringin"))
    office.until(lambda: 200 in call.statuses, "answered")
    master = base64.b64decode(KEY)
    for user, door, wanted in (("safe", "https", "encryptedKeysAvailable"), ("app", "https", "encryptedUserNotAuthorized")):
        login = "Basic " + base64.b64encode(f"{user}:secret".encode()).decode()
        rpc = Rpc(office.server.address(door), authorization=login, tls=TLS)
        shown = rpc.call("SnapshotDevice", snapshotObject="302")
        connection = re.search(r'"connectionIdentifier": ?({[^}]*})', json.dumps(shown))
        connection = json.loads(connection.group(1))
        keys = rpc.call("GetMediaKeys", connection=connection)["MediaKeys"]
        require(keys["indicator"] == wanted, f"{user}: {keys}")
        told = keys.get("transmitKey"), keys.get("transmitSalt")
        own = tuple(base64.b64encode(part).decode() for part in (master[:16], master[16:]))
        require(told == (own if user == "safe" else (None, None)), f"{user} is told {told}")
        at = dict(connection, deviceID="201")
        require(rpc.call("GetMediaKeys", connection=at)["MediaKeys"] == {"indicator": "notEncrypted"}, "201 is in clear")
        rpc.close()
    for path in office.server.data.rglob("*"):
        if path.is_file():
            require(base64.b64encode(master[:16]) not in path.read_bytes(), f"{path.name} has the key")


def traced(name, data):
    """The scene that looks for keys looks everywhere."""
    os.environ["HOOKFLASH_LOG"] = "trace" if name == "nowhere-else" else "info"
    return ["--record", str(data / "recording")] if name == "nowhere-else" else []


if __name__ == "__main__":
    SCENES.main(__doc__, "SRTP", CONFIG, devices.Office, traced)
