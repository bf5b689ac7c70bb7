//! `extensions` of events: the number by which a session that is resumed finds its place, and what the standard has no
//! member for.

use smol_str::{SmolStr, format_smolstr};

use super::arguments::{Argument, Fault};
use super::element::{Element, Namespace};
use super::session_login::HOOKFLASH_NAMESPACE;
use super::vocabulary::words;
use super::writer::Writer;

/// What an event carries beyond the standard. Everything else in `extensions` is skipped.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct EventExtensions {
    /// The place of the event in its session (`hf:Sequence`).
    pub sequence: Option<Sequence>,
    /// Why a device is out of service, or why a call is diverted, where the cause does not tell (`hf:reason`).
    pub reason: Option<ServiceReason>,
    /// The names of the parties (`hf:names`).
    pub names: Option<Box<PartyNames>>,
}

/// The names of the parties of a call; an empty one is not known, or not to be shown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct PartyNames {
    /// Who calls.
    pub calling: SmolStr,
    /// Who was called.
    pub called: SmolStr,
    /// Who diverted the call last.
    pub last_redirection: SmolStr,
}

impl PartyNames {
    /// Whether no name is known.
    pub fn is_empty(&self) -> bool {
        self.named().iter().all(|(_, name)| name.is_empty())
    }

    fn named(&self) -> [(&'static str, &SmolStr); 3] {
        [("calling", &self.calling), ("called", &self.called), ("lastRedirection", &self.last_redirection)]
    }

    fn encode(&self, writer: &mut Writer<'_>) {
        writer.raw("<hf:names");
        for (attribute, name) in self.named().into_iter().filter(|(_, name)| !name.is_empty()) {
            for part in [" ", attribute, "=\""] {
                writer.raw(part);
            }
            writer.escaped(name);
            writer.raw("\"");
        }
        writer.raw("/>");
    }

    fn decode(element: Element<'_>) -> PartyNames {
        let name = |attribute: &str| element.attribute(attribute).map(SmolStr::from).unwrap_or_default();
        PartyNames {
            calling: name("calling"),
            called: name("called"),
            last_redirection: name("lastRedirection"),
        }
    }
}

words! {
    /// Why a device is out of service for an application, or why a call is diverted.
    pub enum ServiceReason {
        /// The application may not use the device any more.
        NotPermitted = "notPermitted",
        /// No application has the device open, or no telephone is registered.
        Unregistered = "unregistered",
        /// No application has taken the call in time.
        NotAccepted = "notAccepted",
        /// The call rang, and nobody answered it.
        NoAnswer = "noAnswer",
        /// The application that had the call has gone, or did not want it.
        CtiFailure = "forwardOnCtiFailure",
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
        self.sequence.is_none() && self.reason.is_none() && self.names.is_none()
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
        Ok(EventExtensions {
            sequence: ours("Sequence").map(decode_sequence).transpose()?,
            reason: ours("reason").and_then(|reason| ServiceReason::from_word(reason.text())),
            names: ours("names").map(PartyNames::decode).map(Box::new),
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
        if let Some(names) = &self.names {
            names.encode(writer);
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
