//! From configurations to the settings of SIP phones and trunks.

use hookflash_core::Transit;

use super::settings::TRUNK_BASE;
use crate::{config, provision};

const HEAD: &str = "hostname router\ntelephony-service\n ip source-address 127.0.0.1\n";

fn provisioned(text: &str) -> crate::Provisioned {
    let parsed = config::load(&format!("{HEAD}{text}"));
    provision(&parsed.settings, None)
}

#[test]
fn a_number_of_both_kinds_of_phone_is_one_line() {
    let provisioned = provisioned(
        "ephone-dn 1\n number 201\nvoice register global\n max-dn 5\n max-pool 5\n\
         voice register dn 1\n number 201\nvoice register dn 2\n number 301\n\
         voice register pool 1\n number 1 dn 1\n number 2 dn 2\n username sara password secret\n",
    );
    let switch = &provisioned.settings.switch;
    let numbers: Vec<&str> = switch.lines.iter().map(|line| line.number.as_str()).collect();
    assert_eq!(numbers, ["201", "301"]);
    let phones = &provisioned.settings.sip_phones;
    assert_eq!(phones.realm, "router");
    let pool = &phones.pools[0];
    assert_eq!(pool.instance_of("301"), Some(2));
    assert_eq!(pool.credentials, Some(("sara".into(), "secret".into())));
}

#[test]
fn a_dial_peer_is_a_trunk() {
    let trunk = "voice translation-rule 1\n rule 1 /^0/ /+49/\n rule 2 reject /^9/\n\
                 voice translation-profile OUT\n translate called 1\n\
                 dial-peer voice 7 voip\n destination-pattern 0T\n session protocol sipv2\n\
                  session target ipv4:192.0.2.7\n translation-profile outgoing OUT\n\
                 dial-peer voice 8 voip\n destination-pattern 1T\n session protocol sipv2\n\
                  session target dns:carrier.example\n";
    let refused = provisioned(trunk);
    let trunks = &refused.settings.sip_phones.trunks;
    assert_eq!(trunks.len(), 2);
    assert_eq!(trunks[0].targets[0].to_string(), "192.0.2.7:5060");
    assert_eq!(trunks[1].targets[0].to_string(), "carrier.example");
    let translated = |number| trunks[0].translate_outgoing.called(number);
    assert_eq!(translated("0123").as_deref(), Some("+49123"));
    assert_eq!(translated("5").as_deref(), Some("5"));
    assert_eq!(translated("95"), None);
    assert!(!refused.notes.iter().any(|note| note.contains("carrier.example")), "{:?}", refused.notes);
    let station = |provisioned: &crate::Provisioned| {
        let stations = &provisioned.settings.switch.stations;
        stations.iter().find(|station| station.tag == TRUNK_BASE + 7).unwrap().trunk
    };
    assert_eq!(station(&refused), Some(Transit::Refused));
    let allowed = provisioned(&format!("voice service voip\n allow-connections sip to sip\n{trunk}"));
    assert_eq!(station(&allowed), Some(Transit::Allowed));
}

#[test]
fn only_the_trusted_list_and_the_registrar_are_trusted() {
    let provisioned = provisioned(
        "voice service voip\n ip address trusted list\n  ipv4 192.0.2.0 255.255.255.0\n  ipv4 198.51.100.9\n\
         sip-ua\n credentials number 49 username office password secret realm example\n\
          registrar ipv4:203.0.113.1 expires 600\n",
    );
    let phones = &provisioned.settings.sip_phones;
    assert!(phones.trusted_only);
    let trusts = |address: &str| phones.trusts(address.parse().unwrap());
    assert!(trusts("192.0.2.200") && trusts("198.51.100.9"));
    assert!(!trusts("198.51.100.8") && !trusts("192.0.3.1") && !trusts("::1"));
}
