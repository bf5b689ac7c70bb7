//! The SCCP codec from outside: captured bytes, every message at every version, and bad input.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // Also in helpers of tests.

mod framing;
mod golden;
mod keys;
mod messages;
mod samples;
mod text;
