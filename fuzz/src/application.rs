//! A CSTA application that says anything at any time, in a dialog and with identifiers that are often the right ones.

use hookflash_node::LinkId;
use hookflash_wire::{
    csta,
    sip::{Framed, Message, MessageBuilder, Request, StatusCode, StreamFramer},
};

use crate::{phone::NUMBERS, program::Program};

/// By which way an application speaks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Transport {
    /// Over a connection; `None` once either end has closed it.
    Tcp(Option<LinkId>),
    /// In datagrams.
    Udp,
}

/// One dialog and what the application knows from it.
#[derive(Debug)]
pub struct Application {
    /// By which way it speaks.
    pub transport: Transport,
    call_id: u64,
    cseq: u32,
    remote_tag: String,
    last_request: Option<Request>,
    call: String,
    monitor: String,
}

impl Application {
    /// An application that has said nothing yet; `number` tells it from others.
    pub fn new(transport: Transport, number: u64) -> Application {
        Application {
            transport,
            call_id: number,
            cseq: 0,
            remote_tag: String::new(),
            last_request: None,
            call: "1".to_owned(),
            monitor: "1".to_owned(),
        }
    }

    /// Takes what the node sends: whole, readable SIP messages with readable CSTA in them.
    pub fn hear(&mut self, bytes: &[u8]) {
        let mut framer = StreamFramer::new();
        let mut input = bytes;
        while let Some(framed) = framer.next(&mut input).expect("the node's messages can be told apart") {
            if let Framed::Message(bytes) = framed {
                let message = Message::parse(bytes).expect("the node's messages are readable");
                self.note(message);
            }
        }
        assert_eq!(framer.pending(), 0, "the node sends whole messages");
    }

    fn note(&mut self, message: Message) {
        let body = String::from_utf8_lossy(message.body()).into_owned();
        let content = message.headers().content_type().expect("the node's content types are readable");
        if content.is_some_and(|content| content.is("application/csta+xml")) {
            csta::decode(body.as_bytes()).expect("the node's CSTA is readable");
        }
        remember(&mut self.call, &body, "<callID>");
        remember(&mut self.monitor, &body, "<monitorCrossRefID>");
        match message {
            Message::Request(request) => {
                request.check().expect("the node's requests are complete");
                self.last_request = Some(request);
            }
            Message::Response(response) => {
                let to = response.headers().to().ok().and_then(|to| to.tag().map(str::to_owned));
                self.remote_tag = to.unwrap_or_default();
            }
        }
    }

    /// What an application says at its start: it opens a session.
    pub fn start(&mut self) -> Vec<u8> {
        self.remote_tag.clear();
        self.request("INVITE", "Supported: timer\r\n", &system_status())
    }

    /// One message of the program's choice.
    pub fn message(&mut self, program: &mut Program<'_>) -> Vec<u8> {
        match program.byte() % 16 {
            0 => self.start(),
            1 => self.request("ACK", "", ""),
            2 => self.reply(program),
            3 => self.request("BYE", "", ""),
            4 => self.request("CANCEL", "", ""),
            5 => self.request("OPTIONS", "Accept: application/sdp\r\n", ""),
            6 => self.request("UPDATE", "Session-Expires: 90;refresher=uac\r\nSupported: timer\r\n", ""),
            7 => self.request("INVITE", "Session-Expires: 1\r\nRequire: 100rel\r\n", &system_status()),
            8 => self.altered(program),
            _ => {
                let body = self.service(program);
                self.request("INFO", "", &body)
            }
        }
    }

    fn request(&mut self, method: &str, headers: &str, body: &str) -> Vec<u8> {
        if !matches!(method, "ACK" | "CANCEL") {
            self.cseq += 1;
        }
        let (cseq, call_id) = (self.cseq, self.call_id);
        let transport = if self.transport == Transport::Udp { "UDP" } else { "TCP" };
        let to_tag =
            if self.remote_tag.is_empty() { String::new() } else { format!(";tag={}", self.remote_tag) };
        let content = if body.is_empty() { "" } else { "Content-Type: application/csta+xml\r\n" };
        let size = body.len();
        format!(
            "{method} sip:201@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/{transport} 127.0.0.9:5070;branch=z9hG4bK{cseq}\r\n\
             Max-Forwards: 70\r\nFrom: <sip:application@127.0.0.9>;tag=a\r\nTo: <sip:201@127.0.0.1>{to_tag}\r\n\
             Call-ID: {call_id}@127.0.0.9\r\nCSeq: {cseq} {method}\r\nContact: <sip:application@127.0.0.9:5070>\r\n\
             {headers}{content}Content-Length: {size}\r\n\r\n{body}"
        )
        .into_bytes()
    }

    /// An answer to what the node asked last.
    fn reply(&mut self, program: &mut Program<'_>) -> Vec<u8> {
        let status = program.pick(&[200, 481, 408, 422, 500, 100]);
        let status = StatusCode::new(status).expect("a status code");
        let Some(request) = &self.last_request else { return Vec::new() };
        MessageBuilder::reply(request, status, "a", None).finish()
    }

    /// An INFO in which the program's bytes replace others.
    fn altered(&mut self, program: &mut Program<'_>) -> Vec<u8> {
        let body = self.service(program);
        let mut message = self.request("INFO", "", &body);
        let at = usize::from(program.byte()) * message.len() / 256;
        let with = program.bytes();
        let end = (at + with.len()).min(message.len());
        message.splice(at..end, with.iter().copied());
        message
    }

    /// The body of a CSTA request.
    fn service(&self, program: &mut Program<'_>) -> String {
        let service = program.byte() % 14;
        let device = program.pick(&["201", "tel:202", "203", "204", "sip:201@127.0.0.1", "299", ""]);
        let connection = format!("<callID>{}</callID><deviceID>{device}</deviceID>", self.call);
        let monitor = format!("<monitorCrossRefID>{}</monitorCrossRefID>", self.monitor);
        let number = program.pick(&NUMBERS);
        let (root, content) = match service {
            0 | 1 => (
                "MonitorStart",
                format!("<monitorObject><deviceObject>{device}</deviceObject></monitorObject>"),
            ),
            2 | 3 => {
                let originate = program.pick(&["doNotPrompt", "prompt"]);
                let devices = format!("<callingDevice>{device}</callingDevice>");
                let called = format!("<calledDirectoryNumber>{number}</calledDirectoryNumber>");
                ("MakeCall", format!("{devices}{called}<autoOriginate>{originate}</autoOriginate>"))
            }
            4 => ("AnswerCall", format!("<callToBeAnswered>{connection}</callToBeAnswered>")),
            5 => ("ClearConnection", format!("<connectionToBeCleared>{connection}</connectionToBeCleared>")),
            6 => ("HoldCall", format!("<callToBeHeld>{connection}</callToBeHeld>")),
            7 => ("RetrieveCall", format!("<callToBeRetrieved>{connection}</callToBeRetrieved>")),
            8 => ("SnapshotDevice", format!("<snapshotObject>{device}</snapshotObject>")),
            9 => ("SnapshotCall", format!("<snapshotObject>{connection}</snapshotObject>")),
            10 => ("MonitorStop", monitor),
            11 => ("ChangeMonitorFilter", monitor),
            12 => ("GetCSTAFeatures", String::new()),
            _ => {
                let kind = program.pick(&["forwardImmediate", "forwardBusy", "forwardNoAns", "forwardDND"]);
                let active = program.pick(&["true", "false"]);
                (
                    "SetForwarding",
                    format!(
                        "<device>{device}</device><forwardingType>{kind}</forwardingType>\
                         <activateForward>{active}</activateForward><forwardDN>{number}</forwardDN>"
                    ),
                )
            }
        };
        in_edition(program.pick(&["ed3", "ed6", "ed9"]), root, &content)
    }
}

fn system_status() -> String {
    in_edition("ed3", "RequestSystemStatus", "")
}

fn in_edition(edition: &str, root: &str, content: &str) -> String {
    let namespace = format!("http://www.ecma-international.org/standards/ecma-323/csta/{edition}");
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?><{root} xmlns=\"{namespace}\">{content}</{root}>")
}

/// Keeps what follows `tag`, if there is such an element.
fn remember(known: &mut String, body: &str, tag: &str) {
    let Some((_, rest)) = body.split_once(tag) else { return };
    let Some((value, _)) = rest.split_once('<') else { return };
    value.clone_into(known);
}
