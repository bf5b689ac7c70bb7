//! The fuzz targets of `fuzz/`: replay of their corpora and a short exploration.
//!
//! The stable compiler instruments code for libFuzzer when it is told to; no further tool is needed.

use std::{
    path::Path,
    sync::atomic::{AtomicUsize, Ordering},
};

use crate::run::{Failure, cargo, host, program, root};

/// Seconds each target explores in `cargo xtask test`; `HOOKFLASH_FUZZ_SECONDS` sets another time.
const SECONDS: u64 = 10;

/// What makes the compiler count which code ran.
const COVERAGE: &str = "--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
                        -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
                        -Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares";

/// Builds and runs every target.
pub fn run() -> Result<(), Failure> {
    let (manifest, triple) = ("fuzz/Cargo.toml", host()?);
    // With a target named, build scripts and macros are built without the instrumentation.
    cargo(&["build", "--release", "--quiet", "--manifest-path", manifest, "--target", &triple])
        .env("RUSTFLAGS", COVERAGE)
        .go()?;
    let seconds = std::env::var("HOOKFLASH_FUZZ_SECONDS").ok().and_then(|text| text.parse().ok());
    let time = format!("-max_total_time={}", seconds.unwrap_or(SECONDS));
    let targets = targets()?;
    // A target keeps one processor busy.
    let lanes = std::thread::available_parallelism().map_or(1, usize::from);
    let next = AtomicUsize::new(0);
    let explore_some = || -> Result<(), Failure> {
        while let Some(target) = targets.get(next.fetch_add(1, Ordering::Relaxed)) {
            println!("fuzzing {target}");
            explore(target, &triple, &time)?;
        }
        Ok(())
    };
    std::thread::scope(|scope| {
        let running: Vec<_> = (0..lanes).map(|_| scope.spawn(explore_some)).collect();
        running.into_iter().try_for_each(|lane| {
            lane.join().unwrap_or_else(|_| Err(Failure("a thread that fuzzes panicked".to_owned())))
        })
    })
}

/// Replays the corpus of a target, and looks for new inputs.
fn explore(target: &str, triple: &str, time: &str) -> Result<(), Failure> {
    let binary = root().join("fuzz/target").join(triple).join("release").join(target);
    let found = root().join("fuzz/target/found").join(target);
    let corpus = root().join("fuzz/corpus").join(target);
    std::fs::create_dir_all(&found)?;
    let artifacts = format!("-artifact_prefix={}/", root().join("fuzz/target").display());
    let arguments = [
        time,
        "-timeout=5",
        "-rss_limit_mb=2048",
        "-print_final_stats=0",
        "-verbosity=0",
        &artifacts,
        &text(&found),
        &text(&corpus),
    ];
    program(&text(&binary), &arguments).go()
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

fn targets() -> Result<Vec<String>, Failure> {
    let mut targets = Vec::new();
    for entry in std::fs::read_dir(root().join("fuzz/fuzz_targets"))? {
        let path = entry?.path();
        targets.extend(path.file_stem().map(|stem| stem.to_string_lossy().into_owned()));
    }
    targets.sort();
    Ok(targets)
}
