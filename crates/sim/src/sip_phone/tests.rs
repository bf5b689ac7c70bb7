//! Phones at a whole node, with nothing between them.

use std::collections::VecDeque;

use hookflash_node::{Input, Node, Output, config, provision};

use super::*;

const SERVER: &str = "127.0.0.1:5060";

/// A node with SIP phones 301, 302 and 303.
struct Office {
    node: Node,
    phones: Vec<SipPhone>,
    now: Instant,
}

fn local(place: usize) -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 7001 + u16::try_from(place).unwrap()))
}

impl Office {
    fn new() -> Office {
        let mut text = "voice service voip\n allow-connections sip to sip\n sip\n  registrar server expires max 600 min 60\n!\n\
                        voice register global\n mode cme\n source-address 127.0.0.1 port 5060\n max-dn 3\n max-pool 3\n \
                        authenticate register\n!\n"
            .to_owned();
        for tag in 1..=3 {
            text.push_str(&format!(
                "voice register dn {tag}\n number 30{tag}\n name User {tag}\n!\nvoice register pool {tag}\n number 1 dn {tag}\n \
                 username u{tag} password 0 pw{tag}\n codec g711ulaw\n!\n"
            ));
        }
        let settings = provision(&config::load(&text).settings, None).settings;
        let phones = (1..=3).map(|tag| SipPhone::new(Office::settings(tag, &format!("pw{tag}")))).collect();
        let mut office =
            Office { node: Node::new(settings).unwrap(), phones, now: Instant::from_millis(1000) };
        office.node.handle_timeout(office.now);
        for place in 0..3 {
            office.phones[place].register(office.now);
        }
        office.run();
        office
    }

    fn settings(tag: usize, password: &str) -> SipPhoneSettings {
        let own = local(tag - 1);
        SipPhoneSettings {
            number: format!("30{tag}"),
            user: format!("u{tag}"),
            password: password.to_owned(),
            server: SERVER.parse().unwrap(),
            local: own,
            stream: None,
            media: SocketAddr::new(own.ip(), own.port() + 1000),
            expires: 120,
            seed: tag as u64,
        }
    }

    /// Delivers messages until nobody has any more to say.
    fn run(&mut self) {
        let server: SocketAddr = SERVER.parse().unwrap();
        let mut waiting: VecDeque<(SocketAddr, SocketAddr, Vec<u8>)> = VecDeque::new();
        loop {
            for (place, phone) in self.phones.iter_mut().enumerate() {
                waiting.extend(phone.take_output().into_iter().map(|bytes| (local(place), server, bytes)));
            }
            while let Some(output) = self.node.poll_output() {
                if let Output::Datagram { to, bytes, .. } = output {
                    waiting.push_back((server, to, bytes));
                }
            }
            let Some((from, to, bytes)) = waiting.pop_front() else { return };
            if to == server {
                self.node.handle(self.now, Input::Datagram { local: server, from, bytes: &bytes });
            } else if let Some(phone) = (0..3).find(|place| local(*place) == to) {
                self.phones[phone].received(self.now, &bytes);
            }
        }
    }

    fn wait(&mut self, time: Duration) {
        let end = self.now + time;
        loop {
            let due = self.phones.iter().map(SipPhone::poll_timeout).chain([self.node.poll_timeout()]);
            let due = due.flatten().filter(|due| *due <= end).min();
            self.now = due.unwrap_or(end).max(self.now);
            self.node.handle_timeout(self.now);
            self.phones.iter_mut().for_each(|phone| phone.handle_timeout(self.now));
            self.run();
            if due.is_none() {
                return;
            }
        }
    }

    fn act(&mut self, place: usize, act: impl FnOnce(&mut SipPhone, Instant) -> Result<(), CannotDo>) {
        act(&mut self.phones[place], self.now).unwrap();
        self.run();
    }

    /// Each call of each phone: its state and its party.
    fn seen(&self) -> Vec<Vec<String>> {
        let calls = |phone: &SipPhone| {
            phone.calls().iter().map(|call| format!("{} {}", call.state, call.party)).collect()
        };
        self.phones.iter().map(calls).collect()
    }
}

#[test]
fn a_phone_registers_with_its_password_and_does_so_again_in_time() {
    let mut office = Office::new();
    let all = |office: &Office, wanted: &Registration| {
        office.phones.iter().all(|phone| phone.registration() == wanted)
    };
    assert!(all(&office, &Registration::Registered));
    office.wait(Duration::from_secs(600));
    let station = office.node.sip_phones().stations().next().unwrap();
    assert_eq!(office.node.sip_phones().contacts(station).count(), 1, "it has not expired");
    office.phones.iter_mut().for_each(|phone| phone.unregister(office.now));
    office.run();
    assert!(all(&office, &Registration::Unregistered));
    let mut wrong = SipPhone::new(Office::settings(1, "wrong"));
    wrong.register(office.now);
    std::mem::swap(&mut office.phones[0], &mut wrong);
    office.run();
    assert_eq!(office.phones[0].registration(), &Registration::Refused("401 Unauthorized".to_owned()));
}

#[test]
fn phones_call_answer_hold_resume_and_hang_up() {
    let mut office = Office::new();
    office.act(0, |phone, now| phone.dial(now, "302"));
    assert_eq!(office.seen(), [vec!["ringback 302"], vec!["ringing 301"], vec![]]);
    assert_eq!(office.phones[1].calls()[0].name, "User 1");
    office.act(1, SipPhone::answer);
    assert_eq!(office.seen(), [vec!["connected 302"], vec!["connected 301"], vec![]]);
    assert!(office.phones[0].calls()[0].remote.is_some());
    office.act(1, SipPhone::hold);
    assert_eq!(office.seen()[1], ["held 301"]);
    office.act(1, SipPhone::resume);
    assert_eq!(office.seen(), [vec!["connected 302"], vec!["connected 301"], vec![]]);
    office.act(0, SipPhone::hang_up);
    assert_eq!(office.seen(), [[""; 0]; 3]);
    for end in [SipPhone::reject, SipPhone::hang_up] {
        office.act(0, |phone, now| phone.dial(now, "302"));
        office.act(1, end);
        assert!(office.phones[1].calls().is_empty());
        office.wait(Duration::from_secs(1));
        let told = office.phones[0].take_notices();
        assert!(told.iter().any(|notice| notice.starts_with("302: ")), "{told:?}");
    }
    office.act(0, |phone, now| phone.dial(now, "302"));
    office.act(0, SipPhone::hang_up);
    office.wait(Duration::from_secs(1));
    assert_eq!(office.seen(), [[""; 0]; 3], "it was cancelled");
    assert_eq!(office.phones[0].answer(office.now), Err(CannotDo::NoCall("rings")));
}

#[test]
fn a_call_is_transferred_blind_and_after_a_consultation() {
    let mut office = Office::new();
    office.act(0, |phone, now| phone.dial(now, "302"));
    office.act(1, SipPhone::answer);
    office.act(1, |phone, now| phone.transfer_to(now, "303"));
    office.act(2, SipPhone::answer);
    office.wait(Duration::from_secs(1));
    let seen = office.seen();
    assert_eq!(seen[..2], [vec!["connected 303".to_owned()], vec![]]);
    assert!(seen[2].len() == 1 && seen[2][0].starts_with("connected "), "{seen:?}");
    office.act(2, |phone, now| phone.dial(now, "302"));
    office.act(1, SipPhone::answer);
    let states: Vec<CallState> = office.phones[2].calls().iter().map(|call| call.state).collect();
    assert_eq!(states, [CallState::Held, CallState::Connected]);
    office.act(2, SipPhone::transfer);
    office.wait(Duration::from_secs(1));
    assert_eq!(office.seen(), [vec!["connected 302"], vec!["connected 301"], vec![]]);
}
