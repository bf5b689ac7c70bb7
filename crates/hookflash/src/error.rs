//! Errors of the program.

/// Why a command failed. `Display` gives the text for the person at the terminal.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Neither `--config` nor `--data` was given.
    #[error(
        "no configuration: name one with --config FILE, or a --data directory that holds a startup-config"
    )]
    NoConfiguration,
    /// The server cannot run or be reached.
    #[error(transparent)]
    Server(#[from] hookflash_driver::Error),
    /// A command of the laboratory failed.
    #[error(transparent)]
    Laboratory(#[from] hookflash_laboratory::Error),
}
