"""A phone with a display and soft keys: it asks for its templates and presses only what it was offered.

Written from the layouts that phones and other servers use, not from this server.
"""

import os
import struct
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "hostile"))
import sccp  # noqa: E402
from sccp import frame, words  # noqa: E402

BUTTON_TEMPLATE_REQ, SOFT_KEY_SET_REQ, SOFT_KEY_TEMPLATE_REQ = 0x0E, 0x25, 0x28
SOFT_KEY_TEMPLATE, SOFT_KEY_SETS, SELECT_SOFT_KEYS = 0x108, 0x109, 0x110
PROMPT, CLEAR_PROMPT, PROMPT_DYNAMIC = 0x112, 0x113, 0x145
CALL_INFO, CALL_INFO_DYNAMIC, SET_RINGER, START_TONE = 0x8F, 0x14A, 0x85, 0x82
# Where the text begins.
NOTICES = {0x114: 4, 0x143: 4, 0x120: 8, 0x144: 8}
LABELS = {1: "Redial", 2: "NewCall", 3: "Hold", 4: "Trnsfer", 5: "CFwdAll", 8: "<<", 9: "EndCall", 10: "Resume",
          11: "Answer", 13: "Confrn", 14: "Park", 15: "Join", 16: "MeetMe", 17: "PickUp", 18: "GPickUp", 0x39: "RmLstC", 0x3F: "DND", 0x4D: "DirTrfr",
          0x4E: "Select", 0x4F: "ConfList"}
STATES = {1: "offhook", 2: "onhook", 3: "ringout", 4: "ringin", 5: "connected", 6: "busy", 7: "congestion", 8: "hold",
          9: "callwaiting", 10: "transfer", 11: "park", 12: "proceed", 13: "inuse", 14: "invalid"}
PHRASES = {0x17: "From ", 0x18: "Connected", 0x16: "Ring out", 0x19: "Busy", 0x1C: "Call transfer", 0x20: "Enter number",
           0x26: "Can not complete conference", 0x34: "Conference", 0x52: "Can not complete transfer",
           0x13: "Your current options", 0x14: "Off hook", 0x03: "Hold", 0x2C: "Exceed maximum parties",
           0x2D: "Key is not active", 0x38: "Unknown number", 0x21: "Call park at ", 0x35: "Park number", 0x47: "No park number available", 0x1E: "Call proceed", 0x25: "Forwarded to ",
           0x1B: "Call waiting", 0x28: "Can not hold primary control"}
SECOND = {0x22: "Call on hold"}
NAMES = ("calling", "original_calling", "called", "original_called", "redirecting", "box1", "box2", "box3", "box4",
         "calling_name", "called_name", "original_called_name", "redirecting_name", "pilot", "pilot_name")


def text(data):
    """What a phone draws: phrases of its dictionary and plain text."""
    data = data.split(b"\0")[0]
    drawn, index = "", 0
    while index < len(data):
        if data[index] in (0x80, 0x1E) and index + 1 < len(data):
            phrases = PHRASES if data[index] == 0x80 else SECOND
            code = data[index + 1]
            drawn += phrases.get(code, f"<{data[index]:02x} {code:02x}>")
            index += 2
        else:
            end = min((place for place in (data.find(code, index) for code in (b"\x80", b"\x1e")) if place > index),
                      default=len(data))
            drawn += data[index:end].decode("utf-8", "replace")
            index = end
    return drawn


class Phone(sccp.Phone):
    """A registered phone and what its user sees and hears."""

    def __init__(self, target, name, version=17):
        super().__init__(target)
        self.name, self.version = name, version
        self.template, self.sets, self.selected = {}, {}, {}
        self.prompts, self.infos, self.lines, self.named = {}, {}, {}, {}
        self.ringing = False
        self.media, self.history, self.notices = set(), [], []
        self.acknowledge = False  # the form below, which depends on the version

    def take(self, message_id, body):
        super().take(message_id, body)
        if message_id == sccp.CALL_STATE:
            state, line, call = struct.unpack_from("<III", body)
            self.lines[call] = line
            self.named[call] = STATES.get(state, str(state))
            self.history.append((line, call, self.named[call]))
            if state == sccp.ONHOOK:
                for shown in (self.prompts, self.infos, self.selected, self.lines, self.named):
                    shown.pop(call, None)
        elif message_id in (PROMPT, PROMPT_DYNAMIC):
            if message_id == PROMPT:
                call, shown = struct.unpack_from("<I", body, 40)[0], body[4:36]
            else:
                call, shown = struct.unpack_from("<I", body, 8)[0], body[12:]
            self.prompts[call] = text(shown)
        elif message_id == CLEAR_PROMPT:
            self.prompts.pop(struct.unpack_from("<I", body, 4)[0], None)
        elif message_id == SELECT_SOFT_KEYS:
            _, call, chosen, mask = struct.unpack_from("<IIII", body)
            self.selected[call] = (chosen, mask)
        elif message_id == SOFT_KEY_TEMPLATE:
            count = struct.unpack_from("<I", body, 4)[0]
            for position in range(count):
                label, event = struct.unpack_from("<16sI", body, 12 + 20 * position)
                name = LABELS.get(label[1]) if label[0] == 0x80 else text(label)
                self.template[position + 1] = (name or f"key {event}", event)
        elif message_id == SOFT_KEY_SETS:
            for chosen in range(struct.unpack_from("<I", body, 4)[0]):
                self.sets[chosen] = list(body[12 + 48 * chosen:12 + 48 * chosen + 16])
        elif message_id in NOTICES:
            self.notices.append(text(body[NOTICES[message_id]:]))
        elif message_id == CALL_INFO_DYNAMIC:
            self.call_info(body)
        elif message_id == SET_RINGER:
            self.ringing = struct.unpack_from("<I", body)[0] not in (1, 5)
        elif message_id == sccp.OPEN_RECEIVE:
            self.send(frame(sccp.ORC_ACK, self.address_of(*struct.unpack_from("<I", body, 4))))
        elif message_id == sccp.START_MEDIA:
            self.media.add(struct.unpack_from("<I", body, 4)[0])
        elif message_id == sccp.STOP_MEDIA:
            self.media.discard(struct.unpack_from("<I", body, 4)[0])

    def address_of(self, party):
        """An acknowledgement of a receive channel; from version 17 on an address has a type and 16 bytes."""
        loopback = bytes([127, 0, 0, 1])
        if self.version < 17:
            return words(0) + loopback + words(20000, party)
        return words(0, 0) + loopback.ljust(16, b"\0") + words(20000, party)

    def call_info(self, body):
        line, call, kind = struct.unpack_from("<III", body)
        strings = [text(part) for part in body[32:].split(b"\0")]
        names = [name for name in NAMES if self.version >= 16 or name != "original_calling"]
        self.infos[call] = dict(zip(names, strings), line=line, kind=kind)

    def start(self):
        """Registers, and asks for the templates as phones do."""
        if not self.register(self.name, self.version):
            return False
        self.version = next(body for seen, body in self.seen if seen == sccp.REGISTER_ACK)[16]
        self.send(frame(BUTTON_TEMPLATE_REQ), frame(SOFT_KEY_TEMPLATE_REQ), frame(SOFT_KEY_SET_REQ))
        return self.wait(lambda: self.template and self.sets)

    def offered(self, call):
        """Labels of the keys that the phone shows for a call (0: for none)."""
        if call not in self.selected:
            return []
        chosen, mask = self.selected[call]
        return [self.template[position][0] for index, position in enumerate(self.sets.get(chosen, []))
                if position and mask >> index & 1 and position in self.template]

    def call(self, state):
        """The reference of the call that is in a state, else None."""
        return next((call for call, shown in self.named.items() if shown == state), None)

    def shows(self, *states):
        """Whether the calls of the phone are in exactly these states."""
        return sorted(self.named.values()) == sorted(states)

    def event(self, label):
        return next((event for name, event in self.template.values() if name == label), None)

    def type(self, number, call=0):
        self.send(*(frame(sccp.KEYPAD, words("0123456789ABCD*#".index(digit), self.lines.get(call, 1), call)) for digit in number))

    def describe(self):
        return f"{self.name[-3:]}: states {self.named} prompts {self.prompts} notices {self.notices[-3:]} keys " + str(
            {call: self.offered(call) for call in self.selected})
