//! Lines that are kept in place: those of a router, and unknown ones.

use super::MAX_LINE_LENGTH;
use super::banner;
use super::command::CommandInfo;
use super::diagnostic::{DiagnosticKind, Severity};
use super::editor::Editor;
use super::line::{Line, byte_of};
use super::mode::Mode;
use super::position::{Banner, Block, Enclosure};
use super::registry::{Place, kept};
use super::settings::ForeignBlock;
use super::wording::at;

impl Editor {
    /// A line that is unknown everywhere: it is kept in place.
    pub(crate) fn overlong(&mut self, line: &Line<'_>) {
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

    /// A deeper line below a foreign line belongs to it, unless it opens one of our modes.
    pub(crate) fn keep_in_foreign_block(&mut self, line: &Line<'_>) -> bool {
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

    /// A deeper line below one that entered a mode which is not known here belongs to that mode, also when it is a
    /// command of ours: the `ip source-address` of a `group` is not that of telephony-service.
    pub(crate) fn keep_in_enclosure(&mut self, line: &Line<'_>) -> bool {
        let encloses = self.position.block.is_some_and(|block| block.encloses);
        let deeper = encloses && self.loading && !self.opens_mode(line) && self.keep_in_own_block(line);
        if let Some(enclosure) = self.position.enclosure.as_mut().filter(|_| deeper) {
            // The text is indented.
            enclosure.body = &[];
        }
        deeper || self.loading && self.keep_in_flat_enclosure(line)
    }

    /// The same without indentation: a line that is a command of that mode, the first of its kind there, belongs to it.
    fn keep_in_flat_enclosure(&mut self, line: &Line<'_>) -> bool {
        let Some(Enclosure { indent, body, kept: true }) = self.position.enclosure else { return false };
        let named = body.iter().any(|word| line.word(0).text.eq_ignore_ascii_case(word));
        let Some(frame) = self.position.frames.last().filter(|_| named && line.indent == indent) else {
            return false;
        };
        if frame.body_indented && !self.has_source_address(frame.place) {
            return false;
        }
        let place = frame.place;
        let Some(kept) = kept(&mut self.settings, place) else { return false };
        let kind = line.words.iter().take(2).map(|word| word.text).collect::<Vec<_>>().join(" ");
        let inside = kept.iter().rev().take_while(|other| other.starts_with(' '));
        if inside.into_iter().any(|other| other.trim_start().starts_with(kind.as_str())) {
            self.position.enclosure = None;
            return false;
        }
        kept.push(smol_str::format_smolstr!(" {}", line.text()));
        true
    }

    /// Whether the mode has an address already, so that another one in the same mode is that of a group.
    fn has_source_address(&self, place: Place) -> bool {
        match place.mode {
            Mode::TelephonyService => self.settings.sccp_listen().is_some(),
            Mode::RegisterGlobal => {
                self.settings.register_global.as_ref().is_some_and(|global| global.source_address.is_some())
            }
            _ => false,
        }
    }

    /// Notes the mode that a kept line entered, and whether one entered before has been left.
    pub(crate) fn enclose(&mut self, line: &Line<'_>, info: &CommandInfo) {
        let indented = self.position.frames.last().is_some_and(|frame| frame.body_indented);
        let left =
            self.position.enclosure.is_some_and(|Enclosure { indent, .. }| indented && line.indent <= indent);
        if info.encloses {
            self.position.enclosure = Some(Enclosure { indent: line.indent, body: info.body, kept: true });
            self.position.block.iter_mut().for_each(|block| block.encloses = true);
        } else if left {
            self.position.enclosure = None;
        }
    }

    /// Keeps a line in place.
    pub(crate) fn keep(&mut self, line: &Line<'_>, place: Place) {
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
    pub(crate) fn keep_in_own_block(&mut self, line: &Line<'_>) -> bool {
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

    pub(crate) fn begin_banner(&mut self, line: &Line<'_>) {
        self.position.banner =
            banner::delimiter(line).map(|delimiter| Banner { delimiter, line: self.line_number });
    }

    /// A banner that has not ended is likely to have taken in what it should not.
    pub(crate) fn open_banner(&mut self) {
        if let Some(Banner { delimiter, line }) = self.position.banner.take() {
            let message = "the text that begins here has no end: all lines after it belong to it".to_owned();
            let suggestion = Some(format!("end it with `{delimiter}`"));
            self.push(at(line, 1, 0, Severity::Warning, DiagnosticKind::Meaning, message, suggestion));
            if let Some(foreign) = self.settings.foreign.last_mut() {
                foreign.lines.push(delimiter);
            }
        }
    }

    pub(crate) fn banner_line(&mut self, raw: &str) {
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
}
