//! Reading a whole configuration.

use super::diagnostic::{Diagnostic, DiagnosticKind, Severity};
use super::editor::Editor;
use super::mode::Mode;
use super::settings::{Section, Settings};
use super::wording::at;
use super::{Loaded, MAX_TEXT_LENGTH};

/// Reads a whole configuration.
pub(crate) fn load(text: &str) -> Loaded {
    if text.len() > MAX_TEXT_LENGTH {
        let message = format!("the configuration is longer than {} MiB", MAX_TEXT_LENGTH >> 20);
        let diagnostic = at(1, 1, 0, Severity::Error, DiagnosticKind::Meaning, message, None);
        return unreadable(diagnostic);
    }
    if let Some(binary) = text.find('\0') {
        let before = text.get(..binary).unwrap_or_default();
        let line = u32::try_from(before.split('\n').count()).unwrap_or(u32::MAX);
        let message = "not a configuration: it contains bytes that are not text".to_owned();
        let diagnostic = at(line, 1, 0, Severity::Error, DiagnosticKind::Meaning, message, None);
        return unreadable(diagnostic);
    }
    let mut editor = Editor::new(Settings::default());
    editor.loading = true;
    for line in text.split('\n') {
        editor.line(line);
    }
    editor.finish()
}

fn unreadable(diagnostic: Diagnostic) -> Loaded {
    Loaded { diagnostics: vec![diagnostic], unreadable: true, ..Loaded::default() }
}

/// Does this line belong to a mode when it is not indented?
pub(crate) fn would_claim(mode: Mode, line: &str) -> bool {
    let mut editor = Editor::new(Settings::default());
    editor.loading = true;
    match mode {
        Mode::Global => return false,
        Mode::Sip | Mode::TrustedList => editor.open(Mode::VoiceService, 0, 0),
        _ => (),
    }
    editor.open(mode, 0, 0);
    editor.position.frames.iter_mut().for_each(|frame| frame.body_indented = true);
    editor.line(line);
    editor.settings.foreign.is_empty()
}

/// Lets every foreign block follow a section that is really printed, so that reading it back gives the same.
pub(crate) fn settle_anchors(settings: &mut Settings) {
    let present = |section: Section| match section {
        Section::Start => true,
        Section::Hostname => settings.hostname.is_some(),
        Section::VoiceService => settings.voice_service.is_some(),
        Section::RegisterGlobal => settings.register_global.is_some(),
        Section::SessionServers => !settings.session_servers.is_empty(),
        Section::LogoutProfiles => !settings.logout_profiles.is_empty(),
        Section::UserProfiles => !settings.user_profiles.is_empty(),
        Section::TelephonyService => settings.telephony_service.is_some(),
        Section::EphoneDnTemplates => !settings.ephone_dn_templates.is_empty(),
        Section::EphoneTemplates => !settings.ephone_templates.is_empty(),
        Section::EphoneDns => !settings.ephone_dns.is_empty(),
        Section::Ephones => !settings.ephones.is_empty(),
        Section::EphoneHunts => !settings.ephone_hunts.is_empty(),
        Section::VoiceHuntGroups => !settings.voice_hunt_groups.is_empty(),
        Section::TranslationRules => !settings.translation_rules.is_empty(),
        Section::TranslationProfiles => !settings.translation_profiles.is_empty(),
        Section::Classes => {
            !settings.codec_classes.is_empty()
                || !settings.keepalive_classes.is_empty()
                || settings.cor_names.is_some()
                || !settings.cor_lists.is_empty()
        }
        Section::DialPeers => !settings.dial_peers.is_empty(),
        Section::Gateway => settings.gateway.is_some(),
        Section::SipUa => settings.sip_ua.is_some(),
        Section::Presence => settings.presence.is_some(),
        Section::RegisterDns => !settings.register_dns.is_empty(),
        Section::RegisterTemplates => !settings.register_templates.is_empty(),
        Section::RegisterPools => !settings.register_pools.is_empty(),
        Section::CtiManager => settings.cti_manager.is_some(),
        Section::ApplicationUsers => !settings.application_users.is_empty(),
        Section::EndUsers => !settings.end_users.is_empty(),
        Section::DevicePools => !settings.device_pools.is_empty(),
        Section::CtiPorts => !settings.cti_ports.is_empty(),
        Section::CtiRoutePoints => !settings.cti_route_points.is_empty(),
        Section::Limits => settings.limits.is_some(),
    };
    let printed: Vec<Section> = Section::ALL.into_iter().filter(|section| present(*section)).collect();
    for block in &mut settings.foreign {
        let settled = printed.iter().rev().find(|section| **section <= block.after);
        block.after = settled.copied().unwrap_or_default();
    }
}
