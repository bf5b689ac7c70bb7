//! CSTA bodies in SIP messages.

use hookflash_sip::{Body, ContentKind, Incoming};
use hookflash_wire::sip::{HeaderName, Headers, Part, Response, StatusCode};

/// The media type of CSTA bodies.
pub const CSTA_XML: &str = "application/csta+xml";

/// What a request carries.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Carried<'a> {
    /// No body.
    Nothing,
    /// A CSTA message.
    Csta(&'a [u8]),
    /// Something else.
    Other,
}

/// What the body of a request is: a CSTA message, or several parts of which the first CSTA message counts.
pub(super) fn carried(incoming: &Incoming) -> Carried<'_> {
    match csta(incoming) {
        _ if incoming.request().body().is_empty() => Carried::Nothing,
        Some(message) => Carried::Csta(message),
        None => Carried::Other,
    }
}

/// The CSTA message that a request carries.
pub(super) fn csta(incoming: &Incoming) -> Option<&[u8]> {
    csta_in(incoming.request().headers(), incoming.request().body())
}

/// The CSTA message that a response carries.
pub(super) fn csta_of_response(response: &Response) -> Option<&[u8]> {
    csta_in(response.headers(), response.body())
}

fn csta_in<'a>(headers: &'a Headers, body: &'a [u8]) -> Option<&'a [u8]> {
    let plain = |coding: &str| coding.eq_ignore_ascii_case("identity");
    if !headers.tokens(HeaderName::CONTENT_ENCODING).iter().all(plain) {
        return None;
    }
    let kind = headers.content_type().ok()??;
    if kind.is(CSTA_XML) {
        return Some(body);
    }
    let boundary = kind.params.get("boundary").filter(|_| kind.kind.eq_ignore_ascii_case("multipart"))?;
    let is_csta = |part: &Part<'_>| part.content_type().is_some_and(|kind| kind.is(CSTA_XML));
    Part::all(body, boundary).find(is_csta).map(|part| part.body)
}

/// A CSTA message to send.
pub(super) fn of(message: &[u8]) -> Body<'_> {
    let disposition = Some("signal;handling=required");
    Body { kind: ContentKind { content_type: CSTA_XML, disposition }, bytes: message }
}

/// The headers of a 415: which bodies are accepted.
pub(super) fn accepted(status: StatusCode) -> Vec<(HeaderName<'static>, String)> {
    match status {
        StatusCode::UNSUPPORTED_MEDIA_TYPE => vec![
            (HeaderName::ACCEPT, CSTA_XML.to_owned()),
            (HeaderName::new("Accept-Encoding"), "identity".to_owned()),
        ],
        _ => Vec::new(),
    }
}

/// The header of a 400 that says what is wrong with the body (RFC 3261, 20.43).
pub(super) fn warning(reason: &str) -> Vec<(HeaderName<'static>, String)> {
    let quotable = |character: char| match character {
        '"' | '\\' => '\'',
        character if character.is_control() => ' ',
        character => character,
    };
    let text: String = reason.chars().map(quotable).collect();
    vec![(HeaderName::WARNING, format!("399 hookflash \"{text}\""))]
}
