//! `show ... | include`, `exclude`, `begin` and `section`: parts of what a command prints.

use crate::config::table::{Word, words};

/// What is left of an output.
#[derive(Debug)]
pub(super) struct Filter<'a> {
    keep: Keep,
    pattern: Pattern<'a>,
}

#[derive(Clone, Copy, Debug)]
enum Keep {
    Begin,
    Exclude,
    Include,
    Section,
}

/// The keywords, with their help.
pub(super) const KEYWORDS: [(&str, &str); 4] = [
    ("begin", "From the first line that matches"),
    ("exclude", "Lines that do not match"),
    ("include", "Lines that match"),
    ("section", "Lines that match, with the deeper lines below them"),
];
const KEEPS: [Keep; 4] = [Keep::Begin, Keep::Exclude, Keep::Include, Keep::Section];

/// Why there is no filter in what follows the bar.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// It ends too early.
    Incomplete,
    /// No filter has a name that begins like this one, at this byte offset.
    Unknown(usize),
}

impl<'a> Filter<'a> {
    /// Reads what follows the bar: a keyword, which may be shortened, and the pattern.
    pub fn parse(text: &'a str) -> Result<Self, Failure> {
        let split = words(text);
        let [Word { text: name, offset }, first, ..] = split[..] else {
            return Err(split.first().filter(|word| !is_known(word)).map_or(Failure::Incomplete, unknown));
        };
        let keep = KEYWORDS.iter().zip(KEEPS).find(|((keyword, _), _)| begins(keyword, name));
        let (_, keep) = keep.ok_or(Failure::Unknown(offset))?;
        let pattern = text.get(first.offset..).unwrap_or_default().trim_end();
        Ok(Self { keep, pattern: Pattern(pattern) })
    }

    /// The lines of an output that are left.
    pub fn apply(&self, output: &str) -> String {
        let mut kept = String::new();
        let mut open = None;
        for line in output.split_inclusive('\n') {
            let matches = self.pattern.matches(line.trim_end());
            let indent = line.len() - line.trim_start().len();
            let keeps = match self.keep {
                Keep::Include => matches,
                Keep::Exclude => !matches,
                Keep::Begin => {
                    open = open.or(matches.then_some(0));
                    open.is_some()
                }
                Keep::Section => {
                    open = open.filter(|section| indent > *section).or(matches.then_some(indent));
                    open.is_some()
                }
            };
            if keeps {
                kept.push_str(line);
            }
        }
        kept
    }
}

fn begins(keyword: &str, name: &str) -> bool {
    keyword.starts_with(&name.to_ascii_lowercase())
}

fn is_known(word: &Word<'_>) -> bool {
    KEYWORDS.iter().any(|(keyword, _)| begins(keyword, word.text))
}

fn unknown(word: &Word<'_>) -> Failure {
    Failure::Unknown(word.offset)
}

/// Texts separated by `|`, of which one must be in a line; `^` and `$` tie one to the beginning and the end.
#[derive(Debug)]
struct Pattern<'a>(&'a str);

impl Pattern<'_> {
    fn matches(&self, line: &str) -> bool {
        self.0.split('|').any(|text| {
            let (start, text) = text.strip_prefix('^').map_or((false, text), |text| (true, text));
            let (end, text) = text.strip_suffix('$').map_or((false, text), |text| (true, text));
            match (start, end) {
                (true, true) => line == text,
                (true, false) => line.starts_with(text),
                (false, true) => line.ends_with(text),
                (false, false) => line.contains(text),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OUTPUT: &str = "ephone-dn  1\n number 201\n  deep\n!\nephone  2\n button 1:1\nend\n";

    #[test]
    fn filters_leave_what_they_say() {
        let cases = [
            ("include number", " number 201\n"),
            ("i ^ephone|1:1$", "ephone-dn  1\nephone  2\n button 1:1\n"),
            ("ex e", "!\n button 1:1\n"),
            ("beg ephone  2", "ephone  2\n button 1:1\nend\n"),
            ("s dn", "ephone-dn  1\n number 201\n  deep\n"),
            ("section number|ephone  2", " number 201\n  deep\nephone  2\n button 1:1\n"),
            ("INCLUDE ^end$", "end\n"),
            ("include nothing", ""),
        ];
        for (filter, left) in cases {
            assert_eq!(Filter::parse(filter).unwrap().apply(OUTPUT), left, "{filter}");
        }
    }

    #[test]
    fn what_is_no_filter_is_refused() {
        for (filter, failure) in [
            ("", Failure::Incomplete),
            (" inc ", Failure::Incomplete),
            (" redirect", Failure::Unknown(1)),
            ("  redirect flash:x", Failure::Unknown(2)),
        ] {
            assert_eq!(Filter::parse(filter).unwrap_err(), failure, "{filter}");
        }
    }
}
