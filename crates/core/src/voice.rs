//! Messages that are played into calls and recorded from them, and tones that are sent into them (ECMA-269 clauses 18.1 and
//! 26): the voice unit.
//!
//! The switch says which leg of the media engine hears or records which [sound](SoundId), and when; the sounds themselves are
//! not known here.
//!
//! ```text
//!   PlayMessage ──► Output::Sound ──► Input::Sound: Ready ─┬─ response ─ Play ──► ends, is stopped, or the connection leaves ─ Stop
//!                                                 Refused ─┴─ refusal
//! ```
//!
//! A message over a connection is heard by its device. A port whose media is at the server has no ears: a message over its
//! connection is heard by the others in the call, as a tone is in any case. A recording has what is said in the call, by
//! whomever.
//!
//! # Invariants
//!
//! * Each sound that was opened with [`Output::Sound`] is closed once.
//! * A connection has at most one sound that is heard and one recording; [`MAX_SOUNDS`] is the limit of all.
//! * After Play or Record comes one Stop.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use smol_str::SmolStr;

use crate::{
    CallId, CodecSet, Connection, ConnectionId, ConnectionKey, ConnectionState, Deadline, Event, Instant,
    Output, Refusal, Request, RequestId, Response, Timer, Verb,
    control::media,
    cti::{SessionId, permission, report},
    cti_device,
    identifier::{Identifiers, NodeNumber},
    media::LegRole,
    state::State,
};

/// Sounds at the same time.
pub const MAX_SOUNDS: usize = 512;

/// How long a recording takes at most.
pub const MAX_RECORDING: Duration = Duration::from_secs(3_600);

/// The longest name of a message, in bytes.
pub const MAX_NAME: usize = 64;

/// How long it may take to find a message.
const PATIENCE: Duration = Duration::from_secs(10);

/// Names something that is played or recorded.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord, Hash)]
pub struct SoundId(pub u32);

/// What has to be done about a sound beside the legs that hear or record it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SoundOrder {
    /// Find the message with this name, to be played. [`Input::Sound`](crate::Input::Sound) follows.
    Message(SmolStr),
    /// Begin a message that is to be recorded. [`Input::Sound`](crate::Input::Sound) follows.
    Recording,
    /// A tone is to be heard.
    Tone(Tone),
    /// Remove the recorded message with this name. [`Input::Sound`](crate::Input::Sound) follows.
    Delete(SmolStr),
    /// It is not needed any more. What was recorded is complete.
    Close,
}

/// What became of an order.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SoundReport {
    /// The message is there, or was removed, or will be recorded.
    Ready {
        /// Its name.
        name: SmolStr,
        /// How long it is.
        length: Duration,
    },
    /// There is no message with this name that can be played or removed.
    Unknown,
    /// There is no room.
    Full,
}

/// Tones that can be sent into calls.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Tone {
    /// A short high tone.
    Beep,
    /// The called device is busy.
    Busy,
    /// It was done.
    Confirmation,
    /// Digits may be dialled.
    Dial,
    /// A fax machine calls.
    FaxCalling,
    /// A receiver was left off-hook.
    Howler,
    /// The call is recorded.
    RecordWarning,
    /// The call did not get through.
    Reorder,
    /// The called device rings.
    Ringback,
    /// Nothing.
    Silence,
    /// What was dialled does not exist.
    Vacant,
}

/// Something happened to a message or a recording.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SoundEvent {
    /// What.
    pub kind: SoundEventKind,
    /// The connection.
    pub connection: ConnectionId,
    /// The name of the message.
    pub message: SmolStr,
    /// How long the message is, where it is known.
    pub length: Option<Duration>,
    /// How much of it is behind.
    pub position: Duration,
    /// Why.
    pub cause: SoundCause,
}

/// What can happen to a message or a recording.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SoundEventKind {
    /// It is played from here on.
    Play,
    /// It is recorded from here on.
    Record,
    /// What is played waits.
    SuspendPlay,
    /// What is recorded waits.
    SuspendRecord,
    /// It has ended.
    Stop,
}

/// What ends a message or a recording before it is told to.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct SoundEnds {
    /// It has taken so long.
    pub after: Option<Duration>,
    /// A party has pressed a digit.
    pub at_digit: bool,
}

/// Why something happened to a message or a recording.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SoundCause {
    /// An application asked for it.
    Normal,
    /// Nothing of the message is left.
    EndOfMessage,
    /// It has taken as long as was asked for.
    DurationExceeded,
    /// A party pressed a digit.
    Digit,
    /// Something else is heard, or recorded, in its place.
    NextMessage,
    /// The connection is not in the conversation any more.
    Left,
    /// No more can be kept.
    NoRoom,
}

/// A tone that a connection sends into its call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ToneEvent {
    /// The connection.
    pub connection: ConnectionId,
    /// The tone.
    pub tone: Tone,
    /// How long it is; `None` for one that is heard until it is cancelled.
    pub length: Option<Duration>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    Message,
    Tone,
    Recording,
    Delete,
}

#[derive(Debug)]
struct Sound {
    session: SessionId,
    /// `None` for a message that is to be removed.
    at: Option<ConnectionKey>,
    kind: Kind,
    name: SmolStr,
    length: Option<Duration>,
    ends: SoundEnds,
    stage: Stage,
    /// How much is behind, up to the last time that it went on.
    behind: Duration,
    deadline: Option<Deadline>,
}

#[derive(Clone, Copy, Debug)]
enum Stage {
    /// It is being looked for; this request waits.
    Wanted(RequestId),
    /// The parties turn to the media engine.
    Prepared,
    /// It is heard, or recorded, since then.
    On(Instant),
    /// It waits.
    Suspended,
}

/// All sounds.
#[derive(Debug)]
pub(crate) struct Voice {
    sounds: BTreeMap<SoundId, Sound>,
    /// The sounds of each connection.
    by_connection: BTreeSet<(ConnectionKey, SoundId)>,
    /// Connections over which something was played, or whose call was recorded: their callers hear no music.
    used: BTreeSet<ConnectionKey>,
    ids: Identifiers,
}

impl Voice {
    pub(crate) fn new(node: NodeNumber) -> Voice {
        Voice {
            sounds: BTreeMap::new(),
            by_connection: BTreeSet::new(),
            used: BTreeSet::new(),
            ids: Identifiers::starting_at(node, 1),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.sounds.len()
    }

    /// Whether something was played or recorded at this connection.
    pub(crate) fn is_used(&self, key: ConnectionKey) -> bool {
        self.used.contains(&key)
    }

    /// Whether something was played or recorded at a connection in the call of this one.
    pub(crate) fn is_used_in(&self, st: &State, key: ConnectionKey) -> bool {
        let is_used = |key| self.used.contains(&key);
        !self.used.is_empty() && (is_used(key) || st.calls.others(key).any(|other| is_used(other.key())))
    }

    fn at(&self, key: ConnectionKey) -> impl Iterator<Item = (SoundId, &Sound)> {
        let own = self.by_connection.range((key, SoundId(0))..=(key, SoundId(u32::MAX)));
        own.filter_map(|(_, id)| Some((*id, self.sounds.get(id)?)))
    }
}

/// A request that waits until a message was found. False, and nothing has changed, if it is another request.
pub(crate) fn ask(st: &mut State, session: SessionId, id: RequestId, request: &Request) -> bool {
    let (connection, kind, name, ends) = match request {
        Request::PlayMessage { connection, message, ends } => {
            (Some(*connection), Kind::Message, message.clone(), *ends)
        }
        Request::RecordMessage { connection, ends } => {
            let after = ends.after.unwrap_or(MAX_RECORDING).min(MAX_RECORDING);
            let ends = SoundEnds { after: Some(after), ..*ends };
            (Some(*connection), Kind::Recording, SmolStr::default(), ends)
        }
        Request::DeleteMessage(message) => (None, Kind::Delete, message.clone(), SoundEnds::default()),
        _ => return false,
    };
    let found = permission::check(st, session, request).and_then(|()| match connection {
        Some(connection) => find(st, connection).map(Some),
        None => Ok(None),
    });
    let checked = found.and_then(|key| {
        check_name(&name, kind)?;
        key.map_or(Ok(()), |key| check_audio(st, key, kind))?;
        check_room(st)?;
        Ok(key)
    });
    match checked {
        Ok(at) => {
            let order = match kind {
                Kind::Recording => SoundOrder::Recording,
                Kind::Delete => SoundOrder::Delete(name.clone()),
                Kind::Message | Kind::Tone => SoundOrder::Message(name.clone()),
            };
            begin(
                st,
                order,
                Sound {
                    session,
                    at,
                    kind,
                    name,
                    length: None,
                    ends,
                    stage: Stage::Wanted(id),
                    behind: Duration::ZERO,
                    deadline: None,
                },
            );
        }
        Err(refusal) => st.note(Output::Response(session, id, Err(refusal))),
    }
    true
}

fn begin(st: &mut State, order: SoundOrder, sound: Sound) -> SoundId {
    let id = SoundId(st.voice.ids.next());
    let deadline = st.timers.start(st.now + PATIENCE, Timer::Sound(id));
    st.voice.by_connection.extend(sound.at.map(|key| (key, id)));
    st.voice.sounds.insert(id, Sound { deadline: Some(deadline), ..sound });
    st.note(Output::Sound(id, order));
    id
}

fn find(st: &State, id: ConnectionId) -> Result<ConnectionKey, Refusal> {
    let key = st.calls.find(id, |own| st.calls.permits(Verb::GenerateDigits, own));
    let key = key.ok_or(Refusal::InvalidConnection)?;
    st.calls.check(Verb::GenerateDigits, key).map(Connection::key)
}

fn check_name(name: &SmolStr, kind: Kind) -> Result<(), Refusal> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let fits =
        !name.is_empty() && name.len() <= MAX_NAME && name.chars().all(plain) && !name.starts_with('.');
    match kind == Kind::Recording || fits {
        true => Ok(()),
        false => Err(Refusal::UnknownMessage),
    }
}

fn check_room(st: &State) -> Result<(), Refusal> {
    if st.voice.sounds.len() < MAX_SOUNDS { Ok(()) } else { Err(Refusal::NoRoomForSound) }
}

/// Fails if the media engine cannot exchange audio with who is to hear it, or to be recorded.
fn check_audio(st: &State, key: ConnectionKey, kind: Kind) -> Result<(), Refusal> {
    let own = || is_heard_at(st, key, kind).then_some(key);
    let others = || st.calls.others(key).map(Connection::key);
    let listeners: Vec<ConnectionKey> = own().map_or_else(|| others().collect(), |own| vec![own]);
    let reaches = |key: &ConnectionKey| media::codecs(st, *key).common(CodecSet::ENGINE).is_some();
    if listeners.iter().any(reaches) { Ok(()) } else { Err(Refusal::RequestIncompatibleWithMedia) }
}

/// Whether the device of the connection hears what is played there, and not the others.
fn is_heard_at(st: &State, key: ConnectionKey, kind: Kind) -> bool {
    let at_server = || {
        let station = st.calls.connection(key).and_then(Connection::station);
        station.is_some_and(|station| cti_device::plays_music(st, station))
    };
    kind != Kind::Tone && !at_server()
}

/// What became of a sound.
pub(crate) fn reported(st: &mut State, id: SoundId, report: SoundReport) {
    let Some(sound) = st.voice.sounds.get_mut(&id) else { return };
    let Stage::Wanted(request) = sound.stage else {
        return if report == SoundReport::Full {
            end(st, id, SoundCause::NoRoom)
        };
    };
    let (session, kind, at) = (sound.session, sound.kind, sound.at);
    let (name, length) = match report {
        SoundReport::Ready { name, length } => (name, length),
        SoundReport::Unknown => return refuse(st, id, Refusal::UnknownMessage),
        SoundReport::Full => return refuse(st, id, Refusal::NoRoomForSound),
    };
    let Some(key) = at else {
        st.note(Output::Response(session, request, Ok(Response::Done)));
        return drop(close(st, id));
    };
    if let Err(refusal) = st.calls.check(Verb::GenerateDigits, key) {
        return refuse(st, id, refusal);
    }
    sound.name = name.clone();
    sound.length = (kind != Kind::Recording).then_some(length);
    let response = if kind == Kind::Recording { Response::Recording(name) } else { Response::Done };
    st.note(Output::Response(session, request, Ok(response)));
    let before: Vec<SoundId> = st
        .voice
        .at(key)
        .filter(|(other, sound)| {
            *other != id && !matches!(sound.stage, Stage::Wanted(_)) && is_same_slot(sound.kind, kind)
        })
        .map(|(other, _)| other)
        .collect();
    before.into_iter().for_each(|other| end(st, other, SoundCause::NextMessage));
    prepare(st, id, key);
}

fn is_same_slot(one: Kind, other: Kind) -> bool {
    (one == Kind::Recording) == (other == Kind::Recording)
}

fn refuse(st: &mut State, id: SoundId, refusal: Refusal) {
    if let Some(Sound { session, stage: Stage::Wanted(request), .. }) = close(st, id) {
        st.note(Output::Response(session, request, Err(refusal)));
    }
}

/// The parties of the call turn to the media engine, if they have not done so.
fn prepare(st: &mut State, id: SoundId, key: ConnectionKey) {
    let is_new = st.voice.used.insert(key);
    let mixed =
        |own: &Connection| matches!(own.leg.as_deref().map(|leg| leg.state.role), Some(LegRole::Mixed(_)));
    let ready = st.calls.others(key).all(mixed);
    if is_new {
        media::relay(st, key);
    }
    if !is_new || ready {
        return go_on(st, id);
    }
    let deadline = st.timers.start(st.now + media::RELAY_TIME, Timer::Sound(id));
    if let Some(sound) = st.voice.sounds.get_mut(&id) {
        sound.stage = Stage::Prepared;
        let before = sound.deadline.replace(deadline);
        st.timers.stop(before);
    }
}

/// It is heard, or recorded, from now on.
fn go_on(st: &mut State, id: SoundId) {
    let now = st.now;
    let Some(sound) = st.voice.sounds.get_mut(&id) else { return };
    sound.stage = Stage::On(now);
    let before = sound.deadline.take();
    let whole = [sound.length, sound.ends.after].into_iter().flatten().min();
    let rest = whole.map(|whole| whole.saturating_sub(sound.behind));
    st.timers.stop(before);
    if let Some(rest) = rest {
        let deadline = st.timers.start(now + rest, Timer::Sound(id));
        if let Some(sound) = st.voice.sounds.get_mut(&id) {
            sound.deadline = Some(deadline);
        }
    }
    settle(st, id);
    tell(st, id, SoundEventKind::Play, SoundCause::Normal);
}

/// The time of a sound has come.
pub(crate) fn timeout(st: &mut State, id: SoundId) {
    let Some(sound) = st.voice.sounds.get_mut(&id) else { return };
    sound.deadline = None;
    match sound.stage {
        Stage::Wanted(_) => refuse(st, id, Refusal::NoRoomForSound),
        Stage::Prepared => go_on(st, id),
        Stage::On(_) => {
            let whole =
                sound.length.is_some_and(|length| sound.ends.after.is_none_or(|after| length <= after));
            end(st, id, if whole { SoundCause::EndOfMessage } else { SoundCause::DurationExceeded });
        }
        Stage::Suspended => {}
    }
}

/// Ends what is played or recorded at a connection: all, or the message with this name.
///
/// # Errors
/// [`Refusal::UnknownMessage`] if there is nothing of that.
pub(crate) fn stop(st: &mut State, connection: ConnectionId, name: Option<&SmolStr>) -> Result<(), Refusal> {
    let sounds = named(st, connection, name, |stage| !matches!(stage, Stage::Wanted(_)))?;
    sounds.into_iter().for_each(|id| end(st, id, SoundCause::Normal));
    Ok(())
}

/// Lets what is played or recorded at a connection wait.
///
/// # Errors
/// As [`stop`].
pub(crate) fn suspend(
    st: &mut State,
    connection: ConnectionId,
    name: Option<&SmolStr>,
) -> Result<(), Refusal> {
    for id in named(st, connection, name, |stage| matches!(stage, Stage::On(_)))? {
        let now = st.now;
        let Some(sound) = st.voice.sounds.get_mut(&id) else { continue };
        sound.behind = position(sound, now);
        sound.stage = Stage::Suspended;
        let deadline = sound.deadline.take();
        st.timers.stop(deadline);
        settle(st, id);
        tell(st, id, SoundEventKind::SuspendPlay, SoundCause::Normal);
    }
    Ok(())
}

/// Goes on with what waits.
///
/// # Errors
/// As [`stop`].
pub(crate) fn resume(
    st: &mut State,
    connection: ConnectionId,
    name: Option<&SmolStr>,
    most: Option<Duration>,
) -> Result<(), Refusal> {
    for id in named(st, connection, name, |stage| matches!(stage, Stage::Suspended))? {
        if let Some((sound, most)) = st.voice.sounds.get_mut(&id).zip(most) {
            let end = sound.behind + most;
            sound.ends.after = Some(sound.ends.after.map_or(end, |after| after.min(end)));
        }
        go_on(st, id);
    }
    Ok(())
}

/// Messages and recordings at a connection in one of these stages.
fn named(
    st: &State,
    connection: ConnectionId,
    name: Option<&SmolStr>,
    stage: impl Fn(Stage) -> bool,
) -> Result<Vec<SoundId>, Refusal> {
    let key = st.calls.find(connection, |own| st.voice.at(own.key()).next().is_some());
    let key = key.or_else(|| st.calls.find(connection, |_| true)).ok_or(Refusal::InvalidConnection)?;
    let fits = |sound: &Sound| {
        sound.kind != Kind::Tone && stage(sound.stage) && name.is_none_or(|name| *name == sound.name)
    };
    let found: Vec<SoundId> = st.voice.at(key).filter(|(_, sound)| fits(sound)).map(|(id, _)| id).collect();
    if found.is_empty() { Err(Refusal::UnknownMessage) } else { Ok(found) }
}

/// Sends a tone into the call of a connection, in place of what is heard from there.
///
/// # Errors
/// When the state of the connection does not allow it, when nobody can hear it, and when there is no room.
pub(crate) fn generate_tone(
    st: &mut State,
    session: SessionId,
    connection: ConnectionId,
    tone: Tone,
    length: Option<Duration>,
) -> Result<(), Refusal> {
    let key = find(st, connection)?;
    check_audio(st, key, Kind::Tone)?;
    check_room(st)?;
    end_slot(st, key);
    report::tones(st, key, ToneEvent { connection, tone, length });
    let id = begin(
        st,
        SoundOrder::Tone(tone),
        Sound {
            session,
            at: Some(key),
            kind: Kind::Tone,
            name: SmolStr::default(),
            length: None,
            ends: SoundEnds { after: length, at_digit: false },
            stage: Stage::Prepared,
            behind: Duration::ZERO,
            deadline: None,
        },
    );
    prepare(st, id, key);
    Ok(())
}

/// Ends the tone that a connection sends.
///
/// # Errors
/// When it sends none.
pub(crate) fn cancel_tone(st: &mut State, connection: ConnectionId) -> Result<(), Refusal> {
    let key = find(st, connection)?;
    let tone = st.voice.at(key).find(|(_, sound)| sound.kind == Kind::Tone).map(|(id, _)| id);
    end(st, tone.ok_or(Refusal::NoTone)?, SoundCause::Normal);
    Ok(())
}

/// Ends what is heard over a connection.
fn end_slot(st: &mut State, key: ConnectionKey) {
    let heard = |sound: &Sound| sound.kind != Kind::Recording && !matches!(sound.stage, Stage::Wanted(_));
    let before: Vec<SoundId> = st.voice.at(key).filter(|(_, own)| heard(own)).map(|(id, _)| id).collect();
    before.into_iter().for_each(|id| end(st, id, SoundCause::NextMessage));
}

/// A party has pressed a digit, or an application has sent one: what ends with that, ends.
pub(crate) fn digit(st: &mut State, from: ConnectionKey) {
    if st.voice.sounds.is_empty() {
        return;
    }
    let ends = |sound: &Sound| sound.ends.at_digit && matches!(sound.stage, Stage::On(_) | Stage::Suspended);
    let keys = std::iter::once(from).chain(st.calls.others(from).map(Connection::key));
    let heard: Vec<SoundId> = keys
        .flat_map(|key| st.voice.at(key))
        .filter(|(_, sound)| {
            let own = sound.at == Some(from);
            let by_others = sound.at.is_some_and(|at| !is_heard_at(st, at, sound.kind));
            ends(sound) && (sound.kind == Kind::Recording || own || by_others)
        })
        .map(|(id, _)| id)
        .collect();
    heard.into_iter().for_each(|id| end(st, id, SoundCause::Digit));
}

/// A connection is about to leave its call, or is put aside: nothing is heard or recorded there any more.
pub(crate) fn leaving(st: &mut State, key: ConnectionKey) {
    if st.voice.used.is_empty() && st.voice.sounds.is_empty() {
        return;
    }
    let sounds: Vec<SoundId> = st.voice.at(key).map(|(id, _)| id).collect();
    for id in sounds {
        match st.voice.sounds.get(&id).map(|sound| sound.stage) {
            Some(Stage::Wanted(_)) => refuse(st, id, Refusal::InvalidConnection),
            _ => end(st, id, SoundCause::Left),
        }
    }
    st.voice.used.remove(&key);
}

/// The connections of a call that are put aside have nothing that is heard or recorded.
pub(crate) fn check_states(st: &mut State, call: CallId) {
    if st.voice.sounds.is_empty() {
        return;
    }
    let aside = st.calls.connections(call).filter(|own| own.state() != ConnectionState::Connected);
    let began = |sound: &Sound| !matches!(sound.stage, Stage::Wanted(_));
    let sounds = aside.flat_map(|own| st.voice.at(own.key())).filter(|(_, sound)| began(sound));
    let ended: Vec<SoundId> = sounds.map(|(id, _)| id).collect();
    ended.into_iter().for_each(|id| end(st, id, SoundCause::Left));
}

/// The session is over: what it plays and records ends.
pub(crate) fn session_closed(st: &mut State, session: SessionId) {
    let own: Vec<SoundId> =
        st.voice.sounds.iter().filter(|(_, sound)| sound.session == session).map(|(id, _)| *id).collect();
    for id in own {
        match st.voice.sounds.get(&id).map(|sound| sound.stage) {
            Some(Stage::Wanted(_)) => drop(close(st, id)),
            _ => end(st, id, SoundCause::Normal),
        }
    }
}

/// The rights of users have changed: what sessions play and record where they may do so no more ends.
pub(crate) fn rights_changed(st: &mut State) {
    let lost = |sound: &Sound| {
        let device = sound.at.and_then(|key| st.calls.connection(key)).map(Connection::device);
        let may = |device| permission::may_session_use(st, sound.session, device);
        device.is_some_and(|device| may(device) == Err(Refusal::PrivilegeViolation))
    };
    let ended: Vec<SoundId> =
        st.voice.sounds.iter().filter(|(_, own)| lost(own)).map(|(id, _)| *id).collect();
    for id in ended {
        match st.voice.sounds.get(&id).map(|sound| sound.stage) {
            Some(Stage::Wanted(_)) => refuse(st, id, Refusal::PrivilegeViolation),
            _ => end(st, id, SoundCause::Normal),
        }
    }
}

/// It ends, and who watches is told.
fn end(st: &mut State, id: SoundId, cause: SoundCause) {
    let began =
        st.voice.sounds.get(&id).is_some_and(|own| matches!(own.stage, Stage::On(_) | Stage::Suspended));
    if began {
        tell(st, id, SoundEventKind::Stop, cause);
    }
    let at = close(st, id).and_then(|sound| sound.at);
    if let Some(call) = at.and_then(|key| st.calls.connection(key)).map(Connection::call) {
        st.settle_media(call);
    }
}

fn close(st: &mut State, id: SoundId) -> Option<Sound> {
    let sound = st.voice.sounds.remove(&id)?;
    if let Some(key) = sound.at {
        st.voice.by_connection.remove(&(key, id));
    }
    st.timers.stop(sound.deadline);
    st.note(Output::Sound(id, SoundOrder::Close));
    Some(sound)
}

fn settle(st: &mut State, id: SoundId) {
    let key = st.voice.sounds.get(&id).and_then(|sound| sound.at);
    if let Some(call) = key.and_then(|key| st.calls.connection(key)).map(Connection::call) {
        st.settle_media(call);
    }
}

fn position(sound: &Sound, now: Instant) -> Duration {
    match sound.stage {
        Stage::On(since) => {
            let behind = sound.behind + now.since(since);
            sound.length.map_or(behind, |length| behind.min(length))
        }
        Stage::Wanted(_) | Stage::Prepared | Stage::Suspended => sound.behind,
    }
}

fn tell(st: &mut State, id: SoundId, kind: SoundEventKind, cause: SoundCause) {
    let Some(sound) = st.voice.sounds.get(&id) else { return };
    let kind = match (kind, sound.kind) {
        (_, Kind::Tone | Kind::Delete) => return,
        (SoundEventKind::Play, Kind::Recording) => SoundEventKind::Record,
        (SoundEventKind::SuspendPlay, Kind::Recording) => SoundEventKind::SuspendRecord,
        (kind, _) => kind,
    };
    let Some(own) = sound.at.and_then(|key| st.calls.connection(key)) else { return };
    let (connection, device) = (own.id(), own.device());
    let (message, length) = (sound.name.clone(), sound.length);
    let position = position(sound, st.now);
    let event = SoundEvent { kind, connection, message, length, position, cause };
    report::device(st, device, Event::Sound(Box::new(event)));
}

/// What the device of a connection hears beside the call, and what its leg records.
pub(crate) fn at_leg(st: &State, own: &Connection) -> (Option<SoundId>, Option<SoundId>) {
    if st.voice.sounds.is_empty() {
        return (None, None);
    }
    let on = |key: ConnectionKey| st.voice.at(key).filter(|(_, sound)| matches!(sound.stage, Stage::On(_)));
    let heard_here = on(own.key())
        .find(|(_, sound)| sound.kind != Kind::Recording && is_heard_at(st, own.key(), sound.kind));
    let others = || st.calls.others(own.key()).map(Connection::key);
    let from_others = || {
        let mut sounds = others().flat_map(|key| on(key).map(move |found| (key, found)));
        sounds
            .find(|(key, (_, sound))| sound.kind != Kind::Recording && !is_heard_at(st, *key, sound.kind))
            .map(|(_, found)| found)
    };
    let heard = heard_here.or_else(from_others).map(|(id, _)| id);
    let recording = |key| on(key).find(|(_, sound)| sound.kind == Kind::Recording).map(|(id, _)| id);
    // A port whose media is at the server has no leg: that of the first other one records.
    let in_place_of = || {
        let port =
            others().find(|key| recording(*key).is_some() && !is_heard_at(st, *key, Kind::Recording))?;
        let first = st.calls.others(port).find(|other| other.audio.is_some())?;
        (first.key() == own.key()).then(|| recording(port)).flatten()
    };
    (heard, recording(own.key()).or_else(in_place_of))
}
