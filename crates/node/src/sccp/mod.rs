//! SCCP stations: phones are rendered, not scripted.
//!
//! A phone's message becomes one [`Key`] or another input of the switch; what the phone
//! then shows is derived from [`Switch::station_view`]. This module keeps what each phone shows
//! (`render::Rendered`) and its media channels, and sends the difference in the order that phones expect.
//! It makes no decision about calls.
//!
//! ```text
//!  bytes ─► Link (framing, role of the peer) ────────► keys, registration, media ─► Switch
//!  bytes ◄─ render (the difference between two views) ◄─────────── StationChanged ◄───┘
//! ```
//!
//! # A link's life
//!
//! | `Role` | what it is | how it ends |
//! | --- | --- | --- |
//! | `Silent` | connected, no valid message yet | after 30 s, or to make room for others |
//! | `Backup` | sends keepalives only: the phone is registered at another server | no message for ten minutes, or to make room |
//! | `Rejected` | registration refused; the phone shows the reason | after a second |
//! | `Station` | registered | unregistration, close, three missed keepalives, or a newer registration (`probe`) |
//!
//! A registered phone first asks for its configuration. Its calls are drawn after that: at its TimeDateReq, at
//! its first key, or a few seconds later for phones that send neither.
//!
//! # Invariants
//!
//! * A station has at most one link, and that link's role names the station.
//! * What a phone shows belongs to its registration: a phone that registers again shows nothing.
//! * A keepalive costs two look-ups: a link's timer is restarted when it expires, not when a message arrives.
//!
//! | module | content |
//! | --- | --- |
//! | `link` | connections and the roles of their peers |
//! | `phone` | the state of a registered phone |
//! | `probe` | whether a phone is alive when its name is wanted from another address |
//! | `registration` | registration, tokens, unregistration |
//! | `provisioning` | what a phone asks for when it starts |
//! | `templates` | buttons and soft keys |
//! | `keys` | from messages to keys |
//! | `render` | from views to messages |
//! | `restart`, `sequence` | letting phones register again |
//! | `push` | pages that are shown without being asked for |

mod keys;
mod link;
mod phone;
mod probe;
mod provisioning;
mod push;
mod registration;
mod render;
mod restart;
mod sequence;
mod settings;
mod templates;

#[cfg(test)]
mod tests;

use std::{
    collections::BTreeMap,
    fmt,
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use hookflash_core::{Instant, Key, StationId, StationInput, Switch, Timers, view::StationView};
use hookflash_wire::sccp::{
    ClientMessage, DecodeError, Encoding, MediaStatus, MessageId, OpenReceiveChannelAck, Register, Reset,
    ResetType, ServerMessage, UserData,
};
use smol_str::SmolStr;
use tracing::{debug, info, warn};

use crate::{
    Context, LinkId, NodeSettings, Outbox, Sizes, conference_list,
    debugging::Who,
    limits::Gathered,
    throttle::{self, Throttle},
};
use link::{Link, Links, Role};
use phone::{Phone, Progress, tell};
pub use phone::{StationInfo, StationState};
pub(crate) use registration::{NOT_CONFIGURED, TOO_MANY};
use render::{RenderTimer, Renderer};
pub use settings::SccpSettings;
pub use templates::{OfferedKeys, SoftKeyPlace, SoftKeys};

/// How long a phone may ask for its configuration before its calls are drawn all the same, and how long after
/// it has learned its lines.
const CONFIGURATION_TIME: Duration = Duration::from_secs(15);
const AFTER_AVAILABLE_LINES: Duration = Duration::from_secs(5);

/// Characters of an alarm that are kept: an Alarm has at most 79, an XmlAlarm up to 2,000.
const ALARM_LENGTH: usize = 200;

/// The timers of the phones.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Timer {
    /// The link may have been silent for too long.
    Silence(LinkId),
    /// The phone has had time to read why it was rejected.
    CloseRejected(LinkId),
    /// The phone has had time to ask for its configuration.
    Configured(StationId, LinkId),
    /// Something that a rendered phone waits for.
    Render(StationId, RenderTimer),
    /// The configuration of a phone was left alone for a while.
    Restart(StationId),
    /// The phone whose turn it was in a sequence has not come back.
    Sequence,
    /// What was kept out of the log is summed up.
    SumUp,
    /// A phone has not answered.
    Probe(StationId),
}

/// All phones; see the [module page](self).
#[derive(Debug)]
pub struct Stations {
    settings: SccpSettings,
    links: Links,
    /// By station index.
    phones: Vec<Phone>,
    timers: Timers<Timer>,
    /// Phones that are not configured, and connections that were closed for what came by them.
    rejections: Throttle,
    garbage: Throttle,
    /// Whether something was kept out of the log since it was last summed up.
    keeps_back: bool,
    /// Registrations that wait until a phone has answered, or has not.
    probes: BTreeMap<StationId, probe::Probe>,
    /// Half messages.
    gathered: Gathered,
    /// Names media channels; never 0.
    last_party_id: u32,
    /// A phone that is not configured has registered.
    newcomer: Option<(LinkId, Register)>,
    /// Names what is pushed to phones.
    last_push: u32,
    /// Phones that restart one after the other.
    sequence: sequence::Sequence,
}

impl Stations {
    /// The phones of a switch, none of them connected.
    pub fn new(settings: &NodeSettings, switch: &Switch) -> Stations {
        Stations {
            settings: settings.sccp.clone(),
            links: Links::default(),
            phones: switch
                .stations()
                .iter()
                .map(|(_, station)| Phone::new(station.settings().name.clone()))
                .collect(),
            timers: Timers::default(),
            rejections: Throttle::new(throttle::REJECTIONS),
            garbage: Throttle::new(throttle::GARBAGE),
            keeps_back: false,
            probes: BTreeMap::new(),
            gathered: Gathered::default(),
            last_party_id: switch.settings().first_identifier.saturating_sub(1),
            newcomer: None,
            last_push: 0,
            sequence: sequence::Sequence::default(),
        }
    }

    /// Whether the link is one of a phone.
    pub fn owns(&self, link: LinkId) -> bool {
        self.links.contains(link)
    }

    /// What is known of a station; `None` if there is none with this id.
    pub fn station_info(&self, station: StationId) -> Option<StationInfo<'_>> {
        self.phones.get(station.index()).map(Phone::info)
    }

    /// The other end of a link.
    pub(crate) fn peer_of(&self, link: LinkId) -> Option<SocketAddr> {
        self.links.get(link).map(|from| from.peer)
    }

    /// The phone that has registered and is not configured, once.
    pub(crate) fn take_newcomer(&mut self) -> Option<(LinkId, Register)> {
        self.newcomer.take()
    }

    /// The address of this server that is configured.
    pub(crate) fn configured_address(&self) -> Option<IpAddr> {
        self.settings.server_name.parse::<IpAddr>().ok().filter(|address| !address.is_unspecified())
    }

    /// The address at which a phone reaches this server: the one that is configured, else the one it is connected to.
    pub(crate) fn local_address(&self, station: StationId) -> Option<IpAddr> {
        let link = self.links.get(self.phones.get(station.index())?.link?)?;
        Some(provisioning::server_address(&self.settings, link.local).ip())
    }

    /// How many links are not registered.
    pub fn unregistered_links(&self) -> usize {
        self.links.unregistered()
    }

    /// Counts what is kept.
    pub(crate) fn count(&self, sizes: &mut Sizes) {
        sizes.phone_links = self.links.len();
        sizes.phone_timers = self.timers.len();
        sizes.shown_calls = self.phones.iter().map(|phone| phone.shown.call_count()).sum();
    }

    /// Bytes of half messages.
    pub(crate) fn gathered(&self) -> usize {
        self.gathered.total()
    }

    /// A peer connected to the listener for phones. When too many wait unregistered already, altogether or from its
    /// source, the oldest one of the source that has most makes room: one that is silent, or else one that only keeps
    /// alive. If all of them are being rejected, the new one is closed.
    pub fn connected(
        &mut self,
        now: Instant,
        link: LinkId,
        local: SocketAddr,
        peer: SocketAddr,
        outbox: &mut Outbox,
    ) {
        if self.settings.only_at.is_some_and(|only| only != local.ip()) {
            if outbox.guard.may_log("strict-match", peer.ip()) {
                warn!(link = link.0, %peer, %local, "phone connection refused: it addressed another server (strict-match)");
            }
            return outbox.close(link);
        }
        let (own, most) = (self.links.waiting_of(peer.ip()), outbox.guard.settings().waiting_per_source);
        let (victim, limit, value) = match () {
            () if own >= most => {
                (self.links.oldest_waiting_of(peer.ip()), "connections waiting per-source", most)
            }
            () if self.links.unregistered() >= self.most_unregistered() => {
                (self.links.oldest_waiting(), "open files", self.most_unregistered())
            }
            () => (None, "", usize::MAX),
        };
        if value != usize::MAX {
            outbox.guard.refused(limit, peer.ip(), value);
            let Some(oldest) = victim else { return outbox.close(link) };
            debug!(link = oldest.0, "waiting connection closed to make room");
            self.close(oldest, outbox);
        }
        let silence = self.timers.start(now + link::SILENT_FOR, Timer::Silence(link));
        self.links.insert(link, Link::new(now, local, peer, silence));
        debug!(link = link.0, %peer, "phone connection opened");
    }

    /// Takes one message from the front of `bytes`. Returns whether there may be another one, which is to be
    /// taken when everything that followed from this one is settled.
    pub fn received(&mut self, link: LinkId, bytes: &mut &[u8], context: &mut Context<'_>) -> bool {
        let Some(from) = self.links.get_mut(link) else { return false };
        let encoding = match from.role {
            Role::Station(station) => {
                self.phones.get(station.index()).map(|phone| phone.encoding).unwrap_or_default()
            }
            _ => Encoding::default(),
        };
        let role = from.role;
        let message = match from.framer.next(bytes) {
            Ok(None) => {
                self.bound_gathered(link, context);
                return false;
            }
            Ok(Some(frame)) => {
                // Only a whole message is a sign of life: a frame that trickles in keeps nothing open.
                from.last_heard = context.now;
                (frame.message_id, ClientMessage::decode(&frame, encoding))
            }
            Err(error) => {
                self.close_for(&error, link, context);
                return false;
            }
        };
        self.gathered.forget(link);
        if let Role::Station(station) = role {
            self.is_alive(station, context);
            if context.out.debugging.looks_at_phones() {
                self.debug_received(station, &message, context);
            }
        }
        match message {
            (_, Ok(message)) => self.handle(link, message, context),
            (MessageId::REGISTER, Err(error)) => {
                let error = format_args!("malformed registration: {error}");
                self.close_for(&error, link, context);
            }
            (_, Err(error)) => debug!(link = link.0, %error, "malformed message ignored"),
        }
        !bytes.is_empty() && self.owns(link)
    }

    /// How many links may wait: beside those of strangers, one for each configured phone that is not registered.
    fn most_unregistered(&self) -> usize {
        let registered = self.links.len() - self.links.unregistered();
        self.settings.max_unregistered.saturating_add(self.settings.reserved.saturating_sub(registered))
    }

    /// Counts the half message of a link, and gives up links when all half messages take too much.
    fn bound_gathered(&mut self, link: LinkId, context: &mut Context<'_>) {
        let Some(from) = self.links.get(link) else { return };
        self.gathered.note(link, from.peer.ip(), from.framer.buffered());
        let limit = context.out.guard.settings().budget().half_sccp;
        while let Some((victim, source)) = self.gathered.victim(limit) {
            context.out.guard.refused("memory megabytes", source, limit);
            self.lose(victim, context);
            context.out.close(victim);
        }
    }

    /// The other end closed the link.
    pub fn closed(&mut self, link: LinkId, context: &mut Context<'_>) {
        debug!(link = link.0, "phone connection closed by the other end");
        self.lose(link, context);
    }

    /// Draws the station's new picture, if its phone is ready for it.
    pub fn render(&mut self, station: StationId, context: &mut Context<'_>) {
        self.draw(station, context, |renderer, view| renderer.draw(view));
    }

    /// Draws on the screen of a phone that is ready for it; then the phone may restart if it is to.
    fn draw(
        &mut self,
        station: StationId,
        context: &mut Context<'_>,
        draw: impl FnOnce(&mut Renderer<'_>, &StationView),
    ) {
        let Some(phone) = self.phones.get_mut(station.index()) else { return };
        let (Some(link), Progress::InService) = (phone.link, phone.progress) else { return };
        let view = context.switch.station_view(station);
        let mut renderer = Renderer {
            now: context.now,
            station,
            settings: &self.settings,
            clock: context.clock,
            calls: context.switch.calls(),
            out: context.out.link(link),
            phone,
            timers: &mut self.timers,
            last_party_id: &mut self.last_party_id,
        };
        let written = renderer.out.len();
        draw(&mut renderer, &view);
        if context.out.debugging.looks_at_phones() {
            self.debug_drawn(station, link, written, context);
        }
        if let Some(phone) = self.phones.get_mut(station.index()) {
            restart::restart_if_idle(phone, &view, context);
        }
    }

    /// Does one thing that is due at or before `now`, if there is one. What the switch makes of it has to be carried out
    /// before the next one.
    pub fn handle_timeout(&mut self, context: &mut Context<'_>) -> bool {
        let Some(timer) = self.timers.pop_due(context.now) else { return false };
        match timer {
            Timer::Silence(link) => self.silence(link, context),
            Timer::CloseRejected(link) => self.close(link, context.out),
            Timer::SumUp => self.sum_up(),
            Timer::Probe(station) => self.probe_failed(station, context),
            Timer::Sequence => self.sequence_due(context),
            Timer::Restart(station) => self.restart_due(station, context),
            Timer::Configured(station, link) => {
                if self.phones.get(station.index()).is_some_and(|phone| phone.link == Some(link)) {
                    self.in_service(station, context);
                }
            }
            Timer::Render(station, timer) => {
                if let Some(phone) = self.phones.get_mut(station.index()).filter(|p| p.link.is_some()) {
                    phone.shown.timer_ended(&phone.name, timer);
                }
                self.render(station, context);
            }
        }
        true
    }

    /// Shows operators what a phone says.
    fn debug_received(
        &self,
        station: StationId,
        (message_id, message): &(MessageId, Result<ClientMessage, DecodeError>),
        context: &mut Context<'_>,
    ) {
        let Some(who) = who(station, context.switch) else { return };
        match message {
            Ok(message) => context.out.debugging.phone_says(who, *message_id, message),
            Err(error) => context.out.debugging.phone_error(who, error),
        }
    }

    /// Shows operators what was written to a phone since its buffer had this length.
    fn debug_drawn(&self, station: StationId, link: LinkId, from: usize, context: &mut Context<'_>) {
        let Some(phone) = self.phones.get(station.index()) else { return };
        let Some(who) = who(station, context.switch) else { return };
        let written = context.out.link(link).get(from..).unwrap_or_default().to_vec();
        context.out.debugging.phone_is_told(who, phone.encoding, &written);
    }

    /// When [`Stations::handle_timeout`] has something to do next.
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.timers.next()
    }

    /// The server ends: phones are told to look for another one, and all links are closed.
    pub fn shut_down(&mut self, outbox: &mut Outbox) {
        let restart = ServerMessage::Reset(Reset { kind: ResetType::RESTART });
        for (link, role) in self.links.drain() {
            if let Role::Station(station) = role
                && let Some(phone) = self.phones.get_mut(station.index())
            {
                restart.encode(phone.encoding, outbox.link(link));
                phone.leave(StationState::Unregistered);
            }
            outbox.close(link);
        }
        self.sum_up();
        self.timers = Timers::default();
    }

    /// Carries out one message.
    fn handle(&mut self, link: LinkId, message: ClientMessage, context: &mut Context<'_>) {
        match message {
            ClientMessage::KeepAlive => self.keep_alive(link, context.out),
            ClientMessage::Register(register) => self.register(link, &register, context),
            ClientMessage::RegisterTokenReq(request) => {
                self.token(link, request.device_name.as_str(), false, context);
            }
            ClientMessage::SpcpRegisterTokenReq(request) => {
                self.token(link, request.device_name.as_str(), true, context);
            }
            ClientMessage::Alarm(alarm) => self.alarm(link, &alarm.text.to_string()),
            ClientMessage::XmlAlarm(alarm) => self.alarm(link, &alarm.text.to_string()),
            ClientMessage::Unknown { message_id, .. } => {
                debug!(link = link.0, %message_id, "unknown message ignored");
            }
            message => match self.links.get(link).map(|from| from.role) {
                Some(Role::Station(station)) => self.station_message(link, station, message, context),
                // It may have been registered with an earlier server here, and waits to be told that it is not.
                Some(Role::Silent | Role::Backup) if matches!(message, ClientMessage::Unregister(_)) => {
                    registration::unregister_ack().encode(Encoding::default(), context.out.link(link));
                }
                _ => debug!(link = link.0, "message of an unregistered phone ignored"),
            },
        }
    }

    /// Carries out a message of a registered phone.
    fn station_message(
        &mut self,
        link: LinkId,
        station: StationId,
        message: ClientMessage,
        context: &mut Context<'_>,
    ) {
        let Some(phone) = self.phones.get_mut(station.index()) else { return };
        let message_id = message.message_id(phone.encoding.version);
        debug!(station = %phone.name, link = link.0, message = %message_id, "received");
        match message {
            ClientMessage::Unregister(_) => self.unregister(link, station, context),
            ClientMessage::CapabilitiesRes(capabilities)
            | ClientMessage::UpdateCapabilities(capabilities)
            | ClientMessage::UpdateCapabilitiesV2(capabilities)
            | ClientMessage::UpdateCapabilitiesV3(capabilities) => {
                let codecs = phone.learn_capabilities(&capabilities);
                context.station(station, StationInput::Capabilities(codecs));
            }
            ClientMessage::RegisterAvailableLines(_) => {
                self.await_configured(context.now + AFTER_AVAILABLE_LINES, station, link);
            }
            ClientMessage::TimeDateReq => {
                provisioning::time_date(context.now, context.clock)
                    .encode(phone.encoding, context.out.link(link));
                self.in_service(station, context);
            }
            ClientMessage::OpenReceiveChannelAck(ack) => self.receive_channel_acked(station, &ack, context),
            ClientMessage::MediaTransmissionFailure(failure) => {
                warn!(station = %phone.name, reference = failure.call_reference, "phone cannot send media");
            }
            ClientMessage::MulticastMediaReceptionAck(ack) if ack.status != MediaStatus::OK => {
                warn!(station = %phone.name, status = %ack.status, "phone cannot play what is sent to a group");
            }
            ClientMessage::DeviceToUserData(data) => chosen(station, &data, context),
            ClientMessage::DeviceToUserDataV1(data) => chosen(station, &data.user_data, context),
            ClientMessage::StartMediaTransmissionAck(ack) if ack.status != MediaStatus::OK => {
                warn!(station = %phone.name, reference = ack.call_reference, status = %ack.status, "phone cannot send media");
            }
            message => self.question_or_key(link, station, &message, context),
        }
    }

    fn receive_channel_acked(
        &mut self,
        station: StationId,
        ack: &OpenReceiveChannelAck,
        context: &mut Context<'_>,
    ) {
        let Some(phone) = self.phones.get_mut(station.index()) else { return };
        if let Some((input, deadline)) = phone.shown.receive_channel_acked(&phone.name, ack, phone.peer) {
            self.timers.stop(deadline);
            context.station(station, input);
        }
    }

    fn question_or_key(
        &mut self,
        link: LinkId,
        station: StationId,
        message: &ClientMessage,
        context: &mut Context<'_>,
    ) {
        let (Some(phone), Some(from)) = (self.phones.get(station.index()), self.links.get(link)) else {
            return;
        };
        if !provisioning::answer(message, station, phone, from, &self.settings, context) {
            self.key(station, message, context);
        } else if *message == ClientMessage::SoftKeySetReq {
            self.select_keys_again(station, context);
        }
    }

    /// The idle keys went out with the sets of soft keys: calls that are on the screen already get theirs again.
    fn select_keys_again(&mut self, station: StationId, context: &mut Context<'_>) {
        if let Some(phone) = self.phones.get_mut(station.index()) {
            phone.shown.forget_keys();
            self.render(station, context);
        }
    }

    /// Carries out a key, or shows that it does nothing here.
    fn key(&mut self, station: StationId, message: &ClientMessage, context: &mut Context<'_>) {
        match keys::key(message) {
            keys::Meaning::Key(mut key) => {
                self.in_service(station, context);
                if let Some(phone) = self.phones.get_mut(station.index()) {
                    phone.shown.forget_refusal();
                    if matches!(key, Key::OnHook { .. }) && phone.has_only_a_hook() {
                        key = Key::PutDown;
                    }
                }
                context.station(station, StationInput::Key(key));
            }
            keys::Meaning::Inactive { line, reference } => {
                if let Some(phone) = self.phones.get(station.index())
                    && let Some(link) = phone.link
                {
                    render::key_is_not_active(phone, line, reference, context.out.link(link));
                }
            }
            keys::Meaning::Nothing => {}
        }
    }

    fn keep_alive(&mut self, link: LinkId, outbox: &mut Outbox) {
        let Some(from) = self.links.get(link) else { return };
        let encoding = match from.role {
            Role::Station(station) => match self.phones.get_mut(station.index()) {
                Some(phone) => {
                    phone.keepalives = phone.keepalives.saturating_add(1);
                    phone.encoding
                }
                None => return,
            },
            Role::Silent => {
                self.links.set_role(link, Role::Backup);
                Encoding::default()
            }
            Role::Backup => Encoding::default(),
            Role::Rejected => return,
        };
        ServerMessage::KeepAliveAck.encode(encoding, outbox.link(link));
    }

    /// Notes what a phone says about itself, for `show ephone`; phones say it before they register. Of long
    /// reports the beginning is kept.
    fn alarm(&mut self, link: LinkId, text: &str) {
        debug!(link = link.0, text, "alarm");
        let Some(from) = self.links.get_mut(link) else { return };
        let alarm = SmolStr::new(&text[..text.floor_char_boundary(ALARM_LENGTH)]);
        match from.role {
            Role::Station(station) => {
                if let Some(phone) = self.phones.get_mut(station.index()) {
                    phone.last_alarm = alarm;
                }
            }
            _ => from.last_alarm = alarm,
        }
    }

    /// The link's timer expired: closes the link if it was silent, otherwise restarts the timer.
    fn silence(&mut self, link: LinkId, context: &mut Context<'_>) {
        let Some(from) = self.links.get_mut(link) else { return };
        let allowed = match from.role {
            Role::Silent => link::SILENT_FOR,
            Role::Backup => link::BACKUP_SILENT_FOR,
            Role::Station(station) => keepalive_of(&self.phones, station) * 3,
            Role::Rejected => return,
        };
        let ends = from.last_heard.max(from.since) + allowed;
        if ends > context.now {
            from.timer = self.timers.start(ends, Timer::Silence(link));
            return;
        }
        match from.role {
            Role::Station(station) => {
                let peer = from.peer;
                if let Some(phone) = self.phones.get_mut(station.index()) {
                    info!(station = %phone.name, link = link.0, %peer, "phone removed: keepalives missed");
                    phone.leave(StationState::Deceased);
                }
                context.station(station, StationInput::Unregister);
            }
            _ => debug!(link = link.0, peer = %from.peer, "silent connection closed"),
        }
        self.close(link, context.out);
    }

    /// Removes a link whose connection is gone or about to be closed; the calls of the phone stay.
    fn lose(&mut self, link: LinkId, context: &mut Context<'_>) {
        self.forget_newcomer(link);
        self.gathered.forget(link);
        let Some(gone) = self.links.remove(link) else { return };
        self.timers.stop(Some(gone.timer));
        if let Role::Station(station) = gone.role
            && let Some(phone) = self.phones.get_mut(station.index())
        {
            tell!(phone, link = link.0, peer = %gone.peer, "connection to the phone lost");
            phone.leave(StationState::Deceased);
            context.station(station, StationInput::Lost);
            self.probe_failed(station, context);
        }
    }

    /// Closes a link for what came by it.
    fn close_for(&mut self, error: &dyn fmt::Display, link: LinkId, context: &mut Context<'_>) {
        let Some(peer) = self.links.get(link).map(|from| from.peer) else { return };
        if self.garbage.may_tell(context.now, peer.ip()) {
            warn!(link = link.0, %peer, %error, "phone connection closed");
        } else {
            debug!(link = link.0, %peer, %error, "another phone connection closed");
            self.sum_up_later(context.now);
        }
        self.lose(link, context);
        context.out.close(link);
    }

    /// Something was kept out of the log.
    fn sum_up_later(&mut self, now: Instant) {
        if !std::mem::replace(&mut self.keeps_back, true) {
            self.timers.start(now + throttle::WINDOW, Timer::SumUp);
        }
    }

    /// Logs how many lines were suppressed.
    fn sum_up(&mut self) {
        self.keeps_back = false;
        self.rejections.sum_up("registrations rejected: phone is not configured");
        self.garbage.sum_up("phone connections closed for what came by them");
        for phone in &mut self.phones {
            let count = phone.take_untold();
            if count > 0 {
                warn!(station = %phone.name, "{count} more registrations of this phone");
            }
        }
    }

    /// Closes a link that no phone is registered on any more.
    fn close(&mut self, link: LinkId, outbox: &mut Outbox) {
        self.forget_newcomer(link);
        self.gathered.forget(link);
        if let Some(gone) = self.links.remove(link) {
            self.timers.stop(Some(gone.timer));
            outbox.close(link);
        }
    }

    fn await_configured(&mut self, at: Instant, station: StationId, link: LinkId) {
        let Some(phone) = self.phones.get_mut(station.index()) else { return };
        if let Progress::Configuring(deadline) = &mut phone.progress {
            self.timers.stop(Some(*deadline));
            *deadline = self.timers.start(at, Timer::Configured(station, link));
        }
    }

    /// The phone has its configuration: it gets its idle picture, then its whole view.
    fn in_service(&mut self, station: StationId, context: &mut Context<'_>) {
        let Some(phone) = self.phones.get_mut(station.index()) else { return };
        let (Progress::Configuring(deadline), Some(link)) = (phone.progress, phone.link) else { return };
        self.timers.stop(Some(deadline));
        phone.progress = Progress::InService;
        let lines =
            context.switch.stations().get(station).map_or(0, |station| station.settings().buttons.len());
        render::draw_idle(phone, &self.settings, lines, context.out.link(link));
        self.render(station, context);
    }
}

/// The user has chosen something of a page that was pushed to the phone.
fn chosen(station: StationId, data: &UserData, context: &mut Context<'_>) {
    if let Some(key) = conference_list::choice(data.application_id, &data.data) {
        context.station(station, StationInput::Key(key));
    }
}

/// A phone, for operators who look at it.
pub(super) fn who(station: StationId, switch: &Switch) -> Option<Who<'_>> {
    let settings = switch.stations().get(station)?.settings();
    Some(Who { tag: settings.tag, name: settings.name.as_str() })
}

/// The interval of keepalives that a phone was told when it registered.
fn keepalive_of(phones: &[Phone], station: StationId) -> Duration {
    let seconds = phones.get(station.index()).map_or(0, |phone| phone.keepalive_seconds);
    Duration::from_secs(seconds.into())
}
