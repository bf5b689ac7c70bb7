//! Bytes of half messages, by connection and source.

use std::{collections::BTreeMap, net::IpAddr};

use crate::LinkId;

/// How many bytes wait on which connections until their message is complete.
#[derive(Debug, Default)]
pub struct Gathered {
    /// Connections on which some wait.
    links: BTreeMap<LinkId, (IpAddr, usize)>,
    sources: BTreeMap<IpAddr, usize>,
    total: usize,
}

impl Gathered {
    /// So many bytes wait on a connection now.
    pub fn note(&mut self, link: LinkId, source: IpAddr, bytes: usize) {
        if bytes == 0 && !self.links.contains_key(&link) {
            return;
        }
        self.forget(link);
        if bytes > 0 {
            self.links.insert(link, (source, bytes));
            *self.sources.entry(source).or_default() += bytes;
            self.total += bytes;
        }
    }

    /// A connection is gone.
    pub fn forget(&mut self, link: LinkId) {
        let Some((source, bytes)) = self.links.remove(&link) else { return };
        self.total -= bytes;
        if let Some(of_source) = self.sources.get_mut(&source) {
            *of_source -= bytes;
            if *of_source == 0 {
                self.sources.remove(&source);
            }
        }
    }

    /// Bytes on all connections.
    pub fn total(&self) -> usize {
        self.total
    }

    /// The connection to give up if more wait than `limit`: the oldest one of the source that has most.
    pub fn victim(&self, limit: usize) -> Option<(LinkId, IpAddr)> {
        if self.total <= limit {
            return None;
        }
        let (most, _) = self.sources.iter().max_by_key(|(_, bytes)| **bytes)?;
        let (link, _) = self.links.iter().find(|(_, (source, _))| source == most)?;
        Some((*link, *most))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_connection_of_the_source_with_most_goes() {
        let mut gathered = Gathered::default();
        let source = |number: u8| IpAddr::from([192, 0, 2, number]);
        gathered.note(LinkId(1), source(1), 50);
        gathered.note(LinkId(2), source(2), 30);
        gathered.note(LinkId(3), source(2), 40);
        assert_eq!(gathered.victim(120), None);
        assert_eq!(gathered.victim(119), Some((LinkId(2), source(2))));
        gathered.note(LinkId(2), source(2), 0);
        assert_eq!((gathered.total(), gathered.victim(80)), (90, Some((LinkId(1), source(1)))));
        [1, 3].into_iter().for_each(|link| gathered.forget(LinkId(link)));
        assert_eq!(gathered.total(), 0);
        assert!(gathered.sources.is_empty());
    }
}
