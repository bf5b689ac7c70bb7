//! The engine: legs, bridges and music.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::SocketAddr,
};

use smol_str::SmolStr;

use crate::{
    Codec, Coder, FRAME, Frame, Music,
    digits::{FINAL_PACKETS, Sounding, digit_of},
    jitter::{JitterBuffer, MAX_PACKET},
    mixer::{MAX_SPEAKERS, Mix, loudness},
    playout::Playout,
    rtp::{self, EVENT_LENGTH, Sender, TELEPHONE_EVENT},
    srtp::{Key, Opener, Sealer},
    stream::{End, StreamId, Streamed},
    tones::Detector,
};

/// Ticks without a packet after which a leg listens to another port of its address: two seconds.
const PORT_FREE_AFTER: u32 = 100;

/// Names a leg: one end of the engine, which exchanges packets with one device.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord, Hash)]
pub struct LegId(pub u32);

/// What a leg has to do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LegState {
    /// The codec in both directions.
    pub codec: Codec,
    /// What the device hears.
    pub role: Role,
    /// Where the device receives; `None` until that is known.
    pub send_to: Option<SocketAddr>,
    /// The event (RFC 4733, 3.2) of the digit that the device hears now.
    pub signal: Option<u8>,
    /// The payload type of telephone events; `None` if the device hears digits as tones.
    pub telephone_event: Option<u8>,
    /// What the other end is.
    pub end: End,
    /// Whose keys protect its packets, if any do.
    pub secured: Option<StreamId>,
}

impl LegState {
    /// A leg that hears no digit, and telephone events with the usual payload type.
    pub fn new(codec: Codec, role: Role, send_to: Option<SocketAddr>) -> LegState {
        let telephone_event = Some(TELEPHONE_EVENT);
        LegState { codec, role, send_to, signal: None, telephone_event, end: End::Rtp, secured: None }
    }
}

/// What the device at a leg hears.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Role {
    /// The other legs of the bridge with this number.
    Bridge(u32),
    /// Music.
    Music,
}

/// What has passed a leg.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct LegStatistics {
    /// Packets received and heard.
    pub received: u64,
    /// Packets that were not from the device, or were no audio.
    pub dropped: u64,
    /// Packets that came too late.
    pub late: u64,
    /// Packets sent.
    pub sent: u64,
}

#[derive(Debug)]
struct Leg {
    state: LegState,
    sender: Sender,
    buffer: JitterBuffer,
    /// What the application at the stream has said.
    playout: Playout,
    /// The last 20 ms of the device, and how loud they are; 0 while it says nothing.
    frame: Frame,
    loudness: u32,
    from: Option<SocketAddr>,
    silent_ticks: u32,
    /// The timestamp of the telephone event that is passed on.
    event: Option<u32>,
    coder: Coder,
    /// The digit that the device hears.
    sounding: Option<Sounding>,
    /// Ticks for which the tones of a digit of another leg sound yet.
    tone_ticks: u32,
    /// Finds digits in what it says.
    detector: Detector,
    /// Ticks until a digit may be reported again.
    deaf_ticks: u32,
    statistics: LegStatistics,
}

/// What protects the packets of a party, in both directions.
#[derive(Debug)]
struct Keys {
    of: (Key, Key),
    sealer: Sealer,
    opener: Opener,
}

/// Everything that is mixed and played; see the [crate page](crate).
#[derive(Debug)]
pub struct Engine {
    legs: BTreeMap<LegId, Leg>,
    /// The legs of each bridge.
    bridges: BTreeMap<u32, Vec<LegId>>,
    music: Option<Music>,
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
}

impl Engine {
    /// An engine without legs, which plays the built-in music. The seed should be a random number: SSRCs come from it.
    pub fn new(seed: u64) -> Engine {
        Engine {
            legs: BTreeMap::new(),
            bridges: BTreeMap::new(),
            music: None,
            seed,
            events: Vec::new(),
            streams: BTreeMap::new(),
            keys: BTreeMap::new(),
            streamed: Vec::new(),
            digits: Vec::new(),
        }
    }

    /// Plays other music from now on.
    pub fn set_music(&mut self, music: Music) {
        self.music = Some(music);
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
            Some((own, theirs)) => self.change_keys(party, own, theirs),
            None => drop(self.keys.remove(&party)),
        }
    }

    fn change_keys(&mut self, party: StreamId, own: Key, theirs: Key) {
        // Who keeps a key goes on with it where it is.
        let before = self.keys.remove(&party);
        let (sealer, opener) = match before {
            Some(before) => (
                (before.of.0 == own).then_some(before.sealer),
                (before.of.1 == theirs).then_some(before.opener),
            ),
            None => (None, None),
        };
        let keys = Keys {
            of: (own, theirs),
            sealer: sealer.unwrap_or_else(|| Sealer::new(&own)),
            opener: opener.unwrap_or_else(|| Opener::new(&theirs)),
        };
        self.keys.insert(party, keys);
    }

    /// Removes a leg. What its application has said is not heard any more.
    fn close(&mut self, id: LegId) {
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
        Some(LegStatistics { late, dropped: leg.statistics.dropped + too_much, ..leg.statistics })
    }

    /// A packet came to the socket of a leg.
    pub fn receive(&mut self, id: LegId, from: SocketAddr, packet: &[u8]) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        // Whoever has the key is the device, wherever its packets come from.
        let opened = match leg.state.secured {
            Some(party) => self.keys.get_mut(&party).and_then(|keys| keys.opener.open(packet)),
            None => Some(packet).filter(|packet| rtp::parse(packet).is_some() && leg.accepts(from)),
        };
        let Some(packet) = opened.and_then(rtp::parse) else {
            leg.statistics.dropped += 1;
            return;
        };
        if leg.state.secured.is_some() {
            leg.from = Some(from);
        }
        let payload = packet.payload();
        if packet.payload_type() == leg.state.codec.payload_type() && payload.len() <= MAX_PACKET {
            let samples = leg.coder.decode(leg.state.codec, payload);
            leg.buffer.push(packet.ssrc(), packet.timestamp(), samples);
            leg.statistics.received += 1;
        } else if packet.payload_type() == leg.state.telephone_event.unwrap_or(TELEPHONE_EVENT)
            && let Some(event) = payload.first_chunk::<EVENT_LENGTH>()
        {
            let begins = leg.event.replace(packet.timestamp()) != Some(packet.timestamp());
            leg.statistics.received += 1;
            if begins
                && leg.deaf_ticks == 0
                && let Some(digit) = digit_of(event[0])
            {
                leg.deaf_ticks = 2;
                self.digits.push((id, digit));
            }
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

    /// 20 ms have passed: what each device hears of them is passed to `send`, with where it receives.
    pub fn tick(&mut self, mut send: impl FnMut(LegId, SocketAddr, &[u8])) {
        if self.legs.is_empty() {
            return;
        }
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
        self.play_music(&mut send);
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
                Role::Music => None,
            })
            .collect();
        for id in bridges.iter().filter_map(|bridge| self.bridges.get(bridge)).flatten() {
            let Some(leg) = self.legs.get_mut(id) else { continue };
            self.digits.extend(leg.find_tones().map(|digit| (*id, digit)));
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

    fn play_music(&mut self, send: &mut impl FnMut(LegId, SocketAddr, &[u8])) {
        let mut listeners = self.legs.iter_mut().filter(|(_, leg)| leg.state.role == Role::Music).peekable();
        if listeners.peek().is_none() {
            return;
        }
        // All listeners hear the same place, so it is encoded once for each codec.
        let frame = self.music.get_or_insert_with(Music::built_in).next_frame();
        let mut encoded: [Option<[u8; FRAME]>; 2] = [None, None];
        for (id, leg) in listeners {
            if leg.stream(&frame, &mut self.streamed) {
                continue;
            }
            let codec = leg.state.codec;
            let [mu_law, a_law] = &mut encoded;
            let payload = match codec {
                Codec::Pcmu => mu_law.get_or_insert_with(|| codec.encode(&frame)),
                Codec::Pcma => a_law.get_or_insert_with(|| codec.encode(&frame)),
                Codec::G722 => &leg.coder.encode(codec, &frame),
            };
            let payload = *payload;
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
            if leg.stream(&heard, &mut self.streamed) {
                continue;
            }
            let payload = leg.coder.encode(leg.state.codec, &heard);
            leg.send(*id, &payload, send);
        }
    }
}

impl Leg {
    fn new(state: LegState, seed: u64) -> Leg {
        Leg {
            state,
            sender: Sender::new(seed),
            buffer: JitterBuffer::default(),
            playout: Playout::default(),
            frame: [0; FRAME],
            loudness: 0,
            from: None,
            silent_ticks: 0,
            event: None,
            coder: Coder::default(),
            sounding: None,
            tone_ticks: 0,
            detector: Detector::default(),
            deaf_ticks: 0,
            statistics: LegStatistics::default(),
        }
    }

    fn change(&mut self, state: LegState) {
        if self.state.role != state.role {
            self.sender.begin_spurt();
        }
        if self.state.send_to != state.send_to {
            self.from = None;
        }
        self.state = state;
    }

    /// Where the device receives: what is encrypted goes to where its own packets come from.
    fn receiver(&self) -> Option<SocketAddr> {
        let said = self.state.send_to?;
        self.from.filter(|_| self.state.secured.is_some()).or(Some(said))
    }

    /// Whether a packet comes from the device.
    fn accepts(&mut self, from: SocketAddr) -> bool {
        if self.state.send_to.is_none_or(|device| device.ip() != from.ip()) {
            return false;
        }
        if self.silent_ticks > PORT_FREE_AFTER {
            self.from = None;
        }
        let accepted = *self.from.get_or_insert(from) == from;
        if accepted {
            self.silent_ticks = 0;
        }
        accepted
    }

    /// Takes the next 20 ms of the device.
    fn listen(&mut self) {
        self.silent_ticks = self.silent_ticks.saturating_add(1);
        self.deaf_ticks = self.deaf_ticks.saturating_sub(1);
        let heard = match self.state.end {
            End::Rtp => self.buffer.pull(&mut self.frame),
            End::Stream { .. } => self.playout.pull(&mut self.frame),
        };
        self.loudness = if heard { loudness(&self.frame).max(1) } else { 0 };
    }

    /// A digit that begins in the last 20 ms. Whoever sends telephone events sends no tones; and what is heard while we play a
    /// digit may be an echo.
    fn find_tones(&mut self) -> Option<char> {
        if self.state.end != End::Rtp || self.event.is_some() || self.sounding.is_some() || self.loudness == 0
        {
            return None;
        }
        self.detector.push(&self.frame)
    }

    /// Passes 20 ms to the stream of the leg; false if it has none.
    fn stream(&mut self, heard: &Frame, streamed: &mut Vec<(StreamId, Streamed)>) -> bool {
        let End::Stream { stream, linear } = self.state.end else { return false };
        let payload = match linear {
            true => heard.iter().flat_map(|sample| sample.to_le_bytes()).collect(),
            false => self.coder.encode(self.state.codec, heard).to_vec(),
        };
        self.statistics.sent += 1;
        streamed.push((stream, Streamed::Audio(payload)));
        true
    }

    /// What an application has sent, as samples.
    fn decode(&mut self, payload: &[u8]) -> Vec<i16> {
        self.statistics.received += 1;
        match self.state.end {
            End::Stream { linear: true, .. } => {
                let pairs = payload.as_chunks::<2>().0.iter();
                pairs.map(|pair| i16::from_le_bytes(*pair)).collect()
            }
            End::Stream { .. } | End::Rtp => self.coder.decode(self.state.codec, payload),
        }
    }

    fn tell_marks(&mut self, stream: StreamId, streamed: &mut Vec<(StreamId, Streamed)>) {
        while let Some(name) = self.playout.passed() {
            streamed.push((stream, Streamed::Mark(name)));
        }
    }

    /// A digit that the device is to hear begins, goes on or ends.
    fn signal(&mut self, id: LegId, send: &mut impl FnMut(LegId, SocketAddr, &[u8])) {
        let Some(payload_type) = self.state.telephone_event else {
            if let Some(event) = self.state.signal {
                self.sound(event, 1);
            }
            return;
        };
        let ended = self.sounding.take_if(|sounding| self.state.signal != Some(sounding.event));
        if let Some(ended) = ended {
            for _ in 0..FINAL_PACKETS {
                self.send_event(id, payload_type, false, &ended.last_event(), send);
            }
            self.sender.begin_spurt();
        }
        if let Some(event) = self.state.signal {
            let mut sounding = self.sounding.unwrap_or_else(|| Sounding::new(event));
            let begins = sounding.begins();
            self.send_event(id, payload_type, begins, &sounding.next_event(), send);
            self.sounding = Some(sounding);
        }
    }

    /// A telephone event of another leg.
    fn pass_on(
        &mut self,
        id: LegId,
        begins: bool,
        event: &[u8; EVENT_LENGTH],
        send: &mut impl FnMut(LegId, SocketAddr, &[u8]),
    ) {
        match self.state.telephone_event {
            Some(payload_type) => self.send_event(id, payload_type, begins, event, send),
            // Events come every 20 to 50 ms; their last packets do not make the tone longer.
            None if event[1] & 0x80 == 0 && event[0] < 16 => self.sound(event[0], 3),
            None => {}
        }
    }

    fn send_event(
        &mut self,
        id: LegId,
        payload_type: u8,
        begins: bool,
        event: &[u8; EVENT_LENGTH],
        send: &mut impl FnMut(LegId, SocketAddr, &[u8]),
    ) {
        if let Some(to) = self.receiver() {
            self.statistics.sent += 1;
            send(id, to, self.sender.event(payload_type, begins, event));
        }
    }

    /// The tones of a digit sound for so many ticks.
    fn sound(&mut self, event: u8, ticks: u32) {
        if self.sounding.is_none_or(|sounding| sounding.event != event) {
            self.sounding = Some(Sounding::new(event));
        }
        self.tone_ticks = ticks;
    }

    /// The next 20 ms of a tone that the device hears in place of the others.
    fn tone(&mut self) -> Option<Frame> {
        if self.state.telephone_event.is_some() {
            return None;
        }
        if self.tone_ticks == 0 {
            self.sounding = None;
        }
        self.tone_ticks = self.tone_ticks.saturating_sub(1);
        self.sounding.as_mut().map(Sounding::next_tone)
    }

    /// Whether the device hears a digit as telephone events, and nothing else meanwhile.
    fn hears_event(&self) -> bool {
        self.state.telephone_event.is_some() && self.sounding.is_some()
    }

    fn send(&mut self, id: LegId, payload: &[u8], send: &mut impl FnMut(LegId, SocketAddr, &[u8])) {
        if let Some(to) = self.receiver().filter(|_| !self.hears_event()) {
            self.statistics.sent += 1;
            send(id, to, self.sender.audio(self.state.codec.payload_type(), payload));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let with =
            |signal, telephone_event| LegState { signal, telephone_event, ..in_bridge(0, Codec::Pcmu) };
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
            [
                (97, true, vec![5, 10, 0, 160]),
                (97, false, vec![5, 10, 1, 64]),
                (97, false, vec![5, 10, 1, 224])
            ]
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
        let key = |byte| Key { suite: crate::srtp::Suite::AesCm80, master: [byte; crate::srtp::MASTER] };
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
        let mut engine = Engine::new(4);
        let codecs = [Codec::G722, Codec::Pcma];
        for (number, codec) in codecs.into_iter().enumerate() {
            engine.set(leg(number), Some(in_bridge(number, codec)));
        }
        let mut coders = [Coder::default(), Coder::default()];
        let mut senders = [Sender::new(1), Sender::new(2)];
        let mut loudest = [0; 2];
        for tick in 0..25 {
            for number in 0..2 {
                let frame: Frame =
                    std::array::from_fn(|n| (f64::sin((tick * FRAME + n) as f64 * 0.4) * 5_000.0) as i16);
                let payload = coders[number].encode(codecs[number], &frame);
                let packet = senders[number].audio(codecs[number].payload_type(), &payload).to_vec();
                senders[number].advance();
                engine.receive(leg(number), phone(number), &packet);
            }
            engine.tick(|leg, _, packet| {
                let number = leg.0 as usize;
                let read = rtp::parse(packet).unwrap();
                assert_eq!(read.payload_type(), codecs[number].payload_type());
                let heard = coders[number].decode(codecs[number], read.payload());
                loudest[number] = heard.into_iter().max().unwrap();
            });
        }
        assert!(loudest.iter().all(|sample| (4_000..6_000).contains(sample)), "{loudest:?}");
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
}
