"""Attacks of strangers: anyone who reaches the ports, from addresses of their own.

The innocents are at 127.0.0.1. During an attack their phones call each other, and their application asks, again and again;
nearly all of it must succeed, and in time.
"""

import multiprocessing
import os
import pathlib
import re
import socket
import statistics
import subprocess
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
from office import (  # noqa: E402
    ANSWER, C, CONNECTED, D, END_CALL, RINGIN, A, Dialog, Failed, Failure, Server, Transport, attack, require, wait_for,
)
from sccp import REGISTER, REGISTER_ACK, TOKEN_ACK, TOKEN_REJECT, TOKEN_REQ, Phone, frame, register_body, words
from crowds import close_all
from streams import START as CSTA_START, frame as csta_frame, read as csta_read

ATTACKER, OTHER, THIEF = "127.0.0.9", "127.0.0.8", "127.0.0.7"

# Seconds in which 99 of 100 requests of innocents are answered: 0.01 for a release on a quiet machine. A debug build is some ten
# times slower, and shares the machine with the attackers and perhaps a compiler.
IN_TIME = float(os.environ.get("HOSTILE_P99", "0.3"))
# The share of their calls that innocents may lose.
LOST = float(os.environ.get("HOSTILE_LOST", "0.05"))


def links(target, count, first=b"", source=ATTACKER):
    """Connections from an address that each send `first`; those that are refused are left out."""
    opened = []
    for _ in range(count):
        try:
            link = socket.create_connection(target, timeout=10, source_address=(source, 0))
            if first:
                link.sendall(first)
            opened.append(link)
        except OSError:
            pass
    return opened


def datagrams(target, source=ATTACKER):
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind((source, 0))
    sock.connect(target)
    return sock


def drain(sock, seconds):
    """The datagrams that come within that time."""
    got, end = [], time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        sock.settimeout(left)
        try:
            got.append(sock.recv(65536))
        except OSError:
            break
    return got


def sip(method, sock, body="", call="x", to="<sip:203@cme>", sender="<sip:stranger@example>;tag=s", cseq=1, more="",
        branch=None, uri="sip:203@cme", kind="application/csta+xml"):
    """A SIP request from a socket, any part of which can be wrong."""
    host, port = sock.getsockname()
    via = "UDP" if sock.type == socket.SOCK_DGRAM else "TCP"
    content = f"Content-Type: {kind}\r\nContent-Disposition: signal;handling=required\r\n" if body else ""
    return (f"{method} {uri} SIP/2.0\r\nVia: SIP/2.0/{via} {host}:{port};branch=z9hG4bK{branch or call + method + str(cseq)}\r\n"
            f"Max-Forwards: 70\r\nFrom: {sender}\r\nTo: {to}\r\nCall-ID: {call}\r\nCSeq: {cseq} {method}\r\n"
            f"Contact: <sip:stranger@{host}:{port}>\r\n{more}{content}Content-Length: {len(body)}\r\n\r\n{body}").encode()


ED3 = "http://www.ecma-international.org/standards/ecma-323/csta/ed3"
STATUS = f'<RequestSystemStatus xmlns="{ED3}"/>'
DIAL = (f'<MakeCall xmlns="{ED3}"><callingDevice>tel:203</callingDevice><calledDirectoryNumber>tel:204'
        "</calledDirectoryNumber><autoOriginate>doNotPrompt</autoOriginate></MakeCall>")
FORWARD = (f'<SetForwarding xmlns="{ED3}"><device>tel:203</device><forwardingType>forwardImmediate</forwardingType>'
           "<activateForward>true</activateForward><forwardDN>tel:204</forwardDN></SetForwarding>")
MONITOR = (f'<MonitorStart xmlns="{ED3}"><monitorObject><deviceObject>tel:203</deviceObject></monitorObject>'
           "</MonitorStart>")


class Innocents:
    """The office's phones call and its application asks, each in a process of its own, until told to stop; then they say how
    that went. So what the phones do here does not count as the time of an answer."""

    def __init__(self, office, patience=1):
        self.office, self.patience = office, patience
        self.asker = Dialog(office.transport(), "202").open()

    def __enter__(self):
        self.stop, self.workers = multiprocessing.Event(), []
        for work in (self.call, self.ask):
            reports, theirs = multiprocessing.Pipe(False)
            process = multiprocessing.Process(target=lambda work=work, theirs=theirs: theirs.send(work()))
            process.start()
            self.workers.append((process, reports))
        return self

    def __exit__(self, *failure):
        self.stop.set()
        self.report = {}
        for process, reports in self.workers:
            self.report.update(reports.recv())
            process.join()
        if failure[0] is None:
            self.judge(**self.report)

    def call(self):
        self.calls = self.failed = 0
        alice, bob = self.office.alice, self.office.bob
        while not self.stop.is_set() and not alice.closed and not bob.closed:
            self.calls += 1
            next_call = time.monotonic() + 0.1  # ten calls a second: a busy office, and not a flood of its own
            alice.dial("202")
            worked = bob.expect_state(RINGIN, 3)
            bob.soft_key(ANSWER)
            worked = worked and alice.expect_state(CONNECTED, 3)
            alice.soft_key(END_CALL)
            worked = alice.expect_idle(3) and bob.expect_idle(3) and worked
            self.failed += not worked
            alice.seen.clear()
            bob.seen.clear()
            self.office.watcher.transport.poll(0.01)
            self.office.watcher.events.clear()
            self.stop.wait(max(0, next_call - time.monotonic()))
        return dict(calls=self.calls, failed=self.failed, closed=alice.closed or bob.closed)

    def ask(self):
        self.waits, self.error = [], None
        try:
            while not self.stop.is_set():
                began = time.monotonic()
                self.asker.expect("SnapshotDevice", "<snapshotObject>tel:202</snapshotObject>")
                self.waits.append(time.monotonic() - began)
                time.sleep(0.005)
        except (Failure, Failed, OSError) as error:
            self.error = str(error)
        worst = statistics.quantiles(self.waits, n=100)[98] if len(self.waits) >= 20 else 0
        return dict(worst=worst, error=self.error)

    def judge(self, calls, failed, worst, error, closed):
        require(error is None, f"an innocent application fails: {error}")
        require(not closed, "an innocent phone was disconnected")
        require(failed <= LOST * calls, f"{failed} of {calls} calls of innocents failed")
        most = self.patience * IN_TIME
        require(worst < most, f"1 of 100 requests of innocents takes {worst * 1000:.0f} ms, not {most * 1000:.0f}")


def log_of(office):
    return (office.server.data / "server.log").read_text(errors="replace")


def names_limit(office, limit):
    """The log says which limit was reached, and by whom."""
    found = any(limit in line and ATTACKER in line for line in log_of(office).splitlines())
    require(found, f"the log does not name the limit {limit!r} and the address")


def token_body(name):
    return name.encode()[:16].ljust(16, b"\0") + words(0, 1) + bytes([127, 0, 0, 1]) + words(7)


@attack
def names_at_speed(office):
    """Tokens and registrations for guessed names: few are answered, and names that exist look the same (A1)."""
    with Innocents(office):
        answered = 0
        for number in range(1500):
            phone = Phone(office.sccp, source=ATTACKER)
            name = f"SEPBAD{number:09d}"
            kind, body = (TOKEN_REQ, token_body(name)) if number % 2 else (REGISTER, register_body(name))
            phone.send(frame(kind, body))
            phone.wait(lambda: phone.closed or phone.seen, 1 if number % 100 == 0 else 0)
            answered += bool(phone.seen)
            phone.close()
        require(answered <= 60, f"{answered} names were answered")
        for name in ("SEP020000000205", "SEPBAD1"):
            phone = Phone(office.sccp, source=ATTACKER)
            phone.send(frame(TOKEN_REQ, token_body(name)))
            require(phone.expect_closed() and not phone.seen, f"{name} is answered")
    names_limit(office, "registrations failed per-source")


@attack
def name_of_a_living_phone(office):
    """Registrations under a bystander's name, five a second, from another address: the owner keeps its calls (A1)."""
    with Innocents(office):
        for _ in range(20):
            thief = Phone(office.sccp, source=THIEF)
            thief.send(frame(REGISTER, register_body(A)))
            thief.poll(0.2)
            require(not thief.got(REGISTER_ACK), "a stranger is registered as a phone that is alive")
            thief.close()
    require(any(THIEF in line and A in line and "127.0.0.1" in line for line in log_of(office).splitlines()), "the log does not name both")


@attack
def name_of_a_dead_phone(office):
    """A phone that answers nothing any more makes room within seconds; one that starts again is back at once (A1)."""
    frozen = office.phone(C)
    began = time.monotonic()
    again = office.phone(C)
    require(time.monotonic() - began < 1, "a phone that starts again has to wait")
    require(frozen.expect_closed(), "the old connection stays")
    again.answers = False
    moved = Phone(office.sccp, source=OTHER)
    office.opened.append(moved)
    moved.send(frame(REGISTER, register_body(C)))
    require(moved.expect(REGISTER_ACK, 8), "a phone that moved never gets in")


@attack
def forged_invites(office):
    """One INVITE in anybody's name with a service in its body: nothing is carried out, little is sent (A2)."""
    phone, peer = office.phone(C), office.phone(D)
    with Innocents(office):
        for number, body in enumerate((DIAL, FORWARD, MONITOR, STATUS, f'<GetCSTAFeatures xmlns="{ED3}"/>')):
            sock = datagrams(office.sip)
            data = sip("INVITE", sock, body, call=f"forged{number}{time.monotonic()}")
            sock.send(data)
            peer.dial("203")
            got = drain(sock, 1.8)
            peer.soft_key(END_CALL)
            peer.expect_idle()
            size = sum(map(len, got))
            require(size <= 3 * len(data), f"{size} bytes for {len(data)}")
            require(all(piece.startswith(b"SIP/2.0 ") for piece in got), "a request was sent to it")
            sock.close()
    phone.poll(0.1)
    require(phone.expect_idle(1), "the phone dials because of a forged datagram")
    require("no active" in office.server.cli("show cti gcid"), "a call was made")
    watcher = office.dialog("203").open()
    answer = watcher.expect("GetForwarding", "<device>tel:203</device>")
    active = [text.strip() for text in answer.itertext() if text.strip() == "true"]
    require(not active, "the line is forwarded because of a forged datagram")


@attack
def proven_invite(office):
    """The same INVITE with an ACK: its service is carried out and its response comes as INFO (A2)."""
    phone = office.phone(C)
    sock = datagrams(office.sip, OTHER)
    call = f"proven{time.monotonic()}"
    sock.send(sip("INVITE", sock, DIAL, call=call))
    answer = next((piece for piece in drain(sock, 1) if piece.startswith(b"SIP/2.0 200")), b"").decode()
    require(answer, "no 200")
    tag = re.search(r"(?im)^to:.*;tag=([^;\r]+)", answer).group(1)
    sock.send(sip("ACK", sock, call=call, to=f"<sip:203@cme>;tag={tag}"))
    require(any(b"MakeCallResponse" in piece for piece in drain(sock, 1)), "no response after the ACK")
    require(phone.wait(lambda: any(message == 0x11D for message, _ in phone.seen)), "the phone does not dial")
    sock.send(sip("BYE", sock, call=call, to=f"<sip:203@cme>;tag={tag}", cseq=2))


@attack
def amplification(office):
    """Errors, OPTIONS and repetitions: never three times what came (A2)."""
    for method in ("OPTIONS", "INVITE", "INFO", "BYE", "SUBSCRIBE", "COFFEE", "REGISTER"):
        sock = datagrams(office.sip)
        data = sip(method, sock, call=f"amp{method}{time.monotonic()}")
        for _ in range(2):
            sock.send(data)
        size = sum(map(len, drain(sock, 1.2)))
        require(size <= 6 * len(data), f"{method}: {size} bytes for {2 * len(data)}")
        sock.close()


@attack
def all_sessions(office):
    """One source opens sessions until it gets no more: others get theirs, the log names the limit (A3)."""
    with Innocents(office):
        link = links(office.sip, 1)[0]
        link.settimeout(10)
        status = {200: 0, 503: 0}
        for start in range(0, 2400, 100):
            link.sendall(b"".join(sip("INVITE", link, STATUS, call=f"all{start + n}") for n in range(100)))
            got = b""
            while got.count(b"SIP/2.0 200") + got.count(b"SIP/2.0 503") < 100:
                got += link.recv(1 << 20)
            for code in status:
                status[code] += got.count(b"SIP/2.0 %d" % code)
        require(status[503] > 0, "one source has more than 2,000 sessions")
        Dialog(Transport(office.sip, "tcp", 5, source=OTHER), "203").open().close()
    names_limit(office, "sessions per-")
    close_all([link])


@attack
def all_connections(office):
    """One source takes all connections of each door: one of another source that is slow to speak stays (A3)."""
    csta = office.server.address("csta")
    slow = [(door, socket.create_connection(door, timeout=10, source_address=(OTHER, 0)))
            for door in (office.sip, csta, office.sccp)]
    with Innocents(office):
        many = [link for door in (office.sip, csta, office.sccp) for link in links(door, 2600)]
    sip_link, csta_link, sccp_link = (link for _, link in slow)
    sip_link.sendall(sip("OPTIONS", sip_link, call="slow"))
    require(sip_link.recv(4096).startswith(b"SIP/2.0 200"), "a SIP connection of another source was closed")
    csta_link.sendall(csta_frame(CSTA_START))
    answer, _ = csta_read(csta_link, 5)
    require(b"PosResponse" in answer, "a CSTA connection of another source was closed")
    sccp_link.sendall(frame(0))
    require(len(sccp_link.recv(64)) == 12, "a phone connection of another source was closed")
    names_limit(office, "connections waiting per-source")
    close_all(many + [link for _, link in slow])


@attack
def monitors_on_one_line(office):
    """Ten sessions with as many monitors as they get on one line: calls there are told to all in time (A3, A7)."""
    mobs = []
    for _ in range(10):
        mob = Dialog(Transport(office.sip, "tcp", 20, source=ATTACKER), "202").open()
        mob.style.answers = False
        mobs.append(mob)
        body = mob.body("MonitorStart", "<monitorObject><deviceObject>tel:202</deviceObject></monitorObject>")
        mob.transport.responses.clear()
        mob.transport.send(b"".join(mob.build("INFO", body) for _ in range(300)))
        mob.transport.wait(lambda: len(mob.transport.responses) >= 300, 20)
        mob.transport.responses.clear()
    with Innocents(office):
        time.sleep(3)
    names_limit(office, "monitors per-device")
    for mob in mobs:
        mob.transport.close()


@attack
def fill_memory(office):
    """Long branches, tags and names, half messages: refused or bounded (A5)."""
    # Each of the messages is a hundred times as long as what the innocents send.
    with Innocents(office, patience=4):
        sock = datagrams(office.sip)
        for number in range(3000):
            sock.send(sip("OPTIONS", sock, call=f"b{number}", branch="x" * 15500))
            sock.send(sip("INVITE", sock, STATUS, call=f"t{number}", sender=f"<sip:a@b>;tag={'y' * 7000}"))
        got = drain(sock, 0.5)
        require(got and all(b" 513 " in piece.split(b"\r\n")[0] for piece in got), "long identifiers are not refused")
        half = b"INVITE sip:203@cme SIP/2.0\r\nContent-Length: 65000\r\nContent-Type: a/b\r\n\r\n" + b"z" * 64000
        frames = csta_frame(b"z" * 60000)[:-10]
        many = links(office.sip, 1500, half) + links(office.server.address("csta"), 1500, frames)
        many += links(office.sccp, 1500, frame(1, b"S" * 7000, length=8000))
    status = pathlib.Path(f"/proc/{office.server.process.pid}/status").read_text()
    megabytes = int(re.search(r"VmRSS:\s+(\d+)", status).group(1)) >> 10
    most = 2 * office.idle + office.budget
    require(megabytes < most, f"{megabytes} MB are in use, {most} may be")
    close_all(many)


@attack
def stolen_dialog(office):
    """Call-ID and both tags are known: a request from another address is refused, and events stay where they were (A6)."""
    dialog = office.dialog("203").open()
    dialog.monitor("tel:203")
    phone = office.phone(C)
    info = dialog.build("INFO", dialog.body("GetCSTAFeatures"))
    for source in (ATTACKER, "127.0.0.1"):
        sock = datagrams(office.sip, source)
        host, port = sock.getsockname()
        sock.send(re.sub(rb"(?m)^Via: [^\r]*", f"Via: SIP/2.0/UDP {host}:{port};branch=z9hG4bKsteal{port}".encode(), info))
        got = drain(sock, 0.3)
        if source == ATTACKER:
            require(all(b" 481 " in piece.split(b"\r\n")[0] for piece in got), f"answered {got[:1]}")
        phone.soft_key(2)
        require(phone.wait(lambda: phone.states), "the phone has no dial tone")
        phone.soft_key(END_CALL)
        require(not drain(sock, 0.3), "events go to the stranger")
        require(phone.expect_idle(), "the phone does not hang up")
        dialog.wait_event("ServiceInitiatedEvent", seconds=2)
        dialog.events.clear()


@attack
def log_flood(office):
    """Sessions opened and ended, refused and malformed, as fast as can be: the log stays small (A8)."""
    before, began = len(log_of(office)), time.monotonic()
    with Innocents(office):
        link = links(office.sip, 1)[0]
        link.settimeout(10)
        for round_ in range(30):
            link.sendall(b"".join(
                sip("INVITE", link, STATUS if n % 2 else "<bad", call=f"log{round_}-{n}") for n in range(60)))
            got = b""
            while got.count(b"\r\nCSeq: ") < 60:
                got += link.recv(1 << 20)
            tags = re.findall(rb"(?im)^to:[^\r]*;tag=([0-9a-f]{16})[^\r]*\r\nCall-ID: ([^\r]+)", got)
            link.sendall(b"".join(sip("BYE", link, call=call.decode(), to=f"<sip:203@cme>;tag={tag.decode()}", cseq=2)
                                  for tag, call in tags))
            for _ in range(20):
                socket.create_connection(office.sccp, timeout=5, source_address=(ATTACKER, 0)).sendall(b"\xff" * 64)
        link.close()
    grown, took = len(log_of(office)) - before, time.monotonic() - began
    # The audit has at most 1,000 lines a minute about one address, the log 60 of each kind.
    require(grown < 400_000, f"{grown} bytes of log in {took:.0f} s")


@attack
def flood_of_requests(office):
    """One source asks as fast as it can on many connections and by datagrams: others are answered in time."""
    with Innocents(office):
        mobs = [Dialog(Transport(office.sip, "tcp", 20, source=ATTACKER), "203").open() for _ in range(20)]
        sock, end = datagrams(office.sip), time.monotonic() + 4
        while time.monotonic() < end:
            for mob in mobs:
                body = mob.body("SnapshotDevice", "<snapshotObject>tel:203</snapshotObject>")
                mob.transport.send(b"".join(mob.build("INFO", body) for _ in range(10)))
            for number in range(100):
                sock.send(sip("OPTIONS", sock, call=f"flood{number}{time.monotonic()}"))
            for mob in mobs:
                mob.transport.poll(0.001)
                mob.transport.responses.clear()
    for mob in mobs:
        mob.transport.close()


@attack
def requests_that_cause_much(office):
    """One source has hundreds of monitors on a line that it forwards and does not forward, again and again: others are answered in time."""
    mobs = []
    for _ in range(3):
        mob = Dialog(Transport(office.sip, "tcp", 20, source=ATTACKER), "203").open()
        body = mob.body("MonitorStart", "<monitorObject><deviceObject>tel:203</deviceObject></monitorObject>")
        mob.transport.send(b"".join(mob.build("INFO", body) for _ in range(300)))
        mob.transport.wait(lambda mob=mob: len(mob.transport.responses) >= 300, 20)
        mobs.append(mob)
    changes = [mobs[0].body("SetForwarding", "<device>tel:203</device><forwardingType>forwardImmediate</forwardingType>"
                            f"<activateForward>{on}</activateForward><forwardDN>tel:204</forwardDN>") for on in ("true", "false")]
    with Innocents(office):
        end = time.monotonic() + 4
        while time.monotonic() < end:
            for mob in list(mobs):
                try:
                    mob.transport.send(b"".join(mob.build("INFO", change) for change in changes))
                    mob.transport.poll(0.001)
                except Failure:
                    # It does not read all that it has asked for: the server has closed its connection.
                    mobs.remove(mob)
                mob.transport.responses.clear()
                mob.events.clear()
            time.sleep(0 if mobs else 0.1)
    last = Dialog(Transport(office.sip, "tcp", 20, source=ATTACKER), "203").open()
    mobs.append(last)
    last.expect("SetForwarding", "<device>tel:203</device><forwardingType>forwardImmediate</forwardingType>"
                   "<activateForward>false</activateForward>")
    for mob in mobs:
        mob.transport.close()


@attack
def flood_of_calls(office):
    """One source makes calls as fast as it can: the bystanders' calls go on."""
    phones = [office.phone(C), office.phone(D)]
    with Innocents(office):
        mob = Dialog(Transport(office.sip, "tcp", 20, source=ATTACKER), "203").open()
        end = time.monotonic() + 4
        body = mob.body("MakeCall", "<callingDevice>tel:203</callingDevice><calledDirectoryNumber>tel:204"
                        "</calledDirectoryNumber><autoOriginate>doNotPrompt</autoOriginate>")
        clear = mob.body("ClearConnection", "<connectionToBeCleared><deviceID>tel:203</deviceID></connectionToBeCleared>")
        while time.monotonic() < end:
            mob.transport.send((mob.build("INFO", body) + mob.build("INFO", clear)) * 1)
            mob.transport.poll(0.001)
            mob.transport.responses.clear()
            for phone in phones:
                phone.poll(0)
                phone.seen.clear()
        mob.transport.close()


@attack
def scanners(office):
    """Programs that look for systems to abuse get no answer at all."""
    for agent in ("friendly-scanner", "sipvicious", "sipcli/v1.8"):
        sock = datagrams(office.sip)
        for method in ("OPTIONS", "REGISTER", "INVITE"):
            sock.send(sip(method, sock, call=f"scan{agent}", more=f"User-Agent: {agent}\r\n"))
        require(not drain(sock, 0.3), f"{agent} is answered")
        sock.close()


@attack
def torture(office):
    """Messages of RFC 4475 and RFC 5118 that are wrong get the status that they deserve (A16)."""
    sock = datagrams(office.sip)
    host = "127.0.0.9:%d" % sock.getsockname()[1]
    good = sip("INVITE", sock, call="torture", kind="application/sdp", body="v=0").decode()
    cases = {
        "badinv01": (good.replace("branch=z9hG4bKtortureINVITE1", ";;,;,,"), 400),
        "5118 4.2": (good.replace("INVITE sip:203@cme ", "INVITE sip:2001:db8::10 "), 400),
        "escaped headers": (good.replace("INVITE sip:203@cme ", "INVITE sip:203@cme?Route=%3Csip:a%3E "), 400),
    }
    for number, (name, (message, status)) in enumerate(cases.items()):
        require(message != good and host in message, name)
        sock.send(message.replace("Call-ID: torture", f"Call-ID: torture{number}").encode())
        got = drain(sock, 0.3)
        require(got and got[0].startswith(b"SIP/2.0 %d" % status), f"{name}: {got[:1]}")
    link = links(office.sip, 1)[0]
    link.sendall(b"SIP/2.0 4294967301 better not break the receiver\r\nContent-Length: 0\r\n\r\n")
    link.sendall(sip("OPTIONS", link, call="after"))
    link.settimeout(3)
    require(link.recv(4096).startswith(b"SIP/2.0 200"), "bigcode closes the connection")
    close_all([link])


# Servers of their own.

MANAGER = """
voice service voip
 no cti shutdown
 sip
  registrar server
!
telephony-service
 max-ephones 1
 max-dn 1
 ip source-address 127.0.0.1 port 0
!
voice register global
 mode cme
 source-address 127.0.0.1 port 0
!
voice register session-server 1
 register-id apps
 keepalive 120
 cti-aware
!
ephone-dn 1
 number 203
 cti watch
"""


def status_of(sock, data, seconds=0.5):
    sock.send(data)
    got = drain(sock, seconds)
    return int(got[0].split()[1]) if got else 0


def session_manager(binary, data):
    """Only its own address speaks for a session manager; a bad Contact is 400 (A4, A16)."""
    (data / "manager.cfg").write_text(MANAGER)
    with Server(binary, data / "manager.cfg", "127.0.0.1", data) as server:
        target = server.address("sip")
        own, stranger = datagrams(target, "127.0.0.1"), datagrams(target)
        beats = iter(range(1, 100))

        def beat():
            return status_of(own, sip("REGISTER", own, call="own", uri="sip:cme", to="<sip:apps@cme>",
                                      sender="<sip:apps@cme>;tag=m", cseq=next(beats)))
        require(beat() == 200, "the session manager cannot register")
        register = sip("REGISTER", stranger, call="bad", uri="sip:cme", to="<sip:apps@cme>").decode()
        contact = re.search(r"Contact: [^\r]*", register).group(0)
        bad = register.replace(contact, "Contact: sip:apps@127.0.0.9?Route=%3Csip:a%3E")
        require(status_of(stranger, bad.encode()) == 400, "regbadct is not refused with 400")
        away = register.replace(contact, "Contact: *\r\nExpires: 0").replace("Call-ID: bad", "Call-ID: away")
        require(status_of(stranger, away.encode()) == 403, "a stranger removes the contact")
        forged = datagrams(target, "127.0.0.1")
        forged.send(sip("INVITE", forged, STATUS, call="forged", sender="<sip:apps@cme>;tag=f"))
        drain(forged, 34)
        require(beat() == 200, "an INVITE that nobody acknowledged silences the session manager")
        require("apps" in server.cli("show voice register session-server"), "the contact is gone")


def open_files(binary, data):
    """1,024 files, 400 configured phones, strangers at every door: all phones register, operators get in (A10)."""
    lines = ["voice service voip", " no cti shutdown", "telephony-service", " max-ephones 400", " max-dn 400",
             " ip source-address 127.0.0.1 port 0", "cti-manager", " csta tcp port 0", "voice register global",
             " mode cme", " source-address 127.0.0.1 port 0"]
    for tag in range(1, 401):
        lines += [f"ephone-dn {tag}", f" number {1000 + tag}", f"ephone {tag}", f" mac-address 0200.0000.{tag:04x}",
                  f" button 1:{tag}"]
    (data / "files.cfg").write_text("\n".join(lines) + "\n")
    limited = data / "limited.sh"
    limited.write_text("#!/bin/sh\nulimit -n 1024\nexec %s \"$@\"\n" % binary)
    limited.chmod(0o755)
    server = Server(str(limited), data / "files.cfg", "127.0.0.1", data)
    server.binary = binary
    with server:
        many = [link for door in ("sip", "csta", "sccp") for link in links(server.address(door), 700)]
        phones = []
        for tag in range(1, 401):
            phone = Phone(server.address("sccp"))
            phones.append(phone)
            phone.send(frame(REGISTER, register_body(f"SEP02000000{tag:04X}")))
        registered = sum(phone.expect(REGISTER_ACK, 5) for phone in phones)
        require(registered == 400, f"{registered} of 400 phones register")
        require(server.cli("show ephone registered").count("REGISTERED") >= 400, "operators do not see them")
        close_all(many)
        for phone in phones:
            phone.close()


def little_memory(binary, data):
    """64 MB for data: the budget is made of them, and nothing a stranger sends ends the server (A5)."""
    (data / "little.cfg").write_text(MANAGER)
    limited = data / "limited.sh"
    limited.write_text("#!/bin/sh\nulimit -d 65536\nexec %s \"$@\"\n" % binary)
    limited.chmod(0o755)
    server = Server(str(limited), data / "little.cfg", "127.0.0.1", data)
    server.binary = binary
    with server:
        budget = int(re.search(r": (\d+) bytes", server.cli("show memory")).group(1))
        require(budget <= 32 << 20, f"a budget of {budget} bytes out of 64 MB")
        target = server.address("sip")
        half = b"INVITE sip:203@cme SIP/2.0\r\nContent-Length: 65000\r\nContent-Type: a/b\r\n\r\n" + b"z" * 64000
        many = links(target, 1500, half)
        for number in range(10):
            link = links(target, 1)[0]
            link.sendall(b"".join(sip("INVITE", link, STATUS, call=f"m{number}-{n}") for n in range(400)))
            many.append(link)
        time.sleep(1)
        require(server.process.poll() is None, "the server has ended")
        other = socket.create_connection(target, timeout=5, source_address=(OTHER, 0))
        other.sendall(sip("OPTIONS", other, call="other"))
        require(other.recv(4096).startswith(b"SIP/2.0 200"), "others are not served")
        close_all(many + [other])


def run_all(binary, logs):
    failed = []
    for check in (session_manager, open_files, little_memory):
        name = check.__name__.replace("_", "-")
        data = pathlib.Path(tempfile.mkdtemp(prefix=f"{name}-", dir=logs))
        began = time.monotonic()
        try:
            check(binary, data)
            print(f"PASS  {name} ({time.monotonic() - began:.1f} s)", flush=True)
        except (Failed, Failure, OSError, subprocess.SubprocessError) as failure:
            print(f"FAIL  {name}: {failure!r}", flush=True)
            failed.append(name)
    return failed
