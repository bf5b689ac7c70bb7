//! Where adapters write: everything that one input causes for one link leaves in one write.
//!
//! The link or address that acted is written last, because the party that acted does not need to wait. The order on each
//! link is the order in which the adapters wrote.

use std::{
    collections::{BTreeMap, VecDeque},
    net::SocketAddr,
};

use crate::{
    LinkId, Output, SessionRecord,
    alarms::{Alarm, Alarms},
    debugging::Debugging,
    limits::Guard,
};

/// Collects what an input causes, in order for each link.
#[derive(Debug, Default)]
pub struct Outbox {
    acting: Acting,
    bursts: Vec<(LinkId, Vec<u8>)>,
    /// How many bursts were polled. They are dropped when the last one was.
    polled: usize,
    /// Where the burst of each link is, once there are more than [`FEW`].
    places: BTreeMap<LinkId, usize>,
    datagrams: VecDeque<Output>,
    /// What has to be on disk before anything else leaves.
    stores: VecDeque<Output>,
    /// What leaves after everything else: the bytes of the acting link, or datagrams to the acting address.
    last: VecDeque<Output>,
    others: VecDeque<Output>,
    spare: Vec<Vec<u8>>,
    /// What adapters ask before they serve or log.
    pub(crate) guard: Guard,
    /// What operators should know.
    pub(crate) alarms: Alarms,
    /// What operators look at while it happens.
    pub(crate) debugging: Debugging,
}

/// The link or address whose input is carried out.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
enum Acting {
    /// None: an operator or the driver acts, or a timer.
    #[default]
    Nobody,
    Link(LinkId),
    Address(SocketAddr),
}

/// Bursts among which a look at each is faster than an index. Most inputs cause one or two; the end of the server
/// and an event of a line that thousands watch cause one for each link.
const FEW: usize = 16;

/// Write buffers kept for the next bursts, and the largest that is kept.
const SPARE_BUFFERS: usize = 32;
const SPARE_CAPACITY: usize = 16 * 1024;

impl Outbox {
    /// An input begins that no link and no address sent.
    pub fn begin_turn(&mut self) {
        self.begin(Acting::Nobody);
    }

    /// Bytes of a link begin to be carried out.
    pub fn begin_turn_of_link(&mut self, link: LinkId) {
        self.begin(Acting::Link(link));
    }

    /// A datagram from an address begins to be carried out.
    pub fn begin_turn_of_datagram(&mut self, from: SocketAddr) {
        self.begin(Acting::Address(from));
    }

    /// Who acted in the turn before still does while something waits to be written last, so that nothing overtakes it.
    fn begin(&mut self, acting: Acting) {
        if self.last.is_empty() {
            self.acting = acting;
        }
    }

    /// The bytes that will leave on `link` after this input; append whole messages.
    pub fn link(&mut self, link: LinkId) -> &mut Vec<u8> {
        let place = self.place(link).unwrap_or_else(|| self.begin_burst(link));
        &mut self.bursts[place].1
    }

    fn place(&self, link: LinkId) -> Option<usize> {
        let place = match self.bursts.len() {
            ..=FEW => self.bursts.iter().rposition(|(to, _)| *to == link),
            _ => self.places.get(&link).copied(),
        };
        place.filter(|place| *place >= self.polled)
    }

    fn begin_burst(&mut self, link: LinkId) -> usize {
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
        let acts = self.acting == Acting::Address(to);
        let queue = if acts { &mut self.last } else { &mut self.datagrams };
        queue.push_back(Output::Datagram { local, to, bytes });
    }

    /// Keeps a value over a restart, or with `None` keeps none any more, before anything that was written in this turn
    /// leaves.
    pub fn store(&mut self, key: String, value: Option<String>) {
        self.stores.push_back(Output::Store { key, value });
    }

    /// Keeps something of a session over a restart, before anything that was written in this turn leaves.
    pub fn keep(&mut self, record: SessionRecord) {
        self.stores.push_back(Output::Keep(record));
    }

    /// Closes a link after what was written to it has left.
    pub fn close(&mut self, link: LinkId) {
        self.others.push_back(Output::Close { link });
    }

    /// Raises an alarm.
    pub(crate) fn alarm(&mut self, alarm: &Alarm) {
        let lines = self.guard.settings().log_per_source;
        self.alarms.raise(self.guard.now(), alarm, lines);
    }

    /// Any other output.
    pub fn push(&mut self, output: Output) {
        self.others.push_back(output);
    }

    /// The next output: what is stored first, then bursts, so that a link is closed after its last bytes.
    pub fn poll(&mut self) -> Option<Output> {
        let stored = self.stores.pop_front();
        stored
            .or_else(|| self.poll_burst())
            .or_else(|| self.datagrams.pop_front())
            .or_else(|| self.last.pop_front())
            .or_else(|| self.others.pop_front())
    }

    /// The next burst for a link that did not act.
    fn poll_burst(&mut self) -> Option<Output> {
        while let Some((link, bytes)) = self.bursts.get_mut(self.polled) {
            self.polled += 1;
            if bytes.is_empty() {
                continue;
            }
            let burst = Output::Send { link: *link, bytes: std::mem::take(bytes) };
            if self.acting != Acting::Link(*link) {
                return Some(burst);
            }
            self.last.push_back(burst);
        }
        if self.polled > 0 {
            self.polled = 0;
            if self.bursts.len() > FEW {
                self.places.clear();
            }
            self.bursts.clear();
        }
        None
    }

    /// How many outputs were not polled.
    pub fn len(&self) -> usize {
        let queues = [&self.stores, &self.datagrams, &self.last, &self.others];
        self.bursts.len() + queues.map(VecDeque::len).iter().sum::<usize>()
    }

    /// Whether every output was polled.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Gives a buffer back for reuse after its bytes have left.
    pub fn recycle(&mut self, mut buffer: Vec<u8>) {
        let fits = 1..=SPARE_CAPACITY;
        if self.spare.len() < SPARE_BUFFERS && fits.contains(&buffer.capacity()) {
            buffer.clear();
            self.spare.push(buffer);
        }
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

    fn send(link: u64, bytes: &[u8]) -> Output {
        Output::Send { link: LinkId(link), bytes: bytes.to_vec() }
    }

    #[test]
    fn the_link_that_acted_is_written_last_and_closed_after_that() {
        let mut outbox = Outbox::default();
        let (local, to) = ("127.0.0.1:5060".parse().unwrap(), "127.0.0.1:9".parse().unwrap());
        outbox.begin_turn_of_link(LinkId(1));
        outbox.close(LinkId(1));
        outbox.link(LinkId(1)).extend_from_slice(b"response");
        outbox.link(LinkId(2)).extend_from_slice(b"ring");
        outbox.datagram(local, to, b"event".to_vec());
        assert_eq!(outbox.poll(), Some(send(2, b"ring")));
        assert!(matches!(outbox.poll(), Some(Output::Datagram { .. })));
        assert_eq!(outbox.poll(), Some(send(1, b"response")));
        assert_eq!(outbox.poll(), Some(Output::Close { link: LinkId(1) }));
        assert_eq!((outbox.poll(), outbox.is_empty()), (None, true));
    }

    #[test]
    fn the_address_that_acted_is_written_last() {
        let mut outbox = Outbox::default();
        let (local, from) = ("127.0.0.1:5060".parse().unwrap(), "127.0.0.1:9".parse().unwrap());
        outbox.begin_turn_of_datagram(from);
        outbox.datagram(local, from, b"response".to_vec());
        outbox.datagram(local, "127.0.0.1:10".parse().unwrap(), b"event".to_vec());
        outbox.link(LinkId(2)).extend_from_slice(b"ring");
        let polled: Vec<_> = std::iter::from_fn(|| outbox.poll()).collect();
        assert_eq!(polled[0], send(2, b"ring"));
        assert!(matches!(&polled[2], Output::Datagram { to, .. } if *to == from), "{polled:?}");
    }

    #[test]
    fn nothing_overtakes_what_waits_to_be_written_last() {
        let mut outbox = Outbox::default();
        outbox.begin_turn_of_link(LinkId(1));
        outbox.link(LinkId(1)).push(b'1');
        outbox.link(LinkId(2)).push(b'2');
        assert_eq!(outbox.poll(), Some(send(2, b"2")));
        outbox.link(LinkId(3)).push(b'3');
        assert_eq!(outbox.poll(), Some(send(3, b"3")));
        // The driver looks at something else before it has polled everything.
        outbox.begin_turn_of_link(LinkId(2));
        outbox.link(LinkId(1)).push(b'!');
        let polled: Vec<_> = std::iter::from_fn(|| outbox.poll()).collect();
        assert_eq!(polled, [send(1, b"1"), send(1, b"!")]);
    }
}
