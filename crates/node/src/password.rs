//! Passwords as a configuration shows and stores them: hashed in the form of IOS (type 8), or obscured (type 7) where SIP needs the
//! password itself.
//!
//! Type 8 is PBKDF2 with HMAC-SHA-256, 20,000 rounds and 14 characters of salt: `$8$SALT$HASH`. Type 9, which configurations of
//! routers have, is scrypt (RFC 7914) with N = 16,384, r = 1 and p = 1: `$9$SALT$HASH`. `argon2` is what other systems make.

mod argon2;
mod scrypt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use smol_str::{SmolStr, format_smolstr};

use crate::{
    config::{Secret, Settings},
    users::is_same,
};

const ROUNDS: u32 = 20_000;
const SALT: usize = 14;

/// The digits of IOS for groups of six bits.
const DIGITS: &[u8; 64] = b"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Hashes the passwords of users that were entered as they are; where applications over SIP prove them, they are obscured only.
/// What nobody else knows makes the salt.
pub(crate) fn conceal(config: &mut Settings, secret: [u64; 2]) {
    let over_sip = config.cti_manager.as_ref().is_some_and(|manager| manager.sip_authenticate);
    for user in config.application_users.values_mut().chain(config.end_users.values_mut()) {
        let Some(password) = user.password.as_ref().filter(|own| matches!(own.encryption, None | Some(0)))
        else {
            continue;
        };
        user.password = Some(match over_sip {
            true => Secret::obscured(&password.text),
            false => {
                let salt = salt(secret, &format!("{}\n{}", user.name, password.text));
                Secret { encryption: Some(8), text: hashed(&password.text, &salt) }
            }
        });
    }
}

/// Whether a secret of a configuration is this password.
pub fn is(secret: &Secret, password: &str) -> bool {
    match (secret.encryption, secret.reveal()) {
        (Some(8), _) => is_hash_of(secret, "$8$", |salt| hashed(password, salt)),
        (Some(9), _) => is_hash_of(secret, "$9$", |salt| {
            format_smolstr!("$9${salt}${}", digits(&scrypt::scrypt(password.as_bytes(), salt.as_bytes())))
        }),
        (Some(Secret::ARGON2), _) => argon2::is_hash_of(&secret.text, password),
        // Something that no password is.
        (_, right) => {
            is_same(password.as_bytes(), right.as_deref().unwrap_or("\0").as_bytes()) && right.is_some()
        }
    }
}

/// Whether a secret is a hash, which takes long to compute.
pub(crate) fn is_hashed(secret: &Secret) -> bool {
    matches!(secret.encryption, Some(8 | 9 | Secret::ARGON2))
}

/// Whether a secret says of itself that it is a hash of argon2, and is none with which passwords are compared.
pub(crate) fn is_no_argon2(secret: &Secret) -> bool {
    secret.encryption == Some(Secret::ARGON2) && !argon2::is_hash(&secret.text)
}

/// Whether a secret is what the hash with its salt is.
fn is_hash_of(secret: &Secret, prefix: &str, hashed: impl FnOnce(&str) -> SmolStr) -> bool {
    let salt = secret.text.strip_prefix(prefix).and_then(|rest| rest.split_once('$'));
    let right = salt.map(|(salt, _)| hashed(salt)).unwrap_or_default();
    is_same(right.as_bytes(), secret.text.as_bytes()) && !right.is_empty()
}

fn hashed(password: &str, salt: &str) -> SmolStr {
    format_smolstr!("$8${salt}${}", digits(&pbkdf2(password.as_bytes(), salt.as_bytes(), ROUNDS, 1)))
}

fn keyed(key: &[u8]) -> Option<Hmac<Sha256>> {
    Hmac::new_from_slice(key).ok()
}

/// A block of PBKDF2 (RFC 8018) with HMAC-SHA-256; blocks are counted from 1.
fn pbkdf2(password: &[u8], salt: &[u8], rounds: u32, block: u32) -> [u8; 32] {
    let mut all = [0; 32];
    // HMAC takes keys of any length.
    let Some(key) = keyed(password) else { return all };
    let mut last: [u8; 32] =
        key.clone().chain_update(salt).chain_update(block.to_be_bytes()).finalize().into_bytes().into();
    for round in 0..rounds {
        if round > 0 {
            last = key.clone().chain_update(last).finalize().into_bytes().into();
        }
        all.iter_mut().zip(last).for_each(|(all, byte)| *all ^= byte);
    }
    all
}

fn salt(secret: [u64; 2], about: &str) -> String {
    let key: Vec<u8> = secret.iter().flat_map(|word| word.to_be_bytes()).collect();
    let code = keyed(&key).map(|key| key.chain_update(about).finalize().into_bytes());
    let mut salt = digits(code.as_deref().unwrap_or_default());
    salt.truncate(SALT);
    salt
}

/// Base64 with the digits of IOS, without padding.
fn digits(bytes: &[u8]) -> String {
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let at = |place: usize| u32::from(chunk.get(place).copied().unwrap_or(0));
        let word = at(0) << 16 | at(1) << 8 | at(2);
        for place in 0..=chunk.len() {
            let digit = (word >> (18 - 6 * place)) & 63;
            text.extend(DIGITS.get(digit as usize).map(|digit| char::from(*digit)));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_that_of_the_standard_and_of_ios() {
        let one = pbkdf2(b"password", b"salt", 1, 1);
        assert_eq!(one[..4], [0x12, 0x0f, 0xb6, 0xcf], "the vector of RFC 7914's authors");
        let two = pbkdf2(b"password", b"salt", 2, 1);
        assert_eq!(two[..4], [0xae, 0x4d, 0x0c, 0x95]);
        // `enable secret 8` of a router, for the password `cisco`.
        let router = "$8$dsYGNam3K1SIJO$7nv/35M/qr6t.dVc7UY9zrJDWRVqncHub1PE9UlMQFs";
        assert_eq!(hashed("cisco", "dsYGNam3K1SIJO"), router);
        let secret = Secret { encryption: Some(8), text: router.into() };
        assert!(is(&secret, "cisco") && !is(&secret, "Cisco") && !is(&secret, ""));
    }

    #[test]
    fn a_hash_of_type_9_is_that_of_a_router() {
        let router = "$9$2MJBozw/9R3UsU$2lFhcKvpghcyw8deP25GOfyZaagyUOGBymkryvOdfo6";
        let secret = |text: &str| Secret { encryption: Some(9), text: text.into() };
        assert!(is(&secret(router), "hashcat") && !is(&secret(router), "Hashcat"));
        assert!(!is(&secret(""), "") && !is(&secret("$9$"), "") && !is(&secret("$9$a$"), ""));
    }

    #[test]
    fn a_configuration_shows_no_password_that_was_entered() {
        let text = "cti-manager\n http port 0\napplication-user crm\n password 0 secret\nend-user bob\n password hidden\n";
        let mut config = crate::config::load(text).settings;
        conceal(&mut config, [1, 2]);
        let shown = config.running_config();
        assert!(!shown.contains("secret") && !shown.contains("hidden"), "{shown}");
        assert_eq!(shown.matches(" password 8 $8$").count(), 2, "{shown}");
        let again = crate::config::load(&shown);
        assert_eq!(again.diagnostics, [], "{shown}");
        for (name, password) in [("crm", "secret"), ("bob", "hidden")] {
            let user = again.settings.cti_users().find(|own| own.name == name).unwrap();
            assert!(is(user.password.as_ref().unwrap(), password));
        }
        let before = config.clone();
        conceal(&mut config, [3, 4]);
        assert_eq!(before, config, "what is hashed stays as it is");
    }

    #[test]
    fn where_sip_needs_it_a_password_is_obscured() {
        let text = "cti-manager\n csta sip authenticate\napplication-user crm\n password 0 secret\n";
        let mut config = crate::config::load(text).settings;
        conceal(&mut config, [1, 2]);
        let secret = config.cti_users().next().unwrap().password.clone().unwrap();
        assert_eq!((secret.encryption, secret.reveal().as_deref()), (Some(7), Some("secret")));
        assert!(is(&secret, "secret") && !is(&secret, "other"));
    }
}
