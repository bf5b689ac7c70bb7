//! Office hours: from the schedules of the configuration and the time of day to what the switch is told.
//!
//! The switch knows no time of day. The node looks at the clock when it is set, when the configuration changes, and at the
//! beginning of each minute, and tells the switch when it becomes night or the office closes.

use std::time::Duration;

use hookflash_core::{self as core, Hours, Instant};

use crate::{
    Node,
    config::{ClockTime, Schedule},
    wall_clock::CivilTime,
};

/// What the switch was told, and when to look at the clock again.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct OfficeHours {
    told: Hours,
    pub(crate) due: Option<Instant>,
}

impl Node {
    /// Looks at the clock, and tells the switch if another time of the office has begun.
    pub(crate) fn check_hours(&mut self) {
        let features = self.settings.configuration.telephony_service.as_ref().map(|own| &own.features);
        let night = features.map(|features| &features.night);
        let after_hours = features.map(|features| &features.after_hours.schedule);
        let time = self.clock.civil(self.now);
        let is_now = |schedule: Option<&Schedule>| schedule.is_some_and(|schedule| is_in(schedule, time));
        let hours = Hours { night: is_now(night), after_hours: is_now(after_hours) };
        let scheduled = [night, after_hours].into_iter().flatten().any(|schedule| !schedule.is_empty());
        let next_minute = Duration::from_secs(60 - u64::from(time.second.min(59)));
        self.hours.due = scheduled.then(|| self.now + next_minute);
        if hours != self.hours.told {
            self.hours.told = hours;
            self.switch.handle(self.now, core::Input::Configure(core::Change::Hours(hours)));
            self.settle();
        }
    }

    /// Looks at the clock if it is time to.
    pub(crate) fn check_hours_if_due(&mut self) {
        if self.hours.due.is_some_and(|due| due <= self.now) {
            self.check_hours();
        }
    }
}

/// Whether the moment is in one of the scheduled times, of this day or of the one before.
fn is_in(schedule: &Schedule, time: CivilTime) -> bool {
    let now = u16::from(time.hour) * 60 + u16::from(time.minute);
    let yesterday = (time.weekday + 6) % 7;
    let today = schedule.dates.get(&(time.month, time.day)).or_else(|| schedule.days.get(&time.weekday));
    let starts_today = today.is_some_and(|times| {
        let (start, stop) = minutes(*times);
        now >= start && (stop <= start || now < stop)
    });
    let began_yesterday = schedule.days.get(&yesterday).is_some_and(|times| {
        let (start, stop) = minutes(*times);
        stop < start && now < stop
    });
    starts_today || began_yesterday
}

/// Minutes of the day. A time that stops at 00:00 lasts until the end of the day.
fn minutes((start, stop): (ClockTime, ClockTime)) -> (u16, u16) {
    let minute = |time: ClockTime| u16::from(time.hour) * 60 + u16::from(time.minute);
    let stop = if minute(stop) == 0 { 24 * 60 } else { minute(stop) };
    (minute(start), stop)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(weekday: u8, hour: u8, minute: u8) -> CivilTime {
        CivilTime { year: 2026, month: 11, day: 29, weekday, hour, minute, second: 0, millisecond: 0 }
    }

    fn from(start: &str, stop: &str) -> (ClockTime, ClockTime) {
        (start.parse().unwrap(), stop.parse().unwrap())
    }

    #[test]
    fn times_may_go_on_into_the_next_day() {
        let mut schedule = Schedule::default();
        schedule.days.insert(1, from("19:00", "07:00"));
        for (weekday, hour, expected) in
            [(1, 18, false), (1, 19, true), (2, 6, true), (2, 7, false), (1, 6, false)]
        {
            assert_eq!(is_in(&schedule, at(weekday, hour, 0)), expected, "{weekday} {hour}");
        }
    }

    #[test]
    fn the_clock_is_looked_at_once_although_there_is_no_telephony_service() {
        let mut node = Node::new(crate::NodeSettings::default()).unwrap();
        node.hours.due = Some(node.now);
        node.check_hours_if_due();
        assert_eq!(node.hours.due, None);
    }

    #[test]
    fn midnight_is_the_end_of_the_day_and_a_date_goes_before_a_day() {
        let mut schedule = Schedule::default();
        schedule.days.insert(0, from("00:00", "00:00"));
        assert!(
            is_in(&schedule, at(0, 0, 0))
                && is_in(&schedule, at(0, 23, 59))
                && !is_in(&schedule, at(1, 0, 0))
        );
        schedule.dates.insert((11, 29), from("12:00", "13:00"));
        assert!(!is_in(&schedule, at(0, 11, 0)) && is_in(&schedule, at(0, 12, 30)));
    }
}
