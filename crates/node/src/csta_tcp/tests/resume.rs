//! How an application comes back to its session.

use super::*;

/// A login that goes on with a session.
fn resume_login(session: &str, token: &str, last: u64) -> String {
    format!(
        "<Login xmlns=\"urn:hookflash:csta:1\"><resume><sessionID>{session}</sessionID><token>{token}</token>\
         <lastSequence>{last}</lastSequence></resume></Login>"
    )
}

impl Application {
    /// Another connection, which goes on with the session of this one.
    fn resumed(&self, office: &mut Office, last: u64) -> (Application, String) {
        let mut next = Application::connected(office);
        next.namespace.clone_from(&self.namespace);
        let login = resume_login(&self.session, &self.token, last);
        let answer = next.start(office, &start("test", &login, &[&self.namespace], Some(60)));
        (next, answer)
    }

    /// The numbers of the events that came, and whether they are marked as sent again.
    fn places(&mut self, office: &mut Office) -> Vec<(u64, bool)> {
        let events = self.received(office);
        events.iter().filter_map(|(_, document)| place(document)).collect()
    }
}

fn place(document: &str) -> Option<(u64, bool)> {
    let (_, rest) = document.split_once("<hf:Sequence")?;
    let (mark, rest) = rest.split_once('>')?;
    Some((rest.split('<').next()?.parse().ok()?, mark == " replayed=\"true\""))
}

fn call(office: &mut Office) {
    office.dial(0, "202");
    office.answer(1);
    office.hang_up(0);
}

fn numbers(from: u64, to: u64, replayed: bool) -> Vec<(u64, bool)> {
    (from..=to).map(|number| (number, replayed)).collect()
}

#[test]
fn what_was_missed_comes_again_and_then_what_happens() {
    let mut office = Office::new();
    let mut app = Application::started(&mut office, 60);
    app.monitor(&mut office, "201");
    office.dial(0, "202");
    let first = app.received(&mut office);
    assert_eq!(first.iter().filter_map(|(_, event)| place(event)).collect::<Vec<_>>(), numbers(1, 4, false));
    office.disconnect(Wire::Tcp(app.link));
    office.answer(1);
    office.wait(seconds(40));
    let (mut next, answer) = app.resumed(&mut office, 1);
    assert_eq!((member(&answer, "sessionID"), member(&answer, "hf:token")), (&*app.session, &*app.token));
    assert!(answer.contains("<hf:Resumed from=\"2\" to=\"5\"/>"), "{answer}");
    let again = next.received(&mut office);
    assert_eq!(again.iter().filter_map(|(_, event)| place(event)).collect::<Vec<_>>(), numbers(2, 5, true));
    let unmarked = |(invoke, event): &(u16, String)| (*invoke, event.replace(" replayed=\"true\"", ""));
    assert_eq!(
        again.iter().take(3).map(unmarked).collect::<Vec<_>>(),
        first[1..],
        "the same bytes but for the mark"
    );
    office.hang_up(0);
    let now = next.places(&mut office);
    assert_eq!(now.first(), Some(&(6, false)));
    assert_eq!(office.node.sizes().applications, 1);
    office.wait(seconds(59));
    assert_eq!(office.node.sizes().applications, 1, "the session lives as long as its new connection");
}

#[test]
fn an_application_takes_its_session_over_from_its_own_old_connection() {
    let mut office = Office::new();
    let mut app = Application::started(&mut office, 60);
    app.monitor(&mut office, "201");
    call(&mut office);
    let seen = app.places(&mut office).last().unwrap().0;
    let (mut next, _) = app.resumed(&mut office, seen);
    assert!(app.is_closed(&office) && !next.is_closed(&office));
    call(&mut office);
    let places = next.places(&mut office);
    assert_eq!(places, numbers(seen + 1, seen + places.len() as u64, false));
}

#[test]
fn what_is_lost_is_said_before_what_is_kept() {
    let mut office = Office::with(|settings| settings.csta_tcp.journal_maximum = 2);
    let mut app = Application::started(&mut office, 60);
    app.monitor(&mut office, "201");
    app.monitor(&mut office, "tel:203");
    office.disconnect(Wire::Tcp(app.link));
    office.dial(0, "202");
    office.answer(1);
    let (mut next, _) = app.resumed(&mut office, 0);
    let messages = next.received(&mut office);
    let lost = &messages[0].1;
    assert!(messages[0].0 != 9999 && lost.contains("<systemStatus>messagesLost</systemStatus>"), "{lost}");
    assert!(lost.contains("<hf:Gap from=\"1\" to=\"3\"/>"), "{lost}");
    assert!(
        lost.contains(
            "<hf:Snapshot device=\"201\"><hf:connection localConnectionInfo=\"connected\" endpointDevice=\"202\">\
             <hf:callID>1</hf:callID><hf:deviceID>201</hf:deviceID></hf:connection></hf:Snapshot>\
             <hf:Snapshot device=\"tel:203\"></hf:Snapshot>"
        ),
        "{lost}"
    );
    let places: Vec<_> = messages[1..].iter().filter_map(|(_, event)| place(event)).collect();
    assert_eq!(places, numbers(4, 5, true));
}

#[test]
fn events_keep_their_order_while_many_are_sent_again() {
    let mut office = Office::new();
    let mut app = Application::started(&mut office, 60);
    app.monitor(&mut office, "201");
    office.disconnect(Wire::Tcp(app.link));
    for _ in 0..40 {
        call(&mut office);
    }
    let highest = office.node.applications().sessions().next().unwrap().sequence();
    assert!(highest > 150);
    let (mut next, _) = app.resumed(&mut office, 0);
    let mut places = next.places(&mut office);
    assert!(places.len() < 150, "not all at once");
    call(&mut office);
    office.wait(seconds(1));
    call(&mut office);
    places.extend(next.places(&mut office));
    let last = office.node.applications().sessions().next().unwrap().sequence();
    let expected = [numbers(1, highest, true), numbers(highest + 1, last, false)].concat();
    assert_eq!(places, expected);
}

#[test]
fn nobody_else_comes_into_a_session() {
    let mut office = Office::new();
    let mut app = Application::started(&mut office, 60);
    app.monitor(&mut office, "201");
    call(&mut office);
    let other = Application::started(&mut office, 60);
    let (session, token) = (app.session.clone(), app.token.clone());
    let refused = |office: &mut Office, session: &str, token: &str, last: u64| {
        let mut next = Application::connected(office);
        let answer = next.start(office, &start("test", &resume_login(session, token, last), &[ED3], None));
        assert!(answer.contains("StartApplicationSessionNegResponse"), "{answer}");
        member(&answer, "applError").to_owned()
    };
    for (session, token, last) in [
        (session.as_str(), other.token.as_str(), 0),
        (other.session.as_str(), token.as_str(), 0),
        (session.as_str(), "x", 0),
        ("99", "99-x", 0),
        (session.as_str(), token.as_str(), 1_000),
    ] {
        assert_eq!(refused(&mut office, session, token, last), "invalidSession", "{session} {token} {last}");
    }
    assert!(!app.is_closed(&office), "nobody has taken it");
    app.stop(&mut office, &session);
    assert_eq!(refused(&mut office, &session, &token, 0), "invalidSession", "it was stopped");
    office.wait(seconds(60));
    assert_eq!(refused(&mut office, &other.session, &other.token, 0), "invalidSession", "it has expired");
}

#[test]
fn who_waits_makes_room_for_who_is_there() {
    let mut office = Office::with(|settings| settings.csta_tcp.max_sessions = 2);
    let first = Application::started(&mut office, 60);
    let second = Application::started(&mut office, 60);
    let mut third = Application::connected(&mut office);
    let refused = third.start(&mut office, &start("test", "", &[ED3], None));
    assert!(refused.contains("maxNumberSessions"), "{refused}");
    office.disconnect(Wire::Tcp(first.link));
    let answer = third.start(&mut office, &start("test", "", &[ED3], None));
    assert!(answer.contains("PosResponse"), "{answer}");
    for app in [second, third] {
        office.disconnect(Wire::Tcp(app.link));
        office.wait(seconds(1));
    }
    assert_eq!(office.node.sizes().csta_lost, 2, "no more wait than may be there");
    let (_, answer) = first.resumed(&mut office, 0);
    assert!(answer.contains("invalidSession"), "{answer}");
}

#[test]
fn in_the_basic_mode_nothing_private_is_sent() {
    let mut office = Office::with(|settings| settings.switch.cti.basic_mode = true);
    let mut app = Application::started(&mut office, 60);
    app.monitor(&mut office, "201");
    call(&mut office);
    office.disconnect(Wire::Tcp(app.link));
    let (mut next, _) = app.resumed(&mut office, 0);
    let events = next.received(&mut office);
    assert!(events.len() > 3 && events.iter().all(|(_, event)| !event.contains("hf:")), "{events:?}");
}
