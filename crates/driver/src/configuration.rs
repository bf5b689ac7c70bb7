//! Reading a configuration file.

use std::{fs::File, io::Read, path::Path};

use hookflash_node::{
    config::{self, Loaded, Severity},
    recording,
};

use crate::{error::Error, terminal};

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

/// Reads a configuration file and prints its diagnostics to standard error. Secrets are masked there, because
/// standard error goes where logs go.
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
    let refused = loaded.unreadable || wrong == WrongLines::Refused && !loaded.can_run();
    print(path, &text, &loaded, refused);
    match refused {
        false => Ok((text, loaded)),
        true => Err(Error::Configuration { path: path.to_owned(), errors: errors(&loaded) }),
    }
}

/// Prints the diagnostics; what is wrong is an error where the configuration is refused for it, and else a warning.
fn print(path: &Path, text: &str, loaded: &Loaded, refused: bool) {
    let said = |finding: &config::Diagnostic| if refused { finding.clone() } else { finding.left_out() };
    let findings: Vec<config::Diagnostic> =
        loaded.diagnostics.iter().map(said).map(|finding| recording::mask_finding(finding, text)).collect();
    let shown = recording::mask_text(text);
    terminal::print_error(&config::render_diagnostics(&path.to_string_lossy(), &shown, &findings));
}

/// The number of errors in a configuration.
pub fn errors(loaded: &Loaded) -> usize {
    loaded.diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error).count()
}
