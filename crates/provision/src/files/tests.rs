use hookflash_config::load;

use super::*;
use crate::xml::Element;

const OFFICE: &str = "telephony-service\n max-ephones 5\n max-dn 5\n ip source-address 10.0.0.1 port 2000\n \
    load 7960-7940 P00308010200\n load 7961 SCCP41.9-4-2SR3-1S.loads\n time-zone 23\n time-format 24\n \
    date-format dd-mm-yy\n user-locale DE\n network-locale DE\n service phone webAccess 0\n ssh userid u password p\n \
    url services http://10.0.0.9/menu.xml root\n create cnf-files version-stamp Jan 01 2002 00:00:00\n\
    ip http server\ntftp-server flash:P00308010200.bin\n\
    tftp-server flash:/de-td-sccp.jar alias German_Germany/td-sccp.jar\ntftp-server flash:Chime.raw\n\
    tftp-server flash:../../etc/passwd alias steal\n\
    ephone-template 1\n service phone webAccess 1\n user-locale 0\n\
    ephone 1\n mac-address 001E.4A34.A35F\n type 7961\n\
    ephone 2\n mac-address 000F.8FC7.B681\n type 7960\n ephone-template 1\n";

pub(super) const SERVER: Server = Server {
    address: IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 1)),
    sccp_port: 2000,
    sip_port: 5060,
    http_port: Some(8080),
};

fn made_of(text: &str, name: &str) -> Element {
    match answer(&load(text).settings, &SERVER, name) {
        Answer::Made(content) => Element::read(&content).unwrap(),
        other => panic!("{name}: {other:?}"),
    }
}

fn text<'a>(element: &'a Element, name: &str) -> &'a str {
    &element.find(name).unwrap_or_else(|| panic!("{name}")).text
}

#[test]
fn a_phone_finds_its_server_firmware_and_pages() {
    for name in
        ["SEP001E4A34A35F.cnf.xml", "/sep001e4a34a35f.cnf.xml", "Communicator\\SEP001E4A34A35F.cnf.xml"]
    {
        let file = made_of(OFFICE, name);
        assert_eq!(file.name, "device");
        for (element, expected) in [
            ("deviceProtocol", "SCCP"),
            ("processNodeName", "10.0.0.1"),
            ("ethernetPhonePort", "2000"),
            ("dateTemplate", "D/M/Y"),
            ("timeZone", "W. Europe Standard/Daylight Time"),
            ("loadInformation", "SCCP41.9-4-2SR3-1S"),
            ("servicesURL", "http://10.0.0.9/menu.xml"),
            ("directoryURL", "http://10.0.0.1:8080/localdirectory?name=#DEVICENAME#"),
            ("authenticationURL", "http://10.0.0.1:8080/CCMCIP/authenticate.asp"),
            ("webAccess", "0"),
            ("sshUserId", "u"),
        ] {
            assert_eq!(text(&file, element), expected);
        }
        assert_eq!(text(file.find("userLocale").unwrap(), "name"), "German_Germany");
        assert_eq!(text(file.find("networkLocaleInfo").unwrap(), "name"), "Germany");
    }
}

#[test]
fn the_version_stamp_changes_with_the_content_only() {
    let stamp = |config: &str| text(&made_of(config, "SEP001E4A34A35F.cnf.xml"), "versionStamp").to_owned();
    assert_eq!(stamp(OFFICE), stamp(&OFFICE.replace("000F.8FC7.B681", "000F.8FC7.B682")));
    assert_ne!(stamp(OFFICE), stamp(&OFFICE.replace("time-format 24", "time-format 12")));
    assert!(stamp(OFFICE).starts_with("Jan 01 2002 00:00:00 "));
}

#[test]
fn a_template_matters_where_each_phone_has_its_own_file_outside_system_memory() {
    let own =
        OFFICE.replace(" time-format 24", " cnf-file perphone\n cnf-file location flash:\n time-format 24");
    let access = |config: &str| text(&made_of(config, "SEP000F8FC7B681.cnf.xml"), "webAccess").to_owned();
    assert_eq!((access(OFFICE), access(&own)), ("0".to_owned(), "1".to_owned()));
    let in_system = OFFICE.replace(" time-format 24", " cnf-file perphone\n time-format 24");
    assert_eq!(access(&in_system), "0");
}

#[test]
fn phones_without_a_file_get_the_default() {
    let file = made_of(OFFICE, "XMLDefault.cnf.xml");
    assert_eq!((file.name.as_ref(), text(&file, "processNodeName")), ("Default", "10.0.0.1"));
    assert_eq!(text(&file, "loadInformation7"), "P00308010200");
    assert_eq!(text(&file, "loadInformation8"), "P00308010200");
    assert_eq!(text(&file, "loadInformation30018"), "SCCP41.9-4-2SR3-1S");
    let settings = load(OFFICE).settings;
    assert_eq!(answer(&settings, &SERVER, "SEP0000000000FF.cnf.xml"), Answer::Missing);
    assert_eq!(answer(&settings, &SERVER, "OS79XX.TXT"), Answer::Made(b"P00308010200\r\n".to_vec()));
    assert_eq!(text(&made_of(OFFICE, "XMLDefault7960.cnf.xml"), "loadInformation"), "P00308010200");
}

#[test]
fn stored_files_are_those_that_the_configuration_names() {
    let settings = load(OFFICE).settings;
    let stored = |name: &str| answer(&settings, &SERVER, name);
    assert_eq!(stored("p00308010200.BIN"), Answer::Stored("P00308010200.bin".to_owned()));
    assert_eq!(stored("German_Germany/td-sccp.jar"), Answer::Stored("de-td-sccp.jar".to_owned()));
    assert_eq!(stored("jar41sccp.9-4-2ES26.sbn"), Answer::Stored("jar41sccp.9-4-2ES26.sbn".to_owned()));
    for name in [
        "steal",
        "../startup-config",
        "startup-config",
        "office.cfg",
        "x/../../etc/passwd.bin",
        "etc/shadow.bin",
        "CTLSEP001E4A34A35F.tlv",
        "SIP001E4A34A35F.cnf",
        "",
        "/",
        ".",
        "a\0b.bin",
    ] {
        assert_eq!(stored(name), Answer::Missing, "{name:?}");
    }
}

#[test]
fn nothing_is_made_without_create_cnf_files() {
    let without = load(&OFFICE.replace(" create cnf-files", " no create cnf-files")).settings;
    assert_eq!(answer(&without, &SERVER, "SEP001E4A34A35F.cnf.xml"), Answer::Missing);
    assert!(matches!(answer(&without, &SERVER, "P00308010200.bin"), Answer::Stored(_)));
}

#[test]
fn ring_tones_are_those_that_are_exported() {
    let list = made_of(OFFICE, "RINGLIST.XML");
    assert_eq!((list.name.as_ref(), text(&list, "DisplayName")), ("CiscoIPPhoneRingList", "Chime"));
    assert_eq!(text(&list, "FileName"), "Chime.raw");
}

#[test]
fn the_bindings_have_the_form_of_cisco() {
    let lines = bindings(&load(OFFICE).settings);
    for line in [
        "tftp-server system:/its/SEPDEFAULT.cnf",
        "tftp-server system:/its/SEPDEFAULT.cnf alias SEPDefault.cnf",
        "tftp-server system:/its/XMLDefault.cnf.xml alias XMLDefault.cnf.xml",
        "tftp-server system:/its/ATADefault.cnf.xml",
        "tftp-server system:/its/XMLDefault7961.cnf.xml alias SEP001E4A34A35F.cnf.xml",
        "tftp-server system:/its/germany/7960-font.xml alias German_Germany/7960-font.xml",
        "tftp-server flash:P00308010200.bin",
    ] {
        assert!(lines.iter().any(|known| known == line), "{line}: {lines:#?}");
    }
}

#[test]
fn the_device_is_found_in_names_of_files() {
    assert_eq!(device_in("CTLSEP001e4a34a35f.tlv").as_deref(), Some("SEP001E4A34A35F"));
    assert_eq!(device_in("/SEP001E4A34A35F.cnf.xml").as_deref(), Some("SEP001E4A34A35F"));
    for name in ["XMLDefault.cnf.xml", "SEPDefault.cnf", "SEP001E4A34A3", "RINGLIST.XML"] {
        assert_eq!(device_in(name), None, "{name}");
    }
}
