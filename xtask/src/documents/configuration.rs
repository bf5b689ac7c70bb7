//! The reference of the configuration language, from its one table.

use std::fmt::Write;

use hookflash_config::{GrammarEntry, Mode, Status, grammar};

/// The document.
pub fn document() -> String {
    let mut text = String::from(
        "# Configuration reference\n\n\
         Generated from the command table (`cargo xtask accept`). Keywords may be shortened to a unique prefix; \
         `no` and `default` in front of a command undo it. Commands marked *kept* are known, shown by \
         `show running-config` and without effect; commands marked *not yet* are read, checked and shown too, and \
         nothing acts on them yet; commands marked *at once* are done when they are typed and are no part of the \
         configuration; commands marked *own* are not in Cisco IOS. Whatever is a router's business is \
         kept as it stands.\n",
    );
    let table = grammar();
    for mode in Mode::ALL {
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            "\n## {}\n\n| command | meaning | default | |\n| --- | --- | --- | --- |\n",
            mode.name()
        );
        for entry in table.iter().filter(|entry| entry.mode == mode) {
            row(&mut text, entry);
        }
    }
    text
}

fn row(text: &mut String, entry: &GrammarEntry) {
    let mark = match entry.status {
        Status::InEffect => "",
        Status::Own => "own",
        Status::Kept => "kept",
        Status::NotYet => "not yet",
        Status::Action => "at once",
        Status::Misspelled(_) => return,
    };
    let arguments: Vec<String> = entry
        .arguments
        .iter()
        .map(|argument| format!("{}: {}", argument.name.to_uppercase(), argument.kind))
        .collect();
    let details = if arguments.is_empty() { String::new() } else { format!(" ({})", arguments.join("; ")) };
    let escape = |words: &str| words.replace('|', "\\|");
    let _ = writeln!(
        text,
        "| `{}` | {}{} | {} | {mark} |",
        escape(&entry.syntax),
        escape(entry.help),
        escape(&details),
        escape(entry.default),
    );
}
