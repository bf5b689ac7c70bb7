//! The parties of the play, and the record of what travels between them and the switch.

use std::{cell::RefCell, io, rc::Rc, time::Duration};

use hookflash_driver::say;
use hookflash_sim::{
    application::{ApplicationSettings, Notice},
    phone::{Phone, PhoneSettings},
    transcript::{Content, Place, Transcript},
    world::PartyId,
};
use hookflash_wire::{
    sccp::DeviceType,
    sip::{Framed, StreamFramer},
};

use super::Addresses;
use crate::client::{Clock, Heard, LiveApplication, LivePhone};

/// Everybody, in the order of the ladder's columns.
const NAMES: [&str; 4] = ["alice", "bob", "carol", "console"];

/// The application's place among them.
const CONSOLE: usize = 3;

/// How long the play waits for anything.
const PATIENCE: Duration = Duration::from_secs(10);

/// Three phones and an application.
pub struct Cast {
    /// 201, a 7960.
    pub alice: LivePhone,
    /// 202, a 7961.
    pub bob: LivePhone,
    /// 203, a 7975.
    pub carol: LivePhone,
    /// The application.
    pub console: LiveApplication,
    /// What it has learned since the last wait.
    pub learned: Vec<Notice>,
    record: Rc<RefCell<Transcript>>,
    printed: usize,
    clock: Clock,
    from_switch: StreamFramer,
}

impl Cast {
    /// Everybody, not plugged in yet.
    pub async fn gather(addresses: Addresses) -> io::Result<Cast> {
        let clock = Clock::start();
        let record = Rc::new(RefCell::new(Transcript::default()));
        let phone = |party: usize, name: &str, model: DeviceType| {
            let phone = Phone::new(PhoneSettings::new(name, model));
            let mut live = LivePhone::new(phone, addresses.sccp, clock);
            let record = record.clone();
            live.tap(move |sent, bytes, encoding| {
                let (from, to) = ends(party, sent);
                record.borrow_mut().add(clock.now(), from, to, Content::Sccp(encoding), bytes, false);
            });
            live
        };
        let settings = ApplicationSettings::new("console@office", "201@office", addresses.sip);
        Ok(Cast {
            alice: phone(0, "SEP020000000201", DeviceType::TYPE_7960),
            bob: phone(1, "SEP020000000202", DeviceType::TYPE_7961),
            carol: phone(2, "SEP020000000203", DeviceType::TYPE_7975),
            console: LiveApplication::new(settings, addresses.sip, clock).await?,
            learned: Vec::new(),
            record,
            printed: 0,
            clock,
            from_switch: StreamFramer::new(),
        })
    }

    /// What time it is in the play.
    pub fn now(&self) -> hookflash_core::Instant {
        self.clock.now()
    }

    /// Lets everybody act until `done` says something, and prints what travelled. `None` if it never does.
    pub async fn until<T>(&mut self, mut done: impl FnMut(&mut Cast) -> Option<T>) -> Option<T> {
        let acting = async {
            loop {
                if let Some(result) = done(self) {
                    return result;
                }
                self.act().await;
            }
        };
        let result = tokio::time::timeout(PATIENCE, acting).await.ok();
        // What is still on its way belongs to this scene.
        let _ = tokio::time::timeout(Duration::from_millis(60), async {
            loop {
                self.act().await;
            }
        })
        .await;
        result
    }

    /// Lets everybody act until one of them has noticed something.
    pub async fn act(&mut self) {
        let Cast { alice, bob, carol, console, .. } = self;
        tokio::select! {
            _ = alice.wait() => {}
            _ = bob.wait() => {}
            _ = carol.wait() => {}
            heard = console.wait() => self.heard(heard),
        }
    }

    /// Announces a scene.
    pub fn scene(&mut self, title: &str) {
        say!("\n── {title}");
    }

    /// Prints what travelled since the last time.
    pub fn print(&mut self) {
        let record = self.record.borrow();
        say!("{}", record.ladder(self.printed..record.len(), &NAMES));
        self.printed = record.len();
    }

    fn heard(&mut self, heard: Heard) {
        match heard {
            Heard::Sent(bytes) => self.record_sip(true, &bytes),
            Heard::Received(bytes) => {
                let mut rest = bytes.as_slice();
                let mut framer = std::mem::take(&mut self.from_switch);
                while let Ok(Some(framed)) = framer.next(&mut rest) {
                    if let Framed::Message(message) = framed {
                        self.record_sip(false, message);
                    }
                }
                self.from_switch = framer;
            }
            Heard::Notice(notice) => self.learned.push(*notice),
        }
    }

    fn record_sip(&self, sent: bool, bytes: &[u8]) {
        let (from, to) = ends(CONSOLE, sent);
        self.record.borrow_mut().add(self.clock.now(), from, to, Content::Sip, bytes, false);
    }
}

fn ends(party: usize, sent: bool) -> (Place, Place) {
    let party = Place::Party(PartyId::new(party));
    if sent { (party, Place::Node) } else { (Place::Node, party) }
}
