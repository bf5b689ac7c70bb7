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
//! a consultation (REFER with Replaces). It announces G.711 at an address of its own, and has no audio. It answers, resumes and
//! holds when the server tells it to (`Event: talk`, `Event: hold`, `answer-after`), and knows whether messages wait.
//!
//! What the server does that it may not it records as a [`Complaint`]. [`SipPhone::plug_in`] makes it keep its connection and its
//! registration by itself; without that, who drives it does.
//!
//! | file | content |
//! | --- | --- |
//! | `calls` | its calls, and what its user does with them |
//! | `media` | descriptions of media |
//! | `notified` | what the server wants it to do |
//! | `registration`, `power` | its registration; its plug |
//! | `conduct` | what it finds wrong |
//! | `wire` | what it sends |
//!
//! # Limits
//!
//! [`MAX_CALLS`] calls; further ones are refused with 486.

mod calls;
mod conduct;
#[cfg(test)]
mod conduct_tests;
mod media;
mod notified;
mod power;
mod registration;
#[cfg(test)]
mod tests;
mod wire;

use std::{collections::VecDeque, fmt, net::SocketAddr, time::Duration};

use hookflash_core::Instant;
use hookflash_sip::{
    Capabilities, Event, Flow, Layer, LinkId, RequestId, SessionTimerSettings, Settings, Stream,
};
use hookflash_wire::sip::Message;

use crate::LinkOrder;

pub use calls::{Call, CallState, CannotDo};
use conduct::Conduct;
pub use conduct::{Complaint, MAX_COMPLAINTS};
pub use registration::Registration;
use wire::Wire;

/// Calls at a time.
pub const MAX_CALLS: usize = 6;

/// What the server may tell it to do.
const EVENTS: &str = "talk, hold";

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
    /// Where it would receive the audio of its first call; that of others is at the next even ports.
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
    /// Whether it is plugged in, and keeps its connection by itself.
    on: bool,
    linked: bool,
    /// Whether it registers again when it has taken its registration back.
    comes_back: bool,
    orders: VecDeque<LinkOrder>,
    conduct: Conduct,
    /// Whether messages wait, as the server says.
    messages: bool,
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
                events: EVENTS,
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
            on: false,
            linked: false,
            comes_back: false,
            orders: VecDeque::new(),
            conduct: Conduct::default(),
            messages: false,
        }
    }

    /// Its settings.
    pub fn settings(&self) -> &SipPhoneSettings {
        &self.settings
    }

    /// What it found wrong, oldest first, at most [`MAX_COMPLAINTS`].
    pub fn complaints(&self) -> &[Complaint] {
        self.conduct.complaints()
    }

    /// Whether messages wait for its user.
    pub fn has_messages(&self) -> bool {
        self.messages
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
        std::iter::from_fn(|| self.poll_output()).collect()
    }

    /// The next piece of it.
    pub fn poll_output(&mut self) -> Option<Vec<u8>> {
        let bytes = self.wire.pop()?;
        self.take_note(&bytes);
        Some(bytes)
    }

    fn take_note(&mut self, bytes: &[u8]) {
        if self.on {
            self.conduct.sent(bytes, self.settings.stream.is_some());
        }
    }

    /// Its connection is there.
    pub fn connected(&mut self, now: Instant) {
        if self.settings.stream.is_none() {
            return;
        }
        self.link += 1;
        self.linked = true;
        self.conduct.begin_stream();
        let flow = self.flow();
        self.layer.connected(now, flow, &mut self.wire);
        self.layer.hold_link(LinkId(self.link));
        if self.on {
            self.go_on(now);
        }
    }

    /// Its connection is gone.
    pub fn closed(&mut self, now: Instant) {
        self.linked = false;
        self.layer.closed(now, LinkId(self.link));
        self.registration = Registration::Unregistered;
        self.settle(now);
        if self.on {
            self.register.due = Some(now + TRY_AGAIN);
        }
    }

    /// Something came: a whole datagram, or a piece of its stream.
    pub fn received(&mut self, now: Instant, bytes: &[u8]) {
        if self.on {
            self.conduct.received(bytes, self.settings.stream.is_some(), &self.settings.number);
        }
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
        [self.layer.poll_timeout(), self.register.due, self.poll_again()].into_iter().flatten().min()
    }

    /// Does what is due.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.layer.handle_timeout(now, &mut self.wire);
        if self.register.due.is_some_and(|due| due <= now) {
            self.register_in_time(now);
        }
        self.change_again(now);
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
                Event::Acknowledged((), dialog, request) => self.acknowledged(dialog, request.as_ref()),
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
