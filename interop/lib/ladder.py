"""A readable ladder of who sent what to whom, and the checks made on it."""

import sys
import threading
import time


class Ladder:
    """Collects messages with their time; prints one line each, keeps the text."""

    def __init__(self, live=True):
        self.began = time.monotonic()
        self.live = live
        self.entries = []
        self.lock = threading.Lock()

    def add(self, source, target, summary, raw=b""):
        stamp = time.monotonic() - self.began
        with self.lock:
            self.entries.append((stamp, source, target, summary, raw))
        if self.live:
            print(f"{stamp:8.3f}  {source:>10} -> {target:<10}  {summary}", flush=True)

    def note(self, text):
        stamp = time.monotonic() - self.began
        with self.lock:
            self.entries.append((stamp, "", "", text, b""))
        if self.live:
            print(f"{stamp:8.3f}  -- {text}", flush=True)

    def write(self, path):
        """Writes the transcript: every message in full, in order."""
        with self.lock, open(path, "wb") as out:
            for stamp, source, target, summary, raw in self.entries:
                arrow = f"{source} -> {target}: " if source else "-- "
                out.write(f"==== {stamp:.3f} {arrow}{summary}\n".encode())
                if raw:
                    out.write(raw.rstrip(b"\r\n") + b"\n\n")


class Checks:
    """PASS/FAIL lines and the exit code that follows from them."""

    def __init__(self):
        self.passed = 0
        self.failed = 0

    def check(self, ok, text, detail=""):
        """Records one verdict and returns it."""
        if ok:
            self.passed += 1
            print(f"PASS  {text}", flush=True)
        else:
            self.failed += 1
            print(f"FAIL  {text}" + (f": {detail}" if detail else ""), flush=True)
        return bool(ok)

    def exit_code(self):
        print(f"{self.passed} passed, {self.failed} failed", flush=True)
        sys.stdout.flush()
        return 1 if self.failed or not self.passed else 0
