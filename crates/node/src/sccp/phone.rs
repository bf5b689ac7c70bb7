//! What is known of a registered phone, and remembered of one that was.

use std::{net::SocketAddr, sync::Arc};

use hookflash_core::{Codec, CodecSet, Deadline, Instant};
use hookflash_wire::sccp::{
    Capabilities, Codec as WireCodec, DeviceModel, DeviceType, Encoding, Features, Phrase, PromptArea,
    Register, Version,
};
use smol_str::SmolStr;

use super::{
    render::Rendered,
    restart::Restart,
    templates::SoftKeys,
    throttle::{self, Window},
};
use crate::LinkId;

/// Logs what a phone does, at info level if its registration was logged.
macro_rules! tell {
    ($phone:expr, $($words:tt)*) => {
        if $phone.is_told_of {
            tracing::info!(station = %$phone.name, $($words)*);
        } else {
            tracing::debug!(station = %$phone.name, $($words)*);
        }
    };
}
pub(super) use tell;

/// The station's place in its life, in the words of `show ephone`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum StationState {
    /// It has not registered since the start, or has unregistered.
    #[default]
    Unregistered,
    /// It is registered.
    Registered,
    /// It was registered, and was lost without unregistering.
    Deceased,
}

impl std::fmt::Display for StationState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(match self {
            StationState::Unregistered => "UNREGISTERED",
            StationState::Registered => "REGISTERED",
            StationState::Deceased => "DECEASED",
        })
    }
}

/// What is known of a station, for `show ephone`. What a phone told last stays when it leaves; tag and name
/// are those of [`Station::settings`](hookflash_core::Station::settings).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct StationInfo<'a> {
    /// Whether it is registered.
    pub state: StationState,
    /// Its connection, while registered.
    pub link: Option<LinkId>,
    /// The protocol version in use.
    pub version: Version,
    /// The highest version the phone offered.
    pub offered: Version,
    /// Its end of the connection; `None` if it has never registered.
    pub peer: Option<SocketAddr>,
    /// The model it registered as.
    pub device_type: DeviceType,
    /// How many RTP streams it can have.
    pub max_streams: u32,
    /// How many kinds of media it reported, at most 255.
    pub capabilities: u8,
    /// Keepalives since it registered.
    pub keepalives: u32,
    /// When it registered last.
    pub registered_at: Option<Instant>,
    /// Its last alarm text; empty if there is none.
    pub last_alarm: &'a str,
    /// Whether it is to restart as soon as it is idle.
    pub restarts: bool,
    /// Whether it was told to restart, and has not registered again.
    pub restarted: bool,
}

/// How far a registered phone has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Progress {
    /// It asks for its configuration; the timer says for how long at most.
    Configuring(Deadline),
    /// Its calls are drawn.
    InService,
}

/// One phone.
#[derive(Debug)]
pub(super) struct Phone {
    /// The station's name, for logs.
    pub(super) name: SmolStr,
    pub(super) state: StationState,
    pub(super) link: Option<LinkId>,
    pub(super) progress: Progress,
    pub(super) encoding: Encoding,
    pub(super) offered: Version,
    pub(super) peer: Option<SocketAddr>,
    pub(super) device_type: DeviceType,
    pub(super) max_streams: u32,
    /// How many kinds of media it reported, at most 255.
    pub(super) capabilities: u8,
    pub(super) keepalives: u32,
    /// Its keepalive interval.
    pub(super) keepalive_seconds: u32,
    pub(super) registered_at: Option<Instant>,
    pub(super) last_alarm: SmolStr,
    /// Which of the G.729 codecs the phone calls its own.
    pub(super) g729: WireCodec,
    /// Whether it sends digits as RFC 2833 telephone events.
    pub(super) telephone_events: bool,
    pub(super) shown: Rendered,
    /// Its soft keys.
    pub(super) soft_keys: Arc<SoftKeys>,
    /// Whether it is to restart.
    pub(super) restart: Restart,
    /// Whether it was told to restart since it registered.
    pub(super) restarted: bool,
    /// When it answered while somebody else wanted its name.
    pub(super) answered_at: Option<Instant>,
    registrations: Window,
    /// Whether this registration was logged, so that its end is logged too.
    pub(super) is_told_of: bool,
}

impl Phone {
    /// A phone that has never registered.
    pub(super) fn new(name: SmolStr) -> Phone {
        Phone {
            name,
            state: StationState::Unregistered,
            link: None,
            progress: Progress::InService,
            encoding: Encoding::default(),
            offered: Version::default(),
            peer: None,
            device_type: DeviceType::default(),
            max_streams: 0,
            capabilities: 0,
            keepalives: 0,
            keepalive_seconds: 0,
            registered_at: None,
            last_alarm: SmolStr::default(),
            g729: WireCodec::G729_ANNEX_A,
            telephone_events: false,
            shown: Rendered::default(),
            soft_keys: Arc::default(),
            restart: Restart::No,
            restarted: false,
            answered_at: None,
            registrations: Window::new(Instant::ZERO),
            is_told_of: true,
        }
    }

    pub(super) fn info(&self) -> StationInfo<'_> {
        StationInfo {
            state: self.state,
            link: self.link,
            version: self.encoding.version,
            offered: self.offered,
            peer: self.peer,
            device_type: self.device_type,
            max_streams: self.max_streams,
            capabilities: self.capabilities,
            keepalives: self.keepalives,
            registered_at: self.registered_at,
            last_alarm: &self.last_alarm,
            restarts: self.restart.is_wanted(),
            restarted: self.restarted,
        }
    }

    /// The phone has just registered, and has shown nothing yet.
    pub(super) fn registered(&mut self, register: &Register, cap: Version, now: Instant) {
        let (offered, features) = (register.version(), register.features());
        let shown = std::mem::take(&mut self.shown);
        let is_told_of = self.registrations.may_tell(now, throttle::REGISTRATIONS);
        *self = Phone {
            state: StationState::Registered,
            encoding: Encoding::negotiated(offered.negotiate(cap), features),
            offered,
            device_type: register.device_type,
            max_streams: register.max_streams,
            registered_at: Some(now),
            last_alarm: std::mem::take(&mut self.last_alarm),
            // Until it reports its codecs, which may say so too.
            telephone_events: features.contains(Features::RFC2833),
            shown: Rendered::nothing(shown),
            registrations: self.registrations,
            is_told_of,
            ..Phone::new(std::mem::take(&mut self.name))
        };
    }

    /// How many registrations were not logged since the last call.
    pub(super) fn take_untold(&mut self) -> u32 {
        self.registrations.take_kept_back()
    }

    /// Keeps the alarm that the phone sent before it registered, if any.
    pub(super) fn learn_alarm(&mut self, alarm: SmolStr) {
        if !alarm.is_empty() {
            self.last_alarm = alarm;
        }
    }

    /// The phone is not there any more.
    pub(super) fn leave(&mut self, state: StationState) {
        self.state = state;
        self.link = None;
        self.restart = Restart::No;
    }

    pub(super) fn model(&self) -> Option<&'static DeviceModel> {
        self.device_type.model()
    }

    /// Where text goes; a model that is not known is taken for one with a prompt area.
    pub(super) fn prompt_area(&self) -> PromptArea {
        self.model().map_or(PromptArea::Prompt, |model| model.prompt_area)
    }

    pub(super) fn has_soft_keys(&self) -> bool {
        self.model().is_none_or(|model| model.soft_keys)
    }

    /// Whether its hook is all that its user has beside the digits, as at an analogue telephone.
    pub(super) fn has_only_a_hook(&self) -> bool {
        !self.has_soft_keys() && self.prompt_area() == PromptArea::None
    }

    /// Notes what concerns media orders, and returns what concerns the switch.
    pub(super) fn learn_capabilities(&mut self, capabilities: &Capabilities) -> CodecSet {
        let codecs = || capabilities.audio.iter().map(|capability| capability.codec);
        self.capabilities = u8::try_from(capabilities.audio.len()).unwrap_or(u8::MAX);
        self.telephone_events |= codecs().any(|codec| codec == WireCodec::RFC2833);
        if let Some(g729) = codecs().find(|codec| codec_of(*codec) == Some(Codec::G729)) {
            self.g729 = g729;
        }
        codecs().filter_map(codec_of).collect()
    }

    /// The phone's number for a codec.
    pub(super) fn codec_number(&self, codec: Codec) -> WireCodec {
        match codec {
            Codec::G711Ulaw => WireCodec::G711_ULAW,
            Codec::G711Alaw => WireCodec::G711_ALAW,
            Codec::G722 => WireCodec::G722,
            Codec::Opus => WireCodec::OPUS,
            Codec::G729 => self.g729,
            Codec::Ilbc => WireCodec::ILBC,
        }
    }
}

fn codec_of(codec: WireCodec) -> Option<Codec> {
    Some(match codec {
        WireCodec::G711_ULAW => Codec::G711Ulaw,
        WireCodec::G711_ALAW => Codec::G711Alaw,
        WireCodec::G722 => Codec::G722,
        WireCodec::G729 | WireCodec::G729_ANNEX_A | WireCodec::G729_ANNEX_B | WireCodec::G729_ANNEX_A_B => {
            Codec::G729
        }
        WireCodec::ILBC => Codec::Ilbc,
        _ => return None,
    })
}

/// The prompt of an idle phone.
pub(super) fn idle_prompt(system_message: &str) -> hookflash_wire::sccp::Text {
    if system_message.is_empty() { Phrase::YOUR_CURRENT_OPTIONS.into() } else { system_message.into() }
}
