//! The notation in which the command table writes the syntax of a command, and its compiled form.
//!
//! | notation | meaning |
//! |---|---|
//! | `word` | keyword; may be shortened to a unique prefix |
//! | `word=other` | keyword with a second spelling that is accepted but never printed |
//! | `[ ... ]` | optional |
//! | `{ a \| b }`, `[ a \| b ]` | one of |
//! | `item...` | once or more |
//! | `<name:1-100>` | number in a range; ranges are separated by commas |
//! | `<name:1-100~>` | the same, but a number outside is accepted with a warning |
//! | `<name:ip>`, `<name:mac>`, `<name:time>`, `<name:button>` | address, MAC address, time of day, button |
//! | `<name:dial..16>` | number to dial, at most 16 characters |
//! | `<name:word..30>` | one word; `<name:line..30>` the rest of the line |
//!
//! A syntax compiles into the positions of its words and, for each position, which may follow
//! (Glushkov's automaton). Matching a line is then one pass over its words, for all commands of a mode at once.

use std::net::IpAddr;

use super::values::{ClockTime, MacAddress};

/// One word of a syntax.
#[derive(Clone, Debug)]
pub enum Token {
    /// A keyword and its second spelling.
    Keyword(&'static str, Option<&'static str>),
    /// A value.
    Argument(Argument),
}

/// A value in a syntax.
#[derive(Clone, Debug)]
pub struct Argument {
    /// Name, unique within the command.
    pub name: &'static str,
    /// What is accepted there.
    pub kind: Kind,
}

/// What is accepted as an argument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A number in one of the ranges; outside them it is an error, or a warning when `soft`.
    Number {
        /// First and last number of each range.
        ranges: Vec<(u32, u32)>,
        /// A number outside is accepted with a warning.
        soft: bool,
    },
    /// IPv4 or IPv6 address.
    Ip,
    /// MAC address.
    Mac,
    /// Time of day.
    Time,
    /// Button; checked in detail by its command.
    Button,
    /// Characters of a dial string.
    Dial {
        /// Most characters.
        max: usize,
    },
    /// One word.
    Word {
        /// Most characters.
        max: usize,
    },
    /// The rest of the line.
    Line {
        /// Most characters.
        max: usize,
    },
}

impl Kind {
    fn parse(text: &'static str) -> Kind {
        let (name, max) = match text.split_once("..") {
            Some((name, max)) => (name, max.parse().unwrap_or(usize::MAX)),
            None => (text, usize::MAX),
        };
        match name {
            "ip" => Kind::Ip,
            "mac" => Kind::Mac,
            "time" => Kind::Time,
            "button" => Kind::Button,
            "dial" => Kind::Dial { max },
            "word" => Kind::Word { max },
            "line" => Kind::Line { max },
            ranges => Kind::Number {
                ranges: ranges.trim_end_matches('~').split(',').filter_map(parse_range).collect(),
                soft: ranges.ends_with('~'),
            },
        }
    }

    /// Is the word a value of this kind? Ranges and lengths included, unless `soft`.
    pub fn accepts(&self, word: &str) -> bool {
        match self {
            Kind::Number { soft, .. } => parse_number(word).is_some_and(|n| *soft || self.in_range(n)),
            Kind::Ip => word.parse::<IpAddr>().is_ok(),
            Kind::Mac => word.parse::<MacAddress>().is_ok(),
            Kind::Time => word.parse::<ClockTime>().is_ok(),
            Kind::Button => word.starts_with(|c: char| c.is_ascii_digit()),
            Kind::Dial { max } => {
                word.len() <= *max
                    && word.bytes().all(|b| b.is_ascii_alphanumeric() || b".*#+-_".contains(&b))
            }
            Kind::Word { max } | Kind::Line { max } => word.chars().count() <= *max,
        }
    }

    /// Is the number in one of the ranges? True for kinds that are no numbers.
    pub fn in_range(&self, number: u32) -> bool {
        match self {
            Kind::Number { ranges, .. } => ranges.iter().any(|(low, high)| (*low..=*high).contains(&number)),
            _ => true,
        }
    }

    /// What is accepted, in words: `number 1-100`.
    pub fn describe(&self) -> String {
        match self {
            Kind::Number { .. } => format!("number {}", self.range()),
            Kind::Ip => "IP address".into(),
            Kind::Mac => "MAC address H.H.H".into(),
            Kind::Time => "time HH:MM".into(),
            Kind::Button => "button such as 1:1".into(),
            Kind::Dial { max } => limited("number to dial", *max),
            Kind::Word { max } => limited("word", *max),
            Kind::Line { max } => limited("text", *max),
        }
    }

    /// As IOS writes it in the answer to `?`.
    pub fn placeholder(&self) -> String {
        match self {
            Kind::Number { .. } => format!("<{}>", self.range()),
            Kind::Ip => "A.B.C.D".into(),
            Kind::Mac => "H.H.H".into(),
            Kind::Time => "HH:MM".into(),
            Kind::Button | Kind::Dial { .. } | Kind::Word { .. } => "WORD".into(),
            Kind::Line { .. } => "LINE".into(),
        }
    }

    /// The permitted range, or the empty string.
    pub fn range(&self) -> String {
        match self {
            Kind::Number { ranges, .. } => {
                let one = |(low, high): &(u32, u32)| {
                    if low == high { low.to_string() } else { format!("{low}-{high}") }
                };
                ranges.iter().map(one).collect::<Vec<_>>().join(" or ")
            }
            Kind::Dial { max } | Kind::Word { max } | Kind::Line { max } if *max != usize::MAX => {
                format!("1-{max} characters")
            }
            _ => String::new(),
        }
    }
}

fn limited(what: &str, max: usize) -> String {
    if max == usize::MAX { what.into() } else { format!("{what} of at most {max} characters") }
}

fn parse_range(text: &str) -> Option<(u32, u32)> {
    match text.split_once('-') {
        Some((low, high)) => Some((low.parse().ok()?, high.parse().ok()?)),
        None => text.parse().ok().map(|n| (n, n)),
    }
}

/// A decimal number without sign.
pub fn parse_number(word: &str) -> Option<u32> {
    if word.bytes().all(|b| b.is_ascii_digit()) { word.parse().ok() } else { None }
}

/// A compiled syntax. Positions are indices into `tokens`.
#[derive(Clone, Debug, Default)]
pub struct Pattern {
    /// The words, in the order written.
    pub tokens: Vec<Token>,
    /// Where a line may begin.
    pub first: Vec<u8>,
    /// What may follow each position.
    pub follow: Vec<Vec<u8>>,
    /// Where a line may end.
    pub last: Vec<u8>,
}

impl Pattern {
    /// Compiles a syntax. The table's tests prove every syntax well formed.
    pub fn compile(syntax: &'static str) -> Pattern {
        let mut compiler = Compiler { rest: syntax, pattern: Pattern::default() };
        let whole = compiler.alternatives();
        let mut pattern = compiler.pattern;
        pattern.first = whole.first;
        pattern.last = whole.last;
        pattern
    }

    /// May a line end at this position?
    pub fn accepts_end(&self, position: u8) -> bool {
        self.last.contains(&position)
    }

    /// The token at a position.
    pub fn token(&self, position: u8) -> Option<&Token> {
        self.tokens.get(usize::from(position))
    }

    /// What may follow a position.
    pub fn followers(&self, position: u8) -> &[u8] {
        self.follow.get(usize::from(position)).map_or(&[], Vec::as_slice)
    }
}

/// Part of a syntax: where it begins, where it ends, whether it may be absent.
struct Fragment {
    first: Vec<u8>,
    last: Vec<u8>,
    nullable: bool,
}

impl Fragment {
    fn empty() -> Self {
        Self { first: Vec::new(), last: Vec::new(), nullable: true }
    }
}

struct Compiler {
    rest: &'static str,
    pattern: Pattern,
}

impl Compiler {
    fn alternatives(&mut self) -> Fragment {
        let mut all = self.sequence();
        while self.eat("|") {
            let next = self.sequence();
            all.first.extend(next.first);
            all.last.extend(next.last);
            all.nullable |= next.nullable;
        }
        all
    }

    fn sequence(&mut self) -> Fragment {
        let mut whole = Fragment::empty();
        loop {
            self.rest = self.rest.trim_start();
            if self.rest.is_empty() || self.rest.starts_with(['|', ']', '}']) {
                return whole;
            }
            let item = self.item();
            self.connect(&whole.last, &item.first);
            if whole.nullable {
                whole.first.extend(&item.first);
            }
            if item.nullable {
                whole.last.extend(item.last);
            } else {
                whole.last = item.last;
            }
            whole.nullable &= item.nullable;
        }
    }

    fn item(&mut self) -> Fragment {
        let mut item = if self.eat("[") {
            let mut inner = self.alternatives();
            self.eat("]");
            inner.nullable = true;
            inner
        } else if self.eat("{") {
            let inner = self.alternatives();
            self.eat("}");
            inner
        } else {
            self.token()
        };
        if self.eat("...") {
            let (first, last) = (item.first.clone(), item.last.clone());
            self.connect(&last, &first);
            item.first.dedup();
        }
        item
    }

    fn token(&mut self) -> Fragment {
        let rest = self.rest;
        let token = if let Some(argument) = rest.strip_prefix('<') {
            let (inside, after) = argument.split_once('>').unwrap_or((argument, ""));
            self.rest = after;
            let (name, kind) = inside.split_once(':').unwrap_or((inside, "word"));
            Token::Argument(Argument { name, kind: Kind::parse(kind) })
        } else {
            let end = rest.find([' ', '[', ']', '{', '}', '|']).unwrap_or(rest.len());
            let (word, after) = rest.split_at(end);
            self.rest = after;
            match word.split_once('=') {
                Some((word, other)) => Token::Keyword(word, Some(other)),
                None => Token::Keyword(word, None),
            }
        };
        self.add(token)
    }

    fn add(&mut self, token: Token) -> Fragment {
        let position = u8::try_from(self.pattern.tokens.len()).unwrap_or(u8::MAX);
        let repeats = matches!(&token, Token::Argument(Argument { kind: Kind::Line { .. }, .. }));
        self.pattern.tokens.push(token);
        self.pattern.follow.push(if repeats { vec![position] } else { Vec::new() });
        Fragment { first: vec![position], last: vec![position], nullable: false }
    }

    fn connect(&mut self, from: &[u8], to: &[u8]) {
        for position in from {
            if let Some(follow) = self.pattern.follow.get_mut(usize::from(*position)) {
                follow.extend(to.iter().filter(|t| !follow.contains(t)).copied().collect::<Vec<_>>());
            }
        }
    }

    fn eat(&mut self, what: &str) -> bool {
        if what != "..." {
            self.rest = self.rest.trim_start();
        }
        match self.rest.strip_prefix(what) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }
}
