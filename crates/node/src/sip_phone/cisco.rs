//! What Cisco phones with enterprise SIP firmware say and expect beyond the standards.
//!
//! | what | answer |
//! | --- | --- |
//! | REGISTER whose body asks for options | 200 with the options: who notifies of what, and who mixes |
//! | REGISTER with `cisco-keep-alive` in Contact | 200; nothing changes: the phone asks whether the server is there |
//! | INVITE for `x-cisco-serviceuri-...` | the feature of a key is carried out, and the call ends |
//! | INVITE for `x-cisco-serviceuri-abbrdial-N` | the number of the speed dial is called |
//! | PUBLISH of presence with `dnd` or `available` | do not disturb |
//!
//! Only the first line of such a phone registers; its other lines are called there by their own numbers.

use hookflash_core::{Act, FeatureCode, StationInput};
use hookflash_sip::{Body, ContentKind};
use hookflash_wire::sip::{HeaderName, Request, StatusCode, Uri};
use smol_str::SmolStr;

use super::SipPhones;
use crate::{
    Context,
    sip::{Endpoint, Incoming, Reply},
};

/// The parameter of a Contact that changes nothing.
pub(super) const KEEP_ALIVE: &str = "cisco-keep-alive";

/// What the addresses of services begin with.
const SERVICE: &str = "x-cisco-serviceuri-";

/// Seconds for which a published state is kept; the phone publishes again when it changes.
const PUBLISHED_FOR: u32 = 3600;

const RESPONSE: ContentKind =
    ContentKind { content_type: "application/x-cisco-remotecc-response+xml", disposition: None };

/// The options of this server: the phone mixes no conferences of more than six, and is notified without a subscription.
const OPTIONS: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<x-cisco-remotecc-response><response><code>200</code><optionsind>\
    <combine max=\"6\"><remotecc><status/></remotecc><service-control/></combine><dialog usage=\"hook status\"><unot/></dialog>\
    <dialog usage=\"shared line\"><unot/></dialog><presence usage=\"blf speed dial\"><unot/></presence><joinreq></joinreq>\
    </optionsind></response></x-cisco-remotecc-response>\n";

/// The answer to a REGISTER that asks for options: its body, and the header beside it.
pub(super) fn options(request: &Request) -> Option<(Body<'static>, (HeaderName<'static>, String))> {
    let asks = request.body().windows(OPTIONS_ASKED.len()).any(|part| part == OPTIONS_ASKED);
    let supported = (HeaderName::SUPPORTED, "X-cisco-sis-10.0.0".to_owned());
    asks.then(|| (Body { kind: RESPONSE, bytes: OPTIONS.as_bytes() }, supported))
}

const OPTIONS_ASKED: &[u8] = b"<optionsind";

/// The feature that an address stands for, and the digits that go with it.
pub(super) fn service(uri: &Uri<'_>) -> Option<(FeatureCode, SmolStr)> {
    let user = uri.user_decoded()?;
    let named = user.strip_prefix(SERVICE)?;
    let (name, digits) = named.split_once('-').unwrap_or((named, ""));
    if !digits.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'*' | b'#' | b'+'))
        || digits.len() > 32
    {
        return None;
    }
    let code = match (name, digits) {
        ("cfwdall", "") => FeatureCode::CancelForward,
        ("cfwdall", _) => FeatureCode::ForwardAll,
        ("pickup" | "opickup", _) => FeatureCode::PickupLocal,
        ("gpickup", _) => FeatureCode::PickupGroup,
        _ => return None,
    };
    Some((code, digits.into()))
}

/// The speed dial that an address stands for.
pub(super) fn speed_dial(uri: &Uri<'_>) -> Option<u32> {
    let user = uri.user_decoded()?;
    user.strip_prefix(SERVICE)?.strip_prefix("abbrdial-")?.parse().ok()
}

/// What a phone is told of a call beside who the other party is: which way it goes, and that its audio is not proved to be secure.
fn call_info(from_phone: bool) -> (HeaderName<'static>, String) {
    let orientation = if from_phone { "from" } else { "to" };
    let value =
        format!("<urn:x-cisco-remotecc:callinfo>;orientation={orientation};security=NotAuthenticated");
    (HeaderName::new("Call-Info"), value)
}

/// Whether a published presence says that the user is not to be disturbed; `None` if it says nothing of that.
fn disturbed(body: &[u8]) -> Option<bool> {
    let says = |word: &[u8]| body.windows(word.len()).any(|part| part == word);
    match (says(b"<ce:dnd"), says(b"<ce:available")) {
        (true, _) => Some(true),
        (false, true) => Some(false),
        _ => None,
    }
}

impl SipPhones {
    /// Call-Info for a call of a phone, or to it, if it is such a phone.
    pub(super) fn call_info(
        &self,
        station: hookflash_core::StationId,
        from_phone: bool,
    ) -> Option<(HeaderName<'static>, String)> {
        let phone = self.phones.get(&station)?;
        phone.contacts.iter().any(super::Contact::is_cisco).then(|| call_info(from_phone))
    }

    /// A PUBLISH: the key for do not disturb of a Cisco phone.
    pub(crate) fn published(&mut self, incoming: Incoming, sip: &mut Endpoint, context: &mut Context<'_>) {
        let request = incoming.request();
        let event = request.headers().get(HeaderName::EVENT).unwrap_or_default();
        let name = incoming.from().and_then(|from| super::register::user(&from)).unwrap_or_default();
        let Some(station) = self.at_flow(&incoming, &name) else {
            if self.is_silent() {
                return sip.discard(incoming);
            }
            return sip.reply(context.now, incoming, StatusCode::FORBIDDEN.into(), context.out);
        };
        // Of other phones nothing is kept, so nothing is promised.
        let is_cisco = |phone: &super::Phone| phone.contacts.iter().any(super::Contact::is_cisco);
        if !self.phones.get(&station).is_some_and(is_cisco) {
            return refuse_event(incoming, sip, context);
        }
        if !event.eq_ignore_ascii_case("presence") {
            return refuse_event(incoming, sip, context);
        }
        let on = disturbed(request.body());
        let tag = SmolStr::from(format!("{}", context.now.as_millis()));
        let headers = [
            (HeaderName::new("SIP-ETag"), tag.to_string()),
            (HeaderName::EXPIRES, PUBLISHED_FOR.to_string()),
        ];
        sip.reply(context.now, incoming, Reply::from(StatusCode::OK).with_headers(&headers), context.out);
        if let Some(on) = on {
            context.station(station, StationInput::Act(Act::SetDoNotDisturb(on)));
        }
    }
}

/// Nothing of this event is kept.
fn refuse_event(incoming: Incoming, sip: &mut Endpoint, context: &mut Context<'_>) {
    let headers = [(HeaderName::ALLOW_EVENTS, crate::sip::EVENTS.to_owned())];
    let reply = Reply::from(StatusCode::BAD_EVENT).with_headers(&headers);
    sip.reply(context.now, incoming, reply, context.out);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_services_are_features_with_digits() {
        let read = |user: &str| service(&Uri::parse(&format!("sip:{user}@office")).unwrap());
        assert_eq!(read("x-cisco-serviceuri-cfwdall-304"), Some((FeatureCode::ForwardAll, "304".into())));
        assert_eq!(read("x-cisco-serviceuri-cfwdall"), Some((FeatureCode::CancelForward, "".into())));
        assert_eq!(read("x-cisco-serviceuri-pickup"), Some((FeatureCode::PickupLocal, "".into())));
        assert_eq!(read("x-cisco-serviceuri-gpickup-12"), Some((FeatureCode::PickupGroup, "12".into())));
        for other in
            ["304", "x-cisco-serviceuri-cfwdall-x", "x-cisco-serviceuri-unheardof", "x-cisco-serviceuri-"]
        {
            assert_eq!(read(other), None, "{other}");
        }
    }

    #[test]
    fn presence_says_whether_the_user_may_be_disturbed() {
        assert_eq!(
            disturbed(b"<presence><person><activities><ce:dnd/></activities></person></presence>"),
            Some(true)
        );
        assert_eq!(disturbed(b"<activities><ce:available/></activities>"), Some(false));
        assert_eq!(disturbed(b"<presence/>"), None);
    }
}
