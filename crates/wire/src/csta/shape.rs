//! What messages consist of, from the tables that read and write them, and the same as JSON Schema.

use serde_json::{Map, Value, json};

use super::arguments::Argument;
use super::json::is_list;

/// What a member of a message can be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A text.
    Text,
    /// One of some words; others may come with later versions.
    Words(Vec<&'static str>),
    /// True or false.
    Flag,
    /// A whole number.
    Number,
    /// Octets, two hexadecimal digits each.
    Octets,
    /// Octets that travel with a call: as they are, or as the member `string` of a structure.
    CallData,
    /// A device: its number or name, or, with the names in the list, that it is not known, not said, ...
    Device(&'static [&'static str]),
    /// Several values; the name is that of their element in XML.
    List(&'static str, Box<Shape>),
    /// A structure.
    Members(Vec<Member>),
    /// Anything.
    Any,
}

/// A member of a message or structure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The name of its element.
    pub name: &'static str,
    /// Whether it may be absent.
    pub optional: bool,
    /// What it can be.
    pub shape: Shape,
}

impl Member {
    /// A member of this type.
    pub(super) fn of<T: Argument>(name: &'static str) -> Member {
        Member { name, optional: T::absent().is_some(), shape: T::shape() }
    }
}

/// The schema of a message with these members; more may come with later versions.
pub fn json_schema(members: &[Member]) -> Value {
    let properties: Map<String, Value> =
        members.iter().map(|member| (member.name.to_owned(), schema(member.name, &member.shape))).collect();
    let required: Vec<&str> =
        members.iter().filter(|member| !member.optional).map(|member| member.name).collect();
    let mut schema = json!({"type": "object"});
    if !properties.is_empty() {
        schema["properties"] = Value::Object(properties);
    }
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    schema
}

fn octets() -> Value {
    json!({"type": "string", "pattern": "^([0-9A-Fa-f]{2})*$"})
}

/// The schema of a member with this name.
fn schema(name: &str, shape: &Shape) -> Value {
    match shape {
        Shape::Text => json!({"type": "string"}),
        Shape::Words(words) => json!({"type": "string", "examples": words}),
        Shape::Flag => json!({"type": "boolean"}),
        // Numbers that the mapping does not know are texts.
        Shape::Number => json!({"type": ["integer", "string"]}),
        Shape::Octets => octets(),
        Shape::CallData => {
            json!({"oneOf": [octets(), {"type": "object", "properties": {"string": octets()}}]})
        }
        Shape::Device([]) => json!({"type": "string"}),
        Shape::Device(words) => {
            let said = words.iter().map(
                |word| json!({"type": "object", "properties": {*word: {"const": true}}, "required": [word]}),
            );
            let device = std::iter::once(json!({"type": "string"}));
            json!({"oneOf": device.chain(said).collect::<Vec<_>>()})
        }
        Shape::List(item, inner) if is_list(name, item) => {
            json!({"type": "array", "items": schema(item, inner)})
        }
        Shape::List(item, inner) => {
            let one = schema(item, inner);
            let some = json!({"oneOf": [one, {"type": "array", "items": one}]});
            json!({"type": ["object", "boolean"], "properties": {*item: some}})
        }
        Shape::Members(members) => json_schema(members),
        Shape::Any => json!({}),
    }
}
