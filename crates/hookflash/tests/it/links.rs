//! Connections of strangers and of clients that go wrong, on real sockets.

use std::{
    io::{ErrorKind, Read, Write},
    net::{Shutdown, TcpStream},
    time::Duration,
};

use crate::server::Server;

/// How long a socket may take.
const PATIENCE: Duration = Duration::from_secs(60);

fn connect(address: &str) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.set_write_timeout(Some(PATIENCE)).unwrap();
    stream
}

/// An INVITE with a body that is too large, and announced as such or not.
fn oversized(size: usize) -> Vec<u8> {
    let mut message = format!(
        "INVITE sip:201@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1:5070;branch=z9hG4bK1\r\n\
         Max-Forwards: 70\r\nFrom: <sip:app@127.0.0.1>;tag=a\r\nTo: <sip:201@127.0.0.1>\r\n\
         Call-ID: 1@127.0.0.1\r\nCSeq: 1 INVITE\r\nContact: <sip:app@127.0.0.1:5070>\r\n\
         Content-Type: application/csta+xml\r\nContent-Length: {size}\r\n\r\n"
    )
    .into_bytes();
    message.resize(message.len() + size, b' ');
    message
}

#[test]
fn whoever_sends_too_much_can_read_why_the_connection_is_closed() {
    let server = Server::start("oversized", &[]);
    for size in [65 * 1024, 200 * 1024, 4 * 1024 * 1024] {
        let mut client = connect(&server.sip);
        // A client that writes everything before it reads anything.
        client.write_all(&oversized(size)).unwrap();
        let mut answer = String::new();
        client.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("SIP/2.0 413 "), "{size}: {answer}");
    }
    server.end();
}

#[test]
fn whoever_never_stops_sending_is_cut_off() {
    let server = Server::start("endless", &[]);
    let mut client = connect(&server.sip);
    client.write_all(&oversized(65 * 1024)).unwrap();
    let error =
        std::iter::repeat_with(|| client.write_all(&[b' '; 65 * 1024])).find_map(Result::err).unwrap();
    assert!(matches!(error.kind(), ErrorKind::ConnectionReset | ErrorKind::BrokenPipe), "{error}");
    server.end();
}

#[test]
fn strangers_do_not_use_up_the_open_files() {
    // A quarter is for connections without a registered phone, a half for connections of applications.
    let server = Server::start_with_files("files", 128);
    let crowd = |address: &str| -> Vec<TcpStream> { (0..300).map(|_| connect(address)).collect() };
    let (phones, applications) = (crowd(&server.sccp), crowd(&server.sip));
    let callers = server.call();
    for (strangers, most) in [(phones, 32), (applications, 64)] {
        let open = strangers.iter().filter(|stream| is_open(stream)).count();
        assert!((1..=most).contains(&open), "{open} of at most {most}");
    }
    drop(callers);
    server.end();
}

/// Whether the server has not closed a connection. It has closed, if at all, before this is asked.
fn is_open(mut stream: &TcpStream) -> bool {
    stream.set_nonblocking(true).unwrap();
    let open = matches!(stream.read(&mut [0]), Err(error) if error.kind() == ErrorKind::WouldBlock);
    stream.shutdown(Shutdown::Both).ok();
    open
}
