//! Single number reach: a call to an office number also rings at another number (`snr`), such as the user's mobile
//! phone, and goes on there if it is answered there.
//!
//! ```text
//!   the call    caller ──► office number rings ─────────── answered at the desk ──► the leg ends
//!                             │ after a delay                     or
//!   the leg     office number ──► other number rings ───── answered there ──► both connections are bridged
//! ```
//!
//! The phone at the other number may show who calls; for applications the leg is a call of the office number in every
//! event and snapshot. For them there is one connection of the office number all along: the *leg* is a call of its own, whose calling
//! connection is hidden, as in [dial via office](super::dial_via_office). While the leg rings, the hidden connection is
//! bridged to that of the office number, but not the other way round: if it fails or is given up, the call goes on without
//! it. When it is answered both are bridged, and no phone acts for the office number. Its desk phone can take the call back
//! (Resume), which ends the leg; and with the Mobility key it can send a call that it is in.

use smol_str::SmolStr;

use super::{
    clear_connection, dial_via_office, divert, make_call, media, release_station, routing,
    single_step_conference_call,
};
use crate::{
    CallEventKind, CallId, Connection, ConnectionKey, ConnectionState, DiversionReason, EventCause,
    ForwardingType, Holder, Instant, LineId, Output, Party, Reach, Refusal, StationId, Timer, Transition,
    Verb, calls::Dialling, cti::report, cti_device, state::State, timer::Deadline,
};

/// What is done to reach the user of a connection elsewhere.
#[derive(Clone, Debug)]
pub(crate) struct Reaching {
    /// When the other number is called.
    deadline: Option<Deadline>,
    /// The hidden connection of the call to the other number, and when it began.
    leg: Option<(ConnectionKey, Instant)>,
}

/// The settings of a line whose calls ring elsewhere too, unless its user has switched that off.
fn settings(st: &State, line: LineId) -> Option<&Reach> {
    let line = &st.lines[line];
    line.settings().reach.as_deref().filter(|_| !line.reach_off)
}

/// A call rings at a line: after the delay, it rings at the other number too.
pub(super) fn begin(st: &mut State, key: ConnectionKey) {
    let Some(connection) = st.calls.connection(key) else { return };
    let Some(reach) = settings(st, connection.line()) else { return };
    let hunted = connection.alerting().is_none_or(|alerting| alerting.hunt.is_some());
    let comes_from_there = st.calls.others(key).any(|other| other.party().number == reach.number);
    if hunted || comes_from_there {
        return;
    }
    let deadline = st.timers.start(st.now + reach.delay, Timer::Reach(key));
    if let Some(connection) = st.calls.connection_mut(key) {
        connection.reaching = Some(Box::new(Reaching { deadline: Some(deadline), leg: None }));
    }
}

/// The delay is over.
pub(crate) fn delay_ended(st: &mut State, key: ConnectionKey) {
    let Some(connection) = st.calls.connection_mut(key) else { return };
    let Some(reaching) = connection.reaching.as_deref_mut() else { return };
    reaching.deadline = None;
    let line = connection.line();
    let Some(reach) = settings(st, line).cloned() else { return };
    if !st.is(key, ConnectionState::Alerting) || !make_call::has_room_for(st, 1) {
        return stop(st, key);
    }
    let calling = st.calls.call_of(key).map(|call| call.calling().clone()).unwrap_or_default();
    let shown = if reach.shows_office_number { st.lines.party(line) } else { calling };
    call_elsewhere(st, key, &reach, shown);
}

/// Calls the other number for a connection of the office number.
fn call_elsewhere(st: &mut State, key: ConnectionKey, reach: &Reach, shown: Party) {
    let Some(line) = st.calls.connection(key).map(Connection::line) else { return };
    let hidden = dial_via_office::start(st, line, Dialling::Done);
    let began = st.now;
    if let Some(connection) = st.calls.connection_mut(key) {
        let reaching = Reaching { deadline: None, leg: Some((hidden, began)) };
        connection.reaching = Some(Box::new(reaching));
    }
    if let Some(connection) = st.calls.connection_mut(hidden) {
        connection.bridge = Some(key);
        connection.party = shown;
    }
    let Some(call) = st.calls.connection(hidden).map(Connection::call) else { return };
    let called = st.lines.party_named(&reach.number);
    if let Some(call) = st.calls.call_mut(call) {
        call.called = called;
    }
    if st.calls.advance(hidden, Transition::Originate).is_ok() {
        st.start_timer(hidden, reach.timeout, Timer::ReachEnds(hidden));
        routing::reach(st, call, &reach.number);
    }
}

/// The other number has rung for long enough: the call goes on without it, or to the number for such calls.
pub(crate) fn timeout(st: &mut State, hidden: ConnectionKey) {
    let Some(own) = st.calls.connection(hidden).and_then(|own| own.bridge) else { return };
    let Some(connection) = st.calls.connection(own) else { return };
    if is_elsewhere(connection) {
        return;
    }
    let to = settings(st, connection.line()).and_then(|reach| reach.no_answer.clone());
    stop(st, own);
    if let Some(number) = to.filter(|_| st.is(own, ConnectionState::Alerting)) {
        divert::divert(st, own, DiversionReason::Forwarded(ForwardingType::NoAnswer), &number);
    }
}

/// The other number has answered: the call goes on there. Too soon, that was not the user but his voicemail.
pub(super) fn answered(st: &mut State, own: ConnectionKey) {
    let Some(connection) = st.calls.connection(own) else { return };
    let (call, line) = (connection.call(), connection.line());
    let Some((hidden, began)) = connection.reaching.as_ref().and_then(|reaching| reaching.leg) else {
        return;
    };
    let too_soon = settings(st, line).and_then(|reach| reach.answer_too_soon);
    if too_soon.is_some_and(|least| st.now.since(began) < least) {
        return stop(st, own);
    }
    let rang = st.is(own, ConnectionState::Alerting);
    if !rang && !st.is(own, ConnectionState::Connected) {
        return stop(st, own);
    }
    st.stop_timer(hidden);
    st.stop_timer(own);
    let adding = single_step_conference_call::adding(st, own);
    if rang {
        cti_device::routeing::handled(st, own);
        cti_device::routeing::used(st, own);
        if st.calls.advance(own, Transition::Answer).is_err() {
            return;
        }
    }
    if let Some(connection) = st.calls.connection_mut(own) {
        connection.holder = Some(Holder::Switch);
        connection.bridge = Some(hidden);
        connection.reaching = None;
        connection.receives_at = None;
    }
    if rang {
        let origin = st.calls.get(call).map_or(EventCause::NewCall, |call| call.origin);
        st.note(Output::CallAnswered(call));
        report::report(st, own, CallEventKind::Established, origin);
        single_step_conference_call::added(st, own, adding);
    }
    settle_both(st, own, hidden);
    st.call_changed(call);
    if rang {
        dial_via_office::answered(st, call);
    }
}

fn settle_both(st: &mut State, own: ConnectionKey, hidden: ConnectionKey) {
    media::changed(st, own);
    media::changed(st, hidden);
}

/// Whether the call goes on at another number, so that no phone of the office number acts for it.
pub(crate) fn is_elsewhere(connection: &Connection) -> bool {
    connection.bridge.is_some()
        && connection.holder() == Some(Holder::Switch)
        && connection.state() == ConnectionState::Connected
        && !connection.hidden
}

/// The desk phone takes a call back that goes on elsewhere.
///
/// # Errors
/// [`Refusal::InvalidConnectionState`] when nobody has answered yet, [`Refusal::ResourceBusy`] when the phone cannot use the
/// line; then nothing has changed.
pub(super) fn take_back(st: &mut State, key: ConnectionKey, station: StationId) -> Result<(), Refusal> {
    let connection = st.calls.connection(key).ok_or(Refusal::InvalidConnection)?;
    let (line, call, hidden) = (connection.line(), connection.call(), connection.bridge);
    if !st.calls.others(key).any(|other| other.state().is_answered()) {
        return Err(Refusal::InvalidConnectionState(connection.state()));
    }
    if !st.may_use(station, line, Some(key)) {
        return Err(Refusal::ResourceBusy);
    }
    release_station(st, station, EventCause::Normal);
    if let Some(connection) = st.calls.connection_mut(key) {
        connection.holder = Some(Holder::Station(station));
        connection.bridge = None;
    }
    if let Some(hidden) = hidden {
        clear_connection::clear(st, hidden, EventCause::NormalClearing);
    }
    media::changed(st, key);
    st.call_changed(call);
    media::check_codecs(st, key);
    Ok(())
}

/// The connection is answered at a phone, or leaves its call: nobody is reached elsewhere any more.
pub(super) fn stop(st: &mut State, key: ConnectionKey) {
    let reaching = st.calls.connection_mut(key).and_then(|connection| connection.reaching.take());
    end(st, reaching);
}

/// [`stop`] for a connection that has left.
pub(super) fn end(st: &mut State, reaching: Option<Box<Reaching>>) {
    let Some(reaching) = reaching else { return };
    st.timers.stop(reaching.deadline);
    if let Some((hidden, _)) = reaching.leg {
        clear_connection::clear(st, hidden, EventCause::NormalClearing);
    }
}

/// The hidden connection has left its call before it was answered: the call goes on without it.
pub(super) fn leg_left(st: &mut State, own: ConnectionKey) {
    if let Some(connection) = st.calls.connection_mut(own) {
        connection.reaching = None;
    }
}

/// The Mobility key: sends the active call to the other number, or, at an idle phone, switches single number reach off and on.
///
/// # Errors
/// [`Refusal::InvalidFeatureNumber`] where no line has another number.
pub(crate) fn key(st: &mut State, station: StationId) -> Result<(), Refusal> {
    let active = st.active_at(station).map(|active| (active.key(), active.line()));
    let Some((active, line)) = active else { return switch(st, station) };
    let reach = st.lines[line].settings().reach.as_deref().cloned().ok_or(Refusal::InvalidFeatureNumber)?;
    st.calls.check(Verb::HoldCall, active)?;
    if !make_call::has_room_for(st, 1) {
        return Err(Refusal::PerformanceLimitExceeded);
    }
    if st.calls.connection(active).is_some_and(|own| own.reaching.is_none()) {
        let shown = st.lines.party(line);
        call_elsewhere(st, active, &reach, shown);
    }
    Ok(())
}

fn switch(st: &mut State, station: StationId) -> Result<(), Refusal> {
    let with_reach = |line: &LineId| st.lines[*line].settings().reach.is_some();
    let line = st.stations[station].lines().find(with_reach).ok_or(Refusal::InvalidFeatureNumber)?;
    let off = !st.lines[line].reach_off;
    st.lines[line].reach_off = off;
    st.stations[station].display_text = Some(SmolStr::new_static(match off {
        true => "Mobility is off",
        false => "Mobility is on",
    }));
    st.station_changed(station);
    Ok(())
}

/// The call in which a hidden connection has rung elsewhere was answered: whose it is.
pub(super) fn owner(st: &State, call: CallId) -> Option<ConnectionKey> {
    let own = st.calls.connections(call).find_map(|own| own.bridge.filter(|_| own.hidden))?;
    let connection = st.calls.connection(own)?;
    connection.reaching.as_ref().and_then(|reaching| reaching.leg).map(|_| own)
}
