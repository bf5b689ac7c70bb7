//! CSTA documents for people and programs: indented, and as JSON.

use hookflash_wire::csta::{Edition, Message, encode};
use quick_xml::{Reader, Writer, events::Event};
use serde_json::{Map, Value};

/// The arguments of a message as a JSON object. Names are those of ECMA-323; an element that occurs several times is a
/// list, one with children an object, one without content `{}`, any other a string.
pub fn arguments(edition: Edition, message: Message) -> Map<String, Value> {
    let mut document = Vec::new();
    encode(edition, &message, &mut document);
    match value(&String::from_utf8_lossy(&document)) {
        Some(Value::Object(arguments)) => arguments,
        _ => Map::new(),
    }
}

/// The root element of a document as JSON; `None` if it is not well-formed.
fn value(document: &str) -> Option<Value> {
    let mut reader = Reader::from_str(document);
    // The outermost entry collects the root element.
    let mut open = vec![Element::default()];
    loop {
        match reader.read_event().ok()? {
            Event::Start(tag) => open.push(Element::named(tag.local_name().as_ref())),
            Event::Empty(tag) => {
                let empty = Element::named(tag.local_name().as_ref());
                open.last_mut()?.add(empty);
            }
            Event::End(_) => {
                let element = open.pop()?;
                open.last_mut()?.add(element);
            }
            Event::Text(text) => open.last_mut()?.text.push_str(&text.xml10_content()),
            Event::GeneralRef(reference) => {
                let character = match reference.resolve_char_ref().ok()? {
                    Some(character) => character.to_string(),
                    None => quick_xml::escape::resolve_predefined_entity(&reference)?.to_owned(),
                };
                open.last_mut()?.text.push_str(&character);
            }
            Event::Eof => return open.pop()?.members.into_iter().next().map(|(_, root)| root),
            _ => {}
        }
    }
}

/// An element that is being read.
#[derive(Default)]
struct Element {
    name: String,
    text: String,
    members: Map<String, Value>,
}

impl Element {
    fn named(name: &str) -> Element {
        Element { name: name.to_owned(), ..Element::default() }
    }

    fn add(&mut self, child: Element) {
        let Element { name, text, members } = child;
        let text = text.trim();
        let value = match members.is_empty() && !text.is_empty() {
            true => Value::String(text.to_owned()),
            false => Value::Object(members),
        };
        match self.members.get_mut(&name) {
            Some(Value::Array(values)) => values.push(value),
            Some(first) => *first = Value::Array(vec![first.take(), value]),
            None => drop(self.members.insert(name, value)),
        }
    }
}

/// A document with an element on each line; as it is if it is not well-formed.
pub fn indented(document: &str) -> String {
    let mut reader = Reader::from_str(document);
    reader.config_mut().trim_text(true);
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
    loop {
        match reader.read_event() {
            Ok(Event::Eof) => break,
            Ok(event) => {
                // Writing to memory cannot fail.
                let _ = writer.write_event(event);
            }
            Err(_) => return document.to_owned(),
        }
    }
    String::from_utf8(writer.into_inner()).unwrap_or_else(|_| document.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_become_members_lists_and_strings() {
        let document =
            "<?xml version=\"1.0\"?><a xmlns=\"urn:x\"><b>1 &lt; &#x32;</b><c><d>x</d><d>y</d></c><e/></a>";
        let json = value(document).unwrap().to_string();
        assert_eq!(json, r#"{"b":"1 < 2","c":{"d":["x","y"]},"e":{}}"#);
        assert_eq!(value("<a><b></a>"), None);
    }

    #[test]
    fn a_document_is_indented_and_anything_else_left_alone() {
        assert_eq!(indented("<a><b>1</b></a>"), "<a>\n  <b>1</b>\n</a>");
        assert_eq!(indented("<a><b>1</a>"), "<a><b>1</a>");
    }
}
