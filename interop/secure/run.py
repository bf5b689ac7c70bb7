#!/usr/bin/env python3
"""What is served over TLS and WebSocket, for openssl, curl, baresip and clients of our own.

    run.py --binary target/debug/hookflash [--logs DIR] [CHECK...]

Ends with 0 when all is well. Everything it started has ended when it ends.
"""

import argparse
import importlib.util
import os
import pathlib
import shutil
import socket
import ssl
import stat
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
for part in ("sip-phones", "lib"):
    sys.path.insert(0, str(HERE.parent / part))
from baresip import Baresip  # noqa: E402
import dns  # noqa: E402
from ladder import Checks  # noqa: E402
from server import Failed, Server, wait_for  # noqa: E402
from user_agent import TLS, UserAgent, digest, token  # noqa: E402
from websocket import Refused, Rpc, WebSocket  # noqa: E402

CHECKS = []
USERS = {"301": "udp", "302": "tcp", "303": "tls", "304": "ws", "305": "wss"}

CONFIG = """\
hostname secure.example
{before}voice service voip
 no cti shutdown
 allow-connections sip to sip
 sip
  registrar server expires max 600 min 60
!
voice register global
 mode cme
 source-address 127.0.0.1 port 0
 max-dn 10
 max-pool 10
 authenticate register
!
{phones}telephony-service
 ip source-address 127.0.0.1 port 0
!
sip-ua
 transport tcp tls{versions}
!
cti-manager
 csta tcp port 0
 csta tls port 0
 http port 0
 https port 0
 cluster-security
!
application-user crm
 password 0 secret
 group Standard CTI Enabled
 group Standard CTI Allow Control of All Devices
!
application-user safe
 password 0 secret
 group Standard CTI Enabled
 group Standard CTI Allow Control of All Devices
 group Standard CTI Secure Connection
!
end
"""

PHONE = """\
voice register dn {tag}
 number {number}
 cti watch
!
voice register pool {tag}
 id mac 0200.0000.0{number}
 number 1 dn {tag}
 username {number} password 0 pw{number}
 codec g711ulaw
!
"""


def load(name, path):
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


csta = load("csta_client", HERE.parent / "csta-tcp" / "client.py")


def check(function):
    CHECKS.append(function)
    return function


def require(condition, text):
    if not condition:
        raise Failed(text)


def configuration(before="", versions=""):
    phones = "".join(PHONE.format(tag=tag, number=number) for tag, number in enumerate(USERS, 1))
    return CONFIG.format(before=before, versions=versions, phones=phones)


class Lab:
    """A server, and a place for its files."""

    def __init__(self, binary, logs, name):
        self.binary, self.data = binary, logs / name
        shutil.rmtree(self.data, ignore_errors=True)
        self.data.mkdir(parents=True)

    def serve(self, **settings):
        path = self.data / "office.cfg"
        path.write_text(configuration(**settings))
        return Server(self.binary, path, "127.0.0.1", self.data)


def openssl(server, service, *arguments):
    """What `openssl s_client` says of a listener."""
    command = ["openssl", "s_client", "-connect", server.addresses[service], "-brief", *arguments]
    done = subprocess.run(command, input=b"", capture_output=True, timeout=20, check=False)
    return done.returncode, (done.stdout + done.stderr).decode(errors="replace")


def curl(server, service, path, *arguments):
    """Status and body."""
    scheme = "https" if service == "https" else "http"
    command = ["curl", "-s", "-w", "\n%{http_code}", *arguments, f"{scheme}://{server.addresses[service]}{path}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    body, _, status = done.stdout.rpartition("\n")
    return int(status), body


def start(server, service, user, password="secret", context=TLS):
    """The answer to StartApplicationSession; without a user it names nobody, without a password the user only."""
    context = context if service == "csta-tls" else None
    plain = socket.create_connection(server.address(service), 10)
    bodies = []
    connection = csta.Connection.__new__(csta.Connection)
    connection.limit, connection.bodies, connection.buffer = 10, bodies, b""
    connection.frames, connection.closed, connection.invoke, connection.session = [], False, 0, None
    connection.socket = context.wrap_socket(plain) if context else plain
    with connection:
        given = f"<password>{password}</password>" if password else ""
        login = f'<SessionLoginInfo xmlns="{csta.AVAYA}"><userName>{user}</userName>{given}</SessionLoginInfo>'
        inner = ("<applicationInfo><applicationID>crm</applicationID><applicationSpecificInfo>"
                 f"{login if user else ''}</applicationSpecificInfo></applicationInfo><requestedProtocolVersions>"
                 f"<protocolVersion>{csta.ED3}</protocolVersion></requestedProtocolVersions>")
        connection.send(csta.frame("0001", connection.document("StartApplicationSession", inner, csta.SESSION)))
        answered = connection.wait(lambda: connection.frames)
        require(answered, f"no answer for {user} at {service}")
        return bodies[0].decode()


@check
def versions(lab):
    """TLS 1.2 and 1.3 at each listener, nothing older; `transport tcp tls v1.3` for SIP alone"""
    with lab.serve() as server:
        for service in ("sips", "csta-tls", "https"):
            for version in ("-tls1_2", "-tls1_3"):
                code, said = openssl(server, service, version)
                require(code == 0 and "CN = secure.example" in said.replace("CN=", "CN = "), f"{service} {version}: {said}")
            code, said = openssl(server, service, "-tls1_1", "-cipher", "DEFAULT:@SECLEVEL=0")
            require(code != 0, f"{service} -tls1_1: {said}")
        shown = server.cli("show sip-ua status")
        require("TLS over TCP : ENABLED" in shown, shown)
    with lab.serve(versions=" v1.3") as server:
        require(openssl(server, "sips", "-tls1_2")[0] != 0, "TLS 1.2 is taken for SIP")
        require(openssl(server, "sips", "-tls1_3")[0] == 0, "TLS 1.3 is not taken for SIP")
        require(openssl(server, "https", "-tls1_2")[0] == 0, "TLS 1.2 is not taken for HTTPS")


@check
def own_certificate(lab):
    """A certificate of our own is made once, its key is for the server only, and it names the addresses"""
    seen = []
    for _ in range(2):
        with lab.serve() as server:
            seen.append({service: ssl.get_server_certificate(server.address(service))
                         for service in ("sips", "csta-tls", "https")})
    require(seen[0] == seen[1] and len(set(seen[0].values())) == 1, "the certificate has changed")
    mode = stat.S_IMODE(os.stat(lab.data / "pki/self-signed.key").st_mode)
    require(mode == 0o600, f"mode of the key {mode:o}")
    context = ssl.create_default_context(cafile=lab.data / "pki/self-signed.pem")
    with lab.serve() as server:
        for name in ("secure.example", "127.0.0.1", "localhost"):
            with socket.create_connection(server.address("sips")) as plain:
                context.wrap_socket(plain, server_hostname=name).close()


@check
def trustpoint(lab):
    """The certificate of a trustpoint; one that cannot be read ends the start"""
    pki = lab.data / "pki"
    pki.mkdir()
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-days", "3", "-subj", "/CN=pbx.office", "-addext", "subjectAltName=DNS:pbx.office",
                    "-keyout", pki / "office.key", "-out", pki / "office.pem"], capture_output=True, check=True)
    before = "crypto pki trustpoint OFFICE\n certificate file office.pem\n key file office.key\n!\n"
    context = ssl.create_default_context(cafile=pki / "office.pem")
    with lab.serve(before=before) as server:
        for service in ("sips", "csta-tls", "https"):
            with socket.create_connection(server.address(service)) as plain:
                context.wrap_socket(plain, server_hostname="pbx.office").close()
    (pki / "office.key").write_text("nothing")
    try:
        with lab.serve(before=before):
            raise AssertionError("it runs without a key")
    except Failed:
        log = (lab.data / "server.log").read_text()
        require("cannot use the certificate" in log and "office.key" in log, log[-500:])


@check
def applications(lab):
    """CSTA over TLS, HTTPS and WebSocket over TLS; who must come by TLS does not come otherwise"""
    with lab.serve() as server:
        for user, service, wanted in (("crm", "csta", "PosResponse"), ("crm", "csta-tls", "PosResponse"),
                                      ("safe", "csta", "secureConnectionRequired"),
                                      ("safe", "csta-tls", "PosResponse")):
            answer = start(server, service, user)
            require(wanted in answer, f"{user} at {service}: {answer}")
        for user, service, wanted in (("crm", "http", 200), ("crm", "https", 200), ("safe", "http", 403),
                                      ("safe", "https", 200), ("nobody", "https", 401)):
            status, body = curl(server, service, "/api/v1/devices", "-k", "-u", f"{user}:secret")
            require(status == wanted, f"{user} at {service}: {status} {body}")
        require(curl(server, "https", "/healthz", "--cacert", str(lab.data / "pki/self-signed.pem"))[0] == 200,
                "curl does not take the certificate")
        basic = "Basic c2FmZTpzZWNyZXQ="
        rpc = Rpc(server.address("https"), authorization=basic, tls=TLS)
        require(rpc.call("StartApplicationSession", applicationID="crm")["sessionID"], "no session")
        shown = server.cli("show cti session")
        require("JSON/TLS" in shown, shown)
        rpc.close()
        try:
            WebSocket(server.address("http"), authorization=basic)
            raise Failed("a user who must use TLS has a WebSocket without it")
        except Refused as refusal:
            require(refusal.status == 403, f"refused with {refusal.status}")


def authority(pki, name):
    """An authority, and what makes certificates of it: files of the certificate and its key."""
    pki.mkdir(exist_ok=True)
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "3"]

    def make(subject, *options):
        files = pki / f"{subject}.pem", pki / f"{subject}.key"
        subprocess.run(["openssl", "req", "-x509", *key, "-subj", f"/CN={subject}", "-out", files[0], "-keyout", files[1],
                        *options], capture_output=True, check=True)
        return files
    certificate, secret = make(name)
    of_client = ["-CA", certificate, "-CAkey", secret, "-addext", "basicConstraints=CA:FALSE"]
    return lambda subject, *options: make(subject, *of_client, *options)


def shows(files):
    """A client that shows this certificate."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.load_cert_chain(*files)
    return context


CLIENTS = """\
crypto pki trustpoint APPS
 ca file apps.pem
!
cti-manager
 client-trustpoint APPS{required}
{more}!
application-user robot
 x509-subject-name robot.example
 group Standard CTI Enabled
 group Standard CTI Allow Control of All Devices
!
"""


@check
def client_certificates(lab):
    """A certificate proves a user at each door over TLS; what is wrong with another one is said there"""
    pki = lab.data / "pki"
    make, stranger = authority(pki, "apps"), authority(pki, "strangers")
    crm, robot = make("crm"), make("host 7", "-addext", "subjectAltName=DNS:robot.example")
    nobody, foreign = make("nobody"), stranger("crm@elsewhere")
    with lab.serve(before=CLIENTS.format(required="", more="")) as server:
        for user, password, files, wanted in (
                (None, None, crm, "PosResponse"), ("crm", None, crm, "PosResponse"), (None, None, robot, "PosResponse"),
                ("robot", None, crm, "loginFailed"), (None, None, nobody, "certificateUnknown"),
                (None, None, foreign, "certificateUntrusted"), ("crm", "secret", foreign, "PosResponse"),
                ("crm", "wrong", crm, "loginFailed")):
            answer = start(server, "csta-tls", user, password, shows(files))
            require(wanted in answer, f"{user} {password} with {files[0].name}: {answer}")
        require("invalidApplicationInfo" in start(server, "csta-tls", None, None), "nobody has a session")
        for files, wanted, value in ((crm, 200, "["), (robot, 200, "["), (nobody, 403, "certificateUnknown"),
                                     (foreign, 403, "certificateUntrusted")):
            certificate = ["--cert", str(files[0]), "--key", str(files[1])]
            status, body = curl(server, "https", "/api/v1/devices", "-k", *certificate)
            require(status == wanted and value in body, f"{files[0].name}: {status} {body}")
        require(curl(server, "https", "/api/v1/devices", "-k")[0] == 401, "without a certificate")
        rpc = Rpc(server.address("https"), tls=shows(robot))
        require(rpc.call("StartApplicationSession")["sessionID"], "no session")
        shown = server.cli("show cti session")
        require("robot" in shown, shown)
        rpc.close()
        rpc = Rpc(server.address("https"), tls=shows(robot))
        require("error" not in rpc.request("GetSwitchingFunctionDevices"), "no implicit session")
        rpc.close()
        rpc = Rpc(server.address("https"), tls=shows(nobody))
        refused = rpc.request("StartApplicationSession", applicationID="x")["error"]
        require(refused["data"] == {"category": "session", "value": "certificateUnknown"}, refused)
        rpc.close()
        for files, status, who in ((robot, 200, '"who":"robot"'), (nobody, 200, "")):
            agent = UserAgent(server.address("sips"), "apps", transport="tls", tls=shows(files))
            require(session(agent, "x", "y") == status, f"over SIP with {files[0].name}")
            require(who in (lab.data / "audit.log").read_text(), f"the session is not that of {who}")
            agent.close()
    with lab.serve(before=CLIENTS.format(required=" required", more=" csta sip authenticate\n")) as server:
        for service, password, context, wanted in (
                ("csta", "secret", None, "certificateRequired"), ("csta-tls", "secret", TLS, "certificateRequired"),
                ("csta-tls", "secret", shows(foreign), "certificateUntrusted"),
                ("csta-tls", "secret", shows(nobody), "PosResponse"), ("csta-tls", "wrong", shows(nobody), "loginFailed")):
            answer = start(server, service, "crm", password, context)
            require(wanted in answer, f"{service}: {answer}")
        status, body = curl(server, "https", "/api/v1/devices", "-k", "-u", "crm:secret")
        require((status, "certificateRequired" in body) == (403, True), f"{status} {body}")
        for files, status in ((None, 403), (foreign, 403), (robot, 200)):
            agent = UserAgent(server.address("sips"), "apps", transport="tls", **({"tls": shows(files)} if files else {}))
            require(session(agent, "crm", "secret") == status, f"over SIP: {files}")
            agent.close()


def phone(server, number):
    transport = USERS[number]
    service = {"tls": "sips", "ws": "ws", "wss": "wss"}.get(transport, "sip")
    return UserAgent(server.address(service), number, password=f"pw{number}", transport=transport)


@check
def phones(lab):
    """SIP phones over UDP, TCP, TLS, WS and WSS register with digest and call each other"""
    with lab.serve() as server:
        agents = {number: phone(server, number) for number in USERS}
        for number, agent in agents.items():
            require(agent.register(password="wrong") == 401, f"{number} registers with a wrong password")
            require(agent.register() == 200, f"{number} cannot register over {agent.transport}")
            require(agent.contact()[1:-1] in agent.registered[-1].get("Contact"), agent.registered[-1].get("Contact"))
        shown = server.cli("show voice register pool")
        for caller in agents.values():
            for callee in agents.values():
                if caller is callee:
                    continue
                talk(caller, callee)
        for agent in agents.values():
            require(agent.register(0) == 200, f"{agent.number} cannot leave")
            agent.close()
        require("wss" in shown.lower() and "tls" in shown.lower(), shown)


def talk(caller, callee):
    pair = f"{caller.transport} calls {callee.transport}"
    callee.calls.clear()
    call = caller.call(callee.number)
    require(callee.wait(lambda: callee.in_state("ringing")), f"{pair}: does not ring, {call.statuses}")
    other = callee.in_state("ringing")
    via = other.invite.get("Via").split()[0]
    require(via == f"SIP/2.0/{callee.transport.upper()}", f"{pair}: {via}")
    other.answer()
    require(caller.wait(lambda: call.state == "connected"), f"{pair}: {call.statuses}")
    call.hold()
    require(caller.wait(lambda: any(answer.status == 200 for answer in call.answers)), f"{pair}: not held")
    call.resume()
    require(caller.wait(lambda: any(answer.status == 200 for answer in call.answers)), f"{pair}: not resumed")
    other.bye()
    require(caller.wait(lambda: call.state == "ended"), f"{pair}: no BYE")


@check
def web_sockets(lab):
    """The subprotocol is `sip`; pages of other hosts get none; keepalives; bytes as well as text; what is no SIP ends it"""
    with lab.serve() as server:
        address = server.address("ws")
        for options, status in (({"subprotocol": None}, 400), ({"subprotocol": "csta.json.v1"}, 400),
                                ({"subprotocol": "sip", "origin": "http://evil.example"}, 403)):
            try:
                WebSocket(address, "/sip", **options)
                raise Failed(f"accepted: {options}")
            except Refused as refusal:
                require(refusal.status == status, f"{options}: {refusal.status}")
        web = WebSocket(address, "/sip", subprotocol="sip", origin=f"http://{address[0]}:3000")
        require(web.subprotocol == "sip", f"subprotocol {web.subprotocol}")
        web.send("\r\n\r\n")
        require(web.receive() == "\r\n", "no answer to the keepalive")
        options = ("OPTIONS sip:x@y SIP/2.0\r\nVia: SIP/2.0/WS a.invalid;branch=z9hG4bK{0}\r\nFrom: <sip:a@b>;tag=1\r\n"
                   "To: <sip:x@y>\r\nCall-ID: {0}\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\n\r\n")
        for opcode, name in ((1, "text"), (2, "bytes")):
            web.frame(opcode, options.format(name).encode())
            require(web.receive().startswith("SIP/2.0 200"), f"OPTIONS as {name}")
        web.send("this is no SIP")
        try:
            require(web.next_frame()[0] == 8, "not closed")
        except Exception as end:  # noqa: BLE001
            require("Closed" in type(end).__name__, f"not closed: {end!r}")


@check
def own_phone(lab):
    """`hookflash phone --sip` over TLS, WS and WSS: it trusts the authority that it is told, and calls and is called"""
    with lab.serve() as server:
        authority = ["--ca", str(lab.data / "pki" / "self-signed.pem")]

        def command(service, number, *more):
            return [lab.binary, "phone", "--sip", "--server", server.addresses[service], "--name", number,
                    "--password", f"pw{number}", *more]
        unknown = subprocess.run(command("sips", "301", "--tls"), input="", capture_output=True, text=True, timeout=20, check=False)
        require(unknown.returncode == 1 and "certificate" in unknown.stderr, f"{unknown.stdout} {unknown.stderr}")
        for service, options in (("sips", ["--tls", *authority]), ("ws", ["--ws"]), ("wss", ["--tls", "--ws", *authority])):
            other = UserAgent(server.address("sip"), "302", password="pw302", transport="tcp")
            require(other.register() == 200, "302 cannot register")
            played = subprocess.Popen(command(service, "301", *options), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                      stderr=subprocess.STDOUT, text=True, bufsize=1)
            try:
                wait_for(f"301 registers by {service}", 10,
                         lambda s=service: ("tls" if s == "sips" else s) in server.cli("show voice register pool").lower())
                played.stdin.write("dial 302\n")
                require(other.wait(lambda o=other: o.in_state("ringing")), f"{service}: 302 does not ring")
                call = other.in_state("ringing")
                call.answer()
                require(other.wait(lambda c=call: c.state == "connected"), f"{service}: not connected")
                played.stdin.write("hangup\n")
                require(other.wait(lambda c=call: c.state == "ended"), f"{service}: not ended")
                call = other.call("301")
                require(other.wait(lambda c=call: c.state == "ringback"), f"{service}: 301 does not ring, {call.statuses}")
                call.cancel()
                require(other.wait(lambda c=call: c.state == "failed"), f"{service}: not cancelled")
                played.stdin.write("quit\n")
                require(played.wait(10) == 0, f"{service}: ends with {played.returncode}")
            finally:
                played.kill()
                played.communicate()
                other.register(0)
                other.close()


@check
def strangers(lab):
    """Handshakes that never end, and that are none, cost others nothing and end by themselves"""
    with lab.serve() as server:
        idle = [socket.create_connection(server.address(service)) for service in ("sips", "csta-tls", "https")
                for _ in range(100)]
        began = time.monotonic()
        for agent in (phone(server, "303"), phone(server, "305")):
            require(agent.register() == 200, f"{agent.transport} is not served")
            agent.close()
        require(time.monotonic() - began < 5, "others wait")
        noise = socket.create_connection(server.address("sips"))
        noise.settimeout(5)
        try:
            for _ in range(1000):
                noise.sendall(b"\x16\x03\x01\x40\x00" + bytes(16384))
            raise Failed("endless handshake")
        except OSError:
            pass
        deadline = time.monotonic() + 15
        for one in idle:
            one.settimeout(max(deadline - time.monotonic(), 0.01))
            try:
                require(one.recv(100) == b"", "something was sent")
            except ConnectionError:
                pass
            except TimeoutError:
                raise Failed("a handshake never ends") from None
        wait_for("files are closed", 5, lambda: server.open_files() < 60)
        require("TLS handshake failed" in (lab.data / "server.log").read_text(), "nothing is logged")


@check
def baresip(lab):
    """baresip registers over TLS, and is called"""
    with lab.serve() as server:
        agent = Baresip(server.address("sips"), "303", "303", "pw303", transport="tls")
        try:
            wait_for("baresip registers", 10, lambda: "baresip" in server.cli("show voice register pool"))
            caller = phone(server, "305")
            require(caller.register() == 200, "305 cannot register")
            call = caller.call("303")
            wait_for("baresip rings", 10, lambda: agent.told("CALL_INCOMING"))
            agent.do("accept")
            require(caller.wait(lambda: call.state == "connected"), f"not answered: {call.statuses}")
            call.bye()
            wait_for("baresip is told", 10, lambda: agent.told("CALL_CLOSED"))
            caller.close()
        finally:
            agent.close()


@check
def session_managers(lab):
    """A session manager, and an application over SIP, prove their passwords by digest"""
    before = ("voice register session-server 1\n register-id apps\n xml user boss password 0 secret 15\n!\n"
              "cti-manager\n csta sip authenticate\n!\n")
    with lab.serve(before=before) as server:
        agent = UserAgent(server.address("sip"), "apps", user="boss", password="secret", transport="tcp")
        require(agent.register(password="wrong") == 401, "a wrong password is taken")
        require(agent.register() == 200, "the right password is not taken")
        stranger = UserAgent(server.address("sip"), "nobody", user="boss", password="secret")
        require(stranger.register() == 401, "an unknown name is told apart")
        for user, password, wanted in (("crm", "secret", 200), ("crm", "wrong", 401), ("safe", "secret", 403)):
            status = session(agent, user, password)
            require(status == wanted, f"{user} {password}: {status}")
        require('"who":"crm"' in (lab.data / "audit.log").read_text(), "the session is not that of the user")
        agent.close()
        stranger.close()


def session(agent, user, password):
    """The status of an INVITE with a CSTA request, after a challenge."""
    body = f'<RequestSystemStatus xmlns="{csta.ED3}"/>'.encode()
    number, call_id, status = agent.uri("ctigw"), f"{token()}@csta", 0
    headers = [("Contact", agent.contact()), ("Content-Type", "application/csta+xml")]
    for cseq in (1, 2):
        with agent.lock:
            agent.send(agent.message("INVITE", number, f"<sip:console@test>;tag=1{user}", f"<{number}>", call_id, cseq,
                                     headers, body))
        answered = agent.wait(lambda: [m for m in agent.others if m.call_id == call_id and m.cseq == cseq])
        require(answered, "no answer to INVITE")
        answer = [m for m in agent.others if m.call_id == call_id and m.cseq == cseq][0]
        status = answer.status
        if status != 401:
            return status
        headers.append(("Authorization", digest(answer.get("WWW-Authenticate"), "INVITE", number, user, password, 1)))
    return status


TRUNK = """\
ip name-server 127.0.0.1 port {dns}
voice service voip
 ip address trusted list
  ipv4 127.0.0.1
!
dial-peer voice 7 voip
 destination-pattern 0T
 session protocol sipv2
 session target dns:carrier.example
!
sip-ua
 registrar dns:registrar.example:{registrar} expires 600
 credentials number 4930 username office password secret realm carrier.example
!
"""


@check
def names(lab):
    """A dial peer by NAPTR, SRV and A, whose second target takes over from the first, and a registrar by name"""
    first, second, registrar = (UserAgent(("127.0.0.1", 9), "carrier", password="secret") for _ in range(3))
    records = {
        "carrier.example": [dns.pointer(10, 10, "s", "SIPS+D2T", "_sips._tcp.carrier.example"),
                            dns.pointer(20, 10, "s", "SIP+D2U", "_sip._udp.carrier.example")],
        "_sip._udp.carrier.example": [dns.service(2, 1, second.port, "b.carrier.example"),
                                      dns.service(1, 1, first.port, "a.carrier.example")],
        "a.carrier.example": [dns.address("127.0.0.1")], "b.carrier.example": [dns.address("127.0.0.1")],
        "registrar.example": [dns.address("127.0.0.1")],
    }
    first.manner, second.manner = "unavailable", "answer"
    with dns.NameServer(records) as server_of_names:
        before = TRUNK.format(dns=server_of_names.port, registrar=registrar.port)
        with lab.serve(before=before) as server:
            for agent in (first, second, registrar):
                agent.socket.connect(server.address("sip"))
            wait_for("the registrar is found", 10,
                     lambda: [m for m in registrar.asked if m.get("Authorization")])
            require(registrar.asked[0].uri.startswith("sip:registrar.example"), registrar.asked[0].start)
            caller = phone(server, "301")
            require(caller.register() == 200, "301 cannot register")
            call = caller.call("0123")
            require(caller.wait(lambda: call.state == "connected"), f"not connected: {call.statuses}")
            require(first.in_state("refused"), "the target of the lower priority was tried first")
            taken = second.in_state("answered", "connected")
            require(taken and "carrier.example" in taken.invite.start, "the name is not in the Request-URI")
            call.bye()
            require(second.wait(lambda: taken.state == "ended"), "no BYE at the second target")
            asked = [kind for name, kind in server_of_names.asked if name == "carrier.example"]
            require(dns.NAPTR in asked, f"no NAPTR: {server_of_names.asked}")
            for agent in (first, second, registrar, caller):
                agent.close()


@check
def jssip(lab):
    """JsSIP, in node, registers over WebSocket with TLS and without"""
    home = lab.data / "jssip"
    shutil.copytree(HERE / "jssip", home, ignore=shutil.ignore_patterns("node_modules"))
    installed = subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=home, capture_output=True, text=True,
                               timeout=120, check=False)
    require(installed.returncode == 0, f"npm ci: {installed.stderr}")
    with lab.serve() as server:
        for service, number in (("ws", "304"), ("wss", "305")):
            url = f"{service}://{server.addresses[service]}/sip"
            done = subprocess.run(["node", "register.js", url, number, f"pw{number}", "127.0.0.1"], cwd=home, text=True,
                                  env={**os.environ, "NODE_TLS_REJECT_UNAUTHORIZED": "0"}, capture_output=True,
                                  timeout=30, check=False)
            require(done.stdout.split() == ["registered", "unregistered"], f"{service}: {done.stdout} {done.stderr}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", type=pathlib.Path, required=True)
    parser.add_argument("--logs", type=pathlib.Path)
    parser.add_argument("checks", nargs="*")
    arguments = parser.parse_args()
    logs = arguments.logs or pathlib.Path(tempfile.mkdtemp(prefix="hookflash-secure-"))
    checks = Checks()
    for function in CHECKS:
        if arguments.checks and function.__name__ not in arguments.checks:
            continue
        began, reason = time.monotonic(), None
        try:
            function(Lab(str(arguments.binary.resolve()), logs, function.__name__))
        except (Failed, csta.Failure, OSError, AssertionError) as failure:
            reason = str(failure) or repr(failure)
        line = f"{function.__name__:<16} {function.__doc__.splitlines()[0]} ({time.monotonic() - began:.1f} s)"
        checks.check(reason is None, line, reason or "")
    written = [path.read_text(errors="replace") for path in logs.glob("*/server.log")]
    checks.check(not any("panicked" in text for text in written), "no server panicked")
    return checks.exit_code()


if __name__ == "__main__":
    sys.exit(main())
