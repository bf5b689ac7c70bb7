//! Random runs until one breaks a rule; then the shortest story that breaks it. In ordinary runs everything comes to rest
//! between two steps; with `racy`, the steps overlap.
//!
//! ```sh
//! cargo run -p hookflash-sim --example random_run -- FIRST_SEED RUNS STEPS [racy]
//! ```
//!
//! Exits with 1 if a rule is broken. `cargo xtask broken` runs it on cores that are broken on purpose.

use std::process::ExitCode;

use hookflash_sim::random::{Plan, Run, shrink};

fn main() -> ExitCode {
    let overlapping = std::env::args().nth(4).is_some_and(|word| word == "racy");
    let mut numbers = std::env::args().skip(1).map(|argument| argument.parse::<u64>());
    let mut number = |default| numbers.next().and_then(Result::ok).unwrap_or(default);
    let (first, runs, steps) = (number(1), number(1), number(200));
    for seed in first..first + runs {
        let plan = Plan { seed, steps: usize::try_from(steps).unwrap_or(0), overlapping };
        if let Err(broken) = Run::new(plan).go() {
            let (story, failure) = shrink(&broken.story, &broken.failure);
            println!("{story}\n# seed {seed}, {} steps: {}", story.steps.len(), failure.message);
            return ExitCode::FAILURE;
        }
    }
    println!("# {runs} runs of {steps} steps: no rule is broken");
    ExitCode::SUCCESS
}
