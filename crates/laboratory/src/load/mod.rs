//! The load tool: thousands of virtual phones, applications that watch them, and SIP endpoints, against a running
//! server over real sockets.
//!
//! It runs on one thread, best on a core of its own, and waits for all sockets at once. Phones and applications
//! are those of `hookflash_sim`: they decode and check everything they are sent.
//!
//! | module | what it is |
//! | --- | --- |
//! | [`command`] | `hookflash load`: options, and what is printed |
//! | [`configuration`] | the configuration of a server under load |
//! | [`parties`] | phones and applications on sockets |
//! | [`register`] | registration storms, keepalives |
//! | [`office`] | pairs of callers, idle phones, sessions and monitors |
//! | [`calls`] | calls at a given rate, and what became of them: [`outcome`] |
//! | [`sip`] | SIP requests, registrations and calls at a given rate, to this server and to others beside it |
//! | [`schedule`] | when what is offered begins |
//! | [`steps`] | rates that rise until they are too high; overload |
//! | [`suite`] | every figure that is asked of the server, with servers of its own |
//! | [`plot`], [`json`] | results as a picture and for programs |
//!
//! # How latencies are measured
//!
//! Calls arrive on a schedule made beforehand, and count from the scheduled instant: a server that stalls is
//! charged with all calls it keeps waiting, not only with the one it stalled on. Latencies from one party's act
//! to what another party learns are taken in this one process, with one clock: from before the bytes are handed
//! to the socket until after the other socket was read.

mod alarm;
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
pub mod sip;
pub mod steps;
pub mod suite;

use std::{io, net::SocketAddr, path::PathBuf};

pub use command::Load;

/// Why something could not be measured.
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
    #[error("applications need an address to connect to: give --sip ADDRESS:PORT")]
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
