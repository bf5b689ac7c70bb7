//! What must survive a restart of the switch: the one list of it.
//!
//! The switch gives out each such change as [`Output::Store`](crate::Output::Store), before everything that follows from
//! it; the caller writes the record to disk before it carries out later outputs. When the switch starts again, it is
//! given the records back with [`Input::Restore`](crate::Input::Restore).
//!
//! A record overrides the configuration, until the configuration changes what it says while the switch runs: then it
//! is forgotten ([`Output::Forget`](crate::Output::Forget)), as is one about a number that is not configured any more.
//! So the number's next owner does not find what the last one set.

use std::time::Duration;

use smol_str::SmolStr;

use crate::{Forward, ForwardingType};

/// A change that survives a restart. A record replaces earlier ones with the same [`Record::key`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Record {
    /// A phone or an application has set how calls of a number are forwarded.
    Forwarding {
        /// The number.
        number: SmolStr,
        /// Which calls.
        kind: ForwardingType,
        /// Where they go; `None` if they are not forwarded.
        forward: Option<Forward>,
        /// How long calls ring before they count as not answered.
        no_answer_timeout: Duration,
    },
    /// A message waits for a number, or no more.
    MessageWaiting {
        /// The number.
        number: SmolStr,
        /// Whether a message waits.
        on: bool,
    },
    /// A user or an application has set whether the user of a phone is to be disturbed.
    DoNotDisturb {
        /// The name of the phone.
        station: SmolStr,
        /// Whether he is not to be.
        on: bool,
    },
    /// A phone takes no calls of hunt groups.
    HuntGroupLogout {
        /// The name of the phone.
        station: SmolStr,
    },
    /// A number takes no calls of hunt groups.
    NumberHuntGroupLogout {
        /// The number.
        number: SmolStr,
    },
    /// A number has joined a hunt group.
    HuntGroupMember {
        /// The pilot number of the group.
        pilot: SmolStr,
        /// The open place of its list that the number has taken, from 0.
        place: usize,
        /// The number.
        number: SmolStr,
    },
}

impl Record {
    /// Two records with the same key are about the same thing: the later one counts.
    pub fn key(&self) -> String {
        match self {
            Record::Forwarding { number, kind, .. } => forwarding_key(number, *kind),
            Record::MessageWaiting { number, .. } => format!("mwi/{number}"),
            Record::DoNotDisturb { station, .. } => format!("dnd/{station}"),
            Record::HuntGroupLogout { station } => format!("hlog/{station}"),
            Record::NumberHuntGroupLogout { number } => format!("hlog-number/{number}"),
            Record::HuntGroupMember { pilot, place, .. } => format!("hunt/{pilot}/{place}"),
        }
    }
}

/// The key of a [`Record::Forwarding`].
pub(crate) fn forwarding_key(number: &str, kind: ForwardingType) -> String {
    format!("forwarding/{number}/{kind:?}")
}
