//! Text on the phone: plain characters mixed with phrases from the phone's own dictionary.
//!
//! A phrase travels as an escape byte (0x80 for the first table, 0x1E for the second) and a code; the phone
//! shows it in the language of its locale files. Inside [`Text`] the escape is the character of the same
//! number, which plain text is not allowed to contain.

use std::fmt;

use smol_str::{SmolStr, SmolStrBuilder};

use super::TextEncoding;

const FIRST_TABLE: char = '\u{80}';
const SECOND_TABLE: char = '\u{1e}';

/// Text as shown on a phone, or a number or name it carries. Up to 23 bytes are held without allocation.
///
/// [`Display`](fmt::Display) spells phrases out in English.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Text(SmolStr);

impl Text {
    /// Text without phrases. NUL and the two escape characters are dropped, so that names from elsewhere
    /// cannot cut a field short or smuggle in phrases.
    pub fn plain(text: &str) -> Text {
        if text.contains(is_special) {
            Text(text.chars().filter(|c| !is_special(*c)).collect())
        } else {
            Text(SmolStr::new(text))
        }
    }

    /// Nothing.
    pub const fn empty() -> Text {
        Text(SmolStr::new_static(""))
    }

    /// `self` followed by a phrase.
    #[must_use]
    pub fn phrase(&self, phrase: Phrase) -> Text {
        let mut builder = SmolStrBuilder::new();
        builder.push_str(&self.0);
        builder.push(phrase.table());
        builder.push(char::from(phrase.code()));
        Text(builder.finish())
    }

    /// `self` followed by plain text.
    #[must_use]
    pub fn then(&self, plain: &str) -> Text {
        let mut builder = SmolStrBuilder::new();
        builder.push_str(&self.0);
        builder.push_str(&Text::plain(plain).0);
        Text(builder.finish())
    }

    /// The characters, with phrases as escape and code.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether there is nothing to show.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The text in `bytes`, which end before the first NUL. Bytes that are not valid become U+FFFD.
    pub(super) fn decode(bytes: &[u8], encoding: TextEncoding) -> Text {
        let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
        let bytes = bytes.get(..end).unwrap_or(bytes);
        if bytes.is_ascii() {
            return Text(str::from_utf8(bytes).map(SmolStr::new).unwrap_or_default());
        }
        match encoding {
            TextEncoding::Latin1 => Text(bytes.iter().map(|byte| char::from(*byte)).collect()),
            TextEncoding::Utf8 => decode_utf8(bytes),
        }
    }

    /// Appends at most `limit` bytes and returns how many; never cuts a character or a phrase in two.
    pub(super) fn encode(&self, encoding: TextEncoding, limit: usize, out: &mut Vec<u8>) -> usize {
        let text = self.0.as_bytes();
        if text.len() <= limit && self.0.is_ascii() {
            out.extend_from_slice(text);
            return text.len();
        }
        let start = out.len();
        let mut chars = self.0.chars();
        while let Some(c) = chars.next() {
            let before = out.len();
            encode_char(c, encoding, out);
            if is_escape(c)
                && let Some(code) = chars.next()
            {
                encode_char(code, encoding, out);
            }
            if out.len() - start > limit {
                out.truncate(before);
                break;
            }
        }
        out.len() - start
    }
}

fn is_escape(c: char) -> bool {
    c == FIRST_TABLE || c == SECOND_TABLE
}

fn is_special(c: char) -> bool {
    is_escape(c) || c == '\0'
}

/// The escape of the first table is not valid UTF-8; it is recognised among the invalid bytes.
fn decode_utf8(bytes: &[u8]) -> Text {
    let mut builder = SmolStrBuilder::new();
    for chunk in bytes.utf8_chunks() {
        chunk.valid().chars().filter(|c| *c != FIRST_TABLE).for_each(|c| builder.push(c));
        match chunk.invalid() {
            [] => {}
            [0x80] => builder.push(FIRST_TABLE),
            _ => builder.push(char::REPLACEMENT_CHARACTER),
        }
    }
    Text(builder.finish())
}

fn encode_char(c: char, encoding: TextEncoding, out: &mut Vec<u8>) {
    match (encoding, u8::try_from(u32::from(c))) {
        (_, Ok(byte)) if byte <= 0x80 => out.push(byte),
        (TextEncoding::Latin1, Ok(byte)) => out.push(byte),
        (TextEncoding::Latin1, Err(_)) => out.push(b'?'),
        (TextEncoding::Utf8, _) => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Text::plain(text)
    }
}

impl From<&SmolStr> for Text {
    fn from(text: &SmolStr) -> Self {
        text.clone().into()
    }
}

impl From<SmolStr> for Text {
    fn from(text: SmolStr) -> Self {
        if text.contains(is_special) { Text::plain(&text) } else { Text(text) }
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Text::plain(&text)
    }
}

impl From<Phrase> for Text {
    fn from(phrase: Phrase) -> Self {
        Text::empty().phrase(phrase)
    }
}

impl PartialEq<str> for Text {
    fn eq(&self, other: &str) -> bool {
        self.0 == other
    }
}

impl PartialEq<&str> for Text {
    fn eq(&self, other: &&str) -> bool {
        self.0 == *other
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut chars = self.0.chars();
        while let Some(c) = chars.next() {
            if !is_escape(c) {
                fmt::Write::write_char(f, c)?;
            } else if let Some(code) = chars.next() {
                Phrase::from_parts(c, code).fmt(f)?;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.0.as_str(), f)
    }
}

/// A phrase of the phone's dictionary. [`Display`](fmt::Display) gives the English words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Phrase {
    second: bool,
    code: u8,
}

impl Phrase {
    /// Number `code` of the first table (escape 0x80). Codes outside 1 to 0x7F become 0x7F, which no table uses.
    pub const fn first(code: u8) -> Phrase {
        Phrase { second: false, code: printable(code) }
    }

    /// Number `code` of the second table (escape 0x1E), with the same range.
    pub const fn second(code: u8) -> Phrase {
        Phrase { second: true, code: printable(code) }
    }

    /// The number within its table, 1 to 0x7F.
    pub const fn code(self) -> u8 {
        self.code
    }

    const fn table(self) -> char {
        if self.second { SECOND_TABLE } else { FIRST_TABLE }
    }

    fn from_parts(table: char, code: char) -> Phrase {
        let code = u8::try_from(u32::from(code)).unwrap_or(0x7F);
        Phrase { second: table == SECOND_TABLE, code: printable(code) }
    }
}

/// Codes are 7 bits and never NUL.
const fn printable(code: u8) -> u8 {
    if code == 0 || code > 0x7F { 0x7F } else { code }
}

impl fmt::Display for Phrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.english() {
            Some(words) => f.write_str(words),
            None => write!(f, "[phrase {}{:02X}]", if self.second { "1E" } else { "80" }, self.code),
        }
    }
}

macro_rules! phrases {
    (first { $($a:ident = $ac:literal, $aw:literal;)* } second { $($b:ident = $bc:literal, $bw:literal;)* }) => {
        impl Phrase {
            $(#[doc = concat!("\"", $aw, "\"")] pub const $a: Phrase = Phrase::first($ac);)*
            $(#[doc = concat!("\"", $bw, "\"")] pub const $b: Phrase = Phrase::second($bc);)*

            /// The English words, if the phrase is a known one.
            pub const fn english(self) -> Option<&'static str> {
                match (self.second, self.code) {
                    $((false, $ac) => Some($aw),)*
                    $((true, $bc) => Some($bw),)*
                    _ => None,
                }
            }
        }
    };
}

phrases! {
    first {
        REDIAL = 0x01, "Redial";
        NEW_CALL = 0x02, "NewCall";
        HOLD = 0x03, "Hold";
        TRANSFER = 0x04, "Trnsfer";
        FORWARD_ALL = 0x05, "CFwdAll";
        FORWARD_BUSY = 0x06, "CFwdBusy";
        FORWARD_NO_ANSWER = 0x07, "CFwdNoAnswer";
        BACKSPACE = 0x08, "<<";
        END_CALL = 0x09, "EndCall";
        RESUME = 0x0A, "Resume";
        ANSWER = 0x0B, "Answer";
        INFO = 0x0C, "Info";
        CONFERENCE_KEY = 0x0D, "Confrn";
        PARK = 0x0E, "Park";
        JOIN = 0x0F, "Join";
        MEET_ME = 0x10, "MeetMe";
        PICKUP = 0x11, "PickUp";
        GROUP_PICKUP = 0x12, "GPickUp";
        YOUR_CURRENT_OPTIONS = 0x13, "Your current options";
        OFF_HOOK = 0x14, "Off hook";
        ON_HOOK = 0x15, "On hook";
        RING_OUT = 0x16, "Ring out";
        FROM = 0x17, "From ";
        CONNECTED = 0x18, "Connected";
        BUSY = 0x19, "Busy";
        LINE_IN_USE = 0x1A, "Line in use";
        CALL_WAITING = 0x1B, "Call waiting";
        CALL_TRANSFER = 0x1C, "Call transfer";
        CALL_PARK = 0x1D, "Call park";
        CALL_PROCEED = 0x1E, "Call proceed";
        IN_USE_REMOTE = 0x1F, "In use remote";
        ENTER_NUMBER = 0x20, "Enter number";
        CALL_PARK_AT = 0x21, "Call park at";
        PRIMARY_ONLY = 0x22, "Primary only";
        TEMPORARY_FAILURE = 0x23, "Temp fail";
        YOU_HAVE_VOICEMAIL = 0x24, "You have voicemail";
        FORWARDED_TO = 0x25, "Forwarded to";
        CANNOT_COMPLETE_CONFERENCE = 0x26, "Can not complete conference";
        NO_CONFERENCE_BRIDGE = 0x27, "No conference bridge";
        CANNOT_HOLD_PRIMARY_CONTROL = 0x28, "Can not hold primary control";
        INVALID_CONFERENCE_PARTICIPANT = 0x29, "Invalid conference participant";
        IN_CONFERENCE_ALREADY = 0x2A, "In conference already";
        NO_PARTICIPANT_INFO = 0x2B, "No participant info";
        EXCEED_MAXIMUM_PARTIES = 0x2C, "Exceed maximum parties";
        KEY_IS_NOT_ACTIVE = 0x2D, "Key is not active";
        ERROR_NO_LICENSE = 0x2E, "Error no license";
        ERROR_UNKNOWN = 0x32, "Error unknown";
        CONFERENCE = 0x34, "Conference";
        PARK_NUMBER = 0x35, "Park number";
        PRIVATE = 0x36, "Private";
        NOT_ENOUGH_BANDWIDTH = 0x37, "Not enough bandwidth";
        UNKNOWN_NUMBER = 0x38, "Unknown number";
        REMOVE_LAST_PARTICIPANT = 0x39, "RmLstC";
        VOICEMAIL = 0x3A, "Voicemail";
        IMMEDIATE_DIVERT = 0x3B, "ImmDiv";
        TRANSFER_TO_VOICEMAIL = 0x3E, "TrnsfVM";
        DND = 0x3F, "DND";
        CALL_BACK = 0x41, "CallBack";
        NETWORK_CONGESTION_REROUTING = 0x42, "Network congestion, rerouting";
        BARGE = 0x43, "Barge";
        ANOTHER_BARGE_EXISTS = 0x45, "Another barge exists";
        INCOMPATIBLE_DEVICE_TYPE = 0x46, "Incompatible device type";
        NO_PARK_NUMBER_AVAILABLE = 0x47, "No park number available";
        SERVICE_IS_NOT_ACTIVE = 0x49, "Service is not active";
        HIGH_TRAFFIC_TRY_AGAIN_LATER = 0x4A, "High traffic, try again later";
        QUALITY_REPORT = 0x4B, "QRT";
        MALICIOUS_CALL = 0x4C, "MCID";
        DIRECT_TRANSFER = 0x4D, "DirTrfr";
        SELECT = 0x4E, "Select";
        CONFERENCE_LIST = 0x4F, "ConfList";
        I_DIVERT = 0x50, "iDivert";
        C_BARGE = 0x51, "cBarge";
        CANNOT_COMPLETE_TRANSFER = 0x52, "Can not complete transfer";
        CANNOT_JOIN_CALLS = 0x53, "Can not join calls";
        NUMBER_NOT_CONFIGURED = 0x55, "Number not configured";
        VIDEO_MODE = 0x58, "VidMode";
        HUNT_GROUP_LOG = 0x5C, "HLog";
        PARK_SLOT_UNAVAILABLE = 0x5E, "Park slot unavailable";
        NO_CALL_AVAILABLE_FOR_PICKUP = 0x5F, "No call available for pickup";
    }
    second {
        FLASH = 0x03, "Flash";
        LOGIN = 0x04, "Login";
        CALL_ON_HOLD = 0x22, "Call on hold";
        DO_NOT_DISTURB = 0x38, "Do not disturb";
        DND_IS_ACTIVE = 0x39, "DND is active";
        FORWARD_ALL_LOOP_DETECTED = 0x3A, "CFwdAll loop detected";
        FORWARD_ALL_HOPS_EXCEEDED = 0x3B, "CFwdAll hops exceeded";
        RECORDING = 0x4F, "Recording";
    }
}
