//! Passwords that are compared with hashes, which takes so long that nobody may wait for it but who logs in.
//!
//! ```text
//!  login ─► hash, not known ─► Output::Verify ─► the driver computes in another thread
//!             │ the link or request waits             │
//!             ◄───────── Input::Verified ◄────────────┘      the login is looked at again, with the verdict
//! ```
//!
//! What is right is remembered as a hash that is quickly computed ([`Users`](crate::users::Users)), so that each password costs once.
//! Verdicts are inputs: a replay has them from the recording, whose passwords are masked.
//!
//! # Limits
//!
//! [`PER_SOURCE`] passwords of a source, and [`MOST`] of all, may wait; who logs in beyond that is told to come again. They are
//! compared one after the other, by turns: two of one source do not follow each other while one of another waits. Logins with the
//! same name and password wait for one verdict.

use std::{
    collections::BTreeMap,
    net::{IpAddr, SocketAddr},
};

use hookflash_provision::http::{Request, Response};
use smol_str::SmolStr;

use crate::{
    FetchId, LinkId, Node, Outbox, Output, Password,
    config::Secret,
    users::{Quick, quick},
};

/// Passwords of one source that wait: a server with a thousand applications starts them all at once.
const PER_SOURCE: usize = 1000;

/// Passwords of all sources that wait.
const MOST: usize = 2000;

/// Who waits for a verdict.
#[derive(Debug)]
pub(crate) enum Waiter {
    /// A connection that starts a session.
    Link(LinkId),
    /// A request of REST.
    Rest(FetchId, SocketAddr, OwnedRequest),
    /// A WebSocket for JSON.
    Socket(FetchId, LinkId, SocketAddr, OwnedRequest),
    /// A WebSocket for audio.
    Audio(FetchId, LinkId, SocketAddr, OwnedRequest),
}

/// A request that is looked at again.
#[derive(Debug)]
pub(crate) struct OwnedRequest {
    method: String,
    target: String,
    authorization: Option<String>,
    body: Vec<u8>,
    over_tls: bool,
    certificate: Option<String>,
}

impl OwnedRequest {
    fn of(request: &Request<'_>) -> OwnedRequest {
        OwnedRequest {
            method: request.method.to_owned(),
            target: request.target.to_owned(),
            authorization: request.authorization.map(str::to_owned),
            body: request.body.to_owned(),
            over_tls: request.over_tls,
            certificate: request.certificate.map(str::to_owned),
        }
    }

    fn request(&self) -> Request<'_> {
        Request {
            method: &self.method,
            target: &self.target,
            authorization: self.authorization.as_deref(),
            accept_charset: None,
            body: &self.body,
            over_tls: self.over_tls,
            certificate: self.certificate.as_deref(),
        }
    }
}

/// What becomes of a login.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Proof {
    /// It can be looked at now.
    Known,
    /// It waits for a verdict.
    Waits,
    /// Too many wait.
    Busy,
}

/// The passwords that are looked at.
#[derive(Debug, Default)]
pub(crate) struct Verdicts {
    pending: BTreeMap<u64, Pending>,
    last: u64,
    /// Which one is compared, and the source of the one that was asked about last.
    comparing: Option<u64>,
    served: Option<IpAddr>,
}

#[derive(Debug)]
struct Pending {
    source: IpAddr,
    name: SmolStr,
    quick: Quick,
    hash: Secret,
    password: Password,
    waiters: Vec<Waiter>,
}

impl Verdicts {
    /// Lets somebody wait for the verdict about a password.
    pub(crate) fn wait(
        &mut self,
        source: IpAddr,
        (name, password): (&str, &str),
        hash: Secret,
        waiter: Waiter,
        out: &mut Outbox,
    ) -> Proof {
        let quick = quick(password);
        let same = |own: &&mut Pending| own.name == name && own.quick == quick && own.hash == hash;
        if let Some(pending) = self.pending.values_mut().find(same) {
            pending.waiters.push(waiter);
            return Proof::Waits;
        }
        let own = self.pending.values().filter(|own| own.source == source).count();
        if own >= PER_SOURCE || self.pending.len() >= MOST {
            return Proof::Busy;
        }
        self.last += 1;
        let (name, password) = (name.into(), Password::from(password));
        let pending = Pending { source, name, quick, hash, password, waiters: vec![waiter] };
        self.pending.insert(self.last, pending);
        self.compare_next(out);
        Proof::Waits
    }

    /// The verdict about this one is there.
    fn take(&mut self, verification: u64, out: &mut Outbox) -> Option<Pending> {
        let pending = self.pending.remove(&verification)?;
        self.comparing = self.comparing.filter(|comparing| *comparing != verification);
        self.compare_next(out);
        Some(pending)
    }

    /// Asks about the first password of another source than last time, or else about the first one.
    fn compare_next(&mut self, out: &mut Outbox) {
        if self.comparing.is_some() {
            return;
        }
        let other = self.pending.iter().find(|(_, pending)| Some(pending.source) != self.served);
        let Some((verification, pending)) = other.or_else(|| self.pending.iter().next()) else { return };
        (self.comparing, self.served) = (Some(*verification), Some(pending.source));
        let (hash, password) = (pending.hash.clone(), pending.password.clone());
        out.push(Output::Verify { verification: *verification, hash, password });
    }
}

impl Node {
    /// Whether a request can be looked at now, or its password first.
    pub(crate) fn proof(
        &mut self,
        peer: SocketAddr,
        request: &Request<'_>,
        waiter: impl FnOnce(OwnedRequest) -> Waiter,
    ) -> Proof {
        let Some((name, password)) = request.basic() else { return Proof::Known };
        if !self.out.guard.may_log_in(peer.ip(), &name) {
            return Proof::Known;
        }
        let Some(hash) = self.csta_tcp.users().to_compare(&name, &password) else { return Proof::Known };
        let waiter = waiter(OwnedRequest::of(request));
        self.csta_tcp.verdicts.wait(peer.ip(), (&name, &password), hash, waiter, &mut self.out)
    }

    /// The driver has compared a password.
    pub(crate) fn verified(&mut self, verification: u64, right: bool) {
        let Some(pending) = self.csta_tcp.verdicts.take(verification, &mut self.out) else { return };
        self.csta_tcp.users().found(&pending.name, &pending.quick, &pending.hash, right);
        for waiter in pending.waiters {
            match waiter {
                Waiter::Link(link) => self.login_goes_on(link),
                Waiter::Rest(fetch, peer, request) => self.rest(fetch, peer, &request.request()),
                Waiter::Socket(fetch, link, peer, request) => {
                    self.web_socket(fetch, link, peer, &request.request());
                }
                Waiter::Audio(fetch, link, peer, request) => {
                    self.audio_socket(fetch, link, peer, &request.request());
                }
            }
            self.settle();
        }
        self.csta_tcp.users().forget_wrong();
    }

    /// The message that starts a session is looked at, and then what has come after it.
    fn login_goes_on(&mut self, link: LinkId) {
        self.out.begin_turn_of_link(link);
        let (csta_tcp, applications, mut context) = self.csta_tcp_mut();
        let later = csta_tcp.login_goes_on(link, applications, &mut context);
        self.settle();
        for bytes in later {
            self.received(link, &bytes);
            self.settle();
        }
    }
}

/// The response to who logs in while too many do.
pub(crate) fn busy() -> Response {
    Response::text(503, "Too many logins are looked at; come again\n").field("Retry-After", "1")
}

#[cfg(test)]
mod tests;
