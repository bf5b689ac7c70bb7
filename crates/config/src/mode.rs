//! The configuration modes.

/// A mode of the configuration language; each has its own commands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mode {
    /// Global configuration.
    Global,
    /// `voice service voip`.
    VoiceService,
    /// `sip` under `voice service voip`.
    Sip,
    /// `ip address trusted list` under `voice service voip`.
    TrustedList,
    /// `voice register global`.
    RegisterGlobal,
    /// `voice register dn`.
    RegisterDn,
    /// `voice register template`.
    RegisterTemplate,
    /// `voice register pool`.
    RegisterPool,
    /// `voice register session-server`.
    SessionServer,
    /// `voice logout-profile`.
    LogoutProfile,
    /// `voice user-profile`.
    UserProfile,
    /// `telephony-service`.
    TelephonyService,
    /// `ephone-dn-template`.
    EphoneDnTemplate,
    /// `ephone-template`.
    EphoneTemplate,
    /// `ephone-dn`.
    EphoneDn,
    /// `ephone`.
    Ephone,
    /// `ephone-hunt`.
    EphoneHunt,
    /// `voice hunt-group`.
    VoiceHuntGroup,
    /// `cti-manager`.
    CtiManager,
    /// `application-user`.
    ApplicationUser,
    /// `end-user`.
    EndUser,
    /// `device-pool`.
    DevicePool,
    /// `cti-port`.
    CtiPort,
    /// `cti-route-point`.
    CtiRoutePoint,
    /// `limits`.
    Limits,
    /// `voice translation-rule`.
    TranslationRule,
    /// `voice translation-profile`.
    TranslationProfile,
    /// `voice class codec`.
    CodecClass,
    /// `voice class uri`.
    UriClass,
    /// `voice class server-group`.
    ServerGroup,
    /// `voice class sip-options-keepalive`.
    KeepaliveClass,
    /// `dial-peer cor custom`.
    CorNames,
    /// `dial-peer cor list`.
    CorList,
    /// `dial-peer voice ... voip`.
    DialPeer,
    /// `gateway`.
    Gateway,
    /// `sip-ua`.
    SipUa,
    /// `presence`.
    Presence,
}

impl Mode {
    /// All modes, in the order of a running configuration.
    pub const ALL: [Mode; 37] = [
        Mode::Global,
        Mode::VoiceService,
        Mode::Sip,
        Mode::TrustedList,
        Mode::RegisterGlobal,
        Mode::RegisterDn,
        Mode::RegisterTemplate,
        Mode::RegisterPool,
        Mode::SessionServer,
        Mode::LogoutProfile,
        Mode::UserProfile,
        Mode::TelephonyService,
        Mode::EphoneDnTemplate,
        Mode::EphoneTemplate,
        Mode::EphoneDn,
        Mode::Ephone,
        Mode::EphoneHunt,
        Mode::VoiceHuntGroup,
        Mode::CtiManager,
        Mode::ApplicationUser,
        Mode::EndUser,
        Mode::DevicePool,
        Mode::CtiPort,
        Mode::CtiRoutePoint,
        Mode::Limits,
        Mode::TranslationRule,
        Mode::TranslationProfile,
        Mode::CodecClass,
        Mode::UriClass,
        Mode::ServerGroup,
        Mode::KeepaliveClass,
        Mode::CorNames,
        Mode::CorList,
        Mode::DialPeer,
        Mode::Gateway,
        Mode::SipUa,
        Mode::Presence,
    ];

    /// The command that enters the mode, as documentation names it.
    pub fn name(self) -> &'static str {
        match self {
            Mode::Global => "global configuration",
            Mode::VoiceService => "voice service voip",
            Mode::Sip => "sip",
            Mode::TrustedList => "ip address trusted list",
            Mode::RegisterGlobal => "voice register global",
            Mode::RegisterDn => "voice register dn",
            Mode::RegisterTemplate => "voice register template",
            Mode::RegisterPool => "voice register pool",
            Mode::SessionServer => "voice register session-server",
            Mode::LogoutProfile => "voice logout-profile",
            Mode::UserProfile => "voice user-profile",
            Mode::TelephonyService => "telephony-service",
            Mode::EphoneDnTemplate => "ephone-dn-template",
            Mode::EphoneTemplate => "ephone-template",
            Mode::EphoneDn => "ephone-dn",
            Mode::Ephone => "ephone",
            Mode::EphoneHunt => "ephone-hunt",
            Mode::VoiceHuntGroup => "voice hunt-group",
            Mode::CtiManager => "cti-manager",
            Mode::ApplicationUser => "application-user",
            Mode::EndUser => "end-user",
            Mode::DevicePool => "device-pool",
            Mode::CtiPort => "cti-port",
            Mode::CtiRoutePoint => "cti-route-point",
            Mode::Limits => "limits",
            Mode::TranslationRule => "voice translation-rule",
            Mode::TranslationProfile => "voice translation-profile",
            Mode::CodecClass => "voice class codec",
            Mode::UriClass => "voice class uri",
            Mode::ServerGroup => "voice class server-group",
            Mode::KeepaliveClass => "voice class sip-options-keepalive",
            Mode::CorNames => "dial-peer cor custom",
            Mode::CorList => "dial-peer cor list",
            Mode::DialPeer => "dial-peer voice",
            Mode::Gateway => "gateway",
            Mode::SipUa => "sip-ua",
            Mode::Presence => "presence",
        }
    }

    /// The text in the parentheses of the prompt: `config-telephony`.
    pub fn prompt(self) -> &'static str {
        match self {
            Mode::Global => "config",
            Mode::VoiceService => "config-voi-serv",
            Mode::Sip => "config-voi-sip",
            Mode::TrustedList => "cfg-iptrust-list",
            Mode::RegisterGlobal => "config-register-global",
            Mode::RegisterDn => "config-register-dn",
            Mode::RegisterTemplate => "config-register-temp",
            Mode::RegisterPool => "config-register-pool",
            Mode::SessionServer => "config-register-fs",
            Mode::LogoutProfile => "config-logout-profile",
            Mode::UserProfile => "config-user-profile",
            Mode::TelephonyService => "config-telephony",
            Mode::EphoneDnTemplate => "config-ephone-dn-template",
            Mode::EphoneTemplate => "config-ephone-template",
            Mode::EphoneDn => "config-ephone-dn",
            Mode::Ephone => "config-ephone",
            Mode::EphoneHunt => "config-ephone-hunt",
            Mode::VoiceHuntGroup => "config-voice-hunt-group",
            Mode::CtiManager => "config-cti-manager",
            Mode::ApplicationUser => "config-application-user",
            Mode::EndUser => "config-end-user",
            Mode::DevicePool => "config-device-pool",
            Mode::CtiPort => "config-cti-port",
            Mode::CtiRoutePoint => "config-cti-route-point",
            Mode::Limits => "config-limits",
            Mode::TranslationRule => "cfg-translation-rule",
            Mode::TranslationProfile => "cfg-translation-profile",
            Mode::CodecClass => "config-class",
            Mode::UriClass => "config-voice-uri-class",
            Mode::ServerGroup => "config-class",
            Mode::KeepaliveClass => "config-class",
            Mode::CorNames => "config-dp-cor",
            Mode::CorList => "config-dp-corlist",
            Mode::DialPeer => "config-dial-peer",
            Mode::Gateway => "config-gateway",
            Mode::SipUa => "config-sip-ua",
            Mode::Presence => "config-presence",
        }
    }
}
