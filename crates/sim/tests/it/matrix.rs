//! Each story of `stories/matrix` is told with every assignment of SCCP and SIP to its phones: it goes as it is told, and
//! applications are told the same.

use hookflash_sim::{
    story::{Declaration, Number, Stage, Story},
    transcript::EventSummary,
    world::PartyId,
};
use hookflash_wire::csta::{EventBody, EventCause};

use crate::stories::stories_in;

/// The story with SIP phones where the bits say so; every second one is over TCP.
fn assigned(story: &Story, sip: u32) -> Story {
    let mut other = story.clone();
    let mut phone = 0;
    for declaration in &mut other.setting.declarations {
        let (who, lines) = match declaration {
            Declaration::Phone { who, lines, .. } | Declaration::DualLinePhone { who, lines, .. } => {
                (who, lines)
            }
            _ => continue,
        };
        let number = Number(lines.0[0].clone());
        if sip & (1 << phone) != 0 {
            let who = who.clone();
            *declaration = match phone % 2 {
                0 => Declaration::SipPhone { who, number },
                _ => Declaration::SipPhoneOverTcp { who, number },
            };
        }
        phone += 1;
    }
    other
}

fn phones(story: &Story) -> u32 {
    let is_phone = |declaration: &&Declaration| {
        matches!(declaration, Declaration::Phone { .. } | Declaration::DualLinePhone { .. })
    };
    u32::try_from(story.setting.declarations.iter().filter(is_phone).count()).unwrap()
}

/// What each monitor was told, in order: event, call, parties, state and cause.
fn told(story: &Story) -> Result<Vec<(PartyId, String, Vec<String>)>, String> {
    let failed = |failure: Box<hookflash_sim::story::Failure>| format!("{failure}\n\n{}", failure.ladder);
    let mut stage = Stage::new(&story.setting, 1).map_err(failed)?;
    stage.take_heard();
    story.steps.iter().try_for_each(|step| stage.perform(step)).map_err(failed)?;
    stage.end().map_err(failed)?;
    let mut monitors: Vec<(PartyId, String, Vec<String>)> = Vec::new();
    for (party, event) in stage.take_heard() {
        // A phone that acts for itself is called when it shall take a call over, and that is told.
        let cause = EventSummary::of(&event.body).cause;
        if matches!(event.body, EventBody::Delivered(_)) && cause == Some(EventCause::CallPickup) {
            continue;
        }
        let name = event.monitor_cross_ref_id.to_string();
        let line = format!("{} {}", event.body.root(), EventSummary::of(&event.body));
        match monitors.iter_mut().find(|(owner, monitor, _)| *owner == party && *monitor == name) {
            Some((.., lines)) => lines.push(line),
            None => monitors.push((party, name, vec![line])),
        }
    }
    monitors.sort();
    Ok(monitors)
}

#[test]
fn every_service_does_the_same_with_phones_of_either_kind() {
    let only = std::env::var("HOOKFLASH_MATRIX").ok();
    let stories = stories_in("matrix");
    let mut failures = String::new();
    for (name, story) in &stories {
        if only.as_ref().is_some_and(|only| !name.contains(only)) {
            continue;
        }
        let mut expected = None;
        for sip in 0..1 << phones(story) {
            let kinds: String = (0..phones(story))
                .map(|phone| if sip & (1 << phone) == 0 { " SCCP" } else { " SIP" })
                .collect();
            match (told(&assigned(story, sip)), &expected) {
                (Err(failure), _) => failures.push_str(&format!("\n== {name},{kinds}: {failure}\n")),
                (Ok(told), None) => expected = Some(told),
                (Ok(told), Some(expected)) if told != *expected => {
                    failures.push_str(&format!("\n== {name},{kinds}: {}\n", difference(expected, &told)));
                }
                (Ok(_), Some(_)) => {}
            }
        }
    }
    assert!(failures.is_empty(), "{failures}");
    assert!(stories.len() >= 22, "only {} stories", stories.len());
}

/// The first monitor that was told something else, side by side.
fn difference(
    expected: &[(PartyId, String, Vec<String>)],
    told: &[(PartyId, String, Vec<String>)],
) -> String {
    let Some(((_, name, before), (_, _, now))) = expected.iter().zip(told).find(|(a, b)| a != b) else {
        return "not as many monitors".to_owned();
    };
    let mut text = format!("monitor {name}\n");
    for place in 0..before.len().max(now.len()) {
        let (a, b) =
            (before.get(place).map_or("", String::as_str), now.get(place).map_or("", String::as_str));
        let mark = if a == b { " " } else { "!" };
        text.push_str(&format!("{mark} {a:<75} | {b}\n"));
    }
    text
}
