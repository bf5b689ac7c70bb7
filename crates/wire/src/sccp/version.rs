//! Protocol versions and everything that depends on them.
//!
//! The phone offers its highest version when it registers, the call manager answers the version to use, and
//! from then on every layout of that connection follows the answered version (never the version in a frame's
//! header: a 7960 at version 11 writes 0 there). All differences between versions are the predicates below;
//! no other module compares version numbers.
//!
//! | from | change |
//! | --- | --- |
//! | 9 | [`dynamic_text`](Version::dynamic_text): CallInfo, prompts, notifications and service URLs in dynamic form |
//! | 10 | [`header_version`](Version::header_version) is written into frame headers |
//! | 11 | [`stop_tone_names_tone`](Version::stop_tone_names_tone), [`receive_direction`](Version::receive_direction) |
//! | 15 | [`dynamic_feature_stat`](Version::dynamic_feature_stat) |
//! | 16 | [`extended_call_info`](Version::extended_call_info): alternate calling party and hunt pilot |
//! | 17 | [`typed_addresses`](Version::typed_addresses) (IPv6), [`dynamic_line_stat`](Version::dynamic_line_stat) |
//! | 18 | [`long_numbers`](Version::long_numbers), [`audio_level_adjustment`](Version::audio_level_adjustment) |
//! | 19 | [`long_statistics_request`](Version::long_statistics_request), [`service_url_extra`](Version::service_url_extra) |
//! | 21 | [`latent_capabilities`](Version::latent_capabilities) |
//! | 22 | [`packed_statistics`](Version::packed_statistics) |

use std::fmt;

/// A protocol version, 3 to 22.
///
/// Implementations disagree about some layouts from 18 on, so call managers do well to negotiate at most
/// [`Version::DEFAULT_CAP`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version(pub u8);

impl Version {
    /// The oldest version spoken here; also what a Register without a version byte means.
    pub const MIN: Version = Version(3);
    /// The newest version spoken here.
    pub const MAX: Version = Version(22);
    /// The highest version to negotiate unless configured otherwise.
    pub const DEFAULT_CAP: Version = Version(17);

    /// The version to answer to a phone offering `self` when the call manager is willing to go up to `cap`.
    ///
    /// Always within [`Version::MIN`] and [`Version::MAX`].
    pub fn negotiate(self, cap: Version) -> Version {
        self.min(cap).clamp(Version::MIN, Version::MAX)
    }

    /// What to write as a frame's header version: 0 ("basic") below 10, else the version.
    pub fn header_version(self) -> u32 {
        if self.0 < 10 { 0 } else { u32::from(self.0) }
    }

    /// CallInfo, DisplayPromptStatus, DisplayNotify, DisplayPriNotify and ServiceURLStat use their dynamic forms.
    pub fn dynamic_text(self) -> bool {
        self.0 >= 9
    }

    /// StopTone carries the tone as a third word.
    pub fn stop_tone_names_tone(self) -> bool {
        self.0 >= 11
    }

    /// OpenReceiveChannel carries mixing mode, party direction and the expected source address. Call managers
    /// have been seen to leave them out at 11, but dissectors want them there and phones ignore what they do not
    /// need. (StartMediaTransmission carries mode and direction at every version, for the same reason.)
    pub fn receive_direction(self) -> bool {
        self.0 >= 11
    }

    /// FeatureStat uses its dynamic form.
    pub fn dynamic_feature_stat(self) -> bool {
        self.0 >= 15
    }

    /// The dynamic CallInfo has 15 strings: with alternate calling party, hunt pilot number and name. Phones
    /// that know fewer ignore the last two.
    pub fn extended_call_info(self) -> bool {
        self.0 >= 16
    }

    /// OpenReceiveChannel ends with the requested address type. Meant for [`typed_addresses`](Self::typed_addresses),
    /// but decoders in the field expect it at 16 already and all others ignore it there.
    pub fn requested_address_type(self) -> bool {
        self.0 >= 16
    }

    /// Addresses are a type word and 16 bytes instead of 4 bytes.
    pub fn typed_addresses(self) -> bool {
        self.0 >= 17
    }

    /// LineStat uses its dynamic form.
    pub fn dynamic_line_stat(self) -> bool {
        self.0 >= 17
    }

    /// Directory numbers in DialedNumber, ForwardStat and EnblocCall take 25 bytes, packed, instead of 24.
    pub fn long_numbers(self) -> bool {
        self.0 >= 18
    }

    /// The size of a directory number in DialedNumber, ForwardStat and EnblocCall.
    pub fn number_size(self) -> usize {
        if self.long_numbers() { 25 } else { 24 }
    }

    /// EnblocCall names the line.
    pub fn enbloc_names_line(self) -> bool {
        self.0 >= 17
    }

    /// OpenReceiveChannel carries an audio level adjustment.
    pub fn audio_level_adjustment(self) -> bool {
        self.0 >= 18
    }

    /// The directory number in ConnectionStatisticsRes takes 28 bytes instead of 24.
    pub fn long_statistics_response(self) -> bool {
        self.0 >= 18
    }

    /// The directory number in ConnectionStatisticsReq takes 28 bytes instead of 24.
    pub fn long_statistics_request(self) -> bool {
        self.0 >= 19
    }

    /// ServiceURLStat has a third string.
    pub fn service_url_extra(self) -> bool {
        self.0 >= 19
    }

    /// OpenReceiveChannel and StartMediaTransmission end with the 36 bytes of latent capabilities.
    pub fn latent_capabilities(self) -> bool {
        self.0 >= 21
    }

    /// The processing mode in ConnectionStatisticsRes is one byte, and what follows is packed.
    pub fn packed_statistics(self) -> bool {
        self.0 >= 22
    }
}

impl Default for Version {
    fn default() -> Self {
        Version::MIN
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The feature bits beside the version in Register and RegisterAck: a little-endian word whose lowest byte,
/// the version, is always 0 here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Features(u32);

impl Features {
    /// Text is UTF-8 rather than ISO-8859-1.
    pub const UTF8: Features = Features(1 << 20);
    /// The dynamic message forms are understood.
    pub const DYNAMIC_MESSAGES: Features = Features(1 << 24);
    /// RFC 2833 telephone events can be negotiated.
    pub const RFC2833: Features = Features(1 << 26);
    /// Abbreviated dialling.
    pub const ABBREVIATED_DIAL: Features = Features(1 << 31);

    /// The features from the three bytes that follow the version byte.
    pub const fn from_bytes(bytes: [u8; 3]) -> Features {
        Features(u32::from_le_bytes([0, bytes[0], bytes[1], bytes[2]]))
    }

    /// The three bytes that follow the version byte.
    pub const fn to_bytes(self) -> [u8; 3] {
        let [_, a, b, c] = self.0.to_le_bytes();
        [a, b, c]
    }

    /// Whether all bits of `other` are set.
    pub const fn contains(self, other: Features) -> bool {
        self.0 & other.0 == other.0
    }

    /// What call managers answer in RegisterAck at `version`.
    pub fn of_call_manager(version: Version) -> Features {
        match version.0 {
            0..=3 => Features(0),
            4..=10 => Features::from_bytes([0x20, 0xF1, 0xFE]),
            _ => Features::from_bytes([0x20, 0xF1, 0xFF]),
        }
    }
}

/// How text travels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum TextEncoding {
    /// ISO-8859-1, for phones without [`Features::UTF8`]; other characters become `?`.
    #[default]
    Latin1,
    /// UTF-8.
    Utf8,
}

/// What both directions of one connection need to know to lay out messages.
///
/// The default (version 3, ISO-8859-1) is right until a phone has registered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Encoding {
    /// The negotiated version.
    pub version: Version,
    /// The encoding of text.
    pub text: TextEncoding,
}

impl Encoding {
    /// The encoding after a registration that settled on `version` with a phone offering `features`.
    pub fn negotiated(version: Version, features: Features) -> Encoding {
        let text = if features.contains(Features::UTF8) { TextEncoding::Utf8 } else { TextEncoding::Latin1 };
        Encoding { version, text }
    }
}

impl From<Version> for Encoding {
    /// ISO-8859-1 text at `version`.
    fn from(version: Version) -> Self {
        Encoding { version, text: TextEncoding::Latin1 }
    }
}
