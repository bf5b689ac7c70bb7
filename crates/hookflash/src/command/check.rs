//! `hookflash check`: diagnose a configuration.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::Args;
use hookflash_node::config::{self, Loaded, Severity};

use crate::{error::Error, say};

/// Diagnose a configuration; fails if it cannot run
#[derive(Args, Debug)]
pub struct Check {
    /// The configuration
    file: PathBuf,
}

impl Check {
    /// Prints every diagnostic and a line that sums them up.
    pub fn run(self) -> Result<ExitCode, Error> {
        let (text, loaded) = read(&self.file)?;
        let name = self.file.to_string_lossy();
        say::print(&config::render_diagnostics(&name, &text, &loaded.diagnostics));
        let count = |severity| loaded.diagnostics.iter().filter(|d| d.severity == severity).count();
        say!(
            "{name}: {} error(s), {} warning(s), {} note(s); {}",
            errors(&loaded),
            count(Severity::Warning),
            count(Severity::Note),
            if loaded.can_run() { "it can run" } else { "it cannot run" },
        );
        Ok(if loaded.can_run() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

/// Reads a configuration file.
pub fn read(path: &Path) -> Result<(String, Loaded), Error> {
    let bytes = std::fs::read(path).map_err(|source| Error::Read { path: path.to_owned(), source })?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let loaded = config::load(&text);
    Ok((text, loaded))
}

/// How many errors a configuration has.
pub fn errors(loaded: &Loaded) -> usize {
    loaded.diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error).count()
}
