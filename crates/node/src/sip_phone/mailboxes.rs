//! Messages that wait at a voicemail server (`mwi-server` of `sip-ua`): for which numbers, it says by NOTIFY (RFC 3842).
//!
//! ```text
//!   each number with `mwi sip` ──► SUBSCRIBE ──► granted: again before it expires
//!                                     ▲    └──► refused, no answer, or ended: again later
//!                                     └────────────────────────┘
//!   NOTIFY in such a subscription, or without one (`unsolicited`) ──► the lamps of the number
//! ```
//!
//! # Invariants
//!
//! * Only the server is listened to, and only about numbers with `mwi sip`.
//! * A NOTIFY that an older one has overtaken changes nothing.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use hookflash_core::{Deadline, Instant};
use hookflash_sip::{Outgoing, Tag};
use hookflash_wire::sip::{HeaderName, Method, Request, Response, StatusCode};
use smol_str::SmolStr;
use tracing::{debug, info, warn};

use super::{
    Purpose, REGISTER_AGAIN, SipPhones, Timer,
    connections::Way,
    headers,
    names::Place,
    register::user,
    settings::MwiSettings,
    trunks::{REFUSED_AGAIN, may_prove, prove, retry_after},
};
use crate::{
    Context, SipTransport,
    sip::{Endpoint, Incoming, User},
};

const EVENT: &str = "message-summary";

/// What is between the first SUBSCRIBEs for two numbers.
const PACE: Duration = Duration::from_millis(20);

/// How long until a connection that is being opened is used.
const SOON: Duration = Duration::from_secs(2);

/// Longest address of the other end that is kept.
const MAX_TARGET: usize = 512;

/// The other end of a subscription.
#[derive(Debug)]
struct Theirs {
    tag: String,
    /// Where requests are addressed to.
    target: String,
}

/// A number, and the subscription for its messages.
#[derive(Debug)]
struct Mailbox {
    number: SmolStr,
    call_id: String,
    tag: Tag,
    cseq: u32,
    /// How often credentials were sent since the last SUBSCRIBE without.
    proofs: u32,
    /// The shortest subscription that the server grants, in seconds.
    least: u32,
    theirs: Option<Theirs>,
    /// CSeq of its last NOTIFY.
    told: Option<u32>,
    /// Until when it is granted; `None` if it is not.
    until: Option<Instant>,
    again: Option<Deadline>,
}

/// The subscriptions at the voicemail server.
#[derive(Debug, Default)]
pub(super) struct Mailboxes {
    by_id: BTreeMap<u32, Mailbox>,
    last: u32,
    /// The server that they are at.
    server: Option<(Place, SipTransport, u32)>,
    /// Whether the log says that the server refuses, or does not answer.
    fails: bool,
}

impl Mailboxes {
    pub(super) fn len(&self) -> usize {
        self.by_id.len()
    }

    fn of_dialog(&mut self, call_id: &str, tag: &str) -> Option<(u32, &mut Mailbox)> {
        let own = |mailbox: &Mailbox| mailbox.call_id == call_id && mailbox.tag.to_string() == tag;
        self.by_id.iter_mut().find(|(_, mailbox)| own(mailbox)).map(|(id, mailbox)| (*id, mailbox))
    }
}

/// What a NOTIFY says.
enum Said {
    /// Whether messages wait.
    Waiting(bool),
    /// Nothing about that.
    Nothing,
}

impl SipPhones {
    /// Whether a voicemail server says for which numbers messages wait.
    pub(crate) fn has_mwi_server(&self) -> bool {
        self.settings.mwi.is_some()
    }

    /// Where the numbers stand that a voicemail server is asked about: until when a subscription lasts, if it does.
    pub(crate) fn mailboxes(&self) -> impl Iterator<Item = (&str, Option<Instant>)> {
        self.mailboxes.by_id.values().map(|mailbox| (mailbox.number.as_str(), mailbox.until))
    }

    /// Subscribes for numbers that are new, and ends the subscriptions of those that are gone.
    pub(super) fn settle_mailboxes(&mut self, sip: &mut Endpoint, context: &mut Context<'_>) {
        let asked = self.settings.mwi.as_ref().filter(|mwi| !mwi.unsolicited);
        let server = asked.map(|mwi| (mwi.place.clone(), mwi.transport, mwi.expires));
        let moved = self.mailboxes.server != server;
        let wanted: BTreeSet<SmolStr> = asked.map(|mwi| mwi.numbers.clone()).unwrap_or_default();
        self.mailboxes.server = server;
        let is_gone = |mailbox: &Mailbox| moved || !wanted.contains(&mailbox.number);
        let gone: Vec<u32> =
            self.mailboxes.by_id.iter().filter(|(_, mailbox)| is_gone(mailbox)).map(|(id, _)| *id).collect();
        for id in gone {
            if !moved {
                self.send_subscribe(id, Some(0), None, sip, context);
            }
            let mailbox = self.mailboxes.by_id.remove(&id);
            self.timers.stop(mailbox.and_then(|mailbox| mailbox.again));
        }
        let known: BTreeSet<SmolStr> =
            self.mailboxes.by_id.values().map(|mailbox| mailbox.number.clone()).collect();
        let mut at = context.now;
        for number in wanted.into_iter().filter(|number| !known.contains(number)) {
            self.mailboxes.last = self.mailboxes.last.wrapping_add(1);
            let id = self.mailboxes.last;
            let again = Some(self.timers.start(at, Timer::Mailbox(id)));
            at = at + PACE;
            let mailbox = Mailbox {
                number,
                call_id: sip.new_call_id(),
                tag: sip.new_tag(),
                cseq: 0,
                proofs: 0,
                least: 0,
                theirs: None,
                told: None,
                until: None,
                again,
            };
            self.mailboxes.by_id.insert(id, mailbox);
        }
    }

    /// A subscription is to begin, or to be renewed.
    pub(super) fn mailbox_due(&mut self, id: u32, sip: &mut Endpoint, context: &mut Context<'_>) {
        if let Some(mailbox) = self.mailboxes.by_id.get_mut(&id) {
            mailbox.again = None;
        }
        self.send_subscribe(id, None, None, sip, context);
    }

    /// Sends SUBSCRIBE: for as long as is configured, or for so many seconds.
    fn send_subscribe(
        &mut self,
        id: u32,
        seconds: Option<u32>,
        challenged: Option<&Response>,
        sip: &mut Endpoint,
        context: &mut Context<'_>,
    ) {
        let Some(server) = self.settings.mwi.clone() else { return };
        let Some(peer) = self.address(context.now, &server.place) else {
            return self.mailbox_again(id, REGISTER_AGAIN, context.now);
        };
        let flow = match self.way((&server.place, server.transport), peer, context) {
            Way::Flow(flow) => flow,
            Way::Opening(_) => return self.mailbox_again(id, SOON, context.now),
            Way::None => return self.mailbox_again(id, REGISTER_AGAIN, context.now),
        };
        let Some(mailbox) = self.mailboxes.by_id.get_mut(&id) else { return };
        if seconds == Some(0) && mailbox.theirs.is_none() {
            return;
        }
        mailbox.cseq = mailbox.cseq.wrapping_add(1);
        mailbox.proofs = if challenged.is_some() { mailbox.proofs + 1 } else { 0 };
        let account = headers::uri(&mailbox.number, &server.place.to_string());
        let uri = mailbox.theirs.as_ref().map_or(account.clone(), |theirs| theirs.target.clone());
        let to = match &mailbox.theirs {
            Some(theirs) => format!("<{account}>;tag={}", theirs.tag),
            None => format!("<{account}>"),
        };
        let from = format!("<{}>", headers::uri(&mailbox.number, &host_of(flow.local())));
        let expires = seconds.unwrap_or(server.expires.max(mailbox.least));
        let mut headers = vec![
            (HeaderName::EVENT, EVENT.to_owned()),
            (HeaderName::ACCEPT, "application/simple-message-summary".to_owned()),
            (HeaderName::EXPIRES, expires.to_string()),
        ];
        if let Some(response) = challenged {
            match prove(response, &server.logins, &Method::Subscribe, &uri, mailbox.cseq) {
                Some(proof) => headers.push(proof),
                None => return self.mailbox_failed(id, Some(response), context.now),
            }
        }
        let outgoing = Outgoing {
            tag: Some(mailbox.tag),
            call_id: &mailbox.call_id,
            cseq: mailbox.cseq,
            contact: Some(&mailbox.number),
            headers: &headers,
            patience: self.settings.retries.of_other(&Method::Subscribe),
            ..Outgoing::new(&Method::Subscribe, flow, &uri, &from, &to)
        };
        match sip.send(context.now, User::Phones, &outgoing, context.out) {
            Ok(request) => drop(self.requests.insert(request, Purpose::Mailbox(id))),
            Err(_) => self.mailbox_again(id, REGISTER_AGAIN, context.now),
        }
    }

    /// The server has answered a SUBSCRIBE, or with `None` has not.
    pub(super) fn mailbox_answered(
        &mut self,
        id: u32,
        response: Option<&Response>,
        sip: &mut Endpoint,
        context: &mut Context<'_>,
    ) {
        let Some(mailbox) = self.mailboxes.by_id.get_mut(&id) else { return };
        let Some(response) = response else { return self.mailbox_failed(id, None, context.now) };
        if may_prove(response, mailbox.proofs) {
            return self.send_subscribe(id, None, Some(response), sip, context);
        }
        if response.status == StatusCode::INTERVAL_TOO_BRIEF {
            let least = response.headers().get(HeaderName::MIN_EXPIRES);
            let least = least.and_then(|least| least.trim().parse().ok());
            if let Some(least) = least.filter(|least| *least > mailbox.least) {
                mailbox.least = least;
                return self.send_subscribe(id, None, None, sip, context);
            }
        }
        // The server has forgotten the subscription: another one begins.
        if response.status == StatusCode::CALL_DOES_NOT_EXIST && mailbox.theirs.is_some() {
            mailbox.forget(sip);
            return self.send_subscribe(id, None, None, sip, context);
        }
        if !response.status.is_success() {
            mailbox.forget(sip);
            return self.mailbox_failed(id, Some(response), context.now);
        }
        mailbox.note_dialog(response.headers().to().ok(), first_contact(response.headers()));
        let asked = self.settings.mwi.as_ref().map_or(0, |server| server.expires);
        let granted = response.headers().expires().ok().flatten().unwrap_or(asked);
        mailbox.until = Some(context.now + Duration::from_secs(granted.into()));
        if std::mem::take(&mut self.mailboxes.fails) {
            info!("the voicemail server says again whether messages wait");
        }
        let after = Duration::from_secs(u64::from(granted.max(20)) * 4 / 5);
        self.mailbox_again(id, after, context.now);
    }

    fn mailbox_again(&mut self, id: u32, after: Duration, now: Instant) {
        let Some(mailbox) = self.mailboxes.by_id.get_mut(&id) else { return };
        let again = self.timers.start(now + after, Timer::Mailbox(id));
        let before = mailbox.again.replace(again);
        self.timers.stop(before);
    }

    /// A subscription was refused, or had no answer.
    fn mailbox_failed(&mut self, id: u32, response: Option<&Response>, now: Instant) {
        let status = response.map(|response| response.status);
        let (Some(mailbox), Some(server)) = (self.mailboxes.by_id.get_mut(&id), &self.settings.mwi) else {
            return;
        };
        mailbox.until = None;
        match std::mem::replace(&mut self.mailboxes.fails, true) {
            true => debug!(number = %mailbox.number, ?status, "no subscription for messages"),
            false => {
                warn!(number = %mailbox.number, server = %server.place, ?status, "the voicemail server does not say whether messages wait");
            }
        }
        let refused = matches!(status, Some(StatusCode::FORBIDDEN | StatusCode::NOT_FOUND));
        let after = response.and_then(retry_after);
        let after = after.unwrap_or(if refused { REFUSED_AGAIN } else { REGISTER_AGAIN });
        self.mailbox_again(id, after, now);
    }

    /// A NOTIFY that belongs to no dialog of the SIP layer: of a subscription here, or of none.
    pub(crate) fn messages_told(
        &mut self,
        incoming: Incoming,
        sip: &mut Endpoint,
        context: &mut Context<'_>,
    ) {
        let status = self.take_notice(&incoming, sip, context);
        sip.reply(context.now, incoming, status.into(), context.out);
    }

    fn take_notice(
        &mut self,
        incoming: &Incoming,
        sip: &mut Endpoint,
        context: &mut Context<'_>,
    ) -> StatusCode {
        const UNKNOWN: StatusCode = StatusCode::CALL_DOES_NOT_EXIST;
        let Some(server) = self.settings.mwi.clone() else { return UNKNOWN };
        if !self.is_at(&server.place, incoming.flow().peer().ip()) {
            return UNKNOWN;
        }
        let request = incoming.request();
        let event = request.headers().get(HeaderName::EVENT).unwrap_or_default();
        if event.split(';').next().map(str::trim) != Some(EVENT) {
            return StatusCode::BAD_EVENT;
        }
        let said = match said(request) {
            Ok(said) => said,
            Err(status) => return status,
        };
        let own_tag = incoming.to().and_then(|to| to.tag());
        let number = match own_tag {
            Some(tag) => match self.notice_in_subscription(incoming, tag, sip, context) {
                Ok(number) => number,
                Err(status) => return status,
            },
            None if !server.unsolicited => return UNKNOWN,
            None => match self.told_about(incoming, &server) {
                Some(number) => number,
                None => return StatusCode::NOT_FOUND,
            },
        };
        if let Said::Waiting(on) = said {
            context.inputs.push_back(hookflash_core::Input::MessageWaiting(number, on));
        }
        StatusCode::OK
    }

    /// A NOTIFY of a subscription: its number.
    fn notice_in_subscription(
        &mut self,
        incoming: &Incoming,
        own_tag: &str,
        sip: &mut Endpoint,
        context: &mut Context<'_>,
    ) -> Result<SmolStr, StatusCode> {
        let request = incoming.request();
        let found = self.mailboxes.of_dialog(incoming.call_id(), own_tag);
        let Some((id, mailbox)) = found else { return Err(StatusCode::CALL_DOES_NOT_EXIST) };
        let count = request.headers().cseq().map_err(|_| StatusCode::BAD_REQUEST)?.number;
        let their_tag = incoming.from().and_then(|from| from.tag().map(str::to_owned));
        if mailbox.theirs.as_ref().is_some_and(|theirs| Some(&theirs.tag) != their_tag.as_ref()) {
            return Err(StatusCode::CALL_DOES_NOT_EXIST);
        }
        if mailbox.told.is_some_and(|told| count <= told) {
            return Err(StatusCode::SERVER_INTERNAL_ERROR);
        }
        // It may come before the answer to SUBSCRIBE (RFC 6665, 4.1.2.4).
        mailbox.note_dialog(incoming.from(), first_contact(request.headers()));
        mailbox.told = Some(count);
        let number = mailbox.number.clone();
        let state = request.headers().get(HeaderName::SUBSCRIPTION_STATE).unwrap_or_default();
        if state.split(';').next().is_some_and(|state| state.trim().eq_ignore_ascii_case("terminated")) {
            mailbox.forget(sip);
            mailbox.until = None;
            self.mailbox_again(id, begins_anew(state), context.now);
        }
        Ok(number)
    }

    /// The number that a NOTIFY without a subscription is about, if it has `mwi sip`.
    fn told_about(&self, incoming: &Incoming, server: &MwiSettings) -> Option<SmolStr> {
        let uri = incoming.request().uri().user_decoded().map(|user| user.to_string());
        let to = || incoming.to().and_then(|to| user(&to));
        let number = SmolStr::from(uri.or_else(to)?);
        let plain = number.strip_prefix(server.prefix.as_str()).map(SmolStr::from);
        let known = [Some(number.clone()), plain, Some(self.settings.demoted(number))];
        known.into_iter().flatten().find(|number| server.numbers.contains(number))
    }
}

impl Mailbox {
    /// The subscription is over; another one has names of its own.
    fn forget(&mut self, sip: &mut Endpoint) {
        (self.call_id, self.tag) = (sip.new_call_id(), sip.new_tag());
        (self.cseq, self.proofs, self.theirs, self.told) = (0, 0, None, None);
    }

    fn note_dialog(&mut self, them: Option<hookflash_wire::sip::NameAddr<'_>>, target: Option<String>) {
        let tag = them.and_then(|them| them.tag().map(str::to_owned));
        let target = target.filter(|target| target.len() <= MAX_TARGET);
        if let (Some(tag), Some(target)) = (tag, target) {
            self.theirs = Some(Theirs { tag, target });
        }
    }
}

/// The address in Contact.
fn first_contact(headers: &hookflash_wire::sip::Headers) -> Option<String> {
    let contact = headers.contacts().find_map(Result::ok)?;
    Some(contact.address()?.uri_text.to_owned())
}

/// After which time a subscription that the server has ended begins anew (RFC 6665, 4.1.3).
fn begins_anew(state: &str) -> Duration {
    let parameter = |name: &str| {
        let named = state.split(';').skip(1).filter_map(|parameter| parameter.split_once('='));
        named.map(|(name, value)| (name.trim(), value.trim())).find(|(own, _)| own.eq_ignore_ascii_case(name))
    };
    let seconds = parameter("retry-after").and_then(|(_, seconds)| seconds.parse::<u64>().ok());
    let reason = parameter("reason").map(|(_, reason)| reason.to_ascii_lowercase());
    match (seconds, reason.as_deref()) {
        (Some(seconds), _) => Duration::from_secs(seconds.clamp(1, 3600)),
        (None, Some("deactivated" | "timeout")) => SOON,
        (None, Some("rejected" | "noresource" | "invariant")) => REFUSED_AGAIN,
        (None, _) => REGISTER_AGAIN,
    }
}

/// What a NOTIFY says about messages.
fn said(request: &Request) -> Result<Said, StatusCode> {
    if request.body().is_empty() {
        return Ok(Said::Nothing);
    }
    let kind = request.headers().content_type().map_err(|_| StatusCode::BAD_REQUEST)?;
    if kind.is_some_and(|kind| !kind.is("application/simple-message-summary")) {
        return Err(StatusCode::UNSUPPORTED_MEDIA_TYPE);
    }
    let text = std::str::from_utf8(request.body()).map_err(|_| StatusCode::BAD_REQUEST)?;
    let lines = text.lines().filter_map(|line| line.split_once(':'));
    let mut waiting = lines.filter(|(name, _)| name.trim().eq_ignore_ascii_case("messages-waiting"));
    match waiting.next().map(|(_, value)| value.trim().to_ascii_lowercase()).as_deref() {
        Some("yes") => Ok(Said::Waiting(true)),
        Some("no") => Ok(Said::Waiting(false)),
        _ => Err(StatusCode::BAD_REQUEST),
    }
}

/// What stands for this server in addresses.
fn host_of(local: SocketAddr) -> String {
    match local.ip() {
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) => format!("[{ip}]"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_end_of_a_subscription_says_about_the_next_one() {
        assert_eq!(begins_anew("terminated;reason=deactivated"), SOON);
        assert_eq!(begins_anew("terminated; reason=Rejected"), REFUSED_AGAIN);
        assert_eq!(begins_anew("terminated;reason=probation;retry-after=90"), Duration::from_secs(90));
        assert_eq!(begins_anew("terminated"), REGISTER_AGAIN);
    }
}
