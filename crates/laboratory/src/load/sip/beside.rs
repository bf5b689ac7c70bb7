//! Servers side by side: each step is offered to one after the other, so that what else the machine does meets
//! them alike.

use std::{fmt::Write, time::Duration};

use super::{Client, Offer, Outcome, Plan};
use crate::load::{
    Error,
    json::Json,
    latency::Latency,
    plot::{self, Panel, Series},
    server::Process,
    steps::{self, Ladder, Offering},
};

/// Quiet between two steps.
const PAUSE: Duration = Duration::from_millis(300);

/// Lines of the picture: answered, p50 and p99 of each server.
const COLOURS: [[&str; 2]; 2] = [["#1a6fb0", "#7fb8e0"], ["#b03a1a", "#e0987f"]];

/// A server that takes its turn.
#[derive(Debug)]
pub struct Contender {
    /// What it is called in tables.
    pub name: String,
    /// Its endpoints.
    pub client: Client,
    /// What they offer, at other rates too.
    pub plan: Plan,
    /// Its processes, if they are on this machine, for what they use.
    pub processes: Vec<Process>,
    /// What became of each step.
    pub steps: Vec<Outcome>,
    /// Bytes that its processes had before anything was offered, and had most, if they are on this machine.
    pub memory: Option<(u64, u64)>,
}

impl Contender {
    fn cpu(&self) -> Option<Duration> {
        let used: Option<Vec<Duration>> = self.processes.iter().map(|process| process.cpu()).collect();
        used.filter(|used| !used.is_empty()).map(|used| used.iter().sum())
    }

    /// Bytes that its processes have now.
    fn resident(&self) -> Option<u64> {
        let used: Option<Vec<u64>> = self.processes.iter().map(|process| process.resident()).collect();
        used.filter(|used| !used.is_empty()).map(|used| used.iter().sum())
    }

    /// Takes note of its memory before anything is offered.
    pub fn note_memory(&mut self) {
        self.memory = self.resident().map(|now| (now, now));
    }

    /// Bytes that it needed more than before, for each endpoint that has registered.
    fn memory_per_endpoint(&self) -> Option<f64> {
        let (before, most) = self.memory?;
        Some(most.saturating_sub(before) as f64 / self.client.endpoints() as f64)
    }

    /// Takes note of a step, after a pause.
    fn step(&mut self, rate: f64) -> Result<&Outcome, Error> {
        let outcome = self.offer(rate)?;
        self.rest(PAUSE)?;
        let now = self.resident();
        self.memory = self.memory.zip(now).map(|((before, most), now)| (before, most.max(now)));
        self.steps.push(outcome);
        Ok(&self.steps[self.steps.len() - 1])
    }

    /// The step with the highest rate that was sustained.
    pub fn best(&self) -> Option<&Outcome> {
        let sustained = self.steps.iter().filter(|step| step.is_sustained());
        sustained.max_by(|a, b| a.offered.total_cmp(&b.offered))
    }

    /// Whether its endpoints register.
    fn registers(&self) -> bool {
        self.steps.iter().any(|step| step.offer == Offer::Register)
    }

    fn sustained(&self, rate: f64) -> bool {
        self.steps.iter().any(|step| step.offered == rate && step.is_sustained())
    }

    fn json(&self) -> Json {
        Json::Object(vec![
            ("server", self.name.as_str().into()),
            ("steps", Json::List(self.steps.iter().map(Outcome::json).collect())),
        ])
    }
}

impl Offering for Contender {
    type Outcome = Outcome;

    fn offer(&mut self, rate: f64) -> Result<Outcome, Error> {
        let before = self.cpu();
        let mut outcome = self.client.run(&Plan { rate, ..self.plan })?;
        outcome.cpu = self.cpu().zip(before).map(|(after, before)| after.saturating_sub(before));
        Ok(outcome)
    }

    fn rest(&mut self, quiet: Duration) -> Result<(), Error> {
        self.client.rest(quiet)
    }
}

/// Offers the same rate to each server, `rounds` times.
///
/// # Errors
/// The system does not let us wait.
pub fn same_rate(servers: &mut [Contender], rate: f64, rounds: usize) -> Result<(), Error> {
    println!("{}", heading(servers));
    for _ in 0..rounds {
        let cells: Result<Vec<String>, Error> =
            servers.iter_mut().map(|server| server.step(rate).map(Outcome::cell)).collect();
        println!("{}", cells?.join(" |"));
    }
    Ok(())
}

/// Raises the rate of each server until it is not sustained. A server whose limit is known is left alone.
///
/// # Errors
/// The system does not let us wait.
pub fn step_up(servers: &mut [Contender], rate: f64) -> Result<(), Error> {
    println!("{}", heading(servers));
    let mut ladders = vec![Ladder::new(rate); servers.len()];
    while ladders.iter().any(|ladder| ladder.rate().is_some()) {
        let mut cells = Vec::new();
        for (server, ladder) in servers.iter_mut().zip(&mut ladders) {
            let Some(rate) = ladder.rate() else {
                cells.push(" ".repeat(Outcome::HEADING.len()));
                continue;
            };
            let outcome = server.step(rate)?;
            cells.push(outcome.cell());
            ladder.tell(outcome.is_sustained());
        }
        println!("{}", cells.join(" |").trim_end());
    }
    Ok(())
}

/// Offers each server twice the highest rate that it sustained, or twice `rate` if nothing was offered yet, and prints
/// what came of it.
///
/// # Errors
/// The system does not let us wait.
pub fn overload(servers: &mut [Contender], rate: f64) -> Result<(), Error> {
    for server in servers {
        let limit = server.best().map_or(rate, |best| best.offered);
        let (above, after) = steps::overload(server, limit)?;
        println!("\n{}\n{}\n{}\n{}", server.name, Outcome::HEADING, above.cell(), after.cell());
        println!("{}", steps::goodput(limit, above.offer.unit(), above.achieved(), after.is_sustained()));
        server.steps.extend([above, after]);
    }
    Ok(())
}

fn heading(servers: &[Contender]) -> String {
    let width = Outcome::HEADING.len();
    let names: Vec<String> = servers.iter().map(|server| format!("{:^width$}", server.name)).collect();
    let columns = vec![Outcome::HEADING; servers.len()];
    format!("{}\n{}", names.join(" |").trim_end(), columns.join(" |"))
}

/// What the first server comes to, as a ratio to each of the others.
pub fn ratios(servers: &[Contender]) -> String {
    let mut out = String::new();
    let Some((first, others)) = servers.split_first() else { return out };
    for other in others {
        let best = first.best().zip(other.best()).map(|(own, its)| (own.offered, its.offered));
        let figures = [
            ("highest rate sustained, /s", best),
            ("processor time for each answer, us", medians(first, other, Outcome::cpu_per_answer)),
            (
                "memory for each endpoint, bytes",
                first.memory_per_endpoint().zip(other.memory_per_endpoint()).filter(|_| first.registers()),
            ),
            ("p50, ms", medians(first, other, |step| millis(step.latency.median()))),
            ("p99, ms", medians(first, other, |step| millis(step.latency.p99()))),
        ];
        for (what, figure) in figures {
            let Some((own, its)) = figure else { continue };
            let (name, other) = (&first.name, &other.name);
            // Writing to a string does not fail.
            let _ = writeln!(out, "{what}: {name} {own:.3}, {other} {its:.3}, ratio {:.2}", own / its);
        }
    }
    out
}

fn millis(latency: Duration) -> Option<f64> {
    Some(latency.as_secs_f64() * 1e3)
}

/// The medians of a figure over the steps of rates that both servers sustained.
fn medians(one: &Contender, other: &Contender, figure: fn(&Outcome) -> Option<f64>) -> Option<(f64, f64)> {
    let of = |server: &Contender, beside: &Contender| {
        let both = |step: &&Outcome| step.is_sustained() && beside.sustained(step.offered);
        let mut values: Vec<f64> = server.steps.iter().filter(both).filter_map(figure).collect();
        values.sort_by(f64::total_cmp);
        values.get(values.len() / 2).copied()
    };
    of(one, other).zip(of(other, one))
}

/// Everything, for programs.
pub fn json(servers: &[Contender]) -> Json {
    Json::List(servers.iter().map(Contender::json).collect())
}

/// Throughput and latency of all servers against load, as a picture.
pub fn svg(servers: &[Contender]) -> String {
    let most = servers.iter().flat_map(|server| &server.steps).map(|step| step.offered).fold(1.0, f64::max);
    let colours = || servers.iter().zip(COLOURS.iter().cycle());
    let throughput = colours().map(|(server, [colour, _])| {
        series(server, "answered in time", colour, |step| Some(step.achieved()))
    });
    let latency = colours().flat_map(|(server, [dark, light])| {
        let of = |step: &Outcome, share| {
            let latency: &Latency = &step.latency;
            (latency.count() > 0).then(|| latency.quantile(share).as_secs_f64() * 1e3)
        };
        [
            series(server, "p50", dark, move |step| of(step, 0.5)),
            series(server, "p99", light, move |step| of(step, 0.99)),
        ]
    });
    let offer = servers.iter().flat_map(|server| &server.steps).map(|step| step.offer).next();
    let unit = offer.unwrap_or_default().unit();
    let panels = [
        Panel { title: "Throughput", unit, logarithmic: false, series: throughput.collect() },
        Panel { title: "Latency", unit: "ms", logarithmic: true, series: latency.collect() },
    ];
    plot::draw("hookflash load sip", unit, most, &panels)
}

fn series(
    server: &Contender,
    what: &str,
    colour: &'static str,
    value: impl Fn(&Outcome) -> Option<f64>,
) -> Series {
    let mut points: Vec<(f64, f64)> =
        server.steps.iter().filter_map(|step| Some((step.offered, value(step)?))).collect();
    points.sort_by(|a, b| a.0.total_cmp(&b.0));
    Series { name: format!("{} {what}", server.name), colour, points }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::sip::{
        outcome::Failure,
        tests::{plan, setup},
    };

    fn contender(name: &str, steps: &[(f64, u64, u64)]) -> Contender {
        let socket = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        let client = Client::unheard(&setup(socket.local_addr().unwrap(), Offer::Options, 1)).unwrap();
        let steps = steps.iter().map(|&(rate, micros, lost)| {
            let mut outcome = Outcome::new(Offer::Options, rate, Duration::from_secs(1));
            (0..rate as u64).for_each(|_| outcome.answered(Duration::from_micros(micros), true));
            (0..lost).for_each(|_| outcome.failed(Failure::Lost("it")));
            outcome
        });
        let (processes, plan) = (Vec::new(), plan(1.0));
        let (name, steps) = (name.to_owned(), steps.collect());
        Contender { name, client, plan, processes, steps, memory: None }
    }

    #[test]
    fn ratios_compare_rates_that_both_sustained() {
        let ours = contender("ours", &[(100.0, 1000, 0), (125.0, 9000, 0), (156.0, 9000, 7)]);
        let theirs = contender("theirs", &[(100.0, 2000, 0), (125.0, 3000, 1)]);
        let servers = [ours, theirs];
        let text = ratios(&servers);
        assert!(text.contains("sustained, /s: ours 125.000, theirs 100.000, ratio 1.25"), "{text}");
        let p50 = text.lines().find(|line| line.starts_with("p50")).unwrap();
        assert!(p50.ends_with("ratio 0.50"), "{text}");
        assert!(!text.contains("processor"), "nobody knows the processes: {text}");
        let picture = svg(&servers);
        assert_eq!(picture.matches("<polyline").count(), 6);
        assert!(json(&servers).to_string().contains("\"server\": \"theirs\""));
    }
}
