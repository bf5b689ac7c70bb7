//! Limits that raise alarms.

use super::*;

fn show(office: &mut Office, line: &str) -> String {
    match crate::cli::execute(&mut office.node, line, 80) {
        crate::cli::Done::Printed(text) => text,
        other => panic!("{line}: {other:?}"),
    }
}

fn alarms(office: &mut Office, name: &str) -> usize {
    show(office, "show alarms").lines().filter(|line| line.contains(name)).count()
}

#[test]
fn more_devices_than_the_limits_raise_an_alarm_once_and_work() {
    let mut office = Office::with(|settings| {
        settings.csta_tcp.device_limits = crate::DeviceLimits { per_provider: 1, per_node: 2 };
    });
    let mut app = Application::started(&mut office, 60);
    app.monitor(&mut office, "201");
    app.monitor(&mut office, "tel:201");
    assert_eq!(alarms(&mut office, "MaxDevices"), 0, "one device, however often it is monitored");
    let object = "<monitorObject><deviceObject>202</deviceObject></monitorObject>";
    let started = app.service(&mut office, &format!("<MonitorStart>{object}</MonitorStart>"));
    assert_eq!(alarms(&mut office, "MaxDevicesPerProviderExceeded"), 1);
    let mut second = Application::started(&mut office, 60);
    second.monitor(&mut office, "203");
    assert_eq!(alarms(&mut office, "MaxDevicesPerNodeExceeded"), 1);
    assert_eq!(
        alarms(&mut office, "MaxDevicesPerProviderExceeded"),
        1,
        "one provider, over all its sessions"
    );
    let line = show(&mut office, "show alarms");
    assert!(line.starts_with("%UC_CTI-4-MaxDevicesPerProviderExceeded: %[AppID="), "{line}");
    office.dial(1, "203");
    assert!(!app.events(&mut office).is_empty(), "the device beyond the limit works");
    let monitor = member(&started, "monitorCrossRefID");
    let session = second.session.clone();
    second.stop(&mut office, &session);
    let stop = format!("<MonitorStop><monitorCrossRefID>{monitor}</monitorCrossRefID></MonitorStop>");
    app.service(&mut office, &stop);
    app.monitor(&mut office, "202");
    assert_eq!(alarms(&mut office, "MaxDevicesPerProviderExceeded"), 2, "again when it was below the limit");
}

#[test]
fn what_goes_wrong_with_providers_raises_an_alarm() {
    let mut office = Office::with(|settings| settings.csta_tcp.max_sessions = 1);
    let mut app = Application::started(&mut office, 10);
    let mut second = Application::connected(&mut office);
    second.start(&mut office, &start("second", "", &["http://example.com"], None));
    assert_eq!(alarms(&mut office, "CtiIncompatibleProtocolVersion"), 1);
    second.start(&mut office, &start("second", "", &[ED3], None));
    assert_eq!(alarms(&mut office, "CtiMaxConnectionReached"), 1);
    assert_eq!(alarms(&mut office, "%UC_CTI-3-CtiProviderOpenFailure"), 2);
    app.service(
        &mut office,
        "<MonitorStart><monitorObject><deviceObject>204</deviceObject></monitorObject></MonitorStart>",
    );
    assert_eq!(alarms(&mut office, "kCtiDeviceOpenFailAccessDenied: %[DeviceName=204][LoginUserID=test]"), 1);
    assert_eq!(
        alarms(&mut office, "kCtiLineOpenFailAccessDenied: %[DirectoryNumber=204][LoginUserID=test]"),
        1
    );
    office.wait(seconds(10));
    assert_eq!(alarms(&mut office, "CtiProviderCloseHeartbeatTimeout"), 1);
    let third = Application::started(&mut office, 60);
    office.disconnect(Wire::Tcp(third.link));
    assert_eq!(alarms(&mut office, "ApplicationConnectionDropped"), 1);
    let providers = show(&mut office, "show cti provider");
    assert!(providers.contains("test") && providers.contains("OUT_OF_SERVICE"), "{providers}");
    assert!(show(&mut office, "show cti-manager").contains("Alarms raised"));
}
