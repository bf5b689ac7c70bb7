//! The referee: performs the steps of a story and judges what follows.
//!
//! It reads the calls off the switch whenever something has happened, and checks the rules of the
//! [`model`] between one reading and the next. When an action is done and the network has come to rest,
//! the rules about that action are checked, and that phones, media and applications agree with the calls.
//!
//! | file | what it is |
//! | --- | --- |
//! | `intent.rs` | from an action to what it means for calls |
//! | `screens.rs` | what a phone shows and sounds like, compared with its view |
//! | `media.rs` | who hears whom, compared with who is connected |
//! | `answers.rs` | what applications are answered |
//! | `monitors.rs` | the monitors of all applications, compared with the calls |
//! | `history.rs` | what one monitor was told, and what can follow |
//! | `bounds.rs` | that what the node keeps is bounded, and identifiers are not used again too soon |
//!
//! # Time
//!
//! An action is not done while something is about to happen by itself (a timer ends within [`GRACE`]): the referee lets
//! that happen first, so that what follows is due to the action alone.
//!
//! Where `steps overlap`, nothing comes to rest between the steps: the rules about actions are not checked, only those
//! that hold whatever happens. Once in [`COMES_TO_REST`] steps everything is allowed to arrive: then phones, media and
//! applications must agree with the calls. At the end everybody hangs up.
//!
//! # Verdicts
//!
//! A failure's message begins with the rule that is broken and a colon. Two runs fail in the same way if they break
//! the same rule.

mod answers;
mod bounds;
mod history;
mod intent;
mod media;
mod monitors;
mod screens;

use std::{collections::BTreeSet, time::Duration};

use hookflash_core::{Instant, StationId};
use smol_str::SmolStr;

use crate::{
    application::{Session, Transport},
    model::{self, Absent, Actor, Outcome as ActionOutcome, State},
    phone::{Phone, Registration},
    story::{Action, Declaration, Expectation, Failure, Name, Sentence, Setting, Span, Stage, Step},
    world::{PartyId, World},
};
use bounds::Identifiers;
use monitors::Monitors;

/// An action waits for what happens by itself within this time.
pub const GRACE: Duration = Duration::from_secs(2);

/// Where steps overlap, everything comes to rest once in so many steps.
pub const COMES_TO_REST: usize = 8;

/// Seconds after which a session that is not refreshed has ended.
const SESSION_INTERVAL: u64 = 1900;

/// Datagrams that the node may have answered in the last half minute, when all that happened is that everybody logged
/// out.
const MOST_ANSWERED: usize = 16;

type Outcome = Result<(), Box<Failure>>;

/// Performs steps and judges what follows; see the [module page](self).
#[derive(Debug)]
pub struct Referee {
    overlapping: bool,
    /// The phones by station.
    phones: Vec<Option<PartyId>>,
    applications: Vec<PartyId>,
    /// The calls when they were last read.
    state: State,
    absent: Absent,
    /// When they were read while a phone was lost.
    read_at: Option<Instant>,
    /// The stations that are registered, as they were last seen.
    registered: Vec<StationId>,
    /// Phones that said goodbye.
    leaving: BTreeSet<StationId>,
    monitors: Monitors,
    identifiers: Identifiers,
    /// Applications that have not noticed yet that the node has forgotten their session.
    forgotten: BTreeSet<PartyId>,
    complaints: usize,
    events: usize,
    /// Applications that stopped reading once: answers may come when they wait for them no more.
    slept: BTreeSet<PartyId>,
    steps: usize,
    /// Actions, and things that happened.
    happened: u64,
    /// What had happened, and when it was, when everything was last found to be right.
    right: Option<(u64, Instant)>,
    /// A rule that was broken on the way, until it is judged.
    broken: Option<String>,
}

impl Referee {
    /// The referee that a setting asks for.
    pub fn wanted(setting: &Setting, stage: &mut Stage) -> Option<Referee> {
        let has = |wanted: &Declaration| setting.declarations.contains(wanted);
        let overlapping = has(&Declaration::Overlapping);
        (overlapping || has(&Declaration::Checked)).then(|| Referee::new(stage, overlapping))
    }

    /// A referee for a stage on which nothing has happened yet.
    pub fn new(stage: &mut Stage, overlapping: bool) -> Referee {
        let world = stage.world();
        let party = |name: &str| {
            let has_name = |id: &PartyId| world.phone(*id).is_some_and(|phone| phone.settings().name == name);
            world.party_ids().find(has_name)
        };
        let stations = world.node().switch().stations().iter();
        let phones = stations.map(|(_, station)| party(&station.settings().name)).collect();
        let is_application = |id: &PartyId| world.application(*id).is_some();
        let applications = world.party_ids().filter(is_application).collect();
        let mut referee = Referee {
            overlapping,
            phones,
            applications,
            state: State::of(world.node().switch()),
            absent: Absent::default(),
            read_at: None,
            registered: registered(world).collect(),
            leaving: BTreeSet::new(),
            monitors: Monitors::default(),
            identifiers: Identifiers::default(),
            forgotten: BTreeSet::new(),
            complaints: 0,
            events: 0,
            slept: BTreeSet::new(),
            steps: 0,
            happened: 0,
            right: None,
            broken: None,
        };
        stage.take_heard();
        let _ = referee.meet_monitors(stage);
        referee
    }

    /// How many events the applications were told.
    pub fn events(&self) -> usize {
        self.events
    }

    /// Does one step and judges what follows. An action that cannot be done now is left out.
    ///
    /// # Errors
    /// An expectation is not met in time, or a rule is broken.
    pub fn perform(&mut self, stage: &mut Stage, step: &Step) -> Outcome {
        if stage.world().transcript().is_some() {
            stage.world_mut().note(&step.to_string());
        }
        let result = match &step.sentence {
            Sentence::Action(Action::Wait { span: Span(span) }) => self.wait(stage, *span),
            Sentence::Action(action) => {
                self.action(stage, action).and_then(|()| check_recording(stage, action))
            }
            Sentence::Expectation(expectation) => self.expectation(stage, expectation, step.limit()),
        };
        let judged = result.and_then(|()| self.judge(stage));
        self.steps += 1;
        let rests = self.overlapping && self.steps.is_multiple_of(COMES_TO_REST);
        let judged = if rests { judged.and_then(|()| self.come_to_rest(stage)) } else { judged };
        judged.map_err(|message| stage.failure(step, message))
    }

    /// Lets everything arrive where steps overlap, and judges that.
    fn come_to_rest(&mut self, stage: &mut Stage) -> Result<(), String> {
        self.settle(stage)?;
        self.judge(stage)?;
        self.check_agreement(stage.world())
    }

    /// Phones, media and monitors agree with the calls.
    fn check_agreement(&self, world: &World) -> Result<(), String> {
        let switch = world.node().switch();
        for (id, (station, known)) in self.phones.iter().zip(switch.stations().iter()) {
            let Some((id, phone)) = id.and_then(|id| Some((id, in_order(world, id)?))) else { continue };
            if !known.is_registered() {
                return Err(format!("a phone thinks it is registered: {}", phone.settings().name));
            }
            screens::Shown::new(phone, station, switch).check()?;
            media::media(&self.state, id, phone, &self.phones, world)?;
        }
        self.monitors.agree_with(switch, |id| !world.has_stopped_reading(id))
    }

    /// Undoes every disturbance, lets everybody hang up and log out, and checks that nothing is left.
    ///
    /// # Errors
    /// A rule is broken, or something is left.
    pub fn finish(&mut self, stage: &mut Stage) -> Outcome {
        self.perform(stage, &wait(1))?;
        for action in self.calming_actions(stage) {
            self.perform(stage, &Step::new(action))?;
        }
        self.perform(stage, &wait(30))?;
        for _ in 0..4 {
            for who in self.names(stage, &self.phones.iter().flatten().copied().collect::<Vec<_>>()) {
                for _ in 0..8 {
                    self.perform(stage, &Step::new(Action::HangUp { who: who.clone() }))?;
                }
                // Phones without soft keys end a held call by taking it back first.
                self.perform(stage, &Step::new(Action::Resume { who: who.clone() }))?;
                self.perform(stage, &Step::new(Action::HangUp { who }))?;
            }
            let quiet = self.longest_wait(stage.world());
            self.perform(stage, &wait(quiet))?;
        }
        self.monitors.all_over().map_err(|message| stage.failure(&wait(0), message))?;
        let over_udp = self.applications.iter().any(|id| {
            let application = stage.world().application(*id);
            application
                .is_some_and(|a| a.session() == Session::Open && a.settings().transport == Transport::Udp)
        });
        for who in self.names(stage, &self.applications) {
            self.perform(stage, &Step::new(Action::LogOut { who }))?;
        }
        self.perform(stage, &wait(3))?;
        let answered = stage.world().node().sizes().answered;
        if over_udp && answered > MOST_ANSWERED {
            let message = format!("something is left at the end: {answered} answers of long ago");
            return Err(stage.failure(&wait(0), message));
        }
        replays(stage).map_err(|message| stage.failure(&wait(0), message))?;
        if bounds::nothing_left(stage.world(), &self.phones).is_err() {
            // A session whose application is gone without a word ends when it is not refreshed.
            self.perform(stage, &wait(SESSION_INTERVAL))?;
        }
        let left = bounds::nothing_left(stage.world(), &self.phones);
        left.map_err(|message| stage.failure(&wait(0), format!("something is left at the end: {message}")))
    }

    fn calming_actions(&self, stage: &Stage) -> Vec<Action> {
        let mut actions = Vec::new();
        for who in self.names(stage, &stage.world().party_ids().collect::<Vec<_>>()) {
            actions.push(Action::Read { who: who.clone() });
            actions.push(Action::Unsplit { who: who.clone() });
            actions.push(Action::Delay { who, span: Span(Duration::ZERO) });
        }
        let phones: Vec<PartyId> = self.phones.iter().flatten().copied().collect();
        actions.extend(self.names(stage, &phones).into_iter().map(|who| Action::PlugIn { who }));
        actions.push(Action::EmptyDisk);
        actions
    }

    fn names(&self, stage: &Stage, ids: &[PartyId]) -> Vec<Name> {
        ids.iter().filter_map(|id| stage.name(*id).cloned()).collect()
    }

    /// Seconds after which everything that ends by itself has ended.
    fn longest_wait(&self, world: &World) -> u64 {
        let times = world.node().switch().settings().timeouts;
        let spans = [times.interdigit, times.ringing, times.busy, times.make_call_prompt, times.station_lost];
        spans.iter().map(Duration::as_secs).sum::<u64>() + 1
    }

    fn wait(&mut self, stage: &mut Stage, span: Duration) -> Result<(), String> {
        let until = stage.world().now() + span;
        self.follow(stage, until, true);
        if self.overlapping { Ok(()) } else { self.settle(stage) }
    }

    fn expectation(
        &mut self,
        stage: &mut Stage,
        expectation: &Expectation,
        limit: Duration,
    ) -> Result<(), String> {
        let deadline = stage.world().now() + limit;
        loop {
            stage.listen();
            let seen = stage.look(expectation);
            let next = stage.world().next().filter(|next| *next <= deadline);
            match next {
                _ if seen.is_ok() => return Ok(()),
                None => return seen,
                Some(next) => self.follow(stage, next, false),
            }
        }
    }

    fn action(&mut self, stage: &mut Stage, action: &Action) -> Result<(), String> {
        if intent::cannot_ask(stage, action) {
            return Ok(());
        }
        if let Action::WatchWithout { who, .. } | Action::Watch { who, .. } = action
            && let Some(id) = stage.find(who)
        {
            self.monitors.will_filter(id, intent::unwanted(action));
        }
        if self.overlapping {
            // An application that waits for an answer reads it, or it would give up and misunderstand what comes later.
            if matches!(action, Action::StopReading { .. }) {
                self.settle(stage)?;
            }
            let _ = stage.begin(action);
            self.happened += 1;
            self.take_note(stage, action);
            self.note_filter(stage, action);
            return Ok(());
        }
        if matches!(action, Action::Watch { .. } | Action::WatchWithout { .. }) && self.awaits_somebody(stage)
        {
            return Ok(());
        }
        self.let_happen(stage)?;
        // A session may have ended meanwhile.
        if intent::cannot_ask(stage, action) {
            return Ok(());
        }
        if matches!(action, Action::Filter { .. }) {
            // What has happened until now is told as before.
            self.judge(stage)?;
        }
        self.check_action(stage, action)
    }

    /// Does an action, lets follow what does, and checks the rules about it.
    fn check_action(&mut self, stage: &mut Stage, action: &Action) -> Result<(), String> {
        let (before, there) = (self.state.clone(), self.registered.clone());
        let due = next_by_itself(stage.world());
        let intent = self.intent(stage, action, &before);
        if stage.begin(action).is_err() {
            return Ok(());
        }
        self.happened += 1;
        self.take_note(stage, action);
        self.note_filter(stage, action);
        self.settle(stage)?;
        stage.listen();
        if let Some(id) = action.user().and_then(|who| stage.find(who)) {
            stage.world_mut().with_phone(id, |phone, _| phone.stop_dialling());
        }
        // Segments that were lost take so long that something else may have happened meanwhile.
        let alone = there == self.registered && due.is_none_or(|due| due > stage.world().now());
        let Some((actor, intent)) = intent.filter(|_| alone) else { return Ok(()) };
        let switch = stage.world().node().switch();
        let outcome = ActionOutcome { switch, actor: &actor, before: &before, after: &self.state };
        let refused = match (&actor, intent::application(stage, action)) {
            (Actor::User(station), _) => switch.station_view(*station).refused.is_some(),
            (Actor::Application(_), None) => return Ok(()),
            (Actor::Application(_), Some(id)) if self.forgotten.contains(&id) => return Ok(()),
            (Actor::Application(_), Some(id)) => {
                let answer = stage.last_answer(id);
                answers::check(answer, action, &intent, &outcome)?;
                answer.is_none_or(|answer| answer.is_err())
            }
        };
        outcome.check(&intent, refused)
    }

    /// Whether a phone is on its way back: a monitor that begins now may or may not be told of it.
    fn awaits_somebody(&self, stage: &Stage) -> bool {
        let phones = self.phones.iter().flatten().filter_map(|id| stage.world().phone(*id));
        let settled = [Registration::Off, Registration::Registered];
        phones.into_iter().any(|phone| !settled.contains(&phone.registration()))
    }

    /// Lets everything happen that would happen by itself soon.
    fn let_happen(&mut self, stage: &mut Stage) -> Result<(), String> {
        loop {
            let soon = stage.world().now() + GRACE;
            let Some(due) = next_by_itself(stage.world()).filter(|due| *due <= soon) else { return Ok(()) };
            self.follow(stage, due, false);
            self.settle(stage)?;
        }
    }

    /// Takes note of events that a monitor keeps back from now on.
    fn note_filter(&mut self, stage: &Stage, action: &Action) {
        if let Action::Filter { who, number, .. } = action
            && let (Some(id), Ok(monitor)) = (stage.find(who), stage.monitor(who, number))
        {
            self.monitors.change_filter(id, monitor, intent::unwanted(action));
        }
    }

    /// Takes note of a restart, and of phones that say goodbye.
    fn take_note(&mut self, stage: &Stage, action: &Action) {
        match action {
            Action::RestartNode | Action::ShutDownNode => {
                self.state = State::of(stage.world().node().switch());
                self.absent = Absent::default();
                self.registered = registered(stage.world()).collect();
                self.leaving.clear();
                self.monitors = Monitors::default();
                self.identifiers.all_end(stage.world().now());
                self.forgotten = self.applications.iter().copied().collect();
            }
            Action::Restart { who } => {
                let id = stage.find(who);
                let place = self.phones.iter().position(|phone| *phone == id);
                let station =
                    place.and_then(|place| stage.world().node().switch().stations().iter().nth(place));
                self.leaving.extend(station.map(|(station, _)| station));
            }
            // What it had to say may be lost with its connection.
            Action::Reset { .. } | Action::Unplug { .. } | Action::PlugIn { .. } => self.leaving.clear(),
            Action::StopReading { who } => self.slept.extend(stage.find(who)),
            _ => {}
        }
    }

    /// Lets everything that is under way arrive.
    fn settle(&mut self, stage: &mut Stage) -> Result<(), String> {
        let begin = stage.world().now();
        while !stage.world().is_settled() {
            let Some(next) = stage.world().next() else { break };
            self.follow(stage, next, false);
            if stage.world().now() > begin + GRACE * 5 {
                return Err(format!("the network does not come to rest: not within {:?}", GRACE * 5));
            }
        }
        Ok(())
    }

    /// Lets time pass, and reads the calls after each thing that happens. While it is quiet, nobody does anything.
    fn follow(&mut self, stage: &mut Stage, until: Instant, quiet: bool) {
        while stage.world().next().is_some_and(|next| next <= until) {
            let inputs = stage.world().inputs();
            stage.world_mut().step();
            self.happened += 1;
            if stage.world().inputs() == inputs && self.absent.lost.is_empty() {
                continue;
            }
            let read = self.read(stage.world(), quiet && !self.overlapping);
            self.broken = self.broken.take().or(read.err());
        }
        stage.world_mut().run_until(until);
    }

    /// Reads the calls, and checks what must hold between one reading and the next.
    fn read(&mut self, world: &World, quiet: bool) -> Result<(), String> {
        let switch = world.node().switch();
        let same_phones = registered(world).eq(self.registered.iter().copied());
        if !same_phones {
            self.note_presence(&registered(world).collect::<Vec<_>>(), world.now());
        }
        let patience = switch.settings().timeouts.station_lost * 2;
        self.absent.lost.retain(|(_, at)| *at + patience >= world.now());
        let waits = !self.absent.lost.is_empty() && self.read_at.replace(world.now()) != Some(world.now());
        if !waits && same_phones && self.state.is_of(switch) {
            return Ok(());
        }
        let before = std::mem::replace(&mut self.state, State::of(switch));
        model::check_change(&before, &self.state)?;
        let quiet = quiet && same_phones && self.absent.lost.is_empty();
        self.absent.transferred.check(&before, &self.state, quiet)?;
        if quiet {
            model::check_quiet(&before, &self.state)?;
        }
        model::check_state(&self.state, switch, &mut self.absent, world.now())?;
        self.identifiers.check(world, &self.state)
    }

    /// Takes note of phones that have come or gone.
    fn note_presence(&mut self, registered: &[StationId], now: Instant) {
        for station in std::mem::take(&mut self.registered) {
            if !registered.contains(&station) && !self.leaving.contains(&station) {
                self.absent.lost.push((station, now));
            }
        }
        self.absent.lost.retain(|(station, _)| !registered.contains(station));
        self.leaving.retain(|station| registered.contains(station));
        self.registered = registered.to_vec();
    }

    /// Judges what the last step led to.
    fn judge(&mut self, stage: &mut Stage) -> Result<(), String> {
        if let Some(broken) = self.broken.take() {
            return Err(broken);
        }
        let happened = Some((self.happened, stage.world().now()));
        if happened == self.right {
            return Ok(());
        }
        self.judge_all(stage)?;
        self.right = happened;
        Ok(())
    }

    fn judge_all(&mut self, stage: &mut Stage) -> Result<(), String> {
        stage.listen();
        self.check_complaints(stage)?;
        let heard = stage.take_heard();
        self.events += heard.len();
        self.meet_monitors(stage)?;
        for (id, event) in &heard {
            self.monitors.hear(*id, event, !self.overlapping)?;
        }
        let world = stage.world();
        model::check_state(&self.state, world.node().switch(), &mut self.absent, world.now())?;
        bounds::bounded(world)?;
        if self.overlapping { Ok(()) } else { self.check_agreement(world) }
    }

    /// Takes note of monitors that were started or have ended.
    fn meet_monitors(&mut self, stage: &Stage) -> Result<(), String> {
        for id in &self.applications {
            let Some(application) = stage.world().application(*id) else { continue };
            if application.session() != Session::Open {
                self.forgotten.remove(id);
            }
            let open = application.session() == Session::Open && !self.forgotten.contains(id);
            let active: Vec<(&SmolStr, &str)> = match open {
                true => application.monitors().iter().map(|(name, device)| (name, device.as_str())).collect(),
                false => Vec::new(),
            };
            self.monitors.meet(*id, &active, stage.world())?;
        }
        Ok(())
    }

    fn check_complaints(&mut self, stage: &Stage) -> Result<(), String> {
        let world = stage.world();
        let count = |id: PartyId| {
            let phone = world.phone(id).map_or(0, Phone::complaint_count);
            phone + world.application(id).map_or(0, |application| application.complaint_count())
        };
        let complaints: usize = world.party_ids().map(count).sum();
        if complaints == self.complaints {
            return Ok(());
        }
        self.complaints = complaints;
        for id in world.party_ids() {
            if let Some(text) = stage.complaints_of(id).filter(|text| !self.is_race(world, id, text)).last() {
                let name = stage.name(id).map(|name| name.0.as_str()).unwrap_or_default();
                return Err(format!("somebody complains: {name}: {text}"));
            }
        }
        Ok(())
    }

    /// Whether a complaint need not be the switch's fault. Datagrams overtake each other, and events wait until earlier
    /// ones are acknowledged.
    fn is_race(&self, world: &World, id: PartyId, text: &str) -> bool {
        let Some(application) = world.application(id) else { return false };
        let overtakes = self.overlapping && application.settings().transport == Transport::Udp;
        let races = ["before its MakeCallResponse", "event for unknown monitor"];
        (overtakes && races.iter().any(|race| text.contains(race)))
            || (self.slept.contains(&id) && text.contains("response to nothing"))
    }
}

/// What a node has recorded must replay when it has ended.
fn check_recording(stage: &Stage, action: &Action) -> Result<(), String> {
    match action {
        Action::RestartNode | Action::ShutDownNode => replays(stage),
        _ => Ok(()),
    }
}

fn replays(stage: &Stage) -> Result<(), String> {
    if !stage.world().is_recorded() {
        return Ok(());
    }
    let replayed = stage.world().replay();
    replayed.map(|_| ()).map_err(|why| format!("the recording does not replay: {why}"))
}

/// The phone, if it is registered and hears everything.
fn in_order(world: &World, id: PartyId) -> Option<&Phone> {
    let undisturbed = !world.is_cut(id) && !world.has_stopped_reading(id);
    world.phone(id).filter(|phone| undisturbed && phone.registration() == Registration::Registered)
}

/// When something happens next in calls or sessions although nobody does anything.
fn next_by_itself(world: &World) -> Option<Instant> {
    world.node().switch().poll_timeout().into_iter().chain(session_end(world)).min()
}

/// When the first session ends that is not refreshed, so that nothing is asked for in it just then. A session of which
/// nothing is left is being closed.
fn session_end(world: &World) -> Option<Instant> {
    let reports = world.node().session_reports(world.now());
    let left = reports.filter_map(|report| report.carriage.expires_in).filter(|left| !left.is_zero()).min();
    left.map(|left| world.now() + left)
}

fn wait(seconds: u64) -> Step {
    Step::new(Action::Wait { span: Span(Duration::from_secs(seconds)) })
}

/// The stations whose phones are registered.
fn registered(world: &World) -> impl Iterator<Item = StationId> {
    let stations = world.node().switch().stations().iter();
    stations.filter(|(_, station)| station.is_registered()).map(|(id, _)| id)
}
