//! What a message means, or that one did not come: for OPTIONS, for registrations, for calls.

use hookflash_wire::sip::{Message, Method, Request, Response, StatusCode};

use super::{
    Context,
    calls::Calls,
    layer::Answer,
    options,
    outcome::Failure,
    registration,
    sockets::Source,
    transaction::{Purpose, Transaction},
};

/// Takes a message that arrived; `None` if it was none.
pub fn serve(cx: &mut Context<'_>, calls: &mut Calls, source: Source, message: Option<Message>) {
    match message {
        None => cx.outcome.failed(Failure::Foreign("not SIP")),
        Some(Message::Request(request)) => take_request(cx, calls, source, &request),
        Some(Message::Response(response)) => take_response(cx, calls, source, &response),
    }
}

/// Takes note of a request that got no final answer.
pub fn lost(cx: &mut Context<'_>, calls: &mut Calls, transaction: &Transaction) {
    match transaction.sending.purpose {
        Purpose::Options(_) => cx.outcome.failed(Failure::Lost("no answer to OPTIONS")),
        Purpose::Register(endpoint) => registration::lost(cx, endpoint),
        Purpose::Invite(place) | Purpose::Bye(place) => calls.time_out(cx, place),
        Purpose::CleanUp => {}
    }
}

/// The connection of an endpoint broke; what it had asked is lost.
pub fn broken(cx: &mut Context<'_>, calls: &mut Calls, endpoint: usize, failed: &[Transaction]) {
    cx.outcome.connections_broken += 1;
    for transaction in failed {
        lost(cx, calls, transaction);
    }
    cx.registrations.forget(endpoint);
    calls.broken(cx, endpoint);
}

fn take_response(cx: &mut Context<'_>, calls: &mut Calls, source: Source, response: &Response) {
    match cx.layer.answered(response) {
        Answer::Foreign(what) => cx.outcome.failed(Failure::Foreign(what)),
        Answer::Provisional(Purpose::Invite(place)) => calls.provisional(cx, place, response, source.at),
        Answer::Provisional(_) => {}
        Answer::Over => take_late(cx, calls, source, response),
        Answer::Final(transaction) => take_final(cx, calls, source, &transaction, response),
    }
}

fn take_final(
    cx: &mut Context<'_>,
    calls: &mut Calls,
    source: Source,
    transaction: &Transaction,
    response: &Response,
) {
    if transaction.method == Method::Invite && !response.status.is_success() {
        cx.layer.acknowledge_refusal(transaction.sending.endpoint, response);
    }
    match transaction.sending.purpose {
        Purpose::Options(scheduled) => options::answered(cx, scheduled, response, source.at),
        Purpose::Register(endpoint) => registration::answered(cx, endpoint, response, source.at),
        Purpose::Invite(place) => calls.invite_answered(cx, place, response, source.at),
        Purpose::Bye(place) => calls.bye_answered(cx, place, response, source.at),
        Purpose::CleanUp => {}
    }
}

/// A response came for a transaction that is over.
fn take_late(cx: &mut Context<'_>, calls: &mut Calls, source: Source, response: &Response) {
    let method = response.headers().cseq().map(|cseq| cseq.method);
    if method == Ok(Method::Cancel) {
        return;
    }
    cx.outcome.again += 1;
    match response.status {
        status if method != Ok(Method::Invite) || status.is_provisional() => {}
        status if status.is_success() => calls.connected_again(cx, source, response),
        _ => cx.layer.acknowledge_refusal(source.socket, response),
    }
}

fn take_request(cx: &mut Context<'_>, calls: &mut Calls, source: Source, request: &Request) {
    if calls.request(cx, source, request) {
        return;
    }
    let call_id = request.headers().call_id().unwrap_or_default();
    if request.method == Method::Bye && cx.layer.call_of(call_id).is_some() {
        // Of a call that is over: its answer was lost.
        cx.outcome.again += 1;
        return cx.layer.reply(source, request, StatusCode::OK);
    }
    cx.layer.answer_stranger(source, request);
}
