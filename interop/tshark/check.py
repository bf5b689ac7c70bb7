#!/usr/bin/env python3
"""Decodes a capture with tshark and fails on what our server sent wrong.

    check.py FILE --sccp [HOST:]PORT --sip [HOST:]PORT

Every frame from the given ports is decoded by Wireshark's `skinny` and `sip`
dissectors. A frame from the server which is malformed, carries an expert
information of severity error, or is no message at all fails the check; so
does a port from which nothing was decoded. Frames the clients sent are
counted, their faults are only shown. Exit code 0 or 1, 2 when tshark fails.

Known blind spots: SCCP header versions 1 to 9, 12 to 14 and above 22 are not
dissected by tshark 4.0 (such frames are counted as "not decoded", and fail
only with --strict); trailing bytes are not noticed.
"""

import argparse
import collections
import subprocess
import sys

TIME_LIMIT = 300
SEVERITY_ERROR = 0x800000
FIELDS = [
    "frame.number", "ip.src", "tcp.srcport", "udp.srcport", "ip.dst", "tcp.dstport",
    "udp.dstport", "tcp.len", "tcp.reassembled_in", "skinny.messageId", "sip.Method",
    "sip.Status-Code", "sip.CSeq.method", "_ws.malformed", "_ws.expert.severity",
    "_ws.expert.message",
]


class CannotRun(Exception):
    """tshark did not do its part."""


class Endpoint:
    """A listening address of the server: any host when none is given."""

    def __init__(self, text):
        host, _, port = text.rpartition(":")
        self.host = host.strip("[]")
        self.port = int(port)

    def matches(self, host, port):
        return port == self.port and (not self.host or host == self.host)

    def __str__(self):
        return f"{self.host or '*'}:{self.port}"


class Frame:
    """One frame: where from, which messages, which faults."""

    def __init__(self, line):
        columns = line.split("\t")
        columns += [""] * (len(FIELDS) - len(columns))
        self.values = dict(zip(FIELDS, columns))
        self.number = self.values["frame.number"]
        self.source = self._address("src", "srcport")
        self.target = self._address("dst", "dstport")

    def _address(self, host, port):
        number = self.values[f"tcp.{port}"] or self.values[f"udp.{port}"]
        # ICMP quotes the addresses of another packet: such a frame has two of each.
        number = number.split("|")[0]
        return self.values[f"ip.{host}"].split("|")[0], int(number) if number else 0

    def items(self, name):
        return [item for item in self.values[name].split("|") if item]

    @property
    def has_payload(self):
        return self.values["tcp.len"] not in ("", "0") or bool(self.values["udp.srcport"])

    @property
    def reassembled_later(self):
        return bool(self.values["tcp.reassembled_in"])

    def names(self, skinny_names):
        """The messages that end in this frame."""
        found = [skinny_names.get(i, f"message {i}") for i in self.items("skinny.messageId")]
        found += self.items("sip.Method")
        found += [f"{status} ({method})" for status, method in
                  zip(self.items("sip.Status-Code"), self._answered_methods())]
        return found

    def _answered_methods(self):
        # CSeq stands in requests too; the answers' are the last ones of a frame.
        methods = self.items("sip.CSeq.method")
        answers = len(self.items("sip.Status-Code"))
        return (methods if len(methods) == answers else methods[-answers:]) or [""] * answers

    def faults(self):
        """Why this frame is wrong in tshark's eyes."""
        found = ["malformed"] if self.values["_ws.malformed"] else []
        messages = self.values["_ws.expert.message"].split("|")
        for index, severity in enumerate(self.items("_ws.expert.severity")):
            text = messages[index] if index < len(messages) else "expert error"
            known = found and text.startswith("Malformed Packet")
            if int(severity, 0) >= SEVERITY_ERROR and not known:
                found.append(text)
        return found


def run(command):
    try:
        done = subprocess.run(command, capture_output=True, timeout=TIME_LIMIT, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CannotRun(str(error)) from error
    if done.returncode != 0:
        raise CannotRun(done.stderr.decode("utf-8", "replace").strip()[-500:])
    return done.stdout.decode("utf-8", "replace")


def skinny_message_names():
    """Message names by number, from the dissector's own table."""
    names = {}
    for line in run(["tshark", "-G", "values"]).splitlines():
        columns = line.split("\t")
        if len(columns) >= 4 and columns[:2] == ["V", "skinny.messageId"]:
            names[str(int(columns[2], 0))] = columns[3]
    return names


def read_frames(path, sccp, sip):
    command = ["tshark", "-n", "-r", path, "-T", "fields", "-E", "separator=/t",
               "-E", "occurrence=a", "-E", "aggregator=|"]
    for field in FIELDS:
        command += ["-e", field]
    for endpoint in sccp:
        command += ["-d", f"tcp.port=={endpoint.port},skinny"]
    for endpoint in sip:
        command += ["-d", f"tcp.port=={endpoint.port},sip", "-d", f"udp.port=={endpoint.port},sip"]
    return [Frame(line) for line in run(command).splitlines() if line]


class Report:
    """Counts by endpoint and direction, and the failures."""

    def __init__(self, endpoints):
        self.counts = {e: {"sent": collections.Counter(), "received": collections.Counter()}
                       for e in endpoints}
        self.undecoded = collections.Counter()
        self.failures = []
        self.client_faults = []

    def take(self, frame, names):
        for endpoint, counts in self.counts.items():
            if endpoint.matches(*frame.source):
                counts["sent"].update(names)
                for fault in frame.faults():
                    self.failures.append(f"frame {frame.number} from {endpoint}: {fault} "
                                         f"({', '.join(names) or 'no message'})")
                if frame.has_payload and not names and not frame.reassembled_later:
                    self.undecoded[endpoint] += 1
            elif endpoint.matches(*frame.target):
                counts["received"].update(names)
                self.client_faults += [f"frame {frame.number} to {endpoint}: {fault}"
                                       for fault in frame.faults()]

    def show(self):
        for endpoint, counts in self.counts.items():
            print(f"\n{endpoint}")
            print(f"  {'message':<44}{'sent':>8}{'received':>10}")
            for name in sorted(set(counts["sent"]) | set(counts["received"])):
                print(f"  {name:<44}{counts['sent'][name]:>8}{counts['received'][name]:>10}")
            print(f"  {'all':<44}{sum(counts['sent'].values()):>8}"
                  f"{sum(counts['received'].values()):>10}")
        for fault in self.client_faults:
            print(f"note: {fault} (sent by a client)")

    def conclude(self, strict):
        for endpoint, counts in self.counts.items():
            if not counts["sent"]:
                self.failures.append(f"{endpoint}: not one message from the server was decoded")
            if self.undecoded[endpoint]:
                text = f"{endpoint}: {self.undecoded[endpoint]} frames of the server not decoded"
                if strict:
                    self.failures.append(text)
                else:
                    print(f"note: {text}")
        for failure in self.failures:
            print(f"FAIL  {failure}")
        if not self.failures:
            print("PASS  every frame of the server decodes")
        return 1 if self.failures else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", help="capture (pcap or pcapng)")
    parser.add_argument("--sccp", action="append", type=Endpoint, default=[],
                        help="SCCP address of the server, [HOST:]PORT")
    parser.add_argument("--sip", action="append", type=Endpoint, default=[],
                        help="SIP address of the server, [HOST:]PORT")
    parser.add_argument("--strict", action="store_true",
                        help="fail on frames the dissectors do not know as well")
    options = parser.parse_args()
    if not options.sccp and not options.sip:
        parser.error("give --sccp or --sip")
    try:
        names = skinny_message_names()
        report = Report(options.sccp + options.sip)
        for frame in read_frames(options.file, options.sccp, options.sip):
            report.take(frame, frame.names(names))
    except CannotRun as error:
        print(f"CANNOT RUN  tshark: {error}", file=sys.stderr)
        return 2
    report.show()
    return report.conclude(options.strict)


if __name__ == "__main__":
    sys.exit(main())
