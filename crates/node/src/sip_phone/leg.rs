//! One call of one phone: its dialog, and what was offered and answered there.

use std::{net::IpAddr, time::Duration};

use hookflash_core::{CodecSet, Deadline, Description, Instant, StationId};
use hookflash_sip::InviteId;
use hookflash_wire::{sdp::SessionDescription, sip::StatusCode};
use smol_str::SmolStr;

use super::{
    kpml::Keys,
    media::{Negotiation, Target, Told, described},
    security::Srtp,
    shown::Unshown,
    trunks::ByTrunk,
};
use crate::sip::{DialogId, Flow, Incoming, RequestId};

/// Names a leg; never used twice.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct LegId(pub(super) u32);

/// How far a leg is; see the [module page](super).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum State {
    /// The phone's INVITE waits for its final response.
    Offered,
    /// Our INVITE has no final response.
    Ringing,
    /// The phone has accepted with an offer; the ACK waits for the answer.
    Answering,
    /// The dialog is confirmed.
    Up,
}

/// Why a leg ends from our side.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Ending {
    /// The call is over, or was taken away.
    Gone,
    /// Another phone or another contact has the call.
    Elsewhere,
    /// It did not get through.
    Failed(hookflash_core::EventCause),
}

/// One leg.
#[derive(Debug)]
pub(super) struct Leg {
    pub(super) station: StationId,
    /// The number of the line.
    pub(super) number: SmolStr,
    pub(super) state: State,
    pub(super) flow: Flow,
    /// The host by which the phone knows this server.
    pub(super) server: SmolStr,
    /// The call in which its phone was called.
    pub(super) call: Option<hookflash_core::CallId>,
    /// The connection of the switch; `None` until the switch has seen the phone's call.
    pub(super) reference: Option<u32>,
    pub(super) dialog: Option<DialogId>,
    /// The phone's INVITE or UPDATE that is not answered, and its name if it is an INVITE.
    pub(super) incoming: Option<Incoming>,
    pub(super) invite: Option<InviteId>,
    /// Our INVITE that has no final response.
    pub(super) request: Option<RequestId>,
    pub(super) media: Negotiation,
    /// Where the phone receives, as far as it has said.
    pub(super) description: Option<Description>,
    /// Runs while it waits for the other party's address, and until it may be offered something.
    pub(super) media_timer: Option<Deadline>,
    pub(super) offer_timer: Option<Deadline>,
    /// Runs until its phone is told again that its call is under way.
    pub(super) progress_timer: Option<Deadline>,
    /// Whether 180 was sent, or received.
    pub(super) rings: bool,
    /// Whether whom it calls has said that it rings.
    pub(super) rings_there: bool,
    /// The reliable response that is not acknowledged, and the last one of the phone's (RFC 3262).
    pub(super) unacknowledged: Option<Reliable>,
    /// RSeq of our last reliable response; 0 if there was none.
    pub(super) own_reliable: u32,
    /// Whether the phone knows reliable responses.
    pub(super) takes_reliable: bool,
    /// What the phone was told to hear before anybody has answered.
    pub(super) early: Option<Target>,
    /// Whether the phone has its answer already, in a reliable response: it is not said again.
    pub(super) agreed: bool,
    /// Whether our offer in the dialog was sent with a password.
    pub(super) offer_proved: bool,
    /// Whether an offer was repeated with a longer session.
    pub(super) offered_longer: bool,
    /// How many elements the phone's INVITE may pass yet (Max-Forwards).
    pub(super) hops: u32,
    /// Whether our INVITE has no offer because the phone did not take one.
    pub(super) without_offer: bool,
    /// The shortest session that the phone takes, in seconds, where it has said so when it was called.
    pub(super) least: Option<u32>,
    /// Whether it has said that it does not know reliable provisional responses.
    pub(super) unreliable: bool,
    /// Whether the phone takes INFO, and wants digits that way.
    pub(super) takes_info: bool,
    pub(super) wants_info: bool,
    /// The connection of which the switch knows that its phone plays no tone by itself.
    pub(super) no_tone: Option<u32>,
    /// The digit that the phone was told of last and that sounds still.
    pub(super) heard: Option<char>,
    pub(super) last_reliable: u32,
    /// Whether the phone takes `Event: talk`.
    pub(super) talks: bool,
    /// Whether it knows `Event: kpml`.
    pub(super) knows_kpml: bool,
    /// Whether we have subscribed to its keys.
    pub(super) asked_for_keys: bool,
    /// Its subscription to the keys of the other party.
    pub(super) keys: Option<Keys>,
    /// Whether it is a Cisco phone with enterprise firmware.
    pub(super) cisco: bool,
    /// Whether it was asked to do what it is asked to.
    pub(super) asked: bool,
    /// Whether the phone takes UPDATE.
    pub(super) takes_update: bool,
    /// The other party as the phone was told.
    pub(super) told: Option<Told>,
    /// A transfer that the phone asked for.
    pub(super) transfer: Option<Transfer>,
    /// Whether there is no call: what was dialled is done.
    pub(super) ends_when_acknowledged: bool,
    /// What its INVITE is made of, if it leaves by a trunk.
    pub(super) by_trunk: Option<Box<ByTrunk>>,
    /// What is done when the phone has shown that it is the one that asks.
    pub(super) unshown: Option<Box<Unshown>>,
}

/// A provisional response of ours that is repeated until PRACK comes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Reliable {
    pub(super) status: StatusCode,
    /// Its description, if it has one.
    pub(super) body: Option<Box<[u8]>>,
    /// Its RSeq.
    pub(super) number: u32,
    /// How long until it is repeated.
    pub(super) interval: Duration,
    /// Since when it is repeated.
    pub(super) since: Instant,
    pub(super) deadline: Deadline,
}

/// A transfer that a phone asked for with REFER.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Transfer {
    /// CSeq of the REFER, which names its reports.
    pub(super) id: u32,
    /// The call in which the target is reached.
    pub(super) call: Option<hookflash_core::CallId>,
    /// Whether reports are wanted.
    pub(super) reported: bool,
    /// Whether the phone has left the call: only the report of its outcome is missing.
    pub(super) left: bool,
}

/// Max-Forwards of requests that begin here.
pub(super) const MAX_FORWARDS: u32 = 70;

/// The address from which a phone signals, if it says that it receives at a private address of another network.
fn behind(described: IpAddr, seen: IpAddr) -> Option<IpAddr> {
    let (described, seen) = (described.to_canonical(), seen.to_canonical());
    let same_family = described.is_ipv4() == seen.is_ipv4();
    (same_family && described != seen && is_private(described) && !is_private(seen)).then_some(seen)
}

/// Whether the address means something in one network only (RFC 1918, RFC 6598, RFC 4193).
fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            let [first, second, ..] = address.octets();
            address.is_private() || first == 100 && second & 0xC0 == 64
        }
        IpAddr::V6(address) => address.is_unique_local(),
    }
}

impl Leg {
    /// Where a phone receives that wrote this, with the codecs that it may use; `None` if nothing in it is usable.
    pub(super) fn described(&self, theirs: &SessionDescription, own: CodecSet) -> Option<Description> {
        let described = described(theirs, own, self.media.security.policy)?;
        let none = described.telephone_event.is_none();
        let behind = behind(described.address.ip, self.flow.peer().ip());
        let digits_by_signalling = self.wants_info || none && self.takes_info;
        Some(Description { digits_by_signalling, behind, ..described })
    }

    /// [`Leg::described`], unless it says that it receives nowhere yet: nothing may be sent there.
    pub(super) fn receives(&self, theirs: &SessionDescription, own: CodecSet) -> Option<Description> {
        let nowhere = theirs.audio().is_some_and(|(_, audio)| audio.is_black_hole());
        self.described(theirs, own).filter(|_| !nowhere)
    }

    /// What an offer is answered with before anybody has answered the call: nothing, unless its first offer was answered in a
    /// reliable response that is acknowledged.
    pub(super) fn early_answer(&self) -> Option<Target> {
        match self.state {
            State::Offered if self.agreed && self.unacknowledged.is_none() => self.early,
            State::Ringing if self.last_reliable != 0 && !self.media.offered => {
                self.media.told.filter(|_| self.media.theirs.is_some())
            }
            _ => None,
        }
    }

    /// Whether its audio may be encrypted.
    pub(super) fn is_secured(&self) -> bool {
        self.media.security.policy != Srtp::Off
    }

    pub(super) fn new(
        (station, number): (StationId, SmolStr),
        state: State,
        flow: Flow,
        server: SmolStr,
        session: u64,
    ) -> Leg {
        Leg {
            station,
            number,
            state,
            flow,
            server,
            call: None,
            reference: None,
            dialog: None,
            incoming: None,
            invite: None,
            request: None,
            media: Negotiation::new(session),
            description: None,
            media_timer: None,
            offer_timer: None,
            progress_timer: None,
            rings: false,
            rings_there: false,
            unacknowledged: None,
            last_reliable: 0,
            own_reliable: 0,
            takes_reliable: false,
            early: None,
            agreed: false,
            offer_proved: false,
            offered_longer: false,
            hops: MAX_FORWARDS,
            without_offer: false,
            least: None,
            unreliable: false,
            takes_info: false,
            wants_info: false,
            no_tone: None,
            heard: None,
            talks: false,
            knows_kpml: false,
            asked_for_keys: false,
            keys: None,
            cisco: false,
            asked: false,
            takes_update: false,
            told: None,
            transfer: None,
            ends_when_acknowledged: false,
            by_trunk: None,
            unshown: None,
        }
    }
}
