//! Set Auto Answer (ECMA-269 clause 22.1.13): a device answers its calls by itself, at a phone that is idle and can go
//! off-hook by command. An autonomous phone is asked to answer; if it cannot, it rings on.

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
        let settings = station.settings();
        let able = station.is_registered() && (settings.off_hook_by_command || settings.autonomous);
        able && st.rings_at(*id, connection) && st.active_at(*id).is_none()
    })
}

/// The call has rung for long enough.
pub(crate) fn timeout(st: &mut State, alerting: ConnectionKey) {
    let answered = match station(st, alerting) {
        Some(station) if st.stations[station].settings().autonomous => {
            ask(st, alerting);
            false
        }
        Some(station) => answer_call::answer(st, alerting, Some(station)).is_ok(),
        None => false,
    };
    if !answered {
        failure::await_user(st, alerting);
    }
}

/// Phones that can are asked to answer a call of a line whose calls they answer at once.
pub(super) fn ask_at_once(st: &mut State, alerting: ConnectionKey) {
    let Some(connection) = st.calls.connection(alerting) else { return };
    let at_once = st.lines.device(connection.device()).is_some_and(|device| device.auto_answer == Some(0));
    let wanted = at_once || st.lines[connection.line()].settings().auto_answer;
    let asks = |id: StationId| st.stations[id].settings().autonomous;
    if wanted && station(st, alerting).is_some_and(asks) {
        ask(st, alerting);
    }
}

fn ask(st: &mut State, alerting: ConnectionKey) {
    if let Some(connection) = st.calls.connection_mut(alerting) {
        connection.phone_mut().auto_answer = true;
    }
    st.call_of_changed(alerting);
}
