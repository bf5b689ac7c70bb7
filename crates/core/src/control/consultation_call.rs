//! Consultation Call (ECMA-269 clause 17.1.12): the existing call is held, and its device calls another number.

use smol_str::SmolStr;

use super::{
    hold_call,
    make_call::{self, Initiation, Urgency},
};
use crate::{
    Connection, ConnectionId, ConnectionKey, ConsultPurpose, EventCause, LineId, Refusal, StationId, Verb,
    calls::{Consultation, Dialling},
    state::State,
};

/// Holds the existing call and calls `consulted` from the same phone and line.
///
/// # Errors
/// When the existing call cannot be held, the number reaches nobody, or the line has no second channel; then nothing
/// has changed.
pub(crate) fn consult(
    st: &mut State,
    existing: ConnectionKey,
    consulted: &SmolStr,
    purpose: ConsultPurpose,
) -> Result<ConnectionId, Refusal> {
    let connection = st.calls.check(Verb::ConsultationCall, existing)?;
    let (line, station) = (connection.line(), connection.station());
    make_call::check_called(st, Some(line), consulted)?;
    let station =
        station.filter(|station| st.stations[*station].is_registered()).ok_or(Refusal::DeviceOutOfService)?;
    make_call::check_channel(st, station, line, None)?;
    if st.stations[station].settings().autonomous {
        return consult_from_autonomous(st, (station, line), existing, consulted, purpose);
    }
    let key = begin(st, station, existing, purpose)?;
    make_call::dial(st, key, consulted)
}

/// Holds the existing call, and asks the phone to go off-hook for the other one.
fn consult_from_autonomous(
    st: &mut State,
    (station, line): (StationId, LineId),
    existing: ConnectionKey,
    consulted: &SmolStr,
    purpose: ConsultPurpose,
) -> Result<ConnectionId, Refusal> {
    hold_call::hold(st, existing, EventCause::Consultation)?;
    let initiation = Initiation {
        cause: EventCause::Consultation,
        origin: EventCause::Consultation,
        dialling: Dialling::Prompting(consulted.clone()),
        urgency: Urgency::of(st, consulted),
        consultation: Some(Consultation { held: existing, purpose }),
        ..Initiation::by_user(station, line)
    };
    let key = make_call::initiate(st, initiation)?;
    make_call::await_off_hook(st, key, true);
    make_call::name(st, key)
}

/// Holds the existing call, and lets the user dial another number.
pub(crate) fn begin(
    st: &mut State,
    station: StationId,
    existing: ConnectionKey,
    purpose: ConsultPurpose,
) -> Result<ConnectionKey, Refusal> {
    let line = st.calls.check(Verb::ConsultationCall, existing)?.line();
    let initiation = Initiation {
        cause: EventCause::Consultation,
        origin: EventCause::Consultation,
        consultation: Some(Consultation { held: existing, purpose }),
        urgency: Urgency::Perhaps,
        ..Initiation::by_user(station, line)
    };
    make_call::initiate(st, initiation)
}

/// The held call that the connection consults about, if it is held still.
pub(crate) fn held_for(st: &State, active: ConnectionKey) -> Option<Consultation> {
    let consultation = st.calls.connection(active)?.consultation?;
    let held = st.calls.connection(consultation.held)?;
    st.calls.permits(Verb::TransferHeld, held).then_some(consultation)
}

/// [`held_for`], or, when the user has gone back to the first call, the consultation that is held meanwhile.
pub(crate) fn counterpart(st: &State, active: ConnectionKey) -> Option<Consultation> {
    let gone_back = || {
        let station = st.calls.connection(active)?.station()?;
        let about = |own: &Connection| own.consultation.filter(|consultation| consultation.held == active);
        let mut held = st.connections_at(station).filter(|own| st.calls.permits(Verb::TransferHeld, own));
        held.find_map(|own| Some(Consultation { held: own.key(), ..about(own)? }))
    };
    held_for(st, active).or_else(gone_back)
}
