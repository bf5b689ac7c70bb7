//! Calls that applications make, watch and control.

use std::time::Duration;

use hookflash_core::{self as core, Key};
use hookflash_wire::{
    csta,
    sccp::{ClientMessage, DeviceType, Encoding, Register},
};

use super::{Client, Office, Wire};
use crate::{Input, LinkId, Listener, Output};

const UDP: &str = "127.0.0.1:7000";

fn wires(office: &mut Office) -> [Wire; 2] {
    [office.connect(), Wire::Udp(UDP.parse().unwrap())]
}

fn make_call(calling: &str, called: &str) -> String {
    format!(
        "<MakeCall><callingDevice>{calling}</callingDevice><calledDirectoryNumber>{called}</calledDirectoryNumber>\
         <autoOriginate>doNotPrompt</autoOriginate></MakeCall>"
    )
}

fn of_call(service: &str, argument: &str, connection: &str) -> String {
    let (call, device) = connection.split_once('@').unwrap();
    format!(
        "<{service}><{argument}><callID>{call}</callID><deviceID>{device}</deviceID></{argument}></{service}>"
    )
}

/// Directory numbers may be international ones, whose `+` is part of them.
#[test]
fn a_number_with_a_plus_is_a_line_like_any_other() {
    let mut office = Office::with(|settings| settings.switch.lines[1].number = "+14255550102".into());
    let wire = office.connect();
    for name in ["tel:+14255550102", "+14255550102", "14255550102", "sip:+1-425-555-0102@office;user=phone"] {
        let mut app = Client::new(wire, "app");
        app.to = "sip:+14255550102@office".to_owned();
        assert_eq!(app.invite(&mut office, "<RequestSystemStatus/>").status.code(), 200);
        app.monitor(&mut office, name);
        assert!(app.service(&mut office, &make_call("201", name)).contains("MakeCallResponse"), "{name}");
        let delivered = app.events(&mut office).remove(0);
        assert!(delivered.contains(name), "{delivered}");
        office.hang_up(0);
        assert!(app.service(&mut office, &make_call(name, "203")).contains("MakeCallResponse"), "{name}");
        office.hang_up(1);
        let forward = format!(
            "<SetForwarding><device>201</device><activateForward>true</activateForward><forwardDN>{name}</forwardDN>\
             </SetForwarding>"
        );
        assert!(app.service(&mut office, &forward).contains("SetForwardingResponse"), "{name}");
        app.request(&mut office, "BYE", "");
    }
    let mut app = Client::open(&mut office, wire, "app");
    app.monitor(&mut office, "tel:201");
    app.service(&mut office, &make_call("tel:203", "tel:201"));
    let diverted = app.event_bodies(&mut office).remove(0);
    assert!(
        diverted.contains(">tel:+14255550102<"),
        "the + stays where it is not the client's word: {diverted}"
    );
}

/// Two lines of one number, of which the second takes over when the first is busy.
fn two_lines_of_one_number() -> Office {
    Office::with(|settings| {
        for line in [1, 2] {
            settings.switch.lines[line].number = "202".into();
            settings.switch.lines[line].channels = core::Channels::Single;
            settings.switch.lines[line].huntstop = line == 2;
        }
    })
}

/// For an application a number is one device, however many lines have it.
#[test]
fn a_monitor_sees_all_lines_with_the_number() {
    let mut office = two_lines_of_one_number();
    let wire = office.connect();
    let mut app = Client::open(&mut office, wire, "app");
    app.monitor(&mut office, "tel:202");
    office.dial(0, "202");
    office.answer(1);
    office.dial(3, "202");
    let events = app.events(&mut office);
    assert_eq!(
        events,
        [
            "1 Delivered 1@tel:202 alerting newCall",
            "1 Established 1@tel:202 connected newCall",
            "1 Delivered 2@tel:202 alerting newCall",
        ]
    );
    let snapshot = "<SnapshotDevice><snapshotObject>tel:202</snapshotObject></SnapshotDevice>";
    let shown = app.service(&mut office, snapshot);
    assert_eq!(shown.matches("<deviceID>tel:202</deviceID></connectionIdentifier>").count(), 2, "{shown}");
    app.service(&mut office, "<MonitorStop><monitorCrossRefID>1</monitorCrossRefID></MonitorStop>");
    office.hang_up(3);
    office.hang_up(0);
    assert_eq!(app.events(&mut office), [""; 0]);
}

/// An application may control what it sees at the second line, too.
#[test]
fn the_connection_of_a_second_line_with_the_number_is_found() {
    let mut office = two_lines_of_one_number();
    let wire = office.connect();
    let mut app = Client::open(&mut office, wire, "app");
    app.monitor(&mut office, "201");
    office.dial(0, "202");
    office.answer(1);
    app.service(&mut office, &of_call("HoldCall", "callToBeHeld", "1@201"));
    office.dial(0, "202");
    let last = app.events(&mut office).pop().unwrap();
    assert!(last.contains("Delivered 2@202"), "{last}");
    for (service, argument, answer) in [
        ("AnswerCall", "callToBeAnswered", "AnswerCallResponse"),
        ("HoldCall", "callToBeHeld", "HoldCallResponse"),
        ("RetrieveCall", "callToBeRetrieved", "RetrieveCallResponse"),
        ("ClearConnection", "connectionToBeCleared", "ClearConnectionResponse"),
    ] {
        let said = app.service(&mut office, &of_call(service, argument, "2@202"));
        assert!(said.contains(answer), "{said}");
    }
    let said = app.service(&mut office, &of_call("HoldCall", "callToBeHeld", "1@202"));
    assert!(said.contains("HoldCallResponse"), "{said}");
}

#[test]
fn an_application_makes_answers_holds_retrieves_and_clears_a_call() {
    for wire in [0, 1] {
        let mut office = Office::new();
        let wire = wires(&mut office)[wire];
        let mut app = Client::open(&mut office, wire, "app");
        let features = app.service(&mut office, "<GetCSTAFeatures/>");
        assert!(features.contains("<makeCall/>") && features.contains("<serviceInitiated/>"));
        assert_eq!(app.monitor(&mut office, "tel:201"), "1");
        assert_eq!(app.monitor(&mut office, "tel:202"), "2");

        let made = app.service(&mut office, &make_call("tel:201", "tel:202"));
        assert!(
            made.contains("<callingDevice><callID>1</callID><deviceID>tel:201</deviceID></callingDevice>")
        );
        assert_eq!(
            app.events(&mut office),
            [
                "1 ServiceInitiated 1@tel:201 initiated makeCall",
                "1 Originated 1@tel:201 connected newCall",
                "1 Delivered 1@tel:202 connected newCall",
                "2 Delivered 1@tel:202 alerting newCall",
            ]
        );
        app.service(&mut office, &of_call("AnswerCall", "callToBeAnswered", "1@tel:202"));
        assert_eq!(
            app.events(&mut office),
            ["1 Established 1@tel:202 connected newCall", "2 Established 1@tel:202 connected newCall"]
        );
        app.service(&mut office, &of_call("HoldCall", "callToBeHeld", "1@tel:201"));
        assert_eq!(
            app.events(&mut office),
            ["1 Held 1@tel:201 hold normal", "2 Held 1@tel:201 connected normal"]
        );
        app.service(&mut office, &of_call("RetrieveCall", "callToBeRetrieved", "1@tel:201"));
        assert_eq!(
            app.events(&mut office),
            ["1 Retrieved 1@tel:201 connected normal", "2 Retrieved 1@tel:201 connected normal"]
        );
        app.service(&mut office, &of_call("ClearConnection", "connectionToBeCleared", "1@tel:202"));
        assert_eq!(
            app.events(&mut office),
            [
                "1 ConnectionCleared 1@tel:202 connected normalClearing",
                "2 ConnectionCleared 1@tel:202 null normalClearing",
                "1 ConnectionCleared 1@tel:201 null normalClearing",
            ]
        );
        app.service(&mut office, "<MonitorStop><monitorCrossRefID>1</monitorCrossRefID></MonitorStop>");
        assert_eq!(app.request(&mut office, "BYE", "").status.code(), 200);
        assert!(office.node.applications().is_empty());
        assert_eq!(office.node.switch().cti().sessions().count(), 0);
        office.dial(0, "202");
        assert!(app.events(&mut office).is_empty());
    }
}

#[test]
fn the_response_comes_before_the_events_in_one_write() {
    let mut office = Office::new();
    let wire = office.connect();
    let mut app = Client::open(&mut office, wire, "app");
    app.monitor(&mut office, "201");
    app.cseq += 1;
    let request = app.message("INFO", app.cseq, &make_call("201", "202"));
    office.send(wire, request);
    let kinds: Vec<bool> = office.take(wire).iter().map(|message| message.as_response().is_some()).collect();
    assert_eq!(kinds, [true, false, false, false]);
}

#[test]
fn what_users_do_at_their_phones_is_reported() {
    let mut office = Office::new();
    let wire = office.connect();
    let mut app = Client::open(&mut office, wire, "app");
    app.monitor(&mut office, "201");
    app.monitor(&mut office, "202");
    office.press(0, Key::OffHook { line: 0, reference: 0 });
    for digit in "202".chars() {
        office.press(0, Key::Digit(digit));
    }
    office.answer(1);
    office.hang_up(0);
    assert_eq!(
        app.events(&mut office),
        [
            "1 ServiceInitiated 1@201 initiated normal",
            "1 DigitsDialed 1@201 initiated normal",
            "1 Originated 1@201 connected newCall",
            "1 Delivered 1@202 connected newCall",
            "2 Delivered 1@202 alerting newCall",
            "1 Established 1@202 connected newCall",
            "2 Established 1@202 connected newCall",
            "1 ConnectionCleared 1@201 null normalClearing",
            "2 ConnectionCleared 1@201 connected normalClearing",
            "2 ConnectionCleared 1@202 null normalClearing",
        ]
    );
}

#[test]
fn every_member_of_an_event_is_there() {
    let mut office = Office::with(|settings| settings.switch.cti.basic_mode = true);
    let wire = office.connect();
    let mut app = Client::open(&mut office, wire, "app");
    app.monitor(&mut office, "tel:202");
    office.dial(0, "202");
    assert_eq!(
        app.event_bodies(&mut office),
        ["<?xml version=\"1.0\" encoding=\"UTF-8\"?>\
          <DeliveredEvent xmlns=\"http://www.ecma-international.org/standards/ecma-323/csta/ed3\">\
          <monitorCrossRefID>1</monitorCrossRefID>\
          <connection><callID>1</callID><deviceID>tel:202</deviceID></connection>\
          <alertingDevice><deviceIdentifier>tel:202</deviceIdentifier></alertingDevice>\
          <callingDevice><deviceIdentifier>tel:201</deviceIdentifier></callingDevice>\
          <calledDevice><deviceIdentifier>tel:202</deviceIdentifier></calledDevice>\
          <lastRedirectionDevice><notRequired/></lastRedirectionDevice>\
          <localConnectionInfo>alerting</localConnectionInfo><cause>newCall</cause></DeliveredEvent>"]
    );
}

#[test]
fn failures_are_reported_with_their_cause() {
    let mut office = Office::new();
    let wire = office.connect();
    let mut app = Client::open(&mut office, wire, "app");
    app.monitor(&mut office, "201");
    office.dial(0, "999");
    let events = app.events(&mut office);
    assert_eq!(events.last().unwrap(), "1 Failed 1@201 fail destNotObtainable");
    office.hang_up(0);
    office.phone(2, hookflash_core::StationInput::Unregister);
    app.events(&mut office);
    office.dial(0, "203");
    assert_eq!(app.events(&mut office).last().unwrap(), "1 Failed 2@203 connected destOutOfOrder");
}

#[test]
fn phones_that_go_and_come_back_are_reported() {
    let mut office = Office::new();
    let wire = office.connect();
    let mut app = Client::open(&mut office, wire, "app");
    app.monitor(&mut office, "201");
    office.phone(0, hookflash_core::StationInput::Unregister);
    office.phone(0, hookflash_core::StationInput::Register(hookflash_core::CodecSet::EMPTY));
    assert_eq!(app.events(&mut office), ["1 OutOfServiceEvent", "1 BackInServiceEvent"]);
}

#[test]
fn a_device_is_called_what_the_application_called_it() {
    for (name, foreign) in [
        ("tel:201", "tel:203"),
        ("tel:+1-408-555-0100;ext=201", "tel:203"),
        ("TEL:201", "tel:203"),
        ("sip:201@cme.example.com;user=phone", "203"),
        ("N&lt;201&gt;Bob &amp; Co", "203"),
        ("201:SWITCH:0.0.0.0:0", "203"),
        ("201", "203"),
    ] {
        let mut office = Office::new();
        let wire = office.connect();
        let mut app = Client::open(&mut office, wire, "app");
        app.monitor(&mut office, name);
        let made = app.service(&mut office, &make_call(name, "203"));
        assert!(made.contains(&format!("<deviceID>{name}</deviceID>")), "{made}");
        for body in app.event_bodies(&mut office) {
            assert!(
                body.contains(&format!("<deviceID>{name}</deviceID>"))
                    || body.contains(&format!("<callingDevice><deviceIdentifier>{name}</deviceIdentifier>")),
                "{body}"
            );
            if body.contains("DeliveredEvent") {
                assert!(body.contains(&format!("<alertingDevice><deviceIdentifier>{foreign}<")), "{body}");
            }
        }
        let snapshot = app
            .service(&mut office, "<SnapshotDevice><snapshotObject> 201\n</snapshotObject></SnapshotDevice>");
        assert!(snapshot.contains("<deviceID>201</deviceID>"), "a response repeats its request: {snapshot}");
        assert!(snapshot.contains(&format!("<deviceIdentifier>{foreign}</deviceIdentifier>")), "{snapshot}");
        office.answer(2);
        let body = app.event_bodies(&mut office).pop().unwrap();
        assert!(body.contains(&format!("<deviceIdentifier>{name}</deviceIdentifier>")), "{body}");
    }
}

#[test]
fn parties_are_named_as_the_application_writes_and_not_as_sip_does() {
    for (to, name, foreign) in [
        ("sip:201@cme", "tel:201", "tel:203"),
        ("sip:201@cme", "sip:201@cme", "203"),
        ("tel:201", "201", "203"),
        ("tel:+14085550100;ext=201", "tel:201", "tel:203"),
    ] {
        let mut office = Office::new();
        let mut app = Client::new(office.connect(), "app");
        app.to = to.to_owned();
        app.invite(&mut office, "<RequestSystemStatus/>");
        app.monitor(&mut office, name);
        office.dial(2, "201");
        let body = app.event_bodies(&mut office).pop().unwrap();
        for (role, party) in [("callingDevice", foreign), ("calledDevice", name), ("alertingDevice", name)] {
            let member = format!("<{role}><deviceIdentifier>{party}</deviceIdentifier></{role}>");
            assert!(body.contains(&member), "{to} {member} {body}");
        }
    }
}

#[test]
fn each_call_keeps_the_spelling_of_the_request_that_made_it() {
    let mut office = Office::new();
    let wire = office.connect();
    let mut app = Client::open(&mut office, wire, "app");
    app.monitor(&mut office, "tel:201");
    app.monitor(&mut office, "tel:202");
    for (call, name) in [(1, "sip:201@cme"), (2, "201"), (3, "tel:201")] {
        let made = app.service(&mut office, &make_call(name, "202"));
        assert!(made.contains(&format!("<deviceID>{name}</deviceID>")), "{made}");
        let bodies = app.event_bodies(&mut office);
        assert_eq!(bodies.len(), 4, "{bodies:?}");
        assert!(bodies[1].contains(&format!("<callID>{call}</callID><deviceID>{name}</deviceID>")));
        for body in &bodies[1..] {
            let member =
                format!("<callingDevice><deviceIdentifier>{name}</deviceIdentifier></callingDevice>");
            assert!(body.contains(&member), "{body}");
            assert!(body.contains("<calledDevice><deviceIdentifier>tel:202</deviceIdentifier>"), "{body}");
        }
        let clear = of_call("ClearConnection", "connectionToBeCleared", &format!("{call}@{name}"));
        assert!(app.service(&mut office, &clear).contains("ClearConnectionResponse"));
        let cleared = format!("1 ConnectionCleared {call}@{name} null normalClearing");
        assert_eq!(app.events(&mut office)[0], cleared);
    }
    office.dial(1, "201");
    let incoming = "1 Delivered 4@tel:201 alerting newCall".to_owned();
    assert!(app.events(&mut office).contains(&incoming), "a call that no application made");
    assert_eq!(office.node.sizes().named_calls, 0, "nothing is kept of calls that are over");
}

#[test]
fn each_monitor_keeps_the_spelling_of_its_own_request() {
    let mut office = Office::new();
    let wire = office.connect();
    let mut app = Client::open(&mut office, wire, "app");
    app.monitor(&mut office, "tel:201");
    app.monitor(&mut office, "201");
    app.monitor(&mut office, "sip:202@cme");
    office.dial(2, "201");
    assert_eq!(
        app.events(&mut office),
        ["1 Delivered 1@tel:201 alerting newCall", "2 Delivered 1@201 alerting newCall"]
    );
    office.answer(0);
    let bodies = app.event_bodies(&mut office);
    for (body, own, foreign) in [(&bodies[0], "tel:201", "tel:203"), (&bodies[1], "201", "203")] {
        assert!(body.contains(&format!("<answeringDevice><deviceIdentifier>{own}<")), "{body}");
        assert!(body.contains(&format!("<callingDevice><deviceIdentifier>{foreign}<")), "{body}");
    }
    office.hang_up(0);
    app.events(&mut office);
    office.dial(0, "202");
    let third = app.event_bodies(&mut office).pop().unwrap();
    assert!(third.contains("<callingDevice><deviceIdentifier>tel:201<"), "as it was named first: {third}");
    assert!(third.contains("<alertingDevice><deviceIdentifier>sip:202@cme<"), "{third}");
}

#[test]
fn a_monitor_that_is_started_after_another_was_stopped_may_spell_anew() {
    let mut office = Office::new();
    let wire = office.connect();
    let mut app = Client::open(&mut office, wire, "app");
    let first = app.monitor(&mut office, "tel:201");
    let stop = format!("<MonitorStop><monitorCrossRefID>{first}</monitorCrossRefID></MonitorStop>");
    app.service(&mut office, &stop);
    app.monitor(&mut office, "201");
    app.monitor(&mut office, "202");
    office.dial(0, "202");
    let bodies = app.event_bodies(&mut office);
    assert!(bodies.iter().all(|body| !body.contains("tel:")), "{bodies:?}");
}

#[test]
fn two_applications_have_their_own_names_and_editions() {
    let mut office = Office::new();
    let (first, second) = (office.connect(), office.connect());
    let mut old = Client::open(&mut office, first, "old");
    let mut new = Client::new(second, "new");
    new.edition = csta::Edition::Ed6;
    assert_eq!(new.invite(&mut office, "<RequestSystemStatus/>").status.code(), 200);
    old.monitor(&mut office, "tel:201");
    new.monitor(&mut office, "201");
    for service in ["<GetCSTAFeatures/>", "<Nonsense/>", "<MakeCall/>"] {
        assert!(new.service(&mut office, service).contains("csta/ed6\""));
    }
    office.dial(0, "202");
    let (old, new) = (old.event_bodies(&mut office), new.event_bodies(&mut office));
    assert_eq!((old.len(), new.len()), (4, 4));
    assert!(old.iter().all(|body| body.contains("csta/ed3\"") && body.contains("<deviceID>tel:20")));
    assert!(new.iter().all(|body| body.contains("csta/ed6\"") && body.contains("<deviceID>20")));
}

#[test]
fn a_snapshot_shows_all_calls_of_a_device() {
    let mut office = Office::new();
    let wire = office.connect();
    let mut app = Client::open(&mut office, wire, "app");
    let snapshot = "<SnapshotDevice><snapshotObject>202</snapshotObject></SnapshotDevice>";
    assert!(app.service(&mut office, snapshot).contains("<snapshotData/>"));
    office.dial(0, "202");
    let body = app.service(&mut office, snapshot);
    assert!(body.contains("<connectionIdentifier><callID>1</callID><deviceID>202</deviceID>"), "{body}");
    assert!(body.contains("<endpointDevice><deviceIdentifier>201</deviceIdentifier></endpointDevice>"));
    let states = "<localConnectionState>alerting</localConnectionState>\
                  <localConnectionState>connected</localConnectionState>";
    assert!(body.contains(states), "{body}");
}

#[test]
fn a_filter_suppresses_what_it_names() {
    let mut office = Office::new();
    let wire = office.connect();
    let mut app = Client::open(&mut office, wire, "app");
    let started = app.service(
        &mut office,
        "<MonitorStart><monitorObject><deviceObject>201</deviceObject></monitorObject><requestedMonitorFilter>\
         <callcontrol><delivered>true</delivered><held>true</held><originated>false</originated></callcontrol>\
         </requestedMonitorFilter></MonitorStart>",
    );
    let actual = "<actualMonitorFilter><callcontrol><delivered>true</delivered><held>true</held></callcontrol>\
                  <physicalDeviceFeature><buttonPress>true</buttonPress><displayUpdated>true</displayUpdated>\
                  <hookswitch>true</hookswitch><lampMode>true</lampMode></physicalDeviceFeature>";
    assert!(started.contains(actual), "the requested one, and what has to be asked for: {started}");
    office.dial(0, "202");
    assert_eq!(
        app.events(&mut office),
        [
            "1 ServiceInitiated 1@201 initiated normal",
            "1 DigitsDialed 1@201 initiated normal",
            "1 Originated 1@201 connected newCall"
        ]
    );
    app.service(
        &mut office,
        "<ChangeMonitorFilter><monitorCrossRefID>1</monitorCrossRefID><requestedFilterList><callcontrol>\
         <established>1</established></callcontrol></requestedFilterList></ChangeMonitorFilter>",
    );
    office.answer(1);
    office.press(0, Key::Hold { line: 0, reference: 0 });
    assert_eq!(app.events(&mut office), ["1 Held 1@201 hold normal"]);
}

#[test]
fn a_prompted_call_waits_for_the_user() {
    let prompted = make_call("201", "202").replace("<autoOriginate>doNotPrompt</autoOriginate>", "");
    let mut office = Office::new();
    let wire = office.connect();
    let mut app = Client::open(&mut office, wire, "app");
    app.monitor(&mut office, "201");
    app.service(&mut office, &prompted);
    assert_eq!(app.events(&mut office), ["1 ServiceInitiated 1@201 initiated makeCall"]);
    office.press(0, Key::OffHook { line: 0, reference: 0 });
    assert_eq!(
        app.events(&mut office),
        ["1 Originated 1@201 connected newCall", "1 Delivered 1@202 connected newCall"]
    );
    office.hang_up(0);
    app.events(&mut office);
    app.service(&mut office, &prompted);
    office.wait(Duration::from_secs(60));
    assert_eq!(app.events(&mut office).last().unwrap(), "1 ConnectionCleared 2@201 null callCancelled");
}

#[test]
fn in_basic_mode_every_call_is_made_at_once_unless_a_prompt_is_asked_for() {
    let mut office = Office::with(|settings| settings.switch.cti.basic_mode = true);
    let wire = office.connect();
    let mut app = Client::open(&mut office, wire, "app");
    app.monitor(&mut office, "201");
    app.service(
        &mut office,
        "<MakeCall><callingDevice>201</callingDevice><calledDirectoryNumber>202</calledDirectoryNumber></MakeCall>",
    );
    assert_eq!(app.events(&mut office).len(), 3);
    let prompted = "<MakeCall><callingDevice>203</callingDevice><calledDirectoryNumber>202</calledDirectoryNumber>\
                    <autoOriginate>prompt</autoOriginate></MakeCall>";
    assert_eq!(app.refused(&mut office, prompted), "operation/requestIncompatibleWithCallingDevice");
}

#[test]
fn a_connection_may_be_named_by_its_device_alone_or_in_either_order() {
    let mut office = Office::new();
    let wire = office.connect();
    let mut app = Client::open(&mut office, wire, "app");
    let device = |service: &str, argument: &str| {
        format!("<{service}><{argument}><deviceID>202</deviceID></{argument}></{service}>")
    };
    let answer = device("AnswerCall", "callToBeAnswered");
    assert_eq!(app.refused(&mut office, &answer), "stateIncompatibility/noCallToAnswer");
    office.dial(0, "202");
    assert!(app.service(&mut office, &answer).contains("AnswerCallResponse"));
    let hold = device("HoldCall", "callToBeHeld");
    assert!(app.service(&mut office, &hold).contains("HoldCallResponse"));
    assert_eq!(app.refused(&mut office, &hold), "stateIncompatibility/noActiveCall");
    let reversed = "<RetrieveCall><callToBeRetrieved><deviceID>202</deviceID><callID> 1 </callID></callToBeRetrieved>\
                    </RetrieveCall>";
    assert!(app.service(&mut office, reversed).contains("RetrieveCallResponse"));
    let retrieve = device("RetrieveCall", "callToBeRetrieved");
    assert_eq!(app.refused(&mut office, &retrieve), "stateIncompatibility/noHeldCall");
    office.dial(2, "202");
    let clear = device("ClearConnection", "connectionToBeCleared");
    assert_eq!(app.refused(&mut office, &clear), "operation/invalidConnectionID", "there are two");
}

#[test]
fn a_monitor_started_during_a_call_reports_the_rest_of_it() {
    let mut office = Office::new();
    let wire = office.connect();
    office.dial(0, "202");
    let mut app = Client::open(&mut office, wire, "app");
    app.monitor(&mut office, "202");
    office.answer(1);
    assert_eq!(app.events(&mut office), ["1 Established 1@202 connected newCall"]);
}

#[test]
fn a_phone_is_served_before_the_application_that_made_the_call() {
    let mut office = Office::new();
    let wire = office.connect();
    let mut app = Client::open(&mut office, wire, "app");
    app.monitor(&mut office, "201");
    let Wire::Tcp(application) = wire else { unreachable!("it is connected") };

    let (phone, local) = (LinkId(99), "127.0.0.1:2000".parse().unwrap());
    let peer = "127.0.0.1:49152".parse().unwrap();
    office.node.handle(office.now, Input::Connected { link: phone, listener: Listener::Sccp, local, peer });
    let register = Register::new("SEP000000000000".into(), DeviceType::TYPE_7960);
    for message in [ClientMessage::Register(register), ClientMessage::TimeDateReq] {
        let mut bytes = Vec::new();
        message.encode(Encoding::default(), &mut bytes);
        office.node.handle(office.now, Input::Received { link: phone, bytes: &bytes });
    }
    while office.node.poll_output().is_some() {}

    let request = app.message("INFO", 7, &make_call("tel:201", "tel:202"));
    office.node.handle(office.now, Input::Received { link: application, bytes: request.as_bytes() });
    let mut writes = Vec::new();
    while let Some(output) = office.node.poll_output() {
        let Output::Send { link, .. } = output else { continue };
        writes.push(link);
    }
    assert_eq!(writes, [phone, application], "one write each, the phone's first");
}

/// Without ACK, who sent the datagram has not shown that he wants what it asks for; with BYE he says that he does not.
#[test]
fn a_service_that_waits_for_ack_is_not_carried_out_when_bye_comes() {
    let mut office = Office::new();
    let wire = Wire::Udp(UDP.parse().unwrap());
    let mut app = Client::new(wire, "app");
    let response = app.request(&mut office, "INVITE", &make_call("201", "202"));
    assert_eq!(response.status.code(), 200);
    app.server_tag = Some(response.headers().to().unwrap().tag().unwrap().to_owned());
    assert_eq!(app.request(&mut office, "BYE", "").status.code(), 200);
    assert_eq!(office.node.switch().calls().len(), 0);
    assert!(office.node.applications().is_empty());
}
