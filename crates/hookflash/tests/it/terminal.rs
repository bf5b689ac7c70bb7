//! `hookflash cli` at a terminal: `?` without Enter, Tab, history, paging, Control-Z.

use std::{
    fs::File,
    io::{Read, Write},
    os::fd::OwnedFd,
    process::{Child, Command, ExitStatus},
    sync::mpsc::{Receiver, RecvTimeoutError, channel},
    time::{Duration, Instant},
};

use rustix::{
    pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt},
    termios::{Winsize, tcsetwinsize},
};

use crate::server::Server;

/// How long anything may take on a machine that has much else to do.
const PATIENCE: Duration = Duration::from_secs(60);

/// A terminal of 24 lines of 80 columns with `hookflash` at it.
struct Terminal {
    child: Child,
    keyboard: File,
    screen: Receiver<Vec<u8>>,
    /// What was written to the screen and not waited for yet, without escape sequences.
    unread: String,
}

impl Terminal {
    fn open(arguments: &[&str]) -> Terminal {
        let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&ours).unwrap();
        unlockpt(&ours).unwrap();
        let size = Winsize { ws_row: 24, ws_col: 80, ws_xpixel: 0, ws_ypixel: 0 };
        let path = ptsname(&ours, Vec::new()).unwrap().into_string().unwrap();
        let theirs = File::options().read(true).write(true).open(path).unwrap();
        tcsetwinsize(&theirs, size).unwrap();
        let end = || OwnedFd::from(theirs.try_clone().unwrap());
        let mut command = Command::new(env!("CARGO_BIN_EXE_hookflash"));
        command.args(arguments).env("TERM", "xterm").stdin(end()).stdout(end()).stderr(end());
        let child = command.spawn().unwrap();
        let keyboard = File::from(ours);
        let mut output = keyboard.try_clone().unwrap();
        let (sender, screen) = channel();
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            // The terminal is gone when the program has ended.
            while let Ok(count @ 1..) = output.read(&mut bytes) {
                if sender.send(bytes[..count].to_vec()).is_err() {
                    break;
                }
            }
        });
        Terminal { child, keyboard, screen, unread: String::new() }
    }

    fn press(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).unwrap();
    }

    /// Waits until this is on the screen, and returns what was written before it.
    fn wait_for(&mut self, text: &str) -> String {
        let deadline = Instant::now() + PATIENCE;
        let mut bytes = Vec::new();
        loop {
            if let Some(at) = self.unread.find(text) {
                let rest = self.unread.split_off(at + text.len());
                return std::mem::replace(&mut self.unread, rest);
            }
            let wait = deadline.saturating_duration_since(Instant::now());
            match self.screen.recv_timeout(wait) {
                Ok(more) => bytes.extend(more),
                Err(_) => panic!("{text:?} is not on the screen; this is: {:?}", self.unread),
            }
            self.unread.push_str(&without_escapes(&std::mem::take(&mut bytes)));
        }
    }

    /// Waits for the end of the program.
    fn end(mut self) -> ExitStatus {
        // What it has written last may have to be read before it can end.
        loop {
            match self.screen.recv_timeout(PATIENCE) {
                Ok(bytes) => self.unread.push_str(&without_escapes(&bytes)),
                // The terminal is gone, which it is with the program.
                Err(RecvTimeoutError::Disconnected) => return self.child.wait().unwrap(),
                Err(RecvTimeoutError::Timeout) => {
                    panic!("it does not end; this is on the screen: {:?}", self.unread)
                }
            }
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Text without the sequences that move the cursor.
fn without_escapes(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let mut pieces = text.split("\x1b[");
    let mut plain = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let end = piece.find(|character: char| character.is_ascii_alphabetic()).map_or(0, |end| end + 1);
        plain.push_str(&piece[end..]);
    }
    plain.replace("\r", "")
}

fn at_terminal(name: &str) -> (Server, Terminal) {
    let server = Server::start(name, &[]);
    let terminal = Terminal::open(&["cli", "--data", server.folder.file("data").to_str().unwrap()]);
    (server, terminal)
}

#[test]
fn a_question_mark_answers_without_enter_and_the_line_comes_back() {
    let (server, mut terminal) = at_terminal("question");
    terminal.wait_for("office#");
    terminal.press("show e?");
    terminal.wait_for("ephone");
    // The line so far stands there again, and goes on.
    terminal.wait_for("office#show e");
    terminal.press("phone summ?");
    terminal.wait_for("summary");
    terminal.wait_for("office#show ephone summ");
    terminal.press("\x15exit\r");
    assert!(terminal.end().success());
    server.end();
}

#[test]
fn tab_completes_and_the_history_comes_back() {
    let (server, mut terminal) = at_terminal("tab");
    terminal.wait_for("office#");
    terminal.press("sh\tvers\t\r");
    terminal.wait_for("office uptime is");
    terminal.wait_for("office#");
    terminal.press("\x1b[A\r");
    terminal.wait_for("office uptime is");
    terminal.press("exit\r");
    assert!(terminal.end().success());
    server.end();
}

#[test]
fn long_output_waits_for_a_key_after_each_screen() {
    let (server, mut terminal) = at_terminal("paging");
    terminal.wait_for("office#");
    terminal.press("show running-config\r");
    let first = terminal.wait_for(" --More-- ");
    // What was typed, 23 lines, and the question.
    assert_eq!(first.lines().count(), 25, "{first}");
    terminal.press(" ");
    terminal.wait_for("\nend\n");
    terminal.wait_for("office#");
    // Any other key ends the output.
    terminal.press("show running-config\r");
    terminal.wait_for(" --More-- ");
    terminal.press("q");
    assert!(!terminal.wait_for("office#").contains("\nend\n"));
    terminal.press("terminal length 0\r");
    terminal.wait_for("\noffice#");
    terminal.press("show running-config\r");
    let whole = terminal.wait_for("\nend\n");
    assert!(!whole.contains("--More--"), "{whole}");
    terminal.press("exit\r");
    assert!(terminal.end().success());
    server.end();
}

#[test]
fn control_z_executes_the_line_and_leaves_the_configuration() {
    let (server, mut terminal) = at_terminal("control-z");
    terminal.wait_for("office#");
    terminal.press("conf t\rephone-dn 3\rnumber 205\x1a");
    terminal.wait_for("office(config-ephone-dn)#");
    terminal.wait_for("office#");
    terminal.press("show run | include ^ number 205\r");
    terminal.wait_for("\n number 205\n");
    terminal.wait_for("office#");
    // Control-C gives a line up.
    terminal.press("show nothing\x03");
    terminal.wait_for("\noffice#");
    // Control-D ends the session.
    terminal.press("\x04");
    assert!(terminal.end().success());
    server.end();
}
