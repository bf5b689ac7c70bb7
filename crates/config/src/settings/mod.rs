//! The typed settings a configuration means.
//!
//! One struct for each configuration mode, one field for each command. Fields with a documented default hold that
//! default when the command is absent; `Option` is used where absence differs from every value.
//! Lines which are kept but have no effect are the `kept` lists (inside a mode) and [`Settings::foreign`] (global).

mod applications;
mod dn_services;
mod features;
mod hunt;
mod lines;
mod mobility;
mod phones;
mod sip_phones;
mod telephony_service;
mod trunks;
mod voice_service;

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

use smol_str::SmolStr;

use crate::cti_user::CtiUser;
use crate::mode::Mode;

pub use applications::{
    ClientTrustpoint, CtiDevice, CtiManager, DEFAULT_WEBHOOK_RETRY, DevicePool, Heartbeat, Limits,
    SessionServer, UnaskedPort,
};
pub use dn_services::{DnConference, DnServices, Paging, PagingDn, Snr};
pub use features::{
    AfterHours, CodeAlias, CustomCodes, DnCalls, FeatureCodes, Intercom, PhoneKeys, Schedule,
    ServiceFeatures, SpeedDials, TransferMode, TransferPattern,
};
pub use hunt::{AutoLogout, HuntGroup, HuntType, PresentCall};
pub use lines::{
    ConferenceDrop, ConferenceModes, DnFeatures, DnNumber, EphoneDn, EphoneDnTemplate, Forward,
    ForwardNoAnswer, KeepConference, LineMode, Mwi, ParkSlot, Preference, WhichNumber,
};
pub use mobility::{Credentials, Profile, ProfileNumber, ProfileNumberType};
pub use phones::{AutoLine, Ephone, EphoneFeatures, EphoneTemplate};
pub use sip_phones::{
    DigestAlgorithm, PoolFeatures, PoolForwarding, PoolId, PoolTransport, RegisterDn, RegisterMode,
    RegisterPool, RegisterTemplate, SipCodec, Srtp, VoiceRegisterGlobal,
};
pub use telephony_service::{
    CnfFile, DateFormat, DialplanPattern, DirectedPickup, MaxConferences, MaxDn, MulticastMoh, NoReg,
    PhoneUrl, SccpSourceAddress, SecondaryAddress, TelephonyService, TimeFormat, TransferSystem, UrlKind,
    XmlUser,
};
pub use trunks::{
    AssertedId, Clid, CodecClass, CorList, CorNames, DialPeer, DnTranslation, Gateway, IncomingUri,
    KeepaliveClass, MwiServer, OptionsKeepalive, Presence, Reliable, Restriction, ServerGroup, SipAccount,
    SipLogin, SipRegistrar, SipUa, TlsVersions, TranslationProfile, TranslationRules, TrunkTransport,
    UriClass, UriHost,
};
pub use voice_service::{Protocol, Registrar, Sip, SourceAddress, TrustedList, VoiceService};

/// TCP port of SCCP when the configuration names none.
pub const DEFAULT_SCCP_PORT: u16 = 2000;

/// Seconds between keepalives of SCCP phones, where nothing else is configured.
pub const DEFAULT_KEEPALIVE: u32 = 30;

/// Port of SIP (UDP and TCP) when the configuration names none.
pub const DEFAULT_SIP_PORT: u16 = 5060;

/// Port of SIP over TLS when the configuration names none.
pub const DEFAULT_SIPS_PORT: u16 = 5061;

/// The whole configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// `hostname`.
    pub hostname: Option<SmolStr>,
    /// `no dependency-records`: `show dependency` lists nothing.
    pub dependency_records_off: bool,
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
    /// `voice class codec`, by tag.
    pub codec_classes: BTreeMap<u32, CodecClass>,
    /// `voice class uri`, in the order in which they were entered first.
    pub uri_classes: BTreeMap<u32, UriClass>,
    /// `voice class server-group`, by tag.
    pub server_groups: BTreeMap<u32, ServerGroup>,
    /// `voice class sip-options-keepalive`, by tag.
    pub keepalive_classes: BTreeMap<u32, KeepaliveClass>,
    /// `voice hunt user-busy`: a call goes on to the next dial peer also if the called party is busy.
    pub hunt_busy: bool,
    /// `dial-peer hunt`: in which order dial peers are tried.
    pub peer_hunt: u32,
    /// `voip-incoming translation-profile`: how numbers are changed of all calls that come in.
    pub voip_incoming: Option<SmolStr>,
    /// `dial-peer cor custom`.
    pub cor_names: Option<CorNames>,
    /// `dial-peer cor list`, in the order in which they were entered first.
    pub cor_lists: BTreeMap<u32, CorList>,
    /// `dial-peer voice TAG voip`, by tag.
    pub dial_peers: BTreeMap<u32, DialPeer>,
    /// `gateway`.
    pub gateway: Option<Gateway>,
    /// `sip-ua`.
    pub sip_ua: Option<SipUa>,
    /// `presence`.
    pub presence: Option<Presence>,
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
    /// `device-pool`, in the order in which they were entered first.
    pub device_pools: BTreeMap<u32, DevicePool>,
    /// `cti-port`, by tag.
    pub cti_ports: BTreeMap<u32, CtiDevice>,
    /// `cti-route-point`, by tag.
    pub cti_route_points: BTreeMap<u32, CtiDevice>,
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
    /// `device-pool`.
    DevicePools,
    /// `cti-port`.
    CtiPorts,
    /// `cti-route-point`.
    CtiRoutePoints,
    /// `limits`.
    Limits,
    /// `voice translation-rule`.
    TranslationRules,
    /// `voice translation-profile`.
    TranslationProfiles,
    /// `voice class codec`, `dial-peer cor`.
    Classes,
    /// `dial-peer voice ... voip`.
    DialPeers,
    /// `gateway`.
    Gateway,
    /// `sip-ua`.
    SipUa,
    /// `presence`.
    Presence,
}

/// A global line that is kept, shown and ignored, with its indented sub-lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForeignBlock {
    /// The section of ours it followed.
    pub after: Section,
    /// The line and its sub-lines, without trailing blanks; sub-lines keep their indentation.
    pub lines: Vec<SmolStr>,
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

    /// Adds a class of addresses, unless there is one with the name.
    pub(crate) fn add_uri_class(&mut self, name: &SmolStr, tel: bool) {
        if self.uri_classes.values().any(|class| class.name == *name) {
            return;
        }
        let tag = self.uri_classes.keys().next_back().map_or(1, |last| last + 1);
        self.uri_classes.insert(tag, UriClass { name: name.clone(), tel, ..UriClass::default() });
    }

    /// Adds a list of capabilities, unless there is one with the name.
    pub(crate) fn add_cor_list(&mut self, name: &SmolStr) {
        if self.cor_lists.values().any(|list| list.name == *name) {
            return;
        }
        let tag = self.cor_lists.keys().next_back().map_or(1, |last| last + 1);
        self.cor_lists.insert(tag, CorList { name: name.clone(), ..CorList::default() });
    }

    /// Adds a device pool, unless there is one with the name.
    pub(crate) fn add_device_pool(&mut self, name: &SmolStr) {
        if self.device_pools.values().any(|pool| pool.name == *name) {
            return;
        }
        let tag = self.device_pools.keys().next_back().map_or(1, |last| last + 1);
        self.device_pools.insert(tag, DevicePool { name: name.clone(), ..DevicePool::default() });
    }

    /// Every CTI port and route point, with the mode and the tag of each.
    pub fn cti_devices(&self) -> impl Iterator<Item = (Mode, u32, &CtiDevice)> {
        let ports = self.cti_ports.iter().map(|(tag, port)| (Mode::CtiPort, *tag, port));
        let points = self.cti_route_points.iter();
        ports.chain(points.map(|(tag, point)| (Mode::CtiRoutePoint, *tag, point)))
    }

    /// The number by which an object of a mode with names is known.
    pub(crate) fn tag_of_name(&self, mode: Mode, name: &str) -> Option<u32> {
        fn find<T>(all: &BTreeMap<u32, T>, fits: impl Fn(&T) -> bool) -> Option<u32> {
            all.iter().find(|(_, one)| fits(one)).map(|(tag, _)| *tag)
        }
        match mode {
            Mode::TranslationProfile => find(&self.translation_profiles, |profile| profile.name == name),
            Mode::CorList => find(&self.cor_lists, |list| list.name == name),
            Mode::UriClass => find(&self.uri_classes, |class| class.name == name),
            Mode::ApplicationUser => find(&self.application_users, |user| user.name == name),
            Mode::EndUser => find(&self.end_users, |user| user.name == name),
            Mode::DevicePool => find(&self.device_pools, |pool| pool.name == name),
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
            dependency_records_off: self.dependency_records_off,
            expansions: self.expansions.clone(),
            translation_rules: self.translation_rules.clone(),
            translation_profiles: self.translation_profiles.clone(),
            codec_classes: self.codec_classes.clone(),
            uri_classes: self.uri_classes.clone(),
            server_groups: self.server_groups.clone(),
            keepalive_classes: self.keepalive_classes.clone(),
            hunt_busy: self.hunt_busy,
            peer_hunt: self.peer_hunt,
            voip_incoming: self.voip_incoming.clone(),
            cor_names: self.cor_names.clone(),
            cor_lists: self.cor_lists.clone(),
            dial_peers: self.dial_peers.clone(),
            gateway: self.gateway.clone(),
            presence: self.presence.clone(),
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
            device_pools: self.device_pools.clone(),
            cti_ports: self.cti_ports.clone(),
            cti_route_points: self.cti_route_points.clone(),
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

    /// What the messages key of SIP phones calls: `voicemail` of `voice register global`, or else of `telephony-service`.
    pub fn voicemail_of_sip_phones(&self) -> Option<&str> {
        let own = self.register_global.as_ref().and_then(|global| global.voicemail.as_deref());
        own.or_else(|| self.telephony_service.as_ref()?.voicemail.as_deref())
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

    /// Whether a phone keeps its calls on octo lines to itself: what it says, or its template, or `telephony-service`.
    pub fn effective_privacy(&self, ephone: u32) -> bool {
        let system = || self.telephony_service.as_ref().is_none_or(|service| service.privacy);
        self.ephone_feature(ephone, |features| features.privacy).unwrap_or_else(system)
    }

    /// Whether a phone has a button for that.
    pub fn effective_privacy_button(&self, ephone: u32) -> bool {
        self.ephone_feature(ephone, |features| features.privacy_button) == Some(true)
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
        keys.multicast_moh = own_keys.multicast_moh.or(keys.multicast_moh);
        keys.paging = own_keys.paging.or(keys.paging);
        keys.transfer_blocked = own_keys.transfer_blocked.or(keys.transfer_blocked);
        keys.transfer_max_length = own_keys.transfer_max_length.or(keys.transfer_max_length);
        if !own.features.keys.blocked.is_empty() {
            keys.blocked.clone_from(&own.features.keys.blocked);
        }
        keys
    }

    /// The `keep-conference` of a phone, or its template's.
    pub fn keep_conference_of(&self, ephone: u32) -> Option<KeepConference> {
        self.ephone_feature(ephone, |features| features.keep_conference)
    }

    /// What `conference` says for a phone, or its template.
    pub fn conference_modes_of(&self, ephone: u32) -> ConferenceModes {
        ConferenceModes {
            only_creator_adds: self.ephone_feature(ephone, |features| features.conference.only_creator_adds),
            admin: self.ephone_feature(ephone, |features| features.conference.admin),
            drop: self.ephone_feature(ephone, |features| features.conference.drop),
        }
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

impl Section {
    /// All sections, in order.
    pub const ALL: [Section; 31] = [
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
        Section::DevicePools,
        Section::CtiPorts,
        Section::CtiRoutePoints,
        Section::Limits,
        Section::TranslationRules,
        Section::TranslationProfiles,
        Section::Classes,
        Section::DialPeers,
        Section::Gateway,
        Section::SipUa,
        Section::Presence,
    ];
}

// A section that is missing in the list loses its place: what follows it is printed elsewhere.
const _: () = assert!(Section::ALL.len() == Section::Presence as usize + 1);
