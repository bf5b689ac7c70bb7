//! Whatever happens, in whatever order: what a phone was told adds up to what it should show.

use std::collections::{BTreeMap, BTreeSet};

use hookflash_core::view::{CallDisplay, LineForwarding, StationView};
use hookflash_wire::sccp::{CallState, LampMode, RingMode, Stimulus, Switch as OnOff, Tone};
use proptest::prelude::*;

use super::*;

/// What a phone makes of the messages it gets.
#[derive(Default)]
struct Screen {
    states: BTreeMap<(u32, u32), CallState>,
    lamps: BTreeMap<u32, LampMode>,
    channels: BTreeSet<u32>,
    sending: BTreeSet<u32>,
    ringing: bool,
    speaker: bool,
    tone: bool,
    /// Where all calls of a line go.
    forwards: BTreeMap<u32, String>,
    forward_lamp: bool,
}

impl Screen {
    fn see(&mut self, message: &ServerMessage) {
        use ServerMessage as M;
        match message {
            M::CallState(m) if m.state == CallState::ON_HOOK => {
                assert!(self.states.remove(&(m.line, m.call_reference)).is_some(), "an unknown call ended");
            }
            M::CallState(m) => {
                self.states.insert((m.line, m.call_reference), m.state);
                let connected = self.states.values().filter(|state| **state == CallState::CONNECTED);
                assert!(connected.count() <= 1, "two calls connected at once");
                assert!(m.state != CallState::CONNECTED || !self.ringing, "connected while ringing");
            }
            M::CallInfo(m) => {
                assert!(self.states.contains_key(&(m.line, m.call_reference)), "info before state")
            }
            M::SetLamp(m) if m.stimulus == Stimulus::LINE => drop(self.lamps.insert(m.instance, m.mode)),
            M::SetLamp(m) if m.stimulus == Stimulus::FORWARD_ALL => {
                self.forward_lamp = m.mode != LampMode::OFF
            }
            M::ForwardStat(m) => match &m.all {
                Some(number) => drop(self.forwards.insert(m.line, number.to_string())),
                None => drop(self.forwards.remove(&m.line)),
            },
            M::SetRinger(m) => self.ringing = m.mode != RingMode::OFF,
            M::SetSpeakerMode(m) => self.speaker = m.mode == OnOff::ON,
            // A key that was refused beeps once over the call; a number to forward to is confirmed with a short tone.
            M::StartTone(m) => self.tone |= ![Tone::BEEP_BONK, Tone::ZIP].contains(&m.tone),
            M::StopTone(_) => self.tone = false,
            M::OpenReceiveChannel(m) => assert!(self.channels.insert(m.pass_thru_party_id)),
            M::CloseReceiveChannel(m) => assert!(self.channels.remove(&m.pass_thru_party_id)),
            M::StartMediaTransmission(m) => {
                assert!(self.channels.contains(&m.pass_thru_party_id));
                assert!(self.sending.insert(m.pass_thru_party_id));
            }
            M::StopMediaTransmission(m) => assert!(self.sending.remove(&m.pass_thru_party_id)),
            _ => {}
        }
    }

    fn assert_shows(&self, view: &StationView) {
        let calls: Vec<(u32, u32)> = self.states.keys().copied().collect();
        let mut expected: Vec<(u32, u32)> = view.appearances.iter().map(|a| (a.line, a.reference)).collect();
        expected.sort_unstable();
        assert_eq!(calls, expected);
        for appearance in &view.appearances {
            let state = self.states[&(appearance.line, appearance.reference)];
            let connected = appearance.display == CallDisplay::Connected;
            assert_eq!(state == CallState::CONNECTED, connected, "{:?}", appearance.display);
            let lamp = self.lamps.get(&appearance.line).copied().unwrap_or(LampMode::OFF);
            assert_ne!(lamp, LampMode::OFF);
        }
        let lit: BTreeSet<u32> =
            self.lamps.iter().filter(|(_, mode)| **mode != LampMode::OFF).map(|(line, _)| *line).collect();
        assert_eq!(lit, view.appearances.iter().map(|a| a.line).collect());
        let all =
            |line: &LineForwarding| Some((line.line, line.forwarding.immediate.as_ref()?.number.to_string()));
        let forwards: BTreeMap<u32, String> = view.forwards.iter().filter_map(all).collect();
        let enters = view.appearances.iter().any(|a| a.enters_forward && a.display.is_active());
        assert_eq!((self.forward_lamp, &self.forwards), (enters || !forwards.is_empty(), &forwards));
        let active = view.active();
        assert_eq!(self.speaker, active.is_some());
        let rings = view.appearances.iter().any(|a| a.display.is_ringing());
        assert_eq!(self.ringing, active.is_none() && rings);
        if let Some(active) = active {
            let tone = match active.display {
                CallDisplay::Dialling => active.digits.is_empty(),
                CallDisplay::RingingOut | CallDisplay::Failed(_) => true,
                CallDisplay::Connected => rings,
                _ => false,
            };
            // Who does not talk yet hears only for a moment that another call waits.
            let beeps = self.tone && rings && active.display != CallDisplay::Connected;
            assert!(self.tone == tone || beeps, "{:?}", active.display);
        }
        let media = view.appearances.iter().filter_map(|a| match a.media {
            Some(media) => Some((media.sends(), media.stream()?)),
            None => None,
        });
        assert_eq!(self.channels.len(), media.clone().count());
        let sent = media.filter(|(sends, stream)| *sends && stream.transmit_to.is_some());
        assert_eq!(self.sending.len(), sent.count());
    }
}

/// Something that happens at a phone.
#[derive(Clone, Copy, Debug)]
enum Happening {
    SoftKey(SoftKey),
    Line(u32),
    OffHook,
    OnHook,
    Dial(&'static str),
    Ack,
    Lost,
    Replaced,
    Wait(u64),
}

fn happening() -> impl Strategy<Value = Happening> {
    use Happening::{Ack, Dial, Line, Lost, OffHook, OnHook, Replaced, Wait};
    let keys = [
        SoftKey::NEW_CALL,
        SoftKey::ANSWER,
        SoftKey::HOLD,
        SoftKey::RESUME,
        SoftKey::END_CALL,
        SoftKey::BACKSPACE,
        SoftKey::REDIAL,
        SoftKey::FORWARD_ALL,
    ];
    prop_oneof![
        8 => prop::sample::select(keys.to_vec()).prop_map(Happening::SoftKey),
        2 => (1u32..3).prop_map(Line),
        2 => Just(OffHook),
        2 => Just(OnHook),
        6 => prop::sample::select(&["1", "1001", "1002", "1003", "1004", "1999", "1003#"][..]).prop_map(Dial),
        3 => Just(Ack),
        1 => Just(Lost),
        1 => Just(Replaced),
        1 => prop::sample::select(&[1u64, 6, 12][..]).prop_map(Wait),
    ]
}

struct World {
    bench: Bench,
    phones: Vec<(&'static str, Phone, Screen)>,
}

impl World {
    fn new() -> World {
        let mut bench = Bench::new(office());
        let phones = [ALICE, BOB, CAROL, DAVE].map(|name| (name, bench.phone(name), Screen::default()));
        World { bench, phones: phones.into() }
    }

    fn happen(&mut self, at: usize, happening: Happening) {
        let (name, phone, _) = self.phones[at];
        let bench = &mut self.bench;
        match happening {
            Happening::SoftKey(key) => bench.soft_key(phone, key, 0),
            Happening::Line(line) => bench.button(phone, Stimulus::LINE, line),
            Happening::OffHook => bench.off_hook(phone),
            Happening::OnHook => bench.on_hook(phone),
            Happening::Dial(digits) => bench.digits(phone, digits),
            Happening::Ack => {
                let open: Vec<u32> = self.phones[at].2.channels.iter().copied().collect();
                for party in open {
                    let address = SocketAddr::from(([192, 0, 2, phone.number], 20000));
                    self.bench.send(phone, ack(address, Some(party), None));
                }
            }
            Happening::Lost | Happening::Replaced => {
                if matches!(happening, Happening::Lost) {
                    bench.input(Input::Closed { link: phone.link });
                }
                let link = bench.connect_from([192, 0, 2, phone.number]);
                let again = bench.register(link, name, DeviceType::TYPE_7960, 11);
                bench.send(again, ClientMessage::TimeDateReq);
                self.phones[at].1 = again;
                self.phones[at].2 = Screen::default();
            }
            Happening::Wait(seconds) => bench.wait_seconds(seconds),
        }
    }

    fn display(&mut self) {
        for (name, phone, screen) in &mut self.phones {
            for message in self.bench.take(phone.link, phone.encoding) {
                screen.see(&message);
            }
            screen.assert_shows(&self.bench.switch().station_view(self.bench.id(name)));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn phones_show_what_they_should(happenings in prop::collection::vec((0usize..4, happening()), 0..80)) {
        let mut world = World::new();
        for (at, happening) in happenings {
            world.happen(at, happening);
            world.display();
        }
        for at in 0..4 {
            for _ in 0..20 {
                world.happen(at, Happening::SoftKey(SoftKey::RESUME));
                world.happen(at, Happening::SoftKey(SoftKey::END_CALL));
            }
        }
        world.happen(0, Happening::Wait(20));
        world.display();
        world.bench.assert_quiet();
    }
}
