#!/usr/bin/env python3
"""pyssimist, a simulator of applications for OpenScape, as an application of ours: it waits for a greeting, starts no session,
and names every request 0000.

    run.py --binary target/debug/hookflash [--logs DIR]

PYSSIMIST names a checkout of https://github.com/skarcos/pyssimist; without it one is made in the folder `target`. It is
GPL-3, so no part of it is kept here. Ends with 0 when all is well, 1 if the server failed, 2 if there is no pyssimist.
Everything it started has ended when it ends.
"""

import argparse
import os
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(HERE.parent / "lib"))
from server import PHONES, Failed, Phones, Server, wait_for  # noqa: E402

SOURCE = "https://github.com/skarcos/pyssimist"
COMMIT = "a29e5a181bc2e3266ede4e6fbd2512e4714bcf3f"
WITHIN = 60

CONFIG = """\
hostname office
voice service voip
 no cti shutdown
telephony-service
 max-ephones 4
 max-dn 4
 ip source-address 127.0.0.1 port 0
cti-manager
 csta tcp port 0
 csta greeting port 0 user openscape
application-user openscape
 group Standard CTI Enabled
 controlled-device number 201-202
ephone-dn 1 dual-line
 number 201
ephone-dn 2 dual-line
 number 202
ephone 1
 mac-address 0200.0000.0201
 type 7960
 button 1:1
ephone 2
 mac-address 0200.0000.0202
 type 7960
 button 1:2
end
"""


def checkout():
    """The folder with pyssimist; None if it cannot be had."""
    if named := os.environ.get("PYSSIMIST"):
        return pathlib.Path(named)
    folder = ROOT / "target" / "pyssimist"
    if not (folder / "csta" / "CstaApplication.py").exists():
        folder.mkdir(parents=True, exist_ok=True)
        for command in (["init", "--quiet"], ["fetch", "--quiet", "--depth", "1", SOURCE, COMMIT],
                        ["checkout", "--quiet", "FETCH_HEAD"]):
            environment = dict(os.environ, GIT_TERMINAL_PROMPT="0")
            try:
                subprocess.run(["git", "-C", folder, *command], env=environment, timeout=WITHIN, check=True)
            except (OSError, subprocess.SubprocessError):
                return None
    return folder


def run(binary, logs, folder):
    """The session of `session.py` against a server with two phones."""
    (logs / "office.cfg").write_text(CONFIG)
    with Server(binary, logs / "office.cfg", "127.0.0.1", logs) as server:
        with Phones(binary, server.addresses["sccp"], PHONES, logs, ["--auto-answer"]):
            wait_for("phones registered", 20, lambda: server.cli(
                "show ephone registered").count("REGISTERED in SCCP") == 2)
            host, port = server.address("csta-greeting")
            environment = dict(os.environ, PYTHONPATH=str(folder), PYTHONDONTWRITEBYTECODE="1")
            # It writes its own log into the folder where it runs.
            done = subprocess.run([sys.executable, HERE / "session.py", host, str(port), "201", "202"], cwd=logs,
                                  env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                  timeout=WITHIN, check=False)
            (logs / "pyssimist.log").write_text(done.stdout)
            said = re.findall(r"^(\d+) (\w+)$", done.stdout, re.MULTILINE)
            if done.returncode or "every answer and event came" not in done.stdout:
                raise Failed(f"pyssimist is not content:\n{done.stdout[-2000:]}")
            wait_for("its session ends with its connection", 10,
                     lambda: "openscape" not in server.cli("show cti session"))
    print(f"PASS  pyssimist: greeted, registered, two monitors, calls made, answered and cleared; {len(said)} events")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", required=True, type=pathlib.Path)
    parser.add_argument("--logs", type=pathlib.Path)
    arguments = parser.parse_args()
    logs = arguments.logs or pathlib.Path(tempfile.mkdtemp(prefix="hookflash-pyssimist-"))
    logs.mkdir(parents=True, exist_ok=True)
    try:
        folder = checkout()
        if folder is None:
            print(f"CANNOT RUN pyssimist: {SOURCE} cannot be reached; PYSSIMIST names a checkout of it")
            return 2
        run(str(arguments.binary.resolve()), logs.resolve(), folder.resolve())
    except (Failed, OSError, subprocess.TimeoutExpired) as failure:
        print(f"FAIL  {failure} (logs in {logs})")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
