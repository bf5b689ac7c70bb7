//! The registration of a phone.

use std::time::Duration;

use hookflash_core::Instant;
use hookflash_sip::Outgoing;
use hookflash_wire::sip::{Challenge, Contact, Credentials, HeaderName, Method, Response, StatusCode};

use super::{Purpose, SipPhone, TRY_AGAIN};

/// Whether a phone is registered.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Registration {
    /// Not, and it has not been refused.
    Unregistered,
    /// It is.
    Registered,
    /// It was refused, for this reason; it tries again.
    Refused(String),
}

/// The REGISTERs of a phone.
#[derive(Debug, Default)]
pub(super) struct Register {
    call_id: String,
    cseq: u32,
    /// Whether the one under way has a password.
    proved: bool,
    /// Whether the one under way ends the registration.
    leaving: bool,
    /// When to register again.
    pub(super) due: Option<Instant>,
}

impl SipPhone {
    /// Registers, or does so again.
    pub fn register(&mut self, now: Instant) {
        self.register.leaving = false;
        self.send_register(now, None);
    }

    /// Takes its registration back.
    pub fn unregister(&mut self, now: Instant) {
        self.register.leaving = true;
        self.send_register(now, None);
    }

    fn send_register(&mut self, now: Instant, challenged: Option<&Response>) {
        self.register.due = Some(now + TRY_AGAIN);
        if self.register.call_id.is_empty() {
            self.register.call_id = self.layer.new_call_id();
        }
        self.register.cseq += 1;
        self.register.proved = challenged.is_some();
        let uri = format!("sip:{}", self.settings.server);
        let expires = if self.register.leaving { 0 } else { self.settings.expires };
        let mut headers = vec![(HeaderName::EXPIRES, expires.to_string())];
        match challenged.map(|response| self.proof(response, &Method::Register, &uri)) {
            None => {}
            Some(Some(proof)) => headers.push(proof),
            Some(None) => return,
        }
        let (flow, own, number) = (self.flow(), self.own(), self.settings.number.clone());
        let outgoing = Outgoing {
            call_id: &self.register.call_id,
            cseq: self.register.cseq,
            contact: Some(&number),
            headers: &headers,
            ..Outgoing::new(&Method::Register, flow, &uri, &own, &own)
        };
        match self.layer.send(now, (), &outgoing, &mut self.wire) {
            Ok(id) => self.requests.push((id, Purpose::Register)),
            Err(error) => self.register_failed(now, error.to_string()),
        }
    }

    /// The answer to a challenge.
    pub(super) fn proof(
        &self,
        response: &Response,
        method: &Method,
        uri: &str,
    ) -> Option<(HeaderName<'static>, String)> {
        let (asks, answers) = match response.status {
            StatusCode::UNAUTHORIZED => (HeaderName::WWW_AUTHENTICATE, HeaderName::AUTHORIZATION),
            _ => (HeaderName::PROXY_AUTHENTICATE, HeaderName::PROXY_AUTHORIZATION),
        };
        let challenge = Challenge::find(response.headers(), asks)?;
        let credentials = Credentials { user: &self.settings.user, password: &self.settings.password };
        let nonce = format!("{:x}", self.settings.seed);
        Some((answers, challenge.answer(credentials, method, uri, 1, &nonce)))
    }

    pub(super) fn register_answered(&mut self, now: Instant, response: &Response) {
        if response.status == StatusCode::UNAUTHORIZED && !self.register.proved {
            return self.send_register(now, Some(response));
        }
        if !response.status.is_success() {
            let reason = format!("{} {}", response.status.code(), response.reason());
            return self.register_failed(now, reason);
        }
        if self.register.leaving {
            self.registration = Registration::Unregistered;
            self.register.due = None;
            if std::mem::take(&mut self.comes_back) {
                self.register(now);
            }
            return;
        }
        let granted = response
            .headers()
            .contacts()
            .filter_map(Result::ok)
            .find_map(|contact| Contact::address(&contact)?.params.get("expires")?.parse::<u32>().ok());
        let granted = granted.unwrap_or(self.settings.expires).max(10);
        self.register.due = Some(now + Duration::from_secs(u64::from(granted) * 4 / 5));
        self.registration = Registration::Registered;
    }

    pub(super) fn register_failed(&mut self, now: Instant, reason: String) {
        self.register.due = Some(now + TRY_AGAIN);
        self.registration = Registration::Refused(reason);
    }
}
