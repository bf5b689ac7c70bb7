//! The audit stream: a file with a line for each act of an application or operator, apart from the log.
//!
//! Each line is a JSON object; `time` is in UTC, the other fields are those of [`hookflash_node::audit`]:
//!
//! ```text
//! {"time":"2026-11-29T00:01:02.345Z","who":"console","from":"192.0.2.7:40112","what":"MakeCall","device":"201","outcome":"ok", ...}
//! ```
//!
//! A thread writes them, as it does the log. The file has at most [`LIMIT`] bytes: then it is renamed to `FILE.1`, that one to
//! `FILE.2`, and so on up to `FILE.4`. It can be read by its owner only.

use std::{
    fmt::Write as _,
    fs::{File, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    sync::{Arc, OnceLock},
    time::Duration,
};

use hookflash_node::audit::TARGET;
use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
    level_filters::LevelFilter,
};
use tracing_subscriber::{
    Layer,
    filter::{FilterExt, filter_fn},
    layer::Context,
    registry::LookupSpan,
};

use crate::{
    error::Error,
    logging::{Log, MAX_FIELD},
};

/// Fields of the audit that do not go into the log begin with this.
pub(crate) const PRIVATE: &str = "private.";

/// Size at which the file is put aside, in bytes.
const LIMIT: u64 = 16 * 1024 * 1024;

/// Files that were put aside and are kept.
const KEPT: u32 = 4;

/// The stream of this process, once it has one.
static AUDIT: OnceLock<Arc<Log>> = OnceLock::new();

/// Writes the audit into this file from now on, behind what is in it.
///
/// # Errors
/// [`Error::Data`] if the file cannot be opened.
pub fn audit_to(path: &Path) -> Result<(), Error> {
    let failed = |source| Error::Data { path: path.to_owned(), source };
    let file = AuditFile::open(path, LIMIT).map_err(failed)?;
    let lost = |count| format!("{{\"time\":\"{}\",\"what\":\"Lost\",\"count\":{count}}}\n", now());
    // A second stream, as in tests, changes nothing.
    let _ = AUDIT.set(Log::begin_with(file, lost));
    Ok(())
}

/// Waits until the lines so far are written.
pub(crate) fn finish(within: Duration) {
    if let Some(log) = AUDIT.get() {
        log.finish(within);
    }
}

/// Takes the events of the audit.
pub(crate) fn layer<S: Subscriber + for<'a> LookupSpan<'a>>() -> impl Layer<S> {
    let of_audit = filter_fn(|metadata| metadata.target() == TARGET);
    Lines.with_filter(of_audit.and(LevelFilter::INFO))
}

struct Lines;

impl<S: Subscriber> Layer<S> for Lines {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if let Some(log) = AUDIT.get() {
            let mut line = Line(format!("{{\"time\":\"{}\"", now()));
            event.record(&mut line);
            line.0.push_str("}\n");
            log.push(line.0.as_bytes());
        }
    }
}

fn now() -> String {
    format!("{:.3}", jiff::Timestamp::now())
}

/// A JSON object under way.
struct Line(String);

impl Line {
    fn key(&mut self, field: &Field) -> bool {
        let name = field.name();
        if name == "message" {
            return false;
        }
        let _ = write!(self.0, ",\"{}\":", name.strip_prefix(PRIVATE).unwrap_or(name));
        true
    }
}

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        self.record_str(field, &format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        if self.key(field) {
            push_string(&mut self.0, start_of(value));
        }
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        if self.key(field) {
            let _ = write!(self.0, "{value}");
        }
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        if self.key(field) {
            let _ = write!(self.0, "{value}");
        }
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        if self.key(field) {
            let _ = write!(self.0, "{value}");
        }
    }
}

/// As much of a value as a line has: strangers choose some of them, and the lines of others shall not be pushed out by long ones.
fn start_of(value: &str) -> &str {
    value.get(..value.floor_char_boundary(MAX_FIELD)).unwrap_or(value)
}

/// A JSON string (RFC 8259, 7); whatever is not a plain character is written by its number.
fn push_string(json: &mut String, text: &str) {
    json.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => json.extend(['\\', c]),
            ' '..='~' => json.push(c),
            _ if c.is_alphanumeric() => json.push(c),
            _ => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    let _ = write!(json, "\\u{unit:04x}");
                }
            }
        }
    }
    json.push('"');
}

/// A file that is put aside when it is large.
#[derive(Debug)]
struct AuditFile {
    path: PathBuf,
    file: File,
    size: u64,
    limit: u64,
}

impl AuditFile {
    fn open(path: &Path, limit: u64) -> io::Result<AuditFile> {
        let file = OpenOptions::new().append(true).create(true).mode(0o600).open(path)?;
        let size = file.metadata()?.len();
        Ok(AuditFile { path: path.to_owned(), file, size, limit })
    }

    fn aside(&self, number: u32) -> PathBuf {
        let mut name = self.path.as_os_str().to_owned();
        name.push(format!(".{number}"));
        PathBuf::from(name)
    }

    /// Puts the file aside and begins another one. A pipe or a device stays.
    fn turn_over(&mut self) -> io::Result<()> {
        if !self.file.metadata()?.is_file() {
            self.size = 0;
            return Ok(());
        }
        for number in (1..KEPT).rev() {
            // There need not be so many yet.
            let _ = std::fs::rename(self.aside(number), self.aside(number + 1));
        }
        std::fs::rename(&self.path, self.aside(1))?;
        *self = AuditFile::open(&self.path, self.limit)?;
        Ok(())
    }
}

impl Write for AuditFile {
    fn write(&mut self, lines: &[u8]) -> io::Result<usize> {
        if self.size >= self.limit && self.turn_over().is_err() {
            // It goes on in the file that there is.
            self.size = 0;
        }
        let written = self.file.write(lines)?;
        self.size += u64::try_from(written).unwrap_or_default();
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_json_whatever_is_in_them() {
        let mut json = String::new();
        push_string(&mut json, "Zoë \"a\\b\"\u{1b}\n\u{202e}\u{1f600}");
        assert_eq!(json, "\"Zoë \\\"a\\\\b\\\"\\u001b\\u000a\\u202e\\ud83d\\ude00\"");
    }

    #[test]
    fn a_large_file_is_put_aside_and_the_oldest_forgotten() {
        let folder = std::env::temp_dir().join(format!("hookflash-audit-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join("audit.log");
        let mut file = AuditFile::open(&path, 10).unwrap();
        for number in 0..7 {
            file.write_all(format!("line {number} is long\n").as_bytes()).unwrap();
        }
        let read = |path: &Path| std::fs::read_to_string(path).unwrap();
        assert_eq!(read(&path), "line 6 is long\n");
        assert_eq!(read(&file.aside(1)), "line 5 is long\n");
        assert_eq!(read(&file.aside(4)), "line 2 is long\n");
        assert!(!file.aside(5).exists());
        let mut again = AuditFile::open(&path, 1000).unwrap();
        again.write_all(b"more\n").unwrap();
        assert_eq!(read(&path), "line 6 is long\nmore\n");
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
