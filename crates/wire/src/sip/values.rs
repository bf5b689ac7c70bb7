//! The smaller structured header values.

use std::fmt;

use super::list::trim;
use super::{Method, Params};

/// CSeq: a number and the method it counts (RFC 3261, 20.16).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CSeq {
    /// The sequence number.
    pub number: u32,
    /// The method.
    pub method: Method,
}

impl CSeq {
    /// Reads `number method`; `None` unless the number fits 32 bits and a method follows.
    pub fn parse(value: &str) -> Option<Self> {
        let value = trim(value);
        let end = value.find(|char: char| !char.is_ascii_digit())?;
        let (number, method) = value.split_at_checked(end)?;
        let method = trim(method);
        if method.is_empty() || method.contains([' ', '\t']) {
            return None;
        }
        Some(Self { number: number.parse().ok()?, method: Method::new(method) })
    }
}

impl fmt::Display for CSeq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.number, self.method)
    }
}

/// Who refreshes a session (RFC 4028, 4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refresher {
    /// The side that sent the request.
    Uac,
    /// The side that answered it.
    Uas,
}

/// Session-Expires (RFC 4028, 4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionExpires {
    /// The session interval, seconds.
    pub seconds: u32,
    /// The refresher, if given.
    pub refresher: Option<Refresher>,
}

impl SessionExpires {
    /// Reads `seconds[;refresher=uac|uas]`; an unknown refresher counts as none.
    pub fn parse(value: &str) -> Option<Self> {
        let (seconds, params) = value.split_once(';').unwrap_or((value, ""));
        let refresher = match Params::new(params).get("refresher") {
            Some(text) if text.eq_ignore_ascii_case("uac") => Some(Refresher::Uac),
            Some(text) if text.eq_ignore_ascii_case("uas") => Some(Refresher::Uas),
            _ => None,
        };
        Some(Self { seconds: parse_seconds(seconds)?, refresher })
    }
}

impl fmt::Display for SessionExpires {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.refresher {
            None => write!(f, "{}", self.seconds),
            Some(Refresher::Uac) => write!(f, "{};refresher=uac", self.seconds),
            Some(Refresher::Uas) => write!(f, "{};refresher=uas", self.seconds),
        }
    }
}

/// Min-SE: the shortest session interval its writer accepts (RFC 4028, 5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MinSe {
    /// Seconds.
    pub seconds: u32,
}

impl MinSe {
    /// Reads `seconds`; parameters behind it are ignored.
    pub fn parse(value: &str) -> Option<Self> {
        parse_seconds(value).map(|seconds| Self { seconds })
    }
}

impl fmt::Display for MinSe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.seconds.fmt(f)
    }
}

/// A media type such as `application/csta+xml;charset=utf-8`; equal in any case.
#[derive(Debug, Clone, Copy)]
pub struct ContentType<'a> {
    /// The type, `application`.
    pub kind: &'a str,
    /// The subtype, `csta+xml`.
    pub subtype: &'a str,
    /// Parameters such as `charset` or `boundary`.
    pub params: Params<'a>,
}

impl<'a> ContentType<'a> {
    /// Reads `type/subtype[;params]`; `None` without both parts.
    pub fn parse(value: &'a str) -> Option<Self> {
        let (media, params) = value.split_once(';').unwrap_or((value, ""));
        let (kind, subtype) = media.split_once('/')?;
        let (kind, subtype) = (trim(kind), trim(subtype));
        let params = Params::new(params);
        (!kind.is_empty() && !subtype.is_empty()).then_some(Self { kind, subtype, params })
    }

    /// Whether this is `media` (`type/subtype`), without regard to case and parameters.
    pub fn is(&self, media: &str) -> bool {
        media.split_once('/').is_some_and(|(kind, subtype)| {
            kind.eq_ignore_ascii_case(self.kind) && subtype.eq_ignore_ascii_case(self.subtype)
        })
    }
}

impl PartialEq for ContentType<'_> {
    /// Same type and subtype; parameters do not count.
    fn eq(&self, other: &Self) -> bool {
        self.kind.eq_ignore_ascii_case(other.kind) && self.subtype.eq_ignore_ascii_case(other.subtype)
    }
}

/// Delta-seconds (RFC 3261, 25.1) up to a parameter or comment; beyond 32 bits counts as the greatest value.
pub(super) fn parse_seconds(value: &str) -> Option<u32> {
    let digits = value.split([';', '(', ' ', '\t']).find(|part| !part.is_empty())?;
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some(digits.parse().unwrap_or(u32::MAX))
}

/// Content-Length: digits only. Beyond 64 bits counts as the greatest value, so that a limit refuses it.
pub(super) fn parse_content_length(value: &[u8]) -> Option<u64> {
    if value.is_empty() {
        return None;
    }
    value.iter().try_fold(0u64, |sum, byte| {
        byte.is_ascii_digit().then(|| sum.saturating_mul(10).saturating_add(u64::from(byte - b'0')))
    })
}
