//! What every endpoint stands on: sockets, the SIP layer over them, and names that nobody else uses.

use std::{
    collections::{BTreeSet, VecDeque},
    io,
    net::SocketAddr,
    time::{Duration, Instant},
};

use hookflash_sip::{
    Capabilities, Counters, DialogId, Event, Flow, Incoming, Limits, Outgoing, Reply, RequestId,
    RequestInDialog, SendError, SessionTimerSettings, Settings, Tag,
};
use hookflash_wire::sip::{Message, Method, StatusCode, Transport};

use super::{
    call::{Place, SDP},
    sockets::{Sockets, Source},
};

/// An answer that takes longer than this is none: timers B and F are 64 T1, but nobody waits 32 seconds in a step of
/// five.
pub const PATIENCE: Duration = Duration::from_secs(4);

/// What the endpoints understand.
const ALLOW: &str = "INVITE, ACK, BYE, CANCEL, OPTIONS";

/// What a request or a dialog is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Purpose {
    /// OPTIONS that should have been sent at an instant.
    Options(Instant),
    /// To register an endpoint, by its index.
    Register(usize),
    /// The caller's end of a call.
    Calling(Place),
    /// The called party's end.
    Called(Place),
}

/// A message that arrived, or what was wrong with it.
pub type Arrival = (Source, Option<Message>);

/// Sockets with the SIP layer over them; see the [module page](self).
#[derive(Debug)]
pub struct Layer {
    /// The server that is measured.
    pub server: SocketAddr,
    transport: Transport<'static>,
    sockets: Sockets,
    sip: hookflash_sip::Layer<Purpose>,
    /// Requests whose final answer is waited for.
    open: BTreeSet<RequestId>,
    /// Tells the Call-IDs of this client from those of every other one.
    name: String,
    calls: u64,
    started: Instant,
    /// Everything that had arrived at this instant has been looked at. Time stands here for whoever waits for a message:
    /// what is there already, and only not read, is not late.
    pub heard: Instant,
}

impl Layer {
    /// Opens a socket for each endpoint.
    ///
    /// # Errors
    /// No sockets can be had.
    pub fn open(
        server: SocketAddr,
        transport: Transport<'static>,
        endpoints: usize,
        name: String,
        seed: [u64; 2],
    ) -> io::Result<Layer> {
        let sockets = Sockets::open(server, transport, endpoints)?;
        let everything = usize::MAX;
        let sip = hookflash_sip::Layer::new(Settings {
            seed,
            capabilities: Capabilities { allow: ALLOW, accept: SDP.content_type, supported: "", events: "" },
            trusted: Vec::new(),
            invite_timers: Default::default(),
            session_timer: SessionTimerSettings { by_user: true, ..SessionTimerSettings::default() },
            limits: Limits {
                links: everything,
                dialogs: everything,
                pending: everything,
                requests: everything,
                ..Limits::default()
            },
        });
        let started = Instant::now();
        let open = BTreeSet::new();
        let mut layer =
            Layer { server, transport, sockets, sip, open, name, calls: 0, started, heard: started };
        (0..layer.endpoints()).for_each(|endpoint| layer.announce(endpoint));
        Ok(layer)
    }

    /// How many endpoints have a socket.
    pub fn endpoints(&self) -> usize {
        self.sockets.count()
    }

    /// How many requests have no final answer yet that is waited for.
    pub fn open_transactions(&self) -> usize {
        self.open.len()
    }

    /// The text that tells this client from every other one.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// A number for a Call-ID that was not used yet.
    pub fn new_call(&mut self) -> u64 {
        self.calls += 1;
        self.calls
    }

    /// A tag that was not used yet.
    pub fn new_tag(&mut self) -> Tag {
        self.sip.new_tag()
    }

    /// The Call-ID of a number.
    pub fn call_id(&self, call: u64) -> String {
        format!("{call}-{}", self.name)
    }

    /// The number in a Call-ID, if it is one of ours.
    pub fn call_of(&self, call_id: &str) -> Option<u64> {
        let (call, name) = call_id.split_once('-')?;
        call.parse().ok().filter(|_| name == self.name)
    }

    /// The address of an endpoint. A broken connection is made anew.
    pub fn local(&mut self, endpoint: usize) -> SocketAddr {
        if self.sockets.reopen(endpoint) {
            self.announce(endpoint);
        }
        self.sockets.local(endpoint)
    }

    /// The way from an endpoint to the server.
    pub fn flow(&mut self, endpoint: usize) -> Flow {
        let local = self.local(endpoint);
        self.flow_to(endpoint, local, self.server)
    }

    /// Where an endpoint of this user can be reached: the value of its Contact.
    pub fn contact(&mut self, endpoint: usize, user: &str) -> String {
        let local = self.local(endpoint);
        match self.transport {
            Transport::Tcp => format!("<sip:{user}@{local};transport=tcp>"),
            _ => format!("<sip:{user}@{local}>"),
        }
    }

    /// The endpoint that a request came to.
    pub fn endpoint_of(&self, incoming: &Incoming) -> Option<usize> {
        match incoming.flow() {
            Flow::Datagrams { local, .. } => self.sockets.at(*local),
            Flow::Link { link, .. } => self.sockets.of_link(*link),
        }
    }

    /// Sends a request; its events follow.
    ///
    /// # Errors
    /// The connection is gone.
    pub fn send(&mut self, purpose: Purpose, outgoing: &Outgoing<'_>) -> Result<RequestId, SendError> {
        let now = self.now();
        let sent = self.sip.send(now, purpose, outgoing, &mut self.sockets);
        self.sockets.flush();
        self.open.extend(sent.as_ref().ok());
        sent
    }

    /// Sends a request in a dialog; its events follow.
    ///
    /// # Errors
    /// The dialog or the connection is gone.
    pub fn send_in_dialog(
        &mut self,
        dialog: DialogId,
        request: &RequestInDialog<'_>,
    ) -> Result<RequestId, SendError> {
        let now = self.now();
        let sent = self.sip.send_in_dialog(now, dialog, request, &mut self.sockets);
        self.sockets.flush();
        self.open.extend(sent.as_ref().ok());
        sent
    }

    /// Acknowledges a success to INVITE. Its dialog goes the way that the success says.
    pub fn acknowledge(&mut self, dialog: DialogId) {
        self.find_next_hop(dialog);
        // It was accepted just now, so it can be acknowledged.
        let _ = self.sip.acknowledge(dialog, &[], None, &mut self.sockets);
        self.sockets.flush();
    }

    /// Gives an INVITE up: nobody waits for its answer any more, and if one comes, nothing is left with the other side.
    pub fn give_up(&mut self, invite: RequestId) {
        self.open.remove(&invite);
        let now = self.now();
        self.sip.cancel(now, invite, &mut self.sockets);
        self.sockets.flush();
    }

    /// Ends a dialog; nobody waits for the answer.
    pub fn end(&mut self, dialog: DialogId) {
        let now = self.now();
        self.sip.end(now, dialog, &mut self.sockets);
        self.sockets.flush();
    }

    /// Makes a dialog of an INVITE.
    ///
    /// # Errors
    /// How to refuse it.
    pub fn establish(&mut self, purpose: Purpose, incoming: &mut Incoming) -> Result<DialogId, StatusCode> {
        let now = self.now();
        let dialog = self.sip.establish(now, purpose, incoming)?;
        self.find_next_hop(dialog);
        Ok(dialog)
    }

    /// Sends a provisional response.
    pub fn progress(&mut self, incoming: &mut Incoming, status: StatusCode) {
        let now = self.now();
        self.sip.progress(now, incoming, status.into(), &mut self.sockets);
        self.sockets.flush();
    }

    /// Answers a request.
    pub fn reply(&mut self, incoming: Incoming, reply: Reply<'_>) {
        let now = self.now();
        self.sip.reply(now, incoming, reply, &mut self.sockets);
        self.sockets.flush();
    }

    /// Answers a request that has to do with no call.
    pub fn answer_stranger(&mut self, incoming: Incoming) {
        let status = match incoming.request().method {
            Method::Invite => StatusCode::TEMPORARILY_UNAVAILABLE,
            _ => StatusCode::METHOD_NOT_ALLOWED,
        };
        self.reply(incoming, status.into());
    }

    /// The Request-URI of a dialog's requests; empty if it has ended.
    pub fn request_uri(&self, dialog: DialogId) -> String {
        self.sip.dialog(dialog).map(|dialog| dialog.request_uri().to_owned()).unwrap_or_default()
    }

    /// Takes a message that arrived.
    pub fn take(&mut self, source: Source, message: Message) {
        let local = self.sockets.local(source.socket);
        let flow = match &message {
            Message::Request(request) if self.transport != Transport::Tcp => {
                Flow::of_datagram(local, source.address, request)
            }
            _ => self.flow_to(source.socket, local, source.address),
        };
        let now = self.at(source.at);
        self.sip.message(now, flow, message, &mut self.sockets);
        self.sockets.flush();
    }

    /// Repeats what is due, and gives up what is late.
    pub fn handle_timeout(&mut self) {
        let now = self.at(self.heard);
        self.sip.handle_timeout(now, &mut self.sockets);
        self.sockets.flush();
    }

    /// What the layer reports next.
    pub fn poll_event(&mut self) -> Option<Event<Purpose>> {
        let event = self.sip.poll_event()?;
        if let Event::Response(_, id, _)
        | Event::Accepted(_, id, ..)
        | Event::Rejected(_, id, _)
        | Event::Failed(_, id, _) = &event
        {
            self.open.remove(id);
        }
        Some(event)
    }

    /// What was repeated since the start.
    pub fn counters(&self) -> Counters {
        self.sip.counters()
    }

    /// When [`Layer::handle_timeout`] has something to do.
    pub fn next_due(&self) -> Option<Instant> {
        let due = self.sip.poll_timeout()?;
        Some(self.started + Duration::from_millis(due.as_millis()))
    }

    /// An endpoint whose connection broke. What it had asked is lost.
    pub fn take_broken(&mut self) -> Option<usize> {
        let endpoint = self.sockets.take_broken()?;
        let now = self.now();
        self.sip.closed(now, self.sockets.link_of(endpoint));
        Some(endpoint)
    }

    /// Waits for messages until an instant, and puts them behind `arrivals`.
    ///
    /// # Errors
    /// The system does not let us wait.
    pub fn wait(&mut self, until: Option<Instant>, arrivals: &mut VecDeque<Arrival>) -> io::Result<()> {
        self.sockets.wait(until, |bytes, source| arrivals.push_back((source, Message::parse(bytes).ok())))
    }

    /// Now, or up to a millisecond later, so that nothing that begins now is repeated too early.
    fn now(&self) -> hookflash_time::Instant {
        self.at(Instant::now() + Duration::from_millis(1))
    }

    fn at(&self, instant: Instant) -> hookflash_time::Instant {
        let since = instant.saturating_duration_since(self.started);
        hookflash_time::Instant::from_millis(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
    }

    /// Tells the SIP layer of the connection of an endpoint.
    fn announce(&mut self, endpoint: usize) {
        if self.transport != Transport::Tcp {
            return;
        }
        let (now, link) = (self.now(), self.sockets.link_of(endpoint));
        let (local, server) = (self.sockets.local(endpoint), self.server);
        self.sip.connected(now, Flow::tcp(link, local, server), &mut self.sockets);
        // It stays although nothing uses it.
        self.sip.hold_link(link);
    }

    fn flow_to(&self, endpoint: usize, local: SocketAddr, peer: SocketAddr) -> Flow {
        match self.transport {
            Transport::Tcp => Flow::tcp(self.sockets.link_of(endpoint), local, peer),
            _ => Flow::Datagrams { local, peer },
        }
    }

    /// Over UDP a dialog's requests go where the other side says; over TCP everything goes by the one connection.
    fn find_next_hop(&mut self, id: DialogId) {
        let Some(dialog) = self.sip.dialog(id) else { return };
        if let (Flow::Datagrams { local, .. }, Some(peer)) = (*dialog.flow(), dialog.next_hop()) {
            self.sip.redirect(id, Flow::Datagrams { local, peer });
        }
    }
}
