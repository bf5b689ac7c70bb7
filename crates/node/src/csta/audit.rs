//! What applications did or tried to do, for the audit: one entry for each request that changes something or watches somebody.

use std::net::SocketAddr;

use hookflash_core::cti::SessionId;
use hookflash_wire::csta::{
    ConnectionId, DeviceId, ForwardingType, MakeCall, MonitorObject, PrivateRequest, Request, SetForwarding,
};
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
        let (device, object) = subject(request)?;
        Some(Act { service: request.root().into(), device, object })
    }
}

/// The device that a request is about, and what else it names. Each request is listed, so that a new service cannot forget
/// its device. Digits that are sent or dialled into a call are not named: they may be a password.
fn subject(request: &Request) -> Option<(SmolStr, SmolStr)> {
    let to = |connection: &ConnectionId, object: &DeviceId| (named(connection).0, object.to_smolstr());
    let set = |device: &DeviceId, on: bool| (device.to_smolstr(), SmolStr::new_static(on_or_off(on)));
    Some(match request {
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
        | Request::GetMessageWaitingIndicator(_)
        | Request::GetLastNumberDialed(_)
        | Request::GetAutoAnswer(_)
        | Request::GetCallBack(_)
        | Request::GetButtonInformation(_)
        | Request::GetHookswitchStatus(_)
        | Request::GetMicrophoneMute(_)
        | Request::GetLampInformation(_)
        | Request::GetLampMode(_)
        | Request::GetDisplay(_)
        | Request::GetPhysicalDeviceInformation(_)
        | Request::GetLogicalDeviceInformation(_)
        | Request::GetMonitors(_)
        | Request::GetSwitchingFunctionCaps(_)
        | Request::GetSwitchingFunctionDevices(_) => return None,
        // These are for the server to send; an application that sends them is refused.
        Request::SnapshotDeviceData(_)
        | Request::SwitchingFunctionDevices(_)
        | Request::SwFunctionCapsChanged(_)
        | Request::SwFunctionDevicesChanged(_)
        | Request::RouteRegisterAbort(_)
        | Request::RouteRequest(_)
        | Request::ReRoute(_)
        | Request::RouteUsed(_)
        | Request::SystemRegister(_)
        | Request::SystemRegisterCancel(_)
        | Request::SystemRegisterAbort(_)
        | Request::RouteRegisterCancel(_) => nothing(),
        Request::MonitorStart(request) => match &request.monitor_object {
            MonitorObject::Device(device) => alone(device),
            other => (SmolStr::default(), format_smolstr!("{other:?}")),
        },
        Request::MonitorStop(request) => monitor(&request.monitor_cross_ref_id),
        Request::ChangeMonitorFilter(request) => monitor(&request.monitor_cross_ref_id),
        Request::Escape(request) => match &request.private {
            Some(PrivateRequest::DeviceOpen(open)) => (open.device.to_smolstr(), open.media.clone()),
            Some(PrivateRequest::DeviceClose { device }) => (device.to_smolstr(), SmolStr::default()),
            Some(PrivateRequest::SetMediaAddress(given)) => named(&given.connection),
            Some(PrivateRequest::GetMediaKeys { connection }) => named(connection),
            None => nothing(),
        },
        Request::RouteRegister(request) => request.routeing_device.as_ref().map_or_else(nothing, alone),
        Request::MakeCall(request) => (request.calling_device.to_smolstr(), called(request)),
        Request::AnswerCall(request) => named(&request.call_to_be_answered),
        Request::AcceptCall(request) => named(&request.call_to_be_accepted),
        Request::ClearConnection(request) => named(&request.connection_to_be_cleared),
        Request::ClearCall(request) => named(&request.call_to_be_cleared),
        Request::HoldCall(request) => named(&request.call_to_be_held),
        Request::RetrieveCall(request) => named(&request.call_to_be_retrieved),
        Request::AlternateCall(request) => named(&request.active_call),
        Request::ReconnectCall(request) => named(&request.active_call),
        Request::TransferCall(request) => named(&request.active_call),
        Request::ConferenceCall(request) => named(&request.active_call),
        Request::ConsultationCall(request) => to(&request.existing_call, &request.consulted_device),
        Request::SingleStepTransferCall(request) => to(&request.active_call, &request.transferred_to),
        Request::SingleStepConferenceCall(request) => to(&request.active_call, &request.device_to_join),
        Request::JoinCall(request) => to(&request.active_call, &request.joining_device),
        Request::DeflectCall(request) => to(&request.call_to_be_diverted, request.new_destination.first()),
        Request::ParkCall(request) => {
            (named(&request.parking).0, request.park_to.as_ref().map_or_else(SmolStr::default, text))
        }
        Request::DirectedPickupCall(request) => {
            let (from, call) = named(&request.call_to_be_picked_up);
            let object = format_smolstr!("{from} {call}").trim().into();
            (request.requesting_device.to_smolstr(), object)
        }
        Request::GroupPickupCall(request) => (
            request.new_destination.to_smolstr(),
            request.pick_group.as_ref().map_or_else(SmolStr::default, text),
        ),
        Request::CallBack(request) => named(&request.callback_connection),
        Request::DialDigits(request) => named(&request.dialling_connection),
        Request::GenerateDigits(request) => named(&request.connection_to_send_digits),
        Request::GenerateTelephonyTones(request) => named(&request.connection_to_send_tone),
        Request::CancelTelephonyTones(request) => named(&request.connection_to_stop_tone),
        Request::PlayMessage(request) => with(&request.over_connection, &request.message_to_be_played),
        Request::RecordMessage(request) => named(&request.call_to_be_recorded),
        Request::Stop(request) => named(&request.connection),
        Request::Suspend(request) => named(&request.connection),
        Request::Resume(request) => named(&request.connection),
        Request::DeleteMessage(request) => (SmolStr::default(), request.message_to_be_deleted.clone()),
        Request::AssociateData(request) => named(&request.existing_call),
        Request::SetForwarding(request) => (request.device.to_smolstr(), forwarding(request)),
        Request::SetDoNotDisturb(request) => set(&request.device, request.do_not_disturb_on),
        Request::SetMessageWaitingIndicator(request) => set(&request.device, request.message_waiting_on),
        Request::SetAutoAnswer(request) => set(&request.device, request.auto_answer_on),
        Request::SetRouteingMode(request) => set(&request.device, request.routeing_mode),
        Request::SetMicrophoneMute(request) => set(&request.device, request.microphone_mute_on),
        Request::SetHookswitchStatus(request) => {
            let state = if request.hookswitch_on_hook { "on-hook" } else { "off-hook" };
            (request.device.to_smolstr(), SmolStr::new_static(state))
        }
        Request::SetDisplay(request) => alone(&request.device),
        Request::ButtonPress(request) => alone(&request.device),
        Request::CallBackNonCallRelated(request) => {
            (request.originating_device.to_smolstr(), request.target_device.to_smolstr())
        }
        Request::CancelCallBack(request) => (
            request.originating_device.to_smolstr(),
            request.target_device.as_ref().map_or_else(SmolStr::default, text),
        ),
    })
}

/// The called number, and with dial via office where the user is called first.
fn called(request: &MakeCall) -> SmolStr {
    let called = &request.called_directory_number;
    match &request.dial_via_office.alternate_number {
        Some(alternate) => format_smolstr!("{called} via {alternate}"),
        None => called.to_smolstr(),
    }
}

/// The type of forwarding, and where calls go: to a number, to the one of before (`on`), or nowhere (`off`).
fn forwarding(request: &SetForwarding) -> SmolStr {
    let kind = request.forwarding_type.unwrap_or(ForwardingType::Immediate);
    match request.forward_dn.as_ref().filter(|_| request.activate_forward) {
        Some(number) => format_smolstr!("{kind} {number}"),
        None => format_smolstr!("{kind} {}", on_or_off(request.activate_forward)),
    }
}

fn on_or_off(on: bool) -> &'static str {
    if on { "on" } else { "off" }
}

fn nothing() -> (SmolStr, SmolStr) {
    (SmolStr::default(), SmolStr::default())
}

fn alone(device: &DeviceId) -> (SmolStr, SmolStr) {
    (device.to_smolstr(), SmolStr::default())
}

fn text(device: &DeviceId) -> SmolStr {
    device.to_smolstr()
}

fn monitor(reference: &str) -> (SmolStr, SmolStr) {
    (SmolStr::default(), format_smolstr!("monitor {reference}"))
}

/// The device and the call of a connection.
fn named(connection: &ConnectionId) -> (SmolStr, SmolStr) {
    let device = connection.device_id.as_ref().map(ToSmolStr::to_smolstr).unwrap_or_default();
    let call = connection.call_id.as_ref().map(|call| format_smolstr!("call {call}")).unwrap_or_default();
    (device, call)
}

/// The device and the call of a connection, and the message that is heard there.
fn with(connection: &ConnectionId, message: &SmolStr) -> (SmolStr, SmolStr) {
    let (device, call) = named(connection);
    (device, format_smolstr!("{call} {message}").trim().into())
}

#[cfg(test)]
mod tests {
    use hookflash_wire::csta::{Edition, Message, decode};

    use super::*;

    fn act(root: &str, members: &str) -> Option<Act> {
        let document = format!("<{root} xmlns=\"{}\">{members}</{root}>", Edition::Ed6.namespace());
        match decode(document.as_bytes()).unwrap().message {
            Message::Request(request) => Act::of(&request),
            other => panic!("{other:?}"),
        }
    }

    fn told(root: &str, members: &str) -> (String, String) {
        let act = act(root, members).unwrap();
        assert_eq!(act.service, root);
        (act.device.into(), act.object.into())
    }

    #[test]
    fn a_service_of_a_call_names_its_device() {
        let own = "<callID>5</callID><deviceID>201</deviceID>";
        let at = |name: &str| format!("<{name}>{own}</{name}>");
        let (active, other) = (at("activeCall"), "<heldCall><callID>4</callID></heldCall>");
        let participation = "<participationType>active</participationType>";
        for (root, members, object) in [
            ("AlternateCall", format!("{other}{active}"), "call 5"),
            ("ReconnectCall", format!("{active}{other}"), "call 5"),
            ("ClearCall", at("callToBeCleared"), "call 5"),
            ("CallBack", at("callbackConnection"), "call 5"),
            ("AssociateData", at("existingCall"), "call 5"),
            ("DialDigits", at("diallingConnection") + "<diallingSequence>77</diallingSequence>", "call 5"),
            (
                "GenerateDigits",
                at("connectionToSendDigits") + "<charactersToSend>77</charactersToSend>",
                "call 5",
            ),
            ("SingleStepTransferCall", active.clone() + "<transferredTo>203</transferredTo>", "203"),
            (
                "SingleStepConferenceCall",
                format!("{active}<deviceToJoin>203</deviceToJoin>{participation}"),
                "203",
            ),
            (
                "JoinCall",
                format!(
                    "{active}<joiningDevice>203</joiningDevice><autoOriginate>prompt</autoOriginate>{participation}"
                ),
                "203",
            ),
            (
                "DirectedPickupCall",
                "<callToBePickedUp><callID>7</callID><deviceID>202</deviceID></callToBePickedUp>\
                 <requestingDevice>201</requestingDevice>"
                    .to_owned(),
                "202 call 7",
            ),
            ("GroupPickupCall", "<newDestination>201</newDestination>".to_owned(), ""),
        ] {
            assert_eq!(told(root, &members), ("201".to_owned(), object.to_owned()), "{root}");
        }
        let elsewhere = "<callingDevice>201</callingDevice><calledDirectoryNumber>202</calledDirectoryNumber><extensions>\
            <privateData><private><hf:dialViaOffice xmlns:hf=\"urn:hookflash:csta:1\"><hf:alternateNumber>203\
            </hf:alternateNumber></hf:dialViaOffice></private></privateData></extensions>";
        assert_eq!(told("MakeCall", elsewhere), ("201".to_owned(), "202 via 203".to_owned()));
    }

    #[test]
    fn a_service_of_a_device_names_it_and_what_is_set() {
        for (root, members, object) in [
            ("SetDoNotDisturb", "<doNotDisturbOn>true</doNotDisturbOn>", "on"),
            ("SetMessageWaitingIndicator", "<messageWaitingOn>false</messageWaitingOn>", "off"),
            ("SetAutoAnswer", "<autoAnswerOn>true</autoAnswerOn>", "on"),
            ("SetRouteingMode", "<routeingMode>true</routeingMode>", "on"),
            ("SetMicrophoneMute", "<microphoneMuteOn>true</microphoneMuteOn>", "on"),
            ("SetHookswitchStatus", "<hookswitchOnhook>false</hookswitchOnhook>", "off-hook"),
            ("SetDisplay", "<contentsOfDisplay>secret</contentsOfDisplay>", ""),
            ("ButtonPress", "<button>key7</button>", ""),
            (
                "SetForwarding",
                "<forwardingType>forwardBusy</forwardingType><activateForward>true</activateForward>\
                 <forwardDN>203</forwardDN>",
                "forwardBusy 203",
            ),
            ("SetForwarding", "<activateForward>false</activateForward>", "forwardImmediate off"),
        ] {
            let members = format!("<device>201</device>{members}");
            assert_eq!(told(root, &members), ("201".to_owned(), object.to_owned()), "{root}");
        }
        let both = "<originatingDevice>201</originatingDevice><targetDevice>202</targetDevice>";
        for root in ["CallBackNonCallRelated", "CancelCallBack"] {
            assert_eq!(told(root, both), ("201".to_owned(), "202".to_owned()), "{root}");
        }
        assert_eq!(act("GetAutoAnswer", "<device>201</device>"), None, "it only asks");
    }
}
