//! `hookflash check`: its groups and its form for programs; what `serve` logs of a configuration.

use serde_json::Value;

use crate::process::{Folder, Running, run};

/// Lines of every group: in effect, without effect, a router's, wrong.
const MIXED: &str = "\
hostname office
interface GigabitEthernet0/0
 ip address 192.0.2.1 255.255.255.0
voice-port 0/0/0
 signal groundStart
voice register global
 source-address 127.0.0.1 port 0
telephony-service
 ip source-address 127.0.0.1 port 0
 max-ephones 5
 max-dn 5
 live-record 1
 live-record 2
ephone-dn 1
 number 201
 preference 99
ephone 1
 mac-address 0200.0000.0201
 button 1:1
";

#[test]
fn lines_are_grouped_by_what_becomes_of_them() {
    let folder = Folder::new("groups");
    let file = folder.write("mixed.cfg", MIXED);
    let (status, printed) = run(&["check", file.to_str().unwrap()]);
    assert_eq!(status.code(), Some(1), "{printed}");
    let order = [
        "Wrong, or perhaps not as it was meant (1):",
        "mixed.cfg:16:13",
        "Known, kept, and not in effect yet:",
        "global configuration",
        "   2 lines  voice-port ",
        "telephony-service",
        "   2 lines  live-record ",
        "12 lines applied, 4 not in effect yet (2 commands), 2 of a router kept",
        "1 error(s), 0 warning(s)",
    ];
    let mut rest = printed.as_str();
    for part in order {
        let at =
            rest.find(part).unwrap_or_else(|| panic!("{part:?} is missing, or too early, in\n{printed}"));
        rest = &rest[at + part.len()..];
    }
    assert!(!printed.contains('\x1b'), "{printed}");
    let (_, coloured) = run(&["check", "--color", "always", file.to_str().unwrap()]);
    assert!(coloured.contains("\x1b[1mWrong"), "{coloured}");
}

#[test]
fn programs_get_one_object() {
    let folder = Folder::new("check-json");
    let file = folder.write("mixed.cfg", MIXED);
    let (status, printed) = run(&["check", "--json", file.to_str().unwrap()]);
    assert_eq!(status.code(), Some(1), "{printed}");
    let report: Value = serde_json::from_str(&printed).unwrap();
    assert_eq!((&report["applied"], &report["router"]), (&Value::from(12), &Value::from(2)), "{printed}");
    assert_eq!(report["verdict"], "runsWithoutWrongLines");
    assert_eq!(report["notInEffect"][0]["command"], "voice-port");
    let finding = &report["findings"][0];
    assert_eq!((&finding["severity"], &finding["line"]), (&Value::from("error"), &Value::from(16)));
    let good = folder.write("good.cfg", &MIXED.replace(" preference 99\n", ""));
    let (status, printed) = run(&["check", "--json", good.to_str().unwrap()]);
    assert!(status.success() && printed.contains("\"verdict\":\"runs\""), "{printed}");
}

#[test]
fn a_server_logs_what_is_wrong_and_a_summary() {
    let folder = Folder::new("summary");
    let file = folder.write("mixed.cfg", MIXED);
    let mut server = Running::start(&["serve", "--config", file.to_str().unwrap()]);
    server.wait_for("ready ");
    server.wait_for("mixed.cfg:16:13: `99` is not valid here; the line is left out");
    server.wait_for("12 lines applied, 4 not in effect yet (2 commands), 2 of a router kept");
    let (status, printed) = server.terminate();
    assert!(status.success() && !printed.contains("live-record"), "{printed}");
}

#[test]
fn a_log_for_programs_has_an_object_on_each_line() {
    let folder = Folder::new("log-json");
    let file = folder.write("mixed.cfg", MIXED);
    let config = file.to_str().unwrap();
    let mut server = Running::start(&["serve", "--log-format", "json", "--config", config]);
    server.wait_for("ready ");
    server.wait_for("lines applied");
    let (status, printed) = server.terminate();
    assert!(status.success(), "{printed}");
    let (status, failed) = run(&["serve", "--log-format", "json", "--strict", "--config", config]);
    assert_eq!(status.code(), Some(1), "{failed}");
    let lines: Vec<&str> =
        printed.lines().chain(failed.lines()).filter(|line| !line.starts_with("ready ")).collect();
    assert!(lines.len() > 4, "{lines:#?}");
    for line in lines {
        let object: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        for member in ["timestamp", "level", "target", "message"] {
            assert!(object[member].is_string(), "{line}");
        }
    }
}
