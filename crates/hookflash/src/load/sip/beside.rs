//! Servers side by side: each step is offered to one after the other, so that what else the machine does meets
//! them alike.

use std::{fmt::Write, thread, time::Duration};

use super::{Client, Outcome, Plan};
use crate::load::{
    Error,
    json::Json,
    latency::Latency,
    plot::{self, Panel, Series},
    server::Process,
    steps::Ladder,
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
    /// Its clients.
    pub client: Client,
    /// Its processes, if they are on this machine, for what they use.
    pub processes: Vec<Process>,
    /// What became of each step.
    pub steps: Vec<Outcome>,
}

impl Contender {
    fn cpu(&self) -> Option<Duration> {
        let used: Option<Vec<Duration>> = self.processes.iter().map(|process| process.cpu()).collect();
        used.filter(|used| !used.is_empty()).map(|used| used.iter().sum())
    }

    fn step(&mut self, plan: &Plan) -> Result<Outcome, Error> {
        let before = self.cpu();
        let mut outcome = self.client.run(plan)?;
        outcome.cpu = self.cpu().zip(before).map(|(after, before)| after.saturating_sub(before));
        Ok(outcome)
    }

    /// The step with the highest rate that was sustained.
    pub fn best(&self) -> Option<&Outcome> {
        let sustained = self.steps.iter().filter(|step| step.is_sustained());
        sustained.max_by(|a, b| a.offered.total_cmp(&b.offered))
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

/// Offers the same rate to each server, `rounds` times.
///
/// # Errors
/// The system does not let us wait.
pub fn same_rate(servers: &mut [Contender], plan: &Plan, rounds: usize) -> Result<(), Error> {
    println!("{}", heading(servers));
    for _ in 0..rounds {
        let mut cells = Vec::new();
        for server in servers.iter_mut() {
            let outcome = server.step(plan)?;
            cells.push(outcome.cell());
            server.steps.push(outcome);
            thread::sleep(PAUSE);
        }
        println!("{}", cells.join(" |"));
    }
    Ok(())
}

/// Raises the rate of each server until it is not sustained. A server whose limit is known is left alone.
///
/// # Errors
/// The system does not let us wait.
pub fn step_up(servers: &mut [Contender], plan: &Plan) -> Result<(), Error> {
    println!("{}", heading(servers));
    let mut ladders = vec![Ladder::new(plan.rate); servers.len()];
    while ladders.iter().any(|ladder| ladder.rate().is_some()) {
        let mut cells = Vec::new();
        for (server, ladder) in servers.iter_mut().zip(&mut ladders) {
            let Some(rate) = ladder.rate() else {
                cells.push(" ".repeat(Outcome::HEADING.len()));
                continue;
            };
            let outcome = server.step(&Plan { rate, ..*plan })?;
            cells.push(outcome.cell());
            ladder.tell(outcome.is_sustained());
            server.steps.push(outcome);
            thread::sleep(PAUSE);
        }
        println!("{}", cells.join(" |").trim_end());
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
    let panels = [
        Panel { title: "Throughput", unit: "OPTIONS/s", logarithmic: false, series: throughput.collect() },
        Panel { title: "Latency", unit: "ms", logarithmic: true, series: latency.collect() },
    ];
    plot::draw("hookflash load sip", "OPTIONS/s", most, &panels)
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

    fn contender(name: &str, steps: &[(f64, u64, u64)]) -> Contender {
        let socket = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        let server = socket.local_addr().unwrap();
        let client = Client::unheard(server, hookflash_wire::sip::Transport::Udp, 1).unwrap();
        let steps = steps.iter().map(|&(rate, micros, lost)| {
            let mut outcome = Outcome::new(rate, Duration::from_secs(1));
            (0..rate as u64).for_each(|_| outcome.answered(Duration::from_micros(micros), true));
            outcome.lost = lost;
            outcome
        });
        Contender { name: name.to_owned(), client, processes: Vec::new(), steps: steps.collect() }
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
