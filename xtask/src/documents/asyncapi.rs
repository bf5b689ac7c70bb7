//! AsyncAPI of CSTA in JSON over WebSocket, from the tables that read and write the messages.

use std::collections::{BTreeMap, BTreeSet};

use hookflash_node::csta::supported_services;
use hookflash_wire::csta::{EventBody, Member, Request, Response, json_schema};
use serde_json::{Map, Value, json};

/// What the server sends and that is no event: notifications, of which some are also services of applications.
const TOLD: [&str; 11] = [
    "SystemStatus",
    "SwitchingFunctionDevices",
    "SwFunctionCapsChanged",
    "SwFunctionDevicesChanged",
    "MonitorStop",
    "RouteRequest",
    "ReRoute",
    "RouteUsed",
    "RouteEnd",
    "RouteRegisterAbort",
    "SnapshotDeviceData",
];

/// Those of them that applications never send.
const TOLD_ALONE: [&str; 8] = [
    "SwitchingFunctionDevices",
    "SwFunctionCapsChanged",
    "SwFunctionDevicesChanged",
    "RouteRequest",
    "ReRoute",
    "RouteUsed",
    "RouteRegisterAbort",
    "SnapshotDeviceData",
];

/// The description, in JSON.
pub fn document() -> String {
    let mut description = Description::default();
    session(&mut description);
    services(&mut description);
    media(&mut description);
    events(&mut description);
    description.share();
    let Description { messages, schemas, operations } = description;
    let all: Map<String, Value> = messages
        .keys()
        .map(|name| (name.clone(), reference(&format!("components/messages/{name}"))))
        .collect();
    let document = json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "Hookflash: CSTA in JSON over WebSocket",
            "version": "1",
            "description": "JSON-RPC 2.0 in the subprotocol csta.json.v1. Methods, parameters, results and events have the names of \
                            ECMA-323. Members that are not described here are to be ignored.",
        },
        "defaultContentType": "application/json",
        "channels": {"csta": {
            "address": "/csta",
            "bindings": {"ws": {"method": "GET", "bindingVersion": "0.1.0"}},
            "messages": all,
        }},
        "operations": operations,
        "components": {"messages": messages, "schemas": schemas},
    });
    lines(&document)
}

/// The document with a line for each message, schema and operation.
fn lines(document: &Value) -> String {
    let mut text = String::new();
    write_lines(document, 0, &mut text);
    text + "\n"
}

/// How deep the parts of the document are that have a line of their own.
const DEPTH: usize = 3;

fn write_lines(value: &Value, depth: usize, text: &mut String) {
    let Value::Object(members) = value else { return text.push_str(&value.to_string()) };
    if depth == DEPTH {
        return text.push_str(&value.to_string());
    }
    let indent = " ".repeat(depth + 1);
    for (place, (name, member)) in members.iter().enumerate() {
        text.push_str(if place == 0 { "{\n" } else { ",\n" });
        text.push_str(&format!("{indent}{}: ", json!(name)));
        write_lines(member, depth + 1, text);
    }
    text.push_str(&format!("\n{}}}", " ".repeat(depth)));
}

#[derive(Default)]
struct Description {
    messages: Map<String, Value>,
    schemas: Map<String, Value>,
    operations: Map<String, Value>,
}

impl Description {
    /// A request of applications, with its result.
    fn service(&mut self, name: &str, params: Value, result: Value) {
        let answer = format!("{name}Response");
        self.message(name, "params", params, &json!({"id": {}}), &[]);
        self.message(&answer, "result", result, &json!({"id": {}}), &["id"]);
        let reply = [reference(&in_channel(&answer)), reference(&in_channel("Error"))];
        self.operations.insert(
            name.to_owned(),
            json!({
                "action": "receive", "channel": reference("channels/csta"),
                "messages": [reference(&in_channel(name))],
                "reply": {"channel": reference("channels/csta"), "messages": reply},
            }),
        );
    }

    /// A notification of the server.
    fn notification(&mut self, name: &str, params: Value) {
        if !self.messages.contains_key(name) {
            self.message(name, "params", params, &json!({}), &["params"]);
        }
        self.operations.insert(
            format!("{name}Notification"),
            json!({
                "action": "send", "channel": reference("channels/csta"),
                "messages": [reference(&in_channel(name))],
            }),
        );
    }

    fn message(&mut self, name: &str, body: &str, schema: Value, more: &Value, required: &[&str]) {
        self.schemas.insert(name.to_owned(), schema);
        let mut properties =
            json!({"jsonrpc": {"const": "2.0"}, body: reference(&format!("components/schemas/{name}"))});
        let mut required: Vec<&str> = ["jsonrpc"].into_iter().chain(required.iter().copied()).collect();
        if body == "params" {
            properties["method"] = json!({"const": name});
            required.push("method");
        } else {
            required.push(body);
        }
        if let (Value::Object(properties), Value::Object(more)) = (&mut properties, more) {
            properties.extend(more.clone());
        }
        let payload = json!({"type": "object", "properties": properties, "required": required});
        self.messages.insert(name.to_owned(), json!({"name": name, "payload": payload}));
    }
}

/// Schemas of this size and more, in characters, are written once.
const LARGE: usize = 120;

impl Description {
    /// Puts large schemas that several members have into components of their own.
    fn share(&mut self) {
        let mut counted = BTreeMap::new();
        self.schemas.values().for_each(|schema| count(schema, &mut counted));
        counted.retain(|_, times| *times > 1);
        let mut names = BTreeMap::new();
        let shared: BTreeSet<String> = counted.into_keys().collect();
        let mut schemas = std::mem::take(&mut self.schemas);
        schemas.values_mut().for_each(|schema| replace(schema, &shared, &mut names));
        for (text, name) in &names {
            // It was written here.
            let schema = serde_json::from_str(text).unwrap_or_default();
            schemas.insert(name.clone(), schema);
        }
        self.schemas = schemas;
    }
}

fn count(schema: &Value, counted: &mut BTreeMap<String, usize>) {
    for property in schema["properties"].as_object().into_iter().flat_map(Map::values) {
        let text = property.to_string();
        if text.len() >= LARGE {
            *counted.entry(text).or_default() += 1;
        }
        count(property, counted);
    }
}

fn replace(schema: &mut Value, shared: &BTreeSet<String>, names: &mut BTreeMap<String, String>) {
    for (member, property) in
        schema.get_mut("properties").and_then(Value::as_object_mut).into_iter().flatten()
    {
        let text = property.to_string();
        if !shared.contains(&text) {
            replace(property, shared, names);
            continue;
        }
        let fresh = || (1..).map(|n| if n == 1 { member.clone() } else { format!("{member}{n}") });
        if !names.contains_key(&text) {
            let taken: BTreeSet<&String> = names.values().collect();
            let Some(name) = fresh().find(|name| !taken.contains(name)) else { continue };
            names.insert(text.clone(), name);
        }
        *property =
            names.get(&text).map(|name| reference(&format!("components/schemas/{name}"))).unwrap_or_default();
    }
}

fn reference(place: &str) -> Value {
    json!({"$ref": format!("#/{place}")})
}

fn in_channel(message: &str) -> String {
    format!("channels/csta/messages/{message}")
}

fn text() -> Value {
    json!({"type": "string"})
}

fn object(properties: Value, required: &[&str]) -> Value {
    json!({"type": "object", "properties": properties, "required": required})
}

/// ECMA-354, and refusals.
fn session(description: &mut Description) {
    let resume = object(
        json!({"sessionID": text(), "token": text(), "lastSequence": {"type": "integer"}}),
        &["sessionID", "token"],
    );
    let seconds = json!({"type": "integer"});
    let start = json!({
        "applicationID": text(), "userName": text(), "password": text(), "requestedSessionDuration": seconds,
        "heartbeatInterval": seconds, "sessionCleanupDelay": seconds, "resume": resume,
    });
    let started = json!({
        "sessionID": text(), "token": text(), "actualProtocolVersion": text(), "actualSessionDuration": seconds,
        "resumed": {"type": "boolean"},
    });
    let required = ["sessionID", "token", "actualSessionDuration", "resumed"];
    description.service("StartApplicationSession", object(start, &[]), object(started, &required));
    let stop = json!({"sessionID": text()});
    description.service("StopApplicationSession", object(stop, &[]), object(json!({}), &[]));
    let reset = json!({"sessionID": text(), "requestedSessionDuration": seconds});
    let left = json!({"actualSessionDuration": seconds});
    description.service("ResetApplicationSessionTimer", object(reset, &[]), object(left, &[]));
    description.notification("ApplicationSessionTerminated", object(json!({}), &[]));
    let data = object(json!({"category": text(), "value": text(), "reason": text()}), &["category", "value"]);
    let error = json!({"code": {"type": "integer"}, "message": text(), "data": data});
    description.message("Error", "error", object(error, &["code", "message"]), &json!({"id": {}}), &[]);
}

/// The services of ECMA-269, and what the server tells with the same messages.
fn services(description: &mut Description) {
    let served: BTreeSet<&str> = supported_services().map(|service| service.root()).collect();
    let results: Vec<(&str, Vec<Member>)> = Response::shapes();
    for (name, members) in Request::shapes() {
        let result = results.iter().find(|(own, _)| own.strip_suffix("Response") == Some(name));
        let result = result.map_or_else(|| object(json!({}), &[]), |(_, members)| json_schema(members));
        if served.contains(name) && !TOLD_ALONE.contains(&name) && name != "Escape" {
            description.service(name, json_schema(&members), result);
        }
        if TOLD.contains(&name) {
            description.notification(name, json_schema(&members));
        }
    }
}

/// The services and events of this project for CTI ports and route points.
fn media(description: &mut Description) {
    let connection = object(json!({"callID": text(), "deviceID": text()}), &["callID", "deviceID"]);
    let codec = object(json!({"name": text(), "packetMs": {"type": "integer"}}), &["name"]);
    let open = json!({
        "device": text(), "media": {"enum": ["none", "static", "dynamic", "auto", "ws"]}, "rtp": text(), "profile": text(),
        "codecs": {"type": "array", "items": codec},
    });
    let nothing = || object(json!({}), &[]);
    description.service("DeviceOpen", object(open, &["device"]), nothing());
    description.service("DeviceClose", object(json!({"device": text()}), &["device"]), nothing());
    let address = json!({"connection": connection, "mediaRequestID": text(), "rtp": text()});
    description.service("SetMediaAddress", object(address, &["connection", "rtp"]), nothing());
    let keys = json!({
        "indicator": {"enum": [
            "encryptedKeysAvailable", "encryptedUserNotAuthorized", "encryptedKeysUnavailable", "notEncrypted",
        ]},
        "algorithm": text(), "transmitKey": text(), "transmitSalt": text(), "receiveKey": text(), "receiveSalt": text(),
    });
    let told = json!({"MediaKeys": object(keys, &["indicator"])});
    let asked = object(json!({"connection": connection}), &["connection"]);
    description.service("GetMediaKeys", asked, object(told, &["MediaKeys"]));
    for name in ["MediaRequested", "MediaStarted", "MediaStopped"] {
        let members = json!({
            "monitorCrossRefID": text(), "seq": {"type": "integer"}, "replayed": {"type": "boolean"}, "connection": connection,
            "mediaRequestID": text(), "codec": text(), "packetMs": {"type": "integer"}, "localRtp": text(),
            "remoteRtp": text(), "audio": text(),
        });
        description.notification(name, object(members, &["monitorCrossRefID", "seq", "connection"]));
    }
}

/// Events: numbered, and with the monitor that tells them.
fn events(description: &mut Description) {
    for (name, members) in EventBody::shapes() {
        if name == "PrivateEvent" {
            continue;
        }
        let mut schema = json_schema(&members);
        schema["properties"]["monitorCrossRefID"] = text();
        schema["properties"]["seq"] = json!({"type": "integer", "minimum": 1});
        schema["properties"]["replayed"] = json!({"type": "boolean"});
        schema["properties"]["names"] =
            object(json!({"calling": text(), "called": text(), "lastRedirection": text()}), &[]);
        schema["properties"]["reason"] = text();
        let required = schema["required"].as_array().cloned().unwrap_or_default();
        schema["required"] = [json!("monitorCrossRefID"), json!("seq")].into_iter().chain(required).collect();
        description.notification(name, schema);
    }
}
