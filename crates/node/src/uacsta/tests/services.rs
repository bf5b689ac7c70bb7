//! The services beside basic call control, as applications see them: responses, events, errors.

use std::time::Duration;

use hookflash_core::Key;
use hookflash_wire::csta::Edition;

use super::office::{Client, Office};

/// Lines 201 to 203 are watched; 202 has called 201, who has answered.
fn talking(edition: Edition) -> (Office, Client) {
    let mut office = Office::new();
    let wire = office.connect();
    let mut app = Client::new(wire, "app");
    app.edition = edition;
    app.invite(&mut office, "<RequestSystemStatus/>");
    for number in ["201", "202", "203"] {
        app.monitor(&mut office, number);
    }
    office.dial(1, "201");
    office.answer(0);
    app.events(&mut office);
    (office, app)
}

/// As [`talking`]; then 201 consults 203, who has answered.
fn consulting() -> (Office, Client) {
    let (mut office, mut app) = talking(Edition::Ed3);
    app.service(
        &mut office,
        "<ConsultationCall><existingCall><deviceID>201</deviceID></existingCall>\
         <consultedDevice>203</consultedDevice></ConsultationCall>",
    );
    office.answer(2);
    app.events(&mut office);
    (office, app)
}

fn connection(element: &str, call: &str, device: &str) -> String {
    format!("<{element}><callID>{call}</callID><deviceID>{device}</deviceID></{element}>")
}

#[test]
fn the_calls_of_a_device_are_exchanged() {
    let (mut office, mut app) = consulting();
    let (held, active) = (connection("heldCall", "1", "201"), connection("activeCall", "2", "201"));
    let response = app.service(&mut office, &format!("<AlternateCall>{held}{active}</AlternateCall>"));
    assert!(response.contains("<AlternateCallResponse"), "{response}");
    assert_eq!(
        app.events(&mut office),
        [
            "1 Held 2@201 hold alternate",
            "3 Held 2@201 connected alternate",
            "2 Retrieved 1@201 connected alternate",
            "1 Retrieved 1@201 connected alternate",
        ]
    );
    let again = format!("<AlternateCall>{held}{active}</AlternateCall>");
    assert_eq!(app.refused(&mut office, &again), "stateIncompatibility/invalidHeldConnectionState");
}

#[test]
fn a_consultation_is_given_up_for_the_held_call() {
    let (mut office, mut app) = consulting();
    let (active, held) = (connection("activeCall", "2", "201"), connection("heldCall", "1", "201"));
    let response = app.service(&mut office, &format!("<ReconnectCall>{active}{held}</ReconnectCall>"));
    assert!(response.contains("<ReconnectCallResponse"), "{response}");
    assert_eq!(
        app.events(&mut office),
        [
            "1 ConnectionCleared 2@201 null normalClearing",
            "3 ConnectionCleared 2@201 connected normalClearing",
            "3 ConnectionCleared 2@203 null normalClearing",
            "2 Retrieved 1@201 connected normal",
            "1 Retrieved 1@201 connected normal",
        ]
    );
}

#[test]
fn a_call_is_given_away_in_a_single_step() {
    for edition in [Edition::Ed3, Edition::Ed6] {
        let (mut office, mut app) = talking(edition);
        let request = format!(
            "<SingleStepTransferCall>{}<transferredTo>203</transferredTo></SingleStepTransferCall>",
            connection("activeCall", "1", "201")
        );
        let response = app.service(&mut office, &request);
        let transferred = connection("transferredCall", "1", "203");
        assert!(response.contains(&transferred), "{response}");
        let bodies = app.event_bodies(&mut office);
        let [to_201, to_202, ..] = bodies.as_slice() else { panic!("{bodies:?}") };
        for (body, state) in [(to_201, "null"), (to_202, "connected")] {
            assert!(body.contains("<TransferedEvent") && !body.contains("<secondaryOldCall>"), "{body}");
            let ends = format!(
                "<localConnectionInfo>{state}</localConnectionInfo><cause>singleStepTransfer</cause>"
            );
            assert!(body.contains(&ends), "{body}");
            assert!(body.contains("<transferredToDevice><deviceIdentifier>203<"), "{body}");
        }
        office.answer(2);
        assert_eq!(
            app.events(&mut office),
            [
                "2 Established 1@203 connected singleStepTransfer",
                "3 Established 1@203 connected singleStepTransfer"
            ]
        );
        let nobody = request.replace(">203<", ">999<").replace("201", "202");
        assert_eq!(app.refused(&mut office, &nobody), "operation/invalidDestinationDeviceID");
    }
}

#[test]
fn a_device_is_added_to_a_call() {
    for edition in [Edition::Ed3, Edition::Ed6] {
        let (mut office, mut app) = talking(edition);
        let add = format!(
            "<SingleStepConferenceCall>{}<deviceToJoin>203</deviceToJoin>\
             <participationType>active</participationType></SingleStepConferenceCall>",
            connection("activeCall", "1", "201")
        );
        let silent = add.replace(">active<", ">silent<");
        assert_eq!(app.refused(&mut office, &silent), "operation/invalidParticipationType");
        let response = app.service(&mut office, &add);
        assert!(response.contains(&connection("conferencedCall", "1", "203")), "{response}");
        office.answer(2);
        let events = app.event_bodies(&mut office);
        assert!(events[0].contains("<ConferencedEvent"), "{}", events[0]);
        assert!(events[0].contains("<cause>singleStepConference</cause>"), "{}", events[0]);
        let [.., established, conferenced] = events.as_slice() else { panic!("{events:?}") };
        assert!(established.contains("<EstablishedEvent"), "{established}");
        assert!(conferenced.contains("<ConferencedEvent"), "who joins is told last of all connections");
        assert_eq!(conferenced.matches("<oldConnection>").count(), 3, "{conferenced}");
        assert_eq!(app.refused(&mut office, &add), "operation/invalidDestinationDeviceID");
        office.hang_up(2);
        let join = format!(
            "<JoinCall>{}<joiningDevice>203</joiningDevice><autoOriginate>doNotPrompt</autoOriginate>\
             <participationType>active</participationType></JoinCall>",
            connection("activeCall", "1", "201")
        );
        app.event_bodies(&mut office);
        let response = app.service(&mut office, &join);
        assert!(response.contains("<JoinCallResponse"), "{response}");
        let told = app.events(&mut office);
        assert_eq!(told[told.len() - 2..], ["3 Established 1@203 connected joinCall", "3 ConferencedEvent"]);
    }
}

#[test]
fn a_call_is_shown_and_ended_by_its_identifier() {
    for edition in [Edition::Ed3, Edition::Ed6] {
        let (mut office, mut app) = talking(edition);
        let snapshot = "<SnapshotCall><snapshotObject><callID>1</callID></snapshotObject></SnapshotCall>";
        let response = app.service(&mut office, snapshot);
        assert_eq!(response.matches("<snapshotCallResponseInfo>").count(), 2, "{response}");
        assert!(response.contains("<callingDevice><deviceIdentifier>202<"), "{response}");
        assert!(response.contains("<globallyUniqueCallLinkageID>"), "{response}");
        let clear = "<ClearCall><callToBeCleared><callID>1</callID></callToBeCleared></ClearCall>";
        assert!(app.service(&mut office, clear).contains("<ClearCallResponse"));
        assert_eq!(
            app.events(&mut office),
            [
                "2 ConnectionCleared 1@202 null normalClearing",
                "1 ConnectionCleared 1@202 connected normalClearing",
                "1 ConnectionCleared 1@201 null normalClearing",
            ]
        );
        assert_eq!(app.refused(&mut office, clear), "operation/invalidCallID");
        assert_eq!(app.refused(&mut office, snapshot), "operation/invalidCallID");
    }
}

#[test]
fn digits_are_sent_into_a_call() {
    for edition in [Edition::Ed3, Edition::Ed6] {
        let (mut office, mut app) = talking(edition);
        let send = |digits: &str| {
            let connection = connection("connectionToSendDigits", "1", "201");
            format!(
                "<GenerateDigits>{connection}<charactersToSend>{digits}</charactersToSend>\
                 <toneDuration>200</toneDuration></GenerateDigits>"
            )
        };
        assert!(app.service(&mut office, &send("1*")).contains("<GenerateDigitsResponse"));
        let bodies = app.event_bodies(&mut office);
        assert_eq!(bodies.len(), 2);
        assert!(bodies[0].contains("<digitGeneratedList>1*</digitGeneratedList>"), "{}", bodies[0]);
        assert!(bodies[0].contains("<digitDuration>200</digitDuration>"), "{}", bodies[0]);
        assert_eq!(app.refused(&mut office, &send("1x")), "operation/invalidParameterValue");
        office.wait(Duration::from_secs(5));
        office.hang_up(0);
        app.event_bodies(&mut office);
        assert_eq!(app.refused(&mut office, &send("1")), "operation/invalidConnectionID");
    }
}

#[test]
fn a_device_is_not_to_be_disturbed() {
    let mut office = Office::new();
    let wire = office.connect();
    let mut app = Client::open(&mut office, wire, "app");
    app.monitor(&mut office, "201");
    app.monitor(&mut office, "202");
    let set = |on| {
        format!(
            "<SetDoNotDisturb><device>202</device><doNotDisturbOn>{on}</doNotDisturbOn></SetDoNotDisturb>"
        )
    };
    let get = "<GetDoNotDisturb><device>202</device></GetDoNotDisturb>";
    assert!(app.service(&mut office, get).contains("<doNotDisturbOn>false<"));
    assert!(app.service(&mut office, &set("true")).contains("<SetDoNotDisturbResponse"));
    assert!(app.service(&mut office, get).contains("<doNotDisturbOn>true<"));
    let bodies = app.event_bodies(&mut office);
    assert_eq!(bodies.len(), 1);
    assert!(bodies[0].contains("<DoNotDisturbEvent") && bodies[0].contains("<doNotDisturbOn>true<"));
    office.dial(0, "202");
    assert_eq!(app.events(&mut office).last().unwrap(), "1 Failed 1@202 connected doNotDisturb");
    office.hang_up(0);
    office.press(1, Key::DoNotDisturb { line: 0, reference: 0 });
    assert!(app.event_bodies(&mut office).last().unwrap().contains("<doNotDisturbOn>false<"));
    let closed = set("true").replace("202", "204");
    assert_eq!(app.refused(&mut office, &closed), "operation/privilegeViolationSpecifiedDevice");
}

#[test]
fn a_message_waits() {
    let mut office = Office::new();
    let wire = office.connect();
    let mut app = Client::open(&mut office, wire, "app");
    app.monitor(&mut office, "202");
    let set = "<SetMessageWaitingIndicator><device>202</device><messageWaitingOn>true</messageWaitingOn>\
               </SetMessageWaitingIndicator>";
    assert!(app.service(&mut office, set).contains("<SetMessageWaitingIndicatorResponse"));
    let get = "<GetMessageWaitingIndicator><device>202</device></GetMessageWaitingIndicator>";
    assert!(app.service(&mut office, get).contains("<messageWaitingOn>true<"));
    let bodies = app.event_bodies(&mut office);
    assert_eq!(bodies.len(), 1);
    assert!(bodies[0].contains("<MessageWaitingEvent") && bodies[0].contains("<messageWaitingOn>true<"));
    let unknown = set.replace("202", "999");
    assert_eq!(app.refused(&mut office, &unknown), "operation/invalidDeviceID");
}

#[test]
fn the_number_dialled_last_is_told() {
    let (mut office, mut app) = talking(Edition::Ed3);
    let ask = |number| format!("<GetLastNumberDialed><device>{number}</device></GetLastNumberDialed>");
    assert!(app.service(&mut office, &ask("202")).contains("<numberDialed>201</numberDialed>"));
    assert!(!app.service(&mut office, &ask("203")).contains("<numberDialed>"));
}

#[test]
fn the_global_identifier_of_a_call_is_in_every_event_and_survives_a_transfer() {
    let (mut office, mut app) = consulting();
    let gcid = office.node.switch().calls().iter().next().unwrap().global_id().to_string();
    let (held, active) = (connection("heldCall", "1", "201"), connection("activeCall", "2", "201"));
    app.service(&mut office, &format!("<TransferCall>{held}{active}</TransferCall>"));
    office.hang_up(1);
    let bodies = app.event_bodies(&mut office);
    assert!(bodies.len() >= 5);
    let linkage = format!("<globallyUniqueCallLinkageID>{gcid}</globallyUniqueCallLinkageID>");
    for body in bodies {
        assert!(body.contains(&linkage), "{body}");
    }
}

#[test]
fn a_call_that_rings_elsewhere_is_picked_up() {
    let mut office = Office::with(|settings| {
        settings.switch.lines.iter_mut().for_each(|line| line.pickup_group = Some("5".into()));
    });
    let wire = office.connect();
    let mut app = Client::open(&mut office, wire, "app");
    for number in ["201", "202", "203"] {
        app.monitor(&mut office, number);
    }
    let directed = format!(
        "<DirectedPickupCall>{}<requestingDevice>203</requestingDevice></DirectedPickupCall>",
        connection("callToBePickedUp", "1", "201")
    );
    office.dial(1, "201");
    app.events(&mut office);
    let response = app.service(&mut office, &directed);
    assert!(response.contains(&connection("pickedCall", "1", "203")), "{response}");
    let events = app.events(&mut office);
    assert!(events.contains(&"1 Diverted 1@201 null callPickup".to_owned()), "{events:?}");
    assert!(events.contains(&"3 Established 1@203 connected callPickup".to_owned()), "{events:?}");
    office.hang_up(1);
    let group = "<GroupPickupCall><newDestination>203</newDestination></GroupPickupCall>";
    app.events(&mut office);
    assert_eq!(app.refused(&mut office, group), "stateIncompatibility/noCallToAnswer");
    office.dial(1, "201");
    let response = app.service(&mut office, group);
    assert!(response.contains("<GroupPickupCallResponse"), "{response}");
    assert_eq!(app.events(&mut office).last().unwrap(), "3 Established 2@203 connected callPickup");
}

#[test]
fn applications_are_told_expanded_numbers_unless_that_is_suppressed() {
    for (expands, told) in [(true, "4085550202"), (false, "202")] {
        let mut office = Office::with(|settings| {
            settings.switch.cti.expands_numbers = expands;
            for line in &mut settings.switch.lines {
                line.expanded = Some(format!("4085550{}", line.number).into());
            }
        });
        let wire = office.connect();
        let mut app = Client::open(&mut office, wire, "app");
        app.monitor(&mut office, "201");
        office.dial(1, "4085550201");
        let bodies = app.event_bodies(&mut office);
        assert!(bodies[0].contains("<alertingDevice><deviceIdentifier>201<"), "{}", bodies[0]);
        assert!(bodies[0].contains(&format!("<callingDevice><deviceIdentifier>{told}<")), "{}", bodies[0]);
    }
}

#[test]
fn a_number_without_a_phone_is_watched_and_said_to_be_out_of_service() {
    let mut office = Office::with(|settings| settings.switch.stations[0].buttons.clear());
    let wire = office.connect();
    let mut app = Client::open(&mut office, wire, "app");
    app.monitor(&mut office, "201");
    let bodies = app.event_bodies(&mut office);
    assert!(bodies.len() == 1 && bodies[0].contains("<OutOfServiceEvent"), "{bodies:?}");
    let call = "<MakeCall><callingDevice>201</callingDevice><calledDirectoryNumber>202</calledDirectoryNumber></MakeCall>";
    let forwarding = "<GetForwarding><device>201</device></GetForwarding>";
    for request in [call, forwarding] {
        assert_eq!(app.refused(&mut office, request), "systemResourceAvailibility/deviceOutOfService");
    }
}

#[test]
fn data_goes_with_a_call_from_request_to_last_event() {
    let (mut office, mut app) = talking(Edition::Ed3);
    office.hang_up(1);
    app.events(&mut office);
    let call = |correlator: &str| {
        format!(
            "<MakeCall><callingDevice>201</callingDevice><calledDirectoryNumber>202</calledDirectoryNumber>\
             <autoOriginate>doNotPrompt</autoOriginate><correlatorData><string>{correlator}</string></correlatorData>\
             <userData><string>FFEE</string></userData></MakeCall>"
        )
    };
    assert_eq!(app.refused(&mut office, &call(&"00".repeat(257))), "operation/correlatorDataOutOfRange");
    app.service(&mut office, &call("0a0B"));
    let bodies = app.event_bodies(&mut office);
    let correlator = "<correlatorData><string>0a0B</string></correlatorData>";
    assert!(bodies.len() >= 4 && bodies.iter().all(|body| body.contains(correlator)), "{bodies:?}");
    let delivered = bodies.iter().filter(|body| body.contains("<DeliveredEvent"));
    assert!(delivered.into_iter().all(|body| body.contains("<userData><string>FFEE</string></userData>")));
    let associate = format!(
        "<AssociateData>{}<accountCode>AA</accountCode><correlatorData><string>0C</string></correlatorData></AssociateData>",
        connection("existingCall", "2", "202")
    );
    assert!(app.service(&mut office, &associate).contains("<AssociateDataResponse"));
    let bodies = app.event_bodies(&mut office);
    assert_eq!(bodies.iter().filter(|body| body.contains("<CallInformationEvent")).count(), 2);
    assert!(bodies[0].contains("<accountInfo>AA</accountInfo>"), "{}", bodies[0]);
    let snapshot = "<SnapshotCall><snapshotObject><callID>2</callID></snapshotObject></SnapshotCall>";
    assert!(app.service(&mut office, snapshot).contains("<correlatorData><string>0C</string>"));
    office.answer(1);
    let bodies = app.event_bodies(&mut office);
    assert!(bodies.iter().all(|body| body.contains("<string>0C</string>") && !body.contains("<userData>")));
}

#[test]
fn a_call_is_watched_until_it_ends() {
    let (mut office, _) = talking(Edition::Ed3);
    let wire = office.connect();
    let mut app = Client::open(&mut office, wire, "other");
    let start = "<MonitorStart><monitorObject><callObject><callID>1</callID></callObject></monitorObject>\
                 <monitorType>call</monitorType></MonitorStart>";
    assert!(app.service(&mut office, start).contains("<monitorCrossRefID>4</monitorCrossRefID>"));
    office.hang_up(0);
    let bodies = app.event_bodies(&mut office);
    let kinds: Vec<&str> = bodies
        .iter()
        .map(|body| if body.contains("<CallClearedEvent") { "cleared" } else { "connection" })
        .collect();
    assert_eq!(kinds, ["connection", "connection", "cleared"]);
    assert!(bodies.iter().all(|body| !body.contains("<localConnectionInfo>")), "{bodies:?}");
    let stop = "<MonitorStop><monitorCrossRefID>4</monitorCrossRefID></MonitorStop>";
    assert_eq!(app.refused(&mut office, stop), "operation/invalidMonitorCrossRefID");
    assert_eq!(app.refused(&mut office, start), "operation/invalidCallID");
}

#[test]
fn devices_and_monitors_are_listed() {
    for edition in [Edition::Ed3, Edition::Ed6] {
        let (mut office, mut app) = talking(edition);
        let response = app.service(&mut office, "<GetSwitchingFunctionDevices/>");
        assert!(response.contains("<serviceCrossRefID>1</serviceCrossRefID>"), "{response}");
        let bodies = app.event_bodies(&mut office);
        assert_eq!(bodies.len(), 1);
        assert_eq!(bodies[0].matches("<deviceCategory>station</deviceCategory>").count(), 3, "{}", bodies[0]);
        assert!(bodies[0].contains("<lastSegment>true</lastSegment>") && !bodies[0].contains(">204<"));
        let parks = "<GetSwitchingFunctionDevices><requestedDeviceCategory>park</requestedDeviceCategory>\
                     </GetSwitchingFunctionDevices>";
        app.service(&mut office, parks);
        assert!(!app.event_bodies(&mut office)[0].contains("<device>"));
        let caps = app.service(&mut office, "<GetSwitchingFunctionCaps/>");
        assert!(caps.contains("<connectionView>fixed</connectionView>"), "{caps}");
        assert!(caps.contains("<profiles><basicTelephonyProfile>true</basicTelephonyProfile>"), "{caps}");
        let advanced = caps.contains("<advancedEndpointDeviceProfile>false</advancedEndpointDeviceProfile>");
        assert_eq!(advanced, edition == Edition::Ed3, "{caps}");
        assert!(
            caps.contains("<deviceOnDeviceMonitorFilter><callcontrol><conferenced>true</conferenced>"),
            "{caps}"
        );
        assert!(caps.contains("<callOnConnectionMonitorFilter><callcontrol><callCleared>true"), "{caps}");
        let number = app.service(
            &mut office,
            "<GetLogicalDeviceInformation><device>201</device></GetLogicalDeviceInformation>",
        );
        assert!(number.contains("<logDevServList><callControlServList><acceptCall/>"), "{number}");
        assert!(!number.contains("routeingServList") && !number.contains("<setRouteingMode/>"), "{number}");
        assert!(number.contains("<deviceMaintEvtsList><backInService/><outOfService/>"), "{number}");
        if edition == Edition::Ed3 {
            assert_eq!(app.refused(&mut office, "<GetMonitors/>"), "operation/serviceNotSupported");
        } else {
            let monitors = app.service(&mut office, "<GetMonitors/>");
            assert_eq!(monitors.matches("<monitorListEntry>").count(), 3, "{monitors}");
        }
    }
}

#[test]
fn a_monitor_that_starts_during_a_call_says_that_its_events_follow() {
    let (mut office, mut app) = talking(Edition::Ed3);
    let start = |number| {
        format!(
            "<MonitorStart><monitorObject><deviceObject>{number}</deviceObject></monitorObject></MonitorStart>"
        )
    };
    assert!(
        app.service(&mut office, &start("202")).contains("<monitorExistingCalls>true</monitorExistingCalls>")
    );
    assert!(!app.service(&mut office, &start("203")).contains("monitorExistingCalls"));
}

#[test]
fn who_registers_is_told_of_overload() {
    let (mut office, mut app) = talking(Edition::Ed3);
    let register =
        "<SystemRegister><requestTypes><systemStatus>true</systemStatus></requestTypes></SystemRegister>";
    let response = app.service(&mut office, register);
    assert!(response.contains("<sysStatRegisterID>1</sysStatRegisterID>"), "{response}");
    for (rate, status) in [(Some(1), "overloadReached"), (Some(2), ""), (None, "overloadRelieved")] {
        office.node.handle(office.now, crate::Input::CallRate(rate));
        office.wait(Duration::ZERO);
        let bodies = app.event_bodies(&mut office);
        match status {
            "" => assert!(bodies.is_empty(), "{bodies:?}"),
            status => {
                assert!(bodies[0].contains(&format!("<systemStatus>{status}</systemStatus>")), "{bodies:?}")
            }
        }
    }
    let cancel = "<SystemRegisterCancel><sysStatRegisterID>1</sysStatRegisterID></SystemRegisterCancel>";
    assert!(app.service(&mut office, cancel).contains("<SystemRegisterCancelResponse"));
    assert_eq!(app.refused(&mut office, cancel), "operation/invalidCrossRefID");
}

#[test]
fn who_registers_is_told_that_the_interface_is_shut_down() {
    let (mut office, mut app) = talking(Edition::Ed3);
    app.service(
        &mut office,
        "<SystemRegister><requestTypes><systemStatus>true</systemStatus></requestTypes></SystemRegister>",
    );
    let shut = "cti-manager\n http port 0\n!\nvoice service voip\n cti shutdown\n";
    office.node.replace_configuration(shut).unwrap();
    office.wait(Duration::ZERO);
    let bodies = app.event_bodies(&mut office);
    assert!(bodies[0].contains("<systemStatus>disabled</systemStatus>"), "{bodies:?}");
    assert_eq!(office.node.applications().len(), 0);
}

#[test]
fn a_device_answers_by_itself_and_shows_a_text() {
    let (mut office, mut app) = talking(Edition::Ed3);
    office.hang_up(1);
    app.events(&mut office);
    let set = |rings| {
        format!(
            "<SetAutoAnswer><device>203</device><autoAnswerOn>true</autoAnswerOn><numberOfRings>{rings}</numberOfRings>\
             </SetAutoAnswer>"
        )
    };
    assert_eq!(app.refused(&mut office, &set("-1")), "operation/autoAnswerOutOfRange");
    assert!(app.service(&mut office, &set("1")).contains("<SetAutoAnswerResponse"));
    let get = "<GetAutoAnswer><device>203</device></GetAutoAnswer>";
    assert!(app.service(&mut office, get).contains("<numberOfRings>1</numberOfRings>"));
    assert!(app.event_bodies(&mut office)[0].contains("<AutoAnswerEvent"));
    office.dial(0, "203");
    office.wait(Duration::from_secs(6));
    assert_eq!(app.events(&mut office).last().unwrap(), "3 Established 2@203 connected newCall");
    let show =
        "<SetDisplay><device>203</device><contentsOfDisplay>Fire drill</contentsOfDisplay></SetDisplay>";
    assert!(app.service(&mut office, show).contains("<SetDisplayResponse"));
}

#[test]
fn a_user_elsewhere_calls_from_the_office_number() {
    for edition in [Edition::Ed3, Edition::Ed6] {
        let mut office = Office::new();
        let wire = office.connect();
        let mut app = Client::new(wire, "app");
        app.edition = edition;
        app.invite(&mut office, "<RequestSystemStatus/>");
        for number in ["201", "202", "203"] {
            app.monitor(&mut office, number);
        }
        let call = format!(
            "<MakeCall xmlns=\"{}\"><callingDevice>201</callingDevice><calledDirectoryNumber>202</calledDirectoryNumber>\
                    <extensions><privateData><private><dialViaOffice xmlns=\"urn:hookflash:csta:1\">\
                    <alternateNumber>203</alternateNumber></dialViaOffice></private></privateData></extensions></MakeCall>",
            edition.namespace()
        );
        let response = app.service(&mut office, &call);
        assert!(response.contains(&connection("callingDevice", "1", "201")), "{response}");
        let bodies = app.event_bodies(&mut office);
        assert!(bodies[1].contains("<callingDevice><deviceIdentifier>201<"), "{}", bodies[1]);
        office.answer(2);
        office.answer(1);
        assert_eq!(
            app.events(&mut office),
            [
                "3 Established 2@203 connected newCall",
                "1 Originated 1@201 connected newCall",
                "1 Delivered 1@202 connected newCall",
                "2 Delivered 1@202 alerting newCall",
                "1 Established 1@202 connected newCall",
                "2 Established 1@202 connected newCall",
            ]
        );
        let nobody = call.replace("<alternateNumber>203</alternateNumber>", "");
        assert_eq!(app.refused(&mut office, &nobody), "operation/atLeastOneConditionalParameterNotProvided");
    }
}
