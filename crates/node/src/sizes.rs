//! How much a node keeps, so that tests can check that nothing grows without bound.

use crate::{Node, sip};

/// How many entries the tables have that somebody outside can fill. All of them are of things that are there now, or were
/// a short time ago; none counts what was.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Sizes {
    /// Calls.
    pub calls: usize,
    /// Timers of calls and of phones that are waited for.
    pub call_timers: usize,
    /// CSTA sessions of the switch.
    pub sessions: usize,
    /// Monitors.
    pub monitors: usize,
    /// Connections of phones, registered or not.
    pub phone_links: usize,
    /// Timers of phones and their connections.
    pub phone_timers: usize,
    /// Calls that phones show.
    pub shown_calls: usize,
    /// Connections of CSTA over TCP.
    pub csta_links: usize,
    /// Sessions that wait for their applications to come back.
    pub csta_lost: usize,
    /// Timers of these connections and sessions.
    pub csta_timers: usize,
    /// SIP connections.
    pub sip_links: usize,
    /// SIP dialogs, those that end too.
    pub dialogs: usize,
    /// Timers of SIP connections and dialogs.
    pub sip_timers: usize,
    /// Messages that wait in dialogs until they may be sent.
    pub waiting: usize,
    /// Datagrams that are repeated until they are answered.
    pub repeated: usize,
    /// Answers that are kept in case their request is repeated. Old ones go when the next one comes.
    pub answered: usize,
    /// Contacts that are registered over SIP.
    pub registrations: usize,
    /// Applications that are served.
    pub applications: usize,
    /// Calls that applications made, with what they call the calling device.
    pub named_calls: usize,
    /// Terminals in configuration modes, and those that wait for something to be stored.
    pub terminals: usize,
    /// Requests of the server that applications have not answered.
    pub asked: usize,
    /// Requests and events on their way inside the node: none between two inputs.
    pub under_way: usize,
}

impl Node {
    /// How much it keeps now.
    pub fn sizes(&self) -> Sizes {
        let switch = self.switch();
        let mut sizes = Sizes {
            calls: switch.calls().len(),
            call_timers: switch.timer_count(),
            terminals: self.terminals.len(),
            sessions: switch.cti().sessions().count(),
            monitors: switch.cti().sessions().map(|(_, session)| session.monitors().count()).sum(),
            under_way: self.outbox_len(),
            ..Sizes::default()
        };
        self.stations().count(&mut sizes);
        sip::count(self.sip(), &mut sizes);
        self.registrar().count(&mut sizes);
        self.sip_phones().count(&mut sizes);
        self.applications().count(&mut sizes);
        self.uacsta().count(&mut sizes);
        self.csta_tcp().count(&mut sizes);
        sizes
    }
}
