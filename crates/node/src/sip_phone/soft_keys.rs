//! Soft keys of Cisco phones with enterprise firmware, which come as REFER outside a dialog (`softkeyeventmsg`). They name the calls that
//! they are about by Call-ID and tags.
//!
//! | key | what it does |
//! | --- | --- |
//! | `Conference`, `Join` | one conference of the call and the other one that is named |
//! | `Park`, `ParkMonitor` | parks the call |
//! | `IDivert` | sends the call to the voicemail system |
//! | `RmLastConf` | drops who was added last |
//! | `CallBack` | the number is called when it is free |
//! | `HLog` | takes calls of hunt groups, or does so no more |
//! | `Select`, `Unselect` | a call for `Join` |
//!
//! Others are refused (501).

use hookflash_core::{Act, Key, StationId, StationInput};
use hookflash_provision::xml::Element;
use hookflash_wire::sip::{Part, StatusCode};
use smol_str::SmolStr;

use super::{SipPhones, refer::Replaces};
use crate::{
    Context,
    sip::{Endpoint, Incoming},
};

/// The type of requests of remote control.
pub(super) const KIND: &str = "application/x-cisco-remotecc-request+xml";

/// A key, and the calls that it is about.
#[derive(Debug)]
struct SoftKey {
    name: SmolStr,
    call: Option<Replaces>,
    other: Option<Replaces>,
}

impl SoftKey {
    fn read(incoming: &Incoming) -> Option<SoftKey> {
        let request = incoming.request();
        let kind = request.headers().content_type().ok().flatten()?;
        let body = match kind.kind.eq_ignore_ascii_case("multipart") {
            false => request.body(),
            true => {
                let boundary = kind.params.get("boundary").unwrap_or_default();
                let is_one = |part: &Part<'_>| part.content_type().is_some_and(|kind| kind.is(KIND));
                Part::all(request.body(), boundary).find(is_one)?.body
            }
        };
        let message = Element::read(body).ok()?;
        let message = message.child("softkeyeventmsg")?;
        let call = |name: &str| message.child(name).and_then(dialog);
        Some(SoftKey {
            name: text(message, "softkeyevent").into(),
            call: call("dialogid"),
            other: call("consultdialogid").or_else(|| call("joindialogid")),
        })
    }
}

/// The dialog that an element names, if it names one.
fn dialog(element: &Element) -> Option<Replaces> {
    let [call_id, local, remote] = ["callid", "localtag", "remotetag"].map(|name| text(element, name));
    Replaces::parse(&format!("{call_id};to-tag={local};from-tag={remote}"))
}

/// What an element in another one says; nothing if there is none.
fn text<'e>(element: &'e Element, name: &str) -> &'e str {
    element.child(name).map(|child| child.text.trim()).unwrap_or_default()
}

impl SipPhones {
    /// A request of remote control that comes from a phone: a key was pressed. The status that answers it.
    pub(super) fn key_pressed(
        &self,
        station: StationId,
        incoming: &Incoming,
        sip: &Endpoint,
        context: &mut Context<'_>,
    ) -> StatusCode {
        let Some(pressed) = SoftKey::read(incoming) else { return StatusCode::NOT_IMPLEMENTED };
        let named = |call: &Option<Replaces>| self.call_named(station, call.as_ref(), sip);
        let (call, other) = (named(&pressed.call), named(&pressed.other));
        if pressed.call.is_some() && call.is_none() || pressed.other.is_some() && other.is_none() {
            return StatusCode::CALL_DOES_NOT_EXIST;
        }
        let (line, reference) = (0, call.unwrap_or_default());
        let key = match (pressed.name.as_str(), other) {
            ("Conference" | "Join", Some(active)) => {
                let act = Act::Conferences { held: reference, active };
                context.station(station, StationInput::Act(act));
                return StatusCode::ACCEPTED;
            }
            ("Join", None) => Key::Join { line, reference },
            ("Select" | "Unselect", _) => Key::Select { line, reference },
            ("Park" | "ParkMonitor", _) => Key::Park { line, reference },
            ("IDivert", _) => Key::DivertToVoicemail { line, reference },
            ("RmLastConf", _) => Key::RemoveLastParticipant,
            ("CallBack", _) => Key::CallBack,
            ("HLog", _) => Key::HuntGroupLog,
            _ => return StatusCode::NOT_IMPLEMENTED,
        };
        context.station(station, StationInput::Key(key));
        StatusCode::ACCEPTED
    }

    /// The call of a phone whose dialog this is.
    fn call_named(&self, station: StationId, name: Option<&Replaces>, sip: &Endpoint) -> Option<u32> {
        let name = name?;
        let mut legs = self.legs.at(station).map(|(_, leg)| leg);
        let leg = legs.find(|leg| {
            let dialog = leg.dialog.and_then(|dialog| sip.dialog(dialog));
            dialog.is_some_and(|dialog| {
                name.names(dialog.call_id(), &dialog.id().tag().to_string(), dialog.remote_tag())
            })
        });
        leg?.reference
    }
}
