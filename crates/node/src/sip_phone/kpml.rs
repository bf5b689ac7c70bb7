//! Keys as XML (KPML, RFC 4730): SUBSCRIBE with `Event: kpml` in a call, and a NOTIFY for each key.
//!
//! A phone or another network may subscribe to the keys that the other party of its call presses. With `dtmf-relay sip-kpml` this
//! server subscribes to those of the phone or network, if it says `Allow-Events: kpml`.
//!
//! What is asked for has to be single keys (`<regex>x</regex>`, `<regex>[x*#ABCD]</regex>`), which all are told, once or until the
//! subscription ends; other patterns are answered 501 as RFC 4730 has it. There is one subscription in a call: a further one
//! replaces it.

use std::time::Duration;

use hookflash_core::Instant;
use hookflash_sip::{Body, ContentKind};
use hookflash_wire::sip::{HeaderName, Method, Request, StatusCode};

use super::{
    Purpose, SipPhones,
    leg::{LegId, State},
    provable::InCall,
};
use crate::{
    Context,
    sip::{Endpoint, Incoming, Reply},
};

/// The event package.
pub(super) const EVENT: &str = "kpml";

/// How long a subscription lasts, if it is not said, and at most (RFC 4730, 4.4).
const LASTS: u32 = 7200;

/// Characters of the tag of a pattern.
const MAX_TAG: usize = 64;

const REQUEST: ContentKind = ContentKind { content_type: "application/kpml-request+xml", disposition: None };
const RESPONSE: ContentKind =
    ContentKind { content_type: "application/kpml-response+xml", disposition: None };

/// What this server asks for.
const ALL_KEYS: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\
    <kpml-request xmlns=\"urn:ietf:params:xml:ns:kpml-request\" version=\"1.0\">\
    <pattern persist=\"persist\"><regex tag=\"dtmf\">[x*#ABCD]</regex></pattern></kpml-request>";

/// A subscription to the keys of the other party.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Keys {
    /// The value of Event.
    event: String,
    tag: String,
    /// Whether it goes on after a key.
    persistent: bool,
    until: Instant,
}

impl SipPhones {
    /// SUBSCRIBE in a call.
    pub(super) fn subscribed_in_call(
        &mut self,
        id: LegId,
        incoming: Incoming,
        sip: &mut Endpoint,
        context: &mut Context<'_>,
    ) {
        let request = incoming.request();
        let event = request.headers().get(HeaderName::EVENT).unwrap_or_default().trim().to_owned();
        if !is_kpml(&event) || event.len() > 2 * MAX_TAG {
            let allowed = [(HeaderName::ALLOW_EVENTS, crate::sip::EVENTS.to_owned())];
            let reply = Reply::from(StatusCode::BAD_EVENT).with_headers(&allowed);
            return sip.reply(context.now, incoming, reply, context.out);
        }
        let seconds = match request.headers().expires() {
            Ok(seconds) => seconds.unwrap_or(LASTS).min(LASTS),
            Err(_) => return sip.reply(context.now, incoming, StatusCode::BAD_REQUEST.into(), context.out),
        };
        let before = self.legs.get(&id).and_then(|leg| leg.keys.clone());
        let wanted = Wanted::read(request, before.as_ref());
        let headers = [(HeaderName::EXPIRES, seconds.to_string())];
        let reply = Reply::from(StatusCode::OK).with_headers(&headers);
        sip.reply(context.now, incoming, reply, context.out);
        let (tag, persistent) = match wanted {
            Wanted::Keys { tag, persistent } if seconds > 0 => (tag, persistent),
            other => {
                if let Some(leg) = self.legs.get_mut(&id) {
                    leg.keys = None;
                }
                let code = if matches!(other, Wanted::Other) { 501 } else { 487 };
                return self.tell(id, &event, Told::Over(code), sip, context);
            }
        };
        let until = context.now + Duration::from_secs(seconds.into());
        if let Some(leg) = self.legs.get_mut(&id) {
            leg.keys = Some(Keys { event: event.clone(), tag, persistent, until });
        }
        self.tell(id, &event, Told::Nothing(seconds), sip, context);
    }

    /// The other party has pressed a key. False if nobody has subscribed to that.
    pub(super) fn tell_key(
        &mut self,
        id: LegId,
        key: char,
        sip: &mut Endpoint,
        context: &mut Context<'_>,
    ) -> bool {
        let Some(leg) = self.legs.get_mut(&id) else { return false };
        let Some(keys) = leg.keys.clone().filter(|keys| keys.until > context.now) else { return false };
        if !keys.persistent {
            leg.keys = None;
        }
        let left = u32::try_from(keys.until.since(context.now).as_secs()).unwrap_or(LASTS);
        self.tell(id, &keys.event, Told::Key(key, &keys.tag, keys.persistent.then_some(left)), sip, context);
        true
    }

    fn tell(
        &mut self,
        id: LegId,
        event: &str,
        told: Told<'_>,
        sip: &mut Endpoint,
        context: &mut Context<'_>,
    ) {
        let Some((station, dialog)) = self.legs.get(&id).and_then(|leg| Some((leg.station, leg.dialog?)))
        else {
            return;
        };
        let headers = [(HeaderName::EVENT, event.to_owned()), (HeaderName::SUBSCRIPTION_STATE, told.state())];
        let text = told.body();
        let body = text.as_deref().map(|text| Body { kind: RESPONSE, bytes: text.as_bytes() });
        let request = InCall { method: &Method::Notify, headers: &headers, body };
        // A key that cannot be told is lost; the call goes on.
        let _ = self.send_in_call((station, dialog), request, Purpose::Other, sip, context);
    }

    /// Subscribes to the keys of a phone or network in a call that has begun, if that is configured and it knows that.
    pub(super) fn ask_for_keys(&mut self, id: LegId, sip: &mut Endpoint, context: &mut Context<'_>) {
        let Some(leg) = self.legs.get(&id) else { return };
        let wanted = self.phones.get(&leg.station).is_some_and(|phone| phone.pool.digits_by_kpml);
        let ready = wanted && leg.knows_kpml && !leg.asked_for_keys && leg.state == State::Up;
        let (Some(dialog), true) = (leg.dialog, ready) else { return };
        let station = leg.station;
        let headers = [(HeaderName::EVENT, EVENT.to_owned()), (HeaderName::EXPIRES, LASTS.to_string())];
        let body = Some(Body { kind: REQUEST, bytes: ALL_KEYS.as_bytes() });
        let request = InCall { method: &Method::Subscribe, headers: &headers, body };
        if self.send_in_call((station, dialog), request, Purpose::Other, sip, context).is_ok()
            && let Some(leg) = self.legs.get_mut(&id)
        {
            leg.asked_for_keys = true;
        }
    }
}

/// Whether a value of Event names this package.
pub(super) fn is_kpml(event: &str) -> bool {
    event.split(';').next().is_some_and(|name| name.trim().eq_ignore_ascii_case(EVENT))
}

/// The keys that a NOTIFY tells; `None` if it tells none.
pub(super) fn keys(request: &Request) -> Option<&str> {
    let text = std::str::from_utf8(request.body()).ok()?;
    let element = element(text, "kpml-response")?;
    let good = attribute(element, "code").is_none_or(|code| code == "200");
    attribute(element, "digits").filter(|digits| good && !digits.is_empty())
}

/// What a NOTIFY says.
enum Told<'a> {
    /// The subscription has begun, for so many seconds.
    Nothing(u32),
    /// A key, the tag of the pattern, and how many seconds the subscription lasts yet.
    Key(char, &'a str, Option<u32>),
    /// The subscription is over, for this reason.
    Over(u16),
}

impl Told<'_> {
    fn state(&self) -> String {
        match self {
            Told::Nothing(seconds) | Told::Key(_, _, Some(seconds)) => format!("active;expires={seconds}"),
            Told::Key(_, _, None) => "terminated;reason=noresource".to_owned(),
            Told::Over(_) => "terminated;reason=timeout".to_owned(),
        }
    }

    fn body(&self) -> Option<String> {
        let (code, text, rest) = match self {
            Told::Nothing(_) => return None,
            Told::Key(key, tag, _) => (200, "OK", format!(" digits=\"{key}\" tag=\"{tag}\"")),
            Told::Over(501) => (501, "Bad Document", String::new()),
            Told::Over(code) => (*code, "Subscription Expired", String::new()),
        };
        Some(format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><kpml-response \
             xmlns=\"urn:ietf:params:xml:ns:kpml-response\" version=\"1.0\" code=\"{code}\" text=\"{text}\"{rest}/>"
        ))
    }
}

/// What a SUBSCRIBE asks for.
#[derive(PartialEq, Eq, Debug)]
enum Wanted {
    /// Single keys.
    Keys { tag: String, persistent: bool },
    /// Something that is not served here.
    Other,
}

impl Wanted {
    /// One without a body goes on with what was asked for before.
    fn read(request: &Request, before: Option<&Keys>) -> Wanted {
        if request.body().is_empty() {
            return match before {
                Some(keys) => Wanted::Keys { tag: keys.tag.clone(), persistent: keys.persistent },
                None => Wanted::Other,
            };
        }
        std::str::from_utf8(request.body()).ok().and_then(Wanted::of).unwrap_or(Wanted::Other)
    }

    fn of(text: &str) -> Option<Wanted> {
        let pattern = element(text, "pattern")?;
        let persistent = attribute(pattern, "persist").is_some_and(|how| how == "persist");
        let regex = element(text, "regex")?;
        let tag = attribute(regex, "tag").unwrap_or_default();
        let (_, rest) = text.split_once("<regex")?;
        let (expression, _) = rest.split_once('>')?.1.split_once('<')?;
        let plain = tag.len() <= MAX_TAG
            && tag.chars().all(|char| char.is_ascii_alphanumeric() || "-_.".contains(char));
        (is_one_key(expression.trim()) && plain).then(|| Wanted::Keys { tag: tag.to_owned(), persistent })
    }
}

/// Whether an expression stands for single keys.
fn is_one_key(expression: &str) -> bool {
    let inner = expression.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    match inner {
        Some(set) => !set.is_empty() && !set.contains(['[', ']', '{', '|', '(']),
        None => matches!(expression, "x" | "X" | "."),
    }
}

/// The inside of the first tag with this name.
fn element<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let mut rest = text;
    loop {
        let (_, behind) = rest.split_once('<')?;
        if let Some(inside) =
            behind.strip_prefix(name).filter(|inside| !inside.starts_with(char::is_alphanumeric))
        {
            return inside.split_once('>').map(|(inside, _)| inside);
        }
        rest = behind;
    }
}

/// The value of an attribute in the inside of a tag.
fn attribute<'t>(inside: &'t str, name: &str) -> Option<&'t str> {
    let mut rest = inside;
    loop {
        let (before, behind) = rest.split_once('=')?;
        let behind = behind.trim_start();
        let quote = behind.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
        let (value, further) = behind.get(1..)?.split_once(quote)?;
        if before.trim().rsplit(char::is_whitespace).next() == Some(name) {
            return Some(value);
        }
        rest = further;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn single_keys_may_be_asked_for_and_nothing_else() {
        let asked = |persist: &str, regex: &str| {
            Wanted::of(&format!(
                "<?xml version='1.0'?><kpml-request xmlns='urn:ietf:params:xml:ns:kpml-request' version='1.0'>\
                 <pattern{persist}>{regex}</pattern></kpml-request>"
            ))
        };
        let keys = |tag: &str, persistent| Some(Wanted::Keys { tag: tag.into(), persistent });
        assert_eq!(Wanted::of(ALL_KEYS), keys("dtmf", true));
        assert_eq!(asked(" persist=\"persist\"", "<regex>x</regex>"), keys("", true));
        assert_eq!(asked("", "<regex tag='a'> [x*#] </regex>"), keys("a", false));
        for other in
            ["<regex>xx</regex>", "<regex>[x]{3}</regex>", "<regex tag='\"&lt;'>x</regex>", "", "<regex>"]
        {
            assert_eq!(asked("", other), None, "{other}");
        }
    }

    #[test]
    fn keys_are_read_from_what_is_told() {
        let element = element(
            "<?xml version=\"1.0\"?><kpml-response version=\"1.0\" code='200' text=\"a = b\" digits=\"1#\" tag=\"x\"/>",
            "kpml-response",
        );
        let element = element.unwrap();
        assert_eq!((attribute(element, "digits"), attribute(element, "code")), (Some("1#"), Some("200")));
        assert_eq!(attribute(element, "igits"), None);
    }
}
