//! A request on its way to be answered.

use hookflash_wire::sip::{self as wire, HeaderName, Method, NameAddr, Part};

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
        match self.csta() {
            _ if self.request.body().is_empty() => Content::None,
            Some(_) => Content::Csta,
            None => Content::Other,
        }
    }

    /// The CSTA message it carries: its body, or the first part of its body that is one.
    pub fn csta(&self) -> Option<&[u8]> {
        let headers = self.request.headers();
        let plain = |coding: &str| coding.eq_ignore_ascii_case("identity");
        if !headers.tokens(HeaderName::CONTENT_ENCODING).iter().all(plain) {
            return None;
        }
        let kind = headers.content_type().ok()??;
        let body = self.request.body();
        if kind.is(CSTA_XML) {
            return Some(body);
        }
        let boundary = kind.params.get("boundary").filter(|_| kind.kind.eq_ignore_ascii_case("multipart"))?;
        let is_csta = |part: &Part<'_>| part.content_type().is_some_and(|kind| kind.is(CSTA_XML));
        Part::all(body, boundary).find(is_csta).map(|part| part.body)
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
