//! The variable parts of sentences.

use std::{fmt, time::Duration};

use hookflash_wire::{
    csta::{EventCause, EventKind, LocalConnectionState},
    sccp::{DeviceModel, LampMode, SoftKey, Tone},
};
use smol_str::SmolStr;

/// One word of a line, or a text in quotes.
#[derive(Clone, Debug)]
pub(super) struct Word {
    pub(super) text: SmolStr,
    pub(super) column: usize,
    pub(super) quoted: bool,
}

/// A part of a sentence that is read from one or more words.
pub(super) trait Term: Sized {
    /// What it is, for error messages.
    const WANTED: &'static str;

    /// Reads it from the front of `words` and says how many it took; `None` if they do not fit.
    fn take(words: &[Word]) -> Option<(Self, usize)>;
}

/// Reads a term from one word.
fn one<T>(words: &[Word], read: impl FnOnce(&str) -> Option<T>) -> Option<(T, usize)> {
    let word = words.first().filter(|word| !word.quoted)?;
    read(&word.text).map(|term| (term, 1))
}

macro_rules! text_terms {
    ($($(#[$doc:meta])* $name:ident wants $wanted:literal if $fits:expr;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub struct $name(pub SmolStr);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> $name {
                $name(text.into())
            }
        }

        impl Term for $name {
            const WANTED: &'static str = $wanted;

            fn take(words: &[Word]) -> Option<(Self, usize)> {
                let fits: fn(&str) -> bool = $fits;
                one(words, |text| fits(text).then(|| $name(text.into())))
            }
        }
    )+};
}

fn is_digits(text: &str) -> bool {
    text.chars().all(|c| matches!(c, '0'..='9' | '*' | '#' | '+'))
}

text_terms! {
    /// The name of a phone or application.
    Name wants "a name" if |text| text.starts_with(char::is_alphabetic);
    /// A directory number, or any digits a user dials.
    Number wants "a number" if is_digits;
    /// A MAC address as in `mac-address`, such as `0200.0000.0001`.
    Mac wants "a MAC address such as 0200.0000.0001" if |text| text.len() == 14 && text.matches('.').count() == 2;
    /// A word of the protocol, such as `privilegeViolationSpecifiedDevice`.
    Code wants "a word of the standard" if |text| text.chars().all(|c| c.is_ascii_alphanumeric());
}

/// Several directory numbers.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Numbers(pub Vec<SmolStr>);

impl fmt::Display for Numbers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(" "))
    }
}

impl Term for Numbers {
    const WANTED: &'static str = "numbers";

    fn take(words: &[Word]) -> Option<(Self, usize)> {
        let numbers: Vec<SmolStr> =
            words.iter().map_while(|word| is_digits(&word.text).then(|| word.text.clone())).collect();
        let count = numbers.len();
        (count > 0).then_some((Numbers(numbers), count))
    }
}

/// A small number: a line, a button, how many.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Count(pub u32);

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Term for Count {
    const WANTED: &'static str = "a count";

    fn take(words: &[Word]) -> Option<(Self, usize)> {
        one(words, |text| text.parse().ok().map(Count))
    }
}

/// A span of time, such as `12 seconds`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Span(pub Duration);

const UNITS: [(&str, &str, u64); 4] = [
    ("hour", "hours", 3_600_000),
    ("minute", "minutes", 60_000),
    ("second", "seconds", 1000),
    ("ms", "ms", 1),
];

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let millis = u64::try_from(self.0.as_millis()).unwrap_or(u64::MAX);
        let unit = UNITS.iter().find(|(_, _, size)| millis >= *size && millis % size == 0);
        let (one, many, size) = unit.copied().unwrap_or(("ms", "ms", 1));
        match millis / size {
            1 => write!(f, "1 {one}"),
            count => write!(f, "{count} {many}"),
        }
    }
}

impl Term for Span {
    const WANTED: &'static str = "a time such as 12 seconds";

    fn take(words: &[Word]) -> Option<(Self, usize)> {
        let [count, unit, ..] = words else { return None };
        let count: u64 = count.text.parse().ok()?;
        let size = UNITS.iter().find(|(one, many, _)| unit.text == *one || unit.text == *many)?.2;
        Some((Span(Duration::from_millis(count.checked_mul(size)?)), 2))
    }
}

/// A text in quotes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Quote(pub SmolStr);

impl fmt::Display for Quote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.0)
    }
}

impl Term for Quote {
    const WANTED: &'static str = "a text in quotes";

    fn take(words: &[Word]) -> Option<(Self, usize)> {
        let word = words.first().filter(|word| word.quoted)?;
        Some((Quote(word.text.clone()), 1))
    }
}

/// A phone model in the words of an IOS configuration, such as `7960`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Model(pub &'static DeviceModel);

impl fmt::Display for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.ios_words.first().copied().unwrap_or_default())
    }
}

impl Term for Model {
    const WANTED: &'static str = "a phone model such as 7960";

    fn take(words: &[Word]) -> Option<(Self, usize)> {
        one(words, |text| DeviceModel::from_ios_word(text).map(Model))
    }
}

/// Whether something is on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Switched(pub bool);

impl fmt::Display for Switched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0 { "on" } else { "off" })
    }
}

macro_rules! table_terms {
    ($($(#[$doc:meta])* $name:ident($inner:ty) wants $wanted:literal by $find:expr;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Debug)]
        pub struct $name(pub $inner);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl Term for $name {
            const WANTED: &'static str = $wanted;

            fn take(words: &[Word]) -> Option<(Self, usize)> {
                let find: fn(&str) -> Option<$inner> = $find;
                one(words, |text| find(text).map($name))
            }
        }
    )+};
}

table_terms! {
    /// A soft key, such as `NewCall`.
    Key(SoftKey) wants "a soft key such as NewCall"
        by |text| SoftKey::ALL.iter().copied().find(|key| key.name() == Some(text));
    /// `on` or `off`.
    OnOff(Switched) wants "on or off" by |text| match text {
        "on" => Some(Switched(true)),
        "off" => Some(Switched(false)),
        _ => None,
    };
    /// A tone, such as `LineBusyTone`.
    ToneName(Tone) wants "a tone such as AlertingTone"
        by |text| Tone::ALL.iter().copied().find(|tone| tone.name() == Some(text));
    /// How a lamp shines, such as `Blink`.
    Lamp(LampMode) wants "a lamp mode such as Blink"
        by |text| LampMode::ALL.iter().copied().find(|mode| mode.name() == Some(text));
}

/// An event of a monitor, such as `Delivered`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct EventName(pub EventKind);

impl EventName {
    fn find(text: &str) -> Option<EventName> {
        let is_it = |kind: &&EventKind| kind.root().strip_suffix("Event") == Some(text);
        EventKind::ALL.iter().find(is_it).copied().map(EventName)
    }
}

impl fmt::Display for EventName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let root = self.0.root();
        f.write_str(root.strip_suffix("Event").unwrap_or(root))
    }
}

impl Term for EventName {
    const WANTED: &'static str = "an event such as Delivered";

    fn take(words: &[Word]) -> Option<(Self, usize)> {
        one(words, EventName::find)
    }
}

/// Several events, in order.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EventNames(pub Vec<EventName>);

impl fmt::Display for EventNames {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<String> = self.0.iter().map(EventName::to_string).collect();
        f.write_str(&names.join(" "))
    }
}

impl Term for EventNames {
    const WANTED: &'static str = "events such as Delivered Established";

    fn take(words: &[Word]) -> Option<(Self, usize)> {
        let names: Vec<EventName> = words.iter().map_while(|word| EventName::find(&word.text)).collect();
        let count = names.len();
        (count > 0).then_some((EventNames(names), count))
    }
}

/// What is known about an event: any of `lcs STATE`, `cause CAUSE`, `from NUMBER`, `to NUMBER`, `via NUMBER`,
/// `onto NUMBER`.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Facts {
    /// The state of the monitored device's connection.
    pub local_state: Option<LocalConnectionState>,
    /// The cause.
    pub cause: Option<EventCause>,
    /// Who calls.
    pub from: Option<Number>,
    /// Who was called.
    pub to: Option<Number>,
    /// Who redirected the call last.
    pub via: Option<Number>,
    /// Whom a call that is diverted goes to.
    pub onto: Option<Number>,
}

impl fmt::Display for Facts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(state) = self.local_state {
            write!(f, " lcs {state}")?;
        }
        if let Some(cause) = &self.cause {
            write!(f, " cause {cause}")?;
        }
        if let Some(from) = &self.from {
            write!(f, " from {from}")?;
        }
        if let Some(to) = &self.to {
            write!(f, " to {to}")?;
        }
        if let Some(via) = &self.via {
            write!(f, " via {via}")?;
        }
        if let Some(onto) = &self.onto {
            write!(f, " onto {onto}")?;
        }
        Ok(())
    }
}

impl Term for Facts {
    const WANTED: &'static str = "lcs, cause, from, to, via or onto";

    fn take(words: &[Word]) -> Option<(Self, usize)> {
        let mut facts = Facts::default();
        let mut taken = 0;
        for pair in words.chunks_exact(2) {
            let [name, value] = pair else { break };
            let value = value.text.as_str();
            match name.text.as_str() {
                "lcs" => facts.local_state = Some(LocalConnectionState::from_word(value)?),
                "cause" => facts.cause = Some(EventCause::from_word(value)),
                "from" => facts.from = Some(Number(value.into())),
                "to" => facts.to = Some(Number(value.into())),
                "via" => facts.via = Some(Number(value.into())),
                "onto" => facts.onto = Some(Number(value.into())),
                _ => break,
            }
            taken += 2;
        }
        Some((facts, taken))
    }
}

/// The rest of the line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Rest(pub SmolStr);

impl fmt::Display for Rest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Term for Rest {
    const WANTED: &'static str = "a line of a configuration";

    fn take(words: &[Word]) -> Option<(Self, usize)> {
        let texts: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
        (!texts.is_empty()).then(|| (Rest(texts.join(" ").into()), words.len()))
    }
}
