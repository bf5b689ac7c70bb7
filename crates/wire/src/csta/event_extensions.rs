//! `extensions` of events: the number by which a session that is resumed finds its place.

use smol_str::format_smolstr;

use super::arguments::{Argument, Fault};
use super::element::{Element, Namespace};
use super::session_login::HOOKFLASH_NAMESPACE;
use super::writer::Writer;

/// What an event carries beyond the standard. Everything else in `extensions` is skipped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct EventExtensions {
    /// The place of the event in its session (`hf:Sequence`).
    pub sequence: Option<Sequence>,
    /// Why a device is out of service (`hf:reason`).
    pub reason: Option<ServiceReason>,
}

/// Why a device is out of service for an application.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ServiceReason {
    /// The application may not use it any more.
    NotPermitted,
}

impl ServiceReason {
    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            ServiceReason::NotPermitted => "notPermitted",
        }
    }
}

/// The place of an event among all events of its session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sequence {
    /// Counts from 1, without gaps; [`super::Resume::last_sequence`] is such a number.
    pub number: u64,
    /// The event was sent before, and is sent again because the session was resumed.
    pub replayed: bool,
}

impl EventExtensions {
    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.sequence.is_none() && self.reason.is_none()
    }
}

impl Argument for EventExtensions {
    fn absent() -> Option<Self> {
        Some(EventExtensions::default())
    }

    fn decode(element: Element<'_>) -> Result<Self, Fault> {
        let private = element.member("privateData").and_then(|data| data.member("private"));
        let ours = |name: &str| {
            private.and_then(|private| {
                private.children().find(|child| {
                    child.namespace() == Namespace::Other(HOOKFLASH_NAMESPACE) && child.name() == name
                })
            })
        };
        let reason = ours("reason").filter(|reason| reason.text() == ServiceReason::NotPermitted.as_str());
        Ok(EventExtensions {
            sequence: ours("Sequence").map(decode_sequence).transpose()?,
            reason: reason.map(|_| ServiceReason::NotPermitted),
        })
    }

    /// The root must declare the prefix `hf`.
    fn encode(&self, name: &'static str, writer: &mut Writer<'_>) {
        if !self.is_empty() {
            writer.private(name, |writer| self.encode_private(writer));
        }
    }
}

impl EventExtensions {
    /// Writes what is in the private data.
    pub(super) fn encode_private(&self, writer: &mut Writer<'_>) {
        if let Some(reason) = self.reason {
            writer.word("hf:reason", reason.as_str());
        }
        if let Some(Sequence { number, replayed }) = self.sequence {
            let attribute = if replayed { " replayed=\"true\"" } else { "" };
            writer.raw(&format_smolstr!("<hf:Sequence{attribute}>{number}</hf:Sequence>"));
        }
    }
}

fn decode_sequence(element: Element<'_>) -> Result<Sequence, Fault> {
    let number = element.text().parse().map_err(|_| Fault::invalid(element.text()))?;
    let replayed = element.attribute("replayed").is_some_and(|value| matches!(value.trim(), "true" | "1"));
    Ok(Sequence { number, replayed })
}
