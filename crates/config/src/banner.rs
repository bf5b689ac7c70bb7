//! Texts of several lines in the middle of a configuration: banners and their like, which are kept word for word.

use smol_str::SmolStr;

use super::line::Line;
use super::matcher::{Form, Word};

/// The delimiter of a text that begins in this line and does not end in it.
pub(super) fn delimiter(line: &Line<'_>) -> Option<SmolStr> {
    if line.form != Form::Set {
        return None;
    }
    let is = |index, word: &str| line.word(index).text.eq_ignore_ascii_case(word);
    if is(0, "macro") && is(1, "name") {
        return Some("@".into());
    }
    let rest = match line.word(0).text.eq_ignore_ascii_case("banner") {
        true => text(line)?,
        false => line.raw.get(control_c_word(line)?.offset..)?,
    };
    let delimiter = match CONTROL_C.iter().find(|control| rest.starts_with(**control)) {
        Some(control) => control,
        None => rest.get(..rest.chars().next()?.len_utf8())?,
    };
    if rest.get(delimiter.len()..)?.contains(delimiter) { None } else { Some(delimiter.into()) }
}

/// Control-C, as IOS shows it and as it is.
const CONTROL_C: [&str; 2] = ["^C", "\u{3}"];

/// The word that begins the text of another command with one, such as `aaa authentication banner ^C`.
fn control_c_word<'a>(line: &Line<'a>) -> Option<Word<'a>> {
    const COMMANDS: [&str; 5] = ["aaa", "menu", "vacant-message", "refuse-message", "busy-message"];
    let begins = |word: &&Word<'_>| CONTROL_C.iter().any(|control| word.text.starts_with(control));
    COMMANDS.contains(&line.word(0).text).then(|| line.words.iter().find(begins).copied())?
}

/// What follows `banner` and its kind.
fn text<'a>(line: &Line<'a>) -> Option<&'a str> {
    const KINDS: [&str; 6] = ["motd", "login", "exec", "incoming", "prompt-timeout", "slip-ppp"];
    let kind = line.word(1);
    let lower = kind.text.to_ascii_lowercase();
    let named = lower.len() > 1 && KINDS.iter().any(|known| known.starts_with(&lower));
    line.raw.get(if named { kind.end() } else { kind.offset }..).map(str::trim_start)
}
