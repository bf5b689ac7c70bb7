//! `hookflash replay`: gives a recording to a node again.
//!
//! [`Replay`] gives every input of a recording to a node with the same settings, and finds the first input whose outputs
//! differ. [`parties`] finds out who was on which link; [`transcript`] makes the transcript that is printed as a ladder.

mod parties;
mod transcript;

use std::{fmt::Write as _, path::PathBuf, process::ExitCode};

use clap::Args;
use hookflash_core::{Instant, SoundOrder, SoundReport};
use hookflash_driver::{say, terminal};
use hookflash_node::{
    FileAnswer, Input, Output, printable, printable_lines,
    recording::{self, Event, RecordingError, Step},
};

use self::{parties::Parties, transcript::Transcriber};
use crate::error::Error;

/// What `--state` shows.
const STATE: [&str; 3] = ["show ephone", "show cti session", "show cti call"];

/// Largest number of outputs that are listed for an input whose outputs differ.
const MAX_LISTED: usize = 10;

/// Replay what `serve --record` wrote, and compare
#[derive(Args, Debug)]
pub struct Replay {
    /// The recording
    file: PathBuf,
    /// Stop at this time, in seconds after the start of the server, such as 12.345
    #[arg(long, value_name = "TIME", value_parser = seconds)]
    until: Option<Instant>,
    /// Print every message with its sender and receiver
    #[arg(long)]
    ladder: bool,
    /// Print the state at the end: phones, sessions and calls
    #[arg(long)]
    state: bool,
}

/// How a replay ended.
#[derive(Debug)]
struct Outcome {
    /// Number of inputs whose outputs were the same.
    exact: u64,
    difference: Option<String>,
    trouble: Option<RecordingError>,
}

impl Replay {
    /// Replays the recording. The exit code is a failure if outputs differ or the recording is damaged.
    pub fn run(self) -> Result<ExitCode, Error> {
        let path = &self.file;
        let file = std::fs::read(path).map_err(|source| Error::Read { path: path.clone(), source })?;
        let unusable = |reason| Error::Recording { path: path.clone(), reason };
        let mut replay = recording::Replay::new(&file).map_err(unusable)?;
        warn_of_version(replay.header().program);
        let mut transcriber = self.ladder.then(|| Transcriber::new(Parties::of(&file)));
        let outcome = self.run_through(&mut replay, transcriber.as_mut());
        if let Some(transcriber) = &transcriber {
            terminal::print(&printable_lines(&transcriber.ladder()));
        }
        if self.state {
            for command in STATE {
                say!("\n# {command}, at {}", replay.now());
                terminal::print(&replay.command(command));
            }
            say!();
        }
        Ok(report(&outcome, replay.now(), replay.header().goes_on_at))
    }

    fn run_through(
        &self,
        replay: &mut recording::Replay<'_>,
        mut transcriber: Option<&mut Transcriber>,
    ) -> Outcome {
        let mut outcome = Outcome { exact: 0, difference: None, trouble: None };
        loop {
            match replay.step(self.until) {
                Ok(None) => return outcome,
                Ok(Some(step)) => {
                    if let Some(transcriber) = &mut transcriber {
                        transcriber.add(&step);
                    }
                    if !step.is_exact() {
                        outcome.difference = Some(describe_difference(outcome.exact + 1, &step));
                        return outcome;
                    }
                    outcome.exact += 1;
                }
                Err(trouble) => {
                    outcome.trouble = Some(trouble);
                    return outcome;
                }
            }
        }
    }
}

fn warn_of_version(recorded_by: &str) {
    let own = env!("CARGO_PKG_VERSION");
    if recorded_by != own {
        let recorded_by = printable(recorded_by);
        eprintln!("recorded by version {recorded_by}, replayed by {own}: outputs may differ for that reason");
    }
}

fn report(outcome: &Outcome, now: Instant, goes_on_at: Option<Instant>) -> ExitCode {
    if let Some(difference) = &outcome.difference {
        say!("{} inputs reproduced exactly, then", outcome.exact);
        terminal::print(difference);
        return ExitCode::FAILURE;
    }
    match goes_on_at {
        None => say!("{} inputs over {now} s reproduced exactly", outcome.exact),
        Some(begin) => say!(
            "{} inputs from {begin} s to {now} s; what was before is in another file, so that nothing can be compared",
            outcome.exact
        ),
    }
    match outcome.trouble {
        None => ExitCode::SUCCESS,
        Some(cut_off @ RecordingError::CutOff { .. }) => {
            say!("{cut_off}; everything before that was replayed");
            ExitCode::SUCCESS
        }
        Some(damage) => {
            say!("{damage}; nothing after that can be replayed");
            ExitCode::FAILURE
        }
    }
}

/// Describes the outputs of an input that differ from those recorded.
fn describe_difference(number: u64, step: &Step<'_>) -> String {
    let mut text = format!("at {} input {number}, {}:\n", step.record.at, describe_event(&step.record.event));
    // Writing to a string cannot fail.
    let _ = writeln!(
        text,
        "  expected outputs with digest {:016x}, got {:016x}, {} outputs:",
        step.record.outputs.unwrap_or_default(),
        step.digest,
        step.outputs.len(),
    );
    for output in step.outputs.iter().take(MAX_LISTED) {
        let _ = writeln!(text, "  {}", describe_output(output));
    }
    if step.outputs.len() > MAX_LISTED {
        let _ = writeln!(text, "  ... and {} more", step.outputs.len() - MAX_LISTED);
    }
    text
}

fn describe_event(event: &Event<'_>) -> String {
    match event {
        Event::Timeout => "timers ran out".to_owned(),
        Event::Input(input) => match input {
            Input::Connected { link, peer, .. } => format!("link {} connected from {peer}", link.0),
            Input::Certificate { link, .. } => format!("link {} has shown a certificate", link.0),
            Input::Received { link, bytes } => format!("{} bytes on link {}", bytes.len(), link.0),
            Input::Closed { link } => format!("link {} closed", link.0),
            Input::Datagram { from, bytes, .. } => format!("a datagram of {} bytes from {from}", bytes.len()),
            Input::Command { line, .. } => format!("command `{}`", line.escape_debug()),
            Input::WallClock { .. } => "the time of day".to_owned(),
            Input::Restore { value } => format!("restored `{}`", value.escape_debug()),
            Input::RestoreSession(_) => "a session of an earlier server".to_owned(),
            Input::HttpClosed { .. } => "a stream of events closed".to_owned(),
            Input::Verified { .. } => "the verdict about a password".to_owned(),
            Input::Posted { status, .. } => match status {
                Some(status) => format!("a webhook was answered with {status}"),
                None => "a webhook was not answered".to_owned(),
            },
            Input::Resolved { name, addresses: "", .. } => format!("{name} is not found"),
            Input::Resolved { name, addresses, .. } => format!("{name} is at {addresses}"),
            Input::NotConnected { peer, .. } => format!("{peer} cannot be connected to"),
            Input::LegOpened { leg, address: Some(_) } => format!("leg {} opened", leg.0),
            Input::LegOpened { leg, address: None } => format!("leg {} cannot be opened", leg.0),
            Input::LegDigit { leg, .. } => format!("a digit came to leg {}", leg.0),
            Input::LegSilent { leg, silent: true } => format!("nothing comes to leg {}", leg.0),
            Input::LegSilent { leg, silent: false } => format!("leg {} is heard again", leg.0),
            Input::Sound { sound, report: SoundReport::Ready { .. } } => {
                format!("sound {} is ready", sound.0)
            }
            Input::Sound { sound, .. } => format!("sound {} is not there", sound.0),
            Input::CallRate(rate) => transcript::call_rate(*rate),
            Input::TerminalClosed { terminal } => format!("terminal {} closed", terminal.0),
            Input::Stored { error: "", .. } => "startup-config stored".to_owned(),
            Input::Stored { error, .. } => format!("startup-config not stored: {error}"),
            Input::ConfigurationRead { .. } => "a configuration was read for a terminal".to_owned(),
            Input::FilesDone { .. } => "files were handled for a terminal".to_owned(),
            Input::Configuration { text, .. } => format!("a configuration of {} bytes was read", text.len()),
            Input::Listening { .. } => "the addresses of the listeners".to_owned(),
            Input::File { peer, name, .. } => format!("{peer} asks for the file {}", name.escape_debug()),
            Input::FileMissing { path, .. } => {
                format!("the stored file {} is not there", path.escape_debug())
            }
            Input::Http { peer, request, .. } => {
                format!("{peer} asks for {} {}", request.method, request.target.escape_debug())
            }
            Input::WebSocket { peer, link, .. } => format!("{peer} asks for a WebSocket, link {}", link.0),
            Input::ShutDown => "shutdown".to_owned(),
        },
    }
}

fn describe_output(output: &Output) -> String {
    match output {
        Output::Send { link, bytes } => format!("{} bytes to link {}", bytes.len(), link.0),
        Output::Close { link } => format!("close link {}", link.0),
        Output::Datagram { to, bytes, .. } => format!("a datagram of {} bytes to {to}", bytes.len()),
        Output::Resolve { name, .. } => format!("look up {name}"),
        Output::Connect { peer, .. } => format!("connect to {peer}"),
        Output::Music { file } => {
            format!("music on hold from {}", file.as_deref().unwrap_or("memory").escape_debug())
        }
        Output::MediaKeys { .. } => "keys of SRTP".to_owned(),
        Output::Verify { .. } => "a password to compare".to_owned(),
        Output::AudioSocket { link, .. } => format!("link {} carries audio", link.0),
        Output::Leg { leg, state: Some(_), .. } => format!("an order for leg {}", leg.0),
        Output::Leg { leg, state: None, .. } => format!("close leg {}", leg.0),
        Output::Sound { sound, order: SoundOrder::Close } => format!("close sound {}", sound.0),
        Output::Sound { sound, .. } => format!("an order for sound {}", sound.0),
        Output::CommandOutput { text, .. } => format!("{} bytes of output of the command", text.len()),
        Output::TerminalText { text, .. } => format!("{} bytes of what a terminal monitors", text.len()),
        Output::Reload => "a wish to end".to_owned(),
        Output::Files { .. } => "a wish about files".to_owned(),
        Output::ReadConfiguration { file, .. } => format!("a wish to read {}", file.escape_debug()),
        Output::Store { key, value: Some(_) } => format!("store {}", key.escape_debug()),
        Output::Store { key, value: None } => format!("forget {}", key.escape_debug()),
        Output::File { answer, .. } => match answer {
            FileAnswer::Made(content) => format!("a file of {} bytes", content.len()),
            FileAnswer::Stored(path) => format!("the stored file {}", path.escape_debug()),
            FileAnswer::Missing => "no such file".to_owned(),
        },
        Output::Listen { .. } => "other listeners".to_owned(),
        Output::Keep(_) => "something of a session".to_owned(),
        Output::HttpPart { bytes, .. } => format!("{} bytes of a stream", bytes.len()),
        Output::HttpEnd { .. } => "the end of a stream".to_owned(),
        Output::Post { url, body, .. } => format!("{} bytes for {}", body.len(), url.escape_debug()),
        Output::HttpStream { response, .. } | Output::HttpResponse { response, .. } => {
            format!("an HTTP response {} of {} bytes", response.status, response.body.len())
        }
        Output::StoreStartupConfig { text, .. } => format!("a startup-config of {} bytes", text.len()),
    }
}

/// Seconds with up to three decimals.
fn seconds(text: &str) -> Result<Instant, &'static str> {
    const WRONG: &str = "give seconds with up to three decimals, such as 12.345";
    let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(part) || part.len() > 3 {
        return Err(WRONG);
    }
    let millis = format!("{part:0<3}").parse::<u64>().map_err(|_| WRONG)?;
    let whole = whole.parse::<u64>().ok().and_then(|whole| whole.checked_mul(1_000));
    whole.and_then(|whole| whole.checked_add(millis)).map(Instant::from_millis).ok_or(WRONG)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_seconds_with_decimals() {
        for (text, millis) in
            [("0", 0), ("12", 12_000), ("12.3", 12_300), ("12.345", 12_345), ("1.05", 1_050)]
        {
            assert_eq!(seconds(text), Ok(Instant::from_millis(millis)), "{text}");
        }
        for text in ["", ".", "1.", ".5", "-1", "1.2345", "1e3", "99999999999999999999"] {
            assert!(seconds(text).is_err(), "{text}");
        }
    }
}
