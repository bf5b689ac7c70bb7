//! `serve --record` and `replay`.

use std::path::{Path, PathBuf};

use crate::process::{Folder, Running, run};

const OFFICE: &str = "\
hostname office
voice service voip
 no cti shutdown
voice register global
 source-address 127.0.0.1 port 0
telephony-service
 max-ephones 4
 max-dn 4
 ip source-address 127.0.0.1 port 0
ephone-dn 1 dual-line
 number 201
 cti watch
ephone-dn 2 dual-line
 number 202
 cti watch
ephone 1
 mac-address 0200.0000.0201
 username alice password hunter2
 pin 47114711
 button 1:1
ephone 2
 mac-address 0200.0000.0202
 button 1:2
end
";

/// A server that records, and where it listens.
struct Server {
    running: Running,
    folder: Folder,
    sccp: String,
    sip: String,
}

impl Server {
    fn start(name: &str, more: &[&str]) -> Server {
        let folder = Folder::new(name);
        let recording = folder.file("recording");
        Server::recording_to(folder, &recording, more)
    }

    fn recording_to(folder: Folder, recording: &Path, more: &[&str]) -> Server {
        let config = folder.write("office.cfg", OFFICE);
        let data = folder.file("data");
        let mut arguments: Vec<&str> = vec!["serve", "--config", config.to_str().unwrap()];
        arguments.extend(["--data", data.to_str().unwrap(), "--record", recording.to_str().unwrap()]);
        arguments.extend(more);
        let mut running = Running::start(&arguments);
        let ready = running.wait_for("ready ");
        let address = |name: &str| {
            let found = ready.split_whitespace().find_map(|word| word.strip_prefix(name));
            found.unwrap_or_else(|| panic!("no {name} in {ready}")).to_owned()
        };
        Server { sccp: address("sccp="), sip: address("sip="), running, folder }
    }

    fn recording(&self) -> PathBuf {
        self.folder.file("recording")
    }

    fn phone(&self, name: &str, more: &[&str]) -> Running {
        let mut arguments = vec!["phone", "--server", &self.sccp, "--name", name];
        arguments.extend(more);
        Running::start(&arguments)
    }

    fn cli(&self, commands: &[&str]) -> String {
        let data = self.folder.file("data");
        let mut arguments = vec!["cli", "--data", data.to_str().unwrap()];
        commands.iter().for_each(|command| arguments.extend(["-c", command]));
        run(&arguments).1
    }

    /// Ends the server, which has to end in order.
    fn end(self) -> Folder {
        let (status, printed) = self.running.terminate();
        assert!(status.success(), "{printed}");
        self.folder
    }
}

/// Replays; whether the program was content, and what it printed.
fn replay(file: &Path, more: &[&str]) -> (bool, String) {
    let mut arguments = vec!["replay", file.to_str().unwrap()];
    arguments.extend(more);
    let (status, printed) = run(&arguments);
    (status.success(), printed)
}

fn replay_exactly(file: &Path, more: &[&str]) -> String {
    let (content, printed) = replay(file, more);
    assert!(content && printed.contains("reproduced exactly"), "{printed}");
    printed
}

/// Two phones that an application connects, an operator, and the end.
fn recorded_call(name: &str) -> Folder {
    let server = Server::start(name, &[]);
    let mut alice = server.phone("SEP020000000201", &[]);
    let mut bob = server.phone("SEP020000000202", &["--auto-answer"]);
    alice.wait_for("[201]");
    bob.wait_for("[202]");
    let call = ["csta", "--server", &server.sip, "--quiet", "call", "tel:201", "tel:202"];
    let (status, printed) = run(&call);
    assert!(status.success(), "{printed}");
    alice.wait_for("media to");
    let shown = server.cli(&["show running-config", "show ephone"]);
    assert!(shown.contains("hunter2"), "{shown}");
    alice.type_line("quit");
    let (status, printed) = alice.finish();
    assert!(status.success(), "{printed}");
    server.end()
}

#[test]
fn a_recorded_call_replays_exactly() {
    let folder = recorded_call("replay");
    let file = folder.file("recording");
    let printed = replay_exactly(&file, &["--ladder", "--state"]);
    for part in [
        "Register SEP020000000201",
        "Register SEP020000000202",
        "INFO MakeCall tel:201 to tel:202",
        "SoftKeyEvent Answer",
        "StartMediaTransmission",
        "operator: show running-config",
        "the server is told to end",
        "# show ephone",
        "# show cti session",
        "# show cti call",
    ] {
        assert!(printed.contains(part), "{part:?} is missing:\n{printed}");
    }
    let bytes = std::fs::read(&file).unwrap();
    let text = String::from_utf8_lossy(&bytes);
    assert!(!text.contains("hunter2") && !text.contains("47114711"), "secrets are masked");
}

#[test]
fn a_replay_shows_the_state_at_any_instant() {
    let folder = recorded_call("until");
    let file = folder.file("recording");
    let ladder = replay_exactly(&file, &["--ladder"]);
    let line = ladder.lines().find(|line| line.contains("MakeCall tel:201")).unwrap();
    let called_at = line.split_whitespace().next().unwrap();
    let state = replay_exactly(&file, &["--until", called_at, "--state"]);
    assert_eq!(state.matches(" REGISTERED ").count(), 2, "{state}");
    let state = replay_exactly(&file, &["--until", "0", "--state"]);
    assert_eq!(state.matches(" REGISTERED ").count(), 0, "{state}");
}

#[test]
fn a_recording_that_was_cut_off_or_damaged_says_so() {
    let folder = recorded_call("damage");
    let file = folder.file("recording");
    let mut bytes = std::fs::read(&file).unwrap();
    bytes.pop();
    std::fs::write(&file, &bytes).unwrap();
    let printed = replay_exactly(&file, &[]);
    assert!(printed.contains("cut off"), "{printed}");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&file, &bytes).unwrap();
    let (content, printed) = replay(&file, &[]);
    assert!(!content && printed.contains("damaged at byte"), "{printed}");
    std::fs::write(&file, OFFICE).unwrap();
    let (content, printed) = replay(&file, &[]);
    assert!(!content && printed.contains("not a recording"), "{printed}");
}

#[test]
fn at_its_limit_the_recording_stops_and_the_server_goes_on() {
    let mut server = Server::start("limit", &["--record-limit", "4K"]);
    let long = "x".repeat(900);
    server.cli(&[&long, &long, &long, &long, &long]);
    server.running.wait_for("its limit is reached");
    assert!(server.cli(&["show version"]).contains("Hookflash"));
    assert!(std::fs::metadata(server.recording()).unwrap().len() <= 4096);
    let folder = server.end();
    replay_exactly(&folder.file("recording"), &[]);
}

#[test]
fn a_full_disk_stops_the_recording_and_not_the_server() {
    let mut server = Server::recording_to(Folder::new("full"), Path::new("/dev/full"), &[]);
    server.running.wait_for("recording stopped");
    assert!(server.cli(&["show version"]).contains("Hookflash"));
    server.end();
}

#[test]
fn the_recording_of_the_server_before_is_kept() {
    let server = Server::start("kept", &[]);
    server.cli(&["show clock"]);
    let folder = server.end();
    let file = folder.file("recording");
    let before = std::fs::read(&file).unwrap();
    let folder = Server::recording_to(folder, &file, &[]).end();
    assert_eq!(std::fs::read(folder.file("recording.old")).unwrap(), before);
    replay_exactly(&file, &[]);
}
