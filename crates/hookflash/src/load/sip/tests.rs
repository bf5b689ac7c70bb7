use std::{
    io::{Read, Write as _},
    net::{TcpListener, UdpSocket},
    thread,
};

use hookflash_wire::sip::Request;

use super::*;

const ANY: &str = "127.0.0.1:0";

fn request(bytes: &[u8]) -> Request {
    match Message::parse(bytes).unwrap() {
        Message::Request(request) => request,
        Message::Response(_) => panic!("a response"),
    }
}

fn reply(bytes: &[u8], status: u16) -> Vec<u8> {
    MessageBuilder::reply(&request(bytes), StatusCode::new(status).unwrap(), "t", None).finish()
}

/// A server that answers a datagram with what `answers` makes of it and its count. It ends with the test.
fn datagrams(mut answers: impl FnMut(&[u8], usize) -> Vec<Vec<u8>> + Send + 'static) -> SocketAddr {
    let socket = UdpSocket::bind(ANY).unwrap();
    let address = socket.local_addr().unwrap();
    thread::spawn(move || {
        let mut buffer = [0; 2048];
        for count in 0.. {
            let Ok((length, from)) = socket.recv_from(&mut buffer) else { return };
            for answer in answers(&buffer[..length], count) {
                let _ = socket.send_to(&answer, from);
            }
        }
    });
    address
}

fn plan(rate: f64) -> Plan {
    Plan { rate, duration: Duration::from_millis(100) }
}

#[test]
fn every_request_is_a_valid_transaction_of_its_own() {
    let (server, local) = ("127.0.0.1:5060".parse().unwrap(), "127.0.0.1:4000".parse().unwrap());
    let bytes = |number| write_request(Vec::new(), "me", number, server, local, Transport::Udp);
    let (first, second) = (request(&bytes(7)), request(&bytes(8)));
    assert_eq!(first.check(), Ok(()));
    assert_eq!(bytes(7), bytes(7), "a repetition is the same request");
    let branch = |request: &Request| request.headers().via().unwrap().unique_branch().unwrap().to_owned();
    assert_ne!(branch(&first), branch(&second));
    assert_ne!(first.headers().call_id(), second.headers().call_id());
}

#[test]
fn answers_find_their_request_and_nothing_else() {
    let (server, local) = ("127.0.0.1:5060".parse().unwrap(), "127.0.0.1:4000".parse().unwrap());
    let bytes = write_request(Vec::new(), "me", 7, server, local, Transport::Tcp);
    let ok = String::from_utf8(reply(&bytes, 200)).unwrap();
    assert_eq!(answer(ok.as_bytes(), "me"), Answer::Final(7, StatusCode::new(200).unwrap()));
    assert_eq!(answer(&reply(&bytes, 100), "me"), Answer::Provisional(7));
    for (wrong, name) in [
        (ok.clone(), "you"),
        (ok.replace("1 OPTIONS", "1 INFO"), "me"),
        (ok.replace("Call-ID: 7", "Call-ID: 8"), "me"),
        (String::from_utf8(bytes).unwrap(), "me"),
        ("hello".to_owned(), "me"),
    ] {
        assert!(matches!(answer(wrong.as_bytes(), name), Answer::Foreign(_)), "{wrong}");
    }
}

#[test]
fn a_good_server_sustains_a_rate_over_udp() {
    let server = datagrams(|bytes, _| vec![reply(bytes, 200)]);
    let mut client = Client::open(server, Transport::Udp, 4).unwrap();
    let outcome = client.run(&plan(200.0)).unwrap();
    assert_eq!((outcome.answered, outcome.lost, outcome.latency.count()), (20, 0, 20));
}

#[test]
fn a_good_server_sustains_a_rate_over_tcp() {
    let listener = TcpListener::bind(ANY).unwrap();
    let server = listener.local_addr().unwrap();
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut framer = hookflash_wire::sip::StreamFramer::new();
        let mut buffer = [0; 2048];
        while let Ok(count @ 1..) = stream.read(&mut buffer) {
            let mut input = &buffer[..count];
            while let Some(hookflash_wire::sip::Framed::Message(bytes)) = framer.next(&mut input).unwrap() {
                stream.write_all(&reply(bytes, 200)).unwrap();
            }
        }
    });
    let mut client = Client::open(server, Transport::Tcp, 1).unwrap();
    let outcome = client.run(&plan(200.0)).unwrap();
    assert_eq!((outcome.answered, outcome.lost, outcome.repeated), (20, 0, 0));
}

#[test]
fn losses_refusals_and_repeated_answers_are_told_apart() {
    // One socket: the greeting is request 0; then 1 is lost once, 2 refused, 3 answered twice.
    let server = datagrams(|bytes, count| match count {
        1 => Vec::new(),
        2 => vec![reply(bytes, 503)],
        3 => vec![reply(bytes, 200), reply(bytes, 200)],
        _ => vec![reply(bytes, 200)],
    });
    let mut client = Client::open(server, Transport::Udp, 1).unwrap();
    let outcome = client.run(&plan(50.0)).unwrap();
    assert_eq!((outcome.answered, outcome.lost, outcome.repeated), (4, 0, 1));
    assert_eq!(outcome.unexpected.get("503 Service Unavailable"), Some(&1));
    assert_eq!(outcome.answered_again, 1);
    assert!(!outcome.is_sustained());
    assert!(outcome.latency.quantile(1.0) >= transaction::T1, "the repetition does not hide the wait");
}

#[test]
fn a_server_that_is_not_there_is_named() {
    let gone = TcpListener::bind(ANY).unwrap().local_addr().unwrap();
    let error = Client::open(gone, Transport::Tcp, 1).unwrap_err().to_string();
    assert!(error.contains(&gone.to_string()), "{error}");
}
