//! One workload, so many times: for `cargo xtask instructions`, which runs it under callgrind and counts what
//! happens inside the node.

#![allow(missing_docs, clippy::expect_used, clippy::panic)]

use hookflash_core::Instant;
use hookflash_node::{Input, Node, Output};
use hookflash_sim::loopback::{LoopbackOffice, Sends, Unexpected, poll};

const PHONES: usize = 200;

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
        "make-call" => repeat(office(true)?, Office::rehearse),
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
    let request = matches!(&input, Input::Received { bytes, .. } if bytes.starts_with(b"INFO"));
    let first = if request { until_the_phone_is_told(node, input) } else { handle(node, input) };
    if let Some(Output::Send { link, bytes }) = first {
        sends.push((link, bytes));
    }
    poll(node, sends);
}

/// Everything the node does for an application's request before its first write. Not inlined, for the same reason.
#[inline(never)]
fn until_the_phone_is_told(node: &mut Node, input: Input<'_>) -> Option<Output> {
    handle(node, input)
}

fn handle(node: &mut Node, input: Input<'_>) -> Option<Output> {
    node.handle(Instant::ZERO, input);
    node.poll_output()
}
