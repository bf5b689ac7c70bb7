//! `hookflash load`: phones, applications and SIP endpoints by the thousand, against a running server.

mod sip;

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

use clap::{Args, Subcommand, ValueEnum};
use hookflash_driver::{address::socket_address, raise_file_limit};
use hookflash_wire::sccp::DeviceType;

use crate::{
    error::Error,
    load::{
        self,
        application::Door,
        calls::{Originate, Plan},
        configuration::Configuration,
        json::Json,
        office::Office,
        outcome::Outcome,
        plot, register,
        server::Process,
        sessions,
        steps::{self, OfficeCalls},
        suite::{self, Figure, Suite},
    },
};

/// Load a running server with phones, applications and SIP endpoints, and measure it
#[derive(Args, Debug)]
pub struct Load {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand, Debug)]
enum What {
    /// Print the configuration of a server to be loaded
    Config(Config),
    /// A registration storm, then keepalives
    Register(Register),
    /// Calls at a rate that does not depend on the server
    Calls(Calls),
    /// Sessions by the thousand: how fast they open, and what they need
    Sessions(Sessions),
    /// SIP endpoints: requests, registrations or calls at a rate that does not depend on the server, to two servers
    /// side by side if wanted
    Sip(Box<sip::Sip>),
    /// Everything that is asked of the server, with servers of its own
    Suite(SuiteOf),
}

/// Everything that is asked of the server, with servers of its own
#[derive(Args, Debug)]
struct SuiteOf {
    /// The program whose `serve` is measured; else this one
    #[arg(long, value_name = "FILE")]
    binary: Option<PathBuf>,
    /// How long each step takes, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 5.0)]
    step: f64,
    /// Write the figures to a file, for programs
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Draw throughput and latency against load into this directory
    #[arg(long, value_name = "DIR")]
    svg: Option<PathBuf>,
}

/// Print the configuration of a server to be loaded
#[derive(Args, Debug)]
struct Config {
    /// How many phones, each with a line of its own
    #[arg(long, value_name = "N")]
    phones: usize,
    /// How many SIP phones, 200000 and so on, each with a line of its own and the password `secret`
    #[arg(long, value_name = "N", default_value_t = 0)]
    sip_phones: usize,
    /// Let applications watch the lines
    #[arg(long)]
    watch: bool,
    /// The port for phones; 0 for any
    #[arg(long, value_name = "PORT", default_value_t = 2000)]
    sccp_port: u16,
    /// The port for applications; 0 for any
    #[arg(long, value_name = "PORT", default_value_t = 5060)]
    sip_port: u16,
    /// The port for applications over WebSocket; 0 for any
    #[arg(long, value_name = "PORT")]
    http_port: Option<u16>,
}

/// Where the server is, and who connects to it.
#[derive(Args, Debug)]
struct Target {
    /// Where phones connect
    #[arg(long, value_name = "HOST[:PORT]", default_value = "127.0.0.1:2000", value_parser = socket_address::<2000>)]
    server: SocketAddr,
    /// The server's process, if it is on this machine, for what it uses
    #[arg(long, value_name = "PID")]
    pid: Option<u32>,
    /// The model of the phones
    #[arg(long, default_value = "7960")]
    model: Model,
    /// How many phones register at once
    #[arg(long, value_name = "N", default_value_t = 256)]
    parallel: usize,
    /// Write the results to a file, for programs
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

/// A registration storm, then keepalives
#[derive(Args, Debug)]
struct Register {
    #[command(flatten)]
    target: Target,
    /// How many phones
    #[arg(long, value_name = "N")]
    phones: usize,
    /// How long the phones keep their connections alive afterwards, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    keep: u64,
}

/// Sessions by the thousand: how fast they open, and what they need
#[derive(Args, Debug)]
struct Sessions {
    #[command(flatten)]
    target: Target,
    /// How many sessions
    #[arg(long, value_name = "N", default_value_t = 1000)]
    count: usize,
    /// How many monitors each has
    #[arg(long, value_name = "N", default_value_t = 1)]
    monitors: usize,
    /// How many phones are configured; they need not be registered
    #[arg(long, value_name = "N", default_value_t = 1000)]
    phones: usize,
    #[command(flatten)]
    door: Doors,
}

/// Where applications connect.
#[derive(Args, Clone, Copy, Debug)]
struct Doors {
    /// Where applications connect over SIP
    #[arg(long, value_name = "ADDRESS:PORT")]
    sip: Option<SocketAddr>,
    /// Where applications connect over WebSocket
    #[arg(long, value_name = "ADDRESS:PORT", conflicts_with = "sip")]
    web: Option<SocketAddr>,
}

impl Doors {
    fn door(self) -> Result<Door, load::Error> {
        let door = self.web.map(Door::Web).or(self.sip.map(Door::Sip));
        door.ok_or(load::Error::NoSip)
    }
}

/// Calls at a rate that does not depend on the server
#[derive(Args, Debug)]
struct Calls {
    #[command(flatten)]
    target: Target,
    /// How many phones call each other
    #[arg(long, value_name = "N", default_value_t = 1000)]
    phones: usize,
    /// How many more phones are registered and idle
    #[arg(long, value_name = "N", default_value_t = 0)]
    idle_phones: usize,
    /// Calls per second; the first step with --step-up
    #[arg(long, value_name = "RATE", default_value_t = 100.0)]
    rate: f64,
    /// How long calls are begun, in seconds; for each step with --step-up
    #[arg(long, value_name = "SECONDS", default_value_t = 5.0)]
    duration: f64,
    /// How long phones ring, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = 0)]
    ring: u64,
    /// How long calls last, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = 200)]
    hold: u64,
    /// Who begins calls
    #[arg(long, default_value = "phone")]
    originate: Originate,
    /// Watch both parties of each call
    #[arg(long)]
    monitor: Option<Monitor>,
    #[command(flatten)]
    door: Doors,
    /// How many sessions share the monitors
    #[arg(long, value_name = "N", default_value_t = 1)]
    sessions: usize,
    /// Monitors on idle phones
    #[arg(long, value_name = "N", default_value_t = 0)]
    idle_monitors: usize,
    /// Raise the rate until it is not sustained
    #[arg(long)]
    step_up: bool,
    /// Offer twice the given rate, or twice what --step-up found
    #[arg(long)]
    overload: bool,
    /// Keep a core busy while waiting, so that latencies are without the time that waking the load tool takes
    #[arg(long)]
    spin: bool,
    /// Draw throughput and latency against load
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
}

/// How phones behave when they register.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum Model {
    /// One request after the other
    #[value(name = "7960")]
    Lockstep,
    /// Several requests at once
    #[value(name = "7961")]
    Pipelined,
}

/// The kind of application.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum Monitor {
    /// CSTA over SIP
    Uacsta,
    /// CSTA in JSON over WebSocket
    Json,
}

impl Load {
    /// Measures and prints.
    pub fn run(self) -> Result<ExitCode, Error> {
        raise_file_limit();
        match self.what {
            What::Config(config) => config.print(),
            What::Register(register) => register.run()?,
            What::Calls(calls) => return Ok(calls.run()?),
            What::Sessions(sessions) => sessions.run()?,
            What::Sip(sip) => return Ok(sip.run()?),
            What::Suite(suite) => return suite.run(),
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl Config {
    fn print(&self) {
        let Config { phones, sip_phones, watch, sccp_port, sip_port, http_port } = *self;
        let configuration = Configuration { phones, sip_phones, watch, sccp_port, sip_port, http_port };
        print!("{}", configuration.text());
    }
}

impl Target {
    fn office(&self, callers: usize, idle: usize) -> Result<Office, load::Error> {
        let model = match self.model {
            Model::Lockstep => DeviceType::TYPE_7960,
            Model::Pipelined => DeviceType::TYPE_7961,
        };
        Office::new(self.server, callers, idle, model)
    }

    fn process(&self) -> Option<Process> {
        self.pid.map(Process)
    }

    fn write_json(&self, json: &Json) -> Result<(), load::Error> {
        self.json.as_deref().map_or(Ok(()), |path| write(path, &format!("{json}\n")))
    }
}

fn write(path: &Path, text: &str) -> Result<(), load::Error> {
    std::fs::write(path, text).map_err(|source| load::Error::Write { path: path.to_owned(), source })
}

impl Register {
    fn run(self) -> Result<(), load::Error> {
        let mut office = self.target.office(0, self.phones)?;
        let storm = office.register(self.target.parallel, self.target.process())?;
        println!("{storm}");
        if let Some(bytes) = self.target.process().and_then(Process::resident) {
            println!("server: {:.1} MB resident", bytes as f64 / 1e6);
        }
        self.target.write_json(&storm.json())?;
        if self.keep > 0 {
            let kept = register::keep_alive(&mut office.parties, Duration::from_secs(self.keep))?;
            println!("keepalive round trip     {}", kept.0);
            println!("{} phones lost their registration", kept.1);
        }
        Ok(())
    }
}

impl Sessions {
    fn run(self) -> Result<(), load::Error> {
        let mut office = self.target.office(0, self.phones)?;
        let size = (self.count, self.monitors.max(1));
        let opened = sessions::open(&mut office, self.door.door()?, size, self.target.process())?;
        print!("{opened}");
        self.target.write_json(&opened.json())
    }
}

impl SuiteOf {
    fn run(self) -> Result<ExitCode, Error> {
        let this = || std::env::current_exe();
        let binary = self.binary.map_or_else(this, Ok);
        let binary = binary.map_err(|source| Error::System { action: "finding this program", source })?;
        let step = Duration::from_secs_f64(self.step.clamp(0.5, 600.0));
        let figures = Suite { binary, pictures: self.svg, step }.run()?;
        if let Some(path) = &self.json {
            suite::write(path, &figures)?;
        }
        let good = figures.iter().all(Figure::is_good);
        Ok(if good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

impl Calls {
    fn run(self) -> Result<ExitCode, load::Error> {
        let mut office = self.target.office(self.phones, self.idle_phones)?;
        let storm = office.register(self.target.parallel, self.target.process())?;
        println!("{storm}");
        self.watch(&mut office)?;
        if self.spin {
            office.parties.spin();
        }
        let steps = if self.step_up { self.step_up(&mut office)? } else { Vec::new() };
        let steps = match (self.step_up, self.overload) {
            (true, false) => steps,
            (_, true) => self.overload(&mut office, steps)?,
            (false, false) => vec![self.once(&mut office)?],
        };
        if let Some(path) = &self.svg {
            write(path, &plot::svg("hookflash load calls", &steps))?;
        }
        self.target.write_json(&Json::List(steps.iter().map(Outcome::json).collect()))?;
        let good = steps.iter().any(Outcome::is_sustained);
        Ok(if good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    /// Where applications connect: as `--monitor` says, else where there is an address.
    fn door(&self) -> Result<Door, load::Error> {
        let door = match self.monitor {
            Some(Monitor::Uacsta) => self.door.sip.map(Door::Sip),
            Some(Monitor::Json) => self.door.web.map(Door::Web),
            None => return self.door.door(),
        };
        door.ok_or(load::Error::NoSip)
    }

    fn watch(&self, office: &mut Office) -> Result<(), load::Error> {
        let wanted = self.monitor.is_some() || self.originate == Originate::Cti;
        if wanted {
            office.watch_callers(self.door()?, self.sessions.max(1))?;
        }
        if self.idle_monitors > 0 {
            office.watch_idle(self.door()?, self.idle_monitors)?;
        }
        if office.monitor_count() > 0 {
            println!("{} monitors", office.monitor_count());
        }
        Ok(())
    }

    fn plan(&self) -> Plan {
        Plan {
            rate: self.rate,
            duration: Duration::from_secs_f64(self.duration.clamp(0.1, 1e6)),
            ring: Duration::from_millis(self.ring),
            hold: Duration::from_millis(self.hold),
            originate: self.originate,
        }
    }

    fn once(&self, office: &mut Office) -> Result<Outcome, load::Error> {
        let outcome = steps::step(office, &self.plan(), self.target.process())?;
        print!("{outcome}");
        Ok(outcome)
    }

    fn step_up(&self, office: &mut Office) -> Result<Vec<Outcome>, load::Error> {
        println!("{}", Outcome::HEADING);
        steps::up(office, &self.plan(), self.target.process(), |step| println!("{}", step.row()))
    }

    fn overload(&self, office: &mut Office, mut steps: Vec<Outcome>) -> Result<Vec<Outcome>, load::Error> {
        let limit = steps::highest_sustained(&steps).map_or(self.rate, |step| step.offered);
        let mut calls = OfficeCalls { office, plan: self.plan(), server: self.target.process() };
        let (above, after) = steps::overload(&mut calls, limit)?;
        print!("{above}");
        println!("{}", steps::goodput(limit, "calls/s", above.achieved(), after.is_sustained()));
        if !after.is_sustained() {
            print!("{after}");
        }
        steps.extend([above, after]);
        Ok(steps)
    }
}
