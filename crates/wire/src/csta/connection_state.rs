//! Connection states (ECMA-269 clause 6.1.5) and the call states of snapshots.

use super::arguments::{Argument, Fault};
use super::element::Element;
use super::vocabulary::words;
use super::writer::Writer;

words! {
    /// State of a connection.
    pub enum LocalConnectionState {
        /// No relationship between device and call (any more).
        Null = "null",
        /// The device asks for service: off-hook, dialling or prompted.
        Initiated = "initiated",
        /// The device is being rung.
        Alerting = "alerting",
        /// The device takes part in the call.
        Connected = "connected",
        /// The device has put the call on hold.
        Hold = "hold",
        /// The call waits at the device.
        Queued = "queued",
        /// The call cannot proceed at the device.
        Fail = "fail",
    }
}

words! {
    /// State of a two-party call seen from one of its devices: both connection states in one word.
    pub enum SimpleCallState {
        CallNull = "callNull",
        CallPending = "callPending",
        CallOriginated = "callOriginated",
        CallDelivered = "callDelivered",
        CallDeliveredHeld = "callDeliveredHeld",
        CallReceived = "callReceived",
        CallEstablished = "callEstablished",
        CallEstablishedHeld = "callEstablishedHeld",
        CallReceivedOnHold = "callReceivedOnHold",
        CallEstablishedOnHold = "callEstablishedOnHold",
        CallQueued = "callQueued",
        CallQueuedHeld = "callQueuedHeld",
        CallFailed = "callFailed",
        CallFailedHeld = "callFailedHeld",
        CallBlocked = "callBlocked",
    }
}

/// State of a call at a device, in one of the three forms a snapshot may give it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum CallState {
    /// Connection states of all parties, the snapshot device's first.
    Compound(Vec<LocalConnectionState>),
    /// One word for a two-party call.
    Simple(SimpleCallState),
    /// The switching function does not know.
    Unknown,
}

impl Argument for CallState {
    fn decode(element: Element<'_>) -> Result<Self, Fault> {
        if let Some(compound) = element.member("compoundCallState") {
            return compound.list("localConnectionState").map(CallState::Compound);
        }
        if element.member("unknown").is_some() {
            return Ok(CallState::Unknown);
        }
        element.argument("simpleCallState").map(CallState::Simple)
    }

    fn encode(&self, name: &'static str, writer: &mut Writer<'_>) {
        writer.element(name, |writer| match self {
            CallState::Compound(states) => writer.element("compoundCallState", |writer| {
                states.iter().for_each(|state| state.encode("localConnectionState", writer));
            }),
            CallState::Simple(state) => state.encode("simpleCallState", writer),
            CallState::Unknown => writer.empty("unknown"),
        });
    }
}
