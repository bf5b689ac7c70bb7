//! Requests for files and pages: from whoever speaks TFTP or HTTP to the node, and back.

use std::{
    net::{IpAddr, SocketAddr, UdpSocket},
    rc::Rc,
};

use bytes::Bytes;
use hookflash_node::{FetchId, FileAnswer, Input, LinkId, http};
use http_body_util::channel::Channel;
use tokio::sync::oneshot;

use crate::driver::Driver;

/// What waits for an answer of the node.
#[derive(Debug)]
pub(crate) enum Waiting {
    File(oneshot::Sender<FileAnswer>),
    Page(oneshot::Sender<Answered>),
}

/// A response, and the rest of its body if it goes on.
pub(crate) type Answered = (http::Response, Option<Channel<Bytes, std::io::Error>>);

impl Driver {
    /// Asks the node for a file.
    pub(crate) fn fetch_file(self: &Rc<Self>, local: IpAddr, peer: SocketAddr, name: &str) -> FileAnswer {
        let (sender, mut receiver) = oneshot::channel();
        let fetch = self.next_fetch(Waiting::File(sender));
        self.input(Input::File { fetch, local, peer, name });
        let answer = receiver.try_recv();
        self.forget_fetch(fetch);
        answer.unwrap_or(FileAnswer::Missing)
    }

    /// Asks the node for a page.
    pub(crate) fn fetch_page(
        self: &Rc<Self>,
        local: IpAddr,
        peer: SocketAddr,
        request: http::Request<'_>,
    ) -> oneshot::Receiver<Answered> {
        let (sender, receiver) = oneshot::channel();
        let fetch = self.next_fetch(Waiting::Page(sender));
        self.input(Input::Http { fetch, local, peer, request });
        receiver
    }

    /// Asks the node for a WebSocket.
    pub(crate) fn fetch_socket(
        self: &Rc<Self>,
        link: LinkId,
        local: SocketAddr,
        peer: SocketAddr,
        request: http::Request<'_>,
    ) -> (FetchId, oneshot::Receiver<Answered>) {
        let (sender, receiver) = oneshot::channel();
        let fetch = self.next_fetch(Waiting::Page(sender));
        self.input(Input::WebSocket { fetch, link, local, peer, request });
        (fetch, receiver)
    }

    /// The file that the node named is not in `flash:`.
    pub(crate) fn file_missing(self: &Rc<Self>, peer: SocketAddr, path: &str) {
        self.input(Input::FileMissing { peer, path });
    }

    /// The node has answered.
    pub(crate) fn file_answered(&self, fetch: FetchId, answer: FileAnswer) {
        if let Some(Waiting::File(waiting)) = self.forget_fetch(fetch) {
            let _ = waiting.send(answer);
        }
    }

    /// The node has answered.
    pub(crate) fn page_answered(&self, fetch: FetchId, response: http::Response) {
        if let Some(Waiting::Page(waiting)) = self.forget_fetch(fetch) {
            // Nobody waits if the connection is gone.
            let _ = waiting.send((response, None));
        }
    }

    fn next_fetch(&self, waiting: Waiting) -> FetchId {
        let fetch = FetchId(self.last_fetch.get() + 1);
        self.last_fetch.set(fetch.0);
        self.fetches.borrow_mut().insert(fetch, waiting);
        fetch
    }

    pub(crate) fn forget_fetch(&self, fetch: FetchId) -> Option<Waiting> {
        self.fetches.borrow_mut().remove(&fetch)
    }
}

/// Our address on the way to another one: that of the listener, or the one that the system would send from.
pub(crate) fn local_towards(bound: IpAddr, peer: SocketAddr) -> IpAddr {
    if !bound.is_unspecified() {
        return bound;
    }
    let any = SocketAddr::new(bound, 0);
    let found = UdpSocket::bind(any).and_then(|socket| {
        socket.connect(peer)?;
        socket.local_addr()
    });
    found.map_or(bound, |address| address.ip())
}
