//! What operators type and see.

use hookflash_core::{self as core, CodecSet, Instant, Key, StationInput};

use crate::{Input, Node, Output, TerminalId, config, provision};

fn node() -> Node {
    let configuration = "hostname office\ntelephony-service\n max-ephones 4\n max-dn 4\n\
                         ip source-address 10.0.0.1 port 2000\nvoice service voip\n no cti shutdown\n\
                         ephone-dn 1 dual-line\n number 201\n cti watch\n!\nephone-dn 2\n number 202\n\
                         ephone 7\n mac-address 0200.0000.0201\n type 7960\n button 1:1 2s2\n";
    Node::new(provision(&config::load(configuration).settings, None).settings).unwrap()
}

fn says(node: &mut Node, line: &str) -> String {
    node.handle(Instant::ZERO, Input::Command { terminal: TerminalId(1), line });
    let mut outputs = std::iter::from_fn(|| node.poll_output());
    match outputs.find(|output| !matches!(output, Output::Store { .. })) {
        Some(Output::CommandOutput { terminal: TerminalId(1), text, .. }) => text,
        other => panic!("{other:?}"),
    }
}

#[test]
fn phones_that_never_came() {
    let text = says(&mut node(), "show ephone");
    assert_eq!(
        text,
        "ephone-7[6] Mac:0200.0000.0201 TCP socket:[-1] activeLine:0 whisperLine:0 UNREGISTERED\n\
         mediaActive:0 whisper_mediaActive:0 startMedia:0 offhook:0 ringing:0 reset:0 reset_sent:0 paging 0 debug:0 \
         caps:0 privacy:0\n\
         IP:0.0.0.0 0 Unknown 0  keepalive 0 max_line 0 available_line 0\n\
         button 1: cw:1 ccw:(0 0)\n  dn 1  number 201 CH1   IDLE         CH2   IDLE\n\
         button 2: cw:1 ccw:(0)\n  dn 2  number 202 CH1   IDLE silent-ring\n\
         Preferred Codec: g711ulaw\nLpcor Type: none\n\n"
    );
    let summary = says(&mut node(), "show ephone summary");
    assert!(summary.ends_with("\nMax 4, Registered 0, Unregistered 1, Deceased 0, Sockets 0\n"), "{summary}");
    let configured = "telephony-service\n max-ephones 1\n max-dn 1\nephone-dn 1\n number 201\nephone 1\n \
                      mac-address 0200.0000.0201\n username ann password x1y2\n codec g729r8\n button 1:1\n \
                      speed-dial 1 2000 label PAGE-STAFF\n";
    let mut node = Node::new(provision(&config::load(configured).settings, None).settings).unwrap();
    let shown = says(&mut node, "show ephone");
    let end = "speed dial 1:2000 PAGE-STAFF\nPreferred Codec: g729r8\nLpcor Type: none\nUsername:ann Password:*\n\n";
    assert!(shown.ends_with(end), "{shown}");
}

#[test]
fn numbers_are_found_and_listed() {
    let mut node = node();
    let place = "Tag 2, Normal or Intercom dn\nephone 7, mac-address 0200.0000.0201, line 2\n";
    assert_eq!(says(&mut node, "show ephone dn 2"), place);
    let place =
        "DP tag: 0, primary\nTag 1, Normal or Intercom dn\n  ephone 7, mac-address 0200.0000.0201, line 1\n";
    assert_eq!(says(&mut node, "show ephone telephone-number 201"), place);
    let brief = says(&mut node, "show ephone summary brief");
    assert!(brief.contains("Unknown Ephone  7       0200.0000.0201  0.0.0.0          1   1     201               Unregistered"), "{brief}");
    assert!(brief.contains("\nTotal ephones configured    : 1\n"), "{brief}");
    assert!(
        says(&mut node, "show ephone summary types")
            .ends_with("Total Phones        1           0           1             0         0\n")
    );
    let summary = says(&mut node, "show ephone-dn summary");
    assert!(
        summary.contains("\n50/0/1.2 CH2 DOWN    -         -  -                    EFXS_ONHOOK\n"),
        "{summary}"
    );
    assert!(
        summary.contains("\n50/0/2.1 DOWN        -         -  -                    EFXS_ONHOOK\n"),
        "{summary}"
    );
    let port = says(&mut node, "show ephone-dn 1");
    assert!(
        port.starts_with(
            "50/0/1 CH1 DOWN      50/0/1 CH2 DOWN\nEFXS 50/0/1 Slot is 50, Sub-unit is 0, Port is 1\n"
        ),
        "{port}"
    );
    assert!(
        says(&mut node, "show voice call summary")
            .contains("\n50/0/1.1       -         -  -                    EFXS_ONHOOK\n")
    );
    assert!(
        says(&mut node, "show ephone rtp connections").ends_with("Found 0 active ephone RTP connections\n")
    );
    assert_eq!(says(&mut node, "show ephone-dn park"), "No park-slot is configured.\n");
    assert_eq!(says(&mut node, "show privilege"), "Current privilege level is 15\n");
}

#[test]
fn settings_of_telephony_are_shown_by_their_parts() {
    let configured = "telephony-service\n max-ephones 1\n max-dn 2\n fac standard\nephone-dn 1\n number 201\nephone-dn 2\n \
                      number 801\n park-slot timeout 15 limit 20\nephone 1\n mac-address 0200.0000.0201\n button 1:1\n";
    let mut node = Node::new(provision(&config::load(configured).settings, None).settings).unwrap();
    let shown = says(&mut node, "show telephony-service");
    assert!(shown.starts_with("CONFIG (Version=") && shown.contains("\nmax-ephones 1\n"), "{shown}");
    let shown = says(&mut node, "show telephony-service ephone");
    assert!(shown.starts_with("Number of Configured ephones 1 (Registered 0)\nephone  1\n"), "{shown}");
    assert!(says(&mut node, "show telephony-service ephone-dn").contains("ephone-dn  1\n number 201\n!\n"));
    assert_eq!(
        says(&mut node, "show telephony-service fac"),
        "telephony-service fac standard\n callfwd all **1\n callfwd cancel **2\n pickup local **3\n pickup group **4\n \
         pickup direct **5\n park **6\n dnd **7\n redial **8\n voicemail **9\n ephone-hunt join *3\n ephone-hunt cancel \
         #3\n ephone-hunt hlog *4\n ephone-hunt hlog-phone *5\n trnsfvm *6\n dpark-retrieval **10\n cancel call waiting \
         *1\n ephone-hunt unjoin #4\n"
    );
    let park = "DN 2 (801) park-slot state IDLE\nNotify to () timeout 15 limit 20\n";
    assert_eq!(says(&mut node, "show ephone-dn park"), park);
}

#[test]
fn nothing_to_show_is_said_as_ios_does() {
    assert_eq!(says(&mut node(), "sh ephone reg"), "No ephone in specified type/condition.\n");
    assert_eq!(says(&mut node(), "show ephone dnd"), "No ephone in specified type/condition.\n");
    assert_eq!(says(&mut node(), "show ephone 7961"), "No ephone in specified type/condition.\n");
    assert!(says(&mut node(), "show ephone 0200.0000.0201").starts_with("ephone-7"));
    assert_eq!(
        says(&mut node(), "show ephone telephone-number 999"),
        "No ephone in specified type/condition.\n"
    );
}

#[test]
fn the_time_of_day_has_the_shape_of_ios() {
    let mut node = node();
    node.handle(Instant::ZERO, Input::WallClock { unix_millis: 1_114_726_952_089, utc_offset_seconds: 0 });
    assert_eq!(says(&mut node, "show clock"), "22:22:32.089 UTC Thu Apr 28 2005\n");
    node.handle(Instant::ZERO, Input::WallClock { unix_millis: 1_114_726_952_089, utc_offset_seconds: 5400 });
    assert_eq!(says(&mut node, "show clock"), "23:52:32.089 UTC+1:30 Thu Apr 28 2005\n");
}

#[test]
fn what_strangers_wrote_is_not_obeyed_by_a_terminal() {
    let configuration = "hostname a\u{1b}]0;x\u{7}\ntelephony-service\n max-dn 1\nephone-dn 1\n number 201\n \
                         name \u{202e}Zo\u{9b}2J\n";
    let mut node = Node::new(provision(&config::load(configuration).settings, None).settings).unwrap();
    let shown = says(&mut node, "show running-config");
    assert!(
        shown.contains(" name \\u{202e}Zo\\u{9b}2J\n") && shown.contains("\nhostname a^[]0;x^G\n"),
        "{shown}"
    );
}

#[test]
fn lines_that_may_be_watched() {
    assert_eq!(says(&mut node(), "show cti line node").lines().nth(2), Some("201                 0"));
    assert_eq!(says(&mut node(), "show cti line-node").lines().count(), 3);
    assert_eq!(says(&mut node(), "show cti call").lines().nth(2), Some("201"));
    assert_eq!(says(&mut node(), "show cti gcid").lines().nth(2), Some("no active GCID"));
    assert_eq!(says(&mut node(), "show cti session"), "no active CTI session\n");
    assert_eq!(says(&mut node(), "clear cti session id 3"), "% There is no CTI session 3\n");
    assert_eq!(says(&mut node(), "clear csta session 3"), "% There is no CTI session 3\n");
}

/// The columns are those of Cisco's command reference, whose every leg has a number of its own.
fn does(node: &mut Node, station: core::StationId, input: StationInput) {
    node.switch.handle(Instant::ZERO, core::Input::Station(station, input));
    node.settle();
}

#[test]
fn a_call_between_two_lines_in_the_columns_of_ios() {
    let configuration = "telephony-service\n max-ephones 4\n max-dn 4\n ip source-address 10.0.0.1 port 2000\n\
                         ephone-dn 1\n number 201\n cti watch\n!\nephone-dn 2\n number 202\n cti watch\n\
                         ephone 1\n mac-address 0200.0000.0201\n button 1:1\n\
                         ephone 2\n mac-address 0200.0000.0202\n button 1:2\n";
    let mut node = Node::new(provision(&config::load(configuration).settings, None).settings).unwrap();
    for name in ["SEP020000000202", "SEP020000000201"] {
        let station = node.switch().stations().by_name(name).unwrap();
        let mut does = |input| does(&mut node, station, input);
        does(StationInput::Register(CodecSet::EMPTY));
        if name.ends_with('1') {
            does(StationInput::Key(Key::Enbloc { line: 0, number: "202".into() }));
        }
    }
    let call = node.switch().calls().iter().next().unwrap();
    let (gcid, id) = (call.global_id().to_string(), call.id().number());
    let legs: Vec<u32> = call.connections().iter().map(|key| key.reference()).collect();
    assert_eq!(legs, [1, 2]);
    assert_eq!(
        says(&mut node, "show cti call"),
        format!(
            "DN         CallID GCID                                Calling    Called     State\n\
             =========  ====== =================================== ========== ========== ======\n\
             201\n           1       {gcid} 201        202        ACT\n\
             202\n           2       {gcid} 201        202        ALERT\n"
        )
    );
    assert_eq!(
        says(&mut node, "show cti gcid"),
        format!(
            "GCID                                 callIDs\n\
             ===================================  =================\n\
             {gcid}  1, 2,\n"
        )
    );
    assert_eq!(
        says(&mut node, "show cti line-node"),
        format!(
            "line dn             number of call instance\n\
             ================    =======================\n\
             201                 1\n      callID 1({id:X} ),  *cg = 201, cd = 202\n\
             202                 1\n      callID 2({id:X} ),  cg = 201, *cd = 202\n"
        )
    );
}

#[test]
fn commands_may_be_shortened_and_explain_themselves() {
    assert_eq!(says(&mut node(), "show host"), "office\n");
    assert!(says(&mut node(), "show ?").contains("running-config"));
    assert!(says(&mut node(), "show cti ?").contains("session"));
    assert_eq!(super::complete("show r"), ["running-config"]);
    assert!(says(&mut node(), "show run").contains("\n number 201\n"));
}

#[test]
fn what_is_wrong_is_marked() {
    assert_eq!(
        says(&mut node(), "show ctj session"),
        "              ^\n% Invalid input detected at '^' marker.\n\n"
    );
    assert_eq!(says(&mut node(), "show cti"), "% Incomplete command.\n\n");
    assert!(says(&mut node(), "show c").starts_with("% Ambiguous command"));
    assert!(says(&mut node(), &"x".repeat(2000)).starts_with("% Command is longer"));
    assert_eq!(says(&mut node(), ""), "");
}

#[test]
fn a_part_of_what_is_shown_may_be_asked_for() {
    assert_eq!(says(&mut node(), "show run | inc number"), " number 201\n number 202\n");
    assert_eq!(says(&mut node(), "show run|section ^ephone-dn  2"), "ephone-dn  2\n number 202\n");
    assert_eq!(says(&mut node(), "show run | include"), "% Incomplete command.\n\n");
    assert!(says(&mut node(), "show run | ?").starts_with("  append    Add the output"));
    assert_eq!(
        says(&mut node(), "show run | format x"),
        "                  ^\n% Invalid input detected at '^' marker.\n\n"
    );
    assert!(says(&mut node(), "clear cti session 1 | include x").contains("% Invalid input"));
}

#[test]
fn what_scripts_say_first_is_understood() {
    for line in ["enable", "terminal length 0", "term width 0", "exit"] {
        assert_eq!(says(&mut node(), line), "", "{line}");
    }
    assert!(says(&mut node(), "?").contains("  show       Look into"), "{}", says(&mut node(), "?"));
}

#[test]
fn a_phone_shows_where_its_calls_go() {
    let configuration = "telephony-service\n max-ephones 1\n max-dn 1\n ip source-address 10.0.0.1\nephone-dn 1\n \
                         number 201\n call-forward all 202\nephone 1\n mac-address 0200.0000.0201\n button 1:1\n";
    let settings = provision(&config::load(configuration).settings, None).settings;
    let shown = says(&mut Node::new(settings).unwrap(), "show ephone cfa");
    assert!(shown.contains("\n  dn 1  number 201 cfa 202 CH1   IDLE\n"), "{shown}");
    assert_eq!(says(&mut node(), "show ephone cfa"), "No ephone in specified type/condition.\n");
}

#[test]
fn a_session_with_many_monitors_keeps_its_row() {
    let numbers = ["201"; 40];
    assert_eq!(super::show_cti::monitor_column(&numbers[..3]), "201,201,201");
    let many = super::show_cti::monitor_column(&numbers);
    assert!(many.len() <= 18 && many.ends_with(",+37"), "{many}");
    assert_eq!(super::show_cti::monitor_column(&[]), "-");
}

#[test]
fn the_running_configuration_shows_forwarding_as_it_is() {
    let configuration = "telephony-service\n max-ephones 4\n max-dn 4\n ip source-address 10.0.0.1 port 2000\n\
                         ephone-dn 1\n number 201\n call-forward all 202 primary\n!\nephone-dn 2\n number 202\n \
                         call-forward noan 201 timeout 12\nephone 1\n mac-address 0200.0000.0201\n button 1:2\n";
    let settings = provision(&config::load(configuration).settings, None).settings;
    let mut node = Node::new(settings).unwrap();
    let shown = says(&mut node, "show running-config");
    assert!(shown.contains("\n call-forward all 202 primary\n"));
    let station = node.switch().stations().by_name("SEP020000000201").unwrap();
    let mut does = |input| does(&mut node, station, input);
    does(StationInput::Register(CodecSet::EMPTY));
    for key in [Key::ForwardAll { line: 0 }, Key::Enbloc { line: 0, number: "201".into() }] {
        does(StationInput::Key(key));
    }
    let changed = says(&mut node, "show running-config");
    let added = changed.lines().filter(|line| !shown.contains(line)).skip(1).collect::<Vec<_>>();
    assert_eq!(added, [" call-forward all 201"]);
    assert!(changed.contains("\n call-forward all 202 primary\n"));
    assert!(changed.contains("\n call-forward all 201\n call-forward noan 201 timeout 12\n"));
    node.switch
        .handle(Instant::ZERO, core::Input::Station(station, StationInput::Key(Key::ForwardAll { line: 0 })));
    assert_eq!(says(&mut node, "show running-config"), shown);
}

#[test]
fn the_checklist_names_the_first_step_of_cti_that_is_missing() {
    let phones = "telephony-service\n max-ephones 4\n max-dn 4\nephone-dn 1\n number 201\nephone 1\n \
                  mac-address 0200.0000.0201\n button 1:1\nephone 2\n mac-address 0200.0000.0202\n";
    let manager = "cti-manager\n csta tcp port 0\n";
    let user = "application-user crm\n password 0 secret\n";
    let enabled = " group Standard CTI Enabled\n";
    let shut = "voice service voip\n cti shutdown\n";
    let checklist = |parts: &[&str], line: &str| {
        let text = [&[phones], parts].concat().concat();
        let mut node = Node::new(provision(&config::load(&text).settings, None).settings).unwrap();
        says(&mut node, line).chars().take(6).collect::<String>()
    };
    let controls = " controlled-device SEP020000000201\n";
    for (parts, device, step) in [
        (vec![], "201", "step 1"),
        (vec![manager, user], "999", "step 2"),
        (vec![manager, user], "SEP020000000202", "step 3"),
        (vec![manager], "201", "step 5"),
        (vec![manager, user, enabled], "SEP020000000201", "step 5"),
        (vec![manager, user, controls], "SEP020000000201", "step 6"),
        (vec![shut, manager, user, controls, enabled], "201", "step 7"),
        (vec!["cti-manager\n", user, controls, enabled], "201", "step 7"),
        (vec![manager, user, controls, enabled], "201", "step 8"),
    ] {
        assert_eq!(checklist(&parts, &format!("cti checklist crm {device}")), step, "{parts:?} {device}");
    }
}

#[test]
fn calls_are_counted_and_listed_leg_by_leg() {
    let configuration = "telephony-service\n max-ephones 4\n max-dn 4\nephone-dn 1 dual-line\n number 201\n\
                         ephone-dn 2\n number 202\nephone 1\n mac-address 0200.0000.0201\n button 1:1\n\
                         ephone 2\n mac-address 0200.0000.0202\n button 1:2\n\
                         ephone-dn 3\n number 203\nephone 3\n mac-address 0200.0000.0203\n button 1:3\n";
    let mut node = Node::new(provision(&config::load(configuration).settings, None).settings).unwrap();
    let stations = ["SEP020000000201", "SEP020000000202", "SEP020000000203"]
        .map(|name| node.switch().stations().by_name(name).unwrap());
    let [alice, bob, carol] = stations;
    let codecs: CodecSet = [core::Codec::G711Ulaw].into_iter().collect();
    stations.into_iter().for_each(|station| does(&mut node, station, StationInput::Register(codecs)));
    let key = |node: &mut Node, station, key| does(node, station, StationInput::Key(key));
    let dial = |number: &str| Key::Enbloc { line: 0, number: number.into() };
    let end = Key::OnHook { line: 0, reference: 0 };
    assert!(says(&mut node, "show call active voice").ends_with("Total call-legs: 0\n"));
    key(&mut node, alice, dial("202"));
    key(&mut node, bob, Key::Answer { line: 0, reference: 0 });
    let legs = says(&mut node, "show call active voice brief");
    assert!(legs.starts_with("<ID>: <CallID> <start>ms.<index>"), "{legs}");
    assert!(legs.contains("\nTelephony call-legs: 2\nSIP call-legs: 0\n"), "{legs}");
    assert!(
        legs.contains(" +0 pid:20001 Answer 201 active\n")
            && legs.contains(" pid:20002 Originate 202 active\n")
    );
    assert!(legs.contains("\n Tele 50/0/1 ("), "{legs}");
    let compact = says(&mut node, "show call active voice compact");
    assert!(compact.contains("Total call-legs: 2\n") && compact.contains("ORG "), "{compact}");
    // Carol finds Bob busy and waits for him; he then ends the call with Alice.
    key(&mut node, carol, dial("202"));
    key(&mut node, carol, Key::CallBack);
    let waiting = says(&mut node, "show ephone-dn callback");
    let expected = "DN 2 (202) CallBack pending to DN 3 (203) for ephone-3 age 0 seconds\n\
                    State for DN 2 is CH1 CONNECTED\n";
    assert_eq!(waiting, expected);
    key(&mut node, bob, end);
    let counts = says(&mut node, "show ephone-dn 1 statistics");
    let expected = "Total Calls 1\nStats may appear to be inconsistent for conference or shared line cases\n\n\
                    DN 1 chan 1 incoming 0 answered 0 outgoing 1 answered 1 busy 0\n\
                    Far-end disconnect at:connect 1 alert 0 hold 0 ring 0\n\
                    Last 64 far-end disconnect cause codes\n16 0 0 0";
    assert!(counts.starts_with(expected), "{counts}");
    let all = says(&mut node, "show ephone-dn statistics");
    assert!(all.contains("DN 2 chan 1 incoming 1 answered 1 outgoing 0 answered 0 busy 0\n"), "{all}");
    assert!(all.contains("DN 3 chan 1 incoming 0 answered 0 outgoing 1 answered 0 busy 1\n"), "{all}");
}

#[test]
fn the_numbers_that_somebody_may_control_are_listed() {
    let configuration = "telephony-service\n max-ephones 4\n max-dn 8\nephone-dn 1\n number 201\n cti watch\nephone-dn 2\n \
        number 202\nephone-dn 3\n number 203\n no cti watch\nephone-dn 4\n number 204\napplication-user few\n \
        password 0 x\n group Standard CTI Enabled\n controlled-device number 202-203\n";
    let listed = |configuration: &str| {
        let mut node = Node::new(provision(&config::load(configuration).settings, None).settings).unwrap();
        let text = says(&mut node, "show cti line-node");
        text.lines().skip(2).map(|line| line[..3].to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(listed(configuration), ["201", "202"]);
    let all = configuration.to_owned() + " group Standard CTI Allow Control of All Devices\n";
    assert_eq!(listed(&all), ["201", "202", "203", "204"]);
}

#[test]
fn a_dial_peer_that_does_not_answer_options_is_busied_out() {
    let configured = "telephony-service\n ip source-address 10.0.0.1 port 2000\ndial-peer voice 9 voip\n \
                      destination-pattern 9T\n session protocol sipv2\n session target ipv4:10.0.0.9\n \
                      voice-class sip options-keepalive\n";
    let mut node = Node::new(provision(&config::load(configured).settings, None).settings).unwrap();
    let shown = |node: &mut Node, now: Instant| {
        let line = "show dial-peer voice summary";
        node.handle(now, Input::Command { terminal: TerminalId(1), line });
        let outputs = std::iter::from_fn(|| node.poll_output());
        let text = outputs.filter_map(|output| match output {
            Output::CommandOutput { text, .. } => Some(text),
            _ => None,
        });
        let row = text.last().unwrap().lines().nth(3).unwrap().to_owned();
        row.split_whitespace().last().unwrap().to_owned()
    };
    let mut due = Instant::ZERO;
    shown(&mut node, due);
    assert_eq!(shown(&mut node, due), "active");
    while shown(&mut node, due) != "busyout" && due < Instant::from_millis(3_600_000) {
        due = node.poll_timeout().unwrap();
        node.handle_timeout(due);
    }
    assert_eq!(shown(&mut node, due), "busyout");
}

#[test]
fn dial_peers_of_trunks_and_telephones_are_listed() {
    let configured = "telephony-service\n max-ephones 1\n max-dn 2\n ip source-address 10.0.0.1 port 2000\nnum-exp 7 201\n\
                      ephone-dn 1\n number 201 secondary 301\ndial-peer voice 9 voip\n destination-pattern 9T\n \
                      session protocol sipv2\n session target ipv4:10.0.0.9\n preference 2\n\
                      dial-peer voice 1234567 voip\n destination-pattern 99.\n session protocol sipv2\n session target \
                      ipv4:10.0.0.8\n";
    let mut node = Node::new(provision(&config::load(configured).settings, None).settings).unwrap();
    assert_eq!(
        says(&mut node, "show dial-peer voice summary"),
        "dial-peer hunt 0\n             AD                                    PRE PASS                OUT\n\
         TAG    TYPE  MIN  OPER PREFIX    DEST-PATTERN      FER THRU SESS-TARGET    STAT PORT    KEEPALIVE\n\
         9      voip  up   up             9T                 2  syst ipv4:10.0.0.9\n\
         20001  pots  up   down           201                0                      down 50/0/1\n\
         20002  pots  up   down           301                9                      down 50/0/1\n\
         12345- voip  up   up             99.                0  syst ipv4:10.0.0.8\n67\n"
    );
    let shown = says(&mut node, "show dialplan number 991");
    let places: Vec<_> = [
        "Macro Exp.: 991\n",
        "\nVoiceOverIpPeer1234567\n",
        "\nMatched: 99   Digits: 2\nTarget: ipv4:10.0.0.8\n",
        "\nVoiceOverIpPeer9\n",
    ]
    .iter()
    .map(|part| shown.find(part).unwrap_or_else(|| panic!("{part}: {shown}")))
    .collect();
    assert!(places.is_sorted(), "who names more digits comes first: {shown}");
    assert!(says(&mut node, "show dialplan number 7").contains("Macro Exp.: 201\n\nVoiceEncapPeer20001\n"));
    assert_eq!(
        says(&mut node, "show dialplan number 5"),
        "Macro Exp.: 5\n\n% No dial-peer match result ...\n"
    );
    assert_eq!(
        says(&mut node, "show voip rtp connections"),
        "VoIP RTP active connections :\nNo. CallId     dstCallId  LocalRTP RmtRTP LocalIP          RemoteIP\nFound 0 active \
         RTP connections\n"
    );
}

#[test]
fn hunt_groups_have_the_shape_of_ios() {
    let configured = "telephony-service\n max-ephones 1\n max-dn 2\n ip source-address 10.0.0.1 port 2000\nephone-dn 1\n \
                      number 201\nephone-dn 2\n number 202\nephone-hunt 1 peer\n pilot 450\n list 201, *\n timeout 3, 4\n \
                      final 202\nvoice hunt-group 5 parallel\n pilot 12345678\n list 201, 202\n";
    let mut node = Node::new(provision(&config::load(configured).settings, None).settings).unwrap();
    assert_eq!(
        says(&mut node, "show ephone-hunt"),
        "Group 1\n    type: peer\n    pilot number: 450, peer-tag 20001\n    list of numbers:\n        201, aux-number \
         A450A0100, # peers 1, logout 0, down 1\n            peer-tag  dn-tag  rna  login/logout  up/down\n             \
         [20001      1     0       login      down]\n        *, aux-number A450A0200, # peers 1, logout 0, down 1\n            \
         peer-tag  dn-tag  rna  login/logout  up/down\n             [20001     0     0       -          down]\n    \
         all agents down!\n    final number: 202\n    preference: 0\n    preference (sec): 7\n    timeout: 3, 4\n    \
         hops: 2\n    next-to-pick: 1\n    E.164 register: yes\n    auto logout: no\n    stat collect: no\n"
    );
    let group = "Group 5\n type: parallel\n pilot number: 12345678, peer-tag 12345678\n list of numbers:\n    MEMBER         \
                 USED_BY       STATE     LOGIN/LOGOUT\n    ======         =======       =====     ============\n    201            \
                 201           down      login\n    202            202           down      login\n preference: 0\n \
                 preference (sec): 7\n timeout: 180\n stat collect: no\n phone-display: No\n";
    assert_eq!(says(&mut node, "show voice hunt-group 5"), group);
    assert_eq!(says(&mut node, "show voice hunt-group parallel"), group);
    assert_eq!(says(&mut node, "show voice hunt-group peer"), "no voice hunt-groups configured\n");
    assert_eq!(
        says(&mut node, "show voice hunt-group brief"),
        "TAG TYPE PILOT     LIST\n5   PAR  1234567-  201, 202\n"
    );
}

#[test]
fn rules_for_numbers_and_trusted_addresses_are_shown() {
    let configuration = "voice service voip\n ip address trusted list\n  ipv4 192.0.2.0 255.255.255.0\n!\n\
                         voice translation-rule 3\n rule 1 /^9\\(..\\)$/ /+49\\1/\n rule 2 reject /^8/\n!\n\
                         sip-ua\n retry invite 3\n timers trying 200\n!\n\
                         dial-peer voice 7 voip\n destination-pattern 0T\n session protocol sipv2\n session target ipv4:192.0.2.7\n";
    let mut node = Node::new(provision(&config::load(configuration).settings, None).settings).unwrap();
    let mut shown = |line: &str| says(&mut node, line);
    let translated = shown("test voice translation-rule 3 912");
    assert!(
        translated.contains("Matched with rule 1") && translated.contains("Translated number: +4912"),
        "{translated}"
    );
    let with_type = shown("test voice translation-rule 3 \"912\" type national plan isdn");
    assert!(
        with_type.contains("Original number: 912") && with_type.contains("type: national"),
        "{with_type}"
    );
    assert!(shown("test voice translation-rule 3 8").contains("rejected"));
    assert!(shown("test voice translation-rule 3 7").starts_with("Didn't match"));
    assert!(shown("test voice translation-rule 4 7").contains("there is no"));
    let trusted = shown("show ip address trusted list");
    assert!(trusted.contains("192.0.2.7:5060") && trusted.contains(" 192.0.2.0 255.255.255.0"), "{trusted}");
    assert!(shown("show sip-ua retry").contains("invite 3\n"));
    assert!(shown("show sip-ua timers").contains("trying 200"));
    assert!(shown("show voice register statistics").contains("Active registrations"));
}
