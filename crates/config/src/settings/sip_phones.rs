//! SIP phones: `voice register global`, `dn`, `template` and `pool`.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use smol_str::SmolStr;

use super::{Credentials, DnFeatures, DnServices, SourceAddress, XmlUser};
use crate::values::{MacAddress, SpeedDial};

/// `voice register global`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VoiceRegisterGlobal {
    /// `mode`.
    pub mode: Option<RegisterMode>,
    /// `source-address`.
    pub source_address: Option<SourceAddress>,
    /// `source-address ... secondary`: the other system phones fall back to.
    pub secondary_address: Option<IpAddr>,
    /// `keepalive` of SIP phones, in seconds. Default: 120.
    pub keepalive: u32,
    /// `attempted-registrations size`: entries of the list of phones that were refused. Default: 10.
    pub attempted_registrations: u32,
    /// `timeouts transfer-recall`, seconds; 0 is off.
    pub transfer_recall: Option<u32>,
    /// `max-dn`: directory numbers of SIP phones. Default: 0.
    pub max_dn: u32,
    /// `max-pool`: SIP phones. Default: 0.
    pub max_pool: u32,
    /// `authenticate register`: every registration has to prove its password.
    pub authenticate_register: bool,
    /// `authenticate realm`.
    pub realm: Option<SmolStr>,
    /// `srtp`. Default: that of `voice service voip`.
    pub srtp: Option<Srtp>,
    /// `xml user`: those of all session managers that have none of their own.
    pub xml_users: Vec<XmlUser>,
    /// `create profile`: the files of the phones are made.
    pub create_profile: bool,
    /// `sync`: when the files were built, as IOS notes it.
    pub profile_stamp: Option<SmolStr>,
    /// `load`: firmware by model.
    pub loads: BTreeMap<SmolStr, SmolStr>,
    /// `voicemail`: what the messages key of SIP phones calls.
    pub voicemail: Option<SmolStr>,
    /// `timezone`: the number of the phones' time zone.
    pub time_zone: Option<u32>,
    /// `time-format 24`: the phones show 24 hours.
    pub hours_24: bool,
    /// `date-format`: the phones' order of day, month and year, as in `D/M/Y`. Default: `M/D/Y`.
    pub date_format: Option<SmolStr>,
    /// Lines kept without effect.
    pub kept: Vec<SmolStr>,
}

impl VoiceRegisterGlobal {
    /// Whether phones find their files here: `mode cme` and `create profile`.
    pub fn makes_files(&self) -> bool {
        self.mode == Some(RegisterMode::Cme) && self.create_profile
    }
}

impl Default for VoiceRegisterGlobal {
    fn default() -> Self {
        Self {
            mode: None,
            source_address: None,
            secondary_address: None,
            keepalive: 120,
            attempted_registrations: 10,
            transfer_recall: None,
            max_dn: 0,
            max_pool: 0,
            authenticate_register: false,
            realm: None,
            srtp: None,
            xml_users: Vec::new(),
            create_profile: false,
            profile_stamp: None,
            loads: BTreeMap::new(),
            voicemail: None,
            time_zone: None,
            hours_24: false,
            date_format: None,
            kept: Vec::new(),
        }
    }
}

/// `srtp`: whether audio is encrypted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Srtp {
    /// Not at all.
    #[default]
    Off,
    /// `srtp`: always; calls without it fail.
    Required,
    /// `srtp fallback`: where the other end can.
    Fallback,
}

/// `mode` of `voice register global`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RegisterMode {
    /// `mode cme`: this system provisions the SIP phones.
    Cme,
    /// `mode cme-app`.
    CmeApp,
    /// `mode esrst`.
    Esrst,
}

/// `voice register dn`: a directory number of SIP phones.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RegisterDn {
    /// `number`, up to 16 characters.
    pub number: Option<SmolStr>,
    /// `name`: caller name and directory entry.
    pub name: Option<SmolStr>,
    /// `label`: text beside the line.
    pub label: Option<SmolStr>,
    /// `preference`: 0 is tried first.
    pub preference: u32,
    /// `auto-answer`.
    pub auto_answer: bool,
    /// `shared-line`, with its `max-calls`.
    pub shared_line: Option<u32>,
    /// What it has in common with an `ephone-dn`.
    pub features: DnFeatures,
    /// `mobility` and `snr`.
    pub services: DnServices,
    /// Lines kept without effect.
    pub kept: Vec<SmolStr>,
}

/// `id` of a pool: which phone it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PoolId {
    /// `id mac`.
    Mac(MacAddress),
    /// `id network A mask M`.
    Network(IpAddr, IpAddr),
    /// `id ip A mask M`.
    Ip(IpAddr, IpAddr),
}

/// How a phone proves its password.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DigestAlgorithm {
    /// MD5.
    #[default]
    Md5,
    /// SHA-256, and MD5 for phones that do not know it.
    Sha256,
}

/// `session-transport`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PoolTransport {
    /// `udp`.
    #[default]
    Udp,
    /// `tcp`.
    Tcp,
}

/// `codec`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SipCodec {
    /// `g711ulaw`.
    G711Ulaw,
    /// `g711alaw`.
    G711Alaw,
    /// `g722-64`.
    G722,
    /// `g729r8`.
    G729,
    /// `ilbc`.
    Ilbc,
    /// `opus`.
    Opus,
}

/// What a `voice register pool` and a `voice register template` can both say. A value of the pool beats that of its template.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PoolFeatures {
    /// `codec`: the only one.
    pub codec: Option<SipCodec>,
    /// `keep-conference`. Default: on.
    pub keep_conference: Option<bool>,
    /// `dtmf-relay`.
    pub dtmf_relay: Option<SmolStr>,
    /// `srtp`. Default: that of all phones.
    pub srtp: Option<Srtp>,
    /// `voice-class codec`: the class of its codecs.
    pub codec_class: Option<u32>,
    /// `cor`.
    pub restriction: super::Restriction,
    /// `translation-profile` and `translate-outgoing`.
    pub translation: super::DnTranslation,
}

/// `call-forward b2bua` of a pool: where calls to its numbers go that do not say so themselves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PoolForwarding {
    /// `all`.
    pub all: Option<SmolStr>,
    /// `busy`.
    pub busy: Option<SmolStr>,
    /// `noan`, and after how many seconds.
    pub no_answer: Option<(SmolStr, u32)>,
    /// `unreachable`.
    pub unreachable: Option<SmolStr>,
}

/// `voice register template`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RegisterTemplate {
    /// The values its phones inherit.
    pub features: PoolFeatures,
    /// `anonymous block`: callers who do not say who they are are refused.
    pub anonymous_block: bool,
    /// `caller-id block`: whom its phones call is not told their numbers.
    pub caller_id_block: bool,
    /// Lines kept without effect.
    pub kept: Vec<SmolStr>,
}

/// `voice register pool`: a SIP phone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegisterPool {
    /// `id`.
    pub id: Option<PoolId>,
    /// `id ... device-id-name`.
    pub device_name: Option<SmolStr>,
    /// `type`: Cisco's model name.
    pub model: Option<SmolStr>,
    /// Expansion modules after `type MODEL addon`.
    pub addons: Option<SmolStr>,
    /// `number TAG dn DN`: tags of directory numbers by line.
    pub numbers: BTreeMap<u32, u32>,
    /// `number ... preference`, by line.
    pub preferences: BTreeMap<u32, u32>,
    /// `number ... huntstop`: lines.
    pub huntstops: BTreeSet<u32>,
    /// `call-forward b2bua`.
    pub forwarding: PoolForwarding,
    /// `username NAME password SECRET`.
    pub user: Option<Box<Credentials>>,
    /// `authenticate algorithm`.
    pub algorithm: DigestAlgorithm,
    /// `template`.
    pub template: Option<u32>,
    /// `description`.
    pub description: Option<SmolStr>,
    /// `busy-trigger-per-button`.
    pub busy_trigger_per_button: Option<u32>,
    /// `call-waiting`. Default: on.
    pub call_waiting: bool,
    /// `auto-answer`: the phone answers when headers of the INVITE ask it to. (Hookflash's own command.)
    pub auto_answer: bool,
    /// `session-transport`; UDP if it is not configured.
    pub transport: Option<PoolTransport>,
    /// `speed-dial`, by position.
    pub speed_dials: BTreeMap<u32, SpeedDial>,
    /// What a template can say too.
    pub features: PoolFeatures,
    /// Lines kept without effect.
    pub kept: Vec<SmolStr>,
}

impl RegisterPool {
    /// The name by which the phone asks for its file, such as `SEP001122334455`: `device-id-name`, or the one that follows from
    /// its address. `None` for a phone that is known by its network.
    pub fn name_of_device(&self) -> Option<SmolStr> {
        match (&self.device_name, &self.id) {
            (Some(name), _) => Some(name.clone()),
            (None, Some(PoolId::Mac(mac))) => Some(SmolStr::new(mac.device_name())),
            (None, _) => None,
        }
    }
}

impl Default for RegisterPool {
    fn default() -> RegisterPool {
        RegisterPool {
            id: None,
            device_name: None,
            model: None,
            addons: None,
            numbers: BTreeMap::new(),
            preferences: BTreeMap::new(),
            huntstops: BTreeSet::new(),
            forwarding: PoolForwarding::default(),
            user: None,
            algorithm: DigestAlgorithm::Md5,
            template: None,
            description: None,
            busy_trigger_per_button: None,
            call_waiting: true,
            auto_answer: false,
            transport: None,
            speed_dials: BTreeMap::new(),
            features: PoolFeatures::default(),
            kept: Vec::new(),
        }
    }
}
