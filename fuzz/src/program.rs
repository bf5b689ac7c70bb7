//! The fuzzer's bytes, read as operations and their arguments.

/// Reads from the front of the input. After its end everything is 0, the first choice, or empty.
///
/// One byte is one decision, and no decision depends on a length elsewhere: removing, inserting or changing a byte
/// of a program leaves most of it what it was.
#[derive(Debug)]
pub struct Program<'a> {
    rest: &'a [u8],
}

impl<'a> Program<'a> {
    /// The program in these bytes.
    pub fn new(bytes: &'a [u8]) -> Program<'a> {
        Program { rest: bytes }
    }

    /// Whether all bytes have been read.
    pub fn is_over(&self) -> bool {
        self.rest.is_empty()
    }

    /// The next byte.
    pub fn byte(&mut self) -> u8 {
        let Some((byte, rest)) = self.rest.split_first() else { return 0 };
        self.rest = rest;
        *byte
    }

    /// One of several things.
    pub fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[usize::from(self.byte()) % choices.len()]
    }

    /// One of several things, if there are any.
    pub fn pick_mut<'t, T>(&mut self, choices: &'t mut [T]) -> Option<&'t mut T> {
        let count = choices.len().max(1);
        choices.get_mut(usize::from(self.byte()) % count)
    }

    /// Up to 255 bytes as they are.
    pub fn bytes(&mut self) -> &'a [u8] {
        let size = usize::from(self.byte()).min(self.rest.len());
        let (bytes, rest) = self.rest.split_at(size);
        self.rest = rest;
        bytes
    }
}
