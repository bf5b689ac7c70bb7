//! Hunting: a call that a device does not take goes on to the next device with the same number.

use smallvec::SmallVec;

use crate::{ConnectionId, DeviceId, EventCause, Switch};

impl Switch {
    /// The call stops ringing at a device and rings at the next one with the number that can take it. False, and
    /// nothing has changed, if there is none or the device keeps its calls (`huntstop`).
    pub(crate) fn hunt_on(&mut self, alerting: ConnectionId, cause: EventCause) -> bool {
        let Some(next) = self.next_in_hunt(alerting) else { return false };
        self.end_connection(alerting, cause, None);
        self.offer(alerting.call, next);
        true
    }

    fn next_in_hunt(&self, alerting: ConnectionId) -> Option<DeviceId> {
        let call = self.calls.get(&alerting.call)?;
        let calling = call.calling.device.filter(|_| call.connection(alerting.device).is_some())?;
        if self.lines[alerting.device.index()].settings.huntstop {
            return None;
        }
        let with_number = self.dial_plan.devices(&call.dialled);
        let after: SmallVec<[DeviceId; 4]> =
            with_number.skip_while(|device| *device != alerting.device).skip(1).collect();
        self.choose(calling, &after).ok()
    }
}
