//! Puts frames together that a TCP connection delivers split and bundled, for protocols whose frames begin with their
//! length.

/// Cuts a stream of bytes into frames.
///
/// Frames that arrive whole are returned without a copy. Only an incomplete rest is kept, and its memory is given
/// back as soon as the frame is complete and used, so an idle connection holds none.
#[derive(Debug, Default)]
pub(crate) struct Reassembly {
    rest: Vec<u8>,
    /// The frame in `rest` has been returned and is not needed any more.
    returned: bool,
}

impl Reassembly {
    /// The next complete frame, taking from the front of `input` what belongs to it; `None` when `input` is used up.
    ///
    /// `size` gives the size of the frame that some bytes start with, at least `prefix`; it is asked with at least
    /// `prefix` bytes.
    pub(crate) fn next<'f, 'i: 'f, E>(
        &'f mut self,
        input: &mut &'i [u8],
        prefix: usize,
        size: impl Fn(&[u8]) -> Result<usize, E>,
    ) -> Result<Option<&'f [u8]>, E> {
        if self.returned {
            *self = Reassembly::default();
        }
        if self.rest.is_empty() {
            return self.next_whole(input, prefix, size);
        }
        self.fill(prefix, input);
        if self.rest.len() < prefix {
            return Ok(None);
        }
        let total = size(&self.rest)?;
        self.fill(total, input);
        self.returned = self.rest.len() == total;
        Ok(self.returned.then_some(self.rest.as_slice()))
    }

    /// How many bytes of an incomplete frame are held.
    pub(crate) fn buffered(&self) -> usize {
        if self.returned { 0 } else { self.rest.len() }
    }

    fn next_whole<'i, E>(
        &mut self,
        input: &mut &'i [u8],
        prefix: usize,
        size: impl Fn(&[u8]) -> Result<usize, E>,
    ) -> Result<Option<&'i [u8]>, E> {
        let total = if input.len() < prefix { usize::MAX } else { size(input)? };
        if let Some((frame, after)) = input.split_at_checked(total) {
            *input = after;
            return Ok(Some(frame));
        }
        self.rest.extend_from_slice(input);
        *input = &[];
        Ok(None)
    }

    /// Moves bytes from `input` to the rest until that has this size.
    fn fill(&mut self, size: usize, input: &mut &[u8]) {
        let missing = size.saturating_sub(self.rest.len()).min(input.len());
        let (taken, after) = input.split_at(missing);
        self.rest.extend_from_slice(taken);
        *input = after;
    }
}
