//! Printing for the person at the terminal.
//!
//! `println!` panics when its reader has gone (`| head`). What is printed here is dropped then.

use std::io::Write as _;

/// Prints a line to standard output; formats like `println!`.
#[macro_export]
macro_rules! say {
    ($($words:tt)*) => {{
        use std::io::Write as _;
        let _ = writeln!(std::io::stdout().lock(), $($words)*);
    }};
}

/// Prints text to standard error as it is.
pub fn print_error(text: &str) {
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}

/// Prints text to standard output as it is.
pub fn print(text: &str) {
    let _ = std::io::stdout().lock().write_all(text.as_bytes());
}

/// Prints the ready line to standard output and flushes it.
pub fn print_ready(line: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{line}");
    let _ = out.flush();
}
