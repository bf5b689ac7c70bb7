//! The control socket: who may use it, and what becomes of it.

use std::os::unix::fs::PermissionsExt;

use rustix::process::Signal;

use crate::process::{Folder, Running, run};

const OFFICE: &str = "hostname office\ntelephony-service\n max-ephones 2\n max-dn 2\n\
                      ip source-address 10.0.0.1 port 0\nvoice register global\n source-address 10.0.0.1 port 0\n";

fn serve(folder: &Folder, umask: &str) -> Running {
    let config = folder.write("office.cfg", OFFICE);
    let data = folder.file("data");
    let mut shell = std::process::Command::new("sh");
    let line = format!("umask {umask} && exec \"$0\" \"$@\"");
    shell.args(["-c", &line, env!("CARGO_BIN_EXE_hookflash"), "serve", "--bind", "127.0.0.1", "--config"]);
    shell.args([config.to_str().unwrap(), "--data", data.to_str().unwrap()]);
    let mut server = Running::spawn(shell.stderr(std::process::Stdio::piped()));
    server.wait_for("ready ");
    server
}

fn ask(folder: &Folder) -> (bool, String) {
    let data = folder.file("data");
    let (status, said) = run(&["cli", "--data", data.to_str().unwrap(), "-c", "show hostname"]);
    (status.success(), said)
}

#[test]
fn nobody_else_can_open_what_a_server_makes_whatever_its_umask() {
    let folder = Folder::new("umask");
    let server = serve(&folder, "0");
    let mode = |name: &str| std::fs::metadata(folder.file(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode("data"), 0o700);
    for file in ["data/control", "data/lock", "data/audit.log", "data/state.db"] {
        assert_eq!(mode(file) & 0o077, 0, "{file} {:o}", mode(file));
    }
    server.terminate();
}

#[test]
fn a_socket_that_was_removed_is_missed_and_made_again() {
    let folder = Folder::new("removed");
    let mut server = serve(&folder, "022");
    std::fs::remove_file(folder.file("data/control")).unwrap();
    server.wait_for("cannot reach this server by its control socket: it was removed");
    server.wait_for("the control socket was made again");
    assert_eq!(ask(&folder), (true, "office".to_owned()));
    std::fs::remove_dir_all(folder.file("data")).unwrap();
    server.wait_for("its directory was removed");
    assert!(server.terminate().0.success());
}

#[test]
fn a_server_that_is_stopped_is_not_waited_for_without_end() {
    let folder = Folder::new("stopped");
    let server = serve(&folder, "022");
    server.signal(Signal::STOP);
    let (answered, said) = ask(&folder);
    assert!(!answered && said.contains("the server does not respond; it may be stopped"), "{said}");
    server.signal(Signal::CONT);
    assert_eq!(ask(&folder), (true, "office".to_owned()));
    server.terminate();
}
