"""The office that is attacked: two phones that must go on working, and an application that watches."""

import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
sys.path.insert(0, os.path.join(HERE, "..", "uacsta"))
from server import Failed, Server, wait_for  # noqa: E402,F401
from session import Dialog, Failure, Transport  # noqa: E402,F401
from sccp import ANSWER, CONNECTED, END_CALL, RINGIN, Phone  # noqa: E402

ATTACKS = []
A, B, C, D = "SEP020000000201", "SEP020000000202", "SEP020000000203", "SEP020000000204"


def attack(function):
    """Registers an attack; its first line of documentation is what must hold."""
    ATTACKS.append(function)
    return function


def require(condition, text):
    if not condition:
        raise Failed(text)


def forget(dialog, seconds=0.2):
    """Forgets the events so far, also those that are on their way."""
    while dialog.transport.poll(seconds):
        pass
    dialog.events.clear()


class Office:
    """The server, its bystanders, and what an attack needs."""

    def __init__(self, server):
        self.server = server
        self.sccp, self.sip = server.address("sccp"), server.address("sip")
        self.opened = []
        self.alice, self.bob = self.phone(A, keep=True), self.phone(B, keep=True)
        self.watcher = Dialog(Transport(self.sip, "tcp", 5), "201").open()
        self.watcher.monitor("tel:201")
        self.watcher.monitor("tel:202")

    def phone(self, name=None, version=11, keep=False, **details):
        """A connection to the SCCP port, registered if it has a name."""
        phone = Phone(self.sccp, **details)
        if not keep:
            self.opened.append(phone)
        require(name is None or phone.register(name, version), f"{name} cannot register")
        return phone

    def memory_budget(self):
        """Bytes that others may make the server keep, as it says itself."""
        return int(re.search(r": (\d+) bytes", self.server.cli("show memory")).group(1))

    def transport(self, kind="tcp", **details):
        transport = Transport(self.sip, kind, 5, **details)
        self.opened.append(transport)
        return transport

    def dialog(self, line="201", kind="tcp", style=None):
        return Dialog(self.transport(kind), line, style)

    def tidy(self):
        """Closes what an attack left open."""
        for thing in self.opened:
            try:
                thing.close()
            except OSError:
                pass
        self.opened = []

    def a_call_works(self):
        """Alice calls Bob, who answers; she hangs up; the application sees all of it, in order."""
        watcher, alice, bob = self.watcher, self.alice, self.bob
        forget(watcher)
        alice.dial("202")
        require(bob.expect_state(RINGIN, 3), "the bystander's phone does not ring")
        bob.soft_key(ANSWER)
        require(alice.expect_state(CONNECTED, 3), "the bystanders are not connected")
        require(bob.expect_state(CONNECTED, 3), "the bystanders are not connected")
        alice.soft_key(END_CALL)
        require(alice.expect_idle(3) and bob.expect_idle(3), "the bystanders' call does not end")
        cleared = lambda: watcher.event_names().count("ConnectionClearedEvent") >= 3  # noqa: E731
        watcher.transport.wait(cleared, 3)
        # Both monitors see Alice leave; Bob's leaving is seen only by his own.
        expected = ["ServiceInitiatedEvent", "DigitsDialedEvent", "OriginatedEvent", "DeliveredEvent", "DeliveredEvent",
                    "EstablishedEvent", "EstablishedEvent"] + ["ConnectionClearedEvent"] * 3
        require(watcher.event_names() == expected, f"the application sees {watcher.event_names()}")

    def keep_alive(self):
        """Keeps the bystanders registered and their buffers empty."""
        for phone in (self.alice, self.bob):
            phone.send(b"\x04\0\0\0" + bytes(8))
            while phone.poll(0.01):
                pass
            require(not phone.closed, "a bystander's phone was disconnected")
            phone.seen.clear()
        self.watcher.transport.poll(0.01)
        require(not self.watcher.transport.closed, "the bystanding application was disconnected")
