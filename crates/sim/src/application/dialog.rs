//! The SIP dialog of a session: identifiers, sequence numbers, and the messages built from them.

use hookflash_wire::sip::{HeaderName, MessageBuilder, Method, Response};

use super::settings::{ApplicationSettings, Transport};

/// The media type of CSTA in SIP.
pub(super) const CSTA_XML: &str = "application/csta+xml";

/// A SIP dialog, begun or only tried.
#[derive(Debug, Default)]
pub(super) struct Dialog {
    pub(super) call_id: String,
    local_tag: String,
    /// The To header as in the last response, with the server's tag once there is one.
    to: String,
    /// Where in-dialog requests go.
    remote_target: String,
    /// Route headers, nearest first.
    routes: Vec<String>,
    pub(super) cseq: u32,
    branches: u64,
}

impl Dialog {
    pub(super) fn new(settings: &ApplicationSettings, number: u32) -> Dialog {
        let id = format!("{:x}-{number:x}", settings.seed ^ u64::from(settings.local.port()) << 32);
        Dialog {
            call_id: format!("{id}@{}", settings.local.ip()),
            local_tag: format!("t{id}"),
            to: format!("<sip:{}>", settings.target),
            remote_target: format!("sip:{}", settings.target),
            ..Dialog::default()
        }
    }

    pub(super) fn local_tag(&self) -> &str {
        &self.local_tag
    }

    /// Takes the server's tag, contact and route set from a success to INVITE.
    pub(super) fn establish(&mut self, response: &Response) {
        let headers = response.headers();
        if let Some(to) = headers.get(HeaderName::TO) {
            to.clone_into(&mut self.to);
        }
        let contact = headers.contacts().find_map(|contact| contact.ok()?.address().map(|a| a.uri_text));
        if let Some(contact) = contact {
            contact.clone_into(&mut self.remote_target);
        }
        self.routes = headers.elements(HeaderName::RECORD_ROUTE).map(str::to_owned).collect();
        self.routes.reverse();
    }

    /// Takes the tag of a refusal, which its ACK repeats.
    pub(super) fn refused(&mut self, response: &Response) {
        if let Some(to) = response.headers().get(HeaderName::TO) {
            to.clone_into(&mut self.to);
        }
    }

    /// Starts a request of a new transaction with everything but body and the headers of its method.
    pub(super) fn request(
        &mut self,
        settings: &ApplicationSettings,
        method: &Method,
        cseq: u32,
    ) -> MessageBuilder {
        self.branches += 1;
        self.request_in(self.branches, settings, method, cseq)
    }

    /// The transaction that [`Dialog::request`] began last.
    pub(super) fn transaction(&self) -> u64 {
        self.branches
    }

    /// Starts a request that belongs to a transaction: the ACK to a failure has the branch of its INVITE.
    pub(super) fn request_in(
        &self,
        transaction: u64,
        settings: &ApplicationSettings,
        method: &Method,
        cseq: u32,
    ) -> MessageBuilder {
        let transport = match settings.habits.lower_case_via {
            true => settings.transport.parameter(),
            false => settings.transport.via(),
        };
        let mut via = format!("SIP/2.0/{transport} {}", settings.local);
        if !settings.habits.no_branch {
            via = format!("{via};branch=z9hG4bK{}.{transaction};rport", self.local_tag);
        }
        let mut builder = MessageBuilder::request(method, &self.remote_target)
            .header(HeaderName::VIA, via)
            .header(HeaderName::MAX_FORWARDS, 70);
        for route in &self.routes {
            builder = builder.header(HeaderName::ROUTE, route);
        }
        builder
            .header(HeaderName::FROM, format_args!("<sip:{}>;tag={}", settings.user, self.local_tag))
            .header(HeaderName::TO, &self.to)
            .header(HeaderName::CALL_ID, &self.call_id)
            .header(HeaderName::CSEQ, format_args!("{cseq} {method}"))
    }

    /// Adds what INVITE and UPDATE say about the session.
    pub(super) fn session_headers(settings: &ApplicationSettings, builder: MessageBuilder) -> MessageBuilder {
        let user = settings.user.split('@').next().unwrap_or_default();
        let contact = match settings.transport {
            Transport::Udp => format!("<sip:{user}@{}>", settings.local),
            Transport::Tcp | Transport::Csta => format!("<sip:{user}@{};transport=tcp>", settings.local),
        };
        let builder = builder.header(HeaderName::CONTACT, contact).header(HeaderName::SUPPORTED, "timer");
        match settings.session_expires {
            Some(expires) => builder.header(HeaderName::SESSION_EXPIRES, expires.as_secs()),
            None => builder,
        }
    }

    /// The next sequence number.
    pub(super) fn next_cseq(&mut self) -> u32 {
        self.cseq += 1;
        self.cseq
    }
}
