//! An XML document as a flat tree, read once and hardened against hostile input.
//!
//! The tree keeps what CSTA needs: local names, namespaces and text. Attributes other than namespace declarations
//! are checked for form and looked at only where asked for. Document type declarations are refused, so the only entities are the five
//! predefined ones and character references. Everything an outsider controls has a limit.

use std::borrow::Cow;

use quick_xml::Reader;
use quick_xml::escape::unescape;
use quick_xml::events::attributes::Attributes;
use quick_xml::events::{BytesRef, BytesStart, Event};

use super::{DecodeError, Edition};

/// Largest message accepted, in bytes: the natural limit of the TCP framing (16-bit length).
pub const MAX_MESSAGE_SIZE: usize = 65_536;
/// Deepest nesting of elements accepted.
pub const MAX_DEPTH: usize = 32;
/// Most elements accepted in one message.
pub const MAX_ELEMENTS: usize = 4_096;
/// Most attributes accepted on one element.
pub const MAX_ATTRIBUTES: usize = 32;
/// Most namespace declarations in force at one place.
pub const MAX_NAMESPACES: usize = 64;

/// Namespace of the private data in which Microsoft clients name their line.
pub(super) const LCS_NAMESPACE: &str = "http://schemas.microsoft.com/Lcs/2005/04/RCCExtension";

/// What an element's namespace means to CSTA. ECMA-354 and the logins in it are among the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Namespace<'x> {
    /// No namespace at all.
    None,
    /// ECMA-323, any edition.
    Csta(Edition),
    /// Microsoft's remote call control extension.
    Lcs,
    /// Anything else.
    Other(&'x str),
}

impl Namespace<'_> {
    /// Whether an element of this namespace is part of what a parent of that one says, rather than an extension.
    fn belongs_to(self, parent: Namespace<'_>) -> bool {
        match (self, parent) {
            (Namespace::None, _) | (Namespace::Csta(_), Namespace::Csta(_) | Namespace::None) => true,
            (own, parent) => own == parent,
        }
    }
}

/// A parsed document. Nodes are kept in document order; node 0 is the root.
#[derive(Debug)]
pub(super) struct Document<'x> {
    nodes: Vec<Node<'x>>,
}

#[derive(Debug)]
struct Node<'x> {
    name: &'x str,
    namespace: Namespace<'x>,
    /// The start tag without its name, checked for form.
    attributes: &'x str,
    text: Cow<'x, str>,
    /// Index after the last descendant, so that siblings are reached by skipping.
    end: usize,
}

impl<'x> Document<'x> {
    /// Reads a whole document; `source` must have passed [`super::decode::source_text`].
    pub(super) fn parse(source: &'x str) -> Result<Self, DecodeError> {
        Parser::new(source, MAX_ELEMENTS).run()
    }

    /// Reads a document of our own, which is as long as it has to be.
    pub(super) fn parse_own(source: &'x str) -> Result<Self, DecodeError> {
        Parser::new(source, usize::MAX).run()
    }

    /// The root element.
    pub(super) fn root(&self) -> Option<Element<'_>> {
        self.nodes.first().map(|node| Element { nodes: &self.nodes, node, index: 0 })
    }
}

/// One element of a [`Document`].
#[derive(Clone, Copy, Debug)]
pub(super) struct Element<'d> {
    nodes: &'d [Node<'d>],
    node: &'d Node<'d>,
    index: usize,
}

impl<'d> Element<'d> {
    /// Name without prefix.
    pub(super) fn name(&self) -> &'d str {
        self.node.name
    }

    /// Namespace of the element.
    pub(super) fn namespace(&self) -> Namespace<'d> {
        self.node.namespace
    }

    /// The element's own text without surrounding white space.
    pub(super) fn text(&self) -> &'d str {
        self.node.text.trim_matches([' ', '\t', '\r', '\n'])
    }

    /// The value of the attribute of this name without prefix; `None` if there is none, or it has an unknown entity.
    pub(super) fn attribute(&self, name: &str) -> Option<Cow<'d, str>> {
        let mut attributes = Attributes::new(self.node.attributes, 0).filter_map(Result::ok);
        let value = attributes.find(|attribute| attribute.key.0 == name)?.value;
        match value {
            Cow::Borrowed(value) => unescape(value).ok(),
            Cow::Owned(value) => unescape(&value).ok().map(|value| Cow::Owned(value.into_owned())),
        }
    }

    /// Its attributes, without namespace declarations and those whose value has an unknown entity.
    pub(super) fn attributes(&self) -> impl Iterator<Item = (&'d str, String)> + use<'d> {
        let attributes = Attributes::new(self.node.attributes, 0).filter_map(Result::ok);
        attributes.filter_map(|attribute| {
            let name = attribute.key.0;
            let declares = name == "xmlns" || name.starts_with("xmlns:");
            (!declares).then_some((name, unescape(&attribute.value).ok()?.into_owned()))
        })
    }

    /// Whether there is neither text nor a child in it.
    pub(super) fn is_empty(&self) -> bool {
        self.text().is_empty() && self.children().next().is_none()
    }

    /// All child elements in document order.
    pub(super) fn children(&self) -> impl Iterator<Item = Element<'d>> + use<'d> {
        let (nodes, end) = (self.nodes, self.node.end);
        let mut next = self.index + 1;
        std::iter::from_fn(move || {
            let index = next;
            let node = nodes.get(index).filter(|_| index < end)?;
            next = node.end;
            Some(Element { nodes, node, index })
        })
    }

    /// Children that are no extension: in the namespace of this element (for CSTA, of any edition), or in none.
    pub(super) fn members(&self) -> impl Iterator<Item = Element<'d>> + use<'d> {
        let parent = self.namespace();
        self.children().filter(move |child| child.namespace().belongs_to(parent))
    }

    /// The first such child of this name.
    pub(super) fn member(&self, name: &str) -> Option<Element<'d>> {
        self.members().find(|child| child.name() == name)
    }
}

/// A namespace declaration in force from `depth` downwards.
struct Binding<'x> {
    prefix: &'x str,
    namespace: Namespace<'x>,
    depth: usize,
}

/// The state of one pass over a document.
struct Parser<'x> {
    source: &'x str,
    nodes: Vec<Node<'x>>,
    open: Vec<usize>,
    bindings: Vec<Binding<'x>>,
    max_elements: usize,
}

impl<'x> Parser<'x> {
    fn new(source: &'x str, max_elements: usize) -> Self {
        Parser {
            source,
            max_elements,
            nodes: Vec::with_capacity(16),
            open: Vec::with_capacity(8),
            bindings: Vec::with_capacity(4),
        }
    }

    fn run(mut self) -> Result<Document<'x>, DecodeError> {
        let mut reader = Reader::from_str(self.source);
        reader.config_mut().check_comments = true;
        loop {
            let from = position(reader.buffer_position());
            let event = reader
                .read_event()
                .map_err(|_| DecodeError::Malformed { at: position(reader.error_position()) })?;
            let at = position(reader.buffer_position());
            match event {
                Event::Start(tag) => self.start(&tag, at.wrapping_sub(tag.len() + 1), at)?,
                Event::Empty(tag) => {
                    self.start(&tag, at.wrapping_sub(tag.len() + 2), at)?;
                    self.end();
                }
                Event::End(_) => self.end(),
                Event::Text(text) => self.text(text.xml10_content(), at)?,
                Event::CData(text) => self.character_data(text.xml10_content(), at)?,
                Event::GeneralRef(reference) => self.reference(&reference, at)?,
                Event::DocType(_) => return Err(DecodeError::DocumentType),
                Event::Decl(prolog) if from > 0 || prolog.version().is_err() => return Err(malformed(at)),
                Event::PI(instruction) if !is_name(instruction.target()) => return Err(malformed(at)),
                Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
                Event::Eof => return self.finish(at),
            }
        }
    }

    fn start(&mut self, tag: &BytesStart<'_>, from: usize, at: usize) -> Result<(), DecodeError> {
        self.check_room(at)?;
        // The tag as a piece of the source, because `tag` itself does not live long enough.
        let raw = self.source.get(from..from.saturating_add(tag.len())).ok_or(malformed(at))?;
        let qualified = raw.get(..tag.name().as_ref().len()).ok_or(malformed(at))?;
        let (prefix, name) = split_name(qualified).ok_or(malformed(at))?;
        self.declare_namespaces(raw, qualified.len(), at)?;
        let namespace = self.resolve(prefix).ok_or(malformed(at))?;
        self.open.push(self.nodes.len());
        let attributes = raw.get(qualified.len()..).unwrap_or_default();
        self.nodes.push(Node { name, namespace, attributes, text: Cow::Borrowed(""), end: usize::MAX });
        Ok(())
    }

    /// Refuses an element that would exceed a limit or come after the root.
    fn check_room(&self, at: usize) -> Result<(), DecodeError> {
        if self.open.is_empty() && !self.nodes.is_empty() {
            return Err(DecodeError::TrailingContent { at });
        }
        if self.open.len() >= MAX_DEPTH {
            return Err(DecodeError::TooDeep);
        }
        if self.nodes.len() >= self.max_elements {
            return Err(DecodeError::TooManyElements);
        }
        Ok(())
    }

    fn declare_namespaces(&mut self, raw: &'x str, name_len: usize, at: usize) -> Result<(), DecodeError> {
        let depth = self.open.len();
        for (count, attribute) in Attributes::new(raw, name_len).enumerate() {
            let attribute = attribute.map_err(|_| malformed(at))?;
            if count >= MAX_ATTRIBUTES || self.bindings.len() >= MAX_NAMESPACES {
                return Err(DecodeError::TooManyAttributes);
            }
            if attribute.value.contains('<') {
                return Err(malformed(at));
            }
            let name = attribute.key.0;
            let prefix = match name.strip_prefix("xmlns") {
                Some("") => "",
                Some(prefixed) if prefixed.starts_with(':') => prefixed.trim_start_matches(':'),
                _ => {
                    split_name(name).ok_or(malformed(at))?;
                    continue;
                }
            };
            // Never owned, because the value is not unescaped: no ECMA-323 namespace needs it.
            let Cow::Borrowed(uri) = attribute.value else { return Err(malformed(at)) };
            self.bindings.push(Binding { prefix, namespace: namespace_of(uri), depth });
        }
        Ok(())
    }

    /// The namespace a prefix stands for, or `None` if it was never declared.
    fn resolve(&self, prefix: &str) -> Option<Namespace<'x>> {
        match self.bindings.iter().rev().find(|binding| binding.prefix == prefix) {
            Some(binding) => Some(binding.namespace),
            None if prefix.is_empty() => Some(Namespace::None),
            None => None,
        }
    }

    fn end(&mut self) {
        let end = self.nodes.len();
        if let Some(node) = self.open.pop().and_then(|index| self.nodes.get_mut(index)) {
            node.end = end;
        }
        let depth = self.open.len();
        while self.bindings.last().is_some_and(|binding| binding.depth >= depth) {
            self.bindings.pop();
        }
    }

    /// Text as written, between two pieces of markup.
    fn text(&mut self, text: Cow<'x, str>, at: usize) -> Result<(), DecodeError> {
        let blank = text.bytes().all(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n'));
        match self.open.last().and_then(|&index| self.nodes.get_mut(index)) {
            // Indentation; inside a value it is kept, because a reference may come before and after it.
            Some(node) if blank && node.text.is_empty() => Ok(()),
            Some(node) => {
                append(&mut node.text, text);
                Ok(())
            }
            None if blank => Ok(()),
            None => Err(self.outside_root(at)),
        }
    }

    /// Text that may not stand outside the root element, not even if it is blank.
    fn character_data(&mut self, text: Cow<'x, str>, at: usize) -> Result<(), DecodeError> {
        match self.open.last().and_then(|&index| self.nodes.get_mut(index)) {
            Some(node) => {
                append(&mut node.text, text);
                Ok(())
            }
            None => Err(self.outside_root(at)),
        }
    }

    fn reference(&mut self, reference: &BytesRef<'_>, at: usize) -> Result<(), DecodeError> {
        let text: Cow<'x, str> = match reference.resolve_char_ref().map_err(|_| malformed(at))? {
            Some(character) if is_xml_char(character) => Cow::Owned(character.to_string()),
            Some(_) => return Err(malformed(at)),
            None => Cow::Borrowed(match &**reference {
                "lt" => "<",
                "gt" => ">",
                "amp" => "&",
                "apos" => "'",
                "quot" => "\"",
                _ => return Err(DecodeError::UndeclaredEntity { at }),
            }),
        };
        self.character_data(text, at)
    }

    fn outside_root(&self, at: usize) -> DecodeError {
        if self.nodes.is_empty() { malformed(at) } else { DecodeError::TrailingContent { at } }
    }

    fn finish(self, at: usize) -> Result<Document<'x>, DecodeError> {
        if self.nodes.is_empty() {
            return Err(DecodeError::Empty);
        }
        if !self.open.is_empty() {
            return Err(malformed(at));
        }
        Ok(Document { nodes: self.nodes })
    }
}

fn append<'x>(text: &mut Cow<'x, str>, more: Cow<'x, str>) {
    if text.is_empty() {
        *text = more;
    } else {
        text.to_mut().push_str(&more);
    }
}

fn malformed(at: usize) -> DecodeError {
    DecodeError::Malformed { at }
}

fn position(offset: u64) -> usize {
    usize::try_from(offset).unwrap_or(usize::MAX)
}

fn namespace_of(uri: &str) -> Namespace<'_> {
    match uri.trim() {
        "" => Namespace::None,
        LCS_NAMESPACE => Namespace::Lcs,
        uri => Edition::from_namespace(uri).map_or(Namespace::Other(uri), Namespace::Csta),
    }
}

/// Splits a qualified name into prefix (maybe empty) and local name; `None` if it is no name.
fn split_name(qualified: &str) -> Option<(&str, &str)> {
    let (prefix, local) = qualified.split_once(':').unwrap_or(("", qualified));
    let prefixed = qualified.len() != local.len();
    (is_name(local) && (!prefixed || is_name(prefix))).then_some((prefix, local))
}

/// Whether this is a name without colon; characters beyond ASCII are not looked at closely.
pub(super) fn is_name(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes.next().is_some_and(|first| first.is_ascii_alphabetic() || first == b'_' || first >= 0x80)
        && bytes
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.') || byte >= 0x80)
}

/// The character set of XML 1.0 (production 2, Char).
pub(super) fn is_xml_char(character: char) -> bool {
    match character {
        '\t' | '\n' | '\r' => true,
        '\u{fffe}' | '\u{ffff}' => false,
        _ => character >= ' ',
    }
}
