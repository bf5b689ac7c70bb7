//! Make Call (ECMA-269 clause 17.1.20), and going off-hook, which is how every call begins.

use smallvec::SmallVec;
use smol_str::SmolStr;

use super::dialling::dial_string;
use crate::{
    Call, CallEventKind, CallId, Connection, ConnectionId, ConnectionState, DeviceId, EventCause,
    GlobalCallId, Match, Output, Party, Refusal, StationId, Switch, Timer, Transition, call::Dialling,
    identifier_after,
};

impl Switch {
    /// Calls `called` from `calling` as if the user had done it. A called number that is empty or ends in `;`
    /// leaves the rest of the dialling to the user. With `prompt` the user is first asked to go off-hook.
    pub(crate) fn make_call(
        &mut self,
        calling: DeviceId,
        called: SmolStr,
        prompt: bool,
    ) -> Result<ConnectionId, Refusal> {
        let line = self.line(calling).ok_or(Refusal::InvalidCallingDevice)?;
        if !line.settings.cti_watch {
            return Err(Refusal::PrivilegeViolationCallingDevice);
        }
        self.check_called(&called)?;
        if let Some(initiated) = self.initiated_connection(calling) {
            self.dial_number(initiated, &called);
            return Ok(initiated);
        }
        let station = self.station_for(calling).ok_or(Refusal::CallingDeviceOutOfService)?;
        if prompt && self.settings.cti.prompted_make_call {
            let id = self.initiate(station, calling, EventCause::MakeCall, Dialling::Prompting(called))?;
            self.start_timer(id, self.settings.timeouts.make_call_prompt, Timer::MakeCallPrompt(id.call));
            return Ok(id);
        }
        if !self.stations[station.index()].settings.off_hook_by_command {
            return Err(Refusal::RequestIncompatibleWithDevice);
        }
        let id = self.initiate(station, calling, EventCause::MakeCall, Dialling::Collecting)?;
        self.dial_number(id, &called);
        Ok(id)
    }

    /// The user of a prompted call went off-hook: the call is dialled.
    pub(crate) fn prompted_off_hook(&mut self, id: ConnectionId, station: StationId) {
        self.stop_timer(id);
        self.release_station(station);
        let Some(call) = self.calls.get_mut(&id.call) else { return };
        let Dialling::Prompting(number) = std::mem::replace(&mut call.dialling, Dialling::Collecting) else {
            return;
        };
        if let Some(connection) = call.connection_mut(id.device) {
            connection.station = Some(station);
        }
        self.call_changed(id.call);
        self.dial_number(id, &number);
    }

    pub(crate) fn make_call_prompt_timeout(&mut self, call: CallId) {
        let Some(id) = self.calls.get(&call).filter(|call| call.is_prompting()).and_then(caller) else {
            return;
        };
        self.clear_connection(id, EventCause::CallCancelled);
    }

    /// Goes off-hook at a station for a new call of one of its lines.
    ///
    /// # Errors
    /// [`Refusal::PerformanceLimitExceeded`] and [`Refusal::ResourceBusy`]; then nothing has changed.
    pub(crate) fn initiate(
        &mut self,
        station: StationId,
        device: DeviceId,
        cause: EventCause,
        dialling: Dialling,
    ) -> Result<ConnectionId, Refusal> {
        // A prompted call frees the station only when its user goes off-hook.
        let releases = !matches!(dialling, Dialling::Prompting(_));
        let given_up = if releases { self.attempt_at(station) } else { None };
        self.check_admission(given_up)?;
        self.check_channel(station, device, given_up)?;
        if releases {
            self.release_station(station);
        }
        let id = self.begin_call(station, device, dialling);
        self.advance(id, Transition::Initiate)?;
        self.report(id, CallEventKind::ServiceInitiated, cause);
        self.call_changed(id.call);
        self.start_timer(id, self.settings.timeouts.interdigit, Timer::InterDigit(id.call));
        self.line_taken(device);
        Ok(id)
    }

    fn begin_call(&mut self, station: StationId, device: DeviceId, dialling: Dialling) -> ConnectionId {
        self.admission.take();
        self.last_call = identifier_after(self.last_call);
        let call = CallId(self.last_call);
        let mut connections = SmallVec::new();
        connections.push(Connection::new(device, self.next_reference(), Some(station)));
        let calling = self.party(device);
        let global_id = GlobalCallId::generate(self.settings.seed, call.0);
        self.calls.insert(
            call,
            Call {
                id: call,
                global_id,
                started: self.now,
                calling,
                called: Party::default(),
                dialled: SmolStr::default(),
                dialling,
                failure: None,
                redirection: None,
                left: SmallVec::new(),
                connections,
            },
        );
        self.lines[device.index()].calls.push(call);
        self.note(Output::CallBegan(call, global_id, device));
        ConnectionId { call, device }
    }

    pub(crate) fn next_reference(&mut self) -> u32 {
        self.last_reference = identifier_after(self.last_reference);
        self.last_reference
    }

    /// The call that [`Switch::release_station`] would end rather than hold.
    fn attempt_at(&self, station: StationId) -> Option<ConnectionId> {
        self.active_connection(station).filter(|active| !self.will_hold(*active))
    }

    /// Fails when there is no room for one more call, not even in place of the one that is given up.
    fn check_admission(&mut self, given_up: Option<ConnectionId>) -> Result<(), Refusal> {
        let going_on = self.calls.len() - usize::from(given_up.is_some());
        let full = self.settings.max_calls != 0 && going_on >= self.settings.max_calls;
        if full { Err(Refusal::PerformanceLimitExceeded) } else { self.admission.check(self.now) }
    }

    /// Fails when no channel of the line is free for the station, not even that of the call that is given up.
    fn check_channel(
        &self,
        station: StationId,
        device: DeviceId,
        given_up: Option<ConnectionId>,
    ) -> Result<(), Refusal> {
        let line = &self.lines[device.index()];
        let in_use = line.calls.len() - usize::from(given_up.is_some_and(|id| id.device == device));
        let is_free = in_use < line.settings.channels.count() && self.may_use(station, device, None);
        if is_free { Ok(()) } else { Err(Refusal::ResourceBusy) }
    }

    /// Fails when nobody can be reached with the number, so that no phone goes off-hook for nothing.
    fn check_called(&self, called: &str) -> Result<(), Refusal> {
        let (digits, complete) = dial_string(called);
        if digits.len() < called.strip_suffix([';', '#']).unwrap_or(called).len() {
            return Err(Refusal::InvalidCalledDevice);
        }
        let reachable = digits.is_empty()
            || match self.dial_plan.lookup(&digits) {
                Match::None => false,
                Match::Incomplete => !complete,
                Match::Complete | Match::CompleteOrMore => true,
            };
        if reachable { Ok(()) } else { Err(Refusal::InvalidCalledDevice) }
    }

    /// The connection of a line whose user is off-hook at a phone that is there, and has not dialled anything yet.
    fn initiated_connection(&self, device: DeviceId) -> Option<ConnectionId> {
        self.lines[device.index()].calls.iter().find_map(|id| {
            let call = self.calls.get(id)?;
            let waiting = call.dialling == Dialling::Collecting && call.dialled.is_empty();
            let own = call.connection(device).filter(|own| own.state == ConnectionState::Initiated)?;
            let here = own.station.is_some_and(|station| self.stations[station.index()].is_registered());
            (waiting && here).then(|| call.id_of(device))
        })
    }
}

/// The caller's connection.
pub(super) fn caller(call: &Call) -> Option<ConnectionId> {
    call.connections.first().map(|connection| call.id_of(connection.device))
}
