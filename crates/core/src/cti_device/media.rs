//! Where the media of an application goes, call by call.
//!
//! The switch carries no media: it tells both ends where to send. For a connection at a device that is open with media, the
//! application's end is known from the opening ([`MediaWay::Static`]), or is asked for each time that media is to begin:
//!
//! ```text
//!   conversation begins ──► Requested ── SetMediaAddress ──► both addresses known: Started ──► Stopped
//!                              └─ media-exchange-timer ──► the connection is cleared (resourcesNotAvailable)
//! ```
//!
//! An application that exchanges audio over sockets ([`MediaWay::Socket`]) has no address: its media is Started as soon as it
//! begins, and the media engine is its other end.
//!
//! Media begins anew when the call is answered, retrieved, transferred, joined with another one, or changes its codec, and each
//! time the application is asked anew. Stopped comes before the event that says why; Started after it.
//!
//! # Invariants
//!
//! * Each Started is followed by one Stopped.
//! * An address is given once: whoever answers a request second is refused.

use super::{MediaWay, Opening};
use crate::{
    CallId, Codec, Connection, ConnectionId, ConnectionKey, ConnectionState, Deadline, Description, DeviceId,
    Event, EventCause, MediaAddress, PayloadTypes, Refusal, Timer,
    control::{clear_connection, media as plans},
    cti::{SessionId, report},
    media::Audio,
    state::State,
    view,
};
use smol_str::SmolStr;

/// Something about the media of a connection.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MediaEvent {
    /// What.
    pub kind: MediaEventKind,
    /// The connection.
    pub connection: ConnectionId,
    /// The number of the request, by which the answer can name it.
    pub request: u32,
    /// The codec in both directions, as the application calls it.
    pub codec: SmolStr,
    /// Milliseconds of sound in a packet.
    pub packet: u32,
}

/// What happened to the media of a connection.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MediaEventKind {
    /// The application is asked where it receives.
    Requested,
    /// Media flows.
    Started {
        /// Where the application receives.
        local: MediaAddress,
        /// Where the other end receives.
        remote: MediaAddress,
    },
    /// Media flows over a socket that the application may open.
    StartedAtSocket,
    /// Media has ended.
    Stopped,
}

/// The media of a connection whose application has some.
#[derive(Debug)]
pub(super) struct Termination {
    request: u32,
    /// What it was begun for.
    audio: Audio,
    codec: SmolStr,
    packet: u32,
    stage: Stage,
}

#[derive(Debug)]
enum Stage {
    /// The application has not said yet where it receives.
    Requested(Deadline),
    /// The other end has not said yet where it receives.
    Waiting,
    /// Media flows; the other end receives here.
    Started(MediaAddress),
    /// Media flows over a socket.
    AtSocket,
}

/// Brings the media of the applications in a call up to what the call is now. Runs when the media plan was carried out.
pub(crate) fn settle(st: &mut State, call: CallId) {
    for key in st.calls.keys(call) {
        let Some(connection) = st.calls.connection(key) else { continue };
        let Some(station) = connection.station() else { continue };
        if st.stations[station].settings().cti_device.is_none() {
            continue;
        }
        let audio = connection.audio;
        let goes_on = st
            .cti_devices
            .terminations
            .get(&key)
            .is_some_and(|own| audio.is_some() && plans::goes_on(Some(own.audio), audio));
        if !goes_on {
            stop(st, key);
            // What others may hear before somebody answers is not asked of applications: Established comes first.
            let audio = audio.filter(|_| st.calls.others(key).any(|other| other.state().is_answered()));
            if let (Some(audio), Some(opening)) = (audio, st.cti_devices.with_media(station).cloned()) {
                begin(st, key, audio, &opening);
            }
        }
        start_if_complete(st, key);
    }
}

fn begin(st: &mut State, key: ConnectionKey, audio: Audio, opening: &Opening) {
    let named = opening.codecs.iter().find(|codec| codec.codec == audio.codec);
    let (codec, packet) =
        named.map_or((usual_name(audio.codec), 20), |codec| (codec.name.clone(), codec.packet));
    let request = st.cti_devices.media_ids.next();
    let stage = match opening.media {
        MediaWay::Static(address) => {
            give_address(st, key, address, opening);
            Stage::Waiting
        }
        MediaWay::Socket => {
            st.cti_devices.sockets.insert(key);
            Stage::AtSocket
        }
        MediaWay::Dynamic | MediaWay::None | MediaWay::Auto => {
            if let Some(connection) = st.calls.connection_mut(key) {
                connection.awaits_address = true;
            }
            let after = st.settings.timeouts.media_exchange;
            Stage::Requested(st.timers.start(st.now + after, Timer::MediaExchange(key)))
        }
    };
    let begun = match stage {
        Stage::Requested(_) => Some(MediaEventKind::Requested),
        Stage::AtSocket => Some(MediaEventKind::StartedAtSocket),
        Stage::Waiting | Stage::Started(_) => None,
    };
    st.cti_devices.terminations.insert(key, Termination { request, audio, codec, packet, stage });
    if let Some(begun) = begun {
        tell(st, key, begun);
    }
}

fn usual_name(codec: Codec) -> SmolStr {
    SmolStr::new_static(match codec {
        Codec::G711Ulaw => "PCMU",
        Codec::G711Alaw => "PCMA",
        Codec::G722 => "G722",
        Codec::Opus => "opus",
        Codec::G729 => "G729",
        Codec::Ilbc => "iLBC",
    })
}

fn give_address(st: &mut State, key: ConnectionKey, address: MediaAddress, opening: &Opening) {
    let codecs = super::codec_set(&opening.codecs);
    let Some(connection) = st.calls.connection_mut(key) else { return };
    // The application is told of digits by events.
    let description = Description {
        address,
        codecs,
        payload_types: PayloadTypes::default(),
        reports: None,
        telephone_event: None,
        digits_by_signalling: true,
        secured: false,
        behind: None,
    };
    connection.phone_mut().description = Some(description);
    connection.awaits_address = false;
    st.call_of_changed(key);
}

/// An application says where the media of a connection goes.
///
/// # Errors
/// When the session has not opened the device for that, when the connection waits for no address or not for this one, and when
/// nobody can receive there.
pub(crate) fn set_address(
    st: &mut State,
    session: SessionId,
    key: ConnectionKey,
    request: Option<u32>,
    address: MediaAddress,
) -> Result<(), Refusal> {
    let connection = st.calls.connection(key).ok_or(Refusal::InvalidConnection)?;
    let (state, call) = (connection.state(), connection.call());
    let station = connection.station().ok_or(Refusal::InvalidConnectionState(state))?;
    let openings = st.cti_devices.openings(station).iter();
    let own = |opening: &&Opening| opening.session == session && opening.media == MediaWay::Dynamic;
    let opening = openings.clone().find(own).cloned().ok_or(Refusal::DeviceNotOpen)?;
    let own = st.cti_devices.terminations.get_mut(&key).ok_or(Refusal::InvalidConnectionState(state))?;
    let Stage::Requested(deadline) = own.stage else { return Err(Refusal::AddressGiven) };
    if request.is_some_and(|request| request != own.request) {
        return Err(Refusal::AddressGiven);
    }
    if address.port == 0 || address.ip.is_unspecified() || address.ip.is_multicast() {
        return Err(Refusal::InvalidParameter);
    }
    own.stage = Stage::Waiting;
    st.timers.stop(Some(deadline));
    give_address(st, key, address, &opening);
    st.settle_media(call);
    Ok(())
}

fn start_if_complete(st: &mut State, key: ConnectionKey) {
    let Some(connection) = st.calls.connection(key) else { return };
    let local = connection.description().map(|description| description.address);
    let remote = view::media(st, connection).and_then(|media| media.stream()?.transmit_to);
    let Some(own) = st.cti_devices.terminations.get_mut(&key) else { return };
    let started = match own.stage {
        Stage::Requested(_) | Stage::AtSocket => return,
        Stage::Waiting => None,
        Stage::Started(to) => Some(to),
    };
    if started == remote {
        return;
    }
    own.stage = remote.map_or(Stage::Waiting, Stage::Started);
    if started.is_some() {
        tell(st, key, MediaEventKind::Stopped);
    }
    if let (Some(local), Some(remote)) = (local, remote) {
        tell(st, key, MediaEventKind::Started { local, remote });
    }
}

/// The media of a connection ends, if it has begun. What begins it anew asks for an address anew.
pub(crate) fn stop(st: &mut State, key: ConnectionKey) {
    let Some(own) = st.cti_devices.terminations.get(&key) else { return };
    if matches!(own.stage, Stage::Started(_) | Stage::AtSocket) {
        tell(st, key, MediaEventKind::Stopped);
    }
    let Some(own) = st.cti_devices.terminations.remove(&key) else { return };
    if let Stage::Requested(deadline) = own.stage {
        st.timers.stop(Some(deadline));
    }
    if let Some(connection) = st.calls.connection_mut(key) {
        connection.phone = None;
        connection.awaits_address = false;
        let call = connection.call();
        st.settle_media(call);
    }
}

/// Who hears whom in the call is about to change: the media of its applications ends.
pub(crate) fn changing(st: &mut State, call: CallId) {
    if !st.cti_devices.has_media() {
        return;
    }
    for key in st.calls.keys(call) {
        stop(st, key);
    }
}

/// A connection is about to leave its call: its media ends, and that of the others if what they hear changes with it.
pub(crate) fn leaving(st: &mut State, key: ConnectionKey) {
    if !st.cti_devices.has_media() {
        return;
    }
    stop(st, key);
    let Some(connection) = st.calls.connection(key).filter(|own| own.state() == ConnectionState::Connected)
    else {
        return;
    };
    let call = connection.call();
    let talking = st.calls.connections(call).filter(|own| own.state() == ConnectionState::Connected);
    if talking.count() <= 3 {
        changing(st, call);
    }
}

/// The application has gone in a conversation: its media stays as it is, and nobody is told of it.
pub(super) fn abandon(st: &mut State, key: ConnectionKey) {
    st.cti_devices.terminations.remove(&key);
}

/// The application has not said in time where its media goes.
pub(crate) fn timeout(st: &mut State, key: ConnectionKey) {
    let waits =
        st.cti_devices.terminations.get(&key).is_some_and(|own| matches!(own.stage, Stage::Requested(_)));
    if waits {
        clear_connection::clear(st, key, EventCause::ResourcesNotAvailable);
    }
}

fn tell(st: &mut State, key: ConnectionKey, kind: MediaEventKind) {
    let Some(own) = st.cti_devices.terminations.get(&key) else { return };
    let Some((connection, device)) = named(st, key) else { return };
    let event =
        MediaEvent { kind, connection, request: own.request, codec: own.codec.clone(), packet: own.packet };
    report::device(st, device, Event::Media(Box::new(event)));
}

fn named(st: &State, key: ConnectionKey) -> Option<(ConnectionId, DeviceId)> {
    st.calls.connection(key).map(|own: &Connection| (own.id(), own.device()))
}
