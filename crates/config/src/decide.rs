//! Which mode a line belongs to, and what it is there.

use std::net::IpAddr;

use super::command::Status;
use super::editor::Editor;
use super::line::{Line, is_foreign};
use super::matcher::{Failure, Matched, Outcome};
use super::mode::Mode;
use super::position::Frame;
use super::registry::commands;
use super::router_lines::is_in_effect;
use super::wording::keywords;

impl Editor {
    /// Finds the mode a line belongs to (by its depth) and what it is there.
    pub(crate) fn decide<'l>(&self, line: &'l Line<'_>) -> (usize, Outcome<'l>) {
        let top = self.position.frames.len().saturating_sub(1);
        let first = self.read_at(top, line);
        let left = self
            .position
            .frames
            .last()
            .is_some_and(|frame| (frame.body_indented || frame.separated) && line.indent <= frame.indent);
        if top > 0 && self.is_routers_and_not_here(line, &first) {
            return (0, self.read_at(0, line));
        }
        let (matches, exact) = strength(&first);
        if (exact || is_another_form(&first) && !self.names_outer_mode(top, line)) && !left {
            return (top, first);
        }
        let foreign = top > 0 && self.loading && is_foreign(line) && self.is_nothing_like_ours(line, &first);
        if foreign && self.outer_mode(line).is_none() {
            return match line.indent > self.indent() {
                true if is_ours_and_more(&first) => (top, first),
                true => (top, Outcome::Unknown),
                false => (0, self.read_at(0, line)),
            };
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
        // `ephone-dn 0` is no short form of `ephone-dn-template 0`, nor `voice hunt-group 1 paralel` one of `voice-class`.
        for depth in (0..top).rev().filter(|_| !exact) {
            let outcome = self.read_at(depth, line);
            let better = self.begins_better(depth, line) || !matches && self.enters_mode(depth, &outcome);
            if names_command(&outcome) && better {
                return (depth, outcome);
            }
        }
        if matches || names_command(&first) {
            return (top, first);
        }
        self.decide_unmatched(line, top, first)
    }

    /// Does a router's line, of which the current mode has none in effect, belong to the global mode? So it is after the
    /// separator that ends a mode; at a terminal if the line has an effect there.
    fn is_routers_and_not_here(&self, line: &Line<'_>, here: &Outcome<'_>) -> bool {
        let kept = |matched: &Matched<'_>| {
            commands(self.mode()).entry(matched.entry).is_some_and(|entry| entry.info.status == Status::Kept)
        };
        if !is_foreign(line) || matches!(here, Outcome::Match(matched) if !kept(matched)) {
            return false;
        }
        match self.position.frames.last().filter(|_| self.loading) {
            Some(frame) => frame.separated && line.indent <= frame.indent && self.outer_mode(line).is_none(),
            None => {
                let is_of_ip = line.word(0).text.eq_ignore_ascii_case("ip");
                is_in_effect(line.text()) || is_of_ip && self.is_nothing_like_ours(line, here)
            }
        }
    }

    /// Is this line, in a mode outside the one at `top`, a command that enters a mode, with a mistake in it?
    fn names_outer_mode(&self, top: usize, line: &Line<'_>) -> bool {
        (0..top).any(|depth| self.enters_mode(depth, &self.read_at(depth, line)))
    }

    /// Is it at `depth` a command that enters a mode, with a mistake in it?
    fn enters_mode(&self, depth: usize, outcome: &Outcome<'_>) -> bool {
        let (Outcome::Invalid(failure) | Outcome::Incomplete(failure)) = outcome else { return false };
        let mode = self.position.frames.get(depth).map_or(Mode::Global, |frame| frame.place.mode);
        let entry = failure.entry.and_then(|entry| commands(mode).entry(entry));
        entry.is_some_and(|entry| entry.info.enters.is_some())
    }

    /// The innermost mode of those that the current one was entered in below which the indentation of a line puts it.
    fn outer_mode(&self, line: &Line<'_>) -> Option<usize> {
        let holds = |frame: &Frame| frame.body_indented && frame.indent < line.indent;
        let outer = 1..self.position.frames.len().saturating_sub(1);
        let mut outer = outer.rev().filter(|_| line.indent <= self.indent());
        outer.find(|depth| self.position.frames.get(*depth).is_some_and(holds))
    }

    /// The line is no command anywhere: finds the mode that has most to say about it.
    pub(crate) fn decide_unmatched<'l>(
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
        // Without indentation, a mode ends at a known command of a router or at a separator.
        let flat = self.position.frames.last().is_some_and(|frame| !frame.body_indented && !frame.separated);
        let inside = line.indent > self.indent() || !self.loading || flat && !is_foreign(line);
        if top > 0 && (inside || (!is_foreign(line) && self.suggestion(top, line, &first).is_some())) {
            return (top, first);
        }
        let depth = self.outer_mode(line).filter(|_| self.loading).unwrap_or(0);
        (depth, self.read_at(depth, line))
    }

    /// The modes that were entered.
    pub(crate) fn modes(&self) -> impl Iterator<Item = Mode> {
        self.position.frames.iter().map(|frame| frame.place.mode)
    }

    /// Is the first word a whole keyword at `depth`, but none in the current mode?
    pub(crate) fn begins_better(&self, depth: usize, line: &Line<'_>) -> bool {
        let knows = |frame: Option<&Frame>| {
            frame.is_some_and(|frame| commands(frame.place.mode).has_first_keyword(line.word(0).text))
        };
        knows(self.position.frames.get(depth)) && !knows(self.position.frames.last())
    }

    pub(crate) fn read_at<'l>(&self, depth: usize, line: &'l Line<'_>) -> Outcome<'l> {
        let mode = self.position.frames.get(depth).map_or(Mode::Global, |frame| frame.place.mode);
        if mode == Mode::Global && is_foreign(line) && !commands(mode).has_first_keyword(line.word(0).text) {
            // A router's word is no short form of ours.
            return Outcome::Unknown;
        }
        let first = line.word(0).text;
        if mode == Mode::Global && first != "host" && is_first_keyword_elsewhere(first) {
            // `cti watch` is no short form of `cti-manager`; `host NAME` is one of `hostname`.
            return Outcome::Unknown;
        }
        if mode == Mode::Global && line.word(0).text == "host" && is_no_name(line.word(1).text) {
            // The `host` of a DHCP pool or of a `voice class uri` is no short form of `hostname`.
            return Outcome::Unknown;
        }
        commands(mode).read(line.raw, &line.words, line.form)
    }

    /// Is this line, which begins as a router's lines do, no command of the current mode, nor nearly one?
    pub(crate) fn is_nothing_like_ours(&self, line: &Line<'_>, outcome: &Outcome<'_>) -> bool {
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
    pub(crate) fn is_another_command(&self, line: &Line<'_>, outcome: &Outcome<'_>) -> bool {
        let Outcome::Invalid(failure) = outcome else { return false };
        let keywords_only = !failure.expects_value() && !failure.may_end;
        keywords_only && self.suggestion(0, line, outcome).is_none()
    }
}

/// Was it a command before the word that is not understood, or one of which other forms are kept?
fn is_ours_and_more(outcome: &Outcome<'_>) -> bool {
    matches!(outcome, Outcome::Invalid(failure) if failure.may_end || failure.kept.is_some())
}

/// Is it another form of a command of which all forms are kept?
fn is_another_form(outcome: &Outcome<'_>) -> bool {
    matches!(outcome, Outcome::Invalid(failure) if failure.may_end && failure.kept.is_some())
}

/// Is it a command, and one with all its keywords written in full?
pub(crate) fn strength(outcome: &Outcome<'_>) -> (bool, bool) {
    match outcome {
        Outcome::Match(matched) => (true, !matched.abbreviated),
        _ => (false, false),
    }
}

/// Does the line name a command, although it is not one?
pub(crate) fn names_command(outcome: &Outcome<'_>) -> bool {
    match outcome {
        Outcome::Incomplete(_) | Outcome::Ambiguous(..) => true,
        Outcome::Invalid(failure) => failure.entry.is_some() || wrong_value(failure),
        Outcome::Match(_) | Outcome::Unknown => false,
    }
}

/// Was the command complete before the word that is not understood?
pub(crate) fn is_overlong(failure: &Failure) -> bool {
    failure.may_end && failure.expected.is_empty()
}

/// Was a value expected, and nothing else?
pub(crate) fn wrong_value(failure: &Failure) -> bool {
    failure.expects_value() && failure.keywords().next().is_none()
}

/// An address, or a pattern of one such as `ipv4:10.0.0.1`?
pub(crate) fn is_no_name(text: &str) -> bool {
    text.contains(':') || text.parse::<IpAddr>().is_ok()
}

/// Does a command of another mode begin with this whole word, but none of the global mode?
fn is_first_keyword_elsewhere(word: &str) -> bool {
    let begins = |mode: Mode| commands(mode).has_first_keyword(word);
    !begins(Mode::Global) && Mode::ALL.into_iter().any(begins)
}
