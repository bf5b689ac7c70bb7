//! Sessions that survive a restart of the server.

use super::*;
use crate::SessionRecord;

fn office() -> Office {
    Office::with(|settings| settings.start.keeps_sessions = true)
}

#[test]
fn a_session_goes_on_at_the_next_server() {
    let mut office = office();
    let mut app = Application::started(&mut office, 60);
    app.monitor(&mut office, "201");
    app.monitor(&mut office, "tel:202");
    let stop = "<MonitorStop><monitorCrossRefID>2</monitorCrossRefID></MonitorStop>";
    app.service(&mut office, stop);
    office.dial(0, "202");
    let before = app.received(&mut office);
    let kept = std::mem::take(&mut office.kept);
    let token = app.token.clone();

    let mut next_office = self::office();
    // As the database gives it back.
    let order = |record: &SessionRecord| match record {
        SessionRecord::Session { .. } => 0,
        SessionRecord::Monitor { .. } => 1,
        _ => 2,
    };
    let mut sorted = kept.clone();
    sorted.sort_by_key(order);
    let stopped = |record: &&SessionRecord| !matches!(record, SessionRecord::Monitor { monitor: 2, .. });
    for record in sorted.iter().filter(stopped) {
        next_office.restore(record.clone());
    }
    next_office.listening();
    let login = format!(
        "<Login xmlns=\"urn:hookflash:csta:1\"><resume><sessionID>1</sessionID><token>{token}</token>\
         <lastSequence>0</lastSequence></resume></Login>"
    );
    let mut next = Application::connected(&mut next_office);
    let answer = next.start(&mut next_office, &start("test", &login, &[ED3], None));
    assert!(answer.contains("StartApplicationSessionPosResponse"), "{answer}");
    let again = next.received(&mut next_office);
    let unmarked: Vec<String> =
        again.iter().map(|(_, event)| event.replace(" replayed=\"true\"", "")).collect();
    let first: Vec<&String> = before.iter().map(|(_, event)| event).collect();
    assert_eq!(unmarked.iter().collect::<Vec<_>>(), first, "every event, and the phone is there");
    next_office.dial(0, "202");
    let later = next.received(&mut next_office);
    assert!(!later.is_empty() && later.iter().all(|(_, event)| event.contains("<monitorCrossRefID>1<")));
    let other = Application::started(&mut next_office, 60);
    assert_eq!(other.session, "2", "no number twice");
}

#[test]
fn what_has_ended_is_not_kept_and_the_end_of_the_server_is_no_end() {
    let mut office = office();
    let mut app = Application::started(&mut office, 60);
    let ended = |office: &Office| office.kept.iter().any(|own| matches!(own, SessionRecord::Ended { .. }));
    assert!(!ended(&office));
    let session = app.session.clone();
    app.stop(&mut office, &session);
    assert!(ended(&office));
    office.kept.clear();
    Application::started(&mut office, 60);
    office.shut_down();
    assert!(!ended(&office), "{:?}", office.kept);
}
