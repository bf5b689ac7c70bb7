//! Actions, drawn with an eye on what is possible: who rings is mostly answered, who talks mostly holds or hangs up.

use std::time::Duration;

use hookflash_wire::{csta::EventKind, sccp::SoftKey};

use super::{Random, office};
use crate::{
    application::{Session, Transport},
    phone::Phone,
    story::{Action, Count, EventName, EventNames, Key, Name, Number, Setting, Span, Stage},
};

/// Who can do something, and what with.
#[derive(Debug)]
pub(super) struct Draw {
    phones: Vec<Name>,
    applications: Vec<Name>,
    numbers: Vec<Number>,
    overlapping: bool,
}

impl Draw {
    pub(super) fn new(setting: &Setting, overlapping: bool) -> Draw {
        let (phones, applications, numbers) = office::cast(setting);
        Draw { phones, applications, numbers, overlapping }
    }

    /// The next action.
    pub(super) fn action(&self, stage: &Stage, random: &mut Random) -> Action {
        match random.below(100) {
            0..=57 => self.user(stage, random),
            58..=74 => self.application(stage, random),
            75..=92 => self.wait(stage, random),
            93..=98 => self.disturbance(stage, random),
            _ => self.rare(stage, random),
        }
        .unwrap_or(Action::Wait { span: Span(Duration::from_millis(7)) })
    }

    fn wait(&self, stage: &Stage, random: &mut Random) -> Option<Action> {
        let millis = match random.below(12) {
            _ if self.overlapping && !random.one_in(6) => random.below(4),
            _ if self.popular(stage).is_some() => random.below(300),
            0..=4 => 1 + random.below(300),
            5..=8 => 1 + random.below(6_000),
            9..=10 => 1 + random.below(25_000),
            _ => 1 + random.below(120_000),
        };
        Some(Action::Wait { span: Span(Duration::from_millis(u64::try_from(millis).unwrap_or(1))) })
    }

    /// For four seconds of every minute everybody wants the same number, and nobody waits long.
    fn popular(&self, stage: &Stage) -> Option<&Number> {
        let seconds = usize::try_from(stage.world().now().as_millis() / 1000).unwrap_or(0);
        let rush = seconds % 60 < 4;
        self.numbers.get((seconds / 60) % self.numbers.len().max(1)).filter(|_| rush)
    }

    fn number(&self, stage: &Stage, random: &mut Random) -> Option<Number> {
        if let Some(number) = self.popular(stage).filter(|_| !random.one_in(3)) {
            return Some(number.clone());
        }
        match random.below(16) {
            0 => Some(Number::from("777")),
            1 => Some(Number::from("20")),
            2 => Some(Number::from("2#")),
            _ => random.pick(&self.numbers).cloned(),
        }
    }

    fn user(&self, stage: &Stage, random: &mut Random) -> Option<Action> {
        let who = random.pick(&self.phones)?.clone();
        let phone = stage.find(&who).and_then(|id| stage.world().phone(id))?;
        if random.one_in(6) {
            return self.any_key(who, random);
        }
        let screen = phone.screen();
        let ringing = screen.ringing().is_some();
        match random.below(8) {
            0..=4 if ringing => Some(Action::Answer { who }),
            5 if ringing => Some(Action::Reject { who }),
            0..=2 if screen.connected().is_some() && screen.held().is_some() => {
                Some(self.join_calls(who, random))
            }
            0 if screen.active().is_some() && screen.held().is_some() => Some(self.join_calls(who, random)),
            0..=1 if screen.connected().is_some() => self.consult(stage, who, random),
            0..=2 if screen.held().is_some() => Some(Action::Resume { who }),
            0..=4 if screen.active().is_some() => self.in_a_call(stage, who, phone, random),
            6 if random.one_in(3) => Some(self.forward_all(stage, who, random)?),
            _ => Some(self.new_call(who, self.number(stage, random)?, random)),
        }
    }

    /// Puts the call aside, to consult somebody or for nothing.
    fn consult(&self, stage: &Stage, who: Name, random: &mut Random) -> Option<Action> {
        let number = self.number(stage, random)?;
        Some(match random.below(4) {
            0 => Action::TransferTo { who, number },
            1 => Action::ConferWith { who, number },
            _ => Action::Hold { who },
        })
    }

    fn join_calls(&self, who: Name, random: &mut Random) -> Action {
        match random.below(5) {
            0 => Action::HangUp { who },
            1..=2 => Action::CompleteTransfer { who },
            _ => Action::CompleteConference { who },
        }
    }

    fn forward_all(&self, stage: &Stage, who: Name, random: &mut Random) -> Option<Action> {
        Some(match random.below(3) {
            0 => Action::StopForwarding { who },
            _ => Action::ForwardAll { who, number: self.number(stage, random)? },
        })
    }

    /// What an application asks about forwarding.
    fn forwarding(&self, stage: &Stage, who: Name, number: Number, random: &mut Random) -> Option<Action> {
        let to = self.number(stage, random)?;
        let span = Span(Duration::from_secs(u64::try_from(2 + random.below(30)).unwrap_or(2)));
        Some(match random.below(9) {
            0 => Action::Forward { who, number, to },
            1 => Action::ForwardBusy { who, number, to },
            2..=3 => Action::ForwardNoAnswer { who, number, to, span },
            4..=5 => Action::CancelForward { who, number },
            6 => Action::CancelForwardBusy { who, number },
            7 => Action::CancelForwardNoAnswer { who, number },
            _ => Action::AskForwarding { who, number },
        })
    }

    fn in_a_call(&self, stage: &Stage, who: Name, phone: &Phone, random: &mut Random) -> Option<Action> {
        Some(match random.below(5) {
            0 if phone.is_handset_up() => Action::ReplaceHandset { who },
            0..=1 => Action::Type { who, digits: self.number(stage, random)? },
            2 => self.new_call(who, self.number(stage, random)?, random),
            _ => Action::HangUp { who },
        })
    }

    fn new_call(&self, who: Name, number: Number, random: &mut Random) -> Action {
        match random.below(7) {
            0 => Action::DialAtOnce { who, number },
            1 => Action::BeginCall { who },
            2 => Action::LiftHandset { who },
            3 => {
                Action::PressSpeedDial { who, button: Count(1 + u32::try_from(random.below(3)).unwrap_or(0)) }
            }
            _ => Action::Dial { who, number },
        }
    }

    fn any_key(&self, who: Name, random: &mut Random) -> Option<Action> {
        const KEYS: [SoftKey; 10] = [
            SoftKey::TRANSFER,
            SoftKey::CONFERENCE,
            SoftKey::HOLD,
            SoftKey::FORWARD_ALL,
            SoftKey::REDIAL,
            SoftKey::NEW_CALL,
            SoftKey::END_CALL,
            SoftKey::RESUME,
            SoftKey::BACKSPACE,
            SoftKey::DIAL,
        ];
        Some(match random.below(9) {
            0..=2 => Action::PressLine { who, line: Count(1 + u32::try_from(random.below(3)).unwrap_or(0)) },
            3..=4 => Action::PressKey { who, key: Key(*random.pick(&KEYS)?) },
            5 => Action::PressSpeaker { who },
            6 => Action::LiftHandset { who },
            7 => Action::ReplaceHandset { who },
            _ => Action::HangUp { who },
        })
    }

    fn application(&self, stage: &Stage, random: &mut Random) -> Option<Action> {
        let who = random.pick(&self.applications)?.clone();
        let application = stage.find(&who).and_then(|id| stage.world().application(id))?;
        if application.session() != Session::Open {
            return Some(Action::LogIn { who });
        }
        let number = self.number(stage, random)?;
        Some(match random.below(38) {
            0..=4 => Action::MakeCall { who, calling: number, called: self.number(stage, random)? },
            5..=6 => Action::PromptCall { who, calling: number, called: self.number(stage, random)? },
            7..=11 => Action::AnswerAt { who, number },
            12..=13 => Action::HoldAt { who, number },
            14..=15 => Action::RetrieveAt { who, number },
            16..=17 => Action::ClearAt { who, number },
            18 => Action::Snapshot { who, number },
            19 => Action::StopWatching { who, number },
            20 => Action::WatchWithout { who, number, events: some_events(random) },
            24 | 25 => Action::Snapshot { who, number },
            26 => Action::Filter { who, number, events: some_events(random) },
            27..=29 => self.forwarding(stage, who, number, random)?,
            30..=31 => Action::ConsultAt { who, to: self.number(stage, random)?, number },
            32..=33 => Action::TransferAt { who, number },
            34..=35 => Action::ConferAt { who, number },
            36..=37 => Action::DeflectAt { who, number, to: self.number(stage, random)? },
            _ if application.monitors().len() > 2 * self.numbers.len() => {
                Action::StopWatching { who, number }
            }
            _ => Action::Watch { who, number },
        })
    }

    fn disturbance(&self, stage: &Stage, random: &mut Random) -> Option<Action> {
        let everybody: Vec<&Name> = self.phones.iter().chain(&self.applications).collect();
        let who = (*random.pick(&everybody)?).clone();
        let id = stage.find(&who)?;
        let span = Span(Duration::from_millis(u64::try_from(random.below(20)).unwrap_or(0)));
        if let Some(phone) = stage.world().phone(id)
            && random.one_in(2)
        {
            return Some(match random.below(3) {
                _ if !phone.is_registered() => Action::PlugIn { who },
                0 => Action::Unplug { who },
                1 => Action::Restart { who },
                _ => Action::Reset { who },
            });
        }
        let application = stage.world().application(id);
        let over_tcp = application.is_some_and(|a| a.settings().transport == Transport::Tcp);
        let application = application.is_some();
        Some(match random.below(8) {
            _ if stage.world().has_stopped_reading(id) => Action::Read { who },
            0 => Action::SplitBytes { who },
            1 => Action::Split { who },
            2 => Action::Unsplit { who },
            3 => Action::Delay { who, span },
            4 if application => Action::Reset { who },
            // What a socket of datagrams cannot keep is lost, and events with it.
            5 if over_tcp => Action::StopReading { who },
            6 if application => Action::LogOut { who },
            7 if over_tcp || !application => Action::LoseNext { who },
            _ => Action::Delay { who, span: Span(Duration::ZERO) },
        })
    }

    fn rare(&self, stage: &Stage, random: &mut Random) -> Option<Action> {
        let span = Span(Duration::from_secs(3600));
        Some(match random.below(12) {
            0 => Action::RestartNode,
            1 => Action::ShutDownNode,
            2..=5 if stage.world().is_recorded() => disk(random),
            2..=4 => Action::StepClock { span },
            5 => Action::StepClockBack { span },
            _ => Action::Refresh { who: random.pick(&self.applications)?.clone() },
        })
    }
}

fn disk(random: &mut Random) -> Action {
    match random.below(4) {
        0 => Action::FillDisk,
        1 => Action::FillDiskSoon { count: Count(u32::try_from(random.below(2_000)).unwrap_or(0)) },
        _ => Action::EmptyDisk,
    }
}

fn some_events(random: &mut Random) -> EventNames {
    const KINDS: [EventKind; 14] = [
        EventKind::Transferred,
        EventKind::Conferenced,
        EventKind::Diverted,
        EventKind::Forwarding,
        EventKind::ServiceInitiated,
        EventKind::Originated,
        EventKind::Delivered,
        EventKind::Established,
        EventKind::Held,
        EventKind::Retrieved,
        EventKind::ConnectionCleared,
        EventKind::Failed,
        EventKind::BackInService,
        EventKind::OutOfService,
    ];
    let some: Vec<EventName> = KINDS.into_iter().filter(|_| random.one_in(2)).map(EventName).collect();
    EventNames(if some.is_empty() { vec![EventName(EventKind::Held)] } else { some })
}
