//! MonitorStop: ends a monitor.

use smol_str::SmolStr;

use super::super::arguments::arguments;

arguments! {
    /// Request: ends a monitor. Sent by the server when the monitored object ceases to exist.
    pub struct MonitorStop in "MonitorStop" {
        /// The monitor.
        monitor_cross_ref_id: SmolStr = "monitorCrossRefID",
    }
}

arguments! {
    /// The monitor has ended.
    pub struct MonitorStopResponse in "MonitorStopResponse";
}
