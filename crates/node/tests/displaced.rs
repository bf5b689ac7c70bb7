//! Phones without a password keep their place: who registers under their number from elsewhere removes nothing, waits until the
//! phone was asked, and is sent little before it has answered something.

#![allow(missing_docs, clippy::unwrap_used)]

use std::{net::SocketAddr, time::Duration};

use hookflash_core::Instant;
use hookflash_node::{Input, Node, Output, config, provision};

const OWNER: &str = "127.0.0.8:5060";
const THIEF: &str = "127.0.0.9:5060";
const SERVER: &str = "127.0.0.1:5060";
const CONFIG: &str = "telephony-service\n ip source-address 127.0.0.1\nvoice service voip\n sip\n  registrar server\n\
    voice register global\n mode cme\n source-address 127.0.0.1\n max-dn 5\n max-pool 5\n\
    voice register dn 1\n number 301\nvoice register pool 1\n id mac 0200.0000.0301\n number 1 dn 1\n\
    voice register dn 2\n number 302\nvoice register pool 2\n id mac 0200.0000.0302\n number 1 dn 2\n";

struct Office {
    node: Node,
    now: Instant,
    sent: Vec<(SocketAddr, String)>,
    calls: u32,
}

impl Office {
    fn new() -> Office {
        let node = Node::new(provision(&config::load(CONFIG).settings, None).settings).unwrap();
        Office { node, now: Instant::ZERO, sent: Vec::new(), calls: 0 }
    }

    fn drain(&mut self) {
        while let Some(output) = self.node.poll_output() {
            if let Output::Datagram { to, bytes, .. } = output {
                self.sent.push((to, String::from_utf8(bytes).unwrap()));
            }
        }
    }

    fn send(&mut self, from: &str, text: &str) {
        let (local, from) = (SERVER.parse().unwrap(), from.parse().unwrap());
        self.node.handle(self.now, Input::Datagram { local, from, bytes: text.as_bytes() });
        self.drain();
    }

    /// Registers a contact; returns the bytes of the request.
    fn register(&mut self, from: &str, contact: &str, expires: u32) -> usize {
        self.calls += 1;
        let call = self.calls;
        let text = format!(
            "REGISTER sip:127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP {from};branch=z9hG4bK{call}\r\nMax-Forwards: 70\r\n\
             From: <sip:301@127.0.0.1>;tag=a\r\nTo: <sip:301@127.0.0.1>\r\nCall-ID: own-{from}\r\nCSeq: {call} REGISTER\r\n\
             Contact: {contact}\r\nExpires: {expires}\r\nContent-Length: 0\r\n\r\n"
        );
        self.send(from, &text);
        text.len()
    }

    /// Messages to somebody that begin like this, forgotten then.
    fn take(&mut self, to: &str, begin: &str) -> Vec<String> {
        let to: SocketAddr = to.parse().unwrap();
        let (found, rest) = std::mem::take(&mut self.sent)
            .into_iter()
            .partition(|(peer, text)| *peer == to && text.starts_with(begin));
        self.sent = rest;
        let found: Vec<(SocketAddr, String)> = found;
        found.into_iter().map(|(_, text)| text).collect()
    }

    fn answer_options(&mut self, at: &str) {
        let asked = self.take(at, "OPTIONS ");
        let line = |name: &str| asked[0].lines().find(|line| line.starts_with(name)).unwrap().to_owned();
        let answer = format!(
            "SIP/2.0 200 OK\r\n{}\r\n{}\r\n{};tag=b\r\n{}\r\n{}\r\nContent-Length: 0\r\n\r\n",
            line("Via"),
            line("From"),
            line("To"),
            line("Call-ID"),
            line("CSeq")
        );
        self.send(at, &answer);
    }

    fn wait(&mut self, span: Duration) {
        let until = self.now + span;
        while let Some(due) = self.node.poll_timeout().filter(|due| *due <= until) {
            self.now = due.max(self.now);
            self.node.handle_timeout(self.now);
            self.drain();
        }
        self.now = until;
    }

    /// A phone that has registered and answered.
    fn with_owner() -> Office {
        let mut office = Office::new();
        office.register(OWNER, &contact(OWNER), 300);
        assert_eq!(office.take(OWNER, "SIP/2.0 200").len(), 1);
        office.answer_options(OWNER);
        office
    }
}

fn contact(at: &str) -> String {
    format!("<sip:301@{at}>")
}

fn contacts(response: &str) -> usize {
    response.lines().filter(|line| line.starts_with("Contact")).count()
}

#[test]
fn nobody_removes_a_phone_without_a_password_from_elsewhere() {
    let mut office = Office::with_owner();
    for wanted in ["*", &contact(OWNER)] {
        office.register(THIEF, wanted, 0);
        let answer = office.take(THIEF, "SIP/2.0 200").remove(0);
        assert_eq!(contacts(&answer), 1, "{wanted}: {answer}");
    }
    office.register(OWNER, "*", 0);
    assert_eq!(contacts(&office.take(OWNER, "SIP/2.0 200").remove(0)), 0, "it may itself");
}

#[test]
fn who_wants_the_place_of_a_living_phone_is_refused_when_that_answers() {
    let mut office = Office::with_owner();
    office.register(THIEF, &contact(OWNER), 300);
    assert_eq!(office.take(THIEF, "SIP/2.0 ").len(), 0, "it waits");
    office.register("127.0.0.7:5060", &contact(OWNER), 300);
    assert!(office.take("127.0.0.7:5060", "SIP/2.0 503").remove(0).contains("Retry-After: "));
    office.answer_options(OWNER);
    assert_eq!(office.take(THIEF, "SIP/2.0 403").len(), 1);
    office.register(THIEF, &contact(OWNER), 300);
    office.wait(Duration::from_secs(6));
    let answer = office.take(THIEF, "SIP/2.0 200").remove(0);
    assert_eq!(contacts(&answer), 1, "a phone that does not answer any more is replaced: {answer}");
}

#[test]
fn who_fills_the_places_of_a_phone_does_not_push_it_out() {
    let mut office = Office::with_owner();
    for place in 0..3 {
        let thief = format!("127.0.1.{place}:5060");
        office.register(&thief, &contact(&thief), 300);
        assert_eq!(office.take(&thief, "SIP/2.0 200").len(), 1);
    }
    office.register(THIEF, &contact(THIEF), 300);
    office.answer_options(OWNER);
    assert_eq!(office.take(THIEF, "SIP/2.0 403").len(), 1);
}

#[test]
fn an_address_that_answers_nothing_is_sent_little() {
    let mut office = Office::new();
    let heard = office.register(THIEF, &contact(THIEF), 300);
    office.wait(Duration::from_secs(40));
    let sent: usize = office.take(THIEF, "").iter().map(String::len).sum();
    assert!(sent > 0 && sent <= 3 * heard, "{sent} bytes for {heard}");
}

#[test]
fn a_call_to_an_address_that_answers_nothing_is_one_request() {
    const CALLER: &str = "127.0.0.10:5060";
    let mut office = Office::new();
    office.register(THIEF, &contact(THIEF), 300);
    office.wait(Duration::from_secs(1));
    office.take(THIEF, "");
    let register = "REGISTER sip:127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.10:5060;branch=z9hG4bKr\r\n\
        Max-Forwards: 70\r\nFrom: <sip:302@127.0.0.1>;tag=c\r\nTo: <sip:302@127.0.0.1>\r\nCall-ID: r\r\n\
        CSeq: 1 REGISTER\r\nContact: <sip:302@127.0.0.10:5060>\r\nExpires: 300\r\nContent-Length: 0\r\n\r\n";
    office.send(CALLER, register);
    let sdp = "v=0\r\no=- 1 1 IN IP4 127.0.0.10\r\ns=-\r\nc=IN IP4 127.0.0.10\r\nt=0 0\r\nm=audio 20000 RTP/AVP 0\r\n";
    let invite = format!(
        "INVITE sip:301@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.10:5060;branch=z9hG4bKi\r\n\
         Max-Forwards: 70\r\nFrom: <sip:302@127.0.0.1>;tag=i\r\nTo: <sip:301@127.0.0.1>\r\nCall-ID: i\r\n\
         CSeq: 1 INVITE\r\nContact: <sip:302@127.0.0.10:5060>\r\nContent-Type: application/sdp\r\n\
         Content-Length: {}\r\n\r\n{sdp}",
        sdp.len()
    );
    office.send(CALLER, &invite);
    office.wait(Duration::from_secs(40));
    assert_eq!(office.take(THIEF, "").iter().filter(|text| text.starts_with("INVITE ")).count(), 1);
    assert!(!office.take(CALLER, "SIP/2.0 4").is_empty(), "the caller is told");
}

#[test]
fn a_contact_has_to_be_one_of_sip() {
    let mut office = Office::new();
    office.register(OWNER, "<tel:5>", 300);
    assert_eq!(office.take(OWNER, "SIP/2.0 400").len(), 1);
}
