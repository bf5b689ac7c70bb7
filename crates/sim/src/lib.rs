//! The simulator: virtual phones and applications, a world to put them into, and stories about them.
//!
//! ```text
//!   random    offices, users and applications from a seed; shrinking
//!     │
//!   referee   checks each step ◄── model   rules about who is connected to whom
//!     │
//!   story     readable steps and what must be seen          stories/**/*.story
//!     │
//!   world     a whole node, its network and clock; faults; transcript ──► ladder
//!     │                    │
//!   phones, applications   hookflash_node::Node
//! ```
//!
//! | module | what it is |
//! | --- | --- |
//! | [`phone`] | a virtual SCCP phone: an independent view of the protocol |
//! | [`sip_phone`] | a virtual SIP phone |
//! | [`application`] | a virtual uaCSTA application |
//! | [`loopback`] | a node, phones and an application without a network: for benchmarks |
//! | [`world`] | a node, phones and applications, joined by a virtual network in virtual time |
//! | [`transcript`] | who sent what to whom, and how it is printed as a ladder |
//! | [`story`] | the language of stories, and how they are run |
//! | [`model`] | the reference model: rules about who is connected to whom, and what may become of that |
//! | [`referee`] | performs the steps of a story, and checks the rules, phones, media and monitors |
//! | [`random`] | random runs, and how a failing one shrinks to a story |
//!
//! Nothing here has a socket, a clock, a thread or randomness but a seed: the same story gives the same
//! transcript, byte for byte. Phones and applications are bytes in, bytes out; the demo, the software phone, the
//! CSTA client and the load tool drive the same ones over real sockets.

pub mod application;
mod chance;
mod link;
pub mod loopback;
pub mod model;
pub mod phone;
pub mod random;
pub mod referee;
pub mod sip_phone;
pub mod story;
pub mod transcript;
pub mod world;

pub use link::LinkOrder;
