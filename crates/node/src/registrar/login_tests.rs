//! Session managers and sessions that have to prove passwords.

use hookflash_wire::sip::{Challenge, Credentials, HeaderName, Method, Response};

use crate::{
    config, provision,
    uacsta::tests::{Client, Office, Wire},
};

const STATUS: &str = "<RequestSystemStatus/>";
const START: &str =
    "<MonitorStart><monitorObject><deviceObject>202</deviceObject></monitorObject></MonitorStart>";

/// A session manager `app`, which is also the user of From, with lines of a configuration besides.
fn office(lines: &str) -> Office {
    let text = format!(
        "hostname pbx\nvoice service voip\n no cti shutdown\n sip\n  registrar server expires max 120 min 60\n!\n\
         voice register session-server 1\n register-id app\n!\n{lines}"
    );
    let provisioned = provision(&config::load(&text).settings, None).settings;
    Office::with(|settings| {
        settings.registrar = provisioned.registrar;
        settings.switch.users = provisioned.switch.users;
    })
}

const CHALLENGED: &str = "voice register global\n authenticate register\n authenticate realm office\n!\n\
                          telephony-service\n xml user boss password 0 secret 15\n!\n";
const USERS: &str = "cti-manager\n csta sip authenticate\n!\napplication-user crm\n password 0 pass\n \
                     group Standard CTI Enabled\n controlled-device number 201\n!\n\
                     end-user idle\n password 0 pass\n!\n";

fn register(client: &mut Client, office: &mut Office, name: &str) -> Response {
    client.to = format!("sip:{name}@cme");
    client.request(office, "REGISTER", "")
}

/// Adds the proof that a refusal asks for.
fn prove(client: &mut Client, refusal: &Response, method: &Method, user: &str, password: &str) {
    let challenge = Challenge::find(refusal.headers(), HeaderName::WWW_AUTHENTICATE).unwrap();
    let credentials = Credentials { user, password };
    let value = challenge.answer(credentials, method, &client.to, 1, "abc");
    client.extra = format!("Authorization: {value}\r\n");
}

fn both(office: &mut Office) -> [Wire; 2] {
    [office.connect(), Wire::Udp("127.0.0.1:7000".parse().unwrap())]
}

/// What a stranger sees of a refusal.
fn seen(response: &Response) -> (u16, String) {
    let challenge = response.headers().get(HeaderName::WWW_AUTHENTICATE).unwrap_or_default();
    let (before, after) = challenge.split_once("nonce=\"").unwrap_or((challenge, ""));
    let rest = after.split_once('"').map_or("", |(_, rest)| rest);
    (response.status.code(), format!("{before}{rest}"))
}

#[test]
fn a_session_manager_proves_an_xml_user_and_names_look_alike() {
    let mut office = office(CHALLENGED);
    for wire in both(&mut office) {
        let mut app = Client::new(wire, &format!("{wire:?}"));
        let refused = register(&mut app, &mut office, "app");
        assert_eq!(
            seen(&refused),
            (401, "Digest realm=\"office\", , algorithm=MD5, qop=\"auth\"".to_owned())
        );
        let mut unknown = Client::new(wire, &format!("unknown {wire:?}"));
        assert_eq!(seen(&register(&mut unknown, &mut office, "nobody")), seen(&refused));
        prove(&mut app, &refused, &Method::Register, "boss", "wrong");
        assert_eq!(seen(&register(&mut app, &mut office, "app")), seen(&refused));
        prove(&mut app, &refused, &Method::Register, "boss", "secret");
        assert_eq!(register(&mut app, &mut office, "app").status.code(), 200);
        let again = register(&mut app, &mut office, "app");
        assert_eq!(again.status.code(), 401, "the proof has been used");
        assert!(seen(&again).1.contains("stale=true"));
    }
}

#[test]
fn sessions_of_a_session_manager_prove_it_too_and_others_do_not() {
    let mut office = office(CHALLENGED);
    let wire = office.connect();
    let mut app = Client::new(wire, "named");
    let refused = app.invite(&mut office, STATUS);
    assert_eq!(refused.status.code(), 401, "From names it");
    prove(&mut app, &refused, &Method::Invite, "boss", "secret");
    assert_eq!(app.invite(&mut office, STATUS).status.code(), 200);
    assert_eq!(office.node.applications().len(), 1);
    let mut plain = self::office("");
    let wire = plain.connect();
    assert_eq!(Client::new(wire, "free").invite(&mut plain, STATUS).status.code(), 200);
    let mut without_users = self::office("voice register global\n authenticate register\n!\n");
    let wire = without_users.connect();
    let mut app = Client::new(wire, "free");
    assert_eq!(register(&mut app, &mut without_users, "app").status.code(), 200, "there is no xml user");
}

#[test]
fn a_session_that_proves_a_user_may_do_what_the_user_may() {
    let mut office = office(USERS);
    for wire in both(&mut office) {
        let mut app = Client::new(wire, &format!("{wire:?}"));
        for (user, password, status) in
            [("crm", "wrong", 401), ("nobody", "pass", 401), ("idle", "pass", 403), ("crm", "pass", 200)]
        {
            app.extra.clear();
            let refused = app.invite(&mut office, STATUS);
            assert_eq!(refused.status.code(), 401);
            prove(&mut app, &refused, &Method::Invite, user, password);
            let answer = app.invite(&mut office, STATUS);
            assert_eq!(answer.status.code(), status, "{user}");
        }
        app.extra.clear();
        let session = office.node.applications().sessions().last().unwrap();
        assert_eq!(session.identity().user.as_deref(), Some("crm"));
        assert!(app.service(&mut office, START).contains("privilegeViolationSpecifiedDevice"));
        assert!(app.service(&mut office, &START.replace("202", "201")).contains("monitorCrossRefID"));
    }
}

#[test]
fn the_list_of_a_user_opens_a_session_about_a_number_without_cti_watch() {
    let mut office = office(&USERS.replace("201", "204"));
    let wire = office.connect();
    for (number, status) in [("202", 403), ("204", 200)] {
        let mut app = Client::new(wire, number);
        app.to = format!("sip:{number}@cme");
        let refused = app.invite(&mut office, STATUS);
        prove(&mut app, &refused, &Method::Invite, "crm", "pass");
        assert_eq!(app.invite(&mut office, STATUS).status.code(), status, "{number}");
    }
}

#[test]
fn who_needs_no_password_is_said_in_one_line() {
    let said = |text: &str| {
        let line =
            "telephony-service\n max-ephones 1\n max-dn 1\n!\nephone-dn 1\n number 201\n cti watch\n!\n";
        provision(&config::load(&format!("{text}{line}")).settings, None).without_password
    };
    let on = "voice service voip\n no cti shutdown\n!\n";
    assert_eq!(said(""), "no application may control anything");
    assert_eq!(
        said(on),
        "any address may monitor and control 1 line (`cti watch`) without a password by SIP (`csta sip authenticate` \
         demands one)"
    );
    assert!(said(&format!("{on}cti-manager\n csta tcp port 0\n http port 0\n!\n")).contains("TCP"));
    assert_eq!(said(&format!("{on}{USERS}")), "no application may control anything without a password");
}
