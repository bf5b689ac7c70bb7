//! Passwords as hashes of argon2 (RFC 9106), in the form of its own tools: `$argon2id$v=19$m=19456,t=2,p=1$SALT$HASH`.
//!
//! A hash says itself what it costs to compare a password with it. What costs more than [`MOST_MEMORY`], [`MOST_PASSES`] or
//! [`MOST_LANES`] is not computed: no password is right for it.

use argon2::{Algorithm, Argon2, Params, Version};
use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};

use crate::users::is_same;

/// KiB of memory, passes over it, and lanes in it. RFC 9106 recommends 65,536 KiB, 3 and 4 where memory is scarce.
const MOST_MEMORY: u32 = 65_536;
const MOST_PASSES: u32 = 10;
const MOST_LANES: u32 = 16;

/// Bytes of a salt and of a hash.
const MOST_BYTES: usize = 64;

/// Whether a password is what the hash was made from.
pub(super) fn is_hash_of(hash: &str, password: &str) -> bool {
    let Some(Hash { argon2, salt, right }) = Hash::parse(hash) else { return false };
    let mut own = vec![0; right.len()];
    argon2.hash_password_into(password.as_bytes(), &salt, &mut own).is_ok() && is_same(&own, &right)
}

/// Whether a text is a hash that passwords are compared with.
pub(super) fn is_hash(text: &str) -> bool {
    Hash::parse(text).is_some()
}

/// A hash, and how it was made.
struct Hash {
    argon2: Argon2<'static>,
    salt: Vec<u8>,
    right: Vec<u8>,
}

impl Hash {
    /// Reads a hash; `None` if it is none, or costs too much.
    fn parse(text: &str) -> Option<Hash> {
        let mut parts = text.strip_prefix('$')?.split('$');
        let algorithm = Algorithm::new(parts.next()?).ok()?;
        let mut next = parts.next()?;
        let version = match next.strip_prefix("v=") {
            Some(version) => {
                next = parts.next()?;
                Version::try_from(version.parse::<u32>().ok()?).ok()?
            }
            // Those of the first version do not say it.
            None => Version::V0x10,
        };
        let (memory, passes, lanes) = costs(next)?;
        let decoded = |part: &str| {
            let bytes = STANDARD_NO_PAD.decode(part).ok()?;
            (8..=MOST_BYTES).contains(&bytes.len()).then_some(bytes)
        };
        let (salt, right) = (decoded(parts.next()?)?, decoded(parts.next()?)?);
        if parts.next().is_some() {
            return None;
        }
        let params = Params::new(memory, passes, lanes, Some(right.len())).ok()?;
        Some(Hash { argon2: Argon2::new(algorithm, version, params), salt, right })
    }
}

/// Memory, passes and lanes of `m=19456,t=2,p=1`, if they are within the limits.
fn costs(text: &str) -> Option<(u32, u32, u32)> {
    let mut parts = text.split(',');
    let mut next = |name: &str, most: u32| {
        let value: u32 = parts.next()?.strip_prefix(name)?.parse().ok()?;
        (1..=most).contains(&value).then_some(value)
    };
    let costs = (next("m=", MOST_MEMORY)?, next("t=", MOST_PASSES)?, next("p=", MOST_LANES)?);
    parts.next().is_none().then_some(costs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_that_of_the_reference_implementation() {
        // Its own test vectors, for `password`.
        for hash in [
            "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
            "$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc",
            "$argon2i$v=19$m=256,t=2,p=1$c29tZXNhbHQ$iekCn0Y3spW+sCcFanM2xBT63UP2sghkUoHLIUpWRS8",
            "$argon2i$m=256,t=2,p=1$c29tZXNhbHQ$/U3YPXYsSb3q9XxHvc0MLxur+GP960kN9j7emXX8zwY",
        ] {
            assert!(is_hash_of(hash, "password"), "{hash}");
            assert!(!is_hash_of(hash, "Password") && !is_hash_of(hash, ""), "{hash}");
        }
    }

    #[test]
    fn what_is_no_hash_or_costs_too_much_is_no_password() {
        let good = "$argon2id$v=19$m=65536,t=10,p=16$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
        assert!(is_hash(good));
        for (from, to) in [
            ("m=65536", "m=65537"),
            ("t=10", "t=11"),
            ("p=16", "p=17"),
            ("m=65536", "m=0"),
            ("m=65536,", ""),
            ("t=10", "t=10,x=1"),
            ("argon2id", "argon2x"),
            ("v=19", "v=20"),
            ("$c29tZXNhbHQ", "$c29t"),
            ("nf65", "$nf65"),
            ("EOgLrQMR", "EOg!rQMR"),
        ] {
            let wrong = good.replacen(from, to, 1);
            assert!(!is_hash(&wrong) && !is_hash_of(&wrong, "password"), "{wrong}");
        }
        assert!(!is_hash("") && !is_hash("$argon2id"));
    }
}
