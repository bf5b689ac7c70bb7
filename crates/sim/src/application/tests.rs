use hookflash_wire::{
    csta::{Edition, MonitorStartResponse, RequestSystemStatusResponse, Response, SystemStatusValue},
    sip::{HeaderName, Message as SipMessage, MessageBuilder, Request as SipRequest, StatusCode},
};

use super::{sip::CSTA, *};

const NOW: Instant = Instant::ZERO;

fn application(transport: Transport, habits: Habits) -> Application {
    let local = "127.0.0.1:40000".parse().unwrap();
    let settings =
        ApplicationSettings { transport, habits, ..ApplicationSettings::new("ann@x", "201@cme", local) };
    Application::new(settings)
}

/// The next request the application sends.
fn sent(application: &mut Application) -> SipRequest {
    let bytes = application.poll_output().expect("a message");
    match SipMessage::parse(&bytes).unwrap() {
        SipMessage::Request(request) => request,
        SipMessage::Response(response) => panic!("a response: {response:?}"),
    }
}

fn answer(application: &mut Application, now: Instant, request: &SipRequest, body: Response) {
    let mut xml = Vec::new();
    csta::encode(Edition::Ed3, &Message::Response(body), &mut xml);
    let bytes = MessageBuilder::reply(request, StatusCode::OK, "server", None)
        .header(HeaderName::CONTACT, "<sip:cme@127.0.0.1:5060>")
        .header(HeaderName::SESSION_EXPIRES, "1800;refresher=uac")
        .finish_with_body(CSTA.content_type, &xml);
    application.received(now, &bytes);
}

fn status() -> Response {
    RequestSystemStatusResponse { system_status: SystemStatusValue::Normal }.into()
}

/// An application with an open session, and the INVITE that opened it.
fn opened(transport: Transport, habits: Habits) -> (Application, SipRequest) {
    let mut application = application(transport, habits);
    application.log_in(NOW);
    if transport == Transport::Tcp {
        assert_eq!(application.poll_order(), Some(LinkOrder::Connect));
        application.connected(NOW);
    }
    let invite = sent(&mut application);
    assert_eq!(invite.method, Method::Invite);
    invite.check().unwrap();
    answer(&mut application, NOW, &invite, status());
    assert_eq!(sent(&mut application).method, Method::Ack);
    assert_eq!(application.poll_notice(), Some(Notice::Opened(SystemStatusValue::Normal)));
    (application, invite)
}

/// An event in the dialog of an INVITE.
fn event(invite: &SipRequest, cseq: u32, monitor: &str) -> Vec<u8> {
    let body = format!(
        "<OutOfServiceEvent xmlns=\"{}\"><monitorCrossRefID>{monitor}</monitorCrossRefID>\
         <device><deviceIdentifier>201</deviceIdentifier></device><cause>normal</cause></OutOfServiceEvent>",
        Edition::Ed3.namespace()
    );
    MessageBuilder::request(&Method::Info, "sip:ann@127.0.0.1:40000")
        .header(HeaderName::VIA, format_args!("SIP/2.0/TCP 127.0.0.1:5060;branch=z9hG4bK{cseq}"))
        .header(HeaderName::FROM, "<sip:201@cme>;tag=server")
        .header(HeaderName::TO, invite.headers().get(HeaderName::FROM).unwrap())
        .header(HeaderName::CALL_ID, invite.headers().call_id().unwrap())
        .header(HeaderName::CSEQ, format_args!("{cseq} INFO"))
        .finish_with_body(CSTA.content_type, body.as_bytes())
}

#[test]
fn events_of_its_monitors_are_answered_and_handed_out() {
    let (mut application, invite) = opened(Transport::Tcp, Habits::default());
    let number = application.monitor_start(NOW, "201", &[]);
    let request = sent(&mut application);
    let started = MonitorStartResponse {
        monitor_cross_ref_id: "m1".into(),
        actual_monitor_filter: None,
        monitor_existing_calls: None,
    };
    answer(&mut application, NOW, &request, started.into());
    assert!(matches!(application.poll_notice(), Some(Notice::Answer(n, Ok(_))) if n == number));
    application.received(NOW, &event(&invite, 1, "m1"));
    let reply = application.poll_output().unwrap();
    assert!(reply.starts_with(b"SIP/2.0 200 OK"), "{}", String::from_utf8_lossy(&reply));
    assert!(matches!(application.poll_notice(), Some(Notice::Event(_))));
    application.received(NOW, &event(&invite, 2, "m2"));
    let stranger = Complaint::UnknownMonitor("m2".into());
    assert_eq!(application.poll_notice(), Some(Notice::Complaint(stranger)));
}

#[test]
fn it_refreshes_once_at_a_time() {
    let (mut application, _) = opened(Transport::Tcp, Habits::PIDGIN);
    application.refresh(NOW);
    let first = sent(&mut application);
    application.refresh(NOW);
    assert_eq!(application.poll_output(), None);
    assert_eq!(application.session(), Session::Open);
    answer(&mut application, NOW, &first, status());
    assert_eq!(sent(&mut application).method, Method::Ack);
    application.refresh(NOW);
    assert_eq!(sent(&mut application).method, Method::Invite);
}

#[test]
fn it_refreshes_at_half_of_the_interval() {
    let (mut application, _) = opened(Transport::Tcp, Habits::default());
    let half = Instant::from_millis(900_000);
    application.handle_timeout(Instant::from_millis(899_999));
    assert_eq!(application.poll_output(), None);
    assert_eq!(application.poll_timeout(), Some(half));
    application.handle_timeout(half);
    let refresh = sent(&mut application);
    assert_eq!(refresh.method, Method::Invite);
    answer(&mut application, half, &refresh, status());
    assert_eq!(application.poll_notice(), Some(Notice::Refreshed));
    assert_eq!(sent(&mut application).method, Method::Ack);
    let again = half + Duration::from_secs(900);
    application.handle_timeout(Instant::from_millis(again.as_millis() - 1));
    assert_eq!((application.poll_output(), application.poll_timeout()), (None, Some(again)));
}

#[test]
fn pidgin_forgets_branches_and_restarts_its_sequence() {
    let (mut application, invite) = opened(Transport::Tcp, Habits::PIDGIN);
    application.refresh(NOW);
    let refresh = sent(&mut application);
    assert_eq!(refresh.headers().via().unwrap().branch(), None);
    assert_eq!(refresh.headers().cseq().unwrap().number, 2);
    answer(&mut application, NOW, &refresh, status());
    assert_eq!(sent(&mut application).headers().cseq().unwrap().number, 1);
    application.get_features(NOW);
    assert_eq!(sent(&mut application).headers().cseq().unwrap().number, 2);
    application.received(NOW, &event(&invite, 1, "m1"));
    assert_eq!(application.poll_output(), None);
}

#[test]
fn pidgin_uses_no_number_again_that_is_waited_for() {
    let (mut application, _) = opened(Transport::Tcp, Habits::PIDGIN);
    application.get_features(NOW);
    assert_eq!(sent(&mut application).headers().cseq().unwrap().number, 2);
    application.refresh(NOW);
    let refresh = sent(&mut application);
    answer(&mut application, NOW, &refresh, status());
    assert_eq!(sent(&mut application).headers().cseq().unwrap().number, 3);
    application.get_features(NOW);
    assert_eq!(sent(&mut application).headers().cseq().unwrap().number, 4);
    application.closed(NOW);
    application.log_in(NOW);
    application.connected(NOW);
    assert_eq!(sent(&mut application).headers().cseq().unwrap().number, 1, "another session");
}

#[test]
fn datagrams_are_repeated_until_they_are_answered() {
    let (mut application, _) = opened(Transport::Udp, Habits::default());
    let number = application.get_features(NOW);
    sent(&mut application);
    for millis in [500, 1500, 3500, 7500, 11_500] {
        let at = Instant::from_millis(millis);
        assert_eq!(application.poll_timeout(), Some(at));
        application.handle_timeout(at);
        assert_eq!(sent(&mut application).method, Method::Info);
    }
    application.handle_timeout(Instant::from_millis(32_000));
    let missed = Notice::Answer(number, Err(Failure::TimedOut));
    assert_eq!(application.poll_notice(), Some(missed));
}

#[test]
fn a_refused_session_is_acknowledged_in_its_transaction() {
    let mut application = application(Transport::Tcp, Habits::default());
    application.log_in(NOW);
    application.connected(NOW);
    let invite = sent(&mut application);
    let bytes = MessageBuilder::reply(&invite, StatusCode::FORBIDDEN, "server", None).finish();
    application.received(NOW, &bytes);
    let ack = sent(&mut application);
    assert_eq!(ack.headers().via().unwrap().branch(), invite.headers().via().unwrap().branch());
    assert_eq!(application.poll_notice(), Some(Notice::Refused(StatusCode::FORBIDDEN)));
    assert_eq!(application.session(), Session::Closed);
}
