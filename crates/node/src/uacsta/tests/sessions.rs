//! How sessions live and end.

use std::time::Duration;

use hookflash_wire::{
    csta,
    sip::{HeaderName, MessageBuilder, Method, StatusCode},
};

use super::{Client, Office, Wire, office::text};
use crate::Input;

const STATUS: &str = "<RequestSystemStatus/>";
const UDP: &str = "127.0.0.1:7000";

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn udp() -> Wire {
    Wire::Udp(UDP.parse().unwrap())
}

/// An application that understands session timers and monitors 201.
fn with_timer(office: &mut Office, wire: Wire, header: &str) -> Client {
    let mut app = Client::new(wire, "app");
    app.extra = format!("Supported: timer\r\n{header}");
    let response = app.invite(office, STATUS);
    assert_eq!(response.status.code(), 200);
    assert_eq!(response.headers().get(HeaderName::REQUIRE), Some("timer"));
    app.monitor(office, "201");
    app
}

#[test]
fn a_session_that_is_not_refreshed_expires_with_bye() {
    for udp_wire in [false, true] {
        let mut office = Office::new();
        let wire = if udp_wire { udp() } else { office.connect() };
        let mut app = with_timer(&mut office, wire, "");
        office.wait(seconds(1799));
        assert!(!app.got_bye(&mut office));
        office.wait(seconds(2));
        assert!(app.got_bye(&mut office));
        assert!(office.node.applications().is_empty());
        assert_eq!(office.node.switch().cti().sessions().count(), 0, "its monitors are gone");
        assert_eq!(app.request(&mut office, "INFO", STATUS).status.code(), 481);
    }
}

#[test]
fn re_invite_and_update_refresh_and_monitors_stay() {
    for method in ["INVITE", "UPDATE"] {
        for udp_wire in [false, true] {
            let mut office = Office::new();
            let wire = if udp_wire { udp() } else { office.connect() };
            let mut app = with_timer(&mut office, wire, "");
            for _ in 0..5 {
                office.wait(seconds(1700));
                let response = match method {
                    "INVITE" => app.invite(&mut office, STATUS),
                    _ => app.request(&mut office, "UPDATE", ""),
                };
                assert_eq!(response.status.code(), 200);
                assert_eq!(text(response.body()).contains("normal"), method == "INVITE");
                let headers = response.headers();
                assert_eq!(headers.get(HeaderName::SESSION_EXPIRES), Some("1800;refresher=uac"));
                assert!(headers.contains(HeaderName::CONTACT));
                assert!(headers.allow().contains("UPDATE"));
            }
            office.dial(0, "202");
            assert_eq!(app.events(&mut office).len(), 4, "{method} {udp_wire}");
            office.hang_up(0);
            app.events(&mut office);
            office.wait(seconds(1801));
            assert!(app.got_bye(&mut office));
        }
    }
}

#[test]
fn a_client_may_choose_its_session_interval_but_not_too_short() {
    let mut office = Office::new();
    let wire = office.connect();
    let mut app = Client::new(wire, "app");
    app.extra = "Supported: timer\r\nSession-Expires: 89\r\n".to_owned();
    let refused = app.invite(&mut office, STATUS);
    assert_eq!(refused.status, StatusCode::SESSION_INTERVAL_TOO_SMALL);
    assert_eq!(refused.headers().get(HeaderName::MIN_SE), Some("90"));
    app.extra = "Supported: timer\r\nx: 90;refresher=uac\r\n".to_owned();
    let accepted = app.invite(&mut office, STATUS);
    assert_eq!(accepted.headers().get(HeaderName::SESSION_EXPIRES), Some("90;refresher=uac"));
    app.extra = "Supported: timer\r\nSession-Expires: 10\r\n".to_owned();
    assert_eq!(app.request(&mut office, "UPDATE", "").status.code(), 422);
    office.wait(seconds(91));
    assert!(app.got_bye(&mut office));
}

#[test]
fn a_configured_interval_that_is_too_short_is_stretched() {
    let mut office = Office::with(|settings| settings.uacsta.session_expires = seconds(60));
    let wire = office.connect();
    let mut app = with_timer(&mut office, wire, "");
    let response = app.request(&mut office, "UPDATE", "");
    assert_eq!(response.headers().get(HeaderName::SESSION_EXPIRES), Some("90;refresher=uac"));
}

#[test]
fn a_client_without_session_timers_lives_as_long_as_its_connection() {
    let mut office = Office::new();
    let wire = office.connect();
    let mut app = Client::new(wire, "app");
    let response = app.invite(&mut office, STATUS);
    assert!(!response.headers().contains(HeaderName::SESSION_EXPIRES));
    assert!(!response.headers().contains(HeaderName::REQUIRE));
    office.wait(seconds(30 * 24 * 3600));
    assert!(!app.got_bye(&mut office) && !office.is_closed(wire));
    app.service(&mut office, STATUS);
}

#[test]
fn a_client_without_session_timers_over_udp_must_be_heard() {
    let mut office = Office::new();
    let mut app = Client::open(&mut office, udp(), "app");
    app.monitor(&mut office, "201");
    for _ in 0..3 {
        office.wait(seconds(890));
        app.service(&mut office, STATUS);
    }
    office.wait(seconds(890));
    office.dial(0, "202");
    office.hang_up(0);
    assert!(!app.events(&mut office).is_empty(), "its answers to events count too");
    app.polite = false;
    office.wait(seconds(890));
    app.collect(&mut office);
    assert!(app.received.is_empty());
    office.wait(seconds(20));
    app.collect(&mut office);
    assert!(app.received.iter().all(|request| request.method == Method::Update), "it is asked");
    assert!(!app.received.is_empty());
    app.received.clear();
    office.wait(seconds(880));
    assert!(!app.got_bye(&mut office));
    office.wait(seconds(20));
    assert!(app.got_bye(&mut office));
}

#[test]
fn a_client_without_session_timers_over_udp_may_be_silent_for_long() {
    let mut office = Office::new();
    let mut app = Client::open(&mut office, udp(), "app");
    app.monitor(&mut office, "201");
    for _ in 0..100 {
        office.wait(seconds(900));
        assert!(app.collect(&mut office).is_empty());
        let update = app.received.pop_back().unwrap();
        assert_eq!(update.method, Method::Update);
        assert!(!update.headers().contains(HeaderName::SESSION_EXPIRES));
        assert!(app.received.is_empty());
    }
    app.service(&mut office, STATUS);
}

/// RFC 4028, table 2: a proxy may ask for a session timer where the client knows none.
#[test]
fn a_session_timer_that_the_client_does_not_know_is_ours_to_keep() {
    let mut office = Office::new();
    let wire = office.connect();
    let mut app = Client::new(wire, "app");
    app.extra = "Session-Expires: 60\r\n".to_owned();
    let response = app.invite(&mut office, STATUS);
    assert_eq!(response.headers().get(HeaderName::SESSION_EXPIRES), Some("90;refresher=uas"));
    assert!(!response.headers().contains(HeaderName::REQUIRE));
    for _ in 0..3 {
        office.wait(seconds(45));
        assert!(app.collect(&mut office).is_empty());
        assert_eq!(app.received.pop_back().unwrap().method, Method::Update);
    }
    app.polite = false;
    office.wait(seconds(91));
    assert!(app.got_bye(&mut office));
    // Who says that it will refresh knows how.
    let mut app = Client::new(wire, "other");
    app.extra = "Session-Expires: 600;refresher=uac\r\n".to_owned();
    let response = app.invite(&mut office, STATUS);
    assert_eq!(response.headers().get(HeaderName::SESSION_EXPIRES), Some("600;refresher=uac"));
}

#[test]
fn a_client_may_leave_refreshing_to_us() {
    let mut office = Office::new();
    let wire = office.connect();
    let mut app = with_timer(&mut office, wire, "Session-Expires: 600;refresher=uas\r\n");
    for _ in 0..4 {
        office.wait(seconds(300));
        assert!(app.collect(&mut office).is_empty());
        let update = app.received.pop_back().unwrap();
        assert_eq!(update.method, Method::Update);
        assert_eq!(update.headers().get(HeaderName::SESSION_EXPIRES), Some("600;refresher=uac"));
    }
    app.polite = false;
    office.wait(seconds(601));
    assert!(app.got_bye(&mut office));
}

#[test]
fn pidgin_sipe_gets_along() {
    let mut office = Office::new();
    let wire = office.connect();
    let mut app = Client::new(wire, "pidgin");
    (app.branch, app.polite) = (false, false);
    app.extra = "Supported: timer\r\n".to_owned();
    app.invite(&mut office, STATUS);
    // Features and monitor are asked for back to back, in one segment.
    let start =
        "<MonitorStart><monitorObject><deviceObject>tel:201</deviceObject></monitorObject></MonitorStart>";
    let both = app.message("INFO", 2, "<GetCSTAFeatures/>") + &app.message("INFO", 3, start);
    office.send(wire, both.replace("SIP/2.0/TCP", "SIP/2.0/tcp"));
    assert_eq!(app.collect(&mut office).len(), 2);
    office.dial(0, "202");
    assert_eq!(app.events(&mut office).len(), 4);
    // After the refresh it acknowledges and counts from the beginning.
    app.cseq = 3;
    let refresh = app.message("INVITE", 4, STATUS);
    office.send(wire, refresh);
    assert_eq!(app.collect(&mut office).len(), 1);
    let ack = app.message("ACK", 1, "");
    office.send(wire, ack);
    app.cseq = 1;
    let call = "<MakeCall><callingDevice>tel:202</callingDevice><calledDirectoryNumber>tel:203\
                </calledDirectoryNumber></MakeCall>";
    assert!(app.service(&mut office, call).contains("MakeCallResponse"));
    app.cseq = 1;
    assert!(app.service(&mut office, STATUS).contains("normal"), "the same CSeq is no repetition");
    // Goodbye without waiting for the monitor's end.
    let stop = "<MonitorStop><monitorCrossRefID>1</monitorCrossRefID></MonitorStop>";
    let bye = app.message("INFO", 3, stop) + &app.message("BYE", 4, "");
    office.send(wire, bye);
    let statuses: Vec<u16> = app.collect(&mut office).iter().map(|response| response.status.code()).collect();
    assert_eq!(statuses, [200, 200]);
    assert!(office.node.applications().is_empty());
}

#[test]
fn events_that_are_never_answered_block_nothing_and_cost_nothing() {
    let mut office = Office::new();
    let wire = office.connect();
    let mut app = Client::open(&mut office, wire, "app");
    app.polite = false;
    app.monitor(&mut office, "201");
    for _ in 0..1_000 {
        office.dial(0, "202");
        office.hang_up(0);
        assert_eq!(app.events(&mut office).len(), 5);
    }
    office.wait(seconds(3600));
    let session = office.node.applications().sessions().next().unwrap().id();
    let dialog = office.node.uacsta().dialog_of(session).unwrap();
    assert_eq!(office.node.sip().dialog(dialog).unwrap().waiting(), 0);
    app.service(&mut office, STATUS);
}

#[test]
fn two_dialogs_share_a_connection_through_a_record_routing_proxy() {
    let mut office = Office::new();
    let wire = office.connect();
    let route = "<sip:ocs.example.com:5060;transport=tcp;lr;ms-route-sig=ab,cd>";
    let mut clients = ["first", "second"].map(|name| {
        let mut client = Client::new(wire, name);
        client.extra = format!("Record-Route: {route}, <sip:edge;lr>\r\n");
        let response = client.invite(&mut office, STATUS);
        assert_eq!(response.headers().elements(HeaderName::RECORD_ROUTE).count(), 2);
        client.polite = false;
        client
    });
    clients[0].monitor(&mut office, "201");
    clients[1].monitor(&mut office, "202");
    office.dial(0, "202");
    let messages = office.take(wire);
    let calls: Vec<&str> = messages.iter().map(|message| message.headers().call_id().unwrap()).collect();
    assert_eq!(calls, ["first@test", "first@test", "first@test", "first@test", "second@test"]);
    let info = messages[0].as_request().unwrap();
    assert_eq!(info.uri_text(), "sip:app@192.0.2.1:9;transport=tcp", "the Contact");
    assert_eq!(info.headers().get(HeaderName::ROUTE), Some(format!("{route}, <sip:edge;lr>").as_str()));
    assert_eq!(info.headers().to().unwrap().tag(), Some("tag-first"));
    assert_eq!(info.headers().to().unwrap().params.get("epid"), Some("1"));
    assert_eq!(info.headers().from().unwrap().tag(), clients[0].server_tag.as_deref());
    clients[0].request(&mut office, "BYE", "");
    office.answer(1);
    assert_eq!(clients[1].events(&mut office).len(), 1, "the other session goes on");
}

#[test]
fn a_strict_router_gets_the_request_uri() {
    let mut office = Office::new();
    let wire = office.connect();
    let mut app = Client::new(wire, "app");
    app.extra = "Record-Route: <sip:strict.example.com>, <sip:loose;lr>\r\n".to_owned();
    app.invite(&mut office, STATUS);
    app.monitor(&mut office, "201");
    office.dial(0, "202");
    app.events(&mut office);
    office.hang_up(0);
    app.polite = false;
    app.collect(&mut office);
    let info = app.received.pop_front().unwrap();
    assert_eq!(info.uri_text(), "sip:strict.example.com");
    let route = info.headers().get(HeaderName::ROUTE);
    assert_eq!(route, Some("<sip:loose;lr>, <sip:app@192.0.2.1:9;transport=tcp>"));
}

#[test]
fn a_client_that_reconnects_in_time_misses_nothing() {
    let mut office = Office::new();
    let wire = office.connect();
    let mut app = Client::open(&mut office, wire, "app");
    app.monitor(&mut office, "201");
    office.disconnect(wire);
    office.dial(0, "202");
    office.wait(seconds(20));
    office.answer(1);
    app.wire = office.connect();
    let body = app.service(&mut office, STATUS);
    assert!(body.contains("normal"));
    let events = app.events(&mut office);
    assert_eq!(events.len(), 5);
    assert!(events[4].starts_with("1 Established"), "{events:?}");
    office.wait(seconds(60));
    office.hang_up(0);
    assert_eq!(app.events(&mut office).len(), 1);
}

#[test]
fn a_client_that_does_not_reconnect_is_given_up() {
    let mut office = Office::new();
    let wire = office.connect();
    let mut app = Client::open(&mut office, wire, "app");
    app.monitor(&mut office, "201");
    office.disconnect(wire);
    office.wait(seconds(31));
    assert_eq!(office.node.applications().len(), 1);
    office.wait(seconds(2));
    assert!(office.node.applications().is_empty());
    app.wire = office.connect();
    assert_eq!(app.request(&mut office, "INFO", STATUS).status.code(), 481);
}

#[test]
fn too_many_events_for_a_client_that_is_away_end_its_session() {
    let mut office = Office::new();
    let wire = office.connect();
    let mut app = Client::open(&mut office, wire, "app");
    app.monitor(&mut office, "201");
    office.disconnect(wire);
    for _ in 0..199 {
        office.dial(0, "202");
        office.hang_up(0);
    }
    assert_eq!(office.node.applications().len(), 1);
    for _ in 0..2 {
        office.dial(0, "202");
        office.hang_up(0);
    }
    assert!(office.node.applications().is_empty());
}

#[test]
fn a_client_that_does_not_know_the_dialog_any_more_is_let_go() {
    for (status, remains) in [("481 Gone", 0), ("408 Timeout", 1), ("500 Oops", 1), ("200 OK", 1)] {
        let mut office = Office::new();
        let wire = office.connect();
        let mut app = Client::open(&mut office, wire, "app");
        app.polite = false;
        app.monitor(&mut office, "201");
        office.dial(0, "202");
        app.collect(&mut office);
        let info = app.received.pop_front().unwrap();
        let answer =
            hookflash_wire::sip::MessageBuilder::reply(&info, StatusCode::OK, &app.tag, None).finish();
        office.send(wire, text(&answer).replace("200 OK", status));
        assert_eq!(office.node.applications().len(), remains, "{status}");
    }
}

#[test]
fn an_operator_may_end_a_session() {
    let mut office = Office::new();
    let wire = office.connect();
    let mut app = Client::open(&mut office, wire, "app");
    let id = office.node.applications().sessions().next().unwrap().id();
    assert!(office.node.clear_session(id));
    assert!(!office.node.clear_session(id));
    office.wait(Duration::ZERO);
    assert!(app.got_bye(&mut office));
    assert!(!office.is_closed(wire), "the connection may carry others");
}

#[test]
fn at_the_end_everybody_gets_bye_and_nobody_gets_in() {
    let mut office = Office::new();
    let (tcp, udp) = (office.connect(), udp());
    let mut clients = [Client::open(&mut office, tcp, "one"), Client::open(&mut office, udp, "two")];
    office.node.handle(office.now, Input::ShutDown);
    office.wait(Duration::ZERO);
    for client in &mut clients {
        assert!(client.got_bye(&mut office));
    }
    assert_eq!(Client::new(tcp, "three").invite(&mut office, STATUS).status.code(), 503);
}

#[test]
fn operators_see_what_a_session_is() {
    let mut office = Office::new();
    let wire = office.connect();
    let mut app = with_timer(&mut office, wire, "");
    app.monitor(&mut office, "203");
    office.wait(seconds(100));
    let node = &office.node;
    let reports: Vec<_> = node.session_reports(office.now).collect();
    let report = &reports[0];
    assert_eq!(report.application, "sip:app@test");
    let carriage = &report.carriage;
    assert_eq!(format!("{} {}", carriage.transport, carriage.peer.unwrap()), "TCP 127.0.0.1:40001");
    assert_eq!(report.line, node.switch().lines().device_by_number("201"));
    assert_eq!(report.monitored.len(), 2);
    assert_eq!((report.up, carriage.expires_in), (seconds(100), Some(seconds(1700))));
    assert!(carriage.reachable);
    office.disconnect(wire);
    assert!(!office.node.session_reports(office.now).next().unwrap().carriage.reachable);
}

#[test]
fn a_request_of_the_server_is_answered_in_the_response_to_its_info() {
    let mut office = Office::new();
    for wire in [office.connect(), udp()] {
        let mut app = Client::open(&mut office, wire, &format!("{wire:?}").replace([' ', '('], ""));
        app.polite = false;
        let id = office.node.applications().sessions().last().unwrap().id();
        let ask = |office: &mut Office| {
            let status = csta::SystemStatus::of(None, csta::SystemStatusValue::Normal);
            let (applications, _, mut carriers) = office.node.carriers();
            carriers.deliver(applications.ask(id, status.into()).unwrap());
            office.wait(Duration::ZERO);
        };
        ask(&mut office);
        app.collect(&mut office);
        let asked = app.received.pop_front().unwrap();
        assert!(text(asked.body()).contains("<systemStatus>normal</systemStatus>"), "{}", text(asked.body()));
        assert_eq!(office.node.sizes().asked, 1);
        let response = format!("<SystemStatusResponse xmlns=\"{}\"/>", csta::Edition::Ed3.namespace());
        let answer = MessageBuilder::reply(&asked, StatusCode::OK, &app.tag, None)
            .finish_with_body("application/csta+xml", response.as_bytes());
        office.send(wire, answer);
        assert_eq!(office.node.sizes().asked, 0);
        ask(&mut office);
        office.wait(seconds(40));
        app.collect(&mut office);
        assert_eq!(office.node.sizes().applications, 1, "a missing answer ends no session");
        assert_eq!(app.request(&mut office, "BYE", "").status.code(), 200);
        let sizes = office.node.sizes();
        assert_eq!((sizes.applications, sizes.asked), (0, 0));
    }
}
