//! What a message means, or that one did not come: for OPTIONS, for registrations, for calls.

use std::time::Instant;

use hookflash_sip::{EndReason, Event};
use hookflash_wire::sip::{Message, Method};

use super::{
    Context, calls::Calls, layer::Purpose, options, outcome::Failure, registration, sockets::Source,
};

/// Takes a message that arrived; `None` if it was none.
pub fn serve(cx: &mut Context<'_>, calls: &mut Calls, source: Source, message: Option<Message>) {
    let Some(message) = message else { return cx.outcome.failed(Failure::Foreign("not SIP")) };
    let ours = message.headers().call_id().is_ok_and(|call_id| cx.layer.call_of(call_id).is_some());
    let before = cx.layer.counters();
    cx.layer.take(source, message);
    let after = cx.layer.counters();
    cx.outcome.again += after.requests_again - before.requests_again;
    cx.outcome.repeated += after.repeated - before.repeated;
    if after.responses_ignored > before.responses_ignored {
        match ours {
            true => cx.outcome.again += 1,
            false => cx.outcome.failed(Failure::Foreign("an answer to nothing that was asked")),
        }
    }
    events(cx, calls, source.at);
}

/// Repeats what is due, and takes note of what is late.
pub fn handle_timeout(cx: &mut Context<'_>, calls: &mut Calls) {
    let before = cx.layer.counters().repeated;
    cx.layer.handle_timeout();
    cx.outcome.repeated += cx.layer.counters().repeated - before;
    let heard = cx.layer.heard;
    events(cx, calls, heard);
}

/// The connection of an endpoint broke; what it had asked is lost.
pub fn broken(cx: &mut Context<'_>, calls: &mut Calls, endpoint: usize) {
    cx.outcome.connections_broken += 1;
    events(cx, calls, Instant::now());
    cx.registrations.forget(endpoint);
    calls.broken(cx, endpoint);
}

/// Takes note of what the SIP layer reports of what happened at an instant.
pub fn events(cx: &mut Context<'_>, calls: &mut Calls, at: Instant) {
    while let Some(event) = cx.layer.poll_event() {
        take_event(cx, calls, event, at);
    }
}

fn take_event(cx: &mut Context<'_>, calls: &mut Calls, event: Event<Purpose>, at: Instant) {
    match event {
        Event::Response(Purpose::Options(scheduled), _, response) => {
            options::answered(cx, scheduled, &response, at);
        }
        Event::Response(Purpose::Register(endpoint), _, response) => {
            registration::answered(cx, endpoint, &response, at);
        }
        Event::Response(Purpose::Calling(place) | Purpose::Called(place), _, response) => {
            calls.bye_answered(cx, place, &response, at);
        }
        Event::Progress(Purpose::Calling(place), _, _, response) => {
            calls.provisional(cx, place, &response, at)
        }
        Event::Accepted(Purpose::Calling(place), _, dialog, _) => calls.connected(cx, place, dialog, at),
        Event::Rejected(Purpose::Calling(place), _, response) => calls.refused(cx, place, &response),
        Event::Failed(purpose, ..) => lost(cx, calls, purpose),
        Event::Request(incoming) => match incoming.request().method {
            Method::Invite => calls.invited(cx, incoming, at),
            _ => cx.layer.answer_stranger(incoming),
        },
        Event::RequestInDialog(_, _, incoming) => cx.layer.answer_stranger(incoming),
        Event::Cancelled(_, invite) => calls.cancelled(cx, invite),
        Event::Acknowledged(Purpose::Called(place), ..) => calls.acknowledged(cx, place, at),
        Event::Ended(purpose @ (Purpose::Calling(place) | Purpose::Called(place)), _, reason) => match reason
        {
            EndReason::Bye => calls.ended(cx, place, purpose == Purpose::Calling(place)),
            _ => calls.time_out(cx, place),
        },
        // No other request has these events.
        Event::Progress(..)
        | Event::Accepted(..)
        | Event::Rejected(..)
        | Event::Acknowledged(..)
        | Event::RefreshDue(..)
        | Event::Ended(..) => {}
    }
}

/// Takes note of a request that got no final answer.
fn lost(cx: &mut Context<'_>, calls: &mut Calls, purpose: Purpose) {
    match purpose {
        Purpose::Options(_) => cx.outcome.failed(Failure::Lost("no answer to OPTIONS")),
        Purpose::Register(endpoint) => registration::lost(cx, endpoint),
        Purpose::Calling(place) | Purpose::Called(place) => calls.time_out(cx, place),
    }
}
