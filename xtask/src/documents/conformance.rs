//! What of the standards is implemented, from the tables the server itself is driven by.

use std::{collections::BTreeSet, fmt::Write};

use hookflash_node::csta;
use hookflash_wire::csta::{EventKind, Service};

/// The document.
pub fn document() -> String {
    let mut text = String::from(
        "# Conformance\n\n\
         Generated from the tables that the server is driven by (`cargo xtask accept`). A service that is not \
         implemented is refused with `operation` / `serviceNotSupported` and is absent from \
         GetCSTAFeaturesResponse.\n\n## CSTA services (ECMA-269, ECMA-323)\n\n\
         | list | service | |\n| --- | --- | --- |\n",
    );
    let served: BTreeSet<Service> = csta::supported_services().collect();
    for service in Service::ALL {
        line(&mut text, service.list(), service.root(), served.contains(service));
    }
    let reported: BTreeSet<EventKind> = csta::supported_events().collect();
    text.push_str("\n## CSTA events\n\n| list | event | |\n| --- | --- | --- |\n");
    for event in EventKind::ALL {
        line(&mut text, event.list(), event.root(), reported.contains(event));
    }
    text.push_str(
        "\n## SIP\n\n\
         | what | |\n| --- | --- |\n\
         | INVITE, ACK, BYE, CANCEL, INFO, UPDATE, OPTIONS (RFC 3261, 3311, 6086) | yes |\n\
         | UDP and TCP on the same port | yes |\n\
         | TLS 1.2 and 1.3 (`transport tcp tls`); WebSocket (RFC 7118), with TLS and without | yes |\n\
         | session timer (RFC 4028): refresh by re-INVITE and UPDATE, 422, expiry with BYE | yes |\n\
         | Record-Route and several dialogs on one connection | yes |\n\
         | REGISTER (RFC 3261, 10) of session managers, with `registrar server` | yes |\n\
         | REGISTER of SIP phones: several contacts, digest with MD5 and SHA-256 (RFC 3261, 22; RFC 7616, 8760) | yes |\n\
         | calls of SIP phones: offer and answer (RFC 3264), late offers, PRACK (RFC 3262), CANCEL, forks | yes |\n\
         | REFER, also with Replaces in Refer-To (RFC 3515, 3891), NOTIFY of its outcome | yes |\n\
         | SUBSCRIBE to `dialog` and `message-summary` (RFC 6665, 4235, 3842) | yes |\n\
         | trunks: digest as client, OPTIONS keepalives, registration, names (RFC 3263: NAPTR, SRV, A, AAAA; over UDP) | yes |\n\
         | SRTP with keys in session descriptions (RFC 3711, 4568), by `srtp` | yes |\n\
         | INVITE with Replaces, DTLS-SRTP, ICE, `as-feature-event` | not yet |\n",
    );
    let _ = write!(
        text,
        "\n## SCCP\n\nProtocol versions {} to {}; up to {} unless `sccp max-version` says \
         otherwise.\n",
        hookflash_wire::sccp::Version::MIN,
        hookflash_wire::sccp::Version::MAX,
        hookflash_wire::sccp::Version::DEFAULT_CAP,
    );
    text
}

fn line(text: &mut String, list: &str, name: &str, implemented: bool) {
    // Writing to a string cannot fail.
    let _ = writeln!(text, "| {list} | {name} | {} |", if implemented { "yes" } else { "not yet" });
}
