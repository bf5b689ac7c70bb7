//! SRTP and SRTCP: AES in counter mode with HMAC-SHA1 (RFC 3711), and AES-GCM (RFC 7714).
//!
//! Written here and not taken from a crate: those that there are keep state for every SSRC before they know that a packet is from
//! who has the key, so that strangers could fill it.
//!
//! # Invariants
//!
//! * Nothing is remembered of a packet that is not authentic, and of no more than `MAX_STREAMS` streams.
//! * A packet is opened once: `WINDOW` packets before the newest one are remembered.
//! * The rollover counter lives as long as its key, whatever legs have it.

mod reports;
mod session;

use self::session::Session;

/// Packets before the newest one that may still come.
const WINDOW: u64 = 64;

/// Streams of one key that are remembered, so that nobody can repeat what they had.
const MAX_STREAMS: usize = 8;

/// Bytes of a header without its parts of variable length.
const HEADER: usize = 12;

/// Bytes of the longest master key with its salt.
const MAX_MASTER: usize = 44;

/// How packets are protected.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord, Hash)]
pub enum Suite {
    /// `AES_CM_128_HMAC_SHA1_80`
    AesCm80,
    /// `AES_CM_128_HMAC_SHA1_32`
    AesCm32,
    /// `AEAD_AES_128_GCM`
    AesGcm128,
    /// `AEAD_AES_256_GCM`
    AesGcm256,
}

impl Suite {
    /// Bytes of a master key, and of a salt.
    pub const fn lengths(self) -> (usize, usize) {
        match self {
            Suite::AesCm80 | Suite::AesCm32 => (16, 14),
            Suite::AesGcm128 => (16, 12),
            Suite::AesGcm256 => (32, 12),
        }
    }
}

/// A master key with its salt, and what it is for. It is not printed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Key {
    suite: Suite,
    /// The key, the salt and zeros.
    master: [u8; MAX_MASTER],
}

impl Key {
    /// A master key of this suite, with the salt behind it; `None` if both are not as long as they must be.
    pub fn new(suite: Suite, master: &[u8]) -> Option<Key> {
        let (key, salt) = suite.lengths();
        let mut whole = [0; MAX_MASTER];
        whole.get_mut(..key + salt).filter(|own| own.len() == master.len())?.copy_from_slice(master);
        Some(Key { suite, master: whole })
    }
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Key({:?})", self.suite)
    }
}

/// Where the payload of a packet begins, its sequence number and its SSRC.
fn header(packet: &[u8]) -> Option<(usize, u16, u32)> {
    let first = *packet.first()?;
    let sequence = u16::from_be_bytes(*packet.get(2..)?.first_chunk()?);
    let ssrc = u32::from_be_bytes(*packet.get(8..)?.first_chunk()?);
    let mut length = HEADER + 4 * usize::from(first & 0x0F);
    if first & 0x10 != 0 {
        let words = u16::from_be_bytes(*packet.get(length + 2..)?.first_chunk()?);
        length += 4 + 4 * usize::from(words);
    }
    (length <= packet.len()).then_some((length, sequence, ssrc))
}

/// Protects what is sent with one key.
pub struct Sealer {
    session: Session,
    reports: Session,
    /// The index of the last report.
    report: u32,
    /// The SSRC that is sent, and the index of its last packet.
    stream: Option<(u32, u64)>,
    packet: Vec<u8>,
}

impl Sealer {
    /// Protects with this key.
    pub fn new(key: &Key) -> Sealer {
        let (session, reports) = (Session::new(key), Session::of_reports(key));
        Sealer { session, reports, report: 0, stream: None, packet: Vec::new() }
    }

    /// The protected packet; nothing if it is none.
    pub fn seal(&mut self, packet: &[u8]) -> &[u8] {
        self.packet.clear();
        if let Some((start, sequence, ssrc)) = header(packet) {
            let last = self.stream.filter(|(before, _)| *before == ssrc).map(|(_, index)| index);
            let index = last.map_or(u64::from(sequence), |last| guess(last, sequence));
            self.stream = Some((ssrc, last.map_or(index, |last| last.max(index))));
            self.packet.extend_from_slice(packet);
            self.session.seal(&mut self.packet, start, ssrc, index);
        }
        &self.packet
    }
}

/// Opens what comes with one key.
pub struct Opener {
    session: Session,
    reports: Session,
    /// The newest report of each sender, the one that was heard last at the end.
    reported: Vec<Heard>,
    /// Streams of whom the key is, the one that was heard last at the end.
    streams: Vec<Heard>,
    packet: Vec<u8>,
}

/// What has come of a stream.
#[derive(Clone, Copy)]
struct Heard {
    ssrc: u32,
    /// The index of the newest packet, and which of those before it have come.
    newest: u64,
    seen: u64,
}

impl Heard {
    fn is_new(self, index: u64) -> bool {
        let behind = self.newest.saturating_sub(index);
        index > self.newest || (behind < WINDOW && self.seen >> behind & 1 == 0)
    }

    fn note(&mut self, index: u64) {
        if index > self.newest {
            let ahead = index - self.newest;
            self.seen = if ahead < WINDOW { self.seen << ahead } else { 0 } | 1;
            self.newest = index;
        } else {
            self.seen |= 1 << (self.newest - index).min(WINDOW - 1);
        }
    }
}

impl Opener {
    /// Opens with this key.
    pub fn new(key: &Key) -> Opener {
        let (session, reports) = (Session::new(key), Session::of_reports(key));
        Opener { session, reports, reported: Vec::new(), streams: Vec::new(), packet: Vec::new() }
    }

    /// The packet without its protection; `None` if it is not authentic, or has come before.
    pub fn open(&mut self, packet: &[u8]) -> Option<&[u8]> {
        let (start, sequence, ssrc) = header(packet)?;
        let stream = self.streams.iter().find(|stream| stream.ssrc == ssrc).copied();
        let index = stream.map_or(u64::from(sequence), |stream| guess(stream.newest, sequence));
        if stream.is_some_and(|stream| !stream.is_new(index)) {
            return None;
        }
        self.packet.clear();
        self.packet.extend_from_slice(packet);
        self.session.open(&mut self.packet, start, ssrc, index)?;
        learn(&mut self.streams, ssrc, index);
        Some(&self.packet)
    }
}

/// Notes a packet of a stream.
fn learn(streams: &mut Vec<Heard>, ssrc: u32, index: u64) {
    if let Some(known) = streams.iter_mut().find(|stream| stream.ssrc == ssrc) {
        return known.note(index);
    }
    if streams.len() >= MAX_STREAMS {
        streams.remove(0);
    }
    let mut stream = Heard { ssrc, newest: index, seen: 0 };
    stream.note(index);
    streams.push(stream);
}

/// The index of a packet with this sequence number that is nearest to the newest one (RFC 3711, 3.3.1).
fn guess(newest: u64, sequence: u16) -> u64 {
    let here = newest & !0xFFFF | u64::from(sequence);
    let nearest = [here.checked_sub(0x1_0000), Some(here), Some(here + 0x1_0000)];
    let nearest = nearest.into_iter().flatten().min_by_key(|index| index.abs_diff(newest));
    nearest.unwrap_or(here) & 0xFFFF_FFFF_FFFF
}

impl std::fmt::Debug for Sealer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Sealer({:?})", self.session.suite())
    }
}

impl std::fmt::Debug for Opener {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Opener({:?})", self.session.suite())
    }
}

#[cfg(test)]
mod tests {
    use super::{session::tests::hex, *};

    fn key(suite: Suite) -> Key {
        let master = hex("E1F97A0D3E018BE0D64FA32C06DE4139 0EC675AD498AFEEBB6960B3AABE6");
        let (key, salt) = suite.lengths();
        let (mut master, tail) = ([master.as_slice(), &[7; 32]].concat(), key + salt);
        master.truncate(tail);
        Key::new(suite, &master).unwrap()
    }

    /// Every suite, with the bytes by which a packet grows.
    const SUITES: [(Suite, usize); 4] =
        [(Suite::AesCm80, 10), (Suite::AesCm32, 4), (Suite::AesGcm128, 16), (Suite::AesGcm256, 16)];

    fn packet(sequence: u16) -> Vec<u8> {
        let mut packet = vec![0x80, 0x00];
        packet.extend(sequence.to_be_bytes());
        packet.extend([0, 0, 0, 160, 0xCA, 0xFE, 0xBA, 0xBE]);
        packet.extend(std::iter::repeat_n(0xAB, 160));
        packet
    }

    #[test]
    fn a_packet_is_that_of_libsrtp() {
        // The reference packet of libsrtp (test/srtp_driver.c, srtp_validate).
        let plain = hex("800f1234decafbadcafebabe abababababababababababababababab");
        let sealed = hex("800f1234decafbadcafebabe 4e55dc4ce79978d88ca4d215949d2402 b78d6acc99ea179b8dbb");
        assert_eq!(Sealer::new(&key(Suite::AesCm80)).seal(&plain), sealed);
        assert_eq!(Opener::new(&key(Suite::AesCm80)).open(&sealed), Some(plain.as_slice()));
    }

    #[test]
    fn packets_and_reports_of_every_suite_are_those_of_libsrtp() {
        // Written by libsrtp 2.7 with keys of ascending octets.
        let table = [
            (
                Suite::AesCm80,
                "c8f5e0214236e5fde9cbd62d47b0a0914abc4786f3c58a32060f",
                "2dcbd1a0f763810879d398df743f4f7d8000000177c289fde7d4cbca4e39",
                "91803a737bdceac80bbbd0e988671b76800000028f907e4949d0523781ed",
            ),
            (
                Suite::AesCm32,
                "c8f5e0214236e5fde9cbd62d47b0a0914abc4786",
                "2dcbd1a0f763810879d398df743f4f7d8000000177c289fde7d4cbca4e39",
                "91803a737bdceac80bbbd0e988671b76800000028f907e4949d0523781ed",
            ),
            (
                Suite::AesGcm128,
                "4ad7d8a55fb3fd902db557c94b415ecd17ea3bd1754d1f2808104e868c1cf597",
                "60b68cb97100e4206ca1c1b44a69f017d387a55d3b720ebc6a4f31cd9316b96180000001",
                "625485e19eca79564881c87dda0b57aa4865338900791493c7fc3932eae45b5b80000002",
            ),
            (
                Suite::AesGcm256,
                "d54ed632a76bff3fa2efbb5597a5d5e87c07497c6b89729d1291317aeef11ba7",
                "12d596ce61c485e7bae16103356375e982b1916f80021399f9b4c28101aaa9af80000001",
                "5861838b36be34253c5df5b39aa8d67cd198cfbe11b27d5d40656bc63176f57480000002",
            ),
        ];
        let (header, report_header) = ("800f1234decafbadcafebabe", "81c8000bcafebabe");
        let with = |header: &str, body: &str| hex(&format!("{header}{body}"));
        for (suite, sealed, first, second) in table {
            let (key, salt) = suite.lengths();
            let master: Vec<u8> = (0..u8::try_from(key + salt).unwrap()).collect();
            let key = Key::new(suite, &master).unwrap();
            let (mut sealer, mut opener) = (Sealer::new(&key), Opener::new(&key));
            let body = "ab".repeat(16);
            let plain = with(header, &body);
            assert_eq!(sealer.seal(&plain), with(header, sealed), "{suite:?}");
            assert_eq!(opener.open(&with(header, sealed)), Some(plain.as_slice()), "{suite:?}");
            let plain = with(report_header, &body);
            for report in [first, second] {
                assert_eq!(sealer.seal_report(&plain), with(report_header, report), "{suite:?}");
                let mut wrong = with(report_header, report);
                wrong[9] ^= 1;
                assert_eq!(opener.open_report(&wrong), None, "{suite:?}");
                let report = with(report_header, report);
                assert_eq!(opener.open_report(&report), Some(plain.as_slice()), "{suite:?}");
                assert_eq!(opener.open_report(&report), None, "{suite:?}: once more");
            }
            assert_eq!(opener.open_report(&with(report_header, first)), None, "{suite:?}: an old one");
        }
    }

    #[test]
    fn what_is_sealed_is_opened_once_over_all_rollovers() {
        for (suite, tag) in SUITES {
            let (mut sealer, mut opener) = (Sealer::new(&key(suite)), Opener::new(&key(suite)));
            for step in 0..20_000_u32 {
                let plain = packet((step * 37 + 30_000) as u16);
                let sealed = sealer.seal(&plain).to_vec();
                assert_eq!(sealed.len(), plain.len() + tag);
                if step % 100 == 0 {
                    assert_eq!(opener.open(&sealed), Some(plain.as_slice()), "{step}");
                    assert_eq!(opener.open(&sealed), None, "{step} comes again");
                }
            }
        }
    }

    #[test]
    fn packets_may_change_places_and_not_content() {
        let (mut sealer, mut opener) = (Sealer::new(&key(Suite::AesCm80)), Opener::new(&key(Suite::AesCm80)));
        let sealed: Vec<_> = (65_530..65_540_u32).map(|n| sealer.seal(&packet(n as u16)).to_vec()).collect();
        for place in [0, 2, 1, 9, 5, 8, 7, 6, 3, 4] {
            assert!(opener.open(&sealed[place]).is_some(), "{place}");
            assert!(opener.open(&sealed[place]).is_none(), "{place} again");
        }
        let mut wrong = sealer.seal(&packet(9)).to_vec();
        for place in 0..wrong.len() {
            wrong[place] ^= 1;
            assert!(opener.open(&wrong).is_none(), "{place}");
            wrong[place] ^= 1;
        }
        assert!(opener.open(&wrong).is_some());
        for garbage in [&b""[..], b"x", &[0x9F; 30], &[0x80; 12], &[0xFF; 200]] {
            assert!(opener.open(garbage).is_none());
            assert!(sealer.seal(garbage).len() < 300);
        }
    }

    #[test]
    fn a_sender_may_begin_another_stream_and_nobody_can_repeat_the_one_before() {
        let (mut sealer, mut opener) = (Sealer::new(&key(Suite::AesCm80)), Opener::new(&key(Suite::AesCm80)));
        let stream = |ssrc: u8, sealer: &mut Sealer| {
            let mut plain = packet(7);
            plain[11] = ssrc;
            sealer.seal(&plain).to_vec()
        };
        let first = stream(1, &mut sealer);
        assert!(opener.open(&first).is_some());
        for ssrc in 2..5 {
            let other = stream(ssrc, &mut sealer);
            assert!(opener.open(&other).is_some() && opener.open(&first).is_none(), "{ssrc}");
        }
        for ssrc in 0..=255 {
            let other = stream(ssrc, &mut sealer);
            opener.open(&other);
        }
        assert_eq!(opener.streams.len(), MAX_STREAMS);
    }
}
