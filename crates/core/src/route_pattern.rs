//! The notation in which numbers of other networks are written (`destination-pattern`).
//!
//! | notation | meaning |
//! | --- | --- |
//! | `0` to `9`, `A` to `D`, `*`, `#`, `+` at the beginning | itself |
//! | `.` | any digit |
//! | `[1-35]`, `[^1-3]` | one of these digits, any other digit |
//! | `%`, `+`, `?` behind one | as often as may be, at least once, at most once |
//! | `T` at the end | any further digits |
//! | `\` | the character behind it is itself |
//! | `^` at the beginning, `$` at the end | the ends of the number, as always |
//! | `( )` `,` | ignored |

use smol_str::SmolStr;

/// Pieces of a pattern, so that a match takes a bounded time.
const MAX_PIECES: usize = 64;

/// A pattern of numbers.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RoutePattern {
    text: SmolStr,
    pieces: Vec<Piece>,
}

/// A set of characters, once or as often as may be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Piece {
    /// A bit for each character of [`CHARACTERS`].
    set: u32,
    optional: bool,
    repeats: bool,
}

const CHARACTERS: &[u8] = b"0123456789*#+ABCD";

/// The digits.
const ANY: u32 = 0x3FF;

fn bit(character: u8) -> Option<u32> {
    CHARACTERS.iter().position(|known| *known == character.to_ascii_uppercase()).map(|place| 1 << place)
}

impl RoutePattern {
    /// Reads a pattern; `None` if it is none.
    pub fn parse(text: &str) -> Option<RoutePattern> {
        let mut pieces: Vec<Piece> = Vec::new();
        let inner = text.strip_prefix('^').unwrap_or(text);
        let mut rest = inner.strip_suffix('$').unwrap_or(inner).bytes().peekable();
        while let Some(byte) = rest.next() {
            let set = match byte {
                b'.' => ANY,
                b'(' | b')' | b',' => continue,
                b'T' | b't' => {
                    pieces.push(Piece { set: ANY | 0x400, optional: true, repeats: true });
                    return rest.next().is_none().then(|| RoutePattern { text: text.into(), pieces });
                }
                b'[' => class(&mut rest)?,
                b'\\' => bit(rest.next()?)?,
                b'+' if pieces.is_empty() => bit(b'+')?,
                b'%' | b'+' | b'?' => {
                    let last = pieces.last_mut()?;
                    last.repeats |= byte != b'?';
                    last.optional |= byte != b'+';
                    continue;
                }
                other => bit(other)?,
            };
            pieces.push(Piece { set, optional: false, repeats: false });
            if pieces.len() > MAX_PIECES {
                return None;
            }
        }
        (!pieces.is_empty()).then(|| RoutePattern { text: text.into(), pieces })
    }

    /// The pattern as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether the digits are a number of the pattern, and whether more digits could follow.
    pub fn compare(&self, digits: &str) -> (bool, bool) {
        // The pieces that may come next; bit n stands for the end of the pattern when all n pieces are used.
        let mut at = self.passed(1);
        for digit in digits.bytes() {
            let Some(digit) = bit(digit) else { return (false, false) };
            let mut next = 0u128;
            for (index, piece) in self.pieces.iter().enumerate() {
                if at >> index & 1 == 1 && piece.set & digit != 0 {
                    next |= 1 << (index + 1);
                    if piece.repeats {
                        next |= 1 << index;
                    }
                }
            }
            at = self.passed(next);
            if at == 0 {
                return (false, false);
            }
        }
        let end = 1u128 << self.pieces.len();
        (at & end != 0 && !digits.is_empty(), at & !end != 0)
    }

    /// Passes over what may be absent.
    fn passed(&self, mut at: u128) -> u128 {
        for (index, piece) in self.pieces.iter().enumerate() {
            if at >> index & 1 == 1 && piece.optional {
                at |= 1 << (index + 1);
            }
        }
        at
    }

    /// How many digits it names explicitly: of two patterns with a number, the one with more is meant.
    pub fn explicit(&self) -> usize {
        self.pieces.iter().filter(|piece| piece.set & ANY != ANY).count()
    }
}

fn class(rest: &mut std::iter::Peekable<std::str::Bytes<'_>>) -> Option<u32> {
    let except = rest.next_if_eq(&b'^').is_some();
    let mut set = 0;
    loop {
        let first = rest.next()?;
        match first {
            b']' => break,
            b',' => continue,
            _ => {}
        }
        let last = match rest.next_if_eq(&b'-') {
            Some(_) => rest.next()?,
            None => first,
        };
        for character in first..=last {
            set |= bit(character)?;
        }
    }
    Some(if except { ANY & !set } else { set })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_compared_with_patterns() {
        for (pattern, digits, expected) in [
            ("^1000$", "1000", (true, false)),
            (r"^\+1[2-9]..$", "+1234", (true, false)),
            (r"\+1[2-9]..", "1234", (false, false)),
            (r"\*1.", "*12", (true, false)),
            ("9.......", "9", (false, true)),
            ("9.......", "91234567", (true, false)),
            ("9.......", "912345678", (false, false)),
            ("9T", "9", (true, true)),
            ("9T", "9123", (true, true)),
            (".T", "", (false, true)),
            (".T", "1", (true, true)),
            ("0[1-9]T", "01", (true, true)),
            ("0[1-9]T", "00", (false, false)),
            ("0[^1-3].", "045", (true, false)),
            ("0[^1-3].", "025", (false, false)),
            ("+49T", "+4930", (true, true)),
            ("11[02]", "112", (true, false)),
            ("5%6", "6", (true, false)),
            ("5%6", "5556", (true, false)),
            ("5+6", "6", (false, false)),
            ("5+6", "556", (true, false)),
            ("5?6", "56", (true, false)),
            ("*7.", "*71", (true, false)),
        ] {
            assert_eq!(RoutePattern::parse(pattern).unwrap().compare(digits), expected, "{pattern} {digits}");
        }
        for wrong in ["", "x", "[1", "9T1", "%1"] {
            assert_eq!(RoutePattern::parse(wrong), None, "{wrong}");
        }
        let explicit = |text| RoutePattern::parse(text).unwrap().explicit();
        assert!(explicit("9123T") > explicit("9T") && explicit("9T") > explicit(".T"));
    }
}
