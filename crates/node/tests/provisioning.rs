//! Extension mobility, phones that register by themselves, pages and the XML interface: every byte goes through the node,
//! time is virtual.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::{
    collections::BTreeMap,
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use hookflash_core::Instant;
use hookflash_node::{FetchId, Input, LinkId, Listener, Node, Output, TerminalId, config, http, provision};
use hookflash_wire::sccp::{
    ClientMessage, DeviceType, Encoding, Framer, InstanceReq, Register, ServerMessage, SoftKey, SoftKeyEvent,
};

const OFFICE: &str = "\
ip http server
ixi application cme
 no shutdown
voice logout-profile 1
 number 203 type normal
voice user-profile 1
 user anna password geheim
 pin 4711
 max-idle-time 10
 number 204 type normal
voice user-profile 2
 user otto password ottopw
 number 205 type normal
telephony-service
 max-ephones 5
 max-dn 20
 ip source-address 10.0.0.1 port 2000
 em logout 18:0
 auto assign 10 to 11
 auto assign 12 to 12 type 7961 cfw 201 timeout 10
 xml user axl password axlpw 15
 authentication credential pusher pushpw
 service local-directory authenticate dir dirpw
ephone-dn 1
 number 201
ephone-dn 3
 number 203
ephone-dn 4
 number 204
ephone-dn 5
 number 205
ephone-dn 10
 number 210
 paging
ephone-dn 11
 number 211
ephone-dn 12
 number 212
ephone 1
 mac-address 0200.0000.0201
 button 1:1
ephone 2
 mac-address 0200.0000.0202
 logout-profile 1
ephone 3
 mac-address 0200.0000.0203
 logout-profile 1
end
";

const FIRST: &str = "SEP020000000202";
const SECOND: &str = "SEP020000000203";

/// Where the phones are, and somebody else.
const PHONES: [u8; 4] = [10, 0, 0, 9];
const ELSEWHERE: [u8; 4] = [10, 0, 0, 99];

/// Noon in London.
const NOON: i64 = 1_795_262_400_000;

struct Office {
    node: Node,
    now: Instant,
    arrived: BTreeMap<LinkId, Vec<u8>>,
    outputs: Vec<Output>,
    last: u64,
}

impl Office {
    fn new() -> Office {
        let mut office = Office {
            node: Node::new(provision(&config::load(OFFICE).settings, None).settings).unwrap(),
            now: Instant::ZERO,
            arrived: BTreeMap::new(),
            outputs: Vec::new(),
            last: 0,
        };
        let listening = |port| Some(SocketAddr::from(([10, 0, 0, 1], port)));
        office.input(Input::WallClock { unix_millis: NOON, utc_offset_seconds: 0 });
        office.input(Input::Listening { sccp: listening(2000), http: listening(8080) });
        office
    }

    fn input(&mut self, input: Input<'_>) {
        self.node.handle(self.now, input);
        self.drain();
    }

    fn drain(&mut self) {
        while let Some(output) = self.node.poll_output() {
            match output {
                Output::Send { link, bytes } => self.arrived.entry(link).or_default().extend(bytes),
                other => self.outputs.push(other),
            }
        }
    }

    fn wait(&mut self, seconds: u64) {
        self.now = self.now + Duration::from_secs(seconds);
        self.node.handle_timeout(self.now);
        self.drain();
    }

    /// Lets time pass while a phone says that it is there.
    fn wait_with(&mut self, phone: LinkId, seconds: u64) {
        for _ in 0..seconds / 20 {
            self.wait(20);
            self.send(phone, &ClientMessage::KeepAlive);
        }
    }

    fn exec(&mut self, line: &str) -> String {
        self.outputs.clear();
        self.input(Input::Command { terminal: TerminalId(1), line });
        let text = self.outputs.iter().find_map(|output| match output {
            Output::CommandOutput { text, .. } => Some(text.clone()),
            _ => None,
        });
        text.unwrap()
    }

    /// A request of HTTP; the response if it comes at once.
    fn http(
        &mut self,
        method: &str,
        target: &str,
        authorization: Option<&str>,
        body: &[u8],
    ) -> Option<http::Response> {
        self.http_from(PHONES, method, target, authorization, body)
    }

    /// The same from another address.
    fn http_from(
        &mut self,
        address: [u8; 4],
        method: &str,
        target: &str,
        authorization: Option<&str>,
        body: &[u8],
    ) -> Option<http::Response> {
        self.last += 1;
        let fetch = FetchId(self.last);
        let (local, peer) = (IpAddr::from([10, 0, 0, 1]), SocketAddr::from((address, 40_000)));
        let request = http::Request {
            method,
            target,
            authorization,
            accept_charset: None,
            body,
            over_tls: false,
            certificate: None,
        };
        self.outputs.clear();
        self.input(Input::Http { fetch, local, peer, request });
        self.response(fetch)
    }

    fn response(&self, wanted: FetchId) -> Option<http::Response> {
        self.outputs.iter().find_map(|output| match output {
            Output::HttpResponse { fetch, response } if *fetch == wanted => Some(response.clone()),
            _ => None,
        })
    }

    fn page(&mut self, target: &str) -> String {
        String::from_utf8(self.http("GET", target, None, b"").unwrap().body).unwrap()
    }

    fn ask(&mut self, operation: &str, parameters: &str) -> Option<http::Response> {
        let body = format!(
            "<e><axl><request xsi:type=\"{operation}\"><{operation}>{parameters}</{operation}></request></axl></e>"
        );
        let login = http::basic("axl", "axlpw");
        self.http("POST", "/ios_xml_app/cme", Some(&login), body.as_bytes())
    }

    fn send(&mut self, link: LinkId, message: &ClientMessage) {
        let mut bytes = Vec::new();
        message.encode(Encoding::default(), &mut bytes);
        self.input(Input::Received { link, bytes: &bytes });
    }

    fn phone_of(&mut self, name: &str, model: DeviceType) -> LinkId {
        self.last += 1;
        let link = LinkId(self.last);
        let (local, peer) = (SocketAddr::from(([10, 0, 0, 1], 2000)), SocketAddr::from((PHONES, 50_000)));
        self.input(Input::Connected { link, listener: Listener::Sccp, local, peer });
        self.send(link, &ClientMessage::Register(Register::new(name.into(), model)));
        self.send(link, &ClientMessage::TimeDateReq);
        link
    }

    fn phone(&mut self, name: &str) -> LinkId {
        self.phone_of(name, DeviceType::TYPE_7960)
    }

    fn seen(&mut self, link: LinkId) -> Vec<ServerMessage> {
        let bytes = self.arrived.remove(&link).unwrap_or_default();
        let (mut framer, mut rest, mut messages) = (Framer::default(), bytes.as_slice(), Vec::new());
        while let Some(frame) = framer.next(&mut rest).unwrap() {
            messages.push(ServerMessage::decode(&frame, Encoding::default()).unwrap());
        }
        messages
    }

    /// The number on the phone's first line; empty if there is none.
    fn number(&mut self, link: LinkId) -> String {
        self.seen(link);
        self.send(link, &ClientMessage::LineStatReq(InstanceReq { instance: 1 }));
        let line = self.seen(link).into_iter().find_map(|message| match message {
            ServerMessage::LineStat(line) => Some(line.number.to_string()),
            _ => None,
        });
        line.unwrap_or_default()
    }

    fn key(&mut self, link: LinkId, event: SoftKey, line: u32, call_reference: u32) {
        self.send(link, &ClientMessage::SoftKeyEvent(SoftKeyEvent { event, line, call_reference }));
    }

    fn who(&mut self) -> String {
        self.exec("show ephone login | include user")
    }
}

#[test]
fn a_login_is_stored_before_the_phone_hears_of_it_and_is_there_again() {
    let mut office = Office::new();
    let page = office.page(&format!("/CMEserverForPhone/em/login?name={FIRST}&userid=anna&pin=4711"));
    assert!(page.contains("Login Successful"), "{page}");
    let [Output::Store { key, value: Some(value) }, Output::HttpResponse { .. }] = &office.outputs[..] else {
        panic!("{:?}", office.outputs)
    };
    assert_eq!((key.as_str(), value.as_str()), ("mobility/2", "mobility 2 anna"));
    let value = value.clone();
    let mut again = Office::new();
    again.input(Input::Restore { value: &value });
    let phone = again.phone(FIRST);
    assert_eq!(again.number(phone), "204");
    assert!(again.who().contains("ephone 2") && again.who().contains("user anna"));
}

#[test]
fn a_login_without_meaning_is_forgotten() {
    let mut office = Office::new();
    for (value, key) in [("mobility 2 nobody", "mobility/2"), ("mobility 1 anna", "mobility/1")] {
        office.outputs.clear();
        office.input(Input::Restore { value });
        assert_eq!(office.outputs, [Output::Store { key: key.to_owned(), value: None }], "{value}");
    }
    office.input(Input::Restore { value: "mobility x" });
    assert_eq!(office.who(), "");
}

#[test]
fn a_user_is_logged_in_at_one_phone_and_a_phone_has_one_user() {
    let mut office = Office::new();
    let (first, second) = (office.phone(FIRST), office.phone(SECOND));
    assert_eq!((office.number(first), office.number(second)), ("203".to_owned(), "203".to_owned()));
    assert_eq!(office.exec("emadmin login anna 2"), "");
    assert_eq!(office.exec("emadmin login anna 3"), "");
    assert_eq!(office.who().lines().count(), 1);
    assert_eq!((office.number(first), office.number(second)), ("203".to_owned(), "204".to_owned()));
    assert_eq!(office.exec("emadmin login otto 3"), "");
    assert!(office.who().contains("otto") && !office.who().contains("anna"));
    assert_eq!(office.number(second), "205");
    for (line, why) in [
        ("emadmin login anna 1", "no logout-profile"),
        ("emadmin login anna 9", "no such ephone"),
        ("emadmin login nobody 2", "no voice user-profile"),
        ("emadmin logout anna", "not logged in"),
    ] {
        assert!(office.exec(line).contains(why), "{line}");
    }
}

#[test]
fn a_phone_in_a_call_changes_when_the_call_is_over() {
    let mut office = Office::new();
    let phone = office.phone(FIRST);
    office.key(phone, SoftKey::NEW_CALL, 0, 0);
    let station = office.node.switch().stations().by_name(FIRST).unwrap();
    let reference = office.node.switch().station_view(station).appearances[0].reference;
    assert_eq!(office.exec("emadmin login anna 2"), "");
    assert_eq!(office.number(phone), "203");
    office.key(phone, SoftKey::END_CALL, 1, reference);
    assert_eq!(office.number(phone), "204");
    office.wait(3);
    assert!(office.seen(phone).iter().any(|message| matches!(message, ServerMessage::Reset(_))));
}

#[test]
fn an_idle_user_is_logged_out_and_a_busy_one_is_not() {
    let mut office = Office::new();
    let phone = office.phone(FIRST);
    office.exec("emadmin login anna 2");
    office.wait_with(phone, 9 * 60);
    office.key(phone, SoftKey::NEW_CALL, 0, 0);
    let station = office.node.switch().stations().by_name(FIRST).unwrap();
    let reference = office.node.switch().station_view(station).appearances[0].reference;
    office.key(phone, SoftKey::END_CALL, 1, reference);
    office.wait_with(phone, 9 * 60);
    assert!(office.who().contains("anna"), "using the phone begins the time anew");
    office.wait_with(phone, 80);
    assert_eq!(office.who(), "");
    assert_eq!(office.number(phone), "203");
}

#[test]
fn everybody_is_logged_out_at_the_time_of_day() {
    let mut office = Office::new();
    office.exec("emadmin login otto 3");
    office.wait(6 * 3600 - 1);
    assert!(office.who().contains("otto"));
    office.wait(1);
    assert_eq!(office.who(), "");
    office.exec("emadmin login otto 3");
    office.wait(3600);
    assert!(office.who().contains("otto"), "the next time is tomorrow");
}

#[test]
fn the_lists_of_calls_are_cleared_unless_they_are_kept() {
    let pushed = |office: &mut Office, phone| {
        let data = office.seen(phone).into_iter().find_map(|message| match message {
            ServerMessage::UserToDeviceData(data) => Some(data.data),
            ServerMessage::UserToDeviceDataV1(data) => Some(data.user_data.data),
            _ => None,
        });
        data.map(|data| String::from_utf8(data).unwrap())
    };
    let mut office = Office::new();
    let phone = office.phone(FIRST);
    office.exec("emadmin login anna 2");
    office.exec("emadmin logout anna");
    assert!(pushed(&mut office, phone).unwrap().contains("Init:CallHistory"));
    for line in ["configure terminal", "telephony-service", "em keep-history", "end"] {
        office.exec(line);
    }
    office.exec("emadmin login anna 2");
    office.exec("emadmin logout anna");
    assert_eq!(pushed(&mut office, phone), None);
}

#[test]
fn a_user_without_a_profile_any_more_is_logged_out() {
    let mut office = Office::new();
    let phone = office.phone(FIRST);
    office.exec("emadmin login anna 2");
    for line in ["configure terminal", "no voice user-profile 1", "end"] {
        office.exec(line);
    }
    assert_eq!((office.who(), office.number(phone)), (String::new(), "203".to_owned()));
}

#[test]
fn a_change_of_the_profile_reaches_who_is_logged_in() {
    let mut office = Office::new();
    let phone = office.phone(FIRST);
    office.exec("emadmin login otto 2");
    for line in ["configure terminal", "voice user-profile 2", "no number 205", "number 201", "end"] {
        office.exec(line);
    }
    assert_eq!(office.number(phone), "201");
}

#[test]
fn logins_are_refused_in_ciscos_words_and_guessed_slowly() {
    let mut office = Office::new();
    for (query, answer) in [
        (format!("name={FIRST}&userid=anna&pin=9999"), "[201]-Authentication error"),
        (format!("name={FIRST}&userid=&pin=9999"), "[202]-Blank userid or pin"),
        (format!("name={FIRST}&userid=nobody&pin=9999"), "[201]-Authentication error"),
        ("userid=anna&pin=4711".to_owned(), "[207]-Device Name Empty"),
        ("name=SEP020000000201&userid=anna&pin=4711".to_owned(), "[22]-Dev.logon disabled"),
    ] {
        let page = office.page(&format!("/CMEserverForPhone/em/login?{query}"));
        assert!(page.contains(answer), "{query}: {page}");
    }
    let tries: Vec<String> = (0..40)
        .map(|pin| office.page(&format!("/CMEserverForPhone/em/login?name={FIRST}&userid=anna&pin={pin}")))
        .collect();
    assert!(tries.last().unwrap().contains("[26]-Busy, please try again"));
    let password = office.page(&format!("/CMEserverForPhone/em/login?name={FIRST}&userid=otto&pin=ottopw"));
    assert!(password.contains("[26]"), "the right one has to wait as well");
    office.wait(61);
    let page = office.page(&format!("/CMEserverForPhone/em/login?name={FIRST}&userid=otto&pin=ottopw"));
    assert!(page.contains("Login Successful"), "the password does too: {page}");
}

#[test]
fn phones_reboot_one_after_the_other() {
    let mut office = Office::new();
    let phones = [office.phone("SEP020000000201"), office.phone(FIRST), office.phone(SECOND)];
    for line in ["configure terminal", "telephony-service", "reset sequence-all", "end"] {
        office.exec(line);
    }
    let resets = |office: &mut Office| {
        office.wait(1);
        phones
            .map(|phone| office.seen(phone).iter().any(|message| matches!(message, ServerMessage::Reset(_))))
    };
    assert_eq!(resets(&mut office), [true, false, false]);
    assert_eq!(resets(&mut office), [false, false, false]);
    office.phone("SEP020000000201");
    assert_eq!(resets(&mut office), [false, true, false]);
    for _ in 0..12 {
        office.wait(20);
        office.send(phones[2], &ClientMessage::KeepAlive);
    }
    assert!(
        resets(&mut office)[2],
        "one that does not come back holds nobody up for longer than four minutes"
    );
}

#[test]
fn a_text_is_shown_on_the_screens_that_are_there() {
    let mut office = Office::new();
    let phone = office.phone(FIRST);
    office.seen(phone);
    assert_eq!(office.exec("send ephone all text Fire drill at 10 & 11"), "Sent to 1 phone(s)\n");
    let shown = office.seen(phone).into_iter().find_map(|message| match message {
        ServerMessage::UserToDeviceData(data) => Some(data.data),
        ServerMessage::UserToDeviceDataV1(data) => Some(data.user_data.data),
        _ => None,
    });
    let shown = String::from_utf8(shown.unwrap()).unwrap();
    assert!(shown.contains("<Text>Fire drill at 10 &amp; 11</Text>"), "{shown}");
    assert!(office.exec("send ephone 3 url Init:Services").contains("No such phone"));
    let status = "send ephone 2 object <CiscoIPPhoneStatus><Text>Busy</Text></CiscoIPPhoneStatus>";
    assert_eq!(office.exec(status), "Sent to 1 phone(s)\n");
    assert!(office.exec("send ephone 2 object <html/>").contains("do not know"));
    assert!(office.exec("send ephone 2 object <a").contains("cannot be read"));
}

#[test]
fn new_phones_get_the_numbers_that_are_for_them() {
    let mut office = Office::new();
    let first = office.phone_of("SEP0200000003AA", DeviceType::TYPE_7961);
    assert_eq!(office.number(first), "212", "a range for the model comes first");
    let second = office.phone("SEP0200000003AB");
    assert_eq!(office.number(second), "211", "a paging number is for nobody");
    let running = office.exec("show running-config");
    for line in ["ephone  4", "mac-address 0200.0000.03AA", "type 7961", "call-forward busy 201"] {
        assert!(running.contains(line), "{line}:\n{running}");
    }
    let third = office.phone("SEP0200000003AC");
    let refused = office.seen(third);
    assert!(
        refused.iter().any(|message| matches!(message, ServerMessage::RegisterReject(_))),
        "max-ephones is 5"
    );
    let told = office.exec("show ephone attempted-registrations");
    assert!(told.contains("0200.0000.03AC") && told.contains("max-ephones is 5"), "{told}");
    let strange = office.phone("Phone");
    assert!(office.seen(strange).iter().any(|message| matches!(message, ServerMessage::RegisterReject(_))));
}

#[test]
fn files_and_pages_are_served_when_they_are_wanted() {
    let mut office = Office::new();
    for line in ["configure terminal", "telephony-service", "tftp-server port 6969"] {
        office.exec(line);
    }
    let at = |port| Some(SocketAddr::from(([10, 0, 0, 1], port)));
    let wanted = Output::Listen { tftp: at(6969), files: at(6970), http: None };
    assert!(office.outputs.contains(&wanted), "{:?}", office.outputs);
    let said = office.exec("create cnf-files");
    assert_eq!(said, "");
    assert!(!office.outputs.iter().any(|output| matches!(output, Output::Listen { .. })), "once");
    let said = office.exec("tftp-server port 6868");
    assert!(said.contains("when the server is started again"), "{said}");
}

/// The number of the line of ISexecCLI that failed, and why.
fn executed(office: &mut Office, lines: &[&str]) -> (String, String) {
    let lines: String = lines.iter().map(|line| format!("<CLI>{line}</CLI>")).collect();
    let body = String::from_utf8(office.ask("ISexecCLI", &lines).unwrap().body).unwrap();
    let part = |name: &str| {
        let from = body.split_once(&format!("<{name}>")).map_or("", |(_, rest)| rest);
        from.split_once("</").map_or("", |(text, _)| text).to_owned()
    };
    (part("ISexecCLIResponse"), part("ISexecCLIError"))
}

#[test]
fn only_modes_of_telephony_are_open_to_programs() {
    let mut office = Office::new();
    for line in
        ["hostname x", "cti-manager", "line vty 0 4", "interface GigabitEthernet0/0", "username x password y"]
    {
        for lines in [&[line][..], &["ephone-dn 1", line]] {
            let (failed, why) = executed(&mut office, lines);
            assert_eq!(failed, lines.len().to_string(), "{line}: {why}");
        }
    }
    for line in
        ["do write memory", "do reload", "do dir", "reload", "write erase", "do show clock | redirect x"]
    {
        assert_eq!(executed(&mut office, &[line]).0, "1", "{line}");
        let acts = |output: &Output| {
            matches!(output, Output::Reload | Output::Files { .. } | Output::StoreStartupConfig { .. })
        };
        assert!(!office.outputs.iter().any(acts), "{line}");
    }
    for lines in [
        &["telephony-service", "max-redirect 7", "exit", "ephone-dn 1", "name Otto"][..],
        &["voice register session-server 1", "register-id abc", "no voice register session-server 1"],
        &[
            "dial-peer voice 9 voip",
            "destination-pattern 9T",
            "ephone-hunt 1 peer",
            "pilot 500",
            "end",
            "show clock",
        ],
        &["ephone 1", "button 1:3"],
    ] {
        assert_eq!(executed(&mut office, lines), ("0".to_owned(), String::new()), "{lines:?}");
    }
    let failed = executed(&mut office, &["ephone 1", "button 1:19"]);
    assert_eq!(failed, ("2".to_owned(), " invalid input dn parameter for button 1".to_owned()));
    assert!(office.exec("show running-config").contains("button  1:3"), "nothing has changed");
}

#[test]
fn who_guesses_names_learns_nothing() {
    let mut office = Office::new();
    office.phone(FIRST);
    let mut login = |user: &str| {
        let path = format!("/CMEserverForPhone/em/login?name={FIRST}&userid={user}&pin=0000");
        String::from_utf8(office.http("GET", &path, None, b"").unwrap().body).unwrap()
    };
    let (known, unknown) = (login("anna"), login("nobody"));
    assert!(known.contains("[201]-Authentication error"), "{known}");
    assert_eq!(known, unknown);
}

/// Beyond the limit passwords are not looked at, so that nobody learns whether one more is right.
#[test]
fn passwords_are_guessed_slowly_at_every_door() {
    let mut office = Office::new();
    let pushes = |office: &mut Office, password: &str| {
        office.page(&format!("/CCMCIP/authenticate.asp?UserID=pusher&Password={password}&devicename={FIRST}"))
    };
    let asks = |office: &mut Office, (target, name, password): (&str, &str, &str)| {
        let login = http::basic(name, password);
        let method = if target.starts_with("/ios") { "POST" } else { "GET" };
        office.http(method, target, Some(&login), b"<e/>").unwrap().status
    };
    let doors = [("/ios_xml_app/cme", "axl", "axlpw", 400), ("/localdirectory/query", "dir", "dirpw", 200)];
    assert_eq!(pushes(&mut office, "pushpw"), "AUTHORIZED");
    for _ in 0..40 {
        assert_eq!(pushes(&mut office, "wrong"), "UN-AUTHORIZED");
    }
    assert_eq!(pushes(&mut office, "pushpw"), "UN-AUTHORIZED", "it is not looked at");
    for (target, name, password, status) in doors {
        assert_eq!(asks(&mut office, (target, name, password)), status, "each door counts for itself");
        let seen: Vec<u16> = (0..40).map(|_| asks(&mut office, (target, name, "wrong"))).collect();
        assert_eq!(seen, [[401; 30].as_slice(), &[429; 10]].concat());
        assert_eq!(asks(&mut office, (target, name, password)), 429, "it is not looked at");
    }
    office.wait(2);
    assert_eq!(pushes(&mut office, "pushpw"), "AUTHORIZED", "one more is allowed every two seconds");
    for (target, name, password, status) in doors {
        assert_eq!(asks(&mut office, (target, name, password)), status);
    }
}

/// Who knows the name of a phone that is connected changes nothing in its name, and finds no names out at speed.
#[test]
fn pages_are_for_the_phone_that_is_connected_there() {
    let mut office = Office::new();
    office.phone(FIRST);
    let ask = |office: &mut Office, from, path: &str, name: &str| {
        let target = format!("/CMEserverForPhone/{path}?name={name}");
        String::from_utf8(office.http_from(from, "GET", &target, None, b"").unwrap().body).unwrap()
    };
    let unknown = ask(&mut office, ELSEWHERE, "myphone/reset", "SEP0000DEADBEEF");
    assert_eq!(ask(&mut office, ELSEWHERE, "myphone/reset", FIRST), unknown);
    assert_ne!(ask(&mut office, ELSEWHERE, "myphone/reset", SECOND), unknown, "it is not connected");
    assert_ne!(ask(&mut office, PHONES, "myphone/reset", FIRST), unknown);
    assert_ne!(ask(&mut office, ELSEWHERE, "myphone", FIRST), unknown, "what changes nothing is shown");
    (0..40).for_each(|n| drop(ask(&mut office, ELSEWHERE, "myphone", &format!("SEP{n:012}"))));
    for name in [FIRST, SECOND] {
        assert_eq!(ask(&mut office, ELSEWHERE, "myphone", name), unknown, "no name is known any more");
    }
    assert_ne!(ask(&mut office, PHONES, "myphone", FIRST), unknown, "others are not concerned");
}

#[test]
fn a_request_to_store_is_answered_when_it_is_stored() {
    let mut office = Office::new();
    for (error, result) in [("", "success"), ("the disk is full", "fail")] {
        assert_eq!(office.ask("ISSaveConfig", ""), None);
        let fetch = FetchId(office.last);
        let terminal = office.outputs.iter().find_map(|output| match output {
            Output::StoreStartupConfig { terminal, .. } => Some(*terminal),
            _ => None,
        });
        office.input(Input::Stored { terminal: terminal.unwrap(), error });
        let body = String::from_utf8(office.response(fetch).unwrap().body).unwrap();
        assert!(body.contains(&format!("<ISSaveConfigResult>{result}</ISSaveConfigResult>")), "{body}");
    }
}

#[test]
fn the_event_table_holds_what_its_size_allows() {
    let mut office = Office::new();
    for line in ["configure terminal", "telephony-service", "log table max-size 3", "end"] {
        office.exec(line);
    }
    for _ in 0..5 {
        let phone = office.phone(FIRST);
        office.input(Input::Closed { link: phone });
    }
    let counts = String::from_utf8(office.ask("ISgetEvtCounts", "").unwrap().body).unwrap();
    assert!(counts.contains("<ISDevEvtCount>3</ISDevEvtCount>"), "{counts}");
    office.wait(16 * 60);
    let phone = office.phone(FIRST);
    office.input(Input::Closed { link: phone });
    let counts = String::from_utf8(office.ask("ISgetEvtCounts", "").unwrap().body).unwrap();
    assert!(counts.contains("<ISDevEvtCount>2</ISDevEvtCount>"), "retain-timer: {counts}");
}
