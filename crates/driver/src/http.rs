//! HTTP: files of phones, pages of phones, the XML interface.
//!
//! A listener has mounts: each path belongs to one, in [`Mount::of`]. `/csta` is a WebSocket for applications, with
//! audio at `/csta/audio/...`, and `/sip` one for phones.
//! Requests are read completely, within limits, before the node is asked.

use std::{
    borrow::Cow,
    cell::{Cell, RefCell},
    convert::Infallible,
    io::{self, Read},
    net::{IpAddr, SocketAddr},
    rc::Rc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use hookflash_node::{FileAnswer, audio, http};
use http_body_util::{BodyExt, Either, Full, Limited, channel::Channel};
use hyper::{
    Method, Request, Response, StatusCode, Version,
    body::{Body as _, Frame, Incoming},
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
    sync::oneshot,
    task::spawn_local,
};
use tokio_rustls::TlsAcceptor;
use tracing::{debug, warn};

use crate::{
    crowd::Crowd,
    driver::Driver,
    fetch::local_towards,
    log_budget::tell_file,
    requests::Turn,
    web_socket::{self, Form},
};

/// Connections of a listener at the same time, and those of one address.
const MAX_CONNECTIONS: usize = 512;
const MAX_CONNECTIONS_OF_ADDRESS: usize = 256;
/// A connection of the same address that has waited so long makes room: its request had time to come.
const YOUNG: Duration = Duration::from_secs(1);
/// Bytes of the head of a request, and its header fields.
const MAX_HEAD: usize = 16 * 1024;
const MAX_FIELDS: usize = 64;
/// Bytes of a body: a request of the XML interface with some thousand commands.
const MAX_BODY: usize = 256 * 1024;
const MAX_BODY_BYTES: u64 = 256 * 1024;
/// Bytes of a body that is too large which are read all the same, and how long that may take: many clients look at the
/// response only when they have sent everything.
const MAX_PASSED_OVER: usize = 16 * 1024 * 1024;
const PASSED_OVER_TIME: Duration = Duration::from_secs(5);
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
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

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

/// The connections of a listener.
#[derive(Clone, Default)]
struct Connections(Rc<RefCell<Crowd<Connection>>>);

/// A connection that has not ended.
struct Connection {
    state: Rc<State>,
    /// When it is dropped, the connection ends.
    _ends: oneshot::Sender<()>,
}

/// What a connection is doing.
#[derive(Debug, Default)]
struct State {
    /// Requests and responses under way.
    busy: Cell<usize>,
    /// When it began to wait for a request.
    waits_since: Cell<Option<Instant>>,
}

impl State {
    /// A request or a response is under way until the value is dropped.
    fn work(self: &Rc<State>) -> Busy {
        self.busy.set(self.busy.get() + 1);
        Busy(self.clone())
    }

    /// A response goes on, and nothing follows it.
    fn lasts(&self) {
        self.busy.set(self.busy.get() + 1);
    }

    /// Since when it has been waiting for a request, if it does.
    fn waits(&self) -> Option<Instant> {
        self.waits_since.get().filter(|_| self.busy.get() == 0)
    }
}

/// A connection is not waiting for a request until this is dropped.
struct Busy(Rc<State>);

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.busy.set(self.0.busy.get().saturating_sub(1));
        self.0.waits_since.set(Some(Instant::now()));
    }
}

impl Connections {
    /// One more, until the value is dropped; `None` if there is no room. Where there are too many of its address, the one of
    /// them that has waited longest for a request makes room; where there are too many altogether, one of the address that
    /// has most.
    fn begin(&self, now: Instant, address: IpAddr) -> Option<(Counted, Rc<State>, oneshot::Receiver<()>)> {
        let mut all = self.0.borrow_mut();
        let crowded = if all.taken_by(address) >= MAX_CONNECTIONS_OF_ADDRESS {
            Some((address, YOUNG))
        } else if all.taken() >= MAX_CONNECTIONS {
            let (most, _) = all.largest()?;
            Some((most, if most == address { YOUNG } else { Duration::ZERO }))
        } else {
            None
        };
        if let Some((crowded, young)) = crowded {
            let waiting = all.of(crowded).filter_map(|(number, one)| Some((one.state.waits()?, number)));
            let (since, number) = waiting.min()?;
            if now.duration_since(since) < young {
                return None;
            }
            all.free(crowded, number);
        }
        let state = Rc::new(State::default());
        state.waits_since.set(Some(now));
        let (ends, ended) = oneshot::channel();
        let number = all.take(address, Connection { state: state.clone(), _ends: ends });
        Some((Counted { connections: self.clone(), address, number }, state, ended))
    }
}

/// A connection that is counted until it is dropped.
struct Counted {
    connections: Connections,
    address: IpAddr,
    number: u64,
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.connections.0.borrow_mut().free(self.address, self.number);
    }
}

/// Accepts connections for as long as the driver runs.
pub(crate) async fn serve(driver: Rc<Driver>, listener: TcpListener, door: Door, tls: Option<TlsAcceptor>) {
    let connections = Connections::default();
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
    let Ok(bound) = stream.local_addr() else { return };
    let local = SocketAddr::new(local_towards(bound.ip(), peer), bound.port());
    let over_tls = tls.is_some();
    let mut certificate = None;
    let secured = match tls {
        None => Either::Left(stream),
        Some(acceptor) => match driver.shake_hands(stream, peer, &acceptor).await {
            Some(stream) => {
                certificate = driver.client_certificate(stream.get_ref().1).map(Rc::from);
                Either::Right(stream)
            }
            None => return,
        },
    };
    let Some((_counted, state, ended)) = connections.begin(Instant::now(), peer.ip()) else {
        return debug!(%peer, "HTTP connection refused: too many");
    };
    let visitor = Visitor { driver, local, peer, door, over_tls, certificate, lasts: Rc::default(), state };
    let served = async {
        match secured {
            Either::Left(stream) => visitor.serve(stream).await,
            Either::Right(stream) => visitor.serve(stream).await,
        }
    };
    tokio::select! {
        () = served => {}
        _ = ended => debug!(%peer, "HTTP connection ended: others need the room"),
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
    /// What the certificate of the client says, if it has shown one.
    certificate: Option<Rc<str>>,
    /// Whether a response goes on, so that the connection may last.
    lasts: Rc<Cell<bool>>,
    state: Rc<State>,
}

impl Visitor {
    /// Answers requests until the connection ends.
    async fn serve(self, stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) {
        let (peer, lasts) = (self.peer, self.lasts.clone());
        let service = service_fn(move |request| {
            let visitor = self.clone();
            async move {
                let answer = visitor.answer(request).await;
                // Requests that were sent at once are answered one by one, with others between them.
                tokio::task::yield_now().await;
                Ok::<_, Infallible>(answer)
            }
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
        if lacks_host(&request) {
            return plain(StatusCode::BAD_REQUEST, "The header field Host is missing\n");
        }
        let mount = Mount::of(self.door, request.uri().path());
        if mount != Mount::Files
            && let Err(foreign) = self.check_origin(request.headers(), mount)
        {
            debug!(peer = %self.peer, ?foreign, "request of a page of another site refused");
            return foreign.answer();
        }
        match mount {
            Mount::Files => {
                let _busy = self.state.work();
                let _turn = self.turn().await;
                self.file(&request)
            }
            Mount::Node => self.page(request).await,
            Mount::WebSocket => self.web_socket(request, Form::Lines).await,
            Mount::Sip => self.web_socket(request, Form::Sip).await,
            Mount::Audio => {
                let binary = web_socket::offers(request.headers(), audio::SUBPROTOCOL);
                self.web_socket(request, Form::Audio { binary }).await
            }
        }
    }

    fn check_origin(&self, headers: &HeaderMap, mount: Mount) -> Result<(), Foreign> {
        if is_cross_site(headers) {
            return Err(Foreign::OtherSite);
        }
        if headers.contains_key(ORIGIN) {
            return check_origin(headers, mount == Mount::Sip, self.over_tls, &self.driver.own_names());
        }
        check_origin(headers, false, self.over_tls, &[])?;
        // Browsers send Origin with every upgrade, and not with every GET. Whoever sends a password means this server.
        let proves = mount != Mount::Node || headers.contains_key(AUTHORIZATION) || self.over_tls;
        let host = headers.get(HOST).and_then(|host| host.to_str().ok()).filter(|_| !proves);
        match host.is_none_or(|host| is_own_name(host, || self.driver.own_names())) {
            true => Ok(()),
            false => Err(Foreign::UnknownName),
        }
    }

    /// Waits until it is the turn of a request of this address.
    async fn turn(&self) -> Turn<'_> {
        self.driver.requests.begin(self.peer.ip()).await
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
                    with_type(streamed(opened, length, self.state.work()), &name)
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
        let (head, mut body) = request.into_parts();
        if body.size_hint().lower() > MAX_BODY_BYTES {
            return self.too_large(head.uri.path(), &mut body).await;
        }
        let read = tokio::time::timeout(BODY_TIME, Limited::new(&mut body, MAX_BODY).collect());
        let body = match read.await {
            Ok(Ok(body)) => body.to_bytes(),
            Ok(Err(error)) if error.is::<http_body_util::LengthLimitError>() => {
                return self.too_large(head.uri.path(), &mut body).await;
            }
            Ok(Err(_)) => return plain(StatusCode::BAD_REQUEST, "Bad request\n"),
            Err(_) => return plain(StatusCode::REQUEST_TIMEOUT, "The request took too long\n"),
        };
        let field = |name: HeaderName| head.headers.get(name).and_then(|value| value.to_str().ok());
        let target = head.uri.path_and_query().map_or("/", |target| target.as_str());
        let target = with_parameter(target, "lastEventId", field(LAST_EVENT_ID));
        let target = with_parameter(&target, "idempotencyKey", field(IDEMPOTENCY_KEY));
        let request = http::Request {
            method: head.method.as_str(),
            target: &target,
            authorization: field(AUTHORIZATION),
            accept_charset: field(ACCEPT_CHARSET),
            body: &body,
            over_tls: self.over_tls,
            certificate: self.certificate.as_deref(),
        };
        let _busy = self.state.work();
        let turn = self.turn().await;
        let response = self.driver.fetch_page(self.local.ip(), self.peer, request);
        drop(turn);
        match tokio::time::timeout(BODY_TIME, response).await {
            Ok(Ok((response, None))) => self.written(response),
            Ok(Ok((response, Some(rest)))) => self.going_on(response, rest),
            _ => plain(StatusCode::SERVICE_UNAVAILABLE, "Try again later\n"),
        }
    }

    /// Refuses a request whose body is too large. What of it is under way is read first, within limits, as the client would
    /// find the connection broken rather than the response.
    async fn too_large(&self, path: &str, body: &mut Incoming) -> Response<Body> {
        let mut left = MAX_PASSED_OVER;
        let pass_over = async {
            while let Some(Ok(frame)) = body.frame().await {
                let length = frame.data_ref().map_or(0, Bytes::len);
                match left.checked_sub(length) {
                    Some(less) => left = less,
                    None => return,
                }
            }
        };
        let _ = tokio::time::timeout(PASSED_OVER_TIME, pass_over).await;
        self.written(hookflash_node::too_large(path, MAX_BODY))
    }

    /// Lets the node decide whether there is a WebSocket.
    async fn web_socket(&self, mut request: Request<Incoming>, form: Form) -> Response<Body> {
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
            certificate: self.certificate.as_deref(),
        };
        if form == Form::Sip && !web_socket::offers(&headers, "sip") {
            return plain(StatusCode::BAD_REQUEST, "The subprotocol is sip\n");
        }
        if request.method() != Method::GET {
            return plain(StatusCode::METHOD_NOT_ALLOWED, "Method not allowed\n");
        }
        let _busy = self.state.work();
        let turn = self.turn().await;
        let opening = self.driver.ask_for_socket(self.local, self.peer, asked, form);
        drop(turn);
        let Some(response) = opening.open(&mut request).await else {
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
        self.state.lasts();
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

/// Whether a request does not say whom it is for (RFC 9112, 3.2). Phones with HTTP/1.0 need not.
fn lacks_host<B>(request: &Request<B>) -> bool {
    request.version() >= Version::HTTP_11 && !request.headers().contains_key(HOST)
}

/// The target of a request with what its sender says in a header field as its first parameter.
fn with_parameter<'a>(target: &'a str, name: &str, value: Option<&str>) -> Cow<'a, str> {
    let Some(value) = value.filter(|value| !value.is_empty()) else { return Cow::Borrowed(target) };
    let plain = value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
    let value = if plain { Cow::Borrowed(value) } else { Cow::Owned(hookflash_node::http::encoded(value)) };
    match target.split_once('?') {
        None => Cow::Owned(format!("{target}?{name}={value}")),
        Some((path, query)) => Cow::Owned(format!("{path}?{name}={value}&{query}")),
    }
}

fn plain(status: StatusCode, text: &'static str) -> Response<Body> {
    let mut response = Response::new(Either::Left(Full::new(Bytes::from_static(text.as_bytes()))));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response
}

/// Why a request is not answered although its path is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Foreign {
    /// The headers say two things, or not what has to be said.
    Malformed,
    /// A page of another site sends it.
    OtherSite,
    /// The page came from here by a name that is none of this server.
    UnknownName,
}

impl Foreign {
    fn answer(self) -> Response<Body> {
        match self {
            Foreign::Malformed => plain(StatusCode::BAD_REQUEST, "Bad request\n"),
            Foreign::OtherSite => {
                plain(StatusCode::FORBIDDEN, "Pages of other sites may not use this server\n")
            }
            Foreign::UnknownName => plain(
                StatusCode::FORBIDDEN,
                "Pages may use this server by its address, or by a name that `http host` in cti-manager gives it\n",
            ),
        }
    }
}

/// Whether a browser sends the request for a page that did not come from here (RFC 6454, 7). Any page that a user opens could
/// otherwise make calls in his network: a browser lets it open a WebSocket, and post, without asking. A page of a telephone
/// may come from another port of this host.
///
/// Whoever has a name can let it lead here once his page is loaded, so the name has to be one of this server; over TLS the
/// browser has seen that it is.
fn check_origin(headers: &HeaderMap, any_port: bool, over_tls: bool, own: &[String]) -> Result<(), Foreign> {
    let mut hosts = headers.get_all(HOST).iter();
    let (host, more) = (hosts.next(), hosts.next());
    let mut origins = headers.get_all(ORIGIN).iter();
    let origin = match (origins.next(), origins.next(), more) {
        (_, Some(_), _) | (_, _, Some(_)) => return Err(Foreign::Malformed),
        (None, None, None) => return Ok(()),
        (Some(origin), None, None) => origin.to_str().map_err(|_| Foreign::Malformed)?,
    };
    let host = host.and_then(|host| host.to_str().ok()).ok_or(Foreign::Malformed)?;
    let authority = origin
        .split_once("://")
        .filter(|(scheme, _)| ["http", "https"].iter().any(|known| known.eq_ignore_ascii_case(scheme)));
    let (_, authority) = authority.ok_or(Foreign::OtherSite)?;
    let part = |authority| if any_port { without_port(authority) } else { authority };
    if !part(authority).eq_ignore_ascii_case(part(host)) {
        return Err(Foreign::OtherSite);
    }
    if over_tls || is_own_name(host, || own.to_vec()) { Ok(()) } else { Err(Foreign::UnknownName) }
}

/// Whether the value of Host is an address, or a name of this server.
fn is_own_name(host: &str, own: impl FnOnce() -> Vec<String>) -> bool {
    let name = without_port(host).trim_end_matches('.').to_ascii_lowercase();
    let address = name.trim_start_matches('[').trim_end_matches(']');
    address.parse::<IpAddr>().is_ok() || name == "localhost" || own().contains(&name)
}

/// Whether a browser says that a page of another site sends the request, for an image perhaps (Fetch Metadata).
fn is_cross_site(headers: &HeaderMap) -> bool {
    headers.get("sec-fetch-site").is_some_and(|site| site.as_bytes().eq_ignore_ascii_case(b"cross-site"))
}

/// The host of an authority.
fn without_port(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    }
}

/// A stored file, read while it is sent.
fn streamed(mut file: std::fs::File, length: u64, busy: Busy) -> Response<Body> {
    let (mut sender, body) = Channel::new(2);
    spawn_local(async move {
        let _busy = busy;
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

    fn headers(fields: &[(HeaderName, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in fields {
            headers.append(name, HeaderValue::from_static(value));
        }
        headers
    }

    #[test]
    fn a_page_of_another_site_is_found_out() {
        let of_another = |origin: Option<&'static str>, any_port: bool| {
            let fields = origin.map(|origin| (ORIGIN, origin)).into_iter();
            let fields: Vec<_> = fields.chain([(HOST, "pbx.example:8080")]).collect();
            check_origin(&headers(&fields), any_port, false, &["pbx.example".to_owned()])
        };
        for own in [None, Some("http://pbx.example:8080"), Some("https://PBX.example:8080")] {
            assert!(of_another(own, false).is_ok() && of_another(own, true).is_ok(), "{own:?}");
        }
        for other in [
            "http://evil.example",
            "http://pbx.example",
            "http://PBX.example:3000",
            "http://pbx.example:8080.evil.example",
            "evil://pbx.example:8080",
            "pbx.example:8080",
            "null",
            "",
        ] {
            assert_eq!(of_another(Some(other), false), Err(Foreign::OtherSite), "{other}");
            let same_host = ["http://pbx.example", "http://PBX.example:3000"].contains(&other);
            assert_eq!(of_another(Some(other), true).is_ok(), same_host, "{other}");
        }
    }

    #[test]
    fn a_name_that_leads_here_is_not_ours_for_that() {
        let check = |host: &'static str, origin: &'static str, over_tls| {
            let own = ["pbx.example".to_owned()];
            check_origin(&headers(&[(HOST, host), (ORIGIN, origin)]), false, over_tls, &own)
        };
        assert_eq!(check("evil.example", "http://evil.example", false), Err(Foreign::UnknownName));
        for (host, origin) in [
            ("192.0.2.1:8080", "http://192.0.2.1:8080"),
            ("[2001:db8::1]:8080", "http://[2001:db8::1]:8080"),
            ("localhost", "http://localhost"),
            ("PBX.example.", "http://pbx.example."),
        ] {
            assert_eq!(check(host, origin, false), Ok(()), "{host}");
        }
        assert_eq!(check("any.example", "https://any.example", true), Ok(()), "the certificate says so");
        for (host, own) in [
            ("192.0.2.1:8080", true),
            ("[::1]:8080", true),
            ("LOCALHOST:8080", true),
            ("pbx.example:8080", true),
            ("evil.example:8080", false),
            ("192.0.2.1.evil.example", false),
        ] {
            assert_eq!(is_own_name(host, || vec!["pbx.example".to_owned()]), own, "{host}");
        }
        let doubtful = [
            headers(&[(ORIGIN, "http://192.0.2.1")]),
            headers(&[(HOST, "192.0.2.1"), (HOST, "evil.example"), (ORIGIN, "http://192.0.2.1")]),
            headers(&[(HOST, "192.0.2.1"), (ORIGIN, "http://192.0.2.1"), (ORIGIN, "http://evil.example")]),
            headers(&[(HOST, "192.0.2.1"), (HOST, "evil.example")]),
        ];
        for headers in doubtful {
            assert_eq!(check_origin(&headers, false, false, &[]), Err(Foreign::Malformed), "{headers:?}");
        }
    }

    #[test]
    fn who_speaks_http_1_1_says_whom_he_wants() {
        let request = |version, host: Option<&str>| {
            let request = Request::builder().version(version);
            host.into_iter().fold(request, |request, host| request.header(HOST, host)).body(()).unwrap()
        };
        assert!(lacks_host(&request(Version::HTTP_11, None)));
        assert!(!lacks_host(&request(Version::HTTP_11, Some("pbx.example"))));
        assert!(!lacks_host(&request(Version::HTTP_10, None)), "phones");
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
    fn connections_that_wait_make_room_and_those_that_are_served_are_spared() {
        let (connections, begun) = (Connections::default(), Instant::now());
        let address = |last: u8| IpAddr::from([10, 0, 0, last]);
        let mut office: Vec<_> =
            (0..MAX_CONNECTIONS_OF_ADDRESS).map(|_| connections.begin(begun, address(1)).unwrap()).collect();
        assert!(connections.begin(begun, address(1)).is_none(), "all of them are young");
        let served = office[0].1.work();
        let later = begun + YOUNG;
        let mut next = connections.begin(later, address(1)).unwrap();
        assert!(office[0].2.try_recv().is_err_and(|error| error == oneshot::error::TryRecvError::Empty));
        assert!(
            office[1].2.try_recv().is_err_and(|error| error == oneshot::error::TryRecvError::Closed),
            "the one that has waited longest ends"
        );
        drop(served);
        let many: Vec<_> = (2..)
            .map_while(|last| {
                let full = connections.0.borrow().taken() >= MAX_CONNECTIONS;
                (!full).then(|| {
                    (0..8).map(|_| connections.begin(later, address(last)).unwrap()).collect::<Vec<_>>()
                })
            })
            .collect();
        assert!(connections.begin(later, address(255)).is_some(), "who holds most makes room");
        assert_eq!(connections.0.borrow().taken_by(address(1)), MAX_CONNECTIONS_OF_ADDRESS - 1);
        assert!(
            next.2.try_recv().is_err_and(|error| error == oneshot::error::TryRecvError::Empty),
            "the youngest of it stays"
        );
        drop((office, many, next));
        assert_eq!(connections.0.borrow().taken(), 0);
    }
}
