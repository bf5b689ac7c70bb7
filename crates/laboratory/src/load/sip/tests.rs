use std::{
    io::{Read, Write as _},
    net::{TcpListener, UdpSocket},
    thread,
};

use hookflash_wire::sip::{
    Framed, HeaderName, Message, MessageBuilder, Method, Request, Response, StatusCode, StreamFramer,
};

use super::{outcome::Failure, *};

const ANY: &str = "127.0.0.1:0";

pub fn setup(server: SocketAddr, offer: Offer, endpoints: usize) -> Setup {
    let (user, password) = ("load0".to_owned(), Some("secret".to_owned()));
    let account = Account { user, password, domain: Some("test".to_owned()), expires: 3600 };
    Setup { server, transport: Transport::Udp, offer, endpoints, account, call: None }
}

pub fn plan(rate: f64) -> Plan {
    Plan { rate, duration: Duration::from_millis(100), ring: Duration::ZERO, hold: Duration::ZERO }
}

fn over_tcp(server: SocketAddr) -> Setup {
    Setup { transport: Transport::Tcp, ..setup(server, Offer::Options, 1) }
}

fn request(bytes: &[u8]) -> Request {
    match Message::parse(bytes).unwrap() {
        Message::Request(request) => request,
        Message::Response(_) => panic!("a response"),
    }
}

fn response(bytes: &[u8]) -> Response {
    match Message::parse(bytes).unwrap() {
        Message::Response(response) => response,
        Message::Request(_) => panic!("a request"),
    }
}

fn start_reply(bytes: &[u8], status: u16) -> MessageBuilder {
    MessageBuilder::reply(&request(bytes), StatusCode::new(status).unwrap(), "t", None)
}

fn reply(bytes: &[u8], status: u16) -> Vec<u8> {
    start_reply(bytes, status).finish()
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

/// What a registrar answers to a REGISTER that it likes.
fn registered(bytes: &[u8]) -> Vec<u8> {
    let register = request(bytes);
    assert_eq!(register.method, Method::Register);
    start_reply(bytes, 200).copy(register.headers(), HeaderName::CONTACT).finish()
}

/// A layer whose requests arrive at the socket.
fn layer() -> (Layer, Registrations, UdpSocket) {
    let socket = UdpSocket::bind(ANY).unwrap();
    let server = socket.local_addr().unwrap();
    let mut layer = Layer::open(server, Transport::Udp, 1, "me".to_owned(), [1, 2]).unwrap();
    let registrations = Registrations::new(&mut layer, setup(server, Offer::Options, 1).account);
    (layer, registrations, socket)
}

fn next(socket: &UdpSocket) -> Vec<u8> {
    let mut buffer = [0; 2048];
    socket.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    let length = socket.recv(&mut buffer).unwrap();
    buffer[..length].to_vec()
}

#[test]
fn every_request_is_a_valid_transaction_of_its_own() {
    let (mut layer, mut registrations, socket) = layer();
    let mut run = Run::new(Offer::Options, 0.0, Duration::ZERO);
    let mut send = || {
        options::send(&mut run.context(&mut layer, &mut registrations), 0, Instant::now());
        request(&next(&socket))
    };
    let (first, second) = (send(), send());
    assert_eq!(first.check(), Ok(()));
    let branch = |request: &Request| request.headers().via().unwrap().unique_branch().unwrap().to_owned();
    assert_ne!(branch(&first), branch(&second));
    assert_ne!(first.headers().call_id(), second.headers().call_id());
}

#[test]
fn answers_find_their_request_and_nothing_else() {
    let (mut layer, mut registrations, socket) = layer();
    let mut run = Run::new(Offer::Options, 0.0, Duration::ZERO);
    options::send(&mut run.context(&mut layer, &mut registrations), 0, Instant::now());
    let bytes = next(&socket);
    let ok = String::from_utf8(reply(&bytes, 200)).unwrap();
    let (mut calls, address) = (Calls::new(0, None), socket.local_addr().unwrap());
    let mut serve = |text: &str| {
        let source = sockets::Source { socket: 0, address, at: Instant::now() };
        let cx = &mut run.context(&mut layer, &mut registrations);
        dispatch::serve(cx, &mut calls, source, Message::parse(text.as_bytes()).ok());
        (run.outcome.answered, run.outcome.again, run.outcome.failures.values().sum::<u64>())
    };
    let other_branch = ok.replace("z9hG4bK", "z9hG4bKx");
    assert_eq!(serve(&other_branch), (0, 1, 0), "its request is over, or never was");
    assert_eq!(serve(&ok.replace("1 OPTIONS", "1 INFO")), (0, 2, 0));
    assert_eq!(serve(&other_branch.replace("-me", "-you")), (0, 2, 1), "not ours");
    assert_eq!(serve(&String::from_utf8(reply(&bytes, 100)).unwrap()), (0, 2, 1));
    assert_eq!(serve(&ok), (1, 2, 1));
    assert_eq!(serve(&ok), (1, 3, 1));
}

#[test]
fn a_good_server_sustains_a_rate_over_udp() {
    let server = datagrams(|bytes, _| vec![reply(bytes, 200)]);
    let mut client = Client::open(&setup(server, Offer::Options, 4)).unwrap();
    let outcome = client.run(&plan(200.0)).unwrap();
    assert_eq!((outcome.answered, outcome.lost(), outcome.latency.count()), (20, 0, 20));
}

#[test]
fn a_good_server_sustains_a_rate_over_tcp() {
    let listener = TcpListener::bind(ANY).unwrap();
    let server = listener.local_addr().unwrap();
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut framer = StreamFramer::new();
        let mut buffer = [0; 2048];
        while let Ok(count @ 1..) = stream.read(&mut buffer) {
            let mut input = &buffer[..count];
            while let Some(Framed::Message(bytes)) = framer.next(&mut input).unwrap() {
                stream.write_all(&reply(bytes, 200)).unwrap();
            }
        }
    });
    let mut client = Client::open(&over_tcp(server)).unwrap();
    let outcome = client.run(&plan(200.0)).unwrap();
    assert_eq!((outcome.answered, outcome.lost(), outcome.repeated), (20, 0, 0));
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
    let mut client = Client::open(&setup(server, Offer::Options, 1)).unwrap();
    let outcome = client.run(&plan(50.0)).unwrap();
    assert_eq!((outcome.answered, outcome.lost(), outcome.repeated), (4, 0, 1));
    let refused = Failure::Refused(Method::Options, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(outcome.failures.get(&refused), Some(&1));
    assert_eq!(outcome.again, 1);
    assert!(!outcome.is_sustained());
    assert!(outcome.latency.quantile(1.0) >= hookflash_sip::T1, "the repetition does not hide the wait");
}

#[test]
fn a_server_that_is_not_there_is_named() {
    let gone = TcpListener::bind(ANY).unwrap().local_addr().unwrap();
    let error = Client::open(&over_tcp(gone)).unwrap_err().to_string();
    assert!(error.contains(&gone.to_string()), "{error}");
}

#[test]
fn an_endpoint_registers_and_then_refreshes() {
    let (sender, seen) = std::sync::mpsc::channel();
    let server = datagrams(move |bytes, _| {
        sender.send(request(bytes)).unwrap();
        vec![registered(bytes)]
    });
    let mut client = Client::open(&setup(server, Offer::Register, 2)).unwrap();
    let outcome = client.run(&plan(30.0)).unwrap();
    assert_eq!((outcome.answered, client.registrations.registered()), (3, 2));
    client.close().unwrap();
    let of = |request: &Request| {
        let headers = request.headers();
        let user = headers.to().unwrap().uri().unwrap().user.unwrap().to_owned();
        (user, headers.cseq().unwrap().number, headers.expires().unwrap().unwrap())
    };
    let seen: Vec<Request> = seen.try_iter().collect();
    let told: Vec<(String, u32, u32)> = seen.iter().map(of).collect();
    let expected =
        [("load0", 1), ("load1", 1), ("load0", 2), ("load1", 2)].map(|(user, cseq)| (user, cseq, 3600));
    let expected = expected.into_iter().chain([("load0", 3, 0), ("load1", 3, 0)]);
    assert_eq!(
        told,
        expected.map(|(user, cseq, expires)| (user.to_owned(), cseq, expires)).collect::<Vec<_>>()
    );
    assert_eq!(seen[0].headers().call_id(), seen[2].headers().call_id());
    assert_ne!(seen[0].headers().call_id(), seen[1].headers().call_id());
}

#[test]
fn a_registration_is_refreshed_before_it_ends() {
    let server = datagrams(|bytes, _| {
        let short = String::from_utf8(registered(bytes)).unwrap();
        vec![short.replace(">\r\nContent-Length", ">;expires=1\r\nContent-Length").into_bytes()]
    });
    let mut client = Client::open(&setup(server, Offer::Register, 1)).unwrap();
    let before = client.registrations.next_refresh().unwrap();
    while client.registrations.next_refresh() == Some(before) || !client.is_idle() {
        client.rest(Duration::from_millis(50)).unwrap();
    }
    assert!(client.registrations.is_registered(0));
}

/// A registrar that lets in whoever answers its challenge; `nonces` are those that it takes, one after the other.
fn challenging(nonces: &'static [&'static str]) -> SocketAddr {
    datagrams(move |bytes, count| {
        let nonce = nonces[count.min(nonces.len() - 1)];
        let proved = request(bytes).headers().get(HeaderName::AUTHORIZATION).map(str::to_owned);
        match proved {
            Some(proved) if proved.contains(&format!("nonce=\"{nonce}\"")) => vec![registered(bytes)],
            _ => {
                let challenge = format!("Digest realm=\"r\", nonce=\"{nonce}\", qop=\"auth\"");
                vec![start_reply(bytes, 401).header(HeaderName::WWW_AUTHENTICATE, challenge).finish()]
            }
        }
    })
}

#[test]
fn a_challenge_is_answered_and_the_next_one_beforehand() {
    let mut client = Client::open(&setup(challenging(&["1"]), Offer::Register, 1)).unwrap();
    let outcome = client.run(&plan(20.0)).unwrap();
    assert_eq!((outcome.answered, outcome.failures.len()), (2, 0));
    assert!(outcome.is_sustained());
}

#[test]
fn a_wrong_password_is_tried_once() {
    let error = Client::open(&setup(challenging(&["1", "2", "3"]), Offer::Register, 1)).unwrap_err();
    assert!(
        error.to_string().contains("REGISTER refused with 401 Unauthorized (it wants a password"),
        "{error}"
    );
    let without = setup(challenging(&["1"]), Offer::Register, 1);
    let account = Account { password: None, ..without.account.clone() };
    let error = Client::open(&Setup { account, ..without }).unwrap_err();
    assert!(error.to_string().contains("401 Unauthorized"), "{error}");
}

#[test]
fn a_registrar_may_want_longer_registrations() {
    let server = datagrams(|bytes, _| match request(bytes).headers().expires() {
        Ok(Some(7200)) => vec![registered(bytes)],
        _ => vec![start_reply(bytes, 423).header(HeaderName::MIN_EXPIRES, 7200).finish()],
    });
    let mut client = Client::open(&setup(server, Offer::Register, 1)).unwrap();
    assert_eq!(client.run(&plan(10.0)).unwrap().answered, 1);
}

#[test]
fn a_server_that_only_says_yes_is_no_registrar() {
    let server = datagrams(|bytes, _| vec![reply(bytes, 200)]);
    let error = Client::open(&setup(server, Offer::Register, 1)).unwrap_err().to_string();
    assert!(error.contains("Contact is not listed"), "{error}");
}

#[test]
fn who_answers_a_caller_that_has_given_up_is_not_left_alone() {
    let (mut layer, _, socket) = layer();
    let address = socket.local_addr().unwrap();
    let account = Account { expires: 0, ..setup(address, Offer::Calls, 1).account };
    let mut registrations = Registrations::new(&mut layer, account);
    let (mut calls, mut run) =
        (Calls::new(1, Some("b".to_owned())), Run::new(Offer::Calls, 0.0, Duration::ZERO));
    let cx = &mut run.context(&mut layer, &mut registrations);
    calls.begin(cx, Instant::now());
    let invite = next(&socket);
    cx.layer.heard = Instant::now() + layer::PATIENCE + Duration::from_millis(1);
    calls.act(cx);
    assert_eq!(cx.outcome.failures.get(&Failure::Lost("no 200 at the caller")), Some(&1));
    assert_eq!(cx.layer.open_transactions(), 0, "nobody waits for it");
    let source = sockets::Source { socket: 0, address, at: Instant::now() };
    let late = start_reply(&invite, 200).header(HeaderName::CONTACT, format_args!("<sip:b@{address}>"));
    dispatch::serve(cx, &mut calls, source, Message::parse(&late.finish()).ok());
    for method in [Method::Ack, Method::Bye] {
        let sent = request(&next(&socket));
        assert_eq!((sent.check(), &sent.method), (Ok(()), &method));
        assert_eq!(sent.uri_text(), format!("sip:b@{address}"));
    }
}

#[test]
fn a_switch_may_show_the_called_party_a_call_of_its_own() {
    let socket = UdpSocket::bind(ANY).unwrap();
    let server = socket.local_addr().unwrap();
    let mut layer = Layer::open(server, Transport::Udp, 2, "me".to_owned(), [1, 2]).unwrap();
    let account = Account { expires: 0, ..setup(server, Offer::Calls, 2).account };
    let mut registrations = Registrations::new(&mut layer, account);
    let (mut calls, mut run) = (Calls::new(2, None), Run::new(Offer::Calls, 0.0, Duration::ZERO));
    let cx = &mut run.context(&mut layer, &mut registrations);
    calls.begin(cx, Instant::now());
    let (invite, caller) = (next(&socket), cx.layer.local(0).to_string());

    let mut serve = |endpoint: usize, bytes: &[u8]| {
        let source = sockets::Source { socket: endpoint, address: server, at: Instant::now() };
        dispatch::serve(cx, &mut calls, source, Message::parse(bytes).ok());
    };
    let call_id = request(&invite).headers().call_id().unwrap().to_owned();
    let text = String::from_utf8(invite.clone()).unwrap();
    let other = text.replace(&call_id, "other").replace("z9hG4bK", "z9hG4bKswitch");
    let other = other.replace(&caller, &server.to_string());
    serve(1, other.as_bytes());
    let mut to = String::new();
    for status in [StatusCode::RINGING, StatusCode::OK] {
        let answer = response(&next(&socket));
        assert_eq!((answer.status, answer.headers().call_id()), (status, Ok("other")));
        answer.headers().get(HeaderName::TO).unwrap().clone_into(&mut to);
    }
    let untagged = request(other.as_bytes()).headers().get(HeaderName::TO).unwrap().to_owned();
    serve(1, other.replace("INVITE", "ACK").replace(&untagged, &to).as_bytes());
    serve(
        0,
        &start_reply(&invite, 200).header(HeaderName::CONTACT, format_args!("<sip:b@{server}>")).finish(),
    );
    assert_eq!(request(&next(&socket)).headers().call_id(), Ok(call_id.as_str()), "the caller's ACK");
    cx.layer.heard = Instant::now();
    calls.act(cx);
    let bye = request(&next(&socket));
    assert_eq!((&bye.method, bye.headers().call_id()), (&Method::Bye, Ok("other")));
}
