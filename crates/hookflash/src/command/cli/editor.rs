//! A session at a terminal: lines are edited, `?` answers at once, Tab completes, long output is paged.
//!
//! The server knows the commands and the prompt; help and completion ask it with the line so far and a question mark. Keys
//! are those of Emacs and IOS: the arrows, Control-A, E, K, U, W, R (search), P and N (history). Control-Z executes the line
//! and leaves the configuration; Control-C gives the line up and leaves the configuration; Control-D at an empty line
//! ends the session; Control-V takes the next key as it is, so that `?` can be typed.

use std::{
    cell::RefCell,
    io::{self, Write},
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering},
    },
};

use hookflash_driver::{Operator, Reply, terminal};
use rustyline::{
    Cmd, CompletionType, ConditionalEventHandler, Config, Context, Editor, Event, EventContext, EventHandler,
    ExternalPrinter, Helper, KeyEvent, Modifiers, RepeatCount,
    completion::{Completer, Pair},
    config::Configurer,
    error::ReadlineError,
    highlight::Highlighter,
    hint::Hinter,
    history::MemHistory,
    validate::Validator,
};

use super::{
    CONTROL_Z,
    pager::{Pager, length_of},
};
use crate::error::Error;

/// Lines that are remembered.
const HISTORY: usize = 500;

/// How a line ended.
const BY_ENTER: u8 = 0;
const BY_QUESTION: u8 = 1;
const BY_CONTROL_Z: u8 = 2;

/// The connection to the server, which the completion uses too.
type Connection = Rc<RefCell<Operator>>;

/// Lets a person type until the session is over. `prompt` is the first one.
pub fn run(mut operator: Operator, prompt: Option<String>) -> Result<(), Error> {
    // A person can answer questions; a script is asked none.
    operator.say("terminal confirm")?;
    let connection: Connection = Rc::new(RefCell::new(operator));
    let ended_by = Arc::new(AtomicU8::new(BY_ENTER));
    let mut editor = editor(&connection, &ended_by).map_err(failed)?;
    // What the terminal monitors appears above the line that is being typed.
    let mut printer = editor.create_external_printer().map_err(failed)?;
    connection.borrow().show_on(Box::new(move |text| drop(printer.print(text.to_owned()))));
    Session { connection, editor, ended_by, pager: Pager::default(), prompt }.run()
}

type LineEditor = Editor<Assistant, MemHistory>;

struct Session {
    connection: Connection,
    editor: LineEditor,
    ended_by: Arc<AtomicU8>,
    pager: Pager,
    /// None when the session is over.
    prompt: Option<String>,
}

impl Session {
    fn run(&mut self) -> Result<(), Error> {
        // What stands before and behind the cursor when `?` has been answered.
        let mut typed = (String::new(), String::new());
        while let Some(prompt) = self.prompt.clone() {
            self.ended_by.store(BY_ENTER, Ordering::Relaxed);
            let read = self.editor.readline_with_initial(&prompt, (&typed.0, &typed.1));
            typed = (String::new(), String::new());
            match (read, self.ended_by.load(Ordering::Relaxed)) {
                (Ok(line), BY_QUESTION) => {
                    let cursor = self.cursor(&line);
                    let (before, behind) = line.split_at(cursor);
                    let reply = self.say(&format!("{before}?"))?;
                    self.pager.print(&format!("{}\n\n", reply.text.trim_end_matches('\n')));
                    typed = (before.to_owned(), behind.to_owned());
                }
                (Ok(line), BY_CONTROL_Z) => self.enter(&line, "\u{1a}")?,
                (Ok(line), _) => self.enter(&line, "")?,
                (Err(ReadlineError::Interrupted), _) => self.enter("", "\u{1a}")?,
                (Err(ReadlineError::Eof), _) => break,
                (Err(error), _) => return Err(failed(error)),
            }
        }
        Ok(())
    }

    /// Where the cursor stood when `?` was pressed.
    fn cursor(&self, line: &str) -> usize {
        let at =
            self.editor.helper().map_or(line.len(), |assistant| assistant.cursor.load(Ordering::Relaxed));
        if line.is_char_boundary(at) { at } else { line.len() }
    }

    /// Gives the server a line, and prints the reply.
    fn enter(&mut self, line: &str, end: &str) -> Result<(), Error> {
        if !line.trim().is_empty() {
            // The history is a convenience.
            let _ = self.editor.add_history_entry(line);
        }
        let reply = self.say(&format!("{line}{end}"))?;
        self.pager.print(&reply.text);
        if !reply.failed
            && let Some(length) = length_of(line)
        {
            self.pager.length = length;
        }
        Ok(())
    }

    fn say(&mut self, line: &str) -> Result<Reply, Error> {
        let reply = self.connection.borrow_mut().say(line)?;
        self.prompt.clone_from(&reply.prompt);
        Ok(reply)
    }
}

fn editor(connection: &Connection, ended_by: &Arc<AtomicU8>) -> Result<LineEditor, ReadlineError> {
    // Pasted lines take effect one by one, as at a terminal of a router.
    let config = Config::builder()
        .completion_type(CompletionType::List)
        .bracketed_paste(false)
        .max_history_size(HISTORY)?
        .history_ignore_dups(true)?
        .build();
    let history = MemHistory::with_config(&config);
    let mut editor = LineEditor::with_history(config, history)?;
    // Not every terminal knows the escape sequence.
    editor.enable_synchronized_output(false);
    let cursor = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    editor.set_helper(Some(Assistant { connection: connection.clone(), cursor: cursor.clone() }));
    let question =
        Ending { mark: BY_QUESTION, shown: "?", ended_by: ended_by.clone(), cursor: cursor.clone() };
    editor.bind_sequence(KeyEvent::from('?'), EventHandler::Conditional(Box::new(question)));
    let control_z = Ending { mark: BY_CONTROL_Z, shown: "^Z", ended_by: ended_by.clone(), cursor };
    let key = KeyEvent::new(char::from(CONTROL_Z - 1 + b'a').to_ascii_uppercase(), Modifiers::CTRL);
    editor.bind_sequence(key, EventHandler::Conditional(Box::new(control_z)));
    Ok(editor)
}

fn failed(error: ReadlineError) -> Error {
    let source = io::Error::other(error);
    hookflash_driver::Error::System { action: "reading a command", source }.into()
}

/// A key that ends the line in a way of its own.
struct Ending {
    mark: u8,
    /// What the key shows.
    shown: &'static str,
    ended_by: Arc<AtomicU8>,
    cursor: Arc<std::sync::atomic::AtomicUsize>,
}

impl ConditionalEventHandler for Ending {
    fn handle(&self, _: &Event, _: RepeatCount, _: bool, context: &EventContext<'_>) -> Option<Cmd> {
        self.ended_by.store(self.mark, Ordering::Relaxed);
        self.cursor.store(context.pos(), Ordering::Relaxed);
        if context.pos() == context.line().len() {
            terminal::print(self.shown);
            let _ = io::stdout().flush();
        }
        Some(Cmd::AcceptLine)
    }
}

/// Completes words; the server knows them.
struct Assistant {
    connection: Connection,
    cursor: Arc<std::sync::atomic::AtomicUsize>,
}

impl Completer for Assistant {
    type Candidate = Pair;

    fn complete(&self, line: &str, at: usize, _: &Context<'_>) -> rustyline::Result<(usize, Vec<Pair>)> {
        let before = line.get(..at).unwrap_or(line);
        let start = before.rfind(char::is_whitespace).map_or(0, |blank| blank + 1);
        let help = self.connection.borrow_mut().say(&format!("{before}?"));
        // Without a server, the next line says so.
        let help = help.map(|reply| reply.text).unwrap_or_default();
        let words =
            keywords(&help).map(|word| Pair { display: word.to_owned(), replacement: format!("{word} ") });
        Ok((start, words.collect()))
    }
}

/// The keywords in the answer to `?`, not the places of values: `WORD`, `<1-100>`, `A.B.C.D`.
fn keywords(help: &str) -> impl Iterator<Item = &str> {
    let lines = help.lines().filter_map(|line| line.strip_prefix("  "));
    let words = lines.filter_map(|line| line.split_whitespace().next());
    words.filter(|word| {
        !word.starts_with('<') && !word.contains(|character: char| character.is_ascii_uppercase())
    })
}

impl Hinter for Assistant {
    type Hint = String;
}

impl Highlighter for Assistant {}

impl Validator for Assistant {}

impl Helper for Assistant {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tab_completes_keywords_and_no_values() {
        let help =
            "  registered  Phones\n  <1-100>     Tag\n  WORD        Name\n  <cr>\n% Unrecognized command\n";
        assert_eq!(keywords(help).collect::<Vec<_>>(), ["registered"]);
    }
}
