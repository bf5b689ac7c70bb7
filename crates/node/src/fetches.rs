//! Files that phones fetch, and what is known of a phone from what it has asked for.
//!
//! A phone that does not come up has usually told why: which files it wanted, whether they were there, and whether it
//! came to register. [`Fetches`] remembers that for each phone, and [`Attempts`] remembers who was refused.

use std::{
    collections::BTreeMap,
    net::{IpAddr, SocketAddr},
};

use hookflash_core::Instant;
use hookflash_provision::files::{self, Answer, Server};
use hookflash_wire::sccp::DeviceType;
use smol_str::SmolStr;
use tracing::debug;

use crate::{FetchId, Node, Output};

/// Phones that are remembered for what they have fetched, and for having been refused.
const MAX_PHONES: usize = 1000;
/// Characters of a file's name that are remembered.
const MAX_NAME: usize = 80;

/// What a phone has fetched last.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Trace {
    /// Where it asked from.
    pub(crate) peer: IpAddr,
    /// The last file.
    pub(crate) file: SmolStr,
    /// Whether it was there.
    pub(crate) found: bool,
    /// When.
    pub(crate) at: Instant,
    /// A stored file that it wanted and that is not in `flash:`.
    pub(crate) missing: Option<SmolStr>,
}

/// What phones have fetched, by device name. When too many are known, the one that was silent for longest is forgotten.
#[derive(Debug, Default)]
pub(crate) struct Fetches {
    traces: BTreeMap<SmolStr, Trace>,
    /// Which phone asked last from an address: only configuration files have the phone's name in theirs.
    by_address: BTreeMap<IpAddr, SmolStr>,
    /// Where the server listens for phones and pages.
    sccp: Option<SocketAddr>,
    http: Option<SocketAddr>,
}

impl Fetches {
    /// Where the server listens.
    pub(crate) fn listening(&mut self, sccp: Option<SocketAddr>, http: Option<SocketAddr>) {
        (self.sccp, self.http) = (sccp, http);
    }

    /// The port of pages, if there is one.
    pub(crate) fn http_port(&self) -> Option<u16> {
        self.http.map(|address| address.port())
    }

    /// What a phone has fetched last.
    pub(crate) fn trace(&self, device: &str) -> Option<&Trace> {
        self.traces.get(device)
    }

    /// All phones that have fetched something.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&SmolStr, &Trace)> {
        self.traces.iter()
    }

    /// Forgets the phones that are not known.
    pub(crate) fn forget_others(&mut self, is_known: impl Fn(&str) -> bool) {
        self.traces.retain(|name, _| is_known(name));
        self.by_address.retain(|_, name| is_known(name));
    }

    fn fetched(&mut self, now: Instant, peer: IpAddr, name: &str, found: bool) {
        let device = files::device_in(name).or_else(|| self.by_address.get(&peer).cloned());
        let Some(device) = device else { return };
        let file: SmolStr = name.chars().filter(|c| !c.is_control()).take(MAX_NAME).collect();
        let missing = self.traces.get(&device).and_then(|trace| trace.missing.clone());
        self.by_address.retain(|address, known| *known != device || *address == peer);
        self.by_address.insert(peer, device.clone());
        self.traces.insert(device, Trace { peer, file, found, at: now, missing });
        while self.traces.len() > MAX_PHONES {
            let oldest = self.traces.iter().min_by_key(|(_, trace)| trace.at).map(|(name, _)| name.clone());
            let Some(oldest) = oldest else { return };
            self.traces.remove(&oldest);
            self.by_address.retain(|_, known| *known != oldest);
        }
    }

    fn missing(&mut self, peer: IpAddr, path: &str) {
        let trace = self.by_address.get(&peer).and_then(|device| self.traces.get_mut(device));
        if let Some(trace) = trace {
            trace.missing = Some(path.chars().take(MAX_NAME).collect());
            trace.found = false;
        }
    }
}

/// Why a phone could not register.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Why {
    /// It is not configured, and new phones are not taken.
    NotConfigured,
    /// `max-ephones` are configured.
    Full,
    /// Its name is not one that an `ephone` can have.
    Name,
}

/// A phone that could not register.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Attempt {
    pub(crate) name: SmolStr,
    pub(crate) peer: IpAddr,
    pub(crate) device_type: DeviceType,
    pub(crate) at: Instant,
    pub(crate) why: Why,
    pub(crate) count: u32,
}

/// The phones that could not register, the latest last; of too many the first are forgotten.
#[derive(Debug, Default)]
pub(crate) struct Attempts(Vec<Attempt>);

impl Attempts {
    pub(crate) fn add(&mut self, attempt: Attempt) {
        let before =
            self.0.iter().position(|known| known.name == attempt.name).map(|place| self.0.remove(place));
        let count = before.map_or(0, |before| before.count).saturating_add(1);
        if self.0.len() >= MAX_PHONES {
            self.0.remove(0);
        }
        self.0.push(Attempt { count, ..attempt });
    }

    /// The phone has registered after all.
    pub(crate) fn forget(&mut self, name: &str) {
        self.0.retain(|attempt| attempt.name != name);
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Attempt> {
        self.0.iter()
    }
}

impl Node {
    /// Where phones find the server, for one that reaches it at this address.
    pub(crate) fn server(&self, local: IpAddr) -> Server {
        let configuration = &self.settings.configuration;
        let source = configuration.sccp_listen().or_else(|| configuration.sip_listen());
        let source = source.map(|listen| listen.address);
        let configured = self.settings.bind.or(source).filter(|address| !address.is_unspecified());
        let port = self.settings.configuration.sccp_listen().map_or(0, |listen| listen.port);
        Server {
            address: configured.unwrap_or(local),
            sccp_port: self.fetches.sccp.map_or(port, |address| address.port()),
            sip_port: self.settings.sip_address.map_or(0, |address| address.port()),
            http_port: self.fetches.http_port(),
        }
    }

    /// Answers a request for a file.
    pub(crate) fn file(&mut self, fetch: FetchId, local: IpAddr, peer: SocketAddr, name: &str) {
        let answer = files::answer(&self.settings.configuration, &self.server(local), name);
        debug!(%peer, name = %name.escape_debug(), found = answer != Answer::Missing, "file wanted");
        self.fetches.fetched(self.now, peer.ip(), name, answer != Answer::Missing);
        self.out.push(Output::File { fetch, answer });
    }

    /// A stored file is not there.
    pub(crate) fn file_missing(&mut self, peer: SocketAddr, path: &str) {
        self.fetches.missing(peer.ip(), path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Instant {
        Instant::from_millis(1000 * seconds)
    }

    #[test]
    fn a_phone_is_known_by_its_address_once_it_has_named_itself() {
        let mut fetches = Fetches::default();
        let peer: IpAddr = "10.0.0.7".parse().unwrap();
        fetches.fetched(at(1), peer, "RINGLIST.XML", true);
        assert_eq!(fetches.iter().count(), 0);
        fetches.fetched(at(2), peer, "SEP001E4A34A35F.cnf.xml", true);
        fetches.fetched(at(3), peer, "P00308010200.loads", true);
        fetches.missing(peer, "P00308010200.loads");
        let trace = fetches.trace("SEP001E4A34A35F").unwrap();
        assert_eq!((trace.file.as_str(), trace.found), ("P00308010200.loads", false));
        assert_eq!(trace.missing.as_deref(), Some("P00308010200.loads"));
    }

    #[test]
    fn strangers_do_not_fill_the_memory() {
        let mut fetches = Fetches::default();
        let mut attempts = Attempts::default();
        for number in 0..3000_u32 {
            let peer = IpAddr::from(number.to_be_bytes());
            let name = format!("SEP{number:012X}");
            fetches.fetched(at(u64::from(number)), peer, &name, false);
            attempts.add(Attempt {
                name: name.into(),
                peer,
                device_type: DeviceType::default(),
                at: at(u64::from(number)),
                why: Why::NotConfigured,
                count: 0,
            });
        }
        assert_eq!((fetches.traces.len(), fetches.by_address.len()), (MAX_PHONES, MAX_PHONES));
        assert_eq!(attempts.iter().count(), MAX_PHONES);
        assert!(fetches.trace("SEP000000000BB7").is_some(), "the latest is known");
    }
}
