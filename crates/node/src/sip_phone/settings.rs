//! From the configuration to the settings of SIP phones.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
    time::Duration,
};

use hookflash_core::{
    Addresses, ButtonSettings, Channels, Codec, CodecSet, LineSettings, LineTranslation, NumberRules, Party,
    Ring, RoutePattern, StationSettings, Transit,
};
use smol_str::{SmolStr, format_smolstr};

use super::{CODECS, causes::Causes, inbound::Inbound, names::Place, register::is_in, retries::Retries};
use crate::{
    SipTransport,
    config::{self, AssertedId, PoolId, Reliable, SipCodec, Srtp, TranslationRule, TrunkTransport},
    features, forwarding,
};

/// What is added to the tags of `voice register dn` and `voice register pool`, so that they differ from those of
/// `ephone-dn` and `ephone`.
pub const TAG_BASE: u32 = 1 << 20;

/// What is added to the tags of dial peers.
pub const TRUNK_BASE: u32 = 1 << 21;

/// How SIP phones are served.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct SipPhoneSettings {
    /// Whether phones may register (`registrar server`).
    pub enabled: bool,
    /// The realm of their passwords.
    pub realm: String,
    /// Whether phones without a password may not register (`authenticate register`).
    pub authenticate: bool,
    /// The shortest registration that is accepted.
    pub min_expires: Duration,
    /// The longest registration that is granted.
    pub max_expires: Duration,
    /// The phones.
    pub pools: Vec<PoolSettings>,
    /// The trunks.
    pub trunks: Vec<TrunkSettings>,
    /// Addresses and networks that may call by a trunk.
    pub trusted: Vec<(IpAddr, Option<IpAddr>)>,
    /// Whether only those and targets of trunks may.
    pub trusted_only: bool,
    /// The cause (Q.850) that others are told who call; `None` if they are told nothing.
    pub untrusted_cause: Option<u32>,
    /// How numbers are changed of all calls that come in by a trunk.
    pub translate_arriving: Translations,
    /// How long and how often requests wait for an answer (`sip-ua`).
    pub retries: Retries,
    /// The numbers here that have one in full, and that one (`dialplan-pattern`).
    pub full_numbers: BTreeMap<SmolStr, SmolStr>,
    /// Which numbers in full are shown as extensions.
    pub patterns: Vec<config::DialplanPattern>,
    /// The accounts of this server.
    pub accounts: Vec<Account>,
    /// The registrars of its accounts; of each the first one that answers is used.
    pub registrars: Vec<Registrar>,
    /// The server that says for which numbers messages wait (`mwi-server`).
    pub mwi: Option<Box<MwiSettings>>,
    /// Most subscriptions for presence, where that is configured (`max-subscription`).
    pub most_watchers: Option<usize>,
    /// Whether other systems, from which calls by a trunk are taken, may watch numbers (`watcher all`).
    pub watched_by_all: bool,
    /// Session-Expires and Min-SE of calls that leave, where they are configured (`min-se`).
    pub session: Option<(Duration, Duration)>,
    /// Whether callers are told the status that another network has said (`error-passthru`).
    pub passes_errors: bool,
    /// Statuses and causes that do not stand for each other as usual (`set pstn-cause`, `set sip-status`).
    pub causes: Causes,
    /// What From of calls that leave names instead of this server (`host-registrar`).
    pub from_host: Option<SmolStr>,
    /// Whether calls that were diverted have History-Info (`history-info`).
    pub history: bool,
    /// Addresses of names that are not looked up (`ip host`).
    pub hosts: BTreeMap<SmolStr, Vec<IpAddr>>,
}

impl SipPhoneSettings {
    /// A number as other networks are told it.
    pub fn in_full(&self, number: &SmolStr) -> SmolStr {
        self.full_numbers.get(number).unwrap_or(number).clone()
    }

    /// The number of a caller as it is shown: that of an extension, if it is that in full and is to be shortened.
    pub fn demoted(&self, number: SmolStr) -> SmolStr {
        self.patterns.iter().find_map(|pattern| pattern.demoted(&number)).unwrap_or(number)
    }

    /// The single addresses that may.
    pub fn trusted_hosts(&self) -> impl Iterator<Item = IpAddr> {
        self.trusted.iter().filter(|(_, mask)| mask.is_none()).map(|(address, _)| *address)
    }

    /// Whether an address may call by a trunk, whatever targets and registrars there are.
    pub fn trusts(&self, address: IpAddr) -> bool {
        let within = |(network, mask): &(IpAddr, Option<IpAddr>)| match mask {
            Some(mask) => is_in(address, (*network, *mask)),
            None => address == *network,
        };
        self.trusted.iter().any(within)
    }
}

/// One trunk (`dial-peer voice TAG voip`).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TrunkSettings {
    /// The tag of the dial peer.
    pub tag: u32,
    /// The tag of its station.
    pub station: u32,
    /// Where calls go, in the order in which it is tried; nowhere where calls only come in.
    pub targets: Vec<Place>,
    /// Whether each call begins with the target after that of the last one.
    pub round_robin: bool,
    /// Whether another target is tried whatever one says, but for these statuses, and those that concern the called party.
    pub hunts: Option<Vec<(u32, u32)>>,
    /// What calls are addressed to, where that is not the target: behind a proxy (`outbound-proxy`).
    pub behind: Option<Place>,
    /// The headers that say who calls.
    pub identity: Identity,
    /// How.
    pub transport: SipTransport,
    /// Which calls come in by it.
    pub inbound: Inbound,
    /// The addresses that are called by it.
    pub addresses: Addresses,
    /// How numbers are changed of calls that come in.
    pub translate_incoming: Translations,
    /// How numbers are changed of calls that leave.
    pub translate_outgoing: Translations,
    /// User names and passwords, for who wants them.
    pub logins: Vec<Login>,
    /// How often OPTIONS is sent to learn whether it is up, if it is.
    pub keepalive: Option<Keepalive>,
    /// The codecs that may be used.
    pub codecs: CodecSet,
    /// The order in which they are offered (`codec preference`).
    pub order: Vec<Codec>,
    /// Whether digits go by INFO (`dtmf-relay sip-info`).
    pub digits_by_info: bool,
    /// Whether it is asked for digits as KPML (`dtmf-relay sip-kpml`).
    pub digits_by_kpml: bool,
    /// Whether audio is encrypted (`srtp`).
    pub srtp: Srtp,
    /// Which provisional responses are acknowledged (`rel1xx`).
    pub reliable: Reliable,
    /// Whether calls have an offer also where the caller makes none (`early-offer forced`).
    pub early_offer: bool,
    /// Digits before the number that is called (`prefix`).
    pub prefix: SmolStr,
    /// What calls that leave say about who calls (`clid`).
    pub clid: config::Clid,
}

impl TrunkSettings {
    /// Who calls, as the other network is told, and who really does, if it is to keep that to itself.
    pub(super) fn presented(&self, mut caller: Party) -> (Party, Option<Party>) {
        let clid = &self.clid;
        if let Some(number) = clid.network_number.as_ref().filter(|_| !caller.number.is_empty()) {
            caller.number.clone_from(number);
        }
        if clid.strip || clid.strip_name {
            caller.name = SmolStr::default();
        }
        if clid.strip {
            caller.number = SmolStr::default();
        }
        match clid.restrict && !caller.number.is_empty() {
            true => (Party::anonymous(), Some(caller)),
            false => (caller, None),
        }
    }
}

/// The headers that say to other networks who a party is (`asserted-id`, `remote-party-id`).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Identity {
    /// P-Asserted-Identity and Remote-Party-ID.
    #[default]
    Both,
    /// P-Asserted-Identity.
    Asserted,
    /// P-Preferred-Identity.
    Preferred,
}

impl Identity {
    fn of(config: &config::Settings, peer: &config::DialPeer) -> Identity {
        match peer.asserted_id.or(config.voice_service().sip.asserted_id) {
            Some(AssertedId::Preferred) => Identity::Preferred,
            Some(AssertedId::Asserted) => Identity::Asserted,
            None if config.sip_ua.as_ref().is_some_and(|ua| ua.no_remote_party_id) => Identity::Asserted,
            None => Identity::Both,
        }
    }
}

/// How often a trunk is asked whether it is up (`voice-class sip options-keepalive`).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Keepalive {
    /// While it is.
    pub up: Duration,
    /// While it is not.
    pub down: Duration,
    /// Requests without an answer after which it is down.
    pub retry: u32,
}

impl From<config::OptionsKeepalive> for Keepalive {
    fn from(configured: config::OptionsKeepalive) -> Keepalive {
        Keepalive {
            up: Duration::from_secs(configured.up.into()),
            down: Duration::from_secs(configured.down.into()),
            retry: configured.retry,
        }
    }
}

/// An account at a registrar (`sip-ua`).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Account {
    /// The number that is registered.
    pub number: SmolStr,
    /// User name and password.
    pub login: Login,
}

/// A user name and a password.
#[derive(Clone, PartialEq, Eq)]
pub struct Login {
    /// Who alone may ask for them; `None` for everybody who is called.
    pub realm: Option<SmolStr>,
    /// The user name.
    pub user: SmolStr,
    /// The password.
    pub password: SmolStr,
}

impl std::fmt::Debug for Login {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Login({})", self.user)
    }
}

impl Login {
    fn of(credentials: &config::Credentials, realm: Option<SmolStr>) -> Option<Login> {
        let (user, password) = plain(credentials)?;
        Some(Login { realm, user, password })
    }

    fn all(configured: &[config::SipLogin]) -> impl Iterator<Item = Login> {
        configured.iter().filter_map(|login| Login::of(&login.credentials, login.realm.clone()))
    }
}

/// A registrar (`registrar` of `sip-ua`).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Registrar {
    /// Where it is.
    pub place: Place,
    /// How it is reached.
    pub transport: SipTransport,
    /// For how many seconds.
    pub expires: u32,
}

impl Registrar {
    fn of(configured: &config::SipRegistrar) -> Option<Registrar> {
        let transport = if configured.tcp { SipTransport::Tcp } else { SipTransport::Udp };
        let place = Place::of(&configured.target, transport)?;
        Some(Registrar { place, transport, expires: configured.expires })
    }
}

/// The server that says for which numbers messages wait (`mwi-server` of `sip-ua`).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MwiSettings {
    /// Where it is.
    pub place: Place,
    /// How it is reached.
    pub transport: SipTransport,
    /// For how many seconds it is asked.
    pub expires: u32,
    /// Whether it says so without being asked.
    pub unsolicited: bool,
    /// Digits that it puts before numbers (`mwi prefix`).
    pub prefix: SmolStr,
    /// The numbers that it is asked about (`mwi sip`).
    pub numbers: BTreeSet<SmolStr>,
    /// User names and passwords, if it wants them.
    pub logins: Vec<Login>,
}

impl MwiSettings {
    fn of(config: &config::Settings) -> Option<MwiSettings> {
        let ua = config.sip_ua.as_ref()?;
        let server = ua.mwi_server.as_ref()?;
        let transport = match server.transport {
            TrunkTransport::Tls => SipTransport::Tls,
            TrunkTransport::Tcp => SipTransport::Tcp,
            TrunkTransport::Udp | TrunkTransport::System => SipTransport::Udp,
        };
        let of_sccp = config.ephone_dns.values().filter(|dn| {
            let template = dn.template.and_then(|template| config.ephone_dn_templates.get(&template));
            dn.features.mwi_sip.or_else(|| template?.features.mwi_sip) == Some(true)
        });
        let of_sccp = of_sccp.filter_map(|dn| Some(dn.number.as_ref()?.primary.clone()));
        let of_sip = config.register_dns.values().filter(|dn| dn.features.mwi_sip == Some(true));
        let service = config.telephony_service.as_ref();
        Some(MwiSettings {
            place: Place::of(&server.target.clone().with_port(server.port), transport)?,
            transport,
            expires: server.expires,
            unsolicited: server.unsolicited,
            prefix: service.and_then(|service| service.mwi_prefix.clone()).unwrap_or_default(),
            numbers: of_sccp.chain(of_sip.filter_map(|dn| dn.number.clone())).collect(),
            logins: Login::all(&ua.logins)
                .chain(accounts(config).into_iter().map(|account| account.login))
                .collect(),
        })
    }
}

/// A translation profile.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Translations {
    called: Vec<TranslationRule>,
    calling: Vec<TranslationRule>,
    /// `None` if these numbers are translated as the calling one.
    redirecting: Option<Vec<TranslationRule>>,
    redirect_target: Vec<TranslationRule>,
}

impl Translations {
    /// The called number; `None` if the call is to be refused.
    pub fn called(&self, number: &str) -> Option<SmolStr> {
        translate(&self.called, number)
    }

    /// The calling number; `None` if the call is to be refused.
    pub fn calling(&self, number: &str) -> Option<SmolStr> {
        translate(&self.calling, number)
    }

    /// A number that has diverted the call; `None` if the call is to be refused.
    pub fn redirecting(&self, number: &str) -> Option<SmolStr> {
        translate(self.redirecting.as_ref().unwrap_or(&self.calling), number)
    }

    /// The number that a call is diverted to; `None` if it is not to go there.
    pub fn redirect_target(&self, number: &str) -> Option<SmolStr> {
        translate(&self.redirect_target, number)
    }
}

/// The first rule that matches counts.
fn translate(rules: &[TranslationRule], number: &str) -> Option<SmolStr> {
    match rules.iter().find_map(|rule| rule.apply(number)) {
        None => Some(number.into()),
        Some(translated) => translated.map(SmolStr::from),
    }
}

/// One SIP phone (`voice register pool`).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PoolSettings {
    /// The tag of the pool.
    pub tag: u32,
    /// The tag of its station.
    pub station: u32,
    /// Its user name and password, if it has any.
    pub credentials: Option<(SmolStr, SmolStr)>,
    /// Whether SHA-256 is offered to it before MD5.
    pub sha256: bool,
    /// Whether it answers when an INVITE asks it to.
    pub auto_answer: bool,
    /// The codecs that it may use.
    pub codecs: CodecSet,
    /// The order in which they are offered (`codec preference`).
    pub order: Vec<Codec>,
    /// Whether digits for it go by INFO (`dtmf-relay sip-info`).
    pub digits_by_info: bool,
    /// Whether it is asked for digits as KPML (`dtmf-relay sip-kpml`).
    pub digits_by_kpml: bool,
    /// Whether its audio is encrypted (`srtp`).
    pub srtp: Srtp,
    /// Which provisional responses are acknowledged (`rel1xx`).
    pub reliable: Reliable,
    /// The numbers of its lines, in the order of the line instances.
    pub numbers: Vec<SmolStr>,
    /// The numbers of its speed dials, by position.
    pub speed_dials: BTreeMap<u32, SmolStr>,
    /// The network that it is in, as address and mask.
    pub network: Option<(IpAddr, IpAddr)>,
    /// The name that a Cisco phone registers with, `SEP001122334455`.
    pub device_name: Option<SmolStr>,
}

impl PoolSettings {
    /// What a trunk has in common with a phone.
    pub(super) fn of_trunk(trunk: &TrunkSettings) -> PoolSettings {
        PoolSettings {
            tag: trunk.tag,
            station: trunk.station,
            credentials: None,
            sha256: false,
            auto_answer: false,
            codecs: trunk.codecs,
            order: trunk.order.clone(),
            digits_by_info: trunk.digits_by_info,
            digits_by_kpml: trunk.digits_by_kpml,
            srtp: trunk.srtp,
            reliable: trunk.reliable,
            numbers: vec![format_smolstr!("trunk:{}", trunk.tag)],
            speed_dials: BTreeMap::new(),
            network: None,
            device_name: None,
        }
    }

    /// The line instance, from 1, of a number.
    pub fn instance_of(&self, number: &str) -> Option<u32> {
        (1..).zip(&self.numbers).find(|(_, own)| *own == number).map(|(instance, _)| instance)
    }
}

/// The settings of SIP phones.
pub(crate) fn sip_phones(config: &config::Settings, hostname: &str) -> SipPhoneSettings {
    let global = config.register_global.clone().unwrap_or_default();
    let registrar = config.voice_service().sip.registrar;
    let config::Registrar { min_expires, max_expires } = registrar.unwrap_or_default();
    let permitted = usize::try_from(global.max_pool).unwrap_or(usize::MAX);
    let pools = config.register_pools.iter().take(permitted);
    SipPhoneSettings {
        enabled: registrar.is_some(),
        realm: realm(config, hostname),
        authenticate: global.authenticate_register,
        min_expires: Duration::from_secs(min_expires.into()),
        max_expires: Duration::from_secs(max_expires.into()),
        pools: pools.map(|(tag, pool)| pool_settings(config, *tag, pool)).collect(),
        trunks: {
            let anybody =
                takes_anybody(config).then(|| trunk_settings(config, 0, &config::DialPeer::default()));
            trunks(config).map(|(tag, peer)| trunk_settings(config, tag, peer)).chain(anybody).collect()
        },
        trusted: config.voice_service().trusted.addresses.clone(),
        trusted_only: config.voice_service().trusted_only,
        untrusted_cause: untrusted_cause(config),
        translate_arriving: translations(config, config.voip_incoming.as_deref()),
        retries: config.sip_ua.as_ref().map(Retries::of).unwrap_or_default(),
        full_numbers: full_numbers(config),
        patterns: patterns(config).cloned().collect(),
        accounts: accounts(config),
        registrars: registrars(config),
        mwi: MwiSettings::of(config).map(Box::new),
        most_watchers: config
            .presence
            .as_ref()
            .map(|presence| usize::try_from(presence.max_subscription).unwrap_or(usize::MAX)),
        watched_by_all: config.presence.as_ref().is_some_and(|presence| presence.watcher_all),
        session: config.voice_service().sip.session_expiry.map(|(least, interval)| {
            let [least, interval] = [least, interval].map(|seconds| Duration::from_secs(seconds.into()));
            (interval, least)
        }),
        passes_errors: config.voice_service().sip.error_passthru,
        causes: config.sip_ua.as_ref().map(Causes::of).unwrap_or_default(),
        from_host: from_host(config),
        history: config.voice_service().sip.history_info,
        hosts: config.hosts(),
    }
}

fn patterns(config: &config::Settings) -> impl Iterator<Item = &config::DialplanPattern> {
    config.telephony_service.iter().flat_map(|service| service.dialplan_patterns.values())
}

/// The numbers here that a pattern is for; the first one counts.
fn full_numbers(config: &config::Settings) -> BTreeMap<SmolStr, SmolStr> {
    let extensions = config.ephone_dns.values().filter_map(|dn| Some(dn.number.as_ref()?.primary.clone()));
    let numbers = extensions.chain(config.register_dns.values().filter_map(|dn| dn.number.clone()));
    let in_full = |number: SmolStr| {
        let full = patterns(config).find_map(|pattern| pattern.expand(&number))?;
        Some((number, full))
    };
    numbers.filter_map(in_full).collect()
}

/// The dial peers that are trunks.
fn trunks(config: &config::Settings) -> impl Iterator<Item = (u32, &config::DialPeer)> {
    let used = |peer: &config::DialPeer| {
        !peer.pots && !peer.shutdown && (Inbound::is_in(peer) || !targets(config, peer).is_empty())
    };
    config.dial_peers.iter().filter(move |(_, peer)| used(peer)).map(|(tag, peer)| (*tag, peer))
}

/// Whether calls may come in that fit no dial peer. They come in by one with the tag 0, which changes nothing.
fn takes_anybody(config: &config::Settings) -> bool {
    let voice = config.voice_service();
    !voice.trusted_only || !voice.trusted.addresses.is_empty() || trunks(config).next().is_some()
}

/// Where calls by a dial peer go, in the order in which it is tried.
fn targets(config: &config::Settings, peer: &config::DialPeer) -> Vec<Place> {
    let transport = transport(config, peer);
    if peer.server_group.is_some() {
        let group = server_group(config, peer).filter(|group| !group.shutdown);
        let mut servers: Vec<_> = group.map(|group| group.servers.iter().collect()).unwrap_or_default();
        servers.sort_by_key(|(_, preference)| *preference);
        return servers.into_iter().filter_map(|(target, _)| Place::of(target, transport)).collect();
    }
    let server = || config.sip_ua.as_ref()?.server.as_ref();
    let registrar = || Some(&config.sip_ua.as_ref()?.registrars.values().next()?.target);
    let target = match peer.target.as_ref() {
        Some(config::SessionTarget::SipServer) => server(),
        Some(config::SessionTarget::Registrar) => registrar(),
        other => other,
    };
    target.and_then(|target| Place::of(target, transport)).into_iter().collect()
}

/// The proxy to which the calls by a dial peer are sent. The servers of a group are reached themselves.
fn proxy(config: &config::Settings, peer: &config::DialPeer) -> Option<Place> {
    let of_all = config.voice_service().sip.outbound_proxy.clone();
    let proxy = peer.outbound_proxy.clone().or(of_all).filter(|_| peer.server_group.is_none())?;
    Place::of(&proxy, transport(config, peer))
}

fn server_group<'c>(
    config: &'c config::Settings,
    peer: &config::DialPeer,
) -> Option<&'c config::ServerGroup> {
    config.server_groups.get(&peer.server_group?)
}

/// The cause that who may not call is told; `None` if nothing is answered.
fn untrusted_cause(config: &config::Settings) -> Option<u32> {
    let voice = config.voice_service();
    voice.sip.answers_untrusted.then_some(voice.block_cause)
}

fn transport(config: &config::Settings, peer: &config::DialPeer) -> SipTransport {
    match peer.transport {
        TrunkTransport::Tls => SipTransport::Tls,
        TrunkTransport::System if config.voice_service().sip.transport_tls => SipTransport::Tls,
        TrunkTransport::Tcp => SipTransport::Tcp,
        TrunkTransport::Udp | TrunkTransport::System => SipTransport::Udp,
    }
}

fn trunk_settings(config: &config::Settings, tag: u32, peer: &config::DialPeer) -> TrunkSettings {
    let ua = config.sip_ua.as_ref();
    let mut logins: Vec<Login> = Login::all(&peer.logins).collect();
    if let Some(ua) = ua {
        logins.extend(Login::all(&ua.logins));
        logins.extend(accounts(config).into_iter().map(|account| account.login));
    }
    let group = server_group(config, peer);
    let named = targets(config, peer);
    let (targets, behind) = match proxy(config, peer) {
        Some(proxy) if !named.is_empty() => (vec![proxy], named.into_iter().next()),
        _ => (named, None),
    };
    TrunkSettings {
        tag,
        station: TRUNK_BASE + tag,
        targets,
        behind,
        identity: Identity::of(config, peer),
        round_robin: group.is_some_and(|group| group.round_robin),
        hunts: group.map(|group| group.stops.values().copied().collect()),
        transport: transport(config, peer),
        inbound: Inbound::of(config, peer),
        addresses: Inbound::addresses(config, peer),
        translate_incoming: translations(config, peer.translate_incoming.as_deref()),
        translate_outgoing: translations(config, peer.translate_outgoing.as_deref()),
        logins,
        keepalive: keepalive(config, peer).map(Keepalive::from),
        codecs: codecs_of(config, peer.codec, peer.codec_class),
        order: order_of(config, peer.codec_class),
        digits_by_info: peer.dtmf_relay.as_deref().is_some_and(relays_by_info),
        digits_by_kpml: peer.dtmf_relay.as_deref().is_some_and(relays_by_kpml),
        srtp: peer.srtp.or(config.voice_service().srtp).unwrap_or_default(),
        reliable: peer.reliable.or(config.voice_service().sip.reliable).unwrap_or_default(),
        early_offer: peer.early_offer || config.voice_service().sip.early_offer,
        prefix: peer.prefix.clone().unwrap_or_default(),
        clid: peer.clid.clone(),
    }
}

fn keepalive(config: &config::Settings, peer: &config::DialPeer) -> Option<config::OptionsKeepalive> {
    let class = || Some(config.keepalive_classes.get(&peer.keepalive_class?)?.options);
    peer.options_keepalive.or_else(class)
}

fn translations(config: &config::Settings, profile: Option<&str>) -> Translations {
    let mut profiles = config.translation_profiles.values();
    let profile = profile.and_then(|name| profiles.find(|profile| profile.name == name));
    let rules = |tag: Option<u32>| rules(config, tag);
    Translations {
        called: rules(profile.and_then(|profile| profile.called)),
        calling: rules(profile.and_then(|profile| profile.calling)),
        redirecting: profile.and_then(|profile| profile.redirect_called).map(|tag| rules(Some(tag))),
        redirect_target: rules(profile.and_then(|profile| profile.redirect_target)),
    }
}

/// Which translations are named that do not exist, by whom.
pub(crate) fn translation_notes(config: &config::Settings) -> Vec<String> {
    let mut notes = Vec::new();
    let profiles = |name: &str| config.translation_profiles.values().any(|profile| profile.name == name);
    let mut check = |who: &str, named: &[&Option<SmolStr>], rules: &[Option<u32>]| {
        let profiles = named.iter().filter_map(|name| name.as_ref()).filter(|name| !profiles(name));
        notes.extend(profiles.map(|name| format!("{who}: there is no voice translation-profile {name}")));
        let rules = rules.iter().flatten().filter(|tag| !config.translation_rules.contains_key(tag));
        notes.extend(rules.map(|tag| format!("{who}: there is no voice translation-rule {tag}")));
    };
    let mut line = |who: &str, own: &config::DnTranslation| {
        check(who, &[&own.incoming, &own.outgoing], &[own.called, own.calling]);
    };
    for (tag, dn) in &config.ephone_dns {
        line(&format!("ephone-dn {tag}"), &dn.features.translation);
    }
    for (tag, template) in &config.ephone_dn_templates {
        line(&format!("ephone-dn-template {tag}"), &template.features.translation);
    }
    for (tag, dn) in &config.register_dns {
        line(&format!("voice register dn {tag}"), &dn.features.translation);
    }
    for (tag, pool) in &config.register_pools {
        line(&format!("voice register pool {tag}"), &pool.features.translation);
    }
    for (tag, template) in &config.register_templates {
        line(&format!("voice register template {tag}"), &template.features.translation);
    }
    for (tag, peer) in &config.dial_peers {
        let named = [&peer.translate_incoming, &peer.translate_outgoing];
        check(&format!("dial-peer voice {tag}"), &named, &[]);
    }
    check("voip-incoming", &[&config.voip_incoming], &[]);
    for profile in config.translation_profiles.values() {
        let rules = [profile.called, profile.calling, profile.redirect_called, profile.redirect_target];
        check(&format!("voice translation-profile {}", profile.name), &[], &rules);
    }
    notes
}

/// How the numbers are changed of calls from the phones of a line, and of calls to them.
pub(crate) fn line_translations(
    config: &config::Settings,
    own: &config::DnTranslation,
) -> (LineTranslation, LineTranslation) {
    let incoming = translations(config, own.incoming.as_deref());
    let single = |profile: Vec<TranslationRule>, tag: Option<u32>| match profile.is_empty() {
        true => number_rules(rules(config, tag)),
        false => number_rules(profile),
    };
    let from_phone = LineTranslation {
        called: single(incoming.called, own.called),
        calling: single(incoming.calling, own.calling),
    };
    let outgoing = translations(config, own.outgoing.as_deref());
    let to_phone =
        LineTranslation { called: number_rules(outgoing.called), calling: number_rules(outgoing.calling) };
    (from_phone, to_phone)
}

fn number_rules(rules: Vec<TranslationRule>) -> NumberRules {
    if rules.is_empty() {
        return NumberRules::default();
    }
    let text: Vec<String> = rules.iter().map(ToString::to_string).collect();
    NumberRules::new(text.join("\n"), move |number| translate(&rules, number))
}

fn rules(config: &config::Settings, tag: Option<u32>) -> Vec<TranslationRule> {
    let rules = tag.and_then(|tag| config.translation_rules.get(&tag));
    rules.map(|rules| rules.rules.values().cloned().collect()).unwrap_or_default()
}

/// User name and password, unless the password is written in a way that cannot be read here.
fn plain(credentials: &config::Credentials) -> Option<(SmolStr, SmolStr)> {
    let password = credentials.password.reveal().filter(|password| !password.is_empty())?;
    Some((credentials.name.clone(), password))
}

fn from_host(config: &config::Settings) -> Option<SmolStr> {
    let ua = config.sip_ua.as_ref().filter(|ua| ua.host_registrar)?;
    let registrar = Registrar::of(ua.registrars.values().next()?)?;
    Some(registrar.place.host().into())
}

fn registrars(config: &config::Settings) -> Vec<Registrar> {
    let ua = config.sip_ua.iter();
    ua.flat_map(|ua| ua.registrars.values()).filter_map(Registrar::of).collect()
}

/// The accounts, or where there are none the user of `authentication`.
fn accounts(config: &config::Settings) -> Vec<Account> {
    let Some(ua) = config.sip_ua.as_ref() else { return Vec::new() };
    let account = |account: &config::SipAccount| {
        let realm = Some(account.realm.clone()).filter(|realm| !realm.is_empty());
        let login = Login::of(&account.credentials, realm)?;
        Some(Account { number: account.number.clone().unwrap_or_else(|| login.user.clone()), login })
    };
    let user = || Login::all(&ua.logins).next().map(|login| Account { number: login.user.clone(), login });
    match ua.accounts.is_empty() {
        false => ua.accounts.iter().filter_map(account).collect(),
        true => user().into_iter().collect(),
    }
}

/// Adds the lines and stations of trunks.
pub(crate) fn add_trunks(
    config: &config::Settings,
    lines: &mut Vec<LineSettings>,
    stations: &mut Vec<StationSettings>,
    notes: &mut Vec<String>,
) {
    let between = (config::Protocol::Sip, config::Protocol::Sip);
    let allowed = config.voice_service().allow_connections.contains(&between);
    let transit = if allowed { Transit::Allowed } else { Transit::Refused };
    notes.extend(config.dial_peers.iter().filter_map(|(tag, peer)| note_about(config, *tag, peer)));
    let registrar = config.sip_ua.as_ref().and_then(|ua| ua.registrars.values().next());
    if registrar.is_some() && (accounts(config).is_empty() || registrars(config).is_empty()) {
        notes.push(
            "sip-ua does not register: `registrar` needs an address or a name, and `credentials` a password that can be read (type 0 or 7)"
                .to_owned(),
        );
    }
    let nothing = config::DialPeer::default();
    let anybody = takes_anybody(config).then_some((0, &nothing));
    for (tag, peer) in trunks(config).chain(anybody) {
        notes.extend(Inbound::notes(config, tag, peer));
        let reaches = !targets(config, peer).is_empty();
        let pattern = peer.destination_pattern.as_deref().filter(|_| reaches);
        let route = pattern.and_then(RoutePattern::parse);
        if let (Some(pattern), None) = (pattern, &route) {
            notes.push(format!("dial-peer voice {tag}: `{pattern}` is no pattern of numbers"));
        }
        lines.push(LineSettings {
            tag: TRUNK_BASE + tag,
            number: format_smolstr!("trunk:{tag}"),
            name: peer.description.clone().unwrap_or_default(),
            channels: Channels::Unlimited,
            max_calls: peer.max_conn.and_then(|most| usize::try_from(most).ok()),
            preference: u8::try_from(peer.preference).unwrap_or(u8::MAX),
            huntstop: peer.huntstop,
            route,
            addresses: if reaches { Inbound::addresses(config, peer) } else { Addresses::default() },
            emergency: is_emergency(peer),
            ..restricted(config, &peer.restriction)
        });
        let button = ButtonSettings { button: 1, line: TRUNK_BASE + tag, ..ButtonSettings::default() };
        stations.push(StationSettings {
            tag: TRUNK_BASE + tag,
            name: format_smolstr!("dial-peer {tag}"),
            buttons: vec![button],
            autonomous: true,
            trunk: Some(transit),
            ..StationSettings::default()
        });
    }
}

/// Whether the calls of a dial peer are emergency calls: it says so, or its pattern is one of their numbers, perhaps behind a
/// digit for an outside line.
fn is_emergency(peer: &config::DialPeer) -> bool {
    let number = |pattern: &str| {
        let plain = pattern.len() <= 4 && pattern.bytes().all(|byte| byte.is_ascii_digit());
        plain && EMERGENCY.iter().any(|number| pattern.ends_with(number))
    };
    peer.emergency || peer.destination_pattern.as_deref().is_some_and(number)
}

/// Numbers of emergency calls.
const EMERGENCY: [&str; 2] = ["112", "911"];

/// What calls from and to a line are able to do, and have to be (`dial-peer cor`).
pub(crate) fn restricted(config: &config::Settings, restriction: &config::Restriction) -> LineSettings {
    let names = config.cor_names.as_ref().map(|names| names.names.as_slice()).unwrap_or_default();
    let bits = |list: &SmolStr| {
        let list = config.cor_lists.values().find(|known| known.name == *list)?;
        let place = |member: &SmolStr| names.iter().take(64).position(|name| name == member);
        let bit = |place: usize| u32::try_from(place).ok().and_then(|place| 1u64.checked_shl(place));
        Some(list.members.iter().filter_map(place).filter_map(bit).fold(0, |all, bit| all | bit))
    };
    LineSettings {
        abilities: restriction.incoming.as_ref().and_then(bits),
        demands: restriction.outgoing.as_ref().and_then(bits).unwrap_or(0),
        ..LineSettings::default()
    }
}

/// Why a dial peer is not used.
fn note_about(config: &config::Settings, tag: u32, peer: &config::DialPeer) -> Option<String> {
    if peer.pots && !peer.shutdown && peer.destination_pattern.is_some() {
        return Some(format!("dial-peer voice {tag} is not used: voice ports are not served"));
    }
    if !peer.pots && !peer.shutdown && !peer.sip && !targets(config, peer).is_empty() {
        return Some(format!(
            "dial-peer voice {tag} has no `session protocol sipv2`: H.323 is not served, it is called with SIP"
        ));
    }
    if peer.pots || peer.shutdown || Inbound::is_in(peer) || !targets(config, peer).is_empty() {
        return None;
    }
    Some(match &peer.target {
        _ if peer.server_group.is_some() => {
            format!("dial-peer voice {tag} is not used: its server group has no server, or is shut down")
        }
        None => format!("dial-peer voice {tag} is not used: it has no session target"),
        Some(_) => {
            format!("dial-peer voice {tag} is not used: `sip-server` or `registrar` of sip-ua has no address")
        }
    })
}

fn pool_settings(config: &config::Settings, tag: u32, pool: &config::RegisterPool) -> PoolSettings {
    let numbers = pool.numbers.values().filter_map(|dn| number_of(config, *dn));
    let network = match pool.id {
        Some(PoolId::Network(address, mask) | PoolId::Ip(address, mask)) => Some((address, mask)),
        _ => None,
    };
    PoolSettings {
        tag,
        station: TAG_BASE + tag,
        credentials: pool.user.as_deref().and_then(plain),
        sha256: pool.algorithm == config::DigestAlgorithm::Sha256,
        auto_answer: pool.auto_answer,
        codecs: codecs(config, pool),
        order: order_of(config, codec_class(config, pool)),
        digits_by_info: dtmf_relay(config, pool).is_some_and(relays_by_info),
        digits_by_kpml: dtmf_relay(config, pool).is_some_and(relays_by_kpml),
        srtp: srtp(config, pool),
        reliable: config.voice_service().sip.reliable.unwrap_or_default(),
        numbers: numbers.collect(),
        speed_dials: pool.speed_dials.iter().map(|(place, dial)| (*place, dial.number.clone())).collect(),
        network,
        device_name: match pool.id {
            Some(PoolId::Mac(mac)) => Some(mac.device_name()),
            _ => pool.device_name.clone(),
        },
    }
}

fn number_of(config: &config::Settings, dn: u32) -> Option<SmolStr> {
    config.register_dns.get(&dn)?.number.clone()
}

fn codecs(config: &config::Settings, pool: &config::RegisterPool) -> CodecSet {
    let template = pool.template.and_then(|template| config.register_templates.get(&template));
    let own = &pool.features;
    let codec = own.codec.or_else(|| template?.features.codec);
    codecs_of(config, codec, codec_class(config, pool))
}

fn codec_class(config: &config::Settings, pool: &config::RegisterPool) -> Option<u32> {
    let template = pool.template.and_then(|template| config.register_templates.get(&template));
    pool.features.codec_class.or_else(|| template?.features.codec_class)
}

/// That of the phone, its template, all phones, or everything.
fn srtp(config: &config::Settings, pool: &config::RegisterPool) -> Srtp {
    let template = pool.template.and_then(|template| config.register_templates.get(&template));
    let own = pool.features.srtp.or_else(|| template?.features.srtp);
    let global = || config.register_global.as_ref().and_then(|global| global.srtp);
    own.or_else(global).or(config.voice_service().srtp).unwrap_or_default()
}

fn dtmf_relay<'c>(config: &'c config::Settings, pool: &'c config::RegisterPool) -> Option<&'c str> {
    let template = pool.template.and_then(|template| config.register_templates.get(&template));
    pool.features.dtmf_relay.as_deref().or_else(|| template?.features.dtmf_relay.as_deref())
}

/// Whether digits are asked for as KPML with this `dtmf-relay`.
fn relays_by_kpml(dtmf_relay: &str) -> bool {
    dtmf_relay.split_whitespace().any(|word| word == "sip-kpml")
}

/// Whether digits go by INFO with this `dtmf-relay`: `sip-info` stands first.
fn relays_by_info(dtmf_relay: &str) -> bool {
    dtmf_relay.split_whitespace().next() == Some("sip-info")
}

/// The codec that is configured, or those of a class, or all.
fn codecs_of(config: &config::Settings, codec: Option<SipCodec>, class: Option<u32>) -> CodecSet {
    let class = class.and_then(|class| config.codec_classes.get(&class));
    match class.filter(|class| codec.is_none() && !class.preferences.is_empty()) {
        Some(class) => {
            let named =
                |codec: &Codec| class.preferences.values().any(|listed| only(Some(*listed)).contains(*codec));
            CODECS.into_iter().filter(named).collect()
        }
        None => only(codec),
    }
}

/// The order of the codecs of a class; the usual one without.
fn order_of(config: &config::Settings, class: Option<u32>) -> Vec<Codec> {
    let listed = class.and_then(|class| config.codec_classes.get(&class));
    let listed = listed.into_iter().flat_map(|class| class.preferences.values());
    let mut order: Vec<Codec> = Vec::new();
    let named = listed.flat_map(|codec| CODECS.into_iter().filter(|own| only(Some(*codec)).contains(*own)));
    for codec in named.chain(CODECS) {
        if !order.contains(&codec) {
            order.push(codec);
        }
    }
    order
}

/// The codec that is configured, or all of them.
fn only(codec: Option<SipCodec>) -> CodecSet {
    match codec {
        None => CODECS.into_iter().collect(),
        Some(SipCodec::G711Ulaw) => CodecSet::EMPTY.with(Codec::G711Ulaw),
        Some(SipCodec::G711Alaw) => CodecSet::EMPTY.with(Codec::G711Alaw),
        Some(SipCodec::G722) => CodecSet::EMPTY.with(Codec::G722),
        Some(SipCodec::Opus) => CodecSet::EMPTY.with(Codec::Opus),
        Some(SipCodec::G729 | SipCodec::Ilbc) => CodecSet::EMPTY.with(Codec::G729),
    }
}

/// Adds the directory numbers of SIP phones to the lines. A number that an `ephone-dn` has too is one line, which rings at
/// the phones of both.
pub(crate) fn add_lines(config: &config::Settings, lines: &mut Vec<LineSettings>, notes: &mut Vec<String>) {
    let permitted = config.register_global.as_ref().map_or(0, |global| global.max_dn);
    let permitted = usize::try_from(permitted).unwrap_or(usize::MAX);
    let mut places: BTreeMap<SmolStr, usize> =
        lines.iter().enumerate().rev().map(|(place, line)| (line.number.clone(), place)).collect();
    let mut pools = BTreeMap::new();
    let (mut preferences, mut huntstops) = (BTreeMap::new(), BTreeSet::new());
    for pool in config.register_pools.values() {
        for (tag, dn) in &pool.numbers {
            pools.entry(*dn).or_insert(pool);
            if pool.huntstops.contains(tag) {
                huntstops.insert(*dn);
            }
            if let Some(preference) = pool.preferences.get(tag) {
                preferences.entry(*dn).or_insert(*preference);
            }
        }
    }
    for (added, (tag, dn)) in config.register_dns.iter().enumerate() {
        let Some(number) = &dn.number else { continue };
        if added >= permitted {
            notes.push(format!(
                "voice register dn {tag} and later ones have no effect: max-dn of voice register global is {permitted}"
            ));
            break;
        }
        if let Some(shared) = places.get(number).and_then(|place| lines.get_mut(*place)) {
            shared.cti_watch |= dn.features.cti_watch == Some(true);
            shared.restricted |= dn.features.cti_watch == Some(false);
            shared.cti_notify |= dn.features.cti_notify == Some(true);
            shared.allow_watch |= dn.features.allow_watch == Some(true);
            if shared.pickup_group.is_none() {
                shared.pickup_group.clone_from(&dn.features.pickup_group);
            }
            continue;
        }
        places.insert(number.clone(), lines.len());
        lines.push(LineSettings {
            tag: TAG_BASE + tag,
            number: number.clone(),
            name: dn.name.clone().unwrap_or_default(),
            label: dn.label.clone().unwrap_or_default(),
            channels: Channels::Octo,
            preference: u8::try_from(*preferences.get(tag).unwrap_or(&dn.preference)).unwrap_or(u8::MAX),
            huntstop: dn.features.huntstop.unwrap_or(true) || huntstops.contains(tag),
            cti_watch: dn.features.cti_watch == Some(true),
            restricted: dn.features.cti_watch == Some(false),
            cti_notify: dn.features.cti_notify == Some(true),
            forwarding: forwarding::configured(&forwarded(dn, pools.get(tag).copied())),
            ..of_features(config, pools.get(tag).copied(), dn)
        });
    }
}

/// Where calls to a number go: as it says, or else its phone.
fn forwarded(dn: &config::RegisterDn, pool: Option<&config::RegisterPool>) -> config::DnFeatures {
    let mut features = dn.features.clone();
    let Some(of_pool) = pool.map(|pool| &pool.forwarding) else { return features };
    let forward =
        |target: &SmolStr| config::Forward { target: target.clone(), only: None, dialplan_pattern: false };
    let boxed = |target: &SmolStr| Box::new(forward(target));
    features.forward_all = features.forward_all.or_else(|| of_pool.all.as_ref().map(boxed));
    features.forward_busy = features.forward_busy.or_else(|| of_pool.busy.as_ref().map(boxed));
    features.forward_no_answer = features.forward_no_answer.or_else(|| {
        let (target, timeout) = of_pool.no_answer.as_ref()?;
        Some(Box::new(config::ForwardNoAnswer { forward: forward(target), timeout: *timeout }))
    });
    features
}

/// What a number of SIP phones has in common with an `ephone-dn`, beside forwarding.
/// The class of restriction is that of the phone with the number.
fn of_features(
    config: &config::Settings,
    pool: Option<&config::RegisterPool>,
    dn: &config::RegisterDn,
) -> LineSettings {
    let own = &dn.features;
    let template =
        pool.and_then(|pool| pool.template).and_then(|template| config.register_templates.get(&template));
    let of_template = template.map(|template| template.features.restriction.clone()).unwrap_or_default();
    let restriction = pool.map(|pool| pool.features.restriction.over(&of_template)).unwrap_or(of_template);
    let channel = own.huntstop_channel.flatten();
    let of_pool = pool.map(|pool| pool.features.translation.clone()).unwrap_or_default();
    let of_pool =
        of_pool.over(&template.map(|template| template.features.translation.clone()).unwrap_or_default());
    let (from_phone, to_phone) = line_translations(config, &own.translation.over(&of_pool));
    let of_phones = || config.register_global.as_ref().and_then(|global| global.transfer_recall);
    let transfer_recall = own.transfer_recall.or_else(of_phones);
    LineSettings {
        from_phone,
        to_phone,
        transfer_recall: transfer_recall.map(|after| Duration::from_secs(after.into())),
        pickup_group: own.pickup_group.clone(),
        picks_up_any_group: own.pickup_any_group == Some(true),
        may_join_hunt_groups: own.hunt_login == Some(true),
        incoming_channels: channel.and_then(|channel| usize::try_from(channel).ok()),
        after_hours_exempt: own.calls.after_hours_exempt == Some(true),
        night_bell: own.calls.night_bell == Some(true),
        night_forward: own.forward_night.clone(),
        forward_unregistered: own
            .forward_unregistered
            .clone()
            .or_else(|| pool.and_then(|pool| pool.forwarding.unreachable.clone())),
        allow_watch: own.allow_watch == Some(true),
        auto_answer: dn.auto_answer,
        reach: features::reach(&dn.services).map(Box::new),
        hides_number: template.is_some_and(|template| template.caller_id_block),
        refuses_anonymous: template.is_some_and(|template| template.anonymous_block),
        ..restricted(config, &restriction)
    }
}

/// From how many calls on a line of a phone is busy there (`busy-trigger-per-button`, `no call-waiting`).
fn busy_trigger(pool: &config::RegisterPool) -> Option<usize> {
    let configured = pool.busy_trigger_per_button.and_then(|calls| usize::try_from(calls).ok());
    if pool.call_waiting { configured } else { Some(1) }
}

/// Adds the SIP phones to the stations.
pub(crate) fn add_stations(
    config: &config::Settings,
    lines: &[LineSettings],
    stations: &mut Vec<StationSettings>,
    notes: &mut Vec<String>,
) {
    let permitted = config.register_global.as_ref().map_or(0, |global| global.max_pool);
    let permitted = usize::try_from(permitted).unwrap_or(usize::MAX);
    let line_of: BTreeMap<&str, u32> =
        lines.iter().rev().map(|line| (line.number.as_str(), line.tag)).collect();
    for (added, (tag, pool)) in config.register_pools.iter().enumerate() {
        if added >= permitted {
            notes.push(format!(
                "voice register pool {tag} and later ones cannot register: max-pool of voice register global is {permitted}"
            ));
            break;
        }
        let numbers = pool.numbers.values().filter_map(|dn| number_of(config, *dn));
        let tags = numbers.filter_map(|number| line_of.get(number.as_str()).copied());
        let buttons = (1..=u8::MAX).zip(tags);
        let template = pool.template.and_then(|template| config.register_templates.get(&template));
        stations.push(StationSettings {
            tag: TAG_BASE + tag,
            name: format_smolstr!("pool {tag}"),
            buttons: buttons.map(|(button, line)| ButtonSettings::line(button, line, Ring::Normal)).collect(),
            speed_dials: Vec::new(),
            // It goes off-hook only by answering a call.
            off_hook_by_command: false,
            prompts: true,
            busy_trigger_per_button: busy_trigger(pool),
            keep_conference: pool
                .features
                .keep_conference
                .or_else(|| template?.features.keep_conference)
                .unwrap_or(true),
            autonomous: true,
            ..StationSettings::default()
        });
    }
    let registrar = config.voice_service().sip.registrar;
    if registrar.is_none() && !config.register_pools.is_empty() {
        notes.push("no SIP phone can register: there is no `registrar server`".to_owned());
    }
}

/// The realm of digest authentication: `authenticate realm`, else the name of this host.
pub(crate) fn realm(config: &config::Settings, hostname: &str) -> String {
    let own = config.register_global.as_ref().and_then(|global| global.realm.as_deref());
    own.unwrap_or(hostname).to_owned()
}
