//! What survives a restart, and for how long.

use std::time::Duration;

use super::bench::{ALICE, Bench, office};
use crate::{
    Change, Forward, ForwardingType,
    ForwardingType::{Busy, Immediate, NoAnswer},
    Input, LineSettings, Record, Settings,
};

/// What a switch with this configuration does with what another one has stored.
fn restarted(settings: Settings, stored: &[Record]) -> Bench {
    let mut bench = Bench::with(settings);
    stored.iter().for_each(|record| bench.handle(Input::Restore(record.clone())));
    bench
}

fn forward(bench: &Bench, number: &str, kind: ForwardingType) -> Option<String> {
    let lines = bench.switch.lines();
    let forwarding = lines.forwarding_of(lines.device_with_number(number)?);
    forwarding.get(kind).map(|forward| forward.number.to_string())
}

fn to_203() -> Option<Forward> {
    Some(Forward::to("203"))
}

fn bob(change: impl FnOnce(&mut LineSettings)) -> Input {
    let mut settings = LineSettings { tag: 2, ..office().lines.swap_remove(1) };
    change(&mut settings);
    Input::Configure(Change::Line(Box::new(settings)))
}

#[test]
fn what_phones_and_applications_set_is_in_effect_after_a_restart() {
    let mut before = Bench::new();
    before.forward_all(ALICE, "202#");
    before.forward("202", Immediate, Some("201")).unwrap();
    before.forward("202", Busy, Some("203")).unwrap();
    before.forward("202", Immediate, None).unwrap();
    let after = restarted(office(), &before.stored);
    assert_eq!(forward(&after, "201", Immediate).as_deref(), Some("202"));
    assert_eq!(forward(&after, "202", Immediate), None);
    assert_eq!(forward(&after, "202", Busy).as_deref(), Some("203"));
    assert!(after.stored.is_empty() && after.forgotten.is_empty(), "nothing has changed");
}

#[test]
fn a_later_change_replaces_the_record_of_an_earlier_one() {
    let mut bench = Bench::new();
    bench.forward("202", Immediate, Some("201")).unwrap();
    bench.forward("202", Busy, Some("201")).unwrap();
    bench.forward("202", Immediate, Some("203")).unwrap();
    let keys: Vec<String> = bench.stored.iter().map(Record::key).collect();
    assert_eq!(keys[0], keys[2]);
    assert_ne!(keys[0], keys[1]);
}

#[test]
fn a_record_of_a_number_that_nobody_has_is_forgotten() {
    let mut before = Bench::new();
    before.forward("202", Immediate, Some("203")).unwrap();
    let mut settings = office();
    // Others can be reached with the digits, but they are somebody else.
    settings.lines[0].secondary = Some("202".into());
    settings.lines[1].number = "20.".into();
    let after = restarted(settings, &before.stored);
    assert_eq!(after.forgotten, [before.stored[0].key()]);
    assert_eq!((forward(&after, "201", Immediate), forward(&after, "20.", Immediate)), (None, None));
}

#[test]
fn what_the_configuration_changes_is_forgotten() {
    let mut bench = Bench::new();
    for kind in ForwardingType::ALL {
        bench.forward("202", kind, Some("201")).unwrap();
    }
    let keys: Vec<String> = bench.stored.iter().map(Record::key).collect();
    bench.handle(bob(|line| line.name = "Robert".into()));
    assert!(bench.forgotten.is_empty(), "the name has nothing to do with it");
    bench.handle(bob(|line| line.forwarding.busy = to_203()));
    assert_eq!(std::mem::take(&mut bench.forgotten), keys[1..2]);
    assert_eq!(forward(&bench, "202", Busy).as_deref(), Some("203"));
    bench.handle(bob(|line| {
        line.forwarding.busy = to_203();
        line.forwarding.no_answer_timeout = Duration::from_secs(7);
    }));
    assert_eq!(std::mem::take(&mut bench.forgotten), keys[2..3]);
    assert_eq!(forward(&bench, "202", NoAnswer).as_deref(), Some("201"), "only the time is new");
}

#[test]
fn what_was_set_goes_with_the_number() {
    let mut bench = Bench::new();
    bench.forward("202", Immediate, Some("203")).unwrap();
    let key = bench.stored[0].key();
    bench.handle(Input::Configure(Change::RemoveLine(2)));
    assert_eq!(std::mem::take(&mut bench.forgotten), std::slice::from_ref(&key));
    bench.handle(bob(|_| {}));
    assert_eq!(forward(&bench, "202", Immediate), None, "the next owner begins anew");

    bench.forward("202", Immediate, Some("203")).unwrap();
    bench.handle(bob(|line| line.number = "299".into()));
    assert_eq!(bench.forgotten, [key]);
    assert_eq!(forward(&bench, "299", Immediate), None, "nor does it follow the line to another number");
}
