//! Messages in one line each, for people.

use std::fmt::Write as _;

use hookflash_wire::{
    csta::{
        self, EventBody, LocalConnectionState, Message, RedirectionDevice, Request, Response, SubjectDeviceId,
    },
    sccp::{ClientMessage, ServerMessage, Version},
    sdp::SessionDescription,
    sip::{self, HeaderName, Method},
};

use crate::application::{Merge, connection_of};

/// A message of a phone, such as `SoftKeyEvent NewCall`.
pub fn describe_client(message: &ClientMessage) -> String {
    let name = message.message_id(Version::MIN);
    let rest = match message {
        ClientMessage::Register(m) => format!("{} {} version {}", m.device_name, m.device_type, m.version()),
        ClientMessage::KeypadButton(m) => format!("{}", m.button),
        ClientMessage::EnblocCall(m) => format!("{}", m.number),
        ClientMessage::Stimulus(m) => format!("{} {}", m.stimulus, m.instance),
        ClientMessage::SoftKeyEvent(m) => format!("{}{}", m.event, call(m.line, m.call_reference)),
        ClientMessage::OffHook(m) | ClientMessage::OnHook(m) => {
            call(m.line.unwrap_or(0), m.call_reference.unwrap_or(0))
        }
        ClientMessage::LineStatReq(m) | ClientMessage::SpeedDialStatReq(m) => format!("{}", m.instance),
        ClientMessage::OpenReceiveChannelAck(m) => {
            format!("{} at {}{}", m.status, m.address, call(0, m.call_reference.unwrap_or(0)))
        }
        ClientMessage::MulticastMediaReceptionAck(m) => {
            format!("{}{}", m.status, call(0, m.call_reference.unwrap_or(0)))
        }
        ClientMessage::StartMediaTransmissionAck(m) => format!("{}{}", m.status, call(0, m.call_reference)),
        ClientMessage::Alarm(m) => format!("{}", m.text),
        _ => String::new(),
    };
    joined(&name.to_string(), &rest)
}

/// A message to a phone, such as `CallState RingIn line 1 call 3`.
pub fn describe_server(message: &ServerMessage) -> String {
    let name = message.message_id(Version::MIN);
    let rest = match message {
        ServerMessage::RegisterAck(m) => format!("version {}", m.version),
        ServerMessage::RegisterReject(m) => format!("\"{}\"", m.text),
        ServerMessage::CallState(m) => format!("{}{}", m.state, call(m.line, m.call_reference)),
        ServerMessage::CallInfo(m) => {
            let (from, to) = (&m.calling.number, &m.called.number);
            format!("{} {from} to {to}{}", m.call_type, call(m.line, m.call_reference))
        }
        ServerMessage::DialedNumber(m) => format!("{}{}", m.number, call(m.line, m.call_reference)),
        ServerMessage::SelectSoftKeys(m) => format!("{}{}", m.set, call(m.line, m.call_reference)),
        ServerMessage::DisplayPromptStatus(m) => {
            format!("\"{}\"{}", m.text, call(m.line, m.call_reference))
        }
        ServerMessage::DisplayPriNotify(m) => format!("\"{}\"", m.text),
        ServerMessage::DisplayNotify(m) => format!("\"{}\"", m.text),
        ServerMessage::SetLamp(m) => format!("{} {} {}", m.stimulus, m.instance, m.mode),
        ServerMessage::SetRinger(m) => format!("{}{}", m.mode, call(m.line, m.call_reference)),
        ServerMessage::SetSpeakerMode(m) => format!("{}", m.mode),
        ServerMessage::StartTone(m) => format!("{}{}", m.tone, call(m.line, m.call_reference)),
        ServerMessage::StopTone(m) => call(m.line, m.call_reference),
        ServerMessage::ActivateCallPlane(m) => format!("{}", m.line),
        ServerMessage::ClearPromptStatus(m) => call(m.line, m.call_reference),
        ServerMessage::OpenReceiveChannel(m) => format!("{}{}", m.codec, call(0, m.call_reference)),
        ServerMessage::StartMediaTransmission(m) => {
            format!("{} to {}{}", m.codec, m.address, call(0, m.call_reference))
        }
        ServerMessage::StartMulticastMediaReception(m) => {
            format!("{} {}{}", m.codec, m.address, call(0, m.call_reference))
        }
        ServerMessage::StopMulticastMediaReception(m) => call(0, m.call_reference),
        ServerMessage::CloseReceiveChannel(m) | ServerMessage::StopMediaTransmission(m) => {
            call(0, m.call_reference)
        }
        ServerMessage::LineStat(m) => format!("{} {}", m.line, m.number),
        ServerMessage::ForwardStat(m) => {
            let targets = [("all", &m.all), ("busy", &m.busy), ("no answer", &m.no_answer)];
            let targets =
                targets.iter().filter_map(|(what, to)| Some(format!(" {what} to {}", to.as_ref()?)));
            format!("{}{}", m.line, targets.collect::<String>())
        }
        ServerMessage::SpeedDialStat(m) => format!("{} {}", m.instance, m.number),
        ServerMessage::DefineTimeDate(m) => {
            format!("{}-{:02}-{:02} {:02}:{:02}:{:02}", m.year, m.month, m.day, m.hour, m.minute, m.second)
        }
        ServerMessage::UnregisterAck(m) => format!("{}", m.status),
        ServerMessage::Reset(m) => format!("{}", m.kind),
        _ => String::new(),
    };
    joined(&name.to_string(), &rest)
}

/// A SIP message with its CSTA body, such as `INFO DeliveredEvent 202 lcs alerting newCall`.
pub fn describe_sip(bytes: &[u8]) -> String {
    let message = match sip::Message::parse(bytes) {
        Ok(message) => message,
        Err(error) => return format!("not SIP: {error}"),
    };
    let start = match &message {
        sip::Message::Request(request) => request.method.to_string(),
        sip::Message::Response(response) => {
            let to = response.headers().cseq().map_or(Method::Other("?".into()), |cseq| cseq.method);
            format!("{} to {to}", response.status)
        }
    };
    let headers = message.headers();
    // Whom it is for, or what it is about.
    let about = match &message {
        sip::Message::Request(request) if matches!(request.method, Method::Invite | Method::Register) => {
            request.uri().user_decoded().map(|user| user.into_owned())
        }
        sip::Message::Request(_) => {
            let event = headers.get(HeaderName::EVENT).map(str::to_owned);
            event.or_else(|| headers.get(HeaderName::REFER_TO).map(str::to_owned))
        }
        sip::Message::Response(_) => None,
    };
    let start = joined(&start, &about.unwrap_or_default());
    if message.body().is_empty() {
        return start;
    }
    let kind = headers.get(HeaderName::CONTENT_TYPE).unwrap_or_default();
    if kind.starts_with("application/sdp") {
        return joined(&start, &describe_media(message.body()));
    }
    if !kind.contains("csta") {
        let first = String::from_utf8_lossy(message.body()).lines().next().unwrap_or_default().to_owned();
        return joined(&start, &format!("\"{first}\""));
    }
    match csta::decode(message.body()) {
        Ok(decoded) => joined(&start, &describe_csta(&decoded.message)),
        Err(error) => format!("{start} ({error})"),
    }
}

/// A description of media, such as `10.1.0.1:20000 sendrecv`.
fn describe_media(body: &[u8]) -> String {
    let Ok(description) = SessionDescription::parse(body) else { return "(no description)".to_owned() };
    let streams = description.streams.iter().map(|stream| {
        let address = stream.address.map(|address| address.to_string()).unwrap_or_default();
        format!("{address}:{} {}", stream.port, stream.direction.name())
    });
    streams.collect::<Vec<_>>().join(", ")
}

/// A frame of CSTA over TCP, such as `9999 DeliveredEvent 202 lcs alerting newCall`.
pub fn describe_frame(frame: &csta::Frame<'_>) -> String {
    let text = match csta::decode_tcp(frame.body) {
        Ok(csta::TcpMessage::Session(message)) => message.root().to_owned(),
        Ok(csta::TcpMessage::Csta(decoded)) => describe_csta(&decoded.message),
        Err(error) => format!("({error})"),
    };
    joined(&frame.invoke_id.to_string(), &text)
}

fn describe_csta(message: &Message) -> String {
    let rest = match message {
        Message::Request(request) => describe_request(request),
        Message::Response(Response::MonitorStart(m)) => m.monitor_cross_ref_id.to_string(),
        Message::Response(Response::MakeCall(m)) => connection(&m.calling_device),
        Message::Response(Response::ConsultationCall(m)) => connection(&m.initiated_call),
        Message::Response(Response::TransferCall(m)) => connection(&m.transferred_call),
        Message::Response(Response::ConferenceCall(m)) => connection(&m.conference_call),
        Message::Response(Response::RequestSystemStatus(m)) => m.system_status.to_string(),
        Message::Event(event) => describe_event(event),
        Message::Error(error) => error.to_string(),
        _ => String::new(),
    };
    joined(message.root(), &rest)
}

fn describe_request(request: &Request) -> String {
    match request {
        Request::MonitorStart(m) => match &m.monitor_object {
            csta::MonitorObject::Device(device) => device.to_string(),
            csta::MonitorObject::Call(call) => connection(call),
        },
        Request::MonitorStop(m) => m.monitor_cross_ref_id.to_string(),
        Request::SnapshotDevice(m) => m.snapshot_object.to_string(),
        Request::MakeCall(m) => format!("{} to {}", m.calling_device, m.called_directory_number),
        Request::AnswerCall(m) => connection(&m.call_to_be_answered),
        Request::HoldCall(m) => connection(&m.call_to_be_held),
        Request::RetrieveCall(m) => connection(&m.call_to_be_retrieved),
        Request::GetForwarding(m) => m.device.to_string(),
        Request::SetForwarding(m) => {
            let kind = m.forwarding_type.map_or("", csta::ForwardingType::as_str);
            match &m.forward_dn {
                Some(to) if m.activate_forward => format!("{} {kind} to {to}", m.device),
                _ => format!("{} {kind} {}", m.device, if m.activate_forward { "on" } else { "off" }),
            }
        }
        Request::ClearConnection(m) => connection(&m.connection_to_be_cleared),
        Request::ConsultationCall(m) => format!("{} to {}", connection(&m.existing_call), m.consulted_device),
        Request::TransferCall(m) => {
            format!("{} and {}", connection(&m.held_call), connection(&m.active_call))
        }
        Request::ConferenceCall(m) => {
            format!("{} and {}", connection(&m.held_call), connection(&m.active_call))
        }
        Request::AlternateCall(m) => {
            format!("{} and {}", connection(&m.held_call), connection(&m.active_call))
        }
        Request::ReconnectCall(m) => {
            format!("{} for {}", connection(&m.active_call), connection(&m.held_call))
        }
        Request::SingleStepTransferCall(m) => {
            format!("{} to {}", connection(&m.active_call), m.transferred_to)
        }
        Request::SingleStepConferenceCall(m) => {
            format!("{} to {}", m.device_to_join, connection(&m.active_call))
        }
        Request::JoinCall(m) => format!("{} to {}", m.joining_device, connection(&m.active_call)),
        Request::ClearCall(m) => connection(&m.call_to_be_cleared),
        Request::GenerateDigits(m) => {
            format!("{} {}", connection(&m.connection_to_send_digits), m.characters_to_send)
        }
        Request::CallBack(m) => connection(&m.callback_connection),
        Request::CancelCallBack(m) => m.originating_device.to_string(),
        Request::DialDigits(m) => format!("{} {}", connection(&m.dialling_connection), m.dialling_sequence),
        Request::ButtonPress(m) => format!("{} {}", m.device, m.button),
        Request::SetMicrophoneMute(m) => format!("{} {}", m.device, switched(m.microphone_mute_on)),
        Request::SetDoNotDisturb(m) => format!("{} {}", m.device, switched(m.do_not_disturb_on)),
        Request::SetMessageWaitingIndicator(m) => {
            format!("{} {}", m.device, switched(m.message_waiting_on))
        }
        Request::DeflectCall(m) => {
            format!("{} to {}", connection(&m.call_to_be_diverted), m.new_destination.first())
        }
        _ => String::new(),
    }
}

/// What an event says, without its name.
pub(crate) fn describe_event(event: &csta::Event) -> String {
    let mut text = format!("[{}]", event.monitor_cross_ref_id);
    if let Some(id) = connection_of(&event.body) {
        // Writing into a String cannot fail.
        let _ = write!(text, " {}", connection(id));
    }
    if let Some(merge) = Merge::of(&event.body) {
        let _ = write!(text, " {}", connection(merge.primary));
        if let Some(secondary) = merge.secondary {
            let _ = write!(text, " and {}", connection(secondary));
        }
        let devices: Vec<&str> = merge.connections().map(|(_, _, device)| device).collect();
        let _ = write!(text, " leave {}", devices.join(" "));
    }
    let facts = EventFacts::of(&event.body);
    if let Some(state) = facts.local_state {
        let _ = write!(text, " lcs {state}");
    }
    if let Some(cause) = facts.cause {
        let _ = write!(text, " cause {cause}");
    }
    if let Some(RedirectionDevice::NumberDialed(device)) = facts.redirected {
        let _ = write!(text, " via {device}");
    }
    if let Some(onto) = facts.onto.and_then(SubjectDeviceId::device) {
        let _ = write!(text, " onto {onto}");
    }
    let _ = match &event.body {
        EventBody::Forwarding(forwarding) => write!(text, " {}", describe_forwarding(forwarding)),
        EventBody::DigitsGenerated(digits) => write!(text, " {}", digits.digit_generated_list),
        EventBody::DigitsDialed(event) => write!(text, " {}", event.dialing_sequence),
        EventBody::CallBack(event) => {
            let name =
                |device: &SubjectDeviceId| device.device().map(ToString::to_string).unwrap_or_default();
            let (from, to) = (name(&event.originating_device), name(&event.target_device));
            write!(text, " {from} for {to} {}", switched(event.call_back_set_canceled))
        }
        EventBody::MicrophoneMute(event) => write!(text, " {}", switched(event.microphone_mute_on)),
        EventBody::ButtonPress(event) => write!(text, " {}", event.button.as_deref().unwrap_or("?")),
        EventBody::Hookswitch(event) => {
            write!(text, " {}", if event.hookswitch_on_hook { "on-hook" } else { "off-hook" })
        }
        EventBody::LampMode(event) => {
            write!(text, " {} {}", event.lamp.as_deref().unwrap_or("?"), event.lamp_mode)
        }
        EventBody::DisplayUpdated(event) => {
            write!(text, " {}", event.contents_of_display.as_deref().unwrap_or_default())
        }
        EventBody::DoNotDisturb(event) => write!(text, " {}", switched(event.do_not_disturb_on)),
        EventBody::MessageWaiting(event) => write!(text, " {}", switched(event.message_waiting_on)),
        _ => Ok(()),
    };
    text
}

fn switched(on: bool) -> &'static str {
    if on { "on" } else { "off" }
}

fn describe_forwarding(event: &csta::Forwarding) -> String {
    let kind = event.forwarding_type.map_or("?", csta::ForwardingType::as_str);
    match &event.forward_to {
        Some(to) if event.forward_status => format!("{kind} to {to}"),
        _ => format!("{kind} off"),
    }
}

/// What events have in common.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct EventFacts<'a> {
    pub(crate) local_state: Option<LocalConnectionState>,
    pub(crate) cause: Option<&'a csta::EventCause>,
    /// The device that it is about, as such rather than in the connection.
    pub(crate) subject: Option<&'a SubjectDeviceId>,
    pub(crate) calling: Option<&'a SubjectDeviceId>,
    pub(crate) called: Option<&'a SubjectDeviceId>,
    /// Who redirected the call last.
    pub(crate) redirected: Option<&'a RedirectionDevice>,
    /// Whom a call that is diverted goes to.
    pub(crate) onto: Option<&'a SubjectDeviceId>,
}

impl<'a> EventFacts<'a> {
    pub(crate) fn of(body: &'a EventBody) -> EventFacts<'a> {
        macro_rules! facts {
            ($event:ident of $subject:ident) => {
                EventFacts {
                    local_state: $event.local_connection_info,
                    cause: Some(&$event.cause),
                    subject: Some(&$event.$subject),
                    ..EventFacts::default()
                }
            };
            ($event:ident of $subject:ident with redirection) => {
                EventFacts {
                    redirected: Some(&$event.last_redirection_device),
                    ..facts!($event of $subject with parties)
                }
            };
            ($event:ident of $subject:ident with parties) => {
                EventFacts {
                    calling: Some(&$event.calling_device),
                    called: Some(&$event.called_device),
                    ..facts!($event of $subject)
                }
            };
        }
        match body {
            EventBody::ServiceInitiated(event) => facts!(event of initiating_device),
            EventBody::Originated(event) => facts!(event of calling_device with parties),
            EventBody::DigitsDialed(event) => facts!(event of dialing_device),
            EventBody::Offered(event) => facts!(event of offered_device with redirection),
            EventBody::Delivered(event) => facts!(event of alerting_device with redirection),
            EventBody::Diverted(event) => EventFacts {
                calling: event.calling_device.as_ref(),
                called: event.called_device.as_ref(),
                redirected: Some(&event.last_redirection_device),
                onto: Some(&event.new_destination),
                ..facts!(event of diverting_device)
            },
            EventBody::Established(event) => facts!(event of answering_device with redirection),
            EventBody::Failed(event) => facts!(event of failing_device with redirection),
            EventBody::Queued(event) => facts!(event of queue with redirection),
            EventBody::Held(event) => facts!(event of holding_device),
            EventBody::Retrieved(event) => facts!(event of retrieving_device),
            EventBody::ConnectionCleared(event) => facts!(event of releasing_device),
            EventBody::Transferred(event) => facts!(event of transferring_device),
            EventBody::Conferenced(event) => facts!(event of conferencing_device),
            _ => EventFacts::default(),
        }
    }
}

fn connection(id: &csta::ConnectionId) -> String {
    let call = id.call_id.as_deref().unwrap_or("?");
    match &id.device_id {
        Some(device) => format!("{device} in {call}"),
        None => format!("call {call}"),
    }
}

fn call(line: u32, reference: u32) -> String {
    match (line, reference) {
        (0, 0) => String::new(),
        (0, reference) => format!(" call {reference}"),
        (line, 0) => format!(" line {line}"),
        (line, reference) => format!(" line {line} call {reference}"),
    }
}

fn joined(name: &str, rest: &str) -> String {
    match rest.trim() {
        "" => name.to_owned(),
        rest => format!("{name} {rest}"),
    }
}
