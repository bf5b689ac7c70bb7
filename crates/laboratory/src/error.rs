//! Errors of the commands.

use std::{io, path::PathBuf};

/// Why a command failed. `Display` gives the text for the person at the terminal.
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
    /// A file or directory cannot be written.
    #[error("cannot use {path}: {source}")]
    Data {
        /// The file or directory.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// A recording cannot be replayed.
    #[error("cannot replay {path}: {reason}")]
    Recording {
        /// The file.
        path: PathBuf,
        /// Why not.
        reason: hookflash_node::recording::ReplayError,
    },
    /// An argument of the command line is not valid.
    #[error("{0}")]
    Argument(String),
    /// The settings of the node contradict each other.
    #[error(transparent)]
    Settings(#[from] hookflash_node::InvalidSettings),
    /// The server of the command cannot run.
    #[error(transparent)]
    Server(#[from] hookflash_driver::Error),
    /// The load tool could not measure.
    #[error(transparent)]
    Load(#[from] crate::load::Error),
    /// A phone of the office does not register.
    #[error("the office cannot open: {0}")]
    Office(String),
    /// Another operation of the operating system failed.
    #[error("{action}: {source}")]
    System {
        /// The operation.
        action: &'static str,
        /// The system's error.
        source: io::Error,
    },
}
