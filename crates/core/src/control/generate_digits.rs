//! Generate Digits (ECMA-269 clause 18.1.4): a device sends digits into a call.
//!
//! The audio of a call does not go through the switch, so the switch lets the phones of the call play the tones, one
//! after the other. A [`DigitSequence`] at the connection that sends them says which tone sounds now.

use std::time::Duration;

use smol_str::SmolStr;

use super::media;
use crate::{
    Connection, ConnectionKey, DigitsEvent, Refusal, Timer, Verb,
    calls::DigitSequence,
    cti::report,
    cti_device::{self, audio_socket},
    state::State,
    voice,
};

/// Most digits of one request.
const MAX_DIGITS: usize = 64;

/// How long a digit counts to sound that a user presses.
const PRESSED: Duration = Duration::from_millis(100);

/// Lengths that a tone or a pause can have; others are brought into this range.
const LENGTHS: std::ops::RangeInclusive<Duration> = Duration::from_millis(40)..=Duration::from_secs(5);

/// Begins to send digits; those that are being sent already are cut off.
///
/// # Errors
/// When the call is not in a state for it, or these are no digits; then nothing has changed.
pub(crate) fn generate(
    st: &mut State,
    key: ConnectionKey,
    digits: SmolStr,
    tone: Duration,
    pause: Duration,
) -> Result<(), Refusal> {
    let connection = st.calls.check(Verb::GenerateDigits, key)?.id();
    if digits.is_empty() || digits.len() > MAX_DIGITS || !digits.chars().all(is_digit) {
        return Err(Refusal::InvalidDigits);
    }
    let relays = relays(st, key);
    let [tone, pause] = [tone, pause].map(|length| length.clamp(*LENGTHS.start(), *LENGTHS.end()));
    if let Some(own) = st.calls.connection_mut(key) {
        let sequence = DigitSequence { digits: digits.clone(), next: 0, sounds: false, tone, pause };
        own.digits = Some(Box::new(sequence));
    }
    audio_socket::heard(st, key, &digits);
    report::digits(st, key, DigitsEvent { connection, digits, tone, pause });
    voice::digit(st, key);
    match relays {
        // The parties have to be told first that they hear the media engine.
        true => {
            media::relay(st, key);
            st.start_timer(key, media::RELAY_TIME, Timer::Digits(key));
        }
        false => step(st, key),
    }
    Ok(())
}

/// A user has pressed a digit in a conversation. Phones send telephone events themselves; a party that knows none is sent it as if
/// an application had wanted that. The application of a CTI port or route point in the call is told of it.
pub(crate) fn pressed(st: &mut State, key: ConnectionKey, digit: char) {
    let Some(own) = st.calls.connection(key).filter(|own| st.calls.permits(Verb::GenerateDigits, own)) else {
        return;
    };
    let connection = own.id();
    let knows_no_events = |other: &Connection| {
        let described = other.description();
        described.is_some_and(|own| own.digits_by_signalling || own.telephone_event.is_none())
    };
    if is_digit(digit) && st.calls.others(key).any(knows_no_events) {
        // It cannot fail: it is a digit in a conversation; one more than can wait is lost.
        let _ = by_user(st, key, SmolStr::new_inline(digit.encode_utf8(&mut [0; 4])));
        return;
    }
    let concerns = |other: &Connection| cti_device::is_at(st, other.line()) || st.voice.is_used(other.key());
    let is_told = st.voice.is_used(key) || st.calls.others(key).any(concerns);
    if matches!(digit, '0'..='9' | '*' | '#' | 'A'..='D') && is_told {
        let digits = SmolStr::new_inline(digit.encode_utf8(&mut [0; 4]));
        let (tone, pause) = (PRESSED, Duration::ZERO);
        audio_socket::heard(st, key, &digits);
        report::digits(st, key, DigitsEvent { connection, digits, tone, pause });
        voice::digit(st, key);
    }
}

/// The user of an autonomous phone has pressed keys, which the phone reports one by one: further ones are sent after those
/// that are being sent.
///
/// # Errors
/// Those of [`generate`].
pub(crate) fn by_user(st: &mut State, key: ConnectionKey, digits: SmolStr) -> Result<(), Refusal> {
    const TONE: Duration = Duration::from_millis(100);
    let Some(own) = st.calls.connection_mut(key) else { return Err(Refusal::InvalidConnection) };
    let id = own.id();
    let Some(sequence) = own.digits.as_deref_mut() else { return generate(st, key, digits, TONE, TONE) };
    if sequence.digits.len() + digits.len() > MAX_DIGITS || !digits.chars().all(is_digit) {
        return Err(Refusal::InvalidDigits);
    }
    sequence.digits = smol_str::format_smolstr!("{}{digits}", sequence.digits);
    audio_socket::heard(st, key, &digits);
    report::digits(st, key, DigitsEvent { connection: id, digits, tone: TONE, pause: TONE });
    Ok(())
}

/// Whether somebody hears digits only if the media engine sends them, which has no part in the call yet.
fn relays(st: &State, key: ConnectionKey) -> bool {
    let hears_engine = |other: &Connection| {
        let described = other.description().is_some_and(|description| !description.digits_by_signalling);
        described && !cti_device::is_at(st, other.line())
    };
    st.calls.others(key).any(hears_engine) && st.calls.connection(key).is_some_and(|own| own.leg().is_none())
}

fn is_digit(c: char) -> bool {
    matches!(c, '0'..='9' | '*' | '#' | 'A'..='D')
}

/// The tone that sounds ends, or the next one begins.
pub(crate) fn step(st: &mut State, key: ConnectionKey) {
    let Some(own) = st.calls.connection_mut(key) else { return };
    let Some(sequence) = &mut own.digits else { return };
    let after = if sequence.sounds {
        sequence.sounds = false;
        sequence.pause
    } else if sequence.next < sequence.digits.len() {
        sequence.next += 1;
        sequence.sounds = true;
        sequence.tone
    } else {
        own.digits = None;
        return;
    };
    st.start_timer(key, after, Timer::Digits(key));
    media::changed(st, key);
    st.call_of_changed(key);
}

/// The digit that somebody else sends into the call of this connection now.
pub(crate) fn heard(st: &State, own: &Connection) -> Option<char> {
    st.calls.others(own.key()).find_map(|party| party.digits.as_ref()?.sounding())
}

/// The tone that one of the parties sends into the call of this connection now.
pub(crate) fn sounding(st: &State, own: &Connection) -> Option<char> {
    st.calls.connections(own.call()).find_map(|party| party.digits.as_ref()?.sounding())
}
