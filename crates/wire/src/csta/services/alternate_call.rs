//! AlternateCall: holds the active call of a device and connects its other one.

use super::super::arguments::arguments;
use super::super::{ConnectionId, ConsultOptions};

arguments! {
    /// Request: holds the active call of a device and connects its other one.
    pub struct AlternateCall in "AlternateCall" {
        /// The connection that is connected: on hold, alerting or queued.
        held_call: ConnectionId = "heldCall",
        /// The connected connection, which is held.
        active_call: ConnectionId = "activeCall",
        /// Whether the facilities of the held connection shall be kept for its later use.
        connection_reservation: Option<bool> = "connectionReservation",
        /// What the application will do with the two calls; absent means [`ConsultOptions::Unrestricted`].
        consult_options: Option<ConsultOptions> = "consultOptions",
    }
}

impl AlternateCall {
    /// A request with the mandatory arguments only.
    pub fn new(held_call: ConnectionId, active_call: ConnectionId) -> Self {
        AlternateCall { held_call, active_call, connection_reservation: None, consult_options: None }
    }
}

arguments! {
    /// Done.
    pub struct AlternateCallResponse in "AlternateCallResponse";
}
