//! Everything that happens because time passes, on one screen.

pub use hookflash_time::{Deadline, Timers};

use crate::{CallId, ConnectionId, StationId};

/// The timers of the switch, each with its reason.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord, Hash)]
pub enum Timer {
    /// The caller has not dialled the next digit.
    InterDigit(CallId),
    /// The called device has not answered.
    Ringing(ConnectionId),
    /// The called device has not answered, and forwards such calls.
    ForwardNoAnswer(ConnectionId),
    /// The caller has heard busy or reorder tone long enough.
    ToneEnds(ConnectionId),
    /// The user has not gone off-hook for a prompted call.
    MakeCallPrompt(CallId),
    /// A phone whose connection broke has not come back.
    StationLost(StationId),
}
