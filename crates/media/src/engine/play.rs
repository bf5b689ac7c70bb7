//! 20 ms of all legs: what each device hears.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::SocketAddr,
};

use super::{Engine, Leg, LegId, Role};
use crate::{
    Codec, Music, Payload,
    mixer::{MAX_SPEAKERS, Mix},
    sounds::{Playing, together},
    stream::{End, StreamId},
};

impl Engine {
    /// 20 ms have passed: what each device hears of them is passed to `send`, with where it receives.
    pub fn tick(&mut self, mut send: impl FnMut(LegId, SocketAddr, &[u8])) {
        if self.legs.is_empty() {
            return;
        }
        self.ticks += 1;
        self.report();
        self.shake_hands();
        let mut keys = std::mem::take(&mut self.keys);
        let secured: BTreeMap<LegId, StreamId> =
            self.legs.iter().filter_map(|(id, leg)| Some((*id, leg.state.secured?))).collect();
        self.play(&mut |leg, to, packet: &[u8]| match secured.get(&leg) {
            None => send(leg, to, packet),
            Some(party) => {
                if let Some(keys) = keys.get_mut(party) {
                    send(leg, to, keys.sealer.seal(packet));
                }
            }
        });
        self.keys = keys;
    }

    fn play(&mut self, mut send: &mut impl FnMut(LegId, SocketAddr, &[u8])) {
        self.legs.values_mut().for_each(Leg::listen);
        self.find_tones();
        self.send_events(&mut send);
        self.legs.iter_mut().for_each(|(id, leg)| leg.signal(*id, &mut send));
        for role in [Role::Music, Role::RingBack] {
            self.play_source(role, &mut send);
        }
        let streams = self.streams.iter();
        streams.for_each(|(stream, id)| {
            if let Some(leg) = self.legs.get_mut(id) {
                leg.tell_marks(*stream, &mut self.streamed);
            }
        });
        let bridges: Vec<u32> = self.bridges.keys().copied().collect();
        for bridge in bridges {
            self.mix(bridge, &mut send);
        }
        self.record_alone();
        self.sounds.values_mut().for_each(Playing::advance);
        self.legs.values_mut().for_each(|leg| leg.sender.advance());
    }

    /// Looks for digits in what devices say to applications.
    fn find_tones(&mut self) {
        let heard_by = |id: &LegId| self.legs.get(id).map(|leg| leg.state.role);
        let bridges: BTreeSet<u32> = self
            .streams
            .values()
            .filter_map(heard_by)
            .filter_map(|role| match role {
                Role::Bridge(bridge) => Some(bridge),
                Role::Music | Role::RingBack | Role::Silence => None,
            })
            .collect();
        let is_asked_for = |(bridge, legs): (&u32, &Vec<LegId>)| {
            let listens = |id: &LegId| self.legs.get(id).is_some_and(|leg| leg.state.listens);
            (bridges.contains(bridge) || legs.iter().any(listens)).then(|| legs.clone())
        };
        let listened: Vec<LegId> = self.bridges.iter().filter_map(is_asked_for).flatten().collect();
        for id in &listened {
            let Some(leg) = self.legs.get_mut(id) else { continue };
            self.digits.extend(leg.find_tones().map(|digit| (*id, digit)));
        }
    }

    /// Records legs that are in no bridge: what their devices say.
    fn record_alone(&mut self) {
        for leg in self.legs.values().filter(|leg| !matches!(leg.state.role, Role::Bridge(_))) {
            if let Some(recording) = leg.state.recording {
                self.recorded.push((recording, Codec::Pcmu.encode(&leg.frame)));
            }
        }
    }

    fn send_events(&mut self, send: &mut impl FnMut(LegId, SocketAddr, &[u8])) {
        for (from, begins, event) in std::mem::take(&mut self.events) {
            let Some(Role::Bridge(bridge)) = self.legs.get(&from).map(|leg| leg.state.role) else { continue };
            for id in self.bridges.get(&bridge).into_iter().flatten().filter(|id| **id != from) {
                let Some(leg) = self.legs.get_mut(id) else { continue };
                if leg.state.end == End::Rtp {
                    leg.pass_on(*id, begins, &event, send);
                }
            }
        }
    }

    /// Plays what all legs with this role hear.
    fn play_source(&mut self, role: Role, send: &mut impl FnMut(LegId, SocketAddr, &[u8])) {
        let mut listeners = self.legs.iter_mut().filter(|(_, leg)| leg.state.role == role).peekable();
        if listeners.peek().is_none() {
            return;
        }
        // All listeners hear the same place, so it is encoded once for each codec.
        let source = match role {
            Role::RingBack => self.ring_back.get_or_insert_with(Music::ring_back),
            _ => self.music.get_or_insert_with(Music::built_in),
        };
        let frame = source.next_frame();
        let mut encoded: [Option<Payload>; 2] = [None, None];
        for (id, leg) in listeners {
            let sound = leg.state.sound.and_then(|id| self.sounds.get_mut(&id));
            if let Some(sound) = sound {
                let heard = together(&frame, sound.frame());
                if !leg.stream(&heard, &mut self.streamed) {
                    let payload = leg.coder.encode(leg.state.codec, &heard);
                    leg.send(*id, &payload, send);
                }
                continue;
            }
            if leg.stream(&frame, &mut self.streamed) {
                continue;
            }
            let codec = leg.state.codec;
            let [mu_law, a_law] = &mut encoded;
            let payload = match codec {
                Codec::Pcmu => *mu_law.get_or_insert_with(|| codec.encode(&frame).into()),
                Codec::Pcma => *a_law.get_or_insert_with(|| codec.encode(&frame).into()),
                Codec::G722 | Codec::Opus => leg.coder.encode(codec, &frame),
            };
            leg.send(*id, &payload, send);
        }
    }

    fn mix(&mut self, bridge: u32, send: &mut impl FnMut(LegId, SocketAddr, &[u8])) {
        let Some(members) = self.bridges.get(&bridge) else { return };
        let mut speakers: Vec<(u32, LegId)> = members
            .iter()
            .filter_map(|id| Some((self.legs.get(id)?.loudness, *id)))
            .filter(|(loudness, _)| *loudness > 0)
            .collect();
        if speakers.len() > MAX_SPEAKERS {
            speakers.sort_unstable_by(|one, other| other.cmp(one));
            speakers.truncate(MAX_SPEAKERS);
        }
        let mix = Mix::of(speakers.iter().filter_map(|(_, id)| Some(&self.legs.get(id)?.frame)));
        for id in members {
            let Some(leg) = self.legs.get_mut(id) else { continue };
            let speaks = speakers.iter().any(|(_, speaker)| speaker == id);
            let heard = leg.tone().unwrap_or_else(|| mix.without(speaks.then_some(&leg.frame)));
            let sound = leg.state.sound.and_then(|id| self.sounds.get_mut(&id));
            let heard = sound.map_or(heard, |sound| together(&heard, sound.frame()));
            if let Some(recording) = leg.state.recording {
                self.recorded.push((recording, Codec::Pcmu.encode(&mix.without(None))));
            }
            if leg.stream(&heard, &mut self.streamed) {
                continue;
            }
            let payload = leg.coder.encode(leg.state.codec, &heard);
            leg.send(*id, &payload, send);
        }
    }
}
