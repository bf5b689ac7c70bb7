//! `voice logout-profile` and `voice user-profile`.

use super::ephone::{SPEED_DIAL_WORDS, set_speed_dial, show_speed_dials};
use super::{PASSWORD_WORDS, credentials, kept};
use crate::command::{Command, Reference, Reports, optional_number};
use crate::matcher::Matched;
use crate::settings::{Profile, ProfileNumber, ProfileNumberType};
use crate::values::{Secret, parse_numbers};

pub(crate) static COMMANDS: &[Command<Profile>] = {
    type Row = Command<Profile>;
    &[
    Row::new(
        "user <name:word..31> password [0|6|7] <secret:word>",
        "Credentials of the user",
        "none",
    )
    .words(&PASSWORD_WORDS)
    .apply(|profile, matched, reports| {
        profile.user = credentials(matched).filter(|_| matched.is_set());
        if let Some(user) = &profile.user {
            reports.refer(matched.word("name"), Reference::User(user.name.clone()));
        }
    })
    .show(|profile, out| {
        if let Some(user) = &profile.user {
            out.line(format!("user {} password {}", user.name, user.password));
        }
    }),
    Row::new(
        "number <numbers:word> [type {normal|beep-ring|feature-ring|monitor-ring|silent-ring|overlay|cw-overlay}]",
        "Numbers of one button, separated by commas",
        "none; type normal",
    )
    .words(&[
        ("type", "How the button behaves"),
        ("normal", "Normal ring"),
        ("beep-ring", "Beep, no ring"),
        ("feature-ring", "Feature ring"),
        ("monitor-ring", "Lamp of a shared line"),
        ("silent-ring", "No ring"),
        ("overlay", "Several numbers on the button, without call waiting"),
        ("cw-overlay", "Several numbers on the button, with call waiting"),
    ])
    .apply(|profile, matched, reports| {
        let Some(word) = matched.word("numbers") else {
            profile.numbers.clear();
            return;
        };
        let Some(numbers) = parse_numbers(word.text) else {
            return reports.error(word, "a number is missing beside a comma", "write numbers as 201 or 201,202");
        };
        profile.numbers.retain(|number| number.numbers != numbers);
        if matched.is_set() && profile.numbers.len() >= MAX_NUMBERS {
            let message = format!("a profile has at most {MAX_NUMBERS} buttons with numbers");
            return reports.error(word, message, "leave the line out");
        }
        if matched.is_set() {
            for number in &numbers {
                reports.refer(Some(word), Reference::Number(number.clone()));
            }
            let kind = TYPES.iter().find(|(keyword, _)| matched.has(keyword)).map_or(ProfileNumberType::Normal, |t| t.1);
            profile.numbers.push(ProfileNumber { numbers, kind });
        }
    })
    .show(|profile, out| {
        for ProfileNumber { numbers, kind } in &profile.numbers {
            let keyword = TYPES.iter().find(|(_, k)| *k == *kind).map_or("normal", |t| t.0);
            out.line(format!("number {} type {keyword}", numbers.join(",")));
        }
    }),
    Row::new("speed-dial <position:1-99> <number:dial..32> [blf] [label <label:line..30>]", "Speed-dial button", "none")
        .words(&SPEED_DIAL_WORDS)
        .apply(|profile, matched, _| set_speed_dial(&mut profile.speed_dials, matched))
        .show(|profile, out| show_speed_dials(&profile.speed_dials, out)),
    Row::new("pin [0|6] <pin:word>", "Number the user logs in with", "none")
        .words(&PIN_WORDS)
        .apply(|profile, matched, reports| set_pin(&mut profile.pin, matched, reports))
        .show(|profile, out| out.optional("pin", profile.pin.as_ref())),
    kept!("feature-button", "Feature button"),
    kept!("privacy-button", "Privacy button"),
    kept!("reset", "Reset the phones that use the profile"),
]
};

pub(crate) static USER: &[Command<Profile>] = {
    type Row = Command<Profile>;
    &[optional_number!(
        "max-idle-time",
        "1-9999",
        "Minutes without use after which the user is logged out",
        "none",
        max_idle_time
    )]
};

/// Most `number` commands of a profile: no phone has so many buttons.
const MAX_NUMBERS: usize = 100;

const TYPES: [(&str, ProfileNumberType); 7] = [
    ("normal", ProfileNumberType::Normal),
    ("beep-ring", ProfileNumberType::BeepRing),
    ("feature-ring", ProfileNumberType::FeatureRing),
    ("monitor-ring", ProfileNumberType::MonitorRing),
    ("silent-ring", ProfileNumberType::SilentRing),
    ("overlay", ProfileNumberType::Overlay),
    ("cw-overlay", ProfileNumberType::CallWaitingOverlay),
];

/// Help for the words of a pin.
pub(super) const PIN_WORDS: [(&str, &str); 3] = [
    ("0", "The pin that follows is not encrypted"),
    ("6", "The pin that follows is encrypted with AES"),
    ("pin", "4 to 8 digits"),
];

/// Sets or removes a pin. One that is not encrypted must have 4 to 8 digits.
pub(super) fn set_pin(pin: &mut Option<Secret>, matched: &Matched<'_>, reports: &mut Reports) {
    let given = matched.word("pin").filter(|_| matched.is_set());
    let valid = |text: &str| (4..=8).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    let encryption = [("0", 0), ("6", 6)].into_iter().find(|(word, _)| matched.has(word)).map(|(_, n)| n);
    match given {
        Some(word) if encryption != Some(6) && !valid(word.text) => {
            reports.error(word, "a pin has 4 to 8 digits", "write 4 to 8 digits");
        }
        _ => *pin = given.map(|word| Secret { encryption, text: word.text.into() }),
    }
}
