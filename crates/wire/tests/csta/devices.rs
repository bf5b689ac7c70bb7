//! CTI ports and route points: what is specific to this project, and the routeing services.

use hookflash_wire::csta::{
    self, AlternateRoutes, CallState, CodecDescription, ConnectionId, CstaError, DeviceId, DeviceOpen,
    Edition, ErrorValue, Escape, EscapeResponse, Event, EventBody, EventExtensions, LocalConnectionState,
    MediaKeyMaterial, MediaNotice, MediaNoticeKind, Message, OperationError, PrivateEvent, PrivateRequest,
    ReRoute, RejectCause, Request, Response, RouteChoice, RouteEnd, RouteRegister, RouteRegisterAbort,
    RouteRegisterCancel, RouteRegisterCancelResponse, RouteRegisterResponse, RouteReject, RouteRequest,
    RouteSelect, RouteSelection, RouteUsed, Sequence, SetMediaAddress, SnapshotDeviceCall,
    SnapshotDeviceCalls, SnapshotDeviceSegment, SubjectDeviceId, SystemRegisterAbort,
};
use serde_json::json;

use crate::messages::AWKWARD;

fn codecs() -> Vec<CodecDescription> {
    vec![
        CodecDescription { name: "PCMU".into(), packet_ms: Some(20) },
        CodecDescription { name: AWKWARD.into(), packet_ms: None },
    ]
}

/// One of every message, with awkward texts.
pub fn messages() -> Vec<Message> {
    let connection = || ConnectionId::new("c9", AWKWARD);
    let device = |name: &str| SubjectDeviceId::Device(name.into());
    let open = DeviceOpen {
        device: AWKWARD.into(),
        media: "static".into(),
        rtp: Some("127.0.0.1:9000".into()),
        profile: None,
        codecs: codecs(),
    };
    let address = SetMediaAddress {
        connection: connection(),
        rtp: "[::1]:9000".into(),
        media_request_id: Some("7".into()),
        codecs: Vec::new(),
    };
    let private = [
        PrivateRequest::DeviceOpen(DeviceOpen {
            rtp: None,
            profile: Some("tapi".into()),
            codecs: Vec::new(),
            ..open.clone()
        }),
        PrivateRequest::DeviceOpen(open),
        PrivateRequest::DeviceClose { device: "PORT1".into() },
        PrivateRequest::SetMediaAddress(address),
    ];
    let mut requests: Vec<Request> =
        private.into_iter().map(|request| Escape { private: Some(request) }.into()).collect();
    let waiting = |call: u32| SnapshotDeviceCall {
        connection_identifier: ConnectionId::new(call.to_string(), AWKWARD),
        endpoint_device: Some(device("201")),
        local_call_state: CallState::Compound(vec![
            LocalConnectionState::Alerting,
            LocalConnectionState::Connected,
        ]),
        call_linkage_data: None,
    };
    let (dialogue, registration) = (|| "X17".into(), || Some("R1".into()));
    let error = ErrorValue(CstaError::Operation(OperationError::RouteingTimerExpired));
    let select = RouteSelect {
        cross_ref_identifier: dialogue(),
        route_register_req_id: registration(),
        route_selected: "202".into(),
        alternate_routes: Some(AlternateRoutes(vec!["203".into()])),
        route_used_req: Some(true),
        correlator_data: None,
        routes: vec![RouteChoice { destination: "202".into(), calling_number: Some(AWKWARD.into()) }],
    };
    requests.extend([
        SnapshotDeviceSegment {
            service_cross_ref_id: Some("S1".into()),
            segment_id: Some(1),
            last_segment: false,
            calls: Some(SnapshotDeviceCalls(vec![waiting(1), waiting(2)])),
        }
        .into(),
        SnapshotDeviceSegment {
            service_cross_ref_id: None,
            segment_id: None,
            last_segment: true,
            calls: None,
        }
        .into(),
        RouteRegister { routeing_device: Some("300".into()) }.into(),
        RouteRegister { routeing_device: None }.into(),
        SystemRegisterAbort { sys_stat_register_id: "7".into() }.into(),
        RouteRegisterCancel { route_register_req_id: "R1".into() }.into(),
        RouteRegisterAbort { route_register_req_id: "R1".into() }.into(),
        RouteRequest {
            cross_ref_identifier: dialogue(),
            route_register_req_id: registration(),
            current_route: device("300"),
            calling_device: Some(device("201")),
            routeing_device: Some(device("300")),
            routed_call: Some(connection()),
            route_sel_algorithm: Some(RouteSelection::Normal),
            reply_timeout: Some(4000),
            correlator_data: None,
            call_linkage_data: None,
        }
        .into(),
        ReRoute {
            cross_ref_identifier: dialogue(),
            route_register_req_id: registration(),
            reply_timeout: Some(4000),
            call_linkage_data: None,
            cause: Some("parameterNotSupported".into()),
        }
        .into(),
        RouteSelect { routes: Vec::new(), alternate_routes: None, ..select.clone() }.into(),
        select.into(),
        RouteReject {
            cross_ref_identifier: dialogue(),
            route_register_req_id: None,
            reject_cause: Some(RejectCause::CapacityOverflow),
        }
        .into(),
        RouteUsed {
            cross_ref_identifier: dialogue(),
            route_register_req_id: registration(),
            route_used: device("202"),
            calling_device: Some(device("201")),
            call_linkage_data: None,
        }
        .into(),
        RouteEnd {
            cross_ref_identifier: dialogue(),
            route_register_req_id: registration(),
            error_value: Some(error),
        }
        .into(),
    ]);
    let keys = MediaKeyMaterial {
        indicator: "encryptedKeysAvailable".into(),
        algorithm: Some("AES_CM_128_HMAC_SHA1_80".into()),
        transmit: Some(["AAAAAAAAAAAAAAAAAAAAAA==".into(), "AAAAAAAAAAAAAAAAAAA=".into()]),
        receive: Some(["AQAAAAAAAAAAAAAAAAAAAA==".into(), "AQAAAAAAAAAAAAAAAAA=".into()]),
    };
    assert!(!format!("{keys:?}").contains("AAAA"));
    let responses: [Response; 4] = [
        EscapeResponse::default().into(),
        EscapeResponse { keys: Some(keys) }.into(),
        RouteRegisterResponse { route_register_req_id: "R1".into() }.into(),
        RouteRegisterCancelResponse.into(),
    ];
    let media = |kind, address: Option<&str>| MediaNotice {
        kind,
        connection: connection(),
        media_request_id: "7".into(),
        codec: AWKWARD.into(),
        packet_ms: 20,
        local_rtp: address.map(Into::into),
        remote_rtp: address.map(Into::into),
        audio: address.map(|_| "/csta/audio/17/tel:220".into()),
    };
    let notices = [
        media(MediaNoticeKind::Requested, None),
        media(MediaNoticeKind::Started, Some("127.0.0.1:9000")),
        media(MediaNoticeKind::Stopped, None),
    ];
    let events = notices.into_iter().enumerate().map(|(index, media)| {
        let sequence = (index > 0).then_some(Sequence { number: 17, replayed: index > 1 });
        Message::Event(Event {
            monitor_cross_ref_id: "m1".into(),
            body: EventBody::from(PrivateEvent { media: Some(media) }),
            extensions: EventExtensions { sequence, ..EventExtensions::default() },
        })
    });
    let requests = requests.into_iter().map(Message::Request);
    requests.chain(responses.map(Message::Response)).chain(events).collect()
}

fn read(body: &str) -> Message {
    csta::decode(body.as_bytes()).unwrap().message
}

#[test]
fn a_device_is_opened_as_applications_write_it() {
    let head = "<Escape xmlns=\"http://www.ecma-international.org/standards/ecma-323/csta/ed3\"><privateData><private>";
    let tail = "</private></privateData></Escape>";
    let expected = DeviceOpen {
        device: "5000".into(),
        media: "dynamic".into(),
        rtp: None,
        profile: None,
        codecs: vec![CodecDescription { name: "PCMU".into(), packet_ms: Some(20) }],
    };
    for open in [
        "<hf:DeviceOpen xmlns:hf=\"urn:hookflash:csta:1\" device=\"5000\" media=\"dynamic\"><hf:codec name=\"PCMU\" packetMs=\"20\"/></hf:DeviceOpen>",
        "<DeviceOpen xmlns=\"urn:hookflash:csta:1\"><media>dynamic</media><device>5000</device><codecs><name>PCMU</name><packetMs>20</packetMs></codecs></DeviceOpen>",
        "<DeviceOpen xmlns=\"urn:hookflash:csta:1\" device=\"5000\" media=\"dynamic\"><codecs><codec name=\"PCMU\" packetMs=\"20\"/></codecs></DeviceOpen>",
    ] {
        let request = Escape { private: Some(PrivateRequest::DeviceOpen(expected.clone())) };
        assert_eq!(read(&format!("{head}{open}{tail}")), Message::Request(request.into()), "{open}");
    }
    let other = format!("{head}<x:DeviceOpen xmlns:x=\"urn:x\" device=\"1\" media=\"none\"/>{tail}");
    assert_eq!(read(&other), Message::Request(Escape { private: None }.into()));
    let lacks = format!("{head}<DeviceOpen xmlns=\"urn:hookflash:csta:1\" media=\"none\"/>{tail}");
    let error = csta::decode(lacks.as_bytes()).unwrap_err().csta_error().unwrap();
    assert!(format!("{error:?}").contains("AtLeastOneConditionalParameterNotProvided"), "{error:?}");
}

#[test]
fn routes_are_found_where_xml_and_json_have_them() {
    let head = "<RouteSelect xmlns=\"http://www.ecma-international.org/standards/ecma-323/csta/ed3\">\
        <crossRefIdentifier>X</crossRefIdentifier><routeSelected>202</routeSelected>";
    let expected =
        [RouteChoice { destination: "202".into(), calling_number: Some(DeviceId::from("5551234")) }];
    let routes = "<hf:routes xmlns:hf=\"urn:hookflash:csta:1\"><hf:route destination=\"202\" callingNumber=\"5551234\"/></hf:routes>";
    for place in [
        format!("<extensions>{routes}</extensions>"),
        format!("<extensions><privateData><private>{routes}</private></privateData></extensions>"),
        "<routes><route><destination>202</destination><callingNumber>5551234</callingNumber></route></routes>".to_owned(),
    ] {
        let Message::Request(Request::RouteSelect(select)) = read(&format!("{head}{place}</RouteSelect>")) else { panic!() };
        assert_eq!(select.routes, expected, "{place}");
    }
}

#[test]
fn a_private_event_has_its_own_name_in_json() {
    let event = "<PrivateEvent xmlns=\"http://www.ecma-international.org/standards/ecma-323/csta/ed3\" \
        xmlns:hf=\"urn:hookflash:csta:1\"><monitorCrossRefID>m1</monitorCrossRefID><privateData><private>\
        <hf:MediaStarted mediaRequestID=\"7\" codec=\"PCMU\" packetMs=\"20\" localRtp=\"127.0.0.1:9000\">\
        <hf:connection><hf:callID>9</hf:callID><hf:deviceID>220</hf:deviceID></hf:connection></hf:MediaStarted>\
        <hf:Sequence>3</hf:Sequence></private></privateData></PrivateEvent>";
    let (name, members) = csta::to_json(event.as_bytes()).unwrap();
    let expected = json!({
        "monitorCrossRefID": "m1", "mediaRequestID": "7", "codec": "PCMU", "packetMs": 20,
        "localRtp": "127.0.0.1:9000", "connection": {"callID": "9", "deviceID": "220"}, "seq": 3,
    });
    assert_eq!((name.as_str(), serde_json::Value::Object(members)), ("MediaStarted", expected));
    let _ = Edition::Ed3;
}
