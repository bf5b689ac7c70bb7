//! Settings of telephone features that several modes share: calls of a line, keys of a phone, hours, codes.

use std::collections::BTreeMap;

use smol_str::SmolStr;

use super::PagingDn;

use crate::values::{ClockTime, SpeedDial};

/// Telephone features of the whole system.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServiceFeatures {
    /// `transfer-pattern`, in the order given.
    pub transfer_patterns: Vec<TransferPattern>,
    /// `secondary-dialtone`.
    pub secondary_dialtone: Option<SmolStr>,
    /// `service dss`.
    pub direct_station_select: bool,
    /// `conference hardware`.
    pub conference_hardware: bool,
    /// `after-hours`.
    pub after_hours: AfterHours,
    /// `night-service`.
    pub night: Schedule,
    /// `after-hours override-code`.
    pub override_code: Option<SmolStr>,
    /// `night-service code`.
    pub night_code: Option<SmolStr>,
    /// `hunt-group logout HLog`.
    pub hunt_log_key: bool,
    /// `fac`.
    pub codes: FeatureCodes,
}

/// `after-hours`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AfterHours {
    /// `block pattern`, by tag: the pattern, and whether it is blocked at any time.
    pub blocks: BTreeMap<u32, (SmolStr, bool)>,
    /// When.
    pub schedule: Schedule,
}

/// Times of days and dates. A time that ends before it begins ends on the next day.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Schedule {
    /// By day of the week, Sunday is 0.
    pub days: BTreeMap<u8, (ClockTime, ClockTime)>,
    /// By month and day.
    pub dates: BTreeMap<(u8, u8), (ClockTime, ClockTime)>,
}

impl Schedule {
    /// Whether nothing is scheduled.
    pub fn is_empty(&self) -> bool {
        self.days.is_empty() && self.dates.is_empty()
    }
}

/// `transfer-pattern`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransferPattern {
    /// The pattern.
    pub pattern: SmolStr,
    /// `blind`.
    pub blind: bool,
}

/// `fac`: standard and custom codes exclude each other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum FeatureCodes {
    /// There are no codes.
    #[default]
    None,
    /// `fac standard`.
    Standard,
    /// `fac custom`.
    Custom(CustomCodes),
}

impl FeatureCodes {
    /// The features that have codes, with the codes, in Cisco's order.
    pub fn by_feature(&self) -> Vec<(&'static str, SmolStr)> {
        let code = |(feature, standard): &(&'static str, &str)| {
            let code = match self {
                FeatureCodes::None => None,
                FeatureCodes::Standard => Some(SmolStr::new(standard)),
                FeatureCodes::Custom(codes) => codes.features.get(*feature).cloned(),
            };
            Some((*feature, code?))
        };
        crate::commands::features::CODE_FEATURES.iter().filter_map(code).collect()
    }

    /// What stands for codes (`fac custom alias`), by tag.
    pub fn aliases(&self) -> impl Iterator<Item = (&u32, &CodeAlias)> {
        let custom = match self {
            FeatureCodes::Custom(codes) => Some(codes),
            FeatureCodes::None | FeatureCodes::Standard => None,
        };
        custom.into_iter().flat_map(|codes| &codes.aliases)
    }
}

/// `fac custom`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CustomCodes {
    /// Features and their codes.
    pub features: BTreeMap<SmolStr, SmolStr>,
    /// `alias`, by tag.
    pub aliases: BTreeMap<u32, CodeAlias>,
}

/// `fac custom alias`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeAlias {
    /// What is dialled.
    pub code: SmolStr,
    /// The code that it stands for.
    pub stands_for: SmolStr,
    /// Digits behind that code.
    pub digits: Option<SmolStr>,
}

/// How a directory number announces calls and transfers them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DnCalls {
    /// `call-waiting beep accept`.
    pub beep_accept: Option<bool>,
    /// `call-waiting beep generate`.
    pub beep_generate: Option<bool>,
    /// `call-waiting ring`.
    pub ring: Option<bool>,
    /// `after-hours exempt`.
    pub after_hours_exempt: Option<bool>,
    /// `night-service bell`.
    pub night_bell: Option<bool>,
    /// `transfer-mode`.
    pub transfer_mode: Option<TransferMode>,
}

impl DnCalls {
    /// These values where present, the template's where not.
    pub fn over(&self, template: &DnCalls) -> DnCalls {
        DnCalls {
            beep_accept: self.beep_accept.or(template.beep_accept),
            beep_generate: self.beep_generate.or(template.beep_generate),
            ring: self.ring.or(template.ring),
            after_hours_exempt: self.after_hours_exempt.or(template.after_hours_exempt),
            night_bell: self.night_bell.or(template.night_bell),
            transfer_mode: self.transfer_mode.or(template.transfer_mode),
        }
    }
}

/// `transfer-mode`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransferMode {
    /// `blind`.
    Blind,
    /// `consult`.
    Consult,
}

/// `intercom`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Intercom {
    /// The other end.
    pub number: SmolStr,
    /// `barge-in`.
    pub barge_in: bool,
    /// `no-auto-answer`.
    pub no_auto_answer: bool,
    /// `no-mute`.
    pub no_mute: bool,
    /// `label`.
    pub label: Option<SmolStr>,
}

/// The keys of a phone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PhoneKeys {
    /// `softkeys`: the names of the keys of a state, in order.
    pub soft_keys: BTreeMap<SmolStr, Vec<SmolStr>>,
    /// `features blocked`.
    pub blocked: Vec<SmolStr>,
    /// `after-hours exempt`.
    pub after_hours_exempt: Option<bool>,
    /// `night-service bell`.
    pub night_bell: Option<bool>,
    /// `multicast-moh`. Default: on.
    pub multicast_moh: Option<bool>,
    /// `paging-dn`.
    pub paging: Option<PagingDn>,
    /// `transfer-pattern blocked`: calls are transferred to own numbers only.
    pub transfer_blocked: Option<bool>,
    /// `transfer max-length`: most digits of the number to which a call is transferred.
    pub transfer_max_length: Option<u32>,
}

/// `blf-speed-dial`, by position.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SpeedDials {
    /// Number and label.
    pub with_lamps: BTreeMap<u32, SpeedDial>,
}
