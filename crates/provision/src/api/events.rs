//! The table of events: which phones and numbers have come and gone.

use super::{Call, System};
use crate::xml::Element;

/// ISgetEvtCounts.
pub fn counts(system: &System<'_>) -> Vec<Element> {
    vec![
        Element::filled("ISDevEvtCount", system.device_events.len()),
        Element::filled("ISExtEvtCount", system.extension_events.len()),
    ]
}

/// ISgetDevEvts: by number of the event from 1, by phone, or all.
pub fn devices(call: &Call, system: &System<'_>) -> Vec<Element> {
    let (numbers, tags, names) = (call.numbers("ISDevEvtID"), call.numbers("ISDevID"), call.all("ISDevName"));
    let all = call.has_keyword(&["all"]) || (numbers.is_empty() && tags.is_empty() && names.is_empty());
    let wanted = (1..).zip(&system.device_events).filter(|(number, event)| {
        all || numbers.contains(number)
            || tags.contains(&event.tag)
            || names.iter().any(|name| name.eq_ignore_ascii_case(&event.name))
    });
    let element = |(_, event): (u32, &super::DeviceEvent)| {
        Element::new("ISDevEvent")
            .leaf("ISDevID", event.tag)
            .leaf("ISDevName", &event.name)
            .leaf("ISDevEventTime", event.at)
            .leaf("ISDevEventType", "Device")
            .leaf("ISDevStatus", event.state.word())
    };
    wanted.map(element).collect()
}

/// ISgetExtEvts: by number of the event from 1, by telephone number, or all.
pub fn extensions(call: &Call, system: &System<'_>) -> Vec<Element> {
    let (events, tags, numbers) =
        (call.numbers("ISExtEvtID"), call.numbers("ISExtID"), call.all("ISExtNumber"));
    let all = call.has_keyword(&["all"]) || (events.is_empty() && tags.is_empty() && numbers.is_empty());
    let wanted = (1..).zip(&system.extension_events).filter(|(number, event)| {
        all || events.contains(number)
            || tags.contains(&event.tag)
            || numbers.contains(&event.number.as_str())
    });
    let element = |(_, event): (u32, &super::ExtensionEvent)| {
        Element::new("ISExtEvent")
            .leaf("ISextID", event.tag)
            .leaf("ISextNumber", &event.number)
            .leaf("ISExtEventTime", event.at)
            .leaf("ISExtStatusChangeEvent", if event.up { "Up" } else { "Down" })
    };
    wanted.map(element).collect()
}
