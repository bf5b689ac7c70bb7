//! Keys of phones that are kept the same as the switch has it: do not disturb and forwarding (`Event: as-feature-event`).
//!
//! Messages are those of ECMA-323 without monitors, as BroadWorks uses them. A SUBSCRIBE with a body is a request to change
//! something; every change, whoever made it, is told by NOTIFY, each part that has changed once.

use std::{borrow::Cow, time::Duration};

use hookflash_core::{Act, ForwardingType, StationId, Switch};
use hookflash_provision::xml::Element;
use smol_str::SmolStr;

/// The name space of the third edition.
const NAMESPACE: &str = "http://www.ecma-international.org/standards/ecma-323/csta/ed3";

/// The encoding that phones expect in the prolog; everything else is escaped.
const ENCODING: &str = "ISO-8859-1";

/// The type of one message, and where messages begin and end that go together.
pub(super) const KIND: &str = "application/x-as-feature-event+xml";
pub(super) const KINDS: &str = "multipart/mixed;boundary=feature";
const BOUNDARY: &str = "feature";

/// How long one ring takes.
const RING: Duration = Duration::from_secs(6);

/// The kinds of forwarding, by the names that phones use.
const FORWARDING: [(&str, ForwardingType); 3] = [
    ("forwardImmediate", ForwardingType::Immediate),
    ("forwardBusy", ForwardingType::Busy),
    ("forwardNoAns", ForwardingType::NoAnswer),
];

/// What the features of a line are now: one message each.
pub(super) fn messages(station: StationId, number: &str, switch: &Switch) -> Vec<String> {
    let root = |name: &'static str| Element::new(name).attribute("xmlns", NAMESPACE).leaf("device", number);
    let view = switch.station_view(station);
    let disturb = root("DoNotDisturbEvent").leaf("doNotDisturbOn", view.do_not_disturb);
    let device = switch.lines().device_by_number(number);
    let forwarding = device.map(|device| switch.lines().forwarding_of(device)).unwrap_or_default();
    let forwards = FORWARDING.iter().map(|(name, kind)| {
        let to = forwarding.get(*kind);
        let event = root("ForwardingEvent")
            .leaf("forwardingType", name)
            .leaf("forwardStatus", to.is_some())
            .leaf("forwardTo", to.map(|to| to.number.as_str()).unwrap_or_default());
        let rings = (forwarding.no_answer_timeout.as_secs() + RING.as_secs() / 2) / RING.as_secs();
        event.optional("ringCount", (*kind == ForwardingType::NoAnswer).then_some(rings))
    });
    std::iter::once(disturb).chain(forwards).map(|event| event.document(ENCODING)).collect()
}

/// The body of a NOTIFY with these messages, and its type.
pub(super) fn body(messages: &[String]) -> (&'static str, Cow<'_, str>) {
    if let [only] = messages {
        return (KIND, Cow::Borrowed(only));
    }
    let part = |message: &String| format!("--{BOUNDARY}\r\nContent-Type: {KIND}\r\n\r\n{message}\r\n");
    let parts: String = messages.iter().map(part).collect();
    (KINDS, Cow::Owned(format!("{parts}--{BOUNDARY}--\r\n")))
}

/// Whether a message is about what a request asked to change: it is told also if that was so before.
pub(super) fn is_about(message: &str, act: &Act) -> bool {
    match act {
        Act::SetDoNotDisturb(_) => message.contains("<DoNotDisturbEvent"),
        Act::SetForwarding { kind, .. } => {
            FORWARDING.iter().any(|(name, known)| known == kind && message.contains(name))
        }
        _ => false,
    }
}

/// What a request asks for, for this line of a phone; `None` if it cannot be read, or is about something else.
pub(super) fn request(body: &[u8], line: u32) -> Option<Act> {
    let request = Element::read(body).ok()?;
    let value_of = |name: &str| request.child(name).map(|child| child.text.trim());
    let is = |name: &str| value_of(name).is_some_and(|value| value.eq_ignore_ascii_case("true"));
    match request.name.as_ref() {
        "SetDoNotDisturb" => Some(Act::SetDoNotDisturb(is("doNotDisturbOn"))),
        "SetForwarding" => {
            let named = value_of("forwardingType")?;
            let (_, kind) = FORWARDING.iter().find(|(name, _)| *name == named)?;
            let to = value_of("forwardDN").map(number).filter(|to| !to.is_empty());
            let rings = value_of("ringCount").and_then(|count| count.parse::<u32>().ok());
            let to = if is("activateForward") { Some(to?) } else { None };
            let no_answer_timeout = rings.filter(|rings| *rings > 0).map(|rings| RING * rings);
            Some(Act::SetForwarding { line, kind: *kind, to, no_answer_timeout })
        }
        _ => None,
    }
}

/// A number as phones write it: with a scheme and a host, or without.
fn number(text: &str) -> SmolStr {
    let text = text.trim();
    let text = ["sip:", "sips:", "tel:"].iter().find_map(|scheme| text.strip_prefix(scheme)).unwrap_or(text);
    let user = text.split(['@', ';']).next().unwrap_or_default();
    user.chars().filter(|c| !matches!(c, '-' | '(' | ')' | ' ' | '.')).take(32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_read_whatever_their_order_is() {
        let dnd = b"<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>\n<SetDoNotDisturb xmlns=\"x\"><device>1</device>\
                    <doNotDisturbOn>true</doNotDisturbOn></SetDoNotDisturb>";
        assert_eq!(request(dnd, 1), Some(Act::SetDoNotDisturb(true)));
        let forward = b"<SetForwarding><device/><activateForward>true</activateForward>\
                        <forwardDN>sip:202@office</forwardDN><forwardingType>forwardNoAns</forwardingType>\
                        <ringCount>3</ringCount></SetForwarding>";
        assert_eq!(
            request(forward, 2),
            Some(Act::SetForwarding {
                line: 2,
                kind: ForwardingType::NoAnswer,
                to: Some("202".into()),
                no_answer_timeout: Some(Duration::from_secs(18)),
            })
        );
        let nowhere = b"<SetForwarding><activateForward>true</activateForward><forwardDN/>\
                        <forwardingType>forwardBusy</forwardingType><ringCount/></SetForwarding>";
        assert_eq!(request(nowhere, 1), None);
        assert_eq!(request(b"<SetAgentState/>", 1), None);
        assert_eq!(request(b"no xml", 1), None);
    }

    #[test]
    fn several_messages_go_together() {
        let both = ["<a/>".to_owned(), "<b/>".to_owned()];
        let (kind, text) = body(&both);
        assert_eq!(kind, KINDS);
        assert_eq!(
            text,
            "--feature\r\nContent-Type: application/x-as-feature-event+xml\r\n\r\n<a/>\r\n\
             --feature\r\nContent-Type: application/x-as-feature-event+xml\r\n\r\n<b/>\r\n--feature--\r\n"
        );
        assert_eq!(body(&["<a/>".to_owned()]), (KIND, "<a/>".into()));
    }
}
