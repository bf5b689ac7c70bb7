//! SetForwarding, GetForwarding, and what monitors are told of forwarded calls.

use std::time::Duration;

use hookflash_core::{Channels, Forward, Key};
use hookflash_wire::csta::Edition;

use super::{Client, Office};

/// An office and an application that watches 201, 202 and 203 as monitors 1, 2 and 3.
fn watched() -> (Office, Client) {
    let mut office = Office::new();
    let wire = office.connect();
    let mut app = Client::open(&mut office, wire, "app");
    for device in ["tel:201", "tel:202", "tel:203"] {
        app.monitor(&mut office, device);
    }
    (office, app)
}

fn set(device: &str, rest: &str) -> String {
    format!("<SetForwarding><device>{device}</device>{rest}</SetForwarding>")
}

fn immediate(device: &str, to: &str) -> String {
    set(
        device,
        &format!(
            "<forwardingType>forwardImmediate</forwardingType><activateForward>true</activateForward>\
             <forwardDN>{to}</forwardDN>"
        ),
    )
}

const CANCEL: &str =
    "<forwardingType>forwardImmediate</forwardingType><activateForward>false</activateForward>";

#[test]
fn it_is_offered() {
    let (mut office, mut app) = watched();
    let features = app.service(&mut office, "<GetCSTAFeatures/>");
    for feature in ["<getForwarding/>", "<setForwarding/>", "<diverted/>", "<forwarding/>"] {
        assert!(features.contains(feature), "{feature}");
    }
}

#[test]
fn an_application_forwards_and_cancels() {
    let (mut office, mut app) = watched();
    let done = app.service(&mut office, &immediate("tel:202", "tel:203"));
    assert!(done.contains("<SetForwardingResponse"), "{done}");
    let event = app.event_bodies(&mut office).concat();
    assert!(
        event.contains(
            "<monitorCrossRefID>2</monitorCrossRefID><device><deviceIdentifier>tel:202</deviceIdentifier></device>\
             <forwardingType>forwardImmediate</forwardingType><forwardStatus>true</forwardStatus>\
             <forwardTo>tel:203</forwardTo>"
        ),
        "{event}"
    );
    app.service(&mut office, &set("tel:202", CANCEL));
    let event = app.event_bodies(&mut office).concat();
    assert!(event.contains("<forwardStatus>false</forwardStatus><extensions>"), "{event}");
    // Once more changes nothing.
    app.service(&mut office, &set("tel:202", CANCEL));
    assert!(app.events(&mut office).is_empty());
}

#[test]
fn a_phone_that_forwards_is_seen() {
    let (mut office, mut app) = watched();
    office.press(1, Key::ForwardAll { line: 0 });
    for digit in "203#".chars() {
        office.press(1, Key::Digit(digit));
    }
    assert_eq!(
        app.events(&mut office),
        [
            "2 ServiceInitiated 1@tel:202 initiated normal",
            "2 ConnectionCleared 1@tel:202 null normalClearing",
            "2 ForwardingEvent",
        ]
    );
}

#[test]
fn rings_in_edition_3_and_seconds_in_edition_6() {
    let no_answer = |how: &str| {
        set(
            "202",
            &format!(
                "<forwardingType>forwardNoAns</forwardingType><activateForward>true</activateForward>\
                 <forwardDN>203</forwardDN>{how}"
            ),
        )
    };
    let get = "<GetForwarding><device>202</device></GetForwarding>";
    for (edition, how, told) in [
        (Edition::Ed3, "", "<ringCount>3</ringCount>"),
        (Edition::Ed3, "<ringCount>2</ringCount>", "<ringCount>2</ringCount>"),
        (Edition::Ed6, "<ringCount>2</ringCount>", "<ringCount>2</ringCount><ringDuration>12</ringDuration>"),
        (
            Edition::Ed6,
            "<ringCount>9</ringCount><ringDuration>13</ringDuration>",
            "<ringCount>2</ringCount><ringDuration>13</ringDuration>",
        ),
    ] {
        let mut office = Office::new();
        let wire = office.connect();
        let mut app = Client::new(wire, "app");
        app.edition = edition;
        app.invite(&mut office, "<RequestSystemStatus/>");
        app.monitor(&mut office, "202");
        app.service(&mut office, &no_answer(how));
        let event = app.event_bodies(&mut office).concat();
        assert!(event.contains(&format!("<forwardTo>203</forwardTo>{told}<extensions>")), "{event}");
        let list = app.service(&mut office, get);
        assert!(list.contains(&format!("<forwardDN>203</forwardDN>{told}</forwardListItem>")), "{list}");
        assert_eq!(list.matches("<forwardListItem>").count(), 3);
        assert_eq!(list.matches("<forwardStatus>false</forwardStatus>").count(), 2);
    }
}

#[test]
fn immediate_forwarding_as_monitors_see_it() {
    let (mut office, mut app) = watched();
    app.service(&mut office, &immediate("tel:202", "tel:203"));
    app.events(&mut office);
    office.dial(0, "202");
    let bodies = app.event_bodies(&mut office);
    let diverted = bodies.iter().find(|body| body.contains("<DivertedEvent")).unwrap();
    assert!(
        diverted.contains(
            "<connection><callID>1</callID><deviceID>tel:202</deviceID></connection>\
             <divertingDevice><deviceIdentifier>tel:202</deviceIdentifier></divertingDevice>\
             <newDestination><deviceIdentifier>tel:203</deviceIdentifier></newDestination>\
             <callingDevice><deviceIdentifier>tel:201</deviceIdentifier></callingDevice>\
             <calledDevice><deviceIdentifier>tel:202</deviceIdentifier></calledDevice>\
             <lastRedirectionDevice><notRequired/></lastRedirectionDevice>\
             <localConnectionInfo>connected</localConnectionInfo><cause>callForwardImmediate</cause>"
        ),
        "{diverted}"
    );
    let delivered = bodies.last().unwrap();
    assert!(
        delivered.contains(
            "<calledDevice><deviceIdentifier>tel:202</deviceIdentifier></calledDevice>\
             <lastRedirectionDevice><numberDialed>tel:202</numberDialed></lastRedirectionDevice>\
             <localConnectionInfo>alerting</localConnectionInfo><cause>callForwardImmediate</cause>"
        ),
        "{delivered}"
    );
}

#[test]
fn busy_and_no_answer_forwarding_as_monitors_see_it() {
    for (kind, cause) in [("forwardBusy", "callForwardBusy"), ("forwardNoAns", "callForwardNoAnswer")] {
        let mut office = Office::with(|settings| settings.switch.lines[1].channels = Channels::Single);
        let wire = office.connect();
        let mut app = Client::open(&mut office, wire, "app");
        for device in ["201", "202", "203"] {
            app.monitor(&mut office, device);
        }
        let forward = format!(
            "<forwardingType>{kind}</forwardingType><activateForward>true</activateForward><forwardDN>203</forwardDN>"
        );
        app.service(&mut office, &set("202", &forward));
        if kind == "forwardBusy" {
            office.press(1, Key::OffHook { line: 0, reference: 0 });
        }
        app.events(&mut office);
        office.dial(0, "202");
        office.wait(Duration::from_secs(9));
        if kind == "forwardNoAns" {
            assert_eq!(app.events(&mut office).last().unwrap(), "2 Delivered 1@202 alerting newCall");
            office.wait(Duration::from_secs(11));
        }
        let call = if kind == "forwardBusy" { 2 } else { 1 };
        let events: Vec<String> =
            app.events(&mut office).into_iter().filter(|event| !event.contains("@201")).collect();
        assert_eq!(
            events,
            [
                format!("1 Diverted {call}@202 connected {cause}"),
                format!("2 Diverted {call}@202 null {cause}"),
                format!("1 Delivered {call}@203 connected {cause}"),
                format!("3 Delivered {call}@203 alerting {cause}"),
            ]
        );
    }
}

#[test]
fn a_loop_fails_at_the_caller() {
    let mut office = Office::with(|settings| {
        settings.switch.lines[1].forwarding.immediate = Some(Forward::to("203"));
        settings.switch.lines[2].forwarding.immediate = Some(Forward::to("202"));
    });
    let wire = office.connect();
    let mut app = Client::open(&mut office, wire, "app");
    app.monitor(&mut office, "201");
    office.dial(0, "202");
    assert_eq!(
        app.events(&mut office)[3..],
        [
            "1 Diverted 1@202 connected callForwardImmediate",
            "1 Diverted 1@203 connected callForwardImmediate",
            "1 Failed 1@201 fail blocked",
        ]
    );
}

#[test]
fn what_cannot_be_is_refused_with_the_standards_error() {
    let (mut office, mut app) = watched();
    let on = |kind: &str, rest: &str| {
        format!("<forwardingType>{kind}</forwardingType><activateForward>true</activateForward>{rest}")
    };
    let to = |number: &str| format!("<forwardDN>{number}</forwardDN>");
    for (request, error) in [
        (set("tel:999", CANCEL), "operation/invalidDeviceID"),
        (set("tel:204", CANCEL), "operation/privilegeViolationSpecifiedDevice"),
        (immediate("tel:204", "tel:203"), "operation/privilegeViolationSpecifiedDevice"),
        (immediate("tel:202", "tel:999"), "operation/invalidForwardingDestination"),
        (immediate("tel:202", "tel:202"), "operation/invalidForwardingDestination"),
        (immediate("tel:202", "bob"), "operation/invalidForwardingDestination"),
        (immediate("tel:202", ""), "operation/invalidForwardingDestination"),
        (set("202", &on("forwardImmediate", "")), "operation/invalidForwardingDestination"),
        (set("202", &on("forwardDND", &to("203"))), "operation/invalidForwardingType"),
        (set("202", &on("forwardImmInt", &to("203"))), "operation/invalidForwardingType"),
        (
            set("202", &on("forwardNoAns", &(to("203") + "<ringCount>0</ringCount>"))),
            "operation/invalidRingCount",
        ),
        (
            set("202", &on("forwardNoAns", &(to("203") + "<ringCount>10001</ringCount>"))),
            "operation/invalidRingCount",
        ),
        (
            set("202", &on("forwardNoAns", &(to("203") + "<ringCount>-9223372036854775808</ringCount>"))),
            "operation/invalidRingCount",
        ),
        ("<GetForwarding><device>tel:999</device></GetForwarding>".to_owned(), "operation/invalidDeviceID"),
        (
            "<GetForwarding><device>tel:204</device></GetForwarding>".to_owned(),
            "operation/privilegeViolationSpecifiedDevice",
        ),
    ] {
        assert_eq!(app.refused(&mut office, &request), error, "{request}");
    }
    assert!(app.events(&mut office).is_empty());
}

/// Who does not say which calls means all of them; elements may come in any order.
#[test]
fn a_loosely_written_request_is_understood() {
    let (mut office, mut app) = watched();
    app.service(
        &mut office,
        &set("tel:202", "<forwardDN>203</forwardDN><activateForward>1</activateForward>"),
    );
    let lines = office.node.switch().lines();
    let device = lines.device_by_number("202").unwrap();
    assert_eq!(lines.forwarding_of(device).immediate, Some(Forward::to("203")));
}
