//! Runs every story in `stories/` of the repository, and lets phones and applications loose without one.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod matrix;
mod random;
mod stories;
