//! `hookflash completions` and `hookflash man`: generated from the definition of the command line.

use std::{io, path::PathBuf, process::ExitCode};

use clap::Args;
use clap_complete::Shell;
use hookflash_driver::{say, terminal};

use crate::{command_line, error::Error};

/// Print the completions of a shell
#[derive(Args, Debug)]
#[command(
    after_help = "For bash: hookflash completions bash > ~/.local/share/bash-completion/completions/hookflash\n\
                        For zsh:  hookflash completions zsh > \"${fpath[1]}/_hookflash\"\n\
                        For fish: hookflash completions fish > ~/.config/fish/completions/hookflash.fish"
)]
pub struct Completions {
    /// The shell
    shell: Shell,
}

impl Completions {
    /// Prints them.
    pub fn run(self) -> ExitCode {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut command_line(), "hookflash", &mut script);
        terminal::print(&String::from_utf8_lossy(&script));
        ExitCode::SUCCESS
    }
}

/// Print the man page, or write one for each command into a directory
#[derive(Args, Debug)]
#[command(after_help = "hookflash man /usr/local/share/man/man1 makes `man hookflash-serve` work.")]
pub struct Man {
    /// The directory; it is created if it does not exist
    directory: Option<PathBuf>,
}

impl Man {
    /// Prints or writes the pages.
    pub fn run(self) -> Result<ExitCode, Error> {
        match self.directory {
            Some(directory) => {
                let failed = |source| hookflash_driver::Error::Data { path: directory.clone(), source };
                std::fs::create_dir_all(&directory).map_err(failed)?;
                clap_mangen::generate_to(command_line(), &directory).map_err(failed)?;
                say!("wrote the man pages to {}", directory.display());
            }
            None => terminal::print(&String::from_utf8_lossy(&page().map_err(|source| {
                hookflash_driver::Error::System { action: "writing the man page", source }
            })?)),
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn page() -> io::Result<Vec<u8>> {
    let mut page = Vec::new();
    clap_mangen::Man::new(command_line()).render(&mut page)?;
    Ok(page)
}
