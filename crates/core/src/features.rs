//! The settings of telephone features that concern the whole system.

mod expression;

use std::collections::BTreeMap;

use smol_str::{SmolStr, format_smolstr};

use crate::{MediaAddress, RouteOrder};

/// The settings of telephone features that concern the whole system (`telephony-service`).
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct FeatureSettings {
    /// What the PickUp and GPickUp keys do.
    pub pickup: PickupKeys,
    /// Whether the Transfer key sends the other party to the dialled number without a consultation (`transfer-system`).
    pub blind_transfer: bool,
    /// Numbers to which calls may be transferred, and how (`transfer-pattern`).
    pub transfer_patterns: Vec<TransferPattern>,
    /// Whether a speed dial transfers the call that its user talks in (`service dss`); if not, its digits are sent into the call.
    pub direct_station_select: bool,
    /// The number of the voicemail system (`voicemail`).
    pub voicemail: Option<SmolStr>,
    /// What is dialled for a feature instead of pressing its key (`fac`).
    pub codes: BTreeMap<SmolStr, FeatureCode>,
    /// Digits that stand for a code, or for a code with digits behind it (`fac custom alias`).
    pub code_aliases: BTreeMap<SmolStr, SmolStr>,
    /// Numbers that cannot be called outside office hours (`after-hours block pattern`).
    pub after_hours_blocks: Vec<BlockedPattern>,
    /// How many conferences there may be at once (`max-conferences`); `None` for as many as come.
    pub max_conferences: Option<usize>,
    /// Whether calls are parked at any slot rather than one with the last digits of the extension
    /// (`call-park select no-auto-match`).
    pub any_park_slot: bool,
    /// Whether other phones of a line with eight channels may not take up the held calls of a phone with privacy
    /// (`privacy-on-hold`).
    pub privacy_on_hold: bool,
    /// What is called in place of what is dialled (`num-exp`), if no line has that number: in both `.` is any digit.
    pub expansions: Vec<(SmolStr, SmolStr)>,
    /// Which of several trunks to a number is tried first (`dial-peer hunt`).
    pub route_order: RouteOrder,
    /// The group to which music is sent for the phones that take it there (`multicast moh`).
    pub multicast_music: Option<MediaAddress>,
    /// Whether who is busy by one trunk is called by the next one (`voice hunt user-busy`).
    pub hunts_on_busy: bool,
}

impl FeatureSettings {
    /// Whether calls to the number are transferred without a consultation.
    pub(crate) fn is_transferred_blind(&self, number: &str) -> bool {
        self.transfer_patterns.iter().any(|pattern| pattern.blind && fits(&pattern.pattern, number))
    }

    /// Whether calls may be transferred to a number of another network.
    pub(crate) fn may_transfer_to(&self, number: &str) -> bool {
        self.transfer_patterns.iter().any(|pattern| fits(&pattern.pattern, number))
    }

    /// Whether the number is blocked at any time, or with `outside` outside office hours.
    pub(crate) fn is_blocked(&self, number: &str, outside: bool) -> bool {
        let blocks = self.after_hours_blocks.iter();
        blocks.filter(|block| block.always || outside).any(|block| begins(&block.pattern, number))
    }

    /// What the digits mean: a feature with the digits behind its code, or `None`. The longest code counts.
    pub(crate) fn code(&self, digits: &str) -> Option<DialledCode> {
        let code = longest(self.codes.keys(), digits);
        let alias = longest(self.code_aliases.keys(), digits);
        if let Some(alias) = alias.filter(|alias| code.is_none_or(|code| alias.len() > code.len())) {
            let behind = digits.get(alias.len()..).unwrap_or_default();
            let meant = format_smolstr!("{}{behind}", self.code_aliases.get(alias)?);
            let code = longest(self.codes.keys(), &meant)?;
            let rest = SmolStr::new(meant.get(code.len()..).unwrap_or_default());
            let complete = behind.is_empty() && !rest.is_empty();
            return Some(DialledCode { feature: *self.codes.get(code)?, rest, complete });
        }
        let code = code?;
        let rest = SmolStr::new(digits.get(code.len()..).unwrap_or_default());
        Some(DialledCode { feature: *self.codes.get(code)?, rest, complete: false })
    }

    /// What is called in place of the digits, if that is something else. Of the patterns that fit, the one counts that names
    /// most digits.
    pub fn expanded(&self, digits: &str) -> Option<SmolStr> {
        let fitting = self.expansions.iter().filter(|(pattern, _)| fits(pattern, digits));
        let explicit = |pattern: &str| pattern.bytes().filter(|byte| *byte != b'.').count();
        let (pattern, expanded) = fitting.max_by_key(|(pattern, _)| explicit(pattern))?;
        let mut open = pattern.bytes().zip(digits.chars()).filter(|(wanted, _)| *wanted == b'.');
        let digit = |wanted| if wanted == '.' { open.next().map(|(_, digit)| digit) } else { Some(wanted) };
        Some(expanded.chars().filter_map(digit).collect())
    }

    /// Whether something that is expanded begins like this and is longer.
    pub(crate) fn begins_expansion(&self, digits: &str) -> bool {
        let longer = |pattern: &str| {
            pattern.len() > digits.len() && begins(pattern.get(..digits.len()).unwrap_or_default(), digits)
        };
        self.expansions.iter().any(|(pattern, _)| longer(pattern))
    }

    /// Whether a code begins like this and is longer.
    pub(crate) fn begins_code(&self, digits: &str) -> bool {
        let mut known = self.codes.keys().chain(self.code_aliases.keys());
        known.any(|code| code.len() > digits.len() && code.starts_with(digits))
    }
}

/// The longest of these with which the digits begin.
fn longest<'a>(known: impl Iterator<Item = &'a SmolStr>, digits: &str) -> Option<&'a SmolStr> {
    known.filter(|code| digits.starts_with(code.as_str())).max_by_key(|code| code.len())
}

/// What dialled digits mean that begin with a code.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct DialledCode {
    /// The feature.
    pub(crate) feature: FeatureCode,
    /// The digits behind the code.
    pub(crate) rest: SmolStr,
    /// Whether nothing more is to be dialled: an alias says all of it.
    pub(crate) complete: bool,
}

/// Whether the number begins like a pattern, in which `.` is any digit, or like an expression that begins with `^`.
fn begins(pattern: &str, number: &str) -> bool {
    if let Some(expression) = pattern.strip_prefix('^') {
        return expression::begins(expression, number);
    }
    let fixed = pattern.strip_suffix('T').unwrap_or(pattern);
    number.len() >= fixed.len()
        && fixed.bytes().zip(number.bytes()).all(|(wanted, digit)| wanted == b'.' || wanted == digit)
}

/// Whether the number fits a pattern, in which `.` is any digit and `T` at the end any further ones.
fn fits(pattern: &str, number: &str) -> bool {
    let (fixed, open) = match pattern.strip_suffix('T') {
        Some(fixed) => (fixed, true),
        None => (pattern, false),
    };
    let begins = fixed.bytes().zip(number.bytes()).all(|(wanted, digit)| wanted == b'.' || wanted == digit);
    begins && (number.len() == fixed.len() || open && number.len() > fixed.len())
}

/// A number that cannot be called outside office hours.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BlockedPattern {
    /// Digits, `.` for any digit, `T` at the end for any further ones.
    pub pattern: SmolStr,
    /// Whether it cannot be called at any time, by anybody (`7-24`).
    pub always: bool,
}

/// A number to which calls may be transferred.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TransferPattern {
    /// Digits, `.` for any digit, `T` at the end for any further ones.
    pub pattern: SmolStr,
    /// Whether without a consultation.
    pub blind: bool,
}

/// A feature that is dialled.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FeatureCode {
    /// Call the number that follows although the office is closed (`after-hours override-code`).
    OverrideHours,
    /// Begin the night, or end it, at a number with a night service bell (`night-service code`).
    NightService,
    /// Forward all calls to the number that follows.
    ForwardAll,
    /// Forward calls no more.
    CancelForward,
    /// Pick up in the own group.
    PickupLocal,
    /// Pick up in the group that follows.
    PickupGroup,
    /// Pick up at the number that follows.
    PickupDirect,
    /// Do not disturb, or disturb again.
    DoNotDisturb,
    /// Dial the last number again.
    Redial,
    /// Call the voicemail system.
    Voicemail,
    /// Take no calls of hunt groups at the phone, or take them again.
    HuntGroupLog,
    /// The same for the line alone.
    HuntGroupLogLine,
    /// Become a member of the hunt group whose pilot follows.
    JoinHuntGroup,
    /// Be a member of no hunt group any more that was joined.
    LeaveHuntGroups,
    /// Be no member any more of the hunt group whose pilot follows.
    LeaveHuntGroup,
    /// Park the call that is being transferred, at the slot that follows or at any.
    ParkCall,
    /// Fetch the call that is parked at the slot that follows.
    FetchParked,
    /// Transfer the call that is being transferred to the mailbox of the number that follows.
    TransferToVoicemail,
    /// Let no further call come to the line during the one that is dialled now.
    CancelCallWaiting,
}

/// What the PickUp and GPickUp keys do (`service directed-pickup`). An asterisk stands for the own group.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum PickupKeys {
    /// PickUp takes a number or an asterisk; GPickUp takes a group or an asterisk, and nothing if there is one group
    /// only.
    #[default]
    Directed,
    /// PickUp picks up in the own group at once; GPickUp as before (`no service directed-pickup`).
    LocalGroup,
    /// PickUp picks up in the own group at once; GPickUp takes a number, a group, or an asterisk (`service
    /// directed-pickup gpickup`).
    GroupKeyDirected,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_stand_for_others() {
        let expansions =
            [("8...", "0301..."), ("85..", "7..")].map(|(one, other)| (one.into(), other.into()));
        let features = FeatureSettings { expansions: expansions.into(), ..FeatureSettings::default() };
        assert_eq!(features.expanded("8123").as_deref(), Some("0301123"));
        assert_eq!(features.expanded("8512").as_deref(), Some("712"));
        assert_eq!(features.expanded("812"), None);
        assert!(features.begins_expansion("81") && !features.begins_expansion("8123"));
        assert!(!features.begins_expansion("9"));
    }
}
