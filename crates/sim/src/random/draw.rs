//! Actions, drawn with an eye on what is possible: who rings is mostly answered, who talks mostly holds or hangs up.

use std::time::Duration;

use hookflash_core::ConnectionState;
use hookflash_wire::{csta::EventKind, sccp::SoftKey};
use smol_str::SmolStr;

use super::{Random, office};
use crate::{
    application::{Session, Transport},
    phone::Phone,
    story::{Action, Count, EventName, EventNames, Key, Name, Number, OnOff, Setting, Span, Stage, Switched},
};

/// Who can do something, and what with.
#[derive(Debug)]
pub(super) struct Draw {
    phones: Vec<Name>,
    applications: Vec<Name>,
    numbers: Vec<Number>,
    overlapping: bool,
    /// Whether users pick up calls of others, and want no calls now and then.
    picks_up: bool,
}

impl Draw {
    pub(super) fn new(setting: &Setting, overlapping: bool, picks_up: bool) -> Draw {
        let (phones, applications, numbers) = office::cast(setting);
        Draw { phones, applications, numbers, overlapping, picks_up }
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
            // What has begun is mostly gone on with.
            _ if !self.waited_for(stage).is_empty() && !random.one_in(4) => random.below(1_000),
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
        let who = self.somebody(stage, random)?;
        let phone = stage.find(&who).and_then(|id| stage.world().phone(id))?;
        if random.one_in(6) {
            return self.any_key(who, random);
        }
        let screen = phone.screen();
        let ringing = screen.ringing().is_some();
        match random.below(8) {
            0..=3 if consults(phone) => Some(self.join_calls(who, random)),
            0..=4 if ringing => Some(Action::Answer { who }),
            5..=6 if ringing => Some(Action::Reject { who }),
            0..=3 if screen.connected().is_some() => self.put_aside(stage, who, random),
            0..=2 if screen.held().is_some() => Some(Action::Resume { who }),
            0..=4 if screen.active().is_some() => self.in_a_call(stage, who, phone, random),
            6 if random.one_in(3) => Some(self.forward_all(stage, who, random)?),
            7 if self.picks_up && screen.calls.is_empty() && random.one_in(4) => {
                Some(self.pick_up(who, random))
            }
            _ => Some(self.new_call(who, self.number(stage, random)?, random)),
        }
    }

    /// Anybody; often somebody whose phone rings, or who consults about a held call.
    fn somebody(&self, stage: &Stage, random: &mut Random) -> Option<Name> {
        let waited_for = self.waited_for(stage);
        let often = !random.one_in(4);
        let one = random.pick(&waited_for).filter(|_| often).copied();
        one.or_else(|| random.pick(&self.phones)).cloned()
    }

    fn waited_for(&self, stage: &Stage) -> Vec<&Name> {
        let is_waited_for = |who: &&Name| {
            let phone = stage.find(who).and_then(|id| stage.world().phone(id));
            phone.is_some_and(|phone| phone.screen().ringing().is_some() || consults(phone))
        };
        self.phones.iter().filter(is_waited_for).collect()
    }

    /// Puts the call aside, to consult somebody or for nothing.
    fn put_aside(&self, stage: &Stage, who: Name, random: &mut Random) -> Option<Action> {
        let number = self.number(stage, random)?;
        Some(match random.below(4) {
            0 => Action::TransferTo { who, number },
            1 => Action::ConferWith { who, number },
            2 => Action::Park { who },
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

    /// Takes somebody else's call, or wants no calls; what the first key asks for is typed later.
    fn pick_up(&self, who: Name, random: &mut Random) -> Action {
        let key = match random.below(4) {
            0 => SoftKey::DO_NOT_DISTURB,
            1 => SoftKey::GROUP_PICKUP,
            _ => SoftKey::PICKUP,
        };
        Action::PressKey { who, key: Key(key) }
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
            0 if self.picks_up => self.pick_up(who, random),
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
        if random.one_in(3) {
            return self.control(stage, who, number, random);
        }
        Some(match random.below(23) {
            0..=4 => Action::MakeCall { who, calling: number, called: self.number(stage, random)? },
            5..=6 => Action::PromptCall { who, calling: number, called: self.number(stage, random)? },
            7..=9 => Action::Snapshot { who, number },
            10 => Action::StopWatching { who, number },
            11 => Action::WatchWithout { who, number, events: some_events(random) },
            12 => Action::Filter { who, number, events: some_events(random) },
            13..=15 => self.forwarding(stage, who, number, random)?,
            16 => Action::HoldAt { who, number },
            17 => Action::RetrieveAt { who, number },
            18 if self.picks_up => Action::Disturb { who, number, on: OnOff(Switched(random.one_in(3))) },
            _ if application.monitors().len() > 2 * self.numbers.len() => {
                Action::StopWatching { who, number }
            }
            _ => Action::Watch { who, number },
        })
    }

    /// A service for a call that there is, if there is one.
    fn control(&self, stage: &Stage, who: Name, other: Number, random: &mut Random) -> Option<Action> {
        let switch = stage.world().node().switch();
        let connections = switch.calls().iter().flat_map(|call| switch.calls().connections(call.id()));
        let connections: Vec<(ConnectionState, bool, &SmolStr)> = connections
            .filter_map(|own| {
                let number = switch.lines().device(own.device())?.number();
                Some((own.state(), own.consult_purpose().is_some(), number))
            })
            .collect();
        let Some((state, consults, number)) = random.pick(&connections) else {
            return Some(Action::AnswerAt { who, number: other });
        };
        let number = Number((*number).clone());
        if random.one_in(4) {
            return Some(single_step(who, *state, number, other, random));
        }
        Some(match (state, random.below(6)) {
            (ConnectionState::Alerting, 0) => Action::DeflectAt { who, number, to: other },
            (ConnectionState::Alerting, 1) => Action::ClearAt { who, number },
            (ConnectionState::Alerting, _) => Action::AnswerAt { who, number },
            (ConnectionState::Connected, 0..=1) if *consults => Action::TransferAt { who, number },
            (ConnectionState::Connected, 2..=3) if *consults => Action::ConferAt { who, number },
            (ConnectionState::Connected, 0) => Action::HoldAt { who, number },
            (ConnectionState::Connected, 1) => Action::ParkAt { who, number },
            (ConnectionState::Connected, 2..=4) => Action::ConsultAt { who, to: other, number },
            (ConnectionState::Hold, 0) => Action::TransferAt { who, number },
            (ConnectionState::Hold, 1) => Action::ConferAt { who, number },
            (ConnectionState::Hold, _) => Action::RetrieveAt { who, number },
            _ => Action::ClearAt { who, number },
        })
    }

    fn disturbance(&self, stage: &Stage, random: &mut Random) -> Option<Action> {
        let everybody: Vec<&Name> = self.phones.iter().chain(&self.applications).collect();
        // Most is at stake at a phone that rings.
        let waited_for = self.waited_for(stage);
        let one = random.pick(&waited_for).filter(|_| random.one_in(2)).copied();
        let who = one.or_else(|| random.pick(&everybody).copied())?.clone();
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
        let over_tcp = application.is_some_and(|a| a.settings().transport != Transport::Udp);
        let application = application.is_some();
        Some(match random.below(8) {
            _ if stage.world().has_stopped_reading(id) => Action::Read { who },
            0 if random.one_in(4) => Action::SplitBytes { who },
            0 => Action::Split { who },
            1..=2 => Action::Unsplit { who },
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

/// Whether the user has put a call aside and begun another one.
fn consults(phone: &Phone) -> bool {
    phone.screen().held().is_some() && phone.screen().active().is_some()
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

/// A service that takes one step, or exchanges two calls.
fn single_step(
    who: Name,
    state: ConnectionState,
    number: Number,
    other: Number,
    random: &mut Random,
) -> Action {
    match (state, random.below(6)) {
        (ConnectionState::Hold | ConnectionState::Alerting, 0..=1) => Action::AlternateAt { who, number },
        (ConnectionState::Hold, 2..=3) => Action::ReconnectAt { who, number },
        (_, 0) => Action::ReconnectAt { who, number },
        (_, 1) => Action::GiveAt { who, number, to: other },
        (_, 2) => Action::AddAt { who, number, to: other },
        (_, 3) => Action::JoinAt { who, number, to: other },
        (_, 4) => Action::SendDigits { who, digits: Number::from("12#"), number },
        _ => Action::ClearCallAt { who, number },
    }
}
