//! What phones dial that is no call: codes of features, and slots at which they park.

use std::time::Duration;

use super::office::{Office, header, sdp};

const CODES: &str = "telephony-service\n ip source-address 127.0.0.1\n max-dn 20\n fac standard\n!\n\
                     ephone-dn 9\n number 702\n park-slot\n!\n";

#[test]
fn a_phone_that_dials_a_code_is_answered_and_its_call_ends() {
    for (code, offer) in [("**7", true), ("**1304", true), ("**1304", false)] {
        let mut office = Office::with(CODES);
        let offered = if offer { sdp(301) } else { String::new() };
        let mut own = office.call(301, code, "", &offered);
        let success = office.one(301, "SIP/2.0 200");
        assert!(success.contains("a=inactive"), "{success}");
        office.learn(&mut own, &success);
        assert!(office.take(301, "BYE").is_empty(), "not before ACK");
        office.ask(&mut own, "ACK", "", if offer { "" } else { "x" });
        office.one(301, "BYE");
        office.call(302, "301", "", &sdp(302));
        match code {
            "**7" => drop(office.one(302, "SIP/2.0 486")),
            _ => drop(office.called(304)),
        }
    }
}

#[test]
fn a_code_that_comes_to_nothing_is_refused_at_once() {
    for code in ["**9", "**3", "**1"] {
        let mut office = Office::with(CODES);
        office.call(301, code, "", &sdp(301));
        let refused = office.one(301, "SIP/2.0 4");
        assert!(
            ["SIP/2.0 40", "SIP/2.0 484"].iter().any(|known| refused.starts_with(known)),
            "{code}: {refused}"
        );
    }
}

#[test]
fn a_call_is_parked_by_a_transfer_to_a_slot_or_to_the_code() {
    for target in ["702", "**6", "**6702"] {
        for held in [false, true] {
            let mut office = Office::with(CODES);
            let [mut own, _] = office.connect(301, 302);
            if held {
                office.ask(
                    &mut own,
                    "INVITE",
                    "",
                    &super::office::described("127.0.0.1", 20_301, "sendonly"),
                );
                office.one(301, "SIP/2.0 200");
                office.ask(&mut own, "ACK", "", "");
            }
            office.ask(&mut own, "REFER", &format!("Refer-To: <sip:{target}@127.0.0.1>\r\n"), "");
            office.one(301, "SIP/2.0 202");
            let reports = office.take(301, "NOTIFY");
            assert!(
                reports.iter().any(|report| report.ends_with("SIP/2.0 200 OK\r\n")),
                "{target}: {reports:#?}"
            );
            office.wait(Duration::from_secs(1));
            let mut other = office.call(303, "702", "", &sdp(303));
            let success = office.one(303, "SIP/2.0 200");
            assert!(header(&success, "P-Asserted-Identity").contains("sip:302@"), "{success}");
            office.learn(&mut other, &success);
        }
    }
}
