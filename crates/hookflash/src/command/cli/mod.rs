//! `hookflash cli`: a terminal of the running switch.
//!
//! At a terminal, `editor` lets a person edit lines, and `pager` shows long output one screen at a time. Lines of `-c`, of a
//! pipe or of a file are given to the server as they are.

mod editor;
mod pager;

use std::{
    io::{self, BufRead, IsTerminal, Write},
    path::PathBuf,
    process::ExitCode,
};

use clap::Args;
use hookflash_driver::{Operator, Reply, control_path, say, terminal};
use hookflash_node::{printable, printable_lines};
use rustix::termios::{OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr};

use crate::error::Error;

/// Give commands to the running switch, and configure it
#[derive(Args, Debug)]
pub struct Cli {
    /// The data directory of the server
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// A line to type instead of asking for lines; may be given several times, in one session
    #[arg(short, long, value_name = "COMMAND")]
    command: Vec<String>,
}

/// Control-Z.
const CONTROL_Z: u8 = 0x1a;

impl Cli {
    /// Types the lines given, or those that a person types.
    pub fn run(self) -> Result<ExitCode, Error> {
        let mut session = Session::open(self.data)?;
        if self.command.is_empty() {
            let at_terminal = io::stdin().is_terminal() && io::stdout().is_terminal();
            let done = match at_terminal {
                true => {
                    // Control-Z that is typed ahead shall not stop the program.
                    let _keys = Keys::set();
                    editor::run(session.operator, session.prompt)
                }
                false => session.interactive(),
            };
            return done.map(|()| ExitCode::SUCCESS);
        }
        let mut code = ExitCode::SUCCESS;
        for command in &self.command {
            if session.prompt.is_none() {
                break;
            }
            if session.run(command, false)? {
                code = ExitCode::FAILURE;
            }
        }
        Ok(code)
    }
}

/// A terminal, and its prompt; none when the session is over.
struct Session {
    operator: Operator,
    prompt: Option<String>,
}

impl Session {
    fn open(data: Option<PathBuf>) -> Result<Session, Error> {
        let mut operator = Operator::connect(&control_path(data.as_deref()))?;
        let prompt = operator.say("")?.prompt;
        Ok(Session { operator, prompt })
    }

    /// Types a line and prints the reply; true if the line failed. A mark under a wrong word needs the line above it,
    /// unless that is on the screen already.
    fn run(&mut self, line: &str, on_screen: bool) -> Result<bool, Error> {
        let Reply { text, failed, prompt } = self.operator.say(line)?;
        let before = std::mem::replace(&mut self.prompt, prompt);
        if !on_screen && text.trim_start().starts_with('^') {
            say!("{}{line}", before.unwrap_or_default());
        }
        terminal::print(&printable_lines(&text));
        Ok(failed)
    }

    fn interactive(&mut self) -> Result<(), Error> {
        let input = io::stdin();
        let on_screen = input.is_terminal();
        let _keys = on_screen.then(Keys::set).flatten();
        let mut input = input.lock();
        loop {
            let Some(prompt) = &self.prompt else { return Ok(()) };
            if on_screen {
                terminal::print(&printable(prompt));
                // A terminal that is gone is noticed at the next read.
                let _ = io::stdout().flush();
            }
            let line = read_line(&mut input);
            let line = line
                .map_err(|source| hookflash_driver::Error::System { action: "reading a command", source })?;
            let Some(line) = line else { return Ok(()) };
            if on_screen && line.last() == Some(&CONTROL_Z) {
                say!();
            }
            self.run(String::from_utf8_lossy(&line).trim_end_matches(['\r', '\n']), on_screen)?;
        }
    }
}

/// Reads up to a line feed or a control-Z; `None` at the end.
fn read_line(input: &mut impl BufRead) -> io::Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    loop {
        let bytes = input.fill_buf()?;
        let end = bytes.iter().position(|byte| matches!(*byte, b'\n' | CONTROL_Z)).map(|end| end + 1);
        let taken = end.unwrap_or(bytes.len());
        line.extend_from_slice(bytes.get(..taken).unwrap_or_default());
        input.consume(taken);
        if end.is_some() || taken == 0 {
            return Ok((!line.is_empty()).then_some(line));
        }
    }
}

/// The keys of the terminal as IOS has them: control-Z ends a line instead of stopping the program.
struct Keys {
    before: Termios,
}

impl Keys {
    fn set() -> Option<Keys> {
        let before = tcgetattr(io::stdin()).ok()?;
        let mut changed = before.clone();
        changed.special_codes[SpecialCodeIndex::VSUSP] = 0;
        changed.special_codes[SpecialCodeIndex::VEOL] = CONTROL_Z;
        tcsetattr(io::stdin(), OptionalActions::Now, &changed).ok()?;
        Some(Keys { before })
    }
}

impl Drop for Keys {
    fn drop(&mut self) {
        // A terminal that is gone has no keys.
        let _ = tcsetattr(io::stdin(), OptionalActions::Now, &self.before);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_z_ends_a_line_too() {
        let mut input: &[u8] = b"ephone 1\nbutton 1:1\x1a\nexit";
        let lines: Vec<_> = std::iter::from_fn(|| read_line(&mut input).unwrap()).collect();
        assert_eq!(lines, [&b"ephone 1\n"[..], b"button 1:1\x1a", b"\n", b"exit"]);
    }
}
