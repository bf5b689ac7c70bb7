"""A connection over TLS that several threads may use at once.

An `ssl.SSLSocket` is not made for one thread that reads while another writes: records get lost or damaged, and the other end
closes with `bad_record_mac`.
"""

import select
import ssl
import threading
import time


class TlsConnection:
    """What the clients need of a socket, over TLS."""

    def __init__(self, plain, context, **options):
        self.timeout = plain.gettimeout()
        self.socket = context.wrap_socket(plain, **options)
        self.socket.setblocking(False)
        self.using, self.sending = threading.Lock(), threading.Lock()

    def recv(self, count):
        return self.repeat(lambda: self.socket.recv(count))

    def sendall(self, data):
        rest = memoryview(data)
        with self.sending:
            while rest:
                rest = rest[self.repeat(lambda: self.socket.send(rest)):]

    def repeat(self, action):
        """Does it as soon as the connection is ready; nothing is locked while it is waited for."""
        end = None if self.timeout is None else time.monotonic() + self.timeout
        while True:
            try:
                with self.using:
                    return action()
            except ssl.SSLWantReadError:
                readers, writers = [self.socket], []
            except ssl.SSLWantWriteError:
                readers, writers = [], [self.socket]
            rest = None if end is None else max(0, end - time.monotonic())
            if not any(select.select(readers, writers, [], rest)):
                raise TimeoutError("timed out")

    def pending(self):
        with self.using:
            return self.socket.pending()

    def settimeout(self, timeout):
        self.timeout = timeout

    def gettimeout(self):
        return self.timeout

    def fileno(self):
        return self.socket.fileno()

    def version(self):
        return self.socket.version()

    def getsockname(self):
        return self.socket.getsockname()

    def shutdown(self, how):
        self.socket.shutdown(how)

    def close(self):
        self.socket.close()
