//! How applications are served over TCP.

use std::time::Duration;

use smol_str::SmolStr;

use super::MAX_WAITING;
use crate::{DeviceLimits, config, provision::is_cti_shut, users::Users};

/// How long sessions live, and how many there may be.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CstaTcpSettings {
    /// Whether applications are served at all.
    pub enabled: bool,
    /// The shortest heartbeat interval that is agreed to.
    pub min_heartbeat: Duration,
    /// The longest heartbeat interval that is agreed to.
    pub max_heartbeat: Duration,
    /// How many sessions there may be at a time.
    pub max_sessions: usize,
    /// Who may log in.
    pub users: Users,
    /// Connections that may wait without a session.
    pub max_waiting: usize,
    /// Events of each session that are kept for an application that comes back.
    pub journal_maximum: usize,
    /// On whose behalf applications act that start no session (`csta implicit`).
    pub implicit_user: Option<SmolStr>,
    /// The same of those that wait for a greeting (`csta greeting`).
    pub greeting_user: Option<SmolStr>,
    /// Devices that may be open without an alarm.
    pub device_limits: DeviceLimits,
}

impl Default for CstaTcpSettings {
    fn default() -> CstaTcpSettings {
        CstaTcpSettings {
            enabled: true,
            min_heartbeat: Duration::from_secs(5),
            max_heartbeat: Duration::from_secs(3600),
            max_sessions: 2500,
            users: Users::default(),
            max_waiting: MAX_WAITING,
            journal_maximum: 10_000,
            implicit_user: None,
            greeting_user: None,
            device_limits: DeviceLimits::default(),
        }
    }
}

impl CstaTcpSettings {
    /// What the configuration says.
    pub(crate) fn of(config: &config::Settings) -> CstaTcpSettings {
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
            users: Users::new(config),
            implicit_user: manager.csta_implicit.map(|own| own.user),
            greeting_user: manager.csta_greeting.map(|own| own.user),
            ..CstaTcpSettings::default()
        }
    }
}
