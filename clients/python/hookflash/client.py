"""The client: requests, events, and what happens when a connection breaks."""

from __future__ import annotations

import json
import random
import time
from collections import deque
from dataclasses import dataclass
from typing import Any, Deque, Dict, Iterator, List, Optional, Union

from .audio import Audio
from .websocket import Closed, WebSocket

Params = Dict[str, Any]


@dataclass(frozen=True)
class Event:
    """Something that happened at a monitored device."""

    name: str
    """As in ECMA-323: DeliveredEvent, EstablishedEvent, ..."""
    seq: int
    """Its number in the session: from 1, without gaps."""
    replayed: bool
    """Whether it happened while there was no connection."""
    params: Params
    """Its members, as the server sent them."""


@dataclass(frozen=True)
class Lost:
    """Events that the server does not have any more, and how the devices are now."""

    first: int
    last: int
    snapshots: List[Params]


@dataclass(frozen=True)
class Restarted:
    """The session could not go on: another one has begun, with the same monitors. What happened in between is not known."""


Message = Union[Event, Lost, Restarted]


class Refused(Exception):
    """The server refuses a request: `category` and `value` are those of CSTA."""

    def __init__(self, error: Params):
        super().__init__(error.get("message"))
        data = error.get("data") or {}
        self.code: Optional[int] = error.get("code")
        self.category: str = data.get("category", "")
        self.value: str = data.get("value", "")


class ConnectionLost(Exception):
    """The connection broke before a request was answered: it is not known whether it was carried out."""


class Client:
    """An application. It is to be used by one thread.

    A connection that breaks is replaced after a while (0.2 seconds, doubled with each attempt up to `longest_pause`, half of it at
    random), and the session goes on. `events` returns what was missed.
    """

    def __init__(
        self,
        url: str,
        application: str = "python",
        *,
        user: Optional[str] = None,
        password: Optional[str] = None,
        heartbeat: int = 30,
        longest_pause: float = 30.0,
    ):
        self.url = url.replace("http", "ws", 1).rstrip("/") + "/csta"
        self.application, self.user, self.password = application, user, password
        self.heartbeat, self.longest_pause = heartbeat, longest_pause
        self.session: Optional[str] = None
        self.token: Optional[str] = None
        self.last = 0
        self.monitors: Dict[str, str] = {}
        self._socket: Optional[WebSocket] = None
        self._next_id = 0
        self._queue: Deque[Message] = deque()
        self._connect()

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Stops the session and closes the connection."""
        try:
            if self._socket:
                self._request("StopApplicationSession", {})
        except (OSError, Closed, Refused):
            pass
        self._drop()

    def call(self, method: str, **params: Any) -> Params:
        """Asks for a service and returns its result.

        Raises Refused if the server refuses it, and ConnectionLost if the connection broke meanwhile.
        """
        if not self._socket:
            self._reconnect()
        try:
            return self._request(method, params)
        except (OSError, Closed) as error:
            self._drop()
            raise ConnectionLost(method) from error

    def monitor(self, device: str) -> str:
        """Watches a device from now on; returns the cross reference of its events."""
        result = self.call("MonitorStart", monitorObject={"deviceObject": device})
        self.monitors[device] = result["monitorCrossRefID"]
        return self.monitors[device]

    def make_call(self, calling: str, called: str) -> Params:
        """Calls from a device, without a prompt; returns the connection of the calling device."""
        result = self.call(
            "MakeCall", callingDevice=calling, calledDirectoryNumber=called, autoOriginate="doNotPrompt")
        return result["callingDevice"]

    def answer(self, connection: Params) -> None:
        """Answers a call."""
        self.call("AnswerCall", callToBeAnswered=connection)

    def hang_up(self, connection: Params) -> None:
        """Ends a connection."""
        self.call("ClearConnection", connectionToBeCleared=connection)

    def audio(self, path: str) -> Audio:
        """The audio of a call: `path` is the member `audio` of its MediaStarted."""
        return Audio(self.url[:-len("/csta")] + path, self.token or "")

    def events(self, timeout: Optional[float] = None) -> Iterator[Message]:
        """What happens, for ever, or until nothing has happened for `timeout` seconds."""
        idle_since = time.monotonic()
        while True:
            while self._queue:
                yield self._queue.popleft()
                idle_since = time.monotonic()
            wait = self.heartbeat / 2
            if timeout is not None:
                left = idle_since + timeout - time.monotonic()
                if left <= 0:
                    return
                wait = min(wait, left)
            self._receive(wait)

    def _receive(self, wait: float) -> None:
        try:
            if not self._socket:
                self._reconnect()
                return
            text = self._socket.receive(wait)
            if text is None:
                self._notify("RequestSystemStatus")
            else:
                self._take(json.loads(text))
        except (OSError, Closed):
            self._drop()

    def _request(self, method: str, params: Params) -> Params:
        self._next_id += 1
        number = self._next_id
        self._send({"jsonrpc": "2.0", "id": number, "method": method, "params": params})
        while True:
            assert self._socket
            text = self._socket.receive(15)
            if text is None:
                raise Closed()
            message = json.loads(text)
            if message.get("id") != number or "method" in message:
                self._take(message)
            elif "error" in message:
                raise Refused(message["error"])
            else:
                return message["result"]

    def _notify(self, method: str) -> None:
        self._send({"jsonrpc": "2.0", "method": method})

    def _send(self, message: Params) -> None:
        assert self._socket
        self._socket.send(json.dumps(message))

    def _take(self, message: Params) -> None:
        """Queues an event; each number once."""
        name, params = message.get("method"), message.get("params") or {}
        if name == "SystemStatus" and params.get("systemStatus") == "messagesLost":
            gap = params.get("gap") or {"from": self.last + 1, "to": self.last}
            self.last = max(self.last, gap["to"])
            self._queue.append(Lost(gap["from"], gap["to"], params.get("snapshots") or []))
        elif name and "seq" in params and params["seq"] > self.last:
            self.last = params["seq"]
            self._queue.append(Event(name, params["seq"], params.get("replayed", False), params))

    def _drop(self) -> None:
        if self._socket:
            self._socket.close()
            self._socket = None

    def _connect(self) -> None:
        """Connects, and goes on with the session or starts one."""
        self._socket = WebSocket(self.url)
        login: Params = {"applicationID": self.application, "heartbeatInterval": self.heartbeat}
        if self.user is not None:
            login.update(userName=self.user, password=self.password or "")
        if self.session:
            resume = {"sessionID": self.session, "token": self.token, "lastSequence": self.last}
            try:
                self._started(self._request("StartApplicationSession", {**login, "resume": resume}))
                return
            except Refused as refused:
                if refused.value != "invalidSession":
                    raise
        again = self.session is not None
        self.session, self.last = None, 0
        self._started(self._request("StartApplicationSession", login))
        if again:
            self._queue.append(Restarted())
            for device in list(self.monitors):
                self.monitors[device] = self._request(
                    "MonitorStart", {"monitorObject": {"deviceObject": device}})["monitorCrossRefID"]

    def _started(self, result: Params) -> None:
        self.session, self.token = result["sessionID"], result["token"]

    def _reconnect(self) -> None:
        pause = 0.2
        while True:
            try:
                self._connect()
                return
            except (OSError, Closed):
                self._drop()
            time.sleep(pause / 2 + random.random() * pause / 2)
            pause = min(pause * 2, self.longest_pause)
