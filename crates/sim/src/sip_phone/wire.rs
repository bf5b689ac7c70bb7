//! What a phone sends.

use std::net::SocketAddr;

use hookflash_sip::{LinkId, Transmit};

/// Collects what leaves: pieces of the stream, or whole datagrams.
#[derive(Debug, Default)]
pub(super) struct Wire {
    stream: Vec<u8>,
    datagrams: Vec<Vec<u8>>,
}

impl Wire {
    pub(super) fn take(&mut self) -> Vec<Vec<u8>> {
        let mut sent = std::mem::take(&mut self.datagrams);
        if !self.stream.is_empty() {
            sent.push(std::mem::take(&mut self.stream));
        }
        sent
    }
}

impl Transmit for Wire {
    fn link(&mut self, _: LinkId) -> &mut Vec<u8> {
        &mut self.stream
    }

    fn datagram(&mut self, _: SocketAddr, _: SocketAddr, bytes: Vec<u8>) {
        self.datagrams.push(bytes);
    }

    /// The connection ends when the server ends it.
    fn close(&mut self, _: LinkId) {}
}
