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

arguments! {
    /// Done.
    pub struct HoldCallResponse in "HoldCallResponse";
}
