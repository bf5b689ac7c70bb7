//! Checks of the whole configuration: references between its parts, limits, uniqueness.

use std::collections::{BTreeMap, BTreeSet};

use super::command::Reference;
use super::diagnostic::{Diagnostic, DiagnosticKind, Severity};
use super::mode::Mode;
use super::registry::Place;
use super::settings::{Credentials, CtiDevice, Profile, Settings};
use super::values::MacAddress;

/// A reference and its place.
#[derive(Clone, Debug)]
pub(super) struct Located {
    /// The mode and object whose line it is.
    pub place: Place,
    /// Line, from 1.
    pub line: u32,
    /// Column, from 1.
    pub column: u32,
    /// Length in characters.
    pub length: u32,
    /// What is referred to.
    pub reference: Reference,
}

/// Checks all references of a configuration that was read: what is found, and what has to be left out because it is wrong.
pub(super) fn check(
    settings: &Settings,
    located: &[Located],
    wrong: &BTreeSet<(Mode, u32)>,
) -> (Vec<Diagnostic>, Vec<LeftOut>) {
    let mut checker = Checker::new(settings, located);
    checker.wrong = Some(wrong);
    located.iter().for_each(|located| checker.one(located));
    (checker.found, checker.left_out)
}

/// A part of a configuration that is wrong and left out.
#[derive(Clone, Copy, Debug)]
pub(super) enum LeftOut {
    /// An ephone-dn.
    Dn(u32),
    /// The MAC address of an ephone.
    Mac(u32),
    /// The user of an ephone or profile.
    User(Place),
}

impl LeftOut {
    /// Takes it out of the settings.
    pub fn leave_out(self, settings: &mut Settings) {
        match self {
            LeftOut::Dn(tag) => drop(settings.ephone_dns.remove(&tag)),
            LeftOut::Mac(tag) => settings.ephone_mut(tag).mac_address = None,
            LeftOut::User(Place { mode: Mode::LogoutProfile, tag }) => {
                settings.logout_profiles.entry(tag).or_default().user = None;
            }
            LeftOut::User(Place { mode: Mode::UserProfile, tag }) => {
                settings.user_profiles.entry(tag).or_default().user = None;
            }
            LeftOut::User(Place { tag, .. }) => settings.ephone_mut(tag).user = None,
        }
    }
}

/// Checks the references of one line that was added to settings which were right before.
pub(super) fn check_line(settings: &Settings, located: &[Located]) -> Vec<Diagnostic> {
    let mut checker = Checker::new(settings, located);
    for at in located {
        // Who else has what only one can have?
        match &at.reference {
            Reference::Mac => checker.macs = macs(settings, at.place.tag),
            Reference::User(_) => checker.users = users(settings, at.place),
            Reference::CtiName(_) => checker.cti_names = cti_names(settings, at.place),
            _ => (),
        }
        checker.one(at);
    }
    checker.found
}

/// The MAC addresses of all phones but one.
fn macs(settings: &Settings, except: u32) -> BTreeMap<MacAddress, u32> {
    let others = settings.ephones.iter().filter(|(tag, _)| **tag != except);
    others.filter_map(|(tag, phone)| Some((phone.mac_address?, *tag))).collect()
}

/// The user names of all phones and profiles but one.
fn users(settings: &Settings, except: Place) -> BTreeMap<&str, Place> {
    let phones = settings.ephones.iter().map(|(tag, phone)| (Mode::Ephone, *tag, phone.user.as_deref()));
    phones
        .chain(users_of(Mode::LogoutProfile, &settings.logout_profiles))
        .chain(users_of(Mode::UserProfile, &settings.user_profiles))
        .map(|(mode, tag, user)| (Place { mode, tag }, user))
        .filter(|(place, _)| *place != except)
        .filter_map(|(place, user)| Some((user?.name.as_str(), place)))
        .collect()
}

/// The names of all CTI ports and route points but one.
fn cti_names(settings: &Settings, except: Place) -> BTreeMap<&str, Place> {
    let places = settings.cti_devices().map(|(mode, tag, device)| (Place { mode, tag }, device));
    let others = places.filter(|(place, _)| *place != except);
    others.filter_map(|(place, device)| Some((device.name.as_deref()?, place))).collect()
}

fn users_of(
    mode: Mode,
    profiles: &BTreeMap<u32, Profile>,
) -> impl Iterator<Item = (Mode, u32, Option<&Credentials>)> {
    profiles.iter().map(move |(tag, profile)| (mode, *tag, profile.user.as_ref()))
}

struct Checker<'s> {
    settings: &'s Settings,
    /// All numbers of directory numbers; empty if no profile asks.
    numbers: BTreeSet<&'s str>,
    /// The modes in which a line was wrong and is left out: what they lack is said already.
    wrong: Option<&'s BTreeSet<(Mode, u32)>>,
    macs: BTreeMap<MacAddress, u32>,
    users: BTreeMap<&'s str, Place>,
    cti_names: BTreeMap<&'s str, Place>,
    phones_hinted: bool,
    numbers_hinted: bool,
    sip_phones_hinted: bool,
    sip_numbers_hinted: bool,
    found: Vec<Diagnostic>,
    left_out: Vec<LeftOut>,
}

impl<'s> Checker<'s> {
    fn new(settings: &'s Settings, located: &[Located]) -> Self {
        Checker {
            settings,
            numbers: all_numbers(settings, located),
            wrong: None,
            macs: BTreeMap::new(),
            users: BTreeMap::new(),
            cti_names: BTreeMap::new(),
            phones_hinted: false,
            numbers_hinted: false,
            sip_phones_hinted: false,
            sip_numbers_hinted: false,
            found: Vec::new(),
            left_out: Vec::new(),
        }
    }

    fn one(&mut self, at: &'s Located) {
        let settings = self.settings;
        let tag = at.place.tag;
        match &at.reference {
            Reference::Dn(dn) => self.button(at, *dn),
            Reference::Button(position) => self.line_of(at, *position),
            Reference::Overlay { position, overlay } => self.overlay(at, *position, *overlay),
            Reference::Mac => self.mac_address(at),
            Reference::User(name) => self.user(at, name),
            Reference::Opened(mode, tag) => self.opened(at, *mode, *tag),
            Reference::LogoutProfile(profile) => {
                let used = settings.ephones.get(&tag).is_some_and(|p| p.logout_profile == Some(*profile));
                self.missing(
                    at,
                    used && !settings.logout_profiles.contains_key(profile),
                    "voice logout-profile",
                    *profile,
                );
            }
            Reference::DnTemplate(template) => {
                let used = settings.ephone_dns.get(&tag).is_some_and(|dn| dn.template == Some(*template));
                self.missing(
                    at,
                    used && !settings.ephone_dn_templates.contains_key(template),
                    "ephone-dn-template",
                    *template,
                );
            }
            Reference::EphoneTemplate(template) => {
                let used = settings.ephones.get(&tag).is_some_and(|p| p.template == Some(*template));
                self.missing(
                    at,
                    used && !settings.ephone_templates.contains_key(template),
                    "ephone-template",
                    *template,
                );
            }
            Reference::SessionServer(server) => {
                let used =
                    settings.ephone_dns.get(&tag).is_some_and(|dn| dn.session_servers.contains(server));
                let missing = used && !settings.session_servers.contains_key(server);
                self.missing(at, missing, "voice register session-server", *server);
            }
            Reference::RegisterDn(dn) => {
                let pool = settings.register_pools.get(&tag);
                let used = pool.is_some_and(|pool| pool.numbers.values().any(|used| used == dn));
                self.missing(at, used && !settings.register_dns.contains_key(dn), "voice register dn", *dn);
            }
            Reference::RegisterTemplate(template) => {
                let used =
                    settings.register_pools.get(&tag).is_some_and(|pool| pool.template == Some(*template));
                let missing = used && !settings.register_templates.contains_key(template);
                self.missing(at, missing, "voice register template", *template);
            }
            Reference::CtiDn(dn) => self.cti_button(at, *dn),
            Reference::CtiName(name) => self.cti_name(at, name),
            Reference::DevicePool(name) => self.device_pool(at, name),
            Reference::CorList(name) => {
                if settings.cor_lists.values().all(|list| list.name != *name) {
                    let message =
                        format!("dial-peer cor list {name} does not exist, so nothing is restricted");
                    let suggestion = format!("add `dial-peer cor list {name}` with its members");
                    self.warn(at, message, suggestion);
                }
            }
            Reference::Member(number) => self.member(at, number),
            Reference::Number(number) => {
                if !self.numbers.contains(number.as_str()) {
                    let message = format!("no ephone-dn has the number {number}");
                    self.warn(at, message, format!("add `number {number}` to an ephone-dn"));
                }
            }
        }
    }

    fn button(&mut self, at: &Located, dn: u32) {
        let Some(phone) = self.settings.ephones.get(&at.place.tag) else { return };
        let used = phone.buttons.values().any(|b| b.kind.names_dns() && b.tags.contains(&dn));
        let alone = phone.buttons.values().any(|b| b.kind.names_dns() && b.tags == [dn]);
        let outcome = if alone { "the button stays empty" } else { "the overlay is without it" };
        if self.wrong.is_some_and(|wrong| wrong.contains(&(Mode::EphoneDn, dn))) {
            return;
        }
        match self.settings.ephone_dns.get(&dn) {
            None if used => {
                let message = format!("ephone-dn {dn} does not exist, so {outcome}");
                let suggestion = format!("add `ephone-dn {dn}` with a number, or name a tag that exists");
                self.warn(at, message, suggestion);
            }
            Some(line) if used && line.number.is_none() => {
                let message = format!("ephone-dn {dn} has no number, so {outcome}");
                self.warn(at, message, format!("add a `number` to ephone-dn {dn}"));
            }
            _ => (),
        }
    }

    /// A member of a hunt group: a number of a phone, or for a `voice hunt-group` one that a dial peer may reach.
    fn member(&mut self, at: &Located, number: &str) {
        let settings = self.settings;
        let is_group = |groups: &BTreeMap<u32, super::settings::HuntGroup>| {
            groups.values().any(|group| {
                group.pilot.as_deref() == Some(number) || group.secondary.as_deref() == Some(number)
            })
        };
        let elsewhere = at.place.mode == Mode::VoiceHuntGroup
            && (!settings.dial_peers.is_empty()
                || is_group(&settings.voice_hunt_groups)
                || is_group(&settings.ephone_hunts));
        let of_sip = || settings.register_dns.values().any(|dn| dn.number.as_deref() == Some(number));
        let expanded =
            !settings.telephony_service.as_ref().is_none_or(|service| service.dialplan_patterns.is_empty());
        if self.numbers.contains(number) || elsewhere || expanded || of_sip() {
            return;
        }
        let pattern = |known: &&&str| {
            known.contains('.')
                && known.len() == number.len()
                && known.bytes().zip(number.bytes()).all(|(wanted, digit)| wanted == b'.' || wanted == digit)
        };
        if !self.numbers.iter().any(|known| pattern(&known)) {
            let message = format!("no number {number} exists, so the place stays empty");
            self.warn(at, message, format!("add `number {number}` to an ephone-dn, or name one that exists"));
        }
    }

    fn cti_device(&self, at: &Located) -> Option<&'s CtiDevice> {
        let settings = self.settings;
        match at.place.mode {
            Mode::CtiPort => settings.cti_ports.get(&at.place.tag),
            _ => settings.cti_route_points.get(&at.place.tag),
        }
    }

    fn cti_button(&mut self, at: &Located, dn: u32) {
        let used = self.cti_device(at).is_some_and(|device| device.buttons.values().any(|tag| *tag == dn));
        if used && self.settings.ephone_dns.get(&dn).is_none_or(|line| line.number.is_none()) {
            let message = format!("ephone-dn {dn} with a number does not exist, so the line stays empty");
            self.warn(at, message, format!("add `ephone-dn {dn}` with a number"));
        }
    }

    fn cti_name(&mut self, at: &'s Located, name: &'s str) {
        if self.cti_device(at).is_none_or(|device| device.name.as_deref() != Some(name)) {
            return;
        }
        let first = *self.cti_names.entry(name).or_insert(at.place);
        if first != at.place {
            let message = format!("the name `{name}` belongs to {} {} already", first.mode.name(), first.tag);
            self.error(at, message, "write another name".to_owned());
        }
    }

    fn device_pool(&mut self, at: &Located, name: &str) {
        let used = self.cti_device(at).is_some_and(|device| device.device_pool.as_deref() == Some(name));
        if used && self.settings.device_pools.values().all(|pool| pool.name != name) {
            self.error(at, format!("device-pool {name} does not exist"), format!("add `device-pool {name}`"));
        }
    }

    /// Only the first button of a phone is asked whether there is a line at all, so that this is said once.
    fn line_of(&mut self, at: &Located, position: u32) {
        let tag = at.place.tag;
        let Some(phone) = self.settings.ephones.get(&tag) else { return };
        let is_first = phone.buttons.keys().next() == Some(position);
        if is_first && phone.logout_profile.is_none() && !phone.buttons.values().any(|b| b.kind.is_line()) {
            let message = format!("ephone {tag} has no line: none of its buttons makes or receives calls");
            self.warn(at, message, format!("write a line such as `button {position}:1`"));
        }
    }

    fn overlay(&mut self, at: &Located, position: u32, overlay: u32) {
        let Some(phone) = self.settings.ephones.get(&at.place.tag) else { return };
        let is_overlay = phone.buttons.get(overlay).is_some_and(|button| button.kind.is_overlay());
        let used = phone.buttons.get(position).is_some_and(|b| !b.kind.names_dns() && b.tags == [overlay]);
        if used && !is_overlay {
            let message = format!("button {position} gives no line: button {overlay} is not an overlay");
            self.warn(at, message, format!("write `{overlay}o` or `{overlay}c` with directory numbers"));
        }
    }

    fn mac_address(&mut self, at: &Located) {
        let tag = at.place.tag;
        // A phone may register over SCCP and over SIP, at different times.
        if at.place.mode == Mode::RegisterPool {
            return;
        }
        let Some(mac) = self.settings.ephones.get(&tag).and_then(|p| p.mac_address) else { return };
        let first = *self.macs.entry(mac).or_insert(tag);
        if first != tag {
            let message = format!("MAC address {mac} belongs to ephone {first} already");
            self.error(at, message, "write the MAC address of another phone".to_owned());
            self.left_out.push(LeftOut::Mac(tag));
        }
    }

    fn user(&mut self, at: &'s Located, name: &'s str) {
        let settings = self.settings;
        let tag = at.place.tag;
        let current = match at.place.mode {
            Mode::LogoutProfile => settings.logout_profiles.get(&tag).and_then(|p| p.user.as_ref()),
            Mode::UserProfile => settings.user_profiles.get(&tag).and_then(|p| p.user.as_ref()),
            _ => settings.ephones.get(&tag).and_then(|p| p.user.as_deref()),
        };
        if current.is_none_or(|user| user.name != name) {
            return;
        }
        let first = *self.users.entry(name).or_insert(at.place);
        if first != at.place {
            let message =
                format!("user name `{name}` belongs to {} {} already", first.mode.name(), first.tag);
            self.error(at, message, "write another user name".to_owned());
            self.left_out.push(LeftOut::User(at.place));
        }
    }

    fn opened(&mut self, at: &Located, mode: Mode, tag: u32) {
        let service = self.settings.telephony_service.as_ref();
        match mode {
            Mode::EphoneDn if self.settings.ephone_dns.contains_key(&tag) => {
                let limit = service.and_then(|s| s.max_dn).map(|m| m.count);
                let hinted = std::mem::replace(&mut self.numbers_hinted, true);
                self.limit_of_tags(at, tag, limit, hinted);
            }
            // It limits how many phones register, not which may be configured.
            Mode::Ephone if self.settings.ephones.contains_key(&tag) => {
                let hinted = std::mem::replace(&mut self.phones_hinted, true);
                if !hinted && service.is_none_or(|service| service.max_ephones.is_none()) {
                    self.absent(at, "max-ephones", tag);
                }
            }
            Mode::RegisterDn if self.settings.register_dns.contains_key(&tag) => {
                let limit = self.settings.register_global.as_ref().map(|global| global.max_dn);
                let hinted = std::mem::replace(&mut self.sip_numbers_hinted, true);
                self.sip_limit(at, "max-dn", tag, limit, hinted);
            }
            Mode::RegisterPool if self.settings.register_pools.contains_key(&tag) => {
                let limit = self.settings.register_global.as_ref().map(|global| global.max_pool);
                let hinted = std::mem::replace(&mut self.sip_phones_hinted, true);
                self.sip_limit(at, "max-pool", tag, limit, hinted);
            }
            Mode::TelephonyService => {
                let deaf = service.is_some_and(|s| s.source_address.is_none());
                if deaf && !self.settings.ephones.is_empty() {
                    let message = "telephony-service has no source address".to_owned();
                    self.warn(at, message, "add `ip source-address ADDRESS port 2000`".to_owned());
                }
            }
            _ => (),
        }
    }

    /// A tag above `max-dn` is an error; its absence (0) is worth one warning.
    fn limit_of_tags(&mut self, at: &Located, tag: u32, limit: Option<u32>, hinted: bool) {
        match limit {
            Some(limit) if tag > limit => {
                let message = format!("tag {tag} is above max-dn {limit}");
                let suggestion = format!("write `max-dn {tag}` in telephony-service, or use a lower tag");
                self.error(at, message, suggestion);
                self.left_out.push(LeftOut::Dn(tag));
            }
            None if !hinted => self.absent(at, "max-dn", tag),
            _ => (),
        }
    }

    /// A tag above a limit is an error; an absent limit is worth one warning.
    fn sip_limit(&mut self, at: &Located, command: &str, tag: u32, limit: Option<u32>, hinted: bool) {
        match limit.filter(|limit| *limit > 0) {
            Some(limit) if tag > limit => {
                let message = format!("tag {tag} is above {command} {limit}");
                let suggestion =
                    format!("write `{command} {tag}` in voice register global, or use a lower tag");
                self.error(at, message, suggestion);
            }
            None if !hinted => {
                let message = format!("{command} of voice register global is not set, so it is 0");
                let suggestion = format!("add `{command} {tag}` or more to voice register global");
                self.warn(at, message, suggestion);
            }
            _ => (),
        }
    }

    fn absent(&mut self, at: &Located, command: &str, tag: u32) {
        let message = format!("{command} is not set, so it is 0");
        self.warn(at, message, format!("add `{command} {tag}` or more to telephony-service"));
    }

    fn missing(&mut self, at: &Located, missing: bool, command: &str, tag: u32) {
        if missing {
            self.warn(at, format!("{command} {tag} does not exist"), format!("add `{command} {tag}`"));
        }
    }

    fn error(&mut self, at: &Located, message: String, suggestion: String) {
        self.push(Severity::Error, at, message, suggestion);
    }

    fn warn(&mut self, at: &Located, message: String, suggestion: String) {
        self.push(Severity::Warning, at, message, suggestion);
    }

    fn push(&mut self, severity: Severity, at: &Located, message: String, suggestion: String) {
        self.found.push(Diagnostic {
            severity,
            kind: DiagnosticKind::Meaning,
            line: at.line,
            column: at.column,
            length: at.length,
            right: 0,
            message,
            suggestion: Some(suggestion),
        });
    }
}

fn all_numbers<'s>(settings: &'s Settings, located: &[Located]) -> BTreeSet<&'s str> {
    if !located.iter().any(|at| matches!(at.reference, Reference::Number(_) | Reference::Member(_))) {
        return BTreeSet::new();
    }
    let numbers = settings.ephone_dns.values().filter_map(|dn| dn.number.as_ref());
    numbers.flat_map(|n| [Some(n.primary.as_str()), n.secondary.as_deref()]).flatten().collect()
}
