//! Hunting: a call that a device does not take goes on to the next device with the same number.

use smol_str::SmolStr;

use super::divert::Arrival;
use crate::{ConnectionId, DeviceId, EventCause, Switch};

impl Switch {
    /// The call stops ringing at a device and rings at the next one with the number that can take it. False, and
    /// nothing has changed, if there is none or the device keeps its calls (`huntstop`).
    pub(crate) fn hunt_on(&mut self, alerting: ConnectionId, cause: EventCause) -> bool {
        let Some((next, number)) = self.next_in_hunt(alerting) else { return false };
        self.end_connection(alerting, cause, None);
        if let Some(call) = self.calls.get_mut(&alerting.call) {
            call.left.push(alerting.device);
        }
        self.offer(alerting.call, next, &number);
        true
    }

    fn next_in_hunt(&self, alerting: ConnectionId) -> Option<(DeviceId, SmolStr)> {
        let call = self.calls.get(&alerting.call)?;
        call.connection(alerting.device)?;
        if self.lines[alerting.device.index()].settings.huntstop {
            return None;
        }
        let number = call.reached_number();
        let with_number = self.dial_plan.devices(number);
        for device in with_number.skip_while(|device| *device != alerting.device).skip(1) {
            match self.arrive(call, device, number) {
                Arrival::Rings => return Some((device, number.clone())),
                Arrival::Fails(EventCause::DestOutOfOrder) => {}
                Arrival::Fails(_) if !self.lines[device.index()].settings.huntstop => {}
                Arrival::Fails(_) | Arrival::Diverts(..) => return None,
            }
        }
        None
    }
}
