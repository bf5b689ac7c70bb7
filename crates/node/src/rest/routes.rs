//! What a request asks for.

use std::borrow::Cow;

use hookflash_provision::http::Request;
use hookflash_wire::csta::{self as wire, Service};
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};

use super::{MAX_BODY, problems::Problem, webhooks::Asked};
use crate::csta;

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
    Device(Cow<'a, str>),
    Calls,
    Call(Cow<'a, str>),
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

/// An action on a connection: its name in the path, the service, and the argument that names the connection.
pub(super) const ACTIONS: [(&str, &str, &str); 27] = [
    ("accept", "AcceptCall", "callToBeAccepted"),
    ("answer", "AnswerCall", "callToBeAnswered"),
    ("hold", "HoldCall", "callToBeHeld"),
    ("retrieve", "RetrieveCall", "callToBeRetrieved"),
    ("clear", "ClearConnection", "connectionToBeCleared"),
    ("deflect", "DeflectCall", "callToBeDiverted"),
    ("park", "ParkCall", "parking"),
    ("pickup", "DirectedPickupCall", "callToBePickedUp"),
    ("transfer", "SingleStepTransferCall", "activeCall"),
    ("consult", "ConsultationCall", "existingCall"),
    ("complete-transfer", "TransferCall", "activeCall"),
    ("conference", "ConferenceCall", "activeCall"),
    ("alternate", "AlternateCall", "activeCall"),
    ("reconnect", "ReconnectCall", "activeCall"),
    ("join", "JoinCall", "activeCall"),
    ("add", "SingleStepConferenceCall", "activeCall"),
    ("callback", "CallBack", "callbackConnection"),
    ("dial", "DialDigits", "diallingConnection"),
    ("digits", "GenerateDigits", "connectionToSendDigits"),
    ("data", "AssociateData", "existingCall"),
    ("tone", "GenerateTelephonyTones", "connectionToSendTone"),
    ("cancel-tone", "CancelTelephonyTones", "connectionToStopTone"),
    ("play", "PlayMessage", "overConnection"),
    ("record", "RecordMessage", "callToBeRecorded"),
    ("stop", "Stop", "connection"),
    ("suspend", "Suspend", "connection"),
    ("resume", "Resume", "connection"),
];

/// Settings of devices: their name in the path, the services that read and change them.
pub(super) const SETTINGS: [(&str, &str, &str); 7] = [
    ("forwarding", "GetForwarding", "SetForwarding"),
    ("doNotDisturb", "GetDoNotDisturb", "SetDoNotDisturb"),
    ("messageWaiting", "GetMessageWaitingIndicator", "SetMessageWaitingIndicator"),
    ("autoAnswer", "GetAutoAnswer", "SetAutoAnswer"),
    ("microphoneMute", "GetMicrophoneMute", "SetMicrophoneMute"),
    ("hookswitch", "GetHookswitchStatus", "SetHookswitchStatus"),
    ("routeingMode", "GetRouteingMode", "SetRouteingMode"),
];

/// Services that mean nothing in a single request: the session of REST watches all there is, and nobody answers what the server asks.
const NOT_HERE: [Service; 23] = [
    Service::Escape,
    Service::MonitorStart,
    Service::MonitorStop,
    Service::ChangeMonitorFilter,
    Service::GetMonitors,
    Service::SystemRegister,
    Service::SystemRegisterCancel,
    Service::SystemRegisterAbort,
    Service::SystemStatus,
    Service::SwFunctionCapsChanged,
    Service::SwFunctionDevicesChanged,
    Service::GetSwitchingFunctionDevices,
    Service::SwitchingFunctionDevices,
    Service::SnapshotDeviceData,
    Service::RouteRegister,
    Service::RouteRegisterCancel,
    Service::RouteRegisterAbort,
    Service::RouteRequest,
    Service::ReRoute,
    Service::RouteSelect,
    Service::RouteReject,
    Service::RouteUsed,
    Service::RouteEnd,
];

/// The services that can be asked for by their names.
pub(super) fn by_name() -> impl Iterator<Item = &'static str> {
    csta::supported_services().filter(|service| !NOT_HERE.contains(service)).map(Service::root)
}

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

/// Whether who asks has to log in.
pub(super) fn needs_login(path: &str) -> bool {
    path.starts_with(API)
}

/// What a request asks for.
pub(super) fn route<'a>(request: &'a Request<'_>) -> Result<Route<'a>, Problem> {
    let path = request.path();
    // What there is can be asked for without its content; hyper leaves that out.
    let method = if request.method == "HEAD" && !path.ends_with("/events") { "GET" } else { request.method };
    if let Some((_, page)) = PUBLIC.iter().find(|(own, _)| *own == path) {
        return only("GET", method).map(|()| Route::Public(*page));
    }
    let rest = path.strip_prefix(API).ok_or_else(Problem::no_resource)?;
    let parts: Vec<&str> = rest.split('/').collect();
    match (method, parts.as_slice()) {
        ("GET", ["devices"]) => Ok(Route::Devices),
        ("GET", ["devices", number]) => decoded(number).map(Route::Device),
        (method, ["devices", number, setting]) => device_setting(request, method, &decoded(number)?, setting),
        ("GET", ["calls"]) => Ok(Route::Calls),
        ("POST", ["calls"]) => make_call(request),
        ("GET", ["calls", call]) => decoded(call).map(Route::Call),
        ("POST", ["calls", call, "clear"]) => clear_call(request, &decoded(call)?),
        ("POST", ["calls", call, "connections", device, action]) => {
            act(request, &decoded(call)?, &decoded(device)?, action)
        }
        ("POST", ["services", service]) => by_its_name(request, service),
        ("DELETE", ["messages", name]) => delete_message(&decoded(name)?),
        ("GET", ["events"]) => Ok(Route::Events),
        (method, ["webhooks", rest @ ..]) => webhook(method, rest).map(Route::Webhook),
        (_, ["events"]) => Err(Problem::method_not_allowed("GET")),
        (_, ["devices"] | ["devices", _] | ["calls", _]) => Err(Problem::method_not_allowed("GET")),
        (_, ["calls"]) => Err(Problem::method_not_allowed("GET, POST")),
        (_, ["calls", _, "connections", _, _] | ["calls", _, "clear"] | ["services", _]) => {
            Err(Problem::method_not_allowed("POST"))
        }
        (_, ["messages", _]) => Err(Problem::method_not_allowed("DELETE")),
        _ => Err(Problem::no_resource()),
    }
}

/// A part of a path, its percent signs resolved.
fn decoded(part: &str) -> Result<Cow<'_, str>, Problem> {
    percent_decode_str(part).decode_utf8().map_err(|_| Problem::malformed("the path is no UTF-8"))
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

fn only(method: &'static str, asked: &str) -> Result<(), Problem> {
    if asked == method { Ok(()) } else { Err(Problem::method_not_allowed(method)) }
}

/// MakeCall with the members of the body; the phone is not prompted unless the body says so.
fn make_call<'a>(request: &Request<'_>) -> Result<Route<'a>, Problem> {
    let mut params = body(request)?;
    params.entry("autoOriginate").or_insert_with(|| "doNotPrompt".into());
    service("MakeCall", 201, params)
}

fn act<'a>(request: &Request<'_>, call: &str, device: &str, action: &str) -> Result<Route<'a>, Problem> {
    let known = ACTIONS.iter().find(|(name, ..)| *name == action);
    let (_, name, argument) = known.ok_or_else(Problem::no_resource)?;
    let mut params = body(request)?;
    params.insert((*argument).to_owned(), json!({"callID": call, "deviceID": device}));
    service(name, 200, params)
}

fn clear_call<'a>(request: &Request<'_>, call: &str) -> Result<Route<'a>, Problem> {
    let mut params = body(request)?;
    params.insert("callToBeCleared".to_owned(), json!({"callID": call}));
    service("ClearCall", 200, params)
}

fn device_setting<'a>(
    request: &Request<'_>,
    method: &str,
    device: &str,
    setting: &str,
) -> Result<Route<'a>, Problem> {
    let known = SETTINGS.iter().find(|(name, ..)| *name == setting);
    let (_, get, set) = known.ok_or_else(Problem::no_resource)?;
    let (name, mut params) = match method {
        "GET" => (get, Map::new()),
        "PUT" | "POST" => (set, body(request)?),
        _ => return Err(Problem::method_not_allowed("GET, PUT")),
    };
    params.insert("device".to_owned(), device.into());
    service(name, 200, params)
}

fn by_its_name<'a>(request: &Request<'_>, name: &str) -> Result<Route<'a>, Problem> {
    let known = by_name().find(|own| *own == name).ok_or_else(Problem::no_resource)?;
    service(known, 200, body(request)?)
}

fn delete_message<'a>(name: &str) -> Result<Route<'a>, Problem> {
    let mut params = Map::new();
    params.insert("messageToBeDeleted".to_owned(), name.into());
    service("DeleteMessage", 200, params)
}

/// A service, if its members are there and of their kinds.
fn service<'a>(name: &'static str, status: u16, params: Map<String, Value>) -> Result<Route<'a>, Problem> {
    let members = wire::Request::members(name).unwrap_or_default();
    members.iter().filter(|member| !member.optional).try_for_each(|member| need(&params, member.name))?;
    match wire::misfit(&members, &params) {
        Some(misfit) => Err(Problem::misfit(&misfit)),
        None => Ok(Route::Service { service: name, status, params }),
    }
}

/// The object in the body; an empty body is an empty object.
pub(super) fn body(request: &Request<'_>) -> Result<Map<String, Value>, Problem> {
    if request.body.len() > MAX_BODY {
        return Err(Problem::too_large(MAX_BODY));
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
