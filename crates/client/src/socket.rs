//! A WebSocket, with and without TLS, whose reads end in time.

use std::{
    io::{self, Read, Write},
    net::{TcpStream, ToSocketAddrs},
    sync::Arc,
    time::Duration,
};

use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned, pki_types::ServerName};
use tungstenite::{
    Message, WebSocket,
    client::IntoClientRequest,
    http::{HeaderValue, Uri},
    protocol::WebSocketConfig,
};

use crate::Error;

/// The subprotocol of the door.
const SUBPROTOCOL: &str = "csta.json.v1";

/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(10);

/// The largest message that is taken, in bytes: lists of devices are the largest.
const MAX_MESSAGE: usize = 64 << 20;

/// A connection.
pub(crate) struct Socket {
    web: WebSocket<Stream>,
    trace: Option<fn(bool, &str)>,
}

/// TCP, or TLS over it.
enum Stream {
    Plain(TcpStream),
    Tls(Box<StreamOwned<ClientConnection, TcpStream>>),
}

impl Stream {
    fn tcp(&self) -> &TcpStream {
        match self {
            Stream::Plain(tcp) => tcp,
            Stream::Tls(tls) => &tls.sock,
        }
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Stream::Plain(tcp) => tcp.read(buffer),
            Stream::Tls(tls) => tls.read(buffer),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Stream::Plain(tcp) => tcp.write(bytes),
            Stream::Tls(tls) => tls.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Stream::Plain(tcp) => tcp.flush(),
            Stream::Tls(tls) => tls.flush(),
        }
    }
}

/// Where a server is.
#[derive(Clone, Debug)]
pub(crate) struct Address {
    host: String,
    port: u16,
    tls: bool,
}

impl Address {
    /// The server of an address as people write it.
    pub(crate) fn parse(url: &str) -> Result<Address, Error> {
        let wrong = || Error::Address(url.to_owned());
        let uri: Uri = url.parse().map_err(|_| wrong())?;
        let tls = match uri.scheme_str() {
            Some("https" | "wss") => true,
            Some("http" | "ws") => false,
            _ => return Err(wrong()),
        };
        let host = uri.host().filter(|host| !host.is_empty()).ok_or_else(wrong)?;
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        Ok(Address { host, port: uri.port_u16().unwrap_or(if tls { 443 } else { 80 }), tls })
    }

    fn url(&self) -> String {
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        format!("{}://{host}:{}/csta", if self.tls { "wss" } else { "ws" }, self.port)
    }
}

impl Socket {
    /// Connects.
    ///
    /// # Errors
    /// Nobody is there, the certificate is not trusted, or the server has no such door.
    pub(crate) fn connect(address: &Address, trace: Option<fn(bool, &str)>) -> Result<Socket, Error> {
        let unreachable = |why: String| Error::Unreachable(address.url(), why);
        let tcp = tcp(address).map_err(|error| unreachable(error.to_string()))?;
        let stream = match address.tls {
            false => Stream::Plain(tcp),
            true => Stream::Tls(Box::new(tls(address, tcp).map_err(unreachable)?)),
        };
        let mut request =
            address.url().into_client_request().map_err(|error| unreachable(error.to_string()))?;
        request.headers_mut().insert("Sec-WebSocket-Protocol", HeaderValue::from_static(SUBPROTOCOL));
        let config =
            WebSocketConfig::default().max_message_size(Some(MAX_MESSAGE)).max_frame_size(Some(MAX_MESSAGE));
        let opened = tungstenite::client::client_with_config(request, stream, Some(config));
        let (web, _) = opened.map_err(|error| unreachable(error.to_string()))?;
        Ok(Socket { web, trace })
    }

    /// Sends a text.
    pub(crate) fn send(&mut self, text: String) -> Result<(), tungstenite::Error> {
        self.trace.inspect(|trace| trace(true, &text));
        self.web.send(Message::text(text))
    }

    /// The next text; `None` if none came within that time.
    pub(crate) fn receive(&mut self, within: Duration) -> Result<Option<String>, tungstenite::Error> {
        // A time of zero would mean for ever.
        let within = within.max(Duration::from_millis(1));
        self.web.get_ref().tcp().set_read_timeout(Some(within))?;
        loop {
            match self.web.read() {
                Ok(Message::Text(text)) => {
                    self.trace.inspect(|trace| trace(false, &text));
                    return Ok(Some(text.to_string()));
                }
                Ok(Message::Close(_)) => return Err(tungstenite::Error::ConnectionClosed),
                Ok(_) => {}
                Err(tungstenite::Error::Io(error)) if is_late(&error) => return Ok(None),
                Err(error) => return Err(error),
            }
        }
    }

    /// Closes the connection without a word.
    pub(crate) fn close(mut self) {
        let _ = self.web.close(None);
        let _ = self.web.flush();
    }
}

fn is_late(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut)
}

fn tcp(address: &Address) -> io::Result<TcpStream> {
    let mut last = io::Error::new(io::ErrorKind::NotFound, "the host has no address");
    for target in (address.host.as_str(), address.port).to_socket_addrs()? {
        match TcpStream::connect_timeout(&target, CONNECT) {
            Ok(tcp) => {
                tcp.set_nodelay(true)?;
                tcp.set_read_timeout(Some(CONNECT))?;
                tcp.set_write_timeout(Some(CONNECT))?;
                return Ok(tcp);
            }
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// TLS with the certificates that the system trusts (`SSL_CERT_FILE` names others).
fn tls(address: &Address, tcp: TcpStream) -> Result<StreamOwned<ClientConnection, TcpStream>, String> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let name = ServerName::try_from(address.host.clone()).map_err(|error| error.to_string())?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let connection = ClientConnection::new(Arc::new(config), name).map_err(|error| error.to_string())?;
    Ok(StreamOwned::new(connection, tcp))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_as_people_write_them() {
        let url = |text: &str| Address::parse(text).map(|address| address.url()).ok();
        assert_eq!(url("http://localhost:8080").as_deref(), Some("ws://localhost:8080/csta"));
        assert_eq!(url("https://[::1]:8443/").as_deref(), Some("wss://[::1]:8443/csta"));
        assert_eq!(url("wss://example.com").as_deref(), Some("wss://example.com:443/csta"));
        for wrong in ["localhost:8080", "ftp://x", "", "http://", "/csta"] {
            assert_eq!(url(wrong), None, "{wrong}");
        }
    }
}
