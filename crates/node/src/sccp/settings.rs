//! How phones are served: the settings, and what the configuration makes of them.

use std::{collections::BTreeMap, net::IpAddr, sync::Arc, time::Duration};

use smol_str::SmolStr;

use crate::{config, features, sccp::SoftKeys};

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

impl SccpSettings {
    /// What the configuration says. `bind` replaces the address of the listener.
    pub(crate) fn of(config: &config::Settings, bind: Option<IpAddr>) -> SccpSettings {
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
}

/// With `strict-match` only phones that addressed this server may register.
fn only_at(service: &config::TelephonyService, bind: Option<IpAddr>) -> Option<IpAddr> {
    let source = service.source_address.as_ref().filter(|source| !source.any_match)?;
    Some(bind.filter(|bind| !bind.is_unspecified()).unwrap_or(source.listen.address))
}
