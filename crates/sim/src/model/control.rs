//! The services of ECMA-269 clause 17, and how a call finds its way.

use std::time::Duration;

use hookflash_wire::csta::{
    CstaError, EventCause, EventKind, ForwardingType, LocalConnectionState as State, OperationError,
    StateIncompatibility, SystemResourceAvailability,
};

use super::{Call, Connection, Dialling, Ends, Forwards, Model, Place};

/// What an application asks for. Devices are named by their numbers, which may be nobody's. A connection without a call
/// means the only one that the service fits.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Service {
    /// Make Call; with `prompt` the user is asked first.
    Make {
        /// The device that calls.
        calling: String,
        /// The number to call; empty to let the user dial.
        called: String,
        /// Whether the user is asked first.
        prompt: bool,
    },
    /// Answer Call.
    Answer(Option<u32>, String),
    /// Hold Call.
    Hold(Option<u32>, String),
    /// Retrieve Call.
    Retrieve(Option<u32>, String),
    /// Clear Connection.
    Clear(Option<u32>, String),
    /// Set Forwarding: in this case calls go to this number, or to none any more; unanswered ones after this time.
    Forward(String, ForwardingType, Option<String>, Option<Duration>),
    /// Get Forwarding.
    Forwarding(String),
    /// Snapshot Device.
    Snapshot(String),
    /// Monitor Start.
    Monitor(String),
    /// Something that always succeeds, such as the end of a monitor that there is.
    Other,
}

/// What a service is answered.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Reply {
    /// It is carried out.
    Done,
    /// It made this call.
    Made(u32),
    /// The calls of the device, in the order in which it came into them.
    Calls(Vec<CallOfDevice>),
    /// Where its calls go.
    Forwarding(Forwards),
}

/// A call as Snapshot Device tells it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CallOfDevice {
    /// The call.
    pub call: u32,
    /// The state of each connection, that of the device first.
    pub states: Vec<State>,
    /// Who is at the other end; empty if that is not known.
    pub other: String,
}

const NO_SUCH_DEVICE: CstaError = CstaError::Operation(OperationError::InvalidDeviceId);
const NO_SUCH_CONNECTION: CstaError = CstaError::Operation(OperationError::InvalidConnectionId);
const NOT_OPEN: CstaError = CstaError::Operation(OperationError::PrivilegeViolationSpecifiedDevice);
const WRONG_STATE: CstaError = CstaError::StateIncompatibility(StateIncompatibility::InvalidConnectionState);
const NO_PHONE: CstaError =
    CstaError::SystemResourceAvailability(SystemResourceAvailability::DeviceOutOfService);
const NO_ROOM: CstaError = CstaError::SystemResourceAvailability(SystemResourceAvailability::ResourceBusy);

impl Model {
    /// Carries out a service.
    ///
    /// # Errors
    /// Why it is refused; then nothing happens.
    pub fn request(&mut self, service: &Service) -> Result<Reply, CstaError> {
        match service {
            Service::Make { calling, called, prompt } => {
                self.make_call(calling, called, *prompt).map(|place| Reply::Made(place.0))
            }
            Service::Answer(..) => {
                let place = self.resolve(service)?;
                self.answer(place, None).map(|()| Reply::Done)
            }
            Service::Hold(..) => {
                let place = self.resolve(service)?;
                if self.hold(place) { Ok(Reply::Done) } else { Err(WRONG_STATE) }
            }
            Service::Retrieve(..) => {
                let place = self.resolve(service)?;
                self.retrieve(place, None).map(|()| Reply::Done)
            }
            Service::Clear(..) => {
                let place = self.resolve(service)?;
                self.hang_up(place);
                Ok(Reply::Done)
            }
            Service::Snapshot(number) => {
                self.open_device(number).map(|device| Reply::Calls(self.snapshot(device)))
            }
            Service::Forward(number, when, to, after) => {
                let known = self.device(number).ok_or(NO_SUCH_DEVICE)?;
                let possible = Duration::from_secs(3)..=Duration::from_secs(60_000);
                if after.is_some_and(|after| !possible.contains(&after)) {
                    return Err(CstaError::Operation(OperationError::InvalidRingCount));
                }
                self.open_device(number)?;
                self.set_forwarding(known, *when, to.as_deref(), *after).map(|()| Reply::Done)
            }
            Service::Forwarding(number) => {
                let device = self.open_device(number)?;
                let forwards = self.devices.get(device).map(|device| device.forwards.clone());
                Ok(Reply::Forwarding(forwards.unwrap_or_default()))
            }
            Service::Monitor(number) => self.open_device(number).map(|_| Reply::Done),
            Service::Other => Ok(Reply::Done),
        }
    }

    fn open_device(&self, number: &str) -> Result<usize, CstaError> {
        let device = self.device(number).ok_or(NO_SUCH_DEVICE)?;
        if self.is_open(device) { Ok(device) } else { Err(NOT_OPEN) }
    }

    fn is_open(&self, device: usize) -> bool {
        self.devices.get(device).is_some_and(|device| device.open)
    }

    /// The connection that is meant.
    fn resolve(&self, service: &Service) -> Result<Place, CstaError> {
        let (named, number, nothing) = match service {
            Service::Answer(call, number) => (*call, number, StateIncompatibility::NoCallToAnswer),
            Service::Hold(call, number) => (*call, number, StateIncompatibility::NoActiveCall),
            Service::Retrieve(call, number) => (*call, number, StateIncompatibility::NoHeldCall),
            Service::Clear(call, number) => (*call, number, StateIncompatibility::NoConnectionToClear),
            _ => return Err(NO_SUCH_CONNECTION),
        };
        let device = self.device(number).ok_or(NO_SUCH_DEVICE)?;
        let place = match named {
            Some(call) if !self.calls.contains_key(&call) => {
                return Err(CstaError::Operation(OperationError::InvalidCallId));
            }
            Some(call) => self.at((call, device)).map(|_| (call, device)).ok_or(NO_SUCH_CONNECTION)?,
            None => self.only_one(device, service, nothing)?,
        };
        if self.is_open(device) { Ok(place) } else { Err(NOT_OPEN) }
    }

    /// The only connection of a device that the service fits.
    fn only_one(
        &self,
        device: usize,
        service: &Service,
        nothing: StateIncompatibility,
    ) -> Result<Place, CstaError> {
        let fits = |place: &Place| match service {
            Service::Answer(..) => self.state(*place) == State::Alerting || self.is_prompted(*place),
            Service::Hold(..) => self.state(*place) == State::Connected,
            Service::Retrieve(..) => self.state(*place) == State::Hold,
            _ => true,
        };
        let mut fitting = self.all_places().filter(|place| place.1 == device).filter(fits);
        match (fitting.next(), fitting.next()) {
            (Some(place), None) => Ok(place),
            (Some(_), Some(_)) => Err(NO_SUCH_CONNECTION),
            (None, _) => Err(CstaError::StateIncompatibility(nothing)),
        }
    }

    fn snapshot(&self, device: usize) -> Vec<CallOfDevice> {
        self.places_of(device).into_iter().filter_map(|place| self.call_of_device(place)).collect()
    }

    fn call_of_device(&self, place: Place) -> Option<CallOfDevice> {
        let found = self.calls.get(&place.0)?;
        let others = found.connections.iter().filter(|other| other.device != place.1);
        let states = [self.state(place)].into_iter().chain(others.map(|other| other.state)).collect();
        let caller = self.devices.get(found.calling).map(|device| device.number.clone());
        let other = if found.calling == place.1 { found.reached.clone() } else { caller.unwrap_or_default() };
        Some(CallOfDevice { call: place.0, states, other })
    }

    fn make_call(&mut self, calling: &str, called: &str, prompt: bool) -> Result<Place, CstaError> {
        let device = self.device(calling);
        let device = device.ok_or(CstaError::Operation(OperationError::InvalidCallingDeviceId))?;
        if !self.is_open(device) {
            return Err(CstaError::Operation(OperationError::PrivilegeViolationCallingDevice));
        }
        if !self.could_be_reached(called) {
            return Err(CstaError::Operation(OperationError::InvalidCalledDeviceId));
        }
        let own = |place: &Place| place.1 == device && self.awaits_number(*place);
        let waiting = self.all_places().find(own);
        if let Some(waiting) = waiting {
            self.dial_number(waiting, called);
            return Ok(waiting);
        }
        let nobody = SystemResourceAvailability::CallingDeviceOutOfService;
        let station = self.phone_of(device).ok_or(CstaError::SystemResourceAvailability(nobody))?;
        if prompt {
            let dialling = Dialling::Prompted(called.to_owned());
            let place = self.begin(station, device, EventCause::MakeCall, dialling)?;
            self.start_timer(place, self.limits.prompt, Ends::Prompt);
            return Ok(place);
        }
        if !self.stations.get(station).is_some_and(|station| station.loudspeaker) {
            return Err(CstaError::Operation(OperationError::RequestIncompatibleWithCallingDevice));
        }
        let place = self.begin(station, device, EventCause::MakeCall, Dialling::Open)?;
        self.dial_number(place, called);
        Ok(place)
    }

    /// The user of a phone that is there is off-hook on the device and has dialled nothing.
    pub(super) fn awaits_number(&self, place: Place) -> bool {
        let fresh = |call: &Call| call.dialling == Dialling::Open && call.digits.is_empty();
        let here = |own: &Connection| own.station.is_some_and(|station| self.is_there(station));
        self.calls.get(&place.0).is_some_and(fresh)
            && self.at(place).is_some_and(|own| own.state == State::Initiated && here(own))
    }

    fn could_be_reached(&self, number: &str) -> bool {
        let (digits, complete) = dial_string(number);
        let exact = self.device(digits).is_some();
        digits.is_empty() || exact || (!complete && self.could_go_on(digits))
    }

    /// Whether some number is longer and begins with these digits.
    fn could_go_on(&self, digits: &str) -> bool {
        self.devices.iter().any(|d| d.number.len() > digits.len() && d.number.starts_with(digits))
    }

    /// A device goes off-hook at a phone, or is prompted to. Refused if it has no room for another call.
    pub(super) fn begin(
        &mut self,
        station: usize,
        device: usize,
        cause: EventCause,
        dialling: Dialling,
    ) -> Result<Place, CstaError> {
        let off_hook = !matches!(dialling, Dialling::Prompted(_));
        let given_up = self.active(station).filter(|active| active.1 == device && !self.can_hold(*active));
        let channels = self.devices.get(device).ok_or(NO_SUCH_DEVICE)?.channels;
        if self.calls_of(device) >= channels + usize::from(off_hook && given_up.is_some()) {
            return Err(NO_ROOM);
        }
        if !self.is_free_for(station, (0, device)) {
            return Err(NO_ROOM);
        }
        if off_hook {
            self.free(station);
        }
        self.last_call += 1;
        let place = (self.last_call, device);
        let call = Call {
            calling: device,
            called: String::new(),
            reached: String::new(),
            way: Vec::new(),
            digits: String::new(),
            dialling,
            failed: None,
            connections: Vec::new(),
        };
        self.calls.insert(self.last_call, call);
        self.join(place, State::Initiated, Some(station));
        self.tell(place, EventKind::ServiceInitiated, cause, None);
        self.start_timer(place, self.limits.interdigit, Ends::Dialling);
        self.stop_ringing_unheard(device);
        Ok(place)
    }

    pub(super) fn join(&mut self, (call, device): Place, state: State, station: Option<usize>) {
        self.last_reference += 1;
        let reference = self.last_reference;
        let connection = Connection {
            device,
            reference,
            state,
            station,
            declined: Vec::new(),
            forward_to: None,
            timer: None,
        };
        self.calls.get_mut(&call).into_iter().for_each(|call| call.connections.push(connection.clone()));
    }

    /// The call a phone is busy with: its user dials, talks or hears a failure tone.
    pub(super) fn active(&self, station: usize) -> Option<Place> {
        let busy = [State::Initiated, State::Connected, State::Fail];
        self.places_at(station).find(|place| busy.contains(&self.state(*place)) && !self.is_prompted(*place))
    }

    pub(super) fn is_prompted(&self, place: Place) -> bool {
        self.calls.get(&place.0).is_some_and(Call::is_prompted) && self.state(place) == State::Initiated
    }

    pub(super) fn can_hold(&self, place: Place) -> bool {
        self.state(place) == State::Connected && self.calls.get(&place.0).is_some_and(Call::is_answered)
    }

    /// Makes a phone free for another call: holds a conversation, gives up anything else.
    fn free(&mut self, station: usize) {
        self.set_refused(station, None);
        let Some(active) = self.active(station) else { return };
        if !self.hold(active) {
            self.clear(active, EventCause::NormalClearing);
        }
    }

    /// One more digit.
    pub(super) fn dial_digit(&mut self, place: Place, digit: char) {
        let Some(digits) = self.digits_mut(place) else { return };
        if digit == '#' && !digits.is_empty() {
            return self.send(place);
        }
        digits.push(digit);
        self.after_digits(place);
    }

    /// The last digit was wrong.
    pub(super) fn take_back_digit(&mut self, place: Place) {
        let Some(digits) = self.digits_mut(place) else { return };
        digits.pop();
        self.start_timer(place, self.limits.interdigit, Ends::Dialling);
    }

    /// The number is complete, if there is one.
    pub(super) fn dial_now(&mut self, place: Place) {
        if self.digits_mut(place).is_some_and(|digits| !digits.is_empty()) {
            self.send(place);
        }
    }

    /// A whole number, or the beginning of one.
    pub(super) fn dial_number(&mut self, place: Place, number: &str) {
        let Some(digits) = self.digits_mut(place) else { return };
        let (all, complete) = dial_string(number);
        all.clone_into(digits);
        if complete { self.send(place) } else { self.after_digits(place) }
    }

    /// The digits of a call that still expects some.
    fn digits_mut(&mut self, place: Place) -> Option<&mut String> {
        let initiated = self.state(place) == State::Initiated;
        let call = self
            .calls
            .get_mut(&place.0)
            .filter(|call| initiated && matches!(call.dialling, Dialling::Open | Dialling::Forward))?;
        Some(&mut call.digits)
    }

    fn after_digits(&mut self, place: Place) {
        let digits = self.calls.get(&place.0).map(|call| call.digits.clone()).unwrap_or_default();
        if digits.is_empty() || self.could_go_on(&digits) || self.is_entering_forward(place) {
            self.start_timer(place, self.limits.interdigit, Ends::Dialling);
        } else {
            self.send(place);
        }
    }

    /// The number is complete: the call rings somewhere or fails.
    fn send(&mut self, place: Place) {
        if self.is_entering_forward(place) {
            return self.forward_entered(place);
        }
        self.stop_timer(place);
        let Some(call) = self.calls.get_mut(&place.0) else { return };
        call.dialling = Dialling::Complete;
        call.called = call.digits.clone();
        call.reached = call.digits.clone();
        let digits = call.digits.clone();
        self.set_state(place, State::Connected);
        if let Some(station) = self.at(place).and_then(|own| own.station)
            && let Some(station) = self.stations.get_mut(station)
        {
            station.dialled = digits.clone();
        }
        self.tell(place, EventKind::Originated, EventCause::NewCall, None);
        self.reach(place, &digits);
    }

    /// The call fails at the caller.
    pub(super) fn fail_here(&mut self, place: Place, cause: EventCause) {
        self.set_state(place, State::Fail);
        self.tell(place, EventKind::Failed, cause.clone(), None);
        self.play_tone(place, cause);
    }

    /// The call fails at a device where it could not ring.
    pub(super) fn fail_there(&mut self, caller: Place, called: usize, cause: EventCause) {
        self.tell((caller.0, called), EventKind::Failed, cause.clone(), None);
        self.play_tone(caller, cause);
    }

    /// The call stops ringing: there it is cleared, and for the caller it failed.
    pub(super) fn fail_where_it_rings(&mut self, place: Place, cause: EventCause) {
        let Some(caller) = self.caller(place.0) else { return };
        self.tell(place, EventKind::Failed, cause.clone(), Some(place.1));
        self.leave(place, cause.clone(), Some(caller.1));
        self.play_tone(caller, cause);
    }

    fn play_tone(&mut self, caller: Place, cause: EventCause) {
        self.calls.get_mut(&caller.0).into_iter().for_each(|call| call.failed = Some(cause.clone()));
        self.start_timer(caller, self.limits.tone, Ends::Tone);
    }

    pub(super) fn caller(&self, call: u32) -> Option<Place> {
        let connection = self.calls.get(&call)?.connections.first()?;
        Some((call, connection.device))
    }

    fn set_state(&mut self, place: Place, state: State) {
        self.at_mut(place).into_iter().for_each(|connection| connection.state = state);
    }

    /// Answers at a phone, or at the first one of the device; what it is busy with is held.
    pub(super) fn answer(&mut self, place: Place, station: Option<usize>) -> Result<(), CstaError> {
        let own = self.at(place).ok_or(NO_SUCH_CONNECTION)?;
        let station = station.or(own.station).or_else(|| self.phone_of(place.1));
        let station = station.filter(|station| self.is_there(*station)).ok_or(NO_PHONE)?;
        if self.is_prompted(place) {
            self.go_off_hook_as_prompted(place, station);
            return Ok(());
        }
        if self.state(place) != State::Alerting {
            return Err(WRONG_STATE);
        }
        if !self.is_free_for(station, place) {
            return Err(NO_ROOM);
        }
        // A phone that calls itself on another line holds its own call when it answers.
        let calls_itself = self.active(station).filter(|active| active.0 == place.0);
        if calls_itself.is_none() {
            self.free(station);
        }
        self.stop_timer(place);
        self.set_state(place, State::Connected);
        self.at_mut(place).into_iter().for_each(|own| own.station = Some(station));
        self.tell(place, EventKind::Established, EventCause::NewCall, None);
        self.stop_ringing_unheard(place.1);
        calls_itself.into_iter().for_each(|own| {
            self.hold(own);
        });
        Ok(())
    }

    fn go_off_hook_as_prompted(&mut self, place: Place, station: usize) {
        self.stop_timer(place);
        self.free(station);
        self.at_mut(place).into_iter().for_each(|own| own.station = Some(station));
        let Some(call) = self.calls.get_mut(&place.0) else { return };
        if let Dialling::Prompted(number) = std::mem::replace(&mut call.dialling, Dialling::Open) {
            self.dial_number(place, &number);
        }
    }

    /// Puts an answered call aside.
    pub(super) fn hold(&mut self, place: Place) -> bool {
        let can = self.can_hold(place);
        if can {
            self.set_state(place, State::Hold);
            self.tell(place, EventKind::Held, EventCause::Normal, None);
        }
        can
    }

    /// Takes a held call back, at a phone or where it was held; what the phone is busy with is held.
    pub(super) fn retrieve(&mut self, place: Place, station: Option<usize>) -> Result<(), CstaError> {
        if self.state(place) != State::Hold {
            return Err(WRONG_STATE);
        }
        let station = station.or_else(|| self.at(place)?.station);
        let station = station.filter(|station| self.is_there(*station)).ok_or(NO_PHONE)?;
        if !self.is_free_for(station, place) {
            return Err(NO_ROOM);
        }
        self.free(station);
        self.set_state(place, State::Connected);
        self.at_mut(place).into_iter().for_each(|own| own.station = Some(station));
        self.tell(place, EventKind::Retrieved, EventCause::Normal, None);
        self.stop_ringing_unheard(place.1);
        Ok(())
    }

    /// Ends a connection as its user or an application does; what rings is rejected.
    pub(super) fn hang_up(&mut self, place: Place) {
        match self.state(place) {
            State::Alerting if self.divert_ringing(place, &[ForwardingType::Busy]) => {}
            State::Alerting => {
                let caller = self.caller(place.0);
                self.leave(place, EventCause::NormalClearing, None);
                caller.into_iter().for_each(|caller| self.play_tone(caller, EventCause::Busy));
            }
            _ if self.is_prompted(place) => self.clear(place, EventCause::CallCancelled),
            _ => self.clear(place, EventCause::NormalClearing),
        }
    }

    /// The user of a phone hangs up: what rings at other phones too is only silent here.
    pub(super) fn hang_up_at(&mut self, station: usize, place: Place) {
        let rings = self.state(place) == State::Alerting;
        if rings && self.rings_at_another(place, Some(station)) {
            self.at_mut(place).into_iter().for_each(|own| own.declined.push(station));
        } else {
            self.hang_up(place);
        }
    }

    /// A device leaves the call, and so does whoever is left alone.
    pub(super) fn clear(&mut self, place: Place, cause: EventCause) {
        self.leave(place, cause.clone(), None);
        let Some(call) = self.calls.get(&place.0) else { return };
        if let [last] = call.connections.as_slice() {
            self.leave((place.0, last.device), cause, None);
        }
    }

    /// One connection ends. Everybody in the call is told, except who was told in another way.
    fn leave(&mut self, place: Place, cause: EventCause, told: Option<usize>) {
        if self.at(place).is_none() {
            return;
        }
        self.set_state(place, State::Null);
        self.tell(place, EventKind::ConnectionCleared, cause, told);
        let Some(call) = self.calls.get_mut(&place.0) else { return };
        call.connections.retain(|connection| connection.device != place.1);
        if call.connections.is_empty() {
            self.calls.remove(&place.0);
        }
    }

    /// Time is up.
    pub(super) fn end_by_itself(&mut self, place: Place, ends: Ends) {
        self.stop_timer(place);
        match ends {
            Ends::Dialling if self.digits_mut(place).is_some_and(|digits| digits.is_empty()) => {
                self.fail_here(place, EventCause::ReorderTone);
            }
            Ends::Dialling => self.send(place),
            Ends::Forward => self.forward_unanswered(place),
            Ends::Ringing => self.fail_where_it_rings(place, EventCause::CallNotAnswered),
            Ends::Tone => self.clear(place, EventCause::NormalClearing),
            Ends::Prompt => self.clear(place, EventCause::CallCancelled),
        }
    }
}

/// The digits of a number that is given at once, and whether it is complete: not if it is empty or ends in `;`. A `#` at
/// its end says that it is.
fn dial_string(number: &str) -> (&str, bool) {
    match number.strip_suffix(';') {
        Some(beginning) => (beginning, false),
        None => (number.strip_suffix('#').unwrap_or(number), !number.is_empty()),
    }
}
