//! Connections and the one function that changes their state.
//!
//! A connection is one device's part in one call (ECMA-269, clause 6.1.5). Its states and transitions:
//!
//! ```text
//!             Initiate            Originate
//!   null ───────────────► initiated ─────────► connected ◄──────── Retrieve ───────┐
//!    │                                            ▲   │                            │
//!    │ Offer             Answer                   │   └────────── Hold ──────────► hold
//!    ├──────────► alerting ───────────────────────┤
//!    │                ▲                           │ Answer
//!    │ Queue          │ Offer                     │
//!    └──────────► queued ─────────────────────────┘
//!
//!   initiated, alerting, connected, queued ── Fail ──► fail        any state ── Clear ──► null
//! ```
//!
//! A [`ConnectionKey`] identifies a connection for its whole life. A [`ConnectionId`] is its public name, call and
//! device; transfer and conference change it, because the connection moves to another call.

use std::time::Duration;

use smallvec::SmallVec;
use smol_str::SmolStr;

use crate::{
    CallId, Codec, Description, DeviceId, DialogueId, EventCause, Instant, LegId, LineId, MediaAddress,
    Party, Redirection, StationId,
    autonomous::Autonomy,
    control::{single_number_reach::Reaching, single_step_conference_call::Adding},
    media::{Audio, Leg},
    timer::Deadline,
};

/// The state of a connection, ECMA-269 clause 6.1.5.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord, Hash)]
pub enum ConnectionState {
    /// No relation between the device and the call.
    Null,
    /// The device is off-hook and has not finished dialling, or is being prompted to go off-hook.
    Initiated,
    /// The device rings.
    Alerting,
    /// The device takes part in the call; so does a caller whose called party still rings.
    Connected,
    /// The device has put the call aside.
    Hold,
    /// The call waits at the device without ringing.
    Queued,
    /// The call did not get through; the user hears a failure tone.
    Fail,
}

/// What can happen to a connection.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Transition {
    /// The device goes off-hook for a new call.
    Initiate,
    /// The number is complete and the call is on its way.
    Originate,
    /// The call starts to ring at the device.
    Offer,
    /// The call waits at the device.
    Queue,
    /// The device accepts the call.
    Answer,
    /// The device puts the call aside.
    Hold,
    /// The device takes the held call back.
    Retrieve,
    /// The call cannot get through.
    Fail,
    /// The device leaves the call.
    Clear,
}

/// A transition that the state does not have.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{transition:?} is not possible in the state {from:?}")]
pub struct InvalidTransition {
    /// The state the connection is in.
    pub from: ConnectionState,
    /// What was asked of it.
    pub transition: Transition,
}

impl ConnectionState {
    /// The state that follows `self` when `transition` happens: the one transition function of the switch.
    ///
    /// # Errors
    /// [`InvalidTransition`] where the diagram of this module has no such arrow.
    pub fn after(self, transition: Transition) -> Result<ConnectionState, InvalidTransition> {
        use ConnectionState::*;
        match (self, transition) {
            (Null, Transition::Initiate) => Ok(Initiated),
            (Null | Queued, Transition::Offer) => Ok(Alerting),
            (Null, Transition::Queue) => Ok(Queued),
            (Initiated, Transition::Originate) => Ok(Connected),
            (Alerting | Queued, Transition::Answer) => Ok(Connected),
            (Connected, Transition::Hold) => Ok(Hold),
            (Hold, Transition::Retrieve) => Ok(Connected),
            (Initiated | Alerting | Connected | Queued, Transition::Fail) => Ok(Fail),
            (from, Transition::Clear) if from != Null => Ok(Null),
            (from, transition) => Err(InvalidTransition { from, transition }),
        }
    }

    /// Whether the device has accepted or placed the call: it is connected, or has put the call aside.
    pub const fn is_answered(self) -> bool {
        matches!(self, ConnectionState::Connected | ConnectionState::Hold)
    }
}

/// Names a connection publicly: the call and the device in it (ECMA-269 clause 6.1.4).
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord, Hash)]
pub struct ConnectionId {
    /// The call.
    pub call: CallId,
    /// The device in the call.
    pub device: DeviceId,
}

/// Identifies a connection inside the switch, from its beginning to its end, whatever call it is in.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord, Hash)]
pub struct ConnectionKey {
    pub(super) slot: u32,
    pub(super) reference: u32,
}

impl ConnectionKey {
    /// The number that names the connection to the stations of its line: never 0, unique while the connection lives,
    /// and not used again for a hundred million connections.
    pub const fn reference(self) -> u32 {
        self.reference
    }
}

/// The party that acts for a connection.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord, Hash)]
pub enum Holder {
    /// A phone: its user dials, talks, or has put the call aside there.
    Station(StationId),
    /// The switch itself: no phone rings, and no user can hang up (a parked call).
    Switch,
}

/// How far a calling device has come with naming the called party.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) enum Dialling {
    /// The station was asked to go off-hook for this number (prompted MakeCall); it has not yet.
    Prompting(SmolStr),
    /// The number is dialled when a phone elsewhere has been answered (dial via office).
    Elsewhere(SmolStr),
    /// Digits are being collected.
    Collecting,
    /// Something else than a number to call is being entered: the call goes nowhere.
    Entering(Entry),
    /// The number is complete, or the device was called.
    #[default]
    Done,
}

/// What a user enters who does not call anybody.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Entry {
    /// A number to forward calls to.
    Forward,
    /// The number at which a call rings that is to be picked up.
    Pickup,
    /// The group in which a call rings that is to be picked up.
    GroupPickup,
    /// The number that opens the phone outside office hours.
    Pin,
    /// The number of a conference that the user opens.
    MeetMe,
    /// The slot at which a call is to be parked; nothing means any.
    Park,
    /// The number to whose mailbox a call is to be transferred.
    Mailbox,
    /// The pilot of a hunt group that the line joins.
    JoinHuntGroup,
    /// The pilot of a hunt group that the line leaves.
    LeaveHuntGroup,
}

/// The way of a call through a hunt group.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Hunted {
    /// The pilot.
    pub(crate) pilot: LineId,
    /// The places of the members that have rung, the present one last.
    pub(crate) tried: SmallVec<[usize; 4]>,
    /// When the call came to the group.
    pub(crate) since: Instant,
}

/// What a transferred call comes back to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Recall {
    /// The number that transferred it.
    pub(crate) number: SmolStr,
    /// How long it rings elsewhere before; `None` if it does not come back because of the time.
    pub(crate) after: Option<Duration>,
    /// How often that number could not take it back.
    pub(crate) failed: u8,
}

/// The data of an alerting connection.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Alerting {
    /// The number by which the call has reached the device.
    pub(crate) number: SmolStr,
    /// The stations whose users do not want the call while it rings at others.
    pub(crate) declined: SmallVec<[StationId; 2]>,
    /// The stations at which it rings without a sound.
    pub(crate) silenced: SmallVec<[StationId; 2]>,
    /// The lines with the number that did not take the call, so that it went on to this one.
    pub(crate) hunted: SmallVec<[LineId; 2]>,
    /// Where the call goes when it has rung here for as long as the deadline says.
    pub(crate) forward_to: Option<SmolStr>,
    /// What the call comes back to when it is not answered here.
    pub(crate) recall: Option<Recall>,
    /// The way through the hunt group for which it rings here.
    pub(crate) hunt: Option<Box<Hunted>>,
    /// For which conference it rings, if an application adds the device to one.
    pub(crate) adding: Option<Box<Adding>>,
    /// Whether it waits at a CTI port or route point until an application takes it.
    pub(crate) offered: bool,
    /// The dialogue that chose to send the call here, until it is known that it got here.
    pub(crate) routed_by: Option<DialogueId>,
    /// The dialogue that goes on about the call, which has come back to the route point.
    pub(crate) dialogue: Option<DialogueId>,
    /// Whether no phone has said yet that it rings, so that Delivered was not reported.
    pub(crate) silent: bool,
    /// Whether it is offered to autonomous phones, which have to be told where the caller receives.
    pub(crate) autonomous: bool,
}

/// Digits that a connection sends into its call.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct DigitSequence {
    pub(crate) digits: SmolStr,
    /// How many have begun to sound.
    pub(crate) next: usize,
    /// Whether the last one that began sounds still.
    pub(crate) sounds: bool,
    pub(crate) tone: Duration,
    pub(crate) pause: Duration,
}

impl DigitSequence {
    /// The tone that sounds now.
    pub(crate) fn sounding(&self) -> Option<char> {
        let last = self.next.checked_sub(1).filter(|_| self.sounds)?;
        self.digits.chars().nth(last)
    }
}

/// The data of a queued connection.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Parked {
    /// The number that parked the call.
    pub(crate) by: SmolStr,
    /// How many reminders were given.
    pub(crate) reminded: u32,
    /// How often it was to leave the slot, and could not.
    pub(crate) retried: u32,
}

/// The state of a connection with what belongs to that state.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Stage {
    Initiated(Dialling),
    Alerting(Alerting),
    Connected,
    Hold,
    Queued(Parked),
    Fail,
}

impl Stage {
    fn state(&self) -> ConnectionState {
        match self {
            Stage::Initiated(_) => ConnectionState::Initiated,
            Stage::Alerting(_) => ConnectionState::Alerting,
            Stage::Connected => ConnectionState::Connected,
            Stage::Hold => ConnectionState::Hold,
            Stage::Queued(_) => ConnectionState::Queued,
            Stage::Fail => ConnectionState::Fail,
        }
    }
}

/// Why a user began a call while another one is on hold.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ConsultPurpose {
    /// To transfer the held call.
    Transfer,
    /// To transfer the held call as soon as the called device rings: the line has no second channel to talk on.
    BlindTransfer,
    /// To make a conference of both.
    Conference,
    /// To consult only: an application excludes transfer and conference.
    Consult,
    /// An application asked for a consultation and has not said what follows.
    Any,
}

impl ConsultPurpose {
    /// Whether the calls may be joined by a transfer.
    pub const fn allows_transfer(self) -> bool {
        matches!(self, ConsultPurpose::Transfer | ConsultPurpose::BlindTransfer | ConsultPurpose::Any)
    }

    /// Whether the calls may be joined by a conference.
    pub const fn allows_conference(self) -> bool {
        matches!(self, ConsultPurpose::Conference | ConsultPurpose::Any)
    }
}

/// The held call about which a call was begun.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Consultation {
    pub(crate) held: ConnectionKey,
    pub(crate) purpose: ConsultPurpose,
}

/// One device in one call.
///
/// [`Calls`](super::Calls) alone changes the identity, the call and the state.
#[derive(Clone, Debug)]
pub struct Connection {
    pub(super) key: ConnectionKey,
    pub(super) call: CallId,
    pub(super) device: DeviceId,
    pub(super) line: LineId,
    pub(super) stage: Stage,
    pub(super) incoming: bool,
    pub(crate) holder: Option<Holder>,
    /// The device as the other parties see it.
    pub(crate) party: Party,
    /// The digits dialled so far.
    pub(crate) dialled: SmolStr,
    /// What the digits are, if they are not those of a number to call.
    pub(crate) entry: Option<Entry>,
    /// The line instance of the expansion button at which its user has taken it up; 0 if it is another button.
    pub(crate) expansion: u32,
    /// Whether its phone answered by itself, with the microphone off.
    pub(crate) answered_muted: bool,
    /// Whether no further call comes to its line while it lasts (cancelled call waiting).
    pub(crate) cancels_waiting: bool,
    /// Whether its user may call any number although the office is closed: the code for that was dialled first.
    pub(crate) overrides_hours: bool,
    /// Whether it answered as one end of an intercom, which is to be heard there.
    pub(crate) announced: bool,
    /// Whether its user has entered the call of another phone with the key cBarge.
    pub(crate) entered: bool,
    /// Whether its user has selected it to be joined with others.
    pub(crate) selected: bool,
    /// Why the user hears a failure tone.
    pub(crate) failure: Option<EventCause>,
    /// Its audio, if it has any.
    pub(crate) audio: Option<Audio>,
    pub(crate) receives_at: Option<MediaAddress>,
    pub(crate) leg: Option<Box<Leg>>,
    pub(crate) deadline: Option<Deadline>,
    /// The diversions on the way to this device.
    pub(crate) redirection: Option<Box<Redirection>>,
    pub(crate) consultation: Option<Consultation>,
    /// Whether an application has to say first where the media goes.
    pub(crate) awaits_address: bool,
    /// What belongs to it at an autonomous phone.
    pub(crate) phone: Option<Box<Autonomy>>,
    /// The connection of the same device in another call whose parties are to hear each other.
    pub(crate) bridge: Option<ConnectionKey>,
    /// Whether monitors and phones of the device are not to know of it.
    pub(crate) hidden: bool,
    /// What is done to reach its user elsewhere.
    pub(crate) reaching: Option<Box<Reaching>>,
    /// The digits that it sends into the call now.
    pub(crate) digits: Option<Box<DigitSequence>>,
    /// Whether it may only become an emergency call, because there are too many others.
    pub(crate) only_emergency: bool,
    /// Whether the held call rings at the telephone that holds it, because its handset was put down.
    pub(crate) rings_back: bool,
}

impl Connection {
    /// The connection's identity.
    pub fn key(&self) -> ConnectionKey {
        self.key
    }

    /// The connection's public name.
    pub fn id(&self) -> ConnectionId {
        ConnectionId { call: self.call, device: self.device }
    }

    /// The call.
    pub fn call(&self) -> CallId {
        self.call
    }

    /// The device.
    pub fn device(&self) -> DeviceId {
        self.device
    }

    /// The line of the device that the call uses.
    pub fn line(&self) -> LineId {
        self.line
    }

    /// A number that names this connection to the stations of its line; see [`ConnectionKey::reference`].
    pub fn reference(&self) -> u32 {
        self.key.reference
    }

    /// Whether the held call rings at the telephone that holds it.
    pub fn is_ringing_back(&self) -> bool {
        self.rings_back
    }

    /// The ECMA-269 state.
    pub fn state(&self) -> ConnectionState {
        self.stage.state()
    }

    /// Whether the device was called, rather than placed the call. Who stays of a held call that is transferred counts
    /// as having placed it.
    pub fn is_incoming(&self) -> bool {
        self.incoming
    }

    /// Whether monitors and phones of the device are not to know of it.
    pub fn is_hidden(&self) -> bool {
        self.hidden
    }

    /// The device as the other parties see it.
    pub fn party(&self) -> &Party {
        &self.party
    }

    /// The digits dialled so far.
    pub fn dialled(&self) -> &SmolStr {
        &self.dialled
    }

    /// Why the user hears a failure tone, if so.
    pub fn failure(&self) -> Option<EventCause> {
        self.failure
    }

    /// Who acts for the connection; `None` while it rings at the stations of the line.
    pub fn holder(&self) -> Option<Holder> {
        self.holder
    }

    /// The station that acts for the connection; `None` while it rings at the stations of the line.
    pub fn station(&self) -> Option<StationId> {
        match self.holder {
            Some(Holder::Station(station)) => Some(station),
            Some(Holder::Switch) | None => None,
        }
    }

    /// Whether a phone plays a page for this connection, of which only the phone knows.
    pub(crate) fn is_page(&self) -> bool {
        self.hidden && self.station().is_some()
    }

    /// Where the device receives media for this connection.
    pub fn receives_at(&self) -> Option<MediaAddress> {
        self.description().map(|description| description.address).or(self.receives_at)
    }

    /// Where and what an autonomous phone receives for this connection, if it has said so.
    pub fn description(&self) -> Option<Description> {
        self.phone.as_deref()?.description
    }

    /// Whether an autonomous phone sends something to the caller before it answers.
    pub fn speaks_early(&self) -> bool {
        self.phone.as_deref().is_some_and(|phone| phone.speaks && phone.description.is_some())
    }

    /// Whether an autonomous phone plays no tone by itself when somebody is called in this call.
    pub(crate) fn plays_no_tone(&self) -> bool {
        self.phone.as_deref().is_some_and(|phone| phone.plays_no_tone && phone.description.is_some())
    }

    /// Whether an autonomous phone has put the call aside by itself.
    pub fn is_held_by_phone(&self) -> bool {
        self.phone.as_deref().is_some_and(|phone| phone.holds)
    }

    /// Whether it is offered to phones, none of which has said yet that it rings.
    pub(crate) fn is_silent(&self) -> bool {
        self.alerting().is_some_and(|alerting| alerting.silent)
    }

    /// Whether it waits at a CTI port or route point until an application takes it.
    pub fn is_offered(&self) -> bool {
        self.alerting().is_some_and(|alerting| alerting.offered)
    }

    pub(crate) fn phone_mut(&mut self) -> &mut Autonomy {
        self.phone.get_or_insert_default()
    }

    /// The codec of the device's audio for this connection; `None` while it has none.
    pub fn codec(&self) -> Option<Codec> {
        self.audio.map(|audio| audio.codec)
    }

    /// The leg of the media engine, if the device hears a mix or a source.
    pub fn leg(&self) -> Option<LegId> {
        self.leg.as_ref().map(|leg| leg.id)
    }

    /// The diversions on the way to this device.
    pub fn redirection(&self) -> Option<&Redirection> {
        self.redirection.as_deref()
    }

    /// Why the call was begun while another one is on hold, if it was.
    pub fn consult_purpose(&self) -> Option<ConsultPurpose> {
        self.consultation.map(|consultation| consultation.purpose)
    }

    /// The connection that the device has put aside and consults about, if the call was begun for that.
    pub fn consults_about(&self) -> Option<ConnectionKey> {
        self.consultation.map(|consultation| consultation.held)
    }

    /// Whether it rings at this station of its line, if the station is there and may use the line: its user has not
    /// declined it.
    pub fn is_offered_to(&self, station: StationId) -> bool {
        self.alerting().is_some_and(|alerting| !alerting.declined.contains(&station))
    }

    /// Whether the user is being prompted to go off-hook.
    pub fn is_prompting(&self) -> bool {
        matches!(self.stage, Stage::Initiated(Dialling::Prompting(_)))
    }

    /// Whether the connection occupies its station: the user dials, talks or hears a failure tone.
    pub fn is_active(&self) -> bool {
        use ConnectionState::*;
        !self.is_prompting() && matches!(self.state(), Initiated | Connected | Fail)
    }

    pub(crate) fn dialling(&self) -> Option<&Dialling> {
        match &self.stage {
            Stage::Initiated(dialling) => Some(dialling),
            _ => None,
        }
    }

    pub(crate) fn dialling_mut(&mut self) -> Option<&mut Dialling> {
        match &mut self.stage {
            Stage::Initiated(dialling) => Some(dialling),
            _ => None,
        }
    }

    /// Whether it rings, as an autonomous phone has said by now.
    pub fn rings(&self) -> bool {
        self.alerting().is_some_and(|alerting| !alerting.silent)
    }

    pub(crate) fn alerting(&self) -> Option<&Alerting> {
        match &self.stage {
            Stage::Alerting(alerting) => Some(alerting),
            _ => None,
        }
    }

    /// The number that parked the call, if it is parked.
    pub fn parked_by(&self) -> Option<&SmolStr> {
        match &self.stage {
            Stage::Queued(parked) => Some(&parked.by),
            _ => None,
        }
    }

    pub(crate) fn parked_mut(&mut self) -> Option<&mut Parked> {
        match &mut self.stage {
            Stage::Queued(parked) => Some(parked),
            _ => None,
        }
    }

    pub(crate) fn alerting_mut(&mut self) -> Option<&mut Alerting> {
        match &mut self.stage {
            Stage::Alerting(alerting) => Some(alerting),
            _ => None,
        }
    }
}
