//! The configuration of a SIP phone: `SEP<MAC>.cnf.xml`, and `SIP<MAC>.cnf` for the SIP firmware of 7940 and 7960.
//!
//! They are made where `voice register global` says `mode cme` and `create profile`, for every `voice register pool` with
//! `id mac` or `id device-id-name`. The same elements as in the file of an SCCP phone come from the same functions; what only
//! SIP phones have is `sipProfile`: how the phone registers, its lines with their passwords, and its speed dials. A file with
//! passwords is given to whoever knows the name of the phone, as Cisco does.

use std::fmt::Write;

use hookflash_config::{PoolTransport, RegisterPool, Settings, VoiceRegisterGlobal};
use smol_str::SmolStr;

use super::{Server, load_among, phone, zones};
use crate::xml::Element;

/// The kinds of buttons, by the numbers of SCCP.
const SPEED_DIAL: u32 = 2;
const LINE: u32 = 9;

/// Lines of a phone.
const MAX_LINES: u32 = 34;

/// How long a registration of a phone lasts, in seconds.
const EXPIRES: u32 = 3600;

/// The firmware that reads text: that of 7940 and 7960.
const TEXT_MODELS: [&str; 2] = ["7940", "7960"];

/// Where a phone registers when its file names the server twice.
const SERVER: &str = "USECALLMANAGER";

/// The phone that asks with this device name, in lower case.
pub fn pool_named<'a>(settings: &'a Settings, device: &str) -> Option<&'a RegisterPool> {
    makes_files(settings)?;
    let mut pools = settings.register_pools.values();
    pools.find(|pool| pool.name_of_device().is_some_and(|name| name.eq_ignore_ascii_case(device)))
}

/// The settings of all SIP phones, if their files are made here.
pub fn makes_files(settings: &Settings) -> Option<&VoiceRegisterGlobal> {
    settings.register_global.as_ref().filter(|global| global.makes_files())
}

/// A line as its phone is told of it.
struct Line<'a> {
    index: u32,
    number: &'a str,
    name: &'a str,
    label: &'a str,
    user: &'a str,
    password: SmolStr,
    answers: bool,
    shared: bool,
}

fn lines<'a>(settings: &'a Settings, pool: &'a RegisterPool) -> Vec<Line<'a>> {
    let line = |(index, dn): (&u32, &u32)| {
        let dn = settings.register_dns.get(dn)?;
        let number = dn.number.as_deref()?;
        let user = pool.user.as_ref();
        Some(Line {
            index: *index,
            number,
            name: dn.name.as_deref().unwrap_or(number),
            label: dn.label.as_deref().unwrap_or(number),
            user: user.map_or("", |user| &user.name),
            password: user.and_then(|user| user.password.reveal()).unwrap_or_default(),
            answers: dn.auto_answer,
            shared: dn.shared_line.is_some(),
        })
    };
    pool.numbers.iter().filter(|(index, _)| **index <= MAX_LINES).filter_map(line).collect()
}

/// `SEP<MAC>.cnf.xml`.
pub fn file(settings: &Settings, server: &Server, pool: &RegisterPool) -> Element {
    let service = settings.telephony_service.clone().unwrap_or_default();
    let global = settings.register_global.clone().unwrap_or_default();
    let ssh = service.phones.ssh.as_ref();
    let load = pool.model.as_deref().and_then(|model| load_among(&global.loads, model)).unwrap_or_default();
    // These phones mishandle repeated datagrams, so that TCP is the rule.
    let transport = if pool.transport == Some(PoolTransport::Udp) { 2 } else { 1 };
    let device = Element::new("device")
        .leaf("fullConfig", true)
        .leaf("deviceProtocol", "SIP")
        .optional("sshUserId", ssh.map(|user| &user.name))
        .optional("sshPassword", ssh.and_then(|user| user.password.reveal()))
        .with(device_pool(&global, server))
        .with(sip_profile(settings, &global, server, pool))
        .with(phone::common_profile())
        .leaf("loadInformation", load)
        .with_all(phone::addon_modules(pool.addons.as_deref()))
        .with_all(phone::locales(&service, None))
        .leaf("deviceSecurityMode", 1)
        .with_all(phone::urls(settings, &service, server, None))
        .leaf("transportLayerProtocol", transport)
        .leaf("capfAuthMode", 0)
        .with(Element::new("capfList"))
        .leaf("certHash", "")
        .leaf("encrConfig", false)
        .with(phone::vendor_config(&service, None));
    let stamp = phone::version_stamp(None, &device.document("UTF-8"));
    device.leaf("versionStamp", stamp)
}

fn device_pool(global: &VoiceRegisterGlobal, server: &Server) -> Element {
    let clock = Element::new("ntp").leaf("name", server.address).leaf("ntpMode", "Unicast");
    let time = Element::new("dateTimeSetting")
        .leaf("dateTemplate", date_template(global))
        .leaf("timeZone", zones::name(global.time_zone))
        .with(Element::new("ntps").with(clock));
    let second = global.secondary_address.map(|address| member(1, &Server { address, ..*server }));
    let members = Element::new("members").with(member(0, server)).with_all(second);
    Element::new("devicePool")
        .with(time)
        .with(Element::new("callManagerGroup").leaf("tftpDefault", true).with(members))
        .with(phone::no_fallback())
        .leaf("connectionMonitorDuration", phone::MONITOR_SECONDS)
}

fn member(priority: u32, server: &Server) -> Element {
    let ports =
        Element::new("ports").leaf("ethernetPhonePort", server.sccp_port).leaf("sipPort", server.sip_port);
    let manager = Element::new("callManager")
        .leaf("name", server.address)
        .with(ports)
        .leaf("processNodeName", server.address);
    Element::new("member").attribute("priority", priority).with(manager)
}

/// The order of day, month and year as it is configured, and `A` for a clock of twelve hours.
fn date_template(global: &VoiceRegisterGlobal) -> String {
    let half_day = if global.hours_24 { "" } else { "A" };
    format!("{}{half_day}", global.date_format.as_deref().unwrap_or("M/D/Y"))
}

fn sip_profile(
    settings: &Settings,
    global: &VoiceRegisterGlobal,
    server: &Server,
    pool: &RegisterPool,
) -> Element {
    let lines = lines(settings, pool);
    let label = pool.description.as_deref().or(lines.first().map(|line| line.name)).unwrap_or_default();
    let voicemail = settings.voicemail_of_sip_phones().unwrap_or_default();
    let used: Vec<u32> = lines.iter().map(|line| line.index).collect();
    let free = (1..=MAX_LINES).filter(|button| !used.contains(button));
    let speed_dials = pool.speed_dials.values().zip(free).map(|(dial, button)| {
        Element::new("line")
            .attribute("button", button)
            .leaf("featureID", SPEED_DIAL)
            .leaf("featureLabel", dial.label.as_deref().unwrap_or(&dial.number))
            .leaf("speedDialNumber", &dial.number)
    });
    let buttons = lines.iter().map(|line| button(line, pool, server, voicemail)).chain(speed_dials);
    Element::new("sipProfile")
        .with(Element::new("sipProxies").leaf("registerWithProxy", true))
        .with(call_features())
        .with(stack(global))
        .leaf("autoAnswerTimer", 1)
        .leaf("transferOnhookEnabled", true)
        .leaf("enableVad", false)
        .leaf("preferredCodec", "none")
        .leaf("dtmfAvtPayload", 101)
        .leaf("dtmfDbLevel", 3)
        .leaf("dtmfOutofBand", "avt")
        .leaf("kpml", 0)
        .leaf("phoneLabel", label)
        .leaf("stutterMsgWaiting", 1)
        .leaf("callStats", true)
        .leaf("disableLocalSpeedDialConfig", true)
        .leaf("startMediaPort", 16384)
        .leaf("stopMediaPort", 32766)
        .with(Element::new("sipLines").with_all(buttons))
        .leaf("voipControlPort", 5060)
        .leaf("dscpForAudio", 184)
        .leaf("ringSettingBusyStationPolicy", 0)
        .leaf("dialTemplate", "dialplan.xml")
}

fn call_features() -> Element {
    let uris = [
        ("callForwardURI", "cfwdall"),
        ("callPickupURI", "pickup"),
        ("callPickupListURI", "opickup"),
        ("callPickupGroupURI", "gpickup"),
        ("meetMeServiceURI", "meetme"),
        ("abbreviatedDialURI", "abbrdial"),
    ];
    let features = Element::new("sipCallFeatures").leaf("cnfJoinEnabled", true);
    uris.into_iter()
        .fold(features, |features, (name, word)| features.leaf(name, format!("x-cisco-serviceuri-{word}")))
        .leaf("rfc2543Hold", false)
        .leaf("callHoldRingback", 2)
        .leaf("localCfwdEnable", true)
        .leaf("semiAttendedTransfer", true)
        .leaf("anonymousCallBlock", 2)
        .leaf("callerIdBlocking", 2)
        .leaf("dndControl", 0)
        .leaf("remoteCcEnable", true)
        .leaf("retainForwardInformation", true)
}

fn stack(global: &VoiceRegisterGlobal) -> Element {
    let numbers = [
        ("sipInviteRetx", 6),
        ("sipRetx", 10),
        ("timerInviteExpires", 180),
        ("timerRegisterExpires", EXPIRES),
        ("timerRegisterDelta", 5),
        ("timerKeepAliveExpires", global.keepalive),
        ("timerSubscribeExpires", 120),
        ("timerSubscribeDelta", 5),
        ("timerT1", 500),
        ("timerT2", 4000),
        ("maxRedirects", 70),
    ];
    let stack = numbers.into_iter().fold(Element::new("sipStack"), |stack, (name, n)| stack.leaf(name, n));
    stack.leaf("remotePartyID", true).leaf("userInfo", "None")
}

fn button(line: &Line<'_>, pool: &RegisterPool, server: &Server, voicemail: &str) -> Element {
    // 3 answers at once on the loudspeaker, 2 leaves it to the user.
    let answers = Element::new("autoAnswer").leaf("autoAnswerEnabled", if line.answers { 3 } else { 2 });
    let shown = Element::new("forwardCallInfoDisplay")
        .leaf("callerName", true)
        .leaf("callerNumber", true)
        .leaf("redirectedNumber", false)
        .leaf("dialedNumber", true);
    let busy = pool.busy_trigger_per_button.unwrap_or(if pool.call_waiting { 2 } else { 1 });
    Element::new("line")
        .attribute("button", line.index)
        .attribute("lineIndex", line.index)
        .leaf("featureID", LINE)
        .leaf("featureLabel", line.label)
        .leaf("proxy", SERVER)
        .leaf("port", server.sip_port)
        .leaf("name", line.number)
        .leaf("displayName", line.name)
        .with(answers)
        .leaf("callWaiting", if pool.call_waiting { 3 } else { 1 })
        .leaf("authName", line.user)
        .leaf("authPassword", &line.password)
        .leaf("sharedLine", line.shared)
        .leaf("messageWaitingLampPolicy", 3)
        .leaf("messagesNumber", voicemail)
        .leaf("ringSettingIdle", 4)
        .leaf("ringSettingActive", 5)
        .leaf("contact", line.number)
        .with(shown)
        .leaf("maxNumCalls", busy.saturating_add(2))
        .leaf("busyTrigger", busy)
}

/// The phone with the SIP firmware of 7940 or 7960 that asks for `SIP<MAC>.cnf`, by its address in lower case.
pub fn text_pool<'a>(settings: &'a Settings, address: &str) -> Option<&'a RegisterPool> {
    let is_old =
        |pool: &&RegisterPool| pool.model.as_deref().is_some_and(|model| TEXT_MODELS.contains(&model));
    pool_named(settings, &format!("sep{address}")).filter(is_old)
}

/// `SIP<MAC>.cnf`: the lines of an old phone, as `name: value`.
pub fn old_file(settings: &Settings, server: &Server, pool: &RegisterPool) -> Vec<u8> {
    let mut text = String::new();
    let mut line = |name: &str, value: &str| {
        // A quotation mark or a line end would begin another value.
        let value: String = value.chars().filter(|c| !c.is_control() && *c != '"').collect();
        // Writing into a string does not fail.
        let _ = writeln!(text, "{name}: \"{value}\"");
    };
    for own in lines(settings, pool) {
        let index = own.index;
        let named = [
            ("name", own.number),
            ("shortname", own.label),
            ("displayname", own.name),
            ("authname", if own.user.is_empty() { "UNPROVISIONED" } else { own.user }),
            ("password", if own.password.is_empty() { "UNPROVISIONED" } else { &own.password }),
        ];
        named.iter().for_each(|(name, value)| line(&format!("line{index}_{name}"), value));
        line(&format!("proxy{index}_address"), &server.address.to_string());
        line(&format!("proxy{index}_port"), &server.sip_port.to_string());
    }
    line("phone_label", pool.description.as_deref().unwrap_or_default());
    text.into_bytes()
}

/// `SIPDefault.cnf`: what all old phones have in common. `None` if there are none.
pub fn old_default(settings: &Settings, server: &Server) -> Option<Vec<u8>> {
    let global = makes_files(settings)?;
    let mut models = settings.register_pools.values().filter_map(|pool| pool.model.as_deref());
    let model = models.find(|model| TEXT_MODELS.contains(model))?;
    let image = load_among(&global.loads, model).unwrap_or_default();
    let voicemail = settings.voicemail_of_sip_phones().unwrap_or_default();
    let text = format!(
        "image_version: \"{image}\"\nproxy1_address: \"{}\"\nproxy1_port: \"{}\"\nproxy_register: \"1\"\n\
         timer_register_expires: \"{EXPIRES}\"\nmessages_uri: \"{voicemail}\"\ndtmf_outofband: \"avt\"\n\
         dtmf_avt_payload: \"101\"\nenable_vad: \"0\"\nremote_party_id: \"1\"\n",
        server.address, server.sip_port
    );
    Some(text.into_bytes())
}

/// What the files of SIP phones are called, and where they are said to be kept, as `show voice register tftp-bind` has it.
pub fn bindings(settings: &Settings) -> Vec<String> {
    if makes_files(settings).is_none() {
        return Vec::new();
    }
    let mut names = vec!["dialplan.xml".to_owned()];
    let old = |pool: &&RegisterPool| pool.model.as_deref().is_some_and(|model| TEXT_MODELS.contains(&model));
    if settings.register_pools.values().any(|pool| old(&pool)) {
        names.push("SIPDefault.cnf".to_owned());
    }
    for pool in settings.register_pools.values() {
        let Some(name) = pool.name_of_device() else { continue };
        if old(&pool) {
            names.push(format!("SIP{}.cnf", name.trim_start_matches("SEP")));
        }
        names.push(format!("{name}.cnf.xml"));
    }
    names.into_iter().map(|name| format!("tftp-server {name} url system:/cme/sipphone/{name}")).collect()
}

#[cfg(test)]
mod tests {
    use hookflash_config::load;

    use super::super::{Answer, answer, tests::SERVER};
    use super::*;

    const OFFICE: &str = "voice register global\n mode cme\n source-address 10.0.0.1 port 5061\n max-dn 5\n max-pool 5\n \
        load 8841 sip88xx.14-0-1\n timezone 23\n time-format 24\n date-format D/M/Y\n voicemail 600\n \
        create profile sync 0004550081249644\n\
        voice register dn 1\n number 301\n name Ann \"A\" Smith\n label Ann\n\
        voice register dn 2\n number 302\n shared-line\n\
        voice register pool 1\n id mac 0011.2233.4455\n type 8841\n number 1 dn 1\n number 3 dn 2\n \
        username ann password secret\n speed-dial 1 205 label Bob\n description Front desk\n session-transport tcp\n\
        voice register pool 2\n id mac 0011.2233.4466\n type 7960\n number 1 dn 2\n session-transport udp\n";

    fn made(name: &str) -> Vec<u8> {
        match answer(&load(OFFICE).settings, &SERVER, name) {
            Answer::Made(content) => content,
            other => panic!("{name}: {other:?}"),
        }
    }

    #[test]
    fn a_sip_phone_finds_its_server_its_lines_and_its_passwords() {
        let file = Element::read(&made("SEP001122334455.cnf.xml")).unwrap();
        for (name, expected) in [
            ("deviceProtocol", "SIP"),
            ("processNodeName", "10.0.0.1"),
            ("sipPort", "5060"),
            ("dateTemplate", "D/M/Y"),
            ("timeZone", "W. Europe Standard/Daylight Time"),
            ("loadInformation", "sip88xx.14-0-1"),
            ("transportLayerProtocol", "1"),
            ("remoteCcEnable", "true"),
            ("phoneLabel", "Front desk"),
        ] {
            assert_eq!(file.find(name).unwrap().text, expected, "{name}");
        }
        let lines = file.find("sipLines").unwrap();
        let told = |name: &str| -> Vec<&str> {
            lines.children.iter().filter_map(|line| Some(line.child(name)?.text.as_ref())).collect()
        };
        assert_eq!(told("featureID"), ["9", "9", "2"]);
        assert_eq!(told("name"), ["301", "302"]);
        assert_eq!(told("displayName"), ["Ann \"A\" Smith", "302"]);
        assert_eq!(told("authName"), ["ann", "ann"]);
        assert_eq!(told("authPassword"), ["secret", "secret"]);
        assert_eq!(told("sharedLine"), ["false", "true"]);
        assert_eq!(told("messagesNumber"), ["600", "600"]);
        assert_eq!(told("speedDialNumber"), ["205"]);
    }

    #[test]
    fn an_old_sip_phone_reads_text() {
        let file = String::from_utf8(made("SIP001122334466.cnf")).unwrap();
        for line in
            ["line1_name: \"302\"", "line1_authname: \"UNPROVISIONED\"", "proxy1_address: \"10.0.0.1\""]
        {
            assert!(file.lines().any(|known| known == line), "{line}: {file}");
        }
        assert!(String::from_utf8(made("SIPDefault.cnf")).unwrap().contains("proxy_register: \"1\"\n"));
        let settings = load(OFFICE).settings;
        assert_eq!(answer(&settings, &SERVER, "SIP001122334455.cnf"), Answer::Missing, "an 8841 reads XML");
        let xml = Element::read(&made("SEP001122334466.cnf.xml")).unwrap();
        assert_eq!(xml.find("transportLayerProtocol").unwrap().text, "2");
    }

    #[test]
    fn nothing_is_made_without_create_profile() {
        let without = load(&OFFICE.replace(" create profile sync 0004550081249644\n", "")).settings;
        for name in ["SEP001122334455.cnf.xml", "SIP001122334466.cnf", "SIPDefault.cnf"] {
            assert_eq!(answer(&without, &SERVER, name), Answer::Missing, "{name}");
        }
        assert_eq!(bindings(&without), Vec::<String>::new());
        let bound = bindings(&load(OFFICE).settings);
        assert!(
            bound.contains(&"tftp-server SIPDefault.cnf url system:/cme/sipphone/SIPDefault.cnf".to_owned())
        );
    }
}
