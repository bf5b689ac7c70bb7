//! Audio of CTI ports and route points over WebSocket: who may have it, and what goes with it besides audio.
//!
//! ```text
//!   DeviceOpen media=ws ──► call ──► MediaStarted audio=/csta/audio/17/220 ──► GET /csta/audio/17/220 ──► 101
//! ```
//!
//! The audio itself goes between the driver's sockets and its media engine. What comes here are digits, in both directions,
//! and the end of the call.
//!
//! # Rules
//!
//! * Who asks is known as at `/csta`. Where users are configured, it must be the user of a session that has the device open with
//!   `media=ws`.
//! * A connection has one WebSocket. A further one takes its place, so that an application whose network has failed can go on;
//!   a call goes on without one.
//! * When the connection is cleared, or its device is taken from the user, the WebSocket is closed.

use std::{collections::BTreeMap, fmt::Write, net::SocketAddr};

use hookflash_core::{self as core, AudioOwners, CallId, ConnectionKey};
use hookflash_provision::http::{Request, Response};
use hookflash_wire::csta;
use smol_str::SmolStr;

use crate::{
    AudioSocket, FetchId, LinkId, Node, Outbox, Output,
    csta::find_device,
    csta_json::{REALM, WebLogin, refused},
    verdicts::{self, Proof, Waiter},
};

/// What all paths begin with.
const PREFIX: &str = "/csta/audio/";

/// The subprotocol of messages that have nothing but audio in them.
pub const SUBPROTOCOL: &str = "audio.hookflash.v1";

/// Digits in one message of an application.
const MAX_DIGITS: usize = 32;

/// Whether a WebSocket with this path is one for audio.
pub fn is_for(path: &str) -> bool {
    path.starts_with(PREFIX)
}

/// The path of the audio of a connection.
pub(crate) fn path(connection: &csta::ConnectionId) -> SmolStr {
    let mut path = PREFIX.to_owned();
    path.push_str(connection.call_id.as_deref().unwrap_or_default());
    path.push('/');
    for byte in connection.device_id.as_ref().map(csta::DeviceId::as_str).unwrap_or_default().bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b':' | b'@' | b'+' => {
                path.push(char::from(byte));
            }
            // It is written to a string.
            other => drop(write!(path, "%{other:02X}")),
        }
    }
    path.into()
}

/// The call and the device of a path.
fn parts(path: &str) -> Option<(CallId, String)> {
    let (call, device) = path.strip_prefix(PREFIX)?.split_once('/')?;
    let number: u32 = call.parse().ok().filter(|number: &u32| number.to_string() == call)?;
    let mut bytes = Vec::with_capacity(device.len());
    let mut rest = device.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
        let value = digit(rest.next())? << 4 | digit(rest.next())?;
        bytes.push(u8::try_from(value).ok()?);
    }
    Some((CallId::from_number(number), String::from_utf8(bytes).ok()?))
}

/// The WebSockets with audio.
#[derive(Debug, Default)]
pub(crate) struct AudioSockets {
    links: BTreeMap<ConnectionKey, LinkId>,
    connections: BTreeMap<LinkId, ConnectionKey>,
    /// Connections that had one before.
    known: std::collections::BTreeSet<ConnectionKey>,
}

impl AudioSockets {
    /// The connection whose audio a link carries.
    pub(crate) fn connection(&self, link: LinkId) -> Option<ConnectionKey> {
        self.connections.get(&link).copied()
    }

    /// A link carries the audio of a connection from now on, in place of another one. Returns whether there was one before.
    fn opened(&mut self, link: LinkId, key: ConnectionKey, out: &mut Outbox) -> bool {
        if let Some(before) = self.links.insert(key, link) {
            self.connections.remove(&before);
            out.close(before);
        }
        self.connections.insert(link, key);
        !self.known.insert(key)
    }

    /// A link has gone.
    pub(crate) fn closed(&mut self, link: LinkId) {
        if let Some(key) = self.connections.remove(&link) {
            self.links.remove(&key);
        }
    }

    /// A connection has no audio any more.
    pub(crate) fn ended(&mut self, key: ConnectionKey, out: &mut Outbox) {
        self.known.remove(&key);
        if let Some(link) = self.links.remove(&key) {
            self.connections.remove(&link);
            out.close(link);
        }
    }

    /// The application hears digits.
    pub(crate) fn tell_digits(&self, key: ConnectionKey, digits: &str, out: &mut Outbox) {
        if let Some(link) = self.links.get(&key) {
            let line = out.link(*link);
            line.extend_from_slice(digits.as_bytes());
            line.push(b'\n');
        }
    }
}

impl Node {
    /// Somebody asks for the audio of a connection.
    pub(crate) fn audio_socket(
        &mut self,
        fetch: FetchId,
        link: LinkId,
        peer: SocketAddr,
        request: &Request<'_>,
    ) {
        if self.has_web_doors(request) {
            match self.proof(peer, request, |own| Waiter::Audio(fetch, link, peer, own)) {
                Proof::Known => {}
                Proof::Waits => return,
                Proof::Busy => {
                    return self.out.push(Output::HttpResponse { fetch, response: verdicts::busy() });
                }
            }
        }
        let response = match self.grant_audio(link, peer, request) {
            Ok(socket) => {
                self.out.push(Output::AudioSocket { link, socket });
                Response { status: 101, fields: Vec::new(), body: Vec::new() }
                    .field("Sec-WebSocket-Protocol", SUBPROTOCOL)
            }
            Err(refusal) => refusal,
        };
        self.out.push(Output::HttpResponse { fetch, response });
    }

    fn grant_audio(
        &mut self,
        link: LinkId,
        peer: SocketAddr,
        request: &Request<'_>,
    ) -> Result<AudioSocket, Response> {
        if !self.has_web_doors(request) {
            return Err(Response::not_found());
        }
        let login = self.web_login(peer, request).map_err(refused)?;
        if login.is_none() && !self.csta_tcp.users().is_empty() {
            return Err(Response::unauthorized(REALM));
        }
        let (call, name) = parts(request.path()).ok_or_else(Response::not_found)?;
        let owners = self.audio_owners(call, &name, login.as_ref())?;
        let resumed = self.audio.opened(link, owners.connection, &mut self.out);
        let AudioOwners { audio, codec, linear, .. } = owners;
        Ok(AudioSocket { audio, codec, linear, call: call.to_string(), device: name, resumed })
    }

    /// The audio of a connection, if the login is one of who may have it. Rights come before what there is.
    fn audio_owners(
        &self,
        call: CallId,
        name: &str,
        login: Option<&WebLogin>,
    ) -> Result<AudioOwners, Response> {
        let device = find_device(&name.into(), &self.switch).ok_or_else(Response::not_found)?;
        let user = login.map(|login| login.name.as_str()).filter(|_| !self.csta_tcp.users().is_empty());
        let forbidden = || Response::text(403, "The device is not open for this user\n");
        if user.is_some_and(|user| !self.switch.may_user_use(user, device)) {
            return Err(forbidden());
        }
        let connection = core::ConnectionId { call, device };
        let owners = self.switch.audio_of(connection).ok_or_else(Response::not_found)?;
        let is_owner = |user: &str| {
            let mut sessions = owners.sessions.iter().filter_map(|id| self.applications.session(*id));
            sessions.any(|session| session.identity().user.as_deref() == Some(user))
        };
        match user {
            Some(user) if !is_owner(user) => Err(forbidden()),
            _ => Ok(owners),
        }
    }

    /// The application that has the audio of a connection sends digits.
    pub(crate) fn audio_received(&mut self, connection: ConnectionKey, digits: &[u8]) {
        for digit in digits.iter().take(MAX_DIGITS) {
            let input = core::Input::AudioDigit(connection, char::from(*digit));
            self.switch.handle(self.now, input);
            self.settle();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_names_call_and_device() {
        for device in ["220", "tel:220", "PORT1", "a b/c%\u{e9}?"] {
            let named = csta::ConnectionId::new("17", device);
            let path = path(&named);
            assert!(!path.contains([' ', '?']) && is_for(&path), "{path}");
            assert_eq!(parts(&path), Some((CallId::from_number(17), device.to_owned())), "{path}");
        }
        for broken in ["", "17", "017/2", "x/2", "1/%f"] {
            assert_eq!(parts(&format!("{PREFIX}{broken}")), None, "{broken}");
        }
    }
}
