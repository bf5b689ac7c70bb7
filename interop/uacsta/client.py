#!/usr/bin/env python3
"""An independent uaCSTA client with bad manners: fault tests over real sockets.

    client.py --sip 127.0.0.1:5060 --line 201 --peer 202 all
    client.py --list

Phones have to be registered on both lines; the peer should ring and may
answer. Each test prints PASS or FAIL; exit code 0 when all pass, else 1.
"""

import argparse
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
from session import Failure, clear_line  # noqa: E402
from bench import SLOW, TESTS, Bench  # noqa: E402
import manners  # noqa: E402,F401  (registers its tests)
import faults  # noqa: E402,F401
import heartbeats  # noqa: E402,F401
from ladder import Checks  # noqa: E402
from schema import invalid_bodies  # noqa: E402


def run(name, options):
    """Runs one test; None when it passed, else why not."""
    function, kind = TESTS[name]
    bench = Bench(options, kind)
    try:
        function(bench)
    except Failure as failure:
        return str(failure)
    except OSError as error:
        return f"network: {error}"
    finally:
        bench.close()
        options.bodies += [message.body for transport in bench.transports
                           for message in transport.arrived if message.body]
    return None


def tidy(options):
    """Ends what a failed test left behind, so that the next one stands alone."""
    for line in (options.line, options.peer):
        try:
            clear_line(options.target, line, options.limit)
        except (Failure, OSError):
            pass


def check_schemas(checks, options):
    """Validates all that the server sent in this run."""
    wrong = invalid_bodies(options.bodies, options.schemas)
    checks.check(not wrong, f"all {len(options.bodies)} bodies of the server are schema-valid",
                 "; ".join(f"{name}: {reason}" for name, reason in wrong[:10]))


def select(words):
    chosen = []
    for word in words:
        found = [name for name in TESTS if word in (name, name.split("/")[0])
                 or word == "all" and name not in SLOW or word == "slow" and name in SLOW]
        if not found:
            raise SystemExit(f"no test {word!r}; --list shows them")
        chosen += [name for name in found if name not in chosen]
    return chosen


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sip", help="Hookflash's SIP address, HOST:PORT (UDP and TCP)")
    parser.add_argument("--line", default="201", help="watched line with a registered phone")
    parser.add_argument("--peer", default="202", help="line to call, with a registered phone")
    parser.add_argument("--unknown", default="999", help="a number that is not configured")
    parser.add_argument("--limit", type=float, default=5.0, help="limit of each wait, seconds")
    parser.add_argument("--schemas", help="directory of csta-ed3.xsd and csta-ed6.xsd: validate "
                        "every body the server sent (needs xmllint)")
    parser.add_argument("--list", action="store_true", help="list the tests and end")
    parser.add_argument("tests", nargs="*", default=["all"], help="all, slow, NAME or NAME/tcp, NAME/udp")
    options = parser.parse_args()
    if options.list:
        for name, (function, _) in TESTS.items():
            print(f"{name:<28}{function.__doc__}")
        return 0
    if not options.sip:
        parser.error("--sip is needed")
    host, _, port = options.sip.rpartition(":")
    if not host.startswith("127."):
        parser.error("loopback only")
    options.target = (host, int(port))
    options.bodies = []
    checks = Checks()
    for name in select(options.tests or ["all"]):
        reason = run(name, options)
        if reason is not None:
            tidy(options)
        checks.check(reason is None, f"{name:<24} {TESTS[name][0].__doc__}", reason or "")
    if options.schemas:
        check_schemas(checks, options)
    return checks.exit_code()


if __name__ == "__main__":
    sys.exit(main())
