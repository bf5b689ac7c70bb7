//! Tags, branches and Call-IDs: a keyed pseudo-random function of a counter. The same seed gives the same ones; without
//! the seed, the next one cannot be predicted from earlier ones.

use std::fmt;

/// A tag of ours in From or To.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord, Hash)]
pub struct Tag(u64);

impl Tag {
    /// The tag written as `text`; `None` if no tag of ours is written so.
    pub(crate) fn parse(text: &str) -> Option<Tag> {
        parse_hex(text).map(Tag)
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(self.0, f)
    }
}

/// Names a dialog of a [`Layer`](crate::Layer). The dialogs that one INVITE of ours creates share their tag.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord, Hash)]
pub struct DialogId {
    tag: Tag,
    fork: u16,
}

impl DialogId {
    pub(crate) fn new(tag: Tag, fork: u16) -> DialogId {
        DialogId { tag, fork }
    }

    /// Our tag in the dialog.
    pub fn tag(self) -> Tag {
        self.tag
    }

    pub(crate) fn fork(self) -> u16 {
        self.fork
    }
}

impl fmt::Display for DialogId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.fork {
            0 => self.tag.fmt(f),
            fork => write!(f, "{}-{fork}", self.tag),
        }
    }
}

/// A branch of a request of ours, with the cookie of RFC 3261, 8.1.1.7.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) struct Branch(u64);

const COOKIE: &str = "z9hG4bK";

impl Branch {
    pub(crate) fn parse(text: &str) -> Option<Branch> {
        parse_hex(text.strip_prefix(COOKIE)?).map(Branch)
    }
}

impl fmt::Display for Branch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(COOKIE)?;
        write_hex(self.0, f)
    }
}

/// Where identifiers come from.
#[derive(Debug)]
pub(crate) struct Identifiers {
    seed: [u64; 2],
    count: u64,
}

impl Identifiers {
    pub(crate) fn new(seed: [u64; 2]) -> Identifiers {
        Identifiers { seed, count: 0 }
    }

    pub(crate) fn tag(&mut self) -> Tag {
        Tag(self.next())
    }

    pub(crate) fn branch(&mut self) -> Branch {
        Branch(self.next())
    }

    pub(crate) fn call_id(&mut self) -> String {
        format!("{:016x}{:016x}", self.next(), self.next())
    }

    /// The branch of the request with this CSeq in a dialog, for requests of which no transaction is kept.
    pub(crate) fn branch_of(&self, dialog: DialogId, cseq: u32) -> Branch {
        let place = u64::from(cseq) << 32 | u64::from(dialog.fork) << 8 | 1;
        Branch(siphash(self.seed, dialog.tag.0 ^ place.rotate_left(7)))
    }

    /// A number that cannot be predicted.
    pub(crate) fn next(&mut self) -> u64 {
        self.count = self.count.wrapping_add(1);
        siphash(self.seed, self.count)
    }
}

/// Writes 16 digits. Each request has several of them, and `{:016x}` takes four times as long.
fn write_hex(value: u64, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let digit = |place: usize| b"0123456789abcdef"[(value >> (60 - 4 * place)) as usize & 0xF];
    let text: [u8; 16] = std::array::from_fn(digit);
    f.write_str(std::str::from_utf8(&text).unwrap_or_default())
}

fn parse_hex(text: &str) -> Option<u64> {
    if text.len() != 16 {
        return None;
    }
    text.bytes().try_fold(0, |value: u64, byte| {
        let digit = match byte {
            b'0'..=b'9' => byte - b'0',
            b'a'..=b'f' => byte - b'a' + 10,
            _ => return None,
        };
        Some(value << 4 | u64::from(digit))
    })
}

/// SipHash-2-4 (Aumasson, Bernstein 2012) of one 64-bit word.
fn siphash(key: [u64; 2], word: u64) -> u64 {
    let [low, high] = key;
    let mut v = [
        low ^ 0x736f_6d65_7073_6575,
        high ^ 0x646f_7261_6e64_6f6d,
        low ^ 0x6c79_6765_6e65_7261,
        high ^ 0x7465_6462_7974_6573,
    ];
    for block in [word, 8 << 56] {
        v[3] ^= block;
        rounds(&mut v, 2);
        v[0] ^= block;
    }
    v[2] ^= 0xff;
    rounds(&mut v, 4);
    v[0] ^ v[1] ^ v[2] ^ v[3]
}

fn rounds(v: &mut [u64; 4], count: usize) {
    for _ in 0..count {
        v[0] = v[0].wrapping_add(v[1]);
        v[2] = v[2].wrapping_add(v[3]);
        v[1] = v[1].rotate_left(13) ^ v[0];
        v[3] = v[3].rotate_left(16) ^ v[2];
        v[0] = v[0].rotate_left(32);
        v[2] = v[2].wrapping_add(v[1]);
        v[0] = v[0].wrapping_add(v[3]);
        v[1] = v[1].rotate_left(17) ^ v[2];
        v[3] = v[3].rotate_left(21) ^ v[0];
        v[2] = v[2].rotate_left(32);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_function_is_siphash() {
        // The 8-byte vector of the paper's reference implementation.
        let key = [0x0706_0504_0302_0100, 0x0f0e_0d0c_0b0a_0908];
        assert_eq!(siphash(key, 0x0706_0504_0302_0100), 0x93f5_f579_9a93_2462);
    }

    #[test]
    fn identifiers_are_read_as_they_are_written() {
        let mut identifiers = Identifiers::new([1, 2]);
        let (tag, branch) = (identifiers.tag(), identifiers.branch());
        assert_eq!(Tag::parse(&tag.to_string()), Some(tag));
        assert_eq!(Branch::parse(&branch.to_string()), Some(branch));
        assert_ne!(identifiers.tag(), tag);
        assert_eq!(Identifiers::new([1, 2]).tag(), tag);
        for text in ["", "ABCDEF0123456789", "+123456789abcdef", "0123456789abcdef0"] {
            assert_eq!(Tag::parse(text), None, "{text}");
        }
    }
}
