//! `hookflash check`: diagnose a configuration.

use std::{
    fs::File,
    io::Read,
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::Args;
use hookflash_node::{
    config::{self, Loaded, Severity},
    provision,
};

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
        let provisioned = provision(&loaded.settings, None);
        provisioned.notes.iter().for_each(|note| say!("note: {note}\n"));
        let listens = provisioned.listeners.sccp.is_some() || provisioned.listeners.sip.is_some();
        let count = |severity| loaded.diagnostics.iter().filter(|d| d.severity == severity).count();
        let verdict = match (loaded.can_run(), listens) {
            (false, _) => "it cannot run",
            (true, false) => "it can run with --bind ADDRESS only: it names no address to listen on",
            (true, true) => "it can run",
        };
        say!(
            "{name}: {} error(s), {} warning(s), {} note(s); {verdict}",
            errors(&loaded),
            count(Severity::Warning),
            count(Severity::Note) + provisioned.notes.len(),
        );
        Ok(if loaded.can_run() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

/// Reads a configuration file, and nothing of what is longer than one can be.
pub fn read(path: &Path) -> Result<(String, Loaded), Error> {
    let failed = |source| Error::Read { path: path.to_owned(), source };
    let limit = u64::try_from(config::MAX_TEXT_LENGTH).unwrap_or(u64::MAX).saturating_add(1);
    let mut bytes = Vec::new();
    File::open(path).map_err(failed)?.take(limit).read_to_end(&mut bytes).map_err(failed)?;
    let text = config::text_of(&bytes);
    let loaded = config::load(&text);
    Ok((text, loaded))
}

/// How many errors a configuration has.
pub fn errors(loaded: &Loaded) -> usize {
    loaded.diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error).count()
}
