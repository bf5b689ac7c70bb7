//! The memory budget: how many bytes there are for everything that others can fill, and how they are divided.
//!
//! Each pool is a fixed part of the budget. What a pool holds is either counted in bytes, or in things of a known greatest
//! size. The pools of the node, their use and their limits are what `show memory` prints.

use crate::Node;

/// Greatest size of a CTI session with its dialog, and of a monitor, in bytes.
const SESSION: usize = 4096;
const MONITOR: usize = 320;

/// Greatest size of a connection without its half message, in bytes.
const CONNECTION: usize = 1024;

/// How the bytes that others can fill are divided.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Budget {
    /// All of it.
    pub total: usize,
    /// Events that are kept for applications that come back.
    pub journal: usize,
    /// Written to connections whose other end does not read; kept by the driver.
    pub unread: usize,
    /// Events and requests that wait in SIP dialogs.
    pub waiting: usize,
    /// Responses that are kept in case their request is repeated.
    pub responses: usize,
    /// Half messages on SIP connections.
    pub half_sip: usize,
    /// Half frames on CSTA connections.
    pub half_csta: usize,
    /// Half messages over WebSocket; kept by the driver.
    pub half_web: usize,
    /// Half messages on phone connections.
    pub half_sccp: usize,
    /// What applications call devices.
    pub names: usize,
    /// Sessions, at the greatest size of each.
    pub sessions: usize,
    /// Monitors and registrations for routes, at the greatest size of each.
    pub monitors: usize,
    /// Connections, at the greatest size of each.
    pub connections: usize,
}

impl Budget {
    /// Divides so many bytes.
    pub fn of(total: usize) -> Budget {
        let part = |of_64: usize| total / 64 * of_64;
        Budget {
            total,
            journal: part(10),
            unread: part(8),
            waiting: part(8),
            responses: part(6),
            half_sip: part(4),
            half_csta: part(2),
            half_web: part(2),
            half_sccp: part(2),
            names: part(2),
            sessions: part(10),
            monitors: part(6),
            connections: part(4),
        }
    }

    /// How many sessions there may be.
    pub fn most_sessions(&self) -> usize {
        self.sessions / SESSION
    }

    /// How many monitors there may be.
    pub fn most_monitors(&self) -> usize {
        self.monitors / MONITOR
    }

    /// How many connections of applications there may be.
    pub fn most_connections(&self) -> usize {
        self.connections / CONNECTION
    }
}

/// A part of the budget, and how much of it is in use.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Pool {
    /// What it holds.
    pub name: &'static str,
    /// Bytes that it may hold.
    pub limit: usize,
    /// Bytes that it holds; `None` if only the driver knows.
    pub in_use: Option<usize>,
}

impl Node {
    /// The pools of the memory budget with their use.
    pub fn memory(&self) -> Vec<Pool> {
        let budget = self.settings().limits.budget();
        let (sizes, sip) = (self.sizes(), self.sip().sizes());
        let connections = sizes.sip_links + sizes.csta_links;
        let associations = sizes.monitors + self.switch().route_registrations().count();
        let pool = |name, limit, in_use| Pool { name, limit, in_use };
        vec![
            pool("Journals of sessions", budget.journal, Some(self.applications().journal_bytes())),
            pool("Unread output", budget.unread, None),
            pool("Waiting in dialogs", budget.waiting, Some(sip.waiting_bytes)),
            pool("Kept responses", budget.responses, Some(sip.response_bytes)),
            pool("Half messages SIP", budget.half_sip, Some(sip.gathered)),
            pool("Half messages CSTA", budget.half_csta, Some(self.csta_tcp().gathered())),
            pool("Half messages WebSocket", budget.half_web, None),
            pool("Half messages SCCP", budget.half_sccp, Some(self.stations().gathered())),
            pool("Device names", budget.names, Some(self.applications().name_bytes())),
            pool("CTI sessions", budget.sessions, Some(sizes.sessions * SESSION)),
            pool("Monitors", budget.monitors, Some(associations * MONITOR)),
            pool("Connections", budget.connections, Some(connections * CONNECTION)),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pools_are_the_budget_and_suit_a_large_office() {
        for megabytes in [16, 64, 256, 1024] {
            let budget = Budget::of(megabytes << 20);
            let Budget { unread, waiting, responses, half_sip, half_csta, half_web, half_sccp, .. } = budget;
            let Budget { names, sessions, monitors, connections, journal, .. } = budget;
            let pools =
                [unread, waiting, responses, half_sip, half_csta, half_web, half_sccp, names, sessions];
            assert_eq!(pools.iter().sum::<usize>() + monitors + connections + journal, budget.total);
        }
        let budget = Budget::of(256 << 20);
        assert!(budget.most_sessions() >= 10_000 && budget.most_monitors() >= 50_000);
        assert!(budget.most_connections() >= 10_000);
    }
}
