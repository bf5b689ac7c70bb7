//! SRTP with keys in session descriptions (RFC 4568) or agreed by DTLS (RFC 5763): what is offered, accepted and refused.
//!
//! | `srtp` | an offer in `RTP/SAVP` or with DTLS | in `RTP/AVP` with keys | in `RTP/AVP` | our offers |
//! | --- | --- | --- | --- | --- |
//! | not configured | 488 | plain | plain | `RTP/AVP` |
//! | `srtp` | encrypted | encrypted | 488 | `RTP/SAVP` |
//! | `srtp fallback` | encrypted | encrypted | plain | `RTP/AVP` with keys |
//!
//! Encrypted audio goes through the media engine, which has other keys with each party. A phone is called without an offer, and
//! makes one as it is configured itself. By a trunk, where early offers are expected, audio is offered that is inactive, and the
//! address of the engine when the call was answered. Our keys are constant for a dialog; what was agreed is offered again as it
//! was.
//!
//! DTLS is never offered first. Who offers it, as browsers do, is answered as an end that is lite (RFC 8445, 2.5) and waits for the
//! handshake, unless the other end waits too; user fragment and password of ICE are constant for a dialog, as the port is.

use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use hookflash_wire::sdp::{
    Crypto, CryptoSuite, Dtls, FINGERPRINT, MASTER, SessionDescription, Setup, Stream,
};
use sha2::Sha256;
use smol_str::SmolStr;

pub use crate::config::Srtp;

/// The number of what user fragment and password of ICE are made of, and the characters of a fragment; the rest is the password
/// (RFC 8839, 5.4: at least 22).
const ICE: u8 = 255;
const FRAGMENT: usize = 8;

/// How the keys of both ends are known.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum MediaKeys {
    /// They are in the descriptions.
    Described {
        /// With which the phone is sent audio.
        own: Crypto,
        /// With which the phone sends.
        theirs: Crypto,
    },
    /// They are agreed by DTLS.
    Dtls(Handshake),
}

/// By what the ends of a handshake know each other. The password is not printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Handshake {
    /// Our user fragment of ICE.
    pub fragment: SmolStr,
    /// Our password of ICE.
    pub password: SmolStr,
    /// The phone's user fragment.
    pub their_fragment: SmolStr,
    /// SHA-256 of the phone's certificate.
    pub fingerprint: [u8; FINGERPRINT],
    /// Whether this end begins.
    pub begins: bool,
}

impl std::fmt::Debug for Handshake {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Handshake({}:{})", self.fragment, self.their_fragment)
    }
}

/// What a description of ours says of encryption.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Written {
    /// Whether it is for SRTP only.
    pub(super) secure: bool,
    /// Its keys.
    pub(super) crypto: Vec<Crypto>,
    /// How keys are agreed by DTLS.
    pub(super) dtls: Option<Dtls>,
}

/// What this server has for all dialogs: what nobody else knows, and SHA-256 of its certificate.
#[derive(Clone, Copy)]
pub(super) struct Own {
    pub(super) secret: [u64; 2],
    pub(super) fingerprint: [u8; FINGERPRINT],
}

impl std::fmt::Debug for Own {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Own")
    }
}

/// Whether and how the audio of a dialog is encrypted.
#[derive(Clone)]
pub(super) struct Security {
    pub(super) policy: Srtp,
    /// Our keys, by suite.
    own: [[u8; MASTER]; CryptoSuite::ALL.len()],
    agreed: Option<MediaKeys>,
    /// Our end of DTLS, with the phone's name of the stream.
    dtls: Option<Dtls>,
    /// Whether the stream of what was agreed is `RTP/SAVP`.
    profile: bool,
}

impl Default for Security {
    fn default() -> Security {
        let own = [[0; MASTER]; CryptoSuite::ALL.len()];
        Security { policy: Srtp::Off, own, agreed: None, dtls: None, profile: false }
    }
}

impl std::fmt::Debug for Security {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Security({:?}, {:?})", self.policy, self.agreed)
    }
}

impl Security {
    /// What holds for a dialog of a phone with this policy. Nobody who does not know the secret can find the keys.
    pub(super) fn new(policy: Srtp, server: Own, dialog: u64) -> Security {
        let secret = server.secret;
        let mut own = [[0; MASTER]; CryptoSuite::ALL.len()];
        if policy == Srtp::Off {
            return Security { policy, own, ..Security::default() };
        }
        (0u8..).zip(&mut own).for_each(|(number, key)| *key = derive(secret, dialog, number));
        let ice = STANDARD_NO_PAD.encode(derive(secret, dialog, ICE));
        let (fragment, password) = ice.split_at_checked(FRAGMENT).unwrap_or_default();
        let (fragment, password) = (fragment.into(), password.into());
        let (fingerprint, setup) = (server.fingerprint, Setup::Passive);
        let dtls = Some(Dtls { fragment, password, fingerprint, setup, name: None });
        Security { policy, own, dtls, ..Security::default() }
    }

    /// Takes what the phone has offered or answered.
    pub(super) fn take(&mut self, theirs: &SessionDescription) {
        let audio = theirs.audio().map(|(_, audio)| audio);
        self.profile = audio.is_some_and(Stream::must_be_secure);
        self.agreed = audio.and_then(|audio| self.agree(audio));
    }

    fn agree(&mut self, audio: &Stream) -> Option<MediaKeys> {
        if let Some(theirs) = audio.dtls.as_ref().filter(|_| self.policy != Srtp::Off) {
            return self.meet(theirs);
        }
        let theirs = key_of(self.policy, audio)?;
        let own = Crypto { master: self.own_key(theirs.suite), ..theirs };
        Some(MediaKeys::Described { own, theirs })
    }

    /// Who begins stays who has begun (RFC 8842, 5.5).
    fn meet(&mut self, theirs: &Dtls) -> Option<MediaKeys> {
        let began = match &self.agreed {
            Some(MediaKeys::Dtls(before)) if before.fingerprint == theirs.fingerprint => Some(before.begins),
            _ => None,
        };
        let begins = match theirs.setup {
            Setup::Passive => true,
            Setup::Active => false,
            Setup::Either => began.unwrap_or(false),
        };
        let own = self.dtls.as_mut()?;
        own.setup = if begins { Setup::Active } else { Setup::Passive };
        own.name.clone_from(&theirs.name);
        Some(MediaKeys::Dtls(Handshake {
            fragment: own.fragment.clone(),
            password: own.password.clone(),
            their_fragment: theirs.fragment.clone(),
            fingerprint: theirs.fingerprint,
            begins,
        }))
    }

    fn own_key(&self, suite: CryptoSuite) -> [u8; MASTER] {
        let place = CryptoSuite::ALL.iter().position(|known| *known == suite).unwrap_or(0);
        self.own.get(place).copied().unwrap_or([0; MASTER])
    }

    /// The keys, if audio is encrypted.
    pub(super) fn agreed(&self) -> Option<MediaKeys> {
        self.agreed.clone()
    }

    /// What a description of ours says.
    pub(super) fn written(&self, is_answer: bool) -> Written {
        match (&self.agreed, self.policy) {
            (Some(MediaKeys::Described { own, .. }), _) => {
                Written { secure: self.profile, crypto: vec![*own], dtls: None }
            }
            (Some(MediaKeys::Dtls(_)), _) => {
                // An offer leaves open who begins (RFC 8842, 5.2).
                let open = |dtls: Dtls| if is_answer { dtls } else { Dtls { setup: Setup::Either, ..dtls } };
                Written { secure: true, crypto: Vec::new(), dtls: self.dtls.clone().map(open) }
            }
            (None, Srtp::Off) => Written::default(),
            (None, _) if is_answer => Written::default(),
            (None, policy) => {
                Written { secure: policy == Srtp::Required, crypto: self.offered(), dtls: None }
            }
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
    let by_dtls = policy != Srtp::Off && audio.dtls.is_some();
    let encrypted = by_dtls || key_of(policy, audio).is_some();
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

    const SERVER: Own = Own { secret: [1, 2], fingerprint: [9; FINGERPRINT] };

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
            let mut security = Security::new(policy, SERVER, 3);
            security.take(&theirs);
            assert_eq!(security.agreed().is_some(), expected == Some(true), "{policy:?} {protocol}");
            if expected == Some(true) {
                let written = security.written(true);
                let [key] = written.crypto.as_slice() else { panic!("{written:?}") };
                assert_eq!(
                    (written.secure, key.tag, key.suite),
                    (protocol == "RTP/SAVP", 4, CryptoSuite::AesCm32)
                );
                assert_ne!(key.master, audio.crypto[0].master);
            }
        }
        assert!(description("RTP/SAVP", false).audio().is_none());
    }

    #[test]
    fn keys_differ_by_dialog_and_suite_and_not_by_time() {
        let offered =
            |secret, dialog| Security::new(Srtp::Required, Own { secret, ..SERVER }, dialog).offered();
        let keys = [offered([1, 2], 3), offered([1, 2], 4), offered([1, 3], 3)].concat();
        for (place, key) in keys.iter().enumerate() {
            assert!(keys.iter().skip(place + 1).all(|other| other.master != key.master));
        }
        assert_eq!(offered([1, 2], 3), offered([1, 2], 3));
    }

    /// A description of a browser.
    fn browser(setup: &str) -> SessionDescription {
        let text = format!(
            "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0\r\nc=IN IP4 0.0.0.0\r\n\
             a=ice-ufrag:abcd\r\na=ice-pwd:0123456789012345678901\r\na=fingerprint:sha-256 {}\r\na=setup:{setup}\r\n\
             a=mid:0\r\na=rtcp-mux\r\n",
            ["0A"; 32].join(":")
        );
        SessionDescription::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn who_offers_dtls_is_answered_by_an_end_that_waits_and_keeps_its_part() {
        for (policy, expected) in
            [(Srtp::Off, None), (Srtp::Required, Some(true)), (Srtp::Fallback, Some(true))]
        {
            let theirs = browser("actpass");
            let (_, audio) = theirs.audio().unwrap();
            assert_eq!(accepts(policy, audio), expected, "{policy:?}");
            let mut security = Security::new(policy, SERVER, 3);
            security.take(&theirs);
            assert_eq!(security.agreed().is_some(), expected.is_some(), "{policy:?}");
        }
        let setup = |security: &Security, is_answer| security.written(is_answer).dtls.unwrap().setup;
        let mut security = Security::new(Srtp::Required, SERVER, 3);
        security.take(&browser("actpass"));
        let Some(MediaKeys::Dtls(first)) = security.agreed() else { panic!("{security:?}") };
        assert!(!first.begins && first.fragment.len() == 8 && first.password.len() >= 22);
        assert_eq!((setup(&security, true), setup(&security, false)), (Setup::Passive, Setup::Either));
        // Later offers and answers change nothing.
        for later in ["active", "actpass"] {
            security.take(&browser(later));
            assert_eq!(security.agreed(), Some(MediaKeys::Dtls(first.clone())), "{later}");
        }
        let mut security = Security::new(Srtp::Required, SERVER, 4);
        security.take(&browser("passive"));
        security.take(&browser("actpass"));
        let Some(MediaKeys::Dtls(other)) = security.agreed() else { panic!("{security:?}") };
        assert!(other.begins && other.password != first.password);
        assert_eq!(setup(&security, true), Setup::Active);
    }
}
