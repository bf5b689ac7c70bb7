//! The switch itself: its state, how inputs reach the verbs, and how events reach the monitors.

use std::collections::{BTreeMap, VecDeque};

use smol_str::{SmolStr, format_smolstr};

use crate::{
    Admission, Call, CallEvent, CallEventKind, CallId, Connection, ConnectionId, ConnectionState, DeviceId,
    DialPlan, Event, EventCause, EventKind, EventRedirection, ForwardingEvent, ForwardingType, Input,
    Instant, InvalidSettings, Line, Output, Party, Refusal, Settings, Station, StationId, Timer, Transition,
    cti::Cti, event::Notification, timer::Timers,
};

/// A telephone switch; see the [crate page](crate).
#[derive(Debug)]
pub struct Switch {
    pub(crate) now: Instant,
    pub(crate) settings: Settings,
    pub(crate) lines: Vec<Line>,
    pub(crate) stations: Vec<Station>,
    pub(crate) station_names: BTreeMap<SmolStr, StationId>,
    pub(crate) dial_plan: DialPlan,
    pub(crate) calls: BTreeMap<CallId, Call>,
    pub(crate) timers: Timers<Timer>,
    pub(crate) cti: Cti,
    pub(crate) admission: Admission,
    pub(crate) last_call: u32,
    pub(crate) last_reference: u32,
    outputs: VecDeque<Output>,
}

impl Switch {
    /// A switch with these settings, no phone registered and no call.
    ///
    /// # Errors
    /// Settings that contradict themselves.
    pub fn new(mut settings: Settings) -> Result<Switch, InvalidSettings> {
        settings.validate()?;
        let mut lines: Vec<Line> = std::mem::take(&mut settings.lines).into_iter().map(Line::new).collect();
        let stations: Vec<Station> =
            std::mem::take(&mut settings.stations).into_iter().map(Station::new).collect();
        let mut station_names = BTreeMap::new();
        for (id, station) in (0..).map(StationId).zip(&stations) {
            station_names.insert(station.settings.name.clone(), id);
            for button in &station.settings.buttons {
                let shown_at = &mut lines[button.line].stations;
                if !shown_at.contains(&id) {
                    shown_at.push(id);
                }
            }
        }
        let before_first = settings.first_identifier.saturating_sub(1);
        let dial_plan = DialPlan::new((0..).map(DeviceId).zip(&lines));
        Ok(Switch {
            now: Instant::ZERO,
            settings,
            lines,
            stations,
            station_names,
            dial_plan,
            calls: BTreeMap::new(),
            timers: Timers::default(),
            cti: Cti { last_monitor: before_first, ..Cti::default() },
            admission: Admission::default(),
            last_call: before_first,
            last_reference: before_first,
            outputs: VecDeque::new(),
        })
    }

    /// Takes one input at `now`. Timers that ended before are not run; call [`Switch::handle_timeout`] first.
    pub fn handle(&mut self, now: Instant, input: Input) {
        self.now = now;
        match input {
            Input::Station(station, input) => self.handle_station(station, input),
            Input::Request(session, request_id, request) => {
                let place = self.outputs.len();
                let result = self.request(session, request);
                self.outputs.insert(place, Output::Response(session, request_id, result));
            }
            Input::CallRate(rate) => self.admission.set_rate(now, rate),
        }
    }

    /// Runs every timer that ends at or before `now`, each at the instant at which it ends.
    pub fn handle_timeout(&mut self, now: Instant) {
        while let Some(due) = self.timers.next().filter(|due| *due <= now) {
            self.now = due;
            let Some(timer) = self.timers.pop_due(due) else { break };
            self.handle_timer(timer);
        }
        self.now = now;
    }

    /// The next thing that follows from the inputs so far.
    pub fn poll_output(&mut self) -> Option<Output> {
        let output = self.outputs.pop_front()?;
        if let Output::StationChanged(station) = output {
            self.stations[station.index()].changed = false;
        }
        Some(output)
    }

    /// When [`Switch::handle_timeout`] has something to do next.
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.timers.next()
    }

    /// How many new calls are taken, and how many were.
    pub fn admission(&self) -> &Admission {
        &self.admission
    }

    /// The settings, without the lines and stations that were moved out of them.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// A line.
    pub fn line(&self, device: DeviceId) -> Option<&Line> {
        self.lines.get(device.index())
    }

    /// The lines in the order of the settings.
    pub fn lines(&self) -> impl Iterator<Item = (DeviceId, &Line)> {
        (0..).map(DeviceId).zip(&self.lines)
    }

    /// The preferred device that an application means by a number, in which a leading `+` may be missing.
    pub fn device_named(&self, number: &str) -> Option<DeviceId> {
        let international = || self.device_by_number(&format_smolstr!("+{number}"));
        self.device_by_number(number).or_else(international)
    }

    /// The device of this number that takes part in a call: several lines may have the number.
    pub fn device_in_call(&self, number: &str, call: &Call) -> Option<DeviceId> {
        let number = self.dial_plan.as_configured(number.into());
        self.dial_plan.devices(&number).find(|device| call.connection(*device).is_some())
    }

    /// The preferred device that a number reaches.
    pub fn device_by_number(&self, number: &str) -> Option<DeviceId> {
        self.dial_plan.devices(number).next()
    }

    /// A station.
    pub fn station(&self, station: StationId) -> Option<&Station> {
        self.stations.get(station.index())
    }

    /// The stations in the order of the settings.
    pub fn stations(&self) -> impl Iterator<Item = (StationId, &Station)> {
        (0..).map(StationId).zip(&self.stations)
    }

    /// The station that registers with this name.
    pub fn station_by_name(&self, name: &str) -> Option<StationId> {
        self.station_names.get(name).copied()
    }

    /// A call.
    pub fn call(&self, id: CallId) -> Option<&Call> {
        self.calls.get(&id)
    }

    /// The calls, oldest first.
    pub fn calls(&self) -> impl Iterator<Item = &Call> {
        self.calls.values()
    }

    /// The call that began last, which may be over.
    pub fn last_call(&self) -> Option<CallId> {
        (self.last_call != 0).then_some(CallId(self.last_call))
    }

    /// A connection.
    pub fn connection(&self, id: ConnectionId) -> Option<&Connection> {
        self.calls.get(&id.call)?.connection(id.device)
    }

    /// Whether a phone of the line is there, or the line counts as up without one.
    pub fn is_in_service(&self, device: DeviceId) -> bool {
        self.line(device).is_some_and(|line| line.settings.cti_notify || self.has_phone(line))
    }

    /// Whether a phone of the line is there.
    pub(crate) fn has_phone(&self, line: &Line) -> bool {
        line.stations.iter().any(|station| self.stations[station.index()].is_registered())
    }

    /// How many timers run: for tests that nothing is left behind.
    pub fn timer_count(&self) -> usize {
        self.timers.len()
    }

    /// The party that stands for a line.
    pub(crate) fn party(&self, device: DeviceId) -> Party {
        let settings = &self.lines[device.index()].settings;
        Party { device: Some(device), number: settings.number.clone(), name: settings.name.clone() }
    }

    /// Moves a connection on; the only place where a state is written.
    pub(crate) fn advance(
        &mut self,
        id: ConnectionId,
        transition: Transition,
    ) -> Result<ConnectionState, Refusal> {
        let connection = self
            .calls
            .get_mut(&id.call)
            .and_then(|call| call.connection_mut(id.device))
            .ok_or(Refusal::InvalidConnection)?;
        connection.state = connection.state.after(transition)?;
        Ok(connection.state)
    }

    /// Notes that every station which shows a line of the call has a new picture.
    pub(crate) fn call_changed(&mut self, id: CallId) {
        let Some(call) = self.calls.get(&id) else { return };
        for connection in &call.connections {
            for station in &self.lines[connection.device.index()].stations {
                mark_changed(&mut self.stations, &mut self.outputs, *station);
            }
        }
    }

    /// Notes that the station has a new picture.
    pub(crate) fn station_changed(&mut self, station: StationId) {
        mark_changed(&mut self.stations, &mut self.outputs, station);
    }

    /// Notes something for the log.
    pub(crate) fn note(&mut self, output: Output) {
        self.outputs.push_back(output);
    }

    /// Tells the monitors of every device in the call what happened to `connection`.
    pub(crate) fn report(&mut self, connection: ConnectionId, kind: CallEventKind, cause: EventCause) {
        let subject = self.party(connection.device);
        self.report_except(None, connection, &subject, kind, cause);
    }

    /// [`Switch::report`], but not to the monitors of one device, and with a subject that may be no device of ours.
    pub(crate) fn report_except(
        &mut self,
        except: Option<DeviceId>,
        connection: ConnectionId,
        subject: &Party,
        kind: CallEventKind,
        cause: EventCause,
    ) {
        let Some(call) = self.calls.get(&connection.call) else { return };
        for local in call.connections.iter().filter(|local| Some(local.device) != except) {
            let event = || Event::Call(call_event(call, connection, subject, kind, cause));
            let line = &self.lines[local.device.index()];
            tell(line, &self.cti, &mut self.outputs, (local.device, local.state), kind.into(), event);
        }
    }

    /// Tells the monitors of a device that is not in the call any more what happened to `connection`.
    pub(crate) fn report_to_former(
        &mut self,
        device: DeviceId,
        connection: ConnectionId,
        subject: &Party,
        kind: CallEventKind,
        cause: EventCause,
    ) {
        let Some(call) = self.calls.get(&connection.call) else { return };
        let event = || Event::Call(call_event(call, connection, subject, kind, cause));
        let local = (device, ConnectionState::Null);
        tell(&self.lines[device.index()], &self.cti, &mut self.outputs, local, kind.into(), event);
    }

    /// Tells the monitors of a device that it came into or went out of service.
    pub(crate) fn report_service(&mut self, device: DeviceId, in_service: bool) {
        self.report_device(
            device,
            if in_service { Event::BackInService(device) } else { Event::OutOfService(device) },
        );
    }

    /// Tells the monitors of a device how it forwards calls of this type now.
    pub(crate) fn report_forwarding(&mut self, device: DeviceId, kind: ForwardingType) {
        let forwarding = &self.lines[device.index()].forwarding;
        let number = forwarding.get(kind).map(|forward| forward.number.clone());
        let waits = kind == ForwardingType::NoAnswer && number.is_some();
        let no_answer_timeout = waits.then_some(forwarding.no_answer_timeout);
        self.report_device(
            device,
            Event::Forwarding(ForwardingEvent { device, kind, number, no_answer_timeout }),
        );
    }

    fn report_device(&mut self, device: DeviceId, event: Event) {
        let local = (device, ConnectionState::Null);
        let line = &self.lines[device.index()];
        tell(line, &self.cti, &mut self.outputs, local, event.kind(), || event.clone());
    }

    fn handle_timer(&mut self, timer: Timer) {
        match timer {
            Timer::InterDigit(call) => self.interdigit_timeout(call),
            Timer::Ringing(connection) => self.ringing_timeout(connection),
            Timer::ForwardNoAnswer(connection) => self.forward_no_answer_timeout(connection),
            Timer::ToneEnds(connection) => self.clear_connection(connection, EventCause::NormalClearing),
            Timer::MakeCallPrompt(call) => self.make_call_prompt_timeout(call),
            Timer::StationLost(station) => self.station_gone(station),
        }
    }
}

/// Tells the monitors of a line, whose connection is in this state, what happened.
fn tell(
    line: &Line,
    cti: &Cti,
    outputs: &mut VecDeque<Output>,
    (device, local_state): (DeviceId, ConnectionState),
    kind: EventKind,
    event: impl Fn() -> Event,
) {
    for id in &line.monitors {
        let Some(monitor) = cti.monitors.get(id) else { continue };
        if !monitor.filter.suppresses(kind) {
            let notification = Notification { device, local_state, event: event() };
            outputs.push_back(Output::Event(monitor.session, *id, notification));
        }
    }
}

fn call_event(
    call: &Call,
    connection: ConnectionId,
    subject: &Party,
    kind: CallEventKind,
    cause: EventCause,
) -> CallEvent {
    let diverted = kind == CallEventKind::Diverted;
    let redirection = call.redirection.as_deref().map(|way| {
        let last = if diverted { way.last_but_one() } else { Some(way.last()) };
        Box::new(EventRedirection {
            last: last.map(|diversion| diversion.by.clone()),
            new_destination: diverted.then(|| way.destination.clone()),
        })
    });
    CallEvent {
        kind,
        connection,
        subject: subject.clone(),
        calling: call.calling.clone(),
        called: call.called.clone(),
        redirection,
        cause,
        global_id: call.global_id,
    }
}

fn mark_changed(stations: &mut [Station], outputs: &mut VecDeque<Output>, id: StationId) {
    let station = &mut stations[id.index()];
    if station.is_registered() && !station.changed {
        station.changed = true;
        outputs.push_back(Output::StationChanged(id));
    }
}
