//! Set Auto Answer (ECMA-269 clause 22.1.13): a device answers its calls by itself, at a phone that is idle and can go
//! off-hook by command.

use std::time::Duration;

use super::{answer_call, failure};
use crate::{ConnectionKey, DeviceId, StationId, cti::report, state::State};

/// From the beginning of one ring to that of the next.
const RING: Duration = Duration::from_secs(6);

/// The device answers after so many rings from now on; with `None` no more.
pub(crate) fn set(st: &mut State, device: DeviceId, rings: Option<u32>) {
    let Some(own) = st.lines.device_mut(device).filter(|own| own.auto_answer != rings) else { return };
    own.auto_answer = rings;
    report::device(st, device, crate::Event::AutoAnswer(device, rings));
}

/// After which time the device answers the call, if it does by itself.
pub(super) fn delay(st: &State, alerting: ConnectionKey) -> Option<Duration> {
    let connection = st.calls.connection(alerting)?;
    let rings = st.lines.device(connection.device())?.auto_answer?;
    station(st, alerting)?;
    Some(RING * rings).filter(|delay| *delay < st.settings.timeouts.ringing)
}

/// The phone that answers: one where the call rings, which is idle and can go off-hook by command.
fn station(st: &State, alerting: ConnectionKey) -> Option<StationId> {
    let connection = st.calls.connection(alerting)?;
    let mut stations = st.lines[connection.line()].stations().iter().copied();
    stations.find(|id| {
        let station = &st.stations[*id];
        let able = station.is_registered() && station.settings().off_hook_by_command;
        able && st.rings_at(*id, connection) && st.active_at(*id).is_none()
    })
}

/// The call has rung for long enough.
pub(crate) fn timeout(st: &mut State, alerting: ConnectionKey) {
    let answered = match station(st, alerting) {
        Some(station) => answer_call::answer(st, alerting, Some(station)).is_ok(),
        None => false,
    };
    if !answered {
        failure::await_user(st, alerting);
    }
}
