//! Operators' terminals: their prompts, and what a line does at each.
//!
//! ```text
//!              configure terminal                  telephony-service, ephone 1, ...
//!   exec  ◄────────────────────────► configuration ◄──────────────────────────────► its modes
//!                  end, ^Z, exit                         exit, another mode
//! ```
//!
//! An exec command runs at once ([`cli`]); a configuration line takes effect when it is entered, as in IOS, and what
//! is not stored with `write memory` is gone when the server ends. Terminals are independent: each has its place in the
//! configuration ([`Position`]), and all change the same one.
//!
//! # Invariants
//!
//! * Each line gets exactly one [`Output::CommandOutput`]; that of `write memory`, and of what is done with files, comes when
//!   the driver has reported the result.
//! * A terminal at the exec prompt takes no memory here, unless it wants to be asked or may only look.
//! * A question is the prompt of the next line, which answers it.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};

use hookflash_core::Instant;
use tracing::{debug, info};

use crate::{
    FileOrder, Node, Output, TerminalId, WallClock,
    cli::{self, Done, Written},
    config::{self, Diagnostic, Editor, Position, Severity, help_at, invalid_input},
    dependencies,
    live::NotReplaced,
    printable, printable_lines, recording,
};

/// Terminals in configuration modes at once.
const MAX_CONFIGURING: usize = 64;

/// What IOS says of a word that begins no command and names no other computer.
const UNKNOWN: &str = "% Unknown command or computer name, or unable to find computer address\n";

/// Longest line, in bytes.
const MAX_LINE: usize = config::MAX_LINE_LENGTH;

/// The terminal of the XML interface, for as long as it carries out lines.
const LINES: TerminalId = TerminalId(u64::MAX);

/// Characters of the name of the system in prompts, as in IOS.
const MAX_HOSTNAME: usize = 29;

/// The terminals that are not simply at the exec prompt.
#[derive(Debug, Default)]
pub(crate) struct Terminals {
    /// Those that configure.
    configuring: BTreeMap<TerminalId, Session>,
    /// Those that wait for the startup configuration to be stored, and what it is.
    storing: BTreeMap<TerminalId, String>,
    /// Those that wait for a configuration to be read, and from where.
    reading: BTreeMap<TerminalId, String>,
    /// Those that are shown what is debugged.
    monitoring: BTreeSet<TerminalId>,
    /// Those at which a person sits who wants to be asked.
    asked: BTreeSet<TerminalId>,
    /// Those that wait for an answer.
    asking: BTreeMap<TerminalId, Question>,
    /// Those that end the process when the configuration is stored.
    reloading: BTreeSet<TerminalId>,
    /// Those that wait for files.
    filing: BTreeMap<TerminalId, Filing>,
    /// Those that may only look.
    unprivileged: BTreeSet<TerminalId>,
}

/// What a person is asked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Question {
    /// Where `copy running-config startup-config` writes to.
    Destination,
    /// Whether the startup configuration is to be removed.
    Erase,
    /// Whether to store the configuration before the process ends.
    SaveFirst,
    /// Whether the process is to end.
    Reload,
}

impl Question {
    fn text(self) -> &'static str {
        match self {
            Question::Destination => "Destination filename [startup-config]? ",
            Question::Erase => {
                "Erasing the nvram filesystem will remove all configuration files! Continue? [confirm]"
            }
            Question::SaveFirst => "System configuration has been modified. Save? [yes/no]: ",
            Question::Reload => "Proceed with reload? [confirm]",
        }
    }
}

/// What a terminal wants of files.
#[derive(Debug)]
enum Filing {
    /// A list of those with this heading.
    List(&'static str),
    /// A file written; what is shown then.
    Write { file: String, shown: String },
    /// The startup configuration removed.
    Erase,
}

/// A configuration session.
#[derive(Debug, Default)]
struct Session {
    position: Position,
    /// Lines that changed something.
    changes: usize,
}

/// What a line brings about at its terminal.
#[derive(Debug, Default, PartialEq, Eq)]
struct Reply {
    text: String,
    failed: bool,
    /// The session is over.
    leaves: bool,
    /// The process ends.
    reloads: bool,
}

impl Reply {
    fn printed(text: impl Into<String>) -> Option<Reply> {
        Some(Reply { text: text.into(), ..Reply::default() })
    }

    fn failed(text: impl Into<String>) -> Option<Reply> {
        Some(Reply { text: text.into(), failed: true, ..Reply::default() })
    }
}

impl Terminals {
    /// A terminal was closed.
    pub(crate) fn close(&mut self, terminal: TerminalId) {
        self.reading.remove(&terminal);
        self.monitoring.remove(&terminal);
        self.asked.remove(&terminal);
        self.asking.remove(&terminal);
        self.reloading.remove(&terminal);
        self.filing.remove(&terminal);
        self.unprivileged.remove(&terminal);
        // What it wanted to have stored is stored, and then shown as such.
        self.end(terminal);
    }

    /// Ends the configuration session of a terminal, if it has one.
    fn end(&mut self, terminal: TerminalId) {
        if let Some(session) = self.configuring.remove(&terminal).filter(|session| session.changes > 0) {
            info!(terminal = terminal.0, lines = session.changes, "configured from a terminal");
        }
    }

    /// The terminals that are shown what is debugged.
    pub(crate) fn monitoring(&self) -> Vec<TerminalId> {
        self.monitoring.iter().copied().collect()
    }

    /// How many terminals are not simply at the exec prompt.
    pub(crate) fn len(&self) -> usize {
        self.configuring.len()
            + self.storing.len()
            + self.reading.len()
            + self.monitoring.len()
            + self.asked.len()
            + self.filing.len()
            + self.unprivileged.len()
    }
}

impl Node {
    /// Carries out a line typed at a terminal, and replies.
    pub(crate) fn command(&mut self, terminal: TerminalId, line: &str) {
        let (typed, ends) = without_control_z(line);
        if let Some(question) = self.terminals.asking.remove(&terminal) {
            let reply =
                if ends { Reply::printed("") } else { self.answered(terminal, question, typed.trim()) };
            if let Some(reply) = reply {
                self.reply(terminal, reply);
            }
            return;
        }
        let reply = match typed.trim() {
            "" => Reply::printed(""),
            _ => self.typed(terminal, typed),
        };
        if ends {
            self.terminals.end(terminal);
        }
        if let Some(reply) = reply {
            self.reply(terminal, reply);
        }
    }

    /// A person has answered a question; nothing is done after an answer that is no consent.
    fn answered(&mut self, terminal: TerminalId, question: Question, answer: &str) -> Option<Reply> {
        let confirmed = answer.is_empty() || begins(answer, "yes");
        match question {
            Question::Destination if matches!(answer, "" | "startup-config" | "nvram:startup-config") => {
                self.store(terminal)
            }
            Question::Destination => Reply::failed(format!("%Error opening {answer} (Permission denied)\n")),
            Question::Erase if confirmed => self.erase(terminal),
            Question::Reload if confirmed => self.reload(terminal),
            Question::Erase | Question::Reload => Reply::printed(""),
            Question::SaveFirst if !answer.is_empty() && begins(answer, "no") => {
                self.ask_person(terminal, Question::Reload)
            }
            Question::SaveFirst if !answer.is_empty() && confirmed => {
                self.terminals.reloading.insert(terminal);
                let refused = self.store(terminal)?;
                self.terminals.reloading.remove(&terminal);
                Some(refused)
            }
            Question::SaveFirst => {
                self.ask_person(terminal, question);
                Reply::printed("% Please answer 'yes' or 'no'.\n")
            }
        }
    }

    /// The prompt of the next line is a question.
    fn ask_person(&mut self, terminal: TerminalId, question: Question) -> Option<Reply> {
        self.terminals.asking.insert(terminal, question);
        Reply::printed("")
    }

    /// What cannot be undone is done at once, or after a question where a person wants to be asked.
    fn ask_first(
        &mut self,
        terminal: TerminalId,
        question: Question,
        act: impl FnOnce(&mut Node, TerminalId) -> Option<Reply>,
    ) -> Option<Reply> {
        match self.terminals.asked.contains(&terminal) {
            true => self.ask_person(terminal, question),
            false => act(self, terminal),
        }
    }

    fn erase(&mut self, terminal: TerminalId) -> Option<Reply> {
        self.audit_operator(terminal, "erase startup-config", "asked for");
        self.files(terminal, Filing::Erase, FileOrder::EraseStartupConfig)
    }

    fn reload(&mut self, terminal: TerminalId) -> Option<Reply> {
        self.audit_operator(terminal, "reload", "ok");
        let text = "%SYS-5-RELOAD: Reload requested by console. Reload Reason: Reload Command.\n".to_owned();
        Some(Reply { text, leaves: true, reloads: true, ..Reply::default() })
    }

    /// Has something done with files; the reply comes when it is done.
    fn files(&mut self, terminal: TerminalId, filing: Filing, order: FileOrder) -> Option<Reply> {
        self.terminals.filing.insert(terminal, filing);
        self.out.push(Output::Files { terminal, order });
        None
    }

    /// The driver has done something with files, or could not.
    pub(crate) fn files_done(&mut self, terminal: TerminalId, result: Result<&str, &str>) {
        let Some(filing) = self.terminals.filing.remove(&terminal) else { return };
        let reply = match (filing, result) {
            (Filing::List(heading), Ok(list)) => {
                Reply::printed(format!("{heading}\n\n{}", self.listed(list)))
            }
            (Filing::List(heading), Err(error)) => Reply::failed(format!("%Error: {heading}: {error}\n")),
            (Filing::Write { shown, .. }, Ok(_)) => Reply::printed(shown),
            (Filing::Write { file, .. }, Err(error)) => {
                Reply::failed(format!("%Error opening {file} ({error})\n"))
            }
            (Filing::Erase, Ok(_)) => {
                info!(terminal = terminal.0, "startup-config erased");
                self.settings.startup_config = None;
                Reply::printed("[OK]\nErase of nvram: complete\n")
            }
            (Filing::Erase, Err(error)) => {
                Reply::failed(format!("% startup-config is not erased: {error}\n"))
            }
        };
        if let Some(reply) = reply {
            self.reply(terminal, reply);
        }
    }

    /// A list of files, as IOS shows it.
    fn listed(&self, list: &str) -> String {
        const MONTHS: [&str; 12] =
            ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
        let (files, total) = list.trim_end().rsplit_once('\n').unwrap_or(("", list.trim_end()));
        let offset = self.clock.utc_offset_seconds();
        let mut text = String::new();
        for (number, file) in (1..).zip(files.lines()) {
            let mut fields = file.splitn(4, ' ');
            let mut next = || fields.next().unwrap_or_default();
            let (kind, size, changed, name) = (next(), next(), next(), next());
            let millis = changed.parse::<i64>().unwrap_or(0).saturating_mul(1000);
            let time = WallClock::new(Instant::ZERO, millis, offset).civil(Instant::ZERO);
            let month = MONTHS.get(usize::from(time.month).wrapping_sub(1)).copied().unwrap_or("???");
            text.push_str(&format!(
                "{number:5}  {}  {size:>10}  {month} {:>2} {} {:02}:{:02}:{:02} {}{:02}:{:02}  {name}\n",
                if kind == "d" { "drw-" } else { "-rw-" },
                time.day,
                time.year,
                time.hour,
                time.minute,
                time.second,
                if offset < 0 { '-' } else { '+' },
                offset.abs() / 3600,
                offset.abs() / 60 % 60,
            ));
        }
        if files.is_empty() {
            text.push_str("No files in directory\n");
        }
        let (total, free) = total.split_once(' ').unwrap_or((total, "0"));
        format!("{text}\n{total} bytes total ({free} bytes free)\n")
    }

    /// The startup configuration was stored, or could not be.
    pub(crate) fn stored(&mut self, terminal: TerminalId, error: &str) {
        let Some(text) = self.terminals.storing.remove(&terminal) else { return };
        if self.saved(terminal, error.is_empty()) {
            if error.is_empty() {
                info!(bytes = text.len(), "startup-config stored");
                self.settings.startup_config = Some(text);
            }
            return;
        }
        let mut reply = Reply { text: "Building configuration...\n".to_owned(), ..Reply::default() };
        if error.is_empty() {
            info!(terminal = terminal.0, bytes = text.len(), "startup-config stored");
            if self.terminals.reloading.remove(&terminal) {
                self.terminals.asking.insert(terminal, Question::Reload);
            }
            self.audit_operator(terminal, "write memory", "ok");
            self.settings.startup_config = Some(text);
            reply.text.push_str("[OK]\n");
        } else {
            reply.failed = true;
            self.terminals.reloading.remove(&terminal);
            self.audit_operator(terminal, "write memory", error);
            reply.text.push_str(&format!("% startup-config is not stored: {error}\n"));
        }
        self.reply(terminal, reply);
    }

    /// Begins to store the configuration for whoever has this terminal; false if it cannot be stored.
    pub(crate) fn begin_storing(&mut self, terminal: TerminalId) -> bool {
        self.store(terminal).is_none()
    }

    /// Carries out lines one after the other, as if a person had typed them at a terminal that configures: a mode that one
    /// enters holds for the next ones, and an exec command is carried out as one.
    ///
    /// # Errors
    /// The number of the first line that failed, from 1, and why. Those before it are in effect, those behind it are not
    /// carried out.
    pub(crate) fn run_lines(&mut self, lines: &[String]) -> Result<String, (usize, String)> {
        /// Exec commands that are carried out too.
        const EXEC: [&str; 3] = ["emadmin", "show", "clear"];
        let terminal = LINES;
        self.terminals.configuring.insert(terminal, Session::default());
        let mut text = String::new();
        let mut failure = None;
        for (number, line) in (1..).zip(lines) {
            let first = line.split_whitespace().next().unwrap_or_default();
            if first.is_empty() {
                continue;
            }
            let typed = line.trim_start();
            let typed = match first.eq_ignore_ascii_case("do") {
                true => typed.get(first.len()..).unwrap_or_default().trim_start(),
                false => typed,
            };
            let command = typed.split_whitespace().next().unwrap_or_default();
            let is_exec = EXEC.iter().any(|word| command.eq_ignore_ascii_case(word));
            if typed.len() < line.trim_start().len() && !is_exec {
                failure = Some((number, "this command is not possible here".to_owned()));
                break;
            }
            let line = if is_exec { format!("do {typed}") } else { line.clone() };
            // A line may have ended the session: the next one begins at the top again.
            self.terminals.configuring.entry(terminal).or_default();
            let reply = self.typed(terminal, &line);
            self.settle();
            match reply {
                Some(reply) if reply.failed => {
                    failure = Some((number, reply.text.trim().to_owned()));
                    break;
                }
                Some(reply) => text.push_str(&reply.text),
                None => {
                    failure = Some((number, "this command is not possible here".to_owned()));
                    break;
                }
            }
        }
        self.terminals.end(terminal);
        self.terminals.storing.remove(&terminal);
        self.terminals.reading.remove(&terminal);
        self.terminals.filing.remove(&terminal);
        failure.map_or(Ok(text), Err)
    }

    /// A configuration that a terminal asked for was read, or could not be.
    pub(crate) fn configuration_read(&mut self, terminal: TerminalId, text: Result<&str, &str>) {
        let Some(file) = self.terminals.reading.remove(&terminal) else { return };
        let reply = match text {
            Ok(text) => self.replaced(&file, text),
            Err(error) => Reply::failed(format!("% {file} cannot be read: {error}\n")),
        };
        if let Some(reply) = reply {
            self.audit_operator(terminal, &format!("configure replace {file}"), outcome(&reply));
            self.reply(terminal, reply);
        }
    }

    /// Replaces the configuration by that of `startup-config`, or of a file that has to be read first.
    fn replace(&mut self, terminal: TerminalId, file: String) -> Option<Reply> {
        let name = file.trim_start_matches("nvram:");
        if name == "startup-config" {
            return match self.settings.startup_config.clone() {
                Some(text) => {
                    let reply = self.replaced(name, &text);
                    reply.iter().for_each(|reply| {
                        self.audit_operator(terminal, "configure replace startup-config", outcome(reply));
                    });
                    reply
                }
                None => Reply::failed("% startup-config is not present\n"),
            };
        }
        self.terminals.reading.insert(terminal, file.clone());
        self.out.push(Output::ReadConfiguration { terminal, file });
        None
    }

    fn replaced(&mut self, file: &str, text: &str) -> Option<Reply> {
        match self.replace_configuration(text) {
            Ok(remarks) => {
                info!(file, "configuration replaced");
                let remarks = remarks.iter().map(|remark| format!("% {remark}\n"));
                Reply::printed(format!("{}Rollback Done\n", remarks.collect::<String>()))
            }
            Err(NotReplaced::Wrong(findings)) => {
                let wrong = findings.iter().map(|finding| {
                    format!("% {file}:{}:{}: {}\n", finding.line, finding.column, finding.message)
                });
                Reply::failed(format!("{}% Nothing was changed\n", wrong.collect::<String>()))
            }
            Err(NotReplaced::Invalid(error)) => Reply::failed(format!("% {error}; nothing was changed\n")),
        }
    }

    fn reply(&mut self, terminal: TerminalId, reply: Reply) {
        let Reply { mut text, failed, leaves, reloads } = reply;
        if let Cow::Owned(shown) = printable_lines(&text) {
            text = shown;
        }
        let prompt = (!leaves).then(|| printable(&self.prompt(terminal)).into_owned());
        self.out.push(Output::CommandOutput { terminal, text, failed, prompt });
        if reloads {
            self.out.push(Output::Reload);
        }
    }

    /// What a terminal shows before a line.
    fn prompt(&self, terminal: TerminalId) -> String {
        if let Some(question) = self.terminals.asking.get(&terminal) {
            return question.text().to_owned();
        }
        let name: String = self.settings.hostname.chars().take(MAX_HOSTNAME).collect();
        match self.terminals.configuring.get(&terminal) {
            Some(session) => format!("{name}({})#", session.position.prompt()),
            None if self.terminals.unprivileged.contains(&terminal) => format!("{name}>"),
            None => format!("{name}#"),
        }
    }

    /// Carries out a line that is not empty. `None` when the reply comes later.
    fn typed(&mut self, terminal: TerminalId, line: &str) -> Option<Reply> {
        if line.len() > MAX_LINE {
            return Reply::failed(format!("% Command is longer than {MAX_LINE} characters.\n"));
        }
        let width = self.prompt(terminal).chars().count();
        if self.terminals.unprivileged.contains(&terminal) && !only_looks(line) {
            let indent = line.len() - line.trim_start().len();
            return Reply::failed(invalid_input(width + indent));
        }
        let configures = self.terminals.configuring.contains_key(&terminal);
        if !configures && line.trim_start().starts_with('!') {
            return Reply::printed("");
        }
        match configures {
            true => self.configuration_line(terminal, line, width),
            false => match cli::execute(self, line, width) {
                Done::Configure => self.begin_configuring(terminal),
                // IOS takes the word for the name of a computer to connect to.
                Done::Unknown(_) => Reply::failed(UNKNOWN),
                done => {
                    self.audit_command(terminal, line, &done);
                    self.done(terminal, done)
                }
            },
        }
    }

    /// Commands that only show something are not audited.
    fn audit_command(&self, terminal: TerminalId, line: &str, done: &Done) {
        let clears =
            line.split_whitespace().next().is_some_and(|word| word.len() >= 2 && begins(word, "clear"));
        match done {
            Done::Printed(_) if clears => self.audit_operator(terminal, line, "ok"),
            Done::Failed(why) if clears => self.audit_operator(terminal, line, why),
            _ => {}
        }
    }

    fn done(&mut self, terminal: TerminalId, done: Done) -> Option<Reply> {
        match done {
            Done::Printed(text) => Reply::printed(text),
            Done::Failed(text) | Done::Unknown(text) => Reply::failed(text),
            // Lines of the XML interface do not end the process, nor write files.
            Done::Reload
            | Done::Erase
            | Done::List(_)
            | Done::Write(_)
            | Done::Privileged(_)
            | Done::Confirm(_)
                if terminal == LINES =>
            {
                None
            }
            Done::Store => self.store(terminal),
            Done::Copy => self.ask_first(terminal, Question::Destination, Node::store),
            Done::Erase => self.ask_first(terminal, Question::Erase, Node::erase),
            Done::Reload => {
                let modified = self.settings.startup_config.as_deref()
                    != Some(&self.running_configuration().running_config());
                let question = if modified { Question::SaveFirst } else { Question::Reload };
                self.ask_first(terminal, question, Node::reload)
            }
            Done::List(true) => {
                self.files(terminal, Filing::List("Directory of nvram:/"), FileOrder::List { startup: true })
            }
            Done::List(false) => {
                self.files(terminal, Filing::List("Directory of flash:/"), FileOrder::List { startup: false })
            }
            Done::Write(Written { file, text, append, shown }) => {
                let shown = if shown { text.clone() } else { String::new() };
                let filing = Filing::Write { file: file.clone(), shown };
                self.files(terminal, filing, FileOrder::Write { file, text, append })
            }
            Done::Confirm(true) | Done::Privileged(false)
                if self.terminals.asked.len() + self.terminals.unprivileged.len() >= 2 * MAX_CONFIGURING =>
            {
                Reply::failed("% Too many terminals.\n")
            }
            Done::Confirm(on) => {
                match on {
                    true => drop(self.terminals.asked.insert(terminal)),
                    false => drop(self.terminals.asked.remove(&terminal)),
                }
                Reply::printed("")
            }
            Done::Privileged(on) => {
                match on {
                    true => drop(self.terminals.unprivileged.remove(&terminal)),
                    false => drop(self.terminals.unprivileged.insert(terminal)),
                }
                Reply::printed("")
            }
            Done::Privilege => {
                let level = if self.terminals.unprivileged.contains(&terminal) { 1 } else { 15 };
                Reply::printed(format!("Current privilege level is {level}\n"))
            }
            Done::Replace(file) => self.replace(terminal, file),
            Done::Monitor(true) if self.terminals.monitoring.len() >= MAX_CONFIGURING => {
                Reply::failed("% Too many terminals monitor.\n")
            }
            Done::Monitor(true) => {
                self.terminals.monitoring.insert(terminal);
                Reply::printed("")
            }
            Done::Monitor(false) => {
                self.terminals.monitoring.remove(&terminal);
                Reply::printed("")
            }
            Done::Leave => Some(Reply { leaves: true, ..Reply::default() }),
            Done::Configure => Reply::failed("% This terminal is in configuration mode already.\n"),
        }
    }

    fn begin_configuring(&mut self, terminal: TerminalId) -> Option<Reply> {
        if self.terminals.configuring.len() >= MAX_CONFIGURING {
            return Reply::failed("% Too many terminals are in configuration mode.\n");
        }
        self.terminals.configuring.insert(terminal, Session::default());
        Reply::printed("Enter configuration commands, one per line.  End with CNTL/Z.\n")
    }

    fn store(&mut self, terminal: TerminalId) -> Option<Reply> {
        let text = self.running_configuration().running_config();
        if let Some(error) = config::load(&text).diagnostics.iter().find(|d| d.severity == Severity::Error) {
            let Diagnostic { line, message, .. } = error;
            return Reply::failed(format!(
                "% startup-config is not stored, since it could not be loaded again: line {line}: {message}\n"
            ));
        }
        self.terminals.storing.insert(terminal, text.clone());
        self.out.push(Output::StoreStartupConfig { terminal, text });
        None
    }

    /// A line typed at a configuration prompt of so many columns.
    fn configuration_line(&mut self, terminal: TerminalId, line: &str, width: usize) -> Option<Reply> {
        let (first, rest) = line.trim().split_once(char::is_whitespace).unwrap_or((line.trim(), ""));
        let is = |word: &str| first.eq_ignore_ascii_case(word);
        // What stands in a banner is no command.
        let session = self.terminals.configuring.get(&terminal);
        if session.is_some_and(|session| session.position.is_in_text()) {
            return self.configure_line(terminal, line, width);
        }
        if is("do") {
            return self.exec_line(terminal, line, width);
        }
        if rest.is_empty() && (is("end") || first.len() >= 2 && begins(first, "exit")) {
            self.leave(terminal, is("end"));
            return Reply::printed("");
        }
        if rest.is_empty() && (is("no") || is("default")) {
            return Reply::failed(config::INCOMPLETE);
        }
        if let Some(partial) = line.strip_suffix('?') {
            let position = self.terminals.configuring.get(&terminal).map(|session| &session.position);
            return Reply::printed(cli::explain(&position.map_or_else(Vec::new, |at| help_at(at, partial))));
        }
        self.configure_line(terminal, line, width)
    }

    /// `do` and an exec command.
    fn exec_line(&mut self, terminal: TerminalId, line: &str, width: usize) -> Option<Reply> {
        let after_blanks = line.len() - line.trim_start().len() + "do".len();
        let command = line.get(after_blanks..).unwrap_or_default();
        if command.trim().is_empty() {
            return Reply::failed(config::INCOMPLETE);
        }
        let width = width + line.get(..after_blanks).map_or(0, |before| before.chars().count());
        match cli::execute(self, command, width) {
            Done::Leave => Reply::failed(invalid_input(width + 1)),
            done => {
                self.audit_command(terminal, command, &done);
                self.done(terminal, done)
            }
        }
    }

    /// Leaves the current mode, or all.
    fn leave(&mut self, terminal: TerminalId, all: bool) {
        let session = self.terminals.configuring.get_mut(&terminal);
        let inside = !all && session.is_some_and(|session| session.position.leave());
        if !inside {
            self.terminals.end(terminal);
        }
    }

    /// Enters a line into the configuration and lets it take effect.
    fn configure_line(&mut self, terminal: TerminalId, line: &str, width: usize) -> Option<Reply> {
        let session = self.terminals.configuring.get(&terminal)?;
        let before = self.running_configuration();
        let place = session.position.place();
        let mut editor = Editor::resume(before.clone(), session.position.clone());
        let findings = editor.enter(line);
        let actions = editor.take_actions();
        let said = editor.take_said();
        let (after, position) = editor.into_parts();
        let mut reply = spoken(&findings, line, width);
        if terminal == LINES
            && !reply.failed
            && let Some(error) = refused_to_programs(line, &session.position, &position, &findings)
        {
            reply = Reply { text: error, failed: true, ..Reply::default() };
        }
        if reply.failed {
            self.audit_configuring(terminal, &object(place), line, refusal(&findings));
            return Some(reply);
        }
        let changed = after != before;
        if changed {
            debug!(terminal = terminal.0, line = recording::mask_text(line), "configuration line");
            match self.configure(&before, after) {
                Ok(remarks) => {
                    let warnings = dependencies::warnings(&before, &self.running_configuration());
                    remarks
                        .iter()
                        .chain(&warnings)
                        .for_each(|remark| reply.text.push_str(&format!("% {remark}\n")))
                }
                Err(error) => {
                    self.audit_configuring(terminal, &object(place), line, &error.to_string());
                    return Reply::failed(format!("% {error}\n"));
                }
            }
        }
        if changed || !actions.is_empty() {
            self.audit_configuring(terminal, &object(place), line, "ok");
        }
        said.iter().for_each(|line| reply.text.push_str(&format!("{line}\n")));
        for action in actions {
            reply.text.push_str(&self.act(action));
        }
        if let Some(session) = self.terminals.configuring.get_mut(&terminal) {
            session.position = position;
            session.changes += usize::from(changed);
        }
        Some(reply)
    }
}

/// The part of the configuration that a mode changes: `ephone-dn 2`, `telephony-service`.
fn object(place: config::Change) -> String {
    match (place.mode, place.tag) {
        (config::Mode::Global, _) => String::new(),
        (mode, 0) => mode.name().to_owned(),
        (mode, tag) => format!("{} {tag}", mode.name()),
    }
}

/// How a reply is told in the audit.
fn outcome(reply: &Reply) -> &str {
    if reply.failed { reply.text.lines().next().unwrap_or("failed") } else { "ok" }
}

/// Why a line was refused.
fn refusal(findings: &[Diagnostic]) -> &str {
    let error = findings.iter().find(|finding| finding.severity == Severity::Error);
    error.map_or("refused", |error| error.message.as_str())
}

/// What is said about a line: its error, or else everything there is to know.
fn spoken(findings: &[Diagnostic], line: &str, width: usize) -> Reply {
    let error = findings.iter().find(|finding| finding.severity == Severity::Error);
    match error {
        Some(error) => Reply { text: error.ios_form(width, line), failed: true, ..Reply::default() },
        None => {
            let text = findings.iter().map(|finding| finding.ios_form(width, line)).collect();
            Reply { text, ..Reply::default() }
        }
    }
}

/// Is this a command of user EXEC, which changes nothing and shows no passwords?
fn only_looks(line: &str) -> bool {
    let line = line.trim();
    if line.ends_with('?') {
        return true;
    }
    let mut words = line.split_whitespace();
    let (first, second) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let is = |word: &str, keyword: &str, least: usize| word.len() >= least && begins(word, keyword);
    match first {
        show if is(show, "show", 2) => {
            !(is(second, "running-config", 2) || is(second, "startup-config", 2) || line.contains('|'))
        }
        first => {
            let others =
                [("disable", 4), ("enable", 2), ("exit", 2), ("logout", 2), ("quit", 1), ("terminal", 2)];
            others.iter().any(|(keyword, least)| is(first, keyword, *least))
        }
    }
}

/// Why a line that the configuration takes is refused to programs: it is of none of the modes that are for them, or a button
/// gets a line that does not exist.
fn refused_to_programs(
    line: &str,
    before: &Position,
    after: &Position,
    findings: &[Diagnostic],
) -> Option<String> {
    /// What the lines of the global configuration begin with that are for programs.
    const OPEN: [&str; 18] = [
        "telephony-service",
        "ephone",
        "ephone-dn",
        "ephone-hunt",
        "ephone-template",
        "ephone-dn-template",
        "ephone-type",
        "vm-integration",
        "dial-peer voice",
        "presence",
        "voice register",
        "voice hunt-group",
        "voice user-profile",
        "voice logout-profile",
        "voice moh-group",
        "voice translation-rule",
        "voice translation-profile",
        "voice class",
    ];
    let mut words = line
        .split_whitespace()
        .skip_while(|word| ["no", "default"].iter().any(|form| word.eq_ignore_ascii_case(form)));
    let (first, second) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let in_place = before.mode() != config::Mode::Global && before.mode() == after.mode();
    let opens = |open: &str| {
        let (keyword, next) = open.split_once(' ').unwrap_or((open, ""));
        first.len() >= 4
            && begins(first, keyword)
            && (next.is_empty() || second.len() >= 2 && begins(second, next))
    };
    if !in_place && before.is_kept_mode() <= after.is_kept_mode() && !OPEN.iter().any(|open| opens(open)) {
        return Some("this mode is not open to ISexecCLI".to_owned());
    }
    let warned = findings.iter().any(|finding| {
        finding.severity == Severity::Warning && finding.kind == config::DiagnosticKind::Meaning
    });
    if warned && first.len() >= 2 && begins(first, "button") {
        let position = second.split(|c: char| !c.is_ascii_digit()).next().unwrap_or_default();
        return Some(format!("invalid input dn parameter for button {position}"));
    }
    None
}

/// The line before a control-Z, which is executed first, and whether there is one.
fn without_control_z(line: &str) -> (&str, bool) {
    match line.split_once('\u{1a}') {
        Some((typed, _)) => (typed, true),
        None => match line.trim() {
            "^Z" | "^z" => ("", true),
            _ => (line, false),
        },
    }
}

fn begins(word: &str, keyword: &str) -> bool {
    keyword.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word))
}
