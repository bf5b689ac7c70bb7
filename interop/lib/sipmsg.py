"""SIP messages as the interoperability harnesses need them: parse, frame, build.

Deliberately small and separate from the product: it must not share a mistake
with the server under test. Header names compare without regard to case, the
compact forms of RFC 3261 section 7.3.3 are folded to the long ones.
"""

import re
import xml.etree.ElementTree as ElementTree

MAX_MESSAGE = 1 << 20

COMPACT = {
    "i": "call-id", "m": "contact", "e": "content-encoding", "l": "content-length",
    "c": "content-type", "f": "from", "s": "subject", "k": "supported", "t": "to",
    "v": "via", "x": "session-expires", "o": "event", "u": "allow-events",
}


class SipError(Exception):
    """A message the other side sent is not SIP."""


def canonical(name):
    """The lower-case long form of a header name."""
    name = name.strip().lower()
    return COMPACT.get(name, name)


class Message:
    """One SIP request or response: start line, headers in order, body."""

    def __init__(self, start, headers=(), body=b""):
        self.start = start
        self.headers = list(headers)
        self.body = body

    @classmethod
    def parse(cls, head, body=b""):
        """Builds a message from its decoded head (without the empty line)."""
        lines = re.sub(r"\r?\n[ \t]+", " ", head).split("\r\n")
        headers = []
        for line in lines[1:]:
            name, colon, value = line.partition(":")
            if not colon:
                raise SipError(f"header without a colon: {line!r}")
            headers.append((name.strip(), value.strip()))
        message = cls(lines[0], headers, body)
        if not message.is_response and not re.match(r"^[A-Z]+ \S+ SIP/2\.0$", lines[0]):
            raise SipError(f"bad start line: {lines[0]!r}")
        return message

    @property
    def is_response(self):
        return self.start.startswith("SIP/2.0 ")

    @property
    def status(self):
        """Status code of a response, 0 for a request."""
        return int(self.start.split()[1]) if self.is_response else 0

    @property
    def method(self):
        """Method of a request, or of the request a response answers."""
        if not self.is_response:
            return self.start.split()[0]
        return (self.get("CSeq") or "0 ?").split()[-1]

    @property
    def uri(self):
        return "" if self.is_response else self.start.split()[1]

    @property
    def cseq(self):
        return int((self.get("CSeq") or "0").split()[0])

    @property
    def call_id(self):
        return self.get("Call-ID") or ""

    def get_all(self, name):
        wanted = canonical(name)
        return [value for key, value in self.headers if canonical(key) == wanted]

    def get(self, name, default=None):
        values = self.get_all(name)
        return values[0] if values else default

    def set(self, name, value):
        """Replaces the first header of that name in place, or appends one."""
        for index, (key, _) in enumerate(self.headers):
            if canonical(key) == canonical(name):
                self.headers[index] = (key, value)
                return
        self.headers.append((name, value))

    def remove(self, name):
        wanted = canonical(name)
        self.headers = [(k, v) for k, v in self.headers if canonical(k) != wanted]

    def remove_first(self, name):
        for index, (key, _) in enumerate(self.headers):
            if canonical(key) == canonical(name):
                return self.headers.pop(index)
        return None

    def push_front(self, name, value):
        self.headers.insert(0, (name, value))

    def copy(self):
        return Message(self.start, self.headers, self.body)

    def to_bytes(self):
        """The message on the wire; Content-Length is always written."""
        self.set("Content-Length", str(len(self.body)))
        head = [self.start] + [f"{name}: {value}" for name, value in self.headers]
        return "\r\n".join(head).encode() + b"\r\n\r\n" + self.body

    def reply(self, status, reason, headers=(), body=b"", to_tag=None):
        """A response to this request with the headers RFC 3261 8.2.6 copies."""
        to = self.get("To", "")
        if to_tag and "tag=" not in to:
            to += f";tag={to_tag}"
        copied = [("Via", via) for via in self.get_all("Via")]
        copied += [("From", self.get("From", "")), ("To", to),
                   ("Call-ID", self.call_id), ("CSeq", self.get("CSeq", ""))]
        return Message(f"SIP/2.0 {status} {reason}", copied + list(headers), body)

    def summary(self):
        """Start line and, for CSTA bodies, the message in it: one ladder line."""
        text = self.start.replace("SIP/2.0 ", "") if self.is_response else self.method
        if self.is_response:
            text += f" ({self.method})"
        if self.body:
            text += f"  [{describe_body(self)}]"
        return text


def describe_body(message):
    """The name of the root element of an XML body, else its media type."""
    root = xml_root(message.body)
    if root is None:
        return message.get("Content-Type", "body of unknown type")
    name = local_name(root)
    detail = text_of(root, "systemStatus") or text_of(root, "monitorCrossRefID")
    if name == "CSTAErrorCode" and len(root):
        detail = f"{local_name(root[0])} {root[0].text}"
    return f"{name} {detail}" if detail else name


def xml_root(body):
    """The root element, or None when the body is not well-formed XML."""
    try:
        return ElementTree.fromstring(body)
    except ElementTree.ParseError:
        return None


def local_name(element):
    return element.tag.rpartition("}")[2]


def namespace(element):
    return element.tag.rpartition("}")[0].lstrip("{")


def child(element, *path):
    """The first descendant along a path of local names, or None."""
    for wanted in path:
        if element is None:
            return None
        element = next((e for e in element if local_name(e) == wanted), None)
    return element


def text_of(element, *path):
    """The trimmed text at a path of local names, or None."""
    found = child(element, *path)
    return (found.text or "").strip() if found is not None else None


class Framer:
    """Cuts a byte stream into SIP messages (RFC 3261 section 18.3)."""

    def __init__(self):
        self.buffer = bytearray()

    def feed(self, data):
        """Appends bytes, returns the complete messages as (Message, raw bytes)."""
        self.buffer += data
        if len(self.buffer) > MAX_MESSAGE:
            raise SipError("more than 1 MiB without a complete message")
        messages = []
        while (found := self._next()) is not None:
            messages.append(found)
        return messages

    def _next(self):
        while self.buffer[:2] == b"\r\n":
            del self.buffer[:2]
        end = self.buffer.find(b"\r\n\r\n")
        if end < 0:
            return None
        message = Message.parse(self.buffer[:end].decode("utf-8", "replace"))
        length = message.get("Content-Length")
        if length is None:
            raise SipError(f"no Content-Length on a stream: {message.start!r}")
        if not length.isdigit():
            raise SipError(f"bad Content-Length {length!r}")
        total = end + 4 + int(length)
        if len(self.buffer) < total:
            return None
        raw = bytes(self.buffer[:total])
        message.body = raw[end + 4:]
        del self.buffer[:total]
        return message, raw


def parse_datagram(data):
    """One SIP message from one UDP datagram."""
    end = data.find(b"\r\n\r\n")
    if end < 0:
        raise SipError("datagram without an empty line")
    message = Message.parse(data[:end].decode("utf-8", "replace"))
    length = message.get("Content-Length")
    body = data[end + 4:]
    message.body = body[: int(length)] if length and length.isdigit() else body
    return message
