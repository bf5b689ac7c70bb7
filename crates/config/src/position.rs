//! The position of a configuration session.

use smallvec::SmallVec;
use smol_str::SmolStr;

use super::mode::Mode;
use super::registry::Place;
use super::session::KeptMode;
use super::settings::Section;

/// The position of a configuration session: the modes that it has entered.
#[derive(Clone, Debug)]
pub struct Position {
    pub(crate) frames: SmallVec<[Frame; 3]>,
    /// The last section of ours that was opened.
    pub(crate) section: Section,
    /// Indentation of the line whose deeper sub-lines are kept with it.
    pub(crate) block: Option<Block>,
    /// A mode which is not known here and was entered.
    pub(crate) enclosure: Option<Enclosure>,
    /// A banner that is being read.
    pub(crate) banner: Option<Banner>,
    /// A mode that is not known here, which was entered by a person.
    pub(crate) kept_mode: Option<KeptMode>,
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

    /// Is a text of several lines being read, such as a banner?
    pub fn is_in_text(&self) -> bool {
        self.banner.is_some()
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

/// A mode that was entered.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Frame {
    pub(crate) place: Place,
    /// Indentation of the line that entered it.
    pub(crate) indent: usize,
    /// Were its lines indented deeper than that?
    pub(crate) body_indented: bool,
    /// Has a `!` followed its last command?
    pub(crate) separated: bool,
}

/// A kept line that owns the deeper lines below it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Block {
    pub(crate) indent: usize,
    /// Of the global mode?
    pub(crate) foreign: bool,
    /// Does it enter a mode that is not known here, so that deeper lines are its own whatever they say?
    pub(crate) encloses: bool,
}

/// A mode of IOS that is not known here.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Enclosure {
    /// Indentation of the line that entered it.
    pub(crate) indent: usize,
    /// The first words of its commands that are also commands of the mode around it.
    pub(crate) body: &'static [&'static str],
    /// Its lines are kept with it, rather than in effect in the mode around it.
    pub(crate) kept: bool,
}

/// Text of several lines that ends where its delimiter comes again.
#[derive(Clone, Debug)]
pub(crate) struct Banner {
    pub(crate) delimiter: SmolStr,
    /// The line it began in.
    pub(crate) line: u32,
}

/// A part of the settings that two configurations differ in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Change {
    /// The mode.
    pub mode: Mode,
    /// Tag of the object; 0 in modes without.
    pub tag: u32,
}
