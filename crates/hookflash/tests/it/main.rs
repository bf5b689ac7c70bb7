//! The program as its users run it, over sockets on this machine.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod audit;
mod check;
mod configure;
mod csta;
mod demo;
mod generated;
mod kept;
mod links;
mod load;
mod office;
mod process;
mod proxy;
mod recording;
mod serve;
mod server;
mod socket;
mod terminal;
mod walk;
