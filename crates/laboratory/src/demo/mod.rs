//! `hookflash demo`: shows the switch at work without a real phone.
//!
//! One process, real sockets: the switch with `examples/office.cfg`, three software phones over TCP, an
//! application over SIP. The application monitors, dials, answers, holds, retrieves and clears; all messages are
//! printed as a ladder. Then the office stays open until a signal.

mod parties;
mod scenes;

use std::process::ExitCode;

use clap::Args;
use hookflash_driver::{Bound, Driver, Recorder, Signals, logging, open_control, runtime, say};
use hookflash_node::{Listeners, Node, Provisioned, config, provision};
use tokio::task::LocalSet;

use crate::error::Error;

/// The configuration of the office.
const OFFICE: &str = include_str!("../../../../examples/office.cfg");

/// Run a switch, software phones and an application on this machine, and print their messages
#[derive(Args, Debug)]
pub struct Demo {
    /// End after the play instead of keeping the office open
    #[arg(long)]
    once: bool,
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
            let control = open_control(&driver, None)?;
            driver.start(bound, None)?;
            let code = tokio::select! {
                code = scenes::run(addresses, self.once) => code,
                _ = signals.any() => ExitCode::SUCCESS,
            };
            driver.shut_down().await;
            if let Some(control) = control {
                // If it stays, the next server replaces it.
                let _ = std::fs::remove_file(control);
            }
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
