//! Parties that prove with ICE where they are, and agree on keys with DTLS (RFC 5764), as browsers do: all comes and goes by the
//! port for audio.
//!
//! ```text
//!   check with our password ──► answered; one that nominates says where the party is
//!   DTLS from an address that was checked ──► handshake ──► the certificate is the one of the description? ──► keys of SRTP
//! ```
//!
//! This end is lite: it answers checks and sends none. A stranger who does not know the password of a description makes us
//! calculate one code of authentication for each packet, and nothing else.

use std::{net::SocketAddr, sync::Arc, time::Instant};

use dimpl::{Config, Dtls, DtlsCertificate, KeyingMaterial, Output, SrtpProfile};
use sha2::{Digest, Sha256};
use smol_str::SmolStr;

use super::{Datagram, Engine, LegId};
use crate::{
    FRAME_TIME,
    srtp::{Key, Suite},
    stream::StreamId,
    stun,
};

/// Addresses of a party that may send parts of a handshake.
const MAX_CHECKED: usize = 8;

/// The longest record of a handshake.
const MAX_RECORD: usize = 2_048;

/// Handshakes that may fail for one party.
const MAX_FAILURES: u32 = 8;

/// By what this server is known in handshakes.
#[derive(Clone)]
pub struct Identity {
    /// The certificate, and its key as of PKCS #8; both in DER.
    certificate: DtlsCertificate,
    config: Arc<Config>,
    /// The instant at which the engine begins.
    began: Instant,
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Identity")
    }
}

impl Identity {
    /// A certificate and its key (PKCS #8), both in DER; the key is one of ECDSA. Time counts from `began` on.
    pub fn new(certificate: Vec<u8>, private_key: Vec<u8>, began: Instant) -> Identity {
        let certificate = DtlsCertificate { certificate, private_key };
        Identity { certificate, config: Arc::new(Config::default()), began }
    }
}

/// What two descriptions say of how the party is recognised.
#[derive(Clone, PartialEq, Eq)]
pub struct Meeting {
    /// Our user fragment and password of ICE.
    pub fragment: SmolStr,
    /// See `fragment`.
    pub password: SmolStr,
    /// The user fragment of the party.
    pub their_fragment: SmolStr,
    /// SHA-256 of its certificate.
    pub fingerprint: [u8; 32],
    /// Whether this end begins the handshake.
    pub begins: bool,
}

impl std::fmt::Debug for Meeting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Meeting({}:{})", self.fragment, self.their_fragment)
    }
}

/// A party.
pub(super) struct Peer {
    meeting: Meeting,
    /// From where its checks came, the last one at the end; and the address that it has nominated.
    checked: Vec<SocketAddr>,
    nominated: Option<SocketAddr>,
    handshake: Option<Box<Dtls>>,
    /// Whether its certificate is the one that it must have.
    known: bool,
    failures: u32,
}

impl std::fmt::Debug for Peer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Peer({:?}, {:?})", self.meeting, self.nominated)
    }
}

/// What a handshake has come to.
#[derive(Default)]
struct Progress {
    records: Vec<Vec<u8>>,
    keys: Option<(Key, Key)>,
    ended: bool,
}

impl Peer {
    fn new(meeting: Meeting) -> Peer {
        let (checked, nominated) = (Vec::new(), None);
        Peer { meeting, checked, nominated, handshake: None, known: false, failures: 0 }
    }

    /// The answer to a check.
    fn check(&mut self, from: SocketAddr, packet: &[u8]) -> Option<Vec<u8>> {
        let Meeting { fragment, password, their_fragment, .. } = &self.meeting;
        let check = stun::check(packet, (fragment, their_fragment), password)?;
        let answer = stun::answer(check, from, password);
        self.checked.retain(|known| *known != from);
        if self.checked.len() >= MAX_CHECKED {
            self.checked.remove(0);
        }
        self.checked.push(from);
        if check.nominates {
            self.nominated = Some(from);
        }
        Some(answer)
    }

    /// Begins a handshake, unless one is under way.
    fn shake(&mut self, identity: &Identity, now: Instant) -> Option<&mut Dtls> {
        if self.handshake.is_none() && self.failures < MAX_FAILURES {
            let certificate = identity.certificate.clone();
            let mut handshake = match self.meeting.begins {
                // A client that can do both versions waits for the first answer; this one is quicker.
                true => Dtls::new_12(identity.config.clone(), certificate, now),
                false => Dtls::new_auto(identity.config.clone(), certificate, now),
            };
            handshake.set_active(self.meeting.begins);
            self.handshake = Some(Box::new(handshake));
            self.known = false;
        }
        self.handshake.as_deref_mut()
    }

    /// Time passes, and with `packet` something comes; `None` if no handshake is under way.
    fn advance(&mut self, packet: Option<&[u8]>, now: Instant) -> Option<Progress> {
        let handshake = self.handshake.as_deref_mut()?;
        let is_well = handshake.handle_timeout(now).is_ok()
            && packet.is_none_or(|packet| handshake.handle_packet(packet).is_ok());
        let mut progress = self.drain();
        progress.ended |= !is_well;
        if progress.ended {
            self.handshake = None;
            self.failures += 1;
        }
        Some(progress)
    }

    fn drain(&mut self) -> Progress {
        let (mut progress, mut buffer) = (Progress::default(), vec![0; MAX_RECORD]);
        let Some(handshake) = self.handshake.as_deref_mut() else { return progress };
        loop {
            match handshake.poll_output(&mut buffer) {
                Output::Packet(record) => progress.records.push(record.to_vec()),
                Output::BufferTooSmall { needed } => buffer.resize(needed, 0),
                Output::PeerCert(certificate) => {
                    self.known = Sha256::digest(certificate)[..] == self.meeting.fingerprint;
                    progress.ended |= !self.known;
                }
                Output::KeyingMaterial(material, profile) if self.known => {
                    progress.keys = keys(&material, profile, self.meeting.begins);
                }
                Output::CloseNotify => progress.ended = true,
                Output::Timeout(_) => return progress,
                _ => {}
            }
        }
    }
}

/// Our key and theirs (RFC 5764, 4.2): both keys, then both salts, those of the client first.
fn keys(material: &KeyingMaterial, profile: SrtpProfile, is_client: bool) -> Option<(Key, Key)> {
    let suite = match profile {
        SrtpProfile::AES128_CM_SHA1_80 => Suite::AesCm80,
        SrtpProfile::AEAD_AES_128_GCM => Suite::AesGcm128,
        SrtpProfile::AEAD_AES_256_GCM => Suite::AesGcm256,
        _ => return None,
    };
    let (key, salt) = suite.lengths();
    let (keys, salts) = material.split_at_checked(2 * key)?;
    let ((client, server), (client_salt, server_salt)) =
        (keys.split_at_checked(key)?, salts.split_at_checked(salt)?);
    let client = Key::new(suite, &[client, client_salt].concat())?;
    let server = Key::new(suite, &[server, server_salt.get(..salt)?].concat())?;
    Some(if is_client { (client, server) } else { (server, client) })
}

impl Engine {
    /// How this server is known to parties that prove who they are by certificates; without it there are none.
    pub fn set_identity(&mut self, identity: Identity) {
        self.identity = Some(identity);
    }

    /// A party is recognised so, or with `None` is gone. The same once more changes nothing; other user fragments or passwords are
    /// a restart of ICE, another certificate is another handshake.
    pub fn meet(&mut self, party: StreamId, meeting: Option<Meeting>) {
        let Some(meeting) = meeting else {
            self.peers.remove(&party);
            self.keys.remove(&party);
            return;
        };
        match self.peers.get_mut(&party) {
            Some(peer) if peer.meeting.fingerprint == meeting.fingerprint => peer.meeting = meeting,
            _ => {
                self.keys.remove(&party);
                self.peers.insert(party, Peer::new(meeting));
            }
        }
        self.legs
            .values_mut()
            .filter(|leg| leg.state.secured == Some(party))
            .for_each(|leg| leg.muxes = true);
    }

    /// A leg is for a party that was met already.
    pub(super) fn find_peer(&mut self, id: LegId) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        let peer = leg.state.secured.and_then(|party| self.peers.get(&party));
        leg.muxes = peer.is_some();
        if let Some(peer) = peer {
            leg.from = peer.nominated;
        }
    }

    fn now(&self, identity: &Identity) -> Instant {
        identity.began + FRAME_TIME * u32::try_from(self.ticks).unwrap_or(u32::MAX)
    }

    /// Takes what is no audio of a party that was met; false if it is audio, or of another party.
    pub(super) fn receive_from_peer(&mut self, id: LegId, from: SocketAddr, packet: &[u8]) -> bool {
        let Some(party) = self.legs.get(&id).and_then(|leg| leg.state.secured) else { return false };
        let Some(identity) = self.identity.clone() else { return false };
        let now = self.now(&identity);
        let Some(peer) = self.peers.get_mut(&party) else { return false };
        if stun::is_stun(packet) {
            let answer = peer.check(from, packet);
            let nominated = peer.nominated;
            if nominated.is_some() && peer.meeting.begins {
                peer.shake(&identity, now);
            }
            let Some(leg) = self.legs.get_mut(&id) else { return true };
            match answer {
                Some(bytes) => {
                    leg.from = nominated;
                    self.push_datagram(Datagram { leg: id, at_reports: false, to: from, bytes });
                }
                None => leg.statistics.dropped += 1,
            }
            return true;
        }
        // Alerts, handshakes, applications (RFC 7983, 7).
        let is_handshake = packet.first().is_some_and(|first| (20..64).contains(first));
        if is_handshake && peer.checked.contains(&from) {
            peer.shake(&identity, now);
            let progress = peer.advance(Some(packet), now);
            self.take_progress(party, id, from, progress);
        }
        is_handshake
    }

    /// Time passes for handshakes.
    pub(super) fn shake_hands(&mut self) {
        let Some(identity) = self.identity.clone() else { return };
        let now = self.now(&identity);
        let at = |leg: &LegId, engine: &Engine| engine.legs.get(leg).and_then(|leg| leg.state.secured);
        let legs: Vec<LegId> = self.legs.iter().filter(|(_, leg)| leg.muxes).map(|(id, _)| *id).collect();
        for id in legs {
            let Some(party) = at(&id, self) else { continue };
            let Some(peer) = self.peers.get_mut(&party) else { continue };
            let Some(to) = peer.nominated.or(peer.checked.last().copied()) else { continue };
            let progress = peer.advance(None, now);
            self.take_progress(party, id, to, progress);
        }
    }

    fn take_progress(&mut self, party: StreamId, leg: LegId, to: SocketAddr, progress: Option<Progress>) {
        let Some(progress) = progress else { return };
        for bytes in progress.records {
            self.push_datagram(Datagram { leg, at_reports: false, to, bytes });
        }
        if let Some(keys) = progress.keys {
            self.secure(party, Some(keys));
        }
    }
}

#[cfg(test)]
mod tests;
