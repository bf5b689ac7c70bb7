"""Bad bodies and bad streams: refused, survived, and nobody else notices."""

import os
import re
import time

from bench import call_and_clear, refused, require, test
from session import ED3, Failure, local_name, text_of


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
