//! Stories: what applications and phones do, and what applications are told, through the whole node.

mod calls;
mod faults;
mod forwarding;
pub(crate) mod office;
mod refusals;
mod services;
mod sessions;
mod several_parties;
mod telephones;

pub(crate) use office::{Client, Office, Wire, assert_valid, in_short};
