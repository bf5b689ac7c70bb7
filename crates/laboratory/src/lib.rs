//! Commands that put phones and applications on a switch: to try it, to test against it, to load it, and to find out
//! what happened in it.
//!
//! `hookflash_sim` has the phones, the applications and the stories, without sockets and in virtual time. This crate puts
//! them on real sockets, or runs them, for the person at the terminal. Each type here is one subcommand: its fields are the
//! options (derived with `clap`), and `run` carries it out and returns the exit code.
//!
//! | module | command | what it does |
//! | --- | --- | --- |
//! | `phone` | `hookflash phone` | a software SCCP phone |
//! | `csta` | `hookflash csta` | a CSTA application |
//! | `demo` | `hookflash demo` | a switch, three phones and an application that show a call |
//! | `sim` | `hookflash sim` | runs stories and random runs in virtual time |
//! | `office` | `hookflash sim --serve` | an office of phones whose users make calls, for applications to connect to |
//! | `replay` | `hookflash replay` | gives a recording to a node again and compares the outputs |
//! | `load` | `hookflash load` | thousands of phones, applications and SIP endpoints, with measurements |
//!
//! `client` has the phone and the application on a real socket that the first five use; the load tool has its own,
//! which wait for all sockets of a thread at once.

mod client;
mod csta;
mod demo;
mod error;
mod load;
mod office;
mod phone;
mod replay;
mod sim;

pub use csta::CstaCommand;
pub use demo::Demo;
pub use error::Error;
pub use load::Load;
pub use phone::PhoneCommand;
pub use replay::Replay;
pub use sim::Sim;
