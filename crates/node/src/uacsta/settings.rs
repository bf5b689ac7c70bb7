//! How applications are served over SIP.

use std::time::Duration;

use crate::{config, provision::is_cti_shut};

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

impl UacstaSettings {
    /// What the configuration says.
    pub(crate) fn of(config: &config::Settings) -> UacstaSettings {
        let service = config.voice_service();
        UacstaSettings {
            enabled: !is_cti_shut(config),
            basic: service.cti_csta_mode_basic,
            session_expires: Duration::from_secs(u64::from(service.cti_session_timer)),
            ..UacstaSettings::default()
        }
    }
}
