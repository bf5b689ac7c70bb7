//! Values written in a configuration: addresses, buttons, times, secrets.

use std::fmt;
use std::str::FromStr;

use smol_str::{SmolStr, ToSmolStr};
use thiserror::Error;

/// Why a value could not be read.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ValueError {
    /// Not a MAC address.
    #[error("a MAC address has 12 hexadecimal digits, written as 001E.4A34.A35F")]
    Mac,
    /// Not a time of day.
    #[error("a time of day is written as HH:MM, from 00:00 to 24:00")]
    Time,
    /// Not a button.
    #[error("a button is written as POSITION, separator, DN tags, such as 1:1 or 2o3,4")]
    Button,
    /// A separator that does not exist.
    #[error("`{0}` is not a button separator; use one of : b f s m w o c x")]
    Separator(char),
    /// Button position out of range.
    #[error("button position {0} is outside 1-{MAX_BUTTON}")]
    Position(u32),
    /// Too many directory numbers, or several where only one can be.
    #[error("a button of this kind takes {0}")]
    Tags(&'static str),
}

/// Highest button position: a phone with two expansion modules.
pub const MAX_BUTTON: u32 = 56;
/// Most directory numbers on one overlay button.
pub const MAX_OVERLAY: usize = 25;

/// A phone's Ethernet address.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MacAddress([u8; 6]);

impl MacAddress {
    /// From its six octets.
    pub fn new(octets: [u8; 6]) -> Self {
        Self(octets)
    }

    /// The six octets.
    pub fn octets(self) -> [u8; 6] {
        self.0
    }

    /// The device name the phone registers with: `SEP001E4A34A35F`.
    pub fn device_name(self) -> SmolStr {
        let [a, b, c, d, e, f] = self.0;
        smol_str::format_smolstr!("SEP{a:02X}{b:02X}{c:02X}{d:02X}{e:02X}{f:02X}")
    }
}

/// Cisco's form: `001E.4A34.A35F`.
impl fmt::Display for MacAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, e, g] = self.0;
        write!(f, "{a:02X}{b:02X}.{c:02X}{d:02X}.{e:02X}{g:02X}")
    }
}

impl fmt::Debug for MacAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Reads `001E.4A34.A35F`, `00:1E:4A:34:A3:5F`, `00-1e-4a-34-a3-5f` and `001e4a34a35f`.
impl FromStr for MacAddress {
    type Err = ValueError;

    /// Each of three groups between points may lack its leading zeros, as in IOS.
    fn from_str(text: &str) -> Result<Self, ValueError> {
        let groups: Vec<&str> = text.split('.').collect();
        let padded = match groups.as_slice() {
            [_, _, _] if groups.iter().all(|group| matches!(group.len(), 1..=4)) => {
                groups.iter().map(|group| format!("{group:0>4}")).collect::<String>()
            }
            _ => text.to_owned(),
        };
        let text = padded.as_str();
        let mut octets = [0u8; 6];
        let mut digits = 0usize;
        for c in text.chars() {
            if matches!(c, '.' | ':' | '-') {
                continue;
            }
            let value = c.to_digit(16).and_then(|d| u8::try_from(d).ok()).ok_or(ValueError::Mac)?;
            let octet = octets.get_mut(digits / 2).ok_or(ValueError::Mac)?;
            *octet = (*octet << 4) | value;
            digits += 1;
        }
        if digits == 12 { Ok(Self(octets)) } else { Err(ValueError::Mac) }
    }
}

/// A time of day, 00:00 to 24:00.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ClockTime {
    /// 0 to 24.
    pub hour: u8,
    /// 0 to 59; 0 when the hour is 24.
    pub minute: u8,
}

/// As IOS prints it: `1:0` for one in the morning.
impl fmt::Display for ClockTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.hour, self.minute)
    }
}

impl FromStr for ClockTime {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        let (hour, minute) = text.split_once(':').ok_or(ValueError::Time)?;
        let part = |text: &str| {
            let plain = (1..=2).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
            if plain { text.parse::<u8>().map_err(|_| ValueError::Time) } else { Err(ValueError::Time) }
        };
        let time = Self { hour: part(hour)?, minute: part(minute)? };
        let valid = (time.hour < 24 && time.minute < 60) || (time.hour == 24 && time.minute == 0);
        if valid { Ok(time) } else { Err(ValueError::Time) }
    }
}

/// A password as it was written, with the digit of its encryption (`0`: none).
///
/// `Debug` hides the text, so that settings can be logged.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret {
    /// The digit before the text, if one was given.
    pub encryption: Option<u8>,
    /// The text as given.
    pub text: SmolStr,
}

/// What the bytes of a type 7 password are combined with.
const TYPE_7_KEY: &[u8] = b"dsfd;kfoA,.iyewrkldJKDHSUBsgvca69834ncxv9873254k;fg87";

impl Secret {
    /// In place of a digit: a hash of argon2, for which IOS has none.
    pub const ARGON2: u8 = u8::MAX;

    /// The password itself: as it was given, or obscured in the way of IOS (type 7). `None` if it cannot be known: it is a hash, or
    /// encrypted with a key of the router (type 6), or no text of its type.
    pub fn reveal(&self) -> Option<SmolStr> {
        match self.encryption {
            None | Some(0) => Some(self.text.clone()),
            Some(7) => self.reveal_type_7(),
            Some(_) => None,
        }
    }

    fn reveal_type_7(&self) -> Option<SmolStr> {
        let (seed, digits) = self.text.split_at_checked(2)?;
        let seed: usize = seed.parse().ok()?;
        if !digits.is_ascii() || digits.len() % 2 != 0 {
            return None;
        }
        let byte = |place: usize| u8::from_str_radix(digits.get(2 * place..2 * place + 2)?, 16).ok();
        let key = |place: usize| TYPE_7_KEY.get((seed + place) % TYPE_7_KEY.len());
        let bytes = (0..digits.len() / 2).map(|place| Some(byte(place)? ^ key(place)?));
        Some(String::from_utf8(bytes.collect::<Option<Vec<u8>>>()?).ok()?.into())
    }

    /// A password that is obscured in the way of IOS (type 7).
    pub fn obscured(password: &str) -> Secret {
        let seed = password.len() % 16;
        let key = |place: usize| TYPE_7_KEY.get((seed + place) % TYPE_7_KEY.len()).copied().unwrap_or(0);
        let hidden = password.bytes().enumerate().map(|(place, byte)| format!("{:02X}", byte ^ key(place)));
        let text = format!("{seed:02}{}", hidden.collect::<String>());
        Secret { encryption: Some(7), text: text.into() }
    }
}

#[cfg(test)]
mod secret_tests {
    use super::Secret;

    #[test]
    fn a_password_of_type_7_is_what_a_router_has_obscured() {
        let given = |encryption, text: &str| Secret { encryption, text: text.into() }.reveal();
        assert_eq!(given(Some(7), "0822455D0A16").as_deref(), Some("cisco"));
        assert_eq!(
            (given(None, "cisco").as_deref(), given(Some(0), "cisco").as_deref()),
            (Some("cisco"), Some("cisco"))
        );
        for (encryption, text) in [(6, "0822455D0A16"), (7, "082"), (7, "xx22"), (7, "9"), (8, "$8$a$b")] {
            assert_eq!(given(Some(encryption), text), None, "{encryption} {text}");
        }
        assert_eq!(Secret::obscured("secret").reveal().as_deref(), Some("secret"));
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({}, ***)", self.encryption.unwrap_or(0))
    }
}

/// As a configuration shows it.
impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.encryption {
            Some(Secret::ARGON2) => write!(f, "argon2 {}", self.text),
            Some(digit) => write!(f, "{digit} {}", self.text),
            None => f.write_str(&self.text),
        }
    }
}

/// A speed-dial entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpeedDial {
    /// The number dialled.
    pub number: SmolStr,
    /// Text beside the button.
    pub label: Option<SmolStr>,
    /// `blf` (profiles only): a lamp shows whether the number is busy.
    pub lamp: bool,
}

/// The meaning of the separator of a `button` command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ButtonKind {
    /// `:` normal ring.
    Normal,
    /// `b` beep, no ring.
    BeepRing,
    /// `f` feature ring.
    FeatureRing,
    /// `s` silent.
    SilentRing,
    /// `m` monitor: lamp of a shared line.
    Monitor,
    /// `w` watch: lamp of a phone.
    Watch,
    /// `o` overlay without call waiting.
    Overlay,
    /// `c` overlay with call waiting.
    CallWaitingOverlay,
    /// `x` overlay rollover: the tag is the position of the overlay button.
    OverlayRollover,
}

const SEPARATORS: [(char, ButtonKind); 9] = [
    (':', ButtonKind::Normal),
    ('b', ButtonKind::BeepRing),
    ('f', ButtonKind::FeatureRing),
    ('s', ButtonKind::SilentRing),
    ('m', ButtonKind::Monitor),
    ('w', ButtonKind::Watch),
    ('o', ButtonKind::Overlay),
    ('c', ButtonKind::CallWaitingOverlay),
    ('x', ButtonKind::OverlayRollover),
];

impl ButtonKind {
    /// The separator character.
    pub fn separator(self) -> char {
        SEPARATORS.iter().find(|(_, kind)| *kind == self).map_or(':', |(c, _)| *c)
    }

    /// Is the button a line that calls are made and received on?
    pub fn is_line(self) -> bool {
        !matches!(self, Self::Monitor | Self::Watch | Self::OverlayRollover)
    }

    /// May the button carry more than one directory number?
    pub fn is_overlay(self) -> bool {
        matches!(self, Self::Overlay | Self::CallWaitingOverlay)
    }

    /// Do the tags name directory numbers?
    pub fn names_dns(self) -> bool {
        self != Self::OverlayRollover
    }
}

/// One button of a phone: `1:1`, `2s4`, `3o5,6,7`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Button {
    /// Position on the phone, from 1.
    pub position: u32,
    /// What the button does.
    pub kind: ButtonKind,
    /// Tags of the directory numbers, at least one; for [`ButtonKind::OverlayRollover`] a button position.
    pub tags: Vec<u32>,
}

impl Button {
    /// The directory number of a plain line button, the first of an overlay.
    pub fn dn(&self) -> Option<u32> {
        if self.kind.names_dns() { self.tags.first().copied() } else { None }
    }
}

impl fmt::Display for Button {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.position, self.kind.separator())?;
        for (index, tag) in self.tags.iter().enumerate() {
            write!(f, "{}{tag}", if index > 0 { "," } else { "" })?;
        }
        Ok(())
    }
}

impl FromStr for Button {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        let at = text.find(|c: char| !c.is_ascii_digit()).ok_or(ValueError::Button)?;
        let (position, rest) = text.split_at(at);
        let position: u32 = position.parse().map_err(|_| ValueError::Button)?;
        if !(1..=MAX_BUTTON).contains(&position) {
            return Err(ValueError::Position(position));
        }
        let mut rest = rest.chars();
        let separator = rest.next().ok_or(ValueError::Button)?;
        let kind =
            SEPARATORS.iter().find(|(c, _)| *c == separator.to_ascii_lowercase()).map(|(_, kind)| *kind);
        let kind = kind.ok_or(ValueError::Separator(separator))?;
        let tags = parse_tags(rest.as_str()).ok_or(ValueError::Button)?;
        match tags.len() {
            1 => Ok(Self { position, kind, tags }),
            2..=MAX_OVERLAY if kind.is_overlay() => Ok(Self { position, kind, tags }),
            _ if kind.is_overlay() => Err(ValueError::Tags("at most 25 directory numbers")),
            _ => Err(ValueError::Tags("one directory number; several need the overlay separator o or c")),
        }
    }
}

/// A list of tags separated by commas, none empty, none zero.
pub fn parse_tags(text: &str) -> Option<Vec<u32>> {
    text.split(',').map(|tag| tag.parse::<u32>().ok().filter(|tag| *tag > 0 && !text.contains('+'))).collect()
}

/// A list of numbers separated by commas, none empty.
pub fn parse_numbers(text: &str) -> Option<Vec<SmolStr>> {
    text.split(',').map(|number| if number.is_empty() { None } else { Some(number.to_smolstr()) }).collect()
}
