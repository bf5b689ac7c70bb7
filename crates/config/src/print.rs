//! `show running-config`.

use std::collections::BTreeMap;

use smol_str::SmolStr;

use super::command::Printer;
use super::commands::{
    classes, cti_device, cti_manager, cti_user, dn_services, ephone, ephone_dn, features, gateway, hunt,
    limits, phone_files, presence, profile, telephony_service, trunk_classes, trunks, voice_register,
    voice_register_phone, voice_service,
};
use super::cti_user::CtiUser;
use super::load::would_claim;
use super::mode::Mode;
use super::order;
use super::registry::show;
use super::settings::{LineMode, Section, Settings, Sip, TrustedList};

impl Settings {
    /// The configuration as IOS prints it. Loading it gives the same settings.
    pub fn running_config(&self) -> String {
        let mut running = Running { settings: self, out: Printer::default(), foreign: 0, open: Mode::Global };
        running.out.separator();
        running.foreign(Section::Start);
        running.sections();
        running.out.verbatim("end");
        running.out.into_text()
    }
}

struct Running<'s> {
    settings: &'s Settings,
    out: Printer,
    /// Foreign blocks printed so far.
    foreign: usize,
    /// The mode a reader is in.
    open: Mode,
}

impl Running<'_> {
    fn sections(&mut self) {
        let settings = self.settings;
        if let Some(name) = &settings.hostname {
            self.out.value("hostname", name);
            self.out.separator();
        }
        if settings.dependency_records_off {
            self.out.line("no dependency-records");
            self.out.separator();
        }
        self.foreign(Section::Hostname);
        if let Some(voice) = &settings.voice_service {
            self.mode(Mode::VoiceService, "voice service voip", &voice.kept, |out| {
                show(voice_service::COMMANDS, voice, out);
                show_trusted(&voice.trusted, out);
                show_sip(&voice.sip, out);
            });
            if voice.sip != Sip::default() {
                self.open = Mode::Sip;
            } else if voice.trusted != TrustedList::default() {
                self.open = Mode::TrustedList;
            }
        }
        self.foreign(Section::VoiceService);
        if let Some(global) = &settings.register_global {
            let body = |out: &mut Printer| show(voice_register::GLOBAL, global, out);
            self.mode(Mode::RegisterGlobal, "voice register global", &global.kept, body);
        }
        self.foreign(Section::RegisterGlobal);
        self.sip_phones();
        self.each(&settings.session_servers, |tag, server, this| {
            let body = |out: &mut Printer| show(voice_register::SESSION_SERVER, server, out);
            this.mode(
                Mode::SessionServer,
                &format!("voice register session-server {tag}"),
                &server.kept,
                body,
            );
        });
        self.foreign(Section::SessionServers);
        self.each(&settings.logout_profiles, |tag, logout, this| {
            let body = |out: &mut Printer| show(profile::COMMANDS, logout, out);
            this.mode(Mode::LogoutProfile, &format!("voice logout-profile {tag}"), &logout.kept, body);
        });
        self.foreign(Section::LogoutProfiles);
        self.each(&settings.user_profiles, |tag, user, this| {
            this.mode(Mode::UserProfile, &format!("voice user-profile {tag}"), &user.kept, |out| {
                show(profile::COMMANDS, user, out);
                show(profile::USER, user, out);
            });
        });
        self.foreign(Section::UserProfiles);
        if let Some(service) = &settings.telephony_service {
            self.mode(Mode::TelephonyService, "telephony-service", &service.kept, |out| {
                show(telephony_service::COMMANDS, service, out);
                show(phone_files::SERVICE, &service.phones, out);
                show(features::SERVICE, &service.features, out);
            });
        }
        self.foreign(Section::TelephonyService);
        self.phones();
    }

    fn classes(&mut self) {
        let settings = self.settings;
        self.each(&settings.codec_classes, |tag, class, this| {
            let body = |out: &mut Printer| show(classes::CODEC, class, out);
            this.mode(Mode::CodecClass, &format!("voice class codec {tag}"), &class.kept, body);
        });
        self.each(&settings.uri_classes, |_, class, this| {
            let body = |out: &mut Printer| show(trunk_classes::URI, class, out);
            let kind = if class.tel { "tel" } else { "sip" };
            this.mode(Mode::UriClass, &format!("voice class uri {} {kind}", class.name), &class.kept, body);
        });
        self.each(&settings.server_groups, |tag, group, this| {
            let body = |out: &mut Printer| show(trunk_classes::SERVER_GROUP, group, out);
            this.mode(Mode::ServerGroup, &format!("voice class server-group {tag}"), &group.kept, body);
        });
        self.each(&settings.keepalive_classes, |tag, class, this| {
            let body = |out: &mut Printer| show(trunk_classes::KEEPALIVE, class, out);
            let head = format!("voice class sip-options-keepalive {tag}");
            this.mode(Mode::KeepaliveClass, &head, &class.kept, body);
        });
        if let Some(names) = &settings.cor_names {
            let body = |out: &mut Printer| show(classes::COR_NAMES, names, out);
            self.mode(Mode::CorNames, "dial-peer cor custom", &names.kept, body);
        }
        self.each(&settings.cor_lists, |_, list, this| {
            let body = |out: &mut Printer| show(classes::COR_LIST, list, out);
            this.mode(Mode::CorList, &format!("dial-peer cor list {}", list.name), &list.kept, body);
        });
        self.foreign(Section::Classes);
    }

    fn trunks(&mut self) {
        let settings = self.settings;
        for (extension, expanded) in &settings.expansions {
            self.out.line(format!("num-exp {extension} {expanded}"));
        }
        self.each(&settings.translation_rules, |tag, rules, this| {
            let body = |out: &mut Printer| show(trunks::TRANSLATION_RULE, rules, out);
            this.mode(Mode::TranslationRule, &format!("voice translation-rule {tag}"), &rules.kept, body);
        });
        self.foreign(Section::TranslationRules);
        self.each(&settings.translation_profiles, |_, profile, this| {
            let body = |out: &mut Printer| show(trunks::TRANSLATION_PROFILE, profile, out);
            let opening = format!("voice translation-profile {}", profile.name);
            this.mode(Mode::TranslationProfile, &opening, &profile.kept, body);
        });
        self.foreign(Section::TranslationProfiles);
        self.classes();
        if let Some(profile) = &settings.voip_incoming {
            self.out.line(format!("voip-incoming translation-profile {profile}"));
        }
        if settings.hunt_busy {
            self.out.line("voice hunt user-busy");
        }
        if settings.peer_hunt != 0 {
            self.out.line(format!("dial-peer hunt {}", settings.peer_hunt));
        }
        self.each(&settings.dial_peers, |tag, peer, this| {
            let body = |out: &mut Printer| show(trunks::DIAL_PEER, peer, out);
            let kind = if peer.pots { "pots" } else { "voip" };
            this.mode(Mode::DialPeer, &format!("dial-peer voice {tag} {kind}"), &peer.kept, body);
        });
        self.foreign(Section::DialPeers);
        if let Some(gateway) = &settings.gateway {
            let body = |out: &mut Printer| show(gateway::COMMANDS, gateway, out);
            self.mode(Mode::Gateway, "gateway", &gateway.kept, body);
        }
        self.foreign(Section::Gateway);
        if let Some(ua) = &settings.sip_ua {
            let body = |out: &mut Printer| show(trunks::SIP_UA, ua, out);
            self.mode(Mode::SipUa, "sip-ua", &ua.kept, body);
        }
        self.foreign(Section::SipUa);
        if let Some(presence) = &settings.presence {
            let body = |out: &mut Printer| show(presence::COMMANDS, presence, out);
            self.mode(Mode::Presence, "presence", &presence.kept, body);
        }
        self.foreign(Section::Presence);
    }

    fn sip_phones(&mut self) {
        let settings = self.settings;
        self.each(&settings.register_dns, |tag, dn, this| {
            this.mode(Mode::RegisterDn, &format!("voice register dn  {tag}"), &dn.kept, |out| {
                show(voice_register_phone::DN, dn, out);
                show(dn_services::REACH, &dn.services, out);
            });
        });
        self.foreign(Section::RegisterDns);
        self.each(&settings.register_templates, |tag, template, this| {
            let opening = format!("voice register template  {tag}");
            this.mode(Mode::RegisterTemplate, &opening, &template.kept, |out| {
                show(voice_register_phone::TEMPLATE, template, out);
                show(voice_register_phone::FEATURES, &template.features, out);
            });
        });
        self.foreign(Section::RegisterTemplates);
        self.each(&settings.register_pools, |tag, pool, this| {
            this.mode(Mode::RegisterPool, &format!("voice register pool  {tag}"), &pool.kept, |out| {
                show(voice_register_phone::POOL, pool, out);
                show(voice_register_phone::FEATURES, &pool.features, out);
            });
        });
        self.foreign(Section::RegisterPools);
    }

    fn phones(&mut self) {
        let settings = self.settings;
        self.each(&settings.ephone_dn_templates, |tag, template, this| {
            this.mode(Mode::EphoneDnTemplate, &format!("ephone-dn-template {tag}"), &template.kept, |out| {
                show(ephone_dn::FEATURES, &template.features, out);
                show(features::DN, &template.features.calls, out);
            });
        });
        self.foreign(Section::EphoneDnTemplates);
        self.each(&settings.ephone_templates, |tag, template, this| {
            this.mode(Mode::EphoneTemplate, &format!("ephone-template {tag}"), &template.kept, |out| {
                show(ephone::FEATURES, &template.features, out);
                show(features::KEYS, &template.features.keys, out);
                show(phone_files::PHONE, &template.features.phone, out);
            });
        });
        self.foreign(Section::EphoneTemplates);
        self.each(&settings.ephone_dns, |tag, dn, this| {
            let channels = match dn.line_mode {
                LineMode::Single => "",
                LineMode::Dual => "  dual-line",
                LineMode::Octo => "  octo-line",
            };
            this.mode(Mode::EphoneDn, &format!("ephone-dn  {tag}{channels}"), &dn.kept, |out| {
                show(ephone_dn::COMMANDS, dn, out);
                show(ephone_dn::FEATURES, &dn.features, out);
                show(features::DN, &dn.features.calls, out);
                show(features::INTERCOM, &dn.intercom, out);
                show(dn_services::REACH, &dn.services, out);
                show(dn_services::DN, &dn.services, out);
            });
        });
        self.foreign(Section::EphoneDns);
        self.each(&settings.ephones, |tag, phone, this| {
            this.mode(Mode::Ephone, &format!("ephone  {tag}"), &phone.kept, |out| {
                show(ephone::COMMANDS, phone, out);
                show(ephone::FEATURES, &phone.features, out);
                show(features::KEYS, &phone.features.keys, out);
                show(features::SPEED_DIALS, &phone.blf, out);
                show(phone_files::PHONE, &phone.features.phone, out);
            });
        });
        self.foreign(Section::Ephones);
        self.each(&settings.ephone_hunts, |tag, group, this| {
            let body = |out: &mut Printer| show(hunt::COMMANDS, group, out);
            let opening = format!("ephone-hunt {tag} {}", group.kind);
            this.mode(Mode::EphoneHunt, &opening, &group.kept, body);
        });
        self.foreign(Section::EphoneHunts);
        self.each(&settings.voice_hunt_groups, |tag, group, this| {
            let body = |out: &mut Printer| show(hunt::COMMANDS, group, out);
            let opening = format!("voice hunt-group {tag} {}", group.kind);
            this.mode(Mode::VoiceHuntGroup, &opening, &group.kept, body);
        });
        self.foreign(Section::VoiceHuntGroups);
        if let Some(manager) = &settings.cti_manager {
            let body = |out: &mut Printer| show(cti_manager::COMMANDS, manager, out);
            self.mode(Mode::CtiManager, "cti-manager", &manager.kept, body);
        }
        self.foreign(Section::CtiManager);
        self.users(Mode::ApplicationUser, &settings.application_users, Section::ApplicationUsers);
        self.users(Mode::EndUser, &settings.end_users, Section::EndUsers);
        self.cti_devices();
        if let Some(limits) = &settings.limits {
            let body = |out: &mut Printer| show(limits::COMMANDS, limits, out);
            self.mode(Mode::Limits, "limits", &limits.kept, body);
        }
        self.foreign(Section::Limits);
        self.trunks();
    }

    fn cti_devices(&mut self) {
        let settings = self.settings;
        self.each(&settings.device_pools, |_, pool, this| {
            let body = |out: &mut Printer| show(cti_device::POOL, pool, out);
            this.mode(Mode::DevicePool, &format!("device-pool {}", pool.name), &pool.kept, body);
        });
        self.foreign(Section::DevicePools);
        self.each(&settings.cti_ports, |tag, port, this| {
            let body = |out: &mut Printer| show(cti_device::PORT, port, out);
            this.mode(Mode::CtiPort, &format!("cti-port {tag}"), &port.kept, body);
        });
        self.foreign(Section::CtiPorts);
        self.each(&settings.cti_route_points, |tag, point, this| {
            let body = |out: &mut Printer| show(cti_device::ROUTE_POINT, point, out);
            this.mode(Mode::CtiRoutePoint, &format!("cti-route-point {tag}"), &point.kept, body);
        });
        self.foreign(Section::CtiRoutePoints);
    }

    fn users(&mut self, mode: Mode, users: &BTreeMap<u32, CtiUser>, section: Section) {
        self.each(users, |_, user, this| {
            let body = |out: &mut Printer| show(cti_user::COMMANDS, user, out);
            this.mode(mode, &format!("{} {}", mode.name(), user.name), &user.kept, body);
        });
        self.foreign(section);
    }

    fn each<T>(&mut self, objects: &BTreeMap<u32, T>, print: impl Fn(u32, &T, &mut Self)) {
        for (tag, object) in objects {
            print(*tag, object, self);
        }
    }

    /// The opening line, the settings, the kept lines, a separator.
    fn mode(&mut self, mode: Mode, opening: &str, kept: &[SmolStr], body: impl FnOnce(&mut Printer)) {
        self.out.verbatim(opening);
        self.out.indent(1);
        in_order(mode, kept, &mut self.out, body);
        self.out.indent(0);
        self.out.separator();
        self.open = mode;
    }

    /// The foreign blocks that follow a section.
    fn foreign(&mut self, section: Section) {
        let blocks = self.settings.foreign.get(self.foreign..).unwrap_or_default();
        let mut separated = true;
        for block in blocks.iter().take_while(|block| block.after <= section) {
            self.foreign += 1;
            if block.lines.len() > 1 && !separated {
                self.out.separator();
            }
            if block.lines.first().is_some_and(|line| would_claim(self.open, line)) {
                let modes = if matches!(self.open, Mode::Sip | Mode::TrustedList) { 2 } else { 1 };
                (0..modes).for_each(|_| self.out.verbatim("exit"));
            }
            self.open = Mode::Global;
            block.lines.iter().for_each(|line| self.out.verbatim(line));
            separated = block.lines.len() > 1;
            if separated {
                self.out.separator();
            }
        }
        if !separated {
            self.out.separator();
        }
    }
}

/// What is kept and what is in effect, in the order of IOS.
fn in_order(mode: Mode, kept: &[SmolStr], out: &mut Printer, body: impl FnOnce(&mut Printer)) {
    let mut lines = Printer::default();
    show_kept(kept, &mut lines);
    body(&mut lines);
    let text = lines.into_text();
    order::sort(mode, text.lines().collect()).into_iter().for_each(|line| out.line(line));
}

fn show_trusted(list: &TrustedList, out: &mut Printer) {
    if *list != TrustedList::default() {
        out.line("ip address trusted list");
        out.indent(1);
        show_kept(&list.kept, out);
        show(voice_service::TRUSTED, list, out);
        out.indent(0);
    }
}

fn show_sip(sip: &Sip, out: &mut Printer) {
    if *sip != Sip::default() {
        out.line("sip");
        out.indent(1);
        show_kept(&sip.kept, out);
        show(voice_service::SIP, sip, out);
        out.indent(0);
    }
}

fn show_kept(kept: &[SmolStr], out: &mut Printer) {
    kept.iter().for_each(|line| out.line(line));
}
