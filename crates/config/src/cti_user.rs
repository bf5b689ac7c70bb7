//! Users of CTI: what `application-user` and `end-user` mean.

use std::{collections::BTreeSet, fmt};

use smol_str::SmolStr;

use super::values::Secret;

/// An `application-user` or `end-user`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CtiUser {
    /// The name by which the user logs in.
    pub name: SmolStr,
    /// `password`; without one the user cannot log in.
    pub password: Option<Secret>,
    /// `x509-subject-name`: what certificates that prove the user say; without one his name.
    pub subject_names: Vec<SmolStr>,
    /// `group`.
    pub groups: BTreeSet<CtiGroup>,
    /// `controlled-device`, in the order in which they were entered.
    pub controlled: Vec<ControlledDevice>,
    /// Lines kept without effect.
    pub kept: Vec<SmolStr>,
}

/// A group of users, each of which gives a right (CallManager's six "Standard CTI" groups).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CtiGroup {
    /// May open sessions at all.
    Enabled,
    /// May be told which calls are parked.
    AllowCallParkMonitoring,
    /// May choose the calling number when it routes a call.
    AllowCallingNumberModification,
    /// May control every device.
    AllowControlOfAllDevices,
    /// May receive the keys of encrypted media.
    AllowReceptionOfSrtpKeyMaterial,
    /// Must connect over TLS, if `cluster-security` is set.
    SecureConnection,
}

impl CtiGroup {
    /// CallManager's name of the group.
    pub const fn name(self) -> &'static str {
        match self {
            CtiGroup::Enabled => "Standard CTI Enabled",
            CtiGroup::AllowCallParkMonitoring => "Standard CTI Allow Call Park Monitoring",
            CtiGroup::AllowCallingNumberModification => "Standard CTI Allow Calling Number Modification",
            CtiGroup::AllowControlOfAllDevices => "Standard CTI Allow Control of All Devices",
            CtiGroup::AllowReceptionOfSrtpKeyMaterial => "Standard CTI Allow Reception of SRTP Key Material",
            CtiGroup::SecureConnection => "Standard CTI Secure Connection",
        }
    }
}

/// What a user controls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ControlledDevice {
    /// All numbers of the phone, CTI port or route point with this name.
    Name(SmolStr),
    /// Directory numbers of this length in this range, both ends included.
    Range(SmolStr, SmolStr),
    /// A directory number, or a pattern in which `.` stands for any digit.
    Number(SmolStr),
}

impl ControlledDevice {
    /// Reads `201`, `201-299` or `2..`; `None` if it is none of these.
    pub fn numbers(text: &str) -> Option<ControlledDevice> {
        let dialled = |text: &str, dot: bool| {
            let fits = |c: char| c.is_ascii_digit() || "*#+".contains(c) || (dot && c == '.');
            (1..=32).contains(&text.len()) && text.chars().all(fits)
        };
        if let Some((first, last)) = text.split_once('-') {
            let right =
                dialled(first, false) && dialled(last, false) && first.len() == last.len() && first <= last;
            return right.then(|| ControlledDevice::Range(first.into(), last.into()));
        }
        dialled(text, true).then(|| ControlledDevice::Number(text.into()))
    }
}

/// As a configuration shows it, behind `controlled-device`.
impl fmt::Display for ControlledDevice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ControlledDevice::Name(name) => f.write_str(name),
            ControlledDevice::Range(first, last) => write!(f, "number {first}-{last}"),
            ControlledDevice::Number(number) => write!(f, "number {number}"),
        }
    }
}
