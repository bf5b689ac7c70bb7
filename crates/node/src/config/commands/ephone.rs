//! `ephone` and `ephone-template`.

use std::collections::BTreeMap;

use hookflash_wire::sccp::DeviceModel;

use super::profile::Pin;
use super::{PASSWORD_WORDS, checked, credentials, kept, show_password};
use crate::config::command::{Command, Printer, Reference, Reports, optional_number, optional_text};
use crate::config::matcher::{Matched, Word};
use crate::config::settings::{AutoLine, Ephone, EphoneFeatures, EphoneTemplate};
use crate::config::values::{Button, SpeedDial};

pub(in crate::config) static COMMANDS: &[Command<Ephone>] = {
    type Row = Command<Ephone>;
    &[
        optional_text!("description", "line..80", "Description of the phone", description),
        Row::new("mac-address <mac:mac>", "Ethernet address of the phone", "none")
            .words(&[("mac", "Ethernet address, such as 001E.4A34.A35F")])
            .apply(|phone, matched, reports| {
                phone.mac_address = matched.value("mac").filter(|_| matched.is_set());
                reports.refer(matched.word("mac"), Reference::Mac);
            })
            .show(|phone, out| out.optional("mac-address", phone.mac_address.as_ref())),
        Row::new("ephone-template <tag:1-65535>", "Template whose values the phone inherits", "none")
            .apply(|phone, matched, reports| {
                phone.template = matched.number("tag").filter(|_| matched.is_set());
                if let Some(tag) = phone.template {
                    reports.refer(matched.word("tag"), Reference::EphoneTemplate(tag));
                }
            })
            .show(|phone, out| out.optional("ephone-template", phone.template.as_ref())),
        Row::new(
            "username <name:word..31> [password [0|6|7] <secret:word>]",
            "Credentials of the phone's user",
            "none",
        )
        .words(&PASSWORD_WORDS)
        .apply(|phone, matched, reports| {
            phone.user = credentials(matched).filter(|_| matched.is_set());
            if let Some(user) = &phone.user {
                reports.refer(matched.word("name"), Reference::User(user.name.clone()));
            }
        })
        .show(|phone, out| {
            if let Some(user) = &phone.user {
                out.line(format!("username {}{}", user.name, show_password(&user.password)));
            }
        })
        .not_yet(),
        Row::new(
            "speed-dial <position:1-99> <number:dial..32> [label <label:line..30>]",
            "Speed-dial button",
            "none",
        )
        .words(&[("position", "Position"), ("number", "Number to dial"), ("label", "Text beside the button")])
        .apply(|phone, matched, _| {
            let Some(position) = matched.number("position") else { return phone.speed_dials.clear() };
            match matched.text("number").filter(|_| matched.is_set()) {
                Some(number) => {
                    let dial = SpeedDial { number, label: matched.text("label") };
                    phone.speed_dials.insert(position, dial);
                }
                None => {
                    phone.speed_dials.remove(&position);
                }
            }
        })
        .show(|phone, out| show_speed_dials(&phone.speed_dials, out)),
        Row::new("pin <pin:word>", "Personal identification number", "none")
            .words(&[("pin", "4 to 8 digits")])
            .apply(|phone, matched, reports| {
                let pin = checked::<Pin, _>(matched, "pin", "write 4 to 8 digits", reports);
                if pin.is_some() || !matched.is_set() {
                    phone.pin = pin.map(|pin| pin.0).filter(|_| matched.is_set());
                }
            })
            .show(|phone, out| out.optional("pin", phone.pin.as_ref()))
            .not_yet(),
        Row::new("type <model:word..32> [addon <addons:line>]", "Model of the phone", "none")
            .words(&[("model", "Cisco's model name, such as 7961"), ("addon", "Expansion modules")])
            .apply(|phone, matched, reports| {
                let known = |word: &Word<'_>| DeviceModel::from_ios_word(word.text).is_some();
                if let Some(word) = matched.word("model").filter(|word| matched.is_set() && !known(word)) {
                    reports.note(
                        word,
                        format!("the model `{}` is not known; any phone may register", word.text),
                    );
                }
                phone.model = matched.text("model").filter(|_| matched.is_set());
                phone.addons = matched.text("addons").filter(|_| matched.is_set());
            })
            .show(|phone, out| {
                if let Some(model) = &phone.model {
                    let addons = phone.addons.as_ref().map(|a| format!(" addon {a}")).unwrap_or_default();
                    out.line(format!("type {model}{addons}"));
                }
            }),
        Row::new(
            "logout-profile <tag:1-65535>",
            "Enables extension mobility; the phone's look when nobody is logged in",
            "none",
        )
        .apply(|phone, matched, reports| {
            phone.logout_profile = matched.number("tag").filter(|_| matched.is_set());
            if let Some(tag) = phone.logout_profile {
                reports.refer(matched.word("tag"), Reference::LogoutProfile(tag));
            }
        })
        .show(|phone, out| out.optional("logout-profile", phone.logout_profile.as_ref())),
        Row::new(
            "auto-line [incoming|<position:1-56> [answer-incoming]]",
            "What going off hook selects",
            "on",
        )
        .words(&[
            ("incoming", "Ringing lines only"),
            ("position", "Position of the button"),
            ("answer-incoming", "A ringing line is answered first"),
        ])
        .apply(|phone, matched, _| {
            phone.auto_line = match (matched.switch(true), matched.number("position")) {
                (false, _) => AutoLine::Off,
                (true, _) if !matched.is_set() => AutoLine::On,
                (true, Some(position)) => {
                    AutoLine::Button { position, answer_incoming: matched.has("answer-incoming") }
                }
                (true, None) if matched.has("incoming") => AutoLine::Incoming,
                (true, None) => AutoLine::On,
            };
        })
        .show(|phone, out| match phone.auto_line {
            AutoLine::On => (),
            AutoLine::Off => out.line("no auto-line"),
            AutoLine::Incoming => out.line("auto-line incoming"),
            AutoLine::Button { position, answer_incoming } => {
                let answer = if answer_incoming { " answer-incoming" } else { "" };
                out.line(format!("auto-line {position}{answer}"));
            }
        })
        .not_yet(),
        Row::new("button <button:button>...", "Directory numbers on the buttons", "none")
            .words(&[(
                "button",
                "Position, separator (: b f s m w o c x) and DN tags, such as 1:1 2b5 3o6,7",
            )])
            .apply(set_buttons)
            .show(|phone, out| {
                if !phone.buttons.is_empty() {
                    let buttons: Vec<_> = phone.buttons.values().map(ToString::to_string).collect();
                    out.line(format!("button  {}", buttons.join(" ")));
                }
            }),
        kept!("blf-speed-dial", "Speed dial with lamp"),
        kept!("capf", "Certificate operation"),
        kept!("keyphone", "Key phone"),
        kept!("missed-calls", "Missed calls"),
        kept!("mwi-line", "Line of the message waiting lamp"),
        kept!("night-service bell", "Night service bell"),
        kept!("presence", "Presence"),
        kept!("privacy-button", "Privacy button"),
        kept!("provision-tag", "Tag for auto registration"),
        kept!("reset", "Reset the phone"),
        kept!("restart", "Restart the phone"),
        kept!("session-transport", "Transport protocol"),
        kept!("vm-device-id", "Voicemail device"),
    ]
};

pub(in crate::config) static TEMPLATE: &[Command<EphoneTemplate>] = {
    &[
        kept!("button-layout", "Order of buttons"),
        kept!("features blocked", "Features blocked"),
        kept!("type", "Model of the phones"),
        kept!("url", "URLs of the phones"),
        kept!("url-button", "URL button"),
    ]
};

/// What both say. These rows stand behind those of the mode.
pub(in crate::config) static FEATURES: &[Command<EphoneFeatures>] = {
    type Row = Command<EphoneFeatures>;
    &[
        optional_number!(
            "keepalive",
            "10-65535",
            "Seconds between keepalives",
            "that of telephony-service",
            keepalive
        )
        .not_yet(),
        optional_number!(
            "max-calls-per-button",
            "1-8",
            "Most calls on an octo-line button",
            "8",
            max_calls_per_button
        )
        .not_yet(),
        optional_number!(
            "busy-trigger-per-button",
            "0-8",
            "Calls on an octo-line button from which it is busy; 0 is off",
            "0",
            busy_trigger_per_button
        )
        .not_yet(),
        kept!("after-hours", "Calls blocked outside office hours"),
        kept!("bulk-speed-dial", "Lists of speed dials"),
        kept!("capf-auth-str", "Authentication of certificates"),
        kept!("capf-ip-in-cnf", "Address of the certificate authority"),
        kept!("cert-oper", "Certificate operation"),
        kept!("codec", "Codec"),
        kept!("conference", "Conference"),
        kept!("cos", "Class of service"),
        kept!("device-security-mode", "Security of signalling and audio"),
        kept!("dnd", "Do not disturb"),
        kept!("emergency", "Emergency response"),
        kept!("exclude", "Services excluded"),
        kept!("fastdial", "Entry of the personal speed-dial menu"),
        kept!("feature-button", "Feature button"),
        kept!("group phone", "Group of the phone"),
        kept!("headset", "Headset"),
        kept!("keep-conference", "Conference without its creator"),
        kept!("keypad-normalize", "Keypad messages in order"),
        kept!("lpcor", "Logical partitioning"),
        kept!("mlpp", "Precedence and preemption"),
        kept!("mtp", "Media termination point"),
        kept!("multicast-moh", "Music on hold by multicast"),
        kept!("network-locale", "Tones and cadences"),
        kept!("nte-end-digit-delay", "Delay of digits"),
        kept!("overlap-signal", "Overlap signalling"),
        kept!("park", "Call park"),
        kept!("paging-dn", "Paging number"),
        kept!("phone-ui", "Phone user interface"),
        kept!("privacy", "Privacy on shared lines"),
        kept!("service", "Phone services"),
        kept!("softkeys", "Soft keys of a call state"),
        kept!("transfer", "Transfer"),
        kept!("transfer-park", "Transfer to park"),
        kept!("transfer-pattern", "Numbers calls may be transferred to"),
        kept!("user-locale", "Language of the phone"),
        kept!("video", "Video"),
        kept!("voice-class", "Voice class"),
        kept!("vpn-group", "Virtual private network"),
        kept!("vpn-profile", "Virtual private network"),
    ]
};

/// Prints the speed dials of a phone or profile.
pub(super) fn show_speed_dials(speed_dials: &BTreeMap<u32, SpeedDial>, out: &mut Printer) {
    for (position, SpeedDial { number, label }) in speed_dials {
        let label = label.as_ref().map(|label| format!(" label {label}")).unwrap_or_default();
        out.line(format!("speed-dial {position} {number}{label}"));
    }
}

/// `button` replaces the buttons it names and leaves the others; `no button` without argument removes all.
fn set_buttons(phone: &mut Ephone, matched: &Matched<'_>, reports: &mut Reports) {
    if !matched.is_set() {
        return remove_buttons(phone, matched);
    }
    let mut buttons = Vec::new();
    for word in matched.words("button") {
        match word.text.parse::<Button>() {
            Ok(button) => buttons.push((word, button)),
            Err(error) => return reports.error(word, error.to_string(), "write buttons as 1:1 or 2o3,4"),
        }
    }
    for (word, button) in buttons {
        let Button { position, kind, ref tags } = button;
        if !kind.in_effect() {
            let separator = kind.separator();
            reports.note(
                word,
                format!("button {position} is kept; separator `{separator}` is not in effect yet"),
            );
        }
        if kind.names_dns() {
            for tag in tags {
                reports.refer(Some(word), Reference::Dn(*tag));
            }
        }
        phone.buttons.insert(position, button);
    }
}

fn remove_buttons(phone: &mut Ephone, matched: &Matched<'_>) {
    let mut named = false;
    for word in matched.words("button") {
        named = true;
        let digits = word.text.find(|c: char| !c.is_ascii_digit()).unwrap_or(word.text.len());
        if let Some(Ok(position)) = word.text.get(..digits).map(str::parse::<u32>) {
            phone.buttons.remove(&position);
        }
    }
    if !named {
        phone.buttons.clear();
    }
}
