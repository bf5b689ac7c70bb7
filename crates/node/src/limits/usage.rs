//! What the sessions of one source, and those of one principal, hold: sessions, monitors, new calls.

use std::{collections::BTreeMap, net::IpAddr, time::Duration};

use hookflash_core::{Admission, DeviceId, Instant, Switch, cti::SessionId};
use smol_str::SmolStr;

use super::LimitSettings;

/// How long a source counts as one that makes calls, and the span over which a configured limit counts them.
const RECENT: Duration = Duration::from_secs(1);

/// A limit that a session has reached.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Exceeded {
    /// The command of the limit.
    pub(crate) limit: &'static str,
    /// Its value.
    pub(crate) value: usize,
    /// The source of the session.
    pub(crate) source: IpAddr,
}

/// What a source or principal holds.
#[derive(Clone, Copy, Debug, Default)]
struct Held {
    sessions: usize,
    monitors: usize,
}

/// Whose a session is, and how many monitors it has.
#[derive(Clone, Debug)]
struct Owner {
    source: IpAddr,
    principal: SmolStr,
    monitors: usize,
}

/// The new calls of a source.
#[derive(Debug)]
struct Calls {
    /// When it last asked for one.
    asked: Instant,
    /// Since when they are counted for the configured limit, and how many there were.
    since: Instant,
    taken: u32,
    /// Its share while the machine is busy. It is paced: a source that used the share of a second at once would leave
    /// nothing to the others meanwhile.
    share: Admission,
}

/// Counts what sessions hold, by source and by principal. A session counts from when its source is proven.
#[derive(Debug, Default)]
pub(crate) struct Usage {
    sessions: BTreeMap<SessionId, Owner>,
    sources: BTreeMap<IpAddr, Held>,
    principals: BTreeMap<SmolStr, Held>,
    calls: BTreeMap<IpAddr, Calls>,
}

impl Calls {
    /// Begins to count anew where the span is over.
    fn count_from(&mut self, now: Instant) {
        if now.since(self.since) >= RECENT {
            (self.since, self.taken) = (now, 0);
        }
    }
}

impl Usage {
    /// Whether one more session may be opened.
    pub(crate) fn may_open(
        &self,
        source: IpAddr,
        principal: &str,
        limits: &LimitSettings,
    ) -> Result<(), Exceeded> {
        let of_source = self.sources.get(&source).map_or(0, |held| held.sessions);
        let of_principal = self.principals.get(principal).map_or(0, |held| held.sessions);
        let exceeded = |limit, value| Err(Exceeded { limit, value, source });
        if of_source >= limits.sessions_per_source {
            return exceeded("sessions per-source", limits.sessions_per_source);
        }
        if of_principal >= limits.sessions_per_principal {
            return exceeded("sessions per-principal", limits.sessions_per_principal);
        }
        Ok(())
    }

    /// A session was opened, and its source is proven.
    pub(crate) fn opened(&mut self, id: SessionId, source: IpAddr, principal: SmolStr) {
        self.sources.entry(source).or_default().sessions += 1;
        self.principals.entry(principal.clone()).or_default().sessions += 1;
        self.sessions.insert(id, Owner { source, principal, monitors: 0 });
    }

    /// Whether it is known that a session comes from where it says.
    pub(crate) fn is_proven(&self, id: SessionId) -> bool {
        self.sessions.contains_key(&id)
    }

    /// A session is over, and its monitors with it.
    pub(crate) fn closed(&mut self, id: SessionId) {
        let Some(owner) = self.sessions.remove(&id) else { return };
        let release = |held: &mut Held| {
            held.sessions = held.sessions.saturating_sub(1);
            held.monitors = held.monitors.saturating_sub(owner.monitors);
            held.sessions == 0
        };
        if self.sources.get_mut(&owner.source).is_some_and(release) {
            self.sources.remove(&owner.source);
        }
        if self.principals.get_mut(&owner.principal).is_some_and(release) {
            self.principals.remove(&owner.principal);
        }
    }

    /// Whether a session may start a monitor on a device. A session that watches the device already shares the further
    /// monitors there with the other sessions of its source: each event is sent once for each of them.
    pub(crate) fn may_monitor(
        &self,
        id: SessionId,
        device: DeviceId,
        switch: &Switch,
        limits: &LimitSettings,
    ) -> Result<(), Exceeded> {
        self.may_associate(id, limits)?;
        let Some(source) = self.sessions.get(&id).map(|owner| owner.source) else { return Ok(()) };
        if self.further_monitors(id, source, device, switch) >= limits.monitors_per_device {
            let value = limits.monitors_per_device;
            return Err(Exceeded { limit: "monitors per-device", value, source });
        }
        Ok(())
    }

    /// Whether the source and the principal of a session may have one more monitor, or registration for routes, which counts
    /// as one.
    pub(crate) fn may_associate(&self, id: SessionId, limits: &LimitSettings) -> Result<(), Exceeded> {
        let Some(owner) = self.sessions.get(&id) else { return Ok(()) };
        let source = owner.source;
        let held = |held: Option<&Held>| held.map_or(0, |held| held.monitors);
        let exceeded = |limit, value| Err(Exceeded { limit, value, source });
        if held(self.sources.get(&source)) >= limits.monitors_per_source {
            return exceeded("monitors per-source", limits.monitors_per_source);
        }
        if held(self.principals.get(&owner.principal)) >= limits.monitors_per_principal {
            return exceeded("monitors per-principal", limits.monitors_per_principal);
        }
        Ok(())
    }

    /// How many monitors beyond the first of each session a source has on a device; none if this session has none there.
    fn further_monitors(&self, id: SessionId, source: IpAddr, device: DeviceId, switch: &Switch) -> usize {
        let mut sessions: BTreeMap<SessionId, usize> = BTreeMap::new();
        let monitors = switch.lines().device(device).map(|device| device.monitors()).unwrap_or_default();
        for session in monitors.iter().filter_map(|monitor| Some(switch.cti().monitor(*monitor)?.session())) {
            if self.sessions.get(&session).is_some_and(|owner| owner.source == source) {
                *sessions.entry(session).or_default() += 1;
            }
        }
        match sessions.contains_key(&id) {
            true => sessions.values().map(|count| count - 1).sum(),
            false => 0,
        }
    }

    /// A session has started a monitor or registered for routes, or stopped that.
    pub(crate) fn monitors_changed(&mut self, id: SessionId, started: bool) {
        let Some(owner) = self.sessions.get_mut(&id) else { return };
        let change = |count: &mut usize| match started {
            true => *count += 1,
            false => *count = count.saturating_sub(1),
        };
        change(&mut owner.monitors);
        if let Some(held) = self.sources.get_mut(&owner.source) {
            change(&mut held.monitors);
        }
        if let Some(held) = self.principals.get_mut(&owner.principal) {
            change(&mut held.monitors);
        }
    }

    /// Whether a session may begin a call, which counts then. `rate` is what the switch takes a second while the machine is
    /// busy: each source that makes calls has the same part of it, and the phones together one more.
    pub(crate) fn may_call(
        &mut self,
        now: Instant,
        id: SessionId,
        rate: Option<u32>,
        limits: &LimitSettings,
    ) -> Result<(), Exceeded> {
        if rate.is_none() && limits.calls_per_source == 0 {
            return Ok(());
        }
        let Some(source) = self.sessions.get(&id).map(|owner| owner.source) else { return Ok(()) };
        self.calls.retain(|_, calls| now.since(calls.asked) < RECENT);
        let new = || Calls { asked: now, since: now, taken: 0, share: Admission::default() };
        self.calls.entry(source).or_insert_with(new).asked = now;
        let sources = u32::try_from(self.calls.len()).unwrap_or(u32::MAX);
        let Some(calls) = self.calls.get_mut(&source) else { return Ok(()) };
        let share = rate.map(|rate| (rate / sources.saturating_add(1)).max(1));
        if share != calls.share.rate() {
            calls.share.set_rate(now, share);
        }
        let exceeded = |value: u32| Exceeded {
            limit: "calls per-source",
            value: usize::try_from(value).unwrap_or(usize::MAX),
            source,
        };
        calls.count_from(now);
        if limits.calls_per_source > 0 && calls.taken >= limits.calls_per_source {
            return Err(exceeded(limits.calls_per_source));
        }
        calls.share.check(now).map_err(|_| exceeded(share.unwrap_or_default()))?;
        calls.share.take();
        calls.taken += 1;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: fn() -> LimitSettings = || LimitSettings {
        sessions_per_source: 2,
        sessions_per_principal: 3,
        monitors_per_source: 5,
        ..LimitSettings::default()
    };

    fn source(number: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, number])
    }

    #[test]
    fn a_source_and_a_principal_have_so_many_sessions() {
        let mut usage = Usage::default();
        for number in 1..=2 {
            usage.opened(SessionId::from_number(number), source(1), "a".into());
        }
        let exceeded = usage.may_open(source(1), "b", &LIMITS()).unwrap_err();
        assert_eq!((exceeded.limit, exceeded.value), ("sessions per-source", 2));
        usage.opened(SessionId::from_number(3), source(2), "a".into());
        assert_eq!(usage.may_open(source(3), "a", &LIMITS()).unwrap_err().limit, "sessions per-principal");
        usage.closed(SessionId::from_number(1));
        assert_eq!(usage.may_open(source(1), "a", &LIMITS()), Ok(()));
        (2..=3).for_each(|number| usage.closed(SessionId::from_number(number)));
        assert!(usage.sources.is_empty() && usage.principals.is_empty() && usage.sessions.is_empty());
    }

    #[test]
    fn monitors_are_counted_until_their_session_ends() {
        let mut usage = Usage::default();
        let id = SessionId::from_number(1);
        usage.opened(id, source(1), "a".into());
        (0..5).for_each(|_| usage.monitors_changed(id, true));
        assert_eq!(usage.sources.get(&source(1)).unwrap().monitors, 5);
        usage.monitors_changed(id, false);
        assert_eq!(usage.principals.get("a").unwrap().monitors, 4);
        usage.closed(id);
        assert!(usage.sources.is_empty());
    }

    #[test]
    fn a_busy_machine_is_shared_by_the_sources() {
        let mut usage = Usage::default();
        let sessions = [1, 2, 3].map(SessionId::from_number);
        // Two of the sessions are of one source.
        for (id, number) in sessions.iter().zip([1, 1, 2]) {
            usage.opened(*id, source(number), "a".into());
        }
        let mut taken = [0; 3];
        let mut most_at_once = 0;
        for millis in 0..1_000 {
            let now = Instant::from_millis(millis);
            for (id, taken) in sessions.iter().zip(&mut taken) {
                *taken += u32::from(usage.may_call(now, *id, Some(300), &LIMITS()).is_ok());
            }
            if millis == 100 {
                most_at_once = taken[2];
            }
        }
        // At first only one source was known, and what a share saves may be used at once.
        let fair = 90..=125;
        assert!(
            fair.contains(&(taken[0] + taken[1])) && fair.contains(&taken[2]),
            "the phones have a third: {taken:?}"
        );
        assert!(
            most_at_once <= 30,
            "a share is spread over the second: {most_at_once} calls in its first tenth"
        );
        assert!((0..1_000).all(|_| usage.may_call(Instant::ZERO, sessions[0], None, &LIMITS()).is_ok()));
        let limits = LimitSettings { calls_per_source: 7, ..LIMITS() };
        let later = Instant::from_millis(9_000);
        let taken = (0..100).filter(|_| usage.may_call(later, sessions[0], None, &limits).is_ok()).count();
        assert_eq!(taken, 7);
    }
}
