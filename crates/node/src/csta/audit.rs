//! What applications did or tried to do, for the audit: one entry for each request that changes something or watches somebody.

use std::net::SocketAddr;

use hookflash_core::cti::SessionId;
use hookflash_wire::csta::{ConnectionId, MonitorObject, PrivateRequest, Request};
use smol_str::{SmolStr, ToSmolStr, format_smolstr};

/// Entries that wait for the node to take them; it does so after each input.
pub(super) const MAX_WAITING: usize = 4096;

/// What an application did, or tried to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Entry {
    /// Its session; `None` if it was not given one.
    pub session: Option<SessionId>,
    /// Where it is, if it has no session.
    pub from: Option<SocketAddr>,
    /// On whose behalf it acts.
    pub principal: SmolStr,
    /// What it calls itself.
    pub application: SmolStr,
    /// What it asked for.
    pub act: Act,
    /// The error that it was given; `None` if it was done.
    pub refused: Option<SmolStr>,
}

/// What an application asks for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Act {
    /// The name of the service, such as `MakeCall`.
    pub service: SmolStr,
    /// The device it concerns, as the application wrote it; empty if it names none.
    pub device: SmolStr,
    /// What else it names: the called number, a destination, a call.
    pub object: SmolStr,
}

impl Act {
    /// The start of a session, which may be about a device.
    pub(super) fn start_of_session(device: SmolStr) -> Act {
        Act { service: "StartSession".into(), device, object: SmolStr::default() }
    }

    /// What a request does; `None` for those that only ask.
    pub(super) fn of(request: &Request) -> Option<Act> {
        let (device, object) = match request {
            Request::RequestSystemStatus(_)
            | Request::SystemStatus(_)
            | Request::GetCstaFeatures(_)
            | Request::SnapshotDevice(_)
            | Request::SnapshotCall(_)
            | Request::RouteSelect(_)
            | Request::RouteReject(_)
            | Request::RouteEnd(_)
            | Request::GetForwarding(_)
            | Request::GetDoNotDisturb(_)
            | Request::GetRouteingMode(_)
            | Request::GetMessageWaitingIndicator(_) => return None,
            Request::MonitorStart(request) => match &request.monitor_object {
                MonitorObject::Device(device) => (device.to_smolstr(), SmolStr::default()),
                other => (SmolStr::default(), format_smolstr!("{other:?}")),
            },
            Request::MonitorStop(request) => {
                (SmolStr::default(), format_smolstr!("monitor {}", request.monitor_cross_ref_id))
            }
            Request::MakeCall(request) => {
                (request.calling_device.to_smolstr(), request.called_directory_number.to_smolstr())
            }
            Request::SetForwarding(request) => (
                request.device.to_smolstr(),
                request.forward_dn.as_ref().map(ToSmolStr::to_smolstr).unwrap_or_default(),
            ),
            Request::AcceptCall(request) => named(&request.call_to_be_accepted),
            Request::Escape(request) => match &request.private {
                Some(PrivateRequest::DeviceOpen(open)) => (open.device.to_smolstr(), open.media.clone()),
                Some(PrivateRequest::DeviceClose { device }) => (device.to_smolstr(), SmolStr::default()),
                Some(PrivateRequest::SetMediaAddress(given)) => named(&given.connection),
                None => (SmolStr::default(), SmolStr::default()),
            },
            Request::RouteRegister(request) => {
                let device = request.routeing_device.as_ref();
                (device.map(ToSmolStr::to_smolstr).unwrap_or_default(), SmolStr::default())
            }
            Request::AnswerCall(request) => named(&request.call_to_be_answered),
            Request::ClearConnection(request) => named(&request.connection_to_be_cleared),
            Request::HoldCall(request) => named(&request.call_to_be_held),
            Request::RetrieveCall(request) => named(&request.call_to_be_retrieved),
            Request::TransferCall(request) => named(&request.active_call),
            Request::ConferenceCall(request) => named(&request.active_call),
            Request::DeflectCall(request) => {
                let (device, _) = named(&request.call_to_be_diverted);
                (device, request.new_destination.first().to_smolstr())
            }
            Request::ParkCall(request) => {
                let (device, _) = named(&request.parking);
                (device, request.park_to.as_ref().map(ToSmolStr::to_smolstr).unwrap_or_default())
            }
            Request::ConsultationCall(request) => {
                let (device, _) = named(&request.existing_call);
                (device, request.consulted_device.to_smolstr())
            }
            _ => (SmolStr::default(), SmolStr::default()),
        };
        Some(Act { service: request.root().into(), device, object })
    }
}

/// The device and the call of a connection.
fn named(connection: &ConnectionId) -> (SmolStr, SmolStr) {
    let device = connection.device_id.as_ref().map(ToSmolStr::to_smolstr).unwrap_or_default();
    let call = connection.call_id.as_ref().map(|call| format_smolstr!("call {call}")).unwrap_or_default();
    (device, call)
}
