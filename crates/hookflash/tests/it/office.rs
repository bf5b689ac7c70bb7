//! `hookflash sim --serve`, with `hookflash csta` as the application.

use std::{
    io::{BufRead, BufReader},
    path::PathBuf,
    process::{Child, Command, ExitStatus, Stdio},
    sync::mpsc::{Receiver, channel},
    thread,
    time::{Duration, Instant},
};

/// How long anything may take that is waited for.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running `hookflash` whose output is read line by line. It is killed when it is dropped.
struct Program {
    child: Child,
    output: Receiver<String>,
}

impl Program {
    fn start(arguments: &[&str]) -> Program {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hookflash"));
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let (sender, output) = channel();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        thread::spawn(move || stdout.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
        Program { child, output }
    }

    /// The next line that contains this.
    fn line_with(&mut self, text: &str) -> String {
        let deadline = Instant::now() + PATIENCE;
        let mut others = Vec::new();
        loop {
            match self.output.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(line) if line.contains(text) => return line,
                Ok(line) => others.push(line),
                Err(error) => panic!("no line with {text:?}: {error}; there were {others:#?}"),
            }
        }
    }

    /// The next lines, that many.
    fn lines(&mut self, count: usize) -> Vec<String> {
        (0..count).map(|_| self.line_with("")).collect()
    }

    /// The lines that are left, until the program ends, and how it ends.
    fn rest(mut self) -> (Vec<String>, ExitStatus) {
        let deadline = Instant::now() + PATIENCE;
        let mut lines = Vec::new();
        while let Ok(line) = self.output.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            lines.push(line);
        }
        assert!(Instant::now() < deadline, "it does not end: {lines:#?}");
        let status = self.child.wait().unwrap();
        (lines, status)
    }

    fn terminate(&self) {
        let id = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(id, rustix::process::Signal::TERM).unwrap();
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It has ended already, as a rule.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An office that is ready, and where applications connect.
fn office(arguments: &[&str]) -> (Program, String) {
    let mut office = Program::start(&[&["sim", "--serve", "--sip-port", "0"], arguments].concat());
    let ready = office.line_with("ready ");
    let address = ready.split_whitespace().find_map(|word| word.strip_prefix("sip=")).unwrap();
    (office, address.to_owned())
}

fn count_of(text: &str, lines: &[String]) -> usize {
    let line =
        lines.iter().find(|line| line.starts_with(text)).unwrap_or_else(|| panic!("{text}: {lines:#?}"));
    line.rsplit(' ').next().unwrap().parse().unwrap()
}

fn scratch(name: &str) -> PathBuf {
    let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    directory.join(format!("{}-{name}", std::process::id()))
}

#[test]
fn an_application_watches_a_living_office_and_misses_no_event() {
    let (office, server) = office(&["--speed", "50", "--seed", "7", "--faults"]);
    let numbers: Vec<String> = (201..=220).map(|number| format!("tel:{number}")).collect();
    let mut arguments = vec!["csta", "--server", &server, "--quiet", "monitor"];
    arguments.extend(numbers.iter().map(String::as_str));
    let mut application = Program::start(&arguments);
    let mut seen = application.lines(200);
    office.terminate();
    let (report, status) = office.rest();
    seen.extend(application.rest().0);

    assert!(status.success(), "{report:#?}");
    assert_eq!(count_of("complaints of phones", &report), 0);
    assert!(count_of("  answered", &report) > 3, "{report:#?}");
    for event in ["Delivered", "Established", "ConnectionCleared"] {
        assert!(seen.iter().any(|line| line.contains(event)), "no {event} among {} lines", seen.len());
    }
    let responses = numbers.len();
    assert_eq!(seen.len() - responses, count_of("events sent", &report));
}

#[test]
fn an_application_answers_what_a_script_calls() {
    let script = scratch("ring.script");
    // Bob is in the script, so he does nothing else.
    std::fs::write(&script, "bob is plugged in\nafter 5 seconds\nalice dials 202\n").unwrap();
    let script_path = script.to_string_lossy();
    let (office, server) = office(&["--phones", "2", "--speed", "5", "--script", &script_path, "--repeat"]);
    let mut monitor = Program::start(&["csta", "--server", &server, "--quiet", "monitor", "tel:202"]);
    monitor.line_with("Delivered");
    let answer = Program::start(&["csta", "--server", &server, "--udp", "answer", "tel:202"]);
    assert!(answer.rest().1.success());
    monitor.line_with("Established");
    office.terminate();
    let (report, status) = office.rest();
    assert!(status.success(), "{report:#?}");
    assert_eq!(count_of("  answered", &report), 1, "{report:#?}");
    std::fs::remove_file(script).unwrap();
}

#[test]
fn the_transcript_is_a_script_that_does_the_same_again() {
    let (first, second) = (scratch("first.script"), scratch("second.script"));
    let (first_path, second_path) = (first.to_string_lossy(), second.to_string_lossy());
    let run = |arguments: &[&str]| {
        let common = ["--speed", "100", "--duration", "200"];
        let (office, _) = office(&[&common, arguments].concat());
        assert!(office.rest().1.success());
    };
    run(&["--seed", "3", "--calls-per-minute", "0.5", "--transcript", &first_path]);
    run(&["--script", &first_path, "--transcript", &second_path]);
    let deeds = |path: &PathBuf| -> Vec<String> {
        let text = std::fs::read_to_string(path).unwrap();
        text.lines().filter(|line| line.contains("dials")).map(str::to_owned).collect()
    };
    let done = deeds(&first);
    assert!(done.len() > 10, "{done:#?}");
    assert!(deeds(&second).len() >= done.len() * 3 / 4, "{:#?}", deeds(&second));
    for path in [first, second] {
        std::fs::remove_file(path).unwrap();
    }
}
