//! From configurations to the settings of SIP phones and trunks.

mod cisco;
mod descriptions;
mod dialled;
mod dialogs;
mod habits;
mod mailboxes;
mod office;
mod opus;
mod peers;
mod several;
mod shown;
mod transit;

use hookflash_core::{Codec, Transit};

use super::settings::{Identity, TRUNK_BASE};
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
    assert_eq!(trunks.len(), 3, "and one for calls that fit none");
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
fn a_trunk_has_its_own_proxy_identity_and_order_of_codecs() {
    let provisioned = provisioned(
        "voice class codec 1\n codec preference 1 g722-64\n codec preference 2 g711alaw\n\
         voice service voip\n sip\n  asserted-id pai\n  outbound-proxy dns:proxy.example\n\
         dial-peer voice 1 voip\n destination-pattern 1T\n session protocol sipv2\n session target ipv4:192.0.2.7\n\
         dial-peer voice 2 voip\n destination-pattern 2T\n session protocol sipv2\n session target ipv4:192.0.2.7:5070\n\
          voice-class codec 1 offer-all\n voice-class sip asserted-id ppi\n voice-class sip outbound-proxy ipv4:192.0.2.8\n\
          voice-class sip bind all source-interface Loopback0\n",
    );
    let trunk = |place: usize| &provisioned.settings.sip_phones.trunks[place];
    let where_to = |place: usize| {
        let targets: Vec<String> = trunk(place).targets.iter().map(ToString::to_string).collect();
        format!("{} for {}", targets.join(" "), trunk(place).behind.as_ref().unwrap())
    };
    assert_eq!(
        [0, 1].map(where_to),
        ["proxy.example for 192.0.2.7:5060", "192.0.2.8:5060 for 192.0.2.7:5070"]
    );
    assert_eq!([0, 1].map(|place| trunk(place).identity), [Identity::Asserted, Identity::Preferred]);
    assert_eq!(trunk(0).order, [Codec::G711Ulaw, Codec::G711Alaw, Codec::G722, Codec::Opus, Codec::G729]);
    assert_eq!(trunk(1).order[..2], [Codec::G722, Codec::G711Alaw]);
}

#[test]
fn dial_peers_that_cannot_be_served_as_they_stand_are_named() {
    let provisioned = provisioned(
        "dial-peer voice 1 pots\n destination-pattern 9T\n port 0/0/0:15\n\
         dial-peer voice 2 voip\n destination-pattern 8T\n session target ipv4:192.0.2.7\n",
    );
    let says = |text: &str| provisioned.notes.iter().filter(|note| note.contains(text)).count();
    assert_eq!(
        says("dial-peer voice 1 is not used: voice ports are not served"),
        1,
        "{:?}",
        provisioned.notes
    );
    assert_eq!(says("dial-peer voice 2 has no `session protocol sipv2`"), 1, "{:?}", provisioned.notes);
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
