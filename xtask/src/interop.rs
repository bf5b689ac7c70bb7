//! Independent clients against a running server; see `interop/README.md`.

use crate::run::{Failure, cargo, program};

/// Builds the server and lets the clients loose on it.
pub fn run() -> Result<(), Failure> {
    cargo(&["build", "--quiet", "--package", "hookflash"]).go()?;
    cargo(&["build", "--quiet", "--package", "hookflash-client", "--example", "screen_pop"]).go()?;
    program("python3", &["interop/run.py", "--binary", "target/debug/hookflash"]).go()
}
