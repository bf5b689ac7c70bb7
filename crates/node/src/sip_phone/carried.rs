//! The bodies of requests and responses: descriptions of audio.

use hookflash_wire::{
    sdp::SessionDescription,
    sip::{ContentType, Headers, Part},
};
use tracing::debug;

use super::settings::SipPhoneSettings;
use crate::sip::Flow;

/// What a body is.
pub(super) enum Carried {
    Nothing,
    Description(SessionDescription),
    /// A description that cannot be read.
    Wrong,
    Other,
}

/// The description in a body, which may be one part of several, of who is at the other end of a flow. A receiver that is
/// named is where `ip host` says, or else where the message comes from: no call waits for a name server.
pub(super) fn description(
    settings: &SipPhoneSettings,
    headers: &Headers,
    body: &[u8],
    flow: &Flow,
) -> Carried {
    let mut carried = read(headers, body);
    if let Carried::Description(theirs) = &mut carried {
        for stream in theirs.streams.iter_mut().filter(|stream| stream.address.is_none()) {
            let Some(host) = stream.host.as_deref().filter(|_| stream.dtls.is_none()) else { continue };
            let known = settings.hosts.get(host.to_ascii_lowercase().as_str());
            let known = known.and_then(|addresses| addresses.first()).copied();
            stream.address = Some(known.unwrap_or(flow.peer().ip()));
            debug!(host, address = ?stream.address, "receiver of a SIP phone is named");
        }
    }
    carried
}

fn read(headers: &Headers, body: &[u8]) -> Carried {
    if body.is_empty() {
        return Carried::Nothing;
    }
    let parse = |bytes: &[u8]| match SessionDescription::parse(bytes) {
        Ok(theirs) => Carried::Description(theirs),
        Err(error) => {
            debug!(%error, "offer or answer of a SIP phone cannot be read");
            Carried::Wrong
        }
    };
    match headers.content_type() {
        Ok(None) => parse(body),
        Ok(Some(kind)) if kind.is("application/sdp") => parse(body),
        Ok(Some(kind)) if kind.kind.eq_ignore_ascii_case("multipart") => {
            let boundary = kind.params.get("boundary").unwrap_or_default();
            let is_description = |kind: ContentType<'_>| kind.is("application/sdp");
            let mut parts = Part::all(body, boundary);
            let found = parts.find(|part| part.content_type().is_some_and(is_description));
            found.map_or(Carried::Nothing, |part| parse(part.body))
        }
        _ => Carried::Other,
    }
}
