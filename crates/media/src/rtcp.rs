//! Reports of what was sent and received (RTCP, RFC 3550, clause 6).

use rtcp_types::{
    Bye, Compound, Packet, ReceiverReport, ReportBlock, ReportBlockBuilder, RtcpPacketWriterExt, Sdes,
    SdesChunk, SdesItem, SenderReport,
};

use crate::{FRAME_TIME, RATE};

/// The longest compound packet of ours.
const MAX_COMPOUND: usize = 128;

/// The smallest step of a sequence number that is no reordering (RFC 3550, A.1).
const MAX_DROPOUT: u16 = 3_000;

/// The name of every leg: it says nothing of who or where this is (RFC 7022, 4.2).
const NAME: &str = "hookflash";

/// Whether a packet at a port for both kinds is RTCP (RFC 5761, 4).
pub(crate) fn is_report(packet: &[u8]) -> bool {
    packet.get(1).is_some_and(|kind| (192..=223).contains(kind))
}

/// Time since the engine began, in 2^-32 seconds (RFC 3550, 4).
pub(crate) fn time(ticks: u64) -> u64 {
    let milliseconds = ticks * FRAME_TIME.as_millis() as u64;
    ((milliseconds / 1_000) << 32) | (((milliseconds % 1_000) << 32) / 1_000)
}

/// The middle of a time.
fn middle(time: u64) -> u32 {
    (time >> 16) as u32
}

/// What was received of one sender.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Reception {
    source: Option<Source>,
    /// The middle of the time of its last report, and when that came.
    last_report: Option<(u32, u64)>,
}

#[derive(Clone, Copy, Debug)]
struct Source {
    ssrc: u32,
    first: u32,
    /// The highest sequence number, with how often it began again.
    highest: u32,
    received: u32,
    /// Packets that were expected and received when it was reported last.
    before: (u32, u32),
    /// The difference between arrival and timestamp of the last packet, in samples.
    transit: i64,
    /// 16 times the jitter, in samples (RFC 3550, A.8).
    jitter: u32,
}

impl Source {
    fn lost(&self) -> i64 {
        i64::from(self.expected()) - i64::from(self.received)
    }

    fn expected(&self) -> u32 {
        self.highest.wrapping_sub(self.first).wrapping_add(1)
    }

    fn count(&mut self, sequence: u16, transit: i64) {
        let step = sequence.wrapping_sub(self.highest as u16);
        if step < MAX_DROPOUT {
            self.highest = self.highest.wrapping_add(u32::from(step));
        }
        self.received = self.received.wrapping_add(1);
        let difference = transit.wrapping_sub(self.transit).unsigned_abs().min(RATE as u64) as u32;
        self.transit = transit;
        self.jitter = (self.jitter + difference).saturating_sub((self.jitter + 8) >> 4);
    }
}

impl Reception {
    /// A packet came, at this time in samples.
    pub(crate) fn count(&mut self, ssrc: u32, sequence: u16, timestamp: u32, arrival: i64) {
        let transit = arrival - i64::from(timestamp);
        match &mut self.source {
            Some(source) if source.ssrc == ssrc => source.count(sequence, transit),
            _ => {
                let first = u32::from(sequence);
                let (before, jitter) = ((0, 0), 0);
                self.source =
                    Some(Source { ssrc, first, highest: first, received: 1, before, transit, jitter });
                self.last_report = None;
            }
        }
    }

    /// Packets that are missing, and the jitter in samples.
    pub(crate) fn quality(&self) -> (u64, u32) {
        let lost = self.source.map_or(0, |source| source.lost());
        (u64::try_from(lost).unwrap_or(0), self.source.map_or(0, |source| source.jitter >> 4))
    }

    fn block(&mut self, now: u64) -> Option<ReportBlockBuilder> {
        let source = self.source.as_mut()?;
        let (expected, received) = (source.expected(), source.received);
        let (since, came) = (expected.wrapping_sub(source.before.0), received.wrapping_sub(source.before.1));
        source.before = (expected, received);
        let fraction = (since.saturating_sub(came) * 256).checked_div(since).unwrap_or(0).min(255);
        let (report, delay) = match self.last_report {
            Some((report, came_at)) => (report, middle(now.saturating_sub(came_at))),
            None => (0, 0),
        };
        // 24 bits, which may be negative where packets came twice.
        let lost = source.lost().clamp(-0x80_0000, 0x7F_FFFF) as u32 & 0xFF_FFFF;
        Some(
            ReportBlock::builder(source.ssrc)
                .fraction_lost(fraction as u8)
                .cumulative_lost(lost)
                .extended_sequence_number(source.highest)
                .interarrival_jitter(source.jitter >> 4)
                .last_sender_report_timestamp(report)
                .delay_since_last_sender_report_timestamp(delay),
        )
    }
}

/// What was sent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sent {
    pub(crate) ssrc: u32,
    pub(crate) timestamp: u32,
    pub(crate) packets: u32,
    pub(crate) octets: u32,
    /// Whether something was sent since the last report.
    pub(crate) lately: bool,
}

/// A compound packet: the report of a leg, its name, and the end if it is the last one.
pub(crate) fn report(sent: Sent, reception: &mut Reception, now: u64, is_last: bool) -> Vec<u8> {
    let name = SdesChunk::builder(sent.ssrc).add_item(SdesItem::builder(SdesItem::CNAME, NAME));
    let block = reception.block(now);
    let compound = Compound::builder();
    let compound = if sent.lately {
        let report = SenderReport::builder(sent.ssrc)
            .ntp_timestamp(now)
            .rtp_timestamp(sent.timestamp)
            .packet_count(sent.packets)
            .octet_count(sent.octets);
        compound.add_packet(block.into_iter().fold(report, |report, block| report.add_report_block(block)))
    } else {
        let report = ReceiverReport::builder(sent.ssrc);
        compound.add_packet(block.into_iter().fold(report, |report, block| report.add_report_block(block)))
    };
    let compound = compound.add_packet(Sdes::builder().add_chunk(name));
    let compound = match is_last {
        true => compound.add_packet(Bye::builder().add_source(sent.ssrc)),
        false => compound,
    };
    let mut packet = vec![0; MAX_COMPOUND];
    let length = compound.write_into(&mut packet).unwrap_or(0);
    packet.truncate(length);
    packet
}

/// What the other end says of the packets that it was sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Heard {
    /// Packets that it misses.
    pub(crate) lost: u32,
    /// Its jitter, in samples.
    pub(crate) jitter: u32,
    /// The time from us to it and back, in 2^-16 seconds.
    pub(crate) round_trip: Option<u32>,
}

/// Takes a compound packet of who is sent packets with this SSRC. `None` if it is none; within, what it says of them, if it does.
pub(crate) fn read(packet: &[u8], own: u32, reception: &mut Reception, now: u64) -> Option<Option<Heard>> {
    let mut packets = Compound::parse(packet).ok()?;
    let first = packets.next()?.ok()?;
    let block = match &first {
        Packet::Sr(report) => {
            if reception.source.is_some_and(|source| source.ssrc == report.ssrc()) {
                reception.last_report = Some((middle(report.ntp_timestamp()), now));
            }
            report.report_blocks().find(|block| block.ssrc() == own).map(|block| heard(&block, now))
        }
        Packet::Rr(report) => {
            report.report_blocks().find(|block| block.ssrc() == own).map(|block| heard(&block, now))
        }
        _ => return None,
    };
    Some(block)
}

fn heard(block: &ReportBlock<'_>, now: u64) -> Heard {
    let (report, delay) =
        (block.last_sender_report_timestamp(), block.delay_since_last_sender_report_timestamp());
    let passed = middle(now).wrapping_sub(report).wrapping_sub(delay);
    // A time that is not possible is none.
    let round_trip = (report != 0 && passed < u32::MAX / 2).then_some(passed);
    let lost = block.cumulative_lost();
    let lost = if lost > 0x7F_FFFF { 0 } else { lost };
    Heard { lost, jitter: block.interarrival_jitter(), round_trip }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SENT: Sent = Sent { ssrc: 5, timestamp: 800, packets: 7, octets: 1_120, lately: true };

    #[test]
    fn a_report_says_what_was_sent_lost_and_how_regular_it_was() {
        let mut reception = Reception::default();
        for number in (0..100_u16).filter(|number| number % 10 != 3) {
            let late = if number % 2 == 0 { 80 } else { 0 };
            let at = u32::from(number) * 160;
            reception.count(9, 65_500_u16.wrapping_add(number), at, i64::from(at) + late);
        }
        let packet = report(SENT, &mut reception, time(500), false);
        let mut compound = Compound::parse(&packet).unwrap();
        let Packet::Sr(sender) = compound.next().unwrap().unwrap() else { panic!("no sender report") };
        assert_eq!((sender.ssrc(), sender.packet_count(), sender.octet_count()), (5, 7, 1_120));
        assert_eq!((sender.ntp_timestamp() >> 32, sender.rtp_timestamp()), (10, 800));
        let block = sender.report_blocks().next().unwrap();
        assert_eq!((block.ssrc(), block.cumulative_lost()), (9, 10));
        assert_eq!(block.extended_sequence_number(), 65_599);
        assert!((24..27).contains(&block.fraction_lost()), "{}", block.fraction_lost());
        assert!((60..=80).contains(&block.interarrival_jitter()), "{}", block.interarrival_jitter());
        assert!(matches!(compound.next(), Some(Ok(Packet::Sdes(_)))));
        assert!(compound.next().is_none());
        let next = report(SENT, &mut reception, time(600), true);
        let mut compound = Compound::parse(&next).unwrap();
        let Packet::Sr(sender) = compound.next().unwrap().unwrap() else { panic!("no sender report") };
        assert_eq!(sender.report_blocks().next().unwrap().fraction_lost(), 0, "nothing was lost since");
        assert!(matches!(compound.last(), Some(Ok(Packet::Bye(_)))));
    }

    #[test]
    fn who_has_sent_nothing_reports_what_it_hears() {
        let packet = report(Sent { lately: false, ..SENT }, &mut Reception::default(), time(9), false);
        let first = Compound::parse(&packet).unwrap().next().unwrap().unwrap();
        let Packet::Rr(receiver) = first else { panic!("no receiver report") };
        assert_eq!((receiver.ssrc(), receiver.n_reports()), (5, 0));
    }

    #[test]
    fn the_round_trip_is_the_time_between_reports_without_the_delay_of_the_other_end() {
        let (mut ours, mut theirs) = (Reception::default(), Reception::default());
        theirs.count(5, 1, 160, 160);
        let packet = report(SENT, &mut ours, time(1_000), false);
        // It comes there at once, is answered after 4 s, and the answer takes 100 ms.
        assert_eq!(read(&packet, 9, &mut theirs, time(1_000)), Some(None));
        let answer = report(Sent { ssrc: 9, ..SENT }, &mut theirs, time(1_200), false);
        let heard = read(&answer, 5, &mut ours, time(1_205)).unwrap().unwrap();
        let round_trip = heard.round_trip.unwrap();
        assert!((6_500..6_600).contains(&round_trip), "{round_trip}");
        assert_eq!(heard.lost, 0);
    }

    #[test]
    fn what_is_no_report_is_none() {
        let mut reception = Reception::default();
        let whole = report(SENT, &mut reception, time(1), true);
        for length in 0..whole.len() {
            let cut = read(whole.get(..length).unwrap(), 5, &mut reception, 0);
            // A compound packet may be cut between two packets.
            assert!(cut.is_none() || length % 4 == 0, "{length}");
        }
        for garbage in [&b""[..], b"x", &[0x80, 200], &[0xFF; 40], &[0x81, 203, 0, 1, 0, 0, 0, 5]] {
            assert_eq!(read(garbage, 5, &mut reception, 0), None);
        }
    }
}
