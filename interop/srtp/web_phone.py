"""A phone in a browser: SIP over WebSocket, written here, with the audio of `browser.py`."""

import json
import pathlib
import select
import subprocess

from server import Failed
from user_agent import UserAgent

PROGRAM = pathlib.Path(__file__).resolve().parent / "browser.py"
# The Python of Debian, for which there is aiortc.
PYTHON = "/usr/bin/python3"


class WebPhone(UserAgent):
    """It offers and answers what aiortc writes."""

    def __init__(self, server, number, tone, password):
        self.child = subprocess.Popen([PYTHON, PROGRAM, str(tone)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.offered, self.tone = None, tone
        super().__init__(server, number, password=password, transport="ws")

    def ask(self, do, **parameters):
        """What the browser says to a command."""
        self.child.stdin.write(json.dumps({"do": do, **parameters}) + "\n")
        self.child.stdin.flush()
        if not select.select([self.child.stdout], [], [], 10)[0]:
            raise Failed(f"the browser says nothing to {do}")
        said = json.loads(self.child.stdout.readline() or '{"error": "it has ended"}')
        if "error" in said:
            raise Failed(f"{do}: {said['error']}")
        return said

    def sdp(self, direction="sendrecv", version=1):
        offered, self.offered = self.offered, None
        said = self.ask("answer", sdp=offered) if offered else self.ask("offer")
        return said["sdp"].encode()

    def take_request(self, message):
        if message.method == "INVITE":
            self.offered = message.body.decode() or None
        elif message.method == "ACK" and message.body:
            self.ask("accept", sdp=message.body.decode())
        return super().take_request(message)

    def take_response(self, message):
        if message.method == "INVITE" and 200 <= message.status < 300 and message.body:
            self.ask("accept", sdp=message.body.decode())
        super().take_response(message)

    def power(self, tone):
        with self.lock:
            return self.ask("heard", tone=tone)["power"]

    def close(self):
        super().close()
        self.child.stdin.close()
        try:
            self.child.wait(5)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
