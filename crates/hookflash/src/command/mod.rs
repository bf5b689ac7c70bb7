//! The commands. Those that run or ask a switch are here, one file each; those that play its users are in
//! `hookflash_laboratory`.

mod check;
mod cli;
mod generate;
mod serve;

use std::process::ExitCode;

use clap::Subcommand;
use hookflash_laboratory::{CstaCommand, Demo, Load, PhoneCommand, Replay, Sim};

use crate::error::Error;

/// What to do.
#[derive(Subcommand, Debug)]
pub enum Command {
    /// Run the switch
    Serve(serve::Serve),
    /// Diagnose a configuration; fails if a line of it is wrong
    Check(check::Check),
    /// Give exec commands to the running switch
    Cli(cli::Cli),
    /// Replay what `serve --record` wrote, and compare
    Replay(Replay),
    /// Run stories in the simulator
    Sim(Sim),
    /// A CSTA application: monitor, call, answer, ...; prints what it sends and receives
    Csta(CstaCommand),
    /// Run a switch, software phones and an application on this machine, and print their messages
    Demo(Demo),
    /// Load a running server with phones and applications, and measure it
    Load(Load),
    /// A software SCCP phone, for trying things out
    Phone(PhoneCommand),
    /// Print the completions of a shell
    Completions(generate::Completions),
    /// Print the man page, or write one for each command into a directory
    Man(generate::Man),
}

impl Command {
    /// Carries the command out.
    pub fn run(self) -> Result<ExitCode, Error> {
        match self {
            Command::Serve(serve) => serve.run(),
            Command::Check(check) => check.run(),
            Command::Cli(cli) => cli.run(),
            Command::Replay(replay) => Ok(replay.run()?),
            Command::Sim(sim) => Ok(sim.run()?),
            Command::Csta(csta) => Ok(csta.run()?),
            Command::Demo(demo) => Ok(demo.run()?),
            Command::Load(load) => Ok(load.run()?),
            Command::Phone(phone) => Ok(phone.run()?),
            Command::Completions(completions) => Ok(completions.run()),
            Command::Man(man) => man.run(),
        }
    }
}
