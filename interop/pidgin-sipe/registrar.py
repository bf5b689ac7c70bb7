"""The registrar pidgin-sipe logs in to: plays a Live Communications Server.

Answers everything that is the office server's own business (REGISTER,
provisioning, presence, publications) and relays the dialog with the gateway
to Hookflash and back over one TCP connection, as such a server does:

* relay mode `verbatim`: messages pass unchanged;
* relay mode `proxy`: it adds its Via and a Record-Route with opaque
  parameters, so that all later requests, in both directions, carry a Route.

In both modes the Session-Expires of a 2xx can be rewritten on its way to the
client, which makes the client refresh after seconds instead of half an hour.
"""

import asyncio
import itertools
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from sipmsg import Framer, SipError  # noqa: E402

CONNECT_TIMEOUT = 5.0
PROVISIONING = "vnd-microsoft-provisioning"
ROAMING_SELF = "vnd-microsoft-roaming-self"
PROVISIONING_V2 = "vnd-microsoft-provisioning-v2"


class Registrar:
    """One listening socket for the client, one connection to Hookflash."""

    def __init__(self, ladder, gateway, options):
        """`gateway` is (host, port) of Hookflash; `options` as of run.py."""
        self.ladder = ladder
        self.gateway = gateway
        self.gateway_uri = options.gateway_uri
        self.line_uri = options.line_uri
        self.relay = options.relay
        self.edition = options.office
        self.session_expires = options.session_expires
        self.numbers = itertools.count(1)
        self.client = None
        self.client_contact = None
        self.upstream = None
        self.upstream_lost = False
        self.port = 0
        self.to_gateway = []
        self.from_gateway = []
        self.local_requests = []
        self.faults = []
        self.changed = asyncio.Event()
        self.tasks = []

    async def start(self):
        """Connects to Hookflash, then listens on 127.0.0.1, any port."""
        reader, self.upstream = await asyncio.wait_for(
            asyncio.open_connection(*self.gateway), CONNECT_TIMEOUT)
        self.tasks.append(asyncio.create_task(self._read_gateway(reader)))
        self.server = await asyncio.start_server(self._serve_client, "127.0.0.1", 0)
        self.port = self.server.sockets[0].getsockname()[1]

    async def stop(self):
        self.server.close()
        for writer in (self.client, self.upstream):
            if writer is not None:
                writer.close()
        for task in self.tasks:
            task.cancel()

    @property
    def route(self):
        """The Record-Route this server adds in proxy mode."""
        return (f"<sip:office.hookflash.test:{self.port};maddr=127.0.0.1;transport=tcp;lr"
                f";ms-route-sig=abWx0Zz;opaque=state:F:Ci.R1000>")

    # Client side

    async def _serve_client(self, reader, writer):
        self.client = writer
        framer = Framer()
        try:
            while data := await reader.read(65536):
                for message, raw in framer.feed(data):
                    self._from_client(message, raw)
        except (SipError, ConnectionError, ValueError) as error:
            if not self.said_bye():
                self._fault(f"client: {error}")
        finally:
            writer.close()
            self.ladder.note("client closed its connection")
            self.changed.set()

    def _from_client(self, message, raw):
        if self._is_gateway_business(message):
            self.to_gateway.append(message)
            if message.get("Contact"):
                self.client_contact = message.get("Contact")
            self._send_upstream(message, raw)
        elif not message.is_response and message.method != "ACK":
            self.ladder.add("messenger", "office", message.summary(), raw)
            self.local_requests.append(message)
            self._answer_locally(message)
        self.changed.set()

    def _is_gateway_business(self, message):
        if any(message.call_id == known.call_id for known in self.to_gateway):
            return True
        return not message.is_response and self.gateway_uri in message.get("To", "")

    def _answer_locally(self, request):
        body, headers, status, reason = b"", [], 200, "OK"
        event = request.get("Event", "")
        if request.method == "REGISTER":
            headers = self._registered(request)
        elif request.method == "SUBSCRIBE":
            body, headers = self._subscribed(event)
        elif request.method == "INVITE":
            status, reason = 404, "Not Found"
        reply = request.reply(status, reason, headers, body, f"office{next(self.numbers)}")
        self._send_client(reply, "office")

    def _registered(self, request):
        contact = request.get("Contact", "")
        expires = request.get("Expires", "600")
        events = PROVISIONING
        extra = []
        if self.edition == 2007:
            events = f"{ROAMING_SELF}, {PROVISIONING_V2}"
            extra = [("Supported", "msrtc-event-categories")]
        return [("Contact", contact), ("Expires", expires), ("Allow-Events", events)] + extra

    def _subscribed(self, event):
        headers = [("Expires", "3600"), ("Event", event)]
        if event == PROVISIONING:
            kind, body = "application/vnd-microsoft-roaming-provisioning+xml", (
                f'<provision><user uri="sip:messenger@hookflash.test">'
                f'<line uri="{self.line_uri}" server="{self.gateway_uri}"/></user></provision>')
        elif event == ROAMING_SELF:
            kind, body = "application/vnd-microsoft-roaming-self+xml", (
                '<roamingData xmlns="http://schemas.microsoft.com/2006/09/sip/roaming-self">'
                '<categories xmlns="http://schemas.microsoft.com/2006/09/sip/categories">'
                '<category name="userProperties" instance="0" publishTime="2026-01-01T00:00:00"'
                ' container="1" version="1" expireType="static"><userProperties><lines>'
                f'<line lineType="Rcc" lineServer="{self.gateway_uri}">{self.line_uri}</line>'
                "</lines></userProperties></category></categories></roamingData>")
        elif event == PROVISIONING_V2:
            kind, body = "application/vnd-microsoft-roaming-provisioning-v2+xml", (
                "<provisionGroupList/>")
        else:
            return b"", headers
        return body.encode(), headers + [("ms-piggyback-cseq", "1"), ("Content-Type", kind)]

    def _send_client(self, message, source, received=None):
        raw = message.to_bytes()
        # The transcript shows what Hookflash wrote, not what was made of it.
        self.ladder.add(source, "messenger", message.summary(), received or raw)
        if self.client is None or self.client.is_closing():
            # It closes its connection right after BYE, without waiting for answers.
            if not self.said_bye():
                self._fault(f"no client connection for {message.summary()}")
            return
        self.client.write(raw)

    # Gateway side

    async def _read_gateway(self, reader):
        framer = Framer()
        try:
            while data := await reader.read(65536):
                for message, raw in framer.feed(data):
                    self._from_gateway(message, raw)
        except (SipError, ConnectionError, ValueError) as error:
            self._fault(f"hookflash: {error}")
        finally:
            self.upstream_lost = True
            self.ladder.note("hookflash closed its connection")
            self.changed.set()

    def _from_gateway(self, message, raw):
        self.from_gateway.append(message)
        # What the server wrote is kept apart from what the client is shown.
        shown = message.copy()
        if self.relay == "proxy":
            self._unwrap(shown)
        if shown.status // 100 == 2 and shown.get("Session-Expires") and self.session_expires:
            rest = shown.get("Session-Expires").partition(";")[2]
            shown.set("Session-Expires", f"{self.session_expires}" + (f";{rest}" if rest else ""))
        if not any(message.call_id == known.call_id for known in self.to_gateway):
            self._fault(f"hookflash sent a message of no dialog: {message.start}")
        else:
            self._send_client(shown, "hookflash", raw)
        self.changed.set()

    def _send_upstream(self, message, raw):
        if self.upstream.is_closing():
            self._fault("hookflash is gone")
            return
        if self.relay == "proxy":
            wrapped = message.copy()
            self._wrap(wrapped)
            raw = wrapped.to_bytes()
        self.ladder.add("messenger", "hookflash", message.summary(), raw)
        self.upstream.write(raw)

    def _wrap(self, message):
        """What a record-routing proxy does on the way to the gateway."""
        if message.is_response:
            message.remove_first("Via")
            return
        self._drop_own_route(message)
        branch = f"z9hG4bKoffice{next(self.numbers)}"
        message.push_front("Via", f"SIP/2.0/TCP 127.0.0.1:{self.port};branch={branch}")
        if message.method == "INVITE":
            message.push_front("Record-Route", self.route)

    def _unwrap(self, message):
        """The way back: own Via off a response, own Route off a request."""
        if message.is_response:
            message.remove_first("Via")
            return
        if not self._drop_own_route(message):
            self._fault(f"{message.method} from hookflash does not carry the Route of the dialog")
        branch = f"z9hG4bKback{next(self.numbers)}"
        message.push_front("Via", f"SIP/2.0/TCP 127.0.0.1:{self.port};branch={branch}")

    def _drop_own_route(self, message):
        route = message.get("Route", "")
        if "office.hookflash.test" not in route:
            return False
        first, comma, rest = route.partition(",")
        message.remove_first("Route")
        if comma:
            message.push_front("Route", rest.strip())
        return "ms-route-sig" in first

    def said_bye(self):
        """Whether the client has ended its dialog with the gateway."""
        return any(m.method == "BYE" and not m.is_response for m in self.to_gateway)

    def _fault(self, text):
        self.faults.append(text)
        self.ladder.note(f"FAULT {text}")
        self.changed.set()

    # What run.py asks

    async def wait_for(self, condition, seconds):
        """Waits until condition() holds; False when it does not in time."""
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        while not condition():
            left = end - loop.time()
            if left <= 0:
                return False
            self.changed.clear()
            try:
                await asyncio.wait_for(self.changed.wait(), min(left, 0.25))
            except asyncio.TimeoutError:
                pass
        return True
