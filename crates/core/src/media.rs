//! What the switch knows of media: which codecs a station has and where it receives. The media itself flows
//! from phone to phone.

use std::net::{IpAddr, Ipv4Addr};

/// Where a station receives RTP for one connection.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct MediaAddress {
    /// IP address of the station's receiver.
    pub ip: IpAddr,
    /// UDP port of the station's receiver.
    pub port: u16,
}

impl MediaAddress {
    /// An IPv4 receiver.
    pub const fn v4(ip: Ipv4Addr, port: u16) -> MediaAddress {
        MediaAddress { ip: IpAddr::V4(ip), port }
    }
}

/// A voice codec, in the order in which the switch prefers them.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord, Hash)]
pub enum Codec {
    /// G.711 mu-law, 64 kbit/s.
    G711Ulaw,
    /// G.711 A-law, 64 kbit/s.
    G711Alaw,
    /// G.722, 64 kbit/s.
    G722,
    /// G.729, 8 kbit/s, with or without annexes.
    G729,
    /// iLBC.
    Ilbc,
}

impl Codec {
    /// Every codec, preferred first.
    pub const ALL: [Codec; 5] = [Codec::G711Ulaw, Codec::G711Alaw, Codec::G722, Codec::G729, Codec::Ilbc];
}

/// A set of codecs.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct CodecSet(u8);

impl CodecSet {
    /// The set with nothing in it: a station that has not told its capabilities yet.
    pub const EMPTY: CodecSet = CodecSet(0);

    /// The set with `codec` added.
    #[must_use]
    pub const fn with(self, codec: Codec) -> CodecSet {
        CodecSet(self.0 | 1 << codec as u8)
    }

    /// Whether `codec` is in the set.
    pub const fn contains(self, codec: Codec) -> bool {
        self.0 & 1 << codec as u8 != 0
    }

    /// The preferred codec that both sets have. A set that is still empty stands for G.711 mu-law, which
    /// every phone has.
    pub fn common(self, other: CodecSet) -> Option<Codec> {
        let known = |set: CodecSet| if set == CodecSet::EMPTY { set.with(Codec::G711Ulaw) } else { set };
        let both = CodecSet(known(self).0 & known(other).0);
        Codec::ALL.into_iter().find(|codec| both.contains(*codec))
    }
}

impl FromIterator<Codec> for CodecSet {
    fn from_iter<I: IntoIterator<Item = Codec>>(codecs: I) -> CodecSet {
        codecs.into_iter().fold(CodecSet::EMPTY, CodecSet::with)
    }
}
