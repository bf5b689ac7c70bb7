//! Reading a configuration file.

use std::{fs::File, io::Read, path::Path};

use hookflash_node::{
    config::{self, Coverage, Diagnostic, Loaded, Severity},
    recording,
};

use tracing::{error, info, warn};

use crate::error::Error;

/// Reads a configuration file. Of a file that is longer than [`config::MAX_TEXT_LENGTH`], one byte more than that is
/// read, so that the diagnostics say that it is too long.
///
/// # Errors
/// [`Error::Read`].
pub fn read(path: &Path) -> Result<(String, Loaded), Error> {
    let failed = |source| Error::Read { path: path.to_owned(), source };
    let limit = u64::try_from(config::MAX_TEXT_LENGTH).unwrap_or(u64::MAX).saturating_add(1);
    let mut bytes = Vec::new();
    File::open(path).map_err(failed)?.take(limit).read_to_end(&mut bytes).map_err(failed)?;
    let text = config::text_of(&bytes);
    let loaded = config::load(&text);
    Ok((text, loaded))
}

/// What becomes of a configuration with wrong lines.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum WrongLines {
    /// They are left out with a warning, and the rest is in effect, as in IOS.
    LeftOut,
    /// The configuration is refused.
    Refused,
    /// The configuration is refused, also for lines that are not known: it is to replace one that is in effect.
    UnknownRefused,
}

/// Reads a configuration file and logs what is wrong in it, and a summary. Secrets are masked there.
///
/// # Errors
/// [`Error::Read`]; [`Error::Configuration`] if lines are wrong and refused, or if the file is no configuration.
pub fn load(path: &Path, wrong: WrongLines) -> Result<Loaded, Error> {
    load_text(path, wrong).map(|(_, loaded)| loaded)
}

/// [`load`], with the text of the file.
///
/// # Errors
/// As of [`load`].
pub fn load_text(path: &Path, wrong: WrongLines) -> Result<(String, Loaded), Error> {
    let (text, loaded) = read(path)?;
    let fatal = |finding: &&Diagnostic| match wrong {
        WrongLines::LeftOut if !loaded.unreadable => false,
        WrongLines::LeftOut | WrongLines::Refused => finding.severity == Severity::Error,
        WrongLines::UnknownRefused => finding.is_wrong(),
    };
    let errors = loaded.diagnostics.iter().filter(fatal).count();
    let refused = loaded.unreadable || errors > 0;
    log(path, &text, &loaded, refused.then_some(&fatal));
    match refused {
        false => Ok((text, loaded)),
        true => Err(Error::Configuration { path: path.to_owned(), errors }),
    }
}

/// Findings that have lines of their own in the log.
const LOGGED: usize = 20;

/// Logs what is wrong, and what becomes of the lines. What is wrong is an error where the configuration is refused for it,
/// and else a warning.
fn log(path: &Path, text: &str, loaded: &Loaded, fatal: Option<&dyn Fn(&&Diagnostic) -> bool>) {
    let name = path.display();
    let wrong = || loaded.diagnostics.iter().filter(|finding| finding.severity > Severity::Note);
    for finding in wrong().take(LOGGED) {
        let error = fatal.is_some_and(|fatal| fatal(&finding));
        let finding = if fatal.is_some() { finding.refused() } else { finding.left_out() };
        let finding = recording::mask_finding(finding, text);
        let Diagnostic { line, column, message, suggestion, .. } = finding;
        let suggestion = suggestion.map(|suggestion| format!(" ({suggestion})")).unwrap_or_default();
        match error {
            true => error!("{name}:{line}:{column}: {message}{suggestion}"),
            false => warn!("{name}:{line}:{column}: {message}{suggestion}"),
        }
    }
    match wrong().count().saturating_sub(LOGGED) {
        0 => {}
        more => warn!("{name}: {more} more findings: `hookflash check` prints all"),
    }
    if fatal.is_none() {
        info!("{name}: {}; `hookflash check` prints details", summary(&loaded.coverage));
    }
}

/// What becomes of the lines of a configuration, in one line: `145 lines applied, 23 not in effect yet (5 features), ...`.
pub fn summary(coverage: &Coverage) -> String {
    let Coverage { applied, without_effect, routers } = coverage;
    let lines: usize = without_effect.iter().map(|entry| entry.lines).sum();
    let commands = match without_effect.len() {
        0 => String::new(),
        1 => " (1 command)".to_owned(),
        count => format!(" ({count} commands)"),
    };
    format!("{applied} lines applied, {lines} not in effect yet{commands}, {routers} of a router kept")
}

/// The number of errors in a configuration.
pub fn errors(loaded: &Loaded) -> usize {
    loaded.diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error).count()
}
