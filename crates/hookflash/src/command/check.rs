//! `hookflash check`: diagnose a configuration.
//!
//! What is found is printed in groups: what is wrong, what is not in effect yet, what else is worth knowing; then how many
//! lines are applied and how many are a router's. `--json` prints the same as one object.

use std::{io::IsTerminal, path::PathBuf, process::ExitCode};

use clap::{Args, ValueEnum};
use hookflash_driver::{configuration, say, terminal};
use hookflash_node::{
    Provisioned,
    config::{self, Coverage, Diagnostic, DiagnosticKind, Loaded, Severity},
    printable, provision, recording,
};
use serde_json::{Value, json};

use crate::error::Error;

/// Diagnose a configuration; fails if a line of it is wrong
#[derive(Args, Debug)]
#[command(
    after_help = "The exit code is 0 when every line is understood (warnings and lines without effect are no \
                        failure), 1 when a line is wrong or the file cannot be read, 2 for a wrong option."
)]
pub struct Check {
    /// The configuration
    file: PathBuf,
    /// Print a JSON object, for programs
    #[arg(long)]
    json: bool,
    /// Colour what is printed
    #[arg(long, value_enum, value_name = "WHEN", default_value_t = Colours::Auto)]
    color: Colours,
}

/// When text is coloured.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum Colours {
    /// At a terminal, unless `NO_COLOR` is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

impl Colours {
    fn are_wanted(self) -> bool {
        match self {
            Colours::Auto => {
                std::io::stdout().is_terminal()
                    && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
            }
            Colours::Always => true,
            Colours::Never => false,
        }
    }
}

impl Check {
    /// Prints what is found.
    pub fn run(self) -> Result<ExitCode, Error> {
        let (text, loaded) = configuration::read(&self.file)?;
        let provisioned = provision(&loaded.settings, None);
        let report = Report {
            name: self.file.to_string_lossy().into_owned(),
            text: recording::mask_text(&text),
            findings: loaded
                .diagnostics
                .iter()
                .map(|finding| recording::mask_finding(finding.clone(), &text))
                .collect(),
            loaded,
            provisioned,
            coloured: self.color.are_wanted(),
        };
        match self.json {
            true => say!("{}", report.json()),
            false => report.print(),
        }
        Ok(if report.loaded.can_run() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

/// Whether, and how, the configuration can run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Verdict {
    CannotRun,
    WithoutWrongLines,
    WithBind,
    Runs,
}

impl Verdict {
    fn text(self) -> &'static str {
        match self {
            Verdict::CannotRun => "it cannot run",
            Verdict::WithoutWrongLines => "it runs without the lines with errors (not with --strict)",
            Verdict::WithBind => "it can run with --bind ADDRESS only: it names no address to listen on",
            Verdict::Runs => "it can run",
        }
    }

    /// The word for programs.
    fn word(self) -> &'static str {
        match self {
            Verdict::CannotRun => "cannotRun",
            Verdict::WithoutWrongLines => "runsWithoutWrongLines",
            Verdict::WithBind => "needsBind",
            Verdict::Runs => "runs",
        }
    }
}

/// Everything there is to say.
struct Report {
    name: String,
    /// The configuration, secrets masked.
    text: String,
    /// The diagnostics, secrets masked.
    findings: Vec<Diagnostic>,
    loaded: Loaded,
    provisioned: Provisioned,
    coloured: bool,
}

impl Report {
    fn print(&self) {
        self.print_wrong();
        self.print_without_effect();
        self.print_notes();
        let Report { name, loaded, .. } = self;
        say!("{name}: {}", configuration::summary(&loaded.coverage));
        say!("{name}: {}", self.provisioned.without_password);
        say!(
            "{name}: {} error(s), {} warning(s), {} note(s); {}",
            configuration::errors(loaded),
            self.count(Severity::Warning),
            self.count(Severity::Note) + self.provisioned.notes.len(),
            self.verdict().text(),
        );
    }

    fn print_wrong(&self) {
        let wrong: Vec<Diagnostic> =
            self.findings.iter().filter(|finding| finding.severity > Severity::Note).cloned().collect();
        if wrong.is_empty() {
            return;
        }
        self.heading(&format!("Wrong, or perhaps not as it was meant ({}):", wrong.len()));
        let render = match self.coloured {
            true => config::render_coloured_diagnostics,
            false => config::render_diagnostics,
        };
        terminal::print(&render(&self.name, &self.text, &wrong));
    }

    fn print_without_effect(&self) {
        let Coverage { without_effect, .. } = &self.loaded.coverage;
        if without_effect.is_empty() {
            return;
        }
        self.heading("Known, kept, and not in effect yet:");
        let mut mode = None;
        for entry in without_effect {
            if mode.replace(entry.mode) != Some(entry.mode) {
                say!("  {}", entry.mode.name());
            }
            let lines = if entry.lines == 1 { "line " } else { "lines" };
            say!("  {:>4} {lines}  {:<24} {}", entry.lines, entry.command, entry.what);
        }
        say!();
    }

    /// What else is worth knowing.
    fn print_notes(&self) {
        let remarks = self.remarks();
        if remarks.is_empty() && self.provisioned.notes.is_empty() {
            return;
        }
        self.heading("Worth knowing:");
        for Diagnostic { line, column, message, .. } in remarks {
            say!("note: {}:{line}:{column}: {}", self.name, printable(message));
        }
        self.provisioned.notes.iter().for_each(|note| say!("note: {}", printable(note)));
        say!();
    }

    /// Notes about lines, apart from those about commands without effect.
    fn remarks(&self) -> Vec<&Diagnostic> {
        let is_remark = |finding: &&Diagnostic| {
            finding.severity == Severity::Note && finding.kind != DiagnosticKind::NoEffect
        };
        self.findings.iter().filter(is_remark).collect()
    }

    fn heading(&self, text: &str) {
        match self.coloured {
            true => say!("\x1b[1m{text}\x1b[0m"),
            false => say!("{text}"),
        }
    }

    fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|finding| finding.severity == severity).count()
    }

    fn verdict(&self) -> Verdict {
        match (self.loaded.can_run(), self.provisioned.listeners.is_empty()) {
            _ if self.loaded.unreadable => Verdict::CannotRun,
            (false, _) => Verdict::WithoutWrongLines,
            (true, true) => Verdict::WithBind,
            (true, false) => Verdict::Runs,
        }
    }

    fn json(&self) -> Value {
        let Coverage { applied, without_effect, routers } = &self.loaded.coverage;
        let without_effect: Vec<Value> = without_effect
            .iter()
            .map(|entry| {
                json!({
                    "mode": entry.mode.name(), "command": entry.command, "what": entry.what, "lines": entry.lines,
                })
            })
            .collect();
        let told = |finding: &&Diagnostic| finding.kind != DiagnosticKind::NoEffect;
        let findings: Vec<Value> = self.findings.iter().filter(told).map(finding).collect();
        json!({
            "file": self.name,
            "verdict": self.verdict().word(),
            "applied": applied,
            "notInEffect": without_effect,
            "router": routers,
            "findings": findings,
            "notes": self.provisioned.notes,
            "withoutPassword": self.provisioned.without_password,
        })
    }
}

fn finding(finding: &Diagnostic) -> Value {
    let severity = match finding.severity {
        Severity::Note => "note",
        Severity::Warning => "warning",
        Severity::Error => "error",
    };
    json!({
        "severity": severity,
        "line": finding.line,
        "column": finding.column,
        "length": finding.length,
        "message": finding.message,
        "suggestion": finding.suggestion,
    })
}
