//! The switch and the model compared, and the model as the switch says it is.

use hookflash_core::{self as core, ConnectionState, Switch};
use hookflash_wire::csta::{EventCause, LocalConnectionState as State};
use smol_str::SmolStr;

use crate::{
    model::{Call, Connection, Dialling, Diversion, Forwards, Model, Presence},
    world::World,
};

/// The number of each device.
pub(super) fn numbers(world: &World) -> Vec<SmolStr> {
    world.node().switch().lines().map(|(_, line)| line.number().clone()).collect()
}

/// One connection: device, reference, state, phone.
type Row = (usize, u32, State, Option<usize>);

/// Both have the same calls with the same connections.
pub(super) fn calls(model: &Model, switch: &Switch) -> Result<(), String> {
    let mut real = switch.calls();
    let mut expected = model.calls.iter();
    loop {
        match (real.next(), expected.next()) {
            (None, None) => return Ok(()),
            (Some(call), Some((id, wanted))) if call.id().number() == *id => {
                if call.destination().number != wanted.reached.as_str() {
                    let (is, should) = (&call.destination().number, &wanted.reached);
                    return Err(format!(
                        "a call has gone elsewhere: call {id} has reached {is}, should have reached {should}"
                    ));
                }
                if !rows_of(call).eq(rows(wanted)) {
                    let (is, should) = (rows_of(call).collect::<Vec<_>>(), rows(wanted).collect::<Vec<_>>());
                    return Err(format!(
                        "a call is not as it should be: call {id} is {is:?}, should be {should:?}"
                    ));
                }
            }
            (Some(call), wanted) if wanted.is_none_or(|(id, _)| *id > call.id().number()) => {
                let rows: Vec<Row> = rows_of(call).collect();
                return Err(format!(
                    "there is a call that should not be: call {} {rows:?}",
                    call.id().number()
                ));
            }
            (_, wanted) => {
                return Err(format!("a call is missing: {wanted:?}"));
            }
        }
    }
}

fn rows_of(call: &hookflash_core::Call) -> impl Iterator<Item = Row> + '_ {
    call.connections().iter().map(|c| {
        (c.device().index(), c.reference(), word(c.state()), c.station().map(|station| station.index()))
    })
}

fn rows(call: &Call) -> impl Iterator<Item = Row> + '_ {
    call.connections.iter().map(|c| (c.device, c.reference, c.state, c.station))
}

/// The devices in a call, and the states of their connections.
pub(super) fn states(call: &core::Call) -> Vec<(usize, State)> {
    call.connections().iter().map(|own| (own.device().index(), word(own.state()))).collect()
}

fn word(state: ConnectionState) -> State {
    match state {
        ConnectionState::Null => State::Null,
        ConnectionState::Initiated => State::Initiated,
        ConnectionState::Alerting => State::Alerting,
        ConnectionState::Connected => State::Connected,
        ConnectionState::Hold => State::Hold,
        ConnectionState::Queued => State::Queued,
        ConnectionState::Fail => State::Fail,
    }
}

/// What a model knows that agrees with the switch about phones, calls and connections. Who is asked to go off-hook for
/// which number, and which keys were refused, the switch does not say.
pub(super) fn observed(mut model: Model, switch: &Switch) -> Model {
    for (station, (_, real)) in model.stations.iter_mut().zip(switch.stations()) {
        station.presence = if real.is_registered() { Presence::There } else { Presence::Gone };
    }
    for (device, (_, line)) in model.devices.iter_mut().zip(switch.lines()) {
        device.forwards = forwards(line.forwarding());
    }
    model.calls = switch.calls().map(|call| (call.id().number(), observed_call(call, switch))).collect();
    model
}

fn observed_call(call: &core::Call, switch: &Switch) -> Call {
    let state = |own: &core::Connection| word(own.state());
    let connections: Vec<Connection> = call
        .connections()
        .iter()
        .map(|own| Connection {
            device: own.device().index(),
            reference: own.reference(),
            state: state(own),
            station: own.station().map(|station| station.index()),
            declined: declined(own, switch),
            forward_to: None,
            timer: None,
        })
        .collect();
    let dials = connections.iter().any(|own| own.state == State::Initiated);
    let dialling = match (call.is_prompting(), dials) {
        _ if call.is_entering_forward() => Dialling::Forward,
        (true, _) => Dialling::Prompted(String::new()),
        (_, true) => Dialling::Open,
        _ => Dialling::Complete,
    };
    Call {
        calling: call.calling().device.map_or(usize::MAX, |device| device.index()),
        called: call.called().number.to_string(),
        reached: call.destination().number.to_string(),
        way: call.redirection().into_iter().flat_map(|way| way.diversions()).map(diversion).collect(),
        digits: call.dialled().to_string(),
        dialling,
        failed: call.failure().map(|failure| reason(failure.cause)),
        connections,
    }
}

/// Where calls go, as the model says it.
pub(super) fn forwards(forwarding: &core::Forwarding) -> Forwards {
    let to = |forward: &Option<core::Forward>| forward.as_ref().map(|forward| forward.number.to_string());
    Forwards {
        immediate: to(&forwarding.immediate),
        busy: to(&forwarding.busy),
        no_answer: to(&forwarding.no_answer),
        after: forwarding.no_answer_timeout,
    }
}

fn diversion(diversion: &core::Diversion) -> Diversion {
    let cause = match diversion.reason {
        core::ForwardingType::Immediate => EventCause::CallForwardImmediate,
        core::ForwardingType::Busy => EventCause::CallForwardBusy,
        core::ForwardingType::NoAnswer => EventCause::CallForwardNoAnswer,
    };
    Diversion { device: diversion.device.index(), cause }
}

/// The phones of the device whose users have declined it while it rings at others.
fn declined(own: &core::Connection, switch: &Switch) -> Vec<usize> {
    let stations = switch.line(own.device()).map(|line| line.stations()).unwrap_or_default();
    let silent = stations.iter().filter(|station| !own.is_offered_to(**station));
    silent.map(|station| station.index()).collect()
}

/// The standard's word for why a call did not get through.
fn reason(cause: core::EventCause) -> EventCause {
    match cause {
        core::EventCause::Blocked => EventCause::Blocked,
        core::EventCause::Busy => EventCause::Busy,
        core::EventCause::CallNotAnswered => EventCause::CallNotAnswered,
        core::EventCause::DestNotObtainable => EventCause::DestNotObtainable,
        core::EventCause::DestOutOfOrder => EventCause::DestOutOfOrder,
        _ => EventCause::ReorderTone,
    }
}
