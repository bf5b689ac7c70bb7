//! `ephone` and `ephone-template`.

use std::collections::BTreeMap;

use hookflash_wire::sccp::DeviceModel;

use super::profile::{PIN_WORDS, set_pin};
use super::{KEEPALIVE_WORDS, PASSWORD_WORDS, credentials, kept, show_keepalive, show_password};
use crate::command::{
    Action, Command, Phones, Printer, Reference, Reports, Status, optional_flag, optional_number,
    optional_text,
};
use crate::matcher::{Matched, Word, unquoted};
use crate::settings::{AutoLine, ConferenceDrop, Ephone, EphoneFeatures, EphoneTemplate, KeepConference};
use crate::values::{Button, SpeedDial};

pub(crate) static COMMANDS: &[Command<Ephone>] = {
    type Row = Command<Ephone>;
    &[
        optional_text!("description", "line..80", "Description of the phone", description),
        Row::new("mac-address [<mac:mac>] [reserved]", "Ethernet address of the phone", "none")
            .words(&[
                ("mac", "Ethernet address, such as 001E.4A34.A35F"),
                ("reserved", "Kept for this phone although another one registers in its place"),
            ])
            .apply(|phone, matched, reports| {
                phone.mac_address = matched.value("mac").filter(|_| matched.is_set());
                phone.mac_reserved = matched.is_set() && matched.has("reserved");
                match (matched.last_word(), phone.mac_address) {
                    (Some(word), None) if matched.is_set() => reports.note(
                        word,
                        "no phone can register here without its address; phones are not given one by themselves",
                    ),
                    _ => reports.refer(matched.word("mac"), Reference::Mac),
                }
            })
            .show(|phone, out| {
                let reserved = if phone.mac_reserved { " reserved" } else { "" };
                match phone.mac_address {
                    Some(mac) => out.line(format!("mac-address {mac}{reserved}")),
                    None if phone.mac_reserved => out.line("mac-address reserved"),
                    None => (),
                }
            }),
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
            phone.user = credentials(matched).filter(|_| matched.is_set()).map(Box::new);
            if let Some(user) = &phone.user {
                reports.refer(matched.word("name"), Reference::User(user.name.clone()));
            }
        })
        .show(|phone, out| {
            if let Some(user) = &phone.user {
                out.line(format!("username {}{}", user.name, show_password(&user.password)));
            }
        }),
        Row::new(
            "speed-dial <position:1-99> <number:dial..32> [label <label:line..30>]",
            "Speed-dial button",
            "none",
        )
        .words(&SPEED_DIAL_WORDS)
        .apply(|phone, matched, _| set_speed_dial(&mut phone.speed_dials, matched))
        .show(|phone, out| show_speed_dials(&phone.speed_dials, out)),
        Row::new("pin [0|6] <pin:word>", "Personal identification number", "none")
            .words(&PIN_WORDS)
            .apply(|phone, matched, reports| set_pin(&mut phone.pin, matched, reports))
            .show(|phone, out| out.optional("pin", phone.pin.as_ref())),
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
        kept!("bandwidth", "Bandwidth of video"),
        kept!("hlog-block", "Hunt group logout"),
        kept!("nat", "Address translation"),
        kept!("phone-mode", "Phones without computers"),
        kept!("url", "URLs of the phone"),
        kept!("capf", "Certificate operation"),
        kept!("keyphone", "Key phone"),
        kept!("missed-calls", "Missed calls"),
        kept!("mwi-line", "Line of the message waiting lamp"),
        kept!("presence call-list", "Lamps in the lists of calls"),
        kept!("provision-tag", "Tag for auto registration"),
        Row::new("reset", "Reboot the phone", "")
            .status(Status::Action)
            .apply(|_, matched, reports| restart_this(matched, reports, true)),
        Row::new("restart", "Let the phone register again, with its new settings", "")
            .status(Status::Action)
            .apply(|_, matched, reports| restart_this(matched, reports, false)),
        kept!("session-transport", "Transport protocol"),
        kept!("vm-device-id", "Voicemail device"),
        kept!("after-hour login", "Login for calls outside office hours"),
        kept!("after-hours login", "Login for calls outside office hours"),
    ]
};

pub(crate) static TEMPLATE: &[Command<EphoneTemplate>] = {
    &[
        kept!("button-layout", "Order of buttons"),
        kept!("keyphone", "Key phone"),
        kept!("missed-calls", "Missed calls"),
        kept!("mwi-line", "Line of the message waiting lamp"),
        kept!("speed-dial", "Speed dials of the phones"),
        kept!("type", "Model of the phones"),
        kept!("url", "URLs of the phones"),
        kept!("url-button", "URL button"),
    ]
};

/// What both say. These rows stand behind those of the mode.
pub(crate) static FEATURES: &[Command<EphoneFeatures>] = {
    type Row = Command<EphoneFeatures>;
    &[
        Row::new(
            "keepalive <seconds:10-65535> [auxiliary <auxiliary:10-65535>]",
            "Seconds between keepalives",
            "that of telephony-service",
        )
        .words(&KEEPALIVE_WORDS)
        .apply(|features, matched, _| {
            features.keepalive = matched.number("seconds").filter(|_| matched.is_set());
            features.keepalive_auxiliary = matched.number("auxiliary").filter(|_| matched.is_set());
        })
        .show(|features, out| {
            let keepalive = features.keepalive.map(|k| show_keepalive(k, features.keepalive_auxiliary));
            out.optional("keepalive", keepalive.as_ref());
        })
        .not_yet(),
        optional_number!(
            "max-calls-per-button",
            "1-8",
            "Most calls on an octo-line button",
            "8",
            max_calls_per_button
        ),
        optional_number!(
            "busy-trigger-per-button",
            "0-8",
            "Calls on an octo-line button from which it is busy; 0 is off",
            "0",
            busy_trigger_per_button
        ),
        kept!("audible-tone", "Tone of the message waiting lamp and of login"),
        kept!("bulk-speed-dial", "Lists of speed dials"),
        kept!("capf-auth-str", "Authentication of certificates"),
        kept!("capf-ip-in-cnf", "Address of the certificate authority"),
        kept!("cert-oper", "Certificate operation"),
        kept!("codec", "Codec"),
        Row::new("conference add-mode creator", "Only who made a conference adds parties to it", "off")
            .words(&[
                ("conference", "Conferences that the phone makes"),
                ("add-mode", "Who adds parties"),
                ("creator", "Who made the conference"),
            ])
            .apply(|ephone, matched, _| ephone.conference.only_creator_adds = matched.optional_switch())
            .show(|ephone, out| {
                if ephone.conference.only_creator_adds == Some(true) {
                    out.line("conference add-mode creator");
                }
            }),
        Row::new(
            "conference admin",
            "The user may remove participants of conferences that others made",
            "off",
        )
        .words(&[("admin", "Administrator of all conferences")])
        .apply(|ephone, matched, _| ephone.conference.admin = matched.optional_switch())
        .show(|ephone, out| {
            if ephone.conference.admin == Some(true) {
                out.line("conference admin");
            }
        }),
        Row::new(
            "conference drop-mode { creator | local }",
            "When a conference that the phone made ends although others are left",
            "by keep-conference",
        )
        .words(&[
            ("drop-mode", "When the conference ends"),
            ("creator", "When who made it leaves"),
            ("local", "When the last number of this system leaves"),
        ])
        .apply(|ephone, matched, _| {
            let drop = if matched.has("local") { ConferenceDrop::Local } else { ConferenceDrop::Creator };
            ephone.conference.drop = matched.is_set().then_some(drop);
        })
        .show(|ephone, out| match ephone.conference.drop {
            Some(ConferenceDrop::Creator) => out.line("conference drop-mode creator"),
            Some(ConferenceDrop::Local) => out.line("conference drop-mode local"),
            None => {}
        }),
        kept!("conference-pattern", "Numbers that may be added to a conference"),
        kept!("cos", "Class of service"),
        kept!("device-security-mode", "Security of signalling and audio"),
        optional_flag!(
            "dnd feature-ring",
            "Calls ring without a sound while the phone is not to be disturbed",
            "calls fail, or are forwarded",
            dnd_feature_ring
        ),
        kept!("dnd", "Do not disturb"),
        kept!("emergency", "Emergency response"),
        kept!("feature-button", "Feature button"),
        kept!("group phone", "Group of the phone"),
        kept!("headset", "Headset"),
        Row::new(
            "keep-conference [drop-last] [endcall] [local-only]",
            "A conference goes on when its creator hangs up",
            "off",
        )
        .words(&[
            ("drop-last", "Confrn drops the party that was added last"),
            ("endcall", "EndCall leaves the others together too"),
            ("local-only", "Only if one of the others is local"),
        ])
        .apply(|ephone, matched, _| {
            ephone.keep_conference = matched.is_set().then(|| KeepConference {
                drop_last: matched.has("drop-last"),
                end_call: matched.has("endcall"),
                local_only: matched.has("local-only"),
            });
        })
        .show(|ephone, out| {
            let Some(keep) = ephone.keep_conference else { return };
            let words = [
                (keep.drop_last, " drop-last"),
                (keep.end_call, " endcall"),
                (keep.local_only, " local-only"),
            ];
            let set: String = words.into_iter().filter(|(set, _)| *set).map(|(_, word)| word).collect();
            out.line(format!("keep-conference{set}"));
        }),
        kept!("keypad-normalize", "Keypad messages in order"),
        kept!("lpcor", "Logical partitioning"),
        kept!("mlpp", "Precedence and preemption"),
        kept!("mtp", "Media termination point"),
        kept!("nte-end-digit-delay", "Delay of digits"),
        kept!("overlap-signal", "Overlap signalling"),
        kept!("park", "Call park"),
        kept!("phone-ui", "Phone user interface"),
        Row::new(
            "privacy [on|off]",
            "Other phones of an octo-line do not see the calls of this one, nor enter them",
            "that of telephony-service",
        )
        .words(&[("on", "They do not"), ("off", "They do")])
        .apply(|features, matched, _| {
            features.privacy = matched.is_set().then(|| !matched.has("off"));
        })
        .show(|features, out| match features.privacy {
            Some(true) => out.line("privacy on"),
            Some(false) => out.line("privacy off"),
            None => (),
        }),
        optional_flag!("privacy-button", "A button that switches privacy", "off", privacy_button),
        kept!("service", "Phone services"),
        optional_flag!(
            "transfer-pattern blocked",
            "Calls are transferred to own numbers only",
            "off",
            keys.transfer_blocked
        ),
        optional_number!(
            "transfer max-length",
            "3-16",
            "Most digits of the number to which a call is transferred",
            "no limit",
            keys.transfer_max_length
        ),
        kept!("transfer", "Transfer"),
        kept!("transfer-mode", "How the phone transfers"),
        kept!("transfer-park", "Transfer to park"),
        kept!("transfer-pattern", "Numbers calls may be transferred to"),
        kept!("video", "Video"),
        kept!("voice-class", "Voice class"),
        kept!("vpn-group", "Virtual private network"),
        kept!("vpn-profile", "Virtual private network"),
    ]
};

/// Help for the words of a speed dial.
pub(super) const SPEED_DIAL_WORDS: [(&str, &str); 3] =
    [("position", "Position"), ("number", "Number to dial"), ("label", "Text beside the button")];

/// Sets or removes a speed dial of a phone or profile. `blf` may stand on either side of the label.
pub(super) fn set_speed_dial(speed_dials: &mut BTreeMap<u32, SpeedDial>, matched: &Matched<'_>) {
    let Some(position) = matched.number("position") else { return speed_dials.clear() };
    match matched.text("number").filter(|_| matched.is_set()) {
        Some(number) => {
            let label = matched.text("label");
            let before_blf = label.as_deref().filter(|_| matched.offers("blf"));
            let before_blf = before_blf.and_then(|label| label.strip_suffix(" blf")).map(str::trim_end);
            let lamp = matched.has("blf") || before_blf.is_some();
            let label = before_blf.or(label.as_deref()).and_then(unquoted);
            speed_dials.insert(position, SpeedDial { number, label, lamp });
        }
        None => {
            speed_dials.remove(&position);
        }
    }
}

/// Prints the speed dials of a phone or profile.
pub(super) fn show_speed_dials(speed_dials: &BTreeMap<u32, SpeedDial>, out: &mut Printer) {
    for (position, SpeedDial { number, label, lamp }) in speed_dials {
        let label = label.as_ref().map(|label| format!(" label {label}")).unwrap_or_default();
        let lamp = if *lamp { " blf" } else { "" };
        out.line(format!("speed-dial {position} {number}{label}{lamp}"));
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
        for tag in tags {
            let reference = match kind.names_dns() {
                true => Reference::Dn(*tag),
                false => Reference::Overlay { position, overlay: *tag },
            };
            reports.refer(Some(word), reference);
        }
        reports.refer(Some(word), Reference::Button(position));
        phone.buttons.insert(position, button);
    }
}

fn remove_buttons(phone: &mut Ephone, matched: &Matched<'_>) {
    let mut named = false;
    for word in matched.words("button") {
        named = true;
        let digits = word.text.find(|c: char| !c.is_ascii_digit()).unwrap_or(word.text.len());
        if let Some(Ok(position)) = word.text.get(..digits).map(str::parse::<u32>) {
            phone.buttons.remove(position);
        }
    }
    if !named {
        phone.buttons.clear();
    }
}

/// `reset` and `restart` of a phone. The tag is that of the mode. A `no` in front of them does nothing, as in IOS.
fn restart_this(matched: &Matched<'_>, reports: &mut Reports, reboot: bool) {
    if matched.is_set() {
        reports.actions.push(Action::Restart { phones: Phones::Tag(0), reboot, interval: 0 });
    }
}
