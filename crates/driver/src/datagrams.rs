//! Datagrams that have arrived, fairly by source.
//!
//! All senders share one socket. What has arrived is taken out of it at once, so that the datagrams of one source do not make
//! the socket lose those of others, and waits here in a queue for each source. The sources take turns. A source that
//! sends faster than it is served fills its own queue and loses what does not fit.

use std::{
    collections::{HashMap, VecDeque},
    net::{IpAddr, SocketAddr},
};

/// Datagrams that wait for one source, and bytes for all.
const MAX_WAITING: usize = 512;
const MAX_BYTES: usize = 8 * 1024 * 1024;

/// A datagram and who sent it.
pub type Datagram = (SocketAddr, Box<[u8]>);

/// The datagrams that wait.
#[derive(Debug, Default)]
pub struct Datagrams {
    sources: HashMap<IpAddr, VecDeque<Datagram>>,
    /// The sources that wait, in the order of their turns.
    turns: VecDeque<IpAddr>,
    bytes: usize,
    lost: u64,
    /// Whose datagram was lost last.
    loser: Option<IpAddr>,
}

impl Datagrams {
    /// Takes a datagram; false if too many of its source wait.
    pub fn push(&mut self, from: SocketAddr, bytes: &[u8]) -> bool {
        let source = self.sources.entry(from.ip()).or_default();
        if source.len() >= MAX_WAITING || self.bytes + bytes.len() > MAX_BYTES {
            self.lost += 1;
            self.loser = Some(from.ip());
            if source.is_empty() {
                self.sources.remove(&from.ip());
            }
            return false;
        }
        if source.is_empty() {
            self.turns.push_back(from.ip());
        }
        self.bytes += bytes.len();
        source.push_back((from, bytes.into()));
        true
    }

    /// The next one, of the source whose turn it is.
    pub fn pop(&mut self) -> Option<Datagram> {
        let address = self.turns.pop_front()?;
        let source = self.sources.get_mut(&address)?;
        let datagram = source.pop_front();
        if source.is_empty() {
            self.sources.remove(&address);
        } else {
            self.turns.push_back(address);
        }
        self.bytes -= datagram.as_ref().map_or(0, |(_, bytes)| bytes.len());
        datagram
    }

    /// Whether none waits.
    pub fn is_empty(&self) -> bool {
        self.turns.is_empty()
    }

    /// How many were lost since this was last asked, and whose was the last of them.
    pub fn take_lost(&mut self) -> Option<(u64, IpAddr)> {
        Some((std::mem::take(&mut self.lost), self.loser.take()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_waits_behind_everybody_else_and_keeps_their_order() {
        let from = |number: u8| SocketAddr::from(([192, 0, 2, number], 5060));
        let mut datagrams = Datagrams::default();
        let taken = (0..10_000_u32).filter(|number| datagrams.push(from(1), &number.to_be_bytes())).count();
        assert_eq!(taken, 512);
        assert!((0..3_u32).all(|number| datagrams.push(from(2), &number.to_be_bytes())));
        let first: Vec<Datagram> = (0..6).filter_map(|_| datagrams.pop()).collect();
        let of_other: Vec<u8> = first.iter().filter(|(by, _)| *by == from(2)).map(|(_, b)| b[3]).collect();
        assert_eq!(of_other, [0, 1, 2]);
        assert_eq!(datagrams.take_lost(), Some((10_000 - 512, from(1).ip())));
        assert_eq!(datagrams.take_lost(), None);
        assert_eq!(std::iter::from_fn(|| datagrams.pop()).count(), 512 - 3);
        assert!(datagrams.is_empty() && datagrams.sources.is_empty() && datagrams.bytes == 0);
    }
}
