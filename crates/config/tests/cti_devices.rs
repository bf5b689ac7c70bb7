//! CTI ports, route points and device pools in the configuration.

use hookflash_config::load;

const TEXT: &str = "telephony-service\n max-dn 40\n!\nephone-dn 20\n number 220\nephone-dn 30\n number 300\n \
    max-calls 5000\n busy-trigger 4500\n call-forward unregistered 203\n call-forward failure 204\n!\n\
    cti-manager\n new-call-accept-timer 6\n media-exchange-timer 3\n!\ndevice-pool HQ\n!\ncti-port 1\n name PORT1\n \
    device-pool HQ\n button 1:20\n!\ncti-route-point 1\n name RP1\n device-pool HQ\n button 1:30\n!\nend\n";

#[test]
fn ports_and_route_points_are_configured_and_printed() {
    let loaded = load(TEXT);
    assert_eq!(loaded.diagnostics, []);
    let printed = loaded.settings.running_config();
    for line in TEXT.lines().filter(|line| line.starts_with(' ') || line.starts_with("cti-")) {
        assert!(printed.lines().any(|printed| printed == line), "{line:?} in {printed}");
    }
    assert_eq!(load(&printed).settings, loaded.settings);
    let names: Vec<_> =
        loaded.settings.cti_devices().filter_map(|(_, _, device)| device.name.as_deref()).collect();
    assert_eq!(names, ["PORT1", "RP1"]);
    assert_eq!(loaded.settings.cti_route_points[&1].buttons, [(1, 30)].into());
}

#[test]
fn no_removes_what_was_configured() {
    let text = format!(
        "{TEXT}!\nephone-dn 30\n no max-calls\n no call-forward failure\ncti-port 1\n no button 1\nno cti-route-point 1\n"
    );
    let settings = load(&text.replace("end\n", "")).settings;
    assert!(settings.cti_route_points.is_empty() && settings.cti_ports[&1].buttons.is_empty());
    let dn = &settings.ephone_dns[&30];
    assert_eq!((dn.max_calls, dn.busy_trigger), (None, Some(4500)));
    assert_eq!(dn.features.forward_failure, None);
}

#[test]
fn what_is_wrong_about_a_device_is_said_with_its_line() {
    let wrong = |lines: &str| {
        let loaded = load(&format!("{}{lines}", TEXT.replace("end\n", "")));
        loaded.diagnostics.iter().map(|found| found.message.clone()).collect::<Vec<_>>()
    };
    assert_eq!(
        wrong("cti-route-point 2\n name RP1\n"),
        ["the name `RP1` belongs to cti-route-point 1 already"]
    );
    assert_eq!(wrong("cti-port 2\n device-pool ELSEWHERE\n"), ["device-pool ELSEWHERE does not exist"]);
    assert_eq!(wrong("cti-port 2\n button 35:20\n"), ["a device has at most 34 lines"]);
    assert_eq!(
        wrong("cti-port 2\n button 1:21\n"),
        ["ephone-dn 21 with a number does not exist, so the line stays empty"]
    );
}
