//! The `hookflash` program: the driver around `hookflash_node`, and the tools that come with it.
//!
//! This is the only crate with sockets, a clock, files and an asynchronous runtime. [`driver`] runs one node;
//! each other module is one command.

mod client;
mod command;
mod driver;
mod error;
mod listen;
mod load;
mod logging;
mod say;
mod signals;

use std::process::ExitCode;

use clap::Parser;

use crate::command::Command;

/// A telephone system whose calls programs can see and control.
#[derive(Parser, Debug)]
#[command(name = "hookflash", version, about, max_term_width = 110)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let _last_lines = logging::LastLines;
    match arguments.command.run() {
        Ok(code) => code,
        Err(error) => {
            logging::finish();
            say::complain(&format!("hookflash: {error}\n"));
            ExitCode::FAILURE
        }
    }
}
