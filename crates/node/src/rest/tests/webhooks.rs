//! Webhooks.

use std::time::Duration;

use super::*;

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

fn create(office: &mut Office) -> String {
    let body = format!(r#"{{"url":"http://127.0.0.1:9/hook","secret":"{SECRET}"}}"#);
    let created = office.http("POST", "/api/v1/webhooks", None, &body);
    assert_eq!(created.status, 201);
    let created = value(&created);
    assert_eq!((&created["url"], &created["secret"]), (&json!("http://127.0.0.1:9/hook"), &json!(SECRET)));
    created["id"].as_str().unwrap().to_owned()
}

fn deliveries(office: &mut Office, id: &str) -> Vec<(String, u64)> {
    let all = get(office, &format!("/api/v1/webhooks/{id}/deliveries"));
    let one = |own: &Value| (own["state"].as_str().unwrap().to_owned(), own["attempts"].as_u64().unwrap());
    all.as_array().unwrap().iter().map(one).collect()
}

/// Answers each attempt with this status.
fn answer(office: &mut Office, status: Option<u16>) {
    while let Some(post) = office.posts.pop() {
        office.posted(post.post, status);
    }
}

#[test]
fn events_are_posted_in_order_with_a_signature() {
    let mut office = Office::new();
    let id = create(&mut office);
    office.dial(0, "202");
    let mut names = Vec::new();
    while let Some(post) = office.posts.pop() {
        assert!(office.posts.is_empty(), "one at a time");
        assert_eq!(post.url, "http://127.0.0.1:9/hook");
        let body: Value = serde_json::from_str(&post.body).unwrap();
        assert_eq!(body["data"]["seq"], names.len() + 1);
        names.push(body["type"].clone());
        let field = |name: &str| post.fields.iter().find(|(own, _)| *own == name).unwrap().1.clone();
        assert_eq!(field("webhook-id"), format!("msg_1_{}", names.len()));
        assert!(field("webhook-signature").starts_with("v1,"));
        office.posted(post.post, Some(204));
    }
    assert_eq!(names[..3], ["ServiceInitiatedEvent", "DigitsDialedEvent", "OriginatedEvent"]);
    assert_eq!(names[3..], ["DeliveredEvent", "DeliveredEvent"]);
    assert_eq!(deliveries(&mut office, &id), vec![("delivered".to_owned(), 1); 5]);
}

#[test]
fn the_signature_is_that_of_standard_webhooks() {
    // The example of the library of Standard Webhooks.
    let secret = super::super::webhooks::chosen_secret(SECRET).unwrap();
    let signature = super::super::webhooks::sign(
        &secret,
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "1614265330",
        r#"{"test": 2432232314}"#,
    );
    assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

#[test]
fn what_fails_is_tried_again_while_others_go_on_and_then_dead_and_sent_again_by_hand() {
    let mut office = Office::with(|settings| {
        settings.webhook_retry = vec![Duration::from_secs(5), Duration::from_secs(30)];
    });
    let id = create(&mut office);
    office.node.settings.webhook_retry = vec![Duration::from_secs(5), Duration::from_secs(30)];
    office.dial(0, "202");
    let first = office.posts.pop().unwrap();
    office.posted(first.post, Some(500));
    answer(&mut office, Some(200));
    let states = deliveries(&mut office, &id);
    assert_eq!(states[0], ("pending".to_owned(), 1));
    assert!(
        states[1..].iter().all(|state| *state == ("delivered".to_owned(), 1)),
        "others go on: {states:?}"
    );
    for (wait, attempts) in [(5, 2), (30, 3)] {
        office.wait(Duration::from_secs(wait) - Duration::from_millis(1));
        assert!(office.posts.is_empty());
        office.wait(Duration::from_millis(1));
        let again = office.posts.pop().unwrap();
        assert_eq!((&again.body, &again.fields[1]), (&first.body, &first.fields[1]), "the same message");
        office.posted(again.post, None);
        assert_eq!(deliveries(&mut office, &id)[0].1, attempts);
    }
    assert_eq!(deliveries(&mut office, &id)[0], ("dead".to_owned(), 3));
    let resend = format!("/api/v1/webhooks/{id}/deliveries/msg_1_1/resend");
    assert_eq!(office.http("POST", &resend, None, "").status, 202);
    answer(&mut office, Some(200));
    assert_eq!(deliveries(&mut office, &id)[0], ("delivered".to_owned(), 4));
    assert_eq!(office.http("POST", &resend.replace("_1_1", "_1_9"), None, "").status, 404);
}

#[test]
fn a_receiver_that_sleeps_delays_nobody_and_does_not_fill_the_memory() {
    let mut office = Office::new();
    let (sleeps, works) = (create(&mut office), create(&mut office));
    let mut asleep = None;
    for _ in 0..600 {
        office.dial(0, "202");
        office.answer(1);
        office.hang_up(0);
        while let Some(post) = office.posts.pop() {
            match post.fields[1].1.starts_with("msg_1_") {
                true => asleep = Some(post.post),
                false => office.posted(post.post, Some(200)),
            }
        }
    }
    let waiting = deliveries(&mut office, &works);
    assert!(waiting.iter().all(|(state, _)| state == "delivered"), "{waiting:?}");
    let states = deliveries(&mut office, &sleeps);
    assert!(states.len() < 4_000, "{} are kept", states.len());
    office.posted(asleep.unwrap(), Some(410));
    assert!(deliveries(&mut office, &sleeps).iter().all(|(state, _)| state != "pending"), "410 disables it");
    assert_eq!(get(&mut office, &format!("/api/v1/webhooks/{sleeps}"))["state"], "disabled");
}

#[test]
fn webhooks_belong_to_their_user_and_survive_a_restart() {
    let text = "cti-manager\n csta tcp port 0\napplication-user crm\n password 0 secret\n group Standard CTI Enabled\n \
                controlled-device number 202\nend-user bob\n password 0 hidden\n group Standard CTI Enabled\n";
    let config = crate::config::load(text).settings;
    let mut office = Office::with(|settings| {
        settings.csta_tcp.users = crate::users::Users::new(&config);
        settings.switch.users = crate::users::rights(&config);
    });
    let (crm, bob) = (http::basic("crm", "secret"), http::basic("bob", "hidden"));
    let created = office.http("POST", "/api/v1/webhooks", Some(&crm), r#"{"url":"https://example.com/x"}"#);
    let created = value(&created);
    assert!(created["secret"].as_str().unwrap().starts_with("whsec_"));
    let path = format!("/api/v1/webhooks/{}", created["id"].as_str().unwrap());
    assert_eq!(office.http("GET", &path, Some(&bob), "").status, 404);
    assert_eq!(office.http("DELETE", &path, Some(&bob), "").status, 404);
    assert_eq!(value(&office.http("GET", "/api/v1/webhooks", Some(&bob), "")), json!([]));
    for body in
        [r#"{}"#, r#"{"url":"ftp://x/"}"#, r#"{"url":"http://"}"#, r#"{"url":"http://x/","secret":"x"}"#]
    {
        assert_eq!(office.http("POST", "/api/v1/webhooks", Some(&crm), body).status, 422, "{body}");
    }
    office.dial(0, "202");
    assert_eq!(office.posts.len(), 1, "what crm controls");
    assert!(office.node.restore_webhook("webhook 7 crm c2VjcmV0c2VjcmV0c2VjcmV0 http://x/"));
    assert!(!office.node.restore_webhook("webhook x"));
    assert_eq!(value(&office.http("GET", "/api/v1/webhooks", Some(&crm), "")).as_array().unwrap().len(), 2);
    assert_eq!(office.http("DELETE", &path, Some(&crm), "").status, 204);
    assert_eq!(office.http("GET", &path, Some(&crm), "").status, 404);
}

#[test]
fn a_webhook_has_a_port_that_there_is() {
    let mut office = Office::new();
    for (host, status) in [
        ("127.0.0.1:70000", 422),
        ("127.0.0.1:0", 422),
        ("127.0.0.1:", 422),
        ("crm.example:x", 422),
        ("[::1", 422),
        ("[::1]8080", 422),
        ("[::1]:8080", 201),
        ("[::1]", 201),
        ("crm.example:8080", 201),
        ("crm.example", 201),
    ] {
        let body = format!(r#"{{"url":"http://{host}/x"}}"#);
        assert_eq!(office.http("POST", "/api/v1/webhooks", None, &body).status, status, "{host}");
    }
}
