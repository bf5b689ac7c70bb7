//! Events, one file each. The member `monitorCrossRefID`, which all of them begin with, is in [`super::Event`].
//!
//! A new event is a file here (named in the lists below) and a line in `message.rs`.

mod auto_answer;
mod back_in_service;
mod call_back;
mod call_cleared;
mod call_information;
mod conferenced;
mod connection_cleared;
mod delivered;
mod digits_dialed;
mod digits_generated;
mod diverted;
mod do_not_disturb;
mod established;
mod failed;
mod forwarding;
mod held;
mod message_waiting;
mod microphone_mute;
mod network_reached;
mod offered;
mod originated;
mod out_of_service;
mod private_event;
mod queued;
mod retrieved;
mod service_initiated;
mod transferred;

pub use auto_answer::*;
pub use back_in_service::*;
pub use call_back::*;
pub use call_cleared::*;
pub use call_information::*;
pub use conferenced::*;
pub use connection_cleared::*;
pub use delivered::*;
pub use digits_dialed::*;
pub use digits_generated::*;
pub use diverted::*;
pub use do_not_disturb::*;
pub use established::*;
pub use failed::*;
pub use forwarding::*;
pub use held::*;
pub use message_waiting::*;
pub use microphone_mute::*;
pub use network_reached::*;
pub use offered::*;
pub use originated::*;
pub use out_of_service::*;
pub use private_event::*;
pub use queued::*;
pub use retrieved::*;
pub use service_initiated::*;
pub use transferred::*;
