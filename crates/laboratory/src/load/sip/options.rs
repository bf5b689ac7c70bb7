//! OPTIONS: what every SIP server answers.

use std::time::Instant;

use hookflash_sip::Outgoing;
use hookflash_wire::sip::{HeaderName, Method, Response};

use super::{
    Context,
    layer::{PATIENCE, Purpose},
    outcome::Failure,
};

/// Sends the request that was scheduled for an instant.
pub fn send(cx: &mut Context<'_>, endpoint: usize, scheduled: Instant) {
    let (flow, number) = (cx.layer.flow(endpoint), cx.layer.new_call());
    let (uri, from) = (format!("sip:{}", cx.layer.server), format!("<sip:load@{}>", flow.local()));
    let (to, call_id) = (format!("<{uri}>"), cx.layer.call_id(number));
    let outgoing = Outgoing {
        call_id: &call_id,
        headers: &[(HeaderName::ACCEPT, "application/sdp".to_owned())],
        patience: PATIENCE,
        ..Outgoing::new(&Method::Options, flow, &uri, &from, &to)
    };
    if cx.layer.send(Purpose::Options(scheduled), &outgoing).is_err() {
        cx.outcome.failed(Failure::Lost("no answer to OPTIONS"));
    }
}

/// Takes note of its answer.
pub fn answered(cx: &mut Context<'_>, scheduled: Instant, response: &Response, at: Instant) {
    match response.status.is_success() {
        true => cx.answered(scheduled, at),
        false => cx.outcome.failed(Failure::Refused(Method::Options, response.status)),
    }
}
