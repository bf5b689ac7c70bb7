//! The values of the limits.

use std::time::Duration;

use super::Budget;
use crate::config;

/// The values of the limits.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LimitSettings {
    /// Connections of applications from one address.
    pub connections_per_source: usize,
    /// Connections from one address without registration and session, for each listener.
    pub waiting_per_source: usize,
    /// CTI sessions from one address.
    pub sessions_per_source: usize,
    /// CTI sessions of one principal.
    pub sessions_per_principal: usize,
    /// Monitors of the sessions from one address.
    pub monitors_per_source: usize,
    /// Monitors of the sessions of one principal.
    pub monitors_per_principal: usize,
    /// Monitors beyond the first of each session on one device, by sessions from one address.
    pub monitors_per_device: usize,
    /// SIP requests from one address that are kept.
    pub transactions_per_source: usize,
    /// New calls a second by applications at one address; 0 for a fair share when the machine is busy.
    pub calls_per_source: u32,
    /// Failed registrations a minute from one address.
    pub failures_per_source: u32,
    /// Log lines a minute of one kind about one address.
    pub log_per_source: u32,
    /// How long a phone may take to answer before a registration from another address takes its place; zero means that it
    /// is not asked.
    pub phone_probe: Duration,
    /// Bytes for everything that others can fill.
    pub memory: usize,
}

impl Default for LimitSettings {
    fn default() -> LimitSettings {
        LimitSettings::of(&config::Settings::default())
    }
}

impl LimitSettings {
    /// How the memory is divided.
    pub fn budget(&self) -> Budget {
        Budget::of(self.memory)
    }

    /// What the configuration says.
    pub(crate) fn of(config: &config::Settings) -> LimitSettings {
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
}
