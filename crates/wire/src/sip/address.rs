//! Addresses in headers: From, To, Contact, Route, Record-Route and their kin (RFC 3261, 20.10 and 25.1).

use std::borrow::Cow;

use super::list::{split_around, trim};
use super::{Params, Uri, UriError};

/// `"Display Name" <uri>;params`, or a bare `uri;params` whose parameters belong to the header (RFC 3261, 20).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NameAddr<'a> {
    display: &'a str,
    /// The URI as written, without angle brackets.
    pub uri_text: &'a str,
    /// The header's parameters, not those of the URI.
    pub params: Params<'a>,
}

impl<'a> NameAddr<'a> {
    /// Takes one address apart; `None` if a quote or bracket is left open, the URI is empty, or one
    /// without brackets has headers.
    pub fn parse(value: &'a str) -> Option<Self> {
        let value = trim(value);
        let display_length = if value.starts_with('"') { quoted_length(value)? } else { 0 };
        let after_quotes = value.get(display_length..)?;
        let address = match after_quotes.find('<') {
            Some(open) => Self::parse_bracketed(value, display_length + open)?,
            None if display_length > 0 => return None,
            None => {
                let (uri, params) = value.split_once(';').unwrap_or((value, ""));
                // A question mark needs brackets (RFC 3261, 20.10): whose headers they are is not clear without.
                if uri.contains('?') {
                    return None;
                }
                Self { display: "", uri_text: trim(uri), params: Params::new(params) }
            }
        };
        (!address.uri_text.is_empty()).then_some(address)
    }

    fn parse_bracketed(value: &'a str, open: usize) -> Option<Self> {
        let (display, rest) = split_around(value, open);
        let (uri, params) = rest.split_once('>')?;
        Some(Self { display: trim(display), uri_text: trim(uri), params: Params::new(params) })
    }

    /// The URI, taken apart.
    ///
    /// # Errors
    /// [`UriError`] if it is none.
    pub fn uri(&self) -> Result<Uri<'a>, UriError> {
        Uri::parse(self.uri_text)
    }

    /// The display name with quotes and escapes removed; `None` if there is none or it is empty.
    pub fn display_name(&self) -> Option<Cow<'a, str>> {
        let inner = super::list::unquote(self.display);
        match inner {
            "" => None,
            _ if inner.len() < self.display.len() && inner.contains('\\') => {
                Some(Cow::Owned(unescape(inner)))
            }
            _ => Some(Cow::Borrowed(inner)),
        }
    }

    /// The `tag` parameter.
    pub fn tag(&self) -> Option<&'a str> {
        self.params.get("tag").filter(|tag| !tag.is_empty())
    }
}

/// One element of a Contact header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Contact<'a> {
    /// `*`: all bindings, in a REGISTER that removes them (RFC 3261, 10.2.2).
    Any,
    /// An address.
    Address(NameAddr<'a>),
}

impl<'a> Contact<'a> {
    /// Reads one element; `None` as for [`NameAddr::parse`].
    pub fn parse(value: &'a str) -> Option<Self> {
        match trim(value) {
            "*" => Some(Self::Any),
            value => NameAddr::parse(value).map(Self::Address),
        }
    }

    /// The address, unless this is `*`.
    pub fn address(&self) -> Option<&NameAddr<'a>> {
        match self {
            Self::Any => None,
            Self::Address(address) => Some(address),
        }
    }
}

/// Bytes of the quoted string at the start of `value`, both quotes included.
fn quoted_length(value: &str) -> Option<usize> {
    let mut escaped = false;
    for (at, byte) in value.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return Some(at + 1),
            _ => {}
        }
    }
    None
}

fn unescape(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(char) = chars.next() {
        plain.push(if char == '\\' { chars.next().unwrap_or(char) } else { char });
    }
    plain
}
