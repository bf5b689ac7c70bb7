//! Telephone features, of the whole system, of directory numbers and of phones.

use smol_str::SmolStr;

use crate::command::{Command, Printer, Reports, flag, optional_flag, optional_text};
use crate::matcher::{Matched, unquoted};
use crate::settings::{
    CodeAlias, CustomCodes, DnCalls, FeatureCodes, Intercom, PagingDn, PhoneKeys, Schedule, ServiceFeatures,
    SpeedDials, TransferMode, TransferPattern,
};
use crate::values::{ClockTime, SpeedDial};

/// Features of the whole system. These rows stand behind those of `telephony-service`.
pub(crate) static SERVICE: &[Command<ServiceFeatures>] = {
    type Row = Command<ServiceFeatures>;
    &[
        Row::new("transfer-pattern <pattern:dial..32> [blind]", "Numbers calls may be transferred to", "own numbers")
            .words(&[
                ("pattern", "Digits; . stands for any digit, T at the end for any further ones"),
                ("blind", "Without a consultation"),
            ])
            .apply(|features, matched, _| {
                let Some(pattern) = matched.text("pattern") else { return };
                features.transfer_patterns.retain(|known| known.pattern != pattern);
                if matched.is_set() {
                    let blind = matched.has("blind");
                    features.transfer_patterns.push(TransferPattern { pattern, blind });
                }
            })
            .show(|features, out| {
                for TransferPattern { pattern, blind } in &features.transfer_patterns {
                    out.line(format!("transfer-pattern {pattern}{}", if *blind { " blind" } else { "" }));
                }
            }),
        Row::new("secondary-dialtone <digits:dial..32>", "Digits after which a second dial tone is heard", "none")
            .apply(|features, matched, _| {
                features.secondary_dialtone = matched.text("digits").filter(|_| matched.is_set());
            })
            .show(|features, out| out.optional("secondary-dialtone", features.secondary_dialtone.as_ref())),
        Row::new(
            "after-hours block pattern <tag:1-100> <pattern:word..32> [7-24]",
            "Numbers that cannot be called outside office hours",
            "none",
        )
        .words(&[
            ("pattern", "Digits; . stands for any digit; from ^ on an expression with [...], *, + and ?"),
            ("7-24", "At no time, by nobody"),
        ])
        .apply(|features, matched, reports| {
            let Some(tag) = matched.number("tag") else { return };
            if let Some(word) = matched.word("pattern").filter(|word| !is_blocked_pattern(word.text)) {
                return reports.error(word, "no pattern of numbers", "write digits, or an expression that begins with ^");
            }
            match matched.text("pattern").filter(|_| matched.is_set()) {
                Some(pattern) => drop(features.after_hours.blocks.insert(tag, (pattern, matched.has("7-24")))),
                None => drop(features.after_hours.blocks.remove(&tag)),
            }
        })
        .show(|features, out| {
            for (tag, (pattern, always)) in &features.after_hours.blocks {
                let always = if *always { " 7-24" } else { "" };
                out.line(format!("after-hours block pattern {tag} {pattern}{always}"));
            }
        }),
        Row::new("after-hours day {sun|mon|tue|wed|thu|fri|sat} <start:time> <stop:time>", "Outside office hours", "never")
            .apply(|features, matched, _| set_day(&mut features.after_hours.schedule, matched))
            .show(|features, out| show_days("after-hours", &features.after_hours.schedule, out)),
        Row::new(
            "after-hours date {jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec} <date:1-31> <start:time> <stop:time>",
            "Outside office hours on one day of the year",
            "none",
        )
        .apply(|features, matched, _| set_date(&mut features.after_hours.schedule, matched))
        .show(|features, out| show_dates("after-hours", &features.after_hours.schedule, out)),
        Row::new(
            "night-service day {sun|mon|tue|wed|thu|fri|sat} <start:time> <stop:time>",
            "When it is night",
            "never",
        )
        .apply(|features, matched, _| set_day(&mut features.night, matched))
        .show(|features, out| show_days("night-service", &features.night, out)),
        Row::new(
            "night-service date {jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec} <date:1-31> <start:time> <stop:time>",
            "When it is night on one day of the year",
            "none",
        )
        .apply(|features, matched, _| set_date(&mut features.night, matched))
        .show(|features, out| show_dates("night-service", &features.night, out)),
        Row::new("night-service {everyday|weekday|weekend} <start:time> <stop:time>", "When it is night", "never")
            .words(&[("everyday", "On all days"), ("weekday", "Monday to Friday"), ("weekend", "Saturday and Sunday")])
            .apply(|features, matched, _| {
                let days: &[u8] = match (matched.has("weekday"), matched.has("weekend")) {
                    (true, _) => &[1, 2, 3, 4, 5],
                    (_, true) => &[0, 6],
                    _ => &[0, 1, 2, 3, 4, 5, 6],
                };
                let times = times(matched).filter(|_| matched.is_set());
                for day in days {
                    match times {
                        Some(times) => drop(features.night.days.insert(*day, times)),
                        None => drop(features.night.days.remove(day)),
                    }
                }
            }),
        optional_text!(
            "night-service code",
            "dial..16",
            "Digits, usually from a `*` on, that begin or end the night",
            night_code
        ),
        optional_text!(
            "after-hours override-code",
            "dial..32",
            "Digits in front of a number that can be called nevertheless",
            override_code
        ),
        flag!(
            "service dss",
            "A speed dial or monitor button transfers the call that is talked in",
            off,
            direct_station_select
        ),
        flag!("conference hardware", "Conferences with more than three parties", off, conference_hardware),
        Row::new("hunt-group logout {DND|HLog}", "What takes a phone out of the hunt groups", "DND")
            .words(&[("DND", "The DND key"), ("HLog", "The HLog key too")])
            .apply(|features, matched, _| {
                features.hunt_log_key = matched.is_set() && matched.has("HLog");
            })
            .show(|features, out| {
                if features.hunt_log_key {
                    out.line("hunt-group logout HLog");
                }
            }),
        Row::new("fac standard", "Cisco's feature access codes", "off")
            .apply(|features, matched, reports| {
                features.codes = if matched.is_set() { FeatureCodes::Standard } else { FeatureCodes::None };
                if matched.is_set() {
                    reports.say("fac standard is set!");
                }
            })
            .show(|features, out| {
                if features.codes == FeatureCodes::Standard {
                    out.line("fac standard");
                }
            }),
        Row::new(
            "fac custom {callfwd all|callfwd cancel|pickup local|pickup group|pickup direct|park|dnd|redial|voicemail|\
             ephone-hunt join|ephone-hunt cancel|ephone-hunt hlog|ephone-hunt hlog-phone|ephone-hunt unjoin|trnsfvm|\
             dpark-retrieval|ccw|hlog} <code:dial..24>",
            "A feature access code",
            "none",
        )
            .words(&[
                ("callfwd", "Call forwarding"),
                ("pickup", "Call pickup"),
                ("park", "Parking the call that is being transferred, at the slot that follows or any"),
                ("ephone-hunt", "Hunt groups"),
                ("join", "Becoming a member of the group whose pilot follows"),
                ("cancel", "Leaving the groups that were joined; of callfwd: forwarding no more"),
                ("unjoin", "Leaving the group whose pilot follows"),
                ("hlog", "Taking no calls of groups at the number, or taking them again"),
                ("hlog-phone", "The same for all numbers of the phone"),
                ("trnsfvm", "Transfer to the mailbox of the number that follows"),
                ("dpark-retrieval", "Fetching the call at the slot that follows"),
                ("ccw", "No further calls during the call that is dialled behind it"),
                ("code", "What is dialled"),
            ])
            .apply(set_code)
            .show(|features, out| {
                if let FeatureCodes::Custom(codes) = &features.codes {
                    for (feature, code) in &codes.features {
                        out.line(format!("fac custom {feature} {code}"));
                    }
                }
            }),
        Row::new(
            "fac custom alias <tag:0-9> <code:dial..24> to <existing:dial..24> [<digits:dial..24>]",
            "Digits that stand for a feature access code",
            "none",
        )
            .words(&[
                ("alias", "Digits that stand for a code"),
                ("code", "What is dialled"),
                ("to", "What it stands for"),
                ("existing", "A code of fac custom"),
                ("digits", "Digits behind that code"),
            ])
            .apply(set_code_alias)
            .show(|features, out| {
                if let FeatureCodes::Custom(codes) = &features.codes {
                    for (tag, CodeAlias { code, stands_for, digits }) in &codes.aliases {
                        let digits = digits.as_ref().map(|digits| format!(" {digits}")).unwrap_or_default();
                        out.line(format!("fac custom alias {tag} {code} to {stands_for}{digits}"));
                    }
                }
            }),
    ]
};

/// Whether the text is a pattern of blocked numbers: digits with `.`, or from `^` on an expression.
fn is_blocked_pattern(text: &str) -> bool {
    let digit = |char: char| matches!(char, '0'..='9' | 'A'..='D' | 'a'..='d' | '*' | '#' | '+' | '.');
    match text.strip_prefix('^') {
        Some(expression) => expression.chars().all(|char| digit(char) || "[]^-,?$".contains(char)),
        None => text.chars().all(|char| digit(char) || char == 'T'),
    }
}

const DAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// The two times of a line.
fn times(matched: &Matched<'_>) -> Option<(ClockTime, ClockTime)> {
    let time = |name| matched.word(name)?.text.parse::<ClockTime>().ok();
    Some((time("start")?, time("stop")?))
}

fn set_day(schedule: &mut Schedule, matched: &Matched<'_>) {
    let Some(day) = (0u8..).zip(DAYS).find(|(_, word)| matched.has(word)).map(|(day, _)| day) else { return };
    match times(matched).filter(|_| matched.is_set()) {
        Some(times) => drop(schedule.days.insert(day, times)),
        None => drop(schedule.days.remove(&day)),
    }
}

fn set_date(schedule: &mut Schedule, matched: &Matched<'_>) {
    let month = (1u8..).zip(MONTHS).find(|(_, word)| matched.has(word)).map(|(month, _)| month);
    let day = matched.number("date").and_then(|day| u8::try_from(day).ok());
    let Some(date) = month.zip(day) else { return };
    match times(matched).filter(|_| matched.is_set()) {
        Some(times) => drop(schedule.dates.insert(date, times)),
        None => drop(schedule.dates.remove(&date)),
    }
}

fn show_days(command: &str, schedule: &Schedule, out: &mut Printer) {
    for (day, (start, stop)) in &schedule.days {
        let day = DAYS.get(usize::from(*day)).copied().unwrap_or_default();
        out.line(format!("{command} day {day} {start} {stop}"));
    }
}

fn show_dates(command: &str, schedule: &Schedule, out: &mut Printer) {
    for ((month, day), (start, stop)) in &schedule.dates {
        let month = MONTHS.get(usize::from(*month).wrapping_sub(1)).copied().unwrap_or_default();
        out.line(format!("{command} date {month} {day} {start} {stop}"));
    }
}

/// The features that have codes, as `fac custom` names them, with those of `fac standard`, in Cisco's order.
pub const CODE_FEATURES: [(&str, &str); 17] = [
    ("callfwd all", "**1"),
    ("callfwd cancel", "**2"),
    ("pickup local", "**3"),
    ("pickup group", "**4"),
    ("pickup direct", "**5"),
    ("park", "**6"),
    ("dnd", "**7"),
    ("redial", "**8"),
    ("voicemail", "**9"),
    ("ephone-hunt join", "*3"),
    ("ephone-hunt cancel", "#3"),
    ("ephone-hunt hlog", "*4"),
    ("ephone-hunt hlog-phone", "*5"),
    ("trnsfvm", "*6"),
    ("dpark-retrieval", "**10"),
    ("ccw", "*1"),
    ("ephone-hunt unjoin", "#4"),
];

fn set_code(features: &mut ServiceFeatures, matched: &Matched<'_>, reports: &mut Reports) {
    let named = |feature: &&str| feature.split(' ').all(|word| matched.has(word));
    let mut features_with_codes = CODE_FEATURES.iter().map(|(feature, _)| *feature);
    // `hlog` alone is how earlier versions named the code of the phone.
    let feature = features_with_codes.find(named).unwrap_or("ephone-hunt hlog-phone");
    let mut codes = custom_codes(features);
    match matched.text("code").filter(|_| matched.is_set()) {
        Some(code) => {
            let taken = codes.features.iter().find(|(name, known)| **known == code && *name != feature);
            if let (Some((name, _)), Some(word)) = (taken, matched.word("code")) {
                reports.error(word, format!("{code} is the code of {name} already"), "choose another code");
            } else {
                reports.say(format!("fac {feature} code has been configured to {code}"));
                codes.features.insert(feature.into(), code);
            }
        }
        None => drop(codes.features.remove(feature)),
    }
    features.codes =
        if codes == CustomCodes::default() { FeatureCodes::None } else { FeatureCodes::Custom(codes) };
}

fn set_code_alias(features: &mut ServiceFeatures, matched: &Matched<'_>, reports: &mut Reports) {
    let Some(tag) = matched.number("tag") else { return };
    let mut codes = custom_codes(features);
    match (matched.text("code"), matched.text("existing")) {
        (Some(code), Some(stands_for)) if matched.is_set() => {
            let digits = matched.text("digits");
            reports.say(format!("fac alias{tag} code has been configurated to {code}!"));
            let mapped = digits.as_deref().unwrap_or_default();
            reports.say(format!("alias{tag} map code has been configurated to {stands_for}{mapped}!"));
            codes.aliases.insert(tag, CodeAlias { code, stands_for, digits });
        }
        _ => drop(codes.aliases.remove(&tag)),
    }
    features.codes =
        if codes == CustomCodes::default() { FeatureCodes::None } else { FeatureCodes::Custom(codes) };
}

/// The codes of `fac custom`, taken out; none if there are others.
fn custom_codes(features: &mut ServiceFeatures) -> CustomCodes {
    match std::mem::take(&mut features.codes) {
        FeatureCodes::Custom(codes) => codes,
        FeatureCodes::None | FeatureCodes::Standard => CustomCodes::default(),
    }
}

/// Features of directory numbers and their templates. These rows stand behind the others.
pub(crate) static DN: &[Command<DnCalls>] = {
    type Row = Command<DnCalls>;
    &[
        optional_flag!("call-waiting beep accept", "Further calls beep during a call", "on", beep_accept),
        optional_flag!(
            "call-waiting beep generate",
            "Calls to the number beep during other calls",
            "on",
            beep_generate
        ),
        Row::new("call-waiting beep", "Further calls beep", "on").apply(|calls, matched, _| {
            let on = matched.optional_switch();
            (calls.beep_accept, calls.beep_generate) = (on, on);
        }),
        optional_flag!(
            "after-hours exempt",
            "The number may call any number at any time",
            "off",
            after_hours_exempt
        ),
        optional_flag!("after-hour exempt", "As older releases write it", "off", after_hours_exempt)
            .show(|_, _| ()),
        optional_flag!(
            "night-service bell",
            "Calls at night are announced at phones with a bell",
            "off",
            night_bell
        ),
        optional_flag!("call-waiting ring", "Further calls ring instead of beeping", "off", ring),
        Row::new("transfer-mode {blind|consult}", "How the number transfers", "as transfer-system says")
            .words(&[("blind", "Without a consultation"), ("consult", "With a consultation")])
            .apply(|calls, matched, _| {
                let mode = if matched.has("blind") { TransferMode::Blind } else { TransferMode::Consult };
                calls.transfer_mode = Some(mode).filter(|_| matched.is_set());
            })
            .show(|calls, out| match calls.transfer_mode {
                Some(TransferMode::Blind) => out.line("transfer-mode blind"),
                Some(TransferMode::Consult) => out.line("transfer-mode consult"),
                None => (),
            }),
    ]
};

/// `intercom` of an ephone-dn.
pub(crate) static INTERCOM: &[Command<Option<Intercom>>] = {
    type Row = Command<Option<Intercom>>;
    &[Row::new(
        "intercom <number:dial..32> [barge-in] [no-auto-answer] [no-mute] [label <label:line..30>]",
        "One end of an intercom",
        "none",
    )
    .words(&[
        ("number", "The other end"),
        ("barge-in", "A call that goes on is held"),
        ("no-auto-answer", "Calls ring"),
        ("no-mute", "The microphone stays on"),
        ("label", "Text beside the button"),
    ])
    .apply(|intercom, matched, _| {
        *intercom = matched.text("number").filter(|_| matched.is_set()).map(|number| Intercom {
            number,
            barge_in: matched.has("barge-in"),
            no_auto_answer: matched.has("no-auto-answer"),
            no_mute: matched.has("no-mute"),
            label: matched.unquoted("label"),
        });
    })
    .show(|intercom, out| {
        let Some(Intercom { number, barge_in, no_auto_answer, no_mute, label }) = intercom else { return };
        let words = [(*barge_in, " barge-in"), (*no_auto_answer, " no-auto-answer"), (*no_mute, " no-mute")];
        let words: String = words.into_iter().filter(|(set, _)| *set).map(|(_, word)| word).collect();
        let label = label.as_ref().map(|label| format!(" label {label}")).unwrap_or_default();
        out.line(format!("intercom {number}{words}{label}"));
    })]
};

/// Keys of phones and their templates. These rows stand behind the others.
pub(crate) static KEYS: &[Command<PhoneKeys>] = {
    type Row = Command<PhoneKeys>;
    &[
        Row::new(
            "softkeys {idle|seized|alerting|ringing|connected|hold|remote-in-use} <key:word..16>...",
            "Soft keys of a call state, in order",
            "all",
        )
        .words(&[("key", "Redial Newcall Cfwdall Pickup Gpickup Dnd Hold Endcall Trnsfer Confrn Park ...")])
        .apply(|keys, matched, _| {
            let Some(state) = STATES.iter().find(|state| matched.has(state)) else { return };
            if matched.is_set() {
                let names = matched.words("key").map(|word| SmolStr::from(word.text)).collect();
                keys.soft_keys.insert((*state).into(), names);
            } else {
                keys.soft_keys.remove(*state);
            }
        })
        .show(|keys, out| {
            for (state, names) in &keys.soft_keys {
                let names: Vec<&str> = names.iter().map(SmolStr::as_str).collect();
                out.line(format!("softkeys {state}  {}", names.join(" ")));
            }
        }),
        optional_flag!(
            "after-hours exempt",
            "The phone may call any number at any time",
            "off",
            after_hours_exempt
        ),
        optional_flag!("after-hour exempt", "As older releases write it", "off", after_hours_exempt)
            .show(|_, _| ()),
        optional_flag!("night-service bell", "The phone announces calls at night", "off", night_bell),
        optional_flag!(
            "multicast-moh",
            "The phone takes music on hold that is sent to a group",
            "on",
            multicast_moh
        ),
        Row::new(
            "paging-dn <tag:1-65535> [unicast|multicast]",
            "Paging number whose calls the phone plays",
            "none",
        )
        .words(&[("unicast", "The phone takes no multicast"), ("multicast", "The phone takes multicast")])
        .apply(|keys, matched, _| {
            let tag = matched.number("tag").filter(|_| matched.is_set());
            keys.paging = tag.map(|tag| PagingDn { tag, unicast: matched.has("unicast") });
        })
        .show(|keys, out| {
            if let Some(PagingDn { tag, unicast }) = keys.paging {
                out.line(format!("paging-dn {tag}{}", if unicast { " unicast" } else { "" }));
            }
        }),
        Row::new("features blocked <feature:word..16>...", "Features that the phone does not have", "none")
            .words(&[("feature", "CFwdAll Confrn GpickUp Park PickUp Trnsfer")])
            .apply(|keys, matched, _| {
                keys.blocked = match matched.is_set() {
                    true => matched.words("feature").map(|word| SmolStr::from(word.text)).collect(),
                    false => Vec::new(),
                };
            })
            .show(|keys, out| {
                if !keys.blocked.is_empty() {
                    let names: Vec<&str> = keys.blocked.iter().map(SmolStr::as_str).collect();
                    out.line(format!("features blocked {}", names.join(" ")));
                }
            }),
    ]
};

/// The states that have soft keys of their own.
pub const STATES: [&str; 7] = ["idle", "seized", "alerting", "ringing", "connected", "hold", "remote-in-use"];

/// `blf-speed-dial` of a phone.
pub(crate) static SPEED_DIALS: &[Command<SpeedDials>] = {
    type Row = Command<SpeedDials>;
    &[Row::new(
        "blf-speed-dial <position:1-99> <number:dial..32> label <label:line..40>",
        "Speed dial with a lamp",
        "none",
    )
    .words(&[
        ("position", "Position"),
        ("number", "Number to dial, and to watch"),
        ("label", "Text beside the button; `device` behind it: what the phone does, not the number"),
    ])
    .apply(|dials, matched, _| {
        let Some(position) = matched.number("position") else { return };
        match matched.text("number").filter(|_| matched.is_set()) {
            Some(number) => {
                let text = matched.text("label").unwrap_or_default();
                let of_device = text.strip_suffix(" device").map(str::trim_end);
                let label = unquoted(of_device.unwrap_or(&text));
                let dial = SpeedDial { number, label, lamp: of_device.is_some() };
                dials.with_lamps.insert(position, dial);
            }
            None => drop(dials.with_lamps.remove(&position)),
        }
    })
    .show(|dials, out| {
        for (position, SpeedDial { number, label, lamp }) in &dials.with_lamps {
            let label = label.as_deref().unwrap_or_default();
            let label = if label.contains(' ') { format!("\"{label}\"") } else { label.to_owned() };
            let device = if *lamp { " device" } else { "" };
            out.line(format!("blf-speed-dial {position} {number} label {label}{device}"));
        }
    })]
};
