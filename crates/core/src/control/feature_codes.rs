//! Feature access codes (`fac`): features that are dialled instead of pressing their keys.
//!
//! Digits behind a code belong to the feature: the number to forward to, the slot, the pilot. Two codes are for the call
//! that is being transferred: it is taken back and parked, or sent to the mailbox of somebody.

use super::{
    clear_connection, consultation_call, dialling, hunt_group, park_call, pickup_call, retrieve_call,
    set_do_not_disturb, set_forwarding, single_step_transfer_call,
};
use crate::{
    Connection, ConnectionKey, EventCause, FeatureCode, ForwardingType, Refusal, StationId, Timer,
    calls::Entry, features::DialledCode, state::State,
};

/// Does what the code is for, with the digits that were dialled behind it: all of them if they are complete.
pub(crate) fn carry_out(st: &mut State, key: ConnectionKey, code: DialledCode, complete: bool) {
    let Some(connection) = st.calls.connection(key) else { return };
    let (device, line, station) = (connection.device(), connection.line(), connection.station());
    let digits = Digits { dialled: &code.rest, complete };
    match code.feature {
        FeatureCode::ForwardAll => enter(st, key, Entry::Forward, digits),
        FeatureCode::PickupLocal => enter(st, key, Entry::Pickup, Digits { dialled: "*", complete: true }),
        FeatureCode::PickupGroup => enter(st, key, Entry::GroupPickup, digits),
        FeatureCode::PickupDirect | FeatureCode::FetchParked => enter(st, key, Entry::Pickup, digits),
        FeatureCode::JoinHuntGroup => enter(st, key, Entry::JoinHuntGroup, digits),
        FeatureCode::LeaveHuntGroup => enter(st, key, Entry::LeaveHuntGroup, digits),
        FeatureCode::ParkCall => enter_about_held(st, key, Entry::Park, digits),
        FeatureCode::TransferToVoicemail => enter_about_held(st, key, Entry::Mailbox, digits),
        FeatureCode::CancelForward => {
            end(st, key, Ok(()));
            set_forwarding::deactivate(st, device, ForwardingType::Immediate);
        }
        FeatureCode::DoNotDisturb => {
            end(st, key, Ok(()));
            if let Some(station) = station {
                set_do_not_disturb::key(st, station, None);
            }
        }
        FeatureCode::HuntGroupLog => {
            end(st, key, Ok(()));
            if let Some(station) = station {
                hunt_group::log_key(st, station);
            }
        }
        FeatureCode::HuntGroupLogLine => {
            end(st, key, Ok(()));
            hunt_group::log_line(st, line);
        }
        FeatureCode::NightService => {
            let may = station
                .is_some_and(|id| st.stations[id].lines().any(|line| st.lines[line].settings().night_bell));
            st.night_switched ^= may;
            end(st, key, if may { Ok(()) } else { Err(Refusal::InvalidFeatureNumber) });
        }
        FeatureCode::LeaveHuntGroups => {
            let left = hunt_group::leave(st, line, None);
            end(st, key, left);
        }
        FeatureCode::CancelCallWaiting | FeatureCode::OverrideHours => {
            let Some(connection) = st.calls.connection_mut(key) else { return };
            match code.feature {
                FeatureCode::OverrideHours => connection.overrides_hours = true,
                _ => connection.cancels_waiting = true,
            }
            connection.dialled = Default::default();
            st.start_timer(key, st.settings.timeouts.interdigit, Timer::InterDigit(key));
            st.call_of_changed(key);
            digits.dial(st, key);
        }
        FeatureCode::Redial => {
            let number = station.map(|station| st.stations[station].last_dialled.clone());
            dial(st, key, &number.unwrap_or_default());
        }
        FeatureCode::Voicemail => {
            let number = st.settings.features.voicemail.clone().unwrap_or_default();
            dial(st, key, &number);
        }
    }
}

/// The digits that were dialled behind a code.
#[derive(Clone, Copy)]
struct Digits<'a> {
    dialled: &'a str,
    /// Whether no more of them are awaited.
    complete: bool,
}

impl Digits<'_> {
    fn dial(self, st: &mut State, key: ConnectionKey) {
        match self.dialled {
            // Who dials a whole number at once dials no more behind it.
            "" if self.complete => dialling::interdigit_timeout(st, key),
            "" => {}
            digits if self.complete => dialling::dial_number(st, key, digits),
            digits => dialling::dial_number(st, key, &format!("{digits};")),
        }
    }
}

/// What a code needs has been dialled.
pub(super) fn entered(st: &mut State, key: ConnectionKey) {
    let Some(connection) = st.calls.connection(key) else { return };
    let (line, station, digits) = (connection.line(), connection.station(), connection.dialled.clone());
    let outcome = match connection.entry {
        Some(Entry::JoinHuntGroup) => hunt_group::join(st, line, &digits),
        Some(Entry::LeaveHuntGroup) => hunt_group::leave(st, line, Some(&digits)),
        Some(Entry::Park) => return park_at(st, key, &digits),
        Some(Entry::Mailbox) => transfer_to_mailbox(st, key, &digits),
        _ => return,
    };
    end_at(st, key, station, outcome);
}

/// The call that is transferred is parked at the slot, or with no digits at any.
pub(super) fn park_at(st: &mut State, key: ConnectionKey, slot: &smol_str::SmolStr) {
    let station = st.calls.connection(key).and_then(Connection::station);
    let slot = Some(slot).filter(|digits| !digits.is_empty());
    match (take_back(st, key).and_then(|held| park_call::park(st, held, slot)), station) {
        (Ok(parked), Some(station)) => park_call::show_slot(st, station, parked),
        (parked, _) => end_at(st, key, station, parked.map(|_| ())),
    }
}

/// The call that is transferred goes to the voicemail system, as one that the number had forwarded there.
fn transfer_to_mailbox(
    st: &mut State,
    key: ConnectionKey,
    number: &smol_str::SmolStr,
) -> Result<(), Refusal> {
    let voicemail = st.settings.features.voicemail.clone().ok_or(Refusal::InvalidDestination)?;
    let owner = st.lines.dial_plan().lines(number).next().ok_or(Refusal::InvalidDestination)?;
    let held = take_back(st, key)?;
    single_step_transfer_call::transfer_to_mailbox(st, held, owner, number, &voicemail).map(|_| ())
}

/// The call that is being transferred, which is active again: the one in which the code was dialled is over.
fn take_back(st: &mut State, key: ConnectionKey) -> Result<ConnectionKey, Refusal> {
    let held = consultation_call::held_for(st, key).ok_or(Refusal::InvalidFeatureNumber)?.held;
    retrieve_call::check(st, held, None)?;
    done(st, key);
    retrieve_call::retrieve(st, held, None)?;
    Ok(held)
}

/// The call in which the code was dialled is over.
fn done(st: &mut State, key: ConnectionKey) {
    clear_connection::clear(st, key, EventCause::NormalClearing);
}

/// The call in which the code was dialled is over, if it is not yet; the phone confirms that, or says why nothing has come
/// of it.
fn end(st: &mut State, key: ConnectionKey, outcome: Result<(), Refusal>) {
    let station = st.calls.connection(key).and_then(Connection::station);
    end_at(st, key, station, outcome);
}

/// As [`end`]; the station is that of the call.
fn end_at(st: &mut State, key: ConnectionKey, station: Option<StationId>, outcome: Result<(), Refusal>) {
    done(st, key);
    let Some(station) = station else { return };
    let here = &mut st.stations[station];
    match outcome {
        Ok(()) => here.confirmed = true,
        Err(refusal) => here.refused = Some(refusal),
    }
    st.station_changed(station);
}

fn enter(st: &mut State, key: ConnectionKey, entry: Entry, digits: Digits<'_>) {
    pickup_call::turn_into(st, key, entry);
    digits.dial(st, key);
}

/// As [`enter`], for a feature of the call that is being transferred: without one, there is nothing to enter.
fn enter_about_held(st: &mut State, key: ConnectionKey, entry: Entry, digits: Digits<'_>) {
    match consultation_call::held_for(st, key) {
        Some(_) => enter(st, key, entry, digits),
        None => end(st, key, Err(Refusal::InvalidFeatureNumber)),
    }
}

fn dial(st: &mut State, key: ConnectionKey, number: &str) {
    if !number.is_empty() {
        return dialling::dial_number(st, key, number);
    }
    end(st, key, Err(Refusal::InvalidCalledDevice));
}
