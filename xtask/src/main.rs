//! The project's own chores: `cargo xtask CHORE`.
//!
//! | chore | what it does |
//! | --- | --- |
//! | `test` | everything that must hold before a change lands; what continuous integration runs |
//! | `STEP` | one step of it alone: see `STEPS` |
//! | `accept` | writes the generated documents anew |
//! | `man` | writes man pages and completions into `target/man` and `target/completions` |
//! | `sbom` | writes the bill of materials of the program, CycloneDX |
//! | `accept-instructions` | counts instructions anew |
//! | `packages` | installs the Debian packages the steps need |

mod broken;
mod documents;
mod fuzz;
mod instructions;
mod interop;
mod layers;
mod packages;
mod requirements;
mod run;
mod supply;
mod threats;

use std::{process::ExitCode, time::Instant};

use run::{Failure, cargo};

/// A part of `test`: its name, what it makes sure of, and how.
type Step = (&'static str, &'static str, fn() -> Result<(), Failure>);

/// The steps of `test`, cheapest first.
const STEPS: &[Step] = &[
    ("packages", "the Debian packages that the steps need are there", packages::install),
    ("format", "the code is formatted", format),
    ("layers", "the crates depend on each other only downwards", layers::check),
    ("supply", "licences, sources and names of all dependencies are permitted", supply::check),
    ("threats", "every test that docs/security.md names exists", threats::check),
    ("requirements", "every requirement of CTI has tests that exist", requirements::check),
    ("lints", "clippy has nothing to say", lints),
    ("tests", "unit tests, integration tests, stories and examples pass", tests),
    ("broken", "random runs notice every core that is broken on purpose", broken::run),
    ("docs", "the documentation builds without a warning", docs),
    ("documents", "the generated documents are those of this code", documents::check),
    ("instructions", "registrations, keepalives and calls cost what they did", instructions::check),
    ("fuzz", "the fuzz targets survive their corpora and a short run", fuzz::run),
    ("interop", "independent clients work with a running server", interop::run),
];

fn main() -> ExitCode {
    let chore = std::env::args().nth(1).unwrap_or_default();
    let result = match chore.as_str() {
        "test" => test(),
        "accept" => documents::write(),
        "man" => man(),
        "sbom" => supply::write_bill(),
        "accept-instructions" => instructions::write(),
        name => match STEPS.iter().find(|(step, ..)| *step == name) {
            Some(step) => perform(step, ""),
            None => return usage(),
        },
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("xtask {chore}: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn usage() -> ExitCode {
    eprintln!("cargo xtask test | accept | accept-instructions | man | sbom | STEP, where STEP is one of:");
    for (name, meaning, _) in STEPS {
        eprintln!("  {name:<10} {meaning}");
    }
    ExitCode::FAILURE
}

fn test() -> Result<(), Failure> {
    let started = Instant::now();
    for (number, step) in (1..).zip(STEPS) {
        perform(step, &format!("step {number} of {}: ", STEPS.len()))?;
    }
    println!("all {} steps passed in {:.0} s", STEPS.len(), started.elapsed().as_secs_f32());
    Ok(())
}

/// Performs a step; `place` says which of how many it is.
fn perform((name, meaning, step): &Step, place: &str) -> Result<(), Failure> {
    println!("== {place}{name}: {meaning}");
    let started = Instant::now();
    step().map_err(|Failure(reason)| Failure(format!("{place}{name}: {reason}")))?;
    println!("== {place}{name}: passed in {:.1} s", started.elapsed().as_secs_f32());
    Ok(())
}

/// Writes what is generated from the definition of the command line.
fn man() -> Result<(), Failure> {
    let hookflash = ["run", "--quiet", "--package", "hookflash", "--"];
    cargo(&[&hookflash[..], &["man", "target/man"]].concat()).go()?;
    let folder = run::root().join("target/completions");
    std::fs::create_dir_all(&folder)?;
    for (shell, file) in [("bash", "hookflash.bash"), ("zsh", "_hookflash"), ("fish", "hookflash.fish")] {
        let script = cargo(&[&hookflash[..], &["completions", shell]].concat()).output()?;
        std::fs::write(folder.join(file), script)?;
    }
    println!("wrote the completions to target/completions");
    Ok(())
}

fn format() -> Result<(), Failure> {
    cargo(&["fmt", "--all", "--check"]).go()
}

fn lints() -> Result<(), Failure> {
    cargo(&["clippy", "--workspace", "--all-targets", "--quiet", "--", "-D", "warnings"]).go()
}

fn tests() -> Result<(), Failure> {
    cargo(&["test", "--workspace"]).go()
}

fn docs() -> Result<(), Failure> {
    cargo(&["doc", "--workspace", "--no-deps", "--quiet"]).env("RUSTDOCFLAGS", "-D warnings").go()
}
