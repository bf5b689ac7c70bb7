//! The table as a whole: which commands a mode has, and which part of the settings they act on.

use std::sync::LazyLock;

use smol_str::SmolStr;

use super::command::{Command, CommandInfo, Printer, Reports};
use super::commands::{
    classes, cti_device, cti_manager, cti_user, dn_services, ephone, ephone_dn, features, gateway, global,
    hunt, limits, phone_files, presence, profile, telephony_service, trunk_classes, trunks, voice_register,
    voice_register_phone, voice_service,
};
use super::matcher::{CommandSet, Matched};
use super::mode::Mode;
use super::settings::{Section, Settings};

/// A mode, and which of its objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// The mode.
    pub mode: Mode,
    /// Tag of the object; 0 in modes without.
    pub tag: u32,
}

impl Place {
    /// Global configuration.
    pub const GLOBAL: Place = Place { mode: Mode::Global, tag: 0 };
}

/// The commands of a mode.
pub(super) fn commands(mode: Mode) -> &'static CommandSet {
    static SETS: LazyLock<Vec<(Mode, CommandSet)>> = LazyLock::new(|| {
        Mode::ALL.into_iter().map(|mode| (mode, CommandSet::new(infos(mode).into_iter()))).collect()
    });
    static EMPTY: LazyLock<CommandSet> = LazyLock::new(CommandSet::default);
    SETS.iter().find(|(m, _)| *m == mode).map_or(&EMPTY, |(_, set)| set)
}

fn infos(mode: Mode) -> Vec<&'static CommandInfo> {
    match mode {
        Mode::Global => of(global::COMMANDS),
        Mode::VoiceService => of(voice_service::COMMANDS),
        Mode::Sip => of(voice_service::SIP),
        Mode::TrustedList => of(voice_service::TRUSTED),
        Mode::RegisterGlobal => of(voice_register::GLOBAL),
        Mode::RegisterDn => [of(voice_register_phone::DN), of(dn_services::REACH)].concat(),
        Mode::RegisterTemplate => {
            [of(voice_register_phone::TEMPLATE), of(voice_register_phone::FEATURES)].concat()
        }
        Mode::RegisterPool => [of(voice_register_phone::POOL), of(voice_register_phone::FEATURES)].concat(),
        Mode::SessionServer => of(voice_register::SESSION_SERVER),
        Mode::LogoutProfile => of(profile::COMMANDS),
        Mode::UserProfile => [of(profile::COMMANDS), of(profile::USER)].concat(),
        Mode::TelephonyService => {
            [of(telephony_service::COMMANDS), of(phone_files::SERVICE), of(features::SERVICE)].concat()
        }
        Mode::EphoneDnTemplate => {
            [of(ephone_dn::TEMPLATE), of(ephone_dn::FEATURES), of(features::DN)].concat()
        }
        Mode::EphoneTemplate => {
            [of(ephone::TEMPLATE), of(ephone::FEATURES), of(phone_files::PHONE), of(features::KEYS)].concat()
        }
        Mode::EphoneDn => [
            of(ephone_dn::COMMANDS),
            of(ephone_dn::FEATURES),
            of(features::DN),
            of(features::INTERCOM),
            of(dn_services::REACH),
            of(dn_services::DN),
        ]
        .concat(),
        Mode::Ephone => [
            of(ephone::COMMANDS),
            of(ephone::FEATURES),
            of(phone_files::PHONE),
            of(features::KEYS),
            of(features::SPEED_DIALS),
        ]
        .concat(),
        Mode::EphoneHunt | Mode::VoiceHuntGroup => of(hunt::COMMANDS),
        Mode::CtiManager => of(cti_manager::COMMANDS),
        Mode::ApplicationUser | Mode::EndUser => of(cti_user::COMMANDS),
        Mode::DevicePool => of(cti_device::POOL),
        Mode::CtiPort => of(cti_device::PORT),
        Mode::CtiRoutePoint => of(cti_device::ROUTE_POINT),
        Mode::Limits => of(limits::COMMANDS),
        Mode::TranslationRule => of(trunks::TRANSLATION_RULE),
        Mode::TranslationProfile => of(trunks::TRANSLATION_PROFILE),
        Mode::CodecClass => of(classes::CODEC),
        Mode::UriClass => of(trunk_classes::URI),
        Mode::ServerGroup => of(trunk_classes::SERVER_GROUP),
        Mode::KeepaliveClass => of(trunk_classes::KEEPALIVE),
        Mode::CorNames => of(classes::COR_NAMES),
        Mode::CorList => of(classes::COR_LIST),
        Mode::DialPeer => of(trunks::DIAL_PEER),
        Mode::Gateway => of(gateway::COMMANDS),
        Mode::SipUa => of(trunks::SIP_UA),
        Mode::Presence => of(presence::COMMANDS),
    }
}

fn of<T>(table: &'static [Command<T>]) -> Vec<&'static CommandInfo> {
    table.iter().map(|command| &command.info).collect()
}

/// Lets a command act on the settings.
pub(super) fn apply(settings: &mut Settings, place: Place, matched: &Matched<'_>, reports: &mut Reports) {
    let mut call = Call { index: matched.entry, matched, reports };
    let tag = place.tag;
    match place.mode {
        Mode::Global => call.on(global::COMMANDS, settings),
        Mode::VoiceService => {
            call.on(voice_service::COMMANDS, settings.voice_service.get_or_insert_default())
        }
        Mode::TrustedList => {
            call.on(voice_service::TRUSTED, &mut settings.voice_service.get_or_insert_default().trusted)
        }
        Mode::Sip => call.on(voice_service::SIP, &mut settings.voice_service.get_or_insert_default().sip),
        Mode::RegisterGlobal => {
            call.on(voice_register::GLOBAL, settings.register_global.get_or_insert_default())
        }
        Mode::RegisterDn => {
            let dn = settings.register_dns.entry(tag).or_default();
            call.on(voice_register_phone::DN, dn);
            call.on(dn_services::REACH, &mut dn.services);
        }
        Mode::RegisterTemplate => {
            let template = settings.register_templates.entry(tag).or_default();
            call.on(voice_register_phone::TEMPLATE, template);
            call.on(voice_register_phone::FEATURES, &mut template.features);
        }
        Mode::RegisterPool => {
            let pool = settings.register_pools.entry(tag).or_default();
            call.on(voice_register_phone::POOL, pool);
            call.on(voice_register_phone::FEATURES, &mut pool.features);
        }
        Mode::SessionServer => {
            call.on(voice_register::SESSION_SERVER, settings.session_servers.entry(tag).or_default());
        }
        Mode::LogoutProfile => call.on(profile::COMMANDS, settings.logout_profiles.entry(tag).or_default()),
        Mode::UserProfile => {
            let user = settings.user_profiles.entry(tag).or_default();
            call.on(profile::COMMANDS, user);
            call.on(profile::USER, user);
        }
        Mode::TelephonyService => {
            let service = settings.telephony_service.get_or_insert_default();
            call.on(telephony_service::COMMANDS, service);
            call.on(phone_files::SERVICE, &mut service.phones);
            call.on(features::SERVICE, &mut service.features);
        }
        Mode::EphoneDnTemplate => {
            let template = settings.ephone_dn_templates.entry(tag).or_default();
            call.on(ephone_dn::TEMPLATE, template);
            call.on(ephone_dn::FEATURES, &mut template.features);
            call.on(features::DN, &mut template.features.calls);
        }
        Mode::EphoneTemplate => {
            let template = settings.ephone_templates.entry(tag).or_default();
            call.on(ephone::TEMPLATE, template);
            call.on(ephone::FEATURES, &mut template.features);
            call.on(phone_files::PHONE, &mut template.features.phone);
            call.on(features::KEYS, &mut template.features.keys);
        }
        Mode::EphoneDn => {
            let dn = settings.ephone_dn_mut(tag);
            call.on(ephone_dn::COMMANDS, dn);
            call.on(ephone_dn::FEATURES, &mut dn.features);
            call.on(features::DN, &mut dn.features.calls);
            call.on(features::INTERCOM, &mut dn.intercom);
            call.on(dn_services::REACH, &mut dn.services);
            call.on(dn_services::DN, &mut dn.services);
        }
        Mode::Ephone => {
            let phone = settings.ephone_mut(tag);
            call.on(ephone::COMMANDS, phone);
            call.on(ephone::FEATURES, &mut phone.features);
            call.on(phone_files::PHONE, &mut phone.features.phone);
            call.on(features::KEYS, &mut phone.features.keys);
            call.on(features::SPEED_DIALS, &mut phone.blf);
        }
        Mode::EphoneHunt => call.on(hunt::COMMANDS, settings.ephone_hunts.entry(tag).or_default()),
        Mode::VoiceHuntGroup => {
            call.on(hunt::COMMANDS, settings.voice_hunt_groups.entry(tag).or_default());
        }
        Mode::CtiManager => call.on(cti_manager::COMMANDS, settings.cti_manager.get_or_insert_default()),
        Mode::ApplicationUser => {
            call.on(cti_user::COMMANDS, settings.application_users.entry(tag).or_default())
        }
        Mode::EndUser => call.on(cti_user::COMMANDS, settings.end_users.entry(tag).or_default()),
        Mode::DevicePool => call.on(cti_device::POOL, settings.device_pools.entry(tag).or_default()),
        Mode::CtiPort => call.on(cti_device::PORT, settings.cti_ports.entry(tag).or_default()),
        Mode::CtiRoutePoint => {
            call.on(cti_device::ROUTE_POINT, settings.cti_route_points.entry(tag).or_default());
        }
        Mode::Limits => call.on(limits::COMMANDS, settings.limits.get_or_insert_default()),
        Mode::TranslationRule => {
            call.on(trunks::TRANSLATION_RULE, settings.translation_rules.entry(tag).or_default());
        }
        Mode::TranslationProfile => {
            call.on(trunks::TRANSLATION_PROFILE, settings.translation_profiles.entry(tag).or_default());
        }
        Mode::CodecClass => call.on(classes::CODEC, settings.codec_classes.entry(tag).or_default()),
        Mode::UriClass => call.on(trunk_classes::URI, settings.uri_classes.entry(tag).or_default()),
        Mode::KeepaliveClass => {
            call.on(trunk_classes::KEEPALIVE, settings.keepalive_classes.entry(tag).or_default());
        }
        Mode::ServerGroup => {
            call.on(trunk_classes::SERVER_GROUP, settings.server_groups.entry(tag).or_default());
        }
        Mode::CorNames => call.on(classes::COR_NAMES, settings.cor_names.get_or_insert_default()),
        Mode::CorList => call.on(classes::COR_LIST, settings.cor_lists.entry(tag).or_default()),
        Mode::DialPeer => call.on(trunks::DIAL_PEER, settings.dial_peers.entry(tag).or_default()),
        Mode::Gateway => call.on(gateway::COMMANDS, settings.gateway.get_or_insert_default()),
        Mode::SipUa => call.on(trunks::SIP_UA, settings.sip_ua.get_or_insert_default()),
        Mode::Presence => call.on(presence::COMMANDS, settings.presence.get_or_insert_default()),
    }
}

/// A command that looks for its row in the tables of its mode, in their order.
struct Call<'c, 'l> {
    index: usize,
    matched: &'c Matched<'l>,
    reports: &'c mut Reports,
}

impl Call<'_, '_> {
    fn on<T>(&mut self, table: &'static [Command<T>], target: &mut T) {
        if let Some(command) = table.get(self.index) {
            (command.apply)(target, self.matched, self.reports);
        }
        // An index found in this table is found in none of the following ones.
        self.index = self.index.checked_sub(table.len()).unwrap_or(usize::MAX);
    }
}

/// The lines a mode keeps without effect; `None` for the global mode, which keeps blocks.
pub(super) fn kept(settings: &mut Settings, place: Place) -> Option<&mut Vec<SmolStr>> {
    let tag = place.tag;
    Some(match place.mode {
        Mode::Global => return None,
        Mode::VoiceService => &mut settings.voice_service.get_or_insert_default().kept,
        Mode::TrustedList => &mut settings.voice_service.get_or_insert_default().trusted.kept,
        Mode::Sip => &mut settings.voice_service.get_or_insert_default().sip.kept,
        Mode::RegisterGlobal => &mut settings.register_global.get_or_insert_default().kept,
        Mode::RegisterDn => &mut settings.register_dns.entry(tag).or_default().kept,
        Mode::RegisterTemplate => &mut settings.register_templates.entry(tag).or_default().kept,
        Mode::RegisterPool => &mut settings.register_pools.entry(tag).or_default().kept,
        Mode::SessionServer => &mut settings.session_servers.entry(tag).or_default().kept,
        Mode::LogoutProfile => &mut settings.logout_profiles.entry(tag).or_default().kept,
        Mode::UserProfile => &mut settings.user_profiles.entry(tag).or_default().kept,
        Mode::TelephonyService => &mut settings.telephony_service.get_or_insert_default().kept,
        Mode::EphoneDnTemplate => &mut settings.ephone_dn_templates.entry(tag).or_default().kept,
        Mode::EphoneTemplate => &mut settings.ephone_templates.entry(tag).or_default().kept,
        Mode::EphoneDn => &mut settings.ephone_dn_mut(tag).kept,
        Mode::Ephone => &mut settings.ephone_mut(tag).kept,
        Mode::EphoneHunt => &mut settings.ephone_hunts.entry(tag).or_default().kept,
        Mode::VoiceHuntGroup => &mut settings.voice_hunt_groups.entry(tag).or_default().kept,
        Mode::CtiManager => &mut settings.cti_manager.get_or_insert_default().kept,
        Mode::ApplicationUser => &mut settings.application_users.entry(tag).or_default().kept,
        Mode::EndUser => &mut settings.end_users.entry(tag).or_default().kept,
        Mode::DevicePool => &mut settings.device_pools.entry(tag).or_default().kept,
        Mode::CtiPort => &mut settings.cti_ports.entry(tag).or_default().kept,
        Mode::CtiRoutePoint => &mut settings.cti_route_points.entry(tag).or_default().kept,
        Mode::Limits => &mut settings.limits.get_or_insert_default().kept,
        Mode::TranslationRule => &mut settings.translation_rules.entry(tag).or_default().kept,
        Mode::TranslationProfile => &mut settings.translation_profiles.entry(tag).or_default().kept,
        Mode::CodecClass => &mut settings.codec_classes.entry(tag).or_default().kept,
        Mode::UriClass => &mut settings.uri_classes.entry(tag).or_default().kept,
        Mode::KeepaliveClass => &mut settings.keepalive_classes.entry(tag).or_default().kept,
        Mode::ServerGroup => &mut settings.server_groups.entry(tag).or_default().kept,
        Mode::CorNames => &mut settings.cor_names.get_or_insert_default().kept,
        Mode::CorList => &mut settings.cor_lists.entry(tag).or_default().kept,
        Mode::DialPeer => &mut settings.dial_peers.entry(tag).or_default().kept,
        Mode::Gateway => &mut settings.gateway.get_or_insert_default().kept,
        Mode::SipUa => &mut settings.sip_ua.get_or_insert_default().kept,
        Mode::Presence => &mut settings.presence.get_or_insert_default().kept,
    })
}

/// Prints the settings of a table.
pub(super) fn show<T>(table: &'static [Command<T>], target: &T, out: &mut Printer) {
    for command in table {
        (command.show)(target, out);
    }
}

/// The section of a running configuration that a mode is printed in.
pub(super) fn section(mode: Mode) -> Section {
    match mode {
        Mode::Global => Section::Start,
        Mode::VoiceService | Mode::Sip | Mode::TrustedList => Section::VoiceService,
        Mode::RegisterGlobal => Section::RegisterGlobal,
        Mode::RegisterDn => Section::RegisterDns,
        Mode::RegisterTemplate => Section::RegisterTemplates,
        Mode::RegisterPool => Section::RegisterPools,
        Mode::SessionServer => Section::SessionServers,
        Mode::LogoutProfile => Section::LogoutProfiles,
        Mode::UserProfile => Section::UserProfiles,
        Mode::TelephonyService => Section::TelephonyService,
        Mode::EphoneDnTemplate => Section::EphoneDnTemplates,
        Mode::EphoneTemplate => Section::EphoneTemplates,
        Mode::EphoneDn => Section::EphoneDns,
        Mode::Ephone => Section::Ephones,
        Mode::EphoneHunt => Section::EphoneHunts,
        Mode::VoiceHuntGroup => Section::VoiceHuntGroups,
        Mode::CtiManager => Section::CtiManager,
        Mode::ApplicationUser => Section::ApplicationUsers,
        Mode::EndUser => Section::EndUsers,
        Mode::DevicePool => Section::DevicePools,
        Mode::CtiPort => Section::CtiPorts,
        Mode::CtiRoutePoint => Section::CtiRoutePoints,
        Mode::Limits => Section::Limits,
        Mode::TranslationRule => Section::TranslationRules,
        Mode::TranslationProfile => Section::TranslationProfiles,
        Mode::CodecClass
        | Mode::UriClass
        | Mode::ServerGroup
        | Mode::KeepaliveClass
        | Mode::CorNames
        | Mode::CorList => Section::Classes,
        Mode::DialPeer => Section::DialPeers,
        Mode::Gateway => Section::Gateway,
        Mode::SipUa => Section::SipUa,
        Mode::Presence => Section::Presence,
    }
}
