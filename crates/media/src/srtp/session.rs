//! The keys of a session, and what they do to a packet.

use aes::{
    Aes128, Aes256,
    cipher::{Array, BlockCipherEncrypt, KeyInit},
};
use aes_gcm::{AeadInOut, Aes128Gcm, Aes256Gcm};
use hmac::{Hmac, Mac};
use sha1::Sha1;

use super::{Key, Suite};

/// Bytes of a tag of HMAC-SHA1 for reports, and of one of GCM.
const REPORT_TAG: usize = 10;
const GCM_TAG: usize = 16;

/// Bytes of the header of a report that are not encrypted.
const REPORT_HEADER: usize = 8;

/// The bit of an encrypted report, before its index.
const ENCRYPTED: u32 = 1 << 31;

/// The keys of a session, derived from its master key (RFC 3711, 4.3).
pub(super) struct Session {
    suite: Suite,
    /// The salt, and 16 bits of counter behind it; with GCM the upper 96 bits.
    salt: u128,
    cipher: Cipher,
}

enum Cipher {
    /// The cipher, the code of authentication, and how many bytes of it a packet has.
    Counter(Box<(Aes128, Hmac<Sha1>)>, usize),
    Gcm128(Box<Aes128Gcm>),
    Gcm256(Box<Aes256Gcm>),
}

impl Session {
    /// What protects packets.
    pub(super) fn new(key: &Key) -> Session {
        let tag = if key.suite == Suite::AesCm32 { 4 } else { 10 };
        Session::derived(key, 0, tag)
    }

    /// What protects reports.
    pub(super) fn of_reports(key: &Key) -> Session {
        Session::derived(key, 3, REPORT_TAG)
    }

    pub(super) fn suite(&self) -> Suite {
        self.suite
    }

    fn derived(key: &Key, label: u128, tag: usize) -> Session {
        let (length, salt_length) = key.suite.lengths();
        let (master, salt) = key.master.split_at(length);
        let salt = leading(salt.get(..salt_length).unwrap_or_default());
        let mut encryption = [0; 32];
        derive(master, salt, label, encryption.get_mut(..length).unwrap_or_default());
        let mut session_salt = [0; 14];
        derive(master, salt, label + 2, session_salt.get_mut(..salt_length).unwrap_or_default());
        let cipher = match key.suite {
            Suite::AesCm80 | Suite::AesCm32 => {
                let mut authentication = [0; 20];
                derive(master, salt, label + 1, &mut authentication);
                let mac = Hmac::new_from_slice(&authentication)
                    .unwrap_or_else(|_| <Hmac<Sha1> as KeyInit>::new(&Array::default()));
                Cipher::Counter(Box::new((Aes128::new(&first(&encryption)), mac)), tag)
            }
            Suite::AesGcm128 => Cipher::Gcm128(Box::new(Aes128Gcm::new(&first(&encryption)))),
            Suite::AesGcm256 => Cipher::Gcm256(Box::new(Aes256Gcm::new(&Array::from(encryption)))),
        };
        Session { suite: key.suite, salt: leading(&session_salt), cipher }
    }

    /// Encrypts what is behind `start`, and adds the tag.
    pub(super) fn seal(&self, packet: &mut Vec<u8>, start: usize, ssrc: u32, index: u64) {
        if let Cipher::Counter(keys, tag) = &self.cipher {
            self.crypt(&keys.0, ssrc, index, packet.get_mut(start..).unwrap_or_default());
            let code = code(&keys.1, packet, &rollover(index).to_be_bytes());
            packet.extend(code.iter().take(*tag));
            return;
        }
        let nonce = self.nonce(u128::from(ssrc) << 80 | u128::from(index & 0xFFFF_FFFF_FFFF) << 32);
        let start = start.min(packet.len());
        let (header, payload) = packet.split_at_mut(start);
        let tag = self.encrypt(nonce, header, payload);
        packet.extend(tag);
    }

    /// Takes off the tag and decrypts; `None` if it is not authentic.
    pub(super) fn open(&self, packet: &mut Vec<u8>, start: usize, ssrc: u32, index: u64) -> Option<()> {
        if let Cipher::Counter(keys, tag) = &self.cipher {
            let sealed = packet.len().checked_sub(*tag).filter(|sealed| start <= *sealed)?;
            let (body, found) = packet.split_at(sealed);
            same(&code(&keys.1, body, &rollover(index).to_be_bytes()), found)?;
            packet.truncate(sealed);
            self.crypt(&keys.0, ssrc, index, packet.get_mut(start..)?);
            return Some(());
        }
        let nonce = self.nonce(u128::from(ssrc) << 80 | u128::from(index & 0xFFFF_FFFF_FFFF) << 32);
        let sealed = packet.len().checked_sub(GCM_TAG).filter(|sealed| start <= *sealed)?;
        let tag = *packet.get(sealed..)?.first_chunk()?;
        packet.truncate(sealed);
        let (header, payload) = packet.split_at_mut_checked(start)?;
        self.decrypt(nonce, header, payload, &tag)
    }

    /// Encrypts a report, and adds its index and the tag (RFC 3711, 3.4; RFC 7714, 9).
    pub(super) fn seal_report(&self, packet: &mut Vec<u8>, ssrc: u32, index: u32) {
        let word = (index | ENCRYPTED).to_be_bytes();
        if let Cipher::Counter(keys, tag) = &self.cipher {
            let body = packet.get_mut(REPORT_HEADER..).unwrap_or_default();
            self.crypt(&keys.0, ssrc, u64::from(index), body);
            let code = code(&keys.1, packet, &word);
            packet.extend(word);
            packet.extend(code.iter().take(*tag));
            return;
        }
        let nonce = self.nonce(u128::from(ssrc) << 80 | u128::from(index) << 32);
        let start = REPORT_HEADER.min(packet.len());
        let (header, body) = packet.split_at_mut(start);
        let tag = self.encrypt(nonce, &[&*header, &word].concat(), body);
        packet.extend(tag);
        packet.extend(word);
    }

    /// Takes off the index and the tag and decrypts; `None` if it is not authentic.
    pub(super) fn open_report(&self, packet: &mut Vec<u8>, ssrc: u32) -> Option<u32> {
        let (tag_length, word_is_last) = match &self.cipher {
            Cipher::Counter(_, tag) => (*tag, false),
            Cipher::Gcm128(_) | Cipher::Gcm256(_) => (GCM_TAG, true),
        };
        let end = packet.len().checked_sub(tag_length + 4).filter(|end| *end >= REPORT_HEADER)?;
        let (one, other) = if word_is_last { (end + tag_length, end) } else { (end, end + 4) };
        let word: [u8; 4] = *packet.get(one..)?.first_chunk()?;
        let tag = packet.get(other..other + tag_length)?.to_vec();
        packet.truncate(end);
        let index = u32::from_be_bytes(word);
        // What is not encrypted is not wanted.
        let index = (index & ENCRYPTED != 0).then_some(index & !ENCRYPTED)?;
        if let Cipher::Counter(keys, _) = &self.cipher {
            same(&code(&keys.1, packet, &word), &tag)?;
            self.crypt(&keys.0, ssrc, u64::from(index), packet.get_mut(REPORT_HEADER..)?);
            return Some(index);
        }
        let nonce = self.nonce(u128::from(ssrc) << 80 | u128::from(index) << 32);
        let (header, body) = packet.split_at_mut_checked(REPORT_HEADER)?;
        self.decrypt(nonce, &[&*header, &word].concat(), body, tag.first_chunk()?)?;
        Some(index)
    }

    /// Encrypts or decrypts in counter mode.
    fn crypt(&self, cipher: &Aes128, ssrc: u32, index: u64, payload: &mut [u8]) {
        keystream(cipher, self.salt ^ u128::from(ssrc) << 64 ^ u128::from(index) << 16, payload);
    }

    /// The upper 96 bits, with the salt (RFC 7714, 8.1 and 9.1).
    fn nonce(&self, position: u128) -> [u8; 12] {
        let block = (self.salt ^ position).to_be_bytes();
        std::array::from_fn(|place| block.get(place).copied().unwrap_or(0))
    }

    fn encrypt(&self, nonce: [u8; 12], associated: &[u8], body: &mut [u8]) -> [u8; GCM_TAG] {
        let nonce = nonce.into();
        let tag = match &self.cipher {
            Cipher::Gcm128(gcm) => gcm.encrypt_inout_detached(&nonce, associated, body.into()),
            Cipher::Gcm256(gcm) => gcm.encrypt_inout_detached(&nonce, associated, body.into()),
            Cipher::Counter(..) => Ok(Array::default()),
        };
        // It fails for packets of gigabytes only.
        tag.map(Into::into).unwrap_or_default()
    }

    fn decrypt(
        &self,
        nonce: [u8; 12],
        associated: &[u8],
        body: &mut [u8],
        tag: &[u8; GCM_TAG],
    ) -> Option<()> {
        let (nonce, tag) = (nonce.into(), (*tag).into());
        match &self.cipher {
            Cipher::Gcm128(gcm) => gcm.decrypt_inout_detached(&nonce, associated, body.into(), &tag).ok(),
            Cipher::Gcm256(gcm) => gcm.decrypt_inout_detached(&nonce, associated, body.into(), &tag).ok(),
            Cipher::Counter(..) => None,
        }
    }
}

/// The code of authentication of a packet, with what is behind it.
fn code(mac: &Hmac<Sha1>, packet: &[u8], behind: &[u8]) -> [u8; 20] {
    let mut mac = mac.clone();
    mac.update(packet);
    mac.update(behind);
    mac.finalize().into_bytes().into()
}

/// Compares a tag without telling where it differs.
fn same(whole: &[u8; 20], tag: &[u8]) -> Option<()> {
    let differs = whole.iter().zip(tag).fold(0, |differs, (one, other)| differs | (one ^ other));
    (differs == 0).then_some(())
}

/// A session key with this label (RFC 3711, 4.3.1; RFC 7714, 11).
fn derive(master: &[u8], salt: u128, label: u128, key: &mut [u8]) {
    let from = salt ^ label << 64;
    match <[u8; 32]>::try_from(master) {
        Ok(long) => keystream(&Aes256::new(&Array::from(long)), from, key),
        Err(_) => keystream(&Aes128::new(&first(master)), from, key),
    }
}

/// Adds the key stream from this counter on (RFC 3711, 4.1.1).
fn keystream(
    cipher: &impl BlockCipherEncrypt<BlockSize = aes::cipher::consts::U16>,
    from: u128,
    bytes: &mut [u8],
) {
    let mut counter = from;
    for piece in bytes.chunks_mut(16) {
        let mut block = Array::from(counter.to_be_bytes());
        cipher.encrypt_block(&mut block);
        piece.iter_mut().zip(&block).for_each(|(byte, key)| *byte ^= key);
        counter = counter.wrapping_add(1);
    }
}

/// The first 16 bytes.
fn first(bytes: &[u8]) -> Array<u8, aes::cipher::consts::U16> {
    leading(bytes).to_be_bytes().into()
}

/// At most 16 bytes as the upper ones of a number.
fn leading(bytes: &[u8]) -> u128 {
    let mut block = [0; 16];
    block.iter_mut().zip(bytes).for_each(|(place, byte)| *place = *byte);
    u128::from_be_bytes(block)
}

fn rollover(index: u64) -> u32 {
    u32::try_from(index >> 16 & u64::from(u32::MAX)).unwrap_or(0)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// The bytes of hexadecimal digits, with space between them.
    pub(in crate::srtp) fn hex(text: &str) -> Vec<u8> {
        let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
        digits
            .chunks(2)
            .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
            .collect()
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
}
