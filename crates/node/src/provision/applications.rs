//! What applications may do, and what the operator should know about that.

use hookflash_core::{CtiSettings, LineSettings};

use crate::config;

pub(super) fn cti(config: &config::Settings) -> CtiSettings {
    let service = config.voice_service();
    CtiSettings {
        enabled: !is_cti_shut(config),
        basic_mode: service.cti_csta_mode_basic,
        expands_numbers: !service.cti_suppress_conversion,
        ..CtiSettings::default()
    }
}

/// Whether applications are refused (`cti shutdown`, which is the default). A configuration with a `cti-manager` and without
/// `voice service voip` wants applications, and cannot say so elsewhere.
pub(crate) fn is_cti_shut(config: &config::Settings) -> bool {
    let wanted = config.voice_service.is_none() && config.cti_manager.is_some();
    config.voice_service().cti_shutdown && !wanted
}

/// What the operator should know about applications.
pub(super) fn notes(config: &config::Settings, lines: &[LineSettings]) -> impl Iterator<Item = String> {
    cti_note(config, lines).into_iter().chain(call_monitor_note(config, lines))
}

/// Cisco's applications need `callmonitor`; here it makes no difference.
fn call_monitor_note(config: &config::Settings, lines: &[LineSettings]) -> Option<String> {
    let service = config.voice_service();
    let watched = lines.iter().any(|line| line.cti_watch);
    let expected = watched && !service.cti_shutdown && !service.cti_csta_mode_basic;
    (expected && !service.callmonitor).then(|| {
        "callmonitor is not configured: it makes no difference, applications get every event".to_owned()
    })
}

/// What is missing for applications, where something says that there shall be some.
fn cti_note(config: &config::Settings, lines: &[LineSettings]) -> Option<String> {
    let watched = lines.iter().any(|line| line.cti_watch);
    match (is_cti_shut(config), watched) {
        (true, true) => {
            Some("applications are refused: add `no cti shutdown` to voice service voip".to_owned())
        }
        (false, false) if !lines.is_empty() => {
            Some("applications cannot monitor any line: no ephone-dn has `cti watch`".to_owned())
        }
        _ => None,
    }
}

fn is_on_the_web(manager: &config::CtiManager) -> bool {
    manager.http_port.is_some() || manager.https_port.is_some()
}

fn has_streams(manager: &config::CtiManager) -> bool {
    manager.csta_tcp_port.is_some() || manager.csta_tls_port.is_some()
}

/// Whether who logs in is served somewhere.
fn manager_serves(manager: &config::CtiManager) -> bool {
    is_on_the_web(manager) || has_streams(manager) || manager.sip_authenticate
}

/// Who may control what without a password.
pub(super) fn without_password(config: &config::Settings, lines: &[LineSettings]) -> String {
    let manager = config.cti_manager.clone().unwrap_or_default();
    let watched = lines.iter().filter(|line| line.cti_watch).count();
    let serves = !is_cti_shut(config) && manager_serves(&manager);
    if serves && watched == 0 && config.cti_users().next().is_some() {
        return "no application may control anything without a password".to_owned();
    }
    if is_cti_shut(config) || watched == 0 {
        return "no application may control anything".to_owned();
    }
    let (web, streams) = (is_on_the_web(&manager), has_streams(&manager));
    let doors = [
        (!manager.sip_authenticate, "SIP (`csta sip authenticate` demands one)"),
        (streams && config.cti_users().next().is_none(), "TCP (an `application-user` closes it)"),
        (web && config.cti_users().next().is_none(), "HTTP (an `application-user` closes it)"),
    ];
    let open: Vec<&str> = doors.into_iter().filter(|(open, _)| *open).map(|(_, door)| door).collect();
    let lines = if watched == 1 { "1 line".to_owned() } else { format!("{watched} lines") };
    match open.is_empty() {
        true => "no application may control anything without a password".to_owned(),
        false => format!(
            "any address may monitor and control {lines} (`cti watch`) without a password by {}",
            open.join(", ")
        ),
    }
}

#[cfg(test)]
mod tests {
    use crate::{config, provision};

    #[test]
    fn what_applications_need_is_asked_for() {
        let notes = |rest: &str| {
            let text = format!("telephony-service\n max-dn 2\n ip source-address 10.0.0.1\n{rest}");
            provision(&config::load(&text).settings, None).notes
        };
        let (watch, open) = (
            "ephone-dn 1\n number 201\n cti watch\n",
            "voice service voip\n no cti shutdown\n callmonitor\n",
        );
        assert!(
            notes(&format!("voice service voip\n no cti shutdown\n{watch}"))[0]
                .starts_with("callmonitor is not")
        );
        assert!(notes(watch)[0].starts_with("applications are refused: add `no cti shutdown`"));
        assert!(
            notes(&format!("{open}ephone-dn 1\n number 201\n"))[0].contains("no ephone-dn has `cti watch`")
        );
        for complete in [&format!("{open}{watch}"), open, "", "ephone-dn 1\n number 201\n"] {
            assert_eq!(notes(complete), [""; 0]);
        }
    }

    #[test]
    fn a_cti_manager_alone_serves_applications() {
        let enabled = |text: &str| provision(&config::load(text).settings, None).settings.csta_tcp.enabled;
        assert!(enabled("cti-manager\n csta tcp port 0\n"));
        assert!(!enabled("voice service voip\n gcid\ncti-manager\n csta tcp port 0\n"));
        assert!(enabled("voice service voip\n no cti shutdown\ncti-manager\n csta tcp port 0\n"));
        assert!(!enabled(""));
    }

    #[test]
    fn a_hunt_group_is_controlled_by_those_who_control_a_member() {
        let made = |watch: &str, list: &str| {
            let text = format!(
                "telephony-service\n max-dn 2\nephone-dn 1\n number 201\n{watch}ephone-hunt 1 peer\n pilot 500\n list {list}\n\
                 voice service voip\n no cti shutdown\n"
            );
            provision(&config::load(&text).settings, None)
        };
        assert_eq!(made("", "201").without_password, "no application may control anything");
        for list in ["201", "*"] {
            assert!(made(" cti watch\n", list).without_password.contains("control 2 lines"), "{list}");
        }
        assert!(made(" cti watch\n", "202, 203").without_password.contains("control 1 line "));
    }
}
