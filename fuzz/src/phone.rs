//! An SCCP phone that says anything at any time, with line and call references that are often the right ones.

use std::net::SocketAddr;

use hookflash_node::LinkId;
use hookflash_wire::sccp::*;

use crate::program::Program;

/// Three phones and an analogue port that may register, and a phone that nobody has heard of.
const NAMES: [&str; 5] =
    ["SEP000000000201", "SEP000000000202", "SEP000000000203", "ATA000000000204", "SEP000000000999"];

const VERSIONS: [u8; 6] = [17, 3, 11, 22, 20, 255];

const KEYS: [SoftKey; 9] = [
    SoftKey::NEW_CALL,
    SoftKey::ANSWER,
    SoftKey::HOLD,
    SoftKey::RESUME,
    SoftKey::END_CALL,
    SoftKey::REDIAL,
    SoftKey::DIAL,
    SoftKey::BACKSPACE,
    SoftKey::FORWARD_ALL,
];

const BUTTONS: [Stimulus; 6] = [
    Stimulus::LINE,
    Stimulus::SPEED_DIAL,
    Stimulus::LAST_NUMBER_REDIAL,
    Stimulus::HOLD,
    Stimulus::NEW_CALL,
    Stimulus::END_CALL,
];

/// Numbers that exist, one that does not, and one that cannot.
pub const NUMBERS: [&str; 8] = ["202", "201", "203", "204", "912", "299", "2", "tel:*#x\u{80}"];

/// One connection to the listener for phones.
#[derive(Debug)]
pub struct Phone {
    /// `None` once either end has closed it.
    pub link: Option<LinkId>,
    features: Features,
    encoding: Encoding,
    line: u32,
    call_reference: u32,
    party_id: u32,
}

impl Phone {
    /// A phone that has just connected.
    pub fn new(link: LinkId) -> Phone {
        Phone {
            link: Some(link),
            features: Features::default(),
            encoding: Encoding::default(),
            line: 1,
            call_reference: 0,
            party_id: 0,
        }
    }

    /// Takes what the node sends: whole frames of messages that exist.
    pub fn hear(&mut self, bytes: &[u8]) {
        let mut framer = Framer::default();
        let mut input = bytes;
        while let Some(frame) = framer.next(&mut input).expect("the node's frames have possible lengths") {
            let message =
                ServerMessage::decode(&frame, self.encoding).expect("the node's messages are complete");
            self.note(&message);
        }
        assert_eq!(framer.buffered(), 0, "the node sends whole messages");
    }

    fn note(&mut self, message: &ServerMessage) {
        match message {
            ServerMessage::RegisterAck(ack) => {
                self.encoding = Encoding::negotiated(ack.version, self.features);
            }
            ServerMessage::CallState(state) => {
                self.line = state.line;
                self.call_reference = state.call_reference;
            }
            ServerMessage::OpenReceiveChannel(open) => self.party_id = open.pass_thru_party_id,
            ServerMessage::Unknown { message_id, .. } => panic!("no phone knows {message_id}"),
            _ => {}
        }
    }

    /// What a phone says when it starts: it registers and asks for all of its configuration.
    pub fn start(&mut self, program: &mut Program<'_>) -> Vec<u8> {
        let register = self.register(program);
        let encoding = Encoding::negotiated(Version(17), self.features);
        let mut bytes = self.frame(&register);
        for question in QUESTIONS {
            question(1).encode(encoding, &mut bytes);
        }
        capabilities().encode(encoding, &mut bytes);
        bytes
    }

    /// One message of the program's choice.
    pub fn message(&mut self, program: &mut Program<'_>) -> Vec<u8> {
        let message = match program.byte() % 12 {
            0 => self.register(program),
            1 | 2 => self.soft_key(program),
            3 => self.stimulus(program),
            4 => self.digit(program),
            5 => self.number(program),
            6 => self.hook(program),
            7 => self.media(program),
            8 => program.pick(&QUESTIONS)(u32::from(program.byte())),
            9 => program.pick(&FAREWELLS)(),
            10 => capabilities(),
            _ => return self.raw_frame(program),
        };
        self.frame(&message)
    }

    fn frame(&self, message: &ClientMessage) -> Vec<u8> {
        let mut bytes = Vec::new();
        message.encode(self.encoding, &mut bytes);
        bytes
    }

    /// A frame around bytes of the program's choice.
    fn raw_frame(&self, program: &mut Program<'_>) -> Vec<u8> {
        let message_id = program.pick(MessageId::ALL);
        self.frame(&ClientMessage::Unknown { message_id, body: program.bytes().to_vec() })
    }

    fn register(&mut self, program: &mut Program<'_>) -> ClientMessage {
        let name = program.pick(&NAMES);
        let version = Version(program.pick(&VERSIONS));
        self.features = if version > Version(11) { Features::UTF8 } else { Features::default() };
        self.encoding = Encoding::default();
        let models =
            [DeviceType::TYPE_7961, DeviceType::TYPE_7940, DeviceType::ATA_186, DeviceType(u32::MAX)];
        ClientMessage::Register(Register {
            address: [127, 0, 0, 1].into(),
            offer: Some((version, self.features)),
            ..Register::new(name.into(), program.pick(&models))
        })
    }

    /// The line and call that the node spoke of last, or nothing, or anything.
    fn reference(&self, program: &mut Program<'_>) -> (u32, u32) {
        match program.byte() {
            0..128 => (self.line, self.call_reference),
            128..224 => (0, 0),
            other => (u32::from(other % 8), self.call_reference.wrapping_sub(u32::from(other % 3))),
        }
    }

    fn soft_key(&self, program: &mut Program<'_>) -> ClientMessage {
        let event = program.pick(&KEYS);
        let (line, call_reference) = self.reference(program);
        ClientMessage::SoftKeyEvent(SoftKeyEvent { event, line, call_reference })
    }

    fn stimulus(&self, program: &mut Program<'_>) -> ClientMessage {
        let stimulus = program.pick(&BUTTONS);
        let instance = u32::from(program.byte() % 4);
        let call_reference = Some(self.call_reference);
        ClientMessage::Stimulus(StimulusPress { stimulus, instance, call_reference, status: None })
    }

    fn digit(&self, program: &mut Program<'_>) -> ClientMessage {
        let button = KeypadButton(u32::from(program.byte() % 17));
        ClientMessage::KeypadButton(KeypadPress { button, line: Some(self.line), call_reference: None })
    }

    fn number(&self, program: &mut Program<'_>) -> ClientMessage {
        let number = program.pick(&NUMBERS).into();
        ClientMessage::EnblocCall(EnblocCall { number, line: self.reference(program).0 })
    }

    fn hook(&self, program: &mut Program<'_>) -> ClientMessage {
        let events = [ClientMessage::OffHook, ClientMessage::OnHook, ClientMessage::HookFlash];
        let event = program.pick(&events);
        let (line, call_reference) = self.reference(program);
        event(HookEvent { line: Some(line), call_reference: Some(call_reference) })
    }

    fn media(&self, program: &mut Program<'_>) -> ClientMessage {
        let status = program.pick(&[MediaStatus::OK, MediaStatus(1), MediaStatus(u32::MAX)]);
        let address = SocketAddr::from(([127, 0, 0, 1], 16384));
        let (pass_thru_party_id, call_reference) = (self.party_id, self.call_reference);
        if program.byte().is_multiple_of(2) {
            return ClientMessage::OpenReceiveChannelAck(OpenReceiveChannelAck {
                status,
                address,
                pass_thru_party_id: Some(pass_thru_party_id),
                call_reference: Some(call_reference),
            });
        }
        ClientMessage::StartMediaTransmissionAck(StartMediaTransmissionAck {
            conference_id: call_reference,
            pass_thru_party_id,
            call_reference,
            address,
            status,
        })
    }
}

/// What a phone asks while it starts, in its order.
const QUESTIONS: [fn(u32) -> ClientMessage; 11] = [
    |_| ClientMessage::ConfigStatReq,
    |_| ClientMessage::ButtonTemplateReq(ButtonTemplateReq { buttons: None }),
    |_| ClientMessage::SoftKeyTemplateReq,
    |_| ClientMessage::SoftKeySetReq,
    |instance| ClientMessage::LineStatReq(InstanceReq { instance }),
    |instance| ClientMessage::ForwardStatReq(InstanceReq { instance }),
    |instance| ClientMessage::SpeedDialStatReq(InstanceReq { instance }),
    |instance| ClientMessage::FeatureStatReq(FeatureStatReq { instance, capabilities: None }),
    |lines| ClientMessage::RegisterAvailableLines(RegisterAvailableLines { lines }),
    |_| ClientMessage::TimeDateReq,
    |_| ClientMessage::KeepAlive,
];

const FAREWELLS: [fn() -> ClientMessage; 4] = [
    || ClientMessage::KeepAlive,
    || ClientMessage::Unregister(Unregister { reason: None }),
    || ClientMessage::Unregister(Unregister { reason: Some(UnregisterReason::POWER_SAVE) }),
    || ClientMessage::HeadsetStatus(HeadsetStatus { status: Switch::ON }),
];

fn capabilities() -> ClientMessage {
    let audio = [Codec::G711_ULAW, Codec::G729_ANNEX_A].map(|codec| AudioCapability {
        codec,
        max_frames_per_packet: 40,
        parameters: [0; 8],
    });
    ClientMessage::CapabilitiesRes(Capabilities { audio: audio.to_vec() })
}
