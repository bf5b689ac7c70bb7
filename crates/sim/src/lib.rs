//! The laboratory: virtual phones and applications, and a world to put them into.
//!
//! | module | what it is |
//! | --- | --- |
//! | [`phone`] | a virtual SCCP phone: an independent view of the protocol |
//! | [`application`] | a virtual uaCSTA application |
//!
//! Both are bytes in, bytes out, in virtual time: no socket, clock or thread. The simulator drives them beside a
//! whole node; the demo, the software phone, the CSTA client and the load tool drive them over real sockets.

pub mod application;
mod link;
pub mod phone;

pub use link::LinkOrder;
