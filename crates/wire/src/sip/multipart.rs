//! Bodies of several parts (RFC 2046, 5.1; in SIP: RFC 5621).

use super::parse::split_field;
use super::{ContentType, HeaderName};

/// One part of a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part<'a> {
    /// The value of its Content-Type, if it has one.
    content_type: Option<&'a str>,
    /// What is in it.
    pub body: &'a [u8],
}

impl<'a> Part<'a> {
    /// The parts of `body` between lines of `--boundary`, in order. What stands before the first and behind the last
    /// such line is no part; a part without an end reaches to that of the body.
    pub fn all(body: &'a [u8], boundary: &'a str) -> impl Iterator<Item = Part<'a>> + use<'a> {
        let first = next_delimiter(body, boundary).filter(|delimiter| !delimiter.last);
        let mut rest = first.map(|delimiter| delimiter.after);
        std::iter::from_fn(move || {
            let content = rest.take()?;
            let delimiter = next_delimiter(content, boundary);
            rest = delimiter.filter(|delimiter| !delimiter.last).map(|delimiter| delimiter.after);
            Some(Part::parse(delimiter.map_or(content, |delimiter| delimiter.before)))
        })
        // The closing delimiter has nothing behind it, nor has a body that ends with another one.
        .filter(|part| !part.body.is_empty())
    }

    fn parse(part: &'a [u8]) -> Part<'a> {
        let mut content_type = None;
        let mut rest = part;
        while let Some((line, after)) = next_line(rest) {
            rest = after;
            if line.is_empty() {
                break;
            }
            let Some((name, value)) = split_field(line) else { continue };
            if HeaderName::new(std::str::from_utf8(name).unwrap_or_default()) == HeaderName::CONTENT_TYPE {
                content_type = std::str::from_utf8(value).ok();
            }
        }
        Part { content_type, body: rest }
    }

    /// Its Content-Type; `None` if it has none that can be read.
    pub fn content_type(&self) -> Option<ContentType<'a>> {
        ContentType::parse(self.content_type?)
    }
}

/// A line that separates parts.
#[derive(Clone, Copy)]
struct Delimiter<'a> {
    /// What stands before it, without the line end that belongs to it.
    before: &'a [u8],
    /// What stands behind it.
    after: &'a [u8],
    /// It ends the last part.
    last: bool,
}

fn next_delimiter<'a>(content: &'a [u8], boundary: &str) -> Option<Delimiter<'a>> {
    let mut rest = content;
    while let Some((line, after)) = next_line(rest) {
        let delimiting = line.strip_prefix(b"--").and_then(|line| line.strip_prefix(boundary.as_bytes()));
        match delimiting.map(<[u8]>::trim_ascii_end) {
            Some(mark @ (b"" | b"--")) => {
                let before = content.get(..content.len() - rest.len()).unwrap_or_default();
                let before = before.strip_suffix(b"\n").unwrap_or(before);
                let before = before.strip_suffix(b"\r").unwrap_or(before);
                return Some(Delimiter { before, after, last: !mark.is_empty() });
            }
            _ => rest = after,
        }
    }
    None
}

/// The first line without its end, and what follows it; `None` when there is nothing.
fn next_line(text: &[u8]) -> Option<(&[u8], &[u8])> {
    if text.is_empty() {
        return None;
    }
    let end = memchr::memchr(b'\n', text).unwrap_or(text.len());
    let line = text.get(..end)?;
    Some((line.strip_suffix(b"\r").unwrap_or(line), text.get(end + 1..).unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(body: &str) -> Vec<(Option<&str>, &str)> {
        Part::all(body.as_bytes(), "b")
            .map(|part| {
                (part.content_type().map(|kind| kind.subtype), std::str::from_utf8(part.body).unwrap())
            })
            .collect()
    }

    #[test]
    fn parts_are_what_stands_between_the_delimiters() {
        for (body, expected) in [
            (
                "preamble\r\n--b\r\nContent-Type: text/x;a=1\r\n\r\n<x/>\r\n--b  \r\n\r\ny\r\n\r\n--b--\r\nepilogue",
                &[(Some("x"), "<x/>"), (None, "y\r\n")][..],
            ),
            (
                "--b\nContent-Disposition: signal\nc : a/b\n\none\n--bb\ntwo\n--b--",
                &[(Some("b"), "one\n--bb\ntwo")],
            ),
            ("--b\r\nc: a/b\r\n\r\nno end", &[(Some("b"), "no end")]),
            ("--b\r\n\r\na\r\n--b--\r\n--b\r\n\r\nc\r\n", &[(None, "a")]),
            ("--b\r\nno colon\r\n\r\na\r\n--b\r\n", &[(None, "a")]),
            ("--b--\r\nepilogue", &[]),
            ("no delimiter --b\r\n", &[]),
            ("", &[]),
        ] {
            assert_eq!(parts(body), expected, "{body:?}");
        }
    }
}
