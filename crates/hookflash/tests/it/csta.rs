//! `hookflash csta` and `hookflash phone`: what they print, and how they fail.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpListener,
};

use crate::{
    process::{Running, run},
    server::Server,
};

/// An address at which nobody listens.
fn nobody() -> String {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string()
}

fn csta(server: &Server, arguments: &[&str]) -> (bool, String) {
    let (status, printed) = run(&[&["csta", "--server", &server.sip], arguments].concat());
    (status.success(), printed)
}

#[test]
fn nobody_listening_is_said_at_once() {
    let address = nobody();
    for transport in [&["--udp"][..], &["--tcp"], &[]] {
        let (status, printed) =
            run(&[&["csta", "--server", &address], transport, &["monitor", "201"]].concat());
        assert_eq!(status.code(), Some(1), "{printed}");
        assert!(printed.contains(&format!("nobody listens at {address}")), "{transport:?}: {printed}");
    }
    let (status, printed) = run(&["phone", "--server", &address, "--name", "SEP020000000201"]);
    assert!(status.code() == Some(1) && printed.contains("cannot register at"), "{printed}");
}

#[test]
fn names_are_taken_for_addresses() {
    let server = Server::start("names", &["--bind", "localhost"]);
    let port = server.sip.rsplit(':').next().unwrap();
    let named = format!("localhost:{port}");
    let (status, printed) = run(&["csta", "--server", &named, "features", "201"]);
    assert!(status.success() && printed.contains("MakeCall"), "{printed}");
    let (status, printed) = run(&["csta", "--server", "no.such.host.invalid", "features", "201"]);
    assert!(status.code() == Some(1) && printed.contains("cannot be resolved"), "{printed}");
    server.end();
}

#[test]
fn refusals_say_what_is_missing() {
    let server = Server::start("refusals", &[]);
    server.cli(&["configure terminal", "ephone-dn 3", "number 203"]);
    let cases: [(&[&str], &str); 5] = [
        (&["monitor", "203"], "403: line 203 has no \"cti watch\""),
        (&["snapshot", "299"], "404: there is no line 299"),
        (
            &["call", "201", "202"],
            "systemResourceAvailibility/callingDeviceOutOfService: no phone is registered for line 201",
        ),
        (&["answer", "201"], "no call rings at line 201"),
        (&["monitor", "201", "299"], "operation/invalidDeviceID: there is no line 299"),
    ];
    for (arguments, says) in cases {
        let (done, printed) = csta(&server, arguments);
        assert!(!done && printed.contains(says), "{arguments:?}: {printed}");
    }
    let phone = ["phone", "--server", &server.sccp, "--name", "SEP02000000FFFF"];
    let (status, printed) = run(&phone);
    assert!(status.code() == Some(1) && printed.contains("refuses SEP02000000FFFF"), "{printed}");
    server.end();
}

#[test]
fn a_call_is_told_in_lines_for_people_and_in_objects_for_programs() {
    let server = Server::start("told", &[]);
    let monitor = |option: &str| {
        let mut monitor =
            Running::start(&["csta", "--server", &server.sip, option, "monitor", "201", "tel:202"]);
        monitor.wait_for_lines(2);
        monitor
    };
    let (mut people, mut programs) = (monitor("--quiet"), monitor("--json"));
    let phones = server.call();
    let (done, printed) = csta(&server, &["snapshot", "201"]);
    assert!(done && printed.contains("connected  with 202 (connected)"), "{printed}");
    for service in ["hold", "retrieve", "clear"] {
        let (done, printed) = csta(&server, &[service, "201"]);
        assert!(done && printed.contains("done"), "{printed}");
    }

    let line = people.wait_for("202   Delivered");
    assert!(line.contains("201 -> 202  alerting (newCall)"), "{line}");
    for part in ["201   Established", "201   Held", "201   Retrieved", "202   ConnectionCleared"] {
        people.wait_for(part);
    }
    programs.wait_for("\"event\":\"RetrievedEvent\"");
    let delivered = programs.wait_for("\"monitored\":\"tel:202\",\"event\":\"DeliveredEvent\"");
    let delivered: serde_json::Value = serde_json::from_str(&delivered).unwrap();
    assert_eq!(delivered["connection"]["deviceID"], "tel:202");
    assert_eq!(delivered["callingDevice"]["deviceIdentifier"], "201");
    assert_eq!(delivered["cause"], "newCall");
    drop(phones);
    server.end();
}

#[test]
fn a_trace_keeps_the_messages_apart_and_the_xml_readable() {
    let server = Server::start("trace", &[]);
    let (done, printed) = csta(&server, &["--trace", "forwarding", "201"]);
    assert!(done, "{printed}");
    assert!(printed.contains("sent ──\nINVITE sip:201@"), "{printed}");
    assert!(printed.contains("\n  <device>201</device>\n</GetForwarding>\n\n── "), "{printed}");
    server.end();
}

/// Sends an INVITE with this body over TCP, and returns the response.
fn invite(server: &Server, body: &str) -> String {
    let mut stream = std::net::TcpStream::connect(&server.sip).unwrap();
    stream.set_read_timeout(Some(std::time::Duration::from_secs(60))).unwrap();
    let request = format!(
        "INVITE sip:201@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1:5070;branch=z9hG4bK1\r\nMax-Forwards: 70\r\n\
         From: <sip:app@127.0.0.1>;tag=a\r\nTo: <sip:201@127.0.0.1>\r\nCall-ID: 1@127.0.0.1\r\nCSeq: 1 INVITE\r\n\
         Contact: <sip:app@127.0.0.1:5070;transport=tcp>\r\nContent-Type: application/csta+xml\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut response = String::new();
    let mut reader = BufReader::new(stream);
    while !response.ends_with("\r\n\r\n") {
        assert!(reader.read_line(&mut response).unwrap() > 0, "{response}");
    }
    if let Some(length) = response.lines().find_map(|line| line.strip_prefix("Content-Length: ")) {
        let mut body = vec![0; length.trim().parse().unwrap()];
        reader.read_exact(&mut body).unwrap();
        response.push_str(&String::from_utf8(body).unwrap());
    }
    response
}

#[test]
fn bad_xml_is_answered_with_what_is_wrong_and_logged() {
    let mut server = Server::start("bad-xml", &[]);
    let csta = "http://www.ecma-international.org/standards/ecma-323/csta/ed3";
    let answer = invite(&server, &format!("<RequestSystemStatus xmlns=\"{csta}\">"));
    assert!(answer.starts_with("SIP/2.0 400 "), "{answer}");
    assert!(answer.contains("\r\nWarning: 399 hookflash \"XML is not well-formed at byte "), "{answer}");
    server.running.wait_for("CSTA message cannot be read: XML is not well-formed at byte ");
    let answer = invite(&server, "<RequestSystemStatus xmlns=\"urn:other\"/>");
    assert!(answer.contains("is not in an ECMA-323 namespace but in 'urn:other'"), "{answer}");
    let body = format!(
        "<SetForwarding xmlns=\"{csta}\"><device>201</device><forwardingType>sometimes</forwardingType>\
         <activateForward>true</activateForward></SetForwarding>"
    );
    let answer = invite(&server, &body);
    assert!(answer.starts_with("SIP/2.0 200 ") && answer.contains("invalidForwardingType"), "{answer}");
    server.end();
}
