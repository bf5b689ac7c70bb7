//! Why a text is no story.

/// A line that is no sentence.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("line {line}, column {column}: {message}")]
pub struct ParseError {
    /// The line, from 1.
    pub line: usize,
    /// The column of the word that does not fit, from 1.
    pub column: usize,
    /// What is wrong, and what could stand there.
    pub message: String,
}

/// What did not fit, of all sentences that were tried: those that fitted longest.
#[derive(Debug, Default)]
pub(super) struct Misfit {
    /// Index of the word that did not fit; beyond the last word if more were expected.
    pub(super) at: usize,
    /// How many fixed words of the sentence fitted before it.
    fixed: usize,
    /// What could stand there instead.
    pub(super) wanted: Vec<String>,
}

impl Misfit {
    /// Remembers that `wanted` could have stood at word `at` of a sentence of which `fixed` words fitted.
    pub(super) fn note(&mut self, at: usize, fixed: usize, wanted: &str) {
        if (at, fixed) > (self.at, self.fixed) || self.wanted.is_empty() {
            (self.at, self.fixed) = (at, fixed);
            self.wanted.clear();
        }
        if (at, fixed) == (self.at, self.fixed) && !self.wanted.iter().any(|known| known == wanted) {
            self.wanted.push(wanted.to_owned());
        }
    }

    /// The message for the word that was found there.
    pub(super) fn message(&self, found: Option<&str>) -> String {
        let found_text = found.map_or("the line ends".to_owned(), |word| format!("`{word}` does not fit"));
        let near = found.and_then(|word| nearest(word, &self.wanted));
        match near {
            Some(near) => format!("{found_text} here; did you mean `{near}`?"),
            None => format!("{found_text} here; expected {}", listed(&self.wanted)),
        }
    }
}

/// The word that is so similar that it was probably meant.
fn nearest<'a>(word: &str, known: &'a [String]) -> Option<&'a str> {
    // Of two that are equally close, the one with the same first letter was meant.
    let rank = |known: &str| (distance(word, known), known.chars().next() != word.chars().next());
    let (known, distance) =
        known.iter().map(|known| (known.as_str(), rank(known))).min_by_key(|(_, rank)| *rank)?;
    let (distance, _) = distance;
    (distance <= 1 + word.len() / 4 && distance < word.len()).then_some(known)
}

/// How many characters have to be added, dropped or changed to turn one word into the other.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        for (y, above) in b.iter().zip(row.iter_mut().skip(1)) {
            let cost = (diagonal + usize::from(x != *y)).min(*above + 1).min(left + 1);
            diagonal = std::mem::replace(above, cost);
            left = cost;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or(0)
}

fn listed(words: &[String]) -> String {
    match words {
        [] => "nothing more".to_owned(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}
