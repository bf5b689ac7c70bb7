//! GetMonitors: which monitors the client has. From the sixth edition on.

use smol_str::SmolStr;

use super::super::DeviceId;
use super::super::arguments::{Argument, Fault, arguments, list};
use super::super::element::Element;
use super::super::writer::Writer;

arguments! {
    /// Request: which monitors do I have?
    pub struct GetMonitors in "GetMonitors";
}

arguments! {
    /// The monitors.
    pub struct GetMonitorsResponse in "GetMonitorsResponse" {
        /// The monitors, or where they will come from.
        monitors: Option<MonitorsData> = "crossRefIDorRegistrationData",
    }
}

/// The monitors of a client, or a reference to messages that follow.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum MonitorsData {
    /// The monitors.
    Monitors(MonitorList),
    /// They follow in MonitorInfo messages with this reference.
    ServiceCrossRefId(SmolStr),
}

list! {
    /// Monitors.
    pub struct MonitorList of MonitorListEntry = "monitorListEntry";
}

arguments! {
    /// One monitor.
    pub struct MonitorListEntry {
        /// Its cross reference.
        monitor_cross_ref_id: Option<SmolStr> = "monitorCrossRefID",
        /// The device that it watches.
        monitor_object: Option<DeviceId> = "monitorObject",
    }
}

impl Argument for MonitorsData {
    fn decode(element: Element<'_>) -> Result<Self, Fault> {
        match element.member("monitorList") {
            Some(_) => element.argument("monitorList").map(MonitorsData::Monitors),
            None => element.argument("serviceCrossRefID").map(MonitorsData::ServiceCrossRefId),
        }
    }

    fn encode(&self, name: &'static str, writer: &mut Writer<'_>) {
        writer.element(name, |writer| match self {
            MonitorsData::Monitors(monitors) => monitors.encode("monitorList", writer),
            MonitorsData::ServiceCrossRefId(reference) => reference.encode("serviceCrossRefID", writer),
        });
    }
}
