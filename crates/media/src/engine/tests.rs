//! What devices and applications hear.

use super::{leg::PORT_FREE_AFTER, *};
use crate::{
    Codec, Coder, Frame,
    digits::Sounding,
    rtp::Sender,
    srtp::{Opener, Sealer},
};

const PHONES: [&str; 4] = ["10.0.0.1:4000", "10.0.0.2:4000", "10.0.0.3:4000", "10.0.0.4:4000"];

fn phone(number: usize) -> SocketAddr {
    PHONES[number].parse().unwrap()
}

fn in_bridge(number: usize, codec: Codec) -> LegState {
    LegState::new(codec, Role::Bridge(1), Some(phone(number)))
}

/// An engine with a bridge of three.
fn bridge() -> Engine {
    let mut engine = Engine::new(1);
    for number in 0..3 {
        let codec = if number == 2 { Codec::Pcma } else { Codec::Pcmu };
        engine.set(leg(number), Some(in_bridge(number, codec)));
    }
    engine
}

fn leg(number: usize) -> LegId {
    LegId(u32::try_from(number).unwrap())
}

/// The phone says this for 20 ms.
fn say(engine: &mut Engine, sender: &mut Sender, number: usize, codec: Codec, sample: i16) {
    let payload = codec.encode(&[sample; FRAME]);
    let packet = sender.audio(codec.payload_type(), &payload).to_vec();
    sender.advance();
    engine.receive(leg(number), phone(number), &packet);
}

/// What each phone hears in a tick: the last sample.
fn heard(engine: &mut Engine) -> Vec<(usize, i16)> {
    let mut heard = Vec::new();
    engine.tick(|leg, to, packet| {
        let number = leg.0 as usize;
        assert_eq!(to, phone(number));
        let packet = rtp::parse(packet).unwrap();
        let codec = if packet.payload_type() == 8 { Codec::Pcma } else { Codec::Pcmu };
        heard.push((number, codec.decode(packet.payload())[FRAME - 1]));
    });
    heard
}

#[test]
fn three_in_a_bridge_hear_each_other_and_not_themselves() {
    let mut engine = bridge();
    let mut senders: Vec<Sender> = (0..3).map(Sender::new).collect();
    let said = [1_000_i16, 4_000, 100];
    let codecs = [Codec::Pcmu, Codec::Pcmu, Codec::Pcma];
    let mut last = Vec::new();
    for _ in 0..10 {
        for number in 0..3 {
            say(&mut engine, &mut senders[number], number, codecs[number], said[number]);
        }
        last = heard(&mut engine);
    }
    for (number, heard) in last {
        let others: i16 = said.iter().sum::<i16>() - said[number];
        assert!((heard - others).abs() <= others / 16 + 16, "{number} hears {heard}, not {others}");
    }
}

#[test]
fn who_leaves_is_heard_no_more_and_the_last_bridge_is_gone() {
    let mut engine = bridge();
    engine.set(leg(0), None);
    assert_eq!(heard(&mut engine).len(), 2);
    engine.set(leg(1), Some(LegState { role: Role::Music, ..in_bridge(1, Codec::Pcmu) }));
    engine.set(leg(2), None);
    assert!(engine.bridges.is_empty());
    engine.set(leg(1), None);
    assert!(engine.is_empty() && heard(&mut engine).is_empty());
}

#[test]
fn a_stranger_is_not_heard_and_cannot_take_a_leg() {
    let mut engine = bridge();
    let mut sender = Sender::new(5);
    let packet = sender.audio(0, &Codec::Pcmu.encode(&[9_000; FRAME])).to_vec();
    for from in ["10.0.0.9:4000", "10.0.0.2:4000"] {
        engine.receive(leg(0), from.parse().unwrap(), &packet);
    }
    assert_eq!(engine.statistics(leg(0)).unwrap().dropped, 2);
    engine.receive(leg(0), phone(0), &packet);
    engine.receive(leg(0), "10.0.0.1:4999".parse().unwrap(), &packet);
    let statistics = engine.statistics(leg(0)).unwrap();
    assert_eq!((statistics.received, statistics.dropped), (1, 3), "the first port counts");
    for _ in 0..=PORT_FREE_AFTER {
        engine.tick(|_, _, _| {});
    }
    engine.receive(leg(0), "10.0.0.1:4999".parse().unwrap(), &packet);
    assert_eq!(engine.statistics(leg(0)).unwrap().received, 2, "the phone has another port now");
}

#[test]
fn garbage_is_dropped() {
    let mut engine = bridge();
    for packet in [&b""[..], b"x", &[0x80; 11], &[0x40; 200], &[0xFF; 1_500]] {
        engine.receive(leg(0), phone(0), packet);
        engine.receive(LegId(99), phone(0), packet);
    }
    assert_eq!(engine.statistics(leg(0)).unwrap().dropped, 5);
}

#[test]
fn listeners_hear_the_same_music_each_in_its_codec() {
    let mut engine = Engine::new(3);
    for (number, codec) in [Codec::Pcmu, Codec::Pcma, Codec::Pcmu].into_iter().enumerate() {
        let state = LegState::new(codec, Role::Music, Some(phone(number)));
        engine.set(leg(number), Some(state));
    }
    engine.set(leg(3), Some(LegState::new(Codec::Pcmu, Role::Music, None)));
    let ticks: Vec<_> = (0..50).map(|_| heard(&mut engine)).collect();
    assert!(ticks.iter().flatten().any(|(_, sample)| sample.abs() > 500), "something is heard");
    for tick in &ticks {
        let [(0, one), (1, two), (2, three)] = tick.as_slice() else { panic!("{tick:?}") };
        assert!(one == three && (one - two).abs() <= one.abs() / 8 + 32, "{tick:?}");
    }
}

#[test]
fn a_leg_counts_on_from_music_to_a_bridge() {
    let mut engine = Engine::new(3);
    let mut packets = Vec::new();
    for role in [Role::Music, Role::Bridge(1), Role::Music] {
        engine.set(leg(0), Some(LegState { role, ..in_bridge(0, Codec::Pcmu) }));
        for _ in 0..2 {
            engine.tick(|_, _, packet| packets.push(packet.to_vec()));
        }
    }
    let read: Vec<_> = packets.iter().map(|packet| rtp::parse(packet).unwrap()).collect();
    for pair in read.windows(2) {
        assert_eq!(pair[1].ssrc(), pair[0].ssrc());
        assert_eq!(pair[1].sequence_number(), pair[0].sequence_number().wrapping_add(1));
        assert_eq!(pair[1].timestamp(), pair[0].timestamp().wrapping_add(160));
    }
    let marked: Vec<bool> = read.iter().map(rtp_types::RtpPacket::marker_bit).collect();
    assert_eq!(marked, [true, false, true, false, true, false]);
}

#[test]
fn digits_are_passed_on_to_the_others_of_the_bridge() {
    let mut engine = bridge();
    let mut sender = Sender::new(9);
    for (begins, duration) in [(true, 160), (false, 320), (false, 480)] {
        let payload = [5, 10, (duration >> 8) as u8, duration as u8];
        let packet = sender.event(TELEPHONE_EVENT, begins, &payload).to_vec();
        engine.receive(leg(1), phone(1), &packet);
        let mut events = Vec::new();
        engine.tick(|leg, _, packet| {
            let packet = rtp::parse(packet).unwrap();
            if packet.payload_type() == TELEPHONE_EVENT {
                events.push((leg.0, packet.marker_bit(), packet.payload().to_vec()));
            }
        });
        assert_eq!(events, [(0, begins, payload.to_vec()), (2, begins, payload.to_vec())]);
    }
}

#[test]
fn a_device_hears_a_digit_as_events_or_as_tones() {
    let mut engine = bridge();
    let with = |signal, telephone_event| LegState { signal, telephone_event, ..in_bridge(0, Codec::Pcmu) };
    let ticks = |engine: &mut Engine, state: LegState, count: usize| {
        engine.set(leg(0), Some(state));
        let mut sent = Vec::new();
        for _ in 0..count {
            engine.tick(|leg, _, packet| {
                let read = rtp::parse(packet).unwrap();
                if leg == LegId(0) {
                    sent.push((read.payload_type(), read.marker_bit(), read.payload().to_vec()));
                }
            });
        }
        sent
    };
    let sent = ticks(&mut engine, with(Some(5), Some(97)), 3);
    let durations: Vec<_> =
        sent.iter().map(|(kind, marker, event)| (*kind, *marker, event.clone())).collect();
    assert_eq!(
        durations,
        [(97, true, vec![5, 10, 0, 160]), (97, false, vec![5, 10, 1, 64]), (97, false, vec![5, 10, 1, 224])]
    );
    let sent = ticks(&mut engine, with(None, Some(97)), 1);
    assert_eq!(sent.len(), 4, "three last packets, and audio again");
    assert!(sent[..3].iter().all(|(kind, _, event)| *kind == 97 && event[1] == 0x8A));
    assert_eq!((sent[3].0, sent[3].1), (0, true));
    let sent = ticks(&mut engine, with(Some(5), None), 3);
    assert!(sent.iter().all(|(kind, ..)| *kind == 0) && sent.len() == 3);
    let loudest = |sent: &[(u8, bool, Vec<u8>)]| {
        sent.iter().flat_map(|(_, _, payload)| Codec::Pcmu.decode(payload)).max().unwrap()
    };
    assert!(loudest(&sent) > 8_000);
    let sent = ticks(&mut engine, with(None, None), 3);
    assert_eq!(loudest(&sent[1..]), 0);
}

/// A bridge of a phone and an application.
fn with_application(linear: bool) -> Engine {
    let mut engine = Engine::new(6);
    engine.set(leg(0), Some(in_bridge(0, Codec::Pcmu)));
    let end = End::Stream { stream: StreamId(9), linear };
    engine.set(leg(1), Some(LegState { end, send_to: None, ..in_bridge(1, Codec::Pcma) }));
    engine
}

#[test]
fn an_application_hears_a_phone_and_is_heard() {
    for linear in [false, true] {
        let mut engine = with_application(linear);
        let mut sender = Sender::new(1);
        let said = match linear {
            true => [2_000_i16; FRAME].iter().flat_map(|sample| sample.to_le_bytes()).collect(),
            false => Codec::Pcma.encode(&[2_000; FRAME]).to_vec(),
        };
        let (mut at_phone, mut at_application) = (0, 0);
        for _ in 0..10 {
            say(&mut engine, &mut sender, 0, Codec::Pcmu, 5_000);
            engine.say(StreamId(9), &said);
            at_phone = heard(&mut engine)[0].1;
            let streamed = engine.take_streamed();
            let [(StreamId(9), Streamed::Audio(payload))] = streamed.as_slice() else {
                panic!("{streamed:?}")
            };
            assert_eq!(payload.len(), if linear { 320 } else { 160 });
            at_application = match linear {
                true => i16::from_le_bytes(*payload.last_chunk().unwrap()),
                false => Codec::Pcma.decode(payload)[FRAME - 1],
            };
        }
        assert!((1_900..2_100).contains(&at_phone), "the phone hears {at_phone}");
        assert!((4_800..5_200).contains(&at_application), "the application hears {at_application}");
    }
}

#[test]
fn marks_come_when_a_sentence_was_heard_or_cannot_be_any_more() {
    let mut engine = with_application(false);
    let marks = |engine: &mut Engine| -> Vec<String> {
        engine.tick(|_, _, _| {});
        let streamed = engine.take_streamed().into_iter();
        let names = streamed.filter_map(|(_, what)| match what {
            Streamed::Mark(name) => Some(name.to_string()),
            Streamed::Audio(_) => None,
        });
        names.collect()
    };
    engine.say(StreamId(9), &[0; 2 * FRAME]);
    engine.mark(StreamId(9), "heard".into());
    assert_eq!((marks(&mut engine).len(), marks(&mut engine)), (0, vec!["heard".to_owned()]));
    engine.say(StreamId(9), &[0; 50 * FRAME]);
    engine.mark(StreamId(9), "interrupted".into());
    engine.interrupt(StreamId(9));
    assert_eq!(marks(&mut engine), ["interrupted"]);
    engine.say(StreamId(9), &[0; 50 * FRAME]);
    engine.mark(StreamId(9), "put on hold".into());
    engine.set(leg(1), None);
    assert_eq!(marks(&mut engine), ["put on hold"]);
    engine.mark(StreamId(9), "on hold".into());
    assert_eq!(marks(&mut engine), ["on hold"]);
}

#[test]
fn digits_of_a_phone_are_reported_once_and_are_no_audio_of_an_application() {
    let mut engine = with_application(false);
    let mut sender = Sender::new(9);
    for (begins, digit) in [(true, 5), (false, 5), (false, 5), (true, 11), (true, 99)] {
        let packet = sender.event(TELEPHONE_EVENT, begins, &[digit, 10, 0, 160]).to_vec();
        sender.advance();
        sender.advance();
        engine.receive(leg(0), phone(0), &packet);
        (0..2).for_each(|_| engine.tick(|leg, _, _| assert_eq!(leg, LegId(0))));
    }
    assert_eq!(engine.take_digits(), [(LegId(0), '5'), (LegId(0), '#')]);
}

#[test]
fn tones_of_a_phone_are_digits_for_an_application_and_for_nobody_else() {
    let mut engine = with_application(false);
    engine.set(leg(2), Some(LegState { role: Role::Bridge(2), ..in_bridge(2, Codec::Pcmu) }));
    let mut sounding = Sounding::new(7);
    let mut senders = [Sender::new(1), Sender::new(2)];
    for tick in 0..20 {
        let frame = if tick < 10 { sounding.next_tone() } else { [0; FRAME] };
        for (sender, number) in senders.iter_mut().zip([0, 2]) {
            let packet = sender.audio(0, &Codec::Pcmu.encode(&frame)).to_vec();
            sender.advance();
            engine.receive(leg(number), phone(number), &packet);
        }
        engine.tick(|_, _, _| {});
    }
    assert_eq!(engine.take_digits(), [(LegId(0), '7')]);
}

#[test]
fn a_secured_leg_is_encrypted_both_ways_and_silent_without_keys() {
    let key = |byte| Key::new(crate::srtp::Suite::AesCm80, &[byte; 30]).unwrap();
    let mut engine = Engine::new(1);
    engine.set(leg(0), Some(in_bridge(0, Codec::Pcmu)));
    let secured = Some(StreamId(5));
    engine.set(leg(1), Some(LegState { secured, ..in_bridge(1, Codec::Pcmu) }));
    let (mut plain, mut phone_says) = (Sender::new(1), Sender::new(2));
    let mut turn = |engine: &mut Engine, sealer: &mut Sealer, clear: bool| {
        say(engine, &mut plain, 0, Codec::Pcmu, 5_000);
        let packet = phone_says.audio(0, &Codec::Pcmu.encode(&[2_000; FRAME])).to_vec();
        phone_says.advance();
        let sealed = if clear { packet } else { sealer.seal(&packet).to_vec() };
        engine.receive(leg(1), phone(1), &sealed);
        let mut sent: [Option<Vec<u8>>; 2] = [None, None];
        engine.tick(|leg, _, packet| sent[leg.0 as usize] = Some(packet.to_vec()));
        sent
    };
    let mut sealer = Sealer::new(&key(2));
    let [_, sent] = turn(&mut engine, &mut sealer, true);
    assert_eq!(sent, None, "nothing without keys");
    engine.secure(StreamId(5), Some((key(1), key(2))));
    let mut opener = Opener::new(&key(1));
    let mut heard = [0; 2];
    for _ in 0..10 {
        engine.secure(StreamId(5), Some((key(1), key(2))));
        let [at_plain, at_secured] = turn(&mut engine, &mut sealer, false).map(Option::unwrap);
        let opened = opener.open(&at_secured).unwrap();
        heard[0] = Codec::Pcmu.decode(rtp::parse(&at_plain).unwrap().payload())[0];
        heard[1] = Codec::Pcmu.decode(rtp::parse(opened).unwrap().payload())[0];
    }
    assert!((1_900..2_100).contains(&heard[0]) && (4_800..5_200).contains(&heard[1]), "{heard:?}");
    let dropped = engine.statistics(leg(1)).unwrap().dropped;
    turn(&mut engine, &mut sealer, true);
    let mut stranger = Sealer::new(&key(9));
    turn(&mut engine, &mut stranger, false);
    assert_eq!(engine.statistics(leg(1)).unwrap().dropped, dropped + 2, "in clear, and with another key");
}

#[test]
fn two_with_different_codecs_hear_each_other() {
    for codecs in [[Codec::G722, Codec::Pcma], [Codec::Opus, Codec::Pcmu], [Codec::G722, Codec::Opus]] {
        transcodes(codecs);
    }
}

fn transcodes(codecs: [Codec; 2]) {
    let mut engine = Engine::new(4);
    for (number, codec) in codecs.into_iter().enumerate() {
        engine.set(leg(number), Some(in_bridge(number, codec)));
    }
    let mut coders = [Coder::default(), Coder::default()];
    let mut senders = [Sender::new(1), Sender::new(2)];
    let mut loudest = [0; 2];
    let mut timestamps = [None; 2];
    for tick in 0..25 {
        for number in 0..2 {
            let frame: Frame =
                std::array::from_fn(|n| (f64::sin((tick * FRAME + n) as f64 * 0.4) * 5_000.0) as i16);
            let payload = coders[number].encode(codecs[number], &frame);
            senders[number].set_ticks_per_sample(codecs[number].ticks_per_sample());
            let packet = senders[number].audio(codecs[number].payload_type(), &payload).to_vec();
            senders[number].advance();
            engine.receive(leg(number), phone(number), &packet);
        }
        engine.tick(|leg, _, packet| {
            let number = leg.0 as usize;
            let read = rtp::parse(packet).unwrap();
            assert_eq!(read.payload_type(), codecs[number].payload_type());
            let before: Option<u32> = timestamps[number].replace(read.timestamp());
            let step = before.map(|before| read.timestamp().wrapping_sub(before));
            assert!(step.is_none_or(|step| step == codecs[number].clock() / 50), "{step:?}");
            let heard = coders[number].decode(codecs[number], read.payload());
            loudest[number] = heard.into_iter().max().unwrap();
        });
    }
    assert!(loudest.iter().all(|sample| (4_000..6_000).contains(sample)), "{codecs:?}: {loudest:?}");
}

#[test]
fn of_many_speakers_the_loudest_are_mixed() {
    let mut engine = Engine::new(1);
    let mut senders: Vec<Sender> = (0..20).map(Sender::new).collect();
    let state = |number: usize| {
        let send_to = Some(SocketAddr::new([10, 0, 1, number as u8].into(), 4_000));
        LegState::new(Codec::Pcmu, Role::Bridge(1), send_to)
    };
    for number in 0..20 {
        engine.set(leg(number), Some(state(number)));
    }
    for _ in 0..6 {
        for (number, sender) in senders.iter_mut().enumerate() {
            let payload = Codec::Pcmu.encode(&[if number < 8 { 1_000 } else { 100 }; FRAME]);
            let packet = sender.audio(0, &payload).to_vec();
            sender.advance();
            engine.receive(leg(number), state(number).send_to.unwrap(), &packet);
        }
        engine.tick(|_, _, _| {});
    }
    let mut heard = Vec::new();
    engine.tick(|_, _, packet| heard.push(Codec::Pcmu.decode(rtp::parse(packet).unwrap().payload())[9]));
    assert!((6_500..7_500).contains(&heard[0]) && (7_500..8_500).contains(&heard[19]), "{heard:?}");
}

#[test]
fn tones_are_digits_where_the_server_listens() {
    for listens in [false, true] {
        let mut engine = Engine::new(1);
        engine.set(leg(0), Some(LegState { listens, ..in_bridge(0, Codec::Pcmu) }));
        let (mut sender, mut sounding) = (Sender::new(5), Sounding::new(7));
        for _ in 0..8 {
            let payload = Codec::Pcmu.encode(&sounding.next_tone());
            let packet = sender.audio(0, &payload).to_vec();
            sender.advance();
            engine.receive(leg(0), phone(0), &packet);
            engine.tick(|_, _, _| {});
        }
        let expected: &[(LegId, char)] = if listens { &[(LegId(0), '7')] } else { &[] };
        assert_eq!(engine.take_digits(), expected);
    }
}

#[test]
fn a_sound_is_heard_beside_the_others_and_not_recorded() {
    let (mut engine, message, tape) = (bridge(), SoundId(1), SoundId(2));
    engine.set_sound(message, Some(Sound::Samples([2_000; 2 * FRAME].into())));
    engine.set(leg(0), Some(LegState { sound: Some(message), ..in_bridge(0, Codec::Pcmu) }));
    engine.set(leg(1), Some(LegState { recording: Some(tape), ..in_bridge(1, Codec::Pcmu) }));
    let mut sender = Sender::new(5);
    let mut recorded = Vec::new();
    let mut by_first = Vec::new();
    for _ in 0..6 {
        say(&mut engine, &mut sender, 2, Codec::Pcma, 500);
        let heard = heard(&mut engine);
        by_first.push(heard.iter().find(|(number, _)| *number == 0).unwrap().1);
        assert!(heard.iter().all(|(number, sample)| *number == 0 || sample.abs() < 600), "{heard:?}");
        for (id, payload) in engine.take_recorded() {
            assert_eq!(id, tape);
            recorded.push(Codec::Pcmu.decode(&payload)[FRAME - 1]);
        }
    }
    assert!(by_first[..2].iter().all(|sample| *sample > 1_900), "{by_first:?}");
    assert!(by_first[3..].iter().all(|sample| (400..600).contains(sample)), "{by_first:?}");
    assert_eq!(recorded.len(), 6);
    assert!(recorded[3..].iter().all(|sample| (400..600).contains(sample)), "{recorded:?}");
}

#[test]
fn a_device_behind_a_translation_of_addresses_is_heard_and_reached_where_it_sends_from() {
    let said: SocketAddr = "10.0.0.5:4000".parse().unwrap();
    let seen: SocketAddr = "203.0.113.5:61000".parse().unwrap();
    let stranger: SocketAddr = "198.51.100.9:4000".parse().unwrap();
    let mut engine = Engine::new(1);
    let state = LegState::new(Codec::Pcmu, Role::Music, Some(said));
    let sends_to = |engine: &mut Engine| {
        let mut to = Vec::new();
        engine.tick(|_, address, _| to.push(address));
        to
    };
    for (behind, from, expected) in [
        (Some(seen.ip()), seen, seen),
        (Some(seen.ip()), said, said),
        (Some(seen.ip()), stranger, said),
        (None, seen, said),
    ] {
        engine.set(LegId(1), Some(LegState { behind, ..state }));
        let packet = Sender::new(7).audio(0, &[0xFF; FRAME]).to_vec();
        engine.receive(LegId(1), from, &packet);
        assert_eq!(sends_to(&mut engine), [expected], "{behind:?} {from}");
        engine.set(LegId(1), None);
    }
    engine.set(LegId(1), Some(LegState { behind: Some(seen.ip()), ..state }));
    let other = SocketAddr::new(seen.ip(), 61_002);
    for from in [seen, other] {
        let packet = Sender::new(7).audio(0, &[0xFF; FRAME]).to_vec();
        engine.receive(LegId(1), from, &packet);
        assert_eq!(sends_to(&mut engine), [seen], "another port does not take its place");
    }
    let moved =
        LegState { behind: Some(seen.ip()), send_to: Some("10.0.0.5:4002".parse().unwrap()), ..state };
    engine.set(LegId(1), Some(moved));
    let packet = Sender::new(7).audio(0, &[0xFF; FRAME]).to_vec();
    engine.receive(LegId(1), other, &packet);
    assert_eq!(sends_to(&mut engine), [other], "a new description opens it again");
}
