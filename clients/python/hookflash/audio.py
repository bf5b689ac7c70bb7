"""The audio of a call at a CTI port or route point that is open with media="ws"."""

import base64
import json
from typing import Iterator, NamedTuple

from .websocket import Closed, WebSocket


class Heard(NamedTuple):
    """Something from the call: `audio` with 20 ms in the codec, `digit`, or `mark`."""

    kind: str
    audio: bytes = b""
    text: str = ""


class Audio:
    """What a call says, and what is said into it. To be used by one thread, beside the client."""

    def __init__(self, url: str, token: str):
        self._socket = WebSocket(url, subprotocol=None, authorization=f"Bearer {token}")

    def __iter__(self) -> Iterator[Heard]:
        """What is heard until the call has ended."""
        while True:
            try:
                text = self._socket.receive(3600)
            except (Closed, OSError):
                return
            event = json.loads(text or "{}")
            kind = event.get("event")
            if kind == "media":
                yield Heard("audio", base64.b64decode(event["media"]["payload"]))
            elif kind == "dtmf":
                yield Heard("digit", text=event["dtmf"]["digit"])
            elif kind == "mark":
                yield Heard("mark", text=event["mark"]["name"])

    def say(self, audio: bytes) -> None:
        """Says audio in the codec of the call: 20 ms of it, or a whole sentence at once."""
        self._send(event="media", media={"payload": base64.b64encode(audio).decode()})

    def mark(self, name: str) -> None:
        """Asks to be told (`mark`) when everything that was said so far was heard."""
        self._send(event="mark", mark={"name": name})

    def clear(self) -> None:
        """Drops what was said and is not heard yet."""
        self._send(event="clear")

    def digit(self, digit: str) -> None:
        """Sends a digit."""
        self._send(event="dtmf", dtmf={"digit": digit})

    def _send(self, **event: object) -> None:
        try:
            self._socket.send(json.dumps(event))
        except OSError:
            pass  # The call has ended, which the iteration tells.

    def close(self) -> None:
        """Closes the socket; the call goes on."""
        self._socket.close()
