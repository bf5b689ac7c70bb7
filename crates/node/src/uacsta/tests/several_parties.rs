//! Calls of several parties: consultation, transfer, conference, deflection.

use super::{Client, Office};

/// An application that monitors 201, 202 and 203 with the cross references 1, 2 and 3.
fn watched() -> (Office, Client) {
    let mut office = Office::new();
    let wire = office.connect();
    let mut app = Client::open(&mut office, wire, "app");
    for number in ["201", "202", "203"] {
        app.monitor(&mut office, number);
    }
    (office, app)
}

fn connection(argument: &str, call: u32, device: &str) -> String {
    format!("<{argument}><callID>{call}</callID><deviceID>{device}</deviceID></{argument}>")
}

/// 202 has called 201, who consults 203.
fn consultation(options: &str) -> (Office, Client) {
    let (mut office, mut app) = watched();
    office.dial(1, "201");
    office.answer(0);
    app.event_bodies(&mut office);
    let existing = connection("existingCall", 1, "201");
    let response = app.service(
        &mut office,
        &format!(
            "<ConsultationCall>{existing}<consultedDevice>203</consultedDevice>{options}</ConsultationCall>"
        ),
    );
    assert!(response.contains("<initiatedCall><callID>2</callID><deviceID>201</deviceID></initiatedCall>"));
    (office, app)
}

fn join(service: &str) -> String {
    let (held, active) = (connection("heldCall", 1, "201"), connection("activeCall", 2, "201"));
    format!("<{service}>{held}{active}</{service}>")
}

/// Root element, cross reference, local state and cause of each event.
fn summary(bodies: &[String]) -> Vec<String> {
    let inside = |body: &str, element: &str| {
        let (_, rest) = body.split_once(&format!("<{element}>")).unwrap_or(("", "-<"));
        rest.split('<').next().unwrap_or_default().to_owned()
    };
    let root = |body: &str| {
        let (_, rest) = body.rsplit_once("</").unwrap();
        rest.trim_end_matches(['>', '\n']).trim_end_matches("Event").to_owned()
    };
    let line = |body: &String| {
        let [monitor, local, cause] =
            ["monitorCrossRefID", "localConnectionInfo", "cause"].map(|element| inside(body, element));
        format!("{monitor} {} {local} {cause}", root(body))
    };
    bodies.iter().map(line).collect()
}

#[test]
fn a_consultation_is_reported_to_all_three() {
    let (mut office, mut app) = consultation("");
    let expected = [
        "2 Held connected consultation",
        "1 Held hold consultation",
        "1 ServiceInitiated initiated consultation",
        "1 Originated connected consultation",
        "1 Delivered connected consultation",
        "3 Delivered alerting consultation",
    ];
    assert_eq!(summary(&app.event_bodies(&mut office)), expected);
    office.answer(2);
    let expected = ["1 Established connected consultation", "3 Established connected consultation"];
    assert_eq!(summary(&app.event_bodies(&mut office)), expected);
}

#[test]
fn a_transfer_names_old_and_new_connections() {
    let (mut office, mut app) = consultation("");
    office.answer(2);
    app.event_bodies(&mut office);
    let response = app.service(&mut office, &join("TransferCall"));
    assert!(
        response.contains("<transferredCall><callID>1</callID><deviceID>203</deviceID></transferredCall>"),
        "{response}"
    );
    let bodies = app.event_bodies(&mut office);
    let expected =
        ["1 Transfered null transfer", "2 Transfered connected transfer", "3 Transfered connected transfer"];
    assert_eq!(summary(&bodies), expected);
    for body in &bodies {
        for part in [
            "<primaryOldCall><callID>1</callID><deviceID>201</deviceID></primaryOldCall>",
            "<secondaryOldCall><callID>2</callID><deviceID>201</deviceID></secondaryOldCall>",
            "<newConnection><callID>1</callID><deviceID>203</deviceID></newConnection>",
            "<oldConnection><callID>2</callID><deviceID>203</deviceID></oldConnection>",
        ] {
            assert!(body.contains(part), "{part} in {body}");
        }
    }
    let snapshot =
        app.service(&mut office, "<SnapshotDevice><snapshotObject>202</snapshotObject></SnapshotDevice>");
    assert!(snapshot.contains("203") && !snapshot.contains("201"), "{snapshot}");
    office.hang_up(2);
    let expected = [
        "2 ConnectionCleared connected normalClearing",
        "3 ConnectionCleared null normalClearing",
        "2 ConnectionCleared null normalClearing",
    ];
    assert_eq!(summary(&app.event_bodies(&mut office)), expected);
}

#[test]
fn a_conference_of_three_has_the_identifier_of_the_held_call() {
    let (mut office, mut app) = consultation("");
    office.answer(2);
    app.event_bodies(&mut office);
    let response = app.service(&mut office, &join("ConferenceCall"));
    assert!(
        response.contains("<conferenceCall><callID>1</callID><deviceID>201</deviceID></conferenceCall>"),
        "{response}"
    );
    let expected = ["1", "2", "3"].map(|monitor| format!("{monitor} Conferenced connected conference"));
    let mut seen = summary(&app.event_bodies(&mut office));
    seen.sort();
    assert_eq!(seen, expected);
    let full = "<ConsultationCall><existingCall><callID>1</callID><deviceID>202</deviceID></existingCall>\
                <consultedDevice>204</consultedDevice></ConsultationCall>";
    app.service(&mut office, full);
    office.answer(3);
    app.event_bodies(&mut office);
    let (held, active) = (connection("heldCall", 1, "202"), connection("activeCall", 3, "202"));
    let fourth = format!("<ConferenceCall>{held}{active}</ConferenceCall>");
    assert_eq!(app.refused(&mut office, &fourth), "systemResourceAvailibility/conferenceMemberLimitExceeded");
}

#[test]
fn what_a_consultation_excludes_is_refused() {
    let (mut office, mut app) = consultation("<consultOptions>conferenceOnly</consultOptions>");
    assert_eq!(
        app.refused(&mut office, &join("TransferCall")),
        "stateIncompatibility/invalidActiveConnectionState"
    );
    assert!(app.service(&mut office, &join("ConferenceCall")).contains("conferenceCall"));
}

#[test]
fn calls_that_do_not_belong_together_are_not_joined() {
    let (mut office, mut app) = consultation("");
    let (held, active) = (connection("heldCall", 1, "201"), connection("activeCall", 1, "202"));
    let mixed = format!("<TransferCall>{held}{active}</TransferCall>");
    assert_eq!(app.refused(&mut office, &mixed), "operation/notSameDevice");
    let (held, active) = (connection("heldCall", 2, "201"), connection("activeCall", 1, "201"));
    let turned = format!("<TransferCall>{held}{active}</TransferCall>");
    assert_eq!(app.refused(&mut office, &turned), "stateIncompatibility/invalidHeldConnectionState");
}

#[test]
fn a_ringing_call_is_deflected() {
    let (mut office, mut app) = watched();
    office.dial(1, "201");
    app.event_bodies(&mut office);
    let deflect = |to: &str| {
        let connection = connection("callToBeDiverted", 1, "201");
        format!("<DeflectCall>{connection}<newDestination>{to}</newDestination></DeflectCall>")
    };
    for (to, error) in [("999", "invalidDestinationDeviceID"), ("201", "invalidDestinationDeviceID")] {
        assert_eq!(app.refused(&mut office, &deflect(to)), format!("operation/{error}"));
    }
    app.service(&mut office, &deflect("203"));
    let expected = [
        "2 Diverted connected redirected",
        "1 Diverted null redirected",
        "2 Delivered connected redirected",
        "3 Delivered alerting redirected",
    ];
    assert_eq!(summary(&app.event_bodies(&mut office)), expected);
    office.answer(2);
    app.event_bodies(&mut office);
    let connected = connection("callToBeDiverted", 1, "203");
    let late = format!("<DeflectCall>{connected}<newDestination>201</newDestination></DeflectCall>");
    assert_eq!(app.refused(&mut office, &late), "stateIncompatibility/invalidConnectionState");
}
