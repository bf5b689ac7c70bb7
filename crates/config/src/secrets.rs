//! Every password and PIN of a configuration, so that what keeps or shows a configuration can hide them all.

use std::{collections::BTreeMap, sync::Arc};

use smol_str::SmolStr;

use super::mode::Mode;
use super::registry::{Place, kept};
use super::settings::{Credentials, Settings};
use super::values::Secret;

impl Settings {
    /// Shows each password and PIN to `change`. A command whose value is secret has to be here: a test looks for all
    /// commands with an argument `secret` or `pin`.
    pub fn for_each_secret(&mut self, change: &mut dyn FnMut(&mut Secret)) {
        for profile in self.logout_profiles.values_mut().chain(self.user_profiles.values_mut()) {
            profile.user.iter_mut().for_each(|user| change(&mut user.password));
            profile.pin.iter_mut().for_each(&mut *change);
        }
        for user in self.application_users.values_mut().chain(self.end_users.values_mut()) {
            user.password.iter_mut().for_each(&mut *change);
        }
        for phone in self.ephones.values_mut().map(Arc::make_mut) {
            phone.user.iter_mut().for_each(|user| change(&mut user.password));
            phone.pin.iter_mut().for_each(&mut *change);
        }
        self.service_secrets(change);
        self.sip_secrets(change);
    }

    fn service_secrets(&mut self, change: &mut dyn FnMut(&mut Secret)) {
        let Some(service) = &mut self.telephony_service else { return };
        let phones = &mut service.phones;
        let others = phones.other_xml_users.iter_mut();
        for user in service.xml_user.iter_mut().chain(others) {
            change(&mut user.credentials.password);
        }
        let people =
            phones.local_directory_user.iter_mut().chain(&mut phones.ssh).chain(&mut phones.push_users);
        people.for_each(|user| change(&mut user.password));
    }

    fn sip_secrets(&mut self, change: &mut dyn FnMut(&mut Secret)) {
        let pools = self.register_pools.values_mut().map(|pool| &mut pool.user);
        let people: Vec<&mut Box<Credentials>> = pools.flatten().collect();
        people.into_iter().for_each(|user| change(&mut user.password));
        let peers = self.dial_peers.values_mut().flat_map(|peer| &mut peer.logins);
        peers.for_each(|login| change(&mut login.credentials.password));
        if let Some(agent) = &mut self.sip_ua {
            agent.accounts.iter_mut().for_each(|account| change(&mut account.credentials.password));
            agent.logins.iter_mut().for_each(|login| change(&mut login.credentials.password));
        }
        let servers = self.session_servers.values_mut().map(|server| &mut server.xml_users);
        let global = self.register_global.iter_mut().map(|global| &mut global.xml_users);
        servers.chain(global).flatten().for_each(|user| change(&mut user.credentials.password));
    }

    /// Shows each line that is kept without effect to `change`, those of routers too.
    pub fn for_each_kept(&mut self, change: &mut dyn FnMut(&mut SmolStr)) {
        for mode in Mode::ALL {
            for tag in self.tags(mode) {
                kept(self, Place { mode, tag }).into_iter().flatten().for_each(&mut *change);
            }
        }
        self.foreign.iter_mut().flat_map(|block| &mut block.lines).for_each(change);
    }

    /// The tags of the objects of a mode; 0 for the one of a mode that has one.
    fn tags(&self, mode: Mode) -> Vec<u32> {
        fn one<T>(object: Option<&T>) -> Vec<u32> {
            object.map(|_| 0).into_iter().collect()
        }
        fn all<T>(objects: &BTreeMap<u32, T>) -> Vec<u32> {
            objects.keys().copied().collect()
        }
        match mode {
            Mode::Global => Vec::new(),
            Mode::VoiceService | Mode::Sip | Mode::TrustedList => one(self.voice_service.as_ref()),
            Mode::RegisterGlobal => one(self.register_global.as_ref()),
            Mode::RegisterDn => all(&self.register_dns),
            Mode::RegisterTemplate => all(&self.register_templates),
            Mode::RegisterPool => all(&self.register_pools),
            Mode::SessionServer => all(&self.session_servers),
            Mode::LogoutProfile => all(&self.logout_profiles),
            Mode::UserProfile => all(&self.user_profiles),
            Mode::TelephonyService => one(self.telephony_service.as_ref()),
            Mode::EphoneDnTemplate => all(&self.ephone_dn_templates),
            Mode::EphoneTemplate => all(&self.ephone_templates),
            Mode::EphoneDn => all(&self.ephone_dns),
            Mode::Ephone => all(&self.ephones),
            Mode::EphoneHunt => all(&self.ephone_hunts),
            Mode::VoiceHuntGroup => all(&self.voice_hunt_groups),
            Mode::CtiManager => one(self.cti_manager.as_ref()),
            Mode::DevicePool => all(&self.device_pools),
            Mode::CtiPort => all(&self.cti_ports),
            Mode::CtiRoutePoint => all(&self.cti_route_points),
            Mode::Limits => one(self.limits.as_ref()),
            Mode::ApplicationUser => all(&self.application_users),
            Mode::EndUser => all(&self.end_users),
            Mode::TranslationRule => all(&self.translation_rules),
            Mode::TranslationProfile => all(&self.translation_profiles),
            Mode::CodecClass => all(&self.codec_classes),
            Mode::UriClass => all(&self.uri_classes),
            Mode::ServerGroup => all(&self.server_groups),
            Mode::KeepaliveClass => all(&self.keepalive_classes),
            Mode::CorNames => one(self.cor_names.as_ref()),
            Mode::CorList => all(&self.cor_lists),
            Mode::DialPeer => all(&self.dial_peers),
            Mode::Gateway => one(self.gateway.as_ref()),
            Mode::SipUa => one(self.sip_ua.as_ref()),
            Mode::Presence => one(self.presence.as_ref()),
        }
    }
}
