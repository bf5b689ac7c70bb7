//! The commands, one file each.

mod check;
mod cli;
mod csta;
mod demo;
mod load;
mod office;
mod phone;
mod replay;
mod serve;
mod sim;

use std::process::ExitCode;

use clap::Subcommand;

use crate::error::Error;

/// What to do.
#[derive(Subcommand, Debug)]
pub enum Command {
    /// Run the switch
    Serve(serve::Serve),
    /// Diagnose a configuration; fails if it cannot run
    Check(check::Check),
    /// Give exec commands to the running switch
    Cli(cli::Cli),
    /// Replay what `serve --record` wrote, and compare
    Replay(replay::Replay),
    /// Run stories in the simulator
    Sim(sim::Sim),
    /// A CSTA application: monitor, call, answer, ...; prints what it sends and receives
    Csta(csta::CstaCommand),
    /// Watch it work: a switch, software phones and an application, on this machine
    Demo(demo::Demo),
    /// Load a running server with phones and applications, and measure it
    Load(load::Load),
    /// A software SCCP phone, for trying things out
    Phone(phone::PhoneCommand),
}

impl Command {
    /// Carries the command out.
    pub fn run(self) -> Result<ExitCode, Error> {
        match self {
            Command::Serve(serve) => serve.run(),
            Command::Check(check) => check.run(),
            Command::Cli(cli) => cli.run(),
            Command::Replay(replay) => replay.run(),
            Command::Sim(sim) => sim.run(),
            Command::Csta(csta) => csta.run(),
            Command::Demo(demo) => demo.run(),
            Command::Load(load) => load.run(),
            Command::Phone(phone) => phone.run(),
        }
    }
}
