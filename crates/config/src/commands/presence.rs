//! `presence`.

use super::kept;
use crate::command::{Command, flag, number};
use crate::settings::Presence;

pub(crate) static COMMANDS: &[Command<Presence>] = {
    type Row = Command<Presence>;
    &[
        number!(
            "max-subscription",
            "100-500",
            "Most subscriptions for presence at a time",
            100,
            max_subscription
        ),
        flag!(
            "watcher all",
            "Other systems, from which calls by a trunk are taken, may watch numbers too",
            off,
            watcher_all
        ),
        kept!("allow subscribe", "Numbers of other systems that are watched"),
        kept!("presence call-list", "Lamps in the lists of calls"),
        kept!("server", "Server that knows about numbers of other systems"),
        kept!("sccp blf-speed-dial", "How often SCCP phones are told about numbers of other systems"),
    ]
};
