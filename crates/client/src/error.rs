//! Why something did not succeed.

use hookflash_wire::csta::CstaError;
use serde_json::Value;

use crate::typed;

/// Why a request did not succeed, or why there is no session.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The server refuses the request, or the session (category `session`).
    #[error("{0}")]
    Refused(Refusal),
    /// The connection broke, or no answer came, before the request was answered: it is not known whether it was carried out.
    #[error("the connection was lost before an answer came: {0}")]
    ConnectionLost(String),
    /// The server cannot be reached, or is none.
    #[error("{0} cannot be reached: {1}")]
    Unreachable(String, String),
    /// The address is none of `http`, `https`, `ws` or `wss` with a host.
    #[error("{0:?} is no address of a server")]
    Address(String),
    /// The result is none of the service that was asked for.
    #[error("the server answered with something else than the result of {0}")]
    Result(String),
}

/// What the server says when it refuses a request.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refusal {
    /// The code of JSON-RPC: -32000 for errors of CSTA.
    pub code: i64,
    /// The value of the error, or what is wrong with the message.
    pub message: String,
    /// The category of CSTA, such as `operation`, or `session`; empty where there is none.
    pub category: String,
    /// The value in that category, such as `invalidDeviceID`; empty where there is none.
    pub value: String,
    /// What the word of the standard does not say.
    pub reason: Option<String>,
}

impl Refusal {
    pub(crate) fn of(error: &Value) -> Refusal {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let data = &error["data"];
        Refusal {
            code: error["code"].as_i64().unwrap_or_default(),
            message: text(&error["message"]),
            category: text(&data["category"]),
            value: text(&data["value"]),
            reason: data["reason"].as_str().map(str::to_owned),
        }
    }
}

impl Refusal {
    /// The error of CSTA that it is; `None` for any other refusal.
    pub fn csta(&self) -> Option<CstaError> {
        typed::error(&self.category, &self.value)
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.category.is_empty() {
            true => write!(f, "{}", self.message)?,
            false => write!(f, "{} {}", self.category, self.value)?,
        }
        self.reason.iter().try_for_each(|reason| write!(f, " ({reason})"))
    }
}
