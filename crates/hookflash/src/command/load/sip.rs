//! `hookflash load sip`: OPTIONS, to one server or to two side by side.

use std::{net::SocketAddr, path::PathBuf, process::ExitCode, time::Duration};

use clap::Args;
use hookflash_wire::sip::Transport;

use super::write;
use crate::load::{
    self,
    server::Process,
    sip::{
        Client, Plan,
        beside::{self, Contender},
        outcome::Outcome,
    },
};

/// OPTIONS at a rate that does not depend on the server, to two servers side by side if wanted
#[derive(Args, Debug)]
pub struct Sip {
    /// Where the server takes SIP
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:5060")]
    server: SocketAddr,
    /// What the server is called in tables
    #[arg(long, value_name = "NAME", default_value = "hookflash")]
    name: String,
    /// The server's processes, if they are on this machine, for what they use
    #[arg(long, value_name = "PID,...", value_delimiter = ',')]
    pid: Vec<u32>,
    /// Another server, which is given each step after the first one
    #[arg(long, value_name = "ADDRESS:PORT")]
    beside: Option<SocketAddr>,
    /// What the other server is called in tables
    #[arg(long, value_name = "NAME", default_value = "beside", requires = "beside")]
    beside_name: String,
    /// The other server's processes
    #[arg(long, value_name = "PID,...", value_delimiter = ',', requires = "beside")]
    beside_pid: Vec<u32>,
    /// Over UDP, which is the default
    #[arg(long)]
    udp: bool,
    /// Over TCP
    #[arg(long, conflicts_with = "udp")]
    tcp: bool,
    /// How many sockets, each with a port of its own, requests to a server are spread over
    #[arg(long, value_name = "N", default_value_t = 64)]
    sockets: usize,
    /// Requests per second; the first step with --step-up
    #[arg(long, value_name = "RATE", default_value_t = 1000.0)]
    rate: f64,
    /// How long requests are begun, in seconds; for each step with --step-up
    #[arg(long, value_name = "SECONDS", default_value_t = 5.0)]
    duration: f64,
    /// How often the rate is offered to each server
    #[arg(long, value_name = "N", default_value_t = 1, conflicts_with = "step_up")]
    rounds: usize,
    /// Raise the rate until it is not sustained
    #[arg(long)]
    step_up: bool,
    /// Write the results to a file, for programs
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Draw throughput and latency against load
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
}

impl Sip {
    /// Measures and prints.
    pub(super) fn run(self) -> Result<ExitCode, load::Error> {
        let mut servers = vec![self.contender(&self.name, self.server, &self.pid)?];
        if let Some(beside) = self.beside {
            servers.push(self.contender(&self.beside_name, beside, &self.beside_pid)?);
        }
        let duration = Duration::from_secs_f64(self.duration.clamp(0.1, 1e6));
        let plan = Plan { rate: self.rate, duration };
        if self.step_up {
            beside::step_up(&mut servers, &plan)?;
        } else {
            beside::same_rate(&mut servers, &plan, self.rounds.max(1))?;
        }
        self.report(&servers)?;
        let good = servers.iter().all(|server| server.best().is_some());
        Ok(if good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    fn contender(&self, name: &str, server: SocketAddr, pids: &[u32]) -> Result<Contender, load::Error> {
        let transport = if self.tcp { Transport::Tcp } else { Transport::Udp };
        Ok(Contender {
            name: name.to_owned(),
            client: Client::open(server, transport, self.sockets)?,
            processes: pids.iter().copied().map(Process).collect(),
            steps: Vec::new(),
        })
    }

    fn report(&self, servers: &[Contender]) -> Result<(), load::Error> {
        for server in servers {
            println!("\n{}", server.name);
            let last = server.best().or(server.steps.last());
            print!("{}", last.map(ToString::to_string).unwrap_or_default());
        }
        println!("\n{}", beside::ratios(servers).trim_end());
        let any = |marked: fn(&Outcome) -> bool| servers.iter().any(|server| server.steps.iter().any(marked));
        if any(|step| !step.is_sustained()) {
            println!("! not sustained");
        }
        if any(|step| !step.is_sustained() && step.fell_behind()) {
            println!("? not sustained, but the load tool itself could not keep up");
        }
        if let Some(path) = &self.svg {
            write(path, &beside::svg(servers))?;
        }
        let json = || format!("{}\n", beside::json(servers));
        self.json.as_deref().map_or(Ok(()), |path| write(path, &json()))
    }
}
