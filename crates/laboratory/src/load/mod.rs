//! The load tool: thousands of virtual phones, applications that watch them, and SIP endpoints, against a running
//! server over real sockets.
//!
//! It runs on one thread, which should have a core of its own, and waits for all sockets at once. Phones and applications
//! are those of `hookflash_sim`, which decode and check everything they receive.
//!
//! | module | what it is |
//! | --- | --- |
//! | [`command`] | `hookflash load`: options, and what is printed |
//! | [`configuration`] | the configuration of a server under load |
//! | [`parties`] | phones and applications on sockets |
//! | [`application`], [`web`] | applications over SIP and over WebSocket |
//! | [`sessions`] | many sessions at once |
//! | [`register`] | registration storms, keepalives |
//! | [`office`] | pairs of callers, idle phones, sessions and monitors |
//! | [`calls`] | calls at a given rate; [`outcome`]: their results |
//! | [`sip`] | SIP requests, registrations and calls at a given rate, to this server and to others beside it |
//! | [`schedule`] | the schedule of calls and requests |
//! | [`steps`] | steps of rising rates, overload |
//! | [`suite`] | all figures with targets, measured with servers of its own |
//! | [`plot`], [`json`] | results as a picture and for programs |
//!
//! # How latencies are measured
//!
//! Calls arrive on a schedule made beforehand, and their latencies count from the scheduled instant. So a server that stalls
//! is charged with all calls that wait, not only with the one on which it stalled. Latencies from an action of one party to
//! a message at another party are measured in this process with one clock: from before the bytes are written to the first
//! socket until after the other socket was read.

mod alarm;
pub mod application;
pub mod calls;
mod command;
pub mod configuration;
mod connection;
pub mod json;
pub mod latency;
pub mod office;
pub mod outcome;
pub mod parties;
pub mod plot;
pub mod register;
pub mod schedule;
pub mod server;
pub mod sessions;
pub mod sip;
pub mod steps;
pub mod suite;
pub mod web;

use std::{io, net::SocketAddr, path::PathBuf};

pub use command::Load;

/// Why the load tool could not measure.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The system does not let us wait for sockets.
    #[error("cannot wait for sockets: {0}")]
    Wait(io::Error),
    /// Phones or SIP endpoints do not get registered.
    #[error("only {registered} of {wanted} registered: {why}")]
    NotRegistered {
        /// How many did.
        registered: usize,
        /// How many should.
        wanted: usize,
        /// What seems to be the matter.
        why: String,
    },
    /// A session or monitor was refused.
    #[error("no monitors: {0}")]
    NotWatched(String),
    /// Monitors for idle phones were asked for, but there are none.
    #[error("monitors on idle phones need idle phones: give --idle-phones too")]
    NobodyIdle,
    /// Monitors were asked for without saying where.
    #[error("applications need an address to connect to: give --sip or --web ADDRESS:PORT")]
    NoSip,
    /// A SIP server does not do what is offered to it.
    #[error("{server} does not serve {offer}: {why}")]
    NotAnswered {
        /// Its address.
        server: SocketAddr,
        /// What was offered.
        offer: &'static str,
        /// What seems to be the matter.
        why: String,
    },
    /// A SIP server refuses what is offered to it.
    #[error("{server}: {failure}")]
    Refused {
        /// Its address.
        server: SocketAddr,
        /// What it refuses, with which status, and what that means.
        failure: String,
    },
    /// A server does not start.
    #[error("cannot start {binary}: {source}")]
    Start {
        /// The program.
        binary: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A result cannot be written.
    #[error("cannot write {path}: {source}")]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}
