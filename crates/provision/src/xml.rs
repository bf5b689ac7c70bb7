//! XML elements: a small tree that is written with escapes and read with limits.
//!
//! Prefixes of names mean nothing here: the requests that are read come from programs that leave declarations of name
//! spaces out. Entity declarations are refused, so that no document grows by itself.

use std::borrow::Cow;

use quick_xml::{
    Reader,
    escape::{escape, resolve_predefined_entity},
    events::{BytesRef, BytesStart, Event},
};

/// Deepest nesting of a document that is read.
const MAX_DEPTH: usize = 32;
/// Most elements of a document that is read.
const MAX_ELEMENTS: usize = 10_000;

/// An element with its attributes, and either text or other elements.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Element {
    /// Its name; of one that was read, without prefix.
    pub name: Cow<'static, str>,
    /// Its attributes; those of one that was read without prefix.
    pub attributes: Vec<(Cow<'static, str>, String)>,
    /// Its text, without the blanks around it.
    pub text: String,
    /// The elements in it.
    pub children: Vec<Element>,
}

/// Why a document cannot be read.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ReadError {
    /// It is not well-formed.
    #[error("not well-formed XML at byte {0}")]
    Malformed(u64),
    /// It declares a document type or entities.
    #[error("document type and entity declarations are refused")]
    Declaration,
    /// It is too deep or has too many elements.
    #[error("too many elements, or too deep")]
    TooLarge,
    /// There is no element.
    #[error("there is no element")]
    Empty,
}

impl Element {
    /// An empty element.
    pub fn new(name: impl Into<Cow<'static, str>>) -> Element {
        Element { name: name.into(), ..Element::default() }
    }

    /// An element that has only text.
    pub fn filled(name: impl Into<Cow<'static, str>>, text: impl ToString) -> Element {
        Element { name: name.into(), text: text.to_string(), ..Element::default() }
    }

    /// With an attribute.
    #[must_use]
    pub fn attribute(mut self, name: &'static str, value: impl ToString) -> Element {
        self.attributes.push((name.into(), value.to_string()));
        self
    }

    /// With another element in it.
    #[must_use]
    pub fn with(mut self, child: Element) -> Element {
        self.children.push(child);
        self
    }

    /// With other elements in it.
    #[must_use]
    pub fn with_all(mut self, children: impl IntoIterator<Item = Element>) -> Element {
        self.children.extend(children);
        self
    }

    /// With an element in it that has only text.
    #[must_use]
    pub fn leaf(self, name: impl Into<Cow<'static, str>>, text: impl ToString) -> Element {
        self.with(Element::filled(name, text))
    }

    /// With an element in it that has only text, if there is text.
    #[must_use]
    pub fn optional(self, name: &'static str, text: Option<impl ToString>) -> Element {
        match text {
            Some(text) => self.leaf(name, text),
            None => self,
        }
    }

    /// The first element of this name in it, whatever the case of its letters.
    pub fn child(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|child| child.name.eq_ignore_ascii_case(name))
    }

    /// The elements of this name in it, whatever the case of their letters.
    pub fn children_named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Element> {
        self.children.iter().filter(move |child| child.name.eq_ignore_ascii_case(name))
    }

    /// The value of an attribute.
    pub fn value_of(&self, name: &str) -> Option<&str> {
        self.attributes
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// The first element of this name at any depth, this one included.
    pub fn find(&self, name: &str) -> Option<&Element> {
        if self.name.eq_ignore_ascii_case(name) {
            return Some(self);
        }
        self.children.iter().find_map(|child| child.find(name))
    }

    /// The document: a declaration with this encoding, and the element. Characters that XML does not allow are left out.
    pub fn document(&self, encoding: &str) -> String {
        let mut text = format!("<?xml version=\"1.0\" encoding=\"{encoding}\"?>\n");
        self.write(&mut text);
        text.push('\n');
        text
    }

    fn write(&self, out: &mut String) {
        out.push('<');
        out.push_str(&self.name);
        for (name, value) in &self.attributes {
            out.push(' ');
            out.push_str(name);
            out.push_str("=\"");
            push_text(out, value);
            out.push('"');
        }
        if self.text.is_empty() && self.children.is_empty() {
            return out.push_str("/>");
        }
        out.push('>');
        push_text(out, &self.text);
        if !self.children.is_empty() {
            out.push('\n');
        }
        for child in &self.children {
            child.write(out);
            out.push('\n');
        }
        out.push_str("</");
        out.push_str(&self.name);
        out.push('>');
    }

    /// Reads a document.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub fn read(bytes: &[u8]) -> Result<Element, ReadError> {
        let text = String::from_utf8_lossy(bytes);
        let mut reader = Reader::from_str(&text);
        let mut open: Vec<Element> = Vec::new();
        let mut count = 0;
        loop {
            let malformed = |reader: &Reader<&[u8]>| ReadError::Malformed(reader.buffer_position());
            let event = reader.read_event().map_err(|_| malformed(&reader))?;
            if matches!(event, Event::Start(_) | Event::Empty(_)) {
                count += 1;
                if count > MAX_ELEMENTS || open.len() >= MAX_DEPTH {
                    return Err(ReadError::TooLarge);
                }
            }
            let closed = match event {
                Event::Start(start) => {
                    open.push(started(&start));
                    None
                }
                Event::Empty(start) => Some(started(&start)),
                Event::End(_) => open.pop(),
                Event::DocType(_) => return Err(ReadError::Declaration),
                Event::Eof => return Err(if count == 0 { ReadError::Empty } else { malformed(&reader) }),
                Event::Text(text) => {
                    append(&mut open, &text);
                    None
                }
                Event::CData(text) => {
                    append(&mut open, &text);
                    None
                }
                Event::GeneralRef(reference) => {
                    append(&mut open, &resolved(&reference).ok_or_else(|| malformed(&reader))?);
                    None
                }
                _ => None,
            };
            let Some(mut element) = closed else { continue };
            element.text = element.text.trim().to_owned();
            match open.last_mut() {
                Some(parent) => parent.children.push(element),
                None => return Ok(element),
            }
        }
    }
}

fn started(start: &BytesStart<'_>) -> Element {
    let attributes = start.attributes().flatten().map(|attribute| {
        let value = quick_xml::escape::unescape(&attribute.value).unwrap_or_default().trim().to_owned();
        (Cow::Owned(attribute.key.local_name().as_ref().to_owned()), value)
    });
    Element {
        name: Cow::Owned(start.local_name().as_ref().to_owned()),
        attributes: attributes.collect(),
        ..Element::default()
    }
}

fn append(open: &mut [Element], text: &str) {
    if let Some(element) = open.last_mut() {
        element.text.push_str(text);
    }
}

/// The character of `&lt;` or `&#60;`.
fn resolved(reference: &BytesRef<'_>) -> Option<String> {
    if let Ok(Some(character)) = reference.resolve_char_ref() {
        return Some(character.to_string());
    }
    resolve_predefined_entity(reference).map(str::to_owned)
}

/// Appends text without what XML does not allow.
fn push_text(out: &mut String, text: &str) {
    let allowed = |c: char| !c.is_control() || matches!(c, '\n' | '\r' | '\t');
    let clean: String =
        text.chars().filter(|c| allowed(*c) && !matches!(c, '\u{fffe}' | '\u{ffff}')).collect();
    out.push_str(&escape(&clean));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        let element = Element::new("device")
            .attribute("key", "a<\"b")
            .with(Element::new("pool").leaf("name", "Müller & Sons <1>").leaf("empty", ""));
        assert_eq!(Element::read(element.document("utf-8").as_bytes()), Ok(element));
        let control = Element::new("a").leaf("b", "x\u{1b}[31m\u{0}y").document("utf-8");
        assert!(control.contains("<b>x[31my</b>"), "{control}");
    }

    #[test]
    fn prefixes_mean_nothing_and_need_no_declaration() {
        let read =
            Element::read(b"<SOAP-ENV:Envelope><a:request xsi:type=\" ISgetGlobal\"/></SOAP-ENV:Envelope>");
        let envelope = read.unwrap();
        assert_eq!(envelope.name, "Envelope");
        assert_eq!(envelope.find("request").unwrap().value_of("type"), Some("ISgetGlobal"));
    }

    #[test]
    fn documents_that_grow_or_do_not_end_are_refused() {
        let bomb = "<!DOCTYPE a [<!ENTITY b \"bbbb\">]><a>&b;</a>";
        assert_eq!(Element::read(bomb.as_bytes()), Err(ReadError::Declaration));
        assert_eq!(Element::read(b"  "), Err(ReadError::Empty));
        assert_eq!(Element::read("<a>".repeat(40).as_bytes()), Err(ReadError::TooLarge));
        assert_eq!(
            Element::read(format!("<a>{}</a>", "<b/>".repeat(10_001)).as_bytes()),
            Err(ReadError::TooLarge)
        );
        for broken in ["<a><b></a>", "<a", "<a>&unknown;</a>", "<a>"] {
            assert!(matches!(Element::read(broken.as_bytes()), Err(ReadError::Malformed(_))), "{broken}");
        }
    }
}
