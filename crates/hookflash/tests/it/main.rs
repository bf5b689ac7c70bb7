//! The real program, over sockets on this machine.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod process;
mod recording;
