//! Posting to URLs: webhooks.
//!
//! Each attempt is a task with a connection of its own, so that a receiver that sleeps delays nobody. Redirections are not
//! followed, and what a name leads to is looked at when the connection is made: without `webhook local` in cti-manager nothing is
//! posted to the links of this host, or to where clouds tell their machines secrets. Receivers on this host itself are usual.
//! Certificates of `https` are checked against those that the system or a trustpoint trusts.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    rc::Rc,
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use hookflash_node::Input;
use http_body_util::Full;
use hyper::{
    Request, Uri,
    client::conn::http1,
    header::{CONNECTION, HOST, USER_AGENT},
    http::uri::Scheme,
};
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    task::spawn_local,
};
use tokio_rustls::{
    TlsConnector,
    rustls::{ClientConfig, pki_types::ServerName},
};
use tracing::{debug, warn};

use crate::driver::Driver;

/// How long an attempt may take.
const ATTEMPT: Duration = Duration::from_secs(10);

impl Driver {
    /// Posts to a URL, and tells the node what came of it.
    pub(crate) fn post(
        self: &Rc<Self>,
        post: u64,
        url: String,
        fields: Vec<(&'static str, String)>,
        body: Vec<u8>,
    ) {
        let driver = self.clone();
        spawn_local(async move {
            let local = driver.posts_locally();
            let trusted = || driver.trusted();
            let sent = send(&url, &fields, body, local, &trusted);
            let status = match tokio::time::timeout(ATTEMPT, sent).await {
                Ok(Ok(status)) => Some(status),
                Ok(Err(error)) if error.kind() == io::ErrorKind::PermissionDenied => {
                    if driver.may_log() {
                        warn!(
                            post,
                            "webhook not posted: {error}; `webhook local` in cti-manager would allow it"
                        );
                    }
                    None
                }
                Ok(Err(error)) => {
                    debug!(post, %error, "webhook not posted");
                    None
                }
                Err(_) => {
                    debug!(post, "webhook not answered in time");
                    None
                }
            };
            driver.input(Input::Posted { post, status });
        });
    }
}

async fn send(
    url: &str,
    fields: &[(&'static str, String)],
    body: Vec<u8>,
    local: bool,
    trusted: &dyn Fn() -> Arc<ClientConfig>,
) -> io::Result<u16> {
    let uri: Uri = url.parse().map_err(io::Error::other)?;
    let secure = uri.scheme() == Some(&Scheme::HTTPS);
    let authority = uri.authority().ok_or_else(|| io::Error::other("the URL has no host"))?;
    let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_owned();
    let port = authority.port_u16().unwrap_or(if secure { 443 } else { 80 });
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let mut request = Request::post(path)
        .header(HOST, authority.as_str())
        .header(CONNECTION, "close")
        .header(USER_AGENT, concat!("hookflash/", env!("CARGO_PKG_VERSION")));
    for (name, value) in fields {
        request = request.header(*name, value);
    }
    let request = request.body(Full::new(Bytes::from(body))).map_err(io::Error::other)?;
    let mut addresses: Vec<SocketAddr> = tokio::net::lookup_host((host.as_str(), port)).await?.collect();
    let found = addresses.first().copied();
    addresses.retain(|address| local || !is_near(address.ip()));
    if let Some(near) = found.filter(|_| addresses.is_empty()) {
        let text = format!("{} is an address of the links of this host", near.ip());
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, text));
    }
    let stream = TcpStream::connect(addresses.as_slice()).await?;
    if !secure {
        return exchange(stream, request).await;
    }
    let name = ServerName::try_from(host).map_err(io::Error::other)?;
    exchange(TlsConnector::from(trusted()).connect(name, stream).await?, request).await
}

/// Whether only hosts of the links of this host are reached at an address: also where clouds tell their machines secrets.
fn is_near(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(four) => {
            four.is_unspecified()
                || four.is_link_local()
                || four.is_multicast()
                || four.is_broadcast()
                || four.octets().first() == Some(&0)
                || four == Ipv4Addr::new(100, 100, 100, 200)
                || four == Ipv4Addr::new(168, 63, 129, 16)
        }
        IpAddr::V6(six) => {
            six.is_unspecified()
                || six.is_unicast_link_local()
                || six.is_multicast()
                || six == Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254)
        }
    }
}

async fn exchange<S>(stream: S, request: Request<Full<Bytes>>) -> io::Result<u16>
where
    S: AsyncRead + AsyncWrite + Unpin + 'static,
{
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(io::Error::other)?;
    let answer = sender.send_request(request);
    tokio::pin!(connection, answer);
    let response = tokio::select! {
        answer = &mut answer => answer,
        ended = &mut connection => {
            ended.map_err(io::Error::other)?;
            answer.await
        }
    };
    response.map(|response| response.status().as_u16()).map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_links_are_known() {
        for near in [
            "0.0.0.0",
            "0.1.2.3",
            "169.254.169.254",
            "100.100.100.200",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "fe80::1",
            "fd00:ec2::254",
            "ff02::1",
            "::ffff:169.254.169.254",
        ] {
            assert!(is_near(near.parse().unwrap()), "{near}");
        }
        for far in [
            "127.0.0.1",
            "::1",
            "192.0.2.1",
            "10.0.0.1",
            "192.168.1.1",
            "2001:db8::1",
            "fd00::1",
            "::ffff:192.0.2.1",
        ] {
            assert!(!is_near(far.parse().unwrap()), "{far}");
        }
    }

    #[tokio::test]
    async fn nothing_is_posted_to_links_unless_it_may() {
        let trusted = || -> Arc<ClientConfig> { unreachable!("there is no TLS") };
        let link = "http://169.254.169.254/x";
        let error = send(link, &[], Vec::new(), false, &trusted).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::PermissionDenied);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://localhost:{}/x", listener.local_addr().unwrap().port());
        let posted = send(&url, &[], Vec::new(), false, &trusted);
        let answered = async {
            let (stream, _) = listener.accept().await.unwrap();
            stream.writable().await.unwrap();
            stream.try_write(b"HTTP/1.1 204 No Content\r\n\r\n").unwrap();
            stream
        };
        let (posted, _stream) = tokio::join!(posted, answered);
        assert_eq!(posted.unwrap(), 204);
    }
}
