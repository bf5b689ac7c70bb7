//! Running other programs.

use std::{fmt, io, path::PathBuf, process::Command};

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
    program_in_root(&program, "cargo", arguments)
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
        let status = self.command.status().map_err(|error| Failure(format!("{}: {error}", self.shown)))?;
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
