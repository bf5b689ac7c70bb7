//! Calls whose audio an application exchanges with the server, over a socket of its own for each connection.
//!
//! The application's end of such a connection is a leg of the media engine that has a socket in place of an address
//! ([`LegEnd::Socket`]). The connection may have a socket from its first [`MediaEventKind::StartedAtSocket`] until it is cleared: not
//! when media stops and begins again in between, as it does with hold and transfer. Sockets themselves, and what happens when
//! one is lost, are not known here: a call goes on without one, and its other parties hear nothing from the application.
//!
//! [`MediaEventKind::StartedAtSocket`]: crate::MediaEventKind::StartedAtSocket

use smol_str::SmolStr;

use super::{MediaCodec, MediaWay};
use crate::{
    Codec, CodecSet, Connection, ConnectionId, ConnectionKey, Output, Refusal, StationId,
    control::generate_digits, cti::SessionId, media::LegEnd, state::State,
};

/// The name of 16-bit linear samples, which are sent as they are.
const LINEAR: [&str; 2] = ["L16", "slin"];

/// Milliseconds of sound in a message.
const PACKET: u32 = 20;

/// Names the audio of a connection, from its beginning to its end, whatever legs it has.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord, Hash)]
pub struct AudioId(pub u32);

/// The audio of a connection, and who may have it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AudioOwners {
    /// The connection.
    pub connection: ConnectionKey,
    /// Names its audio.
    pub audio: AudioId,
    /// The codec of the socket.
    pub codec: Codec,
    /// Whether samples are sent as they are, and not in the codec.
    pub linear: bool,
    /// The sessions that have the device open for this.
    pub sessions: Vec<SessionId>,
}

/// Fails unless the media engine has all that is named.
pub(super) fn check(codecs: &[MediaCodec]) -> Result<(), Refusal> {
    let known = |codec: &MediaCodec| CodecSet::ENGINE.contains(codec.codec) && codec.packet == PACKET;
    if codecs.iter().all(known) { Ok(()) } else { Err(Refusal::InvalidParameter) }
}

/// Whether the application has the audio of the device over sockets.
pub(crate) fn is_open_at(st: &State, station: StationId) -> bool {
    st.cti_devices.openings(station).iter().any(|opening| opening.media == MediaWay::Socket)
}

/// Where the device of a connection has the audio of this codec.
pub(crate) fn end_of(st: &State, connection: &Connection, codec: Codec) -> LegEnd {
    // A call goes on without the application that had the device open.
    let before = connection.leg.as_deref().map(|leg| (leg.state.codec, leg.state.end));
    if let Some((_, end @ LegEnd::Socket { .. })) = before.filter(|(before, _)| *before == codec) {
        return end;
    }
    let openings = connection.station().map(|station| st.cti_devices.openings(station)).unwrap_or_default();
    let at_socket = openings.iter().find(|opening| opening.media == MediaWay::Socket);
    match at_socket {
        Some(opening) => LegEnd::Socket {
            audio: AudioId(connection.key().reference()),
            linear: is_linear(&opening.codecs, codec),
        },
        None => LegEnd::Address,
    }
}

/// Whether the first that the application names for a codec is linear.
fn is_linear(codecs: &[MediaCodec], codec: Codec) -> bool {
    let named = codecs.iter().find(|named| named.codec == codec);
    named.is_some_and(|named| LINEAR.iter().any(|linear| named.name.eq_ignore_ascii_case(linear)))
}

/// The audio of a connection that may have a socket; `None` if it may have none.
pub(crate) fn owners(st: &State, id: ConnectionId) -> Option<AudioOwners> {
    let key = st.calls.find(id, |own| st.cti_devices.sockets.contains(&own.key()))?;
    let station = st.calls.connection(key)?.station().filter(|_| st.cti_devices.sockets.contains(&key))?;
    let at_socket = || st.cti_devices.openings(station).iter().filter(|own| own.media == MediaWay::Socket);
    let codecs = at_socket().next().map(|opening| opening.codecs.as_slice()).unwrap_or_default();
    let codec = super::codec_set(codecs).common(CodecSet::ENGINE)?;
    Some(AudioOwners {
        connection: key,
        audio: AudioId(key.reference()),
        codec,
        linear: is_linear(codecs, codec),
        sessions: at_socket().map(|opening| opening.session).collect(),
    })
}

/// The connection has left its call for good: it has no audio any more.
pub(crate) fn ended(st: &mut State, key: ConnectionKey) {
    if st.cti_devices.sockets.remove(&key) {
        st.note(Output::AudioEnded(key));
    }
}

/// The device was taken from who had it open: nobody has the audio of its calls any more.
pub(super) fn taken(st: &mut State, station: StationId) {
    if is_open_at(st, station) {
        return;
    }
    let at_station = |key: &ConnectionKey| {
        st.calls.connection(*key).is_some_and(|connection| connection.station() == Some(station))
    };
    let keys: Vec<ConnectionKey> = st.cti_devices.sockets.iter().copied().filter(at_station).collect();
    keys.into_iter().for_each(|key| ended(st, key));
}

/// Somebody sends digits into the call of this connection: applications with sockets in it hear them there.
pub(crate) fn heard(st: &mut State, from: ConnectionKey, digits: &SmolStr) {
    if st.cti_devices.sockets.is_empty() {
        return;
    }
    let hears = |other: &Connection| st.cti_devices.sockets.contains(&other.key());
    let listeners: Vec<ConnectionKey> =
        st.calls.others(from).filter(|other| hears(other)).map(Connection::key).collect();
    for key in listeners {
        st.note(Output::AudioDigits(key, digits.clone()));
    }
}
/// The application sends a digit; nothing happens in a call that has no place for it.
pub(crate) fn send(st: &mut State, key: ConnectionKey, digit: char) {
    if st.cti_devices.sockets.contains(&key) {
        let digits = SmolStr::new_inline(digit.encode_utf8(&mut [0; 4]));
        // There is nobody to tell of a refusal.
        let _ = generate_digits::by_user(st, key, digits);
    }
}
