//! Classes that dial peers refer to: `voice class uri` and `voice class server-group`.

use std::net::IpAddr;

use super::kept;
use crate::command::{Command, flag, number, optional_text};
use crate::matcher::Matched;
use crate::settings::{KeepaliveClass, ServerGroup, UriClass, UriHost};
use crate::trunk_values::SessionTarget;

/// Servers of one group, and hosts of one class.
const MAX_MEMBERS: usize = 20;

pub(crate) static URI: &[Command<UriClass>] = {
    type Row = Command<UriClass>;
    &[
        Row::new("host <host:word..64>", "Hosts; up to 20, one of which has to fit", "any")
            .words(&[("host", "ipv4:ADDRESS, ipv6:[ADDRESS], dns:NAME, or a regular expression")])
            .apply(|class, matched, reports| {
                let Some(word) = matched.word("host") else { return };
                let Some(host) = UriHost::parse(word.text) else {
                    return reports.error(word, "not an address", "write ipv4:ADDRESS or dns:NAME");
                };
                class.hosts.retain(|known| *known != host);
                if matched.is_set() && class.hosts.len() < MAX_MEMBERS {
                    class.hosts.push(host);
                }
            })
            .show(|class, out| class.hosts.iter().for_each(|host| out.value("host", host))),
        optional_text!("user-id", "word..64", "Users: a regular expression", user),
        optional_text!("pattern", "line..128", "Whole addresses: a regular expression", pattern),
        kept!("description", "Description"),
        kept!("phone context", "Contexts of numbers"),
        kept!("phone number", "Numbers"),
    ]
};

pub(crate) static SERVER_GROUP: &[Command<ServerGroup>] = {
    type Row = Command<ServerGroup>;
    &[
        optional_text!("description", "line..80", "Description of the group", description),
        Row::new(
            "{ipv4|ipv6} <address:ip> [port <port:1-65535>] [preference <preference:0-5>]",
            "A server",
            "none; port 5060, preference 0",
        )
        .words(&[
            ("ipv4", "By address"),
            ("ipv6", "By address"),
            ("address", "Address"),
            ("port", "Port"),
            ("preference", "Order; 0 is first"),
        ])
        .apply(|group, matched, _| {
            let address: Option<IpAddr> = matched.value("address");
            let target = address.map(|address| SessionTarget::Address(address, matched.port("port")));
            change(group, target, matched);
        })
        .show(|group, out| group.servers.iter().for_each(|server| out.line(shown(server)))),
        Row::new(
            "dns <name:word..128> [port <port:1-65535>] [preference <preference:0-5>]",
            "A server",
            "none; port 5060, preference 0",
        )
        .words(&[("name", "Name"), ("port", "Port"), ("preference", "Order; 0 is first")])
        .apply(|group, matched, _| {
            let name = matched.text("name");
            change(group, name.map(|name| SessionTarget::Name(name, matched.port("port"))), matched);
        }),
        Row::new("hunt-scheme {preference|round-robin}", "Which server is tried first", "preference")
            .words(&[
                ("preference", "The one with the lowest preference"),
                ("round-robin", "The one after that of the last call"),
            ])
            .apply(|group, matched, _| {
                group.round_robin = matched.is_set() && matched.has("round-robin");
            })
            .show(|group, out| {
                if group.round_robin {
                    out.line("hunt-scheme round-robin");
                }
            }),
        Row::new(
            "huntstop <rule:1-1000> resp-code <first:400-599> [to <last:400-599>]",
            "Statuses after which no other server is tried",
            "none",
        )
        .words(&[
            ("rule", "Number of the line"),
            ("resp-code", "Status of SIP"),
            ("first", "The status, or the first one"),
            ("to", "Up to"),
            ("last", "The last one"),
        ])
        .apply(|group, matched, _| {
            let Some(rule) = matched.number("rule") else { return };
            match matched.number("first").filter(|_| matched.is_set()) {
                Some(first) => {
                    let last = matched.number("last").unwrap_or(first);
                    group.stops.insert(rule, (first, last.max(first)));
                }
                None => {
                    group.stops.remove(&rule);
                }
            }
        })
        .show(|group, out| {
            for (rule, (first, last)) in &group.stops {
                let to = if first == last { String::new() } else { format!(" to {last}") };
                out.line(format!("huntstop {rule} resp-code {first}{to}"));
            }
        }),
        flag!("shutdown", "The group is out of service", off, shutdown),
    ]
};

pub(crate) static KEEPALIVE: &[Command<KeepaliveClass>] = {
    type Row = Command<KeepaliveClass>;
    &[
        optional_text!("description", "line..80", "Description of the class", description),
        number!("up-interval", "5-1200", "Seconds between requests while a peer is there", 60, options.up),
        number!("down-interval", "5-1200", "Seconds between requests while it is not", 30, options.down),
        number!("retry", "1-10", "Requests without an answer until it counts as not there", 1, options.retry),
        kept!("sip-profiles", "Changes of the requests"),
        kept!("sip-server", "Server that is asked"),
        kept!("transport", "Transport of the requests: here that of the peer"),
    ]
};

/// Adds, changes or removes a server.
fn change(group: &mut ServerGroup, target: Option<SessionTarget>, matched: &Matched<'_>) {
    let Some(target) = target else { return };
    let is_it = |(known, _): &(SessionTarget, u32)| match (known, &target) {
        (SessionTarget::Address(known, _), SessionTarget::Address(address, _)) => known == address,
        (known, target) => known == target,
    };
    let place = group.servers.iter().position(is_it);
    match (place, matched.is_set()) {
        (Some(place), true) => {
            if let Some(known) = group.servers.get_mut(place) {
                *known = (target, matched.number("preference").unwrap_or(0));
            }
        }
        (Some(place), false) => drop(group.servers.remove(place)),
        (None, true) if group.servers.len() < MAX_MEMBERS => {
            group.servers.push((target, matched.number("preference").unwrap_or(0)));
        }
        (None, _) => {}
    }
}

fn shown((target, preference): &(SessionTarget, u32)) -> String {
    let (what, port) = match target {
        SessionTarget::Address(address, port) => {
            (format!("{} {address}", if address.is_ipv4() { "ipv4" } else { "ipv6" }), *port)
        }
        SessionTarget::Name(name, port) => (format!("dns {name}"), *port),
        SessionTarget::SipServer | SessionTarget::Registrar => (String::new(), None),
    };
    let port = port.map(|port| format!(" port {port}")).unwrap_or_default();
    let preference = if *preference == 0 { String::new() } else { format!(" preference {preference}") };
    format!("{what}{port}{preference}")
}
