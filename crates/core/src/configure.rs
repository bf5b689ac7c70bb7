//! How the settings of a running switch are changed, one object at a time.

use crate::{CtiSettings, LineSettings, StationSettings, Timeouts};

/// A change of the settings while calls go on.
#[derive(Clone, PartialEq, Debug)]
pub enum Change {
    /// Adds or alters the `ephone-dn` with this tag.
    Line(LineSettings),
    /// Removes the `ephone-dn` with this tag: once its calls are over; new ones are refused at once.
    RemoveLine(u32),
    /// Adds or alters the `ephone` with this tag.
    Station(StationSettings),
    /// Removes the `ephone` with this tag: once its calls are over; new ones are refused at once.
    RemoveStation(u32),
    /// How long things may take, from now on.
    Timeouts(Timeouts),
    /// What applications may do. Without CTI, all their sessions end.
    Cti(CtiSettings),
    /// How often one call may be diverted.
    MaxRedirects(usize),
    /// Calls that may exist at once; zero means no limit.
    MaxCalls(usize),
}
