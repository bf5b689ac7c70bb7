//! The engine: legs, bridges and music.
//!
//! | module | what it has |
//! | --- | --- |
//! | here | which legs there are, and what comes for them |
//! | `leg` | one leg: what it has to do, and the audio of its device |
//! | `signals` | digits that the device of a leg hears |
//! | `play` | 20 ms of all legs |
//! | `peers` | parties that are met by ICE and DTLS |
//! | `keys` | what protects packets |
//! | `reports` | reports (RTCP), and who is silent |

mod keys;
mod leg;
mod peers;
mod play;
mod reports;
mod signals;
#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, net::SocketAddr, time::Duration};

use smol_str::SmolStr;

use self::{keys::Keys, leg::Leg, peers::Peer};
pub use self::{
    leg::{LegId, LegState, LegStatistics, Role},
    peers::{Identity, Meeting},
    reports::{Datagram, SILENT_AFTER},
};
use crate::{
    FRAME, Music,
    jitter::MAX_PACKET,
    rtcp,
    rtp::{self, EVENT_LENGTH, TELEPHONE_EVENT},
    sounds::{Playing, Sound, SoundId},
    srtp::Key,
    stream::{End, StreamId, Streamed},
};

/// Everything that is mixed and played; see the [crate page](crate).
#[derive(Debug)]
pub struct Engine {
    legs: BTreeMap<LegId, Leg>,
    /// The legs of each bridge.
    bridges: BTreeMap<u32, Vec<LegId>>,
    music: Option<Music>,
    ring_back: Option<Music>,
    /// What can be heard beside the parties of calls.
    sounds: BTreeMap<SoundId, Playing>,
    /// What was recorded and is not fetched yet.
    recorded: Vec<(SoundId, [u8; FRAME])>,
    seed: u64,
    /// Telephone events that the legs of a bridge have still to be sent: who sent it, whether it begins, and its payload.
    events: Vec<(LegId, bool, [u8; EVENT_LENGTH])>,
    /// The leg of each stream.
    streams: BTreeMap<StreamId, LegId>,
    /// Keys of those whose packets are protected.
    keys: BTreeMap<StreamId, Keys>,
    /// What streams have still to be sent.
    streamed: Vec<(StreamId, Streamed)>,
    /// Digits that devices have sent as telephone events.
    digits: Vec<(LegId, char)>,
    /// Parties that are met by ICE and DTLS, and how they know us.
    peers: BTreeMap<StreamId, Peer>,
    identity: Option<Identity>,
    /// Ticks since it began.
    ticks: u64,
    /// What has to be sent beside audio, and who is silent or is heard again.
    datagrams: Vec<Datagram>,
    silences: Vec<(LegId, bool)>,
}

impl Engine {
    /// An engine without legs, which plays the built-in music. The seed should be a random number: SSRCs come from it.
    pub fn new(seed: u64) -> Engine {
        Engine {
            legs: BTreeMap::new(),
            bridges: BTreeMap::new(),
            music: None,
            ring_back: None,
            sounds: BTreeMap::new(),
            recorded: Vec::new(),
            seed,
            events: Vec::new(),
            streams: BTreeMap::new(),
            keys: BTreeMap::new(),
            streamed: Vec::new(),
            digits: Vec::new(),
            peers: BTreeMap::new(),
            identity: None,
            ticks: 0,
            datagrams: Vec::new(),
            silences: Vec::new(),
        }
    }

    /// Plays other music from now on.
    pub fn set_music(&mut self, music: Music) {
        self.music = Some(music);
    }

    /// Gives a sound to those who hear it, or with `None` takes it away.
    pub fn set_sound(&mut self, id: SoundId, sound: Option<Sound>) {
        match sound {
            Some(sound) => drop(self.sounds.insert(id, Playing::new(sound))),
            None => drop(self.sounds.remove(&id)),
        }
    }

    /// What was recorded since this was asked last, in mu-law: 20 ms after the other of each recording.
    pub fn take_recorded(&mut self) -> Vec<(SoundId, [u8; FRAME])> {
        std::mem::take(&mut self.recorded)
    }

    /// Opens a leg, changes it, or with `None` closes it.
    pub fn set(&mut self, id: LegId, state: Option<LegState>) {
        let before = self.legs.get(&id).map(|leg| leg.state.role);
        let after = state.map(|state| state.role);
        match state {
            Some(state) => {
                let seed = self.seed ^ u64::from(id.0) << 32;
                let leg = self.legs.entry(id).or_insert_with(|| Leg::new(state, seed));
                leg.change(state);
                self.find_peer(id);
                if let End::Stream { stream, .. } = state.end {
                    self.streams.insert(stream, id);
                }
            }
            None => self.close(id),
        }
        if before != after {
            self.leave_bridge(id, before);
            if let Some(Role::Bridge(bridge)) = after {
                self.bridges.entry(bridge).or_default().push(id);
            }
        }
    }

    /// Protects the packets of a party: with one key what it is sent, with the other one what it sends; or with `None` not any
    /// more. The same keys once more change nothing.
    pub fn secure(&mut self, party: StreamId, keys: Option<(Key, Key)>) {
        match keys {
            Some(keys) if self.keys.get(&party).is_some_and(|own| own.of == keys) => {}
            Some((own, theirs)) => {
                let before = self.keys.remove(&party);
                drop(self.keys.insert(party, Keys::new(before, own, theirs)));
            }
            None => drop(self.keys.remove(&party)),
        }
    }

    /// Removes a leg. What its application has said is not heard any more.
    fn close(&mut self, id: LegId) {
        self.send_report(id, true);
        let Some(mut leg) = self.legs.remove(&id) else { return };
        if let End::Stream { stream, .. } = leg.state.end {
            leg.playout.clear();
            leg.tell_marks(stream, &mut self.streamed);
            self.streams.remove(&stream);
        }
    }

    fn leave_bridge(&mut self, id: LegId, role: Option<Role>) {
        let Some(Role::Bridge(bridge)) = role else { return };
        let Some(legs) = self.bridges.get_mut(&bridge) else { return };
        legs.retain(|leg| *leg != id);
        if legs.is_empty() {
            self.bridges.remove(&bridge);
        }
    }

    /// How many legs there are.
    pub fn len(&self) -> usize {
        self.legs.len()
    }

    /// Whether there is no leg, so that [`Engine::tick`] has nothing to do.
    pub fn is_empty(&self) -> bool {
        self.legs.is_empty()
    }

    /// What has passed a leg.
    pub fn statistics(&self, id: LegId) -> Option<LegStatistics> {
        let leg = self.legs.get(&id)?;
        let late = leg.buffer.late();
        let too_much = leg.playout.dropped() / FRAME as u64;
        let own = LegStatistics { late, dropped: leg.statistics.dropped + too_much, ..leg.statistics };
        Some(leg.quality(own))
    }

    /// A packet came to the socket of a leg at the time of the last tick.
    pub fn receive(&mut self, id: LegId, from: SocketAddr, packet: &[u8]) {
        self.receive_after(Duration::ZERO, id, from, packet);
    }

    /// A packet came to the socket of a leg, so long after the last tick.
    pub fn receive_after(&mut self, since: Duration, id: LegId, from: SocketAddr, packet: &[u8]) {
        if self.receive_from_peer(id, from, packet) {
            return;
        }
        let arrival = self.arrival(since);
        let Some(leg) = self.legs.get_mut(&id) else { return };
        if leg.muxes && rtcp::is_report(packet) {
            return self.receive_report(id, from, packet);
        }
        // Whoever has the key is the device, wherever its packets come from.
        let opened = match leg.state.secured {
            Some(party) => self.keys.get_mut(&party).and_then(|keys| keys.opener.open(packet)),
            None => Some(packet).filter(|packet| rtp::parse(packet).is_some() && leg.accepts(from)),
        };
        let Some(packet) = opened.and_then(rtp::parse) else {
            leg.statistics.dropped += 1;
            return;
        };
        if leg.state.secured.is_some() && !leg.muxes {
            leg.from = Some(from);
        }
        leg.lives();
        leg.count(&packet, arrival);
        let payload = packet.payload();
        // What was agreed, or the number that the codec has by itself.
        let numbers = [leg.state.payload_type, leg.state.codec.payload_type()];
        if numbers.contains(&packet.payload_type()) && payload.len() <= MAX_PACKET {
            let samples = leg.coder.decode(leg.state.codec, payload);
            let ticks = leg.state.codec.ticks_per_sample();
            leg.buffer.push(packet.ssrc(), packet.timestamp(), ticks, samples);
            leg.statistics.received += 1;
        } else if packet.payload_type() == leg.state.telephone_event.unwrap_or(TELEPHONE_EVENT)
            && let Some(event) = payload.first_chunk::<EVENT_LENGTH>()
        {
            leg.statistics.received += 1;
            let (begins, digit) = leg.take_event(packet.timestamp(), event[0]);
            self.digits.extend(digit.map(|digit| (id, digit)));
            // A sender has at most a few packets of an event in 20 ms.
            if self.events.len() < 4 * self.legs.len() {
                self.events.push((id, begins, *event));
            }
        } else {
            leg.statistics.dropped += 1;
        }
    }

    /// The application at a stream has said this. It is lost where the stream has no leg now.
    pub fn say(&mut self, stream: StreamId, payload: &[u8]) {
        if let Some(leg) = self.leg_of(stream) {
            let samples = leg.decode(payload);
            leg.playout.push(&samples);
        }
    }

    /// The application at a stream wants to know when everything that it has said was heard: [`Streamed::Mark`].
    pub fn mark(&mut self, stream: StreamId, name: SmolStr) {
        match self.leg_of(stream) {
            Some(leg) => drop(leg.playout.mark(name)),
            None => self.streamed.push((stream, Streamed::Mark(name))),
        }
    }

    /// What the application at a stream has said is not to be heard any more.
    pub fn interrupt(&mut self, stream: StreamId) {
        if let Some(leg) = self.leg_of(stream) {
            leg.playout.clear();
        }
    }

    fn leg_of(&mut self, stream: StreamId) -> Option<&mut Leg> {
        self.legs.get_mut(self.streams.get(&stream)?)
    }

    /// What the applications at streams hear, since this was asked last.
    pub fn take_streamed(&mut self) -> Vec<(StreamId, Streamed)> {
        std::mem::take(&mut self.streamed)
    }

    /// Digits that devices have sent as telephone events, since this was asked last.
    pub fn take_digits(&mut self) -> Vec<(LegId, char)> {
        std::mem::take(&mut self.digits)
    }
}
