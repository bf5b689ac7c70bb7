//! CSTA in JSON over WebSocket: the messages of [`csta_tcp`](crate::csta_tcp), as JSON-RPC 2.0.
//!
//! ```text
//!  {"jsonrpc":"2.0","id":1,"method":"MakeCall","params":{..}} ──► MakeCall ──► {"jsonrpc":"2.0","id":1,"result":{..}}
//!                                                                  │
//!  {"jsonrpc":"2.0","method":"DeliveredEvent","params":{"seq":17,..}} ◄──── events
//! ```
//!
//! A link of this kind is a connection of [`CstaTcp`](crate::csta_tcp::CstaTcp): sessions, their timers and every limit are
//! those of that module. Only the form differs: one JSON text in each WebSocket message instead of XML in frames.
//! `Rpc` is what a connection keeps for it.
//!
//! * Methods are the root elements of the services of ECMA-323, and StartApplicationSession, StopApplicationSession and
//!   ResetApplicationSessionTimer of ECMA-354. Parameters, results and events have the names of the elements; see
//!   [`to_json`](hookflash_wire::csta::to_json).
//! * Everything that the server sends and that is no response is a notification.
//! * Events are numbered in each session, from 1 and without gaps (`seq`). Those that are sent again to an application that
//!   has come back are marked (`replayed`).
//!
//! # Errors
//!
//! | code | when |
//! | --- | --- |
//! | -32700 | the message is no JSON |
//! | -32600 | the message is no request of JSON-RPC 2.0; batches are none either |
//! | -32601 | no service has this name |
//! | -32602 | `params` is no object, or XML cannot carry it |
//! | -32000 | CSTA refuses the request: `message` is the value of the error, `data` has `category` and `value`, and a `reason` where there is more to say |
//!
//! # Input and output
//!
//! The driver does what is specific to WebSocket. [`Input::WebSocket`](crate::Input::WebSocket) asks for a link, and is
//! answered with status 101 or a refusal. After that [`Input::Received`](crate::Input::Received) has one whole
//! message, and [`Output::Send`](crate::Output::Send) has whole messages, each followed by a line feed, which no message
//! contains.

mod admission;
mod session;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use hookflash_core::cti::SessionId;
use hookflash_wire::csta::{self, CstaError, Edition, InvokeId, JsonError, Sequence, Service};
use serde_json::{Map, Value, json};

pub(crate) use admission::{Credential, REALM, WebLogin, refused};

/// The subprotocol of WebSocket.
pub const SUBPROTOCOL: &str = "csta.json.v1";

/// The largest message, in bytes.
pub const MAX_MESSAGE: usize = csta::MAX_MESSAGE_SIZE;

/// Requests of one application that are not answered.
const MAX_ASKED: usize = 256;

/// Namespace of ECMA-354.
const SESSION_NAMESPACE: &str = "http://www.ecma-international.org/standards/ecma-354/appl_session";

/// Methods of this project, which are requests of the service Escape.
const PRIVATE: [&str; 4] = ["DeviceOpen", "DeviceClose", "SetMediaAddress", "GetMediaKeys"];

/// The code of an error of CSTA.
const CSTA_CODE: i64 = -32000;

/// What a connection keeps in order to speak JSON-RPC.
#[derive(Debug, Default)]
pub(crate) struct Rpc {
    /// Requests that are not answered; those without an `id` are not to be.
    asked: BTreeMap<InvokeId, Option<Value>>,
    last: Option<InvokeId>,
    /// Who has logged in with the upgrade.
    login: Option<WebLogin>,
}

/// A request, as the carrier understands it.
#[derive(Debug)]
pub(crate) struct Call {
    /// The number under which [`Rpc::written`] expects the response.
    pub(crate) invoke: InvokeId,
    /// The XML of the request.
    pub(crate) document: Vec<u8>,
    /// Whether it is a message of ECMA-354.
    pub(crate) of_session: bool,
}

/// Why a message is no request that can be passed on.
struct Fault {
    id: Option<Value>,
    code: i64,
    message: String,
}

impl Rpc {
    /// A connection; `login` is what came with the upgrade.
    pub(crate) fn new(login: Option<WebLogin>) -> Rpc {
        Rpc { login, ..Rpc::default() }
    }

    /// Reads a message: a request, nothing if it needs no answer, or the text of the answer.
    pub(crate) fn read(
        &mut self,
        message: &[u8],
        session: Option<SessionId>,
    ) -> Result<Option<Call>, Option<String>> {
        self.request(message, session).map_err(|fault| fault.answer())
    }

    fn request(&mut self, message: &[u8], session: Option<SessionId>) -> Result<Option<Call>, Fault> {
        let parsed = serde_json::from_slice(message)
            .map_err(|error| Fault::of_message(-32700, format!("Parse error: {error}")))?;
        let members = match parsed {
            Value::Object(members) => members,
            Value::Array(_) => return Err(invalid("batches are not served")),
            _ => return Err(invalid("a request is an object")),
        };
        if !members.contains_key("method")
            && (members.contains_key("result") || members.contains_key("error"))
        {
            return Ok(None);
        }
        let id = id_of(&members)?;
        let failed = |code: i64, message: String| Fault { id: id.clone(), code, message };
        if members.get("jsonrpc").and_then(Value::as_str) != Some("2.0") {
            return Err(Fault {
                id: Some(id.clone().unwrap_or(Value::Null)),
                ..invalid("\"jsonrpc\" must be \"2.0\"")
            });
        }
        let method = members.get("method").and_then(Value::as_str).ok_or_else(|| Fault {
            id: Some(id.clone().unwrap_or(Value::Null)),
            ..invalid("\"method\" must be a string")
        })?;
        let empty = Map::new();
        let params = match members.get("params") {
            None | Some(Value::Null) => &empty,
            Some(Value::Object(params)) => params,
            Some(_) => {
                let message = "Invalid params: \"params\" must be an object with the names of ECMA-323";
                return Err(failed(-32602, message.to_owned()));
            }
        };
        let written = self.document(method, params, session);
        let (document, of_session) = match written {
            None => return Err(failed(-32601, format!("Method not found: {}", shown(method)))),
            Some(Err(error)) => return Err(failed(-32602, format!("Invalid params: {error}"))),
            Some(Ok(document)) => document,
        };
        let invoke =
            self.ask(id.clone()).ok_or_else(|| failed(-32000, "outstandingReqLimitExceeded".to_owned()))?;
        Ok(Some(Call { invoke, document, of_session }))
    }

    /// The XML of a request, and whether it is one of ECMA-354; `None` if there is no such method.
    fn document(
        &self,
        method: &str,
        params: &Map<String, Value>,
        session: Option<SessionId>,
    ) -> Option<Result<(Vec<u8>, bool), JsonError>> {
        let mut out = Vec::with_capacity(512);
        let of_session = session::params(method, params, self.login.as_ref(), session);
        let written = match &of_session {
            Some(params) => csta::from_json(method, SESSION_NAMESPACE, params, &mut out),
            None if PRIVATE.contains(&method) => {
                let mut private = Map::new();
                private.insert(method.to_owned(), Value::Object(params.clone()));
                let params = json!({"privateData": {"private": private}});
                let params = params.as_object().unwrap_or(&private);
                csta::from_json("Escape", Edition::default().namespace(), params, &mut out)
            }
            None => {
                Service::from_root(method)?;
                csta::from_json(method, Edition::default().namespace(), params, &mut out)
            }
        };
        Some(written.map(|()| (out, of_session.is_some())))
    }

    /// The document that starts a session for the user of the upgrade; `None` if there is none.
    pub(crate) fn implicit_start(&self) -> Option<Vec<u8>> {
        self.login.as_ref()?;
        self.document(session::START, &Map::new(), None)?.ok().map(|(document, _)| document)
    }

    fn ask(&mut self, id: Option<Value>) -> Option<InvokeId> {
        if self.asked.len() >= MAX_ASKED {
            return None;
        }
        let mut invoke = self.last.map_or(InvokeId::FIRST, InvokeId::next);
        while self.asked.contains_key(&invoke) {
            invoke = invoke.next();
        }
        self.last = Some(invoke);
        self.asked.insert(invoke, id);
        Some(invoke)
    }

    /// The answer to a request whose parameters cannot be read as a whole.
    pub(crate) fn unreadable(&mut self, invoke: InvokeId, why: &str) -> Option<String> {
        let id = self.asked.remove(&invoke)?;
        Fault { id, code: -32602, message: format!("Invalid params: {why}") }.answer()
    }

    /// The text of a message for the application; `None` if there is nothing to send.
    pub(crate) fn written(&mut self, invoke: InvokeId, document: &[u8]) -> Option<String> {
        let (root, members) = csta::to_json(document).ok()?;
        let message = match root.as_str() {
            CSTA_ERROR => {
                let id = self.asked.remove(&invoke)??;
                json!({"jsonrpc": "2.0", "id": id, "error": csta_error(document)})
            }
            refusal if refusal.ends_with("NegResponse") => {
                let id = self.asked.remove(&invoke)??;
                json!({"jsonrpc": "2.0", "id": id, "error": session::refusal(&members)})
            }
            response if response.ends_with("Response") => {
                let id = self.asked.remove(&invoke)??;
                json!({"jsonrpc": "2.0", "id": id, "result": session::result(response, members)})
            }
            _ => json!({"jsonrpc": "2.0", "method": root, "params": members}),
        };
        Some(message.to_string())
    }

    /// The answer to a request that has no response in XML; `error` is empty if it was carried out.
    pub(crate) fn acknowledged(&mut self, invoke: InvokeId, error: &[u8]) -> Option<String> {
        let id = self.asked.remove(&invoke)??;
        let answer = match error.is_empty() {
            true => json!({"jsonrpc": "2.0", "id": id, "result": {}}),
            false => json!({"jsonrpc": "2.0", "id": id, "error": csta_error(error)}),
        };
        Some(answer.to_string())
    }

    /// The text of an event.
    pub(crate) fn event(&self, place: Sequence, document: &[u8]) -> Option<String> {
        let (root, params) = event(place, document)?;
        Some(json!({"jsonrpc": "2.0", "method": root, "params": params}).to_string())
    }
}

/// The name and the members of an event, its number after the cross reference.
pub(crate) fn event(place: Sequence, document: &[u8]) -> Option<(String, Map<String, Value>)> {
    let (root, mut members) = csta::to_json(document).ok()?;
    let mut numbered = Map::new();
    if let Some(reference) = members.shift_remove("monitorCrossRefID") {
        numbered.insert("monitorCrossRefID".to_owned(), reference);
    }
    numbered.insert("seq".to_owned(), place.number.into());
    if place.replayed {
        numbered.insert("replayed".to_owned(), true.into());
    }
    members.retain(|name, _| name != "seq" && name != "replayed");
    numbered.extend(members);
    Some((root, numbered))
}

/// The root element of an error of CSTA.
const CSTA_ERROR: &str = "CSTAErrorCode";

/// An error of CSTA as an error object.
fn csta_error(document: &[u8]) -> Value {
    let error = match csta::decode(document) {
        Ok(csta::Decoded { message: csta::Message::Error(error), .. }) => error,
        _ => CstaError::Unspecified,
    };
    let mut object = error_object(error.category(), error.value());
    if let (Some(reason), Some(data)) = (csta::reason_in(document), object.get_mut("data")) {
        data.as_object_mut()
            .into_iter()
            .for_each(|data| drop(data.insert("reason".to_owned(), reason.into())));
    }
    object
}

/// The error object of a refusal.
fn error_object(category: &str, value: &str) -> Value {
    let message = if value.is_empty() { category } else { value };
    json!({"code": CSTA_CODE, "message": message, "data": {"category": category, "value": value}})
}

fn invalid(message: &str) -> Fault {
    Fault::of_message(-32600, format!("Invalid Request: {message}"))
}

impl Fault {
    /// Of a message whose `id` is not known.
    fn of_message(code: i64, message: String) -> Fault {
        Fault { id: Some(Value::Null), code, message }
    }

    /// The answer; `None` to a notification.
    fn answer(self) -> Option<String> {
        let Fault { id, code, message } = self;
        let mut error = json!({"code": code, "message": message});
        if code == CSTA_CODE {
            error = error_object("subscribedResourceAvailability", &message);
        }
        Some(json!({"jsonrpc": "2.0", "id": id?, "error": error}).to_string())
    }
}

/// The `id` of a request; `None` if it is a notification.
fn id_of(members: &Map<String, Value>) -> Result<Option<Value>, Fault> {
    match members.get("id") {
        None => Ok(None),
        Some(id @ (Value::String(_) | Value::Number(_) | Value::Null)) => Ok(Some(id.clone())),
        Some(_) => Err(invalid("\"id\" must be a string or a number")),
    }
}

/// The beginning of a name that came from outside.
fn shown(name: &str) -> String {
    name.chars().take(64).collect()
}
