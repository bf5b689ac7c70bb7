//! `hookflash load sip`: OPTIONS, registrations or calls, to one server or to two side by side.

use std::{net::SocketAddr, path::PathBuf, process::ExitCode, time::Duration};

use clap::Args;
use hookflash_driver::address::socket_address;
use hookflash_wire::sip::Transport;

use super::write;
use crate::load::{
    self,
    server::Process,
    sip::{
        Account, Client, Offer, Plan, Setup,
        beside::{self, Contender},
        outcome::Outcome,
    },
};

/// SIP endpoints: requests, registrations or calls at a rate that does not depend on the server, to two servers side
/// by side if wanted
#[derive(Args, Debug)]
pub struct Sip {
    /// What the endpoints do
    #[arg(value_enum, default_value_t = Offer::Options)]
    offer: Offer,
    /// Where the server takes SIP
    #[arg(long, value_name = "HOST[:PORT]", default_value = "127.0.0.1:5060", value_parser = socket_address::<5060>)]
    server: SocketAddr,
    /// What the server is called in tables
    #[arg(long, value_name = "NAME", default_value = "hookflash")]
    name: String,
    /// The server's processes, if they are on this machine, for what they use
    #[arg(long, value_name = "PID,...", value_delimiter = ',')]
    pid: Vec<u32>,
    /// Another server, which is given each step after the first one
    #[arg(long, value_name = "HOST[:PORT]", value_parser = socket_address::<5060>)]
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
    /// How many endpoints, each with a port of its own; two take part in a call [default: 64 for options, else 1000]
    #[arg(long, value_name = "N")]
    endpoints: Option<usize>,
    /// The user of the first endpoint; the digits at its end count up
    #[arg(long, value_name = "USER", default_value = "load0000")]
    user: String,
    /// The password of all endpoints
    #[arg(long, value_name = "PASSWORD")]
    password: Option<String>,
    /// The domain of the endpoints, if it is not the server's address
    #[arg(long, value_name = "DOMAIN")]
    domain: Option<String>,
    /// How long registrations shall last, in seconds; 0 for calls without registration
    #[arg(long, value_name = "SECONDS", default_value_t = 3600)]
    expires: u32,
    /// Whom the endpoints call, if not each other: a user who answers by himself, such as an announcement
    #[arg(long, value_name = "USER")]
    call: Option<String>,
    /// How many requests, registrations or calls begin in a second; the first step with --step-up [default: 100 for
    /// calls, else 1000]
    #[arg(long, value_name = "RATE")]
    rate: Option<f64>,
    /// How long they are begun, in seconds; for each step with --step-up
    #[arg(long, value_name = "SECONDS", default_value_t = 5.0)]
    duration: f64,
    /// How long the called party rings, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = 0)]
    ring: u64,
    /// How long calls last, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = 200)]
    hold: u64,
    /// How often the rate is offered to each server
    #[arg(long, value_name = "N", default_value_t = 1, conflicts_with = "step_up")]
    rounds: usize,
    /// Raise the rate until it is not sustained
    #[arg(long)]
    step_up: bool,
    /// Offer twice the given rate, or twice what --step-up found
    #[arg(long)]
    overload: bool,
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
        let rate = self.plan().rate;
        match (self.step_up, self.overload) {
            (true, _) => beside::step_up(&mut servers, rate)?,
            (false, true) => {}
            (false, false) => beside::same_rate(&mut servers, rate, self.rounds.max(1))?,
        }
        if self.overload {
            beside::overload(&mut servers, rate)?;
        }
        self.report(&servers)?;
        let good = servers.iter().all(|server| server.best().is_some());
        for server in servers {
            server.client.close()?;
        }
        Ok(if good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    fn plan(&self) -> Plan {
        Plan {
            rate: self.rate.unwrap_or(if self.offer == Offer::Calls { 100.0 } else { 1000.0 }),
            duration: Duration::from_secs_f64(self.duration.clamp(0.1, 1e6)),
            ring: Duration::from_millis(self.ring),
            hold: Duration::from_millis(self.hold),
        }
    }

    fn contender(&self, name: &str, server: SocketAddr, pids: &[u32]) -> Result<Contender, load::Error> {
        let setup = Setup {
            server,
            transport: if self.tcp { Transport::Tcp } else { Transport::Udp },
            offer: self.offer,
            endpoints: self.endpoints.unwrap_or(if self.offer == Offer::Options { 64 } else { 1000 }),
            account: Account {
                user: self.user.clone(),
                password: self.password.clone(),
                domain: self.domain.clone(),
                expires: if self.offer == Offer::Register { self.expires.max(1) } else { self.expires },
            },
            call: self.call.clone(),
        };
        let mut contender = Contender {
            name: name.to_owned(),
            client: Client::open(&setup)?,
            plan: self.plan(),
            processes: pids.iter().copied().map(Process).collect(),
            steps: Vec::new(),
            memory: None,
        };
        contender.note_memory();
        Ok(contender)
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
