//! The layer against peers whose every message is written here, and against itself over a network that loses messages.

mod client;
mod damage;
mod dialogs;
mod forks;
mod itself;
mod server;
mod sessions;
mod strangers;
mod torture;
mod web_socket;

use std::{
    collections::{BTreeMap, VecDeque},
    net::SocketAddr,
    time::Duration,
};

use hookflash_time::Instant;
use hookflash_wire::sip::{
    Framed, HeaderName, Message, MessageBuilder, Method, Request, Response, StatusCode, StreamFramer,
};

use crate::{
    Body, ContentKind, DialogId, Event, Flow, Incoming, Layer, LinkId, Outgoing, Reply, RequestId, Settings,
    Transmit,
};

const OURS: &str = "127.0.0.1:5060";
const PEER: &str = "127.0.0.1:7000";
const LINK: LinkId = LinkId(1);

/// What a layer wrote.
#[derive(Default)]
struct Wire {
    datagrams: VecDeque<(SocketAddr, Vec<u8>)>,
    links: BTreeMap<LinkId, Vec<u8>>,
    closed: Vec<LinkId>,
}

impl Transmit for Wire {
    fn link(&mut self, link: LinkId) -> &mut Vec<u8> {
        self.links.entry(link).or_default()
    }

    fn datagram(&mut self, _local: SocketAddr, to: SocketAddr, bytes: Vec<u8>) {
        self.datagrams.push_back((to, bytes));
    }

    fn close(&mut self, link: LinkId) {
        self.closed.push(link);
    }
}

/// A layer, its user, and what it wrote.
struct Element {
    layer: Layer<char>,
    wire: Wire,
    now: Instant,
    /// Whether the peer is reached by datagrams.
    udp: bool,
    framer: StreamFramer,
}

fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn sdp(text: &str) -> Body<'_> {
    Body { kind: ContentKind::SDP, bytes: text.as_bytes() }
}

impl Element {
    fn new(udp: bool) -> Element {
        Element::with(udp, |_| {})
    }

    fn with(udp: bool, change: impl FnOnce(&mut Settings)) -> Element {
        let mut settings = Settings { seed: [7, 8], ..Settings::default() };
        settings.capabilities.allow =
            "INVITE, ACK, BYE, CANCEL, INFO, UPDATE, OPTIONS, REGISTER, PRACK, NOTIFY";
        change(&mut settings);
        let mut element = Element {
            layer: Layer::new(settings),
            wire: Wire::default(),
            now: Instant::from_millis(1_000),
            udp,
            framer: StreamFramer::new(),
        };
        let (local, peer) = (OURS.parse().unwrap(), PEER.parse().unwrap());
        element.layer.connected(element.now, Flow::tcp(LINK, local, peer), &mut element.wire);
        element
    }

    fn flow(&self) -> Flow {
        let (local, peer) = (OURS.parse().unwrap(), PEER.parse().unwrap());
        match self.udp {
            true => Flow::Datagrams { local, peer },
            false => Flow::tcp(LINK, local, peer),
        }
    }

    /// From now on the peer's address has shown that it reads what it gets.
    fn prove(&mut self) {
        let peer = PEER.parse().unwrap();
        self.layer.proofs.heard(self.now, peer, 1);
        self.layer.proofs.proven(self.now, peer);
    }

    fn receive(&mut self, bytes: impl AsRef<[u8]>) {
        self.receive_from(PEER, bytes);
    }

    fn receive_from(&mut self, source: &str, bytes: impl AsRef<[u8]>) {
        let mut bytes = bytes.as_ref();
        match self.udp {
            true => {
                let (local, from) = (OURS.parse().unwrap(), source.parse().unwrap());
                self.layer.datagram(self.now, local, from, bytes, &mut self.wire);
            }
            false => while self.layer.received(self.now, LINK, &mut bytes, &mut self.wire) {},
        }
    }

    fn wait(&mut self, span: Duration) {
        let until = self.now + span;
        while let Some(due) = self.layer.poll_timeout().filter(|due| *due <= until) {
            self.now = due.max(self.now);
            self.layer.handle_timeout(self.now, &mut self.wire);
        }
        self.now = until;
    }

    fn events(&mut self) -> Vec<Event<char>> {
        std::iter::from_fn(|| self.layer.poll_event()).collect()
    }

    fn event(&mut self) -> Event<char> {
        let mut events = self.events();
        assert_eq!(events.len(), 1, "{events:?}");
        events.pop().unwrap()
    }

    /// What was sent since the last time.
    fn sent(&mut self) -> Vec<Message> {
        let mut messages: Vec<Message> =
            self.wire.datagrams.drain(..).map(|(_, bytes)| Message::parse(&bytes).unwrap()).collect();
        let stream = self.wire.links.remove(&LINK).unwrap_or_default();
        let mut rest = stream.as_slice();
        while let Some(framed) = self.framer.next(&mut rest).unwrap() {
            let Framed::Message(message) = framed else { continue };
            messages.push(Message::parse(message).unwrap());
        }
        for message in messages.iter().filter_map(Message::as_request) {
            message.check().unwrap();
        }
        messages
    }

    fn sent_one(&mut self) -> Message {
        let mut messages = self.sent();
        assert_eq!(messages.len(), 1, "{messages:?}");
        messages.pop().unwrap()
    }

    fn sent_request(&mut self, method: Method) -> Request {
        let message = self.sent_one();
        let request = message.as_request().unwrap_or_else(|| panic!("{message:?}")).clone();
        assert_eq!(request.method, method);
        request
    }

    fn sent_status(&mut self) -> u16 {
        self.sent_response().status.code()
    }

    fn sent_response(&mut self) -> Response {
        let message = self.sent_one();
        message.as_response().unwrap_or_else(|| panic!("{message:?}")).clone()
    }

    /// What was sent, in short: method and CSeq number, or status and CSeq.
    fn sent_in_short(&mut self) -> Vec<String> {
        let short = |message: &Message| match message {
            Message::Request(request) => request.headers().cseq().unwrap().to_string(),
            Message::Response(response) => {
                format!("{} {}", response.status, response.headers().cseq().unwrap())
            }
        };
        self.sent().iter().map(short).collect()
    }

    fn invite(&mut self) -> (RequestId, Request) {
        let method = Method::Invite;
        let mut outgoing =
            Outgoing::new(&method, self.flow(), "sip:bob@peer", "<sip:alice@us>", "<sip:bob@peer>");
        outgoing.contact = Some("alice");
        outgoing.body = Some(sdp("offer"));
        let id = self.layer.send(self.now, 'a', &outgoing, &mut self.wire).unwrap();
        (id, self.sent_request(Method::Invite))
    }

    /// The peer answers a request of ours.
    fn answer(&mut self, request: &Request, status: u16, tag: &str) {
        self.answer_with(request, status, tag, "");
    }

    fn answer_with(&mut self, request: &Request, status: u16, tag: &str, extra: &str) {
        let response = response(request, status, tag, extra);
        self.receive(response);
    }

    /// An INVITE of ours that was accepted and acknowledged.
    fn call(&mut self) -> DialogId {
        let (_, invite) = self.invite();
        self.answer_with(&invite, 200, "bob", "Allow: INVITE, UPDATE\r\n");
        let Event::Accepted('a', _, dialog, _) = self.event() else { panic!() };
        self.layer.acknowledge(dialog, &[], None, &mut self.wire).unwrap();
        self.sent_request(Method::Ack);
        dialog
    }

    /// An INVITE of the peer that is handed to the user.
    fn invited(&mut self, cseq: u32) -> Incoming {
        self.receive(self.request("INVITE", cseq, "", ""));
        let Event::Request(incoming) = self.event() else { panic!() };
        incoming
    }

    /// A dialog that the peer has begun, and our tag in it.
    fn called(&mut self) -> (DialogId, String) {
        let mut incoming = self.invited(1);
        let id = self.layer.establish(self.now, 'b', &mut incoming).unwrap();
        self.reply(incoming, StatusCode::OK);
        let tag = self.sent_response().headers().to().unwrap().tag().unwrap().to_owned();
        self.receive(self.request("ACK", 1, &tag, "ack"));
        let Event::Acknowledged('b', acknowledged, Some(_)) = self.event() else { panic!() };
        assert_eq!(acknowledged, id);
        (id, tag)
    }

    fn reply(&mut self, incoming: Incoming, status: StatusCode) {
        self.layer.reply(self.now, incoming, status.into(), &mut self.wire);
    }

    fn progress(&mut self, incoming: &mut Incoming, status: StatusCode, body: &str) {
        let reply = Reply::from(status).with_body((!body.is_empty()).then(|| sdp(body)));
        self.layer.progress(self.now, incoming, reply, &mut self.wire);
    }

    /// A request of the peer. Its branch is made of method and CSeq, and `branch`.
    fn request(&self, method: &str, cseq: u32, our_tag: &str, branch: &str) -> String {
        let transport = if self.udp { "UDP" } else { "TCP" };
        let to = if our_tag.is_empty() { String::new() } else { format!(";tag={our_tag}") };
        format!(
            "{method} sip:us@{OURS} SIP/2.0\r\nVia: SIP/2.0/{transport} {PEER};branch=z9hG4bK{method}{cseq}{branch}\r\n\
             Max-Forwards: 70\r\nFrom: <sip:bob@peer>;tag=bob\r\nTo: <sip:alice@us>{to}\r\nCall-ID: theirs\r\n\
             CSeq: {cseq} {method}\r\nContact: <sip:bob@{PEER}>\r\nContent-Length: 0\r\n\r\n"
        )
    }

    /// Waits until everything is over, and makes sure that nothing is left.
    fn assert_nothing_left(&mut self) {
        self.layer.closed(self.now, LINK);
        self.wait(seconds(400));
        self.events();
        // What is over is forgotten when the next request comes.
        self.udp = true;
        self.receive(self.request("OPTIONS", 999, "", ""));
        let sizes = self.layer.sizes();
        assert_eq!((sizes.dialogs, sizes.timers, sizes.repeated, sizes.waiting), (0, 0, 0, 0), "{sizes:?}");
        assert_eq!((sizes.answered, sizes.events), (1, 0));
    }
}

/// A response of a peer with its tag, a Contact that says which fork it is of, and further headers.
fn response(request: &Request, status: u16, tag: &str, extra: &str) -> Vec<u8> {
    let mut builder = MessageBuilder::reply(request, StatusCode::new(status).unwrap(), tag, None);
    if request.method == Method::Invite && (101..300).contains(&status) {
        builder = builder.header(HeaderName::CONTACT, format_args!("<sip:{tag}@{PEER}>"));
    }
    for line in extra.lines() {
        let (name, value) = line.split_once(": ").unwrap();
        builder = builder.header(HeaderName::new(name), value);
    }
    builder.finish()
}

fn branch(request: &Request) -> String {
    request.headers().via().unwrap().branch().unwrap().to_owned()
}
