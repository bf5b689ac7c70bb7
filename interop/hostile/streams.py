"""Attacks on the door for applications that use CSTA over TCP."""

import socket
import struct
import time

from office import attack, require
from crowds import close_all, connect_many

SESSION = "http://www.ecma-international.org/standards/ecma-354/appl_session"
ED3 = "http://www.ecma-international.org/standards/ecma-323/csta/ed3"
START = (f'<StartApplicationSession xmlns="{SESSION}"><applicationInfo><applicationID>x</applicationID></applicationInfo>'
         f"<requestedProtocolVersions><protocolVersion>{ED3}</protocolVersion></requestedProtocolVersions>"
         "</StartApplicationSession>").encode()
STATUS = f'<RequestSystemStatus xmlns="{ED3}"/>'.encode()


def frame(body, invoke=b"0001", kind=0, length=None):
    """One message of ECMA-323 annex J; any part of it can be wrong."""
    return struct.pack(">BBH4s", kind, 0, 8 + len(body) if length is None else length, invoke) + body


def door(office):
    return office.server.address("csta")


def read(link, seconds):
    """What comes within that time; an empty end says that the server has closed."""
    data, end = b"", time.monotonic() + seconds
    while time.monotonic() < end:
        link.settimeout(max(end - time.monotonic(), 0.001))
        try:
            piece = link.recv(65536)
        except socket.timeout:
            return data, False
        except OSError:
            return data, True
        if not piece:
            return data, True
        data += piece
        if b"</" in data or b"/>" in data:
            return data, False
    return data, False


def session(office):
    """A session of an application that does everything right."""
    link = socket.create_connection(door(office), timeout=10)
    link.sendall(frame(START))
    answer, _ = read(link, 5)
    require(b"StartApplicationSessionPosResponse" in answer, f"no session: {answer!r}")
    return link


@attack
def silent_streams(office):
    """Three thousand connections that say nothing: another application still gets a session, calls go on."""
    links = connect_many(door(office), 3000)
    session(office).close()
    office.a_call_works()
    close_all(links)


@attack
def bent_frames(office):
    """Frames and XML with something wrong: a clear answer or the end of that connection, nobody else notices."""
    witness = session(office)
    deep = b"<a>" * 20000
    bomb = b'<!DOCTYPE a [<!ENTITY b "bbbbbbbbbb"><!ENTITY c "&b;&b;&b;&b;">]><a>&c;&c;</a>'
    before = [frame(b"", length=0), frame(b"", length=7), frame(b"<a/>", kind=1), frame(b"<a/>", b"\xff\xff\xff\xff"),
              frame(b""), frame(b"\xff\xfe"), frame(b"<a"), frame(deep), frame(bomb), frame(STATUS),
              b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200)]
    for data in before:
        for started in (False, True):
            link = session(office) if started else socket.create_connection(door(office), timeout=10)
            link.sendall(data)
            link.shutdown(socket.SHUT_WR)
            answer, closed = read(link, 5)
            require(answer or closed, f"neither an answer nor the end: {data[:40]!r}, session {started}")
            link.close()
    witness.sendall(frame(STATUS, b"0002"))
    answer, _ = read(witness, 5)
    require(b"systemStatus" in answer, f"the witness is answered {answer!r}")
    witness.close()


@attack
def pieces_of_frames(office):
    """A request that comes a byte at a time is answered; two hundred connections with half of one are no harm."""
    links = connect_many(door(office), 200, frame(STATUS)[:20])
    link = session(office)
    link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for byte in frame(STATUS, b"0002"):
        link.sendall(bytes([byte]))
    answer, _ = read(link, 5)
    require(b"systemStatus" in answer, f"answered {answer!r}")
    office.a_call_works()
    close_all(links + [link])


@attack
def deaf_stream(office):
    """An application that asks and never reads is closed or stopped; calls go on."""
    link = session(office)
    link.settimeout(0.5)
    requests = frame(STATUS, b"0002") * 500
    sent = 0
    try:
        while sent < 64 << 20:
            sent += link.send(requests[sent % len(frame(STATUS)):])
    except OSError:
        pass
    require(sent < 64 << 20, "the server took 64 MiB of requests whose answers nobody read")
    office.a_call_works()
    close_all([link])
