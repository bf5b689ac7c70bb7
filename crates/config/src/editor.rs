//! Applying lines to settings: a whole file, or one line after the other.

use std::{collections::BTreeMap, net::IpAddr};

use smallvec::SmallVec;
use smol_str::SmolStr;

use super::banner;
use super::capture::{Typed, typed};
use super::check::{self, Located};
use super::command::{Action, CommandInfo, Phones, Report, Reports, Status};
use super::commands::global::FOREIGN;
use super::diagnostic::{Diagnostic, DiagnosticKind, Severity, most_similar};
use super::matcher::{Failure, Form, Matched, Outcome, Word, words};
use super::mode::Mode;
use super::registry::{Place, apply, commands, kept, section};
use super::session::KeptMode;
use super::settings::{ForeignBlock, Section, Settings};
use super::{Loaded, MAX_DIAGNOSTICS, MAX_LINE_LENGTH, MAX_TEXT_LENGTH};

/// Reads a whole configuration.
pub(super) fn load(text: &str) -> Loaded {
    if text.len() > MAX_TEXT_LENGTH {
        let message = format!("the configuration is longer than {} MiB", MAX_TEXT_LENGTH >> 20);
        let diagnostic = at(1, 1, 0, Severity::Error, DiagnosticKind::Meaning, message, None);
        return Loaded { settings: Settings::default(), diagnostics: vec![diagnostic] };
    }
    if let Some(binary) = text.find('\0') {
        let before = text.get(..binary).unwrap_or_default();
        let line = u32::try_from(before.split('\n').count()).unwrap_or(u32::MAX);
        let message = "this is no configuration: it contains bytes that are no text".to_owned();
        let diagnostic = at(line, 1, 0, Severity::Error, DiagnosticKind::Meaning, message, None);
        return Loaded { settings: Settings::default(), diagnostics: vec![diagnostic] };
    }
    let mut editor = Editor::new(Settings::default());
    editor.loading = true;
    for line in text.split('\n') {
        editor.line(line);
    }
    editor.finish()
}

/// Does a mode take this line for itself when it stands unindented?
pub(super) fn would_claim(mode: Mode, line: &str) -> bool {
    let mut editor = Editor::new(Settings::default());
    editor.loading = true;
    match mode {
        Mode::Global => return false,
        Mode::Sip => editor.open(Mode::VoiceService, 0, 0),
        _ => (),
    }
    editor.open(mode, 0, 0);
    editor.position.frames.iter_mut().for_each(|frame| frame.body_indented = true);
    editor.line(line);
    editor.settings.foreign.is_empty()
}

/// Where a configuration session stands: the modes that it has entered.
#[derive(Clone, Debug)]
pub struct Position {
    frames: SmallVec<[Frame; 3]>,
    /// The last section of ours that was opened.
    section: Section,
    /// Indentation of the line whose deeper sub-lines are kept with it.
    block: Option<Block>,
    /// Indentation of the line that entered a mode which is not known here.
    enclosure: Option<usize>,
    /// A banner that is being read.
    banner: Option<Banner>,
    /// A mode that is not known here, which was entered by a person.
    pub(super) kept_mode: Option<KeptMode>,
}

impl Default for Position {
    /// The global mode.
    fn default() -> Self {
        let global = Frame { place: Place::GLOBAL, indent: 0, body_indented: false, separated: false };
        Self {
            frames: smallvec::smallvec![global],
            section: Section::Start,
            block: None,
            enclosure: None,
            banner: None,
            kept_mode: None,
        }
    }
}

impl Position {
    /// The current mode.
    pub fn mode(&self) -> Mode {
        self.frames.last().map_or(Mode::Global, |frame| frame.place.mode)
    }

    /// The current mode and, in modes of which there are several, the tag of the object.
    pub fn place(&self) -> Change {
        let place = self.frames.last().map_or(Place::GLOBAL, |frame| frame.place);
        Change { mode: place.mode, tag: place.tag }
    }

    /// Leaves the current mode for the one it was entered from; false in the global mode, which is not left here.
    pub fn leave(&mut self) -> bool {
        if self.kept_mode.take().is_some() {
            return true;
        }
        (self.block, self.enclosure, self.banner) = (None, None, None);
        let inside = self.frames.len() > 1;
        if inside {
            self.frames.pop();
        }
        inside
    }
}

/// A configuration session: settings, the modes entered, and the findings so far.
#[derive(Debug)]
pub struct Editor {
    pub(super) settings: Settings,
    pub(super) position: Position,
    pub(super) located: Vec<Located>,
    actions: Vec<Action>,
    pub(super) diagnostics: Vec<Diagnostic>,
    /// Errors, and other findings, among the diagnostics.
    found: [usize; 2],
    suppressed: usize,
    suppressed_error: bool,
    /// The first finding about each command without effect, and how many more lines there are of it.
    without_effect: BTreeMap<(Mode, &'static str), (usize, usize)>,
    pub(super) line_number: u32,
    loading: bool,
}

/// Text of several lines that ends where its delimiter comes again.
#[derive(Clone, Debug)]
struct Banner {
    delimiter: SmolStr,
    /// The line it began in.
    line: u32,
}

/// A part of the settings that two configurations differ in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Change {
    /// The mode.
    pub mode: Mode,
    /// Tag of the object; 0 in modes without.
    pub tag: u32,
}

/// A mode that was entered.
#[derive(Clone, Copy, Debug)]
struct Frame {
    place: Place,
    /// Indentation of the line that entered it.
    indent: usize,
    /// Were its lines indented deeper than that?
    body_indented: bool,
    /// Has a `!` followed its last command?
    separated: bool,
}

/// A kept line that owns the deeper lines below it.
#[derive(Clone, Copy, Debug)]
struct Block {
    indent: usize,
    /// Of the global mode?
    foreign: bool,
    /// Does it enter a mode that is not known here, so that deeper lines are its own whatever they say?
    encloses: bool,
}

/// A line taken apart.
pub(super) struct Line<'a> {
    /// Without trailing blanks.
    pub raw: &'a str,
    /// Characters before the first word.
    indent: usize,
    /// With `no`, with `default`, or as it is.
    pub form: Form,
    /// Without `no` or `default`.
    pub words: SmallVec<[Word<'a>; 8]>,
    /// The `no` or `default`, else the first word.
    head: Word<'a>,
}

impl<'a> Line<'a> {
    pub(super) fn new(raw: &'a str) -> Option<Self> {
        let raw = raw.trim_end();
        let mut words = words(raw);
        let head = *words.first()?;
        let form = match head.text {
            _ if words.len() < 2 => Form::Set,
            text if text.eq_ignore_ascii_case("no") => Form::No,
            text if text.eq_ignore_ascii_case("default") => Form::Default,
            _ => Form::Set,
        };
        if form != Form::Set {
            words.remove(0);
        }
        let indent = raw.get(..head.offset).map_or(0, |blank| blank.chars().count());
        Some(Self { raw, indent, form, words, head })
    }

    /// The line without its indentation.
    pub(super) fn text(&self) -> &'a str {
        self.raw.get(self.head.offset..).unwrap_or_default()
    }

    /// The word at an index, or the end of the line.
    pub fn word(&self, index: usize) -> Word<'a> {
        self.words.get(index).copied().unwrap_or(Word { text: "", offset: self.raw.len() })
    }
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
            diagnostics: Vec::new(),
            found: [0; 2],
            without_effect: BTreeMap::new(),
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

    /// The settings, and where the session stands.
    pub fn into_parts(self) -> (Settings, Position) {
        (self.settings, self.position)
    }

    /// What the lines since the last time ask to be done at once.
    pub fn take_actions(&mut self) -> Vec<Action> {
        std::mem::take(&mut self.actions)
    }

    /// The settings as they are now.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The findings so far; there are none then.
    pub(super) fn take_findings(&mut self) -> Vec<Diagnostic> {
        (self.found, self.suppressed, self.suppressed_error) = ([0; 2], 0, false);
        self.without_effect.clear();
        std::mem::take(&mut self.diagnostics)
    }

    /// Ends the session and checks the configuration as a whole.
    pub fn finish(mut self) -> Loaded {
        for finding in check::check(&self.settings, &self.located) {
            self.push(finding);
        }
        self.count_without_effect();
        self.open_banner();
        self.settings.foreign.sort_by_key(|block| block.after);
        settle_anchors(&mut self.settings);
        self.diagnostics.sort_by_key(|d| (d.line, d.column));
        if self.suppressed > 0 {
            let severity = if self.suppressed_error { Severity::Error } else { Severity::Note };
            let message = format!("... and {} more", self.suppressed);
            let line = self.line_number;
            self.diagnostics.push(at(line, 1, 0, severity, DiagnosticKind::Meaning, message, None));
        }
        Loaded { settings: self.settings, diagnostics: self.diagnostics }
    }

    pub(super) fn line(&mut self, raw: &str) {
        self.line_number = self.line_number.saturating_add(1);
        if self.position.banner.is_some() {
            return self.banner_line(raw);
        }
        let Some(line) = Line::new(raw) else { return };
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
    fn command_line(&mut self, raw: &str) {
        let Some(line) = Line::new(raw) else { return };
        self.position.block = None;
        match typed(line.text()) {
            Some(Typed::Message) => self.left_out(&line, "a message of the router"),
            Some(_) => self.exec_command(&line),
            None => self.read(&line),
        }
    }

    /// An exec command configures nothing; what follows it begins anew, unless it was given with `do`.
    fn exec_command(&mut self, line: &Line<'_>) {
        self.position.block = None;
        if !line.head.text.eq_ignore_ascii_case("do") {
            self.position.frames.truncate(1);
            self.position.enclosure = None;
        }
        self.left_out(line, "something typed at a terminal");
    }

    fn left_out(&mut self, line: &Line<'_>, what: &str) {
        let message = format!("no configuration, but {what}; the line is left out");
        self.report(line, line.head, Severity::Note, DiagnosticKind::Meaning, message, None);
    }

    /// Nobody's line, as far as one can tell: it is kept where it stands.
    fn overlong(&mut self, line: &Line<'_>) {
        let (severity, fate) = match self.loading {
            true => (Severity::Warning, "kept without effect"),
            false => (Severity::Error, "ignored"),
        };
        let message = format!("the line is longer than {MAX_LINE_LENGTH} characters; it is {fate}");
        self.push(at(self.line_number, 1, 0, severity, DiagnosticKind::Meaning, message, None));
        if self.loading && !self.keep_in_foreign_block(line) {
            let inside = self.position.frames.last().filter(|frame| line.indent > frame.indent);
            let place = inside.map_or(Place::GLOBAL, |frame| frame.place);
            if place == Place::GLOBAL {
                self.position.frames.truncate(1);
                self.position.enclosure = None;
            }
            self.keep(line, place);
        }
    }

    fn read(&mut self, line: &Line<'_>) {
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

    /// A deeper line below a foreign line belongs to it, unless it opens one of our modes.
    fn keep_in_foreign_block(&mut self, line: &Line<'_>) -> bool {
        let Some(block) = self.position.block.filter(|block| block.foreign) else { return false };
        if line.indent <= block.indent || self.opens_mode(line) {
            self.position.block = None;
            return false;
        }
        let start = byte_of(line.raw, block.indent);
        if let (Some(foreign), Some(text)) = (self.settings.foreign.last_mut(), line.raw.get(start..)) {
            foreign.lines.push(text.into());
        }
        self.begin_banner(line);
        true
    }

    fn opens_mode(&self, line: &Line<'_>) -> bool {
        let set = commands(Mode::Global);
        match set.read(line.raw, &line.words, line.form) {
            Outcome::Match(matched) if matched.is_set() && !matched.abbreviated => {
                set.entry(matched.entry).is_some_and(|entry| entry.info.enters.is_some())
            }
            _ => false,
        }
    }

    fn leave_mode(&mut self, line: &Line<'_>) -> bool {
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

    /// A deeper line below one that entered a mode which is not known here belongs to that mode, also when it is a
    /// command of ours: the `ip source-address` of a `group` is not that of telephony-service.
    fn keep_in_enclosure(&mut self, line: &Line<'_>) -> bool {
        let encloses = self.position.block.is_some_and(|block| block.encloses);
        encloses && self.loading && !self.opens_mode(line) && self.keep_in_own_block(line)
    }

    /// Notes the mode that a kept line entered, and whether one entered before has been left.
    fn enclose(&mut self, line: &Line<'_>, info: &CommandInfo) {
        let indented = self.position.frames.last().is_some_and(|frame| frame.body_indented);
        let left = self.position.enclosure.is_some_and(|indent| indented && line.indent <= indent);
        if info.encloses {
            self.position.enclosure = Some(line.indent);
            self.position.block.iter_mut().for_each(|block| block.encloses = true);
        } else if left {
            self.position.enclosure = None;
        }
    }

    /// Finds the mode a line belongs to (by its depth) and what it is there.
    fn decide<'l>(&self, line: &'l Line<'_>) -> (usize, Outcome<'l>) {
        let top = self.position.frames.len().saturating_sub(1);
        let first = self.read_at(top, line);
        let left = self
            .position
            .frames
            .last()
            .is_some_and(|frame| (frame.body_indented || frame.separated) && line.indent <= frame.indent);
        let (matches, exact) = strength(&first);
        if exact && !left {
            return (top, first);
        }
        if top > 0 && self.loading && is_foreign(line) && self.is_nothing_like_ours(line, &first) {
            return (if line.indent > self.indent() { top } else { 0 }, Outcome::Unknown);
        }
        for depth in (0..top).rev() {
            let outcome = self.read_at(depth, line);
            let (parent_matches, parent_exact) = strength(&outcome);
            // A shortened keyword of an outer mode does not overrule what the line almost is here.
            let allowed =
                parent_exact || !matches && (!names_command(&first) || self.begins_better(depth, line));
            if parent_matches && allowed && (!exact || left) {
                return (depth, outcome);
            }
        }
        if matches || names_command(&first) {
            return (top, first);
        }
        self.decide_unmatched(line, top, first)
    }

    /// The line is no command anywhere: finds the mode that has most to say about it.
    fn decide_unmatched<'l>(
        &self,
        line: &'l Line<'_>,
        top: usize,
        first: Outcome<'l>,
    ) -> (usize, Outcome<'l>) {
        for depth in (0..top).rev() {
            let outcome = self.read_at(depth, line);
            if names_command(&outcome) {
                return (depth, outcome);
            }
        }
        // Without indentation, a mode ends where a router's known command or a separator says so.
        let flat = self.position.frames.last().is_some_and(|frame| !frame.body_indented && !frame.separated);
        let inside = line.indent > self.indent() || !self.loading || flat && !is_foreign(line);
        if top > 0 && (inside || (!is_foreign(line) && self.suggestion(top, line, &first).is_some())) {
            return (top, first);
        }
        (0, self.read_at(0, line))
    }

    /// The modes that were entered.
    fn modes(&self) -> impl Iterator<Item = Mode> {
        self.position.frames.iter().map(|frame| frame.place.mode)
    }

    /// Is the first word a whole keyword at `depth`, but none in the current mode?
    fn begins_better(&self, depth: usize, line: &Line<'_>) -> bool {
        let knows = |frame: Option<&Frame>| {
            frame.is_some_and(|frame| commands(frame.place.mode).has_first_keyword(line.word(0).text))
        };
        knows(self.position.frames.get(depth)) && !knows(self.position.frames.last())
    }

    fn read_at<'l>(&self, depth: usize, line: &'l Line<'_>) -> Outcome<'l> {
        let mode = self.position.frames.get(depth).map_or(Mode::Global, |frame| frame.place.mode);
        if mode == Mode::Global && is_foreign(line) && !commands(mode).has_first_keyword(line.word(0).text) {
            // `call threshold` is no short form of `call-manager-fallback`.
            return Outcome::Unknown;
        }
        if mode == Mode::Global && line.word(0).text == "host" && is_no_name(line.word(1).text) {
            // The `host` of a DHCP pool or of a `voice class uri` is no short form of `hostname`.
            return Outcome::Unknown;
        }
        commands(mode).read(line.raw, &line.words, line.form)
    }

    /// Is this line, which begins as a router's lines do, no command of the current mode, nor nearly one?
    fn is_nothing_like_ours(&self, line: &Line<'_>, outcome: &Outcome<'_>) -> bool {
        let top = self.position.frames.len().saturating_sub(1);
        match outcome {
            _ if !commands(self.mode()).has_first_keyword(&line.word(0).text.to_ascii_lowercase()) => true,
            Outcome::Invalid(failure) => {
                // `ip source-address ADDRESS` with too much behind it is ours; `username NAME privilege 15` need not be.
                let named = failure.entry.and_then(|entry| commands(self.mode()).entry(entry));
                let ours =
                    failure.may_end && named.is_some_and(|entry| keywords(entry.info.syntax).contains(' '));
                !ours && !failure.expects_value() && self.suggestion(top, line, outcome).is_none()
            }
            _ => false,
        }
    }

    /// Does a line that begins like a global command of ours go on as none does?
    fn is_another_command(&self, line: &Line<'_>, outcome: &Outcome<'_>) -> bool {
        let Outcome::Invalid(failure) = outcome else { return false };
        let keywords_only = !failure.expects_value() && !failure.may_end;
        keywords_only && self.suggestion(0, line, outcome).is_none()
    }

    /// Indentation of the line that entered the current mode.
    fn indent(&self) -> usize {
        self.position.frames.last().map_or(0, |frame| frame.indent)
    }

    fn act(&mut self, line: &Line<'_>, depth: usize, outcome: Outcome<'_>) {
        let place = self.position.frames.get(depth).map_or(Place::GLOBAL, |frame| frame.place);
        if let Outcome::Match(matched) = &outcome {
            self.pop_to(depth, line);
            self.position.block = None;
            return self.command(line, place, matched);
        }
        if self.keep_in_own_block(line) {
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
                self.report(
                    line,
                    line.word(failure.word),
                    Severity::Error,
                    DiagnosticKind::Incomplete,
                    message,
                    suggestion,
                );
            }
            Outcome::Invalid(failure)
                if self.loading && place.mode != Mode::Global && is_overlong(&failure) =>
            {
                let word = line.word(failure.word);
                let message =
                    format!("`{}` is one word too many; the line is kept without effect", word.text);
                let suggestion = Some("end the line before it".to_owned());
                self.report(line, word, Severity::Warning, DiagnosticKind::Invalid, message, suggestion);
                self.keep(line, place);
            }
            // `voice service pots` is a router's.
            other if self.loading && place.mode == Mode::Global && self.is_another_command(line, &other) => {
                self.unknown(line, place, depth, &other);
            }
            Outcome::Invalid(failure) if failure.entry.is_some() || wrong_value(&failure) => {
                self.invalid(line, &failure);
            }
            other => self.unknown(line, place, depth, &other),
        }
    }

    /// Leaves the modes inside `depth`, and notes whether its lines are indented.
    fn pop_to(&mut self, depth: usize, line: &Line<'_>) {
        if depth + 1 < self.position.frames.len() {
            self.position.enclosure = None;
        }
        self.position.frames.truncate(depth + 1);
        if let Some(frame) = self.position.frames.last_mut() {
            frame.body_indented |= depth > 0 && line.indent > frame.indent;
            frame.separated = false;
        }
    }

    fn command(&mut self, line: &Line<'_>, place: Place, matched: &Matched<'_>) {
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
                    "`{}` is done at once and is not configured; the line is left out",
                    keywords(info.syntax)
                );
                return self.report(line, line.head, Severity::Note, DiagnosticKind::Meaning, message, None);
            }
            Status::InEffect | Status::Own | Status::NotYet | Status::Action => (),
        }
        self.position.enclosure = None;
        if matched.is_set() {
            for (word, kind) in matched.outside_soft_range() {
                let message = format!("{} is outside the range {}; it is accepted", word.text, kind.range());
                let suggestion = Some(format!("write a {}", kind.describe()));
                self.report(line, word, Severity::Warning, DiagnosticKind::Meaning, message, suggestion);
            }
        }
        let mut reports = Reports::default();
        apply(&mut self.settings, place, matched, &mut reports);
        let failed = self.collect(line, place, reports);
        if info.status == Status::NotYet && matched.form != Form::Default && !failed {
            self.without_effect(line, place.mode, info);
        }
        if let (Some(mode), true, false) = (info.enters, matched.is_set(), failed) {
            self.open(mode, matched.number("tag").unwrap_or(0), line.indent);
        } else if place.mode == Mode::Global && line.form == Form::Set && !failed {
            self.position.section = Section::Hostname;
        }
    }

    /// Says once for each command that it has no effect.
    fn without_effect(&mut self, line: &Line<'_>, mode: Mode, info: &'static CommandInfo) {
        if let Some((_, more)) = self.without_effect.get_mut(&(mode, info.syntax)) {
            *more += 1;
            return;
        }
        let kept = if info.status == Status::Kept { "; the line is kept" } else { " yet" };
        let message = format!("`{}` is known but not in effect{kept}", keywords(info.syntax));
        let before = self.diagnostics.len();
        self.report(line, line.head, Severity::Note, DiagnosticKind::Meaning, message, None);
        if self.diagnostics.len() > before {
            self.without_effect.insert((mode, info.syntax), (before, 0));
        }
    }

    /// Adds to the findings about commands without effect how many more lines there are of each.
    fn count_without_effect(&mut self) {
        for (index, more) in self.without_effect.values().filter(|(_, more)| *more > 0) {
            if let Some(diagnostic) = self.diagnostics.get_mut(*index) {
                diagnostic.message.push_str(&format!(" (and {more} more such lines)"));
            }
        }
    }

    fn open(&mut self, mode: Mode, tag: u32, indent: usize) {
        self.position.frames.push(Frame {
            place: Place { mode, tag },
            indent,
            body_indented: false,
            separated: false,
        });
        self.position.section = section(mode);
    }

    /// Takes over what a command reported; true if it was an error.
    fn collect(&mut self, line: &Line<'_>, place: Place, reports: Reports) -> bool {
        self.actions.extend(reports.actions.into_iter().map(|action| match action {
            Action::Restart { phones: Phones::Tag(_), reboot, interval } => {
                Action::Restart { phones: Phones::Tag(place.tag), reboot, interval }
            }
            other => other,
        }));
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

    fn invalid(&mut self, line: &Line<'_>, failure: &Failure) {
        let word = line.word(failure.word);
        let similar = most_similar(word.text, failure.keywords());
        let message = format!("`{}` is not valid here", word.text);
        let suggestion = match similar {
            Some(similar) => format!("did you mean `{similar}`?"),
            None => format!("expected {}", expected(failure)),
        };
        let right = failure.right_part(word.text);
        self.report(line, word, Severity::Error, DiagnosticKind::Invalid, message, Some(suggestion));
        self.mark(right);
    }

    /// Moves the mark of the last finding behind what could still have been right.
    fn mark(&mut self, right: usize) {
        if let Some(finding) = self.diagnostics.last_mut() {
            finding.right = u32::try_from(right).unwrap_or(0);
        }
    }

    /// Nobody's line: kept in its mode with a warning, or foreign in the global mode.
    fn unknown(&mut self, line: &Line<'_>, place: Place, depth: usize, outcome: &Outcome<'_>) {
        // Beyond the limit nobody reads it.
        let [others, _] = self.found;
        let full = self.loading && others >= MAX_DIAGNOSTICS;
        let suggestion = if full { None } else { self.suggestion(depth, line, outcome) };
        let word = match outcome {
            Outcome::Invalid(failure) => line.word(failure.word),
            _ => line.word(0),
        };
        let unheard_of = matches!(outcome, Outcome::Unknown) && suggestion.is_none();
        if !self.loading && unheard_of && is_foreign(line) && elsewhere(place.mode, line).is_none() {
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
        if place.mode != Mode::Global {
            let message =
                format!("unknown command in {}; the line is kept without effect", place.mode.name());
            let suggestion = suggestion.or_else(|| if full { None } else { elsewhere(place.mode, line) });
            self.report(line, word, Severity::Warning, DiagnosticKind::Invalid, message, suggestion);
        } else if suggestion.is_some() {
            let message = "unknown command; the line is kept without effect".to_owned();
            self.report(line, word, Severity::Warning, DiagnosticKind::Invalid, message, suggestion);
        }
        self.keep(line, place);
    }

    /// A router's line, typed by a person.
    fn routers(&mut self, line: &Line<'_>) {
        let message =
            format!("`{}` is a router's command; the line is kept without effect", line.word(0).text);
        self.report(line, line.head, Severity::Note, DiagnosticKind::Meaning, message, None);
        self.position.frames.truncate(1);
        match line.form {
            Form::Set => self.keep_typed(line, Place::GLOBAL),
            _ => self.forget(line, Place::GLOBAL),
        }
    }

    /// What might have been meant by the word that is not understood.
    fn suggestion(&self, depth: usize, line: &Line<'_>, outcome: &Outcome<'_>) -> Option<String> {
        let mode = self.position.frames.get(depth).map_or(Mode::Global, |frame| frame.place.mode);
        let similar = match outcome {
            Outcome::Unknown if mode == Mode::Global && is_foreign(line) => None,
            Outcome::Unknown => most_similar(line.word(0).text, commands(mode).first_keywords()),
            Outcome::Invalid(failure) => most_similar(line.word(failure.word).text, failure.keywords()),
            _ => None,
        };
        similar.map(|similar| format!("did you mean `{similar}`?"))
    }

    /// Keeps a line where it stands.
    fn keep(&mut self, line: &Line<'_>, place: Place) {
        if !self.loading {
            return self.keep_typed(line, place);
        }
        let text = line.text();
        let foreign = place.mode == Mode::Global;
        self.position.block = Some(Block { indent: line.indent, foreign, encloses: false });
        match kept(&mut self.settings, place) {
            Some(kept) => kept.push(text.into()),
            None => {
                let after = self.position.section;
                self.settings.foreign.push(ForeignBlock { after, lines: vec![text.into()] });
                self.begin_banner(line);
            }
        }
    }

    /// A deeper line below a kept line of one of our modes, that is no command, belongs to it.
    fn keep_in_own_block(&mut self, line: &Line<'_>) -> bool {
        let Some(block) = self.position.block.filter(|block| !block.foreign && line.indent > block.indent)
        else {
            return false;
        };
        let Some(place) = self.position.frames.last().map(|frame| frame.place) else { return false };
        let start = byte_of(line.raw, block.indent);
        if let (Some(kept), Some(text)) = (kept(&mut self.settings, place), line.raw.get(start..)) {
            kept.push(text.into());
        }
        true
    }

    fn begin_banner(&mut self, line: &Line<'_>) {
        self.position.banner =
            banner::delimiter(line).map(|delimiter| Banner { delimiter, line: self.line_number });
    }

    /// A banner that has not ended is likely to have taken in what it should not.
    fn open_banner(&mut self) {
        if let Some(Banner { delimiter, line }) = self.position.banner.take() {
            let message = "the text that begins here has no end: all lines after it belong to it".to_owned();
            let suggestion = Some(format!("end it with `{delimiter}`"));
            self.push(at(line, 1, 0, Severity::Warning, DiagnosticKind::Meaning, message, suggestion));
            if let Some(foreign) = self.settings.foreign.last_mut() {
                foreign.lines.push(delimiter);
            }
        }
    }

    fn banner_line(&mut self, raw: &str) {
        let ends =
            self.position.banner.as_ref().is_some_and(|banner| raw.contains(banner.delimiter.as_str()));
        if let Some(foreign) = self.settings.foreign.last_mut() {
            foreign.lines.push(raw.trim_end().into());
        }
        if ends {
            self.position.banner = None;
            self.position.block = None;
        }
    }

    fn report(
        &mut self,
        line: &Line<'_>,
        word: Word<'_>,
        severity: Severity,
        kind: DiagnosticKind,
        message: String,
        suggestion: Option<String>,
    ) {
        let (column, length) = columns(line.raw, word.offset, word.end());
        self.push(at(self.line_number, column, length, severity, kind, message, suggestion));
    }

    pub(super) fn push(&mut self, diagnostic: Diagnostic) {
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

impl Settings {
    /// Which modes and objects differ from `before`, in the order of a running configuration.
    pub fn changes_since(&self, before: &Settings) -> Vec<Change> {
        let mut changes = Vec::new();
        let mut one = |mode, differs: bool| {
            if differs {
                changes.push(Change { mode, tag: 0 });
            }
        };
        one(Mode::Global, self.hostname != before.hostname || self.foreign != before.foreign);
        one(Mode::VoiceService, self.voice_service != before.voice_service);
        one(Mode::RegisterGlobal, self.register_global != before.register_global);
        one(Mode::TelephonyService, self.telephony_service != before.telephony_service);
        changed(Mode::SessionServer, &self.session_servers, &before.session_servers, &mut changes);
        changed(Mode::LogoutProfile, &self.logout_profiles, &before.logout_profiles, &mut changes);
        changed(Mode::UserProfile, &self.user_profiles, &before.user_profiles, &mut changes);
        changed(Mode::EphoneDnTemplate, &self.ephone_dn_templates, &before.ephone_dn_templates, &mut changes);
        changed(Mode::EphoneTemplate, &self.ephone_templates, &before.ephone_templates, &mut changes);
        changed(Mode::EphoneDn, &self.ephone_dns, &before.ephone_dns, &mut changes);
        changed(Mode::Ephone, &self.ephones, &before.ephones, &mut changes);
        changes.sort();
        changes
    }
}

/// The tags of the objects that differ. Both maps are walked once, side by side.
fn changed<T: PartialEq>(
    mode: Mode,
    after: &BTreeMap<u32, T>,
    before: &BTreeMap<u32, T>,
    changes: &mut Vec<Change>,
) {
    let (mut new, mut old) = (after.iter().peekable(), before.iter().peekable());
    loop {
        let tag = match (new.peek(), old.peek()) {
            (Some((new_tag, _)), Some((old_tag, _))) => **new_tag.min(old_tag),
            (Some((tag, _)), None) | (None, Some((tag, _))) => **tag,
            (None, None) => return,
        };
        let after = new.next_if(|(other, _)| **other == tag);
        let before = old.next_if(|(other, _)| **other == tag);
        if after != before {
            changes.push(Change { mode, tag });
        }
    }
}

/// Lets every foreign block follow a section that is really printed, so that reading it back gives the same.
fn settle_anchors(settings: &mut Settings) {
    let present = |section: Section| match section {
        Section::Start => true,
        Section::Hostname => settings.hostname.is_some(),
        Section::VoiceService => settings.voice_service.is_some(),
        Section::RegisterGlobal => settings.register_global.is_some(),
        Section::SessionServers => !settings.session_servers.is_empty(),
        Section::LogoutProfiles => !settings.logout_profiles.is_empty(),
        Section::UserProfiles => !settings.user_profiles.is_empty(),
        Section::TelephonyService => settings.telephony_service.is_some(),
        Section::EphoneDnTemplates => !settings.ephone_dn_templates.is_empty(),
        Section::EphoneTemplates => !settings.ephone_templates.is_empty(),
        Section::EphoneDns => !settings.ephone_dns.is_empty(),
        Section::Ephones => !settings.ephones.is_empty(),
    };
    let printed: Vec<Section> = Section::ALL.into_iter().filter(|section| present(*section)).collect();
    for block in &mut settings.foreign {
        let settled = printed.iter().rev().find(|section| **section <= block.after);
        block.after = settled.copied().unwrap_or_default();
    }
}

/// The modes in which a line would be a command.
fn elsewhere(mode: Mode, line: &Line<'_>) -> Option<String> {
    let takes = |other: &Mode| strength(&commands(*other).read(line.raw, &line.words, line.form)).1;
    let others = Mode::ALL.into_iter().filter(|other| ![mode, Mode::Global].contains(other)).filter(takes);
    let others: Vec<_> = others.map(Mode::name).collect();
    (!others.is_empty()).then(|| format!("it is a command of {}", list(others.into_iter())))
}

/// Is it a command, and one with all its keywords written in full?
fn strength(outcome: &Outcome<'_>) -> (bool, bool) {
    match outcome {
        Outcome::Match(matched) => (true, !matched.abbreviated),
        _ => (false, false),
    }
}

/// Does the line name a command, although it is not one?
fn names_command(outcome: &Outcome<'_>) -> bool {
    match outcome {
        Outcome::Incomplete(_) | Outcome::Ambiguous(..) => true,
        Outcome::Invalid(failure) => failure.entry.is_some() || wrong_value(failure),
        Outcome::Match(_) | Outcome::Unknown => false,
    }
}

/// Was the command complete before the word that is not understood?
fn is_overlong(failure: &Failure) -> bool {
    failure.may_end && failure.expected.is_empty()
}

/// Did a value stand to be expected, and nothing else?
fn wrong_value(failure: &Failure) -> bool {
    failure.expects_value() && failure.keywords().next().is_none()
}

/// What could have stood there, in words.
fn expected(failure: &Failure) -> String {
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

fn list<'w>(words: impl Iterator<Item = &'w str>) -> String {
    list_of(&words.map(|word| format!("`{word}`")).collect::<Vec<_>>())
}

fn list_of(words: &[String]) -> String {
    match words.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        Some((last, _)) => last.clone(),
        None => "the end of the line".to_owned(),
    }
}

/// The keywords a syntax begins with.
pub(super) fn keywords(syntax: &str) -> &str {
    let end = syntax.find(['<', '[', '{']).unwrap_or(syntax.len());
    syntax.get(..end).unwrap_or(syntax).trim_end()
}

/// An address, or a pattern of one such as `ipv4:10.0.0.1`?
fn is_no_name(text: &str) -> bool {
    text.contains(':') || text.parse::<IpAddr>().is_ok()
}

/// Begins a router's line that is no command of ours with this word?
pub(super) fn is_foreign(line: &Line<'_>) -> bool {
    FOREIGN.iter().any(|word| word.eq_ignore_ascii_case(line.word(0).text))
}

fn byte_of(text: &str, characters: usize) -> usize {
    text.char_indices().nth(characters).map_or(text.len(), |(offset, _)| offset)
}

fn columns(raw: &str, start: usize, end: usize) -> (u32, u32) {
    let count =
        |range: Option<&str>| range.map_or(0, |text| u32::try_from(text.chars().count()).unwrap_or(u32::MAX));
    (count(raw.get(..start)).saturating_add(1), count(raw.get(start..end)))
}

pub(super) fn at(
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
