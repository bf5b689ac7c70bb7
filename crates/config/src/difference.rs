//! What two configurations differ in.

use std::collections::BTreeMap;

use super::mode::Mode;
use super::position::Change;
use super::settings::Settings;

impl Settings {
    /// Which modes and objects differ from `before`, in the order of a running configuration.
    pub fn changes_since(&self, before: &Settings) -> Vec<Change> {
        let mut changes = Vec::new();
        let mut one = |mode, differs: bool| {
            if differs {
                changes.push(Change { mode, tag: 0 });
            }
        };
        one(Mode::Global, self.expansions != before.expansions);
        one(
            Mode::Global,
            self.peer_hunt != before.peer_hunt
                || self.hunt_busy != before.hunt_busy
                || self.voip_incoming != before.voip_incoming,
        );
        one(Mode::Gateway, self.gateway != before.gateway);
        one(Mode::SipUa, self.sip_ua != before.sip_ua);
        one(Mode::Presence, self.presence != before.presence);
        one(Mode::Global, self.hostname != before.hostname || self.foreign != before.foreign);
        one(Mode::VoiceService, self.voice_service != before.voice_service);
        one(Mode::RegisterGlobal, self.register_global != before.register_global);
        one(Mode::CorNames, self.cor_names != before.cor_names);
        one(Mode::CtiManager, self.cti_manager != before.cti_manager);
        one(Mode::Limits, self.limits != before.limits);
        one(Mode::TelephonyService, self.telephony_service != before.telephony_service);
        changed(Mode::TranslationRule, &self.translation_rules, &before.translation_rules, &mut changes);
        changed(
            Mode::TranslationProfile,
            &self.translation_profiles,
            &before.translation_profiles,
            &mut changes,
        );
        changed(Mode::CodecClass, &self.codec_classes, &before.codec_classes, &mut changes);
        changed(Mode::UriClass, &self.uri_classes, &before.uri_classes, &mut changes);
        changed(Mode::ServerGroup, &self.server_groups, &before.server_groups, &mut changes);
        changed(Mode::KeepaliveClass, &self.keepalive_classes, &before.keepalive_classes, &mut changes);
        changed(Mode::CorList, &self.cor_lists, &before.cor_lists, &mut changes);
        changed(Mode::DialPeer, &self.dial_peers, &before.dial_peers, &mut changes);
        changed(Mode::RegisterDn, &self.register_dns, &before.register_dns, &mut changes);
        changed(Mode::RegisterTemplate, &self.register_templates, &before.register_templates, &mut changes);
        changed(Mode::RegisterPool, &self.register_pools, &before.register_pools, &mut changes);
        changed(Mode::ApplicationUser, &self.application_users, &before.application_users, &mut changes);
        changed(Mode::EndUser, &self.end_users, &before.end_users, &mut changes);
        changed(Mode::DevicePool, &self.device_pools, &before.device_pools, &mut changes);
        changed(Mode::CtiPort, &self.cti_ports, &before.cti_ports, &mut changes);
        changed(Mode::CtiRoutePoint, &self.cti_route_points, &before.cti_route_points, &mut changes);
        changed(Mode::SessionServer, &self.session_servers, &before.session_servers, &mut changes);
        changed(Mode::LogoutProfile, &self.logout_profiles, &before.logout_profiles, &mut changes);
        changed(Mode::UserProfile, &self.user_profiles, &before.user_profiles, &mut changes);
        changed(Mode::EphoneDnTemplate, &self.ephone_dn_templates, &before.ephone_dn_templates, &mut changes);
        changed(Mode::EphoneTemplate, &self.ephone_templates, &before.ephone_templates, &mut changes);
        changed(Mode::EphoneDn, &self.ephone_dns, &before.ephone_dns, &mut changes);
        changed(Mode::Ephone, &self.ephones, &before.ephones, &mut changes);
        changed(Mode::EphoneHunt, &self.ephone_hunts, &before.ephone_hunts, &mut changes);
        changed(Mode::VoiceHuntGroup, &self.voice_hunt_groups, &before.voice_hunt_groups, &mut changes);
        changes.sort();
        changes
    }
}

/// The tags of the objects that differ. Both maps are walked once, side by side.
fn changed<T: PartialEq>(
    mode: Mode,
    after: &BTreeMap<u32, T>,
    before: &BTreeMap<u32, T>,
    changes: &mut Vec<Change>,
) {
    let (mut new, mut old) = (after.iter().peekable(), before.iter().peekable());
    loop {
        let tag = match (new.peek(), old.peek()) {
            (Some((new_tag, _)), Some((old_tag, _))) => **new_tag.min(old_tag),
            (Some((tag, _)), None) | (None, Some((tag, _))) => **tag,
            (None, None) => return,
        };
        let after = new.next_if(|(other, _)| **other == tag);
        let before = old.next_if(|(other, _)| **other == tag);
        if after != before {
            changes.push(Change { mode, tag });
        }
    }
}
