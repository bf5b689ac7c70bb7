//! The SCCP codec from outside: captured bytes, every message at every version, and bad input.

mod framing;
mod golden;
mod messages;
mod samples;
mod text;
