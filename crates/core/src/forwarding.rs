//! Call forwarding: where the calls of a line go instead.
//!
//! The configuration gives each line (`ephone-dn`) its own forwarding. The CFwdAll key of a phone and Set Forwarding
//! of an application set that of a device: of all lines with its number.
//! [`Line::forwarding`](crate::Line::forwarding) is what is in force.
//!
//! | [`ForwardingType`] | IOS command | a call is diverted |
//! | --- | --- | --- |
//! | `Immediate` | `call-forward all` | before it rings |
//! | `Busy` | `call-forward busy` | when no channel is free, or the user rejects it |
//! | `NoAnswer` | `call-forward noan` | when it has rung for the timeout |
//!
//! A line without a registered phone forwards as if busy, otherwise as if the call was not answered.
//! `Immediate` goes before the others.
//!
//! # Invariants
//!
//! * Forwarding ends; see [`Redirection`](crate::Redirection).
//! * The calling device never diverts its own call: a call to the own number finds the line busy, or another line of the
//!   device rings.
//! * A change is in effect for calls that begin to ring afterwards; a ringing call keeps the forwarding that it has.

use std::time::Duration;

use smol_str::SmolStr;

use crate::EventCause;

/// The shortest and the longest time a call may ring before it is forwarded (`call-forward noan`).
pub const NO_ANSWER_TIMEOUTS: std::ops::RangeInclusive<Duration> =
    Duration::from_secs(3)..=Duration::from_secs(60_000);

/// How long a call rings before it is forwarded by default: Cisco's default for SIP phones.
pub const DEFAULT_NO_ANSWER_TIMEOUT: Duration = Duration::from_secs(20);

/// When calls are forwarded: the forwarding types of ECMA-269 that this switch has.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord, Hash)]
pub enum ForwardingType {
    /// All calls, before they ring.
    Immediate,
    /// Calls that find the line busy.
    Busy,
    /// Calls that are not answered.
    NoAnswer,
}

impl ForwardingType {
    /// Every type.
    pub const ALL: [ForwardingType; 3] =
        [ForwardingType::Immediate, ForwardingType::Busy, ForwardingType::NoAnswer];

    /// The cause of the events of a call that is diverted so.
    pub const fn cause(self) -> EventCause {
        match self {
            ForwardingType::Immediate => EventCause::CallForwardImmediate,
            ForwardingType::Busy => EventCause::CallForwardBusy,
            ForwardingType::NoAnswer => EventCause::CallForwardNoAnswer,
        }
    }
}

/// Where calls go, and which of them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Forward {
    /// The number they go to.
    pub number: SmolStr,
    /// Which calls go there.
    pub calls_to: CallsTo,
}

impl Forward {
    /// All calls go to this number.
    pub fn to(number: impl Into<SmolStr>) -> Forward {
        Forward { number: number.into(), calls_to: CallsTo::AnyNumber }
    }
}

/// Calls by which of the line's numbers they came in.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum CallsTo {
    /// By any.
    #[default]
    AnyNumber,
    /// By the primary number only.
    Primary,
    /// By the secondary number only.
    Secondary,
}

/// How the calls of a line are forwarded.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Forwarding {
    /// All calls.
    pub immediate: Option<Forward>,
    /// Calls that find the line busy.
    pub busy: Option<Forward>,
    /// Calls that are not answered.
    pub no_answer: Option<Forward>,
    /// How long a call rings before it counts as not answered, within [`NO_ANSWER_TIMEOUTS`].
    pub no_answer_timeout: Duration,
}

impl Default for Forwarding {
    fn default() -> Forwarding {
        Forwarding {
            immediate: None,
            busy: None,
            no_answer: None,
            no_answer_timeout: DEFAULT_NO_ANSWER_TIMEOUT,
        }
    }
}

impl Forwarding {
    /// Where calls go by this type of forwarding.
    pub fn get(&self, kind: ForwardingType) -> Option<&Forward> {
        self.slot(kind).as_ref()
    }

    /// Whether any call is forwarded.
    pub fn is_active(&self) -> bool {
        self.immediate.is_some() || self.busy.is_some() || self.no_answer.is_some()
    }

    fn slot(&self, kind: ForwardingType) -> &Option<Forward> {
        match kind {
            ForwardingType::Immediate => &self.immediate,
            ForwardingType::Busy => &self.busy,
            ForwardingType::NoAnswer => &self.no_answer,
        }
    }

    pub(crate) fn slot_mut(&mut self, kind: ForwardingType) -> &mut Option<Forward> {
        match kind {
            ForwardingType::Immediate => &mut self.immediate,
            ForwardingType::Busy => &mut self.busy,
            ForwardingType::NoAnswer => &mut self.no_answer,
        }
    }
}
