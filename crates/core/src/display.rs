//! What the display of a telephone says, in words: for applications that cannot see it.
//!
//! Phones are sent codes, texts and lists in the form that each model has. Here is the same in rows of text.

use smol_str::{SmolStr, format_smolstr};

use crate::{
    EventCause, ForwardingType,
    view::{Appearance, CallDisplay, StationView},
};

/// The rows: what an application shows, then one row for each call, or else what the idle phone says.
pub fn rows(view: &StationView) -> Vec<SmolStr> {
    let mut rows: Vec<SmolStr> = view.display_text.iter().cloned().collect();
    rows.extend(view.appearances.iter().map(call));
    if view.appearances.is_empty() {
        rows.extend(idle(view));
    }
    rows
}

fn idle(view: &StationView) -> Option<SmolStr> {
    let forwarded = view.forwards.iter().find_map(|line| line.forwarding.get(ForwardingType::Immediate));
    if view.do_not_disturb {
        Some("Do Not Disturb".into())
    } else if let Some(forward) = forwarded {
        Some(format_smolstr!("Forwarded to {}", forward.number))
    } else {
        view.message_waiting.contains(&1).then(|| "You Have Voice Mail".into())
    }
}

fn call(appearance: &Appearance) -> SmolStr {
    let other = if appearance.incoming { &appearance.calling.number } else { &appearance.called.number };
    let with = |words: &str| match other.is_empty() {
        true => words.into(),
        false => format_smolstr!("{words} {other}"),
    };
    match appearance.display {
        CallDisplay::Dialling if appearance.digits.is_empty() => "Enter Number".into(),
        CallDisplay::Dialling => appearance.digits.clone(),
        CallDisplay::Prompted => format_smolstr!("Call {}?", appearance.called.number),
        CallDisplay::Proceeding => with("Call Proceed"),
        CallDisplay::RingingOut => with("Ring Out"),
        CallDisplay::RingingIn { .. } => with("From"),
        CallDisplay::Connected if !appearance.members.is_empty() => conference(appearance),
        CallDisplay::Connected => with("Connected"),
        CallDisplay::OnHold | CallDisplay::RemoteHold => with("Hold"),
        CallDisplay::RemoteInUse => "In Use Remote".into(),
        CallDisplay::Failed(EventCause::Busy | EventCause::DoNotDisturb) => with("Busy"),
        CallDisplay::Failed(EventCause::DestNotObtainable) => "Unknown Number".into(),
        CallDisplay::Failed(EventCause::CallNotAnswered) => "No Answer".into(),
        CallDisplay::Failed(_) => "Temporary Failure".into(),
    }
}

fn conference(appearance: &Appearance) -> SmolStr {
    let members: Vec<&str> = appearance.members.iter().map(|member| member.number.as_str()).collect();
    format_smolstr!("Conference {}", members.join(", "))
}
