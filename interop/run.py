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
import threading

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "lib"))
from server import PHONES, Failed, Phones, Server, first_line, wait_for  # noqa: E402

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
        print(f"PASS  {name}.cfg: runs, two phones registered", flush=True)


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
        with Phones(binary, sccp, PHONES, data):
            wait_for("phones registered", REGISTERED_WITHIN, lambda: server.cli(
                "show ephone registered").count("REGISTERED in SCCP") == 2)
            environment = dict(os.environ, LOGS=str(logs / "clients"), SCHEMAS=str(SCHEMAS))
            done = subprocess.run([HERE / "run.sh", sip, sccp, server.addresses["csta"]], env=environment, check=False)
            if done.returncode:
                raise Failed("independent clients failed")
            wait_for("no session left", 10, lambda: "no active CTI session" in server.cli("show cti session"))


# The parts that start servers of their own, in the order in which they run: the folder, and what is wrong if it fails.
# They mostly wait for timers, so two run at a time, where they can have a network of their own.
PARTS = {
    "parties": "calls of many parties failed",
    "sip-phones": "SIP phones failed",
    "provisioning": "phones do not find their files",
    "cti-devices": "CTI ports or route points failed",
    "audio-sockets": "audio over WebSocket failed",
    "voice": "messages or tones failed",
    "ctimanager": "CTIManager does not do what it promises",
}
# These install packages, which needs the network of the machine.
PARTS_OUTSIDE = {
    "json-door": "JSON over WebSocket or REST failed",
    "sessions": "sessions do not outlive their connections",
    "pyssimist": "pyssimist cannot use the server",
    "secure": "TLS or SIP over WebSocket failed",
    "srtp": "encrypted audio failed",
}
# These need source text of others that no package has. Where that cannot be reached they say so and are left out.
MAY_BE_OUT_OF_REACH = {"pyssimist"}
# These measure how long others wait, so nothing else runs meanwhile.
PARTS_ALONE = {
    "hostile": "attacks succeeded",
    "kamailio": "the load tool and other servers disagree",
}
# A network of its own; baresip wants an address that is not 127.0.0.0/8.
NETWORK = ["unshare", "--net", "sh", "-c", 'ip link set lo up && ip address add 192.0.2.1/32 dev lo && exec "$@"', "sh"]


def command_of(name, binary, logs):
    """How one of the parts is run."""
    command = [sys.executable, HERE / name / "run.py", "--binary", binary, "--logs", logs / name]
    if name == "parties":
        command.append("--tshark")
    return command


def parts(binary, logs, names):
    """Some of the parts, one after the other."""
    for name, wrong in names.items():
        code = subprocess.run(command_of(name, binary, logs), check=False).returncode
        if code == 2 and name in MAY_BE_OUT_OF_REACH:
            continue
        if code:
            raise Failed(wrong)


class Beside(threading.Thread):
    """Runs `PARTS` in a network of their own; says what each printed when it has ended."""

    def __init__(self, binary, logs):
        super().__init__()
        self.binary, self.logs, self.wrong, self.is_wanted = binary, logs, None, True

    def run(self):
        for name, wrong in PARTS.items():
            if not self.is_wanted:
                return
            done = subprocess.run([*NETWORK, *command_of(name, self.binary, self.logs)], text=True, check=False,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            print(done.stdout, end="", flush=True)
            if done.returncode:
                self.wrong = wrong
                return

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.is_wanted = sys.exc_info()[0] is None
        self.join()
        if self.wrong and self.is_wanted:
            raise Failed(self.wrong)


def two_networks():
    """Whether parts can have a network of their own."""
    return not subprocess.run([*NETWORK, "true"], capture_output=True, check=False).returncode


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


def outside(binary, logs):
    """What needs the network of the machine."""
    seeds(binary, logs)
    clients(binary, logs)
    documented(binary, logs)
    codec(binary, logs)
    parts(binary, logs, PARTS_OUTSIDE)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", required=True, type=pathlib.Path)
    parser.add_argument("--logs", type=pathlib.Path)
    arguments = parser.parse_args()
    binary = str(arguments.binary.resolve())
    logs = arguments.logs or pathlib.Path(tempfile.mkdtemp(prefix="hookflash-interop-"))
    logs.mkdir(parents=True, exist_ok=True)
    try:
        if not two_networks():
            print("no network namespaces here: the parts run one after the other", flush=True)
            parts(binary, logs, PARTS)
            outside(binary, logs)
        else:
            with Beside(binary, logs):
                outside(binary, logs)
        parts(binary, logs, PARTS_ALONE)
    except (Failed, subprocess.TimeoutExpired) as failure:
        print(f"FAIL  {failure} (logs in {logs})")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
