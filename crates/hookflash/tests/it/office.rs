//! `hookflash sim --serve`, with `hookflash csta` as the application.

use std::path::Path;

use crate::process::{Folder, Running, run};

/// An office that is ready, and where applications connect.
fn office(arguments: &[&str]) -> (Running, String) {
    let mut office = Running::start(&[&["sim", "--serve", "--sip-port", "0"], arguments].concat());
    let ready = office.wait_for("ready ");
    let address = ready.split_whitespace().find_map(|word| word.strip_prefix("sip=")).unwrap();
    (office, address.to_owned())
}

fn count_of(text: &str, report: &str) -> usize {
    let mut lines = report.lines();
    let line = lines.find(|line| line.starts_with(text)).unwrap_or_else(|| panic!("{text}:\n{report}"));
    line.rsplit(' ').next().unwrap().parse().unwrap()
}

#[test]
fn an_application_watches_a_living_office_and_misses_no_event() {
    let (office, server) = office(&["--speed", "50", "--seed", "7", "--faults"]);
    let numbers: Vec<String> = (201..=220).map(|number| format!("tel:{number}")).collect();
    let mut arguments = vec!["csta", "--server", &server, "--quiet", "monitor"];
    arguments.extend(numbers.iter().map(String::as_str));
    let mut application = Running::start_without_log(&arguments);
    application.wait_for_lines(200);
    let (status, report) = office.terminate();
    let (_, seen) = application.finish();

    assert!(status.success(), "{report}");
    assert_eq!(count_of("complaints of phones", &report), 0);
    assert!(count_of("  answered", &report) > 3, "{report}");
    for event in ["Delivered", "Established", "ConnectionCleared"] {
        assert!(seen.contains(event), "no {event} in\n{seen}");
    }
    let responses = numbers.len();
    assert_eq!(seen.lines().count() - responses, count_of("events sent", &report));
}

#[test]
fn an_application_answers_what_a_script_calls() {
    let folder = Folder::new("answers");
    // Bob is in the script, so he does nothing else.
    let script = folder.write("ring.script", "bob is plugged in\nafter 5 seconds\nalice dials 202\n");
    let script_path = script.to_string_lossy();
    let (office, server) = office(&["--phones", "2", "--speed", "5", "--script", &script_path, "--repeat"]);
    let mut monitor = Running::start(&["csta", "--server", &server, "--quiet", "monitor", "tel:202"]);
    monitor.wait_for("Delivered");
    let (status, printed) = run(&["csta", "--server", &server, "--udp", "answer", "tel:202"]);
    assert!(status.success(), "{printed}");
    monitor.wait_for("Established");
    let (status, report) = office.terminate();
    assert!(status.success(), "{report}");
    assert_eq!(count_of("  answered", &report), 1, "{report}");
}

#[test]
fn the_transcript_is_a_script_that_does_the_same_again() {
    let folder = Folder::new("transcript");
    let (first, second) = (folder.file("first.script"), folder.file("second.script"));
    let (first_path, second_path) = (first.to_string_lossy(), second.to_string_lossy());
    let live = |arguments: &[&str]| {
        let common = ["--speed", "100", "--duration", "200"];
        let (mut office, _) = office(&[&common, arguments].concat());
        let (status, report) = office.finish();
        assert!(status.success(), "{report}");
    };
    live(&["--seed", "3", "--calls-per-minute", "0.5", "--transcript", &first_path]);
    live(&["--script", &first_path, "--transcript", &second_path]);
    let deeds = |path: &Path| -> Vec<String> {
        let text = std::fs::read_to_string(path).unwrap();
        text.lines().filter(|line| line.contains("dials")).map(str::to_owned).collect()
    };
    let done = deeds(&first);
    assert!(done.len() > 10, "{done:#?}");
    assert!(deeds(&second).len() >= done.len() * 3 / 4, "{:#?}", deeds(&second));
}
