//! HTTP: files of phones, pages of phones, the XML interface.
//!
//! A listener has mounts: each path belongs to one, in [`Mount::of`]. `/csta` is a WebSocket for applications, with
//! audio at `/csta/audio/...`, and `/sip` one for phones.
//! Requests are read completely, within limits, before the node is asked.

use std::{
    borrow::Cow,
    cell::{Cell, RefCell},
    collections::HashMap,
    convert::Infallible,
    io::{self, Read},
    net::{IpAddr, SocketAddr},
    rc::Rc,
    time::Duration,
};

use bytes::Bytes;
use hookflash_node::{FileAnswer, audio, http};
use http_body_util::{BodyExt, Either, Full, Limited, channel::Channel};
use hyper::{
    Method, Request, Response, StatusCode,
    body::{Frame, Incoming},
    header::{
        ACCEPT_CHARSET, AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, HOST, HeaderMap, HeaderName,
        HeaderValue, ORIGIN, UPGRADE,
    },
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    task::spawn_local,
};
use tokio_rustls::TlsAcceptor;
use tracing::{debug, warn};

use crate::{
    driver::Driver,
    fetch::local_towards,
    log_budget::tell_file,
    web_socket::{self, Form},
};

/// Connections at the same time, and those of one address.
const MAX_CONNECTIONS: usize = 512;
const MAX_CONNECTIONS_OF_ADDRESS: usize = 64;
/// Bytes of the head of a request, and its header fields.
const MAX_HEAD: usize = 16 * 1024;
const MAX_FIELDS: usize = 64;
/// Bytes of a body: a request of the XML interface with some thousand commands.
const MAX_BODY: usize = 256 * 1024;
/// How long a head may take, and the next request on a connection.
const HEAD_TIME: Duration = Duration::from_secs(15);
/// How long a body may take, and the answer of the node.
const BODY_TIME: Duration = Duration::from_secs(15);
/// How long a connection may last. A phone on a slow link fetches firmware for some minutes.
const CONNECTION_TIME: Duration = Duration::from_secs(600);
/// Bytes of a stored file that are read at once.
const PIECE: usize = 32 * 1024;

/// The header field with the last event that a receiver of events has seen.
const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// What a response carries.
type Body = Either<Full<Bytes>, Channel<Bytes, io::Error>>;

/// Which listener a connection came in by.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Door {
    /// Port 6970: files of phones, and nothing else.
    Files,
    /// Pages of phones, the XML interface, doors for applications.
    Pages,
}

/// Who answers a path.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Mount {
    /// A file of phones.
    Files,
    /// The node.
    Node,
    /// The node, over WebSocket.
    WebSocket,
    /// SIP over WebSocket.
    Sip,
    /// Audio over WebSocket.
    Audio,
}

impl Mount {
    /// The mount of a path at a door.
    fn of(door: Door, path: &str) -> Mount {
        match (door, path) {
            (Door::Files, _) => Mount::Files,
            (Door::Pages, "/csta") => Mount::WebSocket,
            (Door::Pages, "/sip") => Mount::Sip,
            (Door::Pages, path) if audio::is_for(path) => Mount::Audio,
            (Door::Pages, _) => Mount::Node,
        }
    }
}

/// The connections of each address.
#[derive(Clone)]
struct Connections {
    counts: Rc<RefCell<HashMap<IpAddr, usize>>>,
    most: usize,
    most_of_address: usize,
}

impl Connections {
    /// Counts up to so many, and so many of one address.
    fn new(most: usize, most_of_address: usize) -> Connections {
        Connections { counts: Rc::default(), most, most_of_address }
    }

    /// One more, until the value is dropped; `None` if there are too many.
    fn begin(&self, address: IpAddr) -> Option<Counted> {
        let mut counts = self.counts.borrow_mut();
        let all: usize = counts.values().sum();
        let own = counts.get(&address).copied().unwrap_or(0);
        if all >= self.most || own >= self.most_of_address {
            return None;
        }
        counts.insert(address, own + 1);
        Some(Counted { connections: self.clone(), address })
    }
}

/// A connection that is counted until it is dropped.
struct Counted {
    connections: Connections,
    address: IpAddr,
}

impl Drop for Counted {
    fn drop(&mut self) {
        let mut counts = self.connections.counts.borrow_mut();
        match counts.get_mut(&self.address) {
            Some(count) if *count > 1 => *count -= 1,
            _ => drop(counts.remove(&self.address)),
        }
    }
}

/// Accepts connections for as long as the driver runs.
pub(crate) async fn serve(driver: Rc<Driver>, listener: TcpListener, door: Door, tls: Option<TlsAcceptor>) {
    let connections = Connections::new(MAX_CONNECTIONS, MAX_CONNECTIONS_OF_ADDRESS);
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                spawn_local(connection(driver.clone(), stream, peer, door, tls.clone(), connections.clone()));
            }
            Err(error) => {
                debug!(%error, "HTTP connection not accepted");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

async fn connection(
    driver: Rc<Driver>,
    stream: TcpStream,
    peer: SocketAddr,
    door: Door,
    tls: Option<TlsAcceptor>,
    connections: Connections,
) {
    let count = || {
        let counted = connections.begin(peer.ip());
        if counted.is_none() {
            debug!(%peer, "HTTP connection refused: too many");
        }
        counted
    };
    let Ok(bound) = stream.local_addr() else { return };
    let local = SocketAddr::new(local_towards(bound.ip(), peer), bound.port());
    let visitor =
        Visitor { driver: driver.clone(), local, peer, door, over_tls: tls.is_some(), lasts: Rc::default() };
    match tls {
        None => {
            let Some(_counted) = count() else { return };
            visitor.serve(stream).await;
        }
        Some(acceptor) => {
            let Some(stream) = driver.shake_hands(stream, peer, &acceptor).await else { return };
            let Some(_counted) = count() else { return };
            visitor.serve(stream).await;
        }
    }
}

/// The other end of a connection.
#[derive(Clone)]
struct Visitor {
    driver: Rc<Driver>,
    local: SocketAddr,
    peer: SocketAddr,
    door: Door,
    over_tls: bool,
    /// Whether a response goes on, so that the connection may last.
    lasts: Rc<Cell<bool>>,
}

impl Visitor {
    /// Answers requests until the connection ends.
    async fn serve(self, stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) {
        let (peer, lasts) = (self.peer, self.lasts.clone());
        let service = service_fn(move |request| {
            let visitor = self.clone();
            async move { Ok::<_, Infallible>(visitor.answer(request).await) }
        });
        let mut builder = http1::Builder::new();
        builder
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_TIME)
            .max_buf_size(MAX_HEAD)
            .max_headers(MAX_FIELDS);
        let served = builder.serve_connection(TokioIo::new(stream), service).with_upgrades();
        tokio::pin!(served);
        loop {
            match tokio::time::timeout(CONNECTION_TIME, &mut served).await {
                Ok(Ok(())) => return,
                Ok(Err(error)) => return debug!(%peer, %error, "HTTP connection ended"),
                Err(_) if lasts.get() => {}
                Err(_) => return debug!(%peer, "HTTP connection ended: it has lasted too long"),
            }
        }
    }

    async fn answer(&self, request: Request<Incoming>) -> Response<Body> {
        match Mount::of(self.door, request.uri().path()) {
            Mount::Files => self.file(&request),
            mount if is_of_another_site(request.headers(), mount == Mount::Sip) => {
                debug!(peer = %self.peer, "request of a page of another site refused");
                plain(StatusCode::FORBIDDEN, "Pages of other sites may not use this server\n")
            }
            Mount::Node => self.page(request).await,
            Mount::WebSocket => self.web_socket(request, Form::Lines),
            Mount::Sip => self.web_socket(request, Form::Sip),
            Mount::Audio => {
                let binary = web_socket::offers(request.headers(), audio::SUBPROTOCOL);
                self.web_socket(request, Form::Audio { binary })
            }
        }
    }

    /// Sends a file.
    fn file(&self, request: &Request<Incoming>) -> Response<Body> {
        if !matches!(request.method().as_str(), "GET" | "HEAD") {
            return plain(StatusCode::METHOD_NOT_ALLOWED, "Method not allowed\n");
        }
        let path = request.uri().path();
        let Some(name) = decoded(path.strip_prefix('/').unwrap_or(path)) else {
            return plain(StatusCode::BAD_REQUEST, "Bad request\n");
        };
        let file = name.escape_debug();
        match self.driver.fetch_file(self.local.ip(), self.peer, &name) {
            FileAnswer::Made(content) => {
                tell_file!(self.driver.file_log, peer = %self.peer, %file, bytes = content.len(), "HTTP: file sent");
                with_type(Response::new(Either::Left(Full::new(content.into()))), &name)
            }
            FileAnswer::Stored(stored) => match self.driver.flash().open(&stored) {
                Ok((opened, length)) => {
                    tell_file!(self.driver.file_log, peer = %self.peer, %file, bytes = length, "HTTP: file is sent");
                    with_type(streamed(opened, length), &name)
                }
                Err(error) => {
                    debug!(peer = %self.peer, stored, %error, "stored file not sent");
                    self.driver.file_missing(self.peer, &stored);
                    self.no_file(&name)
                }
            },
            FileAnswer::Missing => self.no_file(&name),
        }
    }

    fn no_file(&self, name: &str) -> Response<Body> {
        tell_file!(self.driver.file_log, peer = %self.peer, file = %name.escape_debug(), "HTTP: no such file");
        plain(StatusCode::NOT_FOUND, "No such file\n")
    }

    /// Lets the node answer.
    async fn page(&self, request: Request<Incoming>) -> Response<Body> {
        let (head, body) = request.into_parts();
        let read = tokio::time::timeout(BODY_TIME, Limited::new(body, MAX_BODY).collect());
        let body = match read.await {
            Ok(Ok(body)) => body.to_bytes(),
            Ok(Err(error)) if error.is::<http_body_util::LengthLimitError>() => {
                return plain(StatusCode::PAYLOAD_TOO_LARGE, "The request is too large\n");
            }
            Ok(Err(_)) => return plain(StatusCode::BAD_REQUEST, "Bad request\n"),
            Err(_) => return plain(StatusCode::REQUEST_TIMEOUT, "The request took too long\n"),
        };
        let field = |name: HeaderName| head.headers.get(name).and_then(|value| value.to_str().ok());
        let target = head.uri.path_and_query().map_or("/", |target| target.as_str());
        let target = with_last_event(target, field(LAST_EVENT_ID));
        let request = http::Request {
            method: head.method.as_str(),
            target: &target,
            authorization: field(AUTHORIZATION),
            accept_charset: field(ACCEPT_CHARSET),
            body: &body,
            over_tls: self.over_tls,
        };
        let response = self.driver.fetch_page(self.local.ip(), self.peer, request);
        match tokio::time::timeout(BODY_TIME, response).await {
            Ok(Ok((response, None))) => self.written(response),
            Ok(Ok((response, Some(rest)))) => self.going_on(response, rest),
            _ => plain(StatusCode::SERVICE_UNAVAILABLE, "Try again later\n"),
        }
    }

    /// Lets the node decide whether there is a WebSocket.
    fn web_socket(&self, mut request: Request<Incoming>, form: Form) -> Response<Body> {
        let accept = match web_socket::handshake(request.headers()) {
            Ok(accept) => accept,
            Err((status, text)) => {
                let mut refusal = plain(status, text);
                refusal.headers_mut().insert(UPGRADE, HeaderValue::from_static("websocket"));
                return refusal;
            }
        };
        let headers = request.headers().clone();
        let target = request.uri().clone();
        let asked = http::Request {
            method: "GET",
            target: target.path_and_query().map_or("/", |target| target.as_str()),
            authorization: headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()),
            accept_charset: None,
            body: b"",
            over_tls: self.over_tls,
        };
        if form == Form::Sip && !web_socket::offers(&headers, "sip") {
            return plain(StatusCode::BAD_REQUEST, "The subprotocol is sip\n");
        }
        if request.method() != Method::GET {
            return plain(StatusCode::METHOD_NOT_ALLOWED, "Method not allowed\n");
        }
        let Some(response) = self.driver.open_socket(self.local, self.peer, asked, form, &mut request) else {
            return plain(StatusCode::SERVICE_UNAVAILABLE, "Try again later\n");
        };
        let mut response = self.written(response);
        if response.status() == StatusCode::SWITCHING_PROTOCOLS {
            web_socket::switching(&mut response, &headers, &accept);
        }
        response
    }

    /// A response that goes on: its connection may last.
    fn going_on(&self, response: http::Response, rest: Channel<Bytes, io::Error>) -> Response<Body> {
        self.lasts.set(true);
        self.written(response).map(|_| Either::Right(rest))
    }

    fn written(&self, response: http::Response) -> Response<Body> {
        let http::Response { status, fields, body } = response;
        debug!(peer = %self.peer, status, bytes = body.len(), "HTTP: page sent");
        let mut written = Response::new(Either::Left(Full::new(body.into())));
        *written.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        for (name, value) in fields {
            match (HeaderName::try_from(name), HeaderValue::try_from(value)) {
                (Ok(name), Ok(value)) => drop(written.headers_mut().insert(name, value)),
                _ => warn!(name, "header field not sent"),
            }
        }
        written
    }
}

/// The target of a request with the event that its sender has seen last, which browsers say in a header field.
fn with_last_event<'a>(target: &'a str, last: Option<&str>) -> Cow<'a, str> {
    let Some(last) =
        last.filter(|last| last.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.'))
    else {
        return Cow::Borrowed(target);
    };
    match target.split_once('?') {
        None => Cow::Owned(format!("{target}?lastEventId={last}")),
        Some((path, query)) => Cow::Owned(format!("{path}?lastEventId={last}&{query}")),
    }
}

fn plain(status: StatusCode, text: &'static str) -> Response<Body> {
    let mut response = Response::new(Either::Left(Full::new(Bytes::from_static(text.as_bytes()))));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response
}

/// Whether a browser sends the request for a page that did not come from here (RFC 6454, 7). Any page that a user opens could
/// otherwise make calls in his network: a browser lets it open a WebSocket, and post, without asking. A page of a telephone
/// may come from another port of this host.
fn is_of_another_site(headers: &HeaderMap, any_port: bool) -> bool {
    let text = |name| headers.get(name).map(|value: &HeaderValue| value.to_str().unwrap_or_default());
    let Some(origin) = text(ORIGIN) else { return false };
    let authority = origin.split_once("://").map(|(_, authority)| authority);
    let host = text(HOST).unwrap_or_default();
    let part = |authority| if any_port { without_port(authority) } else { authority };
    authority.is_none_or(|authority| !part(authority).eq_ignore_ascii_case(part(host)))
}

/// The host of an authority.
fn without_port(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    }
}

/// A stored file, read while it is sent.
fn streamed(mut file: std::fs::File, length: u64) -> Response<Body> {
    let (mut sender, body) = Channel::new(2);
    spawn_local(async move {
        let mut piece = vec![0; PIECE];
        loop {
            match file.read(&mut piece) {
                Ok(0) => return,
                Ok(count) => {
                    let bytes = Bytes::copy_from_slice(piece.get(..count).unwrap_or_default());
                    if sender.send(Frame::data(bytes)).await.is_err() {
                        return;
                    }
                }
                Err(error) => return sender.abort(error),
            }
        }
    });
    let mut response = Response::new(Either::Right(body));
    response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(length));
    response
}

fn with_type(mut response: Response<Body>, name: &str) -> Response<Body> {
    let xml = name.to_ascii_lowercase().ends_with(".xml");
    let kind = if xml { "text/xml; charset=utf-8" } else { "application/octet-stream" };
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

/// Resolves percent signs; `None` if the result is not text.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'%' => {
                let digits = [rest.next()?, rest.next()?];
                let digits = std::str::from_utf8(&digits).ok()?.to_owned();
                bytes.push(u8::from_str_radix(&digits, 16).ok()?);
            }
            other => bytes.push(other),
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_of_another_site_is_found_out() {
        let of_another = |origin: Option<&'static str>, any_port: bool| {
            let mut headers = HeaderMap::new();
            headers.insert(HOST, HeaderValue::from_static("pbx.example:8080"));
            origin.map(|origin| headers.insert(ORIGIN, HeaderValue::from_static(origin)));
            is_of_another_site(&headers, any_port)
        };
        for own in [None, Some("http://pbx.example:8080"), Some("https://PBX.example:8080")] {
            assert!(!of_another(own, false) && !of_another(own, true), "{own:?}");
        }
        for other in [
            "http://evil.example",
            "http://pbx.example",
            "http://PBX.example:3000",
            "http://pbx.example:8080.evil.example",
            "null",
            "",
        ] {
            assert!(of_another(Some(other), false), "{other}");
            let same_host = ["http://pbx.example", "http://PBX.example:3000"].contains(&other);
            assert_eq!(of_another(Some(other), true), !same_host, "{other}");
        }
    }

    #[test]
    fn names_of_files_are_decoded() {
        assert_eq!(decoded("Communicator%5CSEP.cnf.xml").as_deref(), Some("Communicator\\SEP.cnf.xml"));
        assert_eq!(decoded("%2e%2e/x").as_deref(), Some("../x"));
        for broken in ["%", "%2", "%zz", "%ff"] {
            assert_eq!(decoded(broken), None, "{broken}");
        }
    }

    #[test]
    fn one_address_does_not_take_all_connections() {
        let connections = Connections::new(MAX_CONNECTIONS, MAX_CONNECTIONS_OF_ADDRESS);
        let address = |last: u8| IpAddr::from([10, 0, 0, last]);
        let held: Vec<_> =
            (0..2 * MAX_CONNECTIONS_OF_ADDRESS).map_while(|_| connections.begin(address(1))).collect();
        assert_eq!(held.len(), MAX_CONNECTIONS_OF_ADDRESS);
        assert!(connections.begin(address(2)).is_some());
        drop(held);
        assert!(connections.begin(address(1)).is_some());
    }
}
