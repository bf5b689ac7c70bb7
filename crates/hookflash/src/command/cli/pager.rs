//! Long output, one screen at a time, as IOS shows it: ` --More-- ` waits for a key. The space bar shows the next screen,
//! Enter the next line; any other key ends the output.

use std::io::{self, Write};

use hookflash_driver::terminal;
use rustix::termios::{OptionalActions, Termios, tcgetattr, tcgetwinsize, tcsetattr};

const MORE: &str = " --More-- ";

/// The screen that output is fitted to.
#[derive(Debug, Default)]
pub struct Pager {
    /// Lines of the screen as `terminal length` set them; 0 for no paging. None: those that the terminal has.
    pub length: Option<usize>,
}

/// What a key asks for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Wish {
    Screen,
    Line,
    End,
}

impl Pager {
    /// Prints text, and waits for a key after each full screen.
    pub fn print(&self, text: &str) {
        let (rows, columns) = self.screen();
        if rows < 2 {
            return terminal::print(text);
        }
        let mut room = rows - 1;
        for line in text.split_inclusive('\n') {
            let needed = rows_of(line, columns);
            if needed > room && room < rows - 1 || room == 0 {
                match ask() {
                    Wish::Screen => room = rows - 1,
                    Wish::Line => room = needed,
                    Wish::End => return,
                }
            }
            terminal::print(line);
            room = room.saturating_sub(needed);
        }
    }

    /// Rows, 0 for no paging, and columns.
    fn screen(&self) -> (usize, usize) {
        let size = tcgetwinsize(io::stdout()).ok();
        let (rows, columns) =
            size.map_or((0, 0), |size| (usize::from(size.ws_row), usize::from(size.ws_col)));
        (self.length.unwrap_or(rows), if columns == 0 { 80 } else { columns })
    }
}

/// The rows that a line takes.
fn rows_of(line: &str, columns: usize) -> usize {
    line.trim_end_matches(['\r', '\n']).chars().count().div_ceil(columns).max(1)
}

/// What `terminal length N` sets; `terminal no length` and `terminal default length` bring the terminal's own back.
#[allow(clippy::option_option, reason = "set to nothing is not the same as not set")]
pub fn length_of(line: &str) -> Option<Option<usize>> {
    let words: Vec<String> = line.split_whitespace().map(str::to_ascii_lowercase).collect();
    let begins = |word: &str, keyword: &str, least: usize| word.len() >= least && keyword.starts_with(word);
    match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [terminal, length, count] if begins(terminal, "terminal", 2) && begins(length, "length", 1) => {
            count.parse().ok().map(Some)
        }
        [terminal, "no" | "default", length]
            if begins(terminal, "terminal", 2) && begins(length, "length", 1) =>
        {
            Some(None)
        }
        _ => None,
    }
}

/// Waits for a key at ` --More-- `, which is gone afterwards.
fn ask() -> Wish {
    terminal::print(MORE);
    let _ = io::stdout().flush();
    let wish = key().map_or(Wish::End, |key| match key {
        b' ' => Wish::Screen,
        b'\r' | b'\n' => Wish::Line,
        _ => Wish::End,
    });
    terminal::print(&format!("\r{:width$}\r", "", width = MORE.len()));
    let _ = io::stdout().flush();
    wish
}

/// The next key, without waiting for the end of a line. None if there is no terminal any more.
fn key() -> Option<u8> {
    let before = tcgetattr(io::stdin()).ok()?;
    let mut raw: Termios = before.clone();
    raw.make_raw();
    tcsetattr(io::stdin(), OptionalActions::Now, &raw).ok()?;
    let mut byte = [0];
    // Not through the buffer of the standard library, which would take further keys.
    let read = rustix::io::read(io::stdin(), &mut byte);
    // A terminal that is gone has no modes.
    let _ = tcsetattr(io::stdin(), OptionalActions::Now, &before);
    read.ok().filter(|count| *count == 1).map(|_| byte[0])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terminal_length_is_understood_as_it_is_shortened() {
        assert_eq!(length_of("terminal length 0"), Some(Some(0)));
        assert_eq!(length_of("term len 40"), Some(Some(40)));
        assert_eq!(length_of("terminal no length"), Some(None));
        assert_eq!(length_of("terminal width 80"), None);
        assert_eq!(length_of("show clock"), None);
    }

    #[test]
    fn long_lines_take_several_rows() {
        assert_eq!([rows_of("\n", 80), rows_of("x\n", 80), rows_of(&"x".repeat(81), 80)], [1, 1, 2]);
    }
}
