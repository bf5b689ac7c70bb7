//! What became of requests.

use std::{collections::BTreeMap, fmt, time::Duration};

use crate::load::{json::Json, latency::Latency};

/// Longest time in which 99 of 100 requests must be answered for a rate to count as sustained.
const ACCEPTABLE: Duration = Duration::from_millis(250);

/// Share of the offered requests that must be answered in time for a rate to count as sustained.
const ACCEPTABLE_SHARE: f64 = 0.98;

/// If one request in a hundred was sent later than this, the load tool could not keep up with its own schedule,
/// and a step that failed says nothing about the server.
const BEHIND: Duration = Duration::from_millis(100);

/// What became of the requests of a plan.
#[derive(Clone, Default, Debug)]
pub struct Outcome {
    /// Requests per second that were begun.
    pub offered: f64,
    /// How long requests were begun.
    pub duration: Duration,
    /// Requests that were answered with success.
    pub answered: u64,
    /// Those that were answered before the end of that time.
    pub in_time: u64,
    /// Requests without an answer.
    pub lost: u64,
    /// Requests sent once more because no answer came for a while.
    pub repeated: u64,
    /// Answers to requests that were over: to repetitions, or too late.
    pub answered_again: u64,
    /// Refusals, and messages that answer nothing.
    pub unexpected: BTreeMap<String, u64>,
    /// Connections that the server closed or refused.
    pub connections_broken: u64,
    /// From the scheduled instant to the answer.
    pub latency: Latency,
    /// From the scheduled instant to the request: the load tool's own part of it.
    pub behind: Latency,
    /// Processor time of the server.
    pub cpu: Option<Duration>,
    /// The machine's load average.
    pub load_average: Option<f64>,
}

impl Outcome {
    /// Nothing has happened yet.
    pub fn new(offered: f64, duration: Duration) -> Outcome {
        Outcome { offered, duration, ..Outcome::default() }
    }

    /// Takes note of an answer.
    pub fn answered(&mut self, latency: Duration, in_time: bool) {
        self.answered += 1;
        self.in_time += u64::from(in_time);
        self.latency.record(latency);
    }

    /// Takes note of an answer that was not wanted.
    pub fn unexpected(&mut self, what: String) {
        *self.unexpected.entry(what).or_default() += 1;
    }

    /// Requests per second that were answered in time.
    pub fn achieved(&self) -> f64 {
        self.in_time as f64 / self.duration.as_secs_f64().max(1e-9)
    }

    /// Processor time of the server for each answer, in microseconds.
    pub fn cpu_per_answer(&self) -> Option<f64> {
        self.cpu.map(|cpu| cpu.as_secs_f64() * 1e6 / self.answered.max(1) as f64)
    }

    /// Whether every request was answered as it should be, nearly all in acceptable time.
    pub fn is_sustained(&self) -> bool {
        self.lost == 0
            && self.unexpected.is_empty()
            && self.connections_broken == 0
            && self.latency.p99() < ACCEPTABLE
            && self.achieved() >= self.offered * ACCEPTABLE_SHARE
    }

    /// Whether the load tool was late with its own requests.
    pub fn fell_behind(&self) -> bool {
        self.behind.p99() > BEHIND
    }

    /// What went wrong, in a few words.
    pub fn trouble(&self) -> String {
        let mut parts: Vec<String> =
            self.unexpected.iter().map(|(what, count)| format!("{count} times {what}")).collect();
        for (count, what) in [(self.lost, "lost"), (self.connections_broken, "connections closed or refused")]
        {
            if count > 0 {
                parts.push(format!("{count} {what}"));
            }
        }
        parts.join(", ")
    }

    /// The columns of [`Outcome::cell`].
    pub const HEADING: &'static str = " offered answered  lost repeated   p50 ms   p99 ms us each ";

    /// One server's part of a line of a table. It ends with `!` if the rate was not sustained, with `?` if that may
    /// be the fault of the load tool.
    pub fn cell(&self) -> String {
        let millis = |latency: Duration| latency.as_secs_f64() * 1e3;
        let cpu = self.cpu_per_answer().map_or("-".to_owned(), |micros| format!("{micros:.1}"));
        let mark = match (self.is_sustained(), self.fell_behind()) {
            (true, _) => ' ',
            (false, false) => '!',
            (false, true) => '?',
        };
        format!(
            "{:>8.0} {:>8.0} {:>5} {:>8} {:>8.3} {:>8.3} {cpu:>7}{mark}",
            self.offered,
            self.achieved(),
            self.lost,
            self.repeated,
            millis(self.latency.median()),
            millis(self.latency.p99()),
        )
    }

    /// Everything, for programs.
    pub fn json(&self) -> Json {
        let unexpected = self.unexpected.iter().map(|(what, count)| {
            Json::Object(vec![("what", what.as_str().into()), ("count", (*count).into())])
        });
        let mut members = vec![
            ("offered_per_second", self.offered.into()),
            ("achieved_per_second", self.achieved().into()),
            ("seconds", self.duration.as_secs_f64().into()),
            ("answered", self.answered.into()),
            ("lost", self.lost.into()),
            ("repeated", self.repeated.into()),
            ("answered_again", self.answered_again.into()),
            ("unexpected", Json::List(unexpected.collect())),
            ("connections_broken", self.connections_broken.into()),
            ("sustained", u64::from(self.is_sustained()).into()),
            ("latency", self.latency.json()),
            ("sent_behind_schedule", self.behind.json()),
        ];
        members.extend(self.cpu_per_answer().map(|micros| ("server_cpu_us_per_answer", micros.into())));
        members.extend(self.load_average.map(|load| ("load_average", load.into())));
        Json::Object(members)
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (offered, achieved) = (self.offered, self.achieved());
        writeln!(f, "offered {offered:.0}/s, answered in time {achieved:.0}/s")?;
        writeln!(f, "scheduled to answered    {}", self.latency)?;
        writeln!(f, "scheduled to sent        {}", self.behind)?;
        let (lost, repeated, again) = (self.lost, self.repeated, self.answered_again);
        writeln!(f, "lost {lost}, repeated {repeated}, answered again or too late {again}")?;
        if !self.is_sustained() {
            writeln!(f, "not sustained: {}", self.trouble())?;
        }
        if let Some(micros) = self.cpu_per_answer() {
            writeln!(f, "server: {micros:.1} us of processor time for each answer")?;
        }
        Ok(())
    }
}
