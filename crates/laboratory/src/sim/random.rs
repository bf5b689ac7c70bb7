//! `hookflash sim --seed N --steps M`: random users and applications.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
    time::Instant,
};

use clap::Args;
use hookflash_sim::random::{Broken, Plan, Run, rule_of, shrink};

use crate::error::Error;

/// Random runs
#[derive(Args, Debug)]
pub struct Random {
    /// Let random users and applications do this many things instead of telling a story
    #[arg(long, value_name = "COUNT")]
    steps: Option<usize>,
    /// So many runs, with the seed and those after it
    #[arg(long, default_value_t = 1, value_name = "COUNT", requires = "steps")]
    runs: u64,
    /// Let steps overlap: no reference model, but races
    #[arg(long, requires = "steps")]
    racy: bool,
    /// Where the shrunk story of a failing run goes
    #[arg(long, value_name = "DIR", default_value = ".", requires = "steps")]
    keep: PathBuf,
}

impl Random {
    /// Whether random runs are wanted.
    pub fn is_wanted(&self) -> bool {
        self.steps.is_some()
    }

    /// Does all runs, until one breaks a rule.
    pub fn run(&self, seed: u64) -> Result<ExitCode, Error> {
        let began = Instant::now();
        let (mut steps, mut events, mut millis) = (0, 0, 0);
        for seed in seed..seed.saturating_add(self.runs) {
            let plan = Plan { seed, steps: self.steps.unwrap_or(0), overlapping: self.racy };
            let run = Run::new(plan);
            if self.runs == 1 {
                println!("seed {seed}");
                run.setting().declarations.iter().for_each(|declaration| println!("{declaration}"));
            }
            match run.go() {
                Ok(summary) => {
                    steps += summary.steps;
                    events += summary.events;
                    millis += summary.millis;
                }
                Err(broken) => return self.broken(seed, &broken),
            }
        }
        let (hours, seconds) = (millis / 3_600_000, began.elapsed().as_secs_f64());
        println!(
            "{steps} steps, {events} events and {hours} virtual hours in {seconds:.1} s: no rule is broken"
        );
        Ok(ExitCode::SUCCESS)
    }

    fn broken(&self, seed: u64, broken: &Broken) -> Result<ExitCode, Error> {
        let count = broken.story.steps.len();
        println!("seed {seed} breaks a rule after {count} steps: {}", broken.failure.message);
        let (story, failure) = shrink(&broken.story, &broken.failure);
        let racy = if self.racy { "racy-" } else { "" };
        let path = self.keep.join(format!("{racy}seed-{seed}.story"));
        write(&path, &story.to_string())?;
        println!("\n{story}");
        println!("{}: {} steps; {}: {failure}", path.display(), story.steps.len(), rule_of(&failure));
        Ok(ExitCode::FAILURE)
    }
}

fn write(path: &Path, text: &str) -> Result<(), Error> {
    std::fs::write(path, text).map_err(|source| Error::Data { path: path.to_owned(), source })
}
