//! HoldCall: puts a connected connection on hold.

use super::super::ConnectionId;
use super::super::arguments::arguments;

arguments! {
    /// Request: puts a connected connection on hold.
    pub struct HoldCall in "HoldCall" {
        /// The connected connection.
        call_to_be_held: ConnectionId = "callToBeHeld",
        /// Whether the facilities of the connection shall be kept for its later use.
        connection_reservation: Option<bool> = "connectionReservation",
    }
}

impl HoldCall {
    /// A request with the mandatory argument only.
    pub fn new(connection: ConnectionId) -> Self {
        HoldCall { call_to_be_held: connection, connection_reservation: None }
    }
}

arguments! {
    /// Done.
    pub struct HoldCallResponse in "HoldCallResponse";
}
