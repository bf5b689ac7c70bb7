//! SIP over WebSocket (RFC 7118).

use hookflash_wire::sip::Message;

use super::*;
use crate::{Stream, WEB_SOCKET_IDLE, messages};

const SOCKET: LinkId = LinkId(9);

fn connected(stream: Stream) -> Element {
    let mut element = Element::new(false);
    let (local, peer) = (OURS.parse().unwrap(), PEER.parse().unwrap());
    let flow = Flow::Link { link: SOCKET, stream, local, peer };
    element.layer.connected(element.now, flow, &mut element.wire);
    element
}

/// What goes out for one message that comes in.
fn answer(element: &mut Element, mut message: &[u8]) -> Vec<u8> {
    let more = element.layer.received(element.now, SOCKET, &mut message, &mut element.wire);
    assert!(!more && message.is_empty(), "a message is taken as a whole");
    element.wire.links.remove(&SOCKET).unwrap_or_default()
}

#[test]
fn a_message_ends_where_the_web_socket_says_whatever_its_length_says() {
    let mut element = connected(Stream::WebSocket);
    let request = element.request("OPTIONS", 1, "", "");
    let without = request.replace("Content-Length: 0\r\n", "").replace("z9hG4bK", "z9hG4bKw");
    for request in [request, without] {
        let answered = answer(&mut element, request.as_bytes());
        let Ok(Message::Response(response)) = Message::parse(&answered) else { panic!("{answered:?}") };
        assert_eq!(response.status.code(), 200);
    }
    assert_eq!(answer(&mut element, b"\r\n\r\n"), b"\r\n");
    assert_eq!(answer(&mut element, b"\r\n"), b"");
    answer(&mut element, b"no SIP");
    assert_eq!(element.wire.closed, [SOCKET]);
}

#[test]
fn our_messages_name_the_transport() {
    for (stream, via, contact) in [
        (Stream::Tcp, "SIP/2.0/TCP ", ";transport=tcp>"),
        (Stream::Tls, "SIP/2.0/TLS ", ";transport=tls>"),
        (Stream::WebSocket, "SIP/2.0/WS ", ";transport=ws>"),
        (Stream::SecureWebSocket, "SIP/2.0/WSS ", ";transport=ws>"),
    ] {
        let flow =
            Flow::Link { link: SOCKET, stream, local: OURS.parse().unwrap(), peer: PEER.parse().unwrap() };
        assert_eq!(format!("SIP/2.0/{} ", flow.transport()), via);
        assert_eq!(format!("{}>", flow.contact_parameter()), contact);
        assert_eq!(flow.is_secure(), matches!(stream, Stream::Tls | Stream::SecureWebSocket));
    }
}

#[test]
fn what_is_written_is_cut_into_messages() {
    let body = "INFO sip:a SIP/2.0\r\nContent-Type: text/plain\r\nContent-Length: 4\r\n\r\n\r\n\r\n";
    let bare = "SIP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n";
    let written = [body, bare, "\r\n", bare].concat();
    let cut: Vec<&[u8]> = messages(written.as_bytes()).collect();
    assert_eq!(cut, [body, bare, "\r\n", bare].map(str::as_bytes));
    assert_eq!(messages(b"").count(), 0);
}

#[test]
fn a_web_socket_by_which_nobody_registers_is_closed_whatever_comes() {
    let mut element = connected(Stream::WebSocket);
    element.wait(WEB_SOCKET_IDLE / 2);
    answer(&mut element, b"\r\n\r\n");
    element.wait(WEB_SOCKET_IDLE / 2);
    assert_eq!(element.wire.closed, [SOCKET]);
    let mut element = connected(Stream::WebSocket);
    element.layer.hold_link(SOCKET);
    element.wait(WEB_SOCKET_IDLE * 20);
    assert!(!element.wire.closed.contains(&SOCKET), "a phone is registered by it");
    element.layer.release_link(SOCKET);
    element.wait(WEB_SOCKET_IDLE);
    assert!(element.wire.closed.contains(&SOCKET));
}
