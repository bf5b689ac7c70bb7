//! Application sessions: what is written is valid and reads back, and what clients write is understood.

use hookflash_wire::csta::*;
use uppsala::{XsdValidator, parse};

use crate::messages::AWKWARD;
use crate::schema::{assert_valid, schema_file};

const SESSION: &str = "http://www.ecma-international.org/standards/ecma-354/appl_session";
const ED3: &str = "http://www.ecma-international.org/standards/ecma-323/csta/ed3";

fn read(xml: &str) -> SessionMessage {
    match decode_tcp(xml.as_bytes()) {
        Ok(TcpMessage::Session(message)) => message,
        other => panic!("{other:?}\n{xml}"),
    }
}

fn write(message: &SessionMessage) -> String {
    let mut out = Vec::new();
    encode_session(message, &mut out);
    String::from_utf8(out).unwrap()
}

fn logins() -> Vec<Option<SessionLogin>> {
    let avaya = SessionLoginInfo {
        user_name: Some(AWKWARD.into()),
        password: Some("<&\"secret\">".into()),
        session_cleanup_delay: Some(60),
        session_id: Some("1".into()),
    };
    let bare =
        SessionLoginInfo { user_name: None, password: None, session_cleanup_delay: None, session_id: None };
    let resume =
        |last_sequence| Some(Resume { session_id: "7".into(), token: "t0ken".into(), last_sequence });
    let ours = HookflashLogin {
        token: None,
        user_name: Some("bob".into()),
        password: Some("secret".into()),
        heartbeat_interval: Some(30),
        session_cleanup_delay: Some(180),
        resume: resume(Some(17)),
    };
    let resuming = HookflashLogin {
        token: Some("1-5c".into()),
        user_name: None,
        password: None,
        heartbeat_interval: None,
        session_cleanup_delay: None,
        resume: resume(None),
    };
    vec![
        None,
        Some(SessionLogin::Avaya(avaya)),
        Some(SessionLogin::Avaya(bare)),
        Some(SessionLogin::Hookflash(ours)),
        Some(SessionLogin::Hookflash(resuming)),
    ]
}

fn start(login: Option<SessionLogin>) -> StartApplicationSession {
    StartApplicationSession {
        application_info: ApplicationInfo {
            application_id: "desk".into(),
            application_specific_info: ApplicationSpecificInfo { login },
        },
        requested_protocol_versions: [ED3.into(), "urn:other".into()].into_iter().collect(),
        requested_session_duration: Some(60),
    }
}

fn all_messages() -> Vec<SessionMessage> {
    let extensions = [
        SessionExtensions::default(),
        SessionExtensions { token: Some("t<0>ken".into()), resumed: None },
        SessionExtensions { token: Some("t".into()), resumed: Some(Resumed { from: 18, to: u64::MAX }) },
    ];
    let mut messages: Vec<SessionMessage> = logins().into_iter().map(|login| start(login).into()).collect();
    messages.extend(extensions.into_iter().map(|extensions| {
        let actual_session_duration = Some(60).filter(|_| extensions.token.is_some());
        let actual_protocol_version = ED3.into();
        let session_id = "1".into();
        StartApplicationSessionPosResponse {
            session_id,
            actual_protocol_version,
            actual_session_duration,
            extensions,
        }
        .into()
    }));
    messages
        .extend(StartError::ALL.iter().map(|&error| StartApplicationSessionNegResponse::from(error).into()));
    messages.extend(
        ResetError::ALL.iter().map(|&error| ResetApplicationSessionTimerNegResponse::from(error).into()),
    );
    messages
        .extend(StopError::ALL.iter().map(|&error| StopApplicationSessionNegResponse::from(error).into()));
    messages.extend(TermReason::ALL.iter().map(|&reason| terminated(reason.into())));
    messages.extend([
        StartApplicationSessionNegResponse::from(StartErrorCode::Own("loginFailed".into())).into(),
        ResetApplicationSessionTimerNegResponse::from(ResetErrorCode::Own("no".into())).into(),
        StopApplicationSessionNegResponse::from(StopErrorCode::Own("no".into())).into(),
        terminated(SessionTermReason::Own("userDeleted".into())),
        ResetApplicationSessionTimer { session_id: "1".into(), requested_session_duration: 60 }.into(),
        ResetApplicationSessionTimerPosResponse { actual_session_duration: 60 }.into(),
        StopApplicationSession { session_id: "1".into(), session_end_reason: EndReason::Normal.into() }
            .into(),
        StopApplicationSession {
            session_id: "1".into(),
            session_end_reason: SessionEndReason::Own("tea".into()),
        }
        .into(),
        StopApplicationSessionPosResponse.into(),
    ]);
    messages
}

fn terminated(session_term_reason: SessionTermReason) -> SessionMessage {
    ApplicationSessionTerminated { session_id: "1".into(), session_term_reason }.into()
}

#[test]
fn every_message_is_valid_and_reads_back() {
    let validator = XsdValidator::from_schema(&parse(&schema_file("appl-session.xsd")).unwrap()).unwrap();
    for message in all_messages() {
        let xml = write(&message);
        assert_valid(&validator, &xml);
        assert!(xml.contains(message.root()));
        assert_eq!(read(&xml), message, "{xml}");
    }
}

#[test]
fn an_avaya_client_logs_in() {
    let xml = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><StartApplicationSession xmlns=\"{SESSION}\"><applicationInfo>\
         <applicationID>Test</applicationID><applicationSpecificInfo>\
         <ns1:SessionLoginInfo xmlns:ns1=\"http://www.avaya.com/csta\"><ns1:userName>bob</ns1:userName>\
         <ns1:password>secret</ns1:password><ns1:sessionCleanupDelay>60</ns1:sessionCleanupDelay>\
         <ns1:sessionID></ns1:sessionID></ns1:SessionLoginInfo></applicationSpecificInfo></applicationInfo>\
         <requestedProtocolVersions><protocolVersion>urn:other</protocolVersion><protocolVersion> {ED3}/priv6\
         </protocolVersion></requestedProtocolVersions><requestedSessionDuration>180</requestedSessionDuration>\
         </StartApplicationSession>"
    );
    let SessionMessage::Start(start) = read(&xml) else { panic!() };
    let login = start.application_info.application_specific_info.login.unwrap();
    let (name, password) = login.credentials().unwrap();
    assert_eq!((name, password.expose(), login.cleanup_delay()), ("bob", "secret", Some(60)));
    assert!(!format!("{login:?}").contains("secret"), "passwords do not get into logs");
    let (version, edition) = start.requested_protocol_versions.choose().unwrap();
    assert_eq!((version.as_str(), edition), (&*format!("{ED3}/priv6"), Edition::Ed3));
}

#[test]
fn a_login_in_another_namespace_is_none() {
    let login = "<Login xmlns=\"urn:x\"><userName>bob</userName><password>x</password></Login>";
    let xml = write(&start(None).into()).replace(
        "</applicationID>",
        &format!("</applicationID><applicationSpecificInfo>{login}</applicationSpecificInfo>"),
    );
    let SessionMessage::Start(start) = read(&xml) else { panic!() };
    assert_eq!(start.application_info.application_specific_info.login, None);
}

#[test]
fn a_response_whose_elements_are_in_no_namespace_is_understood() {
    let xml = format!(
        "<StartApplicationSessionPosResponse xmlns:ns=\"{SESSION}\"><sessionID>5</sessionID>\
         <actualProtocolVersion> {ED3}</actualProtocolVersion></StartApplicationSessionPosResponse>"
    );
    let SessionMessage::StartPosResponse(response) = read(&xml) else { panic!() };
    assert_eq!((response.session_id.as_str(), response.actual_protocol_version.as_str()), ("5", ED3));
}

#[test]
fn wrong_requests_are_refused_as_ecma_354_says() {
    let refused = |root: &str, inside: &str| {
        let xml = format!("<{root} xmlns=\"{SESSION}\">{inside}</{root}>");
        let error = decode_tcp(xml.as_bytes()).unwrap_err();
        assert_eq!(error.csta_error(), None, "{error}");
        error.session_refusal()
    };
    let start = StartApplicationSessionNegResponse::from(StartError::InvalidApplicationInfo).into();
    assert_eq!(refused("StartApplicationSession", ""), Some(start));
    let reset = ResetApplicationSessionTimerNegResponse::from(ResetError::InvalidSessionId).into();
    assert_eq!(
        refused("ResetApplicationSessionTimer", "<requestedSessionDuration>x</requestedSessionDuration>"),
        Some(reset)
    );
    let stop = StopApplicationSessionNegResponse::from(StopError::InvalidSessionId).into();
    assert_eq!(refused("StopApplicationSession", "<sessionID/>"), Some(stop));
    assert_eq!(refused("ApplicationSessionTerminated", ""), None);
    let unknown = decode_tcp(format!("<Nonsense xmlns=\"{SESSION}\"/>").as_bytes());
    assert!(matches!(unknown, Err(DecodeError::WrongNamespace { .. })));
}

#[test]
fn a_stop_without_reason_is_a_normal_one_and_a_new_word_is_kept() {
    let xml = format!(
        "<StopApplicationSession xmlns=\"{SESSION}\"><sessionID>1</sessionID></StopApplicationSession>"
    );
    let normal =
        StopApplicationSession { session_id: "1".into(), session_end_reason: EndReason::Normal.into() };
    assert_eq!(read(&xml), normal.into());
    let xml = write(&terminated(TermReason::SessionTimerExpired.into()))
        .replace("sessionTimerExpired", "moonPhase");
    assert_eq!(read(&xml), terminated(SessionTermReason::Own("moonPhase".into())));
}

#[test]
fn csta_goes_on_over_tcp_as_over_sip() {
    let xml = format!("<MonitorStop xmlns=\"{ED3}\"><monitorCrossRefID>1</monitorCrossRefID></MonitorStop>");
    let decoded = decode(xml.as_bytes()).unwrap();
    assert_eq!(decode_tcp(xml.as_bytes()), Ok(TcpMessage::Csta(decoded)));
    let session = write(&StopApplicationSessionPosResponse.into());
    assert!(matches!(decode(session.as_bytes()), Err(DecodeError::WrongNamespace { .. })), "not over SIP");
    let wrong = format!("<MonitorStop xmlns=\"{ED3}\"/>");
    let error = decode_tcp(wrong.as_bytes()).unwrap_err();
    assert!(error.csta_error().is_some() && error.session_refusal().is_none());
}
