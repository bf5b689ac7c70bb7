//! The messages of a WebSocket with audio.
//!
//! Without a subprotocol they are those of Twilio's media streams, so that programs for these work unchanged: JSON with
//! `connected`, `start`, `media`, `dtmf`, `mark` and `stop` from here, and `media`, `mark` and `clear` from the application; `dtmf`,
//! which Twilio does not have in that direction, sends a digit. With the subprotocol `audio.hookflash.v1` each binary message
//! has nothing but audio: 20 ms from here, and any length from the application. Marks are text there too.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hookflash_core::Codec;
use hookflash_media::Streamed;
use hookflash_node::AudioSocket;
use serde_json::{Map, Value, json};
use smol_str::SmolStr;
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::Message;

/// Longest name of a mark, in bytes.
const MAX_NAME: usize = 256;

/// Writes and reads the messages of one WebSocket.
#[derive(Debug)]
pub(super) struct Frames {
    binary: bool,
    socket: AudioSocket,
    stream: String,
    began: Instant,
    sequence: u64,
    chunk: u64,
}

/// What an application says.
#[derive(PartialEq, Eq, Debug)]
pub(super) enum Said {
    /// Audio.
    Audio(Vec<u8>),
    /// It wants to know when all audio so far was heard.
    Mark(SmolStr),
    /// What was not heard yet is not to be.
    Clear,
    /// A digit.
    Digit(char),
    /// Nothing that matters here.
    Nothing,
}

impl Frames {
    /// The messages of a socket that opens now.
    pub(super) fn new(socket: AudioSocket, binary: bool) -> Frames {
        let stream = format!("MZ{:032x}", socket.audio.0);
        Frames { binary, socket, stream, began: Instant::now(), sequence: 0, chunk: 0 }
    }

    /// What is sent first.
    pub(super) fn opening(&mut self) -> Vec<Message> {
        if self.binary {
            return Vec::new();
        }
        let connected = json!({"event": "connected", "protocol": "Call", "version": "1.0.0"});
        let AudioSocket { call, device, .. } = &self.socket;
        let (encoding, rate) = match self.socket.codec {
            _ if self.socket.linear => ("audio/x-l16", 8_000),
            Codec::G711Alaw => ("audio/x-alaw", 8_000),
            Codec::G722 => ("audio/x-g722", 16_000),
            _ => ("audio/x-mulaw", 8_000),
        };
        let mut start = json!({
            "accountSid": "hookflash",
            "streamSid": self.stream,
            "callSid": call,
            "tracks": ["inbound"],
            "mediaFormat": {"encoding": encoding, "sampleRate": rate, "channels": 1},
            "customParameters": {"callID": call, "deviceID": device},
        });
        if self.socket.resumed {
            start["resumed"] = true.into();
        }
        vec![Message::text(connected.to_string()), self.event("start", &start)]
    }

    fn event(&mut self, name: &'static str, content: &Value) -> Message {
        self.sequence += 1;
        let mut event = Map::new();
        event.insert("event".to_owned(), name.into());
        event.insert("sequenceNumber".to_owned(), self.sequence.to_string().into());
        event.insert("streamSid".to_owned(), self.stream.as_str().into());
        event.insert(name.to_owned(), content.clone());
        Message::text(Value::Object(event).to_string())
    }

    /// What the application hears, and when it was spoken.
    pub(super) fn heard(&mut self, at: Instant, what: Streamed) -> Message {
        match what {
            Streamed::Audio(payload) if self.binary => Message::binary(payload),
            Streamed::Audio(payload) => {
                self.chunk += 1;
                let since = at.saturating_duration_since(self.began).as_millis();
                let media = json!({
                    "track": "inbound",
                    "chunk": self.chunk.to_string(),
                    "timestamp": since.to_string(),
                    "payload": STANDARD.encode(payload),
                });
                self.event("media", &media)
            }
            Streamed::Mark(name) => self.event("mark", &json!({"name": name.as_str()})),
        }
    }

    /// A digit that the application hears.
    pub(super) fn digit(&mut self, digit: char) -> Option<Message> {
        let dtmf = json!({"track": "inbound_track", "digit": digit.to_string()});
        (!self.binary).then(|| self.event("dtmf", &dtmf))
    }

    /// What is sent last.
    pub(super) fn stop(&mut self) -> Option<Message> {
        let stop = json!({"accountSid": "hookflash", "callSid": self.socket.call});
        (!self.binary).then(|| self.event("stop", &stop))
    }

    /// Reads a message.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn read(&self, message: Message) -> Result<Said, &'static str> {
        match message {
            Message::Text(text) => said(&text),
            Message::Binary(payload) if self.binary => Ok(Said::Audio(payload.into())),
            Message::Binary(_) => Err("binary messages need the subprotocol audio.hookflash.v1"),
            _ => Ok(Said::Nothing),
        }
    }
}

fn said(text: &str) -> Result<Said, &'static str> {
    let message: Value = serde_json::from_str(text).map_err(|_| "this is no JSON")?;
    let member = |name: &str, part: &str| message.get(name).and_then(|value| value.get(part)?.as_str());
    Ok(match message.get("event").and_then(Value::as_str) {
        Some("media") => {
            let payload = member("media", "payload").ok_or("media.payload is missing")?;
            Said::Audio(STANDARD.decode(payload).map_err(|_| "media.payload is no base64")?)
        }
        Some("mark") => {
            let name = member("mark", "name").ok_or("mark.name is missing")?;
            Said::Mark(
                Some(name).filter(|name| name.len() <= MAX_NAME).ok_or("mark.name is too long")?.into(),
            )
        }
        Some("clear") => Said::Clear,
        Some("dtmf") => {
            let digit = member("dtmf", "digit").unwrap_or_default();
            let mut digits = digit.chars().filter(|digit| "0123456789*#ABCD".contains(*digit));
            match (digits.next(), digit.len()) {
                (Some(digit), 1) => Said::Digit(digit),
                _ => return Err("dtmf.digit is no digit"),
            }
        }
        // What newer programs send.
        Some(_) => Said::Nothing,
        None => return Err("event is missing"),
    })
}

#[cfg(test)]
mod tests {
    use hookflash_core::AudioId;

    use super::*;

    fn frames(binary: bool) -> Frames {
        let socket = AudioSocket {
            audio: AudioId(7),
            codec: Codec::G711Alaw,
            linear: false,
            call: "17".to_owned(),
            device: "220".to_owned(),
            resumed: true,
        };
        Frames::new(socket, binary)
    }

    fn parsed(message: &Message) -> Value {
        serde_json::from_str(message.to_text().unwrap()).unwrap()
    }

    #[test]
    fn programs_for_twilio_read_what_they_know() {
        let mut frames = frames(false);
        let opening: Vec<Value> = frames.opening().iter().map(parsed).collect();
        assert_eq!(opening[0]["event"], "connected");
        let start = &opening[1]["start"];
        assert_eq!(opening[1]["streamSid"], start["streamSid"]);
        assert_eq!((&start["callSid"], &start["resumed"]), (&"17".into(), &true.into()));
        assert_eq!(
            start["mediaFormat"],
            json!({"encoding": "audio/x-alaw", "sampleRate": 8000, "channels": 1})
        );
        let media = parsed(&frames.heard(Instant::now(), Streamed::Audio(vec![0xD5; 160])));
        assert_eq!((&media["sequenceNumber"], &media["media"]["chunk"]), (&"2".into(), &"1".into()));
        assert_eq!(STANDARD.decode(media["media"]["payload"].as_str().unwrap()).unwrap(), [0xD5; 160]);
        assert_eq!(parsed(&frames.digit('#').unwrap())["dtmf"]["digit"], "#");
        assert_eq!(parsed(&frames.stop().unwrap())["event"], "stop");
    }

    #[test]
    fn binary_messages_have_nothing_but_audio() {
        let mut frames = frames(true);
        assert!(frames.opening().is_empty() && frames.digit('1').is_none() && frames.stop().is_none());
        let heard = frames.heard(Instant::now(), Streamed::Audio(vec![1; 160]));
        assert_eq!(heard, Message::binary(vec![1; 160]));
        assert_eq!(frames.read(Message::binary(vec![2; 99])), Ok(Said::Audio(vec![2; 99])));
    }

    #[test]
    fn what_applications_say_is_read() {
        let frames = frames(false);
        let read = |text: &str| frames.read(Message::text(text));
        let audio = r#"{"event":"media","streamSid":"x","media":{"payload":"AAE="}}"#;
        assert_eq!(read(audio), Ok(Said::Audio(vec![0, 1])));
        assert_eq!(read(r#"{"event":"mark","mark":{"name":"end"}}"#), Ok(Said::Mark("end".into())));
        assert_eq!(read(r#"{"event":"clear"}"#), Ok(Said::Clear));
        assert_eq!(read(r#"{"event":"dtmf","dtmf":{"digit":"5"}}"#), Ok(Said::Digit('5')));
        assert_eq!(read(r#"{"event":"other"}"#), Ok(Said::Nothing));
        let long = format!(r#"{{"event":"mark","mark":{{"name":"{}"}}}}"#, "x".repeat(300));
        for wrong in [
            "",
            "[]",
            r#"{"event":"media"}"#,
            r#"{"event":"media","media":{"payload":"?"}}"#,
            r#"{"event":"dtmf","dtmf":{"digit":"55"}}"#,
            r#"{"event":"mark"}"#,
            &long,
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
        assert!(frames.read(Message::binary(vec![0])).is_err());
    }
}
