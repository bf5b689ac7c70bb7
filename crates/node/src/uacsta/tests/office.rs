//! A small office without sockets: a node, four phones, and applications that speak uaCSTA to it.
//!
//! Every CSTA message that the node sends, in any story, is checked against the schema of its edition.

use std::{
    collections::{BTreeMap, VecDeque},
    net::SocketAddr,
    sync::LazyLock,
    time::Duration,
};

use hookflash_core::{
    self as core, ButtonSettings, Channels, Codec, CodecSet, Instant, Key, LineSettings, Ring, StationInput,
    StationSettings,
};
use hookflash_wire::{
    csta::{self, Edition, EventBody},
    sip::{Framed, HeaderName, Message, Method, Request, Response, StreamFramer},
};
use uppsala::{XsdValidator, parse};

use crate::{FetchId, Input, LinkId, Listener, Node, NodeSettings, Output, http};

/// Where the node listens.
pub(crate) const SERVER: &str = "127.0.0.1:5060";

/// How an application reaches the node.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Wire {
    Tcp(LinkId),
    Udp(SocketAddr),
}

pub(crate) struct Office {
    pub(crate) node: Node,
    pub(crate) now: Instant,
    next_link: u64,
    framers: BTreeMap<LinkId, StreamFramer>,
    /// What the node sent on links that carry no SIP, and nobody has looked at yet.
    streams: BTreeMap<LinkId, Vec<u8>>,
    /// What the node sent and nobody has looked at yet.
    inbox: BTreeMap<Wire, VecDeque<Message>>,
    pub(crate) pongs: usize,
    pub(crate) closed: Vec<LinkId>,
    /// The last response of HTTP.
    response: Option<http::Response>,
    /// What was sent on streams of events, and which of them are over.
    pub(crate) events: BTreeMap<FetchId, String>,
    pub(crate) ended: Vec<FetchId>,
    /// What is to be posted.
    pub(crate) posts: Vec<Post>,
    /// What is kept of sessions.
    pub(crate) kept: Vec<crate::SessionRecord>,
    /// Passwords that are to be compared.
    verifying: Vec<(u64, crate::config::Secret, crate::Password)>,
}

/// An attempt of a webhook.
pub(crate) struct Post {
    pub(crate) post: u64,
    pub(crate) url: String,
    pub(crate) fields: Vec<(&'static str, String)>,
    pub(crate) body: String,
}

impl Office {
    /// Lines 201, 202 and 203 on a phone each, 204 on a fourth and not open to applications.
    pub(crate) fn new() -> Office {
        Office::with(|_| {})
    }

    pub(crate) fn with(change: impl FnOnce(&mut NodeSettings)) -> Office {
        let mut settings = NodeSettings::default();
        settings.switch.seed = 7;
        settings.configuration = crate::config::load("cti-manager\n http port 0\n").settings;
        for (index, number) in ["201", "202", "203", "204"].into_iter().enumerate() {
            settings.switch.lines.push(LineSettings {
                tag: index as u32 + 1,
                number: number.into(),
                name: format!("User {number}").into(),
                channels: Channels::Dual,
                cti_watch: number != "204",
                ..LineSettings::default()
            });
            settings.switch.stations.push(StationSettings {
                tag: index as u32 + 1,
                name: format!("SEP{index:012}").into(),
                buttons: vec![ButtonSettings::line(1, index as u32 + 1, Ring::Normal)],
                speed_dials: Vec::new(),
                off_hook_by_command: true,
                prompts: true,
                ..StationSettings::default()
            });
        }
        change(&mut settings);
        let mut office = Office {
            node: Node::new(settings).unwrap(),
            now: Instant::from_millis(1_000),
            next_link: 0,
            framers: BTreeMap::new(),
            streams: BTreeMap::new(),
            inbox: BTreeMap::new(),
            pongs: 0,
            closed: Vec::new(),
            response: None,
            events: BTreeMap::new(),
            ended: Vec::new(),
            posts: Vec::new(),
            kept: Vec::new(),
            verifying: Vec::new(),
        };
        office.node.handle_timeout(office.now);
        for index in 0..4 {
            office.phone(index, StationInput::Register([Codec::G711Ulaw].into_iter().collect::<CodecSet>()));
        }
        office
    }

    /// A phone does something; 0 is that of 201.
    pub(crate) fn phone(&mut self, index: usize, input: StationInput) {
        let (station, _) = self.node.switch().stations().iter().nth(index).unwrap();
        self.node.switch.handle(self.now, core::Input::Station(station, input));
        self.node.settle();
        self.drain();
    }

    pub(crate) fn press(&mut self, index: usize, key: Key) {
        self.phone(index, StationInput::Key(key));
    }

    /// The user of a phone dials a whole number.
    pub(crate) fn dial(&mut self, index: usize, number: &str) {
        self.press(index, Key::Enbloc { line: 0, number: number.into() });
    }

    pub(crate) fn answer(&mut self, index: usize) {
        self.press(index, Key::Answer { line: 0, reference: 0 });
    }

    pub(crate) fn hang_up(&mut self, index: usize) {
        self.press(index, Key::OnHook { line: 0, reference: 0 });
    }

    pub(crate) fn connect(&mut self) -> Wire {
        let link = self.connect_to(Listener::Sip);
        self.framers.insert(link, StreamFramer::new());
        Wire::Tcp(link)
    }

    /// Connects to a listener that does not speak SIP.
    pub(crate) fn connect_stream_to(&mut self, listener: Listener) -> LinkId {
        self.streams.insert(LinkId(self.next_link + 1), Vec::new());
        self.connect_to(listener)
    }

    fn connect_to(&mut self, listener: Listener) -> LinkId {
        self.next_link += 1;
        let link = LinkId(self.next_link);
        let peer = SocketAddr::new([127, 0, 0, 1].into(), 40_000 + self.next_link as u16);
        let local = SERVER.parse().unwrap();
        self.node.handle(self.now, Input::Connected { link, listener, local, peer });
        self.drain();
        link
    }

    /// Asks for a WebSocket with this `Authorization`; the status says whether the link is one.
    pub(crate) fn connect_web_socket(&mut self, authorization: Option<&str>) -> (LinkId, u16) {
        let (link, status) = self.ask_for_web_socket(authorization);
        (link, status.unwrap())
    }

    /// The same, when the answer may come later.
    pub(crate) fn ask_for_web_socket(&mut self, authorization: Option<&str>) -> (LinkId, Option<u16>) {
        self.next_link += 1;
        let link = LinkId(self.next_link);
        self.streams.insert(link, Vec::new());
        let input = Input::WebSocket {
            fetch: FetchId(self.next_link),
            link,
            local: ([127, 0, 0, 1], 8080).into(),
            peer: SocketAddr::new([127, 0, 0, 1].into(), 40_000 + self.next_link as u16),
            request: request("GET", "/csta", authorization, b""),
        };
        self.node.handle(self.now, input);
        self.drain();
        (link, self.response.take().map(|response| response.status))
    }

    /// Sends a request of HTTP; its response must be there at once.
    pub(crate) fn http(
        &mut self,
        method: &str,
        target: &str,
        authorization: Option<&str>,
        body: &str,
    ) -> http::Response {
        self.try_http(method, target, authorization, body).unwrap()
    }

    /// The last response that nobody has looked at.
    pub(crate) fn response(&mut self) -> Option<http::Response> {
        self.response.take()
    }

    /// Compares the passwords that are to be compared, and says how many these were.
    pub(crate) fn verify(&mut self) -> usize {
        let mut count = 0;
        while let Some((verification, hash, password)) = self.verifying.pop() {
            let right = crate::is_password(&hash, password.expose());
            self.node.handle(self.now, Input::Verified { verification, right });
            self.drain();
            count += 1;
        }
        count
    }

    /// The same, when the response may come later.
    pub(crate) fn try_http(
        &mut self,
        method: &str,
        target: &str,
        authorization: Option<&str>,
        body: &str,
    ) -> Option<http::Response> {
        self.next_link += 1;
        let input = Input::Http {
            fetch: FetchId(self.next_link),
            local: [127, 0, 0, 1].into(),
            peer: SocketAddr::new([127, 0, 0, 1].into(), 40_000),
            request: request(method, target, authorization, body.as_bytes()),
        };
        self.node.handle(self.now, input);
        self.drain();
        self.response.take()
    }

    pub(crate) fn disconnect(&mut self, wire: Wire) {
        let Wire::Tcp(link) = wire else { panic!("not a connection") };
        self.node.handle(self.now, Input::Closed { link });
        self.drain();
    }

    pub(crate) fn send(&mut self, wire: Wire, bytes: impl AsRef<[u8]>) {
        let bytes = bytes.as_ref();
        match wire {
            Wire::Tcp(link) => self.node.handle(self.now, Input::Received { link, bytes }),
            Wire::Udp(from) => {
                let local = SERVER.parse().unwrap();
                self.node.handle(self.now, Input::Datagram { local, from, bytes });
            }
        }
        self.drain();
    }

    pub(crate) fn wait(&mut self, span: Duration) {
        self.now = self.now + span;
        self.node.handle_timeout(self.now);
        self.drain();
    }

    /// What the node sent there and nobody has looked at yet.
    pub(crate) fn take(&mut self, wire: Wire) -> VecDeque<Message> {
        self.inbox.remove(&wire).unwrap_or_default()
    }

    /// The bytes that the node sent on a link of CSTA over TCP and nobody has looked at yet.
    pub(crate) fn take_stream(&mut self, link: LinkId) -> Vec<u8> {
        self.streams.get_mut(&link).map(std::mem::take).unwrap_or_default()
    }

    pub(crate) fn is_closed(&self, wire: Wire) -> bool {
        matches!(wire, Wire::Tcp(link) if self.closed.contains(&link))
    }

    /// The driver has made an attempt of a webhook.
    pub(crate) fn posted(&mut self, post: u64, status: Option<u16>) {
        self.node.handle(self.now, Input::Posted { post, status });
        self.drain();
    }

    /// Something of a session of an earlier server.
    pub(crate) fn restore(&mut self, record: crate::SessionRecord) {
        self.node.handle(self.now, Input::RestoreSession(record));
        self.drain();
    }

    /// Everything of earlier servers was given back.
    pub(crate) fn listening(&mut self) {
        self.node.handle(self.now, Input::Listening { sccp: None, http: None });
        self.drain();
    }

    /// The server ends.
    pub(crate) fn shut_down(&mut self) {
        self.node.handle(self.now, Input::ShutDown);
        self.drain();
    }

    /// The last stream of events.
    pub(crate) fn last_stream(&self) -> FetchId {
        *self.events.last_key_value().unwrap().0
    }

    fn drain(&mut self) {
        while let Some(output) = self.node.poll_output() {
            match output {
                Output::Send { link, bytes } if self.streams.contains_key(&link) => {
                    self.streams.entry(link).or_default().extend(bytes);
                }
                Output::Send { link, bytes } => {
                    let mut rest = bytes.as_slice();
                    let framer = self.framers.entry(link).or_default();
                    // A lone line end is the answer to a keepalive.
                    while let Some(after) = rest.strip_prefix(b"\r\n") {
                        self.pongs += 1;
                        rest = after;
                    }
                    while let Some(framed) = framer.next(&mut rest).unwrap() {
                        let Framed::Message(message) = framed else { continue };
                        let message = checked(message);
                        self.inbox.entry(Wire::Tcp(link)).or_default().push_back(message);
                    }
                    self.node.recycle(bytes);
                }
                Output::Datagram { to, bytes, .. } => {
                    self.inbox.entry(Wire::Udp(to)).or_default().push_back(checked(&bytes));
                }
                Output::Close { link } => self.closed.push(link),
                Output::CommandOutput { .. } | Output::TerminalText { .. } | Output::Store { .. } => {}
                Output::Leg { .. }
                | Output::Sound { .. }
                | Output::AudioSocket { .. }
                | Output::MediaKeys { .. }
                | Output::Music { .. }
                | Output::Resolve { .. }
                | Output::Connect { .. } => {}
                Output::Files { .. } | Output::Reload => {}
                Output::StoreStartupConfig { .. } | Output::ReadConfiguration { .. } => {}
                Output::HttpResponse { response, .. } => self.response = Some(response),
                Output::HttpStream { fetch, response } => {
                    self.events.insert(fetch, String::new());
                    self.response = Some(response);
                }
                Output::HttpPart { fetch, bytes } => {
                    self.events.entry(fetch).or_default().push_str(&String::from_utf8(bytes).unwrap());
                }
                Output::Keep(record) => self.kept.push(record),
                Output::Verify { verification, hash, password } => {
                    self.verifying.push((verification, hash, password));
                }
                Output::HttpEnd { fetch } => self.ended.push(fetch),
                Output::Post { post, url, fields, body } => {
                    self.posts.push(Post { post, url, fields, body: String::from_utf8(body).unwrap() });
                }
                Output::File { .. } | Output::Listen { .. } => {}
            }
        }
    }
}

fn request<'a>(
    method: &'a str,
    target: &'a str,
    authorization: Option<&'a str>,
    body: &'a [u8],
) -> http::Request<'a> {
    http::Request {
        method,
        target,
        authorization,
        accept_charset: None,
        body,
        over_tls: false,
        certificate: None,
    }
}

/// The message, if it is right as SIP and its body valid against the schema.
fn checked(bytes: &[u8]) -> Message {
    let message = Message::parse(bytes).unwrap();
    match &message {
        Message::Request(request) => request.check().unwrap(),
        Message::Response(response) => drop(response.headers().call_id()),
    }
    if !message.body().is_empty() {
        let headers = message.headers();
        assert_eq!(headers.get(HeaderName::CONTENT_TYPE), Some("application/csta+xml"));
        assert_eq!(headers.get(HeaderName::CONTENT_DISPOSITION), Some("signal;handling=required"));
        assert_valid(std::str::from_utf8(message.body()).unwrap());
    }
    message
}

fn validator(file: &str) -> XsdValidator {
    let path = format!("{}/../wire/tests/data/ecma-323/{file}", env!("CARGO_MANIFEST_DIR"));
    XsdValidator::from_schema(&parse(&std::fs::read_to_string(path).unwrap()).unwrap()).unwrap()
}

pub(crate) fn assert_valid(xml: &str) {
    static ED3: LazyLock<XsdValidator> = LazyLock::new(|| validator("csta-ed3.xsd"));
    static ED6: LazyLock<XsdValidator> = LazyLock::new(|| validator("csta-ed6.xsd"));
    static SESSION: LazyLock<XsdValidator> = LazyLock::new(|| validator("appl-session.xsd"));
    let validator = match xml {
        _ if xml.contains("/appl_session\"") => &SESSION,
        _ if xml.contains("/ed6\"") => &ED6,
        _ => &ED3,
    };
    let errors = validator.validate(&parse(xml).unwrap());
    assert!(errors.is_empty(), "{errors:?}\n{xml}");
}

/// An application: one uaCSTA dialog.
#[derive(Clone)]
pub(crate) struct Client {
    pub(crate) wire: Wire,
    pub(crate) call_id: String,
    pub(crate) tag: String,
    pub(crate) server_tag: Option<String>,
    pub(crate) cseq: u32,
    pub(crate) edition: Edition,
    pub(crate) to: String,
    /// Headers added to every request.
    pub(crate) extra: String,
    /// Whether Via has a branch.
    pub(crate) branch: bool,
    /// Whether events are answered.
    pub(crate) polite: bool,
    /// Requests of the server in the order in which they came.
    pub(crate) received: VecDeque<Request>,
}

impl Client {
    pub(crate) fn new(wire: Wire, name: &str) -> Client {
        Client {
            wire,
            call_id: format!("{name}@test"),
            tag: format!("tag-{name}"),
            server_tag: None,
            cseq: 0,
            edition: Edition::Ed3,
            to: "sip:ctigw@cme".to_owned(),
            extra: String::new(),
            branch: true,
            polite: true,
            received: VecDeque::new(),
        }
    }

    /// An application that has opened its session.
    pub(crate) fn open(office: &mut Office, wire: Wire, name: &str) -> Client {
        let mut client = Client::new(wire, name);
        let response = client.invite(office, "<RequestSystemStatus/>");
        assert_eq!(response.status.code(), 200, "{}", text(response.body()));
        assert!(text(response.body()).contains("<systemStatus>normal</systemStatus>"));
        client
    }

    /// The bytes of a request.
    pub(crate) fn message(&self, method: &str, cseq: u32, body: &str) -> String {
        let (transport, host) = match self.wire {
            Wire::Tcp(_) => ("TCP", "127.0.0.1:40000".to_owned()),
            Wire::Udp(address) => ("UDP", address.to_string()),
        };
        let branch = if self.branch {
            format!(";branch=z9hG4bK{}{method}{cseq}", self.call_id)
        } else {
            String::new()
        };
        let to_tag = self.server_tag.as_ref().map(|tag| format!(";tag={tag}")).unwrap_or_default();
        let body = self.in_namespace(body);
        let content = if body.is_empty() { "" } else { "Content-Type: application/csta+xml\r\n" };
        let (to, tag, call_id, extra) = (&self.to, &self.tag, &self.call_id, &self.extra);
        format!(
            "{method} {to} SIP/2.0\r\nVia: SIP/2.0/{transport} {host}{branch}\r\nMax-Forwards: 70\r\n\
             From: <sip:app@test>;tag={tag};epid=1\r\nTo: <{to}>{to_tag}\r\nCall-ID: {call_id}\r\n\
             CSeq: {cseq} {method}\r\nContact: <sip:app@192.0.2.1:9;transport=tcp>\r\n{extra}{content}\
             Content-Length: {}\r\n\r\n{body}",
            body.len()
        )
    }

    /// Gives the root element its namespace.
    fn in_namespace(&self, body: &str) -> String {
        match body.find([' ', '/', '>']).filter(|_| body.starts_with('<') && !body.contains("xmlns=")) {
            Some(end) => format!("{} xmlns=\"{}\"{}", &body[..end], self.edition.namespace(), &body[end..]),
            None => body.to_owned(),
        }
    }

    pub(crate) fn invite(&mut self, office: &mut Office, body: &str) -> Response {
        let response = self.request(office, "INVITE", body);
        if response.status.is_success() {
            let tag = response.headers().to().unwrap().tag().unwrap().to_owned();
            self.server_tag = Some(tag);
            let ack = self.message("ACK", self.cseq, "");
            office.send(self.wire, ack);
        }
        response
    }

    /// Sends a request and returns its response; what else came is kept.
    pub(crate) fn request(&mut self, office: &mut Office, method: &str, body: &str) -> Response {
        self.cseq += 1;
        let message = self.message(method, self.cseq, body);
        office.send(self.wire, message);
        self.expect_response(office)
    }

    pub(crate) fn expect_response(&mut self, office: &mut Office) -> Response {
        let responses = self.collect(office);
        assert_eq!(responses.len(), 1, "one response");
        responses.into_iter().next().unwrap()
    }

    /// Takes what came: requests are kept (and answered), responses returned.
    pub(crate) fn collect(&mut self, office: &mut Office) -> Vec<Response> {
        let mut responses = Vec::new();
        loop {
            let messages = office.take(self.wire);
            if messages.is_empty() {
                return responses;
            }
            for message in messages {
                assert_eq!(message.headers().call_id(), Ok(self.call_id.as_str()));
                match message {
                    Message::Response(response) => responses.push(response),
                    Message::Request(request) => {
                        if self.polite {
                            let answer = hookflash_wire::sip::MessageBuilder::reply(
                                &request,
                                hookflash_wire::sip::StatusCode::OK,
                                &self.tag,
                                None,
                            );
                            office.send(self.wire, answer.finish());
                        }
                        self.received.push_back(request);
                    }
                }
            }
        }
    }

    /// Asks for a service and returns the body of the 200.
    pub(crate) fn service(&mut self, office: &mut Office, body: &str) -> String {
        let response = self.request(office, "INFO", body);
        assert_eq!(response.status.code(), 200);
        text(response.body())
    }

    /// Asks for a service and returns the error, as `category/value`.
    pub(crate) fn refused(&mut self, office: &mut Office, body: &str) -> String {
        let body = self.service(office, body);
        match csta::decode(body.as_bytes()).unwrap().message {
            csta::Message::Error(error) => error.to_string(),
            other => panic!("not refused: {other:?}"),
        }
    }

    pub(crate) fn monitor(&mut self, office: &mut Office, device: &str) -> String {
        let body = self.service(
            office,
            &format!(
                "<MonitorStart><monitorObject><deviceObject>{device}</deviceObject></monitorObject></MonitorStart>"
            ),
        );
        let start = body.find("<monitorCrossRefID>").unwrap() + 19;
        body[start..body.find("</monitorCrossRefID>").unwrap()].to_owned()
    }

    /// The bodies of the INFOs that came since the last time.
    pub(crate) fn event_bodies(&mut self, office: &mut Office) -> Vec<String> {
        let stray = self.collect(office);
        assert!(stray.is_empty(), "unexpected responses");
        let infos = self.received.extract(|request| request.method == Method::Info);
        infos.iter().map(|request| text(request.body())).collect()
    }

    /// The events that came since the last time, in short: monitor, event, connection, local state, cause.
    pub(crate) fn events(&mut self, office: &mut Office) -> Vec<String> {
        self.event_bodies(office).iter().map(|body| in_short(body)).collect()
    }

    /// Whether BYE came.
    pub(crate) fn got_bye(&mut self, office: &mut Office) -> bool {
        let stray = self.collect(office);
        assert!(stray.is_empty(), "unexpected responses");
        !self.received.extract(|request| request.method == Method::Bye).is_empty()
    }
}

/// Takes what fits out of a queue.
trait Extract<T> {
    fn extract(&mut self, fits: impl Fn(&T) -> bool) -> Vec<T>;
}

impl<T> Extract<T> for VecDeque<T> {
    fn extract(&mut self, fits: impl Fn(&T) -> bool) -> Vec<T> {
        let (taken, kept): (Vec<T>, Vec<T>) = std::mem::take(self).into_iter().partition(fits);
        self.extend(kept);
        taken
    }
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

pub(crate) fn in_short(body: &str) -> String {
    let csta::Message::Event(event) = csta::decode(body.as_bytes()).unwrap().message else {
        panic!("no event: {body}");
    };
    let (connection, local, cause) = match &event.body {
        EventBody::ServiceInitiated(e) => (&e.initiated_connection, e.local_connection_info, &e.cause),
        EventBody::Originated(e) => (&e.originated_connection, e.local_connection_info, &e.cause),
        EventBody::DigitsDialed(e) => (&e.dialing_connection, e.local_connection_info, &e.cause),
        EventBody::Delivered(e) => (&e.connection, e.local_connection_info, &e.cause),
        EventBody::Diverted(e) => (&e.connection, e.local_connection_info, &e.cause),
        EventBody::Established(e) => (&e.established_connection, e.local_connection_info, &e.cause),
        EventBody::Held(e) => (&e.held_connection, e.local_connection_info, &e.cause),
        EventBody::Retrieved(e) => (&e.retrieved_connection, e.local_connection_info, &e.cause),
        EventBody::ConnectionCleared(e) => (&e.dropped_connection, e.local_connection_info, &e.cause),
        EventBody::Failed(e) => (&e.failed_connection, e.local_connection_info, &e.cause),
        other => return format!("{} {}", event.monitor_cross_ref_id, other.root()),
    };
    let (call, device) = connection.complete().unwrap();
    let name = event.body.root().trim_end_matches("Event");
    format!("{} {name} {call}@{device} {} {cause}", event.monitor_cross_ref_id, local.unwrap())
}
