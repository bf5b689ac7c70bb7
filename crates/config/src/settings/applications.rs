//! What applications and strangers may do: `cti-manager`, `limits`, and session managers.

use std::collections::BTreeMap;

use smol_str::SmolStr;

use super::XmlUser;

/// The pauses of webhooks unless `webhook retry` says otherwise, in seconds.
pub const DEFAULT_WEBHOOK_RETRY: [u32; 7] = [5, 30, 300, 1800, 7200, 28_800, 86_400];

/// `cti-manager`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CtiManager {
    /// `heartbeat minimum` and `maximum`.
    pub heartbeat: Heartbeat,
    /// `maximum connections`: sessions at a time. Default: 2500.
    pub max_connections: u32,
    /// `maximum devices-per-provider`. Default: 2000.
    pub max_devices_per_provider: u32,
    /// `maximum devices-per-node`. Default: 800.
    pub max_devices_per_node: u32,
    /// `new-call-accept-timer`, in seconds. Default: 4.
    pub new_call_accept_timer: u32,
    /// `media-exchange-timer`, in seconds. Default: 12.
    pub media_exchange_timer: u32,
    /// `csta tcp port`; 0 means any free port.
    pub csta_tcp_port: Option<u16>,
    /// `csta tls port`; 0 means any free port.
    pub csta_tls_port: Option<u16>,
    /// `http port`; 0 means any free port.
    pub http_port: Option<u16>,
    /// `https port`; 0 means any free port.
    pub https_port: Option<u16>,
    /// `http host`: names of this server by which browsers may use it.
    pub http_hosts: Vec<SmolStr>,
    /// `secure-trustpoint`: whose certificate TLS has.
    pub trustpoint: Option<SmolStr>,
    /// `client-trustpoint`: whose certificates prove which user an application is.
    pub client_trustpoint: Option<ClientTrustpoint>,
    /// `cluster-security`.
    pub cluster_security: bool,
    /// `csta sip authenticate`: applications over SIP prove who they are.
    pub sip_authenticate: bool,
    /// `csta implicit`.
    pub csta_implicit: Option<UnaskedPort>,
    /// `csta greeting`.
    pub csta_greeting: Option<UnaskedPort>,
    /// `webhook retry`: pauses in seconds, one for each further attempt. Default: [`DEFAULT_WEBHOOK_RETRY`].
    pub webhook_retry: Vec<u32>,
    /// `webhook local`: webhooks may be posted to link-local addresses.
    pub webhook_local: bool,
    /// `journal maximum`: events of a session that are kept. Default: 10000.
    pub journal_maximum: u32,
    /// Lines without effect.
    pub kept: Vec<SmolStr>,
}

impl Default for CtiManager {
    fn default() -> CtiManager {
        CtiManager {
            heartbeat: Heartbeat::default(),
            max_connections: 2500,
            max_devices_per_provider: 2000,
            max_devices_per_node: 800,
            new_call_accept_timer: 4,
            media_exchange_timer: 12,
            csta_tcp_port: None,
            csta_tls_port: None,
            http_port: None,
            https_port: None,
            http_hosts: Vec::new(),
            trustpoint: None,
            client_trustpoint: None,
            cluster_security: false,
            sip_authenticate: false,
            csta_implicit: None,
            csta_greeting: None,
            webhook_retry: DEFAULT_WEBHOOK_RETRY.to_vec(),
            webhook_local: false,
            journal_maximum: 10000,
            kept: Vec::new(),
        }
    }
}

/// `client-trustpoint`: which certificates prove who an application is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientTrustpoint {
    /// The trustpoint with the authority (`ca file`).
    pub name: SmolStr,
    /// Whether nobody logs in without such a certificate.
    pub required: bool,
}

/// As a configuration shows it, behind `client-trustpoint`.
impl std::fmt::Display for ClientTrustpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}{}", self.name, if self.required { " required" } else { "" })
    }
}

/// `cti-port` or `cti-route-point`: a device that only exists while an application has it open.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CtiDevice {
    /// `name`, by which applications and users' lists know it.
    pub name: Option<SmolStr>,
    /// `description`.
    pub description: Option<SmolStr>,
    /// `device-pool`.
    pub device_pool: Option<SmolStr>,
    /// `button`: the `ephone-dn` of each line, by the number of the line from 1.
    pub buttons: BTreeMap<u32, u32>,
    /// Lines without effect.
    pub kept: Vec<SmolStr>,
}

/// `device-pool`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DevicePool {
    /// By which devices name it.
    pub name: SmolStr,
    /// `description`.
    pub description: Option<SmolStr>,
    /// Lines without effect.
    pub kept: Vec<SmolStr>,
}

/// `port N user NAME`: a listener for applications that start no session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnaskedPort {
    /// The port; 0 means any free port.
    pub port: u16,
    /// On whose behalf the applications act.
    pub user: SmolStr,
}

impl std::fmt::Display for UnaskedPort {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "port {} user {}", self.port, self.user)
    }
}

/// `limits`: how much one source address, one principal and all strangers together may take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// `connections per-source`: TCP connections of applications. Default: 4096.
    pub connections_per_source: u32,
    /// `connections waiting per-source`: those without registration and session. Default: 2048.
    pub waiting_per_source: u32,
    /// `sessions per-source`. Default: 2000.
    pub sessions_per_source: u32,
    /// `sessions per-principal`. Default: 2000.
    pub sessions_per_principal: u32,
    /// `monitors per-source`. Default: 25000.
    pub monitors_per_source: u32,
    /// `monitors per-principal`. Default: 25000.
    pub monitors_per_principal: u32,
    /// `monitors per-device`: monitors on one device beyond the first of each session, for one source. Default: 1000.
    pub monitors_per_device: u32,
    /// `transactions per-source`: SIP requests that are kept in case they are repeated. Default: 8192.
    pub transactions_per_source: u32,
    /// `calls per-source`: new calls a second; 0, the default, means a fair share when the machine is busy.
    pub calls_per_source: u32,
    /// `registrations failed per-source`, a minute. Default: 30.
    pub failures_per_source: u32,
    /// `log per-source`: lines a minute of one kind. Default: 60.
    pub log_per_source: u32,
    /// `phone probe`, in seconds; 0 means that the newest registration wins. Default: 5.
    pub phone_probe: u32,
    /// `memory megabytes`. Default: 256.
    pub memory_megabytes: u32,
    /// Lines without effect.
    pub kept: Vec<SmolStr>,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            connections_per_source: 4096,
            waiting_per_source: 2048,
            sessions_per_source: 2000,
            sessions_per_principal: 2000,
            monitors_per_source: 25_000,
            monitors_per_principal: 25_000,
            monitors_per_device: 1_000,
            transactions_per_source: 8192,
            calls_per_source: 0,
            failures_per_source: 30,
            log_per_source: 60,
            phone_probe: 5,
            memory_megabytes: 256,
            kept: Vec::new(),
        }
    }
}

/// Between which limits the heartbeat intervals of applications are, in seconds. The minimum is not above the maximum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heartbeat {
    /// Default: 5.
    pub minimum: u32,
    /// Default: 3600.
    pub maximum: u32,
}

impl Default for Heartbeat {
    fn default() -> Heartbeat {
        Heartbeat { minimum: 5, maximum: 3600 }
    }
}

/// `voice register session-server`: a session manager of a CSTA client application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionServer {
    /// `register-id`: the identity the application registers with.
    pub register_id: Option<SmolStr>,
    /// `keepalive`: lifetime of its registration in seconds. Default: 300.
    pub keepalive: u32,
    /// `cti-aware`: keepalives are not answered when the CTI session has ended.
    pub cti_aware: bool,
    /// `xml user`: by whose passwords its registrations and sessions are proved.
    pub xml_users: Vec<XmlUser>,
    /// Lines kept without effect.
    pub kept: Vec<SmolStr>,
}

impl Default for SessionServer {
    fn default() -> Self {
        Self { register_id: None, keepalive: 300, cti_aware: false, xml_users: Vec::new(), kept: Vec::new() }
    }
}
