//! Checks of who wants to be heard at a port (STUN, RFC 8489, as ICE uses it, RFC 8445, 7): the end that only answers.

use std::net::{IpAddr, SocketAddr};

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;

const HEADER: usize = 20;
const COOKIE: u32 = 0x2112_A442;
const REQUEST: u16 = 0x0001;
const SUCCESS: u16 = 0x0101;
const USERNAME: u16 = 0x0006;
const MESSAGE_INTEGRITY: u16 = 0x0008;
const XOR_MAPPED_ADDRESS: u16 = 0x0020;
const USE_CANDIDATE: u16 = 0x0025;
const FINGERPRINT: u16 = 0x8028;

/// Bytes of a code of authentication.
const CODE: usize = 20;

/// Whether a packet is for STUN, and not for DTLS or RTP (RFC 7983, 7).
pub(crate) fn is_stun(packet: &[u8]) -> bool {
    packet.first().is_some_and(|first| *first < 4) && packet.len() >= HEADER
}

/// A check of somebody who knows the password.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Check {
    transaction: [u8; 12],
    /// Whether this is the pair of addresses that is to be used.
    pub(crate) nominates: bool,
}

/// Reads a check for this user (`own:theirs`) with this password; `None` for everything else.
pub(crate) fn check(packet: &[u8], user: (&str, &str), password: &str) -> Option<Check> {
    let word = |at: usize| Some(u16::from_be_bytes(*packet.get(at..)?.first_chunk()?));
    let cookie = u32::from_be_bytes(*packet.get(4..)?.first_chunk()?);
    if word(0)? != REQUEST || cookie != COOKIE || usize::from(word(2)?) + HEADER != packet.len() {
        return None;
    }
    let transaction = *packet.get(8..)?.first_chunk()?;
    let (mut at, mut is_for_us, mut nominates) = (HEADER, false, false);
    while at < packet.len() {
        let (kind, length) = (word(at)?, usize::from(word(at + 2)?));
        let value = packet.get(at + 4..at + 4 + length)?;
        match kind {
            USERNAME => is_for_us = is_user(value, user),
            USE_CANDIDATE => nominates = true,
            // What is behind it is not authentic.
            MESSAGE_INTEGRITY => {
                let known = is_for_us && is_authentic(packet.get(..at)?, value, password);
                return known.then_some(Check { transaction, nominates });
            }
            _ => {}
        }
        at += 4 + length.next_multiple_of(4);
    }
    None
}

fn is_user(value: &[u8], (own, theirs): (&str, &str)) -> bool {
    let names = std::str::from_utf8(value).ok().and_then(|value| value.split_once(':'));
    names == Some((own, theirs))
}

fn is_authentic(before: &[u8], code: &[u8], password: &str) -> bool {
    let mut mac = mac(password);
    mac.update(&with_length(before, before.len() + 4 + CODE - HEADER));
    mac.verify_slice(code).is_ok()
}

fn mac(password: &str) -> Hmac<Sha1> {
    Hmac::new_from_slice(password.as_bytes())
        .unwrap_or_else(|_| <Hmac<Sha1> as KeyInit>::new(&Default::default()))
}

/// A message with this length of what follows the header.
fn with_length(message: &[u8], length: usize) -> Vec<u8> {
    let mut message = message.to_vec();
    if let (Some(place), Ok(length)) = (message.get_mut(2..4), u16::try_from(length)) {
        place.copy_from_slice(&length.to_be_bytes());
    }
    message
}

/// The answer to a check that came from this address.
pub(crate) fn answer(check: Check, from: SocketAddr, password: &str) -> Vec<u8> {
    let mut message = Vec::with_capacity(96);
    message.extend(SUCCESS.to_be_bytes());
    message.extend([0, 0]);
    message.extend(COOKIE.to_be_bytes());
    message.extend(check.transaction);
    let key: Vec<u8> = COOKIE.to_be_bytes().into_iter().chain(check.transaction).collect();
    let (family, address) = match from.ip() {
        IpAddr::V4(ip) => (1, ip.octets().to_vec()),
        IpAddr::V6(ip) => (2, ip.octets().to_vec()),
    };
    let port = from.port() ^ (COOKIE >> 16) as u16;
    let mapped = address.iter().zip(&key).map(|(byte, key)| byte ^ key);
    let value: Vec<u8> = [0, family].into_iter().chain(port.to_be_bytes()).chain(mapped).collect();
    add(&mut message, XOR_MAPPED_ADDRESS, &value);
    let mut mac = mac(password);
    mac.update(&with_length(&message, message.len() + 4 + CODE - HEADER));
    let code = mac.finalize().into_bytes();
    add(&mut message, MESSAGE_INTEGRITY, &code);
    let whole = with_length(&message, message.len() + 8 - HEADER);
    add(&mut message, FINGERPRINT, &(crc32(&whole) ^ 0x5354_554E).to_be_bytes());
    let length = message.len() - HEADER;
    with_length(&message, length)
}

fn add(message: &mut Vec<u8>, kind: u16, value: &[u8]) {
    message.extend(kind.to_be_bytes());
    message.extend(u16::try_from(value.len()).unwrap_or(0).to_be_bytes());
    message.extend(value);
}

/// The checksum of ITU-T V.42.
fn crc32(bytes: &[u8]) -> u32 {
    let step = |sum: u32, _| if sum & 1 == 1 { sum >> 1 ^ 0xEDB8_8320 } else { sum >> 1 };
    !bytes.iter().fold(u32::MAX, |sum, byte| (0..8).fold(sum ^ u32::from(*byte), step))
}

/// A check, as a browser sends it.
#[cfg(test)]
pub(crate) fn request((own, theirs): (&str, &str), password: &str, nominates: bool) -> Vec<u8> {
    let mut message = [REQUEST.to_be_bytes(), [0, 0]].concat();
    message.extend(COOKIE.to_be_bytes());
    message.extend([7; 12]);
    let name = format!("{own}:{theirs}");
    assert_eq!(name.len() % 4, 1);
    add(&mut message, USERNAME, name.as_bytes());
    message.extend([0; 3]);
    if nominates {
        add(&mut message, USE_CANDIDATE, &[]);
    }
    let mut mac = mac(password);
    mac.update(&with_length(&message, message.len() + 4 + CODE - HEADER));
    let code = mac.finalize().into_bytes();
    add(&mut message, MESSAGE_INTEGRITY, &code);
    let length = message.len() - HEADER;
    with_length(&message, length)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The request of RFC 5769, 2.1.
    const SAMPLE: &str = "000100582112a442b7e7a701bc34d686fa87dfae802200105354554e207465737420636c69656e74002400046e0001ff\
        80290008932ff9b151263b36000600096576746a3a68367659202020000800149aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a280280004e57a3bcf";
    const PASSWORD: &str = "VOkJxbRl1RmTxUk/WvJxBt";

    fn sample() -> Vec<u8> {
        let digits: Vec<u8> = SAMPLE.bytes().filter(u8::is_ascii_hexdigit).collect();
        digits
            .chunks(2)
            .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
            .collect()
    }

    #[test]
    fn the_check_of_the_rfc_is_authentic_with_its_password_only() {
        let packet = sample();
        let read = check(&packet, ("evtj", "h6vY"), PASSWORD).unwrap();
        assert!(!read.nominates && is_stun(&packet));
        assert_eq!(check(&packet, ("evtj", "h6vY"), "another"), None);
        assert_eq!(check(&packet, ("h6vY", "evtj"), PASSWORD), None);
        for place in 0..packet.len() - 8 {
            let mut wrong = packet.clone();
            wrong[place] ^= 1;
            assert_eq!(check(&wrong, ("evtj", "h6vY"), PASSWORD), None, "{place}");
        }
        for length in 0..packet.len() {
            assert_eq!(check(&packet[..length], ("evtj", "h6vY"), PASSWORD), None, "{length}");
        }
    }

    #[test]
    fn the_answer_says_where_the_check_came_from() {
        let check =
            Check { transaction: *b"\xb7\xe7\xa7\x01\xbc\x34\xd6\x86\xfa\x87\xdf\xae", nominates: true };
        let written = answer(check, "192.0.2.1:32853".parse().unwrap(), PASSWORD);
        // As in RFC 5769, 2.2, which has another attribute before these.
        let mapped = [0x00, 0x20, 0x00, 0x08, 0x00, 0x01, 0xa1, 0x47, 0xe1, 0x12, 0xa6, 0x43];
        assert_eq!(written[20..32], mapped);
        assert_eq!((written.len(), written[3]), (64, 44));
        assert!(is_authentic(&written[..32], &written[36..56], PASSWORD));
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
    }
}
