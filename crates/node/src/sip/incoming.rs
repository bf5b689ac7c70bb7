//! A request on its way to be answered.

use hookflash_wire::sip::{self as wire, ContentType, HeaderName, Method, NameAddr};

use super::{CSTA_XML, DialogId, Flow, transaction::Key};

/// A request that waits for its answer. Give it to [`Endpoint::reply`](super::Endpoint::reply), once.
#[derive(Debug)]
#[must_use]
pub struct Incoming {
    pub(super) request: wire::Request,
    pub(super) flow: Flow,
    /// What a repetition of it is known by; only over UDP.
    pub(super) key: Option<Key>,
    /// The dialog it belongs to, or begins.
    pub(super) dialog: Option<DialogId>,
    /// It began the dialog, which ends again if it is refused.
    pub(super) opens: bool,
}

impl Incoming {
    /// The request.
    pub fn request(&self) -> &wire::Request {
        &self.request
    }

    /// How it came.
    pub fn flow(&self) -> &Flow {
        &self.flow
    }

    /// The dialog it belongs to; `None` for an INVITE that wants to begin one.
    pub fn dialog(&self) -> Option<DialogId> {
        self.dialog
    }

    /// The address it is meant for.
    pub fn to(&self) -> Option<NameAddr<'_>> {
        self.request.headers().to().ok()
    }

    /// The sender's address.
    pub fn from(&self) -> Option<NameAddr<'_>> {
        self.request.headers().from().ok()
    }

    /// The Call-ID; empty if there is none.
    pub fn call_id(&self) -> &str {
        self.request.headers().call_id().unwrap_or_default()
    }

    /// What the body is.
    pub(super) fn content(&self) -> Content {
        let headers = self.request.headers();
        let encoded = headers
            .tokens(HeaderName::CONTENT_ENCODING)
            .iter()
            .any(|coding| !coding.eq_ignore_ascii_case("identity"));
        let is_csta = |kind: ContentType<'_>| kind.is(CSTA_XML) && !encoded;
        match headers.content_type() {
            _ if self.request.body().is_empty() => Content::None,
            Ok(Some(kind)) if is_csta(kind) => Content::Csta,
            _ => Content::Other,
        }
    }

    pub(super) fn is_session_refresh(&self) -> bool {
        matches!(self.request.method, Method::Invite | Method::Update)
    }
}

/// What a body can be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Content {
    None,
    Csta,
    Other,
}
