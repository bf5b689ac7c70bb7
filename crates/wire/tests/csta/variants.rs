//! Arguments that may be left out or written in more than one way.

use hookflash_wire::csta::*;
use smol_str::SmolStr;

use crate::input::{ed3, read, refuse};

#[test]
fn the_global_call_identifier_is_found_however_it_is_qualified() {
    let linkage = |id: &str| {
        let members = "<clearedCall><callID>1</callID></clearedCall><cause>normal</cause>";
        let xml = format!(
            "<monitorCrossRefID>1</monitorCrossRefID>{members}<callLinkageData><globalCallData>{id}</globalCallData>\
             </callLinkageData>"
        );
        match read(&ed3("CallClearedEvent", &xml)) {
            Message::Event(Event { body: EventBody::CallCleared(event), .. }) => {
                event.call_linkage_data.unwrap()
            }
            other => panic!("{other:?}"),
        }
    };
    let id = |inside: &str| linkage(&format!("<globalCallLinkageID>{inside}</globalCallLinkageID>"));
    let global = id("<globallyUniqueCallLinkageID> GCID-7 </globallyUniqueCallLinkageID>");
    assert_eq!(global, CallLinkageData::global_call("GCID-7"));
    let local = id("<subDomainCallLinkageID>7</subDomainCallLinkageID>");
    assert_eq!(local.global_call_id(), Some("7"));
    assert_ne!(local, CallLinkageData::global_call("7"));
    assert_eq!(linkage("<callLinkageIDTimestamp>now</callLinkageIDTimestamp>").global_call_id(), None);
}

#[test]
fn how_a_device_joins_need_not_be_said() {
    let call = "<activeCall><callID>1</callID></activeCall>";
    let join = read(&ed3("JoinCall", &format!("{call}<joiningDevice>203</joiningDevice>")));
    let expected =
        JoinCall { auto_originate: AutoOriginate::Prompt, ..JoinCall::new(ConnectionId::call("1"), "203") };
    assert_eq!(join, Message::Request(expected.into()));
    let conference = ed3("SingleStepConferenceCall", &format!("<deviceToJoin>203</deviceToJoin>{call}"));
    let expected = SingleStepConferenceCall::new(ConnectionId::call("1"), "203", ParticipationType::Active);
    assert_eq!(read(&conference), Message::Request(expected.into()));
    let invalid = ed3(
        "JoinCall",
        &format!("{call}<joiningDevice>203</joiningDevice><participationType>x</participationType>"),
    );
    assert!(refuse(&invalid).csta_error().is_some());
}

#[test]
fn a_deflected_call_has_one_destination_or_in_edition_6_several() {
    let call = "<callToBeDiverted><callID>1</callID><deviceID>202</deviceID></callToBeDiverted>";
    let destination = |inside: &str| {
        let xml = ed3("DeflectCall", &format!("{call}<newDestination>{inside}</newDestination>"));
        match read(&xml) {
            Message::Request(Request::DeflectCall(request)) => request.new_destination,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(destination("203"), DeviceId::from("203").into());
    let several = destination("<device>203</device><device>204</device>");
    assert_eq!(several.devices().map(DeviceId::as_str).collect::<Vec<_>>(), ["203", "204"]);
    let request = DeflectCall { new_destination: several, ..DeflectCall::new(ConnectionId::call("1"), "") };
    let written = |edition| {
        let mut out = Vec::new();
        encode(edition, &Message::Request(request.clone().into()), &mut out);
        String::from_utf8(out).unwrap()
    };
    assert!(written(Edition::Ed4).contains("<newDestination>203</newDestination>"));
    let list = "<newDestination><device>203</device><device>204</device></newDestination>";
    assert!(written(Edition::Ed6).contains(list));
}

#[test]
fn a_transfer_is_understood_in_both_spellings_and_tells_who_is_who() {
    let children = "<monitorCrossRefID>1</monitorCrossRefID>\
        <primaryOldCall><callID>c1</callID><deviceID>201</deviceID></primaryOldCall>\
        <transferringDevice><deviceIdentifier>201</deviceIdentifier></transferringDevice>\
        <transferredToDevice><deviceIdentifier>203</deviceIdentifier></transferredToDevice>\
        <transferredConnections><connectionListItem>\
        <newConnection><callID>c3</callID><deviceID>203</deviceID></newConnection>\
        <endpoint><deviceID>203</deviceID></endpoint></connectionListItem></transferredConnections>\
        <cause>singleStepTransfer</cause>";
    let message = read(&ed3("TransferedEvent", children));
    assert_eq!(read(&ed3("TransferredEvent", children)), message);
    let Message::Event(Event { body: EventBody::Transferred(event), .. }) = message else { panic!() };
    let new = ConnectionId::new("c3", "203");
    let expected = ConnectionListItem::new(None, new, DeviceId::from("203"));
    assert_eq!(event.transferred_connections.0, [expected]);
    assert_eq!(event.secondary_old_call, None);
}

#[test]
fn a_private_version_may_follow_the_edition() {
    let edition = |suffix: &str| Edition::from_namespace(&format!("{}{suffix}", Edition::Ed3.namespace()));
    assert_eq!(edition("/priv6"), Some(Edition::Ed3));
    assert_eq!(edition("/privE "), Some(Edition::Ed3));
    for suffix in ["/", "/6", "/priv", "/priv6/x", "/priv\"", "/priv<a>", "/priv\u{e9}", "9"] {
        assert_eq!(edition(suffix), None, "{suffix}");
    }
}

#[test]
fn an_event_says_its_place_in_the_session() {
    let body = EventBody::from(MessageWaiting {
        target_device: SubjectDeviceId::NotKnown,
        device_for_message: None,
        message_waiting_on: true,
    });
    let sequence = Some(Sequence { number: 17, replayed: true });
    let extensions = EventExtensions { sequence, ..EventExtensions::default() };
    let mut out = Vec::new();
    encode_event_with(Edition::Ed3, "1", &body, &extensions, &mut out);
    let xml = String::from_utf8(out).unwrap();
    let private = "<private><hf:Sequence replayed=\"true\">17</hf:Sequence></private>";
    assert!(xml.contains(private) && xml.contains("xmlns:hf=\"urn:hookflash:csta:1\""), "{xml}");
    let event = |xml: &str| match read(xml) {
        Message::Event(event) => event,
        other => panic!("{other:?}"),
    };
    assert_eq!(event(&xml).extensions, extensions);
    assert_eq!(event(&xml.replace("urn:hookflash:csta:1", "urn:x")).extensions, EventExtensions::default());
    assert!(refuse(&xml.replace(">17<", ">seventeen<")).csta_error().is_some());
    let mut plain = Vec::new();
    encode_event(Edition::Ed3, "1", &body, &mut plain);
    assert!(!String::from_utf8(plain).unwrap().contains("hf"));
}

#[test]
fn an_event_says_who_calls_and_why_a_call_is_diverted() {
    let body = EventBody::from(BackInService { device: SubjectDeviceId::NotKnown, cause: None });
    let names = PartyNames {
        calling: "Bob \"B\" & Söhne".into(),
        called: SmolStr::default(),
        last_redirection: "<R>".into(),
    };
    let extensions = EventExtensions {
        sequence: None,
        reason: Some(ServiceReason::NotAccepted),
        names: Some(Box::new(names)),
    };
    let mut out = Vec::new();
    encode_event_with(Edition::Ed3, "1", &body, &extensions, &mut out);
    let xml = String::from_utf8(out).unwrap();
    let Message::Event(event) = read(&xml) else { panic!("no event: {xml}") };
    assert_eq!(event.extensions, extensions, "{xml}");
    let (_, members) = to_json(xml.as_bytes()).unwrap();
    assert_eq!(members["reason"], "notAccepted");
    assert_eq!(
        members["names"],
        serde_json::json!({"calling": "Bob \"B\" & Söhne", "lastRedirection": "<R>"})
    );
}
