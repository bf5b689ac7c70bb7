//! ECMA-323 messages as a server and its clients use them.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod call_control;
mod devices;
mod framing;
mod input;
mod merging_events;
mod messages;
mod properties;
mod schema;
mod sessions;
mod telephones;
mod variants;
mod voice;
