//! The interface of the switch: inputs, outputs, time, and read access to its parts.

use std::{
    collections::{BTreeMap, VecDeque},
    time::Duration,
};

use crate::{
    Admission, AudioOwners, CallBack, CallId, Calls, CodecSet, ConnectionId, ConnectionKey, DeviceId,
    HuntRecord, Input, Instant, InvalidSettings, LegId, LineId, Lines, MediaPlan, Opening, Output, Record,
    Refusal, RegistrationId, Settings, StationId, Stations, Timer, autonomous, configure, control,
    cti::{
        Cti, EventFilter, MonitorId, Presence, Principal, SessionId, Snapshot, permission, report, snapshot,
        telephone,
    },
    cti_device::{self, CtiDevices},
    identifier::Identifiers,
    keys, registration,
    state::State,
    timer::Timers,
    view::{self, StationView},
    voice,
};

/// A telephone switch; see the [crate page](crate).
#[derive(Debug)]
pub struct Switch {
    state: State,
}

impl Switch {
    /// A switch with these settings, no phone registered and no call.
    ///
    /// # Errors
    /// Settings that contradict themselves.
    pub fn new(mut settings: Settings) -> Result<Switch, InvalidSettings> {
        settings.validate()?;
        let (node, first) = (settings.node, settings.first_identifier);
        let lines = std::mem::take(&mut settings.lines);
        let stations = std::mem::take(&mut settings.stations);
        let mut state = State {
            now: Instant::ZERO,
            calls: Calls::new(node, first, settings.seed),
            cti: Cti::new(node, first),
            settings,
            lines: Lines::default(),
            stations: Stations::default(),
            timers: Timers::default(),
            hours: crate::Hours::default(),
            night_switched: false,
            callbacks: Vec::new(),
            opening: None,
            left_devices: Vec::new(),
            hunts: std::collections::BTreeMap::new(),
            cti_devices: CtiDevices::new(node, first),
            voice: voice::Voice::new(node),
            admission: Admission::default(),
            outputs: VecDeque::new(),
            left_lines: Vec::new(),
            left_stations: Vec::new(),
            changed_devices: Vec::new(),
            attached: None,
            unsettled: Vec::new(),
            pending: Vec::new(),
            acts: None,
            leg_ids: Identifiers::starting_at(node, 1),
            legs: BTreeMap::new(),
        };
        for line in lines {
            state.lines.configure(line);
        }
        for station in stations {
            let id = state.stations.configure(station);
            configure::place_buttons(&mut state, id);
        }
        Ok(Switch { state })
    }

    /// Takes one input at `now`. Timers that ended before are not run; call [`Switch::handle_timeout`] first.
    pub fn handle(&mut self, now: Instant, input: Input) {
        let state = &mut self.state;
        debug_assert!(state.outputs.is_empty(), "poll every output before the next input");
        state.now = now;
        match input {
            Input::Station(station, input) => keys::handle(state, station, input),
            Input::Request(session, request_id, request)
                if autonomous::ask(state, session, request_id, &request)
                    || voice::ask(state, session, request_id, &request) => {}
            Input::Request(session, request_id, request) => {
                let result = permission::request(state, session, request);
                let stores = state.outputs.iter().take_while(|output| matches!(output, Output::Store(_)));
                let place = stores.count();
                state.outputs.insert(place, Output::Response(session, request_id, result));
            }
            Input::Configure(change) => configure::apply(state, change),
            Input::Restore(record) => restore(state, record),
            Input::LegOpened(leg, address) => control::media::leg_opened(state, leg, address),
            Input::LegDigit(leg, digit) => control::media::leg_digit(state, leg, digit),
            Input::LegSilent(leg, silent) => control::media_inactivity::leg_silent(state, leg, silent),
            Input::Sound(id, report) => voice::reported(state, id, report),
            Input::AudioDigit(key, digit) => cti_device::audio_socket::send(state, key, digit),
            Input::MessageWaiting(number, on) => {
                if let Some(device) = state.lines.device_with_number(&number) {
                    control::message_waiting::set(state, device, on);
                }
            }
            Input::CallRate(rate) => state.admission.set_rate(now, rate),
        }
        state.settle_all_media();
        configure::settle(state);
        autonomous::settle(state);
        telephone::settle(state);
    }

    /// Runs every timer that ends at or before `now`, each at the instant at which it ends.
    pub fn handle_timeout(&mut self, now: Instant) {
        let state = &mut self.state;
        while let Some(due) = state.timers.next().filter(|due| *due <= now) {
            state.now = due;
            let Some(timer) = state.timers.pop_due(due) else { break };
            handle_timer(state, timer);
            state.settle_all_media();
            configure::settle(state);
            autonomous::settle(state);
        }
        telephone::settle(state);
        state.now = now;
    }

    /// Says what time it is, for what is done otherwise than by [`Switch::handle`].
    pub fn advance(&mut self, now: Instant) {
        self.state.now = self.state.now.max(now);
    }

    /// The next thing that follows from the inputs so far.
    pub fn poll_output(&mut self) -> Option<Output> {
        let output = self.state.outputs.pop_front()?;
        if let Output::StationChanged(station) = output {
            self.state.stations[station].changed = false;
        }
        Some(output)
    }

    /// When [`Switch::handle_timeout`] has something to do next.
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.state.timers.next()
    }

    /// Begins a session of this principal.
    ///
    /// # Errors
    /// [`Refusal::CtiShutDown`] and [`Refusal::SessionLimitExceeded`].
    pub fn open_session(&mut self, principal: Principal) -> Result<SessionId, Refusal> {
        self.state.cti.open(principal, &self.state.settings.cti)
    }

    /// A session of an earlier server goes on, without a connection to its application. False if that is not possible.
    pub fn restore_session(&mut self, id: SessionId, principal: Principal) -> bool {
        self.state.cti.restore(id, principal, &self.state.settings.cti)
    }

    /// A monitor of such a session goes on. False if its principal may not use the device any more.
    pub fn restore_monitor(
        &mut self,
        session: SessionId,
        monitor: MonitorId,
        (device, also): (DeviceId, &[DeviceId]),
        filter: EventFilter,
    ) -> bool {
        let state = &mut self.state;
        permission::may_session_use(state, session, device).is_ok()
            && state.cti.restore_monitor((session, monitor), (device, also), filter, &mut state.lines)
    }

    /// All of a monitor that goes on was restored: if its device is out of service now, it is told.
    pub fn monitor_restored(&mut self, monitor: MonitorId) {
        report::tell_out_of_service(&mut self.state, monitor);
    }

    /// The connection to the application of a session was lost, and it may come back: its monitors stay. What it has opened
    /// with media or for routeing is kept for as long as `keeps`; then calls that wait there are forwarded
    /// (`call-forward failure`).
    pub fn session_lost(&mut self, id: SessionId, keeps: Duration) {
        let state = &mut self.state;
        state.cti.set_presence(id, Presence::Lost { keeps });
        cti_device::session_lost(state, id, keeps);
        state.settle_all_media();
        configure::settle(state);
    }

    /// The application of a session is back. It is asked again where calls go about which it has not answered.
    pub fn session_resumed(&mut self, id: SessionId) {
        self.state.cti.set_presence(id, Presence::Present);
        cti_device::session_resumed(&mut self.state, id);
    }

    /// What a device is doing now.
    pub fn snapshot(&self, device: DeviceId) -> Snapshot {
        snapshot::snapshot_device(&self.state, device)
    }

    /// Ends a session and its monitors. Calls it made go on; the CTI ports and route points that it has opened close, and
    /// calls that wait there are forwarded.
    pub fn close_session(&mut self, id: SessionId) {
        let state = &mut self.state;
        autonomous::session_closed(state, id);
        voice::session_closed(state, id);
        cti_device::session_closed(state, id);
        state.cti.close(id, &mut state.lines);
        state.settle_all_media();
        configure::settle(state);
    }

    /// How a CTI port or route point is open, oldest first.
    pub fn openings(&self, station: StationId) -> &[Opening] {
        self.state.cti_devices.openings(station)
    }

    /// The audio of a connection that an application may have over a socket, and the sessions that may; `None` if there is
    /// none.
    pub fn audio_of(&self, connection: ConnectionId) -> Option<AudioOwners> {
        cti_device::audio_socket::owners(&self.state, connection)
    }

    /// Who has registered for the route of calls to a device.
    pub fn route_registrations(&self) -> impl Iterator<Item = (RegistrationId, SessionId, Option<DeviceId>)> {
        self.state.cti_devices.registrations()
    }

    /// The calls and connections.
    pub fn calls(&self) -> &Calls {
        &self.state.calls
    }

    /// The lines, devices and the dial plan.
    pub fn lines(&self) -> &Lines {
        &self.state.lines
    }

    /// The phones.
    pub fn stations(&self) -> &Stations {
        &self.state.stations
    }

    /// The sessions and monitors of applications.
    pub fn cti(&self) -> &Cti {
        &self.state.cti
    }

    /// Who waits to be called back when another one is free.
    pub fn call_backs(&self) -> &[CallBack] {
        &self.state.callbacks
    }

    /// What the hunt group with this pilot has counted; `None` if no call came.
    pub fn hunt_record(&self, pilot: LineId) -> Option<&HuntRecord> {
        self.state.hunts.get(&pilot)
    }

    /// Whether the principal of a session may monitor and control a device.
    ///
    /// # Errors
    /// Why not: the refusal of a service that names the device.
    pub fn may_use(&self, session: SessionId, device: DeviceId) -> Result<(), Refusal> {
        permission::may_session_use(&self.state, session, device)
    }

    /// Whether the principal of a session may control a connection: as the device, or as one at a line that was removed during
    /// its call.
    ///
    /// # Errors
    /// As [`Switch::may_use`].
    pub fn may_use_connection(&self, session: SessionId, id: ConnectionId) -> Result<(), Refusal> {
        match permission::is_at_removed_line(&self.state, id) {
            true => Ok(()),
            false => permission::may_session_use(&self.state, session, id.device),
        }
    }

    /// Whether a principal that opens a session may monitor and control a device.
    ///
    /// # Errors
    /// As [`Switch::may_use`].
    pub fn may_principal_use(&self, principal: &Principal, device: DeviceId) -> Result<(), Refusal> {
        permission::may_use(&self.state, principal, device)
    }

    /// Whether a user may monitor and control a device.
    pub fn may_user_use(&self, user: &str, device: DeviceId) -> bool {
        self.state.settings.users.get(user).is_some_and(|user| user.may_use(&self.state, device))
    }

    /// Whether somebody may monitor and control a device: everybody (`cti watch`), or a user by his groups or his list.
    pub fn may_anybody_use(&self, device: DeviceId) -> bool {
        let users = || self.state.settings.users.values();
        self.state.lines.is_watchable(device) || users().any(|user| user.may_use(&self.state, device))
    }

    /// Whether a number is called in an emergency, so that calls to it are never refused.
    pub fn is_emergency(&self, number: &str) -> bool {
        crate::control::dialling::is_emergency(&self.state, number)
    }

    /// How many new calls are taken, and how many were.
    pub fn admission(&self) -> &Admission {
        &self.state.admission
    }

    /// The settings that hold now, without the lines and stations.
    pub fn settings(&self) -> &Settings {
        &self.state.settings
    }

    /// Who hears whom in a call, and whether by the media engine.
    pub fn media_plan(&self, call: CallId) -> MediaPlan {
        control::media::plan(&self.state, call)
    }

    /// Whether the call with this reference at an autonomous phone can go on if the phone has only these codecs.
    pub fn could_talk(&self, station: StationId, reference: u32, codecs: CodecSet) -> bool {
        autonomous::could_talk(&self.state, station, reference, codecs)
    }

    /// What the station should show now.
    pub fn station_view(&self, id: StationId) -> StationView {
        view::of(&self.state, id)
    }

    /// Whether one of the lines of the device can take calls: a phone is registered, or it counts as up without one.
    pub fn is_in_service(&self, device: DeviceId) -> bool {
        self.state.is_in_service(device)
    }

    /// Whether applications may not follow the device although it is open to them, because of how its lines are
    /// configured: overlay lines, and shared lines in the basic mode.
    pub fn is_closed_by_kind(&self, device: DeviceId) -> bool {
        self.state.is_closed_by_kind(device)
    }

    /// The legs of the media engine that are open, and the connections they are for.
    pub fn legs(&self) -> impl Iterator<Item = (LegId, ConnectionKey)> {
        self.state.legs.iter().map(|(leg, key)| (*leg, *key))
    }

    /// How many messages and tones are heard, recorded or looked for.
    pub fn sound_count(&self) -> usize {
        self.state.voice.len()
    }

    /// How many timers run: for tests that nothing is left behind.
    pub fn timer_count(&self) -> usize {
        self.state.timers.len()
    }
}

fn handle_timer(st: &mut State, timer: Timer) {
    match timer {
        Timer::InterDigit(key) => control::dialling::interdigit_timeout(st, key),
        Timer::Ringing(key) => control::failure::ringing_timeout(st, key),
        Timer::ForwardNoAnswer(key) => control::divert::forward_no_answer_timeout(st, key),
        Timer::HuntNext(key) => control::hunt_group::timeout(st, key),
        Timer::TransferRecall(key) => control::failure::recall_timeout(st, key),
        Timer::ParkReminder(key) => control::park_call::reminder_timeout(st, key),
        Timer::RingBack(key) => control::hold_call::ring_back_timeout(st, key),
        Timer::ToneEnds(key) => {
            control::clear_connection::clear(st, key, crate::EventCause::NormalClearing);
        }
        Timer::MakeCallPrompt(key) => control::make_call::prompt_timeout(st, key),
        Timer::AutoAnswer(key) => control::auto_answer::timeout(st, key),
        Timer::Abandon(station) => cti_device::abandon_more(st, station),
        Timer::ApplicationLost(session) => cti_device::session_closed(st, session),
        Timer::Sound(id) => voice::timeout(st, id),
        Timer::Accept(key) => cti_device::offered::timeout(st, key),
        Timer::MediaInactive(key) => control::media_inactivity::timeout(st, key),
        Timer::MediaExchange(key) => cti_device::media::timeout(st, key),
        Timer::Asked(key) => autonomous::patience_ended(st, key),
        Timer::Reach(key) => control::single_number_reach::delay_ended(st, key),
        Timer::ReachEnds(key) => control::single_number_reach::timeout(st, key),
        Timer::Digits(key) => control::generate_digits::step(st, key),
        Timer::StationLost(station) => registration::unregistered(st, station),
    }
}

fn restore(st: &mut State, record: Record) {
    let with_lines = |number: &str| {
        let device = st.lines.device_with_number(number);
        device.filter(|device| st.lines.of_device(*device).next().is_some())
    };
    let known = match &record {
        Record::Forwarding { number, kind, forward, no_answer_timeout } => with_lines(number).map(|device| {
            st.lines.set_forwarding(device, *kind, forward.as_ref(), Some(*no_answer_timeout));
        }),
        Record::MessageWaiting { number, on } => {
            with_lines(number).map(|device| control::message_waiting::restore(st, device, *on))
        }
        Record::DoNotDisturb { station, on } => {
            st.stations.by_name(station).map(|id| st.stations[id].do_not_disturb = *on)
        }
        Record::HuntGroupLogout { station } => {
            st.stations.by_name(station).map(|id| st.stations[id].hunt_logged_out = true)
        }
        Record::NumberHuntGroupLogout { number } => {
            control::hunt_group::restore_logout(st, number).then_some(())
        }
        Record::HuntGroupMember { pilot, place, number } => {
            control::hunt_group::restore_member(st, pilot, *place, number).then_some(())
        }
    };
    if known.is_none() {
        st.note(Output::Forget(record.key()));
    }
}
