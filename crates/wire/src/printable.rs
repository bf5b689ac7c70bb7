//! Text of strangers on its way to a terminal.
//!
//! A name, a header or a key that somebody else chose may contain characters that a terminal obeys: escape sequences, line
//! ends that begin a line of the log, marks that turn the direction of writing. Everything that is printed or logged passes
//! here: [`printable`] where it is part of a line, [`printable_lines`] where it has lines of its own.
//!
//! ASCII control characters are shown as IOS shows them (`^[`, `^G`), the others by their number (`\u{9b}`, `\u{202e}`).

use std::borrow::Cow;
use std::fmt::Write;

/// The text without anything that a terminal obeys, on one line. Tabs stay.
pub fn printable(text: &str) -> Cow<'_, str> {
    escaped(text, |c| c != '\t' && is_obeyed(c))
}

/// The text without anything that a terminal obeys but line feeds and tabs.
pub fn printable_lines(text: &str) -> Cow<'_, str> {
    escaped(text, |c| !matches!(c, '\t' | '\n') && is_obeyed(c))
}

/// The text as [`printable`] has it, with at most so many of its bytes; `...` stands for the rest.
pub fn printable_start(text: &str, most: usize) -> Cow<'_, str> {
    if text.len() <= most {
        return printable(text);
    }
    let start = text.get(..text.floor_char_boundary(most)).unwrap_or_default();
    Cow::Owned(format!("{}...", printable(start)))
}

fn escaped(text: &str, is_escaped: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.contains(&is_escaped) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match u8::try_from(c) {
            _ if !is_escaped(c) => shown.push(c),
            Ok(control @ (0..0x20 | 0x7f)) => {
                shown.push('^');
                shown.push(char::from(control ^ 0x40));
            }
            // Writing to a string cannot fail.
            _ => drop(write!(shown, "\\u{{{:x}}}", u32::from(c))),
        }
    }
    Cow::Owned(shown)
}

/// Is this a character that changes how or where others are shown: a control character (C0, DEL, C1), a separator of lines,
/// a mark of direction, or one that is not seen?
fn is_obeyed(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{ad}'
                | '\u{61c}'
                | '\u{180e}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_obeys_is_shown_and_not_sent() {
        let cases = [
            ("Zoë 李 +1 (a)\t", "Zoë 李 +1 (a)\t"),
            ("\u{1b}[2J", "^[[2J"),
            ("a\r\nb", "a^M^Jb"),
            ("\u{7}\u{7f}\0", "^G^?^@"),
            ("\u{9b}31m\u{85}", "\\u{9b}31m\\u{85}"),
            (
                "\u{202e}gpj\u{2066}x\u{2069}\u{200f}\u{feff}",
                "\\u{202e}gpj\\u{2066}x\\u{2069}\\u{200f}\\u{feff}",
            ),
            ("\u{2028}", "\\u{2028}"),
        ];
        for (text, shown) in cases {
            assert_eq!(printable(text), shown);
        }
        assert_eq!(printable_start("Zoë\u{7}", 9), "Zoë^G");
        assert_eq!(printable_start("Zoë\u{7} and others", 3), "Zo...");
        assert_eq!(printable_lines("a\n\u{1b}b\r\n"), "a\n^[b^M\n");
    }

    #[test]
    fn every_control_and_bidirectional_character_is_caught() {
        let all = (0..=0x9f).chain(0x202a..=0x202e).chain(0x2066..=0x2069).filter_map(char::from_u32);
        for c in all.filter(|c| c.is_control() || *c > '\u{ff}') {
            let shown = printable(c.encode_utf8(&mut [0; 4])).into_owned();
            assert!(c == '\t' || !shown.contains(c) && shown.is_ascii(), "{c:?} {shown:?}");
        }
    }
}
