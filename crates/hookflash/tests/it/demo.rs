//! `hookflash demo`: the first thing a newcomer runs.

use std::process::{Command, Stdio};

use crate::process::{Running, run, shell_words};

#[test]
fn the_demo_plays_to_its_end() {
    let (status, printed) = run(&["demo", "--once"]);
    assert!(status.success(), "{printed}");
    let scenes =
        ["Three phones register", "calls 202 from 201", "answers at Bob's", "on hold", "It ends the call"];
    for scene in scenes {
        assert!(printed.contains(scene), "{scene} is missing in:\n{printed}");
    }
    assert!(printed.contains("ConnectionClearedEvent"));
    // Nobody reads along: no colours.
    assert!(!printed.contains('\x1b'), "{printed}");
    // One line for each registration.
    assert_eq!(printed.matches("registered").count(), 3, "{printed}");
    assert!(!printed.contains("ButtonTemplateReq"), "{printed}");
    let (status, printed) = run(&["demo", "--once", "--all", "--color", "always"]);
    assert!(status.success() && printed.contains("ButtonTemplateReq") && printed.contains("\x1b[36m"));
}

/// A demo that was not started by cargo, as this test was.
fn demo() -> Running {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hookflash"));
    Running::spawn(command.arg("demo").env_remove("CARGO").stderr(Stdio::piped()))
}

/// The words of a printed command after the program.
fn words(line: &str) -> Vec<String> {
    let (_, command) = line.trim().split_once(env!("CARGO_BIN_EXE_hookflash")).unwrap();
    shell_words(command)
}

#[test]
fn the_commands_that_a_demo_prints_reach_it_also_when_there_are_two() {
    let mut demos = [demo(), demo()];
    for demo in &mut demos {
        let dave = words(&demo.wait_for(" phone --server"));
        let mut dave = Running::start(&dave);
        dave.wait_for("[204]");
        let (status, printed) = run(&words(&demo.wait_for(" call 201 202")));
        assert!(status.success() && printed.contains("MakeCall"), "{printed}");
        demo.wait_for("201 calls Bob");
        let (status, printed) = run(&words(&demo.wait_for(" -c 'show ephone'")));
        assert!(status.success(), "{printed}");
        assert_eq!(printed.matches("REGISTERED in SCCP").count(), 4, "{printed}");
        let (status, printed) = run(&words(&demo.wait_for(" clear 201")));
        assert!(status.success(), "{printed}");
        // The other demo has no Dave yet.
        dave.type_line("quit");
        assert!(dave.finish().0.success());
    }
    for demo in demos {
        let mut demo = demo;
        let data = words(&demo.wait_for(" -c 'show ephone'"));
        assert!(demo.terminate().0.success());
        let folder = &data[data.iter().position(|word| word == "--data").unwrap() + 1];
        assert!(!std::path::Path::new(folder).exists(), "{folder} stays behind");
    }
}

#[test]
fn what_cargo_runs_prints_commands_for_cargo() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hookflash"));
    let mut demo = Running::spawn(command.arg("demo").env("CARGO", "cargo").env("CARGO_MANIFEST_DIR", "."));
    let line = demo.wait_for(" phone --server");
    assert!(line.trim().starts_with("cargo run -q -- phone --server 127.0.0.1:"), "{line}");
    assert!(demo.terminate().0.success());
}
