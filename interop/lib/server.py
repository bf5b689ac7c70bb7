"""A server under test: started, asked, ended."""

import os
import re
import select
import subprocess
import sys
import time

READY_WITHIN = 20

# The phones of numbers 201 and 202 in most configurations here.
PHONES = ["SEP020000000201", "SEP020000000202"]


class Failed(Exception):
    """Something is not as it must be."""


class Server:
    """A running server; ends with its `with` block."""

    def __init__(self, binary, config, address, data, options=()):
        self.binary, self.data = binary, data
        self.log = open(data / "server.log", "ab")
        named = ["--config", str(config)] if config else []  # else what was stored in the data directory
        command = [binary, "serve", *named, "--bind", address, "--data", str(data), *options]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=self.log)
        self.addresses = self.wait_until_ready()

    def wait_until_ready(self):
        line = first_line(self.process.stdout, READY_WITHIN)
        if not line.startswith("ready "):
            self.process.kill()
            raise Failed(f"no ready line but {line!r}; see {self.log.name}")
        return dict(re.findall(r"([\w-]+)=(\S+)", line))

    def address(self, service):
        """Host and port of a service, as sockets want them."""
        host, _, port = self.addresses[service].rpartition(":")
        return host.strip("[]"), int(port)

    def open_files(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def cli(self, command):
        done = subprocess.run(
            [self.binary, "cli", "--data", str(self.data), "-c", command],
            capture_output=True, text=True, timeout=20, check=False)
        if done.returncode:
            raise Failed(f"{command}: {done.stdout}{done.stderr}")
        return done.stdout

    def configure(self, *lines):
        """Lines of configuration that must be taken."""
        commands = [part for line in ("configure terminal", *lines, "end") for part in ("-c", line)]
        done = subprocess.run([self.binary, "cli", "--data", str(self.data), *commands],
                              capture_output=True, text=True, timeout=20, check=False)
        if done.returncode:
            raise Failed(f"{str(lines)[:200]}: {(done.stdout + done.stderr)[-400:]}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        try:
            code = self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise Failed("the server does not end on SIGTERM") from None
        if code and sys.exc_info()[0] is None:
            raise Failed(f"the server ended with {code}")


class Phones:
    """Software phones that stay registered; they end with their `with` block."""

    def __init__(self, binary, server, names, logs, options=()):
        self.processes = []
        for name in names:
            log = open(logs / f"{name}.log", "wb")
            command = [binary, "phone", "--server", server, "--name", name, *options]
            self.processes.append(
                subprocess.Popen(command, stdin=subprocess.PIPE, stdout=log, stderr=log))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            process.wait(10)


def first_line(stream, within):
    """The first line of a pipe, or what there is after a while."""
    deadline = time.monotonic() + within
    text = b""
    while not text.endswith(b"\n") and time.monotonic() < deadline:
        if select.select([stream], [], [], 0.2)[0]:
            piece = os.read(stream.fileno(), 4096)
            if not piece:
                break
            text += piece
    return text.decode(errors="replace").strip()


def wait_for(what, within, question):
    deadline = time.monotonic() + within
    while not question():
        if time.monotonic() > deadline:
            raise Failed(f"{what} not within {within} s")
        time.sleep(0.1)
