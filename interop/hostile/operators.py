"""Attacks from within: configurations, the command line, the control socket, signals."""

import os
import pathlib
import re
import signal
import socket
import subprocess
import time

from office import A, B, Dialog, Failed, RINGIN, Server, Transport, require
from sccp import RESET, Phone
from server import first_line

HERE = pathlib.Path(__file__).resolve().parent
SEEDS = HERE.parent.parent / "crates/config/tests/data"
OFFICE = (HERE / "office.cfg").read_text()
TRIALS = []


def trial(function):
    """Registers a trial; its first line of documentation is what must hold."""
    TRIALS.append(function)
    return function


class Bench:
    """The binary, and a directory for each trial."""

    def __init__(self, binary, logs, name):
        self.binary, self.data = binary, logs / name
        self.data.mkdir(parents=True, exist_ok=True)

    def file(self, content, name="router.cfg"):
        path = self.data / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def run(self, *words, limit=20, text=None):
        return subprocess.run([self.binary, *map(str, words)], capture_output=True, timeout=limit,
                              check=False, input=text)

    def serve(self, content=OFFICE, address="127.0.0.1"):
        return Server(self.binary, self.file(content), address, self.data)

    def refused(self, *words, saying):
        """`serve` ends with 1 and one clear message."""
        done = self.run("serve", *words)
        said = done.stderr.decode(errors="replace")
        require(done.returncode == 1, f"{words}: ended with {done.returncode}: {said}")
        require(re.search(saying, said), f"{words}: does not say {saying!r} but {said!r}")
        require("panicked" not in said and done.stdout == b"", f"{words}: {said}")


@trial
def seeds_in_every_dress(bench):
    """The seeds with CR LF, tabs, a mark of byte order, trailing blanks, upper case, show's headline: they run."""
    for name in ("moc", "session-manager"):
        plain = (SEEDS / f"{name}.cfg").read_text()
        dresses = {
            "CR LF": plain.replace("\n", "\r\n"),
            "tabs": re.sub(r"(?m)^ +", "\t", plain),
            "mark": "\ufeff" + plain,
            "blanks": plain.replace("\n", "   \n"),
            "headline": "Building configuration...\n\nCurrent configuration : 1234 bytes\n!\n"
                        "! Last configuration change at 12:00:00 UTC\n!\n" + plain,
            "prompt": "router#show running-config\nBuilding configuration...\n\n" + plain + "\nrouter#\n",
        }
        for dress, text in dresses.items():
            done = bench.run("check", bench.file(text))
            require(done.returncode == 0, f"{name}, {dress}: {done.stdout.decode()}")
        with bench.serve(dresses["CR LF"], "127.0.0.4") as server:
            require("ephone-1" in server.cli("show ephone"), f"{name}: no phones")


@trial
def upper_case(bench):
    """Keywords in upper case are keywords."""
    text = re.sub(r"(?m)^( *)(no |ephone-dn|ephone|number|button|telephony-service|max-dn|max-ephones|mac-address)",
                  lambda m: m.group(0).upper(), OFFICE)
    with bench.serve(text) as server:
        phone = Phone(server.address("sccp"))
        require(phone.register(A), "the phone of an upper case configuration cannot register")


@trial
def truncated(bench):
    """The seeds cut off anywhere: diagnosed or run, never a crash."""
    text = (SEEDS / "session-manager.cfg").read_bytes()
    for cut in range(0, len(text), max(1, len(text) // 25)):
        done = bench.run("check", bench.file(text[:cut]))
        require(done.returncode in (0, 1) and b"panicked" not in done.stderr, f"cut at {cut}: {done.stderr}")


@trial
def binary_configuration(bench):
    """Files that are no configuration: errors, no crash, and not megabytes of them."""
    for name, content in {"random": os.urandom(20000), "zeros": bytes(10000), "long": b"x" * 1000000,
                          "deep": b"".join(b" " * n + b"ephone 1\n" for n in range(300))}.items():
        done = bench.run("check", bench.file(content))
        require(done.returncode in (0, 1) and b"panicked" not in done.stderr, f"{name}: {done.stderr[:200]}")


@trial
def wrong_lines(bench):
    """Wrong lines of ours are reported with line and column; check then fails."""
    path = bench.file(OFFICE.replace(" max-dn 10", " max-dn ten") + "\nephone 6\n mac-adress 0200.0000.0206\n")
    done = bench.run("check", path)
    said = done.stdout.decode()
    require(done.returncode == 1, f"ended with {done.returncode}: {said}")
    line = OFFICE.splitlines().index(" max-dn 10") + 1
    require(f":{line}:" in said, f"line {line} is not named: {said}")
    require("mac-address" in said, f"no suggestion: {said}")


def a_taken_port():
    """A listening socket at a port that `ip source-address` takes: 2000 to 9999."""
    for port in range(2100, 10000):
        holder = socket.socket()
        try:
            holder.bind(("127.0.0.1", port))
            holder.listen()
            return holder
        except OSError:
            holder.close()
    raise Failed("no port is free")


@trial
def what_cannot_run(bench):
    """Whatever prevents serving is one clear message and exit code 1."""
    office = bench.file(OFFICE)
    missing = bench.data / "missing.cfg"
    bench.refused("--config", missing, saying="missing.cfg")
    bench.refused("--config", bench.data, saying="(?i)directory")
    bench.refused("--config", bench.file("", "empty.cfg"), saying="ip source-address")
    bench.refused("--config", bench.file("hostname x\n", "bare.cfg"), saying="no telephony-service")
    with Server(bench.binary, bench.data / "empty.cfg", "127.0.0.6", bench.data) as server:
        require("sccp" not in server.addresses, "an empty configuration serves phones")
    require("no telephony-service" in (bench.data / "server.log").read_text(), "no word about the empty configuration")
    bench.refused("--config", office, "--data", "/proc/nowhere", saying="/proc/nowhere")
    bench.refused("--config", office, "--bind", "192.0.2.1", saying="192.0.2.1")
    bench.refused("--config", office, "--data", office, saying="router.cfg")
    bench.refused(saying="config")
    with bench.serve() as server, a_taken_port() as holder:
        port = holder.getsockname()[1]
        taken = OFFICE.replace("127.0.0.1 port 0\n timeouts", f"127.0.0.1 port {port}\n timeouts")
        bench.refused("--config", bench.file(taken, "taken.cfg"), saying=f"{port}")
        bench.refused("--config", office, "--data", bench.data, saying="another server")
        require("hostile" in server.cli("show hostname"), "the first server is disturbed")


@trial
def addresses(bench):
    """IPv6, no source address with --bind, and a host name in place of an address."""
    with bench.serve(address="::1") as server:
        require(server.addresses["sccp"].startswith("[::1]:"), f"{server.addresses}")
        link = socket.create_connection(server.address("sip"), 3)
        link.sendall(b"OPTIONS sip:[::1] SIP/2.0\r\nVia: SIP/2.0/TCP [::1]:5;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\n"
                     b"To: <sip:[::1]>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 1\r\n\r\n")
        require(link.recv(65536).startswith(b"SIP/2.0 200"), "no SIP over IPv6")
        link.close()
    without = re.sub(r"(?m)^ (ip )?source-address.*\n|^cti-manager\n csta.*\n", "", OFFICE)
    with bench.serve(without, "127.0.0.5") as server:
        require(server.addresses == {"sccp": "127.0.0.5:2000", "sip": "127.0.0.5:5060"}, f"{server.addresses}")


@trial
def signals(bench):
    """SIGTERM and SIGINT with sessions and calls: BYE and Reset arrive, and it ends with 0 within 3 seconds."""
    for number in (signal.SIGTERM, signal.SIGINT):
        with bench.serve() as server:
            alice, bob = Phone(server.address("sccp")), Phone(server.address("sccp"))
            require(alice.register(A) and bob.register(B), "no phones")
            stream = Dialog(Transport(server.address("sip"), "tcp", 3), "201").open()
            datagrams = Dialog(Transport(server.address("sip"), "udp", 3), "201").open()
            deaf = Dialog(Transport(server.address("sip"), "tcp", 3, receive_buffer=2048), "201").open()
            for _ in range(50):
                deaf.monitor("tel:201")
            alice.dial("202")
            require(bob.expect_state(RINGIN), "no ring")
            server.process.send_signal(number)
            began = time.monotonic()
            require(alice.expect(RESET, 3) and bob.expect(RESET, 3), "the phones are not told to restart")
            for dialog in (stream, datagrams):
                require(dialog.transport.wait(lambda d=dialog: d.ended, 3), "no BYE")
            code = server.process.wait(5)
            took = time.monotonic() - began
            require(code == 0 and took < 3, f"ended with {code} after {took:.1f} s")
            require(not (bench.data / "control").exists(), "the control socket is left")


@trial
def killed_server(bench):
    """A server that is killed leaves nothing that keeps the next one from starting."""
    server = bench.serve()
    server.process.kill()
    server.process.wait()
    with bench.serve() as again:
        require("hostile" in again.cli("show hostname"), "the second server does not answer")


@trial
def command_line(bench):
    """Commands that are long, binary, many, unknown, by pipe, with no server."""
    done = bench.run("cli", "--data", bench.data / "nobody", "-c", "show clock")
    require(done.returncode == 1 and b"panicked" not in done.stderr, f"no server: {done.stderr}")
    with bench.serve() as server:
        def ask(*commands):
            words = [word for command in commands for word in ("-c", command)]
            return bench.run("cli", "--data", bench.data, *words).stdout.decode(errors="replace")
        for command in ("x" * 5000, "show " + "\u00e9" * 3000, "x" * 100000):
            said = ask(command, "show hostname")
            require(said.endswith("hostile\n") and said.count("%") == 1, f"{len(command)} characters: {said[:300]!r}")
        for command in ("\x01\x02", "show\tversion", "?", "show ?", "sh?", "show ephone dn 99999999999", "clear cti session 0"):
            require("panicked" not in ask(command), command)
        done = bench.run("cli", "--data", bench.data, text=b"show hostname\n\nshow nonsense\nsh run\nexit\nshow version\n")
        require(b"hostile" in done.stdout and b"number 201" in done.stdout and done.returncode == 0, f"{done}")
        raw_control(bench)
        many = [subprocess.Popen([bench.binary, "cli", "--data", bench.data, "-c", "show running-config"],
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(40)]
        answers = [one.communicate(timeout=20)[0] for one in many]
        require(all(b"number 201" in answer for answer in answers), "not every operator is answered")
        for shown in ("show running-config", "show ephone", "show cti session", "show cti call", "show cti line-node",
                      "show cti gcid", "show version", "show clock"):
            require(server.cli(shown).strip(), f"{shown} prints nothing")


def raw_control(bench):
    """The control socket with bytes of no encoding, no line end, and a megabyte without one."""
    for data in (b"\xff\xfe show clock\n", b"show hostname", b"x" * 1000000, b"\0" * 10 + b"\n"):
        control = socket.socket(socket.AF_UNIX)
        control.settimeout(3)
        control.connect(str(bench.data / "control"))
        try:
            control.sendall(data)
            control.sendall(b"\nshow hostname\n")
            said = b""
            while not said.endswith(b"hostile\n"):
                piece = control.recv(4096)
                require(piece, f"{data[:20]!r}: closed after {said!r}")
                said += piece
        except OSError as error:
            raise Failed(f"{data[:20]!r}: {error}") from error
        control.close()


def run_all(binary, logs):
    failed = []
    for function in TRIALS:
        name = function.__name__.replace("_", "-")
        began = time.monotonic()
        try:
            function(Bench(binary, logs, name))
            print(f"PASS  {name} ({time.monotonic() - began:.1f} s)", flush=True)
        except (Failed, OSError, subprocess.TimeoutExpired) as failure:
            print(f"FAIL  {name}: {failure}", flush=True)
            failed.append(name)
        except Exception as failure:  # noqa: BLE001
            print(f"FAIL  {name}: the trial itself broke: {failure!r}", flush=True)
            failed.append(name)
    return failed
