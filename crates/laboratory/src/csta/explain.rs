//! Refusals in words: what the server did not like, and where to look.

use std::net::SocketAddr;

use hookflash_sim::{
    application::{End, Failure},
    transcript::short_name,
};
use hookflash_wire::{
    csta::{
        CstaError, DeviceId, OperationError, StateIncompatibility, SystemResourceAvailability as Resources,
    },
    sip::StatusCode,
};

/// Why a session was refused. `line` is the line that it was asked for.
pub fn refused_session(status: StatusCode, line: &str) -> String {
    let line = short_name(&DeviceId::from(line));
    let reason = match status {
        StatusCode::FORBIDDEN => format!("line {line} has no \"cti watch\""),
        StatusCode::NOT_FOUND => format!("there is no line {line}"),
        StatusCode::UNAUTHORIZED => "the server wants a password".to_owned(),
        StatusCode::TEMPORARILY_UNAVAILABLE => {
            "the server takes no applications: its configuration has no \"no cti shutdown\"".to_owned()
        }
        StatusCode::SERVICE_UNAVAILABLE => {
            "the server takes no more sessions: it has too many, or it is ending".to_owned()
        }
        other => other.reason().to_owned(),
    };
    format!("{status}: {reason}")
}

/// Why there is no session over TCP, where there are no statuses and no lines.
pub fn refused_start(status: StatusCode) -> String {
    match status {
        StatusCode::UNAUTHORIZED => {
            "the server wants the name and password of a user: --user NAME --password PASSWORD".to_owned()
        }
        StatusCode::FORBIDDEN => {
            "the user may have no session here: it needs the group Standard CTI Enabled, or TLS".to_owned()
        }
        StatusCode::SERVICE_UNAVAILABLE => {
            "the server takes no more sessions: it has too many, or it is ending".to_owned()
        }
        other => other.reason().to_owned(),
    }
}

/// Why a service was not carried out.
pub fn failure(failure: &Failure, line: &str) -> String {
    match failure {
        Failure::Csta(error) => match hint(error, &short_name(&DeviceId::from(line))) {
            Some(hint) => format!("{error}: {hint}"),
            None => error.to_string(),
        },
        other => other.to_string(),
    }
}

fn hint(error: &CstaError, line: &str) -> Option<String> {
    Some(match error {
        CstaError::Operation(operation) => match operation {
            OperationError::PrivilegeViolationSpecifiedDevice
            | OperationError::PrivilegeViolationCallingDevice => {
                format!("line {line} has no \"cti watch\", or this user may not control it")
            }
            OperationError::InvalidDeviceId | OperationError::InvalidCallingDeviceId => {
                format!("there is no line {line}")
            }
            OperationError::InvalidCalledDeviceId | OperationError::InvalidDestinationDeviceId => {
                "there is no such number to call".to_owned()
            }
            OperationError::InvalidConnectionId => format!("line {line} has no such call"),
            OperationError::ServiceNotSupported => "the server does not have this service".to_owned(),
            OperationError::InvalidForwardingDestination => {
                "calls cannot be forwarded to that number".to_owned()
            }
            _ => return None,
        },
        CstaError::StateIncompatibility(state) => match state {
            StateIncompatibility::InvalidConnectionState => {
                format!("the call of line {line} is not in a state for that")
            }
            StateIncompatibility::NoCallToAnswer => format!("no call rings at line {line}"),
            StateIncompatibility::NoActiveCall => format!("line {line} has no active call"),
            StateIncompatibility::NoHeldCall => format!("line {line} has no held call"),
            StateIncompatibility::NoConnectionToClear | StateIncompatibility::NoCallToClear => {
                format!("line {line} has no call to end")
            }
            _ => return None,
        },
        CstaError::SystemResourceAvailability(resource) => match resource {
            Resources::DeviceOutOfService | Resources::CallingDeviceOutOfService => {
                format!("no phone is registered for line {line}")
            }
            Resources::ResourceBusy => format!("line {line} has no free channel"),
            _ => return None,
        },
        _ => return None,
    })
}

/// Why there is no session (any more).
pub fn ended(end: End) -> String {
    let how = match end {
        End::ByServer => "the server ended it",
        End::ByApplication => "it was ended here",
        End::Forgotten => "the server does not answer, or does not know it any more",
        End::LinkLost => "the connection to the server is lost",
    };
    format!("the session is over: {how}")
}

/// That nothing answers at an address, and why.
pub fn unreachable(server: SocketAddr, error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::ConnectionRefused => {
            format!("nobody listens at {server}: is `hookflash serve` running there?")
        }
        _ => format!("cannot reach {server}: {error}"),
    }
}
