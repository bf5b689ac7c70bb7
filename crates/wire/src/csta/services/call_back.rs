//! CallBack: the caller of a call that nobody takes is called when the called device is free.

use super::super::arguments::arguments;
use super::super::{ConnectionId, DeviceId};

arguments! {
    /// Request: ends the attempt, and calls its caller as soon as the called device is free.
    pub struct CallBack in "CallBack" {
        /// The connection of the caller.
        callback_connection: ConnectionId = "callbackConnection",
    }
}

arguments! {
    /// The caller waits.
    pub struct CallBackResponse in "CallBackResponse" {
        /// The device for which he waits.
        target_device: Option<DeviceId> = "targetDevice",
    }
}
