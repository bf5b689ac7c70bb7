//! Applications that start no session.

use super::*;

const ED4: &str = Edition::Ed4.namespace();

fn office() -> Office {
    Office::with(|settings| {
        settings.csta_tcp.implicit_user = Some("pbx".into());
        settings.csta_tcp.greeting_user = Some("pbx".into());
    })
}

fn at(office: &mut Office, listener: Listener) -> Application {
    let mut app = Application::at(office, listener);
    app.namespace = ED4.to_owned();
    app
}

/// MakeCall as old tools write it.
fn plain_call() -> String {
    "<MakeCall><callingDevice>201</callingDevice><calledDirectoryNumber>202</calledDirectoryNumber></MakeCall>".into()
}

#[test]
fn one_request_is_enough_and_its_call_survives() {
    let mut office = office();
    let mut app = at(&mut office, Listener::CstaImplicit);
    assert_eq!(app.received(&mut office), [], "nobody greets");
    let made = app.service(&mut office, &plain_call());
    assert!(
        made.contains(
            "<MakeCallResponse xmlns=\"http://www.ecma-international.org/standards/ecma-323/csta/ed4\""
        ),
        "{made}"
    );
    let report = office.node.session_reports(office.now).next().unwrap();
    assert_eq!((report.principal.as_str(), report.carriage.expires_in), ("pbx", None));
    office.disconnect(Wire::Tcp(app.link));
    let sizes = office.node.sizes();
    assert_eq!((sizes.sessions, sizes.csta_lost, sizes.csta_timers, sizes.calls), (0, 0, 0, 1));
}

#[test]
fn a_greeting_comes_first_and_a_device_names_its_connection() {
    let mut office = office();
    let mut app = at(&mut office, Listener::CstaGreeting);
    let greeting = app.received(&mut office);
    assert_eq!((greeting.len(), greeting[0].0), (1, 1));
    assert!(greeting[0].1.contains("<SystemStatus") && greeting[0].1.contains("normal"), "{greeting:?}");
    app.send(&mut office, InvokeId::new(1).unwrap(), &format!("<SystemStatusResponse xmlns=\"{ED4}\"/>"));
    app.monitor(&mut office, "201");
    let made = app.service(&mut office, &plain_call());
    assert!(made.contains("MakeCallResponse"), "{made}");
    office.answer(1);
    let events = app.events(&mut office);
    assert_eq!(events.len(), 4, "{events:?}");
    let clear = "<ClearConnection><connectionToBeCleared><deviceID>201</deviceID></connectionToBeCleared>\
                 <reason>normalClearing</reason></ClearConnection>";
    assert!(app.service(&mut office, clear).contains("ClearConnectionResponse"));
    office.wait(seconds(10_000));
    assert_eq!(office.node.sizes().sessions, 1, "it does not expire");
}

#[test]
fn a_user_who_may_not_use_cti_is_not_served_there() {
    let config = crate::config::load("end-user pbx\n password 0 x\n").settings;
    let mut office = Office::with(|settings| {
        settings.csta_tcp.implicit_user = Some("pbx".into());
        settings.csta_tcp.users = crate::users::Users::new(&config);
    });
    let app = at(&mut office, Listener::CstaGreeting);
    assert!(app.is_closed(&office), "this listener has no user");
    let mut app = at(&mut office, Listener::CstaImplicit);
    app.send(&mut office, InvokeId::FIRST, &format!("<RequestSystemStatus xmlns=\"{ED4}\"/>"));
    assert!(app.is_closed(&office));
    assert_eq!(office.node.sizes().sessions, 0);
}
