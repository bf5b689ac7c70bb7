//! The `hookflash` program: parses the command line and runs one command.
//!
//! `hookflash_driver` runs a switch on this machine; `hookflash_laboratory` has the commands that play phones and
//! applications. Here are only the commands that run a switch or talk to its operator.

mod command;
mod error;

use std::process::ExitCode;

use clap::{CommandFactory, Parser};
use hookflash_driver::{logging, terminal};

use crate::command::Command;

/// A telephone system whose calls programs can see and control.
#[derive(Parser, Debug)]
#[command(name = "hookflash", version, about, max_term_width = 110)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

/// The whole command line, for what is generated from it.
fn command_line() -> clap::Command {
    Arguments::command()
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let _last_lines = logging::LastLines;
    match arguments.command.run() {
        Ok(code) => code,
        Err(error) => {
            logging::finish();
            terminal::print_error(&format!("hookflash: {error}\n"));
            ExitCode::FAILURE
        }
    }
}
