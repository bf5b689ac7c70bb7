//! One call between two endpoints: how far it has come, and what either end knows of it.

use std::{net::SocketAddr, time::Instant};

use hookflash_sip::{Body, ContentKind, DialogId, Incoming, InviteId, RequestId, Tag};

/// What bodies hold.
pub const SDP: ContentKind = ContentKind::SDP;

/// A call of a pair of endpoints: not the one before, and not the one after.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Place {
    /// The pair, by its index.
    pub pair: usize,
    /// The number of the call, which no other one has.
    pub call: u64,
}

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
    /// The caller's tag.
    pub tag: Tag,
    /// The CSeq of the last INVITE.
    pub cseq: u32,
    /// Whether that answered a challenge.
    pub challenged: bool,
    /// The INVITE, until it is answered.
    pub invite: Option<RequestId>,
    /// The caller's end, once the called party has answered.
    pub caller: Option<DialogId>,
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

/// The called party's end of a call.
#[derive(Debug)]
pub struct Leg {
    /// The INVITE, until it is answered.
    pub incoming: Option<Incoming>,
    /// Which one it is.
    pub invite: Option<InviteId>,
    /// The dialog.
    pub dialog: DialogId,
}

impl Call {
    /// A call that is about to begin.
    pub fn new(place: Place, scheduled: Instant, alone: bool, tag: Tag) -> Call {
        Call {
            place,
            stage: Stage::Inviting,
            alone,
            scheduled,
            tag,
            cseq: 0,
            challenged: false,
            invite: None,
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

    /// The dialog in which that endpoint does it.
    pub fn dialog_that_ends(&self) -> Option<DialogId> {
        match self.alone {
            true => self.caller,
            false => self.called.as_ref().map(|leg| leg.dialog),
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

/// A body that describes a session.
pub fn body(description: &str) -> Body<'_> {
    Body { kind: SDP, bytes: description.as_bytes() }
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
