//! How many new calls a second the machine can serve.
//!
//! Calls beyond that are refused by the switch, so that the others are set up in time. Refusing costs something
//! too, and whoever offers too much does not stop at once: so the limit is not where the processor has no time
//! left, but where [calls take seven tenths of it](CALLS_SHARE). When twice that is offered, as much is still served.
//!
//! ```text
//!   every 100 ms:  what one call costs = processor time of the thread / (calls taken + a part of those refused)
//!                  limit               = 7/10 of a processor / that cost
//!   probes late:   the limit falls, whatever calls seem to cost: something else keeps the machine busy
//! ```
//!
//! A limit is only set when more is offered, and lifted after a second in which nothing was refused.
//! Processor time says nothing about waiting, for instance when another process takes half of the core. For that,
//! a probe goes through the thread's queue every few milliseconds when it has had no pause for some time or calls are
//! limited, and tells how long a socket that is ready waits for its turn.

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

/// Time between two judgements.
const WINDOW: Duration = Duration::from_millis(100);

/// Share of the processor that calls may take.
const CALLS_SHARE: f64 = 0.7;

/// What refusing a call costs, as a part of what a call costs that is taken, without monitors: it takes 4 reads
/// and writes instead of 13.
const REFUSAL_COST: f64 = 0.3;

/// How much a window counts against those before it.
const NEWEST: f64 = 0.3;

/// Seconds; no call costs less.
const SMALLEST_COST: f64 = 1e-6;

/// So few calls a second are never what is too much.
const LEAST: f64 = 50.0;

/// A limit is lifted after so many windows without a refusal.
const CLEAR_AFTER: u32 = 10;

/// Busy without a pause for this long: have a look at the queue.
const PROBE_AFTER: Duration = Duration::from_millis(20);

/// Time between two probes.
const PROBE_EVERY: Duration = Duration::from_millis(5);

/// A ready socket that waits longer than this waits too long: a call takes four or five turns to be set up.
const LATE: Duration = Duration::from_millis(20);

/// So many probes in a row must be late before it counts: calls may come in bunches, and the machine may stand still.
const LATE_IN_A_ROW: u32 = 5;

/// What a probe that is late leaves of the limit. One that is later counts as several, up to a number.
const DECREASE: f64 = 0.9;
const MOST_DELAY: f64 = 5.0;

static STARTED: OnceLock<Instant> = OnceLock::new();

/// Microseconds after [`STARTED`] at which the thread last had nothing to do.
static LAST_IDLE: AtomicU64 = AtomicU64::new(0);

/// The thread had nothing to do until now; called by the runtime when it has waited.
pub fn note_idle() {
    LAST_IDLE.store(micros(Instant::now()), Ordering::Relaxed);
}

fn micros(at: Instant) -> u64 {
    let started = STARTED.get_or_init(Instant::now);
    u64::try_from(at.saturating_duration_since(*started).as_micros()).unwrap_or(u64::MAX)
}

/// Processor time that the calling thread has used.
pub fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// What the thread and the switch have done, counted from their beginning.
#[derive(Clone, Copy, Debug)]
pub struct Work {
    /// Processor time of the thread.
    pub processor: Duration,
    /// Calls taken.
    pub taken: u64,
    /// Calls refused because of the limit.
    pub refused: u64,
}

/// Sets the limit.
#[derive(Debug)]
pub struct LoadMeter {
    window: Cell<(Instant, Work)>,
    /// Calls taken a second in the last windows, the newest counting most.
    taken: Cell<f64>,
    /// Seconds of processor time for each call, in the last windows with calls.
    cost: Cell<Option<f64>>,
    /// Calls a second.
    limit: Cell<Option<f64>>,
    /// Whether it was said that calls are refused.
    complained: Cell<bool>,
    /// Windows without a refusal since the last one with one.
    clear: Cell<u32>,
    probing: Cell<bool>,
    last_probe: Cell<Instant>,
    /// How many probes in a row were late, the last one included.
    late: Cell<u32>,
}

impl LoadMeter {
    /// A meter of a thread that begins to serve now.
    pub fn new(now: Instant, work: Work) -> LoadMeter {
        LoadMeter {
            window: Cell::new((now, work)),
            taken: Cell::default(),
            cost: Cell::default(),
            limit: Cell::default(),
            complained: Cell::default(),
            clear: Cell::default(),
            probing: Cell::default(),
            last_probe: Cell::new(now),
            late: Cell::default(),
        }
    }

    /// How many new calls a second are to be taken from now on, if it is time to say so. `work` is only asked
    /// for then.
    pub fn judge(&self, now: Instant, work: impl FnOnce() -> Work) -> Option<Option<u32>> {
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
        if new.is_none() && self.complained.replace(false) {
            info!("all new calls can be served in time again");
        }
        (old.is_some() || new.is_some()).then(|| new.map(|limit| limit as u32))
    }

    /// The limit that follows from what has been done in a window.
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
            let cost = share / calls;
            self.cost.set(Some(smooth(self.cost.get().unwrap_or(cost), cost)));
        }
        self.clear.set(if refused > 0.0 { 0 } else { self.clear.get().saturating_add(windows as u32) });
        self.complain(refused > 0.0);

        let affordable = self.affordable();
        match self.limit.get() {
            None if self.taken.get() > affordable => {
                self.clear.set(0);
                Some(affordable)
            }
            None => None,
            Some(_) if self.clear.get() >= CLEAR_AFTER && self.late.get() < LATE_IN_A_ROW => None,
            // What seems affordable is not while probes are late.
            Some(limit) if self.late.get() >= LATE_IN_A_ROW => Some(limit.min(affordable)),
            Some(limit) if affordable.is_finite() => Some(limit + NEWEST * (affordable - limit)),
            // Something else than calls kept the machine busy, and what calls cost is not known yet.
            Some(limit) => Some(limit * (1.0 + NEWEST)),
        }
    }

    /// Calls a second that take no more than their share of the processor.
    fn affordable(&self) -> f64 {
        self.cost.get().map_or(f64::INFINITY, |cost| CALLS_SHARE / cost.max(SMALLEST_COST)).max(LEAST)
    }

    /// Says once that calls are refused.
    fn complain(&self, refused: bool) {
        if refused && !self.complained.replace(true) {
            warn!(
                limit = self.limit.get(),
                "more new calls a second than can be served in time: some are refused"
            );
        }
    }

    /// Whether a probe is to be sent through the queue now; [`LoadMeter::probed`] must follow.
    pub fn wants_probe(&self, now: Instant) -> bool {
        if self.probing.get() || now.saturating_duration_since(self.last_probe.get()) < PROBE_EVERY {
            return false;
        }
        let busy_for = micros(now).saturating_sub(LAST_IDLE.load(Ordering::Relaxed));
        let wanted = self.limit.get().is_some() || Duration::from_micros(busy_for) >= PROBE_AFTER;
        self.probing.set(wanted);
        wanted
    }

    /// A probe that was sent at `sent` has come through. Answers the new limit if that changes it.
    pub fn probed(&self, sent: Instant, now: Instant) -> Option<u32> {
        self.probing.set(false);
        self.last_probe.set(now);
        let delay = now.saturating_duration_since(sent).as_secs_f64() / LATE.as_secs_f64();
        self.late.set(if delay >= 1.0 { self.late.get().saturating_add(1) } else { 0 });
        if self.late.get() < LATE_IN_A_ROW {
            return None;
        }
        // What calls cost is known better than their rate, which may just have begun.
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
            self.limit = self.meter.judge(self.now, || self.work).unwrap_or(self.limit);
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
            assert_eq!(machine.meter.judge(machine.now, || machine.work), None);
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
            machine.meter.judge(machine.now, || machine.work),
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
    fn few_calls_are_not_what_keeps_the_machine_busy() {
        let mut machine = Machine::new();
        for _ in 0..50 {
            machine.now += WINDOW;
            machine.work.processor += WINDOW;
            machine.work.taken += 4;
            assert_eq!(machine.meter.judge(machine.now, || machine.work), None);
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
