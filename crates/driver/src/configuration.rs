//! Reading a configuration file.

use std::{collections::BTreeSet, fs::File, io::Read, path::Path};

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
}

/// What is wrong in a configuration: each line with what is said of it, wherever it stands.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct KnownFaults(BTreeSet<(String, String)>);

impl KnownFaults {
    /// Those of a configuration.
    pub fn of(text: &str, loaded: &Loaded) -> KnownFaults {
        let wrong = loaded.diagnostics.iter().filter(|finding| finding.is_wrong());
        KnownFaults(wrong.map(|finding| fault(text, finding)).collect())
    }

    fn has(&self, text: &str, finding: &Diagnostic) -> bool {
        self.0.contains(&fault(text, finding))
    }
}

fn fault(text: &str, finding: &Diagnostic) -> (String, String) {
    let place = usize::try_from(finding.line.saturating_sub(1)).unwrap_or(usize::MAX);
    let line = text.lines().nth(place).unwrap_or_default();
    (line.trim().to_owned(), finding.message.clone())
}

/// Reads a configuration file that is to replace the one in effect, as [`load`]. It is refused for a wrong line, and for one that
/// is not known, unless the server was started with the same line. Returns the text, and whether there are such lines.
///
/// # Errors
/// As of [`load`].
pub fn load_again(path: &Path, known: &KnownFaults) -> Result<(String, bool), Error> {
    let (text, loaded) = read(path)?;
    let fatal = |finding: &&Diagnostic| finding.is_wrong() && !known.has(&text, finding);
    let errors = loaded.diagnostics.iter().filter(fatal).count();
    let refused = loaded.unreadable || errors > 0;
    log(path, &text, &loaded, refused.then_some(&fatal));
    match refused {
        false => Ok((text, loaded.diagnostics.iter().any(Diagnostic::is_wrong))),
        true => Err(Error::Configuration { path: path.to_owned(), errors }),
    }
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
