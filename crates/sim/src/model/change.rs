//! What holds between one state and the next, whatever happened in between.

use hookflash_core::{ConnectionState, ConsultPurpose};

use super::{Call, Connection, State, Verdict};

/// Connections keep their identity, go through their states forwards, and change their call only when two calls become
/// one or a conference is split.
///
/// # Errors
/// The rule that is broken.
pub fn check_change(before: &State, after: &State) -> Verdict {
    for (call, is) in after.all() {
        let Some((former_call, was)) = before.find(is.reference) else { continue };
        let wrong =
            |rule: &str| Err(format!("{rule}: {was:?} of {} is {is:?} of {}", former_call.id, call.id));
        if was.device != is.device || (was.line != is.line && is.state != ConnectionState::Alerting) {
            return wrong("a connection is of another device");
        }
        if !can_become(was, is) {
            return wrong("a connection goes back");
        }
        if call.id != former_call.id && !is_split(after, former_call, call) {
            check_merged(before, after, former_call, call)?;
        }
    }
    Ok(())
}

/// Who made a conference of three has split it: one party is with him in a call of their own.
fn is_split(after: &State, was: &Call, call: &Call) -> bool {
    let made_by = was.connections.iter().find(|own| Some(own.reference) == was.controller);
    let stays = made_by.and_then(|own| after.find(own.reference)).is_some_and(|(same, _)| same.id == was.id);
    let is_there = |device| call.connections.iter().any(|own| own.device == device);
    let parties = (was.connections.len(), call.connections.len());
    parties == (3, 2) && stays && made_by.is_some_and(|own| is_there(own.device))
}

/// All of a call that is absorbed by an older or younger one goes there, and nothing is left of it. A device is in both, or
/// fetches the one where it is parked.
fn check_merged(before: &State, after: &State, absorbed: &Call, call: &Call) -> Verdict {
    let wrong = |rule: &str| Err(format!("{rule}: {absorbed:?} in {call:?}"));
    if after.call(absorbed.id).is_some() {
        return wrong("a connection left its call alone");
    }
    let Some(survivor) = before.call(call.id) else { return Ok(()) };
    let fetched = survivor.is_fetched(after) || absorbed.is_fetched(after);
    let has_both = |own: &Connection| survivor.connections.iter().any(|other| other.device == own.device);
    if !fetched && !absorbed.connections.iter().any(has_both) {
        return wrong("calls of nobody in common were joined");
    }
    let strays = after.all().any(|(other, own)| {
        other.id != call.id && absorbed.connections.iter().any(|was| was.reference == own.reference)
    });
    if strays { wrong("a call was torn apart") } else { Ok(()) }
}

/// Whether the one state can follow the other, perhaps after others in between.
fn can_become(was: &Connection, is: &Connection) -> bool {
    use ConnectionState::*;
    match (was.state, is.state) {
        (Initiated, Initiated) => is.prompting <= was.prompting,
        (Initiated, Connected | Hold | Fail) | (Alerting, Alerting | Connected | Hold | Fail) => true,
        (Connected | Hold, Connected | Hold | Fail) => was.failure.is_none() || was.failure == is.failure,
        (Fail, Fail) | (Queued, Queued) => true,
        _ => false,
    }
}

/// While nobody does anything and no phone comes or goes, every conversation goes on as it is. Only a blind transfer may
/// be complete when its user has dialled no further digit.
///
/// # Errors
/// The rule that is broken.
pub fn check_quiet(before: &State, after: &State) -> Verdict {
    let is_transferred = |call: &Call| {
        let mut blind = before.all().filter(|(_, own)| own.purpose == Some(ConsultPurpose::BlindTransfer));
        blind.any(|(_, own)| own.about.is_some_and(|about| call.references().contains(&about)))
    };
    let goes_on = |call: &Call, was: &Connection| call.is_conversation(was) && !is_transferred(call);
    for (call, was) in before.all().filter(|(call, was)| goes_on(call, was)) {
        match after.find(was.reference) {
            Some((same, is)) if same.id == call.id && is == was => {}
            is => return Err(format!("a conversation does not go on: {was:?} is {is:?}")),
        }
    }
    Ok(())
}
