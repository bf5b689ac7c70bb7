//! Requests that say by a key that they are one and the same (`Idempotency-Key`): they are carried out once, and answered alike.
//!
//! The driver puts the key into the parameter `idempotencyKey` of the target. Keys are those of a session, are kept for a day, and at
//! most [`MAX_KEYS`] of them.

use std::{collections::BTreeMap, time::Duration};

use hookflash_core::{Instant, cti::SessionId};
use hookflash_provision::http::{Request, Response};
use sha2::{Digest, Sha256};
use smol_str::SmolStr;

/// The parameter of the target that has the key.
pub(super) const PARAMETER: &str = "idempotencyKey";

/// Keys of all sessions; the oldest makes room.
const MAX_KEYS: usize = 10_000;

/// The longest key, in bytes.
const MAX_KEY: usize = 255;

const KEPT: Duration = Duration::from_secs(24 * 60 * 60);

/// The requests with a key, by when they came.
#[derive(Debug, Default)]
pub(super) struct Once {
    by_key: BTreeMap<(SessionId, SmolStr), u64>,
    requests: BTreeMap<u64, Kept>,
    last: u64,
}

#[derive(Debug)]
struct Kept {
    key: (SessionId, SmolStr),
    since: Instant,
    /// What it asked for.
    digest: [u8; 32],
    response: Option<Response>,
}

/// What is to be done about a request.
#[derive(Debug)]
pub(super) enum Begun {
    /// It is carried out; the number is for its answer, if it has a key.
    New(Option<u64>),
    /// It was answered like this.
    Answered(Response),
    /// It is being carried out.
    Waits,
    /// Its key is that of another request.
    Other,
}

impl Once {
    /// A request has come.
    pub(super) fn begin(&mut self, now: Instant, session: SessionId, request: &Request<'_>) -> Begun {
        let key = request.parameter(PARAMETER).filter(|key| !key.is_empty() && key.len() <= MAX_KEY);
        let Some(key) = key.filter(|_| request.method != "GET") else { return Begun::New(None) };
        let mut hash = Sha256::new();
        for part in [request.method.as_bytes(), request.path().as_bytes(), request.body] {
            hash.update(part);
            hash.update([0]);
        }
        let digest: [u8; 32] = hash.finalize().into();
        self.drop_old(now);
        let key = (session, SmolStr::from(key));
        if let Some(kept) = self.by_key.get(&key).and_then(|number| self.requests.get(number)) {
            return match &kept.response {
                _ if kept.digest != digest => Begun::Other,
                Some(response) => Begun::Answered(response.clone()),
                None => Begun::Waits,
            };
        }
        self.last += 1;
        self.by_key.insert(key.clone(), self.last);
        self.requests.insert(self.last, Kept { key, since: now, digest, response: None });
        Begun::New(Some(self.last))
    }

    /// A request was answered.
    pub(super) fn answered(&mut self, number: Option<u64>, response: &Response) {
        if let Some(kept) = number.and_then(|number| self.requests.get_mut(&number)) {
            kept.response = Some(response.clone());
        }
    }

    /// A request was not carried out: it may come again.
    pub(super) fn forget(&mut self, number: Option<u64>) {
        if let Some(kept) = number.and_then(|number| self.requests.remove(&number)) {
            self.by_key.remove(&kept.key);
        }
    }

    /// A session has ended.
    pub(super) fn session_ended(&mut self, session: SessionId) {
        self.by_key.retain(|(own, _), _| *own != session);
        self.requests.retain(|_, kept| kept.key.0 != session);
    }

    fn drop_old(&mut self, now: Instant) {
        while let Some((number, kept)) = self.requests.first_key_value() {
            if self.requests.len() < MAX_KEYS && now.since(kept.since) < KEPT {
                break;
            }
            let number = *number;
            self.forget(Some(number));
        }
    }
}
