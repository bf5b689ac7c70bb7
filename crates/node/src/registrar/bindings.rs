//! The contacts at which one address can be reached (RFC 3261, 10.3).

use std::{fmt::Write, net::IpAddr, time::Duration};

use hookflash_core::{Deadline, Instant, Timers};
use hookflash_wire::sip::{Contact, Headers, NameAddr, Params, StatusCode, Uri};

use super::{
    Timer,
    origin::{Nearness, Origin},
};
use crate::sip::{Endpoint, Flow, Incoming};

/// Contacts of one address that are kept at once; one more replaces the one that would end first, so that an
/// application that was started again and again is not locked out by what it left behind.
pub const MAX_CONTACTS: usize = 4;

/// Bytes of a contact with its parameters, and of a Call-ID.
const MAX_CONTACT: usize = 1024;
const MAX_CALL_ID: usize = 256;

/// What an expiry that cannot be read counts as (RFC 3261, 20.10), in seconds.
const UNREADABLE_EXPIRY: u32 = 3600;

/// How long registrations of an address live.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Lifetime {
    /// The shortest that is accepted.
    pub(super) least: Duration,
    /// The longest that is granted, and what is granted when nothing is asked for.
    pub(super) most: Duration,
}

impl Lifetime {
    /// The seconds that are granted when so many are requested.
    fn grant(&self, asked: Option<u32>) -> Result<Duration, StatusCode> {
        match asked.map(|seconds| Duration::from_secs(u64::from(seconds))) {
            None => Ok(self.most),
            Some(Duration::ZERO) => Ok(Duration::ZERO),
            Some(asked) if asked < self.least => Err(StatusCode::INTERVAL_TOO_BRIEF),
            Some(asked) => Ok(asked.min(self.most)),
        }
    }
}

/// What a REGISTER asks for.
#[derive(Debug)]
pub(super) struct Asked<'a> {
    /// Which one of its sender's it is.
    pub(super) call_id: &'a str,
    pub(super) cseq: u32,
    pub(super) change: Change<'a>,
}

#[derive(Debug)]
pub(super) enum Change<'a> {
    /// Nothing: a query.
    None,
    /// All contacts are to go.
    RemoveAll,
    /// These are to be bound for so many seconds: 0 to be removed, `None` for as long as is usual.
    Bind(Vec<(NameAddr<'a>, Option<u32>)>),
}

impl<'a> Asked<'a> {
    /// What these headers ask for.
    ///
    /// # Errors
    /// The status to refuse the REGISTER with.
    pub(super) fn of(headers: &'a Headers) -> Result<Asked<'a>, StatusCode> {
        let bad = |_| StatusCode::BAD_REQUEST;
        let (call_id, cseq) = (headers.call_id().map_err(bad)?, headers.cseq().map_err(bad)?.number);
        let general = headers.expires().unwrap_or(Some(UNREADABLE_EXPIRY));
        let contacts: Vec<Contact<'_>> = headers.contacts().collect::<Result<_, _>>().map_err(bad)?;
        let change = match contacts.as_slice() {
            [] => Change::None,
            [Contact::Any] if general == Some(0) => Change::RemoveAll,
            _ => {
                let bind = |contact: &Contact<'a>| match contact {
                    Contact::Address(address) if address.uri().is_ok() => {
                        Ok((*address, address.params.get("expires").map(seconds).or(general)))
                    }
                    _ => Err(StatusCode::BAD_REQUEST),
                };
                Change::Bind(contacts.iter().map(bind).collect::<Result<_, _>>()?)
            }
        };
        Ok(Asked { call_id, cseq, change })
    }

    /// Whether nothing is to be changed.
    pub(super) fn is_query(&self) -> bool {
        matches!(self.change, Change::None)
    }

    /// Whether nothing is to be bound, and something removed.
    pub(super) fn only_removes(&self) -> bool {
        match &self.change {
            Change::None => false,
            Change::RemoveAll => true,
            Change::Bind(contacts) => contacts.iter().all(|(_, expires)| *expires == Some(0)),
        }
    }
}

/// Seconds beyond 32 bits count as the greatest value.
fn seconds(text: &str) -> u32 {
    match text.parse() {
        Ok(seconds) => seconds,
        Err(_) if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) => u32::MAX,
        Err(_) => UNREADABLE_EXPIRY,
    }
}

/// One contact.
#[derive(Debug)]
pub struct Binding {
    uri: Box<str>,
    /// The parameters of the Contact without `expires`, each with a semicolon in front.
    params: Box<str>,
    call_id: Box<str>,
    cseq: u32,
    /// Whether the REGISTER before it, if there was one, had the same Call-ID (RFC 3261, 10.2).
    steady: bool,
    origin: Origin,
    expires: Instant,
    deadline: Deadline,
}

impl Binding {
    /// The URI of the Contact.
    pub fn uri(&self) -> &str {
        &self.uri
    }

    /// How its REGISTER came.
    pub fn flow(&self) -> &Flow {
        &self.origin.flow
    }

    /// When it ends unless it is refreshed.
    pub fn expires(&self) -> Instant {
        self.expires
    }

    /// The Contact of a response at `now`, with the seconds that are left.
    pub(super) fn contact(&self, now: Instant) -> String {
        format!("<{}>{};expires={}", self.uri, self.params, self.seconds_left(now))
    }

    /// Seconds until it ends, a begun one being a whole one.
    pub fn seconds_left(&self, now: Instant) -> u64 {
        self.expires.since(now).as_millis().div_ceil(1000).try_into().unwrap_or(u64::MAX)
    }

    fn is_from(&self, call_id: &str) -> bool {
        *self.call_id == *call_id
    }

    /// Whether who sends this REGISTER may remove the contact: it came by the same flow, or with the same Call-ID.
    fn may_be_removed(&self, asked: &Asked<'_>, incoming: &Incoming) -> bool {
        self.origin.flow == *incoming.flow() || self.is_from(asked.call_id)
    }

    fn is_of(&self, address: &NameAddr<'_>) -> bool {
        is_same(&self.uri, address)
    }
}

fn is_same(uri: &str, address: &NameAddr<'_>) -> bool {
    Uri::parse(uri).is_ok_and(|uri| address.uri().is_ok_and(|other| uri.is_same(&other)))
}

/// How the next REGISTER of an application is known that goes on with its registration.
#[derive(Debug)]
pub(super) enum Heartbeat {
    /// By its Call-ID, and a CSeq beyond this one.
    CallId(Box<str>, u32),
    /// By its contact, since it has another Call-ID each time.
    Contact(Box<str>),
}

impl Heartbeat {
    pub(super) fn goes_on(&self, asked: &Asked<'_>) -> bool {
        match (self, &asked.change) {
            (Heartbeat::CallId(call_id, cseq), _) => **call_id == *asked.call_id && asked.cseq > *cseq,
            (Heartbeat::Contact(uri), Change::Bind(contacts)) => {
                contacts.iter().any(|(address, _)| is_same(uri, address))
            }
            (Heartbeat::Contact(_), _) => false,
        }
    }
}

/// What binds a contact to the rest: its timer, and the link by which it came.
pub(super) struct Ties<'a> {
    pub(super) timers: &'a mut Timers<Timer>,
    pub(super) sip: &'a mut Endpoint,
    /// What its timer is for.
    pub(super) timer: Timer,
}

impl Ties<'_> {
    fn tie(&mut self, flow: &Flow, expires: Instant) -> Deadline {
        if let Some(link) = flow.link() {
            self.sip.hold_link(link);
        }
        self.timers.start(expires, self.timer)
    }

    fn untie(&mut self, binding: &Binding) {
        if let Some(link) = binding.flow().link() {
            self.sip.release_link(link);
        }
        self.timers.stop(Some(binding.deadline));
    }
}

/// The contacts of one address, in the order in which they were last bound.
#[derive(Debug, Default)]
pub(super) struct Bindings(Vec<Binding>);

impl Bindings {
    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = &Binding> {
        self.0.iter()
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether one of the contacts was registered from this address.
    pub(super) fn is_at(&self, source: IpAddr) -> bool {
        self.0.iter().any(|binding| binding.flow().peer().ip() == source)
    }

    /// How the next REGISTER for each will be known.
    pub(super) fn heartbeats(&self) -> Vec<Heartbeat> {
        let heartbeat = |binding: &Binding| match binding.steady {
            true => Heartbeat::CallId(binding.call_id.clone(), binding.cseq),
            false => Heartbeat::Contact(binding.uri.clone()),
        };
        self.0.iter().map(heartbeat).collect()
    }

    /// Carries out all that is asked for, or nothing.
    ///
    /// # Errors
    /// The status to refuse the REGISTER with. It is 500 for a datagram that was overtaken by a later one.
    pub(super) fn change(
        &mut self,
        now: Instant,
        asked: &Asked<'_>,
        lifetime: Lifetime,
        incoming: &Incoming,
        ties: &mut Ties<'_>,
    ) -> Result<(), StatusCode> {
        // Nothing overtakes on a connection, where clients begin to count again when they like.
        let may_be_late = incoming.flow().link().is_none();
        let overtaken =
            |binding: &Binding| may_be_late && binding.is_from(asked.call_id) && asked.cseq <= binding.cseq;
        match &asked.change {
            Change::None => {}
            Change::RemoveAll => {
                if self.0.iter().any(overtaken) {
                    return Err(StatusCode::SERVER_INTERNAL_ERROR);
                }
                self.remove(|binding| binding.may_be_removed(asked, incoming), ties);
            }
            Change::Bind(contacts) => {
                if contacts.len() > MAX_CONTACTS {
                    return Err(StatusCode::FORBIDDEN);
                }
                let mut granted = Vec::with_capacity(contacts.len());
                for (address, seconds) in contacts {
                    if self.0.iter().any(|binding| binding.is_of(address) && overtaken(binding)) {
                        return Err(StatusCode::SERVER_INTERNAL_ERROR);
                    }
                    let params = params_but_expires(address.params);
                    let size = address.uri_text.len() + params.len();
                    if size > MAX_CONTACT || asked.call_id.len() > MAX_CALL_ID {
                        return Err(StatusCode::MESSAGE_TOO_LARGE);
                    }
                    granted.push((address, params, lifetime.grant(*seconds)?));
                }
                for (address, params, lives) in granted {
                    let before = self.0.iter().find(|binding| binding.is_of(address));
                    let steady = before.is_none_or(|binding| binding.is_from(asked.call_id));
                    if lives.is_zero()
                        && before.is_some_and(|binding| !binding.may_be_removed(asked, incoming))
                    {
                        continue;
                    }
                    self.remove(|binding| binding.is_of(address), ties);
                    if lives.is_zero() {
                        continue;
                    }
                    self.make_room(asked, ties);
                    let expires = now + lives;
                    self.0.push(Binding {
                        uri: address.uri_text.into(),
                        params: params.into(),
                        call_id: asked.call_id.into(),
                        cseq: asked.cseq,
                        steady,
                        origin: Origin::with_contact(incoming, address.uri_text),
                        expires,
                        deadline: ties.tie(incoming.flow(), expires),
                    });
                }
            }
        }
        Ok(())
    }

    /// Ends those whose time is over.
    pub(super) fn expire(&mut self, now: Instant, ties: &mut Ties<'_>) {
        self.remove(|binding| binding.expires <= now, ties);
    }

    /// Ends all of them.
    pub(super) fn clear(&mut self, ties: &mut Ties<'_>) {
        self.remove(|_| true, ties);
    }

    /// How near to one of the contacts something was sent.
    pub(super) fn nearness(&self, origin: &Origin) -> Nearness {
        let near = self.0.iter().map(|binding| binding.origin.nearness(origin));
        near.max().unwrap_or(Nearness::Elsewhere)
    }

    /// Where one more would be too many, the one that would end first goes, unless it came with the same REGISTER.
    fn make_room(&mut self, asked: &Asked<'_>, ties: &mut Ties<'_>) {
        if self.0.len() >= MAX_CONTACTS {
            let comes = |binding: &Binding| binding.is_from(asked.call_id) && binding.cseq == asked.cseq;
            let others = self.0.iter().filter(|binding| !comes(binding));
            let first = others.map(|binding| binding.deadline).min();
            self.remove(|binding| Some(binding.deadline) == first, ties);
        }
    }

    fn remove(&mut self, goes: impl Fn(&Binding) -> bool, ties: &mut Ties<'_>) {
        self.0.retain(|binding| {
            let goes = goes(binding);
            if goes {
                ties.untie(binding);
            }
            !goes
        });
    }
}

/// The parameters of a Contact that are given back.
fn params_but_expires(params: Params<'_>) -> String {
    let mut text = String::new();
    for param in params.iter().filter(|param| !param.name.eq_ignore_ascii_case("expires")) {
        // Writing to a string cannot fail.
        let _ = match param.value {
            None => write!(text, ";{}", param.name),
            Some(value) if is_token(value) => write!(text, ";{}={value}", param.name),
            Some(value) => write!(text, ";{}=\"{value}\"", param.name),
        };
    }
    text
}

/// Whether a value needs no quotes (RFC 3261, 25.1).
fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-.!%*_+`'~".contains(&byte))
}
