#!/usr/bin/env python3
"""The real pidgin-sipe plugin without a screen: a host for libpurple0.

Loads Debian's libpurple and the pidgin-sipe plugin through ctypes, logs one
account in, and reports on standard output, one JSON object per line:

    {"event": "state", "value": "connected"}      account state changes
    {"event": "debug", "category": ..., "text": ...}   libpurple's debug log
    {"event": "error", "value": ...}              this host cannot go on

Commands come on standard input, one per line: `call NUMBER` (through the
plugin's own "Work NUMBER" entry of a buddy's menu) and `logout`. End of
input ends the process. It is started by run.py, which also sets its limits.

Two work-arounds are needed, both on the client's side:

* Debian's libxml2 2.9.14 takes no SAX1 call-backs from a handler which bears
  the SAX2 magic number, as the plugin's does; every body would parse to
  nothing. The number is cleared in the plugin's data after loading.
* The menu entry holds a pointer to a number freed before anyone can choose
  it. The call-back is handed a string that still lives.
"""

import argparse
import ctypes as c
import json
import os
import struct
import sys

UI_ID = b"hookflash-interop"
PROTOCOL = b"prpl-sipe"
PLUGIN_DIRECTORY = b"/usr/lib/purple-2"
SAX2_MAGIC = struct.pack("<I", 0xDEEDBEAF)
STATUS_AVAILABLE = 2
PURPLE_READ, PURPLE_WRITE = 1, 2
G_IO_IN, G_IO_OUT, G_IO_ERR, G_IO_HUP = 1, 4, 8, 16

InputFunction = c.CFUNCTYPE(None, c.c_void_p, c.c_int, c.c_int)
UnixFdFunction = c.CFUNCTYPE(c.c_int, c.c_int, c.c_int, c.c_void_p)
SourceFunction = c.CFUNCTYPE(c.c_int, c.c_void_p)
MenuFunction = c.CFUNCTYPE(None, c.c_void_p, c.c_char_p)


class EventLoopOps(c.Structure):
    """PurpleEventLoopUiOps of libpurple 2."""

    _fields_ = [
        ("timeout_add", c.c_void_p),
        ("timeout_remove", c.c_void_p),
        ("input_add", c.CFUNCTYPE(c.c_uint, c.c_int, c.c_int, c.c_void_p, c.c_void_p)),
        ("input_remove", c.CFUNCTYPE(c.c_int, c.c_uint)),
        ("input_get_error", c.c_void_p),
        ("timeout_add_seconds", c.c_void_p),
        ("reserved", c.c_void_p * 3),
    ]


class DebugOps(c.Structure):
    """PurpleDebugUiOps of libpurple 2."""

    _fields_ = [
        ("print", c.CFUNCTYPE(None, c.c_int, c.c_char_p, c.c_char_p)),
        ("is_enabled", c.CFUNCTYPE(c.c_int, c.c_int, c.c_char_p)),
        ("reserved", c.c_void_p * 4),
    ]


class PluginInfo(c.Structure):
    """The head of PurplePluginInfo, up to the protocol's own table."""

    _fields_ = [
        ("magic", c.c_uint), ("major", c.c_uint), ("minor", c.c_uint), ("type", c.c_int),
        ("ui_requirement", c.c_void_p), ("flags", c.c_ulong), ("dependencies", c.c_void_p),
        ("priority", c.c_int), ("texts", c.c_void_p * 7), ("load", c.c_void_p),
        ("unload", c.c_void_p), ("destroy", c.c_void_p), ("ui_info", c.c_void_p),
        ("extra_info", c.c_void_p),
    ]


class Plugin(c.Structure):
    """The head of PurplePlugin."""

    _fields_ = [
        ("native", c.c_int), ("loaded", c.c_int), ("handle", c.c_void_p),
        ("path", c.c_char_p), ("info", c.POINTER(PluginInfo)),
    ]


class IconSpec(c.Structure):
    _fields_ = [
        ("format", c.c_char_p), ("sizes", c.c_int * 4),
        ("max_filesize", c.c_size_t), ("scale_rules", c.c_int),
    ]


class ProtocolInfo(c.Structure):
    """The head of PurplePluginProtocolInfo, up to the buddy menu."""

    _fields_ = [
        ("options", c.c_int), ("user_splits", c.c_void_p), ("protocol_options", c.c_void_p),
        ("icon_spec", IconSpec), ("list_icon", c.c_void_p), ("list_emblem", c.c_void_p),
        ("status_text", c.c_void_p), ("tooltip_text", c.c_void_p), ("status_types", c.c_void_p),
        ("blist_node_menu", c.CFUNCTYPE(c.c_void_p, c.c_void_p)),
    ]


class MenuAction(c.Structure):
    _fields_ = [
        ("label", c.c_char_p), ("callback", c.c_void_p),
        ("data", c.c_void_p), ("children", c.c_void_p),
    ]


class ListNode(c.Structure):
    """GList."""


ListNode._fields_ = [
    ("data", c.c_void_p), ("next", c.POINTER(ListNode)), ("prev", c.c_void_p),
]


# libpurple prints its debug log to standard output too: reports keep the
# original descriptor, descriptor 1 becomes standard error.
REPORTS = os.dup(1)
os.dup2(2, 1)


def report(event, **fields):
    """Writes one line of JSON for run.py."""
    line = json.dumps({"event": event, **fields}).encode() + b"\n"
    while line:
        line = line[os.write(REPORTS, line):]


def text(data):
    return (data or b"").decode("utf-8", "replace")


class Messenger:
    """One account of the plugin, on GLib's main loop."""

    def __init__(self, options):
        self.options = options
        self.purple = c.CDLL("libpurple.so.0", mode=c.RTLD_GLOBAL)
        self.glib = c.CDLL("libglib-2.0.so.0", mode=c.RTLD_GLOBAL)
        self.inputs = {}
        self.keep = []
        self.state = None
        self.commands = b""
        self.account = None
        self.buddy = None
        self._declare()

    def _declare(self):
        pointer, string, integer = c.c_void_p, c.c_char_p, c.c_int
        table = {
            "purple_core_init": (integer, [string]),
            "purple_util_set_user_dir": (None, [string]),
            "purple_debug_set_enabled": (None, [integer]),
            "purple_debug_set_ui_ops": (None, [pointer]),
            "purple_eventloop_set_ui_ops": (None, [pointer]),
            "purple_plugins_add_search_path": (None, [string]),
            "purple_blist_new": (pointer, []),
            "purple_set_blist": (None, [pointer]),
            "purple_network_force_online": (None, []),
            "purple_plugins_find_with_id": (c.POINTER(Plugin), [string]),
            "purple_account_new": (pointer, [string, string]),
            "purple_account_set_password": (None, [pointer, string]),
            "purple_account_set_string": (None, [pointer, string, string]),
            "purple_account_set_enabled": (None, [pointer, string, integer]),
            "purple_account_is_connected": (integer, [pointer]),
            "purple_account_is_disconnected": (integer, [pointer]),
            "purple_accounts_add": (None, [pointer]),
            "purple_savedstatus_new": (pointer, [string, integer]),
            "purple_savedstatus_activate": (None, [pointer]),
            "purple_group_new": (pointer, [string]),
            "purple_buddy_new": (pointer, [pointer, string, string]),
            "purple_blist_add_group": (None, [pointer, pointer]),
            "purple_blist_add_buddy": (None, [pointer, pointer, pointer, pointer]),
            "purple_blist_node_set_string": (None, [pointer, string, string]),
            "purple_core_get_version": (string, []),
        }
        for name, (result, arguments) in table.items():
            function = getattr(self.purple, name)
            function.restype, function.argtypes = result, arguments
        glib = self.glib
        glib.g_main_loop_new.restype = pointer
        glib.g_main_loop_new.argtypes = [pointer, integer]
        glib.g_main_loop_run.argtypes = [pointer]
        glib.g_main_loop_quit.argtypes = [pointer]
        glib.g_unix_fd_add.restype = c.c_uint
        glib.g_unix_fd_add.argtypes = [integer, integer, UnixFdFunction, pointer]
        glib.g_source_remove.argtypes = [c.c_uint]
        glib.g_timeout_add.restype = c.c_uint
        glib.g_timeout_add.argtypes = [c.c_uint, SourceFunction, pointer]

    # Start-up

    def start(self):
        """Initialises libpurple, loads the plugin, begins the log-in."""
        self._install_hooks()
        self.purple.purple_util_set_user_dir(self.options.directory.encode())
        self.purple.purple_plugins_add_search_path(PLUGIN_DIRECTORY)
        if not self.purple.purple_core_init(UI_ID):
            raise RuntimeError("libpurple does not start")
        self.purple.purple_set_blist(self.purple.purple_blist_new())
        self.purple.purple_network_force_online()
        plugin = self.purple.purple_plugins_find_with_id(PROTOCOL)
        if not plugin:
            raise RuntimeError("plugin prpl-sipe not found: is pidgin-sipe installed?")
        path = text(plugin.contents.path)
        report("loaded", libpurple=text(self.purple.purple_core_get_version()),
               plugin=path, cleared=clear_sax2_magic(path))
        self._log_in()

    def _install_hooks(self):
        address = lambda function: c.cast(function, c.c_void_p)
        ops = EventLoopOps()
        ops.timeout_add = address(self.glib.g_timeout_add)
        ops.timeout_remove = address(self.glib.g_source_remove)
        ops.timeout_add_seconds = address(self.glib.g_timeout_add_seconds)
        ops.input_add = type(ops.input_add)(self._input_add)
        ops.input_remove = type(ops.input_remove)(self._input_remove)
        debug = DebugOps()
        debug.print = type(debug.print)(self._debug)
        debug.is_enabled = type(debug.is_enabled)(lambda level, category: 1)
        self.keep += [ops, debug]
        self.purple.purple_eventloop_set_ui_ops(c.byref(ops))
        self.purple.purple_debug_set_ui_ops(c.byref(debug))
        self.purple.purple_debug_set_enabled(1)

    def _debug(self, _level, category, message):
        report("debug", category=text(category), text=text(message).rstrip("\n"))

    def _input_add(self, fd, condition, function, data):
        wanted = G_IO_ERR | G_IO_HUP
        wanted |= G_IO_IN if condition & PURPLE_READ else 0
        wanted |= G_IO_OUT if condition & PURPLE_WRITE else 0
        call = InputFunction(function)

        def ready(ready_fd, happened, _data):
            seen = 0
            if happened & (G_IO_IN | G_IO_HUP | G_IO_ERR):
                seen |= condition & PURPLE_READ
            if happened & (G_IO_OUT | G_IO_HUP | G_IO_ERR):
                seen |= condition & PURPLE_WRITE
            call(data, ready_fd, seen)
            return 1

        source = UnixFdFunction(ready)
        handle = self.glib.g_unix_fd_add(fd, wanted, source, None)
        self.inputs[handle] = source
        return handle

    def _input_remove(self, handle):
        # The call-back object stays in `inputs`: it may be the one that runs.
        return self.glib.g_source_remove(handle)

    def _log_in(self):
        purple, options = self.purple, self.options
        account = purple.purple_account_new(options.user.encode(), PROTOCOL)
        purple.purple_account_set_password(account, b"not-asked-for")
        purple.purple_account_set_string(account, b"server", options.server.encode())
        purple.purple_account_set_string(account, b"transport", b"tcp")
        purple.purple_account_set_string(account, b"authentication", b"ntlm")
        purple.purple_accounts_add(account)
        group = purple.purple_group_new(b"Colleagues")
        purple.purple_blist_add_group(group, None)
        buddy = purple.purple_buddy_new(account, options.buddy.encode(), b"Colleague")
        purple.purple_blist_add_buddy(buddy, None, group, None)
        self.account, self.buddy = account, buddy
        purple.purple_account_set_enabled(account, UI_ID, 1)
        status = purple.purple_savedstatus_new(None, STATUS_AVAILABLE)
        purple.purple_savedstatus_activate(status)

    # Running

    def run(self):
        """Runs until the account is logged out or the commands end."""
        tick = SourceFunction(self._tick)
        commands = UnixFdFunction(self._read_commands)
        self.keep += [tick, commands]
        self.loop = self.glib.g_main_loop_new(None, 0)
        self.glib.g_timeout_add(50, tick, None)
        self.glib.g_unix_fd_add(0, G_IO_IN | G_IO_HUP, commands, None)
        self.glib.g_main_loop_run(self.loop)

    def _tick(self, _data):
        if self.purple.purple_account_is_connected(self.account):
            state = "connected"
        elif self.purple.purple_account_is_disconnected(self.account):
            state = "disconnected"
        else:
            state = "connecting"
        if state != self.state:
            self.state = state
            report("state", value=state)
        return 1

    def _read_commands(self, _fd, _condition, _data):
        data = os.read(0, 4096)
        if not data:
            self.glib.g_main_loop_quit(self.loop)
            return 0
        self.commands += data
        *lines, self.commands = self.commands.split(b"\n")
        for line in lines:
            self._command(line.decode().split())
        return 1

    def _command(self, words):
        if words[:1] == ["call"] and len(words) == 2:
            self._call(words[1])
        elif words == ["logout"]:
            self.purple.purple_account_set_enabled(self.account, UI_ID, 0)
        else:
            report("error", value=f"unknown command {words}")

    def _call(self, number):
        """Chooses "Work NUMBER" in the buddy's menu, as a user would."""
        live = c.create_string_buffer(number.encode())
        self.keep.append(live)
        self.purple.purple_blist_node_set_string(self.buddy, b"phone", live)
        entries = self._menu()
        report("menu", entries=[text(entry.label) for entry in entries])
        for entry in entries:
            if text(entry.label).startswith("Work ") and entry.callback:
                MenuFunction(entry.callback)(self.buddy, c.cast(live, c.c_char_p))
                return
        report("error", value="no 'Work' entry in the buddy's menu: no call control")

    def _menu(self):
        plugin = self.purple.purple_plugins_find_with_id(PROTOCOL)
        protocol = c.cast(plugin.contents.info.contents.extra_info, c.POINTER(ProtocolInfo))
        head = protocol.contents.blist_node_menu(self.buddy)
        node = c.cast(head, c.POINTER(ListNode)) if head else None
        entries = []
        while node:
            entries.append(c.cast(node.contents.data, c.POINTER(MenuAction)).contents)
            node = node.contents.next
        return entries


def clear_sax2_magic(library):
    """Clears the SAX2 magic number in the library's writable data.

    Returns how often it was found; once is right.
    """
    cleared = 0
    with open("/proc/self/maps", encoding="ascii") as maps:
        regions = [line.split() for line in maps]
    for region in regions:
        if len(region) < 6 or not os.path.exists(region[5]) or region[1][:2] != "rw":
            continue
        if os.path.realpath(region[5]) != os.path.realpath(library):
            continue
        begin, end = (int(bound, 16) for bound in region[0].split("-"))
        data = c.string_at(begin, end - begin)
        at = data.find(SAX2_MAGIC)
        while at >= 0:
            c.memset(begin + at, 0, len(SAX2_MAGIC))
            cleared += 1
            at = data.find(SAX2_MAGIC, at + 4)
    return cleared


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--user", required=True, help="sign-in name, user@domain")
    parser.add_argument("--server", required=True, help="registrar, host:port")
    parser.add_argument("--buddy", required=True, help="sip: URI of the buddy to call")
    parser.add_argument("--directory", required=True, help="empty directory for libpurple's files")
    messenger = Messenger(parser.parse_args())
    try:
        messenger.start()
    except (OSError, RuntimeError, AttributeError) as error:
        report("error", value=str(error))
        sys.stdout.flush()
        os._exit(2)
    messenger.run()
    # libpurple's own shutdown may touch freed plugin data; the process ends here.
    os._exit(0)


if __name__ == "__main__":
    main()
