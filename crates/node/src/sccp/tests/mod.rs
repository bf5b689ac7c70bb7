//! Stories with phones: every byte goes through the node, time is virtual, nothing sleeps.

mod calls;
mod conference;
mod control;
mod forwarding;
mod links;
mod log;
mod media;
mod registration;
mod screens;
mod shared_lines;
mod strangers;
mod transfer;

use std::{collections::BTreeMap, net::SocketAddr, time::Duration};

use hookflash_core::{
    self as core, ButtonSettings, Channels, Instant, LegId, LegState, LineSettings, MediaAddress, Ring,
    StationId, StationSettings, Switch,
};
use hookflash_wire::sccp::{
    AudioCapability, Capabilities, ClientMessage, Codec, DeviceType, Encoding, Features, Framer, HookEvent,
    KeypadButton, KeypadPress, MediaStatus, OpenReceiveChannelAck, Register, ServerMessage, SoftKey,
    SoftKeyEvent, Stimulus, StimulusPress, Version,
};

use super::{StationInfo, Stations};
use crate::{Input, LinkId, Listener, Node, NodeSettings, Output, SccpSettings};

const ALICE: &str = "SEP000000000001";
const BOB: &str = "SEP000000000002";
const CAROL: &str = "SEP000000000003";
const DAVE: &str = "SEP000000000004";

/// 2026-11-21 06:04:45 UTC.
const MORNING: i64 = 1_795_241_085_000;

/// A node and the phones that are connected to it.
struct Bench {
    node: Node,
    now: Instant,
    arrived: BTreeMap<LinkId, Vec<u8>>,
    closed: Vec<LinkId>,
    last_link: u64,
    /// The open legs of the media engine.
    legs: BTreeMap<LegId, LegState>,
    opened: Vec<Input<'static>>,
}

/// A phone on its own connection.
#[derive(Clone, Copy, Debug)]
struct Phone {
    link: LinkId,
    encoding: Encoding,
    number: u8,
}

fn line(number: &str, name: &str, channels: Channels) -> LineSettings {
    LineSettings {
        number: number.into(),
        name: name.into(),
        channels,
        cti_watch: true,
        ..LineSettings::default()
    }
}

fn station(name: &str, lines: &[u32]) -> StationSettings {
    let button = |(place, line): (u8, &u32)| ButtonSettings::line(place, line + 1, Ring::Normal);
    StationSettings {
        name: name.into(),
        buttons: (1..).zip(lines).map(button).collect(),
        speed_dials: vec![("1002".into(), "Bob".into())],
        off_hook_by_command: true,
        prompts: true,
        ..StationSettings::default()
    }
}

/// Alice has 1001, Bob 1002, both dual lines; Carol has the single line 1003; Carol and Dave share 1004.
fn office() -> NodeSettings {
    let switch = core::Settings {
        lines: vec![
            line("1001", "Alice", Channels::Dual),
            line("1002", "Bob", Channels::Dual),
            line("1003", "Carol", Channels::Single),
            line("1004", "Team", Channels::Octo),
        ],
        stations: vec![
            station(ALICE, &[0]),
            station(BOB, &[1]),
            station(CAROL, &[2, 3]),
            station(DAVE, &[3]),
        ],
        ..core::Settings::default()
    };
    let sccp = SccpSettings { system_message: "Office".to_owned(), ..SccpSettings::default() };
    NodeSettings { switch, sccp, ..NodeSettings::default() }
}

impl Bench {
    fn new(mut settings: NodeSettings) -> Bench {
        // Tags are the places in the settings, from 1.
        (1..).zip(&mut settings.switch.lines).for_each(|(tag, line)| line.tag = tag);
        (1..).zip(&mut settings.switch.stations).for_each(|(tag, station)| station.tag = tag);
        let node = Node::new(settings).unwrap();
        let mut bench = Bench {
            node,
            now: Instant::ZERO,
            arrived: BTreeMap::new(),
            closed: Vec::new(),
            last_link: 0,
            legs: BTreeMap::new(),
            opened: Vec::new(),
        };
        bench.input(Input::WallClock { unix_millis: MORNING, utc_offset_seconds: 3600 });
        bench
    }

    fn input(&mut self, input: Input<'_>) {
        self.node.handle(self.now, input);
        self.drain();
    }

    fn drain(&mut self) {
        self.drain_outputs();
        if let Some(opened) = self.opened.pop() {
            self.input(opened);
        }
    }

    fn drain_outputs(&mut self) {
        while let Some(output) = self.node.poll_output() {
            match output {
                Output::Send { link, bytes } => {
                    assert!(!self.closed.contains(&link), "nothing may be sent on a closed link");
                    self.arrived.entry(link).or_default().extend_from_slice(&bytes);
                    self.node.recycle(bytes);
                }
                Output::Close { link } => self.closed.push(link),
                Output::Store { .. } => {}
                Output::Leg { leg, state, .. } => self.order_leg(leg, state),
                other => panic!("unexpected {other:?}"),
            }
        }
    }

    /// The media engine receives at port 30,000 and a leg's number of 192.0.2.254.
    fn order_leg(&mut self, leg: LegId, state: Option<LegState>) {
        match state {
            None => drop(self.legs.remove(&leg)),
            Some(state) if self.legs.insert(leg, state).is_none() => {
                let port = 30_000 + u16::try_from(leg.0).unwrap();
                let address = Some(MediaAddress { ip: [192, 0, 2, 254].into(), port });
                self.opened.push(Input::LegOpened { leg, address });
            }
            Some(_) => {}
        }
    }

    /// Lets time pass.
    fn wait(&mut self, span: Duration) {
        self.now = self.now + span;
        self.node.handle_timeout(self.now);
        self.drain();
    }

    fn wait_seconds(&mut self, seconds: u64) {
        self.wait(Duration::from_secs(seconds));
    }

    fn connect(&mut self) -> LinkId {
        self.connect_from([192, 0, 2, 1])
    }

    fn connect_from(&mut self, ip: [u8; 4]) -> LinkId {
        self.last_link += 1;
        let link = LinkId(self.last_link);
        let local = SocketAddr::from(([192, 0, 2, 254], 2000));
        self.input(Input::Connected {
            link,
            listener: Listener::Sccp,
            local,
            peer: SocketAddr::from((ip, 49152)),
        });
        link
    }

    fn bytes(&mut self, link: LinkId, bytes: &[u8]) {
        self.input(Input::Received { link, bytes });
    }

    fn message(&mut self, link: LinkId, encoding: Encoding, message: &ClientMessage) {
        let mut bytes = Vec::new();
        message.encode(encoding, &mut bytes);
        self.bytes(link, &bytes);
    }

    fn send(&mut self, phone: Phone, message: ClientMessage) {
        self.message(phone.link, phone.encoding, &message);
    }

    /// What arrived at a link since it was last asked for.
    fn take(&mut self, link: LinkId, encoding: Encoding) -> Vec<ServerMessage> {
        let bytes = self.arrived.remove(&link).unwrap_or_default();
        let (mut framer, mut rest, mut messages) = (Framer::default(), bytes.as_slice(), Vec::new());
        while let Some(frame) = framer.next(&mut rest).unwrap() {
            messages.push(ServerMessage::decode(&frame, encoding).unwrap());
        }
        assert_eq!(framer.buffered(), 0, "only whole messages leave");
        messages
    }

    /// What a phone saw and heard since it was last asked, one line for each message.
    fn seen(&mut self, phone: Phone) -> Vec<String> {
        self.take(phone.link, phone.encoding).iter().map(brief).collect()
    }

    /// Forgets what arrived so far.
    fn forget(&mut self) {
        self.arrived.clear();
    }

    fn register(&mut self, link: LinkId, name: &str, device_type: DeviceType, version: u8) -> Phone {
        let features = Features::from_bytes(if version >= 12 { [0, 0x72, 0x85] } else { [0, 0x60, 0x85] });
        let mut register = Register::new(name.into(), device_type);
        if version > 3 {
            register.offer = Some((Version(version), features));
        }
        self.message(link, Encoding::default(), &ClientMessage::Register(register));
        let cap = Version(self.node.settings().sccp.max_version);
        let encoding = Encoding::negotiated(Version(version).negotiate(cap), features);
        let number = name.as_bytes()[name.len() - 1] - b'0';
        Phone { link, encoding, number }
    }

    /// A phone that has registered and asked for its configuration.
    fn phone(&mut self, name: &str) -> Phone {
        self.phone_of(name, DeviceType::TYPE_7960, 11)
    }

    fn phone_of(&mut self, name: &str, device_type: DeviceType, version: u8) -> Phone {
        let number = name.as_bytes()[name.len() - 1] - b'0';
        let link = self.connect_from([192, 0, 2, number]);
        let phone = self.register(link, name, device_type, version);
        self.send(phone, capabilities(&[Codec::G711_ULAW, Codec::G711_ALAW, Codec::G729_ANNEX_A]));
        self.send(phone, ClientMessage::TimeDateReq);
        self.forget();
        phone
    }

    fn soft_key(&mut self, phone: Phone, event: SoftKey, call: u32) {
        let line = u32::from(call != 0);
        self.send(phone, ClientMessage::SoftKeyEvent(SoftKeyEvent { event, line, call_reference: call }));
    }

    fn button(&mut self, phone: Phone, stimulus: Stimulus, instance: u32) {
        let press = StimulusPress { stimulus, instance, call_reference: None, status: None };
        self.send(phone, ClientMessage::Stimulus(press));
    }

    fn off_hook(&mut self, phone: Phone) {
        self.send(phone, ClientMessage::OffHook(HookEvent { line: Some(0), call_reference: Some(0) }));
    }

    fn on_hook(&mut self, phone: Phone) {
        self.send(phone, ClientMessage::OnHook(HookEvent { line: Some(0), call_reference: Some(0) }));
    }

    fn digits(&mut self, phone: Phone, digits: &str) {
        for digit in digits.chars() {
            let button = KeypadButton::from_char(digit).unwrap();
            let press = KeypadPress { button, line: Some(1), call_reference: Some(0) };
            self.send(phone, ClientMessage::KeypadButton(press));
        }
    }

    fn dial(&mut self, phone: Phone, number: &str) {
        self.soft_key(phone, SoftKey::NEW_CALL, 0);
        self.digits(phone, number);
    }

    /// Answers every OpenReceiveChannel that a phone got: it receives at its address, on a port of the call.
    fn answer_channels(&mut self, phone: Phone) -> Vec<String> {
        let messages = self.take(phone.link, phone.encoding);
        for message in &messages {
            if let ServerMessage::OpenReceiveChannel(open) = message {
                let port = 16384 + 2 * u16::try_from(open.pass_thru_party_id).unwrap();
                let address = SocketAddr::from(([192, 0, 2, phone.number], port));
                self.send(phone, ack(address, Some(open.pass_thru_party_id), Some(open.call_reference)));
            }
        }
        messages.iter().map(brief).collect()
    }

    /// Alice and Bob talk: her connection is 1, his is 2.
    fn conversation(&mut self) -> (Phone, Phone) {
        let (alice, bob) = (self.phone(ALICE), self.phone(BOB));
        self.dial(alice, "1002");
        self.soft_key(bob, SoftKey::ANSWER, 2);
        self.answer_channels(alice);
        self.answer_channels(bob);
        self.forget();
        (alice, bob)
    }

    fn switch(&self) -> &Switch {
        self.node.switch()
    }

    fn stations(&self) -> &Stations {
        self.node.stations()
    }

    fn id(&self, name: &str) -> StationId {
        self.switch().stations().by_name(name).unwrap()
    }

    fn info(&self, name: &str) -> StationInfo<'_> {
        self.stations().station_info(self.id(name)).unwrap()
    }

    /// Nothing of a call is left anywhere.
    fn assert_quiet(&self) {
        assert_eq!(self.switch().calls().len(), 0);
        assert_eq!(self.switch().timer_count(), 0);
    }
}

fn ack(address: SocketAddr, party: Option<u32>, reference: Option<u32>) -> ClientMessage {
    ClientMessage::OpenReceiveChannelAck(OpenReceiveChannelAck {
        status: MediaStatus::OK,
        address,
        pass_thru_party_id: party,
        call_reference: reference,
    })
}

fn capabilities(codecs: &[Codec]) -> ClientMessage {
    let capability = |codec: &Codec| AudioCapability { codec: *codec, ..AudioCapability::default() };
    ClientMessage::CapabilitiesRes(Capabilities { audio: codecs.iter().map(capability).collect() })
}

/// A message in a few words; calls as line/reference.
fn brief(message: &ServerMessage) -> String {
    use ServerMessage as M;
    match message {
        M::SetRinger(m) => format!("ringer {} {}/{}", m.mode, m.line, m.call_reference),
        M::SetSpeakerMode(m) => format!("speaker {}", m.mode),
        M::SetLamp(m) => format!("lamp {} {} {}", m.stimulus, m.instance, m.mode),
        M::CallState(m) => format!("state {} {}/{}", m.state, m.line, m.call_reference),
        M::SelectSoftKeys(m) => format!("keys {} {}/{}", m.set, m.line, m.call_reference),
        M::DisplayPromptStatus(m) => format!("prompt '{}' {}/{}", m.text, m.line, m.call_reference),
        M::ClearPromptStatus(m) => format!("clear prompt {}/{}", m.line, m.call_reference),
        M::DisplayPriNotify(m) => format!("notice '{}'", m.text),
        M::ClearPriNotify(_) => "clear notice".to_owned(),
        M::ActivateCallPlane(m) => format!("plane {}", m.line),
        M::StartTone(m) => format!("tone {} {}/{}", m.tone, m.line, m.call_reference),
        M::StopTone(m) => format!("stop tone {}/{}", m.line, m.call_reference),
        M::CallInfo(m) => {
            let party = |p: &hookflash_wire::sccp::Party| format!("{} {}", p.number, p.name);
            format!("info {}: {} -> {}", m.call_type, party(&m.calling), party(&m.called))
        }
        M::DialedNumber(m) => format!("dialled {} {}/{}", m.number, m.line, m.call_reference),
        M::BackSpace(m) => format!("backspace {}/{}", m.line, m.call_reference),
        M::OpenReceiveChannel(m) => {
            format!("open {} party {} {}", m.call_reference, m.pass_thru_party_id, m.codec)
        }
        M::StartMediaTransmission(m) => {
            format!("send {} party {} to {}", m.call_reference, m.pass_thru_party_id, m.address)
        }
        M::CloseReceiveChannel(m) => format!("close {} party {}", m.call_reference, m.pass_thru_party_id),
        M::StopMediaTransmission(m) => format!("stop {} party {}", m.call_reference, m.pass_thru_party_id),
        M::DefineTimeDate(m) => format!("time {}-{}-{} {}:{}", m.year, m.month, m.day, m.hour, m.minute),
        other => format!("{}", other.message_id(Version::MIN)),
    }
}
