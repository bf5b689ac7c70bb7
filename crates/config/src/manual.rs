//! Help from the table: `?`, completion, and the reference manual.

use super::command::{CommandInfo, Status};
use super::matcher::{CommandSet, Entry, words};
use super::mode::Mode;
use super::position::Position;
use super::registry::commands;
use super::syntax::Token;
use super::wording::keywords;

/// A word that is accepted at some place, with its help: a line of the output of `?`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The keyword, or what kind of value, as IOS writes it: `<1-100>`, `WORD`, `LINE`, `A.B.C.D`, `<cr>`.
    pub word: String,
    /// One line of help.
    pub help: &'static str,
    /// Is `word` a keyword, to be typed literally?
    pub is_keyword: bool,
}

/// A command, as a reference manual shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrammarEntry {
    /// The mode it is given in.
    pub mode: Mode,
    /// Its syntax in the manual's notation: `max-redirect VALUE`, `[ ]` optional, `{ | }` one of.
    pub syntax: String,
    /// One line of help.
    pub help: &'static str,
    /// Value when absent.
    pub default: &'static str,
    /// Its arguments.
    pub arguments: Vec<ArgumentEntry>,
    /// In effect or not.
    pub status: Status,
    /// The mode it enters.
    pub enters: Option<Mode>,
}

/// An argument of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArgumentEntry {
    /// Name, as in [`GrammarEntry::syntax`] but in lower case.
    pub name: &'static str,
    /// What is accepted there, in words.
    pub kind: String,
    /// The permitted range, if it is limited.
    pub range: String,
    /// One line of help, perhaps empty.
    pub help: &'static str,
}

/// All commands of all modes, in the order of the table.
pub fn grammar() -> Vec<GrammarEntry> {
    let of_mode = |mode| commands(mode).entries.iter().map(move |entry| grammar_entry(mode, entry));
    Mode::ALL.into_iter().flat_map(of_mode).collect()
}

fn grammar_entry(mode: Mode, entry: &Entry) -> GrammarEntry {
    let info = entry.info;
    let mut arguments: Vec<ArgumentEntry> = Vec::new();
    for token in &entry.pattern.tokens {
        if let Token::Argument(argument) = token
            && arguments.iter().all(|known| known.name != argument.name)
        {
            let help = word_help(info, argument.name).unwrap_or_default();
            let (kind, range) = (argument.kind.describe(), argument.kind.range());
            arguments.push(ArgumentEntry { name: argument.name, kind, range, help });
        }
    }
    let syntax = readable(info.syntax);
    let CommandInfo { help, default, status, enters, .. } = *info;
    GrammarEntry { mode, syntax, help, default, arguments, status, enters }
}

/// Arguments as names in capitals, second spellings left out.
fn readable(syntax: &str) -> String {
    let mut text = String::with_capacity(syntax.len());
    let mut rest = syntax;
    while let Some(at) = rest.find(['<', '=']) {
        let (before, from) = rest.split_at(at);
        text.push_str(before);
        let end = if from.starts_with('<') {
            from.find('>').map(|e| e + 1)
        } else {
            from.find([' ', ']', '}', '|'])
        };
        let (token, after) = from.split_at(end.unwrap_or(from.len()));
        if let Some(argument) = token.strip_prefix('<') {
            let name = argument.split([':', '>']).next().unwrap_or_default();
            text.push_str(&name.to_uppercase());
        }
        rest = after;
    }
    text.push_str(rest);
    text
}

/// What is accepted where `partial_line` ends: the output of `?`. The word under the cursor narrows the keywords;
/// after a blank all words are listed. Misspellings that are merely tolerated are not listed.
pub fn help(mode: Mode, partial_line: &str) -> Vec<Candidate> {
    help_in(commands(mode), partial_line)
}

/// [`help`] at the position of a session: the commands of its mode and, at the beginning of a line, those of every mode.
pub fn help_at(position: &Position, partial_line: &str) -> Vec<Candidate> {
    let mut candidates = match position.is_kept_mode() {
        true => Vec::new(),
        false => help(position.mode(), partial_line),
    };
    let partial = partial_line.trim_start().to_ascii_lowercase();
    if !partial.contains(char::is_whitespace) {
        let of_every_mode = EVERYWHERE.iter().filter(|(word, _)| word.starts_with(&partial));
        candidates.extend(of_every_mode.map(|(word, help)| Candidate {
            word: (*word).into(),
            help,
            is_keyword: true,
        }));
        candidates.sort_by(|a, b| a.word.cmp(&b.word));
    }
    candidates
}

/// What can be typed in every configuration mode.
const EVERYWHERE: [(&str, &str); 5] = [
    ("default", "Set a command to its default"),
    ("do", "Run an exec command"),
    ("end", "Leave configuration"),
    ("exit", "Leave this mode"),
    ("no", "Negate a command, or remove something"),
];

/// [`help`] for a set of commands that belongs to no configuration mode.
pub fn help_in(commands: &CommandSet, partial_line: &str) -> Vec<Candidate> {
    let mut words = words(partial_line);
    let partial = if partial_line.ends_with(char::is_whitespace) { None } else { words.pop() };
    let partial = partial.map(|word| word.text.to_ascii_lowercase()).unwrap_or_default();
    let negated = words.first().is_some_and(|word| matches!(word.text, "no" | "default"));
    if negated {
        words.remove(0);
    }
    let Some((tokens, may_end)) = commands.expected_after(&words) else { return Vec::new() };
    let mut candidates: Vec<Candidate> = Vec::new();
    for (token, entry) in &tokens {
        if matches!(entry.info.status, Status::Misspelled(_)) {
            continue;
        }
        let candidate = candidate(token, entry.info, words.is_empty());
        let fits = if candidate.is_keyword { candidate.word.starts_with(&partial) } else { true };
        if fits && candidates.iter().all(|known| known.word != candidate.word) {
            candidates.push(candidate);
        }
    }
    candidates.sort_by(|a, b| a.word.cmp(&b.word));
    if may_end && partial.is_empty() {
        candidates.push(Candidate { word: "<cr>".into(), help: "", is_keyword: false });
    }
    candidates
}

/// The keywords `partial_line` could go on with, for the Tab key: whole words, in alphabetical order.
pub fn complete(mode: Mode, partial_line: &str) -> Vec<String> {
    help(mode, partial_line).into_iter().filter(|c| c.is_keyword).map(|c| c.word).collect()
}

fn candidate(token: &Token, info: &'static CommandInfo, first: bool) -> Candidate {
    match token {
        Token::Keyword(word, _) => {
            // The first word of several commands ("cti", "timeouts") has the help of one of them only if it is all of it.
            let whole = keywords(info.syntax).split(' ').next_back() == Some(word);
            let own = if whole || first { info.help } else { "" };
            Candidate { word: (*word).into(), help: word_help(info, word).unwrap_or(own), is_keyword: true }
        }
        Token::Argument(argument) => Candidate {
            word: argument.kind.placeholder(),
            help: word_help(info, argument.name).unwrap_or(info.help),
            is_keyword: false,
        },
    }
}

fn word_help(info: &CommandInfo, word: &str) -> Option<&'static str> {
    info.words.iter().find(|(known, _)| *known == word).map(|(_, help)| *help)
}
