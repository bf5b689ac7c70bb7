//! Timers: what happens because time passes.

pub use hookflash_time::{Deadline, Timers};

use crate::{ConnectionKey, SoundId, StationId, cti::SessionId};

/// The timers of the switch, each with its reason.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord, Hash)]
pub enum Timer {
    /// The caller has not dialled the next digit.
    InterDigit(ConnectionKey),
    /// The called device has not answered.
    Ringing(ConnectionKey),
    /// The called device has not answered, and forwards such calls.
    ForwardNoAnswer(ConnectionKey),
    /// A member of a hunt group has not answered.
    HuntNext(ConnectionKey),
    /// A transferred call was not answered; it comes back.
    TransferRecall(ConnectionKey),
    /// A call has been parked for one more interval.
    ParkReminder(ConnectionKey),
    /// A held call has rung back long enough.
    RingBack(ConnectionKey),
    /// The caller has heard busy or reorder tone long enough.
    ToneEnds(ConnectionKey),
    /// The user has not gone off-hook for a prompted call.
    MakeCallPrompt(ConnectionKey),
    /// The device answers the call by itself.
    AutoAnswer(ConnectionKey),
    /// A phone has not done what an application asked for.
    Asked(ConnectionKey),
    /// A call has rung at a line for long enough to ring elsewhere too.
    Reach(ConnectionKey),
    /// A call has rung elsewhere for long enough.
    ReachEnds(ConnectionKey),
    /// The digit that an application sends into a call ends, or the next one begins.
    Digits(ConnectionKey),
    /// An application whose connection broke has not come back.
    ApplicationLost(SessionId),
    /// Further calls of a CTI port or route point lose their application.
    Abandon(StationId),
    /// No application has taken the call that was offered.
    Accept(ConnectionKey),
    /// No application has said where the media of the call goes.
    MediaExchange(ConnectionKey),
    /// A message that is played or recorded begins, ends or cannot be found.
    Sound(SoundId),
    /// Nothing has come from a device in a conversation for too long.
    MediaInactive(ConnectionKey),
    /// A phone whose connection broke has not come back.
    StationLost(StationId),
}
