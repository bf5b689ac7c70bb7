//! Who may do what to which device: every user, every device and one request of each kind, as a table that is compared with
//! `permissions.txt`. Read the difference before you replace the file with what the test prints.

use std::fmt::Write;

use smol_str::SmolStr;

use super::{
    bench::{Bench, line},
    cti_devices::{POINT, PORT, device_line, with_devices},
};
use crate::{
    CallId, Channels, ConnectionId, CtiDeviceKind, DeviceId, ForwardingType, LineSettings, MediaWay,
    ParkSlot, Refusal, Request, Settings, StationId,
    cti::{Controlled, EventFilter, Principal, UserSettings},
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

/// One request of each kind.
fn requests(device: DeviceId, station: StationId) -> Vec<(&'static str, Request)> {
    let connection = ConnectionId { call: CallId::from_number(9), device };
    let number = || SmolStr::new_static("203");
    let kind = ForwardingType::Busy;
    vec![
        ("MonitorStart", Request::MonitorStart { device, filter: EventFilter::default() }),
        ("MonitorStation", Request::MonitorStation { station, filter: EventFilter::default() }),
        ("SnapshotDevice", Request::SnapshotDevice { device }),
        ("MakeCall", Request::MakeCall { calling: device, called: number(), prompt: false }),
        ("AnswerCall", Request::AnswerCall(connection)),
        ("AcceptCall", Request::AcceptCall(connection)),
        ("HoldCall", Request::HoldCall(connection)),
        ("ClearConnection", Request::ClearConnection(connection)),
        ("DeflectCall", Request::DeflectCall { connection, destination: number() }),
        ("ParkCall", Request::ParkCall { parking: connection, park_to: None }),
        ("GroupPickupCall", Request::GroupPickupCall { requesting: device, group: None }),
        ("GetForwarding", Request::GetForwarding { device }),
        ("SetForwarding", Request::DeactivateForwarding { device, kind }),
        ("SetDoNotDisturb", Request::SetDoNotDisturb { device, on: false }),
        ("SetMessageWaiting", Request::SetMessageWaiting { device, on: false }),
        ("GetHookswitchStatus", Request::GetHookswitchStatus { device }),
        (
            "DeviceOpen",
            Request::OpenDevice { station, media: MediaWay::None, codecs: Vec::new(), one_line: false },
        ),
        ("RouteRegister", Request::RouteRegister { device: Some(device) }),
    ]
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

fn table() -> String {
    let mut text = String::new();
    for (user, rights) in users() {
        for (number, station) in DEVICES {
            let mut bench = Bench::with(settings());
            let device = bench.switch.lines().device_by_number(number).unwrap_or(UNKNOWN);
            let mut marks = Vec::<(&str, Vec<&str>)>::new();
            for (verb, request) in requests(device, station) {
                let user = rights.is_some().then(|| user.into());
                let session = bench.switch.open_session(Principal { name: "x".into(), user }).unwrap();
                let mark = match bench.request_by(session, request) {
                    Err(Refusal::InvalidConnection) if device == UNKNOWN => "unknown",
                    result => result.map_or_else(mark, |_| "permitted"),
                };
                bench.outputs();
                match marks.iter_mut().find(|(own, _)| *own == mark) {
                    Some((_, verbs)) => verbs.push(verb),
                    None => marks.push((mark, vec![verb])),
                }
            }
            for (mark, verbs) in marks {
                writeln!(text, "{user:<14} {number}  {mark:<10} {}", verbs.join(" ")).unwrap();
            }
        }
    }
    text
}

#[test]
fn who_may_do_what_is_as_it_was_reviewed() {
    let (now, reviewed) = (table(), include_str!("permissions.txt"));
    assert!(now == reviewed, "permissions.txt would be:\n{now}");
}
