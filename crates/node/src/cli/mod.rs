//! Exec commands: what an operator types at `hookflash#`, and what it prints.
//!
//! One table, `COMMANDS`, in the notation of the configuration language: it parses, completes, explains
//! (`show cti ?`) and points at the function that answers. Output has the shape Cisco's users know.

mod clear;
mod filter;
mod show_cti;
mod show_ephone;
mod show_register;
mod show_system;
#[cfg(test)]
mod tests;

use std::{fmt::Write, sync::LazyLock};

use self::filter::{Failure, Filter};
use crate::{
    Node,
    config::{
        Candidate, Status,
        table::{CommandInfo, CommandSet, Form, Matched, Outcome, help_in, words},
    },
};

/// An exec command.
struct ExecCommand {
    info: CommandInfo,
    run: fn(&mut Node, &Matched<'_>) -> String,
}

const fn command(
    syntax: &'static str,
    help: &'static str,
    words: &'static [(&'static str, &'static str)],
    run: fn(&mut Node, &Matched<'_>) -> String,
) -> ExecCommand {
    let info = CommandInfo {
        syntax,
        help,
        default: "",
        words,
        status: Status::InEffect,
        enters: None,
        encloses: false,
    };
    ExecCommand { info, run }
}

/// Every exec command.
static COMMANDS: &[ExecCommand] = &[
    command(
        "clear cti session [id] <session:1-4294967295>",
        "End the session of an application with BYE",
        &[
            ("clear", "End something"),
            ("cti", "Computer telephony integration"),
            ("session", "A session of an application"),
        ],
        clear::cti_session,
    ),
    command("enable", "All commands may be given already", &[], nothing),
    command("exit", "Leave", &[], nothing),
    command("show clock", "The time of day", &[("show", "Look into the running switch")], show_system::clock),
    command(
        "show cti call",
        "Calls of the lines that applications may watch",
        &[("cti", "Computer telephony integration"), ("call", "Calls of watched lines")],
        show_cti::call,
    ),
    command(
        "show cti gcid",
        "Global call identifiers of the calls",
        &[("cti", "Computer telephony integration"), ("gcid", "Global call identifiers")],
        show_cti::gcid,
    ),
    command(
        "show cti { line-node | line node }",
        "Lines that applications may watch, with their calls",
        &[("cti", "Computer telephony integration"), ("line-node", "Lines that may be watched")],
        show_cti::line_node,
    ),
    command(
        "show cti session",
        "Sessions of applications",
        &[("cti", "Computer telephony integration"), ("session", "Sessions of applications")],
        show_cti::session,
    ),
    command(
        "show ephone [ registered | unregistered | deceased | offhook | ringing | cfa | summary | \
         dn <tag:1-65535> | telephone-number <number:dial..24> ]",
        "Phones",
        &[
            ("registered", "Phones that are registered"),
            ("unregistered", "Phones that are not registered"),
            ("deceased", "Phones whose connection was lost"),
            ("offhook", "Phones that are off-hook"),
            ("ringing", "Phones that ring"),
            ("cfa", "Phones with a number of which all calls are forwarded"),
            ("summary", "One line for each phone"),
            ("dn", "Phones with a directory number, by its tag"),
            ("telephone-number", "Phones with a directory number"),
        ],
        show_ephone::ephone,
    ),
    command("show hostname", "The name of the system", &[], show_system::hostname),
    command("show running-config", "The configuration in effect", &[], show_system::running_config),
    command("show version", "Version and uptime", &[], show_system::version),
    command(
        "show voice register session-server [ <tag:1-8> ]",
        "Session managers and where they are registered",
        &[
            ("voice", "Voice over IP"),
            ("register", "What registers over SIP"),
            ("session-server", "Session managers of applications"),
        ],
        show_register::session_server,
    ),
    command(
        "terminal {length|width} <count:0-512>",
        "There is no pager, and no line is cut: nothing to set",
        &[("length", "Lines of the screen"), ("width", "Columns of the screen")],
        nothing,
    ),
];

/// For what operators and their scripts are used to say first.
fn nothing(_: &mut Node, _: &Matched<'_>) -> String {
    String::new()
}

fn commands() -> &'static CommandSet {
    static SET: LazyLock<CommandSet> =
        LazyLock::new(|| CommandSet::new(COMMANDS.iter().map(|command| &command.info)));
    &SET
}

/// Longest command line, in bytes.
const MAX_LINE: usize = 1024;

/// Runs a command line and returns what it prints. What cannot be done is answered by a line that begins
/// with `%`, as IOS does; a line that ends in `?` by what could stand there. After a `show` and a bar stands which part
/// of its output is wanted.
pub fn execute(node: &mut Node, line: &str) -> String {
    if line.len() > MAX_LINE {
        return format!("% Command is longer than {MAX_LINE} characters.\n");
    }
    let (command, filter) = match line.split_once('|') {
        Some((command, filter)) => (command, Some(filter)),
        None => (line, None),
    };
    if let Some(partial) = line.strip_suffix('?') {
        return explain(&match filter {
            None => help_in(commands(), partial),
            Some(filter) => filters(filter.trim_end_matches('?')),
        });
    }
    let split = words(command);
    if split.is_empty() {
        return if filter.is_some() { invalid(line, 0) } else { String::new() };
    }
    match commands().read(command, &split, Form::Set) {
        Outcome::Match(matched) => match (COMMANDS.get(matched.entry), filter) {
            (Some(command), None) => (command.run)(node, &matched),
            (Some(ExecCommand { info, run }), Some(text)) if info.syntax.starts_with("show ") => {
                match Filter::parse(text) {
                    Ok(filter) => filter.apply(&run(node, &matched)),
                    Err(Failure::Incomplete) => "% Incomplete command.\n".to_owned(),
                    Err(Failure::Unknown(offset)) => invalid(line, line.len() - text.len() + offset),
                }
            }
            _ => invalid(line, command.len()),
        },
        Outcome::Ambiguous(_, candidates) => {
            format!("% Ambiguous command:  \"{line}\" ({})\n", candidates.join(", "))
        }
        Outcome::Incomplete(_) => "% Incomplete command.\n".to_owned(),
        Outcome::Unknown => invalid(line, 0),
        Outcome::Invalid(failure) => {
            invalid(line, split.get(failure.word).map_or(line.len(), |word| word.offset))
        }
    }
}

/// The words that `partial` could go on with, for the Tab key.
pub fn complete(partial: &str) -> Vec<String> {
    let candidates = help_in(commands(), partial).into_iter();
    candidates.filter(|candidate| candidate.is_keyword).map(|candidate| candidate.word).collect()
}

/// The filters whose names go on from what stands after the bar.
fn filters(partial: &str) -> Vec<Candidate> {
    let partial = partial.trim_start().to_ascii_lowercase();
    let candidate =
        |(word, help): (&str, &'static str)| Candidate { word: word.into(), help, is_keyword: true };
    filter::KEYWORDS.into_iter().filter(|(word, _)| word.starts_with(&partial)).map(candidate).collect()
}

fn invalid(line: &str, offset: usize) -> String {
    let column = line.get(..offset).map_or(0, |before| before.chars().count());
    format!("% Invalid input detected at '^' marker.\n  {line}\n  {:column$}^\n", "")
}

fn explain(candidates: &[Candidate]) -> String {
    let mut text = String::new();
    let width = candidates.iter().map(|candidate| candidate.word.len()).max().unwrap_or(0);
    for candidate in candidates {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "  {:width$}  {}", candidate.word, candidate.help);
    }
    if text.is_empty() { "% Unrecognized command\n".to_owned() } else { text }
}
