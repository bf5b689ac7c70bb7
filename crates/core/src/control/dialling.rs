//! Collecting digits, until the number is complete.

use smol_str::{SmolStr, SmolStrBuilder, format_smolstr};

use super::{failure, feature_codes, pickup_call, routing, set_forwarding, transfer_call};
use crate::{
    CallEventKind, Connection, ConnectionKey, ConsultPurpose, EventCause, LineId, Match, Refusal, StationId,
    Timer, Transition,
    calls::{Dialling, Entry},
    cti::report,
    dial_plan::is_address,
    features::DialledCode,
    state::State,
};

/// Longest number that can be dialled; further digits are ignored. Cisco's directory numbers have at most 16
/// digits; the fields of SCCP hold 24.
const MAX_DIGITS: usize = 24;

/// Longest address that can be dialled.
pub const MAX_ADDRESS: usize = 128;

/// The user dialled one more digit. `#` ends the number.
pub(crate) fn dial_digit(st: &mut State, key: ConnectionKey, digit: char) {
    let Some(connection) = collecting(st, key) else { return };
    let (dialled, entry) = (connection.dialled.clone(), connection.entry);
    if digit == '#' && (!dialled.is_empty() || entry == Some(Entry::Park)) {
        let goes_on = format_smolstr!("{dialled}#");
        let features = &st.settings.features;
        if entry.is_some()
            || !(features.begins_code(&goes_on)
                || features.code(&goes_on).is_some_and(|code| code.rest.is_empty()))
        {
            return number_complete(st, key);
        }
    }
    let Some(connection) = collecting(st, key) else { return };
    let (dialled, line, entry) = (connection.dialled.len(), connection.line(), connection.entry);
    let forwards = entry == Some(Entry::Forward);
    let most = st.lines[line].settings().forward_max_length.filter(|_| forwards);
    if dialled >= most.unwrap_or(MAX_DIGITS).min(MAX_DIGITS) || !is_digit(digit) {
        return;
    }
    let Some(connection) = collecting(st, key) else { return };
    let mut dialled = SmolStrBuilder::new();
    dialled.push_str(&connection.dialled);
    dialled.push(digit);
    let is_first = connection.dialled.is_empty();
    connection.dialled = dialled.finish();
    if is_first {
        tell_dialled(st, key);
    }
    digits_changed(st, key);
}

/// Tells monitors that the user has begun to dial a number to call, and what.
fn tell_dialled(st: &mut State, key: ConnectionKey) {
    let Some(connection) = st.calls.connection(key).filter(|own| own.entry.is_none()) else { return };
    if !connection.dialled.is_empty() && !st.is_trunk(connection.line()) {
        let dialled = connection.dialled.clone();
        report::dialled(st, key, &dialled);
    }
}

/// The user took the last digit back.
pub(crate) fn undial_digit(st: &mut State, key: ConnectionKey) {
    let Some(connection) = collecting(st, key) else { return };
    let keep = connection.dialled.len().saturating_sub(1);
    connection.dialled = SmolStr::new(connection.dialled.get(..keep).unwrap_or_default());
    st.start_timer(key, st.settings.timeouts.interdigit, Timer::InterDigit(key));
    st.call_of_changed(key);
}

/// The user says that the number is complete.
pub(crate) fn dial_complete(st: &mut State, key: ConnectionKey) {
    if collecting(st, key).is_some_and(|connection| !connection.dialled.is_empty()) {
        number_complete(st, key);
    }
}

/// The user dials a whole number at once, or the beginning of one: see [`dial_string`].
pub(crate) fn dial_number(st: &mut State, key: ConnectionKey, number: &str) {
    let Some(connection) = collecting(st, key) else { return };
    let is_first = connection.dialled.is_empty();
    let (digits, complete) = dial_string(number);
    connection.dialled = digits;
    if is_first {
        tell_dialled(st, key);
    }
    if complete { number_complete(st, key) } else { digits_changed(st, key) }
}

/// As [`dial_number`], but the switch dials: the number was named with the call.
pub(crate) fn dial_named(st: &mut State, key: ConnectionKey, number: &str) {
    let Some(connection) = collecting(st, key) else { return };
    let (digits, complete) = dial_string(number);
    connection.dialled = digits;
    if complete { number_complete(st, key) } else { digits_changed(st, key) }
}

/// Dial Digits (ECMA-269 clause 17.1.16): adds to what the user of a connection has dialled.
///
/// # Errors
/// [`Refusal::InvalidConnectionState`] when nothing can be dialled there, [`Refusal::InvalidDigits`] for other characters, or
/// too many; then nothing has changed.
pub(crate) fn dial_digits(st: &mut State, key: ConnectionKey, number: &str) -> Result<(), Refusal> {
    let state = st.calls.state(key);
    let connection = collecting(st, key).ok_or(Refusal::InvalidConnectionState(state))?;
    let (digits, complete) = dial_string(number);
    let expected = number.strip_suffix([';', '#']).unwrap_or(number).len();
    if digits.is_empty() || digits.len() < expected || connection.dialled.len() + digits.len() > MAX_DIGITS {
        return Err(Refusal::InvalidDigits);
    }
    let mut dialled = SmolStrBuilder::new();
    dialled.push_str(&connection.dialled);
    dialled.push_str(&digits);
    let dialled = dialled.finish();
    connection.dialled = dialled.clone();
    if connection.entry.is_none() {
        report::dialled(st, key, &dialled);
    }
    if complete {
        number_complete(st, key)
    } else {
        digits_changed(st, key)
    }
    Ok(())
}

/// The user has not dialled another digit.
pub(crate) fn interdigit_timeout(st: &mut State, key: ConnectionKey) {
    let waits =
        |connection: &mut Connection| connection.dialled.is_empty() && connection.entry != Some(Entry::Park);
    match collecting(st, key).map(waits) {
        Some(true) => failure::fail_here(st, key, EventCause::ReorderTone),
        Some(false) => number_complete(st, key),
        None => {}
    }
}

fn collecting(st: &mut State, key: ConnectionKey) -> Option<&mut Connection> {
    let collects = |connection: &&mut Connection| {
        matches!(connection.dialling(), Some(Dialling::Collecting | Dialling::Entering(_)))
    };
    st.calls.connection_mut(key).filter(collects)
}

fn digits_changed(st: &mut State, key: ConnectionKey) {
    st.call_of_changed(key);
    let Some(connection) = st.calls.connection(key) else { return };
    let features = &st.settings.features;
    let begins_code = may_use_codes(st, connection) && features.begins_code(&connection.dialled);
    if connection.entry.is_none()
        && !begins_code
        && let Some(code) = code(st, connection)
    {
        let complete = code.complete;
        return feature_codes::carry_out(st, key, code, complete);
    }
    let undecided = connection.dialled.is_empty()
        || (connection.entry.is_none() && (begins_code || features.begins_expansion(&connection.dialled)))
        || match connection.entry {
            Some(entry) => !pickup_call::is_complete(st, entry, &connection.dialled),
            None => {
                let rules = &st.lines[connection.line()].settings().from_phone.called;
                match st.lines.dial_plan().lookup(&rules.shown(&connection.dialled)) {
                    Match::Incomplete | Match::CompleteOrMore => true,
                    // What the rest becomes is not known.
                    Match::None => !rules.is_empty(),
                    Match::Complete => false,
                }
            }
        };
    if undecided {
        st.start_timer(key, st.settings.timeouts.interdigit, Timer::InterDigit(key));
    } else {
        number_complete(st, key);
    }
}

fn number_complete(st: &mut State, key: ConnectionKey) {
    match st.calls.connection(key).map(|connection| connection.entry) {
        Some(Some(Entry::Forward)) => set_forwarding::forward_entered(st, key),
        Some(Some(Entry::Park | Entry::Mailbox | Entry::JoinHuntGroup | Entry::LeaveHuntGroup)) => {
            feature_codes::entered(st, key);
        }
        Some(Some(entry)) => pickup_call::entered(st, key, entry),
        Some(None) => code_or_number(st, key),
        None => {}
    }
}

/// What was dialled is a feature code, with what belongs to it, or a number to call.
fn code_or_number(st: &mut State, key: ConnectionKey) {
    match st.calls.connection(key).and_then(|own| code(st, own)) {
        Some(code) => feature_codes::carry_out(st, key, code, true),
        None => dialled(st, key),
    }
}

/// The feature code that was dialled, if it is one there.
fn code(st: &State, connection: &Connection) -> Option<DialledCode> {
    st.settings.features.code(&connection.dialled).filter(|_| may_use_codes(st, connection))
}

/// Feature codes are for the users of this system: who calls by a trunk dials numbers only.
fn may_use_codes(st: &State, connection: &Connection) -> bool {
    let station = connection.station().and_then(|station| st.stations.get(station));
    station.is_none_or(|station| station.settings().trunk.is_none())
}

/// The number is complete: the call leaves the caller and reaches somebody, or fails.
fn dialled(st: &mut State, key: ConnectionKey) {
    st.stop_timer(key);
    let Some(connection) = st.calls.connection(key) else { return };
    let (call_id, line, digits) = (connection.call(), connection.line(), connection.dialled.clone());
    if let Some(station) = connection.station() {
        st.stations[station].last_dialled = digits.clone();
    }
    let dialled = digits;
    let Some(digits) = translated(st, line, &dialled) else {
        return failure::fail_here(st, key, EventCause::ReorderTone);
    };
    let called = st.lines.party_named(&digits);
    let Some(call) = st.calls.call_mut(call_id) else { return };
    call.called = called;
    let origin = call.origin;
    if st.calls.advance(key, Transition::Originate).is_err() {
        return;
    }
    if is_closed(st, key, &dialled, &digits) {
        return failure::fail_here(st, key, EventCause::Refused);
    }
    if is_too_much(st, key, &digits) || is_transfer_barred(st, key, &dialled, &digits) {
        return failure::fail_here(st, key, EventCause::ReorderTone);
    }
    transfer_blind_if_so_configured(st, key, &dialled);
    report::report(st, key, CallEventKind::Originated, origin);
    st.call_changed(call_id);
    routing::reach(st, call_id, &digits);
    complete_blind_transfer(st, key);
}

/// The number that is called when this one is dialled at a line; `None` if nobody is to be called.
pub(super) fn translated(st: &State, line: LineId, digits: &SmolStr) -> Option<SmolStr> {
    if is_address(digits) {
        return Some(digits.clone());
    }
    let called = st.lines[line].settings().from_phone.called.apply(digits)?;
    Some(expanded(st, called))
}

/// The number that is called when this one is dialled: another one if no line has it and it stands for that.
pub(crate) fn expanded(st: &State, digits: SmolStr) -> SmolStr {
    match st.lines.dial_plan().lines(&digits).next() {
        Some(_) => digits,
        None => st.settings.features.expanded(&digits).unwrap_or(digits),
    }
}

/// Whether the number, which was dialled like this, cannot be called from this phone and line at this time.
fn is_closed(st: &State, key: ConnectionKey, dialled: &str, digits: &str) -> bool {
    let Some(connection) = st.calls.connection(key) else { return false };
    let overrides = connection.overrides_hours;
    let barred = |digits| is_barred_from(st, connection.line(), connection.station(), overrides, digits);
    !is_emergency(st, digits) && (barred(dialled) || barred(digits))
}

/// Whether there are too many calls for one that is no emergency call.
fn is_too_much(st: &State, key: ConnectionKey, digits: &str) -> bool {
    let only_emergency = st.calls.connection(key).is_some_and(|own| own.only_emergency);
    only_emergency && !is_emergency(st, digits)
}

/// Whether the user of a phone dials this number of another network to transfer a call there, and may not
/// (`transfer-pattern`). A phone that acts by itself transfers as it likes.
fn is_transfer_barred(st: &State, key: ConnectionKey, dialled: &str, digits: &str) -> bool {
    let Some(connection) = st.calls.connection(key) else { return false };
    let transfers = connection
        .consultation
        .is_some_and(|own| matches!(own.purpose, ConsultPurpose::Transfer | ConsultPurpose::BlindTransfer));
    let Some(station) = connection.station().filter(|_| transfers) else { return false };
    let (phone, features) = (st.stations[station].settings(), &st.settings.features);
    let leads_outside = st.reached(digits).first().is_some_and(|line| st.is_trunk(*line));
    let is_voicemail = features.voicemail.as_deref() == Some(dialled);
    if phone.autonomous || !leads_outside || is_voicemail || is_emergency(st, digits) {
        return false;
    }
    let too_long = phone.transfer_max_length.is_some_and(|most| dialled.len() > most);
    phone.transfers_inside_only || too_long || !features.may_transfer_to(dialled)
}

/// Whether the number is called in an emergency.
pub(crate) fn is_emergency(st: &State, digits: &str) -> bool {
    let digits = expanded(st, digits.into());
    st.lines.dial_plan().has_emergency()
        && st.reached(&digits).iter().any(|line| st.lines[*line].settings().emergency)
}

/// Whether the number cannot be called from a line and phone at this time (`after-hours`).
pub(super) fn is_barred_from(
    st: &State,
    line: LineId,
    station: Option<StationId>,
    overrides: bool,
    digits: &str,
) -> bool {
    let exempt = overrides
        || st.lines[line].settings().after_hours_exempt
        || station
            .is_some_and(|id| st.stations[id].settings().after_hours_exempt || st.stations[id].pin_entered);
    st.settings.features.is_blocked(digits, st.hours.after_hours && !exempt) && !is_emergency(st, digits)
}

/// Calls to some numbers are transferred without a consultation (`transfer-pattern ... blind`).
fn transfer_blind_if_so_configured(st: &mut State, key: ConnectionKey, digits: &str) {
    if !st.settings.features.is_transferred_blind(digits) {
        return;
    }
    let Some(connection) = st.calls.connection_mut(key) else { return };
    if let Some(consultation) =
        connection.consultation.as_mut().filter(|c| c.purpose == ConsultPurpose::Transfer)
    {
        consultation.purpose = ConsultPurpose::BlindTransfer;
    }
}

/// A blind transfer is complete when the called device rings.
pub(crate) fn complete_blind_transfer(st: &mut State, active: ConnectionKey) {
    let consultation = st.calls.connection(active).and_then(|connection| connection.consultation);
    let Some(consultation) = consultation.filter(|c| c.purpose == ConsultPurpose::BlindTransfer) else {
        return;
    };
    if st.calls.others(active).all(Connection::is_silent) {
        return;
    }
    // If no device rings, the user hears a failure tone and still has the held call.
    let done = transfer_call::transfer(st, consultation.held, active);
    let station = st.calls.connection(active).and_then(Connection::station);
    let autonomous = station.is_some_and(|station| st.stations[station].settings().autonomous);
    if done.is_err() && autonomous {
        // Its phone knows nothing of the call that it asked for.
        failure::fail_here(st, active, EventCause::DestNotObtainable);
    }
}

/// The digits of a number that is dialled at once, and whether it is complete: it is not if it is empty or ends
/// in `;` (staged dialling). A `#` at its end says that it is complete, as on the keypad. An address is complete.
pub(super) fn dial_string(number: &str) -> (SmolStr, bool) {
    if is_address(number) && number.len() <= MAX_ADDRESS {
        return (number.into(), true);
    }
    let (digits, complete) = match number.strip_suffix(';') {
        Some(first_digits) => (first_digits, false),
        None => (number.strip_suffix('#').unwrap_or(number), !number.is_empty()),
    };
    (digits.chars().filter(|c| is_digit(*c)).take(MAX_DIGITS).collect(), complete)
}

fn is_digit(c: char) -> bool {
    matches!(c, '0'..='9' | '*' | '#' | 'A'..='D' | '+')
}
