//! `serve`, `check` and `cli` as an operator meets them: what is in the way, and how it ends.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    os::unix::net::{UnixListener, UnixStream},
    process::{Child, Command, Stdio},
};

use rustix::process::{Pid, Signal, kill_process};

use crate::process::{Folder, Running, run};

const OFFICE: &str = "hostname office\ntelephony-service\n max-ephones 2\n max-dn 2\n\
                      ip source-address 10.0.0.1 port 0\nvoice register global\n source-address 10.0.0.1 port 0\n\
                      ephone-dn 1\n number 201\nephone 1\n mac-address 0200.0000.0201\n button 1:1\n";

/// The arguments of a server with this configuration and data directory.
fn serve(folder: &Folder, configuration: &str, data: &str) -> Vec<String> {
    let config = folder.write("office.cfg", configuration);
    let data = folder.file(data);
    let words = [
        "serve",
        "--bind",
        "127.0.0.1",
        "--config",
        config.to_str().unwrap(),
        "--data",
        data.to_str().unwrap(),
    ];
    words.map(str::to_owned).to_vec()
}

fn ask(folder: &Folder, command: &str) -> (bool, String) {
    let data = folder.file("data");
    let (status, printed) = run(&["cli", "--data", data.to_str().unwrap(), "-c", command]);
    (status.success(), printed)
}

/// A server of which nobody reads the log any more.
fn unheard(arguments: &[String]) -> (Child, String) {
    let (mut child, ready) = unread(arguments);
    drop(child.stderr.take());
    (child, ready)
}

/// A server whose log goes into a pipe that nobody empties. A terminal that is closed ends it, also when these tests
/// were started with `nohup`.
fn unread(arguments: &[String]) -> (Child, String) {
    let mut child = Command::new("env")
        .args(["--default-signal=HUP", "HOOKFLASH_LOG=debug", env!("CARGO_BIN_EXE_hookflash")])
        .args(arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut ready = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut ready).unwrap();
    (child, ready)
}

#[test]
fn a_server_of_which_nobody_reads_the_log_serves() {
    let folder = Folder::new("unheard");
    let configuration = format!("{OFFICE} speed-dial 1 202\n pin 1234\n");
    let (mut child, ready) = unheard(&serve(&folder, &configuration, "data"));
    assert!(ready.starts_with("ready sccp=127.0.0.1:"), "{ready}");
    let (done, printed) = ask(&folder, "show ephone");
    assert!(done && printed.contains("UNREGISTERED"), "{printed}");
    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    assert!(child.wait().unwrap().success());
}

#[test]
fn a_server_whose_log_is_stuck_serves() {
    let folder = Folder::new("stuck-log");
    let (mut child, ready) = unread(&serve(&folder, OFFICE, "data"));
    let address = ready.trim().split(['=', ' ']).nth(2).unwrap();
    for _ in 0..2000 {
        // Two lines each; a pipe holds 64 KiB.
        let mut stranger = TcpStream::connect(address).unwrap();
        stranger.write_all(&[0xFF; 12]).unwrap();
        assert_eq!(stranger.read(&mut [0]).unwrap(), 0);
    }
    let (done, printed) = ask(&folder, "show ephone");
    assert!(done && printed.contains("UNREGISTERED"), "{printed}");
    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    assert!(child.wait().unwrap().success());
}

#[test]
fn what_is_in_the_way_is_named_and_left_alone() {
    let folder = Folder::new("in-the-way");
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let configuration = OFFICE.replacen(
        "source-address 10.0.0.1 port 0\nephone-dn",
        &format!("source-address 10.0.0.1 port {port}\nephone-dn"),
        1,
    );
    let (status, printed) = run(&serve(&folder, &configuration, "data"));
    assert_eq!(status.code(), Some(1));
    assert!(printed.contains("another program uses the port"), "{printed}");

    std::fs::create_dir_all(folder.file("full")).unwrap();
    folder.write("full/control", "the owner's");
    let (status, printed) = run(&serve(&folder, OFFICE, "full"));
    assert_eq!(status.code(), Some(1));
    assert!(printed.contains("it is no control socket"), "{printed}");
    assert_eq!(std::fs::read_to_string(folder.file("full/control")).unwrap(), "the owner's");

    let (status, printed) = run(&serve(&folder, OFFICE, "office.cfg"));
    assert_eq!(status.code(), Some(1));
    assert!(printed.contains("cannot use"), "{printed}");
}

#[test]
fn one_server_has_a_data_directory_and_the_next_one_gets_it() {
    let folder = Folder::new("two-servers");
    std::fs::create_dir_all(folder.file("data")).unwrap();
    // Left behind by a server that was killed.
    drop(UnixListener::bind(folder.file("data/control")).unwrap());
    let mut first = Running::start(&serve(&folder, OFFICE, "data"));
    first.wait_for("ready ");
    let (status, printed) = run(&serve(&folder, OFFICE, "data"));
    assert_eq!(status.code(), Some(1));
    assert!(printed.contains("another server uses it"), "{printed}");
    assert!(ask(&folder, "show version").0, "the first one goes on");
    assert!(first.terminate().0.success());
    let (done, printed) = ask(&folder, "show version");
    assert!(!done && printed.contains("is `hookflash serve` running"), "{printed}");
}

#[test]
fn a_command_that_is_no_text_does_not_end_the_session() {
    let folder = Folder::new("typed");
    let mut server = Running::start(&serve(&folder, OFFICE, "data"));
    server.wait_for("ready");
    let mut operator = Running::start(&["cli", "--data", folder.file("data").to_str().unwrap()]);
    operator.type_line(b"\xFF\xFE");
    operator.wait_for("% Unknown command");
    operator.type_line("show run | include ^hostname");
    operator.wait_for("hostname office");
    operator.type_line("exit");
    assert!(operator.finish().0.success());
    server.terminate();
}

#[test]
fn silent_operators_leave_room_for_others() {
    let folder = Folder::new("silent");
    let mut server = Running::start(&serve(&folder, OFFICE, "data"));
    server.wait_for("ready");
    let silent: Vec<_> =
        (0..100).map(|_| UnixStream::connect(folder.file("data/control")).unwrap()).collect();
    assert_eq!(ask(&folder, "show hostname"), (true, "office".to_owned()));
    let mut youngest = BufReader::new(&silent[99]);
    (&silent[99]).write_all(b"show hostname\n").unwrap();
    let mut said = String::new();
    youngest.read_line(&mut said).unwrap();
    assert_eq!(said, "7 ok office#\n");
    server.terminate();
}

#[test]
fn check_says_whether_it_can_run() {
    let folder = Folder::new("check");
    let cases: [(&str, &[u8], i32, &str); 8] = [
        ("office.cfg", OFFICE.as_bytes(), 0, "0 error(s), 0 warning(s), 0 note(s); it can run\n"),
        ("empty.cfg", b"", 0, "it can run with --bind ADDRESS only"),
        ("typo.cfg", b"telephony-service\n max-ephones many\n", 1, "typo.cfg:2:14"),
        ("binary.cfg", b"\x7fELF\0\0\0", 1, "not text"),
        ("latin.cfg", b"ephone-dn 1\n name Zo\xEB\n lable x\n", 1, "did you mean"),
        ("secret.cfg", b"ephone 1\n username a pasword x1y2z\n", 1, "pasword *****"),
        (
            "nomac.cfg",
            b"telephony-service\n max-ephones 1\nephone 1\n",
            0,
            "note: ephone 1 cannot register: it has no mac-address",
        ),
        ("button.cfg", b"ephone 1\n button 1:7\n", 0, "ephone-dn 7 does not exist"),
    ];
    for (name, bytes, code, says) in cases {
        let file = folder.file(name);
        std::fs::write(&file, bytes).unwrap();
        let (status, printed) = run(&["check", file.to_str().unwrap()]);
        let printed = format!("{printed}\n");
        assert!(status.code() == Some(code) && printed.contains(says), "{name}: {status}\n{printed}");
    }
    for (file, says) in
        [("/", "cannot read /"), ("/nowhere", "cannot read /nowhere"), ("/dev/zero", "it cannot run")]
    {
        let (status, printed) = run(&["check", file]);
        assert!(status.code() == Some(1) && printed.contains(says), "{file}: {printed}");
    }
}

#[test]
fn wrong_lines_are_left_out_and_refused_by_those_who_are_strict() {
    let folder = Folder::new("wrong");
    let text =
        format!("{OFFICE}telephony-service\n max-redirect 99\n timeouts busy 7 (seconds)\nhostname right\n");
    let arguments = serve(&folder, &text, "data");
    let mut server = Running::start(&arguments);
    server.wait_for("`99` is not valid here; the line is left out");
    server.wait_for("expected number 5-20");
    server.wait_for("`(seconds)` is one word too many; the line is left out");
    server.wait_for("ready ");
    assert_eq!(ask(&folder, "show hostname"), (true, "right".to_owned()));
    let (_, shown) = ask(&folder, "show running-config");
    assert!(!shown.contains("max-redirect") && !shown.contains("timeouts busy"), "{shown}");
    assert_eq!(ask(&folder, "write memory").1, "Building configuration...\n[OK]");
    // What is read while the server runs is applied as a whole or not at all; what was wrong at the start already is left out.
    let worse = format!("{text}hostname other\ntelephony-service\n max-redirect 98\n");
    std::fs::write(folder.file("office.cfg"), worse).unwrap();
    server.signal(rustix::process::Signal::HUP);
    server.wait_for("configuration not applied");
    assert_eq!(ask(&folder, "show hostname").1, "right");
    std::fs::write(folder.file("office.cfg"), format!("{text}hostname other\n")).unwrap();
    server.signal(rustix::process::Signal::HUP);
    server.wait_for("configuration read again and applied");
    assert_eq!(ask(&folder, "show hostname").1, "other");
    assert!(server.terminate().0.success());
    let mut strict = Running::start(&[&arguments[..], &["--strict".into()]].concat());
    let (status, said) = strict.finish();
    assert!(status.code() == Some(1) && said.contains("`99` is not valid here"), "{status} {said}");
    assert!(!said.contains("ready "));
}

#[test]
fn what_was_printed_can_be_served_again() {
    let folder = Folder::new("again");
    let mut first = Running::start(&serve(&folder, OFFICE, "data"));
    first.wait_for("ready ");
    let (_, shown) = ask(&folder, "show running-config");
    assert!(first.terminate().0.success());
    let mut second = Running::start(&serve(&folder, &shown, "data"));
    second.wait_for("ready ");
    assert_eq!(ask(&folder, "show running-config").1, shown);
    assert!(second.terminate().0.success());
}
