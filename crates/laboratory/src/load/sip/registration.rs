//! Registrations (RFC 3261, 10.2): who the endpoints are, and how they tell the server where they are.
//!
//! Each endpoint has a user of its own, and one Call-ID for all its REGISTERs, whose CSeq counts up. A registration
//! is refreshed when half its time is over. What an endpoint was challenged with it answers beforehand next time.
//!
//! ```text
//!            REGISTER              2xx with its Contact
//!   (none) ───────────► asking ─────────────────────────► registered ─ half its time is over ─► asking
//!                       │    ▲
//!                       └────┘ 401, 407 (password), 423 (Min-Expires), each once
//! ```

use std::{
    cmp::Reverse,
    collections::BinaryHeap,
    time::{Duration, Instant},
};

use hookflash_sip::{Outgoing, Tag};
use hookflash_wire::sip::{Credentials, HeaderName, Method, Response, StatusCode};

use super::{
    Context,
    authentication::Authentication,
    layer::{Layer, PATIENCE, Purpose},
    outcome::Failure,
};

/// Who the endpoints are.
#[derive(Clone, Debug)]
pub struct Account {
    /// The user of the first endpoint. The digits at its end count up from one endpoint to the next.
    pub user: String,
    /// The password of all of them; without one a challenge is a refusal.
    pub password: Option<String>,
    /// What stands behind the user in their addresses; else the server's address and port.
    pub domain: Option<String>,
    /// How long a registration shall last, in seconds; 0 for endpoints that call without being registered.
    pub expires: u32,
}

impl Account {
    /// The user of an endpoint.
    pub fn user_of(&self, endpoint: usize) -> String {
        let stem = self.user.trim_end_matches(|character: char| character.is_ascii_digit());
        let digits = self.user.get(stem.len()..).unwrap_or_default();
        let number = digits.parse::<u64>().unwrap_or(0).saturating_add(endpoint as u64);
        format!("{stem}{number:0width$}", width = digits.len())
    }
}

/// One endpoint.
#[derive(Debug)]
struct Endpoint {
    user: String,
    call_id: String,
    tag: Tag,
    cseq: u32,
    authentication: Authentication,
    /// What its REGISTER that is not answered yet is for.
    asking: Option<Asking>,
    /// When its registration is to be refreshed.
    refresh: Option<Instant>,
}

/// What a REGISTER is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Asking {
    /// When it should have been sent, if it is what is measured.
    scheduled: Option<Instant>,
    expires: u32,
    /// It has answered a challenge.
    challenged: bool,
    /// It asks for what 423 said.
    too_brief: bool,
}

/// All endpoints, and what the server knows of them.
#[derive(Debug)]
pub struct Registrations {
    account: Account,
    domain: String,
    endpoints: Vec<Endpoint>,
    /// Whose turn it is.
    next: usize,
    refreshes: BinaryHeap<Reverse<(Instant, usize)>>,
}

impl Registrations {
    /// Endpoints that are not registered, one for each socket.
    pub fn new(layer: &mut Layer, account: Account) -> Registrations {
        let endpoints = (0..layer.endpoints()).map(|index| {
            let call = layer.new_call();
            Endpoint {
                user: account.user_of(index),
                call_id: layer.call_id(call),
                tag: layer.new_tag(),
                cseq: 0,
                authentication: Authentication::default(),
                asking: None,
                refresh: None,
            }
        });
        let endpoints = endpoints.collect();
        let domain = account.domain.clone().unwrap_or_else(|| layer.server.to_string());
        Registrations { account, domain, endpoints, next: 0, refreshes: BinaryHeap::new() }
    }

    /// The user of an endpoint.
    pub fn user(&self, endpoint: usize) -> &str {
        self.endpoints.get(endpoint).map_or("", |endpoint| &endpoint.user)
    }

    /// The address of record of an endpoint: whom others call.
    pub fn address(&self, endpoint: usize) -> String {
        self.address_of(self.user(endpoint))
    }

    /// The address of a user.
    pub fn address_of(&self, user: &str) -> String {
        format!("sip:{user}@{}", self.domain)
    }

    /// Whether the endpoints register before they call.
    pub fn is_wanted(&self) -> bool {
        self.account.expires > 0
    }

    /// Whether the server knows where an endpoint is, if it has to.
    pub fn is_registered(&self, endpoint: usize) -> bool {
        !self.is_wanted() || self.is_known(endpoint)
    }

    fn is_known(&self, endpoint: usize) -> bool {
        self.endpoints.get(endpoint).is_some_and(|endpoint| endpoint.refresh.is_some())
    }

    /// How many endpoints the server knows.
    pub fn registered(&self) -> usize {
        self.endpoints.iter().filter(|endpoint| endpoint.refresh.is_some()).count()
    }

    /// The headers that tell servers what they asked an endpoint to prove.
    pub fn prove(
        &mut self,
        endpoint: usize,
        method: &Method,
        uri: &str,
        client_nonce: &str,
    ) -> Vec<(HeaderName<'static>, String)> {
        let (Some(endpoint), Some(password)) =
            (self.endpoints.get_mut(endpoint), self.account.password.as_deref())
        else {
            return Vec::new();
        };
        let credentials = Credentials { user: &endpoint.user, password };
        endpoint.authentication.prove(credentials, method, uri, client_nonce)
    }

    /// Whether a request that an endpoint was challenged for should be sent again; see
    /// [`Authentication::challenged`].
    pub fn challenged(&mut self, endpoint: usize, response: &Response, again: bool) -> bool {
        let endpoint = self.endpoints.get_mut(endpoint).filter(|_| self.account.password.is_some());
        endpoint.is_some_and(|endpoint| endpoint.authentication.challenged(response, again))
    }

    /// When [`refresh_due`] has something to do.
    pub fn next_refresh(&self) -> Option<Instant> {
        self.refreshes.peek().map(|Reverse((at, _))| *at)
    }

    /// The server cannot reach an endpoint any more: its connection broke, or its registration was not granted.
    pub fn forget(&mut self, endpoint: usize) {
        if let Some(endpoint) = self.endpoints.get_mut(endpoint) {
            endpoint.asking = None;
            endpoint.refresh = None;
        }
    }

    fn is_silent(&self, endpoint: usize) -> bool {
        self.endpoints.get(endpoint).is_some_and(|endpoint| endpoint.asking.is_none())
    }

    /// The endpoint whose turn it is, or the next one after it that is not asking already.
    fn take_turn(&mut self) -> Option<usize> {
        let count = self.endpoints.len();
        let endpoint = (self.next..count).chain(0..self.next).find(|index| self.is_silent(*index))?;
        self.next = (endpoint + 1) % count;
        Some(endpoint)
    }
}

/// Registers the endpoint whose turn it is, which was scheduled for an instant.
pub fn register_next(cx: &mut Context<'_>, scheduled: Instant) {
    match cx.registrations.take_turn() {
        Some(endpoint) => ask(cx, endpoint, Some(scheduled), cx.registrations.account.expires),
        None => cx.outcome.failed(Failure::NobodyFree),
    }
}

/// Registers an endpoint, without measuring, unless it is asking already.
pub fn register(cx: &mut Context<'_>, endpoint: usize) {
    if cx.registrations.is_silent(endpoint) {
        ask(cx, endpoint, None, cx.registrations.account.expires);
    }
}

/// Removes the registration of an endpoint, if it has one.
pub fn unregister(cx: &mut Context<'_>, endpoint: usize) {
    if cx.registrations.is_known(endpoint) && cx.registrations.is_silent(endpoint) {
        ask(cx, endpoint, None, 0);
    }
}

/// Refreshes the registrations that need it.
pub fn refresh_due(cx: &mut Context<'_>) {
    let now = Instant::now();
    while let Some(Reverse((at, endpoint))) = cx.registrations.refreshes.peek().copied()
        && at <= now
    {
        cx.registrations.refreshes.pop();
        // It may have been refreshed before.
        if cx.registrations.endpoints.get(endpoint).is_some_and(|endpoint| endpoint.refresh == Some(at)) {
            register(cx, endpoint);
        }
    }
}

/// Takes note of the final answer to a REGISTER, or sends it once more with what the server wants.
pub fn answered(cx: &mut Context<'_>, index: usize, response: &Response, at: Instant) {
    let endpoint = cx.registrations.endpoints.get_mut(index);
    let Some(asking) = endpoint.and_then(|endpoint| endpoint.asking.take()) else { return };
    if response.status.is_success() {
        return granted(cx, index, asking, response, at);
    }
    let Asking { scheduled, mut expires, mut challenged, mut too_brief } = asking;
    if response.status == StatusCode::INTERVAL_TOO_BRIEF
        && let Some(least) = seconds(response, HeaderName::MIN_EXPIRES)
        && !std::mem::replace(&mut too_brief, true)
    {
        expires = expires.max(least);
    } else if cx.registrations.challenged(index, response, challenged) {
        challenged = true;
    } else {
        cx.registrations.forget(index);
        return cx.outcome.failed(Failure::Refused(Method::Register, response.status));
    }
    send(cx, index, Asking { scheduled, expires, challenged, too_brief });
}

/// Takes note of a REGISTER that was not answered.
pub fn lost(cx: &mut Context<'_>, endpoint: usize) {
    cx.registrations.forget(endpoint);
    cx.outcome.failed(Failure::Lost("no answer to REGISTER"));
}

fn ask(cx: &mut Context<'_>, endpoint: usize, scheduled: Option<Instant>, expires: u32) {
    send(cx, endpoint, Asking { scheduled, expires, challenged: false, too_brief: false });
}

fn send(cx: &mut Context<'_>, index: usize, asking: Asking) {
    let registrations = &mut *cx.registrations;
    let uri = format!("sip:{}", registrations.domain);
    let address = format!("<{}>", registrations.address(index));
    let mut headers = registrations.prove(index, &Method::Register, &uri, cx.layer.name());
    headers.push((HeaderName::EXPIRES, asking.expires.to_string()));
    let flow = cx.layer.flow(index);
    let Some(endpoint) = registrations.endpoints.get_mut(index) else { return };
    endpoint.asking = Some(asking);
    endpoint.cseq += 1;
    let outgoing = Outgoing {
        tag: Some(endpoint.tag),
        call_id: &endpoint.call_id,
        cseq: endpoint.cseq,
        contact: Some(&endpoint.user),
        headers: &headers,
        patience: PATIENCE,
        ..Outgoing::new(&Method::Register, flow, &uri, &address, &address)
    };
    if cx.layer.send(Purpose::Register(index), &outgoing).is_err() {
        lost(cx, index);
    }
}

/// The server knows the endpoint now, if it says so, or has forgotten it as it was told.
fn granted(cx: &mut Context<'_>, index: usize, asking: Asking, response: &Response, at: Instant) {
    let contact = cx.layer.contact(index, cx.registrations.user(index));
    let listed = expires_of(&contact, response).map(|granted| granted.unwrap_or(asking.expires));
    let Some(endpoint) = cx.registrations.endpoints.get_mut(index) else { return };
    endpoint.refresh = None;
    if asking.expires == 0 {
        return;
    }
    let Some(seconds) = listed.filter(|seconds| *seconds > 0) else {
        return cx.outcome.failed(Failure::NotListed);
    };
    let refresh = at + Duration::from_secs(u64::from(seconds)) / 2;
    endpoint.refresh = Some(refresh);
    cx.registrations.refreshes.push(Reverse((refresh, index)));
    if let Some(scheduled) = asking.scheduled {
        cx.answered(scheduled, at);
    }
}

/// How long the registration of a Contact lasts, as far as the server says; `None` if it is not among those that the
/// server knows (RFC 3261, 10.3, 8).
fn expires_of(contact: &str, response: &Response) -> Option<Option<u32>> {
    let headers = response.headers();
    let ours = headers.contacts().find_map(|listed| {
        let listed = *listed.ok()?.address()?;
        contact.contains(listed.uri_text).then_some(listed)
    })?;
    let here = ours.params.get("expires").and_then(|seconds| seconds.parse().ok());
    Some(here.or_else(|| headers.expires().ok().flatten()))
}

fn seconds(response: &Response, name: HeaderName<'_>) -> Option<u32> {
    response.headers().get(name)?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_count_up() {
        let of = |user: &str, endpoint| {
            let (password, domain) = (None, None);
            Account { user: user.to_owned(), password, domain, expires: 60 }.user_of(endpoint)
        };
        assert_eq!(of("1000", 7), "1007");
        assert_eq!(of("load0099", 1), "load0100");
        assert_eq!(of("load", 3), "load3");
        assert_eq!(of("9", 1), "10");
    }
}
