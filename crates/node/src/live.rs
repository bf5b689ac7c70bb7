//! Live configuration: what two configurations differ in, and how the difference takes effect while calls go on.
//!
//! The node keeps one typed configuration. A line typed at a terminal, or the file when it is read again, makes another
//! one; [`difference`] lists the changes between them, and each [`Change`] is applied to the part of the node that it
//! concerns. Listeners for files and pages of phones are opened when they are wanted; others cannot change while the server
//! runs, and the operator is told so.
//!
//! Phones read their buttons, names and speed dials when they register. A phone for which one of them changes is restarted
//! when it is idle.
//!
//! # Forwarding
//!
//! Phones and applications change how lines forward, and `show running-config` shows it. What they have set is part of
//! the running configuration, which terminals edit and `write memory` stores; but reading the file again leaves it as
//! it is, unless the file says something new about the line's forwarding.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::SocketAddr,
    time::Duration,
};

use hookflash_core::{self as core, InvalidSettings, LineSettings, StationId, StationSettings};
use hookflash_wire::{csta::SystemStatusValue, sccp::ResetType};
use smol_str::SmolStr;
use tracing::{info, warn};

use crate::{
    CstaTcpSettings, Listeners, Node, NodeSettings, Output, Provisioned, RegistrarSettings, SccpSettings,
    UacstaSettings,
    config::{self, Action, Mode, Phones},
    forwarding,
    limits::LimitSettings,
    provision::provision_with,
    sip,
    sip_phone::SipPhoneSettings,
};

/// Something in which two configurations differ.
#[derive(Clone, PartialEq, Debug)]
pub enum Change {
    /// Lines, stations, timeouts, limits.
    Switch(core::Change),
    /// How phones are served.
    Sccp(SccpSettings),
    /// How applications are served over SIP.
    Uacsta(UacstaSettings),
    /// How applications are served over TCP.
    CstaTcp(CstaTcpSettings),
    /// The names that may register over SIP.
    Registrar(RegistrarSettings),
    /// What one source, one principal and all strangers together may take.
    Limits(LimitSettings),
    /// SIP phones.
    SipPhones(Box<SipPhoneSettings>),
    /// The name of the system.
    Hostname(String),
    /// The file that held parties hear.
    Music(Option<String>),
    /// The phone with this tag shows something that it learns only when it registers.
    Restart(u32),
    /// Where to listen: in effect at the next start of the server.
    Listeners,
    /// Files or pages of phones are served that were not before: of these listeners, those are set.
    Listen(Listeners),
}

/// What has to change for `new` to be in effect where `old` is, in an order in which it can be applied: lines are there
/// before the phones that show them, and the names of phones are free before others take them.
pub fn difference(old: &Provisioned, new: &Provisioned) -> Vec<Change> {
    let mut changes = Vec::new();
    let (before, after) = (&old.settings, &new.settings);
    if before.hostname != after.hostname {
        changes.push(Change::Hostname(after.hostname.clone()));
    }
    if before.music != after.music {
        changes.push(Change::Music(after.music.clone()));
    }
    if before.sccp != after.sccp {
        changes.push(Change::Sccp(after.sccp.clone()));
    }
    switch_changes(&before.switch, &after.switch, &mut |change| changes.push(Change::Switch(change)));
    if before.limits != after.limits {
        changes.push(Change::Limits(after.limits.clone()));
    }
    if before.uacsta != after.uacsta {
        changes.push(Change::Uacsta(after.uacsta.clone()));
    }
    if before.csta_tcp != after.csta_tcp {
        changes.push(Change::CstaTcp(after.csta_tcp.clone()));
    }
    if before.registrar != after.registrar {
        changes.push(Change::Registrar(after.registrar.clone()));
    }
    if before.sip_phones != after.sip_phones {
        changes.push(Change::SipPhones(Box::new(after.sip_phones.clone())));
    }
    changes.extend(restarts(before, after).into_iter().map(Change::Restart));
    let added = added_listeners(&old.listeners, &new.listeners);
    if !added.is_empty() {
        changes.push(Change::Listen(added));
    }
    if other_listeners_differ(&old.listeners, &new.listeners) {
        changes.push(Change::Listeners);
    }
    changes
}

/// The listeners for files and pages of phones that there are now and were not before.
fn added_listeners(old: &Listeners, new: &Listeners) -> Listeners {
    let added = |old: Option<SocketAddr>, new: Option<SocketAddr>| new.filter(|_| old.is_none());
    Listeners {
        tftp: added(old.tftp, new.tftp),
        files: added(old.files, new.files),
        http: added(old.http, new.http),
        ..Listeners::default()
    }
}

/// Whether listeners differ that cannot change while the server runs. One for files or pages that is not wanted any more
/// stays, and has nothing to give.
fn other_listeners_differ(old: &Listeners, new: &Listeners) -> bool {
    let moved =
        |old: Option<SocketAddr>, new: Option<SocketAddr>| old.is_some() && new.is_some() && old != new;
    let without = |listeners: &Listeners| Listeners { tftp: None, files: None, http: None, ..*listeners };
    moved(old.tftp, new.tftp)
        || moved(old.files, new.files)
        || moved(old.http, new.http)
        || without(old) != without(new)
}

fn switch_changes(old: &core::Settings, new: &core::Settings, change: &mut impl FnMut(core::Change)) {
    let (old_stations, new_stations) = (stations(old), stations(new));
    let (old_lines, new_lines) = (lines(old), lines(new));
    for tag in old_stations.keys() {
        if !new_stations.contains_key(tag) {
            change(core::Change::RemoveStation(*tag));
        }
    }
    for (tag, line) in &new_lines {
        if old_lines.get(tag) != Some(line) {
            change(core::Change::Line(Box::new((*line).clone())));
        }
    }
    let changed = new_stations.iter().filter(|(tag, station)| old_stations.get(tag) != Some(station));
    // A phone keeps the button of a removed line until its call is over, so it must know first that the line is.
    let (losing, others): (Vec<_>, Vec<_>) = changed
        .partition(|(tag, station)| old_stations.get(tag).is_some_and(|was| loses_buttons(was, station)));
    for (_, station) in others {
        change(core::Change::Station((*station).clone()));
    }
    for tag in old_lines.keys().filter(|tag| !new_lines.contains_key(tag)) {
        change(core::Change::RemoveLine(*tag));
    }
    for (_, station) in losing {
        change(core::Change::Station((*station).clone()));
    }
    if old.timeouts != new.timeouts {
        change(core::Change::Timeouts(new.timeouts));
    }
    if old.users != new.users {
        change(core::Change::Users(Box::new(new.users.clone())));
    }
    if old.cti != new.cti {
        change(core::Change::Cti(new.cti));
    }
    if old.features != new.features {
        change(core::Change::Features(Box::new(new.features.clone())));
    }
    if old.max_redirects != new.max_redirects {
        change(core::Change::MaxRedirects(new.max_redirects));
    }
    if old.max_calls != new.max_calls {
        change(core::Change::MaxCalls(new.max_calls));
    }
}

/// Whether a phone has fewer buttons than before, and none that it did not have.
fn loses_buttons(was: &StationSettings, is: &StationSettings) -> bool {
    is.buttons.len() < was.buttons.len() && is.buttons.iter().all(|button| was.buttons.contains(button))
}

fn lines(settings: &core::Settings) -> BTreeMap<u32, &LineSettings> {
    settings.lines.iter().map(|line| (line.tag, line)).collect()
}

fn stations(settings: &core::Settings) -> BTreeMap<u32, &StationSettings> {
    settings.stations.iter().map(|station| (station.tag, station)).collect()
}

/// The phones that exist before and after, and have to register again to show what is new.
fn restarts(old: &NodeSettings, new: &NodeSettings) -> Vec<u32> {
    let changed = relabelled(&old.switch, &new.switch);
    let (before, after) = (stations(&old.switch), stations(&new.switch));
    let phones = after
        .into_iter()
        .filter(|(tag, station)| {
            let Some(was) = before.get(tag).filter(|_| station.cti_device.is_none()) else { return false };
            let shows_change =
                station.buttons.iter().any(|button| button.tags().any(|tag| changed.contains(&tag)));
            let (was_phone, phone) = (phone(&old.configuration, *tag), phone(&new.configuration, *tag));
            was.name != station.name
                || was.buttons != station.buttons
                || was.speed_dials != station.speed_dials
                || shows_change
                || was_phone != phone
        })
        .map(|(tag, _)| tag);
    phones.collect()
}

/// Two configurations without the lines and phones that have nothing to do with what differs between them, so that one
/// line typed among thousands is quickly in effect; `None` where more differs than lines and phones.
fn concerned(old: &config::Settings, new: &config::Settings) -> Option<(config::Settings, config::Settings)> {
    let changes = new.changes_since(old);
    let of = |mode| changes.iter().filter(move |change| change.mode == mode).map(|change| change.tag);
    let mut lines: BTreeSet<u32> = of(Mode::EphoneDn).collect();
    let mut phones: BTreeSet<u32> = of(Mode::Ephone).collect();
    if lines.len() + phones.len() < changes.len() {
        return None;
    }
    let shown = |phone: &config::Ephone| {
        phone.buttons.values().flat_map(|button| button.tags.clone()).collect::<Vec<_>>()
    };
    for settings in [old, new] {
        let shows = |phone: &config::Ephone| {
            phone.buttons.values().any(|b| b.tags.iter().any(|tag| lines.contains(tag)))
        };
        phones.extend(settings.ephones.iter().filter(|(_, phone)| shows(phone)).map(|(tag, _)| *tag));
    }
    let concerned = lines.clone();
    for settings in [old, new] {
        for (_, _, device) in settings.cti_devices() {
            if device.buttons.values().any(|tag| concerned.contains(tag)) {
                lines.extend(device.buttons.values());
            }
        }
    }
    for phone in
        [old, new].iter().flat_map(|settings| phones.iter().filter_map(|tag| settings.ephones.get(tag)))
    {
        // The numbers of a profile may be those of any line.
        if phone.logout_profile.is_some() {
            return None;
        }
        lines.extend(shown(phone));
    }
    let part = |settings: &config::Settings| config::Settings {
        ephone_dns: pick(&settings.ephone_dns, &lines),
        ephones: pick(&settings.ephones, &phones),
        ..settings.without_phones()
    };
    Some((part(old), part(new)))
}

fn pick<T: Clone>(all: &BTreeMap<u32, T>, tags: &BTreeSet<u32>) -> BTreeMap<u32, T> {
    tags.iter().filter_map(|tag| Some((*tag, all.get(tag)?.clone()))).collect()
}

/// The tags of the lines that look different on a phone's buttons.
fn relabelled(old: &core::Settings, new: &core::Settings) -> BTreeSet<u32> {
    let look = |line: &LineSettings| {
        let texts = (line.name.clone(), line.label.clone(), line.description.clone());
        (line.number.clone(), line.secondary.clone(), texts, line.channels)
    };
    let before = lines(old);
    let differs = |line: &&LineSettings| before.get(&line.tag).is_some_and(|was| look(was) != look(line));
    new.lines.iter().filter(differs).map(|line| line.tag).collect()
}

/// What a phone's configuration says about its looks, beside its buttons: model and template.
fn phone(
    settings: &config::Settings,
    tag: u32,
) -> Option<(Option<SmolStr>, Option<SmolStr>, Option<config::EphoneTemplate>)> {
    let phone = settings.ephones.get(&tag)?;
    let template = phone.template.and_then(|template| settings.ephone_templates.get(&template));
    Some((phone.model.clone(), phone.addons.clone(), template.cloned()))
}

/// Why a configuration is not put in the place of the one in effect.
#[derive(Debug)]
pub(crate) enum NotReplaced {
    /// These lines of it are wrong.
    Wrong(Vec<config::Diagnostic>),
    /// It contradicts itself.
    Invalid(InvalidSettings),
}

impl Node {
    /// The configuration in effect, with what phones and applications have set.
    pub fn running_configuration(&self) -> config::Settings {
        let configured = &self.settings.configuration;
        let mut running = configured.clone();
        for (tag, now) in forwarding::changed(&self.switch) {
            forwarding::set(&mut running, tag, now);
        }
        running
    }

    /// Puts a configuration into effect that an operator edited. Returns messages for the operator.
    ///
    /// # Errors
    /// The configuration contradicts itself; nothing has changed.
    pub(crate) fn configure(
        &mut self,
        running: &config::Settings,
        edited: config::Settings,
    ) -> Result<Vec<String>, InvalidSettings> {
        let mut configured = edited.clone();
        for tag in self.tags_with_changed_forwarding() {
            if forwarding::is_same(running, &edited, tag) {
                forwarding::copy(&self.settings.configuration, &mut configured, tag);
            }
        }
        let remarks = self.take_effect(running, &edited)?;
        crate::password::conceal(&mut configured, self.settings.start.secret);
        self.settings.configuration = configured;
        self.check_logins();
        self.applications.report_changes(running, &edited);
        Ok(remarks)
    }

    /// The configuration file was read again: applies what is different in it, if it has no error.
    pub(crate) fn read_configuration(&mut self, text: &str, lenient: bool) {
        let replaced = match lenient {
            true => self.replace_with(config::load(text).settings),
            false => self.replace_configuration(text),
        };
        match replaced {
            Ok(remarks) => {
                info!(target: "audit", who = "operator", from = "SIGHUP", what = "configuration read again", outcome = "ok", "operator");
                info!("configuration read again and applied");
                remarks.iter().for_each(|remark| warn!("{remark}"));
            }
            Err(NotReplaced::Wrong(findings)) => findings.iter().for_each(|finding| {
                let config::Diagnostic { line, column, message, .. } = finding;
                warn!("line {line}, column {column}: {message}: the configuration is not applied");
            }),
            Err(NotReplaced::Invalid(error)) => warn!(%error, "configuration not applied"),
        }
    }

    /// Puts another configuration in the place of the one in effect, all of it or nothing. Returns what to tell the
    /// operator.
    pub(crate) fn replace_configuration(&mut self, text: &str) -> Result<Vec<String>, NotReplaced> {
        let config::Loaded { settings, mut diagnostics, .. } = config::load(text);
        diagnostics.retain(config::Diagnostic::is_wrong);
        if !diagnostics.is_empty() {
            return Err(NotReplaced::Wrong(diagnostics));
        }
        self.replace_with(settings)
    }

    fn replace_with(&mut self, settings: config::Settings) -> Result<Vec<String>, NotReplaced> {
        let running = self.running_configuration();
        let mut wanted = settings.clone();
        for tag in self.tags_with_changed_forwarding() {
            if forwarding::is_same(&self.settings.configuration, &wanted, tag) {
                forwarding::copy(&running, &mut wanted, tag);
            }
        }
        let remarks = self.take_effect(&running, &wanted).map_err(NotReplaced::Invalid)?;
        self.settings.configuration = settings;
        self.check_logins();
        Ok(remarks)
    }

    fn tags_with_changed_forwarding(&self) -> Vec<u32> {
        forwarding::changed(&self.switch).map(|(tag, _)| tag).collect()
    }

    fn take_effect(
        &mut self,
        old: &config::Settings,
        new: &config::Settings,
    ) -> Result<Vec<String>, InvalidSettings> {
        let users = self.mobility.users();
        let made_of = |settings: &config::Settings| {
            let mut provisioned = provision_with(settings, self.settings.bind, &users);
            provisioned.settings.fit(self.settings.start);
            provisioned
        };
        let (before, after) = match concerned(old, new) {
            Some((old, new)) => (made_of(&old), made_of(&new)),
            None => (made_of(old), made_of(new)),
        };
        after.settings.switch.validate()?;
        if before.settings.uacsta.enabled && !after.settings.uacsta.enabled {
            // Sessions end with `cti shutdown`: who has registered for it is told why first.
            self.applications.report_status(SystemStatusValue::Disabled);
            self.settle();
        }
        let mut remarks = Vec::new();
        for change in difference(&before, &after) {
            remarks.extend(self.apply(change));
        }
        self.hours.due = Some(self.now);
        Ok(remarks)
    }

    /// Puts one change into effect, and returns what the operator should know about it.
    fn apply(&mut self, change: Change) -> Option<String> {
        match change {
            Change::Switch(change) => self.change_switch(change),
            Change::Hostname(name) => self.settings.hostname = name,
            Change::Music(file) => {
                self.settings.music.clone_from(&file);
                self.out.push(Output::Music { file });
            }
            Change::Sccp(settings) => {
                self.settings.sccp.clone_from(&settings);
                let (stations, mut context) = self.stations_mut();
                stations.configure(settings, &mut context);
            }
            Change::Limits(limits) => {
                self.settings.limits.clone_from(&limits);
                self.out.guard.configure(&limits);
                self.applications.configure(&limits);
                self.configure_sip();
            }
            Change::Uacsta(settings) => {
                self.settings.uacsta = settings;
                self.configure_sip();
            }
            Change::CstaTcp(settings) => {
                self.settings.csta_tcp.clone_from(&settings);
                let (csta_tcp, applications, mut context) = self.csta_tcp_mut();
                csta_tcp.configure(&settings, applications, &mut context);
                self.renew_rest_sessions();
            }
            Change::Registrar(settings) => {
                self.settings.registrar = settings;
                self.configure_sip();
            }
            Change::SipPhones(settings) => {
                self.settings.sip_phones.clone_from(&*settings);
                self.configure_sip();
                let (phones, sip, mut context) = self.sip_phones_mut();
                phones.configure(&settings, sip, &mut context);
            }
            Change::Restart(tag) => {
                if let Some(station) = self.switch.stations().by_tag(tag) {
                    let (stations, mut context) = self.stations_mut();
                    stations.reconfigured(station, &mut context);
                }
            }
            Change::Listen(Listeners { tftp, files, http, .. }) => {
                self.out.push(Output::Listen { tftp, files, http });
            }
            Change::Listeners => {
                return Some("the listening addresses change when the server is started again".to_owned());
            }
        }
        self.settle();
        None
    }

    /// Does what an operator wants done at once, and says what that is.
    pub(crate) fn act(&mut self, action: Action) -> String {
        let (phones, reboot, interval) = match action {
            Action::Restart { phones, reboot, interval } => (phones, reboot, interval),
            Action::RestartInSequence => return self.restart_in_sequence(),
            Action::CancelRestarts => {
                self.stations.cancel_restarts();
                return String::new();
            }
        };
        let ids = self.connected_phones(phones);
        let kind = if reboot { ResetType::RESET } else { ResetType::RESTART };
        let (stations, mut context) = self.stations_mut();
        for (place, id) in (0..).zip(&ids) {
            let delay = Duration::from_secs(u64::from(interval) * place);
            stations.restart_when_idle(*id, kind, delay, &mut context);
        }
        let what = if reboot { "Reset" } else { "Restart" };
        match ids.len() {
            0 => "% No such phone is registered\n".to_owned(),
            1 => String::new(),
            count => format!("{what} {count} phones: at {interval} second interval, each when it is idle\n"),
        }
    }

    /// Lets all phones reboot one after the other, and says so.
    fn restart_in_sequence(&mut self) -> String {
        let ids = self.connected_phones(Phones::All);
        let count = ids.len();
        let (stations, mut context) = self.stations_mut();
        stations.restart_in_sequence(ids, &mut context);
        match count {
            0 => "% No such phone is registered\n".to_owned(),
            count => {
                format!("Reset {count} phones: one after the other, the next when the one before is back\n")
            }
        }
    }

    fn connected_phones(&self, phones: Phones) -> Vec<StationId> {
        let wanted = |station: &StationSettings| match phones {
            Phones::All => true,
            Phones::Tag(tag) => station.tag == tag,
            Phones::Mac(mac) => station.name.get(3..) == mac.device_name().get(3..),
        };
        let all = self.switch.stations().iter().filter(|(_, station)| wanted(station.settings()));
        let connected =
            |id: &StationId| self.stations.station_info(*id).is_some_and(|info| info.link.is_some());
        all.map(|(id, _)| id).filter(connected).collect()
    }

    /// Lets the parts that speak SIP have the settings of the node.
    fn configure_sip(&mut self) {
        let settings = self.settings.clone();
        let (uacsta, mut near, mut context) = self.uacsta_mut();
        sip::configure(near.sip, &settings, context.switch);
        uacsta.configure(&settings.uacsta, &mut near, &mut context);
        near.registrar.configure(&settings.registrar, settings.uacsta.enabled, near.sip);
    }

    /// Lets the switch change, and what follows from it.
    fn change_switch(&mut self, change: core::Change) {
        match change {
            core::Change::Line(settings) => self.change_line(*settings),
            other => self.switch.handle(self.now, core::Input::Configure(other)),
        }
        let (stations, context) = self.stations_mut();
        stations.sync(context.switch);
        self.settle();
        self.settle_multicast_music();
    }

    /// Gives the switch a line whose settings say how it shall forward now. The switch takes that for news where it
    /// differs from the settings before, and leaves what a user has set where it does not.
    fn change_line(&mut self, mut settings: LineSettings) {
        let lines = self.switch.lines();
        if let Some(line) = lines.by_tag(settings.tag).and_then(|id| lines.get(id)) {
            let (configured, now) = (line.settings().forwarding.clone(), line.forwarding().clone());
            if settings.forwarding == now {
                settings.forwarding = configured;
            } else if now != configured {
                // What the user has set is configured first, so that whatever differs from that is news.
                let user = LineSettings { forwarding: now, ..settings.clone() };
                self.switch.handle(self.now, core::Input::Configure(core::Change::Line(Box::new(user))));
                self.settle();
            }
        }
        self.switch.handle(self.now, core::Input::Configure(core::Change::Line(Box::new(settings))));
    }
}
