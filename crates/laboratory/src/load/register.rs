//! A registration storm, as after a power cut.
//!
//! A fixed number of phones register at the same time; when one has its whole configuration, the next one begins.

use std::{
    collections::BTreeMap,
    fmt,
    time::{Duration, Instant},
};

use hookflash_sim::phone::Registration;

use super::{Error, json::Json, latency::Latency, parties::Parties, parties::Party};

/// A storm that makes no progress for this long has failed.
const PATIENCE: Duration = Duration::from_secs(15);

/// The result of a storm.
#[derive(Clone, Default)]
pub struct Storm {
    /// Phones that registered.
    pub registered: usize,
    /// Phones whose connection or registration was refused or lost at least once.
    pub setbacks: usize,
    /// From the first connection to the last answer.
    pub took: Duration,
    /// From ordering the connection to RegisterAck.
    pub acknowledged: Latency,
    /// From ordering the connection to the answer to the last request of the burst.
    pub configured: Latency,
    /// Processor time of the server.
    pub cpu: Option<Duration>,
}

impl Storm {
    /// Registrations per second.
    pub fn rate(&self) -> f64 {
        self.registered as f64 / self.took.as_secs_f64().max(1e-9)
    }

    /// The result as JSON.
    pub fn json(&self) -> Json {
        let mut members = vec![
            ("registered", (self.registered as u64).into()),
            ("setbacks", (self.setbacks as u64).into()),
            ("seconds", self.took.as_secs_f64().into()),
            ("per_second", self.rate().into()),
            ("connect_to_register_ack", self.acknowledged.json()),
            ("connect_to_last_answer", self.configured.json()),
        ];
        if let Some(cpu) = self.cpu {
            let each = cpu.as_secs_f64() * 1e6 / self.registered.max(1) as f64;
            members.push(("server_cpu_us_per_registration", each.into()));
        }
        Json::Object(members)
    }
}

impl fmt::Display for Storm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (count, seconds, rate) = (self.registered, self.took.as_secs_f64(), self.rate());
        writeln!(f, "{count} phones registered in {seconds:.2} s: {rate:.0} registrations/s")?;
        if self.setbacks > 0 {
            writeln!(f, "{} connections were refused or lost", self.setbacks)?;
        }
        if let Some(cpu) = self.cpu {
            let each = cpu.as_secs_f64() * 1e6 / self.registered.max(1) as f64;
            writeln!(f, "server: {each:.1} us of processor time for each")?;
        }
        writeln!(f, "connect to RegisterAck   {}", self.acknowledged)?;
        write!(f, "connect to last answer   {}", self.configured)
    }
}

/// Registers all phones, `parallel` at once.
///
/// # Errors
/// Phones do not register: there is no server, it refuses them, or it does not answer.
pub fn storm(parties: &mut Parties, parallel: usize) -> Result<Storm, Error> {
    let started = Instant::now();
    let mut storm = Storm::default();
    let mut under_way = BTreeMap::new();
    let mut next = 0;
    let mut progress = started;
    while storm.registered < parties.phone_count() {
        while next < parties.phone_count() && under_way.len() < parallel {
            let ((), at) = parties.use_phone(next, |phone| phone.plug_in());
            under_way.insert(next, (at, false));
            next += 1;
        }
        parties.wait(Some(progress + PATIENCE)).map_err(Error::Wait)?;
        while let Some(touched) = parties.next() {
            let Party::Phone(index) = touched.party else { continue };
            let Some((since, acknowledged)) = under_way.get_mut(&index) else { continue };
            let latency = touched.at - *since;
            match parties.phone(index).registration() {
                Registration::Configuring | Registration::Registered if !*acknowledged => {
                    *acknowledged = true;
                    storm.acknowledged.record(latency);
                }
                Registration::Connecting => storm.setbacks += 1,
                _ => {}
            }
            if parties.phone(index).is_registered() {
                storm.configured.record(latency);
                storm.registered += 1;
                under_way.remove(&index);
                progress = touched.at;
            }
        }
        if progress.elapsed() > PATIENCE {
            return Err(stuck(parties, storm.registered));
        }
    }
    storm.took = progress - started;
    Ok(storm)
}

fn stuck(parties: &Parties, registered: usize) -> Error {
    let rejected = parties.phones().find_map(|phone| phone.rejected());
    let why = match rejected {
        Some(text) => format!("phones are rejected: {text}"),
        None => "connections fail or are not answered".to_owned(),
    };
    Error::NotRegistered { registered, wanted: parties.phone_count(), why }
}

/// Lets the registered phones keep their connections alive. Answers the round trips, and how many phones lost
/// their registration.
///
/// # Errors
/// The system does not let us wait.
pub fn keep_alive(parties: &mut Parties, time: Duration) -> Result<(Latency, usize), Error> {
    let end = Instant::now() + time;
    let mut round_trips = Latency::default();
    while Instant::now() < end {
        parties.wait(Some(end)).map_err(Error::Wait)?;
        while let Some(touched) = parties.next() {
            let Party::Phone(index) = touched.party else { continue };
            if let Some(sent) = parties.take_keep_alive(index) {
                round_trips.record(touched.at - sent);
            }
        }
    }
    let lost = parties.phones().filter(|phone| !phone.is_registered()).count();
    Ok((round_trips, lost))
}
