#!/usr/bin/env python3
"""Points `hookflash load sip` at Kamailio, and at sipp: servers that are not ours.

    run.py --binary target/debug/hookflash [--logs DIR] [CHECK...]

With Kamailio as registrar and record-routing proxy nothing may be lost, over UDP and TCP; a server that refuses or
loses something must be found out. Ends with 0 when all is well. Everything it started has ended when it ends.
"""

import argparse
import contextlib
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "lib"))
from server import Failed, wait_for  # noqa: E402

ADDRESS = "127.0.0.1"
READY_WITHIN = 20
ENDS_WITHIN = 60
PASSWORD = "open sesame"
TRANSPORTS = ("udp", "tcp")
ATTEMPTS = 3
BEHIND_US = 200_000


class Peer:
    """A SIP server of somebody else; ends with its `with` block."""

    def __init__(self, command, port, log):
        self.address = f"{ADDRESS}:{port}"
        self.log = open(log, "wb")
        # A group of its own: Kamailio's workers may hang when it ends, and are ended with it.
        self.process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=self.log, stderr=subprocess.STDOUT, start_new_session=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            pass
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.log.close()


def kamailio(logs, *defines):
    """Kamailio with its configuration; ready when it answers over UDP, which is after it listens on TCP."""
    port = free_port()
    command = ["kamailio", "-f", HERE / "kamailio.cfg", "-l", f"udp:{ADDRESS}:{port}",
               "-l", f"tcp:{ADDRESS}:{port}", "-Y", logs, "-w", logs, "-m", "64", "-M", "8", "-DD", "-E"]
    for define in defines:
        command += ["-A", define]
    peer = Peer(command, port, logs / "kamailio.log")
    wait_for("Kamailio ready", READY_WITHIN, lambda: answers(port))
    return peer


def free_port():
    with socket.socket() as taken:
        taken.bind((ADDRESS, 0))
        return taken.getsockname()[1]


def answers(port):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.bind((ADDRESS, 0))
        client.settimeout(0.3)
        local = "%s:%d" % client.getsockname()
        client.sendto("\r\n".join([
            f"OPTIONS sip:{ADDRESS}:{port} SIP/2.0", f"Via: SIP/2.0/UDP {local};branch=z9hG4bKready;rport",
            "Max-Forwards: 70", f"From: <sip:ready@{local}>;tag=1", f"To: <sip:{ADDRESS}:{port}>",
            f"Call-ID: ready@{local}", "CSeq: 1 OPTIONS", "Content-Length: 0", "", ""]).encode(),
            (ADDRESS, port))
        try:
            return client.recv(4096).startswith(b"SIP/2.0 200")
        except OSError:
            return False


def load(binary, logs, peer, offer, transport, *options):
    """One run of the load tool: whether it was content, what it printed, its steps."""
    results = logs / "results.json"
    results.unlink(missing_ok=True)
    command = [binary, "load", "sip", offer, "--server", peer.address, f"--{transport}", "--name", "peer",
               "--json", results, "--svg", logs / "results.svg", *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=ENDS_WITHIN, check=False)
    printed = done.stdout + done.stderr
    (logs / f"{offer}-{transport}.txt").write_text(printed)
    steps = json.loads(results.read_text())[0]["steps"] if results.exists() else []
    return done.returncode == 0, printed, steps


def succeeds(binary, logs, peer, offer, transport, expected, *options):
    """A run in which all that was offered goes well, however long it took; answers how much that was."""
    what = f"{offer} over {transport.upper()}"
    for _ in range(ATTEMPTS):
        _, printed, steps = load(binary, logs, peer, offer, transport, *options)
        # A load tool that this machine has kept from its work says nothing about the server.
        if not steps or steps[0]["sent_behind_schedule"]["max_us"] < BEHIND_US:
            break
    if not steps:
        raise Failed(f"{what} was not measured:\n{printed}")
    step = steps[0]
    if step["answered"] != expected or step["lost"] or step["failures"] or step["connections_broken"]:
        raise Failed(f"{what}: not all of {expected} went well:\n{printed}")
    parts = ["bye_to_answer"] if offer == "calls" else []
    # What only the called party knows, if that is ours.
    parts += [part for part in ("scheduled_to_invite", "answer_to_ack") if part in step]
    for part in parts:
        if step[part]["count"] != expected:
            raise Failed(f"{what}: {step[part]['count']} of {expected} in {part}:\n{printed}")
    return f"{expected} {offer} over {transport.upper()}"


def fails(binary, logs, peer, offer, wanted, *options):
    """A run that must fail, and say why."""
    content, printed, _ = load(binary, logs, peer, offer, "udp", *options)
    if content or wanted not in printed:
        raise Failed(f"{offer}: {wanted!r} was not found out:\n{printed}")
    return wanted


def proxy(binary, logs):
    """Registrations, refreshed in their turn, and calls."""
    with kamailio(logs) as peer:
        for transport in TRANSPORTS:
            yield succeeds(binary, logs, peer, "register", transport, 400,
                           "--endpoints", "100", "--rate", "400", "--duration", "1")
            yield succeeds(binary, logs, peer, "calls", transport, 200,
                           "--endpoints", "100", "--rate", "100", "--duration", "2")
        yield fails(binary, logs, peer, "calls", "INVITE refused with 404 Not Found",
                    "--endpoints", "2", "--call", "nobody")


def password(binary, logs):
    """The same with a registrar and proxy that wants a password."""
    with kamailio(logs, f'PASSWORD="{PASSWORD}"') as peer:
        for transport in TRANSPORTS:
            options = ["--endpoints", "40", "--rate", "50", "--duration", "1", "--password", PASSWORD]
            yield succeeds(binary, logs, peer, "register", transport, 50, *options)
            yield succeeds(binary, logs, peer, "calls", transport, 50, *options)
        yield fails(binary, logs, peer, "register", "REGISTER refused with 401 Unauthorized", "--password", "wrong")


def losses(binary, logs):
    """A proxy that loses calls."""
    with kamailio(logs, "DROP_CALLS") as peer:
        yield fails(binary, logs, peer, "calls", "lost: no INVITE at the called party",
                    "--endpoints", "20", "--rate", "50", "--duration", "0.4")


def uas(binary, logs):
    """sipp's own called party, which answers by itself."""
    for transport in TRANSPORTS:
        port = free_port()
        command = ["sipp", "-sn", "uas", "-i", ADDRESS, "-p", str(port), "-t", f"{transport[0]}1", "-nostdin"]
        with Peer(command, port, logs / f"sipp-{transport}.log") as peer:
            wait_for("sipp ready", READY_WITHIN, lambda: listens(transport, port))
            yield succeeds(binary, logs, peer, "calls", transport, 50, "--call", "service", "--expires", "0",
                           "--endpoints", "40", "--rate", "50", "--duration", "1") + " to sipp"


def listens(transport, port):
    """Whether somebody has the port: asked of the system, because sipp takes any packet for a call."""
    entry = f" {int.from_bytes(socket.inet_aton(ADDRESS), 'little'):08X}:{port:04X} "
    return entry in pathlib.Path(f"/proc/net/{transport}").read_text()


CHECKS = {"proxy": proxy, "password": password, "losses": losses, "uas": uas}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", required=True, type=pathlib.Path)
    parser.add_argument("--logs", type=pathlib.Path)
    parser.add_argument("checks", nargs="*", metavar="CHECK", help=", ".join(CHECKS))
    arguments = parser.parse_args()
    logs = arguments.logs or pathlib.Path(tempfile.mkdtemp(prefix="hookflash-kamailio-"))
    for name in arguments.checks or CHECKS:
        folder = logs / name
        folder.mkdir(parents=True, exist_ok=True)
        try:
            for passed in CHECKS[name](str(arguments.binary.resolve()), folder):
                print(f"PASS  {name}: {passed}", flush=True)
        except (Failed, subprocess.TimeoutExpired) as failure:
            print(f"FAIL  {name}: {failure} (logs in {folder})")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
