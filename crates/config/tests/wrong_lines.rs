//! Configurations with lines that are wrong, or that are not known here: the wrong ones are left out, the rest runs.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

use std::fmt::Write;

use hookflash_config::*;

/// The findings, one in a line: `line:column severity: message`.
fn findings(text: &str) -> String {
    let mut all = String::new();
    for d in load(text).diagnostics {
        writeln!(all, "{}:{} {:?}: {}", d.line, d.column, d.severity, d.message).unwrap();
    }
    all
}

#[track_caller]
fn reads_back(settings: &Settings) {
    let printed = settings.running_config();
    assert_eq!(&load(&printed).settings, settings, "{printed}");
}

#[test]
fn text_behind_a_complete_command_is_the_same_mistake_everywhere() {
    let lines = [
        ("telephony-service", "max-dn 20 (directory numbers)"),
        ("telephony-service", "max-ephones 20 (phones)"),
        ("telephony-service", "ip source-address 192.0.2.1 port 2000 (voice vlan)"),
        ("telephony-service", "max-redirect 7 // forwards"),
        ("telephony-service", "timeouts busy 9 per-phone 60"),
        ("telephony-service", "time-format 24 hours"),
        ("ephone-dn 1", "number 201 (extension)"),
        ("ephone-dn 1", "preference 2 please"),
        ("ephone-dn 1", "call-forward busy 202 // voicemail"),
        ("ephone-dn 1", "huntstop !"),
        ("ephone 1", "mac-address 0200.0000.0001 // replace"),
        ("ephone 1", "type 7960 // or 7961"),
        ("ephone 1", "button 1:1 // line 1"),
        ("ephone 1", "keepalive 30 s"),
        ("voice service voip", "gcid on"),
        ("voice service voip", "cti session-timer 100 s"),
        ("voice register global", "mode cme please"),
        ("voice register session-server 1", "keepalive 60 s"),
        ("cti-manager", "maximum connections 7 at most"),
    ];
    for (mode, line) in lines {
        let empty = load(&format!("{mode}\n")).settings;
        let loaded = load(&format!("{mode}\n {line}\n"));
        let wrong: Vec<_> = loaded.diagnostics.iter().filter(|d| d.severity == Severity::Error).collect();
        assert!(matches!(wrong[..], [one] if one.line == 2 && one.suggestion.is_some()), "{line}: {wrong:?}");
        assert_eq!(loaded.settings, empty, "{line}");
        assert!(!loaded.can_run() && !loaded.unreadable);
    }
}

#[test]
fn the_lines_of_a_mode_that_is_not_entered_are_left_out_with_it() {
    for indent in ["", " "] {
        let text = format!(
            "telephony-service\n{indent}max-dn 4\n{indent}max-ephones 4\nephone-dn 1 (first)\n{indent}number 201\n\
             {indent}name Ann\nephone-dn 2\n{indent}number 202\n!\nephone-dn 70000\n{indent}number 203\n!\nephone 1\n\
             {indent}mac-address 0200.0000.0001\n{indent}button 1:2\n"
        );
        let loaded = load(&text);
        let errors: Vec<String> = loaded
            .diagnostics
            .iter()
            .filter(|d| d.severity == Severity::Error)
            .map(|d| format!("{} {}", d.line, d.message))
            .collect();
        assert_eq!(
            errors,
            [
                "4 `(first)` is not valid here; the mode is not entered, and 2 lines of it are left out",
                "10 `70000` is not valid here; the mode is not entered, and 1 line of it is left out",
            ]
        );
        let settings = loaded.settings;
        assert_eq!(settings.ephone_dns.keys().collect::<Vec<_>>(), [&2]);
        assert_eq!((settings.ephones.len(), settings.foreign.len()), (1, 0));
        reads_back(&settings);
    }
}

#[test]
fn what_is_wrong_only_with_the_rest_is_left_out_too() {
    let text = "telephony-service\n max-dn 2\n max-ephones 9\nephone-dn 3\n number 203\nephone 1\n \
                mac-address 0200.0000.0001\n username ann password x\nephone 2\n mac-address 0200.0000.0001\n \
                username ann password y\n";
    let settings = load(text).settings;
    assert!(settings.ephone_dns.is_empty());
    let phones = settings.ephones.values().map(|phone| (phone.mac_address.is_some(), phone.user.is_some()));
    assert_eq!(phones.collect::<Vec<_>>(), [(true, true), (false, false)]);
    assert!(load(&settings.running_config()).can_run());
}

#[test]
fn an_error_is_a_warning_where_the_line_is_left_out() {
    let finding = &load("telephony-service\n max-redirect 4\n").diagnostics[0];
    let said = finding.left_out();
    assert_eq!(said.severity, Severity::Warning);
    assert_eq!(said.message, "`4` is not valid here; the line is left out");
    assert_eq!(said.suggestion.as_deref(), Some("expected number 5-20"));
}

#[test]
fn tags_above_max_ephones_may_be_configured() {
    let text = "telephony-service\n max-ephones 2\n max-dn 4\n ip source-address 10.0.0.1\nephone 132\n mac-address 0200.0000.0132\n";
    assert_eq!(findings(text), "");
    let mut editor = Editor::new(load(text).settings);
    for line in ["telephony-service", "max-ephones 1", "ephone 500"] {
        assert_eq!(editor.enter(line), [], "{line}");
    }
}

#[test]
fn forms_of_commands_that_are_kept_are_kept() {
    let lines = [
        ("sip", "redirect contact order best-match"),
        ("sip", "session pool"),
        ("sip", "no update-callerid"),
        ("sip", "bind media source-interface Loopback0"),
        ("sip", "g729 annexb-all"),
        ("sip", "transport tcp tls v1.2"),
        ("sip", "privacy-policy passthru"),
        ("sip", "telephone-event signaling"),
        ("voip", "h323"),
        ("voip", "fax protocol t38 version 0 ls-redundancy 0 hs-redundancy 0 fallback none"),
        ("voip", "redirect ip2sip"),
        ("voip", "notify telephone-event max-duration 500"),
        ("voip", "call foo"),
        ("telephony", "phone-mode phone-only"),
        ("telephony", "encrypt all"),
        ("telephony", "multicast phones"),
        ("telephony", "dst auto-adjust"),
        ("telephony", "standby username abc password def"),
        ("register", "apply-config"),
        ("register", "create backup"),
    ];
    for (mode, line) in lines {
        let open = match mode {
            "sip" => "voice service voip\n sip\n  ",
            "voip" => "voice service voip\n ",
            "telephony" => "telephony-service\n ",
            _ => "voice register global\n ",
        };
        let text = format!("{open}{line}\n");
        let loaded = load(&text);
        assert!(
            loaded.diagnostics.iter().all(|d| d.severity == Severity::Note),
            "{line}: {}",
            findings(&text)
        );
        assert_eq!(loaded.diagnostics.len(), 1, "{line}");
        assert!(loaded.settings.running_config().contains(&format!(" {line}\n")), "{line}");
        reads_back(&loaded.settings);
    }
    assert!(findings("voice service voip\n redirct ip2ip\n").contains("Error: unknown command"));
    assert!(findings("telephony-service\n multicast mho 239.1.1.1\n").contains("Error"));
}

#[test]
fn an_address_of_each_family_is_kept() {
    let both = "telephony-service\n protocol mode dual-stack preference ipv6\n max-dn 2\n \
                ip source-address 192.0.2.1 port 2000\n ip source-address 2001:DB8::1\n";
    let swapped = "telephony-service\n protocol mode dual-stack preference ipv6\n max-dn 2\n \
                   ip source-address 2001:DB8::1\n ip source-address 192.0.2.1 port 2000\n";
    for text in [both, swapped] {
        let settings = load(text).settings;
        assert_eq!(settings.sccp_listen().unwrap().address.to_string(), "192.0.2.1");
        assert_eq!(settings.second_sccp_listen().unwrap().address.to_string(), "2001:db8::1");
        let printed = settings.running_config();
        assert!(
            printed.contains(
                " ip source-address 192.0.2.1 port 2000\n ip source-address 2001:db8::1 port 2000\n"
            ),
            "{printed}"
        );
        reads_back(&settings);
    }
    let mut editor = Editor::new(load(both).settings);
    editor.enter("telephony-service");
    editor.enter("ip source-address 2001:DB8::2");
    assert_eq!(editor.settings().second_sccp_listen().unwrap().address.to_string(), "2001:db8::2");
    editor.enter("no ip source-address 192.0.2.1");
    assert_eq!(editor.settings().sccp_listen().unwrap().address.to_string(), "2001:db8::2");
    editor.enter("no ip source-address");
    assert_eq!(editor.settings().sccp_listen(), None);
}

#[test]
fn the_address_of_a_group_is_its_own_without_indentation_too() {
    let lines = "max-dn 4\nip source-address 10.0.0.1 port 2000\ngroup 1\nip source-address 10.1.0.1 port 2000\n\
                 url directories http://10.1.0.1/\ngroup 2 vrf blue\nip source-address 10.2.0.1 port 2000\nmax-redirect 7\n";
    let indented: String = lines.lines().map(|line| format!(" {line}\n")).collect();
    for lines in [lines, indented.as_str()] {
        let settings = load(&format!("telephony-service\n{lines}")).settings;
        assert_eq!(settings.sccp_listen().unwrap().address.to_string(), "10.0.0.1");
        let service = settings.telephony_service.as_ref().unwrap();
        assert_eq!((service.max_redirect, service.urls.len()), (7, 0));
        let printed = settings.running_config();
        assert!(
            printed.contains("\n group 2 vrf blue\n  ip source-address 10.2.0.1 port 2000\n"),
            "{printed}"
        );
        reads_back(&settings);
    }
    let before =
        "telephony-service\ngroup 1 vrf red\nip source-address 10.1.0.1\nip source-address 10.0.0.1\n";
    assert_eq!(load(before).settings.sccp_listen().unwrap().address.to_string(), "10.0.0.1");
}

#[test]
fn telephony_that_does_nothing_is_noted_by_feature_and_once() {
    let text = "application\n service aa flash:aa.tcl\n  param aa-pilot 8005550100\n!\nsip-ua\n registrar dns:a.example\n!\n\
                voice-port 0/0/0\n connection plar 1001\n!\nvoice-port 0/0/1\n!\nvoice-port 0/0/2\n!\n\
                sccp ccm 192.0.2.1 identifier 1\nsccp\n!\ndspfarm profile 1 conference\n!\nstcapp\n!\n\
                voice register pool-type 8841\n!\nvoice lpcor enable\n!\nvoice emergency response location 1\n!\n\
                vm-integration\n pattern direct 2 CGN *\n!\ninterface FastEthernet0/0\n!\nip http server\n";
    let notes = findings(text);
    let noted: Vec<&str> = notes.lines().map(|line| line.split('`').nth(1).unwrap_or_default()).collect();
    let expected = [
        "application",
        "voice-port",
        "sccp",
        "dspfarm",
        "stcapp",
        "voice register pool-type",
        "voice lpcor",
        "voice emergency",
        "vm-integration",
    ];
    assert_eq!(noted, expected, "{notes}");
    assert!(notes.contains("`voice-port` (analogue and digital voice ports) is known but not in effect; the lines are kept (and 2 more such lines)"));
    // After a mode of ours without a separator, and without indentation, it is the same.
    let flat: String =
        text.lines().filter(|line| *line != "!").map(|line| format!("{}\n", line.trim())).collect();
    let flat = format!("telephony-service\nmax-dn 2\n{flat}");
    let noted = findings(&flat);
    for line in [
        "stcapp",
        "vm-integration",
        "voice-port 0/0/0",
        "voice lpcor enable",
        "sccp",
        "kron occurrence a in 1:00 oneshot",
    ] {
        let found = findings(&format!(
            "telephony-service\nmax-dn 2\nmax-ephones 2\nip source-address 10.0.0.1\nephone 1\nmac-address 0200.0000.0001\n{line}\n"
        ));
        assert!(!found.contains("Warning") && !found.contains("Error"), "{line}: {found}");
    }
    assert!(load("telephony\n max-dn 3\n").settings.max_dn() == 3);
    assert!(expected.iter().skip(1).all(|words| noted.contains(&format!("`{words}` ("))), "{noted}");
}

#[test]
fn a_mode_is_entered_from_within_another_that_has_a_command_of_its_name() {
    for separator in ["", "!\n"] {
        let text = format!(
            "voice service voip\n sip\n  bind all source-interface Loopback0\n{separator}telephony-service\n max-dn 4\n"
        );
        let loaded = load(&text);
        assert_eq!((loaded.settings.max_dn(), loaded.can_run()), (4, true), "{}", findings(&text));
    }
}

#[test]
fn many_findings_of_one_kind_are_one() {
    let mut text =
        "telephony-service\n max-ephones 500\n max-dn 500\n ip source-address 10.0.0.1\n".to_owned();
    for tag in 1..=500 {
        writeln!(text, "ephone {tag}\n button 1:{tag}").unwrap();
    }
    let found = findings(&text);
    assert_eq!(
        found,
        "6:9 Warning: ephone-dn 1 does not exist, so the button stays empty (and 499 more such lines)\n"
    );
}

#[test]
fn lines_are_printed_in_the_order_of_ios() {
    let text = "telephony-service\n auto assign 1 to 10\n max-ephones 10\n max-dn 20\n \
                ip source-address 192.0.2.1 port 2000\n!\nephone-dn  1\n intercom 1002\n label One\n pickup-group 1\n \
                number 1001\n!\nephone  1\n button  1:1\n paging-dn 3\n device-security-mode none\n mac-address 0200.0000.0001\n";
    let printed = load(text).settings.running_config();
    assert_eq!(
        printed,
        "!\ntelephony-service\n max-ephones 10\n max-dn 20\n ip source-address 192.0.2.1 port 2000\n \
         auto assign 1 to 10\n!\nephone-dn  1\n number 1001\n pickup-group 1\n label One\n intercom 1002\n!\n\
         ephone  1\n device-security-mode none\n mac-address 0200.0000.0001\n paging-dn 3\n button  1:1\n!\nend\n"
    );
    reads_back(&load(text).settings);
}

/// A mode that is opened wrongly is the same mistake in whatever mode the line before was.
#[test]
fn a_wrong_line_that_opens_a_mode_is_no_line_of_the_mode_before() {
    let before = [
        "telephony-service\n max-dn 10",
        "ephone-dn 1\n number 201",
        "ephone-dn-template 1\n huntstop",
        "ephone 1\n mac-address 0200.0000.0001",
        "ephone-template 1\n keep-conference",
        "voice service voip\n gcid",
        "voice register global\n mode cme",
        "voice register dn 1\n number 301",
        "voice register pool 1\n id mac 0200.0000.0009",
        "voice register template 1\n keep-conference",
        "voice hunt-group 2 parallel\n pilot 501",
        "ephone-hunt 2 peer\n pilot 502",
        "dial-peer voice 5 voip\n destination-pattern 9T",
        "voice translation-rule 1\n rule 1 /1/ /2/",
        "voice user-profile 2\n user bob password secret",
        "sip-ua\n retry invite 3",
        "cti-manager\n csta tcp port 4721",
    ];
    let wrong = [
        "voice hunt-group 1 paralel",
        "voice hunt-group 99999 parallel",
        "voice register session-server 9",
        "voice register pool 99999",
        "voice register dn x",
        "voice user-profile x",
        "voice translation-rule x",
        "ephone-hunt 101 peer",
        "ephone-hunt 1 pear",
        "ephone-dn 99999",
        "ephone 99999",
        "ephone-template 9999999",
        "dial-peer voice 1 viop",
    ];
    for line in wrong {
        let alone = findings(&format!("{line}\n"));
        let (_, expected) = alone.split_once(' ').unwrap_or_else(|| panic!("nothing is wrong with {line}"));
        for (before, indent) in before.iter().flat_map(|before| [(before, " "), (before, "")]) {
            let text = format!("{}\n{line}\n", before.replace("\n ", &format!("\n{indent}")));
            let found = findings(&text);
            assert!(found.contains(expected), "{text}{found}instead of {expected}");
        }
    }
}

#[test]
fn what_is_named_and_does_not_exist_is_said() {
    let dns =
        "telephony-service\n max-dn 9\n max-ephones 2\nephone-dn 1\n number 201\nephone-dn 2\n number 21.\n";
    let hunt = format!("{dns}ephone-hunt 1 peer\n pilot 500\n list 201, 299, 215, *\n");
    assert_eq!(findings(&hunt), "10:12 Warning: no number 299 exists, so the place stays empty\n");
    let voice = format!("{dns}voice hunt-group 1 parallel\n pilot 500\n list 201,299\n");
    assert!(findings(&voice).contains("no number 299 exists"));
    let peer =
        format!("{voice}dial-peer voice 1 voip\n destination-pattern 2..\n session target ipv4:10.0.0.9\n");
    assert!(!findings(&peer).contains("299"), "a trunk may reach it: {}", findings(&peer));
    let cor = "telephony-service\n max-dn 1\nephone-dn 1\n number 201\n corlist incoming nobody\n";
    assert_eq!(
        findings(cor),
        "5:19 Warning: dial-peer cor list nobody does not exist, so nothing is restricted\n"
    );
}

#[test]
fn a_quotation_mark_that_is_not_closed_is_said() {
    let dn =
        |line: &str| findings(&format!("telephony-service\n max-dn 1\nephone-dn 1\n number 201\n {line}\n"));
    assert_eq!(dn("name \"Otto Normal"), "5:7 Warning: the quotation mark is not closed\n");
    for line in ["name \"Otto Normal\"", "name Otto 7\" Normal", "name Otto"] {
        assert_eq!(dn(line), "", "{line}");
    }
}

#[test]
fn what_a_mode_lacks_because_a_line_was_wrong_is_not_said_again() {
    let phone = "ephone 1\n mac-address 0200.0000.0201\n button 1:1\n";
    let service = "telephony-service\n max-dn 1\n max-ephones 1\n ip source-address 10.0.0.1 port 2000\n";
    for dn in ["ephone-dn 1\n number 20?1\n", "ephone-dn 1 dualline\n number 201\n"] {
        let said = findings(&format!("{service}{dn}{phone}"));
        assert_eq!(said.lines().count(), 1, "{said}");
        assert!(said.contains("Error"), "{said}");
    }
    assert!(findings(&format!("{service}ephone-dn 1\n{phone}")).contains("has no number"));
}

#[test]
fn a_global_command_that_is_pasted_ends_the_mode() {
    let mut editor = Editor::new(load("telephony-service\n max-ephones 1\n").settings);
    for line in ["ephone 1", "mac-address 0200.0000.0201", "presence call-list"] {
        editor.enter(line);
    }
    assert_eq!(editor.mode(), Mode::Ephone);
    editor.enter("presence");
    let (settings, position) = editor.into_parts();
    assert_eq!(position.mode(), Mode::Presence);
    assert!(settings.running_config().contains("\n presence call-list\n"));
    assert!(settings.running_config().contains("\npresence\n"), "{}", settings.running_config());
}
