//! Applications: sessions, their monitors, permissions, reports and snapshots.
//!
//! A [`Session`] is one association with an application, whatever carries it, and belongs to a [`Principal`]. It owns
//! monitors; a [`Monitor`] watches one device and has a filter. `permission` decides in one place what a principal may
//! do to a device. A session's end stops its monitors; a monitor's end is
//! silent. A session whose application has lost its connection goes on ([`Presence`]): its monitors report as before.

mod features;
mod monitor;
pub(crate) mod permission;
pub(crate) mod report;
mod session;
pub(crate) mod snapshot;
pub(crate) mod telephone;
mod user;

pub use monitor::{EventFilter, Monitor, MonitorId, MonitorObject};
pub use permission::Principal;
pub use session::{Cti, Presence, Session, SessionId};
pub use snapshot::{CallSnapshot, CallSnapshotConnection, Snapshot, SnapshotConnection};
pub use user::{Controlled, UserSettings};
