//! What leaves an application and what reaches it: whole messages, spoiled by its habits.

use std::{collections::VecDeque, net::SocketAddr};

use hookflash_sip::{LinkId, Transmit};
use hookflash_wire::sip::{Framed, StreamFramer};

use super::{Habits, old_client::OldClient};

/// Collects what the SIP layer writes.
#[derive(Debug, Default)]
pub(super) struct Wire {
    old_client: Option<OldClient>,
    /// Written to the connection, and not yet cut into messages.
    stream: Vec<u8>,
    output: VecDeque<Vec<u8>>,
    /// The layer has given the connection up.
    pub(super) closed: bool,
}

impl Wire {
    pub(super) fn new(habits: Habits) -> Wire {
        Wire { old_client: OldClient::new(habits), ..Wire::default() }
    }

    /// Another session begins.
    pub(super) fn begin(&mut self) {
        self.cut();
        if let Some(old_client) = &mut self.old_client {
            old_client.begin();
        }
    }

    /// The next whole message.
    pub(super) fn poll(&mut self) -> Option<Vec<u8>> {
        self.cut();
        self.output.pop_front()
    }

    /// What the layer is to see of a message that arrived.
    pub(super) fn arrived(&mut self, message: &[u8]) -> Vec<u8> {
        match &mut self.old_client {
            Some(old_client) => old_client.incoming(message),
            None => message.to_vec(),
        }
    }

    /// The next ACK is the one to a refresh.
    pub(super) fn refresh_accepted(&mut self) {
        self.cut();
        if let Some(old_client) = &mut self.old_client {
            old_client.refresh_accepted();
        }
    }

    fn cut(&mut self) {
        if self.stream.is_empty() {
            return;
        }
        let stream = std::mem::take(&mut self.stream);
        let mut rest = stream.as_slice();
        // The answer to a keepalive is a line end of its own.
        while let Some(after) = rest.strip_prefix(b"\r\n") {
            self.output.push_back(b"\r\n".to_vec());
            rest = after;
        }
        let mut framer = StreamFramer::new();
        while let Ok(Some(framed)) = framer.next(&mut rest) {
            if let Framed::Message(message) = framed {
                let message = message.to_vec();
                self.push(message);
            }
        }
    }

    fn push(&mut self, message: Vec<u8>) {
        let message = match &mut self.old_client {
            Some(old_client) => old_client.outgoing(message),
            None => message,
        };
        self.output.push_back(message);
    }
}

impl Transmit for Wire {
    fn link(&mut self, _link: LinkId) -> &mut Vec<u8> {
        &mut self.stream
    }

    fn datagram(&mut self, _local: SocketAddr, _to: SocketAddr, bytes: Vec<u8>) {
        self.push(bytes);
    }

    fn close(&mut self, _link: LinkId) {
        self.closed = true;
    }
}
