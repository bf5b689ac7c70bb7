//! Keys of SRTP in session descriptions (RFC 4568).

use base64::{Engine as _, engine::general_purpose::STANDARD};

/// Most keys of a stream that are read.
pub const MAX_CRYPTO: usize = 8;

/// Bytes of a master key and its salt.
pub const MASTER: usize = 30;

/// How packets are protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CryptoSuite {
    /// `AES_CM_128_HMAC_SHA1_80`
    AesCm80,
    /// `AES_CM_128_HMAC_SHA1_32`
    AesCm32,
}

impl CryptoSuite {
    /// Every suite, preferred first.
    pub const ALL: [CryptoSuite; 2] = [CryptoSuite::AesCm80, CryptoSuite::AesCm32];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            CryptoSuite::AesCm80 => "AES_CM_128_HMAC_SHA1_80",
            CryptoSuite::AesCm32 => "AES_CM_128_HMAC_SHA1_32",
        }
    }
}

/// An `a=crypto` line: the key with which its writer sends. The key is not printed by [`Debug`](std::fmt::Debug).
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Crypto {
    /// Names the line in its description.
    pub tag: u32,
    /// How packets are protected.
    pub suite: CryptoSuite,
    /// 16 bytes of key, 14 bytes of salt.
    pub master: [u8; MASTER],
}

impl std::fmt::Debug for Crypto {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Crypto({} {})", self.tag, self.suite.name())
    }
}

impl Crypto {
    /// Reads the value of an attribute; `None` if it is for something that is not known here: other suites, several keys,
    /// an MKI, session parameters.
    pub fn parse(value: &str) -> Option<Crypto> {
        let mut words = value.split_ascii_whitespace();
        let tag = words.next()?.parse().ok()?;
        let name = words.next()?;
        let suite = CryptoSuite::ALL.into_iter().find(|suite| suite.name().eq_ignore_ascii_case(name))?;
        let mut parameters = words.next()?.strip_prefix("inline:")?.split('|');
        let master = STANDARD.decode(parameters.next()?).ok()?.try_into().ok()?;
        // A lifetime is one; an MKI has a colon.
        let is_plain = parameters.all(|parameter| !parameter.contains(':'));
        (is_plain && words.next().is_none()).then_some(Crypto { tag, suite, master })
    }

    /// The value of the attribute.
    pub fn value(&self) -> String {
        format!("{} {} inline:{}", self.tag, self.suite.name(), STANDARD.encode(self.master))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "PS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaVBR";

    #[test]
    fn lines_that_are_known_are_read_and_written() {
        for suite in CryptoSuite::ALL {
            let line = format!("7 {} inline:{KEY}", suite.name());
            let read = Crypto::parse(&line).unwrap();
            assert_eq!((read.tag, read.suite, read.value()), (7, suite, line.clone()));
            assert_eq!(Crypto::parse(&format!("{line}|2^48")), Some(read), "a lifetime");
            assert!(!format!("{read:?}").contains("PS1u"), "the key is not printed");
        }
        for unknown in [
            format!("1 AES_256_CM_HMAC_SHA1_80 inline:{KEY}"),
            format!("1 AES_CM_128_HMAC_SHA1_80 inline:{KEY}|2^20|1:4"),
            format!("1 AES_CM_128_HMAC_SHA1_80 inline:{KEY}|1:4"),
            format!("1 AES_CM_128_HMAC_SHA1_80 inline:{KEY} UNENCRYPTED_SRTP"),
            format!("1 AES_CM_128_HMAC_SHA1_80 inline:{KEY};inline:{KEY}"),
            format!("x AES_CM_128_HMAC_SHA1_80 inline:{KEY}"),
            "1 AES_CM_128_HMAC_SHA1_80 inline:AAAA".to_owned(),
            "1 AES_CM_128_HMAC_SHA1_80".to_owned(),
            String::new(),
        ] {
            assert_eq!(Crypto::parse(&unknown), None, "{unknown}");
        }
    }
}
