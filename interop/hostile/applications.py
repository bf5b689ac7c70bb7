"""Attacks on the door for applications: SIP and CSTA."""

import re
import socket
import time

from office import (
    ANSWER, C, CONNECTED, D, Dialog, END_CALL, Failure, RINGIN, attack, forget, require,
)
from bench import refused
from session import ED3, RCC, Style, child, local_name, text_of, xml_root

CRLF = b"\r\n"


def error_of(answer):
    """Category and value of a CSTAErrorCode, `ok` for anything else."""
    if local_name(answer) != "CSTAErrorCode":
        return "ok"
    return f"{local_name(answer[0])} {answer[0].text}"


def raw_invite(dialog, uri=None, to=None, body=None, headers=(), drop=(), replace=()):
    """An INVITE whose parts can be bent."""
    message = dialog.build("INVITE", dialog.status_body() if body is None else body, headers=headers).decode()
    if uri:
        message = re.sub(r"^INVITE \S+", f"INVITE {uri}", message)
    if to:
        message = re.sub(r"(?m)^To: [^\r]*", f"To: {to}", message)
    for name in drop:
        message = re.sub(rf"(?m)^{name}: [^\r]*\r\n", "", message)
    for old, new in replace:
        message = message.replace(old, new)
    return message.encode()


def answer_to(dialog, data, seconds=5):
    """The first final answer to these bytes, 0 if there is none."""
    before = len(dialog.transport.responses)
    dialog.transport.send(data)
    new = lambda: [m for m in dialog.transport.responses[before:] if m.status >= 200]  # noqa: E731
    dialog.transport.wait(lambda: new(), seconds)
    return new()[0] if new() else None


@attack
def line_forms(office):
    """The line in To and Request-URI, in every form, without a line in the body; or by MonitorStart only."""
    plain = lambda d: d.body("RequestSystemStatus")  # noqa: E731
    forms = {
        "sip:203@x": 200, "sip:203@x;user=phone": 200, "tel:203": 200, "sip:+203@x;user=phone": 200,
        "sip:203;phone-context=dialstring@x;user=phone": 200, "sips:203@x": 200, "sip:2%303@x": 200,
        "sip:ctigw@x": 200, "sip:cme.example": 200, "sip:999@x": 404, "sip:206@x": 403,
    }
    for uri, expected in forms.items():
        dialog = office.dialog("203")
        answer = answer_to(dialog, raw_invite(dialog, uri, f"<{uri}>", plain(dialog)))
        require(answer is not None and answer.status == expected,
                f"{uri}: {answer.start if answer else 'no answer'}, not {expected}")
    dialog = office.dialog("203")
    data = raw_invite(dialog, "sip:ctigw@x", "<sip:ctigw@x>")
    require(answer_to(dialog, data).status == 200, "gateway URI with lcs:line refused")


@attack
def bent_invites(office):
    """INVITEs with something wrong: each gets the status RFC 3261 names, or is served where that does no harm."""
    cases = [
        ("Max-Forwards 0", dict(replace=[("Max-Forwards: 70", "Max-Forwards: 0")]), {200}),
        ("Max-Forwards 300", dict(replace=[("Max-Forwards: 70", "Max-Forwards: 300")]), {200, 400}),
        ("Require 100rel", dict(headers=[("Require", "100rel")]), {420}),
        ("Proxy-Require", dict(headers=[("Proxy-Require", "foo")]), {200, 420}),
        ("no Contact", dict(drop=["Contact"]), {200, 400}),
        ("no Max-Forwards", dict(drop=["Max-Forwards"]), {200}),
        ("no Call-ID", dict(drop=["Call-ID"]), {400}),
        ("no CSeq", dict(drop=["CSeq"]), {400}),
        ("no From", dict(drop=["From"]), {400}),
        ("no To", dict(drop=["To"]), {400}),
        ("CSeq of another method", dict(replace=[("CSeq: 1 INVITE", "CSeq: 1 INFO")]), {400}),
        ("CSeq too big", dict(replace=[("CSeq: 1 INVITE", "CSeq: 99999999999 INVITE")]), {400}),
        ("no body type", dict(drop=["Content-Type"]), {400, 415}),
        ("SDP", dict(replace=[("application/csta+xml", "application/sdp")]), {415}),
        ("gzip", dict(headers=[("Content-Encoding", "gzip")]), {415}),
        ("charset", dict(replace=[("application/csta+xml", "application/CSTA+XML;charset=utf-8")]), {200}),
        ("Session-Expires 10", dict(headers=[("Session-Expires", "10")]), {422}),
        ("Session-Expires 0", dict(headers=[("Session-Expires", "0")]), {422}),
        ("Session-Expires huge", dict(headers=[("Session-Expires", "4294967295;refresher=uas")]), {200}),
        ("Session-Expires broken", dict(headers=[("Session-Expires", "-5")]), {200, 400}),
        ("many Via", dict(headers=[("Via", "SIP/2.0/TCP 10.0.0.1:5060;branch=z9hG4bKx")] * 200), {200, 400, 513}),
        ("SIP/3.0", dict(replace=[(" SIP/2.0\r\nVia", " SIP/3.0\r\nVia")]), {400, 505}),
        ("http URI", dict(uri="http://203@x"), {416}),
        ("tag in To", dict(to="<sip:203@x>;tag=nonsense"), {481}),
        ("quoted display names", dict(to='"Carol \\"203\\" <sip:9@x>" <sip:203@x>'), {200}),
        ("folded header", dict(headers=[("Subject", "a\r\n\tb")]), {200}),
    ]
    wrong = []
    for name, bend, expected in cases:
        dialog = office.dialog("203")
        answer = answer_to(dialog, raw_invite(dialog, **bend), 3)
        status = answer.status if answer else 0
        if status not in expected:
            wrong.append(f"{name}: {status}")
    require(not wrong, "; ".join(wrong))


@attack
def broken_streams(office):
    """Lengths that lie and heads without end: an answer or a closed connection, never silence with memory."""
    cases = [
        (b"Content-Length: -1", True), (b"Content-Length: 99999999999999999999", True),
        (b"Content-Length: 1\r\nContent-Length: 2", True), (b"Content-Length: 0x10", True),
        (b"X: " + b"a" * 70000, True), (b"Via: SIP/2.0/TCP x\r\n" * 1000, True),
    ]
    for header, closes in cases:
        transport = office.transport()
        try:
            transport.send(b"OPTIONS sip:x SIP/2.0\r\n" + header + CRLF + CRLF)
        except Failure:
            pass
        transport.wait(lambda: transport.closed or transport.responses, 5)
        require(transport.closed or transport.responses, f"{header[:40]!r}: silence")
        transport.wait(lambda: transport.closed, 2)
        require(transport.closed == closes, f"{header[:40]!r}: connection stays open")


@attack
def wrong_order(office):
    """INFO and BYE before ACK, CANCEL after 200, ACK and requests for dialogs that do not exist."""
    dialog = office.dialog("203")
    answer = dialog.request("INVITE", dialog.status_body())
    dialog.learn(answer)
    require(dialog.request("INFO", dialog.body("GetCSTAFeatures")).status == 200, "INFO before ACK")
    require(dialog.request("CANCEL", cseq=1).status in (200, 481), "CANCEL after 200")
    require(dialog.request("BYE").status == 200, "BYE before ACK")
    require(dialog.request("BYE").status == 481, "second BYE")
    dialog.transport.send(dialog.build("ACK"))
    stranger = office.dialog("203")
    stranger.remote_tag = "nonsense"
    for method in ("INFO", "BYE", "UPDATE", "INVITE"):
        status = stranger.request(method, stranger.status_body() if method == "INVITE" else b"").status
        require(status == 481, f"{method} outside a dialog: {status}")
    other = office.dialog("203").open()
    tag, other.tag = other.tag, "wrong"
    require(other.request("INFO", other.body("GetCSTAFeatures")).status == 481, "another From tag is taken")
    other.tag = tag
    for method, expected in (("SUBSCRIBE", 405), ("REGISTER", 405), ("COFFEE", 501)):
        status = other.request(method).status
        require(status == expected, f"{method}: {status}")


@attack
def two_in_a_segment(office):
    """Three requests and a keepalive in one segment, cut anywhere: each is found and answered."""
    dialog = office.dialog("203").open()
    data = dialog.build("INFO", dialog.body("GetCSTAFeatures")) + CRLF + CRLF + dialog.build("OPTIONS") \
        + dialog.build("INFO", dialog.body("GetCSTAFeatures"))
    before = len(dialog.transport.responses)
    for cut in (1, 500, len(data) - 1):
        dialog.transport.send(data[:cut])
        dialog.transport.poll(0.05)
        dialog.transport.send(data[cut:])
    dialog.transport.wait(lambda: len(dialog.transport.responses) >= before + 9, 5)
    require(len(dialog.transport.responses) == before + 9, "not every message was found in the stream")


@attack
def bent_bodies(office):
    """Bodies that are no good CSTA: 400 or CSTAErrorCode, at once, and the session goes on."""
    dialog = office.dialog("203").open()
    root = f'GetCSTAFeatures xmlns="{ED3}"'
    bodies = {
        "nested": b"<a>" * 9000 + b"</a>" * 9000,
        "nested right": f"<{root}>".encode() + b"<extensions>" * 2500 + b"</extensions>" * 2500 + b"</GetCSTAFeatures>",
        "wide": f"<{root}>".encode() + b"<x/>" * 14000 + b"</GetCSTAFeatures>",
        "long text": f'<MonitorStart xmlns="{ED3}"><monitorObject><deviceObject>'.encode() + b"2" * 60000
        + b"</deviceObject></monitorObject></MonitorStart>",
        "attributes": f"<{root} ".encode() + b" ".join(b"a%d='1'" % n for n in range(4000)) + b"/>",
        "entity": f'<!DOCTYPE x [<!ENTITY e "x">]><{root}>&e;</GetCSTAFeatures>'.encode(),
        "undefined entity": f"<{root}>&bomb;</GetCSTAFeatures>".encode(),
        "NUL": f"<{root}>\0</GetCSTAFeatures>".encode(),
        "NUL reference": f"<{root}>&#0;</GetCSTAFeatures>".encode(),
        "UTF-16": f"<{root}/>".encode("utf-16"),
        "Latin 1": f'<?xml version="1.0" encoding="ISO-8859-1"?><{root}>\xe9</GetCSTAFeatures>'.encode("latin-1"),
        "no namespace": b"<GetCSTAFeatures/>",
        "foreign namespace": b'<GetCSTAFeatures xmlns="urn:x"/>',
        "unbound prefix": b"<c:GetCSTAFeatures/>",
        "two roots": f"<{root}/><{root}/>".encode(),
        "trailing": f"<{root}/>trailing".encode(),
        "unclosed": f"<{root}>".encode(),
        "text only": b"hello",
        "blank": b"   \r\n",
        "BOM": b"\xef\xbb\xbf" + f"<{root}/>".encode(),
        "processing instruction": f"<?php x?><{root}/>".encode(),
        "CDATA": f'<SnapshotDevice xmlns="{ED3}"><snapshotObject><![CDATA[203]]></snapshotObject></SnapshotDevice>'.encode(),
        "comment": f'<SnapshotDevice xmlns="{ED3}"><snapshotObject>2<!-- x -->03</snapshotObject></SnapshotDevice>'.encode(),
    }
    for name, body in bodies.items():
        began = time.monotonic()
        answer = dialog.request("INFO", body)
        require(answer.status in (200, 400, 413), f"{name}: {answer.start}")
        require(time.monotonic() - began < 1, f"{name}: took {time.monotonic() - began:.1f} s")
    dialog.expect("GetCSTAFeatures")


def service_errors(dialog, cases):
    wrong = []
    for name, root, inner, expected in cases:
        got = error_of(dialog.service(root, inner))
        if got not in expected:
            wrong.append(f"{name}: {got!r}")
    require(not wrong, "; ".join(wrong))


def make(calling, called, auto=True):
    tail = "<autoOriginate>doNotPrompt</autoOriginate>" if auto else ""
    return (f"<callingDevice>{calling}</callingDevice>"
            f"<calledDirectoryNumber>{called}</calledDirectoryNumber>{tail}")


def conn(element, call=None, device=None):
    inner = (f"<callID>{call}</callID>" if call is not None else "") + \
        (f"<deviceID>{device}</deviceID>" if device is not None else "")
    return f"<{element}>{inner}</{element}>"


@attack
def impossible_services(office):
    """Services that cannot be carried out: each is refused by the error of ECMA-269 that says why."""
    dialog = office.dialog("203").open()
    phone = office.phone(C)
    bad = "operation invalidParameterValue"
    missing = {bad, "operation atLeastOneConditionalParameterNotProvided", "operation generic"}
    unknown = {"operation invalidDeviceID"}
    object_ = "<monitorObject><deviceObject>%s</deviceObject></monitorObject>"
    service_errors(dialog, [
        ("unknown service", "MakeCoffee", "", {"operation serviceNotSupported"}),
        ("a service not offered", "SetSpeakerVolume", "<device>203</device><speakerVolume>5</speakerVolume>", {"operation serviceNotSupported"}),
        ("ParkCall of no call", "ParkCall", conn("parking", 1, 203), {"operation invalidCallID", "operation invalidConnectionID"}),
        ("MakeCall without arguments", "MakeCall", "", missing),
        ("MonitorStart without arguments", "MonitorStart", "", missing),
        ("MonitorStart of nothing", "MonitorStart", object_ % "", missing | unknown),
        ("MonitorStart of an unknown device", "MonitorStart", object_ % "999", unknown),
        ("MonitorStart of an unwatched device", "MonitorStart", object_ % "206",
         {"operation privilegeViolationSpecifiedDevice"}),
        ("MonitorStop of nothing", "MonitorStop", "<monitorCrossRefID>1x</monitorCrossRefID>",
         {"operation invalidMonitorCrossRefID"}),
        ("MonitorStop of another's", "MonitorStop", "<monitorCrossRefID>1</monitorCrossRefID>",
         {"operation invalidMonitorCrossRefID"}),
        ("MakeCall from unknown", "MakeCall", make(999, 204), {"operation invalidCallingDeviceID"}),
        ("MakeCall from unwatched", "MakeCall", make(206, 204), {"operation privilegeViolationCallingDevice"}),
        ("MakeCall from unregistered", "MakeCall", make(205, 204),
         {"systemResourceAvailibility callingDeviceOutOfService"}),
        ("MakeCall to unknown", "MakeCall", make(203, 999), {"operation invalidCalledDeviceID"}),
        ("MakeCall to letters", "MakeCall", make(203, "sip:bob@x"), {"operation invalidCalledDeviceID"}),
        ("AnswerCall of nothing", "AnswerCall", conn("callToBeAnswered", None, 203),
         {"stateIncompatibility noCallToAnswer"}),
        ("HoldCall of nothing", "HoldCall", conn("callToBeHeld", None, 203), {"stateIncompatibility noActiveCall"}),
        ("RetrieveCall of nothing", "RetrieveCall", conn("callToBeRetrieved", None, 203),
         {"stateIncompatibility noHeldCall"}),
        ("ClearConnection of nothing", "ClearConnection", conn("connectionToBeCleared", None, 203),
         {"stateIncompatibility noConnectionToClear"}),
        ("AnswerCall with no device", "AnswerCall", conn("callToBeAnswered", 1),
         {"operation invalidConnectionID", "operation invalidCallID"}),
        ("AnswerCall of an unknown call", "AnswerCall", conn("callToBeAnswered", 99999999, 203),
         {"operation invalidCallID", "operation invalidConnectionID"}),
        ("AnswerCall of letters", "AnswerCall", conn("callToBeAnswered", "+1", 203),
         {"operation invalidCallID", "operation invalidConnectionID"}),
        ("an empty connection", "AnswerCall", conn("callToBeAnswered"), missing | {"operation invalidConnectionID"}),
        ("SnapshotDevice of unknown", "SnapshotDevice", "<snapshotObject>9</snapshotObject>", unknown),
    ])
    require(not phone.states, "a refused service left a call")


@attack
def wrong_states(office):
    """Every service in every state of a call: the ones that fit work, the others are refused and change nothing."""
    dialog = office.dialog("203").open()
    phone, peer = office.phone(C), office.phone(D)
    dialog.monitor("tel:203")
    call = dialog.make_call("204")
    state = "stateIncompatibility invalidConnectionState"
    service_errors(dialog, [
        ("hold while it rings", "HoldCall", conn("callToBeHeld", *call), {state}),
        ("retrieve while it rings", "RetrieveCall", conn("callToBeRetrieved", *call), {state}),
        ("answer one's own call", "AnswerCall", conn("callToBeAnswered", *call), {state}),
        ("answer the peer", "AnswerCall", conn("callToBeAnswered", call[0], "tel:204"), {"ok"}),
        ("answer it again", "AnswerCall", conn("callToBeAnswered", call[0], "tel:204"), {state}),
        ("retrieve what is not held", "RetrieveCall", conn("callToBeRetrieved", *call), {state}),
        ("hold", "HoldCall", conn("callToBeHeld", *call), {"ok"}),
        ("hold again", "HoldCall", conn("callToBeHeld", *call), {state}),
        ("the peer holds too", "HoldCall", conn("callToBeHeld", call[0], "tel:204"), {"ok"}),
        ("a second call", "MakeCall", make("tel:203", "tel:201"), {"ok"}),
        ("retrieve while another call is active", "RetrieveCall", conn("callToBeRetrieved", *call), {"ok"}),
        ("a third call on a dual-line", "MakeCall", make("tel:203", "tel:202"),
         {"ok", "systemResourceAvailibility resourceBusy"}),
    ])
    dialog.clear_all()
    service_errors(dialog, [
        ("clear again", "ClearConnection", conn("connectionToBeCleared", *call),
         {"operation invalidConnectionID", "operation invalidCallID"}),
    ])
    require(phone.expect_idle() and peer.expect_idle(), f"left: {phone.states} {peer.states}")


@attack
def calls_to_nowhere(office):
    """MakeCall to oneself, to a busy, to an unregistered line: Failed is reported, the caller is free again."""
    dialog = office.dialog("203").open()
    phone = office.phone(C)
    dialog.monitor("tel:203")
    for called in ("203", "205"):
        dialog.events.clear()
        answer = dialog.service("MakeCall", make("tel:203", f"tel:{called}"))
        if error_of(answer) == "ok":
            dialog.wait_event("FailedEvent")
            dialog.wait_event("ConnectionClearedEvent", seconds=4)
            names = dialog.event_names()
            require(names.count("ConnectionClearedEvent") == 1, f"{called}: {names}")
        require(phone.expect_idle(), f"{called}: the caller is stuck")


@attack
def monitors_galore(office):
    """Sixty monitors on one line, stopped twice: each event once per monitor, then none."""
    dialog = office.dialog("203").open()
    phone = office.phone(C)
    references = [dialog.monitor("tel:203") for _ in range(60)]
    require(len(set(references)) == 60, "references are given twice")
    forget(dialog)
    phone.dial("299")
    dialog.transport.wait(lambda: len(dialog.events) == 180, 20)
    phone.soft_key(END_CALL)
    forget(dialog, 1.5)
    for reference in references:
        dialog.expect("MonitorStop", f"<monitorCrossRefID>{reference}</monitorCrossRefID>")
    answer = dialog.service("MonitorStop", f"<monitorCrossRefID>{references[0]}</monitorCrossRefID>")
    require(error_of(answer) == "operation invalidMonitorCrossRefID", f"stopped twice: {error_of(answer)}")
    forget(dialog)
    phone.dial("299")
    dialog.transport.poll(0.5)
    require(not dialog.events, "events after MonitorStop")
    phone.soft_key(END_CALL)
    require(phone.expect_idle(), "the caller is stuck")


@attack
def spoofed_datagrams(office):
    """Datagrams from elsewhere, broken, huge and repeated: dropped or refused, the session is not disturbed."""
    dialog = office.dialog("203", "udp").open()
    stranger = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    repeated = dialog.build("INFO", dialog.body("GetCSTAFeatures"))
    for data in (b"", b"\r\n\r\n", b"\0" * 1000, b"INVITE", repeated[:100], repeated[:-5], b"x" * 60000,
                 repeated.replace(dialog.call_id.encode(), b"other"), b"SIP/2.0 200 OK\r\n\r\n"):
        stranger.sendto(data, office.sip)
    for _ in range(3):
        dialog.transport.send(repeated)
    long = dialog.body("GetCSTAFeatures", "<extensions>" + " " * 8000 + "</extensions>")
    require(dialog.request("INFO", long).status == 200, "a datagram of 9 KB is not understood")
    dialog.expect("GetCSTAFeatures")
    dialog.close()
    stranger.close()


@attack
def vanished_and_back(office):
    """A connection that breaks and a new one that goes on with the dialog: monitors live, events follow."""
    dialog = office.dialog("203").open()
    phone = office.phone(C)
    dialog.monitor("tel:203")
    dialog.transport.close()
    time.sleep(0.2)
    phone.dial("204")
    time.sleep(0.2)
    fresh = office.transport()
    fresh.dialogs[dialog.call_id] = dialog
    dialog.transport = fresh
    dialog.expect("GetCSTAFeatures")
    dialog.wait_event("OriginatedEvent")
    require(dialog.event_names()[0] == "ServiceInitiatedEvent", f"{dialog.event_names()}")
    dialog.close()


@attack
def glare(office):
    """Two re-INVITEs at once, and an UPDATE between: each is answered."""
    dialog = office.dialog("203").open()
    data = dialog.build("INVITE", dialog.status_body()) + dialog.build("UPDATE") \
        + dialog.build("INVITE", dialog.status_body())
    before = len(dialog.transport.responses)
    dialog.transport.send(data)
    dialog.transport.wait(lambda: len(dialog.transport.responses) >= before + 3, 5)
    statuses = [m.status for m in dialog.transport.responses[before:]]
    require(len(statuses) == 3 and set(statuses) <= {200, 491, 500}, f"{statuses}")
    dialog.expect("GetCSTAFeatures")


@attack
def half_closed(office):
    """A client that closes its writing end after its last request gets the answer."""
    dialog = office.dialog("203").open()
    dialog.transport.send(dialog.build("INFO", dialog.body("GetCSTAFeatures")))
    dialog.transport.socket.shutdown(socket.SHUT_WR)
    before = len(dialog.transport.responses)
    require(dialog.transport.wait(lambda: len(dialog.transport.responses) > before, 3), "no answer")
