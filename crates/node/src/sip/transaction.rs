//! Transactions over UDP (RFC 3261, 17): a repeated request gets the same response again, and a request of ours
//! is repeated until it is answered.
//!
//! Over TCP there is nothing to keep: nothing is repeated there, so a request that looks like an earlier one is
//! a new one, and a request of ours that is never answered costs nothing.

use std::{
    collections::{BTreeMap, VecDeque},
    fmt,
    hash::{DefaultHasher, Hash, Hasher},
    sync::Arc,
    time::Duration,
};

use hookflash_core::{Deadline, Instant};
use hookflash_wire::sip::{self as wire, Method};

use super::{DialogId, Flow};

/// First interval between repetitions.
pub const T1: Duration = Duration::from_millis(500);
/// Longest interval between repetitions.
pub const T2: Duration = Duration::from_secs(4);
/// How long a request is repeated, and how long a response is kept: 64 * T1.
pub const GIVE_UP: Duration = Duration::from_secs(32);

/// Responses that are kept at once, and their bytes; beyond either the oldest go first.
const MAX_ANSWERED: usize = 65_536;
const MAX_ANSWERED_BYTES: usize = 64 * 1024 * 1024;

/// What makes two requests the same one.
pub(super) type Key = Arc<str>;

/// The key of a request that came as a datagram: Call-ID, CSeq, method and From tag (RFC 2543), and branch and sent-by
/// (RFC 3261), since some clients write the same branch into all requests. Others write none, and also count CSeq from
/// the beginning again inside a dialog: of these the bytes must be the same.
pub(super) fn key(flow: &Flow, request: &wire::Request, method: &Method, bytes: &[u8]) -> Option<Key> {
    let via = request.headers().via().ok()?;
    let (peer, origin) = (flow.peer(), Origin::of(request)?);
    if let Some(branch) = via.unique_branch() {
        let port = via.port.unwrap_or_default();
        return Some(format!("{peer} {method} {origin} {branch} {}:{port}", via.host).into());
    }
    let mut fingerprint = DefaultHasher::new();
    bytes.hash(&mut fingerprint);
    Some(format!("{peer} {method} {origin} {:x}", fingerprint.finish()).into())
}

/// What stays the same in a request whatever way it takes.
struct Origin<'a> {
    call_id: &'a str,
    tag: &'a str,
    cseq: u32,
}

impl<'a> Origin<'a> {
    fn of(request: &'a wire::Request) -> Option<Origin<'a>> {
        let headers = request.headers();
        let cseq = headers.cseq().ok()?.number;
        let tag = headers.from().ok()?.tag().unwrap_or_default();
        Some(Origin { call_id: headers.call_id().ok()?, tag, cseq })
    }
}

impl fmt::Display for Origin<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.cseq, self.tag, self.call_id)
    }
}

/// The responses of the last 32 seconds.
#[derive(Debug, Default)]
pub(super) struct Answered {
    responses: BTreeMap<Key, Box<[u8]>>,
    /// In the order in which they were given, which is that in which they end.
    order: VecDeque<(Instant, Key)>,
    bytes: usize,
}

impl Answered {
    /// The response that was given to this request.
    pub(super) fn get(&mut self, now: Instant, key: &Key) -> Option<&[u8]> {
        self.forget_old(now);
        self.responses.get(key).map(|bytes| &**bytes)
    }

    pub(super) fn insert(&mut self, now: Instant, key: Key, response: &[u8]) {
        self.forget_old(now);
        while self.order.len() >= MAX_ANSWERED || self.bytes + response.len() > MAX_ANSWERED_BYTES {
            if !self.forget_oldest() {
                break;
            }
        }
        if self.responses.insert(Arc::clone(&key), response.into()).is_none() {
            self.bytes += response.len();
            self.order.push_back((now + GIVE_UP, key));
        }
    }

    /// How many responses are kept.
    pub(super) fn len(&self) -> usize {
        self.order.len()
    }

    /// Drops what is over. Needs no timer of its own: it runs whenever the table is used.
    fn forget_old(&mut self, now: Instant) {
        while self.order.front().is_some_and(|(until, _)| *until <= now) {
            self.forget_oldest();
        }
    }

    fn forget_oldest(&mut self) -> bool {
        let Some((_, key)) = self.order.pop_front() else { return false };
        if let Some(response) = self.responses.remove(&key) {
            self.bytes = self.bytes.saturating_sub(response.len());
        }
        true
    }
}

/// The INVITEs of the last 32 seconds that began dialogs, over any transport: what a CANCEL may come for, and what an
/// INVITE that took two ways is known by (RFC 3261, 8.2.2.2).
#[derive(Debug, Default)]
pub(super) struct Begun {
    invites: BTreeMap<Key, (DialogId, Option<Box<str>>)>,
    order: VecDeque<(Instant, Key)>,
}

impl Begun {
    /// The dialog that this INVITE, or the one that this CANCEL is for, began; and whether both have the same branch.
    pub(super) fn get(&mut self, now: Instant, request: &wire::Request) -> Option<(DialogId, bool)> {
        self.forget_old(now);
        if self.invites.is_empty() {
            return None;
        }
        let (id, branch) = self.invites.get(&*Origin::of(request)?.to_string())?;
        Some((*id, branch.as_deref() == branch_of(request)))
    }

    pub(super) fn insert(&mut self, now: Instant, invite: &wire::Request, id: DialogId) {
        self.forget_old(now);
        let Some(origin) = Origin::of(invite) else { return };
        let key: Key = origin.to_string().into();
        self.invites.insert(Arc::clone(&key), (id, branch_of(invite).map(Box::from)));
        self.order.push_back((now + GIVE_UP, key));
    }

    fn forget_old(&mut self, now: Instant) {
        while self.order.front().is_some_and(|(until, _)| *until <= now || self.order.len() > MAX_ANSWERED) {
            if let Some((_, key)) = self.order.pop_front() {
                self.invites.remove(&key);
            }
        }
    }
}

fn branch_of(request: &wire::Request) -> Option<&str> {
    request.headers().via().ok()?.branch()
}

/// A datagram of ours that is repeated until the peer reacts.
#[derive(Debug)]
pub(super) struct Repeated {
    pub(super) bytes: Vec<u8>,
    /// What answers it.
    pub(super) cseq: u32,
    pub(super) method: Method,
    pub(super) give_up: Instant,
    pub(super) deadline: Option<Deadline>,
    /// How often it was repeated.
    pub(super) repetitions: u32,
    interval: Duration,
}

impl Repeated {
    pub(super) fn new(now: Instant, bytes: Vec<u8>, method: Method, cseq: u32) -> Repeated {
        Repeated { bytes, cseq, method, give_up: now + GIVE_UP, deadline: None, repetitions: 0, interval: T1 }
    }

    /// When to send it for the next time: T1, doubled up to T2.
    pub(super) fn next(&mut self, now: Instant) -> Instant {
        let at = now + self.interval;
        self.interval = (self.interval * 2).min(T2);
        at.min(self.give_up)
    }
}
