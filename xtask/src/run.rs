//! Running other programs.
//!
//! At a terminal, cargo shows its own progress. Elsewhere, as in the log of continuous integration, a line tells now and then what
//! still runs.

use std::{
    fmt,
    io::{self, IsTerminal},
    path::PathBuf,
    process::Command,
    sync::mpsc::{self, RecvTimeoutError},
    time::{Duration, Instant},
};

/// How often is told what still runs, where no progress is shown.
const TELL_EVERY: Duration = Duration::from_secs(30);

/// Why a chore failed.
#[derive(Debug)]
pub struct Failure(pub String);

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Failure {
        Failure(error.to_string())
    }
}

/// The root of the repository.
pub fn root() -> PathBuf {
    let manifest = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().map_or(manifest.clone(), PathBuf::from)
}

/// A command that is to succeed.
#[derive(Debug)]
pub struct Run {
    command: Command,
    shown: String,
}

/// `cargo` with arguments, in the root of the repository.
pub fn cargo(arguments: &[&str]) -> Run {
    let program = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let shows_progress = io::stderr().is_terminal();
    let arguments: Vec<&str> =
        arguments.iter().copied().filter(|argument| !(shows_progress && *argument == "--quiet")).collect();
    program_in_root(&program, "cargo", &arguments)
}

/// A program with arguments, in the root of the repository.
pub fn program(name: &str, arguments: &[&str]) -> Run {
    program_in_root(name, name, arguments)
}

fn program_in_root(program: &str, name: &str, arguments: &[&str]) -> Run {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(root());
    Run { command, shown: format!("{name} {}", arguments.join(" ")) }
}

impl Run {
    /// Sets an environment variable.
    pub fn env(mut self, name: &str, value: &str) -> Run {
        self.command.env(name, value);
        self
    }

    /// Runs it and waits for its success.
    pub fn go(mut self) -> Result<(), Failure> {
        let shown = self.shown.clone();
        let (ended, end) = mpsc::channel::<()>();
        let teller = std::thread::spawn(move || tell(&shown, &end));
        let status = self.command.status();
        drop(ended);
        // It ends with the program.
        let _ = teller.join();
        let status = status.map_err(|error| Failure(format!("{}: {error}", self.shown)))?;
        if status.success() { Ok(()) } else { Err(Failure(format!("{} ended with {status}", self.shown))) }
    }

    /// Runs it and returns what it prints.
    pub fn output(mut self) -> Result<String, Failure> {
        let output = self.command.output().map_err(|error| Failure(format!("{}: {error}", self.shown)))?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            return Err(Failure(format!("{} ended with {}: {said}", self.shown, output.status)));
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

/// Tells now and then that a program still runs, until the other end of `end` is gone.
fn tell(shown: &str, end: &mpsc::Receiver<()>) {
    let started = Instant::now();
    while end.recv_timeout(TELL_EVERY) == Err(RecvTimeoutError::Timeout) {
        if !io::stderr().is_terminal() {
            println!("   {shown}: {:.0} s so far", started.elapsed().as_secs_f32());
        }
    }
}

/// The target triple of this machine, as its compiler names it.
pub fn host() -> Result<String, Failure> {
    let rustc = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
    let said = program(&rustc, &["-vV"]).output()?;
    let host = said.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).ok_or_else(|| Failure(format!("{rustc} -vV names no host: {said}")))
}
