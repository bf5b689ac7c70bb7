//! Autonomous phones: phones that act first and tell afterwards, such as SIP phones.
//!
//! The switch commands an ordinary phone: it rings, goes off-hook and shows what the switch says, at once. An autonomous
//! phone is asked. It rings when it says so, its user answers or puts calls aside there, and it may not be able to do what an
//! application wants. So:
//!
//! | what | ordinary phone | autonomous phone |
//! | --- | --- | --- |
//! | Delivered | when the call is offered | when the phone [rings](Act::Rings) |
//! | Make Call | goes off-hook by command | is called itself, with the wish to answer by itself; the call begins when it answers |
//! | Answer Call | at once | the phone is asked; the response comes when it has answered, or cannot |
//! | Retrieve Call, put aside by the phone | at once | as Answer Call |
//! | Alternate Call, Reconnect Call, to a call that rings or was put aside by the phone | at once | as Answer Call: the phone is asked to go to that call, and puts the active one aside by itself |
//! | Hold Call, and everything else | at the switch | at the switch |
//! | its user takes another call | the active one is held, an attempt ends | the phone puts it aside by itself, or does not: it may be several telephones, or mix |
//! | a call that fails | the user hears a tone | the phone is told, plays a tone itself, and has [left](Act::Leaves) |
//!
//! # Invariants
//!
//! * A request that waits for a phone is answered exactly once: when the phone has done it or cannot, when the connection
//!   changes otherwise or ends, or after [`PATIENCE`].
//! * The response comes before the events that the phone's action causes.
//! * A phone's hold and the switch's are kept apart: applications see one Held; a connection is retrieved when its phone
//!   says so, or at the switch if only the switch holds it.

use std::{net::IpAddr, time::Duration};

use smol_str::SmolStr;

use crate::{
    CallEventKind, CodecSet, Connection, ConnectionId, ConnectionKey, ConnectionState, ConsultPurpose,
    Deadline, DiversionReason, Diverted, EventCause, FeatureCode, ForwardingType, MediaAddress, Output,
    Party, PayloadTypes, Redirection, Refusal, Request, RequestId, Response, StationId, Timer, Verb,
    calls::{Consultation, Dialling},
    control::{
        alternate_call, answer_call, clear_connection, conference_call, deflect_call, dialling, failure,
        feature_codes, generate_digits, hold_call,
        make_call::{self, Initiation, Urgency},
        media, park_call, pickup_call, reconnect_call, retrieve_call, set_do_not_disturb, set_forwarding,
        transfer_call,
    },
    cti::{SessionId, permission, report},
    cti_device,
    features::DialledCode,
    keys::by_reference,
    state::State,
};

/// How long a phone may take to do what an application asked for.
pub const PATIENCE: Duration = Duration::from_secs(3);

/// Where and what a phone receives for one call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Description {
    /// Where it receives RTP.
    pub address: MediaAddress,
    /// What it can receive.
    pub codecs: CodecSet,
    /// By which RTP payload types.
    pub payload_types: PayloadTypes,
    /// Where it receives reports (RTCP), if that is not the port after that of `address`.
    pub reports: Option<MediaAddress>,
    /// The RTP payload type by which it receives telephone events (RFC 4733), if it does.
    pub telephone_event: Option<u8>,
    /// Whether digits for it go with the signalling.
    pub digits_by_signalling: bool,
    /// Whether its audio is encrypted (SRTP): then it goes through the media engine.
    pub secured: bool,
    /// The address from which it signals, if `address` cannot be reached from here because it is behind a translation of
    /// addresses (NAT). Then its audio goes through the media engine, which takes it from there and sends its own back to where
    /// that comes from.
    pub behind: Option<IpAddr>,
}

impl Description {
    /// Whether its audio goes through the media engine, whoever is at the other end.
    pub fn needs_engine(&self) -> bool {
        self.secured || self.behind.is_some() || !self.payload_types.are_usual()
    }
}

/// What an autonomous phone did, or says about one of its calls. A `reference` is that of a connection.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Act {
    /// It asks for a feature, whether codes of features can be dialled or not. Its call ends when that is done, unless the
    /// feature is a call.
    DialFeature {
        /// Names the call, as in [`Act::Dial`].
        token: u32,
        /// Line instance.
        line: u32,
        /// The feature.
        feature: FeatureCode,
        /// What goes with it: the number to forward to, the group.
        digits: SmolStr,
        /// What the phone receives.
        media: Option<Description>,
    },
    /// Its user calls a number.
    Dial {
        /// Names the call until it has a connection: [`Appearance::token`](crate::view::Appearance::token).
        token: u32,
        /// Line instance.
        line: u32,
        /// The number.
        number: SmolStr,
        /// Where it receives; `None` if it has not said so yet.
        media: Option<Description>,
        /// Who calls, for a trunk: number and name.
        calling: Option<(SmolStr, SmolStr)>,
        /// The numbers from which the other network has diverted the call, oldest first, and why.
        diverted: Vec<Diverted>,
    },
    /// Its user, or another network, takes over a call that rings or is put aside elsewhere.
    Replaces {
        /// Names the call, as in [`Act::Dial`].
        token: u32,
        /// Line instance.
        line: u32,
        /// Where it receives; `None` if it has not said so yet.
        media: Option<Description>,
        /// The connection that it takes the place of.
        replaced: ConnectionId,
    },
    /// It rings.
    Rings(u32),
    /// It sends something to the caller before it answers, from here.
    Speaks(u32, Description),
    /// Its user sends digits into the call.
    Digits(u32, SmolStr),
    /// Its user is not to be disturbed any more, or again.
    SetDoNotDisturb(bool),
    /// Its user forwards calls to one of its lines, or with `None` no more.
    SetForwarding {
        /// Line instance.
        line: u32,
        /// Which calls.
        kind: ForwardingType,
        /// Where they go.
        to: Option<SmolStr>,
        /// How long they ring before they count as not answered; `None` to leave that unchanged.
        no_answer_timeout: Option<Duration>,
    },
    /// Its user has answered, or it has by itself.
    Answers(u32, Option<Description>),
    /// It does not take the call, for this reason.
    Declines(u32, EventCause),
    /// It sends the call to another number, for this reason.
    Deflects(u32, SmolStr, DiversionReason),
    /// It receives elsewhere or otherwise from now on.
    Describes(u32, Option<Description>),
    /// Its user has put the call aside.
    Holds(u32),
    /// Its user has taken the call back.
    Resumes(u32),
    /// It is in the call no more.
    Leaves(u32),
    /// It is in the call already, and plays no tone by itself when somebody is called.
    PlaysNoTone(u32),
    /// It cannot do what it was asked to do with the call.
    Cannot(u32),
    /// Its user sends the other party to a number, and leaves when that rings.
    TransfersTo {
        /// The call that is transferred.
        reference: u32,
        /// Where it goes.
        number: SmolStr,
    },
    /// Its user makes one conference of two calls.
    Conferences {
        /// The call that was put aside.
        held: u32,
        /// The call with whom is to be added.
        active: u32,
    },
    /// Its user joins the other parties of two calls, and leaves both.
    Transfers {
        /// The call that is transferred.
        held: u32,
        /// The call with whom it goes to.
        active: u32,
    },
}

/// What is known of a connection at an autonomous phone.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Autonomy {
    /// What the phone calls it.
    pub(crate) token: Option<u32>,
    pub(crate) description: Option<Description>,
    /// Whether the phone sends something to the caller, and has not answered.
    pub(crate) speaks: bool,
    /// Whether the phone is in the call already, and plays no tone by itself when somebody is called.
    pub(crate) plays_no_tone: bool,
    /// Whether the phone itself has put the call aside.
    pub(crate) holds: bool,
    /// What the phone is asked to do.
    pub(crate) asked: Option<Verb>,
    /// Whether the phone shall answer by itself.
    pub(crate) auto_answer: bool,
}

/// A request of an application that waits for a phone.
#[derive(Debug)]
pub(crate) struct Pending {
    session: SessionId,
    request: RequestId,
    key: ConnectionKey,
    verb: Verb,
    /// The call that the phone leaves for it.
    leaves: Option<Exchange>,
    deadline: Deadline,
}

/// What becomes of the active call when a phone goes to another one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Exchange {
    /// It is held.
    Alternate(ConnectionKey),
    /// It ends.
    Reconnect(ConnectionKey),
}

impl Exchange {
    fn active(self) -> ConnectionKey {
        let (Exchange::Alternate(active) | Exchange::Reconnect(active)) = self;
        active
    }

    /// Goes to the other call, as far as that is possible still.
    fn carry_out(self, st: &mut State, to: ConnectionKey) -> Result<(), Refusal> {
        // It is the application that wants the active call held.
        st.acts = None;
        match self {
            Exchange::Alternate(active) => alternate_call::alternate(st, to, active),
            Exchange::Reconnect(active) => reconnect_call::reconnect(st, active, to),
        }
    }
}

/// Something that an autonomous phone did.
pub(crate) fn handle(st: &mut State, station: StationId, input: Act) {
    st.acts = Some(station);
    carry_out(st, station, input);
    st.acts = None;
}

fn carry_out(st: &mut State, station: StationId, input: Act) {
    match input {
        Act::Dial { token, line, number, media, calling, diverted } => {
            let caller = calling.map(|(number, name)| Party { device: None, number, name });
            if let Err(refusal) = dial(st, station, (token, line), &number, media, (caller, diverted)) {
                st.note(Output::DialRefused(station, token, refusal));
            }
        }
        Act::DialFeature { token, line, feature, digits, media } => {
            if let Err(refusal) = dial_feature(st, station, (token, line), (feature, digits), media) {
                st.note(Output::DialRefused(station, token, refusal));
            }
        }
        Act::Replaces { token, line, media, replaced } => {
            if let Err(refusal) = replaces(st, station, (token, line), media, replaced) {
                st.note(Output::DialRefused(station, token, refusal));
            }
        }
        Act::Rings(reference) => with(st, station, reference, announce),
        Act::Speaks(reference, media) => {
            with(st, station, reference, |st, key| speaks(st, station, key, media));
        }
        Act::Digits(reference, digits) => with(st, station, reference, |st, key| {
            // The user has pressed the key already: nobody is told when the call is not in a state for it.
            let _ = generate_digits::by_user(st, key, digits);
        }),
        Act::SetDoNotDisturb(on) => set_do_not_disturb::change(st, station, on),
        Act::SetForwarding { line, kind, to, no_answer_timeout } => {
            let line = st.stations[station].line(line);
            if let Some(device) = line.map(|line| st.lines[line].device()) {
                forwards(st, device, kind, to, no_answer_timeout);
            }
        }
        Act::Answers(reference, media) => {
            with(st, station, reference, |st, key| answers(st, station, key, media));
        }
        Act::Declines(reference, cause) => {
            with(st, station, reference, |st, key| declines(st, station, key, cause));
        }
        Act::Deflects(reference, number, reason) => {
            with(st, station, reference, |st, key| deflects(st, station, key, &number, reason));
        }
        Act::Describes(reference, media) => {
            with(st, station, reference, |st, key| describes(st, station, key, media));
        }
        Act::Holds(reference) => with(st, station, reference, holds),
        Act::Resumes(reference) => with(st, station, reference, |st, key| resumes(st, station, key)),
        Act::Leaves(reference) => with(st, station, reference, |st, key| leaves(st, station, key)),
        Act::PlaysNoTone(reference) => with(st, station, reference, plays_no_tone),
        Act::Cannot(reference) => with(st, station, reference, cannot),
        Act::TransfersTo { reference, number } => {
            with(st, station, reference, |st, key| {
                if transfers_to(st, station, key, &number).is_err() {
                    st.station_changed(station);
                }
            });
        }
        Act::Transfers { held, active } => {
            let (Some(held), Some(active)) =
                (by_reference(st, station, held), by_reference(st, station, active))
            else {
                return;
            };
            if transfers(st, station, held, active).is_err() {
                st.station_changed(station);
            }
        }
        Act::Conferences { held, active } => {
            let (Some(held), Some(active)) =
                (by_reference(st, station, held), by_reference(st, station, active))
            else {
                return;
            };
            if conferences(st, station, held, active).is_err() {
                st.station_changed(station);
            }
        }
    }
}

fn with(st: &mut State, station: StationId, reference: u32, act: impl FnOnce(&mut State, ConnectionKey)) {
    if let Some(key) = by_reference(st, station, reference) {
        act(st, key);
    }
}

fn dial(
    st: &mut State,
    station: StationId,
    (token, instance): (u32, u32),
    number: &str,
    media: Option<Description>,
    (caller, diverted): (Option<Party>, Vec<Diverted>),
) -> Result<(), Refusal> {
    let line = st.stations[station].line(instance).ok_or(Refusal::InvalidDevice)?;
    if let Some(key) = asked_for(st, station, number) {
        if let Some(connection) = st.calls.connection_mut(key) {
            let phone = connection.phone_mut();
            (phone.token, phone.description, phone.auto_answer) = (Some(token), media, false);
        }
        make_call::prompted_off_hook(st, key, station);
        return Ok(());
    }
    let urgency = Urgency::of(st, number);
    let key = make_call::initiate(st, Initiation { urgency, ..Initiation::by_user(station, line) })?;
    if let Some(connection) = st.calls.connection_mut(key) {
        let phone = connection.phone_mut();
        phone.token = Some(token);
        phone.description = media;
    }
    if let Some(caller) = caller {
        set_caller(st, key, caller);
    }
    let called = st.lines.party_named(&number.into());
    if let Some(redirection) = Redirection::outside(diverted, &called) {
        let call = st.calls.connection(key).map(Connection::call).and_then(|call| st.calls.call_mut(call));
        if let Some(call) = call {
            call.redirection = Some(Box::new(redirection));
        }
    }
    st.stations[station].refused = None;
    dialling::dial_number(st, key, number);
    Ok(())
}

/// The phone asks for a feature as if it had dialled its code and the digits behind it.
fn dial_feature(
    st: &mut State,
    station: StationId,
    (token, instance): (u32, u32),
    (feature, rest): (FeatureCode, SmolStr),
    media: Option<Description>,
) -> Result<(), Refusal> {
    let line = st.stations[station].line(instance).ok_or(Refusal::InvalidDevice)?;
    let key = make_call::initiate(st, Initiation::by_user(station, line))?;
    if let Some(connection) = st.calls.connection_mut(key) {
        let phone = connection.phone_mut();
        (phone.token, phone.description) = (Some(token), media);
    }
    st.stations[station].refused = None;
    feature_codes::carry_out(st, key, DialledCode { feature, rest, complete: true }, true);
    Ok(())
}

/// The call that an application wants the phone to make, and the phone makes by itself.
fn asked_for(st: &State, station: StationId, number: &str) -> Option<ConnectionKey> {
    let wanted = |own: &&Connection| {
        let by_itself = own.phone.as_deref().is_some_and(|phone| phone.auto_answer);
        by_itself && matches!(own.dialling(), Some(Dialling::Prompting(called)) if called == number)
    };
    st.connections_at(station).find(wanted).map(Connection::key)
}

/// A call that rings or is put aside elsewhere is taken over.
fn replaces(
    st: &mut State,
    station: StationId,
    (token, instance): (u32, u32),
    media: Option<Description>,
    replaced: ConnectionId,
) -> Result<(), Refusal> {
    let line = st.stations[station].line(instance).ok_or(Refusal::InvalidDevice)?;
    let replaced = st.calls.find(replaced, |_| true).ok_or(Refusal::InvalidConnection)?;
    pickup_call::check_replaced(st, replaced, line)?;
    let key = make_call::initiate(st, Initiation::by_user(station, line))?;
    if let Some(connection) = st.calls.connection_mut(key) {
        let phone = connection.phone_mut();
        phone.token = Some(token);
        phone.description = media;
    }
    let done = pickup_call::replace(st, replaced, key);
    if done.is_err() {
        clear_connection::clear(st, key, EventCause::NormalClearing);
    }
    done
}

/// What the caller hears before anybody answers.
fn speaks(st: &mut State, station: StationId, key: ConnectionKey, media: Description) {
    let Some(connection) = st.calls.connection_mut(key).filter(|own| own.alerting().is_some()) else {
        return;
    };
    let call = connection.call();
    let phone = connection.phone_mut();
    (phone.speaks, phone.description) = (true, Some(media));
    announce(st, key);
    st.settle_media(call);
    st.call_changed(call);
    st.station_changed(station);
}

fn forwards(
    st: &mut State,
    device: crate::DeviceId,
    kind: ForwardingType,
    to: Option<SmolStr>,
    no_answer_timeout: Option<Duration>,
) {
    match to {
        // A number that is none leaves everything as it was; the phone is told so.
        Some(to) => drop(set_forwarding::activate(st, device, kind, Some(to), no_answer_timeout)),
        None => set_forwarding::deactivate(st, device, kind),
    }
    let stations: Vec<StationId> =
        st.lines.of_device(device).flat_map(|(_, line)| line.stations.iter().copied()).collect();
    stations.into_iter().for_each(|station| st.station_changed(station));
}

/// The caller is not known by its line: behind a trunk are others, and who does not want to be known is nobody.
pub(crate) fn set_caller(st: &mut State, key: ConnectionKey, caller: Party) {
    let Some(connection) = st.calls.connection_mut(key) else { return };
    connection.party = caller.clone();
    let call = connection.call();
    if let Some(call) = st.calls.call_mut(call) {
        call.calling = caller;
    }
}

/// Whether a call that is offered to a line is offered to an autonomous phone.
pub(crate) fn is_offered(st: &State, line: crate::LineId) -> bool {
    let there = |id: &&StationId| st.stations[**id].is_present();
    st.lines[line].stations.iter().filter(there).any(|id| st.stations[*id].settings().autonomous)
}

/// Whether a call that is offered to a line rings only when a phone says so.
pub(crate) fn is_silent(st: &State, line: crate::LineId) -> bool {
    let mut there = st.lines[line].stations.iter().filter(|id| st.stations[**id].is_present()).peekable();
    there.peek().is_some() && there.all(|id| st.stations[*id].settings().autonomous)
}

/// A phone rings: the call is delivered, if it was not yet.
pub(crate) fn announce(st: &mut State, key: ConnectionKey) {
    let Some(connection) = st.calls.connection_mut(key) else { return };
    let call = connection.call();
    let Some(alerting) = connection.alerting_mut() else { return };
    if alerting.offered || !std::mem::take(&mut alerting.silent) {
        return;
    }
    let diverted = connection.redirection().map(|redirection| redirection.last().reason.cause());
    let origin = st.calls.get(call).map_or(EventCause::NewCall, |call| call.origin);
    let cause = diverted.unwrap_or(origin);
    report::report(st, key, CallEventKind::Delivered, cause);
    cti_device::routeing::used(st, key);
    st.call_changed(call);
    complete_transfer(st, key);
}

/// Somebody is reached by a call whose user only waits for that to leave it.
fn complete_transfer(st: &mut State, key: ConnectionKey) {
    let consulting = |other: &&Connection| other.consult_purpose() == Some(ConsultPurpose::BlindTransfer);
    let active = st.calls.others(key).find(consulting).map(Connection::key);
    if let Some(active) = active {
        dialling::complete_blind_transfer(st, active);
    }
}

fn answers(st: &mut State, station: StationId, key: ConnectionKey, media: Option<Description>) {
    let Some(connection) = st.calls.connection(key) else { return };
    if !st.calls.permits(Verb::AnswerCall, connection) {
        return;
    }
    announce(st, key);
    let exchange = respond(st, key, Verb::AnswerCall, Ok(Response::Done));
    if let Some(connection) = st.calls.connection_mut(key) {
        let phone = connection.phone_mut();
        phone.description = media;
        (phone.auto_answer, phone.speaks) = (false, false);
    }
    if exchange.is_some_and(|exchange| exchange.carry_out(st, key).is_ok()) {
        return;
    }
    if answer_call::answer(st, key, Some(station)).is_err() {
        st.station_changed(station);
    }
}

fn declines(st: &mut State, station: StationId, key: ConnectionKey, cause: EventCause) {
    respond(st, key, Verb::AnswerCall, Err(Refusal::RequestIncompatibleWithSubject));
    let Some(connection) = st.calls.connection(key) else { return };
    if connection.is_prompting() {
        return clear_connection::clear(st, key, EventCause::CallCancelled);
    }
    if connection.alerting().is_none() {
        return;
    }
    if clear_connection::rings_elsewhere(st, station, key) {
        // Cannot fail: it stops ringing at this phone only.
        let _ = clear_connection::clear_at(st, station, key);
        return;
    }
    if st.is_trunk(connection.line()) && cause == EventCause::Busy && !st.settings.features.hunts_on_busy {
        keep_from_hunting(st, key);
    }
    failure::not_taken(st, key, cause);
}

/// Who is busy is busy by every trunk.
fn keep_from_hunting(st: &mut State, key: ConnectionKey) {
    let Some(alerting) = st.calls.connection(key).and_then(crate::Connection::alerting) else { return };
    let trunks = st.reached(&alerting.number);
    if let Some(alerting) = st.calls.connection_mut(key).and_then(crate::Connection::alerting_mut) {
        alerting.hunted.extend(trunks);
    }
}

fn deflects(
    st: &mut State,
    station: StationId,
    key: ConnectionKey,
    number: &SmolStr,
    reason: DiversionReason,
) {
    if deflect_call::deflect_as(st, key, reason, number).is_err() {
        declines(st, station, key, EventCause::Busy);
    }
}

/// Whether a call can go on if the phone has only these codecs: whom it talks to has one of them, or both have one of the media
/// engine's.
pub(crate) fn could_talk(st: &State, station: StationId, reference: u32, codecs: CodecSet) -> bool {
    let Some(key) = by_reference(st, station, reference) else { return true };
    let engine = |codecs: CodecSet| codecs.common(CodecSet::ENGINE).is_some();
    let fits = |other: &Connection| {
        let theirs = media::codecs(st, other.key());
        codecs.common(theirs).is_some() || engine(codecs) && engine(theirs)
    };
    match st.calls.only_other(key) {
        Some(other) if other.state() == ConnectionState::Connected => fits(other),
        _ => true,
    }
}

fn describes(st: &mut State, station: StationId, key: ConnectionKey, media: Option<Description>) {
    let Some(connection) = st.calls.connection_mut(key) else { return };
    if connection.station() != Some(station) || connection.description() == media {
        return;
    }
    connection.phone_mut().description = media;
    let call = connection.call();
    st.settle_media(call);
    st.call_of_changed(key);
    media::check_codecs(st, key);
}

fn holds(st: &mut State, key: ConnectionKey) {
    let Some(connection) = st.calls.connection_mut(key) else { return };
    connection.phone_mut().holds = true;
    // It makes room for the call to which it was asked to go: it is held, or ends, when it is there.
    if st.pending.iter().any(|pending| pending.leaves.is_some_and(|exchange| exchange.active() == key)) {
        return;
    }
    if st.is(key, ConnectionState::Hold) || hold_call::hold(st, key, EventCause::Normal).is_err() {
        // Nothing to put aside: nobody has answered, or the switch holds it already.
        st.call_of_changed(key);
    }
}

fn resumes(st: &mut State, station: StationId, key: ConnectionKey) {
    let Some(connection) = st.calls.connection_mut(key) else { return };
    if connection.phone.is_some() {
        connection.phone_mut().holds = false;
    }
    st.call_of_changed(key);
    if !st.is(key, ConnectionState::Hold) {
        return;
    }
    let exchange = respond(st, key, Verb::RetrieveCall, Ok(Response::Done));
    if exchange.is_some_and(|exchange| exchange.carry_out(st, key).is_ok()) {
        return;
    }
    if retrieve_call::retrieve(st, key, Some(station)).is_err() {
        st.station_changed(station);
    }
}

fn leaves(st: &mut State, station: StationId, key: ConnectionKey) {
    let Some(connection) = st.calls.connection(key) else { return };
    let blind = connection.consultation.filter(|c| c.purpose == ConsultPurpose::BlindTransfer);
    if connection.station() == Some(station) {
        clear_connection::clear(st, key, EventCause::NormalClearing);
    }
    // A transfer that reached nobody: the user has the first call back, unless he has put it aside himself.
    let held = blind.map(|consultation| consultation.held).filter(|held| st.is(*held, ConnectionState::Hold));
    if let Some(held) = held
        && !st.calls.connection(held).is_some_and(Connection::is_held_by_phone)
    {
        let _ = retrieve_call::retrieve(st, held, Some(station));
    }
}

fn plays_no_tone(st: &mut State, key: ConnectionKey) {
    let Some(connection) = st.calls.connection_mut(key) else { return };
    connection.phone_mut().plays_no_tone = true;
    let call = connection.call();
    st.settle_media(call);
    st.call_changed(call);
}

fn cannot(st: &mut State, key: ConnectionKey) {
    for verb in [Verb::AnswerCall, Verb::RetrieveCall] {
        respond(st, key, verb, Err(Refusal::RequestIncompatibleWithSubject));
    }
}

/// A phone sends the other party to a number. The call is held while the number is dialled on its channel, as with the
/// Transfer key on a line without a free one.
fn transfers_to(
    st: &mut State,
    station: StationId,
    key: ConnectionKey,
    number: &SmolStr,
) -> Result<(), Refusal> {
    let line = match st.is(key, ConnectionState::Hold) {
        true => st.calls.connection(key).ok_or(Refusal::InvalidConnection)?.line(),
        false => st.calls.check(Verb::ConsultationCall, key)?.line(),
    };
    if park_call::is_free_slot(st, number) {
        if st.is(key, ConnectionState::Hold) {
            retrieve_call::retrieve(st, key, None)?;
        }
        return park_call::park(st, key, Some(number)).map(|_| ());
    }
    make_call::check_called(st, Some(line), number)?;
    // The call is held at the switch.
    st.acts = None;
    let consultation = Consultation { held: key, purpose: ConsultPurpose::BlindTransfer };
    let active = make_call::initiate(
        st,
        Initiation {
            cause: EventCause::Consultation,
            origin: EventCause::Consultation,
            consultation: Some(consultation),
            ..Initiation::by_user(station, line)
        },
    )?;
    dialling::dial_number(st, active, number);
    Ok(())
}

fn transfers(
    st: &mut State,
    station: StationId,
    one: ConnectionKey,
    other: ConnectionKey,
) -> Result<(), Refusal> {
    let (held, active) = held_and_active(st, station, one, other)?;
    transfer_call::transfer(st, held, active).map(|_| ())
}

/// A phone makes one conference of two of its calls.
fn conferences(
    st: &mut State,
    station: StationId,
    one: ConnectionKey,
    other: ConnectionKey,
) -> Result<(), Refusal> {
    let (held, active) = held_and_active(st, station, one, other)?;
    conference_call::conference(st, held, active).map(|_| ())
}

/// Which of two calls of a phone is held and which is active: if both are the same, one of them becomes the other.
fn held_and_active(
    st: &mut State,
    station: StationId,
    one: ConnectionKey,
    other: ConnectionKey,
) -> Result<(ConnectionKey, ConnectionKey), Refusal> {
    let is_held = |st: &State, key| st.is(key, ConnectionState::Hold);
    let (held, active) = match (is_held(st, one), is_held(st, other)) {
        (false, true) => (other, one),
        _ => (one, other),
    };
    if !is_held(st, held) {
        hold_call::hold(st, held, EventCause::Normal)?;
    }
    if is_held(st, active) {
        retrieve_call::retrieve(st, active, Some(station))?;
    }
    Ok((held, active))
}

/// Asks a phone to do what an application wants of it, if that cannot be done at the switch. False, and nothing has
/// changed, if it is to be carried out, or refused, at once.
pub(crate) fn ask(st: &mut State, session: SessionId, id: RequestId, request: &Request) -> bool {
    // What comes with the request for the call is lost on the way to such a phone.
    let request = if let Request::With(request, _) = request { request } else { request };
    let (connection, verb, active) = match request {
        Request::AnswerCall(connection) => (*connection, Verb::AnswerCall, None),
        Request::RetrieveCall(connection) => (*connection, Verb::RetrieveCall, None),
        Request::AlternateCall { held, active } if rings(st, *held) => {
            (*held, Verb::AnswerCall, Some(*active))
        }
        Request::AlternateCall { held, active } | Request::ReconnectCall { held, active } => {
            (*held, Verb::RetrieveCall, Some(*active))
        }
        _ => return false,
    };
    let Some(key) = st.calls.find(connection, |own| st.calls.permits(verb, own)) else { return false };
    if !must_be_asked(st, key, verb) || permission::check(st, session, request).is_err() {
        return false;
    }
    let leaves = match active.map(|active| exchange(st, request, key, active)) {
        Some(None) => return false,
        leaves => leaves.flatten(),
    };
    if st.pending.iter().any(|pending| pending.key == key && pending.verb == verb) {
        st.note(Output::Response(session, id, Err(Refusal::ResourceBusy)));
        return true;
    }
    let deadline = st.timers.start(st.now + PATIENCE, Timer::Asked(key));
    st.pending.push(Pending { session, request: id, key, verb, leaves, deadline });
    if let Some(connection) = st.calls.connection_mut(key) {
        connection.phone_mut().asked = Some(verb);
    }
    st.call_of_changed(key);
    true
}

fn rings(st: &State, connection: ConnectionId) -> bool {
    let key = st.calls.find(connection, |own| own.alerting().is_some());
    key.and_then(|key| st.calls.connection(key)).is_some_and(|own| own.alerting().is_some())
}

/// What becomes of the active call when the phone goes to the one of `key`; `None` if that cannot be, as is found when the request
/// is carried out.
fn exchange(st: &State, request: &Request, key: ConnectionKey, active: ConnectionId) -> Option<Exchange> {
    match request {
        Request::AlternateCall { .. } => {
            let active = st.calls.find(active, |own| st.calls.permits(Verb::AlternateActive, own))?;
            alternate_call::check(st, key, active).ok().map(|_| Exchange::Alternate(active))
        }
        _ => {
            let active = st.calls.find(active, |own| st.calls.permits(Verb::ReconnectActive, own))?;
            reconnect_call::check(st, active, key).ok().map(|_| Exchange::Reconnect(active))
        }
    }
}

/// Whether only the phone can do it.
fn must_be_asked(st: &State, key: ConnectionKey, verb: Verb) -> bool {
    let Some(connection) = st.calls.connection(key).filter(|own| st.calls.permits(verb, own)) else {
        return false;
    };
    let autonomous = |id: &StationId| st.stations[*id].settings().autonomous;
    match (verb, connection.station()) {
        (Verb::RetrieveCall, Some(station)) => autonomous(&station) && connection.is_held_by_phone(),
        (Verb::AnswerCall, Some(station)) => autonomous(&station),
        (Verb::AnswerCall, None) => {
            let stations = &st.lines[connection.line()].stations;
            let mut rings = stations
                .iter()
                .filter(|id| st.stations[**id].is_registered() && st.rings_at(**id, connection))
                .peekable();
            rings.peek().is_some() && rings.all(autonomous)
        }
        _ => false,
    }
}

/// Answers the request that waits for a phone to do this, if there is one. Says what becomes of the call that the phone leaves.
fn respond(
    st: &mut State,
    key: ConnectionKey,
    verb: Verb,
    result: Result<Response, Refusal>,
) -> Option<Exchange> {
    let waits = |pending: &Pending| pending.key == key && pending.verb == verb;
    let index = st.pending.iter().position(waits)?;
    let pending = st.pending.remove(index);
    st.timers.stop(Some(pending.deadline));
    if let Some(connection) = st.calls.connection_mut(key) {
        connection.phone_mut().asked = None;
    }
    let refused = result.is_err();
    st.note(Output::Response(pending.session, pending.request, result));
    if refused {
        hold_left(st, &pending);
    }
    pending.leaves
}

/// A phone was to leave a call for another one, and has not got there: if it has put the call aside, it is held.
fn hold_left(st: &mut State, pending: &Pending) {
    let Some(active) = pending.leaves.map(Exchange::active) else { return };
    if st.is(active, ConnectionState::Connected)
        && st.calls.connection(active).is_some_and(Connection::is_held_by_phone)
    {
        // It cannot fail: it is connected.
        let _ = hold_call::hold(st, active, EventCause::Normal);
    }
}

/// A phone has not done what it was asked to do.
pub(crate) fn patience_ended(st: &mut State, key: ConnectionKey) {
    cannot(st, key);
}

/// Answers requests whose connection has changed otherwise, or ended.
pub(crate) fn settle(st: &mut State) {
    let stale = |st: &State, pending: &Pending| {
        let connection = st.calls.connection(pending.key);
        connection.is_none_or(|connection| !st.calls.permits(pending.verb, connection))
    };
    while let Some(pending) = st.pending.iter().find(|pending| stale(st, pending)) {
        let (key, verb) = (pending.key, pending.verb);
        let refusal = match st.calls.connection(key) {
            Some(connection) => Refusal::InvalidConnectionState(connection.state()),
            None => Refusal::InvalidConnection,
        };
        respond(st, key, verb, Err(refusal.of_verb(verb)));
    }
}

/// The session is over: nobody waits for its requests.
pub(crate) fn session_closed(st: &mut State, session: SessionId) {
    let mut index = 0;
    while let Some(pending) = st.pending.get(index) {
        if pending.session != session {
            index += 1;
            continue;
        }
        let pending = st.pending.remove(index);
        st.timers.stop(Some(pending.deadline));
        if let Some(connection) = st.calls.connection_mut(pending.key) {
            connection.phone_mut().asked = None;
        }
        hold_left(st, &pending);
    }
}
