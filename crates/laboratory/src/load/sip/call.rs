//! One call between two endpoints: how far it has come, and what either end knows of it.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use hookflash_wire::sip::{HeaderName, MessageBuilder, Method, Request, Response, StatusCode};

use super::{
    dialog::Dialog,
    layer::Layer,
    sockets::Source,
    transaction::{Place, T1},
};

/// The media type of session descriptions.
pub const SDP: &str = "application/sdp";

/// How far a call has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stage {
    /// The caller has sent INVITE.
    Inviting,
    /// The called party has it, and rings.
    Ringing,
    /// The called party has answered.
    Answered,
    /// Either party knows that the other one is there.
    Up,
    /// The called party has sent BYE.
    Clearing,
    /// It has failed; late messages are waited for.
    Failing,
}

/// A call.
#[derive(Debug)]
pub struct Call {
    /// Which one it is.
    pub place: Place,
    /// How far it has come.
    pub stage: Stage,
    /// Whether only the caller is ours.
    pub alone: bool,
    /// When it should have begun.
    pub scheduled: Instant,
    /// The CSeq of the last INVITE.
    pub cseq: u32,
    /// Whether that answered a challenge.
    pub challenged: bool,
    /// The caller's end, once the called party has answered.
    pub caller: Option<Answered>,
    /// The called party's end.
    pub called: Option<Leg>,
    /// Whether 180 has reached the caller.
    pub rang: bool,
    /// When the called party answered.
    pub answered: Option<Instant>,
    /// Whether ACK has reached the called party.
    pub acknowledged: bool,
    /// When the called party hung up.
    pub hung_up: Option<Instant>,
    /// Whether its BYE has answered a challenge.
    pub bye_challenged: bool,
    /// Whether BYE has reached the other party, and its answer has come back.
    pub ended: [bool; 2],
}

/// The caller's end of a call that was answered.
#[derive(Debug)]
pub struct Answered {
    /// The dialog.
    pub dialog: Dialog,
    /// Where its requests go.
    pub to: SocketAddr,
    /// The ACK, in case that the answer comes again.
    pub ack: Vec<u8>,
}

/// The called party's end of a call.
#[derive(Debug)]
pub struct Leg {
    /// The INVITE.
    invite: Request,
    /// Where it came from.
    source: Source,
    /// What tells this end of the dialog.
    tag: String,
    /// Where the called party is.
    contact: String,
    /// The response that was sent last.
    response: Vec<u8>,
    /// Until the next repetition of a success (RFC 3261, 13.3.1.4).
    pub interval: Duration,
    /// The dialog.
    pub dialog: Dialog,
}

impl Call {
    /// A call that is about to begin.
    pub fn new(place: Place, scheduled: Instant, alone: bool) -> Call {
        Call {
            place,
            stage: Stage::Inviting,
            alone,
            scheduled,
            cseq: 0,
            challenged: false,
            caller: None,
            called: None,
            rang: false,
            answered: None,
            acknowledged: false,
            hung_up: None,
            bye_challenged: false,
            ended: [alone, false],
        }
    }

    /// The endpoint that hangs up: the called party if it is ours.
    pub fn who_ends(&self, caller: usize) -> usize {
        caller + usize::from(!self.alone)
    }

    /// Whether a message that an endpoint of the pair got belongs to this call: to the caller's dialog, which has our
    /// Call-ID, or to the called party's, which may have another one if the server is no proxy.
    pub fn has(&self, layer: &Layer, is_called: bool, call_id: &str) -> bool {
        match &self.called {
            Some(leg) if is_called => leg.dialog.call_id() == call_id,
            _ => layer.call_of(call_id) == Some(self.place.call),
        }
    }

    /// What was waited for in vain.
    pub fn missing(&self) -> &'static str {
        match self.stage {
            Stage::Inviting if !self.alone => "no INVITE at the called party",
            Stage::Inviting | Stage::Ringing => "no 200 at the caller",
            Stage::Answered if self.caller.is_none() => "no 200 at the caller",
            Stage::Answered | Stage::Up => "no ACK at the called party",
            Stage::Clearing if !self.ended[0] => "no BYE at the caller",
            Stage::Clearing | Stage::Failing => "no answer to BYE",
        }
    }
}

impl Answered {
    /// Acknowledges a success to INVITE. `None` without a Contact to send requests to.
    pub fn new(layer: &mut Layer, caller: usize, response: &Response) -> Option<Answered> {
        let mut dialog = Dialog::of_caller(response)?;
        let to = dialog.next_hop().unwrap_or(layer.server);
        let ack = layer.acknowledge(caller, to, dialog.head(&Method::Ack));
        Some(Answered { dialog, to, ack })
    }
}

impl Leg {
    /// The called party's end of a call that `invite` begins. `None` if requests could not be sent there.
    pub fn new(invite: Request, source: Source, tag: String, contact: String) -> Option<Leg> {
        let dialog = Dialog::of_called(&invite, &tag)?;
        Some(Leg { invite, source, tag, contact, response: Vec::new(), interval: T1, dialog })
    }

    /// Whether a request belongs to the transaction of the INVITE: it came again, or is its CANCEL.
    pub fn is_of_transaction(&self, request: &Request) -> bool {
        let branch = |request: &Request| Some(request.headers().via().ok()?.branch()?.to_owned());
        branch(&self.invite) == branch(request)
    }

    /// Answers the INVITE.
    pub fn respond(&mut self, layer: &mut Layer, status: StatusCode) {
        let mut response = MessageBuilder::reply(&self.invite, status, &self.tag, Some(self.source.address));
        if status.code() < 300 {
            response = response.header(HeaderName::CONTACT, &self.contact);
        }
        self.response = match status.is_success() {
            true => response.finish_with_body(SDP, describe(layer.local(self.source.socket)).as_bytes()),
            false => response.finish(),
        };
        self.send_again(layer);
    }

    /// Sends the last response once more.
    pub fn send_again(&self, layer: &mut Layer) {
        layer.send(self.source.socket, self.source.address, &self.response);
    }
}

/// A session of one PCMU stream (RFC 4566). Nothing is sent there, and nothing listens.
pub fn describe(local: SocketAddr) -> String {
    let (ip, kind) = (local.ip(), if local.is_ipv4() { "IP4" } else { "IP6" });
    format!(
        "v=0\r\no=load 1 1 IN {kind} {ip}\r\ns=-\r\nc=IN {kind} {ip}\r\nt=0 0\r\n\
         m=audio {MEDIA_PORT} RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n"
    )
}

/// The port in session descriptions.
const MEDIA_PORT: u16 = 40_000;
