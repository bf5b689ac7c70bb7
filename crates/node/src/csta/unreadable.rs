//! Messages of applications that cannot be read: the log says what is wrong with them, so often for each address.

use std::net::SocketAddr;

use hookflash_core::{Instant, cti::SessionId};
use hookflash_wire::printable::printable;
use tracing::info;

use super::Applications;
use crate::throttle::{Throttle, UNREADABLE};

/// How often messages of an address were logged.
#[derive(Debug)]
pub(super) struct Unreadable(Throttle);

impl Default for Unreadable {
    fn default() -> Unreadable {
        Unreadable(Throttle::new(UNREADABLE))
    }
}

impl Applications {
    /// Logs what is wrong with a message.
    pub fn unreadable(&mut self, now: Instant, peer: SocketAddr, session: Option<SessionId>, reason: &str) {
        if let Some(more) = self.unreadable.0.tell(now, peer.ip()) {
            let session = session.map(|session| session.to_string()).unwrap_or_default();
            let more = if more > 0 { format!(" ({more} more were not logged)") } else { String::new() };
            info!(%peer, session, "CSTA message cannot be read: {}{more}", printable(reason));
        }
    }
}
