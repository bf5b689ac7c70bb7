//! A node with SIP phones and a trunk, whose other side is written here message by message, in virtual time.

use std::{
    collections::{BTreeMap, VecDeque},
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use hookflash_core::{Instant, LegId, LegState, MediaAddress};

use crate::{Input, Node, Output, config, provision};

const SERVER: &str = "127.0.0.1:5060";

/// Who speaks with the node: a phone of the numbers 301 to 304, or 0 for the network behind the trunk.
pub(super) type Peer = u16;

pub(super) const TRUNK: Peer = 0;

fn address(peer: Peer) -> SocketAddr {
    match peer {
        TRUNK => SocketAddr::from(([127, 0, 0, 9], 5060)),
        number => SocketAddr::from(([127, 0, 0, 1], 7000 + number)),
    }
}

/// A dialog as its peer sees it.
#[derive(Clone, Debug)]
pub(super) struct Dialog {
    peer: Peer,
    /// The INVITE that began it.
    pub(super) invite: String,
    target: String,
    local: String,
    remote: String,
    call_id: String,
    cseq: u32,
}

/// The node and what it has sent.
pub(super) struct Office {
    pub(super) node: Node,
    pub(super) now: Instant,
    /// The legs of the media engine.
    pub(super) legs: BTreeMap<LegId, LegState>,
    /// The registrations of the server that it has asked for.
    pub(super) registers: Vec<String>,
    inbox: BTreeMap<SocketAddr, VecDeque<String>>,
    last: u32,
}

impl Office {
    /// Phones 301 to 304 that have registered without passwords, and a trunk for numbers that begin with 0.
    pub(super) fn new() -> Office {
        Office::with("")
    }

    /// The same with further lines of the configuration.
    pub(super) fn with(more: &str) -> Office {
        let mut text = "voice service voip\n allow-connections sip to sip\n sip\n  registrar server expires max 600 min 60\n!\n\
                        voice register global\n mode cme\n source-address 127.0.0.1 port 5060\n max-dn 4\n max-pool 4\n!\n\
                        dial-peer voice 7 voip\n destination-pattern 0T\n session protocol sipv2\n session target ipv4:127.0.0.9\n!\n"
            .to_owned();
        for tag in 1..=4 {
            text.push_str(&format!(
                "voice register dn {tag}\n number 30{tag}\n name User {tag}\n!\nvoice register pool {tag}\n \
                 id mac 0200.0000.030{tag}\n number 1 dn {tag}\n codec g711ulaw\n!\n"
            ));
        }
        text.push_str(more);
        let mut settings = provision(&config::load(&text).settings, None).settings;
        settings.sip_address = Some(SERVER.parse().unwrap());
        let mut office = Office {
            node: Node::new(settings).unwrap(),
            now: Instant::from_millis(1000),
            legs: BTreeMap::new(),
            registers: Vec::new(),
            inbox: BTreeMap::new(),
            last: 0,
        };
        office.node.handle_timeout(office.now);
        for number in 301..=304 {
            office.register(number, "");
            assert_eq!(office.take(number, "SIP/2.0 200").len(), 1);
            office.say_that_it_is_there(number);
        }
        office.collect();
        office.inbox.clear();
        office
    }

    /// Answers the OPTIONS that a phone without a password gets before it is called.
    fn say_that_it_is_there(&mut self, peer: Peer) {
        for asked in self.take(peer, "OPTIONS ") {
            self.agree(peer, &asked);
        }
    }

    /// Answers a request with 200 and nothing else.
    pub(super) fn agree(&mut self, peer: Peer, request: &str) {
        let kept = ["Via", "From", "To", "Call-ID", "CSeq"];
        let lines =
            request.lines().filter(|line| kept.iter().any(|name| line.starts_with(&format!("{name}:"))));
        let text: String = lines.map(|line| format!("{line}\r\n")).collect();
        self.deliver(peer, &format!("SIP/2.0 200 OK\r\n{text}Content-Length: 0\r\n\r\n"));
    }

    #[allow(clippy::too_many_arguments, reason = "the parts of a message")]
    fn send(
        &mut self,
        peer: Peer,
        method: &str,
        uri: &str,
        [from, to]: [&str; 2],
        call_id: &str,
        cseq: u32,
        headers: &str,
        body: &str,
    ) {
        self.last += 1;
        let (own, branch) = (address(peer), self.last);
        let hops = if headers.contains("Max-Forwards") { "" } else { "Max-Forwards: 70\r\n" };
        let kind = if body.is_empty() || headers.contains("Content-Type") {
            ""
        } else {
            "Content-Type: application/sdp\r\n"
        };
        let contact = match headers.contains("Contact:") {
            true => String::new(),
            false => format!("Contact: <sip:{peer}@{own}>\r\n"),
        };
        let text = format!(
            "{method} {uri} SIP/2.0\r\nVia: SIP/2.0/UDP {own};branch=z9hG4bK{branch}\r\n{hops}From: {from}\r\nTo: {to}\r\n\
             Call-ID: {call_id}\r\nCSeq: {cseq} {method}\r\n{contact}{headers}{kind}\
             Content-Length: {}\r\n\r\n{body}",
            body.len()
        );
        self.deliver(peer, &text);
    }

    fn deliver(&mut self, peer: Peer, text: &str) {
        let local = SERVER.parse().unwrap();
        self.node.handle(self.now, Input::Datagram { local, from: address(peer), bytes: text.as_bytes() });
        self.collect();
    }

    fn collect(&mut self) {
        while let Some(output) = self.node.poll_output() {
            match output {
                Output::Datagram { to, bytes, .. } => {
                    let text = String::from_utf8(bytes).unwrap();
                    if text.starts_with("REGISTER ") {
                        self.registers.push(text.clone());
                    }
                    self.inbox.entry(to).or_default().push_back(text);
                }
                Output::Leg { leg, state: Some(state), .. } => {
                    let opened = self.legs.insert(leg, state).is_none();
                    let address = MediaAddress { ip: IpAddr::from([127, 0, 0, 1]), port: 30_000 };
                    let input = opened.then_some(Input::LegOpened { leg, address: Some(address) });
                    input.into_iter().for_each(|input| self.node.handle(self.now, input));
                }
                Output::Leg { leg, state: None, .. } => drop(self.legs.remove(&leg)),
                _ => {}
            }
        }
    }

    /// Time passes.
    pub(super) fn wait(&mut self, time: Duration) {
        let end = self.now + time;
        while let Some(due) = self.node.poll_timeout().filter(|due| *due <= end) {
            self.now = due.max(self.now);
            self.node.handle_timeout(self.now);
            self.collect();
        }
        self.now = end;
    }

    /// What has come to a peer since the last time that begins so.
    pub(super) fn take(&mut self, peer: Peer, start: &str) -> Vec<String> {
        let inbox = self.inbox.entry(address(peer)).or_default();
        let (taken, left): (Vec<String>, Vec<String>) =
            inbox.drain(..).partition(|text| text.starts_with(start));
        inbox.extend(left);
        taken
    }

    /// The one message that has come and begins so.
    #[track_caller]
    pub(super) fn one(&mut self, peer: Peer, start: &str) -> String {
        let mut taken = self.take(peer, start);
        assert_eq!(
            taken.len(),
            1,
            "{start} at {peer}: {taken:#?}; besides {:#?}",
            self.inbox.get(&address(peer))
        );
        taken.remove(0)
    }

    /// The same where it may have been repeated meanwhile.
    #[track_caller]
    pub(super) fn first(&mut self, peer: Peer, start: &str) -> String {
        let mut taken = self.take(peer, start);
        taken.dedup();
        assert_eq!(
            taken.len(),
            1,
            "{start} at {peer}: {taken:#?}; besides {:#?}",
            self.inbox.get(&address(peer))
        );
        taken.remove(0)
    }

    /// Registers a phone.
    pub(super) fn register(&mut self, number: Peer, headers: &str) {
        self.register_with(number, headers, "");
    }

    /// The same with a body.
    pub(super) fn register_with(&mut self, number: Peer, headers: &str, body: &str) {
        let own = format!("<sip:{number}@{SERVER}>");
        let (uri, from) = (format!("sip:{SERVER}"), format!("{own};tag=r"));
        self.last += 1;
        self.send(number, "REGISTER", &uri, [&from, &own], "reg", self.last, headers, body);
    }

    /// Somebody registers under a name.
    pub(super) fn register_name(&mut self, peer: Peer, name: &str) {
        let own = format!("<sip:{name}@{SERVER}>");
        let (uri, from) = (format!("sip:{SERVER}"), format!("{own};tag=r"));
        self.last += 1;
        self.send(peer, "REGISTER", &uri, [&from, &own], &format!("name-{name}"), self.last, "", "");
    }

    /// The same with another Call-ID.
    pub(super) fn register_as(&mut self, number: Peer, call_id: &str, headers: &str) {
        let own = format!("<sip:{number}@{SERVER}>");
        let (uri, from) = (format!("sip:{SERVER}"), format!("{own};tag=r"));
        self.last += 1;
        self.send(number, "REGISTER", &uri, [&from, &own], call_id, self.last, headers, "");
    }

    /// Sends an INVITE outside a dialog.
    pub(super) fn call(&mut self, peer: Peer, number: &str, headers: &str, body: &str) -> Dialog {
        self.call_uri(peer, &format!("sip:{number}@{SERVER}"), headers, body)
    }

    /// The same with another Request-URI.
    pub(super) fn call_uri(&mut self, peer: Peer, uri: &str, headers: &str, body: &str) -> Dialog {
        self.last += 1;
        let call_id = format!("call{}", self.last);
        let named = match headers.split("\r\n").find_map(|line| line.strip_prefix("From: ")) {
            Some(named) => named.to_owned(),
            None => format!("<sip:{peer}@{SERVER}>;tag=own"),
        };
        let (remote, target) = (format!("<{uri}>"), uri.to_owned());
        let others = headers.split_inclusive("\r\n").filter(|line| !line.starts_with("From: "));
        let headers: String = others.collect();
        self.send(peer, "INVITE", uri, [&named, &remote], &call_id, 1, &headers, body);
        Dialog { peer, invite: String::new(), target, local: named, remote, call_id, cseq: 1 }
    }

    /// Sends a request outside a dialog.
    pub(super) fn ask_outside(&mut self, peer: Peer, method: &str, number: &str, headers: &str) {
        self.ask_outside_with(peer, method, number, headers, "");
    }

    /// The same with a body.
    pub(super) fn ask_outside_with(
        &mut self,
        peer: Peer,
        method: &str,
        number: &str,
        headers: &str,
        body: &str,
    ) {
        self.last += 1;
        let (own, uri) = (format!("<sip:{peer}@{SERVER}>;tag=own"), format!("sip:{number}@{SERVER}"));
        let (to, call_id) = (format!("<{uri}>"), format!("call{}", self.last));
        self.send(peer, method, &uri, [&own, &to], &call_id, 1, headers, body);
    }

    /// The dialog that a peer has begun by granting a request outside one with this tag.
    pub(super) fn dialog_of(&self, peer: Peer, request: &str, tag: &str) -> Dialog {
        Dialog {
            peer,
            invite: String::new(),
            target: header(request, "Contact").trim_matches(['<', '>']).to_owned(),
            local: format!("{};tag={tag}", header(request, "To")),
            remote: header(request, "From").to_owned(),
            call_id: header(request, "Call-ID").to_owned(),
            cseq: 100,
        }
    }

    /// Answers a request outside a dialog.
    pub(super) fn respond(&mut self, peer: Peer, request: &str, status: u16, headers: &str) {
        let mut text = format!("SIP/2.0 {status} X\r\n");
        for name in ["Via", "From", "To", "Call-ID", "CSeq"] {
            let tag = if name == "To" { ";tag=theirs" } else { "" };
            text.push_str(&format!("{name}: {}{tag}\r\n", header(request, name)));
        }
        text.push_str(&format!("{headers}Content-Length: 0\r\n\r\n"));
        self.deliver(peer, &text);
    }

    /// A response to the INVITE of a dialog has come: from now on the dialog has its tag.
    pub(super) fn learn(&mut self, dialog: &mut Dialog, response: &str) {
        dialog.remote = header(response, "To").to_owned();
        let contact = header(response, "Contact");
        dialog.target = contact.trim_matches(['<', '>']).to_owned();
    }

    /// The INVITE that has come to a peer outside a dialog.
    #[track_caller]
    pub(super) fn called(&mut self, peer: Peer) -> Dialog {
        let invite = self.first(peer, "INVITE");
        Dialog {
            peer,
            target: header(&invite, "Contact").trim_matches(['<', '>']).to_owned(),
            local: format!("{};tag=t{peer}", header(&invite, "To")),
            remote: header(&invite, "From").to_owned(),
            call_id: header(&invite, "Call-ID").to_owned(),
            cseq: 100,
            invite,
        }
    }

    /// Answers a request that came in a dialog, or began it.
    pub(super) fn answer(&mut self, dialog: &Dialog, request: &str, status: u16, headers: &str, body: &str) {
        let to = &dialog.local;
        let own = address(dialog.peer);
        let kind = if body.is_empty() { "" } else { "Content-Type: application/sdp\r\n" };
        let contact = match headers.contains("Contact: ") {
            true => String::new(),
            false => format!("Contact: <sip:{}@{own}>\r\n", dialog.peer),
        };
        let text = format!(
            "SIP/2.0 {status} X\r\nVia: {}\r\nFrom: {}\r\nTo: {to}\r\nCall-ID: {}\r\nCSeq: {}\r\n\
             {contact}Allow: INVITE, ACK, BYE, CANCEL, UPDATE, PRACK\r\n{headers}{kind}Content-Length: {}\r\n\r\n{body}",
            header(request, "Via"),
            header(request, "From"),
            header(request, "Call-ID"),
            header(request, "CSeq"),
            body.len()
        );
        self.deliver(dialog.peer, &text);
    }

    /// Answers the INVITE that began a dialog.
    pub(super) fn reply(&mut self, dialog: &Dialog, status: u16, headers: &str, body: &str) {
        let invite = dialog.invite.clone();
        self.answer(dialog, &invite, status, headers, body);
    }

    /// Sends a request in a dialog.
    pub(super) fn ask(&mut self, dialog: &mut Dialog, method: &str, headers: &str, body: &str) {
        if method != "ACK" {
            dialog.cseq += 1;
        }
        let Dialog { peer, target, local, remote, call_id, cseq, .. } = dialog.clone();
        self.send(peer, method, &target, [&local, &remote], &call_id, cseq, headers, body);
    }

    /// 301 and 302 talk.
    pub(super) fn connect(&mut self, caller: Peer, called: Peer) -> [Dialog; 2] {
        let number = if called == TRUNK { "0123".to_owned() } else { called.to_string() };
        let mut own = self.call(caller, &number, "", &sdp(caller));
        let other = self.called(called);
        self.reply(&other, 200, "", &sdp(called));
        let success = self.one(caller, "SIP/2.0 200");
        self.learn(&mut own, &success);
        self.ask(&mut own, "ACK", "", "");
        self.one(called, "ACK");
        self.take(caller, "SIP/2.0 180");
        [own, other]
    }
}

/// A header of a message; empty if there is none.
pub(super) fn header<'a>(message: &'a str, name: &str) -> &'a str {
    let lines = message.split("\r\n").take_while(|line| !line.is_empty());
    let mut values = lines.filter_map(|line| line.split_once(": "));
    values.find(|(own, _)| own.eq_ignore_ascii_case(name)).map_or("", |(_, value)| value)
}

/// A description in which a peer receives.
pub(super) fn sdp(peer: Peer) -> String {
    described(address(peer).ip(), 20_000 + peer, "sendrecv")
}

/// A description of audio there.
pub(super) fn described(ip: impl std::fmt::Display, port: u16, direction: &str) -> String {
    format!(
        "v=0\r\no=- 1 {port} IN IP4 {ip}\r\ns=-\r\nc=IN IP4 {ip}\r\nt=0 0\r\nm=audio {port} RTP/AVP 0 101\r\n\
         a=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\na={direction}\r\n"
    )
}
