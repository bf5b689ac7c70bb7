//! Cores that are broken on purpose, one rule at a time: random runs must notice each of them, and show it by a story
//! of a dozen steps at most.
//!
//! A copy of the workspace is made in `target/broken`. Its core breaks the rule whose number is in the environment
//! variable [`VARIABLE`], so that it is built once for all of them.

use std::{fs, path::Path, process::Command};

use crate::run::{Failure, program, root};

/// Which rule the core of the copy breaks.
const VARIABLE: &str = "HOOKFLASH_BROKEN_RULE";
/// The first seed, the runs, and the steps of each.
const RUNS: [&str; 3] = ["2", "7", "700"];
/// How many steps the story may have that shows it.
const MOST_STEPS: usize = 12;

/// A rule of the core, and how it is broken.
struct Rule {
    /// What must hold.
    holds: &'static str,
    /// The file of the core.
    file: &'static str,
    /// What stands there, once.
    right: &'static str,
    /// What stands in its place; `broken` is whether this rule is to be broken.
    wrong: &'static str,
}

/// The rules, counted from 1.
const RULES: [Rule; 6] = [
    Rule {
        holds: "every party of a call sees what changes",
        file: "state.rs",
        right: "for connection in self.calls.connections(call) {\n            if let Some(station) = connection.station()",
        wrong: "for connection in self.calls.connections(call).take(if broken { 1 } else { 99 }) {\n            \
                if let Some(station) = connection.station()",
    },
    Rule {
        holds: "retrieving a call puts the active one on hold",
        file: "control/retrieve_call.rs",
        right: "release_station(st, station, cause);",
        wrong: "if !broken { release_station(st, station, cause); }",
    },
    Rule {
        holds: "a call does not ring on when its only phone is gone",
        file: "registration.rs",
        right: "    stop_ringing_nowhere(st, id);\n",
        wrong: "    if !broken { stop_ringing_nowhere(st, id); }\n",
    },
    Rule {
        holds: "a device forwards a call once",
        file: "diversion.rs",
        right: "diversion.device == Some(device) && forwarded(diversion)",
        wrong: "!broken && diversion.device == Some(device) && forwarded(diversion)",
    },
    Rule {
        holds: "a rejected call is forwarded as if the line were busy",
        file: "control/failure.rs",
        right: "goes_elsewhere(st, alerting, &[ForwardingType::Busy]) {",
        wrong: "goes_elsewhere(st, alerting, if broken { &[] } else { &[ForwardingType::Busy] }) {",
    },
    Rule {
        holds: "an identifier is not used again",
        file: "calls/mod.rs",
        right: "reference: self.references.next() }",
        wrong: "reference: match self.references.next() { next if broken => 1 + next % 8, next => next } }",
    },
];

/// Checks that each broken core is noticed.
///
/// # Errors
/// The rules whose breach nobody noticed, or that take too many steps to show.
pub fn run() -> Result<(), Failure> {
    let copy = root().join("target/broken");
    copy_workspace(&copy)?;
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let built = Command::new(cargo)
        .args(["build", "--quiet", "-p", "hookflash-sim", "--example", "random_run"])
        .env("CARGO_TARGET_DIR", copy.join("target"))
        .current_dir(&copy)
        .status()?;
    if !built.success() {
        return Err(Failure(format!("the broken core does not build: {built}")));
    }
    let hunt = copy.join("target/debug/examples/random_run");
    let mut faults = Vec::new();
    for (number, rule) in (0..).zip(std::iter::once(None).chain(RULES.iter().map(Some))) {
        let output = Command::new(&hunt).args(RUNS).env(VARIABLE, format!("{number}")).output()?;
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let verdict = said.lines().last().unwrap_or_default().trim_start_matches("# ");
        let holds = rule.map_or("nothing is broken", |rule| rule.holds);
        println!("{holds}: {}", verdict.chars().take(150).collect::<String>());
        if rule.is_some() != is_shown(verdict) {
            faults.push(format!("{holds}\n{said}"));
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(Failure(faults.join("\n"))) }
}

/// Whether a rule was broken in few steps.
fn is_shown(verdict: &str) -> bool {
    let steps = verdict.split_once(" steps: ").and_then(|(before, _)| before.rsplit(' ').next());
    verdict.starts_with("seed ")
        && steps.and_then(|steps| steps.parse().ok()).is_some_and(|steps: usize| steps <= MOST_STEPS)
}

/// Copies what git knows; what has not changed keeps its time, so that it is not built again.
fn copy_workspace(copy: &Path) -> Result<(), Failure> {
    let files = program(
        "git",
        &["ls-files", "--cached", "--others", "--exclude-standard", "Cargo.*", "crates", "xtask"],
    )
    .output()?;
    for file in files.lines() {
        let Ok(mut content) = fs::read(root().join(file)) else { continue };
        for (number, rule) in (1..).zip(&RULES) {
            if file == format!("crates/core/src/{}", rule.file) {
                content = break_rule(number, rule, &content)?;
            }
        }
        write_if_new(&copy.join(file), &content)?;
    }
    Ok(())
}

fn break_rule(number: usize, rule: &Rule, content: &[u8]) -> Result<Vec<u8>, Failure> {
    let text = String::from_utf8_lossy(content);
    if text.matches(rule.right).count() != 1 {
        let message = format!("{} does not have just once:\n{}", rule.file, rule.right);
        return Err(Failure(message));
    }
    let broken = format!("std::env::var({VARIABLE:?}).is_ok_and(|rule| rule == \"{number}\")");
    Ok(text.replace(rule.right, &rule.wrong.replace("broken", &broken)).into_bytes())
}

fn write_if_new(path: &Path, content: &[u8]) -> Result<(), Failure> {
    if fs::read(path).is_ok_and(|known| known == content) {
        return Ok(());
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    Ok(fs::write(path, content)?)
}
