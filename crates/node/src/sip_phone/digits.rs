//! Digits that go with the signalling: INFO (`application/dtmf-relay`, `application/dtmf`), and NOTIFY with
//! `Event: telephone-event`, as Cisco phones send it.
//!
//! What a phone sends so becomes digits of its connection; the other parties hear them as telephone events or tones from the
//! media engine. A phone that takes no telephone events but INFO gets digits so; so does a dial peer or pool with
//! `dtmf-relay sip-info`.

use hookflash_core::{Act, StationInput, view::Appearance};
use hookflash_sip::{Body, ContentKind};
use hookflash_wire::sip::{HeaderName, Method, Request, StatusCode};
use smol_str::SmolStr;

use super::{Purpose, SipPhones, kpml, leg::LegId, provable::InCall};
use crate::{
    Context,
    sip::{Endpoint, Incoming, Reply},
};

const RELAY: ContentKind = ContentKind { content_type: "application/dtmf-relay", disposition: None };

/// The digits of RFC 4733, 3.2, by event.
const EVENTS: &str = "0123456789*#ABCD";

/// Keys in one NOTIFY.
const MAX_KEYS: usize = 32;

impl SipPhones {
    /// INFO or NOTIFY in the dialog of a leg.
    pub(super) fn told(
        &mut self,
        id: LegId,
        incoming: Incoming,
        sip: &mut Endpoint,
        context: &mut Context<'_>,
    ) {
        let request = incoming.request();
        let digit = match request.method {
            Method::Notify => notified(request),
            _ => informed(request),
        };
        let status = match digit {
            Digit::Pressed(digit) => {
                if let Some((station, reference)) = self.connection_of(id) {
                    let digits = SmolStr::new(digit.encode_utf8(&mut [0; 4]));
                    context.station(station, StationInput::Act(Act::Digits(reference, digits)));
                }
                StatusCode::OK
            }
            Digit::Several(keys) => {
                if let Some((station, reference)) = self.connection_of(id) {
                    context.station(station, StationInput::Act(Act::Digits(reference, keys)));
                }
                StatusCode::OK
            }
            Digit::Nothing => StatusCode::OK,
            Digit::Wrong => StatusCode::BAD_REQUEST,
            Digit::Unknown => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        };
        let kinds = [(HeaderName::ACCEPT, "application/dtmf-relay, application/dtmf".to_owned())];
        let reply = match status {
            StatusCode::UNSUPPORTED_MEDIA_TYPE => Reply::from(status).with_headers(&kinds),
            status => status.into(),
        };
        sip.reply(context.now, incoming, reply, context.out);
    }

    /// Tells a phone which digit another party sends, once.
    pub(super) fn draw_digit(
        &mut self,
        id: LegId,
        appearance: &Appearance,
        sip: &mut Endpoint,
        context: &mut Context<'_>,
    ) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        let before = std::mem::replace(&mut leg.heard, appearance.heard);
        let by_signalling = leg.description.is_some_and(|description| description.digits_by_signalling);
        let digit = appearance.heard.filter(|digit| before != Some(*digit) && by_signalling);
        let pressed = appearance.heard.filter(|digit| before != Some(*digit));
        if pressed.is_some_and(|key| self.tell_key(id, key, sip, context)) {
            return;
        }
        let Some(leg) = self.legs.get(&id) else { return };
        let (Some(digit), Some(dialog)) = (digit, leg.dialog) else { return };
        let text = format!("Signal={digit}\r\nDuration=160\r\n");
        let station = leg.station;
        let body = Some(Body { kind: RELAY, bytes: text.as_bytes() });
        let request = InCall { method: &Method::Info, headers: &[], body };
        // A digit that cannot be sent is lost; the call goes on.
        let _ = self.send_in_call((station, dialog), request, Purpose::Other, sip, context);
    }
}

/// What a request says about digits.
enum Digit {
    Pressed(char),
    Several(SmolStr),
    /// It is about something else, or says what was said before.
    Nothing,
    /// It cannot be read.
    Wrong,
    /// It is in a form that is not known.
    Unknown,
}

fn informed(request: &Request) -> Digit {
    if request.body().is_empty() {
        return Digit::Nothing;
    }
    let kind = request.headers().content_type().ok().flatten();
    let text = std::str::from_utf8(request.body()).unwrap_or_default();
    let value = match kind {
        Some(kind) if kind.is("application/dtmf-relay") => {
            let signal = |line: &str| {
                let (name, value) = line.split_once('=')?;
                name.trim().eq_ignore_ascii_case("signal").then(|| value.trim().to_owned())
            };
            text.lines().find_map(signal)
        }
        Some(kind) if kind.is("application/dtmf") => Some(text.trim().to_owned()),
        _ => return Digit::Unknown,
    };
    value.and_then(|value| digit(&value)).map_or(Digit::Wrong, Digit::Pressed)
}

/// A key as it is written: itself, or the number of its event.
fn digit(text: &str) -> Option<char> {
    let by_number = || EVENTS.chars().nth(text.parse().ok()?);
    let mut chars = text.chars();
    match (chars.next(), chars.next()) {
        (Some(key), None) => EVENTS.contains(key.to_ascii_uppercase()).then(|| key.to_ascii_uppercase()),
        (Some(_), Some(_)) => by_number(),
        (None, _) => None,
    }
}

/// The payload of RFC 4733 in hexadecimal digits or in octets; the end of an event counts.
fn notified(request: &Request) -> Digit {
    let event = request.headers().get(HeaderName::EVENT).unwrap_or_default();
    if kpml::is_kpml(event) {
        let keys = kpml::keys(request).map(|keys| keys.chars().map(|key| key.to_ascii_uppercase()));
        let keys = keys.map(|keys| keys.take(MAX_KEYS).collect::<SmolStr>());
        return match keys {
            Some(keys) if keys.chars().all(|key| EVENTS.contains(key)) => Digit::Several(keys),
            Some(_) => Digit::Wrong,
            None => Digit::Nothing,
        };
    }
    if !event.trim_start().to_ascii_lowercase().starts_with("telephone-event") {
        return Digit::Nothing;
    }
    match request.body() {
        [event, flags, ..] if flags & 0x80 != 0 => {
            EVENTS.chars().nth(usize::from(*event)).map_or(Digit::Wrong, Digit::Pressed)
        }
        [_, _, ..] => Digit::Nothing,
        _ => Digit::Wrong,
    }
}

#[cfg(test)]
mod tests {
    use super::digit;

    #[test]
    fn a_key_is_itself_or_its_number() {
        let read = |text| digit(text);
        assert_eq!(
            [read("5"), read("#"), read("d"), read("10"), read("11")].map(Option::unwrap),
            ['5', '#', 'D', '*', '#']
        );
        assert_eq!([read(""), read("x"), read("16"), read("5 5")], [None; 4]);
    }
}
