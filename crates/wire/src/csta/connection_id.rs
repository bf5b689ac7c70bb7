//! ConnectionID: one device's part in one call.

use smol_str::SmolStr;

use super::DeviceId;
use super::arguments::{Argument, Fault};
use super::element::Element;
use super::writer::Writer;
use crate::csta::shape::{Member, Shape};

/// Identifies a connection. Both members are allocated by the switching function.
///
/// The complete form is required in acknowledgements and events, except that CallCleared and Failed may carry the
/// call alone. Requests may name only the device where it has exactly one candidate, and only the call where the
/// whole call is meant (SnapshotCall, MonitorStart, ClearCall).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionId {
    /// The call; opaque, unique while the call lives.
    pub call_id: Option<SmolStr>,
    /// The device, in the form the session uses for it.
    pub device_id: Option<DeviceId>,
}

impl ConnectionId {
    /// The complete form.
    pub fn new(call_id: impl Into<SmolStr>, device_id: impl Into<DeviceId>) -> Self {
        ConnectionId { call_id: Some(call_id.into()), device_id: Some(device_id.into()) }
    }

    /// The form that names a call as a whole.
    pub fn call(call_id: impl Into<SmolStr>) -> Self {
        ConnectionId { call_id: Some(call_id.into()), device_id: None }
    }

    /// Both members, if this is the complete form.
    pub fn complete(&self) -> Option<(&SmolStr, &DeviceId)> {
        self.call_id.as_ref().zip(self.device_id.as_ref())
    }
}

impl Argument for ConnectionId {
    fn shape() -> Shape {
        Shape::Members(vec![
            Member::of::<Option<SmolStr>>("callID"),
            Member::of::<Option<DeviceId>>("deviceID"),
        ])
    }

    fn decode(element: Element<'_>) -> Result<Self, Fault> {
        let call_id = element.argument::<Option<Lenient>>("callID")?.and_then(|text| text.0);
        let device_id = element.argument::<Option<Lenient>>("deviceID")?.and_then(|text| text.0);
        if call_id.is_none() && device_id.is_none() {
            return Err(Fault::missing());
        }
        Ok(ConnectionId { call_id, device_id: device_id.map(DeviceId::from) })
    }

    fn encode(&self, name: &'static str, writer: &mut Writer<'_>) {
        writer.element(name, |writer| {
            self.call_id.encode("callID", writer);
            self.device_id.encode("deviceID", writer);
        });
    }
}

/// Text that counts as absent if it is empty.
struct Lenient(Option<SmolStr>);

impl Argument for Lenient {
    fn decode(element: Element<'_>) -> Result<Self, Fault> {
        Ok(Lenient(Some(element.text()).filter(|text| !text.is_empty()).map(SmolStr::from)))
    }

    fn encode(&self, name: &'static str, writer: &mut Writer<'_>) {
        self.0.encode(name, writer);
    }
}
