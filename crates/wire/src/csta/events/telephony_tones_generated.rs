//! TelephonyTonesGeneratedEvent: a tone is sent into a call.

use super::super::arguments::arguments;
use super::super::{ConnectionId, TelephonyTone};

arguments! {
    /// A tone is sent into a call.
    pub struct TelephonyTonesGenerated in "TelephonyTonesGeneratedEvent" {
        /// The connection that sends it.
        connection: ConnectionId = "connection",
        /// The tone.
        tone_generated: Option<TelephonyTone> = "toneGenerated",
        /// Its length in milliseconds.
        tone_duration: Option<i64> = "toneDuration",
    }
}
