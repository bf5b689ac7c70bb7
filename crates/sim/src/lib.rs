//! The laboratory.

pub mod phone;
