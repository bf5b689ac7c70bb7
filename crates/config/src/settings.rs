//! The typed settings a configuration means.
//!
//! One struct for each configuration mode, one field for each command. Fields with a documented default hold that
//! default when the command is absent; `Option` is used where absence differs from every value.
//! Lines which are kept but have no effect are the `kept` lists (inside a mode) and [`Settings::foreign`] (global).

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;

use smol_str::SmolStr;

use super::by_position::ByPosition;
use super::cti_user::CtiUser;
use super::mode::Mode;
use super::phone_settings::{PhoneFeatures, PhoneService};
use super::trunk_values::{SessionTarget, TranslationRule};
use super::values::{Button, ClockTime, MacAddress, Secret, SpeedDial};

/// TCP port of SCCP when the configuration names none.
pub const DEFAULT_SCCP_PORT: u16 = 2000;
/// Seconds between keepalives of SCCP phones, where nothing else is configured.
pub const DEFAULT_KEEPALIVE: u32 = 30;
/// Port of SIP (UDP and TCP) when the configuration names none.
pub const DEFAULT_SIP_PORT: u16 = 5060;

/// The whole configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// `hostname`.
    pub hostname: Option<SmolStr>,
    /// `voice service voip`; `None` when the mode was never entered (all defaults).
    pub voice_service: Option<VoiceService>,
    /// `voice register global`.
    pub register_global: Option<VoiceRegisterGlobal>,
    /// `num-exp`: what is dialled, and what is called instead.
    pub expansions: Vec<(SmolStr, SmolStr)>,
    /// `voice translation-rule`, by tag.
    pub translation_rules: BTreeMap<u32, TranslationRules>,
    /// `voice translation-profile`, in the order in which they were entered first.
    pub translation_profiles: BTreeMap<u32, TranslationProfile>,
    /// `dial-peer voice TAG voip`, by tag.
    pub dial_peers: BTreeMap<u32, DialPeer>,
    /// `sip-ua`.
    pub sip_ua: Option<SipUa>,
    /// `voice register dn`, by tag.
    pub register_dns: BTreeMap<u32, RegisterDn>,
    /// `voice register template`, by tag.
    pub register_templates: BTreeMap<u32, RegisterTemplate>,
    /// `voice register pool`, by tag.
    pub register_pools: BTreeMap<u32, RegisterPool>,
    /// `application-user`, in the order in which they were entered first.
    pub application_users: BTreeMap<u32, CtiUser>,
    /// `end-user`, in the order in which they were entered first.
    pub end_users: BTreeMap<u32, CtiUser>,
    /// `voice register session-server`, by tag 1 to 8.
    pub session_servers: BTreeMap<u32, SessionServer>,
    /// `voice logout-profile`, by tag.
    pub logout_profiles: BTreeMap<u32, Profile>,
    /// `voice user-profile`, by tag.
    pub user_profiles: BTreeMap<u32, Profile>,
    /// `telephony-service`; `None` means that no SCCP phone can register.
    pub telephony_service: Option<TelephonyService>,
    /// `ephone-dn-template`, by tag.
    pub ephone_dn_templates: BTreeMap<u32, EphoneDnTemplate>,
    /// `ephone-template`, by tag.
    pub ephone_templates: BTreeMap<u32, EphoneTemplate>,
    /// `ephone-dn`, by tag. Shared, so that a copy of the settings is cheap to make and to compare; change one with
    /// [`Arc::make_mut`].
    pub ephone_dns: BTreeMap<u32, Arc<EphoneDn>>,
    /// `ephone`, by tag. Shared as the `ephone-dn`s are.
    pub ephones: BTreeMap<u32, Arc<Ephone>>,
    /// `ephone-hunt`, by tag.
    pub ephone_hunts: BTreeMap<u32, HuntGroup>,
    /// `voice hunt-group`, by tag.
    pub voice_hunt_groups: BTreeMap<u32, HuntGroup>,
    /// `cti-manager`; `None` means that applications come over SIP only.
    pub cti_manager: Option<CtiManager>,
    /// `limits`; `None` when the mode was never entered (all defaults).
    pub limits: Option<Limits>,
    /// Lines that only concern a router, verbatim, sorted by [`ForeignBlock::after`].
    pub foreign: Vec<ForeignBlock>,
}

/// Where a global line stands in a running configuration, in the order IOS prints.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Section {
    /// Before everything of ours.
    #[default]
    Start,
    /// `hostname`.
    Hostname,
    /// `voice service voip`.
    VoiceService,
    /// `voice register global`.
    RegisterGlobal,
    /// `voice register dn`.
    RegisterDns,
    /// `voice register template`.
    RegisterTemplates,
    /// `voice register pool`.
    RegisterPools,
    /// `voice register session-server`.
    SessionServers,
    /// `voice logout-profile`.
    LogoutProfiles,
    /// `voice user-profile`.
    UserProfiles,
    /// `telephony-service`.
    TelephonyService,
    /// `ephone-dn-template`.
    EphoneDnTemplates,
    /// `ephone-template`.
    EphoneTemplates,
    /// `ephone-dn`.
    EphoneDns,
    /// `ephone`.
    Ephones,
    /// `ephone-hunt`.
    EphoneHunts,
    /// `voice hunt-group`.
    VoiceHuntGroups,
    /// `cti-manager`.
    CtiManager,
    /// The users of applications.
    ApplicationUsers,
    /// The end users.
    EndUsers,
    /// `limits`.
    Limits,
    /// `voice translation-rule`.
    TranslationRules,
    /// `voice translation-profile`.
    TranslationProfiles,
    /// `dial-peer voice ... voip`.
    DialPeers,
    /// `sip-ua`.
    SipUa,
}

/// A global line that is kept, shown and ignored, with its indented sub-lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForeignBlock {
    /// The section of ours it followed.
    pub after: Section,
    /// The line and its sub-lines, without trailing blanks; sub-lines keep their indentation.
    pub lines: Vec<SmolStr>,
}

/// Telephone features of the whole system.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServiceFeatures {
    /// `transfer-pattern`, in the order given.
    pub transfer_patterns: Vec<TransferPattern>,
    /// `secondary-dialtone`.
    pub secondary_dialtone: Option<SmolStr>,
    /// `conference hardware`.
    pub conference_hardware: bool,
    /// `after-hours`.
    pub after_hours: AfterHours,
    /// `night-service`.
    pub night: Schedule,
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
    /// `fac custom`: features and their codes.
    Custom(BTreeMap<SmolStr, SmolStr>),
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
}

/// `blf-speed-dial`, by position.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SpeedDials {
    /// Number and label.
    pub with_lamps: BTreeMap<u32, SpeedDial>,
}

/// `ephone-hunt` or `voice hunt-group`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HuntGroup {
    /// The type of the opening line.
    pub kind: HuntType,
    /// `pilot`.
    pub pilot: Option<SmolStr>,
    /// `pilot ... secondary`.
    pub secondary: Option<SmolStr>,
    /// `list`.
    pub members: Vec<SmolStr>,
    /// `final`.
    pub final_number: Option<SmolStr>,
    /// `timeout`: seconds for each attempt; empty means `timeouts ringing`.
    pub timeouts: Vec<u32>,
    /// `max-timeout`, in seconds.
    pub max_timeout: Option<u32>,
    /// `hops`.
    pub hops: Option<u32>,
    /// `preference`.
    pub preference: Option<Preference>,
    /// `present-call`.
    pub present_call: Option<PresentCall>,
    /// `auto logout`.
    pub auto_logout: Option<AutoLogout>,
    /// `statistics collect`.
    pub collects_statistics: bool,
    /// `description`.
    pub description: Option<SmolStr>,
    /// `name`.
    pub name: Option<SmolStr>,
    /// `no-reg`, as it is printed.
    pub no_reg: Option<&'static str>,
    /// Lines kept without effect.
    pub kept: Vec<SmolStr>,
}

/// The type of a hunt group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HuntType {
    /// `sequential`.
    #[default]
    Sequential,
    /// `peer`.
    Peer,
    /// `longest-idle`.
    LongestIdle,
    /// `parallel`.
    Parallel,
}

impl HuntType {
    /// The word of the command.
    pub const fn word(self) -> &'static str {
        match self {
            HuntType::Sequential => "sequential",
            HuntType::Peer => "peer",
            HuntType::LongestIdle => "longest-idle",
            HuntType::Parallel => "parallel",
        }
    }
}

impl std::fmt::Display for HuntType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.word())
    }
}

/// `present-call`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PresentCall {
    /// `idle-phone`: phones without any call.
    Idle,
    /// `onhook-phone`: phones that are on-hook.
    OnHook,
}

/// `auto logout`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AutoLogout {
    /// After how many calls in vain.
    pub calls: u32,
    /// `static` or `dynamic`: only members of that kind.
    pub only: Option<&'static str>,
}

/// `cti-manager`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CtiManager {
    /// `heartbeat minimum` and `maximum`.
    pub heartbeat: Heartbeat,
    /// `maximum connections`: sessions at a time. Default: 2500.
    pub max_connections: u32,
    /// `maximum devices-per-provider`. Default: 2000.
    pub max_devices_per_provider: u32,
    /// `maximum devices-per-node`. Default: 800.
    pub max_devices_per_node: u32,
    /// `new-call-accept-timer`, in seconds. Default: 4.
    pub new_call_accept_timer: u32,
    /// `media-exchange-timer`, in seconds. Default: 12.
    pub media_exchange_timer: u32,
    /// `csta tcp port`; 0 means any free port.
    pub csta_tcp_port: Option<u16>,
    /// `csta tls port`; 0 means any free port.
    pub csta_tls_port: Option<u16>,
    /// `http port`; 0 means any free port.
    pub http_port: Option<u16>,
    /// `cluster-security`.
    pub cluster_security: bool,
    /// Lines without effect.
    pub kept: Vec<SmolStr>,
}

impl Default for CtiManager {
    fn default() -> CtiManager {
        CtiManager {
            heartbeat: Heartbeat::default(),
            max_connections: 2500,
            max_devices_per_provider: 2000,
            max_devices_per_node: 800,
            new_call_accept_timer: 4,
            media_exchange_timer: 12,
            csta_tcp_port: None,
            csta_tls_port: None,
            http_port: None,
            cluster_security: false,
            kept: Vec::new(),
        }
    }
}

/// `limits`: how much one source address, one principal and all strangers together may take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// `connections per-source`: TCP connections of applications. Default: 4096.
    pub connections_per_source: u32,
    /// `connections waiting per-source`: those without registration and session. Default: 2048.
    pub waiting_per_source: u32,
    /// `sessions per-source`. Default: 2000.
    pub sessions_per_source: u32,
    /// `sessions per-principal`. Default: 2000.
    pub sessions_per_principal: u32,
    /// `monitors per-source`. Default: 25000.
    pub monitors_per_source: u32,
    /// `monitors per-principal`. Default: 25000.
    pub monitors_per_principal: u32,
    /// `monitors per-device`: monitors on one device beyond the first of each session, for one source. Default: 200.
    pub monitors_per_device: u32,
    /// `transactions per-source`: SIP requests that are kept in case they are repeated. Default: 8192.
    pub transactions_per_source: u32,
    /// `calls per-source`: new calls a second; 0, the default, means a fair share when the machine is busy.
    pub calls_per_source: u32,
    /// `registrations failed per-source`, a minute. Default: 30.
    pub failures_per_source: u32,
    /// `log per-source`: lines a minute of one kind. Default: 60.
    pub log_per_source: u32,
    /// `phone probe`, in seconds; 0 means that the newest registration wins. Default: 5.
    pub phone_probe: u32,
    /// `memory megabytes`. Default: 256.
    pub memory_megabytes: u32,
    /// Lines without effect.
    pub kept: Vec<SmolStr>,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            connections_per_source: 4096,
            waiting_per_source: 2048,
            sessions_per_source: 2000,
            sessions_per_principal: 2000,
            monitors_per_source: 25_000,
            monitors_per_principal: 25_000,
            monitors_per_device: 200,
            transactions_per_source: 8192,
            calls_per_source: 0,
            failures_per_source: 30,
            log_per_source: 60,
            phone_probe: 5,
            memory_megabytes: 256,
            kept: Vec::new(),
        }
    }
}

/// Between which limits the heartbeat intervals of applications are, in seconds. The minimum is not above the maximum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heartbeat {
    /// Default: 5.
    pub minimum: u32,
    /// Default: 3600.
    pub maximum: u32,
}

impl Default for Heartbeat {
    fn default() -> Heartbeat {
        Heartbeat { minimum: 5, maximum: 3600 }
    }
}

/// `voice service voip`, with its `sip` submode.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VoiceService {
    /// `cti shutdown`: no CTI session is accepted. Default: true.
    pub cti_shutdown: bool,
    /// `callmonitor`: the Call Monitor Module reports events.
    pub callmonitor: bool,
    /// `gcid`: every leg of a call carries a Global Call ID.
    pub gcid: bool,
    /// `cti csta mode basic`: no enhanced extensions in CTI messages.
    pub cti_csta_mode_basic: bool,
    /// `cti message device-id suppress-conversion`: only the requested number is converted in CTI messages.
    pub cti_suppress_conversion: bool,
    /// `cti timeout make-call-prompt`: seconds a prompted MakeCall waits for the user to go off hook. Default: 15.
    pub cti_make_call_prompt: u32,
    /// `cti session-timer`: seconds a CTI session lives without refresh. Default: 1800 (30 minutes).
    pub cti_session_timer: u32,
    /// `allow-connections FROM to TO`.
    pub allow_connections: BTreeSet<(Protocol, Protocol)>,
    /// `supplementary-service sip moved-temporary`: call forward may answer 302. Default: true.
    pub sip_moved_temporary: bool,
    /// `supplementary-service sip refer`: a transfer may pass REFER on. Default: true.
    pub sip_refer: bool,
    /// `ip address trusted list`.
    pub trusted: TrustedList,
    /// `ip address trusted authenticate`: calls are taken from trusted addresses only. Default: true.
    pub trusted_only: bool,
    /// `sip` submode.
    pub sip: Sip,
    /// Lines kept without effect.
    pub kept: Vec<SmolStr>,
}

impl Default for VoiceService {
    fn default() -> Self {
        Self {
            cti_shutdown: true,
            callmonitor: false,
            gcid: false,
            cti_csta_mode_basic: false,
            cti_suppress_conversion: false,
            cti_make_call_prompt: 15,
            cti_session_timer: 1800,
            allow_connections: BTreeSet::new(),
            sip_moved_temporary: true,
            sip_refer: true,
            trusted: TrustedList::default(),
            trusted_only: true,
            sip: Sip::default(),
            kept: Vec::new(),
        }
    }
}

/// Call signalling protocol of a leg.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Protocol {
    /// H.323.
    H323,
    /// SIP.
    Sip,
}

/// `ip address trusted list` under `voice service voip`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustedList {
    /// Addresses, with the mask of a network.
    pub addresses: Vec<(IpAddr, Option<IpAddr>)>,
    /// Lines without effect.
    pub kept: Vec<SmolStr>,
}

/// `sip` under `voice service voip`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sip {
    /// `registrar server`; `None` means that REGISTER is refused.
    pub registrar: Option<Registrar>,
    /// Lines kept without effect.
    pub kept: Vec<SmolStr>,
}

/// `registrar server`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Registrar {
    /// Longest registration granted, in seconds. Default: 3600.
    pub max_expires: u32,
    /// Shortest registration accepted, in seconds. Default: 60.
    pub min_expires: u32,
}

impl Default for Registrar {
    fn default() -> Self {
        Self { max_expires: 3600, min_expires: 60 }
    }
}

/// A listening address: `ip source-address` and `source-address`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SourceAddress {
    /// Local address.
    pub address: IpAddr,
    /// Port; 0 means any free port.
    pub port: u16,
}

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
    /// `max-dn`: directory numbers of SIP phones. Default: 0.
    pub max_dn: u32,
    /// `max-pool`: SIP phones. Default: 0.
    pub max_pool: u32,
    /// `authenticate register`: every registration has to prove its password.
    pub authenticate_register: bool,
    /// `authenticate realm`.
    pub realm: Option<SmolStr>,
    /// Lines kept without effect.
    pub kept: Vec<SmolStr>,
}

impl Default for VoiceRegisterGlobal {
    fn default() -> Self {
        Self {
            mode: None,
            source_address: None,
            secondary_address: None,
            keepalive: 120,
            max_dn: 0,
            max_pool: 0,
            authenticate_register: false,
            realm: None,
            kept: Vec::new(),
        }
    }
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
    /// `pickup-group`.
    pub pickup_group: Option<SmolStr>,
    /// `shared-line`, with its `max-calls`.
    pub shared_line: Option<u32>,
    /// What it has in common with an `ephone-dn`.
    pub features: DnFeatures,
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
}

/// What a `voice register pool` and a `voice register template` can both say. A value of the pool beats that of its template.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PoolFeatures {
    /// `codec`: the only one.
    pub codec: Option<SipCodec>,
    /// `keep-conference`. Default: on.
    pub keep_conference: Option<bool>,
}

/// `voice register template`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RegisterTemplate {
    /// The values its phones inherit.
    pub features: PoolFeatures,
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
    /// `session-transport`.
    pub transport: PoolTransport,
    /// `speed-dial`, by position.
    pub speed_dials: BTreeMap<u32, SpeedDial>,
    /// What a template can say too.
    pub features: PoolFeatures,
    /// Lines kept without effect.
    pub kept: Vec<SmolStr>,
}

impl Default for RegisterPool {
    fn default() -> RegisterPool {
        RegisterPool {
            id: None,
            device_name: None,
            model: None,
            addons: None,
            numbers: BTreeMap::new(),
            user: None,
            algorithm: DigestAlgorithm::Md5,
            template: None,
            description: None,
            busy_trigger_per_button: None,
            call_waiting: true,
            auto_answer: false,
            transport: PoolTransport::Udp,
            speed_dials: BTreeMap::new(),
            features: PoolFeatures::default(),
            kept: Vec::new(),
        }
    }
}

/// `voice register session-server`: a session manager of a CSTA client application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionServer {
    /// `register-id`: the identity the application registers with.
    pub register_id: Option<SmolStr>,
    /// `keepalive`: lifetime of its registration in seconds. Default: 300.
    pub keepalive: u32,
    /// `cti-aware`: keepalives are not answered when the CTI session has ended.
    pub cti_aware: bool,
    /// Lines kept without effect.
    pub kept: Vec<SmolStr>,
}

impl Default for SessionServer {
    fn default() -> Self {
        Self { register_id: None, keepalive: 300, cti_aware: false, kept: Vec::new() }
    }
}

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
    /// `voicemail`: number of the voicemail system.
    pub voicemail: Option<SmolStr>,
    /// `moh`: the file that is played to held parties, in `flash:`. Default: built-in music.
    pub moh: Option<SmolStr>,
    /// Telephone features.
    pub features: ServiceFeatures,
    /// `service directed-pickup`: what the PickUp and GPickUp keys do.
    pub directed_pickup: DirectedPickup,
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
            em_keep_history: false,
            urls: BTreeMap::new(),
            xml_user: None,
            voicemail: None,
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

/// What an `ephone-dn` and an `ephone-dn-template` can both say.
/// A value in the `ephone-dn` beats the value of its template.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DnFeatures {
    /// `cti watch`: applications may monitor and control the number.
    pub cti_watch: Option<bool>,
    /// `cti notify`: the number is up although no phone carries it.
    pub cti_notify: Option<bool>,
    /// `allow watch`: presence watchers may watch the line.
    pub allow_watch: Option<bool>,
    /// `huntstop`: busy or no answer does not roll to another number. Default: on.
    pub huntstop: Option<bool>,
    /// `huntstop channel [N]`: channels from N on are for outgoing calls. `N` is absent on dual lines.
    pub huntstop_channel: Option<Option<u32>>,
    /// `call-forward all`.
    pub forward_all: Option<Box<Forward>>,
    /// `call-forward busy`.
    pub forward_busy: Option<Box<Forward>>,
    /// `call-forward noan N timeout S`.
    pub forward_no_answer: Option<Box<ForwardNoAnswer>>,
    /// `call-forward max-length`: most digits the CFwdAll soft key takes; 0 disables the key.
    pub forward_max_length: Option<u32>,
    /// `forward local-calls`: calls of other lines of this system are forwarded too. Default: on.
    pub forward_local_calls: Option<bool>,
    /// `mwi`.
    pub mwi: Option<Mwi>,
    /// `call-forward night-service`.
    pub forward_night: Option<SmolStr>,
    /// How calls are announced and transferred.
    pub calls: DnCalls,
    /// `pickup-group`: members pick up each other's calls.
    pub pickup_group: Option<SmolStr>,
    /// `pickup-call any-group`: the number picks up calls of every group as of its own.
    pub pickup_any_group: Option<bool>,
}

/// Target of a forward, with the calls it is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forward {
    /// Where the call goes.
    pub target: SmolStr,
    /// `primary` or `secondary`: only calls to that number; `None` means both.
    pub only: Option<WhichNumber>,
    /// `dialplan-pattern`: also for the expanded number.
    pub dialplan_pattern: bool,
}

/// `call-forward noan`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForwardNoAnswer {
    /// Where the call goes.
    pub forward: Forward,
    /// Seconds of ringing, 3 to 60000.
    pub timeout: u32,
}

/// Primary or secondary number of a directory number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhichNumber {
    /// `primary`.
    Primary,
    /// `secondary`.
    Secondary,
}

/// `mwi`: makes the directory number a message waiting extension that a voicemail system calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mwi {
    /// `off`.
    Off,
    /// `on`.
    On,
    /// `on-off`.
    OnOff,
}

/// `ephone-dn-template`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EphoneDnTemplate {
    /// The values its directory numbers inherit.
    pub features: DnFeatures,
    /// Lines kept without effect.
    pub kept: Vec<SmolStr>,
}

/// Channels of a directory number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LineMode {
    /// One channel.
    #[default]
    Single,
    /// `dual-line`: two channels, used by one phone at a time.
    Dual,
    /// `octo-line`: eight channels, split among the phones that share the number.
    Octo,
}

impl LineMode {
    /// Number of channels: 1, 2 or 8.
    pub fn channels(self) -> u8 {
        match self {
            LineMode::Single => 1,
            LineMode::Dual => 2,
            LineMode::Octo => 8,
        }
    }
}

/// `ephone-dn`: a directory number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EphoneDn {
    /// `dual-line`, `octo-line` or neither.
    pub line_mode: LineMode,
    /// `number`.
    pub number: Option<DnNumber>,
    /// `name`: caller name and directory entry.
    pub name: Option<SmolStr>,
    /// `label`: text beside the button.
    pub label: Option<SmolStr>,
    /// `description`: text in the phone's header.
    pub description: Option<SmolStr>,
    /// `preference P [secondary P]`: 0 is tried first. Defaults 0 and 9.
    pub preference: Preference,
    /// `session-server`: tags of the session managers that may monitor the number.
    pub session_servers: Vec<u32>,
    /// `park-slot`.
    pub park_slot: Option<ParkSlot>,
    /// `intercom`.
    pub intercom: Option<Intercom>,
    /// `ephone-dn-template`.
    pub template: Option<u32>,
    /// What a template can say too.
    pub features: DnFeatures,
    /// Lines kept without effect.
    pub kept: Vec<SmolStr>,
}

/// `keep-conference`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KeepConference {
    /// `drop-last`: Confrn drops the party that was added last.
    pub drop_last: bool,
    /// `endcall`: EndCall leaves the others together too.
    pub end_call: bool,
    /// `local-only`: only if one of the others is local.
    pub local_only: bool,
}

/// `park-slot`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ParkSlot {
    /// The only number that the slot is chosen for.
    pub reserved_for: Option<SmolStr>,
    /// Seconds between reminders, and after how many intervals the call leaves the slot.
    pub timeout: Option<(u32, u32)>,
    /// Whether the call then comes back to the number that parked it.
    pub recall: bool,
    /// Where else the call then goes.
    pub transfer_to: Option<SmolStr>,
}

/// `number N [secondary N] [no-reg [primary|both]]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DnNumber {
    /// The number, up to 16 characters.
    pub primary: SmolStr,
    /// `secondary`.
    pub secondary: Option<SmolStr>,
    /// `no-reg`; without further word it means both.
    pub no_reg: Option<NoReg>,
}

/// `preference`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Preference {
    /// For the primary number.
    pub primary: u32,
    /// For the secondary number.
    pub secondary: u32,
}

impl Default for Preference {
    fn default() -> Self {
        Self { primary: 0, secondary: 9 }
    }
}

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
    /// Soft keys and blocked features.
    pub keys: PhoneKeys,
    /// `dnd feature-ring`: calls to a phone that is not to be disturbed ring without a sound, instead of failing.
    pub dnd_feature_ring: Option<bool>,
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

/// `voice translation-rule`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TranslationRules {
    /// `rule`, by number.
    pub rules: BTreeMap<u32, TranslationRule>,
    /// Lines without effect.
    pub kept: Vec<SmolStr>,
}

/// `voice translation-profile`: tags of the rules for each number of a call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TranslationProfile {
    /// Its name.
    pub name: SmolStr,
    /// `translate called`.
    pub called: Option<u32>,
    /// `translate calling`.
    pub calling: Option<u32>,
    /// `translate redirect-called`.
    pub redirect_called: Option<u32>,
    /// `translate redirect-target`.
    pub redirect_target: Option<u32>,
    /// Lines without effect.
    pub kept: Vec<SmolStr>,
}

/// `dial-peer voice TAG voip`: a trunk.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DialPeer {
    /// `pots`: by a voice port, which is not served.
    pub pots: bool,
    /// `description`.
    pub description: Option<SmolStr>,
    /// `destination-pattern`.
    pub destination_pattern: Option<SmolStr>,
    /// `preference`: 0 is tried first.
    pub preference: u32,
    /// `huntstop`.
    pub huntstop: bool,
    /// `session protocol sipv2`.
    pub sip: bool,
    /// `session target`.
    pub target: Option<SessionTarget>,
    /// `session transport tcp`.
    pub tcp: bool,
    /// `incoming called-number`.
    pub incoming_called: Option<SmolStr>,
    /// `translation-profile incoming`.
    pub translate_incoming: Option<SmolStr>,
    /// `translation-profile outgoing`.
    pub translate_outgoing: Option<SmolStr>,
    /// `voice-class sip options-keepalive`.
    pub options_keepalive: bool,
    /// `authentication`.
    pub credentials: Option<Box<Credentials>>,
    /// `shutdown`.
    pub shutdown: bool,
    /// Lines without effect.
    pub kept: Vec<SmolStr>,
}

/// `registrar` of `sip-ua`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SipRegistrar {
    /// Where.
    pub target: SessionTarget,
    /// For how many seconds. Default: 3600.
    pub expires: u32,
}

/// `sip-ua`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SipUa {
    /// `registrar`.
    pub registrar: Option<SipRegistrar>,
    /// `credentials`.
    pub account: Option<Box<Credentials>>,
    /// `credentials number`.
    pub account_number: Option<SmolStr>,
    /// `credentials ... realm`.
    pub account_realm: Option<SmolStr>,
    /// `authentication`.
    pub credentials: Option<Box<Credentials>>,
    /// `sip-server`.
    pub server: Option<SessionTarget>,
    /// Lines without effect.
    pub kept: Vec<SmolStr>,
}

impl Settings {
    /// Adds a translation profile, unless there is one with the name.
    pub(crate) fn add_translation_profile(&mut self, name: &SmolStr) {
        if self.translation_profiles.values().any(|profile| profile.name == *name) {
            return;
        }
        let tag = self.translation_profiles.keys().next_back().map_or(1, |last| last + 1);
        let profile = TranslationProfile { name: name.clone(), ..TranslationProfile::default() };
        self.translation_profiles.insert(tag, profile);
    }

    /// The number by which an object of a mode with names is known.
    pub(crate) fn tag_of_name(&self, mode: Mode, name: &str) -> Option<u32> {
        fn find<T>(all: &BTreeMap<u32, T>, fits: impl Fn(&T) -> bool) -> Option<u32> {
            all.iter().find(|(_, one)| fits(one)).map(|(tag, _)| *tag)
        }
        match mode {
            Mode::TranslationProfile => find(&self.translation_profiles, |profile| profile.name == name),
            Mode::ApplicationUser => find(&self.application_users, |user| user.name == name),
            Mode::EndUser => find(&self.end_users, |user| user.name == name),
            _ => None,
        }
    }

    /// All users of CTI.
    pub fn cti_users(&self) -> impl Iterator<Item = &CtiUser> {
        self.application_users.values().chain(self.end_users.values())
    }

    /// All settings but those of directory numbers and phones, and of the lines of a router those that are in effect.
    pub fn without_phones(&self) -> Settings {
        Settings {
            hostname: self.hostname.clone(),
            voice_service: self.voice_service.clone(),
            register_global: self.register_global.clone(),
            expansions: self.expansions.clone(),
            translation_rules: self.translation_rules.clone(),
            translation_profiles: self.translation_profiles.clone(),
            dial_peers: self.dial_peers.clone(),
            sip_ua: self.sip_ua.clone(),
            register_dns: self.register_dns.clone(),
            register_templates: self.register_templates.clone(),
            register_pools: self.register_pools.clone(),
            session_servers: self.session_servers.clone(),
            logout_profiles: self.logout_profiles.clone(),
            user_profiles: self.user_profiles.clone(),
            telephony_service: self.telephony_service.clone(),
            ephone_dn_templates: self.ephone_dn_templates.clone(),
            ephone_templates: self.ephone_templates.clone(),
            ephone_hunts: self.ephone_hunts.clone(),
            voice_hunt_groups: self.voice_hunt_groups.clone(),
            cti_manager: self.cti_manager.clone(),
            application_users: self.application_users.clone(),
            end_users: self.end_users.clone(),
            limits: self.limits.clone(),
            ephone_dns: BTreeMap::new(),
            ephones: BTreeMap::new(),
            foreign: self.lines_in_effect(),
        }
    }

    /// The `ephone-dn` with this tag, to be changed; a new one if there is none.
    pub fn ephone_dn_mut(&mut self, tag: u32) -> &mut EphoneDn {
        Arc::make_mut(self.ephone_dns.entry(tag).or_default())
    }

    /// The `ephone` with this tag, to be changed; a new one if there is none.
    pub fn ephone_mut(&mut self, tag: u32) -> &mut Ephone {
        Arc::make_mut(self.ephones.entry(tag).or_default())
    }

    /// Phones that may register: `max-ephones`, 0 when absent.
    pub fn max_ephones(&self) -> u32 {
        self.telephony_service.as_ref().and_then(|t| t.max_ephones).unwrap_or(0)
    }

    /// Directory numbers that may exist: `max-dn`, 0 when absent.
    pub fn max_dn(&self) -> u32 {
        self.telephony_service.as_ref().and_then(|t| t.max_dn).map_or(0, |m| m.count)
    }

    /// Where SCCP phones connect; `None` when `telephony-service` names no address.
    pub fn sccp_listen(&self) -> Option<SourceAddress> {
        Some(self.telephony_service.as_ref()?.source_address?.listen)
    }

    /// Where SCCP phones connect with the other address family; `None` unless both are configured.
    pub fn second_sccp_listen(&self) -> Option<SourceAddress> {
        Some(self.telephony_service.as_ref()?.second_source_address?.listen)
    }

    /// Where SIP is spoken: `source-address` of `voice register global`, else port 5060 of the address SCCP phones
    /// connect to.
    pub fn sip_listen(&self) -> Option<SourceAddress> {
        let own = self.register_global.as_ref().and_then(|global| global.source_address);
        own.or_else(|| Some(SourceAddress { port: DEFAULT_SIP_PORT, ..self.sccp_listen()? }))
    }

    /// Replaces the address of every listening address; ports stay as configured.
    pub fn bind_to(&mut self, address: IpAddr) {
        if let Some(service) = &mut self.telephony_service {
            service.second_source_address = None;
            service.source_address.iter_mut().for_each(|source| source.listen.address = address);
        }
        if let Some(source) = self.register_global.as_mut().and_then(|g| g.source_address.as_mut()) {
            source.address = address;
        }
    }

    /// Where CSTA and SIP behaviour is set; all defaults when `voice service voip` is absent.
    pub fn voice_service(&self) -> VoiceService {
        self.voice_service.clone().unwrap_or_default()
    }

    /// The features of a directory number after its template was applied; defaults for an unknown tag.
    pub fn effective_dn_features(&self, dn: u32) -> DnFeatures {
        let Some(own) = self.ephone_dns.get(&dn) else { return DnFeatures::default() };
        let template = own.template.and_then(|t| self.ephone_dn_templates.get(&t));
        template.map_or_else(|| own.features.clone(), |t| own.features.over(&t.features))
    }

    /// May applications monitor and control this directory number? Default: no.
    pub fn effective_cti_watch(&self, dn: u32) -> bool {
        self.dn_feature(dn, |features| features.cti_watch).unwrap_or(false)
    }

    /// Is this directory number up without a phone? Default: no.
    pub fn effective_cti_notify(&self, dn: u32) -> bool {
        self.dn_feature(dn, |features| features.cti_notify).unwrap_or(false)
    }

    /// Does hunting stop at this directory number? Default: yes.
    pub fn effective_huntstop(&self, dn: u32) -> bool {
        self.dn_feature(dn, |features| features.huntstop).unwrap_or(true)
    }

    /// Keepalive of a phone in seconds: its own, its template's, or the one of `telephony-service`.
    pub fn effective_keepalive(&self, ephone: u32) -> u32 {
        self.ephone_feature(ephone, |features| features.keepalive)
            .or_else(|| self.telephony_service.as_ref().map(|t| t.keepalive))
            .unwrap_or(DEFAULT_KEEPALIVE)
    }

    /// Most calls on one octo-line button of a phone. Default: 8.
    pub fn effective_max_calls_per_button(&self, ephone: u32) -> u32 {
        self.ephone_feature(ephone, |features| features.max_calls_per_button).unwrap_or(8)
    }

    /// Calls on a button from which it counts as busy; `None` when off.
    pub fn effective_busy_trigger_per_button(&self, ephone: u32) -> Option<u32> {
        self.ephone_feature(ephone, |features| features.busy_trigger_per_button).filter(|n| *n > 0)
    }

    fn dn_feature<V>(&self, dn: u32, pick: impl Fn(&DnFeatures) -> Option<V>) -> Option<V> {
        let own = self.ephone_dns.get(&dn)?;
        pick(&own.features).or_else(|| pick(&self.ephone_dn_templates.get(&own.template?)?.features))
    }

    /// Whether a conference that the phone made goes on without it: its own `keep-conference`, or its template's.
    pub fn effective_keep_conference(&self, ephone: u32) -> bool {
        self.ephone_feature(ephone, |features| features.keep_conference).is_some()
    }

    /// The soft keys of a phone: of each state its own, or its template's; and what is blocked by either.
    pub fn effective_keys(&self, ephone: u32) -> PhoneKeys {
        let Some(own) = self.ephones.get(&ephone) else { return PhoneKeys::default() };
        let template = own.template.and_then(|tag| self.ephone_templates.get(&tag));
        let mut keys = template.map(|template| template.features.keys.clone()).unwrap_or_default();
        keys.soft_keys.extend(own.features.keys.soft_keys.clone());
        let own_keys = &own.features.keys;
        keys.after_hours_exempt = own_keys.after_hours_exempt.or(keys.after_hours_exempt);
        keys.night_bell = own_keys.night_bell.or(keys.night_bell);
        if !own.features.keys.blocked.is_empty() {
            keys.blocked.clone_from(&own.features.keys.blocked);
        }
        keys
    }

    /// The `keep-conference` of a phone, or its template's.
    pub fn keep_conference_of(&self, ephone: u32) -> Option<KeepConference> {
        self.ephone_feature(ephone, |features| features.keep_conference)
    }

    /// What a phone's `dnd feature-ring` says, or its template's.
    pub fn effective_dnd_feature_ring(&self, ephone: u32) -> Option<bool> {
        self.ephone_feature(ephone, |features| features.dnd_feature_ring)
    }

    fn ephone_feature<V>(&self, ephone: u32, pick: impl Fn(&EphoneFeatures) -> Option<V>) -> Option<V> {
        let own = self.ephones.get(&ephone)?;
        pick(&own.features).or_else(|| pick(&self.ephone_templates.get(&own.template?)?.features))
    }
}

impl DnFeatures {
    /// These values where present, the template's where not.
    pub fn over(&self, template: &DnFeatures) -> DnFeatures {
        DnFeatures {
            cti_watch: self.cti_watch.or(template.cti_watch),
            cti_notify: self.cti_notify.or(template.cti_notify),
            allow_watch: self.allow_watch.or(template.allow_watch),
            huntstop: self.huntstop.or(template.huntstop),
            huntstop_channel: self.huntstop_channel.or(template.huntstop_channel),
            forward_all: self.forward_all.clone().or_else(|| template.forward_all.clone()),
            forward_busy: self.forward_busy.clone().or_else(|| template.forward_busy.clone()),
            forward_no_answer: self.forward_no_answer.clone().or_else(|| template.forward_no_answer.clone()),
            forward_max_length: self.forward_max_length.or(template.forward_max_length),
            forward_local_calls: self.forward_local_calls.or(template.forward_local_calls),
            mwi: self.mwi.or(template.mwi),
            forward_night: self.forward_night.clone().or_else(|| template.forward_night.clone()),
            calls: self.calls.over(&template.calls),
            pickup_group: self.pickup_group.clone().or_else(|| template.pickup_group.clone()),
            pickup_any_group: self.pickup_any_group.or(template.pickup_any_group),
        }
    }
}

impl Section {
    /// All sections, in order.
    pub const ALL: [Section; 25] = [
        Section::Start,
        Section::Hostname,
        Section::VoiceService,
        Section::RegisterGlobal,
        Section::RegisterDns,
        Section::RegisterTemplates,
        Section::RegisterPools,
        Section::SessionServers,
        Section::LogoutProfiles,
        Section::UserProfiles,
        Section::TelephonyService,
        Section::EphoneDnTemplates,
        Section::EphoneTemplates,
        Section::EphoneDns,
        Section::Ephones,
        Section::EphoneHunts,
        Section::VoiceHuntGroups,
        Section::CtiManager,
        Section::ApplicationUsers,
        Section::EndUsers,
        Section::Limits,
        Section::TranslationRules,
        Section::TranslationProfiles,
        Section::DialPeers,
        Section::SipUa,
    ];
}

// A section that is missing in the list loses its place: what follows it is printed elsewhere.
const _: () = assert!(Section::ALL.len() == Section::SipUa as usize + 1);
