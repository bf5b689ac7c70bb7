//! Reports of legs (RTCP), and devices from which nothing comes.

use std::net::SocketAddr;

use super::{Engine, Leg, LegId, LegStatistics, Role};
use crate::{FRAME, rtcp, rtp::scramble, stream::End};

/// Ticks without a packet after which a device is reported as silent: ten seconds.
pub const SILENT_AFTER: u32 = 500;

/// Ticks between two reports of a leg, and by how many less or more it may be (RFC 3550, 6.2: five seconds, and half of that).
const INTERVAL: u64 = 250;
const SPREAD: u64 = 125;

/// Datagrams that wait for the caller at most, for each leg.
const MAX_WAITING: usize = 8;

/// A datagram that is no audio.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Datagram {
    /// Whose it is.
    pub leg: LegId,
    /// Whether it leaves the port for reports, one above that for audio.
    pub at_reports: bool,
    /// Where it goes.
    pub to: SocketAddr,
    /// What it is.
    pub bytes: Vec<u8>,
}

/// What a leg knows for its reports.
#[derive(Debug, Default)]
pub(super) struct Reporting {
    pub(super) reception: rtcp::Reception,
    /// What the other end has reported.
    pub(super) heard: rtcp::Heard,
    /// Where its reports come from.
    from: Option<SocketAddr>,
    /// The tick of the next report.
    due: Option<u64>,
    /// How many there were.
    count: u64,
    /// Ticks without a packet, and whether that was told.
    quiet: u32,
    told: bool,
}

impl Leg {
    /// Something authentic came of the device.
    pub(super) fn lives(&mut self) {
        self.reporting.quiet = 0;
    }

    /// It has another part: how long it has been silent counts from now on.
    pub(super) fn begins_anew(&mut self) {
        (self.reporting.quiet, self.reporting.told) = (0, false);
    }

    /// A packet of audio came, so many samples after the tick.
    pub(super) fn count(&mut self, packet: &rtp_types::RtpPacket<'_>, arrival: i64) {
        let arrival = arrival.wrapping_mul(self.state.codec.ticks_per_sample().into());
        let reception = &mut self.reporting.reception;
        reception.count(packet.ssrc(), packet.sequence_number(), packet.timestamp(), arrival);
    }

    /// What is known of its packets at both ends.
    pub(super) fn quality(&self, statistics: LegStatistics) -> LegStatistics {
        let (lost, jitter) = self.reporting.reception.quality();
        let heard = self.reporting.heard;
        let per_millisecond = self.state.codec.clock() / 1_000;
        let milliseconds =
            |fraction: u32| u32::try_from((u64::from(fraction) * 1_000) >> 16).unwrap_or(u32::MAX);
        LegStatistics {
            lost,
            jitter: jitter / per_millisecond,
            lost_there: u64::from(heard.lost),
            jitter_there: heard.jitter / per_millisecond,
            round_trip: heard.round_trip.map(milliseconds),
            ..statistics
        }
    }

    /// Whether it is silent, if that has changed: only who takes part in a conversation has to be heard.
    fn silence(&mut self) -> Option<bool> {
        let talks = matches!(self.state.role, Role::Bridge(_)) && self.state.end == End::Rtp;
        let expected = talks && self.state.send_to.is_some();
        self.reporting.quiet = if expected { self.reporting.quiet.saturating_add(1) } else { 0 };
        let is_silent = self.reporting.quiet >= SILENT_AFTER;
        let changed = std::mem::replace(&mut self.reporting.told, is_silent) != is_silent;
        changed.then_some(is_silent)
    }

    /// Where its reports go, and whether to a port of their own.
    fn reports_to(&self) -> Option<(SocketAddr, bool)> {
        let audio = self.receiver()?;
        if self.muxes {
            return Some((audio, false));
        }
        let next = || match self.state.reports_to {
            Some(named) => Some(named),
            None => Some(SocketAddr::new(audio.ip(), audio.port().checked_add(1)?)),
        };
        Some((self.reporting.from.filter(|from| from.ip() == audio.ip()).or_else(next)?, true))
    }

    /// Whether a report is due. The first one comes after half the time.
    fn report_is_due(&mut self, now: u64, seed: u64) -> bool {
        let reporting = &mut self.reporting;
        let wait = |number: u64| INTERVAL - SPREAD + scramble(seed ^ number) % (2 * SPREAD);
        let due = *reporting.due.get_or_insert(now + wait(0) / 2);
        if now < due {
            return false;
        }
        reporting.count += 1;
        reporting.due = Some(now + wait(reporting.count));
        true
    }
}

impl Engine {
    /// A packet came to the port for reports of a leg.
    pub fn receive_report(&mut self, id: LegId, from: SocketAddr, packet: &[u8]) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        let opened = match leg.state.secured {
            Some(party) => self.keys.get_mut(&party).and_then(|keys| keys.opener.open_report(packet)),
            None => Some(packet).filter(|_| leg.is_at(from.ip())),
        };
        let own = leg.sender.ssrc();
        let now = rtcp::time(self.ticks);
        let read = opened.and_then(|packet| rtcp::read(packet, own, &mut leg.reporting.reception, now));
        let Some(heard) = read else {
            leg.statistics.dropped += 1;
            return;
        };
        leg.reporting.from = Some(from);
        leg.reporting.heard = heard.unwrap_or(leg.reporting.heard);
        leg.lives();
    }

    /// Datagrams that are no audio and have to be sent, since this was asked last. Ask after each tick, after closing a leg, and
    /// after what came.
    pub fn take_datagrams(&mut self) -> Vec<Datagram> {
        std::mem::take(&mut self.datagrams)
    }

    /// Devices that take part in a conversation and have been silent for [`SILENT_AFTER`] ticks, or that are heard again, since
    /// this was asked last.
    pub fn take_silences(&mut self) -> Vec<(LegId, bool)> {
        std::mem::take(&mut self.silences)
    }

    /// Sends the reports that are due, and finds who is silent.
    pub(super) fn report(&mut self) {
        let (now, seed) = (self.ticks, self.seed);
        let mut due = Vec::new();
        for (id, leg) in &mut self.legs {
            self.silences.extend(leg.silence().map(|silent| (*id, silent)));
            if leg.state.end == End::Rtp && leg.report_is_due(now, seed ^ u64::from(id.0) << 32) {
                due.push(*id);
            }
        }
        due.into_iter().for_each(|id| self.send_report(id, false));
    }

    /// Sends the report of a leg; the last one says that it ends.
    pub(super) fn send_report(&mut self, id: LegId, is_last: bool) {
        let Some(leg) = self.legs.get_mut(&id).filter(|leg| leg.state.end == End::Rtp) else { return };
        let Some((to, at_reports)) = leg.reports_to() else { return };
        let sent = leg.sender.report();
        let report = rtcp::report(sent, &mut leg.reporting.reception, rtcp::time(self.ticks), is_last);
        let bytes = match leg.state.secured {
            None => report,
            Some(party) => match self.keys.get_mut(&party) {
                Some(keys) => keys.sealer.seal_report(&report).to_vec(),
                None => return,
            },
        };
        self.push_datagram(Datagram { leg: id, at_reports, to, bytes });
    }

    pub(super) fn push_datagram(&mut self, datagram: Datagram) {
        if self.datagrams.len() < MAX_WAITING * (self.legs.len() + 1) {
            self.datagrams.push(datagram);
        }
    }

    /// The time in samples at which a packet came, so long after the last tick.
    pub(super) fn arrival(&self, since: std::time::Duration) -> i64 {
        let samples = since.as_micros().min(1_000_000) as i64 * FRAME as i64 / 20_000;
        (self.ticks as i64).wrapping_mul(FRAME as i64) + samples
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Codec, LegState, StreamId,
        rtp::Sender,
        srtp::{Key, Opener, Sealer, Suite},
    };

    const LEG: LegId = LegId(1);

    fn phone(port: u16) -> SocketAddr {
        SocketAddr::from(([10, 0, 0, 1], port))
    }

    fn engine(secured: Option<StreamId>) -> Engine {
        let mut engine = Engine::new(1);
        let state = LegState { secured, ..LegState::new(Codec::Pcmu, Role::Bridge(1), Some(phone(4_000))) };
        engine.set(LEG, Some(state));
        engine
    }

    fn tick(engine: &mut Engine, count: u32) -> Vec<Datagram> {
        (0..count).for_each(|_| engine.tick(|_, _, _| {}));
        engine.take_datagrams()
    }

    #[test]
    fn each_leg_reports_every_five_seconds_or_so_and_says_when_it_ends() {
        let mut engine = engine(None);
        let reports = tick(&mut engine, 50 * 60);
        assert!((9..=16).contains(&reports.len()), "{} in a minute", reports.len());
        assert!(reports.iter().all(|report| report.at_reports && report.to == phone(4_001)));
        // Whose reports come from elsewhere is sent them there.
        let theirs = rtcp::report(Sender::new(7).report(), &mut rtcp::Reception::default(), 0, false);
        engine.receive_report(LEG, phone(9_000), &theirs);
        engine.receive_report(LEG, "10.0.0.2:9001".parse().unwrap(), &theirs);
        assert!(tick(&mut engine, 500).iter().all(|report| report.to == phone(9_000)));
        engine.set(LEG, None);
        let last = engine.take_datagrams();
        assert_eq!(last.len(), 1);
        assert_eq!(last[0].bytes.get(last[0].bytes.len() - 7), Some(&203), "BYE");
    }

    #[test]
    fn the_other_end_is_told_what_was_lost_and_says_what_it_misses() {
        let mut engine = engine(None);
        let mut sender = Sender::new(7);
        let mut sent = Vec::new();
        for number in 0..1_000 {
            let packet = sender.audio(0, &[0xFF; FRAME]).to_vec();
            sender.advance();
            if number % 4 != 1 {
                engine.receive(LEG, phone(4_000), &packet);
            }
            engine.tick(|_, _, packet| sent.push(packet.to_vec()));
        }
        let statistics = engine.statistics(LEG).unwrap();
        assert_eq!((statistics.lost, statistics.lost_there, statistics.round_trip), (250, 0, None));
        let mut theirs = rtcp::Reception::default();
        for packet in sent.iter().step_by(2) {
            let packet = crate::rtp::parse(packet).unwrap();
            theirs.count(packet.ssrc(), packet.sequence_number(), packet.timestamp(), 0);
        }
        for report in engine.take_datagrams() {
            let heard = rtcp::read(&report.bytes, sender.ssrc(), &mut theirs, rtcp::time(engine.ticks));
            assert!(heard.unwrap().is_some_and(|heard| heard.lost > 10));
        }
        let answer = rtcp::report(sender.report(), &mut theirs, rtcp::time(engine.ticks), false);
        engine.receive_report(LEG, phone(4_001), &answer);
        let statistics = engine.statistics(LEG).unwrap();
        assert!((498..=500).contains(&statistics.lost_there), "{statistics:?}");
        assert!(statistics.round_trip.is_some_and(|time| time < 10_000), "{statistics:?}");
    }

    #[test]
    fn who_sends_nothing_in_a_conversation_is_silent_until_a_packet_or_a_report_comes() {
        let mut engine = engine(None);
        tick(&mut engine, SILENT_AFTER);
        assert_eq!(engine.take_silences(), [(LEG, true)]);
        tick(&mut engine, SILENT_AFTER);
        assert_eq!(engine.take_silences(), [], "it is told once");
        let report = rtcp::report(Sender::new(7).report(), &mut rtcp::Reception::default(), 0, false);
        engine.receive_report(LEG, phone(4_001), &report);
        tick(&mut engine, 1);
        assert_eq!(engine.take_silences(), [(LEG, false)]);
        tick(&mut engine, SILENT_AFTER - 10);
        let packet = Sender::new(7).audio(0, &[0xFF; FRAME]).to_vec();
        engine.receive(LEG, phone(4_000), &packet);
        engine.receive(LEG, "10.0.0.9:4000".parse().unwrap(), &packet);
        tick(&mut engine, SILENT_AFTER - 10);
        let music = LegState::new(Codec::Pcmu, Role::Music, Some(phone(4_000)));
        engine.set(LEG, Some(music));
        tick(&mut engine, 2 * SILENT_AFTER);
        assert_eq!(engine.take_silences(), [], "who hears music need not send");
    }

    #[test]
    fn reports_of_a_secured_leg_are_encrypted_and_those_of_strangers_do_not_count() {
        let party = StreamId(3);
        let key = |byte| Key::new(Suite::AesCm32, &[byte; 30]).unwrap();
        let mut engine = engine(Some(party));
        assert_eq!(tick(&mut engine, 500), [], "nothing without keys");
        assert_eq!(engine.take_silences(), [(LEG, true)]);
        engine.secure(party, Some((key(1), key(2))));
        let mut opener = Opener::new(&key(1));
        let reports = tick(&mut engine, 500);
        assert!(!reports.is_empty());
        for report in reports {
            let opened = opener.open_report(&report.bytes).unwrap();
            assert!(rtcp::read(opened, 0, &mut rtcp::Reception::default(), 0).is_some());
        }
        let report = rtcp::report(Sender::new(7).report(), &mut rtcp::Reception::default(), 0, false);
        engine.receive_report(LEG, phone(4_001), &report);
        engine.receive_report(LEG, phone(4_001), Sealer::new(&key(9)).seal_report(&report));
        tick(&mut engine, 1);
        assert_eq!((engine.take_silences(), engine.statistics(LEG).unwrap().dropped), (vec![], 2));
        engine.receive_report(LEG, "10.0.0.9:5".parse().unwrap(), Sealer::new(&key(2)).seal_report(&report));
        tick(&mut engine, 1);
        assert_eq!(engine.take_silences(), [(LEG, false)]);
    }
}
