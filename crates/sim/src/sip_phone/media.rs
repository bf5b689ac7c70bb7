//! Descriptions of media: what a phone says of itself, and what it is told (RFC 3264).

use std::net::SocketAddr;

use hookflash_sip::{Body, ContentKind};
use hookflash_wire::{
    sdp::{Direction, Format, Own, OwnStream, SessionDescription},
    sip::{HeaderName, NameAddr, Request},
};

use super::{Call, CallState, SipPhone};

/// The ports of calls repeat after so many calls.
const PORTS: u32 = 1000;

/// What both sides of a call have said about their audio.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Audio {
    /// What the phone has said of itself.
    own: Direction,
    /// What it was told of the other side; `None` before it was told anything.
    theirs: Option<Direction>,
    /// Where the other side receives.
    remote: Option<SocketAddr>,
}

impl Call {
    /// Takes a description of the other side; a body that is none changes nothing.
    pub(super) fn is_described(&mut self, body: &[u8]) {
        let Ok(description) = SessionDescription::parse(body) else { return };
        let audio = description.audio().map(|(_, audio)| audio);
        self.audio.theirs = Some(audio.map_or(Direction::Inactive, |audio| audio.direction));
        self.audio.remote = audio.and_then(|audio| {
            let address = audio.address.filter(|_| !audio.is_black_hole())?;
            Some(SocketAddr::new(address, audio.port))
        });
        self.remote = self.audio.remote.filter(|_| self.audio.theirs.is_some_and(Direction::receives));
    }

    /// Whether its user hears the other side.
    pub fn hears(&self) -> bool {
        self.state == CallState::Connected
            && self.audio.own.receives()
            && self.audio.theirs.is_some_and(Direction::sends)
    }

    /// Where its audio goes; `None` if it sends none.
    pub fn sends_to(&self) -> Option<SocketAddr> {
        let sends = self.state == CallState::Connected && self.audio.own.sends();
        self.remote.filter(|_| sends)
    }

    /// Whether the server has put it aside: neither side sends anything.
    pub fn is_put_aside(&self) -> bool {
        self.state == CallState::Connected && self.audio.theirs == Some(Direction::Inactive)
    }
}

impl SipPhone {
    /// Where it would receive the audio of a call: each has a port of its own, so that what goes to an old one is noticed.
    pub fn receives_at(&self, call: &Call) -> SocketAddr {
        let media = self.settings.media;
        let place = u16::try_from(call.id.wrapping_sub(1) % PORTS).unwrap_or(0);
        SocketAddr::new(media.ip(), media.port().saturating_add(2 * place))
    }

    /// Where it receives now.
    pub fn receiving(&self) -> impl Iterator<Item = SocketAddr> + '_ {
        self.calls.iter().filter(|call| call.hears()).map(|call| self.receives_at(call))
    }

    /// Where it sends now.
    pub fn sending(&self) -> impl Iterator<Item = SocketAddr> + '_ {
        self.calls.iter().filter_map(Call::sends_to)
    }

    /// The description of what this phone sends and receives in a call.
    pub(super) fn description(&mut self, id: u32, direction: Direction) -> Vec<u8> {
        let Some(media) = self.calls.iter().find(|call| call.id == id).map(|call| self.receives_at(call))
        else {
            return Vec::new();
        };
        let Some(call) = self.call(id) else { return Vec::new() };
        call.version += 1;
        call.audio.own = direction;
        let formats = vec![
            Format::new(0, "PCMU", 8000),
            Format::new(8, "PCMA", 8000),
            Format::new(101, "TELEPHONE-EVENT", 8000),
        ];
        let audio = OwnStream::Audio {
            address: media.ip(),
            port: media.port(),
            formats,
            direction,
            packet_time: Some(20),
            secure: false,
            crypto: Vec::new(),
            dtls: None,
        };
        let version = call.version;
        Own { session: u64::from(id), version, origin: media.ip(), streams: vec![audio] }.write()
    }
}

pub(super) fn sdp(bytes: &[u8]) -> Body<'_> {
    Body { kind: ContentKind::SDP, bytes }
}

/// Number and name of who sends a request.
pub(super) fn party(request: &Request) -> (String, String) {
    let headers = request.headers();
    let asserted = headers.get(HeaderName::P_ASSERTED_IDENTITY).and_then(NameAddr::parse);
    match asserted.or_else(|| headers.from().ok()) {
        Some(address) => shown(&address),
        None => (String::new(), String::new()),
    }
}

pub(super) fn shown(address: &NameAddr<'_>) -> (String, String) {
    let uri = address.uri().ok();
    let user = uri.as_ref().and_then(|uri| uri.user_decoded()).map(|user| user.into_owned());
    let name = address.display_name().unwrap_or_default().into_owned();
    (user.unwrap_or_else(|| address.uri_text.to_owned()), name)
}
