//! Logins whose passwords are stored as hashes.

use serde_json::{Value, json};

use super::*;
use crate::{
    http,
    uacsta::tests::{Office, Wire},
};

/// An office whose users `crm` and `bob` have hashed passwords.
fn office() -> Office {
    let text = "cti-manager\n csta tcp port 0\napplication-user crm\n password 0 secret\n group Standard CTI Enabled\n \
                group Standard CTI Allow Control of All Devices\nend-user bob\n password 0 hidden\n \
                group Standard CTI Enabled\n";
    let mut config = crate::config::load(text).settings;
    crate::password::conceal(&mut config, [1, 2]);
    Office::with(|settings| {
        settings.csta_tcp.users = crate::users::Users::new(&config);
        settings.switch.users = crate::users::rights(&config);
    })
}

fn get(office: &mut Office, name: &str, password: &str) -> Option<u16> {
    let login = http::basic(name, password);
    office.try_http("GET", "/api/v1/devices", Some(&login), "").map(|response| response.status)
}

/// The answer of the request that has waited for a verdict.
fn status(office: &mut Office) -> Option<u16> {
    office.response().map(|response| response.status)
}

#[test]
fn a_request_waits_for_the_verdict_and_others_do_not() {
    let mut office = office();
    assert_eq!(get(&mut office, "crm", "secret"), None);
    let health = office.http("GET", "/healthz", None, "");
    assert_eq!(health.status, 200, "who logs in holds up nobody");
    assert_eq!(office.verify(), 1);
    assert_eq!(status(&mut office), Some(200));
    assert_eq!(get(&mut office, "crm", "secret"), Some(200), "a password costs once");
    for (name, password) in [("crm", "Secret"), ("nobody", "secret"), ("nobody", "secret")] {
        assert_eq!(get(&mut office, name, password), None, "who is unknown costs as much");
        assert_eq!(office.verify(), 1);
        assert_eq!(status(&mut office), Some(401), "{name}");
    }
}

#[test]
fn what_is_sent_behind_the_login_waits_too_and_is_answered_in_order() {
    let mut office = office();
    let (link, status) = office.connect_web_socket(None);
    assert_eq!(status, 101);
    let start = json!({"applicationID": "crm", "userName": "crm", "password": "secret"});
    let monitor = json!({"monitorObject": {"deviceObject": "201"}});
    for (id, method, params) in [(1, "StartApplicationSession", start), (2, "MonitorStart", monitor)] {
        let request = json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params});
        office.send(Wire::Tcp(link), request.to_string());
    }
    assert_eq!(office.take_stream(link), b"");
    assert_eq!(office.verify(), 1);
    let text = String::from_utf8(office.take_stream(link)).unwrap();
    let answers: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(answers.len(), 2, "{text}");
    assert!(
        answers[0]["result"]["sessionID"].is_string()
            && answers[1]["result"]["monitorCrossRefID"].is_string()
    );
}

#[test]
fn an_upgrade_waits_and_a_connection_that_is_gone_is_forgotten() {
    let mut office = office();
    let login = http::basic("crm", "secret");
    assert_eq!(office.ask_for_web_socket(Some(&login)).1, None);
    let (gone, _) = office.connect_web_socket(None);
    let start = r#"{"jsonrpc":"2.0","id":1,"method":"StartApplicationSession","params":{"userName":"bob","password":"hidden"}}"#;
    office.send(Wire::Tcp(gone), start);
    office.disconnect(Wire::Tcp(gone));
    assert_eq!(office.verify(), 2);
    assert_eq!(status(&mut office), Some(101));
    assert_eq!(office.node.sizes().sessions, 0);
}

#[test]
fn the_same_password_is_looked_at_once() {
    let mut office = office();
    for password in ["a", "b", "c", "secret", "secret", "secret"] {
        assert_eq!(get(&mut office, "crm", password), None);
    }
    assert_eq!(office.verify(), 4);
    assert_eq!(status(&mut office), Some(200));
}

#[test]
fn a_source_with_many_passwords_does_not_keep_others_waiting() {
    let (mut verdicts, mut out) = (Verdicts::default(), Outbox::default());
    let [many, other] = [1, 2].map(|last| IpAddr::from([192, 0, 2, last]));
    let hash = Secret { encryption: Some(8), text: "$8$a$b".into() };
    let mut wait = |verdicts: &mut Verdicts, source: IpAddr, name: &str| {
        verdicts.wait(source, (name, "guess"), hash.clone(), Waiter::Link(crate::LinkId(1)), &mut out)
    };
    let proofs: Vec<Proof> =
        (0..=PER_SOURCE).map(|number| wait(&mut verdicts, many, &number.to_string())).collect();
    assert_eq!(proofs.iter().filter(|proof| **proof == Proof::Waits).count(), PER_SOURCE);
    assert_eq!(proofs.last(), Some(&Proof::Busy));
    assert_eq!(wait(&mut verdicts, other, "crm"), Proof::Waits);
    let mut order = Vec::new();
    while let Some(verification) = verdicts.comparing.filter(|_| order.len() < 3) {
        order.push(verdicts.take(verification, &mut Outbox::default()).expect("it waits").source);
    }
    assert_eq!(order, [many, other, many]);
}
