use super::*;

fn call(body: &str) -> Call {
    Call::read(body.as_bytes()).unwrap()
}

#[test]
fn requests_are_read_liberally() {
    let old = call(
        "<SOAP-ENV:Envelope><SOAP-ENV:Body><axl><request xsi:type=\" ISgetDevice\"><ISgetDevice>\
         <ISDevName>allRegistered</ISDevName></ISgetDevice></request></axl></SOAP-ENV:Body></SOAP-ENV:Envelope>",
    );
    assert!(old.is("ISgetDevice") && old.old && old.has_keyword(&["allRegistered"]));
    let new = call(
        "<Envelope><Body><axl><request><ISgetExtension><ISExtID>3</ISExtID><ISKeyword>all</ISKeyword>\
                    </ISgetExtension></request></axl></Body></Envelope>",
    );
    assert!(new.is("isgetextension") && !new.old);
    assert_eq!((new.numbers("ISExtID"), new.has_keyword(&["all"])), (vec![3], true));
    let in_request =
        call("<e><request xsi:type=\"ISexecCLI\"><CLI>ephone 1</CLI><CLI>reset</CLI></request></e>");
    assert_eq!(commands(&in_request), ["ephone 1", "reset"]);
    assert_eq!(Call::read(b"<axl/>"), Err(Fault::NoRequest));
    assert_eq!(Call::read(b"<e><request/></e>"), Err(Fault::NoRequest));
    assert!(matches!(Call::read(b"<axl>"), Err(Fault::Xml(_))));
}

#[test]
fn responses_have_the_form_of_the_request() {
    let mut request = call("<e><request xsi:type=\"ISgetGlobal\"><ISgetGlobal/></request></e>");
    let new = request.response([Element::new("ISGlobal")]);
    assert_eq!(new.find("response").unwrap().attributes, []);
    request.old = true;
    let old = request.response([Element::new("ISGlobal")]);
    assert_eq!(old.find("response").unwrap().value_of("xsi:type"), Some("ISgetGlobalResponse"));
}

/// What ISgetGlobal tells of a configuration, to somebody with this privilege.
fn told(configuration: &str, privilege: u32, operation: &str) -> String {
    let settings = hookflash_config::load(configuration).settings;
    let system = System {
        settings: &settings,
        address: [10, 0, 0, 1].into(),
        port: 2000,
        version: "1",
        host_name: "office",
        uptime: 1,
        devices: Vec::new(),
        extensions: Vec::new(),
        peak: (0, 0),
        device_events: Vec::new(),
        extension_events: Vec::new(),
        session_servers: Vec::new(),
    };
    let call = call(&format!("<e><request><{operation}/></request></e>"));
    call.response(answer(&call, &system, privilege).unwrap()).document("UTF-8")
}

#[test]
fn the_whole_telephony_service_is_told() {
    let configuration = "telephony-service\n max-ephones 2\n max-dn 2\n after-hours block pattern 1 9T\n \
                         after-hours block pattern 2 900 7-24\n after-hours day mon 19:00 07:00\n \
                         after-hours date dec 25 00:00 24:00\n fac custom dnd *7\n fac custom alias 2 *8 to *7\n \
                         service phone webAccess 0\n night-service day tue 20:00 06:00\n transfer-pattern 9T blind\n \
                         xml user one password first 15\n xml user two password second 1\n";
    let told = told(configuration, ALL_PRIVILEGES, "ISgetGlobal");
    let told: String = told.lines().map(str::trim).collect();
    for part in [
        "<block_item><pattern_id>2</pattern_id><blocking_pattern>900</blocking_pattern><blocking_option>7-24</blocking_option>",
        "<month>Dec</month><day_of_month>25</day_of_month>",
        "<day_of_week>Mon</day_of_week><start_time>19:00</start_time><stop_time>07:00</stop_time>",
        "<day_of_week>Tue</day_of_week>",
        "<fac><standard>false</standard>",
        "<fac_string>dnd</fac_string><fac_list>*7</fac_list><alias>0</alias>",
        "<fac_list>*8</fac_list><alias>2</alias><alias_map>*7</alias_map>",
        "<phone_params>webAccess</phone_params><phone_text>0</phone_text>",
        "<pattern>9T</pattern><blind>true</blind>",
        "<user>one</user><password>first</password><level>15</level>",
        "<user>two</user><password>second</password><level>1</level>",
    ] {
        assert!(told.contains(part), "{part}: {told}");
    }
    let told = super::tests::told("telephony-service\n fac standard\n", READS, "ISgetGlobal");
    let told: String = told.lines().map(str::trim).collect();
    assert!(
        told.contains("<fac><standard>true</standard>") && told.contains("<fac_list>**10</fac_list>"),
        "{told}"
    );
}

#[test]
fn the_port_and_the_passwords_of_sip_phones_are_told() {
    let told_of = |configuration| -> String {
        told(configuration, READS, "ISgetVoiceRegGlobal").lines().map(str::trim).collect()
    };
    let told = told_of(
        "voice register global\n mode cme\n source-address 10.0.0.1 port 5070\n authenticate register\n",
    );
    assert!(told.contains("<ISAuthMode>1</ISAuthMode><ISPortNumber>5070</ISPortNumber>"), "{told}");
    let told = told_of("voice register global\n mode cme\n");
    assert!(told.contains("<ISAuthMode>0</ISAuthMode><ISPortNumber>5060</ISPortNumber>"), "{told}");
}
