"""baresip as Debian has it, as a SIP phone: started with a configuration of its own, led through its control socket."""

import json
import math
import pathlib
import socket
import struct
import subprocess
import tempfile
import time
import wave

CONFIG = """poll_method epoll
sip_listen {ip}:0
call_max_calls 4
audio_player aubridge,heard
snd_path {home}
audio_source aufile,{home}/speech.wav
audio_alert aufile,{home}/alert.wav
ausrc_srate 8000
auplay_srate 8000
ausrc_channels 1
auplay_channels 1
module_path /usr/lib/baresip/modules
module srtp.so
module account.so
{codecs}module aufile.so
module aubridge.so
module sndfile.so
module_tmp uuid.so
module_app menu.so
module ctrl_tcp.so
ctrl_tcp_listen {ip}:{control}
"""


def free_port(ip):
    with socket.socket() as probe:
        probe.bind((ip, 0))
        return probe.getsockname()[1]


def speech(path, seconds, tone):
    samples = (int(6000 * math.sin(2 * math.pi * tone * n / 8000)) for n in range(8000 * seconds))
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(b"".join(struct.pack("<h", sample) for sample in samples))


class Baresip:
    """One baresip. It says a tone of so many hertz, 0 for silence; `encryption` is its `mediaenc`, `codecs` are its modules."""

    def __init__(self, server, number, user, password, ip="127.0.0.1", transport="udp", tone=0, encryption=None,
                 codecs=("g711",)):
        self.number, self.closed = number, False
        self.home = tempfile.TemporaryDirectory(prefix="hookflash-baresip-")
        home, control = pathlib.Path(self.home.name), free_port(ip)
        account = (f"<sip:{number}@{server[0]}:{server[1]};transport={transport}>;auth_user={user};"
                   f"auth_pass={password};regint=120;answermode=manual;mwi=no" + (f";mediaenc={encryption}" if encryption else "") + "\n")
        (home / "accounts").write_text(account)
        (home / "contacts").write_text("")
        speech(home / "speech.wav", 60, tone)
        (home / "config").write_text(CONFIG.format(
            ip=ip, home=home, control=control, codecs="".join(f"module {codec}.so\n" for codec in codecs)))
        self.log = open(home / "log", "wb")
        self.process = subprocess.Popen(["baresip", "-f", str(home)], stdin=subprocess.DEVNULL, stdout=self.log,
                                        stderr=self.log)
        self.events, self.buffer = [], b""
        self.socket = self.connect(ip, control)

    def connect(self, ip, port):
        end = time.monotonic() + 10
        while True:
            try:
                control = socket.create_connection((ip, port))
                control.settimeout(0.02)
                return control
            except OSError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.05)

    def do(self, command, parameters=""):
        text = json.dumps({"command": command, "params": parameters, "token": command}).encode()
        self.socket.sendall(b"%d:%s," % (len(text), text))

    def poll(self):
        try:
            self.buffer += self.socket.recv(65536)
        except OSError:
            return
        while b":" in self.buffer:
            length, _, rest = self.buffer.partition(b":")
            if len(rest) <= int(length):
                return
            message = json.loads(rest[:int(length)])
            self.buffer = rest[int(length) + 1:]
            if message.get("event"):
                self.events.append(message)

    def told(self, kind):
        """Whether an event came, which is then forgotten together with those before it."""
        self.poll()
        for index, event in enumerate(self.events):
            if event.get("type") == kind:
                del self.events[:index + 1]
                return event
        return None

    def heard(self, tone):
        """How much of the last half second is this tone: 1 for the tone alone at the loudness at which phones speak."""
        files = sorted(pathlib.Path(self.home.name).glob("*dec.wav"), key=lambda path: path.stat().st_mtime)
        # The header has no length while the file is written.
        whole = files[-1].read_bytes() if files else b""
        header, data = whole[:44], whole[44:]
        channels, rate = struct.unpack_from("<HI", header, 22) if len(header) == 44 else (1, 8000)
        samples = struct.unpack(f"<{len(data) // 2}h", data[:len(data) // 2 * 2])[::channels][-rate // 2:]
        step = 2 * math.pi * tone / rate
        real = sum(sample * math.cos(step * n) for n, sample in enumerate(samples))
        imaginary = sum(sample * math.sin(step * n) for n, sample in enumerate(samples))
        return 2 * math.hypot(real, imaginary) / max(1, len(samples)) / 6000

    def close(self):
        self.closed = True
        self.do("quit")
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.socket.close()
        self.log.close()
        self.home.cleanup()

    def register(self, _expires):
        """It takes its registration back when it ends."""

    def describe(self):
        log = (pathlib.Path(self.home.name) / "log").read_text(errors="replace")
        return f"baresip {self.number}: {[event.get('type') for event in self.events]}\n{log[-1500:]}"
