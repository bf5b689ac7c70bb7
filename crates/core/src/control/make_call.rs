//! Make Call (ECMA-269 clause 17.1.20), and going off-hook, which is how every call begins.

use smol_str::SmolStr;

use super::{
    attempt_at, clear_connection,
    dialling::{self, dial_string},
    hunt, release_station,
};
use crate::{
    CallEventKind, Channels, Connection, ConnectionId, ConnectionKey, ConnectionState, DeviceCategory,
    DeviceId, EventCause, Holder, LineId, Match, Output, Party, Refusal, StationId, Timer, autonomous,
    calls::{Caller, Consultation, Dialling},
    cti::report,
    state::State,
};

/// How a call begins.
#[derive(Debug)]
pub(crate) struct Initiation {
    /// Who goes off-hook.
    pub(crate) station: StationId,
    /// On which line.
    pub(crate) line: LineId,
    /// The cause of Service Initiated.
    pub(crate) cause: EventCause,
    /// The cause of the events until the call is answered.
    pub(crate) origin: EventCause,
    /// What the user does first.
    pub(crate) dialling: Dialling,
    /// The held call that the call is about.
    pub(crate) consultation: Option<Consultation>,
    /// Whether it is, or may become, an emergency call.
    pub(crate) urgency: Urgency,
}

/// Whether a call is one that is never refused because too many begin.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum Urgency {
    /// It is not.
    #[default]
    No,
    /// That depends on what its user will dial.
    Perhaps,
    /// It is.
    Yes,
}

impl Urgency {
    /// The urgency of a call to a number.
    pub(crate) fn of(st: &State, number: &str) -> Urgency {
        let emergency = dialling::is_emergency(st, &dial_string(number).0);
        if emergency { Urgency::Yes } else { Urgency::No }
    }
}

impl Initiation {
    /// An ordinary call, begun by the user of the station.
    pub(crate) fn by_user(station: StationId, line: LineId) -> Initiation {
        Initiation {
            station,
            line,
            cause: EventCause::Normal,
            origin: EventCause::NewCall,
            dialling: Dialling::Collecting,
            consultation: None,
            urgency: Urgency::No,
        }
    }
}

/// Calls `called` from `calling` as if the user had done it, on the first line of the device that is free. A called
/// number that is empty or ends in `;` leaves the rest of the dialling to the user. With `prompt` the user is first
/// asked to go off-hook.
///
/// # Errors
/// [`Refusal::RequestIncompatibleWithDevice`] when the phone cannot go off-hook by command, or cannot be prompted; others
/// when the number reaches nobody, or the phone or the line is not free. Then nothing has changed.
pub(crate) fn make_call(
    st: &mut State,
    calling: DeviceId,
    called: SmolStr,
    prompt: bool,
) -> Result<ConnectionId, Refusal> {
    let first = st.lines.of_device(calling).next().map(|(line, _)| line);
    check_called(st, first, &called)?;
    if let Some(initiated) = initiated_connection(st, calling) {
        return dial(st, initiated, &called);
    }
    let (line, station) = calling_line(st, calling)?;
    if dialling::is_barred_from(st, line, Some(station), false, &dial_string(&called).0) {
        return Err(Refusal::CallBarred);
    }
    let urgency = Urgency::of(st, &called);
    let by_user = Initiation { urgency, ..Initiation::by_user(station, line) };
    let autonomous = st.stations[station].settings().autonomous;
    if prompt && (st.settings.cti.basic_mode || !st.stations[station].settings().prompts) {
        return Err(Refusal::RequestIncompatibleWithDevice);
    }
    if prompt || autonomous {
        let dialling = Dialling::Prompting(called);
        let key = initiate(st, Initiation { cause: EventCause::MakeCall, dialling, ..by_user })?;
        await_off_hook(st, key, autonomous && !prompt);
        return name(st, key);
    }
    if !st.stations[station].settings().off_hook_by_command {
        return Err(Refusal::RequestIncompatibleWithDevice);
    }
    let key = initiate(st, Initiation { cause: EventCause::MakeCall, ..by_user })?;
    dial(st, key, &called)
}

/// Starts the time in which the phone has to go off-hook for a call that an application makes; with `by_itself` it is asked
/// to do that without its user.
pub(super) fn await_off_hook(st: &mut State, key: ConnectionKey, by_itself: bool) {
    if let Some(connection) = st.calls.connection_mut(key).filter(|_| by_itself) {
        connection.phone_mut().auto_answer = true;
    }
    st.start_timer(key, st.settings.timeouts.make_call_prompt, Timer::MakeCallPrompt(key));
}

/// Dials for an application. Returns the name of the connection: it may be over when the number is dialled, because
/// the call did not get through, or because that completes a blind transfer.
pub(super) fn dial(st: &mut State, key: ConnectionKey, called: &str) -> Result<ConnectionId, Refusal> {
    let id = name(st, key)?;
    attach(st, key);
    dialling::dial_named(st, key, called);
    Ok(id)
}

/// Attaches the data that the request has for the call which it begins.
fn attach(st: &mut State, key: ConnectionKey) {
    let Some(call) = st.calls.connection(key).map(Connection::call) else { return };
    let Some(data) = st.attached.take() else { return };
    if let Some(call) = st.calls.call_mut(call) {
        call.data = data;
    }
}

pub(super) fn name(st: &State, key: ConnectionKey) -> Result<ConnectionId, Refusal> {
    st.calls.connection(key).map(Connection::id).ok_or(Refusal::InvalidConnection)
}

/// The line of the device that an application calls from, and the phone that goes off-hook: a line with a free channel
/// if there is one.
pub(crate) fn calling_line(st: &State, device: DeviceId) -> Result<(LineId, StationId), Refusal> {
    let with_phone = || {
        let lines = st.lines.of_device(device).map(|(line, _)| line);
        lines.filter_map(|line| Some((line, st.station_for(line)?)))
    };
    let free = with_phone().find(|(line, _)| st.has_free_channel(*line));
    let refusal = match st.may_have_phone(device) {
        true => Refusal::CallingDeviceOutOfService,
        // A number without a phone.
        false => Refusal::DeviceOutOfService,
    };
    free.or_else(|| with_phone().next()).ok_or(refusal)
}

/// The user of a prompted call went off-hook: the call is dialled.
pub(crate) fn prompted_off_hook(st: &mut State, key: ConnectionKey, station: StationId) {
    st.stop_timer(key);
    release_station(st, station, EventCause::Normal);
    let Some(connection) = st.calls.connection_mut(key) else { return };
    let Some(dialling) = connection.dialling_mut() else { return };
    let Dialling::Prompting(number) = std::mem::replace(dialling, Dialling::Collecting) else { return };
    connection.holder = Some(Holder::Station(station));
    st.call_of_changed(key);
    dialling::dial_named(st, key, &number);
}

/// The user of a prompted call did not go off-hook.
pub(crate) fn prompt_timeout(st: &mut State, key: ConnectionKey) {
    if st.calls.connection(key).is_some_and(Connection::is_prompting) {
        clear_connection::clear(st, key, EventCause::CallCancelled);
    }
}

/// Goes off-hook at a station for a new call of one of its lines.
///
/// # Errors
/// [`Refusal::PerformanceLimitExceeded`] and [`Refusal::ResourceBusy`]; then nothing has changed.
pub(crate) fn initiate(st: &mut State, initiation: Initiation) -> Result<ConnectionKey, Refusal> {
    let Initiation { station, line, cause, origin, dialling, consultation, urgency } = initiation;
    // A prompted call frees the station only when its user goes off-hook.
    let releases = !matches!(dialling, Dialling::Prompting(_));
    let given_up = if releases { attempt_at(st, station).map(Connection::key) } else { None };
    let admitted = admit(st, given_up, urgency)?;
    // The digits of a blind transfer are collected on the channel of the held call.
    let blind = consultation.is_some_and(|c| c.purpose == crate::ConsultPurpose::BlindTransfer);
    if !blind {
        check_channel(st, station, line, given_up)?;
    }
    if releases {
        let held_for = if consultation.is_some() { EventCause::Consultation } else { EventCause::Normal };
        release_station(st, station, held_for);
    }
    st.admission.take();
    let party = st.lines.party(line);
    let device = st.lines[line].device();
    let key = st.calls.begin(
        st.now,
        Caller { device, line, holder: Holder::Station(station), party, dialling, hidden: false },
        origin,
    );
    if let Some(connection) = st.calls.connection_mut(key) {
        connection.consultation = consultation;
        connection.only_emergency = !admitted;
    }
    if st.lines[line].settings().hides_number {
        autonomous::set_caller(st, key, Party::anonymous());
    }
    attach(st, key);
    if let Some(call) = st.calls.call_of(key) {
        let began = Output::CallBegan(call.id(), call.global_id(), line);
        st.note(began);
    }
    report::report(st, key, CallEventKind::ServiceInitiated, cause);
    st.call_of_changed(key);
    st.start_timer(key, st.settings.timeouts.interdigit, Timer::InterDigit(key));
    hunt::line_taken(st, line);
    Ok(key)
}

/// Whether the call may go anywhere, or only to who is called in an emergency.
fn admit(st: &mut State, given_up: Option<ConnectionKey>, urgency: Urgency) -> Result<bool, Refusal> {
    match (check_admission(st, given_up), urgency) {
        (Ok(()), _) | (Err(_), Urgency::Yes) => Ok(true),
        (Err(_), Urgency::Perhaps) if st.lines.dial_plan().has_emergency() => Ok(false),
        (Err(refusal), _) => Err(refusal),
    }
}

/// Fails when there is no room for one more call, not even in place of the one that is given up.
pub(super) fn check_admission(st: &mut State, given_up: Option<ConnectionKey>) -> Result<(), Refusal> {
    let given_up = usize::from(given_up.is_some());
    if has_room_for(st, 1 - given_up) {
        st.admission.check(st.now)
    } else {
        Err(Refusal::PerformanceLimitExceeded)
    }
}

/// Whether the switch may have so many calls more.
pub(super) fn has_room_for(st: &State, more: usize) -> bool {
    st.settings.max_calls == 0 || st.calls.len() + more <= st.settings.max_calls
}

/// Fails when no channel of the line is free for the station, not even that of the call that is given up.
pub(super) fn check_channel(
    st: &State,
    station: StationId,
    line: LineId,
    given_up: Option<ConnectionKey>,
) -> Result<(), Refusal> {
    let settings = st.lines[line].settings();
    let given_up = given_up.and_then(|key| st.calls.connection(key)).filter(|c| c.line() == line);
    let in_use = st.calls.at_line(line).len() - usize::from(given_up.is_some());
    let takes_calls = st.lines[line].takes_calls() && st.stations[station].takes_calls();
    let most = st.stations[station].settings().max_calls_per_button;
    let most = most.filter(|_| settings.channels == Channels::Octo);
    let own = || st.own_calls_on(station, line) - usize::from(given_up.is_some());
    let is_free = takes_calls
        && in_use < st.channels(line)
        && st.may_use(station, line, None)
        && most.is_none_or(|most| own() < most);
    if is_free { Ok(()) } else { Err(Refusal::ResourceBusy) }
}

/// Fails when the number reaches no device, so that no phone goes off-hook without need.
pub(crate) fn check_called(st: &State, from: Option<LineId>, called: &str) -> Result<(), Refusal> {
    let (digits, complete) = dial_string(called);
    let rules = from.map(|line| &st.lines[line].settings().from_phone.called);
    if digits.len() < called.strip_suffix([';', '#']).unwrap_or(called).len() {
        return Err(Refusal::InvalidCalledDevice);
    }
    let features = &st.settings.features;
    let reachable = digits.is_empty()
        || features.code(&digits).is_some()
        || features.begins_code(&digits)
        || match reached_by(st, from, &digits) {
            Match::None => !complete && rules.is_some_and(|rules| !rules.is_empty()),
            Match::Incomplete => !complete,
            Match::Complete | Match::CompleteOrMore => true,
        };
    if reachable { Ok(()) } else { Err(Refusal::InvalidCalledDevice) }
}

/// Whom digits reach that are dialled at a line.
fn reached_by(st: &State, from: Option<LineId>, digits: &SmolStr) -> Match {
    let called = match from {
        Some(line) => dialling::translated(st, line, digits),
        None => Some(dialling::expanded(st, digits.clone())),
    };
    called.map_or(Match::None, |called| st.lines.dial_plan().lookup(&called))
}

/// The connection of a device whose user is off-hook at a phone that is there, and has not dialled anything yet.
pub(super) fn initiated_connection(st: &State, device: DeviceId) -> Option<ConnectionKey> {
    // Nobody is off-hook at a route point, which may have thousands of calls.
    if st.lines.category(device) == DeviceCategory::RouteingDevice {
        return None;
    }
    let keys = st.lines.of_device(device).flat_map(|(line, _)| st.calls.at_line(line));
    keys.copied().find(|key| {
        st.calls.connection(*key).is_some_and(|own| {
            let waiting = own.dialling() == Some(&Dialling::Collecting)
                && own.dialled.is_empty()
                && own.state() == ConnectionState::Initiated;
            waiting && own.station().is_some_and(|station| st.stations[station].is_registered())
        })
    })
}
