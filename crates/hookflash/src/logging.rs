//! Logs go to standard error. `HOOKFLASH_LOG` sets what is logged, in the notation of `tracing`:
//! `info`, `hookflash_node::sccp=debug,warn`, ...

use tracing_subscriber::EnvFilter;

/// Starts logging.
pub fn start(default: &str) {
    let filter = EnvFilter::try_from_env("HOOKFLASH_LOG").unwrap_or_else(|_| EnvFilter::new(default));
    let ansi = std::io::IsTerminal::is_terminal(&std::io::stderr());
    // A second start, as in tests, keeps the first.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(ansi)
        .try_init();
}
