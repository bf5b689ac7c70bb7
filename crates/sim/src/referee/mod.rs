//! The referee: performs the steps of a story and judges what follows.
//!
//! Beside the stage it has a [`Model`]. Each deed is done on the stage and in the model; when the network has come to
//! rest, both must agree about the calls, the screens of the phones, the media and every event that an application
//! was told. Whatever the model says, what must always hold is checked too: see the table.
//!
//! | file | what it is |
//! | --- | --- |
//! | `deeds.rs` | from a deed to what it means in the model |
//! | `agreement.rs` | the switch and the model compared; the model as the switch says it is |
//! | `screens.rs` | what a phone shows and sounds like, and the model compared |
//! | `media.rs` | who hears whom, and the model compared |
//! | `answers.rs` | what applications are answered, and the model compared |
//! | `monitors.rs` | the monitors of all applications, and the events that the model expects |
//! | `history.rs` | what one monitor was told, and what can follow |
//! | `invariants.rs` | what must hold without any model |
//!
//! # Time
//!
//! A deed is not done while something is about to happen by itself (a timer ends within [`GRACE`]): the referee lets
//! that happen first. So what happens in which order is never a matter of milliseconds, and the model needs no
//! knowledge of the network but how long a message travels.
//!
//! Where `steps overlap`, nothing comes to rest between the steps, so that no model can say what follows. The
//! invariants are checked, and that the events of each monitor can follow each other. Once in [`COMES_TO_REST`] steps
//! everything is allowed to arrive: then the screens and the media of the phones must be what the model makes of the
//! calls that the switch has, and the applications must have been told of just these. At the end everybody hangs up.
//!
//! # Verdicts
//!
//! A failure's message begins with the rule that is broken and a colon. Two runs fail in the same way if they break
//! the same rule.

mod agreement;
mod answers;
mod deeds;
mod history;
mod invariants;
mod media;
mod monitors;
mod screens;

use std::{collections::BTreeSet, time::Duration};

use hookflash_core::{Channels, Instant};
use hookflash_wire::csta::CstaError;
use smol_str::SmolStr;

use crate::{
    application::{Session, Transport},
    model::{Device, Limits, Model, Presence, Reply, Station},
    phone::{Phone, Registration},
    story::{Declaration, Deed, Failure, Name, Sentence, Setting, Sight, Span, Stage, Step},
    world::{PartyId, World},
};
use deeds::Meaning;
use invariants::Identifiers;
use monitors::Monitors;

/// A deed waits for what happens by itself within this time.
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
    /// `None` where steps overlap.
    model: Option<Model>,
    /// The phones by station.
    phones: Vec<Option<PartyId>>,
    applications: Vec<PartyId>,
    monitors: Monitors,
    identifiers: Identifiers,
    /// Phones that said goodbye, or that nobody can hear any more.
    leaving: BTreeSet<usize>,
    /// Applications that have not noticed yet that the node has forgotten their session.
    forgotten: BTreeSet<PartyId>,
    complaints: usize,
    events: usize,
    /// An application stopped reading once: answers may come when it waits for them no more.
    somebody_slept: bool,
    steps: usize,
}

/// What a request must be answered.
type Expected = Result<Reply, CstaError>;

impl Referee {
    /// The referee that a setting asks for.
    pub fn wanted(setting: &Setting, stage: &mut Stage) -> Option<Referee> {
        let has = |wanted: &Declaration| setting.declarations.contains(wanted);
        let overlapping = has(&Declaration::Overlapping);
        (overlapping || has(&Declaration::Checked)).then(|| Referee::new(stage, !overlapping))
    }

    /// A referee for a stage on which nothing has happened yet; with or without model.
    pub fn new(stage: &mut Stage, with_model: bool) -> Referee {
        let world = stage.world();
        let party = |name: &str| {
            let has_name = |id: &PartyId| world.phone(*id).is_some_and(|phone| phone.settings().name == name);
            world.party_ids().find(has_name)
        };
        let stations = world.node().switch().stations();
        let phones = stations.map(|(_, station)| party(&station.settings().name)).collect();
        let is_application = |id: &PartyId| world.application(*id).is_some();
        let applications = world.party_ids().filter(is_application).collect();
        let mut referee = Referee {
            model: with_model.then(|| model_of(world)),
            phones,
            applications,
            monitors: Monitors::default(),
            identifiers: Identifiers::default(),
            leaving: BTreeSet::new(),
            forgotten: BTreeSet::new(),
            complaints: 0,
            events: 0,
            somebody_slept: false,
            steps: 0,
        };
        stage.take_heard();
        referee.follow_presence(stage.world());
        let _ = referee.meet_monitors(stage);
        referee.model.as_mut().map(Model::take_told);
        referee
    }

    /// The model, unless steps overlap.
    pub fn model(&self) -> Option<&Model> {
        self.model.as_ref()
    }

    /// How many events the applications were told.
    pub fn events(&self) -> usize {
        self.events
    }

    /// Does one step and judges what follows. A deed that cannot be done now is left out.
    ///
    /// # Errors
    /// A sight is not seen in time, or a rule is broken.
    pub fn perform(&mut self, stage: &mut Stage, step: &Step) -> Outcome {
        if stage.world().transcript().is_some() {
            stage.world_mut().note(&step.to_string());
        }
        let result = match &step.sentence {
            Sentence::Deed(Deed::Wait { span: Span(span) }) => self.wait(stage, *span),
            Sentence::Deed(deed) => self.deed(stage, deed).and_then(|()| check_recording(stage, deed)),
            Sentence::Sight(sight) => self.sight(stage, sight, step.limit()),
        };
        let judged = result.and_then(|()| self.judge(stage));
        self.steps += 1;
        let rests = self.model.is_none() && self.steps.is_multiple_of(COMES_TO_REST);
        let judged = if rests { judged.and_then(|()| self.come_to_rest(stage)) } else { judged };
        judged.map_err(|message| stage.failure(step, message))
    }

    /// Lets everything arrive where steps overlap: what phones show and applications know must be what the switch says.
    fn come_to_rest(&mut self, stage: &mut Stage) -> Result<(), String> {
        self.settle(stage)?;
        self.judge(stage)?;
        let world = stage.world();
        let mut plain = model_of(world);
        plain.advance(world.now());
        let observed = agreement::observed(plain, world.node().switch());
        self.check_phones(&observed, world)?;
        let listens = |id| !world.has_stopped_reading(id);
        self.monitors.agree_with(world.node().switch(), listens, &agreement::numbers(world))
    }

    /// Every phone that hears everything shows and plays what the model says.
    fn check_phones(&self, model: &Model, world: &World) -> Result<(), String> {
        for (station, id) in self.phones.iter().enumerate() {
            let Some(phone) = id.and_then(|id| in_order(world, id)) else { continue };
            if !model.is_there(station) {
                return Err(format!("a phone thinks it is registered: {}", phone.settings().name));
            }
            let knows_refusals = self.model.is_some();
            screens::Look { model, station, phone, knows_refusals }.check()?;
            media::media(model, station, phone, &self.phones, world)?;
        }
        Ok(())
    }

    /// Undoes every disturbance, lets everybody hang up and log out, and checks that nothing is left.
    ///
    /// # Errors
    /// A rule is broken, or something is left.
    pub fn finish(&mut self, stage: &mut Stage) -> Outcome {
        self.perform(stage, &wait(1))?;
        for deed in self.calming_deeds(stage) {
            self.perform(stage, &Step::new(deed))?;
        }
        self.perform(stage, &wait(30))?;
        for _ in 0..4 {
            for who in self.names(stage, &self.phones.iter().flatten().copied().collect::<Vec<_>>()) {
                for _ in 0..8 {
                    self.perform(stage, &Step::new(Deed::HangUp { who: who.clone() }))?;
                }
                // Phones without soft keys end a held call by taking it back first.
                self.perform(stage, &Step::new(Deed::Resume { who: who.clone() }))?;
                self.perform(stage, &Step::new(Deed::HangUp { who }))?;
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
            self.perform(stage, &Step::new(Deed::LogOut { who }))?;
        }
        self.perform(stage, &wait(3))?;
        let answered = stage.world().node().sizes().answered;
        if over_udp && answered > MOST_ANSWERED {
            let message = format!("something is left at the end: {answered} answers of long ago");
            return Err(stage.failure(&wait(0), message));
        }
        replays(stage).map_err(|message| stage.failure(&wait(0), message))?;
        if invariants::nothing_left(stage.world(), &self.phones).is_err() {
            // A session whose application is gone without a word ends when it is not refreshed.
            self.perform(stage, &wait(SESSION_INTERVAL))?;
        }
        let left = invariants::nothing_left(stage.world(), &self.phones);
        left.map_err(|message| stage.failure(&wait(0), format!("something is left at the end: {message}")))
    }

    fn calming_deeds(&self, stage: &Stage) -> Vec<Deed> {
        let mut deeds = Vec::new();
        for who in self.names(stage, &stage.world().party_ids().collect::<Vec<_>>()) {
            deeds.push(Deed::Read { who: who.clone() });
            deeds.push(Deed::Unsplit { who: who.clone() });
            deeds.push(Deed::Delay { who, span: Span(Duration::ZERO) });
        }
        let phones: Vec<PartyId> = self.phones.iter().flatten().copied().collect();
        deeds.extend(self.names(stage, &phones).into_iter().map(|who| Deed::PlugIn { who }));
        deeds.push(Deed::EmptyDisk);
        deeds
    }

    fn names(&self, stage: &Stage, ids: &[PartyId]) -> Vec<Name> {
        ids.iter().filter_map(|id| stage.name(*id).cloned()).collect()
    }

    /// Seconds after which everything that ends by itself has ended.
    fn longest_wait(&self, world: &World) -> u64 {
        let limits = limits(world);
        let spans = [limits.interdigit, limits.ringing, limits.tone, limits.prompt, limits.lost];
        spans.iter().map(Duration::as_secs).sum::<u64>() + 1
    }

    fn wait(&mut self, stage: &mut Stage, span: Duration) -> Result<(), String> {
        let until = stage.world().now() + span;
        self.follow(stage, until);
        if self.model.is_some() { self.settle(stage) } else { Ok(()) }
    }

    fn sight(&mut self, stage: &mut Stage, sight: &Sight, limit: Duration) -> Result<(), String> {
        let deadline = stage.world().now() + limit;
        loop {
            stage.listen();
            let seen = stage.look(sight);
            let next = stage.world().next().filter(|next| *next <= deadline);
            match next {
                _ if seen.is_ok() => return Ok(()),
                None => return seen,
                Some(next) => self.follow(stage, next),
            }
        }
    }

    fn deed(&mut self, stage: &mut Stage, deed: &Deed) -> Result<(), String> {
        if deeds::cannot_ask(stage, deed) {
            return Ok(());
        }
        if let Deed::WatchWithout { who, .. } | Deed::Watch { who, .. } = deed
            && let Some(id) = stage.find(who)
        {
            self.monitors.will_filter(id, deeds::unwanted(deed));
        }
        if self.model.is_none() {
            // An application that waits for an answer reads it, or it would give up and misunderstand what comes later.
            if matches!(deed, Deed::StopReading { .. }) {
                self.settle(stage)?;
            }
            let _ = stage.begin(deed);
            self.take_note(stage, deed);
            self.note_filter(stage, deed);
            return Ok(());
        }
        if matches!(deed, Deed::Unplug { .. }) && self.misses_somebody(stage) {
            return Ok(());
        }
        if matches!(deed, Deed::Watch { .. } | Deed::WatchWithout { .. }) && self.awaits_somebody(stage) {
            return Ok(());
        }
        self.let_happen(stage)?;
        if matches!(deed, Deed::Filter { .. }) {
            // What has happened until now is told as before.
            self.judge(stage)?;
        }
        let meaning = self.meaning(stage, deed);
        if stage.begin(deed).is_err() {
            return Ok(());
        }
        self.take_note(stage, deed);
        self.note_filter(stage, deed);
        let expected = self.enact(stage, meaning);
        self.settle(stage)?;
        stage.listen();
        match (expected, deeds::application(stage, deed)) {
            (Some(expected), Some(id)) => answers::check(stage.last_answer(id), &expected),
            _ => Ok(()),
        }
    }

    /// Whether a phone was unplugged and the switch has not noticed yet. Two would be noticed at the same instant, in an
    /// order that nobody knows.
    fn misses_somebody(&self, stage: &Stage) -> bool {
        let missed = |(station, id): (usize, &Option<PartyId>)| {
            let there = self.model.as_ref().is_some_and(|model| model.is_there(station));
            there && id.is_some_and(|id| stage.world().is_cut(id))
        };
        self.phones.iter().enumerate().any(missed)
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
            let due = self.model.as_ref().and_then(Model::next).into_iter().chain(session_end(stage.world()));
            let Some(due) = due.min().filter(|due| *due <= soon) else { return Ok(()) };
            self.follow(stage, due);
            self.settle(stage)?;
        }
    }

    /// Does in the model what the deed means, each part when it reaches the switch. What a request should be
    /// answered, if it is one.
    fn enact(&mut self, stage: &mut Stage, meaning: Meaning) -> Option<Expected> {
        let arrives = |stage: &Stage, id| stage.world().now() + stage.world().latency_of(id);
        match meaning {
            Meaning::Nothing => None,
            Meaning::Press { station, id, presses, then } => {
                self.follow(stage, arrives(stage, id));
                presses.iter().for_each(|press| self.press(station, press));
                self.type_digits(stage, station, id, &then);
                None
            }
            Meaning::Service { id, service } => {
                self.follow(stage, arrives(stage, id));
                self.model.as_mut().map(|model| model.request(&service))
            }
        }
    }

    fn press(&mut self, station: usize, press: &crate::model::Press) {
        self.model.iter_mut().for_each(|model| model.press(station, press));
    }

    /// Digits are typed as soon as the dial tone is there: it has to come, and they have to go.
    fn type_digits(&mut self, stage: &mut Stage, station: usize, id: PartyId, digits: &str) {
        let latency = stage.world().latency_of(id);
        if !digits.is_empty() {
            let arrival = stage.world().now() + latency + latency;
            self.follow(stage, arrival);
            // Whoever was refused hears no dial tone, and types nothing.
            let refused = self.model.as_ref().is_some_and(|model| model.hears_refusal(station));
            let typed = digits.chars().filter(|_| !refused);
            typed.for_each(|digit| self.press(station, &crate::model::Press::Digit(digit)));
        }
        stage.world_mut().with_phone(id, |phone, _| phone.stop_dialling());
    }

    /// Takes note of events that a monitor keeps back from now on.
    fn note_filter(&mut self, stage: &Stage, deed: &Deed) {
        if let Deed::Filter { who, number, .. } = deed
            && let (Some(id), Ok(monitor)) = (stage.find(who), stage.monitor(who, number))
        {
            self.monitors.change_filter(id, monitor, deeds::unwanted(deed));
        }
    }

    /// Takes note of a restart, and of phones that say goodbye.
    fn take_note(&mut self, stage: &Stage, deed: &Deed) {
        match deed {
            Deed::RestartNode | Deed::ShutDownNode => {
                let first = stage.world().node().switch().settings().first_identifier;
                self.model = self.model.as_ref().map(|model| model.restarted(first));
                self.monitors = Monitors::default();
                self.identifiers.all_end(stage.world().now());
                self.leaving.clear();
                self.forgotten = self.applications.iter().copied().collect();
            }
            Deed::Restart { who } | Deed::Unplug { who } | Deed::PlugIn { who } | Deed::Reset { who } => {
                let id = stage.find(who);
                let Some(station) = self.phones.iter().position(|phone| *phone == id) else { return };
                let registered = id.and_then(|id| stage.world().phone(id)).is_some_and(Phone::is_registered);
                if !(registered && matches!(deed, Deed::PlugIn { .. })) {
                    // Whatever becomes of it, it plays nothing for a key of before.
                    let known = self.model.as_mut().and_then(|model| model.stations.get_mut(station));
                    known.into_iter().for_each(|station| station.refused = None);
                }
                match deed {
                    Deed::Unplug { .. } => self.leaving.insert(station),
                    Deed::Restart { .. } if registered => self.leaving.insert(station),
                    Deed::Restart { .. } => false,
                    _ => self.leaving.remove(&station),
                };
            }
            Deed::StopReading { .. } => self.somebody_slept = true,
            _ => {}
        }
    }

    /// Lets everything that is under way arrive.
    fn settle(&mut self, stage: &mut Stage) -> Result<(), String> {
        let begin = stage.world().now();
        while !stage.world().is_settled() {
            let Some(next) = stage.world().next() else { break };
            self.follow(stage, next);
            if stage.world().now() > begin + GRACE * 5 {
                return Err(format!("the network does not come to rest: not within {:?}", GRACE * 5));
            }
        }
        Ok(())
    }

    /// Lets time pass on the stage and in the model.
    fn follow(&mut self, stage: &mut Stage, until: Instant) {
        while stage.world().next().is_some_and(|next| next <= until) {
            stage.world_mut().step();
            self.follow_presence(stage.world());
        }
        stage.world_mut().run_until(until);
        self.model.iter_mut().for_each(|model| model.advance(until));
    }

    /// Takes note of phones that have come or gone.
    fn follow_presence(&mut self, world: &World) {
        let Some(model) = &mut self.model else { return };
        for (index, (_, station)) in world.node().switch().stations().enumerate() {
            if station.is_registered() == model.is_there(index) {
                continue;
            }
            model.advance(world.now());
            let presence = match station.is_registered() {
                true => Presence::There,
                false if self.leaving.contains(&index) => Presence::Gone,
                false => Presence::Lost((world.now(), 0)),
            };
            self.leaving.remove(&index);
            model.presence(index, presence);
        }
    }

    /// Judges what the last step led to.
    fn judge(&mut self, stage: &mut Stage) -> Result<(), String> {
        stage.listen();
        self.check_complaints(stage)?;
        let told = self.model.as_mut().map(Model::take_told).unwrap_or_default();
        self.monitors.expect(&told);
        let heard = stage.take_heard();
        self.events += heard.len();
        self.meet_monitors(stage)?;
        let numbers = agreement::numbers(stage.world());
        for (id, event) in &heard {
            let compare = self.model.is_some();
            self.monitors.hear(*id, event, &numbers, compare)?;
        }
        invariants::structure(stage.world().node().switch())?;
        invariants::bounded(stage.world())?;
        self.identifiers.check(stage.world())?;
        let Some(model) = &self.model else { return Ok(()) };
        let world = stage.world();
        agreement::calls(model, world.node().switch())?;
        self.check_phones(model, world)?;
        self.monitors.nothing_missing(|id| !world.has_stopped_reading(id), &numbers)
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
        let complaints = stage.complaints();
        // Where steps overlap, a MakeCall may meet a call that its user has just begun, with the event under way; and
        // over UDP a response overtakes events that wait until earlier ones are acknowledged.
        let races = ["before its MakeCallResponse", "event for unknown monitor"];
        let is_race = |text: &str| self.model.is_none() && races.iter().any(|race| text.contains(race));
        let is_late = |text: &str| self.somebody_slept && text.contains("response to nothing");
        match complaints.iter().rfind(|text| !is_race(text) && !is_late(text)) {
            Some(complaint) => Err(format!("somebody complains: {complaint}")),
            None => Ok(()),
        }
    }
}

/// What a node has recorded must replay when it has ended.
fn check_recording(stage: &Stage, deed: &Deed) -> Result<(), String> {
    match deed {
        Deed::RestartNode | Deed::ShutDownNode => replays(stage),
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

/// When the first session ends that is not refreshed, so that nothing is asked for in it just then.
fn session_end(world: &World) -> Option<Instant> {
    let node = world.node();
    let left = node
        .session_reports(world.now())
        .filter_map(|report| report.carriage.expires_in)
        .filter(|left| !left.is_zero());
    left.min().map(|left| world.now() + left)
}

fn wait(seconds: u64) -> Step {
    Step::new(Deed::Wait { span: Span(Duration::from_secs(seconds)) })
}

fn limits(world: &World) -> Limits {
    let timeouts = world.node().switch().settings().timeouts;
    Limits {
        interdigit: timeouts.interdigit,
        ringing: timeouts.ringing,
        tone: timeouts.busy,
        prompt: timeouts.make_call_prompt,
        lost: timeouts.station_lost,
        max_redirects: world.node().switch().settings().max_redirects,
    }
}

/// A model of the office that the switch is configured for.
fn model_of(world: &World) -> Model {
    let switch = world.node().switch();
    let devices = switch.lines().map(|(_, line)| Device {
        number: line.number().to_string(),
        name: line.settings().name.to_string(),
        channels: match line.settings().channels {
            Channels::Single => 1,
            Channels::Dual => 2,
            Channels::Octo => 8,
        },
        open: line.settings().cti_watch,
        forwards: agreement::forwards(&line.settings().forwarding),
        configured: agreement::forwards(&line.settings().forwarding),
    });
    let stations = switch.stations().map(|(_, station)| Station {
        lines: station.lines().map(|device| device.index()).collect(),
        presence: Presence::Gone,
        loudspeaker: station.settings().off_hook_by_command,
        dialled: String::new(),
        speed_dials: station.settings().speed_dials.iter().map(|(number, _)| number.to_string()).collect(),
        refused: None,
    });
    Model::new(limits(world), devices.collect(), stations.collect())
}
