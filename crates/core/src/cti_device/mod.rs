//! CTI ports and route points: devices without a phone, which are there while an application has them open.
//!
//! Both are [stations](crate::Station) with lines, so that the verbs work on them as on phones. A **port** has one
//! conversation at a time, as a phone. A **route point** has thousands of calls, which do not concern each other.
//!
//! ```text
//!   nobody has it open ── OpenDevice, RouteRegister ──► in service ── the last one closes it, or has gone ──► out of service
//!
//!   a call arrives ─┬─ out of service ──────────────────────────────► `call-forward unregistered`, or it fails
//!                   └─ in service: Offered ─┬─ AcceptCall ──► Delivered, and on as at a phone
//!                                           ├─ AnswerCall ──► Established
//!                                           ├─ DeflectCall, RouteSelect, ClearConnection ──► it leaves
//!                                           ├─ new-call-accept-timer ──► `call-forward unregistered`, or it fails
//!                                           └─ no application is left ──► `call-forward failure`
//! ```
//!
//! | module | what it does |
//! | --- | --- |
//! | this one | who has opened what, and how; what happens when nobody has it open any more |
//! | `offered` | calls that wait for an application |
//! | `media` | where the media of an application goes, call by call |
//! | `audio_socket` | calls whose audio an application exchanges over a socket of the server |
//! | `registrations` | who has registered for the routes of which route points |
//! | `routeing` | dialogues in which an application says where a call goes |
//!
//! # Openings
//!
//! The media of a device goes where its [`Opening`] says. Several applications may open one device, if what they say of its
//! media is the same: both none, both [`MediaWay::Auto`], or both address by address ([`MediaWay::Dynamic`]) with the same codecs. Every other second
//! opening is refused, and the first is not disturbed. A session that repeats its own opening has it already.
//!
//! # Invariants
//!
//! * A station of this kind is registered while somebody has it open, or is registered for the routes of one of its lines.
//! * When nobody has it open any more, no call waits there: each is forwarded, or fails, some at a time. Conversations go on, as
//!   far as their media goes without us; what was only begun from the device ends.
//! * A dialogue about a route ends exactly once, by one message of either side.

pub(crate) mod audio_socket;
pub(crate) mod media;
pub(crate) mod offered;
mod registrations;
pub(crate) mod routeing;

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    time::Duration,
};

use smol_str::SmolStr;

use crate::{
    Codec, CodecSet, Connection, ConnectionKey, ConnectionState, Deadline, DeviceId, EventCause, LineId,
    MediaAddress, Output, Refusal, StationId, Timer,
    control::clear_connection,
    cti::{SessionId, permission},
    identifier::{Identifiers, NodeNumber},
    registration,
    state::State,
};
use media::Termination;
use registrations::Registrations;
use routeing::Dialogue;

pub use audio_socket::{AudioId, AudioOwners};
pub use media::{MediaEvent, MediaEventKind};
pub use routeing::{DialogueId, RegistrationId, Route, RouteError, RouteMessage, RouteRequest};

/// What kind of device an application opens.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CtiDeviceKind {
    /// A CTI port: one conversation at a time.
    Port,
    /// A CTI route point: thousands of calls.
    RoutePoint,
}

/// How the media of a device goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MediaWay {
    /// The application has no media.
    None,
    /// All calls have their media here.
    Static(MediaAddress),
    /// The application is asked for an address for each call.
    Dynamic,
    /// The application exchanges audio with the server over a socket of its own for each call (WebSocket).
    Socket,
    /// The server is the other end: callers hear music until the application passes them on.
    Auto,
}

/// A codec that an application can receive.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MediaCodec {
    /// The codec.
    pub codec: Codec,
    /// What the application calls it.
    pub name: SmolStr,
    /// Milliseconds of sound in a packet.
    pub packet: u32,
}

/// One application that has a device open.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Opening {
    /// The session of the application.
    pub session: SessionId,
    /// How its media goes.
    pub media: MediaWay,
    /// What it can receive; in no particular order.
    pub codecs: Vec<MediaCodec>,
}

/// Why a device cannot be opened once more.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AlreadyOpen {
    /// Its media goes to one address, or to the sockets of one application.
    Static,
    /// Its media goes where an application says call by call, or where the server picks.
    Dynamic,
    /// It is open without media.
    None,
    /// It is open with other codecs.
    OtherCodecs,
}

impl AlreadyOpen {
    /// The name of the reason for applications.
    pub const fn name(self) -> &'static str {
        match self {
            AlreadyOpen::Static => "mediaAlreadyTerminatedStatic",
            AlreadyOpen::Dynamic => "mediaAlreadyTerminatedDynamic",
            AlreadyOpen::None => "mediaAlreadyTerminatedNone",
            AlreadyOpen::OtherCodecs => "mediaCapabilityMismatch",
        }
    }
}

/// One thing that an application has open.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Opened {
    /// A port or route point.
    Station(StationId),
    /// The routes of a route point, or of every one that it may use.
    Routes(RegistrationId, Option<DeviceId>),
}

/// What applications have opened.
#[derive(Debug)]
pub(crate) struct CtiDevices {
    openings: BTreeMap<StationId, Vec<Opening>>,
    registrations: Registrations,
    dialogues: BTreeMap<DialogueId, Dialogue>,
    /// The dialogue about a call that waits at a route point.
    by_connection: BTreeMap<ConnectionKey, DialogueId>,
    /// The media of connections whose application has some.
    terminations: BTreeMap<ConnectionKey, Termination>,
    /// Connections whose audio an application may have over a socket.
    sockets: BTreeSet<ConnectionKey>,
    /// Calls of devices that nobody has open any more, and that have not lost their application yet.
    leaving: BTreeMap<StationId, VecDeque<ConnectionKey>>,
    /// Applications that may come back, and how long what they have opened is kept.
    lost: BTreeMap<SessionId, Deadline>,
    registration_ids: Identifiers,
    dialogue_ids: Identifiers,
    media_ids: Identifiers,
}

impl CtiDevices {
    /// Nothing is open.
    pub(crate) fn new(node: NodeNumber, first: u32) -> CtiDevices {
        CtiDevices {
            openings: BTreeMap::new(),
            registrations: Registrations::default(),
            dialogues: BTreeMap::new(),
            by_connection: BTreeMap::new(),
            terminations: BTreeMap::new(),
            sockets: BTreeSet::new(),
            leaving: BTreeMap::new(),
            lost: BTreeMap::new(),
            registration_ids: Identifiers::starting_at(node, first),
            dialogue_ids: Identifiers::starting_at(node, first),
            media_ids: Identifiers::starting_at(node, 1),
        }
    }

    /// How a device is open, oldest first.
    pub(crate) fn openings(&self, station: StationId) -> &[Opening] {
        self.openings.get(&station).map(Vec::as_slice).unwrap_or_default()
    }

    /// Who has registered for routes.
    pub(crate) fn registrations(
        &self,
    ) -> impl Iterator<Item = (RegistrationId, SessionId, Option<DeviceId>)> {
        self.registrations.iter().map(|(id, own)| (id, own.session, own.device))
    }

    /// How many registrations for routes there are.
    pub(crate) fn registration_count(&self) -> usize {
        self.registrations.len()
    }

    /// The opening that says where the media goes.
    fn with_media(&self, station: StationId) -> Option<&Opening> {
        self.openings(station).iter().find(|opening| opening.media != MediaWay::None)
    }

    /// Whether the media of some call goes to an application.
    pub(crate) fn has_media(&self) -> bool {
        !self.terminations.is_empty()
    }

    /// Whether anything is open.
    pub(crate) fn is_in_use(&self) -> bool {
        !self.openings.is_empty() || self.has_media()
    }
}

/// Whether the server is the other end of the calls of the device.
pub(crate) fn plays_music(st: &State, station: StationId) -> bool {
    st.cti_devices.openings(station).iter().any(|opening| opening.media == MediaWay::Auto)
}

/// Whether calls at the line wait for an application.
pub(crate) fn is_at(st: &State, line: LineId) -> bool {
    st.lines[line].settings().cti_device.is_some()
}

/// An application opens a device.
///
/// # Errors
/// When it is no CTI port or route point, or not possible for it, or others have it open in a way that leaves no room.
pub(crate) fn open(
    st: &mut State,
    station: StationId,
    wanted: Opening,
    one_line: bool,
) -> Result<(), Refusal> {
    let kind = st.stations[station].settings().cti_device.ok_or(Refusal::RequestIncompatibleWithSubject)?;
    if kind == CtiDeviceKind::RoutePoint && matches!(wanted.media, MediaWay::Static(_)) {
        return Err(Refusal::InvalidParameter);
    }
    if wanted.media == MediaWay::Socket {
        audio_socket::check(&wanted.codecs)?;
    }
    if one_line && st.stations[station].buttons().len() != 1 {
        return Err(Refusal::RequestIncompatibleWithSubject);
    }
    if st.cti_devices.openings(station).contains(&wanted) {
        return Ok(());
    }
    for other in st.cti_devices.openings(station) {
        check_room(other, &wanted).map_err(Refusal::AlreadyOpen)?;
    }
    let codecs = match wanted.media {
        MediaWay::None => CodecSet::EMPTY,
        MediaWay::Auto => CodecSet::ENGINE,
        MediaWay::Static(_) | MediaWay::Dynamic | MediaWay::Socket => codec_set(&wanted.codecs),
    };
    st.note(Output::Opened(wanted.session, Opened::Station(station)));
    st.cti_devices.openings.entry(station).or_default().push(wanted);
    match st.stations[station].is_registered() {
        true if codecs != CodecSet::EMPTY => registration::set_codecs(st, station, codecs),
        true => {}
        false => registration::registered(st, station, codecs),
    }
    Ok(())
}

fn codec_set(codecs: &[MediaCodec]) -> CodecSet {
    codecs.iter().map(|codec| codec.codec).collect()
}

fn check_room(other: &Opening, wanted: &Opening) -> Result<(), AlreadyOpen> {
    match (other.media, wanted.media) {
        (MediaWay::None, MediaWay::None) | (MediaWay::Auto, MediaWay::Auto) => Ok(()),
        (MediaWay::Dynamic, MediaWay::Dynamic) if is_same(&other.codecs, &wanted.codecs) => Ok(()),
        (MediaWay::Dynamic, MediaWay::Dynamic) => Err(AlreadyOpen::OtherCodecs),
        (MediaWay::Static(_) | MediaWay::Socket, _) => Err(AlreadyOpen::Static),
        (MediaWay::Dynamic | MediaWay::Auto, _) => Err(AlreadyOpen::Dynamic),
        (MediaWay::None, _) => Err(AlreadyOpen::None),
    }
}

/// Whether both can receive the same, in whatever order they say it.
fn is_same(one: &[MediaCodec], other: &[MediaCodec]) -> bool {
    let has = |all: &[MediaCodec], codec: &MediaCodec| {
        all.iter().any(|own| (own.codec, own.packet) == (codec.codec, codec.packet))
    };
    one.iter().all(|codec| has(other, codec)) && other.iter().all(|codec| has(one, codec))
}

/// The session closes a device.
///
/// # Errors
/// [`Refusal::DeviceNotOpen`] if it has not opened it.
pub(crate) fn close(st: &mut State, session: SessionId, station: StationId) -> Result<(), Refusal> {
    let openings = st.cti_devices.openings.get_mut(&station).ok_or(Refusal::DeviceNotOpen)?;
    let before = openings.len();
    openings.retain(|opening| opening.session != session);
    if openings.len() == before {
        return Err(Refusal::DeviceNotOpen);
    }
    if openings.is_empty() {
        st.cti_devices.openings.remove(&station);
    }
    st.note(Output::Closed(session, Opened::Station(station)));
    settle_service(st, station);
    Ok(())
}

/// The connection to an application broke. What it has opened is kept for a while.
pub(crate) fn session_lost(st: &mut State, session: SessionId, keeps: Duration) {
    stop_waiting(st, session);
    let opened = st.cti_devices.openings.values().flatten().any(|opening| opening.session == session);
    let registered = st.cti_devices.registrations.of_session(session).next().is_some();
    if keeps.is_zero() {
        session_closed(st, session);
    } else if opened || registered {
        let deadline = st.timers.start(st.now + keeps, Timer::ApplicationLost(session));
        st.cti_devices.lost.insert(session, deadline);
    }
}

fn stop_waiting(st: &mut State, session: SessionId) {
    let deadline = st.cti_devices.lost.remove(&session);
    st.timers.stop(deadline);
}

/// The application is back: it is asked again what it has not answered.
pub(crate) fn session_resumed(st: &mut State, session: SessionId) {
    stop_waiting(st, session);
    for request in routeing::open_requests(st, session) {
        st.note(Output::Route(session, request));
    }
}

/// The application of a session has gone: all that it has opened is closed.
pub(crate) fn session_closed(st: &mut State, session: SessionId) {
    stop_waiting(st, session);
    let routes = routeing::session_closed(st, session);
    let opened: Vec<StationId> = st
        .cti_devices
        .openings
        .iter()
        .filter(|(_, openings)| openings.iter().any(|opening| opening.session == session))
        .map(|(station, _)| *station)
        .collect();
    for station in opened {
        // It has opened it.
        let _ = close(st, session, station);
    }
    if routes {
        settle_all(st);
    }
    routeing::ask_others(st);
}

/// The device is no longer configured.
pub(crate) fn forget(st: &mut State, station: StationId) {
    if st.stations[station].settings().cti_device.is_some() {
        let openings = st.cti_devices.openings.remove(&station).unwrap_or_default();
        for opening in openings {
            st.note(Output::Closed(opening.session, Opened::Station(station)));
        }
        routeing::forget(st, station);
        gone(st, station);
    }
}

/// Registrations have changed: devices that nobody has open any more go out of service, others come.
pub(crate) fn settle_all(st: &mut State) {
    let all = st.stations.iter().filter(|(_, station)| station.settings().cti_device.is_some());
    let stations: Vec<StationId> = all.map(|(id, _)| id).collect();
    stations.into_iter().for_each(|id| settle_service(st, id));
}

/// The device is in service while somebody has it open.
pub(crate) fn settle_service(st: &mut State, station: StationId) {
    let open = !st.cti_devices.openings(station).is_empty() || routeing::is_registered(st, station);
    match (st.stations[station].is_registered(), open) {
        (false, true) => registration::registered(st, station, CodecSet::EMPTY),
        (true, false) => gone(st, station),
        _ => {}
    }
}

/// Nobody has the device open any more.
fn gone(st: &mut State, station: StationId) {
    if !st.stations[station].is_registered() {
        return;
    }
    registration::cti_device_gone(st, station, |st| {
        let shown = st.connections_shown_at(station).map(Connection::key).collect();
        st.cti_devices.leaving.insert(station, shown);
        abandon_more(st, station);
    });
}

/// Lets some more calls of a device lose their application. A route point may have ten thousand of them: what all of them
/// cause at once would keep everybody else waiting, and fill the links of those who watch.
pub(crate) fn abandon_more(st: &mut State, station: StationId) {
    for _ in 0..ABANDONED_AT_ONCE {
        let next = st.cti_devices.leaving.get_mut(&station).and_then(VecDeque::pop_front);
        let Some(key) = next else {
            st.cti_devices.leaving.remove(&station);
            return;
        };
        match st.stations[station].is_registered() {
            // Somebody else has opened it meanwhile.
            true => routeing::ask_another(st, key),
            false => abandon(st, key),
        }
    }
    st.timers.start(st.now + ABANDON_PAUSE, Timer::Abandon(station));
}

/// Calls that lose their application at once, and the pause before the next ones.
const ABANDONED_AT_ONCE: usize = 40;
const ABANDON_PAUSE: Duration = Duration::from_millis(20);

/// A call loses its application: it is forwarded if it waits, and ends if it was only begun from the device. Conversations go
/// on.
fn abandon(st: &mut State, key: ConnectionKey) {
    let Some(connection) = st.calls.connection(key) else { return };
    let answered = |state: ConnectionState| state.is_answered();
    match connection.state() {
        ConnectionState::Alerting => offered::application_failed(st, key),
        ConnectionState::Connected if connection.awaits_address => {
            clear_connection::clear(st, key, EventCause::CallNotAnswered);
        }
        ConnectionState::Connected | ConnectionState::Hold
            if connection.failure().is_none()
                && st.calls.others(key).any(|other| answered(other.state())) =>
        {
            let (call, line) = (connection.call(), connection.line());
            st.note(Output::NotReleased(call, line));
            media::abandon(st, key);
        }
        _ => clear_connection::clear(st, key, EventCause::NormalClearing),
    }
}

/// Fails unless the session may use every line of the device.
pub(crate) fn may_open(st: &State, session: SessionId, station: StationId) -> Result<(), Refusal> {
    let lines: Vec<LineId> = st.stations.get(station).ok_or(Refusal::InvalidDevice)?.lines().collect();
    if lines.is_empty() {
        return Err(Refusal::PrivilegeViolation);
    }
    lines.into_iter().try_for_each(|line| permission::may_session_use(st, session, st.lines[line].device()))
}

/// The rights of users have changed, or lines that they may use: what sessions may not use any more, for one of these
/// reasons, is taken from them.
pub(crate) fn rights_changed(st: &mut State, for_this: impl Fn(Refusal) -> bool) {
    let lost: Vec<(StationId, SessionId)> = st
        .cti_devices
        .openings
        .iter()
        .flat_map(|(station, openings)| openings.iter().map(|opening| (*station, opening.session)))
        .filter(|(station, session)| may_open(st, *session, *station).is_err_and(&for_this))
        .collect();
    for (station, session) in lost {
        // It has opened it.
        let _ = close(st, session, station);
        audio_socket::taken(st, station);
    }
    routeing::rights_changed(st, for_this);
}

/// Fails if the device is a route point for which no application has said where its media goes.
pub(crate) fn check_answer(st: &State, station: StationId) -> Result<(), Refusal> {
    let is_point = st.stations[station].settings().cti_device == Some(CtiDeviceKind::RoutePoint);
    match is_point && st.cti_devices.with_media(station).is_none() {
        true => Err(Refusal::NoMediaTermination),
        false => Ok(()),
    }
}
