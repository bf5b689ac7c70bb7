//! SRTP with keys in session descriptions (RFC 4568): what is offered, accepted and refused.
//!
//! | `srtp` | an offer in `RTP/SAVP` | in `RTP/AVP` with keys | in `RTP/AVP` | our offers |
//! | --- | --- | --- | --- | --- |
//! | not configured | 488 | plain | plain | `RTP/AVP` |
//! | `srtp` | encrypted | encrypted | 488 | `RTP/SAVP` |
//! | `srtp fallback` | encrypted | encrypted | plain | `RTP/AVP` with keys |
//!
//! Encrypted audio goes through the media engine, which has other keys with each party. A phone is called without an offer, and
//! makes one as it is configured itself. By a trunk, where early offers are expected, audio is offered that is inactive, and the
//! address of the engine when the call was answered. Our keys are constant for a dialog; what was agreed is offered again as it
//! was.

use hmac::{Hmac, KeyInit, Mac};
use hookflash_wire::sdp::{Crypto, CryptoSuite, MASTER, SessionDescription, Stream};
use sha2::Sha256;

pub use crate::config::Srtp;

/// The keys of both ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct MediaKeys {
    /// With which the phone is sent audio.
    pub own: Crypto,
    /// With which the phone sends.
    pub theirs: Crypto,
}

/// Whether and how the audio of a dialog is encrypted.
#[derive(Clone, Copy)]
pub(super) struct Security {
    pub(super) policy: Srtp,
    /// Our keys, by suite.
    own: [[u8; MASTER]; CryptoSuite::ALL.len()],
    agreed: Option<MediaKeys>,
    /// Whether the stream of what was agreed is `RTP/SAVP`.
    profile: bool,
}

impl Default for Security {
    fn default() -> Security {
        let own = [[0; MASTER]; CryptoSuite::ALL.len()];
        Security { policy: Srtp::Off, own, agreed: None, profile: false }
    }
}

impl std::fmt::Debug for Security {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Security({:?}, {:?})", self.policy, self.agreed)
    }
}

impl Security {
    /// What holds for a dialog of a phone with this policy. Nobody who does not know the secret can find the keys.
    pub(super) fn new(policy: Srtp, secret: [u64; 2], dialog: u64) -> Security {
        let mut own = [[0; MASTER]; CryptoSuite::ALL.len()];
        if policy != Srtp::Off {
            (0_u8..).zip(&mut own).for_each(|(number, key)| *key = derive(secret, dialog, number));
        }
        Security { policy, own, ..Security::default() }
    }

    /// Takes what the phone has offered or answered.
    pub(super) fn take(&mut self, theirs: &SessionDescription) {
        let audio = theirs.audio().map(|(_, audio)| audio);
        self.profile = audio.is_some_and(Stream::must_be_secure);
        self.agreed = audio.and_then(|audio| key_of(self.policy, audio)).map(|theirs| {
            let own = Crypto { master: self.own_key(theirs.suite), ..theirs };
            MediaKeys { own, theirs }
        });
    }

    fn own_key(&self, suite: CryptoSuite) -> [u8; MASTER] {
        let place = CryptoSuite::ALL.iter().position(|known| *known == suite).unwrap_or(0);
        self.own.get(place).copied().unwrap_or([0; MASTER])
    }

    /// The keys, if audio is encrypted.
    pub(super) fn agreed(&self) -> Option<MediaKeys> {
        self.agreed
    }

    /// Whether a description of ours is for SRTP only, and its keys.
    pub(super) fn written(&self, is_answer: bool) -> (bool, Vec<Crypto>) {
        match (self.agreed, self.policy) {
            (Some(agreed), _) => (self.profile, vec![agreed.own]),
            (None, Srtp::Off) => (false, Vec::new()),
            (None, _) if is_answer => (false, Vec::new()),
            (None, policy) => (policy == Srtp::Required, self.offered()),
        }
    }

    fn offered(&self) -> Vec<Crypto> {
        let keys = (1..).zip(CryptoSuite::ALL);
        keys.map(|(tag, suite)| Crypto { tag, suite, master: self.own_key(suite) }).collect()
    }
}

/// The key of a stream that is used with this policy: the first that is known here.
fn key_of(policy: Srtp, audio: &Stream) -> Option<Crypto> {
    audio.crypto.first().copied().filter(|_| policy != Srtp::Off)
}

/// Whether a stream is acceptable, and if so whether it is encrypted.
pub(super) fn accepts(policy: Srtp, audio: &Stream) -> Option<bool> {
    let encrypted = key_of(policy, audio).is_some();
    let may_be_clear = !audio.must_be_secure() && policy != Srtp::Required;
    (encrypted || may_be_clear).then_some(encrypted)
}

fn derive(secret: [u64; 2], dialog: u64, number: u8) -> [u8; MASTER] {
    let [one, other] = secret.map(u64::to_be_bytes);
    let mut key = [0; MASTER];
    if let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&[one, other].concat()) {
        mac.update(b"srtp");
        mac.update(&dialog.to_be_bytes());
        mac.update(&[number]);
        key.iter_mut().zip(mac.finalize().into_bytes()).for_each(|(place, byte)| *place = byte);
    }
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    fn description(protocol: &str, with_key: bool) -> SessionDescription {
        let key = "a=crypto:4 AES_CM_128_HMAC_SHA1_32 inline:PS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaVBR\r\n";
        let text = format!(
            "v=0\r\no=- 1 1 IN IP4 10.0.0.2\r\ns=-\r\nc=IN IP4 10.0.0.2\r\nt=0 0\r\nm=audio 4000 {protocol} 0\r\n{}",
            if with_key { key } else { "" }
        );
        SessionDescription::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn offers_are_taken_as_the_table_says() {
        let table = [
            (Srtp::Off, "RTP/SAVP", true, None),
            (Srtp::Off, "RTP/AVP", true, Some(false)),
            (Srtp::Off, "RTP/AVP", false, Some(false)),
            (Srtp::Required, "RTP/SAVP", true, Some(true)),
            (Srtp::Required, "RTP/AVP", true, Some(true)),
            (Srtp::Required, "RTP/AVP", false, None),
            (Srtp::Fallback, "RTP/SAVP", true, Some(true)),
            (Srtp::Fallback, "RTP/AVP", true, Some(true)),
            (Srtp::Fallback, "RTP/AVP", false, Some(false)),
        ];
        for (policy, protocol, with_key, expected) in table {
            let theirs = description(protocol, with_key);
            let (_, audio) = theirs.audio().unwrap();
            assert_eq!(accepts(policy, audio), expected, "{policy:?} {protocol} {with_key}");
            let mut security = Security::new(policy, [1, 2], 3);
            security.take(&theirs);
            assert_eq!(security.agreed().is_some(), expected == Some(true), "{policy:?} {protocol}");
            if expected == Some(true) {
                let (secure, keys) = security.written(true);
                let [key] = keys.as_slice() else { panic!("{keys:?}") };
                assert_eq!((secure, key.tag, key.suite), (protocol == "RTP/SAVP", 4, CryptoSuite::AesCm32));
                assert_ne!(key.master, audio.crypto[0].master);
            }
        }
        assert!(description("RTP/SAVP", false).audio().is_none());
    }

    #[test]
    fn keys_differ_by_dialog_and_suite_and_not_by_time() {
        let offered = |secret, dialog| Security::new(Srtp::Required, secret, dialog).offered();
        let keys = [offered([1, 2], 3), offered([1, 2], 4), offered([1, 3], 3)].concat();
        for (place, key) in keys.iter().enumerate() {
            assert!(keys.iter().skip(place + 1).all(|other| other.master != key.master));
        }
        assert_eq!(offered([1, 2], 3), offered([1, 2], 3));
    }
}
