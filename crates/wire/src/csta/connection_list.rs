//! Connection lists: how connections of the calls that were merged became those of the resulting call.

use super::arguments::{Argument, Fault, arguments, list};
use super::element::Element;
use super::writer::Writer;
use super::{ConnectionId, DeviceId, SubjectDeviceId};
use crate::csta::shape::Shape;

list! {
    /// The connections of a call that results from a transfer or conference, one entry for each device in it.
    ///
    /// Collected from any iterator of [`ConnectionListItem`]s.
    pub struct ConnectionList of ConnectionListItem = "connectionListItem";
}

arguments! {
    /// One connection, before and after.
    pub struct ConnectionListItem {
        /// The connection in the resulting call.
        new_connection: Option<ConnectionId> = "newConnection",
        /// The connection of the same device in its earlier call; absent if it was in none.
        old_connection: Option<ConnectionId> = "oldConnection",
        /// The device that the connection leads to.
        endpoint: Option<Endpoint> = "endpoint",
        /// The network interface through which an outside device is reached.
        associated_nid: Option<AssociatedNid> = "associatedNID",
    }
}

impl ConnectionListItem {
    /// A connection that was `old` and is `new`, of the device `endpoint`.
    pub fn new(old: Option<ConnectionId>, new: ConnectionId, endpoint: impl Into<Endpoint>) -> Self {
        ConnectionListItem {
            new_connection: Some(new),
            old_connection: old,
            endpoint: Some(endpoint.into()),
            associated_nid: None,
        }
    }
}

/// The device that an entry of a connection list is about.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Endpoint {
    /// The device.
    Device(DeviceId),
    /// The switching function does not know the device.
    NotKnown,
    /// The device may not be shown.
    Restricted,
}

impl From<DeviceId> for Endpoint {
    fn from(device: DeviceId) -> Self {
        Endpoint::Device(device)
    }
}

impl From<SubjectDeviceId> for Endpoint {
    fn from(device: SubjectDeviceId) -> Self {
        match device {
            SubjectDeviceId::Device(device) => Endpoint::Device(device),
            SubjectDeviceId::NotKnown => Endpoint::NotKnown,
            SubjectDeviceId::Restricted => Endpoint::Restricted,
        }
    }
}

impl Argument for Endpoint {
    fn shape() -> Shape {
        Shape::Device(&["notKnown", "restricted"])
    }

    fn decode(element: Element<'_>) -> Result<Self, Fault> {
        match element.member("deviceID") {
            Some(device) => DeviceId::decode(device).map(Endpoint::Device),
            // With the element names of SubjectDeviceID, or as bare text.
            None => SubjectDeviceId::decode(element).map(Endpoint::from),
        }
    }

    fn encode(&self, name: &'static str, writer: &mut Writer<'_>) {
        writer.element(name, |writer| match self {
            Endpoint::Device(device) => device.encode("deviceID", writer),
            Endpoint::NotKnown => writer.empty("notKnown"),
            Endpoint::Restricted => writer.empty("restricted"),
        });
    }
}

/// The network interface device of an outside party.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum AssociatedNid {
    /// The device.
    Device(DeviceId),
    /// The switching function does not know the device.
    NotKnown,
}

impl Argument for AssociatedNid {
    fn shape() -> Shape {
        Shape::Device(&["notKnown"])
    }

    fn decode(element: Element<'_>) -> Result<Self, Fault> {
        match element.member("deviceID") {
            Some(device) => DeviceId::decode(device).map(AssociatedNid::Device),
            None if element.member("notKnown").is_some() => Ok(AssociatedNid::NotKnown),
            // In JSON the device is directly in the member.
            None if !element.text().is_empty() => Ok(AssociatedNid::Device(element.text().into())),
            None => Err(Fault::missing()),
        }
    }

    fn encode(&self, name: &'static str, writer: &mut Writer<'_>) {
        writer.element(name, |writer| match self {
            AssociatedNid::Device(device) => device.encode("deviceID", writer),
            AssociatedNid::NotKnown => writer.empty("notKnown"),
        });
    }
}
