"""What the tests of the uaCSTA client share: registry, connections, steps."""

from session import Dialog, Failure, Transport, local_name, namespace, text_of, xml_root

TESTS = {}
SLOW = set()
CALL_EVENTS = ["OriginatedEvent", "DeliveredEvent"]


def test(*kinds, slow=False):
    """Registers a test for the transports it makes sense on.

    A slow one (more than a minute) is not among `all`.
    """
    def register(function):
        for kind in kinds:
            name = f"{function.__name__.replace('_', '-')}/{kind}"
            TESTS[name] = (function, kind)
            if slow:
                SLOW.add(name)
        return function
    return register


class Bench:
    """What a test needs: the server's address, the numbers, connections."""

    def __init__(self, options, kind):
        self.options, self.kind = options, kind
        self.line, self.peer = options.line, options.peer
        self.transports = []

    def connect(self, kind=None, **details):
        transport = Transport(self.options.target, kind or self.kind, self.options.limit, **details)
        self.transports.append(transport)
        return transport

    def dialog(self, style=None, transport=None, line=None):
        return Dialog(transport or self.connect(), line or self.line, style)

    def bystander(self):
        """A session of its own which must not notice anything."""
        return self.dialog(transport=self.connect("tcp")).open()

    def close(self):
        for transport in self.transports:
            transport.close()


def require(condition, text):
    if not condition:
        raise Failure(text)


def call_and_clear(dialog, peer):
    """One call from MakeCall to ConnectionCleared, with its events."""
    call = dialog.make_call(peer)
    for name in CALL_EVENTS:
        dialog.wait_event(name, call)
    dialog.clear(call)
    dialog.wait_event("ConnectionClearedEvent", call)
    naming = [m for m in dialog.transport.arrived
              if m.call_id == dialog.call_id and f">{call[0]}<" in squeeze(m.body)]
    require(naming[0].is_response, "an event came before the MakeCallResponse")
    dialog.idle()


def squeeze(body):
    """A body as text without white space."""
    return "".join(body.decode("utf-8", "replace").split())


def whole_session(dialog, peer):
    """Everything a client does in a short life."""
    dialog.open()
    dialog.expect("GetCSTAFeatures")
    reference = dialog.monitor()
    call_and_clear(dialog, peer)
    for event in dialog.events:
        root = xml_root(event.body)
        require(root is not None, "an event body is not XML")
        require(text_of(root, "monitorCrossRefID") == reference,
                f"{local_name(root)} does not name the monitor")
        require(namespace(root) == dialog.style.edition,
                f"{local_name(root)} is in namespace {namespace(root)}")
    dialog.expect("MonitorStop", f"<monitorCrossRefID>{reference}</monitorCrossRefID>")
    dialog.close()


def refused(response):
    """Whether an answer refuses: a SIP error or a CSTAErrorCode in a 200."""
    if response.status >= 400:
        return True
    root = xml_root(response.body) if response.body else None
    return root is not None and local_name(root) == "CSTAErrorCode"
