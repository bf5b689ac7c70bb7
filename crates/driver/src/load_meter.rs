//! Measures how many new calls a second this machine can serve.
//!
//! The switch refuses calls beyond the limit, so that the others are set up in time. Refusing needs processor time too, and
//! callers do not stop at once. So the limit is the rate at which [calls take seven tenths of the
//! processor](CALLS_SHARE); when twice that rate is offered, the limit is still served.
//!
//! ```text
//!   every 100 ms:  what one call costs = processor time of the thread / (calls taken + a part of those refused)
//!                  limit               = 7/10 of a processor / that cost
//!   probes late:   the limit falls whatever calls cost: something else uses the machine
//! ```
//!
//! The processor time of a window is not that of calls alone: somebody may flood the server with other requests meanwhile.
//! So no call counts for more than [a few times](MOST_ABOVE_LEAST) the lowest cost of the last minutes; an attacker does not
//! make calls look so expensive that almost none are taken. Calls that cost more for good are believed after a while.
//!
//! A limit is set only when more is offered, and removed after a second without a refusal.
//!
//! Processor time does not show waiting, for instance when another process takes half of the core. So while the thread is
//! busy without a pause, or calls are limited, a probe goes through the thread's queue every few milliseconds and measures
//! how long a ready socket waits.

use std::{
    cell::Cell,
    sync::{
        OnceLock,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use rustix::time::{ClockId, clock_gettime};
use tracing::{info, warn};

/// Time between two updates of the limit.
const WINDOW: Duration = Duration::from_millis(100);

/// Share of the processor that calls may take.
const CALLS_SHARE: f64 = 0.7;

/// Cost of refusing a call, as a share of the cost of a call that is taken without monitors: 4 reads and writes instead
/// of 13.
const REFUSAL_COST: f64 = 0.3;

/// Weight of the newest window in the moving averages.
const NEWEST: f64 = 0.3;

/// Lower bound of the cost of a call, in seconds.
const SMALLEST_COST: f64 = 1e-6;

/// A call counts for at most so many times the lowest cost of the last minutes.
const MOST_ABOVE_LEAST: f64 = 3.0;

/// The lowest cost before one was measured, in seconds: that of a call on a slow machine.
const FIRST_LEAST: f64 = 0.5e-3;

/// Time in which the lowest cost doubles while none that low is measured.
const LEAST_DOUBLES: Duration = Duration::from_secs(60);

/// Smallest limit, in calls a second.
const LEAST: f64 = 50.0;

/// Number of windows without a refusal after which the limit is removed.
const CLEAR_AFTER: u32 = 10;

/// Probes are sent when the thread has been busy for this long without a pause.
const PROBE_AFTER: Duration = Duration::from_millis(20);

/// Time between two probes.
const PROBE_EVERY: Duration = Duration::from_millis(5);

/// A probe that takes longer is late: the set-up of a call takes four or five turns of the queue.
const LATE: Duration = Duration::from_millis(20);

/// Number of consecutive late probes before the limit falls: calls may come in bursts, and the machine may pause.
const LATE_IN_A_ROW: u32 = 5;

/// Factor by which a late probe lowers the limit. A probe that is later counts as several, up to `MOST_DELAY`.
const DECREASE: f64 = 0.9;
const MOST_DELAY: f64 = 5.0;

static STARTED: OnceLock<Instant> = OnceLock::new();

/// Microseconds after [`STARTED`] at which the thread last had nothing to do.
static LAST_IDLE: AtomicU64 = AtomicU64::new(0);

/// Notes that the thread was idle until now. The runtime calls it after it has waited.
pub fn note_idle() {
    LAST_IDLE.store(micros(Instant::now()), Ordering::Relaxed);
}

fn micros(at: Instant) -> u64 {
    let started = STARTED.get_or_init(Instant::now);
    u64::try_from(at.saturating_duration_since(*started).as_micros()).unwrap_or(u64::MAX)
}

/// Processor time of the calling thread so far.
pub fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// Totals of the thread and the switch since their start.
#[derive(Clone, Copy, Debug)]
pub struct Work {
    /// Processor time of the thread.
    pub processor: Duration,
    /// Calls taken.
    pub taken: u64,
    /// Calls refused because of the limit.
    pub refused: u64,
}

/// Computes the limit for new calls from the load of the thread.
#[derive(Debug)]
pub struct LoadMeter {
    window: Cell<(Instant, Work)>,
    /// Calls taken a second, as a moving average.
    taken: Cell<f64>,
    /// Seconds of processor time per call, as a moving average over windows with calls.
    cost: Cell<Option<f64>>,
    /// The lowest cost of a call in the last minutes, in seconds.
    least: Cell<f64>,
    /// The limit in force, in calls a second.
    limit: Cell<Option<f64>>,
    /// Whether it was logged that calls are refused.
    warned: Cell<bool>,
    /// Number of windows since the last refusal.
    clear: Cell<u32>,
    probing: Cell<bool>,
    last_probe: Cell<Instant>,
    /// Number of consecutive late probes up to now.
    late: Cell<u32>,
}

impl LoadMeter {
    /// A meter for a thread that starts to serve now.
    pub fn new(now: Instant, work: Work) -> LoadMeter {
        LoadMeter {
            window: Cell::new((now, work)),
            taken: Cell::default(),
            cost: Cell::default(),
            least: Cell::new(FIRST_LEAST),
            limit: Cell::default(),
            warned: Cell::default(),
            clear: Cell::default(),
            probing: Cell::default(),
            last_probe: Cell::new(now),
            late: Cell::default(),
        }
    }

    /// Updates the limit at the end of a window. Returns the limit to set, if any; `work` is called only then.
    pub fn update(&self, now: Instant, work: impl FnOnce() -> Work) -> Option<Option<u32>> {
        let (since, before) = self.window.get();
        let passed = now.saturating_duration_since(since);
        if passed < WINDOW {
            return None;
        }
        let work = work();
        self.window.set((now, work));
        let old = self.limit.get();
        let new = self.limit_after(passed, before, work);
        self.limit.set(new);
        if new.is_none() && self.warned.replace(false) {
            info!("all new calls can be served in time again");
        }
        (old.is_some() || new.is_some()).then(|| new.map(|limit| limit as u32))
    }

    /// The limit after a window in which the totals rose from `before` to `work`.
    fn limit_after(&self, passed: Duration, before: Work, work: Work) -> Option<f64> {
        let seconds = passed.as_secs_f64();
        let per_second = |new: u64, old: u64| new.saturating_sub(old) as f64 / seconds;
        let share = work.processor.saturating_sub(before.processor).as_secs_f64() / seconds;
        let (taken, refused) =
            (per_second(work.taken, before.taken), per_second(work.refused, before.refused));
        let windows = seconds / WINDOW.as_secs_f64();
        let weight = 1.0 - (1.0 - NEWEST).powf(windows);
        let smooth = |old: f64, new: f64| old + weight * (new - old);
        self.taken.set(smooth(self.taken.get(), taken));
        let calls = taken + REFUSAL_COST * refused;
        if calls >= LEAST {
            let cost = self.believable(share / calls, seconds);
            self.cost.set(Some(smooth(self.cost.get().unwrap_or(cost), cost)));
        }
        self.clear.set(if refused > 0.0 { 0 } else { self.clear.get().saturating_add(windows as u32) });
        self.warn(refused > 0.0);

        let affordable = self.affordable();
        match self.limit.get() {
            None if self.taken.get() > affordable => {
                self.clear.set(0);
                Some(affordable)
            }
            None => None,
            Some(_) if self.clear.get() >= CLEAR_AFTER && self.late.get() < LATE_IN_A_ROW => None,
            // While probes are late, the affordable rate is too high.
            Some(limit) if self.late.get() >= LATE_IN_A_ROW => Some(limit.min(affordable)),
            Some(limit) if affordable.is_finite() => Some(limit + NEWEST * (affordable - limit)),
            // The limit was set by late probes, and the cost of calls is not known yet.
            Some(limit) => Some(limit * (1.0 + NEWEST)),
        }
    }

    /// What a call can have cost in a window of `seconds` in which one seemed to cost this much.
    fn believable(&self, cost: f64, seconds: f64) -> f64 {
        let risen = self.least.get() * (seconds / LEAST_DOUBLES.as_secs_f64()).exp2();
        let least = risen.min(cost).max(SMALLEST_COST);
        self.least.set(least);
        cost.min(MOST_ABOVE_LEAST * least)
    }

    /// The rate at which calls take their share of the processor.
    fn affordable(&self) -> f64 {
        self.cost.get().map_or(f64::INFINITY, |cost| CALLS_SHARE / cost.max(SMALLEST_COST)).max(LEAST)
    }

    /// Logs once that calls are refused.
    fn warn(&self, refused: bool) {
        if refused && !self.warned.replace(true) {
            warn!(
                limit = self.limit.get(),
                "more new calls a second than can be served in time: some are refused"
            );
        }
    }

    /// Whether a probe should be sent through the queue now. If so, [`LoadMeter::probed`] must be called when it returns.
    pub fn wants_probe(&self, now: Instant) -> bool {
        if self.probing.get() || now.saturating_duration_since(self.last_probe.get()) < PROBE_EVERY {
            return false;
        }
        let busy_for = micros(now).saturating_sub(LAST_IDLE.load(Ordering::Relaxed));
        let wanted = self.limit.get().is_some() || Duration::from_micros(busy_for) >= PROBE_AFTER;
        self.probing.set(wanted);
        wanted
    }

    /// Notes that a probe sent at `sent` has returned. Returns the new limit if it changes.
    pub fn probed(&self, sent: Instant, now: Instant) -> Option<u32> {
        self.probing.set(false);
        self.last_probe.set(now);
        let delay = now.saturating_duration_since(sent).as_secs_f64() / LATE.as_secs_f64();
        self.late.set(if delay >= 1.0 { self.late.get().saturating_add(1) } else { 0 });
        if self.late.get() < LATE_IN_A_ROW {
            return None;
        }
        // The cost of calls is more reliable than their rate, which may have just begun.
        let begin = || self.cost.get().map_or(self.taken.get(), |_| self.affordable());
        let limit = self.limit.get().unwrap_or_else(begin) * DECREASE.powf(delay.min(MOST_DELAY));
        let limit = limit.max(LEAST);
        self.limit.set(Some(limit));
        self.clear.set(0);
        Some(limit as u32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A machine on which a call costs 100 us, a refused one 30 us, and nothing else happens.
    struct Machine {
        meter: LoadMeter,
        now: Instant,
        work: Work,
        limit: Option<u32>,
    }

    impl Machine {
        fn new() -> Machine {
            let (now, work) = (Instant::now(), Work { processor: Duration::ZERO, taken: 0, refused: 0 });
            Machine { meter: LoadMeter::new(now, work), now, work, limit: None }
        }

        /// Offers calls at this rate, and answers how many of 100 are taken in the end.
        fn offer(&mut self, rate: u32, seconds: u32) -> u64 {
            let mut share = 100;
            for _ in 0..10 * seconds {
                share = self.window(rate);
            }
            share
        }

        /// The same for one window.
        fn window(&mut self, rate: u32) -> u64 {
            let taken = self.limit.unwrap_or(u32::MAX).min(rate);
            self.now += WINDOW;
            self.work.taken += u64::from(taken / 10);
            self.work.refused += u64::from((rate - taken) / 10);
            let busy =
                Duration::from_micros(100) * (taken / 10) + Duration::from_micros(30) * ((rate - taken) / 10);
            self.work.processor += busy.min(WINDOW);
            self.limit = self.meter.update(self.now, || self.work).unwrap_or(self.limit);
            u64::from(100 * taken / rate)
        }

        /// Sends a probe that takes this long, and answers whether it changed the limit.
        fn probe(&mut self, delay: Duration) -> bool {
            let limit = self.meter.probed(self.now, self.now + delay);
            self.limit = limit.or(self.limit);
            limit.is_some()
        }
    }

    #[test]
    fn calls_take_seven_tenths_of_the_processor_and_no_more() {
        let mut machine = Machine::new();
        assert_eq!(machine.offer(6_900, 3), 100);
        assert_eq!(machine.limit, None);
        assert!(machine.offer(8_000, 5) < 90);
        assert!((6_900..7_100).contains(&machine.limit.unwrap()), "{:?}", machine.limit);
        machine.offer(14_000, 5);
        assert!((6_900..7_200).contains(&machine.limit.unwrap()), "twice as many: {:?}", machine.limit);
    }

    #[test]
    fn what_was_done_before_the_calls_came_is_not_their_cost() {
        let mut machine = Machine::new();
        for _ in 0..20 {
            machine.now += WINDOW;
            machine.work.processor += WINDOW;
            assert_eq!(machine.meter.update(machine.now, || machine.work), None);
        }
        assert_eq!(machine.offer(6_000, 1), 100);
        assert_eq!(machine.limit, None);
    }

    #[test]
    fn a_limit_is_lifted_when_nothing_was_refused_for_a_second() {
        let mut machine = Machine::new();
        while machine.limit.is_none() {
            machine.window(9_000);
        }
        for _ in 1..CLEAR_AFTER {
            machine.window(5_000);
            assert!(machine.limit.is_some(), "it does not flutter");
        }
        machine.window(5_000);
        assert_eq!(machine.limit, None);
        machine.offer(15_000, 2);
        machine.now += Duration::from_secs(60);
        assert_eq!(
            machine.meter.update(machine.now, || machine.work),
            Some(None),
            "nobody called for a minute"
        );
    }

    #[test]
    fn a_limited_machine_is_probed_even_when_it_has_pauses() {
        let mut machine = Machine::new();
        note_idle();
        let soon = Instant::now() + PROBE_EVERY;
        assert!(!machine.meter.wants_probe(soon), "it has just had a pause");
        machine.offer(15_000, 2);
        assert!(machine.meter.wants_probe(soon));
    }

    #[test]
    fn who_floods_the_server_does_not_make_calls_look_expensive() {
        let mut machine = Machine::new();
        machine.offer(1_000, 2);
        let flood = |machine: &mut Machine, seconds: u32| {
            for _ in 0..10 * seconds {
                machine.work.processor = machine.work.processor.saturating_add(Duration::from_millis(90));
                machine.window(1_000);
            }
        };
        flood(&mut machine, 20);
        assert_eq!(machine.limit, None, "a thousand calls a second are a tenth of the processor");
        flood(&mut machine, 600);
        assert!(machine.limit.is_some_and(|limit| limit < 1_000), "it is always so: {:?}", machine.limit);
    }

    #[test]
    fn few_calls_are_not_what_keeps_the_machine_busy() {
        let mut machine = Machine::new();
        for _ in 0..50 {
            machine.now += WINDOW;
            machine.work.processor += WINDOW;
            machine.work.taken += 4;
            assert_eq!(machine.meter.update(machine.now, || machine.work), None);
        }
    }

    #[test]
    fn a_limit_of_a_machine_that_has_seen_few_calls_leaves_room_for_them() {
        let mut machine = Machine::new();
        let limited: Vec<bool> = (0..LATE_IN_A_ROW).map(|_| machine.probe(LATE)).collect();
        assert_eq!(limited.last(), Some(&true));
        let limit = machine.limit.unwrap();
        assert!(f64::from(limit) >= LEAST, "{limit}");
        machine.probe(Duration::ZERO);
        for _ in 1..CLEAR_AFTER {
            machine.window(10);
            assert!(machine.limit.unwrap() > limit, "it grows: {:?}", machine.limit);
        }
        machine.window(10);
        assert_eq!(machine.limit, None);
    }

    #[test]
    fn the_limit_falls_while_work_waits_whatever_a_call_seems_to_cost() {
        let mut machine = Machine::new();
        machine.offer(5_000, 3);
        (1..LATE_IN_A_ROW).for_each(|_| assert!(!machine.probe(LATE), "few are nothing"));
        assert!(machine.probe(LATE));
        let some = machine.limit.unwrap();
        assert!(
            (5_000..7_000).contains(&some),
            "it falls from what seemed affordable, not from the rate: {some}"
        );
        assert!(machine.probe(2 * LATE));
        assert!(machine.limit.unwrap() < some);
        while machine.limit.unwrap() >= 5_000 {
            machine.probe(LATE);
        }
        let some = machine.limit.unwrap();
        machine.offer(5_000, 1);
        assert!(machine.limit.unwrap() <= some, "still late");
        assert!(!machine.probe(Duration::ZERO));
        machine.offer(5_000, 3);
        assert_eq!(machine.limit, None, "in time again");
    }
}
