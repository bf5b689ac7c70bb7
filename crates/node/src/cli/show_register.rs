//! `show voice register session-server`.

use std::fmt::Write;

use crate::{Node, config::table::Matched, registrar::SessionManagerState};

/// A row for each session manager, and one more for each further contact.
pub(super) fn session_server(node: &mut Node, matched: &Matched<'_>) -> String {
    let mut text = String::new();
    let wanted = matched.number("tag");
    for manager in node.registrar.session_managers() {
        let settings = manager.settings();
        if wanted.is_some_and(|tag| tag != settings.tag) {
            continue;
        }
        if text.is_empty() {
            let _ = writeln!(
                text,
                "{:<5}{:<32}{:<11}{:<11}{:<14}{:<10}{:<9}{:<27}Contact",
                "Tag", "Register-id", "Keepalive", "CTI-aware", "State", "Sessions", "Expires", "Transport",
            );
        }
        let state = match manager.state(node.now) {
            SessionManagerState::Unregistered => "UNREGISTERED",
            SessionManagerState::Registered => "REGISTERED",
            SessionManagerState::Unanswered => "CTI DOWN",
        };
        let _ = write!(
            text,
            "{:<5}{:<32}{:<11}{:<11}{:<14}{:<10}",
            settings.tag,
            settings.register_id,
            format!("{} s", settings.keepalive.as_secs()),
            if settings.cti_aware { "yes" } else { "no" },
            state,
            manager.sessions().count(),
        );
        for (index, binding) in manager.bindings().enumerate() {
            let indent = if index == 0 { 0 } else { BEFORE_EXPIRES };
            let left = format!("{} s", binding.seconds_left(node.now));
            let _ =
                writeln!(text, "{:indent$}{left:<9}{:<27}{}", "", binding.flow().to_string(), binding.uri());
        }
        if manager.bindings().next().is_none() {
            text.push_str("-\n");
        }
    }
    if text.is_empty() { "no session-server to show\n".to_owned() } else { text }
}

/// The width of the columns before that of the expiry.
const BEFORE_EXPIRES: usize = 5 + 32 + 11 + 11 + 14 + 10;
