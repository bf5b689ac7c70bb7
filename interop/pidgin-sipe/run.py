#!/usr/bin/env python3
"""Runs the real pidgin-sipe against Hookflash: log in to log out.

    run.py --sip 127.0.0.1:5060 [--line 201 --dial 202] [--transcript FILE]

Phones have to be registered on both lines by someone else; the dialled one
may answer or not. Exit code 0 when every check holds, 1 when one fails, 2
when the client cannot be run at all. See ../README.md.
"""

import argparse
import asyncio
import json
import os
import re
import shutil
import signal
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
sys.path.insert(0, os.path.join(HERE, "..", "uacsta"))
sys.path.insert(0, HERE)
from ladder import Checks, Ladder  # noqa: E402
from registrar import Registrar  # noqa: E402
from schema import invalid_bodies  # noqa: E402
from session import Failure, clear_line  # noqa: E402
from sipmsg import child, local_name, text_of, xml_root  # noqa: E402

CLIENT_EVENTS = {
    "OriginatedEvent": "originatedConnection",
    "DeliveredEvent": "connection",
    "EstablishedEvent": "establishedConnection",
    "ConnectionClearedEvent": "droppedConnection",
}


class CannotRun(Exception):
    """The client side itself does not work: nothing was proved."""


class Client:
    """The messenger process: its commands and what it reported."""

    def __init__(self, registrar):
        self.registrar = registrar
        self.debug = []
        self.state = None
        self.errors = []
        self.loaded = None
        self.process = None
        self.ended = False

    async def start(self, options, directory):
        self.process = await asyncio.create_subprocess_exec(
            sys.executable, os.path.join(HERE, "messenger.py"),
            "--user", "messenger@hookflash.test",
            "--server", f"127.0.0.1:{self.registrar.port}",
            "--buddy", "sip:colleague@hookflash.test", "--directory", directory,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL if not options.verbose else None,
            limit=1 << 22, start_new_session=True,
            env={**os.environ, "LC_ALL": "C", "HOME": directory,
                 "DBUS_SESSION_BUS_ADDRESS": "unix:path=/nonexistent"})
        self.registrar.tasks.append(asyncio.create_task(self._read(options)))

    async def _read(self, options):
        while line := await self.process.stdout.readline():
            try:
                item = json.loads(line)
            except ValueError:
                continue
            self._take(item, options)
            self.registrar.changed.set()
        self.ended = True
        self.registrar.changed.set()

    def _take(self, item, options):
        kind = item["event"]
        if kind == "debug":
            self.debug.append(item["text"])
            if options.verbose:
                print(f"    [{item['category']}] {item['text']}")
        elif kind == "state":
            self.state = item["value"]
            self.registrar.ladder.note(f"messenger: account {self.state}")
        elif kind == "loaded":
            self.loaded = item
        elif kind == "error":
            self.errors.append(item["value"])

    def logged(self, pattern, since=0):
        """Whether the plugin's own debug log has a matching entry."""
        return any(re.search(pattern, entry) for entry in self.debug[since:])

    def command(self, text):
        self.registrar.ladder.note(f"user: {text}")
        if self.process.stdin.is_closing() or self.ended:
            raise CannotRun("the messenger process ended early")
        self.process.stdin.write(text.encode() + b"\n")

    async def stop(self):
        if self.process is None or self.process.returncode is not None:
            return
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        await self.process.wait()


class Scenario:
    """The steps, in order, with what has to be seen after each."""

    def __init__(self, options, checks, registrar, client):
        self.options = options
        self.checks = checks
        self.registrar = registrar
        self.client = client

    async def until(self, condition, text, seconds=None):
        ok = await self.registrar.wait_for(
            lambda: condition() or self.client.ended, seconds or self.options.timeout)
        return self.checks.check(ok and condition(), text)

    def sent(self, method, root=None):
        """Requests the client sent to the gateway."""
        return [m for m in self.registrar.to_gateway if not m.is_response
                and m.method == method and (root is None or _root(m) == root)]

    def received(self, root):
        """Messages of Hookflash whose body has this root element."""
        return [m for m in self.registrar.from_gateway if _root(m) == root]

    def answers(self, method, status=200):
        return [m for m in self.registrar.from_gateway
                if m.is_response and m.method == method and m.status == status]

    async def run(self):
        if not await self.log_in():
            return
        if not await self.session():
            return
        if self.options.refresh:
            # After it the client's CSeq begins again at 2: MakeCall shows that.
            await self.refresh("before the call")
        if await self.make_call():
            await self.events()
        if self.options.refresh == "twice":
            await self.refresh("after the call began")
        if self.received("MakeCallResponse"):
            await self.clear_call()
        await self.log_out()
        self.overall()

    async def log_in(self):
        await self.registrar.wait_for(
            lambda: self.client.loaded or self.client.errors or self.client.ended, 15)
        if not self.client.loaded:
            raise CannotRun("; ".join(self.client.errors) or "libpurple did not start")
        if self.client.loaded["cleared"] != 1:
            raise CannotRun(f"SAX2 magic number found {self.client.loaded['cleared']} times")
        return await self.until(lambda: self.client.state == "connected",
                                "messenger logged in at the registrar", 20)

    async def session(self):
        client = self.client
        if not await self.until(lambda: self.answers("INVITE"), "INVITE RequestSystemStatus: 200"):
            return False
        if not await self.until(lambda: client.logged(r"gateway_status=normal"),
                                "client read systemStatus normal"):
            return False
        await self.until(lambda: self.received("GetCSTAFeaturesResponse"),
                         "GetCSTAFeatures answered in its 200")
        monitored = await self.until(lambda: client.logged(r"monitor_cross_ref_id=\S+"),
                                     "client read the monitorCrossRefID")
        for answer in self.answers("INVITE")[:1]:
            self.checks.check(answer.get("Contact"), "200 to INVITE has a Contact")
            self.checks.check("timer" in answer.get("Require", "").lower()
                              and answer.get("Session-Expires"),
                              "200 to INVITE runs the session timer (Require, Session-Expires)")
            self.checks.check((answer.get("Content-Type") or "").lower()
                              .startswith("application/csta+xml"), "200 to INVITE is csta+xml")
        return monitored

    async def make_call(self):
        self.client.command(f"call {self.options.dial_uri}")
        if not await self.until(lambda: self.sent("INFO", "MakeCall"), "client sent MakeCall"):
            print("      " + "; ".join(self.client.errors))
            return False
        if not await self.until(lambda: self.received("MakeCallResponse"),
                                "MakeCall answered with MakeCallResponse"):
            for error in self.received("CSTAErrorCode"):
                print("      " + error.body.decode("utf-8", "replace"))
            return False
        response = xml_root(self.received("MakeCallResponse")[0].body)
        if self.options.refresh:
            before, now = self.sent("INFO", "MonitorStart")[0], self.sent("INFO", "MakeCall")[0]
            self.checks.check(now.cseq < before.cseq, "CSeq began again after the refresh",
                              f"{before.cseq}, {now.cseq}")
        self.checks.check(text_of(response, "callingDevice", "deviceID") == self.options.line_uri,
                          "MakeCallResponse echoes the line URI verbatim",
                          text_of(response, "callingDevice", "deviceID"))
        return await self.until(
            lambda: self.client.logged(r"process_csta_make_call_response: call_id=\S+"),
            "client took the callID of its call")

    async def events(self):
        for name in ["OriginatedEvent", "DeliveredEvent"] + self.options.expect:
            await self.until(lambda name=name: self.received(name), f"{name} sent by Hookflash",
                             self.options.expect_timeout)
        await asyncio.sleep(self.options.talk)
        client = self.client
        await self.until(lambda: client.logged(r"update_id_and_status: device_id=\("),
                         "client took the events for its call")
        self.check_identity()
        order = [_root(message) for message in self.registrar.from_gateway]
        events = [index for index, name in enumerate(order) if name in CLIENT_EVENTS]
        self.checks.check(events and order.index("MakeCallResponse") < events[0],
                          "MakeCallResponse comes before the events")

    def check_identity(self):
        reference = text_of(xml_root(self.received("MonitorStartResponse")[0].body),
                            "monitorCrossRefID")
        response = xml_root(self.received("MakeCallResponse")[0].body)
        call = text_of(response, "callingDevice", "callID")
        for message in self.registrar.from_gateway:
            name = _root(message)
            if message.is_response or not name or not name.endswith("Event"):
                continue
            root = xml_root(message.body)
            good = text_of(root, "monitorCrossRefID") == reference
            connection = CLIENT_EVENTS.get(name)
            if connection:
                good = good and text_of(root, connection, "callID") == call
                good = good and child(root, connection, "deviceID") is not None
            self.checks.check(good, f"{name} names the monitor and the call")

    async def refresh(self, text):
        """Waits for the next re-INVITE the client sends to keep its session."""
        known = len(self.answers("INVITE"))
        seconds = self.options.session_expires - 60 + self.options.timeout
        await self.until(lambda: len(self.answers("INVITE")) > known,
                         f"re-INVITE {text} answered 200", seconds)
        await self.until(lambda: len(self.sent("ACK")) >= len(self.answers("INVITE")),
                         f"client acknowledged the refresh {text}")
        monitors = len(self.sent("INFO", "MonitorStart"))
        self.checks.check(monitors == 1, f"monitor kept over the refresh {text}",
                          f"{monitors} MonitorStart")

    async def clear_call(self):
        """Another application ends the call; this client is told."""
        registrar, options = self.registrar, self.options
        self.checks.check(not self.client.logged("callID .* does not match"),
                          "client dropped no event of its call")
        registrar.ladder.note(f"another application clears the calls of line {options.line}")
        try:
            await asyncio.to_thread(clear_line, registrar.gateway, options.line, options.timeout)
        except (Failure, OSError) as failure:
            self.checks.check(False, "another application clears the call", str(failure))
            return
        await self.until(lambda: self.received("ConnectionClearedEvent"),
                         "ConnectionClearedEvent sent by Hookflash")

    async def log_out(self):
        self.client.command("logout")
        await self.until(lambda: self.sent("INFO", "MonitorStop"), "client sent MonitorStop")
        await self.until(lambda: self.sent("BYE"), "client sent BYE")
        await self.until(lambda: self.received("MonitorStopResponse"), "MonitorStop answered")
        await self.until(lambda: self.answers("BYE"), "BYE answered 200")
        await self.until(lambda: self.client.state == "disconnected", "messenger logged out")

    def overall(self):
        registrar = self.registrar
        for fault in registrar.faults:
            self.checks.check(False, "no fault in the relay", fault)
        self.checks.check(not registrar.upstream_lost, "Hookflash kept the connection open")
        bad = [m.summary() for m in registrar.from_gateway if m.status >= 400]
        self.checks.check(not bad, "no request of the client was refused", ", ".join(bad))
        if self.options.schemas:
            wrong = invalid_bodies([m.body for m in registrar.from_gateway if m.body],
                                   self.options.schemas)
            self.checks.check(not wrong, "every body from Hookflash is schema-valid",
                              "; ".join(f"{name}: {reason}" for name, reason in wrong[:10]))
        unparsed = [m.start for m in registrar.from_gateway if m.body and xml_root(m.body) is None]
        self.checks.check(not unparsed, "every body from Hookflash is well-formed XML")


def _root(message):
    root = xml_root(message.body) if message.body else None
    return local_name(root) if root is not None else None


async def drive(options, ladder, checks):
    directory = tempfile.mkdtemp(prefix="hookflash-pidgin-")
    host, _, port = options.sip.rpartition(":")
    registrar = Registrar(ladder, (host.strip("[]"), int(port)), options)
    client = Client(registrar)
    try:
        await registrar.start()
        await client.start(options, directory)
        await asyncio.wait_for(Scenario(options, checks, registrar, client).run(), options.limit)
    except asyncio.TimeoutError:
        checks.check(False, f"finished or connected in time (limit {options.limit} s)")
    except OSError as error:
        checks.check(False, f"connect to {options.sip}", str(error))
    finally:
        await client.stop()
        if hasattr(registrar, "server"):
            await registrar.stop()
        shutil.rmtree(directory, ignore_errors=True)
        if options.client_log:
            with open(options.client_log, "w", encoding="utf-8") as out:
                out.write("\n".join(client.debug) + "\n")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sip", required=True, help="Hookflash's SIP TCP address, HOST:PORT")
    parser.add_argument("--line", default="201", help="directory number the client controls")
    parser.add_argument("--dial", default="202", help="directory number it dials")
    parser.add_argument("--line-uri", help="line URI (default tel:LINE)")
    parser.add_argument("--gateway-uri", help="gateway URI (default sip:LINE@hookflash.test)")
    parser.add_argument("--relay", choices=["verbatim", "proxy"], default="verbatim")
    parser.add_argument("--office", type=int, choices=[2005, 2007], default=2005,
                        help="office server the registrar plays")
    parser.add_argument("--session-expires", type=int, default=65,
                        help="seconds shown to the client (it refreshes 60 s earlier); 0 = as sent")
    parser.add_argument("--refresh", choices=["", "once", "twice"], default="twice")
    parser.add_argument("--expect", action="append", default=[], metavar="EVENT",
                        help="a further event to wait for after MakeCall, e.g. EstablishedEvent")
    parser.add_argument("--expect-timeout", type=float, default=10.0,
                        help="limit of the wait for each event, seconds")
    parser.add_argument("--talk", type=float, default=1.0,
                        help="seconds to listen for events after MakeCall")
    parser.add_argument("--timeout", type=float, default=5.0, help="limit of each step, seconds")
    parser.add_argument("--limit", type=float, default=90.0, help="limit of the whole run")
    parser.add_argument("--transcript", help="write every message in full to this file")
    parser.add_argument("--schemas", help="directory of csta-ed3.xsd: validate every body "
                        "Hookflash sent (needs xmllint)")
    parser.add_argument("--client-log", help="write libpurple's debug log to this file")
    parser.add_argument("--verbose", action="store_true", help="print libpurple's debug log")
    options = parser.parse_args()
    options.line_uri = options.line_uri or f"tel:{options.line}"
    options.gateway_uri = options.gateway_uri or f"sip:{options.line}@hookflash.test"
    options.dial_uri = f"tel:{options.dial}"
    if not options.session_expires:
        options.refresh = ""
    return options


def main():
    options = arguments()
    ladder, checks = Ladder(), Checks()
    # Ends through the clean-up below; the messenger ends with its input anyway.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        asyncio.run(drive(options, ladder, checks))
    except CannotRun as error:
        print(f"CANNOT RUN  {error}")
        return 2
    finally:
        if options.transcript:
            ladder.write(options.transcript)
    return checks.exit_code()


if __name__ == "__main__":
    sys.exit(main())
