//! An application that speaks JSON over WebSocket, without a socket: bytes in, bytes out.
//!
//! It decodes as much as a measurement needs: which request was answered and how, and of which monitor an event is.

use std::collections::VecDeque;

use hookflash_sim::application::RequestNumber;
use hookflash_wire::csta::EventKind;
use serde_json::{Value, json};
use smol_str::SmolStr;

/// What an application learned.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Told {
    /// The session is open.
    Opened,
    /// A monitor was started.
    MonitorStarted(RequestNumber, SmolStr),
    /// A request was answered; with the reason if it was refused.
    Answer(RequestNumber, Result<(), String>),
    /// An event of a monitor.
    Event(SmolStr, EventKind),
    /// Something that the server should not do, or that ends the session.
    Complaint(String),
}

/// The number of the request that starts the session.
const START: u32 = 0;

/// Seconds that a session lasts without a message: no measurement takes so long.
const DURATION: u32 = 7200;

/// Opcodes of frames (RFC 6455, 5.2).
const TEXT: u8 = 1;
const CLOSE: u8 = 8;
const PING: u8 = 9;
const PONG: u8 = 10;

/// An application.
#[derive(Debug)]
pub struct WebApplication {
    name: String,
    host: String,
    /// Whether the server has switched to WebSocket.
    switched: bool,
    last: u32,
    arrived: Vec<u8>,
    output: Vec<u8>,
    told: VecDeque<Told>,
}

impl WebApplication {
    /// An application of this name, for a server of this name.
    pub fn new(name: &str, host: &str) -> WebApplication {
        WebApplication {
            name: name.to_owned(),
            host: host.to_owned(),
            switched: false,
            last: START,
            arrived: Vec::new(),
            output: Vec::new(),
            told: VecDeque::new(),
        }
    }

    /// The connection is there.
    pub fn connected(&mut self) {
        let request = format!(
            "GET /csta HTTP/1.1\r\nHost: {}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: csta.json.v1\r\n\r\n",
            self.host
        );
        self.output.extend_from_slice(request.as_bytes());
    }

    /// The connection is gone.
    pub fn closed(&mut self) {
        self.told.push_back(Told::Complaint("the connection was closed".to_owned()));
    }

    /// Bytes came.
    pub fn received(&mut self, bytes: &[u8]) {
        self.arrived.extend_from_slice(bytes);
        let arrived = std::mem::take(&mut self.arrived);
        let mut rest = arrived.as_slice();
        if !self.switched && !self.switch(&mut rest) {
            self.arrived = arrived;
            return;
        }
        while let Some((opcode, payload, after)) = frame(rest) {
            rest = after;
            match opcode {
                TEXT => self.message(payload),
                PING => self.send(PONG, payload),
                CLOSE => self.told.push_back(Told::Complaint("the server closed the WebSocket".to_owned())),
                _ => {}
            }
        }
        self.arrived = rest.to_vec();
    }

    /// Looks whether the answer to the upgrade has come.
    fn switch(&mut self, bytes: &mut &[u8]) -> bool {
        const END: &[u8] = b"\r\n\r\n";
        let Some(end) = bytes.windows(END.len()).position(|bytes| bytes == END) else { return false };
        if !bytes.starts_with(b"HTTP/1.1 101") {
            let line = bytes.split(|byte| *byte == b'\r').next().unwrap_or_default();
            self.told.push_back(Told::Complaint(String::from_utf8_lossy(line).into_owned()));
            return false;
        }
        *bytes = bytes.get(end + END.len()..).unwrap_or_default();
        self.switched = true;
        let params = json!({"applicationID": self.name, "requestedSessionDuration": DURATION});
        self.request(START, "StartApplicationSession", &params);
        true
    }

    fn message(&mut self, text: &[u8]) {
        let Ok(Value::Object(message)) = serde_json::from_slice(text) else {
            return self.told.push_back(Told::Complaint("a message that is no JSON".to_owned()));
        };
        if let Some(method) = message.get("method").and_then(Value::as_str) {
            let monitor = message.get("params").and_then(|params| params.get("monitorCrossRefID"));
            if let (Some(kind), Some(monitor)) =
                (EventKind::from_root(method), monitor.and_then(Value::as_str))
            {
                self.told.push_back(Told::Event(monitor.into(), kind));
            }
            return;
        }
        let number = message.get("id").and_then(Value::as_u64).and_then(|number| u32::try_from(number).ok());
        let error = message.get("error").map(ToString::to_string);
        let told = match (number, error) {
            (None, _) => Told::Complaint("an answer to nothing".to_owned()),
            (Some(START), None) => Told::Opened,
            (Some(START), Some(error)) => Told::Complaint(error),
            (Some(number), Some(error)) => Told::Answer(RequestNumber(number), Err(error)),
            (Some(number), None) => {
                let number = RequestNumber(number);
                let reference = message.get("result").and_then(|result| result.get("monitorCrossRefID"));
                match reference.and_then(Value::as_str) {
                    Some(reference) => Told::MonitorStarted(number, reference.into()),
                    None => Told::Answer(number, Ok(())),
                }
            }
        };
        self.told.push_back(told);
    }

    /// Starts a monitor on a number.
    pub fn monitor_start(&mut self, number: &str) -> RequestNumber {
        self.ask("MonitorStart", &json!({"monitorObject": {"deviceObject": number}}))
    }

    /// Lets a phone call another one.
    pub fn make_call(&mut self, caller: &str, called: &str) -> RequestNumber {
        let params =
            json!({"callingDevice": caller, "calledDirectoryNumber": called, "autoOriginate": "doNotPrompt"});
        self.ask("MakeCall", &params)
    }

    fn ask(&mut self, method: &str, params: &Value) -> RequestNumber {
        self.last += 1;
        self.request(self.last, method, params);
        RequestNumber(self.last)
    }

    fn request(&mut self, number: u32, method: &str, params: &Value) {
        let message = json!({"jsonrpc": "2.0", "id": number, "method": method, "params": params});
        self.send(TEXT, message.to_string().as_bytes());
    }

    /// Appends a frame. Its mask is zero: it is there for proxies that mistake what they read, and there is none.
    fn send(&mut self, opcode: u8, payload: &[u8]) {
        self.output.push(0x80 | opcode);
        match u8::try_from(payload.len()) {
            Ok(short) if short < 126 => self.output.push(0x80 | short),
            _ => {
                self.output.push(0x80 | 126);
                let length = u16::try_from(payload.len()).unwrap_or(u16::MAX);
                self.output.extend_from_slice(&length.to_be_bytes());
            }
        }
        self.output.extend_from_slice(&[0; 4]);
        self.output.extend_from_slice(payload);
    }

    /// What is to be sent.
    pub fn output(&mut self) -> &mut Vec<u8> {
        &mut self.output
    }

    /// The next thing that it learned.
    pub fn poll(&mut self) -> Option<Told> {
        self.told.pop_front()
    }
}

/// Opcode and payload of the first frame, and what follows it; `None` if it has not come as a whole.
fn frame(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let [first, second, rest @ ..] = bytes else { return None };
    let (length, rest) = match second & 0x7f {
        126 => {
            let (length, rest) = rest.split_first_chunk()?;
            (usize::from(u16::from_be_bytes(*length)), rest)
        }
        127 => {
            let (length, rest) = rest.split_first_chunk()?;
            (usize::try_from(u64::from_be_bytes(*length)).ok()?, rest)
        }
        short => (usize::from(short), rest),
    };
    let (payload, rest) = rest.split_at_checked(length)?;
    Some((first & 0x0f, payload, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(message: &str) -> Vec<u8> {
        let mut bytes = vec![0x81];
        match u8::try_from(message.len()) {
            Ok(short) if short < 126 => bytes.push(short),
            _ => {
                bytes.push(126);
                bytes.extend_from_slice(&u16::try_from(message.len()).unwrap().to_be_bytes());
            }
        }
        bytes.extend_from_slice(message.as_bytes());
        bytes
    }

    #[test]
    fn an_application_opens_a_session_and_hears_events_that_come_in_pieces() {
        let mut application = WebApplication::new("load", "pbx");
        application.connected();
        assert!(application.output().starts_with(b"GET /csta HTTP/1.1\r\nHost: pbx\r\n"));
        application.output().clear();
        let long = "x".repeat(200);
        let mut bytes = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n".to_vec();
        bytes.extend(text(r#"{"jsonrpc":"2.0","id":0,"result":{"sessionID":"1"}}"#));
        bytes.extend(text(r#"{"jsonrpc":"2.0","id":1,"result":{"monitorCrossRefID":"7"}}"#));
        bytes.extend(text(r#"{"jsonrpc":"2.0","id":2,"error":{"message":"invalidDeviceID"}}"#));
        bytes.extend(text(&format!(
            r#"{{"jsonrpc":"2.0","method":"DeliveredEvent","params":{{"monitorCrossRefID":"7","seq":1,"x":"{long}"}}}}"#
        )));
        for byte in bytes {
            application.received(&[byte]);
        }
        assert_eq!(application.monitor_start("201"), RequestNumber(1));
        let told: Vec<Told> = std::iter::from_fn(|| application.poll()).collect();
        assert_eq!(
            told,
            [
                Told::Opened,
                Told::MonitorStarted(RequestNumber(1), "7".into()),
                Told::Answer(RequestNumber(2), Err(r#"{"message":"invalidDeviceID"}"#.to_owned())),
                Told::Event("7".into(), EventKind::Delivered),
            ]
        );
    }

    #[test]
    fn a_server_that_refuses_is_complained_of() {
        let mut application = WebApplication::new("load", "pbx");
        application.received(b"HTTP/1.1 503 Service Unavailable\r\n\r\n");
        assert_eq!(application.poll(), Some(Told::Complaint("HTTP/1.1 503 Service Unavailable".to_owned())));
    }
}
