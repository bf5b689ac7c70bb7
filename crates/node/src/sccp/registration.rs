//! Registration, tokens, unregistration.

use std::time::Duration;

use std::sync::Arc;

use hookflash_core::{CodecSet, Instant, StationId, StationInput, Switch};
use hookflash_wire::sccp::{
    Encoding, Features, Register, RegisterAck, RegisterReject, RegisterTokenReject, ServerMessage,
    SpcpRegisterTokenAck, SpcpRegisterTokenReject, UnregisterAck, UnregisterStatus, Version,
};
use tracing::{debug, warn};

use super::{
    CONFIGURATION_TIME, Stations, Timer,
    link::Role,
    phone::{Phone, Progress, StationState, tell},
    probe::Wish,
};
use crate::{Context, LinkId};

/// How long a rejected phone may read why.
const READING_TIME: Duration = Duration::from_secs(1);

/// What a phone without an `ephone` shows; at most 31 characters.
pub(crate) const NOT_CONFIGURED: &str = "Phone is not configured";

/// What a phone shows while as many others are registered as `max-ephones` permits; at most 31 characters.
pub(crate) const TOO_MANY: &str = "No more phones may register";

/// Seconds after which a phone that is not configured may ask for a token again.
const TOKEN_WAIT: u32 = 60;

/// What SPA phones expect as features in the answer to their token request.
const SPCP_FEATURES: u32 = 65_535;

impl Stations {
    /// A phone registers. An older connection under its name is closed, and its calls go on here; if that is at another
    /// address, only when the phone does not answer there any more (`probe`).
    pub(crate) fn register(&mut self, link: LinkId, register: &Register, context: &mut Context<'_>) {
        let name = register.device_name.as_str();
        if !self.may_attempt(link, name, context) {
            return self.close_unanswered(link, name, context);
        }
        let Some(station) = station_named(context.switch, name) else {
            // Whether it is taken all the same is for the node to say, which can configure it.
            self.newcomer = Some((link, register.clone()));
            return;
        };
        if !self.has_room_for(station) {
            return self.reject(link, name, TOO_MANY, context);
        }
        let wish = || Wish::Register(Box::new(register.clone()));
        if self.waits_for_probe(station, link, wish, context) {
            return;
        }
        self.take_over(station, link, register, context);
    }

    /// Whether the source of a link may try a name: it has not failed too often, or the phone of that name was last
    /// registered from there.
    fn may_attempt(&mut self, link: LinkId, name: &str, context: &mut Context<'_>) -> bool {
        let Some(source) = self.links.get(link).map(|from| from.peer.ip()) else { return false };
        let station = station_named(context.switch, name);
        let phone = station.and_then(|station| self.phones.get(station.index()));
        let at_home = phone.and_then(|phone| phone.peer).is_some_and(|peer| peer.ip() == source);
        at_home || context.out.guard.may_attempt(source)
    }

    /// Closes a link without a word: whether the name is configured is not for its source to know.
    fn close_unanswered(&mut self, link: LinkId, name: &str, context: &mut Context<'_>) {
        debug!(link = link.0, station = name, "connection closed: its source has failed too often");
        self.lose(link, context);
        context.out.close(link);
    }

    /// A phone is registered on a link, in the place of an older one.
    pub(super) fn take_over(
        &mut self,
        station: StationId,
        link: LinkId,
        register: &Register,
        context: &mut Context<'_>,
    ) {
        match self.links.get(link).map(|from| from.role) {
            None | Some(Role::Rejected) => return,
            Some(Role::Station(before)) if before != station => self.leave_station(before, context),
            Some(_) => {}
        }
        self.retire_older_link(station, link, context);
        self.take_link(station, link, register, context.now);
        self.debug_registered(station, register, context);
        let Some(phone) = self.phones.get(station.index()) else { return };
        tell!(
            phone,
            link = link.0,
            peer = phone.peer.map(tracing::field::display),
            model = %register.device_type,
            version = phone.encoding.version.0,
            offered = phone.offered.0,
            "phone registered"
        );
        let out = context.out.link(link);
        self.register_ack(phone.encoding.version).encode(phone.encoding, out);
        ServerMessage::CapabilitiesReq.encode(phone.encoding, out);
        if !phone.is_told_of {
            self.sum_up_later(context.now);
        }
        self.give_soft_keys(station, context);
        context.station(station, StationInput::Register(CodecSet::EMPTY));
        self.came_back(station, context);
    }

    /// Shows operators that a phone has registered.
    fn debug_registered(&self, station: StationId, register: &Register, context: &mut Context<'_>) {
        let Some(who) = super::who(station, context.switch) else { return };
        let Some(phone) = self.phones.get(station.index()) else { return };
        let address = phone.peer.map_or_else(String::new, |peer| peer.to_string());
        let (device, version) = (register.device_type, phone.offered.0);
        let keepalive = phone.keepalive_seconds;
        context.out.debugging.phone_registered(who, &address, &device, version, keepalive);
    }

    /// The phone gets the soft keys that are configured for it.
    fn give_soft_keys(&mut self, station: StationId, context: &Context<'_>) {
        let tag = context.switch.stations().get(station).map_or(0, |station| station.settings().tag);
        let keys = self.settings.soft_keys.get(&tag).unwrap_or(&self.settings.usual_soft_keys);
        if let Some(phone) = self.phones.get_mut(station.index()) {
            phone.soft_keys = Arc::clone(keys);
        }
    }

    /// The link becomes that of the station, whose phone has shown nothing yet.
    fn take_link(&mut self, station: StationId, link: LinkId, register: &Register, now: Instant) {
        let keepalive_seconds = self.keepalive_seconds();
        let Some(phone) = self.phones.get_mut(station.index()) else { return };
        self.links.set_role(link, Role::Station(station));
        let Some(from) = self.links.get_mut(link) else { return };
        // The timer may be that of a backup, which may be silent for much longer.
        self.timers.stop(Some(from.timer));
        from.timer = self.timers.start(now + self.settings.keepalive * 3, Timer::Silence(link));
        if let Progress::Configuring(previous) = phone.progress {
            self.timers.stop(Some(previous));
        }
        phone.shown.deadlines().for_each(|deadline| self.timers.stop(Some(deadline)));
        let configured = self.timers.start(now + CONFIGURATION_TIME, Timer::Configured(station, link));
        phone.registered(register, Version(self.settings.max_version), now);
        phone.keepalive_seconds = keepalive_seconds;
        phone.link = Some(link);
        phone.peer = Some(from.peer);
        phone.progress = Progress::Configuring(configured);
        phone.learn_alarm(std::mem::take(&mut from.last_alarm));
    }

    /// A phone asks whether it may come back from a backup, or whether it may register at all.
    pub(super) fn token(&mut self, link: LinkId, name: &str, spcp: bool, context: &mut Context<'_>) {
        if !self.may_attempt(link, name, context) {
            return self.close_unanswered(link, name, context);
        }
        // A new phone may come where new ones are taken; whether there is room is seen when it registers.
        let station = station_named(context.switch, name);
        if let Some(station) = station
            && self.waits_for_probe(station, link, || Wish::Token { spcp }, context)
        {
            return;
        }
        let known = self.settings.registers_new_phones || station.is_some();
        if let Some(from) = self.links.get(link).filter(|_| !known) {
            context.out.guard.attempt_failed(from.peer.ip());
            if context.out.guard.may_log("token refused", from.peer.ip()) {
                warn!(station = name, link = link.0, peer = %from.peer, "token refused: phone is not configured");
            }
        }
        debug!(link = link.0, station = name, known, "token requested");
        self.answer_token(link, (known, spcp), context);
    }

    /// Gives a token, or refuses it.
    pub(super) fn answer_token(
        &mut self,
        link: LinkId,
        (given, spcp): (bool, bool),
        context: &mut Context<'_>,
    ) {
        let answer = match (given, spcp) {
            (true, false) => ServerMessage::RegisterTokenAck,
            (true, true) => {
                ServerMessage::SpcpRegisterTokenAck(SpcpRegisterTokenAck { features: SPCP_FEATURES })
            }
            (false, false) => ServerMessage::RegisterTokenReject(RegisterTokenReject {
                wait_before_next_request: TOKEN_WAIT,
            }),
            (false, true) => ServerMessage::SpcpRegisterTokenReject(SpcpRegisterTokenReject {
                wait_before_next_request: TOKEN_WAIT,
            }),
        };
        answer.encode(Encoding::default(), context.out.link(link));
        if given && self.links.get(link).is_some_and(|from| from.role == Role::Silent) {
            self.links.set_role(link, Role::Backup);
        }
    }

    /// A phone unregisters. It closes the connection itself.
    pub(super) fn unregister(&mut self, link: LinkId, station: StationId, context: &mut Context<'_>) {
        if let Some(phone) = self.phones.get_mut(station.index()) {
            unregister_ack().encode(phone.encoding, context.out.link(link));
            tell!(phone, link = link.0, "phone unregistered");
            phone.leave(StationState::Unregistered);
        }
        self.links.set_role(link, Role::Backup);
        context.station(station, StationInput::Unregister);
    }

    /// Whether one more phone may be registered, if it is not already.
    fn has_room_for(&self, station: StationId) -> bool {
        let registered = |phone: &Phone| phone.state == StationState::Registered;
        let limit = self.settings.max_registered;
        limit >= self.phones.len()
            || self.phones.get(station.index()).is_some_and(registered)
            || self.phones.iter().filter(|phone| registered(phone)).count() < limit
    }

    /// Refuses a phone.
    pub(crate) fn reject(&mut self, link: LinkId, name: &str, why: &'static str, context: &mut Context<'_>) {
        let Some(from) = self.links.get(link) else { return };
        let peer = from.peer;
        if why == NOT_CONFIGURED {
            context.out.guard.attempt_failed(peer.ip());
        }
        if let Role::Station(station) = from.role {
            self.leave_station(station, context);
        }
        if !self.rejections.may_tell(context.now, peer.ip()) {
            debug!(link = link.0, %peer, "connection of another unknown phone closed");
            self.sum_up_later(context.now);
            return self.close(link, context.out);
        }
        warn!(station = name, link = link.0, %peer, "registration rejected: {why}");
        self.reject_with_text(link, why, context);
    }

    /// Tells a phone that it is rejected, and why.
    pub(super) fn reject_with_text(&mut self, link: LinkId, why: &'static str, context: &mut Context<'_>) {
        let reject = ServerMessage::RegisterReject(RegisterReject { text: why.into() });
        reject.encode(Encoding::default(), context.out.link(link));
        self.links.set_role(link, Role::Rejected);
        if let Some(from) = self.links.get_mut(link) {
            self.timers.stop(Some(from.timer));
            from.timer = self.timers.start(context.now + READING_TIME, Timer::CloseRejected(link));
        }
    }

    /// The phone on a link registers under another name.
    pub(super) fn leave_station(&mut self, station: StationId, context: &mut Context<'_>) {
        if let Some(phone) = self.phones.get_mut(station.index()) {
            phone.leave(StationState::Deceased);
        }
        context.station(station, StationInput::Unregister);
    }

    fn retire_older_link(&mut self, station: StationId, link: LinkId, context: &mut Context<'_>) {
        let Some(phone) = self.phones.get(station.index()) else { return };
        if let Some(older) = phone.link.filter(|older| *older != link) {
            tell!(phone, link = older.0, "older connection closed by a new registration");
            self.close(older, context.out);
        }
    }

    /// The keepalive interval that is sent to phones.
    fn keepalive_seconds(&self) -> u32 {
        u32::try_from(self.settings.keepalive.as_secs()).unwrap_or(u32::MAX).max(1)
    }

    fn register_ack(&self, version: Version) -> ServerMessage {
        let seconds = self.keepalive_seconds();
        ServerMessage::RegisterAck(RegisterAck {
            keepalive_interval: seconds,
            date_template: self.settings.date_template.as_str().into(),
            secondary_keepalive_interval: seconds,
            version,
            features: Features::of_call_manager(version),
        })
    }
}

/// The answer to Unregister.
pub(super) fn unregister_ack() -> ServerMessage {
    ServerMessage::UnregisterAck(UnregisterAck { status: UnregisterStatus::OK })
}

/// The station that a phone means, whatever the case of its name. An analogue adapter need not be configured as one.
fn station_named(switch: &Switch, name: &str) -> Option<StationId> {
    let named = switch.stations().by_name(name).or_else(|| {
        let name = name.to_ascii_uppercase();
        let telephone = name.strip_prefix("ATA").map(|mac_address| format!("SEP{mac_address}"));
        switch.stations().by_name(&name).or_else(|| switch.stations().by_name(telephone?.as_str()))
    });
    let is_phone = |id: &StationId| {
        switch.stations().get(*id).is_some_and(|station| station.settings().cti_device.is_none())
    };
    named.filter(is_phone)
}
