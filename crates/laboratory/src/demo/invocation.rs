//! How this program was called, for commands that are printed to be typed.

use std::path::Path;

/// The words before a subcommand, such as `cargo run -q --` or `target/debug/hookflash`.
pub fn program() -> String {
    if std::env::var_os("CARGO").is_some() && std::env::var_os("CARGO_MANIFEST_DIR").is_some() {
        return "cargo run -q --".to_owned();
    }
    match std::env::args().next() {
        Some(called) if called.contains('/') => quoted(&called),
        _ => "hookflash".to_owned(),
    }
}

/// A path as a shell takes it.
pub fn path(path: &Path) -> String {
    quoted(&path.to_string_lossy())
}

fn quoted(word: &str) -> String {
    let plain = |character: char| character.is_ascii_alphanumeric() || "/._-+:".contains(character);
    match word.chars().all(plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', "'\\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_with_blanks_is_quoted() {
        assert_eq!(quoted("target/debug/hookflash"), "target/debug/hookflash");
        assert_eq!(quoted("/tmp/it's here/x"), r"'/tmp/it'\''s here/x'");
    }
}
