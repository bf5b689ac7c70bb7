//! Where trunks and the registrar are: addresses, and names that are looked up before anybody calls.
//!
//! ```text
//!   configured ──► Resolve ──► found: in use, asked again when the answer has expired
//!                     ▲   └──► not found: what was found before stays in use; asked again after [`ASK_AGAIN`]
//!                     └─────────────────────────┘
//! ```
//!
//! Calls wait for no name server: they go to the addresses that are known, in their order. One that does not answer, or
//! answers 503, is tried last for [`AVOIDED`].

use std::{
    collections::{BTreeMap, btree_map::Entry},
    fmt,
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use hookflash_core::{Deadline, Instant, StationId};
use smol_str::SmolStr;
use tracing::{info, warn};

use super::{SipPhones, Timer};
use crate::{Context, Output, SipTransport, config::SessionTarget, sip::Endpoint};

/// When a name that was not found is asked for again.
const ASK_AGAIN: Duration = Duration::from_secs(30);

/// How long an address that does not answer is tried after the others.
const AVOIDED: Duration = Duration::from_secs(60);

/// The port of SIP where none is written.
const fn port_of(transport: SipTransport) -> u16 {
    match transport {
        SipTransport::Udp | SipTransport::Tcp => 5060,
        SipTransport::Tls => 5061,
    }
}

/// Where another SIP server is.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Place {
    /// An address.
    Address(SocketAddr),
    /// A name, a port if one is written, and how it is reached.
    Name(SmolStr, Option<u16>, SipTransport),
}

impl Place {
    /// The place that a target of the configuration names.
    pub(super) fn of(target: &SessionTarget, transport: SipTransport) -> Option<Place> {
        match target {
            SessionTarget::Name(name, port) => {
                Some(Place::Name(name.to_ascii_lowercase().into(), *port, transport))
            }
            SessionTarget::Address(address, None) => {
                Some(Place::Address(SocketAddr::new(*address, port_of(transport))))
            }
            other => other.socket().map(Place::Address),
        }
    }

    /// What stands for it in the address of a user, without a port.
    pub(super) fn host(&self) -> String {
        match self {
            Place::Address(address) => address.ip().to_string(),
            Place::Name(name, ..) => name.to_string(),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Address(address) => write!(f, "{address}"),
            Place::Name(name, None, _) => f.write_str(name),
            Place::Name(name, Some(port), _) => write!(f, "{name}:{port}"),
        }
    }
}

/// What is known of one name.
#[derive(Debug, Default)]
struct Known {
    addresses: Vec<SocketAddr>,
    /// When to ask again; `None` while an answer is waited for, and for hosts of the configuration.
    again: Option<Deadline>,
}

/// The names of trunks and the registrar.
#[derive(Debug, Default)]
pub(super) struct Names {
    known: BTreeMap<(SmolStr, Option<u16>, SipTransport), Known>,
    /// Addresses that do not answer, and until when they are avoided.
    avoided: BTreeMap<SocketAddr, Instant>,
}

impl Names {
    /// The addresses of a place, in the order in which they are tried.
    pub(super) fn addresses(&self, now: Instant, place: &Place) -> Vec<SocketAddr> {
        let mut addresses = match place {
            Place::Address(address) => vec![*address],
            Place::Name(name, port, transport) => {
                let known = self.known.get(&(name.clone(), *port, *transport));
                known.map(|known| known.addresses.clone()).unwrap_or_default()
            }
        };
        addresses.sort_by_key(|address| self.is_avoided(now, *address));
        addresses
    }

    /// Whether an address has not answered lately.
    fn is_avoided(&self, now: Instant, address: SocketAddr) -> bool {
        self.avoided.get(&address).is_some_and(|until| *until > now)
    }

    /// Whether something at this address is the place.
    fn is_at(&self, place: &Place, address: IpAddr) -> bool {
        match place {
            Place::Address(own) => own.ip() == address,
            Place::Name(name, port, transport) => {
                let known = self.known.get(&(name.clone(), *port, *transport));
                known.is_some_and(|known| known.addresses.iter().any(|own| own.ip() == address))
            }
        }
    }
}

impl SipPhones {
    /// Where a trunk is tried, in order: its targets, and the addresses of each; those that have not answered lately last.
    pub(super) fn ways_out(&self, now: Instant, station: StationId) -> Vec<(Place, SocketAddr)> {
        let Some(phone) = self.phones.get(&station) else { return Vec::new() };
        let Some(trunk) = phone.trunk.as_ref() else { return Vec::new() };
        let first = match trunk.round_robin {
            true => phone.turns.checked_rem(trunk.targets.len()).unwrap_or(0),
            false => 0,
        };
        let places = trunk.targets.iter().cycle().skip(first).take(trunk.targets.len());
        let at = |place: &Place| {
            let addresses = self.names.addresses(now, place).into_iter();
            addresses.map(|address| (place.clone(), address)).collect::<Vec<_>>()
        };
        let mut ways: Vec<_> = places.flat_map(at).collect();
        ways.sort_by_key(|(_, address)| self.names.is_avoided(now, *address));
        ways
    }

    /// Whether a trunk can be tried elsewhere than at addresses that have not answered lately.
    pub(super) fn has_another_way(&self, now: Instant, station: StationId) -> bool {
        let ways = self.ways_out(now, station);
        ways.len() > 1 && ways.iter().any(|(_, address)| !self.names.is_avoided(now, *address))
    }

    /// The address that a place is tried at first.
    pub(super) fn address(&self, now: Instant, place: &Place) -> Option<SocketAddr> {
        self.names.addresses(now, place).first().copied()
    }

    /// Whether a place is at this address, as far as is known.
    pub(super) fn is_at(&self, place: &Place, address: IpAddr) -> bool {
        self.names.is_at(place, address)
    }

    /// Whether the registrar is at this address.
    pub(super) fn is_registrar(&self, address: IpAddr) -> bool {
        self.settings.registrars.iter().any(|registrar| self.is_at(&registrar.place, address))
    }

    /// An address has not answered, or with 503.
    pub(super) fn avoid(&mut self, now: Instant, address: SocketAddr) {
        self.names.avoided.retain(|_, until| *until > now);
        self.names.avoided.insert(address, now + AVOIDED);
    }

    /// Asks for names that are not known yet, and forgets those that nobody needs any more.
    pub(super) fn ask_names(&mut self, context: &mut Context<'_>) {
        let trunks = self.settings.trunks.iter().flat_map(|trunk| &trunk.targets);
        let registrars = self.settings.registrars.iter().filter(|_| !self.settings.accounts.is_empty());
        let mwi = self.settings.mwi.iter().map(|server| &server.place);
        let places = trunks.chain(registrars.map(|registrar| &registrar.place)).chain(mwi);
        let wanted: Vec<(SmolStr, Option<u16>, SipTransport)> = places
            .filter_map(|place| match place {
                Place::Name(name, port, transport) => Some((name.clone(), *port, *transport)),
                Place::Address(_) => None,
            })
            .collect();
        let unwanted = self.names.known.extract_if(.., |known, _| !wanted.contains(known));
        let unwanted: Vec<Known> = unwanted.map(|(_, known)| known).collect();
        unwanted.into_iter().for_each(|known| self.timers.stop(known.again));
        for (name, port, transport) in wanted {
            if let Some(host) = self.settings.hosts.get(&name) {
                let addresses =
                    host.iter().map(|ip| SocketAddr::new(*ip, port.unwrap_or(port_of(transport)))).collect();
                self.names.known.insert((name, port, transport), Known { addresses, again: None });
            } else if let Entry::Vacant(unknown) = self.names.known.entry((name.clone(), port, transport)) {
                unknown.insert(Known::default());
                context.out.push(Output::Resolve { name: name.to_string(), port, transport });
            }
        }
    }

    /// Asks again for a name whose answer has expired.
    pub(super) fn ask_name_again(&mut self, place: u32, context: &mut Context<'_>) {
        let due = self.names.known.iter_mut().nth(usize::try_from(place).unwrap_or(usize::MAX));
        // Names may have come and gone meanwhile: then another one is asked for, which does no harm.
        let Some(((name, port, transport), known)) = due else { return };
        self.timers.stop(known.again.take());
        context.out.push(Output::Resolve { name: name.to_string(), port: *port, transport: *transport });
    }

    /// A name was looked up: where it is, and for how many seconds that holds. Nothing means that it was not found.
    pub(crate) fn resolved(
        &mut self,
        name: &str,
        (port, transport): (Option<u16>, SipTransport),
        (addresses, seconds): (&str, u32),
        sip: &mut Endpoint,
        context: &mut Context<'_>,
    ) {
        let key = (SmolStr::from(name), port, transport);
        let Some(place) = self.names.known.keys().position(|known| *known == key) else { return };
        let place = u32::try_from(place).unwrap_or(u32::MAX);
        let Some(known) = self.names.known.get_mut(&key) else { return };
        let addresses: Vec<SocketAddr> =
            addresses.split_whitespace().filter_map(|address| address.parse().ok()).collect();
        let after = match addresses.is_empty() {
            true => ASK_AGAIN,
            false => Duration::from_secs(seconds.into()),
        };
        let again = self.timers.start(context.now + after, Timer::Name(place));
        let before = known.again.replace(again);
        self.timers.stop(before);
        let was_known = !known.addresses.is_empty();
        match (addresses.as_slice(), was_known) {
            ([], true) => warn!(name, "the name is not found any more; its last addresses stay in use"),
            ([], false) => warn!(name, "the name is not found; nothing goes there"),
            _ => {
                if known.addresses != addresses {
                    info!(name, ?addresses, "the name is found");
                }
                known.addresses = addresses;
                if !was_known {
                    self.trunks_changed = true;
                    self.settle_trunks(sip, context);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Input, Node, config, provision};

    /// A node with trunks by name, and what it wants resolved.
    fn node(lines: &str) -> (Node, Vec<String>) {
        let text = format!(
            "dial-peer voice 7 voip\n destination-pattern 0T\n session protocol sipv2\n \
             session target dns:Carrier.example\n!\n{lines}"
        );
        let mut settings = provision(&config::load(&text).settings, None).settings;
        settings.sip_address = Some("127.0.0.1:5060".parse().unwrap());
        let mut node = Node::new(settings).unwrap();
        node.handle(Instant::ZERO, Input::CallRate(None));
        let asked = asked(&mut node);
        (node, asked)
    }

    fn asked(node: &mut Node) -> Vec<String> {
        let outputs = std::iter::from_fn(|| node.poll_output());
        let asked = outputs.filter_map(|output| match output {
            Output::Resolve { name, port, .. } => Some(format!("{name} {port:?}")),
            _ => None,
        });
        asked.collect()
    }

    fn resolved(node: &mut Node, at: Instant, addresses: &str) -> Vec<SocketAddr> {
        let (name, port) = ("carrier.example", None);
        node.handle(at, Input::Resolved { name, port, transport: SipTransport::Udp, addresses, seconds: 60 });
        asked(node);
        let place = Place::Name(name.into(), port, SipTransport::Udp);
        node.sip_phones.names.addresses(at, &place)
    }

    fn is_up(node: &Node) -> bool {
        let station = node.sip_phones.stations().next().unwrap();
        node.switch().stations()[station].is_registered()
    }

    #[test]
    fn a_trunk_is_in_service_when_its_name_is_found_and_stays_there() {
        let (mut node, asked_for) = node("");
        assert_eq!(asked_for, ["carrier.example None"]);
        assert!(!is_up(&node));
        assert!(resolved(&mut node, Instant::ZERO, "").is_empty());
        assert!(!is_up(&node), "it is not found");
        node.handle_timeout(Instant::ZERO + ASK_AGAIN);
        assert_eq!(asked(&mut node), ["carrier.example None"]);
        let now = Instant::ZERO + ASK_AGAIN;
        let found = resolved(&mut node, now, "192.0.2.7:5060 192.0.2.8:5080");
        assert_eq!(found, ["192.0.2.7:5060", "192.0.2.8:5080"].map(|address| address.parse().unwrap()));
        assert!(is_up(&node));
        let now = now + Duration::from_secs(60);
        node.handle_timeout(now);
        assert_eq!(asked(&mut node), ["carrier.example None"], "the answer has expired");
        assert_eq!(resolved(&mut node, now, "").len(), 2, "nothing better is known");
        assert!(is_up(&node));
    }

    #[test]
    fn an_address_that_does_not_answer_is_tried_last_for_a_while() {
        let (mut node, _) = node("");
        let found = resolved(&mut node, Instant::ZERO, "192.0.2.7:5060 192.0.2.8:5060");
        node.sip_phones.avoid(Instant::ZERO, found[0]);
        let place = Place::Name("carrier.example".into(), None, SipTransport::Udp);
        assert_eq!(node.sip_phones.address(Instant::ZERO, &place), Some(found[1]));
        assert_eq!(node.sip_phones.address(Instant::ZERO + AVOIDED, &place), Some(found[0]));
        let is_at = |address: &str| node.sip_phones.is_at(&place, address.parse().unwrap());
        assert!(is_at("192.0.2.8") && !is_at("192.0.2.9"));
    }

    #[test]
    fn hosts_of_the_configuration_are_not_looked_up() {
        let (node, asked_for) = node("ip host carrier.example 192.0.2.9\n");
        assert!(asked_for.is_empty(), "{asked_for:?}");
        let place = Place::Name("carrier.example".into(), None, SipTransport::Udp);
        assert_eq!(node.sip_phones.address(Instant::ZERO, &place), "192.0.2.9:5060".parse().ok());
        assert!(is_up(&node));
    }
}
