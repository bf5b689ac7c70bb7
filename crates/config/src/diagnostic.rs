//! Findings about a configuration, and how they are shown.

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing: the line is kept, it has no effect yet.
    Note,
    /// The line is in effect, or kept, perhaps not as it was meant.
    Warning,
    /// The line is wrong and left out.
    Error,
}

/// What kind of finding it is, for the answers of the interactive command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DiagnosticKind {
    /// A word that does not belong there.
    Invalid,
    /// The line ends too early.
    Incomplete,
    /// A keyword shortened too much.
    Ambiguous,
    /// The line is well formed, but its content is wrong.
    Meaning,
    /// The command is known, and has no effect.
    NoEffect,
}

/// A finding about one place of a configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad.
    pub severity: Severity,
    /// What kind.
    pub kind: DiagnosticKind,
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
    /// Length in characters; 0 at the end of a line.
    pub length: u32,
    /// How many characters of the word could still have been right: IOS sets its mark behind them.
    pub right: u32,
    /// What is wrong.
    pub message: String,
    /// What to write instead, or what was expected.
    pub suggestion: Option<String>,
}

/// What a finding about an unknown line says of it when a configuration is read.
pub(crate) const KEPT: &str = "; the line is kept without effect";

impl Diagnostic {
    /// As a server reports it that runs without the line: an error is a warning that the line is left out.
    pub fn left_out(&self) -> Diagnostic {
        let mut finding = self.clone();
        if finding.severity == Severity::Error {
            finding.severity = Severity::Warning;
            if !finding.message.ends_with("left out") {
                finding.message.push_str("; the line is left out");
            }
        }
        finding
    }

    /// As it is reported where the whole configuration is refused: nothing is kept then.
    pub fn refused(&self) -> Diagnostic {
        let mut finding = self.clone();
        if let Some(message) = finding.message.strip_suffix(KEPT) {
            finding.message = message.to_owned();
        }
        finding
    }

    /// Whether a configuration that replaces the one in effect must not have this: an error, or a line that is not known,
    /// which is kept when a server starts.
    pub fn is_wrong(&self) -> bool {
        match self.severity {
            Severity::Error => true,
            Severity::Warning => self.kind == DiagnosticKind::Invalid,
            Severity::Note => false,
        }
    }

    /// The answer of an interactive IOS session whose prompt is `prompt_length` characters wide.
    /// `line` is what was typed.
    pub fn ios_form(&self, prompt_length: usize, line: &str) -> String {
        match self.kind {
            DiagnosticKind::Invalid => {
                let column = self.column.saturating_sub(1).saturating_add(self.right);
                invalid_input(prompt_length.saturating_add(usize::try_from(column).unwrap_or_default()))
            }
            DiagnosticKind::Incomplete => INCOMPLETE.into(),
            DiagnosticKind::Ambiguous => format!("% Ambiguous command:  \"{}\"\n", line.trim()),
            DiagnosticKind::Meaning | DiagnosticKind::NoEffect => match &self.suggestion {
                Some(suggestion) => format!("% {}; {suggestion}\n", self.message),
                None => format!("% {}\n", self.message),
            },
        }
    }
}

/// The message of IOS for a line that ends too early.
pub const INCOMPLETE: &str = "% Incomplete command.\n\n";

/// The message of IOS for a line that is wrong from a column of the screen on, counted from 0.
pub fn invalid_input(column: usize) -> String {
    // A mark far to the right of the screen is of no use.
    format!("{:1$}^\n% Invalid input detected at '^' marker.\n\n", "", column.min(1024))
}

/// Renders findings for people, with the lines they are about.
/// `text` is the configuration the findings came from.
pub fn render_diagnostics(file_name: &str, text: &str, diagnostics: &[Diagnostic]) -> String {
    render(file_name, text, diagnostics, &Renderer::plain())
}

/// [`render_diagnostics`] with the colours of a terminal.
pub fn render_coloured_diagnostics(file_name: &str, text: &str, diagnostics: &[Diagnostic]) -> String {
    render(file_name, text, diagnostics, &Renderer::styled())
}

fn render(file_name: &str, text: &str, diagnostics: &[Diagnostic], renderer: &Renderer) -> String {
    let lines: Vec<&str> = text.split('\n').collect();
    let mut rendered = String::new();
    for diagnostic in diagnostics {
        let index = usize::try_from(diagnostic.line).unwrap_or(usize::MAX).wrapping_sub(1);
        match lines.get(index) {
            Some(line) => rendered.push_str(&render_one(file_name, line.trim_end(), diagnostic, renderer)),
            None => rendered.push_str(&render_title(file_name, diagnostic, renderer)),
        }
        rendered.push('\n');
    }
    rendered
}

/// Longest part of a line that is shown, in characters.
const MAX_SHOWN: u32 = 1024;

fn render_one(file_name: &str, line: &str, diagnostic: &Diagnostic, renderer: &Renderer) -> String {
    let line = line.get(..byte_offset(line, MAX_SHOWN)).unwrap_or(line);
    // The renderer replaces what it knows of what a terminal obeys, and not the control characters of 8 bits.
    let line = &*line.replace(is_obeyed, "\u{fffd}");
    let number = usize::try_from(diagnostic.line).unwrap_or(1);
    let start = byte_offset(line, diagnostic.column.saturating_sub(1));
    let end = byte_offset(line, diagnostic.column.saturating_sub(1).saturating_add(diagnostic.length));
    let label = diagnostic.suggestion.as_deref().unwrap_or_default();
    let annotation = AnnotationKind::Primary.span(start..end).label(label);
    let snippet = Snippet::source(line).line_start(number).path(file_name).annotation(annotation);
    let message = diagnostic.message.replace(is_obeyed, "\u{fffd}");
    let title = level(diagnostic.severity).primary_title(message.as_str());
    let mut text = renderer.render(&[title.element(snippet)]).to_string();
    text.push('\n');
    text
}

fn is_obeyed(c: char) -> bool {
    c.is_control() && c != '\t'
}

fn render_title(file_name: &str, diagnostic: &Diagnostic, renderer: &Renderer) -> String {
    let message = diagnostic.message.replace(is_obeyed, "\u{fffd}");
    let title = level(diagnostic.severity).primary_title(message.as_str());
    let text = renderer.render(&[annotate_snippets::Group::with_title(title)]).to_string();
    format!("{text}\n --> {file_name}\n")
}

fn level(severity: Severity) -> Level<'static> {
    match severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    }
}

fn byte_offset(line: &str, characters: u32) -> usize {
    let characters = usize::try_from(characters).unwrap_or(usize::MAX);
    line.char_indices().nth(characters).map_or(line.len(), |(offset, _)| offset)
}

/// The candidate most like `word`, if one is like enough to be what was meant.
pub fn most_similar<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    const LONGEST: usize = 40;
    if word.len() > LONGEST {
        return None;
    }
    let word = word.to_ascii_lowercase();
    let tolerance = (word.chars().count() / 3).clamp(1, 3);
    candidates
        .into_iter()
        .filter(|candidate| candidate.len().abs_diff(word.len()) <= tolerance)
        .map(|candidate| (distance(&word, candidate), candidate))
        .filter(|(distance, candidate)| {
            *distance <= tolerance && *distance < candidate.len() && word.len() > 2
        })
        .min()
        .map(|(_, candidate)| candidate)
}

/// Edit distance where exchanging two neighbours is one edit.
fn distance(a: &str, b: &str) -> usize {
    let a: Vec<char> = a.chars().collect();
    let b: Vec<char> = b.chars().collect();
    let width = b.len() + 1;
    let mut table = vec![0usize; (a.len() + 1) * width];
    let at = |i: usize, j: usize| i * width + j;
    for i in 0..=a.len() {
        for j in 0..=b.len() {
            let get = |i: usize, j: usize| table.get(at(i, j)).copied().unwrap_or(0);
            let value = if i == 0 || j == 0 {
                i + j
            } else {
                let same = usize::from(a.get(i - 1) != b.get(j - 1));
                let mut best = (get(i - 1, j) + 1).min(get(i, j - 1) + 1).min(get(i - 1, j - 1) + same);
                if i > 1 && j > 1 && a.get(i - 1) == b.get(j - 2) && a.get(i - 2) == b.get(j - 1) {
                    best = best.min(get(i - 2, j - 2) + 1);
                }
                best
            };
            if let Some(cell) = table.get_mut(at(i, j)) {
                *cell = value;
            }
        }
    }
    table.last().copied().unwrap_or(0)
}
