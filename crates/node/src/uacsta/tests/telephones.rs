//! The services of telephones and calls back, as messages.

use hookflash_wire::csta::Edition;

use super::office::{Client, Office};

/// A session in an edition, with monitors of 201 and 203.
fn opened(edition: Edition) -> (Office, Client) {
    let mut office = Office::new();
    let wire = office.connect();
    let mut app = Client::new(wire, "app");
    app.edition = edition;
    app.invite(&mut office, "<RequestSystemStatus/>");
    app.monitor(&mut office, "201");
    app.monitor(&mut office, "203");
    (office, app)
}

const FOR_CAROL: &str = "<originatingDevice>203</originatingDevice><targetDevice>201</targetDevice>";

#[test]
fn who_waits_for_whom_is_told_and_can_be_asked() {
    let (mut office, mut app) = opened(Edition::Ed6);
    let begin = format!("<CallBackNonCallRelated>{FOR_CAROL}</CallBackNonCallRelated>");
    assert!(app.service(&mut office, &begin).contains("<CallBackNonCallRelatedResponse"));
    let events = app.event_bodies(&mut office);
    assert_eq!(events.len(), 2, "one at each device: {events:?}");
    let told = "<originatingDevice><deviceIdentifier>203</deviceIdentifier></originatingDevice><targetDevice>\
                <deviceIdentifier>201</deviceIdentifier></targetDevice>\
                <callBackSetCanceled>true</callBackSetCanceled>";
    assert!(events.iter().all(|event| event.contains(told)), "{events:?}");
    let waiting = app.service(&mut office, "<GetCallBack><device>201</device></GetCallBack>");
    let item = format!(
        "<callBackList><callBackListItem>{FOR_CAROL}<callBackMessageIndicator>false\
         </callBackMessageIndicator></callBackListItem></callBackList>"
    );
    assert!(waiting.contains(&item), "{waiting}");
    let cancel = format!("<CancelCallBack>{FOR_CAROL}</CancelCallBack>");
    assert!(app.service(&mut office, &cancel).contains("<CancelCallBackResponse"));
    assert!(app.event_bodies(&mut office)[0].contains("<callBackSetCanceled>false</callBackSetCanceled>"));
    let refused = app.service(&mut office, &cancel);
    assert!(refused.contains("<stateIncompatibility>noCallToComplete<"), "{refused}");
}

#[test]
fn the_list_of_calls_back_is_of_the_sixth_edition() {
    let (mut office, mut app) = opened(Edition::Ed3);
    let refused = app.service(&mut office, "<GetCallBack><device>201</device></GetCallBack>");
    assert!(refused.contains("<operation>serviceNotSupported<"), "{refused}");
}

#[test]
fn a_call_back_needs_an_attempt() {
    let (mut office, mut app) = opened(Edition::Ed3);
    office.dial(2, "201");
    app.events(&mut office);
    let at = |device: &str| {
        format!(
            "<CallBack><callbackConnection><callID>1</callID><deviceID>{device}</deviceID></callbackConnection>\
             </CallBack>"
        )
    };
    let refused = app.service(&mut office, &at("201"));
    assert!(refused.contains("<stateIncompatibility>noCallToComplete<"), "{refused}");
    let done = app.service(&mut office, &at("203"));
    assert!(
        done.contains("<CallBackResponse") && done.contains("<targetDevice>201</targetDevice>"),
        "{done}"
    );
}

#[test]
fn the_buttons_of_a_phone_are_listed_and_can_be_pressed() {
    let (mut office, mut app) = opened(Edition::Ed3);
    let buttons =
        app.service(&mut office, "<GetButtonInformation><device>201</device></GetButtonInformation>");
    assert!(buttons.contains("<button>line1</button>"), "{buttons}");
    assert!(buttons.contains("<buttonAssociatedNumber>201</buttonAssociatedNumber>"), "{buttons}");
    let press =
        |button: &str| format!("<ButtonPress><device>201</device><button>{button}</button></ButtonPress>");
    assert!(app.service(&mut office, &press("line1")).contains("<ButtonPressResponse"));
    for digit in ["2", "key0", "3"] {
        app.service(&mut office, &press(digit));
    }
    assert_eq!(app.events(&mut office).last().unwrap(), "2 Delivered 1@203 alerting newCall");
    let hook = "<GetHookswitchStatus><device>201</device></GetHookswitchStatus>";
    let off = "<hookswitchStatusItem><hookswitch>1</hookswitch><hookswitchOnHook>false</hookswitchOnHook>";
    assert!(app.service(&mut office, hook).contains(off));
    let replace = "<SetHookswitchStatus><device>201</device><hookswitchOnhook>true</hookswitchOnhook></SetHookswitchStatus>";
    assert!(app.service(&mut office, replace).contains("<SetHookswitchStatusResponse"));
    assert!(app.service(&mut office, hook).contains("<hookswitchOnHook>true</hookswitchOnHook>"));
    let refused = app.service(&mut office, &press("whistle"));
    assert!(refused.contains("<operation>invalidButtonIdentifier<"), "{refused}");
}

#[test]
fn the_microphone_of_a_phone_is_switched() {
    let (mut office, mut app) = opened(Edition::Ed3);
    let set = "<SetMicrophoneMute><device>201</device><microphoneMuteOn>true</microphoneMuteOn></SetMicrophoneMute>";
    assert!(app.service(&mut office, set).contains("<SetMicrophoneMuteResponse"));
    let events = app.event_bodies(&mut office);
    assert!(events[0].contains("<MicrophoneMuteEvent"), "{events:?}");
    let got = app.service(&mut office, "<GetMicrophoneMute><device>201</device></GetMicrophoneMute>");
    assert!(got.contains("<microphoneMuteOn>true</microphoneMuteOn>"), "{got}");
}

#[test]
fn devices_are_described() {
    let (mut office, mut app) = opened(Edition::Ed3);
    let ask = |service: &str, device: &str| format!("<{service}><device>{device}</device></{service}>");
    let phone = app.service(&mut office, &ask("GetPhysicalDeviceInformation", "201"));
    assert!(phone.contains("<deviceCategory>station</deviceCategory>"), "{phone}");
    assert!(phone.contains("<hasLogicalElement>true</hasLogicalElement>"), "{phone}");
    let line = app.service(&mut office, &ask("GetLogicalDeviceInformation", "201"));
    assert!(line.contains("<appearanceType>selectedStandard</appearanceType>"), "{line}");
    for service in ["GetPhysicalDeviceInformation", "GetLogicalDeviceInformation"] {
        let refused = app.service(&mut office, &ask(service, "999"));
        assert!(refused.contains("<operation>invalidDeviceID<"), "{refused}");
    }
}

#[test]
fn digits_are_dialled_where_a_user_is_off_hook() {
    let (mut office, mut app) = opened(Edition::Ed3);
    office.press(0, hookflash_core::Key::OffHook { line: 0, reference: 0 });
    let dial = |digits: &str| {
        format!(
            "<DialDigits><diallingConnection><callID>1</callID><deviceID>201</deviceID></diallingConnection>\
             <diallingSequence>{digits}</diallingSequence></DialDigits>"
        )
    };
    assert!(app.service(&mut office, &dial("20;")).contains("<DialDigitsResponse"));
    let events = app.event_bodies(&mut office);
    assert!(events[1].contains("<dialingSequence>20</dialingSequence>"), "{events:?}");
    app.service(&mut office, &dial("3"));
    assert_eq!(
        app.events(&mut office),
        [
            "1 DigitsDialed 1@201 initiated normal",
            "1 Originated 1@201 connected newCall",
            "1 Delivered 1@203 connected newCall",
            "2 Delivered 1@203 alerting newCall"
        ]
    );
    let refused = app.service(&mut office, &dial("3"));
    assert!(refused.contains("<stateIncompatibility>invalidConnectionState<"), "{refused}");
}

/// A session that asks for what happens at the telephone of 201.
fn watching(office: &mut Office) -> Client {
    let wire = office.connect();
    let mut app = Client::new(wire, "watcher");
    app.invite(office, "<RequestSystemStatus/>");
    let start = "<MonitorStart><monitorObject><deviceObject>201</deviceObject></monitorObject>\
                 <requestedMonitorFilter><physicalDeviceFeature><buttonPress>false</buttonPress>\
                 <displayUpdated>false</displayUpdated><hookswitch>false</hookswitch><lampMode>false</lampMode>\
                 </physicalDeviceFeature></requestedMonitorFilter></MonitorStart>";
    let started = app.service(office, start);
    assert!(started.contains("<monitorCrossRefID>"), "{started}");
    assert!(!started.contains("actualMonitorFilter"), "nothing is left out: {started}");
    app
}

#[test]
fn what_happens_at_a_telephone_is_told_to_who_asks_for_it() {
    let mut office = Office::new();
    let mut app = watching(&mut office);
    office.dial(2, "201");
    let about = |events: &[String], root: &str| {
        let mut found = events.iter().filter(|event| event.contains(root));
        found.next().cloned().unwrap_or_else(|| panic!("no {root} in {events:?}"))
    };
    let events = app.event_bodies(&mut office);
    assert!(
        about(&events, "<LampModeEvent")
            .contains("<lamp>line1</lamp><lampLabel>201</lampLabel><lampMode>1</lampMode>")
    );
    let display = about(&events, "<DisplayUpdatedEvent");
    assert!(display.contains("<contentsOfDisplay>From 203</contentsOfDisplay>"), "{display}");
    let modes = app.service(&mut office, "<GetLampMode><device>201</device><lamp>line1</lamp></GetLampMode>");
    let rings = "<lampModeItem><lamp>line1</lamp><lampMode>1</lampMode><button>line1</button></lampModeItem>";
    assert!(modes.contains(rings), "{modes}");
    app.service(&mut office, "<ButtonPress><device>201</device><button>answer</button></ButtonPress>");
    let events = app.event_bodies(&mut office);
    assert!(about(&events, "<ButtonPressEvent").contains("<button>answer</button>"));
    let hook = about(&events, "<HookswitchEvent");
    assert!(hook.contains("<hookswitch>1</hookswitch><hookswitchOnHook>false</hookswitchOnHook>"), "{hook}");
    let shown = app.service(&mut office, "<GetDisplay><device>201</device></GetDisplay>");
    assert!(shown.contains("<contentsOfDisplay>Connected 203</contentsOfDisplay>"), "{shown}");
}

#[test]
fn who_does_not_ask_is_told_so() {
    let mut office = Office::new();
    let wire = office.connect();
    let mut app = Client::new(wire, "app");
    app.invite(&mut office, "<RequestSystemStatus/>");
    let start =
        "<MonitorStart><monitorObject><deviceObject>201</deviceObject></monitorObject></MonitorStart>";
    let started = app.service(&mut office, start);
    let actual = "<actualMonitorFilter><physicalDeviceFeature><buttonPress>true</buttonPress>\
                  <displayUpdated>true</displayUpdated><hookswitch>true</hookswitch><lampMode>true</lampMode>\
                  </physicalDeviceFeature></actualMonitorFilter>";
    assert!(started.contains(actual), "{started}");
    office.dial(2, "201");
    let events = app.event_bodies(&mut office);
    assert!(events.iter().all(|event| !event.contains("LampMode")), "{events:?}");
}

#[test]
fn lamps_are_named_after_their_buttons() {
    let (mut office, mut app) = opened(Edition::Ed3);
    let lamps = app.service(&mut office, "<GetLampInformation><device>201</device></GetLampInformation>");
    let first = "<lampItem><lamp>line1</lamp><lampLabel>201</lampLabel><button>line1</button></lampItem>";
    assert!(lamps.contains(first), "{lamps}");
    assert!(lamps.contains("<lampItem><lamp>messageWaiting</lamp></lampItem>"), "{lamps}");
    let unknown = "<GetLampMode><device>201</device><lamp>line99</lamp></GetLampMode>";
    assert_eq!(app.refused(&mut office, unknown), "operation/invalidLampID");
}
