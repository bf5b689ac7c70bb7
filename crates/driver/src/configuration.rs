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

/// Reads a configuration file and prints its diagnostics to standard error. Passwords are masked there, because
/// standard error goes where logs go.
///
/// # Errors
/// [`Error::Read`]; [`Error::Configuration`] if there are errors in it.
pub fn load(path: &Path) -> Result<Loaded, Error> {
    load_text(path).map(|(_, loaded)| loaded)
}

/// [`load`], with the text of the file.
///
/// # Errors
/// As of [`load`].
pub fn load_text(path: &Path) -> Result<(String, Loaded), Error> {
    let (text, loaded) = read(path)?;
    let shown = recording::mask_text(&text);
    terminal::print_error(&config::render_diagnostics(&path.to_string_lossy(), &shown, &loaded.diagnostics));
    if loaded.can_run() {
        Ok((text, loaded))
    } else {
        Err(Error::Configuration { path: path.to_owned(), errors: errors(&loaded) })
    }
}

/// The number of errors in a configuration.
pub fn errors(loaded: &Loaded) -> usize {
    loaded.diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error).count()
}
