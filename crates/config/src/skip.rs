//! A mode that is not open because the line that opens it is wrong: the lines of the mode are left out with it. They would
//! otherwise be taken for lines of the mode before, or for those of a router.

use super::diagnostic::Severity;
use super::editor::Editor;
use super::line::{Line, is_foreign};
use super::matcher::{Form, Outcome};
use super::mode::Mode;
use super::registry::{Place, commands};

/// The mode whose lines are left out.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Skipped {
    /// Where the wrong line stands.
    line: u32,
    indent: usize,
    /// Whether lines that are indented deeper have followed.
    deeper: bool,
    /// How many lines were left out.
    count: usize,
}

impl Editor {
    /// A line is wrong. If it is one that opens a mode, the lines of that mode are left out from now on.
    pub(crate) fn skip_mode(&mut self, line: &Line<'_>, place: Place, entry: Option<usize>) {
        let entry = entry.and_then(|entry| commands(place.mode).entry(entry));
        let opens = entry.is_some_and(|entry| entry.info.enters.is_some());
        if self.loading && opens && line.form == Form::Set {
            let mode = entry.and_then(|entry| entry.info.enters);
            self.wrong.extend(mode.zip(line.word(1).text.parse().ok()));
            let indent = line.indent;
            self.skipped = Some(Skipped { line: self.line_number, indent, deeper: false, count: 0 });
        }
    }

    /// Whether the line belongs to a mode that is not open.
    pub(crate) fn skips(&mut self, line: &Line<'_>) -> bool {
        let Some(Skipped { indent, deeper, .. }) = self.skipped else { return false };
        let inside = match line.indent > indent {
            true => !self.opens_mode(line),
            false => !deeper && line.indent == indent && is_nothing_global(line),
        };
        match &mut self.skipped {
            Some(skipped) if inside => {
                skipped.deeper |= line.indent > indent;
                skipped.count += 1;
            }
            _ => self.end_skip(),
        }
        inside
    }

    /// The mode is over: the finding about the line that opens it says how many others are left out.
    pub(crate) fn end_skip(&mut self) {
        let Some(Skipped { line, count, .. }) = self.skipped.take() else { return };
        let wrong =
            |finding: &&mut super::Diagnostic| finding.line == line && finding.severity == Severity::Error;
        if let Some(finding) = self.diagnostics.iter_mut().find(wrong).filter(|_| count > 0) {
            let are = if count == 1 { "line of it is" } else { "lines of it are" };
            finding.message.push_str(&format!("; the mode is not entered, and {count} {are} left out"));
        }
    }
}

/// Without indentation: is the line none that ends a mode?
fn is_nothing_global(line: &Line<'_>) -> bool {
    let first = line.word(0).text.to_ascii_lowercase();
    let leaves = first.starts_with('!') || ["exit", "end", "^z"].contains(&first.as_str());
    let global = commands(Mode::Global);
    let begins = global.has_first_keyword(&first) || is_foreign(line);
    let matches = matches!(global.read(line.raw, &line.words, line.form), Outcome::Match(_));
    !leaves && !begins && !matches
}
