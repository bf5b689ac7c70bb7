//! Why a command failed, in words for the person at the terminal.

use std::{io, net::SocketAddr, path::PathBuf};

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file cannot be read.
    #[error("cannot read {path}: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The data directory cannot be used.
    #[error("cannot use {path}: {source}")]
    Data {
        /// The directory or the file in it.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The configuration has errors; they were printed.
    #[error("{path} cannot run: {errors} error(s) in it")]
    Configuration {
        /// The file.
        path: PathBuf,
        /// How many.
        errors: usize,
    },
    /// There is no configuration.
    #[error(
        "no configuration: name one with --config FILE, or a --data directory that holds a startup-config"
    )]
    NoConfiguration,
    /// The configuration does not say where to listen.
    #[error(
        "nothing to listen on: the configuration has no `ip source-address` under telephony-service \
         (or give --bind ADDRESS)"
    )]
    NothingToListenOn,
    /// A listener cannot be bound.
    #[error("cannot listen for {service} on {address}: {source}{}", bind_hint(source))]
    Bind {
        /// What for.
        service: &'static str,
        /// Where.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// No running server answers.
    #[error("no server answers at {path}: {source} (is `hookflash serve` running with the same --data?)")]
    NoServer {
        /// The control socket.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A recording cannot be replayed.
    #[error("cannot replay {path}: {reason}")]
    Recording {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: hookflash_node::recording::ReplayError,
    },
    /// An argument of the command line makes no sense.
    #[error("{0}")]
    Argument(String),
    /// The settings contradict themselves.
    #[error(transparent)]
    Settings(#[from] hookflash_node::InvalidSettings),
    /// Something could not be measured.
    #[error(transparent)]
    Load(#[from] crate::load::Error),
    /// The office of virtual phones cannot open.
    #[error("the office cannot open: {0}")]
    Office(String),
    /// Any other trouble with the operating system.
    #[error("{action}: {source}")]
    System {
        /// What was tried.
        action: &'static str,
        /// Why it failed.
        source: io::Error,
    },
}

fn bind_hint(source: &io::Error) -> &'static str {
    match source.kind() {
        io::ErrorKind::AddrNotAvailable => {
            " (this machine does not have the address: --bind 127.0.0.1 replaces it, say)"
        }
        io::ErrorKind::AddrInUse => " (another program has the port)",
        io::ErrorKind::PermissionDenied => " (ports below 1024 need privileges)",
        _ => "",
    }
}
