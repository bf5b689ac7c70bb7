//! Runs the program and waits for what it prints; nothing is left to time but a deadline.

use std::{
    io::{BufRead, BufReader, Read, Write},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};

/// How long anything may take on a machine that has much else to do.
const PATIENCE: Duration = Duration::from_secs(60);

/// A directory of a test, empty at the beginning, gone at the end.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new(name: &str) -> Folder {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    pub fn write(&self, name: &str, text: &str) -> PathBuf {
        std::fs::write(self.file(name), text).unwrap();
        self.file(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A running program. It is killed when it is dropped.
pub struct Running {
    child: Child,
    lines: Receiver<String>,
    seen: Vec<String>,
}

impl Running {
    /// Starts `hookflash` with these arguments. Its output and its log are one stream of lines.
    pub fn start<S: AsRef<std::ffi::OsStr>>(arguments: &[S]) -> Running {
        Running::spawn(Command::new(env!("CARGO_BIN_EXE_hookflash")).args(arguments).stderr(Stdio::piped()))
    }

    /// Starts `hookflash` with these arguments. Only its output is read; its log is that of the test.
    pub fn start_without_log<S: AsRef<std::ffi::OsStr>>(arguments: &[S]) -> Running {
        Running::spawn(Command::new(env!("CARGO_BIN_EXE_hookflash")).args(arguments))
    }

    /// Starts `hookflash` with these arguments as [`start`](Running::start) does; it may have so many files open.
    pub fn start_with_files<S: AsRef<std::ffi::OsStr>>(files: u32, arguments: &[S]) -> Running {
        let limited = format!("ulimit -n {files} && exec \"$0\" \"$@\"");
        let mut shell = Command::new("sh");
        shell.args(["-c", &limited, env!("CARGO_BIN_EXE_hookflash")]).args(arguments);
        Running::spawn(shell.stderr(Stdio::piped()))
    }

    /// Starts a program.
    pub fn spawn(command: &mut Command) -> Running {
        Running::spawn_as_it_is(command.env_remove("HOOKFLASH_LOG"))
    }

    /// Starts a program in this environment.
    pub fn spawn_as_it_is(command: &mut Command) -> Running {
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let (sender, lines) = channel();
        forward(child.stdout.take().unwrap(), sender.clone());
        child.stderr.take().into_iter().for_each(|log| forward(log, sender.clone()));
        Running { child, lines, seen: Vec::new() }
    }

    /// Waits until a line with this in it has been printed, or finds it among those that were.
    pub fn wait_for(&mut self, part: &str) -> String {
        if let Some(line) = self.seen.iter().find(|line| line.contains(part)) {
            return line.clone();
        }
        self.read_until(&format!("{part:?}"), |line, _| line.contains(part));
        self.seen.last().unwrap().clone()
    }

    /// Waits until so many lines have been printed.
    pub fn wait_for_lines(&mut self, count: usize) {
        if self.seen.len() < count {
            self.read_until(&format!("line {count}"), |_, seen| seen == count);
        }
    }

    /// Reads lines until the last of so many is the one.
    fn read_until(&mut self, what: &str, is_it: impl Fn(&str, usize) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            match self.lines.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(line) => {
                    self.seen.push(line);
                    if is_it(self.seen.last().unwrap(), self.seen.len()) {
                        return;
                    }
                }
                Err(_) => panic!("{what} was not printed; this was:\n{}", self.seen.join("\n")),
            }
        }
    }

    /// Types a line.
    pub fn type_line(&mut self, line: impl AsRef<[u8]>) {
        let input = self.child.stdin.as_mut().unwrap();
        input.write_all(&[line.as_ref(), b"\n"].concat()).unwrap();
    }

    /// Sends a signal.
    pub fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Sends SIGTERM and waits for the end.
    pub fn terminate(mut self) -> (ExitStatus, String) {
        self.signal(Signal::TERM);
        self.finish()
    }

    /// Kills it at once.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Waits for the end; what was printed altogether.
    pub fn finish(&mut self) -> (ExitStatus, String) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            match self.lines.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(line) => self.seen.push(line),
                // Both streams have ended, which they do with the program.
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => {
                    panic!("it does not end; it printed:\n{}", self.seen.join("\n"))
                }
            }
        }
        (self.child.wait().unwrap(), self.seen.join("\n"))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn forward(stream: impl Read + Send + 'static, to: Sender<String>) {
    std::thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            if to.send(line).is_err() {
                break;
            }
        }
    });
}

/// Runs `hookflash` with these arguments to its end.
pub fn run<S: AsRef<std::ffi::OsStr>>(arguments: &[S]) -> (ExitStatus, String) {
    Running::start(arguments).finish()
}

/// The words of a command line as a shell reads them; quotes are single ones.
pub fn shell_words(line: &str) -> Vec<String> {
    let words = line.split('\'').enumerate().flat_map(|(index, part)| match index % 2 {
        0 => part.split_whitespace().map(str::to_owned).collect(),
        _ => vec![part.to_owned()],
    });
    words.collect()
}
