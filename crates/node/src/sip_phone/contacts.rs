//! Where a phone can be reached (RFC 3261, 10.3).
//!
//! A contact is known by its instance (`+sip.instance`), or without one by its address: a phone that starts again replaces
//! what it left behind. It is reached by the flow of its REGISTER, whatever its address says.

use std::fmt::Write;

use hookflash_core::{Deadline, Instant, StationId, Timers};
use hookflash_wire::sip::{NameAddr, Params, Uri};
use smol_str::SmolStr;

use super::Timer;
use crate::{
    LinkId,
    sip::{Endpoint, Flow},
};

/// Contacts of one number of a phone.
pub const MAX_CONTACTS: usize = 4;

/// Bytes of a contact with its parameters, and of Path.
pub(super) const MAX_CONTACT: usize = 1024;

/// One contact.
#[derive(Debug)]
pub struct Contact {
    /// The number that it registered.
    number: SmolStr,
    uri: Box<str>,
    params: Box<str>,
    instance: Option<Box<str>>,
    path: Box<str>,
    /// The host by which the phone knows this server.
    server: Box<str>,
    user_agent: Box<str>,
    pub(super) call_id: Box<str>,
    pub(super) cseq: u32,
    flow: Flow,
    /// Whether the connection by which it registered is closed.
    lost: bool,
    /// Whether nothing has come from there that only who reads what goes there can send.
    unproven: bool,
    /// Whether it has said that it knows UPDATE.
    knows_update: bool,
    expires: Instant,
    deadline: Deadline,
    preference: u16,
}

/// What a REGISTER says about a contact.
#[derive(Clone, Copy, Debug)]
pub(super) struct New<'a> {
    pub(super) number: &'a str,
    pub(super) address: NameAddr<'a>,
    pub(super) path: &'a str,
    pub(super) server: &'a str,
    pub(super) user_agent: &'a str,
    pub(super) call_id: &'a str,
    pub(super) cseq: u32,
    pub(super) flow: Flow,
    pub(super) expires: Instant,
    /// Whether the source of the request may be forged.
    pub(super) unproven: bool,
}

impl Contact {
    /// The number that it registered.
    pub fn number(&self) -> &str {
        &self.number
    }

    /// Its URI, as the phone wrote it.
    pub fn uri(&self) -> &str {
        &self.uri
    }

    /// The way to it.
    pub fn flow(&self) -> &Flow {
        &self.flow
    }

    /// Whether it can be reached.
    pub fn is_reachable(&self) -> bool {
        !self.lost
    }

    /// Whether it may not even exist: it registered without password from an address that has answered nothing. It is called
    /// all the same, with an INVITE that is not repeated.
    pub(super) fn is_unproven(&self) -> bool {
        self.unproven
    }

    /// Whether it was registered by this flow, or from this address.
    fn is_from(&self, flow: &Flow) -> bool {
        (self.flow.link().is_some() && self.flow.link() == flow.link())
            || self.flow.peer().ip() == flow.peer().ip()
    }

    /// What the phone calls itself; empty if it does not say.
    pub fn user_agent(&self) -> &str {
        &self.user_agent
    }

    /// Seconds until it ends.
    pub fn seconds_left(&self, now: Instant) -> u64 {
        self.expires.since(now).as_millis().div_ceil(1000).try_into().unwrap_or(u64::MAX)
    }

    /// How much it is preferred to others: `q` in thousandths.
    pub(super) fn preference(&self) -> u16 {
        self.preference
    }

    /// The route to it; empty if there is none.
    pub(super) fn path(&self) -> &str {
        &self.path
    }

    /// The host by which the phone knows this server.
    pub(super) fn server(&self) -> &str {
        &self.server
    }

    /// Whether it is a Cisco phone with enterprise firmware, which can be controlled remotely.
    pub(super) fn is_cisco(&self) -> bool {
        self.params.contains("u.sip!model.ccm.cisco.com")
    }

    /// The value of Contact in a response.
    pub(super) fn header(&self, now: Instant) -> String {
        format!("<{}>{};expires={}", self.uri, self.params, self.seconds_left(now))
    }

    fn is_of(&self, number: &str, address: &NameAddr<'_>) -> bool {
        self.number == number
            && match (&self.instance, instance(address)) {
                (Some(own), Some(other)) => **own == *other,
                (Some(_), None) => is_same(&self.uri, address.uri_text),
                (None, _) => is_same(&self.uri, address.uri_text),
            }
    }
}

/// `q` of a Contact in thousandths; 1 if it has none that can be read.
pub(super) fn preference(address: &NameAddr<'_>) -> u16 {
    let Some((whole, part)) =
        address.params.get("q").map(|q| q.trim().split_once('.').unwrap_or((q.trim(), "")))
    else {
        return 1000;
    };
    let digits = format!("{part:0<3}");
    match (whole, digits.get(..3).and_then(|digits| digits.parse().ok())) {
        ("0", Some(thousandths)) => thousandths,
        _ => 1000,
    }
}

/// `+sip.instance` of a Contact.
fn instance<'a>(address: &NameAddr<'a>) -> Option<&'a str> {
    address.params.get("+sip.instance").filter(|instance| !instance.is_empty())
}

fn is_same(one: &str, other: &str) -> bool {
    match (Uri::parse(one), Uri::parse(other)) {
        (Ok(one), Ok(other)) => one.is_same(&other),
        _ => one == other,
    }
}

/// The contacts of one phone, in the order in which they were last bound.
#[derive(Debug, Default)]
pub(super) struct Contacts(Vec<Contact>);

impl Contacts {
    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = &Contact> {
        self.0.iter()
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// The contacts of a number.
    pub(super) fn of<'a, 'n>(&'a self, number: &'n str) -> impl Iterator<Item = &'a Contact> + use<'a, 'n> {
        self.0.iter().filter(move |contact| contact.number == number)
    }

    /// The contacts that are called for a number: its own, or those of the phone's first line if only that registers.
    pub(super) fn to_call(&self, number: &str) -> Vec<&Contact> {
        let own: Vec<&Contact> = self.of(number).filter(|contact| contact.is_reachable()).collect();
        if own.is_empty() && self.of(number).next().is_none() {
            return self.0.iter().filter(|contact| contact.is_reachable()).take(MAX_CONTACTS).collect();
        }
        own
    }

    /// Whether something comes from where one of the contacts registered.
    pub(super) fn is_at(&self, flow: &Flow) -> bool {
        self.0.iter().any(|contact| match (contact.flow.link(), flow.link()) {
            (Some(one), Some(other)) => one == other,
            (None, None) => contact.flow.peer() == flow.peer(),
            // A phone may send a long request over TCP although it registered over UDP.
            _ => contact.flow.peer().ip() == flow.peer().ip(),
        })
    }

    /// Whether a contact there was registered by a proxy (RFC 3327).
    pub(super) fn is_by_proxy(&self, flow: &Flow) -> bool {
        self.0.iter().any(|contact| !contact.path.is_empty() && contact.flow.peer() == flow.peer())
    }

    /// The living contact from elsewhere that this one would take the place of.
    pub(super) fn displaced(&self, new: &New<'_>) -> Option<&Contact> {
        let others = || self.of(new.number).filter(|contact| !contact.is_of(new.number, &new.address));
        let same = self.of(new.number).find(|contact| contact.is_of(new.number, &new.address));
        let evicted = (same.is_none() && others().count() >= MAX_CONTACTS)
            .then(|| others().min_by_key(|contact| contact.deadline))
            .flatten();
        same.or(evicted).filter(|contact| contact.is_reachable() && !contact.is_from(&new.flow))
    }

    /// Somebody has answered there.
    pub(super) fn answered(&mut self, flow: &Flow) {
        for contact in self.0.iter_mut().filter(|contact| contact.flow.peer() == flow.peer()) {
            contact.unproven = false;
        }
    }

    /// A phone there has said that it knows UPDATE.
    pub(super) fn note_update(&mut self, flow: &Flow) {
        for contact in self.0.iter_mut().filter(|contact| contact.flow.peer() == flow.peer()) {
            contact.knows_update = true;
        }
    }

    /// Whether a phone there has said that it knows UPDATE.
    pub(super) fn knows_update(&self, flow: &Flow) -> bool {
        self.0.iter().any(|contact| contact.knows_update && contact.flow.peer() == flow.peer())
    }

    /// Removes a contact that does not answer.
    pub(super) fn silent(&mut self, flow: &Flow, sip: &mut Endpoint, timers: &mut Timers<Timer>) {
        self.remove(|contact| contact.flow == *flow, sip, timers);
    }

    /// Whether a datagram was overtaken by a later one of its sender.
    pub(super) fn is_overtaken(&self, new: &New<'_>) -> bool {
        new.flow.link().is_none()
            && self.0.iter().any(|contact| {
                contact.is_of(new.number, &new.address)
                    && *contact.call_id == *new.call_id
                    && new.cseq <= contact.cseq
            })
    }

    /// The connections of the contact that this one takes the place of, if it comes by another way.
    pub(super) fn replaced_links(&self, new: &New<'_>) -> impl Iterator<Item = LinkId> {
        let before = self.0.iter().filter(|contact| contact.is_of(new.number, &new.address));
        before.filter_map(|contact| contact.flow.link()).filter(|link| new.flow.link() != Some(*link))
    }

    /// Binds a contact, in place of the one that it was before.
    pub(super) fn bind(
        &mut self,
        new: &New<'_>,
        station: StationId,
        sip: &mut Endpoint,
        timers: &mut Timers<Timer>,
    ) {
        let answered = |contact: &Contact| !contact.unproven && contact.flow.peer() == new.flow.peer();
        let unproven = new.unproven && !self.0.iter().any(answered);
        let knows_update = self.knows_update(&new.flow);
        self.remove(|contact| contact.is_of(new.number, &new.address), sip, timers);
        if self.of(new.number).count() >= MAX_CONTACTS {
            let first = self.of(new.number).map(|contact| contact.deadline).min();
            self.remove(|contact| Some(contact.deadline) == first, sip, timers);
        }
        if let Some(link) = new.flow.link() {
            sip.hold_link(link);
        }
        self.0.push(Contact {
            number: new.number.into(),
            uri: new.address.uri_text.into(),
            params: params_but_expires(new.address.params).into(),
            instance: instance(&new.address).map(Into::into),
            path: new.path.into(),
            server: new.server.into(),
            user_agent: new.user_agent.into(),
            call_id: new.call_id.into(),
            cseq: new.cseq,
            flow: new.flow,
            lost: false,
            unproven,
            knows_update,
            expires: new.expires,
            deadline: timers.start(new.expires, Timer::Expiry(station)),
            preference: preference(&new.address),
        });
    }

    /// The living contact that somebody wants to remove who may only seem to be there: by a datagram without password, and not
    /// with the Call-ID of the registration. `one` is the contact that is to go; all of the number otherwise.
    pub(super) fn removed_blindly(
        &self,
        (number, one): (&str, Option<&New<'_>>),
        (flow, call_id): (&Flow, &str),
    ) -> Option<&Contact> {
        let goes = |contact: &&Contact| {
            contact.is_from(flow) && one.is_none_or(|new| contact.is_of(number, &new.address))
        };
        let mut going = self.of(number).filter(goes).filter(|contact| contact.is_reachable());
        going.find(|contact| flow.link().is_none() && *contact.call_id != *call_id)
    }

    /// Removes a contact at its own wish; without a password only where it registered.
    pub(super) fn unbind(
        &mut self,
        new: &New<'_>,
        proved: bool,
        sip: &mut Endpoint,
        timers: &mut Timers<Timer>,
    ) {
        let may = |contact: &Contact| proved || contact.is_from(&new.flow);
        self.remove(|contact| may(contact) && contact.is_of(new.number, &new.address), sip, timers);
    }

    /// Removes all contacts of a number; without a password those that were registered from there.
    pub(super) fn unbind_all(
        &mut self,
        number: &str,
        flow: &Flow,
        proved: bool,
        sip: &mut Endpoint,
        timers: &mut Timers<Timer>,
    ) {
        let may = |contact: &Contact| proved || contact.is_from(flow);
        self.remove(|contact| may(contact) && contact.number == number, sip, timers);
    }

    /// Removes what has expired.
    pub(super) fn expire(&mut self, now: Instant, sip: &mut Endpoint, timers: &mut Timers<Timer>) {
        self.remove(|contact| contact.expires <= now, sip, timers);
    }

    pub(super) fn clear(&mut self, sip: &mut Endpoint, timers: &mut Timers<Timer>) {
        self.remove(|_| true, sip, timers);
    }

    /// Contacts by a connection that was closed end at `until`, unless their phone registers again.
    pub(super) fn link_lost(
        &mut self,
        link: LinkId,
        until: Instant,
        station: StationId,
        timers: &mut Timers<Timer>,
    ) {
        for contact in self.0.iter_mut().filter(|contact| contact.flow.link() == Some(link)) {
            contact.lost = true;
            contact.expires = contact.expires.min(until);
            timers.stop(Some(contact.deadline));
            contact.deadline = timers.start(contact.expires, Timer::Expiry(station));
        }
    }

    fn remove(&mut self, goes: impl Fn(&Contact) -> bool, sip: &mut Endpoint, timers: &mut Timers<Timer>) {
        self.0.retain(|contact| {
            let goes = goes(contact);
            if goes {
                if let Some(link) = contact.flow.link() {
                    sip.release_link(link);
                }
                timers.stop(Some(contact.deadline));
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
            // Feature tags have strings as values, which are quoted whatever is in them (RFC 3840, 9).
            Some(value) if is_token(value) && !param.name.starts_with('+') => {
                write!(text, ";{}={value}", param.name)
            }
            Some(value) => write!(text, ";{}=\"{value}\"", param.name),
        };
    }
    text
}

fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-.!%*_+`'~".contains(&byte))
}
