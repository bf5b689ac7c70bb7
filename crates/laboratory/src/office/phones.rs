//! The phones of the open office, each in a task of its own.

use std::{cell::RefCell, net::SocketAddr, rc::Rc, time::Duration};

use hookflash_core::Instant;
use hookflash_sim::{
    phone::{CannotPress, Phone},
    story::Action,
};
use tokio::{
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    task::{JoinHandle, spawn_local},
};
use tracing::{debug, warn};

use super::{
    clock::{Clock, hastened},
    observer::Observer,
    roster::Person,
    script::{Script, Step},
    tally::Tally,
    transcript::{self, Transcript},
    user::User,
};
use crate::{client, client::LivePhone, error::Error};

/// Time within which all phones must register when the office opens.
const OPENING_TIME: Duration = Duration::from_secs(30);

/// Time after which a phone connects again, in office time.
const RECONNECT_AFTER: Duration = Duration::from_secs(10);

/// What all phones share.
#[derive(Debug)]
struct Shared {
    clock: Clock,
    tally: RefCell<Tally>,
    transcript: RefCell<Transcript>,
}

/// The phones of an open office.
pub struct OpenOffice {
    shared: Rc<Shared>,
    senders: Vec<UnboundedSender<Action>>,
    tasks: Vec<JoinHandle<PhoneTask>>,
    script: Option<JoinHandle<()>>,
}

/// A phone and its user.
struct PhoneTask {
    live: LivePhone,
    observer: Observer,
    /// The user if the seed controls it; `None` if the script does.
    user: Option<User>,
    complaints_logged: usize,
    shared: Rc<Shared>,
}

/// Plugs every phone in and waits until all are registered.
///
/// # Errors
/// A phone does not register in time.
pub async fn plug_in(people: &[Person], server: SocketAddr, speed: u32) -> Result<Vec<LivePhone>, Error> {
    let registering: Vec<JoinHandle<LivePhone>> =
        people.iter().map(|person| spawn_local(registered(person.clone(), server, speed))).collect();
    let mut phones = Vec::new();
    for (person, phone) in people.iter().zip(registering) {
        let phone = phone.await.map_err(|error| Error::Office(error.to_string()))?;
        if !phone.phone.is_registered() {
            let (state, reason) = (phone.phone.registration(), phone.phone.rejected());
            let reason = reason.map(|text| format!(", rejected with \"{text}\"")).unwrap_or_default();
            let Person { name, device, .. } = person;
            return Err(Error::Office(format!("the phone of {name}, {device}, is {state:?}{reason}")));
        }
        phones.push(phone);
    }
    Ok(phones)
}

/// Returns the phone when it is registered or the time is over.
async fn registered(person: Person, server: SocketAddr, speed: u32) -> LivePhone {
    let mut settings = person.phone();
    settings.reconnect_after = hastened(RECONNECT_AFTER, speed).max(Duration::from_millis(50));
    let mut live = LivePhone::new(Phone::new(settings), server, client::Clock::start());
    live.phone.plug_in();
    let all = async {
        while !live.phone.is_registered() {
            live.wait().await;
        }
    };
    // The caller checks whether the phone is registered.
    let _ = tokio::time::timeout(OPENING_TIME, all).await;
    live
}

impl OpenOffice {
    /// Starts a task for each phone.
    pub fn begin(
        clock: Clock,
        phones: Vec<LivePhone>,
        users: Vec<Option<User>>,
        transcript: Transcript,
    ) -> OpenOffice {
        let (tally, transcript) = (RefCell::default(), RefCell::new(transcript));
        let shared = Rc::new(Shared { clock, tally, transcript });
        let (mut senders, mut tasks) = (Vec::new(), Vec::new());
        for (live, user) in phones.into_iter().zip(users) {
            let (sender, deeds) = unbounded_channel();
            let (observer, shared) = (Observer::default(), shared.clone());
            let task = PhoneTask { live, observer, user, complaints_logged: 0, shared };
            senders.push(sender);
            tasks.push(spawn_local(task.run(deeds)));
        }
        OpenOffice { shared, senders, tasks, script: None }
    }

    /// Plays a script, once or repeatedly.
    pub fn play(&mut self, script: Script, repeat: bool) {
        let people = self.senders.clone();
        self.script = Some(spawn_local(play(script, repeat, self.shared.clock, people)));
    }

    /// Ends all tasks and returns what was counted.
    pub async fn end(self) -> Tally {
        if let Some(script) = self.script {
            script.abort();
            // It holds senders, which keep the tasks running.
            let _ = script.await;
        }
        drop(self.senders);
        for task in self.tasks {
            match task.await {
                Ok(task) => task.count_rest(),
                Err(error) => warn!(%error, "a phone cannot connect"),
            }
        }
        self.shared.tally.take()
    }
}

async fn play(script: Script, repeat: bool, clock: Clock, people: Vec<UnboundedSender<Action>>) {
    let mut at = clock.now();
    loop {
        for step in &script.steps {
            match step {
                Step::Wait(span) => {
                    at = at + *span;
                    tokio::time::sleep_until(clock.at(at)).await;
                }
                Step::Act { person, deed } => {
                    if let Some(deeds) = people.get(*person) {
                        // The task is gone when the office closes.
                        let _ = deeds.send(deed.clone());
                    }
                }
            }
        }
        if !repeat {
            return debug!("end of the script");
        }
    }
}

impl PhoneTask {
    /// Runs until all senders are gone.
    async fn run(mut self, mut deeds: UnboundedReceiver<Action>) -> PhoneTask {
        loop {
            self.act();
            let wake = self.user.as_ref().and_then(User::poll_timeout);
            let alarm = async {
                match wake {
                    Some(at) => tokio::time::sleep_until(self.shared.clock.at(at)).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                _ = self.live.wait() => {}
                () = alarm => {}
                deed = deeds.recv() => match deed {
                    Some(deed) => self.act_by_script(&deed),
                    None => return self,
                }
            }
        }
    }

    /// Observes the phone and does what the user decides.
    fn act(&mut self) {
        self.look();
        let now = self.shared.clock.now();
        while let Some(deed) = self.decide(now) {
            if let Err(error) = self.perform(now, &deed) {
                debug!(%error, "{} is not possible now", transcript::text(&deed));
            }
            self.look();
        }
    }

    fn decide(&mut self, now: Instant) -> Option<Action> {
        let phone = &self.live.phone;
        self.user.as_mut()?.decide(now, phone.is_registered(), phone.screen())
    }

    fn act_by_script(&mut self, deed: &Action) {
        self.look();
        if let Err(error) = self.perform(self.shared.clock.now(), deed) {
            warn!(%error, "the script says `{}`, which is not possible", transcript::text(deed));
            self.shared.tally.borrow_mut().missed += 1;
        }
    }

    fn look(&mut self) {
        let phone = &self.live.phone;
        self.observer.look(phone.is_registered(), phone.screen(), &mut self.shared.tally.borrow_mut());
        for complaint in phone.complaints().iter().skip(self.complaints_logged) {
            warn!(phone = %phone.settings().name, "complaint: {complaint}");
        }
        self.complaints_logged = phone.complaints().len();
    }

    fn perform(&mut self, now: Instant, deed: &Action) -> Result<(), CannotPress> {
        press(&mut self.live, deed)?;
        self.live.flush();
        debug!("{}", transcript::text(deed));
        self.shared.transcript.borrow_mut().write(now, deed);
        let mut tally = self.shared.tally.borrow_mut();
        match deed {
            Action::Dial { .. } | Action::DialAtOnce { .. } => tally.dialled += 1,
            Action::ForwardAll { .. } => tally.forwards += 1,
            Action::Unplug { .. } | Action::Reset { .. } => tally.faults += 1,
            _ => {}
        }
        Ok(())
    }

    /// Counts calls and complaints when the office closes.
    fn count_rest(self) {
        let mut tally = self.shared.tally.borrow_mut();
        tally.complaints += u64::try_from(self.live.phone.complaint_count()).unwrap_or(u64::MAX);
        self.observer.close(&mut tally);
    }
}

/// Does a deed with a phone. The script accepts only deeds that phones can do, so others have no effect.
fn press(live: &mut LivePhone, deed: &Action) -> Result<(), CannotPress> {
    let phone = &mut live.phone;
    match deed {
        Action::Dial { number, .. } => phone.dial(&number.0),
        Action::DialAtOnce { number, .. } => phone.dial_at_once(&number.0),
        Action::Type { digits, .. } => digits.0.chars().try_for_each(|digit| phone.press_digit(digit)),
        Action::BeginCall { .. } => phone.begin_call(),
        Action::Answer { .. } => phone.answer(),
        Action::HangUp { .. } => phone.hang_up(),
        Action::Reject { .. } => phone.reject(),
        Action::Hold { .. } => phone.hold(),
        Action::Resume { .. } => phone.resume(),
        Action::LiftHandset { .. } => phone.lift_handset(),
        Action::ReplaceHandset { .. } => phone.replace_handset(),
        Action::PressSpeaker { .. } => phone.press_speaker(),
        Action::PressLine { line, .. } => phone.press_line(line.0),
        Action::PressSpeedDial { button, .. } => phone.press_speed_dial(button.0),
        Action::PressKey { key, .. } => {
            let screen = phone.screen();
            let call = screen.active().or(screen.ringing()).or(screen.held());
            let call = call.map(|call| (call.line, call.reference));
            phone.press_soft_key(key.0, call)
        }
        Action::ForwardAll { number, .. } => phone.forward_all(&number.0),
        Action::StopForwarding { .. } => phone.stop_forwarding(),
        Action::Unplug { .. } => {
            live.unplug();
            Ok(())
        }
        Action::PlugIn { .. } => {
            phone.plug_in();
            Ok(())
        }
        Action::Restart { .. } => {
            phone.unregister();
            Ok(())
        }
        Action::Reset { .. } => {
            live.break_connection();
            Ok(())
        }
        _ => Ok(()),
    }
}
