//! What survives a restart, as text: the records of [`hookflash_core::Record`] with their keys.
//!
//! A node says [`Output::Store`](crate::Output::Store) before everything else that follows from an input, so that a
//! driver that carries out outputs in order has a change on disk before it is visible anywhere. When the server starts
//! again, the driver gives each stored value back with [`Input::Restore`](crate::Input::Restore). A value without a
//! meaning any more is stored as `None`.
//!
//! ```text
//! forwarding 201 immediate 203 any 20        number, type, destination or -, calls to, seconds without an answer
//! dnd SEP001E4A34A35F on                     phone, whether its user is not to be disturbed
//! mwi 201 on                                 number, whether a message waits
//! hlog SEP001E4A34A35F                       phone that takes no calls of hunt groups
//! hlog-number 201                            number that takes none
//! hunt 500 2 201                             pilot, place of the list, number that has joined there
//! ```

use std::time::Duration;

use hookflash_core::{CallsTo, Forward, ForwardingType, NO_ANSWER_TIMEOUTS, Record};

/// The value of a record.
pub(crate) fn write(record: &Record) -> String {
    match record {
        Record::MessageWaiting { number, on } => format!("mwi {number} {}", switch_word(*on)),
        Record::Forwarding { number, kind, forward, no_answer_timeout } => {
            let (to, calls_to) = match forward {
                Some(forward) => (forward.number.as_str(), calls_to_word(forward.calls_to)),
                None => ("-", calls_to_word(CallsTo::AnyNumber)),
            };
            format!(
                "forwarding {number} {} {to} {calls_to} {}",
                type_word(*kind),
                no_answer_timeout.as_secs()
            )
        }
        Record::DoNotDisturb { station, on } => format!("dnd {station} {}", switch_word(*on)),
        Record::HuntGroupLogout { station } => format!("hlog {station}"),
        Record::NumberHuntGroupLogout { number } => format!("hlog-number {number}"),
        Record::HuntGroupMember { pilot, place, number } => format!("hunt {pilot} {place} {number}"),
    }
}

/// The record of a value; `None` if the value is damaged.
pub(crate) fn read(value: &str) -> Option<Record> {
    let words: Vec<&str> = value.split(' ').collect();
    match words.as_slice() {
        ["forwarding", rest @ ..] => read_forwarding(rest),
        ["dnd", station, on] if !station.is_empty() => {
            Some(Record::DoNotDisturb { station: (*station).into(), on: read_switch(on)? })
        }
        ["mwi", number, on] if !number.is_empty() => {
            Some(Record::MessageWaiting { number: (*number).into(), on: read_switch(on)? })
        }
        ["hlog", station] if !station.is_empty() => {
            Some(Record::HuntGroupLogout { station: (*station).into() })
        }
        ["hlog-number", number] if !number.is_empty() => {
            Some(Record::NumberHuntGroupLogout { number: (*number).into() })
        }
        ["hunt", pilot, place, number] if !pilot.is_empty() && !number.is_empty() => {
            let place = place.parse().ok()?;
            Some(Record::HuntGroupMember { pilot: (*pilot).into(), place, number: (*number).into() })
        }
        _ => None,
    }
}

fn switch_word(on: bool) -> &'static str {
    if on { "on" } else { "off" }
}

fn read_switch(word: &str) -> Option<bool> {
    [true, false].into_iter().find(|on| switch_word(*on) == word)
}

fn read_forwarding(words: &[&str]) -> Option<Record> {
    let [number, kind, to, calls_to, seconds] = words else { return None };
    if number.is_empty() || to.is_empty() {
        return None;
    }
    let calls_to = [CallsTo::AnyNumber, CallsTo::Primary, CallsTo::Secondary]
        .into_iter()
        .find(|word| calls_to_word(*word) == *calls_to)?;
    let no_answer_timeout = Duration::from_secs(seconds.parse().ok()?);
    let forward = (*to != "-").then(|| Forward { number: (*to).into(), calls_to });
    Some(Record::Forwarding {
        number: (*number).into(),
        kind: ForwardingType::ALL.into_iter().find(|word| type_word(*word) == *kind)?,
        forward,
        no_answer_timeout: Some(no_answer_timeout).filter(|time| NO_ANSWER_TIMEOUTS.contains(time))?,
    })
}

fn type_word(kind: ForwardingType) -> &'static str {
    match kind {
        ForwardingType::Immediate => "immediate",
        ForwardingType::Busy => "busy",
        ForwardingType::NoAnswer => "no-answer",
    }
}

fn calls_to_word(calls_to: CallsTo) -> &'static str {
    match calls_to {
        CallsTo::AnyNumber => "any",
        CallsTo::Primary => "primary",
        CallsTo::Secondary => "secondary",
    }
}

#[cfg(test)]
mod tests {
    use hookflash_core::Instant;

    use super::*;
    use crate::{Input, Node, Output, config, provision};

    #[test]
    fn what_is_written_is_read_back() {
        for kind in ForwardingType::ALL {
            for forward in [None, Some(Forward { number: "+203".into(), calls_to: CallsTo::Secondary })] {
                let record = Record::Forwarding {
                    number: "201".into(),
                    kind,
                    forward,
                    no_answer_timeout: Duration::from_secs(12),
                };
                assert_eq!(read(&write(&record)), Some(record));
            }
        }
        for on in [false, true] {
            let record = Record::DoNotDisturb { station: "SEP020000000201".into(), on };
            assert_eq!(read(&write(&record)), Some(record));
            let record = Record::MessageWaiting { number: "201".into(), on };
            assert_eq!(read(&write(&record)), Some(record));
        }
        for record in [
            Record::HuntGroupLogout { station: "SEP020000000201".into() },
            Record::NumberHuntGroupLogout { number: "201".into() },
            Record::HuntGroupMember { pilot: "500".into(), place: 2, number: "201".into() },
        ] {
            assert_eq!(read(&write(&record)), Some(record));
        }
    }

    #[test]
    fn damaged_values_are_noticed() {
        for value in [
            "",
            "forwarding",
            "forwarding 201 sometimes 203 any 20",
            "forwarding 201 busy 203 any x",
            "forwarding 201 no-answer 203 any 2",
            "forwarding 201 no-answer 203 any 18446744073709551615",
            "forwarding 201 busy  any 20",
            "mwi 201",
            "mwi 201 perhaps",
            "hlog",
            "hunt 500 x 201",
            "dnd  on",
            "dnd SEP020000000201 perhaps",
        ] {
            assert_eq!(read(value), None, "{value}");
        }
    }

    #[test]
    fn only_what_is_about_a_configured_number_is_kept() {
        let settings = config::load("telephony-service\n max-dn 1\nephone-dn 1\n number 201\n").settings;
        let mut node = Node::new(provision(&settings, None).settings).unwrap();
        let mut restore = |value| {
            node.handle(Instant::ZERO, Input::Restore { value });
            std::iter::from_fn(|| node.poll_output()).collect::<Vec<_>>()
        };
        assert_eq!(restore("forwarding 201 busy 202 any 20"), []);
        let forgotten = Output::Store { key: "forwarding/299/Busy".to_owned(), value: None };
        assert_eq!(restore("forwarding 299 busy 202 any 20"), [forgotten]);
        assert_eq!(restore("what a later version of the server knows"), []);
    }
}
