//! Requests and their responses, one file per service.
//!
//! A new service is a file here (named in the lists below) and a line in each of the two lists of `message.rs`.

mod answer_call;
mod change_monitor_filter;
mod clear_connection;
mod get_csta_features;
mod get_forwarding;
mod hold_call;
mod make_call;
mod monitor_start;
mod monitor_stop;
mod request_system_status;
mod retrieve_call;
mod set_forwarding;
mod snapshot_call;
mod snapshot_device;
mod system_status;

pub use answer_call::*;
pub use change_monitor_filter::*;
pub use clear_connection::*;
pub use get_csta_features::*;
pub use get_forwarding::*;
pub use hold_call::*;
pub use make_call::*;
pub use monitor_start::*;
pub use monitor_stop::*;
pub use request_system_status::*;
pub use retrieve_call::*;
pub use set_forwarding::*;
pub use snapshot_call::*;
pub use snapshot_device::*;
pub use system_status::*;
