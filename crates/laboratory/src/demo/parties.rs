//! The three phones and the application of the demo, and a transcript of their messages.

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

use super::{Addresses, stage::Stage};
use crate::client::{ApplicationActivity, Clock, LiveApplication, LivePhone};

/// The names of the parties, in the order of the ladder's columns.
const NAMES: [&str; 4] = ["alice", "bob", "carol", "console"];

/// The index of the application.
const CONSOLE: usize = 3;

/// How long a scene waits for something to happen.
const WAIT_LIMIT: Duration = Duration::from_secs(10);

/// Three phones and an application.
pub struct Parties {
    /// 201, a 7960.
    pub alice: LivePhone,
    /// 202, a 7961.
    pub bob: LivePhone,
    /// 203, a 7975.
    pub carol: LivePhone,
    /// The application.
    pub console: LiveApplication,
    /// Notices of the application since the last wait.
    pub notices: Vec<Notice>,
    stage: Stage,
    transcript: Rc<RefCell<Transcript>>,
    printed: usize,
    clock: Clock,
    from_switch: StreamFramer,
}

impl Parties {
    /// Creates the parties; the phones are not plugged in yet.
    ///
    /// # Errors
    /// There is no socket for the application.
    pub async fn create(addresses: Addresses, stage: Stage) -> io::Result<Parties> {
        let clock = Clock::start();
        let transcript = Rc::new(RefCell::new(Transcript::default()));
        let phone = |party: usize, name: &str, model: DeviceType| {
            let phone = Phone::new(PhoneSettings::new(name, model));
            let mut live = LivePhone::new(phone, addresses.sccp, clock);
            let transcript = transcript.clone();
            live.tap(move |sent, bytes, encoding| {
                let (from, to) = ends(party, sent);
                transcript.borrow_mut().add(clock.now(), from, to, Content::Sccp(encoding), bytes, false);
            });
            live
        };
        let settings = ApplicationSettings::new("console@office", "201@office", addresses.sip);
        Ok(Parties {
            alice: phone(0, "SEP020000000201", DeviceType::TYPE_7960),
            bob: phone(1, "SEP020000000202", DeviceType::TYPE_7961),
            carol: phone(2, "SEP020000000203", DeviceType::TYPE_7975),
            console: LiveApplication::new(settings, addresses.sip, clock).await?,
            notices: Vec::new(),
            stage,
            transcript,
            printed: 0,
            clock,
            from_switch: StreamFramer::new(),
        })
    }

    /// A phone, in the order of the ladder's columns.
    pub fn phone(&mut self, index: usize) -> &mut LivePhone {
        match index {
            0 => &mut self.alice,
            1 => &mut self.bob,
            _ => &mut self.carol,
        }
    }

    /// The time since the demo began.
    pub fn now(&self) -> hookflash_core::Instant {
        self.clock.now()
    }

    /// Runs the parties until `done` returns something; `None` if it does not within [`WAIT_LIMIT`].
    pub async fn until<T>(&mut self, mut done: impl FnMut(&mut Parties) -> Option<T>) -> Option<T> {
        let acting = async {
            loop {
                if let Some(result) = done(self) {
                    return result;
                }
                self.act().await;
            }
        };
        let result = tokio::time::timeout(WAIT_LIMIT, acting).await.ok();
        // Messages that are still under way belong to this scene.
        let _ = tokio::time::timeout(Duration::from_millis(60), async {
            loop {
                self.act().await;
            }
        })
        .await;
        result
    }

    /// Runs the parties until something happens to one of them.
    pub async fn act(&mut self) {
        let Parties { alice, bob, carol, console, .. } = self;
        tokio::select! {
            _ = alice.wait() => {}
            _ = bob.wait() => {}
            _ = carol.wait() => {}
            activity = console.wait() => self.record(activity),
        }
    }

    /// Runs the parties for some time.
    pub async fn rest(&mut self, time: Duration) {
        if !time.is_zero() {
            // It ends in no other way.
            let _ = tokio::time::timeout(time, async {
                loop {
                    self.act().await;
                }
            })
            .await;
        }
    }

    /// Prints the title of a scene, after a pause.
    pub async fn scene(&mut self, title: &str) {
        self.rest(self.stage.scene()).await;
        say!("\n{}", self.stage.bold(&format!("── {title}")));
        self.rest(self.stage.line()).await;
    }

    /// Prints a line, and leaves time to read it.
    pub async fn line(&mut self, text: &str) {
        say!("{text}");
        self.rest(self.stage.line()).await;
    }

    /// Prints the messages since the last call.
    pub async fn print(&mut self) {
        let ladder = {
            let transcript = self.transcript.borrow();
            let ladder = transcript.ladder(self.printed..transcript.len(), &NAMES);
            ladder.fitted_to(self.stage.width).coloured(self.stage.colours).to_string()
        };
        self.skip();
        for line in ladder.lines() {
            self.line(line.trim_end()).await;
        }
    }

    /// Leaves the messages since the last call out.
    pub fn skip(&mut self) {
        self.printed = self.transcript.borrow().len();
    }

    fn record(&mut self, activity: ApplicationActivity) {
        match activity {
            ApplicationActivity::Sent(bytes) => self.record_sip(true, &bytes),
            ApplicationActivity::Received(bytes) => {
                let mut rest = bytes.as_slice();
                let mut framer = std::mem::take(&mut self.from_switch);
                while let Ok(Some(framed)) = framer.next(&mut rest) {
                    if let Framed::Message(message) = framed {
                        self.record_sip(false, message);
                    }
                }
                self.from_switch = framer;
            }
            ApplicationActivity::Notice(notice) => self.notices.push(*notice),
            // The session ends with its connection.
            ApplicationActivity::Unreachable(_) => {}
        }
    }

    fn record_sip(&self, sent: bool, bytes: &[u8]) {
        let (from, to) = ends(CONSOLE, sent);
        self.transcript.borrow_mut().add(self.clock.now(), from, to, Content::Sip, bytes, false);
    }
}

fn ends(party: usize, sent: bool) -> (Place, Place) {
    let party = Place::Party(PartyId::new(party));
    if sent { (party, Place::Node) } else { (Place::Node, party) }
}
