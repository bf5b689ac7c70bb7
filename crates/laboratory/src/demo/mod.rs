//! `hookflash demo`: shows the switch at work without a real phone.
//!
//! One process, real sockets: the switch with `examples/office.cfg`, three software phones over TCP, an
//! application over SIP. The application monitors, dials, answers, holds, retrieves and clears; the messages of each scene
//! are printed as a ladder, at reading speed. Then the office stays open until a signal.
//!
//! Each demo has a data directory of its own, so that several can run at once and each is reached by the commands that it
//! prints.

mod invocation;
mod parties;
mod scenes;
mod stage;

use std::{
    io,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::Args;
use hookflash_driver::{Bound, Driver, Recorder, Signals, logging, open_control, runtime, say};
use hookflash_node::{Listeners, Node, Provisioned, config, provision};
use tokio::task::LocalSet;

use self::{
    scenes::Play,
    stage::{Colours, Stage},
};
use crate::error::Error;

/// The configuration of the office.
const OFFICE: &str = include_str!("../../../../examples/office.cfg");

/// Run a switch, software phones and an application on this machine, and print their messages
#[derive(Args, Debug)]
pub struct Demo {
    /// End after the last scene instead of keeping the office open, and without pauses: for scripts
    #[arg(long)]
    once: bool,
    /// How many times faster than reading speed [default: 1 at a terminal, else as fast as it goes]
    #[arg(long, value_name = "N", value_parser = speed)]
    speed: Option<f64>,
    /// Print the messages of registrations too
    #[arg(short, long)]
    all: bool,
    /// Colour the messages
    #[arg(long, value_enum, value_name = "WHEN", default_value_t = Colours::Auto)]
    color: Colours,
}

fn speed(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(speed) if (0.1..=1000.0).contains(&speed) => Ok(speed),
        _ => Err("a number from 0.1 to 1000 is expected".to_owned()),
    }
}

impl Demo {
    /// Runs the scenes, and keeps the office open unless `--once` is given.
    pub fn run(self) -> Result<ExitCode, Error> {
        logging::start("warn");
        LocalSet::new().block_on(&runtime()?, async {
            let mut signals = Signals::new()?;
            let loopback = std::net::Ipv4Addr::LOCALHOST.into();
            let provisioned = provision(&config::load(OFFICE).settings, Some(loopback));
            let (bound, addresses) = bind(&provisioned)?;
            let driver = Driver::new(Node::new(provisioned.settings)?, Recorder::default());
            let data = Temporary::create()?;
            open_control(&driver, Some(data.path()))?;
            driver.start(bound, None)?;
            let stage = Stage::of_terminal(self.color, self.speed, self.once);
            let play = Play { addresses, stage, all: self.all, once: self.once, data: data.path() };
            let code = tokio::select! {
                code = play.run() => code,
                _ = signals.any() => ExitCode::SUCCESS,
            };
            driver.shut_down().await;
            Ok(code)
        })
    }
}

/// The addresses of the listeners.
#[derive(Clone, Copy, Debug)]
pub struct Addresses {
    /// The listener for phones.
    pub sccp: std::net::SocketAddr,
    /// The listener for applications.
    pub sip: std::net::SocketAddr,
}

/// Binds the configured ports, or free ports if another program has one of them.
fn bind(provisioned: &Provisioned) -> Result<(Bound, Addresses), Error> {
    let bound = Bound::bind(&provisioned.listeners).or_else(|error| {
        say!("{error}; the demo takes free ports instead");
        let any_port = |address: Option<std::net::SocketAddr>| {
            address.map(|address| std::net::SocketAddr::new(address.ip(), 0))
        };
        Bound::bind(&Listeners {
            sccp: any_port(provisioned.listeners.sccp),
            sip: any_port(provisioned.listeners.sip),
            csta: any_port(provisioned.listeners.csta),
            tftp: any_port(provisioned.listeners.tftp),
            files: any_port(provisioned.listeners.files),
            http: any_port(provisioned.listeners.http),
            ..Listeners::default()
        })
    })?;
    match bound.addresses() {
        Listeners { sccp: Some(sccp), sip: Some(sip), .. } => Ok((bound, Addresses { sccp, sip })),
        _ => Err(hookflash_driver::Error::NothingToListenOn.into()),
    }
}

/// A data directory that is gone when the demo ends. Only this user may use it.
struct Temporary(PathBuf);

impl Temporary {
    fn create() -> Result<Temporary, Error> {
        let name = |attempt: u32| match attempt {
            0 => format!("hookflash-demo-{}", std::process::id()),
            attempt => format!("hookflash-demo-{}-{attempt}", std::process::id()),
        };
        let mut last = None;
        // Somebody else may have made a directory of that name.
        for attempt in 0..100 {
            let path = std::env::temp_dir().join(name(attempt));
            match std::fs::DirBuilder::new().mode(0o700).create(&path) {
                Ok(()) => return Ok(Temporary(path)),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => last = Some((path, error)),
                Err(source) => return Err(Error::Data { path, source }),
            }
        }
        let (path, source) =
            last.unwrap_or_else(|| (std::env::temp_dir(), io::ErrorKind::AlreadyExists.into()));
        Err(Error::Data { path, source })
    }

    fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        // What stays is in the system's directory for what may be removed.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
