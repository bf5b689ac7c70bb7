//! Logs go to standard error. `HOOKFLASH_LOG` sets what is logged, in the notation of `tracing`:
//! `info`, `hookflash_node::sccp=debug,warn`, ...

use tracing_subscriber::EnvFilter;

use crate::say;

/// Starts logging.
pub fn start(default: &str) {
    let wanted = std::env::var("HOOKFLASH_LOG").ok().filter(|wanted| !wanted.is_empty());
    let filter = EnvFilter::try_new(wanted.as_deref().unwrap_or(default)).unwrap_or_else(|error| {
        say::complain(&format!("hookflash: HOOKFLASH_LOG is not understood ({error}); it is {default}\n"));
        EnvFilter::new(default)
    });
    let ansi = std::io::IsTerminal::is_terminal(&std::io::stderr());
    // A second start, as in tests, keeps the first.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(ansi)
        // Whoever read the log may have gone; to complain about that on standard error would be a panic.
        .log_internal_errors(false)
        .try_init();
}
