//! `telephony-service`, and the values of its commands.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};

use smol_str::SmolStr;

use super::{Credentials, DEFAULT_KEEPALIVE, ServiceFeatures, SourceAddress};
use crate::phone_settings::PhoneService;
use crate::values::ClockTime;

/// `telephony-service`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TelephonyService {
    /// `max-ephones`; absent means 0: no phone registers.
    pub max_ephones: Option<u32>,
    /// `max-dn`; absent means 0.
    pub max_dn: Option<MaxDn>,
    /// `ip source-address`.
    pub source_address: Option<SccpSourceAddress>,
    /// The `ip source-address` of the other address family (IPv6), where both are configured.
    pub second_source_address: Option<SccpSourceAddress>,
    /// `max-conferences`.
    pub max_conferences: Option<MaxConferences>,
    /// `transfer-system`; absent means full-consult.
    pub transfer_system: Option<TransferSystem>,
    /// `cnf-file perphone` or `perphonetype`; absent means one file for all.
    pub cnf_file: Option<CnfFile>,
    /// `cnf-file location`; absent means system memory.
    pub cnf_file_location: Option<SmolStr>,
    /// `create cnf-files`, with its version stamp if one was given.
    pub create_cnf_files: Option<Option<SmolStr>>,
    /// `keepalive` of SCCP phones, in seconds. Default: 30.
    pub keepalive: u32,
    /// `keepalive ... auxiliary`: towards the system that phones fall back to, in seconds.
    pub keepalive_auxiliary: Option<u32>,
    /// `timeouts interdigit`, seconds. Default: 10.
    pub timeout_interdigit: u32,
    /// `timeouts ringing`, seconds. Default: 180.
    pub timeout_ringing: u32,
    /// `timeouts busy`, seconds. Default: 10.
    pub timeout_busy: u32,
    /// `timeouts transfer-recall`, seconds; 0 is off. Default: 0.
    pub timeout_transfer_recall: u32,
    /// `dialplan-pattern`, by tag.
    pub dialplan_patterns: BTreeMap<u32, DialplanPattern>,
    /// `max-redirect`: most forwards of one call. Default: 10.
    pub max_redirect: u32,
    /// `em logout`: up to three times of day.
    pub em_logout: Vec<ClockTime>,
    /// `em external`: the extension mobility login page is hidden from the Services menu.
    pub em_external: bool,
    /// `em keep-history`: call history survives logout.
    pub em_keep_history: bool,
    /// `url KIND`.
    pub urls: BTreeMap<UrlKind, PhoneUrl>,
    /// `xml user`: the first user of the XML interface; others are in `phones`.
    pub xml_user: Option<XmlUser>,
    /// `call-park system application`: calls of all kinds of phones are parked alike.
    pub park_application: bool,
    /// `call-park select no-auto-match`: no slot is preferred for its last digits.
    pub park_no_match: bool,
    /// `multicast moh`.
    pub multicast_moh: Option<MulticastMoh>,
    /// `mwi prefix`: digits that the `mwi-server` puts before numbers.
    pub mwi_prefix: Option<SmolStr>,
    /// `voicemail`: number of the voicemail system.
    pub voicemail: Option<SmolStr>,
    /// `moh`: the file that is played to held parties, in `flash:`. Default: built-in music.
    pub moh: Option<SmolStr>,
    /// Telephone features.
    pub features: ServiceFeatures,
    /// `service directed-pickup`: what the PickUp and GPickUp keys do.
    pub directed_pickup: DirectedPickup,
    /// `privacy`: phones of an octo-line do not see each other's calls. Default: on.
    pub privacy: bool,
    /// `privacy-on-hold`: and do not take up held ones.
    pub privacy_on_hold: bool,
    /// `system message`: idle text of the phones.
    pub system_message: Option<SmolStr>,
    /// `time-format`: 12 or 24 hours. Default: 12.
    pub time_format: TimeFormat,
    /// `date-format`. Default: mm-dd-yy.
    pub date_format: DateFormat,
    /// `time-zone`: Cisco's number of the zone.
    pub time_zone: Option<u32>,
    /// `sccp max-version`: highest SCCP version offered to phones. Default: 17. (Hookflash's own command.)
    pub sccp_max_version: u32,
    /// What phones are given beside their lines.
    pub phones: PhoneService,
    /// Lines kept without effect.
    pub kept: Vec<SmolStr>,
}

/// `dialplan-pattern`: the expanded numbers of extensions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DialplanPattern {
    /// The expanded number; each `.` stands for a digit of the extension.
    pub pattern: SmolStr,
    /// Digits of an extension.
    pub extension_length: u32,
    /// Which extensions; absent means those with which the expanded number ends.
    pub extension_pattern: Option<SmolStr>,
    /// The expanded numbers are not registered elsewhere.
    pub no_reg: bool,
    /// Expanded numbers of callers are shown as extensions.
    pub demote: bool,
}

impl DialplanPattern {
    /// The expanded number of an extension, if the pattern is for it.
    pub fn expand(&self, extension: &str) -> Option<SmolStr> {
        let length = usize::try_from(self.extension_length).ok()?;
        let ends = || self.pattern.get(self.pattern.len().checked_sub(length)?..);
        let own = self.extension_pattern.as_deref().or_else(ends)?;
        let digits = extension.bytes().all(|digit| digit.is_ascii_digit());
        let fits = |(wanted, digit): (u8, u8)| wanted == b'.' || wanted == digit;
        if !digits || extension.len() != length || own.len() != length {
            return None;
        }
        if !own.bytes().zip(extension.bytes()).all(fits) {
            return None;
        }
        let open = self.pattern.bytes().filter(|digit| *digit == b'.').count();
        let mut taken = extension.get(length.checked_sub(open)?..)?.chars();
        self.pattern.chars().map(|digit| if digit == '.' { taken.next() } else { Some(digit) }).collect()
    }

    /// The extension that an expanded number stands for, if that is to be shown instead (`demote`). A `+` before either number
    /// makes no difference.
    pub fn demoted(&self, number: &str) -> Option<SmolStr> {
        let length = usize::try_from(self.extension_length).ok().filter(|_| self.demote)?;
        let bare = |text: &str| text.strip_prefix('+').unwrap_or(text).to_owned();
        let (pattern, number) = (bare(&self.pattern), bare(number));
        let fits = |(wanted, digit): (char, char)| wanted == digit || wanted == '.' && digit.is_ascii_digit();
        if pattern.len() != number.len() || !pattern.chars().zip(number.chars()).all(fits) {
            return None;
        }
        let open = pattern.chars().zip(number.chars()).filter(|(wanted, _)| *wanted == '.');
        let open: String = open.map(|(_, digit)| digit).collect();
        let ends = || pattern.get(pattern.len().checked_sub(length)?..);
        let own = self.extension_pattern.as_deref().or_else(ends)?;
        let fixed = own.get(..length.checked_sub(open.len())?).filter(|fixed| !fixed.contains('.'))?;
        Some([fixed, &open].concat().into())
    }
}

impl Default for TelephonyService {
    fn default() -> Self {
        Self {
            max_ephones: None,
            max_dn: None,
            source_address: None,
            second_source_address: None,
            max_conferences: None,
            transfer_system: None,
            cnf_file: None,
            cnf_file_location: None,
            create_cnf_files: None,
            keepalive: DEFAULT_KEEPALIVE,
            keepalive_auxiliary: None,
            timeout_interdigit: 10,
            timeout_ringing: 180,
            timeout_busy: 10,
            timeout_transfer_recall: 0,
            dialplan_patterns: BTreeMap::new(),
            max_redirect: 10,
            em_logout: Vec::new(),
            em_external: false,
            privacy: true,
            privacy_on_hold: false,
            em_keep_history: false,
            urls: BTreeMap::new(),
            xml_user: None,
            voicemail: None,
            mwi_prefix: None,
            multicast_moh: None,
            park_application: false,
            park_no_match: false,
            moh: None,
            features: ServiceFeatures::default(),
            directed_pickup: DirectedPickup::default(),
            system_message: None,
            time_format: TimeFormat::Hours12,
            date_format: DateFormat::MonthDayYear,
            time_zone: None,
            sccp_max_version: 17,
            phones: PhoneService::default(),
            kept: Vec::new(),
        }
    }
}

impl TelephonyService {
    /// Sets an `ip source-address`: one of each address family stays, the IPv4 one first.
    pub fn set_source_address(&mut self, source: SccpSourceAddress) {
        let is_v4 = |source: &SccpSourceAddress| source.listen.address.is_ipv4();
        match self.source_address.filter(|first| is_v4(first) != is_v4(&source)) {
            Some(first) if is_v4(&source) => {
                self.second_source_address = Some(first);
                self.source_address = Some(source);
            }
            Some(_) => self.second_source_address = Some(source),
            None => self.source_address = Some(source),
        }
    }

    /// Removes the `ip source-address` of the family of this address; all without one.
    pub fn remove_source_address(&mut self, address: Option<IpAddr>) {
        let other = |source: &SccpSourceAddress| {
            address.is_some_and(|address| address.is_ipv4() != source.listen.address.is_ipv4())
        };
        let second = self.second_source_address.take().filter(other);
        (self.source_address, self.second_source_address) = match self.source_address.filter(other) {
            Some(first) => (Some(first), second),
            None => (second, None),
        };
    }

    /// How the phones transfer; the default is `full-consult`.
    pub fn effective_transfer_system(&self) -> TransferSystem {
        self.transfer_system.unwrap_or(TransferSystem::FullConsult { dss: false })
    }
}

/// `max-dn N [preference P] [no-reg primary|both]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MaxDn {
    /// Highest number of directory numbers.
    pub count: u32,
    /// Preference (0 best, 10 worst) for the primary numbers of all directory numbers.
    pub preference: Option<u32>,
    /// Which numbers are not registered elsewhere.
    pub no_reg: Option<NoReg>,
}

/// `no-reg`: numbers that are not registered with an outside gatekeeper or proxy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoReg {
    /// `no-reg primary`.
    Primary,
    /// `no-reg both`.
    Both,
}

/// `ip source-address` of `telephony-service`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SccpSourceAddress {
    /// Where phones connect.
    pub listen: SourceAddress,
    /// `secondary`: the other system phones fall back to.
    pub secondary: Option<SecondaryAddress>,
    /// `any-match` (default, true) or `strict-match` (false: a phone that addressed another server is refused).
    pub any_match: bool,
}

/// `secondary A [rehome S]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SecondaryAddress {
    /// Address of the other system.
    pub address: IpAddr,
    /// Seconds until a phone returns. Default: 120.
    pub rehome: Option<u32>,
}

/// `max-conferences N [gain G]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MaxConferences {
    /// Most three-party conferences at a time.
    pub count: u32,
    /// Gain on the inbound audio of remote joiners in dB: -6, 0, 3 or 6. Default: -6.
    pub gain: i32,
}

/// `transfer-system`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransferSystem {
    /// `blind`.
    Blind,
    /// `full-blind`.
    FullBlind,
    /// `full-consult [dss]`.
    FullConsult {
        /// Consult transfer to an idle monitored line is allowed.
        dss: bool,
    },
    /// `local-consult`.
    LocalConsult,
}

/// `cnf-file`: which configuration files the phones fetch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CnfFile {
    /// `perphone`: `SEP<mac>.cnf.xml`.
    PerPhone,
    /// `perphonetype`: `XMLDefault<type>.cnf.xml`.
    PerPhoneType,
}

/// `url` of `telephony-service`: which phone URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum UrlKind {
    /// `authentication`.
    Authentication,
    /// `directories`.
    Directories,
    /// `idle`.
    Idle,
    /// `information`.
    Information,
    /// `messages`.
    Messages,
    /// `proxy-server`.
    ProxyServer,
    /// `services`.
    Services,
}

/// One `url` command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhoneUrl {
    /// The URL.
    pub url: SmolStr,
    /// `root` (services only): the page replaces the Services menu.
    pub root: bool,
    /// What follows the URL: the name of the menu entry (services), credentials (authentication), `idle-timeout`.
    pub label: Option<SmolStr>,
}

/// `xml user NAME password [0|6] SECRET PRIVILEGE`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct XmlUser {
    /// Name and password.
    pub credentials: Credentials,
    /// Privilege level 0 to 15.
    pub privilege: u32,
}

/// `service directed-pickup [gpickup]`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DirectedPickup {
    /// `service directed-pickup`: PickUp takes a number.
    #[default]
    On,
    /// `no service directed-pickup`: PickUp is for the own group.
    Off,
    /// `service directed-pickup gpickup`: GPickUp takes a number, PickUp is for the own group.
    ByGroupKey,
}

/// `time-format`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeFormat {
    /// `12`.
    Hours12,
    /// `24`.
    Hours24,
}

/// `date-format`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DateFormat {
    /// `dd-mm-yy`.
    DayMonthYear,
    /// `mm-dd-yy`.
    MonthDayYear,
    /// `yy-dd-mm`.
    YearDayMonth,
    /// `yy-mm-dd`.
    YearMonthDay,
}

/// `multicast moh`: music on hold is sent to a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MulticastMoh {
    /// The group.
    pub address: Ipv4Addr,
    /// `port`.
    pub port: u16,
    /// `route`: by which addresses of the router.
    pub routes: Option<SmolStr>,
}
