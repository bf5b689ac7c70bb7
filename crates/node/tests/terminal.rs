//! Sessions as operators have them: what they type, what they see, what comes of it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use hookflash_core::Instant;

use hookflash_node::{
    Input, Node, Output, Start, TerminalId, config, provision,
    recording::{Recorder, Replay},
};

const OFFICE: &str = "hostname office\ntelephony-service\n max-ephones 8\n max-dn 8\n ip source-address 10.0.0.1 port 2000\n\
                      voice service voip\n no cti shutdown\nephone-dn 1 dual-line\n number 201\n cti watch\n!\n\
                      ephone-dn 2\n number 202\nephone 1\n mac-address 0200.0000.0201\n type 7960\n button 1:1\n";

fn node() -> Node {
    Node::new(provision(&config::load(OFFICE).settings, None).settings).unwrap()
}

/// Text, whether it failed, and the prompt after it.
type Seen = (String, bool, String);

fn types_at(node: &mut Node, terminal: u64, line: &str) -> Seen {
    node.handle(Instant::ZERO, Input::Command { terminal: TerminalId(terminal), line });
    let mut seen = None;
    while let Some(output) = node.poll_output() {
        if let Output::CommandOutput { terminal: at, text, failed, prompt } = output {
            assert_eq!((at, seen.is_none()), (TerminalId(terminal), true));
            seen = Some((text, failed, prompt.unwrap_or_default()));
        }
    }
    seen.unwrap_or_else(|| panic!("no answer to {line}"))
}

fn types(node: &mut Node, line: &str) -> Seen {
    types_at(node, 1, line)
}

/// Types lines that print nothing; returns the last prompt.
#[track_caller]
fn quietly(node: &mut Node, lines: &[&str]) -> String {
    let mut last = String::new();
    for line in lines {
        let (text, failed, prompt) = types(node, line);
        assert!(text.is_empty() && !failed, "{line}: {text}");
        last = prompt;
    }
    last
}

fn configuring() -> Node {
    let mut node = node();
    types(&mut node, "conf t");
    node
}

#[test]
fn prompts_say_where_a_terminal_is() {
    let mut node = node();
    assert_eq!(types(&mut node, "").2, "office#");
    assert_eq!(
        types(&mut node, "configure terminal"),
        (
            "Enter configuration commands, one per line.  End with CNTL/Z.\n".to_owned(),
            false,
            "office(config)#".to_owned()
        )
    );
    for (line, prompt) in [
        ("ephone-template 1", "office(config-ephone-template)#"),
        ("ephone-dn-template 1", "office(config-ephone-dn-template)#"),
        ("telephony-service", "office(config-telephony)#"),
        ("ephone-dn 1", "office(config-ephone-dn)#"),
        ("ephone 1", "office(config-ephone)#"),
        ("voice register global", "office(config-register-global)#"),
        ("voice register session-server 1", "office(config-register-fs)#"),
        ("voice logout-profile 1", "office(config-logout-profile)#"),
        ("voice user-profile 1", "office(config-user-profile)#"),
        ("voice service voip", "office(config-voi-serv)#"),
        ("sip", "office(config-voi-sip)#"),
        ("exit", "office(config-voi-serv)#"),
        ("ex", "office(config)#"),
        ("dial-peer voice 1 pots", "office(config-dial-peer)#"),
        ("hostname branch", "branch(config)#"),
        ("exit", "branch#"),
        ("exit", ""),
    ] {
        assert_eq!(types(&mut node, line).2, prompt, "{line}");
    }
}

#[test]
fn feature_access_codes_are_confirmed() {
    let mut node = configuring();
    quietly(&mut node, &["telephony-service"]);
    for (line, expected) in [
        ("fac standard", "fac standard is set!\n"),
        ("fac custom callfwd all #45", "fac callfwd all code has been configured to #45\n"),
        (
            "fac custom alias 0 #44 to #45 1111",
            "fac alias0 code has been configurated to #44!\nalias0 map code has been configurated to #451111!\n",
        ),
        (
            "fac custom ephone-hunt hlog-phone *8",
            "fac ephone-hunt hlog-phone code has been configured to *8\n",
        ),
        ("no fac custom ephone-hunt hlog-phone", ""),
    ] {
        assert_eq!(types(&mut node, line), (expected.into(), false, "office(config-telephony)#".into()));
    }
    let (text, failed, _) = types(&mut node, "fac custom dnd #45");
    assert_eq!(
        (text.as_str(), failed),
        ("% #45 is the code of callfwd all already; choose another code\n", true)
    );
    let shown = types(&mut node, "do show running-config").0;
    assert!(
        shown.contains("\n fac custom callfwd all #45\n fac custom alias 0 #44 to #45 1111\n"),
        "{shown}"
    );
    assert_eq!(
        types(&mut node, "do show telephony-service fac").0,
        "telephony-service fac custom\n callfwd all #45\n alias 0 #44 to #45 1111\n"
    );
}

#[test]
fn a_session_can_be_left_from_anywhere() {
    for ending in ["end", "END", "^Z", "\u{1a}"] {
        let mut node = configuring();
        quietly(&mut node, &["voice service voip", "sip"]);
        assert_eq!(types(&mut node, ending).2, "office#", "{ending:?}");
    }
    let mut node = configuring();
    quietly(&mut node, &["ephone-dn 1"]);
    assert_eq!(types(&mut node, "number 299\u{1a}").2, "office#");
    assert!(
        types(&mut node, "show run").0.contains("\n number 299\n"),
        "a line before control-Z is carried out"
    );
}

#[test]
fn what_is_wrong_is_said_as_ios_does() {
    let mut node = configuring();
    quietly(&mut node, &["ephone-dn 1"]);
    let width = "office(config-ephone-dn)#".len();
    let mark =
        |column: usize| format!("{:1$}^\n% Invalid input detected at '^' marker.\n\n", "", width + column);
    assert_eq!(types(&mut node, "nunber 7"), (mark(2), true, "office(config-ephone-dn)#".to_owned()));
    assert_eq!(types(&mut node, "preference 99").0, mark(11));
    assert_eq!(types(&mut node, "do show vresion").0, mark(9));
    assert_eq!(types(&mut node, "do do show version").0, mark(4));
    assert_eq!(types(&mut node, "number").0, "% Incomplete command.\n\n");
    for line in ["do", "no", " default "] {
        assert_eq!(types(&mut node, line).0, "% Incomplete command.\n\n");
    }
    assert_eq!(
        types(&mut node, "c"),
        ("% Ambiguous command:  \"c\"\n".to_owned(), true, "office(config-ephone-dn)#".to_owned())
    );
    let (text, failed, _) = types(&mut node, "do configure terminal");
    assert!(failed && text.starts_with("% This terminal"));
    assert!(types(&mut node, &"x".repeat(2000)).1);
}

#[test]
fn what_could_come_next_is_listed() {
    let mut node = configuring();
    quietly(&mut node, &["ephone-dn 1"]);
    let listed = types(&mut node, "?").0;
    for word in ["  call-forward ", "  end ", "  no ", "  number "] {
        assert!(listed.contains(word), "{word}: {listed}");
    }
    assert!(types(&mut node, "call-forward ?").0.contains("  noan "));
    assert!(types(&mut node, "preference ?").0.contains("  <0-10> "));
    assert!(types(&mut node, "do show ?").0.contains("  startup-config "));
    assert_eq!(types(&mut node, "zzz ?").0, "% Unrecognized command\n");
}

#[test]
fn exec_commands_run_in_configuration_modes() {
    let mut node = configuring();
    quietly(&mut node, &["ephone-dn 1"]);
    let (text, _, prompt) = types(&mut node, "do show hostname");
    assert_eq!((text.as_str(), prompt.as_str()), ("office\n", "office(config-ephone-dn)#"));
    assert!(types(&mut node, "do sh run | include number").0.contains(" number 201\n"));
}

#[test]
fn a_line_takes_effect_when_it_is_entered_and_changes_nothing_else() {
    let mut node = configuring();
    let before = types(&mut node, "do show run").0;
    quietly(
        &mut node,
        &[
            "ephone-dn 5 dual-line",
            "number 205",
            " label Lab ",
            "exit",
            "telephony",
            "system message Hello there",
            "end",
        ],
    );
    let after = types(&mut node, "show running-config").0;
    let added: Vec<&str> = after.lines().filter(|line| !before.contains(line)).skip(1).collect();
    assert_eq!(
        added,
        [" system message Hello there", "ephone-dn  5  dual-line", " number 205", " label Lab"]
    );
    types(&mut node, "configure terminal");
    quietly(&mut node, &["no ephone-dn 5", "telephony-service", "default system message", "end"]);
    assert_eq!(types(&mut node, "show run").0, before);
}

#[test]
fn terminals_have_places_of_their_own_and_one_configuration() {
    let mut node = configuring();
    quietly(&mut node, &["ephone-dn 1"]);
    types_at(&mut node, 2, "configure terminal");
    types_at(&mut node, 2, "telephony-service");
    assert_eq!(types(&mut node, "name Ann").2, "office(config-ephone-dn)#");
    assert_eq!(types_at(&mut node, 2, "max-redirect 7").2, "office(config-telephony)#");
    for terminal in [1, 2, 3] {
        let line = if terminal == 3 { "show run" } else { "do show run" };
        let shown = types_at(&mut node, terminal, line).0;
        assert!(shown.contains("\n name Ann\n") && shown.contains("\n max-redirect 7\n"));
    }
    assert_eq!(node.sizes().terminals, 2);
    for terminal in [1, 2, 3] {
        node.handle(Instant::ZERO, Input::TerminalClosed { terminal: TerminalId(terminal) });
    }
    assert_eq!(node.sizes().terminals, 0);
    assert_eq!(types(&mut node, "").2, "office#");
}

#[test]
fn so_many_terminals_may_configure() {
    let mut node = node();
    for terminal in 0..64 {
        assert!(!types_at(&mut node, terminal, "configure terminal").1);
    }
    assert_eq!(
        types_at(&mut node, 64, "configure terminal").0,
        "% Too many terminals are in configuration mode.\n"
    );
    assert!(!types_at(&mut node, 64, "show version").1);
}

#[test]
fn the_configuration_is_stored_when_the_driver_says_so() {
    for command in ["write memory", "wr", "copy running-config startup-config", "copy run start"] {
        let mut node = node();
        assert_eq!(types(&mut node, "show startup-config").0, "startup-config is not present\n");
        let terminal = TerminalId(1);
        let outputs = |node: &mut Node, input: Input<'_>| {
            node.handle(Instant::ZERO, input);
            std::iter::from_fn(|| node.poll_output()).collect::<Vec<_>>()
        };
        let asked = outputs(&mut node, Input::Command { terminal, line: command });
        let [Output::StoreStartupConfig { text, .. }] = &asked[..] else { panic!("{command}: {asked:?}") };
        assert!(text.contains("\n number 201\n") && text.ends_with("\nend\n"));
        let failed = outputs(&mut node, Input::Stored { terminal, error: "the disk is full" });
        let [Output::CommandOutput { text, failed: true, .. }] = &failed[..] else { panic!("{failed:?}") };
        assert_eq!(text, "Building configuration...\n% startup-config is not stored: the disk is full\n");
        assert_eq!(types(&mut node, "show startup-config").0, "startup-config is not present\n");
        outputs(&mut node, Input::Command { terminal, line: command });
        let stored = outputs(&mut node, Input::Stored { terminal, error: "" });
        let [Output::CommandOutput { text, failed: false, .. }] = &stored[..] else { panic!("{stored:?}") };
        assert_eq!(text, "Building configuration...\n[OK]\n");
        assert!(types(&mut node, "show startup-config").0.contains("\n number 201\n"));
        assert!(outputs(&mut node, Input::Stored { terminal, error: "" }).is_empty());
    }
}

#[test]
fn a_file_is_applied_as_a_whole_or_not_at_all() {
    let mut node = node();
    let before = types(&mut node, "show run").0;
    let broken = OFFICE.replace("number 202", "number 2+2!");
    let misspelt = OFFICE.replace("number 202", "nmber 222");
    for text in [&format!("{broken}telephony-service\n max-redirect 9\n"), &misspelt, "\0"] {
        node.handle(Instant::ZERO, Input::Configuration { text });
        assert_eq!(types(&mut node, "show run").0, before);
    }
    let text = OFFICE.replace("number 202", "number 222");
    node.handle(Instant::ZERO, Input::Configuration { text: &text });
    assert_eq!(types(&mut node, "show run").0, before.replace("number 202", "number 222"));
}

#[test]
fn a_configuration_is_replaced_as_a_whole_or_not_at_all() {
    let terminal = TerminalId(1);
    let mut node = node();
    let before = types(&mut node, "show run").0;
    let replace = |node: &mut Node, text| {
        node.handle(
            Instant::ZERO,
            Input::Command { terminal, line: "configure replace flash:new.cfg force" },
        );
        let asked: Vec<_> = std::iter::from_fn(|| node.poll_output()).collect();
        assert_eq!(asked, [Output::ReadConfiguration { terminal, file: "flash:new.cfg".to_owned() }]);
        node.handle(Instant::ZERO, Input::ConfigurationRead { terminal, text });
        match node.poll_output() {
            Some(Output::CommandOutput { text, failed, .. }) => (text, failed),
            other => panic!("{other:?}"),
        }
    };
    let said = "% flash:new.cfg cannot be read: it is not there\n".to_owned();
    assert_eq!(replace(&mut node, Err("it is not there")), (said, true));
    let broken = OFFICE.replace("number 202", "number 2+2!");
    let (said, failed) = replace(&mut node, Ok(&broken));
    assert!(failed && said.starts_with("% flash:new.cfg:13:9: "), "{said}");
    assert_eq!(types(&mut node, "show run").0, before);
    assert_eq!(
        replace(&mut node, Ok(&OFFICE.replace("number 202", "number 222"))),
        ("Rollback Done\n".to_owned(), false)
    );
    assert_eq!(types(&mut node, "show run").0, before.replace("number 202", "number 222"));
    assert!(types(&mut node, "configure replace startup-config").1, "nothing was stored");
    assert_eq!(node.sizes().terminals, 0);
}

#[test]
fn a_changed_listener_waits_for_the_next_start() {
    let mut node = configuring();
    quietly(&mut node, &["telephony-service"]);
    let (text, failed, _) = types(&mut node, "ip source-address 10.0.0.1 port 2001");
    assert_eq!(
        (text.as_str(), failed),
        ("% the listening addresses change when the server is started again\n", false)
    );
}

#[test]
fn a_recorded_session_replays_exactly_and_holds_no_password() {
    let loaded = config::load(OFFICE);
    let mut node = node();
    let mut file = Vec::new();
    let mut recorder = Recorder::new(&loaded.settings, None, Start::default(), &mut file);
    let terminal = TerminalId(1);
    let reloaded = OFFICE.replace("number 202", "number 222");
    let lines = [
        "conf t",
        "ephone-dn 5",
        "number 205",
        "ephone 1",
        "username ann password hunter2",
        "nunber",
        "write mem",
    ];
    let typed = lines.map(|line| Input::Command { terminal, line });
    let after = [
        Input::Command { terminal, line: "do write memory" },
        Input::Stored { terminal, error: "" },
        Input::Command { terminal, line: "do show startup-config" },
        Input::Configuration { text: &reloaded },
        Input::TerminalClosed { terminal },
        Input::Command { terminal: TerminalId(2), line: "show running-config" },
    ];
    for input in typed.into_iter().chain(after) {
        recorder.input(Instant::ZERO, &input);
        node.handle(Instant::ZERO, input);
        while let Some(output) = node.poll_output() {
            recorder.output(&output);
        }
        recorder.finish(&mut file).unwrap();
    }
    assert!(!String::from_utf8_lossy(&file).contains("hunter2"));
    let mut replay = Replay::new(&file).unwrap();
    let mut steps = 0;
    while let Some(step) = replay.step(None).unwrap() {
        assert!(step.is_exact(), "{:?}", step.record);
        steps += 1;
    }
    assert_eq!(steps, 13);
    let shown = replay.command("show running-config");
    assert!(shown.contains("\n number 222\n") && !shown.contains("\n number 205\n"), "{shown}");
}

/// What terminals are shown beside their replies, after a line of a terminal and while a phone registers.
fn monitored(node: &mut Node, terminal: u64, line: &str) -> Vec<(u64, String)> {
    node.handle(Instant::ZERO, Input::Command { terminal: TerminalId(terminal), line });
    let mut shown = Vec::new();
    while let Some(output) = node.poll_output() {
        if let Output::TerminalText { terminal, text } = output {
            shown.push((terminal.0, text));
        }
    }
    shown
}

#[test]
fn a_terminal_that_monitors_is_shown_what_is_debugged() {
    let mut node = node();
    types_at(&mut node, 1, "terminal monitor");
    let (said, ..) = types_at(&mut node, 2, "debug cti session");
    assert_eq!(said, "Session CTI debug flags are on\n");
    assert_eq!(types(&mut node, "show debugging").0, "CTI:\n  Session CTI debug flags are on\n");
    // Whatever the second terminal does, only the first one asked to be shown something.
    let sessions = "configure terminal";
    assert_eq!(monitored(&mut node, 2, sessions), []);
    types_at(&mut node, 2, "end");
    assert!(types(&mut node, "debug callmonitor nothing").0.contains("% Invalid input detected"));
    assert_eq!(types(&mut node, "undebug all").0, "All possible debugging has been turned off\n");
    assert_eq!(types(&mut node, "show debugging").0, "");
    quietly(&mut node, &["terminal no monitor"]);
}

#[test]
fn parts_of_debug_are_turned_on_and_off_one_by_one() {
    let mut node = node();
    types(&mut node, "debug ephone register mac-address 0200.0000.0201");
    assert!(types(&mut node, "show ephone").0.contains("paging 0 debug:1"));
    types(&mut node, "debug cti callmon");
    let on = types(&mut node, "show debugging").0;
    assert!(on.starts_with("Callmonitor:\n  Callmonitor core debugging is enabled\n"), "{on}");
    assert!(on.ends_with("Ephone:\n  Ephone registration debugging is enabled\n"), "{on}");
    let (said, ..) = types(&mut node, "no debug ephone register");
    assert_eq!(said, "Ephone registration debugging is disabled\n");
    types(&mut node, "no debug callmonitor all");
    assert_eq!(types(&mut node, "show debugging").0, "");
    assert!(types(&mut node, "show ephone").0.contains("paging 0 debug:0"));
}
