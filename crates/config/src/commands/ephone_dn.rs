//! `ephone-dn` and `ephone-dn-template`.

use smol_str::SmolStr;

use super::classes::{CORLIST_WORDS, set_restriction, show_restriction};
use super::kept;
use super::telephony_service::{no_reg, show_no_reg};
use crate::command::{
    Command, Reference, Status, optional_flag, optional_number, optional_text, translation,
};
use crate::matcher::Matched;
use crate::settings::{
    DnFeatures, DnNumber, EphoneDn, EphoneDnTemplate, Forward, ForwardNoAnswer, Mwi, ParkSlot, Preference,
    WhichNumber,
};
use crate::values::parse_tags;

pub(crate) static COMMANDS: &[Command<EphoneDn>] = {
    type Row = Command<EphoneDn>;
    &[
        Row::new(
            "number <number:dial..16> [secondary <secondary:dial..16>] [no-reg [primary|both]]",
            "The number others dial",
            "none",
        )
        .words(&[
            ("number", "Digits; . stands for any digit, letters cannot be dialled"),
            ("secondary", "Second number"),
            ("no-reg", "Numbers not registered elsewhere"),
        ])
        .apply(|dn, matched, _| {
            dn.number = matched.text("number").filter(|_| matched.is_set()).map(|primary| DnNumber {
                primary,
                secondary: matched.text("secondary"),
                no_reg: no_reg(matched),
            });
        })
        .show(|dn, out| {
            if let Some(DnNumber { primary, secondary, no_reg }) = &dn.number {
                let secondary = secondary.as_ref().map(|s| format!(" secondary {s}")).unwrap_or_default();
                out.line(format!("number {primary}{secondary}{}", show_no_reg(*no_reg)));
            }
        }),
        optional_text!("label", "line..30", "Text beside the button", label),
        optional_text!("description", "line..80", "Text in the phone's header", description),
        optional_text!("name", "line..80", "Caller name and directory entry", name),
        Row::new(
            "preference <primary:0-10> [secondary <secondary:0-10>]",
            "Order of numbers that match; 0 is first",
            "0, secondary 9",
        )
        .apply(|dn, matched, _| {
            let default = Preference::default();
            dn.preference = match matched.number("primary").filter(|_| matched.is_set()) {
                Some(primary) => Preference {
                    primary,
                    secondary: matched.number("secondary").unwrap_or(default.secondary),
                },
                None => default,
            };
        })
        .show(|dn, out| {
            let default = Preference::default();
            if dn.preference.secondary != default.secondary {
                out.line(format!(
                    "preference {} secondary {}",
                    dn.preference.primary, dn.preference.secondary
                ));
            } else if dn.preference.primary != default.primary {
                out.value("preference", &dn.preference.primary);
            }
        }),
        Row::new("session-server <tags:word>", "Session managers that may monitor the number", "none")
            .words(&[("tags", "Tags of up to 8 session managers, separated by commas")])
            .apply(|dn, matched, reports| {
                let Some(word) = matched.word("tags").filter(|_| matched.is_set()) else {
                    return dn.session_servers.clear();
                };
                match parse_tags(word.text).filter(|tags| tags.len() <= 8) {
                    Some(tags) => {
                        for tag in &tags {
                            reports.refer(Some(word), Reference::SessionServer(*tag));
                        }
                        dn.session_servers = tags;
                    }
                    None => reports.error(
                        word,
                        "not a list of at most 8 session managers",
                        "write tags as 1 or 1,2",
                    ),
                }
            })
            .show(|dn, out| {
                if !dn.session_servers.is_empty() {
                    let tags: Vec<_> = dn.session_servers.iter().map(ToString::to_string).collect();
                    out.line(format!("session-server {}", tags.join(",")));
                }
            })
            .not_yet(),
        Row::new("ephone-dn-template <tag:1-65535>", "Template whose values the number inherits", "none")
            .apply(|dn, matched, reports| {
                dn.template = matched.number("tag").filter(|_| matched.is_set());
                if let Some(tag) = dn.template {
                    reports.refer(matched.word("tag"), Reference::DnTemplate(tag));
                }
            })
            .show(|dn, out| out.optional("ephone-dn-template", dn.template.as_ref())),
        kept!("application", "Application of the number"),
        kept!("call-park", "Call park"),
        kept!("night-service", "Night service"),
        kept!("overlap-signal", "Overlap signalling"),
        kept!("auto-cut-through", "Audio before answer"),
        kept!("extension-range", "Numbers of a music on hold group"),
        kept!("feed", "Audio feed for music on hold"),
        kept!("fwd-final", "Where a forwarded call ends"),
        kept!("loopback-dn", "Loopback"),
        kept!("mailbox-selection", "Mailbox of a diverted call"),
        kept!("moh", "Music on hold"),
        Row::new(
            "park-slot [directed] [reservation-group <group:word..32>] [reserved-for <reserved:dial..16>] \
             [timeout <timeout:0-65535> limit <limit:1-65535>] [notify <notify:dial..32> [only]] [recall] \
             [transfer <transfer:dial..32>] [alternate <alternate:dial..32>] [retry <retry:0-65535> limit <tries:1-65535>]",
            "Calls can be parked at the number",
            "off",
        )
        .words(&[
            ("directed", "Calls are only sent there by its number"),
            ("reservation-group", "The only group of numbers that the slot is chosen for"),
            ("reserved-for", "The only number that the slot is chosen for"),
            ("timeout", "Seconds between reminders to the phone that parked the call"),
            ("limit", "Intervals after which the call leaves the slot; behind retry how often that is tried again"),
            ("notify", "Another number whose phones are reminded"),
            ("only", "The phone that parked the call is not reminded"),
            ("recall", "The call then comes back to the number that parked it"),
            ("transfer", "The call then goes to this number"),
            ("alternate", "The call goes to this number if the other one is in a call"),
            ("retry", "Seconds until a call that could not leave the slot tries again"),
        ])
        .apply(|dn, matched, _| {
            dn.park_slot = matched.is_set().then(|| ParkSlot {
                reserved_for: matched.text("reserved"),
                timeout: matched.number("timeout").zip(matched.number("limit")),
                recall: matched.has("recall"),
                transfer_to: matched.text("transfer"),
                reservation_group: matched.text("group"),
                directed: matched.has("directed"),
                notify: matched.text("notify"),
                notify_only: matched.has("only"),
                alternate: matched.text("alternate"),
                retry: matched.number("retry").zip(matched.number("tries")),
            });
        })
        .show(|dn, out| {
            let Some(slot) = &dn.park_slot else { return };
            let with = |word: &str, value: &Option<SmolStr>| {
                value.as_ref().map(|value| format!(" {word} {value}")).unwrap_or_default()
            };
            let times = |word: &str, times: Option<(u32, u32)>| {
                times.map(|(seconds, limit)| format!(" {word} {seconds} limit {limit}")).unwrap_or_default()
            };
            out.line(format!(
                "park-slot{}{}{}{}{}{}{}{}{}{}",
                if slot.directed { " directed" } else { "" },
                with("reservation-group", &slot.reservation_group),
                with("reserved-for", &slot.reserved_for),
                times("timeout", slot.timeout),
                with("notify", &slot.notify),
                if slot.notify_only { " only" } else { "" },
                if slot.recall { " recall" } else { "" },
                with("transfer", &slot.transfer_to),
                with("alternate", &slot.alternate),
                times("retry", slot.retry),
            ));
        }),
        optional_number!(
            "max-calls",
            "1-10000",
            "Calls at a time on a line of a CTI port or route point",
            "4; of a route point 5000",
            max_calls
        )
        .status(Status::Own),
        optional_number!(
            "busy-trigger",
            "1-10000",
            "Calls from which a line of a CTI port or route point is busy",
            "2; of a route point 4500",
            busy_trigger
        )
        .status(Status::Own),
        kept!("queueing-dn", "Queueing number"),
    ]
};

pub(crate) static TEMPLATE: &[Command<EphoneDnTemplate>] = &[
    kept!("description", "Description of the template"),
    kept!("conference", "Conference number"),
    kept!("mobility", "Mobility"),
];

/// What both say. These rows stand behind those of the mode.
pub(crate) static FEATURES: &[Command<DnFeatures>] = {
    type Row = Command<DnFeatures>;
    &[
    optional_flag!("cti watch", "CSTA applications may monitor and control the number", "off", cti_watch),
    optional_flag!("cti notify", "The number is up although no phone carries it", "off", cti_notify),
    optional_flag!("allow watch", "Presence watchers may watch the line", "off", allow_watch),
    optional_flag!("huntstop", "A busy or unanswered call does not go on to another number", "on", huntstop),
    Row::new("huntstop channel [<channel:1-8>]", "Channels behind this one are for outgoing calls", "off; octo-line 8")
        .apply(|features, matched, _| {
            features.huntstop_channel = matched.is_set().then(|| matched.number("channel"));
        })
        .show(|features, out| match features.huntstop_channel {
            Some(Some(channel)) => out.value("huntstop channel", &channel),
            Some(None) => out.line("huntstop channel"),
            None => (),
        }),
    Row::new("call-forward all <number:dial..32> [primary|secondary] [dialplan-pattern]", "Forward all calls", "off")
        .words(FORWARD_WORDS)
        .apply(|features, matched, _| features.forward_all = forward(matched).map(Box::new))
        .show(|features, out| out.optional("call-forward all", features.forward_all.as_deref().map(show_forward).as_ref())),
    Row::new("call-forward busy <number:dial..32> [primary|secondary] [dialplan-pattern]", "Forward calls when busy", "off")
        .words(FORWARD_WORDS)
        .apply(|features, matched, _| features.forward_busy = forward(matched).map(Box::new))
        .show(|features, out| out.optional("call-forward busy", features.forward_busy.as_deref().map(show_forward).as_ref())),
    Row::new(
        "call-forward noan <number:dial..32> timeout <timeout:3-60000> [primary|secondary] [dialplan-pattern]",
        "Forward calls that are not answered",
        "off",
    )
    .words(FORWARD_WORDS)
    .apply(|features, matched, _| {
        let timeout = matched.number("timeout");
        features.forward_no_answer =
            forward(matched).zip(timeout).map(|(forward, timeout)| Box::new(ForwardNoAnswer { forward, timeout }));
    })
    .show(|features, out| {
        if let Some(ForwardNoAnswer { forward, timeout }) = features.forward_no_answer.as_deref() {
            let target = &forward.target;
            out.line(format!("call-forward noan {target} timeout {timeout}{}", show_which(forward)));
        }
    }),
    optional_number!("call-forward max-length", "0-32", "Most digits CFwdAll takes; 0 disables the key", "no limit", forward_max_length),
    optional_flag!("forward local-calls", "Calls of other numbers of this system are forwarded too", "on", forward_local_calls),
    optional_text!("call-forward unregistered", "dial..32", "Forward calls that no application takes (CTI ports and route points)", forward_unregistered).status(Status::Own),
    optional_text!("call-forward failure", "dial..32", "Forward calls whose application has gone (CTI ports and route points)", forward_failure).status(Status::Own),
    optional_text!("call-forward night-service", "dial..32", "Forward calls at night", forward_night),
    Row::new("mwi {off|on|on-off}", "Message waiting extension a voicemail system calls", "none")
        .words(&[("off", "Calls put lamps out"), ("on", "Calls light lamps"), ("on-off", "The calling number says which")])
        .apply(|features, matched, _| {
            let mwi = match (matched.has("off"), matched.has("on")) {
                (true, _) => Mwi::Off,
                (_, true) => Mwi::On,
                _ => Mwi::OnOff,
            };
            features.mwi = Some(mwi).filter(|_| matched.is_set());
        })
        .show(|features, out| match features.mwi {
            Some(Mwi::Off) => out.line("mwi off"),
            Some(Mwi::On) => out.line("mwi on"),
            Some(Mwi::OnOff) => out.line("mwi on-off"),
            None => (),
        }),
    optional_flag!(
        "caller-id block",
        "Whom the number calls is not told who calls",
        "off",
        caller_id_block
    ),
    kept!("caller-id", "Caller id"),
    Row::new("corlist {incoming|outgoing} <list:word..64>", "Class of restriction", "none")
        .words(&CORLIST_WORDS)
        .apply(|features, matched, reports| set_restriction(&mut features.restriction, matched, reports))
        .show(|features, out| show_restriction(&features.restriction, "corlist", "", out)),
    kept!("forward", "Forwarding of local calls"),
    kept!("hold-alert", "Reminder of held calls"),
    kept!("huntstop-channel", "Channels for outgoing calls, as older releases write it"),
    kept!("moh-group", "Music on hold of the number"),
    kept!("mwi qsig", "Message waiting by QSIG"),
    kept!("mwi-type", "Kinds of message waiting"),
    optional_flag!("mwi sip", "The mwi-server of sip-ua says whether messages wait for the number", "off", mwi_sip),
    optional_flag!("ephone-hunt login", "The number may join hunt groups that have an open place", "off", hunt_login),
    optional_flag!("pickup-call any-group", "The number picks up calls of every group as of its own", "off", pickup_any_group),
    optional_text!("park reservation-group", "word..32", "Park slots that are chosen for its calls first", park_group),
    optional_text!("pickup-group", "word..32", "Group whose members pick up each other's calls", pickup_group),
    kept!("ring", "Ring pattern"),
    kept!("shared-line", "Line shared with SIP phones"),
    optional_number!(
        "timeouts transfer-recall",
        "0-1800",
        "Seconds until an unanswered transfer of the number returns; 0 is never",
        "by telephony-service",
        transfer_recall
    ),
    kept!("transfer-recall", "Recall of transfers"),
    translation!("translate", translation),
    kept!("translate", "Number translation"),
    kept!("trunk", "Line of the public network"),
    kept!("voice-hunt-groups", "Hunt groups"),
    kept!("whisper-intercom", "Whisper intercom"),
    translation!(profile, translation),
    kept!("translation-profile", "Number translation"),
]
};

const FORWARD_WORDS: &[(&str, &str)] = &[
    ("number", "Where calls go"),
    ("primary", "Only calls to the primary number"),
    ("secondary", "Only calls to the secondary number"),
    ("dialplan-pattern", "Also calls to the expanded number"),
];

fn forward(matched: &Matched<'_>) -> Option<Forward> {
    let only = match (matched.has("primary"), matched.has("secondary")) {
        (true, _) => Some(WhichNumber::Primary),
        (_, true) => Some(WhichNumber::Secondary),
        _ => None,
    };
    let target = matched.text("number").filter(|_| matched.is_set())?;
    Some(Forward { target, only, dialplan_pattern: matched.has("dialplan-pattern") })
}

fn show_forward(forward: &Forward) -> String {
    format!("{}{}", forward.target, show_which(forward))
}

fn show_which(forward: &Forward) -> String {
    let only = match forward.only {
        Some(WhichNumber::Primary) => " primary",
        Some(WhichNumber::Secondary) => " secondary",
        None => "",
    };
    format!("{only}{}", if forward.dialplan_pattern { " dialplan-pattern" } else { "" })
}
