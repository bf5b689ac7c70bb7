//! What the verbs decide about media: who exchanges it with whom, and what happens to parties that cannot.

use std::time::Duration;

use super::{clear_connection, failure, generate_digits, paging};
use crate::{
    AudioId, CallId, Codec, CodecSet, Connection, ConnectionKey, Description, EventCause, MediaAddress,
    MediaPlan, MediaSource, Output, PayloadTypes, StationId, TELEPHONE_EVENT_PAYLOAD_TYPE,
    calls::Left,
    cti::report::Audience,
    cti_device,
    media::{Audio, Leg, LegEnd, LegId, LegRole, LegState},
    registration::set_receiving,
    state::State,
    voice,
};

/// How long the parties of a call may take to exchange audio with the media engine instead of each other.
pub(crate) const RELAY_TIME: Duration = Duration::from_millis(600);

/// A party has joined or left the conversation in the call of this connection.
pub(crate) fn changed(st: &mut State, key: ConnectionKey) {
    if let Some(call) = st.calls.connection(key).map(Connection::call) {
        st.settle_media(call);
    }
}

/// The codec of a conversation of two; `None` if they have none in common.
pub(crate) fn common_codec(st: &State, one: ConnectionKey, other: ConnectionKey) -> Option<Codec> {
    codecs(st, one).common(codecs(st, other))
}

pub(crate) fn codecs(st: &State, key: ConnectionKey) -> CodecSet {
    let Some(connection) = st.calls.connection(key) else { return CodecSet::EMPTY };
    let own = connection.description().map(|description| description.codecs);
    let station = || connection.station().map(|id| st.stations[id].codecs());
    own.or_else(station).unwrap_or_default()
}

/// Who hears whom in a call. Two devices without a common codec, or in a call that is relayed for another reason, hear each
/// other through the media engine, if that has a codec for both.
pub(crate) fn plan(st: &State, call: CallId) -> MediaPlan {
    match st.calls.media_plan(call) {
        MediaPlan::Direct(one, other) if paging::is_sent_to_group(st, call) => {
            MediaPlan::Mixed([one, other].into_iter().collect())
        }
        MediaPlan::Direct(one, other) if plays_music(st, one) => with_server(st, one, other),
        MediaPlan::Direct(one, other) if plays_music(st, other) => with_server(st, other, one),
        MediaPlan::Direct(one, other) if relays(st, call, one, other) => {
            MediaPlan::Mixed([one, other].into_iter().collect())
        }
        plan => plan,
    }
}

/// A conversation with a device of the server: music, or what an application plays and records.
fn with_server(st: &State, server: ConnectionKey, other: ConnectionKey) -> MediaPlan {
    match st.voice.is_used(server) {
        true => MediaPlan::Mixed([other].into_iter().collect()),
        false => MediaPlan::Source(other, MediaSource::MusicOnHold),
    }
}

/// Whether the server is the other end of a conversation with this device.
fn plays_music(st: &State, key: ConnectionKey) -> bool {
    let station = st.calls.connection(key).and_then(Connection::station);
    station.is_some_and(|station| cti_device::plays_music(st, station))
}

/// Whether the audio of a device is encrypted.
fn is_secured(connection: &Connection) -> bool {
    connection.description().is_some_and(|description| description.secured)
}

fn relays(st: &State, call: CallId, one: ConnectionKey, other: ConnectionKey) -> bool {
    let wanted = || st.calls.get(call).is_some_and(|call| call.relayed);
    let engine = |key: ConnectionKey| {
        let answered = st.calls.connection(key).is_some_and(|own| own.station().is_some());
        answered && codecs(st, key).common(CodecSet::ENGINE).is_some()
    };
    let at_socket = |key| {
        let station = st.calls.connection(key).and_then(Connection::station);
        station.is_some_and(|station| cti_device::audio_socket::is_open_at(st, station))
    };
    let described = |key| st.calls.connection(key).and_then(Connection::description);
    let needs_engine = |key| described(key).is_some_and(|described| described.needs_engine());
    let through_engine = |key| at_socket(key) || needs_engine(key);
    let direct = || !through_engine(one) && !through_engine(other) && common_codec(st, one, other).is_some();
    (wanted() || !direct()) && engine(one) && engine(other)
}

/// The audio of the call of this connection goes through the media engine from now on.
pub(crate) fn relay(st: &mut State, key: ConnectionKey) {
    let Some(id) = st.calls.connection(key).map(Connection::call) else { return };
    if let Some(call) = st.calls.call_mut(id) {
        call.relayed = true;
    }
    st.settle_media(id);
    st.call_changed(id);
}

/// Where and what a device that calls receives, for the offer to whom it calls: what an autonomous phone has said, or the
/// channel that an ordinary one has opened.
pub(crate) fn offer_of(st: &State, caller: &Connection) -> Option<Description> {
    if let Some(description) = caller.description() {
        return Some(description);
    }
    caller.audio.filter(|audio| audio.role.is_none())?;
    let station = caller.station()?;
    Some(Description {
        address: caller.receives_at()?,
        codecs: st.stations[station].codecs(),
        payload_types: PayloadTypes::default(),
        reports: None,
        telephone_event: Some(TELEPHONE_EVENT_PAYLOAD_TYPE),
        digits_by_signalling: false,
        secured: false,
        behind: None,
    })
}

/// Whether the caller is about to say where it receives.
pub(crate) fn is_offer_expected(st: &State, call: CallId) -> bool {
    match st.calls.media_plan(call) {
        MediaPlan::Expected(caller, _) => st.calls.connection(caller).is_some_and(|own| {
            own.description().is_none() && own.audio.is_some() && own.receives_at().is_none()
        }),
        _ => false,
    }
}

/// The codec in which a caller expects to hear whom it calls.
fn expected_codec(st: &State, caller: ConnectionKey, called: ConnectionKey) -> Option<Codec> {
    let line = st.calls.connection(called)?.line();
    let there = |id: &&StationId| st.stations[**id].is_registered();
    let station = st.lines[line].stations().iter().find(there)?;
    codecs(st, caller).common(st.stations[*station].codecs())
}

/// The audio of a connection in this plan; `None` if the device has none.
fn planned(st: &State, plan: &MediaPlan, key: ConnectionKey) -> Option<Audio> {
    if st.cti_devices.is_in_use() && plays_music(st, key) {
        return None;
    }
    let mix = |key| {
        // Calls that are bridged have one mix.
        let call = st.calls.connection(key).map(Connection::call)?;
        Some(LegRole::Mixed(st.calls.bridged_to(call).map_or(call, |other| other.min(call))))
    };
    let role = match plan {
        MediaPlan::Mixed(_) if paging::sends_to(st, key).is_some() => {
            return Some(Audio::alone(Codec::G711Ulaw, mix(key)));
        }
        MediaPlan::Direct(one, other) if key == *one || key == *other => {
            return Some(Audio::alone(common_codec(st, *one, *other)?, None));
        }
        // An autonomous phone says by itself where it receives.
        MediaPlan::Expected(caller, called)
            if key == *caller && st.calls.connection(key)?.description().is_none() =>
        {
            let says = |id: &StationId| {
                let station = st.stations[*id].settings();
                !station.autonomous && station.cti_device.is_none()
            };
            st.calls.connection(key)?.station().filter(says)?;
            return Some(Audio::alone(expected_codec(st, *caller, *called)?, None));
        }
        MediaPlan::Mixed(parties) if parties.contains(&key) => mix(key)?,
        MediaPlan::Source(heard_by, source) if *heard_by == key => LegRole::Source(*source),
        _ => return None,
    };
    let own = st.calls.connection(key)?;
    let station = own.station()?;
    let group = match role {
        LegRole::Source(MediaSource::MusicOnHold) => music_group(st, station, own),
        LegRole::Mixed(_) => paging::heard_from_group(st, own),
        LegRole::Source(MediaSource::RingBack) | LegRole::Silence => None,
    };
    match group {
        Some(group) => Some(Audio { codec: Codec::G711Ulaw, role: Some(role), group: Some(group) }),
        None => Some(Audio::alone(codecs(st, key).common(CodecSet::ENGINE)?, Some(role))),
    }
}

/// The group from which a phone takes music on hold.
fn music_group(st: &State, station: StationId, own: &Connection) -> Option<MediaAddress> {
    let group = st.settings.features.multicast_music?;
    let takes = st.stations[station].settings().takes_multicast_music && own.description().is_none();
    (takes && takes_group_codec(st, own)).then_some(group)
}

/// Whether a device can play what is sent to a group, which is G.711 mu-law.
pub(super) fn takes_group_codec(st: &State, own: &Connection) -> bool {
    codecs(st, own.key()).common(CodecSet::EMPTY.with(Codec::G711Ulaw)).is_some()
}

/// Carries out the media plan of a call: removes the media address of devices whose audio has ended or changed, so that they
/// open a new channel; opens, changes and closes legs of the media engine.
pub(crate) fn settle(st: &mut State, call: CallId) {
    voice::check_states(st, call);
    let plan = plan(st, call);
    for key in st.calls.keys(call) {
        let audio = planned(st, &plan, key);
        let signal = st.calls.connection(key).and_then(|own| signal(st, own));
        let group = paging::sends_to(st, key);
        let end = end_of(st, key, audio);
        let listens = st.voice.is_used_in(st, key);
        let (sound, recording) =
            st.calls.connection(key).map(|own| voice::at_leg(st, own)).unwrap_or_default();
        let Some(connection) = st.calls.connection_mut(key) else { continue };
        let goes_on = goes_on(connection.audio, audio);
        if !goes_on {
            connection.receives_at = None;
        }
        let is_page = connection.is_page();
        connection.audio = audio;
        let send_to = group.or(connection.receives_at());
        let telephone_event = match connection.description() {
            Some(description) => description.telephone_event,
            None => Some(TELEPHONE_EVENT_PAYLOAD_TYPE),
        };
        let described = connection.description();
        let payload_types = described.map(|described| described.payload_types).unwrap_or_default();
        let reports_to = described.and_then(|described| described.reports);
        let behind = described.and_then(|described| described.behind);
        let secured = is_secured(connection).then_some(AudioId(key.reference()));
        let leg = match (audio, connection.leg.as_deref()) {
            (Some(Audio { group: Some(_), .. }), _) => None,
            (Some(Audio { codec, role, .. }), _) => role.map(|role| LegState {
                codec,
                payload_type: payload_types.of(codec),
                role,
                send_to,
                behind,
                reports_to,
                signal,
                telephone_event,
                end,
                secured,
                sound,
                recording,
                listens,
            }),
            // The keys of who encrypts hold for one place.
            (None, Some(leg)) if secured.is_some() => Some(LegState { role: LegRole::Silence, ..leg.state }),
            (None, _) => None,
        };
        if leg.is_some() || connection.leg.is_some() {
            settle_leg(st, key, leg);
        }
        // The phone of a page is not told by the verbs, which know nothing of it.
        if is_page && !goes_on {
            st.call_of_changed(key);
        }
    }
    if st.cti_devices.is_in_use() {
        cti_device::media::settle(st, call);
    }
}

/// What the other end of the leg of a connection is, if it has one.
fn end_of(st: &State, key: ConnectionKey, audio: Option<Audio>) -> LegEnd {
    match st.calls.connection(key).zip(audio).filter(|_| st.cti_devices.is_in_use()) {
        Some((own, audio)) => cti_device::audio_socket::end_of(st, own, audio.codec),
        None => LegEnd::Address,
    }
}

/// The digit that the media engine has to play to a device: one that does not hear it by the signalling.
fn signal(st: &State, own: &Connection) -> Option<char> {
    let by_engine = own.description().is_some_and(|description| !description.digits_by_signalling);
    generate_digits::heard(st, own).filter(|_| by_engine)
}

/// Whether a device that has this audio needs no new channel for that: when its call was absorbed by another one, the mix has
/// another name.
pub(crate) fn goes_on(before: Option<Audio>, after: Option<Audio>) -> bool {
    let kind = |audio: Audio| (audio.codec, audio.role.as_ref().map(std::mem::discriminant), audio.group);
    before.map(kind) == after.map(kind)
}

fn settle_leg(st: &mut State, key: ConnectionKey, wanted: Option<LegState>) {
    let Some(connection) = st.calls.connection_mut(key) else { return };
    let fits = |leg: &Leg| {
        wanted.is_some_and(|wanted| (wanted.codec, wanted.end) == (leg.state.codec, leg.state.end))
    };
    match (connection.leg.as_deref_mut(), wanted) {
        (Some(leg), Some(wanted)) if leg.state == wanted => {}
        (Some(leg), Some(wanted)) if fits(leg) => {
            let has_new_part = leg.state.role != wanted.role;
            leg.state = wanted;
            let id = leg.id;
            let inactive = leg.inactive.take_if(|_| has_new_part);
            st.timers.stop(inactive);
            st.note(Output::Leg(id, key, Some(wanted)));
        }
        _ => {
            let closed = connection.leg.take();
            close_leg(st, key, closed.as_deref());
            if let Some(wanted) = wanted {
                open_leg(st, key, wanted);
            }
            st.call_of_changed(key);
        }
    }
}

fn open_leg(st: &mut State, key: ConnectionKey, state: LegState) {
    let id = LegId(st.leg_ids.next());
    if let Some(connection) = st.calls.connection_mut(key) {
        connection.leg = Some(Box::new(Leg { id, state, receives_at: None, inactive: None }));
        st.legs.insert(id, key);
        st.note(Output::Leg(id, key, Some(state)));
    }
}

fn close_leg(st: &mut State, key: ConnectionKey, leg: Option<&Leg>) {
    if let Some(leg) = leg {
        st.timers.stop(leg.inactive);
        st.legs.remove(&leg.id);
        st.note(Output::Leg(leg.id, key, None));
    }
}

/// The connection leaves its call, and the media engine has nothing to do for it any more.
pub(crate) fn leave(st: &mut State, key: ConnectionKey) -> Option<Left> {
    voice::leaving(st, key);
    let left = st.calls.leave(key)?;
    close_leg(st, key, left.connection.leg.as_deref());
    cti_device::audio_socket::ended(st, key);
    Some(left)
}

/// The media engine receives for a leg here, or cannot with `None`. It may be closed again.
pub(crate) fn leg_opened(st: &mut State, id: LegId, address: Option<MediaAddress>) {
    let Some(key) = st.legs.get(&id).copied() else { return };
    let leg = st.calls.connection_mut(key).and_then(|connection| connection.leg.as_deref_mut());
    if let Some(leg) = leg {
        leg.receives_at = address;
        st.call_of_changed(key);
        if st.cti_devices.has_media() {
            changed(st, key);
        }
    }
}

/// The device at a leg has sent a digit as a telephone event.
pub(crate) fn leg_digit(st: &mut State, id: LegId, digit: char) {
    if let Some(key) = st.legs.get(&id).copied() {
        generate_digits::pressed(st, key, digit);
    }
}

/// Ends a call of two parties without a common codec. If others in the call ring or hold it, nothing happens, because
/// a mixer may join them later.
pub(crate) fn check_codecs(st: &mut State, key: ConnectionKey) {
    let Some(call) = st.calls.connection(key).map(Connection::call) else { return };
    if let MediaPlan::Direct(one, other) = plan(st, call)
        && st.calls.only_other(key).is_some()
        && common_codec(st, one, other).is_none()
    {
        clear_without_media(st, key);
    }
}

/// The phone receives media for the connection here.
pub(crate) fn receiving(st: &mut State, station: StationId, key: ConnectionKey, address: MediaAddress) {
    let usable = address.port != 0 && !address.ip.is_unspecified();
    if usable && streams_at(st, station, key) {
        set_receiving(st, key, Some(address));
    }
}

/// The phone cannot receive media for the connection. A refusal that comes after the call was put aside is ignored; so
/// is that of a phone that would hear a mix or a source: the others go on.
pub(crate) fn cannot_receive(st: &mut State, station: StationId, key: ConnectionKey) {
    let talks = st.calls.connection(key).is_some_and(|own| own.leg.is_none());
    if talks && streams_at(st, station, key) {
        clear_without_media(st, key);
    }
}

fn streams_at(st: &State, station: StationId, key: ConnectionKey) -> bool {
    let Some(own) = st.calls.connection(key) else { return false };
    st.stations[station].is_registered() && own.station() == Some(station) && own.audio.is_some()
}

/// Two devices cannot exchange media: the called one leaves, and the other one hears a failure tone.
fn clear_without_media(st: &mut State, key: ConnectionKey) {
    const CAUSE: EventCause = EventCause::ResourcesNotAvailable;
    let Some(other) = st.calls.only_other(key) else {
        return clear_connection::clear(st, key, CAUSE);
    };
    let (other, own_was_called) =
        (other.key(), st.calls.connection(key).is_some_and(Connection::is_incoming));
    let (leaves, stays) = if own_was_called { (key, other) } else { (other, key) };
    clear_connection::end(st, leaves, CAUSE, Audience::All);
    failure::play(st, stays, CAUSE);
}
