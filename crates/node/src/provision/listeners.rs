//! Where to listen.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use crate::config;

/// Where to listen. Port 0 means any free port.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Listeners {
    /// Phones, SCCP over TCP.
    pub sccp: Option<SocketAddr>,
    /// Phones of the other address family, where the configuration has an address of each.
    pub second_sccp: Option<SocketAddr>,
    /// Applications, SIP over UDP and TCP.
    pub sip: Option<SocketAddr>,
    /// SIP over TLS.
    pub sips: Option<SocketAddr>,
    /// Applications, CSTA over TCP.
    pub csta: Option<SocketAddr>,
    /// Applications, CSTA over TLS.
    pub csta_tls: Option<SocketAddr>,
    /// Applications that start no session.
    pub csta_implicit: Option<SocketAddr>,
    /// Applications that wait for a greeting.
    pub csta_greeting: Option<SocketAddr>,
    /// Files of phones, TFTP over UDP.
    pub tftp: Option<SocketAddr>,
    /// The same files, over HTTP.
    pub files: Option<SocketAddr>,
    /// Pages of phones, the XML interface, and doors for applications, over HTTP.
    pub http: Option<SocketAddr>,
    /// The same, if the port of `cti-manager` is another one than that of `ip http port`.
    pub second_http: Option<SocketAddr>,
    /// The same as `http`, over TLS.
    pub https: Option<SocketAddr>,
}

impl Listeners {
    /// What the configuration says. `bind` replaces the address of every listener.
    pub(super) fn of(config: &config::Settings, bind: Option<IpAddr>) -> Listeners {
        let phones = config.telephony_service.as_ref().and_then(|service| service.source_address.as_ref());
        let phones = phones.map(|source| source.listen);
        let applications = config.register_global.as_ref().and_then(|global| global.source_address);
        let at = |source: Option<config::SourceAddress>, default_port: u16| match (source, bind) {
            (Some(source), bind) => Some(SocketAddr::new(bind.unwrap_or(source.address), source.port)),
            (None, Some(bind)) => Some(SocketAddr::new(bind, default_port)),
            (None, None) => None,
        };
        let beside_phones =
            phones.map(|source| config::SourceAddress { port: config::DEFAULT_SIP_PORT, ..source });
        let doors = config.cti_manager.as_ref().and_then(|manager| manager.http_port);
        let first_http = config.http_listen_port().or(doors);
        let sip = at(applications.or(beside_phones), config::DEFAULT_SIP_PORT);
        let manager = config.cti_manager.as_ref();
        let beside_sip = applications.or(beside_phones);
        let beside_either = beside_phones.or(applications);
        Listeners {
            sccp: config.telephony_service.as_ref().and_then(|_| at(phones, config::DEFAULT_SCCP_PORT)),
            second_sccp: config
                .second_sccp_listen()
                .filter(|_| bind.is_none())
                .map(|source| SocketAddr::new(source.address, source.port)),
            sip,
            sips: sip.and_then(|sip| Some(SocketAddr::new(sip.ip(), config.sips_listen_port(sip.port())?))),
            csta: manager
                .and_then(|manager| manager.csta_tcp_port)
                .map(|port| beside(beside_sip, bind, port)),
            csta_tls: manager
                .and_then(|manager| manager.csta_tls_port)
                .map(|port| beside(beside_sip, bind, port)),
            csta_implicit: manager
                .and_then(|manager| manager.csta_implicit.as_ref())
                .map(|own| beside(beside_sip, bind, own.port)),
            csta_greeting: manager
                .and_then(|manager| manager.csta_greeting.as_ref())
                .map(|own| beside(beside_sip, bind, own.port)),
            tftp: files_listener(config, beside_either, bind, config.file_ports().0),
            files: files_listener(config, beside_either, bind, config.file_ports().1),
            http: first_http.map(|port| beside(beside_either, bind, port)),
            second_http: doors.filter(|_| doors != first_http).map(|port| beside(beside_either, bind, port)),
            https: config.https_listen_port().map(|port| beside(beside_either, bind, port)),
        }
    }

    /// Whether there is no listener.
    pub fn is_empty(&self) -> bool {
        *self == Listeners::default()
    }

    /// What is served over TLS.
    pub fn secure(&self) -> impl Iterator<Item = config::TlsService> {
        let services = [
            (self.sips, config::TlsService::Sip),
            (self.csta_tls, config::TlsService::Csta),
            (self.https, config::TlsService::Http),
        ];
        services.into_iter().filter(|(address, _)| address.is_some()).map(|(_, service)| service)
    }
}

/// An address beside that of the phones, or of SIP, or else every address.
fn beside(phones: Option<config::SourceAddress>, bind: Option<IpAddr>, port: u16) -> SocketAddr {
    let address = bind.or(phones.map(|source| source.address));
    SocketAddr::new(address.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED)), port)
}

/// Phones fetch their files beside where they register.
fn files_listener(
    config: &config::Settings,
    phones: Option<config::SourceAddress>,
    bind: Option<IpAddr>,
    port: u16,
) -> Option<SocketAddr> {
    config.serves_files().then(|| beside(phones, bind, port))
}
