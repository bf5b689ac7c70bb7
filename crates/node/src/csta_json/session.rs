//! Application sessions (ECMA-354) in JSON: flat parameters, and results without what only XML needs.

use hookflash_core::cti::SessionId;
use hookflash_wire::csta::Edition;
use serde_json::{Map, Value, json};

use super::{Credential, WebLogin};

/// The method that starts a session.
pub(super) const START: &str = "StartApplicationSession";
const STOP: &str = "StopApplicationSession";
const RESET: &str = "ResetApplicationSessionTimer";

/// Members of the login; all others of StartApplicationSession are members of the request.
const LOGIN: [&str; 6] =
    ["userName", "password", "token", "heartbeatInterval", "sessionCleanupDelay", "resume"];

/// The parameters of a method of ECMA-354 as its XML has them; `None` if it is none. What may be left out in JSON is
/// filled in: the session, and the user of the upgrade.
pub(super) fn params(
    method: &str,
    params: &Map<String, Value>,
    login: Option<&WebLogin>,
    session: Option<SessionId>,
) -> Option<Map<String, Value>> {
    match method {
        START => Some(start(params, login)),
        STOP => {
            Some(of_session(params, session, ("sessionEndReason", json!({"definedEndReason": "normal"}))))
        }
        RESET => Some(of_session(params, session, ("requestedSessionDuration", json!(60)))),
        _ => None,
    }
}

fn start(params: &Map<String, Value>, login: Option<&WebLogin>) -> Map<String, Value> {
    let mut own = Map::new();
    for name in LOGIN {
        own.extend(params.get(name).map(|value| (name.to_owned(), value.clone())));
    }
    let given = ["userName", "token"].iter().any(|name| own.contains_key(*name));
    if let Some(WebLogin { name, credential }) = login.filter(|_| !given) {
        own.insert("userName".to_owned(), name.as_str().into());
        let secret = match credential {
            Credential::Password(password) => Some(("password", password)),
            Credential::Token(token) => Some(("token", token)),
            Credential::Certificate => None,
        };
        own.extend(secret.map(|(member, secret)| (member.to_owned(), secret.expose().into())));
    }
    let application = params.get("applicationID").or(own.get("userName")).cloned();
    // Who resumes need not say again who it is.
    let resumes = own.contains_key("resume").then(|| "resume".into());
    let application = application.or(resumes).unwrap_or_default();
    let versions = params.get("requestedProtocolVersions").cloned();
    let duration = params.get("requestedSessionDuration").cloned().unwrap_or_default();
    let login = if own.is_empty() { json!({}) } else { json!({"Login": own}) };
    let start = json!({
        "applicationInfo": {"applicationID": application, "applicationSpecificInfo": login},
        "requestedProtocolVersions": versions.unwrap_or_else(|| json!([Edition::default().namespace()])),
        "requestedSessionDuration": duration,
    });
    match start {
        Value::Object(start) => start,
        _ => Map::new(),
    }
}

/// Parameters with the session of the connection, and with a member that has a default.
fn of_session(
    params: &Map<String, Value>,
    session: Option<SessionId>,
    (name, default): (&str, Value),
) -> Map<String, Value> {
    let session = session.map(|session| session.to_string()).unwrap_or_default();
    let mut all = Map::new();
    all.insert("sessionID".to_owned(), params.get("sessionID").cloned().unwrap_or_else(|| session.into()));
    all.insert(name.to_owned(), params.get(name).cloned().unwrap_or(default));
    all
}

/// The result of a request: for a new session, whether it goes on from an earlier one, too.
pub(super) fn result(root: &str, mut members: Map<String, Value>) -> Value {
    if root == "StartApplicationSessionPosResponse" {
        let resumed = members.shift_remove("Resumed").is_some();
        members.insert("resumed".to_owned(), resumed.into());
    }
    Value::Object(members)
}

/// The error object of a refusal: category `session`, and the word of the standard or of this server.
pub(super) fn refusal(members: &Map<String, Value>) -> Value {
    let code = members.get("errorCode").and_then(Value::as_object);
    let word = code.and_then(|code| code.values().next()).and_then(Value::as_str);
    super::error_object("session", word.unwrap_or("generic"))
}
