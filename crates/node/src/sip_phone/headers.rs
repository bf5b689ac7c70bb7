//! Identities and other headers that phones understand.

use std::fmt::Write;

use hookflash_core::Party;
use hookflash_wire::sip::HeaderName;

use super::settings::Identity;

/// A display name in quotes with a blank behind it, or nothing.
fn display(name: &str) -> String {
    if name.is_empty() {
        return String::new();
    }
    let mut quoted = String::with_capacity(name.len() + 3);
    quoted.push('"');
    for char in name.chars().filter(|char| !char.is_control()) {
        if matches!(char, '"' | '\\') {
            quoted.push('\\');
        }
        quoted.push(char);
    }
    quoted.push_str("\" ");
    quoted
}

/// A number as the user of a URI: `#` has to be escaped.
fn escaped(number: &str) -> String {
    let mut user = String::with_capacity(number.len());
    for byte in number.bytes() {
        match byte {
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'*' | b'+' | b'-' | b'.' | b'_' => {
                user.push(char::from(byte));
            }
            _ => {
                // Writing to a string cannot fail.
                let _ = write!(user, "%{byte:02X}");
            }
        }
    }
    user
}

/// The URI of a number here.
pub(super) fn uri(number: &str, host: &str) -> String {
    if number.is_empty() {
        return "sip:anonymous@anonymous.invalid".to_owned();
    }
    format!("sip:{}@{host}", escaped(number))
}

/// A party as From and To name it.
pub(super) fn address(party: &Party, host: &str) -> String {
    format!("{}<{}>", display(&party.name), uri(&party.number, host))
}

/// Who a party is: P-Asserted-Identity (RFC 3325), and Remote-Party-ID, which Cisco phones show. `called` says which side
/// of the call the party is on.
pub(super) fn identity(
    party: &Party,
    host: &str,
    called: bool,
    wanted: Identity,
) -> Vec<(HeaderName<'static>, String)> {
    if party.number.is_empty() {
        return vec![(HeaderName::PRIVACY, "id".to_owned())];
    }
    let address = address(party, host);
    let side = if called { "called" } else { "calling" };
    let remote = format!("{address};party={side};id-type=subscriber;privacy=off;screen=yes");
    match wanted {
        Identity::Both => {
            vec![(HeaderName::P_ASSERTED_IDENTITY, address), (HeaderName::new("Remote-Party-ID"), remote)]
        }
        Identity::Asserted => vec![(HeaderName::P_ASSERTED_IDENTITY, address)],
        Identity::Preferred => vec![(HeaderName::new("P-Preferred-Identity"), address)],
    }
}

/// Who a party is that others are not to be told of (RFC 3325, 9.1). Remote-Party-ID would say that they may.
pub(super) fn asserted(party: &Party, host: &str, wanted: Identity) -> Option<(HeaderName<'static>, String)> {
    identity(party, host, false, wanted).into_iter().next()
}

/// What makes most phones answer by themselves: two headers, because some know one and some the other.
pub(super) fn auto_answer(host: &str) -> Vec<(HeaderName<'static>, String)> {
    vec![
        (HeaderName::new("Call-Info"), format!("<sip:{host}>;answer-after=0")),
        (HeaderName::new("Alert-Info"), format!("<http://{host}>;info=alert-autoanswer;delay=0")),
    ]
}
