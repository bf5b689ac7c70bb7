//! `hookflash demo`: watch it work without owning a phone.
//!
//! One process, real sockets: the switch with `examples/office.cfg`, three software phones over TCP, an
//! application over SIP. The application monitors, dials, answers, holds, retrieves and clears; everything that
//! travels is printed as a ladder. Then the office stays open.

mod cast;
mod play;

use std::process::ExitCode;

use clap::Args;
use hookflash_node::{Listeners, Node, Provisioned, config, provision};
use tokio::{
    runtime,
    signal::unix::{SignalKind, signal},
    task::LocalSet,
};

use crate::{
    command::serve,
    driver::{self, Driver},
    error::Error,
    listen::Bound,
    logging, say,
};

/// The configuration of the office.
const OFFICE: &str = include_str!("../../../../../examples/office.cfg");

/// Watch it work: a switch, software phones and an application, on this machine
#[derive(Args, Debug)]
pub struct Demo {
    /// End after the play instead of keeping the office open
    #[arg(long)]
    once: bool,
}

impl Demo {
    /// Plays, and keeps the office open.
    pub fn run(self) -> Result<ExitCode, Error> {
        logging::start("warn");
        let system = |action| move |source| Error::System { action, source };
        let runtime = runtime::Builder::new_current_thread()
            .enable_all()
            .on_thread_unpark(driver::note_idle)
            .build()
            .map_err(system("starting the runtime"))?;
        LocalSet::new().block_on(&runtime, async {
            let mut terminate = signal(SignalKind::terminate()).map_err(system("waiting for SIGTERM"))?;
            let mut interrupt = signal(SignalKind::interrupt()).map_err(system("waiting for SIGINT"))?;
            let loopback = std::net::Ipv4Addr::LOCALHOST.into();
            let provisioned = provision(&config::load(OFFICE).settings, Some(loopback));
            let (bound, addresses) = bind(&provisioned)?;
            let driver = Driver::new(Node::new(provisioned.settings)?, None);
            let control = serve::open_control(&driver, None)?;
            driver.start(bound, None)?;
            let code = tokio::select! {
                code = play::perform(addresses, self.once) => code,
                _ = terminate.recv() => ExitCode::SUCCESS,
                _ = interrupt.recv() => ExitCode::SUCCESS,
            };
            driver.shut_down().await;
            if let Some(control) = control {
                // Nobody is harmed by a socket file that stays behind.
                let _ = std::fs::remove_file(control);
            }
            Ok(code)
        })
    }
}

/// Where the office is open.
#[derive(Clone, Copy, Debug)]
pub struct Addresses {
    /// For phones.
    pub sccp: std::net::SocketAddr,
    /// For applications.
    pub sip: std::net::SocketAddr,
}

/// Binds the usual ports, or any free ones where another program has them.
fn bind(provisioned: &Provisioned) -> Result<(Bound, Addresses), Error> {
    let bound = Bound::bind(&provisioned.listeners).or_else(|error| {
        say!("{error}; the demo takes free ports instead");
        let any_port = |address: Option<std::net::SocketAddr>| {
            address.map(|address| std::net::SocketAddr::new(address.ip(), 0))
        };
        Bound::bind(&Listeners {
            sccp: any_port(provisioned.listeners.sccp),
            sip: any_port(provisioned.listeners.sip),
        })
    })?;
    match bound.addresses() {
        (Some(sccp), Some(sip)) => Ok((bound, Addresses { sccp, sip })),
        _ => Err(Error::NothingToListenOn),
    }
}
