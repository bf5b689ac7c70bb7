//! Listening sockets: all of them bound before the server says that it is ready.

use std::{io, net::SocketAddr};

use hookflash_node::Listeners;
use socket2::SockRef;
use tokio::net::{TcpListener, TcpSocket, UdpSocket};

use crate::error::Error;

/// Connections that may wait to be accepted: a whole building of phones comes back at once after a power cut.
const BACKLOG: u32 = 4096;

/// Datagrams wait here while the server is busy with others.
const UDP_BUFFER: usize = 4 * 1024 * 1024;

/// How often a free port is tried that TCP and UDP must share.
const PORT_ATTEMPTS: usize = 16;

/// The bound listeners.
#[derive(Debug)]
pub struct Bound {
    /// Phones.
    pub sccp: Option<TcpListener>,
    /// Applications over TCP.
    pub sip_tcp: Option<TcpListener>,
    /// Applications over UDP, on the same address and port.
    pub sip_udp: Option<UdpSocket>,
}

impl Bound {
    /// Binds every listener.
    pub fn bind(listeners: &Listeners) -> Result<Bound, Error> {
        let sccp = listeners.sccp.map(|address| tcp("SCCP", address)).transpose()?;
        let (sip_tcp, sip_udp) = match listeners.sip {
            Some(address) => {
                let (tcp, udp) = sip(address)?;
                (Some(tcp), Some(udp))
            }
            None => (None, None),
        };
        Ok(Bound { sccp, sip_tcp, sip_udp })
    }

    /// Where phones and applications connect.
    pub fn addresses(&self) -> (Option<SocketAddr>, Option<SocketAddr>) {
        let address = |listener: &Option<TcpListener>| listener.as_ref()?.local_addr().ok();
        (address(&self.sccp), address(&self.sip_tcp))
    }

    /// The line that says that all is bound: `ready sccp=127.0.0.1:2000 sip=127.0.0.1:5060`.
    pub fn ready_line(&self) -> String {
        let mut line = "ready".to_owned();
        let (sccp, sip) = self.addresses();
        for (name, address) in [("sccp", sccp), ("sip", sip)] {
            if let Some(address) = address {
                line.push_str(&format!(" {name}={address}"));
            }
        }
        line
    }
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

/// SIP is on the same port for TCP and UDP; a free port must be free for both.
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
