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

/// A value in JSON that its member cannot have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misfit {
    /// The member, with those around it: `callToBeHeld.callID`.
    pub member: String,
    /// What it is to be, in words.
    pub expected: &'static str,
}

/// The first value that is of another kind than its member: a list where there is one value, a structure where there is a text.
/// Members that are not described, and what a text says, are not looked at.
pub fn misfit(members: &[Member], given: &Map<String, Value>) -> Option<Misfit> {
    members.iter().find_map(|member| wrong(&member.shape, member.name, given.get(member.name)?))
}

fn wrong(shape: &Shape, name: &str, value: &Value) -> Option<Misfit> {
    let at = |expected| Some(Misfit { member: name.to_owned(), expected });
    match (shape, value) {
        (_, Value::Null) | (Shape::Any, _) => None,
        (Shape::List(item, inner), Value::Array(values)) => {
            values.iter().find_map(|value| wrong(inner, item, value)).map(|inner| inner.within(name))
        }
        // A list may be written as in XML, too.
        (Shape::List(..), Value::Object(_) | Value::Bool(_)) => None,
        (Shape::List(..), _) => at("a list"),
        (Shape::Members(members), Value::Object(given)) => misfit(members, given).map(|own| own.within(name)),
        // An element without members.
        (Shape::Members(_), Value::Bool(true)) => None,
        (Shape::Members(_), _) => at("an object"),
        (Shape::Device(_), Value::String(_) | Value::Number(_) | Value::Object(_)) => None,
        (Shape::Device(_), _) => at("a device: a text"),
        (Shape::CallData | Shape::Octets, Value::String(_) | Value::Number(_) | Value::Object(_)) => None,
        (Shape::CallData | Shape::Octets, _) => at("a text of hexadecimal digits"),
        (Shape::Flag, Value::Bool(_) | Value::String(_) | Value::Number(_)) => None,
        (Shape::Flag, _) => at("true or false"),
        (Shape::Number, Value::Number(_) | Value::String(_)) => None,
        (Shape::Number, _) => at("a whole number"),
        (Shape::Text | Shape::Words(_), Value::String(_) | Value::Number(_)) => None,
        (Shape::Text | Shape::Words(_), _) => at("a text"),
    }
}

impl Misfit {
    fn within(self, name: &str) -> Misfit {
        Misfit { member: format!("{name}.{}", self.member), ..self }
    }
}

impl std::fmt::Display for Misfit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "\"{}\" must be {}", self.member, self.expected)
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

#[cfg(test)]
mod tests {
    use super::super::Request;
    use super::*;

    fn told(service: &str, given: &Value) -> Option<String> {
        let members = Request::members(service).unwrap();
        misfit(&members, given.as_object().unwrap()).map(|misfit| misfit.to_string())
    }

    #[test]
    fn a_value_of_another_kind_is_named() {
        for (service, given, expected) in [
            ("MakeCall", json!({"callingDevice": ["201"]}), "\"callingDevice\" must be a device: a text"),
            ("MakeCall", json!({"callingDevice": true}), "\"callingDevice\" must be a device: a text"),
            ("HoldCall", json!({"callToBeHeld": "1"}), "\"callToBeHeld\" must be an object"),
            (
                "HoldCall",
                json!({"callToBeHeld": {"callID": ["1"]}}),
                "\"callToBeHeld.callID\" must be a text",
            ),
            ("SetForwarding", json!({"activateForward": {}}), "\"activateForward\" must be true or false"),
            ("PlayMessage", json!({"duration": [1]}), "\"duration\" must be a whole number"),
            ("MakeCall", json!({"userData": [65]}), "\"userData\" must be a text of hexadecimal digits"),
        ] {
            assert_eq!(told(service, &given).as_deref(), Some(expected), "{given}");
        }
    }

    #[test]
    fn what_applications_write_in_several_ways_fits() {
        for (service, given) in [
            (
                "MakeCall",
                json!({"callingDevice": 201, "calledDirectoryNumber": {"deviceIdentifier": "202"}, "x": [1]}),
            ),
            ("MakeCall", json!({"callingDevice": "201", "userData": {"string": "41"}, "accountCode": null})),
            ("HoldCall", json!({"callToBeHeld": {"callID": 1, "deviceID": "201"}})),
            ("SetForwarding", json!({"device": "201", "activateForward": "true", "ringCount": "3"})),
        ] {
            assert_eq!(told(service, &given), None, "{given}");
        }
        assert_eq!(Request::members("Explode"), None);
    }
}
