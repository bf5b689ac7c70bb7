//! From the configuration to the settings of SIP phones.

use std::{collections::BTreeMap, net::IpAddr, time::Duration};

use hookflash_core::{ButtonSettings, Channels, Codec, CodecSet, LineSettings, Ring, StationSettings};
use smol_str::{SmolStr, format_smolstr};

use super::CODECS;
use crate::{
    config::{self, PoolId, SipCodec},
    forwarding,
};

/// What is added to the tags of `voice register dn` and `voice register pool`, so that they differ from those of
/// `ephone-dn` and `ephone`.
pub const TAG_BASE: u32 = 1 << 20;

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
    /// The numbers of its lines, in the order of the line instances.
    pub numbers: Vec<SmolStr>,
    /// The network that it is in, as address and mask.
    pub network: Option<(IpAddr, IpAddr)>,
    /// The name that a Cisco phone registers with, `SEP001122334455`.
    pub device_name: Option<SmolStr>,
}

impl PoolSettings {
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
        realm: global.realm.as_deref().unwrap_or(hostname).to_owned(),
        authenticate: global.authenticate_register,
        min_expires: Duration::from_secs(min_expires.into()),
        max_expires: Duration::from_secs(max_expires.into()),
        pools: pools.map(|(tag, pool)| pool_settings(config, *tag, pool)).collect(),
    }
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
        credentials: pool.user.as_ref().and_then(|user| {
            let password = user.password.text.clone();
            let plain = matches!(user.password.encryption, None | Some(0));
            (plain && !password.is_empty()).then(|| (user.name.clone(), password))
        }),
        sha256: pool.algorithm == config::DigestAlgorithm::Sha256,
        auto_answer: pool.auto_answer,
        codecs: codecs(config, pool),
        numbers: numbers.collect(),
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
    let only = pool.features.codec.or_else(|| template?.features.codec);
    match only {
        None => CODECS.into_iter().collect(),
        Some(SipCodec::G711Ulaw) => CodecSet::EMPTY.with(Codec::G711Ulaw),
        Some(SipCodec::G711Alaw) => CodecSet::EMPTY.with(Codec::G711Alaw),
        Some(SipCodec::G722) => CodecSet::EMPTY.with(Codec::G722),
        Some(SipCodec::G729 | SipCodec::Ilbc) => CodecSet::EMPTY.with(Codec::G729),
    }
}

/// Adds the directory numbers of SIP phones to the lines. A number that an `ephone-dn` has too is one line, which rings at
/// the phones of both.
pub(crate) fn add_lines(config: &config::Settings, lines: &mut Vec<LineSettings>, notes: &mut Vec<String>) {
    let permitted = config.register_global.as_ref().map_or(0, |global| global.max_dn);
    let permitted = usize::try_from(permitted).unwrap_or(usize::MAX);
    for (added, (tag, dn)) in config.register_dns.iter().enumerate() {
        let Some(number) = &dn.number else { continue };
        if added >= permitted {
            notes.push(format!(
                "voice register dn {tag} and later ones have no effect: max-dn of voice register global is {permitted}"
            ));
            break;
        }
        if let Some(shared) = lines.iter_mut().find(|line| line.number == *number) {
            shared.cti_watch |= dn.features.cti_watch == Some(true);
            shared.cti_notify |= dn.features.cti_notify == Some(true);
            continue;
        }
        lines.push(LineSettings {
            tag: TAG_BASE + tag,
            number: number.clone(),
            name: dn.name.clone().unwrap_or_default(),
            label: dn.label.clone().unwrap_or_default(),
            channels: Channels::Octo,
            preference: u8::try_from(dn.preference).unwrap_or(u8::MAX),
            huntstop: dn.features.huntstop.unwrap_or(true),
            cti_watch: dn.features.cti_watch == Some(true),
            cti_notify: dn.features.cti_notify == Some(true),
            forwarding: forwarding::configured(&dn.features),
            ..LineSettings::default()
        });
    }
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
