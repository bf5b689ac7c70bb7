//! The configuration language, as stories.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

use std::fmt::Write;

use hookflash_config::*;
use proptest::prelude::*;

const MOC: &str = include_str!("data/moc.cfg");
const SESSION_MANAGER: &str = include_str!("data/session-manager.cfg");

/// The findings, one in a line: `line:column severity: message; suggestion`.
fn findings(text: &str) -> String {
    let mut all = String::new();
    for d in load(text).diagnostics {
        let severity = format!("{:?}", d.severity).to_lowercase();
        let suggestion = d.suggestion.map(|s| format!("; {s}")).unwrap_or_default();
        writeln!(all, "{}:{} {severity}: {}{suggestion}", d.line, d.column, d.message).unwrap();
    }
    all
}

#[track_caller]
fn check(text: &str, expected: &str) {
    assert_eq!(findings(text).trim(), expected.trim());
}

/// Like [`check`], notes left out.
#[track_caller]
fn check_warnings(text: &str, expected: &str) {
    let all = findings(text);
    let found: Vec<&str> = all.lines().filter(|line| !line.contains(" note: ")).collect();
    assert_eq!(found.join("\n"), expected.trim());
}

/// Commands of the examples that nothing acts on yet, as the notes about them name them.
fn not_yet(text: &str) -> Vec<String> {
    let all = findings(text);
    let notes = all
        .lines()
        .filter_map(|line| line.split_once(" note: `")?.1.strip_suffix("` is known but not in effect yet"));
    notes.map(str::to_owned).collect()
}

/// A configuration with directory numbers 1 to 4 and room for phones.
fn with_numbers(rest: &str) -> String {
    let mut text = "telephony-service\n max-ephones 10\n max-dn 10\n ip source-address 10.0.0.1\n".to_owned();
    for tag in 1..=4 {
        write!(text, "ephone-dn {tag}\n number 20{tag}\n").unwrap();
    }
    text + rest
}

// The two published examples.

#[test]
fn the_moc_example_loads_as_it_stands() {
    check_warnings(MOC, "");
    assert_eq!(not_yet(MOC), [""; 0]);
    let settings = load(MOC).settings;
    assert_eq!(settings.hostname.as_deref(), Some("sdatar-2811s"));
    let voice = settings.voice_service();
    assert!(!voice.cti_shutdown && voice.cti_csta_mode_basic);
    assert!(!voice.sip_moved_temporary && !voice.sip_refer);
    assert!(voice.allow_connections.contains(&(Protocol::Sip, Protocol::Sip)));
    assert_eq!(settings.register_global, None);
    assert_expected_telephony(&settings, "psswr");
}

#[test]
fn the_session_manager_example_loads_as_it_stands() {
    let not_yet = not_yet(SESSION_MANAGER);
    let register = ["registrar server", "keepalive", "register-id", "cti-aware"];
    assert!(register.iter().all(|command| !not_yet.iter().any(|other| other == command)), "{not_yet:?}");
    check_warnings(
        SESSION_MANAGER,
        "36:5 warning: `csta cti mode basic` is taken for `cti csta mode basic`; write `cti csta mode basic`\n\
         38:34 warning: 120 is outside the range 600-86400; it is accepted; write a number 600-86400",
    );
    let settings = load(SESSION_MANAGER).settings;
    let voice = settings.voice_service();
    assert!(!voice.cti_shutdown && voice.cti_csta_mode_basic);
    assert!(voice.sip_moved_temporary && voice.sip_refer);
    assert_eq!(voice.sip.registrar, Some(Registrar { max_expires: 120, min_expires: 60 }));
    let global = settings.register_global.clone().unwrap();
    assert_eq!(global.mode, Some(RegisterMode::Cme));
    assert_eq!(
        global.source_address,
        Some(SourceAddress { address: "10.0.0.1".parse().unwrap(), port: 5060 })
    );
    let server = &settings.session_servers[&1];
    assert_eq!((server.register_id.as_deref(), server.keepalive, server.cti_aware), (Some("apps"), 60, true));
    assert_expected_telephony(&settings, "cisco");
}

/// What both examples say.
fn assert_expected_telephony(settings: &Settings, password: &str) {
    let service = settings.telephony_service.as_ref().unwrap();
    assert_eq!((settings.max_ephones(), settings.max_dn()), (10, 100));
    let listen = service.source_address.unwrap().listen;
    assert_eq!((listen.address.to_string().as_str(), listen.port), ("10.0.0.1", 2000));
    assert_eq!(service.em_logout, [ClockTime { hour: 1, minute: 0 }]);
    assert_eq!(service.cnf_file, Some(CnfFile::PerPhone));
    assert_eq!(service.cnf_file_location.as_deref(), Some("flash:"));
    assert_eq!(service.max_conferences, Some(MaxConferences { count: 8, gain: -6 }));
    assert_eq!(service.transfer_system, Some(TransferSystem::FullConsult { dss: false }));
    assert_eq!(service.create_cnf_files, Some(Some("Jan 01 2002 00:00:00".into())));

    let numbers: Vec<_> =
        settings.ephone_dns.values().map(|dn| dn.number.as_ref().unwrap().primary.as_str()).collect();
    assert_eq!(numbers, ["201", "202", "203", "204"]);
    assert!((1..=4).all(|dn| settings.effective_cti_watch(dn)));
    assert_eq!([1, 2, 3, 4].map(|dn| settings.effective_cti_notify(dn)), [false, false, false, true]);

    let phones: Vec<_> = settings
        .ephones
        .values()
        .map(|p| (p.mac_address.unwrap().device_name().to_string(), p.model.clone().unwrap().to_string()))
        .collect();
    let expected = [("SEP001E4A34A35F", "7961"), ("SEP000F8FC7B681", "7960"), ("SEP0019E7FF1E30", "7961")];
    assert_eq!(phones, expected.map(|(name, model)| (name.to_owned(), model.to_owned())));
    assert_eq!(settings.ephones[&1].buttons.get(1).unwrap().to_string(), "1:1");
    assert_eq!(settings.ephones[&2].buttons.get(1).unwrap().dn(), Some(2));
    assert!(settings.ephones[&3].buttons.is_empty());
    assert_eq!(settings.ephones[&3].logout_profile, Some(1));

    let number = |profile: &Profile| (profile.numbers[0].numbers[0].to_string(), profile.numbers[0].kind);
    assert_eq!(number(&settings.logout_profiles[&1]), ("203".to_owned(), ProfileNumberType::Normal));
    assert_eq!(number(&settings.user_profiles[&1]), ("204".to_owned(), ProfileNumberType::Normal));
    let user = settings.user_profiles[&1].user.as_ref().unwrap();
    assert_eq!((user.name.as_str(), user.password.text.as_str()), ("user204", password));
}

#[test]
fn a_routers_business_is_kept_in_place_and_shown() {
    let shown = load(MOC).settings.running_config();
    let order = [
        "version 12.4",
        "hostname sdatar-2811s",
        "ip dhcp pool test\n  network 10.0.0.0 255.255.255.0\n  option 150",
        "voice service voip",
        "voice user-profile 1",
        "archive\n  log config\n  hidekeys\n!",
        "interface FastEthernet0/0\n  ip address",
        "ixi application cme\n  no shutdown\n!",
        "telephony-service",
        "ephone  3",
    ];
    let found: Vec<_> =
        order.iter().map(|part| shown.find(part).unwrap_or_else(|| panic!("{part}\n{shown}"))).collect();
    assert!(found.is_sorted(), "{found:?}");
}

#[test]
fn a_routers_line_stays_behind_the_mode_it_followed() {
    let modes = [
        "hostname pbx",
        "voice service voip",
        "voice register global\n mode cme",
        "voice register dn 1\n number 301",
        "voice register template 1",
        "voice register pool 1\n number 1 dn 1",
        "voice register session-server 1\n register-id app",
        "voice logout-profile 1\n number 201",
        "voice user-profile 1",
        "telephony-service\n max-ephones 2",
        "ephone-dn-template 1",
        "ephone-template 1",
        "ephone-dn 1\n number 201",
        "ephone 1",
        "ephone-hunt 1 sequential\n pilot 400",
        "voice hunt-group 1 sequential\n pilot 401",
        "cti-manager",
        "application-user app",
        "end-user user",
        "device-pool POOL",
        "cti-port 1",
        "cti-route-point 1",
        "limits",
        "voice translation-rule 1\n rule 1 /^0/ //",
        "voice translation-profile out",
        "dial-peer voice 1 voip\n destination-pattern 9T",
        "sip-ua\n timers connect 100",
    ];
    let text: String = modes
        .iter()
        .enumerate()
        .map(|(n, mode)| format!("{mode}\ninterface Fa{n}\n ip route-cache\n"))
        .collect();
    let shown = load(&text).settings.running_config();
    let mut rest = shown.as_str();
    for (n, mode) in modes.iter().enumerate() {
        let words: Vec<_> = mode.lines().next().unwrap_or_default().split(' ').collect();
        let opens = |line: &str| line.split_whitespace().collect::<Vec<_>>() == words;
        let opening = rest.lines().find(|line| opens(line)).unwrap_or_else(|| panic!("{mode}\n{shown}"));
        let opened = rest.find(opening).unwrap();
        let interface = rest.find(&format!("interface Fa{n}\n")).unwrap_or_else(|| panic!("{n}\n{shown}"));
        assert!(opened < interface, "interface Fa{n} precedes {mode}\n{shown}");
        rest = &rest[interface..];
    }
}

#[test]
fn show_running_config_has_the_shape_of_ios() {
    let text = with_numbers("ephone 2\n mac 00:1e:4a:34:a3:60\n button 2s2 1:1\n type 7961\n park foo\n");
    let expected = "!\ntelephony-service\n max-ephones 10\n max-dn 10\n ip source-address 10.0.0.1 port 2000\n!\n\
        ephone-dn  1\n number 201\n!\nephone-dn  2\n number 202\n!\nephone-dn  3\n number 203\n!\nephone-dn  4\n number 204\n!\n\
        ephone  2\n mac-address 001E.4A34.A360\n type 7961\n park foo\n button  1:1 2s2\n!\nend\n";
    assert_eq!(load(&text).settings.running_config(), expected);
}

// Abbreviations and modes.

#[test]
fn every_keyword_may_be_shortened_to_a_unique_prefix() {
    let text =
        "tele\n max-e 5\n timeo int 7\n transfer-s full-c\nvoice reg sess 1\n register appl\n keep 60\n";
    check_warnings(text, "");
    let settings = load(text).settings;
    let service = settings.telephony_service.as_ref().unwrap();
    assert_eq!((service.max_ephones, service.timeout_interdigit), (Some(5), 7));
    assert_eq!(settings.session_servers[&1].register_id.as_deref(), Some("appl"));
}

#[test]
fn a_prefix_of_several_keywords_is_an_error_that_names_them() {
    check(
        "telephony-service\n max- 5\nephone-d 1\n",
        "2:2 error: `max-` is ambiguous; write one of `max-conferences`, `max-dn`, `max-ephones` or `max-redirect`\n\
         3:1 error: `ephone-d` is ambiguous; write one of `ephone-dn` or `ephone-dn-template`",
    );
}

#[test]
fn indentation_does_not_decide_where_a_line_belongs() {
    let flat = "telephony-service\nmax-ephones 4\nmax-dn 4\nip source-address 10.0.0.1\nephone-dn 1\nnumber 201\n\nephone-dn 2\nnumber 202\ncti watch\n!\nephone 1\nbutton 1:2\nephone 2\nbutton 1:1\n";
    check(flat, "");
    let staircase =
        flat.lines().enumerate().map(|(n, l)| format!("{}{l}\n", " ".repeat(n % 7))).collect::<String>();
    assert_eq!(load(flat).settings, load(&staircase).settings);
    assert_eq!(load(flat).settings.ephones.len(), 2);
}

#[test]
fn a_template_opened_after_an_indented_body_is_not_taken_for_its_use() {
    let text = "ephone-dn 1\n number 201\nephone-dn-template 2\n cti watch\n";
    let settings = load(text).settings;
    assert_eq!(settings.ephone_dns[&1].template, None);
    assert_eq!(settings.ephone_dn_templates[&2].features.cti_watch, Some(true));
}

#[test]
fn a_foreign_block_does_not_swallow_what_is_ours() {
    let text =
        "interface Fa0\n ip address 1.2.3.4 255.0.0.0\n keepalive 30\n telephony-service\n max-ephones 3\n";
    let settings = load(text).settings;
    assert_eq!(settings.max_ephones(), 3);
    assert_eq!(settings.foreign[0].lines.len(), 3);
}

#[test]
fn a_banner_is_kept_word_for_word() {
    let text = "banner motd ^C\ntelephony-service\n! welcome\n\n^C\nhostname pbx\n";
    let settings = load(text).settings;
    assert_eq!(settings.telephony_service, None);
    assert_eq!(settings.foreign[0].lines, ["banner motd ^C", "telephony-service", "! welcome", "", "^C"]);
    assert_eq!(load(&settings.running_config()).settings, settings);
}

#[test]
fn exit_and_end_leave_modes() {
    let text = "voice service voip\n sip\n exit\n gcid\n end\nkeepalive 30\n";
    let settings = load(text).settings;
    assert!(settings.voice_service().gcid);
    assert_eq!(settings.foreign[0].lines, ["keepalive 30"]);
    assert_eq!(load(&settings.running_config()).settings, settings);
}

// `no` and `default`.

#[test]
fn no_and_default_take_back() {
    let text = with_numbers(
        "ephone-dn 1\n cti watch\n no cti watch\nephone-dn 2\n no huntstop\n default huntstop\nno ephone-dn 3\n\
         telephony-service\n keepalive 60\n no keepalive\n no max-dn\nvoice service voip\n no cti shutdown\n cti shutdown\n\
         ephone 1\n button 1:1 2:2 3:4\n no button 2\n",
    );
    let settings = load(&text).settings;
    assert_eq!(settings.ephone_dns[&1].features.cti_watch, Some(false));
    assert_eq!(settings.ephone_dns[&2].features.huntstop, None);
    assert!(!settings.ephone_dns.contains_key(&3));
    assert_eq!(settings.telephony_service.as_ref().map(|t| (t.keepalive, t.max_dn)), Some((30, None)));
    assert!(settings.voice_service().cti_shutdown);
    assert_eq!(settings.ephones[&1].buttons.keys().collect::<Vec<_>>(), [1, 3]);
}

#[test]
fn the_value_of_the_object_beats_the_template() {
    let text = "ephone-dn-template 1\n cti watch\n call-forward busy 300\nephone-dn 1\n ephone-dn-template 1\n\
                ephone-dn 2\n ephone-dn-template 1\n no cti watch\n call-forward busy 400\nephone-dn 3\n";
    let settings = load(text).settings;
    assert_eq!([1, 2, 3].map(|dn| settings.effective_cti_watch(dn)), [true, false, false]);
    let busy = |dn| settings.effective_dn_features(dn).forward_busy.map(|f| f.target.to_string());
    assert_eq!([busy(1), busy(2), busy(3)], [Some("300".into()), Some("400".into()), None]);
}

// Diagnostics.

#[test]
fn lines_that_are_ours_and_wrong_are_errors_with_what_to_write() {
    let cases = [
        ("telephony-service\n max-redirect 4", "2:15 error: `4` is not valid here; expected number 5-20"),
        (
            "telephony-service\n ip source-address 10.0.0.1 port 80",
            "2:34 error: `80` is not valid here; expected number 0 or 2000-9999",
        ),
        (
            "telephony-service\n transfer-system full-consulting",
            "2:18 error: `full-consulting` is not valid here; did you mean `full-consult`?",
        ),
        ("telephony-service\n keepalive", "2:11 error: the command is incomplete; expected number 10-65535"),
        ("telephony-service\n em logout 25:00", "2:12 error: `25:00` is not valid here; expected time HH:MM"),
        ("ephone-dn 0", "1:11 error: `0` is not valid here; expected number 1-65535"),
        ("voice register session-server 9", "1:31 error: `9` is not valid here; expected number 1-8"),
        (
            "ephone 1\n pin 12x",
            "1:8 warning: max-ephones is not set, so it is 0; add `max-ephones 1` or more to telephony-service\n2:6 error: a pin has 4 to 8 digits; write 4 to 8 digits",
        ),
        (
            "voice service voip\n sip\n  registrar server expires max 600 min 900",
            "3:40 error: the shortest registration, 900 s, is longer than the longest, 600 s; write `registrar server expires max 3600 min 60`",
        ),
    ];
    for (text, expected) in cases {
        check(text, expected);
        assert!(!load(text).can_run());
    }
}

#[test]
fn phones_are_checked_against_the_rest() {
    let cases = [
        (
            " mac-address 001E.4A34",
            "14:14 error: `001E.4A34` is not valid here; expected MAC address H.H.H, `reserved` or the end of the line",
        ),
        (
            " button 1:9",
            "14:9 warning: ephone-dn 9 does not exist, so the button stays empty; add `ephone-dn 9` with a number, or name a tag that exists",
        ),
        (
            " button 1:1 2y2",
            "14:13 error: `y` is not a button separator; use one of : b f s m w o c x; write buttons as 1:1 or 2o3,4",
        ),
        (
            " button 1:1,2",
            "14:9 error: a button of this kind takes one directory number; several need the overlay separator o or c; write buttons as 1:1 or 2o3,4",
        ),
        (
            " button 1w2 2m3",
            "14:9 warning: ephone 1 has no line: none of its buttons makes or receives calls; write a line such as `button 1:1`",
        ),
        (
            " button 1o3,9",
            "14:9 warning: ephone-dn 9 does not exist, so the overlay is without it; add `ephone-dn 9` with a number, or name a tag that exists",
        ),
        (
            " button 1:1 2x1",
            "14:13 warning: button 2 gives no line: button 1 is not an overlay; write `1o` or `1c` with directory numbers",
        ),
        (" button 1c1 2o3,4 3x2 4m1", ""),
        (
            " logout-profile 3",
            "14:17 warning: voice logout-profile 3 does not exist; add `voice logout-profile 3`",
        ),
        (
            " mac 1.2.3333333\nephone 2\n mac 1111.2222.3333\nephone 3\n mac 1111.2222.3333",
            "14:6 error: `1.2.3333333` is not valid here; expected MAC address H.H.H, `reserved` or the end of the line\n18:6 error: MAC address 1111.2222.3333 belongs to ephone 2 already; write the MAC address of another phone",
        ),
        ("ephone 11", ""),
        (
            "ephone-dn 11\n number 211",
            "14:11 error: tag 11 is above max-dn 10; write `max-dn 11` in telephony-service, or use a lower tag",
        ),
    ];
    for (line, expected) in cases {
        check(&with_numbers(&format!("ephone 1\n{line}\n")), expected);
    }
}

#[test]
fn unknown_lines_of_our_modes_are_kept_with_a_warning_and_misspelled_ones_left_out() {
    let text = "telephony-service\n max-ephonse 10\n frobnicate all\n  deeply so\n phone-key-size 2048\nephone-dn 1\n cti wach\n number 201\n";
    check(
        text,
        "2:2 error: unknown command in telephony-service; did you mean `max-ephones`?\n\
         3:2 warning: unknown command in telephony-service; the line is kept without effect\n\
         5:2 note: `phone-key-size` is known but not in effect; the line is kept\n\
         6:11 warning: max-dn is not set, so it is 0; add `max-dn 1` or more to telephony-service\n\
         7:6 error: unknown command in ephone-dn; did you mean `watch`?",
    );
    let loaded = load(text);
    assert!(!loaded.can_run());
    let kept = &loaded.settings.telephony_service.as_ref().unwrap().kept;
    assert_eq!(kept, &["frobnicate all", " deeply so", "phone-key-size 2048"]);
}

#[test]
fn a_command_of_ours_with_too_much_behind_it_is_still_ours() {
    for indent in ["", " "] {
        let text = format!(
            "telephony-service\n{indent}ip source-address 10.0.0.1 port 2000 backup\n{indent}max-dn 4\n\
             {indent}ip source-address 10.0.0.1\n{indent}ip route 10.0.0.0 255.0.0.0 10.0.0.2\n"
        );
        let column = 38 + indent.len();
        let wrong = format!("2:{column} error: `backup` is not valid here");
        assert!(findings(&text).contains(&wrong), "{}", findings(&text));
        assert_eq!(load(&text).settings.max_dn(), 4);
    }
}

#[test]
fn a_command_in_the_wrong_mode_is_told_where_it_belongs() {
    check_warnings(
        &with_numbers("ephone-dn 1\n mac-address 0000.1111.2222\nvoice service voip\n cti watch\n"),
        "14:2 warning: unknown command in ephone-dn; the line is kept without effect; it is a command of `ephone`\n\
         16:6 warning: unknown command in voice service voip; the line is kept without effect; \
         it is a command of `voice register dn`, `ephone-dn-template` or `ephone-dn`",
    );
}

#[test]
fn text_behind_a_complete_command_leaves_the_line_out() {
    let text = "telephony-service\n timeouts busy 9 per-phone 60\n";
    check(text, "2:18 error: `per-phone` is one word too many; end the line before it");
    assert_eq!(load(text).settings.telephony_service, Some(TelephonyService::default()));
}

#[test]
fn global_lines_are_doubted_only_when_they_look_like_ours() {
    check(
        "interface Fa0\nfoo bar\nephnoe 1\n mac-address 1.2.3\nvoice register sesion-server 1\ndial-peer voice 1 voip\n port 1\nvoice class cause-code 1\nvoice-card 0\n",
        "3:1 warning: unknown command; the line is kept without effect; did you mean `ephone`?\n\
         5:16 warning: unknown command; the line is kept without effect; did you mean `session-server`?\n\
         7:2 note: `port` is known but not in effect; the line is kept\n\
         8:1 note: `voice class` is known but not in effect; the line is kept\n\
         9:1 note: `voice-card` (DSPs) is known but not in effect; the lines are kept",
    );
}

#[test]
fn findings_are_rendered_with_the_line_they_are_about() {
    let text = "telephony-service\n  max-redirect 4  \n";
    let rendered = render_diagnostics("office.cfg", text, &load(text).diagnostics);
    let expected = "error: `4` is not valid here\n --> office.cfg:2:16\n  |\n2 |   max-redirect 4\n  |                ^ expected number 5-20\n";
    assert_eq!(rendered.trim_end(), expected.trim_end());
}

#[test]
fn what_acts_is_not_said_to_be_without_effect() {
    assert_eq!(not_yet("telephony-service\n max-redirect 8\n keepalive 60\n timeouts ringing 20\n"), [""; 0]);
}

#[test]
fn limits_hold() {
    let long = format!("hostname {}\n", "x".repeat(2000));
    check(&long, "1:1 warning: the line is longer than 1024 characters; it is kept without effect");
    let many = format!("telephony-service\n{}", " max-redirect 4\n".repeat(300));
    let loaded = load(&many);
    assert_eq!(loaded.diagnostics.len(), MAX_DIAGNOSTICS + 1);
    assert_eq!(loaded.diagnostics.last().unwrap().message, "... and 100 more");
    assert!(!loaded.can_run());
}

#[test]
fn any_free_port_may_be_asked_for() {
    let text = "telephony-service\n ip source-address 127.0.0.1 port 0\nvoice register global\n source-address 127.0.0.1 port 0\n";
    check(text, "");
    let settings = load(text).settings;
    assert_eq!(settings.telephony_service.unwrap().source_address.unwrap().listen.port, 0);
    assert_eq!(settings.register_global.unwrap().source_address.unwrap().port, 0);
}

#[test]
fn passwords_are_read_with_and_without_a_digit_and_never_logged() {
    let text = "telephony-service\n xml user axl password 6 s3cret 15\n\
                voice user-profile 1\n user a password 0 x\nvoice user-profile 2\n user b password y\n";
    check_warnings(text, "");
    let settings = load(text).settings;
    let xml = settings.telephony_service.as_ref().unwrap().xml_user.as_ref().unwrap();
    assert_eq!(
        (xml.credentials.password.encryption, xml.credentials.password.text.as_str(), xml.privilege),
        (Some(6), "s3cret", 15)
    );
    assert_eq!(settings.user_profiles[&1].user.as_ref().unwrap().password.to_string(), "0 x");
    assert_eq!(settings.user_profiles[&2].user.as_ref().unwrap().password.to_string(), "y");
    assert!(!format!("{settings:?}").contains("s3cret"));
}

#[test]
fn a_configuration_for_another_address_can_be_bound_to_this_one() {
    let mut settings = load(SESSION_MANAGER).settings;
    settings.bind_to("127.0.0.1".parse().unwrap());
    let listen = |at: Option<SourceAddress>| at.map(|a| format!("{}:{}", a.address, a.port));
    assert_eq!(listen(settings.sccp_listen()).as_deref(), Some("127.0.0.1:2000"));
    assert_eq!(listen(settings.sip_listen()).as_deref(), Some("127.0.0.1:5060"));
    assert_eq!(listen(load(MOC).settings.sip_listen()).as_deref(), Some("10.0.0.1:5060"));
    assert_eq!(listen(load("telephony-service\n").settings.sip_listen()), None);
}

#[test]
fn the_example_for_newcomers_loads_without_a_word() {
    let example = include_str!("../../../examples/two-phones.cfg");
    check(example, "");
    let settings = load(example).settings;
    assert_eq!((settings.ephones.len(), settings.sip_listen().unwrap().port), (2, 5060));
}

// The interactive session.

#[test]
fn a_session_answers_as_ios_does() {
    let mut editor = Editor::new(load(MOC).settings);
    let before = editor.settings().clone();
    assert_eq!(editor.enter("ephone-dn 1"), []);
    assert_eq!(editor.mode(), Mode::EphoneDn);
    let answer = |editor: &mut Editor, line: &str| editor.enter(line)[0].ios_form(10, line);
    assert_eq!(
        answer(&mut editor, "cti wach"),
        "                ^\n% Invalid input detected at '^' marker.\n\n"
    );
    assert_eq!(answer(&mut editor, "c"), "% Ambiguous command:  \"c\"\n");
    assert_eq!(answer(&mut editor, "preference"), "% Incomplete command.\n\n");
    assert_eq!(editor.settings(), &before);
    assert_eq!(editor.enter("no cti watch"), []);
    assert_eq!(editor.settings().changes_since(&before), [Change { mode: Mode::EphoneDn, tag: 1 }]);
    assert_eq!(
        answer(&mut editor, "telephony-service now"),
        "                            ^\n% Invalid input detected at '^' marker.\n\n"
    );
    assert_eq!(editor.mode(), Mode::EphoneDn);
    assert_eq!(editor.enter("ephone 1"), []);
    assert!(
        answer(&mut editor, "button 2:77")
            .starts_with("% ephone-dn 77 does not exist, so the button stays empty; ")
    );
}

/// Types lines one after the other, each of which must be without an error.
#[track_caller]
fn type_lines(editor: &mut Editor, lines: &[&str]) {
    for line in lines {
        let found = editor.enter(line);
        assert!(found.iter().all(|d| d.severity < Severity::Error), "{line}: {found:?}");
    }
}

/// The only finding about a line that must be an error, in the words of IOS.
#[track_caller]
fn refused(editor: &mut Editor, line: &str) -> String {
    let (settings, mode) = (editor.settings().clone(), editor.mode());
    let found = editor.enter(line);
    assert!(found.iter().any(|d| d.severity == Severity::Error), "{line}: {found:?}");
    assert_eq!((editor.settings(), editor.mode()), (&settings, mode), "{line}");
    found.iter().find(|d| d.severity == Severity::Error).unwrap().ios_form(0, line)
}

const SMALL: &str = "telephony-service\n max-ephones 8\n max-dn 8\n ip source-address 10.0.0.1\nephone-dn 1\n \
                     number 201\n cti watch\nephone 1\n mac-address 0200.0000.0201\n button 1:1\n";

#[test]
fn a_line_that_is_typed_changes_what_it_says_and_nothing_else() {
    let mut editor = Editor::new(load(SMALL).settings);
    let before = editor.settings().running_config();
    type_lines(
        &mut editor,
        &["ephone-dn 5 dual-line", " number 205", "!", "ephone 1", "button 2:5", "tel", "max-re 7"],
    );
    let after = editor.settings().running_config();
    let added: Vec<&str> = after.lines().filter(|line| !before.contains(line)).collect();
    assert_eq!(added, [" max-redirect 7", "ephone-dn  5  dual-line", " number 205", " button  1:1 2:5"]);
    type_lines(&mut editor, &["default max-redirect", "no ephone-dn 5", "ephone 1", "no button 2:5"]);
    assert_eq!(editor.settings().running_config(), before);
}

#[test]
fn a_whole_keyword_of_the_global_mode_beats_a_short_one_of_the_mode() {
    let mut editor = Editor::new(load(SMALL).settings);
    type_lines(&mut editor, &["ephone-dn 1", "ephone 1"]);
    assert_eq!(editor.mode(), Mode::Ephone);
    type_lines(&mut editor, &["voice service voip", "sip", "ephone-dn 1"]);
    assert_eq!(editor.mode(), Mode::EphoneDn);
    type_lines(&mut editor, &["voice service voip", "sip", "telephony-service"]);
    assert_eq!(editor.mode(), Mode::TelephonyService);
    let loaded = load("voice service voip\n sip\n  registrar server\n!\ntelephony-service\n max-dn 8\n");
    assert!(loaded.diagnostics.iter().all(|d| d.severity != Severity::Error));
    assert_eq!(loaded.settings.max_dn(), 8);
}

#[test]
fn what_would_make_a_configuration_that_cannot_run_is_refused() {
    let mut editor = Editor::new(load(SMALL).settings);
    assert!(refused(&mut editor, "ephone-dn 9").contains("above max-dn 8"));
    type_lines(&mut editor, &["ephone-dn 7", "ephone 2"]);
    assert!(refused(&mut editor, "mac-address 0200.0000.0201").contains("belongs to ephone 1 already"));
    type_lines(&mut editor, &["username ann password x", "ephone 1"]);
    assert!(refused(&mut editor, "username ann password y").contains("belongs to ephone 2 already"));
    type_lines(&mut editor, &["telephony-service"]);
    assert!(refused(&mut editor, "max-dn 6").contains("below ephone-dn 7"));
    assert!(refused(&mut editor, "no max-dn").contains("below ephone-dn 7"));
    assert!(refused(&mut editor, "default max-dn").contains("below ephone-dn 7"));
    type_lines(&mut editor, &["no ephone-dn 1"]);
    let loaded = load(&editor.settings().running_config());
    assert!(loaded.can_run(), "{:?}", loaded.diagnostics);
}

#[test]
fn the_mark_stands_under_the_first_wrong_character() {
    let mut editor = Editor::new(load(SMALL).settings);
    let column = |answer: String| answer.find('^').unwrap();
    assert_eq!(column(refused(&mut editor, "telephony-servise")), 15);
    assert_eq!(column(refused(&mut editor, "xyz")), 0);
    assert_eq!(column(refused(&mut editor, "ephone-dn 70000")), 10);
    type_lines(&mut editor, &["ephone-dn 1"]);
    assert_eq!(column(refused(&mut editor, "  call-forward bzsy 203")), 16);
    assert_eq!(refused(&mut editor, "number"), "% Incomplete command.\n\n");
}

#[test]
fn modes_of_a_router_can_be_entered_and_keep_their_lines() {
    let mut editor = Editor::new(load(SMALL).settings);
    let pasted = "dial-peer voice 1 pots\n destination-pattern 9T\n port 0/0/0\n!\ninterface FastEthernet0/0\n \
                  ip address 10.0.0.1 255.255.255.0\n no shutdown\n!\nephone-dn 2\n number 202\n!\nip http server\n";
    type_lines(&mut editor, &pasted.lines().collect::<Vec<_>>());
    let shown = editor.settings().running_config();
    assert!(shown.contains("\ndial-peer voice 1 pots\n port 0/0/0\n destination-pattern 9T\n"), "{shown}");
    assert!(
        shown.contains("\ninterface FastEthernet0/0\n ip address 10.0.0.1 255.255.255.0\n no shutdown\n")
    );
    assert_eq!(load(&shown).settings.running_config(), shown);
    type_lines(
        &mut editor,
        &["dial-peer voice 1 pots", "no port", "preference 2", "preference 2", "exit", "no ip http server"],
    );
    let shown = editor.settings().running_config();
    assert!(shown.contains("\ndial-peer voice 1 pots\n destination-pattern 9T\n preference 2\n!"), "{shown}");
    assert!(!shown.contains("ip http"));
    type_lines(&mut editor, &["no dial-peer voice 1", "no interface FastEthernet0/0", "no ephone-dn 2"]);
    assert_eq!(editor.settings().running_config(), load(SMALL).settings.running_config());
    assert!(refused(&mut editor, "ip source-address 10.0.0.2").contains("Invalid input"));
}

#[test]
fn a_session_goes_on_where_it_stood_although_others_change_the_settings() {
    let mut first = Editor::new(load(SMALL).settings);
    type_lines(&mut first, &["ephone-dn 1"]);
    let (settings, position) = first.into_parts();
    assert_eq!(
        (position.prompt(), position.place()),
        ("config-ephone-dn", Change { mode: Mode::EphoneDn, tag: 1 })
    );
    let mut second = Editor::new(settings);
    type_lines(&mut second, &["no ephone-dn 1", "telephony-service", "max-dn 5"]);
    let (settings, _) = second.into_parts();
    let mut first = Editor::resume(settings, position);
    type_lines(&mut first, &["number 299"]);
    assert_eq!(first.settings().ephone_dns[&1].number.as_ref().unwrap().primary, "299");
    assert_eq!(first.settings().max_dn(), 5);
}

#[test]
fn help_and_completion_come_from_the_table() {
    let words = |mode, line| help(mode, line).into_iter().map(|c| c.word).collect::<Vec<_>>();
    assert_eq!(words(Mode::EphoneDn, "cti "), ["notify", "watch"]);
    assert_eq!(words(Mode::TelephonyService, "max-redirect "), ["<5-20>"]);
    assert_eq!(
        words(Mode::TelephonyService, "ip source-address 10.0.0.1 "),
        ["any-match", "port", "secondary", "strict-match", "<cr>"]
    );
    assert_eq!(words(Mode::Ephone, "no but"), ["button"]);
    assert_eq!(words(Mode::VoiceService, "csta"), Vec::<String>::new());
    assert_eq!(complete(Mode::Global, "tele"), ["telephony-service"]);
    let ringing = help(Mode::TelephonyService, "timeouts ri");
    assert_eq!((ringing[0].word.as_str(), ringing[0].help), ("ringing", "Seconds of ringing without answer"));
}

#[test]
fn a_cti_manager_is_configured() {
    let text = "cti-manager\n heartbeat minimum 10 maximum 60\n maximum connections 7\n csta tcp port 0\n \
                csta tls port 4722\n cluster-security\n csta implicit port 1040 user pbx\n!\n\
                application-user console\n password 0 secret\n!\nend\n";
    let loaded = load(text);
    assert!(loaded.can_run(), "{:?}", loaded.diagnostics);
    let manager = loaded.settings.cti_manager.clone().unwrap();
    assert_eq!((manager.heartbeat.minimum, manager.heartbeat.maximum), (10, 60));
    assert_eq!(
        (manager.max_connections, manager.csta_tcp_port, manager.csta_tls_port),
        (7, Some(0), Some(4722))
    );
    let notes = findings(text);
    assert!(!notes.contains("csta implicit"), "{notes}");
    assert_eq!(manager.csta_implicit.map(|own| own.to_string()).as_deref(), Some("port 1040 user pbx"));
    assert!(!notes.contains("csta tls"), "{notes}");
    let again = load(&loaded.settings.running_config());
    assert_eq!(again.settings, loaded.settings);
    let wrong = load("cti-manager\n heartbeat minimum 100 maximum 60\n!\nend\n");
    assert!(!wrong.can_run());
}

#[test]
fn limits_are_configured_and_printed() {
    let text = "limits\n sessions per-source 12\n registrations failed per-source 5\n phone probe 0\n memory megabytes 64\n";
    let loaded = load(text);
    assert_eq!(loaded.diagnostics, []);
    let limits = loaded.settings.limits.clone().unwrap();
    assert_eq!((limits.sessions_per_source, limits.failures_per_source, limits.phone_probe), (12, 5, 0));
    let printed = loaded.settings.running_config();
    for line in text.lines() {
        assert!(printed.lines().any(|printed| printed == line), "{line:?} in {printed}");
    }
    assert_eq!(load(&printed).settings, loaded.settings);
    assert_eq!(load("limits\n sessions per-source 0\n").settings.limits.unwrap().sessions_per_source, 2000);
}

#[test]
fn every_form_of_park_slots_and_codecs_is_read_and_printed() {
    let slots = [
        "park-slot directed",
        "park-slot reserved-for 1001 timeout 10 limit 5 recall retry 5 limit 2",
        "park-slot reservation-group 1 timeout 10 limit 5 transfer 1003",
        "park-slot timeout 20 limit 3 notify 1002 only recall alternate 1003 retry 10 limit 2",
    ];
    let mut text = "telephony-service\n max-dn 9\n".to_owned();
    for (tag, slot) in (1..).zip(slots) {
        text.push_str(&format!("ephone-dn {tag}\n number 80{tag}\n {slot}\n"));
    }
    text.push_str(
        "ephone-dn 9\n number 201\n park reservation-group 1\n!\nvoice class codec 1\n \
         codec preference 1 g711ulaw bytes 80\n codec preference 2 g729r8\n!\ndial-peer voice 1 voip\n \
         destination-pattern 9T\n session target ipv4:192.0.2.1\n codec g729r8 bytes 50\n!\n",
    );
    let loaded = load(&text);
    assert!(loaded.can_run() && loaded.diagnostics.iter().all(|d| d.severity < Severity::Warning));
    let printed = loaded.settings.running_config();
    let codecs =
        ["codec preference 1 g711ulaw bytes 80", "codec preference 2 g729r8", "codec g729r8 bytes 50"];
    for line in slots.iter().chain(&codecs).chain(&["park reservation-group 1"]) {
        assert!(printed.lines().any(|printed| printed.trim() == *line), "{line:?} in {printed}");
    }
    assert_eq!(load(&printed).settings, loaded.settings);
}

#[test]
fn groups_of_a_mac_address_may_lack_leading_zeros() {
    for (written, printed) in [("1.2.3", "0001.0002.0003"), ("011F.2A0.A490", "011F.02A0.A490")] {
        let loaded = load(&format!("telephony-service\n max-ephones 1\nephone 1\n mac-address {written}\n"));
        let text = loaded.settings.running_config();
        assert!(text.contains(&format!("mac-address {printed}\n")), "{text}");
    }
    assert!(
        load("ephone 1\n mac-address 1.2.33333\n").diagnostics.iter().any(|d| d.severity == Severity::Error)
    );
}

#[test]
fn the_grammar_lists_every_command_for_the_manual() {
    let all = grammar();
    let find = |syntax: &str| all.iter().find(|e| e.syntax == syntax).unwrap_or_else(|| panic!("{syntax}"));
    let max_redirect = find("max-redirect VALUE");
    assert_eq!((max_redirect.mode, max_redirect.default), (Mode::TelephonyService, "10"));
    assert_eq!(max_redirect.arguments[0].range, "5-20");
    assert_eq!(find("ephone TAG").enters, Some(Mode::Ephone));
    assert_eq!(find("supplementary-service sip moved-temporary").default, "on");
    let own = all
        .iter()
        .filter(|e| e.status == Status::Own && e.mode != Mode::EndUser)
        .map(|e| e.syntax.as_str())
        .collect::<Vec<_>>();
    assert_eq!(
        own,
        [
            "application-user NAME",
            "end-user NAME",
            "dependency-records",
            "device-pool NAME",
            "cti-port TAG",
            "cti-route-point TAG",
            "limits",
            "cti session-timer VALUE",
            "authenticate algorithm {md5|sha-256}",
            "auto-answer",
            "xml user NAME password [0|6|7] SECRET PRIVILEGE",
            "sccp max-version VALUE",
            "tftp-server port PORT",
            "call-forward unregistered VALUE",
            "call-forward failure VALUE",
            "max-calls VALUE",
            "busy-trigger VALUE",
            "call-forward unregistered VALUE",
            "call-forward failure VALUE",
            "heartbeat [minimum MINIMUM] [maximum MAXIMUM]",
            "maximum connections VALUE",
            "maximum devices-per-provider VALUE",
            "maximum devices-per-node VALUE",
            "new-call-accept-timer VALUE",
            "media-exchange-timer VALUE",
            "csta tcp port PORT",
            "csta tls port PORT",
            "http port PORT",
            "https port PORT",
            "http host NAMES",
            "secure-trustpoint NAME",
            "client-trustpoint NAME [required]",
            "cluster-security",
            "csta sip authenticate",
            "csta greeting port PORT user USER",
            "csta implicit port PORT user USER",
            "journal maximum VALUE",
            "webhook retry SECONDS",
            "webhook local",
            "password [0|7|8|9|argon2] SECRET",
            "x509-subject-name NAME",
            "group Standard CTI Enabled",
            "group Standard CTI Allow Call Park Monitoring",
            "group Standard CTI Allow Calling Number Modification",
            "group Standard CTI Allow Control of All Devices",
            "group Standard CTI Allow Reception of SRTP Key Material",
            "group Standard CTI Secure Connection",
            "controlled-device number NUMBERS",
            "controlled-device NAME",
            "description VALUE",
            "name NAME",
            "description VALUE",
            "device-pool NAME",
            "button BUTTON...",
            "name NAME",
            "description VALUE",
            "device-pool NAME",
            "button BUTTON...",
            "connections per-source VALUE",
            "connections waiting per-source VALUE",
            "sessions per-source VALUE",
            "sessions per-principal VALUE",
            "monitors per-source VALUE",
            "monitors per-principal VALUE",
            "monitors per-device VALUE",
            "transactions per-source VALUE",
            "calls per-source VALUE",
            "registrations failed per-source VALUE",
            "log per-source VALUE",
            "phone probe VALUE",
            "memory megabytes VALUE",
        ]
    );
}

// Round trip and garbage.

/// Lines that are commands, nearly commands, or nobody's.
fn any_line() -> impl Strategy<Value = String> {
    let ours = prop::sample::select(vec![
        "hostname pbx",
        "voice service voip",
        "no voice service voip",
        "sip",
        "registrar server expires max 900",
        "gcid",
        "no cti shutdown",
        "csta cti mode basic",
        "voice register global",
        "mode cme",
        "keepalive 200",
        "voice register session-server 2",
        "cti-aware",
        "register-id app",
        "voice logout-profile 1",
        "voice user-profile 1",
        "number 201,202 type overlay",
        "user u password 0 p",
        "telephony-service",
        "no telephony-service",
        "max-ephones 5",
        "max-dn 9 preference 2 no-reg both",
        "url services http://a/ root",
        "url idle http://b",
        "ip source-address ::1 port 0 secondary 10.0.0.2 rehome 7 strict-match",
        "create cnf-files",
        "time-format 24",
        "date-format yy-mm-dd",
        "ephone-dn 1",
        "ephone-dn 2 dual-line",
        "no ephone-dn 1",
        "ephone-dn-template 1",
        "ephone-template 1",
        "number 201 secondary 301 no-reg",
        "name Ann  Lee",
        "cti watch",
        "no cti watch",
        "huntstop channel 2",
        "call-forward noan 9 timeout 5 primary",
        "preference 1 secondary 3",
        "mwi on-off",
        "session-server 1,2",
        "ephone 1",
        "ephone 2",
        "mac-address 1111.2222.3333",
        "button 1:1 2b2",
        "button 3x1",
        "auto-line 2 answer-incoming",
        "speed-dial 1 201 label Bob B",
        "type 7961 addon 1 7914",
        "keepalive 20",
        "pin 1234",
        "description a  b",
        "interface Fa0",
        "ip address 1.2.3.4",
        "dial-peer voice 1 voip",
        "park-slot",
        "softkeys idle Redial",
        "foo",
        "exit",
        "end",
        "!",
        "no foo",
        "default keepalive",
        "banner exec # y #",
        "sip-ua",
        "router bgp 1",
        "moh x",
        "h323",
        "bind all",
        "ephone-d 1",
        "max-redirect 99",
        "hostnme x",
    ])
    .prop_map(str::to_owned);
    let line = prop_oneof![8 => ours, 1 => "[a-z!:0-9 ]{0,20}", 1 => "\\PC{0,12}"];
    (line, 0usize..4).prop_map(|(line, indent)| format!("{}{line}", " ".repeat(indent)))
}

#[test]
fn a_line_of_a_router_behind_a_mode_is_none_of_its_lines() {
    let settings =
        load("  ephone 2\nservice timestamps debug datetime\n !\n service timestamps log datetime\n")
            .settings;
    let printed = settings.running_config();
    assert_eq!(load(&printed).settings, settings, "{printed}");
    assert!(!printed.contains("  service"), "{printed}");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn loading_what_was_printed_gives_the_same(lines in prop::collection::vec(any_line(), 0..40)) {
        let settings = load(&lines.join("\n")).settings;
        let printed = settings.running_config();
        let again = load(&printed).settings;
        prop_assert_eq!(&again, &settings, "{}", printed);
        prop_assert_eq!(again.running_config(), printed);
    }

    #[test]
    fn the_examples_survive_being_cut_up(
        lines in prop::collection::vec((prop::sample::select([MOC, SESSION_MANAGER].map(|t| t.lines().collect::<Vec<_>>()).concat()), 0usize..3), 0..60)
    ) {
        let text: String = lines.iter().map(|(line, indent)| format!("{}{line}\n", " ".repeat(*indent))).collect();
        let settings = load(&text).settings;
        let printed = settings.running_config();
        prop_assert_eq!(load(&printed).settings, settings, "{}", printed);
    }

    #[test]
    fn garbage_never_panics(text in "(\\PC|[\n\t!<>\\[\\]-]){0,200}", typed in any_line()) {
        let loaded = load(&text);
        render_diagnostics("garbage", &text, &loaded.diagnostics);
        let mut editor = Editor::new(loaded.settings);
        for line in text.lines().chain([typed.as_str()]) {
            for diagnostic in editor.enter(line) {
                diagnostic.ios_form(8, line);
            }
            for mode in Mode::ALL {
                help(mode, line);
            }
        }
    }
}

#[test]
fn ten_thousand_phones_are_read_completely() {
    let mut text =
        "telephony-service\n max-ephones 10000\n max-dn 10000\n ip source-address 10.0.0.1\n".to_owned();
    for n in 1..=10_000 {
        write!(text, "ephone-dn  {n}  dual-line\n number {}\n cti watch\n!\n", 20_000 + n).unwrap();
    }
    for n in 1..=10_000 {
        write!(text, "ephone  {n}\n mac-address 0000.0000.{n:04X}\n type 7961\n button  1:{n}\n!\n").unwrap();
    }
    let loaded = load(&text);
    assert_eq!(loaded.diagnostics, []);
    assert_eq!((loaded.settings.ephones.len(), loaded.settings.ephone_dns.len()), (10_000, 10_000));
    let printed = loaded.settings.running_config();
    assert_eq!(load(&printed).settings, loaded.settings);
}

#[test]
fn quotation_marks_are_no_part_of_names_and_labels() {
    let text = "telephony-service\n max-dn 1\n max-ephones 1\nephone 1\n username \"alice\" password x\n \
                speed-dial 1 202 label \"Head Office\"\n speed-dial 2 203 label 3\"\n speed-dial 3 204 label \"\"\n";
    let settings = load(text).settings;
    let phone = &settings.ephones[&1];
    assert_eq!(phone.user.as_ref().unwrap().name, "alice");
    let labels: Vec<_> = phone.speed_dials.values().map(|dial| dial.label.as_deref()).collect();
    assert_eq!(labels, [Some("Head Office"), Some("3\""), None]);
    assert_eq!(load(&settings.running_config()).settings, settings);
}

#[test]
fn modes_of_the_xml_interface_are_entered_from_everywhere() {
    for before in ["", "voice service voip", "ephone 1"] {
        let mut editor = Editor::new(load(SMALL).settings);
        let lines =
            ["ixi transport http", "response size 64", "no shutdown", "ixi application cme", "no shutdown"];
        for line in
            [before].iter().chain(&lines).chain(&["gw-accounting file", "application", "ip http server"])
        {
            let findings = editor.enter(line);
            assert!(
                findings.iter().all(|finding| finding.severity < Severity::Error),
                "{before}: {line}: {findings:?}"
            );
        }
        assert!(editor.settings().xml_interface_is_up(), "{}", editor.settings().running_config());
        assert!(editor.enter("ip http port 8080").is_empty(), "it is in effect");
    }
}

#[test]
fn a_routers_line_after_a_mode_is_none_of_the_mode() {
    let text = "telephony-service\n moh music.au\n!\napplication\n service aa flash:x.tcl\n  param aa-pilot 100\n!\n\
                sip-ua\n retry invite 3\n!\ncredentials\n ip source-address 10.0.0.1 port 2445\n trustpoint x\n!\n\
                dial-peer voice 1 voip\n!\ncodec profile 1 opus\n!\ntelephony-service\n max-dn 5\n!\n\
                ixi transport http\n no shutdown\n!\nixi application cme\n no shutdown\n!\nsip-ua\n!\n\
                crypto pki trustpoint A\n";
    let loaded = load(text);
    let wrong: Vec<_> =
        loaded.diagnostics.iter().filter(|finding| finding.severity >= Severity::Warning).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
    let shown = loaded.settings.running_config();
    for part in [
        "\napplication\n service aa flash:x.tcl\n  param aa-pilot 100\n",
        "\ncredentials\n ip source-address 10.0.0.1 port 2445\n trustpoint x\n",
        "\ncodec profile 1 opus\n",
        "\ncrypto pki trustpoint A\n",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    assert!(loaded.settings.xml_interface_is_up(), "{shown}");
    let mut editor = Editor::new(load("").settings);
    for mode in ["telephony-service", "voice service voip", "dial-peer voice 1 voip", "voice register global"]
    {
        for line in
            ["ip http server", "ip name-server 10.0.0.3", "ip host a 10.0.0.4", "ip domain name example.com"]
        {
            editor.enter(mode);
            let found = editor.enter(line);
            assert!(
                found.iter().all(|finding| finding.severity < Severity::Error),
                "{mode}: {line}: {found:?}"
            );
            let shown = editor.settings().running_config();
            assert!(shown.contains(&format!("\n{line}\n")), "{mode}: {line}: {shown}");
            editor.enter(&format!("no {line}"));
        }
    }
}

/// The configuration after these lines were typed one after the other, none of which may be refused.
fn typed(lines: &str) -> String {
    let mut editor = Editor::new(load("").settings);
    for line in lines.lines() {
        let found = editor.enter(line);
        assert!(found.iter().all(|finding| finding.severity != Severity::Error), "{line}: {found:?}");
    }
    editor.settings().running_config()
}

#[test]
fn the_text_of_a_banner_is_no_configuration() {
    let shown = typed("banner motd ^CHello\nephone 77\n  mac-address 0007.0007.0007\n!\n^C\nhostname office");
    assert!(!shown.contains("\nephone  77\n"), "{shown}");
    assert!(
        shown.contains("banner motd ^CHello\nephone 77\n  mac-address 0007.0007.0007\n!\n^C\n"),
        "{shown}"
    );
    assert!(shown.contains("hostname office"), "{shown}");
    let again = typed("banner motd ^CHello\nfirst\n^C\nbanner motd ^CHello\nsecond\n^C");
    assert!(!again.contains("first") && again.contains("second"), "{again}");
}

#[test]
fn lines_of_a_router_are_taken_at_a_terminal_as_in_a_file() {
    for line in [
        "service timestamps debug datetime msec",
        "no service password-encryption",
        "service tcp-keepalives-in",
    ] {
        assert!(typed(line).contains(line), "{line}");
    }
}

#[test]
fn a_mode_that_is_kept_does_not_swallow_the_lines_around_it() {
    let phone = typed("ephone 1\nvideo\nmac-address 001E.4A34.A35F");
    assert!(
        phone.contains(" mac-address 001E.4A34.A35F\n video\n")
            || phone.contains("\n mac-address 001E.4A34.A35F\n"),
        "{phone}"
    );
    let service = typed(
        "telephony-service\ngroup 1\nip source-address 10.9.9.9 port 2000\nmax-ephones 24\nmax-dn 56\nip source-address 10.1.1.1 port 2000",
    );
    for line in [" max-ephones 24\n", " max-dn 56\n", " ip source-address 10.1.1.1 port 2000\n"] {
        assert!(service.contains(&format!("\n{line}")), "{line}: {service}");
    }
}
