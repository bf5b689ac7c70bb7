#!/usr/bin/env python3
"""Attacks a server and checks that nobody else notices.

    run.py --binary target/debug/hookflash [--logs DIR] [ATTACK...]

After each attack the bystanders' phones call each other and their application must see every event. At the end
the server has no session, call or connection left over and is not bigger than it should be.
"""

import argparse
import pathlib
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
from office import ATTACKS, Failed, Failure, Office, Server, require, wait_for  # noqa: E402
# Each registers its attacks. Sessions that attackers left behind have time to end during those on phones.
import applications  # noqa: E402,F401
import crowds  # noqa: E402,F401
import streams  # noqa: E402,F401
import phones  # noqa: E402,F401
import strangers  # noqa: E402
import operators  # noqa: E402



def run(office, attack):
    """Runs one attack; None when everything held, else what did not."""
    began = time.monotonic()
    try:
        attack(office)
        office.tidy()
        office.keep_alive()
        office.a_call_works()
        most = 2 * office.idle + office.budget
        require(resident(office.server) < most, f"{resident(office.server)} MB are in use, {most} may be")
    except (Failed, Failure, OSError) as failure:
        return f"{failure} ({type(failure).__name__})"
    except Exception as failure:  # noqa: BLE001  (an attack that breaks is no reason not to try the others)
        return f"the attack itself broke: {failure!r}"
    finally:
        office.tidy()
        office.took = time.monotonic() - began
    return None


def nothing_left(office, server, before, idle):
    """Sessions, calls, connections and memory are what they were, or nearly."""
    wait_for("sessions of attackers gone", 45, lambda: count(server, "show cti session", "tel:|sip:") <= 1)
    wait_for("calls gone", 20, lambda: "no active GCID" in server.cli("show cti gcid"))
    wait_for("connections gone", 40, lambda: server.open_files() <= before + 4)
    megabytes, most = resident(server), 2 * idle + office.budget
    require(megabytes < most, f"{megabytes} MB are in use, {idle} MB were when it was idle")
    print(f"PASS  nothing is left: {server.open_files()} open files, {megabytes} MB")


def count(server, command, what):
    lines = server.cli(command).splitlines()
    return sum(any(word in line for word in what.split("|")) for line in lines)


def resident(server):
    status = pathlib.Path(f"/proc/{server.process.pid}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) // 1024


def attack_all(binary, logs, names):
    failed = []
    chosen = [attack for attack in ATTACKS if not names or attack.__name__ in names]
    data = logs / "hostile"
    data.mkdir(parents=True, exist_ok=True)
    with Server(binary, HERE / "office.cfg", "127.0.0.1", data) as server:
        office = Office(server)
        office.idle, office.budget = resident(server), office.memory_budget() >> 20
        before, idle = server.open_files(), resident(server)
        for attack in chosen:
            failure = run(office, attack)
            name = attack.__name__.replace("_", "-")
            print(f"FAIL  {name}: {failure}" if failure else f"PASS  {name} ({office.took:.1f} s)", flush=True)
            if failure:
                failed.append(name)
                idle_before, budget = office.idle, office.budget
                office = Office(server)
                office.idle, office.budget = idle_before, budget
        try:
            nothing_left(office, server, before, idle)
        except Failed as failure:
            print(f"FAIL  something is left: {failure}")
            failed.append("left")
    log = (data / "server.log").read_text(errors="replace")
    if "panicked" in log:
        print("FAIL  the server panicked")
        failed.append("panic")
    return failed


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", required=True, type=pathlib.Path)
    parser.add_argument("--logs", type=pathlib.Path)
    parser.add_argument("attacks", nargs="*")
    arguments = parser.parse_args()
    binary = str(arguments.binary.resolve())
    logs = arguments.logs or pathlib.Path(tempfile.mkdtemp(prefix="hookflash-hostile-"))
    failed = attack_all(binary, logs, [name.replace("-", "_") for name in arguments.attacks])
    if not arguments.attacks:
        failed += operators.run_all(binary, logs)
        failed += strangers.run_all(binary, logs)
    if failed:
        print(f"failed: {' '.join(failed)} (logs in {logs})")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
