//! Errors of the driver.

use std::{io, net::SocketAddr, path::PathBuf};

/// Why a server cannot run or be reached. `Display` gives the text for the person at the terminal.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file cannot be read.
    #[error("cannot read {path}: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// The data directory, or a file that is to be written, cannot be used.
    #[error("cannot use {path}: {source}")]
    Data {
        /// The directory or file.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// The configuration has errors. Its diagnostics were printed before.
    #[error("{path} cannot run: {errors} error(s) in it")]
    Configuration {
        /// The file.
        path: PathBuf,
        /// How many errors.
        errors: usize,
    },
    /// The configuration does not say where to listen.
    #[error(
        "nothing to listen on: the configuration has no `ip source-address` under telephony-service \
         (or give --bind ADDRESS)"
    )]
    NothingToListenOn,
    /// A listener cannot be bound.
    #[error("cannot listen for {service} on {address}: {source}{}", bind_hint(source))]
    Bind {
        /// The protocol.
        service: &'static str,
        /// The address to listen on.
        address: SocketAddr,
        /// The system's error.
        source: io::Error,
    },
    /// A certificate, or its key, cannot be used.
    #[error("cannot use the certificate {path}: {reason}")]
    Certificate {
        /// The file, or what it is called.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// No running server answers at the control socket.
    #[error(
        "cannot connect to a server at {path}: {source} (is `hookflash serve` running with the same --data?)"
    )]
    NoServer {
        /// The control socket.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// The settings of the node contradict each other.
    #[error(transparent)]
    Settings(#[from] hookflash_node::InvalidSettings),
    /// Another operation of the operating system failed.
    #[error("{action}: {source}")]
    System {
        /// The operation.
        action: &'static str,
        /// The system's error.
        source: io::Error,
    },
}

fn bind_hint(source: &io::Error) -> &'static str {
    match source.kind() {
        io::ErrorKind::AddrNotAvailable => {
            " (this machine does not have the address; replace it with --bind, for instance --bind 127.0.0.1)"
        }
        io::ErrorKind::AddrInUse => " (another program uses the port)",
        io::ErrorKind::PermissionDenied => " (ports below 1024 need privileges)",
        _ => "",
    }
}
