//! What Cisco phones with enterprise firmware are told of their lines: do not disturb, hunt groups, messages and forwarding, all in one
//! REFER (`dndupdate`, `hlogupdate`, `bulkupdate`), when they have registered and whenever something has changed.

use hookflash_core::{StationId, Switch, view::StationView};
use hookflash_provision::xml::Element;

use super::{
    Purpose, SipPhones,
    wishes::{Controlled, control},
};
use crate::{Context, sip::Endpoint};

const BOUNDARY: &str = "hookflash";

/// The type of the whole.
const KIND: &str = "multipart/mixed;boundary=hookflash";

/// The type of each part.
const PART: &str = "application/x-cisco-remotecc-request+xml";

/// What a phone with so many lines is to show now.
fn described(view: &StationView, lines: u32, switch: &Switch) -> String {
    let state = if view.do_not_disturb { "enable" } else { "disable" };
    let disturb = Element::new("dndupdate").leaf("state", state).leaf("option", "callreject");
    let logged = Element::new("hlogupdate").leaf("status", on_or_off(!view.hunt_logged_out));
    let contacts = (1..=lines).map(|line| contact(view, line, switch));
    let all = [disturb, logged, Element::new("bulkupdate").with_all(contacts)];
    let part = |update: Element| {
        let request = Element::new("x-cisco-remotecc-request").with(update).document("UTF-8");
        format!("--{BOUNDARY}\r\nContent-Type: {PART}\r\n\r\n{request}\r\n")
    };
    let parts: String = all.into_iter().map(part).collect();
    format!("{parts}--{BOUNDARY}--\r\n")
}

/// Messages and forwarding of a line.
fn contact(view: &StationView, line: u32, switch: &Switch) -> Element {
    let waits = view.message_waiting.contains(&line);
    let mut forwards = view.forwards.iter().filter(|forwards| forwards.line == line);
    let to = forwards.next().and_then(|own| own.forwarding.immediate.as_ref()).map(|to| to.number.as_str());
    let voicemail = switch.settings().features.voicemail.as_deref();
    let message = Element::new("voice-msg").attribute("new", u32::from(waits)).attribute("old", 0);
    Element::new("contact")
        .attribute("line", line)
        .leaf("mwi", if waits { "yes" } else { "no" })
        .with(Element::new("emwi").with(message))
        .with(
            Element::new("cfwdallupdate")
                .leaf("fwdaddress", to.unwrap_or_default())
                .leaf("tovoicemail", on_or_off(to.is_some() && to == voicemail)),
        )
}

fn on_or_off(on: bool) -> &'static str {
    if on { "on" } else { "off" }
}

impl SipPhones {
    /// Tells a phone what it does not know yet of its lines. False if it is no such phone.
    pub(super) fn tell_state(
        &mut self,
        station: StationId,
        sip: &mut Endpoint,
        context: &mut Context<'_>,
    ) -> bool {
        let Some(phone) = self.phones.get(&station) else { return false };
        let reachable = |contact: &&super::Contact| {
            contact.is_cisco() && contact.is_reachable() && !contact.is_unproven()
        };
        let contacts: Vec<_> = phone.contacts.iter().filter(reachable).collect();
        if contacts.is_empty() {
            return false;
        }
        let lines = u32::try_from(phone.pool.numbers.len()).unwrap_or(u32::MAX);
        let body = described(&context.switch.station_view(station), lines, context.switch);
        if self.told_states.get(&station) == Some(&body) {
            return true;
        }
        let mut requests = Vec::new();
        for contact in contacts {
            let (uri, server, number) = (contact.uri(), contact.server(), contact.number());
            let to = Controlled { uri, flow: *contact.flow(), server, number };
            self.last_leg = self.last_leg.wrapping_add(1);
            requests.extend(control(&to, self.last_leg, (KIND, &body), sip, context));
        }
        self.requests.extend(requests.into_iter().map(|request| (request, Purpose::Other)));
        self.told_states.insert(station, body);
        true
    }

    /// A phone has registered anew: it knows nothing of its lines.
    pub(super) fn forget_state(&mut self, station: StationId) {
        self.told_states.remove(&station);
    }
}
