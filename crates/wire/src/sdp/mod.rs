//! Session descriptions (RFC 8866), as far as telephones use them: bytes to values, values to bytes.
//!
//! [`SessionDescription::parse`] reads the offers and answers of phones; [`Own::write`] writes ours. What an answer has to
//! look like is decided elsewhere.
//!
//! # What is tolerated
//!
//! Bare line feeds, missing `s=` and `t=`, unknown attributes, `a=fmtp` before `a=rtpmap`, no `a=rtpmap` for static payload
//! types, anything after an empty line.
//!
//! # Limits
//!
//! [`MAX_STREAMS`] streams and [`MAX_FORMATS`] formats of each; the rest of the message is bounded by
//! [`MAX_BODY`](crate::sip::MAX_BODY).

mod crypto;
mod dtls;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use sdp_types::{AddrType, Attribute, Connection, Media, NetType, Origin, Session};
use smol_str::SmolStr;

pub use crypto::{Crypto, CryptoSuite, MASTER, MAX_CRYPTO};
pub use dtls::{Dtls, FINGERPRINT, Setup};

/// Most streams (`m=` lines) of a description.
pub const MAX_STREAMS: usize = 16;

/// Most formats of a stream.
pub const MAX_FORMATS: usize = 64;

/// In which directions a stream flows, as its writer sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Direction {
    /// `a=sendrecv`
    #[default]
    SendRecv,
    /// `a=sendonly`
    SendOnly,
    /// `a=recvonly`
    RecvOnly,
    /// `a=inactive`
    Inactive,
}

const DIRECTIONS: [(&str, Direction); 4] = [
    ("sendrecv", Direction::SendRecv),
    ("sendonly", Direction::SendOnly),
    ("recvonly", Direction::RecvOnly),
    ("inactive", Direction::Inactive),
];

impl Direction {
    /// The direction in which the writer sends and receives so.
    pub const fn new(sends: bool, receives: bool) -> Direction {
        match (sends, receives) {
            (true, true) => Direction::SendRecv,
            (true, false) => Direction::SendOnly,
            (false, true) => Direction::RecvOnly,
            (false, false) => Direction::Inactive,
        }
    }

    /// Whether its writer sends.
    pub const fn sends(self) -> bool {
        matches!(self, Direction::SendRecv | Direction::SendOnly)
    }

    /// Whether its writer receives.
    pub const fn receives(self) -> bool {
        matches!(self, Direction::SendRecv | Direction::RecvOnly)
    }

    /// The attribute.
    pub fn name(self) -> &'static str {
        DIRECTIONS.iter().find(|(_, direction)| *direction == self).map_or("sendrecv", |(name, _)| name)
    }
}

/// A way to encode audio, by its payload type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Format {
    /// The RTP payload type.
    pub payload_type: u8,
    /// The encoding's name, in upper case: `PCMU`, `TELEPHONE-EVENT`.
    pub name: SmolStr,
    /// RTP clock rate, Hz.
    pub clock: u32,
}

/// Longest name of a host.
const MAX_HOST: usize = 253;

/// The port of a receiver that is none.
const DISCARD: u16 = 9;

/// The protocol of streams that have to be encrypted.
const SECURE: &str = "RTP/SAVP";

/// Payload types that need no `a=rtpmap` (RFC 3551, 6).
const STATIC: [(u8, &str); 6] =
    [(0, "PCMU"), (3, "GSM"), (4, "G723"), (8, "PCMA"), (9, "G722"), (18, "G729")];

/// One stream: an `m=` line with what belongs to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stream {
    /// `audio`, `video`, `image`, ...
    pub media: SmolStr,
    /// Where it is received; 0: refused.
    pub port: u16,
    /// `RTP/AVP`, ...
    pub protocol: SmolStr,
    /// The formats as written.
    pub format_text: String,
    /// Where it is received; `None` if that is a name or absent.
    pub address: Option<IpAddr>,
    /// The name of where it is received, if that is no address.
    pub host: Option<SmolStr>,
    /// The port, and perhaps the address, where its reports are received, if they are written (`a=rtcp`, RFC 3605).
    pub reports: Option<(u16, Option<IpAddr>)>,
    /// Its direction.
    pub direction: Direction,
    /// Its formats, in the order of preference.
    pub formats: Vec<Format>,
    /// Its keys of SRTP, as far as they are known here.
    pub crypto: Vec<Crypto>,
    /// How its keys are agreed, if that is by DTLS.
    pub dtls: Option<Dtls>,
}

impl Stream {
    /// The payload type of telephone events at 8000 Hz (RFC 4733); at another clock if there is no such one.
    pub fn telephone_event(&self) -> Option<u8> {
        let events = || self.formats.iter().filter(|format| format.name == "TELEPHONE-EVENT");
        let narrow = events().find(|format| format.clock == 8000);
        narrow.or_else(|| events().next()).map(|format| format.payload_type)
    }

    /// Whether it is audio over RTP, plain, with a known key, or with keys by DTLS, that is not refused.
    pub fn is_audio(&self) -> bool {
        let known = match self.protocol.as_str() {
            "RTP/AVP" => true,
            SECURE => !self.crypto.is_empty(),
            _ => self.dtls.is_some(),
        };
        self.media == "audio" && self.port != 0 && known
    }

    /// Whether it is for SRTP only (`RTP/SAVP`, or with DTLS).
    pub fn must_be_secure(&self) -> bool {
        self.protocol == SECURE || self.dtls.is_some()
    }

    /// Whether its receiver is none: the old way to put a call on hold (RFC 2543, B.5). With ICE it may be anywhere.
    pub fn is_black_hole(&self) -> bool {
        self.dtls.is_none() && self.address.is_some_and(|address| address.is_unspecified())
    }
}

/// A description of a peer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionDescription {
    /// The identifier in `o=`.
    pub session: SmolStr,
    /// The version in `o=`.
    pub version: u64,
    /// Its streams, in order.
    pub streams: Vec<Stream>,
}

/// Not a session description.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a session description: {0}")]
pub struct InvalidDescription(String);

impl SessionDescription {
    /// Reads a description.
    ///
    /// # Errors
    /// It is none, or beyond the limits.
    pub fn parse(bytes: &[u8]) -> Result<SessionDescription, InvalidDescription> {
        let session = Session::parse(before_empty_line(bytes))
            .map_err(|error| InvalidDescription(error.to_string()))?;
        if session.medias.len() > MAX_STREAMS {
            return Err(InvalidDescription("too many streams".to_owned()));
        }
        let everywhere = direction(&session.attributes);
        let streams = session.medias.iter().map(|media| {
            let own = media.connections.first().or(session.connection.as_ref());
            Stream {
                media: media.media.as_str().into(),
                port: media.port,
                protocol: media.proto.as_str().into(),
                format_text: media.fmt.clone(),
                address: own.and_then(address),
                host: own.and_then(host),
                reports: reports(media),
                direction: direction(&media.attributes).or(everywhere).unwrap_or_default(),
                formats: formats(media),
                crypto: crypto(media),
                dtls: Dtls::read(&session, media),
            }
        });
        Ok(SessionDescription {
            streams: streams.collect(),
            session: session.origin.sess_id.as_str().into(),
            version: session.origin.sess_version,
        })
    }

    /// The first stream of plain audio that is not refused, and its place.
    pub fn audio(&self) -> Option<(usize, &Stream)> {
        self.streams.iter().enumerate().find(|(_, stream)| stream.is_audio())
    }
}

/// What some phones write after the description is none of it.
fn before_empty_line(bytes: &[u8]) -> &[u8] {
    let ends = |pattern: &[u8]| bytes.windows(pattern.len()).position(|window| window == pattern);
    let end = [ends(b"\n\n").map(|at| at + 1), ends(b"\r\n\r\n").map(|at| at + 2)];
    end.into_iter().flatten().min().and_then(|end| bytes.get(..end)).unwrap_or(bytes)
}

fn direction(attributes: &[Attribute]) -> Option<Direction> {
    let named = |attribute: &Attribute| {
        DIRECTIONS.iter().find(|(name, _)| attribute.attribute == *name).map(|(_, direction)| *direction)
    };
    attributes.iter().find_map(named)
}

fn address(connection: &Connection) -> Option<IpAddr> {
    connection.try_address().ok().map(|address| address.ip)
}

/// The name of a host in place of an address.
fn host(connection: &Connection) -> Option<SmolStr> {
    let name = connection.connection_address.trim();
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    let is_one = !name.is_empty() && name.len() <= MAX_HOST && name.bytes().all(is_name);
    (is_one && address(connection).is_none()).then(|| name.into())
}

fn reports(media: &Media) -> Option<(u16, Option<IpAddr>)> {
    let line = media.attributes.iter().find(|attribute| attribute.attribute == "rtcp")?;
    let mut words = line.value.as_deref()?.split_ascii_whitespace();
    let port = words.next()?.parse().ok().filter(|port| *port != 0)?;
    // `IN IP4 192.0.2.7`
    Some((port, words.nth(2).and_then(|address| address.parse().ok())))
}

fn crypto(media: &Media) -> Vec<Crypto> {
    let lines = media.attributes.iter().filter(|attribute| attribute.attribute == "crypto");
    lines.filter_map(|line| Crypto::parse(line.value.as_deref()?)).take(MAX_CRYPTO).collect()
}

fn formats(media: &Media) -> Vec<Format> {
    let mapped = |payload_type: u8| {
        let maps = media.attributes.iter().filter(|attribute| attribute.attribute == "rtpmap");
        maps.filter_map(|attribute| {
            let (number, map) = attribute.value.as_deref()?.trim().split_once(' ')?;
            let mut parts = map.trim().split('/');
            let (name, clock) = (parts.next()?, parts.next()?.trim().parse().ok()?);
            let name: SmolStr = name.to_ascii_uppercase().into();
            (number.parse() == Ok(payload_type)).then_some(Format { payload_type, name, clock })
        })
        .next()
    };
    let known = |payload_type: u8| {
        let found = STATIC.iter().find(|(number, _)| *number == payload_type);
        found.map(|(_, name)| Format { payload_type, name: SmolStr::new_static(name), clock: 8000 })
    };
    let numbers = media.fmt.split_ascii_whitespace().take(MAX_FORMATS);
    let numbers = numbers.filter_map(|number| number.parse::<u8>().ok());
    numbers.filter_map(|number| mapped(number).or_else(|| known(number))).collect()
}

/// A stream of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OwnStream {
    /// Plain audio.
    Audio {
        /// Where it is received.
        address: IpAddr,
        /// The port; 9 if nothing is to be sent.
        port: u16,
        /// The formats, in the order of preference; telephone events among them.
        formats: Vec<Format>,
        /// The direction.
        direction: Direction,
        /// Milliseconds of a packet.
        packet_time: Option<u32>,
        /// Whether it has to be encrypted.
        secure: bool,
        /// The keys.
        crypto: Vec<Crypto>,
        /// How keys are agreed, if that is by DTLS.
        dtls: Option<Dtls>,
    },
    /// A stream of the peer's that is refused.
    Refused(Stream),
}

/// A description of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Own {
    /// The identifier in `o=`: constant for a dialog.
    pub session: u64,
    /// The version in `o=`: one more for each change.
    pub version: u64,
    /// The address in `o=`.
    pub origin: IpAddr,
    /// The streams; in an answer as many as in the offer, in its order.
    pub streams: Vec<OwnStream>,
}

impl Own {
    /// Writes the description.
    pub fn write(&self) -> Vec<u8> {
        let mut origin = Origin::with_ip_addr(self.session, self.version, self.origin);
        origin.set_username("hookflash");
        let mut session = Session::new(origin, "call");
        let first = self.streams.iter().find_map(|stream| match stream {
            OwnStream::Audio { address, .. } => Some(*address),
            OwnStream::Refused(_) => None,
        });
        session.connection = Some(connection(first.unwrap_or(self.origin)));
        if self.streams.iter().any(OwnStream::has_dtls) {
            session.attributes.push(Attribute::new("ice-lite"));
        }
        session.medias = self.streams.iter().map(OwnStream::media).collect();
        let mut bytes = Vec::with_capacity(512);
        // Writing to a vector does not fail.
        let _ = session.write(&mut bytes);
        bytes
    }
}

fn connection(address: IpAddr) -> Connection {
    let kind = if address.is_ipv4() { AddrType::Ip4 } else { AddrType::Ip6 };
    Connection::new(NetType::In, kind, address)
}

impl OwnStream {
    fn has_dtls(&self) -> bool {
        matches!(self, OwnStream::Audio { dtls: Some(_), .. })
    }

    fn media(&self) -> Media {
        match self {
            OwnStream::Audio { address, port, formats, direction, packet_time, secure, crypto, dtls } => {
                let numbers: Vec<String> =
                    formats.iter().map(|format| format.payload_type.to_string()).collect();
                let protocol = match dtls {
                    Some(_) => dtls::PROTOCOLS[0],
                    None if *secure => SECURE,
                    None => "RTP/AVP",
                };
                let mut media = plain("audio", *port, protocol, numbers.join(" "));
                let keys = crypto.iter().map(|key| Attribute::with_value("crypto", key.value()));
                media.attributes.extend(keys);
                if let Some(dtls) = dtls {
                    let receiver = (*port != DISCARD).then(|| SocketAddr::new(*address, *port));
                    media.attributes.extend(dtls.attributes(receiver));
                }
                media.connections = vec![connection(*address)];
                for format in formats {
                    media.attributes.extend(format.attributes());
                }
                if let Some(milliseconds) = packet_time {
                    media.attributes.push(Attribute::with_value("ptime", milliseconds));
                }
                media.attributes.push(Attribute::new(direction.name()));
                media
            }
            OwnStream::Refused(stream) => {
                plain(&stream.media, 0, &stream.protocol, stream.format_text.clone())
            }
        }
    }
}

fn plain(media: &str, port: u16, protocol: &str, formats: String) -> Media {
    Media {
        media: media.to_owned(),
        port,
        num_ports: None,
        proto: protocol.to_owned(),
        fmt: formats,
        media_title: None,
        connections: Vec::new(),
        bandwidths: Vec::new(),
        key: None,
        attributes: Vec::new(),
    }
}

impl Format {
    /// A format of ours.
    pub fn new(payload_type: u8, name: &'static str, clock: u32) -> Format {
        Format { payload_type, name: SmolStr::new_static(name), clock }
    }

    fn attributes(&self) -> Vec<Attribute> {
        let events = self.name == "TELEPHONE-EVENT";
        // Opus is always said to have two channels, whatever it carries (RFC 7587, 4.1).
        let (name, channels) = match self.name.as_str() {
            _ if events => ("telephone-event", ""),
            "OPUS" => ("opus", "/2"),
            name => (name, ""),
        };
        let map = format!("{} {name}/{}{channels}", self.payload_type, self.clock);
        let mut attributes = vec![Attribute::with_value("rtpmap", map)];
        if events {
            attributes.push(Attribute::with_value("fmtp", format!("{} 0-15", self.payload_type)));
        }
        attributes
    }
}

/// An address of no receiver, of the family of another one.
pub const fn nowhere(like: IpAddr) -> IpAddr {
    match like {
        IpAddr::V4(_) => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        IpAddr::V6(_) => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OFFER: &str = "v=0\r\no=bob 7 3 IN IP4 10.0.0.2\r\ns=-\r\nc=IN IP4 10.0.0.2\r\nt=0 0\r\n\
        m=video 4000 RTP/AVP 99\r\na=rtpmap:99 H264/90000\r\nm=audio 5004/2 RTP/AVP 96 0 8 120\r\n\
        a=fmtp:96 useinbandfec=1\r\na=rtpmap:96 opus/48000/2\r\na=rtpmap:120 telephone-event/8000\r\na=sendonly\r\n";

    #[test]
    fn an_offer_of_a_phone_is_read() {
        let read = SessionDescription::parse(OFFER.as_bytes()).unwrap();
        let (place, audio) = read.audio().unwrap();
        assert_eq!((place, audio.port, audio.direction), (1, 5004, Direction::SendOnly));
        assert_eq!((read.version, audio.address), (3, "10.0.0.2".parse().ok()));
        let names: Vec<&str> = audio.formats.iter().map(|format| format.name.as_str()).collect();
        assert_eq!(names, ["OPUS", "PCMU", "PCMA", "TELEPHONE-EVENT"]);
        assert_eq!(audio.telephone_event(), Some(120));
    }

    #[test]
    fn a_receiver_may_be_a_name_and_have_reports_elsewhere() {
        let text = "v=0\r\no=- 1 1 IN IP4 pbx.example\r\ns=-\r\nc=IN IP4 pbx.example\r\nt=0 0\r\n\
            m=audio 5004 RTP/AVP 0\r\na=rtcp:6001 IN IP4 192.0.2.7\r\nm=audio 5006 RTP/AVP 0\r\n\
            c=IN IP4 10.0.0.3\r\na=rtcp:6003\r\nm=audio 5008 RTP/AVP 0\r\nc=IN IP4 a/b\r\na=rtcp:x\r\n";
        let read = SessionDescription::parse(text.as_bytes()).unwrap();
        let of = |place: usize| {
            let Stream { address, host, reports, .. } = &read.streams[place];
            (*address, host.as_deref(), *reports)
        };
        assert_eq!(of(0), (None, Some("pbx.example"), Some((6001, "192.0.2.7".parse().ok()))));
        assert_eq!(of(1), ("10.0.0.3".parse().ok(), None, Some((6003, None))));
        assert_eq!(of(2), (None, None, None));
    }

    #[test]
    fn careless_descriptions_are_read_too() {
        for text in [
            "v=0\no=- 1 1 IN IP4 10.0.0.2\nc=IN IP4 10.0.0.2\nm=audio 5004 RTP/AVP 0\n",
            "v=0\r\no=- 1 1 IN IP4 10.0.0.2\r\ns=-\r\nc=IN IP4 10.0.0.2\r\nt=0 0\r\nm=audio 5004 RTP/AVP 0\r\n\r\ngarbage",
        ] {
            let read = SessionDescription::parse(text.as_bytes()).unwrap();
            assert_eq!(read.audio().unwrap().1.formats, [Format::new(0, "PCMU", 8000)], "{text}");
        }
        for text in ["", "hello", "m=audio 1 RTP/AVP 0"] {
            assert!(SessionDescription::parse(text.as_bytes()).is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let refused = SessionDescription::parse(OFFER.as_bytes()).unwrap().streams.remove(0);
        let formats = vec![Format::new(8, "PCMA", 8000), Format::new(101, "TELEPHONE-EVENT", 8000)];
        let address = "192.0.2.1".parse().unwrap();
        let crypto = Crypto { tag: 3, suite: CryptoSuite::AesCm32, master: [7; MASTER] };
        let own = Own {
            session: 5,
            version: 2,
            origin: address,
            streams: vec![
                OwnStream::Refused(refused),
                OwnStream::Audio {
                    address,
                    port: 20_000,
                    formats: formats.clone(),
                    direction: Direction::RecvOnly,
                    packet_time: Some(20),
                    secure: true,
                    crypto: vec![crypto],
                    dtls: None,
                },
            ],
        };
        let text = String::from_utf8(own.write()).unwrap();
        assert!(text.contains("m=video 0 RTP/AVP 99\r\n") && text.contains("a=ptime:20\r\n"), "{text}");
        let read = SessionDescription::parse(text.as_bytes()).unwrap();
        let (place, audio) = read.audio().unwrap();
        assert_eq!((place, &audio.formats, audio.direction), (1, &formats, Direction::RecvOnly));
        assert_eq!((audio.must_be_secure(), audio.crypto.as_slice()), (true, &[crypto][..]));
        assert_eq!((audio.address, audio.port, read.version), (Some(address), 20_000, 2));
    }
}
