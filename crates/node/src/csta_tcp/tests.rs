//! CSTA over TCP as applications see it.

mod alarms;
mod kept;
mod resume;
mod unasked;

use std::time::Duration;

use hookflash_core::{Key, cti::SessionId};
use hookflash_wire::csta::{Edition, Encapsulation, Framer, InvokeId, write_frame};

use super::{CstaTcpSettings, LOGIN_TIME, MAX_WAITING};
use crate::{
    Input, LinkId, Listener,
    uacsta::tests::{Client, Office, Wire, assert_valid, in_short},
};

const SESSION: &str = "http://www.ecma-international.org/standards/ecma-354/appl_session";
const ED3: &str = Edition::Ed3.namespace();
const STATUS: &str = "<RequestSystemStatus/>";

/// An application with a connection.
pub(crate) struct Application {
    link: LinkId,
    framer: Framer,
    invoke: InvokeId,
    session: String,
    token: String,
    namespace: String,
    /// What came and was not looked at: invoke identifier and document.
    inbox: Vec<(u16, String)>,
}

impl Application {
    fn connected(office: &mut Office) -> Application {
        Application::at(office, Listener::Csta)
    }

    fn at(office: &mut Office, listener: Listener) -> Application {
        Application {
            link: office.connect_stream_to(listener),
            framer: Framer::default(),
            invoke: InvokeId::EVENT,
            session: String::new(),
            token: String::new(),
            namespace: ED3.to_owned(),
            inbox: Vec::new(),
        }
    }

    /// An application that has a session of so many seconds.
    pub(crate) fn started(office: &mut Office, seconds: u32) -> Application {
        let mut application = Application::connected(office);
        let answer = application.start(office, &start("test", "", &[ED3], Some(seconds)));
        assert!(answer.contains("StartApplicationSessionPosResponse"), "{answer}");
        application
    }

    fn send(&mut self, office: &mut Office, invoke: InvokeId, document: &str) {
        let mut bytes = Vec::new();
        let body = |out: &mut Vec<u8>| out.extend_from_slice(document.as_bytes());
        write_frame(&mut bytes, Encapsulation::Plain, invoke, body).unwrap();
        office.send(Wire::Tcp(self.link), bytes);
    }

    /// Takes what came; everything must be valid, in the namespace of the session.
    fn collect(&mut self, office: &mut Office) {
        let bytes = office.take_stream(self.link);
        let mut rest = bytes.as_slice();
        while let Some(frame) = self.framer.next(&mut rest).unwrap() {
            assert_eq!(frame.encapsulation, Encapsulation::Plain);
            let document = String::from_utf8(frame.body.to_vec()).unwrap();
            assert_valid(&document.replace(&self.namespace, ED3));
            self.inbox.push((frame.invoke_id.get(), document));
        }
    }

    /// Sends a request; its answer must be there at once.
    fn request(&mut self, office: &mut Office, document: &str) -> String {
        self.invoke = self.invoke.next();
        self.send(office, self.invoke, document);
        self.collect(office);
        let invoke = self.invoke.get();
        let place = self.inbox.iter().position(|(id, _)| *id == invoke).expect("an answer");
        self.inbox.remove(place).1
    }

    fn start(&mut self, office: &mut Office, document: &str) -> String {
        let answer = self.request(office, document);
        if answer.contains("PosResponse") {
            self.session = member(&answer, "sessionID").to_owned();
            self.token = member(&answer, "hf:token").to_owned();
            self.namespace = member(&answer, "actualProtocolVersion").to_owned();
        }
        answer
    }

    /// Asks for a service of CSTA.
    fn service(&mut self, office: &mut Office, body: &str) -> String {
        let end = body.find([' ', '/', '>']).unwrap();
        let document = format!("{} xmlns=\"{}\"{}", &body[..end], self.namespace, &body[end..]);
        self.request(office, &document)
    }

    pub(crate) fn monitor(&mut self, office: &mut Office, device: &str) {
        let object = format!("<monitorObject><deviceObject>{device}</deviceObject></monitorObject>");
        let answer = self.service(office, &format!("<MonitorStart>{object}</MonitorStart>"));
        assert!(answer.contains("MonitorStartResponse"), "{answer}");
    }

    fn reset(&mut self, office: &mut Office, session: &str, seconds: i64) -> String {
        let body = format!(
            "<ResetApplicationSessionTimer xmlns=\"{SESSION}\"><sessionID>{session}</sessionID>\
             <requestedSessionDuration>{seconds}</requestedSessionDuration></ResetApplicationSessionTimer>"
        );
        self.request(office, &body)
    }

    fn stop(&mut self, office: &mut Office, session: &str) -> String {
        let body = format!(
            "<StopApplicationSession xmlns=\"{SESSION}\"><sessionID>{session}</sessionID><sessionEndReason>\
             <definedEndReason>normal</definedEndReason></sessionEndReason></StopApplicationSession>"
        );
        self.request(office, &body)
    }

    /// What came since the last time and is no answer: events in short, and documents of other messages.
    fn received(&mut self, office: &mut Office) -> Vec<(u16, String)> {
        self.collect(office);
        std::mem::take(&mut self.inbox)
    }

    pub(crate) fn events(&mut self, office: &mut Office) -> Vec<String> {
        let events = self.received(office);
        assert!(events.iter().all(|(invoke, _)| *invoke == 9999), "{events:?}");
        events.iter().map(|(_, document)| in_short(document)).collect()
    }

    fn is_closed(&self, office: &Office) -> bool {
        office.is_closed(Wire::Tcp(self.link))
    }
}

fn start(application: &str, login: &str, versions: &[&str], seconds: Option<u32>) -> String {
    let versions: String =
        versions.iter().map(|version| format!("<protocolVersion>{version}</protocolVersion>")).collect();
    let duration = seconds
        .map(|seconds| format!("<requestedSessionDuration>{seconds}</requestedSessionDuration>"))
        .unwrap_or_default();
    format!(
        "<StartApplicationSession xmlns=\"{SESSION}\"><applicationInfo><applicationID>{application}</applicationID>\
         <applicationSpecificInfo>{login}</applicationSpecificInfo></applicationInfo>\
         <requestedProtocolVersions>{versions}</requestedProtocolVersions>{duration}</StartApplicationSession>"
    )
}

fn heartbeat_login(seconds: u32) -> String {
    format!(
        "<Login xmlns=\"urn:hookflash:csta:1\"><userName>alice</userName>\
         <heartbeatInterval>{seconds}</heartbeatInterval></Login>"
    )
}

fn make_call(calling: &str, called: &str) -> String {
    format!(
        "<MakeCall><callingDevice>{calling}</callingDevice><calledDirectoryNumber>{called}\
         </calledDirectoryNumber><autoOriginate>doNotPrompt</autoOriginate></MakeCall>"
    )
}

/// The text of the first element with this name.
fn member<'a>(document: &'a str, name: &str) -> &'a str {
    let (_, rest) = document.split_once(&format!("<{name}>")).unwrap_or_else(|| panic!("{name}: {document}"));
    rest.split('<').next().unwrap()
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[test]
fn the_duration_of_a_session_is_two_heartbeats() {
    let mut office = Office::new();
    for (login, asked, duration) in [
        (String::new(), Some(60), "60"),
        (String::new(), Some(61), "60"),
        (String::new(), None, "60"),
        (String::new(), Some(0), "10"),
        (String::new(), Some(1_000_000), "7200"),
        (heartbeat_login(7), Some(60), "14"),
        (heartbeat_login(1), None, "10"),
    ] {
        let mut app = Application::connected(&mut office);
        let answer = app.start(&mut office, &start("test", &login, &[ED3], asked));
        assert_eq!(member(&answer, "actualSessionDuration"), duration, "{login} {asked:?}");
        for (asked, duration) in [(120, "120"), (-5, "10"), (i64::MAX, "7200")] {
            let session = app.session.clone();
            let answer = app.reset(&mut office, &session, asked);
            assert_eq!(member(&answer, "actualSessionDuration"), duration);
        }
    }
}

#[test]
fn any_message_keeps_a_session_and_silence_ends_it() {
    let mut office = Office::new();
    let mut app = Application::started(&mut office, 20);
    app.monitor(&mut office, "201");
    for round in 0..6 {
        office.wait(seconds(19));
        match round % 2 {
            0 => drop(app.service(&mut office, STATUS)),
            _ => app.send(&mut office, InvokeId::EVENT, "<NothingEvent xmlns=\"http://example.com\"/>"),
        }
        assert_eq!(office.node.applications().len(), 1, "{round}");
        app.received(&mut office);
    }
    office.wait(seconds(19));
    assert_eq!(office.node.applications().len(), 1);
    office.wait(seconds(1));
    let last = app.received(&mut office).pop().unwrap().1;
    assert_eq!(member(&last, "sessionID"), app.session);
    assert_eq!(member(&last, "definedTermReason"), "sessionTimerExpired");
    assert!(app.is_closed(&office));
    let sizes = office.node.sizes();
    assert_eq!((sizes.applications, sizes.monitors, sizes.csta_links, sizes.csta_timers), (0, 0, 0, 0));
}

#[test]
fn a_response_comes_before_the_events_and_has_the_identifier_of_its_request() {
    let mut office = Office::new();
    let mut app = Application::started(&mut office, 60);
    app.monitor(&mut office, "201");
    app.monitor(&mut office, "tel:202");
    let document = make_call("201", "202").replacen('>', &format!(" xmlns=\"{ED3}\">"), 1);
    app.send(&mut office, InvokeId::new(1234).unwrap(), &document);
    let received = app.received(&mut office);
    assert_eq!(received[0].0, 1234);
    assert!(
        received[0].1.contains("<callingDevice><callID>1</callID><deviceID>201</deviceID></callingDevice>")
    );
    let events: Vec<String> = received[1..].iter().map(|(_, document)| in_short(document)).collect();
    assert_eq!(
        events,
        [
            "1 ServiceInitiated 1@201 initiated makeCall",
            "1 Originated 1@201 connected newCall",
            "1 Delivered 1@tel:202 connected newCall",
            "2 Delivered 1@tel:202 alerting newCall",
        ]
    );
    assert!(received[1..].iter().all(|(invoke, _)| *invoke == 9999));
    office.answer(1);
    assert_eq!(app.events(&mut office).len(), 2);
}

#[test]
fn both_carriers_tell_the_same_in_the_same_words() {
    let mut office = Office::new();
    let mut stream = Application::started(&mut office, 60);
    let wire = office.connect();
    let mut sip = Client::open(&mut office, wire, "sip");
    stream.monitor(&mut office, "tel:201");
    stream.monitor(&mut office, "tel:202");
    sip.monitor(&mut office, "tel:201");
    sip.monitor(&mut office, "tel:202");
    office.dial(0, "202");
    office.answer(1);
    office.press(0, Key::Hold { line: 0, reference: 0 });
    office.press(0, Key::Resume { line: 0, reference: 0 });
    office.hang_up(0);
    // The monitors are numbered 1 and 2, and 3 and 4.
    let renumbered = |event: &String| event.replacen("3 ", "1 ", 1).replacen("4 ", "2 ", 1);
    let over_sip: Vec<String> = sip.events(&mut office).iter().map(renumbered).collect();
    let over_tcp = stream.events(&mut office);
    assert!(over_tcp.len() > 12, "{over_tcp:?}");
    assert_eq!(over_tcp, over_sip);
}

#[test]
fn what_is_wrong_about_a_session_has_the_standards_error() {
    let mut office = Office::new();
    let mut app = Application::connected(&mut office);
    for (document, error) in [
        (start("test", "", &["http://example.com/csta"], None), "requestedProtocolVersionNotSupported"),
        (start("test", "", &[], None), "requestedProtocolVersionNotSupported"),
        (start(" ", "", &[ED3], None), "invalidApplicationInfo"),
        (start(&"a".repeat(129), "", &[ED3], None), "invalidApplicationInfo"),
        (
            start("test", &password_login(true, &"u".repeat(129), "secret"), &[ED3], None),
            "invalidApplicationInfo",
        ),
        (
            start("test", "", &[&format!("{ED3}/priv{}", "p".repeat(200))], None),
            "requestedProtocolVersionNotSupported",
        ),
        (format!("<StartApplicationSession xmlns=\"{SESSION}\"/>"), "invalidApplicationInfo"),
    ] {
        let answer = app.start(&mut office, &document);
        assert!(answer.contains("StartApplicationSessionNegResponse"), "{answer}");
        assert_eq!(member(&answer, "definedError"), error);
    }
    let refused = app.service(&mut office, STATUS);
    assert_eq!(member(&refused, "operation"), "securityViolation", "there is no session");
    assert!(app.reset(&mut office, "1", 60).contains("ResetApplicationSessionTimerNegResponse"));

    app.start(&mut office, &start("test", "", &[ED3], None));
    let again = app.request(&mut office, &start("test", "", &[ED3], None));
    assert_eq!(member(&again, "applError"), "sessionExists");
    for session in ["", "0", "999", "01"] {
        let answer = app.reset(&mut office, session, 60);
        assert_eq!(member(&answer, "definedError"), "invalidSessionID", "{session}");
        let answer = app.stop(&mut office, session);
        assert!(answer.contains("StopApplicationSessionNegResponse"), "{answer}");
    }
    assert_eq!(member(&app.service(&mut office, "<Nonsense/>"), "operation"), "serviceNotSupported");
    let garbage = app.request(&mut office, "this is no XML");
    assert_eq!(member(&garbage, "operation"), "generic");
    assert!(app.service(&mut office, STATUS).contains("RequestSystemStatusResponse"), "the session goes on");
}

#[test]
fn a_session_that_is_stopped_is_over_and_its_calls_go_on() {
    let mut office = Office::new();
    let mut app = Application::started(&mut office, 60);
    app.monitor(&mut office, "201");
    app.service(&mut office, &make_call("201", "202"));
    office.answer(1);
    app.received(&mut office);
    let session = app.session.clone();
    let answer = app.stop(&mut office, &session);
    assert!(answer.contains("StopApplicationSessionPosResponse"), "{answer}");
    assert!(app.is_closed(&office));
    let sizes = office.node.sizes();
    assert_eq!((sizes.applications, sizes.sessions, sizes.csta_links, sizes.csta_timers), (0, 0, 0, 0));
    assert_eq!(sizes.calls, 1);
}

#[test]
fn a_session_waits_for_its_application_and_ends_when_nobody_comes() {
    let mut office = Office::new();
    for (duration, waits) in [(60, 60), (200, 200), (10, 60)] {
        let mut app = Application::started(&mut office, duration);
        app.monitor(&mut office, "201");
        office.disconnect(Wire::Tcp(app.link));
        let report = office.node.session_reports(office.now).next().unwrap();
        assert!(!report.carriage.reachable);
        office.dial(0, "202");
        office.hang_up(0);
        office.wait(seconds(waits) - Duration::from_millis(1));
        assert_eq!(office.node.sizes().monitors, 1, "{duration}");
        office.wait(Duration::from_millis(1));
        let sizes = office.node.sizes();
        assert_eq!((sizes.applications, sizes.monitors, sizes.csta_lost, sizes.csta_timers), (0, 0, 0, 0));
        assert_eq!(office.node.applications().journal_bytes(), 0);
    }
}

#[test]
fn an_application_that_asks_for_heartbeats_hears_them_when_nothing_else_is_sent() {
    let mut office = Office::new();
    let mut app = Application::connected(&mut office);
    app.start(&mut office, &start("test", &heartbeat_login(10), &[ED3], None));
    app.monitor(&mut office, "201");
    let mut heard = Vec::new();
    for step in 0..6 {
        office.wait(seconds(5));
        if step == 2 {
            office.dial(0, "202");
            assert!(!app.events(&mut office).is_empty());
        }
        for (invoke, document) in app.received(&mut office) {
            assert_eq!(member(&document, "systemStatus"), "normal");
            heard.push((step, invoke));
            let response = format!("<SystemStatusResponse xmlns=\"{ED3}\"/>");
            app.send(&mut office, InvokeId::new(invoke).unwrap(), &response);
        }
    }
    // Ten seconds after the start, and ten after the events of the call.
    assert_eq!(heard, [(1, 1), (4, 2)]);
    office.wait(seconds(10));
    assert_eq!(app.received(&mut office).len(), 1, "one heartbeat without an answer is no end");
    office.wait(seconds(5));
    assert!(app.is_closed(&office), "the application has been silent for two");

    let mut app = Application::started(&mut office, 60);
    office.wait(seconds(59));
    assert!(app.received(&mut office).is_empty(), "others hear none");
}

#[test]
fn who_has_registered_for_the_status_hears_heartbeats() {
    let mut office = Office::new();
    let mut app = Application::connected(&mut office);
    app.start(&mut office, &start("test", "", &[ED3], Some(20)));
    office.wait(seconds(10));
    assert!(app.received(&mut office).is_empty(), "nobody has asked for it");
    let types = "<requestTypes><systemStatus>true</systemStatus></requestTypes>";
    let answer = app.service(&mut office, &format!("<SystemRegister>{types}</SystemRegister>"));
    assert!(answer.contains("SystemRegisterResponse"), "{answer}");
    office.wait(seconds(10));
    let heard = app.received(&mut office);
    assert!(heard.len() == 1 && heard[0].1.contains("<systemStatus>normal"), "{heard:?}");
}

#[test]
fn the_first_known_version_is_chosen_and_names_every_document() {
    let private = format!("{ED3}/priv6");
    for (versions, chosen) in [
        (vec!["urn:none", private.as_str(), ED3], private.as_str()),
        (
            vec![" http://www.ecma-international.org/standards/ecma-323/csta/ed6 ", ED3],
            Edition::Ed6.namespace(),
        ),
        (vec!["http://www.ecma-international.org/standards/ecma-323/csta/ed3/priv&quot;", ED3], ED3),
    ] {
        let mut office = Office::new();
        let mut app = Application::connected(&mut office);
        let answer = app.start(&mut office, &start("test", "", &versions, None));
        assert_eq!(member(&answer, "actualProtocolVersion"), chosen);
        let status = app.service(&mut office, STATUS);
        assert!(status.contains(&format!("<RequestSystemStatusResponse xmlns=\"{chosen}\">")), "{status}");
        app.monitor(&mut office, "201");
        office.dial(0, "202");
        let events = app.received(&mut office);
        assert_eq!(events.len(), 4);
        assert!(
            events.iter().all(|(_, event)| event.contains(&format!(" xmlns=\"{chosen}\" "))),
            "{events:?}"
        );
    }
}

#[test]
fn a_stream_that_is_no_csta_is_closed_alone() {
    let mut office = Office::new();
    let mut bystander = Application::started(&mut office, 60);
    let soap: &[u8] = b"\x01\0\0\x0c0001<x/>";
    for wrong in
        [soap, b"GET / HTTP/1.1\r\n\r\n", b"\0\0\0\x010001", b"\0\0\0\x0c0001<x>>", b"\0\0\0\x0bABCD<x>"]
    {
        let app = Application::connected(&mut office);
        office.send(Wire::Tcp(app.link), wrong);
        assert!(app.is_closed(&office), "{}", wrong.escape_ascii());
        let mut app = Application::started(&mut office, 60);
        if wrong[8..] != *b"<x>>" {
            office.send(Wire::Tcp(app.link), wrong);
            assert!(app.is_closed(&office), "{}", wrong.escape_ascii());
            assert!(app.received(&mut office).is_empty());
        }
    }
    assert!(bystander.service(&mut office, STATUS).contains("normal"));
}

#[test]
fn who_starts_no_session_is_not_waited_for_and_makes_room_for_others() {
    let mut office = Office::new();
    let silent = Application::connected(&mut office);
    office.wait(LOGIN_TIME);
    assert!(silent.is_closed(&office));
    let mut first = Application::started(&mut office, 60);
    let waiting: Vec<Application> = (0..=MAX_WAITING).map(|_| Application::connected(&mut office)).collect();
    let closed = waiting.iter().filter(|app| app.is_closed(&office)).count();
    assert_eq!((closed, waiting[0].is_closed(&office)), (1, true), "the oldest one makes room");
    assert_eq!(office.node.sizes().csta_links, MAX_WAITING + 1);
    assert!(first.service(&mut office, STATUS).contains("normal"));
}

#[test]
fn no_more_sessions_are_opened_than_may_be() {
    let mut office = Office::with(|settings| settings.csta_tcp.max_sessions = 2);
    let apps = [Application::started(&mut office, 60), Application::started(&mut office, 60)];
    let mut third = Application::connected(&mut office);
    let request = start("third", "", &[ED3], None);
    assert_eq!(member(&third.start(&mut office, &request), "definedError"), "maxNumberSessions");
    office.disconnect(Wire::Tcp(apps[0].link));
    assert!(third.start(&mut office, &request).contains("PosResponse"));
}

#[test]
fn at_the_end_every_application_is_told_and_no_session_opens() {
    let mut office = Office::new();
    let mut app = Application::started(&mut office, 60);
    let idle = Application::connected(&mut office);
    office.node.handle(office.now, Input::ShutDown);
    office.wait(Duration::ZERO);
    let last = app.received(&mut office).pop().unwrap().1;
    assert_eq!(member(&last, "serverTermReason"), "shutDown");
    assert!(app.is_closed(&office) && idle.is_closed(&office));
    let mut late = Application::connected(&mut office);
    let answer = late.start(&mut office, &start("late", "", &[ED3], None));
    assert_eq!(member(&answer, "definedError"), "serverResourcesBusy");
}

#[test]
fn operators_see_and_end_sessions() {
    let mut office = Office::new();
    let mut app = Application::connected(&mut office);
    app.start(&mut office, &start("console", &heartbeat_login(30), &[ED3], None));
    app.monitor(&mut office, "201");
    office.wait(seconds(10));
    let report = office.node.session_reports(office.now).next().unwrap();
    assert_eq!((report.application.as_str(), report.principal.as_str()), ("console", "alice"));
    assert_eq!((report.carriage.transport, report.carriage.expires_in), ("CSTA", Some(seconds(50))));
    assert_eq!(report.monitored.len(), 1);
    let wanted =
        "<SystemRegister><requestTypes><systemStatus>true</systemStatus></requestTypes></SystemRegister>";
    let registered = app.service(&mut office, wanted);
    let registration = member(&registered, "sysStatRegisterID");
    let id = SessionId::from_number(app.session.parse().unwrap());
    assert!(office.node.clear_session(id));
    assert!(!office.node.clear_session(id));
    office.wait(Duration::ZERO);
    let mut told = app.received(&mut office);
    let last = told.pop().unwrap().1;
    assert_eq!(member(&last, "serverTermReason"), "cleared");
    let abort = told.pop().unwrap().1;
    assert!(abort.contains("<SystemRegisterAbort "), "{abort}");
    assert_eq!(member(&abort, "sysStatRegisterID"), registration);
    assert!(app.is_closed(&office));
}

#[test]
fn other_settings_hold_for_who_comes_and_who_resets() {
    let mut office = Office::new();
    let mut app = Application::started(&mut office, 60);
    let settings =
        CstaTcpSettings { max_heartbeat: seconds(20), max_sessions: 1, ..CstaTcpSettings::default() };
    let configure = |office: &mut Office, enabled| {
        let (csta_tcp, applications, mut context) = office.node.csta_tcp_mut();
        let settings = CstaTcpSettings { enabled, ..settings.clone() };
        csta_tcp.configure(&settings, applications, &mut context);
        office.wait(Duration::ZERO);
    };
    configure(&mut office, true);
    let session = app.session.clone();
    assert_eq!(member(&app.reset(&mut office, &session, 60), "actualSessionDuration"), "40");
    let mut second = Application::connected(&mut office);
    let answer = second.start(&mut office, &start("second", "", &[ED3], None));
    assert_eq!(member(&answer, "definedError"), "maxNumberSessions");
    configure(&mut office, false);
    let last = app.received(&mut office).pop().unwrap().1;
    assert_eq!(member(&last, "serverTermReason"), "ctiShutDown");
    assert!(app.is_closed(&office));
}

/// A login of the form that DMCC applications use, or of our own.
fn password_login(own: bool, user: &str, password: &str) -> String {
    let (element, namespace) = if own {
        ("Login", "urn:hookflash:csta:1")
    } else {
        ("SessionLoginInfo", "http://www.avaya.com/csta")
    };
    format!(
        "<{element} xmlns=\"{namespace}\"><userName>{user}</userName><password>{password}</password></{element}>"
    )
}

#[test]
fn with_users_an_application_logs_in_and_controls_the_devices_of_its_user() {
    let text = "cti-manager\n csta tcp port 0\napplication-user crm\n password 0 secret\n group Standard CTI Enabled\n \
                controlled-device number 202\n controlled-device number 204\nend-user bob\n password 0 hidden\n";
    let config = crate::config::load(text).settings;
    let mut office = Office::with(|settings| {
        settings.csta_tcp.users = crate::users::Users::new(&config);
        settings.switch.users = crate::users::rights(&config);
    });
    let mut application = Application::connected(&mut office);
    for (login, refusal) in [
        (String::new(), "invalidApplicationInfo"),
        (password_login(false, "crm", "wrong"), "loginFailed"),
        (password_login(true, "nobody", "secret"), "loginFailed"),
        (password_login(true, "bob", "hidden"), "ctiNotEnabled"),
    ] {
        let answer = application.start(&mut office, &start("test", &login, &[ED3], None));
        assert!(answer.contains("NegResponse") && answer.contains(refusal), "{answer}");
    }
    let login = password_login(false, "crm", "secret");
    let answer = application.start(&mut office, &start("test", &login, &[ED3], None));
    assert!(answer.contains("PosResponse"), "{answer}");
    let monitor = |number: &str| {
        format!(
            "<MonitorStart xmlns=\"{ED3}\"><monitorObject><deviceObject>{number}</deviceObject></monitorObject>\
             </MonitorStart>"
        )
    };
    for number in ["202", "204"] {
        let answer = application.request(&mut office, &monitor(number));
        assert!(answer.contains("MonitorStartResponse"), "{number}: {answer}");
    }
    let answer = application.request(&mut office, &monitor("201"));
    assert!(answer.contains("privilegeViolationSpecifiedDevice"), "{answer}");
}

#[test]
fn who_has_to_use_tls_from_now_on_loses_what_he_has_without_it() {
    let user = "application-user crm\n password 0 secret\n group Standard CTI Enabled\n";
    let settings = |more: &str| {
        let config = crate::config::load(&format!("cti-manager\n cluster-security\n{user}{more}")).settings;
        CstaTcpSettings { users: crate::users::Users::new(&config), ..CstaTcpSettings::default() }
    };
    let mut office = Office::with(|own| own.csta_tcp = settings(""));
    let login = password_login(true, "crm", "secret");
    let [mut plain, mut secured] = [Listener::Csta, Listener::CstaTls].map(|listener| {
        let mut app = Application::at(&mut office, listener);
        let answer = app.start(&mut office, &start("test", &login, &[ED3], None));
        assert!(answer.contains("PosResponse"), "{answer}");
        app
    });
    let (csta_tcp, applications, mut context) = office.node.csta_tcp_mut();
    csta_tcp.configure(&settings(" group Standard CTI Secure Connection\n"), applications, &mut context);
    office.wait(Duration::ZERO);
    let last = plain.received(&mut office).pop().unwrap().1;
    assert_eq!(member(&last, "serverTermReason"), "secureConnectionRequired");
    assert!(plain.is_closed(&office) && !secured.is_closed(&office));
    assert!(secured.received(&mut office).is_empty());
}
