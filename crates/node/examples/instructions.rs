//! One workload, so many times: for `cargo xtask instructions`, which runs it under callgrind and counts what
//! happens inside the node.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
#![allow(dead_code, reason = "the benchmarks use more of the office")]

#[path = "../benches/office/mod.rs"]
mod office;

use office::Office;

const PHONES: usize = 200;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let workload = arguments.next().expect("a workload");
    let times: usize = arguments.next().and_then(|text| text.parse().ok()).expect("how many times");
    let repeat = |mut office: Office, what: fn(&mut Office)| (0..times).for_each(|_| what(&mut office));
    match workload.as_str() {
        "registration" => {
            let mut office = Office::new(PHONES);
            (0..times.min(PHONES)).for_each(|phone| office.register(phone));
        }
        "keepalive" => repeat(Office::registered(PHONES), Office::keep_alive),
        "call" => repeat(Office::registered(PHONES), Office::call),
        "monitored-call" => {
            let mut office = Office::registered(PHONES);
            office.watch(0..2);
            repeat(office, Office::call);
        }
        "make-call" => {
            let mut office = Office::registered(PHONES);
            office.watch(0..2);
            repeat(office, Office::make_call);
        }
        other => panic!("no workload {other}"),
    }
}
