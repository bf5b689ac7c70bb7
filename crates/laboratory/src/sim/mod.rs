//! `hookflash sim`: run stories in the simulator, or let random users loose.

mod random;

use std::{
    io::{ErrorKind, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::Args;
use hookflash_sim::story::{Action, Declaration, Expectation, Story};

use crate::{error::Error, office::Office};

/// Run stories: virtual phones and applications around a real switch, in virtual time
#[derive(Args, Debug)]
pub struct Sim {
    /// The stories, or directories with stories (`*.story`) in them
    #[arg(required_unless_present_any = ["sentences", "serve", "steps"], value_name = "STORY")]
    stories: Vec<PathBuf>,
    /// Where random segments are cut, and whatever else is left to chance; with --steps, all that is done
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Print only the outcome of each story, and the ladder of those that fail
    #[arg(short, long)]
    quiet: bool,
    /// Print registrations and log-ins too
    #[arg(short, long)]
    all: bool,
    #[command(flatten)]
    random: random::Random,
    /// Print the sentences that stories are made of
    #[arg(long)]
    sentences: bool,
    /// Open an office for applications instead: real sockets, virtual phones whose users make calls
    #[arg(long)]
    serve: bool,
    #[command(flatten)]
    office: Office,
}

impl Sim {
    /// Runs every story; fails if one does.
    pub fn run(self) -> Result<ExitCode, Error> {
        if self.random.is_wanted() {
            return self.random.run(self.seed);
        }
        if self.sentences {
            print(&sentences())?;
            return Ok(ExitCode::SUCCESS);
        }
        if self.serve && !self.stories.is_empty() {
            return Err(Error::Argument("the office takes no stories: give a --script".to_owned()));
        }
        if self.serve {
            return self.office.run(self.seed);
        }
        let mut files = Vec::new();
        for path in &self.stories {
            find_stories(path, &mut files)?;
        }
        let mut failed = 0;
        for file in &files {
            failed += usize::from(!self.run_one(file)?);
        }
        if files.len() != 1 {
            let well = files.len() - failed;
            print(&format!("{well} of {} stories went as they are told\n", files.len()))?;
        }
        Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    fn run_one(&self, file: &Path) -> Result<bool, Error> {
        let name = file.display();
        let bytes = std::fs::read(file).map_err(|source| Error::Read { path: file.to_owned(), source })?;
        let story = match Story::parse(&String::from_utf8_lossy(&bytes)) {
            Ok(story) => story,
            Err(error) => {
                eprintln!("{name}:{}:{}: {}", error.line, error.column, error.message);
                return Ok(false);
            }
        };
        match story.run(self.seed) {
            Ok(stage) => {
                let ladder = match (self.quiet, self.all) {
                    (true, _) => String::new(),
                    (false, true) => stage.whole_ladder(),
                    (false, false) => stage.ladder(),
                };
                print(&format!("{ladder}{name}: as told, in {} s of virtual time\n", stage.world().now()))?;
                Ok(true)
            }
            Err(failure) => {
                print(&format!("{}{name}: {failure}\n", failure.ladder))?;
                Ok(false)
            }
        }
    }
}

/// Prints to standard output. That the reader has gone is no error.
fn print(text: &str) -> Result<(), Error> {
    match std::io::stdout().write_all(text.as_bytes()) {
        Err(source) if source.kind() != ErrorKind::BrokenPipe => {
            Err(Error::System { action: "printing", source })
        }
        _ => Ok(()),
    }
}

fn sentences() -> String {
    let kinds = [
        ("Who there is", Declaration::SENTENCES),
        ("What is done", Action::SENTENCES),
        ("What must be seen (may end with `within TIME`)", Expectation::SENTENCES),
    ];
    let mut text = String::new();
    for (title, sentences) in kinds {
        let sentences: Vec<String> = sentences.iter().map(|sentence| format!("  {sentence}\n")).collect();
        text.push_str(&format!("{title}:\n\n{}\n", sentences.concat()));
    }
    text
}

/// The story, or all stories in the directory and below, in the order of their names.
fn find_stories(path: &Path, found: &mut Vec<PathBuf>) -> Result<(), Error> {
    if !path.is_dir() {
        found.push(path.to_owned());
        return Ok(());
    }
    let unreadable = |source| Error::Read { path: path.to_owned(), source };
    let entries = std::fs::read_dir(path).map_err(unreadable)?;
    let mut entries = entries.collect::<Result<Vec<_>, _>>().map_err(unreadable)?;
    entries.sort_by_key(std::fs::DirEntry::path);
    for entry in entries {
        let path = entry.path();
        if path.is_dir() || path.extension().is_some_and(|extension| extension == "story") {
            find_stories(&path, found)?;
        }
    }
    Ok(())
}
