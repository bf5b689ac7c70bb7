//! Responses of HTTP that go on: streams of events.
//!
//! What the node sends waits in an [`EventStream`] until the connection takes it. A stream whose other end does not read is
//! given up when too much waits: its application comes back and says which event it has seen last.

use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    io,
    rc::Rc,
    time::Duration,
};

use bytes::Bytes;
use hookflash_node::{FetchId, Input, http};
use http_body_util::channel::{Channel, Sender};
use hyper::body::Frame;
use tokio::{sync::Notify, task::spawn_local};
use tracing::debug;

use crate::{driver::Driver, fetch::Waiting};

/// Bytes that may wait for one stream.
const MOST_WAITING: usize = 4 * 1024 * 1024;

/// How often something is sent while nothing happens.
const COMMENT_EVERY: Duration = Duration::from_secs(15);

/// A comment, which receivers skip.
const COMMENT: &[u8] = b":\n\n";

/// What waits for one stream.
#[derive(Debug, Default)]
pub(crate) struct EventStream {
    waiting: RefCell<VecDeque<Bytes>>,
    kept: Cell<usize>,
    /// Whether it ends when everything was sent, or at once.
    state: Cell<State>,
    changed: Notify,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
enum State {
    #[default]
    Open,
    Ending,
    Broken,
}

impl EventStream {
    fn push(&self, bytes: Vec<u8>) {
        if self.state.get() != State::Open {
            return;
        }
        self.kept.set(self.kept.get() + bytes.len());
        self.waiting.borrow_mut().push_back(bytes.into());
        if self.kept.get() > MOST_WAITING {
            self.state.set(State::Broken);
        }
        self.changed.notify_one();
    }

    fn end(&self) {
        self.state.set(State::Ending);
        self.changed.notify_one();
    }

    /// Sends what waits until the stream ends, or the other end is gone.
    async fn run(
        &self,
        sender: &mut Sender<Bytes, io::Error>,
        committed: impl Fn(),
    ) -> Result<(), &'static str> {
        loop {
            if self.state.get() == State::Broken {
                return Err("the other end does not read");
            }
            let next = self.waiting.borrow_mut().pop_front();
            let next = match next {
                Some(bytes) => {
                    self.kept.set(self.kept.get().saturating_sub(bytes.len()));
                    bytes
                }
                None if self.state.get() == State::Ending => return Ok(()),
                None => tokio::select! {
                    () = self.changed.notified() => continue,
                    () = tokio::time::sleep(COMMENT_EVERY) => Bytes::from_static(COMMENT),
                },
            };
            committed();
            let sent = async {
                tokio::select! {
                    sent = sender.send(Frame::data(next)) => sent.map_err(|_| "the other end is gone"),
                    () = self.broken() => Err("the other end does not read"),
                }
            };
            sent.await?;
        }
    }

    async fn broken(&self) {
        while self.state.get() != State::Broken {
            self.changed.notified().await;
        }
    }
}

impl Driver {
    /// A response begins that goes on.
    pub(crate) fn begin_stream(self: &Rc<Self>, fetch: FetchId, mut response: http::Response) {
        let stream = Rc::new(EventStream::default());
        stream.push(std::mem::take(&mut response.body));
        let (sender, body) = Channel::new(4);
        let waits = self.forget_fetch(fetch);
        let accepted = match waits {
            Some(Waiting::Page(waiting)) => waiting.send((response, Some(body))).is_ok(),
            _ => false,
        };
        if accepted {
            self.streams.borrow_mut().insert(fetch, stream.clone());
        }
        spawn_local(self.clone().run_stream_of(fetch, stream, sender, accepted));
    }

    /// More of a response.
    pub(crate) fn continue_stream(&self, fetch: FetchId, bytes: Vec<u8>) {
        if let Some(stream) = self.streams.borrow().get(&fetch) {
            stream.push(bytes);
        }
    }

    /// A response is over.
    pub(crate) fn end_stream(&self, fetch: FetchId) {
        if let Some(stream) = self.streams.borrow_mut().remove(&fetch) {
            stream.end();
        }
    }

    async fn run_stream_of(
        self: Rc<Self>,
        fetch: FetchId,
        stream: Rc<EventStream>,
        mut sender: Sender<Bytes, io::Error>,
        accepted: bool,
    ) {
        let result = if accepted {
            stream.run(&mut sender, || self.commit_sessions()).await
        } else {
            Err("nobody waits for it")
        };
        if let Err(why) = result {
            debug!(fetch = fetch.0, "stream of events ended: {why}");
        }
        if result.is_err() {
            sender.abort(io::ErrorKind::ConnectionAborted.into());
        }
        if self.streams.borrow_mut().remove(&fetch).is_some() || !accepted {
            self.input(Input::HttpClosed { fetch });
        }
    }
}
