//! `hookflash load sip`: what it reports of servers that serve, lose and refuse.

use std::process::ExitStatus;

use crate::{
    process::{Folder, Running, run},
    proxy::{self, Handling},
};

/// A run of one second against the proxy that handles requests in some way: how it ended, what it printed, and
/// what it wrote for programs.
fn load(
    name: &str,
    arguments: &[&str],
    handling: impl FnMut(&str, &str, usize) -> Handling + Send + 'static,
) -> (ExitStatus, String, String) {
    let folder = Folder::new(name);
    let server = proxy::start(handling).to_string();
    let (json, svg) = (folder.file("results.json"), folder.file("picture.svg"));
    let common = ["--server", &server, "--name", "peer", "--duration", "1", "--hold", "10"];
    let files = ["--json", json.to_str().unwrap(), "--svg", svg.to_str().unwrap()];
    let (status, printed) = run(&[&["load", "sip"], arguments, &common, &files].concat());
    assert!(!svg.exists() || std::fs::read_to_string(svg).unwrap().contains("</svg>"));
    (status, printed, std::fs::read_to_string(json).unwrap_or_default())
}

fn serve(_: &str, _: &str, _: usize) -> Handling {
    Handling::Serve
}

#[test]
fn calls_through_a_good_proxy_are_sustained_and_measured_in_their_parts() {
    let (status, printed, json) = load("calls", &["calls", "--endpoints", "8", "--rate", "4"], serve);
    assert!(status.success(), "{printed}");
    assert!(printed.contains("offered 4 calls/s, answered in time 4/s"), "{printed}");
    assert!(printed.contains("lost 0, repeated 0"), "{printed}");
    for part in ["scheduled_to_invite", "scheduled_to_ringing", "answer_to_ack", "bye_to_answer"] {
        assert!(json.contains(&format!("\"{part}\": {{\"count\": 4,")), "{part}: {json}");
    }
    assert!(json.contains("\"sustained\": 1"), "{json}");
}

#[test]
fn a_lost_message_is_repeated_and_the_call_goes_on() {
    // The second INVITE, ACK and BYE: the first ones are those of the call that only tries the server out.
    let lose = |method: &str, _: &str, count: usize| match (method, count) {
        ("INVITE" | "ACK" | "BYE", 1) => Handling::Lose,
        _ => Handling::Serve,
    };
    let (_, printed, json) = load("repeated", &["calls", "--endpoints", "2", "--rate", "1"], lose);
    assert!(printed.contains("lost 0, repeated 4"), "INVITE, 200, ACK, BYE: {printed}");
    assert!(json.contains("\"bye_to_answer\": {\"count\": 1,"), "{json}");
}

#[test]
fn calls_that_get_lost_are_failures() {
    // The pair of the call that tries the server out is load0000 and load0001.
    let lose = |method: &str, user: &str, _: usize| match (method, user) {
        ("INVITE", "load0003") => Handling::Lose,
        _ => Handling::Serve,
    };
    let (status, printed, json) = load("lost", &["calls", "--endpoints", "4", "--rate", "4"], lose);
    assert!(!status.success(), "{printed}");
    assert!(printed.contains("not sustained: 1 times lost: no INVITE at the called party"), "{printed}");
    assert!(json.contains("\"lost\": 1"), "{json}");
}

#[test]
fn refused_calls_are_counted_by_status() {
    let refuse = |method: &str, user: &str, _: usize| match (method, user) {
        ("INVITE", "load0003") => Handling::Refuse("486 Busy Here"),
        _ => Handling::Serve,
    };
    let (status, printed, json) = load("refused", &["calls", "--endpoints", "4", "--rate", "4"], refuse);
    assert!(!status.success(), "{printed}");
    assert!(json.contains("{\"reason\": \"INVITE refused with 486 Busy Here"), "{json}");
    assert!(json.contains("\"count\": 2}"), "each pair has two calls: {json}");
}

#[test]
fn a_server_that_is_overloaded_has_to_recover() {
    let arguments = ["register", "--endpoints", "10", "--rate", "2", "--overload"];
    let (status, printed, json) = load("overload", &arguments, serve);
    assert!(status.success(), "{printed}");
    assert!(printed.contains("goodput at twice 2 registrations/s: 200 % of it"), "{printed}");
    assert!(printed.contains("afterwards: recovered"), "{printed}");
    assert!(
        json.contains("\"offered_per_second\": 4,") && json.contains("\"offered_per_second\": 0.2,"),
        "{json}"
    );
}

#[test]
fn a_server_without_registrar_is_said_to_have_none() {
    let folder = Folder::new("no-registrar");
    let text = "voice register global\n mode cme\n source-address 127.0.0.1 port 0\n!\n\
                telephony-service\n ip source-address 127.0.0.1 port 0\n";
    let config = folder.write("office.cfg", text);
    let mut server = Running::start(&["serve", "--config", config.to_str().unwrap()]);
    let ready = server.wait_for("ready ");
    let address = ready.split_whitespace().find_map(|word| word.strip_prefix("sip=")).unwrap();
    for offer in ["register", "calls"] {
        let (status, printed) = run(&["load", "sip", offer, "--server", address, "--endpoints", "2"]);
        assert_eq!(status.code(), Some(1));
        let expected = format!(
            "{address}: REGISTER refused with 405 Method Not Allowed (it is no registrar for SIP endpoints)"
        );
        assert!(printed.contains(&expected), "{printed}");
    }
    server.terminate();
}
