//! What a phone sends.

use std::{collections::VecDeque, net::SocketAddr};

use hookflash_sip::{LinkId, Transmit};

/// Collects what leaves: pieces of the stream, or whole datagrams.
#[derive(Debug, Default)]
pub(super) struct Wire {
    stream: Vec<u8>,
    datagrams: VecDeque<Vec<u8>>,
}

impl Wire {
    /// The next of it.
    pub(super) fn pop(&mut self) -> Option<Vec<u8>> {
        let stream = || Some(std::mem::take(&mut self.stream)).filter(|bytes| !bytes.is_empty());
        self.datagrams.pop_front().or_else(stream)
    }
}

impl Transmit for Wire {
    fn link(&mut self, _: LinkId) -> &mut Vec<u8> {
        &mut self.stream
    }

    fn datagram(&mut self, _: SocketAddr, _: SocketAddr, bytes: Vec<u8>) {
        self.datagrams.push_back(bytes);
    }

    /// The connection ends when the server ends it.
    fn close(&mut self, _: LinkId) {}
}
