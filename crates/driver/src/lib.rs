//! Runs a node on this machine: sockets, clock, files, signals and terminal around `hookflash_node::Node`.
//!
//! A node takes inputs and gives outputs; everything that connects it with the operating system is here. A program that
//! runs a switch binds the listeners, makes a node and a driver for it, and starts the driver in the driver's runtime:
//!
//! ```
//! use hookflash_driver::{Bound, Driver, Recorder, runtime};
//! use hookflash_node::{Node, config, provision};
//! use tokio::task::LocalSet;
//!
//! # fn main() -> Result<(), hookflash_driver::Error> {
//! let loaded = config::load("telephony-service\n ip source-address 127.0.0.1 port 0\n");
//! let provisioned = provision(&loaded.settings, None);
//! LocalSet::new().block_on(&runtime()?, async {
//!     let bound = Bound::bind(&provisioned.listeners)?;
//!     let driver = Driver::new(Node::new(provisioned.settings)?, Recorder::default());
//!     driver.start(bound, None)?;
//!     // Phones can register now.
//!     driver.shut_down().await;
//!     Ok(())
//! })
//! # }
//! ```
//!
//! | module | what it does |
//! | --- | --- |
//! | `driver`, `link` | one task for each socket; inputs to the node, outputs to the sockets |
//! | `resolver` | where other SIP servers are (RFC 3263) |
//! | `stream`, `tls`, `secure` | connections with and without TLS; certificates; handshakes |
//! | `turns`, `datagrams`, `requests`, `crowd` | whose turn it is: no source is served more often than others that wait; who holds how many places |
//! | `web_socket`, `half_messages` | WebSocket; what is kept of messages of which a part has come |
//! | `clock` | the node's time, which stands still while the process cannot run |
//! | `load_meter` | measures what calls cost and sets the limit for new calls |
//! | `control` | the control socket for `hookflash cli`, both ends |
//! | `data`, `state` | the data directory; what users and applications have set, on disk |
//! | `recording` | writes the recording of a node to a file |
//! | `tftp`, `tftp_request`, `http`, `fetch`, `flash`, `log_budget` | files and pages of phones: who speaks the protocols, and what is asked of the node |
//! | `messages` | messages that are played into calls and recorded from them |
//! | `listen` | binds the listeners |
//! | [`configuration`] | reads the configuration file |
//! | [`address`] | IP addresses and names of the command line |
//! | `fail_fast`, `seed` | a panic ends the process; what no other start has |
//! | `store` | stores the startup configuration |
//! | `signals` | SIGTERM, SIGINT, SIGHUP |
//! | `audit` | the file of the audit |
//! | [`logging`], [`terminal`] | log lines on standard error; text on standard output |

pub mod address;
mod audio_socket;
mod audit;
mod client_certificate;
mod clock;
pub mod configuration;
mod connect;
mod control;
mod crowd;
mod data;
mod datagrams;
mod driver;
mod error;
mod event_stream;
mod fail_fast;
mod fetch;
mod flash;
mod half_messages;
mod http;
mod introduction;
mod limits;
mod link;
mod listen;
mod load_meter;
mod log_budget;
pub mod logging;
mod media;
mod media_ports;
mod messages;
mod post;
mod recording;
mod requests;
mod resolver;
mod secure;
mod seed;
mod session_store;
mod signals;
mod state;
mod store;
mod stream;
pub mod terminal;
mod tftp;
mod tftp_request;
mod tls;
mod turns;
mod web_socket;

pub use audit::audit_to;
pub use control::{Operator, Reply, Screen, control_path, open_control};
pub use data::DataDirectory;
pub use driver::{Driver, runtime};
pub use error::Error;
pub use fail_fast::{PANICKED, fail_fast};
pub use introduction::Introduction;
pub use limits::{available_memory, raise_file_limit, random};
pub use listen::Bound;
pub use recording::{RecordLimit, Recorder};
pub use seed::seed_of_start;
pub use signals::{Request, Signals};
pub use tls::{HANDSHAKE_TIME, MAX_HANDSHAKE, MAX_HANDSHAKES, MAX_HANDSHAKES_OF_ADDRESS, Tls};
