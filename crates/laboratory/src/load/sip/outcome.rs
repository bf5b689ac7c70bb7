//! What became of requests, registrations and calls.

use std::{collections::BTreeMap, fmt, time::Duration};

use hookflash_wire::sip::{Method, StatusCode};

use super::{Offer, refusal};
use crate::load::{
    json::Json,
    latency::Latency,
    outcome::{ACCEPTABLE_SET_UP, ACCEPTABLE_SHARE},
};

/// If one request in a hundred was sent later than this, the load tool could not keep up with its own schedule,
/// and a step that failed says nothing about the server.
const BEHIND: Duration = Duration::from_millis(100);

/// Why something that was offered failed.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Failure {
    /// The server refused a request of this method.
    Refused(Method, StatusCode),
    /// Something did not come in time.
    Lost(&'static str),
    /// The server ended a call.
    Ended,
    /// A success to REGISTER in which the endpoint's Contact is not listed.
    NotListed,
    /// A success to INVITE, or an INVITE, that establishes no dialog.
    NoDialog,
    /// An endpoint is not registered at the moment.
    NotRegistered,
    /// All endpoints are busy: more are needed for this rate.
    NobodyFree,
    /// A message that answers nothing.
    Foreign(&'static str),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Refused(method, status) => {
                write!(f, "{method} refused with {status} {}", status.reason())?;
                refusal::meaning(method, *status).map_or(Ok(()), |meaning| write!(f, " ({meaning})"))
            }
            Failure::Lost(what) => write!(f, "lost: {what}"),
            Failure::Ended => f.write_str("ended by the server"),
            Failure::NotListed => f.write_str("registered, but the Contact is not listed"),
            Failure::NoDialog => f.write_str("no usable Contact"),
            Failure::NotRegistered => f.write_str("an endpoint is not registered"),
            Failure::NobodyFree => f.write_str("no endpoint free: give more --endpoints"),
            Failure::Foreign(what) => f.write_str(what),
        }
    }
}

/// How long the parts of a call took, beside its set-up.
#[derive(Clone, Default, Debug)]
pub struct CallLatencies {
    /// From the scheduled instant to the INVITE at the called party.
    pub invite: Latency,
    /// From the scheduled instant to 180 at the caller.
    pub ringing: Latency,
    /// From 200 sent by the called party to the ACK there.
    pub acknowledged: Latency,
    /// From BYE sent by the called party to its answer.
    pub ended: Latency,
}

/// What became of what a plan offered: requests, registrations or calls.
#[derive(Clone, Default, Debug)]
pub struct Outcome {
    /// What was offered.
    pub offer: Offer,
    /// How many of them began in a second.
    pub offered: f64,
    /// How long they were begun.
    pub duration: Duration,
    /// Those that were answered with success.
    pub answered: u64,
    /// Those that were answered before the end of that time.
    pub in_time: u64,
    /// Those that failed, before they were answered or later.
    pub failures: BTreeMap<Failure, u64>,
    /// Messages sent once more because no answer came for a while.
    pub repeated: u64,
    /// Messages that had come before, or came when everything was over.
    pub again: u64,
    /// Connections that the server closed or refused.
    pub connections_broken: u64,
    /// From the scheduled instant to the answer; for a call to 200 at the caller, ringing not counted.
    pub latency: Latency,
    /// The parts of calls.
    pub calls: CallLatencies,
    /// From the scheduled instant to the first request: the load tool's own part of it.
    pub behind: Latency,
    /// Processor time of the server.
    pub cpu: Option<Duration>,
    /// The machine's load average.
    pub load_average: Option<f64>,
}

impl Outcome {
    /// Nothing has happened yet.
    pub fn new(offer: Offer, offered: f64, duration: Duration) -> Outcome {
        Outcome { offer, offered, duration, ..Outcome::default() }
    }

    /// Takes note of an answer.
    pub fn answered(&mut self, latency: Duration, in_time: bool) {
        self.answered += 1;
        self.in_time += u64::from(in_time);
        self.latency.record(latency);
    }

    /// Takes note of a failure.
    pub fn failed(&mut self, failure: Failure) {
        *self.failures.entry(failure).or_default() += 1;
    }

    /// How many waited for something that did not come.
    pub fn lost(&self) -> u64 {
        let lost = self.failures.iter().filter(|(failure, _)| matches!(failure, Failure::Lost(_)));
        lost.map(|(_, count)| count).sum()
    }

    /// Those that were answered in time, in a second.
    pub fn achieved(&self) -> f64 {
        self.in_time as f64 / self.duration.as_secs_f64().max(1e-9)
    }

    /// Processor time of the server for each answer, in microseconds.
    pub fn cpu_per_answer(&self) -> Option<f64> {
        self.cpu.map(|cpu| cpu.as_secs_f64() * 1e6 / self.answered.max(1) as f64)
    }

    /// Whether everything went as it should, nearly all in acceptable time.
    pub fn is_sustained(&self) -> bool {
        self.failures.is_empty()
            && self.connections_broken == 0
            && self.latency.p99() < ACCEPTABLE_SET_UP
            && self.achieved() >= self.offered * ACCEPTABLE_SHARE
    }

    /// Whether the load tool was late with its own requests.
    pub fn fell_behind(&self) -> bool {
        self.behind.p99() > BEHIND
    }

    /// What went wrong, in a few words.
    pub fn trouble(&self) -> String {
        let times = |(failure, count): (&Failure, &u64)| format!("{count} times {failure}");
        let mut parts: Vec<String> = self.failures.iter().map(times).collect();
        if self.connections_broken > 0 {
            parts.push(format!("{} connections closed or refused", self.connections_broken));
        }
        if parts.is_empty() {
            parts.push("not in time".to_owned());
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
            self.lost(),
            self.repeated,
            millis(self.latency.median()),
            millis(self.latency.p99()),
        )
    }

    /// Everything, for programs.
    pub fn json(&self) -> Json {
        let failures = self.failures.iter().map(|(failure, count)| {
            Json::Object(vec![("reason", failure.to_string().as_str().into()), ("count", (*count).into())])
        });
        let mut members = vec![
            ("offer", self.offer.name().into()),
            ("offered_per_second", self.offered.into()),
            ("achieved_per_second", self.achieved().into()),
            ("seconds", self.duration.as_secs_f64().into()),
            ("answered", self.answered.into()),
            ("lost", self.lost().into()),
            ("failures", Json::List(failures.collect())),
            ("repeated", self.repeated.into()),
            ("again_or_too_late", self.again.into()),
            ("connections_broken", self.connections_broken.into()),
            ("sustained", u64::from(self.is_sustained()).into()),
            ("latency", self.latency.json()),
            ("sent_behind_schedule", self.behind.json()),
        ];
        members.extend(self.parts().map(|(name, _, latency)| (name, latency.json())));
        members.extend(self.cpu_per_answer().map(|micros| ("server_cpu_us_per_answer", micros.into())));
        members.extend(self.load_average.map(|load| ("load_average", load.into())));
        Json::Object(members)
    }

    /// The parts of a call, if there were calls: their names for programs and for people.
    fn parts(&self) -> impl Iterator<Item = (&'static str, &'static str, &Latency)> {
        let CallLatencies { invite, ringing, acknowledged, ended } = &self.calls;
        let parts = [
            ("scheduled_to_invite", "scheduled to INVITE at called", invite),
            ("scheduled_to_ringing", "scheduled to 180 at caller", ringing),
            ("answer_to_ack", "200 to ACK at called", acknowledged),
            ("bye_to_answer", "BYE to 200 at called", ended),
        ];
        parts.into_iter().filter(|(.., latency)| latency.count() > 0)
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (offered, achieved) = (self.offered, self.achieved());
        writeln!(f, "offered {offered:.0} {}, answered in time {achieved:.0}/s", self.offer.unit())?;
        let whole = [(self.offer.latency(), &self.latency), ("scheduled to sent", &self.behind)];
        for (name, latency) in whole.into_iter().chain(self.parts().map(|(_, name, latency)| (name, latency)))
        {
            writeln!(f, "{name:<32} {latency}")?;
        }
        let (lost, repeated, again) = (self.lost(), self.repeated, self.again);
        writeln!(f, "lost {lost}, repeated {repeated}, arrived again or too late {again}")?;
        if !self.is_sustained() {
            writeln!(f, "not sustained: {}", self.trouble())?;
        }
        if let Some(micros) = self.cpu_per_answer() {
            writeln!(f, "server: {micros:.1} us of processor time for each answer")?;
        }
        Ok(())
    }
}
