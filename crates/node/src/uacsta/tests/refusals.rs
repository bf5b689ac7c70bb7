//! What is refused, and how.

use hookflash_core::StationInput;
use hookflash_wire::sip::HeaderName;

use super::{Client, Office, office::text};
use crate::Input;

const STATUS: &str = "<RequestSystemStatus/>";

#[test]
fn an_invite_is_refused_with_the_status_that_says_why() {
    let lcs = |line: &str| {
        format!(
            "<RequestSystemStatus><extensions><privateData><private><lcs:line \
             xmlns:lcs=\"http://schemas.microsoft.com/Lcs/2005/04/RCCExtension\">{line}</lcs:line></private>\
             </privateData></extensions></RequestSystemStatus>"
        )
    };
    let wrong_root = "<RequestSystemStatus xmlns=\"urn:x\"/>";
    let event = "<BackInServiceEvent><monitorCrossRefID>1</monitorCrossRefID><device><notKnown/></device>\
                 </BackInServiceEvent>";
    for (to, body, status) in [
        ("sip:ctigw@cme", STATUS.to_owned(), 200),
        ("sip:201@cme", STATUS.to_owned(), 200),
        ("sip:999@cme", STATUS.to_owned(), 404),
        ("sip:204@cme", STATUS.to_owned(), 403),
        ("sip:ctigw@cme", lcs("tel:201"), 200),
        ("sip:999@cme", lcs("tel:201"), 200),
        ("sip:ctigw@cme", lcs("tel:999"), 404),
        ("sip:ctigw@cme", lcs("tel:204"), 403),
        ("sip:ctigw@cme", "<RequestSystemStatus>".to_owned(), 400),
        ("sip:ctigw@cme", wrong_root.to_owned(), 400),
        ("sip:ctigw@cme", event.to_owned(), 488),
        ("sip:ctigw@cme", String::new(), 415),
    ] {
        let mut office = Office::new();
        let wire = office.connect();
        let mut app = Client::new(wire, "app");
        app.to = to.to_owned();
        let response = app.invite(&mut office, &body);
        assert_eq!(response.status.code(), status, "{to} {body}");
        let opened = usize::from(status == 200);
        assert_eq!(office.node.applications().len(), opened);
        assert_eq!(office.node.switch().cti().sessions().count(), opened);
        if opened == 0 {
            app.server_tag = response.headers().to().unwrap().tag().map(str::to_owned);
            assert_eq!(app.request(&mut office, "INFO", STATUS).status.code(), 481, "never a dialog");
            assert_eq!(app.request(&mut office, "BYE", "").status.code(), 481);
        }
    }
}

#[test]
fn what_is_for_calls_of_phones_is_not_for_a_session() {
    let phones = crate::config::load(
        "voice register global\n mode cme\n max-dn 1\n max-pool 1\nvoice register dn 1\n number 301\n\
         voice register pool 1\n id mac 0200.0000.0301\n number 1 dn 1\n",
    );
    let phones = crate::provision(&phones.settings, None).settings.sip_phones;
    let mut office = Office::with(|settings| settings.sip_phones = phones);
    let wire = office.connect();
    let mut app = Client::open(&mut office, wire, "app");
    for (method, status) in [
        ("REFER", 405),
        ("SUBSCRIBE", 405),
        ("PUBLISH", 405),
        ("PRACK", 481),
        ("NOTIFY", 481),
        ("OPTIONS", 200),
        ("INFO", 200),
    ] {
        let response = app.request(&mut office, method, "");
        assert_eq!(response.status.code(), status, "{method}");
        let allow = response.headers().get(HeaderName::ALLOW);
        let methods = "INVITE, ACK, BYE, CANCEL, INFO, UPDATE, OPTIONS";
        assert_eq!(allow.filter(|_| status == 405), (status == 405).then_some(methods), "{method}");
    }
    assert!(app.service(&mut office, STATUS).contains("systemStatus"), "the session goes on");
}

#[test]
fn the_line_of_a_session_is_the_one_it_names() {
    let mut office = Office::new();
    let wire = office.connect();
    let numbers = ["sip:202@cme", "sip:+1-408-555-0202;ext=202@cme", "tel:202", "tel:+14085550202;ext=202"];
    for (count, to) in numbers.into_iter().enumerate() {
        let mut app = Client::new(wire, &format!("app{count}"));
        app.to = to.to_owned();
        assert_eq!(app.invite(&mut office, STATUS).status.code(), 200, "{to}");
        let line = office.node.applications().sessions().last().unwrap().line();
        assert_eq!(line, office.node.switch().lines().device_by_number("202"), "{to}");
    }
}

#[test]
fn other_media_types_get_415_and_learn_what_is_accepted() {
    let mut office = Office::new();
    let wire = office.connect();
    let mut app = Client::open(&mut office, wire, "app");
    for method in ["INFO", "INVITE", "UPDATE"] {
        app.cseq += 1;
        let message =
            app.message(method, app.cseq, "<x/>").replace("application/csta+xml", "application/sdp");
        office.send(wire, message);
        let response = app.expect_response(&mut office);
        assert_eq!(response.status.code(), 415);
        assert_eq!(response.headers().get(HeaderName::ACCEPT), Some("application/csta+xml"));
    }
    app.cseq += 1;
    let gzip =
        app.message("INFO", app.cseq, STATUS).replace("Contact:", "Content-Encoding: gzip\r\nContact:");
    office.send(wire, gzip);
    assert_eq!(app.expect_response(&mut office).status.code(), 415);
    app.cseq += 1;
    let shouted = app.message("INFO", app.cseq, STATUS).replace("csta+xml", "CSTA+XML;charset=utf-8");
    office.send(wire, shouted);
    assert_eq!(app.expect_response(&mut office).status.code(), 200);
}

#[test]
fn a_cti_interface_that_is_shut_down_opens_nothing() {
    let mut office = Office::with(|settings| settings.uacsta.enabled = false);
    let wire = office.connect();
    assert_eq!(Client::new(wire, "app").invite(&mut office, STATUS).status.code(), 480);
    let mut office = Office::with(|settings| settings.switch.cti.enabled = false);
    let wire = office.connect();
    assert_eq!(Client::new(wire, "app").invite(&mut office, STATUS).status.code(), 480);
}

#[test]
fn beyond_the_session_limit_clients_are_told_to_come_back() {
    let mut office = Office::with(|settings| settings.switch.cti.max_sessions = 1);
    let wire = office.connect();
    let mut first = Client::open(&mut office, wire, "first");
    let mut second = Client::new(wire, "second");
    let refused = second.invite(&mut office, STATUS);
    assert_eq!(refused.status.code(), 503);
    assert!(refused.headers().contains(HeaderName::RETRY_AFTER));
    first.request(&mut office, "BYE", "");
    assert_eq!(second.invite(&mut office, STATUS).status.code(), 200);
}

#[test]
fn services_are_refused_with_the_error_that_says_why() {
    let at =
        |name: &str, call: &str| format!("<{name}><callID>{call}</callID><deviceID>201</deviceID></{name}>");
    let two = |service: &str, held: &str, active: &str| {
        format!("<{service}>{}{}</{service}>", at("heldCall", held), at("activeCall", active))
    };
    let clear = |call: &str| format!("<ClearCall><callToBeCleared>{call}</callToBeCleared></ClearCall>");
    let digits = |more: &str| {
        let connection = at("connectionToSendDigits", "1");
        format!("<GenerateDigits>{connection}<charactersToSend>1</charactersToSend>{more}</GenerateDigits>")
    };
    let monitor =
        |object: &str| format!("<MonitorStart><monitorObject>{object}</monitorObject></MonitorStart>");
    let call = |calling: &str, called: &str| {
        format!(
            "<MakeCall><callingDevice>{calling}</callingDevice><calledDirectoryNumber>{called}\
             </calledDirectoryNumber><autoOriginate>doNotPrompt</autoOriginate></MakeCall>"
        )
    };
    let answer = |connection: &str| {
        format!("<AnswerCall><callToBeAnswered>{connection}</callToBeAnswered></AnswerCall>")
    };
    let table = [
        ("<IntrudeCall/>".to_owned(), "operation/serviceNotSupported"),
        ("<Nonsense/>".to_owned(), "operation/serviceNotSupported"),
        (
            "<GetPresenceState><snapshotObject><callID>1</callID></snapshotObject></GetPresenceState>"
                .to_owned(),
            "operation/serviceNotSupported",
        ),
        ("<MakeCall/>".to_owned(), "operation/atLeastOneConditionalParameterNotProvided"),
        (call("201", "202").replace("doNotPrompt", "perhaps"), "operation/invalidParameterValue"),
        (call("999", "202"), "operation/invalidCallingDeviceID"),
        (call("204", "202"), "operation/privilegeViolationCallingDevice"),
        (call("201", "999"), "operation/invalidCalledDeviceID"),
        (call("201", "Bob"), "operation/invalidCalledDeviceID"),
        (call("203", "202"), "systemResourceAvailibility/callingDeviceOutOfService"),
        (monitor("<deviceObject>999</deviceObject>"), "operation/invalidDeviceID"),
        (monitor("<deviceObject>204</deviceObject>"), "operation/privilegeViolationSpecifiedDevice"),
        (monitor("<callObject><callID>9</callID></callObject>"), "operation/invalidCallID"),
        (
            monitor("<deviceObject>201</deviceObject>")
                .replace("</MonitorStart>", "<monitorType>call</monitorType></MonitorStart>"),
            "operation/monitorTypeNotSupported",
        ),
        (
            "<MonitorStop><monitorCrossRefID>77</monitorCrossRefID></MonitorStop>".to_owned(),
            "operation/invalidMonitorCrossRefID",
        ),
        (
            "<ChangeMonitorFilter><monitorCrossRefID>x</monitorCrossRefID></ChangeMonitorFilter>".to_owned(),
            "operation/invalidMonitorCrossRefID",
        ),
        (
            "<SnapshotDevice><snapshotObject>999</snapshotObject></SnapshotDevice>".to_owned(),
            "operation/invalidDeviceID",
        ),
        (answer("<callID>1</callID><deviceID>999</deviceID>"), "operation/invalidDeviceID"),
        (answer("<callID>9</callID><deviceID>202</deviceID>"), "operation/invalidConnectionID"),
        (answer("<callID>+1</callID><deviceID>202</deviceID>"), "operation/invalidConnectionID"),
        (answer("<callID>1</callID><deviceID>203</deviceID>"), "operation/invalidConnectionID"),
        (answer("<callID>1</callID>"), "operation/invalidConnectionID"),
        (answer("<callID>1</callID><deviceID>201</deviceID>"), "stateIncompatibility/invalidConnectionState"),
        // Whether there is a connection at a device of others is not told.
        (answer("<callID>1</callID><deviceID>204</deviceID>"), "operation/privilegeViolationSpecifiedDevice"),
        (answer("<callID>9</callID><deviceID>204</deviceID>"), "operation/privilegeViolationSpecifiedDevice"),
        (two("TransferCall", "9", "1"), "operation/invalidHeldConnectionID"),
        (two("ConferenceCall", "9", "1"), "operation/invalidHeldConnectionID"),
        (two("AlternateCall", "1", "9"), "operation/invalidActiveConnectionID"),
        (two("TransferCall", "1", "9"), "operation/invalidActiveConnectionID"),
        (two("TransferCall", "1", "1"), "stateIncompatibility/invalidHeldConnectionState"),
        (two("AlternateCall", "1", "1"), "stateIncompatibility/invalidHeldConnectionState"),
        (
            "<ReconnectCall><activeCall><callID>9</callID><deviceID>201</deviceID></activeCall><heldCall>\
             <callID>1</callID><deviceID>201</deviceID></heldCall></ReconnectCall>"
                .to_owned(),
            "operation/invalidActiveConnectionID",
        ),
        (
            "<ReconnectCall><activeCall><callID>1</callID><deviceID>201</deviceID></activeCall><heldCall>\
             <callID>9</callID><deviceID>201</deviceID></heldCall></ReconnectCall>"
                .to_owned(),
            "operation/invalidHeldConnectionID",
        ),
        (clear("<callID>9</callID>"), "operation/invalidCallID"),
        (clear("<callID>1</callID><deviceID>203</deviceID>"), "operation/invalidConnectionID"),
        (clear("<callID>1</callID><deviceID>999</deviceID>"), "operation/invalidDeviceID"),
        (clear("<callID>1</callID><deviceID>204</deviceID>"), "operation/privilegeViolationSpecifiedDevice"),
        (digits("<toneDuration>-1</toneDuration>"), "operation/toneDurationOutOfRange"),
        (digits("<pulseRate>-1</pulseRate>"), "operation/pulseRateOutOfRange"),
        (digits("<pauseDuration>-1</pauseDuration>"), "operation/valueOutOfRange"),
    ];
    let mut office = Office::new();
    let wire = office.connect();
    office.phone(2, StationInput::Unregister);
    office.dial(0, "202");
    let mut app = Client::open(&mut office, wire, "app");
    for (request, error) in table {
        assert_eq!(app.refused(&mut office, &request), error, "{request}");
    }
}

#[test]
fn an_overloaded_switch_refuses_new_calls_only() {
    let mut office = Office::new();
    let wire = office.connect();
    let mut app = Client::open(&mut office, wire, "app");
    office.node.handle(office.now, Input::CallRate(Some(0)));
    let call = "<MakeCall><callingDevice>201</callingDevice><calledDirectoryNumber>202</calledDirectoryNumber>\
                </MakeCall>";
    assert_eq!(app.refused(&mut office, call), "performanceManagement/performanceLimitExceeded");
    app.monitor(&mut office, "201");
}

#[test]
fn monitors_are_limited() {
    let mut office = Office::with(|settings| {
        settings.switch.cti.max_monitors_per_session = 1;
        settings.switch.cti.max_monitors = 2;
    });
    let (first, second, third) = (office.connect(), office.connect(), office.connect());
    let start =
        "<MonitorStart><monitorObject><deviceObject>201</deviceObject></monitorObject></MonitorStart>";
    let mut app = Client::open(&mut office, first, "first");
    app.monitor(&mut office, "201");
    let error = "subscribedResourceAvailability/objectMonitorLimitExceeded";
    assert_eq!(app.refused(&mut office, start), error);
    Client::open(&mut office, second, "second").monitor(&mut office, "201");
    let mut app = Client::open(&mut office, third, "third");
    assert_eq!(app.refused(&mut office, start), "systemResourceAvailibility/overallMonitorLimitExceeded");
}

#[test]
fn bodies_that_are_no_csta_are_refused_as_sip() {
    let mut office = Office::new();
    let wire = office.connect();
    let mut app = Client::open(&mut office, wire, "app");
    let bomb = "<!DOCTYPE x [<!ENTITY a \"aaaa\">]><MakeCall>&a;</MakeCall>";
    for body in ["<MakeCall>", "hello", "<MakeCall xmlns=\"urn:x\"/>", bomb, &"<a>".repeat(10_000)] {
        assert_eq!(app.request(&mut office, "INFO", body).status.code(), 400, "{body:.40}");
    }
    assert_eq!(app.request(&mut office, "INFO", "").status.code(), 200, "a bare INFO is legal");
    for answer in ["<SystemStatusResponse/>", "<ParkCallResponse/>", "<TransferedEvent/>", "<CSTAErrorCode/>"]
    {
        let response = app.request(&mut office, "INFO", answer);
        assert_eq!((response.status.code(), text(response.body())), (200, String::new()), "{answer}");
    }
    let status = "<SystemStatus><systemStatus>normal</systemStatus></SystemStatus>";
    assert!(app.service(&mut office, status).contains("<SystemStatusResponse"));
}

#[test]
fn an_invite_may_carry_any_service() {
    let mut office = Office::new();
    let wire = office.connect();
    let mut app = Client::new(wire, "app");
    let response = app.invite(
        &mut office,
        "<MonitorStart><monitorObject><deviceObject>201</deviceObject></monitorObject></MonitorStart>",
    );
    assert!(text(response.body()).contains("<MonitorStartResponse"));
    office.dial(0, "202");
    assert_eq!(app.events(&mut office).len(), 4);
    let mut other = Client::new(office.connect(), "other");
    let response = other.invite(&mut office, "<Nonsense/>");
    assert_eq!(response.status.code(), 200);
    assert!(text(response.body()).contains("serviceNotSupported"));
}
