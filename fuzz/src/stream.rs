//! A CSTA application over TCP that says anything at any time, in frames that are often right.

use hookflash_node::LinkId;
use hookflash_wire::csta::{self, Edition, Encapsulation, Framer, InvokeId, TcpMessage, write_frame};

use crate::{phone::NUMBERS, program::Program};

/// An application that speaks CSTA over TCP.
#[derive(Debug)]
pub struct Stream {
    /// `None` once either end has closed it.
    pub link: Option<LinkId>,
    framer: Framer,
    invoke: InvokeId,
}

impl Stream {
    /// An application that has said nothing yet.
    pub fn new(link: LinkId) -> Stream {
        Stream { link: Some(link), framer: Framer::default(), invoke: InvokeId::FIRST }
    }

    /// Takes what the node sends: whole frames with readable documents.
    pub fn hear(&mut self, bytes: &[u8]) {
        let mut input = bytes;
        while let Some(frame) = self.framer.next(&mut input).expect("the node's frames can be told apart") {
            match csta::decode_tcp(frame.body).expect("the node's documents are readable") {
                TcpMessage::Session(_) => {}
                TcpMessage::Csta(decoded) => {
                    let event = matches!(decoded.message, csta::Message::Event(_));
                    assert_eq!(event, frame.invoke_id == InvokeId::EVENT, "events and only they have 9999");
                }
            }
        }
        assert_eq!(self.framer.buffered(), 0, "the node sends whole frames");
    }

    /// StartApplicationSession.
    pub fn start(&mut self, program: &mut Program<'_>) -> Vec<u8> {
        let versions = ["ed3", "ed6", "ed3/priv6", "ed9"];
        let version = Edition::Ed3.namespace().replace("ed3", program.pick(&versions));
        let seconds = i32::from(program.byte()) - 10;
        let login = program.pick(&[
            "",
            "<Login xmlns=\"urn:hookflash:csta:1\"><heartbeatInterval>5</heartbeatInterval></Login>",
        ]);
        self.framed(&format!(
            "<StartApplicationSession xmlns=\"http://www.ecma-international.org/standards/ecma-354/appl_session\">\
             <applicationInfo><applicationID>fuzz</applicationID><applicationSpecificInfo>{login}\
             </applicationSpecificInfo></applicationInfo><requestedProtocolVersions>\
             <protocolVersion>{version}</protocolVersion></requestedProtocolVersions>\
             <requestedSessionDuration>{seconds}</requestedSessionDuration></StartApplicationSession>"
        ))
    }

    /// A message that is often right.
    pub fn message(&mut self, program: &mut Program<'_>) -> Vec<u8> {
        let (one, two) = (program.pick(&NUMBERS), program.pick(&NUMBERS));
        let body = match program.byte() % 8 {
            0 => format!("MonitorStart/<monitorObject><deviceObject>{one}</deviceObject></monitorObject>"),
            1 | 2 => format!(
                "MakeCall/<callingDevice>{one}</callingDevice>\
                 <calledDirectoryNumber>{two}</calledDirectoryNumber>\
                 <autoOriginate>doNotPrompt</autoOriginate>"
            ),
            3 => format!("AnswerCall/<callToBeAnswered><deviceID>{one}</deviceID></callToBeAnswered>"),
            4 => format!(
                "ClearConnection/<connectionToBeCleared><deviceID>{one}</deviceID></connectionToBeCleared>"
            ),
            5 => "SystemStatusResponse/".to_owned(),
            6 => return self.start(program),
            _ => {
                let document = String::from_utf8_lossy(program.bytes()).into_owned();
                return self.framed(&document);
            }
        };
        let (root, inside) = body.split_once('/').unwrap_or((&body, ""));
        self.framed(&format!("<{root} xmlns=\"{}\">{inside}</{root}>", Edition::Ed3.namespace()))
    }

    fn framed(&mut self, document: &str) -> Vec<u8> {
        self.invoke = self.invoke.next();
        let mut bytes = Vec::new();
        let body = |out: &mut Vec<u8>| out.extend_from_slice(document.as_bytes());
        // What does not fit is not said.
        let _ = write_frame(&mut bytes, Encapsulation::Plain, self.invoke, body);
        bytes
    }
}
