//! Live configuration through `hookflash cli` and SIGHUP, and what is left of it after the server was killed.

use rustix::process::Signal;

use crate::{
    process::{Folder, Running, run},
    server::{OFFICE, Server},
};

/// Types lines in one session: whether all went well, and what was printed.
fn cli(folder: &Folder, lines: &[&str]) -> (bool, String) {
    let data = folder.file("data");
    let mut arguments = vec!["cli", "--data", data.to_str().unwrap()];
    lines.iter().for_each(|line| arguments.extend(["-c", line]));
    let (status, printed) = run(&arguments);
    (status.success(), printed)
}

/// A server that starts from what is stored in its data directory.
fn from_stored(folder: &Folder) -> Running {
    let data = folder.file("data");
    let mut server = Running::start(&["serve", "--data", data.to_str().unwrap()]);
    server.wait_for("ready ");
    server
}

const ADD_205: [&str; 6] =
    ["configure terminal", "ephone-dn 3", "number 205", "end", "write memory", "show startup-config"];

#[test]
fn what_is_stored_survives_a_kill() {
    let server = Server::start("stored", &[]);
    let (done, printed) = cli(&server.folder, &ADD_205);
    assert!(done && printed.contains("Building configuration...\n[OK]\n"), "{printed}");
    assert!(printed.contains("\nephone-dn  3\n number 205\n"), "{printed}");
    cli(&server.folder, &["conf t", "ephone-dn 4", "number 206"]);
    assert!(server.cli(&["show run"]).contains("\n number 206\n"));
    let Server { running, folder, .. } = server;
    running.kill();
    let again = from_stored(&folder);
    let (_, shown) = cli(&folder, &["show running-config"]);
    assert!(shown.contains("\n number 205\n") && !shown.contains("\n number 206\n"), "{shown}");
    assert!(again.terminate().0.success());
}

#[test]
fn the_configuration_is_stored_as_a_whole_or_not_at_all() {
    let server = Server::start("not-stored", &[]);
    // Something is in the way of the new file.
    std::fs::create_dir(server.folder.file("data/startup-config.new")).unwrap();
    let (done, printed) = cli(&server.folder, &ADD_205);
    assert!(!done && printed.contains("% startup-config is not stored: "), "{printed}");
    assert!(printed.contains("startup-config is not present"), "{printed}");
    assert!(!server.folder.file("data/startup-config").exists());
    std::fs::remove_dir(server.folder.file("data/startup-config.new")).unwrap();
    assert!(cli(&server.folder, &["copy running-config startup-config"]).0);
    server.end();
}

#[test]
fn a_server_without_a_data_directory_says_that_it_stores_nothing() {
    let folder = Folder::new("no-data");
    let config = folder.write("office.cfg", OFFICE);
    let data = folder.file("run");
    std::fs::create_dir(&data).unwrap();
    let run_in = |arguments: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_hookflash"));
        command.env("XDG_RUNTIME_DIR", &data).args(arguments);
        command
    };
    let mut server = Running::spawn(&mut run_in(&["serve", "--config", config.to_str().unwrap()]));
    server.wait_for("ready ");
    let output = run_in(&["cli", "-c", "write memory"]).output().unwrap();
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(!output.status.success() && printed.contains("without --data"), "{printed}");
    server.terminate();
}

#[test]
fn a_wrong_line_is_marked_under_what_was_typed_and_the_session_goes_on() {
    let server = Server::start("marked", &[]);
    let (done, printed) = cli(
        &server.folder,
        &["configure terminal", "ephone-dn 3", "nunber 205", "number 205", "do show run"],
    );
    assert!(!done);
    let mark = "\noffice(config-ephone-dn)#nunber 205\n                           ^\n% Invalid input detected at \'^\' marker.\n";
    assert!(printed.contains(mark) && printed.contains("\n number 205\n"), "{printed}");
    server.end();
}

#[test]
fn an_interactive_session_keeps_its_mode() {
    let server = Server::start("interactive", &[]);
    let mut operator = Running::start(&["cli", "--data", server.folder.file("data").to_str().unwrap()]);
    for line in ["conf t", "ephone-dn 3", "number 205\x1a", "show run | include ^ number 205"] {
        operator.type_line(line);
    }
    operator.wait_for(" number 205");
    operator.type_line("exit");
    assert!(operator.finish().0.success());
    server.end();
}

#[test]
fn at_sighup_the_file_is_read_again() {
    let mut server = Server::start("reload", &[]);
    server.folder.write("office.cfg", &OFFICE.replace("number 202", "number 222"));
    server.running.signal(Signal::HUP);
    server.running.wait_for("configuration read again");
    assert!(server.cli(&["show run"]).contains("\n number 222\n"));
    server
        .folder
        .write("office.cfg", &OFFICE.replace("number 202", "number 2%2").replace("number 201", "number 211"));
    server.running.signal(Signal::HUP);
    server.running.wait_for("configuration not applied");
    server.running.wait_for("office.cfg:14:9");
    let shown = server.cli(&["show run"]);
    assert!(shown.contains("\n number 222\n") && shown.contains("\n number 201\n"), "{shown}");
    // A line that is not known is kept at a start, and refused here unless it was there then.
    server.folder.write("office.cfg", &OFFICE.replace(" number 202", " frobnicate\n number 202"));
    server.running.signal(Signal::HUP);
    let finding = server.running.wait_for("unknown command");
    assert!(
        finding.contains("office.cfg:14:2: unknown command in ephone-dn") && !finding.contains("kept"),
        "{finding}"
    );
    server.end();
}

#[test]
fn at_sighup_lines_that_were_wrong_at_the_start_are_kept_as_then() {
    let wrong = OFFICE.replace(" number 202", " number 202\n frobnicate");
    let mut server = Server::start_with("reload-wrong", &wrong);
    server.folder.write("office.cfg", &wrong.replace("number 202", "number 222"));
    server.running.signal(Signal::HUP);
    server.running.wait_for("configuration read again");
    assert!(server.cli(&["show run"]).contains("\n number 222\n"));
    server.end();
}

#[test]
fn a_configuration_in_flash_replaces_the_one_in_effect() {
    let server = Server::start("replace", &[]);
    std::fs::create_dir(server.folder.file("data/flash")).unwrap();
    server.folder.write("data/flash/new.cfg", &OFFICE.replace("number 202", "number 222"));
    let (done, printed) = cli(&server.folder, &["configure replace flash:new.cfg force"]);
    assert!(done && printed.contains("Rollback Done"), "{printed}");
    assert!(server.cli(&["show run"]).contains("\n number 222\n"));
    for outside in ["flash:../office.cfg", "flash:other.cfg"] {
        let (done, printed) = cli(&server.folder, &[&format!("configure replace {outside}")]);
        assert!(!done && printed.contains("cannot be read"), "{printed}");
    }
    server.end();
}
