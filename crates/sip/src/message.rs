//! The values that users and the layer exchange.

use std::time::Duration;

use hookflash_wire::sip::{self as wire, HeaderName, Method, NameAddr, StatusCode};

use crate::{
    DialogId, Flow, TRANSACTION_TIMEOUT, Tag,
    transaction::{Origin, ServerKey},
};

/// What a body is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ContentKind {
    /// The value of Content-Type.
    pub content_type: &'static str,
    /// The value of Content-Disposition, if there is one.
    pub disposition: Option<&'static str>,
}

impl ContentKind {
    /// `application/sdp`
    pub const SDP: ContentKind = ContentKind { content_type: "application/sdp", disposition: None };
}

/// A body to send.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Body<'a> {
    /// What it is.
    pub kind: ContentKind,
    /// Its bytes.
    pub bytes: &'a [u8],
}

/// A request of a peer that waits for its response. Give it to [`Layer::reply`](crate::Layer::reply) or
/// [`Layer::leave_unanswered`](crate::Layer::leave_unanswered), once.
#[derive(Debug)]
#[must_use]
pub struct Incoming {
    pub(crate) request: wire::Request,
    pub(crate) flow: Flow,
    /// Its server transaction: over UDP, and of INVITE.
    pub(crate) transaction: Option<ServerKey>,
    /// Its INVITE, if it is one.
    pub(crate) origin: Option<Origin>,
    /// The dialog it belongs to, or begins.
    pub(crate) dialog: Option<DialogId>,
    /// It began the dialog, which ends again if it is refused.
    pub(crate) opens: bool,
    /// Our tag in its responses, if it belongs to no dialog.
    pub(crate) tag: Option<Tag>,
    /// Over a stream no ACK is waited for.
    pub(crate) acknowledgement_optional: bool,
}

/// Names an INVITE of a peer.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct InviteId(pub(crate) ServerKey);

impl Incoming {
    pub(crate) fn new(request: wire::Request, flow: Flow) -> Incoming {
        Incoming {
            request,
            flow,
            transaction: None,
            origin: None,
            dialog: None,
            opens: false,
            tag: None,
            acknowledgement_optional: false,
        }
    }

    /// The request.
    pub fn request(&self) -> &wire::Request {
        &self.request
    }

    /// How it came.
    pub fn flow(&self) -> &Flow {
        &self.flow
    }

    /// The dialog it belongs to or has [established](crate::Layer::establish); `None` outside a dialog.
    pub fn dialog(&self) -> Option<DialogId> {
        self.dialog
    }

    /// What an INVITE is called when it is [cancelled](crate::Event::Cancelled); `None` for other methods.
    pub fn invite(&self) -> Option<InviteId> {
        self.transaction.filter(|_| self.request.method == Method::Invite).map(InviteId)
    }

    /// Over a stream, success to this INVITE is not repeated, and its dialog does not end when no ACK comes: for clients
    /// that send none, although RFC 3261, 13.3.1.4 wants it over any transport.
    pub fn make_acknowledgement_optional(&mut self) {
        self.acknowledgement_optional = true;
    }

    /// To.
    pub fn to(&self) -> Option<NameAddr<'_>> {
        self.request.headers().to().ok()
    }

    /// From.
    pub fn from(&self) -> Option<NameAddr<'_>> {
        self.request.headers().from().ok()
    }

    /// Call-ID; empty if there is none.
    pub fn call_id(&self) -> &str {
        self.request.headers().call_id().unwrap_or_default()
    }

    pub(crate) fn is_session_refresh(&self) -> bool {
        matches!(self.request.method, Method::Invite | Method::Update)
    }
}

/// What a request is answered with. Headers that the status and the method call for are added by the layer.
#[derive(Clone, Copy, Debug)]
pub struct Reply<'a> {
    /// The status.
    pub status: StatusCode,
    /// Further headers.
    pub headers: &'a [(HeaderName<'a>, String)],
    /// The body, if there is one.
    pub body: Option<Body<'a>>,
}

impl<'a> Reply<'a> {
    /// With a body.
    pub fn with_body(self, body: Option<Body<'a>>) -> Reply<'a> {
        Reply { body, ..self }
    }

    /// With further headers.
    pub fn with_headers(self, headers: &'a [(HeaderName<'a>, String)]) -> Reply<'a> {
        Reply { headers, ..self }
    }
}

impl From<StatusCode> for Reply<'_> {
    fn from(status: StatusCode) -> Self {
        Reply { status, headers: &[], body: None }
    }
}

/// A request of ours outside a dialog.
#[derive(Clone, Copy, Debug)]
pub struct Outgoing<'a> {
    /// The method; neither ACK nor CANCEL.
    pub method: &'a Method,
    /// The way it takes.
    pub flow: Flow,
    /// The Request-URI.
    pub uri: &'a str,
    /// From, without tag.
    pub from: &'a str,
    /// Our tag; `None` for a new one. A request that is sent again, with credentials say, keeps its tag.
    pub tag: Option<Tag>,
    /// To.
    pub to: &'a str,
    /// Call-ID; empty for a new one.
    pub call_id: &'a str,
    /// The number in CSeq.
    pub cseq: u32,
    /// Route; empty if there is none.
    pub route: &'a str,
    /// The user in Contact. `None` for a request without Contact; INVITE always has one.
    pub contact: Option<&'a str>,
    /// Further headers.
    pub headers: &'a [(HeaderName<'a>, String)],
    /// The body, if there is one.
    pub body: Option<Body<'a>>,
    /// How long a response is waited for: timers B and F.
    pub patience: Duration,
    /// Max-Forwards.
    pub hops: u32,
    /// Supported of an INVITE, where it is not that of the layer.
    pub supported: Option<&'a str>,
    /// Session-Expires and Min-SE of an INVITE, where they are not those of the layer.
    pub session: Option<(Duration, Duration)>,
}

impl<'a> Outgoing<'a> {
    /// A request with nothing but what every request has.
    pub fn new(method: &'a Method, flow: Flow, uri: &'a str, from: &'a str, to: &'a str) -> Outgoing<'a> {
        Outgoing {
            method,
            flow,
            uri,
            from,
            tag: None,
            to,
            call_id: "",
            cseq: 1,
            route: "",
            contact: None,
            headers: &[],
            body: None,
            patience: TRANSACTION_TIMEOUT,
            hops: 70,
            supported: None,
            session: None,
        }
    }
}

/// A request of ours in a dialog.
#[derive(Clone, Copy, Debug)]
pub struct RequestInDialog<'a> {
    /// The method; neither ACK nor CANCEL nor BYE.
    pub method: &'a Method,
    /// Further headers.
    pub headers: &'a [(HeaderName<'a>, String)],
    /// The body, if there is one.
    pub body: Option<Body<'a>>,
    /// How long a response is waited for: timers B and F.
    pub patience: Duration,
}

impl<'a> RequestInDialog<'a> {
    /// A request with nothing but what every request has.
    pub fn new(method: &'a Method) -> RequestInDialog<'a> {
        RequestInDialog { method, headers: &[], body: None, patience: TRANSACTION_TIMEOUT }
    }

    /// With a body.
    pub fn with_body(self, body: Body<'a>) -> RequestInDialog<'a> {
        RequestInDialog { body: Some(body), ..self }
    }
}
