//! `cti-manager`: how applications reach the switch other than over SIP.

use super::kept;
use crate::command::{Command, Reports, Status, flag, number};
use crate::matcher::Matched;
use crate::settings::{CtiManager, Heartbeat};

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
        .not_yet(),
        number!(
            "maximum devices-per-node",
            "1-100000",
            "Devices that all applications open without an alarm",
            800,
            max_devices_per_node
        )
        .not_yet(),
        number!(
            "new-call-accept-timer",
            "1-60",
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
            "secure-trustpoint <name:word..64>",
            "The trustpoint whose certificate TLS has",
            "the trustpoint with certificate files, if there is one; else a certificate of our own",
        )
        .status(Status::Own)
        .apply(|manager, matched, _| manager.trustpoint = matched.text("name").filter(|_| matched.is_set()))
        .show(|manager, out| out.optional("secure-trustpoint", manager.trustpoint.as_ref())),
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
        kept!("csta greeting", "CSTA over TCP for applications that wait for a greeting"),
        kept!("csta implicit", "CSTA over TCP for applications that start no session"),
        number!(
            "journal maximum",
            "0-1000000",
            "Events of a session that are kept for an application that comes back",
            10000,
            journal_maximum
        )
        .status(Status::Own),
        kept!("webhook retry", "When a webhook is tried again"),
    ]
};

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
