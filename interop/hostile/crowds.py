"""Attacks by numbers: connections that say nothing, too little, or too much."""

import socket
import struct
import time

from office import Dialog, C, attack, forget, require, wait_for
from sccp import KEEP_ALIVE, Phone, frame

HALF_OPEN = 6000


def connect_many(target, count, first=b""):
    """Connections that each send `first` and then nothing."""
    links = []
    for _ in range(count):
        link = socket.create_connection(target, timeout=10)
        if first:
            link.sendall(first)
        links.append(link)
    return links


def close_all(links):
    for link in links:
        link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        link.close()


@attack
def half_open(office):
    """Thousands of connections that say nothing, to both doors: calls and events go on."""
    links = connect_many(office.sccp, HALF_OPEN)
    office.a_call_works()
    links += connect_many(office.sip, HALF_OPEN // 2)
    office.keep_alive()
    office.a_call_works()
    close_all(links)


@attack
def slow_loris(office):
    """Five hundred connections with a message that never ends, to both doors: calls and events go on."""
    links = connect_many(office.sccp, 250, frame(1, b"S" * 100, length=8000))
    links += connect_many(office.sip, 250, b"INVITE sip:201@x SIP/2.0\r\nX: ")
    for _ in range(20):
        for link in links:
            link.sendall(b"x")
    office.a_call_works()
    close_all(links)


@attack
def keepalive_only(office):
    """Two thousand connections that only keep alive: they may stay, and new phones are served."""
    links = connect_many(office.sccp, 2000, frame(KEEP_ALIVE))
    office.phone(C)
    office.a_call_works()
    close_all(links)


@attack
def session_flood(office):
    """Thousands of sessions from one connection: each is answered, all end with the connection."""
    transport = office.transport()
    dialogs = [Dialog(transport, "203") for _ in range(3000)]
    for start in range(0, len(dialogs), 100):
        some = dialogs[start:start + 100]
        transport.send(b"".join(d.build("INVITE", d.status_body()) for d in some))
        answered = lambda: len(transport.responses) >= start + 100  # noqa: E731
        transport.wait(answered, 10)
    require(all(response.status in (200, 503) for response in transport.responses), "odd answers")
    require(len(transport.responses) == len(dialogs), "not every INVITE is answered")
    office.a_call_works()


@attack
def pipelined(office):
    """A thousand INFOs in one write: answered in order."""
    dialog = office.dialog("203").open()
    body = dialog.body("SnapshotDevice", "<snapshotObject>tel:203</snapshotObject>")
    first = dialog.cseq + 1
    dialog.transport.send(b"".join(dialog.build("INFO", body) for _ in range(1000)))
    answers = lambda: [m.cseq for m in dialog.transport.responses if m.cseq >= first]  # noqa: E731
    dialog.transport.wait(lambda: len(answers()) == 1000, 20)
    require(answers() == list(range(first, first + 1000)), "not all are answered in order")


@attack
def deaf_application(office):
    """An application that never reads, with thousands of events for it: dropped alone, its connection closed."""
    deaf = Dialog(office.transport(receive_buffer=2048), "203").open()
    for _ in range(100):
        deaf.monitor("tel:203")
    phone = office.phone(C)
    closed = lambda: deaf.transport.socket.fileno() not in established(office)  # noqa: E731
    rounds = 0
    while not closed() and rounds < 150:
        rounds += 1
        phone.dial("299")
        phone.soft_key(9)
        phone.poll(0.02)
        if rounds % 20 == 0:
            office.keep_alive()
    require(closed(), "the connection of an application that does not read stays open")


def established(office):
    """File numbers of our TCP sockets whose other end still stands, by the kernel's word."""
    standing = set()
    for thing in office.opened:
        if hasattr(thing, "socket") and thing.socket.fileno() >= 0:
            try:
                info = thing.socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)
            except OSError:
                continue
            if info[0] == 1:
                standing.add(thing.socket.fileno())
    return standing


@attack
def deaf_and_wrong(office):
    """An application that reads nothing of megabytes and then breaks the protocol: closed within seconds."""
    before = office.server.open_files()
    deaf = Dialog(office.transport(receive_buffer=2048), "203").open()
    deaf.transport.send(deaf.build("OPTIONS") * 9000 + b"garbage\r\n\r\n")
    wait_for("the connection closed", 12, lambda: office.server.open_files() <= before)
