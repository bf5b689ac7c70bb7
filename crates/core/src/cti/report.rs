//! Reports events to the monitors of the devices that they concern.
//!
//! An event of a call is reported once to each monitor of each device in the call, however many connections the device has
//! in it. It is also reported to a device that leaves the call with the event.

use std::collections::VecDeque;

use smallvec::SmallVec;
use smol_str::SmolStr;

use super::{Cti, Monitor, MonitorId, SessionId};
use crate::{
    Call, CallClearedEvent, CallEvent, CallEventKind, CallId, CallInformation, Channels, Connection,
    ConnectionId, ConnectionKey, ConnectionState, DeviceId, DigitsEvent, Event, EventCause, EventKind,
    EventRedirection, ForwardingEvent, ForwardingType, LineId, Lines, MergeEvent, Output, Party, ToneEvent,
    event::Notification, state::State, statistics,
};

/// The connection that an event is about; it need not exist any more.
#[derive(Clone, Debug)]
pub(crate) struct Subject {
    id: ConnectionId,
    party: Party,
}

impl Subject {
    /// A connection.
    pub(crate) fn of(connection: &Connection, lines: &Lines) -> Subject {
        let outside = lines[connection.line()].settings().channels == Channels::Unlimited;
        let party = match outside {
            true => connection.party().clone(),
            false => lines.party(connection.line()),
        };
        Subject { id: connection.id(), party }
    }

    /// A line that the call has reached and that has no connection in it.
    pub(crate) fn of_line(call: CallId, line: LineId, lines: &Lines) -> Subject {
        let party = lines.party(line);
        Subject { id: ConnectionId { call, device: lines[line].device() }, party }
    }
}

/// To whom Connection Cleared is reported.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Audience {
    /// Every device in the call.
    All,
    /// The device of the connection only: the others get another event.
    Own,
}

/// Reports to every device in the call what happened to one of its connections.
pub(crate) fn report(st: &mut State, key: ConnectionKey, kind: CallEventKind, cause: EventCause) {
    statistics::event(st, key, kind);
    let Some(connection) = st.calls.connection(key) else { return };
    let Some(call) = st.calls.get(connection.call()) else { return };
    let (own, state) = (connection.device(), connection.state());
    let mut event = OnceEvent::new(call, &st.lines, connection, kind, cause);
    for (device, first_state) in devices(st, call) {
        let local = (device, if device == own { state } else { first_state });
        tell(&st.lines, &st.cti, &mut st.outputs, local, kind.into(), || event.get());
    }
    tell_call(&st.cti, &mut st.outputs, (call.id(), own), kind.into(), || event.get());
}

/// Reports that a connection is about to leave its call.
pub(crate) fn cleared(
    st: &mut State,
    key: ConnectionKey,
    subject: &Subject,
    audience: Audience,
    cause: EventCause,
) {
    if audience == Audience::All {
        statistics::left(st, key, cause);
    }
    let Some(call) = st.calls.get(subject.id.call) else { return };
    const KIND: CallEventKind = CallEventKind::ConnectionCleared;
    let own = subject.id.device;
    for (device, _) in devices(st, call) {
        if audience == Audience::Own && device != own {
            continue;
        }
        // A device may have another connection in the call, which stays.
        let stays = st.calls.others(key).find(|other| other.device() == device && !other.hidden);
        let state = stays.map_or(ConnectionState::Null, Connection::state);
        let event = || Event::Call(call_event(call, subject, KIND, cause, None));
        tell(&st.lines, &st.cti, &mut st.outputs, (device, state), KIND.into(), event);
    }
    // Who watches the call is told another event, where the parties are.
    if audience == Audience::All {
        let event = || Event::Call(call_event(call, subject, KIND, cause, None));
        tell_call(&st.cti, &mut st.outputs, (call.id(), own), KIND.into(), event);
    }
}

/// Reports to every device in the call, except the one where it rang, that the call failed there.
pub(crate) fn failed(
    st: &mut State,
    call: CallId,
    subject: &Subject,
    rang: Option<ConnectionKey>,
    cause: EventCause,
) {
    statistics::failed(st, call, cause);
    let Some(call) = st.calls.get(call) else { return };
    const KIND: CallEventKind = CallEventKind::Failed;
    let skipped = rang.and_then(|key| st.calls.connection(key)).map(Connection::device);
    for local in devices(st, call).into_iter().filter(|(device, _)| Some(*device) != skipped) {
        let event = || Event::Call(call_event(call, subject, KIND, cause, None));
        tell(&st.lines, &st.cti, &mut st.outputs, local, KIND.into(), event);
    }
    let event = || Event::Call(call_event(call, subject, KIND, cause, None));
    tell_call(&st.cti, &mut st.outputs, (call.id(), subject.id.device), KIND.into(), event);
}

/// Reports to every device in the call, and to the one that it left, that it has left a device for another one. A
/// `newcomer` that has taken its place already hears of the call only by what follows.
pub(crate) fn diverted(
    st: &mut State,
    call: CallId,
    subject: &Subject,
    cause: EventCause,
    destination: Option<Party>,
    newcomer: Option<ConnectionKey>,
) {
    const KIND: CallEventKind = CallEventKind::Diverted;
    let Some(call) = st.calls.get(call) else { return };
    let former = subject.id.device;
    let mut devices = devices(st, call);
    if let Some(newcomer) = newcomer.and_then(|key| st.calls.connection(key)) {
        let was_there = st.calls.others(newcomer.key()).any(|other| other.device() == newcomer.device());
        devices.retain(|(device, _)| *device != newcomer.device() || was_there);
    }
    if !devices.iter().any(|(device, _)| *device == former) {
        devices.push((former, ConnectionState::Null));
    }
    for local in devices {
        let event = || Event::Call(call_event(call, subject, KIND, cause, destination.clone()));
        tell(&st.lines, &st.cti, &mut st.outputs, local, KIND.into(), event);
    }
    let event = || Event::Call(call_event(call, subject, KIND, cause, destination.clone()));
    tell_call(&st.cti, &mut st.outputs, (call.id(), former), KIND.into(), event);
    let passed_on = destination.is_some() && matches!(cause, EventCause::Park | EventCause::CallPickup);
    if let Some(call) = st.calls.call_mut(subject.id.call) {
        call.passed_on_by = passed_on.then(|| subject.party.clone());
    }
}

/// Reports to every device in the call, and to the device that joined two calls, that they are one.
pub(crate) fn merged(st: &mut State, event: &MergeEvent, by: DeviceId) {
    let Some(call) = st.calls.get(event.call) else { return };
    let kind = Event::Merge(Box::new(event.clone())).kind();
    let mut devices = devices(st, call);
    if !devices.iter().any(|(device, _)| *device == by) {
        devices.insert(0, (by, ConnectionState::Null));
    }
    for local in devices {
        let event = || Event::Merge(Box::new(event.clone()));
        tell(&st.lines, &st.cti, &mut st.outputs, local, kind, event);
    }
    let made = || Event::Merge(Box::new(event.clone()));
    tell_call(&st.cti, &mut st.outputs, (event.call, by), kind, made);
}

/// Reports to one device of a call who is in it, which the others have been told.
pub(crate) fn merged_at(st: &mut State, event: &MergeEvent, device: DeviceId) {
    let Some(call) = st.calls.get(event.call) else { return };
    let local = devices(st, call).into_iter().find(|(own, _)| *own == device);
    let made = Event::Merge(Box::new(event.clone()));
    if let Some(local) = local {
        tell(&st.lines, &st.cti, &mut st.outputs, local, made.kind(), || made.clone());
    }
}

/// Whether a device can take calls, before something changes that.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Service {
    device: DeviceId,
    in_service: bool,
}

impl Service {
    /// What is so now. A phone that is merely lost may come back, so that its lines count as in service.
    pub(crate) fn of(st: &State, device: DeviceId) -> Service {
        let in_service = st.lines.of_device(device).any(|(_, line)| {
            line.settings().cti_notify
                || line.settings().park_slot.is_some()
                || line.settings().hunt_group.is_some()
                || line.settings().acts_by_switch()
                || st.stations.is_any_present(line.stations())
        });
        Service { device, in_service }
    }
}

/// Reports to the monitors of each device when it goes out of service or back in service.
pub(crate) fn service_changes(st: &mut State, before: impl IntoIterator<Item = Service>) {
    for before in before {
        let device = before.device;
        match (before.in_service, Service::of(st, device).in_service) {
            (false, true) => self::device(st, device, Event::BackInService(device)),
            (true, false) => self::device(st, device, Event::OutOfService(device)),
            _ => {}
        }
    }
}

/// Tells a new monitor that its device is out of service, if it is.
pub(crate) fn tell_out_of_service(st: &mut State, id: MonitorId) {
    let Some(monitor) = st.cti.monitor(id) else { return };
    if monitor.filter().suppresses(EventKind::OutOfService) {
        return;
    }
    let session = monitor.session();
    let out: SmallVec<[DeviceId; 1]> =
        monitor.devices().filter(|device| !Service::of(st, *device).in_service).collect();
    out.into_iter().for_each(|device| tell_monitor(st, (session, id), device, Event::OutOfService(device)));
}

/// Takes a monitor from its session, which may not use the device any more.
pub(super) fn taken_away(st: &mut State, id: MonitorId) {
    let Some(monitor) = st.cti.monitor(id) else { return };
    let session = monitor.session();
    let suppressed = monitor.filter().suppresses(EventKind::OutOfService);
    let devices: SmallVec<[DeviceId; 1]> = monitor.devices().filter(|_| !suppressed).collect();
    devices.into_iter().for_each(|device| tell_monitor(st, (session, id), device, Event::TakenAway(device)));
    stopped(st, id);
}

/// Ends a monitor by the switch.
pub(super) fn stopped(st: &mut State, id: MonitorId) {
    let Some(session) = st.cti.monitor(id).map(Monitor::session) else { return };
    if st.cti.stop_monitor(session, id, &mut st.lines).is_ok() {
        st.note(Output::MonitorStopped(session, id));
    }
}

fn tell_monitor(st: &mut State, (session, id): (SessionId, MonitorId), device: DeviceId, event: Event) {
    let notification = Notification { device, local_state: ConnectionState::Null, is_of_call: false, event };
    st.note(Output::Event(session, id, notification));
}

/// Reports to the monitors of a device how it forwards calls of this type now.
pub(crate) fn forwarding(st: &mut State, device: DeviceId, kind: ForwardingType) {
    let forwarding = st.lines.forwarding_of(device);
    let number = forwarding.get(kind).map(|forward| forward.number.clone());
    let waits = kind == ForwardingType::NoAnswer && number.is_some();
    let no_answer_timeout = waits.then_some(forwarding.no_answer_timeout);
    self::device(st, device, Event::Forwarding(ForwardingEvent { device, kind, number, no_answer_timeout }));
}

/// Reports to every device in the call what the user of a connection has dialled so far.
pub(crate) fn dialled(st: &mut State, key: ConnectionKey, digits: &SmolStr) {
    const KIND: CallEventKind = CallEventKind::DigitsDialed;
    let Some(connection) = st.calls.connection(key) else { return };
    let Some(call) = st.calls.get(connection.call()) else { return };
    let event = || {
        let subject = Subject::of(connection, &st.lines);
        let called = Party { number: digits.clone(), ..Party::default() };
        Event::Call(CallEvent { called, ..call_event(call, &subject, KIND, EventCause::Normal, None) })
    };
    for local in devices(st, call) {
        tell(&st.lines, &st.cti, &mut st.outputs, local, KIND.into(), event);
    }
    tell_call(&st.cti, &mut st.outputs, (call.id(), connection.device()), KIND.into(), event);
}

/// Reports to every device in the call which digits one of them sends.
pub(crate) fn digits(st: &mut State, key: ConnectionKey, digits: DigitsEvent) {
    let Some(call) = st.calls.call_of(key) else { return };
    let subject = (call.id(), digits.connection.device);
    let event = Event::DigitsGenerated(digits);
    for local in devices(st, call) {
        tell(&st.lines, &st.cti, &mut st.outputs, local, event.kind(), || event.clone());
    }
    tell_call(&st.cti, &mut st.outputs, subject, event.kind(), || event.clone());
}

/// Reports to every device in the call which tone one of them sends.
pub(crate) fn tones(st: &mut State, key: ConnectionKey, tones: ToneEvent) {
    let Some(call) = st.calls.call_of(key) else { return };
    let subject = (call.id(), tones.connection.device);
    let event = Event::TonesGenerated(tones);
    for local in devices(st, call) {
        tell(&st.lines, &st.cti, &mut st.outputs, local, event.kind(), || event.clone());
    }
    tell_call(&st.cti, &mut st.outputs, subject, event.kind(), || event.clone());
}

/// Reports to every device in the call what was attached to it.
pub(crate) fn information(st: &mut State, information: CallInformation) {
    let Some(call) = st.calls.get(information.connection.call) else { return };
    let subject = (call.id(), information.connection.device);
    let event = Event::CallInformation(Box::new(information));
    for local in devices(st, call) {
        tell(&st.lines, &st.cti, &mut st.outputs, local, event.kind(), || event.clone());
    }
    tell_call(&st.cti, &mut st.outputs, subject, event.kind(), || event.clone());
}

/// Tells who watches a call that it is over, and ends these monitors.
pub(crate) fn call_cleared(st: &mut State, last: ConnectionId, call: &Call, cause: EventCause) {
    if !st.cti.is_call_watched(call.id()) {
        return;
    }
    let (data, global_id) = (call.data().clone(), call.global_id());
    let event = || {
        let data = data.clone();
        Event::CallCleared(Box::new(CallClearedEvent { connection: last, cause, data, global_id }))
    };
    tell_call(&st.cti, &mut st.outputs, (call.id(), last.device), EventKind::CallCleared, event);
    st.cti.end_call_monitors(call.id());
}

/// Reports something about a device that has to do with no call.
pub(crate) fn device(st: &mut State, device: DeviceId, event: Event) {
    let local = (device, ConnectionState::Null);
    tell(&st.lines, &st.cti, &mut st.outputs, local, event.kind(), || event.clone());
}

/// The devices in a call, each once, with the state of its first connection.
fn devices(st: &State, call: &Call) -> SmallVec<[(DeviceId, ConnectionState); 4]> {
    let mut devices: SmallVec<[(DeviceId, ConnectionState); 4]> = SmallVec::new();
    for key in call.connections() {
        let Some(connection) = st.calls.connection(*key).filter(|own| !own.hidden) else { continue };
        if !devices.iter().any(|(device, _)| *device == connection.device()) {
            devices.push((connection.device(), connection.state()));
        }
    }
    devices
}

/// An event that is made for the first monitor and cloned for the others.
struct OnceEvent<'a> {
    call: &'a Call,
    lines: &'a Lines,
    connection: &'a Connection,
    kind: CallEventKind,
    cause: EventCause,
    made: Option<Event>,
}

impl<'a> OnceEvent<'a> {
    fn new(
        call: &'a Call,
        lines: &'a Lines,
        connection: &'a Connection,
        kind: CallEventKind,
        cause: EventCause,
    ) -> OnceEvent<'a> {
        OnceEvent { call, lines, connection, kind, cause, made: None }
    }

    fn get(&mut self) -> Event {
        let OnceEvent { call, lines, connection, kind, cause, made } = self;
        let make = || Event::Call(call_event(call, &Subject::of(connection, lines), *kind, *cause, None));
        made.get_or_insert_with(make).clone()
    }
}

/// Sends an event to the monitors of a call.
fn tell_call(
    cti: &Cti,
    outputs: &mut VecDeque<Output>,
    (call, device): (CallId, DeviceId),
    kind: EventKind,
    mut event: impl FnMut() -> Event,
) {
    for id in cti.call_monitors(call) {
        let Some(monitor) = cti.monitor(*id) else { continue };
        if !monitor.filter().suppresses(kind) {
            let local_state = ConnectionState::Null;
            let notification = Notification { device, local_state, is_of_call: true, event: event() };
            outputs.push_back(Output::Event(monitor.session(), *id, notification));
        }
    }
}

/// Sends an event to the monitors of a device whose connection is in this state.
fn tell(
    lines: &Lines,
    cti: &Cti,
    outputs: &mut VecDeque<Output>,
    (device, local_state): (DeviceId, ConnectionState),
    kind: EventKind,
    mut event: impl FnMut() -> Event,
) {
    let Some(watched) = lines.device(device) else { return };
    for id in &watched.monitors {
        let Some(monitor) = cti.monitor(*id) else { continue };
        if !monitor.filter().suppresses(kind) {
            let notification = Notification { device, local_state, is_of_call: false, event: event() };
            outputs.push_back(Output::Event(monitor.session(), *id, notification));
        }
    }
}

fn call_event(
    call: &Call,
    subject: &Subject,
    kind: CallEventKind,
    cause: EventCause,
    destination: Option<Party>,
) -> CallEvent {
    let redirection = match (call.redirection(), destination) {
        (None, None) => None,
        (None, destination) => {
            Some(EventRedirection { last: None, new_destination: destination, reason: None })
        }
        (Some(redirection), destination) => {
            let diverted = kind == CallEventKind::Diverted && destination.is_none();
            let last = if diverted { redirection.last_but_one() } else { Some(redirection.last()) };
            Some(EventRedirection {
                last: last.map(|diversion| diversion.by.clone()),
                reason: diverted.then(|| redirection.last().reason),
                new_destination: destination.or_else(|| diverted.then(|| redirection.destination().clone())),
            })
        }
    };
    let redirection = match &call.passed_on_by {
        Some(by) => Some(EventRedirection { last: Some(by.clone()), ..redirection.unwrap_or_default() }),
        None => redirection,
    };
    CallEvent {
        kind,
        connection: subject.id,
        subject: subject.party.clone(),
        calling: call.calling().clone(),
        called: call.called().clone(),
        redirection: redirection.map(Box::new),
        cause,
        global_id: call.global_id(),
        data: call.data().clone(),
    }
}
