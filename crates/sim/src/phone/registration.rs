//! Connecting, registering, the burst of requests after it, keepalive, and their ends.

use std::{collections::VecDeque, time::Duration};

use hookflash_core::Instant;
use hookflash_wire::sccp::{
    Alarm, AlarmSeverity, AudioCapability, ButtonTemplate, ButtonTemplateReq, Capabilities, ClientMessage,
    Codec, Encoding, FeatureStatReq, Framer, InstanceReq, RegisterAck, RegisterAvailableLines, ResetType,
    ServerMessage, Stimulus, Text, Unregister,
};

use super::{Burst, Complaint, Phone, RegisterForm, Screen};
use crate::LinkOrder;

/// How long a phone waits for the answer to a request of its registration.
pub const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);

/// Unanswered keepalives after which a phone gives its call manager up.
const MOST_UNANSWERED: u8 = 3;

/// How far a phone has come with registering.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Registration {
    /// Not plugged in.
    Off,
    /// There is no connection yet, or not again.
    Connecting,
    /// Register was sent.
    Registering,
    /// Registered; it asks for its configuration.
    Configuring,
    /// Registered, with its whole configuration.
    Registered,
}

/// When to send the next keepalive, and how many were not answered.
#[derive(Debug, Default)]
pub(super) struct KeepAlive {
    interval: Duration,
    pub(super) due: Option<Instant>,
    pub(super) unanswered: u8,
}

/// A request of the registration burst.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Ask {
    Register,
    ButtonTemplate,
    SoftKeyTemplate,
    SoftKeySet,
    Config,
    Line(u32),
    SpeedDial(u32),
    Feature(u32),
    Service(u32),
    Forward(u32),
    Time,
}

/// The requests of the registration burst that are still to be sent or answered.
#[derive(Debug, Default)]
pub(super) struct Asks {
    waiting: VecDeque<Ask>,
    sent: VecDeque<Ask>,
    deadline: Option<Instant>,
}

impl Asks {
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.deadline
    }
}

impl Phone {
    /// Plugs it in: it connects and registers.
    pub fn plug_in(&mut self) {
        if self.registration == Registration::Off {
            self.registration = Registration::Connecting;
            self.rejected = None;
            self.order(LinkOrder::Connect);
        }
    }

    /// Unplugs it: it falls silent at once, without a word to anybody.
    pub fn unplug(&mut self) {
        self.forget_link();
        self.registration = Registration::Off;
        self.reconnect_at = None;
        self.screen = Screen::default();
        self.handset_up = false;
        self.output.clear();
        self.orders = [None; 2];
    }

    /// Says goodbye, as at an orderly restart; it is off when that was answered.
    pub fn unregister(&mut self) {
        if self.is_linked() {
            self.send(&ClientMessage::Unregister(Unregister { reason: None }));
        }
    }

    /// The connection that was ordered is up.
    pub fn connected(&mut self, now: Instant) {
        if self.registration != Registration::Connecting {
            return;
        }
        self.registration = Registration::Registering;
        self.encoding = Encoding::default();
        self.framer = Framer::default();
        let streams = u32::try_from(self.receiving.len()).unwrap_or(0);
        self.send(&ClientMessage::Register(self.settings.register(streams)));
        let asks = Asks {
            sent: VecDeque::from([Ask::Register]),
            deadline: Some(now + ANSWER_TIMEOUT),
            ..Asks::default()
        };
        self.asks = Some(Box::new(asks));
    }

    /// The connection is gone, or could not be made.
    pub fn closed(&mut self, now: Instant) {
        if self.registration == Registration::Off {
            return;
        }
        self.forget_link();
        self.retry(now, self.settings.reconnect_after);
    }

    /// Closes the connection from this side and tries again later.
    pub(super) fn hang_up_link(&mut self, now: Instant) {
        self.order(LinkOrder::Close);
        self.closed(now);
    }

    fn forget_link(&mut self) {
        self.asks = None;
        self.keep_alive = KeepAlive::default();
        self.framer = Framer::default();
        self.receiving.clear();
        self.sending.clear();
        self.listening.clear();
        self.screen.clear_calls();
        self.to_dial = Default::default();
    }

    pub(super) fn register_acknowledged(&mut self, now: Instant, ack: &RegisterAck) {
        let register = self.settings.register(0);
        let offered = register.version();
        if ack.version > offered {
            self.complain(Complaint::VersionNotOffered { chosen: ack.version, offered });
        }
        // A phone uses the lower of what it offered and what it was answered.
        self.encoding = Encoding::negotiated(ack.version.min(offered), register.features());
        let interval = Duration::from_secs(u64::from(ack.keepalive_interval.max(1)));
        self.keep_alive = KeepAlive { interval, due: Some(now + interval), unanswered: 0 };
        self.registration = Registration::Configuring;
        self.screen = Screen::default();
        if self.settings.form != RegisterForm::Short {
            self.send_alarm();
        }
        let waiting = match self.settings.burst {
            Burst::Minimal => VecDeque::from([Ask::ButtonTemplate]),
            _ => VecDeque::from([Ask::ButtonTemplate, Ask::SoftKeyTemplate, Ask::SoftKeySet, Ask::Config]),
        };
        self.asks = Some(Box::new(Asks { waiting, ..Asks::default() }));
        self.ask_more(now);
    }

    fn send_alarm(&mut self) {
        let text = format!("25: Name={} Load=virtual Last=Initialized", self.settings.name);
        self.send(&ClientMessage::Alarm(Alarm {
            severity: AlarmSeverity::INFORMATIONAL,
            text: Text::from(text),
            parameter1: 0,
            parameter2: u32::from_le_bytes(self.settings.address.octets()),
        }));
    }

    pub(super) fn register_rejected(&mut self, now: Instant, text: Text) {
        self.rejected = Some(text);
        self.hang_up_link(now);
    }

    pub(super) fn unregistered(&mut self) {
        self.order(LinkOrder::Close);
        self.forget_link();
        self.registration = Registration::Off;
    }

    /// A restart drops the connection and comes back; applying a changed configuration needs no restart.
    pub(super) fn reset(&mut self, now: Instant, kind: ResetType) {
        if kind != ResetType::APPLY_CONFIG {
            self.hang_up_link(now);
        }
    }

    pub(super) fn send_keep_alive(&mut self, now: Instant) {
        if self.keep_alive.unanswered >= MOST_UNANSWERED {
            self.hang_up_link(now);
            return;
        }
        self.keep_alive.unanswered += 1;
        self.keep_alive.due = Some(now + self.keep_alive.interval);
        self.send(&ClientMessage::KeepAlive);
    }

    pub(super) fn send_capabilities(&mut self) {
        let capability = |codec: &Codec| AudioCapability {
            codec: *codec,
            max_frames_per_packet: 40,
            ..AudioCapability::default()
        };
        let audio = self.settings.codecs.iter().map(capability).collect();
        self.send(&ClientMessage::CapabilitiesRes(Capabilities { audio }));
    }

    /// Nobody answered: complains and goes on with the next request.
    pub(super) fn give_up_asking(&mut self, now: Instant) {
        let Some(mut asks) = self.asks.take() else { return };
        for ask in std::mem::take(&mut asks.sent) {
            self.complain(Complaint::Unanswered(ask.name()));
        }
        if self.registration == Registration::Registering {
            self.hang_up_link(now);
            return;
        }
        self.asks = Some(asks);
        self.ask_more(now);
    }

    /// Takes note of an answer and asks on.
    pub(super) fn answered(&mut self, now: Instant, message: &ServerMessage) {
        let Some(asks) = &mut self.asks else { return };
        let Some(place) = asks.sent.iter().position(|ask| ask.is_answered_by(message)) else { return };
        let whole = match message {
            ServerMessage::ButtonTemplate(template) => is_last(template),
            _ => true,
        };
        if whole {
            asks.sent.remove(place);
        }
        if let ServerMessage::ButtonTemplate(template) = message {
            let minimal = self.settings.burst == Burst::Minimal;
            asks.waiting.extend(button_asks(template, minimal));
            if whole {
                asks.waiting.push_back(Ask::Time);
            }
        }
        self.ask_more(now);
    }

    /// Sends what may be sent now: everything, or one request if the previous ones are answered.
    fn ask_more(&mut self, now: Instant) {
        let Some(mut asks) = self.asks.take() else { return };
        let pipelined = self.settings.burst == Burst::Pipelined;
        while (pipelined || asks.sent.is_empty())
            && let Some(ask) = asks.waiting.pop_front()
        {
            if ask == Ask::Time {
                let lines = self.screen.lines.len().max(1);
                let lines = u32::try_from(lines).unwrap_or(u32::MAX);
                self.send(&ClientMessage::RegisterAvailableLines(RegisterAvailableLines { lines }));
            }
            self.send(&ask.message());
            asks.sent.push_back(ask);
        }
        if asks.sent.is_empty() && asks.waiting.is_empty() {
            if self.registration == Registration::Configuring {
                self.registration = Registration::Registered;
            }
            return;
        }
        asks.deadline = Some(now + ANSWER_TIMEOUT);
        self.asks = Some(asks);
    }
}

fn is_last(template: &ButtonTemplate) -> bool {
    let count = u32::try_from(template.buttons.len()).unwrap_or(u32::MAX);
    template.offset.saturating_add(count) >= template.total
}

/// What a phone asks about each of its buttons.
fn button_asks(template: &ButtonTemplate, minimal: bool) -> impl Iterator<Item = Ask> {
    template.buttons.iter().flat_map(move |button| {
        let instance = u32::from(button.instance);
        let asks = match button.button_type {
            Stimulus::LINE if minimal => [Some(Ask::Line(instance)), None],
            Stimulus::LINE => [Some(Ask::Line(instance)), Some(Ask::Forward(instance))],
            _ if minimal => [None, None],
            Stimulus::SPEED_DIAL => [Some(Ask::SpeedDial(instance)), None],
            Stimulus::FEATURE | Stimulus::BLF_SPEED_DIAL => [Some(Ask::Feature(instance)), None],
            Stimulus::SERVICE_URL => [Some(Ask::Service(instance)), None],
            _ => [None, None],
        };
        asks.into_iter().flatten()
    })
}

impl Ask {
    fn message(self) -> ClientMessage {
        match self {
            // Sent when the connection comes up, never from the queue.
            Ask::Register => ClientMessage::KeepAlive,
            Ask::ButtonTemplate => ClientMessage::ButtonTemplateReq(ButtonTemplateReq { buttons: None }),
            Ask::SoftKeyTemplate => ClientMessage::SoftKeyTemplateReq,
            Ask::SoftKeySet => ClientMessage::SoftKeySetReq,
            Ask::Config => ClientMessage::ConfigStatReq,
            Ask::Line(instance) => ClientMessage::LineStatReq(InstanceReq { instance }),
            Ask::SpeedDial(instance) => ClientMessage::SpeedDialStatReq(InstanceReq { instance }),
            Ask::Feature(instance) => {
                ClientMessage::FeatureStatReq(FeatureStatReq { instance, capabilities: None })
            }
            Ask::Service(instance) => ClientMessage::ServiceUrlStatReq(InstanceReq { instance }),
            Ask::Forward(instance) => ClientMessage::ForwardStatReq(InstanceReq { instance }),
            Ask::Time => ClientMessage::TimeDateReq,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Ask::Register => "Register",
            Ask::ButtonTemplate => "ButtonTemplateReq",
            Ask::SoftKeyTemplate => "SoftKeyTemplateReq",
            Ask::SoftKeySet => "SoftKeySetReq",
            Ask::Config => "ConfigStatReq",
            Ask::Line(_) => "LineStatReq",
            Ask::SpeedDial(_) => "SpeedDialStatReq",
            Ask::Feature(_) => "FeatureStatReq",
            Ask::Service(_) => "ServiceURLStatReq",
            Ask::Forward(_) => "ForwardStatReq",
            Ask::Time => "TimeDateReq",
        }
    }

    fn is_answered_by(self, message: &ServerMessage) -> bool {
        match (self, message) {
            (Ask::Register, ServerMessage::RegisterAck(_) | ServerMessage::RegisterReject(_))
            | (Ask::ButtonTemplate, ServerMessage::ButtonTemplate(_))
            | (Ask::SoftKeyTemplate, ServerMessage::SoftKeyTemplateRes(_))
            | (Ask::SoftKeySet, ServerMessage::SoftKeySetRes(_))
            | (Ask::Config, ServerMessage::ConfigStat(_))
            | (Ask::Time, ServerMessage::DefineTimeDate(_)) => true,
            (Ask::Line(line), ServerMessage::LineStat(stat)) => stat.line == line,
            (Ask::SpeedDial(instance), ServerMessage::SpeedDialStat(stat)) => stat.instance == instance,
            (Ask::Feature(instance), ServerMessage::FeatureStat(stat)) => stat.instance == instance,
            (Ask::Service(instance), ServerMessage::ServiceUrlStat(stat)) => stat.instance == instance,
            (Ask::Forward(line), ServerMessage::ForwardStat(stat)) => stat.line == line,
            // A speed dial that watches a line may be answered as the plain speed dial it also is.
            (Ask::Feature(instance), ServerMessage::SpeedDialStat(stat)) => stat.instance == instance,
            _ => false,
        }
    }
}
