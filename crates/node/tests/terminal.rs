//! Sessions as operators have them: what they type, what they see, what comes of it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use hookflash_core::Instant;

use hookflash_node::{
    FileOrder, Input, Node, Output, Start, TerminalId, config, provision,
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

/// Types a line; what is asked of files is answered with this.
fn types_with_files(node: &mut Node, line: &str, answer: Result<&str, &str>) -> (Option<FileOrder>, Seen) {
    node.handle(Instant::ZERO, Input::Command { terminal: TerminalId(1), line });
    let (mut seen, mut asked) = (None, None);
    while let Some(output) = node.poll_output() {
        match output {
            Output::CommandOutput { text, failed, prompt, .. } => {
                seen = Some((text, failed, prompt.unwrap_or_default()))
            }
            Output::Files { terminal, order } => {
                asked = Some(order);
                node.handle(Instant::ZERO, Input::FilesDone { terminal, result: answer });
            }
            _ => {}
        }
    }
    (asked, seen.unwrap())
}

#[test]
fn files_are_listed_and_written() {
    let mut node = node();
    let list = "- 1234 1764452138 calls.txt\nd 0 1764452138 old\n1000 900\n";
    let (asked, (text, failed, _)) = types_with_files(&mut node, "dir", Ok(list));
    assert_eq!((asked, failed), (Some(FileOrder::List { startup: false }), false));
    assert_eq!(
        text,
        "Directory of flash:/\n\n    1  -rw-        1234  Nov 29 2025 21:35:38 +00:00  calls.txt\n    2  drw-           0  \
         Nov 29 2025 21:35:38 +00:00  old\n\n1000 bytes total (900 bytes free)\n"
    );
    let (asked, _) = types_with_files(&mut node, "dir nvram:", Ok("1000 900\n"));
    assert_eq!(asked, Some(FileOrder::List { startup: true }));
    let write = |append| FileOrder::Write { file: "flash:name.txt".into(), text: "office\n".into(), append };
    for (line, append, shown) in [
        ("show hostname | redirect flash:name.txt", false, ""),
        ("show hostname | append flash:name.txt", true, ""),
        ("show hostname | tee flash:name.txt", false, "office\n"),
    ] {
        let (asked, (text, failed, _)) = types_with_files(&mut node, line, Ok(""));
        assert_eq!((asked, text.as_str(), failed), (Some(write(append)), shown, false), "{line}");
    }
    let (_, (text, failed, _)) =
        types_with_files(&mut node, "show hostname | redirect ../x", Err("there is no such name in flash:"));
    assert_eq!((text.as_str(), failed), ("%Error opening ../x (there is no such name in flash:)\n", true));
}

#[test]
fn a_person_is_asked_before_what_cannot_be_undone() {
    let mut node = node();
    let erased = "[OK]\nErase of nvram: complete\n";
    let (asked, (text, ..)) = types_with_files(&mut node, "write erase", Ok(""));
    assert_eq!(
        (asked, text.as_str()),
        (Some(FileOrder::EraseStartupConfig), erased),
        "a script is not asked"
    );
    quietly(&mut node, &["terminal confirm"]);
    for (line, answer, done) in [
        ("erase startup-config", "", true),
        ("erase nvram:", "y", true),
        ("write erase", "no", false),
        ("write erase", "\u{1a}", false),
    ] {
        let question =
            "Erasing the nvram filesystem will remove all configuration files! Continue? [confirm]";
        assert_eq!(types(&mut node, line), (String::new(), false, question.to_owned()), "{line}");
        let (asked, (_, _, prompt)) = types_with_files(&mut node, answer, Ok(""));
        assert_eq!((asked.is_some(), prompt.as_str()), (done, "office#"), "{line} {answer:?}");
    }
    assert_eq!(
        types(&mut node, "copy running-config startup-config").2,
        "Destination filename [startup-config]? "
    );
    let (text, failed, prompt) = types(&mut node, "elsewhere");
    assert_eq!(
        (text.as_str(), failed, prompt.as_str()),
        ("%Error opening elsewhere (Permission denied)\n", true, "office#")
    );
    types(&mut node, "copy running-config startup-config");
    node.handle(Instant::ZERO, Input::Command { terminal: TerminalId(1), line: "" });
    assert!(
        std::iter::from_fn(|| node.poll_output())
            .any(|output| matches!(output, Output::StoreStartupConfig { .. }))
    );
    node.handle(Instant::ZERO, Input::Stored { terminal: TerminalId(1), error: "" });
    while node.poll_output().is_some() {}
    let reloads = |node: &mut Node, line: &str| {
        node.handle(Instant::ZERO, Input::Command { terminal: TerminalId(1), line });
        std::iter::from_fn(|| node.poll_output()).any(|output| output == Output::Reload)
    };
    assert_eq!(types(&mut node, "reload").2, "Proceed with reload? [confirm]");
    assert!(!reloads(&mut node, "n"), "no consent");
    quietly(&mut node, &["terminal no confirm"]);
    for line in ["conf t", "ephone-dn 1", "number 299", "end"] {
        types(&mut node, line);
    }
    quietly(&mut node, &["terminal confirm"]);
    assert_eq!(types(&mut node, "reload").2, "System configuration has been modified. Save? [yes/no]: ");
    assert_eq!(types(&mut node, "perhaps").0, "% Please answer 'yes' or 'no'.\n");
    node.handle(Instant::ZERO, Input::Command { terminal: TerminalId(1), line: "yes" });
    while node.poll_output().is_some() {}
    node.handle(Instant::ZERO, Input::Stored { terminal: TerminalId(1), error: "" });
    let Some(Output::CommandOutput { text, prompt, .. }) = node.poll_output() else { panic!() };
    assert_eq!(
        (text.as_str(), prompt.as_deref()),
        ("Building configuration...\n[OK]\n", Some("Proceed with reload? [confirm]"))
    );
    assert!(reloads(&mut node, ""));
}

#[test]
fn who_has_given_up_his_privilege_may_only_look() {
    let mut node = node();
    assert_eq!(quietly(&mut node, &["disable"]), "office>");
    for line in [
        "configure terminal",
        "write",
        "show running-config",
        "reload",
        "clear cti session 1",
        "show clock | tee x",
    ] {
        let (text, failed, _) = types(&mut node, line);
        assert!(failed && text.contains("% Invalid input detected"), "{line}: {text}");
    }
    assert_eq!(types(&mut node, "show privilege").0, "Current privilege level is 1\n");
    assert_eq!(quietly(&mut node, &["enable"]), "office#");
    assert_eq!(types(&mut node, "show privilege").0, "Current privilege level is 15\n");
}

#[test]
fn a_word_that_begins_no_command_is_taken_for_a_computer() {
    let unknown = "% Unknown command or computer name, or unable to find computer address\n";
    let mut node = node();
    for line in ["xyz", "xyz 1 2", "shwo cti"] {
        assert_eq!(types(&mut node, line), (unknown.to_owned(), true, "office#".to_owned()), "{line}");
    }
    assert!(types(&mut node, "show xyz").0.contains("% Invalid input detected"));
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
        node.handle(Instant::ZERO, Input::Configuration { text, lenient: false });
        assert_eq!(types(&mut node, "show run").0, before);
    }
    let text = OFFICE.replace("number 202", "number 222");
    node.handle(Instant::ZERO, Input::Configuration { text: &text, lenient: false });
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
        Input::Configuration { text: &reloaded, lenient: false },
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
