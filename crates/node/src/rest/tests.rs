//! REST as web services see it.

mod events;
mod webhooks;

use serde_json::{Value, json};

use crate::{http, uacsta::tests::Office};

fn value(response: &http::Response) -> Value {
    serde_json::from_slice(&response.body).unwrap()
}

fn get(office: &mut Office, path: &str) -> Value {
    let response = office.http("GET", path, None, "");
    assert_eq!(response.status, 200, "{path}");
    value(&response)
}

fn action(office: &mut Office, device: &str, action: &str, body: &str) -> u16 {
    office.http("POST", &format!("/api/v1/calls/1/connections/{device}/{action}"), None, body).status
}

fn state(office: &mut Office, device: &str) -> Value {
    get(office, &format!("/api/v1/devices/{device}"))["connections"][0]["localConnectionInfo"].clone()
}

#[test]
fn a_call_is_made_answered_held_and_cleared() {
    let mut office = Office::new();
    let body = r#"{"callingDevice":"201","calledDirectoryNumber":"202"}"#;
    let made = office.http("POST", "/api/v1/calls", None, body);
    assert_eq!(made.status, 201);
    assert_eq!(value(&made), json!({"callingDevice": {"callID": "1", "deviceID": "201"}}));
    assert_eq!(state(&mut office, "202"), "alerting");
    assert_eq!(action(&mut office, "202", "answer", ""), 200);
    assert_eq!(action(&mut office, "202", "answer", ""), 409);
    assert_eq!(action(&mut office, "201", "hold", ""), 200);
    assert_eq!(state(&mut office, "201"), "hold");
    assert_eq!(action(&mut office, "201", "retrieve", "{}"), 200);
    let call = get(&mut office, "/api/v1/calls")[0].clone();
    assert_eq!(
        (&call["callID"], &call["callingDevice"], &call["calledDevice"]),
        (&json!("1"), &json!("201"), &json!("202"))
    );
    assert_eq!(call["connections"].as_array().map(Vec::len), Some(2));
    assert_eq!(action(&mut office, "201", "clear", ""), 200);
    assert_eq!(get(&mut office, "/api/v1/calls"), json!([]));
}

#[test]
fn a_ringing_call_is_deflected() {
    let mut office = Office::new();
    let body = r#"{"callingDevice":"201","calledDirectoryNumber":"202"}"#;
    office.http("POST", "/api/v1/calls", None, body);
    assert_eq!(action(&mut office, "202", "deflect", ""), 422);
    assert_eq!(action(&mut office, "202", "deflect", r#"{"newDestination":"203"}"#), 200);
    assert_eq!(state(&mut office, "203"), "alerting");
}

#[test]
fn a_body_that_is_too_large_is_refused_as_such() {
    let mut office = Office::new();
    let large = format!(r#"{{"callingDevice":"201","calledDirectoryNumber":"{}"}}"#, "2".repeat(16 * 1024));
    let refused = office.http("POST", "/api/v1/calls", None, &large);
    assert_eq!((refused.status, value(&refused)["value"].clone()), (413, json!("tooLarge")));
    // So is one that nobody has read.
    let unread = crate::too_large("/api/v1/calls", 256 * 1024);
    assert_eq!((unread.status, value(&unread)), (413, value(&refused)));
    assert_eq!(crate::too_large("/CMEserverForPhone/x", 256 * 1024).status, 413);
}

#[test]
fn a_problem_says_what_is_wrong() {
    let mut office = Office::new();
    for (method, path, body, status, name) in [
        ("GET", "/api/v1/devices/999", "", 404, "invalidDeviceID"),
        ("GET", "/api/v1/devices/204", "", 403, "privilegeViolationSpecifiedDevice"),
        ("GET", "/api/v2/devices", "", 404, "notFound"),
        ("DELETE", "/api/v1/devices", "", 405, "methodNotAllowed"),
        ("POST", "/api/v1/calls", "{", 400, "malformed"),
        ("POST", "/api/v1/calls", "[]", 400, "malformed"),
        ("POST", "/api/v1/calls", "{}", 422, "atLeastOneConditionalParameterNotProvided"),
        (
            "POST",
            "/api/v1/calls",
            r#"{"callingDevice":"201","calledDirectoryNumber":{"notKnown":true}}"#,
            422,
            "invalidParameterValue",
        ),
        (
            "POST",
            "/api/v1/calls/7/connections/201/deflect",
            "{}",
            422,
            "atLeastOneConditionalParameterNotProvided",
        ),
        (
            "POST",
            "/api/v1/calls",
            r#"{"callingDevice":"9","calledDirectoryNumber":"202"}"#,
            404,
            "invalidCallingDeviceID",
        ),
        ("POST", "/api/v1/calls/7/connections/201/hold", "", 404, "invalidConnectionID"),
        ("POST", "/api/v1/calls/7/connections/201/explode", "", 404, "notFound"),
    ] {
        let response = office.http(method, path, None, body);
        let problem = value(&response);
        assert_eq!(
            (response.status, &problem["status"], &problem["value"]),
            (status, &json!(status), &json!(name)),
            "{path}"
        );
        assert!(response.fields.contains(&("Content-Type", "application/problem+json".to_owned())));
    }
}

#[test]
fn a_problem_names_the_member_that_is_wrong() {
    let mut office = Office::new();
    for (path, body, member, detail) in [
        (
            "/api/v1/calls",
            r#"{"callingDevice":["201"],"calledDirectoryNumber":"202"}"#,
            "callingDevice",
            "\"callingDevice\" must be a device: a text",
        ),
        (
            "/api/v1/calls",
            r#"{"callingDevice":"201"}"#,
            "calledDirectoryNumber",
            "\"calledDirectoryNumber\" is missing or empty",
        ),
        (
            "/api/v1/calls/1/connections/201/complete-transfer",
            r#"{"heldCall":{"callID":["2"],"deviceID":"201"}}"#,
            "heldCall.callID",
            "\"heldCall.callID\" must be a text",
        ),
        (
            "/api/v1/calls/1/connections/201/play",
            r#"{"messageToBePlayed":{"a":1}}"#,
            "messageToBePlayed",
            "\"messageToBePlayed\" must be a text",
        ),
    ] {
        let response = office.http("POST", path, None, body);
        let problem = value(&response);
        assert_eq!(
            (response.status, &problem["member"], &problem["detail"]),
            (422, &json!(member), &json!(detail))
        );
    }
    let body = r#"{"callingDevice":"201","calledDirectoryNumber":"202","autoOriginate":"never"}"#;
    let problem = value(&office.http("POST", "/api/v1/calls", None, body));
    assert_eq!(problem["value"], "invalidParameterValue");
    assert!(problem["detail"].as_str().is_some_and(|text| text.contains("autoOriginate")), "{problem}");
}

#[test]
fn every_service_of_one_request_has_a_path() {
    let mut office = Office::new();
    let body = r#"{"callingDevice":"201","calledDirectoryNumber":"202"}"#;
    office.http("POST", "/api/v1/calls", None, body);
    action(&mut office, "202", "answer", "");
    assert_eq!(action(&mut office, "201", "data", r#"{"correlatorData":"4142"}"#), 200);
    assert_eq!(action(&mut office, "201", "tone", r#"{"toneToSend":"beep","toneDuration":100}"#), 200);
    assert_eq!(action(&mut office, "201", "play", r#"{"messageToBePlayed":"no such message"}"#), 422);
    assert_eq!(action(&mut office, "201", "stop", ""), 422, "nothing is played there");
    let consulted =
        office.http("POST", "/api/v1/calls/1/connections/201/consult", None, r#"{"consultedDevice":"203"}"#);
    let second = value(&consulted)["initiatedCall"].clone();
    action_in(&mut office, &second["callID"], "203", "answer", "");
    let held = json!({"heldCall": {"callID": "1", "deviceID": "201"}}).to_string();
    assert_eq!(action_in(&mut office, &second["callID"], "201", "complete-transfer", &held), 200);
    let calls = get(&mut office, "/api/v1/calls");
    let call = calls[0]["callID"].as_str().unwrap().to_owned();
    assert_eq!(get(&mut office, &format!("/api/v1/calls/{call}")), calls[0]);
    assert_eq!(office.http("POST", &format!("/api/v1/calls/{call}/clear"), None, "").status, 200);
    assert_eq!(office.http("GET", &format!("/api/v1/calls/{call}"), None, "").status, 404);

    let forwarding = "/api/v1/devices/201/forwarding";
    let body = r#"{"forwardingType":"forwardImmediate","activateForward":true,"forwardDN":"203"}"#;
    assert_eq!(office.http("PUT", forwarding, None, body).status, 200);
    let list = get(&mut office, forwarding)["forwardingList"].clone();
    let on = list.as_array().unwrap().iter().find(|own| own["forwardStatus"] == true).unwrap().clone();
    assert_eq!((&on["forwardingType"], &on["forwardDN"]), (&json!("forwardImmediate"), &json!("203")));
    assert_eq!(office.http("DELETE", forwarding, None, "").status, 405);
    let pressed = office.http("POST", "/api/v1/services/GetCSTAFeatures", None, "");
    assert_eq!(pressed.status, 200);
    for (service, status) in [("MonitorStart", 404), ("Explode", 404), ("GetMicrophoneMute", 422)] {
        let path = format!("/api/v1/services/{service}");
        assert_eq!(office.http("POST", &path, None, "{}").status, status, "{service}");
    }
    assert_eq!(office.http("DELETE", "/api/v1/messages/hold%20on", None, "").status, 422);
}

fn action_in(office: &mut Office, call: &Value, device: &str, action: &str, body: &str) -> u16 {
    let call = call.as_str().unwrap();
    office.http("POST", &format!("/api/v1/calls/{call}/connections/{device}/{action}"), None, body).status
}

#[test]
fn a_user_deflects_what_rings_and_sends_elsewhere_what_was_answered() {
    let text = "cti-manager\n csta tcp port 0\napplication-user crm\n password 0 secret\n group Standard CTI Enabled\n \
                controlled-device number 201-203\n";
    let config = crate::config::load(text).settings;
    let mut office = Office::with(|settings| {
        settings.csta_tcp.users = crate::users::Users::new(&config);
        settings.switch.users = crate::users::rights(&config);
    });
    let crm = http::basic("crm", "secret");
    let mut post = |path: &str, body: &str| office.http("POST", path, Some(&crm), body);
    post("/api/v1/calls", r#"{"callingDevice":"201","calledDirectoryNumber":"202"}"#);
    let to_203 = r#"{"newDestination":"203"}"#;
    assert_eq!(post("/api/v1/calls/1/connections/202/deflect", to_203).status, 200);
    assert_eq!(post("/api/v1/calls/1/connections/203/answer", "").status, 200);
    let to_202 = r#"{"newDestination":"202"}"#;
    assert_eq!(post("/api/v1/calls/1/connections/203/deflect", to_202).status, 200);
    let device = value(&office.http("GET", "/api/v1/devices/202", Some(&crm), ""));
    assert_eq!(device["connections"][0]["localConnectionInfo"], "alerting");
}

#[test]
fn with_users_each_sees_and_controls_what_is_his() {
    let text = "cti-manager\n csta tcp port 0\napplication-user crm\n password 0 secret\n group Standard CTI Enabled\n \
                controlled-device number 202\nend-user bob\n password 0 hidden\n";
    let config = crate::config::load(text).settings;
    let mut office = Office::with(|settings| {
        settings.csta_tcp.users = crate::users::Users::new(&config);
        settings.switch.users = crate::users::rights(&config);
    });
    let login = |name: &str, password: &str| Some(http::basic(name, password));
    for (login, status) in
        [(None, 401), (login("crm", "x"), 401), (login("bob", "hidden"), 403), (login("crm", "secret"), 200)]
    {
        assert_eq!(office.http("GET", "/api/v1/devices", login.as_deref(), "").status, status, "{login:?}");
    }
    let crm = login("crm", "secret");
    let devices = value(&office.http("GET", "/api/v1/devices", crm.as_deref(), ""));
    assert_eq!(devices.as_array().map(Vec::len), Some(1));
    assert_eq!(devices[0]["deviceID"], "202");
    let body = r#"{"callingDevice":"201","calledDirectoryNumber":"202"}"#;
    assert_eq!(office.http("POST", "/api/v1/calls", crm.as_deref(), body).status, 403);
    assert_eq!(office.node.sizes().sessions, 1, "all requests of a user share a session");
    office.node.shut_rest_down();
    assert_eq!(office.node.sizes().sessions, 0);
    assert_eq!(office.http("GET", "/api/v1/calls", crm.as_deref(), "").status, 200);
}

#[test]
fn what_monitoring_asks_for_needs_no_login() {
    let mut office = Office::new();
    assert_eq!(get(&mut office, "/healthz"), json!({"status": "ok"}));
    assert_eq!(get(&mut office, "/readyz"), json!({"status": "ready"}));
    assert!(get(&mut office, "/openapi.json")["paths"]["/api/v1/calls"]["post"].is_object());
    let described = get(&mut office, "/openapi.json");
    let play = &described["paths"]["/api/v1/calls/{callID}/connections/{device}/play"]["post"];
    let body = &play["requestBody"]["content"]["application/json"]["schema"];
    assert_eq!(body["required"], json!(["messageToBePlayed"]));
    assert_eq!(get(&mut office, "/asyncapi.json")["channels"]["csta"]["address"], "/csta");
    let body = r#"{"callingDevice":"201","calledDirectoryNumber":"202"}"#;
    office.http("POST", "/api/v1/calls", None, body);
    let metrics = String::from_utf8(office.http("GET", "/metrics", None, "").body).unwrap();
    for line in [
        "hookflash_calls 1",
        "hookflash_calls_total 1",
        "hookflash_cti_sessions 1",
        "hookflash_phones_registered 4",
    ] {
        assert!(metrics.lines().any(|own| own == line), "{line}: {metrics}");
    }
}

#[test]
fn a_request_with_a_key_is_carried_out_once() {
    let mut office = Office::new();
    let body = r#"{"callingDevice":"201","calledDirectoryNumber":"202"}"#;
    let path = "/api/v1/calls?idempotencyKey=k1";
    let first = office.http("POST", path, None, body);
    let again = office.http("POST", path, None, body);
    assert_eq!((first.status, &again), (201, &first));
    assert_eq!(get(&mut office, "/api/v1/calls").as_array().map(Vec::len), Some(1));
    let other = office.http("POST", path, None, r#"{"callingDevice":"202","calledDirectoryNumber":"201"}"#);
    assert_eq!((other.status, &value(&other)["value"]), (422, &json!("idempotencyKeyReused")));
    let refused = r#"{"callingDevice":"9","calledDirectoryNumber":"202"}"#;
    let path = "/api/v1/calls?idempotencyKey=k2";
    assert_eq!(office.http("POST", path, None, refused).status, 404);
    assert_eq!(office.http("POST", path, None, refused).status, 404);
}

#[test]
fn who_has_to_use_tls_is_told_so_and_refused_logins_raise_alarms() {
    let text = "cti-manager\n cluster-security\n https port 8443\napplication-user crm\n password 0 secret\n \
                group Standard CTI Enabled\n group Standard CTI Secure Connection\n";
    let config = crate::config::load(text).settings;
    let mut office = Office::with(|settings| {
        settings.csta_tcp.users = crate::users::Users::new(&config);
        settings.switch.users = crate::users::rights(&config);
        settings.configuration.cti_manager.get_or_insert_default().https_port = Some(8443);
    });
    let login = http::basic("crm", "secret");
    let refused = office.http("GET", "/api/v1/devices", Some(&login), "");
    let problem = value(&refused);
    assert_eq!((refused.status, &problem["value"]), (403, &json!("secureConnectionRequired")));
    assert!(problem["detail"].as_str().is_some_and(|text| text.contains("8443")), "{problem}");
    office.http("GET", "/api/v1/devices", Some(&http::basic("crm", "wrong")), "");
    let metrics = String::from_utf8(office.http("HEAD", "/metrics", None, "").body).unwrap();
    for line in [
        "hookflash_cti_alarms_total{name=\"kCtiDirectoryLoginFailure\"} 1",
        "hookflash_cti_alarms_total{name=\"CtiProviderOpenFailure\"} 2",
    ] {
        assert!(metrics.lines().any(|own| own == line), "{line}: {metrics}");
    }
}
