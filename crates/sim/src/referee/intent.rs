//! From an action of a story to what it means for calls.
//!
//! A user looks at the display and presses what it offers; so the display of the virtual phone says which call he
//! means. Where it does not say that for certain, the intent is [`Intent::Other`].

use hookflash_core::{ConnectionState, DeviceId, ForwardingType, StationId, Switch};
use hookflash_wire::{
    csta::EventKind,
    sccp::{CallState, SoftKey},
};
use smol_str::SmolStr;

use super::{Referee, monitors::csta_state};
use crate::{
    application::{Application, Session},
    model::{Actor, Intent, State},
    phone::{Call, Phone},
    story::{Action, Key, Name, Number, Stage},
    world::PartyId,
};

/// The application that does it, if it is a request to which an answer comes.
pub(super) fn application(stage: &Stage, action: &Action) -> Option<PartyId> {
    stage.find(action.requester()?).filter(|id| stage.world().application(*id).is_some())
}

/// The events that a monitor is asked to keep back.
pub(super) fn unwanted(action: &Action) -> Vec<EventKind> {
    match action {
        Action::WatchWithout { events, .. } | Action::Filter { events, .. } => {
            events.0.iter().map(|event| event.0).collect()
        }
        _ => Vec::new(),
    }
}

/// Whether it is a request of an application that has no session, or is stuck because it does not read.
pub(super) fn cannot_ask(stage: &Stage, action: &Action) -> bool {
    if let Action::LogIn { who } | Action::LogOut { who } = action {
        return stage.find(who).is_some_and(|id| stage.world().has_stopped_reading(id));
    }
    let Some(id) = application(stage, action) else { return false };
    let session = stage.world().application(id).map(Application::session);
    session != Some(Session::Open) || stage.world().has_stopped_reading(id)
}

impl Referee {
    /// Who acts, and what for; `None` if it is no action of a user or application.
    pub(super) fn intent(
        &self,
        stage: &mut Stage,
        action: &Action,
        state: &State,
    ) -> Option<(Actor, Intent)> {
        if application(stage, action).is_some() {
            let mut request = Request { stage, state };
            return request.intent(action);
        }
        let id = stage.find(action.user()?)?;
        let place = self.phones.iter().position(|phone| *phone == Some(id))?;
        let switch = stage.world().node().switch();
        let (station, _) = switch.stations().iter().nth(place)?;
        let phone = stage.world().phone(id).filter(|phone| phone.is_registered())?;
        let user = User { phone, station, state, switch };
        Some((Actor::User(station), user.intent(action).unwrap_or(Intent::Other)))
    }
}

/// An application that asks for a service.
struct Request<'a> {
    stage: &'a mut Stage,
    state: &'a State,
}

impl Request<'_> {
    fn intent(&mut self, action: &Action) -> Option<(Actor, Intent)> {
        let (who, number) = (action.requester()?, action.number()?);
        let device = self.device(number)?;
        use ConnectionState::{Connected, Hold};
        let intent = match action {
            // Two devices act, or all that are in the call.
            Action::JoinAt { .. } | Action::ClearCallAt { .. } => return None,
            // Who has dialled nothing yet goes on with that call.
            Action::MakeCall { .. } if self.dials(device) => None,
            Action::MakeCall { called, .. } => Some(Intent::Call(device, called.0.clone())),
            Action::AnswerAt { .. } => self.ringing(who, number, device).map(Intent::Answer),
            Action::HoldAt { .. } => self.connection(who, number, device, Connected).map(Intent::Hold),
            Action::RetrieveAt { .. } => self.connection(who, number, device, Hold).map(Intent::Retrieve),
            Action::ClearAt { .. } => self.only(who, number, device, Connected, ANY).map(Intent::Clear),
            Action::ConsultAt { .. } => self.connection(who, number, device, Connected).map(Intent::Consult),
            Action::ParkAt { .. } => self.connection(who, number, device, Connected).map(Intent::Park),
            Action::DeflectAt { to, .. } => {
                let ringing = self.ringing(who, number, device);
                ringing.map(|ringing| Intent::Deflect(ringing, to.0.clone()))
            }
            Action::TransferAt { .. } => {
                self.both(who, number, device).map(|(held, active)| Intent::Transfer { held, active })
            }
            Action::ConferAt { .. } => {
                self.both(who, number, device).map(|(held, active)| Intent::Confer { held, active })
            }
            Action::Forward { to, .. } => Some(forward(device, ForwardingType::Immediate, Some(to))),
            Action::ForwardBusy { to, .. } => Some(forward(device, ForwardingType::Busy, Some(to))),
            Action::ForwardNoAnswer { to, .. } => Some(forward(device, ForwardingType::NoAnswer, Some(to))),
            Action::CancelForward { .. } => Some(forward(device, ForwardingType::Immediate, None)),
            Action::CancelForwardBusy { .. } => Some(forward(device, ForwardingType::Busy, None)),
            Action::CancelForwardNoAnswer { .. } => Some(forward(device, ForwardingType::NoAnswer, None)),
            Action::Snapshot { .. } | Action::AskForwarding { .. } | Action::Watch { .. } => {
                Some(Intent::Ask)
            }
            _ => None,
        };
        Some((Actor::Application(device), intent.unwrap_or(Intent::Other)))
    }

    fn dials(&self, device: DeviceId) -> bool {
        self.state.at_device(device, &[ConnectionState::Initiated]).next().is_some()
    }

    fn device(&self, number: &Number) -> Option<DeviceId> {
        self.stage.world().node().switch().lines().device_named(&number.0)
    }

    fn both(&mut self, who: &Name, number: &Number, device: DeviceId) -> Option<(u32, u32)> {
        let held = self.connection(who, number, device, ConnectionState::Hold)?;
        Some((held, self.connection(who, number, device, ConnectionState::Connected)?))
    }

    fn ringing(&mut self, who: &Name, number: &Number, device: DeviceId) -> Option<u32> {
        let own = self.connection(who, number, device, ConnectionState::Alerting)?;
        let (_, found) = self.state.find(own)?;
        (found.state == ConnectionState::Alerting).then_some(own)
    }

    /// The connection that the request names; if it names none but the device, the only one that fits.
    fn connection(
        &mut self,
        who: &Name,
        number: &Number,
        device: DeviceId,
        wanted: ConnectionState,
    ) -> Option<u32> {
        self.only(who, number, device, wanted, &[wanted])
    }

    /// [`Request::connection`] where without a name all connections in these states fit.
    fn only(
        &mut self,
        who: &Name,
        number: &Number,
        device: DeviceId,
        wanted: ConnectionState,
        fitting: &[ConnectionState],
    ) -> Option<u32> {
        let named = self.stage.call(who, number, csta_state(wanted)).ok()?;
        let call: Option<u32> = named.call_id.as_ref().and_then(|call| call.parse().ok());
        let states = if call.is_some() { ANY } else { fitting };
        let mut own =
            self.state.at_device(device, states).filter(|(of, _)| call.is_none_or(|call| call == of.id));
        let only = own.next().map(|(_, own)| own.reference);
        only.filter(|_| own.next().is_none())
    }
}

/// Every state of a connection that is there.
const ANY: &[ConnectionState] = &[
    ConnectionState::Initiated,
    ConnectionState::Alerting,
    ConnectionState::Connected,
    ConnectionState::Hold,
    ConnectionState::Fail,
];

fn forward(device: DeviceId, kind: ForwardingType, to: Option<&Number>) -> Intent {
    Intent::Forward(device, kind, to.map(|to| to.0.clone()))
}

/// The user of a phone.
struct User<'a> {
    phone: &'a Phone,
    station: StationId,
    state: &'a State,
    switch: &'a Switch,
}

impl User<'_> {
    fn intent(&self, action: &Action) -> Option<Intent> {
        let screen = self.phone.screen();
        let soft = self.has_soft_keys();
        match action {
            Action::Dial { number, .. } if soft && !self.is_dialling() && screen.ringing().is_none() => {
                self.call(&number.0)
            }
            Action::Dial { number, .. } if !self.is_dialling() && screen.calls.is_empty() => {
                self.call(&number.0)
            }
            Action::DialAtOnce { number, .. } if !self.is_dialling() => self.call(&number.0),
            Action::Answer { .. } if soft => self.alerting().map(Intent::Answer),
            Action::Reject { .. } => self.alerting().map(Intent::Clear),
            Action::HangUp { .. } if soft || screen.active().is_some() => {
                let others = || screen.ringing().or(screen.held()).filter(|_| !self.phone.is_handset_up());
                let call = screen.active().or_else(others)?;
                self.hang_up(self.known(call)?)
            }
            Action::Hold { .. } => self.conversation().map(Intent::Hold),
            Action::Resume { .. } if soft => self.known(screen.held()?).map(Intent::Retrieve),
            Action::Park { .. } => self.conversation().map(Intent::Park),
            Action::TransferTo { .. } | Action::ConferWith { .. } => self.consult(),
            Action::CompleteTransfer { .. } => {
                let (held, active) = self.both()?;
                Some(Intent::Transfer { held, active })
            }
            Action::CompleteConference { .. } => {
                let (held, active) = self.both()?;
                Some(Intent::Confer { held, active })
            }
            Action::PressKey { key: Key(SoftKey::HOLD), .. } => self.conversation().map(Intent::Hold),
            _ => None,
        }
    }

    /// Hanging up ends the call, unless it completes a transfer; a controller ends his conference.
    fn hang_up(&self, own: u32) -> Option<Intent> {
        let (call, connection) = self.state.find(own)?;
        let consults = connection.purpose.is_some() && self.phone.is_handset_up();
        let enters_forward = connection.state == ConnectionState::Initiated && !connection.dialled.is_empty();
        let is_simple = !consults && !enters_forward && call.connections.len() <= 3;
        is_simple.then_some(Intent::Clear(own))
    }

    /// The call that rings longest, rather than asks the user to go off-hook.
    fn alerting(&self) -> Option<u32> {
        let own = self.known(self.phone.screen().ringing()?)?;
        let is_alerting =
            |own: &u32| self.state.find(*own).is_some_and(|(_, own)| own.state == ConnectionState::Alerting);
        Some(own).filter(is_alerting)
    }

    /// The connected call, unless it is parked.
    fn conversation(&self) -> Option<u32> {
        let own = self.known(self.phone.screen().connected()?)?;
        self.state.find(own).filter(|(call, own)| call.is_conversation(own)).map(|_| own)
    }

    fn call(&self, number: &SmolStr) -> Option<Intent> {
        let station = self.switch.stations().get(self.station)?;
        // Which line is taken is not predicted where there are several.
        let mut lines = station.lines();
        let line = lines.next().filter(|_| lines.next().is_none())?;
        Some(Intent::Call(self.switch.lines().get(line)?.device(), number.clone()))
    }

    fn consult(&self) -> Option<Intent> {
        let active = self.known(self.phone.screen().connected()?)?;
        let (call, own) = self.state.find(active)?;
        let fresh = own.purpose.is_none() && call.is_conversation(own) && call.connections.len() == 2;
        fresh.then_some(Intent::Consult(active))
    }

    /// The held call about which the user consults, and the active one, in which somebody rings or talks.
    fn both(&self) -> Option<(u32, u32)> {
        let active = self.known(self.phone.screen().active()?)?;
        let (call, own) = self.state.find(active)?;
        own.about.filter(|_| call.connections.len() == 2 && own.is_answered())?;
        let (first, held) = self.state.find(own.about?)?;
        let is_simple = held.state == ConnectionState::Hold && first.connections.len() == 2;
        is_simple.then_some((held.reference, active))
    }

    /// The connection of a call on the display, if it is one of this phone or rings here.
    fn known(&self, call: &Call) -> Option<u32> {
        let (_, own) = self.state.find(call.reference)?;
        own.station
            .is_none_or(|station| station == self.station || own.state == ConnectionState::Hold)
            .then_some(own.reference)
    }

    fn is_dialling(&self) -> bool {
        self.phone.screen().active().is_some_and(|call| call.state == CallState::OFF_HOOK)
    }

    fn has_soft_keys(&self) -> bool {
        self.phone.settings().model.model().is_some_and(|model| model.soft_keys)
    }
}
