//! One workload, so many times: for `cargo xtask instructions`, which runs it under callgrind and counts what
//! happens inside the node.

#![allow(missing_docs, clippy::expect_used, clippy::panic)]

use hookflash_core::Instant;
use hookflash_node::{Input, Node, Output};
use hookflash_sim::loopback::{LoopbackOffice, Sends, Unexpected, poll};

const PHONES: usize = 200;

/// The message identifier of OffHook, as it stands in the message.
const OFF_HOOK: [u8; 4] = [6, 0, 0, 0];

type Office = LoopbackOffice<fn(&mut Node, Input<'_>, &mut Sends)>;

fn main() -> Result<(), Unexpected> {
    let mut arguments = std::env::args().skip(1);
    let workload = arguments.next().expect("a workload");
    let times: usize = arguments.next().and_then(|text| text.parse().ok()).expect("how many times");
    let repeat = |mut office: Office, what: fn(&mut Office) -> Result<(), Unexpected>| {
        (0..times).try_for_each(|_| what(&mut office))
    };
    match workload.as_str() {
        "registration" => {
            let mut office = Office::new(PHONES, inside_the_node)?;
            (0..times.min(PHONES)).try_for_each(|phone| office.register(phone))
        }
        "keepalive" => repeat(office(false)?, Office::keep_alive),
        "call" => repeat(office(false)?, Office::call),
        "monitored-call" => repeat(office(true)?, Office::call),
        "make-call" | "answer" => repeat(office(true)?, Office::rehearse),
        other => panic!("no workload {other}"),
    }
}

fn office(watched: bool) -> Result<Office, Unexpected> {
    let mut office = Office::registered(PHONES, inside_the_node)?;
    if watched {
        office.watch(0..2)?;
    }
    Ok(office)
}

/// Everything the node does for one input. Not inlined, so that a profiler can tell it from the rest.
#[inline(never)]
fn inside_the_node(node: &mut Node, input: Input<'_>, sends: &mut Sends) {
    let first = match &input {
        Input::Received { bytes, .. } if bytes.starts_with(b"INFO") => until_the_phone_is_told(node, input),
        Input::Received { bytes, .. } if bytes.get(8..12) == Some(&OFF_HOOK) => {
            until_the_application_is_told(node, input)
        }
        _ => until_the_first_write(node, input),
    };
    if let Some(Output::Send { link, bytes }) = first {
        sends.push((link, bytes));
    }
    poll(node, sends);
}

/// Everything the node does for an application's request before its first write. Not inlined, for the same reason.
#[inline(never)]
fn until_the_phone_is_told(node: &mut Node, input: Input<'_>) -> Option<Output> {
    until_the_first_write(node, input)
}

/// The same for a phone whose user lifts the handset to answer.
#[inline(never)]
fn until_the_application_is_told(node: &mut Node, input: Input<'_>) -> Option<Output> {
    // Without it this is the same code as the function above, and the compiler makes one of both.
    std::hint::black_box(&input);
    until_the_first_write(node, input)
}

fn until_the_first_write(node: &mut Node, input: Input<'_>) -> Option<Output> {
    node.handle(Instant::ZERO, input);
    node.poll_output()
}
