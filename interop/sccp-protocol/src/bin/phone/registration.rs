//! What a 7961 says when it comes and goes.

use sccp_protocol::{
    AlarmSeverity, BoundedBytes, ButtonType, ClientMessage, Codec, DeviceType, KeyMode, MediaCapability,
    MediaPathCapability, MediaPathId, PhoneFeatures, RegistrationMessage, RegistrationWireDetails,
    RegistrationWireLayout, ServerMessage,
};

use crate::{Outcome, PHONES, office::Office, station::Identity};

/// What the last programs of a 7961 say they can: UTF-8, dynamic messages, RFC 2833 and more.
const FEATURES: u32 = 0x8572_0000;

const FIRMWARE: &str = "SCCP41.9-4-2SR3-1S";

/// One request of the registration, what answers it, and how that is known.
type Request = (ClientMessage, &'static str, fn(&ServerMessage, &Identity) -> bool);

/// All a phone asks for, one after the other, until it is in service.
pub fn register(office: &mut Office, index: usize) -> Outcome {
    let identity = &office.stations()[index].identity;
    let hello = ClientMessage::Register(registration(identity)?);
    let version = identity.version;
    office.ask(
        index,
        hello,
        "RegisterAck",
        |answer| matches!(answer, ServerMessage::RegisterAck { protocol, .. } if *protocol == version),
    )?;
    office.wait("CapabilitiesReq", |stations| {
        stations[index].heard.iter().any(|message| matches!(message, ServerMessage::CapabilitiesRequest))
    })?;
    for message in reports(index) {
        office.send(index, message)?;
    }
    ask_all(office, index, about_configuration())?;
    office.send(index, ClientMessage::RegisterAvailableLines { lines: 8 })?;
    ask_all(office, index, about_state())?;
    office.wait("the keys of an idle phone", |stations| stations[index].keys_of(KeyMode::OnHook))
}

/// The phone says goodbye.
pub fn unregister(office: &mut Office, index: usize) -> Outcome {
    office.ask(index, ClientMessage::Unregister { reason: 0 }, "UnregisterAck", |answer| {
        matches!(answer, ServerMessage::UnregisterAck)
    })
}

fn ask_all(office: &mut Office, index: usize, requests: Vec<Request>) -> Outcome {
    let own = office.stations()[index].identity.clone();
    requests.into_iter().try_for_each(|(request, answer, is_answer)| {
        office.ask(index, request, answer, |it| is_answer(it, &own))
    })
}

fn registration(identity: &Identity) -> Outcome<RegistrationMessage> {
    Ok(RegistrationMessage {
        device_id: identity.device.clone(),
        reported_address: Some(identity.address),
        reported_ipv6_address: None,
        device_type: DeviceType::Cisco7961,
        advertised_protocol: Some(identity.version.wire()),
        features: PhoneFeatures::from_bits_retain(FEATURES),
        firmware: FIRMWARE.into(),
        configuration_version_stamp: BoundedBytes::new([]).map_err(|error| error.to_string())?,
        wire: Some(RegistrationWireDetails {
            layout: RegistrationWireLayout::default(),
            station_user_id: 0,
            station_instance: 1,
            max_streams: 5,
            active_streams: 0,
            mac_address_and_padding: [0; 12],
            max_conferences: 0,
            active_conferences: 0,
            ipv4_address_scope: 0,
            max_lines: 8,
            ipv6_address_scope: 0,
        }),
    })
}

/// What needs no answer.
fn reports(index: usize) -> Vec<ClientMessage> {
    let text = format!("25: Name={} Load={FIRMWARE} Last=Initialized", PHONES[index].0);
    let capability = |codec| MediaCapability { codec, max_packet_ms: 40, codec_parameters: [0; 8] };
    vec![
        ClientMessage::IpPort { rtp_port: 0 },
        ClientMessage::HeadsetStatus { enabled: false },
        ClientMessage::MediaPathCapability {
            path: MediaPathId::Handset,
            capability: MediaPathCapability::Enable,
        },
        ClientMessage::Alarm { severity: AlarmSeverity::Informational, text, parameters: Some([0, 0]) },
        ClientMessage::CapabilitiesResponse([Codec::Pcmu, Codec::Pcma, Codec::G729A].map(capability).into()),
    ]
}

/// In the order of a 7961. What it is told about its line has to be right.
fn about_configuration() -> Vec<Request> {
    vec![
        (ClientMessage::ButtonTemplateRequest, "ButtonTemplate with a line and a speed dial", |answer, _| {
            matches!(answer, ServerMessage::ButtonTemplate { buttons, .. }
            if [ButtonType::Line, ButtonType::SpeedDial].iter().all(|wanted| {
                buttons.iter().any(|button| button.button_type == *wanted && button.instance == 1)
            }))
        }),
        (ClientMessage::SoftKeyTemplateRequest, "SoftKeyTemplateRes", |answer, _| {
            matches!(answer, ServerMessage::SoftKeyTemplate { .. })
        }),
        (ClientMessage::SoftKeySetRequest, "SoftKeySetRes", |answer, _| {
            matches!(answer, ServerMessage::SoftKeySet { .. })
        }),
        (ClientMessage::ConfigStatRequest, "ConfigStat with one line", |answer, own| {
            matches!(answer, ServerMessage::ConfigStatus(status)
                if status.device_name == own.device.as_str() && status.line_count == 1)
        }),
        (ClientMessage::LineStatRequest { line_instance: 1 }, "LineStat with its number", |answer, own| {
            matches!(answer, ServerMessage::LineStatus { instance: 1, directory_number, .. }
                if directory_number == own.number)
        }),
        (ClientMessage::SpeedDialStatusRequest { speed_dial_instance: 1 }, "SpeedDialStat", |answer, _| {
            matches!(answer, ServerMessage::SpeedDialStatus { instance: 1, number, display_name }
                if number == "203" && display_name == "Carol")
        }),
        (ClientMessage::FeatureStatusRequest { index: 1, capabilities: None }, "FeatureStat", |answer, _| {
            matches!(answer, ServerMessage::FeatureStatus { instance: 1, .. })
        }),
        (ClientMessage::ServiceUrlStatusRequest { index: 1 }, "ServiceURLStat", |answer, _| {
            matches!(answer, ServerMessage::ServiceUrlStatus { index: 1, .. })
        }),
        (ClientMessage::VersionRequest, "VersionRes", |answer, _| {
            matches!(answer, ServerMessage::Version { .. })
        }),
        (ClientMessage::ServerRequest, "ServerRes", |answer, _| {
            matches!(answer, ServerMessage::ServerResponse { .. })
        }),
    ]
}

/// The phone is in service after the time.
fn about_state() -> Vec<Request> {
    vec![
        (ClientMessage::ForwardStatusRequest { line_instance: 1 }, "ForwardStat", |answer, _| {
            matches!(answer, ServerMessage::ForwardStatus { line_instance: 1, forward_all: None, .. })
        }),
        (ClientMessage::TimeDateRequest, "DefineTimeDate", |answer, _| {
            matches!(answer, ServerMessage::TimeDate { .. })
        }),
        (ClientMessage::KeepAlive, "KeepAliveAck", |answer, _| matches!(answer, ServerMessage::KeepAliveAck)),
    ]
}
