//! Client transactions of methods other than INVITE (RFC 3261, 17.1.2), and the table of all client transactions.
//!
//! ```text
//!            1xx               final response, or 64 * T1
//!   Trying ──────► Proceeding ────────────────────────────► (over)
//!     └───────────────────────────────────────────────────►
//! ```

use std::collections::BTreeMap;

use hookflash_time::{Deadline, Instant};
use hookflash_wire::sip::Method;

use super::{ClientInvite, Repetition};
use crate::{DialogId, Flow, identifiers::Branch};

/// Names a request of ours: its branch, and whether it is the CANCEL of the INVITE with that branch (RFC 3261, 17.1.3).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct RequestId {
    pub(crate) branch: Branch,
    pub(crate) cancel: bool,
}

impl RequestId {
    pub(crate) fn new(branch: Branch) -> RequestId {
        RequestId { branch, cancel: false }
    }
}

/// Who waits for the response.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Owner<U> {
    /// A user; in a dialog or not.
    User(U, Option<DialogId>),
    /// The queue of a dialog, which sends one after the other.
    Queue(DialogId),
    /// The layer, which ends a dialog by it.
    Bye(DialogId),
    /// The layer, which cancels an INVITE by it.
    Cancel,
}

/// A request of ours that has no final response yet, or an INVITE that may still be answered by others.
#[derive(Debug)]
pub(crate) struct Client<U> {
    pub(crate) owner: Owner<U>,
    pub(crate) method: Method,
    pub(crate) flow: Flow,
    /// The request, to repeat it; empty where nothing is repeated and it is no INVITE.
    pub(crate) bytes: Box<[u8]>,
    pub(crate) repetition: Repetition,
    pub(crate) deadline: Option<Deadline>,
    /// If it is an INVITE.
    pub(crate) invite: Option<Box<ClientInvite>>,
}

impl<U> Client<U> {
    /// When its timer ends next, after it was sent at `now`.
    pub(crate) fn next(&mut self, now: Instant) -> Instant {
        match self.flow {
            Flow::Datagrams { .. } => self.repetition.next(now),
            Flow::Link { .. } => self.repetition.give_up,
        }
    }
}

/// All client transactions.
#[derive(Debug)]
pub(crate) struct Clients<U> {
    table: BTreeMap<RequestId, Client<U>>,
    of_users: usize,
}

impl<U> Clients<U> {
    pub(crate) fn new() -> Clients<U> {
        Clients { table: BTreeMap::new(), of_users: 0 }
    }

    pub(crate) fn insert(&mut self, id: RequestId, client: Client<U>) {
        self.of_users += usize::from(matches!(client.owner, Owner::User(..)));
        self.table.insert(id, client);
    }

    pub(crate) fn get(&self, id: RequestId) -> Option<&Client<U>> {
        self.table.get(&id)
    }

    pub(crate) fn get_mut(&mut self, id: RequestId) -> Option<&mut Client<U>> {
        self.table.get_mut(&id)
    }

    pub(crate) fn remove(&mut self, id: RequestId) -> Option<Client<U>> {
        let client = self.table.remove(&id)?;
        self.of_users -= usize::from(matches!(client.owner, Owner::User(..)));
        Some(client)
    }

    /// How many are users' requests.
    pub(crate) fn of_users(&self) -> usize {
        self.of_users
    }

    pub(crate) fn len(&self) -> usize {
        self.table.len()
    }
}
