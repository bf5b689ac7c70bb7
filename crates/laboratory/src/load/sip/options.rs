//! OPTIONS: what every SIP server answers.

use std::time::Instant;

use hookflash_wire::sip::{HeaderName, Method, Response};

use super::{
    Context,
    layer::Head,
    outcome::Failure,
    transaction::{PATIENCE, Purpose, Sending},
};

/// Sends the request that was scheduled for an instant.
pub fn send(cx: &mut Context<'_>, endpoint: usize, scheduled: Instant) {
    let (server, local) = (cx.layer.server, cx.layer.local(endpoint));
    let number = cx.layer.new_call();
    let call_id = cx.layer.call_id(number);
    let head = Head {
        method: &Method::Options,
        uri: &format_args!("sip:{server}"),
        route: "",
        from: &format_args!("<sip:load@{local}>;tag={number}"),
        to: &format_args!("<sip:{server}>"),
        call_id: &call_id,
        cseq: 1,
    };
    let sending = Sending { purpose: Purpose::Options(scheduled), endpoint, to: server, patience: PATIENCE };
    cx.layer.request(sending, head, |request| request.header(HeaderName::ACCEPT, "application/sdp").finish());
}

/// Takes note of its answer.
pub fn answered(cx: &mut Context<'_>, scheduled: Instant, response: &Response, at: Instant) {
    match response.status.is_success() {
        true => cx.answered(scheduled, at),
        false => cx.outcome.failed(Failure::Refused(Method::Options, response.status)),
    }
}
