//! A configuration session: lines that a person types, one after the other.
//!
//! A line is read as in a file, with these differences: after an error nothing has changed, indentation means nothing,
//! and an unknown line is an error. Modes of IOS that are not known here can be entered, since pasted
//! configurations go through them: their lines are kept, as they are when a file is read.

use smol_str::{SmolStr, format_smolstr};

use super::banner;
use super::check;
use super::diagnostic::{Diagnostic, DiagnosticKind, Severity};
use super::editor::Editor;
use super::line::{Line, is_foreign};
use super::matcher::{Form, Outcome};
use super::mode::Mode;
use super::position::Position;
use super::registry::{Place, commands, kept};
use super::router_lines::is_in_effect;
use super::settings::{ForeignBlock, Section, Settings};
use super::wording::at;

/// Most lines that a mode which is not known here keeps, and most that the global mode and each of ours keep.
const MAX_KEPT: usize = 10_000;

/// A mode of IOS that is not known here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct KeptMode {
    place: Place,
    /// The line that entered it.
    opening: SmolStr,
    pub prompt: &'static str,
    /// How far that line was indented.
    indent: usize,
    /// Whether it has ended, unless a deeper line follows: one of its lines was deeper, or a `!` came that is not.
    ends: bool,
}

/// The words that enter such modes, and the text in the parentheses of their prompts. With a `$`, nothing follows.
const KEPT_MODES: [(&str, &str); 34] = [
    ("application$", "config-app"),
    ("archive$", "config-archive"),
    ("auto-register$", "config-register-auto"),
    ("call-manager-fallback$", "config-cm-fallback"),
    ("class-map", "config-cmap"),
    ("controller", "config-controller"),
    ("crypto pki certificate chain", "config-cert-chain"),
    ("crypto pki trustpoint", "ca-trustpoint"),
    ("dial-peer voice", "config-dial-peer"),
    ("dspfarm profile", "config-dspfarm-profile"),
    ("ephone-hunt", "config-ephone-hunt"),
    ("ephone-type", "config-ephone-type"),
    ("gatekeeper$", "config-gk"),
    ("group", "conf-tele-group"),
    ("gw-accounting file$", "config-gw-accounting-file"),
    ("h323$", "conf-serv-h323"),
    ("interface", "config-if"),
    ("ip access-list", "config-nacl"),
    ("ip address trusted list$", "cfg-iptrust-list"),
    ("ip dhcp pool", "dhcp-config"),
    ("ixi application", "conf-xml-app"),
    ("ixi transport http$", "conf-xml-trans"),
    ("line", "config-line"),
    ("policy-map", "config-pmap"),
    ("route-map", "config-route-map"),
    ("router", "config-router"),
    ("sccp ccm group", "config-sccp-ccm"),
    ("stun$", "conf-serv-stun"),
    ("video$", "config-tele-video"),
    ("voice class", "config-class"),
    ("voice hunt-group", "config-voice-hunt-group"),
    ("voice moh-group", "config-voice-moh-group"),
    ("voice register dialplan", "config-register-dialplan"),
    ("voice-port", "config-voiceport"),
];

/// The prompt of the mode that a kept line enters, if it enters one.
fn kept_mode(line: &Line<'_>) -> Option<&'static str> {
    known_kept_mode(line).filter(|_| line.form == Form::Set)
}

/// Does this line, with or without `no`, name a mode that is not known here?
pub(super) fn enters_kept_mode(line: &Line<'_>) -> bool {
    known_kept_mode(line).is_some()
}

fn known_kept_mode(line: &Line<'_>) -> Option<&'static str> {
    let enters = |pattern: &str| {
        let (keywords, alone) = pattern.strip_suffix('$').map_or((pattern, false), |words| (words, true));
        let mut count = 0;
        let fits = keywords.split(' ').enumerate().all(|(index, keyword)| {
            count = index + 1;
            line.word(index).text.eq_ignore_ascii_case(keyword)
        });
        fits && if alone { line.words.len() == count } else { line.words.len() > count }
    };
    let entry = KEPT_MODES.iter().find(|(pattern, _)| enters(pattern));
    entry.map(|(_, prompt)| *prompt)
}

impl Editor {
    /// Applies one line typed by a person, and returns the findings about it.
    ///
    /// After an error nothing has changed. An unknown line is an error here, unless it begins as a router's lines
    /// do. What the line refers to need not exist yet, since lines may come in any order: that is a warning.
    /// Indentation and comments mean nothing here, but for where a mode of a router ends in a configuration that is pasted.
    pub fn enter(&mut self, line: &str) -> Vec<Diagnostic> {
        if self.position.banner.is_some() {
            self.banner_line(line);
            return Vec::new();
        }
        let text = line.trim_start();
        let indent = line.get(..line.len() - text.len()).map_or(0, |blank| blank.chars().count());
        if text.is_empty() || text.starts_with('!') {
            let ended =
                self.position.kept_mode.as_mut().filter(|mode| !text.is_empty() && indent <= mode.indent);
            ended.into_iter().for_each(|mode| mode.ends = true);
            return Vec::new();
        }
        let before = (self.settings.clone(), self.position.clone());
        self.line_number = 0;
        if !self.keep_in_kept_mode(text, indent) {
            self.line(text);
            self.position.kept_mode.iter_mut().for_each(|mode| mode.indent = indent);
        }
        let located = std::mem::take(&mut self.located);
        for finding in check::check_line(&self.settings, &located) {
            self.push(finding);
        }
        self.check_limits(&before.0);
        if self.diagnostics.iter().any(|finding| finding.severity == Severity::Error) {
            (self.settings, self.position) = before;
        }
        let mut findings = self.take_findings();
        let indent = u32::try_from(indent).unwrap_or(0);
        findings.iter_mut().for_each(|finding| finding.column = finding.column.saturating_add(indent));
        findings
    }

    /// A limit that is set below what exists, or taken away, would make a configuration that cannot be loaded, or one
    /// with which no phone can register.
    fn check_limits(&mut self, before: &Settings) {
        let now = &self.settings;
        let last = now.ephone_dns.keys().next_back().copied().unwrap_or(0);
        if now.max_dn() < before.max_dn() && now.max_dn() < last {
            let message = format!("max-dn {} is below ephone-dn {last}", now.max_dn());
            return self.refuse(message, format!("write `no ephone-dn {last}` first"));
        }
        if now.max_ephones() < before.max_ephones() && now.max_ephones() == 0 && !now.ephones.is_empty() {
            let message = format!("no phone could register: {} ephones are configured", now.ephones.len());
            self.refuse(message, "write how many there may be, as `max-ephones 10`".to_owned());
        }
    }

    fn refuse(&mut self, message: String, suggestion: String) {
        self.push(at(0, 1, 0, Severity::Error, DiagnosticKind::Meaning, message, Some(suggestion)));
    }

    /// Keeps a line in the mode that is not known here, if the session is in one and the line does not leave it.
    fn keep_in_kept_mode(&mut self, text: &str, indent: usize) -> bool {
        let (Some(mut mode), Some(line)) = (self.position.kept_mode.take(), Line::new(text)) else {
            return false;
        };
        let leaves = |words: &[&str]| words.iter().any(|word| line.text().eq_ignore_ascii_case(word));
        if leaves(&["exit", "exi", "ex"]) {
            return true;
        }
        let has_ended = mode.ends && indent <= mode.indent;
        let in_effect = is_in_effect(line.text()) || banner::delimiter(&line).is_some();
        if leaves(&["end", "^Z", "\u{1a}"]) || has_ended || in_effect || self.leads_out(&mode, &line) {
            return false;
        }
        mode.ends |= indent > mode.indent;
        let lines = kept_lines(&mut self.settings, &mode);
        match lines.as_ref().is_some_and(|lines| lines.count() < MAX_KEPT) {
            true => {
                if let Some(mut lines) = lines {
                    lines.edit(&line);
                }
            }
            false => self.too_many(),
        }
        self.position.kept_mode = Some(mode);
        true
    }

    /// Is this line, typed in a mode that is not known here, one of the modes around it?
    fn leads_out(&self, mode: &KeptMode, line: &Line<'_>) -> bool {
        let global = commands(Mode::Global);
        let opens_kept = global.right_part(line.word(0).text) > 0 || is_foreign(line);
        if opens_kept && kept_mode(line).is_some() && self.position.mode() == Mode::Global {
            return true;
        }
        if self.belongs_outside(mode, line) {
            return true;
        }
        match global.read(line.raw, &line.words, line.form) {
            Outcome::Match(matched) if !matched.abbreviated => {
                global.entry(matched.entry).is_some_and(|entry| entry.info.status != super::Status::Kept)
            }
            _ => false,
        }
    }

    /// Is this line a command of the mode of ours in which the kept mode was entered, rather than one of the latter?
    fn belongs_outside(&self, mode: &KeptMode, line: &Line<'_>) -> bool {
        if mode.place.mode == Mode::Global {
            return false;
        }
        let around = commands(mode.place.mode);
        let entry_of = |line: &Line<'_>| match around.read(line.raw, &line.words, line.form) {
            Outcome::Match(matched) => around.entry(matched.entry),
            _ => None,
        };
        let opening = Line::new(&mode.opening).and_then(|opening| entry_of(&opening));
        let body = opening.map_or(&[][..], |entry| entry.info.body);
        let inside = body.iter().any(|word| line.word(0).text.eq_ignore_ascii_case(word));
        entry_of(line)
            .is_some_and(|entry| !inside && (!body.is_empty() || entry.info.status != super::Status::Kept))
    }

    /// Keeps a line that a person typed: once, in the place of its opposite, and entering its mode if it has one.
    pub(super) fn keep_typed(&mut self, line: &Line<'_>, place: Place) {
        let text = line.text();
        let full = match kept(&mut self.settings, place) {
            Some(kept) => kept.len() >= MAX_KEPT,
            None => self.settings.foreign.len() >= MAX_KEPT,
        };
        if full {
            return self.too_many();
        }
        if line.form == Form::Set {
            self.remove_kept(&format!("no {text}"), place);
        }
        let begins_banner = place.mode == Mode::Global && banner::delimiter(line).is_some();
        if begins_banner {
            let kind: Vec<&str> = line.words.iter().take(2).map(|word| word.text).collect();
            self.remove_kept(&kind.join(" "), place);
        }
        match kept(&mut self.settings, place) {
            Some(kept) if kept.iter().any(|line| line == text) => (),
            Some(kept) => kept.push(text.into()),
            None => self.keep_global(text),
        }
        if begins_banner {
            self.begin_banner(line);
        }
        self.position.kept_mode = kept_mode(line)
            .filter(|_| place.mode == Mode::Global || self.encloses(line, place.mode))
            .map(|prompt| KeptMode { place, opening: text.into(), prompt, indent: 0, ends: false });
    }

    /// Does a kept line of this mode enter a mode that is not known here? `video` does in telephony-service, and not in `ephone`.
    fn encloses(&self, line: &Line<'_>, mode: Mode) -> bool {
        let known = commands(mode);
        match known.read(line.raw, &line.words, line.form) {
            Outcome::Match(matched) => known.entry(matched.entry).is_some_and(|entry| entry.info.encloses),
            _ => false,
        }
    }

    /// Keeps a global line; what a person adds goes to the end, since the list stays sorted.
    fn keep_global(&mut self, text: &str) {
        let foreign = &mut self.settings.foreign;
        if foreign.iter().all(|block| block.lines.first().is_none_or(|line| line != text)) {
            foreign.push(ForeignBlock { after: Section::Ephones, lines: vec![text.into()] });
        }
    }

    /// A `no` or `default` typed by a person removes the kept lines that begin with its words; a `no` that removes
    /// none is kept itself, because what it switches off may be on.
    pub(super) fn forget(&mut self, line: &Line<'_>, place: Place) {
        let text = line.raw.get(line.word(0).offset..).unwrap_or_default();
        let removed = self.remove_kept(text, place);
        match line.form {
            Form::No if !removed => self.keep_typed(line, place),
            Form::Default => drop(self.remove_kept(&format!("no {text}"), place)),
            _ => (),
        }
    }

    /// Removes the kept lines that begin with these words, with what belongs to them; true if there were any.
    fn remove_kept(&mut self, text: &str, place: Place) -> bool {
        match kept(&mut self.settings, place) {
            Some(kept) => {
                let before = kept.len();
                let mut inside = false;
                kept.retain(|line| {
                    inside = if line.starts_with(' ') { inside } else { begins(line, text) };
                    !inside
                });
                kept.len() < before
            }
            None => {
                let foreign = &mut self.settings.foreign;
                let before = foreign.len();
                foreign.retain(|block| !block.lines.first().is_some_and(|line| begins(line, text)));
                foreign.len() < before
            }
        }
    }

    fn too_many(&mut self) {
        let message = format!("{MAX_KEPT} lines are kept here already");
        self.push(at(0, 1, 0, Severity::Error, DiagnosticKind::Meaning, message, None));
    }
}

impl Position {
    /// Is this a mode that is not known here, whose lines are kept as they are?
    pub fn is_kept_mode(&self) -> bool {
        self.kept_mode.is_some()
    }

    /// The text in the parentheses of the prompt: `config-telephony`.
    pub fn prompt(&self) -> &'static str {
        self.kept_mode.as_ref().map_or_else(|| self.mode().prompt(), |mode| mode.prompt)
    }
}

/// Does a kept line begin with these words?
fn begins(kept: &str, words: &str) -> bool {
    kept.strip_prefix(words).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
}

/// The lines of a mode that is not known here: those of a list from its opening line on that are indented.
struct KeptLines<'s> {
    all: &'s mut Vec<SmolStr>,
    /// The first line of the mode, and the one behind its last.
    range: std::ops::Range<usize>,
}

fn kept_lines<'s>(settings: &'s mut Settings, mode: &KeptMode) -> Option<KeptLines<'s>> {
    let all = match mode.place.mode {
        Mode::Global => {
            let is_ours = |block: &&mut ForeignBlock| block.lines.first() == Some(&mode.opening);
            &mut settings.foreign.iter_mut().find(is_ours)?.lines
        }
        _ => kept(settings, mode.place)?,
    };
    let first = all.iter().position(|line| *line == mode.opening)? + 1;
    let count = all.iter().skip(first).take_while(|line| line.starts_with(' ')).count();
    Some(KeptLines { all, range: first..first + count })
}

impl KeptLines<'_> {
    fn count(&self) -> usize {
        self.all.len()
    }

    /// Adds a line once, in the place of its opposite; a `no` or `default` removes the lines that begin with its words.
    fn edit(&mut self, line: &Line<'_>) {
        let words = line.raw.get(line.word(0).offset..).unwrap_or_default();
        let removed = match line.form {
            Form::Set => {
                let opposite = format!("no {words}");
                self.remove(|kept| kept == words || kept == opposite);
                false
            }
            Form::No => self.remove(|kept| begins(kept, words)),
            Form::Default => self.remove(|kept| begins(kept.strip_prefix("no ").unwrap_or(kept), words)),
        };
        if line.form == Form::Set || line.form == Form::No && !removed {
            self.all.insert(self.range.end, format_smolstr!(" {}", line.text()));
        }
    }

    fn remove(&mut self, is_meant: impl Fn(&str) -> bool) -> bool {
        let before = self.all.len();
        let (first, last) = (self.range.start, self.range.end);
        let mut index = 0;
        self.all.retain(|line| {
            let inside = (first..last).contains(&index);
            index += 1;
            !(inside && is_meant(line.trim_start()))
        });
        self.range.end -= before - self.all.len();
        self.all.len() < before
    }
}
