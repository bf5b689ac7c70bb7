//! Applying lines to settings: a whole file, or one line after the other.

use smallvec::SmallVec;
use smol_str::SmolStr;

use super::check::{self, Located};
use super::command::{Report, Reports, Status};
use super::commands::global::FOREIGN;
use super::diagnostic::{Diagnostic, DiagnosticKind, Severity, most_similar};
use super::matcher::{Failure, Form, Matched, Outcome, Word, words};
use super::mode::Mode;
use super::registry::{Place, apply, commands, kept, section};
use super::settings::{ForeignBlock, Section, Settings};
use super::{Loaded, MAX_DIAGNOSTICS, MAX_LINE_LENGTH, MAX_TEXT_LENGTH};

/// Reads a whole configuration.
pub(super) fn load(text: &str) -> Loaded {
    if text.len() > MAX_TEXT_LENGTH {
        let message = format!("the configuration is longer than {} MiB", MAX_TEXT_LENGTH >> 20);
        let diagnostic = at(1, 1, 0, Severity::Error, DiagnosticKind::Meaning, message, None);
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
    editor.frames.iter_mut().for_each(|frame| frame.body_indented = true);
    editor.line(line);
    editor.settings.foreign.is_empty()
}

/// A configuration session: settings, the modes entered, and the findings so far.
#[derive(Debug)]
pub struct Editor {
    settings: Settings,
    frames: SmallVec<[Frame; 3]>,
    located: Vec<Located>,
    diagnostics: Vec<Diagnostic>,
    suppressed: usize,
    suppressed_error: bool,
    line_number: u32,
    loading: bool,
    /// The last section of ours that was opened.
    section: Section,
    /// Indentation of the line whose deeper sub-lines are kept with it.
    block: Option<Block>,
    /// Delimiter of a banner that is being read.
    banner: Option<SmolStr>,
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
}

/// A kept line that owns the deeper lines below it.
#[derive(Clone, Copy, Debug)]
struct Block {
    indent: usize,
    /// Of the global mode?
    foreign: bool,
}

/// A line taken apart.
struct Line<'a> {
    /// Without trailing blanks.
    raw: &'a str,
    /// Characters before the first word.
    indent: usize,
    form: Form,
    /// Without `no` or `default`.
    words: SmallVec<[Word<'a>; 8]>,
    /// The `no` or `default`, else the first word.
    head: Word<'a>,
}

impl<'a> Line<'a> {
    fn new(raw: &'a str) -> Option<Self> {
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
    fn text(&self) -> &'a str {
        self.raw.get(self.head.offset..).unwrap_or_default()
    }

    /// The word at an index, or the end of the line.
    fn word(&self, index: usize) -> Word<'a> {
        self.words.get(index).copied().unwrap_or(Word { text: "", offset: self.raw.len() })
    }
}

impl Editor {
    /// A session in the global mode.
    pub fn new(settings: Settings) -> Self {
        let global = Frame { place: Place::GLOBAL, indent: 0, body_indented: false };
        Self {
            settings,
            frames: smallvec::smallvec![global],
            located: Vec::new(),
            diagnostics: Vec::new(),
            suppressed: 0,
            suppressed_error: false,
            line_number: 0,
            loading: false,
            section: Section::Start,
            block: None,
            banner: None,
        }
    }

    /// The current mode.
    pub fn mode(&self) -> Mode {
        self.frames.last().map_or(Mode::Global, |frame| frame.place.mode)
    }

    /// The settings as they are now.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Applies one line typed by a person, and says what there is to say about it.
    ///
    /// After an error nothing has changed. A line nobody knows is an error here. What the line refers to need not exist
    /// yet, since lines may come in any order: that is a warning here, and an error when the configuration is loaded.
    pub fn enter(&mut self, line: &str) -> Vec<Diagnostic> {
        self.line_number = 0;
        self.line(line);
        let located = std::mem::take(&mut self.located);
        for mut finding in check::check(&self.settings, &located) {
            finding.severity = finding.severity.min(Severity::Warning);
            self.push(finding);
        }
        (self.suppressed, self.suppressed_error) = (0, false);
        std::mem::take(&mut self.diagnostics)
    }

    /// Ends the session and checks the configuration as a whole.
    pub fn finish(mut self) -> Loaded {
        for finding in check::check(&self.settings, &self.located) {
            self.push(finding);
        }
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

    fn line(&mut self, raw: &str) {
        self.line_number = self.line_number.saturating_add(1);
        if raw.len() > MAX_LINE_LENGTH && raw.chars().count() > MAX_LINE_LENGTH {
            let message = format!("the line is longer than {MAX_LINE_LENGTH} characters; it is ignored");
            let line = self.line_number;
            return self.push(at(line, 1, 0, Severity::Error, DiagnosticKind::Meaning, message, None));
        }
        if self.banner.is_some() {
            return self.banner_line(raw);
        }
        let Some(line) = Line::new(raw) else { return };
        if line.head.text.starts_with('!') {
            if self.block.is_some_and(|block| line.indent <= block.indent) {
                self.block = None;
            }
            return;
        }
        if self.keep_in_foreign_block(&line) || self.leave_mode(&line) {
            return;
        }
        let (depth, outcome) = self.decide(&line);
        self.act(&line, depth, outcome);
    }

    /// A deeper line below a foreign line belongs to it, unless it opens one of our modes.
    fn keep_in_foreign_block(&mut self, line: &Line<'_>) -> bool {
        let Some(block) = self.block.filter(|block| block.foreign) else { return false };
        if line.indent <= block.indent || self.opens_mode(line) {
            self.block = None;
            return false;
        }
        let start = byte_of(line.raw, block.indent);
        if let (Some(foreign), Some(text)) = (self.settings.foreign.last_mut(), line.raw.get(start..)) {
            foreign.lines.push(text.into());
        }
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
        match line.text() {
            "end" => self.frames.truncate(1),
            "exit" if self.frames.len() > 1 => {
                self.frames.pop();
            }
            "exit" => (),
            text if text == "Building configuration..." || text.starts_with("Current configuration :") => (),
            _ => return false,
        }
        self.block = None;
        true
    }

    /// Finds the mode a line belongs to (by its depth) and what it is there.
    fn decide<'l>(&self, line: &'l Line<'_>) -> (usize, Outcome<'l>) {
        let top = self.frames.len().saturating_sub(1);
        let first = self.read_at(top, line);
        let left = self.frames.last().is_some_and(|frame| frame.body_indented && line.indent <= frame.indent);
        let (matches, exact) = strength(&first);
        if exact && !left {
            return (top, first);
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
        let frame_indent = self.frames.last().map_or(0, |frame| frame.indent);
        let inside = line.indent > frame_indent || !self.loading;
        let foreign = FOREIGN.contains(&line.word(0).text);
        if top > 0 && (inside || (!foreign && self.suggestion(top, line, &first).is_some())) {
            return (top, first);
        }
        (0, self.read_at(0, line))
    }

    /// Is the first word a whole keyword at `depth`, but none in the current mode?
    fn begins_better(&self, depth: usize, line: &Line<'_>) -> bool {
        let knows = |frame: Option<&Frame>| {
            frame.is_some_and(|frame| commands(frame.place.mode).has_first_keyword(line.word(0).text))
        };
        knows(self.frames.get(depth)) && !knows(self.frames.last())
    }

    fn read_at<'l>(&self, depth: usize, line: &'l Line<'_>) -> Outcome<'l> {
        let mode = self.frames.get(depth).map_or(Mode::Global, |frame| frame.place.mode);
        commands(mode).read(line.raw, &line.words, line.form)
    }

    fn act(&mut self, line: &Line<'_>, depth: usize, outcome: Outcome<'_>) {
        let place = self.frames.get(depth).map_or(Place::GLOBAL, |frame| frame.place);
        if let Outcome::Match(matched) = &outcome {
            self.pop_to(depth, line);
            self.block = None;
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
            Outcome::Invalid(failure) if failure.entry.is_some() || wrong_value(&failure) => {
                self.invalid(line, &failure);
            }
            other => self.unknown(line, place, depth, &other),
        }
    }

    /// Leaves the modes inside `depth`, and notes whether its lines are indented.
    fn pop_to(&mut self, depth: usize, line: &Line<'_>) {
        self.frames.truncate(depth + 1);
        if let Some(frame) = self.frames.last_mut() {
            frame.body_indented |= depth > 0 && line.indent > frame.indent;
        }
    }

    fn command(&mut self, line: &Line<'_>, place: Place, matched: &Matched<'_>) {
        let Some(entry) = commands(place.mode).entry(matched.entry) else { return };
        let info = entry.info;
        match info.status {
            Status::Kept => {
                let message =
                    format!("`{}` is known but not in effect; the line is kept", keywords(info.syntax));
                self.report(line, line.head, Severity::Note, DiagnosticKind::Meaning, message, None);
                if self.loading || line.form == Form::Set {
                    return self.keep(line, place);
                }
                return self.forget(line, place);
            }
            Status::Misspelled(right) => {
                let message = format!("`{}` is taken for `{right}`", info.syntax);
                let suggestion = Some(format!("write `{right}`"));
                let word = line.word(0);
                let whole =
                    Word { text: line.raw.get(word.offset..).unwrap_or_default(), offset: word.offset };
                self.report(line, whole, Severity::Warning, DiagnosticKind::Meaning, message, suggestion);
            }
            Status::InEffect | Status::Own => (),
        }
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
        if let (Some(mode), true, false) = (info.enters, matched.is_set(), failed) {
            self.open(mode, matched.number("tag").unwrap_or(0), line.indent);
        } else if place.mode == Mode::Global && line.form == Form::Set && !failed {
            self.section = Section::Hostname;
        }
    }

    fn open(&mut self, mode: Mode, tag: u32, indent: usize) {
        self.frames.push(Frame { place: Place { mode, tag }, indent, body_indented: false });
        self.section = section(mode);
    }

    /// Takes over what a command reported; true if it was an error.
    fn collect(&mut self, line: &Line<'_>, place: Place, reports: Reports) -> bool {
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
        self.report(line, word, Severity::Error, DiagnosticKind::Invalid, message, Some(suggestion));
    }

    /// Nobody's line: kept in its mode with a warning, or foreign in the global mode.
    fn unknown(&mut self, line: &Line<'_>, place: Place, depth: usize, outcome: &Outcome<'_>) {
        // Beyond the limit nobody reads it.
        let full = self.diagnostics.len() >= MAX_DIAGNOSTICS;
        let suggestion = if full { None } else { self.suggestion(depth, line, outcome) };
        let word = match outcome {
            Outcome::Invalid(failure) => line.word(failure.word),
            _ => line.word(0),
        };
        if !self.loading {
            let message = format!("`{}` is not valid here", word.text);
            return self.report(line, word, Severity::Error, DiagnosticKind::Invalid, message, suggestion);
        }
        if place.mode != Mode::Global {
            let message =
                format!("unknown command in {}; the line is kept without effect", place.mode.name());
            self.report(line, word, Severity::Warning, DiagnosticKind::Invalid, message, suggestion);
        } else if suggestion.is_some() {
            let message = "unknown command; the line is kept without effect".to_owned();
            self.report(line, word, Severity::Warning, DiagnosticKind::Invalid, message, suggestion);
        }
        self.keep(line, place);
    }

    /// What might have been meant by the word that is not understood.
    fn suggestion(&self, depth: usize, line: &Line<'_>, outcome: &Outcome<'_>) -> Option<String> {
        let mode = self.frames.get(depth).map_or(Mode::Global, |frame| frame.place.mode);
        let similar = match outcome {
            Outcome::Unknown if mode == Mode::Global && FOREIGN.contains(&line.word(0).text) => None,
            Outcome::Unknown => most_similar(line.word(0).text, commands(mode).first_keywords()),
            Outcome::Invalid(failure) => most_similar(line.word(failure.word).text, failure.keywords()),
            _ => None,
        };
        similar.map(|similar| format!("did you mean `{similar}`?"))
    }

    /// Keeps a line where it stands.
    fn keep(&mut self, line: &Line<'_>, place: Place) {
        let text = line.text();
        self.block = Some(Block { indent: line.indent, foreign: place.mode == Mode::Global });
        match kept(&mut self.settings, place) {
            Some(kept) => kept.push(text.into()),
            None => {
                // What a person adds goes to the end; the list stays sorted.
                let after = if self.loading { self.section } else { Section::Ephones };
                self.settings.foreign.push(ForeignBlock { after, lines: vec![text.into()] });
                self.banner = banner_delimiter(line);
            }
        }
    }

    /// A `no` typed by a person removes the kept lines that begin with its words.
    fn forget(&mut self, line: &Line<'_>, place: Place) {
        let text = line.raw.get(line.word(0).offset..).unwrap_or_default();
        let named =
            |kept: &str| kept.strip_prefix(text).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '));
        match kept(&mut self.settings, place) {
            Some(kept) => kept.retain(|line| !named(line)),
            None => {
                self.settings.foreign.retain(|block| !block.lines.first().is_some_and(|line| named(line)))
            }
        }
    }

    /// A deeper line below a kept line of one of our modes, that is no command, belongs to it.
    fn keep_in_own_block(&mut self, line: &Line<'_>) -> bool {
        let Some(block) = self.block.filter(|block| !block.foreign && line.indent > block.indent) else {
            return false;
        };
        let Some(place) = self.frames.last().map(|frame| frame.place) else { return false };
        let start = byte_of(line.raw, block.indent);
        if let (Some(kept), Some(text)) = (kept(&mut self.settings, place), line.raw.get(start..)) {
            kept.push(text.into());
        }
        true
    }

    fn banner_line(&mut self, raw: &str) {
        let ends = self.banner.as_ref().is_some_and(|delimiter| raw.contains(delimiter.as_str()));
        if let Some(foreign) = self.settings.foreign.last_mut() {
            foreign.lines.push(raw.trim_end().into());
        }
        if ends {
            self.banner = None;
            self.block = None;
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

    fn push(&mut self, diagnostic: Diagnostic) {
        if self.diagnostics.len() < MAX_DIAGNOSTICS {
            self.diagnostics.push(diagnostic);
        } else {
            self.suppressed += 1;
            self.suppressed_error |= diagnostic.severity == Severity::Error;
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

fn changed<T: PartialEq>(
    mode: Mode,
    after: &std::collections::BTreeMap<u32, T>,
    before: &std::collections::BTreeMap<u32, T>,
    changes: &mut Vec<Change>,
) {
    let differing = after.iter().filter(|(tag, object)| before.get(tag) != Some(object)).map(|(tag, _)| *tag);
    let removed = before.keys().filter(|tag| !after.contains_key(tag)).copied();
    changes.extend(differing.chain(removed).map(|tag| Change { mode, tag }));
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

fn banner_delimiter(line: &Line<'_>) -> Option<SmolStr> {
    if line.word(0).text != "banner" || line.form != Form::Set {
        return None;
    }
    let kind = line.word(1);
    let rest = line.raw.get(kind.end()..)?.trim_start();
    let first = rest.chars().next()?;
    let length = first.len_utf8() + if first == '^' { rest.chars().nth(1)?.len_utf8() } else { 0 };
    let (delimiter, text) = rest.split_at_checked(length)?;
    if text.contains(delimiter) { None } else { Some(delimiter.into()) }
}

fn byte_of(text: &str, characters: usize) -> usize {
    text.char_indices().nth(characters).map_or(text.len(), |(offset, _)| offset)
}

fn columns(raw: &str, start: usize, end: usize) -> (u32, u32) {
    let count =
        |range: Option<&str>| range.map_or(0, |text| u32::try_from(text.chars().count()).unwrap_or(u32::MAX));
    (count(raw.get(..start)).saturating_add(1), count(raw.get(start..end)))
}

fn at(
    line: u32,
    column: u32,
    length: u32,
    severity: Severity,
    kind: DiagnosticKind,
    message: String,
    suggestion: Option<String>,
) -> Diagnostic {
    Diagnostic { severity, kind, line, column, length, message, suggestion }
}
