//! Digest authentication (RFC 3261, 22; RFC 7616, RFC 8760), from the side of the server.
//!
//! Algorithms `MD5` and `SHA-256`, each also with `-sess`; quality of protection `auth`, `auth-int`, or none.

use md5::Md5;
use sha2::{Digest, Sha256};

use super::{Method, Params, list::Elements};

/// A hash function of digest authentication.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DigestHash {
    /// `MD5`
    Md5,
    /// `SHA-256`
    Sha256,
}

impl DigestHash {
    /// The name as `algorithm` has it.
    pub const fn name(self) -> &'static str {
        match self {
            DigestHash::Md5 => "MD5",
            DigestHash::Sha256 => "SHA-256",
        }
    }

    /// The hash of these parts one after the other, in lower-case hexadecimal digits.
    pub fn hash(self, parts: &[&[u8]]) -> String {
        match self {
            DigestHash::Md5 => hexadecimal::<Md5>(parts),
            DigestHash::Sha256 => hexadecimal::<Sha256>(parts),
        }
    }

    /// The secret that stands for a password, which depends on user and realm (HA1).
    pub fn secret(self, user: &str, realm: &str, password: &str) -> String {
        self.hash(&[user.as_bytes(), b":", realm.as_bytes(), b":", password.as_bytes()])
    }
}

fn hexadecimal<D: Digest>(parts: &[&[u8]]) -> String {
    let mut hash = D::new();
    parts.iter().for_each(|part| hash.update(part));
    let mut digits = String::with_capacity(64);
    for byte in hash.finalize() {
        digits.extend([byte >> 4, byte & 15].map(digit));
    }
    digits
}

/// The hexadecimal digit of a value below 16.
fn digit(value: u8) -> char {
    char::from(if value < 10 { b'0' + value } else { b'a' - 10 + value })
}

/// What a client proves: the value of Authorization or Proxy-Authorization.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Authorization<'a> {
    /// The user name.
    pub user: &'a str,
    /// The realm.
    pub realm: &'a str,
    /// The nonce of the challenge.
    pub nonce: &'a str,
    /// The URI that was hashed.
    pub uri: &'a str,
    /// How often the nonce has been used; 0 without `qop`.
    pub count: u32,
    /// The algorithm.
    pub hash: DigestHash,
    response: &'a str,
    client_nonce: &'a str,
    count_text: &'a str,
    session: bool,
    protection: Protection,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Protection {
    None,
    Request,
    Body,
}

/// The parameters of a digest, each as it stands first.
#[derive(Default)]
struct Fields<'a> {
    user: Option<&'a str>,
    realm: Option<&'a str>,
    nonce: Option<&'a str>,
    uri: Option<&'a str>,
    response: Option<&'a str>,
    algorithm: Option<&'a str>,
    qop: Option<&'a str>,
    client_nonce: Option<&'a str>,
    count: Option<&'a str>,
}

impl<'a> Fields<'a> {
    fn read(parameters: &'a str) -> Fields<'a> {
        let mut fields = Fields::default();
        for param in Elements::new(parameters).flat_map(|element| Params::new(element).iter()) {
            let names = [
                ("username", &mut fields.user),
                ("realm", &mut fields.realm),
                ("nonce", &mut fields.nonce),
                ("uri", &mut fields.uri),
                ("response", &mut fields.response),
                ("algorithm", &mut fields.algorithm),
                ("qop", &mut fields.qop),
                ("cnonce", &mut fields.client_nonce),
                ("nc", &mut fields.count),
            ];
            if let Some((_, field)) =
                names.into_iter().find(|(name, _)| param.name.eq_ignore_ascii_case(name))
            {
                field.get_or_insert(param.value.unwrap_or_default());
            }
        }
        fields
    }
}

/// The hash function, and whether the secret is of the session (`-sess`).
fn algorithm(name: &str) -> Option<(DigestHash, bool)> {
    let (hash, session) = match name.len().checked_sub(5).and_then(|at| name.split_at_checked(at)) {
        Some((hash, end)) if end.eq_ignore_ascii_case("-sess") => (hash, true),
        _ => (name, false),
    };
    let hash = [DigestHash::Md5, DigestHash::Sha256]
        .into_iter()
        .find(|own| own.name().eq_ignore_ascii_case(hash))?;
    Some((hash, session))
}

fn protection(qop: &str) -> Option<Protection> {
    match qop {
        "" => Some(Protection::None),
        qop if qop.eq_ignore_ascii_case("auth") => Some(Protection::Request),
        qop if qop.eq_ignore_ascii_case("auth-int") => Some(Protection::Body),
        _ => None,
    }
}

impl<'a> Authorization<'a> {
    /// Reads `Digest username="...", ...`. `None` if it is no digest, lacks something, or uses an algorithm or a quality of
    /// protection that is not known here.
    pub fn parse(value: &'a str) -> Option<Authorization<'a>> {
        let (scheme, parameters) = value.trim_start().split_once([' ', '\t'])?;
        if !scheme.eq_ignore_ascii_case("Digest") {
            return None;
        }
        let fields = Fields::read(parameters);
        let (hash, session) = algorithm(fields.algorithm.unwrap_or("MD5"))?;
        let protection = protection(fields.qop.unwrap_or_default())?;
        let count_text = fields.count.unwrap_or_default();
        let count = u32::from_str_radix(count_text, 16).ok();
        let (count, client_nonce) = match protection {
            Protection::None => (0, fields.client_nonce.unwrap_or_default()),
            _ => (count?, fields.client_nonce?),
        };
        Some(Authorization {
            user: fields.user?,
            realm: fields.realm?,
            nonce: fields.nonce?,
            uri: fields.uri?,
            count,
            hash,
            response: fields.response?,
            client_nonce,
            count_text,
            session,
            protection,
        })
    }

    /// Whether it proves that the client knows the secret ([`DigestHash::secret`], by its algorithm).
    pub fn proves(&self, secret: &str, method: &Method, body: &[u8]) -> bool {
        let hash = |parts: &[&[u8]]| self.hash.hash(parts);
        let secret = match self.session {
            true => {
                hash(&[secret.as_bytes(), b":", self.nonce.as_bytes(), b":", self.client_nonce.as_bytes()])
            }
            false => secret.to_owned(),
        };
        let request = match self.protection {
            Protection::Body => {
                let body = hash(&[body]);
                hash(&[method.as_str().as_bytes(), b":", self.uri.as_bytes(), b":", body.as_bytes()])
            }
            _ => hash(&[method.as_str().as_bytes(), b":", self.uri.as_bytes()]),
        };
        let qop: &[u8] = if self.protection == Protection::Body { b"auth-int" } else { b"auth" };
        let (secret, nonce, request) = (secret.as_bytes(), self.nonce.as_bytes(), request.as_bytes());
        let (count, client_nonce) = (self.count_text.as_bytes(), self.client_nonce.as_bytes());
        let expected = match self.protection {
            Protection::None => hash(&[secret, b":", nonce, b":", request]),
            _ => hash(&[secret, b":", nonce, b":", count, b":", client_nonce, b":", qop, b":", request]),
        };
        is_equal(expected.as_bytes(), self.response.as_bytes())
    }
}

/// Compares in a time that does not depend on where two texts differ; without regard to case.
fn is_equal(one: &[u8], other: &[u8]) -> bool {
    let differs = |(one, other): (&u8, &u8)| one.to_ascii_lowercase() ^ other.to_ascii_lowercase();
    one.len() == other.len() && one.iter().zip(other).map(differs).fold(0, |all, byte| all | byte) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of RFC 2617, 3.5; the response by SHA-256 was computed with another implementation.
    #[test]
    fn the_example_of_the_standard_is_proved() {
        for (algorithm, response) in [
            ("MD5", "6629fae49393a05397450978507c4ef1"),
            ("SHA-256", "5abdd07184ba512a22c53f41470e5eea7dcaa3a93a59b630c13dfe0a5dc6e38b"),
        ] {
            let value = format!(
                "Digest username=\"Mufasa\", realm=\"testrealm@host.com\", uri=\"/dir/index.html\", \
                 algorithm={algorithm}, nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\", nc=00000001, \
                 cnonce=\"0a4f113b\", qop=auth, response=\"{response}\""
            );
            let authorization = Authorization::parse(&value).unwrap();
            let secret = authorization.hash.secret("Mufasa", "testrealm@host.com", "Circle Of Life");
            let get = Method::new("GET");
            assert!(authorization.proves(&secret, &get, b""), "{algorithm}");
            assert!(!authorization.proves(&secret, &Method::Register, b""), "{algorithm}");
            let wrong = authorization.hash.secret("Mufasa", "testrealm@host.com", "circle of life");
            assert!(!authorization.proves(&wrong, &get, b""), "{algorithm}");
        }
    }

    #[test]
    fn what_is_no_digest_or_lacks_something_is_none() {
        for value in [
            "",
            "Basic QWxhZGRpbg==",
            "Digest username=\"a\"",
            "Digest username=\"a\", realm=\"r\", nonce=\"n\", uri=\"u\", response=\"x\", algorithm=SHA-512",
            "Digest username=\"a\", realm=\"r\", nonce=\"n\", uri=\"u\", response=\"x\", qop=auth",
            "Digest username=\"a\", realm=\"r\", nonce=\"n\", uri=\"u\", response=\"x\", qop=auth, nc=zz, cnonce=\"c\"",
        ] {
            assert_eq!(Authorization::parse(value), None, "{value}");
        }
    }
}
