//! Applying lines to settings: a whole file, or one line after the other.

use std::collections::{BTreeMap, BTreeSet};

use super::MAX_DIAGNOSTICS;
use super::capture::{Typed, typed};
use super::check::{self, Located};
use super::command::{Action, CommandInfo, Phones, Report, Reports, Status};
use super::commands::telephony::{self, Feature};
use super::coverage::Counts;
use super::decide::{is_overlong, wrong_value};
use super::diagnostic::{Diagnostic, DiagnosticKind, KEPT, Severity, most_similar};
use super::line::{Line, columns, is_foreign};
use super::load::settle_anchors;
use super::matcher::{Failure, Form, Matched, Outcome, Word};
use super::mode::Mode;
use super::order;
use super::position::{Enclosure, Frame, Position};
use super::registry::{Place, apply, commands, section};
use super::router_lines::is_in_effect;
use super::session::enters_kept_mode;
use super::settings::{Section, Settings};
use super::similar::Similar;
use super::skip::Skipped;
use super::wording::{at, elsewhere, expected, has_effect_elsewhere, keywords, list};
use super::{Loaded, MAX_LINE_LENGTH};

/// A configuration session: settings, the modes entered, and the findings so far.
#[derive(Debug)]
pub struct Editor {
    pub(crate) settings: Settings,
    pub(crate) position: Position,
    pub(crate) located: Vec<Located>,
    pub(crate) actions: Vec<Action>,
    pub(crate) said: Vec<String>,
    /// The modes in which a line was wrong, also in the line that opens them.
    pub(crate) wrong: BTreeSet<(Mode, u32)>,
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// Errors, and other findings, among the diagnostics.
    pub(crate) found: [usize; 2],
    pub(crate) suppressed: usize,
    pub(crate) suppressed_error: bool,
    /// The first finding about each command without effect, and how many more lines there are of it.
    pub(crate) without_effect: BTreeMap<(Mode, &'static str), (usize, usize)>,
    /// The mode that is not open because the line that opens it is wrong.
    pub(crate) skipped: Option<Skipped>,
    /// Findings of which there are many.
    pub(crate) similar: Similar,
    pub(crate) counts: Counts,
    pub(crate) line_number: u32,
    pub(crate) loading: bool,
}

impl Editor {
    /// A session in the global mode.
    pub fn new(settings: Settings) -> Self {
        Self::resume(settings, Position::default())
    }

    /// A session that goes on where it stood; the settings may have been changed meanwhile by others.
    pub fn resume(settings: Settings, position: Position) -> Self {
        Self {
            settings,
            position,
            located: Vec::new(),
            actions: Vec::new(),
            said: Vec::new(),
            wrong: BTreeSet::new(),
            diagnostics: Vec::new(),
            found: [0; 2],
            without_effect: BTreeMap::new(),
            skipped: None,
            similar: Similar::default(),
            counts: Counts::default(),
            suppressed: 0,
            suppressed_error: false,
            line_number: 0,
            loading: false,
        }
    }

    /// The current mode.
    pub fn mode(&self) -> Mode {
        self.position.mode()
    }

    /// The settings, and the position of the session.
    pub fn into_parts(self) -> (Settings, Position) {
        (self.settings, self.position)
    }

    /// What the lines since the last time ask to be done at once.
    pub fn take_actions(&mut self) -> Vec<Action> {
        std::mem::take(&mut self.actions)
    }

    /// What the lines since the last time show at a terminal, line by line.
    pub fn take_said(&mut self) -> Vec<String> {
        std::mem::take(&mut self.said)
    }

    /// The settings as they are now.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The findings so far; there are none then.
    pub(crate) fn take_findings(&mut self) -> Vec<Diagnostic> {
        (self.found, self.suppressed, self.suppressed_error) = ([0; 2], 0, false);
        self.without_effect.clear();
        self.similar = Similar::default();
        std::mem::take(&mut self.diagnostics)
    }

    /// Ends the session and checks the configuration as a whole.
    pub fn finish(mut self) -> Loaded {
        self.end_skip();
        let (findings, left_out) = check::check(&self.settings, &self.located, &self.wrong);
        left_out.into_iter().for_each(|wrong| wrong.leave_out(&mut self.settings));
        findings.into_iter().for_each(|finding| self.push(finding));
        self.open_banner();
        self.count_without_effect();
        std::mem::take(&mut self.similar).sum_up(&mut self.diagnostics);
        self.settings.foreign.sort_by_key(|block| block.after);
        settle_anchors(&mut self.settings);
        order::sort_kept(&mut self.settings);
        self.diagnostics.sort_by_key(|d| (d.line, d.column));
        if self.suppressed > 0 {
            let severity = if self.suppressed_error { Severity::Error } else { Severity::Note };
            let message = format!("... and {} more", self.suppressed);
            let line = self.line_number;
            self.diagnostics.push(at(line, 1, 0, severity, DiagnosticKind::Meaning, message, None));
        }
        let coverage = self.counts.coverage(&self.settings.foreign);
        Loaded { settings: self.settings, diagnostics: self.diagnostics, coverage, unreadable: false }
    }

    pub(crate) fn line(&mut self, raw: &str) {
        self.line_number = self.line_number.saturating_add(1);
        if self.position.banner.is_some() {
            return self.banner_line(raw);
        }
        let Some(line) = Line::new(raw) else { return };
        if self.skips(&line) {
            return;
        }
        if raw.len() > MAX_LINE_LENGTH && raw.chars().count() > MAX_LINE_LENGTH {
            return self.overlong(&line);
        }
        if self.loading && self.position.block.is_none_or(|block| line.indent <= block.indent) {
            match typed(line.text()) {
                Some(Typed::Prompt(length)) => {
                    let begin = line.head.offset + length;
                    let blanks = " ".repeat(begin);
                    let typed = line.raw.get(begin..).unwrap_or_default();
                    return self.command_line(&format!("{blanks}{typed}"));
                }
                Some(Typed::Exec) => return self.exec_command(&line),
                Some(Typed::Message) => return self.left_out(&line, "a message of the router"),
                Some(Typed::Heading) => {
                    self.position.block = None;
                    return;
                }
                None => (),
            }
        }
        self.read(&line);
    }

    /// A line with what was typed at a prompt, and blanks for the prompt.
    pub(crate) fn command_line(&mut self, raw: &str) {
        let Some(line) = Line::new(raw) else { return };
        self.position.block = None;
        match typed(line.text()) {
            Some(Typed::Message) => self.left_out(&line, "a message of the router"),
            Some(_) => self.exec_command(&line),
            None => self.read(&line),
        }
    }

    /// An exec command configures nothing; what follows it begins anew, unless it was given with `do`.
    pub(crate) fn exec_command(&mut self, line: &Line<'_>) {
        self.position.block = None;
        if !line.head.text.eq_ignore_ascii_case("do") {
            self.position.frames.truncate(1);
            self.position.enclosure = None;
        }
        self.left_out(line, "something typed at a terminal");
    }

    pub(crate) fn left_out(&mut self, line: &Line<'_>, what: &str) {
        let message = format!("not a configuration line but {what}; the line is left out");
        self.report(line, line.head, Severity::Note, DiagnosticKind::Meaning, message, None);
    }

    pub(crate) fn read(&mut self, line: &Line<'_>) {
        if line.head.text.starts_with('!') {
            if self.position.block.is_some_and(|block| line.indent <= block.indent) {
                self.position.block = None;
            }
            if let Some(frame) = self.position.frames.last_mut().filter(|frame| line.indent <= frame.indent) {
                frame.separated = true;
                self.position.enclosure = None;
            }
            return;
        }
        if self.keep_in_foreign_block(line) || self.leave_mode(line) || self.keep_in_enclosure(line) {
            return;
        }
        let (depth, outcome) = self.decide(line);
        self.act(line, depth, outcome);
    }

    pub(crate) fn opens_mode(&self, line: &Line<'_>) -> bool {
        let set = commands(Mode::Global);
        match set.read(line.raw, &line.words, line.form) {
            Outcome::Match(matched) if matched.is_set() && !matched.abbreviated => {
                set.entry(matched.entry).is_some_and(|entry| entry.info.enters.is_some())
            }
            _ => false,
        }
    }

    pub(crate) fn leave_mode(&mut self, line: &Line<'_>) -> bool {
        let is = |words: &[&str]| words.iter().any(|word| line.text().eq_ignore_ascii_case(word));
        let enclosed = self.position.enclosure.is_some();
        if is(&["end", "^Z", "\u{1a}"]) {
            self.position.frames.truncate(1);
        } else if !is(&["exit", "exi", "ex"]) {
            return false;
        } else if !enclosed {
            // In the global mode there is nothing to leave.
            self.position.frames.truncate(self.position.frames.len().saturating_sub(1).max(1));
        }
        (self.position.block, self.position.enclosure) = (None, None);
        true
    }

    /// Indentation of the line that entered the current mode.
    pub(crate) fn indent(&self) -> usize {
        self.position.frames.last().map_or(0, |frame| frame.indent)
    }

    pub(crate) fn act(&mut self, line: &Line<'_>, depth: usize, outcome: Outcome<'_>) {
        let place = self.position.frames.get(depth).map_or(Place::GLOBAL, |frame| frame.place);
        if let Outcome::Match(matched) = &outcome {
            self.pop_to(depth, line);
            self.position.block = None;
            return self.command(line, place, matched);
        }
        let left =
            self.position.frames.last().is_some_and(|frame| frame.separated && line.indent <= frame.indent);
        if !left && self.keep_in_own_block(line) {
            return;
        }
        if self.loading {
            self.pop_to(depth, line);
        }
        match outcome {
            Outcome::Ambiguous(word, candidates) => {
                let word = line.word(word);
                let message = format!("`{}` is ambiguous", word.text);
                let suggestion = format!("write one of {}", list(candidates.iter().copied()));
                self.report(
                    line,
                    word,
                    Severity::Error,
                    DiagnosticKind::Ambiguous,
                    message,
                    Some(suggestion),
                );
            }
            Outcome::Incomplete(failure) => {
                let suggestion = Some(format!("expected {}", expected(&failure)));
                let message = "the command is incomplete".to_owned();
                self.skip_mode(line, place, failure.entry);
                self.report(
                    line,
                    line.word(failure.word),
                    Severity::Error,
                    DiagnosticKind::Incomplete,
                    message,
                    suggestion,
                );
            }
            Outcome::Invalid(Failure { kept: Some(kept), ref expected, .. })
                if self.suggestion(depth, line, &outcome).is_none() && !expected.is_empty() =>
            {
                self.partly_listed(line, place, kept);
            }
            // `voice service pots` is a router's.
            other if self.loading && place.mode == Mode::Global && self.is_another_command(line, &other) => {
                self.unknown(line, place, depth, &other);
            }
            Outcome::Invalid(failure)
                if failure.entry.is_some() || wrong_value(&failure) || failure.may_end =>
            {
                self.invalid(line, &failure);
                self.skip_mode(line, place, failure.entry);
            }
            other => self.unknown(line, place, depth, &other),
        }
    }

    /// Leaves the modes inside `depth`, and notes whether its lines are indented.
    pub(crate) fn pop_to(&mut self, depth: usize, line: &Line<'_>) {
        if depth + 1 < self.position.frames.len() {
            self.position.enclosure = None;
        }
        self.position.frames.truncate(depth + 1);
        if let Some(frame) = self.position.frames.last_mut() {
            frame.body_indented |= depth > 0 && line.indent > frame.indent;
            frame.separated = false;
        }
    }

    pub(crate) fn command(&mut self, line: &Line<'_>, place: Place, matched: &Matched<'_>) {
        let Some(entry) = commands(place.mode).entry(matched.entry) else { return };
        let info = entry.info;
        match info.status {
            Status::Kept => {
                self.without_effect(line, place.mode, info);
                if !self.loading && line.form != Form::Set {
                    return self.forget(line, place);
                }
                self.keep(line, place);
                if self.loading {
                    self.enclose(line, info);
                }
                return;
            }
            Status::Misspelled(right) => {
                let message = format!("`{}` is taken for `{right}`", info.syntax);
                let suggestion = Some(format!("write `{right}`"));
                let word = line.word(0);
                let whole =
                    Word { text: line.raw.get(word.offset..).unwrap_or_default(), offset: word.offset };
                self.report(line, whole, Severity::Warning, DiagnosticKind::Meaning, message, suggestion);
            }
            Status::Action if self.loading => {
                let message = format!(
                    "`{}` is a command that is executed at once, not a configuration line; it is left out",
                    keywords(info.syntax)
                );
                return self.report(line, line.head, Severity::Note, DiagnosticKind::Meaning, message, None);
            }
            Status::InEffect | Status::Own | Status::NotYet | Status::Action => (),
        }
        let inside = self.position.enclosure.is_some_and(|enclosure| {
            enclosure.body.iter().any(|word| line.word(0).text.eq_ignore_ascii_case(word))
        });
        if !inside {
            let body = info.body;
            self.position.enclosure = (self.loading && info.encloses && line.form == Form::Set)
                .then_some(Enclosure { indent: line.indent, body, kept: false });
        }
        if matched.is_set() {
            for (word, kind) in matched.outside_soft_range() {
                let message = format!("{} is outside the range {}; it is accepted", word.text, kind.range());
                let suggestion = Some(format!("write a {}", kind.describe()));
                self.report(line, word, Severity::Warning, DiagnosticKind::Meaning, message, suggestion);
            }
        }
        self.open_quote(line, matched);
        let mut reports = Reports::default();
        apply(&mut self.settings, place, matched, &mut reports);
        let failed = self.collect(line, place, reports);
        if info.status == Status::NotYet && matched.form != Form::Default && !failed {
            self.without_effect(line, place.mode, info);
        } else if !failed {
            self.counts.applied += 1;
        }
        if let (Some(mode), true, false) = (info.enters, matched.is_set(), failed) {
            let named = || self.settings.tag_of_name(mode, &matched.text("name")?);
            let tag = matched.number("tag").or_else(named).unwrap_or(0);
            self.open(mode, tag, line.indent);
        } else if failed {
            self.skip_mode(line, place, Some(matched.entry));
        } else if place.mode == Mode::Global && line.form == Form::Set {
            self.position.section = Section::Hostname;
        }
    }

    /// A quotation mark at the beginning of a word has its other one at the end of a word.
    fn open_quote(&mut self, line: &Line<'_>, matched: &Matched<'_>) {
        let quoted = line.words.iter().find(|word| word.text.starts_with('"'));
        let Some(word) = quoted.filter(|_| matched.is_set()) else { return };
        if line.text().matches('"').count() % 2 == 1 {
            let message = "the quotation mark is not closed".to_owned();
            let suggestion = Some("write another one at the end of the text, or none".to_owned());
            self.report(line, *word, Severity::Warning, DiagnosticKind::Meaning, message, suggestion);
        }
    }

    /// Reports once for each command that it has no effect.
    pub(crate) fn without_effect(&mut self, line: &Line<'_>, mode: Mode, info: &'static CommandInfo) {
        self.counts.without_effect(mode, info.syntax, info.help);
        let kept = if info.status == Status::Kept { "; the line is kept" } else { " yet" };
        self.note_once(line, mode, info.syntax, || {
            format!("`{}` is known but not in effect{kept}", keywords(info.syntax))
        });
    }

    /// Reports something once for each `key`, and counts further lines of it.
    fn note_once(&mut self, line: &Line<'_>, mode: Mode, key: &'static str, message: impl Fn() -> String) {
        if let Some((_, more)) = self.without_effect.get_mut(&(mode, key)) {
            *more += 1;
            return;
        }
        let before = self.diagnostics.len();
        self.report(line, line.head, Severity::Note, DiagnosticKind::NoEffect, message(), None);
        if self.diagnostics.len() > before {
            self.without_effect.insert((mode, key), (before, 0));
        }
    }

    /// A form of a command, other forms of which are kept: it is kept too.
    fn partly_listed(&mut self, line: &Line<'_>, place: Place, kept: usize) {
        if place.mode == Mode::Global && is_foreign(line) {
            return if self.loading { self.keep_global_line(line) } else { self.routers(line) };
        }
        let Some(info) = commands(place.mode).entry(kept).map(|entry| entry.info) else { return };
        let key = keywords(info.syntax).split(' ').next().unwrap_or_default();
        self.counts.without_effect(place.mode, key, info.help);
        self.note_once(line, place.mode, key, || {
            format!("`{key} {}` is known but not in effect; the line is kept", line.word(1).text)
        });
        if !self.loading && line.form != Form::Set {
            return self.forget(line, place);
        }
        self.keep(line, place);
    }

    /// Keeps a global line of a router; one that is part of a telephone system is noted by its feature.
    fn keep_global_line(&mut self, line: &Line<'_>) {
        if let Some(Feature { words, what }) = telephony::feature_of(line).filter(|_| line.form == Form::Set)
        {
            self.note_once(line, Mode::Global, words, || {
                format!("`{words}` ({what}) is known but not in effect; the lines are kept")
            });
        }
        self.keep(line, Place::GLOBAL);
    }

    /// Adds to the findings about commands without effect how many more lines there are of each.
    pub(crate) fn count_without_effect(&mut self) {
        for (index, more) in self.without_effect.values().filter(|(_, more)| *more > 0) {
            if let Some(diagnostic) = self.diagnostics.get_mut(*index) {
                diagnostic.message.push_str(&format!(" (and {more} more such lines)"));
            }
        }
    }

    pub(crate) fn open(&mut self, mode: Mode, tag: u32, indent: usize) {
        self.position.frames.push(Frame {
            place: Place { mode, tag },
            indent,
            body_indented: false,
            separated: false,
        });
        self.position.section = section(mode);
    }

    /// Takes over what a command reported; true if it was an error.
    pub(crate) fn collect(&mut self, line: &Line<'_>, place: Place, reports: Reports) -> bool {
        self.actions.extend(reports.actions.into_iter().map(|action| match action {
            Action::Restart { phones: Phones::Tag(_), reboot, interval } => {
                Action::Restart { phones: Phones::Tag(place.tag), reboot, interval }
            }
            other => other,
        }));
        self.said.extend(reports.said);
        let mut failed = false;
        for Report { severity, span: (start, end), message, suggestion } in reports.findings {
            failed |= severity == Severity::Error;
            let word = Word { text: line.raw.get(start..end).unwrap_or_default(), offset: start };
            self.report(line, word, severity, DiagnosticKind::Meaning, message, suggestion);
        }
        if !failed {
            for ((start, end), reference) in reports.references {
                let (column, length) = columns(line.raw, start, end);
                self.located.push(Located { place, line: self.line_number, column, length, reference });
            }
        }
        failed
    }

    pub(crate) fn invalid(&mut self, line: &Line<'_>, failure: &Failure) {
        let word = line.word(failure.word);
        let similar = most_similar(word.text, failure.keywords());
        let message = match is_overlong(failure) {
            true => format!("`{}` is one word too many", word.text),
            false => format!("`{}` is not valid here", word.text),
        };
        let suggestion = match similar {
            Some(similar) => format!("did you mean `{similar}`?"),
            None if is_overlong(failure) => "end the line before it".to_owned(),
            None => format!("expected {}", expected(failure)),
        };
        let right = failure.right_part(word.text);
        self.report(line, word, Severity::Error, DiagnosticKind::Invalid, message, Some(suggestion));
        self.mark(right);
    }

    /// Moves the mark of the last finding behind what could still have been right.
    pub(crate) fn mark(&mut self, right: usize) {
        if let Some(finding) = self.diagnostics.last_mut() {
            finding.right = u32::try_from(right).unwrap_or(0);
        }
    }

    /// An unknown line: kept in its mode with a warning, or foreign in the global mode.
    pub(crate) fn unknown(&mut self, line: &Line<'_>, place: Place, depth: usize, outcome: &Outcome<'_>) {
        // Beyond the limit nobody reads it.
        let [others, _] = self.found;
        let full = self.loading && others >= MAX_DIAGNOSTICS;
        let suggestion = if full { None } else { self.suggestion(depth, line, outcome) };
        let word = match outcome {
            Outcome::Invalid(failure) => line.word(failure.word),
            _ => line.word(0),
        };
        let unheard_of = matches!(outcome, Outcome::Unknown) && suggestion.is_none();
        let routers = || enters_kept_mode(line) || !has_effect_elsewhere(place.mode, line);
        if !self.loading && unheard_of && is_foreign(line) && routers() {
            return self.routers(line);
        }
        if !self.loading {
            let message = format!("`{}` is not valid here", word.text);
            let right = match outcome {
                Outcome::Invalid(failure) => failure.right_part(word.text),
                _ => self.modes().map(|mode| commands(mode).right_part(word.text)).max().unwrap_or(0),
            };
            self.report(line, word, Severity::Error, DiagnosticKind::Invalid, message, suggestion);
            return self.mark(right);
        }
        if place.mode != Mode::Global && is_foreign(line) && matches!(outcome, Outcome::Unknown) && routers()
        {
            let message =
                format!("`{}` is a router's command; the line is kept without effect", line.word(0).text);
            self.report(line, line.head, Severity::Note, DiagnosticKind::Meaning, message, None);
            return self.keep(line, place);
        }
        if place.mode != Mode::Global && suggestion.is_some() {
            let message = format!("unknown command in {}", place.mode.name());
            return self.report(line, word, Severity::Error, DiagnosticKind::Invalid, message, suggestion);
        }
        if place.mode != Mode::Global {
            let message = format!("unknown command in {}{KEPT}", place.mode.name());
            let suggestion = if full { None } else { elsewhere(place.mode, line) };
            self.report(line, word, Severity::Warning, DiagnosticKind::Invalid, message, suggestion);
        } else if suggestion.is_none() {
            return self.keep_global_line(line);
        } else {
            let message = format!("unknown command{KEPT}");
            self.report(line, word, Severity::Warning, DiagnosticKind::Invalid, message, suggestion);
        }
        self.keep(line, place);
    }

    /// A router's line, typed by a person.
    pub(crate) fn routers(&mut self, line: &Line<'_>) {
        if !is_in_effect(line.text()) {
            let message =
                format!("`{}` is a router's command; the line is kept without effect", line.word(0).text);
            self.report(line, line.head, Severity::Note, DiagnosticKind::Meaning, message, None);
        }
        self.position.frames.truncate(1);
        match line.form {
            Form::Set => self.keep_typed(line, Place::GLOBAL),
            _ => self.forget(line, Place::GLOBAL),
        }
    }

    /// What might have been meant by the word that is not understood.
    pub(crate) fn suggestion(&self, depth: usize, line: &Line<'_>, outcome: &Outcome<'_>) -> Option<String> {
        let mode = self.position.frames.get(depth).map_or(Mode::Global, |frame| frame.place.mode);
        let similar = match outcome {
            Outcome::Unknown if mode == Mode::Global && is_foreign(line) => None,
            Outcome::Unknown => most_similar(line.word(0).text, commands(mode).first_keywords()),
            Outcome::Invalid(failure) => most_similar(line.word(failure.word).text, failure.keywords()),
            _ => None,
        };
        let other = |similar: &&str| !similar.eq_ignore_ascii_case(line.word(0).text);
        similar.filter(other).map(|similar| format!("did you mean `{similar}`?"))
    }

    pub(crate) fn report(
        &mut self,
        line: &Line<'_>,
        word: Word<'_>,
        severity: Severity,
        kind: DiagnosticKind,
        message: String,
        suggestion: Option<String>,
    ) {
        if self.loading && severity == Severity::Error && self.wrong.len() < MAX_DIAGNOSTICS {
            self.wrong.extend(self.position.frames.last().map(|frame| (frame.place.mode, frame.place.tag)));
        }
        let (column, length) = columns(line.raw, word.offset, word.end());
        self.push(at(self.line_number, column, length, severity, kind, message, suggestion));
    }

    pub(crate) fn push(&mut self, diagnostic: Diagnostic) {
        if self.similar.count(&diagnostic, self.diagnostics.len()) {
            return;
        }
        // Errors have a room of their own: whatever else there is, they are shown.
        let [others, errors] = &mut self.found;
        let error = diagnostic.severity == Severity::Error;
        let found = if error { errors } else { others };
        if *found < MAX_DIAGNOSTICS {
            *found += 1;
            self.diagnostics.push(diagnostic);
        } else {
            self.suppressed += 1;
            self.suppressed_error |= error;
        }
    }
}
