//! The parties of a load test: phones that call each other in pairs, idle phones, and applications that monitor them.
//!
//! Phones `2n` and `2n + 1` of the first [`Office::callers`] are a pair; the rest are idle.

use std::{
    collections::HashMap,
    net::SocketAddr,
    ops::Range,
    time::{Duration, Instant},
};

use hookflash_sim::{application::RequestNumber, phone::PhoneSettings};
use hookflash_wire::{csta::EventKind, sccp::DeviceType};
use smol_str::SmolStr;

use super::{
    Error,
    application::Door,
    configuration::{device_name, number},
    parties::{Parties, Party},
    register::{self, Storm},
    server::Process,
    web::Told,
};

/// MonitorStarts that wait for their answer at once, for each session.
const WINDOW: usize = 32;

/// How long sessions and monitors may take altogether without one being answered.
const PATIENCE: Duration = Duration::from_secs(15);

/// The phones and applications; see the [module page](self).
pub struct Office {
    /// Phones and applications.
    pub parties: Parties,
    /// How many phones take part in calls.
    pub callers: usize,
    /// For each session, the phone behind each of its monitors.
    monitors: Vec<HashMap<SmolStr, usize>>,
    /// How many sessions watch the callers.
    sessions: usize,
    /// Notices taken from an application while it was set up that are of no interest.
    complaints: Vec<String>,
}

/// The part of an event that is used.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Heard {
    /// The phone whose line the monitor is on.
    pub phone: usize,
    /// What happened.
    pub kind: EventKind,
}

/// A notice of an application that matters to calls.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Learned {
    /// An event of a monitor.
    Event(Heard),
    /// A request was answered; with the reason if it was refused.
    Answer(RequestNumber, Result<(), String>),
}

impl Office {
    /// An office whose phones are all unplugged: `callers` that call, and `idle` ones.
    ///
    /// # Errors
    /// The system does not let us wait for sockets.
    pub fn new(server: SocketAddr, callers: usize, idle: usize, model: DeviceType) -> Result<Office, Error> {
        let mut parties = Parties::new(server).map_err(Error::Wait)?;
        for phone in 0..callers + idle {
            parties.add_phone(PhoneSettings::new(device_name(phone), model));
        }
        let (monitors, complaints) = (Vec::new(), Vec::new());
        Ok(Office { parties, callers, monitors, sessions: 0, complaints })
    }

    /// Registers all phones, `parallel` at once.
    ///
    /// # Errors
    /// Phones do not register.
    pub fn register(&mut self, parallel: usize, server: Option<Process>) -> Result<Storm, Error> {
        let before = server.and_then(Process::cpu);
        let mut storm = register::storm(&mut self.parties, parallel)?;
        let after = server.and_then(Process::cpu);
        storm.cpu = after.zip(before).map(|(after, before)| after.saturating_sub(before));
        Ok(storm)
    }

    /// Whether applications watch the callers.
    pub fn is_watched(&self) -> bool {
        self.sessions > 0
    }

    /// How many monitors there are.
    pub fn monitor_count(&self) -> usize {
        self.monitors.iter().map(HashMap::len).sum()
    }

    /// The session that watches, and acts for, a caller.
    pub fn session_of(&self, phone: usize) -> usize {
        phone % self.sessions.max(1)
    }

    /// What applications complained about.
    pub fn complaints(&self) -> &[String] {
        &self.complaints
    }

    /// Opens sessions and puts one monitor on the line of every caller.
    ///
    /// # Errors
    /// A session or monitor is refused, or not answered.
    pub fn watch_callers(&mut self, door: Door, sessions: usize) -> Result<(), Error> {
        let range = 0..self.callers;
        self.sessions = sessions;
        for session in 0..sessions {
            let phones = range.clone().skip(session).step_by(sessions).collect();
            self.watch(door, phones)?;
        }
        Ok(())
    }

    /// Opens a session and puts `count` monitors on the lines of idle phones, round and round.
    ///
    /// # Errors
    /// There is no idle phone; the session or a monitor is refused, or not answered.
    pub fn watch_idle(&mut self, door: Door, count: usize) -> Result<(), Error> {
        let idle: Range<usize> = self.callers..self.parties.phone_count();
        if idle.is_empty() && count > 0 {
            return Err(Error::NobodyIdle);
        }
        self.watch(door, idle.cycle_to(count))
    }

    /// Opens sessions, each with so many monitors on the lines of idle phones, round and round.
    ///
    /// # Errors
    /// There is no idle phone; a session or monitor is refused, or not answered.
    pub fn watch_from(&mut self, door: Door, sessions: usize, each: usize) -> Result<(), Error> {
        let idle: Range<usize> = self.callers..self.parties.phone_count();
        if idle.is_empty() {
            return Err(Error::NobodyIdle);
        }
        let mut phones = idle.cycle();
        for _ in 0..sessions {
            self.watch(door, phones.by_ref().take(each).collect())?;
        }
        Ok(())
    }

    /// Opens a session with a monitor on each of these phones' lines.
    fn watch(&mut self, door: Door, phones: Vec<usize>) -> Result<(), Error> {
        let Some(first) = phones.first() else { return Ok(()) };
        let server = door.address().ip();
        let target = format!("{}@{server}", number(*first));
        let user = format!("load{}@{server}", self.monitors.len());
        let session = self.parties.add_application(door, &user, &target).map_err(Error::Wait)?;
        self.monitors.push(HashMap::with_capacity(phones.len()));
        self.parties.use_application(session, |application, now| application.log_in(now));
        let mut asked: HashMap<RequestNumber, usize> = HashMap::new();
        let mut waiting = phones.iter().copied();
        let mut open = false;
        let mut progress = Instant::now();
        loop {
            while open
                && asked.len() < WINDOW
                && let Some(phone) = waiting.next()
            {
                let ask = self.parties.use_application(session, |application, now| {
                    application.monitor_start(now, &number(phone))
                });
                asked.insert(ask.0, phone);
            }
            if open && asked.is_empty() {
                return Ok(());
            }
            self.parties.wait(Some(progress + PATIENCE)).map_err(Error::Wait)?;
            while self.parties.next().is_some() {}
            while let Some(told) = self.parties.told(session) {
                progress = Instant::now();
                match told {
                    Told::Opened => open = true,
                    Told::MonitorStarted(request, reference) => {
                        if let (Some(phone), Some(monitors)) =
                            (asked.remove(&request), self.monitors.get_mut(session))
                        {
                            monitors.insert(reference, phone);
                        }
                    }
                    Told::Event(..) => {}
                    other => return Err(Error::NotWatched(format!("{other:?}"))),
                }
            }
            if progress.elapsed() > PATIENCE {
                return Err(Error::NotWatched("no answer".to_owned()));
            }
        }
    }

    /// Lets the application of a caller's session call another phone.
    pub fn make_call(&mut self, caller: usize, called: usize) -> (RequestNumber, Instant) {
        let session = self.session_of(caller);
        self.parties.use_application(session, |application, now| {
            application.make_call(now, &number(caller), &number(called))
        })
    }

    /// The next thing a session learned.
    pub fn learned(&mut self, session: usize) -> Option<Learned> {
        loop {
            match self.parties.told(session)? {
                Told::Event(monitor, kind) => {
                    let monitors = self.monitors.get(session)?;
                    if let Some(phone) = monitors.get(&monitor) {
                        return Some(Learned::Event(Heard { phone: *phone, kind }));
                    }
                    self.complain("event of a monitor that nobody started".to_owned());
                }
                Told::Answer(request, answer) => return Some(Learned::Answer(request, answer)),
                Told::Complaint(complaint) => self.complain(complaint),
                Told::Opened | Told::MonitorStarted(..) => {}
            }
        }
    }

    fn complain(&mut self, complaint: String) {
        const MOST: usize = 100;
        if self.complaints.len() < MOST {
            self.complaints.push(complaint);
        }
    }

    /// Waits for `time`, while phones and applications send their keepalives.
    ///
    /// # Errors
    /// The system does not let us wait.
    pub fn rest(&mut self, time: Duration) -> Result<(), Error> {
        let end = Instant::now() + time;
        while Instant::now() < end {
            self.parties.wait(Some(end)).map_err(Error::Wait)?;
            while let Some(touched) = self.parties.next() {
                if let Party::Application(session) = touched.party {
                    while self.learned(session).is_some() {}
                }
            }
        }
        Ok(())
    }
}

/// A range, round and round.
trait CycleTo {
    fn cycle_to(self, count: usize) -> Vec<usize>;
}

impl CycleTo for Range<usize> {
    fn cycle_to(self, count: usize) -> Vec<usize> {
        self.cycle().take(count).collect()
    }
}
