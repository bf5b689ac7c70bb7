//! One message of every kind, with nothing in it that the version at hand cannot carry.

use std::net::SocketAddr;

use hookflash_wire::sccp::*;

fn text(text: &str) -> Text {
    Text::plain(text)
}

fn address() -> SocketAddr {
    SocketAddr::from(([10, 102, 10, 209], 16384))
}

fn user_data() -> UserData {
    UserData {
        application_id: 7,
        line: 1,
        call_reference: 9,
        transaction_id: 3,
        data: b"<CiscoIPPhoneText/>".to_vec(),
    }
}

fn user_data_v1() -> UserDataV1 {
    UserDataV1 {
        user_data: user_data(),
        sequence: SequenceFlag::LAST,
        display_priority: 1,
        ..UserDataV1::default()
    }
}

fn capabilities() -> Capabilities {
    let capability = |codec, milliseconds| AudioCapability {
        codec,
        max_frames_per_packet: milliseconds,
        parameters: [0; 8],
    };
    Capabilities { audio: vec![capability(Codec::G711_ULAW, 40), capability(Codec::G729_ANNEX_A, 60)] }
}

/// What a 7961 sends at registration.
pub fn register(version: Version) -> Register {
    Register {
        address: [10, 0, 0, 7].into(),
        offer: Some((version, Features::from_bytes([0x00, 0x72, 0x85]))),
        max_conferences: Some(0),
        active_conferences: Some(0),
        mac: Some([0, 0x1A, 0x2B, 0x3C, 0x4D, 0x5E]),
        ipv4_scope: Some(0),
        max_lines: Some(36),
        ipv6: Some([0; 16].into()),
        ipv6_scope: Some(0),
        load: Some(text("SCCP41.9-4-2SR3-1S")),
        config_version_stamp: Some(text("{Jan 01 2026 00:00:00}")),
        ..Register::new(text("SEP001A2B3C4D5E"), DeviceType::TYPE_7961)
    }
}

pub fn client_messages(version: Version) -> Vec<ClientMessage> {
    let hook = HookEvent { line: Some(1), call_reference: Some(9) };
    let instance = InstanceReq { instance: 2 };
    let line = if version.enbloc_names_line() { 1 } else { 0 };
    vec![
        ClientMessage::KeepAlive,
        ClientMessage::ConfigStatReq,
        ClientMessage::TimeDateReq,
        ClientMessage::VersionReq,
        ClientMessage::ServerReq,
        ClientMessage::SoftKeySetReq,
        ClientMessage::SoftKeyTemplateReq,
        ClientMessage::Register(register(version)),
        ClientMessage::IpPort(IpPort { port: 16384 }),
        ClientMessage::KeypadButton(KeypadPress {
            button: KeypadButton::STAR,
            line: Some(1),
            call_reference: Some(9),
        }),
        ClientMessage::EnblocCall(EnblocCall { number: text("1002"), line }),
        ClientMessage::Stimulus(StimulusPress {
            stimulus: Stimulus::LINE,
            instance: 1,
            call_reference: Some(0),
            status: Some(0),
        }),
        ClientMessage::OffHook(hook.clone()),
        ClientMessage::OnHook(hook.clone()),
        ClientMessage::HookFlash(hook),
        ClientMessage::ForwardStatReq(instance.clone()),
        ClientMessage::SpeedDialStatReq(instance.clone()),
        ClientMessage::LineStatReq(instance.clone()),
        ClientMessage::ServiceUrlStatReq(instance),
        ClientMessage::FeatureStatReq(FeatureStatReq { instance: 1, capabilities: Some(0) }),
        ClientMessage::ButtonTemplateReq(ButtonTemplateReq { buttons: None }),
        ClientMessage::CapabilitiesRes(capabilities()),
        ClientMessage::UpdateCapabilities(capabilities()),
        ClientMessage::UpdateCapabilitiesV2(capabilities()),
        ClientMessage::UpdateCapabilitiesV3(capabilities()),
        ClientMessage::Alarm(Alarm {
            severity: AlarmSeverity::INFORMATIONAL,
            text: text("25: Name=SEP001A2B3C4D5E Load=8.1(2.0) Last=Initialized"),
            parameter1: 1,
            parameter2: 2,
        }),
        ClientMessage::OpenReceiveChannelAck(OpenReceiveChannelAck {
            status: MediaStatus::OK,
            address: address(),
            pass_thru_party_id: Some(5),
            call_reference: Some(9),
        }),
        ClientMessage::MulticastMediaReceptionAck(MulticastMediaReceptionAck {
            status: MediaStatus::OK,
            pass_thru_party_id: 5,
            call_reference: Some(9),
        }),
        ClientMessage::StartMediaTransmissionAck(StartMediaTransmissionAck {
            conference_id: 9,
            pass_thru_party_id: 5,
            call_reference: 9,
            address: address(),
            status: MediaStatus::OK,
        }),
        ClientMessage::MediaTransmissionFailure(MediaTransmissionFailure {
            conference_id: 9,
            pass_thru_party_id: 5,
            address: address(),
            call_reference: 9,
        }),
        ClientMessage::ConnectionStatisticsRes(ConnectionStatisticsRes {
            number: text("1001"),
            call_reference: 9,
            packets_sent: 500,
            octets_sent: 86000,
            packets_received: 498,
            octets_received: 85656,
            packets_lost: 2,
            jitter: 3,
            latency: 4,
            quality: text("MLQK=4.5000;CS=0;SCS=0"),
            ..ConnectionStatisticsRes::default()
        }),
        ClientMessage::SoftKeyEvent(SoftKeyEvent { event: SoftKey::ANSWER, line: 1, call_reference: 9 }),
        ClientMessage::Unregister(Unregister { reason: Some(UnregisterReason::POWER_SAVE) }),
        ClientMessage::RegisterTokenReq(RegisterTokenReq {
            device_name: text("SEP001A2B3C4D5E"),
            user_id: 0,
            instance: 1,
            address: [10, 0, 0, 7].into(),
            device_type: DeviceType::TYPE_7961,
            ipv6: Some([0; 16].into()),
            flags: Some(0),
        }),
        ClientMessage::SpcpRegisterTokenReq(SpcpRegisterTokenReq {
            device_name: text("SEP001A2B3C4D5E"),
            user_id: 0,
            instance: 1,
            address: [10, 0, 0, 7].into(),
            device_type: DeviceType::SPA_525G,
            max_streams: 5,
        }),
        ClientMessage::HeadsetStatus(HeadsetStatus { status: Switch::OFF }),
        ClientMessage::MediaResourceNotification(MediaResourceNotification {
            device_type: DeviceType::TYPE_7961,
            streams_in_service: 1,
            max_streams_per_conference: 2,
            streams_out_of_service: 3,
        }),
        ClientMessage::RegisterAvailableLines(RegisterAvailableLines { lines: 2 }),
        ClientMessage::DeviceToUserData(user_data()),
        ClientMessage::DeviceToUserDataResponse(user_data()),
        ClientMessage::DeviceToUserDataV1(user_data_v1()),
        ClientMessage::DeviceToUserDataResponseV1(user_data_v1()),
        ClientMessage::SubscriptionStatReq(SubscriptionStatReq {
            transaction_id: 1,
            feature: 1,
            timer: 3600,
            subscription_id: text("1002"),
        }),
        ClientMessage::MediaPathEvent(MediaPathEvent { path: MediaPath::HANDSET, event: Switch::ON }),
        ClientMessage::MediaPathCapability(MediaPathCapability {
            path: MediaPath::HEADSET,
            capability: MediaPathUse::ENABLE,
        }),
        ClientMessage::LocationInfo(XmlText { text: text("<locationInfo/>") }),
        ClientMessage::XmlAlarm(XmlText { text: text("<x-cisco-alarm/>") }),
        ClientMessage::CallCountReq(CallCountReq { parameter: None }),
        ClientMessage::Unknown { message_id: MessageId(0x7001), body: vec![1, 2, 3] },
    ]
}

fn call_info(version: Version) -> CallInfo {
    let party = |number, name| Party { number: text(number), name: text(name) };
    let info = CallInfo {
        line: 1,
        call_reference: 9,
        call_type: CallType::INBOUND,
        calling: party("1001", "Alice"),
        called: party("1002", "Bob"),
        original_called: party("1003", "Carol"),
        last_redirecting: party("1004", "Dave"),
        original_called_redirect_reason: RedirectReason::NO_ANSWER,
        last_redirecting_reason: RedirectReason::BUSY,
        voice_mailboxes: VoiceMailboxes {
            calling: text("8001"),
            called: text("8002"),
            original_called: text("8003"),
            last_redirecting: text("8004"),
        },
        call_instance: 1,
        security_status: 1,
        party_restrictions: 0,
        ..CallInfo::default()
    };
    if !version.extended_call_info() {
        return info;
    }
    CallInfo { alternate_calling_number: text("+3221001"), hunt_pilot: party("1100", "Sales"), ..info }
}

pub fn server_messages(version: Version) -> Vec<ServerMessage> {
    let stop = StopMedia { conference_id: 9, pass_thru_party_id: 5, call_reference: 9, keep_port: false };
    let call = CallId { line: 1, call_reference: 9 };
    let tone = if version.stop_tone_names_tone() { Tone::INSIDE_DIAL } else { Tone::SILENCE };
    let buttons = [
        ButtonDefinition { instance: 1, button_type: ButtonType::LINE },
        ButtonDefinition { instance: 1, button_type: ButtonType::SPEED_DIAL },
    ];
    vec![
        ServerMessage::KeepAliveAck,
        ServerMessage::CapabilitiesReq,
        ServerMessage::RegisterTokenAck,
        ServerMessage::SetHookFlashDetect,
        ServerMessage::ClearNotify,
        ServerMessage::DeactivateCallPlane,
        ServerMessage::RegisterAck(RegisterAck {
            keepalive_interval: 30,
            date_template: text("D.M.Y"),
            secondary_keepalive_interval: 60,
            version,
            features: Features::of_call_manager(version),
        }),
        ServerMessage::RegisterReject(RegisterReject { text: text("No such device") }),
        ServerMessage::UnregisterAck(UnregisterAck { status: UnregisterStatus::OK }),
        ServerMessage::RegisterTokenReject(RegisterTokenReject { wait_before_next_request: 60 }),
        ServerMessage::SpcpRegisterTokenAck(SpcpRegisterTokenAck { features: 65535 }),
        ServerMessage::SpcpRegisterTokenReject(SpcpRegisterTokenReject { wait_before_next_request: 60 }),
        ServerMessage::Reset(Reset { kind: ResetType::RESTART }),
        ServerMessage::ServerRes(ServerRes {
            servers: vec![Server {
                name: text("10.0.0.1"),
                address: SocketAddr::from(([10, 0, 0, 1], 2000)),
            }],
        }),
        ServerMessage::SubscriptionStat(SubscriptionStat {
            transaction_id: 1,
            feature: 1,
            timer: 3600,
            cause: SubscriptionCause::ROUTE_FAIL,
        }),
        ServerMessage::StartTone(StartTone {
            tone: Tone::INSIDE_DIAL,
            direction: ToneDirection::USER,
            line: 1,
            call_reference: 9,
        }),
        ServerMessage::StopTone(StopTone { line: 1, call_reference: 9, tone }),
        ServerMessage::SetRinger(SetRinger {
            mode: RingMode::INSIDE,
            duration: RingDuration::NORMAL,
            line: 1,
            call_reference: 9,
        }),
        ServerMessage::SetLamp(SetLamp { stimulus: Stimulus::LINE, instance: 1, mode: LampMode::BLINK }),
        ServerMessage::SetSpeakerMode(SetSpeakerMode { mode: Switch::ON }),
        ServerMessage::SetMicroMode(SetMicroMode { mode: Switch::OFF }),
        ServerMessage::SelectSoftKeys(SelectSoftKeys {
            line: 1,
            call_reference: 9,
            set: SoftKeyState::CONNECTED,
            valid_keys: 0xFFFF_FDFF,
        }),
        ServerMessage::CallState(CallStateMessage {
            state: CallState::CONNECTED,
            line: 1,
            call_reference: 9,
            visibility: CallVisibility::DEFAULT,
            precedence_level: 4,
            precedence_domain: 0,
        }),
        ServerMessage::ActivateCallPlane(ActivateCallPlane { line: 1 }),
        ServerMessage::ClearPromptStatus(call.clone()),
        ServerMessage::BackSpace(call),
        ServerMessage::CallSelectStat(CallSelectStat { selected: true, call_reference: 9, line: 1 }),
        ServerMessage::CallHistoryDisposition(CallHistoryDisposition {
            disposition: CallHistory::MISSED,
            line: 1,
            call_reference: 9,
        }),
        ServerMessage::RecordingStatus(RecordingStatus { call_reference: 9, recording: true }),
        ServerMessage::CallInfo(call_info(version)),
        ServerMessage::DialedNumber(DialedNumber { number: text("1002"), line: 1, call_reference: 9 }),
        ServerMessage::ForwardStat(ForwardStat {
            line: 1,
            all: Some(text("1003")),
            ..ForwardStat::default()
        }),
        ServerMessage::SpeedDialStat(SpeedDialStat { instance: 1, number: text("1002"), label: text("Bob") }),
        ServerMessage::LineStat(LineStat {
            line: 1,
            number: text("1001"),
            name: text("Alice"),
            label: text("Desk"),
        }),
        ServerMessage::ConfigStat(ConfigStat {
            device_name: text("SEP001A2B3C4D5E"),
            user_id: 0,
            instance: 1,
            user_name: text("alice"),
            server_name: text("hookflash"),
            lines: 1,
            speed_dials: 1,
        }),
        ServerMessage::DefineTimeDate(DefineTimeDate {
            year: 2026,
            month: 3,
            day_of_week: 0,
            day: 1,
            hour: 12,
            minute: 34,
            second: 56,
            milliseconds: 0,
            unix_time: 1_772_368_496,
        }),
        ServerMessage::ButtonTemplate(ButtonTemplate { offset: 0, total: 2, buttons: buttons.to_vec() }),
        ServerMessage::Version(RequiredVersion { load: text("SCCP41.9-4-2") }),
        ServerMessage::SoftKeyTemplateRes(SoftKeyTemplate {
            offset: 0,
            total: 1,
            keys: vec![SoftKeyDefinition { label: Phrase::REDIAL.into(), event: SoftKey::REDIAL }],
        }),
        ServerMessage::SoftKeySetRes(SoftKeySets {
            offset: 0,
            total: 1,
            sets: vec![SoftKeySet::of_positions(&[1, 2, 0, 5])],
        }),
        ServerMessage::FeatureStat(FeatureStat {
            instance: 1,
            button_type: ButtonType::BLF_SPEED_DIAL,
            status: BusyLampStatus::IN_USE.0,
            label: text("Bob"),
        }),
        ServerMessage::ServiceUrlStat(ServiceUrlStat {
            instance: 1,
            url: text("http://10.0.0.1/services"),
            label: text("Services"),
        }),
        ServerMessage::CallCountRes(CallCountRes {
            total_lines: 1,
            first_line: 1,
            lines: vec![CallCount { max_calls: 4, busy_trigger: 2 }],
        }),
        ServerMessage::DisplayText(DisplayText { text: text("Hello") }),
        ServerMessage::DisplayPromptStatus(DisplayPromptStatus {
            timeout: 0,
            text: text("Enter number"),
            line: 1,
            call_reference: 9,
        }),
        ServerMessage::DisplayNotify(DisplayNotify { timeout: 10, text: text("Forwarded") }),
        ServerMessage::DisplayPriNotify(DisplayPriNotify {
            timeout: 10,
            priority: NotifyPriority::CALL_FORWARD,
            text: text("Forwarded to 1003"),
        }),
        ServerMessage::ClearPriNotify(ClearPriNotify { priority: NotifyPriority::CALL_FORWARD }),
        ServerMessage::UserToDeviceData(user_data()),
        ServerMessage::UserToDeviceDataV1(user_data_v1()),
        ServerMessage::OpenReceiveChannel(OpenReceiveChannel {
            conference_id: 9,
            pass_thru_party_id: 5,
            milliseconds_per_packet: 20,
            codec: Codec::G711_ULAW,
            call_reference: 9,
            rfc2833_payload_type: 101,
            ..OpenReceiveChannel::default()
        }),
        ServerMessage::CloseReceiveChannel(stop.clone()),
        ServerMessage::StartMediaTransmission(StartMediaTransmission {
            conference_id: 9,
            pass_thru_party_id: 5,
            address: address(),
            milliseconds_per_packet: 20,
            codec: Codec::G711_ULAW,
            precedence: StartMediaTransmission::EXPEDITED_FORWARDING,
            silence_suppression: false,
            max_frames_per_packet: 0,
            g723_bit_rate: 0,
            call_reference: 9,
            rfc2833_payload_type: 101,
        }),
        ServerMessage::StopMediaTransmission(stop),
        ServerMessage::StartMulticastMediaReception(StartMulticastMediaReception {
            conference_id: 9,
            pass_thru_party_id: 5,
            address: "239.10.16.4:2000".parse().unwrap(),
            milliseconds_per_packet: 20,
            codec: Codec::G711_ULAW,
            echo_cancellation: false,
            g723_bit_rate: 0,
            call_reference: 9,
        }),
        ServerMessage::StopMulticastMediaReception(StopMulticastMedia {
            conference_id: 9,
            pass_thru_party_id: 5,
            call_reference: 9,
        }),
        ServerMessage::ConnectionStatisticsReq(ConnectionStatisticsReq {
            number: text("1001"),
            call_reference: 9,
            processing: StatisticsProcessing::CLEAR,
        }),
        ServerMessage::Unknown { message_id: MessageId(0x7002), body: vec![1, 2, 3, 4] },
    ]
}
