#!/usr/bin/env python3
"""Starts a server with two phones and lets every independent client loose on it, and our load tool on servers of others.

    run.py --binary target/debug/hookflash [--logs DIR]

Ends with 0 when all is well. Everything it started has ended when it ends.
"""

import argparse
import os
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "lib"))
from server import Failed, Server, first_line, wait_for  # noqa: E402

ROOT = HERE.parent
SCHEMAS = ROOT / "crates/wire/tests/data/ecma-323"
SEEDS = ROOT / "crates/config/tests/data"
REGISTERED_WITHIN = 20

CODEC = HERE / "sccp-protocol"
# The versions of the calling and the called phone, by configuration: within the default limit, and all there are.
CODEC_PHONES = {
    "office": [(17, 17), (11, 11), (11, 17)],
    "office-22": [(22, 22), (3, 22), *((version, version) for version in range(3, 22))],
}


class Phones:
    """Software phones that stay registered; they end with their `with` block."""

    def __init__(self, binary, server, names, logs):
        self.processes = []
        for name in names:
            log = open(logs / f"{name}.log", "wb")
            command = [binary, "phone", "--server", server, "--name", name]
            self.processes.append(
                subprocess.Popen(command, stdin=subprocess.PIPE, stdout=log, stderr=log))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            process.wait(10)


def seeds(binary, logs):
    """Both published configurations run as they stand."""
    for name in ("moc", "session-manager"):
        data = logs / name
        data.mkdir()
        with Server(binary, SEEDS / f"{name}.cfg", "127.0.0.3", data) as server:
            expected = {"sccp": "127.0.0.3:2000", "sip": "127.0.0.3:5060"}
            if not expected.items() <= server.addresses.items():
                raise Failed(f"{name}: listens on {server.addresses}, not on {expected}")
            if not {"files", "http"} <= server.addresses.keys():
                raise Failed(f"{name}: no files or pages for phones: {server.addresses}")
            with Phones(binary, server.addresses["sccp"], ["SEP001E4A34A35F", "SEP000F8FC7B681"], data):
                wait_for(f"{name}: phones registered", REGISTERED_WITHIN, lambda: server.cli(
                    "show ephone registered").count("REGISTERED in SCCP") == 2)
            if "voice-port 0/0/3" not in server.cli("show running-config"):
                raise Failed(f"{name}: the router's lines are not in the running configuration")
            if name == "session-manager":
                registers(server, data)
        print(f"PASS  {name}.cfg: runs, two phones registered")


def registers(server, logs):
    """The session manager of the published configuration can register."""
    command = [HERE / "sipp" / "run.sh", server.addresses["sip"], "registration"]
    environment = dict(os.environ, LOGS=str(logs / "sipp"))
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise Failed(f"session-manager: cannot register\n{done.stdout}")


def clients(binary, logs):
    """sipp, pidgin-sipe, our own unfriendly client, all under tshark."""
    data = logs / "office"
    data.mkdir()
    with Server(binary, HERE / "office.cfg", "127.0.0.1", data) as server:
        sccp, sip = server.addresses["sccp"], server.addresses["sip"]
        names = ["SEP020000000201", "SEP020000000202"]
        with Phones(binary, sccp, names, data):
            wait_for("phones registered", REGISTERED_WITHIN, lambda: server.cli(
                "show ephone registered").count("REGISTERED in SCCP") == 2)
            environment = dict(os.environ, LOGS=str(logs / "clients"), SCHEMAS=str(SCHEMAS))
            done = subprocess.run([HERE / "run.sh", sip, sccp, server.addresses["csta"]], env=environment, check=False)
            if done.returncode:
                raise Failed("independent clients failed")
            wait_for("no session left", 10, lambda: "no active CTI session" in server.cli("show cti session"))


def parties(binary, logs):
    """Calls of three and more, by phones and applications of another make, and a configuration that changes."""
    command = [sys.executable, HERE / "parties" / "run.py", "--binary", binary, "--logs", logs / "parties", "--tshark"]
    if subprocess.run(command, check=False).returncode:
        raise Failed("calls of many parties failed")


def sip_phones(binary, logs):
    """SIP phones of our own and baresip call SCCP phones and each other, under applications."""
    command = [sys.executable, HERE / "sip-phones" / "run.py", "--binary", binary, "--logs", logs / "sip-phones"]
    if subprocess.run(command, check=False).returncode:
        raise Failed("SIP phones failed")


def provisioning(binary, logs):
    """Files, pages and the XML interface, for tftp, curl, xmllint and bare phones."""
    command = [sys.executable, HERE / "provisioning" / "run.py", "--binary", binary, "--logs", logs / "provisioning"]
    if subprocess.run(command, check=False).returncode:
        raise Failed("phones do not find their files")


def json_door(binary, logs):
    """Applications that speak JSON over WebSocket, and curl."""
    command = [sys.executable, HERE / "json-door" / "run.py", "--binary", binary, "--logs", logs / "json-door"]
    if subprocess.run(command, check=False).returncode:
        raise Failed("JSON over WebSocket or REST failed")


def sessions(binary, logs):
    """Applications whose connections break again and again."""
    command = [sys.executable, HERE / "sessions" / "run.py", "--binary", binary, "--logs", logs / "sessions"]
    if subprocess.run(command, check=False).returncode:
        raise Failed("sessions do not outlive their connections")


def secure(binary, logs):
    """What is served over TLS and WebSocket, for openssl, curl, baresip and JsSIP."""
    command = [sys.executable, HERE / "secure" / "run.py", "--binary", binary, "--logs", logs / "secure"]
    if subprocess.run(command, check=False).returncode:
        raise Failed("TLS or SIP over WebSocket failed")


def cti_devices(binary, logs):
    """Applications that answer ports with media of their own, and route calls."""
    command = [sys.executable, HERE / "cti-devices" / "run.py", "--binary", binary, "--logs", logs / "cti-devices"]
    if subprocess.run(command, check=False).returncode:
        raise Failed("CTI ports or route points failed")


def hostile(binary, logs):
    """What attackers do to a server."""
    command = [sys.executable, HERE / "hostile" / "run.py", "--binary", binary, "--logs", logs / "hostile"]
    if subprocess.run(command, check=False).returncode:
        raise Failed("attacks succeeded")


def documented(binary, logs):
    """The example of docs/applications.md does in an office what is printed there."""
    log = open(logs / "office-sim.log", "wb")
    office = subprocess.Popen([binary, "sim", "--serve", "--calls-per-minute", "0", "--sip-port", "0"],
                              stdout=subprocess.PIPE, stderr=log)
    try:
        ready = first_line(office.stdout, REGISTERED_WITHIN)
        sip = dict(word.split("=") for word in ready.split()[1:])["sip"]
        command = [sys.executable, ROOT / "examples/click_to_dial.py", "--server", sip, "201", "202"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    finally:
        office.terminate()
        office.wait(10)
    pages = (ROOT / "docs/applications.md").read_text()
    shown = pages.split("$ python3 examples/click_to_dial.py 201 202\n")[1].split("```")[0]
    if done.returncode or done.stdout != shown:
        raise Failed(f"click_to_dial.py printed\n{done.stdout}{done.stderr}\ninstead of what is documented")
    print("PASS  click_to_dial.py: the call is made, seen and ended as documented")


def others(binary, logs):
    """Servers that are not ours, under our load tool."""
    command = [sys.executable, HERE / "kamailio" / "run.py", "--binary", binary, "--logs", logs / "kamailio"]
    if subprocess.run(command, check=False).returncode:
        raise Failed("the load tool and other servers disagree")


def codec(binary, logs):
    """The SCCP codec of another author reads what we write, and we what it writes; phones built on it make calls."""
    cargo("test")
    print("PASS  sccp-protocol reads our messages")
    for config, versions in CODEC_PHONES.items():
        data = logs / f"codec-{config}"
        data.mkdir()
        with Server(binary, CODEC / f"{config}.cfg", "127.0.0.1", data) as server:
            for pair in versions:
                print(codec_phones(server, pair))
            if "REGISTERED in SCCP" in server.cli("show ephone registered"):
                raise Failed(f"codec-{config}: phones that unregistered are registered")


def codec_phones(server, versions):
    """Two of these phones of these versions; the last line they print says how much they checked."""
    phone = cargo("run", "--bin", "phone", "--", server.addresses["sccp"], *map(str, versions), capture=True)
    return phone.splitlines()[-1]


def cargo(command, *arguments, capture=False):
    options = ["--quiet", "--ignore-rust-version", "--manifest-path", str(CODEC / "Cargo.toml")]
    done = subprocess.run(["cargo", command, *options, *arguments], text=True, check=False,
                          stdout=subprocess.PIPE if capture else None)
    if done.returncode:
        raise Failed(f"sccp-protocol disagrees\n{done.stdout or ''}")
    return done.stdout


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", required=True, type=pathlib.Path)
    parser.add_argument("--logs", type=pathlib.Path)
    arguments = parser.parse_args()
    binary = str(arguments.binary.resolve())
    logs = arguments.logs or pathlib.Path(tempfile.mkdtemp(prefix="hookflash-interop-"))
    logs.mkdir(parents=True, exist_ok=True)
    try:
        seeds(binary, logs)
        clients(binary, logs)
        documented(binary, logs)
        parties(binary, logs)
        sip_phones(binary, logs)
        provisioning(binary, logs)
        json_door(binary, logs)
        sessions(binary, logs)
        secure(binary, logs)
        cti_devices(binary, logs)
        hostile(binary, logs)
        others(binary, logs)
        codec(binary, logs)
    except (Failed, subprocess.TimeoutExpired) as failure:
        print(f"FAIL  {failure} (logs in {logs})")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
