//! `serve --record` and `replay`.

use std::path::Path;

use crate::{
    process::{Folder, run},
    server::{OFFICE, Server},
};

/// A server that records to `recording` in its folder.
fn recorded(name: &str, more: &[&str]) -> Server {
    let folder = Folder::new(name);
    let recording = folder.file("recording");
    recorded_to(folder, &recording, more)
}

fn recorded_to(folder: Folder, recording: &Path, more: &[&str]) -> Server {
    Server::start_in(folder, &[&["--record", recording.to_str().unwrap()], more].concat())
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

/// A call, an operator, and the end.
fn recorded_call(name: &str) -> Folder {
    let server = recorded(name, &[]);
    let [mut alice, _bob] = server.call();
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
fn a_recording_that_is_full_goes_on_and_has_what_happened_last() {
    use std::io::Write as _;
    let mut server = recorded("limit", &["--record-limit", "256K"]);
    let sccp = server.sccp.clone();
    // A stranger sends without end what no phone would send.
    let mut stranger = std::net::TcpStream::connect(sccp).unwrap();
    let keepalive = [4u8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0].repeat(200);
    for _ in 0..100 {
        if stranger.write_all(&keepalive).is_err() {
            break;
        }
    }
    server.running.wait_for("the recording goes on in a new file");
    let [mut alice, _bob] = server.call();
    alice.type_line("quit");
    alice.finish();
    let folder = server.end();
    let (first, last) = (folder.file("recording.1"), folder.file("recording"));
    let size = |file: &Path| std::fs::metadata(file).unwrap().len();
    assert!(size(&first) + size(&last) <= 256 * 1024, "{} {}", size(&first), size(&last));
    let (content, printed) = replay(&last, &["--ladder"]);
    assert!(content && printed.contains("nothing can be compared"), "{printed}");
    assert!(printed.contains("the server is told to end"), "{printed}");
    assert!(printed.contains("CallState"), "what was sent is there: {printed}");
}

#[test]
fn a_full_disk_is_waited_for_and_calls_go_on() {
    let mut server = recorded_to(Folder::new("full"), Path::new("/dev/full"), &[]);
    server.running.wait_for("the disk is full");
    server.call();
    assert!(server.cli(&["show version"]).contains("Hookflash"));
    let (status, printed) = server.running.terminate();
    assert!(status.success(), "{printed}");
    assert!(printed.contains("the end of the recording is missing"), "{printed}");
    assert_eq!(printed.matches("the disk is full: the recording waits").count(), 1, "{printed}");
}

#[test]
fn the_recording_of_the_server_before_is_kept() {
    let server = recorded("kept", &[]);
    server.cli(&["show clock"]);
    let folder = server.end();
    let file = folder.file("recording");
    let before = std::fs::read(&file).unwrap();
    let folder = recorded_to(folder, &file, &[]).end();
    assert_eq!(std::fs::read(folder.file("recording.old")).unwrap(), before);
    replay_exactly(&file, &[]);
}
