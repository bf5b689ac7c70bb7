//! What can be wrong with a message, from the stream down to one header.

use thiserror::Error;

use super::{MAX_BODY, MAX_HEAD, Request, StatusCode};

/// Why a byte stream cannot be cut into messages. The stream has lost its place: close the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum FrameError {
    /// No blank line within [`MAX_HEAD`] bytes.
    #[error("start line and headers exceed {MAX_HEAD} bytes")]
    HeadTooLarge,
    /// Content-Length above [`MAX_BODY`].
    #[error("Content-Length {0} exceeds {MAX_BODY} bytes")]
    BodyTooLarge(u64),
    /// Content-Length is not a number, or two of them disagree.
    #[error("Content-Length is not one decimal number")]
    BadContentLength,
    /// A Content-Type announces a body, no Content-Length says where it ends.
    #[error("Content-Type without Content-Length on a stream")]
    MissingContentLength,
}

/// What [`Message::parse`](super::Message::parse) did not understand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ParseErrorKind {
    /// Nothing but line ends.
    #[error("expected a start line, got nothing")]
    Empty,
    /// The first line is neither a request line nor a status line.
    #[error("expected `METHOD URI SIP/2.0` or `SIP/2.0 CODE REASON` as the first line")]
    StartLine,
    /// The Request-URI has blanks inside or brackets around it, or no scheme.
    #[error("expected a URI without blanks or angle brackets in the request line")]
    RequestUri,
    /// A SIP version other than 2.0.
    #[error("expected SIP/2.0")]
    Version,
    /// A status code outside 100 to 699.
    #[error("expected a status code from 100 to 699")]
    StatusCode,
    /// A line of the head is no header field; lines count from 1, the start line.
    #[error("expected `Name: value` in line {line}")]
    HeaderLine {
        /// The line's number in the message.
        line: u32,
    },
    /// More than [`MAX_HEAD`] bytes of start line and headers.
    #[error("expected at most {MAX_HEAD} bytes of start line and headers")]
    HeadTooLarge,
    /// More than [`MAX_BODY`] bytes of body.
    #[error("expected at most {MAX_BODY} bytes of body")]
    BodyTooLarge,
    /// Content-Length is not a number, or two of them disagree.
    #[error("expected one decimal Content-Length")]
    ContentLength,
    /// The message ends before its body does.
    #[error("expected {expected} bytes of body, got {present}")]
    BodyTruncated {
        /// The value of Content-Length.
        expected: u64,
        /// What is there.
        present: u64,
    },
}

/// A message that cannot be used, with as much of it as was readable.
#[derive(Debug, Clone, Error)]
#[error("{kind}")]
pub struct ParseError {
    /// What was expected.
    pub kind: ParseErrorKind,
    pub(super) request: Option<Box<Request>>,
}

impl ParseError {
    /// The readable part of a refused request: method, URI text and all well-formed headers, without body.
    ///
    /// Hand it to [`MessageBuilder::reply`](super::MessageBuilder::reply) to answer with [`ParseError::status`].
    /// `None` for a response and for bytes that are no SIP; those, and an ACK, are never answered.
    pub fn request(&self) -> Option<&Request> {
        self.request.as_deref()
    }

    /// The status that tells the sender what is wrong: 400, 413, 505 or 513.
    pub fn status(&self) -> StatusCode {
        match self.kind {
            ParseErrorKind::Version => StatusCode::VERSION_NOT_SUPPORTED,
            ParseErrorKind::HeadTooLarge => StatusCode::MESSAGE_TOO_LARGE,
            ParseErrorKind::BodyTooLarge => StatusCode::REQUEST_ENTITY_TOO_LARGE,
            _ => StatusCode::BAD_REQUEST,
        }
    }
}

/// What is wrong with one header of an otherwise readable message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum HeaderError {
    /// A header this message needs is not there.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// A header that may occur once occurs again.
    #[error("{0} occurs more than once")]
    Repeated(&'static str),
    /// The value cannot be read.
    #[error("{header}: expected {expected}")]
    Malformed {
        /// The header's name.
        header: &'static str,
        /// What should have been there.
        expected: &'static str,
    },
    /// The CSeq names another method than the request line (RFC 3261, 8.1.1.5).
    #[error("CSeq names another method than the request line")]
    MethodMismatch,
}

/// Why a text is not a URI.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum UriError {
    /// No `scheme:` in front.
    #[error("expected a scheme and a colon")]
    Scheme,
    /// A sip or sips URI without a usable host.
    #[error("expected a host name or address")]
    Host,
    /// The port is not a number below 65536.
    #[error("expected a port from 0 to 65535")]
    Port,
    /// Blanks, quotes or angle brackets inside.
    #[error("expected no blanks, quotes or angle brackets")]
    Character,
}
