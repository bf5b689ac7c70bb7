//! Writes what people did into a file, as a script that repeats it.

use std::{
    fs::File,
    io::{LineWriter, Write},
    path::Path,
};

use hookflash_core::Instant;
use hookflash_sim::story::{Action, Span};
use tracing::warn;

use crate::error::Error;

/// Writes the actions of all users into a file, if there is one.
#[derive(Debug, Default)]
pub struct Transcript {
    file: Option<LineWriter<File>>,
    written: Instant,
}

impl Transcript {
    /// Creates the file; an existing one is replaced.
    ///
    /// # Errors
    /// [`Error::Data`].
    pub fn create(path: &Path, title: &str) -> Result<Transcript, Error> {
        let file = File::create(path).and_then(|file| {
            let mut file = LineWriter::new(file);
            writeln!(file, "# {title}")?;
            Ok(file)
        });
        let file = file.map_err(|source| Error::Data { path: path.to_owned(), source })?;
        Ok(Transcript { file: Some(file), written: Instant::ZERO })
    }

    /// Writes a deed that was done now.
    pub fn write(&mut self, now: Instant, deed: &Action) {
        let Some(file) = &mut self.file else { return };
        let wait = now.since(self.written);
        let waited =
            if wait.is_zero() { Ok(()) } else { writeln!(file, "{}", Action::Wait { span: Span(wait) }) };
        self.written = now.max(self.written);
        if let Err(error) = waited.and_then(|()| writeln!(file, "{}", text(deed))) {
            warn!(%error, "the transcript ends here");
            self.file = None;
        }
    }
}

/// The deed as a sentence of a story.
pub fn text(deed: &Action) -> String {
    hookflash_sim::story::Sentence::from(deed.clone()).to_string()
}
