//! Set Forwarding and Get Forwarding (ECMA-269 clause 22, logical device features), and the CFwdAll key.
//!
//! The key forwards all calls of a line: its user dials the number as for a call, in a call that goes nowhere
//! ([`Dialling::Forwarding`]). `#`, Dial, EndCall or the inter-digit timeout ends the number; the key itself gives
//! up. On a line that forwards already the key cancels that.

use std::time::Duration;

use smol_str::SmolStr;

use crate::{
    ConnectionId, ConnectionState, DeviceId, EventCause, Forward, Forwarding, ForwardingType,
    NO_ANSWER_TIMEOUTS, Refusal, StationId, Switch, Timer, call::Dialling,
};

impl Switch {
    /// How the calls of a line are forwarded.
    pub(crate) fn get_forwarding(&self, device: DeviceId) -> Result<Forwarding, Refusal> {
        self.check_watched(device)?;
        Ok(self.lines[device.index()].forwarding.clone())
    }

    /// Begins to forward calls of a line, to `number` or to where they go already.
    pub(crate) fn activate_forwarding(
        &mut self,
        device: DeviceId,
        kind: ForwardingType,
        number: Option<SmolStr>,
        no_answer_timeout: Option<Duration>,
    ) -> Result<(), Refusal> {
        self.check_watched(device)?;
        if no_answer_timeout.is_some_and(|timeout| !NO_ANSWER_TIMEOUTS.contains(&timeout)) {
            return Err(Refusal::InvalidRingCount);
        }
        let before = self.lines[device.index()].forwarding.get(kind);
        let forward = match number {
            Some(number) => Forward::to(number),
            None => before.cloned().ok_or(Refusal::InvalidForwardingDestination)?,
        };
        self.check_forwarding(device, &forward.number)?;
        self.change_forwarding(device, kind, Some(forward), no_answer_timeout);
        Ok(())
    }

    /// Forwards calls of a line no more.
    pub(crate) fn deactivate_forwarding(
        &mut self,
        device: DeviceId,
        kind: ForwardingType,
    ) -> Result<(), Refusal> {
        self.check_watched(device)?;
        self.change_forwarding(device, kind, None, None);
        Ok(())
    }

    /// The CFwdAll key.
    pub(crate) fn forward_all_key(&mut self, station: StationId, line: u32) -> Result<(), Refusal> {
        let active = self.active_connection(station);
        if let Some(entering) = active.filter(|id| self.is_entering_forward(*id)) {
            self.clear_connection(entering, EventCause::NormalClearing);
            return Ok(());
        }
        let fresh = active.filter(|id| self.has_dialled_nothing(*id));
        let here = &self.stations[station.index()];
        let named = here.line(line).or_else(|| here.line(1));
        let device = fresh.map(|id| id.device).or(named).ok_or(Refusal::InvalidDevice)?;
        let line = &self.lines[device.index()];
        if line.forwarding.immediate.is_some() {
            self.change_forwarding(device, ForwardingType::Immediate, None, None);
            return Ok(());
        }
        if line.settings.forward_max_length == Some(0) {
            return Err(Refusal::ForwardingDisabled);
        }
        match (fresh, active) {
            (Some(id), _) => self.turn_into_forward(id),
            // In a conversation, or while another phone rings, the key is not offered.
            (None, Some(_)) => {}
            (None, None) => {
                self.initiate(station, device, EventCause::Normal, Dialling::Forwarding)?;
            }
        }
        Ok(())
    }

    /// The number to forward to is complete: the call that collected it has done its work, or the user hears that
    /// nobody can be reached there.
    pub(super) fn forward_entered(&mut self, id: ConnectionId) {
        let number = self.calls.get(&id.call).map(|call| call.dialled.clone()).unwrap_or_default();
        if self.check_entered(id.device, &number).is_ok() {
            self.finish_forward(id, number);
        } else if self.dial_plan.devices(&number).next().is_some() {
            self.fail_here(id, EventCause::Blocked);
        } else {
            self.fail_here(id, EventCause::DestNotObtainable);
        }
    }

    /// The user ends the call in which a number to forward to is collected: that completes the number. `None` if
    /// there is no number.
    pub(crate) fn end_entering_forward(&mut self, id: ConnectionId) -> Option<Result<(), Refusal>> {
        let number = self.calls.get(&id.call).map(|call| call.dialled.clone()).unwrap_or_default();
        if !self.is_entering_forward(id) || number.is_empty() {
            return None;
        }
        let entered = self.check_entered(id.device, &number);
        match entered {
            Ok(()) => self.finish_forward(id, number),
            Err(_) => self.clear_connection(id, EventCause::NormalClearing),
        }
        Some(entered)
    }

    /// Whether the user enters the number to forward to in this call.
    pub(crate) fn is_entering_forward(&self, id: ConnectionId) -> bool {
        self.calls.get(&id.call).is_some_and(|call| {
            call.dialling == Dialling::Forwarding && call.state_of(id.device) == ConnectionState::Initiated
        })
    }

    fn has_dialled_nothing(&self, id: ConnectionId) -> bool {
        self.calls.get(&id.call).is_some_and(|call| {
            call.dialling == Dialling::Collecting
                && call.dialled.is_empty()
                && call.state_of(id.device) == ConnectionState::Initiated
        })
    }

    fn turn_into_forward(&mut self, id: ConnectionId) {
        let Some(call) = self.calls.get_mut(&id.call) else { return };
        call.dialling = Dialling::Forwarding;
        self.start_timer(id, self.settings.timeouts.interdigit, Timer::InterDigit(id.call));
        self.call_changed(id.call);
    }

    fn finish_forward(&mut self, id: ConnectionId, number: SmolStr) {
        self.clear_connection(id, EventCause::NormalClearing);
        self.change_forwarding(id.device, ForwardingType::Immediate, Some(Forward::to(number)), None);
    }

    fn check_entered(&self, device: DeviceId, number: &SmolStr) -> Result<(), Refusal> {
        let most = self.lines[device.index()].settings.forward_max_length;
        if most.is_some_and(|most| number.len() > most) {
            return Err(Refusal::InvalidForwardingDestination);
        }
        self.check_forwarding(device, number)
    }

    /// Fails unless somebody else than the line itself can be reached with the number.
    fn check_forwarding(&self, device: DeviceId, number: &str) -> Result<(), Refusal> {
        match self.dial_plan.devices(number).all(|reached| reached == device) {
            true => Err(Refusal::InvalidForwardingDestination),
            false => Ok(()),
        }
    }

    /// Changes the forwarding of a line and tells its monitors and phones, if it is a change.
    fn change_forwarding(
        &mut self,
        device: DeviceId,
        kind: ForwardingType,
        forward: Option<Forward>,
        no_answer_timeout: Option<Duration>,
    ) {
        let line = &mut self.lines[device.index()];
        let before = line.forwarding.clone();
        *line.forwarding.slot_mut(kind) = forward;
        if let (ForwardingType::NoAnswer, Some(timeout)) = (kind, no_answer_timeout) {
            line.forwarding.no_answer_timeout = timeout;
        }
        if line.forwarding == before {
            return;
        }
        self.report_forwarding(device, kind);
        for station in self.lines[device.index()].stations.clone() {
            self.station_changed(station);
        }
    }
}
