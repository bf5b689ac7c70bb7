//! SnapshotCall: which devices take part in a call?

use smol_str::SmolStr;

use super::super::arguments::{Argument, Fault, arguments};
use super::super::element::Element;
use super::super::writer::Writer;
use super::super::{CallData, CallLinkageData, ConnectionId, LocalConnectionState, SubjectDeviceId};

arguments! {
    /// Request: which devices take part in this call?
    pub struct SnapshotCall in "SnapshotCall" {
        /// The call; the device part is not needed.
        snapshot_object: ConnectionId = "snapshotObject",
    }
}

arguments! {
    /// The parties of a call.
    pub struct SnapshotCallResponse in "SnapshotCallResponse" {
        /// The parties, or where they will come from.
        snapshot: SnapshotCallData = "crossRefIDorSnapshotData",
        /// The device that called.
        calling_device: Option<SubjectDeviceId> = "callingDevice",
        /// The device that was called originally.
        called_device: Option<SubjectDeviceId> = "calledDevice",
        /// Data attached to the call.
        correlator_data: Option<CallData> = "correlatorData",
        /// What links this call to others.
        call_linkage_data: Option<CallLinkageData> = "callLinkageData",
    }
}

/// The parties of a call, or a reference to messages that follow.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum SnapshotCallData {
    /// The parties.
    Devices(Vec<SnapshotCallDevice>),
    /// The parties follow in SnapshotCallData messages with this reference.
    ServiceCrossRefId(SmolStr),
}

arguments! {
    /// One party of the call.
    pub struct SnapshotCallDevice {
        /// The device.
        device_on_call: SubjectDeviceId = "deviceOnCall",
        /// Its connection.
        call_identifier: Option<ConnectionId> = "callIdentifier",
        /// The state of its connection.
        local_connection_info: Option<LocalConnectionState> = "localConnectionInfo",
    }
}

impl Argument for SnapshotCallData {
    fn decode(element: Element<'_>) -> Result<Self, Fault> {
        match element.member("snapshotData") {
            Some(data) => data.list("snapshotCallResponseInfo").map(SnapshotCallData::Devices),
            None => element.argument("serviceCrossRefID").map(SnapshotCallData::ServiceCrossRefId),
        }
    }

    fn encode(&self, name: &'static str, writer: &mut Writer<'_>) {
        writer.element(name, |writer| match self {
            SnapshotCallData::Devices(devices) => writer.element("snapshotData", |writer| {
                devices.iter().for_each(|device| device.encode("snapshotCallResponseInfo", writer));
            }),
            SnapshotCallData::ServiceCrossRefId(reference) => reference.encode("serviceCrossRefID", writer),
        });
    }
}
