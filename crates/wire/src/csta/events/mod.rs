//! Events, one file each. The member `monitorCrossRefID`, which all of them begin with, is in [`super::Event`].
//!
//! A new event is a file here (named in the lists below) and a line in `message.rs`.

mod back_in_service;
mod call_cleared;
mod connection_cleared;
mod delivered;
mod digits_dialed;
mod diverted;
mod established;
mod failed;
mod forwarding;
mod held;
mod network_reached;
mod originated;
mod out_of_service;
mod retrieved;
mod service_initiated;

pub use back_in_service::*;
pub use call_cleared::*;
pub use connection_cleared::*;
pub use delivered::*;
pub use digits_dialed::*;
pub use diverted::*;
pub use established::*;
pub use failed::*;
pub use forwarding::*;
pub use held::*;
pub use network_reached::*;
pub use originated::*;
pub use out_of_service::*;
pub use retrieved::*;
pub use service_initiated::*;
