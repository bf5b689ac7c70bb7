//! Values of trunks: session targets, translation rules and patterns of numbers.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TranslationRule {
    text: SmolStr,
    pattern: Vec<Piece>,
    anchored: bool,
    ends: bool,
    /// `None`: the call is refused.
    replacement: Option<Vec<Part>>,
}

/// A piece of a pattern: a set of characters, so often.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Set { characters: Characters, least: usize, most: usize },
    Open,
    Close,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Characters {
    Any,
    One(char),
    Of(Vec<(char, char)>, bool),
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(SmolStr),
    Group(usize),
    Whole,
}

/// Groups of a pattern.
const MAX_GROUPS: usize = 9;

/// Pieces of a pattern, so that matching takes a bounded time.
const MAX_PIECES: usize = 64;

impl Characters {
    fn fits(&self, char: char) -> bool {
        match self {
            Characters::Any => true,
            Characters::One(one) => *one == char,
            Characters::Of(ranges, except) => {
                ranges.iter().any(|(first, last)| (*first..=*last).contains(&char)) != *except
            }
        }
    }
}

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
        let (inner, anchored) = match pattern.strip_prefix('^') {
            Some(inner) => (inner, true),
            None => (pattern, false),
        };
        let (inner, ends) = match inner.strip_suffix('$') {
            Some(inner) => (inner, true),
            None => (inner, false),
        };
        let pattern = parse_pattern(inner)?;
        Some(TranslationRule { text: text.trim().into(), pattern, anchored, ends, replacement })
    }

    /// The number after the rule, `Some(None)` if the call is to be refused; `None` if the rule does not match.
    pub fn apply(&self, number: &str) -> Option<Option<String>> {
        let characters: Vec<char> = number.chars().collect();
        let starts = if self.anchored { 0..=0 } else { 0..=characters.len() };
        for start in starts {
            let mut groups = [None; MAX_GROUPS];
            let Some(end) = self.fits(0, start, &characters, &mut groups, 0) else { continue };
            let Some(replacement) = &self.replacement else { return Some(None) };
            let text = |from: usize, to: usize| characters.get(from..to).unwrap_or_default().iter();
            let mut result: String = text(0, start).collect();
            for part in replacement {
                match part {
                    Part::Text(plain) => result.push_str(plain),
                    Part::Whole => result.extend(text(start, end)),
                    Part::Group(index) => {
                        if let Some((from, to)) = groups.get(*index).copied().flatten() {
                            result.extend(text(from, to));
                        }
                    }
                }
            }
            result.extend(text(end, characters.len()));
            return Some(Some(result));
        }
        None
    }

    /// Where the match ends that begins with the piece at `index` and the character at `at`.
    fn fits(
        &self,
        index: usize,
        at: usize,
        characters: &[char],
        groups: &mut [Option<(usize, usize)>; MAX_GROUPS],
        opened: usize,
    ) -> Option<usize> {
        let Some(piece) = self.pattern.get(index) else {
            return (!self.ends || at == characters.len()).then_some(at);
        };
        match piece {
            Piece::Open => {
                let before = groups.get(opened).copied().flatten();
                if let Some(group) = groups.get_mut(opened) {
                    *group = Some((at, at));
                }
                let end = self.fits(index + 1, at, characters, groups, opened + 1);
                if end.is_none()
                    && let Some(group) = groups.get_mut(opened)
                {
                    *group = before;
                }
                end
            }
            Piece::Close => {
                let mut last = opened;
                while let Some(before) = last.checked_sub(1) {
                    last = before;
                    let is_open = groups.get(last).copied().flatten().is_some_and(|(from, to)| from == to);
                    if is_open || last == 0 {
                        break;
                    }
                }
                if let Some(Some((_, to))) = groups.get_mut(last) {
                    *to = at;
                }
                self.fits(index + 1, at, characters, groups, opened)
            }
            Piece::Set { characters: set, least, most } => {
                let rest = characters.get(at..).unwrap_or_default();
                let longest = rest.iter().take(*most).take_while(|char| set.fits(**char)).count();
                let mut count = longest;
                loop {
                    if count < *least {
                        return None;
                    }
                    let saved = *groups;
                    if let Some(end) = self.fits(index + 1, at + count, characters, groups, opened) {
                        return Some(end);
                    }
                    *groups = saved;
                    count = count.checked_sub(1)?;
                }
            }
        }
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

fn parse_pattern(text: &str) -> Option<Vec<Piece>> {
    let mut pieces = Vec::new();
    let mut open = 0usize;
    let mut chars = text.chars().peekable();
    while let Some(char) = chars.next() {
        let characters = match char {
            '\\' => match chars.next()? {
                '(' => {
                    open += 1;
                    pieces.push(Piece::Open);
                    continue;
                }
                ')' => {
                    open = open.checked_sub(1)?;
                    pieces.push(Piece::Close);
                    continue;
                }
                other => Characters::One(other),
            },
            '.' => Characters::Any,
            '[' => {
                let except = chars.next_if_eq(&'^').is_some();
                let mut ranges = Vec::new();
                loop {
                    let first = chars.next()?;
                    if first == ']' {
                        break;
                    }
                    let last = match chars.next_if_eq(&'-') {
                        Some(_) => chars.next()?,
                        None => first,
                    };
                    ranges.push((first, last));
                }
                Characters::Of(ranges, except)
            }
            other => Characters::One(other),
        };
        let (least, most) = match chars.peek() {
            Some('*') => (0, usize::MAX),
            Some('+') => (1, usize::MAX),
            Some('?') => (0, 1),
            _ => (1, 1),
        };
        if (least, most) != (1, 1) {
            chars.next();
        }
        pieces.push(Piece::Set { characters, least, most });
        if pieces.len() > MAX_PIECES {
            return None;
        }
    }
    let groups = pieces.iter().filter(|piece| **piece == Piece::Open).count();
    (open == 0 && groups <= MAX_GROUPS).then_some(pieces)
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
                parts.push(Part::Whole);
            }
            '\\' => match chars.next()? {
                digit @ '0'..='9' => {
                    flush(&mut plain, &mut parts);
                    let index = digit.to_digit(10).and_then(|digit| usize::try_from(digit).ok())?;
                    parts.push(index.checked_sub(1).map_or(Part::Whole, Part::Group));
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
