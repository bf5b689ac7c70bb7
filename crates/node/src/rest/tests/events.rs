//! Server-sent events.

use super::*;

/// Identifier, name and data of each event of a stream.
fn events(office: &Office, stream: crate::FetchId) -> Vec<(String, String, Value)> {
    let text = &office.events[&stream];
    let blocks = text.split("\n\n").filter(|block| block.contains("event: "));
    blocks
        .map(|block| {
            let field =
                |name: &str| block.lines().find_map(|line| line.strip_prefix(name)).unwrap().to_owned();
            (field("id: "), field("event: "), serde_json::from_str(&field("data: ")).unwrap())
        })
        .collect()
}

fn open(office: &mut Office, query: &str) -> crate::FetchId {
    let response = office.http("GET", &format!("/api/v1/events{query}"), None, "");
    assert_eq!(response.status, 200);
    assert!(response.fields.iter().any(|(_, value)| value.starts_with("text/event-stream")));
    office.last_stream()
}

#[test]
fn a_stream_has_the_events_of_all_devices_of_its_user() {
    let mut office = Office::new();
    let stream = open(&mut office, "");
    office.dial(0, "202");
    let seen = events(&office, stream);
    let names: Vec<&str> = seen.iter().map(|(_, name, _)| name.as_str()).collect();
    assert_eq!(
        names,
        ["ServiceInitiatedEvent", "DigitsDialedEvent", "OriginatedEvent", "DeliveredEvent", "DeliveredEvent",]
    );
    assert_eq!(seen[4].0, "1.5");
    assert_eq!((&seen[4].2["seq"], &seen[4].2["connection"]["deviceID"]), (&json!(5), &json!("202")));
    let again = open(&mut office, "");
    assert_eq!(events(&office, again), [], "a new stream begins now");
}

#[test]
fn who_comes_back_gets_what_was_missed() {
    let mut office = Office::new();
    let stream = open(&mut office, "");
    office.dial(0, "202");
    office.answer(1);
    let first = events(&office, stream);
    for (query, from) in [("?lastEventId=1.2", 2), ("?lastEventId=4", 4), ("?lastEventId=0", 0)] {
        let stream = open(&mut office, query);
        let seen = events(&office, stream);
        assert_eq!(seen.len(), first.len() - from, "{query}");
        assert!(seen.iter().all(|(.., data)| data["replayed"] == true));
        assert_eq!(seen.last().unwrap().0, first.last().unwrap().0);
    }
    let stream = open(&mut office, "?lastEventId=1.3");
    office.hang_up(0);
    let seen = events(&office, stream);
    let numbers: Vec<u64> = seen.iter().map(|(.., data)| data["seq"].as_u64().unwrap()).collect();
    assert_eq!(numbers, (4..4 + numbers.len() as u64).collect::<Vec<_>>(), "each once, and in order");
    assert_eq!(seen.last().unwrap().2["replayed"], Value::Null);
}

#[test]
fn what_is_not_known_any_more_is_said() {
    let mut office = Office::with(|settings| settings.csta_tcp.journal_maximum = 2);
    open(&mut office, "");
    office.dial(0, "202");
    for (query, gap, then) in [
        ("?lastEventId=1", json!({"from": 2, "to": 3}), 2),
        ("?lastEventId=9.1", json!({"from": 1, "to": 5}), 0),
        ("?lastEventId=99", json!({"from": 1, "to": 5}), 0),
        ("?lastEventId=nonsense", json!({"from": 1, "to": 5}), 0),
    ] {
        let stream = open(&mut office, query);
        let seen = events(&office, stream);
        assert_eq!(
            (seen[0].1.as_str(), &seen[0].2["systemStatus"]),
            ("SystemStatus", &json!("messagesLost"))
        );
        assert_eq!((&seen[0].2["gap"], seen.len() - 1), (&gap, then), "{query}");
        assert_eq!(seen[0].2["snapshots"][0]["device"], "201");
    }
}

#[test]
fn a_stream_ends_with_its_session() {
    let mut office = Office::new();
    let stream = open(&mut office, "");
    let session = office.node.session_reports(office.now).next().unwrap().id;
    assert!(office.node.clear_session(session));
    office.wait(std::time::Duration::ZERO);
    assert_eq!(office.ended, [stream]);
    assert_eq!(office.node.sizes().monitors, 0);
}
