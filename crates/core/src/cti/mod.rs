//! Applications: sessions, their monitors, what they may touch, and what they get to see.
//!
//! A [`Session`] is one association with an application, whatever carries it. It owns monitors; a [`Monitor`]
//! watches one device and has a filter. A device must be open to applications (`cti watch`) to be monitored or
//! controlled. A session's end stops its monitors; a monitor's end is silent.

mod monitor;
mod session;
mod snapshot;

pub use monitor::{EventFilter, Monitor, MonitorId};
pub use session::{Session, SessionId};
pub use snapshot::{Snapshot, SnapshotConnection};

pub(crate) use session::Cti;
