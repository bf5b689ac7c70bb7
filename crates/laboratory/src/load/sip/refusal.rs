//! What it means that a server refuses what is offered to it.

use hookflash_wire::sip::{Method, StatusCode};

/// What a refusal says about the server, or about how it was asked, in words for whoever runs the load tool.
pub fn meaning(method: &Method, status: StatusCode) -> Option<&'static str> {
    let register = *method == Method::Register;
    Some(match status.code() {
        401 | 407 => "it wants a password: give --password; if it was given, it is wrong",
        403 if register => "it does not let this user register, or the password is wrong",
        403 => "it does not let this user do that",
        404 | 604 if register => "it does not know this user",
        404 | 480 | 604 => "it does not know where the called party is",
        405 | 501 if register => "it is no registrar for SIP endpoints",
        405 | 501 if *method == Method::Invite => "it connects no calls of SIP endpoints",
        405 | 501 => "it does not serve this method",
        415 | 488 | 606 if *method == Method::Invite => {
            "it does not take calls with audio: it connects none of SIP endpoints, or not with PCMU"
        }
        408 => "what it asked did not answer in time",
        423 => "it wants registrations to last longer: give --expires",
        481 => "it does not know the call any more",
        482 | 483 => "it sends requests in circles",
        486 | 600 => "the called party is said to be busy",
        503 => "it is overloaded or out of service",
        _ => return None,
    })
}
