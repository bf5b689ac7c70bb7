//! What a request asks for.

use hookflash_provision::http::Request;
use serde_json::{Map, Value, json};

use super::{MAX_BODY, problems::Problem, webhooks::Asked};

/// Where the interface for users begins.
const API: &str = "/api/v1/";

/// A page that needs no login.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Public {
    /// The description of the interface.
    OpenApi,
    /// The description of JSON over WebSocket.
    AsyncApi,
    /// Whether the process works.
    Health,
    /// Whether applications are served.
    Ready,
    /// Counters.
    Metrics,
}

/// What a request asks for.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Route<'a> {
    Public(Public),
    Devices,
    Device(&'a str),
    Calls,
    /// A stream of events.
    Events,
    Webhook(Asked<'a>),
    Service {
        /// The root element of the request.
        service: &'static str,
        /// The status of its success.
        status: u16,
        params: Map<String, Value>,
    },
}

/// Actions on a connection: the service, and the argument that names the connection.
const ACTIONS: [(&str, &str, &str); 11] = [
    ("accept", "AcceptCall", "callToBeAccepted"),
    ("answer", "AnswerCall", "callToBeAnswered"),
    ("hold", "HoldCall", "callToBeHeld"),
    ("retrieve", "RetrieveCall", "callToBeRetrieved"),
    ("clear", "ClearConnection", "connectionToBeCleared"),
    ("deflect", "DeflectCall", "callToBeDiverted"),
    ("park", "ParkCall", "parking"),
    ("transfer", "SingleStepTransferCall", "activeCall"),
    ("consult", "ConsultationCall", "existingCall"),
    ("join", "JoinCall", "activeCall"),
    ("digits", "GenerateDigits", "connectionToSendDigits"),
];

/// Members that the body of an action must have.
const NEEDED: [(&str, &str); 5] = [
    ("deflect", "newDestination"),
    ("transfer", "transferredTo"),
    ("consult", "consultedDevice"),
    ("join", "joiningDevice"),
    ("digits", "charactersToSend"),
];

const PUBLIC: [(&str, Public); 5] = [
    ("/openapi.json", Public::OpenApi),
    ("/asyncapi.json", Public::AsyncApi),
    ("/healthz", Public::Health),
    ("/readyz", Public::Ready),
    ("/metrics", Public::Metrics),
];

/// Whether a path is one of this interface.
pub(crate) fn is_for(path: &str) -> bool {
    path.starts_with("/api/") || PUBLIC.iter().any(|(page, _)| *page == path)
}

/// What a request asks for.
pub(super) fn route<'a>(request: &'a Request<'_>) -> Result<Route<'a>, Problem> {
    let path = request.path();
    if let Some((_, page)) = PUBLIC.iter().find(|(own, _)| *own == path) {
        return only("GET", request).map(|()| Route::Public(*page));
    }
    let rest = path.strip_prefix(API).ok_or_else(Problem::no_resource)?;
    let parts: Vec<&str> = rest.split('/').collect();
    match (request.method, parts.as_slice()) {
        ("GET", ["devices"]) => Ok(Route::Devices),
        ("GET", ["devices", number]) => Ok(Route::Device(number)),
        ("GET", ["calls"]) => Ok(Route::Calls),
        ("POST", ["calls"]) => make_call(request),
        ("POST", ["calls", call, "connections", device, action]) => act(request, call, device, action),
        ("GET", ["events"]) => Ok(Route::Events),
        (method, ["webhooks", rest @ ..]) => webhook(method, rest).map(Route::Webhook),
        (_, ["events"]) => Err(Problem::method_not_allowed("GET")),
        (_, ["devices"] | ["devices", _]) => Err(Problem::method_not_allowed("GET")),
        (_, ["calls"]) => Err(Problem::method_not_allowed("GET, POST")),
        (_, ["calls", _, "connections", _, _]) => Err(Problem::method_not_allowed("POST")),
        _ => Err(Problem::no_resource()),
    }
}

fn webhook<'a>(method: &str, path: &[&'a str]) -> Result<Asked<'a>, Problem> {
    match (method, path) {
        ("GET", []) => Ok(Asked::List),
        ("POST", []) => Ok(Asked::Create),
        ("GET", [id]) => Ok(Asked::Show(id)),
        ("DELETE", [id]) => Ok(Asked::Delete(id)),
        ("GET", [id, "deliveries"]) => Ok(Asked::Deliveries(id)),
        ("POST", [id, "deliveries", delivery, "resend"]) => Ok(Asked::Resend(id, delivery)),
        (_, []) => Err(Problem::method_not_allowed("GET, POST")),
        (_, [_]) => Err(Problem::method_not_allowed("GET, DELETE")),
        (_, [_, "deliveries"]) => Err(Problem::method_not_allowed("GET")),
        (_, [_, "deliveries", _, "resend"]) => Err(Problem::method_not_allowed("POST")),
        _ => Err(Problem::no_resource()),
    }
}

fn only(method: &'static str, request: &Request<'_>) -> Result<(), Problem> {
    if request.method == method { Ok(()) } else { Err(Problem::method_not_allowed(method)) }
}

/// MakeCall with the members of the body; the phone is not prompted unless the body says so.
fn make_call<'a>(request: &Request<'_>) -> Result<Route<'a>, Problem> {
    let mut params = body(request)?;
    need(&params, "callingDevice")?;
    need(&params, "calledDirectoryNumber")?;
    params.entry("autoOriginate").or_insert_with(|| "doNotPrompt".into());
    Ok(Route::Service { service: "MakeCall", status: 201, params })
}

fn act<'a>(request: &Request<'_>, call: &str, device: &str, action: &str) -> Result<Route<'a>, Problem> {
    let known = ACTIONS.iter().find(|(name, ..)| *name == action);
    let (_, service, argument) = known.ok_or_else(Problem::no_resource)?;
    let mut params = body(request)?;
    NEEDED.iter().filter(|(own, _)| *own == action).try_for_each(|(_, member)| need(&params, member))?;
    params.insert((*argument).to_owned(), json!({"callID": call, "deviceID": device}));
    Ok(Route::Service { service, status: 200, params })
}

/// The object in the body; an empty body is an empty object.
pub(super) fn body(request: &Request<'_>) -> Result<Map<String, Value>, Problem> {
    if request.body.len() > MAX_BODY {
        return Err(Problem::malformed("the body is too large"));
    }
    if request.body.trim_ascii().is_empty() {
        return Ok(Map::new());
    }
    match serde_json::from_slice(request.body) {
        Ok(Value::Object(members)) => Ok(members),
        Ok(_) => Err(Problem::malformed("the body must be an object")),
        Err(error) => Err(Problem::malformed(&format!("the body is no JSON: {error}"))),
    }
}

/// Fails unless a member is there and not empty; whether its value is possible is for the service to say.
pub(super) fn need(params: &Map<String, Value>, name: &str) -> Result<(), Problem> {
    match params.get(name) {
        None | Some(Value::Null) => Err(Problem::missing(name)),
        Some(Value::String(text)) if text.trim().is_empty() => Err(Problem::missing(name)),
        Some(_) => Ok(()),
    }
}
