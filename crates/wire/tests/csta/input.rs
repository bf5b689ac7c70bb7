//! What real clients send, what hostile ones send, and how each is answered.

use hookflash_wire::csta::*;

pub const ED3: &str = "http://www.ecma-international.org/standards/ecma-323/csta/ed3";

pub fn read(xml: &str) -> Message {
    decode(xml.as_bytes()).unwrap_or_else(|error| panic!("{error}\n{xml}")).message
}

pub fn refuse(xml: &str) -> DecodeError {
    match decode(xml.as_bytes()) {
        Ok(decoded) => panic!("accepted as {decoded:?}\n{xml}"),
        Err(error) => error,
    }
}

/// A message in edition 3 with these children.
pub fn ed3(root: &str, children: &str) -> String {
    format!("<{root} xmlns=\"{ED3}\">{children}</{root}>")
}

fn make_call() -> Message {
    let auto_originate = Some(AutoOriginate::DoNotPrompt);
    Message::Request(MakeCall { auto_originate, ..MakeCall::new("tel:201", "tel:202") }.into())
}

const MAKE_CALL: &str = "<callingDevice>tel:201</callingDevice><calledDirectoryNumber>tel:202</calledDirectoryNumber>\
                         <autoOriginate>doNotPrompt</autoOriginate>";

#[test]
fn pidgin_sipe_is_understood_word_by_word() {
    let line = "<extensions><privateData><private><lcs:line \
                xmlns:lcs=\"http://schemas.microsoft.com/Lcs/2005/04/RCCExtension\">tel:201</lcs:line>\
                </private></privateData></extensions>";
    let extensions = Extensions { lcs_line: Some("tel:201".into()) };
    let monitor = |object: &str| ed3("MonitorStart", &format!("<monitorObject>{object}</monitorObject>"));
    let said: [(String, Request); 5] = [
        (
            ed3("RequestSystemStatus", line),
            RequestSystemStatus { sys_stat_register_id: None, extensions: extensions.clone() }.into(),
        ),
        (ed3("GetCSTAFeatures", line), GetCstaFeatures { extensions }.into()),
        (
            monitor("<deviceObject>tel:201</deviceObject>"),
            MonitorStart {
                monitor_object: MonitorObject::Device("tel:201".into()),
                requested_monitor_filter: None,
                monitor_type: None,
            }
            .into(),
        ),
        (
            ed3("MakeCall", MAKE_CALL),
            MakeCall {
                auto_originate: Some(AutoOriginate::DoNotPrompt),
                ..MakeCall::new("tel:201", "tel:202")
            }
            .into(),
        ),
        (
            ed3("MonitorStop", "<monitorCrossRefID>1001</monitorCrossRefID>"),
            MonitorStop { monitor_cross_ref_id: "1001".into() }.into(),
        ),
    ];
    for (xml, request) in said {
        assert_eq!(read(&format!("<?xml version=\"1.0\"?>{xml}")), Message::Request(request));
    }
}

#[test]
fn a_line_is_only_a_line_in_microsofts_namespace() {
    let other = ed3(
        "GetCSTAFeatures",
        "<extensions><privateData><private><line>tel:201</line><x:line xmlns:x=\"urn:x\">1</x:line></private>\
         </privateData></extensions>",
    );
    assert_eq!(read(&other), Message::Request(GetCstaFeatures { extensions: Extensions::default() }.into()));
    let hex =
        ed3("GetCSTAFeatures", "<extensions><privateData><string>0aff</string></privateData></extensions>");
    assert_eq!(read(&hex), Message::Request(GetCstaFeatures { extensions: Extensions::default() }.into()));
}

#[test]
fn the_same_message_may_be_written_in_many_ways() {
    let ways = [
        ed3("MakeCall", MAKE_CALL),
        format!("\u{feff}<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n{}", ed3("MakeCall", MAKE_CALL)),
        // what is no part of the document: white space before its prolog, the end of a string of C
        format!("\r\n  <?xml version=\"1.0\"?>\r\n{}\r\n\0", ed3("MakeCall", MAKE_CALL)),
        // words in any case, and an argument that says nothing
        ed3(
            "MakeCall",
            &format!("{}<subjectOfCall/><reason> </reason>", MAKE_CALL.replace("doNot", "DoNot")),
        ),
        // a device in an element of its own
        ed3(
            "MakeCall",
            &MAKE_CALL
                .replace("tel:201", " <deviceIdentifier typeOfNumber=\"other\">tel:201</deviceIdentifier> "),
        ),
        format!("<?xml version='1.0' encoding='ISO-8859-1'?>{}", ed3("MakeCall", MAKE_CALL)),
        format!("<!-- a --><?pi?>\n{}\n<!-- b --><?pi x?>\n", ed3("MakeCall", MAKE_CALL)),
        // any order
        ed3(
            "MakeCall",
            "<autoOriginate>doNotPrompt</autoOriginate><calledDirectoryNumber>tel:202</calledDirectoryNumber>\
             <callingDevice>tel:201</callingDevice>",
        ),
        // pretty-printed, with blanks around the values
        ed3("MakeCall", &MAKE_CALL.replace('<', "\n  <").replace('>', ">\n\t ").replace("\n  </", "\r\n</")),
        // prefixes
        format!(
            "<c:MakeCall xmlns:c=\"{ED3}\">{}</c:MakeCall>",
            MAKE_CALL.replace("</", "<!").replace('<', "<c:").replace("<c:!", "</c:")
        ),
        // a prefix on the root only
        format!("<c:MakeCall xmlns:c=\"{ED3}\">{MAKE_CALL}</c:MakeCall>"),
        // elements and attributes nobody knows, same names in a foreign namespace, nested look-alikes
        ed3(
            "MakeCall",
            &format!(
                "<novelty a='1'><callingDevice>tel:666</callingDevice></novelty>\
                 <x:callingDevice xmlns:x=\"urn:x\">tel:667</x:callingDevice>{}<extensions/>",
                MAKE_CALL
                    .replace("<callingDevice>", "<callingDevice typeOfNumber=\"deviceNumber\" x=\"&lt;\">")
            ),
        ),
        // character references and CDATA
        ed3(
            "MakeCall",
            &MAKE_CALL
                .replace("tel:201", "&#116;&#x65;l:20<![CDATA[1]]>")
                .replace("tel:202", "<![CDATA[tel]]>:<!-- x -->202"),
        ),
    ];
    for way in ways {
        assert_eq!(read(&way), make_call(), "{way}");
    }
}

#[test]
fn text_survives_in_every_encoding_that_is_met() {
    let device = |xml: &[u8]| match decode(xml).unwrap().message {
        Message::Request(Request::SnapshotDevice(request)) => request.snapshot_object,
        other => panic!("{other:?}"),
    };
    let body = ed3("SnapshotDevice", "<snapshotObject>N&lt;201&gt;J\u{fc}rg &amp; Co</snapshotObject>");
    assert_eq!(device(body.as_bytes()).as_str(), "N<201>J\u{fc}rg & Co");
    let declared = format!("<?xml version=\"1.0\" encoding=\"iso-8859-1\"?>{body}");
    assert_eq!(device(declared.as_bytes()).as_str(), "N<201>J\u{fc}rg & Co", "declared, but it is UTF-8");
    let latin1: Vec<u8> = declared.chars().map(|character| u8::try_from(character).unwrap()).collect();
    assert_eq!(device(&latin1).as_str(), "N<201>J\u{fc}rg & Co");
    let undeclared: Vec<u8> = body.chars().map(|character| u8::try_from(character).unwrap()).collect();
    assert_eq!(decode(&undeclared), Err(DecodeError::NotUtf8));
    let declared = format!("<?xml version=\"1.0\" encoding=\"utf-16\"?>{body}\0");
    assert_eq!(device(declared.as_bytes()).as_str(), "N<201>J\u{fc}rg & Co", "declared, but it is UTF-8");
    for mark in ["\u{feff}", ""] {
        for bytes in [u16::to_le_bytes, u16::to_be_bytes] {
            let utf16: Vec<u8> = format!("{mark}{declared}").encode_utf16().flat_map(bytes).collect();
            assert_eq!(device(&utf16).as_str(), "N<201>J\u{fc}rg & Co");
            assert_eq!(decode(&utf16[..utf16.len() - 1]), Err(DecodeError::NotUtf8));
        }
    }
    assert_eq!(decode(b"\xff\xfe\x00\xd8<\0"), Err(DecodeError::NotUtf8), "half a character");
}

#[test]
fn a_session_is_answered_in_its_own_edition() {
    for edition in Edition::ALL {
        let xml = ed3("MakeCall", MAKE_CALL).replace(ED3, edition.namespace());
        let decoded = decode(xml.as_bytes()).unwrap();
        assert_eq!((decoded.edition, decoded.message), (edition, make_call()));
        let mut answer = Vec::new();
        encode(edition, &Message::Response(AnswerCallResponse.into()), &mut answer);
        let expected = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><AnswerCallResponse xmlns=\"{}\"/>",
            edition.namespace()
        );
        assert_eq!(String::from_utf8(answer).unwrap(), expected);
    }
}

#[test]
fn members_of_edition_6_are_kept_from_older_editions() {
    let event = EventBody::from(ServiceInitiated {
        initiated_connection: ConnectionId::new("c1", "tel:201"),
        initiating_device: SubjectDeviceId::NotKnown,
        called_device: Some(SubjectDeviceId::Restricted),
        local_connection_info: None,
        correlator_data: None,
        cause: EventCause::MakeConnection,
        call_linkage_data: Some(CallLinkageData::global_call("GCID-1")),
    });
    for edition in Edition::ALL {
        let mut out = Vec::new();
        encode_event(edition, "1", &event, &mut out);
        let xml = String::from_utf8(out).unwrap();
        assert_eq!(xml.contains("<calledDevice>"), edition.is_sixth(), "{xml}");
        assert_eq!(xml.contains("<cause>makeConnection</cause>"), edition.is_sixth(), "{xml}");
        assert_eq!(xml.contains("<cause>normal</cause>"), !edition.is_sixth(), "{xml}");
    }
}

#[test]
fn a_connection_may_be_named_in_either_order_and_in_part() {
    let cases = [
        ("<callID>c1</callID><deviceID>tel:201</deviceID>", ConnectionId::new("c1", "tel:201")),
        (
            "<deviceID typeOfNumber=\"x\">tel:201</deviceID><callID> c1 </callID>",
            ConnectionId::new("c1", "tel:201"),
        ),
        ("<callID>c1</callID>", ConnectionId::call("c1")),
        ("<callID/><deviceID>201</deviceID>", ConnectionId { call_id: None, device_id: Some("201".into()) }),
    ];
    for (xml, connection) in cases {
        let request = read(&ed3("RetrieveCall", &format!("<callToBeRetrieved>{xml}</callToBeRetrieved>")));
        assert_eq!(request, Message::Request(RetrieveCall { call_to_be_retrieved: connection }.into()));
    }
}

#[test]
fn a_monitor_object_without_an_element_of_its_own_is_a_device() {
    for object in [
        "<deviceObject>201</deviceObject>",
        "<deviceObject><deviceIdentifier>201</deviceIdentifier></deviceObject>",
        "<deviceID>201</deviceID>",
        " 201\n",
    ] {
        let request = read(&ed3("MonitorStart", &format!("<monitorObject>{object}</monitorObject>")));
        assert_eq!(request, Message::Request(MonitorStart::device("201").into()), "{object}");
    }
    let twice = "<monitorObject><deviceObject>1</deviceObject><deviceObject>2</deviceObject></monitorObject>";
    assert!(matches!(
        refuse(&ed3("MonitorStart", twice)),
        DecodeError::Argument { argument: "deviceObject", problem: ArgumentProblem::Repeated, .. }
    ));
}

#[test]
fn a_filter_names_the_events_that_are_not_wanted() {
    let filter = "<requestedMonitorFilter><callcontrol><delivered>true</delivered><networkReached>True</networkReached>\
                  <held>false</held><unheardOf>true</unheardOf></callcontrol><maintenance>\
                  <deviceCapabilityChanged>true</deviceCapabilityChanged></maintenance></requestedMonitorFilter>";
    let object = "<monitorObject><deviceObject>201</deviceObject></monitorObject>";
    let Message::Request(Request::MonitorStart(request)) =
        read(&ed3("MonitorStart", &format!("{object}{filter}")))
    else {
        panic!("no MonitorStart");
    };
    let filter = request.requested_monitor_filter.unwrap();
    let suppressed: Vec<_> = filter.iter().collect();
    assert_eq!(suppressed, [EventKind::Delivered, EventKind::NetworkReached, EventKind::DeviceCapsChanged]);
    assert!(filter.suppresses(EventKind::Delivered) && !filter.suppresses(EventKind::Held));
}

#[test]
fn hex_is_hex() {
    let with = |hex: &str| ed3("MakeCall", &format!("{MAKE_CALL}<accountCode>{hex}</accountCode>"));
    let Message::Request(Request::MakeCall(request)) = read(&with(" 00fFA0\n")) else {
        panic!("no MakeCall")
    };
    let code = request.account_code.unwrap();
    assert_eq!((code.digits(), code.octets().collect::<Vec<_>>()), ("00fFA0", vec![0, 255, 160]));
    assert_eq!(HexBinary::from_octets(&[0, 255, 160]).digits(), "00FFA0");
    for wrong in ["4711 4711", "471", "account", "\u{ff11}\u{ff11}"] {
        let error = refuse(&with(wrong));
        assert!(
            matches!(
                error,
                DecodeError::Argument { argument: "accountCode", problem: ArgumentProblem::Invalid, .. }
            ),
            "{error}"
        );
    }
}

#[test]
fn a_wrong_argument_is_answered_with_a_csta_error_that_says_which() {
    let invalid = CstaError::Operation(OperationError::InvalidParameterValue);
    let missing = CstaError::Operation(OperationError::AtLeastOneConditionalParameterNotProvided);
    let cases = [
        ("MakeCall", "", "callingDevice", ArgumentProblem::Missing, &missing),
        (
            "MakeCall",
            "<callingDevice>1</callingDevice>",
            "calledDirectoryNumber",
            ArgumentProblem::Missing,
            &missing,
        ),
        (
            "MakeCall",
            "<callingDevice>1</callingDevice><callingDevice>2</callingDevice>",
            "callingDevice",
            ArgumentProblem::Repeated,
            &invalid,
        ),
        ("AnswerCall", "<callToBeAnswered/>", "callToBeAnswered", ArgumentProblem::Missing, &missing),
        ("MonitorStart", "<monitorObject/>", "deviceObject", ArgumentProblem::Missing, &missing),
        (
            "MonitorStop",
            "<monitorCrossRefID> </monitorCrossRefID>",
            "monitorCrossRefID",
            ArgumentProblem::Missing,
            &missing,
        ),
        (
            "HoldCall",
            "<callToBeHeld><callID>1</callID></callToBeHeld><connectionReservation>maybe</connectionReservation>",
            "connectionReservation",
            ArgumentProblem::Invalid,
            &invalid,
        ),
        (
            "MakeCall",
            "<callingDevice>1</callingDevice><calledDirectoryNumber><notKnown/></calledDirectoryNumber>",
            "calledDirectoryNumber",
            ArgumentProblem::Invalid,
            &invalid,
        ),
        (
            "SetForwarding",
            "<device>1</device><forwardingType>sometimes</forwardingType><activateForward>true</activateForward>",
            "forwardingType",
            ArgumentProblem::Invalid,
            &CstaError::Operation(OperationError::InvalidForwardingType),
        ),
    ];
    for (root, children, expected, why, answer) in cases {
        let error = refuse(&ed3(root, children));
        assert_eq!(error.csta_error(), Some((Edition::Ed3, answer.clone())), "{root} {children}");
        let DecodeError::Argument { message, argument, problem, .. } = error else { panic!("{error}") };
        assert_eq!((message, argument, problem), (root, expected, why));
    }
    let event = ed3("HeldEvent", "<monitorCrossRefID>1</monitorCrossRefID>");
    assert_eq!(refuse(&event).to_string(), "HeldEvent: heldConnection is missing");
}

#[test]
fn services_without_a_type_are_told_from_nonsense() {
    let root = |xml: String| match read(&xml) {
        Message::Unknown { root } => root,
        other => panic!("{other:?}"),
    };
    assert_eq!(Service::from_root(&root(ed3("CamponCall", "<a/>"))), Some(Service::CamponCall));
    assert_eq!(Service::from_root(&root(ed3("StartDataCollection", ""))), Some(Service::StartDataCollection));
    assert_eq!(Service::from_root(&root(ed3("MakeTea", ""))), None);
    assert_eq!(Request::from(MakeCall::new("1", "2")).service(), Service::MakeCall);
}

#[test]
fn what_an_older_table_does_not_have_survives() {
    let xml = ed3(
        "BackInServiceEvent",
        "<monitorCrossRefID>1</monitorCrossRefID><device>201</device><cause>phaseOfTheMoon</cause>",
    );
    let event = read(&xml);
    let body = BackInService {
        device: SubjectDeviceId::Device("201".into()),
        cause: Some(EventCause::Unknown("phaseOfTheMoon".into())),
    };
    let extensions = EventExtensions::default();
    assert_eq!(
        event,
        Message::Event(Event { monitor_cross_ref_id: "1".into(), body: body.into(), extensions })
    );
    let mut out = Vec::new();
    encode(Edition::Ed3, &event, &mut out);
    assert!(String::from_utf8(out).unwrap().contains("<cause>phaseOfTheMoon</cause>"));
    let error = read(&ed3("CSTAErrorCode", "<operation>novelError</operation>"));
    assert_eq!(error, Message::Error(CstaError::Operation(OperationError::Unknown("novelError".into()))));
    assert_eq!(read(&ed3("CSTAErrorCode", "<novelty>x</novelty>")), Message::Error(CstaError::Unspecified));
}

#[test]
fn misspellings_of_the_standard_are_kept() {
    let error =
        read(&ed3("CSTAErrorCode", "<systemResourceAvailibility>resourceBusy</systemResourceAvailibility>"));
    let busy = CstaError::SystemResourceAvailability(SystemResourceAvailability::ResourceBusy);
    assert_eq!(error, Message::Error(busy.clone()));
    assert_eq!(busy.to_string(), "systemResourceAvailibility/resourceBusy");
    assert_eq!(EventKind::Transferred.root(), "TransferedEvent");
    assert_eq!(EventKind::Transferred.capability(), "transferred");
}

#[test]
fn device_ids_give_the_number_that_is_meant() {
    let cases = [
        ("201", "201", false),
        (" 201 ", "201", false),
        ("tel:201", "201", false),
        ("TEL:+1 (425) 555-01.00", "14255550100", false),
        ("tel:+14255550100;ext=201", "201", false),
        ("tel:+14255550100;phone-context=x;EXT=20-1", "201", false),
        ("tel:73124;phone-context=dialstring;partition=NAME", "73124", false),
        ("sip:201@host", "201", false),
        ("201@host", "201", false),
        ("201@host:5060", "201", false),
        ("<sip:201@host>", "201", false),
        ("<tel:+14255550100;ext=201>", "201", false),
        ("sip:%2B14255550100@host", "14255550100", false),
        ("sip:+14255550100@host;user=phone", "14255550100", false),
        ("sips:201;ext=7@host:5061", "7", false),
        ("sip:201", "201", false),
        ("N<201>Bob;displayNumber=202", "201", false),
        ("<201>Bob", "201", false),
        ("N<201!3&1/77%5>Bob", "201", false),
        ("201:SWITCH:0.0.0.0:0", "201", false),
        ("*21*#ad", "*21*#AD", false),
        ("sip:%2A21%23@host", "*21#", false),
        ("9;", "9", true),
        ("tel:9;", "9", true),
        ("", "", true),
        ("tel:", "", true),
    ];
    for (written, digits, incomplete) in cases {
        let number = DeviceId::from(written).number();
        assert_eq!(number, Some(Number { digits: digits.into(), incomplete }), "{written}");
    }
    for written in [
        "sip:alice@host",
        "alice@201",
        "<sip:alice@201>",
        "1%2B2",
        "trunk1",
        "Bob",
        "tel:1+2",
        "9,,123",
        "dad",
        "<20",
        "\u{661}",
    ] {
        assert_eq!(DeviceId::from(written).number(), None, "{written}");
    }
}

#[test]
fn what_is_no_xml_or_no_csta_is_refused_by_name() {
    let body = ed3("MakeCall", MAKE_CALL);
    let malformed = [
        "<MakeCall",
        "<MakeCall>",
        "</MakeCall>",
        "<a></b>",
        "text",
        "<a b=1/>",
        "<a b='1' b='2'/>",
        "<1a/>",
        "<a:b:c/>",
        "<:a/>",
        "<p:a/>",
        "<a>&#0;</a>",
        "<a>&#xFFFF;</a>",
        "<a>\u{1}</a>",
        "<a>&unfinished</a>",
        "<a><!-- -- --></a>",
        "&lt;",
        "<a b='<'/>",
        "<a/><?xml version='1.0'?>",
        "<!-- --><?xml version='1.0'?><a/>",
        "\0<a/>",
    ];
    for xml in malformed {
        assert!(matches!(refuse(xml), DecodeError::Malformed { .. }), "{xml}: {:?}", refuse(xml));
    }
    for xml in ["", " \n", "<?xml version=\"1.0\"?>", "<!-- nothing -->"] {
        assert_eq!(refuse(xml), DecodeError::Empty, "{xml:?}");
    }
    for junk in ["<a/>", "x", "&lt;", "<![CDATA[]]>", "\n\n."] {
        assert!(matches!(refuse(&format!("{body}{junk}")), DecodeError::TrailingContent { .. }), "{junk}");
    }
    for namespace in
        ["", "urn:x", "http://www.ecma-international.org/standards/ecma-323/csta/ed99", "HTTP://X"]
    {
        let error = refuse(&body.replace(ED3, namespace));
        assert!(matches!(&error, DecodeError::WrongNamespace { root, .. } if root == "MakeCall"), "{error}");
        assert_eq!(error.csta_error(), None);
    }
    assert!(matches!(refuse("<MakeCall/>"), DecodeError::WrongNamespace { .. }));
}

#[test]
fn entities_are_not_expanded() {
    let body = ed3("SnapshotDevice", "<snapshotObject>&a;</snapshotObject>");
    assert!(matches!(refuse(&body), DecodeError::UndeclaredEntity { .. }));
    for doctype in
        ["<!DOCTYPE a [<!ENTITY a 'b'>]>", "<!DOCTYPE SnapshotDevice SYSTEM \"file:///etc/passwd\">"]
    {
        assert_eq!(refuse(&format!("{doctype}{body}")), DecodeError::DocumentType);
        assert_eq!(refuse(&format!("<?xml version='1.0'?>\n{doctype}{body}")), DecodeError::DocumentType);
    }
}

#[test]
fn everything_has_a_limit() {
    let with_depth = |depth: usize| {
        ed3("MakeCall", &format!("{MAKE_CALL}{}{}", "<a>".repeat(depth), "</a>".repeat(depth)))
    };
    assert_eq!(read(&with_depth(MAX_DEPTH - 1)), make_call());
    assert_eq!(refuse(&with_depth(MAX_DEPTH)), DecodeError::TooDeep);

    let with_elements = |count: usize| ed3("MakeCall", &format!("{MAKE_CALL}{}", "<a/>".repeat(count)));
    assert_eq!(read(&with_elements(MAX_ELEMENTS - 4)), make_call());
    assert_eq!(refuse(&with_elements(MAX_ELEMENTS - 3)), DecodeError::TooManyElements);

    let attributes = |count: usize| (0..count).map(|n| format!(" a{n}=''")).collect::<String>();
    let with_attributes = |count| ed3("MakeCall", &format!("{MAKE_CALL}<a{}/>", attributes(count)));
    assert_eq!(read(&with_attributes(MAX_ATTRIBUTES)), make_call());
    assert_eq!(refuse(&with_attributes(MAX_ATTRIBUTES + 1)), DecodeError::TooManyAttributes);

    let namespaces = |count: usize| (0..count).map(|n| format!(" xmlns:n{n}='urn:{n}'")).collect::<String>();
    let nested = format!("{MAKE_CALL}<a{0}><b{0}/></a><a{0}><b/></a>", namespaces(31));
    assert_eq!(read(&ed3("MakeCall", &nested)), make_call());
    let nested = format!("{MAKE_CALL}<a{0}><b{0}><c{0}/></b></a>", namespaces(31));
    assert_eq!(refuse(&ed3("MakeCall", &nested)), DecodeError::TooManyAttributes);

    let padded = |size: usize| {
        let body = ed3("MakeCall", MAKE_CALL);
        format!("{body}{}", " ".repeat(size - body.len()))
    };
    assert_eq!(read(&padded(MAX_MESSAGE_SIZE)), make_call());
    assert_eq!(refuse(&padded(MAX_MESSAGE_SIZE + 1)), DecodeError::TooLarge { size: MAX_MESSAGE_SIZE + 1 });
}

#[test]
fn a_prefix_means_what_its_nearest_declaration_says() {
    let xml = format!(
        "<c:MakeCall xmlns:c=\"{ED3}\"><x xmlns:c=\"urn:x\"><c:callingDevice>1</c:callingDevice></x>\
         <c:callingDevice xmlns=\"urn:y\">tel:201</c:callingDevice><c:calledDirectoryNumber>tel:202\
         </c:calledDirectoryNumber><autoOriginate xmlns=\"urn:y\">prompt</autoOriginate>\
         <c:autoOriginate>doNotPrompt</c:autoOriginate></c:MakeCall>"
    );
    assert_eq!(read(&xml), make_call());
}
