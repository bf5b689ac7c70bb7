//! `show ... | include`, `exclude`, `begin`, `section` and `count`: parts of what a command prints; `redirect`, `append` and
//! `tee`: it goes to a file in `flash:`.
//!
//! What follows the keyword is a regular expression, as in IOS, to the end of the line. An underscore stands for the beginning or
//! the end of the line, a blank, a comma, a brace or a parenthesis; here also for itself.

use std::borrow::Cow;

use regex_lite::{Regex, RegexBuilder};

use super::{Done, Written};

use crate::config::table::{Word, words};

/// Largest compiled expression, in bytes. An operator's line is at most a kilobyte, but `(a{999}){999}` is as large.
const MAX_COMPILED: usize = 256 * 1024;

/// What is left of an output.
#[derive(Debug)]
pub(super) enum Filter {
    /// These lines are left.
    Lines(Keep, Regex),
    /// All goes to the file.
    File { file: String, append: bool, shown: bool },
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Keep {
    Begin,
    Count,
    Exclude,
    Include,
    Section,
    /// `section exclude`
    OtherSections,
}

/// The keywords, with their help.
pub(super) const KEYWORDS: [(&str, &str); 8] = [
    ("append", "Add the output to a file in flash:"),
    ("begin", "From the first line that matches"),
    ("count", "How many lines match"),
    ("exclude", "Lines that do not match"),
    ("include", "Lines that match"),
    ("redirect", "Write the output to a file in flash: instead of showing it"),
    ("section", "Lines that match, with the deeper lines below them"),
    ("tee", "Write the output to a file in flash: and show it"),
];
const KEEPS: [Option<Keep>; 8] = [
    None,
    Some(Keep::Begin),
    Some(Keep::Count),
    Some(Keep::Exclude),
    Some(Keep::Include),
    None,
    Some(Keep::Section),
    None,
];

/// Most bytes that go to a file.
const MAX_WRITTEN: usize = 16 << 20;

/// Why there is no filter in what follows the bar.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// It ends too early.
    Incomplete,
    /// No filter has a name that begins like this one, at this byte offset.
    Unknown(usize),
    /// The regular expression is none, for this reason.
    Pattern(String),
}

impl Filter {
    /// Reads what follows the bar: a keyword, which may be shortened, and the regular expression.
    pub fn parse(text: &str) -> Result<Self, Failure> {
        let split = words(text);
        let [Word { text: name, offset }, first, ..] = split[..] else {
            return Err(split.first().filter(|word| !is_known(word)).map_or(Failure::Incomplete, unknown));
        };
        let keep = KEYWORDS.iter().zip(KEEPS).find(|((keyword, _), _)| begins(keyword, name));
        let ((keyword, _), keep) = keep.ok_or(Failure::Unknown(offset))?;
        let Some(keep) = keep else { return Self::file(keyword, &split) };
        let (keep, from) = match split.get(2) {
            Some(next) if keep == Keep::Section && is_spelled(first.text, "include") => (keep, next.offset),
            Some(next) if keep == Keep::Section && is_spelled(first.text, "exclude") => {
                (Keep::OtherSections, next.offset)
            }
            _ => (keep, first.offset),
        };
        let pattern = text.get(from..).unwrap_or_default().trim_end();
        Ok(Self::Lines(keep, compiled(pattern)?))
    }

    /// `redirect FILE`, `append FILE`, `tee [/append] FILE`.
    fn file(keyword: &str, split: &[Word<'_>]) -> Result<Self, Failure> {
        let appends =
            keyword == "tee" && split.get(1).is_some_and(|word| word.text.eq_ignore_ascii_case("/append"));
        let place = if appends { 2 } else { 1 };
        let file = split.get(place).ok_or(Failure::Incomplete)?;
        if let Some(more) = split.get(place + 1) {
            return Err(Failure::Unknown(more.offset));
        }
        let append = appends || keyword == "append";
        Ok(Self::File { file: file.text.to_owned(), append, shown: keyword == "tee" })
    }

    /// What becomes of an output.
    pub fn done(self, output: String) -> Done {
        match self {
            Filter::Lines(keep, pattern) => Done::Printed(keep.apply(&pattern, &output)),
            Filter::File { .. } if output.len() > MAX_WRITTEN => {
                Done::Failed(format!("% The output is longer than {MAX_WRITTEN} bytes\n"))
            }
            Filter::File { file, append, shown } => {
                Done::Write(Written { file, text: output, append, shown })
            }
        }
    }
}

impl Keep {
    /// The lines of an output that are left, or their number.
    fn apply(self, pattern: &Regex, output: &str) -> String {
        let mut kept = String::new();
        let mut count = 0usize;
        let mut open = None;
        for line in output.split_inclusive('\n') {
            let matches = pattern.is_match(line.trim_end());
            count += usize::from(matches);
            let indent = line.len() - line.trim_start().len();
            let keeps = match self {
                Keep::Count => false,
                Keep::Include => matches,
                Keep::Exclude => !matches,
                Keep::Begin => {
                    open = open.or(matches.then_some(0));
                    open.is_some()
                }
                Keep::Section | Keep::OtherSections => {
                    open = open.filter(|section| indent > *section).or(matches.then_some(indent));
                    open.is_some() == (self == Keep::Section)
                }
            };
            if keeps {
                kept.push_str(line);
            }
        }
        if self == Keep::Count { format!("Number of lines which match regexp = {count}\n") } else { kept }
    }
}

fn compiled(pattern: &str) -> Result<Regex, Failure> {
    let translated =
        if pattern.contains('_') { Cow::Owned(with_delimiters(pattern)) } else { pattern.into() };
    let built = RegexBuilder::new(&translated).size_limit(MAX_COMPILED).build();
    built.map_err(|error| Failure::Pattern(error.to_string()))
}

/// The expression with what an underscore stands for in IOS.
fn with_delimiters(pattern: &str) -> String {
    const DELIMITER: &str = "(?:^|$|[ ,{}()_])";
    let mut translated = String::with_capacity(pattern.len() + 32);
    let (mut escaped, mut in_class) = (false, false);
    for c in pattern.chars() {
        match c {
            '_' if !escaped && !in_class => translated.push_str(DELIMITER),
            // An underscore needs no escape.
            '_' if escaped => {
                translated.pop();
                translated.push('_');
            }
            _ => translated.push(c),
        }
        in_class = !escaped && (c == '[' || in_class && c != ']');
        escaped = c == '\\' && !escaped;
    }
    translated
}

fn begins(keyword: &str, name: &str) -> bool {
    keyword.starts_with(&name.to_ascii_lowercase())
}

/// Is this the keyword, shortened to at least three letters? A shorter word is taken for the expression.
fn is_spelled(word: &str, keyword: &str) -> bool {
    word.len() >= 3 && begins(keyword, word)
}

fn is_known(word: &Word<'_>) -> bool {
    KEYWORDS.iter().any(|(keyword, _)| begins(keyword, word.text))
}

fn unknown(word: &Word<'_>) -> Failure {
    Failure::Unknown(word.offset)
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
            ("include (201|button)", " number 201\n button 1:1\n"),
            ("include [12]$", "ephone-dn  1\n number 201\nephone  2\n button 1:1\n"),
            ("include n.*1", "ephone-dn  1\n number 201\n button 1:1\n"),
            ("include ^ (n|b)", " number 201\n button 1:1\n"),
            ("include _2_", "ephone  2\n"),
            ("include _number_", " number 201\n"),
            ("exclude ^ |!", "ephone-dn  1\nephone  2\nend\n"),
            ("section include ephone-dn", "ephone-dn  1\n number 201\n  deep\n"),
            ("section exclude ephone", "!\nend\n"),
            ("begin ^ephone +2", "ephone  2\n button 1:1\nend\n"),
            ("count ^ephone", "Number of lines which match regexp = 2\n"),
            ("c 20[0-9]", "Number of lines which match regexp = 1\n"),
        ];
        for (filter, left) in cases {
            let done = Filter::parse(filter).unwrap().done(OUTPUT.to_owned());
            assert_eq!(done, Done::Printed(left.to_owned()), "{filter}");
        }
    }

    #[test]
    fn an_output_goes_to_a_file() {
        for (filter, append, shown) in [
            (" redirect flash:x.txt", false, false),
            ("red flash:x.txt", false, false),
            ("append flash:x.txt", true, false),
            ("tee flash:x.txt", false, true),
            ("tee /append flash:x.txt", true, true),
        ] {
            let (file, text) = ("flash:x.txt".to_owned(), OUTPUT.to_owned());
            let written = Done::Write(Written { file, text: text.clone(), append, shown });
            assert_eq!(Filter::parse(filter).unwrap().done(text), written, "{filter}");
        }
    }

    #[test]
    fn what_is_no_filter_is_refused() {
        for (filter, failure) in [
            ("", Failure::Incomplete),
            (" inc ", Failure::Incomplete),
            (" redirect", Failure::Incomplete),
            (" tee /append", Failure::Incomplete),
            ("  redirect flash:x y", Failure::Unknown(19)),
            ("  format flash:x", Failure::Unknown(2)),
        ] {
            assert_eq!(Filter::parse(filter).unwrap_err(), failure, "{filter}");
        }
        for filter in ["include (", "include [", "include *x", "include (a{999}){999}"] {
            assert!(matches!(Filter::parse(filter), Err(Failure::Pattern(_))), "{filter}");
        }
    }
}
