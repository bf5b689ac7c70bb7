//! ConfList: the participants of a conference on the screen of a phone, pushed over its own connection.
//!
//! Choosing a participant removes it, at the phone that made the conference; Update shows the list again. The phone says by
//! [`DeviceToUserData`](hookflash_wire::sccp::ClientMessage::DeviceToUserData) what was chosen.

use hookflash_core::{Connection, ConnectionKey, Holder, Key, StationId};
use hookflash_provision::pages::objects;

use crate::Node;

/// The application that the list is, for phones: they name it in what they send back.
const APPLICATION: u32 = 9081;

const UPDATE: &str = "update";
const REMOVE: &str = "remove/";

/// What the user of a phone has chosen; `None` if it is of another application or cannot be read.
pub(crate) fn choice(application: u32, data: &[u8]) -> Option<Key> {
    if application != APPLICATION {
        return None;
    }
    let text = std::str::from_utf8(data).ok()?.trim_end_matches('\0').trim();
    if text == UPDATE {
        return Some(Key::ConferenceList);
    }
    let participant = text.strip_prefix(REMOVE)?.parse().ok()?;
    Some(Key::RemoveParticipant { participant })
}

impl Node {
    /// Shows who is in a conference.
    pub(crate) fn show_conference(&mut self, station: StationId, key: ConnectionKey) {
        let calls = self.switch.calls();
        let Some(own) = calls.connection(key) else { return };
        let controller = calls.get(own.call()).and_then(|call| call.conference_controller());
        let url = |choice: &str| format!("UserCallData:{APPLICATION}:0:{}:0:{choice}", own.reference());
        let item = |member: &Connection| {
            let removes = controller == Some(key) && member.key() != key;
            let choice = if removes { format!("{REMOVE}{}", member.reference()) } else { UPDATE.to_owned() };
            (shown(member, controller), url(&choice))
        };
        let members = calls
            .connections(own.call())
            .filter(|member| !member.is_hidden() && member.holder() != Some(Holder::Switch));
        let members: Vec<(String, String)> = members.map(item).collect();
        let remove = (controller == Some(key)).then(|| objects::soft_key(1, "Remove", "SoftKey:Select"));
        let page = objects::menu("Conference", "Participants", members)
            .with_all(remove)
            .with(objects::soft_key(2, "Update", &url(UPDATE)))
            .with(objects::soft_key(3, "Exit", "SoftKey:Exit"));
        let page = page.document("utf-8");
        let (phones, mut context) = self.stations_mut();
        phones.push(station, &page, &mut context);
    }
}

/// Name and number of a participant; an asterisk marks who made the conference.
fn shown(member: &Connection, controller: Option<ConnectionKey>) -> String {
    let party = member.party();
    let mark = if controller == Some(member.key()) { "*" } else { "" };
    match party.name.is_empty() {
        true => format!("{mark}{}", party.number),
        false => format!("{mark}{} {}", party.name, party.number),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_phone_sends_back_is_a_key_only_if_it_is_of_the_list() {
        assert_eq!(choice(APPLICATION, b"update\0"), Some(Key::ConferenceList));
        assert_eq!(choice(APPLICATION, b"remove/12"), Some(Key::RemoveParticipant { participant: 12 }));
        assert_eq!(choice(1, b"update"), None);
        for wrong in [&b"remove/x"[..], b"remove/", b"\xff", b"", b"<CiscoIPPhoneResponse/>"] {
            assert_eq!(choice(APPLICATION, wrong), None);
        }
    }
}
