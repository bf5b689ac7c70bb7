//! SnapshotDevice: which calls does a device have?

use smol_str::SmolStr;

use super::super::arguments::{Argument, Fault, arguments, list};
use super::super::element::Element;
use super::super::writer::Writer;
use super::super::{CallLinkageData, CallState, ConnectionId, DeviceId, SubjectDeviceId};

arguments! {
    /// Request: which calls does this device have?
    pub struct SnapshotDevice in "SnapshotDevice" {
        /// The device.
        snapshot_object: DeviceId = "snapshotObject",
    }
}

arguments! {
    /// The calls of a device.
    pub struct SnapshotDeviceResponse in "SnapshotDeviceResponse" {
        /// The calls, or where they will come from.
        snapshot: SnapshotDeviceData = "crossRefIDorSnapshotData",
    }
}

/// The calls of a device, or a reference to messages that follow.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum SnapshotDeviceData {
    /// The calls; empty if there are none.
    Calls(Vec<SnapshotDeviceCall>),
    /// The calls follow in SnapshotDeviceData messages with this reference.
    ServiceCrossRefId(SmolStr),
}

arguments! {
    /// One call of the device.
    pub struct SnapshotDeviceCall {
        /// The device's connection.
        connection_identifier: ConnectionId = "connectionIdentifier",
        /// The other party.
        endpoint_device: Option<SubjectDeviceId> = "endpointDevice",
        /// The state of the call.
        local_call_state: CallState = "localCallState",
        /// What links this call to others.
        call_linkage_data: Option<CallLinkageData> = "callLinkageData" since Ed6,
    }
}

arguments! {
    /// Request: some of the calls of a device, from the server to the client. There is no response.
    pub struct SnapshotDeviceSegment in "SnapshotDeviceData" {
        /// The reference of the response to SnapshotDevice.
        service_cross_ref_id: Option<SmolStr> = "serviceCrossRefID",
        /// Which part it is, from 1.
        segment_id: Option<i64> = "segmentID",
        /// Whether it is the last part.
        last_segment: bool = "lastSegment",
        /// The calls.
        calls: Option<SnapshotDeviceCalls> = "snapshotData",
    }
}

list! {
    /// Calls of a device.
    pub struct SnapshotDeviceCalls of SnapshotDeviceCall = "snapshotDeviceResponseInfo";
}

impl Argument for SnapshotDeviceData {
    fn decode(element: Element<'_>) -> Result<Self, Fault> {
        match element.member("snapshotData") {
            Some(data) => data.list("snapshotDeviceResponseInfo").map(SnapshotDeviceData::Calls),
            None => element.argument("serviceCrossRefID").map(SnapshotDeviceData::ServiceCrossRefId),
        }
    }

    fn encode(&self, name: &'static str, writer: &mut Writer<'_>) {
        writer.element(name, |writer| match self {
            SnapshotDeviceData::Calls(calls) => writer.element("snapshotData", |writer| {
                calls.iter().for_each(|call| call.encode("snapshotDeviceResponseInfo", writer));
            }),
            SnapshotDeviceData::ServiceCrossRefId(reference) => reference.encode("serviceCrossRefID", writer),
        });
    }
}
