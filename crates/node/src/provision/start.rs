//! What a node depends on beside its configuration: how many files it can open, when it started, what nobody can foresee.

use super::NodeSettings;

/// What a node depends on beside its configuration.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Start {
    /// How many files, and so connections, the server can have open.
    pub open_files: u64,
    /// How many bytes of memory the process may use.
    pub memory: u64,
    /// When it was, in nanoseconds since 1970, or any other number that no other start has and that grows: identifiers
    /// that others remember longer than the server lives are made from it.
    pub seed: u64,
    /// Whether sessions are kept over a restart.
    pub keeps_sessions: bool,
    /// Numbers that nobody can foresee, from the system's random source: tags, branches, Call-IDs and nonces are made of them.
    pub secret: [u64; 2],
    /// SHA-256 of the certificate by which the media engine is known where keys are agreed by DTLS.
    pub fingerprint: [u8; 32],
}

impl Default for Start {
    /// As many files as are wanted, and the same identifiers every time.
    fn default() -> Start {
        Start {
            open_files: u64::MAX,
            memory: u64::MAX,
            seed: 0,
            keeps_sessions: false,
            secret: [0; 2],
            fingerprint: [0; 32],
        }
    }
}

impl NodeSettings {
    /// Fits the settings to a start: connections of strangers and of applications must not use up the files that
    /// phones need, and identifiers must not be those of an earlier start.
    pub fn fit(&mut self, start: Start) {
        let NodeSettings { switch, sccp, uacsta, csta_tcp, limits, .. } = self;
        limits.memory = limits.memory.min(usize::try_from(start.memory / 2).unwrap_or(usize::MAX));
        let budget = limits.budget();
        let files = Files::of(start.open_files, switch.stations.len());
        sccp.max_unregistered = sccp.max_unregistered.min(files.waiting_phones);
        sccp.reserved = switch.stations.len();
        uacsta.max_links = uacsta.max_links.min(files.sip).min(budget.most_connections());
        uacsta.max_waiting_bytes = uacsta.max_waiting_bytes.min(budget.waiting);
        csta_tcp.max_sessions = csta_tcp.max_sessions.min(files.csta_sessions);
        csta_tcp.max_waiting = csta_tcp.max_waiting.min(files.csta_waiting);
        switch.cti.max_sessions = switch.cti.max_sessions.min(budget.most_sessions());
        switch.cti.max_monitors = switch.cti.max_monitors.min(budget.most_monitors());
        switch.seed ^= start.seed;
        switch.first_identifier = first_identifier(start.seed);
        self.start = start;
    }
}

/// How the files that a process can have open are divided: every configured phone has one, and so have the server itself and
/// its operators; the rest is for applications, and for strangers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Files {
    waiting_phones: usize,
    sip: usize,
    csta_sessions: usize,
    csta_waiting: usize,
}

impl Files {
    /// Files of the server itself, of its operators, and of connections that are just being closed.
    const OWN: u64 = 128;

    fn of(open_files: u64, phones: usize) -> Files {
        let phones = u64::try_from(phones).unwrap_or(u64::MAX);
        let rest = open_files.saturating_sub(phones).saturating_sub(Self::OWN);
        let part =
            |of_16: u64| usize::try_from((rest / 16).saturating_mul(of_16)).unwrap_or(usize::MAX).max(8);
        Files { waiting_phones: part(3), sip: part(6), csta_sessions: part(5), csta_waiting: part(2) }
    }
}

/// Where a start numbers calls, connections and monitors from: 16 numbers further for each millisecond, so that a
/// server that starts again goes on above everything that it used before, as long as it used fewer than 16,000 a
/// second. After 2^28 numbers, 4 hours and 39 minutes, the next start is at the beginning again: what an old server
/// uses and what a new one does are then the same only by chance. Small enough for every phone (call managers of a
/// cluster use larger ones), and for people who read it in a log.
fn first_identifier(seed: u64) -> u32 {
    const NANOSECONDS_EACH: u64 = 1_000_000 / 16;
    const STARTS: u64 = 1 << 28;
    u32::try_from(1 + seed / NANOSECONDS_EACH % STARTS).unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(millis: u64) -> u32 {
        first_identifier(millis * 1_000_000)
    }

    #[test]
    fn a_start_without_a_seed_numbers_from_one() {
        assert_eq!(first_identifier(Start::default().seed), 1);
    }

    #[test]
    fn a_later_start_goes_on_above_what_an_earlier_one_can_have_used() {
        let most_in = |millis: u64| u32::try_from(16 * millis).unwrap();
        for began in [0, 999, 16_000_000, 1_795_241_085_123] {
            for later in [1, 2, 60_000, 3_600_000] {
                let (before, after) = (first(began), first(began + later));
                let wraps = after < before;
                assert!(wraps || after >= before + most_in(later), "{began} {later}: {before} {after}");
            }
        }
    }

    #[test]
    fn identifiers_of_any_start_are_positive_and_suit_phones() {
        for seed in [0, 1, u64::MAX, u64::MAX / 3, 1_795_241_085_123_456_789] {
            assert!((1..=1 << 28).contains(&first_identifier(seed)), "{seed}");
        }
    }
}
