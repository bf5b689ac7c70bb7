//! What users and applications have set is there after `kill -9`.

use crate::{
    process::{Folder, run},
    server::Server,
};

/// Kills the server; what it leaves.
fn killed(server: Server) -> Folder {
    let Server { running, folder, .. } = server;
    running.kill();
    folder
}

/// An application that does something and leaves.
fn csta(server: &Server, arguments: &[&str]) -> String {
    let (status, printed) = run(&[&["csta", "--server", &server.sip, "--quiet"], arguments].concat());
    assert!(status.success(), "{printed}");
    printed
}

#[test]
fn what_an_application_and_a_phone_have_set_survives_a_kill() {
    let server = Server::start("kept", &[]);
    csta(&server, &["forward", "tel:202", "201", "--no-answer", "12"]);
    let mut alice = server.phone("SEP020000000201", &[]);
    alice.wait_for("[201]");
    alice.type_line("forward 202");
    alice.wait_for("[201 (-> 202)]");
    let folder = killed(server);

    let recording = folder.file("recording");
    let mut server = Server::start_in(folder, &["--record", recording.to_str().unwrap()]);
    server.running.wait_for("values set by users and applications are in effect again values=2");
    let shown = server.cli(&["show running-config"]);
    assert!(shown.contains("\n call-forward all 202\n"), "{shown}");
    assert!(shown.contains("\n call-forward noan 201 timeout 12\n"), "{shown}");
    csta(&server, &["cancel-forward", "tel:202", "--no-answer"]);
    let folder = killed(server);
    let (status, printed) = run(&["replay", recording.to_str().unwrap(), "--ladder"]);
    assert!(status.success() && printed.contains("restored: forwarding 201 immediate 202"), "{printed}");

    let server = Server::start_in(folder, &[]);
    let shown = server.cli(&["show running-config"]);
    assert!(shown.contains("\n call-forward all 202\n") && !shown.contains("noan"), "{shown}");
    server.end();
}

#[test]
fn what_an_operator_changes_is_not_overruled_by_what_a_user_had_set() {
    let server = Server::start("overruled", &[]);
    csta(&server, &["forward", "tel:202", "201"]);
    server.cli(&["configure terminal", "ephone-dn 2", "no call-forward all", "end"]);
    assert!(!server.cli(&["show running-config"]).contains("call-forward"));
    let server = Server::start_in(killed(server), &[]);
    assert!(!server.cli(&["show running-config"]).contains("call-forward"));
    server.end();
}

#[test]
fn a_server_with_a_damaged_database_says_so_and_serves() {
    let folder = Folder::new("damaged-state");
    std::fs::create_dir_all(folder.file("data")).unwrap();
    folder.write("data/state.db", &"this is no database. ".repeat(100));
    let mut server = Server::start_in(folder, &[]);
    let warning = server.running.wait_for("state.db cannot be read");
    assert!(warning.contains("data/state.db cannot be read"), "{warning}");
    assert!(server.folder.file("data/state.db.damaged").exists(), "{warning}");
    csta(&server, &["forward", "tel:202", "201"]);
    let server = Server::start_in(killed(server), &[]);
    assert!(server.cli(&["show running-config"]).contains("\n call-forward all 201\n"));
    server.end();
}
