//! Taking a call to whom a number names: there it rings, is diverted, or fails.

use smol_str::SmolStr;

use super::{
    auto_answer, consultation_call, dialling, divert, failure, feature_codes, hunt_group, intercom, meet_me,
    message_waiting, paging, park_call, set_do_not_disturb, single_number_reach,
};
use crate::{
    Call, CallEventKind, CallId, CallsTo, ConnectionKey, ConnectionState, ConsultPurpose, DeviceId,
    DiversionReason, EventCause, ForwardingType, LineId, autonomous,
    calls::{Alerting, Recall},
    cti::report,
    cti_device,
    state::State,
};

/// What happens to a call at a line that it has reached.
#[derive(Debug)]
pub(crate) enum Arrival {
    /// It rings there.
    Rings,
    /// It goes to another number.
    Diverts(DiversionReason, SmolStr),
    /// It says whether messages wait.
    Indicates,
    /// It rings at members of a hunt group.
    Hunts,
    /// It is heard from the loudspeakers of phones.
    Pages,
    /// It opens or joins a conference.
    Meets,
    /// It fetches the call that is parked there.
    Fetches(ConnectionKey),
    /// The call that is transferred to it is parked there: this is the connection that consults.
    Parks(ConnectionKey),
    /// It cannot get through there.
    Fails(EventCause),
}

/// Takes the call to whom the number names.
pub(crate) fn reach(st: &mut State, call: CallId, number: &SmolStr) {
    reach_as(st, call, Alerting { number: number.clone(), ..Alerting::default() });
}

/// Takes the call to whom the number in `alerting` names, with what else is known of it there.
pub(crate) fn reach_as(st: &mut State, call: CallId, mut alerting: Alerting) {
    match choose(st, call, &alerting.number) {
        Some((line, Arrival::Rings)) => {
            offer(st, call, line, alerting);
        }
        Some((line, Arrival::Diverts(reason, to))) => {
            divert::divert_before(st, call, line, alerting, reason, to);
        }
        Some((line, Arrival::Indicates)) => message_waiting::called(st, call, line, &alerting.number),
        Some((line, Arrival::Pages)) => paging::page(st, call, line),
        Some((line, Arrival::Meets)) => meet_me::enter(st, call, line),
        Some((line, Arrival::Hunts)) => hunt_group::enter(st, call, line, alerting),
        Some((_, Arrival::Fetches(parked))) => park_call::fetch(st, call, parked),
        Some((_, Arrival::Parks(consulting))) => feature_codes::park_at(st, consulting, &alerting.number),
        Some((_, Arrival::Fails(_))) if cti_device::routeing::reached_nobody(st, call, &mut alerting) => {}
        // For its parties the call has left the devices that forwarded it, and has not reached once more a device that
        // is in it: none of them can fail.
        Some((line, Arrival::Fails(cause)))
            if matches!(cause, EventCause::Blocked | EventCause::Refused)
                || is_at_device(st, call, st.lines[line].device()) =>
        {
            divert::lead_nowhere(st, call, alerting, cause);
        }
        Some((line, Arrival::Fails(cause))) => match alerting.recall.take() {
            Some(Recall { number, .. }) => {
                divert::divert_before(st, call, line, alerting, DiversionReason::Recalled, number);
            }
            None => failure::fail_before(st, call, line, cause),
        },
        None => divert::lead_nowhere(st, call, alerting, EventCause::DestNotObtainable),
    }
}

fn is_at_device(st: &State, call: CallId, device: DeviceId) -> bool {
    st.calls.connections(call).any(|connection| connection.device() == device)
}

fn is_at_line(st: &State, call: CallId, line: LineId) -> bool {
    st.calls.connections(call).any(|connection| connection.line() == line)
}

/// The first line with the number where the call gets on; else the one that was tried last, and why it cannot.
fn choose(st: &State, call: CallId, number: &str) -> Option<(LineId, Arrival)> {
    let call = st.calls.get(call)?;
    let mut last = None;
    for line in st.reached(number) {
        let arrival = arrive(st, call, line, number, &[]);
        let hunts_on = hunts_on(st, line, &arrival);
        last = Some((line, arrival));
        if !hunts_on {
            break;
        }
    }
    last
}

/// Whether a call that a line cannot take goes on to the next line with the number.
pub(super) fn hunts_on(st: &State, line: LineId, arrival: &Arrival) -> bool {
    match arrival {
        Arrival::Fails(EventCause::DestOutOfOrder) => true,
        Arrival::Fails(_) => !st.lines[line].settings().huntstop,
        Arrival::Rings
        | Arrival::Diverts(..)
        | Arrival::Fetches(_)
        | Arrival::Parks(_)
        | Arrival::Hunts
        | Arrival::Indicates
        | Arrival::Pages
        | Arrival::Meets => false,
    }
}

/// Whether a call would get on where a number leads.
pub(crate) fn can_reach(st: &State, call: CallId, number: &str) -> bool {
    choose(st, call, number).is_some_and(|(_, arrival)| !matches!(arrival, Arrival::Fails(_)))
}

/// What happens to the call at `line`, reached by `digits`, when `hunted` did not take it.
pub(super) fn arrive(st: &State, call: &Call, line: LineId, digits: &str, hunted: &[LineId]) -> Arrival {
    // Behind a trunk is a whole network: a call that came in by it may leave by it.
    let is_trunk = st.is_trunk(line);
    let calls_itself = !is_trunk && is_at_line(st, call.id(), line);
    let device = st.lines[line].device();
    let forwarded = call.redirection().is_some_and(|redirection| redirection.was_forwarded_by(device));
    if forwarded && !is_trunk || hunted.contains(&line) {
        return Arrival::Fails(EventCause::Blocked);
    }
    if is_closed(st, call, digits) {
        return Arrival::Fails(EventCause::Refused);
    }
    if st.lines[line].settings().hunt_group.is_some() {
        return Arrival::Hunts;
    }
    if st.lines[line].settings().message_waiting.is_some() {
        return Arrival::Indicates;
    }
    if st.lines[line].settings().paging {
        return if paging::is_going_on(st, line) { Arrival::Fails(EventCause::Busy) } else { Arrival::Pages };
    }
    if st.lines[line].settings().meet_me.is_some() {
        // A conference cannot join itself.
        let is_itself = is_at_device(st, call.id(), device);
        return if is_itself { Arrival::Fails(EventCause::Busy) } else { Arrival::Meets };
    }
    if is_trunk && st.came_by_trunk_without_transit(call) || is_restricted(st, call, line) {
        return Arrival::Fails(EventCause::Refused);
    }
    if st.lines[line].settings().refuses_anonymous && call.calling().number.is_empty() {
        return Arrival::Fails(EventCause::Refused);
    }
    if st.lines[line].settings().park_slot.is_some() {
        // Nobody can be connected to a party who has put the call on hold.
        let waits = |own: &crate::Connection| own.state() == ConnectionState::Hold;
        return match park_call::parked_at(st, line) {
            Some(parked) if !park_call::may_fetch(st, call.id(), parked) => Arrival::Fails(EventCause::Busy),
            Some(_) if st.calls.connections(call.id()).any(waits) => Arrival::Fails(EventCause::Busy),
            Some(parked) => Arrival::Fetches(parked),
            None if let Some(consulting) = transfers(st, call.id()) => Arrival::Parks(consulting),
            None => Arrival::Fails(EventCause::DestOutOfOrder),
        };
    }
    // A device does not divert its own call, also if that reaches another line of it.
    let forward = |kinds: &[ForwardingType]| match is_at_device(st, call.id(), device) {
        true => None,
        false => forward_of(st, line, kinds, digits),
    };
    if let Some(number) = night_forward(st, call, line)
        && may_divert(st, call)
    {
        return Arrival::Diverts(DiversionReason::Forwarded(ForwardingType::Immediate), number);
    }
    let unregistered = st.lines[line].settings().forward_unregistered.as_ref();
    if let Some(number) = unregistered
        && !st.is_line_in_service(line)
        && st.lines[line].forwarding().immediate.is_none()
        && may_divert(st, call)
    {
        return Arrival::Diverts(DiversionReason::Unregistered, number.clone());
    }
    use ForwardingType::*;
    let (forward, cause) = if let Some(forward) = forward(&[Immediate]) {
        (Some(forward), EventCause::Busy)
    } else if !st.is_line_in_service(line) {
        (forward(&[Busy, NoAnswer]), EventCause::DestOutOfOrder)
    } else if !st.has_phone(line) {
        // A line that counts as up without a phone (`cti notify`) has nobody to ring.
        (forward(&[Busy, NoAnswer]), EventCause::Busy)
    } else if calls_itself || !st.has_incoming_channel(line) {
        (forward(&[Busy]), EventCause::Busy)
    } else {
        match set_do_not_disturb::blocked(st, line) {
            None => return Arrival::Rings,
            Some(EventCause::DoNotDisturb) => (forward(&[Busy, NoAnswer]), EventCause::DoNotDisturb),
            Some(cause) => (forward(&[Busy]), cause),
        }
    };
    match forward {
        None => Arrival::Fails(cause),
        Some((kind, number)) if may_divert(st, call) => {
            Arrival::Diverts(DiversionReason::Forwarded(kind), number)
        }
        Some(_) => Arrival::Fails(EventCause::Blocked),
    }
}

/// The only connection of the call, if the user of a phone consults by it to transfer another one.
fn transfers(st: &State, call: CallId) -> Option<ConnectionKey> {
    let &[only] = st.calls.keys(call).as_slice() else { return None };
    let held = consultation_call::held_for(st, only)?;
    matches!(held.purpose, ConsultPurpose::Transfer | ConsultPurpose::BlindTransfer).then_some(only)
}

/// Whether the call is not able to do what calls to the line have to be able to: that of who forwards it, or of who calls.
fn is_restricted(st: &State, call: &Call, line: LineId) -> bool {
    let forwarder = call.redirection().and_then(|redirection| redirection.last().device);
    let mut lines = forwarder.into_iter().flat_map(|device| st.lines.of_device(device)).map(|(line, _)| line);
    let caller =
        || st.calls.connections(call.id()).find(|own| !own.is_incoming()).map(crate::Connection::line);
    let from = lines.next().or_else(caller);
    from.is_some_and(|from| !may_call(st, from, line))
}

/// Whether calls from a line are able to do what calls to another one have to be able to (`corlist`).
pub(super) fn may_call(st: &State, from: LineId, to: LineId) -> bool {
    let (own, wanted) = (st.lines[from].settings(), st.lines[to].settings());
    wanted.emergency || own.abilities.is_none_or(|abilities| wanted.demands & !abilities == 0)
}

/// Whether a call was diverted to a number that who diverts it cannot call at this time (`after-hours`). It comes back to anybody.
fn is_closed(st: &State, call: &Call, digits: &str) -> bool {
    let last = call.redirection().map(crate::Redirection::last);
    let Some(last) = last.filter(|last| last.reason != DiversionReason::Recalled) else { return false };
    let mut lines = last.device.into_iter().flat_map(|device| st.lines.of_device(device));
    lines.next().is_some_and(|(line, _)| dialling::is_barred_from(st, line, None, false, digits))
}

/// Where calls to the line go at night.
fn night_forward(st: &State, call: &Call, line: LineId) -> Option<SmolStr> {
    let number = st.lines[line].settings().night_forward.clone().filter(|_| st.is_night())?;
    (!is_at_device(st, call.id(), st.lines[line].device())).then_some(number)
}

/// The call rings at a line.
pub(crate) fn offer(
    st: &mut State,
    call_id: CallId,
    line: LineId,
    mut alerting: Alerting,
) -> Option<ConnectionKey> {
    alerting.declined.extend(set_do_not_disturb::refusing(st, line));
    let device = st.lines[line].device();
    let party = st.party_reached(line, alerting.number.clone());
    let call = st.calls.call_mut(call_id)?;
    let cause = match &mut call.redirection {
        Some(redirection) => {
            redirection.destination = party.clone();
            redirection.last().reason.cause()
        }
        None => {
            call.called = party.clone();
            call.origin
        }
    };
    let redirection = call.redirection.clone();
    let offered = cti_device::is_at(st, line);
    let silent = offered || autonomous::is_silent(st, line);
    let autonomous = !offered && autonomous::is_offered(st, line);
    let alerting = Alerting { silent, offered, autonomous, ..alerting };
    let key = st.calls.join(call_id, (device, line), party, alerting)?;
    if let Some(connection) = st.calls.connection_mut(key) {
        connection.redirection = redirection;
    }
    if st.is_trunk(line) {
        st.lines.note_used(line);
        report::report(st, key, CallEventKind::NetworkReached, cause);
    }
    if offered || !silent {
        report::report(st, key, cti_device::offered::event_at(st, line), cause);
    }
    if !silent {
        cti_device::routeing::used(st, key);
    }
    failure::await_answer(st, key);
    // Its caller has to say where it receives.
    if autonomous {
        st.settle_media(call_id);
    }
    st.call_changed(call_id);
    single_number_reach::begin(st, key);
    intercom::answer_at_once(st, key);
    auto_answer::ask_at_once(st, key);
    Some(key)
}

/// The number that the line forwards to by the first of these types that is set, for calls by `digits`.
pub(super) fn forward_of(
    st: &State,
    line: LineId,
    kinds: &[ForwardingType],
    digits: &str,
) -> Option<(ForwardingType, SmolStr)> {
    let line = &st.lines[line];
    // Every caller is a line of this switch.
    if line.settings().keeps_local_calls {
        return None;
    }
    let came_in_by = |calls_to: CallsTo| match calls_to {
        CallsTo::AnyNumber => true,
        CallsTo::Primary => line.number().as_str() == digits,
        CallsTo::Secondary => line.settings().secondary.as_deref() == Some(digits),
    };
    kinds.iter().find_map(|kind| {
        let forward = line.forwarding().get(*kind).filter(|forward| came_in_by(forward.calls_to))?;
        Some((*kind, forward.number.clone()))
    })
}

/// Whether the device may forward the call: each does so once.
pub(crate) fn may_forward(st: &State, call: &Call, device: DeviceId) -> bool {
    let forwarded = call.redirection().is_some_and(|redirection| redirection.was_forwarded_by(device));
    !forwarded && may_divert(st, call)
}

/// Whether the call may be diverted once more.
pub(super) fn may_divert(st: &State, call: &Call) -> bool {
    call.redirection().map_or(0, |redirection| redirection.count()) < st.settings.max_redirects
}
