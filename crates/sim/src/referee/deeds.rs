//! From a deed to what it means: which key of the phone for which call, which service for which connection.
//!
//! A user looks at the display and presses what it offers; so does this, on the display of the virtual phone.

use hookflash_wire::{
    csta::{ConnectionId, EventKind, LocalConnectionState as State},
    sccp::{CallState, SoftKey},
};

use super::Referee;
use crate::{
    application::{Application, Session},
    model::{Press, Service},
    phone::{Call, Phone},
    story::{Deed, Key, Name, Number, Stage},
    world::PartyId,
};

/// What a deed means for the switch.
#[derive(Debug)]
pub(super) enum Meaning {
    /// Nothing.
    Nothing,
    /// Keys of a phone, and digits that follow as soon as there is a dial tone.
    Press { station: usize, id: PartyId, presses: Vec<Press>, then: String },
    /// A service for an application.
    Service { id: PartyId, service: Service },
}

/// The application that does it, if it is a request to which an answer comes.
pub(super) fn application(stage: &Stage, deed: &Deed) -> Option<PartyId> {
    let who = match deed {
        Deed::MakeCall { who, .. }
        | Deed::PromptCall { who, .. }
        | Deed::AnswerAt { who, .. }
        | Deed::HoldAt { who, .. }
        | Deed::RetrieveAt { who, .. }
        | Deed::ClearAt { who, .. }
        | Deed::Watch { who, .. }
        | Deed::WatchWithout { who, .. }
        | Deed::StopWatching { who, .. }
        | Deed::Filter { who, .. }
        | Deed::Snapshot { who, .. }
        | Deed::Features { who }
        | Deed::Refresh { who } => who,
        _ => return None,
    };
    stage.find(who).filter(|id| stage.world().application(*id).is_some())
}

/// The events that a monitor is asked to keep back.
pub(super) fn unwanted(deed: &Deed) -> Vec<EventKind> {
    match deed {
        Deed::WatchWithout { events, .. } | Deed::Filter { events, .. } => {
            events.0.iter().map(|event| event.0).collect()
        }
        _ => Vec::new(),
    }
}

impl Referee {
    /// What a deed means now.
    pub(super) fn meaning(&self, stage: &mut Stage, deed: &Deed) -> Meaning {
        let service = self.service(stage, deed);
        if let Some((id, service)) = service {
            return Meaning::Service { id, service };
        }
        self.presses(stage, deed).unwrap_or(Meaning::Nothing)
    }

    fn service(&self, stage: &mut Stage, deed: &Deed) -> Option<(PartyId, Service)> {
        let id = application(stage, deed).filter(|id| !self.forgotten.contains(id))?;
        let text = |number: &Number| number.0.to_string();
        let mut named = |who: &Name, number: &Number, state| {
            let connection: Option<ConnectionId> = stage.call(who, number, state).ok();
            let call = connection.and_then(|id| id.call_id).and_then(|call| call.parse::<u32>().ok());
            (call, text(number))
        };
        let make = |calling: &Number, called: &Number, prompt| Service::Make {
            calling: text(calling),
            called: text(called),
            prompt,
        };
        let service = match deed {
            Deed::MakeCall { calling, called, .. } => make(calling, called, false),
            Deed::PromptCall { calling, called, .. } => make(calling, called, true),
            Deed::AnswerAt { who, number } => {
                let (call, number) = named(who, number, State::Alerting);
                Service::Answer(call, number)
            }
            Deed::HoldAt { who, number } => {
                let (call, number) = named(who, number, State::Connected);
                Service::Hold(call, number)
            }
            Deed::RetrieveAt { who, number } => {
                let (call, number) = named(who, number, State::Hold);
                Service::Retrieve(call, number)
            }
            Deed::ClearAt { who, number } => {
                let (call, number) = named(who, number, State::Connected);
                Service::Clear(call, number)
            }
            Deed::Snapshot { number, .. } => Service::Snapshot(text(number)),
            Deed::Watch { number, .. } | Deed::WatchWithout { number, .. } => Service::Monitor(text(number)),
            Deed::StopWatching { .. } | Deed::Filter { .. } | Deed::Features { .. } => Service::Other,
            _ => return None,
        };
        Some((id, service))
    }

    fn presses(&self, stage: &Stage, deed: &Deed) -> Option<Meaning> {
        let id = stage.find(deed.user()?)?;
        let station = self.phones.iter().position(|phone| *phone == Some(id))?;
        let phone = stage.world().phone(id).filter(|phone| phone.is_registered())?;
        let mut then = String::new();
        let presses = match deed {
            Deed::Dial { number, .. } if is_dialling(phone) => digits(&number.0),
            Deed::Dial { number, .. } => {
                then = number.0.to_string();
                vec![begin_call(phone)]
            }
            Deed::Type { digits: typed, .. } => digits(&typed.0),
            Deed::DialAtOnce { number, .. } => vec![Press::Number { line: 0, number: number.0.to_string() }],
            deed => vec![press(phone, deed)?],
        };
        Some(Meaning::Press { station, id, presses, then })
    }
}

fn press(phone: &Phone, deed: &Deed) -> Option<Press> {
    let screen = phone.screen();
    Some(match deed {
        Deed::BeginCall { .. } => begin_call(phone),
        Deed::Answer { .. } => {
            let ringing = screen.ringing()?;
            key_or(phone, SoftKey::ANSWER, ringing, off_hook(phone))
        }
        Deed::HangUp { .. } if phone.is_handset_up() => on_hook(phone),
        Deed::HangUp { .. } => {
            let call = screen.active().or(screen.ringing()).or(screen.held())?;
            key_or(phone, SoftKey::END_CALL, call, on_hook(phone))
        }
        Deed::Reject { .. } => soft_key(SoftKey::END_CALL, screen.ringing())?,
        Deed::Hold { .. } => key_or(phone, SoftKey::HOLD, screen.connected()?, Press::HoldButton),
        Deed::Resume { .. } => key_or(phone, SoftKey::RESUME, screen.held()?, Press::HoldButton),
        Deed::LiftHandset { .. } => off_hook(phone),
        Deed::ReplaceHandset { .. } => on_hook(phone),
        Deed::PressSpeaker { .. } if screen.speaker => on_hook(phone),
        Deed::PressSpeaker { .. } => off_hook(phone),
        Deed::PressLine { line, .. } => Press::Line { line: line.0 },
        Deed::PressSpeedDial { button, .. } => Press::SpeedDial { button: button.0 },
        Deed::PressKey { key: Key(key), .. } => {
            soft_key(*key, screen.active().or(screen.ringing()).or(screen.held()))?
        }
        _ => return None,
    })
}

fn begin_call(phone: &Phone) -> Press {
    if !has_soft_keys(phone) {
        return off_hook(phone);
    }
    let screen = phone.screen();
    Press::NewCall { line: screen.held().or(screen.active()).map_or(0, |call| call.line) }
}

fn digits(text: &str) -> Vec<Press> {
    text.chars().map(Press::Digit).collect()
}

fn is_dialling(phone: &Phone) -> bool {
    phone.screen().active().is_some_and(|call| call.state == CallState::OFF_HOOK)
}

fn has_soft_keys(phone: &Phone) -> bool {
    phone.settings().model.model().is_some_and(|model| model.soft_keys)
}

fn off_hook(phone: &Phone) -> Press {
    let (line, call) = hook_names(phone, phone.screen().ringing());
    Press::OffHook { line, call }
}

fn on_hook(phone: &Phone) -> Press {
    let (line, call) = hook_names(phone, phone.screen().active());
    Press::OnHook { line, call }
}

/// Older phones do not say which call they mean.
fn hook_names(phone: &Phone, call: Option<&Call>) -> (u32, u32) {
    let names = phone.encoding().version.stop_tone_names_tone();
    call.filter(|_| names).map_or((0, 0), |call| (call.line, call.reference))
}

fn key_or(phone: &Phone, key: SoftKey, call: &Call, other: Press) -> Press {
    let key = soft_key(key, Some(call)).filter(|_| has_soft_keys(phone));
    key.unwrap_or(other)
}

fn soft_key(key: SoftKey, call: Option<&Call>) -> Option<Press> {
    let (line, call) = call.map_or((0, 0), |call| (call.line, call.reference));
    Some(match key {
        SoftKey::ANSWER => Press::Answer { line, call },
        SoftKey::END_CALL => Press::EndCall { line, call },
        SoftKey::HOLD => Press::Hold { call },
        SoftKey::RESUME => Press::Resume { line, call },
        SoftKey::NEW_CALL => Press::NewCall { line },
        SoftKey::REDIAL => Press::Redial { line },
        SoftKey::BACKSPACE => Press::Backspace,
        SoftKey::DIAL => Press::Dial,
        _ => return None,
    })
}

/// Whether it is a request of an application that has no session, or is stuck because it does not read.
pub(super) fn cannot_ask(stage: &Stage, deed: &Deed) -> bool {
    if let Deed::LogIn { who } | Deed::LogOut { who } = deed {
        return stage.find(who).is_some_and(|id| stage.world().has_stopped_reading(id));
    }
    let Some(id) = application(stage, deed) else { return false };
    let session = stage.world().application(id).map(Application::session);
    session != Some(Session::Open) || stage.world().has_stopped_reading(id)
}
