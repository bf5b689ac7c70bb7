//! `hookflash cli`: exec commands to the running switch.

use std::{
    io::{self, BufRead, IsTerminal, Write},
    path::PathBuf,
    process::ExitCode,
};

use clap::Args;
use hookflash_driver::{ask, control_path, terminal};

use crate::error::Error;

/// Give exec commands to the running switch
#[derive(Args, Debug)]
pub struct Cli {
    /// The data directory of the server
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// A command to run instead of asking for commands; may be given several times
    #[arg(short, long, value_name = "COMMAND")]
    command: Vec<String>,
}

impl Cli {
    /// Runs the commands given, or those typed.
    pub fn run(self) -> Result<ExitCode, Error> {
        let path = control_path(self.data.as_deref());
        if self.command.is_empty() {
            return interactive(&path).map(|()| ExitCode::SUCCESS);
        }
        let outputs = ask(&path, &self.command)?;
        let mut code = ExitCode::SUCCESS;
        for output in outputs {
            terminal::print(&output);
            // What IOS says when it does not do what was asked.
            if output.starts_with('%') {
                code = ExitCode::FAILURE;
            }
        }
        Ok(code)
    }
}

fn interactive(path: &std::path::Path) -> Result<(), Error> {
    let prompt = ask(path, &["show hostname".to_owned()])?.concat();
    let prompt = format!("{}#", prompt.trim_end());
    let input = io::stdin();
    let show_prompt = || {
        if input.is_terminal() {
            terminal::print(&prompt);
            // A terminal that is gone is noticed at the next read.
            let _ = io::stdout().flush();
        }
    };
    show_prompt();
    for line in input.lock().split(b'\n') {
        let line =
            line.map_err(|source| hookflash_driver::Error::System { action: "reading a command", source })?;
        match String::from_utf8_lossy(&line).trim() {
            "" => {}
            "exit" | "quit" | "logout" => break,
            command => terminal::print(&ask(path, &[command.to_owned()])?.concat()),
        }
        show_prompt();
    }
    Ok(())
}
