//! What goes wrong while much goes on: applications are shut out, and one of them wants everything a thousand times.

use std::time::Duration;

use hookflash_core::Key;

use super::office::{Client, Office};
use crate::{Input, TerminalId, config, provision};

/// The office with a configuration of its own, so that it can be changed.
fn configured() -> Office {
    let mut text =
        "voice service voip\n no cti shutdown\ntelephony-service\n max-ephones 4\n max-dn 4\n".to_owned();
    for tag in 1..=4 {
        text.push_str(&format!(
            "ephone-dn {tag} dual-line\n number 20{tag}\n cti watch\nephone {tag}\n mac-address 0200.0000.000{tag}\n \
             button 1:{tag}\n"
        ));
    }
    Office::with(|settings| *settings = provision(&config::load(&text).settings, None).settings)
}

fn types(office: &mut Office, lines: &[&str]) {
    for line in lines {
        office.node.handle(office.now, Input::Command { terminal: TerminalId(1), line });
    }
    office.wait(Duration::from_millis(1));
}

#[test]
fn cti_shutdown_under_load_ends_every_session_and_no_call() {
    let mut office = configured();
    let mut apps = Vec::new();
    for index in 0..20 {
        let wire = office.connect();
        let mut app = Client::open(&mut office, wire, &format!("app{index}"));
        for device in ["201", "202", "203"] {
            app.monitor(&mut office, device);
        }
        apps.push(app);
    }
    office.dial(0, "202");
    office.answer(1);
    // One user is about to transfer, and one call rings.
    office.press(1, Key::Transfer { line: 0, reference: 0 });
    office.press(1, Key::Enbloc { line: 0, number: "203".into() });
    office.answer(2);
    office.dial(3, "201");
    let calls = office.node.switch().calls().iter().count();
    assert_eq!(calls, 3);
    types(&mut office, &["configure terminal", "voice service voip", "cti shutdown", "end"]);
    for app in &mut apps {
        assert!(app.got_bye(&mut office));
    }
    let cti = office.node.switch().cti();
    assert_eq!((cti.session_count(), cti.monitor_count()), (0, 0));
    assert_eq!(office.node.switch().calls().iter().count(), calls, "calls go on");
    let wire = office.connect();
    let refused = Client::new(wire, "late").invite(&mut office, "<RequestSystemStatus/>");
    assert!(refused.status.code() >= 400, "{refused:?}");
    // The transfer is completed, and everybody hangs up.
    office.press(1, Key::Transfer { line: 0, reference: 0 });
    assert_eq!(office.node.switch().calls().iter().count(), 2);
    (0..4).for_each(|index| office.hang_up(index));
    assert_eq!(office.node.switch().calls().iter().count(), 0);
    types(&mut office, &["configure terminal", "voice service voip", "no cti shutdown", "end"]);
    let wire = office.connect();
    let mut again = Client::open(&mut office, wire, "again");
    again.monitor(&mut office, "201");
    office.dial(0, "202");
    assert!(!again.events(&mut office).is_empty());
}

#[test]
fn a_thousand_monitors_on_one_device_are_told_alike_and_leave_nothing() {
    let mut office = Office::new();
    let empty = |office: &Office| {
        let cti = office.node.switch().cti();
        (cti.monitor_count(), office.node.switch().calls().iter().count())
    };
    let wire = office.connect();
    let mut many = Client::open(&mut office, wire, "many");
    let wire = office.connect();
    let mut one = Client::open(&mut office, wire, "one");
    let monitors: Vec<String> = (0..1_000).map(|_| many.monitor(&mut office, "201")).collect();
    one.monitor(&mut office, "201");
    office.dial(0, "202");
    office.answer(1);
    office.hang_up(0);
    let seen = one.events(&mut office);
    assert_eq!(seen.len(), 6, "{seen:?}");
    let events = many.events(&mut office);
    assert_eq!(events.len(), 6 * monitors.len());
    for monitor in [&monitors[0], &monitors[999]] {
        let own = events.iter().filter(|event| event.split(' ').next() == Some(monitor)).count();
        assert_eq!(own, 6, "monitor {monitor}");
    }
    for monitor in &monitors {
        let stop = format!("<MonitorStop><monitorCrossRefID>{monitor}</monitorCrossRefID></MonitorStop>");
        many.service(&mut office, &stop);
    }
    assert_eq!(empty(&office), (1, 0));
    office.dial(0, "202");
    office.hang_up(0);
    assert!(many.events(&mut office).is_empty());
    assert!(!one.events(&mut office).is_empty());
}
