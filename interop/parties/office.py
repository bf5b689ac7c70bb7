"""The office: a server with phones that are told what to press, and what every scene needs."""

import os
import re
import select
import shutil
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
from apps import Failed, SipApp, TcpApp, require  # noqa: E402,F401
from server import Server  # noqa: E402
from phone import Phone, frame, sccp, words  # noqa: E402

SCENES = []
APPS = {
    "sip-ed3": lambda office: SipApp(office),
    "sip-ed6": lambda office: SipApp(office, edition="http://www.ecma-international.org/standards/ecma-323/csta/ed6"),
    "udp-ed3": lambda office: SipApp(office, kind="udp"),
    "tcp-ed3": lambda office: TcpApp(office),
    "tcp-ed6": lambda office: TcpApp(office, edition="http://www.ecma-international.org/standards/ecma-323/csta/ed6"),
}
VERSIONS = {"v11": 11, "v17": 17, "v20": 20}


def scene(*kinds):
    """Registers a scene for each of these applications or versions of phones."""
    def register(function):
        for kind in kinds or ("",):
            name = function.__name__.replace("_", "-") + (f"/{kind}" if kind else "")
            SCENES.append((name, function, kind))
        return function
    return register


class Office:
    """What one scene uses; all of it ends with the scene."""

    def __init__(self, server, kind):
        self.server, self.kind = server, kind
        self.opened, self.phones = [], []

    def app(self):
        return APPS[self.kind](self)

    def phone(self, number, version=None):
        phone = Phone(self.server.address("sccp"), f"SEP020000000{number}",
                      version or VERSIONS.get(self.kind, 17))
        self.phones.append(phone)
        require(phone.start(), f"{number} cannot register")
        return phone

    def all(self, *numbers):
        return [self.phone(number) for number in numbers]

    def until(self, condition, what, seconds=5):
        """Polls every phone until something holds."""
        end = time.monotonic() + seconds
        while not condition():
            left = end - time.monotonic()
            if left <= 0:
                raise Failed(f"{what} not within {seconds} s\n      "
                             + "\n      ".join(phone.describe() for phone in self.phones if not phone.closed))
            sccp_poll(self.phones, min(left, 0.2))

    def see(self, phone, *states):
        self.until(lambda: phone.shows(*states), f"{phone.name[-3:]} shows {states or 'nothing'}")

    def press(self, phone, label, state=None):
        """Presses a key that the phone must offer, for its call in a state."""
        if state is not None:
            self.until(lambda: phone.call(state), f"{phone.name[-3:]} has a call {state}")
        call = 0 if state is None else phone.call(state)
        self.until(lambda: label in phone.offered(call), f"{phone.name[-3:]} offers {label} for its call {state}")
        phone.soft_key(phone.event(label), phone.lines.get(call, 1), call)

    def prompt(self, phone, state, text):
        self.until(lambda: phone.prompts.get(phone.call(state)) == text,
                   f"{phone.name[-3:]} prompts {text!r} for its call {state}")

    def info(self, phone, state, **expected):
        def right():
            info = phone.infos.get(phone.call(state), {})
            return all(info.get(name) == value for name, value in expected.items())
        try:
            self.until(right, "CallInfo")
        except Failed:
            raise Failed(f"{phone.name[-3:]}: CallInfo of its call {state} is {phone.infos.get(phone.call(state))}, "
                         f"expected {expected}") from None

    def dial(self, phone, number):
        phone.send(frame(sccp.OFF_HOOK))
        phone.type(number)

    def connect(self, caller, callee, number):
        self.dial(caller, number)
        self.until(lambda: callee.call("ringin"), f"{number} rings")
        self.press(callee, "Answer", "ringin")
        self.until(lambda: caller.call("connected") and callee.call("connected"), "connected")

    def close(self):
        """Ends sessions and unregisters phones; returns the bodies that the server sent."""
        bodies = []
        for app in self.opened:
            app.close()
            bodies += app.bodies
        for phone in self.phones:
            if not phone.closed:
                try:
                    phone.send(frame(sccp.UNREGISTER))
                    phone.expect(0x118)
                except OSError:
                    pass
                phone.close()
        return bodies


class Alone(Office):
    """An office with a server of its own, whose configuration may change and which may be killed."""

    def __init__(self, binary, data, config):
        super().__init__(None, "alone")
        self.binary, self.data = binary, data
        self.config = data / "router.cfg"
        shutil.copy(config, self.config)
        self.begin(self.config)

    def begin(self, config):
        """Starts the server with a configuration, or with what it stored."""
        self.server = Server(self.binary, config, "127.0.0.1", self.data)

    def kill(self):
        """Ends the server as a power cut does; phones and applications of before are gone."""
        self.server.process.kill()
        self.server.process.wait(10)
        for phone in self.phones:
            phone.close()
        for app in self.opened:
            app.abandon()
        self.phones, self.opened = [], []

    def type(self, *lines):
        """Lines typed in one session of the terminal: exit code and output."""
        words = [word for line in lines for word in ("-c", line)]
        done = subprocess.run([self.binary, "cli", "--data", str(self.data), *words], capture_output=True, text=True,
                              timeout=20, check=False)
        return done.returncode, done.stdout + done.stderr

    def configure(self, *lines):
        """Lines of configuration that must be taken."""
        code, said = self.type("configure terminal", *lines, "end")
        require(code == 0, f"{lines}: {said}")
        return said

    def running(self):
        return re.sub(r"(?<=\S) +", " ", self.server.cli("show running-config"))

    def end(self):
        bodies = self.close()
        self.server.__exit__()
        return bodies


def sccp_poll(phones, seconds):

    open_ = [phone for phone in phones if not phone.closed]
    if not open_:
        return
    readable, _, _ = select.select(open_, [], [], seconds)
    for phone in readable:
        phone.poll(0)
