//! MonitorStart: from now on, report what happens to a device or call.

use smol_str::SmolStr;

use super::super::arguments::{Argument, Fault, arguments};
use super::super::element::Element;
use super::super::vocabulary::words;
use super::super::writer::Writer;
use super::super::{ConnectionId, DeviceId, MonitorFilter};
use crate::csta::shape::{Member, Shape};

arguments! {
    /// Request: starts a monitor.
    pub struct MonitorStart in "MonitorStart" {
        /// What to monitor.
        monitor_object: MonitorObject = "monitorObject",
        /// Events the client does not want; absent means that it wants all.
        requested_monitor_filter: Option<MonitorFilter> = "requestedMonitorFilter",
        /// Device-type or call-type; absent means the server's default.
        monitor_type: Option<MonitorType> = "monitorType",
    }
}

impl MonitorStart {
    /// A request for all events of a device.
    pub fn device(device: impl Into<DeviceId>) -> Self {
        let monitor_object = MonitorObject::Device(device.into());
        MonitorStart { monitor_object, requested_monitor_filter: None, monitor_type: None }
    }
}

arguments! {
    /// The monitor has started.
    pub struct MonitorStartResponse in "MonitorStartResponse" {
        /// Names the monitor in events and later requests.
        monitor_cross_ref_id: SmolStr = "monitorCrossRefID",
        /// The filter in force, if it is not the requested one.
        actual_monitor_filter: Option<MonitorFilter> = "actualMonitorFilter",
        /// Whether calls that are already there will be reported.
        monitor_existing_calls: Option<bool> = "monitorExistingCalls",
    }
}

words! {
    /// What a monitor follows.
    pub enum MonitorType {
        /// A call, wherever it goes, until it ends.
        Call = "call",
        /// A device, and calls only while they involve it.
        Device = "device",
    }
}

/// The object of a monitor.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum MonitorObject {
    /// A call.
    Call(ConnectionId),
    /// A device.
    Device(DeviceId),
}

impl Argument for MonitorObject {
    fn shape() -> Shape {
        let (device, call) = ("deviceObject", "callObject");
        Shape::Members(vec![Member::of::<Option<DeviceId>>(device), Member::of::<Option<ConnectionId>>(call)])
    }

    fn decode(element: Element<'_>) -> Result<Self, Fault> {
        if element.member("callObject").is_some() {
            return element.argument("callObject").map(MonitorObject::Call);
        }
        // Without the element that says what it is, it is a device.
        let bare = !element.is_empty() && element.member("deviceObject").is_none();
        let device = if bare { DeviceId::decode(element) } else { element.argument("deviceObject") }?;
        match device.as_str() {
            "" => Err(Fault::missing()),
            _ => Ok(MonitorObject::Device(device)),
        }
    }

    fn encode(&self, name: &'static str, writer: &mut Writer<'_>) {
        writer.element(name, |writer| match self {
            MonitorObject::Call(call) => call.encode("callObject", writer),
            MonitorObject::Device(device) => device.encode("deviceObject", writer),
        });
    }
}
