//! SCCP phones: `ephone` and its templates.

use std::collections::BTreeMap;

use smol_str::SmolStr;

use super::{ConferenceModes, Credentials, KeepConference, PhoneKeys, SpeedDials};
use crate::by_position::ByPosition;
use crate::phone_settings::PhoneFeatures;
use crate::values::{Button, MacAddress, Secret, SpeedDial};

/// What an `ephone` and an `ephone-template` can both say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EphoneFeatures {
    /// `keepalive` in seconds; absent means the one of `telephony-service`.
    pub keepalive: Option<u32>,
    /// `keepalive ... auxiliary`: towards the system that phones fall back to, in seconds.
    pub keepalive_auxiliary: Option<u32>,
    /// `max-calls-per-button`, 1 to 8. Default: 8.
    pub max_calls_per_button: Option<u32>,
    /// `busy-trigger-per-button`, 1 to 8; 0 or absent is off.
    pub busy_trigger_per_button: Option<u32>,
    /// `keep-conference`.
    pub keep_conference: Option<KeepConference>,
    /// `conference`: rules of the conferences that the phone makes.
    pub conference: ConferenceModes,
    /// Soft keys and blocked features.
    pub keys: PhoneKeys,
    /// `dnd feature-ring`: calls to a phone that is not to be disturbed ring without a sound, instead of failing.
    pub dnd_feature_ring: Option<bool>,
    /// `privacy [on|off]`: its calls on octo lines are hidden from other phones. Default: that of `telephony-service`.
    pub privacy: Option<bool>,
    /// `privacy-button`: a button with which the user switches that.
    pub privacy_button: Option<bool>,
    /// What the phone is given beside its lines.
    pub phone: PhoneFeatures,
}

/// `ephone-template`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EphoneTemplate {
    /// The values its phones inherit.
    pub features: EphoneFeatures,
    /// Lines kept without effect.
    pub kept: Vec<SmolStr>,
}

/// `ephone`: an SCCP phone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ephone {
    /// `mac-address`.
    pub mac_address: Option<MacAddress>,
    /// `mac-address ... reserved`.
    pub mac_reserved: bool,
    /// `type`: Cisco's model name.
    pub model: Option<SmolStr>,
    /// Expansion modules after `type MODEL addon`.
    pub addons: Option<SmolStr>,
    /// `description`.
    pub description: Option<SmolStr>,
    /// `button`, by position.
    pub buttons: ByPosition<Button>,
    /// `username NAME password SECRET`.
    pub user: Option<Box<Credentials>>,
    /// `pin`: 4 to 8 digits.
    pub pin: Option<Secret>,
    /// `logout-profile`: enables extension mobility and names the default profile.
    pub logout_profile: Option<u32>,
    /// `speed-dial`, by position.
    pub speed_dials: BTreeMap<u32, SpeedDial>,
    /// `blf-speed-dial`.
    pub blf: SpeedDials,
    /// `auto-line`: what going off hook selects. Default: on.
    pub auto_line: AutoLine,
    /// `ephone-template`.
    pub template: Option<u32>,
    /// What a template can say too.
    pub features: EphoneFeatures,
    /// Lines kept without effect.
    pub kept: Vec<SmolStr>,
}

/// `auto-line`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AutoLine {
    /// `auto-line`: a ringing line first, else the first idle line.
    #[default]
    On,
    /// `no auto-line`: going off hook selects no line.
    Off,
    /// `auto-line incoming`: only ringing lines.
    Incoming,
    /// `auto-line N [answer-incoming]`.
    Button {
        /// Position of the button.
        position: u32,
        /// A ringing line is answered first.
        answer_incoming: bool,
    },
}
