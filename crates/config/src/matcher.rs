//! Matching the words of a line against all commands of a mode at once.

use smallvec::{SmallVec, smallvec};
use smol_str::SmolStr;

use super::command::{CommandInfo, Status};
use super::syntax::{Kind, Pattern, Token, parse_number};

/// A word of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Word<'a> {
    /// The word.
    pub text: &'a str,
    /// Byte offset in the line.
    pub offset: usize,
}

impl Word<'_> {
    /// Byte offset behind the word.
    pub fn end(&self) -> usize {
        self.offset + self.text.len()
    }
}

/// Splits a line at blanks.
pub fn words(line: &str) -> SmallVec<[Word<'_>; 8]> {
    let mut words = SmallVec::new();
    let mut rest = line;
    let mut base = 0;
    loop {
        let trimmed = rest.trim_start();
        base += rest.len() - trimmed.len();
        if trimmed.is_empty() {
            return words;
        }
        let end = trimmed.find(char::is_whitespace).unwrap_or(trimmed.len());
        let (text, after) = trimmed.split_at(end);
        words.push(Word { text, offset: base });
        base += end;
        rest = after;
    }
}

/// How a command was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// As it is.
    Set,
    /// With `no`.
    No,
    /// With `default`.
    Default,
}

/// A command as the matcher sees it.
#[derive(Debug)]
pub struct Entry {
    /// Its entry in the table.
    pub info: &'static CommandInfo,
    /// Its compiled syntax.
    pub pattern: Pattern,
}

/// All commands of a mode, in table order, with an index of their first keywords.
#[derive(Debug, Default)]
pub struct CommandSet {
    /// In the order of the table.
    pub entries: Vec<Entry>,
    /// First keyword, entry, position; sorted.
    index: Vec<(&'static str, u16, u8)>,
}

/// What a line is in a mode.
#[derive(Debug)]
#[allow(
    clippy::large_enum_variant,
    reason = "one exists for each line read, on the stack; boxing would allocate"
)]
pub enum Outcome<'a> {
    /// A command.
    Match(Matched<'a>),
    /// The first word begins no command.
    Unknown,
    /// The first `words` words were understood, the next one was not.
    Invalid(Failure),
    /// The line ends too early.
    Incomplete(Failure),
    /// The word at this index is short for several keywords.
    Ambiguous(usize, Vec<&'static str>),
}

/// Where and why a line stopped making sense.
#[derive(Debug)]
pub struct Failure {
    /// Index of the word.
    pub word: usize,
    /// The command, if only one was left.
    pub entry: Option<usize>,
    /// What could have stood there.
    pub expected: Vec<Token>,
    /// The line could have ended there.
    pub may_end: bool,
    /// Every command that the line could have been up to there is one that is kept without effect; one of them.
    pub kept: Option<usize>,
}

impl Failure {
    /// The keywords that could have stood there.
    pub fn keywords(&self) -> impl Iterator<Item = &'static str> {
        self.expected.iter().filter_map(|token| match token {
            Token::Keyword(word, _) => Some(*word),
            Token::Argument(_) => None,
        })
    }

    /// How many bytes of the word could still have been the beginning of what was expected.
    pub fn right_part(&self, word: &str) -> usize {
        right_part(word, self.keywords())
    }

    /// Could a value have stood there?
    pub fn expects_value(&self) -> bool {
        self.expected.iter().any(|token| matches!(token, Token::Argument(_)))
    }
}

/// How many bytes of a word are the beginning of one of the keywords.
fn right_part(word: &str, keywords: impl Iterator<Item = &'static str>) -> usize {
    let common = |keyword: &str| {
        keyword.bytes().zip(word.bytes()).take_while(|(a, b)| a.eq_ignore_ascii_case(b)).count()
    };
    keywords.map(common).max().unwrap_or(0)
}

/// A line that is a command of the table.
#[derive(Debug)]
pub struct Matched<'a> {
    /// Index of the command in its mode's table.
    pub entry: usize,
    /// Plain, `no` or `default`.
    pub form: Form,
    /// Was a keyword shortened?
    pub abbreviated: bool,
    line: &'a str,
    pattern: &'a Pattern,
    path: SmallVec<[(u8, Word<'a>); 8]>,
}

impl<'a> Matched<'a> {
    /// Is the command switched on (neither `no` nor `default`)?
    pub fn is_set(&self) -> bool {
        self.form == Form::Set
    }

    /// Value of a switch whose default is `default`.
    pub fn switch(&self, default: bool) -> bool {
        match self.form {
            Form::Set => true,
            Form::No => false,
            Form::Default => default,
        }
    }

    /// Value of a switch that a template may set too: `None` when the object says nothing.
    pub fn optional_switch(&self) -> Option<bool> {
        match self.form {
            Form::Set => Some(true),
            Form::No => Some(false),
            Form::Default => None,
        }
    }

    /// Was this keyword given (by its first spelling or otherwise)?
    pub fn has(&self, keyword: &str) -> bool {
        self.path.iter().any(|(position, _)| {
            matches!(self.pattern.token(*position), Some(Token::Keyword(word, _)) if *word == keyword)
        })
    }

    /// Does the command have this keyword?
    pub fn offers(&self, keyword: &str) -> bool {
        let is = |token: &Token| matches!(token, Token::Keyword(word, _) if *word == keyword);
        self.pattern.tokens.iter().any(is)
    }

    /// The words given for an argument.
    pub fn words<'m>(&'m self, name: &'m str) -> impl Iterator<Item = Word<'a>> + 'm {
        self.path.iter().filter_map(move |(position, word)| match self.pattern.token(*position) {
            Some(Token::Argument(argument)) if argument.name == name => Some(*word),
            _ => None,
        })
    }

    /// The first word given for an argument.
    pub fn word(&self, name: &str) -> Option<Word<'a>> {
        self.words(name).next()
    }

    /// An argument as text: all its words as written in the line.
    pub fn text(&self, name: &str) -> Option<SmolStr> {
        let first = self.word(name)?;
        let last = self.words(name).last()?;
        self.line.get(first.offset..last.end()).map(SmolStr::new)
    }

    /// An argument as text, without quotation marks around it; `None` if nothing is left.
    pub fn unquoted(&self, name: &str) -> Option<SmolStr> {
        unquoted(&self.text(name)?)
    }

    /// An argument as a number.
    pub fn number(&self, name: &str) -> Option<u32> {
        parse_number(self.word(name)?.text)
    }

    /// An argument as a port.
    pub fn port(&self, name: &str) -> Option<u16> {
        self.number(name).and_then(|n| u16::try_from(n).ok())
    }

    /// An argument in its own type.
    pub fn value<V: std::str::FromStr>(&self, name: &str) -> Option<V> {
        self.word(name)?.text.parse().ok()
    }

    /// The words given for keywords, as they were written.
    pub fn keyword_words(&self) -> impl Iterator<Item = &'a str> {
        self.path.iter().filter_map(|(position, word)| {
            matches!(self.pattern.token(*position), Some(Token::Keyword(..))).then_some(word.text)
        })
    }

    /// The last word of the line.
    pub fn last_word(&self) -> Option<Word<'a>> {
        self.path.last().map(|(_, word)| *word)
    }

    /// Numbers that were accepted although they are outside their range: the word and the range.
    pub fn outside_soft_range(&self) -> impl Iterator<Item = (Word<'a>, &Kind)> {
        self.path.iter().filter_map(|(position, word)| match self.pattern.token(*position) {
            Some(Token::Argument(argument)) => {
                let number = parse_number(word.text)?;
                let outside = matches!(argument.kind, Kind::Number { soft: true, .. })
                    && !argument.kind.in_range(number);
                outside.then_some((*word, &argument.kind))
            }
            _ => None,
        })
    }
}

/// A name or label without quotation marks around it, which are no part of it; `None` if nothing is left.
pub fn unquoted(text: &str) -> Option<SmolStr> {
    let mut inner = text;
    while let Some(less) = inner.strip_prefix('"').and_then(|inner| inner.strip_suffix('"')) {
        inner = less.trim();
    }
    (!inner.is_empty()).then(|| SmolStr::new(inner))
}

/// How a word fits a token.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    Prefix,
    Value,
    Exact,
}

fn fit(token: &Token, word: &str) -> Option<Fit> {
    match token {
        Token::Argument(argument) => argument.kind.accepts(word).then_some(Fit::Value),
        Token::Keyword(keyword, other) => [Some(*keyword), *other]
            .into_iter()
            .flatten()
            .filter(|k| starts_with_ignoring_case(k, word))
            .map(|k| if k.len() == word.len() { Fit::Exact } else { Fit::Prefix })
            .max(),
    }
}

fn starts_with_ignoring_case(keyword: &str, word: &str) -> bool {
    keyword.as_bytes().get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word.as_bytes()))
}

/// A way to read the words so far.
#[derive(Clone)]
struct State {
    entry: u16,
    positions: SmallVec<[u8; 12]>,
    abbreviated: bool,
}

type States = SmallVec<[State; 4]>;

/// What came of reading one more word.
enum Step {
    States(States),
    Ambiguous(Vec<&'static str>),
    Nothing,
}

impl CommandSet {
    /// Compiles the commands of a mode.
    pub fn new(infos: impl Iterator<Item = &'static CommandInfo>) -> Self {
        let entries: Vec<Entry> =
            infos.map(|info| Entry { info, pattern: Pattern::compile(info.syntax) }).collect();
        let mut index = Vec::new();
        for (number, entry) in (0u16..).zip(&entries) {
            for position in &entry.pattern.first {
                if let Some(Token::Keyword(word, other)) = entry.pattern.token(*position) {
                    index.extend([Some(*word), *other].into_iter().flatten().map(|w| (w, number, *position)));
                }
            }
        }
        index.sort_unstable();
        Self { entries, index }
    }

    /// The entry at an index.
    pub fn entry(&self, index: usize) -> Option<&Entry> {
        self.entries.get(index)
    }

    /// The first keywords of all commands, sorted, once each.
    pub fn first_keywords(&self) -> Vec<&'static str> {
        let mut words: Vec<_> = self.index.iter().map(|(word, ..)| *word).collect();
        words.dedup();
        words
    }

    /// How many bytes of a word could still have been the beginning of a command.
    pub fn right_part(&self, word: &str) -> usize {
        right_part(word, self.index.iter().map(|(keyword, ..)| *keyword))
    }

    /// Does a command begin with this word, written in full?
    pub fn has_first_keyword(&self, word: &str) -> bool {
        self.index.binary_search_by_key(&word, |(keyword, ..)| keyword).is_ok()
    }

    /// Reads a line, `no` and `default` already taken off.
    pub fn read<'a>(&'a self, line: &'a str, words: &[Word<'a>], form: Form) -> Outcome<'a> {
        let mut states = States::new();
        let mut kept = None;
        for (index, word) in words.iter().enumerate() {
            let step = if index == 0 { self.begin(word.text) } else { self.advance(&states, word.text) };
            match step {
                Step::States(next) => {
                    kept = kept.or_else(|| self.kept_whole(&states));
                    states = next;
                }
                Step::Ambiguous(candidates) => return Outcome::Ambiguous(index, candidates),
                Step::Nothing if index == 0 => return Outcome::Unknown,
                Step::Nothing => return Outcome::Invalid(self.failure(index, &states)),
            }
        }
        if states.is_empty() {
            return Outcome::Unknown;
        }
        match self.finished(&states, form) {
            Some(state) => self.matched(line, words, form, state),
            // `session transport tcp` is not the beginning of `session transport tcp tls` where other forms of
            // `session transport` are kept.
            None => match (self.failure(words.len(), &states), kept) {
                (failure, Some(_)) => Outcome::Invalid(Failure { kept, may_end: true, ..failure }),
                (failure, None) => Outcome::Incomplete(failure),
            },
        }
    }

    /// A command that is kept without effect and whose keywords are complete.
    fn kept_whole(&self, states: &States) -> Option<usize> {
        let whole = |state: &&State| {
            let entry = self.entries.get(usize::from(state.entry));
            let last = state.positions.last();
            entry.zip(last).is_some_and(|(entry, last)| {
                entry.info.status == Status::Kept && entry.pattern.accepts_end(*last)
            })
        };
        states.iter().find(whole).map(|state| usize::from(state.entry))
    }

    /// What may follow these complete words; `None` when they match nothing.
    /// The flag tells whether the line may end there. Each token comes with its command.
    pub fn expected_after(&self, words: &[Word<'_>]) -> Option<(Vec<(Token, &Entry)>, bool)> {
        let mut states = States::new();
        for (index, word) in words.iter().enumerate() {
            let step = if index == 0 { self.begin(word.text) } else { self.advance(&states, word.text) };
            let Step::States(next) = step else { return None };
            states = next;
        }
        if words.is_empty() {
            let all = self.entries.iter();
            let first = all.flat_map(|e| {
                e.pattern.first.iter().filter_map(move |p| Some((e.pattern.token(*p)?.clone(), e)))
            });
            return Some((first.collect(), false));
        }
        let mut tokens = Vec::new();
        for (entry, position) in self.edges(&states) {
            if let Some(token) = entry.pattern.token(position) {
                tokens.push((token.clone(), entry));
            }
        }
        Some((tokens, self.finished(&states, Form::Set).is_some()))
    }

    fn begin(&self, word: &str) -> Step {
        let lower = word.to_ascii_lowercase();
        let start = self.index.partition_point(|(keyword, ..)| *keyword < lower.as_str());
        let hits = self.index.get(start..).unwrap_or_default();
        let hits: SmallVec<[&(&'static str, u16, u8); 8]> =
            hits.iter().take_while(|(keyword, ..)| keyword.starts_with(&lower)).collect();
        let exact = hits.first().is_some_and(|(keyword, ..)| keyword.len() == word.len());
        let mut states = States::new();
        let mut names: SmallVec<[&'static str; 8]> = SmallVec::new();
        for (keyword, entry, position) in hits {
            if exact && keyword.len() != word.len() {
                break;
            }
            if !names.contains(keyword) {
                names.push(keyword);
            }
            states.push(State { entry: *entry, positions: smallvec![*position], abbreviated: !exact });
        }
        match names.len() {
            0 => Step::Nothing,
            1 => Step::States(states),
            _ => Step::Ambiguous(names.into_vec()),
        }
    }

    fn advance(&self, states: &States, word: &str) -> Step {
        let mut next = States::new();
        let mut best = Fit::Prefix;
        let mut names: SmallVec<[&'static str; 4]> = SmallVec::new();
        for state in states {
            let Some(entry) = self.entries.get(usize::from(state.entry)) else { continue };
            let Some(last) = state.positions.last() else { continue };
            for position in entry.pattern.followers(*last) {
                let Some(token) = entry.pattern.token(*position) else { continue };
                let Some(fit) = fit(token, word) else { continue };
                if fit < best {
                    continue;
                }
                if fit > best {
                    best = fit;
                    next.clear();
                    names.clear();
                }
                if let Token::Keyword(keyword, _) = token
                    && !names.contains(keyword)
                {
                    names.push(keyword);
                }
                let mut state = state.clone();
                state.positions.push(*position);
                state.abbreviated |= fit == Fit::Prefix;
                next.push(state);
            }
        }
        match (next.is_empty(), names.len()) {
            (true, _) => Step::Nothing,
            (false, 0 | 1) => Step::States(next),
            _ => Step::Ambiguous(names.into_vec()),
        }
    }

    /// The state a line may end in. A `no` may leave out the rest of its command.
    fn finished<'s>(&self, states: &'s States, form: Form) -> Option<&'s State> {
        let ends = |state: &&State| {
            let pattern = self.entries.get(usize::from(state.entry)).map(|e| &e.pattern);
            pattern.zip(state.positions.last()).is_some_and(|(p, last)| p.accepts_end(*last))
        };
        let complete = states.iter().find(ends);
        if form == Form::Set || complete.is_some() {
            return complete;
        }
        let first = states.first()?;
        states.iter().all(|s| s.entry == first.entry).then_some(first)
    }

    fn matched<'a>(&'a self, line: &'a str, words: &[Word<'a>], form: Form, state: &State) -> Outcome<'a> {
        let Some(entry) = self.entries.get(usize::from(state.entry)) else { return Outcome::Unknown };
        Outcome::Match(Matched {
            entry: usize::from(state.entry),
            form,
            abbreviated: state.abbreviated,
            line,
            pattern: &entry.pattern,
            path: state.positions.iter().copied().zip(words.iter().copied()).collect(),
        })
    }

    fn failure(&self, word: usize, states: &States) -> Failure {
        // Commands that are merely kept do not make it doubtful which one is meant.
        let acts =
            |entry: &u16| self.entry(usize::from(*entry)).is_none_or(|e| e.info.status != Status::Kept);
        let mut entries: SmallVec<[u16; 4]> = states.iter().map(|s| s.entry).collect();
        let kept = entries.first().filter(|_| !entries.iter().any(acts)).copied().map(usize::from);
        if kept.is_none() {
            entries.retain(|entry| acts(entry));
        }
        let first = entries.first().copied();
        let alone = first.filter(|entry| entries.iter().all(|other| other == entry)).map(usize::from);
        let mut expected: Vec<Token> = Vec::new();
        for (entry, position) in self.edges(states) {
            if let Some(token) = entry.pattern.token(position) {
                expected.push(token.clone());
            }
        }
        Failure { word, entry: alone, expected, may_end: self.finished(states, Form::Set).is_some(), kept }
    }

    /// The positions that may come next, with their commands.
    fn edges(&self, states: &States) -> Vec<(&Entry, u8)> {
        let mut edges = Vec::new();
        for state in states {
            let entry = self.entries.get(usize::from(state.entry));
            if let Some((entry, last)) = entry.zip(state.positions.last()) {
                edges.extend(entry.pattern.followers(*last).iter().map(|position| (entry, *position)));
            }
        }
        edges
    }
}
