//! docs/start.md: every command of `hookflash` in it, up to the reader's own router, is run as it stands there.

use std::path::Path;

use crate::process::{Folder, Running, run, shell_words};

/// An address of this machine on which nothing else listens.
const ADDRESS: &str = "127.0.0.44";

/// The commands of a page in their order, without the name of the program. The test has an address and a directory of its own.
fn commands(page: &str, folder: &Folder) -> Vec<Vec<String>> {
    let page = page.replace("\\\n", " ");
    let mut commands = Vec::new();
    for block in page.split("```sh\n").skip(1) {
        let lines = block.split("```").next().unwrap_or_default().lines();
        commands.extend(lines.filter_map(|line| line.strip_prefix("hookflash ")).map(|line| {
            let line = line.replace("127.0.0.1", ADDRESS);
            shell_words(&line.replace("/tmp/office", folder.file("data").to_str().unwrap()))
        }));
    }
    commands
}

#[test]
fn the_first_steps_can_be_taken_as_they_are_written() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let page = std::fs::read_to_string(root.join("docs/start.md")).unwrap();
    let (page, _) = page.split_once("## 5.").unwrap();
    let folder = Folder::new("walk");
    let commands = commands(page, &folder);
    let mut commands = commands.iter();
    let mut next = |begins: &str| {
        let command = commands.next().unwrap_or_else(|| panic!("no more commands, {begins} is missing"));
        assert!(command.join(" ").starts_with(begins), "{command:?}, not {begins}");
        command.clone()
    };

    let mut serve = next("serve --config examples/office.cfg");
    let config = serve.iter_mut().find(|word| *word == "examples/office.cfg").unwrap();
    *config = root.join(&config).to_str().unwrap().to_owned();
    serve.extend(["--bind".to_owned(), ADDRESS.to_owned()]);
    let mut server = Running::start(&serve);
    server.wait_for("ready ");
    let (mut alice, mut bob) = (Running::start(&next("phone")), Running::start(&next("phone")));
    alice.wait_for("[201]");
    bob.wait_for("[202]");
    alice.type_line("dial 202");
    bob.wait_for("RingIn");
    bob.type_line("answer");
    alice.wait_for("Connected");
    bob.type_line("hangup");

    let mut monitor = Running::start(&next("csta"));
    monitor.wait_for("watching");
    let (status, printed) = run(&next("csta"));
    assert!(status.success(), "{printed}");
    for part in
        ["201   ServiceInitiated  call ", "201   Originated        call ", "202   Delivered         call "]
    {
        monitor.wait_for(part);
    }
    assert!(monitor.wait_for("202   Delivered").ends_with("201 -> 202  alerting (newCall)"));

    let (status, printed) = run(&next("cli"));
    assert!(status.success(), "{printed}");
    let mut erin = Running::start(&next("phone"));
    erin.wait_for("[205]");
    let (status, printed) = server.terminate();
    assert!(status.success(), "{printed}");
}
