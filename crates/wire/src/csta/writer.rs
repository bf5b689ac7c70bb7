//! Writes XML straight into the caller's buffer.

use super::Edition;

/// Appends elements to a buffer; the edition decides which members may be written.
#[derive(Debug)]
pub(super) struct Writer<'o> {
    out: &'o mut Vec<u8>,
    edition: Edition,
}

impl<'o> Writer<'o> {
    /// A writer that appends to `out`.
    pub(super) fn new(out: &'o mut Vec<u8>, edition: Edition) -> Self {
        Writer { out, edition }
    }

    /// The edition being written.
    pub(super) fn edition(&self) -> Edition {
        self.edition
    }

    /// The prolog and a whole document in the edition's namespace: `content` writes what is inside the root.
    pub(super) fn document(&mut self, root: &str, content: impl FnOnce(&mut Self)) {
        self.document_in(&[("xmlns", self.edition.namespace())], root, content);
    }

    /// The prolog and a whole document with these namespace declarations.
    pub(super) fn document_in(
        &mut self,
        declarations: &[(&str, &str)],
        root: &str,
        content: impl FnOnce(&mut Self),
    ) {
        self.raw("<?xml version=\"1.0\" encoding=\"UTF-8\"?>");
        self.element_in(declarations, root, content);
    }

    /// An element with these namespace declarations.
    pub(super) fn element_in(
        &mut self,
        declarations: &[(&str, &str)],
        name: &str,
        content: impl FnOnce(&mut Self),
    ) {
        self.raw("<");
        self.raw(name);
        for (attribute, namespace) in declarations {
            self.raw(" ");
            self.raw(attribute);
            self.raw("=\"");
            self.raw(namespace);
            self.raw("\"");
        }
        self.raw(">");
        let inside = self.out.len();
        content(self);
        self.close_or_shorten(name, inside);
    }

    /// An element with a namespace declaration and these attributes, those that have a value.
    pub(super) fn with_attributes(
        &mut self,
        name: &'static str,
        (declaration, namespace): (&'static str, &'static str),
        attributes: &[(&'static str, Option<&str>)],
        content: impl FnOnce(&mut Self),
    ) {
        for part in ["<", name, " ", declaration, "=\"", namespace, "\""] {
            self.raw(part);
        }
        for (attribute, value) in attributes {
            let Some(value) = value else { continue };
            for part in [" ", attribute, "=\""] {
                self.raw(part);
            }
            self.escaped(value);
            self.raw("\"");
        }
        self.raw(">");
        let inside = self.out.len();
        content(self);
        self.close_or_shorten(name, inside);
    }

    /// `privateData` with `private` in it.
    pub(super) fn private_data(&mut self, content: impl FnOnce(&mut Self)) {
        self.element("privateData", |writer| writer.element("private", content));
    }

    /// Private data in an element, such as `extensions`.
    pub(super) fn private(&mut self, name: &'static str, content: impl FnOnce(&mut Self)) {
        self.element(name, |writer| writer.private_data(content));
    }

    /// `<name>content</name>`, or `<name/>` if the content turns out empty.
    pub(super) fn element(&mut self, name: &'static str, content: impl FnOnce(&mut Self)) {
        self.open(name);
        let inside = self.out.len();
        content(self);
        self.close_or_shorten(name, inside);
    }

    /// Words that need no escaping, as they are.
    pub(super) fn words(&mut self, words: [&'static str; 3]) {
        words.into_iter().for_each(|word| self.raw(word));
    }

    /// An element with escaped text.
    pub(super) fn text(&mut self, name: &'static str, text: &str) {
        self.open(name);
        self.escaped(text);
        self.close(name);
    }

    /// An element with a word of the standard, which needs no escaping.
    pub(super) fn word(&mut self, name: &'static str, word: &'static str) {
        self.open(name);
        self.raw(word);
        self.close(name);
    }

    /// `<name/>`.
    pub(super) fn empty(&mut self, name: &'static str) {
        self.raw("<");
        self.raw(name);
        self.raw("/>");
    }

    /// Markup as it stands. Only for constants.
    pub(super) fn raw(&mut self, markup: &str) {
        self.out.extend_from_slice(markup.as_bytes());
    }

    fn open(&mut self, name: &str) {
        self.raw("<");
        self.raw(name);
        self.raw(">");
    }

    fn close(&mut self, name: &str) {
        self.raw("</");
        self.raw(name);
        self.raw(">");
    }

    fn close_or_shorten(&mut self, name: &str, inside: usize) {
        if self.out.len() == inside {
            self.out.pop();
            self.raw("/>");
        } else {
            self.close(name);
        }
    }

    /// Text with markup characters escaped. Characters that XML cannot carry become U+FFFD.
    pub(super) fn escaped(&mut self, text: &str) {
        let plain = |byte: u8| matches!(byte, b' '..=b'~') && !matches!(byte, b'&' | b'<' | b'>' | b'"');
        if text.bytes().all(plain) {
            return self.raw(text);
        }
        let mut plain_from = 0;
        for (at, character) in text.char_indices() {
            let replacement = match character {
                '&' => "&amp;",
                '<' => "&lt;",
                '>' => "&gt;",
                '"' => "&quot;",
                '\r' => "&#13;",
                '\t' | '\n' => continue,
                '\u{fffe}' | '\u{ffff}' => "\u{fffd}",
                _ if character >= ' ' => continue,
                _ => "\u{fffd}",
            };
            self.raw(text.get(plain_from..at).unwrap_or_default());
            self.raw(replacement);
            plain_from = at + character.len_utf8();
        }
        self.raw(text.get(plain_from..).unwrap_or_default());
    }
}
