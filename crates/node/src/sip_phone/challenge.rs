//! Digest authentication: what phones and session managers are asked to prove, and what they have proved.
//!
//! A nonce carries its own time and a keyed hash of it, so that nothing is kept of challenges that nobody answers. Of those
//! that are answered the highest count is kept, and which of those just below it were used, so that nothing can be replayed;
//! [`MAX_NONCES`] of them, beyond which the oldest are not accepted any more.

use std::{collections::BTreeMap, net::IpAddr, time::Duration};

use hookflash_core::Instant;
use hookflash_wire::sip::{Authorization, DigestHash, HeaderName, Request, Uri};

use super::{PoolSettings, directory::Directory};

/// How long a nonce may be used.
const LIFETIME: Duration = Duration::from_secs(300);

/// Nonces whose use is remembered.
const MAX_NONCES: usize = 16_384;

/// The use of one nonce: the highest count, and a bit for each of the 64 up to it.
#[derive(Clone, Copy, Debug)]
struct Use {
    highest: u32,
    seen: u64,
}

/// What somebody has proved.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Proof {
    /// The password of the pool at this place.
    Pool(usize),
    /// Nothing.
    None,
    /// A password, but with a nonce that is too old or was used before.
    Stale,
}

/// The challenges of a server.
#[derive(Debug)]
pub(crate) struct Challenges {
    key: String,
    count: u32,
    /// By number.
    used: BTreeMap<(u64, u32), Use>,
}

impl Challenges {
    pub(crate) fn new(seed: u64) -> Challenges {
        let key = DigestHash::Sha256.hash(&[b"nonce", &seed.to_be_bytes()]);
        Challenges { key, count: 0, used: BTreeMap::new() }
    }

    /// The values of WWW-Authenticate, the preferred one first.
    pub(crate) fn headers(
        &mut self,
        (now, source): (Instant, IpAddr),
        realm: &str,
        sha256: bool,
        stale: bool,
    ) -> Vec<(HeaderName<'static>, String)> {
        let nonce = self.nonce(now, source);
        let stale = if stale { ", stale=true" } else { "" };
        let strong = sha256.then_some(DigestHash::Sha256);
        let algorithms = strong.into_iter().chain([DigestHash::Md5]);
        let value = |hash: DigestHash| {
            let algorithm = hash.name();
            format!("Digest realm=\"{realm}\", nonce=\"{nonce}\", algorithm={algorithm}, qop=\"auth\"{stale}")
        };
        algorithms.map(|hash| (HeaderName::WWW_AUTHENTICATE, value(hash))).collect()
    }

    /// `TIME-COUNT-HASH`, for requests from one address.
    fn nonce(&mut self, now: Instant, source: IpAddr) -> String {
        self.count = self.count.wrapping_add(1);
        let place = format!("{:012x}{:08x}", now.as_millis(), self.count);
        let hash = self.seal(&place, source);
        format!("{place}{hash}")
    }

    fn seal(&self, place: &str, source: IpAddr) -> String {
        let source = source.to_canonical().to_string();
        let inner = DigestHash::Sha256.hash(&[self.key.as_bytes(), place.as_bytes(), source.as_bytes()]);
        let mut hash = DigestHash::Sha256.hash(&[self.key.as_bytes(), inner.as_bytes()]);
        hash.truncate(24);
        hash
    }

    /// Whose password the request proves, of those that `find` finds by name. An unknown user costs as much as a wrong
    /// password.
    ///
    /// # Errors
    /// Whether a password was proved, but with a nonce that is too old or was used before.
    pub(crate) fn proved_by<K>(
        &mut self,
        (now, source): (Instant, IpAddr),
        realm: &str,
        request: &Request,
        find: impl FnOnce(&str) -> Option<(K, String)>,
    ) -> Result<K, bool> {
        let values = request.headers().get_all(HeaderName::AUTHORIZATION);
        let authorization = values.filter_map(Authorization::parse).find(|own| own.realm == realm);
        let authorization = authorization.ok_or(false)?;
        let (known, password) = find(authorization.user).unzip();
        let secret = authorization.hash.secret(authorization.user, realm, &password.unwrap_or_default());
        let right = authorization.proves(&secret, &request.method, request.body())
            && is_about(authorization.uri, &request.uri());
        let known = known.filter(|_| right).ok_or(false)?;
        if self.may_use(now, source, &authorization) { Ok(known) } else { Err(true) }
    }

    /// What the request proves. An unknown user costs as much as a wrong password.
    pub(super) fn proved(
        &mut self,
        (now, source): (Instant, IpAddr),
        realm: &str,
        request: &Request,
        pools: &[PoolSettings],
        directory: &Directory,
    ) -> Proof {
        let values = request.headers().get_all(HeaderName::AUTHORIZATION);
        let Some(authorization) = values.filter_map(Authorization::parse).find(|own| own.realm == realm)
        else {
            return Proof::None;
        };
        let place = directory.of_user(authorization.user);
        let known = place.and_then(|place| pools.get(place)?.credentials.as_ref());
        let (name, password) = known.map_or(("", ""), |(name, password)| (name.as_str(), password.as_str()));
        let secret = authorization.hash.secret(name, realm, password);
        let right = authorization.proves(&secret, &request.method, request.body())
            && is_about(authorization.uri, &request.uri());
        match place.filter(|_| right) {
            None => Proof::None,
            Some(_) if !self.may_use(now, source, &authorization) => Proof::Stale,
            Some(place) => Proof::Pool(place),
        }
    }

    /// Whether the nonce is ours, young, and was not used with this count.
    fn may_use(&mut self, now: Instant, source: IpAddr, authorization: &Authorization<'_>) -> bool {
        let Some((place, hash)) = authorization.nonce.split_at_checked(20) else { return false };
        let Some((time, count)) = place.split_at_checked(12) else { return false };
        let (Ok(time), Ok(count)) = (u64::from_str_radix(time, 16), u32::from_str_radix(count, 16)) else {
            return false;
        };
        let age = now.as_millis().checked_sub(time).map(Duration::from_millis);
        let young = age.is_some_and(|age| age <= LIFETIME);
        if !young || hash != self.seal(place, source) {
            return false;
        }
        // Without a count it can be used once.
        self.note_use((time, count), authorization.count)
    }

    /// Whether a name that nobody has is answered like one with a better algorithm: half of them are, always the same, so that the
    /// answer says nothing about the name.
    pub(super) fn pretends(&self, name: &str) -> bool {
        let hash = DigestHash::Sha256.hash(&[self.key.as_bytes(), b"name", name.as_bytes()]);
        hash.bytes().next().is_some_and(|first| first % 2 == 0)
    }

    fn note_use(&mut self, nonce: (u64, u32), count: u32) -> bool {
        if !self.used.contains_key(&nonce) && self.used.len() >= MAX_NONCES {
            self.used.pop_first();
        }
        let known = self.used.entry(nonce).or_insert(Use { highest: 0, seen: 0 });
        if count > known.highest {
            let further = count - known.highest;
            known.seen = if further < 64 { known.seen << further } else { 0 };
            known.highest = count;
            known.seen |= 1;
            return true;
        }
        let below = known.highest - count;
        let bit = if below < 64 { 1u64 << below } else { return false };
        let fresh = known.seen & bit == 0;
        known.seen |= bit;
        fresh
    }
}

/// Whether the password was proved for this request: its URI is the one that was hashed, which may differ in port and
/// parameters. Some clients hash the address of the server whatever they ask it for.
fn is_about(hashed: &str, asked: &Uri<'_>) -> bool {
    Uri::parse(hashed).is_ok_and(|hashed| match hashed.user_decoded() {
        None => true,
        user => user == asked.user_decoded() && hashed.host.eq_ignore_ascii_case(asked.host),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proof_without_a_count_is_taken_once() {
        let (mut challenges, source) = (Challenges::new(1), IpAddr::from([192, 0, 2, 1]));
        for count in ["", ", qop=auth, cnonce=\"c\", nc=00000000"] {
            let nonce = challenges.nonce(Instant::ZERO, source);
            let value = format!(
                "Digest username=\"u\", realm=\"r\", nonce=\"{nonce}\", uri=\"sip:x\", response=\"{:032}\"{count}",
                0
            );
            let Some(authorization) = Authorization::parse(&value) else { continue };
            assert!(challenges.may_use(Instant::ZERO, source, &authorization));
            assert!(!challenges.may_use(Instant::ZERO, source, &authorization), "it is repeated: {value}");
        }
    }

    #[test]
    fn the_hashed_uri_is_that_of_the_request_or_of_the_server() {
        let asked = Uri::parse("sip:302@PBX.example;user=phone").unwrap();
        for hashed in ["sip:302@pbx.example", "sip:302@pbx.example:5060;transport=tcp", "sip:192.0.2.1:5060"]
        {
            assert!(is_about(hashed, &asked), "{hashed}");
        }
        for hashed in ["sip:303@pbx.example", "sip:302@other.example", "302"] {
            assert!(!is_about(hashed, &asked), "{hashed}");
        }
    }
}
