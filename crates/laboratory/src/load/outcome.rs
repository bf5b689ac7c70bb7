//! The results of calls.

use std::{collections::BTreeMap, fmt, time::Duration};

use super::{json::Json, latency::Latency};

/// Longest time that 99 of 100 calls may take to be set up, ringing not counted, for a rate to count as sustained; and
/// SIP requests to be answered.
pub const ACCEPTABLE_SET_UP: Duration = Duration::from_millis(250);

/// Share of the offered calls that must be connected in time for a rate to count as sustained, and of the offered SIP
/// requests that must be answered.
pub const ACCEPTABLE_SHARE: f64 = 0.98;

/// Why a call failed.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Failure {
    /// Reorder tone: the server refuses calls.
    Reorder,
    /// Busy tone.
    Busy,
    /// The number is said not to exist.
    InvalidNumber,
    /// The application's request was refused, and how.
    Refused(String),
    /// A stage took too long.
    TimedOut(&'static str),
    /// The call succeeded, but events are missing.
    EventsMissing,
    /// A phone has lost its connection.
    LinkLost,
    /// All pairs of phones are in calls: more phones are needed for this rate.
    NobodyFree,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Reorder => f.write_str("reorder tone"),
            Failure::Busy => f.write_str("busy tone"),
            Failure::InvalidNumber => f.write_str("number unknown"),
            Failure::Refused(reason) => write!(f, "refused: {reason}"),
            Failure::TimedOut(stage) => write!(f, "timed out: {stage}"),
            Failure::EventsMissing => f.write_str("events missing"),
            Failure::LinkLost => f.write_str("connection lost"),
            Failure::NobodyFree => f.write_str("no pair of phones free"),
        }
    }
}

/// The results of the calls of a plan.
#[derive(Clone, Default)]
pub struct Outcome {
    /// Calls per second that were begun.
    pub offered: f64,
    /// How long calls were begun.
    pub duration: Duration,
    /// Calls that had media both ways before the end of that time.
    pub in_time: u64,
    /// Calls that succeeded to the end.
    pub completed: u64,
    /// Calls that failed, by reason.
    pub failures: BTreeMap<Failure, u64>,
    /// Pairs of phones that did not get idle again.
    pub lost_pairs: u64,
    /// From the scheduled instant to media both ways, ringing not counted.
    pub set_up: Latency,
    /// From dialling or MakeCall to the first message to the caller's phone.
    pub begin_to_first_message: Latency,
    /// From the scheduled instant to the ring.
    pub dial_to_ring: Latency,
    /// From Answer to Connected at the caller's phone.
    pub answer_to_connected: Latency,
    /// From Answer to media both ways.
    pub answer_to_media: Latency,
    /// From on-hook to both phones idle.
    pub hang_up_to_idle: Latency,
    /// From dialling to the Delivered events.
    pub dial_to_delivered: Latency,
    /// From Answer to the Established events.
    pub answer_to_established: Latency,
    /// From on-hook to the ConnectionCleared events.
    pub hang_up_to_cleared: Latency,
    /// Events received.
    pub events: u64,
    /// Events that did not come.
    pub events_missing: u64,
    /// Events that came twice, in the wrong order, or for no call.
    pub events_unexpected: u64,
    /// Number of errors that phones found in what they received.
    pub phone_complaints: usize,
    /// Number of errors that applications found.
    pub application_complaints: usize,
    /// One of those.
    pub sample_complaint: Option<String>,
    /// Processor time of the server.
    pub cpu: Option<Duration>,
    /// Resident memory of the server at the end, in bytes.
    pub resident: Option<u64>,
    /// The machine's load average.
    pub load_average: Option<f64>,
}

impl Outcome {
    /// An outcome without calls.
    pub fn new(offered: f64, duration: Duration) -> Outcome {
        Outcome { offered, duration, ..Outcome::default() }
    }

    /// Counts a call that was set up.
    pub fn connected(&mut self, set_up: Duration, in_time: bool) {
        self.set_up.record(set_up);
        self.in_time += u64::from(in_time);
    }

    /// Counts a call that failed.
    pub fn failed(&mut self, failure: Failure) {
        *self.failures.entry(failure).or_default() += 1;
    }

    /// Calls per second that were connected in time.
    pub fn achieved(&self) -> f64 {
        self.in_time as f64 / self.duration.as_secs_f64().max(1e-9)
    }

    /// How many calls failed.
    pub fn failed_calls(&self) -> u64 {
        self.failures.values().sum()
    }

    /// Processor time of the server for each call, in microseconds.
    pub fn cpu_per_call(&self) -> Option<f64> {
        let calls = self.completed + self.failed_calls();
        self.cpu.map(|cpu| cpu.as_secs_f64() * 1e6 / calls.max(1) as f64)
    }

    /// Whether the rate was sustained: no failures, nothing lost, nearly all calls in time.
    pub fn is_sustained(&self) -> bool {
        self.failures.is_empty()
            && self.events_missing == 0
            && self.events_unexpected == 0
            && self.set_up.p99() < ACCEPTABLE_SET_UP
            && self.achieved() >= self.offered * ACCEPTABLE_SHARE
    }

    /// One line of a table; see [`Outcome::HEADING`].
    pub fn row(&self) -> String {
        let millis = |latency: Duration| latency.as_secs_f64() * 1e3;
        let cpu = self.cpu_per_call().map_or("-".to_owned(), |micros| format!("{micros:.0}"));
        let (set_up, established) = (&self.set_up, &self.answer_to_established);
        format!(
            "{:>8.0} {:>8.0} {:>7} {:>9.3} {:>9.3} {:>9.3} {:>9.3} {:>9} {:>6.1}  {}",
            self.offered,
            self.achieved(),
            self.failed_calls(),
            millis(set_up.median()),
            millis(set_up.p99()),
            millis(established.median()),
            millis(established.p99()),
            cpu,
            self.load_average.unwrap_or_default(),
            if self.is_sustained() { "sustained" } else { "not sustained" },
        )
    }

    /// The columns of [`Outcome::row`].
    pub const HEADING: &'static str = "                              set-up, ms            Answer to event, ms   \
                                       server's us\n \
                                       offered achieved  failed       p50       p99       p50       p99  per call   load";

    /// The outcome as JSON.
    pub fn json(&self) -> Json {
        let failures = self.failures.iter().map(|(failure, count)| {
            Json::Object(vec![("reason", failure.to_string().as_str().into()), ("count", (*count).into())])
        });
        let mut members = vec![
            ("offered_per_second", self.offered.into()),
            ("achieved_per_second", self.achieved().into()),
            ("seconds", self.duration.as_secs_f64().into()),
            ("completed", self.completed.into()),
            ("failures", Json::List(failures.collect())),
            ("sustained", u64::from(self.is_sustained()).into()),
            ("set_up", self.set_up.json()),
            ("begin_to_first_message", self.begin_to_first_message.json()),
            ("dial_to_ring", self.dial_to_ring.json()),
            ("answer_to_connected", self.answer_to_connected.json()),
            ("answer_to_media", self.answer_to_media.json()),
            ("hang_up_to_idle", self.hang_up_to_idle.json()),
            ("dial_to_delivered", self.dial_to_delivered.json()),
            ("answer_to_established", self.answer_to_established.json()),
            ("hang_up_to_cleared", self.hang_up_to_cleared.json()),
            ("events", self.events.into()),
            ("events_missing", self.events_missing.into()),
            ("events_unexpected", self.events_unexpected.into()),
            ("phone_complaints", (self.phone_complaints as u64).into()),
            ("application_complaints", (self.application_complaints as u64).into()),
        ];
        members.extend(self.cpu_per_call().map(|micros| ("server_cpu_us_per_call", micros.into())));
        members.extend(self.resident.map(|bytes| ("server_resident_bytes", bytes.into())));
        members.extend(self.load_average.map(|load| ("load_average", load.into())));
        Json::Object(members)
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (offered, achieved, completed) = (self.offered, self.achieved(), self.completed);
        writeln!(f, "offered {offered:.0}/s, achieved {achieved:.0}/s, completed {completed}")?;
        for (failure, count) in &self.failures {
            writeln!(f, "failed: {count} {failure}")?;
        }
        let latencies = [
            ("set-up, ringing not counted", &self.set_up),
            ("begin to phone's first message", &self.begin_to_first_message),
            ("dial to ring", &self.dial_to_ring),
            ("answer to connected", &self.answer_to_connected),
            ("answer to media both ways", &self.answer_to_media),
            ("on-hook to both idle", &self.hang_up_to_idle),
            ("dial to Delivered", &self.dial_to_delivered),
            ("answer to Established", &self.answer_to_established),
            ("on-hook to ConnectionCleared", &self.hang_up_to_cleared),
        ];
        for (name, latency) in latencies.into_iter().filter(|(_, latency)| latency.count() > 0) {
            writeln!(f, "{name:<32} {latency}")?;
        }
        if self.events > 0 {
            let (events, missing, unexpected) = (self.events, self.events_missing, self.events_unexpected);
            writeln!(f, "events {events}, missing {missing}, unexpected or out of order {unexpected}")?;
        }
        if let Some(complaint) = &self.sample_complaint {
            let (phones, applications) = (self.phone_complaints, self.application_complaints);
            writeln!(
                f,
                "complaints of phones {phones}, of applications {applications}, such as: {complaint}"
            )?;
        }
        if let Some(micros) = self.cpu_per_call() {
            writeln!(f, "server: {micros:.0} us of processor time for each call")?;
        }
        if let Some(bytes) = self.resident {
            writeln!(f, "server: {:.1} MB resident", bytes as f64 / 1e6)?;
        }
        Ok(())
    }
}
