//! The dial plan: which lines a string of digits reaches, and whether more digits could follow.

use std::collections::BTreeMap;

use smallvec::SmallVec;
use smol_str::{SmolStr, format_smolstr};

use crate::{
    Addresses, Channels, LineId, LineSettings, RoutePattern,
    route_order::{Route, RouteOrder},
};

/// Directory numbers, exact and with wildcards.
#[derive(Debug, Default)]
pub struct DialPlan {
    exact: BTreeMap<SmolStr, Candidates>,
    patterns: Vec<(SmolStr, LineId, u8)>,
    /// Numbers of other networks, which count where no line has the number.
    routes: Vec<(RoutePattern, LineId, u8)>,
    /// Addresses of other networks, by preference.
    addresses: Vec<(u8, LineId, Addresses)>,
    /// How many calls have been made by trunks, and which of them each was used for last.
    calls: u64,
    used: BTreeMap<LineId, u64>,
    /// Lines whose calls are emergency calls.
    emergency: Vec<LineId>,
}

/// The lines that share a number, with their preference, preferred first.
type Candidates = SmallVec<[(u8, LineId); 1]>;

/// What the digits so far mean.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Match {
    /// No number begins like this.
    None,
    /// Some number begins like this, but none ends here.
    Incomplete,
    /// A number ends here, and another one goes on.
    CompleteOrMore,
    /// A number ends here, and none goes on.
    Complete,
}

/// Preference of a line's secondary number, from Cisco's default.
const SECONDARY_PREFERENCE: u8 = 9;

impl DialPlan {
    /// Adds the numbers of a line.
    pub(crate) fn add_line(&mut self, line: LineId, settings: &LineSettings) {
        if settings.emergency {
            self.emergency.push(line);
        }
        if let Some(route) = &settings.route {
            self.routes.push((route.clone(), line, settings.preference));
            self.routes.sort_by_key(|(_, line, _)| *line);
        }
        if !settings.addresses.is_empty() {
            self.addresses.push((settings.preference, line, settings.addresses.clone()));
            self.addresses.sort_by_key(|(preference, line, _)| (*preference, *line));
        }
        if settings.channels == Channels::Unlimited {
            // Nobody dials the name of a trunk.
            return;
        }
        self.add(&settings.number, line, settings.preference);
        for further in settings.secondary.iter().chain(&settings.expanded) {
            self.add(further, line, SECONDARY_PREFERENCE);
        }
    }

    /// Takes the numbers of a line out.
    pub(crate) fn remove_line(&mut self, line: LineId, settings: &LineSettings) {
        for number in std::iter::once(&settings.number).chain(&settings.secondary).chain(&settings.expanded) {
            let Some(candidates) = self.exact.get_mut(number) else { continue };
            candidates.retain(|(_, other)| *other != line);
            if candidates.is_empty() {
                self.exact.remove(number);
            }
        }
        self.patterns.retain(|(_, other, _)| *other != line);
        self.routes.retain(|(_, other, _)| *other != line);
        self.addresses.retain(|(_, other, _)| *other != line);
        self.used.remove(&line);
        self.emergency.retain(|other| *other != line);
    }

    fn add(&mut self, number: &SmolStr, line: LineId, preference: u8) {
        if number.is_empty() {
            return;
        }
        if number.contains('.') {
            self.patterns.push((number.clone(), line, preference));
            self.patterns.sort_by_key(|(_, line, _)| *line);
            return;
        }
        let candidates = self.exact.entry(number.clone()).or_default();
        candidates.push((preference, line));
        candidates.sort_by_key(|candidate| *candidate);
    }

    /// Whether there are numbers for emergencies.
    pub(crate) fn has_emergency(&self) -> bool {
        !self.emergency.is_empty()
    }

    /// What the digits so far mean.
    pub fn lookup(&self, digits: &str) -> Match {
        if is_address(digits) {
            let known = self.addresses.iter().any(|(.., addresses)| addresses.contains(digits));
            return if known { Match::Complete } else { Match::None };
        }
        let mut complete = self.exact.contains_key(digits);
        let mut more = self
            .exact
            .range::<str, _>((std::ops::Bound::Excluded(digits), std::ops::Bound::Unbounded))
            .next()
            .is_some_and(|(number, _)| number.starts_with(digits));
        for (pattern, _, _) in &self.patterns {
            if begins_like(pattern, digits) {
                complete |= pattern.len() == digits.len();
                more |= pattern.len() > digits.len();
            }
        }
        if !complete {
            let compared = || self.routes.iter().map(|(route, ..)| route.compare(digits));
            // Digits are compared as they are dialled, and the first pattern decides that takes no more (Cisco's two-stage
            // dialling): who calls 911 does not wait for what could follow by another pattern.
            let decided = compared().any(|found| found == (true, false));
            complete = compared().any(|(ends, _)| ends);
            more |= !decided && compared().any(|(_, goes_on)| goes_on);
        }
        match (complete, more) {
            (false, false) => Match::None,
            (false, true) => Match::Incomplete,
            (true, true) => Match::CompleteOrMore,
            (true, false) => Match::Complete,
        }
    }

    /// The number as it is configured. Applications name numbers without the `+` with which some begin: a client's
    /// `tel:+14255550100` may mean either.
    pub(crate) fn as_configured(&self, number: SmolStr) -> SmolStr {
        if number.is_empty() || self.lines(&number).next().is_some() {
            return number;
        }
        let international = format_smolstr!("+{number}");
        if self.lines(&international).next().is_some() { international } else { number }
    }

    /// The lines that exactly these digits reach, preferred first; numbers without wildcards before patterns.
    pub fn lines(&self, digits: &str) -> impl Iterator<Item = LineId> + '_ {
        let mut patterns: SmallVec<[(u8, LineId); 1]> = self
            .patterns
            .iter()
            .filter(|(pattern, ..)| pattern.len() == digits.len() && begins_like(pattern, digits))
            .map(|(_, line, preference)| (*preference, *line))
            .collect();
        patterns.sort_by_key(|(preference, _)| *preference);
        let exact = self.exact.get(digits).into_iter().flatten().copied();
        exact.chain(patterns).map(|(_, line)| line)
    }
}

impl DialPlan {
    /// The lines that these digits reach; if no line has the number, the trunks to networks that may, in this order.
    pub(crate) fn reached(&self, digits: &str, order: RouteOrder) -> SmallVec<[LineId; 4]> {
        if is_address(digits) {
            let fitting = self.addresses.iter().filter(|(.., addresses)| addresses.contains(digits));
            return fitting.map(|(_, line, _)| *line).collect();
        }
        let own: SmallVec<[LineId; 4]> = self.lines(digits).collect();
        if !own.is_empty() {
            return own;
        }
        let fitting = self.routes.iter().filter(|(route, ..)| route.compare(digits).0);
        let mut routes: SmallVec<[([u64; 3], LineId); 4]> = fitting
            .map(|(pattern, line, preference)| {
                let route = Route {
                    line: *line,
                    explicit: pattern.explicit(),
                    preference: *preference,
                    used: self.used.get(line).copied().unwrap_or(0),
                    chance: self.calls,
                };
                (order.rank(&route), *line)
            })
            .collect();
        routes.sort_unstable();
        routes.into_iter().map(|(_, line)| line).collect()
    }

    /// A call leaves by a trunk.
    pub(crate) fn note_used(&mut self, line: LineId) {
        self.calls = self.calls.wrapping_add(1);
        self.used.insert(line, self.calls);
    }
}

/// Whether what is dialled is an address, and no number.
pub(crate) fn is_address(dialled: &str) -> bool {
    dialled.contains('@')
}

/// Whether `digits` could be the beginning of a number that fits `pattern`, in which `.` stands for any digit.
fn begins_like(pattern: &str, digits: &str) -> bool {
    digits.len() <= pattern.len()
        && pattern
            .bytes()
            .zip(digits.bytes())
            .all(|(expected, digit)| expected == digit || expected == b'.' && digit.is_ascii_digit())
}
