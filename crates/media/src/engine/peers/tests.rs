//! Browsers that are met, and strangers.

use super::*;
use crate::{
    Codec, FRAME, LegState, Role,
    rtp::{self, Sender},
    srtp::{Opener, Sealer},
};

const LEG: LegId = LegId(1);
const PARTY: StreamId = StreamId(7);
const PASSWORD: &str = "a password of enough letters";

fn identity() -> (Identity, [u8; 32]) {
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate = rcgen::CertificateParams::new(Vec::new()).unwrap().self_signed(&key).unwrap();
    let print = Sha256::digest(certificate.der()).into();
    (Identity::new(certificate.der().to_vec(), key.serialize_der(), Instant::now()), print)
}

/// A browser, and the engine that it talks to.
struct Scene {
    engine: Engine,
    browser: Dtls,
    at: SocketAddr,
    keys: Option<(Key, Key)>,
    meeting: Meeting,
}

impl Scene {
    /// `known` says whether the browser's certificate is the one of its description.
    fn new(begins: bool, known: bool) -> Scene {
        let (own, _) = identity();
        let (theirs, print) = identity();
        let meeting = Meeting {
            fragment: "ours".into(),
            password: PASSWORD.into(),
            their_fragment: "them".into(),
            fingerprint: if known { print } else { [1; 32] },
            begins,
        };
        let mut engine = Engine::new(1);
        engine.set_identity(own);
        engine.meet(PARTY, Some(meeting.clone()));
        let nowhere = Some(SocketAddr::from(([0, 0, 0, 0], 9)));
        let state = LegState::new(Codec::Pcmu, Role::Bridge(1), nowhere);
        engine.set(LEG, Some(LegState { secured: Some(PARTY), ..state }));
        let mut browser = Dtls::new_12(theirs.config.clone(), theirs.certificate.clone(), theirs.began);
        browser.set_active(!begins);
        Scene { engine, browser, at: SocketAddr::from(([10, 0, 0, 9], 4_000)), keys: None, meeting }
    }

    fn check(&mut self, nominates: bool) {
        let check = stun::request(("ours", "them"), PASSWORD, nominates);
        self.engine.receive(LEG, self.at, &check);
    }

    /// Both ends exchange what they have for so many ticks.
    fn exchange(&mut self, ticks: u32) {
        let mut now = Instant::now();
        for _ in 0..ticks {
            self.engine.tick(|_, _, _| {});
            now += FRAME_TIME;
            for datagram in self.engine.take_datagrams() {
                assert_eq!((datagram.to, datagram.at_reports), (self.at, false));
                if datagram.bytes[0] >= 20 && datagram.bytes[0] < 64 {
                    let _ = self.browser.handle_packet(&datagram.bytes);
                }
            }
            let _ = self.browser.handle_timeout(now);
            self.drain();
        }
    }

    fn drain(&mut self) {
        let mut buffer = vec![0; MAX_RECORD];
        loop {
            match self.browser.poll_output(&mut buffer) {
                Output::Packet(record) => self.engine.receive(LEG, self.at, record),
                Output::KeyingMaterial(material, profile) => {
                    self.keys = keys(&material, profile, !self.meeting.begins);
                }
                Output::Timeout(_) => return,
                _ => {}
            }
        }
    }

    /// What the engine and the browser hear when each says something.
    fn talk(&mut self) -> (u64, bool) {
        let Some((own, theirs)) = self.keys else { return (0, false) };
        let (mut sealer, mut opener) = (Sealer::new(&own), Opener::new(&theirs));
        let mut sender = Sender::new(9);
        let mut heard = false;
        for _ in 0..10 {
            let packet = sealer.seal(sender.audio(0, &[0x55; FRAME])).to_vec();
            sender.advance();
            self.engine.receive(LEG, self.at, &packet);
            self.engine.tick(|_, to, packet| {
                assert_eq!(to, self.at);
                heard |= opener.open(packet).and_then(rtp::parse).is_some();
            });
        }
        (self.engine.statistics(LEG).unwrap().received, heard)
    }
}

#[test]
fn a_browser_is_found_by_its_checks_and_has_the_keys_of_its_handshake() {
    for begins in [false, true] {
        let mut scene = Scene::new(begins, true);
        scene.check(false);
        scene.check(true);
        scene.exchange(60);
        assert_eq!(scene.talk(), (10, true), "begins: {begins}");
        // It moves, and the call is put aside and taken up again.
        scene.at = SocketAddr::from(([10, 0, 0, 9], 5_000));
        scene.check(true);
        scene.engine.take_datagrams();
        scene.engine.meet(PARTY, Some(scene.meeting.clone()));
        assert!(scene.talk().1, "begins: {begins}: after a move");
        scene.engine.meet(PARTY, None);
        assert!(!scene.talk().1, "begins: {begins}: after the end");
    }
}

#[test]
fn another_certificate_than_that_of_the_description_gives_no_keys() {
    let mut scene = Scene::new(false, false);
    scene.check(true);
    scene.exchange(60);
    assert_eq!(scene.talk().0, 0);
}

#[test]
fn who_has_not_proved_that_it_knows_the_password_is_answered_nothing() {
    let mut scene = Scene::new(false, true);
    let wrong = stun::request(("ours", "them"), "another password", true);
    scene.engine.receive(LEG, scene.at, &wrong);
    scene.exchange(60);
    assert!(scene.keys.is_none());
    scene.engine.receive(LEG, scene.at, &[22; 100]);
    scene.engine.tick(|_, _, _| panic!("audio for nobody"));
    assert_eq!(scene.engine.take_datagrams(), []);
}
