//! What becomes of messages that are played into calls and recorded from them.

use smol_str::SmolStr;

use super::super::arguments::arguments;
use super::super::{ConnectionId, EventCause};

arguments! {
    /// A message is played from here on.
    pub struct Play in "PlayEvent" {
        /// The connection.
        connection: ConnectionId = "connection",
        /// The name of the message.
        message: SmolStr = "message",
        /// Its length in milliseconds.
        length: Option<i64> = "length",
        /// The milliseconds of it that are behind.
        current_position: Option<i64> = "currentPosition",
        /// Why.
        cause: Option<EventCause> = "cause",
    }
}

arguments! {
    /// A call is recorded from here on.
    pub struct Record in "RecordEvent" {
        /// The connection.
        connection: ConnectionId = "connection",
        /// The name of the message.
        message: SmolStr = "message",
        /// Its length in milliseconds.
        length: Option<i64> = "length",
        /// The milliseconds of it that are behind.
        current_position: Option<i64> = "currentPosition",
        /// Why.
        cause: Option<EventCause> = "cause",
    }
}

arguments! {
    /// What was played or recorded has ended.
    pub struct Stopped in "StopEvent" {
        /// The connection.
        connection: ConnectionId = "connection",
        /// The name of the message.
        message: SmolStr = "message",
        /// Its length in milliseconds.
        length: Option<i64> = "length",
        /// The milliseconds of it that are behind.
        current_position: Option<i64> = "currentPosition",
        /// Why.
        cause: Option<EventCause> = "cause",
    }
}

arguments! {
    /// What is played waits.
    pub struct SuspendPlay in "SuspendPlayEvent" {
        /// The connection.
        connection: ConnectionId = "connection",
        /// The name of the message.
        message: SmolStr = "message",
        /// Its length in milliseconds.
        length: Option<i64> = "length",
        /// The milliseconds of it that are behind.
        current_position: Option<i64> = "currentPosition",
        /// Why.
        cause: Option<EventCause> = "cause",
    }
}

arguments! {
    /// What is recorded waits.
    pub struct SuspendRecord in "SuspendRecordEvent" {
        /// The connection.
        connection: ConnectionId = "connection",
        /// The name of the message.
        message: SmolStr = "message",
        /// Its length in milliseconds.
        length: Option<i64> = "length",
        /// The milliseconds of it that are behind.
        current_position: Option<i64> = "currentPosition",
        /// Why.
        cause: Option<EventCause> = "cause",
    }
}
