//! The audit: who did what, kept apart from the log.

use crate::process::{Folder, Running, run};

const OFFICE: &str = "hostname office\nvoice service voip\n no cti shutdown\ntelephony-service\n max-ephones 2\n max-dn 3\n\
                      ip source-address 10.0.0.1 port 0\nvoice register global\n source-address 10.0.0.1 port 0\n\
                      ephone-dn 1\n number 201\n cti watch\n cti notify\nephone-dn 2\n number 202\n";

#[test]
fn what_applications_and_operators_do_is_in_the_audit_when_nothing_is_logged() {
    let folder = Folder::new("audit");
    let config = folder.write("office.cfg", OFFICE);
    let (data, audit) = (folder.file("data"), folder.file("kept.jsonl"));
    let arguments = [
        "serve",
        "--bind",
        "127.0.0.1",
        "--config",
        config.to_str().unwrap(),
        "--data",
        data.to_str().unwrap(),
        "--audit",
        audit.to_str().unwrap(),
    ];
    let mut command = std::process::Command::new("env");
    command.args(["HOOKFLASH_LOG=off", env!("CARGO_BIN_EXE_hookflash")]).args(arguments);
    command.stderr(std::process::Stdio::piped());
    let mut server = Running::spawn_as_it_is(&mut command);
    let ready = server.wait_for("ready ");
    let sip = ready.split_whitespace().find_map(|word| word.strip_prefix("sip=")).unwrap().to_owned();
    let user = ["csta", "--server", &sip, "--user", "console@localhost"];
    let asks = |words: &[&str]| run(&[&user[..], words].concat());
    asks(&["forward", "201", "202"]);
    asks(&["call", "202", "201"]);
    asks(&["call", "201", "202"]);
    let typed = ["clear cti session 99", "configure terminal", "ephone-dn 3", "number 203", "frobnicate"];
    let typed = typed.iter().flat_map(|line| ["-c", *line]).collect::<Vec<_>>();
    run(&[&["cli", "--data", data.to_str().unwrap()], &typed[..]].concat());
    let (_, said) = server.terminate();
    assert!(!said.contains("MakeCall"), "{said}");
    let kept = std::fs::read_to_string(&audit).unwrap();
    let has = |parts: &[&str]| kept.lines().any(|line| parts.iter().all(|part| line.contains(part)));
    let from = r#""from":"127.0.0.1:"#;
    assert!(has(&[r#""what":"StartSession""#, "console@localhost", from, r#""outcome":"ok""#]), "{kept}");
    assert!(
        has(&[r#""what":"SetForwarding","device":"201","outcome":"ok""#, from, "console@localhost"]),
        "{kept}"
    );
    assert!(
        has(&[
            r#""what":"MakeCall","device":"201","outcome":"systemResourceAvailibility/callingDeviceOutOfService""#,
            r#""object":"202""#,
            from
        ]),
        "{kept}"
    );
    assert!(has(&[r#""what":"StartSession","device":"202","outcome":"403"#, from]), "{kept}");
    let operator = r#""who":"operator","from":"terminal 1""#;
    assert!(has(&[operator, r#""what":"clear cti session 99""#, "There is no CTI session 99"]), "{kept}");
    assert!(has(&[operator, r#""what":"number 203","device":"ephone-dn 3","outcome":"ok""#]), "{kept}");
    assert!(has(&[operator, r#""what":"frobnicate","device":"ephone-dn 3""#, "not valid here"]), "{kept}");
    assert!(kept.lines().all(|line| line.starts_with(r#"{"time":"20"#) && line.ends_with('}')), "{kept}");
    assert!(!data.join("audit.log").exists());
}
