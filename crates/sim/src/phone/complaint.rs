//! What a phone finds wrong with what it is sent.

use hookflash_wire::sccp::{CallState, DecodeError, FrameError, MessageId, Version};

/// Something a call manager should not have sent, or should have.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Complaint {
    /// The stream cannot be followed any more; the phone closed it.
    #[error("{0}")]
    Frame(FrameError),
    /// A message is too short.
    #[error("{0}")]
    Message(DecodeError),
    /// A message that phones do not know.
    #[error("unknown message {0}")]
    UnknownMessage(MessageId),
    /// RegisterAck chose a version beyond the one offered.
    #[error("RegisterAck says version {chosen}, offered was {offered}")]
    VersionNotOffered {
        /// What RegisterAck says.
        chosen: Version,
        /// What Register said.
        offered: Version,
    },
    /// A message concerns a line that the phone does not have.
    #[error("{message} for line {line}, which the phone does not have")]
    UnknownLine {
        /// The message's name.
        message: &'static str,
        /// The line instance.
        line: u32,
    },
    /// A message concerns a call that CallState has not introduced.
    #[error("{message} for call {reference}, which the phone does not have")]
    UnknownCall {
        /// The message's name.
        message: &'static str,
        /// The call reference.
        reference: u32,
    },
    /// A call moved to another line.
    #[error("call {reference} moved from line {from} to line {to}")]
    CallMoved {
        /// The call reference.
        reference: u32,
        /// The line so far.
        from: u32,
        /// The line now.
        to: u32,
    },
    /// Two calls are Connected at once: the earlier one loses its audio.
    #[error("call {second} is Connected while call {first} still is")]
    TwoConnected {
        /// The call that was connected.
        first: u32,
        /// The call that became connected.
        second: u32,
    },
    /// A call became Connected while the phone still rings for it.
    #[error("call {0} is Connected but still rings")]
    ConnectedWhileRinging(u32),
    /// A receive channel was ordered for a call in which nobody can hear anything.
    #[error("OpenReceiveChannel for call {reference}, which is {state}")]
    ChannelTooEarly {
        /// The call reference.
        reference: u32,
        /// Its state.
        state: CallState,
    },
    /// A receive channel was ordered a second time.
    #[error("OpenReceiveChannel for party {0}, which is open")]
    ChannelOpenAlready(u32),
    /// The phone shall send without having been told to receive.
    #[error("StartMediaTransmission for party {0} without a receive channel")]
    TransmissionWithoutChannel(u32),
    /// The phone shall send to nowhere.
    #[error("StartMediaTransmission for party {0} to port 0")]
    TransmissionToNowhere(u32),
    /// A call ended and its media goes on.
    #[error("call {0} ended with media still open")]
    MediaLeftOpen(u32),
    /// A call was put aside and its media goes on.
    #[error("call {0} is on hold with media still open")]
    MediaOnHold(u32),
    /// A call ended and a tone of it goes on.
    #[error("call {0} ended with a tone still playing")]
    ToneLeftOn(u32),
    /// A call ended or was answered and the phone rings on.
    #[error("the phone rings although no call of it does")]
    RingerLeftOn,
    /// A request was not answered within [`ANSWER_TIMEOUT`](super::ANSWER_TIMEOUT).
    #[error("no answer to {0}")]
    Unanswered(&'static str),
}
