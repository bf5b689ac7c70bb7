//! `ephone-hunt` and `voice hunt-group`.

use smol_str::SmolStr;

use super::kept;
use crate::command::{Command, Reference, flag, optional_number, optional_text};
use crate::matcher::{Matched, Word};
use crate::settings::{AutoLogout, HuntGroup, Preference, PresentCall};

pub(crate) static COMMANDS: &[Command<HuntGroup>] = {
    type Row = Command<HuntGroup>;
    &[
        Row::new(
            "pilot <pilot:dial..32> [secondary <secondary:dial..32>]",
            "The number that is called",
            "none",
        )
        .words(&[("pilot", "Number"), ("secondary", "Second number")])
        .apply(|hunt, matched, _| {
            hunt.pilot = matched.text("pilot").filter(|_| matched.is_set());
            hunt.secondary = matched.text("secondary").filter(|_| matched.is_set());
        })
        .show(|hunt, out| {
            let secondary = hunt.secondary.as_ref().map(|n| format!(" secondary {n}")).unwrap_or_default();
            if let Some(pilot) = &hunt.pilot {
                out.line(format!("pilot {pilot}{secondary}"));
            }
        }),
        Row::new("list <members:word>...", "The numbers of the members, in order", "none")
            .words(&[("members", "2 to 32 numbers with commas between them; * is a place for one who joins")])
            .apply(set_members)
            .show(|hunt, out| {
                if !hunt.members.is_empty() {
                    let members: Vec<&str> = hunt.members.iter().map(SmolStr::as_str).collect();
                    out.line(format!("list {}", members.join(", ")));
                }
            }),
        optional_text!("final", "dial..32", "Where calls go that no member takes", final_number),
        Row::new("timeout <seconds:word>...", "Seconds that a call rings at each member", "timeouts ringing")
            .words(&[("seconds", "Seconds, or one value for each attempt with commas between them")])
            .apply(set_timeouts)
            .show(|hunt, out| {
                if !hunt.timeouts.is_empty() {
                    let seconds: Vec<String> = hunt.timeouts.iter().map(ToString::to_string).collect();
                    out.line(format!("timeout {}", seconds.join(", ")));
                }
            }),
        optional_number!(
            "max-timeout",
            "3-60000",
            "Seconds that a call hunts altogether",
            "none",
            max_timeout
        ),
        optional_number!("hops", "2-32", "How many members are tried", "all", hops),
        Row::new(
            "preference <primary:0-10> [secondary <secondary:0-10>]",
            "Order of numbers that match; 0 is first",
            "0, secondary 7",
        )
        .apply(|hunt, matched, _| {
            let primary = matched.number("primary").filter(|_| matched.is_set());
            hunt.preference = primary
                .map(|primary| Preference { primary, secondary: matched.number("secondary").unwrap_or(7) });
        })
        .show(|hunt, out| {
            if let Some(Preference { primary, secondary }) = hunt.preference {
                let secondary =
                    if secondary == 7 { String::new() } else { format!(" secondary {secondary}") };
                out.line(format!("preference {primary}{secondary}"));
            }
        }),
        Row::new("present-call {idle-phone|onhook-phone}", "Which phones ring", "any with a free channel")
            .words(&[("idle-phone", "Without any call"), ("onhook-phone", "That are on-hook")])
            .apply(|hunt, matched, _| {
                let idle = if matched.has("idle-phone") { PresentCall::Idle } else { PresentCall::OnHook };
                hunt.present_call = Some(idle).filter(|_| matched.is_set());
            })
            .show(|hunt, out| match hunt.present_call {
                Some(PresentCall::Idle) => out.line("present-call idle-phone"),
                Some(PresentCall::OnHook) => out.line("present-call onhook-phone"),
                None => (),
            }),
        Row::new(
            "auto logout [<calls:1-20>] [static|dynamic]",
            "Members who let calls ring are logged out",
            "off",
        )
        .words(&[("calls", "After how many calls; 1 if not given")])
        .apply(|hunt, matched, _| {
            hunt.auto_logout = matched.is_set().then(|| AutoLogout {
                calls: matched.number("calls").unwrap_or(1),
                only: match (matched.has("static"), matched.has("dynamic")) {
                    (true, _) => Some("static"),
                    (_, true) => Some("dynamic"),
                    _ => None,
                },
            });
        })
        .show(|hunt, out| {
            if let Some(AutoLogout { calls, only }) = hunt.auto_logout {
                let only = only.map(|word| format!(" {word}")).unwrap_or_default();
                out.line(format!("auto logout {calls}{only}"));
            }
        }),
        flag!("statistics collect", "Counts are kept for show", off, collects_statistics),
        optional_text!("description", "line..80", "Description", description),
        optional_text!("name", "line..80", "Name that callers see", name),
        Row::new("no-reg [both|pilot]", "Numbers not registered elsewhere", "off")
            .apply(|hunt, matched, _| {
                let which = if matched.has("pilot") { "no-reg pilot" } else { "no-reg" };
                hunt.no_reg = matched.is_set().then_some(which);
            })
            .show(|hunt, out| {
                if let Some(line) = hunt.no_reg {
                    out.line(line);
                }
            }),
        kept!("from-ring", "On-hook time counts from the last ring"),
        kept!("fwd-final", "Where transferred calls end"),
        kept!("display-logout", "Text when nobody is logged in"),
        kept!("members logout", "Members begin logged out"),
        kept!("phone-display", "Pilot on the phones"),
        kept!("presence", "Presence"),
        kept!("calling-name", "Calling name"),
        kept!("secondary", "Secondary number"),
        kept!("shutdown", "Takes no calls"),
        kept!("callqueue", "Queue on the phones"),
        kept!("hlog-block", "Leaving the group"),
        kept!("forward", "Forwarding of local calls"),
        kept!("overwrite-dyn-stats", "Statistics of members who join"),
    ]
};

fn set_members(hunt: &mut HuntGroup, matched: &Matched<'_>, reports: &mut crate::command::Reports) {
    if !matched.is_set() {
        return hunt.members.clear();
    }
    let words: Vec<&str> = matched.words("members").map(|word| word.text).collect();
    let text = words.join(" ");
    let members: Vec<SmolStr> =
        text.split([',', ' ']).filter(|part| !part.is_empty()).map(SmolStr::from).collect();
    let valid = |member: &SmolStr| {
        member.len() <= 32 && member.chars().all(|c| c.is_ascii_alphanumeric() || "*+#".contains(c))
    };
    match (members.iter().all(valid), members.len()) {
        (true, 1..=32) => {
            for member in members.iter().filter(|member| *member != "*") {
                let stands_in = |word: &Word<'_>| word.text.split(',').any(|part| part == member);
                let word = matched.words("members").find(stands_in);
                reports.refer(word, Reference::Member(member.clone()));
            }
            hunt.members = members;
        }
        _ => {
            if let Some(word) = matched.last_word() {
                reports.error(word, "not a list of at most 32 numbers", "write numbers as 201, 202");
            }
        }
    }
}

fn set_timeouts(hunt: &mut HuntGroup, matched: &Matched<'_>, reports: &mut crate::command::Reports) {
    if !matched.is_set() {
        return hunt.timeouts.clear();
    }
    let words: Vec<&str> = matched.words("seconds").map(|word| word.text).collect();
    let text = words.join(" ");
    let read = |part: &str| part.parse::<u32>().ok().filter(|seconds| (3..=60_000).contains(seconds));
    let seconds: Option<Vec<u32>> =
        text.split([',', ' ']).filter(|part| !part.is_empty()).map(read).collect();
    match seconds.filter(|seconds| (1..=32).contains(&seconds.len())) {
        Some(seconds) => hunt.timeouts = seconds,
        None => {
            if let Some(word) = matched.last_word() {
                reports.error(word, "not seconds from 3 to 60000", "write seconds as 10 or 10, 15");
            }
        }
    }
}
