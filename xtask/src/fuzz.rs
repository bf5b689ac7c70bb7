//! The fuzz targets of `fuzz/`: replay of their corpora and a short exploration.
//!
//! The stable compiler instruments code for libFuzzer when it is told to; no further tool is needed.

use std::path::Path;

use crate::run::{Failure, cargo, program, root};

/// Seconds each target explores in `cargo xtask test`; `HOOKFLASH_FUZZ_SECONDS` sets another time.
const SECONDS: u64 = 10;

/// What makes the compiler count which code ran.
const COVERAGE: &str = "--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
                        -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
                        -Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares";

const TARGET: &str = "x86_64-unknown-linux-gnu";

/// Builds and runs every target.
pub fn run() -> Result<(), Failure> {
    let manifest = "fuzz/Cargo.toml";
    cargo(&["build", "--release", "--quiet", "--manifest-path", manifest, "--target", TARGET])
        .env("RUSTFLAGS", COVERAGE)
        .go()?;
    let seconds = std::env::var("HOOKFLASH_FUZZ_SECONDS").ok().and_then(|text| text.parse().ok());
    let time = format!("-max_total_time={}", seconds.unwrap_or(SECONDS));
    for target in targets()? {
        let binary = root().join("fuzz/target").join(TARGET).join("release").join(&target);
        let found = root().join("fuzz/target/found").join(&target);
        let corpus = root().join("fuzz/corpus").join(&target);
        std::fs::create_dir_all(&found)?;
        let artifacts = format!("-artifact_prefix={}/", root().join("fuzz/target").display());
        let arguments = [
            &time,
            "-timeout=5",
            "-rss_limit_mb=2048",
            "-print_final_stats=0",
            "-verbosity=0",
            &artifacts,
            &text(&found),
            &text(&corpus),
        ];
        println!("fuzzing {target}");
        program(&text(&binary), &arguments).go()?;
    }
    Ok(())
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
