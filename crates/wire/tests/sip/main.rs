//! SIP messages as they really arrive, as RFC 4475 and RFC 5118 torture them, and as they leave.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod building;
mod digest;
mod framing;
mod properties;
mod torture;
mod traps;

use hookflash_wire::sip::{Message, ParseError, Request, Response};

/// A request as pidgin-sipe 1.25.0 sends it: no branch, lower-case transport, epid behind the tag.
pub const INVITE: &str = "INVITE sip:201@cme SIP/2.0\r\n\
    Via: SIP/2.0/tcp 10.0.0.1:5000\r\n\
    Max-Forwards: 70\r\n\
    From: <sip:alice@example.com>;tag=9c5a;epid=0f7b\r\n\
    To: <sip:201@cme>\r\n\
    Call-ID: 3c2e@10.0.0.1\r\n\
    CSeq: 1 INVITE\r\n\
    User-Agent: Purple/2.14.12 Sipe/1.25.0\r\n\
    Contact: <sip:alice@example.com:5000;maddr=10.0.0.1;transport=tcp>;proxy=replace\r\n\
    Supported: timer\r\n\
    Content-Disposition: signal;handling=required\r\n\
    Content-Type: application/csta+xml\r\n\
    Content-Length: 4\r\n\r\n<x/>";

/// Parses what must be a request.
pub fn request(bytes: impl AsRef<[u8]>) -> Request {
    match Message::parse(bytes.as_ref()) {
        Ok(Message::Request(request)) => request,
        other => panic!("expected a request, got {other:?}"),
    }
}

/// Parses what must be a response.
pub fn response(bytes: impl AsRef<[u8]>) -> Response {
    match Message::parse(bytes.as_ref()) {
        Ok(Message::Response(response)) => response,
        other => panic!("expected a response, got {other:?}"),
    }
}

/// Parses what must be refused.
pub fn refused(bytes: impl AsRef<[u8]>) -> ParseError {
    Message::parse(bytes.as_ref()).expect_err("expected a refusal")
}

/// An INFO with these lines added to the usual headers; each ends with CRLF.
pub fn info_with(lines: &str) -> String {
    format!(
        "INFO sip:201@cme SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\n\
         To: <sip:201@cme>;tag=2\r\nCall-ID: c\r\nCSeq: 2 INFO\r\n{lines}\r\n"
    )
}
