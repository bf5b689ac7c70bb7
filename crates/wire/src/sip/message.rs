//! Requests and responses as values.

use super::headers::{Headers, Span};
use super::{HeaderError, MessageBuilder, Method, ParseError, StatusCode, Uri, parse};

/// A SIP message.
#[derive(Debug, Clone)]
pub enum Message {
    /// A request.
    Request(Request),
    /// A response.
    Response(Response),
}

/// A request: method, Request-URI, headers, body.
#[derive(Debug, Clone)]
pub struct Request {
    /// The method.
    pub method: Method,
    pub(super) uri: Span,
    pub(super) headers: Headers,
    pub(super) body: Box<[u8]>,
    pub(super) latin1_start: bool,
}

/// A response: status, reason phrase, headers, body.
#[derive(Debug, Clone)]
pub struct Response {
    /// The status code.
    pub status: StatusCode,
    pub(super) reason: Span,
    pub(super) headers: Headers,
    pub(super) body: Box<[u8]>,
    pub(super) latin1_start: bool,
}

impl Message {
    /// Reads one message: a datagram, or what [`StreamFramer`](super::StreamFramer) cut from a stream.
    ///
    /// Without Content-Length the body is the rest of `bytes`; with it, bytes beyond the body are ignored
    /// (RFC 3261, 18.3). Headers are not looked into; [`Request::check`] does that for the mandatory ones.
    ///
    /// # Errors
    /// [`ParseError`], carrying what could be read of a request.
    pub fn parse(bytes: &[u8]) -> Result<Self, ParseError> {
        parse::message(bytes)
    }

    /// The header fields.
    pub fn headers(&self) -> &Headers {
        match self {
            Self::Request(request) => &request.headers,
            Self::Response(response) => &response.headers,
        }
    }

    /// The body; empty if there is none.
    pub fn body(&self) -> &[u8] {
        match self {
            Self::Request(request) => &request.body,
            Self::Response(response) => &response.body,
        }
    }

    /// The request, if this is one.
    pub fn as_request(&self) -> Option<&Request> {
        match self {
            Self::Request(request) => Some(request),
            Self::Response(_) => None,
        }
    }

    /// The response, if this is one.
    pub fn as_response(&self) -> Option<&Response> {
        match self {
            Self::Request(_) => None,
            Self::Response(response) => Some(response),
        }
    }

    /// Writes the message with its headers as received, unfolded, and Content-Length as the last of them.
    pub fn to_bytes(&self) -> Vec<u8> {
        MessageBuilder::copy_of(self)
    }
}

impl Request {
    /// The Request-URI. In a request carried by a [`ParseError`] it may be unusable; then it is one of
    /// [`Scheme::Other`](super::Scheme::Other) with an empty scheme.
    pub fn uri(&self) -> Uri<'_> {
        Uri::parse_or_opaque(self.uri_text())
    }

    /// The Request-URI as written.
    pub fn uri_text(&self) -> &str {
        self.uri.of(&self.headers.text)
    }

    /// The header fields.
    pub fn headers(&self) -> &Headers {
        &self.headers
    }

    /// The body; empty if there is none.
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// Looks at what every request must have: Via, From, To, Call-ID and CSeq, each readable, those but Via
    /// only once, the CSeq of this method (RFC 3261, 8.1.1), and at every Via and Contact that is there. A failure
    /// deserves a 400.
    ///
    /// # Errors
    /// The first thing wrong.
    pub fn check(&self) -> Result<(), HeaderError> {
        self.headers.via()?;
        self.headers.vias().try_for_each(|via| via.map(drop))?;
        self.headers.contacts().try_for_each(|contact| contact.map(drop))?;
        self.headers.from()?;
        self.headers.to()?;
        self.headers.call_id()?;
        if self.headers.cseq()?.method == self.method { Ok(()) } else { Err(HeaderError::MethodMismatch) }
    }
}

impl Response {
    /// The reason phrase as written, possibly empty.
    pub fn reason(&self) -> &str {
        self.reason.of(&self.headers.text)
    }

    /// The header fields.
    pub fn headers(&self) -> &Headers {
        &self.headers
    }

    /// The body; empty if there is none.
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// Looks at what every response must have; see [`Request::check`]. A failure means: drop it.
    ///
    /// # Errors
    /// The first thing wrong.
    pub fn check(&self) -> Result<(), HeaderError> {
        self.headers.via()?;
        self.headers.from()?;
        self.headers.to()?;
        self.headers.call_id()?;
        self.headers.cseq().map(drop)
    }
}
