//! Cisco phones with enterprise firmware.

use super::office::{Office, header, sdp};

const MODEL: &str = ";+u.sip!devicename.ccm.cisco.com=\"SEP020000000301\";+u.sip!model.ccm.cisco.com=\"683\"";

/// Phone 301 has two lines and registers as such a phone.
fn with_cisco_phone() -> Office {
    let lines =
        "voice register dn 4\n number 304\n!\nvoice register pool 1\n number 2 dn 4\n speed-dial 2 302\n!\n";
    let mut office = Office::with(lines);
    let contact = format!("Contact: <sip:301@127.0.0.1:7301>{MODEL}\r\n");
    let kind = "Content-Type: application/x-cisco-remotecc-request+xml\r\n";
    let asks = "<x-cisco-remotecc-request><optionsindreq/><optionsind/></x-cisco-remotecc-request>";
    office.register_with(301, &format!("{contact}{kind}"), asks);
    office
}

#[test]
fn a_registration_that_asks_for_options_is_told_them() {
    let mut office = with_cisco_phone();
    let success = office.one(301, "SIP/2.0 200");
    assert_eq!(header(&success, "Content-Type"), "application/x-cisco-remotecc-response+xml");
    assert_eq!(header(&success, "Supported"), "X-cisco-sis-10.0.0");
    assert!(success.contains("<combine max=\"6\">") && !header(&success, "Date").is_empty(), "{success}");
    assert!(
        header(&success, "Contact").contains("devicename.ccm.cisco.com=\"SEP020000000301\""),
        "{success}"
    );
}

#[test]
fn a_keepalive_changes_nothing() {
    let mut office = with_cisco_phone();
    office.take(301, "SIP/2.0 200");
    office.register(301, &format!("Contact: <sip:301@127.0.0.1:7301>{MODEL};expires=0;cisco-keep-alive\r\n"));
    office.one(301, "SIP/2.0 200");
    office.call(302, "301", "", &sdp(302));
    office.called(301);
}

#[test]
fn the_other_lines_are_called_where_the_first_one_has_registered() {
    let mut office = with_cisco_phone();
    office.register(304, "Expires: 0\r\n");
    office.call(302, "304", "", &sdp(302));
    let invite = office.first(301, "INVITE");
    assert!(invite.starts_with("INVITE sip:304@127.0.0.1:7301"), "{invite}");
}

#[test]
fn keys_are_addresses_of_services() {
    let mut office = with_cisco_phone();
    office.take(301, "SIP/2.0 200");
    for (service, forwarded) in [("cfwdall-303", true), ("cfwdall", false)] {
        let mut own = office.call(301, &format!("x-cisco-serviceuri-{service}"), "", &sdp(301));
        let success = office.one(301, "SIP/2.0 200");
        office.learn(&mut own, &success);
        office.ask(&mut own, "ACK", "", "");
        assert!(!office.take(301, "BYE").is_empty());
        office.call(302, "301", "", &sdp(302));
        office.first(if forwarded { 303 } else { 301 }, "INVITE");
        office.wait(std::time::Duration::from_secs(1));
    }
    office.call(301, "x-cisco-serviceuri-abbrdial-2", "", &sdp(301));
    office.called(302);
    for number in ["unheardof", "abbrdial-3", "abbrdial-x"] {
        office.call(301, &format!("x-cisco-serviceuri-{number}"), "", &sdp(301));
        office.one(301, "SIP/2.0 404");
    }
}

#[test]
fn published_presence_is_do_not_disturb() {
    let mut office = with_cisco_phone();
    office.take(301, "SIP/2.0 200");
    for (word, disturbed) in [("dnd", true), ("available", false)] {
        let body = format!("<presence><person><activities><ce:{word}/></activities></person></presence>");
        let headers = "Event: presence\r\nContent-Type: application/pidf+xml\r\n";
        office.ask_outside_with(301, "PUBLISH", "301", headers, &body);
        assert!(!header(&office.one(301, "SIP/2.0 200"), "SIP-ETag").is_empty());
        let mut station = office.node.switch().stations().iter().map(|(id, _)| id);
        let on = station.any(|id| office.node.switch().station_view(id).do_not_disturb);
        assert_eq!(on, disturbed);
    }
}

#[test]
fn what_other_phones_publish_is_not_taken() {
    let mut office = Office::new();
    let headers = "Event: presence\r\nContent-Type: application/pidf+xml\r\n";
    office.ask_outside_with(302, "PUBLISH", "302", headers, "<presence><ce:dnd/></presence>");
    office.one(302, "SIP/2.0 489");
    office.call(301, "302", "", &sdp(301));
    office.called(302);
}

/// What the phone has been told of its lines, which it accepts.
fn told(office: &mut Office) -> Vec<String> {
    let told = office.take(301, "REFER");
    told.iter().for_each(|request| office.agree(301, request));
    told
}

#[test]
fn calls_are_described_to_the_phone() {
    let mut office = with_cisco_phone();
    office.take(301, "SIP/2.0 200");
    office.call(302, "301", "", &sdp(302));
    let invite = office.called(301).invite;
    assert_eq!(
        header(&invite, "Call-Info"),
        "<urn:x-cisco-remotecc:callinfo>;orientation=to;security=NotAuthenticated"
    );
    office.call(301, "303", "", &sdp(301));
    let other = office.called(303);
    office.reply(&other, 200, "", &sdp(303));
    assert!(header(&office.one(301, "SIP/2.0 200"), "Call-Info").contains("orientation=from"));
}

#[test]
fn a_phone_is_told_of_its_lines_when_it_registers_and_when_they_change() {
    let mut office = with_cisco_phone();
    let all = told(&mut office);
    let last = all.last().expect("it is told");
    assert!(header(last, "Content-Type").starts_with("multipart/mixed"), "{last}");
    assert_eq!((header(last, "Require"), header(last, "To")), ("norefersub", "<sip:301@127.0.0.1:7301>"));
    assert!(last.contains("<state>disable</state>") && last.contains("<status>on</status>"), "{last}");
    assert!(
        last.contains("<contact line=\"1\">\n<mwi>no</mwi>") && last.contains("<contact line=\"2\">"),
        "{last}"
    );
    office.take(301, "SIP/2.0 200");
    assert!(last.contains("<fwdaddress/>") || last.contains("<fwdaddress></fwdaddress>"), "{last}");

    let mut own = office.call(301, "x-cisco-serviceuri-cfwdall-303", "", &sdp(301));
    let success = office.one(301, "SIP/2.0 200 OK");
    office.learn(&mut own, &success);
    office.ask(&mut own, "ACK", "", "");
    let news = told(&mut office);
    assert_eq!(news.len(), 1, "{news:?}");
    assert!(news[0].contains("<fwdaddress>303</fwdaddress>\n<tovoicemail>off</tovoicemail>"), "{}", news[0]);
    office.call(304, "302", "", &sdp(304));
    assert!(told(&mut office).is_empty(), "that is no news");
}

/// A soft key about these calls of 301.
fn soft_key(office: &mut Office, name: &str, calls: &[(&str, &str)]) {
    let dialogs: String = calls
        .iter()
        .map(|(element, message)| {
            let tag = |name: &str| header(message, name).split(";tag=").nth(1).unwrap_or_default().to_owned();
            let (call_id, from, to) = (header(message, "Call-ID"), tag("From"), tag("To"));
            format!(
                "<{element}><callid>{call_id}</callid><localtag>{from}</localtag><remotetag>{to}</remotetag></{element}>"
            )
        })
        .collect();
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<x-cisco-remotecc-request><softkeyeventmsg>\
         <softkeyevent>{name}</softkeyevent>{dialogs}<linenumber>0</linenumber></softkeyeventmsg></x-cisco-remotecc-request>"
    );
    let headers = "Content-Type: application/x-cisco-remotecc-request+xml\r\nRefer-To: cid:1@127.0.0.1\r\n";
    office.ask_outside_with(301, "REFER", "301", headers, &body);
}

#[test]
fn soft_keys_park_calls_and_make_conferences() {
    let mut office = with_cisco_phone();
    told(&mut office);
    office.take(301, "SIP/2.0 200");
    let mut first = office.call(301, "302", "", &sdp(301));
    let one = office.called(302);
    office.reply(&one, 200, "", &sdp(302));
    let success = office.one(301, "SIP/2.0 200");
    office.learn(&mut first, &success);
    office.ask(&mut first, "ACK", "", "");
    office.ask(&mut first, "INVITE", "", &super::office::described("127.0.0.1", 20_301, "sendonly"));
    office.one(301, "SIP/2.0 200");
    office.ask(&mut first, "ACK", "", "");
    let mut second = office.call(301, "303", "", &sdp(301));
    let other = office.called(303);
    office.reply(&other, 200, "", &sdp(303));
    let consulted = office.one(301, "SIP/2.0 200");
    office.learn(&mut second, &consulted);
    office.ask(&mut second, "ACK", "", "");
    soft_key(&mut office, "Conference", &[("dialogid", &success), ("consultdialogid", &consulted)]);
    office.one(301, "SIP/2.0 202");
    assert_eq!(header(&office.one(301, "BYE"), "Call-ID"), header(&success, "Call-ID"));
    assert_eq!(office.legs.len(), 3, "{:?}", office.legs);

    soft_key(&mut office, "QRT", &[]);
    office.one(301, "SIP/2.0 501");
    let unknown = success.replace("call", "nothing");
    soft_key(&mut office, "Park", &[("dialogid", &unknown)]);
    office.one(301, "SIP/2.0 481");
}
