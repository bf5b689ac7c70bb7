//! Codec numbers.

use super::body::numbers;

numbers! {
    /// A codec, in capabilities and media messages.
    Codec {
        G711_ALAW = 2, "G.711 A-law";
        G711_ALAW_56K = 3, "G.711 A-law 56k";
        G711_ULAW = 4, "G.711 u-law";
        G711_ULAW_56K = 5, "G.711 u-law 56k";
        G722 = 6, "G.722";
        G723_1 = 9, "G.723.1";
        G728 = 10, "G.728";
        G729 = 11, "G.729";
        G729_ANNEX_A = 12, "G.729 annex A";
        G729_ANNEX_B = 15, "G.729 annex B";
        G729_ANNEX_A_B = 16, "G.729 annex A and B";
        GSM_FULL_RATE = 18, "GSM full rate";
        WIDEBAND_256K = 25, "Cisco wideband 256k";
        G722_1_32K = 40, "G.722.1 32k";
        G722_1_24K = 41, "G.722.1 24k";
        GSM = 80, "GSM";
        G726_32K = 82, "G.726 32k";
        G726_24K = 83, "G.726 24k";
        G726_16K = 84, "G.726 16k";
        ILBC = 86, "iLBC";
        ISAC = 89, "iSAC";
        OPUS = 90, "Opus";
        RFC2833 = 257, "RFC 2833";
        PASSTHROUGH = 258, "Passthrough";
    }
}

impl Codec {
    /// The static RTP payload type of RFC 3551, or `None` where a dynamic one (96 to 127) has to be agreed.
    pub const fn payload_type(self) -> Option<u8> {
        match self {
            Codec::G711_ULAW => Some(0),
            Codec::GSM_FULL_RATE | Codec::GSM => Some(3),
            Codec::G723_1 => Some(4),
            Codec::G711_ALAW => Some(8),
            Codec::G722 => Some(9),
            Codec::G728 => Some(15),
            Codec::G729 | Codec::G729_ANNEX_A | Codec::G729_ANNEX_B | Codec::G729_ANNEX_A_B => Some(18),
            _ => None,
        }
    }

    /// The encoding name and clock rate of an SDP `rtpmap`, for codecs that have one.
    pub const fn rtpmap(self) -> Option<(&'static str, u32)> {
        Some(match self {
            Codec::G711_ULAW => ("PCMU", 8000),
            Codec::G711_ALAW => ("PCMA", 8000),
            Codec::GSM_FULL_RATE | Codec::GSM => ("GSM", 8000),
            Codec::G723_1 => ("G723", 8000),
            // RFC 3551: the clock rate of G.722 is 8000 for historical reasons, although it samples at 16 kHz.
            Codec::G722 => ("G722", 8000),
            Codec::G728 => ("G728", 8000),
            Codec::G729 | Codec::G729_ANNEX_A | Codec::G729_ANNEX_B | Codec::G729_ANNEX_A_B => ("G729", 8000),
            Codec::WIDEBAND_256K => ("L16", 16000),
            Codec::G722_1_32K | Codec::G722_1_24K => ("G7221", 16000),
            Codec::G726_32K => ("G726-32", 8000),
            Codec::G726_24K => ("G726-24", 8000),
            Codec::G726_16K => ("G726-16", 8000),
            Codec::ILBC => ("iLBC", 8000),
            Codec::ISAC => ("iSAC", 16000),
            Codec::OPUS => ("opus", 48000),
            Codec::RFC2833 => ("telephone-event", 8000),
            _ => return None,
        })
    }

    /// The codec with a static RTP payload type; the plainest where several share it.
    pub const fn from_payload_type(payload_type: u8) -> Option<Codec> {
        Some(match payload_type {
            0 => Codec::G711_ULAW,
            3 => Codec::GSM_FULL_RATE,
            4 => Codec::G723_1,
            8 => Codec::G711_ALAW,
            9 => Codec::G722,
            15 => Codec::G728,
            18 => Codec::G729,
            _ => return None,
        })
    }

    /// Whether this is audio, as opposed to telephone events, video, data or the unknown.
    pub const fn is_audio(self) -> bool {
        self.known() && self.0 < 100
    }
}
