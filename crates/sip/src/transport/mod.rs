//! How messages come in and how they go back: flows, and the connections behind some of them.

mod flow;
mod links;
mod proof;

use std::net::SocketAddr;

use hookflash_wire::sip::StreamFramer;

pub use flow::{Flow, Stream};
pub(crate) use links::Links;
pub use links::{LINK_IDLE, WEB_SOCKET_IDLE};
pub(crate) use proof::Proofs;
pub use proof::{AMPLIFICATION, MAX_ADDRESSES};

/// Names a stream connection. The driver chooses it, in ascending order, and never uses one twice.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord, Hash)]
pub struct LinkId(pub u64);

/// Cuts what a layer wrote for a connection into its messages, where each travels by itself (RFC 7118). A line end is one
/// too: the answer to a keepalive.
pub fn messages(mut bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let whole = bytes;
        let rest = match whole.strip_prefix(b"\r\n") {
            Some(rest) => rest,
            None => {
                let mut rest = whole;
                StreamFramer::new().next(&mut rest).ok().flatten()?;
                rest
            }
        };
        bytes = rest;
        whole.get(..whole.len() - rest.len())
    })
}

/// Where a layer writes.
pub trait Transmit {
    /// The bytes that will leave by a connection; append whole messages.
    fn link(&mut self, link: LinkId) -> &mut Vec<u8>;

    /// Sends a datagram from the listener that is bound to `local`.
    fn datagram(&mut self, local: SocketAddr, to: SocketAddr, bytes: Vec<u8>);

    /// Closes a connection once what was written to it has left.
    fn close(&mut self, link: LinkId);
}
