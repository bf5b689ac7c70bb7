//! Names of other SIP servers: where they are (RFC 3263), over the transport that is configured.
//!
//! ```text
//!   NAME:PORT ───────────────────────────────────────────► A, AAAA
//!   NAME ──► NAPTR "SIP+D2U" ──► SRV of its replacement ──► A, AAAA of each target, with its port
//!        └─► none: SRV of _sip._udp.NAME ──┘
//!        └─► none: ────────────────────────────────────────► A, AAAA, port 5060
//!
//!   TCP: "SIP+D2T", _sip._tcp    TLS: "SIPS+D2T", _sips._tcp, port 5061
//! ```
//!
//! Asked are the servers of `ip name-server`, or else those of this machine (`/etc/resolv.conf`), which also knows
//! `/etc/hosts`. What is found is the answer to one question of the node, in the order in which it should be tried.

use std::{
    hash::{BuildHasher, Hasher, RandomState},
    net::{IpAddr, SocketAddr},
    rc::Rc,
    time::{Duration, Instant},
};

use hickory_resolver::{
    TokioResolver,
    config::{ConnectionConfig, NameServerConfig, ResolverConfig},
    net::runtime::TokioRuntimeProvider,
    proto::rr::{Name, RData, RecordType},
};
use hookflash_node::{Input, SipTransport};
use tracing::warn;

use crate::driver::Driver;

/// What a transport is called in NAPTR and SRV, and its port where neither says another.
const fn words(transport: SipTransport) -> (&'static [u8], &'static str, u16) {
    match transport {
        SipTransport::Udp => (b"SIP+D2U", "_sip._udp", 5060),
        SipTransport::Tcp => (b"SIP+D2T", "_sip._tcp", 5060),
        SipTransport::Tls => (b"SIPS+D2T", "_sips._tcp", 5061),
    }
}

/// Addresses of one name.
const MAX_ADDRESSES: usize = 16;

/// Targets of SRV that are looked at.
const MAX_TARGETS: usize = 8;

/// How long all questions about one name may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long an answer is kept at least, and at most.
const LEAST: Duration = Duration::from_secs(30);
const MOST: Duration = Duration::from_secs(3600);

/// Where a name leads.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Found {
    /// Where to try, in order.
    pub addresses: Vec<SocketAddr>,
    /// For how long that holds.
    pub holds: Duration,
}

/// Asks name servers.
pub struct Names {
    resolver: TokioResolver,
}

impl Names {
    /// Asks these servers, or those of this machine if there are none.
    ///
    /// # Errors
    /// The configuration of this machine cannot be read.
    pub fn of(servers: &[SocketAddr]) -> Result<Names, String> {
        let builder = if servers.is_empty() {
            TokioResolver::builder_tokio().map_err(|error| error.to_string())?
        } else {
            let servers = servers.iter().map(|server| {
                let mut named = NameServerConfig::udp_and_tcp(server.ip());
                named.connections.iter_mut().for_each(|connection: &mut ConnectionConfig| {
                    connection.port = server.port();
                });
                named
            });
            let config = ResolverConfig::from_name_servers(servers.collect());
            TokioResolver::builder_with_config(config, TokioRuntimeProvider::default())
        };
        Ok(Names { resolver: builder.build().map_err(|error| error.to_string())? })
    }

    /// Where a name leads.
    ///
    /// # Errors
    /// Why that cannot be found out.
    pub async fn find(
        &self,
        name: &str,
        port: Option<u16>,
        transport: SipTransport,
    ) -> Result<Found, String> {
        let asked = async {
            let mut until = Instant::now() + MOST;
            let mut addresses = Vec::new();
            match port {
                Some(port) => self.addresses(name, port, &mut addresses, &mut until).await?,
                None => {
                    for (target, port) in self.targets(name, transport, &mut until).await {
                        // One target that has no address does not spoil the others.
                        let _ = self.addresses(&target, port, &mut addresses, &mut until).await;
                    }
                    if addresses.is_empty() {
                        self.addresses(name, words(transport).2, &mut addresses, &mut until).await?;
                    }
                }
            }
            addresses.truncate(MAX_ADDRESSES);
            let holds = until.saturating_duration_since(Instant::now()).clamp(LEAST, MOST);
            Ok(Found { addresses, holds })
        };
        tokio::time::timeout(PATIENCE, asked).await.map_err(|_| "no answer in time".to_owned())?
    }

    /// The targets of SRV, in the order in which they should be tried; none if there is no SRV.
    async fn targets(&self, name: &str, transport: SipTransport, until: &mut Instant) -> Vec<(String, u16)> {
        let mut services = self.services(name, transport, until).await;
        if services.is_empty() {
            services.push(format!("{}.{name}", words(transport).1));
        }
        let mut targets = Vec::new();
        for service in services {
            let Ok(found) = self.resolver.lookup(absolute(&service), RecordType::SRV).await else { continue };
            *until = (*until).min(found.valid_until());
            let records = found.answers().iter().filter_map(|record| match &record.data {
                RData::SRV(srv) if !srv.target.is_root() => Some(srv),
                _ => None,
            });
            let mut records: Vec<_> = records.map(|srv| (srv.priority, draw(srv.weight), srv)).collect();
            records.sort_by_key(|(priority, drawn, _)| (*priority, *drawn));
            targets.extend(records.iter().map(|(_, _, srv)| (srv.target.to_utf8(), srv.port)));
        }
        targets.truncate(MAX_TARGETS);
        targets
    }

    /// The names of SRV that NAPTR has for SIP over the transport.
    async fn services(&self, name: &str, transport: SipTransport, until: &mut Instant) -> Vec<String> {
        let service = words(transport).0;
        let Ok(found) = self.resolver.lookup(absolute(name), RecordType::NAPTR).await else {
            return Vec::new();
        };
        *until = (*until).min(found.valid_until());
        let records = found.answers().iter().filter_map(|record| match &record.data {
            RData::NAPTR(naptr) => Some(naptr),
            _ => None,
        });
        let mut fitting: Vec<_> = records
            .filter(|naptr| {
                naptr.services.eq_ignore_ascii_case(service) && naptr.flags.eq_ignore_ascii_case(b"s")
            })
            .map(|naptr| (naptr.order, naptr.preference, naptr.replacement.to_utf8()))
            .collect();
        fitting.sort();
        fitting.into_iter().map(|(_, _, replacement)| replacement).collect()
    }

    /// Adds the addresses of a host, IPv4 before IPv6.
    async fn addresses(
        &self,
        host: &str,
        port: u16,
        addresses: &mut Vec<SocketAddr>,
        until: &mut Instant,
    ) -> Result<(), String> {
        let found = self.resolver.lookup_ip(host).await.map_err(|error| error.to_string())?;
        *until = (*until).min(found.valid_until());
        let mut ips: Vec<IpAddr> = found.iter().collect();
        ips.sort_by_key(IpAddr::is_ipv6);
        addresses.extend(ips.into_iter().map(|ip| SocketAddr::new(ip, port)));
        Ok(())
    }
}

/// A name that is not tried below the domain of this machine.
fn absolute(name: &str) -> Name {
    let mut name = Name::from_utf8(name).unwrap_or_default();
    name.set_fqdn(true);
    name
}

/// A number by which targets of one priority are ordered: of two, the one with twice the weight comes first twice as often
/// (RFC 2782 with the exponential distribution in place of its sums).
fn draw(weight: u16) -> u64 {
    let random = RandomState::new().build_hasher().finish();
    // Never 0, and never more than 1.
    let part = ((random >> 11) + 1) as f64 / (1u64 << 53) as f64;
    let drawn = -part.ln() / (f64::from(weight) + 0.01);
    (drawn * 1e9).min(9e18) as u64
}

impl Driver {
    /// Looks a name up for the node.
    pub(crate) async fn resolve(self: Rc<Self>, name: String, port: Option<u16>, transport: SipTransport) {
        let found = match self.names() {
            Ok(names) => names.find(&name, port, transport).await,
            Err(error) => Err(error),
        };
        let found = found.unwrap_or_else(|error| {
            warn!(name, error, "name not found");
            Found { addresses: Vec::new(), holds: LEAST }
        });
        let addresses: Vec<String> = found.addresses.iter().map(ToString::to_string).collect();
        let seconds = u32::try_from(found.holds.as_secs()).unwrap_or(u32::MAX);
        self.input(Input::Resolved {
            name: &name,
            port,
            transport,
            addresses: &addresses.join(" "),
            seconds,
        });
    }

    /// The name servers of the configuration.
    fn names(&self) -> Result<Rc<Names>, String> {
        let servers = self.name_servers();
        if let Some((known, names)) = &*self.names.borrow()
            && *known == servers
        {
            return Ok(names.clone());
        }
        let names = Rc::new(Names::of(&servers)?);
        *self.names.borrow_mut() = Some((servers, names.clone()));
        Ok(names)
    }
}
