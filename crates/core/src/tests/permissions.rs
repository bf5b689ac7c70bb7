//! Who may do what to which device: every user, every device and one request of each kind, as a table that is compared with
//! `permissions.txt`. Read the difference before you replace the file with what the test prints.

use std::{fmt::Write, time::Duration};

use smol_str::SmolStr;

use super::{
    bench::{ALICE, Bench, line},
    cti_devices::{POINT, PORT, device_line, with_devices},
};
use crate::{
    CallData, CallId, Channels, ConnectionId, ConsultPurpose, CtiDeviceKind, DeviceId, DialogueId,
    ForwardingType, Joining, Key, LineSettings, MediaAddress, MediaWay, ParkSlot, Refusal, RegistrationId,
    Request, Response, Settings, SoundEnds, StationId, Tone,
    cti::{Controlled, EventFilter, MonitorId, Principal, UserSettings},
};

/// The devices: number, and the station of the name.
const DEVICES: [(&str, StationId); 7] = [
    ("201", StationId(0)),
    ("202", StationId(1)),
    ("220", PORT),
    ("300", POINT),
    ("221", StationId(9)),
    ("801", StationId(9)),
    ("999", StationId(9)),
];

/// A device that does not exist.
const UNKNOWN: DeviceId = DeviceId(99);

/// The users; the first logs in as nobody.
fn users() -> Vec<(&'static str, Option<UserSettings>)> {
    let user = UserSettings::default;
    let listed = |controlled: Controlled| UserSettings { controlled: vec![controlled], ..user() };
    vec![
        ("no login", None),
        ("no rights", Some(user())),
        ("number 201", Some(listed(Controlled::Number("201".into())))),
        ("pattern 22.", Some(listed(Controlled::Number("22.".into())))),
        ("range 300-801", Some(listed(Controlled::Range("300".into(), "801".into())))),
        ("station bob", Some(listed(Controlled::Station("bob".into())))),
        ("parks", Some(UserSettings { monitors_parks: true, ..user() })),
        ("all", Some(UserSettings { controls_all: true, ..user() })),
        ("all, parks", Some(UserSettings { controls_all: true, monitors_parks: true, ..user() })),
    ]
}

/// 202 has no `cti watch`, 221 is a port's that is restricted, 801 is a park slot, 999 does not exist.
fn settings() -> Settings {
    let mut settings = with_devices();
    settings.lines[1].cti_watch = false;
    settings.lines.push(LineSettings { restricted: true, ..device_line("221", CtiDeviceKind::Port, 4, 2) });
    settings
        .lines
        .push(LineSettings { park_slot: Some(ParkSlot::default()), ..line("801", "", Channels::Single) });
    let rights = users().into_iter().filter_map(|(name, rights)| Some((name.into(), rights?)));
    settings.users = rights.collect();
    settings
}

/// One request of each kind that is about a device.
fn requests(device: DeviceId, station: StationId) -> Vec<Request> {
    let connection = ConnectionId { call: CallId::from_number(9), device };
    let other = ConnectionId { call: CallId::from_number(8), device };
    let number = || SmolStr::new_static("203");
    let filter = EventFilter::default();
    let kind = ForwardingType::Busy;
    let (message, ends) = (|| Some(SmolStr::new_static("m")), SoundEnds::default());
    let address = MediaAddress { ip: [127, 0, 0, 1].into(), port: 4000 };
    let tone = Duration::from_millis(100);
    vec![
        Request::MonitorStart { device, filter },
        Request::MonitorStation { station, filter },
        Request::SnapshotDevice { device },
        Request::MakeCall { calling: device, called: number(), prompt: false },
        Request::DialViaOffice { calling: device, called: number(), alternate: number() },
        Request::AnswerCall(connection),
        Request::AcceptCall(connection),
        Request::HoldCall(connection),
        Request::RetrieveCall(connection),
        Request::ClearConnection(connection),
        Request::DeflectCall { connection, destination: number() },
        Request::ConsultationCall { existing: connection, consulted: number(), purpose: ConsultPurpose::Any },
        Request::TransferCall { held: other, active: connection },
        Request::ConferenceCall { held: other, active: connection },
        Request::AlternateCall { held: other, active: connection },
        Request::ReconnectCall { held: other, active: connection },
        Request::SingleStepTransferCall { active: connection, to: number() },
        Request::AddToCall { active: connection, device, joining: Joining::Called },
        Request::ParkCall { parking: connection, park_to: None },
        Request::DirectedPickupCall { picked: connection, requesting: device },
        Request::GroupPickupCall { requesting: device, group: None },
        Request::CallBack(connection),
        Request::CallBackNonCallRelated { originating: device, target: device },
        Request::CancelCallBack { originating: device, target: None },
        Request::GetCallBack { device },
        Request::DialDigits { connection, digits: number() },
        Request::GenerateDigits { connection, digits: number(), tone, pause: tone },
        Request::GenerateTone { connection, tone: Tone::Beep, length: None },
        Request::CancelTone(connection),
        Request::PlayMessage { connection, message: number(), ends },
        Request::RecordMessage { connection, ends },
        Request::StopSound { connection, message: message() },
        Request::SuspendSound { connection, message: message() },
        Request::ResumeSound { connection, message: message(), most: None },
        Request::AssociateData { connection, correlator: None, account: None, qualifying: None },
        Request::With(Box::new(Request::HoldCall(connection)), CallData::default()),
        Request::GetForwarding { device },
        Request::DeactivateForwarding { device, kind },
        Request::ActivateForwarding { device, kind, number: Some(number()), no_answer_timeout: None },
        Request::GetDoNotDisturb { device },
        Request::SetDoNotDisturb { device, on: false },
        Request::GetMessageWaiting { device },
        Request::SetMessageWaiting { device, on: false },
        Request::GetAutoAnswer { device },
        Request::SetAutoAnswer { device, rings: None },
        Request::GetLastNumberDialled { device },
        Request::SetDisplay { device, text: None },
        Request::Press { device, key: Key::Backspace },
        Request::GetMicrophoneMute { device },
        Request::SetMicrophoneMute { device, off: false },
        Request::GetHookswitchStatus { device },
        Request::GetRouteingMode { device },
        Request::SetRouteingMode { device, on: true },
        Request::OpenDevice { station, media: MediaWay::None, codecs: Vec::new(), one_line: false },
        Request::CloseDevice { station },
        Request::SetMediaAddress { connection, request: None, address },
        Request::RouteRegister { device: Some(device), station: None },
    ]
}

/// The requests that are about a call, or about something that another session has.
fn of_calls_and_sessions(call: CallId, monitor: MonitorId, registration: RegistrationId) -> Vec<Request> {
    let (filter, dialogue) = (EventFilter::default(), DialogueId(1));
    vec![
        Request::SnapshotCall(call),
        Request::MonitorCall { call, filter },
        Request::ClearCall(call),
        Request::ChangeMonitorFilter { monitor, filter },
        Request::MonitorStop { monitor },
        Request::RouteRegister { device: None, station: None },
        Request::RouteRegisterCancel(registration),
        Request::RouteSelect { dialogue, routes: Vec::new(), tell: false, correlator: None },
        Request::RouteReject(dialogue),
        Request::RouteEnd(dialogue),
        Request::DeleteMessage("m".into()),
    ]
}

/// The name of a request in the table. A new one has to be named here, and to be put into one of the lists above.
fn name(request: &Request) -> &'static str {
    match request {
        Request::MonitorStart { .. } => "MonitorStart",
        Request::MonitorStation { .. } => "MonitorStation",
        Request::ChangeMonitorFilter { .. } => "ChangeMonitorFilter",
        Request::MonitorStop { .. } => "MonitorStop",
        Request::SnapshotDevice { .. } => "SnapshotDevice",
        Request::MakeCall { .. } => "MakeCall",
        Request::DialViaOffice { .. } => "DialViaOffice",
        Request::AnswerCall(_) => "AnswerCall",
        Request::AcceptCall(_) => "AcceptCall",
        Request::OpenDevice { .. } => "DeviceOpen",
        Request::CloseDevice { .. } => "DeviceClose",
        Request::SetMediaAddress { .. } => "SetMediaAddress",
        Request::RouteRegister { .. } => "RouteRegister",
        Request::RouteRegisterCancel(_) => "RouteRegisterCancel",
        Request::RouteSelect { .. } => "RouteSelect",
        Request::RouteReject(_) => "RouteReject",
        Request::RouteEnd(_) => "RouteEnd",
        Request::ClearConnection(_) => "ClearConnection",
        Request::HoldCall(_) => "HoldCall",
        Request::RetrieveCall(_) => "RetrieveCall",
        Request::DeflectCall { .. } => "DeflectCall",
        Request::ConsultationCall { .. } => "ConsultationCall",
        Request::TransferCall { .. } => "TransferCall",
        Request::ConferenceCall { .. } => "ConferenceCall",
        Request::ParkCall { .. } => "ParkCall",
        Request::AlternateCall { .. } => "AlternateCall",
        Request::ReconnectCall { .. } => "ReconnectCall",
        Request::SingleStepTransferCall { .. } => "SingleStepTransferCall",
        Request::AddToCall { .. } => "AddToCall",
        Request::MonitorCall { .. } => "MonitorCall",
        Request::With(..) => "WithData",
        Request::AssociateData { .. } => "AssociateData",
        Request::GetAutoAnswer { .. } => "GetAutoAnswer",
        Request::SetAutoAnswer { .. } => "SetAutoAnswer",
        Request::SetDisplay { .. } => "SetDisplay",
        Request::CallBack(_) => "CallBack",
        Request::CallBackNonCallRelated { .. } => "CallBackNonCallRelated",
        Request::CancelCallBack { .. } => "CancelCallBack",
        Request::GetRouteingMode { .. } => "GetRouteingMode",
        Request::SetRouteingMode { .. } => "SetRouteingMode",
        Request::GetCallBack { .. } => "GetCallBack",
        Request::DialDigits { .. } => "DialDigits",
        Request::Press { .. } => "ButtonPress",
        Request::GetMicrophoneMute { .. } => "GetMicrophoneMute",
        Request::SetMicrophoneMute { .. } => "SetMicrophoneMute",
        Request::GetHookswitchStatus { .. } => "GetHookswitchStatus",
        Request::ClearCall(_) => "ClearCall",
        Request::GenerateDigits { .. } => "GenerateDigits",
        Request::GenerateTone { .. } => "GenerateTelephonyTones",
        Request::CancelTone(_) => "CancelTelephonyTones",
        Request::PlayMessage { .. } => "PlayMessage",
        Request::RecordMessage { .. } => "RecordMessage",
        Request::StopSound { .. } => "Stop",
        Request::SuspendSound { .. } => "Suspend",
        Request::ResumeSound { .. } => "Resume",
        Request::DeleteMessage(_) => "DeleteMessage",
        Request::SnapshotCall(_) => "SnapshotCall",
        Request::GetMessageWaiting { .. } => "GetMessageWaiting",
        Request::SetMessageWaiting { .. } => "SetMessageWaiting",
        Request::GetLastNumberDialled { .. } => "GetLastNumberDialed",
        Request::DirectedPickupCall { .. } => "DirectedPickupCall",
        Request::GroupPickupCall { .. } => "GroupPickupCall",
        Request::GetDoNotDisturb { .. } => "GetDoNotDisturb",
        Request::SetDoNotDisturb { .. } => "SetDoNotDisturb",
        Request::GetForwarding { .. } => "GetForwarding",
        Request::ActivateForwarding { .. } => "SetForwarding on",
        Request::DeactivateForwarding { .. } => "SetForwarding off",
    }
}

/// What a refusal is in the table; what has nothing to do with rights is permitted.
fn mark(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::PrivilegeViolation | Refusal::PrivilegeViolationCallingDevice => "denied",
        Refusal::InvalidDevice | Refusal::InvalidCallingDevice => "unknown",
        Refusal::RequestIncompatibleWithSubject => "wrong kind",
        _ => "permitted",
    }
}

/// What a request is answered, in a session of its own.
fn answered(bench: &mut Bench, user: Option<SmolStr>, request: Request) -> Result<(), Refusal> {
    let session = bench.switch.open_session(Principal { name: "x".into(), user }).unwrap();
    let result = bench.request_by(session, request).map(drop);
    bench.outputs();
    result
}

/// Puts a request beside the others that are answered so.
fn add<'a>(marks: &mut Vec<(&'a str, Vec<&'static str>)>, mark: &'a str, request: &'static str) {
    match marks.iter_mut().find(|(own, _)| *own == mark) {
        Some((_, requests)) => requests.push(request),
        None => marks.push((mark, vec![request])),
    }
}

fn write_marks(text: &mut String, user: &str, about: &str, marks: Vec<(&str, Vec<&str>)>) {
    for (mark, requests) in marks {
        writeln!(text, "{user:<14} {about}  {mark:<10} {}", requests.join(" ")).unwrap();
    }
}

fn table() -> String {
    let mut text = String::new();
    for (user, rights) in users() {
        for (number, station) in DEVICES {
            let mut bench = Bench::with(settings());
            let device = bench.switch.lines().device_by_number(number).unwrap_or(UNKNOWN);
            let mut marks = Vec::new();
            for request in requests(device, station) {
                let named = name(&request);
                let user = rights.is_some().then(|| user.into());
                let mark = match answered(&mut bench, user, request) {
                    Err(Refusal::InvalidConnection) if device == UNKNOWN => "unknown",
                    result => result.map_or_else(mark, |()| "permitted"),
                };
                add(&mut marks, mark, named);
            }
            write_marks(&mut text, user, number, marks);
        }
        // A call from 201 to 203, and what another session has.
        let mut bench = Bench::with(settings());
        bench.dial(ALICE, "203");
        let call = bench.switch.calls().iter().next().unwrap().id();
        let (device, point) = (bench.device("203"), bench.device("300"));
        let filter = EventFilter::default();
        let watched = bench.request(Request::MonitorStart { device, filter });
        let registered = bench.request(Request::RouteRegister { device: Some(point), station: None });
        let (Ok(Response::Monitor { monitor }), Ok(Response::Registered(registration))) =
            (watched, registered)
        else {
            panic!("no monitor, or no registration");
        };
        let mut marks = Vec::new();
        for request in of_calls_and_sessions(call, monitor, registration) {
            let named = name(&request);
            let user = rights.is_some().then(|| user.into());
            let mark = match answered(&mut bench, user, request) {
                Err(
                    Refusal::InvalidMonitor
                    | Refusal::InvalidRouteRegistration
                    | Refusal::InvalidRouteDialogue,
                ) => "not its own",
                result => result.map_or_else(mark, |()| "permitted"),
            };
            add(&mut marks, mark, named);
        }
        write_marks(&mut text, user, "any", marks);
    }
    text
}

#[test]
fn who_may_do_what_is_as_it_was_reviewed() {
    let (now, reviewed) = (table(), include_str!("permissions.txt"));
    assert!(now == reviewed, "permissions.txt would be:\n{now}");
}
