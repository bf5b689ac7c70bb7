//! Digest authentication (RFC 3261, 22; RFC 2617), from the side of the client.
//!
//! Algorithms `MD5` and `MD5-sess`, quality of protection `auth` or, with servers of RFC 2069, none. That is what SIP
//! servers ask for; a challenge that asks for something else is none that can be answered.

use std::fmt::Write;

use md5::{Digest, Md5};

use super::{HeaderName, Headers, Method, Params, list::Elements};

/// The credentials of a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Credentials<'a> {
    /// The user name, in plain text.
    pub user: &'a str,
    /// The password, in plain text.
    pub password: &'a str,
}

/// What a server wants to be proved: the value of WWW-Authenticate or Proxy-Authenticate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Challenge {
    realm: String,
    nonce: String,
    opaque: Option<String>,
    /// `qop` was offered, with `auth` in it.
    protected: bool,
    /// The algorithm is `MD5-sess`.
    session: bool,
    stale: bool,
}

impl Challenge {
    /// The realm whose password is asked for.
    pub fn realm(&self) -> &str {
        &self.realm
    }

    /// The first challenge in headers of this name that can be answered.
    pub fn find(headers: &Headers, name: HeaderName<'_>) -> Option<Self> {
        headers.get_all(name).find_map(Self::parse)
    }

    /// Reads `Digest realm="...", nonce="...", ...`. `None` if it is no digest challenge, has no realm or nonce, or
    /// wants an algorithm or a quality of protection that is not known here.
    pub fn parse(value: &str) -> Option<Self> {
        let (scheme, parameters) = value.split_once([' ', '\t'])?;
        if !scheme.eq_ignore_ascii_case("Digest") {
            return None;
        }
        let get = |name: &str| Elements::new(parameters).find_map(|element| Params::new(element).get(name));
        let session = match get("algorithm") {
            None => false,
            Some(algorithm) if algorithm.eq_ignore_ascii_case("MD5") => false,
            Some(algorithm) if algorithm.eq_ignore_ascii_case("MD5-sess") => true,
            Some(_) => return None,
        };
        let offers_auth = |qop: &str| Elements::new(qop).any(|option| option.eq_ignore_ascii_case("auth"));
        let protected = match get("qop").filter(|qop| !qop.is_empty()) {
            None => false,
            Some(qop) if offers_auth(qop) => true,
            Some(_) => return None,
        };
        Some(Self {
            realm: get("realm")?.to_owned(),
            nonce: get("nonce")?.to_owned(),
            opaque: get("opaque").map(str::to_owned),
            protected,
            session,
            stale: get("stale").is_some_and(|stale| stale.eq_ignore_ascii_case("true")),
        })
    }

    /// Whether only the nonce was refused, not the password: it is worth trying again.
    pub fn is_stale(&self) -> bool {
        self.stale
    }

    /// The value of Authorization or Proxy-Authorization for a request with this method and Request-URI.
    ///
    /// `count` says how often this nonce has been used, from 1. `client_nonce` is any text without quotes that the
    /// server cannot foresee.
    pub fn answer(
        &self,
        credentials: Credentials<'_>,
        method: &Method,
        uri: &str,
        count: u32,
        client_nonce: &str,
    ) -> String {
        let user = credentials.user;
        let Challenge { realm, nonce, .. } = self;
        let response = self.response(credentials, method, uri, count, client_nonce);
        let mut out = format!(
            "Digest username=\"{user}\", realm=\"{realm}\", nonce=\"{nonce}\", uri=\"{uri}\", \
             response=\"{response}\", algorithm={}",
            if self.session { "MD5-sess" } else { "MD5" }
        );
        // Writing to a string does not fail.
        if let Some(opaque) = &self.opaque {
            let _ = write!(out, ", opaque=\"{opaque}\"");
        }
        if self.protected {
            let _ = write!(out, ", qop=auth, nc={count:08x}, cnonce=\"{client_nonce}\"");
        } else if self.session {
            let _ = write!(out, ", cnonce=\"{client_nonce}\"");
        }
        out
    }

    /// The proof itself (RFC 2617, 3.2.2).
    fn response(
        &self,
        Credentials { user, password }: Credentials<'_>,
        method: &Method,
        uri: &str,
        count: u32,
        client_nonce: &str,
    ) -> String {
        let Challenge { realm, nonce, .. } = self;
        let mut secret = hash(&format!("{user}:{realm}:{password}"));
        if self.session {
            secret = hash(&format!("{secret}:{nonce}:{client_nonce}"));
        }
        let request = hash(&format!("{method}:{uri}"));
        match self.protected {
            true => hash(&format!("{secret}:{nonce}:{count:08x}:{client_nonce}:auth:{request}")),
            false => hash(&format!("{secret}:{nonce}:{request}")),
        }
    }
}

/// MD5, in lower-case hexadecimal digits.
fn hash(text: &str) -> String {
    let mut digits = String::with_capacity(32);
    for byte in Md5::digest(text.as_bytes()) {
        // Writing to a string does not fail.
        let _ = write!(digits, "{byte:02x}");
    }
    digits
}
