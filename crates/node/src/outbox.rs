//! Where adapters write: everything one input causes for one link leaves in one write.

use std::{collections::VecDeque, net::SocketAddr};

use crate::{LinkId, Output};

/// Collects what an input causes, in order for each link.
#[derive(Debug, Default)]
pub struct Outbox {
    bursts: Vec<(LinkId, Vec<u8>)>,
    others: VecDeque<Output>,
    spare: Vec<Vec<u8>>,
}

/// Write buffers kept for the next bursts, and the largest that is kept.
const SPARE_BUFFERS: usize = 32;
const SPARE_CAPACITY: usize = 16 * 1024;

impl Outbox {
    /// The bytes that will leave on `link` after this input; append whole messages.
    pub fn link(&mut self, link: LinkId) -> &mut Vec<u8> {
        let place = match self.bursts.iter().position(|(to, _)| *to == link) {
            Some(place) => place,
            None => {
                self.bursts.push((link, self.spare.pop().unwrap_or_default()));
                self.bursts.len() - 1
            }
        };
        &mut self.bursts[place].1
    }

    /// Sends a datagram from the listener that is bound to `local`.
    pub fn datagram(&mut self, local: SocketAddr, to: SocketAddr, bytes: Vec<u8>) {
        self.others.push_back(Output::Datagram { local, to, bytes });
    }

    /// Closes a link after what was written to it has left.
    pub fn close(&mut self, link: LinkId) {
        self.others.push_back(Output::Close { link });
    }

    /// Any other output.
    pub fn push(&mut self, output: Output) {
        self.others.push_back(output);
    }

    /// The next output: bursts first, so that a link is closed after its last bytes.
    pub fn poll(&mut self) -> Option<Output> {
        while !self.bursts.is_empty() {
            let (link, bytes) = self.bursts.remove(0);
            if !bytes.is_empty() {
                return Some(Output::Send { link, bytes });
            }
        }
        self.others.pop_front()
    }

    /// Gives a buffer back for reuse after its bytes have left.
    pub fn recycle(&mut self, mut buffer: Vec<u8>) {
        if self.spare.len() < SPARE_BUFFERS && buffer.capacity() <= SPARE_CAPACITY {
            buffer.clear();
            self.spare.push(buffer);
        }
    }
}
