use std::net::{IpAddr, SocketAddr};

use hookflash_core::Instant;
use hookflash_wire::{
    csta,
    sccp::{ClientMessage, DeviceType, Encoding, HookEvent, KeypadButton, KeypadPress, Register},
};
use proptest::prelude::*;

use super::mask::{HeaderMask, mask_settings, mask_words};
use super::*;
use crate::{FetchId, Input, LinkId, Listener, Node, Output, Start, TerminalId, config, http, provision};

const OFFICE: &str = "\
hostname office
username admin privilege 15 secret 5 $1$abcd
voice service voip
 no cti shutdown
 cti csta mode basic
telephony-service
 max-ephones 4
 max-dn 4
 ip source-address 10.0.0.1 port 2000
 xml user app password 0 Tr0ub4dor 15
ephone-dn 1 dual-line
 number 201
 name The secret garden
 cti watch
ephone-dn 2 dual-line
 number 202
 cti watch
ephone 1
 mac-address 0000.0000.0201
 username alice password hunter2
 pin 4711
 button 1:1
ephone 2
 mac-address 0000.0000.0202
 button 1:2
cti-manager
 http port 0
";

/// What was stored before the start: for a number of the office, for one of nobody, and damaged.
const STORED: [&str; 3] =
    ["forwarding 201 no-answer - any 25", "forwarding 299 immediate 201 any 20", "forwarding 202 sometimes"];

/// What must not be found in a recording.
const SECRETS: [&str; 6] = ["$1$abcd", "Tr0ub4dor", "hunter2", "4711", "dGlnZXI", "sesame"];

fn socket(last: u8, port: u16) -> SocketAddr {
    SocketAddr::from(([127, 0, 0, last], port))
}

/// A node that is recorded.
struct Server {
    node: Node,
    recorder: Recorder,
    file: Vec<u8>,
    outputs: Vec<Vec<Output>>,
}

impl Server {
    fn new() -> Server {
        let settings = config::load(OFFICE).settings;
        let bind = Some(IpAddr::from([127, 0, 0, 1]));
        let mut file = Vec::new();
        let recorder = Recorder::new(&settings, bind, Start::default(), &mut file);
        let node = Node::new(provision(&settings, bind).settings).unwrap();
        Server { node, recorder, file, outputs: Vec::new() }
    }

    fn input(&mut self, millis: u64, input: Input<'_>) {
        let now = Instant::from_millis(millis);
        self.recorder.input(now, &input);
        self.node.handle(now, input);
        self.drain();
    }

    fn timeout(&mut self, millis: u64) {
        let now = Instant::from_millis(millis);
        self.recorder.timeout(now);
        self.node.handle_timeout(now);
        self.drain();
    }

    fn drain(&mut self) {
        let outputs: Vec<Output> = std::iter::from_fn(|| self.node.poll_output()).collect();
        outputs.iter().for_each(|output| self.recorder.output(output));
        self.recorder.finish(&mut self.file).unwrap();
        self.outputs.push(outputs);
    }

    fn connect(&mut self, millis: u64, link: u64, listener: Listener) {
        let (local, peer) = (socket(1, 2000), socket(9, 40_000));
        self.input(millis, Input::Connected { link: LinkId(link), listener, local, peer });
    }

    fn receive(&mut self, millis: u64, link: u64, bytes: &[u8]) {
        self.input(millis, Input::Received { link: LinkId(link), bytes });
    }

    fn command(&mut self, millis: u64, line: &str) {
        self.input(millis, Input::Command { terminal: TerminalId(millis), line });
    }
}

const NO_LINE: HookEvent = HookEvent { line: None, call_reference: None };

fn encoded(messages: &[ClientMessage]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for message in messages {
        message.encode(Encoding::default(), &mut bytes);
    }
    bytes
}

fn register(name: &str) -> Vec<u8> {
    encoded(&[ClientMessage::Register(Register::new(name.into(), DeviceType::TYPE_7961))])
}

fn dial(digits: &str) -> Vec<u8> {
    let mut messages = vec![ClientMessage::OffHook(NO_LINE)];
    for digit in digits.chars() {
        let button = KeypadButton::from_char(digit).unwrap();
        messages.push(ClientMessage::KeypadButton(KeypadPress { button, line: None, call_reference: None }));
    }
    encoded(&messages)
}

/// An application logs in over CSTA/TCP.
fn start_session() -> Vec<u8> {
    let ed3 = csta::Edition::Ed3.namespace();
    let document = format!(
        "<StartApplicationSession xmlns=\"http://www.ecma-international.org/standards/ecma-354/appl_session\">\
         <applicationInfo><applicationID>console</applicationID><applicationSpecificInfo>\
         <SessionLoginInfo xmlns=\"http://www.avaya.com/csta\"><userName>alice</userName>\
         <password>sesame</password></SessionLoginInfo></applicationSpecificInfo></applicationInfo>\
         <requestedProtocolVersions><protocolVersion>{ed3}</protocolVersion></requestedProtocolVersions>\
         </StartApplicationSession>"
    );
    let mut bytes = Vec::new();
    let body = |out: &mut Vec<u8>| out.extend_from_slice(document.as_bytes());
    csta::write_frame(&mut bytes, csta::Encapsulation::Plain, csta::InvokeId::FIRST, body).unwrap();
    bytes
}

fn invite(transport: &str, authorization: &str) -> Vec<u8> {
    let body = "<?xml version=\"1.0\"?><RequestSystemStatus \
                xmlns=\"http://www.ecma-international.org/standards/ecma-323/csta/ed3\"/>";
    format!(
        "INVITE sip:201@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/{transport} 127.0.0.9:5070;branch=z9hG4bK1\r\n\
         Max-Forwards: 70\r\nFrom: <sip:app@127.0.0.9>;tag=a\r\nTo: <sip:201@127.0.0.1>\r\n\
         Call-ID: 1@127.0.0.9\r\nCSeq: 1 INVITE\r\n{authorization}Contact: <sip:app@127.0.0.9:5070>\r\n\
         Content-Type: application/csta+xml\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// Two phones and two applications; a call; timers; an operator; the end.
fn day_at_the_office() -> Server {
    let mut server = Server::new();
    for value in STORED {
        server.input(0, Input::Restore { value });
    }
    server.input(0, Input::WallClock { unix_millis: 1_795_241_085_000, utc_offset_seconds: -3600 });
    for (link, name) in [(1, "SEP000000000201"), (2, "SEP000000000202")] {
        server.connect(10 * link, link, Listener::Sccp);
        server.receive(10 * link + 1, link, &register(name));
    }
    server.connect(30, 3, Listener::Sip);
    let secret = "Authorization : Digest username=\"u\",\r\n\tresponse=\"dGlnZXI\"\r\n";
    let message = invite("TCP", secret);
    for (piece, at) in message.chunks(7).zip(31..) {
        server.receive(at, 3, piece);
    }
    let datagram = invite("UDP", "Proxy-Authorization: Basic dGlnZXI\r\n");
    server.input(200, Input::Datagram { local: socket(1, 5060), from: socket(9, 5070), bytes: &datagram });
    server.connect(250, 4, Listener::Csta);
    for (piece, at) in start_session().chunks(50).zip(251..) {
        server.receive(at, 4, piece);
    }
    server.receive(300, 1, &dial("202"));
    server.command(400, "show ephone");
    server.command(401, "show running-config");
    server.command(402, "configure password sesame");
    server.input(403, Input::Listening { sccp: Some(socket(1, 2000)), http: None });
    let (fetch, local, peer) = (FetchId(1), IpAddr::from([127, 0, 0, 1]), socket(9, 41_000));
    server.input(404, Input::File { fetch, local, peer, name: "SEP000000000201.cnf.xml" });
    server.input(405, Input::FileMissing { peer, path: "P003.bin" });
    let authorization = http::basic("axl", "hunter2");
    let request = http::Request {
        method: "POST",
        target: "/CMEserverForPhone/em/login?userid=u&pin=4711",
        authorization: Some(&authorization),
        accept_charset: Some("utf-8"),
        body: b"<axl><CLI>user u password Tr0ub4dor</CLI></axl>",
        over_tls: false,
        certificate: None,
    };
    server.input(406, Input::Http { fetch: FetchId(2), local, peer, request });
    let wrong = http::Request { authorization: None, body: b"", target: "/em/login?pin=4712", ..request };
    server.input(407, Input::Http { fetch: FetchId(3), local, peer, request: wrong });
    let asked = http::Request { method: "GET", target: "/csta", authorization: None, body: b"", ..request };
    server.input(
        408,
        Input::WebSocket { fetch: FetchId(4), link: LinkId(5), local: socket(1, 8080), peer, request: asked },
    );
    let start = br#"{"jsonrpc":"2.0","id":1,"method":"StartApplicationSession","params":{"applicationID":"crm","userName":"alice","password":"sesame"}}"#;
    server.receive(409, 5, start);
    server.input(410, Input::Closed { link: LinkId(5) });
    let asked = http::Request { target: "/sip", over_tls: true, ..asked };
    server.input(
        411,
        Input::WebSocket { fetch: FetchId(5), link: LinkId(6), local: socket(1, 8443), peer, request: asked },
    );
    server.receive(412, 6, b"OPTIONS sip:us SIP/2.0\r\nAuthorization: Digest response=\"sesame\"\r\n\r\n");
    server.input(500, Input::CallRate(Some(300)));
    for at in [700, 1_200, 2_200, 16_000, 95_000] {
        server.timeout(at);
    }
    server.input(95_100, Input::Closed { link: LinkId(2) });
    server.input(95_200, Input::ShutDown);
    server
}

/// Replays to the end and returns the outputs, all of which have to be exact.
fn replay(file: &[u8]) -> Vec<Vec<Output>> {
    let mut replay = Replay::new(file).unwrap();
    let mut outputs = Vec::new();
    while let Some(step) = replay.step(None).unwrap() {
        assert!(step.is_exact(), "{:?} caused {:?}", step.record, step.outputs);
        outputs.push(step.outputs);
    }
    outputs
}

#[test]
fn a_recording_replays_exactly() {
    let server = day_at_the_office();
    let outputs = replay(&server.file);
    assert_eq!(outputs.len(), server.outputs.len());
    let shows_secrets = |outputs: &[Output]| {
        outputs.iter().any(|output| match output {
            Output::CommandOutput { text, .. } => SECRETS.iter().any(|secret| text.contains(secret)),
            _ => false,
        })
    };
    let mut differing = 0;
    for (recorded, replayed) in server.outputs.iter().zip(&outputs) {
        if shows_secrets(recorded) {
            differing += 1;
        } else {
            assert_eq!(recorded, replayed);
        }
    }
    assert!(differing <= 2, "only what shows secrets may differ");
    let sent = server.outputs.iter().flatten().count();
    assert!(sent > 15, "the office was busy, not {sent} outputs long");
}

#[test]
fn the_same_inputs_give_the_same_recording() {
    assert_eq!(day_at_the_office().file, day_at_the_office().file);
}

#[test]
fn no_secret_is_in_the_file() {
    let file = day_at_the_office().file;
    let text = String::from_utf8_lossy(&file);
    for secret in SECRETS {
        assert!(!text.contains(secret), "{secret} is in the file");
    }
    assert!(text.contains("The secret garden"), "what merely sounds like a secret is needed");
}

#[test]
fn a_masked_configuration_means_the_same() {
    for text in [
        OFFICE,
        include_str!("../../../config/tests/data/moc.cfg"),
        include_str!("../../../config/tests/data/session-manager.cfg"),
    ] {
        let settings = config::load(text).settings;
        let masked = mask_settings(settings.clone());
        let again = config::load(&masked.running_config());
        assert_eq!(again.settings, masked);
        let made_of = |settings: &config::Settings| {
            let mut made = provision(settings, None).settings;
            made.configuration = config::Settings::default();
            format!("{made:?}")
        };
        assert_eq!(made_of(&again.settings), made_of(&settings));
        assert_eq!(masked.running_config().len(), settings.running_config().len());
    }
}

#[test]
fn words_after_a_secret_are_masked() {
    for (line, masked) in [
        ("username admin privilege 15 secret 5 $1$x", "username admin privilege 15 secret 5 ****"),
        ("  enable sec  0 abc def", "  enable sec  0 *** ***"),
        (" standby username s password 7 0822", " standby username s password 7 ****"),
        ("snmp-server community public RO", "snmp-server community ****** **"),
        ("crypto isakmp key K3y address 10.0.0.1", "crypto isakmp key *** ******* ********"),
        ("number 201 secondary 301", "number 201 secondary 301"),
        ("show ephone", "show ephone"),
    ] {
        assert_eq!(mask_words(line), masked);
    }
}

#[test]
fn secret_headers_are_masked_however_the_stream_is_cut() {
    let plain = "INVITE sip:x SIP/2.0\r\nAUTHORIZATION:Digest a,\r\n b c\r\nX-Authorization: d\r\n\
                 Proxy-Authorization \t: e\nAuthorizations: f\r\nTo: g\r\n\r\nAuthorization: h";
    let masked = "INVITE sip:x SIP/2.0\r\nAUTHORIZATION:****** **\r\n * *\r\nX-Authorization: d\r\n\
                  Proxy-Authorization \t: *\nAuthorizations: f\r\nTo: g\r\n\r\nAuthorization: *";
    for size in 1..plain.len() {
        let mut bytes = plain.as_bytes().to_vec();
        let mut mask = HeaderMask::default();
        bytes.chunks_mut(size).for_each(|piece| mask.apply(piece));
        assert_eq!(String::from_utf8_lossy(&bytes), masked, "in pieces of {size}");
    }
}

#[test]
fn a_replay_stops_at_an_instant() {
    let server = day_at_the_office();
    let mut replay = Replay::new(&server.file).unwrap();
    while replay.step(Some(Instant::from_millis(20))).unwrap().is_some() {}
    assert_eq!(replay.now(), Instant::from_millis(20));
    let shown = replay.command("show ephone registered");
    assert!(shown.contains("0000.0000.0201"), "{shown}");
    assert!(!shown.contains("0000.0000.0202"), "{shown}");
    while replay.step(None).unwrap().is_some() {}
    assert_eq!(replay.now(), Instant::from_millis(95_200));
}

#[test]
fn a_difference_is_found_at_its_input() {
    let server = day_at_the_office();
    let head = Reader::open(&server.file).unwrap().header();
    let other = head.configuration.replace("number 202", "number 209");
    let settings = config::load(&other).settings;
    let mut file = Vec::new();
    Recorder::new(&settings, head.bind, head.start, &mut file);
    // The records of the one office after the head of the other.
    let mut reader = Reader::open(&server.file).unwrap();
    let mut crc = bytes::crc32(0, &file);
    while let Some(record) = reader.next_record().unwrap() {
        let frame = &server.file[record.offset..];
        let mut cursor = bytes::Cursor { rest: frame };
        let body = cursor.bytes().unwrap();
        crc = seal(crc, body, &mut file);
    }
    let mut replay = Replay::new(&file).unwrap();
    let first = std::iter::from_fn(|| replay.step(None).unwrap()).find(|step| !step.is_exact()).unwrap();
    assert_eq!(first.record.at, Instant::from_millis(300), "nobody has 202 any more");
}

#[test]
fn a_recording_that_is_cut_off_counts_up_to_there() {
    let server = day_at_the_office();
    let whole = replay(&server.file).len();
    let mut reader = Reader::open(&server.file).unwrap();
    let mut last = 0;
    while let Some(record) = reader.next_record().unwrap() {
        last = record.offset;
    }
    for end in last + 1..server.file.len() {
        let mut replay = Replay::new(&server.file[..end]).unwrap();
        let mut steps = 0;
        let error = loop {
            match replay.step(None) {
                Ok(Some(_)) => steps += 1,
                Ok(None) => panic!("cut off at {end}, and nobody noticed"),
                Err(error) => break error,
            }
        };
        assert_eq!((steps, error), (whole - 1, RecordingError::CutOff { offset: last }));
    }
}

#[test]
fn what_is_no_recording_is_refused() {
    let open = |file: &[u8]| Reader::open(file).err();
    assert_eq!(open(b""), Some(RecordingError::NotARecording));
    assert_eq!(open(b"hostname office\n"), Some(RecordingError::NotARecording));
    assert_eq!(open(b"HOOK"), Some(RecordingError::CutOff { offset: 0 }));
    assert_eq!(open(b"HOOKREC\n"), Some(RecordingError::CutOff { offset: 8 }));
    assert_eq!(open(b"HOOKREC\n\x02"), Some(RecordingError::Version(2)));
    assert_eq!(open(b"HOOKREC\n\x01"), Some(RecordingError::CutOff { offset: 9 }));
    assert_eq!(open(b"HOOKREC\n\x01\xff"), Some(RecordingError::CutOff { offset: 9 }));
    let endless = [&b"HOOKREC\n\x01"[..], &[0xFF; 12]].concat();
    assert!(matches!(open(&endless), Some(RecordingError::Damaged { offset: 9, .. })));
}

#[test]
fn an_input_that_is_too_large_ends_the_recording() {
    let mut server = Server::new();
    let length = server.file.len();
    let bytes = vec![0; MAX_RECORD];
    server.recorder.input(Instant::ZERO, &Input::Received { link: LinkId(1), bytes: &bytes });
    assert_eq!(server.recorder.finish(&mut server.file), Err(RecordTooLarge));
    assert_eq!(server.file.len(), length);
}

/// One thing that happens in a random day.
#[derive(Clone, Debug)]
enum Happening {
    Connect(Listener),
    Receive(u64, Vec<u8>),
    Close(u64),
    Datagram(Vec<u8>),
    Command(String),
    WallClock(i64, i32),
    CallRate(Option<u32>),
    Timeout,
}

fn said() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        prop::collection::vec(any::<u8>(), 0..100),
        Just(register("SEP000000000201")),
        Just(register("SEP000000000202")),
        Just(dial("202")),
        Just(encoded(&[ClientMessage::OnHook(NO_LINE)])),
        Just(invite("TCP", "Authorization: Basic dGlnZXI\r\n")),
        Just(invite("UDP", "")),
        Just(start_session()),
        Just(b"\0\0\0\x0c0002<a/>".to_vec()),
    ]
}

fn happening() -> impl Strategy<Value = (u64, Happening)> {
    let link = 1..8u64;
    let what = prop_oneof![
        prop_oneof![
            Just(Listener::Sccp),
            Just(Listener::Sip),
            Just(Listener::Csta),
            Just(Listener::Sips),
            Just(Listener::CstaTls)
        ]
        .prop_map(Happening::Connect),
        (link.clone(), said()).prop_map(|(link, bytes)| Happening::Receive(link, bytes)),
        (link.clone(), said()).prop_map(|(link, bytes)| Happening::Receive(link, bytes)),
        link.prop_map(Happening::Close),
        said().prop_map(Happening::Datagram),
        prop_oneof![Just("show ephone".to_owned()), Just("show version".to_owned()), ".{0,20}"]
            .prop_map(Happening::Command),
        (any::<i64>(), any::<i32>()).prop_map(|(millis, offset)| Happening::WallClock(millis, offset)),
        any::<Option<u32>>().prop_map(Happening::CallRate),
        Just(Happening::Timeout),
    ];
    (prop_oneof![Just(0), 0..1_000u64, 0..100_000u64], what)
}

fn live_through(day: &[(u64, Happening)]) -> Server {
    let mut server = Server::new();
    let (mut now, mut links) = (0, Vec::new());
    for (later, what) in day {
        now += later;
        match what {
            Happening::Connect(listener) => {
                let link = server.outputs.len() as u64;
                links.push(link);
                server.connect(now, link, *listener);
            }
            Happening::Receive(link, bytes) => {
                if let Some(link) = links.get(*link as usize % links.len().max(1)) {
                    server.receive(now, *link, bytes);
                }
            }
            Happening::Close(link) => {
                if !links.is_empty() {
                    let link = LinkId(links.remove(*link as usize % links.len()));
                    server.input(now, Input::Closed { link });
                }
            }
            Happening::Datagram(bytes) => {
                server.input(now, Input::Datagram { local: socket(1, 5060), from: socket(9, 5070), bytes });
            }
            Happening::Command(line) => server.command(now, line),
            Happening::WallClock(unix_millis, utc_offset_seconds) => {
                let (unix_millis, utc_offset_seconds) = (*unix_millis, *utc_offset_seconds);
                server.input(now, Input::WallClock { unix_millis, utc_offset_seconds });
            }
            Happening::CallRate(rate) => server.input(now, Input::CallRate(*rate)),
            Happening::Timeout => server.timeout(now),
        }
        let closed = server.outputs.last().into_iter().flatten();
        let closed: Vec<u64> = closed
            .filter_map(|output| if let Output::Close { link } = output { Some(link.0) } else { None })
            .collect();
        links.retain(|link| !closed.contains(link));
    }
    server
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_happens_replays_exactly(day in prop::collection::vec(happening(), 0..40)) {
        let server = live_through(&day);
        prop_assert_eq!(replay(&server.file).len(), server.outputs.len());
    }

    #[test]
    fn every_change_of_the_file_is_noticed(place in any::<prop::sample::Index>(), change in 1..=255u8) {
        let mut file = day_at_the_office().file;
        let place = place.index(file.len());
        file[place] ^= change;
        let read = Reader::open(&file).and_then(|mut reader| {
            while reader.next_record()?.is_some() {}
            Ok(())
        });
        prop_assert!(read.is_err());
    }

    #[test]
    fn any_records_are_read_or_refused(bodies in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 0..8)) {
        let mut file = Server::new().file;
        let mut crc = bytes::crc32(0, &file);
        for body in &bodies {
            crc = seal(crc, body, &mut file);
        }
        let mut replay = Replay::new(&file).unwrap();
        while let Ok(Some(_)) = replay.step(None) {}
    }
}
