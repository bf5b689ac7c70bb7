//! Server transactions of methods other than INVITE (RFC 3261, 17.2.2), and the table of all server transactions.
//!
//! ```text
//!            final response
//!   Trying ─────────────────► Completed: a repeated request gets the response again
//! ```
//!
//! Either is kept for 64 * T1 after the request came: so long its sender repeats it.

use std::{
    collections::{BTreeMap, VecDeque},
    hash::{DefaultHasher, Hash, Hasher},
    net::IpAddr,
};

use hookflash_time::Instant;
use hookflash_wire::sip::{Method, Request, StatusCode, Via};

use super::{ServerInvite, State, TRANSACTION_TIMEOUT};
use crate::Limits;

/// What makes two requests the same one, as a keyed hash: branch, sent-by and method (RFC 3261, 17.2.3), and Call-ID,
/// CSeq and From tag (RFC 2543), since some clients write the same branch into all requests. Others write no branch, and
/// also count CSeq from the beginning again inside a dialog: of these the whole request must be the same. The address it came
/// from does not matter: behind a NAT it may change.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct ServerKey(u64);

/// What stays the same in a request whatever way it takes, as a keyed hash: Call-ID, CSeq number and From tag.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Origin(u64);

/// A request that was received.
#[derive(Debug, Default)]
pub(crate) struct Server {
    /// The last response that was sent; empty as long as there is none, and where requests are not repeated.
    pub(crate) response: Box<[u8]>,
    /// Its status.
    pub(crate) status: Option<StatusCode>,
    /// If it is an INVITE.
    pub(crate) invite: Option<Box<ServerInvite>>,
    /// When it is forgotten; an INVITE not before its final response.
    until: Option<Instant>,
    /// Where it came from.
    source: Option<IpAddr>,
}

/// All server transactions.
#[derive(Debug)]
pub(crate) struct Servers {
    seed: [u64; 2],
    most: usize,
    most_bytes: usize,
    table: BTreeMap<ServerKey, Server>,
    /// INVITEs by their origin.
    origins: BTreeMap<Origin, ServerKey>,
    /// Those that end, in the order in which they do. An INVITE is there once it has its final response.
    order: VecDeque<(Instant, ServerKey)>,
    bytes: usize,
    /// INVITEs without final response.
    pending: usize,
    sources: BTreeMap<IpAddr, Source>,
}

/// The requests from one address.
#[derive(Debug, Default)]
struct Source {
    count: usize,
    /// Those that end, in the order in which they do.
    order: VecDeque<(Instant, ServerKey)>,
}

impl Servers {
    pub(crate) fn new(seed: [u64; 2], limits: &Limits) -> Servers {
        Servers {
            seed,
            most: limits.responses,
            most_bytes: limits.response_bytes,
            table: BTreeMap::new(),
            origins: BTreeMap::new(),
            order: VecDeque::new(),
            bytes: 0,
            pending: 0,
            sources: BTreeMap::new(),
        }
    }

    /// Other limits hold from now on.
    pub(crate) fn limit(&mut self, limits: &Limits) {
        self.most = limits.responses;
        self.most_bytes = limits.response_bytes;
    }

    /// What the request is known by whatever way it takes.
    pub(crate) fn origin(&self, request: &Request) -> Option<Origin> {
        let headers = request.headers();
        let mut hasher = self.hasher();
        headers.call_id().ok()?.hash(&mut hasher);
        headers.cseq().ok()?.number.hash(&mut hasher);
        headers.from().ok()?.tag().unwrap_or_default().hash(&mut hasher);
        Some(Origin(hasher.finish()))
    }

    /// What the request is known by; ACK by what its INVITE is.
    pub(crate) fn key(&self, request: &Request, origin: Origin) -> Option<ServerKey> {
        let via = request.headers().via().ok()?;
        let mut hasher = self.hasher();
        origin.0.hash(&mut hasher);
        match &request.method {
            Method::Ack => Method::Invite.as_str().hash(&mut hasher),
            method => method.as_str().hash(&mut hasher),
        }
        match via.unique_branch() {
            Some(branch) => hash_branch(&via, branch, &mut hasher),
            None => hash_whole(request, &mut hasher),
        }
        Some(ServerKey(hasher.finish()))
    }

    /// What the INVITE that this CANCEL is for is known by.
    pub(crate) fn key_of_cancelled(&self, cancel: &Request, origin: Origin) -> Option<ServerKey> {
        let via = cancel.headers().via().ok()?;
        let mut hasher = self.hasher();
        origin.0.hash(&mut hasher);
        Method::Invite.as_str().hash(&mut hasher);
        hash_branch(&via, via.unique_branch()?, &mut hasher);
        Some(ServerKey(hasher.finish()))
    }

    pub(crate) fn get(&mut self, now: Instant, key: ServerKey) -> Option<&mut Server> {
        self.forget_old(now);
        self.table.get_mut(&key)
    }

    /// The INVITE of this origin.
    pub(crate) fn by_origin(
        &mut self,
        now: Instant,
        origin: Origin,
    ) -> Option<(ServerKey, &mut ServerInvite)> {
        self.forget_old(now);
        let key = *self.origins.get(&origin)?;
        Some((key, self.table.get_mut(&key)?.invite.as_deref_mut()?))
    }

    /// A request came from an address.
    pub(crate) fn begin(&mut self, now: Instant, key: ServerKey, source: IpAddr) {
        self.make_room(now, 0);
        let until = now + TRANSACTION_TIMEOUT;
        self.remove(key);
        self.sources.entry(source).or_default().count += 1;
        self.ends(now, until, key, source);
        let server = Server { until: Some(until), source: Some(source), ..Server::default() };
        self.table.insert(key, server);
    }

    /// An INVITE came.
    pub(crate) fn begin_invite(&mut self, now: Instant, key: ServerKey, invite: ServerInvite) {
        self.make_room(now, 0);
        self.remove(key);
        // One that came by another way does not hide the one that lives.
        let known = self.origins.get(&invite.origin).and_then(|key| self.table.get(key)?.invite.as_ref());
        if !known.is_some_and(|known| matches!(known.state, State::Proceeding | State::Accepted)) {
            self.origins.insert(invite.origin, key);
        }
        self.pending += 1;
        let source = invite.flow.peer().ip();
        self.sources.entry(source).or_default().count += 1;
        let server = Server { invite: Some(Box::new(invite)), source: Some(source), ..Server::default() };
        self.table.insert(key, server);
    }

    /// Keeps the response to a request, empty if it need not be repeated.
    pub(crate) fn answered(&mut self, now: Instant, key: ServerKey, status: StatusCode, response: &[u8]) {
        self.make_room(now, response.len());
        let Some(server) = self.table.get_mut(&key) else { return };
        let first_final = status.is_final() && server.status.is_none_or(StatusCode::is_provisional);
        server.status = Some(status);
        self.bytes = self.bytes + response.len() - server.response.len();
        server.response = response.into();
        if let Some(invite) = server.invite.as_ref().filter(|_| first_final) {
            // The one that succeeds counts: what came by another way was refused.
            if status.is_success() {
                self.origins.insert(invite.origin, key);
            }
            self.pending = self.pending.saturating_sub(1);
            let (until, source) = (now + TRANSACTION_TIMEOUT, invite.flow.peer().ip());
            server.until = Some(until);
            self.ends(now, until, key, source);
        }
    }

    /// Forgets a request.
    pub(crate) fn remove(&mut self, key: ServerKey) -> Option<Server> {
        let server = self.table.remove(&key)?;
        self.bytes -= server.response.len();
        self.forget_source(server.source);
        if let Some(invite) = &server.invite {
            if self.origins.get(&invite.origin) == Some(&key) {
                self.origins.remove(&invite.origin);
            }
            if server.status.is_none_or(StatusCode::is_provisional) {
                self.pending = self.pending.saturating_sub(1);
            }
        }
        Some(server)
    }

    /// How many requests are known.
    pub(crate) fn len(&self) -> usize {
        self.table.len()
    }

    /// Forgets the oldest requests from an address that has as many as it may; false if none of them has ended.
    pub(crate) fn make_room_of(&mut self, now: Instant, source: IpAddr, most: usize) -> bool {
        self.forget_old(now);
        while let Some(of_source) = self.sources.get_mut(&source).filter(|of_source| of_source.count >= most)
        {
            let Some((until, key)) = of_source.order.pop_front() else { return false };
            self.forget_if(until, key);
        }
        true
    }

    /// A request is kept until then.
    fn ends(&mut self, now: Instant, until: Instant, key: ServerKey, source: IpAddr) {
        self.order.push_back((until, key));
        if let Some(of_source) = self.sources.get_mut(&source) {
            while of_source.order.front().is_some_and(|(until, _)| *until <= now) {
                of_source.order.pop_front();
            }
            of_source.order.push_back((until, key));
        }
    }

    fn forget_if(&mut self, until: Instant, key: ServerKey) {
        // A connection may have brought the same INVITE anew.
        if self.table.get(&key).is_some_and(|server| server.until == Some(until)) {
            self.remove(key);
        }
    }

    /// Bytes of responses that are kept.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    fn forget_source(&mut self, source: Option<IpAddr>) {
        let Some(source) = source else { return };
        if let Some(of_source) = self.sources.get_mut(&source) {
            of_source.count -= 1;
            if of_source.count == 0 {
                self.sources.remove(&source);
            }
        }
    }

    /// How many INVITEs wait for time to pass: until 100 is due, or until their response is repeated.
    pub(crate) fn repeated(&self) -> usize {
        let invites = self.table.values().filter_map(|server| server.invite.as_deref());
        invites.filter(|invite| invite.deadline.is_some()).count()
    }

    /// How many INVITEs have no final response.
    pub(crate) fn pending(&self) -> usize {
        self.pending
    }

    /// Drops what is over. Needs no timer of its own: it runs whenever the table is used.
    fn forget_old(&mut self, now: Instant) {
        while self.order.front().is_some_and(|(until, _)| *until <= now) {
            self.forget_oldest();
        }
    }

    fn make_room(&mut self, now: Instant, bytes: usize) {
        self.forget_old(now);
        while (self.order.len() >= self.most || self.bytes + bytes > self.most_bytes) && self.forget_oldest()
        {
        }
    }

    fn forget_oldest(&mut self) -> bool {
        let Some((until, key)) = self.order.pop_front() else { return false };
        self.forget_if(until, key);
        true
    }

    fn hasher(&self) -> DefaultHasher {
        let mut hasher = DefaultHasher::new();
        self.seed.hash(&mut hasher);
        hasher
    }
}

fn hash_branch(via: &Via<'_>, branch: &str, hasher: &mut DefaultHasher) {
    branch.hash(hasher);
    via.host.hash(hasher);
    via.port.hash(hasher);
}

fn hash_whole(request: &Request, hasher: &mut DefaultHasher) {
    request.uri_text().hash(hasher);
    for (name, value) in request.headers().iter() {
        (name.as_str(), value).hash(hasher);
    }
    request.body().hash(hasher);
}
