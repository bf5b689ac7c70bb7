//! Cisco phones with enterprise firmware.

use super::office::{Office, header, sdp};

const MODEL: &str = ";+u.sip!devicename.ccm.cisco.com=\"SEP020000000301\";+u.sip!model.ccm.cisco.com=\"683\"";

/// Phone 301 has two lines and registers as such a phone.
fn with_cisco_phone() -> Office {
    let lines = "voice register dn 4\n number 304\n!\nvoice register pool 1\n number 2 dn 4\n!\n";
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
    office.call(301, "x-cisco-serviceuri-unheardof", "", &sdp(301));
    office.one(301, "SIP/2.0 404");
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
    office.one(302, "SIP/2.0 405");
    office.call(301, "302", "", &sdp(301));
    office.called(302);
}
