//! Comma-separated elements and semicolon-separated parameters, aware of quotes and angle brackets.

use std::fmt;

/// Iterator over the comma-separated elements of one header value; blank elements are skipped.
///
/// A comma inside a quoted string or inside `<>` does not separate.
#[derive(Debug, Clone)]
pub struct Elements<'a> {
    rest: &'a str,
}

impl<'a> Elements<'a> {
    /// The elements of `value`.
    pub fn new(value: &'a str) -> Self {
        Self { rest: value }
    }
}

impl<'a> Iterator for Elements<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        while !self.rest.is_empty() {
            let (element, rest) = split_outside(self.rest, b',', true);
            self.rest = rest;
            let element = trim(element);
            if !element.is_empty() {
                return Some(element);
            }
        }
        None
    }
}

/// The `;name=value` parameters of a URI or header value.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Params<'a>(&'a str);

/// One parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Param<'a> {
    /// The name as written; compare without regard to case.
    pub name: &'a str,
    /// The value as written, the quotes of a quoted string removed; `None` for a bare name.
    pub value: Option<&'a str>,
}

impl<'a> Params<'a> {
    /// Parameters written as `a=1;b;c="x"`, with or without a semicolon in front.
    pub fn new(text: &'a str) -> Self {
        let text = trim(text);
        Self(trim(text.strip_prefix(';').unwrap_or(text)))
    }

    /// The parameters as written, without the first semicolon.
    pub fn as_str(&self) -> &'a str {
        self.0
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All parameters in order; empty ones (`;;`) are skipped.
    pub fn iter(&self) -> impl Iterator<Item = Param<'a>> + use<'a> {
        let mut rest = self.0;
        std::iter::from_fn(move || {
            while !rest.is_empty() {
                let (text, after) = split_outside(rest, b';', false);
                rest = after;
                let text = trim(text);
                if !text.is_empty() {
                    return Some(Param::parse(text));
                }
            }
            None
        })
    }

    /// The value of the first parameter called `name`; empty for a bare name.
    pub fn get(&self, name: &str) -> Option<&'a str> {
        let found = self.iter().find(|param| param.name.eq_ignore_ascii_case(name))?;
        Some(found.value.unwrap_or_default())
    }

    /// Whether a parameter called `name` is there, with or without a value.
    pub fn contains(&self, name: &str) -> bool {
        self.get(name).is_some()
    }
}

impl<'a> Param<'a> {
    fn parse(text: &'a str) -> Self {
        match text.split_once('=') {
            None => Self { name: text, value: None },
            Some((name, value)) => Self { name: trim(name), value: Some(unquote(trim(value))) },
        }
    }
}

impl fmt::Debug for Params<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// Removes blanks on both sides. Only SP and HT count: other white space is content.
pub(super) fn trim(text: &str) -> &str {
    let blank = |byte: Option<&u8>| matches!(byte, Some(b' ' | b'\t'));
    // Most texts have none, and looking at bytes is much cheaper than at characters.
    match text.as_bytes() {
        bytes if blank(bytes.first()) || blank(bytes.last()) => text.trim_matches([' ', '\t']),
        _ => text,
    }
}

/// Splits at the first `separator` outside quoted strings and, if `brackets`, outside `<>`.
/// An unclosed quote or bracket reaches to the end. The separator belongs to neither side.
pub(super) fn split_outside(text: &str, separator: u8, brackets: bool) -> (&str, &str) {
    let mut quoted = false;
    let mut bracketed = false;
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' if !bracketed => quoted = !quoted,
            _ if quoted => {}
            b'<' if brackets => bracketed = true,
            b'>' => bracketed = false,
            _ if byte == separator && !bracketed => return split_around(text, at),
            _ => {}
        }
    }
    (text, "")
}

/// The texts before and after the one-byte character at `at`.
pub(super) fn split_around(text: &str, at: usize) -> (&str, &str) {
    (text.get(..at).unwrap_or_default(), text.get(at + 1..).unwrap_or_default())
}

/// Removes one pair of surrounding quotes; escapes stay.
pub(super) fn unquote(text: &str) -> &str {
    text.strip_prefix('"').and_then(|inner| inner.strip_suffix('"')).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commas_split_outside_quotes_and_brackets() {
        for (value, expected) in [
            ("a, b ,c", &["a", "b", "c"][..]),
            (r#""A, B" <sip:a,b@c>, <sip:d>"#, &[r#""A, B" <sip:a,b@c>"#, "<sip:d>"]),
            (r#""a\",b", c"#, &[r#""a\",b""#, "c"]),
            (",, ,a,,", &["a"]),
            ("", &[]),
            (r#""open, quote"#, &[r#""open, quote"#]),
        ] {
            assert_eq!(Elements::new(value).collect::<Vec<_>>(), expected, "{value}");
        }
    }

    #[test]
    fn parameters_are_found_without_regard_to_case_and_emptiness() {
        let params = Params::new(r#";Tag = 1; ;lr;x="a;b";;"#);
        assert_eq!(params.get("tag"), Some("1"));
        assert_eq!(params.get("LR"), Some(""));
        assert_eq!(params.get("x"), Some("a;b"));
        assert_eq!(params.get("y"), None);
        assert_eq!(params.iter().count(), 3);
    }
}
