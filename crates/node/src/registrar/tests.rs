//! Registrations as applications see them.

use std::{net::SocketAddr, time::Duration};

use hookflash_core::cti::SessionId;
use hookflash_wire::sip::{HeaderName, Response};
use proptest::prelude::*;

use super::MAX_CONTACTS;
use crate::{
    Input, Output, SessionManagerSettings, TerminalId, config, provision,
    sip::LINK_IDLE,
    uacsta::tests::{Client, Office, Wire},
};

const STATUS: &str = "<RequestSystemStatus/>";

fn udp() -> Wire {
    Wire::Udp("127.0.0.1:7000".parse().unwrap())
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// An office with session managers `apps` (60 s, cti-aware) and `plain` (300 s).
fn office() -> Office {
    Office::with(|settings| {
        settings.registrar.enabled = true;
        settings.registrar.max_expires = seconds(120);
        for (tag, name, keepalive, cti_aware) in [(1, "apps", 60, true), (2, "plain", 300, false)] {
            settings.registrar.session_managers.push(SessionManagerSettings {
                tag,
                register_id: name.into(),
                keepalive: seconds(keepalive),
                cti_aware,
                credentials: Vec::new(),
            });
        }
    })
}

/// What registers as a session manager.
#[derive(Clone)]
struct Heartbeat {
    app: Client,
    contact: String,
}

impl Heartbeat {
    fn new(wire: Wire, name: &str) -> Heartbeat {
        let mut app = Client::new(wire, &format!("{name}-{wire:?}"));
        app.to = format!("sip:{name}@cme");
        Heartbeat { app, contact: format!("<sip:{name}@192.0.2.1:9;transport=tcp>") }
    }

    /// A REGISTER with these headers instead of a Contact.
    fn message(&mut self, headers: &str) -> String {
        self.app.cseq += 1;
        let message = self.app.message("REGISTER", self.app.cseq, "");
        message.replacen("Contact: <sip:app@192.0.2.1:9;transport=tcp>\r\n", headers, 1)
    }

    fn register(&mut self, office: &mut Office, headers: &str) -> Option<Response> {
        let message = self.message(headers);
        office.send(self.app.wire, message);
        self.app.collect(office).pop()
    }

    /// A REGISTER with its Contact, and what was answered: the status and all Contacts.
    fn beat(&mut self, office: &mut Office, expires: &str) -> Option<(u16, Vec<String>)> {
        let contact = format!("Contact: {}{expires}\r\n", self.contact);
        let response = self.register(office, &contact)?;
        let contacts = response.headers().get_all(HeaderName::CONTACT).map(str::to_owned).collect();
        Some((response.status.code(), contacts))
    }

    fn status(&mut self, office: &mut Office, headers: &str) -> u16 {
        self.register(office, headers).map_or(0, |response| response.status.code())
    }
}

fn both(office: &mut Office) -> [Wire; 2] {
    [office.connect(), udp()]
}

fn show(office: &mut Office, line: &str) -> String {
    office.node.handle(office.now, Input::Command { terminal: TerminalId(1), line });
    match office.node.poll_output() {
        Some(Output::CommandOutput { text, .. }) => text,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_registration_is_granted_what_it_asks_for_within_bounds() {
    let mut office = office();
    for wire in both(&mut office) {
        let mut apps = Heartbeat::new(wire, "apps");
        for (asked, granted) in [("", 60), (";expires=60", 60), (";expires=3600", 60), (";expires=soon", 60)]
        {
            let contact = format!("<sip:apps@192.0.2.1:9;transport=tcp>;expires={granted}");
            assert_eq!(apps.beat(&mut office, asked), Some((200, vec![contact])), "{asked}");
        }
        let contact = format!("Contact: {}\r\n", apps.contact);
        for (header, expires) in [("Expires: 61\r\n", "60"), ("Expires: 99999999999\r\n", "60")] {
            let response = apps.register(&mut office, &format!("{contact}{header}")).unwrap();
            assert_eq!(response.headers().get(HeaderName::EXPIRES), Some(expires));
        }
        let brief = apps.register(&mut office, &format!("{contact}Expires: 59\r\n")).unwrap();
        assert_eq!((brief.status.code(), brief.headers().get(HeaderName::MIN_EXPIRES)), (423, Some("60")));
        // The registrar's longest is shorter than this keepalive.
        let mut plain = Heartbeat::new(wire, "plain");
        for (asked, granted) in [("", 120), (";expires=90", 90), (";expires=300", 120)] {
            let (status, contacts) = plain.beat(&mut office, asked).unwrap();
            assert_eq!(status, 200);
            assert!(contacts[0].ends_with(&format!(";expires={granted}")), "{asked}: {contacts:?}");
        }
    }
}

#[test]
fn a_keepalive_below_the_registrars_shortest_is_granted_all_the_same() {
    let mut office = Office::with(|settings| {
        settings.registrar.enabled = true;
        settings.registrar.min_expires = seconds(300);
        let (register_id, keepalive) = ("apps".into(), seconds(60));
        let credentials = Vec::new();
        let manager =
            SessionManagerSettings { tag: 1, register_id, keepalive, cti_aware: false, credentials };
        settings.registrar.session_managers.push(manager);
    });
    let mut apps = Heartbeat::new(udp(), "apps");
    assert_eq!(apps.beat(&mut office, ";expires=60").unwrap().0, 200);
    assert_eq!(apps.beat(&mut office, ";expires=59").unwrap().0, 423);
}

#[test]
fn contacts_are_listed_refreshed_removed_and_expire() {
    let mut office = office();
    for wire in both(&mut office) {
        let mut apps = Heartbeat::new(wire, "apps");
        apps.contact = "\"App\" <sip:apps@192.0.2.1:9>;+sip.instance=\"<urn:uuid:1>\";q=0.5".to_owned();
        let full =
            |left: u32| format!("<sip:apps@192.0.2.1:9>;+sip.instance=\"<urn:uuid:1>\";q=0.5;expires={left}");
        assert_eq!(apps.beat(&mut office, "").unwrap().1, [full(60)]);
        office.wait(seconds(20));
        let query = apps.register(&mut office, "").unwrap();
        assert_eq!(query.headers().get(HeaderName::CONTACT), Some(full(40).as_str()));
        // The same address written in another way.
        apps.contact = "<SIP:apps@192.0.2.1:9>".to_owned();
        assert_eq!(apps.beat(&mut office, "").unwrap().1, ["<SIP:apps@192.0.2.1:9>;expires=60"]);
        let two = "Contact: <sip:apps@192.0.2.2>, <sip:apps@192.0.2.3>;expires=0\r\n";
        let response = apps.register(&mut office, two).unwrap();
        assert_eq!(response.headers().get_all(HeaderName::CONTACT).count(), 2);
        assert_eq!(apps.beat(&mut office, ";expires=0").unwrap().1, ["<sip:apps@192.0.2.2>;expires=60"]);
        assert_eq!(apps.status(&mut office, "Contact: *\r\nExpires: 0\r\n"), 200);
        assert_eq!(apps.register(&mut office, "").unwrap().headers().get(HeaderName::CONTACT), None);
        apps.beat(&mut office, "");
        assert_eq!(office.node.sizes().registrations, 1);
        office.wait(seconds(60));
        assert_eq!(office.node.sizes().registrations, 0);
        assert_eq!(apps.register(&mut office, "").unwrap().headers().get(HeaderName::CONTACT), None);
    }
}

#[test]
fn what_is_wrong_with_a_registration_gets_its_status_and_changes_nothing() {
    let mut office = office();
    for wire in both(&mut office) {
        let mut apps = Heartbeat::new(wire, "apps");
        let before = apps.beat(&mut office, "").unwrap();
        let long = format!("Contact: <sip:apps@192.0.2.1;x={}>\r\n", "x".repeat(1100));
        let many: Vec<String> = (0..=MAX_CONTACTS).map(|n| format!("<sip:apps@192.0.2.{n}>")).collect();
        for (headers, status) in [
            ("Contact: *\r\n", 400),
            ("Contact: *\r\nExpires: 60\r\n", 400),
            ("Contact: *, <sip:apps@192.0.2.1>\r\nExpires: 0\r\n", 400),
            ("Contact: <apps>\r\n", 400),
            ("Contact: \"open\r\n", 400),
            ("Contact: <sip:apps@192.0.2.7>, <sip:apps@192.0.2.8>;expires=30\r\n", 423),
            (&format!("Contact: {}\r\n", many.join(",")), 403),
            (&long, 513),
            ("Require: path\r\nContact: <sip:apps@192.0.2.7>\r\n", 420),
        ] {
            assert_eq!(apps.status(&mut office, headers), status, "{headers}");
        }
        let query = apps.register(&mut office, "").unwrap();
        assert_eq!(query.headers().get_all(HeaderName::CONTACT).collect::<Vec<_>>(), before.1);
        for stranger in ["nobody", "APPS", "201", "%00%0aapps"] {
            assert_eq!(Heartbeat::new(wire, stranger).beat(&mut office, "").unwrap().0, 404);
        }
        let mut nameless = Heartbeat::new(wire, "apps");
        (nameless.app.to, nameless.app.call_id) = ("sip:cme".to_owned(), format!("nameless-{wire:?}"));
        assert_eq!(nameless.status(&mut office, "Contact: <sip:apps@192.0.2.7>\r\n"), 404);
    }
}

#[test]
fn whoever_tries_names_is_summed_up_in_the_log() {
    let mut office = office();
    for number in 0..100 {
        let mut stranger = Heartbeat::new(udp(), &number.to_string());
        let expected = if number < 30 { 404 } else { 503 };
        assert_eq!(stranger.beat(&mut office, "").unwrap().0, expected);
    }
    let known = Heartbeat::new(udp(), "apps").beat(&mut office, "").unwrap().0;
    assert_eq!(known, 503, "who has tried too many learns nothing any more");
    assert_eq!(office.node.registrar().poll_timeout(), Some(office.now + seconds(60)));
    office.wait(seconds(60));
    assert_eq!(office.node.registrar().poll_timeout(), None);
}

#[test]
fn a_registration_that_was_overtaken_is_refused() {
    let mut office = office();
    let mut apps = Heartbeat::new(udp(), "apps");
    apps.app.cseq = 10;
    apps.beat(&mut office, "");
    apps.app.cseq = 4;
    assert_eq!(apps.beat(&mut office, ";expires=0").unwrap().0, 500);
    assert_eq!(apps.status(&mut office, "Contact: *\r\nExpires: 0\r\n"), 500);
    let query = apps.register(&mut office, "").unwrap();
    assert_eq!(query.headers().contacts().count(), 1, "asking is no change");
    apps.app.cseq = 20;
    assert_eq!(apps.beat(&mut office, "").unwrap().1.len(), 1);
    apps.app.call_id = "other".to_owned();
    apps.app.cseq = 0;
    assert_eq!(apps.beat(&mut office, ";expires=0"), Some((200, vec![])), "another Call-ID counts anew");
}

/// Nothing overtakes on a connection: a client that began to count again has only begun to count again.
#[test]
fn on_a_connection_any_number_is_a_later_one() {
    let mut office = office();
    let wire = office.connect();
    let mut apps = Heartbeat::new(wire, "apps");
    for cseq in [10, 4, 4] {
        apps.app.cseq = cseq;
        assert_eq!(apps.beat(&mut office, "").unwrap().1.len(), 1);
    }
    assert_eq!(apps.beat(&mut office, ";expires=0"), Some((200, vec![])));
}

#[test]
fn too_many_contacts_replace_the_one_that_would_end_first() {
    let mut office = office();
    let mut apps = Heartbeat::new(udp(), "apps");
    for host in 1..=10 {
        apps.contact = format!("<sip:apps@192.0.2.{host}>");
        let (status, contacts) = apps.beat(&mut office, "").unwrap();
        assert_eq!((status, contacts.len()), (200, MAX_CONTACTS.min(host)));
        assert!(contacts[0].contains(&format!(".{host}>")), "the newest first");
        office.wait(seconds(1));
    }
    let four: Vec<String> = (21..=24).map(|host| format!("<sip:apps@192.0.2.{host}>")).collect();
    let response = apps.register(&mut office, &format!("Contact: {}\r\n", four.join(", "))).unwrap();
    let listed: Vec<_> = response.headers().get_all(HeaderName::CONTACT).collect();
    assert!(listed.iter().rev().zip(&four).all(|(listed, sent)| listed.starts_with(sent)), "{listed:?}");
    office.wait(seconds(60));
    assert_eq!(office.node.registrar().poll_timeout(), None, "no timer is left over");
}

#[test]
fn allow_tells_whether_there_is_a_registrar() {
    let mut with = office();
    let mut without = Office::new();
    for (office, serves) in [(&mut with, true), (&mut without, false)] {
        let wire = office.connect();
        let mut app = Client::new(wire, "app");
        let allows = |response: &Response| response.headers().allow().contains("REGISTER");
        assert_eq!(allows(&app.request(office, "OPTIONS", "")), serves);
        assert_eq!(allows(&app.request(office, "SUBSCRIBE", "")), serves);
        assert_eq!(allows(&app.invite(office, STATUS)), serves);
    }
    let wire = without.connect();
    assert_eq!(Heartbeat::new(wire, "apps").beat(&mut without, "").unwrap().0, 405);
}

#[test]
fn a_connection_lives_as_long_as_the_registration_that_came_by_it() {
    let mut office = office();
    let wire = office.connect();
    let mut plain = Heartbeat::new(wire, "plain");
    plain.beat(&mut office, "");
    office.wait(LINK_IDLE + seconds(50));
    assert!(!office.is_closed(wire));
    plain.beat(&mut office, "");
    let other = office.connect();
    plain.app.wire = other;
    plain.beat(&mut office, ";expires=0");
    office.wait(LINK_IDLE * 2);
    assert!(office.is_closed(wire) && office.is_closed(other));
}

/// An operator ends the session of an application.
fn lose(office: &mut Office, app: &mut Client) {
    let dialog = app.server_tag.clone().unwrap();
    let carries = |id: &SessionId| office.node.uacsta().dialog_of(*id).unwrap().to_string() == dialog;
    let id = office.node.applications().sessions().map(|session| session.id()).find(carries).unwrap();
    assert!(office.node.clear_session(id));
    office.wait(Duration::ZERO);
    assert!(app.got_bye(office));
}

#[test]
fn the_heartbeat_is_answered_no_longer_when_the_session_is_gone() {
    let mut office = office();
    for wire in both(&mut office) {
        let mut apps = Heartbeat::new(wire, "apps");
        assert_eq!(apps.beat(&mut office, "").unwrap().0, 200, "before there is any session");
        let mut app = Client::open(&mut office, wire, &format!("{wire:?}"));
        assert_eq!(apps.beat(&mut office, "").unwrap().0, 200);
        assert!(show(&mut office, "show voice register session-server").contains("REGISTERED    1"));
        lose(&mut office, &mut app);
        for _ in 0..3 {
            assert_eq!(apps.beat(&mut office, ""), None);
            office.wait(seconds(15));
        }
        // Somebody who only asks, and somebody who asks for too little, begin nothing.
        let mut asking = apps.clone();
        asking.app.call_id = format!("asking-{wire:?}");
        assert_eq!(asking.status(&mut office, ""), 200);
        assert_eq!(asking.beat(&mut office, ";expires=1").unwrap().0, 423);
        assert!(show(&mut office, "show voice register session-server 1").contains("CTI DOWN"));
        office.wait(seconds(14));
        assert_eq!(apps.beat(&mut office, ""), None, "the registration has expired, the heartbeat goes on");
        // A new session.
        let mut app = Client::open(&mut office, wire, &format!("again {wire:?}"));
        assert_eq!(apps.beat(&mut office, "").unwrap().0, 200);
        assert_eq!(app.request(&mut office, "BYE", "").status.code(), 200);
        assert_eq!(apps.beat(&mut office, ";expires=0").unwrap().0, 200);
    }
}

#[test]
fn who_begins_anew_is_answered() {
    for way in ["Call-ID", "removal", "time", "CSeq"] {
        let mut office = office();
        let mut apps = Heartbeat::new(udp(), "apps");
        apps.beat(&mut office, "");
        let mut app = Client::open(&mut office, udp(), "app");
        lose(&mut office, &mut app);
        office.wait(seconds(30));
        assert_eq!(apps.beat(&mut office, ""), None);
        match way {
            "Call-ID" => apps.app.call_id = "started-again".to_owned(),
            "removal" => assert_eq!(apps.beat(&mut office, ";expires=0").unwrap().0, 200),
            "time" => {
                office.wait(seconds(59));
                assert_eq!(apps.beat(&mut office, ""), None);
                office.wait(seconds(1));
            }
            _ => {
                // The registration has expired meanwhile; otherwise its CSeq would count still.
                office.wait(seconds(31));
                assert_eq!(apps.beat(&mut office, ""), None);
                apps.app.cseq = 0;
            }
        }
        assert_eq!(apps.beat(&mut office, "").map(|answer| answer.0), Some(200), "{way}");
        assert_eq!(apps.beat(&mut office, "").map(|answer| answer.0), Some(200), "{way}");
        assert!(show(&mut office, "show voice register session-server").contains("REGISTERED    0"));
    }
}

#[test]
fn who_changes_its_call_id_each_time_is_known_by_its_contact() {
    let mut office = office();
    let mut apps = Heartbeat::new(udp(), "apps");
    let mut beat = |office: &mut Office| {
        apps.app.call_id = format!("beat-{}", apps.app.cseq);
        apps.beat(office, "").map(|answer| answer.0)
    };
    assert_eq!(beat(&mut office), Some(200));
    assert_eq!(beat(&mut office), Some(200));
    let mut app = Client::open(&mut office, udp(), "app");
    lose(&mut office, &mut app);
    assert_eq!(beat(&mut office), None);
    office.wait(seconds(60));
    assert_eq!(beat(&mut office), Some(200));
}

#[test]
fn every_end_of_a_session_but_its_own_goodbye_silences() {
    // Expired, connection lost, never acknowledged so that it was never its own, goodbye.
    for (way, answered) in [("expiry", false), ("link", false), ("ack", true), ("bye", true)] {
        let mut office = office();
        let wire = if way == "ack" { udp() } else { office.connect() };
        let mut apps = Heartbeat::new(udp(), "apps");
        apps.beat(&mut office, "");
        let mut app = Client::new(wire, "app");
        app.extra = "Supported: timer\r\nSession-Expires: 90\r\n".to_owned();
        match way {
            "ack" => {
                let invite = app.message("INVITE", 1, STATUS);
                office.send(wire, invite);
                office.wait(seconds(33));
            }
            _ => drop(app.invite(&mut office, STATUS)),
        }
        if way != "ack" {
            apps.beat(&mut office, "");
        }
        match way {
            "expiry" => {
                office.wait(seconds(50));
                assert_eq!(apps.beat(&mut office, "").unwrap().0, 200);
                office.wait(seconds(41));
            }
            "link" => {
                office.disconnect(wire);
                office.wait(seconds(20));
                assert_eq!(apps.beat(&mut office, "").unwrap().0, 200, "it may come back");
                office.wait(seconds(13));
            }
            "bye" => assert_eq!(app.request(&mut office, "BYE", "").status.code(), 200),
            _ => {}
        }
        let wire = std::mem::replace(&mut apps.app.wire, Wire::Udp("127.0.0.1:7001".parse().unwrap()));
        assert_eq!(wire, udp());
        assert_eq!(apps.beat(&mut office, "").is_some(), answered, "{way}");
    }
}

/// Opens a session by an INVITE that says something else, and loses it.
fn open_and_lose(office: &mut Office, wire: Wire, change: impl Fn(String) -> String) {
    let mut app = Client::new(wire, "lost");
    let invite = change(app.message("INVITE", 1, STATUS));
    office.send(wire, &invite);
    let answer = &app.collect(office)[0];
    assert_eq!(answer.status.code(), 200);
    app.server_tag = answer.headers().to().unwrap().tag().map(str::to_owned);
    office.send(wire, app.message("ACK", 1, ""));
    let ids: Vec<SessionId> = office.node.applications().sessions().map(|session| session.id()).collect();
    ids.into_iter().for_each(|id| assert!(office.node.clear_session(id)));
    office.wait(seconds(33));
    office.take(wire);
}

#[test]
fn a_session_belongs_to_who_is_named_or_else_nearest() {
    let wire = |peer: &str| Wire::Udp(peer.parse().unwrap());
    let contact = |text: String, host: &str| text.replace("192.0.2.1:9", host);
    let proxy = "Via: SIP/2.0/UDP 192.0.2.7;branch=z9hG4bKa\r\nMax-Forwards";
    // Where `plain` is registered; from where and with what the INVITE came; whose it is.
    for (plain_at, from, host, user, through_proxy, whose) in [
        ("127.0.0.1:7001", "127.0.0.1:7000", "192.0.2.5", "app", false, "apps"),
        ("127.0.0.1:7001", "127.0.0.1:7001", "192.0.2.5", "app", false, "plain"),
        ("127.0.0.1:7001", "127.0.0.1:7009", "192.0.2.5", "app", false, "apps"),
        ("127.0.0.1:7001", "127.0.0.1:7009", "192.0.2.9", "app", false, "plain"),
        ("127.0.0.1:7001", "127.0.0.9:7009", "192.0.2.9:4", "app", false, "nobody"),
        ("127.0.0.1:7001", "127.0.0.9:7009", "192.0.2.5", "apps", false, "nobody"),
        ("127.0.0.1:7001", "127.0.0.1:7001", "192.0.2.9", "apps", false, "apps"),
        ("127.0.0.2:7001", "127.0.0.2:7009", "192.0.2.5", "app", false, "plain"),
        ("127.0.0.2:7001", "127.0.0.3:7009", "192.0.2.5", "app", false, "nobody"),
        ("127.0.0.1:7001", "127.0.0.1:7000", "192.0.2.5", "app", true, "nobody"),
        ("127.0.0.1:7001", "127.0.0.1:7000", "192.0.2.9", "app", true, "plain"),
    ] {
        let mut office = Office::with(|settings| {
            settings.registrar = office().node.settings().registrar.clone();
            settings.registrar.session_managers.iter_mut().for_each(|manager| manager.cti_aware = true);
        });
        let mut apps = Heartbeat::new(udp(), "apps");
        let mut plain = Heartbeat::new(wire(plain_at), "plain");
        plain.contact = "<sip:plain@192.0.2.9>".to_owned();
        for heartbeat in [&mut apps, &mut plain] {
            heartbeat.beat(&mut office, "");
        }
        open_and_lose(&mut office, wire(from), |text| {
            let text = contact(text, host).replace("sip:app@test", &format!("sip:{user}@test"));
            if through_proxy { text.replace("Max-Forwards", proxy) } else { text }
        });
        let silent = [&mut apps, &mut plain].map(|heartbeat| heartbeat.beat(&mut office, "").is_none());
        assert_eq!(
            silent,
            [whose == "apps", whose == "plain"],
            "{plain_at} {from} {host} {user} {through_proxy}"
        );
    }
}

#[test]
fn a_session_may_be_opened_before_the_registration() {
    let mut office = office();
    let mut app = Client::open(&mut office, udp(), "app");
    let mut apps = Heartbeat::new(udp(), "apps");
    apps.beat(&mut office, "");
    assert!(show(&mut office, "show voice register session-server").contains("REGISTERED    1"));
    lose(&mut office, &mut app);
    assert_eq!(apps.beat(&mut office, ""), None);
}

#[test]
fn the_last_session_counts() {
    let mut office = office();
    let mut apps = Heartbeat::new(udp(), "apps");
    apps.beat(&mut office, "");
    let [mut first, mut second] = ["first", "second"].map(|name| Client::open(&mut office, udp(), name));
    for (app, answered) in [(&mut second, true), (&mut first, false)] {
        lose(&mut office, app);
        assert_eq!(apps.beat(&mut office, "").is_some(), answered);
    }
}

/// An application on the host of the session managers, at another port.
fn neighbour(office: &mut Office, port: u16) -> Client {
    let mut app =
        Client::new(Wire::Udp(SocketAddr::new([127, 0, 0, 1].into(), port)), &format!("app-{port}"));
    app.extra = "Contact: <sip:app@192.0.2.77>\r\n".to_owned();
    app.cseq = 1;
    let invite =
        app.message("INVITE", 1, STATUS).replacen("Contact: <sip:app@192.0.2.1:9;transport=tcp>\r\n", "", 1);
    office.send(app.wire, &invite);
    let response = app.expect_response(office);
    assert_eq!(response.status.code(), 200);
    app.server_tag = response.headers().to().unwrap().tag().map(str::to_owned);
    let ack = app.message("ACK", 1, "");
    office.send(app.wire, ack);
    app
}

#[test]
fn neighbours_count_as_long_as_the_session_manager_cannot_be_told_from_them() {
    let mut office = office();
    let mut apps = Heartbeat::new(udp(), "apps");
    apps.beat(&mut office, "");
    let mut one = neighbour(&mut office, 7100);
    lose(&mut office, &mut one);
    assert_eq!(apps.beat(&mut office, ""), None, "it may have been its own");
    neighbour(&mut office, 7101);
    assert_eq!(apps.beat(&mut office, "").unwrap().0, 200, "and this one too");
    let mut own = Client::open(&mut office, udp(), "own");
    let mut two = neighbour(&mut office, 7102);
    lose(&mut office, &mut two);
    assert_eq!(apps.beat(&mut office, "").unwrap().0, 200);
    lose(&mut office, &mut own);
    assert_eq!(apps.beat(&mut office, ""), None, "although a neighbour has a session");
    neighbour(&mut office, 7103);
    assert_eq!(apps.beat(&mut office, ""), None, "although a neighbour opens one");
    Client::open(&mut office, udp(), "own again");
    assert_eq!(apps.beat(&mut office, "").unwrap().0, 200);
}

#[test]
fn who_is_not_cti_aware_is_always_answered() {
    let mut office = office();
    let mut plain = Heartbeat::new(udp(), "plain");
    plain.beat(&mut office, "");
    let mut app = Client::open(&mut office, udp(), "app");
    lose(&mut office, &mut app);
    assert_eq!(plain.beat(&mut office, "").unwrap().0, 200);
}

#[test]
fn while_cti_is_shut_down_only_who_is_not_bound_to_it_registers() {
    let mut office = Office::with(|settings| {
        settings.registrar = self::office().node.settings().registrar.clone();
        settings.uacsta.enabled = false;
        settings.switch.cti.enabled = false;
    });
    assert_eq!(Heartbeat::new(udp(), "apps").beat(&mut office, "").unwrap().0, 480);
    assert_eq!(Heartbeat::new(udp(), "plain").beat(&mut office, "").unwrap().0, 200);
}

#[test]
fn the_configuration_says_who_may_register() {
    let load = |sip: &str| {
        let text = format!(
            "voice service voip\n no cti shutdown\n sip\n  {sip}\n!\nvoice register session-server 1\n keepalive 60\n \
             register-id apps\n cti-aware\n!\nvoice register session-server 2\n register-id apps\n!\n\
             voice register session-server 3\n cti-aware\n"
        );
        provision(&config::load(&text).settings, None)
    };
    let on = load("registrar server expires max 120 min 60");
    assert!(on.settings.registrar.enabled);
    let managers = &on.settings.registrar.session_managers;
    assert_eq!(managers.len(), 1);
    assert_eq!((managers[0].tag, managers[0].keepalive, managers[0].cti_aware), (1, seconds(60), true));
    assert_eq!(on.settings.registrar.max_expires, seconds(120));
    let notes = on.notes.join("\n");
    assert!(notes.contains("session-server 2 cannot register: apps is the register-id of session-server 1"));
    assert!(notes.contains("session-server 3 cannot register: it has no register-id"));
    let off = load("no registrar server");
    assert!(!off.settings.registrar.enabled);
    assert!(off.notes.contains(&"no session-server can register: there is no `registrar server`".to_owned()));
}

#[test]
fn an_operator_sees_who_is_registered() {
    let mut office = office();
    let mut apps = Heartbeat::new(udp(), "apps");
    apps.beat(&mut office, "");
    let shown = show(&mut office, "show voice register session-server");
    let rows: Vec<Vec<&str>> = shown.lines().map(|row| row.split_whitespace().collect()).collect();
    assert_eq!(
        rows[1].join(" "),
        "1 apps 60 s yes REGISTERED 0 60 s UDP 127.0.0.1:7000 sip:apps@192.0.2.1:9;transport=tcp"
    );
    assert_eq!(rows[2].join(" "), "2 plain 300 s no UNREGISTERED 0 -");
    assert_eq!(show(&mut office, "sh voic reg sess 2").lines().count(), 2);
    assert_eq!(show(&mut office, "show voice register session-server 7"), "no session-server to show\n");
}

/// Something that happens around session managers.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// Register as one of them, from one of a few ports, with one of a few Call-IDs.
    Beat {
        name: usize,
        from: u16,
        call_id: u8,
        cseq: u32,
        host: u8,
        expires: u32,
    },
    Open(u16),
    /// The latest session of an application ends, by BYE or not.
    End(bool),
    Wait(u64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        5 => (0..3usize, 0..3u16, 0..3u8, 1..6u32, 0..6u8, 0..4u32).prop_map(
            |(name, from, call_id, cseq, host, expires)| {
                let expires = [0, 30, 60, 7_000][expires as usize];
                Step::Beat { name, from, call_id, cseq, host, expires }
            }
        ),
        2 => (0..3u16).prop_map(Step::Open),
        2 => any::<bool>().prop_map(Step::End),
        2 => (0..100u64).prop_map(Step::Wait),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever happens, tables are bounded, nothing is left over, and whoever goes on long enough is answered.
    #[test]
    fn nobody_is_locked_out_and_nothing_is_left(steps in prop::collection::vec(step(), 1..60)) {
        let mut office = office();
        let at = |port: u16| Wire::Udp(SocketAddr::new([127, 0, 0, 1].into(), 7000 + port));
        let mut sessions = Vec::new();
        // After 900 s of silence the server asks sessions for a sign of life, at the addresses of the heartbeats.
        let mut left = 850;
        for (index, step) in steps.into_iter().enumerate() {
            match step {
                Step::Beat { name, from, call_id, cseq, host, expires } => {
                    let name = ["apps", "plain", "nobody"][name];
                    let mut heartbeat = Heartbeat::new(at(from), name);
                    heartbeat.app.call_id = format!("{name}-{call_id}");
                    heartbeat.app.cseq = cseq;
                    heartbeat.contact = format!("<sip:{name}@192.0.2.{host}>");
                    let answer = heartbeat.beat(&mut office, &format!(";expires={expires}"));
                    let expected: &[u16] = if name == "nobody" { &[404] } else { &[200, 423, 500] };
                    let known = |(status, _): &(u16, Vec<String>)| expected.contains(status);
                    prop_assert!(answer.as_ref().map_or(name == "apps", known), "{name}: {answer:?}");
                }
                Step::Open(from) => {
                    sessions.push(Client::open(&mut office, at(from), &format!("app-{index}")));
                }
                Step::End(bye) => match sessions.pop() {
                    Some(mut app) if bye => drop(app.request(&mut office, "BYE", "")),
                    Some(mut app) => lose(&mut office, &mut app),
                    None => {}
                },
                Step::Wait(span) => {
                    let span = span.min(left);
                    left -= span;
                    office.wait(seconds(span));
                }
            }
            prop_assert!(office.node.sizes().registrations <= 2 * MAX_CONTACTS);
        }
        let mut apps = Heartbeat::new(at(0), "apps");
        apps.app.call_id = "apps-0".to_owned();
        apps.app.cseq = 100;
        if apps.beat(&mut office, "").is_none() {
            office.wait(seconds(60));
            prop_assert_eq!(apps.beat(&mut office, "").map(|answer| answer.0), Some(200));
        }
        office.wait(seconds(200));
        prop_assert_eq!(office.node.sizes().registrations, 0);
        prop_assert_eq!(office.node.registrar().poll_timeout(), None);
    }
}

#[test]
fn only_its_own_address_speaks_for_a_session_manager() {
    let mut office = office();
    let mut apps = Heartbeat::new(udp(), "apps");
    assert_eq!(apps.beat(&mut office, "").unwrap().0, 200);
    let mut stranger = Heartbeat::new(Wire::Udp("127.0.0.9:7000".parse().unwrap()), "apps");
    for headers in ["Contact: *\r\nExpires: 0\r\n", "Contact: <sip:apps@127.0.0.9>\r\n", ""] {
        assert_eq!(stranger.status(&mut office, headers), 403, "{headers}");
    }
    let mut same_host = Heartbeat::new(Wire::Udp("127.0.0.1:7009".parse().unwrap()), "apps");
    assert_eq!(same_host.status(&mut office, "Contact: *\r\nExpires: 0\r\n"), 200);
    let (status, contacts) = apps.beat(&mut office, "").unwrap();
    assert_eq!((status, contacts.len()), (200, 1), "the contact came by another flow");
    // A session that nobody acknowledges in its name.
    let forged = Client::new(udp(), "forged");
    let invite = forged.message("INVITE", 1, STATUS).replace("sip:app@test", "sip:apps@test");
    office.send(udp(), invite);
    office.wait(seconds(40));
    office.take(udp());
    assert_eq!(apps.beat(&mut office, "").unwrap().0, 200);
    assert_eq!(apps.status(&mut office, "Contact: *\r\nExpires: 0\r\n"), 200);
    assert_eq!(stranger.status(&mut office, "Contact: <sip:apps@127.0.0.9>\r\n"), 200, "now it is free");
}
