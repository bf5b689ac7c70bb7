#!/usr/bin/env python3
"""How long the server takes, by the packets on the wire: the waking of either client is not in it.

    capture.sh start FILE 2000 5060
    hookflash load calls --rate 20 --duration 30 --ring 20 --originate cti --monitor uacsta --sip 127.0.0.1:5060
    capture.sh stop FILE
    latency.py FILE --sccp 2000 --sip 5060

Prints median, 90th and 99th percentile of two times, in milliseconds:

* from an application's MakeCall (an INFO to the SIP port) to the first message to a phone;
* from a phone's OffHook that answers a call to the first EstablishedEvent to an application.

FILE is a capture of TCP over IPv4 on one Ethernet-like interface, as capture.sh makes it.
"""

import argparse
import struct
import sys

OFF_HOOK = 6
NANOSECONDS = 0xA1B23C4D
MICROSECONDS = 0xA1B2C3D4
ETHERNET = 14


def segments(path):
    """Time in nanoseconds, ports and payload of each TCP segment that carries any."""
    with open(path, "rb") as file:
        header = file.read(24)
        magic = struct.unpack("<I", header[:4])[0]
        if magic not in (NANOSECONDS, MICROSECONDS):
            sys.exit(f"{path}: no capture in pcap format")
        unit = 1 if magic == NANOSECONDS else 1000
        while len(record := file.read(16)) == 16:
            seconds, fraction, captured, _ = struct.unpack("<IIII", record)
            packet = file.read(captured)[ETHERNET:]
            if len(packet) < 20 or packet[0] >> 4 != 4 or packet[9] != 6:
                continue
            tcp = packet[(packet[0] & 15) * 4:struct.unpack(">H", packet[2:4])[0]]
            source, target = struct.unpack(">HH", tcp[:4])
            payload = tcp[(tcp[12] >> 4) * 4:]
            if payload:
                yield seconds * 10**9 + fraction * unit, source, target, payload


def latencies(path, sccp, sip):
    make_call, answer = [], []
    asked = lifted = None
    for time, source, target, payload in segments(path):
        if target == sip and b"<MakeCall " in payload:
            asked = time
        elif source == sccp and asked is not None:
            make_call.append(time - asked)
            asked = None
        if target == sccp and payload[8:12] == struct.pack("<I", OFF_HOOK):
            lifted = time
        elif source == sip and lifted is not None and b"<EstablishedEvent" in payload:
            answer.append(time - lifted)
            lifted = None
    return {"MakeCall to the phone's first message": make_call, "Answer to the event": answer}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file")
    parser.add_argument("--sccp", type=int, default=2000, help="the server's SCCP port (2000)")
    parser.add_argument("--sip", type=int, default=5060, help="the server's SIP port (5060)")
    arguments = parser.parse_args()
    for name, times in latencies(arguments.file, arguments.sccp, arguments.sip).items():
        if not times:
            print(f"{name}: not in the capture")
            continue
        times.sort()
        at = [times[min(len(times) - 1, len(times) * part // 100)] / 1e6 for part in (50, 90, 99)]
        print(f"{name}: p50 {at[0]:.3f}  p90 {at[1]:.3f}  p99 {at[2]:.3f} ms (n {len(times)})")


if __name__ == "__main__":
    main()
