//! A line taken apart.

use smallvec::SmallVec;

use super::commands::global::FOREIGN;
use super::commands::telephony::feature_of;
use super::matcher::{Form, Word, words};

/// A line taken apart.
pub(crate) struct Line<'a> {
    /// Without trailing blanks.
    pub raw: &'a str,
    /// Characters before the first word.
    pub(crate) indent: usize,
    /// With `no`, with `default`, or as it is.
    pub form: Form,
    /// Without `no` or `default`.
    pub words: SmallVec<[Word<'a>; 8]>,
    /// The `no` or `default`, else the first word.
    pub(crate) head: Word<'a>,
}

impl<'a> Line<'a> {
    pub(crate) fn new(raw: &'a str) -> Option<Self> {
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
    pub(crate) fn text(&self) -> &'a str {
        self.raw.get(self.head.offset..).unwrap_or_default()
    }

    /// The word at an index, or the end of the line.
    pub fn word(&self, index: usize) -> Word<'a> {
        self.words.get(index).copied().unwrap_or(Word { text: "", offset: self.raw.len() })
    }
}

/// Begins a router's line that is no command of ours with this word?
pub(crate) fn is_foreign(line: &Line<'_>) -> bool {
    FOREIGN.iter().any(|word| word.eq_ignore_ascii_case(line.word(0).text)) || feature_of(line).is_some()
}

pub(crate) fn byte_of(text: &str, characters: usize) -> usize {
    text.char_indices().nth(characters).map_or(text.len(), |(offset, _)| offset)
}

pub(crate) fn columns(raw: &str, start: usize, end: usize) -> (u32, u32) {
    let count =
        |range: Option<&str>| range.map_or(0, |text| u32::try_from(text.chars().count()).unwrap_or(u32::MAX));
    (count(raw.get(..start)).saturating_add(1), count(raw.get(start..end)))
}
