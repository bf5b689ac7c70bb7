use hookflash_core::Instant;
use hookflash_wire::sccp::{
    ButtonDefinition, ButtonTemplate, CallState, CallStateMessage, CallVisibility, ClientMessage, Codec,
    ConfigStat, DefineTimeDate, DeviceType, Encoding, Features, ForwardStat, Framer, LineStat,
    OpenReceiveChannel, RegisterAck, ServerMessage, SoftKeySet, SoftKeySets, SoftKeyTemplate, SpeedDialStat,
    StartMediaTransmission, Stimulus, Version,
};

use super::*;

/// A call manager that answers a registration and nothing else.
struct Manager {
    encoding: Encoding,
    seen: Vec<ClientMessage>,
    segments: usize,
}

impl Manager {
    fn new() -> Manager {
        Manager { encoding: Encoding::default(), seen: Vec::new(), segments: 0 }
    }

    /// Exchanges messages until the phone has nothing more to say.
    fn run(&mut self, phone: &mut Phone, now: Instant) {
        loop {
            let bytes = std::mem::take(phone.output());
            if bytes.is_empty() {
                return;
            }
            self.segments += 1;
            let (mut framer, mut input) = (Framer::default(), bytes.as_slice());
            while let Some(frame) = framer.next(&mut input).unwrap() {
                let message = ClientMessage::decode(&frame, self.encoding).unwrap();
                let answers = self.answers(&message);
                self.seen.push(message);
                self.send(phone, now, &answers);
            }
        }
    }

    fn send(&mut self, phone: &mut Phone, now: Instant, messages: &[ServerMessage]) {
        let mut bytes = Vec::new();
        for message in messages {
            message.encode(self.encoding, &mut bytes);
            if let ServerMessage::RegisterAck(ack) = message {
                self.encoding = Encoding::from(ack.version);
            }
        }
        phone.received(now, &bytes);
    }

    fn answers(&self, message: &ClientMessage) -> Vec<ServerMessage> {
        let answer = match message {
            ClientMessage::Register(register) => {
                let version = register.version().negotiate(Version::DEFAULT_CAP);
                let ack = RegisterAck {
                    keepalive_interval: 30,
                    date_template: Text::from("D.M.Y"),
                    secondary_keepalive_interval: 60,
                    version,
                    features: Features::of_call_manager(version),
                };
                return vec![ServerMessage::RegisterAck(ack), ServerMessage::CapabilitiesReq];
            }
            ClientMessage::ButtonTemplateReq(_) => ServerMessage::ButtonTemplate(ButtonTemplate {
                offset: 0,
                total: 2,
                buttons: vec![
                    ButtonDefinition { instance: 1, button_type: Stimulus::LINE },
                    ButtonDefinition { instance: 1, button_type: Stimulus::SPEED_DIAL },
                ],
            }),
            ClientMessage::SoftKeyTemplateReq => {
                ServerMessage::SoftKeyTemplateRes(SoftKeyTemplate { offset: 0, total: 0, keys: Vec::new() })
            }
            ClientMessage::SoftKeySetReq => ServerMessage::SoftKeySetRes(SoftKeySets {
                offset: 0,
                total: 1,
                sets: vec![SoftKeySet::default()],
            }),
            ClientMessage::ConfigStatReq => ServerMessage::ConfigStat(ConfigStat {
                device_name: Text::empty(),
                user_id: 0,
                instance: 1,
                user_name: Text::empty(),
                server_name: Text::empty(),
                lines: 1,
                speed_dials: 1,
            }),
            ClientMessage::LineStatReq(request) => ServerMessage::LineStat(LineStat {
                line: request.instance,
                number: Text::from("201"),
                ..LineStat::default()
            }),
            ClientMessage::SpeedDialStatReq(request) => ServerMessage::SpeedDialStat(SpeedDialStat {
                instance: request.instance,
                number: Text::from("202"),
                label: Text::from("Bob"),
            }),
            ClientMessage::ForwardStatReq(request) => {
                ServerMessage::ForwardStat(ForwardStat { line: request.instance, ..ForwardStat::default() })
            }
            ClientMessage::TimeDateReq => ServerMessage::DefineTimeDate(DefineTimeDate {
                year: 2026,
                month: 11,
                day_of_week: 6,
                day: 21,
                hour: 6,
                minute: 0,
                second: 0,
                milliseconds: 0,
                unix_time: 0,
            }),
            _ => return Vec::new(),
        };
        vec![answer]
    }
}

fn registered(model: DeviceType) -> (Phone, Manager) {
    let mut phone = Phone::new(PhoneSettings::new("SEP001122334455", model));
    phone.plug_in();
    assert_eq!(phone.poll_order(), Some(LinkOrder::Connect));
    phone.connected(Instant::ZERO);
    let mut manager = Manager::new();
    manager.run(&mut phone, Instant::ZERO);
    (phone, manager)
}

#[test]
fn every_kind_of_phone_registers() {
    let models = [DeviceType::TYPE_7960, DeviceType::TYPE_7961, DeviceType::TYPE_12SP, DeviceType::TYPE_7912];
    for model in models {
        let (phone, _) = registered(model);
        assert!(phone.is_registered(), "{model}: {:?}", phone.registration());
        assert_eq!(phone.complaints(), [], "{model}");
        assert_eq!(phone.screen().lines[0].number, "201");
        assert_eq!(phone.screen().speed_dials[0].number, "202");
    }
}

#[test]
fn a_7960_asks_one_thing_at_a_time_and_a_7961_many() {
    let (_, slow) = registered(DeviceType::TYPE_7960);
    let (_, fast) = registered(DeviceType::TYPE_7961);
    assert!(slow.segments > 2 * fast.segments, "{} and {} segments", slow.segments, fast.segments);
    assert_eq!(slow.seen.len(), fast.seen.len());
}

#[test]
fn three_unanswered_keepalives_make_it_try_elsewhere() {
    let (mut phone, _) = registered(DeviceType::TYPE_7960);
    for seconds in [30, 60, 90, 120] {
        assert!(phone.is_registered());
        assert_eq!(phone.poll_timeout(), Some(Instant::from_millis(seconds * 1000)));
        phone.handle_timeout(Instant::from_millis(seconds * 1000));
    }
    assert_eq!(phone.registration(), Registration::Connecting);
    assert_eq!(phone.poll_order(), Some(LinkOrder::Close));
    assert_eq!(phone.poll_timeout(), Some(Instant::from_millis(130_000)));
}

#[test]
fn media_is_answered_with_its_own_address_and_a_new_port_each_time() {
    let (mut phone, mut manager) = registered(DeviceType::TYPE_7961);
    let order = |party| OpenReceiveChannel {
        pass_thru_party_id: party,
        codec: Codec::G711_ULAW,
        call_reference: 9,
        ..OpenReceiveChannel::default()
    };
    let messages = [
        call_state(CallState::OFF_HOOK, 1, 9),
        ServerMessage::OpenReceiveChannel(order(1)),
        ServerMessage::OpenReceiveChannel(order(2)),
    ];
    manager.send(&mut phone, Instant::ZERO, &messages);
    let ports: Vec<u16> = phone.receiving().iter().map(|stream| stream.address.port()).collect();
    assert_eq!(ports, [16_384, 16_386]);
    assert_eq!(phone.complaints(), []);
}

#[test]
fn what_makes_no_sense_is_complained_about() {
    let (mut phone, mut manager) = registered(DeviceType::TYPE_7961);
    let messages = [
        call_state(CallState::CONNECTED, 1, 1),
        call_state(CallState::CONNECTED, 1, 2),
        call_state(CallState::RING_IN, 7, 3),
        ServerMessage::StartMediaTransmission(StartMediaTransmission {
            conference_id: 1,
            pass_thru_party_id: 5,
            address: "127.0.0.1:20000".parse().unwrap(),
            milliseconds_per_packet: 20,
            codec: Codec::G711_ULAW,
            precedence: 0,
            silence_suppression: false,
            max_frames_per_packet: 0,
            g723_bit_rate: 0,
            call_reference: 1,
            rfc2833_payload_type: 0,
        }),
        call_state(CallState::ON_HOOK, 1, 1),
    ];
    manager.send(&mut phone, Instant::ZERO, &messages);
    assert_eq!(
        phone.complaints(),
        [
            Complaint::TwoConnected { first: 1, second: 2 },
            Complaint::UnknownLine { message: "CallState", line: 7 },
            Complaint::TransmissionWithoutChannel(5),
            Complaint::MediaLeftOpen(1),
        ]
    );
}

#[test]
fn digits_wait_for_the_dial_tone() {
    let (mut phone, mut manager) = registered(DeviceType::TYPE_12SP);
    phone.dial("202").unwrap();
    manager.run(&mut phone, Instant::ZERO);
    assert!(matches!(manager.seen.last(), Some(ClientMessage::OffHook(_))));
    manager.send(&mut phone, Instant::ZERO, &[call_state(CallState::OFF_HOOK, 1, 4)]);
    manager.run(&mut phone, Instant::ZERO);
    let digits: String = manager.seen.iter().filter_map(digit).collect();
    assert_eq!(digits, "202");
}

#[test]
fn ten_thousand_phones_fit_into_a_few_megabytes() {
    assert!(size_of::<Phone>() <= 800, "a phone takes {} bytes", size_of::<Phone>());
}

fn call_state(state: CallState, line: u32, call_reference: u32) -> ServerMessage {
    ServerMessage::CallState(CallStateMessage {
        state,
        line,
        call_reference,
        visibility: CallVisibility::DEFAULT,
        precedence_level: 4,
        precedence_domain: 0,
    })
}

fn digit(message: &ClientMessage) -> Option<char> {
    match message {
        ClientMessage::KeypadButton(press) => press.button.to_char(),
        _ => None,
    }
}
