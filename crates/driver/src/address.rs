//! Addresses of the command line: IP addresses or names.
//!
//! The functions have the form that `clap` takes as a value parser.

use std::net::{IpAddr, SocketAddr, ToSocketAddrs};

/// A host that is neither an IP address nor a name that can be resolved, or a port that is none.
#[derive(Debug, thiserror::Error)]
#[error("{text} is not an address: {reason}")]
pub struct UnknownAddress {
    text: String,
    reason: String,
}

/// Reads `HOST[:PORT]`; `PORT` stands for a port that is not given. A host is an IP address or a name, of which the first
/// IPv4 address is taken, or the first IPv6 address if there is no other: telephones and most configurations use IPv4.
///
/// # Errors
/// [`UnknownAddress`] if the name cannot be resolved, or the port is not a number up to 65535.
pub fn socket_address<const PORT: u16>(text: &str) -> Result<SocketAddr, UnknownAddress> {
    if let Ok(address) = text.parse() {
        return Ok(address);
    }
    if let Ok(ip) = text.trim_matches(['[', ']']).parse() {
        return Ok(SocketAddr::new(ip, PORT));
    }
    let unknown = |reason: String| UnknownAddress { text: text.to_owned(), reason };
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) => (host, port.parse().map_err(|_| unknown(format!("{port} is not a port")))?),
        None => (text, PORT),
    };
    resolved(host, port).map_err(unknown)
}

/// Reads a host as [`socket_address`] does, without a port.
///
/// # Errors
/// As of [`socket_address`].
pub fn host_address(text: &str) -> Result<IpAddr, UnknownAddress> {
    if let Ok(ip) = text.parse() {
        return Ok(ip);
    }
    let unknown = |reason: String| UnknownAddress { text: text.to_owned(), reason };
    resolved(text, 0).map(|address| address.ip()).map_err(unknown)
}

fn resolved(host: &str, port: u16) -> Result<SocketAddr, String> {
    if host.is_empty() {
        return Err("the name of the host is missing".to_owned());
    }
    let found: Vec<SocketAddr> = (host, port)
        .to_socket_addrs()
        .map_err(|error| format!("the name {host} cannot be resolved ({error})"))?
        .collect();
    let best = found.iter().find(|address| address.is_ipv4()).or_else(|| found.first());
    best.copied().ok_or_else(|| format!("the name {host} has no address"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_names_with_and_without_a_port() {
        let cases = [
            ("192.0.2.1", "192.0.2.1:5060"),
            ("192.0.2.1:7", "192.0.2.1:7"),
            ("::1", "[::1]:5060"),
            ("[::1]", "[::1]:5060"),
            ("[::1]:7", "[::1]:7"),
            ("localhost", "127.0.0.1:5060"),
            ("localhost:7", "127.0.0.1:7"),
        ];
        for (text, address) in cases {
            let read = socket_address::<5060>(text).unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(read.to_string(), address, "{text}");
        }
        assert_eq!(host_address("localhost").unwrap().to_string(), "127.0.0.1");
        for text in ["", ":7", "localhost:many", "localhost:70000", "no.such.host.invalid"] {
            assert!(socket_address::<5060>(text).is_err(), "{text}");
        }
    }
}
