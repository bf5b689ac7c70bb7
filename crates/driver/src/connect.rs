//! Connections that this server opens: to SIP servers of other networks, over TCP or TLS.

use std::{io, net::SocketAddr, rc::Rc, time::Duration};

use hookflash_node::{Input, Listener};
use tokio::net::TcpStream;
use tokio_rustls::{TlsConnector, rustls::pki_types::ServerName};
use tracing::{info, warn};

use crate::{driver::Driver, stream::Stream};

/// How long a connection may take, with its handshake.
const PATIENCE: Duration = Duration::from_secs(4);

impl Driver {
    /// Connects for the node. With the name in a certificate the connection is encrypted, and the other end has to show a
    /// certificate that the system trusts, or a trustpoint.
    pub(crate) async fn connect(self: Rc<Self>, peer: SocketAddr, certificate: Option<String>) {
        let secure = certificate.is_some();
        let opened = tokio::time::timeout(PATIENCE, self.open_stream(peer, certificate)).await;
        match opened.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())) {
            Ok(stream) => {
                info!(%peer, secure, "connected to a SIP server");
                let listener = if secure { Listener::Sips } else { Listener::Sip };
                if !self.accepted(stream, peer, listener, None) {
                    self.input(Input::NotConnected { peer, secure });
                }
            }
            Err(error) => {
                warn!(%peer, secure, %error, "no connection to a SIP server");
                self.input(Input::NotConnected { peer, secure });
            }
        }
    }

    async fn open_stream(&self, peer: SocketAddr, certificate: Option<String>) -> io::Result<Stream> {
        let socket = TcpStream::connect(peer).await?;
        let Some(name) = certificate else { return Ok(socket.into()) };
        let name = ServerName::try_from(name).map_err(io::Error::other)?;
        let (socket, tls) = TlsConnector::from(self.trusted()).connect(name, socket).await?.into_inner();
        Ok(Stream::secured(socket, tls))
    }
}
