//! The Via header (RFC 3261, 20.42; rport: RFC 3581).

use std::net::IpAddr;

use super::Params;
use super::list::trim;
use super::uri::parse_host_port;

/// The transport a Via or URI names; compared without regard to case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport<'a> {
    /// UDP
    Udp,
    /// TCP
    Tcp,
    /// TLS over TCP
    Tls,
    /// WebSocket (RFC 7118)
    Ws,
    /// WebSocket over TLS (RFC 7118)
    Wss,
    /// Any other, as written.
    Other(&'a str),
}

impl<'a> Transport<'a> {
    /// The transport written as `text`.
    pub fn new(text: &'a str) -> Self {
        let known = [
            ("UDP", Self::Udp),
            ("TCP", Self::Tcp),
            ("TLS", Self::Tls),
            ("WS", Self::Ws),
            ("WSS", Self::Wss),
        ];
        let found = known.into_iter().find(|(name, _)| name.eq_ignore_ascii_case(text));
        found.map_or(Self::Other(text), |(_, transport)| transport)
    }

    /// The transport as it stands in a Via header.
    pub fn as_str(&self) -> &'a str {
        match self {
            Self::Udp => "UDP",
            Self::Tcp => "TCP",
            Self::Tls => "TLS",
            Self::Ws => "WS",
            Self::Wss => "WSS",
            Self::Other(text) => text,
        }
    }
}

/// One hop of the way a request took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Via<'a> {
    /// The transport the request was sent over.
    pub transport: Transport<'a>,
    /// Host of sent-by: a name, an IPv4 address, or an IPv6 address in square brackets.
    pub host: &'a str,
    /// Port of sent-by, if written.
    pub port: Option<u16>,
    /// All parameters.
    pub params: Params<'a>,
}

/// What every branch of an RFC 3261 client begins with (8.1.1.7).
const MAGIC_COOKIE: &str = "z9hG4bK";

impl<'a> Via<'a> {
    /// Takes one Via element apart; `None` without protocol, transport and host.
    ///
    /// A comment behind sent-by (RFC 2543) is skipped.
    pub fn parse(value: &'a str) -> Option<Self> {
        let (name, rest) = value.split_once('/')?;
        let (version, rest) = rest.split_once('/')?;
        if !trim(name).eq_ignore_ascii_case("SIP") || trim(version) != "2.0" {
            return None;
        }
        let (transport, rest) = trim(rest).split_once([' ', '\t'])?;
        let (sent_by, params) = rest.split_once(';').unwrap_or((rest, ""));
        let (host, port) = parse_sent_by(trim(sent_by))?;
        Some(Self { transport: Transport::new(transport), host, port, params: Params::new(params) })
    }

    /// The branch, if the client wrote one; RFC 2543 clients and some later ones do not.
    pub fn branch(&self) -> Option<&'a str> {
        self.params.get("branch").filter(|branch| !branch.is_empty())
    }

    /// The branch if it is unique to its transaction, that is begins with `z9hG4bK` and says something more.
    pub fn unique_branch(&self) -> Option<&'a str> {
        let branch = self.branch()?;
        let cookie = branch.get(..MAGIC_COOKIE.len())?;
        (cookie.eq_ignore_ascii_case(MAGIC_COOKIE) && branch.len() > MAGIC_COOKIE.len()).then_some(branch)
    }

    /// The address the next hop saw, if it can be read; square brackets are optional (RFC 5118, 4.5).
    pub fn received(&self) -> Option<IpAddr> {
        let text = self.params.get("received")?;
        text.trim_matches(['[', ']']).parse().ok()
    }

    /// The port the next hop saw. `None`: not there. `Some(None)`: asked for but not filled in, or unreadable.
    pub fn rport(&self) -> Option<Option<u16>> {
        self.params.get("rport").map(|text| text.parse().ok())
    }
}

/// Blanks may stand around the colon (RFC 3261, 25.1: COLON), which the host parser does not know.
fn parse_sent_by(text: &str) -> Option<(&str, Option<u16>)> {
    match text.split_once([' ', '\t']) {
        None => parse_host_port(text).ok(),
        Some((host, rest)) => {
            let (host, port) = parse_host_port(host.strip_suffix(':').unwrap_or(host)).ok()?;
            let digits = trim(rest).trim_start_matches([':', ' ', '\t']);
            let digits = digits.split([' ', '\t']).next().unwrap_or_default();
            Some((host, port.or_else(|| digits.parse().ok())))
        }
    }
}
