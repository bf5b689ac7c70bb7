//! WebSocket: from the upgrade of a request to messages of a link of the node, and back.
//!
//! The node decides who may have one ([`Input::WebSocket`]). After that the connection is a link like all others: what its
//! application does not read waits in [`Socket`], and the link is closed when too much waits.

use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    io,
    net::SocketAddr,
    rc::Rc,
    time::Duration,
};

use futures_lite::StreamExt;
use futures_util::SinkExt;
use hookflash_node::{FetchId, Input, LinkId, Listener, csta_json::MAX_MESSAGE, http};
use hyper::{
    HeaderMap, Request, Response, StatusCode,
    header::{
        CONNECTION, HeaderName, HeaderValue, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL,
        SEC_WEBSOCKET_VERSION, UPGRADE,
    },
    upgrade::{OnUpgrade, Upgraded},
};
use hyper_util::rt::TokioIo;
use tokio::{
    sync::{Notify, oneshot},
    task::spawn_local,
    time::Instant,
};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{
        Error, Message, Utf8Bytes,
        error::CapacityError,
        handshake::derive_accept_key,
        protocol::{CloseFrame, Role, WebSocketConfig, frame::coding::CloseCode},
    },
};
use tracing::debug;

use crate::{
    driver::Driver,
    fetch::Answered,
    half_messages::{Half, Metered, READ_BUFFER},
    link::Backlog,
    turns::Turns,
};

/// How long the upgrade may take once it was granted.
pub(crate) const UPGRADE_TIME: Duration = Duration::from_secs(10);

/// How often a ping is sent, and after how many without any sign of life the connection is given up.
pub(crate) const PING_EVERY: Duration = Duration::from_secs(30);
pub(crate) const SILENT_PINGS: u32 = 3;

/// How long the other end may take to read its last messages and to close.
pub(crate) const CLOSING_TIME: Duration = Duration::from_secs(2);

/// Bytes of the header of a small frame that is read.
pub(crate) const FRAME_HEADER: usize = 6;

pub(crate) type Stream = WebSocketStream<Metered<TokioIo<Upgraded>>>;

/// How the node joins messages.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Form {
    /// Each ends with a line feed.
    Lines,
    /// They are SIP.
    Sip,
    /// They are lines with digits, which go with audio; the audio is binary, or in JSON.
    Audio {
        /// Whether it is binary.
        binary: bool,
    },
}

/// What waits for the application of one WebSocket.
#[derive(Debug)]
pub(crate) struct Socket {
    peer: SocketAddr,
    form: Form,
    waiting: RefCell<VecDeque<Message>>,
    kept: Cell<usize>,
    backlog: Rc<Backlog>,
    state: Cell<State>,
    changed: Notify,
    drained: Notify,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    Open,
    /// The node has closed it: what waits is still sent.
    Closing,
    /// It is closed at once.
    Aborted,
}

impl Socket {
    fn new(peer: SocketAddr, form: Form, backlog: Rc<Backlog>) -> Socket {
        Socket {
            peer,
            form,
            waiting: RefCell::default(),
            kept: Cell::new(0),
            backlog,
            state: Cell::new(State::Open),
            changed: Notify::new(),
            drained: Notify::new(),
        }
    }

    /// The other end.
    pub(crate) fn peer(&self) -> SocketAddr {
        self.peer
    }

    /// Bytes that wait until the other end reads.
    pub(crate) fn kept(&self) -> usize {
        self.kept.get()
    }

    /// Takes messages.
    ///
    /// # Errors
    /// More would wait than a link may have.
    pub(crate) fn queue(&self, messages: &[u8]) -> io::Result<()> {
        let waiting = self.kept.get() + messages.len();
        if waiting > Listener::Csta.most_unread() {
            return Err(io::Error::other(format!("the other end does not read: {waiting} bytes would wait")));
        }
        match self.form {
            Form::Lines | Form::Audio { .. } => messages
                .split(|byte| *byte == b'\n')
                .filter(|text| !text.is_empty())
                .for_each(|text| self.push(text)),
            Form::Sip => hookflash_node::messages(messages).for_each(|message| self.push(message)),
        }
        self.changed.notify_one();
        Ok(())
    }

    /// Keeps a message: as text, or as bytes if it is none.
    fn push(&self, message: &[u8]) {
        self.count(self.kept.get() + message.len());
        self.waiting.borrow_mut().push_back(match std::str::from_utf8(message) {
            Ok(text) => Message::text(text),
            Err(_) => Message::binary(message.to_vec()),
        });
    }

    fn count(&self, kept: usize) {
        self.backlog.change(self.kept.replace(kept), kept);
        if kept == 0 {
            self.drained.notify_waiters();
        }
    }

    /// Whether the node has not closed it.
    pub(crate) fn is_open(&self) -> bool {
        self.state.get() == State::Open
    }

    /// Waits until the node has sent something, or has closed it.
    pub(crate) async fn changed(&self) {
        self.changed.notified().await;
    }

    /// The next message that waits.
    pub(crate) fn take(&self) -> Option<Message> {
        let message = self.waiting.borrow_mut().pop_front()?;
        self.count(self.kept.get().saturating_sub(message.len()));
        Some(message)
    }

    /// Closes it when everything that waits was sent.
    pub(crate) fn close(&self) {
        self.state.set(State::Closing);
        self.changed.notify_one();
    }

    /// Closes it at once.
    pub(crate) fn abort(&self) {
        self.state.set(State::Aborted);
        self.waiting.borrow_mut().clear();
        self.count(0);
        self.changed.notify_one();
    }

    /// Waits until nothing waits any more.
    pub(crate) async fn flushed(&self) {
        while self.kept.get() > 0 {
            self.drained.notified().await;
        }
    }

    /// Sends what waits, and reads; returns when either end closes.
    async fn run(
        &self,
        stream: &mut Stream,
        (half, turns): (&Half, &Turns),
        committed: impl Fn(),
        mut received: impl FnMut(&[u8]),
    ) -> Result<(), Error> {
        let mut silent = 0;
        let mut ping = tokio::time::interval_at(Instant::now() + PING_EVERY, PING_EVERY);
        loop {
            self.send_waiting(stream, &committed).await?;
            if self.state.get() != State::Open {
                return Ok(());
            }
            tokio::select! {
                () = self.changed.notified() => {}
                message = stream.next() => {
                    silent = 0;
                    let length = message.as_ref().and_then(|message| message.as_ref().ok()).map_or(0, Message::len);
                    match &message {
                        Some(Ok(Message::Ping(_) | Message::Pong(_))) => half.is_less(length + FRAME_HEADER),
                        _ => half.is_whole(),
                    }
                    turns.begin(self.peer.ip()).await;
                    turns.read(self.peer.ip(), length);
                    match message {
                        Some(Ok(Message::Text(text))) => received(text.as_bytes()),
                        Some(Ok(Message::Binary(bytes))) if self.form == Form::Sip => received(&bytes),
                        Some(Ok(Message::Binary(_))) => return refuse(stream, CloseCode::Unsupported).await,
                        Some(Ok(Message::Close(_))) | None => return Ok(()),
                        Some(Ok(_)) => {}
                        Some(Err(error)) => return fail(stream, error).await,
                    }
                    tokio::task::yield_now().await;
                }
                _ = ping.tick() => {
                    silent += 1;
                    if silent > SILENT_PINGS {
                        return Err(Error::Io(io::ErrorKind::TimedOut.into()));
                    }
                    self.send(stream, Message::Ping(Default::default())).await?;
                }
            }
        }
    }

    /// Sends messages until none waits. It waits for the other end to read, but not when the socket is closed meanwhile.
    async fn send_waiting(&self, stream: &mut Stream, committed: &impl Fn()) -> Result<(), Error> {
        loop {
            let Some(message) = self.waiting.borrow_mut().pop_front() else { return Ok(()) };
            let length = message.len();
            committed();
            self.send(stream, message).await?;
            self.count(self.kept.get().saturating_sub(length));
        }
    }

    /// Sends a message; returns early when the socket is closed meanwhile.
    pub(crate) async fn send(&self, stream: &mut Stream, message: Message) -> Result<(), Error> {
        let given_up = async {
            while self.state.get() == State::Open {
                self.changed.notified().await;
            }
            if self.state.get() == State::Closing {
                tokio::time::sleep(CLOSING_TIME).await;
            }
        };
        tokio::select! {
            sent = stream.send(message) => sent,
            () = given_up => Err(Error::ConnectionClosed),
        }
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.count(0);
    }
}

/// Tells the other end what is wrong, where WebSocket has a code for it.
pub(crate) async fn fail(stream: &mut Stream, error: Error) -> Result<(), Error> {
    match error {
        Error::Capacity(CapacityError::MessageTooLong { .. }) => refuse(stream, CloseCode::Size).await?,
        Error::Protocol(_) => refuse(stream, CloseCode::Protocol).await?,
        Error::Utf8(_) => refuse(stream, CloseCode::Invalid).await?,
        _ => {}
    }
    Err(error)
}

/// Closes with a code.
async fn refuse(stream: &mut Stream, code: CloseCode) -> Result<(), Error> {
    stream.close(Some(CloseFrame { code, reason: Utf8Bytes::default() })).await
}

/// The answer to the key of a request for a WebSocket, or why it is none.
pub(crate) fn handshake(headers: &HeaderMap) -> Result<String, (StatusCode, &'static str)> {
    let has = |name: HeaderName, word: &str| {
        let values = headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok());
        values.flat_map(|value| value.split(',')).any(|part| part.trim().eq_ignore_ascii_case(word))
    };
    if !has(UPGRADE, "websocket") || !has(CONNECTION, "upgrade") {
        return Err((StatusCode::UPGRADE_REQUIRED, "This is a WebSocket\n"));
    }
    if !has(SEC_WEBSOCKET_VERSION, "13") {
        return Err((StatusCode::UPGRADE_REQUIRED, "Version 13 of WebSocket is needed\n"));
    }
    let key =
        headers.get(SEC_WEBSOCKET_KEY).ok_or((StatusCode::BAD_REQUEST, "Sec-WebSocket-Key is missing\n"))?;
    Ok(derive_accept_key(key.as_bytes()))
}

/// Whether the other end offers this subprotocol.
pub(crate) fn offers(headers: &HeaderMap, subprotocol: &str) -> bool {
    let values = headers.get_all(SEC_WEBSOCKET_PROTOCOL).into_iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|part| part.trim() == subprotocol)
}

/// Makes the node's consent the response to the upgrade.
pub(crate) fn switching<B>(response: &mut Response<B>, headers: &HeaderMap, accept: &str) {
    let chosen = response.headers().get(SEC_WEBSOCKET_PROTOCOL).and_then(|value| value.to_str().ok());
    if !chosen.is_some_and(|chosen| offers(headers, chosen)) {
        response.headers_mut().remove(SEC_WEBSOCKET_PROTOCOL);
    }
    let fields = response.headers_mut();
    fields.insert(UPGRADE, HeaderValue::from_static("websocket"));
    fields.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
    if let Ok(accept) = HeaderValue::from_str(accept) {
        fields.insert(SEC_WEBSOCKET_ACCEPT, accept);
    }
}

/// A WebSocket that somebody has asked for. The node may look at a password first.
pub(crate) struct Opening {
    driver: Rc<Driver>,
    link: LinkId,
    socket: Rc<Socket>,
    form: Form,
    fetch: FetchId,
    answer: oneshot::Receiver<Answered>,
    granted: bool,
}

impl Opening {
    /// Waits for the answer of the node. With status 101 the link runs once the upgrade is done.
    pub(crate) async fn open<B>(mut self, upgraded: &mut Request<B>) -> Option<http::Response> {
        let answer = tokio::time::timeout(UPGRADE_TIME, &mut self.answer).await;
        let (response, _) = answer.ok()?.ok()?;
        if response.status != 101 {
            return Some(response);
        }
        self.granted = true;
        let (driver, link, socket) = (self.driver.clone(), self.link, self.socket.clone());
        let upgrade = hyper::upgrade::on(upgraded);
        let granted = driver.granted_audio.borrow_mut().remove(&link);
        match (self.form, granted) {
            (Form::Audio { binary }, Some(granted)) => {
                spawn_local(driver.run_audio(link, socket, granted, binary, upgrade));
            }
            _ => drop(spawn_local(driver.run_socket(link, socket, upgrade))),
        }
        Some(response)
    }
}

impl Drop for Opening {
    fn drop(&mut self) {
        self.driver.forget_fetch(self.fetch);
        if !self.granted {
            self.driver.sockets.borrow_mut().remove(&self.link);
            self.driver.granted_audio.borrow_mut().remove(&self.link);
        }
    }
}

impl Driver {
    /// Asks the node whether somebody may have a WebSocket.
    pub(crate) fn ask_for_socket(
        self: &Rc<Self>,
        local: SocketAddr,
        peer: SocketAddr,
        request: http::Request<'_>,
        form: Form,
    ) -> Opening {
        let link = self.next_link();
        let socket = Rc::new(Socket::new(peer, form, self.backlog()));
        self.sockets.borrow_mut().insert(link, socket.clone());
        let (fetch, answer) = self.fetch_socket(link, local, peer, request);
        Opening { driver: self.clone(), link, socket, form, fetch, answer, granted: false }
    }

    async fn run_socket(self: Rc<Self>, link: LinkId, socket: Rc<Socket>, upgrade: OnUpgrade) {
        match tokio::time::timeout(UPGRADE_TIME, upgrade).await {
            Ok(Ok(upgraded)) => self.run_stream(link, &socket, upgraded).await,
            Ok(Err(error)) => debug!(peer = %socket.peer, %error, "WebSocket not opened"),
            Err(_) => debug!(peer = %socket.peer, "WebSocket not opened in time"),
        }
        socket.abort();
        if self.sockets.borrow_mut().remove(&link).is_some() {
            self.input(Input::Closed { link });
        }
    }

    async fn run_stream(self: &Rc<Self>, link: LinkId, socket: &Socket, upgraded: Upgraded) {
        let config = WebSocketConfig::default()
            .max_message_size(Some(MAX_MESSAGE))
            .max_frame_size(Some(MAX_MESSAGE))
            .read_buffer_size(READ_BUFFER)
            .write_buffer_size(0);
        let half = Half::new(self.half_messages.clone(), link, socket.peer.ip());
        let metered = Metered::new(TokioIo::new(upgraded), half.clone(), self.turns.clone());
        let mut stream = WebSocketStream::from_raw_socket(metered, Role::Server, Some(config)).await;
        let received = |bytes: &[u8]| {
            if self.sockets.borrow().contains_key(&link) {
                let before = self.outputs();
                self.input(Input::Received { link, bytes });
                self.turns.caused(socket.peer.ip(), self.outputs().wrapping_sub(before));
            }
        };
        if let Err(error) =
            socket.run(&mut stream, (&half, &self.turns), || self.commit_sessions(), received).await
        {
            debug!(peer = %socket.peer, %error, "WebSocket ended");
        }
        if socket.state.get() == State::Aborted {
            return;
        }
        let closing = async {
            // The other end may be gone.
            let _ = stream.close(None).await;
            while let Some(Ok(_)) = stream.next().await {}
        };
        let _ = tokio::time::timeout(CLOSING_TIME, closing).await;
    }
}
