//! Expressions for numbers (`after-hours block pattern 1 ^91[0-9]+`): digits, `.`, sets in brackets, and behind each of these
//! `*`, `+` or `?`; `$` is the end. Matching takes no longer than the lengths of both, whatever the expression is.

/// Most digits of a number that are looked at.
const MAX_DIGITS: usize = 63;

/// Whether a number begins like this. An expression that is damaged fits no number.
pub(super) fn begins(expression: &str, number: &str) -> bool {
    let digits: Vec<u8> = number.bytes().take(MAX_DIGITS).collect();
    let mut rest = expression.as_bytes();
    // How many digits may have been taken so far: a bit for each count.
    let mut taken: u64 = 1;
    while let Some((first, after)) = rest.split_first() {
        if *first == b'$' {
            taken &= 1 << digits.len();
            rest = after;
            continue;
        }
        let Some((atom, after)) = Atom::read(*first, after) else { return false };
        let step = |from: u64| {
            let fitting =
                digits.iter().enumerate().filter(|(at, digit)| from >> at & 1 == 1 && atom.holds(**digit));
            fitting.fold(0, |to: u64, (at, _)| to | 1 << (at + 1))
        };
        let repeated = |from: u64| (0..digits.len()).fold(from, |all, _| all | step(all));
        (taken, rest) = match after.split_first() {
            Some((b'*', after)) => (repeated(taken), after),
            Some((b'+', after)) => (repeated(step(taken)), after),
            Some((b'?', after)) => (taken | step(taken), after),
            _ => (step(taken), after),
        };
    }
    taken != 0
}

/// What stands for one digit.
enum Atom<'a> {
    Any,
    Digit(u8),
    /// What stands in brackets, and whether a digit must be none of it.
    Set(&'a [u8], bool),
}

impl<'a> Atom<'a> {
    fn read(first: u8, after: &'a [u8]) -> Option<(Atom<'a>, &'a [u8])> {
        match first {
            b'.' => Some((Atom::Any, after)),
            b'[' => {
                let end = after.iter().position(|byte| *byte == b']')?;
                let (set, after) = (after.get(..end)?, after.get(end + 1..)?);
                let (set, none_of) = set.strip_prefix(b"^").map_or((set, false), |set| (set, true));
                Some((Atom::Set(set, none_of), after))
            }
            b']' | b'*' | b'+' | b'?' => None,
            digit => Some((Atom::Digit(digit), after)),
        }
    }

    fn holds(&self, digit: u8) -> bool {
        match self {
            Atom::Any => true,
            Atom::Digit(own) => *own == digit,
            Atom::Set(set, none_of) => {
                let range = |part: &[u8]| matches!(part, [from, b'-', to] if (*from..=*to).contains(&digit));
                let is_in = set.contains(&digit) && digit != b'-' || set.windows(3).any(range);
                is_in != *none_of
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::begins;

    #[test]
    fn a_number_begins_like_an_expression_or_not() {
        for (expression, number, expected) in [
            ("91900", "919005551212", true),
            ("91900", "91901", false),
            ("91900", "9190", false),
            ("9[2-4]", "935", true),
            ("9[2-4]", "951", false),
            ("9[^2-4]", "951", true),
            ("01?5", "05", true),
            ("01?5", "015", true),
            ("0[0-9]*9$", "0129", true),
            ("0[0-9]*9$", "01291", false),
            ("0.+7", "07", false),
            ("0.+7", "0117", true),
            ("", "1", true),
            ("9[2", "92", false),
            ("*9", "9", false),
            (".*.*.*.*.*.*.*.*.*.*.*.*x", "99999999999999999999999999999999", false),
        ] {
            assert_eq!(begins(expression, number), expected, "{expression} {number}");
        }
    }
}
