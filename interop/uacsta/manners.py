"""Clients by the book in all dialects, and with the SIP manners real ones have."""

import re

from bench import CALL_EVENTS, call_and_clear, require, test, whole_session
from session import ED3, ED6, Style, text_of, xml_root


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


@test("tcp")
def xml_habits(bench):
    """XML as hand-written clients write it: line ends before the prolog, CDATA, a NUL behind it."""
    dialog = bench.dialog().open()
    plain = f'<SnapshotDevice xmlns="{ED3}"><snapshotObject>{bench.line}</snapshotObject></SnapshotDevice>'
    for text in (f'\r\n<?xml version="1.0"?>\r\n{plain}\r\n', f"\ufeff{plain}", f"{plain}\0",
                 plain.replace('"', "'").replace(bench.line, f"<![CDATA[tel:{bench.line}]]>"),
                 f"<?xml version='1.0' encoding='utf-16'?><!-- a --><?pi b?>{plain}<!-- c -->",
                 plain.replace(bench.line, f"<deviceIdentifier>{bench.line}</deviceIdentifier>"),
                 plain.replace(bench.line, f"{bench.line}@hookflash.test")):
        response = dialog.request("INFO", text.encode())
        require(b"SnapshotDeviceResponse" in response.body, f"{text!r}: {response.start} {response.body!r}")
    dialog.close()


@test("tcp", "udp")
def several_parts(bench):
    """Bodies of several parts, one of them CSTA."""
    dialog = bench.dialog()

    def parts(body):
        return (b"--x y\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n--x y\r\n"
                b"Content-Type: application/csta+xml\r\n\r\n" + body + b"\r\n--x y--\r\n")
    kind = 'multipart/mixed; boundary="x y"'
    response = dialog.invite(parts(dialog.status_body()), content_type=kind)
    require(b"normal" in response.body, f"INVITE: {response.start}")
    response = dialog.request("INFO", parts(dialog.body("GetCSTAFeatures")), content_type=kind)
    require(b"GetCSTAFeaturesResponse" in response.body, f"INFO: {response.start}")
    dialog.close()


# SIP manners

@test("tcp")
def tel_line(bench):
    """To and Request-URI are tel URIs, the line is their ext."""
    dialog = bench.dialog()
    dialog.remote_uri = dialog.target = f"tel:+15550100;ext={bench.line}"
    response = dialog.invite(dialog.body("RequestSystemStatus"))
    require(response.status == 200, f"INVITE: {response.start}")
    dialog.close()


@test("tcp", "udp")
def last_hop(bench):
    """Max-Forwards 0: whoever is meant serves it."""
    dialog = bench.dialog().open()
    for method, body in (("OPTIONS", b""), ("INFO", dialog.body("GetCSTAFeatures"))):
        response = dialog.send(dialog.build(method, body).replace(b"Forwards: 70", b"Forwards: 0"))
        require(response.status == 200, f"{method}: {response.start}")
    dialog.close()


@test("tcp", "udp")
def two_ways(bench):
    """An INVITE that comes twice, by two ways: 482; the session goes on."""
    dialog = bench.dialog()
    data = dialog.build("INVITE", dialog.status_body())
    response = dialog.send(data)
    require(response.status == 200, f"INVITE: {response.start}")
    dialog.learn(response)
    response = dialog.send(data.replace(b"branch=z9hG4bK", b"branch=z9hG4bKother"))
    require(response.status == 482, f"second INVITE: {response.start}")
    dialog.transport.send(dialog.build("ACK", cseq=1))
    dialog.expect("GetCSTAFeatures")
    dialog.close()


@test("udp")
def one_branch(bench):
    """The same branch in every request."""
    whole_session(bench.dialog(Style(one_branch=True)), bench.peer)


@test("udp")
def overtaken(bench):
    """A datagram that comes after a later one: 500, and is not carried out."""
    dialog = bench.dialog().open()
    late = dialog.build("INFO", dialog.body("GetCSTAFeatures"))
    dialog.expect("GetCSTAFeatures")
    response = dialog.send(late)
    require(response.status == 500, f"late INFO: {response.start}")
    dialog.close()


@test("tcp")
def moved(bench):
    """The connection breaks; the dialog goes on over another one, events too."""
    dialog = bench.dialog().open()
    dialog.monitor()
    dialog.transport.close()
    dialog.move(bench.connect())
    call_and_clear(dialog, bench.peer)
    dialog.close()


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


@test("tcp", "udp")
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
