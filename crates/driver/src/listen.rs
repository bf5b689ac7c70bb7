//! The listening sockets. All are bound before the server prints the ready line.

use std::{io, net::SocketAddr};

use hookflash_node::Listeners;
use socket2::SockRef;
use tokio::net::{TcpListener, TcpSocket, UdpSocket};
use tracing::warn;

use crate::error::Error;

/// Connections that may wait to be accepted: all phones of a building connect at the same time after a power cut.
const BACKLOG: u32 = 4096;

/// Size of the receive and send buffers for datagrams, in bytes.
const UDP_BUFFER: usize = 4 * 1024 * 1024;

/// Attempts to find a port that is free for both TCP and UDP.
const PORT_ATTEMPTS: usize = 16;

/// The bound listeners.
#[derive(Debug)]
pub struct Bound {
    /// Phones.
    pub sccp: Option<TcpListener>,
    /// Phones of the other address family.
    pub second_sccp: Option<TcpListener>,
    /// Applications over TCP.
    pub sip_tcp: Option<TcpListener>,
    /// Applications over UDP, on the same address and port.
    pub sip_udp: Option<UdpSocket>,
    /// SIP over TLS.
    pub sips: Option<TcpListener>,
    /// Applications over CSTA/TCP.
    pub csta: Option<TcpListener>,
    /// Applications over CSTA/TLS.
    pub csta_tls: Option<TcpListener>,
    /// Applications that start no session.
    pub csta_implicit: Option<TcpListener>,
    /// Applications that wait for a greeting.
    pub csta_greeting: Option<TcpListener>,
    /// Files and pages of phones.
    pub phones: PhoneListeners,
}

/// The listeners for files and pages of phones. The server runs without those that cannot be bound.
#[derive(Debug, Default)]
pub struct PhoneListeners {
    /// Files of phones over TFTP.
    pub tftp: Option<std::net::UdpSocket>,
    /// The same files over HTTP.
    pub files: Option<TcpListener>,
    /// Pages of phones, the XML interface, doors for applications.
    pub http: Option<TcpListener>,
    /// The same on the port of `cti-manager`, if that is another one.
    pub second_http: Option<TcpListener>,
    /// Pages and doors over TLS.
    pub https: Option<TcpListener>,
}

impl PhoneListeners {
    /// Binds those of the listeners that concern phones. What cannot be bound is a warning, which says how to get the port.
    pub fn bind(listeners: &Listeners) -> PhoneListeners {
        PhoneListeners {
            tftp: optional(listeners.tftp, "TFTP", tftp_hint, plain_datagrams),
            files: optional(listeners.files, "files of phones", |_| "", listen),
            http: optional(listeners.http, "HTTP", http_hint, listen),
            second_http: optional(listeners.second_http, "HTTP", http_hint, listen),
            https: optional(listeners.https, "HTTPS", https_hint, listen),
        }
    }

    /// The addresses, with the ports that were chosen.
    pub fn addresses(&self) -> Listeners {
        let address = |listener: &Option<TcpListener>| listener.as_ref()?.local_addr().ok();
        Listeners {
            tftp: self.tftp.as_ref().and_then(|socket| socket.local_addr().ok()),
            files: address(&self.files),
            http: address(&self.http),
            second_http: address(&self.second_http),
            https: address(&self.https),
            ..Listeners::default()
        }
    }
}

impl Bound {
    /// Binds every listener. Those for files and pages of phones are not worth ending for: what cannot be bound of them is
    /// a warning, which says how to get the port.
    ///
    /// # Errors
    /// [`Error::Bind`] for the first that cannot be bound.
    pub fn bind(listeners: &Listeners) -> Result<Bound, Error> {
        let sccp = listeners.sccp.map(|address| tcp("SCCP", address)).transpose()?;
        let second_sccp = listeners.second_sccp.map(|address| tcp("SCCP", address)).transpose()?;
        let (sip_tcp, sip_udp) = match listeners.sip {
            Some(address) => {
                let (tcp, udp) = sip(address)?;
                (Some(tcp), Some(udp))
            }
            None => (None, None),
        };
        let csta = listeners.csta.map(|address| tcp("CSTA", address)).transpose()?;
        let sips = listeners.sips.map(|address| tcp("SIP over TLS", address)).transpose()?;
        let csta_tls = listeners.csta_tls.map(|address| tcp("CSTA over TLS", address)).transpose()?;
        let csta_implicit = listeners.csta_implicit.map(|address| tcp("CSTA", address)).transpose()?;
        let csta_greeting = listeners.csta_greeting.map(|address| tcp("CSTA", address)).transpose()?;
        let phones = PhoneListeners::bind(listeners);
        Ok(Bound {
            sccp,
            second_sccp,
            sip_tcp,
            sip_udp,
            sips,
            csta,
            csta_tls,
            csta_implicit,
            csta_greeting,
            phones,
        })
    }

    /// The addresses, with the ports that were chosen.
    pub fn addresses(&self) -> Listeners {
        let address = |listener: &Option<TcpListener>| listener.as_ref()?.local_addr().ok();
        Listeners {
            sccp: address(&self.sccp),
            second_sccp: address(&self.second_sccp),
            sip: address(&self.sip_tcp),
            sips: address(&self.sips),
            csta: address(&self.csta),
            csta_tls: address(&self.csta_tls),
            csta_implicit: address(&self.csta_implicit),
            csta_greeting: address(&self.csta_greeting),
            ..self.phones.addresses()
        }
    }

    /// The ready line: `ready sccp=127.0.0.1:2000 sip=127.0.0.1:5060`.
    pub fn ready_line(&self) -> String {
        let mut line = "ready".to_owned();
        let Listeners {
            sccp,
            second_sccp,
            sip,
            sips,
            csta,
            csta_tls,
            tftp,
            files,
            http,
            second_http,
            https,
            ..
        } = self.addresses();
        let Listeners { csta_implicit, csta_greeting, .. } = self.addresses();
        let all = [
            ("sccp", sccp),
            ("sccp6", second_sccp),
            ("sip", sip),
            ("sips", sips),
            ("csta", csta),
            ("csta-tls", csta_tls),
            ("csta-implicit", csta_implicit),
            ("csta-greeting", csta_greeting),
            ("tftp", tftp),
            ("files", files),
            ("http", http),
            ("cti-http", second_http),
            ("https", https),
            ("ws", http.or(second_http).filter(|_| sip.is_some())),
            ("wss", https.filter(|_| sip.is_some())),
        ];
        for (name, address) in all {
            if let Some(address) = address {
                line.push_str(&format!(" {name}={address}"));
            }
        }
        line
    }
}

/// Binds a listener that the server can do without.
fn optional<T>(
    address: Option<SocketAddr>,
    service: &'static str,
    hint: fn(&io::Error) -> &'static str,
    bind: fn(SocketAddr) -> io::Result<T>,
) -> Option<T> {
    let address = address?;
    match bind(address) {
        Ok(bound) => Some(bound),
        Err(error) => {
            warn!("no {service}: cannot listen on {address}: {error}{}", hint(&error));
            None
        }
    }
}

fn tftp_hint(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::PermissionDenied => {
            " (ports below 1024 need the capability CAP_NET_BIND_SERVICE, or let `tftp-server port` in \
             telephony-service name another one, to which a firewall redirects port 69)"
        }
        io::ErrorKind::AddrInUse => " (another program uses the port; `tftp-server port` names another one)",
        _ => "",
    }
}

fn http_hint(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::PermissionDenied => {
            " (ports below 1024 need the capability CAP_NET_BIND_SERVICE, or `ip http port` names another one)"
        }
        io::ErrorKind::AddrInUse => " (another program uses the port; `ip http port` names another one)",
        _ => "",
    }
}

fn https_hint(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::AddrInUse => {
            " (another program uses the port; `https port` in cti-manager names another one)"
        }
        _ => "",
    }
}

fn plain_datagrams(address: SocketAddr) -> io::Result<std::net::UdpSocket> {
    std::net::UdpSocket::bind(address)
}

fn tcp(service: &'static str, address: SocketAddr) -> Result<TcpListener, Error> {
    listen(address).map_err(|source| Error::Bind { service, address, source })
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Binds SIP on the same port for TCP and UDP.
fn sip(address: SocketAddr) -> Result<(TcpListener, UdpSocket), Error> {
    let service = "SIP";
    let mut attempts = if address.port() == 0 { PORT_ATTEMPTS } else { 1 };
    loop {
        attempts -= 1;
        let tcp = tcp(service, address)?;
        let shared = tcp.local_addr().map_err(|source| Error::Bind { service, address, source })?;
        match datagrams(shared) {
            Ok(udp) => return Ok((tcp, udp)),
            Err(_) if attempts > 0 => {}
            Err(source) => return Err(Error::Bind { service, address: shared, source }),
        }
    }
}

fn datagrams(address: SocketAddr) -> io::Result<UdpSocket> {
    let socket = std::net::UdpSocket::bind(address)?;
    socket.set_nonblocking(true)?;
    // A smaller buffer than asked for works too; it only makes losses under load more likely.
    let _ = SockRef::from(&socket).set_recv_buffer_size(UDP_BUFFER);
    let _ = SockRef::from(&socket).set_send_buffer_size(UDP_BUFFER);
    UdpSocket::from_std(socket)
}
