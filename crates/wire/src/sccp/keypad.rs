//! What the user does: hook, keys, buttons, soft keys.

use super::body::{Body, Reader, Writer, bodies};
use super::text::Text;
use super::values::{KeypadButton, SoftKey, Stimulus};

bodies! {
    /// KeypadButton 0x0003: a key of the dial pad.
    KeypadPress (min 4) {
        /// The key.
        button: KeypadButton,
        /// The line; phones below version 15 may say something else here.
        line: Option<u32>,
        /// The call, or 0.
        call_reference: Option<u32>,
    }

    /// Stimulus 0x0005: a button of the button template, or one with a fixed function.
    StimulusPress (min 4) {
        /// What the button is for.
        stimulus: Stimulus,
        /// Which of the buttons of this kind, counted from 1; 0 for fixed ones.
        instance: u32,
        /// The call, or 0.
        call_reference: Option<u32>,
        /// Of unknown meaning.
        status: Option<u32>,
    }

    /// SoftKeyEvent 0x0026.
    SoftKeyEvent (min 4) {
        /// The event the soft key template gave the key.
        event: SoftKey,
        /// The line, or 0.
        line: u32,
        /// The call, or 0.
        call_reference: u32,
    }

    /// OffHook 0x0006, OnHook 0x0007, HookFlash 0x0008. Old loads send nothing, and 0 means "you find it".
    HookEvent (min 0) {
        /// The line, or 0.
        line: Option<u32>,
        /// The call the user means, or 0.
        call_reference: Option<u32>,
    }
}

/// EnblocCall 0x0004: a number dialled at once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EnblocCall {
    /// The number; up to 23 bytes (24 from version 18 on).
    pub number: Text,
    /// The line; 0 when the phone does not say, as below version 17.
    pub line: u32,
}

/// The most lines a phone can have; tells a line from what is not one.
const MOST_LINES: u32 = 42;

impl Body for EnblocCall {
    const MIN: usize = 1;

    /// The layout follows from the length; a body of 32 bytes has the line at 28 (aligned) or at 25 (packed).
    fn read(r: &mut Reader<'_>) -> Self {
        let line_at = |at| Some(r.peek_u32(at)).filter(|line| (1..=MOST_LINES).contains(line));
        let (size, line) = match r.remaining() {
            0..=28 => (24, line_at(24)),
            29..=31 => (25, line_at(25)),
            _ => (25, line_at(28).or(line_at(25))),
        };
        EnblocCall { number: r.text(size), line: line.unwrap_or(0) }
    }

    fn write(&self, w: &mut Writer<'_>) {
        let size = w.version().number_size();
        w.text(&self.number, size);
        if w.version().enbloc_names_line() {
            w.u32(self.line);
        }
    }
}
