//! Flows: the ways by which messages come in, and by which responses and requests go back (RFC 5626, 2).

use std::{
    fmt,
    net::{IpAddr, SocketAddr},
};

use hookflash_wire::sip as wire;

use super::LinkId;

/// What a connection is made of.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Stream {
    /// TCP.
    #[default]
    Tcp,
    /// TLS over TCP.
    Tls,
    /// WebSocket (RFC 7118): each of its messages is one SIP message.
    WebSocket,
    /// WebSocket over TLS.
    SecureWebSocket,
}

impl Stream {
    /// Whether each message comes and goes as a whole, so that nothing has to be cut out of a stream.
    pub const fn is_web_socket(self) -> bool {
        matches!(self, Stream::WebSocket | Stream::SecureWebSocket)
    }

    /// Whether nobody on the way can read or change what is sent.
    pub const fn is_secure(self) -> bool {
        matches!(self, Stream::Tls | Stream::SecureWebSocket)
    }

    /// As Via has it.
    const fn name(self) -> &'static str {
        match self {
            Stream::Tcp => "TCP",
            Stream::Tls => "TLS",
            Stream::WebSocket => "WS",
            Stream::SecureWebSocket => "WSS",
        }
    }
}

/// A way to one peer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Flow {
    /// Datagrams between two addresses.
    Datagrams {
        /// Our listener.
        local: SocketAddr,
        /// Where the peer listens.
        peer: SocketAddr,
    },
    /// A connection.
    Link {
        /// The connection.
        link: LinkId,
        /// What it is made of.
        stream: Stream,
        /// Our end.
        local: SocketAddr,
        /// The other end.
        peer: SocketAddr,
    },
}

impl Flow {
    /// A TCP connection.
    pub const fn tcp(link: LinkId, local: SocketAddr, peer: SocketAddr) -> Flow {
        Flow::Link { link, stream: Stream::Tcp, local, peer }
    }

    /// The flow back to who sent `request` as a datagram from `source` (RFC 3261, 18.2.2; RFC 3581, 4): the
    /// address it came from, and the port it came from or that of its Via. Whose Via has another address is behind NAT: its
    /// port means nothing here.
    pub fn of_datagram(local: SocketAddr, source: SocketAddr, request: &wire::Request) -> Flow {
        let port = match request.headers().via() {
            Ok(via) if via.rport().is_none() && !is_elsewhere(via.host, source) => via.port.unwrap_or(5060),
            _ => source.port(),
        };
        let peer = SocketAddr::new(source.ip(), port);
        // Nobody listens at port 0. Nobody else listens where we do either: a client on our own machine that writes
        // 5060, or no port, has another one.
        let peer = if port == 0 || listens_at(local, peer) { source } else { peer };
        Flow::Datagrams { local, peer }
    }

    /// Our end.
    pub fn local(&self) -> SocketAddr {
        match self {
            Flow::Datagrams { local, .. } | Flow::Link { local, .. } => *local,
        }
    }

    /// The other end.
    pub fn peer(&self) -> SocketAddr {
        match self {
            Flow::Datagrams { peer, .. } | Flow::Link { peer, .. } => *peer,
        }
    }

    /// The connection, if it is one.
    pub fn link(&self) -> Option<LinkId> {
        match self {
            Flow::Datagrams { .. } => None,
            Flow::Link { link, .. } => Some(*link),
        }
    }

    /// Whether nobody on the way can read or change what is sent.
    pub fn is_secure(&self) -> bool {
        matches!(self, Flow::Link { stream, .. } if stream.is_secure())
    }

    /// `UDP`, `TCP`, `TLS`, `WS` or `WSS`, as Via has it.
    pub fn transport(&self) -> &'static str {
        match self {
            Flow::Datagrams { .. } => "UDP",
            Flow::Link { stream, .. } => stream.name(),
        }
    }

    /// What our Contact says so that requests come back by this transport. `ws` stands for both kinds of WebSocket.
    pub(crate) fn contact_parameter(&self) -> &'static str {
        match self {
            Flow::Datagrams { .. } => "",
            Flow::Link { stream: Stream::Tcp, .. } => ";transport=tcp",
            Flow::Link { stream: Stream::Tls, .. } => ";transport=tls",
            Flow::Link { stream: Stream::WebSocket | Stream::SecureWebSocket, .. } => ";transport=ws",
        }
    }
}

/// Whether a host is an address, and not that of `source`.
fn is_elsewhere(host: &str, source: SocketAddr) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare.parse::<IpAddr>().is_ok_and(|address| address.to_canonical() != source.ip().to_canonical())
}

/// Whether the listener bound to `local` is the one that can be reached at `address`.
fn listens_at(local: SocketAddr, address: SocketAddr) -> bool {
    let everywhere = local.ip().is_unspecified() && address.ip().is_loopback();
    local.port() == address.port() && (everywhere || local.ip() == address.ip())
}

impl fmt::Display for Flow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.transport(), self.peer())
    }
}
