"""Attacks on the door for phones."""

import os
import random
import time

from office import C, D, attack, forget, require
from sccp import (
    ANSWER, CALL_STATE, CONNECTED, END_CALL, KEEP_ALIVE, KEEP_ALIVE_ACK, KEYPAD, MEET_ME, NEW_CALL,
    OFFHOOK, OFF_HOOK, ON_HOOK, OPEN_RECEIVE, ORC_ACK, REGISTER, REGISTER_ACK, REGISTER_REJECT,
    RINGIN, RINGOUT, SOFT_KEY, STIMULUS, UNREGISTER, Phone, frame, register_body, words,
)


@attack
def garbage(office):
    """Random bytes, from strangers and from a registered phone: the link is closed or they are ignored."""
    chance = random.Random(1)
    for round_ in range(60):
        phone = office.phone(C if round_ % 3 == 0 else None)
        try:
            for _ in range(5):
                phone.send(chance.randbytes(chance.randrange(1, 3000)))
        except OSError:
            pass
        phone.close()


@attack
def random_bodies(office):
    """Every message number with random and truncated bodies, registered: ignored, the link stays."""
    chance = random.Random(2)
    phone = office.phone(C)
    for message_id in [*range(0, 0x60), *range(0x80, 0x160), 0x8000, 0xFFFFFFFF]:
        if message_id in (REGISTER, UNREGISTER):
            continue
        for size in (0, 1, 3, 4, 12, 40, 200):
            phone.send(frame(message_id, chance.randbytes(size)))
        while phone.poll(0):
            phone.seen.clear()
    phone.seen.clear()
    phone.send(frame(KEEP_ALIVE))
    require(phone.expect(KEEP_ALIVE_ACK), "no keepalive answer after random bodies")


@attack
def impossible_lengths(office):
    """A length below 4 or above 8 KiB: that link is closed at once."""
    for length in (0, 1, 2, 3, 8193, 65536, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF):
        phone = office.phone()
        phone.send(frame(KEEP_ALIVE, length=length))
        require(phone.expect_closed(), f"a frame of length {length} is waited for")


@attack
def byte_by_byte(office):
    """A phone whose every byte comes alone registers and calls."""
    phone = office.phone()
    data = frame(REGISTER, register_body(C)) + frame(KEEP_ALIVE)
    for byte in data:
        phone.send(bytes([byte]))
    require(phone.expect(REGISTER_ACK) and phone.expect(KEEP_ALIVE_ACK), "byte by byte is not understood")


@attack
def names(office):
    """Names that no phone has, of any bytes and length: rejected or closed."""
    strange = (b"", b"\xff" * 16, b"SEP020000000201X", b"sep\xc3\xa9", b"SEP0200000002010", b"A" * 16, b"\x1b[2J")
    phones = [office.phone() for _ in strange]
    for phone, name in zip(phones, strange):
        phone.send(frame(REGISTER, register_body(name)))
    for phone, name in zip(phones, strange):
        require(phone.expect_closed() and not phone.got(REGISTER_ACK), f"{name!r} is registered")


@attack
def versions(office):
    """Versions 0 to 255 and short registrations: an answer between 3 and 22."""
    for version in (0, 1, 2, 3, 11, 17, 22, 23, 33, 255):
        phone = office.phone()
        phone.send(frame(REGISTER, register_body(C, version)))
        require(phone.expect(REGISTER_ACK), f"version {version} is not registered")
        answer = next(body for seen, body in phone.seen if seen == REGISTER_ACK)[16]
        require(3 <= answer <= 22, f"version {version} is answered by {answer}")
        phone.close()
    for size in (0, 15, 16, 31, 32, 36, 41, 43):
        phone = office.phone()
        phone.send(frame(REGISTER, register_body(C)[:size]))
        require(phone.wait(lambda: phone.closed or phone.got(REGISTER_ACK)), f"{size} bytes: no reaction")
        phone.close()


@attack
def unknown_phones(office):
    """Two thousand registrations of unknown phones: each closed, most without a word."""
    told = 0
    for number in range(2000):
        phone = Phone(office.sccp)
        phone.send(frame(REGISTER, register_body(f"SEPBAD{number:09d}")))
        if number % 100 == 0:
            require(phone.expect_closed(), "an unknown phone may stay")
        told += phone.got(REGISTER_REJECT)
        phone.close()
    require(told <= 12, f"{told} of 20 strangers were told why")


@attack
def same_name(office):
    """Two sockets fight for one name, 200 times: the newest has it, the other is closed."""
    last = None
    for _ in range(200):
        phone = office.phone()
        phone.send(frame(REGISTER, register_body(C)))
        require(phone.expect(REGISTER_ACK), "the newer registration is not taken")
        require(last is None or last.expect_closed(), "the older connection stays")
        last = phone


@attack
def other_name(office):
    """A phone that registers as another one on the same socket, and again as itself, in a call."""
    phone, peer = office.phone(C), office.phone(D)
    phone.dial("204")
    require(peer.expect_state(RINGIN), "no ring")
    phone.seen.clear()
    require(phone.register(C), "cannot register again")
    require(phone.wait(lambda: RINGOUT in phone.states.values()), "the call is gone after registering again")
    peer.soft_key(ANSWER)
    require(phone.expect_state(CONNECTED), "not connected after registering again")
    phone.states.clear()
    require(phone.register(C) and phone.expect_state(CONNECTED), "the view is not complete")
    phone.send(frame(REGISTER, register_body("SEP020000000205")))
    # The other name may be probed for five seconds first.
    require(peer.expect_idle() or peer.expect_idle(), "the call goes on although its phone became another one")


@attack
def goodbye_in_a_call(office):
    """Unregister in the middle of a call: the other party is released at once, and told once."""
    watcher = office.dialog("204").open()
    phone, peer = office.phone(C), office.phone(D)
    watcher.monitor("tel:204")
    connect(phone, peer, "204")
    forget(watcher)
    phone.send(frame(UNREGISTER))
    require(peer.expect_idle(), "the other party is not released")
    watcher.wait_event("ConnectionClearedEvent")
    watcher.transport.poll(0.3)
    require(watcher.event_names() == ["ConnectionClearedEvent"] * 2, f"seen {watcher.event_names()}")


@attack
def killed_in_a_call(office):
    """RST in the middle of a call: the other party is released, each leg cleared once, the line out of service."""
    watcher = office.dialog("203").open()
    phone, peer = office.phone(C), office.phone(D)
    watcher.monitor("tel:203")
    connect(phone, peer, "204")
    forget(watcher)
    began = time.monotonic()
    phone.reset()
    require(peer.expect_idle(70), "the other party is never released")
    took = time.monotonic() - began
    watcher.wait_event("OutOfServiceEvent", seconds=2)
    expected = ["ConnectionClearedEvent", "OutOfServiceEvent"]
    require(watcher.event_names() == expected, f"seen {watcher.event_names()} after {took:.1f} s")


@attack
def back_in_a_call(office):
    """A phone whose connection broke in a call comes back to it."""
    phone, peer = office.phone(C), office.phone(D)
    connect(phone, peer, "204")
    phone.reset()
    again = office.phone(C)
    require(again.expect_state(CONNECTED), "the call is lost")
    again.soft_key(END_CALL)
    require(peer.expect_idle() and again.expect_idle(), "the call does not end")


@attack
def deaf_phone(office):
    """A phone that never reads while it is rung a thousand times: nobody else notices, it is given up."""
    deaf = office.phone(C, receive_buffer=2048)
    caller = office.phone(D)
    for number in range(400):
        caller.send(frame(OFF_HOOK), *(frame(KEYPAD, words(int(d), 1, 0)) for d in "203"))
        caller.send(frame(SOFT_KEY, words(END_CALL, 1, 0)))
        caller.poll(0)
        if number % 100 == 0:
            office.keep_alive()
    require(caller.expect_idle(), "the caller is stuck")
    deaf.reset()


@attack
def no_media(office):
    """A phone that never acknowledges its receive channel, or with nonsense: the call goes on and ends."""
    phone, peer = office.phone(C), office.phone(D)
    phone.acknowledge = peer.acknowledge = False
    connect(phone, peer, "204")
    require(phone.expect(OPEN_RECEIVE), "no channel is opened")
    for body in (words(0, 0, 0, 0), words(0, 0, 20000, 0xFFFFFFFF), words(9, 1, 2, 3), b"", b"\xff" * 36):
        phone.send(frame(ORC_ACK, body))
    phone.soft_key(END_CALL)
    require(phone.expect_idle() and peer.expect_idle(), "the call does not end")


@attack
def keys_for_nothing(office):
    """Keys for calls and lines that do not exist: nothing happens."""
    phone = office.phone(C)
    for line in (0, 2, 99, 0xFFFFFFFF):
        for reference in (1, 7, 0xFFFFFFFF):
            for key in range(0, 40):
                if key not in (1, NEW_CALL, MEET_ME):
                    phone.soft_key(key, line, reference)
            phone.send(frame(ON_HOOK, words(line, reference)))
            phone.send(frame(KEYPAD, words(5, line, reference)), frame(KEYPAD, words(99, line, reference)))
            phone.send(frame(STIMULUS, words(0xFFFF, line, reference)))
    phone.send(frame(KEEP_ALIVE))
    require(phone.expect(KEEP_ALIVE_ACK) and not phone.states, f"calls appeared: {phone.states}")


@attack
def key_storm(office):
    """Twenty thousand random keys of two phones: they end idle when both hang up."""
    chance = random.Random(3)
    phones = [office.phone(C), office.phone(D)]
    for _ in range(500):
        for phone in phones:
            phone.send(b"".join(random_key(chance, phone) for _ in range(20)))
            while phone.poll(0):
                phone.seen.clear()
    for phone in phones:
        phone.send(frame(KEEP_ALIVE))
        require(phone.expect(KEEP_ALIVE_ACK, 20), "the phone is not served any more")
    for _ in range(20):
        for phone in phones:
            phone.poll(0.05)
            for reference in list(phone.states):
                phone.soft_key(END_CALL, 1, reference)
    require(all(phone.expect_idle(10) for phone in phones), f"calls are left: {[p.states for p in phones]}")


def random_key(chance, phone):
    reference = chance.choice([0, 0, *phone.states])
    key = chance.randrange(6)
    if key == 0:
        return frame(OFF_HOOK)
    if key == 1:
        return frame(ON_HOOK)
    if key == 2:
        return b"".join(frame(KEYPAD, words(int(d), 1, reference)) for d in chance.choice(["203", "204", "299"]))
    if key == 3:
        return frame(STIMULUS, words(chance.randrange(0x20), 1, reference))
    return frame(SOFT_KEY, words(chance.randrange(1, 20), 1, reference))


def connect(phone, peer, number):
    phone.dial(number)
    require(peer.expect_state(RINGIN), "no ring")
    peer.soft_key(ANSWER)
    require(phone.expect_state(CONNECTED) and peer.expect_state(CONNECTED), "not connected")
