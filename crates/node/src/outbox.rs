//! Where adapters write: everything one input causes for one link leaves in one write.

use std::{
    collections::{BTreeMap, VecDeque},
    net::SocketAddr,
};

use crate::{LinkId, Output};

/// Collects what an input causes, in order for each link.
#[derive(Debug, Default)]
pub struct Outbox {
    bursts: Vec<(LinkId, Vec<u8>)>,
    /// How many bursts were polled. They are dropped when the last one was.
    polled: usize,
    /// Where the burst of each link is, once there are more than [`FEW`].
    places: BTreeMap<LinkId, usize>,
    others: VecDeque<Output>,
    spare: Vec<Vec<u8>>,
}

/// Bursts among which a look at each is faster than an index. Most inputs cause one or two; the end of the server
/// and an event of a line that thousands watch cause one for each link.
const FEW: usize = 16;

/// Write buffers kept for the next bursts, and the largest that is kept.
const SPARE_BUFFERS: usize = 32;
const SPARE_CAPACITY: usize = 16 * 1024;

impl Outbox {
    /// The bytes that will leave on `link` after this input; append whole messages.
    pub fn link(&mut self, link: LinkId) -> &mut Vec<u8> {
        let place = self.place(link).unwrap_or_else(|| self.begin(link));
        &mut self.bursts[place].1
    }

    fn place(&self, link: LinkId) -> Option<usize> {
        let place = match self.bursts.len() {
            ..=FEW => self.bursts.iter().rposition(|(to, _)| *to == link),
            _ => self.places.get(&link).copied(),
        };
        place.filter(|place| *place >= self.polled)
    }

    fn begin(&mut self, link: LinkId) -> usize {
        let place = self.bursts.len();
        self.bursts.push((link, self.spare.pop().unwrap_or_default()));
        match place {
            ..FEW => {}
            FEW => self.places = self.bursts.iter().map(|(to, _)| *to).zip(0..).collect(),
            _ => drop(self.places.insert(link, place)),
        }
        place
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
        while let Some((link, bytes)) = self.bursts.get_mut(self.polled) {
            self.polled += 1;
            if !bytes.is_empty() {
                return Some(Output::Send { link: *link, bytes: std::mem::take(bytes) });
            }
        }
        if self.polled > 0 {
            self.polled = 0;
            if self.bursts.len() > FEW {
                self.places.clear();
            }
            self.bursts.clear();
        }
        self.others.pop_front()
    }

    /// How many outputs were not polled.
    pub fn len(&self) -> usize {
        self.bursts.len() + self.others.len()
    }

    /// Whether every output was polled.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Gives a buffer back for reuse after its bytes have left. It is returned if there are enough.
    pub fn recycle(&mut self, mut buffer: Vec<u8>) -> Option<Vec<u8>> {
        if self.spare.len() >= SPARE_BUFFERS || buffer.capacity() > SPARE_CAPACITY {
            return Some(buffer);
        }
        buffer.clear();
        self.spare.push(buffer);
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_link_has_one_burst_however_many_links_there_are() {
        let mut outbox = Outbox::default();
        for links in [1, 2, FEW, FEW + 1, 5 * FEW] {
            let links = u64::try_from(links).unwrap();
            for word in ["first ", "second"] {
                (0..links).for_each(|link| outbox.link(LinkId(link)).extend_from_slice(word.as_bytes()));
            }
            outbox.close(LinkId(0));
            for link in (0..links).map(LinkId) {
                let bytes = b"first second".to_vec();
                assert_eq!(outbox.poll(), Some(Output::Send { link, bytes }));
                if link == LinkId(0) {
                    outbox.link(link).push(b'!');
                }
            }
            assert_eq!(outbox.poll(), Some(Output::Send { link: LinkId(0), bytes: b"!".to_vec() }));
            assert_eq!(outbox.poll(), Some(Output::Close { link: LinkId(0) }));
            assert_eq!(outbox.poll(), None);
        }
    }
}
