//! Extension mobility: `voice logout-profile` and `voice user-profile`.

use std::collections::BTreeMap;

use smol_str::SmolStr;

use crate::values::{Secret, SpeedDial};

/// `voice logout-profile` or `voice user-profile`: what an extension mobility phone looks like.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Profile {
    /// `user NAME password SECRET`.
    pub user: Option<Credentials>,
    /// `number`, in the order given.
    pub numbers: Vec<ProfileNumber>,
    /// `speed-dial`, by position.
    pub speed_dials: BTreeMap<u32, SpeedDial>,
    /// `pin`: 4 to 8 digits.
    pub pin: Option<Secret>,
    /// `max-idle-time` in minutes (user profiles only): automatic logout.
    pub max_idle_time: Option<u32>,
    /// Lines kept without effect.
    pub kept: Vec<SmolStr>,
}

/// A user name with its password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    /// User name.
    pub name: SmolStr,
    /// Password as given.
    pub password: Secret,
}

/// `number N[,N...] type T` of a profile: one button of the phone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProfileNumber {
    /// The numbers; more than one only for overlays.
    pub numbers: Vec<SmolStr>,
    /// How the button behaves.
    pub kind: ProfileNumberType,
}

/// `type` of a profile's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProfileNumberType {
    /// `normal`.
    Normal,
    /// `beep-ring`.
    BeepRing,
    /// `feature-ring`.
    FeatureRing,
    /// `monitor-ring`.
    MonitorRing,
    /// `silent-ring`.
    SilentRing,
    /// `overlay`.
    Overlay,
    /// `cw-overlay`.
    CallWaitingOverlay,
}
