//! How a SIP phone reaches its server: by datagrams, or by a connection over TCP, TLS or WebSocket.

use std::{io, net::SocketAddr, path::PathBuf, sync::Arc};

use futures_lite::StreamExt;
use futures_util::SinkExt;
use hookflash_sip::Stream;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpStream, UdpSocket},
};
use tokio_rustls::{
    TlsConnector,
    rustls::{
        ClientConfig, RootCertStore,
        crypto::ring,
        pki_types::{CertificateDer, ServerName, pem::PemObject},
    },
};
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{Message, client::IntoClientRequest, http::HeaderValue},
};

/// Largest datagram, and largest piece read at once.
const READ_BUFFER: usize = 64 * 1024;

/// Which way a phone takes.
pub(super) struct Way {
    pub(super) server: SocketAddr,
    /// The host as it was written, which is the name in its certificate.
    pub(super) host: String,
    /// The kind of connection; `None` for datagrams.
    pub(super) stream: Option<Stream>,
    /// The certificates of authorities that are trusted besides those of the system.
    pub(super) authorities: Option<PathBuf>,
}

/// A connection, encrypted or not.
pub(super) trait Connection: AsyncRead + AsyncWrite + Unpin {}

impl<T: AsyncRead + AsyncWrite + Unpin> Connection for T {}

/// The way to the server.
pub(super) enum Link {
    Datagrams(UdpSocket, Vec<u8>),
    Stream(Box<dyn Connection>, Vec<u8>),
    WebSocket(Box<WebSocketStream<Box<dyn Connection>>>),
}

impl Link {
    /// Opens the way; with our own address.
    pub(super) async fn open(way: &Way) -> io::Result<(Link, SocketAddr)> {
        let buffer = vec![0; READ_BUFFER];
        let Some(stream) = way.stream else {
            let any = SocketAddr::new(if way.server.is_ipv4() { [0; 4].into() } else { [0; 16].into() }, 0);
            let socket = UdpSocket::bind(any).await?;
            socket.connect(way.server).await?;
            let local = socket.local_addr()?;
            return Ok((Link::Datagrams(socket, buffer), local));
        };
        let socket = TcpStream::connect(way.server).await?;
        socket.set_nodelay(true)?;
        let local = socket.local_addr()?;
        let connection: Box<dyn Connection> = match stream.is_secure() {
            true => Box::new(secured(way, socket).await?),
            false => Box::new(socket),
        };
        let link = match stream.is_web_socket() {
            true => Link::WebSocket(Box::new(upgraded(way, connection).await?)),
            false => Link::Stream(connection, buffer),
        };
        Ok((link, local))
    }

    /// What has come: a datagram, a message, or a piece of a stream. Cancel safe.
    pub(super) async fn read(&mut self) -> io::Result<Vec<u8>> {
        match self {
            Link::Datagrams(socket, buffer) => {
                let count = socket.recv(buffer).await?;
                Ok(buffer.get(..count).unwrap_or_default().to_vec())
            }
            Link::Stream(connection, buffer) => match connection.read(buffer).await? {
                0 => Err(io::ErrorKind::UnexpectedEof.into()),
                count => Ok(buffer.get(..count).unwrap_or_default().to_vec()),
            },
            Link::WebSocket(socket) => loop {
                match socket.next().await {
                    Some(Ok(Message::Text(text))) => return Ok(text.as_bytes().to_vec()),
                    Some(Ok(Message::Binary(bytes))) => return Ok(bytes.to_vec()),
                    Some(Ok(Message::Close(_))) | None => return Err(io::ErrorKind::UnexpectedEof.into()),
                    Some(Ok(_)) => {}
                    Some(Err(error)) => return Err(io::Error::other(error)),
                }
            },
        }
    }

    /// Sends a datagram, or whole messages.
    pub(super) async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Link::Datagrams(socket, _) => socket.send(bytes).await.map(drop),
            Link::Stream(connection, _) => {
                connection.write_all(bytes).await?;
                connection.flush().await
            }
            Link::WebSocket(socket) => {
                for message in hookflash_node::messages(bytes) {
                    let message = match std::str::from_utf8(message) {
                        Ok(text) => Message::text(text),
                        Err(_) => Message::binary(message.to_vec()),
                    };
                    socket.send(message).await.map_err(io::Error::other)?;
                }
                Ok(())
            }
        }
    }
}

/// Does the handshake of TLS.
async fn secured(way: &Way, socket: TcpStream) -> io::Result<impl Connection + use<>> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if let Some(path) = &way.authorities {
        let named = |error: String| io::Error::other(format!("{}: {error}", path.display()));
        let text = std::fs::read(path).map_err(|error| named(error.to_string()))?;
        let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&text).collect();
        let (added, _) = roots.add_parsable_certificates(read.map_err(|error| named(error.to_string()))?);
        if added == 0 {
            return Err(named("there is no certificate in it".to_owned()));
        }
    }
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from(way.host.clone()).map_err(io::Error::other)?;
    TlsConnector::from(Arc::new(config)).connect(name, socket).await
}

/// Asks for a WebSocket for SIP (RFC 7118).
async fn upgraded(
    way: &Way,
    connection: Box<dyn Connection>,
) -> io::Result<WebSocketStream<Box<dyn Connection>>> {
    let mut request = format!("ws://{}/sip", way.server).into_client_request().map_err(io::Error::other)?;
    request.headers_mut().insert("Sec-WebSocket-Protocol", HeaderValue::from_static("sip"));
    let (socket, _) = client_async(request, connection).await.map_err(io::Error::other)?;
    Ok(socket)
}
