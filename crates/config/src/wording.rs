//! The words of findings.

use super::command::Status;
use super::decide::strength;
use super::diagnostic::{Diagnostic, DiagnosticKind, Severity};
use super::line::Line;
use super::matcher::{Failure, Outcome};
use super::mode::Mode;
use super::registry::commands;

/// The modes in which a line would be a command.
pub(crate) fn elsewhere(mode: Mode, line: &Line<'_>) -> Option<String> {
    let takes = |other: &Mode| strength(&commands(*other).read(line.raw, &line.words, line.form)).1;
    let others = Mode::ALL.into_iter().filter(|other| ![mode, Mode::Global].contains(other)).filter(takes);
    let others: Vec<_> = others.map(Mode::name).collect();
    (!others.is_empty()).then(|| format!("it is a command of {}", list(others.into_iter())))
}

/// Whether a line would have an effect in another mode: it is a command there, of more than its first word.
pub(crate) fn has_effect_elsewhere(mode: Mode, line: &Line<'_>) -> bool {
    Mode::ALL.into_iter().filter(|other| ![mode, Mode::Global].contains(other)).any(|other| {
        let others = commands(other);
        match others.read(line.raw, &line.words, line.form) {
            Outcome::Match(matched) => {
                others.entry(matched.entry).is_some_and(|entry| entry.info.status != Status::Kept)
            }
            _ => false,
        }
    })
}

/// What could have stood there, in words.
pub(crate) fn expected(failure: &Failure) -> String {
    use super::syntax::Token;
    let mut words: Vec<String> = Vec::new();
    for token in &failure.expected {
        let word = match token {
            Token::Keyword(word, _) => format!("`{word}`"),
            Token::Argument(argument) => argument.kind.describe(),
        };
        if !words.contains(&word) {
            words.push(word);
        }
    }
    if failure.may_end {
        words.push("the end of the line".to_owned());
    }
    list_of(&words)
}

pub(crate) fn list<'w>(words: impl Iterator<Item = &'w str>) -> String {
    list_of(&words.map(|word| format!("`{word}`")).collect::<Vec<_>>())
}

pub(crate) fn list_of(words: &[String]) -> String {
    match words.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        Some((last, _)) => last.clone(),
        None => "the end of the line".to_owned(),
    }
}

/// The keywords a syntax begins with.
pub(crate) fn keywords(syntax: &str) -> &str {
    let end = syntax.find(['<', '[', '{']).unwrap_or(syntax.len());
    syntax.get(..end).unwrap_or(syntax).trim_end()
}

pub(crate) fn at(
    line: u32,
    column: u32,
    length: u32,
    severity: Severity,
    kind: DiagnosticKind,
    message: String,
    suggestion: Option<String>,
) -> Diagnostic {
    Diagnostic { severity, kind, line, column, length, right: 0, message, suggestion }
}
