//! URIs as SIP uses them: `sip:`, `sips:` (RFC 3261, 19.1), `tel:` (RFC 3966) and whatever else arrives.

use std::borrow::Cow;
use std::fmt;

use super::list::split_around;
use super::{Params, UriError};

/// A URI scheme.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme<'a> {
    /// `sip:`
    Sip,
    /// `sips:`
    Sips,
    /// `tel:`
    Tel,
    /// Any other, as written.
    Other(&'a str),
}

/// A URI, taken apart. Parts are kept as written, percent-escapes included.
///
/// `Display` puts the parts together again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Uri<'a> {
    /// The scheme.
    pub scheme: Scheme<'a>,
    /// `sip:` and `sips:`: the user, without password. `tel:`: the number. Any other scheme: all after the colon.
    pub user: Option<&'a str>,
    /// The password after the user, if any (RFC 3261 deprecates it).
    pub password: Option<&'a str>,
    /// Host name, IPv4 address, or IPv6 address in square brackets. Empty unless `sip:` or `sips:`.
    pub host: &'a str,
    /// The port, if one is written.
    pub port: Option<u16>,
    /// Parameters such as `transport`, `maddr`, `lr`, `phone-context`.
    pub params: Params<'a>,
    /// What follows the question mark, if anything.
    pub headers: Option<&'a str>,
}

/// Parameters that make a URI another one than the same URI without them.
const DECISIVE: [&str; 5] = ["transport", "user", "ttl", "method", "maddr"];

impl<'a> Uri<'a> {
    /// A `sip:` URI of a host alone; set other fields as needed.
    pub fn sip(host: &'a str) -> Self {
        Self { host, ..Self::bare(Scheme::Sip) }
    }

    /// Takes `text` apart.
    ///
    /// Users with an `@` inside (`sip:ann@corp.example@gateway`) are accepted: the last `@` before any parameter
    /// of the host counts.
    ///
    /// # Errors
    /// [`UriError`] when there is no scheme, a sip URI has no host or a wrong port, or blanks, quotes or angle
    /// brackets occur.
    pub fn parse(text: &'a str) -> Result<Self, UriError> {
        if text.bytes().any(|byte| matches!(byte, 0..=b' ' | b'"' | b'<' | b'>' | 0x7f)) {
            return Err(UriError::Character);
        }
        let (scheme, rest) = text.split_once(':').ok_or(UriError::Scheme)?;
        match Scheme::parse(scheme).ok_or(UriError::Scheme)? {
            scheme @ (Scheme::Sip | Scheme::Sips) => Self::parse_sip(scheme, rest),
            Scheme::Tel => {
                let (number, params) = rest.split_once(';').unwrap_or((rest, ""));
                Ok(Self { user: Some(number), params: Params::new(params), ..Self::bare(Scheme::Tel) })
            }
            other => Ok(Self { user: Some(rest), ..Self::bare(other) }),
        }
    }

    /// The user (or number) with percent-escapes resolved; bytes that are not UTF-8 become U+FFFD.
    pub fn user_decoded(&self) -> Option<Cow<'a, str>> {
        self.user.map(percent_decode)
    }

    /// Whether two URIs mean the same (RFC 3261, 19.1.4); headers in them do not count.
    pub fn is_same(&self, other: &Uri<'_>) -> bool {
        let agree = |one: &Uri<'_>, other: &Uri<'_>| {
            one.params.iter().all(|param| match other.params.get(param.name) {
                Some(value) => value.eq_ignore_ascii_case(param.value.unwrap_or_default()),
                None => !DECISIVE.iter().any(|name| name.eq_ignore_ascii_case(param.name)),
            })
        };
        self.scheme == other.scheme
            && self.user_decoded() == other.user_decoded()
            && self.password == other.password
            && self.host.eq_ignore_ascii_case(other.host)
            && self.port == other.port
            && agree(self, other)
            && agree(other, self)
    }

    /// The `transport` parameter.
    pub fn transport(&self) -> Option<&'a str> {
        self.params.get("transport")
    }

    /// The URI of text that may be unusable: then an `Other` scheme of empty name holding all of it.
    pub(super) fn parse_or_opaque(text: &'a str) -> Self {
        Self::parse(text).unwrap_or(Self { user: Some(text), ..Self::bare(Scheme::Other("")) })
    }

    fn bare(scheme: Scheme<'a>) -> Self {
        Self {
            scheme,
            user: None,
            password: None,
            host: "",
            port: None,
            params: Params::default(),
            headers: None,
        }
    }

    fn parse_sip(scheme: Scheme<'a>, rest: &'a str) -> Result<Self, UriError> {
        let (userinfo, rest) = match find_at_sign(rest) {
            Some(at) => {
                let (user, host) = split_around(rest, at);
                (Some(user), host)
            }
            None => (None, rest),
        };
        let (user, password) = match userinfo.map(|info| info.split_once(':').ok_or(info)) {
            None => (None, None),
            Some(Err(user)) => (Some(user), None),
            Some(Ok((user, password))) => (Some(user), Some(password)),
        };
        let (rest, headers) = match rest.split_once('?') {
            Some((rest, headers)) => (rest, Some(headers)),
            None => (rest, None),
        };
        let (host_port, params) = rest.split_once(';').unwrap_or((rest, ""));
        let (host, port) = parse_host_port(host_port)?;
        Ok(Self { scheme, user, password, host, port, params: Params::new(params), headers })
    }
}

impl<'a> Scheme<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let mut bytes = text.bytes();
        if !bytes.next()?.is_ascii_alphabetic() {
            return None;
        }
        if !bytes.all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.')) {
            return None;
        }
        Some(match text {
            _ if text.eq_ignore_ascii_case("sip") => Self::Sip,
            _ if text.eq_ignore_ascii_case("sips") => Self::Sips,
            _ if text.eq_ignore_ascii_case("tel") => Self::Tel,
            _ => Self::Other(text),
        })
    }

    /// The scheme without its colon.
    pub fn as_str(&self) -> &'a str {
        match self {
            Self::Sip => "sip",
            Self::Sips => "sips",
            Self::Tel => "tel",
            Self::Other(text) => text,
        }
    }
}

impl fmt::Display for Uri<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.scheme.as_str().is_empty() {
            write!(f, "{}:", self.scheme.as_str())?;
        }
        f.write_str(self.user.unwrap_or_default())?;
        if let Some(password) = self.password {
            write!(f, ":{password}")?;
        }
        if self.user.is_some() && matches!(self.scheme, Scheme::Sip | Scheme::Sips) {
            f.write_str("@")?;
        }
        f.write_str(self.host)?;
        if let Some(port) = self.port {
            write!(f, ":{port}")?;
        }
        if !self.params.is_empty() {
            write!(f, ";{}", self.params.as_str())?;
        }
        match self.headers {
            Some(headers) => write!(f, "?{headers}"),
            None => Ok(()),
        }
    }
}

/// The `@` that ends the user part. A user may itself hold `;` and `?`, so those end the search only behind an `@`.
fn find_at_sign(rest: &str) -> Option<usize> {
    let first = rest.find('@')?;
    let after = rest.get(first..)?;
    let end = after.find([';', '?']).unwrap_or(after.len());
    after.get(..end)?.rfind('@').map(|at| first + at)
}

/// Splits `host[:port]`, the host in square brackets if it is an IPv6 address.
pub(super) fn parse_host_port(text: &str) -> Result<(&str, Option<u16>), UriError> {
    let host_length = match text.strip_prefix('[') {
        Some(inner) => inner.find(']').ok_or(UriError::Host)? + 2,
        None => text.find(':').unwrap_or(text.len()),
    };
    let (host, rest) = text.split_at_checked(host_length).ok_or(UriError::Host)?;
    if host.is_empty() || host == "[]" {
        return Err(UriError::Host);
    }
    match rest.strip_prefix(':') {
        None if rest.is_empty() => Ok((host, None)),
        None => Err(UriError::Host),
        Some("") => Ok((host, None)),
        Some(port) if port.bytes().all(|byte| byte.is_ascii_digit()) => {
            port.parse().map(|port| (host, Some(port))).map_err(|_| UriError::Port)
        }
        Some(_) => Err(UriError::Port),
    }
}

fn percent_decode(text: &str) -> Cow<'_, str> {
    if !text.contains('%') {
        return Cow::Borrowed(text);
    }
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        rest = after;
        match (first, escape_value(after)) {
            (b'%', Some((value, after))) => {
                decoded.push(value);
                rest = after;
            }
            _ => decoded.push(first),
        }
    }
    Cow::Owned(String::from_utf8_lossy(&decoded).into_owned())
}

fn escape_value(bytes: &[u8]) -> Option<(u8, &[u8])> {
    let (&[high, low], rest) = bytes.split_first_chunk::<2>()?;
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|value| u8::try_from(value).ok());
    Some((digit(high)? << 4 | digit(low)?, rest))
}
