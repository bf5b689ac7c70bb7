//! A limit for log lines that strangers cause by fetching files: beyond so many in a minute they are debug lines.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use tracing::warn;

/// Lines in a window: an office whose phones start at the same time has a dozen for each.
const LINES: u32 = 1000;
/// How long is counted.
const WINDOW: Duration = Duration::from_secs(60);

/// How many lines there were in the window that began last.
#[derive(Clone, Debug, Default)]
pub(crate) struct LogBudget(Arc<Mutex<Option<(Instant, u32)>>>);

impl LogBudget {
    /// Counts a line, and returns whether it may be one at info level.
    pub(crate) fn may_tell(&self) -> bool {
        self.count(Instant::now())
    }

    fn count(&self, now: Instant) -> bool {
        let mut window = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (since, lines) =
            window.filter(|(since, _)| now.duration_since(*since) < WINDOW).unwrap_or((now, 0));
        *window = Some((since, lines.saturating_add(1)));
        if lines == LINES {
            warn!("more than {LINES} files were asked for within a minute; others are logged at debug level");
        }
        lines < LINES
    }
}

/// Logs what was done about a file.
macro_rules! tell_file {
    ($budget:expr, $($words:tt)*) => {
        if $budget.may_tell() {
            tracing::info!($($words)*);
        } else {
            tracing::debug!($($words)*);
        }
    };
}
pub(crate) use tell_file;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_is_told_of_for_a_while() {
        let budget = LogBudget::default();
        let begin = Instant::now();
        let told = (0..5000).filter(|_| budget.count(begin)).count();
        assert_eq!(told, 1000);
        assert!(budget.count(begin + WINDOW));
    }
}
