//! Logs go to standard error. `HOOKFLASH_LOG` sets what is logged, in the notation of `tracing`:
//! `info`, `hookflash_node::sccp=debug,warn`, ...
//!
//! A thread writes them, so that calls go on when the reader (a pipe, a terminal, a disk) does not take them. Up to 1 MiB
//! of lines wait for the reader; further lines are dropped and counted. A line after a pause is written at once. Lines that
//! follow within `COLLECT_FOR` are written together: to wake the thread for each costs as much as a few messages.

mod json;

use std::{
    io::{self, Write},
    sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError},
    time::Duration,
};

use hookflash_node::{printable, printable_start};
use json::JsonLines;
use tracing::field::Field;
use tracing_subscriber::{
    EnvFilter, Layer, field::MakeExt, fmt::format, layer::SubscriberExt, util::SubscriberInitExt,
};

use crate::{audit, terminal};

/// Bytes of lines that may wait until they are written.
const MAX_WAITING: usize = 1024 * 1024;

/// Time after a write in which further lines are collected for the next one.
const COLLECT_FOR: Duration = Duration::from_millis(10);

/// Time within which the last lines must be written at the end.
const LAST_LINES: Duration = Duration::from_secs(1);

/// The log of this process, once it has one.
/// Bytes of a named field of a line: strangers choose many of them.
pub(crate) const MAX_FIELD: usize = 512;

static LOG: OnceLock<Arc<Log>> = OnceLock::new();

/// The form of log lines.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Format {
    /// Text, with colours at a terminal.
    Text,
    /// A JSON object on each line: `timestamp`, `level`, `target`, `message` and the fields of the line.
    Json,
}

/// Starts logging as text. `default` is the filter when `HOOKFLASH_LOG` is not set.
pub fn start(default: &str) {
    start_as(default, Format::Text);
}

/// Starts logging in a format.
pub fn start_as(default: &str, format: Format) {
    let wanted = std::env::var("HOOKFLASH_LOG").ok().filter(|wanted| !wanted.is_empty());
    let filter = EnvFilter::try_new(wanted.as_deref().unwrap_or(default)).unwrap_or_else(|error| {
        terminal::print_error(&format!(
            "hookflash: HOOKFLASH_LOG is not understood ({error}); it is {default}\n"
        ));
        EnvFilter::new(default)
    });
    let ansi = std::io::IsTerminal::is_terminal(&std::io::stderr());
    let log = LOG.get_or_init(|| Log::begin(io::stderr())).clone();
    let lines = match format {
        Format::Text => tracing_subscriber::fmt::layer()
            .with_writer(move || Line(log.clone()))
            .with_ansi(ansi)
            .fmt_fields(format::debug_fn(write_field).delimited(" "))
            .log_internal_errors(false)
            .boxed(),
        Format::Json => JsonLines(log).boxed(),
    };
    let lines = lines.with_filter(filter);
    // A second start, as in tests, changes nothing.
    let _ = tracing_subscriber::registry().with(lines).with(audit::layer()).try_init();
}

/// Writes a field of a line: what strangers wrote is in many of them, and a log may be read at a terminal.
fn write_field(
    writer: &mut format::Writer<'_>,
    field: &Field,
    value: &dyn std::fmt::Debug,
) -> std::fmt::Result {
    let value = format!("{value:?}");
    match field.name() {
        name if name.starts_with(audit::PRIVATE) => Ok(()),
        "message" => write!(writer, "{}", printable(&value)),
        name => write!(writer, "{name}={}", printable_start(&value, MAX_FIELD)),
    }
}

/// Waits, at most a second, until all lines are written when it is dropped at the end of the program.
#[derive(Debug)]
pub struct LastLines;

impl Drop for LastLines {
    fn drop(&mut self) {
        finish();
    }
}

/// Waits, at most a second, until the lines so far are written.
pub fn finish() {
    if let Some(log) = LOG.get() {
        log.finish(LAST_LINES);
    }
    audit::finish(LAST_LINES);
}

/// Lines that wait to be written, shared with the thread that writes them.
#[derive(Debug, Default)]
pub(crate) struct Log {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    waiting: Vec<u8>,
    /// Number of lines dropped since the last write.
    lost: u64,
    writing: bool,
    /// Whether the writing thread waits for a line.
    idle: bool,
    /// Number of callers of [`Log::finish`] that wait until all lines are written.
    finishing: usize,
}

impl State {
    fn is_written(&self) -> bool {
        !self.writing && self.waiting.is_empty()
    }
}

impl Log {
    /// A log that is written to `output`. If the system cannot start a thread, nothing is written.
    fn begin(output: impl Write + Send + 'static) -> Arc<Log> {
        Log::begin_with(output, |lost| {
            format!("{lost} lines of the log are lost: they were not taken in time\n")
        })
    }

    /// [`Log::begin`], with the line that tells how many others are lost.
    pub(crate) fn begin_with(output: impl Write + Send + 'static, tell_lost: fn(u64) -> String) -> Arc<Log> {
        let log = Arc::new(Log::default());
        let writer = log.clone();
        let thread = std::thread::Builder::new().name("log".to_owned());
        if let Err(error) = thread.spawn(move || writer.write_to(output, tell_lost)) {
            terminal::print_error(&format!("hookflash: nothing is logged: {error}\n"));
        }
        log
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn push(&self, line: &[u8]) {
        let mut state = self.state();
        if state.waiting.len() + line.len() > MAX_WAITING {
            state.lost += 1;
            return;
        }
        state.waiting.extend_from_slice(line);
        if std::mem::take(&mut state.idle) {
            drop(state);
            self.changed.notify_all();
        }
    }

    fn write_to(&self, mut output: impl Write, tell_lost: fn(u64) -> String) {
        loop {
            let (lines, lost) = self.take();
            // The reader may have gone.
            let _ = output.write_all(&lines);
            if lost > 0 {
                let _ = output.write_all(tell_lost(lost).as_bytes());
            }
            self.collect();
        }
    }

    /// Waits for a line and takes all that wait, and the number of those that were dropped.
    fn take(&self) -> (Vec<u8>, u64) {
        let waits = |state: &mut State| {
            state.idle = state.waiting.is_empty();
            state.idle
        };
        let waited = self.changed.wait_while(self.state(), waits);
        let mut state = waited.unwrap_or_else(PoisonError::into_inner);
        state.writing = true;
        (std::mem::take(&mut state.waiting), std::mem::take(&mut state.lost))
    }

    /// The lines that were taken are written. Waits while further ones come, unless somebody waits for them.
    fn collect(&self) {
        let mut state = self.state();
        state.writing = false;
        if state.finishing > 0 {
            self.changed.notify_all();
        }
        drop(self.changed.wait_timeout_while(state, COLLECT_FOR, |state| state.finishing == 0));
    }

    pub(crate) fn finish(&self, within: Duration) {
        let mut state = self.state();
        state.finishing += 1;
        self.changed.notify_all();
        let waited = self.changed.wait_timeout_while(state, within, |state| !state.is_written());
        waited.unwrap_or_else(PoisonError::into_inner).0.finishing -= 1;
    }
}

/// Writer for one line.
struct Line(Arc<Log>);

impl Write for Line {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.0.push(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{self, Receiver, Sender};

    use super::*;

    #[test]
    fn a_line_of_the_log_holds_nothing_that_a_terminal_obeys() {
        let (seen, written) = mpsc::channel();
        let (go_on, wait) = mpsc::channel();
        drop(go_on);
        let log = Log::begin(Reader { go_on: wait, seen });
        let lines = log.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_writer(move || Line(lines.clone()))
            .with_ansi(false)
            .fmt_fields(format::debug_fn(write_field).delimited(" "))
            .finish();
        tracing::subscriber::with_default(subscriber, || {
            tracing::warn!(name = "a\u{1b}[2J\r\nb\u{202e}", who = %"\u{9b}x\n", "told by {}", "\u{7}\nme");
        });
        log.finish(Duration::from_secs(60));
        let text = String::from_utf8(written.try_iter().flatten().collect()).unwrap();
        assert!(text.trim_end().chars().all(|c| !c.is_control() && c != '\u{202e}'), "{text:?}");
        assert!(text.contains("told by ^G^Jme name=") && text.contains("who=\\u{9b}x^J"), "{text:?}");
    }

    /// A reader that takes nothing before it is told to.
    struct Reader {
        go_on: Receiver<()>,
        seen: Sender<Vec<u8>>,
    }

    impl Write for Reader {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            // Once nobody holds it up any more, it takes everything.
            let _ = self.go_on.recv();
            let _ = self.seen.send(bytes.to_vec());
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_log_that_nobody_reads_holds_nobody_up_and_says_what_is_lost() {
        let (go_on, wait) = mpsc::channel();
        let (seen, written) = mpsc::channel();
        let log = Log::begin(Reader { go_on: wait, seen });
        let line = [b'x'; 1023].iter().chain(b"\n").copied().collect::<Vec<u8>>();
        for _ in 0..3000 {
            Line(log.clone()).write_all(&line).unwrap();
        }
        log.finish(Duration::ZERO);
        drop(go_on);
        log.finish(Duration::from_secs(60));
        let text = written.try_iter().flatten().collect::<Vec<u8>>();
        let lines = text.split(|byte| *byte == b'\n').filter(|found| **found == line[..1023]).count();
        let tail = String::from_utf8_lossy(&text[text.len() - 100..]).into_owned();
        let lost = tail.lines().last().unwrap().split(' ').next().unwrap().parse::<usize>().unwrap();
        assert!(tail.ends_with(" lines of the log are lost: they were not taken in time\n"), "{tail}");
        assert_eq!(lines + lost, 3000);
        assert!((1000..2100).contains(&lines), "{lines} lines were kept");
    }
}
