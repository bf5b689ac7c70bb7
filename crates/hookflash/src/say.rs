//! Printing for people: to standard output, and quietly to nowhere once nobody reads it any more.

/// Prints a line to standard output.
#[macro_export]
macro_rules! say {
    ($($words:tt)*) => {{
        use std::io::Write as _;
        // A reader that has gone (`| head`) does not miss it.
        let _ = writeln!(std::io::stdout().lock(), $($words)*);
    }};
}

/// Prints text to standard error as it is; `eprint!` would panic when nobody reads it.
pub fn complain(text: &str) {
    use std::io::Write as _;
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}

/// Prints text to standard output as it is.
pub fn print(text: &str) {
    use std::io::Write as _;
    let _ = std::io::stdout().lock().write_all(text.as_bytes());
}
