//! Stations: phones, and what their keys mean.
//!
//! A key is a wish, not a verb: lifting the handset answers when something rings and goes off-hook when nothing
//! does. The translation from keys to verbs is here and nowhere else, so that every phone protocol gets the
//! same behaviour.

use smol_str::SmolStr;

use crate::{
    CodecSet, ConnectionId, ConnectionState, DeviceId, EventCause, Key, MediaAddress, Refusal, StationInput,
    StationSettings, Switch, Timer, call::Dialling, timer::Deadline,
};

/// Names a station: its place in the order of the settings.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord, Hash)]
pub struct StationId(pub(crate) u32);

impl StationId {
    /// Position of the station in the order of the settings, from 0.
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// A phone.
#[derive(Clone, Debug)]
pub struct Station {
    pub(crate) settings: StationSettings,
    pub(crate) presence: Presence,
    pub(crate) codecs: CodecSet,
    pub(crate) last_dialled: SmolStr,
    pub(crate) changed: bool,
    pub(crate) refused: Option<Refusal>,
}

/// Whether a phone is there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Presence {
    Unregistered,
    Registered,
    /// Its connection broke; its calls wait for it.
    Lost(Deadline),
}

impl Station {
    pub(crate) fn new(settings: StationSettings) -> Station {
        Station {
            settings,
            presence: Presence::Unregistered,
            codecs: CodecSet::EMPTY,
            last_dialled: SmolStr::default(),
            changed: false,
            refused: None,
        }
    }

    /// What was configured.
    pub fn settings(&self) -> &StationSettings {
        &self.settings
    }

    /// Whether the phone is there.
    pub fn is_registered(&self) -> bool {
        self.presence == Presence::Registered
    }

    /// The codecs it told.
    pub fn codecs(&self) -> CodecSet {
        self.codecs
    }

    /// The number dialled last; empty if none.
    pub fn last_dialled(&self) -> &SmolStr {
        &self.last_dialled
    }

    /// The lines on its buttons, in order of the line instances.
    pub fn lines(&self) -> impl Iterator<Item = DeviceId> + '_ {
        self.settings.buttons.iter().map(|button| device(button.line))
    }

    /// The line of a line instance, from 1.
    pub fn line(&self, instance: u32) -> Option<DeviceId> {
        let index = usize::try_from(instance.checked_sub(1)?).ok()?;
        self.settings.buttons.get(index).map(|button| device(button.line))
    }
}

fn device(line: usize) -> DeviceId {
    DeviceId(u32::try_from(line).unwrap_or(u32::MAX))
}

impl Switch {
    pub(crate) fn handle_station(&mut self, station: StationId, input: StationInput) {
        if self.stations.get(station.index()).is_none() {
            return;
        }
        match input {
            StationInput::Register(codecs) => self.station_registered(station, codecs),
            StationInput::Capabilities(codecs) => self.set_codecs(station, codecs),
            StationInput::Unregister => self.station_gone(station),
            StationInput::Lost => self.station_lost(station),
            StationInput::Key(key) => self.key(station, key),
            StationInput::Receiving(reference, address) => self.receiving(station, reference, address),
            StationInput::CannotReceive(reference) => self.cannot_receive(station, reference),
        }
    }

    fn station_registered(&mut self, id: StationId, codecs: CodecSet) {
        let down: Vec<DeviceId> = self.lines_without_phone(id);
        let station = &mut self.stations[id.index()];
        if let Presence::Lost(deadline) = std::mem::replace(&mut station.presence, Presence::Registered) {
            self.timers.stop(Some(deadline));
        }
        let station = &mut self.stations[id.index()];
        station.changed = false;
        station.refused = None;
        if codecs != CodecSet::EMPTY {
            self.set_codecs(id, codecs);
        }
        // Whatever it received on before, it opens its receivers anew.
        for connection in self.connections_at(id).collect::<Vec<_>>() {
            self.set_receiving(connection, None);
        }
        for device in down {
            self.report_service(device, true);
        }
        self.station_changed(id);
    }

    /// The codec of a conversation depends on what both phones can do, so both ends may have to change it.
    fn set_codecs(&mut self, id: StationId, codecs: CodecSet) {
        if std::mem::replace(&mut self.stations[id.index()].codecs, codecs) == codecs {
            return;
        }
        for connection in self.connections_at(id).collect::<Vec<_>>() {
            self.call_changed(connection.call);
        }
    }

    /// The lines of a station whose phones are all gone, and that do not count as up without one. A phone that
    /// is merely lost may come back, and its lines are not yet reported as out of service.
    fn lines_without_phone(&self, id: StationId) -> Vec<DeviceId> {
        let gone = |device: &DeviceId| {
            let line = &self.lines[device.index()];
            let present = |id: &StationId| self.stations[id.index()].presence != Presence::Unregistered;
            !line.settings.cti_notify && !line.stations.iter().any(present)
        };
        let mut lines: Vec<DeviceId> = self.stations[id.index()].lines().filter(gone).collect();
        lines.sort();
        lines.dedup();
        lines
    }

    fn station_lost(&mut self, id: StationId) {
        if !self.stations[id.index()].is_registered() {
            return;
        }
        if self.connections_at(id).next().is_none() {
            return self.station_gone(id);
        }
        let deadline =
            self.timers.start(self.now + self.settings.timeouts.station_lost, Timer::StationLost(id));
        self.stations[id.index()].presence = Presence::Lost(deadline);
        for connection in self.connections_at(id).collect::<Vec<_>>() {
            self.set_receiving(connection, None);
        }
        self.stop_ringing_nowhere(id);
    }

    /// The phone is gone: its calls end, and its lines go out of service.
    pub(crate) fn station_gone(&mut self, id: StationId) {
        let station = &mut self.stations[id.index()];
        if let Presence::Lost(deadline) = station.presence {
            self.timers.stop(Some(deadline));
        } else if station.presence == Presence::Unregistered {
            return;
        }
        self.stations[id.index()].presence = Presence::Unregistered;
        for connection in self.connections_at(id).collect::<Vec<_>>() {
            self.clear_connection(connection, EventCause::DestOutOfOrder);
        }
        self.stop_ringing_nowhere(id);
        for device in self.lines_without_phone(id) {
            self.report_service(device, false);
        }
    }

    /// Calls that rang at the station end when no other phone rings for them.
    fn stop_ringing_nowhere(&mut self, id: StationId) {
        let alerting = |connection: &ConnectionId| {
            self.connection(*connection).is_some_and(|c| c.state == ConnectionState::Alerting)
        };
        for connection in self.connections_shown_at(id).filter(alerting).collect::<Vec<_>>() {
            self.stop_unless_it_rings(connection);
        }
    }

    fn key(&mut self, station: StationId, key: Key) {
        if !self.stations[station.index()].is_registered() {
            return;
        }
        if self.stations[station.index()].refused.take().is_some() {
            self.station_changed(station);
        }
        let result = match key {
            Key::OffHook { line, reference } => self.off_hook(station, line, reference),
            Key::OnHook { line, reference } => self.on_hook(station, line, reference),
            Key::Line { line } => self.line_key(station, line),
            Key::NewCall { line } => self.new_call(station, line),
            Key::Answer { line, reference } => self.answer_key(station, line, reference),
            Key::EndCall { line, reference } => self.end_call(station, line, reference),
            Key::Hold { line, reference } => self.hold_key(station, line, reference),
            Key::Resume { line, reference } => self.resume_key(station, line, reference),
            Key::HoldOrResume => self.hold_or_resume(station),
            Key::HookFlash => self.hook_flash(station),
            Key::Digit(digit) => self.digit_key(station, digit),
            Key::Backspace => self.with_active(station, Switch::undial_digit),
            Key::Dial => self.with_active(station, Switch::dial_complete),
            Key::Enbloc { line, number } => self.enbloc(station, line, &number),
            Key::Redial { line } => {
                let number = self.stations[station.index()].last_dialled.clone();
                self.dial_stored(station, line, &number)
            }
            Key::ForwardAll { line } => self.forward_all_key(station, line),
            Key::SpeedDial { instance } => self.speed_dial(station, instance),
        };
        if let Err(refusal) = result {
            self.stations[station.index()].refused = Some(refusal);
            self.station_changed(station);
        }
    }

    fn off_hook(&mut self, station: StationId, line: u32, reference: u32) -> Result<(), Refusal> {
        if let Some(named) = self.by_reference(station, reference) {
            return self.take_up(station, named);
        }
        // Phones send OffHook also after a line key, and when a handset is lifted during a loudspeaker call.
        if self.active_connection(station).is_some() {
            return Ok(());
        }
        let device = self.stations[station.index()].line(line);
        match self.ringing(station, device).or_else(|| self.ringing(station, None)) {
            Some(ringing) => self.answer_call(ringing, Some(station)),
            None => self.go_off_hook(station, line).map(|_| ()),
        }
    }

    /// Answers, retrieves or leaves alone, as the connection's state suggests.
    fn take_up(&mut self, station: StationId, id: ConnectionId) -> Result<(), Refusal> {
        let Some(call) = self.calls.get(&id.call) else { return Ok(()) };
        match call.state_of(id.device) {
            ConnectionState::Alerting => self.answer_call(id, Some(station)),
            ConnectionState::Initiated if call.is_prompting() => self.answer_call(id, Some(station)),
            ConnectionState::Hold => self.retrieve_call(id, Some(station)),
            _ => Ok(()),
        }
    }

    fn on_hook(&mut self, station: StationId, line: u32, reference: u32) -> Result<(), Refusal> {
        let named = self
            .by_reference(station, reference)
            .filter(|id| self.connection(*id).is_some_and(|c| c.is_active() && c.station == Some(station)));
        let target = match (reference, named) {
            (_, Some(named)) => Some(named),
            (0, None) => self.active_connection(station).filter(|active| {
                line == 0 || self.stations[station.index()].line(line).is_none_or(|d| d == active.device)
            }),
            // A call that has ended meanwhile: the handset goes back for it, not for another one.
            _ => None,
        };
        match target.filter(|id| self.calls.get(&id.call).is_some_and(|call| !call.is_prompting())) {
            Some(active) => self.end(station, active),
            None => Ok(()),
        }
    }

    /// A number to forward to is complete when its user ends the call; any other call ends.
    fn end(&mut self, station: StationId, id: ConnectionId) -> Result<(), Refusal> {
        self.end_entering_forward(id).unwrap_or_else(|| self.clear_at(station, id))
    }

    fn line_key(&mut self, station: StationId, line: u32) -> Result<(), Refusal> {
        if line == 0 {
            return self.off_hook(station, 0, 0);
        }
        let Some(device) = self.stations[station.index()].line(line) else { return Ok(()) };
        if let Some(ringing) = self.ringing(station, Some(device)) {
            return self.answer_call(ringing, Some(station));
        }
        if self.active_connection(station).is_some_and(|active| active.device == device) {
            return Ok(());
        }
        match self.held(station, Some(device)) {
            Some(held) => self.retrieve_call(held, Some(station)),
            None => self.go_off_hook(station, line).map(|_| ()),
        }
    }

    fn new_call(&mut self, station: StationId, line: u32) -> Result<(), Refusal> {
        let dialling = self.active_connection(station).is_some_and(|active| {
            self.connection(active).is_some_and(|c| c.state == ConnectionState::Initiated)
        });
        // An idle phone that names the line which rings means to answer it.
        let device = self.stations[station.index()].line(line);
        let idle = self.active_connection(station).is_none();
        match device.filter(|_| idle).and_then(|device| self.ringing(station, Some(device))) {
            Some(ringing) => self.answer_call(ringing, Some(station)),
            None if dialling => Ok(()),
            None => self.go_off_hook(station, line).map(|_| ()),
        }
    }

    fn answer_key(&mut self, station: StationId, line: u32, reference: u32) -> Result<(), Refusal> {
        let device = self.stations[station.index()].line(line);
        let target = match reference {
            0 => self.ringing(station, device).or_else(|| self.ringing(station, None)),
            _ => self.by_reference(station, reference),
        };
        match target {
            Some(ringing) => self.take_up(station, ringing),
            None => Ok(()),
        }
    }

    fn end_call(&mut self, station: StationId, line: u32, reference: u32) -> Result<(), Refusal> {
        let target = match reference {
            0 => self.call_to_end(station, line),
            _ => self.by_reference(station, reference).filter(|id| self.may_end(station, *id)),
        };
        match target {
            Some(id) => self.end(station, id),
            None => Ok(()),
        }
    }

    /// The active call, unless the key names another line and that rings; else what rings, else the only call.
    fn call_to_end(&self, station: StationId, line: u32) -> Option<ConnectionId> {
        let active = self.active_connection(station);
        let other = self.stations[station.index()]
            .line(line)
            .filter(|device| active.is_none_or(|active| active.device != *device))
            .and_then(|device| self.ringing(station, Some(device)));
        other.or(active).or_else(|| self.ringing(station, None)).or_else(|| self.only_connection(station))
    }

    fn only_connection(&self, station: StationId) -> Option<ConnectionId> {
        let mut connections = self.connections_at(station);
        let first = connections.next()?;
        connections.all(|other| other == first).then_some(first)
    }

    /// A station may end what it holds and what rings at it, not what another station of the line talks on.
    fn may_end(&self, station: StationId, id: ConnectionId) -> bool {
        self.connection(id).is_some_and(|c| c.station.is_none_or(|holder| holder == station))
    }

    fn hold_key(&mut self, station: StationId, _line: u32, reference: u32) -> Result<(), Refusal> {
        let target = match reference {
            0 => self.active_connection(station),
            _ => self.by_reference(station, reference),
        };
        match target.filter(|id| self.will_hold(*id) && self.may_end(station, *id)) {
            Some(id) => self.hold_call(id),
            None => Ok(()),
        }
    }

    fn resume_key(&mut self, station: StationId, line: u32, reference: u32) -> Result<(), Refusal> {
        let device = self.stations[station.index()].line(line);
        let target = match reference {
            0 => self.held(station, device).or_else(|| self.held(station, None)),
            _ => self.by_reference(station, reference),
        };
        let held = |id: &ConnectionId| self.connection(*id).is_some_and(|c| c.state == ConnectionState::Hold);
        match target.filter(held) {
            Some(id) => self.retrieve_call(id, Some(station)),
            None => Ok(()),
        }
    }

    /// Holds a conversation; else goes back to the held call, giving up an attempt at another one.
    fn hold_or_resume(&mut self, station: StationId) -> Result<(), Refusal> {
        let active = self.active_connection(station);
        match active.filter(|active| self.will_hold(*active)) {
            Some(talking) => self.hold_call(talking),
            None => {
                match self.held(station, None).filter(|held| active.is_none() || self.is_at(station, *held)) {
                    Some(held) => self.retrieve_call(held, Some(station)),
                    None => Ok(()),
                }
            }
        }
    }

    /// The one key of an analogue telephone: it answers the call that waits, holds a conversation to begin another
    /// call or to go back to the held one, and else does what the hold button does.
    fn hook_flash(&mut self, station: StationId) -> Result<(), Refusal> {
        if let Some(ringing) = self.ringing(station, None) {
            return self.answer_call(ringing, Some(station));
        }
        let talking = self.active_connection(station).filter(|active| self.will_hold(*active));
        let Some(talking) = talking else { return self.hold_or_resume(station) };
        if let Some(held) = self.held(station, None).filter(|held| self.is_at(station, *held)) {
            return self.retrieve_call(held, Some(station));
        }
        if self.lines[talking.device.index()].has_free_channel() {
            return self
                .initiate(station, talking.device, EventCause::Normal, Dialling::Collecting)
                .map(|_| ());
        }
        self.hold_call(talking)
    }

    /// Whether the station itself holds the connection, not another station of the line.
    fn is_at(&self, station: StationId, id: ConnectionId) -> bool {
        self.connection(id).is_some_and(|connection| connection.station == Some(station))
    }

    fn digit_key(&mut self, station: StationId, digit: char) -> Result<(), Refusal> {
        self.with_active(station, |switch, active| switch.dial_digit(active, digit))
    }

    fn with_active(
        &mut self,
        station: StationId,
        act: impl FnOnce(&mut Switch, ConnectionId),
    ) -> Result<(), Refusal> {
        if let Some(active) = self.active_connection(station) {
            act(self, active);
        }
        Ok(())
    }

    fn enbloc(&mut self, station: StationId, line: u32, number: &str) -> Result<(), Refusal> {
        let dialling = self
            .active_connection(station)
            .filter(|active| self.connection(*active).is_some_and(|c| c.state == ConnectionState::Initiated));
        let id = match dialling {
            Some(id) => id,
            None => self.go_off_hook(station, line)?,
        };
        self.dial_number(id, number);
        Ok(())
    }

    fn speed_dial(&mut self, station: StationId, instance: u32) -> Result<(), Refusal> {
        let index = (instance as usize).wrapping_sub(1);
        let speed_dial = self.stations[station.index()].settings.speed_dials.get(index);
        let number = speed_dial.map(|(number, _)| number.clone()).unwrap_or_default();
        self.dial_stored(station, 0, &number)
    }

    /// Dials a number that the switch keeps for the station, if there is one.
    fn dial_stored(&mut self, station: StationId, line: u32, number: &str) -> Result<(), Refusal> {
        if number.is_empty() { Err(Refusal::InvalidCalledDevice) } else { self.enbloc(station, line, number) }
    }

    /// Goes off-hook on a line instance, or with 0 on the first line that has a free channel.
    fn go_off_hook(&mut self, station: StationId, line: u32) -> Result<ConnectionId, Refusal> {
        let here = &self.stations[station.index()];
        let device = here
            .line(line)
            .or_else(|| here.lines().find(|device| self.has_channel_for(station, *device)))
            .or_else(|| here.line(1))
            .ok_or(Refusal::InvalidDevice)?;
        self.initiate(station, device, EventCause::Normal, Dialling::Collecting)
    }

    fn has_channel_for(&self, station: StationId, device: DeviceId) -> bool {
        self.lines[device.index()].has_free_channel() && self.may_use(station, device, None)
    }

    /// The oldest call that rings at the station, or prompts its user.
    fn ringing(&self, station: StationId, device: Option<DeviceId>) -> Option<ConnectionId> {
        self.connections_shown_at(station)
            .filter(|id| device.is_none_or(|device| device == id.device))
            .filter(|id| {
                let Some(call) = self.calls.get(&id.call) else { return false };
                let prompts = call.is_prompting() && call.held_by(station);
                self.rings_at(station, *id)
                    || prompts && call.state_of(id.device) == ConnectionState::Initiated
            })
            .min_by_key(|id| id.call)
    }

    /// The call that was held first of those that the station may take back.
    fn held(&self, station: StationId, device: Option<DeviceId>) -> Option<ConnectionId> {
        self.connections_shown_at(station)
            .filter(|id| device.is_none_or(|device| device == id.device))
            .filter(|id| self.connection(*id).is_some_and(|c| c.state == ConnectionState::Hold))
            .filter(|id| self.may_use(station, id.device, Some(id.call)))
            .min_by_key(|id| (self.connection(*id).and_then(|c| c.station) != Some(station), id.call))
    }

    /// The connection that the phone names; `None` for 0 and for connections that have ended.
    fn by_reference(&self, station: StationId, reference: u32) -> Option<ConnectionId> {
        if reference == 0 {
            return None;
        }
        self.connections_shown_at(station)
            .find(|id| self.connection(*id).is_some_and(|connection| connection.reference == reference))
    }

    fn receiving(&mut self, station: StationId, reference: u32, address: MediaAddress) {
        let Some(id) = self.by_reference(station, reference) else { return };
        let usable = address.port != 0 && !address.ip.is_unspecified();
        if usable && self.talks_at(station, id) {
            self.set_receiving(id, Some(address));
        }
    }

    fn talks_at(&self, station: StationId, id: ConnectionId) -> bool {
        self.stations[station.index()].is_registered()
            && self.connection(id).is_some_and(|c| c.station == Some(station))
            && self.calls.get(&id.call).is_some_and(|call| call.is_talking(id.device))
    }

    fn cannot_receive(&mut self, station: StationId, reference: u32) {
        // A refusal that comes after the call was put aside does not end it.
        if let Some(id) = self.by_reference(station, reference).filter(|id| self.talks_at(station, *id)) {
            self.clear_without_media(id);
        }
    }

    fn set_receiving(&mut self, id: ConnectionId, address: Option<MediaAddress>) {
        let Some(connection) = self.calls.get_mut(&id.call).and_then(|call| call.connection_mut(id.device))
        else {
            return;
        };
        if connection.receiving_at != address {
            connection.receiving_at = address;
            self.call_changed(id.call);
        }
    }
}
