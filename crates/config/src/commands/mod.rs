//! The table of commands, one file for each mode or family of modes.

pub(super) mod classes;
pub(super) mod cti_device;
pub(super) mod cti_manager;
pub(super) mod cti_user;
pub(super) mod dn_services;
pub(super) mod ephone;
pub(super) mod ephone_dn;
pub(super) mod features;
pub(super) mod gateway;
pub(super) mod global;
pub(super) mod hunt;
pub(super) mod limits;
pub(super) mod phone_files;
pub(crate) mod presence;
pub(super) mod profile;
pub(super) mod telephony;
pub(super) mod telephony_service;
pub(super) mod trunk_classes;
pub(super) mod trunks;
pub(super) mod voice_register;
pub(super) mod voice_register_phone;
pub(super) mod voice_service;

use super::matcher::Matched;
use super::settings::Credentials;
use super::values::Secret;

/// A known command that is kept without effect, whatever follows its keywords.
macro_rules! kept {
    ($keywords:literal, $help:literal) => {
        $crate::command::Command::kept(concat!($keywords, " [<arguments:line>]"), $help)
    };
}
use kept;

/// Help for the words of a password.
const PASSWORD_WORDS: [(&str, &str); 4] = [
    ("0", "The password that follows is not encrypted"),
    ("6", "The password that follows is encrypted with AES"),
    ("7", "The password that follows is obscured"),
    ("password", "The password"),
];

/// Reads `NAME [password [0|6|7] SECRET]`, arguments `name` and `secret`; without the password it is empty.
fn credentials(matched: &Matched<'_>) -> Option<Credentials> {
    let encryption =
        [("0", 0), ("6", 6), ("7", 7)].into_iter().find(|(word, _)| matched.has(word)).map(|(_, n)| n);
    Some(Credentials {
        name: matched.unquoted("name")?,
        password: Secret { encryption, text: matched.text("secret").unwrap_or_default() },
    })
}

/// ` password SECRET`, or nothing.
fn show_password(password: &Secret) -> String {
    if password.text.is_empty() { String::new() } else { format!(" password {password}") }
}

/// Help for the words of `keepalive`.
const KEEPALIVE_WORDS: [(&str, &str); 2] =
    [("seconds", "Seconds"), ("auxiliary", "Seconds towards the system that phones fall back to")];

/// `SECONDS [auxiliary SECONDS]`.
fn show_keepalive(seconds: u32, auxiliary: Option<u32>) -> String {
    let auxiliary = auxiliary.map(|seconds| format!(" auxiliary {seconds}")).unwrap_or_default();
    format!("{seconds}{auxiliary}")
}
