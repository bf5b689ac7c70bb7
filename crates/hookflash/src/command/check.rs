//! `hookflash check`: diagnose a configuration.

use std::{path::PathBuf, process::ExitCode};

use clap::Args;
use hookflash_driver::{configuration, say, terminal};
use hookflash_node::{
    config::{self, Severity},
    provision, recording,
};

use crate::error::Error;

/// Diagnose a configuration; fails if a line of it is wrong
#[derive(Args, Debug)]
pub struct Check {
    /// The configuration
    file: PathBuf,
}

impl Check {
    /// Prints every diagnostic and a line that sums them up.
    pub fn run(self) -> Result<ExitCode, Error> {
        let (text, loaded) = configuration::read(&self.file)?;
        let name = self.file.to_string_lossy();
        let findings = loaded.diagnostics.iter().cloned();
        let findings: Vec<_> = findings.map(|finding| recording::mask_finding(finding, &text)).collect();
        terminal::print(&config::render_diagnostics(&name, &recording::mask_text(&text), &findings));
        let provisioned = provision(&loaded.settings, None);
        provisioned.notes.iter().for_each(|note| say!("note: {note}\n"));
        let listens = !provisioned.listeners.is_empty();
        let count = |severity| loaded.diagnostics.iter().filter(|d| d.severity == severity).count();
        let verdict = match (loaded.can_run(), listens) {
            _ if loaded.unreadable => "it cannot run",
            (false, _) => "it runs without the lines with errors (not with --strict)",
            (true, false) => "it can run with --bind ADDRESS only: it names no address to listen on",
            (true, true) => "it can run",
        };
        say!(
            "{name}: {} error(s), {} warning(s), {} note(s); {verdict}",
            configuration::errors(&loaded),
            count(Severity::Warning),
            count(Severity::Note) + provisioned.notes.len(),
        );
        Ok(if loaded.can_run() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}
