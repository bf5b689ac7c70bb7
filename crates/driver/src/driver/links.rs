//! Connections and datagrams: accepted, read, written at the end of a turn, closed.

use std::{net::SocketAddr, rc::Rc, time::Duration};

use hookflash_node::{Input, LinkId, Listener};
use tokio::{
    net::{TcpListener, UdpSocket},
    task::spawn_local,
};
use tokio_rustls::TlsAcceptor;
use tracing::{debug, info, warn};

use super::{Driver, PIECE_PER_TURN, WARN_EVERY};
use crate::{datagrams::Datagrams, link::Link, stream::Stream};

/// Largest datagram.
const MAX_DATAGRAM: usize = 64 * 1024;

/// Closed links that may wait at the same time until the peer has read their last bytes, if there are files enough.
const MAX_DRAINING: usize = 256;

/// Datagrams taken out of the socket, and passed on, before other tasks run.
const DATAGRAMS_TAKEN: usize = 512;
const DATAGRAMS_PER_TURN: usize = 32;

/// Requests that do not fit and are told so, before other tasks run, and after how many seconds they may come again.
const BUSY_PER_TURN: usize = 64;
const BUSY_AGAIN: u32 = 10;

/// Connections accepted by one listener before other tasks run.
const ACCEPTED_PER_TURN: usize = 16;

/// Lines about links that were closed, in a minute.
const LINES_A_MINUTE: u32 = 60;

impl Driver {
    pub(super) fn write_at_end_of_turn(&self, id: LinkId, link: Rc<Link>) {
        let mut queued = self.queued.borrow_mut();
        if queued.is_empty() {
            self.turn_ends.notify_one();
        }
        queued.push((id, link));
    }

    /// Writes to the links to which something was sent in a turn. It runs after the tasks that were ready before it.
    pub(super) async fn run_writer(self: Rc<Self>) {
        loop {
            self.turn_ends.notified().await;
            self.commit_sessions();
            let queued = std::mem::take(&mut *self.queued.borrow_mut());
            for (id, link) in queued {
                match link.flush() {
                    Ok(buffer) => self.node.borrow_mut().recycle(buffer),
                    Err(error) => self.write_failed(id, &error),
                }
            }
        }
    }

    pub(super) fn write_failed(self: &Rc<Self>, id: LinkId, error: &std::io::Error) {
        if self.links.borrow().contains_key(&id) || self.sockets.borrow().contains_key(&id) {
            self.drop_link(id, error);
            self.input(Input::Closed { link: id });
        }
    }

    /// Closes a broken link at once.
    pub(super) fn drop_link(&self, link: LinkId, why: &dyn std::fmt::Display) {
        if let Some(target) = self.remove(link) {
            if self.may_log() {
                info!(link = link.0, peer = %target.peer(), error = %why, "link closed");
            }
            target.abort();
        }
        let socket = self.sockets.borrow_mut().remove(&link);
        if let Some(socket) = socket {
            if self.may_log() {
                info!(link = link.0, peer = %socket.peer(), error = %why, "WebSocket closed");
            }
            socket.abort();
        }
    }

    /// Closes WebSockets whose half messages take more memory than there is for them.
    pub(super) async fn bound_half_messages(self: Rc<Self>) {
        loop {
            self.half_messages.grown().await;
            let limit = self.node.borrow().settings().limits.budget().half_web;
            while let Some((link, _)) = self.half_messages.victim(limit) {
                self.write_failed(link, &std::io::Error::other("half messages take too much memory"));
            }
        }
    }

    /// Whether one more line about a closed link may be logged; when a minute is over, says how many were not.
    pub(crate) fn may_log(&self) -> bool {
        let (since, count) = self.lines.get();
        let now = std::time::Instant::now();
        if since.is_some_and(|since| now.duration_since(since) < WARN_EVERY) {
            self.lines.set((since, count.saturating_add(1)));
            return count < LINES_A_MINUTE;
        }
        if count > LINES_A_MINUTE {
            warn!("{} more links were closed", count - LINES_A_MINUTE);
        }
        self.lines.set((Some(now), 1));
        true
    }

    /// The link with the most bytes waiting.
    pub(super) fn most_unread(&self) -> Option<LinkId> {
        let links = self.links.borrow();
        let sockets = self.sockets.borrow();
        let kept = links.iter().map(|(id, link)| (link.kept(), id.0));
        let all = kept.chain(sockets.iter().map(|(id, socket)| (socket.kept(), id.0)));
        all.filter(|(kept, _)| *kept > 0).max().map(|(_, id)| LinkId(id))
    }

    /// Removes a link from the table.
    pub(super) fn remove(&self, link: LinkId) -> Option<Rc<Link>> {
        self.links.borrow_mut().remove(&link)
    }

    pub(super) async fn accept(
        self: Rc<Self>,
        socket: TcpListener,
        listener: Listener,
        tls: Option<TlsAcceptor>,
    ) {
        let mut warned: Option<std::time::Instant> = None;
        let mut accepted: usize = 0;
        loop {
            accepted += 1;
            if accepted.is_multiple_of(ACCEPTED_PER_TURN) {
                // Those that are refused are closed by tasks of their own.
                tokio::task::yield_now().await;
            }
            match socket.accept().await {
                Ok((stream, peer)) => match &tls {
                    Some(acceptor) => self.accepted_secure(stream, peer, listener, acceptor),
                    None => drop(self.accepted(stream.into(), peer, listener, None)),
                },
                Err(error) => {
                    // Usually there are no file descriptors left: existing links go on, new connections wait.
                    if warned.is_none_or(|last| last.elapsed() >= WARN_EVERY) {
                        warned = Some(std::time::Instant::now());
                        warn!(%error, ?listener, "cannot accept connections; new ones wait");
                    }
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
    }

    /// A peer connected, and its handshake is done if there is one; what its certificate says, if it has shown one. False if the
    /// connection is closed already.
    pub(crate) fn accepted(
        self: &Rc<Self>,
        stream: Stream,
        peer: SocketAddr,
        listener: Listener,
        certificate: Option<String>,
    ) -> bool {
        let Ok(local) = stream.socket().local_addr() else { return false };
        if let Err(error) = stream.socket().set_nodelay(true) {
            debug!(%peer, %error, "connection closed before it was accepted");
            return false;
        }
        let id = self.next_link();
        let link = Rc::new(Link::new(stream, peer, listener, self.backlog.clone()));
        self.links.borrow_mut().insert(id, link.clone());
        spawn_local(self.clone().run_link(id, link));
        self.input(Input::Connected { link: id, listener, local, peer });
        if let Some(certificate) = &certificate {
            self.input(Input::Certificate { link: id, certificate });
        }
        true
    }

    /// Names a link.
    pub(crate) fn next_link(&self) -> LinkId {
        let id = LinkId(self.last_link.get() + 1);
        self.last_link.set(id.0);
        id
    }

    /// Serves a link until either end closes it.
    pub(super) async fn run_link(self: Rc<Self>, id: LinkId, link: Rc<Link>) {
        self.move_bytes(id, &link).await;
        // The link is not in the table any more if the node has closed it.
        if self.remove(id).is_some() {
            self.input(Input::Closed { link: id });
            // The peer may have closed its direction only, and still read what waits for it.
            link.close();
            self.move_bytes(id, &link).await;
        }
        link.drop_kept();
        self.drain(&link).await;
    }

    /// Lets the peer read the last bytes, unless too many links do that already: each keeps a file open.
    pub(super) async fn drain(&self, link: &Link) {
        let files =
            usize::try_from(self.node.borrow().settings().start.open_files / 32).unwrap_or(usize::MAX);
        if link.has_sent() && self.draining.get() < MAX_DRAINING.min(files) {
            self.draining.set(self.draining.get() + 1);
            link.drain(&self.read_buffer).await;
            self.draining.set(self.draining.get() - 1);
        }
    }

    /// Reads and writes the link's socket until either end closes.
    pub(super) async fn move_bytes(self: &Rc<Self>, id: LinkId, link: &Link) {
        while let Ok(ready) = link.ready().await {
            if ready.is_writable() && link.flush().is_err() {
                break;
            }
            if link.is_finished() {
                break;
            }
            if ready.is_readable() {
                self.turns.begin(link.peer().ip()).await;
                // It may have been closed meanwhile.
                if !self.links.borrow().contains_key(&id) {
                    self.turns.read(link.peer().ip(), 0);
                    continue;
                }
                match self.read(id, link).await {
                    Some(count) if count < PIECE_PER_TURN => {}
                    // A socket that always has more to read never makes the task wait, so the task yields.
                    Some(_) => tokio::task::yield_now().await,
                    None => break,
                }
            }
        }
    }

    /// Reads once, in a turn that has begun, passes the bytes to the node and returns their number. `None` at the end of the
    /// stream. After what has caused much, the rest has to wait for a turn of its own.
    async fn read(self: &Rc<Self>, id: LinkId, link: &Link) -> Option<usize> {
        let (count, rest) = self.read_first(id, link)?;
        let mut rest = rest.as_slice();
        while !rest.is_empty() {
            tokio::task::yield_now().await;
            self.turns.begin(link.peer().ip()).await;
            if !self.links.borrow().contains_key(&id) {
                self.turns.read(link.peer().ip(), 0);
                return Some(0);
            }
            let (piece, after) = rest.split_at(link.piece().min(rest.len()));
            self.received(id, link, piece);
            rest = after;
        }
        Some(count)
    }

    /// Reads once, passes a piece to the node, and returns how much was read and what is left of it.
    fn read_first(self: &Rc<Self>, id: LinkId, link: &Link) -> Option<(usize, Vec<u8>)> {
        let mut buffer = self.read_buffer.borrow_mut();
        let read = link.read(&mut buffer);
        let bytes = match read {
            Ok(Some(count)) if count > 0 => buffer.get(..count).unwrap_or_default(),
            _ => &[],
        };
        let (piece, rest) = bytes.split_at(link.piece().min(bytes.len()));
        self.received(id, link, piece);
        match read {
            Ok(Some(0)) | Err(_) => None,
            Ok(_) => Some((bytes.len(), rest.to_vec())),
        }
    }

    /// Passes a piece of what a link has read to the node, in a turn that has begun.
    fn received(self: &Rc<Self>, id: LinkId, link: &Link, piece: &[u8]) {
        let (source, before) = (link.peer().ip(), self.outputs.get());
        self.turns.read(source, piece.len());
        if !piece.is_empty() {
            self.input(Input::Received { link: id, bytes: piece });
            let caused = self.outputs.get().wrapping_sub(before);
            self.turns.caused(source, caused);
            link.has_caused(caused);
        }
    }

    pub(super) async fn receive_datagrams(self: Rc<Self>, socket: Rc<UdpSocket>) {
        let Ok(local) = socket.local_addr() else { return };
        let (mut buffer, mut waiting) = (vec![0; MAX_DATAGRAM], Datagrams::default());
        while !waiting.is_empty() || socket.readable().await.is_ok() {
            let mut busy = 0;
            for _ in 0..DATAGRAMS_TAKEN {
                // ICMP errors of earlier datagrams are reported here; the next datagram may arrive.
                let Ok((count, from)) = socket.try_recv_from(&mut buffer) else { break };
                let bytes = buffer.get(..count).unwrap_or_default();
                if !waiting.push(from, bytes)
                    && busy < BUSY_PER_TURN
                    && let Some(answer) = hookflash_node::busy(bytes, from, BUSY_AGAIN)
                {
                    busy += 1;
                    // Who does not get it asks again.
                    let _ = socket.try_send_to(&answer, from);
                }
            }
            for _ in 0..DATAGRAMS_PER_TURN {
                let Some((from, bytes)) = waiting.pop() else { break };
                self.input(Input::Datagram { local, from, bytes: &bytes });
            }
            if let Some((lost, source)) = waiting.take_lost()
                && self.may_log()
            {
                warn!(%source, lost, "datagrams of sources that send faster than they are served are not taken");
            }
            tokio::task::yield_now().await;
        }
    }
}
