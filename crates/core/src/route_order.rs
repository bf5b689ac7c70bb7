//! In which order trunks are tried that lead to the same number (`dial-peer hunt`).

use crate::LineId;

/// What decides which of two trunks is tried first.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RouteKey {
    /// The pattern that names more digits.
    Longest,
    /// The lower preference.
    Preference,
    /// The one that was used longer ago.
    LeastRecent,
    /// Chance: each is tried first about as often as the others.
    Random,
}

/// In which order trunks are tried: by the first key in which they differ, and where they differ in none, the one that was
/// configured first.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RouteOrder([RouteKey; 3]);

impl Default for RouteOrder {
    fn default() -> RouteOrder {
        RouteOrder::numbered(0)
    }
}

impl RouteOrder {
    /// The order with this number, from 0 to 7; that of 0 for any other.
    pub const fn numbered(number: u32) -> RouteOrder {
        use RouteKey::{LeastRecent, Longest, Preference, Random};
        RouteOrder(match number {
            1 => [Longest, Preference, LeastRecent],
            2 => [Preference, Longest, Random],
            3 => [Preference, Longest, LeastRecent],
            4 => [LeastRecent, Longest, Preference],
            5 => [LeastRecent, Preference, Longest],
            6 => [Random, Random, Random],
            7 => [LeastRecent, LeastRecent, LeastRecent],
            _ => [Longest, Preference, Random],
        })
    }

    /// What trunks are sorted by.
    pub(crate) fn rank(self, route: &Route) -> [u64; 3] {
        self.0.map(|key| match key {
            RouteKey::Longest => u64::MAX - u64::try_from(route.explicit).unwrap_or(u64::MAX),
            RouteKey::Preference => route.preference.into(),
            RouteKey::LeastRecent => route.used,
            RouteKey::Random => scattered(route.chance, route.line),
        })
    }
}

/// What is known of a trunk that leads to a number.
pub(crate) struct Route {
    pub(crate) line: LineId,
    /// How many digits its pattern names.
    pub(crate) explicit: usize,
    pub(crate) preference: u8,
    /// When it was used last, as a count of calls.
    pub(crate) used: u64,
    /// A number that every call by a trunk changes.
    pub(crate) chance: u64,
}

/// A number that looks as if it had nothing to do with these (SplitMix64).
fn scattered(chance: u64, line: LineId) -> u64 {
    let line = u64::try_from(line.index()).unwrap_or(0);
    let mixed =
        chance.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(line.wrapping_mul(0xD1B5_4A32_D192_ED03));
    let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}
