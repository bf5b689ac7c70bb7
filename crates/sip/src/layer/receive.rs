//! Messages that come in by connections and datagrams.

use std::{fmt, net::SocketAddr};

use hookflash_time::Instant;
use hookflash_wire::sip::{FrameError, Framed, Message, Method, ParseError, Request, StatusCode};
use tracing::debug;

use super::{FLOW_GRACE, Failure, Layer, Timer};
use crate::{Flow, Incoming, LinkId, Transmit};

/// What a response begins with.
const RESPONSE: &[u8] = b"SIP/2.0 ";

impl<U: Copy> Layer<U> {
    /// Takes at most one message from the front of `bytes`, which came in on a connection; true if there may be more.
    /// See to the [events](Layer::poll_event) after each.
    pub fn received(
        &mut self,
        now: Instant,
        link: LinkId,
        bytes: &mut &[u8],
        out: &mut dyn Transmit,
    ) -> bool {
        let Some(entry) = self.links.get_mut(link) else { return false };
        let flow = entry.flow;
        if let Flow::Link { stream, .. } = flow
            && stream.is_web_socket()
        {
            entry.heard = now;
            self.web_message(now, link, flow, std::mem::take(bytes), out);
            return false;
        }
        let parsed = match entry.framer.next(bytes) {
            Ok(None) => {
                self.bound_gathered(now, link, out);
                return false;
            }
            Ok(Some(Framed::Ping)) => {
                entry.heard = now;
                out.link(link).extend_from_slice(b"\r\n");
                return true;
            }
            Ok(Some(Framed::Message(message))) => (message.starts_with(RESPONSE), Message::parse(message)),
            Err(error) => {
                self.unframed(now, flow, error, out);
                return false;
            }
        };
        entry.heard = now;
        self.links.note_gathered(link);
        match parsed {
            (_, Ok(Message::Request(request))) => self.request(now, Incoming::new(request, flow), out),
            (_, Ok(Message::Response(response))) => self.response(now, response, out),
            // Its end is known, so the stream goes on; a response is never answered.
            (true, Err(error)) => debug!(peer = %flow, %error, "response dropped"),
            (false, Err(error)) => self.unreadable(now, flow, error, out),
        }
        true
    }

    /// Takes one message of a WebSocket (RFC 7118, 5): SIP, or two line ends as a keepalive. It ends where the SIP message
    /// does, whether or not that says how long it is.
    fn web_message(&mut self, now: Instant, link: LinkId, flow: Flow, bytes: &[u8], out: &mut dyn Transmit) {
        if bytes.trim_ascii().is_empty() {
            if bytes.iter().filter(|byte| **byte == b'\n').count() >= 2 {
                out.link(link).extend_from_slice(b"\r\n");
            }
            return;
        }
        match Message::parse(bytes) {
            Ok(Message::Request(request)) => self.request(now, Incoming::new(request, flow), out),
            Ok(Message::Response(response)) => self.response(now, response, out),
            Err(error) if bytes.starts_with(RESPONSE) => debug!(peer = %flow, %error, "response dropped"),
            Err(error) => self.unreadable(now, flow, error, out),
        }
    }

    /// A datagram came in.
    pub fn datagram(
        &mut self,
        now: Instant,
        local: SocketAddr,
        from: SocketAddr,
        bytes: &[u8],
        out: &mut dyn Transmit,
    ) {
        match Message::parse(bytes) {
            Ok(Message::Request(request)) => {
                let flow = Flow::of_datagram(local, from, &request);
                self.proofs.heard(now, flow.peer(), bytes.len());
                self.request(now, Incoming::new(request, flow), out);
            }
            Ok(Message::Response(response)) => self.response(now, response, out),
            Err(error) => {
                if let Some(request) = error.request() {
                    let peer = Flow::of_datagram(local, from, request).peer();
                    self.proofs.heard(now, peer, bytes.len());
                }
                self.unreadable(now, Flow::Datagrams { local, peer: from }, error, out);
            }
        }
    }

    /// Takes a message that was framed and read elsewhere, from a peer that the caller knows to be where it says it is.
    pub fn message(&mut self, now: Instant, flow: Flow, message: Message, out: &mut dyn Transmit) {
        if let Flow::Datagrams { peer, .. } = flow {
            self.proofs.heard(now, peer, 0);
            self.proofs.proven(now, peer);
        }
        match message {
            Message::Request(request) => self.request(now, Incoming::new(request, flow), out),
            Message::Response(response) => self.response(now, response, out),
        }
    }

    /// A connection was closed by the other end, or broke.
    pub fn closed(&mut self, now: Instant, link: LinkId) {
        let Some(entry) = self.links.remove(link, &mut self.timers) else { return };
        for id in entry.dialogs {
            let Some(dialog) = self.dialogs.get_mut(&id) else { continue };
            debug!(dialog = %id, peer = %entry.flow, "connection lost; waiting for the peer");
            dialog.lost = Some(self.timers.start(now + FLOW_GRACE, Timer::FlowLost(id)));
        }
        for id in entry.requests {
            self.client_failed(id, Failure::FlowLost);
        }
    }

    pub(super) fn link_idle(&mut self, now: Instant, link: LinkId, out: &mut dyn Transmit) {
        if self.links.is_idle(now, link, &mut self.timers) {
            self.drop_link(now, link, format_args!("nothing uses it"), out);
        }
    }

    /// Closes a connection from our side.
    pub(super) fn drop_link(
        &mut self,
        now: Instant,
        link: LinkId,
        why: fmt::Arguments<'_>,
        out: &mut dyn Transmit,
    ) {
        if let Some(entry) = self.links.get_mut(link) {
            debug!(peer = %entry.flow, "SIP connection closed: {why}");
            out.close(link);
            self.closed(now, link);
        }
    }

    /// A stream that cannot be cut into messages any more.
    fn unframed(&mut self, now: Instant, flow: Flow, error: FrameError, out: &mut dyn Transmit) {
        let Some(link) = flow.link() else { return };
        let head = self.links.get_mut(link).and_then(|entry| entry.framer.refused_head()).map(Message::parse);
        let request = match head {
            Some(Ok(Message::Request(request))) => Some(request),
            Some(Err(error)) => error.request().cloned(),
            _ => None,
        };
        let status = match error {
            FrameError::BodyTooLarge(_) => StatusCode::REQUEST_ENTITY_TOO_LARGE,
            FrameError::HeadTooLarge => StatusCode::MESSAGE_TOO_LARGE,
            _ => StatusCode::BAD_REQUEST,
        };
        if let Some(request) = request.filter(|request| request.method != Method::Ack) {
            self.reply(now, Incoming::new(request, flow), status.into(), out);
        }
        self.drop_link(now, link, format_args!("{error}"), out);
    }

    /// A message that cannot be read. It is answered if it is a request with a readable head.
    fn unreadable(&mut self, now: Instant, flow: Flow, error: ParseError, out: &mut dyn Transmit) {
        match (error.request(), flow.link()) {
            (Some(request), _) if request.method == Method::Ack => {}
            (Some(request), _) => {
                debug!(peer = %flow, %error, "invalid SIP request");
                let request: Request = request.clone();
                let flow = match flow {
                    Flow::Datagrams { local, peer } => Flow::of_datagram(local, peer, &request),
                    link => link,
                };
                self.refuse_unkept(now, &mut Incoming::new(request, flow), error.status(), out);
            }
            (None, Some(link)) => self.drop_link(now, link, format_args!("{error}"), out),
            (None, None) => debug!(peer = %flow, %error, "datagram dropped: not a SIP message"),
        }
    }
}
