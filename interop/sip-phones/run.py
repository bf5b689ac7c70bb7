#!/usr/bin/env python3
"""SIP phones at a server of its own, with SCCP phones and applications.

    run.py --binary target/debug/hookflash [--logs DIR] [--schemas DIR] [SCENE...]
    run.py --list
"""

import argparse
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
for part in ("hostile", "uacsta", "lib", "parties"):
    sys.path.insert(0, str(HERE.parent / part))
sys.path.insert(0, str(HERE))
from office import Failed, Office, sccp_poll  # noqa: E402
from ladder import Checks  # noqa: E402
from schema import invalid_bodies  # noqa: E402
from server import Server, wait_for  # noqa: E402
from session import Failure  # noqa: E402
import apps  # noqa: E402
from baresip import Baresip  # noqa: E402
from user_agent import UserAgent  # noqa: E402
import scenes  # noqa: E402
import heard  # noqa: E402,F401
import signalling  # noqa: E402,F401
import races  # noqa: E402,F401
import services  # noqa: E402,F401
import features  # noqa: E402,F401
import trunks  # noqa: E402,F401
import soak  # noqa: E402,F401

SCHEMAS = HERE.parent.parent / "crates/wire/tests/data/ecma-323"


def certificate(folder):
    """A certificate of carrier.interop and its key, which the server is told to trust."""
    names = folder / "carrier.crt", folder / "carrier.key"
    if not names[0].exists():
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                        "-days", "2", "-subj", "/CN=carrier.interop", "-addext", "subjectAltName=DNS:carrier.interop", "-addext", "basicConstraints=critical,CA:FALSE",
                        "-out", names[0], "-keyout", names[1]], check=True, capture_output=True)
    return names


def own_address():
    """The address of this machine, or of the loopback interface where there is no other one."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
            return probe.getsockname()[0]
        except OSError:
            return "127.0.0.1"


class SipOffice(Office):
    """An office with SIP phones."""

    def __init__(self, server, log):
        super().__init__(server, "tcp-ed3")
        self.agents, self.log = [], log
        self.certificate = certificate(log.parent.parent)

    def sip(self, number, register=True, **settings):
        users = {"301": "u301"}
        settings.setdefault("user", users.get(number, number))
        settings.setdefault("password", f"pw{number}")
        agent = UserAgent(self.server.address("sip"), number, **settings)
        self.agents.append(agent)
        if register:
            status = agent.register()
            apps.require(status == 200, f"{number} cannot register: {status}")
        return agent

    def carrier(self, host):
        """The network behind a trunk."""
        agent = UserAgent(self.server.address("sip"), "carrier", password="secret", ip=f"127.0.0.{host if host > 3 else 8 + host}",
                          port={1: 15061, 2: 15062, 3: 15063, 15: 15066, 16: 15067}.get(host, 0))
        self.agents.append(agent)
        return agent

    def server_log(self):
        return self.log.read_text(errors="replace")

    def baresip(self, number, transport, **settings):
        """A baresip that has registered."""
        registered = lambda: self.server.cli("show voice register pool").count("user agent baresip")  # noqa: E731
        before = registered()
        agent = Baresip(self.server.address("sip"), number, "u301" if number == "301" else number, f"pw{number}",
                        transport=transport, **settings)
        self.agents.append(agent)
        self.until(lambda: registered() > before, f"baresip {number} registers", 10)
        return agent

    def until(self, condition, what, seconds=5):
        end = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > end:
                raise Failed(f"{what} not within {seconds} s\n      " + "\n      ".join(
                    phone.describe() for phone in self.phones + self.agents if not phone.closed))
            sccp_poll(self.phones, 0.02)
            time.sleep(0.01)

    def call_in(self, agent, *states):
        self.until(lambda: agent.in_state(*states), f"{agent.number} has a call {states}")
        return agent.in_state(*states)

    def reach(self, call, *states):
        self.until(lambda: call.state in states, f"the call of {call.agent.number} is {states}")

    def close(self):
        bodies = super().close()
        for agent in self.agents:
            if not agent.closed:
                for call in list(getattr(agent, "calls", {}).values()):
                    if call.state == "connected":
                        call.bye()  # a scene that failed leaves nothing to the next one
                if agent.number != "carrier":
                    agent.register(0)
            agent.close()
        return bodies


def play(server, log, function, bodies):
    office = SipOffice(server, log)
    reason = None
    try:
        function(office)
    except (Failed, Failure, apps.csta_tcp.Failure, OSError) as failure:
        reason = str(failure) or repr(failure)
    try:
        bodies += office.close()
        wait_for("calls gone", 10, lambda: "no active GCID" in server.cli("show cti gcid"))
    except (Failed, Failure, apps.csta_tcp.Failure, OSError) as failure:
        reason = reason or f"at the end: {failure}"
    return reason


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", type=pathlib.Path)
    parser.add_argument("--logs", type=pathlib.Path)
    parser.add_argument("--schemas", type=pathlib.Path, default=SCHEMAS)
    parser.add_argument("--list", action="store_true", help="list the scenes and end")
    parser.add_argument("scenes", nargs="*")
    arguments = parser.parse_args()
    if arguments.list:
        for function in scenes.ALL + scenes.TRUNKS + scenes.ADDRESS:
            print(f"{function.__name__:<40}{function.__doc__.splitlines()[0]}")
        return 0
    if not arguments.binary:
        parser.error("--binary is needed")
    logs = arguments.logs or pathlib.Path(tempfile.mkdtemp(prefix="hookflash-sip-phones-"))
    data = logs / "sip-phones"
    shutil.rmtree(data, ignore_errors=True)
    data.mkdir(parents=True, exist_ok=True)
    os.environ["SSL_CERT_FILE"] = str(certificate(data)[0])
    checks, bodies = Checks(), []
    for name, config, functions, address in (("office", "office", scenes.ALL, "127.0.0.1"),
                                             ("trunks", "trunks", scenes.TRUNKS, "127.0.0.1"),
                                             ("address", "office", scenes.ADDRESS, own_address())):
        chosen = [function for function in functions
                  if not arguments.scenes or function.__name__ in arguments.scenes]
        directory = data / name
        directory.mkdir()
        if not chosen:
            continue
        with Server(str(arguments.binary.resolve()), HERE / f"{config}.cfg", address, directory) as server:
            for function in chosen:
                began = time.monotonic()
                reason = play(server, directory / "server.log", function, bodies)
                took = time.monotonic() - began
                line = f"{function.__name__:<28} {function.__doc__.splitlines()[0]} ({took:.1f} s)"
                checks.check(reason is None, line, reason or "")
    wrong = invalid_bodies(bodies, str(arguments.schemas))
    checks.check(not wrong, f"all {len(bodies)} bodies are schema-valid",
                 "; ".join(f"{name}: {reason}" for name, reason in wrong[:10]))
    written = [path.read_text(errors="replace") for path in data.glob("*/server.log")]
    checks.check(not any("panicked" in text for text in written), "no server panicked")
    return checks.exit_code()


if __name__ == "__main__":
    sys.exit(main())
