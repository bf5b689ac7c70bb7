//! What an event says, for a person who watches a line: the call, who is concerned, the state and the cause.

use std::fmt;

use hookflash_wire::csta::{self, DeviceId, EventBody, LocalConnectionState, SubjectDeviceId};
use smol_str::SmolStr;

use super::EventFacts;
use crate::application::{Merge, connection_of};

/// What an event says, in parts. `Display` puts them into one line: `call 1  201 -> 202  alerting (newCall)`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EventSummary {
    /// The call.
    pub call: Option<SmolStr>,
    /// Who is concerned: `201 -> 202`, `by 201: 202, 203`, `immediate to 203`.
    pub who: String,
    /// The state of the monitored device's connection.
    pub state: Option<LocalConnectionState>,
    /// Why it happened.
    pub cause: Option<csta::EventCause>,
}

impl EventSummary {
    /// Takes an event apart.
    pub fn of(body: &EventBody) -> EventSummary {
        let facts = EventFacts::of(body);
        let merge = Merge::of(body);
        let call = match &merge {
            Some(merge) => merge.connections().next().map(|(_, call, _)| call.clone()),
            None => connection_of(body).and_then(|connection| connection.call_id.clone()),
        };
        let state = merge.as_ref().map_or(facts.local_state, |merge| merge.local_state);
        let cause = merge.as_ref().map_or(facts.cause, |merge| Some(merge.cause)).cloned();
        let who = match &merge {
            Some(merge) => merged(merge),
            None => concerned(body, &facts),
        };
        EventSummary { call, who, state, cause }
    }
}

impl fmt::Display for EventSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let call = self.call.as_ref().map(|call| format!("call {call}"));
        let state = match (self.state, &self.cause) {
            (Some(state), Some(cause)) => Some(format!("{state} ({cause})")),
            (Some(state), None) => Some(state.to_string()),
            (None, cause) => cause.as_ref().map(|cause| format!("({cause})")),
        };
        let who = Some(self.who.clone()).filter(|who| !who.is_empty());
        let parts: Vec<String> = [call, who, state].into_iter().flatten().collect();
        f.write_str(&parts.join("  "))
    }
}

/// The number in a device identifier, or the identifier as it is.
pub fn short_name(device: &DeviceId) -> SmolStr {
    match device.number() {
        Some(number) if !number.digits.is_empty() => number.digits,
        _ => device.as_str().into(),
    }
}

fn name(device: &SubjectDeviceId) -> SmolStr {
    match device {
        SubjectDeviceId::Device(device) => short_name(device),
        SubjectDeviceId::NotKnown => SmolStr::new_static("(unknown)"),
        SubjectDeviceId::Restricted => SmolStr::new_static("(withheld)"),
    }
}

fn merged(merge: &Merge<'_>) -> String {
    let devices: Vec<SmolStr> =
        merge.connections().map(|(_, _, device)| short_name(&DeviceId::from(device))).collect();
    format!("by {}: {}", name(merge.by), devices.join(", "))
}

fn concerned(body: &EventBody, facts: &EventFacts<'_>) -> String {
    if let EventBody::Forwarding(event) = body {
        let kind = event.forwarding_type.map_or("forwarding", csta::ForwardingType::as_str);
        return match &event.forward_to {
            Some(to) if event.forward_status => format!("{kind} to {}", short_name(to)),
            _ => format!("{kind} off"),
        };
    }
    let subject = facts.subject.map(name);
    let parties = match (facts.calling.map(name), facts.called.map(name)) {
        (Some(calling), Some(called)) => format!("{calling} -> {called}"),
        _ => return subject.map(String::from).unwrap_or_default(),
    };
    // Whom the event is about, if that is neither of the two.
    let third = subject.filter(|subject| !parties.split(" -> ").any(|party| party == subject));
    match (facts.onto.map(name), third) {
        (Some(onto), _) => format!("{parties}, now {onto}"),
        (None, Some(third)) => format!("{parties}, at {third}"),
        (None, None) => parties,
    }
}

#[cfg(test)]
mod tests {
    use hookflash_wire::csta::{Message, decode};

    use super::*;

    fn summary(xml: &str) -> String {
        let xml =
            xml.replacen('>', " xmlns=\"http://www.ecma-international.org/standards/ecma-323/csta/ed3\">", 1);
        match decode(xml.as_bytes()).unwrap().message {
            Message::Event(event) => EventSummary::of(&event.body).to_string(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn one_line_says_who_what_state_and_cause() {
        let device = |name: &str, number: &str| {
            format!("<{name}><deviceIdentifier>{number}</deviceIdentifier></{name}>")
        };
        let delivered = |rings: &str| {
            format!(
                "<DeliveredEvent><monitorCrossRefID>1</monitorCrossRefID>\
                 <connection><callID>7</callID><deviceID>tel:{rings}</deviceID></connection>{}{}{}\
                 <lastRedirectionDevice><notRequired/></lastRedirectionDevice>\
                 <localConnectionInfo>alerting</localConnectionInfo><cause>newCall</cause></DeliveredEvent>",
                device("alertingDevice", rings),
                device("callingDevice", "tel:201"),
                device("calledDevice", "sip:202@office")
            )
        };
        assert_eq!(summary(&delivered("202")), "call 7  201 -> 202  alerting (newCall)");
        assert_eq!(summary(&delivered("203")), "call 7  201 -> 202, at 203  alerting (newCall)");
        let forwarding = format!(
            "<ForwardingEvent><monitorCrossRefID>1</monitorCrossRefID>{}\
             <forwardingType>forwardBusy</forwardingType><forwardStatus>true</forwardStatus>\
             <forwardTo>203</forwardTo></ForwardingEvent>",
            device("device", "202")
        );
        assert_eq!(summary(&forwarding), "forwardBusy to 203");
    }
}
