//! From the configuration to the settings of the switch and the adapters.
//!
//! [`provision`] is the whole way. Each adapter says itself what it makes of the configuration (`SccpSettings::of`,
//! `RegistrarSettings::of` and so on); here is what belongs to the switch, and what depends on several parts:
//!
//! | module | makes |
//! | --- | --- |
//! | `lines` | the lines, from `ephone-dn` |
//! | `stations` | the phones, from `ephone` and the profiles of extension mobility |
//! | `applications` | what applications may do |
//! | `listeners` | where to listen |
//! | `start` | what a node depends on beside its configuration |

mod applications;
mod lines;
mod listeners;
mod start;
mod stations;

use std::{
    collections::BTreeMap,
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use hookflash_core::Timeouts;
use smol_str::SmolStr;

pub(crate) use self::{applications::is_cti_shut, stations::station_settings};
use self::{lines::lines, stations::stations};
pub use self::{listeners::Listeners, start::Start};
use crate::{
    CstaTcpSettings, RegistrarSettings, SccpSettings, UacstaSettings, config, cti_devices, features,
    forwarding,
    limits::{self, LimitSettings},
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
    notes.extend(limits::protection::notes(config));
    notes.extend(certificate_notes(config));
    notes.extend(sip_phone::translation_notes(config));
    let without_password = applications::without_password(config, &lines);
    let mut stations = stations(config, &lines, users, &mut notes);
    sip_phone::add_stations(config, &lines, &mut stations, &mut notes);
    sip_phone::add_trunks(config, &mut lines, &mut stations, &mut notes);
    cti_devices::add(config, &mut lines, &mut stations, &mut notes);
    // What is reached through a dial peer is somebody's number too.
    notes.extend(forwarding::notes(&lines));
    notes.extend(crate::users::notes(config));
    notes.extend(applications::notes(config, &lines));
    let listeners = Listeners::of(config, bind);
    let settings = NodeSettings {
        switch: hookflash_core::Settings {
            lines,
            stations,
            timeouts: timeouts(config),
            cti: applications::cti(config),
            users: users::rights(config),
            features: features::of(config),
            max_redirects: max_redirects(config),
            max_conference_members: features::max_conference_members(config),
            max_calls: 0,
            seed: seed_of(&hostname),
            first_identifier: 1,
            ..hookflash_core::Settings::default()
        },
        sccp: SccpSettings::of(config, bind),
        uacsta: UacstaSettings::of(config),
        csta_tcp: CstaTcpSettings::of(config),
        webhook_retry: webhook_retry(config),
        registrar: RegistrarSettings::of(config, &hostname, &mut notes),
        limits: LimitSettings::of(config),
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

/// Services that name a trustpoint without files, and a trustpoint for clients without an authority.
fn certificate_notes(config: &config::Settings) -> impl Iterator<Item = String> {
    let clients = config.client_authorities().err().map(|name| {
        format!("no certificate proves an application: crypto pki trustpoint {name} has no `ca file`")
    });
    let services = [
        (config::TlsService::Sip, "SIP"),
        (config::TlsService::Csta, "CSTA"),
        (config::TlsService::Http, "HTTP"),
    ];
    let of_services = services.into_iter().filter_map(|(service, name)| {
        let trustpoint = config.certificate_files(service).err()?;
        Some(format!(
            "{name} over TLS has a self-signed certificate: crypto pki trustpoint {trustpoint} has no `certificate file` \
             and `key file`"
        ))
    });
    of_services.chain(clients)
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
        media_inactive: seconds(config.gateway.clone().unwrap_or_default().receive_rtp),
        ..Timeouts::default()
    }
}

/// How often one call may be diverted.
fn max_redirects(config: &config::Settings) -> usize {
    let service = config.telephony_service.clone().unwrap_or_default();
    usize::try_from(service.max_redirect).unwrap_or(usize::MAX)
}

fn webhook_retry(config: &config::Settings) -> Vec<Duration> {
    let manager = config.cti_manager.clone().unwrap_or_default();
    manager.webhook_retry.iter().map(|seconds| Duration::from_secs(u64::from(*seconds))).collect()
}

/// Different routers make different global call identifiers (FNV-1a, 64 bit).
fn seed_of(hostname: &str) -> u64 {
    hostname
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
