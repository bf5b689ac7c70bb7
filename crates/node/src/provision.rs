//! From the configuration to the settings of the switch and the adapters.

use std::time::Duration;

/// What a node is told at its start.
#[derive(Clone, Debug, Default)]
pub struct NodeSettings {
    /// Lines, stations, timeouts, limits.
    pub switch: hookflash_core::Settings,
    /// How phones are served.
    pub sccp: SccpSettings,
    /// How applications are served over SIP.
    pub uacsta: UacstaSettings,
    /// The configuration as it stands, for `show running-config`.
    pub running_config: String,
    /// The router's name, for prompts and User-Agent.
    pub hostname: String,
}

/// How phones are served.
#[derive(Clone, Debug)]
pub struct SccpSettings {
    /// Seconds between keepalives; a phone that misses three is gone.
    pub keepalive: Duration,
    /// Highest protocol version that is negotiated, 3 to 22.
    pub max_version: u8,
    /// Text that idle phones show.
    pub system_message: String,
    /// The date template of RegisterAck, such as `M/D/YA`.
    pub date_template: String,
    /// The address phones are told in ServerRes.
    pub server_name: String,
    /// Connections that may wait unregistered at once; further ones are refused.
    pub max_unregistered: usize,
}

impl Default for SccpSettings {
    fn default() -> SccpSettings {
        SccpSettings {
            keepalive: Duration::from_secs(30),
            max_version: 17,
            system_message: "Hookflash".to_owned(),
            date_template: "M/D/YA".to_owned(),
            server_name: "hookflash".to_owned(),
            max_unregistered: 16_384,
        }
    }
}

/// How applications are served over SIP.
#[derive(Clone, Debug)]
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
}

impl Default for UacstaSettings {
    fn default() -> UacstaSettings {
        UacstaSettings {
            enabled: true,
            basic: true,
            session_expires: Duration::from_secs(1800),
            min_session_expires: Duration::from_secs(90),
            max_links: 20_000,
        }
    }
}

/// Placeholder until the configuration module lands.
pub fn provision() {}
