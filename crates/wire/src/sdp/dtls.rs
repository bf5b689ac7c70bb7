//! Streams whose keys are agreed by DTLS, at a place that is found by ICE (RFC 5763, RFC 8839), as browsers have them.

use sdp_types::{Attribute, Media, Session};
use smol_str::SmolStr;

/// The protocol of such streams; older writers leave out the last letter.
pub const PROTOCOLS: [&str; 2] = ["UDP/TLS/RTP/SAVPF", "UDP/TLS/RTP/SAVP"];

/// Bytes of SHA-256.
pub const FINGERPRINT: usize = 32;

/// The longest user fragment or password (RFC 8839, 5.4).
const MAX_CREDENTIAL: usize = 256;

/// The longest name of a stream that is repeated.
const MAX_NAME: usize = 64;

/// Who begins the handshake (`a=setup`, RFC 4145).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Setup {
    /// The writer begins or waits, as the other end likes.
    Either,
    /// The writer begins.
    Active,
    /// The writer waits.
    Passive,
}

impl Setup {
    const NAMES: [(&'static str, Setup); 3] =
        [("actpass", Setup::Either), ("active", Setup::Active), ("passive", Setup::Passive)];

    fn named(name: &str) -> Option<Setup> {
        Setup::NAMES.iter().find(|(own, _)| *own == name).map(|(_, setup)| *setup)
    }

    /// The value of the attribute.
    pub fn name(self) -> &'static str {
        Setup::NAMES.iter().find(|(_, setup)| *setup == self).map_or("actpass", |(name, _)| name)
    }
}

/// What a description says of the end that its writer has. The password is not printed by [`Debug`](std::fmt::Debug).
#[derive(Clone, PartialEq, Eq)]
pub struct Dtls {
    /// `a=ice-ufrag`
    pub fragment: SmolStr,
    /// `a=ice-pwd`
    pub password: SmolStr,
    /// `a=fingerprint:sha-256`
    pub fingerprint: [u8; FINGERPRINT],
    /// `a=setup`
    pub setup: Setup,
    /// `a=mid`
    pub name: Option<SmolStr>,
}

impl std::fmt::Debug for Dtls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Dtls({} {:?})", self.fragment, self.setup)
    }
}

impl Dtls {
    /// Reads the attributes of a stream; what is not there holds for the whole session. `None` if the stream is of another kind, or
    /// if something is missing that this end needs: reports at the port for audio among it (`a=rtcp-mux`).
    pub(super) fn read(session: &Session, media: &Media) -> Option<Dtls> {
        if !PROTOCOLS.contains(&media.proto.as_str()) {
            return None;
        }
        let own = |name: &str| value(&media.attributes, name);
        let value = |name: &str| own(name).or_else(|| value(&session.attributes, name));
        let fingerprints = || media.attributes.iter().chain(&session.attributes);
        let fingerprint = fingerprints()
            .filter(|attribute| attribute.attribute == "fingerprint")
            .find_map(|attribute| fingerprint(attribute.value.as_deref()?))?;
        media.attributes.iter().find(|attribute| attribute.attribute == "rtcp-mux")?;
        let credential = |name| value(name).filter(|text| is_credential(text)).map(SmolStr::new);
        let name = own("mid").filter(|name| !name.is_empty() && name.len() <= MAX_NAME);
        Some(Dtls {
            fragment: credential("ice-ufrag")?,
            password: credential("ice-pwd")?,
            fingerprint,
            setup: value("setup").map_or(Some(Setup::Either), Setup::named)?,
            name: name.map(SmolStr::new),
        })
    }

    /// The attributes of a stream, which is received at this address if there is one.
    pub(super) fn attributes(&self, address: Option<std::net::SocketAddr>) -> Vec<Attribute> {
        let mut attributes = vec![
            Attribute::with_value("ice-ufrag", &self.fragment),
            Attribute::with_value("ice-pwd", &self.password),
            Attribute::with_value("fingerprint", format!("sha-256 {}", hex(&self.fingerprint))),
            Attribute::with_value("setup", self.setup.name()),
            Attribute::new("rtcp-mux"),
        ];
        attributes.extend(self.name.as_ref().map(|name| Attribute::with_value("mid", name)));
        if let Some(address) = address {
            let (ip, port) = (address.ip(), address.port());
            let candidate = format!("1 1 udp {PRIORITY} {ip} {port} typ host");
            attributes.push(Attribute::with_value("candidate", candidate));
            attributes.push(Attribute::new("end-of-candidates"));
        }
        attributes
    }
}

/// The priority of the only address (RFC 8445, 5.1.2.1).
const PRIORITY: u32 = (126 << 24) | (0xFFFF << 8) | 255;

fn value<'a>(attributes: &'a [Attribute], name: &str) -> Option<&'a str> {
    let attribute = attributes.iter().find(|attribute| attribute.attribute == name)?;
    attribute.value.as_deref().map(str::trim)
}

fn is_credential(text: &str) -> bool {
    let known = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/';
    (4..=MAX_CREDENTIAL).contains(&text.len()) && text.bytes().all(known)
}

/// `sha-256 AB:CD:...`
fn fingerprint(text: &str) -> Option<[u8; FINGERPRINT]> {
    let (kind, digits) = text.trim().split_once(' ')?;
    let mut bytes = [0; FINGERPRINT];
    let mut parts = digits.trim().split(':');
    for byte in &mut bytes {
        *byte =
            parts.next().filter(|part| part.len() == 2).and_then(|part| u8::from_str_radix(part, 16).ok())?;
    }
    (kind.eq_ignore_ascii_case("sha-256") && parts.next().is_none()).then_some(bytes)
}

fn hex(bytes: &[u8]) -> String {
    let parts: Vec<String> = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
    parts.join(":")
}

#[cfg(test)]
mod tests {
    use super::super::{Direction, Format, Own, OwnStream, SessionDescription};
    use super::*;

    const PRINT: &str =
        "AB:0A:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:FF";

    /// An offer as Chromium writes it, without video and without what is of no concern.
    fn offer(without: &str) -> String {
        let text = format!(
            "v=0\r\no=- 46 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\na=extmap-allow-mixed\r\n\
             m=audio 9 UDP/TLS/RTP/SAVPF 111 0 8 110\r\nc=IN IP4 0.0.0.0\r\na=rtcp:9 IN IP4 0.0.0.0\r\na=ice-ufrag:Xy+/\r\n\
             a=ice-pwd:asd88fgpdd777uzjYhagZg01\r\na=ice-options:trickle\r\na=fingerprint:sha-256 {PRINT}\r\na=setup:actpass\r\n\
             a=mid:0\r\na=sendrecv\r\na=rtcp-mux\r\na=rtpmap:111 opus/48000/2\r\na=rtpmap:110 telephone-event/48000\r\n"
        );
        text.split_inclusive("\r\n").filter(|line| without.is_empty() || !line.contains(without)).collect()
    }

    #[test]
    fn an_offer_of_a_browser_is_audio_and_no_hold() {
        let read = SessionDescription::parse(offer("").as_bytes()).unwrap();
        let (_, audio) = read.audio().unwrap();
        let dtls = audio.dtls.as_ref().unwrap();
        assert_eq!(
            (dtls.fragment.as_str(), dtls.setup, dtls.name.as_deref()),
            ("Xy+/", Setup::Either, Some("0"))
        );
        assert_eq!((dtls.fingerprint[0], dtls.fingerprint[31]), (0xAB, 0xFF));
        assert!(!audio.is_black_hole() && audio.must_be_secure());
        assert!(!format!("{dtls:?}").contains("asd88"), "the password is not printed");
        for missing in ["a=ice-ufrag", "a=ice-pwd", "a=fingerprint", "a=rtcp-mux"] {
            let read = SessionDescription::parse(offer(missing).as_bytes()).unwrap();
            assert!(read.audio().is_none(), "without {missing}");
        }
        let wrong = offer("").replace("AB:0A", "AB");
        assert!(SessionDescription::parse(wrong.as_bytes()).unwrap().audio().is_none());
    }

    #[test]
    fn what_holds_for_the_session_holds_for_its_stream() {
        let print = format!("a=fingerprint:sha-256 {PRINT}\r\n");
        let text = offer("fingerprint").replacen("t=0 0\r\n", &format!("t=0 0\r\n{print}"), 1);
        assert!(SessionDescription::parse(text.as_bytes()).unwrap().audio().is_some());
    }

    #[test]
    fn what_is_written_says_where_this_end_is() {
        let dtls = Dtls {
            fragment: "abcd".into(),
            password: "0123456789012345678901".into(),
            fingerprint: [7; FINGERPRINT],
            setup: Setup::Passive,
            name: Some("audio".into()),
        };
        let address = "192.0.2.1".parse().unwrap();
        let stream = |port| OwnStream::Audio {
            address,
            port,
            formats: vec![Format::new(0, "PCMU", 8000)],
            direction: Direction::SendRecv,
            packet_time: Some(20),
            secure: true,
            crypto: Vec::new(),
            dtls: Some(dtls.clone()),
        };
        let written = |port| {
            let own = Own { session: 5, version: 2, origin: address, streams: vec![stream(port)] };
            String::from_utf8(own.write()).unwrap()
        };
        let text = written(20_000);
        assert!(text.contains("a=ice-lite\r\nm=audio 20000 UDP/TLS/RTP/SAVPF 0\r\n"), "{text}");
        assert!(text.contains("a=candidate:1 1 udp 2130706431 192.0.2.1 20000 typ host\r\n"), "{text}");
        let read = SessionDescription::parse(text.as_bytes()).unwrap();
        assert_eq!(read.audio().unwrap().1.dtls.as_ref(), Some(&dtls));
        assert!(!written(9).contains("candidate:"), "nothing is received");
    }
}
