//! ChangeMonitorFilter: changes which events a monitor reports.

use smol_str::SmolStr;

use super::super::MonitorFilter;
use super::super::arguments::arguments;

arguments! {
    /// Request: replaces the filter of a monitor.
    pub struct ChangeMonitorFilter in "ChangeMonitorFilter" {
        /// The monitor.
        monitor_cross_ref_id: SmolStr = "monitorCrossRefID",
        /// Events the client does not want; absent means that it wants all.
        requested_filter_list: Option<MonitorFilter> = "requestedFilterList",
    }
}

arguments! {
    /// The filter has been replaced.
    pub struct ChangeMonitorFilterResponse in "ChangeMonitorFilterResponse" {
        /// The filter in force.
        actual_filter_list: Option<MonitorFilter> = "actualFilterList",
    }
}
