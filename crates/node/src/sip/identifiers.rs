//! Tags and branches: numbers nobody can guess who does not know the seed, and the same ones for the same seed.

use std::fmt;

/// Names a dialog; its text is our tag.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord, Hash)]
pub struct DialogId(u64);

impl DialogId {
    /// The dialog whose tag this is; it need not exist.
    pub(super) fn from_tag(tag: &str) -> Option<DialogId> {
        let lower_hex = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'a'..=b'f');
        if tag.len() != 16 || !tag.bytes().all(lower_hex) {
            return None;
        }
        u64::from_str_radix(tag, 16).ok().map(DialogId)
    }
}

impl fmt::Display for DialogId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// A branch of a request of ours, with the cookie of RFC 3261, 8.1.1.7.
#[derive(Clone, Copy, Debug)]
pub(super) struct Branch(u64);

impl fmt::Display for Branch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "z9hG4bK{:016x}", self.0)
    }
}

/// Where identifiers come from. None comes twice from the same seed.
#[derive(Debug)]
pub(super) struct Identifiers {
    seed: u64,
    count: u64,
}

impl Identifiers {
    pub(super) fn new(seed: u64) -> Identifiers {
        Identifiers { seed, count: 0 }
    }

    pub(super) fn dialog(&mut self) -> DialogId {
        DialogId(self.next())
    }

    pub(super) fn branch(&mut self) -> Branch {
        Branch(self.next())
    }

    /// SplitMix64 (Steele, Lea, Flood 2014), which visits every 64-bit number once.
    fn next(&mut self) -> u64 {
        self.count = self.count.wrapping_add(1);
        let z = self.seed.wrapping_add(self.count.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
}
