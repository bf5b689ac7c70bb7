//! Posting to URLs: webhooks.
//!
//! Each attempt is a task with a connection of its own, so that a receiver that sleeps delays nobody. Redirections are not
//! followed. Certificates of `https` are checked against those that the system or a trustpoint trusts.

use std::{io, rc::Rc, sync::Arc, time::Duration};

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
use tracing::debug;

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
            let status =
                match tokio::time::timeout(ATTEMPT, send(&url, &fields, body, &|| driver.trusted())).await {
                    Ok(Ok(status)) => Some(status),
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
    let stream = TcpStream::connect((host.as_str(), port)).await?;
    if !secure {
        return exchange(stream, request).await;
    }
    let name = ServerName::try_from(host).map_err(io::Error::other)?;
    exchange(TlsConnector::from(trusted()).connect(name, stream).await?, request).await
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
