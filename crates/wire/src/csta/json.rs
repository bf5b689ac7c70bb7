//! Messages as JSON: the elements of ECMA-323 as members of objects, under their own names.
//!
//! | XML | JSON |
//! | --- | --- |
//! | element with children | object |
//! | element with text | string; number or boolean where the schema has one |
//! | empty element | `true` |
//! | `<callingDevice><deviceIdentifier>201</deviceIdentifier></callingDevice>` | `"callingDevice":"201"` |
//! | list in a wrapper, `<connections><connectionListItem>`... | array, under the name of the wrapper |
//! | several elements of one name | array |
//! | `extensions` | its elements, as members beside the others; `hf:Sequence` is `seq` |
//! | `hf:names` | `names` with `calling`, `called` and `lastRedirection` |
//! | `hf:Gap`, `hf:Snapshot`... | `gap` with `from` and `to`, `snapshots` with `device` and `connections` |
//!
//! Attributes are left out. The conversion knows nothing of services and events: both directions go through the XML, so
//! that there is one codec and one set of checks.

use serde_json::{Map, Number, Value, json};

use super::decode::text_of_any_size;
use super::element::{Document, Element, Namespace};
use super::session_login::HOOKFLASH_NAMESPACE;
use super::{DecodeError, MAX_DEPTH};

/// Lists: the wrapper and its items.
const LISTS: [(&str, &str); 26] = [
    ("mediaServiceCapsList", "mediaServiceCapsItem"),
    ("privateDataVersionList", "privateDataVersion"),
    ("alternateRoutes", "deviceID"),
    ("routes", "route"),
    ("connections", "connectionListItem"),
    ("transferredConnections", "connectionListItem"),
    ("conferenceConnections", "connectionListItem"),
    ("forwardingList", "forwardListItem"),
    ("monitorList", "monitorListEntry"),
    ("deviceList", "device"),
    ("callingDeviceList", "callingDevice"),
    ("digitDurationList", "digitDuration"),
    ("pauseDurationList", "pauseDuration"),
    ("requestedProtocolVersions", "protocolVersion"),
    ("callBackList", "callBackListItem"),
    ("buttonList", "buttonItem"),
    ("hookswitchStatusList", "hookswitchStatusItem"),
    ("microphoneMuteList", "microphoneMuteItem"),
    ("lampList", "lampItem"),
    ("lampList", "lampID"),
    ("lampModeList", "lampModeItem"),
    ("displayList", "displayListItem"),
    ("otherLogicalDeviceList", "deviceID"),
    ("otherPhysicalDeviceList", "deviceID"),
    ("snapshotData", "snapshotDeviceResponseInfo"),
    ("snapshotData", "snapshotCallResponseInfo"),
];

/// Whether a wrapper with this item is an array.
pub(super) fn is_list(wrapper: &str, item: &str) -> bool {
    LISTS.contains(&(wrapper, item))
}

/// Elements with hexadecimal digits in a `string`, which may be left out in what is received.
const OCTETS: [&str; 2] = ["correlatorData", "userData"];

/// Elements with a whole number.
const NUMBERS: [&str; 38] = [
    "length",
    "currentPosition",
    "duration",
    "maxDuration",
    "samplingRate",
    "pauseTime",
    "privateDataVersion",
    "replyTimeout",
    "packetMs",
    "toneDuration",
    "pulseRate",
    "pauseDuration",
    "digitDuration",
    "offset",
    "numberOfRings",
    "ringCount",
    "ringDuration",
    "segmentID",
    "maxDisplays",
    "maxButtons",
    "maxLamps",
    "maxRingPatterns",
    "maxCallbacks",
    "maxAutoAnswerRings",
    "maxActiveCalls",
    "maxHeldCalls",
    "maxFwdSettings",
    "maxDevicesInConf",
    "lampMode",
    "logicalRows",
    "logicalColumns",
    "numberQueued",
    "callsInFront",
    "requestedSessionDuration",
    "actualSessionDuration",
    "heartbeatInterval",
    "sessionCleanupDelay",
    "lastSequence",
];

/// Elements with a text that may happen to be `true` or `false`.
const TEXTS: [&str; 21] = [
    "message",
    "messageToBePlayed",
    "messageToBeStopped",
    "messageToResume",
    "messageToBeDeleted",
    "resultingMessage",
    "name",
    "string",
    "userName",
    "deviceIdentifier",
    "deviceID",
    "numberDialed",
    "contentsOfDisplay",
    "button",
    "buttonLabel",
    "lamp",
    "lampLabel",
    "displayID",
    "deviceModelName",
    "characterSequence",
    "applicationID",
];

/// Elements around the identifier of a device, or in place of it.
const DEVICE: [&str; 2] = ["deviceIdentifier", "numberDialed"];

/// Elements whose only child may be a `deviceID`, and that are no connections.
const ENDPOINTS: [&str; 2] = ["endpoint", "associatedNID"];

/// Elements of this project inside those of ECMA-354.
const OWN: [&str; 6] = ["Login", "DeviceOpen", "DeviceClose", "SetMediaAddress", "GetMediaKeys", "routes"];

/// Why parameters cannot be written as XML.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JsonError {
    /// A string has a character that XML has not.
    #[error("member {0} has a control character")]
    ControlCharacter(String),
    /// Objects in objects.
    #[error("the parameters are nested too deeply")]
    TooDeep,
}

/// A message of our own, of any size, as the name of its root element and the members in it.
///
/// # Errors
///
/// As [`super::decode`], if the document is not well-formed.
pub fn to_json(document: &[u8]) -> Result<(String, Map<String, Value>), DecodeError> {
    let source = text_of_any_size(document)?;
    let document = Document::parse_own(&source)?;
    let root = document.root().ok_or(DecodeError::Empty)?;
    Ok(private_event(root).unwrap_or_else(|| (root.name().to_owned(), object(root))))
}

/// A private event of this project: its own name, and its members beside those of the event.
fn private_event(root: Element<'_>) -> Option<(String, Map<String, Value>)> {
    let private = root.member("privateData").filter(|_| root.name() == "PrivateEvent")?.member("private")?;
    let ours = |child: &Element<'_>| {
        child.namespace() == Namespace::Other(HOOKFLASH_NAMESPACE) && child.name() != "Sequence"
    };
    let event = private.children().find(ours)?;
    let mut members = Map::new();
    for child in root.members().filter(|child| child.name() != "privateData") {
        add(&mut members, child.name(), value(child));
    }
    for (name, text) in event.attributes() {
        let value = if NUMBERS.contains(&name) { number(&text) } else { Value::String(text) };
        add(&mut members, name, value);
    }
    members.extend(object(event));
    for child in private.children().filter(|child| child.name() == "Sequence") {
        hoist_one(child, &mut members);
    }
    Some((event.name().to_owned(), members))
}

fn object(element: Element<'_>) -> Map<String, Value> {
    let mut members = Map::new();
    for child in element.children() {
        match child.name() {
            "extensions" => hoist(child, &mut members),
            name => add(&mut members, name, value(child)),
        }
    }
    members
}

/// Puts the elements of this project in `extensions` beside the members of the message.
fn hoist(extensions: Element<'_>, members: &mut Map<String, Value>) {
    extensions.children().for_each(|child| hoist_one(child, members));
}

fn hoist_one(child: Element<'_>, members: &mut Map<String, Value>) {
    match (child.namespace(), child.name()) {
        (Namespace::Other(HOOKFLASH_NAMESPACE), "Sequence") => {
            add(members, "seq", number(child.text()));
            if child.attribute("replayed").is_some_and(|value| matches!(value.trim(), "true" | "1")) {
                add(members, "replayed", Value::Bool(true));
            }
        }
        (Namespace::Other(HOOKFLASH_NAMESPACE), "names") => add(members, "names", attributes(child)),
        (Namespace::Other(HOOKFLASH_NAMESPACE), "Gap") => add(members, "gap", gap(child)),
        (Namespace::Other(HOOKFLASH_NAMESPACE), "Snapshot") => {
            let snapshots = members.entry("snapshots").or_insert_with(|| Value::Array(Vec::new()));
            snapshots.as_array_mut().into_iter().for_each(|all| all.push(snapshot(child)));
        }
        (Namespace::Other(HOOKFLASH_NAMESPACE), name) => add(members, name, value(child)),
        (_, "privateData" | "private") => hoist(child, members),
        _ => {}
    }
}

/// `hf:names`: its attributes are the members.
fn attributes(element: Element<'_>) -> Value {
    Value::Object(element.attributes().map(|(name, text)| (name.to_owned(), Value::String(text))).collect())
}

/// `hf:Gap`: its attributes are numbers.
fn gap(element: Element<'_>) -> Value {
    let end = |name: &str| element.attribute(name).map_or(Value::Null, |value| number(&value));
    json!({"from": end("from"), "to": end("to")})
}

/// `hf:Snapshot`: a device with its connections. The attributes of a connection are members beside its identifier.
fn snapshot(element: Element<'_>) -> Value {
    let text = |element: Element<'_>, name: &str| element.attribute(name).map(|value| json!(value));
    let connections = element.children().map(|connection| {
        let mut members = object(connection);
        for name in ["localConnectionInfo", "endpointDevice"] {
            members.extend(text(connection, name).map(|value| (name.to_owned(), value)));
        }
        Value::Object(members)
    });
    json!({"device": text(element, "device"), "connections": connections.collect::<Vec<_>>()})
}

/// Adds a member; one that is there already becomes an array.
fn add(members: &mut Map<String, Value>, name: &str, value: Value) {
    match members.get_mut(name) {
        None => drop(members.insert(name.to_owned(), value)),
        Some(Value::Array(values)) => values.push(value),
        Some(single) => *single = Value::Array(vec![single.take(), value]),
    }
}

fn value(element: Element<'_>) -> Value {
    let mut children = element.children();
    let Some(first) = children.next() else { return scalar(element) };
    let alone = children.next().is_none();
    if alone && (DEVICE.contains(&first.name()) || is_endpoint(element, first)) {
        return Value::String(first.text().to_owned());
    }
    let item = |item: &str| LISTS.iter().any(|list| *list == (element.name(), item));
    match element.children().all(|child| item(child.name())) {
        true => Value::Array(element.children().map(value).collect()),
        false => Value::Object(object(element)),
    }
}

fn is_endpoint(element: Element<'_>, child: Element<'_>) -> bool {
    ENDPOINTS.contains(&element.name()) && child.name() == "deviceID"
}

/// The value of an element without children.
fn scalar(element: Element<'_>) -> Value {
    let (name, text) = (element.name(), element.text());
    match text {
        "" if LISTS.iter().any(|(wrapper, _)| *wrapper == name) => Value::Array(Vec::new()),
        "" => Value::Bool(true),
        // Some names are those of numbers, and of events in filters.
        "true" | "false" if !TEXTS.contains(&name) => Value::Bool(text == "true"),
        _ if NUMBERS.contains(&name) => number(text),
        _ => Value::String(text.to_owned()),
    }
}

fn number(text: &str) -> Value {
    text.parse().map_or_else(|_| Value::String(text.to_owned()), |number: i64| Value::Number(number.into()))
}

/// Appends the document of a request with these parameters.
///
/// Strings, numbers and booleans are the text of their element; members that are `null`, or whose name cannot be that of
/// an element, are left out.
///
/// # Errors
///
/// [`JsonError`]; what was appended is no document then.
pub fn from_json(
    root: &str,
    namespace: &str,
    params: &Map<String, Value>,
    out: &mut Vec<u8>,
) -> Result<(), JsonError> {
    out.extend_from_slice(format!("<{root} xmlns=\"{namespace}\">").as_bytes());
    append_members(params, out, 1)?;
    out.extend_from_slice(format!("</{root}>").as_bytes());
    Ok(())
}

fn append_members(members: &Map<String, Value>, out: &mut Vec<u8>, depth: usize) -> Result<(), JsonError> {
    let mut named = members.iter().filter(|(name, _)| is_element_name(name));
    named.try_for_each(|(name, value)| append(name, value, out, depth))
}

fn append(name: &str, value: &Value, out: &mut Vec<u8>, depth: usize) -> Result<(), JsonError> {
    if depth >= MAX_DEPTH {
        return Err(JsonError::TooDeep);
    }
    match value {
        Value::Null => Ok(()),
        Value::Bool(flag) => append_text(name, if *flag { "true" } else { "false" }, out),
        Value::Number(number) => append_text(name, &written(number), out),
        Value::String(text) if OCTETS.contains(&name) => {
            within(name, out, |out| append_text("string", text, out))
        }
        Value::String(text) => append_text(name, text, out),
        Value::Object(members) => within(name, out, |out| append_members(members, out, depth + 1)),
        Value::Array(values) => append_array(name, values, out, depth),
    }
}

/// A list in its wrapper, or elements of one name.
fn append_array(name: &str, values: &[Value], out: &mut Vec<u8>, depth: usize) -> Result<(), JsonError> {
    let item = LISTS.iter().find(|(wrapper, _)| *wrapper == name).map(|(_, item)| *item);
    let all = |name: &str, out: &mut Vec<u8>| {
        values.iter().try_for_each(|value| append(name, value, out, depth + 1))
    };
    match item {
        Some(item) => within(name, out, |out| all(item, out)),
        None => all(name, out),
    }
}

fn within(
    name: &str,
    out: &mut Vec<u8>,
    content: impl FnOnce(&mut Vec<u8>) -> Result<(), JsonError>,
) -> Result<(), JsonError> {
    match OWN.contains(&name) {
        true => out.extend_from_slice(format!("<{name} xmlns=\"{HOOKFLASH_NAMESPACE}\">").as_bytes()),
        false => out.extend_from_slice(format!("<{name}>").as_bytes()),
    }
    content(out)?;
    out.extend_from_slice(format!("</{name}>").as_bytes());
    Ok(())
}

fn append_text(name: &str, text: &str, out: &mut Vec<u8>) -> Result<(), JsonError> {
    if text
        .chars()
        .any(|c| (c < ' ' && !matches!(c, '\t' | '\n' | '\r')) || matches!(c, '\u{fffe}' | '\u{ffff}'))
    {
        return Err(JsonError::ControlCharacter(name.to_owned()));
    }
    within(name, out, |out| {
        out.extend_from_slice(quick_xml::escape::escape(text).as_bytes());
        Ok(())
    })
}

/// A number; one that is whole without its fraction, as some languages write all of them.
fn written(number: &Number) -> String {
    match (number.as_i64(), number.as_f64()) {
        (None, Some(float)) if float.fract() == 0.0 && float.abs() < 1e15 => format!("{float:.0}"),
        _ => number.to_string(),
    }
}

fn is_element_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::super::{
        ConnectionId, ConnectionSnapshot, DeviceSnapshot, Edition, Gap, LocalConnectionState, Message,
        MessagesLost, SystemStatus, SystemStatusValue,
    };
    use super::*;

    const ED3: &str = super::super::Edition::Ed3.namespace();

    fn parsed(document: &str) -> (String, Value) {
        let (root, members) = to_json(document.as_bytes()).unwrap();
        (root, Value::Object(members))
    }

    fn document(root: &str, params: &Value) -> String {
        let mut out = Vec::new();
        from_json(root, ED3, params.as_object().unwrap(), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn an_event_is_an_object_with_the_names_of_the_schema() {
        let event = format!(
            "<DeliveredEvent xmlns=\"{ED3}\" xmlns:hf=\"urn:hookflash:csta:1\"><monitorCrossRefID>1</monitorCrossRefID>\
             <connection><callID>1</callID><deviceID>202</deviceID></connection>\
             <callingDevice><deviceIdentifier>201</deviceIdentifier></callingDevice>\
             <calledDevice><notKnown/></calledDevice><cause>newCall</cause><extensions><privateData><private>\
             <hf:Sequence replayed=\"true\">17</hf:Sequence></private></privateData></extensions></DeliveredEvent>"
        );
        let expected = json!({
            "monitorCrossRefID": "1", "connection": {"callID": "1", "deviceID": "202"}, "callingDevice": "201",
            "calledDevice": {"notKnown": true}, "cause": "newCall", "seq": 17, "replayed": true,
        });
        assert_eq!(parsed(&event), ("DeliveredEvent".to_owned(), expected));
    }

    #[test]
    fn what_was_lost_has_members() {
        let lost = MessagesLost {
            gap: Some(Gap { from: 3, to: 17 }),
            snapshots: vec![
                DeviceSnapshot {
                    device: "201".into(),
                    connections: vec![ConnectionSnapshot {
                        connection: ConnectionId::new("7", "201"),
                        state: LocalConnectionState::Hold,
                        endpoint: Some("<202>".into()),
                    }],
                },
                DeviceSnapshot { device: "203".into(), connections: Vec::new() },
            ],
        };
        let status = SystemStatus {
            sys_stat_register_id: None,
            system_status: SystemStatusValue::MessagesLost,
            lost: lost.clone(),
        };
        let mut document = Vec::new();
        let request = Message::Request(status.into());
        super::super::encode(Edition::Ed3, &request, &mut document);
        assert_eq!(super::super::decode(&document).unwrap().message, request);
        let (root, members) = to_json(&document).unwrap();
        let connection = json!({"callID": "7", "deviceID": "201", "localConnectionInfo": "hold", "endpointDevice": "<202>"});
        let snapshots = json!([
            {"device": "201", "connections": [connection]}, {"device": "203", "connections": []},
        ]);
        let expected =
            json!({"systemStatus": "messagesLost", "gap": {"from": 3, "to": 17}, "snapshots": snapshots});
        assert_eq!((root.as_str(), Value::Object(members)), ("SystemStatus", expected));
    }

    #[test]
    fn lists_are_arrays_whatever_their_length() {
        let item = "<connectionListItem><endpoint><deviceID>201</deviceID></endpoint></connectionListItem>";
        for (count, items) in [(0, String::new()), (1, item.to_owned()), (2, item.repeat(2))] {
            let (_, value) = parsed(&format!("<R xmlns=\"{ED3}\"><connections>{items}</connections></R>"));
            assert_eq!(value, json!({"connections": vec![json!({"endpoint": "201"}); count]}));
        }
    }

    #[test]
    fn a_document_of_our_own_may_be_long() {
        let item = "<snapshotDeviceResponseInfo><localCallState/></snapshotDeviceResponseInfo>";
        let (_, value) =
            parsed(&format!("<R xmlns=\"{ED3}\"><snapshotData>{}</snapshotData></R>", item.repeat(5000)));
        assert_eq!(value["snapshotData"].as_array().map(Vec::len), Some(5000));
    }

    #[test]
    fn numbers_and_booleans_are_native_on_output_and_either_on_input() {
        let (_, value) = parsed(&format!(
            "<R xmlns=\"{ED3}\"><ringCount>3</ringCount><activateForward>false</activateForward><callID>7</callID></R>"
        ));
        assert_eq!(value, json!({"ringCount": 3, "activateForward": false, "callID": "7"}));
        let native =
            document("R", &json!({"ringCount": 3.0, "activateForward": false, "callID": 7, "x": null}));
        assert_eq!(
            native,
            document("R", &json!({"ringCount": "3", "activateForward": "false", "callID": "7"}))
        );
    }

    #[test]
    fn nothing_in_a_string_is_markup() {
        let written = document("R", &json!({"device": "<x>&\"", "a b": 1, "list": ["1", "2"]}));
        assert_eq!(
            written,
            format!(
                "<R xmlns=\"{ED3}\"><device>&lt;x&gt;&amp;&quot;</device><list>1</list><list>2</list></R>"
            )
        );
        let control = json!({"device": "\u{1}"});
        let refused = from_json("R", ED3, control.as_object().unwrap(), &mut Vec::new());
        assert_eq!(refused, Err(JsonError::ControlCharacter("device".to_owned())));
    }
}
