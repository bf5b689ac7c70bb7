#!/usr/bin/env python3
"""Files, pages and the XML interface, fetched by programs that are not ours: tftp, curl, xmllint, and bare phones.

    run.py --binary target/debug/hookflash [--logs DIR]

Each check prints PASS or FAIL; exit code 0 when all pass. It starts a server of its own, on loopback.
"""

import argparse
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import urllib.parse
import xml.etree.ElementTree as ET

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / part) for part in ("lib", "hostile", "sip-phones")]
import sccp  # noqa: E402
from server import Failed, Server  # noqa: E402
from user_agent import UserAgent  # noqa: E402

CHECKS = []
FIRMWARE = os.urandom(150_000)
USER_TO_DEVICE_V1 = 0x13F
LINE_STAT_REQ, LINE_STAT = 0x0B, 0x92


def check(function):
    CHECKS.append(function)
    return function


def require(holds, what):
    if not holds:
        raise Failed(what)


class World:
    """The server, and how it is asked."""

    def __init__(self, server, folder):
        self.server, self.folder = server, folder

    def tftp(self, name, *options):
        """The content of a file fetched by tftp-hpa, or its error."""
        host, port = self.server.address("tftp")
        target = self.folder / "fetched"
        target.unlink(missing_ok=True)
        command = ["tftp", "-m", "octet", *options, host, str(port), "-c", "get", name, str(target)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        said = done.stdout + done.stderr
        return said if "Error code" in said or not target.exists() else target.read_bytes()

    def curl(self, url, *options):
        """Status and body."""
        command = ["curl", "-s", "--path-as-is", "--max-time", "20", "-w", "\n%{http_code}", *options, url]
        done = subprocess.run(command, capture_output=True, timeout=30, check=True)
        body, _, status = done.stdout.rpartition(b"\n")
        return int(status), body

    def file(self, name, *options):
        return self.curl(f"http://{self.server.addresses['files']}/{name}", *options)

    def page(self, path, *options):
        """An object that a phone shows; xmllint has read it."""
        status, body = self.curl(f"http://{self.server.addresses['http']}{path}", *options)
        require(status == 200, f"{path}: status {status}")
        return parsed(body)

    def follow(self, url, phone, **parameters):
        """What a phone does with a URL: it fills in its name and adds the fields of a form."""
        url = url.replace("#DEVICENAME#", phone)
        joined = "&" if "?" in url else "?"
        url += joined + urllib.parse.urlencode(parameters) if parameters else ""
        return self.page(url.split(self.server.addresses["http"], 1)[1])

    def ask(self, operation, parameters="", user="axl:axlpw", body=None):
        """A request of the XML interface: status and the answer."""
        body = body or ("<SOAP-ENV:Envelope><SOAP-ENV:Body><axl>"
                        f'<request xsi:type="{operation}"><{operation}>{parameters}</{operation}></request>'
                        "</axl></SOAP-ENV:Body></SOAP-ENV:Envelope>")
        login = ["-u", user] if user else []
        status, answer = self.curl(f"http://{self.server.addresses['http']}/ios_xml_app/cme", *login,
                                   "-H", "Content-Type: text/xml", "--data-binary", body)
        return status, parsed(answer) if answer.startswith(b"<?xml") else answer

    def phone(self, name, **options):
        return sccp.Phone(self.server.address("sccp"), **options)


def parsed(body):
    """An XML document that xmllint accepts."""
    done = subprocess.run(["xmllint", "--nonet", "-"], input=body, capture_output=True, timeout=20, check=False)
    require(done.returncode == 0, f"xmllint: {done.stderr.decode(errors='replace')}\n{body[:500]!r}")
    return ET.fromstring(body)


def text(element, path):
    found = element.find(path)
    require(found is not None, f"no {path} in {ET.tostring(element)[:400]!r}")
    return found.text or ""


def items(menu):
    return {text(item, "Name"): text(item, "URL") for item in menu.iter("MenuItem")}


def line_of(phone):
    """The number on the phone's first line."""
    phone.seen.clear()
    phone.send(sccp.frame(LINE_STAT_REQ, sccp.words(1)))
    require(phone.expect(LINE_STAT), "no LineStat")
    body = next(body for seen, body in phone.seen if seen == LINE_STAT)
    return body[4:28].split(b"\0")[0].decode()


@check
def a_phone_reads_its_configuration_by_tftp(world):
    for name in ("SEP020000000201.cnf.xml", "sep020000000201.CNF.XML", "/SEP020000000201.cnf.xml",
                 "Communicator/SEP020000000201.cnf.xml"):
        device = parsed(world.tftp(name))
        manager = device.find("devicePool/callManagerGroup/members/member/callManager")
        port = world.server.addresses["sccp"].rpartition(":")[2]
        require(text(manager, "ports/ethernetPhonePort") == port, "port of SCCP")
        require(text(manager, "processNodeName") == "127.0.0.1", "address")
        require(text(device, "loadInformation") == "P00308010200", "firmware")
        require(text(device, "userLocale/name") == "German_Germany", "locale")
        require(text(device, "vendorConfig/webAccess") == "0", "service phone")
        require(world.server.addresses["http"] in text(device, "servicesURL"), "services")
        require(text(device, "authenticationURL") == "http://10.0.0.9/auth", "authentication")
    same = [world.tftp("SEP020000000201.cnf.xml") for _ in range(2)]
    require(same[0] == same[1], "the same file twice differs")


@check
def options_of_tftp_are_agreed(world):
    require(world.tftp("P00308010200.bin") == FIRMWARE, "firmware by TFTP")
    if "-b" in subprocess.run(["tftp", "-h"], capture_output=True, text=True, check=False).stderr:
        require(world.tftp("P00308010200.bin", "-b", "1428") == FIRMWARE, "large blocks")
    host, port = world.server.address("tftp")
    status, body = world.curl(f"tftp://{host}:{port}/P00308010200.bin", "--tftp-blksize", "1400")
    require(body == FIRMWARE, f"curl's TFTP with blksize: {status} {len(body)} bytes")


@check
def what_is_not_there_is_refused_at_once(world):
    for name in ("CTLSEP020000000201.tlv", "ITLFile.tlv", "SIP020000000201.cnf", "SEP0200000009FF.cnf.xml", "nothing"):
        require("File not found" in world.tftp(name), f"{name} by TFTP")
        require(world.file(name)[0] == 404, f"{name} by HTTP")
    host, port = world.server.address("tftp")
    done = subprocess.run(["tftp", host, str(port), "-c", "put", __file__, "stored"], capture_output=True, text=True,
                          timeout=20, check=False)
    require("Error code 2" in done.stdout + done.stderr, f"a file was taken: {done.stdout}{done.stderr}")


@check
def nothing_outside_flash_is_served(world):
    for name in ("../startup-config", "../../etc/passwd", "....//state.db", "state.db", "startup-config",
                 "Germany/../../state.db", "/etc/passwd", "secret.cfg", "P00308010200.bin/../secret.cfg"):
        said = world.tftp(name)
        require(isinstance(said, str) and "File not found" in said, f"{name} by TFTP: {said[:60]!r}")
        for spelt in (name, name.replace(".", "%2e"), name.replace("/", "%2f")):
            require(world.file(spelt)[0] == 404, f"{spelt} by HTTP")


@check
def the_same_files_come_over_http(world):
    status, body = world.file("SEP020000000201.cnf.xml")
    require(status == 200 and body == world.tftp("SEP020000000201.cnf.xml"), "configuration")
    require(world.file("P00308010200.bin") == (200, FIRMWARE), "firmware")
    require(world.file("SEP020000000201.cnf.xml", "-0")[0] == 200, "HTTP/1.0")
    require(world.file("Germany/g3-tones.xml") == (200, b"<tones/>"), "alias")
    require(world.file("SEP020000000201.cnf.xml", "-X", "DELETE")[0] == 405, "another method")
    default = parsed(world.file("XMLDefault.cnf.xml")[1])
    require(default.tag == "Default" and text(default, "loadInformation7") == "P00308010200", "default")
    require(world.file("OS79XX.TXT") == (200, b"P00308010200\r\n"), "OS79XX.TXT")
    require(text(parsed(world.file("RINGLIST.XML")[1]), "Ring/FileName") == "Chime.raw", "ring list")


@check
def a_sip_phone_registers_with_what_is_in_its_file(world):
    """The server, the lines and the passwords in the file are those with which the phone can register; passwords of type 7 too."""
    config = parsed(world.tftp("SEP020000000301.cnf.xml"))
    require(text(config, "deviceProtocol") == "SIP", "not a file for SIP")
    manager = config.find(".//callManager")
    server = (text(manager, "processNodeName"), int(text(manager, "ports/sipPort")))
    line = config.find(".//sipLines/line")
    agent = UserAgent(server, text(line, "name"), user=text(line, "authName"), password=text(line, "authPassword"), transport="tcp")
    try:
        require(agent.register() == 200, "the phone of the file cannot register")
    finally:
        agent.close()
    old = world.tftp("SIP020000000302.cnf").decode()
    require('line1_name: "302"' in old and 'line1_password: "cisco"' in old, old)
    require(b"proxy_register" in world.tftp("SIPDefault.cnf"), "no SIPDefault.cnf")
    status, body = world.file("SEP020000000301.cnf.xml")
    require(status == 200 and body == world.tftp("SEP020000000301.cnf.xml"), "HTTP has another file")


@check
def pages_lead_from_one_to_the_next(world):
    device = parsed(world.tftp("SEP020000000201.cnf.xml"))
    name = "SEP020000000201"
    services = items(world.follow(text(device, "servicesURL"), name))
    require(services["Office"] == "http://10.0.0.9/apps.xml", f"configured service: {services}")
    require("Extension Mobility" not in services, "a phone that is not one of extension mobility offers it")
    directories = world.follow(text(device, "directoryURL"), name)
    require(directories.tag == "CiscoIPPhoneMenu", "the Directories key gets a menu")
    entries = items(directories)
    form = world.follow(entries["Local Directory"], name)
    require(form.tag == "CiscoIPPhoneInput" and len(form.findall("InputItem")) == 3, "search form")
    found = world.follow(text(form, "URL"), name, l="bu", f="b", n="")
    require([text(entry, "Telephone") for entry in found.iter("DirectoryEntry")] == ["201"], "search by names")
    found = world.follow(text(form, "URL"), name, l="", f="", n="555")
    require([text(entry, "Name") for entry in found.iter("DirectoryEntry")] == ["Smith, John & Co"], "search by number")
    taxi = world.follow(entries["Personal Speed Dial"], name)
    require(text(taxi, "DirectoryEntry/Telephone") == "5550199", "fastdial")
    require(world.page("/localdirectory").tag == "CiscoIPPhoneInput", "the documented path of the form")


@check
def old_phones_get_their_character_set(world):
    status, body = world.curl(f"http://{world.server.addresses['http']}/localdirectory",
                              "-H", "Accept-Charset: iso-8859-1, utf-8;q=0.8", "-D", "-")
    require(status == 200 and b"ISO-8859-1" in body and b"xpires: -1" in body, f"headers: {body[:300]!r}")


@check
def a_push_is_authorized_by_name_and_password(world):
    def said(**parameters):
        query = urllib.parse.urlencode(parameters)
        return world.curl(f"http://{world.server.addresses['http']}/CCMCIP/authenticate.asp?{query}")[1]
    require(said(UserID="em-manager", Password="empw", devicename="SEP020000000201") == b"AUTHORIZED", "credential")
    require(said(UserID="push", Password="secret", devicename="SEP020000000201") == b"AUTHORIZED", "url authentication")
    require(said(UserID="push", Password="wrong", devicename="SEP020000000201") == b"UN-AUTHORIZED", "wrong password")
    require(said(UserID="push") == b"ERROR", "no password")


@check
def a_new_phone_becomes_an_ephone(world):
    phone = world.phone("SEP0200000003AA")
    require(phone.register("SEP0200000003AA"), "not registered")
    require(line_of(phone) == "210", f"first free number: {line_of(phone)}")
    running = world.server.cli("show running-config")
    require("mac-address 0200.0000.03AA" in running and "button  1:10" in running, "running-config")
    other = world.phone("SEP0200000003AB")
    require(other.register("SEP0200000003AB") and line_of(other) == "211", "second new phone")
    world.server.cli("write memory")
    stored = (world.server.data / "startup-config").read_text()
    require("0200.0000.03AB" in stored, "write memory")
    phone.close()
    other.close()


@check
def a_phone_that_does_not_come_up_is_explained(world):
    configure(world.server, "telephony-service", "no auto-reg-ephone")
    stranger = world.phone("SEP0200000009FF")
    stranger.send(sccp.frame(sccp.REGISTER, sccp.register_body("SEP0200000009FF")))
    require(stranger.expect(sccp.REGISTER_REJECT), "not rejected")
    world.tftp("SEP020000000202.cnf.xml")
    said = world.server.cli("show ephone attempted-registrations")
    for part in ("Attempting Mac address:", "0200.0000.09FF", "Telecaster 7960", "no ephone has this mac-address",
                 "0200.0000.0202: it asked for SEP020000000202.cnf.xml", "it has not come to register",
                 "0200.0000.0203: it has asked for no file"):
        require(part in said, f"{part!r} is not in\n{said}")
    world.server.cli("clear telephony-service ephone-attempted-registrations")
    require("09FF" not in world.server.cli("show ephone attempted-registrations"), "not cleared")


@check
def a_number_moves_with_its_user(world):
    first, second = "SEP020000000202", "SEP020000000203"
    desk = world.phone(first)
    require(desk.register(first) and line_of(desk) == "203", "the logout profile's number")
    device = parsed(world.tftp(f"{first}.cnf.xml"))
    services = items(world.follow(text(device, "servicesURL"), first))
    require(list(services)[-1] == "Extension Mobility", f"last of the services: {services}")
    form = world.follow(services["Extension Mobility"], first)
    wrong = world.follow(text(form, "URL"), first, userid="anna", pin="1234")
    require("[201]-Authentication error" in text(wrong, "Text"), "wrong pin")
    blank = world.follow(text(form, "URL"), first, userid="anna", pin="")
    require("[202]-Blank userid or pin" in text(blank, "Text"), "no pin")
    done = world.follow(text(form, "URL"), first, userid="anna", pin="4711")
    require("Login Successful" in text(done, "Text"), f"login: {text(done, 'Text')}")
    require(desk.expect(sccp.RESET, 10), "the phone is not restarted")
    desk.close()
    desk = world.phone(first)
    require(desk.register(first) and line_of(desk) == "204", "the user's number")

    other = world.phone(second)
    require(other.register(second) and line_of(other) == "203", "the other phone before")
    desk.seen.clear()
    world.server.cli("emadmin login anna 3")
    require(desk.expect(USER_TO_DEVICE_V1, 5), "the call history is not cleared")
    pushed = next(body for seen, body in desk.seen if seen == USER_TO_DEVICE_V1)
    require(b"CiscoIPPhoneExecute" in pushed and b"Init:CallHistory" in pushed, f"{pushed!r}")
    require(desk.expect(sccp.RESET, 10) and other.expect(sccp.RESET, 10), "both phones restart")
    for phone, name, number in ((desk, first, "203"), (other, second, "204")):
        phone.close()
        again = world.phone(name)
        require(again.register(name) and line_of(again) == number, f"{name} has not {number}")
        again.close()
    logins = world.server.cli("show ephone login")
    require(logins.count("Logged-in:TRUE") == 1 and "user anna" in logins, logins)


@check
def a_login_survives_a_crash(world):
    world.server.cli("emadmin login otto 2")
    server = world.server
    server.process.send_signal(signal.SIGKILL)
    server.process.wait(10)
    world.server = server.again()
    logins = world.server.cli("show ephone login")
    require("user otto" in logins and "user anna" in logins, logins)
    phone = world.phone("SEP020000000202")
    require(phone.register("SEP020000000202") and line_of(phone) == "205", "the number after the crash")
    phone.close()
    world.server.cli("emadmin logout otto")
    world.server.cli("emadmin logout anna")


@check
def pages_do_not_log_in_where_that_is_left_to_applications(world):
    configure(world.server, "telephony-service", "em external")
    page = world.page("/CMEserverForPhone/em/login?name=SEP020000000202&userid=anna&pin=4711")
    require("[22]-Dev.logon disabled" in text(page, "Text"), text(page, "Text"))
    services = items(world.page("/CMEserverForPhone/serviceurl?name=SEP020000000202"))
    require("Extension Mobility" not in services, "still in the menu")
    configure(world.server, "telephony-service", "no em external")


@check
def the_xml_interface_reads(world):
    status, answer = world.ask("ISgetGlobal")
    require(status == 200 and text(answer, ".//ISGlobal/ISName") == "provisioning", "ISgetGlobal")
    require(text(answer, ".//ISMaxEphone") == "8" and text(answer, ".//xml/user") == "axl", "ISgetGlobal")
    devices = world.ask("ISgetDevice", "<ISDevID>1</ISDevID><ISDevName>SEP020000000202</ISDevName>")[1]
    require([device.text for device in devices.iter("ISDevID")] == ["1", "2"], "ISgetDevice joins its parameters")
    phone = world.phone("SEP020000000201")
    require(phone.register("SEP020000000201"), "not registered")
    old = world.ask("ISgetDevice", "<ISDevName>allRegistered</ISDevName>")[1]
    require([text(device, "ISDevStatus") for device in old.iter("ISDevice")] == ["registered"], "allRegistered")
    extension = world.ask("ISgetExtension", "<ISExtNumber>201</ISExtNumber>")[1]
    require(text(extension, ".//ISExtStatus") == "up" and text(extension, ".//lastName") == "Builder", "ISgetExtension")
    events = world.ask("ISgetDevEvts", "all")[1]
    require("registered" in [event.text for event in events.iter("ISDevStatus")], "ISgetDevEvts")
    require("goes up" in world.server.cli("show fb-its-log"), "show fb-its-log")
    user = world.ask("ISgetUser", "<ISuserID>otto</ISuserID>")[1]
    require((text(user, ".//ISuserType"), text(user, ".//ISuserTag")) == ("3", "2"), "ISgetUser")
    require(text(world.ask("ISgetUser", "<ISuserID>nobody</ISuserID>")[1], ".//ISuserType") == "0", "unknown user")
    secrets = [ET.tostring(world.ask("ISgetUserProfile", "<ISKeyword>all</ISKeyword>", user)[1])
               for user in ("axl:axlpw", "reader:readerpw")]
    require(b"geheim" in secrets[0] and b"geheim" not in secrets[1], "passwords are for privilege 15")
    phone.close()


@check
def the_xml_interface_executes(world):
    def executed(*lines, user="axl:axlpw"):
        answer = world.ask("ISexecCLI", "".join(f"<CLI>{line}</CLI>" for line in lines), user)[1]
        return answer
    done = executed("ephone-dn 5", "name Otto Normal", "emadmin login otto 3")
    require(text(done, ".//ISexecCLIResponse") == "0", ET.tostring(done))
    require("Otto Normal" in world.server.cli("show running-config"), "not in effect")
    require("user otto" in world.server.cli("show ephone login"), "emadmin")
    failed = executed("ephone-dn 5", "name Otto Zwei", "no such command", "name Drei")
    require(text(failed, ".//ISexecCLIResponse") == "3", "the line that failed")
    require("Otto Zwei" in world.server.cli("show running-config"), "lines before it stay")
    refused = executed("hostname x", user="reader:readerpw")
    require(text(refused, ".//error/code") == "403", "privilege 1 executes")
    require(text(world.ask("ISSaveConfig")[1], ".//ISSaveConfigResult") == "success", "ISSaveConfig")
    require("Otto Zwei" in (world.server.data / "startup-config").read_text(), "not stored")


@check
def the_xml_interface_refuses(world):
    require(world.ask("ISgetGlobal", user=None)[0] == 401, "no name")
    require(world.ask("ISgetGlobal", user="axl:wrong")[0] == 401, "wrong password")
    require(text(world.ask("ISgetNothing")[1], ".//error/code") == "404", "unknown request")
    for body in ("<a", "", "nothing", "<!DOCTYPE a [<!ENTITY b 'c'>]><axl><request>&b;</request></axl>"):
        require(world.ask("", body=body or " ")[0] == 400, f"{body!r}")
    large = world.folder / "large"
    large.write_bytes(b"<axl>" + b"x" * 300_000)
    url = f"http://{world.server.addresses['http']}/ios_xml_app/cme"
    require(world.curl(url, "-u", "axl:axlpw", "--data-binary", f"@{large}")[0] == 413, "too large")
    require(world.curl(url, "-u", "axl:axlpw")[0] == 405, "GET")


@check
def strangers_take_neither_files_nor_pages_from_others(world):
    """One address opens every connection it can and asks for every file at once; another one is served meanwhile."""
    host, port = world.server.address("files")
    half_open = []
    for _ in range(200):
        connection = socket.create_connection((host, port), 5)
        try:
            connection.sendall(b"GET /SEP020000000201.cnf.xml HTTP/1.1\r\nX: ")
        except OSError:
            pass
        half_open.append(connection)
    flood = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(300)]
    for sender in flood:
        sender.sendto(b"\0\1P00308010200.bin\0octet\0blksize\0065464\0windowsize\00065535\0", world.server.address("tftp"))
    status, body = world.file("SEP020000000201.cnf.xml", "--interface", "127.0.0.9")
    require(status == 200 and b"<device>" in body, f"HTTP from another address: {status}")
    other = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    other.bind(("127.0.0.9", 0))
    other.settimeout(5)
    other.sendto(b"\0\1SEP020000000201.cnf.xml\0octet\0", world.server.address("tftp"))
    require(b"<device>" in other.recvfrom(2000)[0], "TFTP from another address")
    for connection in half_open + flood + [other]:
        connection.close()


@check
def requests_that_make_no_sense_end_their_connection_only(world):
    host, port = world.server.address("http")
    for request in (b"\0\1\2\3\r\n\r\n", b"GET " + b"/" * 70_000 + b" HTTP/1.1\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n",
                    b"POST /ios_xml_app/cme HTTP/1.1\r\nContent-Length: -5\r\n\r\n",
                    b"GET /a HTTP/1.1\r\n" + b"X: y\r\n" * 500 + b"\r\n",
                    b"GET /localdirectory/query?l=%ff%00%zz&p=99999999999999999999 HTTP/1.0\r\n\r\n"):
        connection = socket.create_connection((host, port), 5)
        connection.settimeout(20)
        try:
            connection.sendall(request)
            answer = connection.recv(4096)
        except OSError:
            answer = b""
        require(not answer or answer.startswith(b"HTTP/1."), f"{request[:30]!r}: {answer[:80]!r}")
        connection.close()
    require(world.page("/localdirectory").tag == "CiscoIPPhoneInput", "pages afterwards")


@check
def files_are_served_as_soon_as_they_are_wanted(world):
    data = world.folder / "bare"
    data.mkdir(exist_ok=True)
    config = data / "bare.cfg"
    config.write_text("telephony-service\n max-ephones 2\n max-dn 2\n ip source-address 127.0.0.1 port 0\n"
                      "ephone 1\n mac-address 0200.0000.0201\n")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.8", 0))
        port = free.getsockname()[1]
    with Server(world.server.binary, config, "127.0.0.8", data) as server:
        require("tftp" not in server.addresses, f"served without being wanted: {server.addresses}")
        configure(server, "telephony-service", f"tftp-server port {port}", "create cnf-files")
        target = data / "fetched"
        subprocess.run(["tftp", "-m", "octet", "127.0.0.8", str(port), "-c", "get", "SEP020000000201.cnf.xml",
                        str(target)], timeout=20, check=False, capture_output=True)
        require(target.exists() and b"<device>" in target.read_bytes(), "not served after `create cnf-files`")


def configure(server, *lines):
    """Types lines into a configuration session."""
    commands = [part for line in ("configure terminal", *lines, "end") for part in ("-c", line)]
    done = subprocess.run([server.binary, "cli", "--data", str(server.data), *commands], capture_output=True,
                          text=True, timeout=20, check=False)
    require(done.returncode == 0, f"{lines}: {done.stdout}{done.stderr}")


class Restartable(Server):
    """A server that can be started again with what it has stored."""

    def again(self):
        return Restartable(self.binary, HERE / "office.cfg", "127.0.0.1", self.data)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", required=True)
    parser.add_argument("--logs", type=pathlib.Path)
    arguments = parser.parse_args()
    logs = arguments.logs or pathlib.Path(tempfile.mkdtemp(prefix="hookflash-provisioning-"))
    data = logs / "data"
    flash = data / "flash"
    (flash / "tones").mkdir(parents=True, exist_ok=True)
    (flash / "P00308010200.bin").write_bytes(FIRMWARE)
    (flash / "tones" / "de-g3-tones.xml").write_text("<tones/>")
    (flash / "Chime.raw").write_bytes(b"\xff" * 480)
    (flash / "secret.cfg").write_text("username admin password secret")
    failed = 0
    world = World(Restartable(arguments.binary, HERE / "office.cfg", "127.0.0.1", data), logs)
    try:
        for function in CHECKS:
            name = function.__name__.replace("_", " ")
            try:
                function(world)
                print(f"PASS  {name}")
            except (Failed, OSError, subprocess.SubprocessError) as failure:
                failed += 1
                print(f"FAIL  {name}: {failure}")
    finally:
        world.server.__exit__()
    print(f"{len(CHECKS) - failed} of {len(CHECKS)} checks passed (logs in {logs})")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
