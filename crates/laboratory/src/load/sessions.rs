//! Many sessions: how long it takes to open them, and what the server needs for them.

use std::{
    fmt,
    time::{Duration, Instant},
};

use super::{
    Error,
    application::Door,
    json::Json,
    office::Office,
    server::{self, Process},
};

/// What many sessions need.
#[derive(Clone, Copy, Debug)]
pub struct Opened {
    /// How many sessions there are.
    pub sessions: usize,
    /// How many monitors they have altogether.
    pub monitors: usize,
    /// How long it took to open them, one after the other.
    pub took: Duration,
    /// Resident memory of the server before and after.
    pub resident: Option<[u64; 2]>,
    /// The load average.
    pub load_average: Option<f64>,
}

/// Opens sessions, each with monitors on the lines of phones that need not be registered.
///
/// # Errors
/// A session or monitor is refused, or not answered.
pub fn open(
    office: &mut Office,
    door: Door,
    (sessions, monitors): (usize, usize),
    server: Option<Process>,
) -> Result<Opened, Error> {
    let before = server.and_then(Process::resident);
    let began = Instant::now();
    office.watch_from(door, sessions, monitors)?;
    let took = began.elapsed();
    let after = server.and_then(Process::resident);
    Ok(Opened {
        sessions,
        monitors: office.monitor_count(),
        took,
        resident: before.zip(after).map(|(before, after)| [before, after]),
        load_average: server::load_average(),
    })
}

impl Opened {
    /// Bytes for each session.
    fn each(&self) -> Option<f64> {
        let [before, after] = self.resident?;
        Some(after.saturating_sub(before) as f64 / self.sessions.max(1) as f64)
    }

    /// For programs.
    pub fn json(&self) -> Json {
        let mut members = vec![
            ("sessions", Json::from(self.sessions as f64)),
            ("monitors", Json::from(self.monitors as f64)),
            ("seconds", Json::from(self.took.as_secs_f64())),
        ];
        if let Some([before, after]) = self.resident {
            members.push(("resident_before", Json::from(before as f64)));
            members.push(("resident", Json::from(after as f64)));
        }
        members.extend(self.load_average.map(|load| ("load_average", Json::from(load))));
        Json::Object(members)
    }
}

impl fmt::Display for Opened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Opened { sessions, monitors, took, resident, load_average } = self;
        let rate = *sessions as f64 / took.as_secs_f64().max(1e-9);
        writeln!(f, "{sessions} sessions with {monitors} monitors opened one by one: {rate:.0}/s")?;
        if let (Some([before, after]), Some(each)) = (resident, self.each()) {
            let (before, after) = (*before as f64 / 1e6, *after as f64 / 1e6);
            writeln!(f, "server: {after:.1} MB resident, {before:.1} MB before: {:.1} KB each", each / 1e3)?;
        }
        match load_average {
            Some(load) => writeln!(f, "load average {load:.1}"),
            None => Ok(()),
        }
    }
}
