//! A client of CSTA in JSON over WebSocket: requests, events, and sessions that go on when a connection breaks.
//!
//! ```no_run
//! use hookflash_client::{Client, Message, Settings};
//!
//! # fn main() -> Result<(), hookflash_client::Error> {
//! let mut client = Client::connect(Settings::new("http://localhost:8080", "crm").user("crm", "secret"))?;
//! client.monitor("202")?;
//! loop {
//!     if let Some(Message::Event(event)) = client.next(None)? {
//!         println!("{} {:?}", event.name, event.body);
//!     }
//! }
//! # }
//! ```
//!
//! Methods, parameters and events have the names of ECMA-323. [`Client::request`] takes the types of [`csta`], one for each
//! service, and returns those of the responses; [`Event::body`] has those of the events. [`Client::call`] takes any method with
//! parameters in JSON.
//!
//! | module | what it does |
//! | --- | --- |
//! | `client` | requests and their answers; the session, and how it goes on |
//! | `message` | what the server tells: events, what is lost, what it asks |
//! | `typed` | between the types of CSTA and JSON |
//! | `socket` | a WebSocket, with and without TLS |
//! | `settings` | where the server is, and who the application is |
//! | `error` | why something did not succeed |
//!
//! # When a connection breaks
//!
//! The client connects again, with pauses that grow from 0.2 seconds to [`Settings::longest_pause`], half of each at random,
//! and resumes its session: [`Client::next`] returns what was missed, marked as [`Event::replayed`], and each event once.
//! [`Message::Lost`] says what the server does not have any more; [`Message::Restarted`] says that another session had to begin,
//! with the same monitors. A request that was not answered fails with [`Error::ConnectionLost`]: nobody knows whether it
//! was carried out, and it is not sent again.
//!
//! The client works while it is called: an application that waits for something else for longer than half a heartbeat
//! interval loses its session.

mod client;
mod error;
mod message;
mod settings;
mod socket;
mod typed;

pub use client::Client;
pub use error::{Error, Refusal};
pub use hookflash_wire::csta;
pub use message::{Event, Message};
pub use settings::Settings;

/// The members of a message.
pub type Params = serde_json::Map<String, serde_json::Value>;
