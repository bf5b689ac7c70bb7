"""A session manager: its registration is a heartbeat that tells whether its CTI session is there.

The configuration has a session-server with register-id `apps`, keepalive 60, and cti-aware.
"""

import uuid

from bench import require, test
from session import Message, clear_line

SILENCE = 1.5
LIFETIME = "60"


class Heartbeat:
    """REGISTER again and again, with one Call-ID."""

    def __init__(self, transport):
        self.transport = transport
        self.call_id = uuid.uuid4().hex
        self.cseq = 0

    def beat(self, expires=LIFETIME):
        """Registers; the response, or None when there is none."""
        self.cseq += 1
        transport = self.transport
        host, port = transport.target
        address = f"sip:apps@{host}:{port}"
        lines = [("Via", f"SIP/2.0/{transport.kind.upper()} {transport.local};branch=z9hG4bK{uuid.uuid4().hex}"),
                 ("Max-Forwards", "70"), ("From", f"<{address}>;tag=heartbeat"), ("To", f"<{address}>"),
                 ("Call-ID", self.call_id), ("CSeq", f"{self.cseq} REGISTER"),
                 ("Contact", f"<sip:apps@{transport.local};transport={transport.kind}>"),
                 ("Expires", expires)]
        transport.send(Message(f"REGISTER sip:{host}:{port} SIP/2.0", lines, b"").to_bytes())
        return transport.wait(lambda: next((m for m in transport.responses if m.call_id == self.call_id
                                            and m.cseq == self.cseq), None), SILENCE)

    def answered(self, why):
        response = self.beat()
        require(response is not None, f"REGISTER not answered: {why}")
        require(response.status == 200, f"{response.start}: {why}")
        listed = [contact for contact in response.get_all("Contact") if self.transport.local in contact]
        require(listed and listed[0].endswith(f";expires={LIFETIME}"), "the Contact is not given back")

    def silent(self, why):
        response = self.beat()
        require(response is None, f"REGISTER is answered {response and response.start}: {why}")

    def end(self):
        response = self.beat("0")
        require(response is not None and response.status == 200, "cannot unregister")


def lose(dialog, peer):
    """Answers an event as if there were no session, and so ends it; a call is left at the line."""
    dialog.monitor()
    dialog.style.answers = False
    dialog.make_call(peer)
    event = dialog.transport.wait(lambda: dialog.events and dialog.events[0])
    require(event, "no event")
    dialog.transport.send(event.reply(481, "Call/Transaction Does Not Exist").to_bytes())
    dialog.transport.poll(0.2)


@test("tcp", "udp")
def heartbeat(bench):
    """Answered before and during a session, not when it was lost, and again after a new one."""
    heart = Heartbeat(bench.connect())
    heart.answered("before there is a session")
    dialog = bench.dialog(transport=heart.transport).open()
    heart.answered("during a session")
    lose(dialog, bench.peer)
    heart.silent("the session is gone")
    heart.silent("and stays so")
    # Another application on the same host.
    clear_line(bench.options.target, bench.line, bench.options.limit)
    heart.silent("somebody else had a session")
    again = bench.dialog(transport=heart.transport).open()
    heart.answered("during a new session")
    again.close()
    heart.answered("after its own BYE")
    heart.end()


@test("tcp")
def heartbeat_of_a_restart(bench):
    """Who was started again, and registers as if for the first time, is answered although a session was lost."""
    before = Heartbeat(bench.connect())
    before.answered("before there is a session")
    lose(bench.dialog(transport=before.transport).open(), bench.peer)
    before.silent("the session is gone")
    after = Heartbeat(bench.connect())
    after.answered("a new Call-ID")
    after.answered("and the next")
    before.transport.close()
    clear_line(bench.options.target, bench.line, bench.options.limit)
    after.end()
