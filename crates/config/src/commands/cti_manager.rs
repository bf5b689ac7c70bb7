//! `cti-manager`: how applications reach the switch other than over SIP.

use smol_str::SmolStr;

use crate::command::{Command, Reports, Status, flag, number};
use crate::matcher::Matched;
use crate::settings::{ClientTrustpoint, CtiManager, DEFAULT_WEBHOOK_RETRY, Heartbeat, UnaskedPort};

pub(crate) static COMMANDS: &[Command<CtiManager>] = {
    type Row = Command<CtiManager>;
    &[
        Row::new(
            "heartbeat [minimum <minimum:1-3600>] [maximum <maximum:1-3600>]",
            "Seconds in which an application sends at least one message",
            "minimum 5 maximum 3600",
        )
        .status(Status::Own)
        .words(&[
            ("minimum", "The shortest interval that is agreed to"),
            ("maximum", "The longest interval that is agreed to"),
        ])
        .apply(heartbeat)
        .show(|manager, out| {
            let Heartbeat { minimum, maximum } = manager.heartbeat;
            if manager.heartbeat != Heartbeat::default() {
                out.line(format!("heartbeat minimum {minimum} maximum {maximum}"));
            }
        }),
        number!("maximum connections", "1-10000", "Sessions at a time", 2500, max_connections)
            .status(Status::Own),
        number!(
            "maximum devices-per-provider",
            "1-100000",
            "Devices that one application opens without an alarm",
            2000,
            max_devices_per_provider
        )
        .status(Status::Own),
        number!(
            "maximum devices-per-node",
            "1-100000",
            "Devices that all applications open without an alarm",
            800,
            max_devices_per_node
        )
        .status(Status::Own),
        number!(
            "new-call-accept-timer",
            "0-120",
            "Seconds in which an application accepts a call to a route point",
            4,
            new_call_accept_timer
        )
        .status(Status::Own),
        number!(
            "media-exchange-timer",
            "1-60",
            "Seconds in which an application says where its media goes",
            12,
            media_exchange_timer
        )
        .status(Status::Own),
        Row::new("csta tcp port <port:0-65535>", "CSTA XML over TCP; 0 means any free port", "none")
            .status(Status::Own)
            .apply(|manager, matched, _| {
                manager.csta_tcp_port = matched.port("port").filter(|_| matched.is_set());
            })
            .show(|manager, out| out.optional("csta tcp port", manager.csta_tcp_port.as_ref())),
        Row::new("csta tls port <port:0-65535>", "CSTA XML over TLS; 0 means any free port", "none")
            .status(Status::Own)
            .apply(|manager, matched, _| {
                manager.csta_tls_port = matched.port("port").filter(|_| matched.is_set());
            })
            .show(|manager, out| out.optional("csta tls port", manager.csta_tls_port.as_ref())),
        Row::new("http port <port:0-65535>", "JSON over WebSocket and REST; 0 means any free port", "none")
            .status(Status::Own)
            .apply(|manager, matched, _| {
                manager.http_port = matched.port("port").filter(|_| matched.is_set());
            })
            .show(|manager, out| out.optional("http port", manager.http_port.as_ref())),
        Row::new("https port <port:0-65535>", "The HTTP interface over TLS; 0 means any free port", "none")
            .status(Status::Own)
            .apply(|manager, matched, _| {
                manager.https_port = matched.port("port").filter(|_| matched.is_set());
            })
            .show(|manager, out| out.optional("https port", manager.https_port.as_ref())),
        Row::new(
            "http host <names:line>",
            "Names of this server by which pages in browsers may use it, besides its addresses",
            "the names of `hostname` and `ip domain name`",
        )
        .status(Status::Own)
        .apply(http_host)
        .show(|manager, out| {
            if !manager.http_hosts.is_empty() {
                out.line(format!("http host {}", manager.http_hosts.join(" ")));
            }
        }),
        Row::new(
            "secure-trustpoint <name:word..64>",
            "The trustpoint whose certificate TLS has",
            "the trustpoint with certificate files, if there is one; else a certificate of our own",
        )
        .status(Status::Own)
        .apply(|manager, matched, _| manager.trustpoint = matched.text("name").filter(|_| matched.is_set()))
        .show(|manager, out| out.optional("secure-trustpoint", manager.trustpoint.as_ref())),
        Row::new(
            "client-trustpoint <name:word..64> [required]",
            "Applications prove by a certificate of this trustpoint's authority which user they are",
            "none: by their password only",
        )
        .status(Status::Own)
        .words(&[
            ("name", "Name of a crypto pki trustpoint with `ca file`"),
            ("required", "Nobody logs in without such a certificate, whatever the password"),
        ])
        .apply(|manager, matched, _| {
            let name = matched.text("name").filter(|_| matched.is_set());
            let required = matched.has("required");
            manager.client_trustpoint = name.map(|name| ClientTrustpoint { name, required });
        })
        .show(|manager, out| out.optional("client-trustpoint", manager.client_trustpoint.as_ref())),
        flag!(
            "cluster-security",
            "Members of Standard CTI Secure Connection must use TLS",
            off,
            cluster_security
        )
        .status(Status::Own),
        flag!(
            "csta sip authenticate",
            "Applications over SIP prove by digest which user they are",
            off,
            sip_authenticate
        )
        .status(Status::Own),
        Row::new(
            "csta greeting port <port:0-65535> user <user:word..128>",
            "CSTA over TCP for applications that wait for a greeting and start no session",
            "none",
        )
        .status(Status::Own)
        .words(&[("user", "On whose behalf they act")])
        .apply(|manager, matched, _| manager.csta_greeting = unasked(matched))
        .show(|manager, out| out.optional("csta greeting", manager.csta_greeting.as_ref())),
        Row::new(
            "csta implicit port <port:0-65535> user <user:word..128>",
            "CSTA over TCP for applications that start no session",
            "none",
        )
        .status(Status::Own)
        .apply(|manager, matched, _| manager.csta_implicit = unasked(matched))
        .show(|manager, out| out.optional("csta implicit", manager.csta_implicit.as_ref())),
        number!(
            "journal maximum",
            "0-1000000",
            "Events of a session that are kept for an application that comes back",
            10000,
            journal_maximum
        )
        .status(Status::Own),
        Row::new(
            "webhook retry <seconds:line>",
            "Seconds after which a webhook is tried again, one for each attempt",
            "5 30 300 1800 7200 28800 86400",
        )
        .status(Status::Own)
        .apply(webhook_retry)
        .show(|manager, out| {
            if manager.webhook_retry != DEFAULT_WEBHOOK_RETRY {
                let pauses: Vec<String> = manager.webhook_retry.iter().map(u32::to_string).collect();
                out.line(format!("webhook retry {}", pauses.join(" ")));
            }
        }),
        flag!("webhook local", "Webhooks may be posted to link-local addresses", off, webhook_local)
            .status(Status::Own),
    ]
};

fn unasked(matched: &Matched<'_>) -> Option<UnaskedPort> {
    let port = matched.port("port").filter(|_| matched.is_set())?;
    Some(UnaskedPort { port, user: matched.text("user")? })
}

/// Names of `http host`, and bytes of each.
const MAX_HOSTS: usize = 16;
const MAX_HOST: usize = 253;

fn http_host(manager: &mut CtiManager, matched: &Matched<'_>, reports: &mut Reports) {
    let Some(text) = matched.text("names").filter(|_| matched.is_set()) else {
        manager.http_hosts.clear();
        return;
    };
    let names: Vec<SmolStr> = text.split_whitespace().map(|name| name.to_ascii_lowercase().into()).collect();
    let is_name = |name: &SmolStr| {
        name.len() <= MAX_HOST
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte))
    };
    match matched.word("names") {
        _ if names.len() <= MAX_HOSTS && names.iter().all(is_name) => manager.http_hosts = names,
        Some(word) => reports.error(
            word,
            format!("`{text}` is no list of 1 to {MAX_HOSTS} names of hosts"),
            "write them without port, as pbx.example.com pbx",
        ),
        None => {}
    }
}

/// Attempts after the first one.
const MAX_WEBHOOK_RETRIES: usize = 16;

/// The longest pause between two attempts, in seconds: a week.
const MAX_WEBHOOK_PAUSE: u32 = 604_800;

fn webhook_retry(manager: &mut CtiManager, matched: &Matched<'_>, reports: &mut Reports) {
    let Some(text) = matched.text("seconds").filter(|_| matched.is_set()) else {
        manager.webhook_retry = DEFAULT_WEBHOOK_RETRY.to_vec();
        return;
    };
    let pauses: Result<Vec<u32>, _> = text.split_whitespace().map(str::parse).collect();
    let right = |pauses: &Vec<u32>| {
        pauses.len() <= MAX_WEBHOOK_RETRIES
            && pauses.iter().all(|pause| (1..=MAX_WEBHOOK_PAUSE).contains(pause))
    };
    match (pauses.ok().filter(right), matched.word("seconds")) {
        (Some(pauses), _) => manager.webhook_retry = pauses,
        (None, Some(word)) => reports.error(
            word,
            format!("`{text}` is no list of 1 to {MAX_WEBHOOK_RETRIES} pauses in seconds, 1 to {MAX_WEBHOOK_PAUSE} each"),
            "write them as 5 30 300",
        ),
        (None, None) => {}
    }
}

fn heartbeat(manager: &mut CtiManager, matched: &Matched<'_>, reports: &mut Reports) {
    if !matched.is_set() {
        manager.heartbeat = Heartbeat::default();
        return;
    }
    let wanted = Heartbeat {
        minimum: matched.number("minimum").unwrap_or(manager.heartbeat.minimum),
        maximum: matched.number("maximum").unwrap_or(manager.heartbeat.maximum),
    };
    match matched.last_word() {
        Some(word) if wanted.minimum > wanted.maximum => {
            let message = format!("the minimum, {}, is above the maximum", wanted.minimum);
            reports.error(word, message, format!("write at least {}", wanted.minimum));
        }
        _ => manager.heartbeat = wanted,
    }
}
