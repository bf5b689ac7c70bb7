//! Time for code that reads no clock: an [`Instant`] that the caller passes in, and [`Timers`] that say what is due.
//!
//! Every crate without input and output is driven the same way: each call gets the current [`Instant`], the next
//! deadline is [`Timers::next`], and [`Timers::pop_due`] takes what is due. The same instants give the same order.

mod instant;
mod timers;

pub use instant::Instant;
pub use timers::{Deadline, Timers};
