//! SRTP (RFC 3711) with AES in counter mode and HMAC-SHA1, as SDES names it (RFC 4568).
//!
//! Written here and not taken from a crate: those that there are keep state for every SSRC before they know that a packet is from
//! who has the key, so that strangers could fill it.
//!
//! # Invariants
//!
//! * Nothing is remembered of a packet that is not authentic, and of no more than `MAX_STREAMS` streams.
//! * A packet is opened once: `WINDOW` packets before the newest one are remembered.
//! * The rollover counter lives as long as its key, whatever legs have it.

use aes::{
    Aes128,
    cipher::{Array, BlockCipherEncrypt, KeyInit},
};
use hmac::{Hmac, Mac};
use sha1::Sha1;

/// Packets before the newest one that may still come.
const WINDOW: u64 = 64;

/// Streams of one key that are remembered, so that nobody can repeat what they had.
const MAX_STREAMS: usize = 8;

/// Bytes of a header without its parts of variable length.
const HEADER: usize = 12;

/// Bytes of a master key and its salt.
pub const MASTER: usize = 30;

/// How packets are protected.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord, Hash)]
pub enum Suite {
    /// `AES_CM_128_HMAC_SHA1_80`
    AesCm80,
    /// `AES_CM_128_HMAC_SHA1_32`
    AesCm32,
}

impl Suite {
    const fn tag(self) -> usize {
        match self {
            Suite::AesCm80 => 10,
            Suite::AesCm32 => 4,
        }
    }
}

/// A master key with its salt, and what it is for. It is not printed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Key {
    /// How packets are protected.
    pub suite: Suite,
    /// 16 bytes of key, 14 bytes of salt.
    pub master: [u8; MASTER],
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Key({:?})", self.suite)
    }
}

/// The keys of a session, derived from its master key (RFC 3711, 4.3).
struct Session {
    suite: Suite,
    cipher: Aes128,
    salt: u128,
    mac: Hmac<Sha1>,
}

impl Session {
    fn new(key: &Key) -> Session {
        let (master, salt) = key.master.split_at(16);
        let block = |bytes: &[u8]| {
            let mut block = [0; 16];
            block.iter_mut().zip(bytes).for_each(|(place, byte)| *place = *byte);
            block
        };
        let cipher = Aes128::new(&Array::from(block(master)));
        // 14 bytes of salt, and 16 bits of counter behind them.
        let salt = u128::from_be_bytes(block(salt));
        let derived = |label: u128| salt ^ label << 64;
        let mut session_key = [0; 16];
        keystream(&cipher, derived(0), &mut session_key);
        let mut authentication = [0; 20];
        keystream(&cipher, derived(1), &mut authentication);
        let mut session_salt = [0; 14];
        keystream(&cipher, derived(2), &mut session_salt);
        Session {
            suite: key.suite,
            cipher: Aes128::new(&Array::from(session_key)),
            salt: u128::from_be_bytes(block(&session_salt)),
            mac: Hmac::new_from_slice(&authentication)
                .unwrap_or_else(|_| <Hmac<Sha1> as KeyInit>::new(&Array::default())),
        }
    }

    /// Encrypts or decrypts a payload.
    fn crypt(&self, ssrc: u32, index: u64, payload: &mut [u8]) {
        keystream(&self.cipher, self.salt ^ u128::from(ssrc) << 64 ^ u128::from(index) << 16, payload);
    }

    fn tag(&self, packet: &[u8], index: u64) -> [u8; 20] {
        let mut mac = self.mac.clone();
        mac.update(packet);
        mac.update(&rollover(index).to_be_bytes());
        mac.finalize().into_bytes().into()
    }
}

/// Adds the key stream from this counter on (RFC 3711, 4.1.1).
fn keystream(cipher: &Aes128, from: u128, bytes: &mut [u8]) {
    let mut counter = from;
    for piece in bytes.chunks_mut(16) {
        let mut block = Array::from(counter.to_be_bytes());
        cipher.encrypt_block(&mut block);
        piece.iter_mut().zip(&block).for_each(|(byte, key)| *byte ^= key);
        counter = counter.wrapping_add(1);
    }
}

fn rollover(index: u64) -> u32 {
    u32::try_from(index >> 16 & u64::from(u32::MAX)).unwrap_or(0)
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
    /// The SSRC that is sent, and the index of its last packet.
    stream: Option<(u32, u64)>,
    packet: Vec<u8>,
}

impl Sealer {
    /// Protects with this key.
    pub fn new(key: &Key) -> Sealer {
        Sealer { session: Session::new(key), stream: None, packet: Vec::new() }
    }

    /// The protected packet; nothing if it is none.
    pub fn seal(&mut self, packet: &[u8]) -> &[u8] {
        self.packet.clear();
        if let Some((start, sequence, ssrc)) = header(packet) {
            let last = self.stream.filter(|(before, _)| *before == ssrc).map(|(_, index)| index);
            let index = last.map_or(u64::from(sequence), |last| guess(last, sequence));
            self.stream = Some((ssrc, last.map_or(index, |last| last.max(index))));
            self.packet.extend_from_slice(packet);
            self.session.crypt(ssrc, index, self.packet.get_mut(start..).unwrap_or_default());
            let tag = self.session.tag(&self.packet, index);
            self.packet.extend(tag.iter().take(self.session.suite.tag()));
        }
        &self.packet
    }
}

/// Opens what comes with one key.
pub struct Opener {
    session: Session,
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
        Opener { session: Session::new(key), streams: Vec::new(), packet: Vec::new() }
    }

    /// The packet without its protection; `None` if it is not authentic, or has come before.
    pub fn open(&mut self, packet: &[u8]) -> Option<&[u8]> {
        let length = packet.len().checked_sub(self.session.suite.tag())?;
        let (sealed, tag) = packet.split_at_checked(length)?;
        let (start, sequence, ssrc) = header(sealed)?;
        let place = self.streams.iter().position(|stream| stream.ssrc == ssrc);
        let stream = place.and_then(|place| self.streams.get(place).copied());
        let index = stream.map_or(u64::from(sequence), |stream| guess(stream.newest, sequence));
        if stream.is_some_and(|stream| !stream.is_new(index)) || !same(&self.session.tag(sealed, index), tag)
        {
            return None;
        }
        let mut stream = stream.unwrap_or(Heard { ssrc, newest: index, seen: 0 });
        stream.note(index);
        match place.and_then(|place| self.streams.get_mut(place)) {
            Some(known) => *known = stream,
            None => self.learn(stream),
        }
        self.packet.clear();
        self.packet.extend_from_slice(sealed);
        self.session.crypt(ssrc, index, self.packet.get_mut(start..).unwrap_or_default());
        Some(&self.packet)
    }

    fn learn(&mut self, stream: Heard) {
        if self.streams.len() >= MAX_STREAMS {
            self.streams.remove(0);
        }
        self.streams.push(stream);
    }
}

/// Compares a tag without telling where it differs.
fn same(whole: &[u8; 20], tag: &[u8]) -> bool {
    whole.iter().zip(tag).fold(0, |differs, (one, other)| differs | (one ^ other)) == 0
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
        write!(f, "Sealer({:?})", self.session.suite)
    }
}

impl std::fmt::Debug for Opener {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Opener({:?})", self.session.suite)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(text: &str) -> Vec<u8> {
        let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
        digits
            .chunks(2)
            .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
            .collect()
    }

    fn key(suite: Suite) -> Key {
        let master = hex("E1F97A0D3E018BE0D64FA32C06DE4139 0EC675AD498AFEEBB6960B3AABE6");
        Key { suite, master: master.try_into().unwrap() }
    }

    fn packet(sequence: u16) -> Vec<u8> {
        let mut packet = vec![0x80, 0x00];
        packet.extend(sequence.to_be_bytes());
        packet.extend([0, 0, 0, 160, 0xCA, 0xFE, 0xBA, 0xBE]);
        packet.extend(std::iter::repeat_n(0xAB, 160));
        packet
    }

    #[test]
    fn keys_are_derived_as_in_the_rfc() {
        // RFC 3711, B.3.
        let (master, salt) = (hex("E1F97A0D3E018BE0D64FA32C06DE4139"), hex("0EC675AD498AFEEBB6960B3AABE6"));
        let cipher = Aes128::new_from_slice(&master).unwrap();
        let mut block = [0; 16];
        block[..14].copy_from_slice(&salt);
        let salt = u128::from_be_bytes(block);
        let derived = |label: u128, length: usize| {
            let mut bytes = vec![0; length];
            keystream(&cipher, salt ^ label << 64, &mut bytes);
            bytes
        };
        assert_eq!(derived(0, 16), hex("C61E7A93744F39EE10734AFE3FF7A087"));
        assert_eq!(derived(2, 14), hex("30CBBC08863D8C85D49DB34A9AE1"));
        assert_eq!(derived(1, 20), hex("CEBE321F6FF7716B6FD4AB49AF256A156D38BAA4"));
    }

    #[test]
    fn the_key_stream_is_that_of_the_rfc() {
        // RFC 3711, B.2.
        let cipher = Aes128::new_from_slice(&hex("2B7E151628AED2A6ABF7158809CF4F3C")).unwrap();
        let mut stream = [0; 32];
        keystream(
            &cipher,
            u128::from_be_bytes(hex("F0F1F2F3F4F5F6F7F8F9FAFBFCFD0000").try_into().unwrap()),
            &mut stream,
        );
        assert_eq!(stream.to_vec(), hex("E03EAD0935C95E80E166B16DD92B4EB4 D23513162B02D0F72A43A2FE4A5F97AB"));
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
    fn what_is_sealed_is_opened_once_over_all_rollovers() {
        for suite in [Suite::AesCm80, Suite::AesCm32] {
            let (mut sealer, mut opener) = (Sealer::new(&key(suite)), Opener::new(&key(suite)));
            for step in 0..20_000_u32 {
                let plain = packet((step * 37 + 30_000) as u16);
                let sealed = sealer.seal(&plain).to_vec();
                assert_eq!(sealed.len(), plain.len() + suite.tag());
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
