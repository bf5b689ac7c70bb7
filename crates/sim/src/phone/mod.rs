//! A virtual SCCP phone: bytes in, bytes out, virtual time.
//!
//! [`Phone`] behaves as a Cisco phone does towards its call manager: it connects, registers, asks for its
//! configuration, keeps the connection alive, reports what its user does, receives and sends media where it is
//! told, and shows what it is told to show. It decides nothing about calls and shares no code with the switch:
//! it is an independent view of the protocol. What a phone should never have been sent it records as a
//! [`Complaint`].
//!
//! ```text
//!   user ──► press_..., lift_handset, dial ──►┐                 ┌──► output(): bytes to write
//!   link ──► connected, received, closed ────►│  Phone          ├──► poll_order(): connect, close
//!   time ──► handle_timeout ─────────────────►│  screen, media  ├──► poll_timeout()
//!                                             └─────────────────┴──► screen(), complaints()
//! ```
//!
//! # States
//!
//! [`Registration`]: `Off` (unplugged) → `Connecting` → `Registering` (Register sent) → `Configuring` (asking for
//! buttons, lines and the rest) → `Registered`. A lost or refused connection leads back to `Connecting` after
//! [`PhoneSettings::reconnect_after`].
//!
//! # Invariants
//!
//! * A phone that is not plugged in sends nothing.
//! * Memory does not grow with time: calls that end are forgotten, complaints are limited to [`MAX_COMPLAINTS`].
//!
//! It costs a few hundred bytes and no allocation for most messages, so that ten thousand fit into a load tool.

mod complaint;
mod media;
mod registration;
mod screen;
mod settings;
mod show;
mod user;

#[cfg(test)]
mod tests;

use std::{net::SocketAddr, time::Duration};

use hookflash_core::Instant;
use hookflash_wire::sccp::{ClientMessage, Encoding, Framer, ServerMessage, SoftKey, Text};
use smol_str::SmolStr;

use crate::LinkOrder;

pub use complaint::Complaint;
pub use registration::{ANSWER_TIMEOUT, Registration};
pub use screen::{Call, Line, Screen, SoftKeys, SpeedDial, Stream};
pub use settings::{Burst, PhoneSettings, RegisterForm};
pub use user::CannotPress;

use registration::{Asks, KeepAlive};
use screen::SoftKeyPlan;

/// Complaints that are kept; later ones are only counted.
pub const MAX_COMPLAINTS: usize = 32;

/// A virtual SCCP phone; see the [module page](self).
#[derive(Debug)]
pub struct Phone {
    settings: PhoneSettings,
    registration: Registration,
    encoding: Encoding,
    framer: Framer,
    output: Vec<u8>,
    orders: [Option<LinkOrder>; 2],
    asks: Option<Box<Asks>>,
    keep_alive: KeepAlive,
    /// When to connect again, if the connection is lost.
    reconnect_at: Option<Instant>,
    screen: Screen,
    soft_keys: SoftKeyPlan,
    receiving: Vec<Stream>,
    sending: Vec<Stream>,
    listening: Vec<Stream>,
    next_port: u16,
    handset_up: bool,
    /// Digits the user will type as soon as there is a dial tone.
    to_dial: SmolStr,
    rejected: Option<Text>,
    complaints: Vec<Complaint>,
    complaint_count: usize,
}

/// The first port for media; ports go up to the end of the range and start again.
const FIRST_PORT: u16 = 16_384;
const LAST_PORT: u16 = 32_766;

impl Phone {
    /// A phone that is not plugged in.
    pub fn new(settings: PhoneSettings) -> Phone {
        Phone {
            settings,
            registration: Registration::Off,
            encoding: Encoding::default(),
            framer: Framer::default(),
            output: Vec::new(),
            orders: [None; 2],
            asks: None,
            keep_alive: KeepAlive::default(),
            reconnect_at: None,
            screen: Screen::default(),
            soft_keys: SoftKeyPlan::default(),
            receiving: Vec::new(),
            sending: Vec::new(),
            listening: Vec::new(),
            next_port: FIRST_PORT,
            handset_up: false,
            to_dial: SmolStr::default(),
            rejected: None,
            complaints: Vec::new(),
            complaint_count: 0,
        }
    }

    /// What it is.
    pub fn settings(&self) -> &PhoneSettings {
        &self.settings
    }

    /// How far it has come with registering.
    pub fn registration(&self) -> Registration {
        self.registration
    }

    /// Whether it is registered and has its whole configuration.
    pub fn is_registered(&self) -> bool {
        self.registration == Registration::Registered
    }

    /// The text of the last RegisterReject, if it was refused since it was plugged in.
    pub fn rejected(&self) -> Option<&Text> {
        self.rejected.as_ref()
    }

    /// What it shows.
    pub fn screen(&self) -> &Screen {
        &self.screen
    }

    /// The soft keys that its display offers for a call, or with 0 while there is none, in order.
    pub fn keys_offered(&self, reference: u32) -> impl Iterator<Item = SoftKey> + '_ {
        let selected = self.screen.call(reference).and_then(|call| call.soft_keys);
        self.soft_keys.offered(selected.unwrap_or(self.screen.soft_keys))
    }

    /// The streams it receives, oldest first.
    pub fn receiving(&self) -> &[Stream] {
        &self.receiving
    }

    /// The groups that it plays, oldest first.
    pub fn listening(&self) -> &[Stream] {
        &self.listening
    }

    /// The streams it sends, oldest first.
    pub fn sending(&self) -> &[Stream] {
        &self.sending
    }

    /// Whether the handset is lifted.
    pub fn is_handset_up(&self) -> bool {
        self.handset_up
    }

    /// What it found wrong, oldest first, at most [`MAX_COMPLAINTS`].
    pub fn complaints(&self) -> &[Complaint] {
        &self.complaints
    }

    /// How many complaints there were altogether.
    pub fn complaint_count(&self) -> usize {
        self.complaint_count
    }

    /// The layout both ends use now; what is needed to decode a copy of the traffic.
    pub fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// Bytes to write to the connection: whole messages. The caller writes and clears them.
    pub fn output(&mut self) -> &mut Vec<u8> {
        &mut self.output
    }

    /// The next thing to be done with the connection, after [`Phone::output`] was written.
    pub fn poll_order(&mut self) -> Option<LinkOrder> {
        let order = self.orders[0].take();
        self.orders.rotate_left(1);
        order
    }

    /// When [`Phone::handle_timeout`] has something to do next.
    pub fn poll_timeout(&self) -> Option<Instant> {
        let asks = self.asks.as_ref().and_then(|asks| asks.deadline());
        [self.reconnect_at, self.keep_alive.due, asks].into_iter().flatten().min()
    }

    /// Lets time pass.
    pub fn handle_timeout(&mut self, now: Instant) {
        if self.reconnect_at.is_some_and(|at| at <= now) {
            self.reconnect_at = None;
            self.order(LinkOrder::Connect);
        }
        if self.keep_alive.due.is_some_and(|at| at <= now) {
            self.send_keep_alive(now);
        }
        if self.asks.as_ref().and_then(|asks| asks.deadline()).is_some_and(|at| at <= now) {
            self.give_up_asking(now);
        }
    }

    /// Bytes arrived: any piece of the stream.
    pub fn received(&mut self, now: Instant, mut bytes: &[u8]) {
        if !self.is_linked() {
            return;
        }
        let mut framer = std::mem::take(&mut self.framer);
        loop {
            match framer.next(&mut bytes) {
                Ok(Some(frame)) => match ServerMessage::decode(&frame, self.encoding) {
                    Ok(message) => self.message(now, message),
                    Err(error) => self.complain(Complaint::Message(error)),
                },
                Ok(None) => break,
                Err(error) => {
                    self.complain(Complaint::Frame(error));
                    self.hang_up_link(now);
                    break;
                }
            }
            if !self.is_linked() {
                return;
            }
        }
        self.framer = framer;
    }

    fn message(&mut self, now: Instant, message: ServerMessage) {
        self.answered(now, &message);
        match message {
            ServerMessage::RegisterAck(ack) => self.register_acknowledged(now, &ack),
            ServerMessage::RegisterReject(reject) => self.register_rejected(now, reject.text),
            ServerMessage::UnregisterAck(_) => self.unregistered(),
            ServerMessage::Reset(reset) => self.reset(now, reset.kind),
            ServerMessage::KeepAliveAck => self.keep_alive.unanswered = 0,
            ServerMessage::CapabilitiesReq => self.send_capabilities(),
            ServerMessage::OpenReceiveChannel(order) => self.open_receive_channel(&order),
            ServerMessage::CloseReceiveChannel(order) => self.close_receive_channel(&order),
            ServerMessage::StartMediaTransmission(order) => self.start_transmission(&order),
            ServerMessage::StopMediaTransmission(order) => self.stop_transmission(&order),
            ServerMessage::StartMulticastMediaReception(order) => self.start_listening(&order),
            ServerMessage::StopMulticastMediaReception(order) => self.stop_listening(&order),
            ServerMessage::ConnectionStatisticsReq(request) => self.send_statistics(&request),
            ServerMessage::Unknown { message_id, .. } => self.complain(Complaint::UnknownMessage(message_id)),
            message => self.show(message),
        }
    }

    fn send(&mut self, message: &ClientMessage) {
        message.encode(self.encoding, &mut self.output);
    }

    fn order(&mut self, order: LinkOrder) {
        match &mut self.orders {
            [first @ None, _] => *first = Some(order),
            [_, second] => *second = Some(order),
        }
    }

    fn complain(&mut self, complaint: Complaint) {
        self.complaint_count += 1;
        if self.complaints.len() < MAX_COMPLAINTS {
            self.complaints.push(complaint);
        }
    }

    /// Whether a connection is up.
    fn is_linked(&self) -> bool {
        !matches!(self.registration, Registration::Off | Registration::Connecting)
    }

    fn media_address(&mut self) -> SocketAddr {
        let port = self.next_port;
        self.next_port = if port >= LAST_PORT { FIRST_PORT } else { port + 2 };
        SocketAddr::from((self.settings.address, port))
    }

    fn retry(&mut self, now: Instant, after: Duration) {
        self.registration = Registration::Connecting;
        self.reconnect_at = Some(now + after);
    }
}
