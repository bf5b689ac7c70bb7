//! A virtual SIP phone: bytes in, bytes out, on the transactions and dialogs of `hookflash-sip`.
//!
//! ```text
//!   unregistered ── REGISTER, 401, REGISTER with digest ──► registered ── before it expires ──► again
//!
//!   call:  calling ─► ringback ─┐                     ┌─► held ─┐
//!                               ├─► connected ◄───────┤         ├─► over
//!          ringing ─── answer ──┘                     └─────────┘
//! ```
//!
//! It does what a user of a desk phone does: call, answer, reject, hold, resume, hang up, and transfer, blind (REFER) or after
//! a consultation (REFER with Replaces). It announces G.711 at an address of its own, and has no audio.
//!
//! # Limits
//!
//! [`MAX_CALLS`] calls; further ones are refused with 486.

mod calls;
mod registration;
#[cfg(test)]
mod tests;
mod wire;

use std::{fmt, net::SocketAddr, time::Duration};

use hookflash_core::Instant;
use hookflash_sip::{
    Capabilities, Event, Flow, Layer, LinkId, RequestId, SessionTimerSettings, Settings, Stream,
};
use hookflash_wire::sip::Message;

pub use calls::{Call, CallState, CannotDo};
pub use registration::Registration;
use wire::Wire;

/// Calls at a time.
pub const MAX_CALLS: usize = 6;

/// How long the connection rests before a phone that was refused or lost it tries again.
const TRY_AGAIN: Duration = Duration::from_secs(10);

/// The settings of a phone.
#[derive(Clone, Debug)]
pub struct SipPhoneSettings {
    /// Its number, which is the user of its address.
    pub number: String,
    /// The name that it proves its password with.
    pub user: String,
    /// The password.
    pub password: String,
    /// The server.
    pub server: SocketAddr,
    /// Its own address.
    pub local: SocketAddr,
    /// What its connection is made of; `None` if it sends datagrams.
    pub stream: Option<Stream>,
    /// Where it would receive audio.
    pub media: SocketAddr,
    /// For how many seconds it registers.
    pub expires: u32,
    /// Where its tags and Call-IDs come from.
    pub seed: u64,
}

/// What a request of the phone is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Purpose {
    Register,
    /// An INVITE that begins this call, or changes its media.
    Invite(u32),
    /// A REFER that transfers this call.
    Refer(u32),
}

/// A phone.
#[derive(Debug)]
pub struct SipPhone {
    settings: SipPhoneSettings,
    layer: Layer<()>,
    wire: Wire,
    link: u64,
    registration: Registration,
    register: registration::Register,
    requests: Vec<(RequestId, Purpose)>,
    calls: Vec<Call>,
    last_call: u32,
    notices: Vec<String>,
}

impl SipPhone {
    /// A phone that does nothing yet.
    pub fn new(settings: SipPhoneSettings) -> SipPhone {
        let layer = Layer::new(Settings {
            seed: [settings.seed, settings.seed.rotate_left(32) ^ u64::from(settings.local.port())],
            capabilities: Capabilities {
                allow: "INVITE, ACK, BYE, CANCEL, OPTIONS, NOTIFY, UPDATE, INFO",
                accept: "application/sdp",
                supported: "replaces, timer",
                events: "",
            },
            session_timer: SessionTimerSettings::default(),
            ..Settings::default()
        });
        SipPhone {
            settings,
            layer,
            wire: Wire::default(),
            link: 0,
            registration: Registration::Unregistered,
            register: registration::Register::default(),
            requests: Vec::new(),
            calls: Vec::new(),
            last_call: 0,
            notices: Vec::new(),
        }
    }

    /// Its calls, oldest first.
    pub fn calls(&self) -> &[Call] {
        &self.calls
    }

    /// Whether it is registered.
    pub fn registration(&self) -> &Registration {
        &self.registration
    }

    /// What it has to tell its user once: why a call was refused, what became of a transfer.
    pub fn take_notices(&mut self) -> Vec<String> {
        std::mem::take(&mut self.notices)
    }

    /// What it sends: whole datagrams, or pieces of its stream.
    pub fn take_output(&mut self) -> Vec<Vec<u8>> {
        self.wire.take()
    }

    /// Its connection is there.
    pub fn connected(&mut self, now: Instant) {
        if self.settings.stream.is_none() {
            return;
        }
        self.link += 1;
        let flow = self.flow();
        self.layer.connected(now, flow, &mut self.wire);
        self.layer.hold_link(LinkId(self.link));
    }

    /// Its connection is gone.
    pub fn closed(&mut self, now: Instant) {
        self.layer.closed(now, LinkId(self.link));
        self.registration = Registration::Unregistered;
        self.settle(now);
    }

    /// Something came: a whole datagram, or a piece of its stream.
    pub fn received(&mut self, now: Instant, bytes: &[u8]) {
        let SipPhone { layer, wire, settings, .. } = self;
        let mut rest = bytes;
        if settings.stream.is_some() {
            while layer.received(now, LinkId(self.link), &mut rest, wire) {}
        } else if Message::parse(bytes).is_ok() {
            layer.datagram(now, settings.local, settings.server, bytes, wire);
        }
        self.settle(now);
    }

    /// When [`SipPhone::handle_timeout`] has something to do next.
    pub fn poll_timeout(&self) -> Option<Instant> {
        [self.layer.poll_timeout(), self.register.due].into_iter().flatten().min()
    }

    /// Does what is due.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.layer.handle_timeout(now, &mut self.wire);
        if self.register.due.is_some_and(|due| due <= now) {
            self.register(now);
        }
        self.settle(now);
    }

    fn flow(&self) -> Flow {
        let SipPhoneSettings { local, server, stream, .. } = self.settings;
        match stream {
            Some(stream) => Flow::Link { link: LinkId(self.link), stream, local, peer: server },
            None => Flow::Datagrams { local, peer: server },
        }
    }

    /// The address of a number at the server.
    fn uri(&self, number: &str) -> String {
        format!("sip:{number}@{}", self.settings.server)
    }

    fn own(&self) -> String {
        format!("<{}>", self.uri(&self.settings.number))
    }

    fn purpose(&mut self, id: RequestId) -> Option<Purpose> {
        let place = self.requests.iter().position(|(known, _)| *known == id)?;
        Some(self.requests.swap_remove(place).1)
    }

    /// Takes what the layer reports.
    fn settle(&mut self, now: Instant) {
        while let Some(event) = self.layer.poll_event() {
            match event {
                Event::Request(incoming) => self.invited(now, incoming),
                Event::RequestInDialog((), dialog, incoming) => self.asked(now, dialog, incoming),
                Event::Cancelled(_, invite) => self.cancelled(now, invite),
                Event::Acknowledged(..) => {}
                Event::Progress((), id, dialog, response) => self.progress(id, dialog, &response),
                Event::Accepted((), id, dialog, response) => self.accepted(id, dialog, &response),
                Event::Rejected((), id, response) => self.refused(now, id, &response),
                Event::Response((), id, response) => match self.purpose(id) {
                    Some(Purpose::Register) => self.register_answered(now, &response),
                    Some(Purpose::Refer(call)) => self.refer_answered(call, &response),
                    Some(Purpose::Invite(_)) | None => {}
                },
                Event::Failed((), id, failure) => self.failed(now, id, &failure),
                Event::RefreshDue((), dialog) => self.refresh(now, dialog),
                Event::Ended((), dialog, _) => self.calls.retain(|call| call.dialog != Some(dialog)),
            }
        }
    }

    fn failed(&mut self, now: Instant, id: RequestId, failure: &dyn fmt::Display) {
        match self.purpose(id) {
            Some(Purpose::Register) => self.register_failed(now, failure.to_string()),
            Some(Purpose::Invite(call)) => self.not_reached(call, &failure.to_string()),
            Some(Purpose::Refer(_)) => self.notices.push(format!("transfer: {failure}")),
            None => {}
        }
    }
}
