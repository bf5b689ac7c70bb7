//! Configuring while phones are registered and calls go on: every byte goes through the node, time is virtual.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::{collections::BTreeMap, net::SocketAddr, time::Duration};

use hookflash_core::{ConnectionState, Instant};
use hookflash_node::{
    Input, LinkId, Listener, Node, Output, TerminalId, config, provision, sccp::StationInfo,
};
use hookflash_wire::csta;
use hookflash_wire::sccp::{
    ButtonTemplateReq, ClientMessage, DeviceType, Encoding, Framer, InstanceReq, KeypadButton, KeypadPress,
    Register, Reset, ResetType, ServerMessage, SoftKey, SoftKeyEvent,
};

const OFFICE: &str = "\
telephony-service
 max-ephones 8
 max-dn 8
 ip source-address 10.0.0.1 port 2000
voice service voip
 no cti shutdown
ephone-dn 1 dual-line
 number 201
 cti watch
ephone-dn 2 dual-line
 number 202
ephone-dn 3
 number 203
ephone 1
 mac-address 0200.0000.0201
 button 1:1
ephone 2
 mac-address 0200.0000.0202
 button 1:2
end
";

const ALICE: &str = "SEP020000000201";
const BOB: &str = "SEP020000000202";
const CAROL: &str = "SEP020000000203";

struct Office {
    node: Node,
    now: Instant,
    arrived: BTreeMap<LinkId, Vec<u8>>,
    closed: Vec<LinkId>,
    said: String,
    last_link: u64,
}

impl Office {
    fn new() -> Office {
        Office {
            node: Node::new(provision(&config::load(OFFICE).settings, None).settings).unwrap(),
            now: Instant::ZERO,
            arrived: BTreeMap::new(),
            closed: Vec::new(),
            said: String::new(),
            last_link: 0,
        }
    }

    fn input(&mut self, input: Input<'_>) {
        self.node.handle(self.now, input);
        self.drain();
    }

    fn drain(&mut self) {
        while let Some(output) = self.node.poll_output() {
            match output {
                Output::Send { link, bytes } => self.arrived.entry(link).or_default().extend(bytes),
                Output::Close { link } => self.closed.push(link),
                Output::CommandOutput { text, .. } => self.said = text,
                Output::Datagram { .. } | Output::StoreStartupConfig { .. } => {
                    panic!("unexpected {output:?}")
                }
                // What survives a restart is tried elsewhere.
                _ => (),
            }
        }
    }

    fn wait(&mut self, seconds: u64) {
        self.now = self.now + Duration::from_secs(seconds);
        self.node.handle_timeout(self.now);
        self.drain();
    }

    /// Types lines at the configuration prompt, and returns what the last one printed.
    fn configure(&mut self, lines: &[&str]) -> String {
        for line in ["configure terminal"].iter().chain(lines) {
            self.input(Input::Command { terminal: TerminalId(1), line });
        }
        let said = self.said.clone();
        self.input(Input::Command { terminal: TerminalId(1), line: "end" });
        said
    }

    fn show(&mut self, line: &str) -> String {
        self.input(Input::Command { terminal: TerminalId(2), line });
        self.said.clone()
    }

    fn send(&mut self, link: LinkId, message: &ClientMessage) {
        let mut bytes = Vec::new();
        message.encode(Encoding::default(), &mut bytes);
        self.input(Input::Received { link, bytes: &bytes });
    }

    /// A phone that has registered and knows its lines.
    fn phone(&mut self, name: &str) -> LinkId {
        self.last_link += 1;
        let link = LinkId(self.last_link);
        let (local, peer) =
            (SocketAddr::from(([10, 0, 0, 1], 2000)), SocketAddr::from(([10, 0, 0, 9], 50000)));
        self.input(Input::Connected { link, listener: Listener::Sccp, local, peer });
        self.send(link, &ClientMessage::Register(Register::new(name.into(), DeviceType::TYPE_7960)));
        self.send(link, &ClientMessage::TimeDateReq);
        self.seen(link);
        link
    }

    /// What a phone got since it was last asked.
    fn seen(&mut self, link: LinkId) -> Vec<ServerMessage> {
        let bytes = self.arrived.remove(&link).unwrap_or_default();
        let (mut framer, mut rest, mut messages) = (Framer::default(), bytes.as_slice(), Vec::new());
        while let Some(frame) = framer.next(&mut rest).unwrap() {
            messages.push(ServerMessage::decode(&frame, Encoding::default()).unwrap());
        }
        messages
    }

    /// How a phone was told to restart since it was last asked.
    fn restarts(&mut self, link: LinkId) -> Vec<ResetType> {
        let kind = |message: ServerMessage| match message {
            ServerMessage::Reset(Reset { kind }) => Some(kind),
            _ => None,
        };
        self.seen(link).into_iter().filter_map(kind).collect()
    }

    fn dial(&mut self, link: LinkId, number: &str) {
        self.key(link, SoftKey::NEW_CALL);
        for digit in number.chars() {
            let button = KeypadButton::from_char(digit).unwrap();
            let press = KeypadPress { button, line: Some(1), call_reference: Some(0) };
            self.send(link, &ClientMessage::KeypadButton(press));
        }
    }

    /// Presses a soft key in the phone's only call, or when it is idle.
    fn key(&mut self, link: LinkId, event: SoftKey) {
        let call_reference = match event {
            SoftKey::NEW_CALL => 0,
            _ => {
                let station = self.station_of(link);
                self.node.switch().station_view(station).appearances[0].reference
            }
        };
        let key = SoftKeyEvent { event, line: u32::from(call_reference != 0), call_reference };
        self.send(link, &ClientMessage::SoftKeyEvent(key));
    }

    fn station_of(&self, link: LinkId) -> hookflash_core::StationId {
        let all = self.node.switch().stations().iter().map(|(id, _)| id);
        let is_it = |id: &hookflash_core::StationId| {
            self.node.stations().station_info(*id).is_some_and(|info| info.link == Some(link))
        };
        all.into_iter().find(is_it).unwrap()
    }

    fn info(&self, name: &str) -> StationInfo<'_> {
        let station = self.node.switch().stations().by_name(name).unwrap();
        self.node.stations().station_info(station).unwrap()
    }

    /// The states of all connections, sorted.
    fn states(&self) -> Vec<ConnectionState> {
        let calls = self.node.switch().calls();
        let mut states: Vec<_> = calls
            .iter()
            .flat_map(|call| call.connections().iter().filter_map(|key| calls.connection(*key)))
            .map(|connection| connection.state())
            .collect();
        states.sort_by_key(|state| format!("{state:?}"));
        states
    }

    /// Alice and Bob talk.
    fn conversation(&mut self) -> (LinkId, LinkId) {
        let (alice, bob) = (self.phone(ALICE), self.phone(BOB));
        self.dial(alice, "202");
        self.key(bob, SoftKey::ANSWER);
        assert_eq!(self.states(), [ConnectionState::Connected; 2]);
        self.seen(alice);
        self.seen(bob);
        (alice, bob)
    }
}

#[test]
fn a_number_and_a_phone_that_are_added_can_be_called() {
    let mut office = Office::new();
    let (alice, _) = office.conversation();
    office.configure(&["ephone-dn 4", "number 204", "ephone 3", "mac-address 0200.0000.0203", "button 1:4"]);
    let carol = office.phone(CAROL);
    assert_eq!(office.states(), [ConnectionState::Connected; 2], "the call goes on");
    office.key(alice, SoftKey::HOLD);
    office.dial(alice, "204");
    office.key(carol, SoftKey::ANSWER);
    assert_eq!(office.states().len(), 4);
    assert!(office.show("show ephone telephone-number 204").contains("ephone 3, "));
}

#[test]
fn a_number_that_changes_rings_where_it_did() {
    let mut office = Office::new();
    let (alice, bob) = (office.phone(ALICE), office.phone(BOB));
    office.configure(&["ephone-dn 2", "number 222"]);
    office.dial(alice, "222");
    assert_eq!(office.states(), [ConnectionState::Alerting, ConnectionState::Connected]);
    office.key(bob, SoftKey::ANSWER);
    assert_eq!(office.states(), [ConnectionState::Connected; 2]);
}

#[test]
fn a_removed_number_keeps_its_call_and_takes_no_other() {
    let mut office = Office::new();
    let (alice, bob) = office.conversation();
    office.configure(&["no ephone-dn 2"]);
    assert_eq!(office.states(), [ConnectionState::Connected; 2]);
    office.key(alice, SoftKey::HOLD);
    office.dial(alice, "202");
    assert_eq!(office.states().len(), 3, "nobody has the number any more");
    office.key(bob, SoftKey::END_CALL);
    office.wait(30);
    let shown = office.show("show ephone");
    assert!(!shown.contains("number 202"), "{shown}");
}

#[test]
fn a_removed_phone_keeps_its_call_and_is_a_stranger_afterwards() {
    let mut office = Office::new();
    let (alice, bob) = office.conversation();
    office.configure(&["no ephone 2"]);
    office.wait(10);
    assert_eq!(office.states(), [ConnectionState::Connected; 2]);
    assert_eq!((office.restarts(bob), office.closed.len()), (vec![], 0));
    office.key(alice, SoftKey::END_CALL);
    office.wait(30);
    assert_eq!((office.restarts(bob), office.closed.as_slice()), (vec![ResetType::RESTART], &[bob][..]));
    assert!(office.node.switch().stations().by_name(BOB).is_none());
}

#[test]
fn a_phone_that_is_removed_and_configured_again_in_a_call_stays() {
    let mut office = Office::new();
    let (alice, _) = office.conversation();
    office.configure(&["no ephone 2", "ephone 2", "mac-address 0200.0000.0202", "button 1:3"]);
    office.key(alice, SoftKey::END_CALL);
    office.wait(30);
    assert!(office.show("show ephone telephone-number 203").contains("ephone 2, "));
}

#[test]
fn a_phone_whose_buttons_changed_restarts_once_when_it_is_idle() {
    let mut office = Office::new();
    let (alice, bob) = office.conversation();
    office.configure(&["ephone 2", "button 2:3", "speed-dial 1 201 label Alice"]);
    office.wait(10);
    assert_eq!(office.restarts(bob), [], "it is in a call");
    assert!(office.info(BOB).restarts);
    assert!(office.show("show ephone").contains(" reset:1 reset_sent:0 "));
    office.key(alice, SoftKey::END_CALL);
    office.wait(10);
    assert_eq!(office.restarts(bob), [ResetType::RESTART]);
    assert_eq!(office.restarts(alice), []);
    office.input(Input::Closed { link: bob });
    let bob = office.phone(BOB);
    office.send(bob, &ClientMessage::LineStatReq(InstanceReq { instance: 2 }));
    office.send(bob, &ClientMessage::ButtonTemplateReq(ButtonTemplateReq { buttons: None }));
    let seen = office.seen(bob);
    let [ServerMessage::LineStat(line), ServerMessage::ButtonTemplate(_)] = seen.as_slice() else {
        panic!("{seen:?}")
    };
    assert_eq!(line.number.to_string(), "203");
    office.wait(60);
    assert_eq!(office.restarts(bob), [], "it knows everything");
}

#[test]
fn an_idle_phone_restarts_once_for_lines_that_come_together() {
    let mut office = Office::new();
    let (alice, bob) = (office.phone(ALICE), office.phone(BOB));
    office.configure(&["ephone 1", "button 2:3", "type 7965", "ephone-dn 1", "label Desk"]);
    office.wait(1);
    office.configure(&["ephone-dn 1", "name Alice"]);
    office.wait(1);
    assert_eq!(office.restarts(alice), [], "the configuration may go on");
    office.wait(5);
    assert_eq!((office.restarts(alice), office.restarts(bob)), (vec![ResetType::RESTART], vec![]));
}

#[test]
fn an_operator_lets_phones_restart() {
    let mut office = Office::new();
    let (alice, bob) = (office.phone(ALICE), office.phone(BOB));
    office.configure(&["ephone 1", "restart"]);
    office.wait(1);
    assert_eq!((office.restarts(alice), office.restarts(bob)), (vec![ResetType::RESTART], vec![]));
    let said = office.configure(&["telephony-service", "reset all 5"]);
    assert_eq!(said, "Reset 2 phones: at 5 second interval, each when it is idle\n");
    office.wait(1);
    assert_eq!((office.restarts(alice), office.restarts(bob)), (vec![ResetType::RESET], vec![]));
    office.wait(5);
    assert_eq!(office.restarts(bob), [ResetType::RESET]);
    office.configure(&["telephony-service", "restart all", "reset cancel"]);
    office.wait(60);
    assert_eq!(office.restarts(bob), []);
    assert!(office.configure(&["telephony-service", "reset 0200.0000.0999"]).starts_with("% No such phone"));
    assert!(!office.show("show run").contains("\n restart"), "what is done at once is not configured");
}

#[test]
fn what_a_user_has_set_is_the_running_configuration_until_an_operator_changes_it() {
    let mut office = Office::new();
    let alice = office.phone(ALICE);
    office.key_forward_all(alice, "202");
    assert!(office.show("show run").contains("\n call-forward all 202\n"));
    // Another line of the same number changes nothing of it.
    office.configure(&["ephone-dn 1", "preference 3"]);
    assert!(office.show("show run").contains("\n call-forward all 202\n"));
    // Reading the file again does not either: it has said nothing about it before, and does not now.
    office.input(Input::Configuration { text: &OFFICE.replace("number 203", "number 233"), lenient: false });
    let shown = office.show("show run");
    assert!(shown.contains("\n call-forward all 202\n") && shown.contains("\n number 233\n"), "{shown}");
    office.configure(&["ephone-dn 1", "no call-forward all"]);
    assert!(!office.show("show run").contains("call-forward all"));
    let device = office.node.switch().lines().device_by_number("201").unwrap();
    assert!(!office.node.switch().lines().forwarding_of(device).is_active());
    // The file says something new: that counts.
    office.key_forward_all(alice, "202");
    let forwards = OFFICE.replace("number 201\n", "number 201\n call-forward all 203\n");
    office.input(Input::Configuration { text: &forwards, lenient: false });
    assert!(office.show("show run").contains("\n call-forward all 203\n"));
}

impl Office {
    /// Forwards all calls with the CFwdAll key.
    fn key_forward_all(&mut self, link: LinkId, number: &str) {
        let key = SoftKeyEvent { event: SoftKey::FORWARD_ALL, line: 0, call_reference: 0 };
        self.send(link, &ClientMessage::SoftKeyEvent(key));
        for digit in number.chars() {
            let button = KeypadButton::from_char(digit).unwrap();
            let press = KeypadPress { button, line: Some(1), call_reference: Some(0) };
            self.send(link, &ClientMessage::KeypadButton(press));
        }
        self.wait(30);
    }
}

#[test]
fn a_phone_keeps_alive_as_it_was_told_when_it_registered() {
    let mut office = Office::new();
    let alice = office.phone(ALICE);
    office.configure(&["telephony-service", "keepalive 10"]);
    for _ in 0..4 {
        office.wait(60);
        office.send(alice, &ClientMessage::KeepAlive);
    }
    assert_eq!(office.closed, []);
    let bob = office.phone(BOB);
    office.wait(45);
    assert_eq!(office.closed, [bob], "it was told ten seconds");
}

#[test]
fn timeouts_and_texts_change_while_the_server_runs() {
    let mut office = Office::new();
    let (alice, _) = (office.phone(ALICE), office.phone(BOB));
    office.configure(&["telephony-service", "timeouts ringing 20", "system message Welcome"]);
    let prompts: Vec<String> = office
        .seen(alice)
        .into_iter()
        .filter_map(|message| match message {
            ServerMessage::DisplayPromptStatus(prompt) => Some(prompt.text.to_string()),
            _ => None,
        })
        .collect();
    assert_eq!(prompts, ["Welcome"]);
    office.dial(alice, "202");
    office.wait(19);
    assert!(office.states().contains(&ConnectionState::Alerting));
    office.wait(2);
    assert!(!office.states().contains(&ConnectionState::Alerting));
}

#[test]
fn a_line_that_contradicts_another_changes_nothing() {
    let mut office = Office::new();
    let before = office.show("show run");
    for line in [
        &["ephone-dn 9"][..],
        &["ephone 2", "mac-address 0200.0000.0201"],
        &["telephony-service", "max-dn 2"],
    ] {
        assert!(office.configure(line).starts_with("% "), "{line:?}");
        assert_eq!(office.show("show run"), before, "{line:?}");
    }
}

/// A SIP request over TCP; `more` are header lines.
fn request(method: &str, call: u32, more: &str, body: &str) -> String {
    format!(
        "{method} sip:201@10.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TCP 10.0.0.9:40000;branch=z9hG4bK{method}{call}\r\n\
         Max-Forwards: 70\r\nFrom: <sip:app@10.0.0.9>;tag=a{call}\r\nTo: <sip:201@10.0.0.1>\r\nCall-ID: c{call}@10.0.0.9\r\n\
         CSeq: 1 {method}\r\nContact: <sip:app@10.0.0.9:40000;transport=tcp>\r\n{more}Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

const OPEN: &str = "<?xml version=\"1.0\"?><RequestSystemStatus \
                    xmlns=\"http://www.ecma-international.org/standards/ecma-323/csta/ed3\"/>";

impl Office {
    fn application(&mut self) -> LinkId {
        let link = LinkId(1000);
        let (local, peer) =
            (SocketAddr::from(([10, 0, 0, 1], 5060)), SocketAddr::from(([10, 0, 0, 9], 40000)));
        self.input(Input::Connected { link, listener: Listener::Sip, local, peer });
        link
    }

    /// Sends a request and returns the first line of what comes back.
    fn ask(&mut self, link: LinkId, request: &str) -> String {
        self.arrived.remove(&link);
        self.input(Input::Received { link, bytes: request.as_bytes() });
        self.heard(link)
    }

    fn heard(&mut self, link: LinkId) -> String {
        let bytes = self.arrived.remove(&link).unwrap_or_default();
        String::from_utf8_lossy(&bytes).lines().next().unwrap_or_default().to_owned()
    }

    fn open_session(&mut self, link: LinkId, call: u32) -> String {
        let status = self.ask(link, &request("INVITE", call, "Content-Type: application/csta+xml\r\n", OPEN));
        if status.contains(" 200 ") {
            self.input(Input::Received { link, bytes: request("ACK", call, "", "").as_bytes() });
        }
        status
    }
}

#[test]
fn the_interface_of_applications_is_shut_down_and_opened_again() {
    let mut office = Office::new();
    let link = office.application();
    assert_eq!(office.open_session(link, 1), "SIP/2.0 200 OK");
    office.configure(&["voice service voip", "cti shutdown"]);
    assert!(office.heard(link).starts_with("BYE "));
    assert_eq!(office.show("show cti session"), "no active CTI session\n");
    assert!(office.open_session(link, 2).starts_with("SIP/2.0 480 "));
    office.configure(&["voice service voip", "no cti shutdown"]);
    assert_eq!(office.open_session(link, 3), "SIP/2.0 200 OK");
}

#[test]
fn session_managers_come_and_go() {
    let register = |call: u32| {
        request("REGISTER", call, "Expires: 300\r\n", "").replace("To: <sip:201@", "To: <sip:apps@")
    };
    let mut office = Office::new();
    let link = office.application();
    assert!(office.ask(link, &register(1)).starts_with("SIP/2.0 405 "));
    office.configure(&[
        "voice service voip",
        "sip",
        "registrar server",
        "voice register session-server 2",
        "register-id apps",
    ]);
    assert_eq!(office.ask(link, &register(2)), "SIP/2.0 200 OK");
    office.configure(&["voice register session-server 1", "register-id other"]);
    assert!(office.show("show voice register session-server 2").contains("apps"));
    assert_eq!(office.node.sizes().registrations, 1, "it stays registered");
    office.configure(&["no voice register session-server 2"]);
    assert_eq!(office.node.sizes().registrations, 0);
    assert!(office.ask(link, &register(3)).starts_with("SIP/2.0 404 "));
}

#[test]
fn settings_of_sessions_over_tcp_take_effect_at_once() {
    let start = |seconds: u32| {
        let document = format!(
            "<StartApplicationSession xmlns=\"http://www.ecma-international.org/standards/ecma-354/appl_session\">\
             <applicationInfo><applicationID>console</applicationID></applicationInfo><requestedProtocolVersions>\
             <protocolVersion>{}</protocolVersion></requestedProtocolVersions>\
             <requestedSessionDuration>{seconds}</requestedSessionDuration></StartApplicationSession>",
            csta::Edition::Ed3.namespace()
        );
        let mut bytes = Vec::new();
        let body = |out: &mut Vec<u8>| out.extend_from_slice(document.as_bytes());
        csta::write_frame(&mut bytes, csta::Encapsulation::Plain, csta::InvokeId::FIRST, body).unwrap();
        bytes
    };
    let mut office = Office::new();
    let connect = |office: &mut Office, link| {
        let (local, peer) =
            (SocketAddr::from(([10, 0, 0, 1], 4721)), SocketAddr::from(([10, 0, 0, 9], 40000)));
        office.input(Input::Connected { link: LinkId(link), listener: Listener::Csta, local, peer });
        office.input(Input::Received { link: LinkId(link), bytes: &start(600) });
        let bytes = office.arrived.remove(&LinkId(link)).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    };
    assert!(connect(&mut office, 1).contains("<actualSessionDuration>600</actualSessionDuration>"));
    office.configure(&["cti-manager", "heartbeat maximum 60", "maximum connections 2"]);
    assert!(connect(&mut office, 2).contains("<actualSessionDuration>120</actualSessionDuration>"));
    assert!(connect(&mut office, 3).contains("<definedError>maxNumberSessions</definedError>"));
    assert!(office.show("show running-config").contains("\ncti-manager\n heartbeat minimum 5 maximum 60\n"));
    office.configure(&["voice service voip", "cti shutdown"]);
    let last = String::from_utf8_lossy(&office.arrived.remove(&LinkId(1)).unwrap_or_default()).into_owned();
    assert!(last.contains("ApplicationSessionTerminated"), "{last}");
    assert_eq!(office.show("show cti session"), "no active CTI session\n");
    assert!(connect(&mut office, 4).contains("<definedError>serverResourcesBusy</definedError>"));
}
