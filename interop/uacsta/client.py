#!/usr/bin/env python3
"""An independent uaCSTA client with bad manners: fault tests over real sockets.

    client.py --sip 127.0.0.1:5060 --line 201 --peer 202 all
    client.py --list

Phones have to be registered on both lines; the peer should ring and may
answer. Each test prints PASS or FAIL; exit code 0 when all pass, else 1.
"""

import argparse
import os
import re
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
from session import (  # noqa: E402
    ED3, ED6, Dialog, Failure, Style, Transport, local_name, namespace, text_of, xml_root,
)
from ladder import Checks  # noqa: E402
from schema import invalid_bodies  # noqa: E402

TESTS = {}
SLOW = set()
CALL_EVENTS = ["OriginatedEvent", "DeliveredEvent"]


def test(*kinds, slow=False):
    """Registers a test for the transports it makes sense on.

    A slow one (more than a minute) is not among `all`.
    """
    def register(function):
        for kind in kinds:
            name = f"{function.__name__.replace('_', '-')}/{kind}"
            TESTS[name] = (function, kind)
            if slow:
                SLOW.add(name)
        return function
    return register


class Bench:
    """What a test needs: the server's address, the numbers, connections."""

    def __init__(self, options, kind):
        self.options, self.kind = options, kind
        self.line, self.peer = options.line, options.peer
        self.transports = []

    def connect(self, kind=None, **details):
        transport = Transport(self.options.target, kind or self.kind, self.options.limit, **details)
        self.transports.append(transport)
        return transport

    def dialog(self, style=None, transport=None, line=None):
        return Dialog(transport or self.connect(), line or self.line, style)

    def bystander(self):
        """A session of its own which must not notice anything."""
        return self.dialog(transport=self.connect("tcp")).open()

    def close(self):
        for transport in self.transports:
            transport.close()


def require(condition, text):
    if not condition:
        raise Failure(text)


def call_and_clear(dialog, peer):
    """One call from MakeCall to ConnectionCleared, with its events."""
    call = dialog.make_call(peer)
    for name in CALL_EVENTS:
        dialog.wait_event(name, call)
    dialog.clear(call)
    dialog.wait_event("ConnectionClearedEvent", call)
    naming = [m for m in dialog.transport.arrived
              if m.call_id == dialog.call_id and f">{call[0]}<" in squeeze(m.body)]
    require(naming[0].is_response, "an event came before the MakeCallResponse")
    dialog.idle()


def squeeze(body):
    """A body as text without white space."""
    return "".join(body.decode("utf-8", "replace").split())


def whole_session(dialog, peer):
    """Everything a client does in a short life."""
    dialog.open()
    dialog.expect("GetCSTAFeatures")
    reference = dialog.monitor()
    call_and_clear(dialog, peer)
    for event in dialog.events:
        root = xml_root(event.body)
        require(root is not None, "an event body is not XML")
        require(text_of(root, "monitorCrossRefID") == reference,
                f"{local_name(root)} does not name the monitor")
        require(namespace(root) == dialog.style.edition,
                f"{local_name(root)} is in namespace {namespace(root)}")
    dialog.expect("MonitorStop", f"<monitorCrossRefID>{reference}</monitorCrossRefID>")
    dialog.close()


def refused(response):
    """Whether an answer refuses: a SIP error or a CSTAErrorCode in a 200."""
    if response.status >= 400:
        return True
    root = xml_root(response.body) if response.body else None
    return root is not None and local_name(root) == "CSTAErrorCode"


# By the book, in all dialects

@test("tcp", "udp")
def plain(bench):
    """A session by the book with one call."""
    whole_session(bench.dialog(), bench.peer)


@test("tcp", "udp")
def edition_6(bench):
    """All bodies in the ed6 namespace; answers and events in ed6 too."""
    whole_session(bench.dialog(Style(edition=ED6)), bench.peer)


@test("tcp")
def prefixes(bench):
    """Every element with a namespace prefix."""
    whole_session(bench.dialog(Style(prefix="csta")), bench.peer)


@test("tcp", "udp")
def pretty_printed(bench):
    """Line breaks and blanks around elements and values."""
    whole_session(bench.dialog(Style(pretty=True)), bench.peer)


@test("tcp", "udp")
def compact_headers(bench):
    """Compact and lower-case header names."""
    whole_session(bench.dialog(Style(compact=True)), bench.peer)


@test("tcp")
def media_type_case(bench):
    """Content-Type in other case and with a charset."""
    whole_session(bench.dialog(Style(content_type="application/CSTA+XML;charset=utf-8")),
                  bench.peer)


@test("tcp")
def device_forms(bench):
    """The same line written in the ways clients write it."""
    dialog = bench.dialog().open()
    for form in (f"tel:{bench.line}", bench.line, f"sip:{bench.line}@hookflash.test",
                 f"N&lt;{bench.line}&gt;Name", f"tel:+1555;ext={bench.line}"):
        reference = dialog.monitor(form)
        dialog.expect("MonitorStop", f"<monitorCrossRefID>{reference}</monitorCrossRefID>")
    dialog.close()


# SIP manners

@test("tcp", "udp")
def no_branch(bench):
    """No branch in any Via, INVITE included (RFC 2543 matching)."""
    whole_session(bench.dialog(Style(branch=False)), bench.peer)


@test("tcp")
def cseq_restart(bench):
    """After the refresh re-INVITE: ACK with CSeq 1, INFOs from 2 again."""
    dialog = bench.dialog(Style(branch=False)).open()
    dialog.expect("GetCSTAFeatures", cseq=2)
    dialog.cseq = 2
    reference = dialog.monitor()
    response = dialog.invite(cseq=7, ack_cseq=1)
    require(response.status == 200, f"re-INVITE: {response.start}")
    require(b"normal" in response.body, "re-INVITE answered without systemStatus")
    # The same CSeq and method as the earlier GetCSTAFeatures, another request.
    dialog.expect("SnapshotDevice", f"<snapshotObject>tel:{bench.line}</snapshotObject>", cseq=2)
    dialog.cseq = 2
    dialog.expect("MonitorStop", f"<monitorCrossRefID>{reference}</monitorCrossRefID>")
    dialog.close()


@test("tcp")
def silent(bench):
    """Never answers an event INFO: all events of three calls still come."""
    dialog = bench.dialog(Style(answers=False)).open()
    dialog.monitor()
    for _ in range(3):
        call_and_clear(dialog, bench.peer)
    dialog.expect("GetCSTAFeatures")
    require(not dialog.ended, "the server ended the session")
    dialog.close()


@test("tcp")
def bytes_one_by_one(bench):
    """Every byte in a segment of its own."""
    dialog = bench.dialog()
    dialog.transport.one_by_one = True
    whole_session(dialog, bench.peer)


@test("tcp")
def back_to_back(bench):
    """Four requests in one write: four answers in the same order."""
    dialog = bench.dialog().open()
    bodies = [dialog.body("GetCSTAFeatures"),
              dialog.body("MonitorStart", "<monitorObject><deviceObject>"
                          f"tel:{bench.line}</deviceObject></monitorObject>"),
              dialog.body("SnapshotDevice", f"<snapshotObject>tel:{bench.line}</snapshotObject>"),
              dialog.body("GetCSTAFeatures")]
    first = dialog.cseq + 1
    dialog.transport.send(b"".join(dialog.build("INFO", body) for body in bodies))
    answers = [dialog.transport.final_response(dialog.call_id, first + i, "INFO")
               for i in range(len(bodies))]
    require(all(a is not None and a.status == 200 for a in answers), "an answer is missing")
    order = [m.cseq for m in dialog.transport.responses if m.method == "INFO"]
    require(order == sorted(order), f"answers in order {order}")
    dialog.close()


@test("tcp")
def stop_and_bye(bench):
    """MonitorStop and BYE in one write: both are answered."""
    dialog = bench.dialog().open()
    reference = dialog.monitor()
    stop = dialog.build("INFO", dialog.body(
        "MonitorStop", f"<monitorCrossRefID>{reference}</monitorCrossRefID>"))
    number = dialog.cseq
    dialog.transport.send(stop + dialog.build("BYE"))
    for method, cseq in (("INFO", number), ("BYE", number + 1)):
        answer = dialog.transport.final_response(dialog.call_id, cseq, method)
        require(answer is not None and answer.status == 200, f"{method} not answered 200")


@test("udp")
def retransmission(bench):
    """The same MakeCall datagram three times: one call, equal answers."""
    dialog = bench.dialog().open()
    dialog.monitor()
    request = dialog.build("INFO", dialog.body(
        "MakeCall", f"<callingDevice>tel:{bench.line}</callingDevice>"
        f"<calledDirectoryNumber>tel:{bench.peer}</calledDirectoryNumber>"
        "<autoOriginate>doNotPrompt</autoOriginate>"))
    for _ in range(3):
        dialog.transport.send(request)
    answers = [dialog.transport.final_response(dialog.call_id, dialog.cseq, "INFO", i)
               for i in range(3)]
    require(all(answers), "a retransmission was not answered")
    calls = {text_of(xml_root(a.body), "callingDevice", "callID") for a in answers}
    require(len(calls) == 1 and None not in calls, f"{len(calls)} calls were made: {calls}")
    dialog.wait_event("DeliveredEvent")
    dialog.clear((calls.pop(), f"tel:{bench.line}"))
    dialog.wait_event("ConnectionClearedEvent")
    dialog.idle()
    dialog.close()


@test("tcp")
def many_dialogs(bench):
    """Five dialogs of one record-routing proxy on one connection."""
    transport = bench.connect()
    recorded = ("<sip:edge.hookflash.test;lr;ms-route-sig=abc>",
                "<sip:office.hookflash.test:5061;transport=tcp;lr;opaque=state:F>")
    style = Style(record_route=recorded)
    dialogs = [bench.dialog(style, transport).open() for _ in range(5)]
    references = {dialog.monitor() for dialog in dialogs}
    require(len(references) == 5, "monitorCrossRefIDs are not unique")
    call = dialogs[0].make_call(bench.peer)
    for dialog in dialogs:
        for name in CALL_EVENTS:
            dialog.wait_event(name, call)
    for event in dialogs[3].events:
        routes = [r.strip() for value in event.get_all("Route") for r in value.split(",")]
        require(routes == list(recorded), f"event carries Route {routes}")
        require(event.uri.startswith("sip:application@"), f"event goes to {event.uri}")
    dialogs[4].close()
    dialogs[0].clear(call)
    for dialog in dialogs[:4]:
        dialog.wait_event("ConnectionClearedEvent", call)
    require("ConnectionClearedEvent" not in dialogs[4].event_names(),
            "an ended session got an event")
    dialogs[0].idle()
    for dialog in dialogs[:4]:
        dialog.close()


@test("tcp", "udp")
def update(bench):
    """UPDATE without a body keeps the session: 200 with Session-Expires."""
    dialog = bench.dialog().open()
    response = dialog.request("UPDATE")
    require(response.status == 200, f"UPDATE: {response.start}")
    require(response.get("Session-Expires"), "200 to UPDATE without Session-Expires")
    dialog.close()


@test("tcp", "udp")
def refused_dialog(bench):
    """Unknown line: 404; an INFO and a BYE on that dialog: 481."""
    dialog = bench.dialog(line=bench.options.unknown)
    response = dialog.invite()
    require(response.status == 404, f"INVITE: {response.start}")
    dialog.remote_tag = (re.search(r"tag=([^;>\s]+)", response.get("To", "")) or [None, "x"])[1]
    for method, body in (("INFO", dialog.body("GetCSTAFeatures")), ("BYE", b"")):
        response = dialog.request(method, body)
        require(response.status == 481, f"{method}: {response.start}")


@test("tcp", "udp")
def after_bye(bench):
    """An INFO after BYE: 481."""
    dialog = bench.dialog().open()
    dialog.close()
    response = dialog.request("INFO", dialog.body("GetCSTAFeatures"))
    require(response.status == 481, f"INFO after BYE: {response.start}")


# Bad bodies

@test("tcp", "udp")
def unknown_service(bench):
    """A root element nobody knows: CSTAErrorCode serviceNotSupported in a 200."""
    dialog = bench.dialog().open()
    answer = dialog.service("MakeCoffee")
    require(local_name(answer) == "CSTAErrorCode", f"answered with {local_name(answer)}")
    require(text_of(answer, "operation") == "serviceNotSupported",
            f"error is {[t for t in answer.itertext()]}")
    dialog.close()


@test("tcp", "udp")
def unknown_device(bench):
    """MonitorStart on an unknown device: CSTAErrorCode invalidDeviceID."""
    dialog = bench.dialog().open()
    answer = dialog.service("MonitorStart", "<monitorObject><deviceObject>"
                            f"tel:{bench.options.unknown}</deviceObject></monitorObject>")
    require(text_of(answer, "operation") == "invalidDeviceID",
            f"{local_name(answer)} {[t for t in answer.itertext()]}")
    dialog.close()


@test("tcp", "udp")
def bad_xml(bench):
    """Bodies which are not well-formed or not CSTA: refused, session lives."""
    dialog = bench.dialog().open()
    for body in (b"<MonitorStart", b"\x00\xff\xfe", b"not xml at all",
                 dialog.body("GetCSTAFeatures") + b"<more/>",
                 b'<GetCSTAFeatures xmlns="urn:of-another-world"/>',
                 dialog.body("MonitorStart")):
        response = dialog.request("INFO", body)
        require(refused(response), f"{body[:40]!r} was accepted: {response.body[:80]!r}")
        require(response.status < 500, f"{body[:40]!r}: {response.start}")
    dialog.expect("GetCSTAFeatures")
    dialog.close()


@test("tcp", "udp")
def document_type(bench):
    """A DTD with nested entities is refused at once, session lives."""
    dialog = bench.dialog().open()
    entities = '<!ENTITY a0 "201">' + "".join(
        f'<!ENTITY a{n} "{"&a%d;" % (n - 1) * 10}">' for n in range(1, 10))
    for declaration, value in ((entities, "&a9;"),
                               ('<!ENTITY x SYSTEM "file:///etc/passwd">', "&x;")):
        body = (f'<?xml version="1.0"?><!DOCTYPE r [{declaration}]><SnapshotDevice xmlns="{ED3}">'
                f"<snapshotObject>{value}</snapshotObject></SnapshotDevice>").encode()
        began = time.monotonic()
        response = dialog.request("INFO", body)
        require(refused(response), f"accepted: {response.body[:200]!r}")
        require(b"root:" not in response.body, "the answer holds the file's content")
        require(time.monotonic() - began < 1.0, "the refusal took more than a second")
    dialog.expect("GetCSTAFeatures")
    dialog.close()


@test("tcp")
def deep_nesting(bench):
    """Ten thousand nested elements: refused, session lives."""
    dialog = bench.dialog().open()
    body = dialog.body("SnapshotDevice", "<a>" * 6000 + "</a>" * 6000)
    response = dialog.request("INFO", body)
    require(refused(response), f"accepted: {response.body[:80]!r}")
    bench.bystander().close()


# Bad streams

@test("tcp")
def oversized(bench):
    """A body of 1 MiB: refused or the connection closed; nobody else notices."""
    other = bench.bystander()
    dialog = bench.dialog().open()
    padding = "<x>" + "y" * (1 << 20) + "</x>"
    try:
        response = dialog.request("INFO", dialog.body("GetCSTAFeatures", padding))
        require(refused(response), f"accepted: {response.start}")
    except Failure as failure:
        require(dialog.transport.closed, f"neither refused nor closed: {failure}")
    other.expect("GetCSTAFeatures")
    other.close()


@test("tcp")
def announced_oversize(bench):
    """Content-Length of 2 GiB and nonsense lengths: refused or closed."""
    other = bench.bystander()
    for length in ("2147483648", "18446744073709551616", "-1", "12abc"):
        dialog = bench.dialog()
        head = re.sub(rb"Content-Length: \d+", b"Content-Length: " + length.encode(),
                      dialog.build("INVITE", dialog.status_body()))
        dialog.transport.send(head)
        answer = dialog.transport.wait(lambda: dialog.transport.responses)
        require(dialog.transport.closed or (answer and answer[-1].status >= 400),
                f"Content-Length {length}: neither refused nor closed")
    other.expect("GetCSTAFeatures")
    other.close()


@test("tcp")
def endless_header(bench):
    """A header that never ends: the server gives up, nobody else notices."""
    other = bench.bystander()
    transport = bench.connect()
    try:
        transport.send(b"INVITE sip:201@hookflash.test SIP/2.0\r\nX-Long: ")
        for _ in range(256):
            transport.send(b"a" * 4096)
    except Failure:
        pass
    answer = transport.wait(lambda: transport.responses)
    require(transport.closed or answer, "1 MiB of header was taken without a word")
    other.expect("GetCSTAFeatures")
    other.close()


@test("tcp", "udp")
def garbage(bench):
    """Bytes which are no SIP: nobody else notices."""
    other = bench.bystander()
    for data in (os.urandom(1400), b"\r\n\r\n\r\n", b"\x00" * 700, b"GET / HTTP/1.1\r\n\r\n",
                 b"INFO\r\n\r\n", b"SIP/2.0 200 OK\r\n\r\n", b"SIP/2.0 999999 \r\nCSeq: x\r\n\r\n",
                 b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"):
        transport = bench.connect()
        transport.send(data)
        transport.poll(0.05)
        other.expect("GetCSTAFeatures")
    other.close()


@test("tcp")
def cut_off(bench):
    """Connections which end in the middle of a request."""
    other = bench.bystander()
    dialog = bench.dialog()
    whole = dialog.build("INVITE", dialog.status_body())
    for part in (1, 30, len(whole) // 2, len(whole) - 1):
        with bench.connect() as transport:
            transport.send(whole[:part])
        other.expect("GetCSTAFeatures")
    other.close()


@test("tcp")
def lost_connection(bench):
    """A connection lost without BYE: a new session on the line works at once."""
    dialog = bench.dialog().open()
    dialog.monitor()
    dialog.transport.close()
    fresh = bench.dialog().open()
    fresh.monitor()
    call_and_clear(fresh, bench.peer)
    fresh.close()


@test("tcp")
def slow_reading(bench):
    """Sends 300 requests before it reads one answer, then reads in sips."""
    other = bench.bystander()
    dialog = bench.dialog(transport=bench.connect(receive_buffer=4096)).open()
    body = dialog.body("GetCSTAFeatures")
    sent = 0
    try:
        while sent < 300:
            dialog.transport.send(dialog.build("INFO", body))
            sent += 1
    except Failure:
        pass  # held off by the server, in the middle of a request
    began = time.monotonic()
    other.expect("GetCSTAFeatures")
    require(time.monotonic() - began < 1.0, "another session waited for the slow one")
    dialog.transport.wait(lambda: len(dialog.transport.responses) > sent,
                          bench.options.limit)
    order = [m.cseq for m in dialog.transport.responses if m.method == "INFO"]
    require(order == sorted(set(order)), "answers out of order or twice")
    require(len(order) == sent or dialog.transport.closed,
            f"{len(order)} of {sent} answers and the connection still open")
    other.close()


@test("tcp")
def never_reading(bench):
    """Never reads: the server drops it or holds it off; nobody else notices."""
    other = bench.bystander()
    dialog = bench.dialog(transport=bench.connect(receive_buffer=4096)).open()
    body = dialog.body("GetCSTAFeatures")
    dialog.transport.limit = 1.0
    end = time.monotonic() + bench.options.limit
    try:
        while time.monotonic() < end:
            dialog.transport.send(dialog.build("INFO", body) * 20)
    except Failure:
        pass
    for _ in range(5):
        began = time.monotonic()
        other.expect("GetCSTAFeatures")
        require(time.monotonic() - began < 1.0, "another session waited for it")
    other.close()


@test("tcp")
def half_open(bench):
    """Two hundred connections which send nothing or half a line."""
    for number in range(200):
        transport = bench.connect()
        if number % 2:
            transport.send(b"INVITE sip:")
    other = bench.bystander()
    other.expect("GetCSTAFeatures")
    other.close()


@test("tcp", slow=True)
def expiry(bench):
    """A session of 90 s that nobody refreshes: BYE, then 481 (takes 90 s)."""
    dialog = bench.dialog()
    response = dialog.invite(headers=[("Session-Expires", "90;refresher=uac")])
    require(response.status == 200, f"INVITE: {response.start}")
    agreed = int((response.get("Session-Expires") or "0").split(";")[0])
    require(agreed == 90, f"Session-Expires in the 200 is {agreed}")
    dialog.monitor()
    require(not dialog.transport.wait(lambda: dialog.ended, 55), "BYE long before the expiry")
    require(dialog.transport.wait(lambda: dialog.ended, 45), "no BYE 100 s after the INVITE")
    response = dialog.request("INFO", dialog.body("GetCSTAFeatures"))
    require(response.status == 481, f"INFO after the expiry: {response.start}")


def run(name, options):
    """Runs one test; None when it passed, else why not."""
    function, kind = TESTS[name]
    bench = Bench(options, kind)
    try:
        function(bench)
    except Failure as failure:
        return str(failure)
    except OSError as error:
        return f"network: {error}"
    finally:
        bench.close()
        options.bodies += [message.body for transport in bench.transports
                           for message in transport.arrived if message.body]
    return None


def check_schemas(checks, options):
    """Validates all that the server sent in this run."""
    wrong = invalid_bodies(options.bodies, options.schemas)
    checks.check(not wrong, f"all {len(options.bodies)} bodies of the server are schema-valid",
                 "; ".join(f"{name}: {reason}" for name, reason in wrong[:10]))


def select(words):
    chosen = []
    for word in words:
        found = [name for name in TESTS if word in (name, name.split("/")[0])
                 or word == "all" and name not in SLOW or word == "slow" and name in SLOW]
        if not found:
            raise SystemExit(f"no test {word!r}; --list shows them")
        chosen += [name for name in found if name not in chosen]
    return chosen


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sip", help="Hookflash's SIP address, HOST:PORT (UDP and TCP)")
    parser.add_argument("--line", default="201", help="watched line with a registered phone")
    parser.add_argument("--peer", default="202", help="line to call, with a registered phone")
    parser.add_argument("--unknown", default="999", help="a number that is not configured")
    parser.add_argument("--limit", type=float, default=5.0, help="limit of each wait, seconds")
    parser.add_argument("--schemas", help="directory of csta-ed3.xsd and csta-ed6.xsd: validate "
                        "every body the server sent (needs xmllint)")
    parser.add_argument("--list", action="store_true", help="list the tests and end")
    parser.add_argument("tests", nargs="*", default=["all"], help="all, slow, NAME or NAME/tcp, NAME/udp")
    options = parser.parse_args()
    if options.list:
        for name, (function, _) in TESTS.items():
            print(f"{name:<28}{function.__doc__}")
        return 0
    if not options.sip:
        parser.error("--sip is needed")
    host, _, port = options.sip.rpartition(":")
    if not host.startswith("127."):
        parser.error("loopback only")
    options.target = (host, int(port))
    options.bodies = []
    checks = Checks()
    for name in select(options.tests or ["all"]):
        reason = run(name, options)
        checks.check(reason is None, f"{name:<24} {TESTS[name][0].__doc__}", reason or "")
    if options.schemas:
        check_schemas(checks, options)
    return checks.exit_code()


if __name__ == "__main__":
    sys.exit(main())
