//! ReconnectCall: clears the active call of a device and retrieves its held one.

use super::super::ConnectionId;
use super::super::arguments::arguments;

arguments! {
    /// Request: clears the active call of a device and retrieves its held one.
    pub struct ReconnectCall in "ReconnectCall" {
        /// The connection that is cleared.
        active_call: ConnectionId = "activeCall",
        /// The held connection of the same device, which is retrieved.
        held_call: ConnectionId = "heldCall",
    }
}

impl ReconnectCall {
    /// A request with the mandatory arguments only.
    pub fn new(active_call: ConnectionId, held_call: ConnectionId) -> Self {
        ReconnectCall { active_call, held_call }
    }
}

arguments! {
    /// Done.
    pub struct ReconnectCallResponse in "ReconnectCallResponse";
}
