//! CSTA in JSON as applications see it.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{
    LinkId,
    csta_tcp::tests::Application,
    uacsta::tests::{Office, Wire},
};

/// An application with a WebSocket.
struct Client {
    link: LinkId,
    last: u64,
    inbox: Vec<Value>,
}

impl Client {
    fn connected(office: &mut Office, authorization: Option<&str>) -> Client {
        let (link, status) = office.connect_web_socket(authorization);
        assert_eq!(status, 101);
        Client { link, last: 0, inbox: Vec::new() }
    }

    fn started(office: &mut Office) -> Client {
        let mut client = Client::connected(office, None);
        let result = client.call(office, "StartApplicationSession", json!({"applicationID": "crm"}));
        assert_eq!(result["result"]["actualSessionDuration"], 60, "{result}");
        client
    }

    fn send(&mut self, office: &mut Office, text: &str) {
        office.send(Wire::Tcp(self.link), text);
        let bytes = office.take_stream(self.link);
        let text = String::from_utf8(bytes).unwrap();
        self.inbox.extend(text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()));
    }

    /// The answer to a text.
    fn answer(&mut self, office: &mut Office, text: &str) -> Value {
        self.send(office, text);
        let place = self.inbox.iter().position(|message| message.get("method").is_none()).expect("an answer");
        self.inbox.remove(place)
    }

    fn call(&mut self, office: &mut Office, method: &str, params: Value) -> Value {
        self.last += 1;
        let request = json!({"jsonrpc": "2.0", "id": self.last, "method": method, "params": params});
        let answer = self.answer(office, &request.to_string());
        assert_eq!((&answer["jsonrpc"], &answer["id"]), (&json!("2.0"), &json!(self.last)));
        answer
    }

    /// What came since the last time.
    fn notifications(&mut self, office: &mut Office) -> Vec<Value> {
        self.send(office, r#"{"jsonrpc":"2.0","method":"RequestSystemStatus"}"#);
        std::mem::take(&mut self.inbox)
    }
}

fn basic(login: &str) -> String {
    let (name, password) = login.split_once(':').unwrap();
    crate::http::basic(name, password)
}

/// An office whose users are `crm`, who may control 202 and 204, and `bob`, who may not log in.
fn office_with_users() -> Office {
    let text = "cti-manager\n csta tcp port 0\napplication-user crm\n password 0 secret\n group Standard CTI Enabled\n \
                controlled-device number 202\n controlled-device number 204\nend-user bob\n password 0 hidden\n";
    let config = crate::config::load(text).settings;
    Office::with(|settings| {
        settings.csta_tcp.users = crate::users::Users::new(&config);
        settings.switch.users = crate::users::rights(&config);
    })
}

#[test]
fn a_call_has_the_same_events_as_over_tcp() {
    let mut office = Office::new();
    let mut tcp = Application::started(&mut office, 60);
    let mut client = Client::started(&mut office);
    for device in ["201", "202"] {
        tcp.monitor(&mut office, device);
        let params = json!({"monitorObject": {"deviceObject": device}});
        assert!(client.call(&mut office, "MonitorStart", params)["result"]["monitorCrossRefID"].is_string());
    }
    let made = client.call(
        &mut office,
        "MakeCall",
        json!({"callingDevice": "201", "calledDirectoryNumber": "202", "autoOriginate": "doNotPrompt"}),
    );
    assert_eq!(made["result"], json!({"callingDevice": {"callID": "1", "deviceID": "201"}}));
    let connection = |device: &str| json!({"callID": 1, "deviceID": device});
    for (method, argument, device) in [
        ("AnswerCall", "callToBeAnswered", "202"),
        ("HoldCall", "callToBeHeld", "201"),
        ("RetrieveCall", "callToBeRetrieved", "201"),
        ("ClearConnection", "connectionToBeCleared", "201"),
    ] {
        let answer = client.call(&mut office, method, json!({argument: connection(device)}));
        assert!(answer["result"].is_object(), "{method}: {answer}");
    }
    let seen = client.notifications(&mut office);
    let numbers: Vec<u64> = seen.iter().map(|event| event["params"]["seq"].as_u64().unwrap()).collect();
    assert_eq!(numbers, (1..=numbers.len() as u64).collect::<Vec<_>>(), "no gap");
    let names = |events: &[Value]| -> Vec<String> {
        let name = |event: &Value| event["method"].as_str().unwrap().trim_end_matches("Event").to_owned();
        events.iter().map(name).collect()
    };
    let over_tcp: Vec<String> =
        tcp.events(&mut office).iter().map(|event| event.split(' ').nth(1).unwrap().to_owned()).collect();
    assert_eq!(names(&seen), over_tcp);
    let of = |name: &str| seen.iter().find(|event| event["method"] == name).unwrap()["params"].clone();
    let delivered = of("DeliveredEvent");
    assert_eq!(delivered["connection"], json!({"callID": "1", "deviceID": "202"}));
    assert_eq!((&delivered["callingDevice"], &delivered["calledDevice"]), (&json!("201"), &json!("202")));
    assert_eq!(of("HeldEvent")["holdingDevice"], "201");
}

#[test]
fn a_refusal_is_an_error_object_with_category_and_value() {
    let mut office = Office::new();
    let mut client = Client::started(&mut office);
    let params =
        json!({"callingDevice": "999", "calledDirectoryNumber": "202", "autoOriginate": "doNotPrompt"});
    assert_eq!(
        client.call(&mut office, "MakeCall", params)["error"],
        json!({
            "code": -32000,
            "message": "invalidCallingDeviceID",
            "data": {"category": "operation", "value": "invalidCallingDeviceID"},
        })
    );
    let missing = client.call(&mut office, "MakeCall", json!({}));
    assert_eq!(missing["error"]["data"]["category"], "operation", "{missing}");
    let unserved = client.call(&mut office, "SynthesizeMessage", json!({}));
    assert_eq!(unserved["error"]["data"]["value"], "serviceNotSupported", "{unserved}");
}

#[test]
fn what_is_no_request_has_the_error_of_json_rpc() {
    let mut office = Office::new();
    let mut client = Client::started(&mut office);
    let deep = format!("{}1{}", r#"{"a":"#.repeat(40), "}".repeat(40));
    for (text, code) in [
        ("{".to_owned(), -32700),
        ("[]".to_owned(), -32600),
        ("1".to_owned(), -32600),
        (r#"{"id":1,"method":"MakeCall"}"#.to_owned(), -32600),
        (r#"{"jsonrpc":"2.0","id":{},"method":"MakeCall"}"#.to_owned(), -32600),
        (r#"{"jsonrpc":"2.0","id":1,"method":7}"#.to_owned(), -32600),
        (r#"{"jsonrpc":"2.0","id":1,"method":"makeCall"}"#.to_owned(), -32601),
        (r#"{"jsonrpc":"2.0","id":1,"method":"MakeCall","params":["201"]}"#.to_owned(), -32602),
        (
            r#"{"jsonrpc":"2.0","id":1,"method":"MakeCall","params":{"callingDevice":"\u0001"}}"#.to_owned(),
            -32602,
        ),
        (format!(r#"{{"jsonrpc":"2.0","id":1,"method":"MakeCall","params":{deep}}}"#), -32602),
    ] {
        let answer = client.answer(&mut office, &text);
        assert_eq!(answer["error"]["code"], code, "{text}: {answer}");
        assert!(answer["error"]["message"].as_str().is_some_and(|message| message.len() > 8), "{answer}");
    }
    client.send(&mut office, r#"{"jsonrpc":"2.0","method":"makeCall"}"#);
    client.send(&mut office, r#"{"jsonrpc":"2.0","id":1,"result":{}}"#);
    assert_eq!(client.inbox, Vec::<Value>::new(), "a notification and a response have no answer");
    let id = json!("a string");
    let request = json!({"jsonrpc": "2.0", "id": id, "method": "RequestSystemStatus"});
    assert_eq!(client.answer(&mut office, &request.to_string())["id"], id);
}

#[test]
fn a_session_is_started_extended_and_stopped() {
    let mut office = Office::new();
    let mut client = Client::connected(&mut office, None);
    let early = client.call(&mut office, "RequestSystemStatus", json!({}));
    assert_eq!(early["error"]["message"], "securityViolation");
    let refused = client.call(&mut office, "StartApplicationSession", json!({}));
    let data = json!({"category": "session", "value": "invalidApplicationInfo"});
    assert_eq!((&refused["error"]["code"], &refused["error"]["data"]), (&json!(-32000), &data));
    let params = json!({"applicationID": "crm", "heartbeatInterval": 10});
    let started = client.call(&mut office, "StartApplicationSession", params)["result"].clone();
    assert_eq!((&started["actualSessionDuration"], &started["resumed"]), (&json!(20), &json!(false)));
    office.wait(Duration::from_secs(10));
    let heartbeat = client.notifications(&mut office).remove(0);
    assert_eq!(
        (&heartbeat["method"], &heartbeat["params"]["systemStatus"]),
        (&json!("SystemStatus"), &json!("normal"))
    );
    let reset = json!({"sessionID": started["sessionID"], "requestedSessionDuration": 120});
    let reset = client.call(&mut office, "ResetApplicationSessionTimer", reset);
    assert_eq!(reset["result"], json!({"actualSessionDuration": 120}));
    let stopped = client.call(&mut office, "StopApplicationSession", json!({}));
    assert_eq!(stopped["result"], json!({}));
    assert!(office.is_closed(Wire::Tcp(client.link)));
}

#[test]
fn an_application_that_is_silent_is_told_that_its_session_is_over() {
    let mut office = Office::new();
    let mut client = Client::started(&mut office);
    office.wait(Duration::from_secs(60));
    let last = String::from_utf8(office.take_stream(client.link)).unwrap();
    client.inbox.clear();
    let last: Value = serde_json::from_str(&last).unwrap();
    assert_eq!(last["method"], "ApplicationSessionTerminated");
    assert_eq!(last["params"]["sessionTermReason"], json!({"definedTermReason": "sessionTimerExpired"}));
    assert!(office.is_closed(Wire::Tcp(client.link)));
}

#[test]
fn with_users_the_upgrade_or_the_start_has_to_have_the_right_password() {
    let mut office = office_with_users();
    for (authorization, status) in [
        (basic("crm:wrong"), 401),
        (basic("nobody:secret"), 401),
        (basic("bob:hidden"), 403),
        ("Bearer crm:secret".to_owned(), 401),
        ("Basic !".to_owned(), 401),
    ] {
        assert_eq!(office.connect_web_socket(Some(&authorization)).1, status, "{authorization}");
    }
    let mut client = Client::connected(&mut office, None);
    let wrong = json!({"applicationID": "crm", "userName": "crm", "password": "wrong"});
    let refused = client.call(&mut office, "StartApplicationSession", wrong);
    assert_eq!(refused["error"]["data"], json!({"category": "session", "value": "loginFailed"}));
    let right = json!({"applicationID": "crm", "userName": "crm", "password": "secret"});
    assert!(client.call(&mut office, "StartApplicationSession", right)["result"]["sessionID"].is_string());
    let monitor = |device: &str| json!({"monitorObject": {"deviceObject": device}});
    assert!(client.call(&mut office, "MonitorStart", monitor("204"))["result"].is_object());
    let foreign = client.call(&mut office, "MonitorStart", monitor("201"));
    assert_eq!(foreign["error"]["message"], "privilegeViolationSpecifiedDevice");
}

#[test]
fn the_first_service_after_a_login_with_the_upgrade_starts_a_session() {
    let mut office = office_with_users();
    let mut client = Client::connected(&mut office, Some(&basic("crm:secret")));
    let monitor = json!({"monitorObject": {"deviceObject": "202"}});
    assert!(client.call(&mut office, "MonitorStart", monitor)["result"].is_object());
    let report = office.node.session_reports(office.now).next().unwrap();
    assert_eq!((report.application.as_str(), report.carriage.transport), ("crm", "JSON"));
    assert_eq!(report.carriage.expires_in, Some(Duration::from_secs(60)));

    let mut named = Client::connected(&mut office, Some(&basic("crm:secret")));
    let params = json!({"applicationID": "console", "requestedSessionDuration": 100});
    let started = named.call(&mut office, "StartApplicationSession", params);
    assert_eq!(started["result"]["actualSessionDuration"], 100, "{started}");
}

#[test]
fn a_session_goes_on_over_another_connection() {
    let mut office = office_with_users();
    let mut client = Client::connected(&mut office, Some(&basic("crm:secret")));
    let started = client.call(&mut office, "StartApplicationSession", json!({"applicationID": "pop"}));
    let (session, token) = (started["result"]["sessionID"].clone(), started["result"]["token"].clone());
    assert_eq!(started["result"]["resumed"], false);
    client.call(&mut office, "MonitorStart", json!({"monitorObject": {"deviceObject": "202"}}));
    office.dial(0, "202");
    let before: Vec<Value> = client.notifications(&mut office);
    office.disconnect(Wire::Tcp(client.link));
    office.answer(1);
    let resume = json!({"resume": {"sessionID": session, "token": token, "lastSequence": 0}});
    let mut next = Client::connected(&mut office, None);
    let answer = next.call(&mut office, "StartApplicationSession", resume);
    let names: Vec<&String> = answer["result"].as_object().unwrap().keys().collect();
    assert_eq!(names, ["sessionID", "actualProtocolVersion", "actualSessionDuration", "token", "resumed"]);
    assert_eq!((&answer["result"]["sessionID"], &answer["result"]["resumed"]), (&session, &json!(true)));
    let again = next.notifications(&mut office);
    assert_eq!(again.len(), before.len() + 1);
    let mut first = again[0].clone();
    assert_eq!(first["params"].as_object_mut().unwrap().shift_remove("replayed"), Some(json!(true)));
    assert_eq!(first, before[0]);
    let wrong = json!({"resume": {"sessionID": session, "token": "1-0", "lastSequence": 0}});
    let refused = Client::connected(&mut office, None).call(&mut office, "StartApplicationSession", wrong);
    assert_eq!(refused["error"]["data"], json!({"category": "session", "value": "invalidSession"}));
}

#[test]
fn the_token_of_a_live_session_is_a_login() {
    let mut office = office_with_users();
    let mut client = Client::connected(&mut office, Some(&basic("crm:secret")));
    let started = client.call(&mut office, "StartApplicationSession", json!({"applicationID": "pop"}));
    let bearer = format!("Bearer {}", started["result"]["token"].as_str().unwrap());
    let mut second = Client::connected(&mut office, Some(&bearer));
    let monitor = |device: &str| json!({"monitorObject": {"deviceObject": device}});
    assert!(second.call(&mut office, "MonitorStart", monitor("202"))["result"].is_object());
    let foreign = second.call(&mut office, "MonitorStart", monitor("201"));
    assert_eq!(foreign["error"]["message"], "privilegeViolationSpecifiedDevice");
    assert_eq!(office.http("GET", "/api/v1/devices", Some(&bearer), "").status, 200);
    client.call(&mut office, "StopApplicationSession", json!({}));
    assert_eq!(office.http("GET", "/api/v1/devices", Some(&bearer), "").status, 401, "it is over");
    assert_eq!(office.connect_web_socket(Some(&bearer)).1, 401);
}
