//! Which verb may be applied to a connection: the one table that soft keys, `servicesPermitted` and refusals use.
//!
//! | verb | initiated | alerting | connected, others ring | connected, somebody answered | hold | queued | fail |
//! | --- | --- | --- | --- | --- | --- | --- | --- |
//! | Answer Call | prompted | yes | | | | | |
//! | Accept Call | | if offered | | | | | |
//! | Clear Connection | yes | yes | yes | yes | yes | yes | yes |
//! | Hold Call | | | | yes | | | |
//! | Retrieve Call | | | | | yes | | |
//! | Deflect Call | | yes | | | | | |
//! | Directed and Group Pickup Call, by another device | | yes | | | | yes | |
//! | Park Call, in a call of two | | | | yes | | | |
//! | Consultation Call | | | | yes | | | |
//! | Transfer Call, held call | | | | | yes | | |
//! | Transfer Call, active call | | | yes | yes | | | |
//! | Conference Call, held call | | | | | yes | | |
//! | Conference Call, active call | | | yes | yes | | | |
//! | Single Step Transfer Call | | | | yes | if somebody answered | | |
//! | Single Step Conference Call | | | | yes | | | |
//! | Alternate Call, held call | | yes | | | yes | | |
//! | Alternate Call, active call | | | | yes | | | |
//! | Reconnect Call, active call | yes | | yes | yes | | | yes |
//! | Generate Digits | | | | yes | | | |
//!
//! A connection whose user hears a failure tone can only be cleared, also to reconnect a held call; so can one whose
//! application has not said where the media goes.

use crate::{Calls, Connection, ConnectionKey, ConnectionState, Holder, Refusal};

/// A verb that is applied to a connection.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord, Hash)]
pub enum Verb {
    /// Answer Call.
    AnswerCall,
    /// Accept Call.
    AcceptCall,
    /// Clear Connection.
    ClearConnection,
    /// Hold Call.
    HoldCall,
    /// Retrieve Call.
    RetrieveCall,
    /// Deflect Call.
    DeflectCall,
    /// Directed or Group Pickup Call by another device.
    PickupCall,
    /// Park Call.
    ParkCall,
    /// Consultation Call, on the existing call.
    ConsultationCall,
    /// Transfer Call, as the held call.
    TransferHeld,
    /// Transfer Call, as the active call.
    TransferActive,
    /// Conference Call, as the held call.
    ConferenceHeld,
    /// Conference Call, as the active call.
    ConferenceActive,
    /// Single Step Transfer Call.
    SingleStepTransferCall,
    /// Single Step Conference Call and Join Call, on the call to which a device is added.
    SingleStepConferenceCall,
    /// Alternate Call, as the held call.
    AlternateHeld,
    /// Alternate Call, as the active call.
    AlternateActive,
    /// Reconnect Call, as the active call, which ends.
    ReconnectActive,
    /// Generate Digits.
    GenerateDigits,
}

impl Verb {
    /// Every verb.
    pub const ALL: [Verb; 19] = [
        Verb::AnswerCall,
        Verb::AcceptCall,
        Verb::ClearConnection,
        Verb::HoldCall,
        Verb::RetrieveCall,
        Verb::DeflectCall,
        Verb::PickupCall,
        Verb::ParkCall,
        Verb::ConsultationCall,
        Verb::TransferHeld,
        Verb::TransferActive,
        Verb::ConferenceHeld,
        Verb::ConferenceActive,
        Verb::SingleStepTransferCall,
        Verb::SingleStepConferenceCall,
        Verb::AlternateHeld,
        Verb::AlternateActive,
        Verb::ReconnectActive,
        Verb::GenerateDigits,
    ];
}

/// A set of verbs.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct VerbSet(u32);

impl VerbSet {
    /// Whether the verb is in the set.
    pub const fn contains(self, verb: Verb) -> bool {
        self.0 & 1 << verb as u32 != 0
    }
}

impl VerbSet {
    /// The set without the verb.
    #[must_use]
    pub const fn without(self, verb: Verb) -> VerbSet {
        VerbSet(self.0 & !(1 << verb as u32))
    }
}

impl FromIterator<Verb> for VerbSet {
    fn from_iter<I: IntoIterator<Item = Verb>>(verbs: I) -> VerbSet {
        VerbSet(verbs.into_iter().fold(0, |set, verb| set | 1 << verb as u32))
    }
}

/// What decides which verbs may be applied to a connection.
#[derive(Clone, Copy, Debug)]
struct Situation {
    state: ConnectionState,
    prompting: bool,
    /// Whether it is offered at a device that an application has open.
    offered: bool,
    /// How many others are in the call, if it is connected.
    others: usize,
    /// Whether it is connected and another one has answered.
    established: bool,
    /// Whether it is on hold and another one has answered.
    held: bool,
}

impl Situation {
    fn permits(self, verb: Verb) -> bool {
        match verb {
            Verb::AnswerCall => self.state == ConnectionState::Alerting || self.prompting,
            Verb::AcceptCall => self.offered,
            Verb::ClearConnection => true,
            Verb::HoldCall
            | Verb::ConsultationCall
            | Verb::AlternateActive
            | Verb::SingleStepConferenceCall
            | Verb::GenerateDigits => self.established,
            Verb::SingleStepTransferCall => self.established || self.held,
            Verb::AlternateHeld => matches!(self.state, ConnectionState::Hold | ConnectionState::Alerting),
            Verb::ReconnectActive => {
                let active = matches!(
                    self.state,
                    ConnectionState::Initiated | ConnectionState::Connected | ConnectionState::Fail
                );
                active && !self.prompting
            }
            Verb::ParkCall => self.established && self.others == 1,
            Verb::RetrieveCall | Verb::TransferHeld | Verb::ConferenceHeld => {
                self.state == ConnectionState::Hold
            }
            Verb::DeflectCall => self.state == ConnectionState::Alerting,
            Verb::PickupCall => {
                matches!(self.state, ConnectionState::Alerting | ConnectionState::Queued)
            }
            Verb::TransferActive | Verb::ConferenceActive => self.others > 0,
        }
    }
}

impl Calls {
    /// Whether the verb may be applied to the connection in its present state.
    pub fn permits(&self, verb: Verb, connection: &Connection) -> bool {
        self.situation(connection).permits(verb)
    }

    fn situation(&self, connection: &Connection) -> Situation {
        let state = connection.state();
        // Nobody is there to talk at a connection that is bridged to one elsewhere, or for which the switch acts.
        // The phone that plays a page can only end it.
        let here =
            connection.bridge.is_none() && connection.holder() != Some(Holder::Switch) && !connection.hidden;
        let connected = here
            && state == ConnectionState::Connected
            && connection.failure().is_none()
            && !connection.awaits_address;
        let (mut others, mut answered) = (0, false);
        if connected || state == ConnectionState::Hold {
            for other in self.connections(connection.call()).filter(|other| other.key() != connection.key()) {
                others += 1;
                answered |= other.state().is_answered();
            }
        }
        Situation {
            state,
            prompting: connection.is_prompting(),
            offered: connection.is_offered(),
            others: if connected { others } else { 0 },
            established: connected && answered,
            held: !connected && answered,
        }
    }

    /// The verbs that may be applied to the connection in its present state.
    pub fn permitted(&self, connection: &Connection) -> VerbSet {
        let situation = self.situation(connection);
        Verb::ALL.into_iter().filter(|verb| situation.permits(*verb)).collect()
    }

    /// The connection, if the verb may be applied to it.
    ///
    /// # Errors
    /// [`Refusal::InvalidConnection`] if it is gone, [`Refusal::InvalidConnectionState`] if its state does not allow
    /// the verb; for verbs with two connections, those of the held or the active one.
    pub(crate) fn check(&self, verb: Verb, key: ConnectionKey) -> Result<&Connection, Refusal> {
        let connection = self.connection(key).ok_or(Refusal::InvalidConnection.of_verb(verb))?;
        match self.permits(verb, connection) {
            true => Ok(connection),
            false if connection.awaits_address => Err(Refusal::MediaPending),
            false => Err(Refusal::InvalidConnectionState(connection.state()).of_verb(verb)),
        }
    }
}
