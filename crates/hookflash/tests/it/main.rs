//! The program as its users run it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod office;
