//! From the configuration to the settings of the switch and the adapters.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use hookflash_core::{
    ButtonKind, ButtonSettings, Channels, CtiSettings, LineSettings, ParkSlot, Ring, StationSettings,
    Timeouts,
};
use hookflash_wire::sccp::{DeviceModel, PromptArea};
use smol_str::SmolStr;

use crate::{
    CstaTcpSettings, DeviceLimits, config, cti_devices, features, forwarding,
    limits::{self, LimitSettings},
    mobility,
    sccp::SoftKeys,
    sip_phone::{self, SipPhoneSettings},
    users,
};

/// The settings of a node.
#[derive(Clone, Debug, Default)]
pub struct NodeSettings {
    /// Lines, stations, timeouts, limits.
    pub switch: hookflash_core::Settings,
    /// How phones are served.
    pub sccp: SccpSettings,
    /// How applications are served over SIP.
    pub uacsta: UacstaSettings,
    /// Applications over CSTA/TCP.
    pub csta_tcp: CstaTcpSettings,
    /// The names that may register over SIP, and for how long.
    pub registrar: RegistrarSettings,
    /// What one source, one principal and all strangers together may take.
    pub limits: LimitSettings,
    /// SIP phones.
    pub sip_phones: SipPhoneSettings,
    /// The configuration that all this was made of: the one that is shown, changed and stored.
    pub configuration: config::Settings,
    /// The startup configuration, if one was stored.
    pub startup_config: Option<String>,
    /// The address that replaces those of the listeners.
    pub bind: Option<IpAddr>,
    /// What else the node depends on.
    pub start: Start,
    /// The file that held parties hear, in `flash:`; `None` for the built-in music.
    pub music: Option<String>,
    /// The router's name, for prompts and User-Agent.
    pub hostname: String,
    /// Where SIP is listened for, if that is known: from there trunks are reached.
    pub sip_address: Option<SocketAddr>,
    /// Pauses before the further attempts of a webhook.
    pub webhook_retry: Vec<Duration>,
}

/// How phones are served.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SccpSettings {
    /// Seconds between keepalives; a phone that misses three is removed.
    pub keepalive: Duration,
    /// Highest protocol version that is negotiated, 3 to 22.
    pub max_version: u8,
    /// Text that idle phones show.
    pub system_message: String,
    /// The soft keys of phones that have others than the usual ones, by the tag of the phone.
    pub soft_keys: BTreeMap<u32, Arc<SoftKeys>>,
    /// The soft keys of the others.
    pub usual_soft_keys: Arc<SoftKeys>,
    /// The digits after which the other dial tone is heard.
    pub secondary_dialtone: Option<SmolStr>,
    /// The date template of RegisterAck, such as `M/D/YA`.
    pub date_template: String,
    /// The address in ServerRes.
    pub server_name: String,
    /// Connections that may wait unregistered at once; further ones are refused.
    pub max_unregistered: usize,
    /// The only address of ours at which phones may register (`strict-match`); `None` for every one that is listened on.
    pub only_at: Option<IpAddr>,
    /// Connections that may wait beside those as long as so many phones are not registered.
    pub reserved: usize,
    /// Whether a phone that is not configured becomes an `ephone` (`auto-reg-ephone`, `auto assign`).
    pub registers_new_phones: bool,
    /// Phones that may be registered at a time (`max-ephones`); further ones are rejected.
    pub max_registered: usize,
}

impl Default for SccpSettings {
    fn default() -> SccpSettings {
        SccpSettings {
            keepalive: Duration::from_secs(30),
            max_version: 17,
            system_message: "Hookflash".to_owned(),
            soft_keys: BTreeMap::new(),
            usual_soft_keys: Arc::default(),
            secondary_dialtone: None,
            date_template: "M/D/YA".to_owned(),
            server_name: "hookflash".to_owned(),
            max_unregistered: 16_384,
            only_at: None,
            reserved: 0,
            registers_new_phones: false,
            max_registered: usize::MAX,
        }
    }
}

/// How applications are served over SIP.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UacstaSettings {
    /// Whether the CTI interface is up (`no cti shutdown`).
    pub enabled: bool,
    /// Plain messages without optional extensions (`cti csta mode basic`).
    pub basic: bool,
    /// Session-Expires that is offered.
    pub session_expires: Duration,
    /// The shortest Session-Expires that is accepted.
    pub min_session_expires: Duration,
    /// TCP connections that may be open at once; further ones are refused.
    pub max_links: usize,
    /// Bytes of messages that wait in all dialogs together. Beyond it, a dialog in which one more would wait ends.
    pub max_waiting_bytes: usize,
}

impl Default for UacstaSettings {
    fn default() -> UacstaSettings {
        UacstaSettings {
            enabled: true,
            basic: true,
            session_expires: Duration::from_secs(1800),
            min_session_expires: Duration::from_secs(90),
            max_links: 20_000,
            max_waiting_bytes: 32 * 1024 * 1024,
        }
    }
}

/// The names that may register over SIP, and for how long.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RegistrarSettings {
    /// Whether REGISTER is served (`registrar server`).
    pub enabled: bool,
    /// The shortest registration that is accepted.
    pub min_expires: Duration,
    /// The longest registration that is granted.
    pub max_expires: Duration,
    /// Those that may register, by tag; no two have the same `register_id`.
    pub session_managers: Vec<SessionManagerSettings>,
    /// Whether session managers with `credentials` prove by digest who they are (`authenticate`).
    pub authenticate: bool,
    /// Whether all CTI sessions do (`csta sip authenticate`).
    pub authenticate_sessions: bool,
    /// The realm of the digest.
    pub realm: String,
    /// The users whose sessions may be opened with their passwords.
    pub users: crate::users::Users,
}

impl Default for RegistrarSettings {
    fn default() -> RegistrarSettings {
        RegistrarSettings {
            enabled: false,
            min_expires: Duration::from_secs(60),
            max_expires: Duration::from_secs(3600),
            session_managers: Vec::new(),
            authenticate: false,
            authenticate_sessions: false,
            realm: String::new(),
            users: crate::users::Users::default(),
        }
    }
}

/// A session manager of a CSTA client application (`voice register session-server`).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SessionManagerSettings {
    /// The tag of its `voice register session-server`.
    pub tag: u32,
    /// The user that it registers as.
    pub register_id: SmolStr,
    /// How long it is registered unless it registers again.
    pub keepalive: Duration,
    /// Whether its REGISTER is not answered any more when its CTI session has ended.
    pub cti_aware: bool,
    /// Names and passwords of those who speak for it (`xml user`); empty if it needs none.
    pub credentials: Vec<(SmolStr, String)>,
}

/// Where to listen. Port 0 means any free port.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Listeners {
    /// Phones, SCCP over TCP.
    pub sccp: Option<SocketAddr>,
    /// Phones of the other address family, where the configuration has an address of each.
    pub second_sccp: Option<SocketAddr>,
    /// Applications, SIP over UDP and TCP.
    pub sip: Option<SocketAddr>,
    /// SIP over TLS.
    pub sips: Option<SocketAddr>,
    /// Applications, CSTA over TCP.
    pub csta: Option<SocketAddr>,
    /// Applications, CSTA over TLS.
    pub csta_tls: Option<SocketAddr>,
    /// Applications that start no session.
    pub csta_implicit: Option<SocketAddr>,
    /// Applications that wait for a greeting.
    pub csta_greeting: Option<SocketAddr>,
    /// Files of phones, TFTP over UDP.
    pub tftp: Option<SocketAddr>,
    /// The same files, over HTTP.
    pub files: Option<SocketAddr>,
    /// Pages of phones, the XML interface, and doors for applications, over HTTP.
    pub http: Option<SocketAddr>,
    /// The same, if the port of `cti-manager` is another one than that of `ip http port`.
    pub second_http: Option<SocketAddr>,
    /// The same as `http`, over TLS.
    pub https: Option<SocketAddr>,
}

/// A configuration, ready to run.
#[derive(Clone, Debug, Default)]
pub struct Provisioned {
    /// For [`Node::new`](crate::Node::new).
    pub settings: NodeSettings,
    /// For the driver.
    pub listeners: Listeners,
    /// What the operator should know about it: parts that have no effect, and why.
    pub notes: Vec<String>,
    /// Who may control what without a password, in one line.
    pub without_password: String,
}

/// What a node depends on beside its configuration.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Start {
    /// How many files, and so connections, the server can have open.
    pub open_files: u64,
    /// How many bytes of memory the process may use.
    pub memory: u64,
    /// When it was, in nanoseconds since 1970, or any other number that no other start has and that grows: identifiers
    /// that others remember longer than the server lives are made from it.
    pub seed: u64,
    /// Whether sessions are kept over a restart.
    pub keeps_sessions: bool,
    /// Numbers that nobody can foresee, from the system's random source: tags, branches, Call-IDs and nonces are made of them.
    pub secret: [u64; 2],
}

impl Listeners {
    /// Whether there is no listener.
    pub fn is_empty(&self) -> bool {
        *self == Listeners::default()
    }

    /// What is served over TLS.
    pub fn secure(&self) -> impl Iterator<Item = config::TlsService> {
        let services = [
            (self.sips, config::TlsService::Sip),
            (self.csta_tls, config::TlsService::Csta),
            (self.https, config::TlsService::Http),
        ];
        services.into_iter().filter(|(address, _)| address.is_some()).map(|(_, service)| service)
    }
}

impl Default for Start {
    /// As many files as are wanted, and the same identifiers every time.
    fn default() -> Start {
        Start { open_files: u64::MAX, memory: u64::MAX, seed: 0, keeps_sessions: false, secret: [0; 2] }
    }
}

impl NodeSettings {
    /// Fits the settings to a start: connections of strangers and of applications must not use up the files that
    /// phones need, and identifiers must not be those of an earlier start.
    pub fn fit(&mut self, start: Start) {
        let NodeSettings { switch, sccp, uacsta, csta_tcp, limits, .. } = self;
        limits.memory = limits.memory.min(usize::try_from(start.memory / 2).unwrap_or(usize::MAX));
        let budget = limits.budget();
        let files = Files::of(start.open_files, switch.stations.len());
        sccp.max_unregistered = sccp.max_unregistered.min(files.waiting_phones);
        sccp.reserved = switch.stations.len();
        uacsta.max_links = uacsta.max_links.min(files.sip).min(budget.most_connections());
        uacsta.max_waiting_bytes = uacsta.max_waiting_bytes.min(budget.waiting);
        csta_tcp.max_sessions = csta_tcp.max_sessions.min(files.csta_sessions);
        csta_tcp.max_waiting = csta_tcp.max_waiting.min(files.csta_waiting);
        switch.cti.max_sessions = switch.cti.max_sessions.min(budget.most_sessions());
        switch.cti.max_monitors = switch.cti.max_monitors.min(budget.most_monitors());
        switch.seed ^= start.seed;
        switch.first_identifier = first_identifier(start.seed);
        self.start = start;
    }
}

/// How the files that a process can have open are divided: every configured phone has one, and so have the server itself and
/// its operators; the rest is for applications, and for strangers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Files {
    waiting_phones: usize,
    sip: usize,
    csta_sessions: usize,
    csta_waiting: usize,
}

impl Files {
    /// Files of the server itself, of its operators, and of connections that are just being closed.
    const OWN: u64 = 128;

    fn of(open_files: u64, phones: usize) -> Files {
        let phones = u64::try_from(phones).unwrap_or(u64::MAX);
        let rest = open_files.saturating_sub(phones).saturating_sub(Self::OWN);
        let part =
            |of_16: u64| usize::try_from((rest / 16).saturating_mul(of_16)).unwrap_or(usize::MAX).max(8);
        Files { waiting_phones: part(3), sip: part(6), csta_sessions: part(5), csta_waiting: part(2) }
    }
}

/// Where a start numbers calls, connections and monitors from: 16 numbers further for each millisecond, so that a
/// server that starts again goes on above everything that it used before, as long as it used fewer than 16,000 a
/// second. After 2^28 numbers, 4 hours and 39 minutes, the next start is at the beginning again: what an old server
/// uses and what a new one does are then the same only by chance. Small enough for every phone (call managers of a
/// cluster use larger ones), and for people who read it in a log.
fn first_identifier(seed: u64) -> u32 {
    const NANOSECONDS_EACH: u64 = 1_000_000 / 16;
    const STARTS: u64 = 1 << 28;
    u32::try_from(1 + seed / NANOSECONDS_EACH % STARTS).unwrap_or(1)
}

/// Turns a configuration into settings. `bind` replaces the IP address of every listener.
pub fn provision(config: &config::Settings, bind: Option<IpAddr>) -> Provisioned {
    provision_with(config, bind, &Users::new())
}

/// Who is logged in to the phones of extension mobility, by the tags of the phones.
pub(crate) type Users = BTreeMap<u32, SmolStr>;

/// [`provision`], with these users logged in to the phones of extension mobility.
pub(crate) fn provision_with(config: &config::Settings, bind: Option<IpAddr>, users: &Users) -> Provisioned {
    let mut notes = Vec::new();
    let hostname = config.hostname.as_deref().unwrap_or("hookflash").to_owned();
    let mut lines = lines(config, &mut notes);
    lines.extend(features::pilots(config, &mut notes));
    sip_phone::add_lines(config, &mut lines, &mut notes);
    notes.extend(forwarding::notes(&lines));
    notes.extend(limits::protection::notes(config));
    notes.extend(certificate_notes(config));
    let without_password = without_password(config, &lines);
    let mut stations = stations(config, &lines, users, &mut notes);
    sip_phone::add_stations(config, &lines, &mut stations, &mut notes);
    sip_phone::add_trunks(config, &mut lines, &mut stations, &mut notes);
    cti_devices::add(config, &mut lines, &mut stations, &mut notes);
    notes.extend(crate::users::notes(config));
    notes.extend(cti_note(config, &lines));
    notes.extend(call_monitor_note(config, &lines));
    let listeners = listeners(config, bind);
    let settings = NodeSettings {
        switch: hookflash_core::Settings {
            lines,
            stations,
            timeouts: timeouts(config),
            cti: cti(config),
            users: users::rights(config),
            features: features::of(config),
            max_redirects: max_redirects(config),
            max_conference_members: features::max_conference_members(config),
            max_calls: 0,
            seed: seed_of(&hostname),
            first_identifier: 1,
            ..hookflash_core::Settings::default()
        },
        sccp: sccp(config, bind),
        uacsta: uacsta(config),
        csta_tcp: csta_tcp(config),
        webhook_retry: webhook_retry(config),
        registrar: registrar(config, &hostname, &mut notes),
        limits: limit_settings(config),
        sip_phones: sip_phone::sip_phones(config, &hostname),
        configuration: config.clone(),
        startup_config: None,
        bind,
        start: Start::default(),
        music: config
            .telephony_service
            .as_ref()
            .and_then(|service| service.moh.as_deref())
            .map(str::to_owned),
        hostname,
        sip_address: listeners.sip.filter(|address| address.port() != 0),
    };
    if listeners.sccp.is_none() {
        notes.push(match config.telephony_service {
            None => "no phone can register: there is no telephony-service".to_owned(),
            Some(_) => "no phone can register: telephony-service has no ip source-address".to_owned(),
        });
    }
    Provisioned { settings, listeners, notes: config::summed_up(notes), without_password }
}

fn listeners(config: &config::Settings, bind: Option<IpAddr>) -> Listeners {
    let phones = config.telephony_service.as_ref().and_then(|service| service.source_address.as_ref());
    let phones = phones.map(|source| source.listen);
    let applications = config.register_global.as_ref().and_then(|global| global.source_address);
    let at = |source: Option<config::SourceAddress>, default_port: u16| match (source, bind) {
        (Some(source), bind) => Some(SocketAddr::new(bind.unwrap_or(source.address), source.port)),
        (None, Some(bind)) => Some(SocketAddr::new(bind, default_port)),
        (None, None) => None,
    };
    let beside_phones =
        phones.map(|source| config::SourceAddress { port: config::DEFAULT_SIP_PORT, ..source });
    let doors = config.cti_manager.as_ref().and_then(|manager| manager.http_port);
    let first_http = config.http_listen_port().or(doors);
    let sip = at(applications.or(beside_phones), config::DEFAULT_SIP_PORT);
    let manager = config.cti_manager.as_ref();
    let beside_sip = applications.or(beside_phones);
    Listeners {
        sccp: config.telephony_service.as_ref().and_then(|_| at(phones, config::DEFAULT_SCCP_PORT)),
        second_sccp: config
            .second_sccp_listen()
            .filter(|_| bind.is_none())
            .map(|source| SocketAddr::new(source.address, source.port)),
        sip,
        sips: sip.and_then(|sip| Some(SocketAddr::new(sip.ip(), config.sips_listen_port(sip.port())?))),
        csta: manager.and_then(|manager| manager.csta_tcp_port).map(|port| beside(beside_sip, bind, port)),
        csta_tls: manager
            .and_then(|manager| manager.csta_tls_port)
            .map(|port| beside(beside_sip, bind, port)),
        csta_implicit: manager
            .and_then(|manager| manager.csta_implicit.as_ref())
            .map(|own| beside(beside_sip, bind, own.port)),
        csta_greeting: manager
            .and_then(|manager| manager.csta_greeting.as_ref())
            .map(|own| beside(beside_sip, bind, own.port)),
        tftp: files_listener(config, beside_phones, bind, config.file_ports().0),
        files: files_listener(config, beside_phones, bind, config.file_ports().1),
        http: first_http.map(|port| beside(beside_phones, bind, port)),
        second_http: doors.filter(|_| doors != first_http).map(|port| beside(beside_phones, bind, port)),
        https: config.https_listen_port().map(|port| beside(beside_phones, bind, port)),
    }
}

/// Services that name a trustpoint without files.
fn certificate_notes(config: &config::Settings) -> impl Iterator<Item = String> {
    let services = [
        (config::TlsService::Sip, "SIP"),
        (config::TlsService::Csta, "CSTA"),
        (config::TlsService::Http, "HTTP"),
    ];
    services.into_iter().filter_map(|(service, name)| {
        let trustpoint = config.certificate_files(service).err()?;
        Some(format!(
            "{name} over TLS has a self-signed certificate: crypto pki trustpoint {trustpoint} has no `certificate file` \
             and `key file`"
        ))
    })
}

/// An address beside that of the phones, or of SIP, or else every address.
fn beside(phones: Option<config::SourceAddress>, bind: Option<IpAddr>, port: u16) -> SocketAddr {
    let address = bind.or(phones.map(|source| source.address));
    SocketAddr::new(address.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED)), port)
}

/// Phones fetch their files beside where they register.
fn files_listener(
    config: &config::Settings,
    phones: Option<config::SourceAddress>,
    bind: Option<IpAddr>,
    port: u16,
) -> Option<SocketAddr> {
    config.serves_files().then(|| beside(phones, bind, port))
}

/// The lines in the order of their tags.
fn lines(config: &config::Settings, notes: &mut Vec<String>) -> Vec<LineSettings> {
    let mut lines = Vec::new();
    let permitted = usize::try_from(config.max_dn()).unwrap_or(usize::MAX);
    let overlays = overlays(config);
    let default_preference = config.telephony_service.as_ref().and_then(|service| service.max_dn?.preference);
    for (tag, dn) in &config.ephone_dns {
        let Some(number) = &dn.number else { continue };
        if lines.len() >= permitted {
            notes.push(format!("ephone-dn {tag} and later ones have no effect: max-dn is {permitted}"));
            break;
        }
        let features = config.effective_dn_features(*tag);
        lines.push(LineSettings {
            route: None,
            tag: *tag,
            number: number.primary.clone(),
            secondary: number.secondary.clone(),
            expanded: expanded(config, &number.primary),
            name: dn.name.clone().unwrap_or_default(),
            label: dn.label.clone().unwrap_or_default(),
            channels: match dn.line_mode {
                config::LineMode::Single => Channels::Single,
                config::LineMode::Dual => Channels::Dual,
                config::LineMode::Octo => Channels::Octo,
            },
            preference: preference(dn, default_preference),
            huntstop: config.effective_huntstop(*tag),
            cti_watch: config.effective_cti_watch(*tag),
            cti_notify: config.effective_cti_notify(*tag),
            overlay: overlays.contains(tag),
            forwarding: forwarding::configured(&features),
            forward_max_length: features.forward_max_length.and_then(|most| usize::try_from(most).ok()),
            park_slot: dn.park_slot.as_ref().map(park_slot),
            keeps_local_calls: features.forward_local_calls == Some(false),
            pickup_group: features.pickup_group.clone(),
            picks_up_any_group: features.pickup_any_group == Some(true),
            ..features::line(config, dn, &features)
        });
    }
    lines
}

/// The number in full, by the first pattern that is for it.
fn expanded(config: &config::Settings, number: &str) -> Option<SmolStr> {
    let patterns = &config.telephony_service.as_ref()?.dialplan_patterns;
    patterns.values().find_map(|pattern| pattern.expand(number))
}

/// The directory numbers on overlay buttons.
fn overlays(config: &config::Settings) -> BTreeSet<u32> {
    let buttons = config.ephones.values().flat_map(|ephone| ephone.buttons.values());
    buttons.filter(|button| button.kind.is_overlay()).flat_map(|button| button.tags.iter().copied()).collect()
}

fn park_slot(slot: &config::ParkSlot) -> ParkSlot {
    let timeout = slot.timeout.filter(|(seconds, _)| *seconds > 0);
    ParkSlot {
        reserved_for: slot.reserved_for.clone(),
        timeout: timeout.map(|(seconds, _)| Duration::from_secs(seconds.into())),
        limit: timeout.map_or(0, |(_, limit)| limit),
        recall: slot.recall,
        transfer_to: slot.transfer_to.clone(),
    }
}

fn preference(dn: &config::EphoneDn, default: Option<u32>) -> u8 {
    let own = dn.preference.primary;
    let effective = if own == 0 { default.unwrap_or(0) } else { own };
    u8::try_from(effective).unwrap_or(u8::MAX)
}

fn stations(
    config: &config::Settings,
    lines: &[LineSettings],
    users: &Users,
    notes: &mut Vec<String>,
) -> Vec<StationSettings> {
    let tags: BTreeSet<u32> = lines.iter().map(|line| line.tag).collect();
    let line_of_number: BTreeMap<&str, u32> =
        lines.iter().rev().map(|line| (line.number.as_str(), line.tag)).collect();
    let mut stations = Vec::new();
    for (tag, ephone) in &config.ephones {
        let Some(mac_address) = ephone.mac_address else {
            notes.push(format!("ephone {tag} cannot register: it has no mac-address"));
            continue;
        };
        let mut buttons = line_buttons(ephone, &tags);
        let profile = profile_in_force(config, ephone, users.get(tag));
        add_profile_buttons(&mut buttons, profile, &line_of_number);
        stations.push(StationSettings {
            trunk: None,
            tag: *tag,
            name: device_name(ephone, mac_address),
            buttons,
            speed_dials: speed_dials(ephone, profile),
            off_hook_by_command: off_hook_by_command(ephone),
            prompts: !is_analogue(ephone),
            keep_conference: config.effective_keep_conference(*tag),
            autonomous: false,
            dnd_calls: features::dnd_calls(config, *tag),
            ..features::station(config, *tag, ephone)
        });
    }
    let permitted = usize::try_from(config.max_ephones()).unwrap_or(usize::MAX);
    if permitted < stations.len() && config.telephony_service.is_some() {
        let count = stations.len();
        notes.push(format!(
            "at most {permitted} of {count} phones can be registered: max-ephones is {permitted}"
        ));
    }
    stations
}

/// The profile of who is logged in to a phone of extension mobility, or its logout profile.
fn profile_in_force<'a>(
    config: &'a config::Settings,
    ephone: &config::Ephone,
    user: Option<&SmolStr>,
) -> Option<&'a config::Profile> {
    let logged_out = ephone.logout_profile?;
    let logged_in = user.and_then(|user| mobility::profile_of(config, user));
    logged_in.map(|(_, profile)| profile).or_else(|| config.logout_profiles.get(&logged_out))
}

/// The settings of one phone, with these users logged in; `None` if it cannot register.
pub(crate) fn station_settings(
    config: &config::Settings,
    users: &Users,
    tag: u32,
) -> Option<StationSettings> {
    let mut notes = Vec::new();
    let lines = lines(config, &mut notes);
    let all = stations(config, &lines, users, &mut notes);
    all.into_iter().find(|station| station.tag == tag)
}

/// Analogue ports register with other names than phones.
fn device_name(ephone: &config::Ephone, mac_address: config::MacAddress) -> SmolStr {
    let name = mac_address.device_name();
    match ephone.model.as_deref() {
        Some("ata") => name.replacen("SEP", "ATA", 1).into(),
        _ => name,
    }
}

fn line_buttons(ephone: &config::Ephone, tags: &BTreeSet<u32>) -> Vec<ButtonSettings> {
    ephone.buttons.values().filter_map(|button| line_button(button, ephone, tags)).collect()
}

fn line_button(
    button: &config::Button,
    ephone: &config::Ephone,
    tags: &BTreeSet<u32>,
) -> Option<ButtonSettings> {
    use config::ButtonKind::*;
    let (kind, ring) = match button.kind {
        Normal => (ButtonKind::Line, Ring::Normal),
        BeepRing => (ButtonKind::Line, Ring::Beep),
        FeatureRing => (ButtonKind::Line, Ring::Feature),
        SilentRing => (ButtonKind::Line, Ring::Silent),
        Overlay => (ButtonKind::Overlay, Ring::Normal),
        CallWaitingOverlay => (ButtonKind::CallWaitingOverlay, Ring::Normal),
        Monitor => (ButtonKind::Monitor, Ring::Normal),
        Watch => (ButtonKind::Watch, Ring::Normal),
        OverlayRollover => return expansion_button(button, ephone, tags),
    };
    let mut lines = button.tags.iter().copied().filter(|tag| tags.contains(tag));
    let line = lines.next()?;
    let further = lines.collect();
    Some(ButtonSettings { button: u8::try_from(button.position).ok()?, line, ring, kind, further })
}

/// A button that takes further calls of an overlay.
fn expansion_button(
    button: &config::Button,
    ephone: &config::Ephone,
    tags: &BTreeSet<u32>,
) -> Option<ButtonSettings> {
    let overlay = ephone.buttons.get(*button.tags.first()?).filter(|overlay| overlay.kind.is_overlay())?;
    Some(ButtonSettings {
        button: u8::try_from(button.position).ok()?,
        line: overlay.tags.iter().copied().find(|tag| tags.contains(tag))?,
        kind: ButtonKind::Expansion(u8::try_from(overlay.position).ok()?),
        ..ButtonSettings::default()
    })
}

/// An extension mobility phone to which nobody has logged in shows the numbers of its logout profile, on the
/// buttons that are still free.
fn add_profile_buttons(
    buttons: &mut Vec<ButtonSettings>,
    profile: Option<&config::Profile>,
    line_of_number: &BTreeMap<&str, u32>,
) {
    use config::ProfileNumberType::*;
    let mut numbers: Vec<_> = profile.into_iter().flat_map(|profile| &profile.numbers).collect();
    // The order in which buttons are filled, whatever the order of the lines.
    numbers.sort_by_key(|number| match number.kind {
        Normal => 0,
        SilentRing => 1,
        BeepRing => 2,
        FeatureRing => 3,
        MonitorRing => 4,
        Overlay | CallWaitingOverlay => 5,
    });
    for number in numbers {
        let ring = match number.kind {
            Normal => Ring::Normal,
            BeepRing => Ring::Beep,
            FeatureRing => Ring::Feature,
            SilentRing => Ring::Silent,
            MonitorRing | Overlay | CallWaitingOverlay => continue,
        };
        let line = number.numbers.first().and_then(|number| line_of_number.get(number.as_str()));
        let free = (1..=u8::MAX).find(|place| buttons.iter().all(|button| button.button != *place));
        if let (Some(line), Some(button)) = (line, free) {
            buttons.push(ButtonSettings::line(button, *line, ring));
        }
    }
    buttons.sort_by_key(|button| button.button);
}

/// The speed dials of a phone; those of its profile come before its own.
fn speed_dials(ephone: &config::Ephone, profile: Option<&config::Profile>) -> Vec<(SmolStr, SmolStr)> {
    let mut dials = ephone.speed_dials.clone();
    dials.extend(profile.into_iter().flat_map(|profile| profile.speed_dials.clone()));
    let last = dials.keys().next_back().copied().unwrap_or(0);
    (1..=last)
        .map(|place| match dials.get(&place) {
            Some(dial) => (dial.number.clone(), SmolStr::new(unquoted(dial.label.as_deref().unwrap_or("")))),
            None => (SmolStr::default(), SmolStr::default()),
        })
        .collect()
}

/// A label with spaces may be written in quotation marks, which are not part of it.
fn unquoted(label: &str) -> &str {
    label.strip_prefix('"').and_then(|label| label.strip_suffix('"')).unwrap_or(label)
}

/// Phones without a loudspeaker and without soft keys are analogue ports or the like: only their user can lift
/// the handset.
fn off_hook_by_command(ephone: &config::Ephone) -> bool {
    let model = ephone.model.as_deref().and_then(DeviceModel::from_ios_word);
    model.is_none_or(|model| model.speakerphone || model.soft_keys)
}

/// Analogue ports cannot tell their user what to lift the handset for.
fn is_analogue(ephone: &config::Ephone) -> bool {
    let model = ephone.model.as_deref().and_then(DeviceModel::from_ios_word);
    model.is_some_and(|model| !model.soft_keys && model.prompt_area == PromptArea::None)
}

fn timeouts(config: &config::Settings) -> Timeouts {
    let service = config.telephony_service.clone().unwrap_or_default();
    let manager = config.cti_manager.clone().unwrap_or_default();
    let seconds = |seconds: u32| Duration::from_secs(u64::from(seconds));
    Timeouts {
        interdigit: seconds(service.timeout_interdigit),
        ringing: seconds(service.timeout_ringing),
        busy: seconds(service.timeout_busy),
        make_call_prompt: seconds(config.voice_service().cti_make_call_prompt),
        transfer_recall: (service.timeout_transfer_recall > 0)
            .then(|| seconds(service.timeout_transfer_recall)),
        new_call_accept: seconds(manager.new_call_accept_timer),
        media_exchange: seconds(manager.media_exchange_timer),
        ..Timeouts::default()
    }
}

/// How often one call may be diverted.
fn max_redirects(config: &config::Settings) -> usize {
    let service = config.telephony_service.clone().unwrap_or_default();
    usize::try_from(service.max_redirect).unwrap_or(usize::MAX)
}

fn cti(config: &config::Settings) -> CtiSettings {
    let service = config.voice_service();
    CtiSettings {
        enabled: !is_cti_shut(config),
        basic_mode: service.cti_csta_mode_basic,
        expands_numbers: !service.cti_suppress_conversion,
        ..CtiSettings::default()
    }
}

/// Whether applications are refused (`cti shutdown`, which is the default). A configuration with a `cti-manager` and without
/// `voice service voip` wants applications, and cannot say so elsewhere.
fn is_cti_shut(config: &config::Settings) -> bool {
    let wanted = config.voice_service.is_none() && config.cti_manager.is_some();
    config.voice_service().cti_shutdown && !wanted
}

/// Cisco's applications need `callmonitor`; here it makes no difference.
fn call_monitor_note(config: &config::Settings, lines: &[LineSettings]) -> Option<String> {
    let service = config.voice_service();
    let watched = lines.iter().any(|line| line.cti_watch);
    let expected = watched && !service.cti_shutdown && !service.cti_csta_mode_basic;
    (expected && !service.callmonitor).then(|| {
        "callmonitor is not configured: it makes no difference, applications get every event".to_owned()
    })
}

/// What is missing for applications, where something says that there shall be some.
fn cti_note(config: &config::Settings, lines: &[LineSettings]) -> Option<String> {
    let watched = lines.iter().any(|line| line.cti_watch);
    match (is_cti_shut(config), watched) {
        (true, true) => {
            Some("applications are refused: add `no cti shutdown` to voice service voip".to_owned())
        }
        (false, false) if !lines.is_empty() => {
            Some("applications cannot monitor any line: no ephone-dn has `cti watch`".to_owned())
        }
        _ => None,
    }
}

/// Who may control what without a password.
fn without_password(config: &config::Settings, lines: &[LineSettings]) -> String {
    let manager = config.cti_manager.clone().unwrap_or_default();
    let watched = lines.iter().filter(|line| line.cti_watch).count();
    if is_cti_shut(config) || watched == 0 {
        return "no application may control anything".to_owned();
    }
    let web = manager.http_port.is_some() || manager.https_port.is_some();
    let streams = manager.csta_tcp_port.is_some() || manager.csta_tls_port.is_some();
    let doors = [
        (!manager.sip_authenticate, "SIP (`csta sip authenticate` demands one)"),
        (streams && config.cti_users().next().is_none(), "TCP (an `application-user` closes it)"),
        (web && config.cti_users().next().is_none(), "HTTP (an `application-user` closes it)"),
    ];
    let open: Vec<&str> = doors.into_iter().filter(|(open, _)| *open).map(|(_, door)| door).collect();
    let lines = if watched == 1 { "1 line".to_owned() } else { format!("{watched} lines") };
    match open.is_empty() {
        true => "no application may control anything without a password".to_owned(),
        false => format!(
            "any address may monitor and control {lines} (`cti watch`) without a password by {}",
            open.join(", ")
        ),
    }
}

fn uacsta(config: &config::Settings) -> UacstaSettings {
    let service = config.voice_service();
    UacstaSettings {
        enabled: !is_cti_shut(config),
        basic: service.cti_csta_mode_basic,
        session_expires: Duration::from_secs(u64::from(service.cti_session_timer)),
        ..UacstaSettings::default()
    }
}

fn csta_tcp(config: &config::Settings) -> CstaTcpSettings {
    let manager = config.cti_manager.clone().unwrap_or_default();
    let seconds = |seconds: u32| Duration::from_secs(u64::from(seconds));
    CstaTcpSettings {
        enabled: !is_cti_shut(config),
        min_heartbeat: seconds(manager.heartbeat.minimum),
        max_heartbeat: seconds(manager.heartbeat.maximum),
        max_sessions: usize::try_from(manager.max_connections).unwrap_or(usize::MAX),
        journal_maximum: usize::try_from(manager.journal_maximum).unwrap_or(usize::MAX),
        device_limits: DeviceLimits {
            per_provider: usize::try_from(manager.max_devices_per_provider).unwrap_or(usize::MAX),
            per_node: usize::try_from(manager.max_devices_per_node).unwrap_or(usize::MAX),
        },
        users: users::Users::new(config),
        implicit_user: manager.csta_implicit.map(|own| own.user),
        greeting_user: manager.csta_greeting.map(|own| own.user),
        ..CstaTcpSettings::default()
    }
}

fn webhook_retry(config: &config::Settings) -> Vec<Duration> {
    let manager = config.cti_manager.clone().unwrap_or_default();
    manager.webhook_retry.iter().map(|seconds| Duration::from_secs(u64::from(*seconds))).collect()
}

fn registrar(config: &config::Settings, hostname: &str, notes: &mut Vec<String>) -> RegistrarSettings {
    let seconds = |seconds: u32| Duration::from_secs(u64::from(seconds));
    let configured = config.voice_service().sip.registrar;
    let mut session_managers: Vec<SessionManagerSettings> = Vec::new();
    for (tag, server) in &config.session_servers {
        let Some(register_id) = &server.register_id else {
            notes.push(format!("session-server {tag} cannot register: it has no register-id"));
            continue;
        };
        let same = session_managers.iter().find(|manager| manager.register_id == *register_id);
        if let Some(first) = same {
            let first = first.tag;
            notes.push(format!(
                "session-server {tag} cannot register: {register_id} is the register-id of session-server {first}"
            ));
            continue;
        }
        session_managers.push(SessionManagerSettings {
            tag: *tag,
            register_id: register_id.clone(),
            keepalive: seconds(server.keepalive),
            cti_aware: server.cti_aware,
            credentials: session_manager_credentials(config, server),
        });
    }
    if configured.is_none() && !session_managers.is_empty() {
        notes.push("no session-server can register: there is no `registrar server`".to_owned());
    }
    let config::Registrar { min_expires, max_expires } = configured.unwrap_or_default();
    RegistrarSettings {
        enabled: configured.is_some(),
        min_expires: seconds(min_expires),
        max_expires: seconds(max_expires),
        authenticate: config.register_global.as_ref().is_some_and(|global| global.authenticate_register),
        authenticate_sessions: config.cti_manager.as_ref().is_some_and(|manager| manager.sip_authenticate),
        realm: sip_phone::realm(config, hostname),
        users: users::Users::new(config),
        session_managers,
    }
}

/// Who speaks for a session manager: its own `xml user`s, else those of all, else those of the XML interface.
fn session_manager_credentials(
    config: &config::Settings,
    server: &config::SessionServer,
) -> Vec<(SmolStr, String)> {
    let all = config.register_global.as_ref().map(|global| &global.xml_users);
    let interface = config.telephony_service.iter().flat_map(config::TelephonyService::xml_users);
    let users: Vec<&config::XmlUser> = match (server.xml_users.as_slice(), all) {
        ([], Some(all)) if !all.is_empty() => all.iter().collect(),
        ([], _) => interface.collect(),
        (own, _) => own.iter().collect(),
    };
    let revealed = users.into_iter().map(|user| &user.credentials);
    revealed.filter_map(|user| Some((user.name.clone(), users::reveal(&user.password)?))).collect()
}

fn limit_settings(config: &config::Settings) -> LimitSettings {
    let limits = config.limits.clone().unwrap_or_default();
    let count = |value: u32| usize::try_from(value).unwrap_or(usize::MAX);
    LimitSettings {
        connections_per_source: count(limits.connections_per_source),
        waiting_per_source: count(limits.waiting_per_source),
        sessions_per_source: count(limits.sessions_per_source),
        sessions_per_principal: count(limits.sessions_per_principal),
        monitors_per_source: count(limits.monitors_per_source),
        monitors_per_principal: count(limits.monitors_per_principal),
        monitors_per_device: count(limits.monitors_per_device),
        transactions_per_source: count(limits.transactions_per_source),
        calls_per_source: limits.calls_per_source,
        failures_per_source: limits.failures_per_source,
        log_per_source: limits.log_per_source,
        phone_probe: Duration::from_secs(limits.phone_probe.into()),
        memory: count(limits.memory_megabytes).saturating_mul(1 << 20),
    }
}

fn sccp(config: &config::Settings, bind: Option<IpAddr>) -> SccpSettings {
    use config::DateFormat::*;
    let default = SccpSettings::default();
    let Some(service) = &config.telephony_service else { return default };
    let date = match service.date_format {
        DayMonthYear => "D/M/Y",
        MonthDayYear => "M/D/Y",
        YearDayMonth => "Y/D/M",
        YearMonthDay => "Y/M/D",
    };
    let half_day = if service.time_format == config::TimeFormat::Hours12 { "A" } else { "" };
    let address = bind.or(service.source_address.as_ref().map(|source| source.listen.address));
    SccpSettings {
        keepalive: Duration::from_secs(u64::from(service.keepalive)),
        max_version: u8::try_from(service.sccp_max_version).unwrap_or(default.max_version),
        system_message: service.system_message.as_deref().map_or(default.system_message, str::to_owned),
        soft_keys: features::soft_keys(config),
        usual_soft_keys: Arc::new(features::usual_soft_keys(config)),
        secondary_dialtone: service.features.secondary_dialtone.clone(),
        date_template: format!("{date}{half_day}"),
        server_name: address.map_or(default.server_name, |address| address.to_string()),
        max_unregistered: default.max_unregistered,
        only_at: only_at(service, bind),
        reserved: default.reserved,
        registers_new_phones: service.registers_new_phones(),
        max_registered: usize::try_from(config.max_ephones()).unwrap_or(usize::MAX),
    }
}

/// With `strict-match` only phones that addressed this server may register.
fn only_at(service: &config::TelephonyService, bind: Option<IpAddr>) -> Option<IpAddr> {
    let source = service.source_address.as_ref().filter(|source| !source.any_match)?;
    Some(bind.filter(|bind| !bind.is_unspecified()).unwrap_or(source.listen.address))
}

/// Different routers make different global call identifiers (FNV-1a, 64 bit).
fn seed_of(hostname: &str) -> u64 {
    hostname
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_of_speed_dials_are_shown_without_their_quotation_marks() {
        let text = "telephony-service\n max-ephones 1\n max-dn 1\nephone-dn 1\n number 201\nephone 1\n \
                    mac-address 0200.0000.0201\n button 1:1\n speed-dial 1 202 label \"Head Office\"\n \
                    speed-dial 2 203 label Front desk\n speed-dial 3 204 label 3\"\n speed-dial 4 205";
        let made = provision(&config::load(text).settings, None).settings;
        let labels: Vec<&str> =
            made.switch.stations[0].speed_dials.iter().map(|(_, label)| label.as_str()).collect();
        assert_eq!(labels, ["Head Office", "Front desk", "3\"", ""]);
    }

    #[test]
    fn what_applications_need_is_asked_for() {
        let notes = |rest: &str| {
            let text = format!("telephony-service\n max-dn 2\n ip source-address 10.0.0.1\n{rest}");
            provision(&config::load(&text).settings, None).notes
        };
        let (watch, open) = (
            "ephone-dn 1\n number 201\n cti watch\n",
            "voice service voip\n no cti shutdown\n callmonitor\n",
        );
        assert!(
            notes(&format!("voice service voip\n no cti shutdown\n{watch}"))[0]
                .starts_with("callmonitor is not")
        );
        assert!(notes(watch)[0].starts_with("applications are refused: add `no cti shutdown`"));
        assert!(
            notes(&format!("{open}ephone-dn 1\n number 201\n"))[0].contains("no ephone-dn has `cti watch`")
        );
        for complete in [&format!("{open}{watch}"), open, "", "ephone-dn 1\n number 201\n"] {
            assert_eq!(notes(complete), [""; 0]);
        }
    }

    fn first(millis: u64) -> u32 {
        first_identifier(millis * 1_000_000)
    }

    #[test]
    fn a_start_without_a_seed_numbers_from_one() {
        assert_eq!(first_identifier(Start::default().seed), 1);
    }

    #[test]
    fn a_later_start_goes_on_above_what_an_earlier_one_can_have_used() {
        let most_in = |millis: u64| u32::try_from(16 * millis).unwrap();
        for began in [0, 999, 16_000_000, 1_795_241_085_123] {
            for later in [1, 2, 60_000, 3_600_000] {
                let (before, after) = (first(began), first(began + later));
                let wraps = after < before;
                assert!(wraps || after >= before + most_in(later), "{began} {later}: {before} {after}");
            }
        }
    }

    #[test]
    fn identifiers_of_any_start_are_positive_and_suit_phones() {
        for seed in [0, 1, u64::MAX, u64::MAX / 3, 1_795_241_085_123_456_789] {
            assert!((1..=1 << 28).contains(&first_identifier(seed)), "{seed}");
        }
    }

    #[test]
    fn a_cti_manager_alone_serves_applications() {
        let enabled = |text: &str| provision(&config::load(text).settings, None).settings.csta_tcp.enabled;
        assert!(enabled("cti-manager\n csta tcp port 0\n"));
        assert!(!enabled("voice service voip\n gcid\ncti-manager\n csta tcp port 0\n"));
        assert!(enabled("voice service voip\n no cti shutdown\ncti-manager\n csta tcp port 0\n"));
        assert!(!enabled(""));
    }
}
