#!/usr/bin/env python3
"""Calls of three and more parties, at a server of its own: phones press keys, applications send requests.

    run.py --binary target/debug/hookflash [--logs DIR] [--schemas DIR] [--tshark] [SCENE...]
    run.py --list

Every body that an application received is validated against the schemas. Exit code 0 when all scenes pass.
"""

import argparse
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
from office import SCENES, Alone, Failed, Office  # noqa: E402
from ladder import Checks  # noqa: E402
from schema import invalid_bodies  # noqa: E402
from server import Server, wait_for  # noqa: E402
from session import Failure  # noqa: E402
import csta  # noqa: E402,F401  (each registers its scenes)
import keys  # noqa: E402,F401
import cases  # noqa: E402,F401
import live  # noqa: E402,F401
import park  # noqa: E402,F401
import soak  # noqa: E402,F401
import edges  # noqa: E402,F401
import audio  # noqa: E402,F401
import elsewhere  # noqa: E402,F401
import apps  # noqa: E402

SCHEMAS = HERE.parent.parent / "crates/wire/tests/data/ecma-323"


def play(server, function, kind, bodies):
    """Plays one scene; None when all came as it must, else what did not."""
    office = Office(server, kind)
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


def play_alone(binary, name, function, logs, bodies):
    """Plays a scene that has a server of its own."""
    data = logs / name.split("/")[0]
    shutil.rmtree(data, ignore_errors=True)
    data.mkdir(parents=True)
    alone = Alone(binary, data, HERE / "office.cfg")
    reason = None
    try:
        function(alone)
    except (Failed, Failure, apps.csta_tcp.Failure, OSError) as failure:
        reason = str(failure) or repr(failure)
    try:
        bodies += alone.end()
    except (Failed, Failure, apps.csta_tcp.Failure, OSError) as failure:
        reason = reason or f"at the end: {failure}"
    return reason


def capture(server, data):
    """Begins a capture; the function that is returned ends it, and says what tshark found wrong."""
    file, tshark = str(data / "parties.pcap"), HERE.parent / "tshark"
    sip, sccp = server.addresses["sip"], server.addresses["sccp"]
    ports = [address.rpartition(":")[2] for address in (sip, sccp)]
    subprocess.run([tshark / "capture.sh", "start", file, *ports], check=True)

    def decode():
        subprocess.run([tshark / "capture.sh", "stop", file], check=True)
        done = subprocess.run([sys.executable, tshark / "check.py", file, "--sip", sip, "--sccp", sccp],
                              capture_output=True, text=True, check=False)
        print(done.stdout, end="")
        return "" if done.returncode == 0 else f"exit code {done.returncode} {done.stderr}"
    return decode


def chosen(words):
    return [entry for entry in SCENES if not words or any(entry[0] == word or entry[0].split("/")[0] == word
                                                          for word in words)]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", type=pathlib.Path)
    parser.add_argument("--logs", type=pathlib.Path)
    parser.add_argument("--schemas", type=pathlib.Path, default=SCHEMAS)
    parser.add_argument("--tshark", action="store_true", help="capture what the shared server sends, and decode it")
    parser.add_argument("--list", action="store_true", help="list the scenes and end")
    parser.add_argument("scenes", nargs="*")
    arguments = parser.parse_args()
    if arguments.list:
        for name, function, _ in SCENES:
            print(f"{name:<40}{function.__doc__.splitlines()[0]}")
        return 0
    if not arguments.binary:
        parser.error("--binary is needed")
    logs = arguments.logs or pathlib.Path(tempfile.mkdtemp(prefix="hookflash-parties-"))
    data = logs / "parties"
    shutil.rmtree(data, ignore_errors=True)  # what users have set would outlive a run
    data.mkdir(parents=True, exist_ok=True)
    checks, bodies = Checks(), []
    with Server(str(arguments.binary.resolve()), HERE / "office.cfg", "127.0.0.1", data) as server:
        decode = capture(server, data) if arguments.tshark else None
        for name, function, kind in chosen(arguments.scenes):
            began = time.monotonic()
            if kind == "alone":
                reason = play_alone(str(arguments.binary.resolve()), name, function, logs, bodies)
            else:
                reason = play(server, function, kind, bodies)
            took = time.monotonic() - began
            checks.check(reason is None, f"{name:<32} {function.__doc__.splitlines()[0]} ({took:.1f} s)", reason or "")
        if decode:
            said = decode()
            checks.check(not said, "tshark decodes all that the server sent", said)
    wrong = invalid_bodies(bodies, str(arguments.schemas))
    checks.check(not wrong, f"all {len(bodies)} bodies are schema-valid",
                 "; ".join(f"{name}: {reason}" for name, reason in wrong[:10]))
    written = [path.read_text(errors="replace") for path in logs.glob("*/server.log")]
    checks.check(not any("panicked" in text for text in written), "no server panicked")
    return checks.exit_code()


if __name__ == "__main__":
    sys.exit(main())
