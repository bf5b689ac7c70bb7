//! `hookflash sim --serve`: an office of virtual phones to test applications against.
//!
//! A node behind sockets, as `hookflash serve` runs it, and virtual phones that connect to it over TCP. A seed ([`user`]) or
//! a script ([`script`]) decides what the users of the phones do. Applications connect from outside and may control the
//! phones at the same time.
//!
//! ```text
//!   applications ── SIP ──► Driver, Node ◄── SCCP ── LivePhone ◄── PhoneTask ◄── User (seed) or Script
//!                                                        │            └──► Transcript: a script of it all
//!                                                        └── Observer ──► Tally
//! ```
//!
//! # Office time and real time
//!
//! Users and the switch's `timeouts` use office time, which runs `--speed` times faster than the machine's clock. The
//! protocols (SIP transactions, session intervals, keepalives) and the time of day use real time, because applications do:
//! a session interval of half an hour must last half an hour for them.

mod clock;
mod dice;
mod observer;
mod phones;
mod roster;
mod script;
mod tally;
mod transcript;
mod user;

use std::{net::IpAddr, path::PathBuf, process::ExitCode, rc::Rc, time::Duration};

use clap::Args;
use hookflash_core::{Instant, Timeouts};
use hookflash_driver::{
    Bound, Driver, Recorder, Signals, address::host_address, configuration, control_path, logging,
    raise_file_limit, runtime, say, terminal,
};
use hookflash_node::{Listeners, Node, Provisioned, config, provision};
use tokio::task::LocalSet;
use tracing::{info, warn};

use self::{
    clock::{Clock, hastened},
    phones::OpenOffice,
    roster::Person,
    script::Script,
    tally::Tally,
    transcript::Transcript,
    user::{Habits, User},
};
use crate::error::Error;

/// Time after which users repeat what had no effect: in office time, and at least this much real time.
const RETRY_AFTER: (Duration, Duration) = (Duration::from_secs(10), Duration::from_millis(500));

/// An office for applications: real sockets, virtual phones whose users make calls
#[derive(Args, Debug)]
#[command(next_help_heading = "The office of --serve")]
pub struct Office {
    /// How many phones there are, numbered from 201
    #[arg(long, value_name = "N", default_value_t = 20, requires = "serve", conflicts_with = "config")]
    #[arg(value_parser = clap::value_parser!(u16).range(2..=999))]
    phones: u16,
    /// The office of a configuration instead: a phone for each ephone with a line
    #[arg(long, value_name = "FILE", requires = "serve")]
    config: Option<PathBuf>,
    /// The address to listen on
    #[arg(long, value_name = "HOST", default_value = "127.0.0.1", requires = "serve", value_parser = host_address)]
    bind: IpAddr,
    /// The port for applications, UDP and TCP; 0 takes a free one
    #[arg(long, value_name = "P", default_value_t = config::DEFAULT_SIP_PORT, requires = "serve")]
    sip_port: u16,
    /// The port for phones; 0 takes a free one
    #[arg(long, value_name = "P", default_value_t = 0, requires = "serve")]
    sccp_port: u16,
    /// How many times faster than real time users act
    #[arg(long, value_name = "N", default_value_t = 1, requires = "serve")]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=1000))]
    speed: u32,
    /// What users do, in the sentences of stories: `after 10 seconds`, `alice dials 202`, `bob answers`, ...
    #[arg(long, value_name = "FILE", requires = "serve")]
    script: Option<PathBuf>,
    /// Play the script again whenever it has ended
    #[arg(long, requires = "script")]
    repeat: bool,
    /// Calls per minute of each user who is not in the script, on average [default: 1, with a script 0]
    #[arg(long, value_name = "R", requires = "serve", value_parser = calls_per_minute)]
    calls_per_minute: Option<f64>,
    /// Unplug phones and break connections at random
    #[arg(long, requires = "serve")]
    faults: bool,
    /// Let users forward all calls to another user at random, for a few minutes
    #[arg(long, requires = "serve")]
    forwarding: bool,
    /// Close after this many seconds of office time
    #[arg(long, value_name = "SECONDS", requires = "serve")]
    duration: Option<u64>,
    /// Directory for a control socket: `hookflash cli --data DIR` queries the switch
    #[arg(long, value_name = "DIR", requires = "serve")]
    data: Option<PathBuf>,
    /// Write what users did into a file, as a script that repeats it
    #[arg(long, value_name = "FILE", requires = "serve")]
    transcript: Option<PathBuf>,
}

/// Everything that is prepared before the office opens.
struct Plan {
    provisioned: Provisioned,
    people: Vec<Person>,
    script: Option<Script>,
    transcript: Transcript,
}

impl Office {
    /// Keeps the office open for its duration or until a signal. The exit code is a failure if a phone had complaints.
    pub fn run(&self, seed: u64) -> Result<ExitCode, Error> {
        logging::start("warn,hookflash_laboratory::office=info");
        raise_file_limit();
        let plan = self.plan(seed)?;
        let tally = LocalSet::new().block_on(&runtime()?, self.open(plan, seed))?;
        say!("{tally}");
        Ok(if tally.complaints == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    fn plan(&self, seed: u64) -> Result<Plan, Error> {
        let settings = match &self.config {
            Some(path) => configuration::load(path, configuration::WrongLines::LeftOut)?.settings,
            None => config::load(&roster::configuration(self.phones.into())).settings,
        };
        let mut provisioned = provision(&settings, Some(self.bind));
        for note in &provisioned.notes {
            warn!("{note}");
        }
        if !provisioned.settings.uacsta.enabled {
            warn!("applications are refused: `no cti shutdown` is missing under `voice service voip`");
        }
        if let (Some(sccp), Some(sip)) = (&mut provisioned.listeners.sccp, &mut provisioned.listeners.sip) {
            sccp.set_port(self.sccp_port);
            sip.set_port(self.sip_port);
        }
        hasten(&mut provisioned.settings.switch.timeouts, self.speed);
        for line in &mut provisioned.settings.switch.lines {
            let timeout = &mut line.forwarding.no_answer_timeout;
            *timeout = hastened(*timeout, self.speed);
        }
        let people = roster::people(&settings, &provisioned);
        let script = self.script.as_deref().map(|path| Script::read(path, &people)).transpose()?;
        if self.repeat && script.as_ref().is_some_and(|script| script.length().is_zero()) {
            return Err(Error::Argument(
                "a script that is repeated must take time: `after 10 seconds`".to_owned(),
            ));
        }
        if let Some(data) = &self.data {
            std::fs::create_dir_all(data).map_err(|source| Error::Data { path: data.clone(), source })?;
        }
        let title = format!("An office of {} phones with the seed {seed}.", people.len());
        let transcript = match &self.transcript {
            Some(path) => Transcript::create(path, &title)?,
            None => Transcript::default(),
        };
        Ok(Plan { provisioned, people, script, transcript })
    }

    async fn open(&self, plan: Plan, seed: u64) -> Result<Tally, Error> {
        let Plan { provisioned, people, script, transcript } = plan;
        let mut signals = Signals::new()?;
        let bound = Bound::bind(&provisioned.listeners)?;
        let ready = bound.ready_line();
        let Listeners { sccp: Some(sccp), sip: Some(_), .. } = bound.addresses() else {
            return Err(hookflash_driver::Error::NothingToListenOn.into());
        };
        let driver = Driver::new(Node::new(provisioned.settings)?, Recorder::default());
        let control = self.data.as_deref().map(|data| control_path(Some(data)));
        driver.start(bound, control.as_deref())?;
        let phones = tokio::select! {
            phones = phones::plug_in(&people, sccp, self.speed) => phones?,
            _ = signals.any() => return Ok(Tally::default()),
        };
        info!(seed, speed = self.speed, phones = people.len(), "the office is open");
        let clock = Clock::start(self.speed);
        let mut office =
            OpenOffice::begin(clock, phones, self.users(&people, script.as_ref(), seed), transcript);
        if let Some(script) = script {
            office.play(script, self.repeat);
        }
        terminal::print_ready(&ready);
        tokio::select! {
            () = self.closing_time(clock) => {}
            _ = signals.any() => {}
        }
        let mut tally = office.end().await;
        driver.shut_down().await;
        tally.events = driver.events_sent();
        if let Some(control) = control {
            // If it stays, the next server replaces it.
            let _ = std::fs::remove_file(control);
        }
        Ok(tally)
    }

    /// The users that the seed controls: those that do nothing in the script.
    fn users(&self, people: &[Person], script: Option<&Script>, seed: u64) -> Vec<Option<User>> {
        let rate = self.calls_per_minute.unwrap_or(if script.is_some() { 0.0 } else { 1.0 });
        let (office_time, real_time) = RETRY_AFTER;
        let habits = Habits {
            calls_every: (rate > 0.0).then(|| Duration::from_secs_f64(60.0 / rate)),
            faults: self.faults,
            forwarding: self.forwarding,
            retry_after: office_time.max(real_time * self.speed),
        };
        let numbers: Rc<[String]> = people.iter().map(|person| person.number.clone()).collect();
        let actors = script.map(Script::actors).unwrap_or_default();
        let user = |(place, person): (usize, &Person)| {
            let free = !actors.contains(&place);
            free.then(|| User::new(&person.name, place, numbers.clone(), seed, habits.clone()))
        };
        people.iter().enumerate().map(user).collect()
    }

    async fn closing_time(&self, clock: Clock) {
        match self.duration {
            Some(seconds) => {
                tokio::time::sleep_until(clock.at(Instant::ZERO + Duration::from_secs(seconds))).await;
            }
            None => std::future::pending().await,
        }
    }
}

/// Converts the timeouts of the configuration from office time to real time.
fn hasten(timeouts: &mut Timeouts, speed: u32) {
    let Timeouts {
        interdigit,
        ringing,
        busy,
        make_call_prompt,
        station_lost,
        transfer_recall,
        new_call_accept,
        media_exchange,
        // Audio is not hastened.
        media_inactive: _,
    } = timeouts;
    let always = [interdigit, ringing, busy, make_call_prompt, station_lost, new_call_accept, media_exchange];
    for timeout in always.into_iter().chain(transfer_recall) {
        *timeout = hastened(*timeout, speed);
    }
}

fn calls_per_minute(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(rate) if (0.0..=60.0).contains(&rate) => Ok(rate),
        _ => Err("a number from 0 to 60".to_owned()),
    }
}
