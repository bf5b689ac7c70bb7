//! `voice service voip`: which protocols are served, where, and for whom.

use std::collections::BTreeSet;
use std::net::IpAddr;

use smol_str::SmolStr;

/// `voice service voip`, with its `sip` submode.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VoiceService {
    /// `cti shutdown`: no CTI session is accepted. Default: true.
    pub cti_shutdown: bool,
    /// `callmonitor`: the Call Monitor Module reports events.
    pub callmonitor: bool,
    /// `gcid`: every leg of a call carries a Global Call ID.
    pub gcid: bool,
    /// `cti csta mode basic`: no enhanced extensions in CTI messages.
    pub cti_csta_mode_basic: bool,
    /// `cti message device-id suppress-conversion`: only the requested number is converted in CTI messages.
    pub cti_suppress_conversion: bool,
    /// `cti timeout make-call-prompt`: seconds a prompted MakeCall waits for the user to go off hook. Default: 15.
    pub cti_make_call_prompt: u32,
    /// `cti session-timer`: seconds a CTI session lives without refresh. Default: 1800 (30 minutes).
    pub cti_session_timer: u32,
    /// `allow-connections FROM to TO`.
    pub allow_connections: BTreeSet<(Protocol, Protocol)>,
    /// `supplementary-service sip moved-temporary`: call forward may answer 302. Default: true.
    pub sip_moved_temporary: bool,
    /// `supplementary-service sip refer`: a transfer may pass REFER on. Default: true.
    pub sip_refer: bool,
    /// `ip address trusted list`.
    pub trusted: TrustedList,
    /// `ip address trusted authenticate`: calls are taken from trusted addresses only. Default: true.
    pub trusted_only: bool,
    /// `ip address trusted call-block cause`: the cause (Q.850) that other callers are told. Default: 21, call rejected.
    pub block_cause: u32,
    /// `srtp`.
    pub srtp: Option<super::Srtp>,
    /// `sip` submode.
    pub sip: Sip,
    /// Lines kept without effect.
    pub kept: Vec<SmolStr>,
}

impl Default for VoiceService {
    fn default() -> Self {
        Self {
            cti_shutdown: true,
            callmonitor: false,
            gcid: false,
            srtp: None,
            cti_csta_mode_basic: false,
            cti_suppress_conversion: false,
            cti_make_call_prompt: 15,
            cti_session_timer: 1800,
            allow_connections: BTreeSet::new(),
            sip_moved_temporary: true,
            sip_refer: true,
            trusted: TrustedList::default(),
            trusted_only: true,
            block_cause: 21,
            sip: Sip::default(),
            kept: Vec::new(),
        }
    }
}

/// Call signalling protocol of a leg.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Protocol {
    /// H.323.
    H323,
    /// SIP.
    Sip,
}

/// `ip address trusted list` under `voice service voip`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustedList {
    /// Addresses, with the mask of a network.
    pub addresses: Vec<(IpAddr, Option<IpAddr>)>,
    /// Lines without effect.
    pub kept: Vec<SmolStr>,
}

/// `sip` under `voice service voip`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sip {
    /// `registrar server`; `None` means that REGISTER is refused.
    pub registrar: Option<Registrar>,
    /// `listen-port secure`; 0 means any free port.
    pub secure_port: Option<u16>,
    /// `session transport tcp tls`, or `transport tcp tls`.
    pub transport_tls: bool,
    /// `history-info`.
    pub history_info: bool,
    /// `asserted-id`.
    pub asserted_id: Option<super::AssertedId>,
    /// `outbound-proxy`.
    pub outbound_proxy: Option<crate::trunk_values::SessionTarget>,
    /// `error-passthru`: callers are told the status that other networks have said.
    pub error_passthru: bool,
    /// `rel1xx`.
    pub reliable: Option<super::Reliable>,
    /// `early-offer forced`.
    pub early_offer: bool,
    /// `midcall-signaling passthru`, and whether with `media-change`. That is how it is done without, too.
    pub midcall_passthru: Option<bool>,
    /// `min-se` and `session-expires`, in seconds.
    pub session_expiry: Option<(u32, u32)>,
    /// `session refresh`. That is how it is done without, too.
    pub session_refresh: bool,
    /// `no silent-discard untrusted`: who may not call is told so.
    pub answers_untrusted: bool,
    /// Lines kept without effect.
    pub kept: Vec<SmolStr>,
}

/// `registrar server`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Registrar {
    /// Longest registration granted, in seconds. Default: 3600.
    pub max_expires: u32,
    /// Shortest registration accepted, in seconds. Default: 60.
    pub min_expires: u32,
}

impl Default for Registrar {
    fn default() -> Self {
        Self { max_expires: 3600, min_expires: 60 }
    }
}

/// A listening address: `ip source-address` and `source-address`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SourceAddress {
    /// Local address.
    pub address: IpAddr,
    /// Port; 0 means any free port.
    pub port: u16,
}
