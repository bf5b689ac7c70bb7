//! Why something happened to a call: the event causes of ECMA-269 that this switch uses.

/// An ECMA-269 event cause. Only causes that the switch really reports are listed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord, Hash)]
pub enum EventCause {
    /// An application exchanged the active and the held call of a device.
    Alternate,
    /// The call came back to a line that had forwarded it, or was forwarded too often.
    Blocked,
    /// The called side does not want the call, or who calls may not call there.
    Refused,
    /// The called device has no free channel, or its user rejected the call.
    Busy,
    /// A busy line forwarded the call.
    CallForwardBusy,
    /// The application of a CTI port or route point has gone, and the line forwards such calls.
    CallForward,
    /// A line that forwards all calls did so.
    CallForwardImmediate,
    /// A line forwarded the call that nobody answered there.
    CallForwardNoAnswer,
    /// The called device rang until the switch gave up.
    CallNotAnswered,
    /// A call was picked up where it rang, or fetched from where it was parked.
    CallPickup,
    /// An application added a device to a call.
    SingleStepConference,
    /// An application let a device join a call.
    JoinCall,
    /// An application or key made a conference of two calls.
    Conference,
    /// The call was begun to consult somebody about a held call.
    Consultation,
    /// The user or application ended the call attempt before it began.
    CallCancelled,
    /// The dialled number does not exist.
    DestNotObtainable,
    /// The called side cannot be reached now, it says itself or another network.
    Unreachable,
    /// The device exists but its phone is not there.
    DestOutOfOrder,
    /// The called user is not to be disturbed.
    DoNotDisturb,
    /// The application asked for the call.
    MakeCall,
    /// The call rings at several devices at once.
    MultipleAlerting,
    /// An ordinary new call.
    NewCall,
    /// No member of a group is free.
    NoAvailableAgents,
    /// Nothing special.
    Normal,
    /// The called party, who could not be reached before, is free now.
    CallBack,
    /// A user hung up.
    NormalClearing,
    /// A call was parked.
    Park,
    /// A call came back to the device that had sent it elsewhere.
    Recall,
    /// A user or application sent a ringing call elsewhere.
    Redirected,
    /// No digit, or no further digit, was dialled in time.
    ReorderTone,
    /// The switch has no capacity for the call.
    ResourcesNotAvailable,
    /// An application gave a call to another device without a consultation.
    SingleStepTransfer,
    /// A held and an active call were joined, and the device that joined them left.
    Transfer,
    /// The call was passed to the next line or member of a group.
    Distributed,
    /// Nothing came from a device in a conversation for too long.
    Timeout,
    /// The other side cannot take a call of this kind.
    IncompatibleDestination,
    /// No such number, another network says.
    NumberUnallocated,
    /// The number is not in use any more.
    NumberChanged,
    /// The number has too few or too many digits.
    InvalidNumberFormat,
    /// The other network has no capacity.
    NetworkCongestion,
    /// The other network cannot be reached, or does not let this switch call.
    NetworkNotObtainable,
    /// The other network is at fault, as when a call runs in a circle.
    NetworkOutOfOrder,
}
