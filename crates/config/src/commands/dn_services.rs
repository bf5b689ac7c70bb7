//! What a directory number is beside a line of a phone: single number reach, paging, conferences.

use std::net::Ipv4Addr;

use super::kept;
use crate::command::{Command, flag};
use crate::settings::{DnConference, DnServices, Paging, Snr};

/// Paging numbers that one line names.
const MAX_PAGING_NUMBERS: usize = 10;

/// Single number reach. These rows stand behind the others of an ephone-dn, and of a number of SIP phones.
pub(crate) static REACH: &[Command<DnServices>] = {
    type Row = Command<DnServices>;
    &[
        flag!("mobility", "The number has the Mobility key, and single number reach", off, mobility),
        Row::new(
            "snr <number:dial..32> delay <delay:0-10> timeout <timeout:5-60> [cfwd-noan <noan:dial..32>]",
            "Where calls to the number ring too",
            "none",
        )
        .words(&[
            ("number", "The other number"),
            ("delay", "Seconds that a call rings before it rings there too"),
            ("timeout", "Seconds that it rings there"),
            ("noan", "Where calls go that nobody answers"),
        ])
        .apply(|services, matched, _| {
            let number = matched.text("number").filter(|_| matched.is_set());
            let times = matched.number("delay").zip(matched.number("timeout"));
            services.snr = number.zip(times).map(|(number, (delay, timeout))| Snr {
                number,
                delay,
                timeout,
                no_answer: matched.text("noan"),
            });
        })
        .show(|services, out| {
            let Some(Snr { number, delay, timeout, no_answer }) = &services.snr else { return };
            let no_answer =
                no_answer.as_ref().map(|number| format!(" cfwd-noan {number}")).unwrap_or_default();
            out.line(format!("snr {number} delay {delay} timeout {timeout}{no_answer}"));
        }),
        flag!(
            "snr calling-number local",
            "The other number is shown this number instead of that of the caller",
            off,
            snr_shows_own_number
        ),
        Row::new(
            "snr answer-too-soon <seconds:1-5>",
            "An answer before this is that of a voicemail system",
            "off",
        )
        .apply(|services, matched, _| {
            services.snr_answer_too_soon = matched.number("seconds").filter(|_| matched.is_set());
        })
        .show(|services, out| out.optional("snr answer-too-soon", services.snr_answer_too_soon.as_ref())),
        kept!("snr", "Single number reach"),
    ]
};

/// These rows stand behind the others of an ephone-dn.
pub(crate) static DN: &[Command<DnServices>] = {
    type Row = Command<DnServices>;
    &[
        Row::new(
            "paging [ip <address:ip> port <port:2000-65535>]",
            "Calls are heard from loudspeakers",
            "off",
        )
        .words(&[("address", "Multicast group"), ("port", "Its port")])
        .apply(|services, matched, reports| {
            services.paging = matched.is_set().then_some(Paging { group: None });
            let Some(word) = matched.word("address").filter(|_| matched.is_set()) else { return };
            let port = matched.number("port").and_then(|port| u16::try_from(port).ok());
            match word.text.parse().ok().filter(|address: &Ipv4Addr| address.is_multicast()).zip(port) {
                Some(group) => services.paging = Some(Paging { group: Some(group) }),
                None => reports.error(
                    word,
                    "no address of a group",
                    "write one from 225.0.0.0 to 239.255.255.255, or `paging` alone",
                ),
            }
        })
        .show(|services, out| match &services.paging {
            Some(Paging { group: Some((address, port)) }) => {
                out.line(format!("paging ip {address} port {port}"));
            }
            Some(Paging { group: None }) => out.line("paging"),
            None => (),
        }),
        Row::new(
            "paging group <tags:line..120>",
            "Paging numbers whose phones play the calls of this one",
            "none",
        )
        .words(&[
            ("group", "Several paging numbers"),
            ("tags", "Tags of paging numbers, separated by commas"),
        ])
        .apply(|services, matched, reports| {
            let Some(word) = matched.word("tags").filter(|_| matched.is_set()) else {
                return services.paging_also.clear();
            };
            let tags: Option<Vec<u32>> = word
                .text
                .split([',', ' '])
                .filter(|tag| !tag.is_empty())
                .map(|tag| tag.parse().ok())
                .collect();
            match tags.filter(|tags| (1..=MAX_PAGING_NUMBERS).contains(&tags.len())) {
                Some(tags) => services.paging_also = tags,
                None => {
                    reports.error(word, "no list of tags", "write up to 10 tags of paging numbers, as 20,21")
                }
            }
        })
        .show(|services, out| {
            if !services.paging_also.is_empty() {
                let tags: Vec<String> = services.paging_also.iter().map(u32::to_string).collect();
                out.line(format!("paging group {}", tags.join(",")));
            }
        }),
        Row::new("conference ad-hoc", "The number is for conferences of more than three", "off")
            .apply(|services, matched, _| {
                services.conference = matched.is_set().then_some(DnConference::AdHoc);
            })
            .show(|services, out| {
                if services.conference == Some(DnConference::AdHoc) {
                    out.line("conference ad-hoc");
                }
            }),
        Row::new("conference meetme [unlocked]", "Who calls the number is in one conference", "off")
            .words(&[("unlocked", "Anybody may open it, without the MeetMe key")])
            .apply(|services, matched, _| {
                let meet_me = DnConference::MeetMe { unlocked: matched.has("unlocked") };
                services.conference = matched.is_set().then_some(meet_me);
            })
            .show(|services, out| match services.conference {
                Some(DnConference::MeetMe { unlocked: true }) => out.line("conference meetme unlocked"),
                Some(DnConference::MeetMe { unlocked: false }) => out.line("conference meetme"),
                Some(DnConference::AdHoc) | None => (),
            }),
        kept!("conference", "Conference number"),
    ]
};
