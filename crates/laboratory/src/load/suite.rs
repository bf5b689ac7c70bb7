//! All figures that have a target, measured with servers of its own and printed beside the target.
//!
//! Servers run on core 0, the load on core 1. Rates and latencies depend on what else the machine does; the load average is
//! printed beside them. Memory and event counts do not.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use hookflash_wire::sccp::DeviceType;

use super::{
    Error,
    application::Door,
    calls::{Originate, Plan},
    configuration::Configuration,
    json::Json,
    office::Office,
    outcome::Outcome,
    plot, register,
    server::{self, Server},
    steps::{self, OfficeCalls},
};

/// Phones that are configured, unless a figure says otherwise.
const PHONES: usize = 10_000;
/// Phones that register at once.
const PARALLEL: usize = 256;
const SERVER_CORE: usize = 0;
const LOAD_CORE: usize = 1;

/// Rate and number of attempts for the cost of a call, and how much more of it is still called flat: the machine
/// is noisy, and ten thousand connections do not fit into its caches.
const COST_RATE: f64 = 240.0;
const COST_ATTEMPTS: usize = 3;
const FLAT: f64 = 1.25;

/// What to measure with.
#[derive(Clone, Debug)]
pub struct Suite {
    /// The program whose `serve` is measured.
    pub binary: PathBuf,
    /// Where pictures go.
    pub pictures: Option<PathBuf>,
    /// How long each step takes.
    pub step: Duration,
}

/// One figure.
#[derive(Clone, Debug)]
pub struct Figure {
    name: String,
    measured: f64,
    wanted: Wanted,
    unit: &'static str,
    load_average: f64,
}

#[derive(Clone, Copy, Debug)]
enum Wanted {
    AtLeast(f64),
    AtMost(f64),
    /// No target; printed for comparison.
    Nothing,
}

use Wanted::{AtLeast, AtMost, Nothing};

impl Figure {
    /// Whether the figure meets its target.
    pub fn is_good(&self) -> bool {
        match self.wanted {
            AtLeast(least) => self.measured >= least,
            AtMost(most) => self.measured <= most,
            Nothing => true,
        }
    }

    fn print(&self) {
        let (wanted, mark) = match self.wanted {
            AtLeast(least) => (format!(">= {least}"), if self.is_good() { "ok" } else { "BELOW" }),
            AtMost(most) => (format!("<= {most}"), if self.is_good() { "ok" } else { "ABOVE" }),
            Nothing => (String::new(), ""),
        };
        let Figure { name, measured, unit, load_average, .. } = self;
        println!("{name:<52} {measured:>10.3} {unit:<8} {wanted:<10} {mark:<6} load {load_average:.1}");
    }

    fn json(&self) -> Json {
        let mut members = vec![
            ("name", self.name.as_str().into()),
            ("measured", self.measured.into()),
            ("unit", self.unit.into()),
            ("load_average", self.load_average.into()),
        ];
        match self.wanted {
            AtLeast(least) => members.push(("at_least", least.into())),
            AtMost(most) => members.push(("at_most", most.into())),
            Nothing => {}
        }
        Json::Object(members)
    }
}

/// The figures so far.
struct Results(Vec<Figure>);

impl Results {
    fn add(&mut self, name: impl Into<String>, measured: f64, unit: &'static str, wanted: Wanted) {
        let load_average = server::load_average().unwrap_or_default();
        let figure = Figure { name: name.into(), measured, wanted, unit, load_average };
        figure.print();
        self.0.push(figure);
    }
}

/// The JSON of all figures.
pub fn json(figures: &[Figure]) -> Json {
    Json::List(figures.iter().map(Figure::json).collect())
}

impl Suite {
    /// Measures everything and prints it as it comes.
    ///
    /// # Errors
    /// A server does not start or does not serve; the system does not let us wait.
    pub fn run(&self) -> Result<Vec<Figure>, Error> {
        server::pin(LOAD_CORE);
        let mut results = Results(Vec::new());
        self.registration(&mut results)?;
        self.calls(&mut results, false)?;
        self.calls(&mut results, true)?;
        self.latencies(&mut results)?;
        self.flatness(&mut results)?;
        Ok(results.0)
    }

    fn server(&self, phones: usize) -> Result<Server, Error> {
        let configuration =
            Configuration { phones, sip_phones: 0, watch: true, sccp_port: 0, sip_port: 0, http_port: None };
        let path = std::env::temp_dir().join(format!("hookflash-load-{}.cfg", std::process::id()));
        let failed = |source| Error::Write { path: path.clone(), source };
        fs::write(&path, configuration.text()).map_err(failed)?;
        let server = Server::start(&self.binary, &path, SERVER_CORE);
        // The server has read it.
        let _ = fs::remove_file(&path);
        server
    }

    fn office(&self, server: &Server, callers: usize, idle: usize) -> Result<Office, Error> {
        let mut office = Office::new(server.sccp, callers, idle, DeviceType::TYPE_7960)?;
        office.register(PARALLEL, None)?;
        Ok(office)
    }

    fn plan(&self, rate: f64) -> Plan {
        Plan {
            rate,
            duration: self.step,
            ring: Duration::ZERO,
            hold: Duration::from_millis(200),
            originate: Originate::Phone,
        }
    }

    /// Start, registration storm, memory, keepalives.
    fn registration(&self, results: &mut Results) -> Result<(), Error> {
        let server = self.server(PHONES)?;
        results.add(
            "ready after start, 10,000 phones configured",
            server.ready_after.as_secs_f64(),
            "s",
            AtMost(0.2),
        );
        let mut office = Office::new(server.sccp, 0, PHONES, DeviceType::TYPE_7960)?;
        let storm = office.register(PARALLEL, Some(server.process()))?;
        results.add("registrations, 256 at once", storm.rate(), "/s", AtLeast(10_000.0));
        results.add("connect to RegisterAck, p99", millis(storm.acknowledged.p99()), "ms", Nothing);
        results.add("connect to last answer, p99", millis(storm.configured.p99()), "ms", Nothing);
        let (round_trips, lost) = register::keep_alive(&mut office.parties, Duration::from_secs(31))?;
        results.add("keepalive round trip, p50", millis(round_trips.median()), "ms", Nothing);
        results.add("keepalive round trip, p99", millis(round_trips.p99()), "ms", Nothing);
        results.add("phones lost", lost as f64, "", AtMost(0.0));
        if let Some(bytes) = server.process().resident() {
            results.add("resident, 10,000 phones kept alive", bytes as f64 / 1e6, "MB", AtMost(100.0));
        }
        Ok(())
    }

    /// The highest rate that is sustained, and twice that.
    fn calls(&self, results: &mut Results, watched: bool) -> Result<(), Error> {
        let (what, wanted, callers) =
            if watched { ("monitored calls", 1000.0, 8000) } else { ("calls", 1500.0, PHONES) };
        let server = self.server(PHONES)?;
        let mut office = self.office(&server, callers, PHONES - callers)?;
        if watched {
            office.watch_callers(Door::Sip(server.sip), 1)?;
        }
        println!("{}", Outcome::HEADING);
        let process = Some(server.process());
        let mut steps =
            steps::up(&mut office, &self.plan(wanted / 2.0), process, |step| println!("{}", step.row()))?;
        let limit = steps::highest_sustained(&steps).map_or(0.0, |step| step.offered);
        results.add(format!("{what}, highest rate sustained"), limit, "/s", AtLeast(wanted));
        if limit > 0.0 {
            let mut calls = OfficeCalls { office: &mut office, plan: self.plan(limit), server: process };
            let (above, after) = steps::overload(&mut calls, limit)?;
            let goodput = 100.0 * above.achieved() / limit;
            results.add(format!("{what}, goodput at twice that"), goodput, "%", AtLeast(80.0));
            let lost = above.events_missing + above.events_unexpected;
            results.add(format!("{what}, events lost or disordered then"), lost as f64, "", AtMost(0.0));
            let recovered = u32::from(after.is_sustained());
            results.add(format!("{what}, recovered afterwards"), recovered.into(), "", AtLeast(1.0));
            steps.push(above);
        }
        self.picture(if watched { "monitored-calls" } else { "calls" }, what, &steps)
    }

    fn picture(&self, file: &str, title: &str, steps: &[Outcome]) -> Result<(), Error> {
        let Some(directory) = &self.pictures else { return Ok(()) };
        let path = directory.join(format!("{file}.svg"));
        fs::write(&path, plot::svg(title, steps)).map_err(|source| Error::Write { path, source })
    }

    /// From a phone's act to the event, from a request to the phone; quiet and under load.
    fn latencies(&self, results: &mut Results) -> Result<(), Error> {
        let server = self.server(2000)?;
        let mut office = self.office(&server, 2000, 0)?;
        office.watch_callers(Door::Sip(server.sip), 1)?;
        office.parties.spin();
        for (name, rate, p50, p99) in
            [("quiet", 20.0, AtMost(0.2), AtMost(0.5)), ("500 calls/s", 500.0, Nothing, AtMost(1.0))]
        {
            for originate in [Originate::Phone, Originate::Cti] {
                let plan = Plan { originate, duration: 2 * self.step, ..self.plan(rate) };
                let outcome = steps::step(&mut office, &plan, Some(server.process()))?;
                let (what, latency) = match originate {
                    Originate::Phone => ("Answer to event", &outcome.answer_to_established),
                    Originate::Cti => ("MakeCall to phone", &outcome.begin_to_first_message),
                };
                results.add(format!("{what}, {name}, p50"), millis(latency.median()), "ms", p50);
                results.add(format!("{what}, {name}, p99"), millis(latency.p99()), "ms", p99);
                let lost = outcome.events_missing + outcome.events_unexpected + outcome.failed_calls();
                results.add(format!("{what}, {name}, lost or failed"), lost as f64, "", AtMost(0.0));
            }
        }
        Ok(())
    }

    /// The server's processor time for a call beside more and more idle phones and monitors.
    fn flatness(&self, results: &mut Results) -> Result<(), Error> {
        let mut first = None;
        for (idle, monitors) in [(0, 0), (900, 0), (9_900, 0), (9_900, 1_000), (9_900, 10_000)] {
            let server = self.server(100 + idle)?;
            let mut office = self.office(&server, 100, idle)?;
            office.watch_callers(Door::Sip(server.sip), 1)?;
            office.watch_idle(Door::Sip(server.sip), monitors)?;
            let cost = self.cost(&mut office, &server)?;
            let phones = 100 + idle;
            let name = format!("cost of a call, {phones} phones, {monitors} idle monitors");
            let wanted = first.map_or(Nothing, |first: f64| AtMost((first * FLAT).round()));
            results.add(name, cost, "us", wanted);
            first.get_or_insert(cost);
        }
        Ok(())
    }

    /// Processor time for a call, without what keepalives cost meanwhile: the least of several attempts, which
    /// is the one that was disturbed least.
    fn cost(&self, office: &mut Office, server: &Server) -> Result<f64, Error> {
        let mut least = f64::INFINITY;
        for _ in 0..COST_ATTEMPTS {
            let before = server.process().cpu();
            office.rest(self.step)?;
            let idle = server.process().cpu().zip(before).map(|(after, before)| after.saturating_sub(before));
            let mut outcome = steps::step(office, &self.plan(COST_RATE), Some(server.process()))?;
            outcome.cpu = outcome.cpu.zip(idle).map(|(cpu, idle)| cpu.saturating_sub(idle));
            least = outcome.cpu_per_call().map_or(least, |cost| least.min(cost));
        }
        Ok(least)
    }
}

fn millis(latency: Duration) -> f64 {
    latency.as_secs_f64() * 1e3
}

/// Writes the figures for programs.
///
/// # Errors
/// The file cannot be written.
pub fn write(path: &Path, figures: &[Figure]) -> Result<(), Error> {
    let text = format!("{}\n", json(figures));
    fs::write(path, text).map_err(|source| Error::Write { path: path.to_owned(), source })
}
