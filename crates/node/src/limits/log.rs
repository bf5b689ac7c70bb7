//! Log lines about strangers: so many of a kind for each source and minute, then a sum.

use std::{collections::BTreeMap, net::IpAddr};

use hookflash_core::Instant;
use tracing::warn;

use super::MAX_SOURCES;
use crate::throttle::{WINDOW, Window};

/// Which lines were logged and which kept back, by kind and source.
#[derive(Debug, Default)]
pub(crate) struct LogGate {
    windows: BTreeMap<(&'static str, IpAddr), Window>,
    /// Kept back of sources that are not remembered.
    others: u64,
    /// When what was kept back is summed up.
    sum_up_at: Option<Instant>,
}

impl LogGate {
    /// Counts a line, and returns whether it may be logged.
    pub(crate) fn may_log(&mut self, now: Instant, kind: &'static str, source: IpAddr, limit: u32) -> bool {
        let known = self.windows.contains_key(&(kind, source));
        if !known && self.windows.len() >= MAX_SOURCES {
            self.windows.retain(|_, window| !window.is_over(now));
        }
        let may = match known || self.windows.len() < MAX_SOURCES {
            true => self.windows.entry((kind, source)).or_insert(Window::new(now)).may_tell(now, limit),
            false => {
                self.others += 1;
                false
            }
        };
        if !may {
            self.sum_up_at.get_or_insert(now + WINDOW);
        }
        may
    }

    /// When there is something to be summed up.
    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        self.sum_up_at
    }

    /// Says how many lines were kept back, if it is time.
    pub(crate) fn sum_up(&mut self, now: Instant, what: &str) {
        if self.sum_up_at.is_some_and(|at| at <= now) {
            self.tell_sums(now, what);
        }
    }

    /// Says how many lines were kept back.
    pub(crate) fn tell_sums(&mut self, now: Instant, what: &str) {
        self.sum_up_at = None;
        for ((kind, source), window) in &mut self.windows {
            match window.take_kept_back() {
                0 => {}
                count => warn!(%source, kind, count, "{what} in a minute"),
            }
        }
        if std::mem::take(&mut self.others) > 0 {
            warn!("{what} in a minute, about many sources");
        }
        self.windows.retain(|_, window| !window.is_over(now));
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_kind_about_a_source_has_its_lines_a_minute_and_the_table_is_bounded() {
        let mut gate = LogGate::default();
        let (now, source) = (Instant::ZERO, IpAddr::from([192, 0, 2, 1]));
        assert_eq!((0..1_000).filter(|_| gate.may_log(now, "opened", source, 60)).count(), 60);
        assert!(gate.may_log(now, "refused", source, 60));
        assert_eq!(gate.poll_timeout(), Some(now + WINDOW));
        gate.sum_up(now + WINDOW, "more lines");
        assert_eq!(gate.poll_timeout(), None);
        assert!(gate.may_log(now + WINDOW + Duration::from_secs(1), "opened", source, 60));
        for number in 0..100_000_u32 {
            gate.may_log(now + WINDOW, "opened", IpAddr::from(number.to_be_bytes()), 60);
        }
        assert!(gate.windows.len() <= MAX_SOURCES);
    }
}
