//! Values of trunks: session targets, translation rules and patterns of numbers.

use std::{
    fmt,
    net::{IpAddr, SocketAddr},
    str::Chars,
};

use regex_lite::{Regex, RegexBuilder};
use smol_str::SmolStr;

/// Where the calls of a dial peer go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SessionTarget {
    /// `ipv4:` or `ipv6:` with an address, and a port if one is written.
    Address(IpAddr, Option<u16>),
    /// `dns:` with a name, and a port if one is written.
    Name(SmolStr, Option<u16>),
    /// `sip-server`: the proxy of `sip-ua`.
    SipServer,
    /// `registrar`: that of `sip-ua`.
    Registrar,
}

/// The port of SIP where none is written.
const SIP_PORT: u16 = 5060;

impl SessionTarget {
    /// Reads `ipv4:10.0.0.1:5060`, `ipv6:[::1]:5060`, `dns:example.com`, `sip-server`.
    pub fn parse(text: &str) -> Option<SessionTarget> {
        if text.eq_ignore_ascii_case("sip-server") {
            return Some(SessionTarget::SipServer);
        }
        if text.eq_ignore_ascii_case("registrar") {
            return Some(SessionTarget::Registrar);
        }
        let (kind, rest) = text.split_once(':')?;
        match kind.to_ascii_lowercase().as_str() {
            "ipv4" | "ipv6" => {
                if let Ok(socket) = rest.parse::<SocketAddr>() {
                    return Some(SessionTarget::Address(socket.ip(), Some(socket.port())));
                }
                let bare = rest.trim_start_matches('[').trim_end_matches(']');
                bare.parse().ok().map(|address| SessionTarget::Address(address, None))
            }
            "dns" => {
                let (name, port) = match rest.split_once(':') {
                    Some((name, port)) => (name, Some(port.parse().ok()?)),
                    None => (rest, None),
                };
                (!name.is_empty()).then(|| SessionTarget::Name(name.into(), port))
            }
            _ => None,
        }
    }

    /// The same at the port that is usual.
    pub fn without_port(self) -> SessionTarget {
        match self {
            SessionTarget::Address(address, _) => SessionTarget::Address(address, None),
            SessionTarget::Name(name, _) => SessionTarget::Name(name, None),
            other => other,
        }
    }

    /// The same at this port.
    pub fn with_port(self, port: u16) -> SessionTarget {
        match self {
            SessionTarget::Address(address, _) => SessionTarget::Address(address, Some(port)),
            SessionTarget::Name(name, _) => SessionTarget::Name(name, Some(port)),
            other => other,
        }
    }

    /// Whether it is an address or a name of its own.
    pub fn is_place(&self) -> bool {
        matches!(self, SessionTarget::Address(..) | SessionTarget::Name(..))
    }

    /// The address with its port, if it is one.
    pub fn socket(&self) -> Option<SocketAddr> {
        match self {
            SessionTarget::Address(address, port) => {
                Some(SocketAddr::new(*address, port.unwrap_or(SIP_PORT)))
            }
            SessionTarget::Name(..) | SessionTarget::SipServer | SessionTarget::Registrar => None,
        }
    }
}

impl fmt::Display for SessionTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SessionTarget::Address(IpAddr::V4(address), None) => write!(f, "ipv4:{address}"),
            SessionTarget::Address(IpAddr::V4(address), Some(port)) => write!(f, "ipv4:{address}:{port}"),
            SessionTarget::Address(IpAddr::V6(address), None) => write!(f, "ipv6:[{address}]"),
            SessionTarget::Address(IpAddr::V6(address), Some(port)) => write!(f, "ipv6:[{address}]:{port}"),
            SessionTarget::Name(name, None) => write!(f, "dns:{name}"),
            SessionTarget::Name(name, Some(port)) => write!(f, "dns:{name}:{port}"),
            SessionTarget::SipServer => f.write_str("sip-server"),
            SessionTarget::Registrar => f.write_str("registrar"),
        }
    }
}

/// A rule of `voice translation-rule`: `/MATCH/ /REPLACEMENT/`, in the notation of sed.
///
/// `^` and `$` are the ends of the number wherever they stand, also inside `\(` and `\)`. The first match counts, the longest
/// if there are several.
#[derive(Clone, Debug)]
pub struct TranslationRule {
    text: SmolStr,
    pattern: Regex,
    /// `None`: the call is refused.
    replacement: Option<Vec<Part>>,
}

impl PartialEq for TranslationRule {
    fn eq(&self, other: &TranslationRule) -> bool {
        self.text == other.text
    }
}

impl Eq for TranslationRule {}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(SmolStr),
    /// A group, from 1; 0 is the whole match.
    Group(usize),
}

/// Groups of a pattern that a replacement can name.
const MAX_GROUPS: usize = 9;

/// Bytes that a compiled pattern may take.
const MAX_PATTERN: usize = 64 * 1024;

impl TranslationRule {
    /// Reads a rule without its number.
    pub fn parse(text: &str) -> Option<TranslationRule> {
        let (rejects, rest) = match text.trim_start().strip_prefix("reject") {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (pattern, rest) = between_slashes(rest.trim_start())?;
        let replacement = match rejects {
            true => None,
            false => Some(parse_replacement(between_slashes(rest.trim_start())?.0)?),
        };
        let pattern = parse_pattern(pattern)?;
        Some(TranslationRule { text: text.trim().into(), pattern, replacement })
    }

    /// The number after the rule, `Some(None)` if the call is to be refused; `None` if the rule does not match.
    pub fn apply(&self, number: &str) -> Option<Option<String>> {
        let found = self.pattern.captures(number)?;
        let Some(replacement) = &self.replacement else { return Some(None) };
        let whole = found.get(0)?;
        let mut result = number.get(..whole.start())?.to_owned();
        for part in replacement {
            result.push_str(match part {
                Part::Text(plain) => plain,
                Part::Group(index) => found.get(*index).map_or("", |group| group.as_str()),
            });
        }
        result.push_str(number.get(whole.end()..)?);
        Some(Some(result))
    }
}

impl fmt::Display for TranslationRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// What stands between the first two slashes, in which a slash may be escaped, and what follows.
fn between_slashes(text: &str) -> Option<(&str, &str)> {
    let inner = text.strip_prefix('/')?;
    let mut escaped = false;
    for (at, byte) in inner.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'/' => return Some((inner.get(..at)?, inner.get(at + 1..)?)),
            _ => {}
        }
    }
    None
}

/// From the notation of sed, in which groups stand between `\(` and `\)`.
fn parse_pattern(text: &str) -> Option<Regex> {
    let mut pattern = String::with_capacity(text.len() + 8);
    let mut chars = text.chars();
    // Whether something precedes that may be repeated.
    let mut repeatable = false;
    while let Some(char) = chars.next() {
        repeatable = match char {
            '\\' => match chars.next()? {
                '(' => {
                    pattern.push('(');
                    false
                }
                ')' => {
                    pattern.push(')');
                    true
                }
                other => {
                    push_literal(&mut pattern, other);
                    true
                }
            },
            '^' | '$' => {
                pattern.push(char);
                false
            }
            '*' | '+' | '?' if repeatable => {
                pattern.push(char);
                false
            }
            '.' => {
                pattern.push('.');
                true
            }
            '[' => {
                push_set(&mut pattern, &mut chars)?;
                true
            }
            other => {
                push_literal(&mut pattern, other);
                true
            }
        };
    }
    let pattern = RegexBuilder::new(&pattern).size_limit(MAX_PATTERN).build().ok()?;
    (pattern.captures_len() <= MAX_GROUPS + 1).then_some(pattern)
}

fn push_literal(pattern: &mut String, char: char) {
    if char.is_ascii_punctuation() {
        pattern.push('\\');
    }
    pattern.push(char);
}

/// Reads the rest of `[1-49]` or `[^5]`.
fn push_set(pattern: &mut String, chars: &mut Chars<'_>) -> Option<()> {
    pattern.push('[');
    let mut first = chars.next()?;
    if first == '^' {
        pattern.push('^');
        first = chars.next()?;
    }
    let mut next = Some(first);
    loop {
        match next? {
            ']' => break,
            '-' => pattern.push('-'),
            other => push_literal(pattern, other),
        }
        next = chars.next();
    }
    pattern.push(']');
    Some(())
}

fn parse_replacement(text: &str) -> Option<Vec<Part>> {
    let mut parts = Vec::new();
    let mut plain = String::new();
    let mut chars = text.chars();
    let flush = |plain: &mut String, parts: &mut Vec<Part>| {
        if !plain.is_empty() {
            parts.push(Part::Text(std::mem::take(plain).into()));
        }
    };
    while let Some(char) = chars.next() {
        match char {
            '&' => {
                flush(&mut plain, &mut parts);
                parts.push(Part::Group(0));
            }
            '\\' => match chars.next()? {
                digit @ '0'..='9' => {
                    flush(&mut plain, &mut parts);
                    parts.push(Part::Group(usize::try_from(digit.to_digit(10)?).ok()?));
                }
                other => plain.push(other),
            },
            other => plain.push(other),
        }
    }
    flush(&mut plain, &mut parts);
    Some(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_translate_as_sed_does() {
        for (rule, number, expected) in [
            ("/^9/ //", "95551234", Some("5551234")),
            ("/^9/ //", "5551234", None),
            (r"/^0\(.*\)/ /+49\1/", "0301234", Some("+49301234")),
            (r"/^\(..\)\(.*\)$/ /\2\1/", "12345", Some("34512")),
            ("/1../ /x&y/", "2100", Some("2x100y")),
            (r"/^\+1555/ /9/", "+15551234", Some("91234")),
            ("/^[2-4][^5]$/ /7/", "36", Some("7")),
            ("/^[2-4][^5]$/ /7/", "35", None),
            ("/^6+0*$/ /1/", "6600", Some("1")),
            ("//  /8/", "12", Some("812")),
            (r"/^2\(...$\)/ /01779345\1/", "2001", Some("01779345001")),
            (r"/\(^...\)853\(...\)/ /\1525\2/", "408853111", Some("408525111")),
            (r"/^9\(1..........$\)/ /\1/", "912125551234", Some("12125551234")),
            (r"/^\(0[12]..\)-\(...\)/ /\1\2/", "0120-872345", Some("0120872345")),
            (r"/^\(\(1\)2\)3/ /\2\1/", "1239", Some("1129")),
            ("/^[2,4-6]$/ /x/", ",", Some("x")),
            ("/^*1/ /9/", "*12", Some("92")),
            (r"/(1)|{2}/ /9/", "(1)|{2}", Some("9")),
        ] {
            let found = TranslationRule::parse(rule).unwrap().apply(number);
            assert_eq!(found, expected.map(|text| Some(text.to_owned())), "{rule} {number}");
        }
        assert_eq!(TranslationRule::parse("reject /^0900/").unwrap().apply("0900123"), Some(None));
        for wrong in ["", "/9/", "9 8", r"/\(/ //", "/[1/ //"] {
            assert_eq!(TranslationRule::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn targets_are_read_and_shown() {
        for text in
            ["ipv4:10.0.0.1", "ipv4:10.0.0.1:5070", "ipv6:[::1]:5060", "dns:sip.example.com", "sip-server"]
        {
            assert_eq!(SessionTarget::parse(text).unwrap().to_string(), text);
        }
        for wrong in ["10.0.0.1", "ipv4:300.1.1.1", "dns:", "enum:1"] {
            assert_eq!(SessionTarget::parse(wrong), None, "{wrong}");
        }
    }
}
